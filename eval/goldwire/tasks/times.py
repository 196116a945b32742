"""Time expressions: spans, TIMEX3 types and values, compared one-to-one within each document.

Strict figures are multiset intersections on the span and what must agree beside it. Relaxed ones ask for overlap
instead of the same span and take the largest number of pairs that are one-to-one. Beside them, the values of
expressions with the same span are compared as stretches of the calendar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Facet, FloatArray, IntArray
from goldwire.tasks.assign import assign
from goldwire.tasks.codes import canonical_order, codes_in, integers, shared_keys, shared_labels, unit_codes
from goldwire.tasks.criteria import lexicographic
from goldwire.tasks.spans import Pairs, Pieces, axis_step, equal_pairs, overlaps
from goldwire.tasks.timex import denoted, intervals, jaccard

__all__ = ["FIGURES", "count"]

FIGURES: dict[str, tuple[str, ...]] = {
    "span": (),
    "type": ("type",),
    "value": ("value",),
    "resolved": ("resolved",),
}
"""What must agree beside the span."""

_ATTRIBUTES = ("type", "value", "resolved", "denoted")


@dataclass(frozen=True)
class _Side:
    """One side's expressions, sorted by span, type, value and resolved value, so that equal rows are interchangeable.

    unit, zone: (n,) codes, -1 outside all zones. lo, hi: (n,) the span on the axis of all documents.
    codes:      attribute -> (n,) codes into labels shared by both sides, -1 for null.
    bounds:     (n,) start and end of the stretch of the calendar denoted, both 0 where there is none.
    """

    unit: IntArray
    zone: IntArray
    lo: IntArray
    hi: IntArray
    codes: dict[str, IntArray]
    bounds: tuple[IntArray, IntArray]


def count(gold: Corpus, pred: Corpus) -> Counts:
    """Counts of time expressions per document, type and zone.

    Columns: ``gold``, ``pred``; for each of FIGURES ``<figure>_gold`` and ``<figure>_pred``, the expressions of each
    side that are paired with one of the same span, and ``<figure>_relaxed_gold``, ``<figure>_relaxed_pred``, those
    paired with an overlapping one; ``interval_gold`` and ``interval_pred``, the credit for what is denoted, of
    expressions with the same span: common length / length of the union of the two stretches of the calendar, 1 for
    equal values without one. Each pair of columns is equal in total.

    An expression denotes its resolved value where that is stated, else its value. A null value equals only another
    null. A repeated expression is a false positive. A zone is the gold zone of the first code point.
    """
    g, p, types, zones = _sides(gold, pred)
    no_gold, no_pred = np.zeros(len(g.unit)), np.zeros(len(p.unit))
    columns = {"gold": np.append(no_gold + 1, no_pred), "pred": np.append(no_gold, no_pred + 1)}
    near = overlaps(*(Pieces(np.arange(len(side.lo)), side.lo, side.hi) for side in (g, p)))

    def add(name: str, row: IntArray, col: IntArray, credit: FloatArray) -> None:
        columns[f"{name}_gold"] = np.append(np.bincount(row, credit, len(no_gold)), no_pred)
        columns[f"{name}_pred"] = np.append(no_gold, np.bincount(col, credit, len(no_pred)))

    for figure, beside in FIGURES.items():
        row, col = _same(g, p, beside)
        add(figure, row, col, np.ones(len(row)))
        row, col = _overlapping(g, p, near, beside)
        add(f"{figure}_relaxed", row, col, np.ones(len(row)))
    add("interval", *_credited(g, p, near))
    facets = {
        "type": Facet(np.append(g.codes["type"], p.codes["type"]), types),
        "zone": Facet(np.append(g.zone, p.zone), zones),
    }
    return Counts.build(gold.doc_ids, np.append(g.unit, p.unit), facets, columns)


# ------------------------------------------------------------------------------------------------------------- tables


def _sides(gold: Corpus, pred: Corpus) -> tuple[_Side, _Side, tuple[str, ...], tuple[str, ...]]:
    """Both sides, with shared codes, and the labels of types and zones."""
    tables = [
        table.append_column("denoted", denoted(table["value"], table["resolved"]))
        for table in (gold["times"], pred["times"])
    ]
    labels = {name: shared_labels(*(table[name] for table in tables)) for name in _ATTRIBUTES}
    step = axis_step(gold["zones"]["end"], *(table["end"] for table in tables))
    zones = shared_labels(gold["zones"]["zone"])

    def side(table: pa.Table) -> _Side:
        unit = unit_codes(table["doc_id"], gold.doc_ids)
        lo, hi = (unit * step + integers(table[name]) for name in ("start", "end"))
        codes = {name: codes_in(table[name], labels[name]) for name in _ATTRIBUTES}
        order = canonical_order(lo, hi, *codes.values())
        bounds = intervals(table["denoted"].combine_chunks())
        return _Side(
            unit=unit[order],
            zone=_zones_at(gold["zones"], gold.doc_ids, zones, step, lo[order]),
            lo=lo[order],
            hi=hi[order],
            codes={name: code[order] for name, code in codes.items()},
            bounds=(bounds[0][order], bounds[1][order]),
        )

    return side(tables[0]), side(tables[1]), labels["type"], zones


def _zones_at(table: pa.Table, doc_ids: Sequence[str], zones: tuple[str, ...], step: int, at: IntArray) -> IntArray:
    """(n,) code of the zone each position on the axis lies in, -1 outside all zones."""
    base = codes_in(table["doc_id"], doc_ids) * step
    # A zone before the axis gives every position a zone that starts no later.
    lo, hi = (np.append(base + integers(table[name]), -step) for name in ("start", "end"))
    zone = np.append(codes_in(table["zone"], zones), -1)
    order = np.lexsort((zone, hi, lo))
    latest = order[np.searchsorted(lo[order], at, side="right") - 1]
    return np.where(at < hi[latest], zone[latest], -1)


# ----------------------------------------------------------------------------------------------------------- matching


def _same(g: _Side, p: _Side, beside: tuple[str, ...]) -> tuple[IntArray, IntArray]:
    """Rows of the pairs with the same span and equal attributes ``beside``, those of equal type first."""
    keys = shared_keys(*((side.lo, side.hi, *(side.codes[name] for name in beside)) for side in (g, p)))
    typed = shared_keys((keys[0], g.codes["type"]), (keys[1], p.codes["type"]))
    row, col = _equal(*typed)
    g_left, p_left = _others(row, len(g.lo)), _others(col, len(p.lo))
    more = _equal(keys[0][g_left], keys[1][p_left])
    return np.append(row, g_left[more[0]]), np.append(col, p_left[more[1]])


def _equal(a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    """Positions of the pairs of the multiset intersection of two columns of keys."""
    orders = np.argsort(a, kind="stable"), np.argsort(b, kind="stable")
    row, col = equal_pairs(a[orders[0]], b[orders[1]])
    return orders[0][row], orders[1][col]


def _others(taken: IntArray, n: int) -> IntArray:
    free = np.ones(n, bool)
    free[taken] = False
    return np.flatnonzero(free)


def _overlapping(g: _Side, p: _Side, near: Pairs, beside: tuple[str, ...]) -> tuple[IntArray, IntArray]:
    """Rows of as many one-to-one pairs as can be had that overlap and agree; equal types and long overlaps go first."""
    agree = np.ones(len(near.row), bool)
    for name in beside:
        agree &= g.codes[name][near.row] == p.codes[name][near.col]
    pairs = near.where(agree)
    same_type = g.codes["type"][pairs.row] == p.codes["type"][pairs.col]
    weight = lexicographic(g.unit[pairs.row], pairs.row, np.ones(len(pairs.row)), same_type, pairs.size)
    chosen = assign(pairs.row, pairs.col, weight, len(g.lo), len(p.lo))
    return pairs.row[chosen], pairs.col[chosen]


def _credited(g: _Side, p: _Side, near: Pairs) -> tuple[IntArray, IntArray, FloatArray]:
    """Rows and credit of the one-to-one pairs with the same span that get the most credit for what they denote."""
    pairs = near.where((g.lo[near.row] == p.lo[near.col]) & (g.hi[near.row] == p.hi[near.col]))
    ours, theirs = (tuple(bound[at] for bound in side.bounds) for side, at in ((g, pairs.row), (p, pairs.col)))
    equal = g.codes["denoted"][pairs.row] == p.codes["denoted"][pairs.col]
    credit = np.where(equal, 1.0, jaccard((ours[0], ours[1]), (theirs[0], theirs[1])))
    pairs, credit = pairs.where(credit > 0), credit[credit > 0]
    chosen = assign(pairs.row, pairs.col, credit, len(g.lo), len(p.lo))
    return pairs.row[chosen], pairs.col[chosen], credit[chosen]
