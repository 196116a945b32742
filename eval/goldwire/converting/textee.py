"""TextEE's JSON Lines, the form in which its benchmark holds all its corpora.

A line is a window of a document: ``{"doc_id", "wnd_id", "text", "lang", "tokens", "entity_mentions": [{"id",
"entity_type", "text", "start", "end"}], "event_mentions": [{"id", "event_type", "trigger": {"text", "start", "end"},
"arguments": [{"entity_id", "role", "text", "start", "end"}]}]}``, with spans in tokens, half-open. Times, and fillers of
roles that are no mention, are entity mentions of types "time:..." and "filler:".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from goldwire.converting.bundle import Bundle, Holds, Record, level_layers
from goldwire.converting.context import Context
from goldwire.converting.drawing import label_of
from goldwire.converting.files import read_json_lines
from goldwire.converting.json_lines import write_json_lines
from goldwire.converting.windows import HOLDS, Items, Window, read_documents, windows_of

__all__ = ["TextEE", "ids_of", "mentions_of"]

_NUMBER = {"type": "integer"}
_SPAN = {"type": "object", "required": ["start", "end"], "properties": {"start": _NUMBER, "end": _NUMBER}}
LINE: Mapping[str, Any] = {
    "type": "object",
    "required": ["doc_id", "tokens"],
    "properties": {
        "doc_id": {"type": "string", "minLength": 1},
        "wnd_id": {"type": "string"},
        "text": {"type": "string"},
        "tokens": {"type": "array", "items": {"type": "string", "minLength": 1}},
        "entity_mentions": {
            "type": "array",
            "items": {
                **_SPAN,
                "required": ["start", "end", "entity_type"],
                "properties": {
                    "start": _NUMBER,
                    "end": _NUMBER,
                    "entity_type": {"type": "string"},
                    "id": {"type": "string"},
                },
            },
        },
        "event_mentions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["event_type", "trigger"],
                "properties": {
                    "id": {"type": "string"},
                    "event_type": {"type": "string"},
                    "trigger": _SPAN,
                    "arguments": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["role"],
                            "properties": {"role": {"type": "string"}, "start": _NUMBER, "end": _NUMBER},
                        },
                    },
                },
            },
        },
    },
}


@dataclass(frozen=True)
class TextEE:
    """JSON Lines of windows.

    window: "document" (nothing is lost) or "sentence". lang: what to put in the field of that name. triggers: entity
    types that stand for triggers of events, divided by commas.
    """

    name: ClassVar[str] = "textee"
    about: ClassVar[str] = "TextEE JSON Lines: tokens, entity mentions and event mentions"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = True

    window: str = "document"
    lang: str = "en"
    triggers: str = ""

    @property
    def holds(self) -> Holds:
        """Mentions, times, events and arguments; no coreference."""
        return HOLDS

    def read(self, path: Path, context: Context) -> Bundle:
        """Windows put together into documents."""
        bundle = Bundle()
        read_documents(self._items(path, context), self.triggers, bundle, context)
        level_layers(bundle.records, ["entities", "events"])
        return bundle

    def _items(self, path: Path, context: Context) -> Iterator[Items]:
        for line in read_json_lines(path, context):
            if line.fits(LINE, context):
                value = line.value
                items = Items(line, value["doc_id"], value.get("text"), value["tokens"])
                mentions_of(items, value)
                if value.get("relation_mentions"):
                    context.losses.add("relations", "relations", value["doc_id"], len(value["relation_mentions"]))
                yield items

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """A line a window."""
        lines = []
        for record in bundle.documents:
            for window in windows_of(record, self.window, context):
                lines.append(self._line(window))
        write_json_lines(path, lines)

    def _line(self, window: Window) -> Record:
        name = f"{window.doc_id}-{window.number}"
        ids = ids_of(window, name)
        by_key = {mark.key: mark for mark in window.marks}
        entities = [
            {"id": ids[mark.key], "entity_type": label_of(mark), **window.span(mark)}
            for mark in window.marks
            if mark.layer != "events"
        ]
        events = [
            {
                "id": ids[mark.key],
                "event_type": mark.type or "",
                "trigger": window.span(mark),
                "arguments": [
                    {"entity_id": ids[link.target], "role": link.label or "", **window.span(by_key[link.target])}
                    for link in window.links
                    if link.source == mark.key
                ],
            }
            for mark in window.marks
            if mark.layer == "events"
        ]
        about = {
            "doc_id": window.doc_id,
            "wnd_id": name,
            "text": window.text,
            "lang": self.lang,
            "tokens": window.tokens,
        }
        return {**about, "entity_mentions": entities, "event_mentions": events, "relation_mentions": []}


def mentions_of(items: Items, value: Mapping[str, Any]) -> None:
    """Entity and event mentions, as TextEE and OneIE's training files have them."""
    for mention in value.get("entity_mentions") or []:
        level = {"level": mention["mention_type"]} if mention.get("mention_type") not in (None, "", "UNK") else {}
        items.mentions.append((mention.get("id"), mention["start"], mention["end"], mention["entity_type"], level))
    for event in value.get("event_mentions") or []:
        trigger = event["trigger"]
        arguments: list[Any] = [
            (a.get("entity_id"), a.get("start"), a.get("end"), a["role"], {}) for a in event.get("arguments", [])
        ]
        items.events.append((event.get("id"), trigger["start"], trigger["end"], event["event_type"], {}, arguments))


def ids_of(window: Window, name: str) -> dict[str, str]:
    """Ids of the marks of a window: their own, or new ones after the window's name."""
    ids = {}
    for i, mark in enumerate(window.marks):
        made = f"{name}-{'EV' if mark.layer == 'events' else 'E'}{i}"
        ids[mark.key] = mark.fields.get("id", made) if mark.key.startswith("_:") else mark.key
    return ids
