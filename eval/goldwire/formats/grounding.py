"""Grounding: items that give a string in place of offsets get the offsets of that string, and a label that says how.

exact:      the string stands there as it is spelt.
normalised: it stands there folded (see ``corpus.strings``).
ambiguous:  it stands at more places than items name it, so that which one is meant is a guess.
duplicate:  more items name it than it has places.
ungrounded: it stands nowhere.

Systems list what they find in the order of the text, more or less. So the longest chain of items that can stand in
their order does; items out of it get the first free place behind the one before them, else the first one there is.
Repeats thus go from left to right. Arguments get the place nearest to their trigger. What has no place is put behind
the end of the text, each item at an offset of its own: there it matches nothing, overlaps nothing and lies in no zone,
and so is a false positive for every task and profile.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from goldwire.corpus.strings import Places, TextPlaces
from goldwire.formats.columns import Int32Array, Integers
from goldwire.formats.records import Layer
from goldwire.formats.text_index import TextIndex

__all__ = ["COLUMNS", "Ground", "Wanted", "grounded", "with_places"]

_MOST_PLACES = 1_000_000

COLUMNS = {"text": pa.string(), "grounding": pa.string(), "places": pa.int32()}
"""What the table of a layer has beside its own columns when an item of it was grounded: the string as given, the label
(null for items that came with offsets), and at how many places the string stands."""


@dataclass(frozen=True)
class Wanted:
    """One item to ground. group: items of one group do not share a place; near: where its trigger stands, if known."""

    row: int
    string: str
    group: Hashable = None
    near: int | None = None


Span = tuple[int, int]
_Key = tuple[Hashable, str]
"""A group and a string."""


class _Node(NamedTuple):
    """The last item of a chain, its place, and the chain before it."""

    item: int
    span: Span
    before: _Node | None


@dataclass
class Ground:
    """The text of one document and the places behind its end given out so far, over all layers."""

    text: str
    lost: int = 0
    places: TextPlaces = field(init=False)

    def __post_init__(self) -> None:
        self.places = TextPlaces(self.text)

    def assign(self, items: Sequence[Wanted], taken: Sequence[Span] = ()) -> Iterator[Found]:
        """(row, start, end, label, places) of items in the order of the file. taken: spans of items with offsets."""
        used: dict[Hashable, set[Span]] = defaultdict(lambda: set(taken))
        spans = self._spans(items, self._chain(items, set(taken)), used)
        free: dict[_Key, bool] = {}
        for item, span in zip(items, spans, strict=True):
            places, key = self.places.of(item.string), (item.group, item.string)
            if key not in free:
                free[key] = any(place not in used[item.group] for place in places.spans)
            start, end = span or self._behind()
            yield item.row, start, end, _label(places, span is not None, free=free[key]), len(places.spans)

    def _spans(
        self, items: Sequence[Wanted], chain: dict[int, Span], used: dict[Hashable, set[Span]]
    ) -> list[Span | None]:
        """The place of each item, those of the chain first; ``used``, the places taken in each group, grows."""
        for i, span in chain.items():
            used[items[i].group].add(span)
        spans: list[Span | None] = []
        ahead: dict[_Key, int] = {}
        reached: dict[_Key, int] = {}
        behind = 0
        for i, item in enumerate(items):
            found = chain.get(i)
            if found is not None:
                behind = found[0]
            else:
                places, own, key = self.places.of(item.string), used[item.group], (item.group, item.string)
                if item.near is not None:
                    found = places.nearest(item.near, own)
                else:
                    ahead[key] = max(behind, ahead.get(key, 0))
                    for pointer in (ahead, reached):
                        found = found or places.first(own, pointer.get(key, 0))
                        pointer[key] = found[0] if found else pointer.get(key, 0)
                if found is not None:
                    own.add(found)
            spans.append(found)
        return _from_left_to_right(items, spans)

    def _chain(self, items: Sequence[Wanted], taken: set[Span]) -> dict[int, Span]:
        """Item -> place, of as many items as can stand in their order, each further right than the one before.

        The longest increasing subsequence (Schensted 1961) of the places of all items, those of one item from right to
        left so that it has one; the leftmost of equally long ones. Too many places are not looked at.
        """
        found = [self.places.of(item.string).spans if item.near is None else () for item in items]
        if sum(map(len, found)) > _MOST_PLACES:
            return {}
        ends: list[int] = []
        nodes: list[_Node] = []
        for i, spans in enumerate(found):
            for span in reversed(spans):
                if span not in taken:
                    at = bisect_left(ends, span[0])
                    node = _Node(i, span, nodes[at - 1] if at else None)
                    ends[at : at + 1], nodes[at : at + 1] = [span[0]], [node]
        chain: dict[int, Span] = {}
        last = nodes[-1] if nodes else None
        while last is not None:
            chain[last.item] = last.span
            last = last.before
        return chain

    def _behind(self) -> tuple[int, int]:
        """A place behind the end of the text that nothing else has."""
        self.lost += 1
        start = len(self.text) + 2 * self.lost - 1
        return start, start + 1


def _from_left_to_right(items: Sequence[Wanted], spans: Sequence[Span | None]) -> list[Span | None]:
    """The same places, those of equal items in the order of the items."""
    rows: dict[_Key, list[int]] = {}
    for i, item in enumerate(items):
        if item.near is None:
            rows.setdefault((item.group, item.string), []).append(i)
    ordered = list(spans)
    for own in rows.values():
        places = sorted(span for i in own if (span := spans[i]) is not None)
        for i, span in zip_longest(own, places):
            ordered[i] = span
    return ordered


def _label(places: Places, placed: bool, *, free: bool) -> str:
    if not places.spans:
        return "ungrounded"
    if not placed:
        return "duplicate"
    return "ambiguous" if free else "exact" if places.exact else "normalised"


Found = tuple[int, int, int, str, int]
"""Row, start, end, label, number of places."""


def grounded(
    layers: Mapping[str, Layer],
    name: str,
    doc: Int32Array,
    rows: Integers,
    grounds: dict[int, Ground],
    texts: TextIndex,
) -> list[Found]:
    """Places for rows of a layer that have a string and no offsets, of documents with known texts.

    doc: (rows of the layer,) document codes. grounds: document code -> its text, shared by the layers of a file.
    Triggers come before arguments, which stand near them.
    """
    table = layers[name].table
    strings = table["text"].combine_chunks().take(pa.array(rows)).to_pylist()
    groups: list[Hashable] = [None] * len(rows)
    near: list[int | None] = [None] * len(rows)
    if name == "triggers":  # one word may stand for two events, of two types
        groups = table["type"].combine_chunks().take(pa.array(rows)).to_pylist()
    elif name == "arguments":
        events = layers["triggers"]
        event = np.searchsorted(events.place, layers[name].place[rows])
        near = events.table["start"].combine_chunks().take(pa.array(event)).to_pylist()
        groups = list(zip(event.tolist(), table["role"].combine_chunks().take(pa.array(rows)).to_pylist(), strict=True))
    wanted: dict[int, list[Wanted]] = {}
    for row, string, group, place in zip(rows.tolist(), strings, groups, near, strict=True):
        wanted.setdefault(int(doc[row]), []).append(Wanted(row, string, group, place))
    absent = [code for code in wanted if code not in grounds]
    for code, text in zip(absent, texts.of(np.array(absent, np.int64)).to_pylist(), strict=True):
        grounds[code] = Ground(text)
    taken = _spans_of(table, doc, wanted) if name in ("mentions", "times") else {}
    return [found for code, items in wanted.items() for found in grounds[code].assign(items, taken.get(code, ()))]


def _spans_of(table: pa.Table, doc: Int32Array, docs: Iterable[int]) -> dict[int, list[Span]]:
    """Document code -> the spans that items with offsets have there."""
    spans: dict[int, list[Span]] = {}
    given = table["start"].is_valid().to_numpy() & np.isin(doc, list(docs))
    rows = np.flatnonzero(given)
    bounds = [table[column].combine_chunks().take(pa.array(rows)).to_pylist() for column in ("start", "end")]
    for code, start, end in zip(doc[rows].tolist(), *bounds, strict=True):
        spans.setdefault(code, []).append((start, end))
    return spans


def with_places(table: pa.Table, found: Sequence[Found], start: Int32Array, end: Int32Array) -> pa.Table:
    """The table of a layer with the offsets of grounded rows filled in, and the columns of COLUMNS.

    start, end: (rows,) offsets, 0 where there are none.
    """
    rows = np.array([row for row, *_ in found], np.int64)
    start, end = start.copy(), end.copy()
    start[rows] = [item[1] for item in found]
    end[rows] = [item[2] for item in found]
    given = table["start"].is_valid().to_numpy(zero_copy_only=False)
    given[rows] = True
    labels, places = np.full(len(table), None, object), np.zeros(len(table), np.int32)
    labels[rows] = [item[3] for item in found]
    places[rows] = [item[4] for item in found]
    grounded = np.zeros(len(table), bool)
    grounded[rows] = True
    for name, values in (("start", start), ("end", end)):
        known = given if name == "start" else grounded | table["end"].is_valid().to_numpy(zero_copy_only=False)
        column = pa.array(values.astype(np.int32), mask=~known)
        table = table.set_column(table.column_names.index(name), name, column)
    table = table.append_column("grounding", pa.array(labels, pa.string()))
    return table.append_column("places", pa.array(places, mask=~grounded))
