"""A picture of one article's annotation: an HTML page that stands alone and needs neither network nor script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import pyarrow as pa

from goldwire.building.picture_style import Span, document, element, escape, marked_up
from goldwire.corpus.labels import labels
from goldwire.errors import UsageError
from goldwire.incidents import did_you_mean

__all__ = ["picture"]

Row = Mapping[str, Any]

_COPY, _MENTION, _TIME, _TRIGGER = range(4)
"""Layers of the text, from the outside in."""

_LINES = 6
"""Underlines told apart below the text; deeper nesting shares the last."""

_COLOURS = 6
"""Colours of other articles before they repeat."""

_ABOVE = 24
"""Characters of a label above the text; the tooltip has all of it."""

_DEFAULTS = {"polarity": "POS", "modality": "ASSERTED", "tense": "PAST", "genericity": "SPECIFIC"}
"""Values of attributes that an event need not show."""

_SWITCHES = {
    "entities": "entities",
    "times": "times",
    "events": "events",
    "copies": "copied passages",
    "others": "fact and look-alike links",
}
"""What can be shown or hidden; the style sheet does it. All but the last are on at first."""


def picture(doc_id: str, tables: Mapping[str, pa.Table], *, language: str = "en") -> str:
    """The page of one article, made from the tables of `config_tables`. ``language`` is that of the article's text.

    Raises UsageError when there is no such article.
    """
    return _Picture(doc_id, tables, language).page()


@dataclass(frozen=True)
class _Side:
    """A side of a passage that lies in this article, and what it is aligned with."""

    passage: Row
    start: int
    end: int
    other: str
    other_text: str

    @property
    def copied(self) -> bool:
        return bool(self.passage["basis"] == "text")


class _Picture:
    def __init__(self, doc_id: str, tables: Mapping[str, pa.Table], language: str) -> None:
        rows = {name: table.to_pylist() for name, table in tables.items()}
        articles = {row["doc_id"]: row for row in rows["articles"]}
        if doc_id not in articles:
            near = did_you_mean(doc_id, articles)
            raise UsageError(f"no article {doc_id!r}" + (f"; did you mean {near!r}?" if near else ""))
        self.doc_id, self.language, self.article = doc_id, language, articles[doc_id]
        self.text: str = self.article["text"]
        self.number = _numbers(articles)

        def own(name: str) -> Iterator[Row]:
            return (row for row in rows[name] if row["doc_id"] == doc_id)

        self.mentions: list[Row] = [mention for row in own("entities") for mention in row["mentions"]]
        self.mentions.sort(key=lambda row: (row["start"], -row["end"], row["id"]))
        self.times = {row["id"]: row for row in sorted(own("times"), key=lambda row: (row["start"], row["id"]))}
        self.events = {row["id"]: row for row in sorted(own("events"), key=lambda row: (row["trigger"], row["id"]))}
        self.entities = {row["entity_id"]: row for row in rows["entity_index"]}
        self.instances = {row["instance_id"]: row for row in rows["event_instances"]}
        self.sides = list(_sides(rows["passages"], doc_id))
        copied = sorted({side.other for side in self.sides if side.copied})
        self.lane = {other: f"b{lane % _COLOURS}" for lane, other in enumerate(copied)}
        self.reuse = {side.other: side for side in _reuse(rows["duplicates"], doc_id)}
        # Ids of strangers can hold anything, so the page numbers what it links to; the ids are in its tooltips.
        self.mention_at = _anchors("m", (row["id"] for row in self.mentions))
        self.entity_at = _anchors("e", _entities_of(self.mentions, self.events.values()))
        self.time_at = _anchors("t", self.times)
        self.event_at = _anchors("v", self.events)
        self.instance_at = _anchors("i", (row["instance_id"] for row in self.events.values()))
        self.passage_at = _anchors("p", (side.passage["id"] for side in self.sides))

    def page(self) -> str:
        title = self.article["headline"] or self.doc_id
        return document(
            f"{title} – annotation of {self.number[self.doc_id]}",
            element("a", "Skip to the text", class_="skip", href="#text"),
            self.header(title),
            _switches(),
            element("main", *self.zones(), id="text"),
            element("aside", *self.lists()),
        )
