"""The corpus tables: flat Arrow tables with explicit schemas, the same for gold and for predictions.

Offsets are Unicode code points, half-open, into the untouched text. A list of fragments is flat
(start, end, start, end, ...) and null where the span is one piece. Ids are strings as the file gave them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

__all__ = ["SCHEMAS", "Corpus", "empty"]

_offset, _name, _fragments = pa.int32(), pa.string(), pa.list_(pa.int32())

SCHEMAS: dict[str, pa.Schema] = {
    "articles": pa.schema(
        [("doc_id", _name), ("text", _name), ("sha256", _name), ("length", _offset), ("published", _name)]
    ),
    "zones": pa.schema([("doc_id", _name), ("zone", _name), ("start", _offset), ("end", _offset)]),
    "mentions": pa.schema(
        [
            ("doc_id", _name), ("mention_id", _name), ("start", _offset), ("end", _offset), ("fragments", _fragments),
            ("head_start", _offset), ("head_end", _offset), ("type", _name), ("level", _name), ("entity_id", _name),
            ("kb_id", _name), ("metonymic", pa.bool_()), ("score", pa.float64()),
        ]
    ),
    "triggers": pa.schema(
        [
            ("doc_id", _name), ("event_id", _name), ("start", _offset), ("end", _offset), ("fragments", _fragments),
            ("head_start", _offset), ("head_end", _offset), ("type", _name), ("instance_id", _name),
            ("polarity", _name), ("modality", _name), ("tense", _name), ("genericity", _name),
            ("source", _name), ("via", _name), ("statement", _name), ("score", pa.float64()),
        ]
    ),
    "arguments": pa.schema(
        [
            ("doc_id", _name), ("event_id", _name), ("role", _name), ("start", _offset), ("end", _offset),
            ("head_start", _offset), ("head_end", _offset),
            ("entity_id", _name), ("time_id", _name), ("target_event_id", _name), ("score", pa.float64()),
        ]
    ),
    "contrasts": pa.schema([("a", _name), ("b", _name)]),
    "times": pa.schema(
        [
            ("doc_id", _name), ("time_id", _name), ("start", _offset), ("end", _offset), ("type", _name),
            ("value", _name), ("resolved", _name), ("score", pa.float64()),
        ]
    ),
    "links": pa.schema(
        [
            ("a", _name), ("b", _name), ("score", pa.float64()), ("relation", _name),
            ("reuse_a", _name), ("reuse_b", _name), ("coverage_a", pa.float64()), ("coverage_b", pa.float64()),
            ("story", _name), ("provenance", _name),
        ]
    ),
    "clusters": pa.schema([("doc_id", _name), ("cluster", _name), ("operations", pa.list_(_name))]),
    "passages": pa.schema(
        [
            ("a", _name), ("a_start", _offset), ("a_end", _offset),
            ("b", _name), ("b_start", _offset), ("b_end", _offset), ("relation", _name), ("score", pa.float64()),
            ("edits", pa.list_(_name)),
        ]
    ),
}  # fmt: skip


def empty(name: str) -> pa.Table:
    """The named corpus table without rows."""
    return SCHEMAS[name].empty_table()


@dataclass(frozen=True)
class Corpus:
    """One side of a comparison: gold or a system's predictions.

    doc_ids: the documents of this side in file order; for gold these are the units that are scored.
    tables:  name -> table; a name that is absent means "this side says nothing about that layer",
             an empty table means "says there is none".
    name, version, digest: what the result's signature and the stale-data check name.
    meta:    the header of a prediction file (system, offset_unit, threshold, ...), else empty.
    """

    doc_ids: tuple[str, ...]
    tables: Mapping[str, pa.Table]
    name: str = ""
    version: str | None = None
    digest: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __contains__(self, table: str) -> bool:
        return table in self.tables

    def __getitem__(self, table: str) -> pa.Table:
        """The named table; an empty one where this side says nothing about it."""
        return self.tables[table] if table in self.tables else empty(table)
