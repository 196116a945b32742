"""Canonical JSON Lines of a table, column by column: what `json.dumps(row, sort_keys=True, ...)` gives, much faster."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
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
    """(length,) objects of the given fields."""
    parts: list[str | pa.Array] = ["{"]
    for i, name in enumerate(sorted(fields)):
        parts += [("," if i else "") + json.dumps(name, ensure_ascii=False) + ":", *_parts(fields[name])]
    return _joined([*parts, "}" + end], length)


def _joined(parts: list[str | pa.Array], length: int) -> pa.Array:
    """(length,) the parts one after the other, constants next to one another made one."""
    columns: list[pa.Array | pa.Scalar] = []
    constant = ""
    for part in parts:
        if isinstance(part, str):
            constant += part
        else:
            columns += [_text(constant), part]
            constant = ""
    if not columns:
        return pa.array([constant] * length, pa.large_string())
    return pc.binary_join_element_wise(*columns, _text(constant), _text(""))


def _parts(values: pa.Array) -> list[str | pa.Array]:
    """The JSON of each value as parts to be joined."""
    kind = values.type
    if values.null_count == len(values):
        return ["null"]
    if not values.null_count and pa.types.is_string(kind):
        return ['"', _escaped(values.cast(pa.large_string())), '"']
    if not values.null_count and pa.types.is_list(kind):
        return ["[", _items(values), "]"]
    return [_values(values)]


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
        if values.null_count:
            written = pc.if_else(values.is_valid(), written, pa.scalar(None, pa.large_string()))
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        written = _lists(values)
    else:
        written = pa.array([json.dumps(x, allow_nan=False) for x in values.to_pylist()], pa.large_string())
    return pc.fill_null(written, "null") if values.null_count else written


def _lists(values: pa.Array) -> pa.Array:
    """Arrays; null where the list is."""
    joined = _joined(["[", _items(values), "]"], len(values))
    return pc.if_else(values.is_valid(), joined, pa.scalar(None, pa.large_string())) if values.null_count else joined


def _items(values: pa.Array) -> pa.Array:
    """(n,) the items of each list, with commas between them."""
    lengths = pc.fill_null(pc.list_value_length(values), 0).to_numpy(zero_copy_only=False)
    ends = pa.array(np.r_[0, np.cumsum(lengths)].astype(np.int32))
    return pc.binary_join(pa.ListArray.from_arrays(ends, _values(values.flatten())), _text(","))


def _quoted(strings: pa.Array) -> pa.Array:
    """JSON strings; null stays null."""
    return _joined(['"', _escaped(strings), '"'], len(strings))


def _escaped(strings: pa.Array) -> pa.Array:
    """The strings as they stand between quotation marks; where none has anything to escape, themselves."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        if (_raw(strings) == ord(plain)).any():
            strings = pc.replace_substring(strings, plain, escaped)
    if _raw(strings).min(initial=0x20) < 0x20:
        for control in _CONTROL:
            strings = pc.replace_substring(strings, control, json.dumps(control)[1:-1])
    return strings


def _raw(strings: pa.Array) -> npt.NDArray[np.uint8]:
    """The bytes of all strings: in UTF-8 those below 0x80 are characters."""
    return np.frombuffer(_bytes(strings), np.uint8)


def _number(value: float | None) -> str | None:
    return None if value is None else json.dumps(value, allow_nan=False)


def _text(value: str) -> pa.Scalar:
    return pa.scalar(value, pa.large_string())
