"""Tables as other tools write them: CSV, TSV, JSON Lines, Parquet and Arrow files, single or a folder of parts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from goldwire.converting.context import Context
from goldwire.converting.files import files_of, read_json_lines, read_text, without_mark
from goldwire.errors import ReadError
from goldwire.formats.source import read_bytes, write_atomic

__all__ = ["Cell", "Row", "column_of", "number_of", "read_rows", "text_of", "write_rows"]

Cell = Any
"""A string, number, boolean or list, or None."""

_KINDS = (".csv", ".tsv", ".jsonl", ".json", ".parquet", ".arrow")


@dataclass(frozen=True)
class Row:
    """A row with its place; cells without a value are not there."""

    path: Path
    line: int
    cells: Mapping[str, Cell] = field(default_factory=dict)


def read_rows(path: Path, context: Context, *, names: Sequence[str] = (), header: bool = True) -> Iterator[Row]:
    """The rows of a file by its kind, or of all such files below a folder.

    names: what the cells are of JSON lines that are lists, and of CSV and TSV files without a header.
    Raises ReadError where nothing of these kinds is there.
    """
    if path.is_dir():
        parts = sorted({part for kind in _KINDS for _, part in files_of(path, kind)})
        parts = [part for part in parts if part.name not in ("dataset_info.json", "state.json")]  # of `datasets`
        if not parts:
            raise ReadError(f"{path}: holds no file of the kinds {', '.join(_KINDS)}")
        for part in parts:
            yield from _file(part, context, names, header)
    else:
        yield from _file(path, context, names, header)


def _file(path: Path, context: Context, names: Sequence[str], header: bool) -> Iterator[Row]:
    head = read_bytes(path, context.incidents)[:64]
    suffix = re.sub(r"\.(gz|zst)$", "", path.name.lower()).rpartition(".")[2]
    if head[:4] == b"PAR1" or head[:4] == b"\xff\xff\xff\xff" or head[:6] == b"ARROW1":
        yield from _arrow(path, context)
    elif suffix in ("jsonl", "json", "ndjson"):
        yield from _json(path, context, names)
    else:
        yield from _delimited(path, "\t" if suffix == "tsv" else "", context, () if header else names)


def _arrow(path: Path, context: Context) -> Iterator[Row]:
    import pyarrow.ipc as ipc
    import pyarrow.parquet as pq

    data = read_bytes(path, context.incidents)
    try:
        if data[:4] == b"PAR1":
            table = pq.ParquetFile(pa.BufferReader(data)).read()
        elif data[:6] == b"ARROW1":
            table = ipc.open_file(pa.BufferReader(data)).read_all()
        else:
            table = ipc.open_stream(pa.BufferReader(data)).read_all()
        table.validate(full=True)
        rows = table.to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        context.incidents.add("truncated-archive", str(path), 0, found=str(error).splitlines()[0])
        return
    for line, row in enumerate(rows, 1):
        yield Row(path, line, {name: value for name, value in row.items() if value is not None})


def _json(path: Path, context: Context, names: Sequence[str]) -> Iterator[Row]:
    for value in read_json_lines(path, context):
        if isinstance(value.value, dict):
            yield Row(path, value.line(), {k: v for k, v in value.value.items() if v is not None})
        elif isinstance(value.value, list) and names and len(value.value) <= len(names):
            yield Row(path, value.line(), dict(zip(names, value.value, strict=False)))
        else:
            context.incidents.add("foreign-syntax", str(path), value.line(), expected="a JSON object a line")


def _delimited(path: Path, delimiter: str, context: Context, names: Sequence[str]) -> Iterator[Row]:
    text = read_text(path, context)
    if text is None:
        return
    text = without_mark(text, path, context)
    first = text.split("\n", 1)[0]
    delimiter = delimiter or max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        header = list(names) or next(reader, [])
        if not names and len(set(header)) < len(header):
            again = next(name for name in header if header.count(name) > 1)
            context.incidents.add("foreign-syntax", str(path), 1, found=f"two columns named {again!r}")
            return
        line = reader.line_num + 1
        for cells in reader:
            if cells and (len(cells) > len(header) or (len(cells) < len(header) and not names)):
                expected = f"{len(header)} cells"
                context.incidents.add("foreign-syntax", str(path), line, found=f"{len(cells)} cells", expected=expected)
            elif cells:
                yield Row(path, line, {k: v for k, v in zip(header, cells, strict=False) if v != ""})
            line = reader.line_num + 1
    except csv.Error as error:
        context.incidents.add("foreign-syntax", str(path), max(reader.line_num, line), found=str(error))


def column_of(cells: Mapping[str, Cell], names: Iterable[str]) -> str | None:
    """The first of the names that is a column."""
    return next((name for name in names if name in cells), None)


def text_of(value: Cell) -> str:
    """A cell as an id or label: 7 and 7.0 are "7"."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return value if isinstance(value, str) else str(value)


def number_of(row: Row, name: str, context: Context, kind: type[int] | type[float] = int) -> Any:
    """A cell as a number; None where there is none, and, with an incident, where it is something else."""
    value = row.cells.get(name)
    if value is None:
        return None
    try:
        if isinstance(value, str):
            if len(value) > 40:
                raise ValueError(value)
            number: Any = kind(value)
        elif isinstance(value, bool) or (kind is int and float(value) != int(value)):
            raise ValueError(value)
        else:
            number = kind(value)
        if number != number or number in (float("inf"), float("-inf")):
            raise ValueError(value)
    except (ValueError, TypeError, OverflowError):
        expected = "a whole number" if kind is int else "a number"
        found = repr(value)[:60]
        context.incidents.add("foreign-syntax", str(row.path), row.line, item=name, found=found, expected=expected)
        return None
    return number


def write_rows(path: Path, schema: pa.Schema, rows: Sequence[Mapping[str, Cell]]) -> None:
    """Write rows as the name of the file says: .parquet, .jsonl, .tsv, else CSV. Raises ReadError."""
    import json

    suffix = path.suffix.lower()
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        with write_atomic(path) as stream:
            pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), stream, compression="zstd")
        return
    buffer = io.StringIO(newline="")
    if suffix == ".jsonl":
        for row in rows:
            buffer.write(json.dumps({k: v for k, v in row.items() if v is not None}, ensure_ascii=False) + "\n")
    else:
        writer = csv.writer(buffer, delimiter="\t" if suffix == ".tsv" else ",", lineterminator="\n")
        writer.writerow(schema.names)
        for row in rows:
            writer.writerow([_shown(row.get(name)) for name in schema.names])
    with write_atomic(path) as stream:
        stream.write(buffer.getvalue().encode())


def _shown(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(map(str, value))
    return repr(value) if isinstance(value, float) else str(value)
