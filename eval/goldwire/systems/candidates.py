"""Which articles are worth comparing: pairs with a key in common, without looking at all pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from goldwire.counts import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["ALL_PAIRS", "RARE", "WINDOW", "pairs_by_keys", "pairs_of_all", "products", "same_key"]

ALL_PAIRS = 1000
"""Up to so many articles every pair is scored, so that ranking measures see them; beyond, only links are given."""

WINDOW = 100
"""Of articles with one key each is paired with so many before it: all pairs of small groups, a chain through large ones.

The links of a group of copies grow with the square of its size; a chain of overlapping windows has the same connected
components and grows with the size.
"""

RARE = 100
"""In corpora larger than ALL_PAIRS two articles are compared for what at most so many articles have."""

_PLACES = 1 << 15
_CELLS_PER_BLOCK = 4_000_000

Cells = tuple[IntArray, IntArray, FloatArray]


def same_key(keys: npt.NDArray[np.generic], window: int | None = None) -> Iterator[tuple[IntArray, IntArray]]:
    """All places left < right of a sorted array that hold one key, at most ``window`` apart; some lefts at a time."""
    for low in range(0, len(keys), _PLACES):
        left = np.arange(low, min(low + _PLACES, len(keys)))
        lefts, rights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        distance = 1
        while len(left) and (window is None or distance <= window):
            left = left[: np.searchsorted(left, len(keys) - distance)]
            left = left[keys[left] == keys[left + distance]]
            lefts.append(left)
            rights.append(left + distance)
            distance += 1
        yield np.concatenate(lefts), np.concatenate(rights)


def pairs_by_keys(keys: npt.NDArray[np.generic], window: int = WINDOW) -> tuple[IntArray, IntArray]:
    """The pairs a < b of rows of (articles, tables) keys that agree in a table, sorted, each once."""
    count = len(keys)
    found = np.zeros(0, np.int64)
    for table in keys.T:
        order = np.argsort(table, kind="stable")  # the earlier article first
        codes = [order[left] * count + order[right] for left, right in same_key(table[order], window)]
        found = _distinct(np.concatenate([found, *codes]))
    return np.divmod(found, count) if count else (found, found)


def _distinct(codes: IntArray) -> IntArray:
    ordered = np.sort(codes)
    return ordered[np.r_[True, ordered[1:] != ordered[:-1]]] if len(ordered) else ordered


def pairs_of_all(count: int) -> Iterator[tuple[IntArray, IntArray]]:
    """All pairs a < b of a small number of articles, one a at a time."""
    for a in range(count - 1):
        b = np.arange(a + 1, count)
        yield np.full(len(b), a), b


def products(matrix: csr_array) -> Iterator[Cells]:
    """The nonzero cells (row, column, value) above the diagonal of matrix times its transpose, block by block."""
    count = matrix.shape[0]
    if not count or not matrix.shape[1]:
        return
    transposed = matrix.T.tocsr()
    cells = np.cumsum(abs(matrix).sign() @ np.diff(transposed.indptr))  # at most, of the rows up to each
    top = 0
    while top < count:
        before = cells[top - 1] if top else 0
        bottom = max(top + 1, int(np.searchsorted(cells, before + _CELLS_PER_BLOCK)))
        block = (matrix[top:bottom] @ transposed).tocoo()
        row, column = block.row.astype(np.int64) + top, block.col.astype(np.int64)
        above = np.flatnonzero(column > row)
        order = above[np.argsort(row[above] * count + column[above])]
        yield row[order], column[order], block.data[order].astype(np.float64)
        top = bottom
