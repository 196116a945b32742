"""Mentions as files that `goldwire score` reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.data import Mentions

_MENTION = ("start", "end", "type", "entity_id")


def parquet_file(side: Mentions, path: Path) -> None:
    """One row a document, its mentions as a list of structs."""
    table = side.table()
    items = pa.StructArray.from_arrays([table[name].combine_chunks() for name in _MENTION], names=list(_MENTION))
    lists = pa.ListArray.from_arrays(pa.array(side.bounds, pa.int32()), items)
    pq.write_table(pa.table({"doc_id": pa.array(side.doc_ids), "entities": lists}), path)


def jsonl_file(side: Mentions, path: Path) -> None:
    """One line a document, its mentions as a list of objects."""
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{json.dumps(record)}\n" for record in records(side))


def records(side: Mentions) -> Iterator[dict[str, Any]]:
    """The lines of a JSON Lines file."""
    columns = [side.table()[name].to_pylist() for name in _MENTION]
    bounds = side.bounds.tolist()
    for doc_id, lo, hi in zip(side.doc_ids, bounds, bounds[1:], strict=False):
        rows = zip(*(column[lo:hi] for column in columns), strict=True)
        yield {"doc_id": doc_id, "entities": [dict(zip(_MENTION, row, strict=True)) for row in rows]}
