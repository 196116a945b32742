"""Kernels on half-open integer intervals of one number line, given as columns of starts and ends.

Positions are not negative. Callers that have many texts lay them out one behind the other, so that intervals of
different texts never meet.
"""

from __future__ import annotations

import numpy as np

from goldwire.counts import IntArray

__all__ = ["covered_length", "uncovered", "union_length"]


def uncovered(start: IntArray, end: IntArray) -> IntArray:
    """(rows,) where the part of each interval begins that no earlier one covers; its end where nothing is left.

    Earlier means by start, then by end, then by row. The parts [result, end) are disjoint and make up the union.
    """
    order = np.lexsort((end, start))
    reach = np.maximum.accumulate(end[order])
    begin = start[order]
    begin[1:] = np.maximum(begin[1:], reach[:-1])
    result = np.empty_like(start)
    result[order] = begin
    return np.minimum(result, end)


def union_length(owner: IntArray, start: IntArray, end: IntArray, n_owners: int) -> IntArray:
    """(n_owners,) number of positions covered by at least one of each owner's intervals; start <= end."""
    if not len(start):
        return np.zeros(n_owners, np.int64)
    shift = owner * (end.max() + 1)
    new = end + shift - uncovered(start + shift, end + shift)
    return np.bincount(owner, new, n_owners).astype(np.int64)


def covered_length(start: IntArray, end: IntArray, low: IntArray, high: IntArray) -> IntArray:
    """(rows of low,) number of positions of [low, high) that lie in the union of the intervals [start, end)."""
    begin = uncovered(start, end)
    kept = end > begin
    begin, stop = begin[kept], end[kept]
    order = np.argsort(begin)
    begin, stop = begin[order], stop[order]
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(stop - begin)])
    stop = np.concatenate([np.zeros(1, np.int64), stop])

    def below(position: IntArray) -> IntArray:
        rank = np.searchsorted(begin, position, "right")
        return np.asarray(total[rank] - np.maximum(stop[rank] - position, 0))

    return below(high) - below(low)
