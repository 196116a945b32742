"""Pairing in a crowd, where so many spans overlap that their pairs cannot be listed.

One sweep along the text finds partners in memory that grows with the spans alone. Spans are taken in order of their
end; each takes, of the free spans of the other side that it fits, the one that ends first. All of those cover the last
point of the span at hand, so of two of them the one that ends later overlaps whatever still comes that the other
overlaps, and is better kept for it. Where any overlap of spans in one piece will do, no one-to-one matching therefore
has more pairs than the sweep finds. Where more is asked of a pair, a span looks at the TRIES candidates that end first,
and pairs may be missed.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator

import numpy as np

from goldwire.counts import IntArray
from goldwire.tasks.mentions import Mentions
from goldwire.tasks.spans import Spans, equal_pairs

__all__ = ["TRIES", "pair_crowd", "sweep"]

TRIES = 32
"""Candidates a span looks at before it stays without a partner."""

Fits = Callable[[int, int], bool]
"""Whether the spans at these positions of gold and prediction, whose bounds overlap, may be paired."""


def pair_crowd(g: Mentions, p: Mentions, iou: float) -> dict[str, tuple[IntArray, IntArray]]:
    """All kinds of pairs of goldwire.tasks.matching but the strict ones, which have been taken."""
    g_pieces, p_pieces, g_heads, p_heads = (_pieces(spans) for spans in (g.spans, p.spans, g.heads, p.heads))
    g_size, p_size = g.spans.size.tolist(), p.spans.size.tolist()

    def shared(i: int, j: int) -> int:
        return sum(max(0, min(h, y) - max(x, z)) for x, h in g_pieces[i] for z, y in p_pieces[j])

    def meet(i: int, j: int) -> bool:
        return shared(i, j) > 0

    def overlap(i: int, j: int) -> bool:
        both = shared(i, j)
        return both > 0 and both / (g_size[i] + p_size[j] - both) >= iou

    def head(i: int, j: int) -> bool:
        return _inside(g_heads[i], p_pieces[j]) and _inside(p_heads[j], g_pieces[i])

    def of_one_type(fits: Fits) -> tuple[IntArray, IntArray]:
        types = np.flatnonzero(np.bincount(g.type + 1)) - 1
        found = [sweep(g.spans, p.spans, np.flatnonzero(g.type == t), np.flatnonzero(p.type == t), fits) for t in types]
        return np.concatenate([i for i, _ in found]), np.concatenate([j for _, j in found])

    retyped = equal_pairs(g.bounds, p.bounds)
    left = np.delete(np.arange(len(g)), retyped[0]), np.delete(np.arange(len(p)), retyped[1])
    partial = sweep(g.spans, p.spans, *left, meet)
    one_type = g.type[partial[0]] == p.type[partial[1]]
    heads_stated = g.heads is not g.spans or p.heads is not p.spans
    found = {
        "retyped": retyped,
        "type": of_one_type(meet),
        "overlap": of_one_type(overlap),
        # without stated heads only equal mentions have each other's head inside
        "head": of_one_type(head) if heads_stated else (partial[0][:0], partial[1][:0]),
        "boundary": (partial[0][one_type], partial[1][one_type]),
        "boundary_type": (partial[0][~one_type], partial[1][~one_type]),
    }
    return {kind: (g.row[gold], p.row[pred]) for kind, (gold, pred) in found.items()}


def _pieces(spans: Spans) -> list[list[tuple[int, int]]]:
    """The pieces of each span."""
    pieces: list[list[tuple[int, int]]] = [[] for _ in range(len(spans.lo))]
    of = spans.pieces
    for owner, lo, hi in zip(of.owner.tolist(), of.lo.tolist(), of.hi.tolist(), strict=True):
        pieces[owner].append((lo, hi))
    return pieces


def _inside(inner: list[tuple[int, int]], outer: list[tuple[int, int]]) -> bool:
    return all(any(x <= lo and hi <= y for x, y in outer) for lo, hi in inner)


def sweep(a: Spans, b: Spans, a_rows: IntArray, b_rows: IntArray, fits: Fits) -> tuple[IntArray, IntArray]:
    """Positions in ``a`` and ``b`` of the pairs found among the rows given."""
    sides = _Side(a, a_rows), _Side(b, b_rows)
    pairs = np.array(list(_pairs(sides, fits)), np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


class _Side:
    """One side's spans, each as (-end, -position), in lists whose last element is the next.

    ends: all of them by end. starts: those still to begin, with their start. free: those begun and not paired, by end.
    """

    def __init__(self, spans: Spans, rows: IntArray) -> None:
        keys = list(zip((-spans.hi[rows]).tolist(), (-rows).tolist(), strict=True))
        self.ends = sorted(keys)
        self.starts = sorted(zip(spans.lo[rows].tolist(), keys, strict=True), reverse=True)
        self.free: list[tuple[int, int]] = []
        self.done: set[int] = set()

    def begin(self, before: int) -> None:
        """Let the spans that begin before this point join the free ones."""
        while self.starts and self.starts[-1][0] < before:
            key = self.starts.pop()[1]
            if key[1] not in self.done:
                insort(self.free, key)


def _pairs(sides: tuple[_Side, _Side], fits: Fits) -> Iterator[tuple[int, int]]:
    while sides[0].ends and sides[1].ends:
        which = int(sides[1].ends[-1][0] > sides[0].ends[-1][0])  # the side whose next span ends first
        own, other = sides[which], sides[1 - which]
        key = own.ends.pop()
        end, at = -key[0], key[1]
        if at in own.done:
            continue
        own.done.add(at)
        if own.free and own.free[-1] == key:
            own.free.pop()
        other.begin(end)
        for place in range(len(other.free) - 1, max(-1, len(other.free) - 1 - TRIES), -1):
            partner = other.free[place][1]
            pair = (-partner, -at) if which else (-at, -partner)
            if fits(*pair):
                del other.free[place]
                other.done.add(partner)
                yield pair
                break
