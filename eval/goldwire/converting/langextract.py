"""LangExtract's JSON Lines: documents with extractions, their place in the text, and string attributes.

A line is ``{"document_id", "text", "extractions": [{"extraction_class", "extraction_text", "char_interval":
{"start_pos", "end_pos"}, "alignment_status", "extraction_index", "group_index", "description", "attributes"}]}``, as
``lx.io.save_annotated_documents`` writes it. Offsets are code points. What fills a role of an event stands in the
event's attributes, as "role:NAME", by its ``extraction_index``.

LangExtract leaves ``char_interval`` empty where it did not find a string; such extractions are counted as lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from goldwire.converting.attributes import EVERY_FIELD, from_strings, to_strings
from goldwire.converting.border import Border
from goldwire.converting.bundle import Bundle, Holds, Record, level_layers
from goldwire.converting.context import Context
from goldwire.converting.drawing import label_of, layer_and_type
from goldwire.converting.files import Json, read_json_lines
from goldwire.converting.json_lines import doc_id_in, write_json_lines
from goldwire.converting.marks import Link, Mark, marks_of, record_of

__all__ = ["LangExtract"]

_NUMBER = {"type": ["integer", "null"]}
_ATTRIBUTE = {"anyOf": [{"type": ["string", "null"]}, {"type": "array", "items": {"type": "string"}}]}
LINE: Mapping[str, Any] = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "document_id": {"type": ["string", "null"]},
        "text": {"type": "string"},
        "extractions": {
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "required": ["extraction_class", "extraction_text"],
                "properties": {
                    "extraction_class": {"type": "string"},
                    "extraction_text": {"type": "string"},
                    "char_interval": {
                        "type": ["object", "null"],
                        "properties": {"start_pos": _NUMBER, "end_pos": _NUMBER},
                    },
                    "alignment_status": {"type": ["string", "null"]},
                    "attributes": {"type": ["object", "null"], "additionalProperties": _ATTRIBUTE},
                },
            },
        },
    },
}
_ROLE = "role:"


@dataclass(frozen=True)
class LangExtract:
    """JSON Lines of annotated documents.

    triggers: classes that stand for triggers of events, divided by commas.
    """

    name: ClassVar[str] = "langextract"
    about: ClassVar[str] = "LangExtract JSON Lines: extractions with attributes"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = True

    triggers: str = ""

    @property
    def holds(self) -> Holds:
        """Spans with a class, all their attributes, and what fills the roles of events."""
        return {**EVERY_FIELD, "document": frozenset({"doc_id", "text"})}

    def read(self, path: Path, context: Context) -> Bundle:
        """Every line a document."""
        bundle = Bundle()
        for number, line in enumerate(read_json_lines(path, context)):
            if line.fits(LINE, context):
                bundle.add(self._record(line, number, context), path, line.line())
        level_layers(bundle.records, ["entities"])
        return bundle

    def _record(self, line: Json, number: int, context: Context) -> Record:
        value = line.value
        record: Record = {"doc_id": doc_id_in(value, number), "text": value["text"]}
        border = Border(value["text"], "codepoint", str(line.path), context)
        marks, links = [], []
        by_index: dict[str, str] = {}
        for i, extraction in enumerate(value.get("extractions") or []):
            layer, kind = layer_and_type(extraction["extraction_class"], self.triggers)
            given = {name: x for name, x in (extraction.get("attributes") or {}).items() if x is not None}
            place = f"{record['doc_id']} extractions[{i}]"
            fields, unknown = from_strings(layer, {n: x for n, x in given.items() if not n.startswith(_ROLE)})
            for name in unknown:
                context.losses.add(layer, f"attribute {name}", place)
            interval = extraction.get("char_interval") or {}
            if interval.get("start_pos") is None or interval.get("end_pos") is None:
                context.losses.add(layer, "extractions without char_interval", place)
                continue
            at = ("extractions", i)
            span = border.inward(interval["start_pos"], interval["end_pos"], line.line(at), f"extractions[{i}]")
            if span is None:
                continue
            if (
                extraction["extraction_text"] != value["text"][slice(*span)]
            ):  # aligned loosely; the place is what counts
                what = f"extraction_text that is not the text at its place ({extraction.get('alignment_status')})"
                context.losses.add(layer, what, place)
            mark = Mark(f"_:{i}", layer, *span, kind, fields)
            marks.append(mark)
            by_index.setdefault(str(extraction.get("extraction_index")), mark.key)
            for name, targets in given.items():
                if name.startswith(_ROLE):
                    named = [targets] if isinstance(targets, str) else targets
                    links += [Link(mark.key, target, name.removeprefix(_ROLE)) for target in named]
        links = [Link(link.source, by_index.get(link.target, ""), link.label) for link in links]
        return record_of(record, marks, links, context.losses)

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """A line a document."""
        write_json_lines(path, [_line(record, context) for record in bundle.documents])


def _line(record: Record, context: Context) -> Record:
    marks, links = marks_of(record, context.losses)
    index = {mark.key: str(i + 1) for i, mark in enumerate(marks)}
    roles: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for link in links:
        roles[link.source].setdefault(f"{_ROLE}{link.label or ''}", []).append(index[link.target])
    extractions = []
    for i, mark in enumerate(marks):
        own = {} if mark.key.startswith("_:") else {"id": mark.key}
        extractions.append(
            {
                "extraction_class": label_of(mark),
                "extraction_text": record["text"][mark.start : mark.end],
                "char_interval": {"start_pos": mark.start, "end_pos": mark.end},
                "alignment_status": "match_exact",
                "extraction_index": i + 1,
                "group_index": i,
                "description": None,
                "attributes": to_strings(own | mark.fields) | roles[mark.key],
            }
        )
    return {"extractions": extractions, "text": record["text"], "document_id": record["doc_id"]}
