"""Flat rows: one mention, event argument, time, pair or passage a row, in CSV, TSV, JSON Lines or Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from goldwire.converting.bundle import Bundle, Holds, Record, level_layers, map_offsets
from goldwire.converting.context import Context
from goldwire.converting.own import EVERYTHING
from goldwire.converting.sheets import Row, number_of, read_rows, text_of, write_rows
from goldwire.converting.units import Units
from goldwire.errors import UsageError
from goldwire.incidents import did_you_mean

__all__ = ["Rows"]

_STRING, _INT, _FLOAT, _BOOL, _INTS, _STRINGS = "string", "int", "float", "bool", "ints", "strings"
_ARROW = {
    _STRING: pa.string(), _INT: pa.int32(), _FLOAT: pa.float64(), _BOOL: pa.bool_(), _INTS: pa.list_(pa.int32()),
    _STRINGS: pa.list_(pa.string()),
}  # fmt: skip

_SPAN = {"doc_id": _STRING, "id": _STRING, "start": _INT, "end": _INT, "text": _STRING, "type": _STRING}
_HEAD = {"head_start": _INT, "head_end": _INT}
COLUMNS: dict[str, dict[str, str]] = {
    "entities": _SPAN | {"fragments": _INTS} | _HEAD
    | {"level": _STRING, "entity_id": _STRING, "kb_id": _STRING, "metonymic": _BOOL, "score": _FLOAT},
    "times": _SPAN | dict.fromkeys(("value", "resolved", "anchor", "basis"), _STRING) | {"score": _FLOAT},
    "events": {"doc_id": _STRING, "id": _STRING, "type": _STRING, "trigger": _INTS, "text": _STRING} | _HEAD
    | dict.fromkeys(("instance_id", "polarity", "modality", "tense", "genericity"), _STRING)
    | dict.fromkeys(("source", "via", "statement"), _STRING) | {"score": _FLOAT}
    | {"role": _STRING, "start": _INT, "end": _INT, "filler": _STRING, "filler_head_start": _INT,
       "filler_head_end": _INT, "entity_id": _STRING, "event_id": _STRING, "filler_score": _FLOAT},
    "pairs": dict.fromkeys(("a", "b"), _STRING) | {"score": _FLOAT}
    | dict.fromkeys(("relation", "reuse_a", "reuse_b"), _STRING) | {"coverage_a": _FLOAT, "coverage_b": _FLOAT}
    | {"story": _STRING, "provenance": _STRING},
    "passages": {"a": _STRING, "a_start": _INT, "a_end": _INT, "b": _STRING, "b_start": _INT, "b_end": _INT,
                 "relation": _STRING, "score": _FLOAT},
    "clusters": {"doc_id": _STRING, "cluster": _STRING},
}  # fmt: skip
"""Columns of each layer. Of events a row is an argument, or an event without any; what is said of the event stands in
every row of it. "filler" is the text of an argument."""

_ALSO = {
    "doc_id": "document_id docid document doc file filename", "start": "begin start_char start_offset char_start",
    "end": "stop end_char end_offset char_end", "type": "label tag category ner entity_type event_type",
    "text": "mention surface string word", "kb_id": "qid wikidata", "score": "confidence probability",
    "entity_id": "cluster_id coref_id chain", "value": "timex_value",
}  # fmt: skip
"""Other names that columns go by."""


@dataclass(frozen=True)
class Rows:
    """Flat rows.

    layer: entities, events, times, pairs, passages or clusters; a file holds one of them. unit: what its offsets count,
    codepoint, utf16 or byte.
    """

    name: ClassVar[str] = "rows"
    about: ClassVar[str] = (
        "flat rows in CSV, TSV, JSON Lines or Parquet: one layer a file, entities unless set otherwise"
    )
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = False

    layer: str = "entities"
    unit: str = "codepoint"

    def __post_init__(self) -> None:
        if self.layer not in COLUMNS:
            near = did_you_mean(self.layer, COLUMNS)
            hint = f"did you mean {near!r}?" if near else f"layers: {', '.join(COLUMNS)}"
            raise UsageError(f"rows hold no layer {self.layer!r}; {hint}")
        Units("", self.unit)

    @property
    def holds(self) -> Holds:
        """One layer."""
        if self.layer in ("pairs", "passages", "clusters"):
            return {self.layer: EVERYTHING[self.layer] - {"edits", "operations"}}  # lists of words, which no cell holds
        held: Holds = {"document": frozenset({"doc_id"}), self.layer: EVERYTHING[self.layer]}
        if self.layer == "events":  # no reference to times, which are not in the file
            held |= {"events": held["events"] - {"times"}, "arguments": EVERYTHING["arguments"] - {"time_id"}}
        return held

    def read(self, path: Path, context: Context) -> Bundle:
        """Rows of the layer; columns may be missing, or go by other usual names."""
        bundle = Bundle()
        documents: dict[str, Record] = {}
        strange: dict[str, None] = {}
        events: dict[tuple[str, str], Record] = {}
        for row in read_rows(path, context):
            row = self._renamed(row, strange)
            if self.layer in ("pairs", "passages", "clusters"):
                bundle.add(self._values(row, context), row.path, row.line)
                continue
            if "doc_id" not in row.cells:
                context.incidents.add("foreign-syntax", str(row.path), row.line, expected="a document id")
                continue
            doc_id = text_of(row.cells["doc_id"])
            if doc_id not in documents:
                documents[doc_id] = bundle.add({"doc_id": doc_id, self.layer: []}, row.path, row.line)
            self._item(row, documents[doc_id], events, context)
        for name in strange:
            context.losses.add(self.layer, f"the column {name}", str(path))
        level_layers(bundle.records, [self.layer] if self.layer in ("entities", "times", "events") else [])
        _convert(bundle, self.unit, context, outward=False)
        return bundle

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """One file; its kind is told by its name (.csv, .tsv, .jsonl, .parquet)."""
        columns = COLUMNS[self.layer]
        rows: list[dict[str, Any]] = []
        if self.layer in ("pairs", "passages", "clusters"):
            copies = [dict(record) for record in bundle.of(self.layer)]
            _convert(Bundle(records=copies), self.unit, context, outward=True)
            rows = copies
        for record in bundle.documents if self.layer not in ("pairs", "passages", "clusters") else []:
            if not record.get(self.layer):
                context.losses.add("document", "a document without rows", record["doc_id"])
            rows += self._outward(self._rows(record, context), record, context)
        schema = pa.schema([(name, _ARROW[kind]) for name, kind in columns.items()])
        write_rows(path, schema, rows)

    def _rows(self, record: Record, context: Context) -> Iterator[dict[str, Any]]:
        text = context.text_of(record)
        for item in record.get(self.layer, []):
            if self.layer == "events":
                yield from _of_event(record["doc_id"], item, text)
            else:
                yield _of_item(record["doc_id"], item, text)

    def _outward(self, rows: Iterator[dict[str, Any]], record: Record, context: Context) -> Iterator[dict[str, Any]]:
        """The rows of a document with their offsets in the unit of the file."""
        if self.unit == "codepoint":
            yield from rows
            return
        units = Units(context.needed_text(record), self.unit)
        for row in rows:
            for name, kind in COLUMNS[self.layer].items():
                value = row.get(name)
                if value is not None and kind == _INT:
                    row[name] = units.outward(value)
                elif value is not None and kind == _INTS:
                    row[name] = [units.outward(offset) for offset in value]
            yield row

    def _renamed(self, row: Row, strange: dict[str, None]) -> Row:
        """The row under our names; names of columns that mean nothing are collected."""
        known = COLUMNS[self.layer]
        names = {other: name for name, others in _ALSO.items() if name in known for other in others.split()}
        cells: dict[str, Any] = {}
        for key, value in row.cells.items():
            plain = key.strip().lower().replace(" ", "_")
            name = key if key in known else plain if plain in known else names.get(plain, "")
            if name and name not in cells:
                cells[name] = value
            else:
                strange[key] = None
        return Row(row.path, row.line, cells)

    def _values(self, row: Row, context: Context) -> Record:
        """The cells of a row as what their columns hold."""
        found: Record = {}
        for name, kind in COLUMNS[self.layer].items():
            if name not in row.cells:
                continue
            value = row.cells[name]
            if kind in (_INT, _FLOAT):
                number = number_of(row, name, context, int if kind == _INT else float)
                found |= {name: number} if number is not None else {}
            elif kind == _BOOL:
                found[name] = text_of(value).lower() in ("true", "1", "yes")
            elif kind in (_INTS, _STRINGS):
                pieces = value if isinstance(value, list) else str(value).split()
                rows = [Row(row.path, row.line, {name: piece}) for piece in pieces]
                cells = [number_of(r, name, context) if kind == _INTS else text_of(r.cells[name]) for r in rows]
                found |= {name: cells} if None not in cells else {}
            else:
                found[name] = text_of(value)
        return found

    def _item(self, row: Row, document: Record, events: dict[tuple[str, str], Record], context: Context) -> None:
        values = self._values(row, context)
        del values["doc_id"]
        if "head_start" in values and "head_end" in values:
            values["head"] = [values["head_start"], values["head_end"]]
        for name in ("head_start", "head_end"):
            values.pop(name, None)
        items: list[Record] = document[self.layer]
        if self.layer != "events":
            items.append(values)
            return
        argument = _argument(values)
        event = events.get((document["doc_id"], values.get("id", "")))
        if event is None:
            event = values
            items.append(event)
            if "id" in event:
                events[document["doc_id"], event["id"]] = event
        if argument:
            event.setdefault("arguments", []).append(argument)


def _argument(values: Record) -> Record:
    """Take the argument out of the values of a row, and put the attribution of the event together."""
    argument: Record = {
        key: values.pop(key) for key in ("role", "start", "end", "entity_id", "event_id") if key in values
    }
    if "filler" in values:
        argument["text"] = values.pop("filler")
    if "filler_score" in values:
        argument["score"] = values.pop("filler_score")
    head = [values.pop(key, None) for key in ("filler_head_start", "filler_head_end")]
    if None not in head:
        argument["head"] = head
    names = {"source": "source", "via": "via", "statement": "event"}
    attribution = {names[key]: values.pop(key) for key in names if key in values}
    if attribution:
        values["attribution"] = attribution
    return argument


def _of_item(doc_id: str, item: Record, text: str | None) -> dict[str, Any]:
    row = {"doc_id": doc_id, **item}
    if text is not None and "fragments" not in item:
        row["text"] = text[item["start"] : item["end"]]
    row["head_start"], row["head_end"] = row.pop("head", (None, None))
    return row


def _of_event(doc_id: str, item: Record, text: str | None) -> Iterator[dict[str, Any]]:
    row = {"doc_id": doc_id, **item}
    if text is not None and len(item["trigger"]) == 2:
        row["text"] = text[slice(*item["trigger"])]
    row["head_start"], row["head_end"] = row.pop("head", (None, None))
    attribution = row.pop("attribution", {})
    row |= {"source": attribution.get("source"), "via": attribution.get("via"), "statement": attribution.get("event")}
    for argument in row.pop("arguments", []) or [{}]:
        filler = dict(argument)
        filler["filler_head_start"], filler["filler_head_end"] = filler.pop("head", (None, None))
        filler["filler_score"] = filler.pop("score", None)
        filler["filler"] = filler.pop("text", None)
        if text is not None and "start" in filler:
            filler["filler"] = text[filler["start"] : filler["end"]]
        yield {**row, **filler}


def _convert(bundle: Bundle, unit: str, context: Context, *, outward: bool) -> None:
    """Offsets of all records from or into another unit, in place."""
    if unit == "codepoint":
        return
    tables: dict[str, Units] = {}
    for record, place in zip(bundle.records, bundle.places or [("", 0)] * len(bundle.records), strict=True):

        def convert(doc_id: str, offset: int, item: str, place: tuple[str, int] = place) -> int:
            if doc_id not in tables:
                tables[doc_id] = Units(context.needed_text({"doc_id": doc_id}), unit)
            if outward:
                return tables[doc_id].outward(offset)
            found = tables[doc_id].inward(offset)
            if found is None:
                expected = f"an offset between characters, counted in {unit}"
                context.incidents.add("offset-unit", *place, item=item, found=str(offset), expected=expected)
            return 0 if found is None else found

        map_offsets(record, convert)
