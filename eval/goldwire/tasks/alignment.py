"""One-to-one alignment of overlapping spans by the Dice coefficient of their code points.

The alignment is the best there is, except in a crowd: a stretch of text, covered without a gap, in which more than
CROWD pairs overlap (some hundred spans on top of each other). There every span looks at its NEAR neighbours on either
side, by start and by end, and pairs are taken by falling weight, in memory that grows with the spans alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldwire.counts import FloatArray, IntArray
from goldwire.tasks.assign import assign
from goldwire.tasks.codes import shared_keys
from goldwire.tasks.event_rows import ranked
from goldwire.tasks.spans import BoolArray, Pairs, Pieces, Spans, meetings, overlaps, stretches

__all__ = ["CROWD", "NEAR", "Aligned", "Side", "align"]

CROWD = 2**17
NEAR = 8
_ROUNDS = 30


@dataclass(frozen=True)
class Aligned:
    """Pairs of spans, no span twice: positions in gold and prediction, and the Dice coefficient of each pair."""

    gold: IntArray
    pred: IntArray
    dice: FloatArray


@dataclass(frozen=True)
class Side:
    """The spans of one side that are to be aligned.

    unit:  (spans,) document, which begins at ``unit * step`` on the axis.
    group: (spans,) only spans of equal groups, which are of the same document, may be paired.
    label: (spans,) codes; an equal one adds 1 to the Dice coefficient. None: labels do not matter.
    """

    spans: Spans
    unit: IntArray
    group: IntArray
    label: IntArray | None = None


def align(gold: Side, pred: Side, step: int) -> Aligned:
    """The alignment with the largest sum of Dice coefficients and equal labels, overlapping pairs only."""
    codes = ranked(np.concatenate([gold.group, pred.group]))
    g = _moved(gold.spans, (codes[: len(gold.unit)] - gold.unit) * step)
    p = _moved(pred.spans, (codes[len(gold.unit) :] - pred.unit) * step)
    g_crowd, p_crowd = _crowds(g, p)
    pairs = overlaps(g.pieces.of(~g_crowd), p.pieces.of(~p_crowd))
    weight = _dice(g, p, pairs) + _agree(gold, pred, pairs)
    chosen = pairs.where(assign(pairs.row, pairs.col, weight, len(g.lo), len(p.lo)))
    if g_crowd.any():
        pairs = _neighbours(g, p, np.flatnonzero(g_crowd), np.flatnonzero(p_crowd))
        near = pairs.where(_greedy(pairs.row, pairs.col, _dice(g, p, pairs) + _agree(gold, pred, pairs)))
        chosen = Pairs(*(np.append(a, b) for a, b in zip(vars(chosen).values(), vars(near).values(), strict=True)))
    return Aligned(chosen.row, chosen.col, _dice(g, p, chosen))


def _dice(g: Spans, p: Spans, pairs: Pairs) -> FloatArray:
    dice: FloatArray = 2 * pairs.size / (g.size[pairs.row] + p.size[pairs.col])
    return dice


def _agree(gold: Side, pred: Side, pairs: Pairs) -> FloatArray:
    """(pairs,) 1 where the labels are equal."""
    if gold.label is None or pred.label is None:
        return np.zeros(len(pairs.row))
    equal: BoolArray = gold.label[pairs.row] == pred.label[pairs.col]
    return equal.astype(np.float64)


def _moved(spans: Spans, by: IntArray) -> Spans:
    if spans.plain:
        return Spans(spans.lo + by, spans.hi + by)
    pieces = spans.pieces
    shift = by[pieces.owner]
    return Spans(spans.lo + by, spans.hi + by, Pieces(pieces.owner, pieces.lo + shift, pieces.hi + shift))


def _crowds(g: Spans, p: Spans) -> tuple[BoolArray, BoolArray]:
    """Which spans of either side are in a crowd."""
    stretch = stretches(g, p)
    met = sum(
        np.bincount(of[spans.pieces.owner], count, 1 + max(part.max(initial=-1) for part in stretch))
        for of, spans, count in zip(stretch, (g, p), meetings(g.pieces, p.pieces), strict=True)
    )
    crowd = np.asarray(met) > CROWD
    return crowd[stretch[0]], crowd[stretch[1]]


def _neighbours(g: Spans, p: Spans, rows: IntArray, cols: IntArray) -> Pairs:
    """The overlapping ones among the pairs of a span and the NEAR before and after its place on the other side."""
    found = []
    for end in ("lo", "hi"):
        keys = shared_keys(*((getattr(side, end)[at], (side.hi - side.lo)[at]) for side, at in ((g, rows), (p, cols))))
        orders = [np.argsort(key, kind="stable") for key in keys]
        for own, other, flip in ((0, 1, 1), (1, 0, -1)):
            place = np.searchsorted(keys[other][orders[other]], keys[own])[:, None] + np.arange(-NEAR, NEAR)
            at, k = np.nonzero((place >= 0) & (place < len(orders[other])))
            found.append((at, orders[other][place[at, k]])[::flip])
    row, col = (parts[np.concatenate(ends)] for parts, ends in zip((rows, cols), zip(*found, strict=True), strict=True))
    pairs = Pairs(row, col, _shared(g, p, row, col))
    return pairs.where(pairs.size > 0)


def _shared(g: Spans, p: Spans, row: IntArray, col: IntArray) -> IntArray:
    """(pairs,) number of code points that both spans of a pair cover."""
    count_g, count_p = (np.bincount(side.pieces.owner, minlength=len(side.lo)) for side in (g, p))
    start_g, start_p = np.cumsum(count_g) - count_g, np.cumsum(count_p) - count_p
    count = count_g[row] * count_p[col]
    pair = np.repeat(np.arange(len(row)), count)
    k = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    i, j = start_g[row][pair] + k // count_p[col][pair], start_p[col][pair] + k % count_p[col][pair]
    size = np.minimum(g.pieces.hi[i], p.pieces.hi[j]) - np.maximum(g.pieces.lo[i], p.pieces.lo[j])
    return np.bincount(pair, np.maximum(size, 0), len(row)).astype(np.int64)


def _greedy(row: IntArray, col: IntArray, weight: FloatArray) -> IntArray:
    """Edges taken by falling weight, each end once.

    An edge that is the first one left at both of its ends is taken in any case: all such at once for some rounds.
    """
    left = np.argsort(-weight, kind="stable")
    row_used, col_used = np.zeros(row.max(initial=-1) + 1, bool), np.zeros(col.max(initial=-1) + 1, bool)
    taken: list[IntArray] = []
    for _ in range(_ROUNDS):
        won = left[_first(row[left]) & _first(col[left])]
        row_used[row[won]] = True
        col_used[col[won]] = True
        taken.append(won)
        left = left[~(row_used[row[left]] | col_used[col[left]])]
    for edge in left.tolist():
        if not (row_used[row[edge]] or col_used[col[edge]]):
            row_used[row[edge]] = col_used[col[edge]] = True
            taken.append(np.array([edge]))
    return np.concatenate(taken)


def _first(node: IntArray) -> BoolArray:
    """Mask of the entries that are the first of their node."""
    position = np.arange(len(node))
    first = np.zeros(int(node.max(initial=-1)) + 1, np.int64)
    first[node[::-1]] = position[::-1]  # of repeated targets the last assignment stays
    mask: BoolArray = first[node] == position
    return mask
