"""JSON Lines to a table of records: the whole file at once by Arrow, line by line only where that fails."""

from __future__ import annotations

import difflib
import io
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from goldwire.counts import IntArray
from goldwire.formats.records import RECORD
from goldwire.formats.strict_json import Path, StrictJSONError, loads
from goldwire.incidents import Incidents, did_you_mean, path_text

__all__ = ["HEADER_KEYS", "RecordFile", "checked_header", "parse_jsonl"]

HEADER_KEYS = frozenset({"goldwire", "system", "offset_unit", "gold_digest", "threshold", "entity_scope", "corpus"})

Place = Callable[[int, Path], tuple[str, int]]
"""(record, JSON path in it) -> (file, line)."""


@dataclass
class RecordFile:
    """A gold or prediction file as read: its header, its records (schema RECORD), and the way back to its lines."""

    path: str
    header: Mapping[str, Any]
    records: pa.Table
    place: Place
    broken: int = 0
    """Records that could not be read at all and are not in the table."""
    digest: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _Lines:
    """Where the non-blank lines of a buffer lie; ``before`` lines of the file came ahead of it."""

    data: bytes
    before: int = 0

    @cached_property
    def _bounds(self) -> tuple[IntArray, IntArray]:
        raw = np.frombuffer(self.data, np.uint8)
        ends = np.flatnonzero(raw == ord("\n"))
        return np.r_[0, ends + 1], np.r_[ends, len(raw)]

    @cached_property
    def _like_objects(self) -> Any:
        """Where a line begins with "{"."""
        starts, _ = self._bounds
        raw = np.frombuffer(self.data + b"\n", np.uint8)
        return raw[starts] == ord("{")

    @cached_property
    def numbers(self) -> IntArray:
        """Line number in the file, from 1, of every non-blank line."""
        starts, ends = self._bounds
        others = np.flatnonzero(~self._like_objects).tolist()
        blank = [i for i in others if not self.data[starts[i] : ends[i]].strip()]
        return np.delete(np.arange(1, len(starts) + 1), blank) + self.before

    def __getitem__(self, number: int) -> bytes:
        starts, ends = self._bounds
        return self.data[starts[number - 1 - self.before] : ends[number - 1 - self.before]]

    def after(self, number: int) -> _Lines:
        """The lines behind a line."""
        _, ends = self._bounds
        return _Lines(self.data[ends[number - 1 - self.before] + 1 :], number)

    @property
    def plain(self) -> bool:
        """Whether every non-blank line begins and ends like an object.

        Arrow takes objects that run over lines, and pyarrow 26 crashes on a block that starts with null.
        """
        if not len(self.numbers) or len(self.numbers) > int(self._like_objects.sum()):
            return False
        starts, ends = self._bounds
        lines = self.numbers - 1 - self.before
        raw = np.frombuffer(self.data, np.uint8)
        open_ended = lines[raw[ends[lines] - 1] != ord("}")]
        return all(self.data[starts[i] : ends[i]].rstrip().endswith(b"}") for i in open_ended.tolist())


def parse_jsonl(data: bytes, path: str, incidents: Incidents) -> RecordFile:
    """Read JSON Lines with an optional header line. Bad lines become incidents and are left out of the table."""
    if data.startswith(b"\xef\xbb\xbf"):
        incidents.add("byte-order-mark", path, 1)
        data = data[3:]
    lines = _Lines(data)
    header: dict[str, Any] = {}
    if len(lines.numbers) and b'"goldwire"' in lines[int(lines.numbers[0])]:
        first = int(lines.numbers[0])
        found = _header_line(lines[first], path, first, incidents)
        if found is not None:
            header, lines = found, lines.after(first)
    numbers = lines.numbers
    if not len(numbers):
        if not header and not incidents.counts["truncated-archive"]:
            incidents.add("empty-file", path, 0, expected="one JSON object a line")
        return RecordFile(path, header, RECORD.empty_table(), lambda *_: (path, 0))
    table = _fast(lines)
    if table is not None and len(table) == len(numbers):
        return RecordFile(path, header, table, lambda record, _: (path, int(numbers[record])))
    return _slow(lines, path, header, incidents)


def _fast(lines: _Lines) -> pa.Table | None:
    """The whole buffer by Arrow, or None where any line is not exactly as expected."""
    if not lines.plain:
        return None
    options = pj.ParseOptions(explicit_schema=RECORD, unexpected_field_behavior="error")
    block = min(len(lines.data), 1 << 24)
    try:
        pa.array([lines.data], pa.large_binary()).cast(pa.large_string())  # Arrow's reader does not check UTF-8
        return pj.read_json(
            io.BytesIO(lines.data), read_options=pj.ReadOptions(block_size=block), parse_options=options
        )
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None


def _header_line(line: bytes, path: str, number: int, incidents: Incidents) -> dict[str, Any] | None:
    """The header on a line, or None where the line is a record that only mentions the word."""
    try:
        header = loads(line.decode("utf-8"))
    except (StrictJSONError, UnicodeDecodeError) as error:
        if not line.lstrip().startswith(b'{"goldwire"'):
            return None
        incidents.add("header", path, number, found=str(error))
        return {}
    if not isinstance(header, dict) or "goldwire" not in header:
        return None
    return checked_header(header, path, number, incidents)


def checked_header(header: Any, path: str, number: int, incidents: Incidents) -> dict[str, Any]:
    """A header that fits its schema, else an empty one and the reasons; keys it does not know are pointed out."""
    from goldwire.schemas import errors_of

    problems = list(errors_of("prediction", header, definition="header"))
    for where, message in problems:
        incidents.add("header", path, number, item=path_text(where), found=message)
    if problems:
        return {}
    for key in header.keys() - HEADER_KEYS:
        near = did_you_mean(key, HEADER_KEYS - header.keys())
        slip = near if near and _one_slip(key, near) else None
        rule = "misspelt-field" if slip else "unknown-field"
        incidents.add(rule, path, number, item="header", found=repr(key), suggestion=slip)
    return dict(header)


def _slow(lines: _Lines, path: str, header: Mapping[str, Any], incidents: Incidents) -> RecordFile:
    """Line by line, so that every bad line gets its own incident and the good ones survive."""
    from goldwire.schemas import errors_of

    good: list[dict[str, Any]] = []
    places: list[int] = []
    unknown: Counter[str] = Counter()
    first_seen: dict[str, tuple[int, str | None]] = {}
    for number in lines.numbers.tolist():
        try:
            record = loads(lines[number].decode("utf-8"))
        except UnicodeDecodeError as error:
            incidents.add("encoding", path, number, found=f"byte {error.object[error.start]:#04x}", expected="UTF-8")
            continue
        except StrictJSONError as error:
            incidents.add(error.rule, path, number, found=str(error))
            continue
        strange: list[tuple[str, str | None]] = []
        fits = isinstance(record, dict) and _fits(record, pa.struct(list(RECORD)), "", strange)
        for name, suggestion in strange:
            unknown[name] += 1
            first_seen.setdefault(name, (number, suggestion))
        if not fits:
            problems = list(errors_of("prediction", record)) or [((), "a value of the wrong type or out of range")]
            for where, message in problems:
                incidents.add("schema", path, number, item=path_text(where), found=message)
            continue
        good.append(record)
        places.append(number)
    for name, times in unknown.items():
        number, suggestion = first_seen[name]
        rule = "misspelt-field" if suggestion else "unknown-field"
        incidents.add(rule, path, number, found=f"{name!r} in {times} place(s)", suggestion=suggestion)
    table = pa.Table.from_pylist(good, schema=RECORD)
    broken = len(lines.numbers) - len(good)
    return RecordFile(path, header, table, lambda record, _: (path, places[record]), broken)


def _fits(value: Any, kind: pa.DataType, name: str, strange: list[tuple[str, str | None]]) -> bool:
    """Whether a JSON value converts to the Arrow type without loss; fields no schema names are collected."""
    if value is None:
        return True
    if pa.types.is_struct(kind):
        if not isinstance(value, dict):
            return False
        fields = {f.name: f.type for f in kind}
        for key in value.keys() - fields.keys():
            near = did_you_mean(key, (f for f in fields if f not in value))
            strange.append((f"{name}.{key}" if name else key, near if near and _one_slip(key, near) else None))
        parts = [(value[key], fields[key], f"{name}.{key}" if name else key) for key in value.keys() & fields]
        fitting = [_fits(*part, strange) for part in parts]  # a list: every part is to be looked at
        return all(fitting)
    if pa.types.is_list(kind):
        fitting = (
            [_fits(item, kind.value_type, name, strange) for item in value] if isinstance(value, list) else [False]
        )
        return all(fitting)
    if pa.types.is_boolean(kind):
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if pa.types.is_integer(kind):
        return isinstance(value, int) and -(2**31) <= value < 2**31
    if pa.types.is_floating(kind):
        return abs(value) <= 2**53 if isinstance(value, int) else isinstance(value, float)
    return isinstance(value, str)


def _one_slip(name: str, near: str) -> bool:
    """Whether two names are so alike that one is a typing error for the other rather than a field of one's own."""
    return difflib.SequenceMatcher(None, name.casefold(), near.casefold()).ratio() >= 0.8
