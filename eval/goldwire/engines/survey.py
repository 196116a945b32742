"""What the shards of one side hold, gathered while they are read: layers, ids, labels, headers, incidents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.labels import Inventory
from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.errors import UsageError
from goldwire.formats.jsonl import RecordFile
from goldwire.formats.records import flatten
from goldwire.incidents import Incidents
from goldwire.reading import used_labels

__all__ = ["Progress", "Survey"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

_COLUMNS = ("entity_id", "instance_id", "kb_id", "text")


@dataclass
class Survey:
    """Additive over shards.

    header:    of the first shard that has one; another must say the same. origin: that shard.
    filled:    table -> whether it has a row in some shard; a table that is not there is a layer nothing is said of.
    ids:       "table.column" of those columns with a value that decide on what can be scored, and "table.grounding"
               where an item gives a string in place of offsets.
    labels:    the labels in use.
    documents: records of documents and of their clusters. pairs: those of links.
    """

    header: dict[str, Any] = field(default_factory=dict)
    origin: str = ""
    filled: dict[str, bool] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    labels: Inventory = field(default_factory=lambda: Inventory(frozenset(), frozenset(), {}))
    documents: int = 0
    pairs: int = 0
    incidents: Incidents = field(default_factory=Incidents)

    def look(self, file: RecordFile) -> None:
        """Take in a piece of a shard. Raises UsageError as ``merge`` does."""
        self.see({name: layer.table for name, layer in flatten(file.records).items()}, file.header, file.path)

    def see(self, tables: Mapping[str, pa.Table], header: Mapping[str, Any], origin: str) -> None:
        """Take in some rows of corpus tables, and what the shard they are of says ahead. Raises UsageError."""
        self.merge(
            Survey(
                header=dict(header),
                origin=origin if header else "",
                filled={name: len(table) > 0 for name, table in tables.items()},
                ids={f"{name}.{column}" for name, table in tables.items() for column in _said(table)},
                labels=used_labels(Corpus((), tables)),
                documents=sum(len(tables.get(name, ())) for name in ("articles", "clusters")),
                pairs=len(tables.get("links", ())),
            )
        )

    def merge(self, other: Survey) -> None:
        """Take in what was gathered elsewhere. Raises UsageError for headers that contradict each other."""
        for key, value in other.header.items():
            if self.header.setdefault(key, value) != value:
                raise UsageError(_contradiction(key, (self.origin, self.header[key]), (other.origin, value)))
        self.origin = self.origin or other.origin
        for name, rows in other.filled.items():
            self.filled[name] = self.filled.get(name, False) or rows
        self.ids |= other.ids
        self.labels = _union(self.labels, other.labels)
        self.documents += other.documents
        self.pairs += other.pairs
        self.incidents.update(other.incidents)

    def witness(self, name: str) -> Corpus:
        """A corpus with one row in every table that has any: enough to tell which tasks can be scored."""
        tables = {}
        for table, rows in self.filled.items():
            said = {one.partition(".")[2] for one in self.ids if one.partition(".")[0] == table}
            row = dict.fromkeys(said & set(SCHEMAS[table].names), "x")
            tables[table] = pa.Table.from_pylist([row] if rows else [], schema=SCHEMAS[table])
            if "grounding" in said:
                tables[table] = tables[table].append_column("grounding", pa.nulls(int(rows), pa.string()))
        return Corpus(("x",), tables, name=name, meta=self.header)

    def to_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "header": self.header,
            "origin": self.origin,
            "filled": self.filled,
            "ids": sorted(self.ids),
            "labels": {
                "entity_types": sorted(self.labels.entity_types),
                "time_types": sorted(self.labels.time_types),
                "roles": {kind: sorted(roles) for kind, roles in self.labels.roles.items()},
            },
            "documents": self.documents,
            "pairs": self.pairs,
            "incidents": self.incidents.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Survey:
        """What ``to_dict`` wrote."""
        labels = data["labels"]
        inventory = Inventory(
            frozenset(labels["entity_types"]),
            frozenset(labels["time_types"]),
            {kind: frozenset(roles) for kind, roles in labels["roles"].items()},
        )
        incidents = Incidents.from_dict(data["incidents"])
        filled, ids = data["filled"], set(data["ids"])
        return cls(data["header"], data["origin"], filled, ids, inventory, data["documents"], data["pairs"], incidents)


def _contradiction(key: str, one: tuple[str, Any], other: tuple[str, Any]) -> str:
    """What to tell of two shards whose headers differ."""
    if key != "system":
        return f"{other[0]}: says {key} {other[1]!r}, {one[0]} says {one[1]!r}; the shards of one side must agree"
    names = [str(stated.get("name")) if isinstance(stated, dict) else str(stated) for _, stated in (one, other)]
    return (
        f"{other[0]}: is of the system {names[1]!r}, {one[0]} of {names[0]!r}; a folder or pattern is one system in many "
        "shards, several systems are several arguments"
    )


def _said(table: pa.Table) -> list[str]:
    """The columns that say something and decide on what can be scored."""
    said = [name for name in _COLUMNS if name in table.column_names and table[name].null_count < len(table)]
    if "text" in said and "start" in table.column_names and table["start"].null_count:
        bare = pc.and_(pc.and_(pc.is_null(table["start"]), pc.is_null(table["end"])), pc.is_valid(table["text"]))
        said += ["grounding"] if pc.any(bare).as_py() else []
    return said


def _union(one: Inventory, other: Inventory) -> Inventory:
    kinds = one.roles.keys() | other.roles.keys()
    none: frozenset[str] = frozenset()
    return Inventory(
        one.entity_types | other.entity_types,
        one.time_types | other.time_types,
        {kind: one.roles.get(kind, none) | other.roles.get(kind, none) for kind in kinds},
    )
