"""W3C Web Annotation: a JSON-LD page of annotations per document, beside the document's text.

A span is an Annotation whose target is selected by TextPositionSelector (code points, as the standard has it) and
TextQuoteSelector, and whose body classifies it. What fills a role is a linking Annotation from the event's annotation to
the filler's, tagged with the role. A knowledge-base id is a body that identifies the target. All other fields stand in
the extension property ``goldwire:fields``, and the layer in ``goldwire:layer``; the page's context declares both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from goldwire.converting.attributes import EVERY_FIELD
from goldwire.converting.bundle import Bundle, Holds, Record, level_layers
from goldwire.converting.context import Context
from goldwire.converting.files import file_name, files_of, write_folder
from goldwire.converting.marks import Mark, marks_of
from goldwire.converting.web_annotation_reading import Pages
from goldwire.errors import ReadError

__all__ = ["WebAnnotation"]

CONTEXT = [
    "http://www.w3.org/ns/anno.jsonld",
    {
        "goldwire": "urn:goldwire:ns:",
        "goldwire:layer": {"@type": "xsd:string"},
        "goldwire:fields": {"@type": "@json"},
    },
]
_AROUND = 32
"""Code points of context in a quote selector."""
_WIKIDATA = "http://www.wikidata.org/entity/"


@dataclass(frozen=True)
class WebAnnotation:
    """A folder of DOCUMENT.jsonld and DOCUMENT.txt; a single page is read too, with texts from --texts or --gold."""

    name: ClassVar[str] = "w3c"
    about: ClassVar[str] = "W3C Web Annotation (JSON-LD), a page a document, beside its text"
    folder: ClassVar[bool] = True
    needs_text: ClassVar[bool] = True

    @property
    def holds(self) -> Holds:
        """Every layer of a document."""
        document = frozenset({"doc_id", "text", "published", "zones"})
        return {**EVERY_FIELD, "document": document, "arguments": EVERY_FIELD["arguments"] | {"head", "score"}}

    def read(self, path: Path, context: Context) -> Bundle:
        """The pages of a folder, or one page."""
        bundle = Bundle()
        pages = Pages(bundle, context)
        if path.is_dir():
            found = files_of(path, ".jsonld")
            if not found:
                raise ReadError(f"{path}: holds no .jsonld file")
            for doc_id, file in found:
                pages.read(file, doc_id)
        else:
            pages.read(path, None)
        level_layers(bundle.records, ["entities"])
        return bundle

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """A page and a text for every document."""
        files: dict[str, bytes] = {}
        for record in bundle.documents:
            name = file_name(record["doc_id"])
            page = json.dumps(_page(record, name, context), ensure_ascii=False, allow_nan=False, indent=1)
            files[f"{name}.txt"] = record["text"].encode("utf-8")
            files[f"{name}.jsonld"] = page.encode("utf-8") + b"\n"
        write_folder(path, files)


def _page(record: Record, name: str, context: Context) -> Record:
    source = quote(f"{name.rpartition('/')[2]}.txt")
    text = record["text"]
    marks, links = marks_of(record, context.losses)
    numbers = {mark.key: f"#a{i + 1}" for i, mark in enumerate(marks)}
    items = [_annotation(numbers[mark.key], mark, source, text) for mark in marks]
    for i, zone in enumerate(record.get("zones", [])):
        mark = Mark("_:", "zones", zone["start"], zone["end"], zone["zone"])
        items.append(_annotation(f"#z{i + 1}", mark, source, text))
    for i, link in enumerate(links):
        body: list[Record] = [{"type": "TextualBody", "purpose": "tagging", "value": link.label or ""}]
        body.append({"type": "SpecificResource", "purpose": "linking", "source": numbers[link.target]})
        item = {"id": f"#l{i + 1}", "type": "Annotation", "motivation": "linking", "body": body}
        item["target"] = numbers[link.source]
        items.append(item | ({"goldwire:fields": link.fields} if link.fields else {}))
    page: Record = {"@context": CONTEXT, "id": quote(f"{name.rpartition('/')[2]}.jsonld"), "type": "AnnotationPage"}
    fields = {"doc_id": record["doc_id"]} | ({"published": record["published"]} if "published" in record else {})
    return page | {"goldwire:fields": fields, "items": items}


def _annotation(number: str, mark: Mark, source: str, text: str) -> Record:
    fields = dict(mark.fields)
    if not mark.key.startswith("_:"):
        fields.setdefault("id", mark.key)
    body: list[Record] = []
    if mark.type is not None:
        body.append({"type": "TextualBody", "purpose": "classifying", "value": mark.type})
    if "kb_id" in fields:
        body.append({"type": "SpecificResource", "purpose": "identifying", "source": iri_of(fields["kb_id"])})
    quoted = {
        "type": "TextQuoteSelector",
        "exact": text[mark.start : mark.end],
        "prefix": text[max(0, mark.start - _AROUND) : mark.start],
        "suffix": text[mark.end : mark.end + _AROUND],
    }
    position = {"type": "TextPositionSelector", "start": mark.start, "end": mark.end}
    item: Record = {"id": number, "type": "Annotation", "motivation": "classifying", "goldwire:layer": mark.layer}
    item |= {"body": body} if body else {}
    item["target"] = {"source": source, "selector": [position, quoted]}
    return item | ({"goldwire:fields": fields} if fields else {})


def iri_of(kb_id: str) -> str:
    """A knowledge-base id as an IRI: Wikidata's Q numbers at their address, others quoted where they need it."""
    if kb_id[:1] == "Q" and kb_id[1:].isdigit():
        return _WIKIDATA + kb_id
    return kb_id if ":" in kb_id else "urn:kb:" + quote(kb_id)
