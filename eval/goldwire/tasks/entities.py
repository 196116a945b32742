"""Entity mentions: one-to-one matching of gold and predicted spans within each document, under six schemes.

Boundaries alone (``exact``) and boundaries with type (``strict``) are multiset intersections. The schemes that forgive
take those exact pairs first and pair the rest by an optimal assignment, so that the order of a file never changes a
score and gold and prediction can change places. Beside them, code points covered are compared as sets, type by type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Facet, FloatArray, IntArray
from goldwire.tasks.assign import assign
from goldwire.tasks.spans import (
    BoolArray,
    Pairs,
    Pieces,
    Spans,
    axis_step,
    canonical_order,
    codes_in,
    coverage,
    equal_pairs,
    integers,
    overlaps,
    place,
    shape_codes,
    shared_keys,
    shared_labels,
    unit_codes,
)

__all__ = ["SCHEMES", "count"]

SCHEMES = ("exact", "strict", "type", "partial", "overlap", "head")

Matching = tuple[IntArray, IntArray]
Credit = tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]]


def count(gold: Corpus, pred: Corpus, *, iou: float = 0.5) -> Counts:
    """Mentions and code points found, per document, type, level and zone.

    Columns: ``gold`` and ``pred`` count mentions; for each of SCHEMES ``<scheme>_gold`` is the credit given to gold
    mentions and ``<scheme>_pred`` the credit given to predicted ones (equal in total); ``char_gold``, ``char_pred``
    and ``char_matched`` count code points per document and type. What describes a gold mention stands on a row with
    that mention's facets, likewise for a predicted one; a mention's zone is the gold zone its first code point is in.

    iou: least intersection over union, in code points, of a pair under the ``overlap`` scheme.

    A predicted document that gold lacks or a malformed list of fragments raises UsageError.
    """
    layout = _Layout.of(gold, pred)
    g, p = _mentions(gold, pred, layout)
    facets = {
        "type": Facet(np.concatenate([g.type, p.type]), layout.types),
        "level": Facet(np.concatenate([g.level, p.level]), layout.levels),
        "zone": Facet(np.concatenate([g.zone, p.zone]), layout.zones),
    }
    mentions = Counts.build(gold.doc_ids, np.concatenate([g.unit, p.unit]), facets, _columns(g, p, iou))
    return Counts.concat([mentions, _characters(gold.doc_ids, g, p, layout)])


# ------------------------------------------------------------------------------------------------------------- tables


@dataclass(frozen=True)
class _Layout:
    """What both sides share: room for one document on the axis, and the labels behind the codes."""

    step: int
    types: tuple[str, ...]
    levels: tuple[str, ...]
    zones: tuple[str, ...]

    @classmethod
    def of(cls, gold: Corpus, pred: Corpus) -> _Layout:
        g, p, zones = gold["mentions"], pred["mentions"], gold["zones"]
        ends = [table[name] for table in (g, p) for name in ("end", "head_end", "fragments")]
        return cls(
            axis_step(zones["end"], *ends),
            shared_labels(g["type"], p["type"]),
            shared_labels(g["level"], p["level"]),
            shared_labels(zones["zone"]),
        )


@dataclass(frozen=True)
class _Mentions:
    """One side's mentions, sorted by span, type, head and level, so that rows that compare equal are interchangeable.

    unit, type, level, zone: (n,) codes, -1 for null or unknown.
    bounds, typed: (n,) ascending keys shared by both sides: equal for equal spans; equal for equal spans and types.
    spans, heads:  (n,) spans; a mention that states no head has its whole span as head.
    """

    unit: IntArray
    type: IntArray
    level: IntArray
    zone: IntArray
    bounds: IntArray
    typed: IntArray
    spans: Spans
    heads: Spans


def _mentions(gold: Corpus, pred: Corpus, layout: _Layout) -> tuple[_Mentions, _Mentions]:
    """Both sides on one axis, with shared keys, in canonical order."""
    tables = gold["mentions"], pred["mentions"]
    units = [unit_codes(table["doc_id"], gold.doc_ids) for table in tables]
    types = [codes_in(table["type"], layout.types) for table in tables]
    spans = [place(table, unit * layout.step) for table, unit in zip(tables, units, strict=True)]
    shapes = shape_codes(*spans)
    bounds = shared_keys(*((span.lo, span.hi - span.lo, shape) for span, shape in zip(spans, shapes, strict=True)))
    typed = shared_keys(*zip(bounds, types, strict=True))

    def side(i: int) -> _Mentions:
        level = codes_in(tables[i]["level"], layout.levels)
        heads = _heads(tables[i], units[i] * layout.step, spans[i])
        order = canonical_order(typed[i], heads.lo, heads.hi, heads.size, level)
        return _Mentions(
            unit=units[i][order],
            type=types[i][order],
            level=level[order],
            zone=_zone_codes(gold, layout, spans[i].lo[order]),
            bounds=bounds[i][order],
            typed=typed[i][order],
            spans=spans[i].take(order),
            heads=heads.take(order),
        )

    return side(0), side(1)


def _heads(table: pa.Table, base: IntArray, spans: Spans) -> Spans:
    lo, hi = base + integers(table["head_start"]), base + integers(table["head_end"])
    return spans.replaced(hi > lo, lo, hi)


def _zone_codes(gold: Corpus, layout: _Layout, at: IntArray) -> IntArray:
    """(n,) code of the gold zone each position on the axis lies in, -1 outside all zones."""
    table, step = gold["zones"], layout.step
    base = codes_in(table["doc_id"], gold.doc_ids) * step
    # A zone before the axis gives every position a zone that starts no later.
    lo, hi = np.append(base + integers(table["start"]), -step), np.append(base + integers(table["end"]), -step)
    zone = np.append(codes_in(table["zone"], layout.zones), -1)
    order = np.lexsort((zone, hi, lo))
    latest = order[np.searchsorted(lo[order], at, side="right") - 1]
    return np.where(at < hi[latest], zone[latest], -1)


# ----------------------------------------------------------------------------------------------------------- matching


def _columns(g: _Mentions, p: _Mentions, iou: float) -> dict[str, npt.NDArray[np.generic]]:
    """The mention columns, gold rows first."""
    no_gold, no_pred = np.zeros(len(g.unit)), np.zeros(len(p.unit))
    columns: dict[str, npt.NDArray[np.generic]] = {
        "gold": np.append(no_gold + 1, no_pred),
        "pred": np.append(no_gold, no_pred + 1),
    }
    for scheme, (of_gold, of_pred) in _credits(g, p, iou).items():
        columns[f"{scheme}_gold"] = np.append(of_gold, no_pred)
        columns[f"{scheme}_pred"] = np.append(no_gold, of_pred)
    return columns


def _credits(g: _Mentions, p: _Mentions, iou: float) -> dict[str, Credit]:
    """scheme -> credit of every gold mention, credit of every predicted mention."""
    n_gold, n_pred = len(g.unit), len(p.unit)
    strict = equal_pairs(g.typed, p.typed)
    g_open, p_open = _free(strict[0], n_gold), _free(strict[1], n_pred)
    # Equal types first, then whatever shares the bounds: together the multiset intersection on bounds.
    g_rows, p_rows = np.flatnonzero(g_open), np.flatnonzero(p_open)
    retyped = equal_pairs(g.bounds[g_rows], p.bounds[p_rows])
    exact = np.append(strict[0], g_rows[retyped[0]]), np.append(strict[1], p_rows[retyped[1]])

    near = overlaps(g.spans.pieces.of(g_open), p.spans.pieces.of(p_open))
    same_type = g.type[near.row] == p.type[near.col]
    typed = near.where(same_type)
    union = g.spans.size[typed.row] + p.spans.size[typed.col] - typed.size
    inexact = _free(exact[0], n_gold)[near.row] & _free(exact[1], n_pred)[near.col]

    def best(pairs: Pairs, *preferred: BoolArray) -> Matching:
        weight = _lexicographic(g.unit[pairs.row], pairs.row, np.ones(len(pairs.row)), *preferred, pairs.size)
        chosen = assign(pairs.row, pairs.col, weight, n_gold, n_pred)
        return pairs.row[chosen], pairs.col[chosen]

    def credit(full: Matching, rest: Matching | None = None, each: float = 1.0) -> Credit:
        of_gold, of_pred = np.bincount(full[0], minlength=n_gold), np.bincount(full[1], minlength=n_pred)
        if rest is None:
            return of_gold, of_pred
        return (
            of_gold + each * np.bincount(rest[0], minlength=n_gold),
            of_pred + each * np.bincount(rest[1], minlength=n_pred),
        )

    return {
        "exact": credit(exact),
        "strict": credit(strict),
        "type": credit(strict, best(typed)),
        "partial": credit(exact, best(near.where(inexact), same_type[inexact]), each=0.5),
        "overlap": credit(strict, best(typed.where(typed.size / union >= iou))),
        "head": credit(strict, best(typed.where(_heads_inside(g, p, g_open, p_open, typed)))),
    }


def _free(taken: IntArray, n: int) -> BoolArray:
    free = np.ones(n, bool)
    free[taken] = False
    return free


def _heads_inside(g: _Mentions, p: _Mentions, g_open: BoolArray, p_open: BoolArray, pairs: Pairs) -> BoolArray:
    """Which of the pairs of open mentions have each side's head inside the other side's span."""
    ours = overlaps(g.heads.pieces.of(g_open), p.spans.pieces.of(p_open))
    ours = ours.where(ours.size == g.heads.size[ours.row])
    theirs = overlaps(g.spans.pieces.of(g_open), p.heads.pieces.of(p_open))
    theirs = theirs.where(theirs.size == p.heads.size[theirs.col])
    n = len(p.unit)
    mutual = np.intersect1d(ours.row * n + ours.col, theirs.row * n + theirs.col, assume_unique=True)
    return np.isin(pairs.row * n + pairs.col, mutual, assume_unique=True)


def _lexicographic(unit: IntArray, row: IntArray, *criteria: npt.NDArray[np.generic]) -> FloatArray:
    """(edges,) integer weights whose sum ranks matchings by the criteria, the first one first.

    A criterion outweighs all that follow it: one step of it is worth more than any matching within the same unit can
    collect from the rest, which is at most the best edge of every row. Edges are sorted by row.
    """
    weight = criteria[-1].astype(np.float64)
    first = np.flatnonzero(np.append(True, row[1:] != row[:-1])[: len(row)])
    for criterion in reversed(criteria[:-1]):
        best = np.maximum.reduceat(weight, first) if len(first) else weight
        limit = 1 + np.bincount(unit[first], best, minlength=1)
        weight = weight + criterion * limit[unit]
    return weight


# --------------------------------------------------------------------------------------------------------- characters


def _characters(units: Sequence[str], g: _Mentions, p: _Mentions, layout: _Layout) -> Counts:
    """Code points covered by the mentions of each document and type: gold, predicted, both."""
    width = len(layout.types) + 1

    def by_type(side: _Mentions) -> Pieces:
        pieces = side.spans.pieces
        unit = side.unit[pieces.owner]
        group = unit * width + side.type[pieces.owner] + 1
        shift = (group - unit) * layout.step
        return Pieces(group, pieces.lo + shift, pieces.hi + shift)

    group, of_gold, of_pred, both = coverage(by_type(g), by_type(p))
    facets = {"type": Facet(group % width - 1, layout.types)}
    columns = {"char_gold": of_gold, "char_pred": of_pred, "char_matched": both}
    return Counts.build(units, group // width, facets, columns)
