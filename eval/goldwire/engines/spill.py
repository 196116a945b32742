"""Rows of many shards, sorted into buckets by document on disk, so that one bucket at a time fits in memory.

A document's block is the first three hexadecimal digits of the MD5 of its id, the same on every engine; a bucket is a
run of blocks. Documents that are joined go where the head of their group goes, in a second pass. What a shard gave lies
in a folder of its own, which takes its name when it is complete: a run that was killed goes on behind the last such
shard.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from goldwire.engines.joins import NONE, Joining, Joins
from goldwire.engines.sources import JOINING, Source, Tables, homes_of
from goldwire.engines.store import Store, Writer
from goldwire.engines.survey import Survey
from goldwire.incidents import Incidents

__all__ = ["Spill"]


@dataclass(frozen=True)
class Spill:
    """One side's rows in buckets on disk: in ``folder``/<shard> one store a table.

    joins: which documents go together. Without them, those that the rows state are noted down for a second pass.
    """

    folder: Path
    source: Source
    buckets: int
    joins: Joins | None = None

    def fill(self, done: Callable[[int], None]) -> Survey:
        """Sort every shard that is not there yet, and tell what all of them hold. ``done`` is told how many are."""
        self.folder.mkdir(parents=True, exist_ok=True)
        whole = Survey()
        for number in range(len(self.source.shards)):
            place = self._place(number)
            if not place.exists():
                self._sort(number, place)
            whole.merge(Survey.from_dict(json.loads((place / "survey.json").read_text(encoding="utf-8"))))
            done(number + 1)
        return whole

    def stated(self) -> Joins:
        """The joins that the rows state, once all shards are sorted."""
        paths = (self._place(number) / "joins" for number in range(len(self.source.shards)))
        return Joins.merged(Joins.from_bytes(path.read_bytes()) for path in paths if path.exists())

    def joined(self, folder: Path, joins: Joins) -> Spill:
        """The same rows by groups of documents, to be filled."""
        return Spill(folder, _Sorted(self), self.buckets, joins)

    def read(self, bucket: int) -> Tables:
        """The rows of a bucket, with places, in the order of shards and lines."""
        tables = {}
        for name, schema in self.source.schemas.items():
            found = [batch for store in self._stores(name) for batch in store.read(bucket)]
            tables[name] = pa.Table.from_batches(found, schema)
        if not self.joins:
            return tables
        return {name: table.sort_by([("shard", "ascending"), ("line", "ascending")]) for name, table in tables.items()}

    def pieces(self, number: int) -> Iterator[Tables]:
        """What one sorted shard holds, piece by piece."""
        for name, schema in self.source.schemas.items():
            store = Store.open(self._place(number) / name, schema)
            for batch in () if store is None else store.read():
                yield {name: pa.Table.from_batches([batch])}

    def _stores(self, name: str) -> list[Store]:
        if name not in self._opened:
            schema = self.source.schemas[name]
            found = (Store.open(self._place(number) / name, schema) for number in range(len(self.source.shards)))
            self._opened[name] = [store for store in found if store is not None]
        return self._opened[name]

    @cached_property
    def _opened(self) -> dict[str, list[Store]]:
        return {}

    def _place(self, number: int) -> Path:
        return self.folder / f"{number:06}"

    def _sort(self, number: int, place: Path) -> None:
        """One shard into buckets: all of it, or nothing under its name."""
        making = place.with_name(f".{place.name}")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        incidents, survey, joining = Incidents(), Survey(), Joining(self.source.side)
        writers: dict[str, Writer] = {}
        try:
            for tables in self.source.read(number, survey, incidents):
                for name, table in tables.items():
                    if self.joins is None and name in JOINING:
                        joining.add_with(homes_of(table), table)
                    if len(table):
                        writers[name] = writers.get(name) or Writer(making / name)
                        self._distribute(table, writers[name])
        finally:
            for writer in writers.values():
                writer.close()
        joins = joining.joins()
        if len(joins):
            (making / "joins").write_bytes(joins.to_bytes())
        survey.incidents.update(incidents)
        (making / "survey.json").write_text(json.dumps(survey.to_dict()), encoding="utf-8")
        making.replace(place)

    def _distribute(self, table: pa.Table, writer: Writer) -> None:
        bucket = (self.joins or NONE).buckets(homes_of(table), self.buckets)
        order = np.argsort(bucket, kind="stable")
        ordered, own = table.take(pa.array(order)), bucket[order]
        cuts = [0, *(np.flatnonzero(np.diff(own)) + 1).tolist(), len(own)]
        for first, last in pairwise(cuts):
            writer.add(int(own[first]), ordered.slice(first, last - first))


@dataclass(frozen=True)
class _Sorted:
    """Shards that were sorted before, as a source."""

    spill: Spill

    @property
    def side(self) -> str:
        return self.spill.source.side

    @property
    def shards(self) -> tuple[str, ...]:
        return self.spill.source.shards

    @property
    def schemas(self) -> dict[str, pa.Schema]:
        return dict(self.spill.source.schemas)

    def read(self, number: int, _survey: Survey, _incidents: Incidents) -> Iterator[Tables]:
        return self.spill.pieces(number)
