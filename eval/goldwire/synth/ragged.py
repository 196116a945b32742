"""Rows of unequal length, one after the other: their places, the pairs inside groups, texts put together."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from goldwire.counts import IntArray

__all__ = ["distinct", "firsts", "joined", "pairs_within", "ranges", "sliced"]


def firsts(counts: IntArray) -> IntArray:
    """(n,) where each row begins."""
    return np.asarray(np.cumsum(counts) - counts)


def ranges(first: npt.NDArray[Any], counts: npt.NDArray[Any]) -> IntArray:
    """first[0], first[0] + 1, … (counts[0] of them), first[1], …"""
    return np.arange(int(counts.sum())) + np.repeat(first - firsts(counts), counts)


def pairs_within(group: IntArray) -> tuple[IntArray, IntArray]:
    """Places (i, j), i before j, of all pairs of equal neighbours in a sorted column."""
    n = len(group)
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if n else np.zeros(0, np.int64)
    sizes = np.diff(np.r_[starts, n])
    left = np.repeat(starts + sizes, sizes) - np.arange(n) - 1  # how many of the group come later
    return np.repeat(np.arange(n), left), ranges(np.arange(n) + 1, left)


def joined(pool: pa.StringArray, pieces: IntArray, counts: IntArray) -> pa.StringArray:
    """(len(counts),) texts, each of the next ``counts`` pieces, which are places in the pool."""
    taken = pool.take(pa.array(pieces))
    _, offsets, data = taken.buffers()
    ends = np.frombuffer(offsets, np.int32, len(taken) + 1)[np.r_[0, np.cumsum(counts)]]
    return pa.StringArray.from_buffers(len(counts), pa.py_buffer(np.ascontiguousarray(ends)), data)


def sliced(texts: pa.StringArray, which: IntArray, start: IntArray, end: IntArray) -> pa.StringArray:
    """(n,) parts of texts, from character ``start`` to ``end`` of text ``which``."""
    _, offsets, data = texts.buffers()
    first = np.frombuffer(offsets, np.int32, len(texts) + 1).astype(np.int64)
    inside = np.frombuffer(data, np.uint8)[: first[-1]]
    further = np.flatnonzero((inside & 0xC0) == 0x80)  # bytes that continue a character: few
    character = further - np.arange(len(further)) - 1  # which of all characters each continues
    base = first[which] - np.searchsorted(further, first[which])
    low, high = (at + np.searchsorted(character, at) for at in (base + start, base + end))
    taken = inside[ranges(low, high - low)]
    ends = np.r_[0, np.cumsum(high - low)].astype(np.int32)
    return pa.StringArray.from_buffers(len(which), pa.py_buffer(ends), pa.py_buffer(taken))


def distinct(numbers: IntArray) -> IntArray:
    """The different numbers, ascending."""
    ordered = np.sort(numbers)
    return ordered[np.r_[True, ordered[1:] != ordered[:-1]]] if len(ordered) else ordered
