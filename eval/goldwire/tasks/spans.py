"""Span kernels: whole columns at a time, on one code point axis.

All documents are laid out on one integer axis, document ``d`` at ``d * step`` with a step longer than any document, so
that spans of different documents never meet and no kernel needs to know about documents. Intervals are half-open:
touching ones share nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import IntArray
from goldwire.errors import UsageError
from goldwire.tasks.codes import constant, distinct, numbers, places

__all__ = [
    "BoolArray",
    "Pairs",
    "Pieces",
    "Spans",
    "axis_step",
    "coverage",
    "equal_pairs",
    "meetings",
    "overlaps",
    "place",
    "shape_codes",
    "stretches",
]

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Pieces:
    """Non-empty intervals [lo, hi) on the axis, each belonging to an owner (a span, or a group of spans)."""

    owner: IntArray
    lo: IntArray
    hi: IntArray

    def of(self, owners: BoolArray) -> Pieces:
        """The pieces whose owner is marked."""
        keep = owners[self.owner]
        return Pieces(self.owner[keep], self.lo[keep], self.hi[keep])

    def merged(self) -> Pieces:
        """Maximal disjoint intervals in ascending order; what touches is joined; owners must not share the axis."""
        order = np.argsort(self.lo, kind="stable")
        owner, lo, hi = self.owner[order], self.lo[order], np.maximum.accumulate(self.hi[order])
        last = np.append(lo[1:] > hi[:-1], True)[: len(lo)]
        first = np.roll(last, 1)
        return Pieces(owner[first], lo[first], hi[last])


@dataclass(frozen=True)
class Spans:
    """The spans of one table, row by row.

    lo, hi: (n,) outermost bounds on the axis.
    parts:  the code points covered, as maximal disjoint pieces sorted by owner, which is the row; None where every span
            is known to be one piece, from bound to bound.
    """

    lo: IntArray
    hi: IntArray
    parts: Pieces | None = None

    @cached_property
    def pieces(self) -> Pieces:
        """The code points covered, as maximal disjoint pieces sorted by owner, which is the row."""
        return Pieces(np.arange(len(self.lo)), self.lo, self.hi) if self.parts is None else self.parts

    @cached_property
    def plain(self) -> bool:
        """Whether every span is one piece, from bound to bound."""
        pieces = self.parts
        return pieces is None or (
            np.array_equal(pieces.lo, self.lo)
            and np.array_equal(pieces.hi, self.hi)
            and bool((pieces.owner[1:] > pieces.owner[:-1]).all())
        )

    @cached_property
    def size(self) -> IntArray:
        """(n,) number of code points covered."""
        if self.plain:
            return self.hi - self.lo
        size = np.bincount(self.pieces.owner, self.pieces.hi - self.pieces.lo, len(self.lo))
        return size.astype(np.int64)

    def take(self, order: IntArray) -> Spans:
        """The rows at the given positions."""
        if self.plain:
            return Spans(self.lo[order], self.hi[order])
        count = np.bincount(self.pieces.owner, minlength=len(self.lo))
        stop = np.cumsum(count)
        owner, at = _expand((stop - count)[order], stop[order])
        pieces = Pieces(owner, self.pieces.lo[at], self.pieces.hi[at])
        return Spans(self.lo[order], self.hi[order], pieces)

    def replaced(self, rows: BoolArray, lo: IntArray, hi: IntArray) -> Spans:
        """The spans with the marked rows replaced by the one-piece spans [lo, hi)."""
        if self.plain:
            return Spans(np.where(rows, lo, self.lo), np.where(rows, hi, self.hi))
        own = self.pieces.of(~rows)
        new = np.flatnonzero(rows)
        owner = np.concatenate([own.owner, new])
        order = np.argsort(owner, kind="stable")
        pieces = Pieces(
            owner[order], np.concatenate([own.lo, lo[new]])[order], np.concatenate([own.hi, hi[new]])[order]
        )
        return Spans(np.where(rows, lo, self.lo), np.where(rows, hi, self.hi), pieces)


@dataclass(frozen=True)
class Pairs:
    """Pairs of spans of two sides, sorted by row, then column; size = code points shared."""

    row: IntArray
    col: IntArray
    size: IntArray

    def where(self, keep: BoolArray | IntArray) -> Pairs:
        """The selected pairs."""
        return Pairs(self.row[keep], self.col[keep], self.size[keep])


def axis_step(*ends: pa.ChunkedArray) -> int:
    """Room for one document on the axis: more than any end (or any value of a list of fragments)."""
    flat = [pc.list_flatten(column) if pa.types.is_list(column.type) else column for column in ends]
    return 1 + max((pc.max(column).as_py() or 0 for column in flat), default=0)


def place(table: pa.Table, base: IntArray) -> Spans:
    """The spans of a table with start, end and fragments (null or empty: one piece), ``base`` added to each row.

    Fragments may come in any order, overlap or touch: a span is the set of its code points. A list of odd length raises
    UsageError. A span without code points keeps its bounds and has no pieces.
    """
    lo, hi = base + numbers(table["start"]), base + numbers(table["end"])
    broken = _fragments(table["fragments"])
    whole = hi > lo
    if not len(broken.owner) and whole.all():
        return Spans(lo, hi)
    whole[broken.owner] = False
    row = np.flatnonzero(whole)
    owner = np.concatenate([row, broken.owner])
    order = np.argsort(owner, kind="stable")
    shift = base[broken.owner]
    pieces = Pieces(
        owner[order],
        np.concatenate([lo[row], broken.lo + shift])[order],
        np.concatenate([hi[row], broken.hi + shift])[order],
    )
    return Spans(lo, hi, pieces)


def _fragments(column: pa.ChunkedArray) -> Pieces:
    """The pieces of the rows that list fragments, counted from the start of their document."""
    if column.null_count == len(column):
        return Pieces(*(np.zeros(0, np.int64) for _ in range(3)))
    lists = column.combine_chunks()
    if pc.any(pc.equal(pc.bit_wise_and(pc.list_value_length(lists), 1), 1)).as_py():
        raise UsageError("a list of fragments holds start, end, start, end, ...: its length must be even")
    value = pc.list_flatten(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    owner = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False).astype(np.int64)[::2]
    lo, hi = value[::2], value[1::2]
    kept = hi > lo
    owner, lo, hi = owner[kept], lo[kept], hi[kept]
    # One stretch of axis per mention, so that mentions do not merge with each other.
    stretch = owner * (1 + hi.max(initial=0))
    merged = Pieces(owner, lo + stretch, hi + stretch).merged()
    stretch = merged.owner * (1 + hi.max(initial=0))
    return Pieces(merged.owner, merged.lo - stretch, merged.hi - stretch)


def shape_codes(a: Spans, b: Spans) -> tuple[IntArray, IntArray]:
    """What tells spans with the same bounds apart: 0 for one piece from bound to bound, else a code of the pieces."""
    if a.plain and b.plain:
        return constant(0, len(a.lo)), constant(0, len(b.lo))
    odd = [_odd_shapes(spans) for spans in (a, b)]
    rank = pc.rank(pa.concat_arrays([shapes for _, shapes in odd]), tiebreaker="dense")
    ranks = np.split(rank.to_numpy(zero_copy_only=False).astype(np.int64), [len(odd[0][0])])
    codes = [np.zeros(len(spans.lo), np.int64) for spans in (a, b)]
    for code, (rows, _), of_rows in zip(codes, odd, ranks, strict=True):
        code[rows] = of_rows
    return codes[0], codes[1]


def _odd_shapes(spans: Spans) -> tuple[IntArray, pa.Array]:
    """Rows that are not one piece from bound to bound, and their pieces as one byte string each."""
    pieces, n = spans.pieces, len(spans.lo)
    count = np.bincount(pieces.owner, minlength=n)
    fits = (pieces.lo == spans.lo[pieces.owner]) & (pieces.hi == spans.hi[pieces.owner])
    odd = count > np.bincount(pieces.owner[fits], minlength=n)
    rows, kept = np.flatnonzero(odd), pieces.of(odd)
    data = np.stack([kept.lo, kept.hi], axis=1)
    ends = np.append(0, np.cumsum(count[rows])) * data.itemsize * 2
    buffers = [None, pa.py_buffer(ends.astype(np.int64)), pa.py_buffer(data)]
    return rows, pa.Array.from_buffers(pa.large_binary(), len(rows), buffers)


def equal_pairs(a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    """Positions in ``a`` and ``b`` (sorted keys) of the pairs of their multiset intersection.

    The k-th occurrence of a key on one side is paired with the k-th on the other.
    """
    at = np.arange(len(a))
    first = np.maximum.accumulate(np.where(np.append(True, a[1:] != a[:-1])[: len(a)], at, 0))
    partner = places(a, b) + at - first
    at = np.flatnonzero(partner < len(b))
    at = at[b[partner[at]] == a[at]]
    return at, partner[at]


def overlaps(a: Pieces, b: Pieces) -> Pairs:
    """Every pair of owners that share code points, once, with how many they share.

    Pieces of one owner must be disjoint. Time and memory grow with the pieces and the overlapping pairs, no more.
    """
    a_at, b_at = _meeting(a, b)
    size = np.minimum(a.hi[a_at], b.hi[b_at]) - np.maximum(a.lo[a_at], b.lo[b_at])
    row, col = a.owner[a_at], b.owner[b_at]
    order = np.argsort(row * (1 + col.max(initial=0)) + col, kind="stable")
    row, col, size = row[order], col[order], size[order]
    first = np.flatnonzero(np.append(True, (row[1:] != row[:-1]) | (col[1:] != col[:-1]))[: len(row)])
    return Pairs(row[first], col[first], np.add.reduceat(size, first) if len(first) else size)


def stretches(a: Spans, b: Spans) -> tuple[IntArray, IntArray]:
    """Which stretch of the axis each span of two sides lies in, numbered in order of the axis.

    A stretch is covered by spans, gaps of discontinuous ones included, without a break: spans of different stretches
    share nothing, so that each can be dealt with apart.
    """
    lo, hi = np.concatenate([a.lo, b.lo]), np.concatenate([a.hi, b.hi])
    order = np.argsort(lo, kind="stable")
    begins = np.append(False, lo[order[1:]] >= np.maximum.accumulate(hi[order])[:-1])[: len(lo)]
    stretch = np.empty(len(lo), np.int64)
    stretch[order] = np.cumsum(begins)
    return stretch[: len(a.lo)], stretch[len(a.lo) :]


def meetings(a: Pieces, b: Pieces) -> tuple[IntArray, IntArray]:
    """How many pieces of the other side start inside each piece; together the number of pairs that overlap."""
    a_lo, b_lo = np.sort(a.lo, kind="stable"), np.sort(b.lo, kind="stable")
    of_a = np.searchsorted(b_lo, a.hi) - np.searchsorted(b_lo, a.lo)
    of_b = np.searchsorted(a_lo, b.hi) - np.searchsorted(a_lo, b.lo, side="right")
    return of_a, of_b


def _meeting(a: Pieces, b: Pieces) -> tuple[IntArray, IntArray]:
    """Indices of the pairs of pieces that overlap: either b starts inside a, or a starts inside b, past its start."""
    a_order, b_order = np.argsort(a.lo, kind="stable"), np.argsort(b.lo, kind="stable")
    a_lo, b_lo = a.lo[a_order], b.lo[b_order]
    a_hi, b_hi = a.hi[a_order], b.hi[b_order]
    outer_a, inner_b = _expand(places(a_lo, b_lo), np.searchsorted(b_lo, a_hi))
    outer_b, inner_a = _expand(places(b_lo, a_lo, behind=True), np.searchsorted(a_lo, b_hi))
    return a_order[np.concatenate([outer_a, inner_a])], b_order[np.concatenate([inner_b, outer_b])]


def _expand(first: IntArray, stop: IntArray) -> tuple[IntArray, IntArray]:
    """All (i, j) with first[i] <= j < stop[i]."""
    count = stop - first
    i = np.repeat(np.arange(len(count)), count)
    j = np.arange(len(i)) + np.repeat(first - (np.cumsum(count) - count), count)
    return i, j


def coverage(a: Pieces, b: Pieces) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Code points covered per group: groups that occur, ascending, and for each the sizes of a, b and both.

    The owner of a piece is its group, and groups must not share the axis. Points covered twice count once.
    """
    a, b = a.merged(), b.merged()
    a_at, b_at = _meeting(a, b)
    groups, (of_a, of_b) = distinct(a.owner, b.owner)

    def size(group: IntArray, lo: IntArray, hi: IntArray) -> IntArray:
        return np.bincount(group, hi - lo, len(groups)).astype(np.int64)

    both = size(of_a[a_at], np.maximum(a.lo[a_at], b.lo[b_at]), np.minimum(a.hi[a_at], b.hi[b_at]))
    return groups, size(of_a, a.lo, a.hi), size(of_b, b.lo, b.hi), both
