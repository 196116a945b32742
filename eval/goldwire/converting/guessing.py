"""Which format a path is in, told from names and from the first JSON object; nothing is guessed that is not plain."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goldwire.converting.registry import Entry

__all__ = ["fitting"]

_HEAD = 1 << 20
_PACKINGS = (".gz", ".zst")
_PARTS = (".csv", ".tsv", ".json", ".jsonl", ".parquet")


def fitting(path: Path, entries: Mapping[str, Entry], *, reading: bool) -> list[str]:
    """The formats that fit a path."""
    name = path.name.lower()
    for packing in _PACKINGS:
        name = name.removesuffix(packing)
    found = [entry for entry, row in entries.items() if any(name.endswith(suffix) for suffix in row.suffixes)]
    if found or not reading:
        return found or (["goldwire"] if name.endswith(".jsonl") else [])
    if path.is_dir():
        return _of_folder(path, entries)
    return _by_keys(path, entries)


def _of_folder(path: Path, entries: Mapping[str, Entry]) -> list[str]:
    from goldwire.formats.dataset import is_dataset
    from goldwire.formats.folder import is_source

    if is_dataset(path) or is_source(path):
        return ["goldwire"]
    there = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith((".", "_")))
    names = {file.name.lower() for file in there}
    found = [entry for entry, row in entries.items() if any(x.endswith(s) for s in row.suffixes for x in names)]
    if len(found) > 1:  # texts lie beside many an annotation
        found = [entry for entry in found if entry != "text"]
    part = next((file for file in there if file.name.lower().endswith(_PARTS)), None)
    return found or (_by_keys(part, entries) if part else [])


def _by_keys(path: Path, entries: Mapping[str, Entry]) -> list[str]:
    keys = _first_keys(path)
    return [entry for entry, row in entries.items() if any(wanted <= keys for wanted in row.keys)]


def _first_keys(path: Path) -> set[str]:
    """Columns of a table, or keys of the first JSON object of a file or of the list it holds; or none."""
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
        if magic == b"PAR1":
            import pyarrow.parquet as pq

            schema = pq.read_schema(path)
            return set(schema.names) | {"goldwire" for key in schema.metadata or () if key == b"goldwire"}
        with gzip.open(path, "rb") if magic[:2] == b"\x1f\x8b" else path.open("rb") as stream:
            head = stream.read(_HEAD).decode("utf-8-sig", "replace").lstrip()
    except (OSError, EOFError, ValueError):
        return set()
    if path.name.lower().removesuffix(".gz").endswith((".csv", ".tsv")):
        return set(next(csv.reader([head.split("\n", 1)[0]], delimiter="\t" if ".tsv" in path.name else ","), []))
    return set(_first_object(head))


def _first_object(head: str) -> dict[str, Any]:
    """The first object as far as it can be told from the beginning of a file."""
    try:
        value = json.JSONDecoder().raw_decode(head.lstrip("[ \t\r\n"))[0]
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
