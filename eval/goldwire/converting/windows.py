"""Documents cut into tokenized windows with mentions and events by token numbers: what OneIE and TextEE share."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from goldwire.converting.bundle import Bundle, Record
from goldwire.converting.context import Context
from goldwire.converting.drawing import HELD_BY_DRAWING, layer_and_type
from goldwire.converting.files import Json
from goldwire.converting.marks import Link, Mark, marks_of, record_of
from goldwire.converting.pieces import cut
from goldwire.converting.tokens import Tokens, Unaligned, align, rebuild
from goldwire.errors import UsageError

__all__ = ["HOLDS", "WINDOWS", "Items", "Window", "read_documents", "windows_of"]

WINDOWS = ("document", "sentence")
HOLDS = {
    "document": HELD_BY_DRAWING["document"],
    "entities": frozenset({"id", "start", "end", "type"}),
    "times": frozenset({"id", "start", "end", "type"}),
    "events": frozenset({"id", "type", "trigger"}),
    "arguments": frozenset({"role", "start", "end", "time_id"}),
}
"""Fields both formats hold."""


# ---------------------------------------------------------------------------------------------------------- writing


@dataclass
class Window:
    """A stretch of a document: its tokens, and the marks and links inside.

    first, last: (start, end) of a mark in tokens, half-open, by the mark's key.
    """

    doc_id: str
    number: int
    text: str
    tokens: list[str]
    marks: list[Mark]
    links: list[Link]
    place: dict[str, tuple[int, int]]

    def span(self, mark: Mark) -> Record:
        """Text and token span of a mark."""
        start, end = self.place[mark.key]
        return {"text": mark.fields["covered"], "start": start, "end": end}


def windows_of(record: Record, window: str, context: Context) -> Iterator[Window]:
    """The windows of a document: the whole of it, or its sentences. What crosses their borders is counted as lost."""
    if window not in WINDOWS:
        raise UsageError(f"the setting 'window' is {window!r}; expected {' or '.join(map(repr, WINDOWS))}")
    text, doc_id, losses = record["text"], record["doc_id"], context.losses
    marks, links = marks_of(record, losses)
    _without_events_as_fillers(marks, links)
    _count_losses(marks, links, doc_id, context)
    tokens = Tokens.of(text)
    pieces = cut(text, tokens.spans, [(mark.start, mark.end) for mark in marks])
    words = [(start, end) for start, end, _ in pieces if text[start:end].strip()]
    borders = [(0, len(text))]
    if window == "sentence":
        borders = [(tokens.spans[a][0], tokens.spans[b - 1][1]) for a, b in tokens.sentences]
    home: dict[str, int] = {}
    cutter = _Cutter(text, words, borders)
    found: list[Window] = []
    for number, (start, end) in enumerate(borders):
        inside = [text[a:b] for a, b in cutter.words_in(start, end)]
        found.append(Window(doc_id, number, text[start:end], inside, [], [], {}))
    for mark in marks:
        at = cutter.window(mark)
        place = cutter.place(mark, at) if at is not None else None
        if at is None or place is None:
            what = "items across the borders of windows" if at is None else "items of white space only"
            losses.add(mark.layer, what, f"{doc_id} [{mark.start}, {mark.end})")
            continue
        losses.add(mark.layer, "white space at the ends of spans", doc_id, not cutter.exact(mark, at, place))
        mark.fields["covered"] = text[mark.start : mark.end].strip()
        home[mark.key] = at
        found[at].marks.append(mark)
        found[at].place[mark.key] = place
    for link in links:
        if link.source in home and home[link.source] == home.get(link.target):
            found[home[link.source]].links.append(link)
        else:
            losses.add("arguments", "arguments across the borders of windows", doc_id)
    yield from found


class _Cutter:
    """Finds the window of a mark, and its tokens there."""

    def __init__(self, text: str, words: list[tuple[int, int]], borders: list[tuple[int, int]]) -> None:
        self.text, self.words, self.borders = text, words, borders
        self.starts = [start for start, _ in words]

    def words_in(self, start: int, end: int) -> list[tuple[int, int]]:
        return self.words[bisect_left(self.starts, start) : bisect_left(self.starts, end)]

    def window(self, mark: Mark) -> int | None:
        at = bisect_right(self.borders, (mark.start, len(self.text) + 1)) - 1
        return at if at >= 0 and mark.end <= self.borders[at][1] else None

    def place(self, mark: Mark, window: int) -> tuple[int, int] | None:
        """Tokens [first, last) of a mark in its window; None where it covers none."""
        base = bisect_left(self.starts, self.borders[window][0])
        first, last = bisect_left(self.starts, mark.start), bisect_left(self.starts, mark.end)
        return (first - base, last - base) if first < last else None

    def exact(self, mark: Mark, window: int, place: tuple[int, int]) -> bool:
        base = bisect_left(self.starts, self.borders[window][0])
        return self.words[base + place[0]][0] == mark.start and self.words[base + place[1] - 1][1] == mark.end


def _without_events_as_fillers(marks: list[Mark], links: list[Link]) -> None:
    """Events that fill a role are given a span of their own there, as these formats let only mentions fill roles."""
    events = {mark.key: mark for mark in marks if mark.layer == "events"}
    made: dict[str, Mark] = {}
    for link in links:
        if link.target in events:
            event = events[link.target]
            if link.target not in made:
                made[link.target] = Mark(f"_:filler {link.target}", "fillers", event.start, event.end)
            link.target = made[link.target].key
    marks += made.values()


def _count_losses(marks: Iterable[Mark], links: Iterable[Link], doc_id: str, context: Context) -> None:
    """What is lost of values: gaps inside spans, and times that arguments name at other places."""
    by_key = {}
    for mark in marks:
        by_key[mark.key] = mark
        if len(mark.fields.get("fragments", [])) > 2:
            context.losses.add(mark.layer, "gaps between the pieces of a span", doc_id)
    for link in links:
        if "time_id" in by_key[link.target].fields:
            context.losses.add("arguments", "time_id of spans that are no such item", doc_id)


# ---------------------------------------------------------------------------------------------------------- reading


@dataclass
class Items:
    """What one window holds, in tokens of the window."""

    line: Json
    doc_id: str
    text: str | None
    tokens: list[str]
    mentions: list[tuple[str | None, int, int, str, Record]] = field(default_factory=list)
    """(id, start, end, label, fields)"""
    events: list[tuple[str | None, int, int, str, Record, list[tuple[Any, int | None, int | None, str, Record]]]] = (
        field(default_factory=list)
    )
    """(id, start, end, type, fields, arguments as (id of the mention, start, end, role, fields))"""


def read_documents(items: Iterable[Items], triggers: str, bundle: Bundle, context: Context) -> None:
    """Put windows together into documents, in the order of the file."""
    documents: dict[str, list[Items]] = {}
    for window in items:
        documents.setdefault(window.doc_id, []).append(window)
    for doc_id, windows in documents.items():
        text, spans = _text_of(doc_id, windows, context)
        builder = _Builder(doc_id, triggers, context)
        for window, places in zip(windows, spans, strict=True):
            builder.window(window, places)
        record = record_of({"doc_id": doc_id, "text": text}, builder.marks, builder.linked(), context.losses)
        bundle.add(record, windows[0].line.path, windows[0].line.line())


Spans = list[tuple[int, int]]


def _text_of(doc_id: str, windows: list[Items], context: Context) -> tuple[str, list[Spans]]:
    """The text of a document and the span of every token: the known text where it has these tokens, else what the file
    says of it, window by window, with a line end between windows."""
    tokens = [token for window in windows for token in window.tokens]
    known = context.texts.get(doc_id)
    if known is not None:
        try:
            return known, _divided(align(known, tokens), windows)
        except Unaligned:
            context.losses.add("document", "the text known by this id, whose words are others", doc_id)
    texts, spans, base = [], [], 0
    for window in windows:
        text, places = _window_text(window, context)
        texts.append(text)
        spans.append([(base + start, base + end) for start, end in places])
        base += len(text) + 1
    context.losses.add("document", "white space between windows (one line end each)", doc_id, len(windows) - 1)
    return "\n".join(texts), spans


def _window_text(window: Items, context: Context) -> tuple[str, Spans]:
    if window.text is not None:
        try:
            return window.text, align(window.text, window.tokens)
        except Unaligned as error:
            what = "texts that are not those of the tokens (rebuilt from tokens)"
            context.losses.add("document", what, f"{window.doc_id} token {error.index}")
    else:
        context.losses.add("document", "white space between tokens (one blank each)", window.doc_id)
    text, spans = rebuild([window.tokens])
    return text.removesuffix("\n"), spans


def _divided(spans: Spans, windows: list[Items]) -> list[Spans]:
    found, at = [], 0
    for window in windows:
        found.append(spans[at : at + len(window.tokens)])
        at += len(window.tokens)
    return found


class _Builder:
    """Marks and links of a document, window by window."""

    def __init__(self, doc_id: str, triggers: str, context: Context) -> None:
        self.doc_id, self.triggers, self.context = doc_id, triggers, context
        self.marks: list[Mark] = []
        self.by_id: dict[str, Mark] = {}
        self.links: list[tuple[Mark, Any, tuple[int, int] | None, str, Record]] = []

    def window(self, window: Items, spans: Spans) -> None:
        """Add what a window holds."""
        for i, (key, start, end, label, fields) in enumerate(window.mentions):
            span = self.span(window, spans, start, end, ("entity_mentions", i))
            if span is not None:
                self.add(key, *layer_and_type(label, self.triggers), span, fields)
        for i, (key, start, end, kind, fields, arguments) in enumerate(window.events):
            span = self.span(window, spans, start, end, ("event_mentions", i))
            if span is None:
                continue
            event = self.add(key, "events", kind, span, fields)
            for target, first, last, role, extra in arguments:
                place = None
                if first is not None and last is not None:
                    place = self.span(window, spans, first, last, ("event_mentions", i, "arguments"))
                self.links.append((event, target, place, role, extra))

    def add(self, key: str | None, layer: str, kind: str | None, span: tuple[int, int], fields: Record) -> Mark:
        fields = dict(fields) | ({"id": key} if key is not None else {})
        if layer == "fillers":
            fields.pop("id", None)
        mark = Mark(f"_:{len(self.marks)}", layer, *span, kind, fields)
        self.marks.append(mark)
        if key is not None:
            self.by_id.setdefault(key, mark)
        return mark

    def span(
        self, window: Items, spans: Spans, start: int, end: int, at: tuple[str | int, ...]
    ) -> tuple[int, int] | None:
        if 0 <= start < end <= len(spans):
            return spans[start][0], spans[end - 1][1]
        found, expected = f"tokens [{start}, {end})", f"0 <= start < end <= {len(spans)}"
        line, path = window.line.line(at), str(window.line.path)
        item = f"{self.doc_id} " + ".".join(map(str, at))
        self.context.incidents.add("offset-range", path, line, item=item, found=found, expected=expected)
        return None

    def linked(self) -> list[Link]:
        """The links, once all windows are there; arguments at no mention get a span of their own."""
        found = []
        for event, target, place, role, fields in self.links:
            mark = self.by_id.get(target) if isinstance(target, str) else None
            if mark is None or (place is not None and place != (mark.start, mark.end)):
                if place is None:
                    self.context.losses.add("arguments", "arguments whose mention is not there", self.doc_id)
                    continue
                mark = Mark(f"_:{len(self.marks)}", "fillers", *place)
                self.marks.append(mark)
            found.append(Link(event.key, mark.key, role, fields))
        return found
