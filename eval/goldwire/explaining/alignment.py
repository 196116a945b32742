"""One-to-one alignment of gold with predicted rows, stage by stage: equal ones first, then the best assignment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from goldwire.counts import FloatArray, IntArray
from goldwire.tasks.assign import assign
from goldwire.tasks.spans import Pairs, Spans, equal_pairs, overlaps

__all__ = ["Aligner"]

BoolArray = npt.NDArray[np.bool_]


class Aligner:
    """Pairs that are closed once made.

    partner: (gold rows,) the predicted row aligned with each gold row, -1 for none; stage: (gold rows,) in which stage.
    """

    def __init__(self, n_gold: int, n_pred: int) -> None:
        self.partner = np.full(n_gold, -1, np.int64)
        self.stage = np.full(n_gold, -1, np.int64)
        self._free = np.ones(n_gold, bool), np.ones(n_pred, bool)

    def equal(self, stage: int, gold: IntArray, pred: IntArray) -> None:
        """Pair open rows of equal keys: of each key as many as both sides have."""
        rows = [np.flatnonzero(free) for free in self._free]
        order = [own[np.argsort(key[own], kind="stable")] for own, key in zip(rows, (gold, pred), strict=True)]
        g, p = equal_pairs(gold[order[0]], pred[order[1]])
        self._close(stage, order[0][g], order[1][p])

    def overlapping(self, stage: int, gold: Spans, pred: Spans, unit: IntArray, *preferred: Sequence[IntArray]) -> None:
        """Pair open rows whose spans share code points.

        As many pairs as possible; among those, as many as possible that agree in each of the ``preferred`` columns
        (of gold, of predictions), one after the other; among those, the greatest overlap. unit: document of gold rows.
        """
        pairs = overlaps(gold.pieces.of(self._free[0]), pred.pieces.of(self._free[1]))
        agreeing = [own[pairs.row] == other[pairs.col] for own, other in preferred]
        self._assign(stage, pairs, unit, *agreeing)

    def among(self, stage: int, pairs: Pairs, unit: IntArray) -> None:
        """Pair open rows that are listed as pairs: as many as possible, then the greatest overlap."""
        self._assign(stage, pairs.where(self._free[0][pairs.row] & self._free[1][pairs.col]), unit)

    def alike(self, stage: int, gold: Spans, pred: Spans, label: tuple[IntArray, IntArray]) -> None:
        """Pair open rows whose spans share code points so that the sum of Dice coefficients and equal labels is largest."""
        pairs = overlaps(gold.pieces.of(self._free[0]), pred.pieces.of(self._free[1]))
        weight = 2 * pairs.size / (gold.size[pairs.row] + pred.size[pairs.col])
        weight = weight + (label[0][pairs.row] == label[1][pairs.col])
        chosen = assign(pairs.row, pairs.col, weight, len(self._free[0]), len(self._free[1]))
        self._close(stage, pairs.row[chosen], pairs.col[chosen])

    def sides(self) -> tuple[IntArray, IntArray, IntArray]:
        """(items,) gold rows, predicted rows and stages: all gold rows in order, then predicted ones without a partner.

        -1 stands for no row on that side, and for no stage.
        """
        alone = np.flatnonzero(self._free[1])
        none = np.full(len(alone), -1)
        gold = np.append(np.arange(len(self.partner)), none)
        return gold, np.append(self.partner, alone), np.append(self.stage, none)

    def _assign(self, stage: int, pairs: Pairs, unit: IntArray, *agreeing: BoolArray) -> None:
        criteria = (np.ones(len(pairs.row)), *agreeing, pairs.size)
        weight = _lexicographic(unit[pairs.row], pairs.row, criteria)
        chosen = assign(pairs.row, pairs.col, weight, len(self._free[0]), len(self._free[1]))
        self._close(stage, pairs.row[chosen], pairs.col[chosen])

    def _close(self, stage: int, gold: IntArray, pred: IntArray) -> None:
        self.partner[gold] = pred
        self.stage[gold] = stage
        self._free[0][gold] = False
        self._free[1][pred] = False


def _lexicographic(unit: IntArray, row: IntArray, criteria: Sequence[npt.NDArray[np.generic]]) -> FloatArray:
    """(edges,) weights whose sum ranks assignments by the criteria, the first one first.

    One step of a criterion outweighs all that an assignment within the unit can collect from those after it, which is
    at most the best edge of every row. Edges are sorted by row.
    """
    weight = criteria[-1].astype(np.float64)
    first = np.flatnonzero(np.append(True, row[1:] != row[:-1])[: len(row)])
    for criterion in reversed(criteria[:-1]):
        best = np.maximum.reduceat(weight, first) if len(first) else weight
        limit = 1 + np.bincount(unit[first], best, minlength=1)
        weight = weight + criterion * limit[unit]
    return weight
