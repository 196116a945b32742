"""JSON Lines to a table of records: the whole file at once by Arrow, line by line only where that fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from goldwire.counts import IntArray
from goldwire.formats.arrow_json import by_arrow, misspelt
from goldwire.formats.lines import Lines
from goldwire.formats.records import RECORD
from goldwire.formats.strict_json import Path, StrictJSONError, loads
from goldwire.incidents import Incidents, path_text

__all__ = ["HEADER_KEYS", "RecordFile", "checked_header", "parse_jsonl"]

HEADER_KEYS = frozenset({"goldwire", "system", "offset_unit", "gold_digest", "threshold", "entity_scope", "corpus"})

_SINGLY = 64  # lines: fewer are not worth another try in one go

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


def parse_jsonl(data: bytes, path: str, incidents: Incidents, before: int = 0) -> RecordFile:
    """Read JSON Lines with an optional header line. Bad lines become incidents and are left out of the table.

    before: lines of the file that came ahead of these, where it is read piece by piece; only the first has a header.
    """
    if not before and data.startswith(b"\xef\xbb\xbf"):
        incidents.add("byte-order-mark", path, 1)
        data = data[3:]
    lines = Lines(data, before)
    header: dict[str, Any] = {}
    if not before and len(lines.numbers) and b'"goldwire"' in lines[int(lines.numbers[0])]:
        first = int(lines.numbers[0])
        found = _header_line(lines[first], path, first, incidents)
        if found is not None:
            header, lines = found, lines.after(first)
    if not len(lines.numbers):
        if not header and not before and not incidents.counts["truncated-archive"]:
            incidents.add("empty-file", path, 0, expected="one JSON object a line")
        return RecordFile(path, header, RECORD.empty_table(), lambda *_: (path, 0))
    reader = _Reader(path, incidents)
    reader.read(lines)
    reader.report()
    numbers = np.concatenate(reader.numbers)
    table = pa.concat_tables(reader.tables)  # mostly one: joined with another it would have to be copied
    broken = len(lines.numbers) - len(table)
    return RecordFile(path, header, table, lambda record, _: (path, int(numbers[record])), broken)


@dataclass
class _Reader:
    """Records by Arrow where it takes them, and line by line in the stretches of a file where it does not."""

    path: str
    incidents: Incidents
    tables: list[pa.Table] = field(default_factory=list)
    numbers: list[IntArray] = field(default_factory=list)
    """Line numbers of the records of each table."""
    unknown: dict[str, _Unknown] = field(default_factory=dict)

    def read(self, lines: Lines) -> None:
        """All records of these lines; stretches without a fault take no time to speak of."""
        found = by_arrow(lines)
        if found is not None:
            self.tables.append(found[0])
            self.numbers.append(lines.numbers)
            for name, (record, times, suggestion) in found[1].items():
                self.note(name, _Unknown(times, int(lines.numbers[record]), suggestion))
        elif len(lines.numbers) > _SINGLY:
            for half in lines.halves():
                self.read(half)
        else:
            self.singly(lines)

    def singly(self, lines: Lines) -> None:
        """Line by line, so that every bad line gets its own incident and the good ones survive."""
        from goldwire.schemas import count_errors, errors_of

        good: list[dict[str, Any]] = []
        numbers: list[int] = []
        for number in lines.numbers.tolist():
            try:
                record = loads(lines[number].decode("utf-8"))
            except UnicodeDecodeError as error:
                found = f"byte {error.object[error.start]:#04x}"
                self.incidents.add("encoding", self.path, number, found=found, expected="UTF-8")
                continue
            except StrictJSONError as error:
                self.incidents.add(error.rule, self.path, number, found=str(error))
                continue
            strange: list[tuple[str, bool, str | None]] = []
            fits = isinstance(record, dict) and _fits(record, pa.struct(list(RECORD)), "", strange)
            for name, given, suggestion in strange:
                self.note(name, _Unknown(int(given), number, suggestion))
            if fits:
                good.append(record)
                numbers.append(number)
                continue
            if self.incidents.counts["schema"] >= self.incidents.kept_per_rule:  # none that follows would be shown
                self.incidents.counts["schema"] += count_errors("prediction", record) or 1
                continue
            problems = list(errors_of("prediction", record)) or [((), "a value of the wrong type or out of range")]
            for where, message in problems:
                self.incidents.add("schema", self.path, number, item=path_text(where), found=message)
        self.tables.append(pa.Table.from_pylist(good, schema=RECORD))
        self.numbers.append(np.array(numbers, np.int64))

    def note(self, name: str, unknown: _Unknown) -> None:
        """A field that no schema names was met; lines come in order."""
        before = self.unknown.get(name)
        if before is None or (unknown.times and not before.times):
            self.unknown[name] = unknown
        else:
            self.unknown[name] = replace(before, times=before.times + unknown.times)

    def report(self) -> None:
        """One incident a field that no schema names."""
        for name, unknown in self.unknown.items():
            rule = "misspelt-field" if unknown.suggestion else "unknown-field"
            found = f"{name!r} in {unknown.times} place(s)" if unknown.times else f"{name!r}, always null"
            self.incidents.add(rule, self.path, unknown.line, found=found, suggestion=unknown.suggestion)


@dataclass(frozen=True)
class _Unknown:
    """How often a field was met with a value, the line of the first time, and what it may be meant for there."""

    times: int
    line: int
    suggestion: str | None


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
        slip = misspelt(key, HEADER_KEYS - header.keys())
        rule = "misspelt-field" if slip else "unknown-field"
        incidents.add(rule, path, number, item="header", found=repr(key), suggestion=slip)
    return dict(header)


def _fits(value: Any, kind: pa.DataType, name: str, strange: list[tuple[str, bool, str | None]]) -> bool:
    """Whether a JSON value converts to the Arrow type without loss; fields no schema names are collected.

    strange: name of the field, whether it has a value, the nearest field that is lacking there.
    """
    if value is None:
        return True
    if pa.types.is_struct(kind):
        if not isinstance(value, dict):
            return False
        fields = {f.name: f.type for f in kind}
        inner = {key: f"{name}.{key}" if name else key for key in value}
        lacking = [field for field in fields if value.get(field) is None]
        for key in [key for key in value if key not in fields]:
            strange.append((inner[key], value[key] is not None, misspelt(key, lacking)))
        parts = [(value[key], fields[key], inner[key]) for key in value if key in fields]
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
