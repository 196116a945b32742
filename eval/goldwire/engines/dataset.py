"""A built dataset in many shards as gold: one file of a config at a time, as tables of the corpus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import SCHEMAS, empty
from goldwire.engines.sources import PLACE, Tables, placed
from goldwire.engines.survey import Survey
from goldwire.formats.dataset import (
    check_release,
    config_layers,
    contrasts,
    is_dataset,
    read_manifest,
    read_shard,
    with_kb,
)
from goldwire.incidents import Incidents

__all__ = ["META", "Dataset", "sharded"]

META = {"entity_scope": "corpus"}
_TABLES = {
    "articles": ("articles", "zones"), "entities": ("mentions",), "events": ("triggers", "arguments"),
    "times": ("times",), "duplicates": ("links",), "passages": ("passages",), "clusters": ("clusters",),
}  # fmt: skip
_ROWS = 8192


def sharded(folder: Path) -> Dataset | None:
    """The dataset in a folder whose configs come in several files; None where it is none or they do not."""
    if not is_dataset(folder):
        return None
    manifest = read_manifest(folder)
    many = any("shards" in entry for entry in manifest["configs"].values())
    return Dataset(folder, manifest) if many else None


@dataclass(frozen=True)
class Dataset:
    """The files of all configs that hold items of documents, one after the other; see ``sources.Source``."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def side(self) -> str:
        """It is gold."""
        return "gold"

    @cached_property
    def _files(self) -> list[tuple[str, Mapping[str, Any]]]:
        return [(name, entry) for name in _TABLES if name in self.manifest["configs"] for entry in self._entries(name)]

    @property
    def shards(self) -> tuple[str, ...]:
        """The files."""
        return tuple(str(self.folder / entry["file"]) for _, entry in self._files)

    @property
    def schemas(self) -> Mapping[str, pa.Schema]:
        """Of all corpus tables there are."""
        return {name: pa.schema([*SCHEMAS[name], *PLACE]) for name in self.tables}

    @property
    def tables(self) -> tuple[str, ...]:
        """The corpus tables there are, whether or not they have rows."""
        return tuple(table for name, tables in _TABLES.items() if name in self.manifest["configs"] for table in tables)

    def read(self, number: int, survey: Survey, incidents: Incidents) -> Iterator[Tables]:
        """See Source. Content that is not what the manifest says is an incident."""
        config, entry = self._files[number]
        whole = read_shard(self.folder, config, entry, incidents)
        survey.see({name: empty(name) for name in _TABLES[config]}, {}, "")
        for at in range(0, len(whole), _ROWS):
            tables = config_layers(config, whole.slice(at, _ROWS).combine_chunks())
            if "mentions" in tables and self._kb is not None:
                tables["mentions"] = with_kb(tables["mentions"], self._kb)
            survey.see(tables, META, str(self.folder))
            yield {
                name: placed(table, number, range(at << 16, (at << 16) + len(table))) for name, table in tables.items()
            }

    def common(self, incidents: Incidents) -> dict[str, pa.Table]:
        """The tables that hold for all documents; what is wrong with the dataset as a whole becomes an incident."""
        check_release(self.folder, self.manifest, incidents)
        if "event_instances" not in self.manifest["configs"]:
            return {}
        rows: list[dict[str, Any]] = []
        for entry in self._entries("event_instances"):
            table = read_shard(self.folder, "event_instances", entry, incidents).select(["instance_id", "contrast"])
            rows += table.filter(pc.greater(pc.list_value_length(table["contrast"]), 0)).to_pylist()
        return {"contrasts": contrasts(rows)}

    @cached_property
    def _kb(self) -> pa.Table | None:
        """The entities that have an id in a knowledge base."""
        if "entity_index" not in self.manifest["configs"]:
            return None
        parts = [
            read_shard(self.folder, "entity_index", entry, Incidents()).select(["entity_id", "kb_id"])
            for entry in self._entries("entity_index")
        ]
        known = pa.concat_tables([part.filter(part["kb_id"].is_valid()) for part in parts])
        return known if len(known) else None

    def _entries(self, config: str) -> list[Mapping[str, Any]]:
        entry = self.manifest["configs"][config]
        return list(entry.get("shards") or [entry])
