"""OneIE's JSON Lines: the sentences it is trained on, and the graphs it predicts.

A line it is trained on is ``{"doc_id", "sent_id", "sentence", "tokens", "entity_mentions": [{"id", "text",
"entity_type", "mention_type", "start", "end"}], "event_mentions": [{"id", "event_type", "trigger", "arguments":
[{"entity_id", "text", "role"}]}]}``; a line it writes has ``"graph": {"entities": [[start, end, type, mention type,
score]], "triggers": [[start, end, type, score]], "roles": [[trigger, entity, role, score]]}``. Both are read; the first,
or with ``form="graph"`` the second, is written. The pieces and lengths of a model's word pieces are not written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from goldwire.converting.bundle import Bundle, Holds, Record, level_layers
from goldwire.converting.context import Context
from goldwire.converting.drawing import label_of
from goldwire.converting.files import Json, read_json_lines
from goldwire.converting.json_lines import write_json_lines
from goldwire.converting.textee import LINE as TEXTEE_LINE
from goldwire.converting.textee import ids_of, mentions_of
from goldwire.converting.windows import HOLDS, Items, Window, read_documents, windows_of
from goldwire.errors import UsageError

__all__ = ["OneIE"]

FORMS = ("mentions", "graph")
_NUMBER, _TEXT = {"type": "integer"}, {"type": ["string", "null"]}


def _row(*kinds: Mapping[str, Any]) -> Mapping[str, Any]:
    """A list that starts with values of these kinds."""
    return {"type": "array", "items": {"type": "array", "prefixItems": list(kinds), "minItems": len(kinds)}}


LINE: Mapping[str, Any] = {
    **TEXTEE_LINE,
    "properties": {
        **TEXTEE_LINE["properties"],
        "sentence": {"type": "string"},
        "graph": {
            "type": "object",
            "required": ["entities", "triggers", "roles"],
            "properties": {
                "entities": _row(_NUMBER, _NUMBER, {"type": "string"}, _TEXT),
                "triggers": _row(_NUMBER, _NUMBER, {"type": "string"}),
                "roles": _row(_NUMBER, _NUMBER, {"type": "string"}),
                "relations": {"type": "array"},
            },
        },
    },
}


@dataclass(frozen=True)
class OneIE:
    """JSON Lines of sentences.

    window: "document" (nothing is lost; OneIE itself wants sentences) or "sentence". form: "mentions" or "graph".
    triggers: entity types that stand for triggers of events, divided by commas.
    """

    name: ClassVar[str] = "oneie"
    about: ClassVar[str] = "OneIE JSON Lines: tokens with mentions and events, or predicted graphs"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = True

    window: str = "document"
    form: str = "mentions"
    triggers: str = ""

    @property
    def holds(self) -> Holds:
        """Mentions with their level, times, events and arguments; no coreference. A graph has scores and no ids."""
        graph = self.form == "graph"
        change = {"score"} if graph else set()
        held = {layer: HOLDS[layer] | change for layer in ("entities", "times", "events", "arguments")}
        held |= {layer: held[layer] - {"id", "time_id"} for layer in held} if graph else {}
        return {**held, "document": HOLDS["document"], "entities": held["entities"] | {"level"}}

    def read(self, path: Path, context: Context) -> Bundle:
        """Sentences put together into documents."""
        bundle = Bundle()
        read_documents(self._items(path, context), self.triggers, bundle, context)
        level_layers(bundle.records, ["entities", "events"])
        return bundle

    def _items(self, path: Path, context: Context) -> Iterator[Items]:
        for line in read_json_lines(path, context):
            if not line.fits(LINE, context):
                continue
            value = line.value
            items = Items(line, value["doc_id"], value.get("sentence", value.get("text")), value["tokens"])
            if "graph" in value:
                _graph(items, value["graph"], line, context)
            mentions_of(items, value)
            relations = value.get("relation_mentions") or value.get("graph", {}).get("relations") or []
            context.losses.add("relations", "relations", value["doc_id"], len(relations))
            yield items

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """A line a window."""
        if self.form not in FORMS:
            raise UsageError(f"the setting 'form' is {self.form!r}; expected {' or '.join(map(repr, FORMS))}")
        lines = []
        for record in bundle.documents:
            for window in windows_of(record, self.window, context):
                about: Record = {"doc_id": window.doc_id, "sent_id": f"{window.doc_id}-{window.number}"}
                about |= {"sentence": window.text, "tokens": window.tokens}
                lines.append(about | (_mentions(window) if self.form == "mentions" else _predicted(window)))
        write_json_lines(path, lines)


def _graph(items: Items, graph: Mapping[str, Any], line: Json, context: Context) -> None:
    """The mentions and events of a predicted graph; entities get their number as an id for the time being."""
    for i, (start, end, label, level, *score) in enumerate(graph["entities"]):
        fields = {"level": level} if level not in (None, "", "UNK") else {}
        items.mentions.append((f"{line.line()}:{i}", start, end, label, fields | _scored(score)))
    arguments: dict[int, list[Any]] = {}
    for trigger, entity, role, *score in graph["roles"]:
        if 0 <= trigger < len(graph["triggers"]) and 0 <= entity < len(graph["entities"]):
            arguments.setdefault(trigger, []).append((f"{line.line()}:{entity}", None, None, role, _scored(score)))
        else:
            item, found = f"{items.doc_id} graph.roles", f"[{trigger}, {entity}]"
            context.incidents.add(
                "dangling-reference", str(line.path), line.line(("graph", "roles")), item=item, found=found
            )
    for i, (start, end, label, *score) in enumerate(graph["triggers"]):
        items.events.append((None, start, end, label, _scored(score), arguments.get(i, [])))


def _scored(score: list[Any]) -> Record:
    return {"score": float(score[0])} if score and isinstance(score[0], int | float) else {}


def _mentions(window: Window) -> Record:
    """The fields of a sentence to train on."""
    ids = ids_of(window, f"{window.doc_id}-{window.number}")
    by_key = {mark.key: mark for mark in window.marks}
    entities, events = [], []
    for mark in window.marks:
        if mark.layer != "events":
            about = {
                "id": ids[mark.key],
                "entity_type": label_of(mark),
                "mention_type": mark.fields.get("level", "UNK"),
            }
            entities.append(about | window.span(mark))
            continue
        arguments: list[Any] = [
            {"entity_id": ids[link.target], "text": window.span(by_key[link.target])["text"], "role": link.label or ""}
            for link in window.links
            if link.source == mark.key
        ]
        event: Record = {"id": ids[mark.key], "event_type": mark.type or "", "trigger": window.span(mark)}
        events.append(event | {"arguments": arguments})
    return {"entity_mentions": entities, "relation_mentions": [], "event_mentions": events}


def _predicted(window: Window) -> Record:
    """The fields of a predicted graph."""
    entities = [mark for mark in window.marks if mark.layer != "events"]
    triggers = [mark for mark in window.marks if mark.layer == "events"]
    number = {mark.key: i for marks in (entities, triggers) for i, mark in enumerate(marks)}
    graph = {
        "entities": [
            [*window.place[m.key], label_of(m), m.fields.get("level", "UNK"), m.fields.get("score")] for m in entities
        ],
        "triggers": [[*window.place[m.key], m.type or "", m.fields.get("score")] for m in triggers],
        "relations": [],
        "roles": [
            [number[link.source], number[link.target], link.label or "", link.fields.get("score")]
            for link in window.links
        ],
    }
    return {"graph": graph}
