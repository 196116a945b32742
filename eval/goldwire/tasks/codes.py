"""Columns of tables as integers: codes of labels and documents, keys that two sides share, orders and places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import IntArray
from goldwire.errors import UsageError
from goldwire.threads import at_once

__all__ = [
    "canonical_order",
    "codes_in",
    "constant",
    "distinct",
    "integers",
    "numbers",
    "places",
    "shared_codes",
    "shared_keys",
    "shared_labels",
    "unit_codes",
]

_KEY_LIMIT = 2**62


def integers(column: pa.Array | pa.ChunkedArray, missing: int = 0) -> IntArray:
    """An integer column as int64, nulls replaced."""
    return numbers(column, missing).astype(np.int64)


def constant(value: int, n: int) -> IntArray:
    """(n,) a column of one value, which takes no memory and cannot be written to."""
    return np.broadcast_to(np.int64(value), n)


def numbers(column: pa.Array | pa.ChunkedArray, missing: int = 0) -> npt.NDArray[np.integer[Any]]:
    """An integer column as it is stored, nulls replaced."""
    whole = column.fill_null(missing) if column.null_count else column
    return np.asarray(whole.to_numpy(zero_copy_only=False))


def shared_labels(*columns: pa.ChunkedArray) -> tuple[str, ...]:
    """The strings that occur in any of the columns, sorted."""
    found = pa.concat_arrays([pc.unique(column) for column in columns]).unique().drop_null()
    return tuple(found.take(pc.sort_indices(found)).to_pylist())


def codes_in(column: pa.ChunkedArray, labels: Sequence[str] | pa.Array) -> IntArray:
    """(n,) position of each string in ``labels``; -1 for null and for what is not there."""
    if column.null_count == len(column):
        return constant(-1, len(column))
    codes = pc.index_in(column, labels if isinstance(labels, pa.Array) else pa.array(labels, pa.string()))
    return integers(codes, -1)


def shared_codes(*columns: pa.ChunkedArray) -> tuple[tuple[str, ...], list[IntArray]]:
    """The strings that occur in any of the columns, sorted, and each column's codes into them, -1 for null."""
    if all(column.null_count == len(column) for column in columns):
        return (), [constant(-1, len(column)) for column in columns]
    encoded = at_once(lambda column: column.combine_chunks().dictionary_encode(), columns)
    found = pa.concat_arrays([column.dictionary for column in encoded]).unique().drop_null()
    labels = found.take(pc.sort_indices(found))
    positions = [np.append(codes_in(pa.chunked_array([column.dictionary]), labels), -1) for column in encoded]
    codes = [own.take(numbers(column.indices, -1)) for own, column in zip(positions, encoded, strict=True)]
    return tuple(labels.to_pylist()), codes


def unit_codes(column: pa.ChunkedArray, units: Sequence[str] | pa.Array) -> IntArray:
    """(n,) position of each document id in ``units``. An id that is not there raises UsageError."""
    runs = pc.run_end_encode(column.combine_chunks())  # the rows of one document mostly follow each other
    codes = codes_in(pa.chunked_array([runs.values]), units)
    unknown = np.flatnonzero(codes < 0)
    if len(unknown):
        raise UsageError(f"document {runs.values[int(unknown[0])].as_py()!r} is not among the documents scored")
    return np.repeat(codes, np.diff(runs.run_ends.to_numpy(), prepend=0))


def shared_keys(a: Sequence[IntArray], b: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """One int64 per row of two sides, equal where all columns are, ordered as the columns are, first one first."""
    keys, room = [np.zeros(len(side[0]), np.int64) for side in (a, b)], 1
    for columns in zip(a, b, strict=True):
        filled = [column for column in columns if len(column)]
        least = min((int(column.min()) for column in filled), default=0)
        width = max((int(column.max()) for column in filled), default=0) - least + 1
        if width == 1:
            continue
        if room * width > _KEY_LIMIT:
            _, keys = distinct(*keys)
            room = 1 + max(int(key.max(initial=0)) for key in keys)
        if room == 1:
            keys = [column - least for column in columns]
        else:
            for key, column in zip(keys, columns, strict=True):
                key *= width
                key += column
                key -= least
        room *= width
    return keys[0], keys[1]


def distinct(*keys: IntArray) -> tuple[IntArray, list[IntArray]]:
    """The distinct values of all columns of keys >= 0, ascending, and for each column its rows' positions among them."""
    key = np.concatenate(keys)
    room = int(key.max(initial=-1)) + 1
    if room <= 8 * len(key):  # a table of all keys is cheaper than sorting those there are
        used = np.zeros(room, bool)
        used[key] = True
        values = np.flatnonzero(used)
        positions = (np.cumsum(used) - 1)[key]
    else:
        # Only sorted columns are merged faster by the stable sort, which is three times as slow on others.
        sorted_ = all(np.all(part[1:] >= part[:-1]) for part in keys)
        order = np.argsort(key, kind="stable" if sorted_ else None)
        ordered = key[order]
        new = np.append(True, ordered[1:] != ordered[:-1])
        values = ordered[new]
        positions = np.empty_like(key)
        positions[order] = np.cumsum(new) - 1
    return values, np.split(positions, np.cumsum([len(part) for part in keys])[:-1])


def canonical_order(key: IntArray, *ties: npt.NDArray[np.generic]) -> IntArray:
    """The permutation that sorts by ``key``, rows of equal key by the further columns, first one first, then as listed."""
    if np.all(key[1:] > key[:-1]):
        return np.arange(len(key))
    order = np.argsort(key)  # much faster than the stable sort, whose work is left to the few ties
    ordered = key[order]
    same = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(same):
        tied = np.union1d(same, same + 1)
        rows = np.sort(order[tied])
        order[tied] = rows[np.lexsort([column[rows] for column in (*reversed(ties), key)])]
    return order


def places(keys: IntArray, others: IntArray, *, behind: bool = False) -> IntArray:
    """(n,) how many of the others are smaller than each key, or no greater if ``behind``; both are ascending.

    A merge takes a third of the time of as many binary searches.
    """
    merged = np.argsort(np.concatenate([others, keys] if behind else [keys, others]), kind="stable")
    place = np.flatnonzero(merged >= len(others) if behind else merged < len(keys))
    place -= np.arange(len(keys))
    return place
