"""A document as labelled spans and links between them: what annotation tools draw.

Many tools know only two things, a span with a label and a labelled arrow from one span to another. Here a document's
mentions, times and events become spans, arguments become links from the trigger to what fills the role, and a filler
that is no mention, time or trigger becomes a span of its own. ``marks_of`` and ``record_of`` undo each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from goldwire.converting.bundle import Record
from goldwire.converting.losses import Losses
from goldwire.corpus.labels import labels

__all__ = ["Link", "Mark", "marks_of", "record_of"]


_OWN = frozenset({"start", "end", "type", "text", "trigger", "arguments", "id"})
_REFERENCES = ("entity_id", "time_id", "event_id")
_CHOICES = {"entities": {"level": "levels"}, "events": {n: n for n in ("polarity", "modality", "tense", "genericity")}}


@dataclass
class Mark:
    """A labelled span of a document.

    key:    what links refer to, unique in its document; begins with "_:" where the item has no id of its own.
    layer:  "entities", "events", "times" or "fillers" (what fills a role and is none of these).
    fields: the other fields of the item in the record, such as "level" and "entity_id".
    """

    key: str
    layer: str
    start: int
    end: int
    type: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class Link:
    """An arrow between two marks. An argument goes from its event to what fills the role; ``label`` is the role."""

    source: str
    target: str
    label: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)


def marks_of(record: Record, losses: Losses) -> tuple[list[Mark], list[Link]]:
    """The marks and links of a document: mentions, times, events, then fillers, each in the order of the record.

    What has no place in the text is counted as lost.
    """
    builder = _Marks(record, losses)
    for layer in ("entities", "times", "events"):
        for number, item in enumerate(record.get(layer, [])):
            builder.item(layer, number, item)
    for number, event in enumerate(record.get("events", [])):
        builder.arguments(number, event)
    return builder.marks, builder.links


class _Marks:
    """What ``marks_of`` collects."""

    def __init__(self, record: Record, losses: Losses) -> None:
        self.doc_id, self.losses = record.get("doc_id", ""), losses
        self.marks: list[Mark] = []
        self.links: list[Link] = []
        self.keys: set[str] = set()
        self.of_event: dict[int, str] = {}
        self.at: dict[tuple[Any, ...], Mark] = {}

    def key(self, wanted: str | None) -> str:
        """A key of its own: the item's id where it is free, else a made-up one."""
        key = wanted if wanted and wanted not in self.keys and not wanted.startswith("_:") else f"_:{len(self.keys)}"
        self.keys.add(key)
        return key

    def add(self, mark: Mark) -> Mark:
        self.marks.append(mark)
        place = (mark.start, mark.end)
        if mark.layer == "times":
            self.at.setdefault(("time_id", mark.fields.get("id", mark.key), *place), mark)
        elif mark.layer == "events":
            self.at.setdefault(("event_id", mark.fields.get("id", mark.key), *place), mark)
        else:
            self.at.setdefault(("entity_id", mark.fields.get("entity_id"), *place), mark)
        return mark

    def item(self, layer: str, number: int, item: Mapping[str, Any]) -> None:
        fields = {name: value for name, value in item.items() if name not in _OWN}
        spans = item.get("trigger", []) if layer == "events" else item.get("fragments", [])
        start = spans[0] if spans else item.get("start")
        end = spans[-1] if spans else item.get("end")
        if start is None or end is None:
            what = "events without a trigger" if layer == "events" else "items without offsets"
            self.losses.add(layer, what, f"{self.doc_id} {layer}[{number}]")
            return
        if layer == "events" and len(spans) > 2:
            fields["fragments"] = list(spans)
        key = self.key(item.get("id"))
        if item.get("id") not in (None, key):
            fields["id"] = item["id"]
        self.add(Mark(key, layer, start, end, item.get("type"), fields))
        if layer == "events":
            self.of_event[number] = key

    def arguments(self, number: int, event: Mapping[str, Any]) -> None:
        for i, argument in enumerate(event.get("arguments", [])):
            place = f"{self.doc_id} events[{number}].arguments[{i}]"
            if number not in self.of_event:
                self.losses.add("arguments", "arguments of events without a trigger", place)
            elif "start" not in argument or "end" not in argument:
                self.losses.add("arguments", "arguments without offsets", place)
            else:
                target = self.filler(argument)
                fields = {name: argument[name] for name in ("head", "score") if name in argument}
                self.links.append(Link(self.of_event[number], target.key, argument.get("role"), fields))

    def filler(self, argument: Mapping[str, Any]) -> Mark:
        """The mark an argument points to: the mention, time or event it names, at its place, or one made for it."""
        references = {name: argument[name] for name in _REFERENCES if name in argument}
        name = next(reversed(references), "entity_id")
        start, end = argument["start"], argument["end"]
        found = self.at.get((name, references.get(name), start, end)) if len(references) < 2 else None
        if found is None:
            found = Mark(self.key(None), "fillers", start, end, None, references)
            self.marks.append(found)
            if len(references) < 2:
                self.at[name, references.get(name), start, end] = found
        return found


def record_of(record: Record, marks: Iterable[Mark], links: Iterable[Link], losses: Losses) -> Record:
    """Add the marks and links to a document record: the inverse of ``marks_of``. Returns the record.

    Links that start at no event are relations, which Goldwire has no layer for; they are counted as lost.
    """
    place = record.get("doc_id", "")
    known = {mark.key: mark for mark in marks}
    linked = list(links)
    ids = _ids(known, linked)
    events: dict[str, Record] = {}
    for mark in known.values():
        if mark.layer != "fillers":
            item = _item(mark, ids)
            record.setdefault(mark.layer, []).append(item)
            if mark.layer == "events":
                events[mark.key] = item
    for link in linked:
        if link.target not in known or link.source not in known:
            losses.add("relations", "links to what is no span of the document", place)
        elif link.source in events:
            argument = _argument(link, known[link.target], ids)
            events[link.source].setdefault("arguments", []).append(argument)
        else:
            losses.add("relations", f"links between mentions: {link.label}", place)
    _legal_labels(record, losses)
    return record


def _ids(known: Mapping[str, Mark], links: Sequence[Link]) -> dict[str, str]:
    """Ids by key: those the marks have, and new ones for times and events that something refers to."""
    ids = {}
    for mark in known.values():
        if "id" in mark.fields or not mark.key.startswith("_:"):
            ids[mark.key] = mark.fields.get("id", mark.key)
    wanted = [link.target for link in links]
    wanted += [time for mark in known.values() for time in mark.fields.get("times", [])]
    used = set(ids.values())
    for key in wanted:
        if key in known and key not in ids and known[key].layer in ("times", "events"):
            name = ("t" if known[key].layer == "times" else "v") + key.removeprefix("_:")
            while name in used:
                name += "x"
            used.add(name)
            ids[key] = name
    return ids


def _item(mark: Mark, ids: Mapping[str, str]) -> Record:
    item: Record = {"id": ids[mark.key]} if mark.key in ids else {}
    fields = {name: value for name, value in mark.fields.items() if name != "id"}
    if mark.layer == "events":
        item["trigger"] = fields.pop("fragments", None) or [mark.start, mark.end]
    else:
        item |= {"start": mark.start, "end": mark.end}
    if mark.type is not None:
        item["type"] = mark.type
    if "times" in fields:
        fields["times"] = [ids.get(time, time) for time in fields["times"]]
    return item | fields


def _argument(link: Link, target: Mark, ids: Mapping[str, str]) -> Record:
    argument: Record = {} if link.label is None else {"role": link.label}
    argument |= {"start": target.start, "end": target.end}
    if target.layer == "fillers":
        argument |= {name: target.fields[name] for name in _REFERENCES if name in target.fields}
    elif target.layer == "entities":
        argument |= {"entity_id": target.fields["entity_id"]} if "entity_id" in target.fields else {}
    else:
        argument["time_id" if target.layer == "times" else "event_id"] = ids[target.key]
    return argument | link.fields


def _legal_labels(record: Record, losses: Losses) -> None:
    """Drop attribute values that are none of Goldwire's (levels, polarity and the like); each is counted as lost."""
    for layer, names in _CHOICES.items():
        for item in record.get(layer, []):
            for name, inventory in names.items():
                if name in item and item[name] not in labels()[inventory]:
                    losses.add(layer, f"{name} {item.pop(name)!r}", record.get("doc_id", ""))
