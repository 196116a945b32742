"""DuckDB as the database behind the engines: one machine, spilling to disk beyond its limit of memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from goldwire.engines.clusters import OTHERS
from goldwire.errors import MissingExtra, ReadError

__all__ = ["DuckDB", "DuckLabels"]

_MEMORY = "1500MB"
_LABELS_MEMORY = "1200MB"
_ROWS = 16_384
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
    """A database in a file of ``folder``, into which it spills. Raises MissingExtra, ReadError."""

    def __init__(self, folder: Path, name: str, memory: str = _MEMORY) -> None:
        try:
            import duckdb
        except ModuleNotFoundError:
            raise MissingExtra("duckdb", "duckdb", "--engine duckdb") from None
        self.folder = folder
        self._error = duckdb.Error
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "temp_directory": str(folder),
            "preserve_insertion_order": False,
        }
        with self._named():
            self._base: Any = duckdb.connect(str(folder / f"{name}.duckdb"), config=settings)

    def execute(self, statements: str) -> None:
        """Statements without a result."""
        with self._named():
            self._base.execute(statements)

    def keep(self, name: str, query: str) -> None:
        """Keep the result of a query as a table."""
        with self._named():
            self._base.sql(f"drop table if exists {name}")
            self._base.sql(query).create(name)

    def batches(self, query: str) -> Iterator[pa.RecordBatch]:
        """The result of a query, bit by bit."""
        with self._named():
            yield from self._base.sql(query).to_arrow_reader(_ROWS)

    def insert(self, name: str, rows: pa.Table) -> None:
        """Add rows to a table."""
        with self._named():
            self._base.from_arrow(rows).insert_into(name)

    def view(self, name: str, parquet: Path) -> None:
        """Call a Parquet file by a name."""
        with self._named():
            self._base.read_parquet(str(parquet)).create_view(name, replace=True)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it, or nothing."""
        self.execute("begin transaction")
        try:
            yield
        except BaseException:
            self.execute("rollback")
            raise
        self.execute("commit")

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            raise ReadError(f"DuckDB: {str(error).splitlines()[0]}") from None


class DuckLabels(DuckDB):
    """Label shards as the tables of ``clusters.Database``; goes on with what lies in the folder."""

    def __init__(self, gold: Sequence[str], pred: Sequence[str], folder: Path, memory: str = _LABELS_MEMORY) -> None:
        super().__init__(folder, "clusters", memory)
        with self._named():
            for name, shards in (("gold", gold), ("pred", pred)):
                self._labels(list(shards)).create_view(f"{name}_rows", replace=True)
                self._base.view(f"{name}_rows").project(_KEYED).create_view(name, replace=True)
            self._base.sql("create table if not exists kept (name varchar)")
            self._kept = {name for (name,) in self._base.sql("select name from kept").fetchall()}

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
        self._keep(name, query)

    def number(self, name: str, query: str) -> None:
        """Keep the result of a query as a table, with a column ``code``: its rows numbered from 0."""
        self._keep(name, f"select *, row_number() over () - 1 as code from ({query})")  # noqa: S608

    def has(self, name: str) -> bool:
        """Whether a table was kept already, in a run that was stopped."""
        return name in self._kept

    def _keep(self, name: str, query: str) -> None:
        """A table and the note that it is there, both or neither."""
        if self.has(name):
            return
        with self.transaction(), self._named():
            self._base.sql(query).create(name)
            self._base.execute("insert into kept values (?)", [name])
        self._kept.add(name)

    def drop(self, *names: str) -> None:
        """Let go of tables, those that are not there any more included."""
        for name in names:
            self.execute(f"drop table if exists {name}")

    def digits(self, key: str) -> str:
        """SQL for the first 48 bits of the MD5 that a key is, as a number, last byte first."""
        return f"cast({key} & 281474976710655 as bigint)"
