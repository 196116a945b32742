"""Gold or predictions in one Parquet file: the columns of a record, nested as in JSON Lines."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from goldwire.formats.jsonl import RecordFile
from goldwire.formats.records import RECORD
from goldwire.incidents import Incidents, did_you_mean
from goldwire.schemas import errors_of

__all__ = ["parse_parquet"]


def parse_parquet(data: bytes, path: str, incidents: Incidents) -> RecordFile:
    """Read records from Parquet. The header is JSON under the key ``goldwire`` of the file's metadata.

    Struct fields may come in any order and number; a column that does not convert is an incident.
    """
    try:
        table = pq.ParquetFile(pa.BufferReader(data)).read()
    except (pa.ArrowInvalid, OSError) as error:
        incidents.add("truncated-archive", path, 0, found=str(error).splitlines()[0])
        table = RECORD.empty_table()
    header: dict[str, Any] = {}
    stated = (table.schema.metadata or {}).get(b"goldwire")
    if stated:
        try:
            header = json.loads(stated)
        except ValueError as error:
            incidents.add("header", path, 0, found=str(error))
        for where, message in errors_of("prediction", header, definition="header"):
            incidents.add("header", path, 0, item=where, found=message)
    columns = []
    for field in RECORD:
        if field.name not in table.column_names:
            columns.append(pa.nulls(len(table), field.type))
            continue
        column = table[field.name]
        try:
            columns.append(_conformed(column, field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
            incidents.add("schema", path, 0, item=field.name, found=str(column.type), expected=str(field.type))
            columns.append(pa.nulls(len(table), field.type))
    for name in table.column_names:
        if name not in RECORD.names:
            incidents.add("unknown-field", path, 0, found=repr(name), suggestion=did_you_mean(name, RECORD.names))
    records = pa.table(columns, schema=RECORD)
    if not len(records) and not header:
        incidents.add("empty-file", path, 0)
    return RecordFile(path, header, records, lambda record, _: (path, record + 1))


def _conformed(array: Any, kind: pa.DataType) -> pa.Array:
    """The array as ``kind``: struct fields by name (missing ones null), lists item by item, numbers cast safely."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
        array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    if array.type == kind:
        return array
    if pa.types.is_struct(kind) and pa.types.is_struct(array.type):
        own = {f.name: i for i, f in enumerate(array.type)}
        parts = array.flatten()
        fields = [
            _conformed(parts[own[f.name]], f.type) if f.name in own else pa.nulls(len(array), f.type) for f in kind
        ]
        return pa.StructArray.from_arrays(fields, fields=list(kind), mask=array.is_null())
    if pa.types.is_list(kind) and (pa.types.is_list(array.type) or pa.types.is_large_list(array.type)):
        import numpy as np
        import pyarrow.compute as pc

        lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
        ends = pa.array(np.r_[0, np.cumsum(lengths)].astype(np.int32))
        return pa.ListArray.from_arrays(ends, _conformed(array.flatten(), kind.value_type), mask=array.is_null())
    return array.cast(kind)
