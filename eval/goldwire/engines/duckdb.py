"""DuckDB as the database behind clusters: one machine, spilling to disk beyond its limit of memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from goldwire.errors import MissingExtra, ReadError

__all__ = ["DuckDB"]

_MEMORY = "1500MB"


class DuckDB:
    """Label shards as the tables ``gold`` and ``pred``; spills into ``folder``. Raises MissingExtra, ReadError."""

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
                self._labels(list(shards)).create_view(name, replace=True)
        except duckdb.Error as error:
            raise self._named(error) from None

    def _labels(self, shards: list[str]) -> Any:
        if shards[0].endswith(".parquet"):
            return self._base.read_parquet(shards).select("doc_id", "cluster")
        columns = {"doc_id": "VARCHAR", "cluster": "VARCHAR"}
        lines = self._base.read_json(shards, format="newline_delimited", columns=columns)
        return lines.filter("doc_id is not null")  # a header has none

    def keep(self, name: str, query: str) -> None:
        """Keep the result of a query as a table."""
        try:
            self._base.sql(f"drop table if exists {name}")
            self._base.sql(query).create(name)
        except self._error as error:
            raise self._named(error) from None

    def number(self, name: str, query: str) -> None:
        """Keep the result of a query as a table, with a column ``code``: its rows numbered from 0."""
        self.keep(name, f"select *, row_number() over () - 1 as code from ({query})")

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
