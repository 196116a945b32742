"""A built dataset folder, read straight from its Parquet files: no `datasets`, no cache, no network."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from goldwire.corpus.digest import release_digest, table_digest
from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.errors import ReadError
from goldwire.formats.records import ATTRIBUTION, EVENT, MENTION, TIME, ZONE, argument_layer, explode, item_layer
from goldwire.formats.source import read_bytes
from goldwire.formats.strict_json import StrictJSONError, loads
from goldwire.incidents import Incidents, path_text
from goldwire.paths import data_folder
from goldwire.schemas import errors_of

__all__ = [
    "check_digests",
    "check_release",
    "config_layers",
    "contrasts",
    "is_dataset",
    "is_inside",
    "is_withheld",
    "read_config",
    "read_dataset",
    "read_manifest",
    "read_shard",
    "shipped_digest",
    "with_kb",
]


def is_dataset(folder: Path) -> bool:
    """Whether a folder is a built dataset."""
    return (folder / "digests.json").is_file()


def is_inside(name: str) -> bool:
    """Whether a relative name stays inside its folder; links are not followed, since a hub's cache is made of them."""
    path = PurePath(name)
    return not path.is_absolute() and ".." not in path.parts and bool(path.parts)


def is_withheld(manifest: Mapping[str, Any]) -> bool:
    """Whether the dataset of a manifest is a text-free release."""
    return bool(manifest.get("text") == "withheld")


def shipped_digest(entry: Mapping[str, Any]) -> str:
    """The digest of a config's rows as they lie in the file; a text-free release has other rows than its ``digest``."""
    return str(entry.get("digest_without_text", entry["digest"]))


def read_manifest(folder: Path) -> dict[str, Any]:
    """digests.json: name, version, digest, and file, rows and checksums of each config. Raises ReadError."""
    path = folder / "digests.json"
    try:
        manifest = loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReadError(f"{folder}: is no built dataset (no digests.json); `goldwire build` makes one") from None
    except (OSError, UnicodeDecodeError, StrictJSONError) as error:
        raise ReadError(f"{path}: cannot be read ({error})") from None
    if folder != data_folder("dataset"):  # the packaged one is known to be sound, and checking takes its time
        problems = [f"{path_text(where)}: {message}" for where, message in errors_of("manifest", manifest)]
        if problems:
            raise ReadError(f"{path}: is no manifest of a dataset ({problems[0]})")
    content: dict[str, Any] = manifest
    return content


def read_config(folder: Path, name: str, incidents: Incidents, manifest: dict[str, Any] | None = None) -> pa.Table:
    """One config as it was published; data that is not what the manifest says is an incident (stale or edited).

    A config may come in several shards, whose rows follow one another, and as Parquet or JSON Lines.
    Raises ReadError where one of the config's files lies outside the folder or is missing.
    """
    entry = (manifest or read_manifest(folder))["configs"][name]
    shards = [read_shard(folder, name, shard, incidents) for shard in entry.get("shards") or [entry]]
    return pa.concat_tables(shards).combine_chunks() if len(shards) > 1 else shards[0]


def read_shard(folder: Path, name: str, entry: Mapping[str, Any], incidents: Incidents) -> pa.Table:
    """As ``read_config``, of one file of the config; ``entry`` is what the manifest says of it."""
    schema = _schema(name)
    if "\0" in entry["file"]:
        raise ReadError(f"{folder}: config {name!r} names no possible file: {entry['file']!r}")
    path = folder / entry["file"]
    if not is_inside(entry["file"]):
        raise ReadError(f"{folder}: config {name!r} points outside the dataset: {entry['file']}")
    data = read_bytes(path, incidents)
    found = hashlib.sha256(data).hexdigest()
    if found != entry["sha256"]:
        stated = f"sha256 {entry['sha256']}"
        incidents.add("checksum", str(path), 0, item=f"config {name!r}", found=f"sha256 {found}", expected=stated)
        return schema.empty_table()
    try:
        table = _read_lines(data, schema) if path.suffix == ".jsonl" else _read_parquet(data)
    except (pa.ArrowInvalid, OSError) as error:
        incidents.add("truncated-archive", str(path), 0, found=str(error).splitlines()[0])
        return schema.empty_table()
    if table.schema != schema:
        raise ReadError(f"{path}: its columns are not those of the config {name!r}")
    return table


def _schema(name: str) -> pa.Schema:
    from goldwire.building.tables import CLUSTERS, CONFIGS

    return CLUSTERS if name == "clusters" else CONFIGS[name]


def _read_parquet(data: bytes) -> pa.Table:
    return pq.ParquetFile(pa.BufferReader(data)).read().replace_schema_metadata(None)


def _read_lines(data: bytes, schema: pa.Schema) -> pa.Table:
    from pyarrow import json

    if not data:
        return schema.empty_table()
    parsing = json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    reading = json.ReadOptions(block_size=len(data) + 1)
    return json.read_json(pa.BufferReader(data), read_options=reading, parse_options=parsing).select(schema.names)


def check_digests(folder: Path, incidents: Incidents) -> None:
    """Recompute every digest and row count of a dataset from its rows."""
    manifest = read_manifest(folder)
    path = str(folder / "digests.json")
    for name, entry in manifest["configs"].items():
        table = read_config(folder, name, Incidents(), manifest)
        actual = {"digest": (shipped_digest(entry), table_digest(table)), "rows": (entry["rows"], len(table))}
        for key, (stated, found) in actual.items():
            if stated != found:
                item = f"configs.{name}.{key}"
                incidents.add("checksum", path, 0, item=item, found=str(stated), expected=str(found))


def read_dataset(folder: Path, incidents: Incidents) -> Corpus:
    """The corpus tables of a built dataset; layers it has no config for are absent. Raises ReadError."""
    manifest = read_manifest(folder)
    configs = {name: read_config(folder, name, incidents, manifest) for name in manifest["configs"]}
    check_release(folder, manifest, incidents)
    tables = {table: rows for name, config in configs.items() for table, rows in config_layers(name, config).items()}
    if "entity_index" in configs and "mentions" in tables:
        tables["mentions"] = with_kb(tables["mentions"], configs["entity_index"])
    if "event_instances" in configs:
        tables["contrasts"] = contrasts(configs["event_instances"].select(["instance_id", "contrast"]).to_pylist())
    return Corpus(
        tuple(configs["articles"]["doc_id"].to_pylist()),
        tables,
        name=manifest["name"],
        version=manifest["version"],
        digest=manifest["digest"],
        meta={"entity_scope": "corpus"},
    )


def check_release(folder: Path, manifest: Mapping[str, Any], incidents: Incidents) -> None:
    """The digest of the whole against those of its configs."""
    release = release_digest({name: entry["digest"] for name, entry in manifest["configs"].items()})
    if release != manifest["digest"]:
        found, path = manifest["digest"], str(folder / "digests.json")
        incidents.add("checksum", path, 0, item="digest", found=found, expected=release)


def config_layers(name: str, config: pa.Table) -> dict[str, pa.Table]:
    """The corpus tables that rows of a config hold; none for configs that only describe others."""
    match name:
        case "articles":
            return {"articles": _select(config, name), "zones": _exploded("zones", config, "zones", ZONE)}
        case "entities":
            return {"mentions": _exploded("mentions", config, "mentions", MENTION)}
        case "events":
            return _events(config)
        case "times":
            return {"times": _exploded_rows("times", config, TIME)}
        case "duplicates":
            return {"links": _select(config, "links")}
        case "passages" | "clusters":
            return {name: _select(config, name)}
        case _:
            return {}


def contrasts(instances: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Each contrasted pair of event instances once."""
    pairs = sorted(
        {(row["instance_id"], other) for row in instances for other in row["contrast"] if row["instance_id"] < other}
    )
    return pa.Table.from_pylist([{"a": a, "b": b} for a, b in pairs], schema=SCHEMAS["contrasts"])


def _select(table: pa.Table, name: str) -> pa.Table:
    """The columns of a corpus table, null where the config has none."""
    columns = [
        table[field.name].cast(field.type) if field.name in table.column_names else pa.nulls(len(table), field.type)
        for field in SCHEMAS[name]
    ]
    return pa.table(columns, schema=SCHEMAS[name])


def _struct(fields: dict[str, Any], kind: pa.StructType, length: int) -> pa.StructArray:
    """A struct array of the record's type from the columns there are."""
    columns = [
        fields[f.name].cast(f.type) if f.name in fields and f.type != ATTRIBUTION else fields.get(f.name) for f in kind
    ]
    filled = [pa.nulls(length, f.type) if c is None else c for f, c in zip(kind, columns, strict=True)]
    return pa.StructArray.from_arrays(filled, fields=list(kind))


def _exploded(name: str, table: pa.Table, column: str, kind: pa.StructType) -> pa.Table:
    """A layer kept as a list of structs per article."""
    items, record, item = explode(table[column].combine_chunks())
    fields = dict(zip([f.name for f in items.type], items.flatten(), strict=True))
    doc_id = table["doc_id"].combine_chunks()
    layer = item_layer(name, doc_id, _struct(fields, kind, len(items)), record, item)
    return layer.table.select(SCHEMAS[name].names)


def _exploded_rows(name: str, table: pa.Table, kind: pa.StructType) -> pa.Table:
    """A layer kept as one row per item."""
    fields = {column: table[column].combine_chunks() for column in table.column_names}
    rows = np.arange(len(table))
    layer = item_layer(name, fields["doc_id"], _struct(fields, kind, len(table)), rows, rows)
    return layer.table.select(SCHEMAS[name].names)


def _events(table: pa.Table) -> dict[str, pa.Table]:
    fields = {column: table[column].combine_chunks() for column in table.column_names}
    attribution = [fields[f"attribution_{f.name}"] for f in ATTRIBUTION]
    fields["attribution"] = pa.StructArray.from_arrays(attribution, fields=list(ATTRIBUTION))
    arguments = fields["arguments"]
    inner = dict(zip([f.name for f in arguments.type.value_type], arguments.flatten().flatten(), strict=True))
    kind = EVENT.field("arguments").type
    structs = _struct(inner, kind.value_type, len(arguments.flatten()))
    fields["arguments"] = pa.ListArray.from_arrays(arguments.offsets, structs)
    items = _struct(fields, EVENT, len(table))
    rows = np.arange(len(table))
    triggers = item_layer("triggers", fields["doc_id"], items, rows, rows)
    of_events = argument_layer(fields["doc_id"], items, rows, rows)
    return {
        "triggers": triggers.table.select(SCHEMAS["triggers"].names),
        "arguments": of_events.table.select(SCHEMAS["arguments"].names),
    }


def with_kb(mentions: pa.Table, index: pa.Table) -> pa.Table:
    """Mentions with the knowledge-base id of their entity."""
    import pyarrow.compute as pc

    row = pc.index_in(mentions["entity_id"], index["entity_id"].combine_chunks())
    kb = index["kb_id"].combine_chunks().take(row.combine_chunks())
    return mentions.set_column(mentions.column_names.index("kb_id"), "kb_id", kb)
