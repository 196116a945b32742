"""Gold or predictions in one Parquet file: the columns of a record, nested as in JSON Lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from goldwire.errors import ReadError
from goldwire.formats.jsonl import RecordFile, checked_header
from goldwire.formats.records import RECORD, combined, conformed
from goldwire.formats.strict_json import StrictJSONError, loads
from goldwire.incidents import Incidents, did_you_mean

__all__ = ["parse_parquet", "record_file"]


def parse_parquet(data: bytes, path: str, incidents: Incidents) -> RecordFile:
    """Read records from Parquet. The header is JSON under the key ``goldwire`` of the file's metadata.

    Struct fields may come in any order and number. Raises ReadError where a column is not of the record's type.
    """
    try:
        table = pq.ParquetFile(pa.BufferReader(data)).read()
        table.validate(full=True)
    except (pa.ArrowInvalid, OSError) as error:
        incidents.add("truncated-archive", path, 0, found=str(error).splitlines()[0])
        return RecordFile(path, {}, RECORD.empty_table(), lambda *_: (path, 0))
    return record_file(table, path, incidents)


def record_file(table: pa.Table, path: str, incidents: Incidents, before: int = 0) -> RecordFile:
    """A table read from Parquet, or a piece of it that ``before`` rows came ahead of, as records.

    Raises ReadError where a column is not of the record's type.
    """
    repeated = sorted({name for name in table.column_names if table.column_names.count(name) > 1})
    if repeated:
        raise ReadError(f"{path}: several columns are named {repeated[0]!r}")
    header = _header(table.schema.metadata or {}, path, incidents)
    strange: dict[str, str | None] = {
        name: did_you_mean(name, set(RECORD.names) - set(table.column_names))
        for name in table.column_names
        if name not in RECORD.names
    }
    columns = []
    for field in RECORD:
        if field.name not in table.column_names:
            columns.append(pa.nulls(len(table), field.type))
            continue
        column = table[field.name]
        try:
            columns.append(conformed(combined(column), field.type, field.name, strange))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            reason = str(error).splitlines()[0]
            raise ReadError(f"{path}: column {field.name!r} is {column.type}, not {field.type}: {reason}") from None
    for name, near in strange.items():
        rule = "misspelt-field" if near else "unknown-field"
        incidents.add(rule, path, 0, found=repr(name), suggestion=near)
    records = pa.table(columns, schema=RECORD)
    if not len(records) and not before and not header and not incidents.counts["header"]:
        incidents.add("empty-file", path, 0)
    return RecordFile(path, header, records, lambda record, _: (path, before + record + 1))


def _header(metadata: Mapping[bytes, bytes], path: str, incidents: Incidents) -> dict[str, Any]:
    if b"goldwire" not in metadata:
        return {}
    try:
        return checked_header(loads(metadata[b"goldwire"].decode("utf-8")), path, 0, incidents)
    except (StrictJSONError, UnicodeDecodeError) as error:
        incidents.add("header", path, 0, found=str(error))
        return {}
