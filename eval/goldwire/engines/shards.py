"""Inputs in many files: what a pattern, a folder or a URL names, and every file piece by piece."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from goldwire.errors import MissingExtra, ReadError
from goldwire.formats.jsonl import RecordFile, parse_jsonl
from goldwire.formats.parquet import record_file
from goldwire.formats.records import RECORD
from goldwire.incidents import Incidents
from goldwire.paths import RECORD_FILES

__all__ = ["begins_with", "digest_of", "line_blocks", "opened_shard", "pieces", "shards_of", "size_of"]

_BLOCK = 1 << 25
"""Bytes of JSON Lines that are read in one piece."""
_ROWS = 20_000
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5": "zstd"}


def shards_of(path: str | Path) -> list[str]:
    """The files that a path names, sorted. Raises ReadError where there are none, MissingExtra."""
    text = str(path)
    if "://" in text:
        system, inside = _remote(text)
        found = system.glob(inside) if any(sign in inside for sign in "*?[") else _listed(system, inside)
        names = [system.unstrip_protocol(name) for name in found]
    elif Path(text).is_dir():
        names = [str(one) for one in Path(text).iterdir() if one.name.endswith(RECORD_FILES)]
    elif Path(text).is_file():
        names = [text]
    else:
        at = Path(text)
        base = Path(at.anchor) if at.is_absolute() else Path()
        names = [str(one) for one in base.glob(str(at.relative_to(at.anchor) if at.is_absolute() else at))]
    if not names:
        raise ReadError(f"{text}: no such files")
    return sorted(names)


def size_of(shard: str) -> int:
    """Bytes of a shard as it is stored. Raises ReadError."""
    if "://" in shard:
        system, inside = _remote(shard)
        return int(system.size(inside) or 0)
    try:
        return Path(shard).stat().st_size
    except OSError as error:
        raise ReadError(f"{shard}: cannot be read ({error.strerror})") from None


def digest_of(shard: str) -> str:
    """sha256 of a shard's bytes."""
    digest = hashlib.sha256()
    with opened_shard(shard) as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def pieces(shard: str, incidents: Incidents, *, small: bool = False) -> Iterator[RecordFile]:
    """A shard's records, a piece at a time; the header stands in the first piece.

    small: little pieces, for who only wants to have a look.

    A damaged shard is an incident of the rule truncated-archive. Raises ReadError where it cannot be opened or a column
    is not of the record's type.
    """
    with opened_shard(shard) as stream:
        if begins_with(stream, 4) == b"PAR1":
            yield from _of_parquet(stream, shard, incidents, 100 if small else _ROWS)
        else:
            yield from _of_lines(stream, shard, incidents, 1 << 16 if small else _BLOCK)


def _of_parquet(stream: BinaryIO, shard: str, incidents: Incidents, rows: int) -> Iterator[RecordFile]:
    before = 0
    try:
        file = pq.ParquetFile(stream, page_checksum_verification=True)
        if not file.metadata.num_rows:
            yield record_file(file.read(), shard, incidents)
        for batch in file.iter_batches(rows):
            table = pa.Table.from_batches([batch]).replace_schema_metadata(file.schema_arrow.metadata)
            table.validate(full=True)
            yield record_file(table, shard, incidents, before)
            before += len(table)
    except (pa.ArrowInvalid, OSError) as error:
        incidents.add("truncated-archive", shard, 0, found=str(error).splitlines()[0])
        yield _nothing(shard)


def _of_lines(stream: BinaryIO, shard: str, incidents: Incidents, size: int) -> Iterator[RecordFile]:
    try:
        for data, before in line_blocks(stream, size):
            yield parse_jsonl(data, shard, incidents, before)
    except OSError as error:
        incidents.add("truncated-archive", shard, 0, found=str(error).splitlines()[0])
        yield _nothing(shard)


def begins_with(stream: BinaryIO, length: int) -> bytes:
    """The first bytes of a stream, which is left at its beginning."""
    magic = stream.read(length)
    stream.seek(0)
    return magic


def line_blocks(stream: BinaryIO, size: int = _BLOCK) -> Iterator[tuple[bytes, int]]:
    """Whole lines of a plain, gzip or zstandard stream, and how many came before. Raises OSError for a damaged archive."""
    archive = _MAGIC.get(begins_with(stream, 2))
    source: Any = pa.CompressedInputStream(stream, archive) if archive else stream
    before, rest = 0, b""
    while True:
        block = source.read(size)
        data, rest = _whole_lines(rest + block) if block else (rest, b"")
        if data or (not block and not before):
            yield data, before
            before += data.count(b"\n")
        if not block:
            return


def _whole_lines(data: bytes) -> tuple[bytes, bytes]:
    end = data.rfind(b"\n") + 1
    return data[:end], data[end:]


def _nothing(shard: str) -> RecordFile:
    return RecordFile(shard, {}, RECORD.empty_table(), lambda *_: (shard, 0))


@contextmanager
def opened_shard(shard: str) -> Iterator[BinaryIO]:
    """A shard for reading. Raises ReadError."""
    try:
        if "://" in shard:
            system, inside = _remote(shard)
            stream = system.open(inside, "rb")
        else:
            stream = Path(shard).open("rb")  # noqa: SIM115  (closed below, like the other one)
    except OSError as error:
        raise ReadError(f"{shard}: cannot be read ({error.strerror or error})") from None
    with stream:
        yield stream


def _listed(system: Any, inside: str) -> list[str]:
    if system.isdir(inside):
        return [name for name in system.ls(inside, detail=False) if name.endswith(RECORD_FILES)]
    return [inside] if system.exists(inside) else []


def _remote(url: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ModuleNotFoundError:
        raise MissingExtra("fsspec", "remote", f"reading {url}") from None
    try:
        system, inside = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise ReadError(f"{url}: {error}") from None
    return system, inside
