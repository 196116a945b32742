"""Items and how they are compared: keys in, credit out, for the rows of both sides at once.

The rows of both sides stand in one array, gold first, each side in text order. A key says which rows are the same item.
As sets, the first row of a key stands for the item and the other rows count nothing; as multisets every row is an item,
and the k-th occurrence of a key on one side equals the k-th on the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from goldwire.counts import IntArray
from goldwire.tasks.spans import BoolArray

__all__ = ["Comparison", "Credit", "compare"]


@dataclass(frozen=True)
class Credit:
    """What one figure counts, over the rows of both sides.

    item:  1 where the row is an item of its side.
    found: credit from 0 to 1 where it is one that the other side has.
    """

    item: npt.NDArray[np.generic]
    found: npt.NDArray[np.generic]

    def where(self, rows: BoolArray) -> Credit:
        """The credit of the marked rows, nothing for the others."""
        return Credit(self.item * rows, self.found * rows)

    def columns(self, figure: str, n_gold: int) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
        """The four count columns of the figure, each zero on the rows of the side it does not describe."""
        for side, rows, found in (
            ("gold", slice(0, n_gold), "gold_found"),
            ("pred", slice(n_gold, None), "pred_right"),
        ):
            for name, values in ((side, self.item), (found, self.found)):
                column = np.zeros_like(values)
                column[rows] = values[rows]
                yield f"{figure}_{name}", column


@dataclass(frozen=True)
class Comparison:
    """Keys of both sides compared.

    credit:     items, and 1 for those that the other side has.
    occurrence: (rows,) how many rows of the same side and key come before.
    items:      rows of the items of gold and of the predictions, each in order of their keys.
    """

    credit: Credit
    occurrence: IntArray
    items: tuple[IntArray, IntArray]

    def partners(self) -> IntArray:
        """(rows,) the row of the other side that each found item equals, -1 for the rest."""
        partner = np.full(len(self.occurrence), -1)
        gold, pred = (of[self.credit.found[of].astype(bool)] for of in self.items)
        partner[gold], partner[pred] = pred, gold  # both in order of their keys, with as many of each
        return partner


def compare(key: IntArray, n_gold: int, *, multiset: bool) -> Comparison:
    """Compare the first ``n_gold`` keys with the rest."""
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(_starts(key[order]))
    size = np.diff(first, append=len(key))
    is_pred = order >= n_gold
    of_gold = np.repeat(size - np.add.reduceat(is_pred, first, dtype=np.int64), size) if len(key) else size
    place = np.arange(len(key)) - np.repeat(first, size)
    occurrence = np.where(is_pred, place - of_gold, place)
    other = np.where(is_pred, of_gold, np.repeat(size, size) - of_gold)
    item = np.ones(len(key), bool) if multiset else occurrence == 0
    found = item & (occurrence < other)
    rows = order[item & ~is_pred], order[item & is_pred]

    def unsorted(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        by_row = np.empty_like(values)
        by_row[order] = values
        return by_row

    return Comparison(Credit(unsorted(item), unsorted(found)), unsorted(occurrence).astype(np.int64), rows)


def _starts(ordered: IntArray) -> BoolArray:
    """Where a new value begins in sorted values."""
    return np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
