"""Articles in files: what a path names, and the ids and texts of each file, some at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq

from goldwire.engines.shards import begins_with, digest_of, line_blocks, opened_shard, shards_of, size_of
from goldwire.errors import ReadError
from goldwire.formats.arrow_json import is_utf8
from goldwire.formats.dataset import is_dataset, is_inside, read_manifest
from goldwire.formats.lines import Lines
from goldwire.formats.records import combined
from goldwire.formats.strict_json import StrictJSONError, loads
from goldwire.incidents import Incidents
from goldwire.paths import data_folder

__all__ = ["ARTICLE", "Source", "articles_in", "source_of"]

ARTICLE = pa.schema([("doc_id", pa.string()), ("text", pa.string()), ("line", pa.int64())])
"""An article and the line, or row, of its file."""

_ROWS = 4096
_FIELDS = pa.schema([("doc_id", pa.string()), ("text", pa.string())])


@dataclass(frozen=True)
class Source:
    """Files of articles. sums: sha256 of those of which it is stated; digest: of a built dataset as a whole."""

    name: str
    shards: tuple[str, ...]
    version: str | None = None
    digest: str | None = None
    sums: Mapping[str, str] | None = None

    def job(self) -> dict[str, int | str]:
        """What has to be the same for finished work to be good: the files and their sizes."""
        return {shard: size_of(shard) for shard in self.shards}


def source_of(path: str | Path | None) -> Source:
    """The articles of a built dataset, or of record files: a file, a pattern, a folder, a URL. None: the packaged dataset.

    Raises ReadError where there are none, MissingExtra.
    """
    if path is None:
        return _of_dataset(data_folder("dataset"))
    if "://" not in str(path) and is_dataset(Path(path)):
        return _of_dataset(Path(path))
    at = Path(path)
    name = at.parent.name if any(sign in at.name for sign in "*?[") else at.name.split(".")[0]
    return Source(name or "unnamed", tuple(shards_of(path)))


def _of_dataset(folder: Path) -> Source:
    manifest = read_manifest(folder)
    entry = manifest["configs"]["articles"]
    sums = {str(folder / shard["file"]): shard["sha256"] for shard in entry.get("shards") or [entry]}
    for shard in sums:
        if not is_inside(str(Path(shard).relative_to(folder))):
            raise ReadError(f"{folder}: config 'articles' points outside the dataset: {shard}")
    return Source(manifest["name"], tuple(sums), manifest["version"], manifest["digest"], sums)


def articles_in(source: Source, number: int, incidents: Incidents) -> Iterator[pa.Table]:
    """The articles of one file, tables of schema ARTICLE. Bad lines and a damaged file are incidents.

    Raises ReadError where the file cannot be opened or has no such columns.
    """
    shard = source.shards[number]
    stated = (source.sums or {}).get(shard)
    if stated and (found := digest_of(shard)) != stated:
        incidents.add("checksum", shard, 0, found=f"sha256 {found}", expected=f"sha256 {stated}")
        return
    with opened_shard(shard) as stream:
        read = _of_parquet if begins_with(stream, 4) == b"PAR1" else _of_lines
        for table in read(stream, shard, incidents):
            yield _whole(table, shard, incidents)


def _of_parquet(stream: BinaryIO, shard: str, incidents: Incidents) -> Iterator[pa.Table]:
    before = 0
    try:
        file = pq.ParquetFile(stream)
        for name in _FIELDS.names:
            if file.schema_arrow.names.count(name) != 1:
                raise ReadError(f"{shard}: has no column {name!r}, or several; articles have 'doc_id' and 'text'")
        for batch in file.iter_batches(_ROWS, columns=_FIELDS.names):
            table = pa.Table.from_batches([batch]).select(_FIELDS.names)
            table.validate(full=True)
            yield _numbered(table, pa.array(range(before + 1, before + len(table) + 1), pa.int64()), shard)
            before += len(table)
    except (pa.ArrowInvalid, OSError) as error:
        incidents.add("truncated-archive", shard, 0, found=str(error).splitlines()[0])


def _of_lines(stream: BinaryIO, shard: str, incidents: Incidents) -> Iterator[pa.Table]:
    try:
        for data, before in line_blocks(stream):
            lines = Lines(data, before)
            if not before and len(lines.numbers) and b'"goldwire"' in lines[int(lines.numbers[0])]:
                lines = lines.after(int(lines.numbers[0]))  # a header
            if not len(lines.numbers):
                continue
            table = _by_arrow(lines)
            whole = _singly(lines, shard, incidents) if table is None else _numbered(table, lines.numbers, shard)
            yield from (whole.slice(low, _ROWS) for low in range(0, len(whole), _ROWS))
    except OSError as error:
        incidents.add("truncated-archive", shard, 0, found=str(error).splitlines()[0])


def _by_arrow(lines: Lines) -> pa.Table | None:
    """Lines as a table, or None where one is not as expected."""
    if not lines.plain or not is_utf8(lines.data):
        return None
    parsing = pj.ParseOptions(explicit_schema=_FIELDS, unexpected_field_behavior="ignore")
    reading = pj.ReadOptions(block_size=len(lines.data) + 1)
    try:
        table = pj.read_json(pa.BufferReader(lines.data), read_options=reading, parse_options=parsing)
    except pa.ArrowInvalid:
        return None
    return table.select(_FIELDS.names) if len(table) == len(lines.numbers) else None


def _singly(lines: Lines, shard: str, incidents: Incidents) -> pa.Table:
    """Line by line, so that every bad one gets its own incident."""
    rows = []
    for number in lines.numbers.tolist():
        try:
            record = loads(lines[number].decode("utf-8"))
        except UnicodeDecodeError as error:
            incidents.add("encoding", shard, number, found=f"byte {error.object[error.start]:#04x}", expected="UTF-8")
            continue
        except StrictJSONError as error:
            incidents.add(error.rule, shard, number, found=str(error))
            continue
        values = [record.get(name) if isinstance(record, dict) else None for name in _FIELDS.names]
        rows.append([value if isinstance(value, str) else None for value in values] + [number])
    return pa.Table.from_pylist([dict(zip(ARTICLE.names, row, strict=True)) for row in rows], schema=ARTICLE)


def _numbered(table: pa.Table, numbers: object, shard: str) -> pa.Table:
    """With line numbers and the types of ARTICLE. Raises ReadError."""
    kinds = {field.name: field.type for field in table.schema}
    for name, kind in kinds.items():
        inner = kind.value_type if pa.types.is_dictionary(kind) else kind
        if not (pa.types.is_string(inner) or pa.types.is_large_string(inner) or pa.types.is_null(inner)):
            raise ReadError(f"{shard}: column {name!r} is {kind}; articles have strings as 'doc_id' and 'text'")
    return table.append_column("line", pa.array(numbers, pa.int64())).cast(ARTICLE)


def _whole(table: pa.Table, shard: str, incidents: Incidents) -> pa.Table:
    """The articles that have an id and a text; each other one is an incident."""
    keep = None
    for name in _FIELDS.names:
        column = combined(table[name])
        if column.null_count:
            missing = column.is_null()
            for line in table["line"].filter(missing).to_pylist():
                incidents.add("schema", shard, line, found=f"no {name!r}", expected="an article: doc_id and text")
            keep = missing if keep is None else pa.compute.or_(keep, missing)
    return table if keep is None else table.filter(pa.compute.invert(keep))
