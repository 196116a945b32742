"""Prodigy's JSON Lines: tokens, spans (also overlapping ones) and relations.

A line is ``{"text", "meta", "tokens": [{"text", "start", "end", "id", "ws"}], "spans": [{"start", "end",
"token_start", "token_end", "label"}], "relations": [{"head", "child", "head_span", "child_span", "label"}]}``. Offsets
are code points, ``token_end`` is the last token itself, and a relation names the last tokens of its spans. Examples
that were rejected or skipped (``answer``) are no documents. A relation names its spans by place and label; spans that share
both also have an ``id``, their number in the line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
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
from goldwire.converting.pieces import cut
from goldwire.converting.tokens import Tokens

__all__ = ["Prodigy"]

_NUMBER = {"type": "integer"}
_NAME = {"type": ["string", "null"]}
_SPAN = {
    "type": "object",
    "properties": {"start": _NUMBER, "end": _NUMBER, "token_start": _NUMBER, "token_end": _NUMBER, "label": _NAME},
    "anyOf": [{"required": ["start", "end"]}, {"required": ["token_start", "token_end"]}],
}
LINE: Mapping[str, Any] = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": {"type": "string"},
        "answer": {"type": "string"},
        "tokens": {"type": "array"},  # looked at one by one only where a span has no offsets of its own
        "spans": {"type": "array", "items": {**_SPAN, "required": ["label"]}},
        "relations": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["head", "child", "label"],
                "properties": {
                    "head": _NUMBER,
                    "child": _NUMBER,
                    "label": _NAME,
                    "head_span": _SPAN,
                    "child_span": _SPAN,
                },
            },
        },
    },
}


@dataclass(frozen=True)
class Prodigy:
    """JSON Lines as Prodigy's recipes take and give them.

    triggers: labels that stand for triggers of events, divided by commas.
    """

    name: ClassVar[str] = "prodigy"
    about: ClassVar[str] = "Prodigy JSON Lines: tokens, spans and relations"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = True

    triggers: str = ""

    @property
    def holds(self) -> Holds:
        """Spans with labels and arrows between them."""
        return HELD_BY_DRAWING

    def read(self, path: Path, context: Context) -> Bundle:
        """Every accepted line a document."""
        bundle = Bundle()
        for number, line in enumerate(read_json_lines(path, context)):
            if not line.fits(LINE, context):
                continue
            answer = line.value.get("answer", "accept")
            if answer != "accept":
                context.losses.add("document", f"examples answered {answer!r}", doc_id_in(line.value, number))
                continue
            bundle.add(self._record(line, number, context), path, line.line())
        level_layers(bundle.records, ["entities"])
        return bundle

    def _record(self, line: Json, number: int, context: Context) -> Record:
        value = line.value
        record: Record = {"doc_id": doc_id_in(value, number), "text": value["text"]}
        border = Border(value["text"], "codepoint", str(line.path), context)
        marks = []
        for i, span in enumerate(value.get("spans", [])):
            start, end = _bounds(span, value.get("tokens", []))
            found = border.inward(start, end, line.line(("spans", i)), f"spans[{i}]")
            if found is not None:
                layer, kind = layer_and_type(span["label"] or "", self.triggers)
                marks.append(Mark(f"_:{i}", layer, *found, kind))
        links = []
        for relation in value.get("relations", []):
            head, child = (_end(relation, side, marks, value.get("tokens", [])) for side in ("head", "child"))
            links.append(Link(head, child, relation["label"]))
        return record_of(record, marks, undrawn(marks, links), context.losses)

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """A line a document."""
        write_json_lines(path, [_line(record, context) for record in bundle.documents])


def _bounds(span: Mapping[str, Any], tokens: list[Any]) -> tuple[Any, Any]:
    """(start, end) of a span, by its tokens where it has no offsets; None where the tokens are not there."""
    if "start" in span and "end" in span:
        return span["start"], span["end"]
    first, last = span["token_start"], span["token_end"]
    if not 0 <= first <= last < len(tokens):
        return None, None
    return _of_token(tokens[first], "start"), _of_token(tokens[last], "end")


def _of_token(token: Any, key: str) -> Any:
    """An offset of a token; None where it has none."""
    return token.get(key) if isinstance(token, dict) else None


def _end(relation: Mapping[str, Any], side: str, marks: list[Mark], tokens: list[Any]) -> str:
    """The key of the mark at one side of a relation; "" where there is none (a relation between bare tokens)."""
    span = relation.get(f"{side}_span")
    if span is not None:
        bounds = _bounds(span, tokens)
        label = span.get("label")
        found = [m for m in marks if (m.start, m.end) == bounds]
        named = [m.key for m in found if m.key == f"_:{span.get('id')}"]
        return (
            named[0]
            if named
            else next((m.key for m in found if label_of(m) == label or m.type == label), found[0].key if found else "")
        )
    token = relation[side]
    end = _of_token(tokens[token], "end") if 0 <= token < len(tokens) else None
    return next((m.key for m in marks if m.end == end), "")


def _line(record: Record, context: Context) -> Record:
    text = record["text"]
    marks, links = marks_of(record, context.losses)
    arrows = drawn(marks, links, context.losses, record["doc_id"])
    pieces = cut(text, Tokens.of(text).spans, [(mark.start, mark.end) for mark in marks])
    first = {start: i for i, (start, _, _) in enumerate(pieces)}
    last = {end: i for i, (_, end, _) in enumerate(pieces)}
    spans = {
        mark.key: {
            "start": mark.start,
            "end": mark.end,
            "token_start": first[mark.start],
            "token_end": last[mark.end],
            "label": label_of(mark),
        }
        for mark in marks
    }
    places = Counter((span["start"], span["end"], span["label"]) for span in spans.values())
    for i, span in enumerate(spans.values()):
        if places[span["start"], span["end"], span["label"]] > 1:  # relations know spans by their places and labels
            span["id"] = i
    line: Record = {
        "text": text,
        "meta": {"doc_id": record["doc_id"]},
        "tokens": [
            {"text": text[start:end], "start": start, "end": end, "id": i, "ws": blank}
            for i, (start, end, blank) in enumerate(pieces)
        ],
        "spans": list(spans.values()),
        "answer": "accept",
    }
    if arrows:
        line["relations"] = [
            {
                "head": spans[arrow.source]["token_end"],
                "child": spans[arrow.target]["token_end"],
                "head_span": spans[arrow.source],
                "child_span": spans[arrow.target],
                "label": arrow.label or "",
            }
            for arrow in arrows
        ]
    return line
