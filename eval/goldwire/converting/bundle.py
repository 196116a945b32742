"""The common interchange of all formats: a header and plain records, shaped as schema/prediction.schema.json says.

Conversion is not on the scoring path, so records are dictionaries. Offsets are code points. A field without a value is
absent, never None. Copies of text at offsets are left out wherever the text itself is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from goldwire.converting.losses import Losses

__all__ = [
    "ITEM_LAYERS",
    "KINDS",
    "Bundle",
    "Holds",
    "Record",
    "kind_of",
    "level_layers",
    "map_offsets",
    "without_nulls",
]

Record = dict[str, Any]

ITEM_LAYERS = ("entities", "events", "times")
"""The list fields of a document that are layers of annotation."""

KINDS = ("document", "pairs", "passages", "clusters")

Holds = dict[str, frozenset[str]]
"""What a format can hold: fields per "header", "document", "entities", "events", "arguments", "times", "pairs",
"passages", "clusters". A layer that is not named is not held at all."""

_TECHNICAL = frozenset({"goldwire", "offset_unit"})
_DERIVED = frozenset({"sha256", "length"})


@dataclass
class Bundle:
    """What one file or folder holds.

    header:  the fields of a prediction file's first line, without "goldwire" and "offset_unit".
    records: documents (with "doc_id"), cluster lines ("doc_id" and "cluster"), pairs and passages ("a" and "b").
    places:  (file, line) of each record, for messages; empty where a bundle was not read from a file.
    """

    header: dict[str, Any] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)

    def add(self, record: Record, path: object, line: int = 0) -> Record:
        """Append a record that was read at a place; returns it."""
        self.records.append(record)
        self.places.append((str(path), line))
        return record

    def of(self, kind: str) -> list[Record]:
        """The records of a kind: "document", "pairs", "passages" or "clusters"."""
        return [record for record in self.records if kind_of(record) == kind]

    @property
    def documents(self) -> list[Record]:
        """The document records."""
        return self.of("document")

    def layers(self) -> list[str]:
        """The layers that the records speak of, an empty list included."""
        found = {kind_of(record) for record in self.records} - {"document"}
        found |= {name for record in self.documents for name in ITEM_LAYERS if name in record}
        return [name for name in (*ITEM_LAYERS, *KINDS) if name in found]

    def unheld(self, holds: Holds, losses: Losses) -> None:
        """Count everything in the bundle that lies outside ``holds``."""
        for key in self.header:
            if key not in _TECHNICAL and key not in holds.get("header", ()):
                losses.add("header", key, "header")
        for number, record in enumerate(self.records, 1):
            kind = kind_of(record)
            place = record.get("doc_id") or (
                f"{record['a']} and {record['b']}" if "b" in record else f"record {number}"
            )
            if kind not in holds:
                losses.add(kind, "the whole layer" if kind != "document" else "documents", place)
            derived = _DERIVED if "text" in record else frozenset()
            for key in record.keys() - holds.get(kind, record.keys()) - derived - set(ITEM_LAYERS):
                losses.add(kind, key, place)
            for layer in ITEM_LAYERS if kind == "document" else ():
                _unheld_items(layer, record.get(layer, []), holds, losses, f"{place} {layer}")


def _unheld_items(layer: str, items: list[Record], holds: Holds, losses: Losses, place: str) -> None:
    if layer not in holds:
        if items:
            losses.add(layer, "the whole layer", f"{place}[0]", len(items))
        return
    for i, item in enumerate(items):
        for key in sorted(item.keys() - holds[layer] - {"arguments"}):
            losses.add(layer, key, f"{place}[{i}]")
        if layer == "events":
            _unheld_items("arguments", item.get("arguments", []), holds, losses, f"{place}[{i}].arguments")


def kind_of(record: Record) -> str:
    """ "document", "pairs", "passages" or "clusters"."""
    if "a" in record or "b" in record:
        return "passages" if any(f"{side}_{end}" in record for side in "ab" for end in ("start", "end")) else "pairs"
    return "clusters" if "cluster" in record else "document"


def without_nulls(value: Any) -> Any:
    """A record without the fields that have no value, all the way down."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_nulls(inner) for inner in value]
    return value


def level_layers(records: Iterable[Record], always: Iterable[str] = ()) -> None:
    """Give every document an (empty) list for each layer that any of them has items of, and for those of ``always``.

    Most formats cannot tell "nothing found" from "not looked for": a layer met anywhere was looked for everywhere.
    """
    documents = [record for record in records if kind_of(record) == "document"]
    met = {name for record in documents for name in ITEM_LAYERS if record.get(name)} | set(always)
    for record in documents:
        for name in ITEM_LAYERS:
            if name in met:
                record.setdefault(name, [])
            elif not record.get(name):
                record.pop(name, None)


def map_offsets(record: Record, convert: Callable[[str, int, str], int]) -> None:
    """Replace every offset of a record, in place.

    convert: called with document id, offset, and the path of the item ("events[3].arguments[0]"); gives the new one.
    """
    if kind_of(record) != "document":
        for side in "ab":
            for key in (f"{side}_start", f"{side}_end"):
                if isinstance(record.get(key), int):
                    record[key] = convert(record.get(side, ""), record[key], key)
        return
    doc_id = record.get("doc_id", "")
    for item, path in _spanned(record):
        for key in ("start", "end"):
            if isinstance(item.get(key), int):
                item[key] = convert(doc_id, item[key], path)
        for key in ("fragments", "trigger", "head"):
            if isinstance(item.get(key), list):
                item[key] = [convert(doc_id, offset, path) for offset in item[key]]


def _spanned(record: Record) -> Iterator[tuple[Record, str]]:
    for layer in ("zones", *ITEM_LAYERS):
        for i, item in enumerate(record.get(layer, [])):
            yield item, f"{layer}[{i}]"
            for j, argument in enumerate(item.get("arguments", []) if layer == "events" else []):
                yield argument, f"{layer}[{i}].arguments[{j}]"
