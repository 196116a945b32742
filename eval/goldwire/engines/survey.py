"""What the shards of one side hold, gathered while they are read: layers, ids, labels, headers, incidents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from goldwire.corpus.labels import Inventory
from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.errors import UsageError
from goldwire.formats.jsonl import RecordFile
from goldwire.formats.records import flatten
from goldwire.incidents import Incident
from goldwire.reading import used_labels

__all__ = ["Progress", "Survey"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

_IDS = ("entity_id", "instance_id", "kb_id")


@dataclass
class Survey:
    """Additive over shards.

    header:    of the first shard that has one; another must say the same.
    filled:    table -> whether it has a row in some shard; a table that is not there is a layer nothing is said of.
    ids:       "table.column" of the ids that occur.
    labels:    the labels in use.
    documents: document records.
    """

    header: dict[str, Any] = field(default_factory=dict)
    filled: dict[str, bool] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    labels: Inventory = field(default_factory=lambda: Inventory(frozenset(), frozenset(), {}))
    documents: int = 0
    incidents: list[Incident] = field(default_factory=list)

    def look(self, file: RecordFile) -> None:
        """Take in a piece of a shard. Raises UsageError for kinds of records that are not scored by document."""
        layers = flatten(file.records)
        for name in ("links", "passages"):
            if name in layers:
                raise UsageError(f"{file.path}: {name} join documents; score them as one file, without --engine")
        tables = {name: layer.table for name, layer in layers.items()}
        self.merge(
            Survey(
                header=dict(file.header),
                filled={name: len(table) > 0 for name, table in tables.items()},
                ids={
                    f"{name}.{column}"
                    for name, table in tables.items()
                    for column in _IDS
                    if column in table.column_names and table[column].null_count < len(table)
                },
                labels=used_labels(Corpus((), tables)),
                documents=len(tables.get("articles", ())),
            )
        )

    def merge(self, other: Survey) -> None:
        """Take in what was gathered elsewhere. Raises UsageError for headers that contradict each other."""
        for key, value in other.header.items():
            if self.header.setdefault(key, value) != value:
                raise UsageError(f"the shards say different things of {key!r}: {self.header[key]!r} and {value!r}")
        for name, rows in other.filled.items():
            self.filled[name] = self.filled.get(name, False) or rows
        self.ids |= other.ids
        self.labels = _union(self.labels, other.labels)
        self.documents += other.documents
        self.incidents += other.incidents

    def witness(self, name: str) -> Corpus:
        """A corpus with one row in every table that has any: enough to tell which tasks can be scored."""
        tables = {}
        for table, rows in self.filled.items():
            row = {column: "x" for column in _IDS if f"{table}.{column}" in self.ids}
            tables[table] = pa.Table.from_pylist([row] if rows else [], schema=SCHEMAS[table])
        return Corpus(("x",), tables, name=name, meta=self.header)

    def to_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "header": self.header,
            "filled": self.filled,
            "ids": sorted(self.ids),
            "labels": {
                "entity_types": sorted(self.labels.entity_types),
                "time_types": sorted(self.labels.time_types),
                "roles": {kind: sorted(roles) for kind, roles in self.labels.roles.items()},
            },
            "documents": self.documents,
            "incidents": [incident.to_dict() for incident in self.incidents],
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
        incidents = [Incident.from_dict(incident) for incident in data["incidents"]]
        return cls(data["header"], data["filled"], set(data["ids"]), inventory, data["documents"], incidents)


def _union(one: Inventory, other: Inventory) -> Inventory:
    kinds = one.roles.keys() | other.roles.keys()
    none: frozenset[str] = frozenset()
    return Inventory(
        one.entity_types | other.entity_types,
        one.time_types | other.time_types,
        {kind: one.roles.get(kind, none) | other.roles.get(kind, none) for kind in kinds},
    )
