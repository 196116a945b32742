"""One machine, nothing but files: sorted runs of keys, then of pairs, a range of either in memory at a time.

Held in memory for all articles: their ids and a few integers each. What a file, a range of keys or a range of pairs gave
lies in a folder or file of its own, which takes its name when it is complete: a run that was killed goes on behind it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from goldwire.counts import IntArray
from goldwire.dedup.articles import Source
from goldwire.dedup.mapping import DOCS, map_file, refuse, repeated
from goldwire.dedup.runs import Range, Runs
from goldwire.engines.survey import Progress
from goldwire.incidents import Incident, Incidents
from goldwire.systems.joins import (
    PAIR,
    ROW,
    Joined,
    Pairs,
    Rows,
    candidates,
    chunks,
    common_keys,
    merged,
    scored,
    worth_scoring,
)
from goldwire.tasks.pairs import components

__all__ = ["Local", "read"]

_ROWS = 1 << 21
"""Rows of keys, or pairs, in one range."""


def read(system: Joined, source: Source, folder: Path, progress: Progress) -> Local:
    """Map all files, those that are not there yet. Raises IncidentError."""
    local = Local(system, source, folder, progress)
    local.map()
    return local


@dataclass(frozen=True)
class Local:
    """The engine; see the module for what stays in ``folder``."""

    system: Joined
    source: Source
    folder: Path
    progress: Progress

    def map(self) -> None:
        """Map all files. Raises IncidentError."""
        incidents: list[Incident] = []
        for number, _ in enumerate(self.source.shards):
            place = self._place("articles", number)
            if not place.exists():
                self._map(number, place)
            incidents += map(Incident.from_dict, json.loads((place / "incidents.json").read_text(encoding="utf-8")))
            self.progress("hashing", number + 1, len(self.source.shards))
        refuse(incidents, self.source)
        refuse(self._repeated(), self.source)

    def doc_ids(self) -> Iterator[pa.Array]:
        """The articles' ids, sorted."""
        yield _in_order(self._ids)

    def found(self) -> Iterator[pa.Table]:
        """The records, sorted by their articles."""
        for _, table in self._scored():
            yield table

    def clusters(self, threshold: float | None) -> Iterator[pa.Table]:
        """Every article, sorted, with the first id of its component; by records with such a score at least."""
        count = len(self._ids.names)
        first = np.arange(count)
        for pairs, table in self._scored():
            linked = np.ones(len(pairs), bool) if threshold is None else table["score"].to_numpy() >= threshold
            a, b = pairs["a"][linked].astype(np.int64), pairs["b"][linked].astype(np.int64)
            component = components(count, np.r_[a, np.arange(count)], np.r_[b, first])
            first = np.unique(component, return_index=True)[1][component]
        names = _in_order(self._ids)
        yield pa.table({"doc_id": names, "cluster": names.take(pa.array(first))})

    # articles to rows of keys

    def _map(self, number: int, place: Path) -> None:
        incidents = Incidents()
        making = _begun(place)
        with pa.OSFile(str(making / "docs.arrow"), "wb") as sink, pa.ipc.new_file(sink, DOCS) as docs:

            def keys() -> Iterator[Rows]:
                for found in map_file(self.system, self.source, number, incidents):
                    docs.write_table(found.docs)
                    yield found.rows

            self._keys.fill(making, keys(), _ROWS)
        (making / "incidents.json").write_text(json.dumps([one.to_dict() for one in incidents]), encoding="utf-8")
        making.replace(place)

    def _place(self, what: str, number: int) -> Path:
        return self.folder / what / f"{number:06}"

    @property
    def _keys(self) -> Runs:
        return Runs(self.folder / "articles", ROW, "key", 1 << 64)

    @property
    def _pairs(self) -> Runs:
        return Runs(self.folder / "pairs", PAIR, "a", len(self._ids.names))

    def _docs(self, number: int) -> pa.Table:
        """The articles of a file, left on disk."""
        return pa.ipc.open_file(pa.memory_map(str(self._place("articles", number) / "docs.arrow"))).read_all()

    @cached_property
    def _ids(self) -> _Ids:
        return _Ids.of([self._docs(number) for number, _ in enumerate(self.source.shards)])

    def _repeated(self) -> Incidents:
        order = self._ids.order
        ordered = _in_order(self._ids)
        same = np.flatnonzero(pc.equal(ordered[1:], ordered[:-1]).to_numpy(zero_copy_only=False))
        places = []
        for at in np.unique(np.r_[same, same + 1])[:1000].tolist():
            shard = int(np.searchsorted(self._ids.first, order[at], side="right")) - 1
            line = self._docs(shard)["line"][int(order[at] - self._ids.first[shard])].as_py()
            places.append((ordered[at].as_py(), self.source.shards[shard], line))
        return repeated(places)

    # rows of keys to pairs

    def _joined(self) -> None:
        """Pairs of all ranges of keys, those that are not there yet."""
        ranges = self._keys.ranges(_ROWS)
        for number, where in enumerate(ranges):
            place = self._place("pairs", number)
            if not place.exists():
                making = _begun(place)
                self._join(where, making)
                making.replace(place)
            self.progress("joining", number + 1, len(ranges))

    def _join(self, where: Range, making: Path) -> None:
        rows = self._rows(where)
        rule = self.system.rule(len(self._ids.names))
        if rule.kind == "count":
            common = common_keys(rule, rows, len(self._ids.names))
            some = np.flatnonzero(common)
            np.save(making / "common", np.stack([some, common[some]]))
        self._pairs.fill(making, candidates(rule, rows), _ROWS, partial(merged, rule))

    def _rows(self, where: Range) -> Rows:
        """Rows of a range of keys, articles numbered in the order of their ids; sorted by key and article."""
        parts = [np.zeros(0, ROW)]
        for part, rows in self._keys.read(where):
            rows["article"] = self._ids.rank[self._ids.first[int(part)] + rows["article"]]
            parts.append(rows)
        rows = np.concatenate(parts)
        return rows[np.lexsort((rows["article"], rows["key"]))]

    # pairs to records

    def _scored(self) -> Iterator[tuple[Pairs, pa.Table]]:
        """Articles and records of every range of pairs, in order; those of finished ones are read again."""
        self._joined()
        schema = self.system.schema
        ranges = self._pairs.ranges(_ROWS)
        (self.folder / "records").mkdir(exist_ok=True)
        for number, where in enumerate(ranges):
            path = self._place("records", number).with_suffix(".parquet")
            if not path.exists():
                making = path.with_name(f".{path.name}")
                pq.write_table(self._score(where), making)
                making.replace(path)
            table = pq.read_table(path)
            pairs = np.zeros(len(table), PAIR)
            for side in "ab":
                pairs[side] = table[side].to_numpy()
                names = self._ids.names.take(pa.array(self._ids.order[pairs[side]]))
                table = table.set_column(table.column_names.index(side), side, names)
            self.progress("scoring", number + 1, len(ranges))
            yield pairs, table.select(schema.names).cast(schema)

    def _score(self, where: Range) -> pa.Table:
        """Records of a range of pairs; a and b are numbers of articles."""
        rule = self.system.rule(len(self._ids.names))
        pairs = merged(rule, np.concatenate([np.zeros(0, PAIR), *(rows for _, rows in self._pairs.read(where))]))
        pairs = worth_scoring(rule, pairs, self._common, self._ids.size)
        tables = [scored(self.system, pairs[:0], pa.array([], pa.large_binary()), rule)]
        for chunk in chunks(rule, pairs):
            some, at = np.unique(np.concatenate([chunk["a"], chunk["b"]]), return_inverse=True)
            own = chunk.copy()
            own["a"], own["b"] = at[: len(chunk)], at[len(chunk) :]
            table = scored(self.system, own, self._kept(some), rule)
            for side in "ab":
                column = pa.array(some[table[side].to_numpy()].astype(np.int64))
                table = table.set_column(table.column_names.index(side), side, column)
            tables.append(table)
        return pa.concat_tables(tables)

    @cached_property
    def _common(self) -> IntArray:
        """(articles,) of joins.common_keys, over all keys."""
        total = np.zeros(len(self._ids.names), np.int64)
        for path in sorted((self.folder / "pairs").glob("[0-9]*/common.npy")):
            some, times = np.load(path)
            total[some] += times
        return total

    def _kept(self, articles: IntArray) -> pa.Array:
        """What is kept of some articles, by their numbers."""
        at = self._ids.order[articles]
        shard = np.searchsorted(self._ids.first, at, side="right") - 1
        order = np.argsort(shard, kind="stable")
        parts = []
        for own in np.split(order, np.flatnonzero(np.diff(shard[order])) + 1) if len(order) else []:
            number = int(shard[own[0]])
            parts.append(_taken(self._docs(number)["kept"], at[own] - self._ids.first[number]))
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return pa.concat_arrays([pa.array([], pa.large_binary()), *parts]).take(pa.array(back))


@dataclass(frozen=True)
class _Ids:
    """The articles of all files one after the other, and their order by id.

    names: (articles,) ids; first: (files + 1,) where those of each file begin; order: (articles,) sorts them; rank: the way
    back; size: (articles,) of joins.Mapped, in the order of ids.
    """

    names: pa.Array
    first: IntArray
    order: IntArray
    rank: IntArray
    size: IntArray

    @classmethod
    def of(cls, docs: list[pa.Table]) -> _Ids:
        """Of the tables of all files."""
        names = pa.concat_arrays([pa.array([], pa.string()), *(_in_memory(table["doc_id"]) for table in docs)])
        order = pc.sort_indices(names).to_numpy().astype(np.int64)
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        size = np.concatenate([np.zeros(0, np.int64), *(table["size"].to_numpy() for table in docs)])[order]
        first = np.cumsum([0, *map(len, docs)])
        return cls(names, first, order, rank, size)


def _in_order(ids: _Ids) -> pa.Array:
    """The ids, sorted."""
    return ids.names.take(pa.array(ids.order))


def _in_memory(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays([pa.array([], column.type), *column.chunks])


def _taken(column: pa.ChunkedArray, at: IntArray) -> pa.Array:
    """Some values of a column on disk, chunk by chunk: in one go all of it would be read."""
    first = np.cumsum([0, *map(len, column.chunks)])
    chunk = np.searchsorted(first, at, side="right") - 1
    order = np.argsort(chunk, kind="stable")
    parts = [
        column.chunk(int(chunk[own[0]])).take(pa.array(at[own] - first[chunk[own[0]]]))
        for own in np.split(order, np.flatnonzero(np.diff(chunk[order])) + 1)
    ]
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return pa.concat_arrays(parts).take(pa.array(back))


def _begun(place: Path) -> Path:
    """A new folder that is to take the name ``place``."""
    making = place.with_name(f".{place.name}")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    return making
