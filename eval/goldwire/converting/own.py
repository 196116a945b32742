"""Goldwire's own: prediction and gold files (JSON Lines, Parquet), annotation folders and built datasets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from goldwire.converting.bundle import Bundle, Holds, Record, kind_of, map_offsets, without_nulls
from goldwire.converting.context import Context
from goldwire.converting.units import Units
from goldwire.errors import ReadError
from goldwire.formats.records import ARGUMENT, EVENT, MENTION, TIME
from goldwire.formats.source import write_atomic
from goldwire.incidents import Incidents

__all__ = ["EVERYTHING", "Own"]

_ITEM = frozenset({"doc_id", "text", "sha256", "length", "published", "zones"})
EVERYTHING: Holds = {
    "header": frozenset({"system", "gold_digest", "threshold", "entity_scope", "corpus"}),
    "document": _ITEM,
    "entities": frozenset(field.name for field in MENTION),
    "events": frozenset(field.name for field in EVENT),
    "arguments": frozenset(field.name for field in ARGUMENT),
    "times": frozenset(field.name for field in TIME),
    "pairs": frozenset(
        ["a", "b", "score", "relation", "reuse_a", "reuse_b", "coverage_a", "coverage_b", "story", "provenance"]
    ),
    "passages": frozenset(["a", "a_start", "a_end", "b", "b_start", "b_end", "relation", "score", "edits"]),
    "clusters": frozenset({"doc_id", "cluster", "operations"}),
}
"""Every field there is."""

_NOT_CARRIED = {
    "entity_index": ("name", "kb_reason", "relations"),
    "event_instances": ("label", "start", "end", "roles", "links", "contrast"),
    "articles": ("headline", "agencies", "sentences", "rights"),
    "duplicates": ("evidence",),
    "passages": ("group", "note"),
}
"""Of gold: what records have no field for."""


@dataclass(frozen=True)
class Own:
    """Files and folders of Goldwire's own schema."""

    name: ClassVar[str] = "goldwire"
    about: ClassVar[str] = "Goldwire's own: JSON Lines or Parquet records, annotation folders, built datasets"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = False

    @property
    def holds(self) -> Holds:
        """Everything."""
        return EVERYTHING

    def read(self, path: Path, context: Context) -> Bundle:
        """A prediction or gold file, an annotation folder (or one pass of it), or a built dataset."""
        from goldwire.formats.dataset import is_dataset
        from goldwire.formats.folder import is_source
        from goldwire.reading import is_folder

        if not is_folder(path):
            return _from_file(path, context)
        if is_dataset(path):
            return _from_dataset(path, context)
        if is_source(path):
            return _from_source(path, context)
        raise ReadError(f"{path}: is neither a built dataset nor an annotation folder")

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """JSON Lines, or Parquet where the name ends so."""
        del context
        header = {"goldwire": 1, **bundle.header, "offset_unit": "codepoint"}
        if path.suffix == ".parquet":
            return _write_parquet(header, bundle.records, path)
        with write_atomic(path) as stream:
            for record in (header, *bundle.records):
                stream.write(json.dumps(record, ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n")
        return None


def _write_parquet(header: Record, records: list[Record], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from goldwire.formats.records import RECORD

    table = pa.Table.from_pylist(records, schema=RECORD)
    metadata = {"goldwire": json.dumps(header, ensure_ascii=False)}
    with write_atomic(path) as stream:
        pq.write_table(table.replace_schema_metadata(metadata), stream, compression="zstd")


def _from_file(path: Path, context: Context) -> Bundle:
    from goldwire.reading import read_file

    file = read_file(path, context.incidents)
    header = {key: value for key, value in file.header.items() if key not in ("goldwire", "offset_unit")}
    bundle = Bundle(header)
    unit = file.header.get("offset_unit", "codepoint")
    for number, row in enumerate(file.records.to_pylist()):
        record = bundle.add(without_nulls(row), *file.place(number, ()))
        if unit != "codepoint":
            _to_code_points(record, unit, bundle.places[-1], context)
    return bundle


def _to_code_points(record: Record, unit: str, place: tuple[str, int], context: Context) -> None:
    tables: dict[str, Units] = {}

    def convert(doc_id: str, offset: int, item: str) -> int:
        if doc_id not in tables:
            own = record if kind_of(record) == "document" else {"doc_id": doc_id}
            tables[doc_id] = Units(context.needed_text(own), unit)
        found = tables[doc_id].inward(offset)
        if found is None:
            rule = "offset-unit" if 0 <= offset <= tables[doc_id].length else "offset-range"
            expected = f"an offset between characters, counted in {unit}"
            context.incidents.add(rule, *place, item=item, found=str(offset), expected=expected)
            return 0
        return found

    map_offsets(record, convert)


def _from_source(path: Path, context: Context) -> Bundle:
    from goldwire.building.rules import check_source
    from goldwire.formats.folder import read_source

    source = read_source(path, context.incidents)
    found = Incidents()
    check_source(source, found)
    context.incidents.extend(found.items)
    file = source.records()
    kb = {row["entity_id"]: row["kb_id"] for row in source.index("entities")}
    bundle = Bundle({"entity_scope": "corpus", "corpus": _about(dict(file.header["corpus"]))})
    for number, row in enumerate(file.records.to_pylist()):
        bundle.add(_with_kb(without_nulls(row), kb), *file.place(number, ()))
    _note(context, "entity_index", source.index("entities"))
    _note(context, "event_instances", source.index("event_instances"))
    _note(context, "articles", [article.content for article in source.articles.values()])
    _note(context, "duplicates", source.index("duplicates"))
    _note(context, "passages", source.index("passages"))
    return bundle


def _from_dataset(path: Path, context: Context) -> Bundle:
    from goldwire.formats.dataset import read_config, read_manifest

    manifest = read_manifest(path)
    rows = {name: read_config(path, name, context.incidents, manifest).to_pylist() for name in manifest["configs"]}
    kb = {row["entity_id"]: row["kb_id"] for row in rows["entity_index"]}
    lists: dict[str, dict[str, list[Record]]] = {"entities": {}, "events": {}, "times": {}}
    for row in rows["entities"]:
        lists["entities"][row["doc_id"]] = row["mentions"]
    for row in rows["times"]:
        lists["times"].setdefault(row["doc_id"], []).append(row)
    for row in rows["events"]:
        source = {key: row[f"attribution_{key}"] for key in ("source", "via", "event")}
        given = source if any(source.values()) else None
        lists["events"].setdefault(row["doc_id"], []).append({**row, "attribution": given})
    corpus = {"name": manifest["name"], "version": manifest["version"]}
    bundle = Bundle({"entity_scope": "corpus", "corpus": corpus, "gold_digest": manifest["digest"]})
    for row in rows["articles"]:
        record = {key: row[key] for key in EVERYTHING["document"]}
        for layer, by_document in lists.items():
            record[layer] = [_held(item, layer) for item in by_document.get(row["doc_id"], [])]
        bundle.add(_with_kb(without_nulls(record), kb), path)
    for kind in ("duplicates", "passages"):
        layer = "pairs" if kind == "duplicates" else kind
        for row in rows[kind]:
            bundle.add(without_nulls({key: row[key] for key in EVERYTHING[layer] if key in row}), path)
    for name in _NOT_CARRIED:
        _note(context, name, rows[name])
    return bundle


def _held(item: Record, layer: str) -> Record:
    return {key: value for key, value in item.items() if key in EVERYTHING[layer]}


def _with_kb(record: Record, kb: dict[str, str | None]) -> Record:
    """Gold keeps the knowledge-base id with the entity, records with every mention of it."""
    for mention in record.get("entities", []):
        if mention.get("metonymic") is False:
            del mention["metonymic"]
        if kb.get(mention.get("entity_id", "")):
            mention["kb_id"] = kb[mention["entity_id"]]
    return record


def _about(corpus: dict[str, Any]) -> dict[str, Any]:
    return {key: corpus[key] for key in ("name", "version", "labels") if key in corpus}


def _note(context: Context, name: str, rows: list[dict[str, Any]]) -> None:
    """Losses of what records have no field for."""
    given = {
        key: [i for i, row in enumerate(rows) if row.get(key) or (key == "rights" and row.get("rights_holder"))]
        for key in _NOT_CARRIED[name]
    }
    met = sorted({i for places in given.values() for i in places})
    if met:
        what = ", ".join(key for key, places in given.items() if places)
        context.losses.add(name, f"{what} (only gold has them)", f"{name}[{met[0]}]", len(met))
