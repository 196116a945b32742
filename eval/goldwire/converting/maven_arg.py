"""MAVEN-Arg's JSON Lines: events with their mentions, arguments by entity or by place, and entities.

A line is ``{"id", "title", "document", "events": [{"id", "type", "mention": [{"id", "trigger_word", "offset"}],
"argument": {role: [{"entity_id"} | {"content", "offset"}]}}], "entities": [{"id", "type", "mention": [{"id", "mention",
"offset"}]}]}``, offsets in code points, half-open; a test line has ``event_mentions`` in place of events. Arguments
belong to events, not to their mentions: every mention read has all of them, an entity at its mention nearest to the
trigger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from goldwire.converting.border import Border
from goldwire.converting.bundle import Bundle, Holds, Record, level_layers
from goldwire.converting.context import Context
from goldwire.converting.files import Json, read_json_lines
from goldwire.converting.json_lines import write_json_lines

__all__ = ["MavenArg"]

_ID = {"type": "string", "minLength": 1}
_OFFSET = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
_MENTION = {"type": "object", "required": ["offset"], "properties": {"id": _ID, "offset": _OFFSET}}
_MENTIONS = {"type": "array", "items": _MENTION}
_FILLER = {
    "type": "object",
    "anyOf": [{"required": ["entity_id"]}, {"required": ["offset"]}],
    "properties": {"entity_id": {"type": "string"}, "offset": _OFFSET},
}
LINE: Mapping[str, Any] = {
    "type": "object",
    "required": ["id", "document"],
    "properties": {
        "id": _ID,
        "document": {"type": "string"},
        "title": {"type": "string"},
        "events": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "mention"],
                "properties": {
                    "id": _ID,
                    "type": {"type": "string"},
                    "mention": _MENTIONS,
                    "argument": {"type": "object", "additionalProperties": {"type": "array", "items": _FILLER}},
                },
            },
        },
        "event_mentions": {"type": "array", "items": {**_MENTION, "required": ["offset", "type"]}},
        "entities": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "mention"],
                "properties": {"id": _ID, "type": {"type": "string"}, "mention": _MENTIONS},
            },
        },
        "negative_triggers": {"type": "array"},
    },
}


@dataclass(frozen=True)
class MavenArg:
    """JSON Lines of documents."""

    name: ClassVar[str] = "maven-arg"
    about: ClassVar[str] = "MAVEN-Arg JSON Lines: events with coreferential mentions, arguments and entities"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = True

    @property
    def holds(self) -> Holds:
        """Mentions of entities and events, and arguments."""
        return {
            "document": frozenset({"doc_id", "text"}),
            "entities": frozenset({"id", "start", "end", "type", "entity_id"}),
            "events": frozenset({"id", "type", "trigger", "instance_id"}),
            "arguments": frozenset({"role", "start", "end", "entity_id"}),
        }

    def read(self, path: Path, context: Context) -> Bundle:
        """Every line a document."""
        bundle = Bundle()
        for line in read_json_lines(path, context):
            if isinstance(line.value, dict) and "preds" in line.value and "document" not in line.value:
                expected = "a document; this is a submission of strings alone, which have no place in any text"
                context.incidents.add("foreign-syntax", str(path), line.line(), expected=expected)
            elif line.fits(LINE, context):
                bundle.add(_Reader(line, context).record(), path, line.line())
        level_layers(bundle.records, ["entities", "events"])
        return bundle

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """A line a document."""
        write_json_lines(path, [_Writer(record, context).line() for record in bundle.documents])


class _Reader:
    """A line on its way in."""

    def __init__(self, line: Json, context: Context) -> None:
        self.line, self.value, self.context = line, line.value, context
        self.doc_id, self.text = line.value["id"], line.value["document"]
        self.border = Border(self.text, "codepoint", str(line.path), context)
        self.of_entity: dict[str, list[tuple[int, int]]] = {}

    def record(self) -> Record:
        """The document."""
        entities = list(self.entities())
        events = [*self.events(), *self.lone_mentions()]
        losses = self.context.losses
        losses.add("document", "title", self.doc_id, bool(self.value.get("title")))
        losses.add("events", "negative triggers", self.doc_id, len(self.value.get("negative_triggers", [])))
        return {"doc_id": self.doc_id, "text": self.text, "entities": entities, "events": events}

    def span(self, mention: Mapping[str, Any], at: tuple[str | int, ...]) -> tuple[int, int] | None:
        """The place of a mention, trigger or argument; a copy of other text there is counted as lost."""
        item = f"{self.doc_id} " + ".".join(map(str, at))
        start, end = mention["offset"]
        span = self.border.inward(start, end, self.line.line(at), item)
        copy = next((mention[key] for key in ("mention", "trigger_word", "content") if key in mention), None)
        if span is not None and isinstance(copy, str) and copy != self.text[slice(*span)]:
            self.context.losses.add(str(at[0]), "copies that are not the text at their place", item)
        return span

    def entities(self) -> Iterator[Record]:
        for i, entity in enumerate(self.value.get("entities", [])):
            for j, mention in enumerate(entity["mention"]):
                span = self.span(mention, ("entities", i, "mention", j))
                if span is not None:
                    self.of_entity.setdefault(entity["id"], []).append(span)
                    item: Record = {"id": mention["id"]} if "id" in mention else {}
                    item |= {"start": span[0], "end": span[1], "entity_id": entity["id"]}
                    yield item | ({"type": entity["type"]} if entity.get("type") else {})

    def events(self) -> Iterator[Record]:
        for i, event in enumerate(self.value.get("events", [])):
            arguments = list(self.arguments(event.get("argument", {}), i))
            for j, mention in enumerate(event["mention"]):
                span = self.span(mention, ("events", i, "mention", j))
                if span is None:
                    continue
                item: Record = {"id": mention["id"]} if "id" in mention else {}
                item |= {"type": event["type"], "trigger": list(span)}
                item |= {"instance_id": event["id"]} if "id" in event else {}
                yield item | {"arguments": [self.placed(argument, span) for argument in arguments]}

    def lone_mentions(self) -> Iterator[Record]:
        """The event mentions of test lines, which are joined to no event."""
        for i, mention in enumerate(self.value.get("event_mentions", [])):
            span = self.span(mention, ("event_mentions", i))
            if span is not None:
                item: Record = {"id": mention["id"]} if "id" in mention else {}
                yield item | {"type": mention["type"], "trigger": list(span)}

    def arguments(
        self, given: Mapping[str, Any], event: int
    ) -> Iterator[tuple[str, str | None, list[tuple[int, int]]]]:
        """(role, entity id, the places it may stand at) of every argument of an event."""
        for role, fillers in given.items():
            for k, filler in enumerate(fillers):
                at = ("events", event, "argument", role, k)
                if "entity_id" not in filler:
                    span = self.span(filler, at)
                    if span is not None:
                        yield role, None, [span]
                elif filler["entity_id"] in self.of_entity:
                    yield role, filler["entity_id"], self.of_entity[filler["entity_id"]]
                else:
                    item, found = f"{self.doc_id} " + ".".join(map(str, at)), repr(filler["entity_id"])
                    path, line = str(self.line.path), self.line.line(at)
                    self.context.incidents.add("dangling-reference", path, line, item=item, found=found)

    def placed(self, argument: tuple[str, str | None, list[tuple[int, int]]], trigger: tuple[int, int]) -> Record:
        """An argument at the one of its places that is nearest to a trigger."""
        role, entity, spans = argument
        start, end = min(spans, key=lambda span: (max(span[0] - trigger[1], trigger[0] - span[1], 0), span))
        return {"role": role, "start": start, "end": end} | ({"entity_id": entity} if entity is not None else {})


class _Writer:
    """A document on its way out."""

    def __init__(self, record: Record, context: Context) -> None:
        self.record, self.text, self.losses = record, record["text"], context.losses
        self.doc_id = record["doc_id"]
        self.entity_ids: set[str] = set()

    def line(self) -> Record:
        """The document's line."""
        entities = self.entities()
        return {
            "id": self.doc_id,
            "title": "",
            "document": self.text,
            "events": self.events(),
            "entities": entities,
            "negative_triggers": [],
        }

    def entities(self) -> list[Record]:
        found: dict[str, Record] = {}
        for i, mention in enumerate(self.record.get("entities", [])):
            if "start" not in mention or "end" not in mention:
                self.losses.add("entities", "items without offsets", f"{self.doc_id} entities[{i}]")
                continue
            if "entity_id" not in mention:
                self.losses.add("entities", "that a mention has no entity (it gets one of its own)", self.doc_id)
            name = mention.get("entity_id", f"{self.doc_id}-entity{i}")
            kind = mention.get("type", "")
            entity = found.setdefault(name, {"id": name, "type": kind, "mention": []})
            self.losses.add("entities", "type that is not the entity's first", self.doc_id, entity["type"] != kind)
            content = self.text[mention["start"] : mention["end"]]
            one = {"id": mention.get("id", f"{self.doc_id}-m{i}"), "mention": content}
            entity["mention"].append(one | {"offset": [mention["start"], mention["end"]]})
        self.entity_ids = set(found)
        return list(found.values())

    def events(self) -> list[Record]:
        found: dict[Any, Record] = {}
        kept: dict[Any, dict[Any, Record]] = {}
        for i, event in enumerate(self.record.get("events", [])):
            if "trigger" not in event:
                self.losses.add("events", "events without a trigger", f"{self.doc_id} events[{i}]")
                continue
            if "instance_id" not in event:
                self.losses.add("events", "that a mention has no instance (it gets one of its own)", self.doc_id)
            name = event.get("instance_id", f"{self.doc_id}-event{i}")
            key = (event.get("type"), name)
            if key not in found:
                taken = any(other["id"] == name for other in found.values())
                self.losses.add("events", "an instance_id of two types (the second is renamed)", self.doc_id, taken)
                about = {"id": f"{name}-{event.get('type')}" if taken else name, "type": event.get("type", "")}
                found[key] = about | {"mention": [], "argument": {}}
            self.losses.add("events", "gaps between the pieces of a span", self.doc_id, len(event["trigger"]) > 2)
            start, end = event["trigger"][0], event["trigger"][-1]
            one = {"id": event.get("id", f"{self.doc_id}-v{i}"), "trigger_word": self.text[start:end]}
            found[key]["mention"].append(one | {"offset": [start, end]})
            own = self.arguments(event)
            if key in kept and kept[key].keys() != own.keys():
                self.losses.add("arguments", "which mention of the event has which argument", self.doc_id)
            kept.setdefault(key, {}).update(own)
        for key, fillers in kept.items():
            for (role, _), filler in fillers.items():
                found[key]["argument"].setdefault(role, []).append(filler)
        return list(found.values())

    def arguments(self, event: Record) -> dict[Any, Record]:
        """The arguments of an event mention by role and filler."""
        found = {}
        for argument in event.get("arguments", []):
            if "start" not in argument or "end" not in argument:
                self.losses.add("arguments", "arguments without offsets", self.doc_id)
                continue
            role, span = argument.get("role", ""), (argument["start"], argument["end"])
            entity = argument.get("entity_id")
            if entity is not None and entity in self.entity_ids:
                self.losses.add("arguments", "which mention of the entity fills the role", self.doc_id)
                found[role, entity] = {"entity_id": entity}
                continue
            self.losses.add("arguments", "entity_id of entities without a mention", self.doc_id, entity is not None)
            found[role, span] = {"content": self.text[slice(*span)], "offset": list(span)}
        return found
