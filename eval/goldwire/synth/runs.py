"""The counting rule of text-basis passages, as in building.relations, for many pairs of sentences at once.

Sentences are rows of word numbers; what stands after the last word is another number in x than in y.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from goldwire.counts import IntArray

__all__ = ["PAD_X", "PAD_Y", "longest_runs", "matched_words", "relations"]

Table = npt.NDArray[np.int32]
NONE, NEAR, PARAPHRASE = -1, 1, 2
PAD_X, PAD_Y = -1, -2


def relations(x: Table, y: Table) -> IntArray:
    """(n,) NEAR, PARAPHRASE or NONE of unequal sentences: `building.relations.relation_of_codes`."""
    at_x, at_y, run = longest_runs(x, y)
    n_x, n_y = ((table >= 0).sum(axis=1) for table in (x, y))
    shorter, total = np.minimum(n_x, n_y), n_x + n_y
    long = (run >= 12) | (run >= 0.75 * shorter)
    some = (run >= 6) | (run >= 0.75 * shorter)
    matched = run.copy()
    rest = np.flatnonzero(some & (2 * run / total < np.where(long, 0.70, 0.50)))  # of the others it decides nothing
    sides = _beside(x[rest], y[rest], at_x[rest], at_y[rest], run[rest])
    matched[rest] += matched_words(*sides).reshape(2, -1).sum(axis=0)
    ratio = 2 * matched / total
    found = np.where((ratio >= 0.50) & (run >= 6), PARAPHRASE, NONE)
    found = np.where(long & (ratio >= 0.70), NEAR, found)
    return np.where(some, found, NONE)


def matched_words(x: Table, y: Table) -> IntArray:
    """(n,) words in matching blocks: the longest run, then the same left and right of it."""
    total, owner = np.zeros(len(x), np.int64), np.arange(len(x))
    while len(owner):
        at_x, at_y, run = longest_runs(x, y)
        np.add.at(total, owner, run)
        found = np.flatnonzero(run)
        x, y = _beside(x[found], y[found], at_x[found], at_y[found], run[found])
        both = np.flatnonzero((x[:, :1] >= 0).any(axis=1) & (y[:, :1] >= 0).any(axis=1))
        x, y, owner = _trimmed(x[both]), _trimmed(y[both]), owner[np.r_[found, found][both]]
    return total


def longest_runs(x: Table, y: Table) -> tuple[IntArray, IntArray, IntArray]:
    """(n,) start in x, start in y and length of the longest run of words in common, the earliest in x, then in y."""
    n, width = y.shape
    at_x, at_y, length = (np.zeros(n, np.int64) for _ in range(3))
    places, ends = np.ascontiguousarray(y.T), np.ascontiguousarray(x.T)
    run = np.zeros((width + 1, n), np.uint8)  # words in common that end before a place of y and at one of x
    for i, word in enumerate(ends):
        run[1:] = (run[:-1] + np.uint8(1)) * (places == word)
        best = run.max(axis=0)
        better = np.flatnonzero(best > length)
        length[better] = best[better]
        at_x[better] = i + 1 - length[better]
        at_y[better] = run[:, better].argmax(axis=0) - length[better]
    return at_x, at_y, length


def _beside(x: Table, y: Table, at_x: IntArray, at_y: IntArray, run: IntArray) -> tuple[Table, Table]:
    """What stands left of the runs in x and in y, then what stands right of them."""
    nothing = np.zeros_like(run)
    sides = [
        [_part(table, nothing, at, pad), _part(table, at + run, nothing + table.shape[1], pad)]
        for table, at, pad in ((x, at_x, PAD_X), (y, at_y, PAD_Y))
    ]
    return np.concatenate(sides[0]), np.concatenate(sides[1])


def _part(table: Table, start: IntArray, end: IntArray, pad: int) -> Table:
    """Every row from a place to another, moved to the front."""
    width = table.shape[1]
    place = start[:, None] + np.arange(width)
    moved = np.take_along_axis(table, np.minimum(place, max(width - 1, 0)), axis=1)
    return np.where(place < end[:, None], moved, np.int32(pad))


def _trimmed(table: Table) -> Table:
    """Without the columns that no row reaches."""
    return table[:, : int((table >= 0).sum(axis=1).max(initial=0))]
