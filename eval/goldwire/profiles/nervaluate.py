"""nervaluate's four schemes, with the pairs that its greedy search makes in the order of the file.

Each predicted entity takes the first free gold entity that suits it. All it may take lies in its own stretch of text,
so stretches are independent of each other: those of one gold and one predicted entity are settled column by column, and
only where more meet does a loop follow the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Facet, FloatArray, IntArray
from goldwire.measures.core import F1, Measure, Ratio
from goldwire.profiles.core import Profile
from goldwire.tasks.codes import integers, shared_codes, unit_codes
from goldwire.tasks.spans import BoolArray, Spans, axis_step, stretches

__all__ = ["PROFILES", "SCHEMES"]

SCHEMES = ("strict", "exact", "partial", "ent_type")

_CATEGORIES = ("cor", "inc", "par", "mis", "spu")

_LEAST = 1.0
"""Least share of a gold entity, in per cent, that a prediction must cover."""

_SOURCE = "nervaluate 1.2.1 (Batista & Upson), after SemEval-2013 Task 9.1 (Segura-Bedmar et al. 2013)"

_RIGHT: dict[str, Callable[[Any, Any], Any]] = {
    "strict": lambda bounds, kind: bounds & kind,
    "exact": lambda bounds, _kind: bounds,
    "ent_type": lambda _bounds, kind: kind,
}
"""Whether an overlapping pair is right, from whether its bounds and its types are equal; ``partial`` pairs as ``exact``."""


@dataclass(frozen=True)
class _Side:
    """Entities in the order of the file: outermost bounds on an axis, and type codes."""

    lo: IntArray
    hi: IntArray
    type: IntArray


@dataclass(frozen=True)
class _Outcome:
    """right, wrong: which predicted entities are paired rightly, and wrongly; found: which gold ones are paired."""

    right: BoolArray
    wrong: BoolArray
    found: BoolArray


def _count(gold: Corpus, pred: Corpus) -> Counts:
    """COR, INC, PAR, MIS and SPU of each scheme per document and type, as columns ``<scheme>_cor`` and so on.

    nervaluate scores every type by itself and all together in another run, in which entities of different types get
    into each other's way. The rows of a type are of the first kind. A document's row without a type holds what the
    other run differs by, which may be negative: all rows together are the overall figures.
    """
    tables = gold["mentions"], pred["mentions"]
    types, type_ = shared_codes(*(table["type"] for table in tables))
    unit = [unit_codes(table["doc_id"], gold.doc_ids) for table in tables]
    step = axis_step(*(table["end"] for table in tables))

    def outcome(scheme: str, group: Sequence[IntArray]) -> _Outcome:
        starts, ends = ([integers(table[name]) for table in tables] for name in ("start", "end"))
        g, p = (_Side(group[i] * step + starts[i], group[i] * step + ends[i], type_[i]) for i in range(len(tables)))
        return _outcome(g, p, _RIGHT[scheme])

    overall = _columns(*(outcome(scheme, unit) for scheme in ("strict", "exact", "ent_type")))
    apart = [unit[i] * (len(types) + 1) + type_[i] + 1 for i in range(len(tables))]
    exact = outcome("exact", apart)  # and strict: types are equal
    by_type = _columns(exact, exact, outcome("ent_type", apart))

    rows, kinds = np.concatenate(unit), np.concatenate(type_)
    typed = kinds >= 0
    of_type = Counts.build(
        gold.doc_ids,
        rows[typed],
        {"type": Facet(kinds[typed], types)},
        {name: values[typed] for name, values in by_type.items()},
    )
    n = len(gold.doc_ids)
    beyond = {
        name: np.bincount(rows, values - by_type[name] * typed, n).astype(np.float64)
        for name, values in overall.items()
    }
    of_none = Counts(gold.doc_ids, np.arange(n), {"type": Facet(np.full(n, -1), types)}, beyond)
    return Counts.concat([of_type, of_none])


def _columns(strict: _Outcome, exact: _Outcome, ent_type: _Outcome) -> dict[str, FloatArray]:
    """The categories of every scheme for every entity, gold ones first."""
    columns: dict[str, FloatArray] = {}
    for scheme, outcome in zip(SCHEMES, (strict, exact, exact, ent_type), strict=True):
        of_gold, of_pred = np.zeros(len(outcome.found)), np.zeros(len(outcome.right))
        wrong: FloatArray = np.append(of_gold, outcome.wrong)
        columns |= {
            f"{scheme}_cor": np.append(of_gold, outcome.right),
            f"{scheme}_inc": wrong * (scheme != "partial"),
            f"{scheme}_par": wrong * (scheme == "partial"),
            f"{scheme}_mis": np.append(~outcome.found, of_pred),
            f"{scheme}_spu": np.append(of_gold, ~(outcome.right | outcome.wrong)),
        }
    columns["partial_credit"] = columns["partial_cor"] + 0.5 * columns["partial_par"]
    return columns


def _outcome(g: _Side, p: _Side, right: Callable[[Any, Any], Any]) -> _Outcome:
    """The pairs of one scheme."""
    outcome = _Outcome(np.zeros(len(p.lo), bool), np.zeros(len(p.lo), bool), np.zeros(len(g.lo), bool))
    if not len(g.lo) or not len(p.lo):
        return outcome
    stretch = stretches(Spans(g.lo, g.hi), Spans(p.lo, p.hi))
    n = 1 + max(int(stretch[0].max()), int(stretch[1].max()))
    order = [np.argsort(of, kind="stable") for of in stretch]
    size = [np.bincount(of, minlength=n) for of in stretch]
    first = [np.cumsum(count) - count for count in size]

    duel = np.flatnonzero((size[0] == 1) & (size[1] == 1))
    i, j = order[0][first[0][duel]], order[1][first[1][duel]]
    shared = np.minimum(g.hi[i], p.hi[j]) - np.maximum(g.lo[i], p.lo[j])
    near = shared / (g.hi[i] - g.lo[i]) * 100.0 >= _LEAST
    good = near & right((g.lo[i] == p.lo[j]) & (g.hi[i] == p.hi[j]), g.type[i] == p.type[j])
    outcome.right[j], outcome.wrong[j], outcome.found[i] = good, near & ~good, near

    for at in np.flatnonzero((size[0] > 0) & (size[1] > 0) & (size[0] + size[1] > 2)).tolist():
        golds, preds = (order[k][first[k][at] : first[k][at] + size[k][at]] for k in (0, 1))
        for j_, i_, good_ in _greedy(_entities(g, golds), _entities(p, preds), right):
            (outcome.right if good_ else outcome.wrong)[preds[j_]] = True
            outcome.found[golds[i_]] = True
    return outcome


def _entities(side: _Side, rows: IntArray) -> list[tuple[int, int, int]]:
    """(start, end, type) of the rows."""
    return list(zip(side.lo[rows].tolist(), side.hi[rows].tolist(), side.type[rows].tolist(), strict=True))


def _greedy(
    golds: list[tuple[int, int, int]], preds: list[tuple[int, int, int]], right: Callable[[Any, Any], Any]
) -> Iterator[tuple[int, int, bool]]:
    """(predicted, gold, right): each predicted entity with the nearest free gold entity right for it, else the first."""
    free = list(range(len(golds)))
    for j, (lo, hi, kind) in enumerate(preds):
        best: int | None = None
        other: int | None = None
        least = 0
        for i in free:
            start, end, label = golds[i]
            if (min(hi, end) - max(lo, start)) / (end - start) * 100.0 < _LEAST:
                continue
            distance = abs(lo - start) + abs(hi - end)
            if right(distance == 0, kind == label):
                if best is None or distance < least:
                    best, least = i, distance
            elif other is None:
                other = i
        taken = other if best is None else best
        if taken is not None:
            free.remove(taken)
            yield j, taken, best is not None


def _measures(scheme: str) -> tuple[Measure, ...]:
    cor, inc, par, mis, spu = (f"{scheme}_{category}" for category in _CATEGORIES)
    above, credit = ("partial_credit", "COR + PAR/2") if scheme == "partial" else (cor, "COR")
    precision, recall = (
        Ratio(
            name=f"nervaluate.{scheme}.{figure}",
            numerator=(above,),
            denominator=(cor, inc, par, missed),
            formula=f"{credit} / (COR + INC + PAR + {missed[-3:].upper()})",
            source=_SOURCE,
            undefined=0.0,
        )
        for figure, missed in (("precision", spu), ("recall", mis))
    )
    f1 = F1(name=f"nervaluate.{scheme}.f1", precision=precision, recall=recall, source=_SOURCE, undefined=0.0)
    return precision, recall, f1


PROFILES: tuple[Profile, ...] = (
    Profile(
        name="nervaluate",
        task="entities",
        reference="nervaluate 1.2.1, Evaluator with min_overlap_percentage=1 and every type as a tag",
        item="mention: outermost bounds and type",
        container="list per document, in the order of the file",
        alignment="greedy: predictions in turn, each takes the first free gold mention of equal bounds (strict: and type; "
        "ent_type: the nearest of its type), else the first that overlaps",
        normaliser="none; offsets are code points, half-open, which its inclusive ends make the same spans",
        averaging="micro; by type in a run of their own, as slices; 0/0 is 0",
        quirks=(
            "The order of the file decides: a prediction that overlaps takes the gold mention before the exact one comes.",
            "An overlap of less than 1 % of the gold mention is none: one character of a mention of 101.",
            "Types are scored in runs of their own, where no other type is in the way: they do not add up to the whole.",
            "A near miss is one incorrect pair under strict and exact, not a missed and a spurious mention.",
            "Discontinuous mentions are their outermost bounds.",
            "Versions differ: partial F1 of one input was .871, .824 and .871 in three releases.",
        ),
        function=_count,
        measures=tuple(measure for scheme in SCHEMES for measure in _measures(scheme)),
    ),
)
