"""What the JSON Lines of several tools have in common: where a document's id may stand, and how lines are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from goldwire.converting.bundle import Record
from goldwire.formats.source import write_atomic

__all__ = ["doc_id_in", "write_json_lines"]


def doc_id_in(value: Mapping[str, Any], number: int) -> str:
    """The id of a document in a line or task of a tool: doc_id, there or in its "meta" or "data", else its own number."""
    for holder in (value, value.get("meta"), value.get("data")):
        if isinstance(holder, Mapping):
            for key in ("doc_id", "document_id"):
                if isinstance(holder.get(key), str) and holder[key]:
                    return str(holder[key])
    own = value.get("id")
    return str(own) if isinstance(own, int | str) and own != "" else f"line{number + 1}"


def write_json_lines(path: Path, lines: list[Record]) -> None:
    """Write JSON Lines, whole or not at all."""
    with write_atomic(path) as stream:
        for line in lines:
            stream.write(json.dumps(line, ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n")
