"""What every reader's bundle goes through: into normal form, then the rules that predictions and gold are held to."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from goldwire.converting.bundle import ITEM_LAYERS, Bundle, Record, kind_of
from goldwire.converting.context import Context
from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.formats.check import check_layers
from goldwire.formats.jsonl import RecordFile, parse_jsonl
from goldwire.formats.records import Layer, flatten
from goldwire.incidents import Incidents
from goldwire.reading import reference_of

__all__ = ["checked"]


def checked(bundle: Bundle, path: str, context: Context) -> Bundle:
    """The bundle in normal form, without the records and items that break a rule; each of them is an incident.

    Normal form: mentions in several pieces have their borders beside the pieces, one piece is no fragment, empty lists
    of an event's arguments and times are absent, and so are checksums and copies of text where the text is known.
    """
    for record in bundle.records:
        _shape(record)
    places = bundle.places or [(path, 0)] * len(bundle.records)
    lines = ['{"goldwire": 1}']
    for record, place in zip(bundle.records, places, strict=True):
        lines.append(json.dumps(_with_text(record, place, context)))
    parsed = Incidents()
    file = parse_jsonl("\n".join(lines).encode(), path, parsed)
    numbers = [file.place(record, ())[1] - 2 for record in range(len(file.records))]
    for incident in parsed:  # their lines are those of the records
        where, line = places[max(incident.line - 2, 0)] if places else (path, 0)
        context.incidents.extend([replace(incident, path=where, line=line)])
    located = replace(file, place=lambda record, _: places[numbers[record]])
    layers = flatten(located.records)
    checked_layers = _held_to_rules(located, layers, context.incidents)
    kept = _kept(bundle, layers, checked_layers, numbers)
    for record in kept.records:
        _shape(record)
        _without_copies(record, context)
    return kept


def _shape(record: Record) -> None:
    for item in _items(record, "entities"):
        pieces = item.get("fragments")
        if isinstance(pieces, list) and len(pieces) >= 2:
            item.setdefault("start", pieces[0])
            item.setdefault("end", pieces[-1])
        if pieces is not None and (not pieces or len(pieces) == 2):
            del item["fragments"]
        if item.get("metonymic") is False:
            del item["metonymic"]
    for item in _items(record, "events"):
        for key in ("arguments", "times", "attribution"):
            if key in item and not item[key]:
                del item[key]


def _items(record: Record, layer: str) -> list[Record]:
    """The items of a layer, as far as they have the shape of items: what has not is told by the rules."""
    items = record.get(layer)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _with_text(record: Record, place: tuple[str, int], context: Context) -> Record:
    """The record with its text, from outside if need be, against which its offsets are checked."""
    if kind_of(record) != "document" or not isinstance(record.get("doc_id"), str):
        return record
    own, known = record.get("text"), context.texts.get(record["doc_id"])
    if own is None:
        return record if known is None else {**record, "text": known}
    if known is not None and own != known:
        context.incidents.add(
            "checksum", *place, item=record["doc_id"], found="a text that differs", expected="the text known by this id"
        )
    return record


def _held_to_rules(file: RecordFile, layers: dict[str, Layer], incidents: Incidents) -> dict[str, Layer]:
    tables = {name: layer.table.select(SCHEMAS[name].names) for name, layer in layers.items()}
    ids: dict[str, None] = {}
    for name, columns in (("articles", ("doc_id",)), ("clusters", ("doc_id",)), ("links", "ab"), ("passages", "ab")):
        for column in columns if name in tables else ():
            ids |= dict.fromkeys(value for value in tables[name][column].to_pylist() if value is not None)
    return check_layers(file, layers, reference_of(Corpus(tuple(ids), tables)), incidents)


def _kept(bundle: Bundle, before: dict[str, Layer], after: dict[str, Layer], numbers: list[int]) -> Bundle:
    """The bundle without what the rules have thrown out, or what was no record at all."""
    read = set(numbers)
    gone: dict[str, set[tuple[int, int, int]]] = {}
    for name, layer in before.items():
        if len(layer.record) > len(after[name].record):
            gone[name] = _places(layer, numbers) - _places(after[name], numbers)
    whole = {number for name in ("articles", "links", "passages", "clusters") for number, _, _ in gone.get(name, ())}
    kept = Bundle(bundle.header)
    for number, record in enumerate(bundle.records):
        if number in whole or number not in read:
            continue
        for i, event in enumerate(record.get("events", []) if gone.get("arguments") else []):
            left = [x for j, x in enumerate(event.get("arguments", [])) if (number, i, j) not in gone["arguments"]]
            event["arguments"] = left
        for listing, name in zip(ITEM_LAYERS, ("mentions", "triggers", "times"), strict=True):
            if gone.get(name) and listing in record:
                record[listing] = [x for i, x in enumerate(record[listing]) if (number, i, -1) not in gone[name]]
        kept.records.append(record)
        kept.places += bundle.places[number : number + 1]
    return kept


def _places(layer: Layer, numbers: list[int]) -> set[tuple[int, int, int]]:
    record = np.array(numbers, np.int64)[layer.record] if len(numbers) else layer.record
    return set(zip(record.tolist(), layer.item.tolist(), layer.sub.tolist(), strict=True))


def _without_copies(record: Record, context: Context) -> None:
    if kind_of(record) != "document" or context.text_of(record) is None:
        return
    if "text" in record:
        record.pop("sha256", None)
        record.pop("length", None)
    for layer in ITEM_LAYERS:
        for item in record.get(layer, []):
            item.pop("text", None)
            for argument in item.get("arguments", []):
                argument.pop("text", None)
