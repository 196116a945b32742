"""Which format a path is in, told from names and from the first JSON object; nothing is guessed that is not plain."""

from __future__ import annotations

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
    keys = _first_keys(path)
    return [entry for entry, row in entries.items() if any(wanted <= keys for wanted in row.keys)]


def _of_folder(path: Path, entries: Mapping[str, Entry]) -> list[str]:
    from goldwire.formats.dataset import is_dataset
    from goldwire.formats.folder import is_source

    if is_dataset(path) or is_source(path):
        return ["goldwire"]
    there = {file.name.lower() for file in path.rglob("*") if file.is_file()}
    return [
        entry
        for entry, row in entries.items()
        if any(name.endswith(suffix) for suffix in row.suffixes for name in there)
    ]


def _first_keys(path: Path) -> set[str]:
    """Keys of the first JSON object of a file, of that in the list it holds, or none."""
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as stream:
            head = stream.read(_HEAD).decode("utf-8-sig", "replace").lstrip()
    except (OSError, EOFError):
        return set()
    return set(_first_object(head))


def _first_object(head: str) -> dict[str, Any]:
    """The first object as far as it can be told from the beginning of a file."""
    decoder = json.JSONDecoder()
    at = head.lstrip("[ \t\r\n")
    try:
        value = decoder.raw_decode(at)[0]
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
