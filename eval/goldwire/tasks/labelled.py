"""Columns of label lists: the edits of passages, the operations that articles were made with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import IntArray
from goldwire.tasks.spans import BoolArray

__all__ = ["Labelled", "labels_of"]


@dataclass(frozen=True)
class Labelled:
    """Which of the labels ``names``, sorted, each row has: (rows, names)."""

    names: tuple[str, ...]
    has: BoolArray

    def of(self, rows: IntArray) -> tuple[IntArray, IntArray]:
        """(n,) place in ``rows`` and code of every label that those rows have."""
        owner, code = np.nonzero(self.has[rows])
        return owner, code


def labels_of(lists: pa.ChunkedArray) -> Labelled:
    """The labels of a column of lists; of a null there are none."""
    names = sorted(pc.unique(pc.list_flatten(lists)).to_pylist())
    has = np.zeros((len(lists), len(names)), bool)
    codes = pc.index_in(pc.list_flatten(lists), value_set=pa.array(names, pa.string())).to_numpy()
    has[pc.list_parent_indices(lists).to_numpy(), codes] = True
    return Labelled(tuple(names), has)
