"""MUC-4 as GRIT and GTT have it: role fillers of a document, or of each of its templates, as entities.

A line is ``{"docid", "doctext", "extracts": {role: [entity, ...]}}`` (GRIT) or ``{"docid", "doctext", "templates":
[{"incident_type", role: [entity, ...]}]}`` (GTT, IterX); an entity is a list of mentions ``[string, offset]``, in code
points. Both are written in one line. Read are also the predictions that GRIT's and GTT's models write: one object of
``{docid: {"doctext", "pred_extracts" | "pred_templates"}}`` whose mentions are bare strings; these are looked for in the
text.

There are no triggers: the template's first filler stands in the trigger's place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from goldwire.converting.bundle import Bundle, Holds, Record, level_layers
from goldwire.converting.context import Context
from goldwire.converting.files import Json, read_json, read_json_lines, read_text
from goldwire.converting.json_lines import write_json_lines
from goldwire.formats.strict_json import StrictJSONError, loads

__all__ = ["Muc4"]

ROLES = ("PerpInd", "PerpOrg", "Target", "Victim", "Weapon")
_ONE = "incident"
"""Type of the event that holds a document's extracts, which are of no type."""

_MENTION = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "prefixItems": [{"type": "string", "minLength": 1}, {"type": "integer"}], "minItems": 1},
    ]
}
_FILLERS = {"type": "array", "items": {"type": "array", "items": _MENTION}}
_EXTRACTS = {"type": "object", "additionalProperties": _FILLERS}
_TEMPLATE = {
    "type": "object",
    "properties": {"incident_type": {"type": ["string", "null"]}},
    "additionalProperties": _FILLERS,
}
_TEMPLATES = {"type": "array", "items": _TEMPLATE}
LINE: Mapping[str, Any] = {
    "type": "object",
    "required": ["docid", "doctext"],
    "properties": {
        "docid": {"type": "string", "minLength": 1},
        "doctext": {"type": "string"},
        "extracts": _EXTRACTS,
        "templates": _TEMPLATES,
    },
}
PREDICTIONS: Mapping[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {
        "type": "object",
        "required": ["doctext"],
        "properties": {"doctext": {"type": "string"}, "pred_extracts": _EXTRACTS, "pred_templates": _TEMPLATES},
    },
}


@dataclass(frozen=True)
class Muc4:
    """JSON Lines of documents, or one object of predictions."""

    name: ClassVar[str] = "muc4"
    about: ClassVar[str] = "MUC-4 as GRIT and GTT have it: role fillers as entities, by document and by template"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = True

    @property
    def holds(self) -> Holds:
        """Templates: types, roles, and the entities that fill them."""
        return {
            "document": frozenset({"doc_id", "text"}),
            "entities": frozenset({"start", "end", "entity_id"}),
            "events": frozenset({"type", "instance_id"}),
            "arguments": frozenset({"role", "start", "end", "entity_id"}),
        }

    def read(self, path: Path, context: Context) -> Bundle:
        """Every template an event; entities get ids."""
        bundle = Bundle()
        for doc_id, text, templates, place in _documents(path, context):
            known = context.texts.get(doc_id)
            reader = _Reader(doc_id, known if known is not None else text, place, context)
            for i, (kind, fillers) in enumerate(templates):
                reader.template(i, kind, fillers)
            record = {"doc_id": doc_id, "text": reader.text, "entities": reader.entities, "events": reader.events}
            bundle.add(record, path, place.line())
        level_layers(bundle.records, ["entities", "events"])
        return bundle

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """A line a document, with its extracts and its templates."""
        write_json_lines(path, [_Writer(record, context).line() for record in bundle.documents])


# ---------------------------------------------------------------------------------------------------------- reading

Template = tuple[str, Mapping[str, Any]]


def _documents(path: Path, context: Context) -> Iterator[tuple[str, str, list[Template], Json]]:
    """Id, text and templates of every document of a file."""
    whole = _one_object(path, context)
    if whole is not None:
        if whole.fits(PREDICTIONS, context):
            for doc_id, value in whole.value.items():
                yield doc_id, value["doctext"], _templates(value, "pred_"), whole
        return
    for line in read_json_lines(path, context):
        if line.fits(LINE, context):
            yield line.value["docid"], line.value["doctext"], _templates(line.value, ""), line


def _one_object(path: Path, context: Context) -> Json | None:
    """A file that is one object of predictions, told by its first line; None where it is JSON Lines."""
    text = read_text(path, Context())
    first = "" if text is None else text.lstrip("\ufeff \t\r\n").partition("\n")[0]
    try:
        value = loads(first)
    except StrictJSONError:
        return read_json(path, context) if first.strip() == "{" else None
    inner = list(value.values()) if isinstance(value, dict) else []
    if inner and all(isinstance(x, dict) and "doctext" in x for x in inner):
        return read_json(path, context)
    return None


def _templates(value: Mapping[str, Any], prefix: str) -> list[Template]:
    if f"{prefix}templates" in value:
        return [
            (row.get("incident_type") or _ONE, {role: x for role, x in row.items() if role != "incident_type"})
            for row in value[f"{prefix}templates"]
        ]
    extracts = value.get(f"{prefix}extracts", {})
    return [(_ONE, extracts)] if any(extracts.values()) else []


@dataclass
class _Reader:
    """The templates of one document on their way in."""

    doc_id: str
    text: str
    place: Json
    context: Context
    entities: list[Record] = field(default_factory=list)
    events: list[Record] = field(default_factory=list)
    ids: dict[tuple[tuple[int, int], ...], str] = field(default_factory=dict)
    claimed: dict[tuple[int, int], str] = field(default_factory=dict)

    def template(self, number: int, kind: str, fillers: Mapping[str, Any]) -> None:
        """A template as an event."""
        item, losses = f"{self.doc_id} templates[{number}]", self.context.losses
        arguments = []
        for role, entities in fillers.items():
            for entity in entities:
                spans = [span for mention in entity if (span := self.span(mention, f"{item}.{role}")) is not None]
                if spans:
                    start, end = spans[0]
                    arguments.append({"role": role, "start": start, "end": end, "entity_id": self.entity(spans, item)})
        if not arguments:
            losses.add("events", "templates without a filler that is in the text", item)
            return
        first = min(arguments, key=lambda argument: (argument["start"], argument["end"]))
        losses.add("events", "the place of the trigger (there is none; the first filler stands in)", item)
        event = {"id": f"t{number + 1}", "type": kind, "trigger": [first["start"], first["end"]]}
        self.events.append(event | {"instance_id": f"t{number + 1}", "arguments": arguments})

    def span(self, mention: Any, item: str) -> tuple[int, int] | None:
        """The place of a mention: its offset, or the first place of its string, capitals apart."""
        string, *offset = [mention] if isinstance(mention, str) else mention
        if offset and isinstance(offset[0], int):
            span = offset[0], offset[0] + len(string)
            if span[0] >= 0 and self.text[slice(*span)].lower() == string.lower():
                return span
            found, incidents, path = f"{string!r} at {offset[0]}", self.context.incidents, str(self.place.path)
            expected = repr(self.text[max(0, span[0]) : max(0, span[1])])
            line = self.place.line()
            incidents.add("text-mismatch", path, line, item=item, found=found, expected=expected)
            return None
        at = self.text.find(string)
        if at < 0 and len(self.text.lower()) == len(self.text):
            at = self.text.lower().find(string.lower())
        if at < 0:
            self.context.losses.add("arguments", "strings that are not in the text", item)
            return None
        return at, at + len(string)

    def entity(self, spans: list[tuple[int, int]], item: str) -> str:
        """The id of the entity with these mentions, which are noted if they are new."""
        key = tuple(sorted(set(spans)))
        if key in self.ids:
            return self.ids[key]
        self.ids[key] = name = f"e{len(self.ids) + 1}"
        for start, end in key:
            if (start, end) in self.claimed:
                self.context.losses.add("entities", "mentions that belong to two entities (kept with the first)", item)
            else:
                self.claimed[start, end] = name
                self.entities.append({"start": start, "end": end, "entity_id": name})
        return name


# ---------------------------------------------------------------------------------------------------------- writing


class _Writer:
    """A document on its way out."""

    def __init__(self, record: Record, context: Context) -> None:
        self.record, self.text, self.losses = record, record["text"], context.losses
        self.mentions: dict[str, list[tuple[int, int]]] = {}
        fillers = [argument for event in record.get("events", []) for argument in event.get("arguments", [])]
        for mention in [*record.get("entities", []), *fillers]:  # an entity is mentioned where it fills a role, too
            if "entity_id" in mention and "start" in mention and "end" in mention:
                self.mentions.setdefault(mention["entity_id"], []).append((mention["start"], mention["end"]))

    def line(self) -> Record:
        """The document's line."""
        doc_id = self.record["doc_id"]
        templates: dict[Any, tuple[str, dict[str, dict[Any, list[Any]]]]] = {}
        used: set[Any] = set()
        for number, event in enumerate(self.record.get("events", [])):
            key = (event.get("type"), event["instance_id"]) if "instance_id" in event else number
            if key in templates:
                self.losses.add("events", "which mention of a template has which filler", doc_id)
            _, roles = templates.setdefault(key, (event.get("type") or _ONE, {}))
            for argument in event.get("arguments", []):
                if "start" not in argument or "end" not in argument:
                    self.losses.add("arguments", "arguments without offsets", doc_id)
                    continue
                entity, spans = self.entity(argument)
                used.add(entity)
                roles.setdefault(argument.get("role", ""), {}).setdefault(entity, []).extend(spans)
        losing = sum(entity not in used for entity in self.mentions)
        self.losses.add("entities", "entities that fill no role", doc_id, losing)
        bare = sum("entity_id" not in mention for mention in self.record.get("entities", []))
        self.losses.add("entities", "mentions without an entity", doc_id, bare)
        named = {entity for entity in used if isinstance(entity, str)}
        self.losses.add("entities", "entity_id: its name (what belongs together is kept)", doc_id, len(named))
        self.losses.add("entities", "mentions with the string of an earlier one", doc_id, self.repeats(used))
        roles_used = dict.fromkeys(role for _, roles in templates.values() for role in roles)
        roles_all = list(ROLES) if set(roles_used) <= set(ROLES) else list(roles_used)
        union: dict[str, dict[Any, list[Any]]] = {role: {} for role in roles_all}
        for _, roles in templates.values():
            for role, fillers in roles.items():
                for entity, spans in fillers.items():
                    union[role].setdefault(entity, []).extend(spans)
        return {
            "docid": doc_id,
            "doctext": self.text,
            "extracts": {role: self.written(union[role]) for role in roles_all},
            "templates": [
                {"incident_type": kind, **{role: self.written(roles.get(role, {})) for role in roles_all}}
                for kind, roles in templates.values()
            ],
        }

    def entity(self, argument: Record) -> tuple[Any, list[tuple[int, int]]]:
        """What tells the entity of an argument apart, and its mentions."""
        span = argument["start"], argument["end"]
        name = argument.get("entity_id")
        return (name, self.mentions[name]) if name is not None else (span, [span])

    def repeats(self, used: Iterable[Any]) -> int:
        """Mentions of the entities used whose string an earlier mention of the entity has."""
        spans = [set(self.mentions[name]) for name in used if isinstance(name, str)]
        return sum(len(places) - len({self.text[start:end] for start, end in places}) for places in spans)

    def written(self, fillers: Mapping[Any, list[tuple[int, int]]]) -> list[list[list[Any]]]:
        """Entities as lists of their different strings, each at its first place; all in the order of the text."""
        entities = []
        for spans in fillers.values():
            first: dict[str, int] = {}
            for start, end in sorted(set(spans)):
                first.setdefault(self.text[start:end], start)
            entities.append([[string, start] for string, start in first.items()])
        return sorted(entities, key=lambda entity: entity[0][1])
