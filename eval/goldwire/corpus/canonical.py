"""Canonical JSON Lines of a table, column by column: what `json.dumps(row, sort_keys=True, ...)` gives, much faster."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["json_lines"]

_CONTROL = [chr(code) for code in range(0x20)]


def json_lines(batch: pa.RecordBatch) -> pa.Buffer:
    """The rows as JSON, one a line, keys sorted, no spaces, UTF-8; nulls are kept, and no number may be NaN."""
    if not len(batch):
        return pa.py_buffer(b"")
    fields = {name: batch.column(name) for name in batch.schema.names}
    return _bytes(_object(fields, len(batch), "\n"))


def _bytes(strings: pa.Array) -> pa.Buffer:
    """The bytes of all strings, one after the other."""
    _, offsets, data = strings.buffers()
    kind = np.int64 if pa.types.is_large_string(strings.type) else np.int32
    ends = np.frombuffer(offsets, kind)
    first, last = int(ends[strings.offset]), int(ends[strings.offset + len(strings)])
    return data.slice(first, last - first)


def _object(fields: dict[str, pa.Array], length: int, end: str = "") -> pa.Array:
    """Objects of the given fields."""
    parts: list[pa.Array | pa.Scalar] = []
    opening = "{"
    for name in sorted(fields):
        parts += [_text(opening + json.dumps(name, ensure_ascii=False) + ":"), _values(fields[name])]
        opening = ","
    closing = "}" if fields else "{}"
    if not fields:
        return pa.array([closing + end] * length, pa.large_string())
    return pc.binary_join_element_wise(*parts, _text(closing + end), _text(""))


def _values(values: pa.Array) -> pa.Array:
    """(n,) the JSON of each value, "null" where there is none."""
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        written = _quoted(values.cast(pa.large_string()))
    elif pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        written = values.cast(pa.large_string())
    elif pa.types.is_floating(kind):
        distinct = values.dictionary_encode()
        written = pa.array([_number(x) for x in distinct.dictionary.to_pylist()], pa.large_string()).take(
            distinct.indices
        )
    elif pa.types.is_struct(kind):
        inner = dict(zip([field.name for field in kind], values.flatten(), strict=True))
        written = _object(inner, len(values))
        written = pc.if_else(values.is_valid(), written, pa.scalar(None, pa.large_string()))
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        written = _lists(values)
    else:
        written = pa.array([json.dumps(x, allow_nan=False) for x in values.to_pylist()], pa.large_string())
    return pc.fill_null(written, "null") if values.null_count else written


def _lists(values: pa.Array) -> pa.Array:
    """Arrays; null where the list is."""
    lengths = pc.fill_null(pc.list_value_length(values), 0).to_numpy(zero_copy_only=False)
    ends = pa.array(np.r_[0, np.cumsum(lengths)].astype(np.int32))
    items = pa.ListArray.from_arrays(ends, _values(values.flatten()))
    joined = pc.binary_join_element_wise(_text("["), pc.binary_join(items, _text(",")), _text("]"), _text(""))
    return pc.if_else(values.is_valid(), joined, pa.scalar(None, pa.large_string())) if values.null_count else joined


def _quoted(strings: pa.Array) -> pa.Array:
    """JSON strings."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        strings = pc.replace_substring(strings, plain, escaped)
    if pc.any(pc.match_substring_regex(strings, "[\\x00-\\x1f]")).as_py():
        for control in _CONTROL:
            strings = pc.replace_substring(strings, control, json.dumps(control)[1:-1])
    return pc.binary_join_element_wise(_text('"'), strings, _text('"'), _text(""))


def _number(value: float | None) -> str | None:
    return None if value is None else json.dumps(value, allow_nan=False)


def _text(value: str) -> pa.Scalar:
    return pa.scalar(value, pa.large_string())
