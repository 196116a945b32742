"""doccano's JSON Lines for sequence labelling, with or without relations.

Without relations a line is ``{"text", "label": [[start, end, label], ...]}``, with them ``{"text", "entities": [{"id",
"label", "start_offset", "end_offset"}], "relations": [{"id", "from_id", "to_id", "type"}]}``. Any other field of a line
is kept by doccano as metadata; that is where the document's id goes.

doccano's page counts UTF-16 units, as JavaScript does (its issue 2290); ``unit="codepoint"`` is for files that Python
programs wrote for it. Projects that count grapheme clusters are not supported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from goldwire.converting.border import Border
from goldwire.converting.bundle import Bundle, Holds, Record, level_layers
from goldwire.converting.context import Context
from goldwire.converting.drawing import HELD_BY_DRAWING, drawn, label_of, layer_and_type, undrawn
from goldwire.converting.files import Json, read_json_lines
from goldwire.converting.json_lines import doc_id_in, write_json_lines
from goldwire.converting.marks import Link, Mark, marks_of, record_of

__all__ = ["Doccano"]

_TRIPLE = {
    "type": "array",
    "prefixItems": [{"type": "integer"}, {"type": "integer"}, {"type": "string"}],
    "minItems": 3,
    "maxItems": 3,
}
_TRIPLES = {"type": "array", "items": _TRIPLE}
_ID = {"type": ["integer", "string"]}
LINE: Mapping[str, Any] = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": {"type": "string"},
        "label": _TRIPLES,
        "labels": _TRIPLES,
        "entities": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["label", "start_offset", "end_offset"],
                "properties": {
                    "id": _ID,
                    "label": {"type": "string"},
                    "start_offset": {"type": "integer"},
                    "end_offset": {"type": "integer"},
                },
            },
        },
        "relations": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["from_id", "to_id", "type"],
                "properties": {"from_id": _ID, "to_id": _ID, "type": {"type": "string"}},
            },
        },
    },
}


@dataclass(frozen=True)
class Doccano:
    """JSON Lines as doccano imports and exports them.

    unit: what offsets count. triggers: labels that stand for triggers of events, divided by commas.
    """

    name: ClassVar[str] = "doccano"
    about: ClassVar[str] = "doccano JSON Lines: labelled spans and relations"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = True

    unit: str = "utf16"
    triggers: str = ""

    @property
    def holds(self) -> Holds:
        """Spans with labels and arrows between them."""
        return HELD_BY_DRAWING

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
        border = Border(value["text"], self.unit, str(line.path), context)
        marks = []
        for at, span in _spans(value):
            found = border.inward(span["start_offset"], span["end_offset"], line.line(at), f"{at[0]}[{at[1]}]")
            if found is not None:
                key = f"_:{span['id']}" if "id" in span else f"_:label{at[1]}"
                marks.append(Mark(key, *_swap(layer_and_type(span["label"], self.triggers), found)))
        links = [Link(f"_:{r['from_id']}", f"_:{r['to_id']}", r["type"]) for r in value.get("relations", [])]
        return record_of(record, marks, undrawn(marks, links), context.losses)

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """A line a document; spans as triples where no document has a relation."""
        documents = []
        for record in bundle.documents:
            marks, links = marks_of(record, context.losses)
            documents.append((record, marks, drawn(marks, links, context.losses, record["doc_id"])))
        related = any(links for _, _, links in documents)
        lines, spans, relations = [], 0, 0
        for number, (record, marks, links) in enumerate(documents):
            border = Border(record["text"], self.unit, str(path), context)
            line: Record = {"id": number + 1, "text": record["text"], "document_id": record["doc_id"]}
            if related:
                ids = {mark.key: spans + i + 1 for i, mark in enumerate(marks)}
                line["entities"] = [_entity(ids[mark.key], mark, border) for mark in marks]
                line["relations"] = [_relation(relations + i + 1, ids, link) for i, link in enumerate(links)]
                spans, relations = spans + len(marks), relations + len(links)
            else:
                line["label"] = [[*border.outward(mark), label_of(mark)] for mark in marks]
            lines.append(line)
        write_json_lines(path, lines)


def _swap(kind: tuple[str, str | None], span: tuple[int, int]) -> tuple[str, int, int, str | None]:
    return kind[0], *span, kind[1]


def _spans(value: Mapping[str, Any]) -> Iterator[tuple[tuple[str, int], Mapping[str, Any]]]:
    """Every span with its path, however the line gives it."""
    for i, entity in enumerate(value.get("entities", [])):
        yield ("entities", i), entity
    for key in ("label", "labels"):
        for i, (start, end, label) in enumerate(value.get(key, [])):
            yield (key, i), {"start_offset": start, "end_offset": end, "label": label}


def _entity(number: int, mark: Mark, border: Border) -> Record:
    start, end = border.outward(mark)
    return {"id": number, "label": label_of(mark), "start_offset": start, "end_offset": end}


def _relation(number: int, ids: Mapping[str, int], link: Link) -> Record:
    return {"id": number, "from_id": ids[link.source], "to_id": ids[link.target], "type": link.label or ""}
