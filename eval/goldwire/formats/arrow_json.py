"""JSON Lines by Arrow's reader: a whole file, or stretch of one, at once or not at all."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from goldwire.counts import IntArray
from goldwire.formats.lines import Lines
from goldwire.formats.records import RECORD, combined, conformed, explode
from goldwire.formats.strict_json import StrictJSONError, loads
from goldwire.incidents import did_you_mean

__all__ = ["Met", "by_arrow", "is_utf8", "misspelt"]

_BLOCK = 1 << 22
_LARGEST_BLOCK = 2**31 - 2
_SAMPLED = 30
_SMALL = 1 << 20

_WHOLE = pa.struct(list(RECORD))

Met = tuple[int, int, str | None]
"""Of a field that no schema names: record of the first one with a value, how many, the nearest field it lacks."""


def by_arrow(lines: Lines) -> tuple[pa.Table, dict[str, Met]] | None:
    """The lines as a table of records, and the fields that no schema names; None where a line is not as expected."""
    if not lines.plain or not is_utf8(lines.data):
        return None
    # A line may span two blocks, not three.
    block = min(max(_BLOCK, lines.longest), len(lines.data) + 1, _LARGEST_BLOCK)
    # Columns that stay empty take as long as full ones, so first only those that seem to be used.
    for schema, others in ((_narrowed(RECORD, _sample(lines)), "error"), (RECORD, "error"), (RECORD, "infer")):
        try:
            table = pj.read_json(
                pa.BufferReader(lines.data),
                read_options=pj.ReadOptions(block_size=block),
                parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior=others),
            )
        except pa.ArrowInvalid:
            continue
        columns = {name: combined(table[name]) for name in table.column_names}
        rows = pa.StructArray.from_arrays(list(columns.values()), names=list(columns))
        met = dict(_strange(rows, _WHOLE, "", np.arange(len(rows)))) if others == "infer" else {}
        shaped = [_shaped(columns, len(table), field) for field in RECORD]
        uncertain = any(map(_is_rounded, shaped)) or not all(times for _, times, _ in met.values())
        if uncertain or len(table) != len(lines.numbers):
            return None
        return pa.table(shaped, schema=RECORD), met
    return None


def _shaped(columns: dict[str, pa.Array], rows: int, field: pa.Field) -> pa.Array:
    if field.name not in columns:
        return pa.nulls(rows, field.type)
    return conformed(columns[field.name], field.type, field.name, {})


def _is_rounded(column: pa.Array) -> bool:
    """Whether a number is too large to be sure that it is the one in the file."""
    if pa.types.is_list(column.type):
        return _is_rounded(column.flatten())
    if pa.types.is_struct(column.type):
        return any(map(_is_rounded, column.flatten()))
    if not pa.types.is_floating(column.type) or column.null_count == len(column):
        return False
    return bool(pc.any(pc.greater_equal(pc.abs(column), 2**53)).as_py())


def _strange(array: pa.Array, kind: pa.DataType, name: str, record: IntArray) -> Iterator[tuple[str, Met]]:
    """The fields in an array that ``kind`` lacks. record: (rows,) the record each row lies in."""
    if pa.types.is_list(kind):
        items, owner, _ = explode(array)
        yield from _strange(items, kind.value_type, name, record[owner])
    elif pa.types.is_struct(kind):
        own = {field.name: part for field, part in zip(array.type, array.flatten(), strict=True)}
        known = {field.name: field.type for field in kind}
        for key, part in own.items():
            inner = f"{name}.{key}" if name else key
            if key in known:
                yield from _strange(part, known[key], inner, record)
                continue
            rows = np.flatnonzero(part.is_valid().to_numpy(zero_copy_only=False))
            first = int(rows[0]) if len(rows) else 0
            lacking = [field for field in known if field not in own or not own[field][first].is_valid]
            yield inner, (int(record[first]), len(rows), misspelt(key, lacking))


def _sample(lines: Lines) -> list[Any]:
    """Some records from all over the file, none of them large."""
    numbers = lines.numbers[:: 1 + len(lines.numbers) // _SAMPLED].tolist()
    found = []
    for line in map(lines.__getitem__, numbers):
        try:
            found += [loads(line.decode())] if len(line) < _SMALL else []
        except StrictJSONError:
            return []
    return found


def _narrowed(fields: Iterable[pa.Field], values: list[Any]) -> pa.Schema:
    """The fields that any of the values uses, those of structs likewise."""
    used = {field.name: [value[field.name] for value in values if field.name in value] for field in fields}
    return pa.schema(
        [field.with_type(_narrowed_type(field.type, used[field.name])) for field in fields if used[field.name]]
    )


def _narrowed_type(kind: pa.DataType, values: list[Any]) -> pa.DataType:
    if pa.types.is_list(kind):
        return pa.list_(
            _narrowed_type(kind.value_type, [x for value in values if isinstance(value, list) for x in value])
        )
    if pa.types.is_struct(kind):
        known = [value for value in values if isinstance(value, dict)]
        return pa.struct(list(_narrowed(list(kind), known))) if known else kind
    return kind


def is_utf8(data: bytes) -> bool:
    """Arrow's reader of JSON does not check."""
    ends = pa.py_buffer(np.array([0, len(data)], np.int64))
    try:
        pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(data)]).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def misspelt(name: str, valid: Iterable[str]) -> str | None:
    """The name so alike that the one given is a typing error for it rather than a field of one's own."""
    near = did_you_mean(name, valid)
    alike = near and difflib.SequenceMatcher(None, name.casefold(), near.casefold()).ratio() >= 0.8
    return near if alike else None
