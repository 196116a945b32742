"""DuckDB as the database behind clusters: one machine, spilling to disk beyond its limit of memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from goldwire.engines.clusters import OTHERS
from goldwire.errors import MissingExtra, ReadError

__all__ = ["DuckDB"]

_MEMORY = "1200MB"
_LABEL = f"""
case when coalesce({", ".join(OTHERS)}) is null and json_type(doc_id) = 'VARCHAR'
      and coalesce(json_type(cluster), 'NULL') in ('VARCHAR', 'NULL') then doc_id ->> '$' end as doc_id,
cluster ->> '$' as cluster
"""
_KEYED = """
md5_number('d' || doc_id) as doc, coalesce(md5_number('c' || cluster), md5_number('d' || doc_id)) as cluster
"""
"""Keys of sixteen bytes, of which a hundred million are sorted and joined sooner than of the names they stand for."""


class DuckDB:
    """Label shards as the tables of ``clusters.Database``; spills into ``folder`` and goes on with what lies there.

    Raises MissingExtra, ReadError.
    """

    def __init__(self, gold: Sequence[str], pred: Sequence[str], folder: Path, memory: str = _MEMORY) -> None:
        try:
            import duckdb
        except ModuleNotFoundError:
            raise MissingExtra("duckdb", "duckdb", "--engine duckdb") from None
        self._error = duckdb.Error
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "temp_directory": str(folder),
            "preserve_insertion_order": False,
        }
        self._base: Any = duckdb.connect(str(folder / "clusters.duckdb"), config=settings)
        try:
            for name, shards in (("gold", gold), ("pred", pred)):
                self._labels(list(shards)).create_view(f"{name}_rows", replace=True)
                self._base.view(f"{name}_rows").project(_KEYED).create_view(name, replace=True)
            self._base.sql("create table if not exists kept (name varchar)")
            self._kept = {name for (name,) in self._base.sql("select name from kept").fetchall()}
        except duckdb.Error as error:
            raise self._named(error) from None

    def _labels(self, shards: list[str]) -> Any:
        if shards[0].endswith(".parquet"):
            return self._base.read_parquet(shards).project(
                "cast(doc_id as varchar) as doc_id, cast(cluster as varchar) as cluster"
            )
        columns = dict.fromkeys(("doc_id", "cluster", "goldwire", *OTHERS), "JSON")
        lines = self._base.read_json(shards, format="newline_delimited", columns=columns).filter("goldwire is null")
        return lines.project(_LABEL)

    def keep(self, name: str, query: str) -> None:
        """Keep the result of a query as a table, unless that was done."""
        self._keep(name, self._base.sql(query) if not self.has(name) else None)

    def has(self, name: str) -> bool:
        """Whether a table was kept already, in a run that was stopped."""
        return name in self._kept

    def number(self, name: str, query: str) -> None:
        """Keep the result of a query as a table, with a column ``code``: its rows numbered from 0."""
        rows = None if self.has(name) else self._base.sql(query).project("*, row_number() over () - 1 as code")
        self._keep(name, rows)

    def _keep(self, name: str, rows: Any) -> None:
        """A table and the note that it is there, both or neither."""
        if rows is None:
            return
        try:
            self._base.begin()
            rows.create(name)
            self._base.execute("insert into kept values (?)", [name])
            self._base.commit()
        except self._error as error:
            raise self._named(error) from None
        self._kept.add(name)

    def drop(self, *names: str) -> None:
        """Let go of tables, those that are not there any more included."""
        for name in names:
            self._base.sql(f"drop table if exists {name}")

    def digits(self, key: str) -> str:
        """SQL for the first 48 bits of the MD5 that a key is, as a number, last byte first."""
        return f"cast({key} & 281474976710655 as bigint)"

    def batches(self, query: str) -> Iterable[pa.RecordBatch]:
        """The result of a query, bit by bit."""
        try:
            yield from self._base.sql(query).to_arrow_reader(100_000)
        except self._error as error:
            raise self._named(error) from None

    def close(self) -> None:
        """Let go of the database and its memory."""
        self._base.close()

    @staticmethod
    def _named(error: Exception) -> ReadError:
        return ReadError(f"DuckDB: {str(error).splitlines()[0]}")
