"""Small operations on whole columns that reading and checking share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import IntArray

Int32Array = npt.NDArray[np.int32]
"""Rows, codes and offsets while reading: half the memory of int64, all of which has to be fetched and cleared."""
Integers = npt.NDArray[np.integer[Any]]

__all__ = [
    "Int32Array",
    "Integers",
    "coded",
    "codes_of",
    "disordered",
    "later_copies",
    "numbers",
    "run_starts",
    "second_values",
    "twins",
]


def coded(column: pa.ChunkedArray, values: pa.Array) -> Int32Array:
    """Positions of a column's values in ``values``, which holds no null; -1 where absent or null."""
    codes: Int32Array = pc.fill_null(pc.index_in(column, values), -1).to_numpy(zero_copy_only=False)
    return codes


def numbers(column: pa.ChunkedArray) -> tuple[Int32Array, Any]:
    """An int32 column with nulls as 0, and where it is null."""
    null = column.is_null().to_numpy(zero_copy_only=False)
    whole = (column.fill_null(0) if column.null_count else column).combine_chunks()
    return whole.to_numpy(zero_copy_only=False), null


def run_starts(values: Integers) -> IntArray:
    """Where a value differs from the one before it."""
    return np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])


def twins(a: Int32Array, b: Int32Array) -> IntArray:
    """Rows, ascending, whose (a, b) another row has too."""
    key = (a.astype(np.int64) << 32) + b
    if np.all(key[1:] > key[:-1]):  # items in text order
        return np.zeros(0, np.int64)
    order = np.argsort(key, kind="stable")
    same = key[order[1:]] == key[order[:-1]]
    twin = np.zeros(len(key), bool)
    twin[order[1:][same]] = True
    twin[order[:-1][same]] = True
    return np.flatnonzero(twin)


def codes_of(column: pa.ChunkedArray) -> tuple[IntArray, Any]:
    """Dictionary codes of a column of strings, or of lists by their content, and where it is null (code -1)."""
    if pa.types.is_list(column.type):
        if column.null_count == len(column):
            return np.full(len(column), -1), np.ones(len(column), bool)
        column = pc.binary_join(column.cast(pa.large_list(pa.string())), ",")
    encoded = column.dictionary_encode()
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    null = encoded.is_null().to_numpy(zero_copy_only=False)
    return pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64), null


def _grouped(keys: list[Integers]) -> tuple[IntArray, Any]:
    """A stable order that brings equal keys together, and where in that order a new key begins."""
    order = np.lexsort(keys[::-1])
    new = np.ones(len(order), bool)
    if len(order):
        new[1:] = np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0)
    return order, new


def later_copies(keys: list[Integers]) -> Any:
    """True for every row whose keys an earlier row has already."""
    order, new = _grouped(keys)
    result = np.zeros(len(order), bool)
    result[order] = ~new
    return result


def second_values(keys: list[Integers], value: Integers, valid: Any) -> Any:
    """True for valid rows whose keys come with another value in the first valid row of the same keys."""
    result = np.zeros(len(value), bool)
    rows = np.flatnonzero(valid)
    if not len(rows):
        return result
    order, new = _grouped([key[rows] for key in keys])
    first = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    result[rows[order]] = value[rows][order] != value[rows][order][first]
    return result


def disordered(fragments: pa.ChunkedArray, start: Integers, end: Integers) -> Any:
    """True where a flat fragment list is not start < end <= start < end ..., or not from ``start`` to ``end``."""
    lists = fragments.combine_chunks()
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    bad = lengths % 2 == 1
    if not lengths.any():
        return bad
    values = pc.fill_null(lists.flatten(), -1).to_numpy(zero_copy_only=False).astype(np.int64)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    position = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    step = np.diff(values)
    inside = owner[1:] == owner[:-1]
    wrong = inside & np.where(position[1:] % 2 == 1, step <= 0, step < 0)
    bad[owner[1:][wrong]] = True
    first = np.cumsum(lengths) - lengths
    given = np.flatnonzero(lengths)
    bad[given] |= (values[first[given]] != start[given]) | (values[(first + lengths - 1)[given]] != end[given])
    return bad
