"""DuckDB as the database behind the engines: one machine, spilling to disk beyond its limit of memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from goldwire.errors import MissingExtra, ReadError

__all__ = ["DuckDB", "DuckLabels"]

_MEMORY = "1500MB"
_ROWS = 16_384


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
    """Label shards as the tables ``gold`` and ``pred``."""

    def __init__(self, gold: Sequence[str], pred: Sequence[str], folder: Path, memory: str = _MEMORY) -> None:
        super().__init__(folder, "clusters", memory)
        for name, shards in (("gold", gold), ("pred", pred)):
            with self._named():
                self._labels(list(shards)).create_view(name, replace=True)

    def _labels(self, shards: list[str]) -> Any:
        if shards[0].endswith(".parquet"):
            return self._base.read_parquet(shards).select("doc_id", "cluster")
        columns = {"doc_id": "VARCHAR", "cluster": "VARCHAR"}
        lines = self._base.read_json(shards, format="newline_delimited", columns=columns)
        return lines.filter("doc_id is not null")  # a header has none
