"""Which articles are worth comparing: pairs with a key in common, without looking at all pairs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from goldwire.counts import IntArray

__all__ = ["ALL_PAIRS", "WINDOW", "pairs_by_keys", "pairs_of_all"]

ALL_PAIRS = 1000
"""Up to so many articles every pair is scored, so that ranking measures see them; beyond, only links are given."""

WINDOW = 100
"""Of articles with one key each is paired with so many before it: all pairs of small groups, a chain through large ones.

The links of a group of copies grow with the square of its size; a chain of overlapping windows has the same connected
components and grows with the size.
"""


def pairs_by_keys(keys: npt.NDArray[np.generic], window: int = WINDOW) -> tuple[IntArray, IntArray]:
    """The pairs a < b of rows of (articles, tables) keys that agree in a table, sorted, each once."""
    count = len(keys)
    found = np.zeros(0, np.int64)
    for table in keys.T:
        order = np.argsort(table, kind="stable")
        ordered = table[order]
        place = np.arange(count - 1)
        codes = [found]
        for distance in range(1, window + 1):
            place = place[: np.searchsorted(place, count - distance)]
            place = place[ordered[place] == ordered[place + distance]]
            if not len(place):
                break
            codes.append(order[place] * count + order[place + distance])  # a stable sort: the earlier article first
        found = _distinct(np.concatenate(codes))
    return np.divmod(found, count) if count else (found, found)


def _distinct(codes: IntArray) -> IntArray:
    ordered = np.sort(codes)
    return ordered[np.r_[True, ordered[1:] != ordered[:-1]]] if len(ordered) else ordered


def pairs_of_all(count: int) -> Iterator[tuple[IntArray, IntArray]]:
    """All pairs a < b of a small number of articles, one a at a time."""
    for a in range(count - 1):
        b = np.arange(a + 1, count)
        yield np.full(len(b), a), b
