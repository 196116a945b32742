"""Reading a spaCy Doc: entities, span groups, coreference clusters and events."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from goldwire.converting.attributes import ATTRIBUTES
from goldwire.converting.bundle import Record
from goldwire.converting.context import Context
from goldwire.converting.marks import Link, Mark, record_of

__all__ = ["read_doc"]

_CLUSTERS, _EVENT = "coref_clusters", "event_"
_TOKENS = ("TAG", "POS", "LEMMA", "DEP", "MORPH", "SENT_START")


def read_doc(doc: Any, number: int, spans_key: str, path: str, context: Context) -> Record:
    """A Doc as a document record; what is in it beside is counted as lost."""
    given = doc.user_data.get("doc_id")
    doc_id = given if isinstance(given, str) and given else f"doc{number + 1}"
    record: Record = {"doc_id": doc_id, "text": doc.text}
    if isinstance(doc.user_data.get("published"), str):
        record["published"] = doc.user_data["published"]
    reader = _Reader(doc, doc_id, path, context)
    reader.mentions(spans_key)
    for layer in ("times", "fillers"):
        reader.layer(layer)
    for name in doc.spans:
        if name.startswith(_CLUSTERS):
            reader.cluster(name)
    reader.triggers()
    links = list(reader.links())
    reader.others(spans_key)
    return record_of(record, reader.marks, links, context.losses)


class _Reader:
    """Collects the marks of a Doc."""

    def __init__(self, doc: Any, doc_id: str, path: str, context: Context) -> None:
        self.doc, self.doc_id, self.path, self.context = doc, doc_id, path, context
        self.marks: list[Mark] = []
        self.by_id: dict[str, Mark] = {}
        self.at: dict[tuple[int, int, str], Mark] = {}
        self.event_of: dict[str, Mark] = {}

    def spans(self, spans: Any, name: str) -> Iterator[tuple[Any, int, int]]:
        """(span, start, end) of the spans of a group; those outside the text, which spaCy refuses, are incidents."""
        for i in range(len(spans)):
            try:
                span = spans[i]
            except IndexError as error:
                item, found = f"{self.doc_id} {name}[{i}]", str(error)
                expected = f"0 <= start < end <= {len(self.doc)} tokens"
                self.context.incidents.add("offset-range", self.path, 0, item=item, found=found, expected=expected)
                continue
            if span.start < span.end:
                last = self.doc[span.end - 1]
                yield span, self.doc[span.start].idx, last.idx + len(last)
            else:
                self.context.losses.add("entities", "empty spans", f"{self.doc_id} {name}[{i}]")

    def add(self, layer: str, span: Any, start: int, end: int, fields: Record) -> Mark:
        """A mark for a span; its id is the span's, if that is one of the document's own."""
        own = span.id_ if span.id else ""
        mark = Mark(f"_:{len(self.marks)}", layer, start, end, span.label_ or None, fields)
        if own and not own.startswith("_:") and layer != "fillers":
            mark.fields["id"] = own
        if own:
            self.by_id.setdefault(own, mark)
        self.marks.append(mark)
        return mark

    def mentions(self, spans_key: str) -> None:
        """The spans of the group, and entities that are not among them."""
        groups = [(self.doc.spans.get(spans_key, []), spans_key), (self.doc.ents, "ents")]
        for group, name in groups:
            for span, start, end in self.spans(group, name):
                if name == "ents" and (start, end, span.label_) in self.at:
                    continue
                mark = self.add("entities", span, start, end, {"kb_id": span.kb_id_} if span.kb_id else {})
                self.at.setdefault((start, end, span.label_), mark)

    def layer(self, name: str) -> None:
        """Times or fillers."""
        for span, start, end in self.spans(self.doc.spans.get(name, []), name):
            self.add(name, span, start, end, {"value": span.kb_id_} if name == "times" and span.kb_id else {})

    def cluster(self, name: str) -> None:
        """The mentions of an entity; a mention that is no entity span becomes one without a type."""
        group = self.doc.spans[name]
        entity = group.attrs.get("entity_id")
        entity = entity if isinstance(entity, str) else name.removeprefix(_CLUSTERS).strip("_") or "0"
        for span, start, end in self.spans(group, name):
            mark = self.by_id.get(span.id_) if span.id else None
            if mark is None or (mark.start, mark.end) != (start, end):
                found = [m for m in self.marks if m.layer == "entities" and (m.start, m.end) == (start, end)]
                mark = found[0] if found else self.add("entities", span, start, end, {})
            mark.fields.setdefault("entity_id", entity)

    def triggers(self) -> None:
        """The events, before anything refers to them."""
        for name in self.doc.spans:
            if not name.startswith(_EVENT):
                continue
            group = self.doc.spans[name]
            for span, start, end in list(self.spans(group, name))[:1]:
                fields = {}
                for key, value in group.attrs.items():
                    if key in ATTRIBUTES["events"] and _fits(key, value):
                        fields[key] = list(value) if isinstance(value, tuple) else value
                    else:
                        self.context.losses.add("events", f"attribute {key}", self.doc_id)
                self.event_of[name] = self.add("events", span, start, end, fields)

    def links(self) -> Iterator[Link]:
        """Arguments; a filler that is no other span gets one of its own."""
        for name, event in self.event_of.items():
            for span, start, end in list(self.spans(self.doc.spans[name], name))[1:]:
                target = self.by_id.get(span.id_) if span.id else None
                if target is None or (target.start, target.end) != (start, end):
                    target = Mark(f"_:{len(self.marks)}", "fillers", start, end)
                    self.marks.append(target)
                yield Link(event.key, target.key, span.label_ or None)

    def others(self, spans_key: str) -> None:
        """Count what a record cannot hold."""
        losses = self.context.losses
        for name in self.doc.spans:
            if name not in (spans_key, "times", "fillers") and not name.startswith((_CLUSTERS, _EVENT)):
                losses.add("document", f"span group {name}", self.doc_id, len(self.doc.spans[name]))
        for name in self.doc.cats:
            losses.add("document", f"category {name}", self.doc_id)
        for attribute in _TOKENS:
            if self.doc.has_annotation(attribute):
                losses.add("document", f"token attribute {attribute}", self.doc_id)
        for key in self.doc.user_data:
            if key not in ("doc_id", "published"):
                losses.add("document", f"user_data {key}", self.doc_id)


def _fits(name: str, value: Any) -> bool:
    """Whether an attribute of an event has the type its field has."""
    if name == "attribution":
        return isinstance(value, Mapping) and all(
            key in ("source", "via", "event") and isinstance(inner, str) for key, inner in value.items()
        )
    if name in ("times", "head", "fragments"):
        kind = str if name == "times" else int
        return isinstance(value, list | tuple) and all(isinstance(x, kind) and not isinstance(x, bool) for x in value)
    if name == "score":
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, str)
