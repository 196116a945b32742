"""The format "span-lines": one mention a line, document, start, end and type between tabs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from goldwire.converting.bundle import Bundle, Holds
from goldwire.converting.context import Context
from goldwire.converting.files import read_text
from goldwire.formats.source import write_text


@dataclass(frozen=True)
class SpanLines:
    """Mentions as lines of four fields. Whatever else a bundle has, Goldwire lists as lost."""

    name: ClassVar[str] = "span-lines"
    about: ClassVar[str] = "mentions as tab-separated lines: document, start, end, type"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = False

    @property
    def holds(self) -> Holds:
        """What a file can hold; offsets are checked after reading, by Goldwire."""
        return {"document": frozenset({"doc_id"}), "entities": frozenset({"start", "end", "type"})}

    def read(self, path: Path, context: Context) -> Bundle:
        """The documents in the order of their first mention; a line that is none is an incident."""
        bundle = Bundle()
        documents: dict[str, list[dict[str, object]]] = {}
        for number, line in enumerate((read_text(path, context) or "").splitlines(), start=1):
            fields = line.split("\t")
            if len(fields) != 4 or not (fields[1] + fields[2]).isdecimal():
                context.incidents.add("foreign-syntax", str(path), number, found=line, expected="doc, start, end, type")
                continue
            doc_id, start, end, kind = fields
            if doc_id not in documents:
                documents[doc_id] = bundle.add({"doc_id": doc_id, "entities": []}, path, number)["entities"]
            documents[doc_id].append({"start": int(start), "end": int(end), "type": kind})
        return bundle

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """A line a mention; a document without any is lost, and said so."""
        lines = []
        for record in bundle.documents:
            mentions = record.get("entities", [])
            lines += [f"{record['doc_id']}\t{m['start']}\t{m['end']}\t{m.get('type', '')}\n" for m in mentions]
            if not mentions:
                context.losses.add("document", "no mention", record["doc_id"])
        write_text(path, "".join(lines))
