"""Weights that rank assignments by several criteria, one after the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from goldwire.counts import FloatArray, IntArray

__all__ = ["lexicographic"]


def lexicographic(group: IntArray, row: IntArray, *criteria: npt.NDArray[np.generic]) -> FloatArray:
    """(edges,) weights whose sum over a one-to-one assignment ranks assignments by the criteria, the first one first.

    group:    (edges,) code of the part of the graph an edge lies in, such as its document; parts are not connected.
    row:      (edges,) one end of each edge.
    criteria: (edges,) whole numbers, not negative.

    One step of a criterion is worth more than anything an assignment within the group can collect from those after it,
    which is at most the best edge of every row.
    """
    weight = criteria[-1].astype(np.float64)
    part = np.zeros(int(row.max(initial=-1)) + 1, np.int64)
    part[row] = group
    for criterion in reversed(criteria[:-1]):
        best = np.zeros(len(part))
        np.maximum.at(best, row, weight)
        limit = 1 + np.bincount(part, best, int(group.max(initial=-1)) + 1)
        weight = weight + criterion * limit[group]
    return weight
