"""JSON read strictly: no repeated keys, no NaN, no half surrogates, and line numbers for every value."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

__all__ = ["Path", "StrictJSONError", "line_index", "loads"]


class StrictJSONError(ValueError):
    """The text is not acceptable JSON; ``rule`` names the incident, ``line`` is relative to the text (1 = first)."""

    def __init__(self, rule: str, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.rule = rule
        self.line = line


_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:\n]|[^\s\[\]{},:"]+')
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)")

Path = tuple[str | int, ...]


def loads(text: str) -> Any:
    """Parse one JSON value. Raises StrictJSONError."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_number)
    except json.JSONDecodeError as error:
        raise StrictJSONError("json-syntax", f"{error.msg} (column {error.colno})", error.lineno) from None
    except ValueError as error:  # an integer of thousands of digits
        raise StrictJSONError("json-syntax", str(error).split(";")[0]) from None
    except RecursionError:
        raise StrictJSONError("json-syntax", "nested too deeply") from None
    except _RepeatedKeyError as error:
        raise StrictJSONError("duplicate-key", f"key {error.args[0]!r}", _repeat_line(text)) from None
    except _ConstantError as error:
        line = next(line for line, piece in _pieces(text) if piece == error.args[0])
        raise StrictJSONError("not-a-number", error.args[0], line) from None
    if "\\u" in text and re.search("[\ud800-\udfff]", json.dumps(value, ensure_ascii=False)):
        raise StrictJSONError("lone-surrogate", "half of a surrogate pair", _half_line(text))
    return value


def _number(text: str) -> float | int:
    """1.0 is the integer 1, as JSON Schema has it."""
    number = float(text)
    return int(number) if abs(number) < 2**53 and number.is_integer() else number


class _RepeatedKeyError(Exception):
    pass


class _ConstantError(Exception):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise _RepeatedKeyError(next(key for key, _ in pairs if counts[key] > 1))
    return result


def _no_constant(name: str) -> NoReturn:
    raise _ConstantError(name)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """(line, piece) for strings, punctuation, literals and line ends of a JSON text."""
    line = 1
    for match in _PIECE.finditer(text):
        yield line, match.group()
        line += match.group() == "\n"


def _half_line(text: str) -> int:
    """Line of the first escaped surrogate that is not one of a pair."""
    high = None  # the escape before, if it is a high surrogate still waiting for its low one
    for escape in _ESCAPE.finditer(text):
        code = int(escape[1] or "0", 16)
        low = 0xDC00 <= code <= 0xDFFF
        follows = high is not None and high.end() == escape.start()
        if high is not None and not (low and follows):
            break
        if low and not follows:
            high = escape
            break
        high = escape if 0xD800 <= code <= 0xDBFF else None
    return text.count("\n", 0, high.start() if high else 0) + 1


def _repeat_line(text: str) -> int:
    """Line of the first key that its object has already."""
    keys: list[set[str]] = []
    before = ("", 1)
    for line, piece in _pieces(text):
        if piece == "{":
            keys.append(set())
        elif piece == "}":
            keys.pop()
        elif piece == ":":
            key = json.loads(before[0])
            if key in keys[-1]:
                return before[1]
            keys[-1].add(key)
        if piece != "\n":
            before = (piece, line)
    return 1


def line_index(text: str) -> dict[Path, int]:
    """Line (from 1) on which the value at each path starts, for every value in a valid JSON text."""
    lines: dict[Path, int] = {}
    path: list[str | int] = []
    in_object: list[bool] = []
    expects_key, key = False, ""
    for line, piece in _pieces(text):
        if piece == "\n":
            continue
        if piece == ",":
            expects_key = in_object[-1]
            if not in_object[-1]:
                path[-1] = int(path[-1]) + 1
        elif piece == ":":
            path[-1], expects_key = key, False
        elif piece in "]}":
            in_object.pop()
            path.pop()
            expects_key = False
        elif expects_key:
            key = json.loads(piece)
        else:
            lines.setdefault(tuple(path), line)
            if piece in "[{":
                in_object.append(piece == "{")
                path.append("" if piece == "{" else 0)
                expects_key = piece == "{"
    return lines
