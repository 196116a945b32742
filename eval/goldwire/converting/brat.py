"""brat stand-off: a folder of texts (.txt) with their annotation (.ann) beside them.

https://brat.nlplab.org/standoff.html. Offsets are code points into the text. Mentions, triggers and times are T lines,
events E lines, coreference "* Equiv" lines (of events: between their triggers), attributes A lines, knowledge-base ids
N lines. What brat has no line for (ids, heads, scores, values of times) goes into a note of type Goldwire as JSON,
unless ``notes`` is off.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from goldwire.converting.brat_reading import read_folder
from goldwire.converting.brat_writing import configuration, written
from goldwire.converting.bundle import Bundle, Holds
from goldwire.converting.context import Context
from goldwire.converting.files import file_name, write_folder
from goldwire.converting.own import EVERYTHING

__all__ = ["Brat"]

_PLAIN: Holds = {
    "header": frozenset(),
    "document": frozenset({"doc_id", "text"}),
    "entities": frozenset(["start", "end", "fragments", "type", "level", "entity_id", "kb_id", "metonymic"]),
    "events": frozenset(["type", "trigger", "instance_id", "polarity", "modality", "tense", "genericity"]),
    "arguments": frozenset(["role", "start", "end", "entity_id", "time_id", "event_id"]),
    "times": frozenset(["id", "start", "end", "type"]),
}


@dataclass(frozen=True)
class Brat:
    """brat stand-off.

    notes: write JSON notes for what brat has no line for. times: T lines of this type, or of it, an underscore and a
    TIMEX3 type, are times; all other T lines are mentions or triggers.
    """

    name: ClassVar[str] = "brat"
    about: ClassVar[str] = "brat stand-off: .txt and .ann files, with coreference, attributes, normalisations and notes"
    folder: ClassVar[bool] = True
    needs_text: ClassVar[bool] = True

    notes: bool = True
    times: str = "TIMEX3"

    @property
    def holds(self) -> Holds:
        """With notes everything about documents but zones and dates; without, what brat itself has lines for."""
        if not self.notes:
            return _PLAIN
        return {layer: EVERYTHING[layer] if layer not in ("header", "document") else _PLAIN[layer] for layer in _PLAIN}

    def read(self, path: Path, context: Context) -> Bundle:
        """A collection: every .txt or .ann file below a folder; or one .ann file with its text."""
        return read_folder(path, self.times, context)

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """A collection with an annotation.conf that declares its labels."""
        files: dict[str, bytes] = {}
        for record in bundle.documents:
            name = file_name(record["doc_id"])
            files[f"{name}.txt"] = record["text"].encode()
            files[f"{name}.ann"] = written(record, self.notes, self.times, context.losses).encode()
        files["annotation.conf"] = configuration(bundle.documents, self.times).encode()
        write_folder(path, files)
