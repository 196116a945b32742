"""Records to files: one of JSON Lines or Parquet with a header, or a folder of Parquet shards; whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from goldwire.errors import UsageError
from goldwire.formats.source import write_atomic

__all__ = ["check_output", "write_records"]

_ROWS = 1 << 20
"""Rows of a shard."""


def check_output(output: str | Path) -> None:
    """Raise UsageError where a folder of shards would be written over something."""
    path = Path(output)
    if _is_folder(output) and path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError(
            f"{path}: is there already; a folder of shards is written anew (or name a .jsonl or .parquet file)"
        )


def write_records(output: str | Path, head: dict[str, Any], schema: pa.Schema, tables: Iterable[pa.Table]) -> int:
    """Write tables, whose columns are some of ``schema``, behind a header; the number of rows. "-" is standard output.

    A name that ends in .parquet is one Parquet file, one with another ending one of JSON Lines, one without an ending a
    folder of Parquet shards.
    """
    if _is_folder(output):
        with _folder(Path(output)) as folder:
            return sum(
                _parquet((folder / f"part-{number:05}.parquet").open("wb"), head, schema, some)
                for number, some in enumerate(_shards(schema, tables))
            )
    with write_atomic(output) as stream:
        if str(output).endswith(".parquet"):
            return _parquet(stream, head, schema, tables)
        return _lines(stream, head, tables)


def _is_folder(output: str | Path) -> bool:
    return not Path(output).suffix and str(output) != "-" and not Path(output).is_char_device()


def _lines(stream: BinaryIO, head: dict[str, Any], tables: Iterable[pa.Table]) -> int:
    count = 0
    stream.write(json.dumps(head, ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n")
    for table in tables:
        for record in table.to_pylist():
            stream.write(json.dumps(record, ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n")
        count += len(table)
    return count


def _parquet(stream: BinaryIO, head: dict[str, Any], schema: pa.Schema, tables: Iterable[pa.Table]) -> int:
    count = 0
    told = schema.with_metadata({"goldwire": json.dumps(head, ensure_ascii=False, allow_nan=False)})
    with pq.ParquetWriter(stream, told, compression="zstd") as out:
        for table in tables:
            out.write_table(_complete(table, schema).cast(told))
            count += len(table)
    return count


def _complete(table: pa.Table, schema: pa.Schema) -> pa.Table:
    names = table.column_names
    columns = [table[f.name] if f.name in names else pa.nulls(len(table), f.type) for f in schema]
    return pa.table(columns, names=schema.names)


def _shards(schema: pa.Schema, tables: Iterable[pa.Table]) -> Iterator[list[pa.Table]]:
    """Tables in groups of so many rows; one group at least."""
    waiting: list[pa.Table] = []
    size = 0
    for table in tables:
        waiting.append(_complete(table, schema))
        size += len(table)
        if size >= _ROWS:
            yield waiting
            waiting, size = [], 0
    if waiting:
        yield waiting


@contextmanager
def _folder(target: Path) -> Iterator[Path]:
    """A folder that takes the name ``target`` only when it is complete."""
    making = target.with_name(f".{target.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        yield making
        if target.exists():
            target.rmdir()
        making.replace(target)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
