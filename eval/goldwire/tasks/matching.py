"""One-to-one pairs of gold and predicted mentions: equal ones first, then an optimal assignment, scheme by scheme."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from goldwire.counts import FloatArray, IntArray
from goldwire.tasks.assign import assign, isolated
from goldwire.tasks.crowds import pair_crowd
from goldwire.tasks.mentions import Mentions
from goldwire.tasks.spans import BoolArray, Pairs, equal_pairs, meetings, overlaps, stretches

__all__ = ["CROWD", "Matching", "match"]

CROWD = 128
"""A stretch of text is a crowd where its mentions overlap more than so many of the other side, on average."""

Matching = tuple[IntArray, IntArray]
"""Table rows of paired mentions: gold's, and those of their partners."""


def match(g: Mentions, p: Mentions, iou: float) -> dict[str, Matching]:
    """The pairs of each kind, no mention twice in one kind.

    ``strict``: equal in span and type. ``retyped``: of what strict leaves, equal in span. ``type``, ``overlap``,
    ``head``: of what strict leaves, of one type and overlapping, overlapping by ``iou`` at least, having each other's
    head inside. ``boundary`` and ``boundary_type``: of what strict and retyped leave, overlapping mentions of one type
    and of two. All but the first two are optimal assignments, the last two a common one: as many pairs as possible;
    among those, as many as possible of one type; among those, the greatest overlap.

    In a crowd pairs cannot be listed and are found as goldwire.tasks.crowds says: as many as possible by overlap alone,
    without the preferences, and perhaps fewer than possible for ``overlap`` and ``head``.
    """
    of_gold, of_pred = stretches(g.spans, p.spans)
    strict, g, p = _equal(replace(g, stretch=of_gold), replace(p, stretch=of_pred))
    parts = [{"strict": strict}]
    g_crowd, p_crowd = _crowds(g, p)
    if g_crowd.any():
        parts.append(pair_crowd(g.where(g_crowd), p.where(p_crowd), iou))
        g, p = g.where(~g_crowd), p.where(~p_crowd)
    parts.append(_pair(g, p, iou))
    kinds = dict.fromkeys(kind for part in parts for kind in part)
    return {kind: _joined([part[kind] for part in parts if kind in part]) for kind in kinds}


def _joined(parts: list[Matching]) -> Matching:
    return np.concatenate([gold for gold, _ in parts]), np.concatenate([pred for _, pred in parts])


def _equal(g: Mentions, p: Mentions) -> tuple[Matching, Mentions, Mentions]:
    """The multiset intersection on span and type, and what it leaves."""
    gold, pred = equal_pairs(g.typed, p.typed)
    return (g.row[gold], p.row[pred]), g.where(_free(gold, len(g))), p.where(_free(pred, len(p)))


def _free(taken: IntArray, n: int) -> BoolArray:
    free = np.ones(n, bool)
    free[taken] = False
    return free


def _crowds(g: Mentions, p: Mentions) -> tuple[BoolArray, BoolArray]:
    """Which mentions of either side are in a crowd."""
    n = 1 + max(g.stretch.max(initial=-1), p.stretch.max(initial=-1))
    members = [np.bincount(side.stretch, minlength=n) for side in (g, p)]
    pieces = [np.bincount(side.stretch[side.spans.pieces.owner], minlength=n) for side in (g, p)]
    if not np.any(pieces[0] * pieces[1] > CROWD * sum(members)):  # not even if all of a stretch met
        return np.zeros(len(g), bool), np.zeros(len(p), bool)
    inside = meetings(g.spans.pieces, p.spans.pieces)
    met = sum(
        np.bincount(side.stretch[side.spans.pieces.owner], count, n) for side, count in zip((g, p), inside, strict=True)
    )
    crowd = np.asarray(met > CROWD * sum(members))
    return crowd[g.stretch], crowd[p.stretch]


def _pair(g: Mentions, p: Mentions, iou: float) -> dict[str, Matching]:
    """All kinds of pairs but the strict ones, which have been taken."""
    near = overlaps(g.spans.pieces, p.spans.pieces)
    same_type = g.type[near.row] == p.type[near.col]
    typed = near.where(same_type)
    union = g.spans.size[typed.row] + p.spans.size[typed.col] - typed.size
    retyped = equal_pairs(g.bounds, p.bounds)
    inexact = _free(retyped[0], len(g))[near.row] & _free(retyped[1], len(p))[near.col]

    def best(pairs: Pairs, *preferred: BoolArray) -> tuple[IntArray, IntArray]:
        sure = isolated(pairs.row, pairs.col)  # most of real data
        open_ = np.flatnonzero(~sure)
        rest = pairs.where(open_)
        criteria = (np.ones(len(open_)), *(criterion[open_] for criterion in preferred), rest.size)
        weight = _lexicographic(g.stretch[rest.row], rest.row, *criteria)
        sure[open_[assign(rest.row, rest.col, weight, len(g), len(p))]] = True
        return pairs.row[sure], pairs.col[sure]

    partial = best(near.where(inexact), same_type[inexact])
    one_type = g.type[partial[0]] == p.type[partial[1]]
    found = {
        "retyped": retyped,
        "type": best(typed),
        "overlap": best(typed.where(typed.size / union >= iou)),
        "head": best(typed.where(_heads_inside(g, p, typed))),
        "boundary": (partial[0][one_type], partial[1][one_type]),
        "boundary_type": (partial[0][~one_type], partial[1][~one_type]),
    }
    return {kind: (g.row[gold], p.row[pred]) for kind, (gold, pred) in found.items()}


def _heads_inside(g: Mentions, p: Mentions, pairs: Pairs) -> BoolArray:
    """Which pairs of mentions, none of them equal, have each side's head inside the other side's span."""
    if g.heads is g.spans and p.heads is p.spans:
        return np.zeros(len(pairs.row), bool)
    ours = overlaps(g.heads.pieces, p.spans.pieces)
    ours = ours.where(ours.size == g.heads.size[ours.row])
    theirs = overlaps(g.spans.pieces, p.heads.pieces)
    theirs = theirs.where(theirs.size == p.heads.size[theirs.col])
    n = len(p)
    mutual = np.intersect1d(ours.row * n + ours.col, theirs.row * n + theirs.col, assume_unique=True)
    return np.isin(pairs.row * n + pairs.col, mutual, assume_unique=True)


def _lexicographic(group: IntArray, row: IntArray, *criteria: npt.NDArray[np.generic]) -> FloatArray:
    """(edges,) integer weights whose sum ranks matchings by the criteria, the first one first.

    A criterion outweighs all that follow it: one step of it is worth more than any matching within the same group can
    collect from the rest, which is at most the best edge of every row. Edges are sorted by row, rows by group.
    """
    weight = criteria[-1].astype(np.float64)
    first = np.flatnonzero(np.append(True, row[1:] != row[:-1])[: len(row)])
    for criterion in reversed(criteria[:-1]):
        best = np.maximum.reduceat(weight, first) if len(first) else weight
        limit = 1 + np.bincount(group[first], best, minlength=1)
        weight = weight + criterion * limit[group]
    return weight
