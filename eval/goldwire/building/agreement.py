"""`goldwire agree`: how far two annotations of the same articles agree, layer by layer, with the scorer's own measures."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from goldwire.corpus.labels import labels
from goldwire.corpus.tables import Corpus
from goldwire.errors import UsageError
from goldwire.reading import load_corpus
from goldwire.results import Value
from goldwire.scoring import score
from goldwire.stats.agreement import cohen_kappa

__all__ = ["Agreement", "agree"]

_SCORED = {
    "entities": ("entities.strict.f1", "entities.exact.f1", "coref.conll", "coref_corpus.conll"),
    "times": ("times.span.f1", "times.type.f1", "times.value.accuracy", "times.resolved.accuracy"),
    "events": (
        "events.tri_i.f1", "events.tri_c.f1", "events.arg_i.f1", "events.arg_c.f1", "events.arg_c_plus.f1",
        "event_coref.conll", "event_coref_corpus.conll", "event_coref_corpus.contrast",
    ),
    "passages": ("passages.plagdet", "passages.f1", "passages.aligned.f1"),
}  # fmt: skip

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Agreement:
    """One figure. ``a`` and ``b`` count the items of each side, ``both`` those the figure compares."""

    layer: str
    figure: str
    value: float | None
    a: int
    b: int
    both: int

    def to_dict(self) -> dict[str, Any]:
        """The figure as JSON data."""
        return asdict(self)


def agree(a: str | Path | Corpus, b: str | Path | Corpus) -> list[Agreement]:
    """Agreement of two annotation folders (or passes, or built datasets) of the same articles.

    F1 and its like are symmetric, so neither side is taken for the truth. Raises UsageError when the two are not of the
    same articles, and what load_corpus raises.
    """
    one, other = (side if isinstance(side, Corpus) else load_corpus(side) for side in (a, b))
    if set(one.doc_ids) != set(other.doc_ids):
        odd = ", ".join(sorted(set(one.doc_ids) ^ set(other.doc_ids))[:5])
        raise UsageError(f"the two annotations are not of the same articles: {odd}")
    result = score(other, one)
    sizes = {"entities": "mentions", "times": "times", "events": "triggers", "passages": "passages"}
    figures: list[Agreement] = []
    for layer, table in sizes.items():
        n_a, n_b = len(one[table]), len(other[table])
        figures += [_figure(layer, name, result.values, n_a, n_b) for name in _SCORED[layer]]
        figures += _kappas(layer, one, other, n_a, n_b)
    return figures + _pairs(one, other)


def _figure(layer: str, name: str, values: Mapping[str, Value], n_a: int, n_b: int) -> Agreement:
    """A measure of the scorer, with the number of items its recall and precision are over and of those in common."""
    value = values[name].value if name in values else None
    stem = name.rpartition(".")[0]
    recall, precision = values.get(f"{stem}.recall"), values.get(f"{stem}.precision")
    if recall is None or precision is None or recall.denominator is None or precision.denominator is None:
        return Agreement(layer, name, value, n_a, n_b, min(n_a, n_b))
    both = recall.numerator or 0.0
    return Agreement(layer, name, value, round(recall.denominator), round(precision.denominator), round(both))


def _kappas(layer: str, one: Corpus, other: Corpus, n_a: int, n_b: int) -> list[Agreement]:
    """Kappa of labels over the items of a layer that both sides have."""
    span = ("doc_id", "start", "end")
    plans: dict[str, list[tuple[str, str, Callable[[Corpus], dict[Hashable, Row]]]]] = {
        "entities": [(name, name, _keyed("mentions", span)) for name in ("type", "level", "metonymic")],
        "times": [("type", "type", _keyed("times", span))],
        "events": [
            ("type", "type", _keyed("triggers", span)),
            *(
                (name, name, _keyed("triggers", (*span, "type")))
                for name in ("polarity", "modality", "tense", "genericity")
            ),
        ],
        "passages": [],
    }
    figures = []
    for label, column, keyed in plans[layer]:
        ours, theirs = keyed(one), keyed(other)
        common = sorted(ours.keys() & theirs.keys(), key=repr)
        kappa = cohen_kappa([ours[key][column] for key in common], [theirs[key][column] for key in common])
        figures.append(Agreement(layer, f"{label} kappa", kappa, n_a, n_b, len(common)))
    if layer == "passages":
        matched = _matched_passages(one["passages"].to_pylist(), other["passages"].to_pylist())
        kappa = cohen_kappa([x["relation"] for x, _ in matched], [y["relation"] for _, y in matched])
        figures.append(Agreement(layer, "relation kappa", kappa, n_a, n_b, len(matched)))
        f1 = 2 * len(matched) / (n_a + n_b) if n_a + n_b else None
        figures.append(Agreement(layer, "links f1", f1, n_a, n_b, len(matched)))
    return figures


def _keyed(table: str, columns: Sequence[str]) -> Callable[[Corpus], dict[Hashable, Row]]:
    """Rows of a table by the values of some columns; the first of equal ones."""

    def rows(corpus: Corpus) -> dict[Hashable, Row]:
        found: dict[Hashable, Row] = {}
        for row in corpus[table].to_pylist():
            found.setdefault(tuple(row[column] for column in columns), row)
        return found

    return rows


def _pairs(one: Corpus, other: Corpus) -> list[Agreement]:
    """Kappa of the three fields of article pairs; reuse is directed and ordinal."""
    ours, theirs = (_canonical(corpus["links"].to_pylist()) for corpus in (one, other))
    common = sorted(ours.keys() & theirs.keys())
    sides = [[by_pair[key] for key in common] for by_pair in (ours, theirs)]
    order = list(labels()["reuse_levels"])
    reuse = [[row[name] for row in rows for name in ("reuse_a", "reuse_b")] for rows in sides]
    figures = [Agreement("pairs", "reuse kappa (quadratic)", cohen_kappa(*reuse, order=order), *_sizes(reuse))]
    for field in ("story", "provenance"):
        named = [[row[field] for row in rows] for rows in sides]
        figures.append(Agreement("pairs", f"{field} kappa", cohen_kappa(*named), *_sizes(named)))
    return figures


def _sizes(sides: Sequence[Sequence[Any]]) -> tuple[int, int, int]:
    return len(sides[0]), len(sides[1]), min(map(len, sides))


def _canonical(rows: Iterable[Row]) -> dict[tuple[str, str], Row]:
    return {(row["a"], row["b"]): row for row in rows}


def _matched_passages(one: Sequence[Row], other: Sequence[Row]) -> list[tuple[Row, Row]]:
    """One-to-one pairs of passages that overlap on both sides by half of their union or more, best overlap in total."""
    from goldwire.tasks.assign import assign

    edges = []
    for i, x in enumerate(one):
        for j, y in enumerate(other):
            if (x["a"], x["b"]) == (y["a"], y["b"]):
                shares = [_iou(x, y, side) for side in "ab"]
                if min(shares) >= 0.5:
                    edges.append((i, j, sum(shares)))
    row, col = (np.array([edge[k] for edge in edges], np.int64) for k in (0, 1))
    weight = np.array([edge[2] for edge in edges], np.float64)
    return [(one[row[k]], other[col[k]]) for k in assign(row, col, weight, len(one), len(other))]


def _iou(x: Row, y: Row, side: str) -> float:
    start, end = f"{side}_start", f"{side}_end"
    shared = min(x[end], y[end]) - max(x[start], y[start])
    return float(max(shared, 0) / (max(x[end], y[end]) - min(x[start], y[start])))
