"""Files at the border: names that stay inside their folder, text with its line ends, JSON with its lines."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from goldwire.converting.context import Context
from goldwire.errors import ReadError, UsageError
from goldwire.formats.source import read_bytes
from goldwire.formats.strict_json import Path as JsonPath
from goldwire.formats.strict_json import StrictJSONError, line_index, loads
from goldwire.incidents import path_text

__all__ = [
    "Json",
    "doc_id_of",
    "file_name",
    "files_of",
    "read_json",
    "read_json_lines",
    "read_text",
    "without_mark",
    "write_folder",
]

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\%]')
_QUOTED = re.compile("%([0-9A-F]{2})")


def file_name(doc_id: str) -> str:
    """A relative path for a document id, without suffix. Slashes make folders; nothing leads out of the folder."""
    return "/".join(_safe(part) for part in doc_id.split("/"))


def _safe(part: str) -> str:
    quoted = _UNSAFE.sub(lambda match: f"%{ord(match.group()):02X}", part)
    if not quoted.strip(".") or quoted.startswith("."):  # "", ".", ".." and hidden files
        quoted = quoted.replace(".", "%2E") or "%00"
    return quoted


def doc_id_of(name: str) -> str:
    """The document id that ``file_name`` made this path of; any other path is its own id."""
    parts = ["" if part == "%00" else _QUOTED.sub(lambda m: chr(int(m[1], 16)), part) for part in name.split("/")]
    doc_id = "/".join(parts)
    return doc_id if file_name(doc_id) == name else name


def files_of(folder: Path, suffix: str) -> list[tuple[str, Path]]:
    """(document id, path) of the files below a folder with this suffix, sorted; hidden ones and links out are left out.

    Raises ReadError where there is no such folder.
    """
    if not folder.is_dir():
        raise ReadError(f"{folder}: " + ("is a file, a folder was expected" if folder.exists() else "no such folder"))
    root, found = folder.resolve(), []
    for path in sorted(folder.rglob(f"*{suffix}")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)
        if not hidden and path.is_file() and root in path.resolve().parents:
            found.append((doc_id_of(relative.as_posix().removesuffix(suffix)), path))
    return found


def read_text(path: Path, context: Context) -> str | None:
    """A file as text, line ends untouched; None, and an incident, where it is not UTF-8. Raises ReadError."""
    data = read_bytes(path, context.incidents)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte {error.object[error.start]:#04x}"
        context.incidents.add("encoding", str(path), line, found=found, expected="UTF-8")
        return None


def without_mark(text: str, path: Path, context: Context) -> str:
    """Markup without the byte order mark some editors put in front (a text keeps its own: offsets count it)."""
    if text.startswith("\ufeff"):
        context.incidents.add("byte-order-mark", str(path), 1)
        return text[1:]
    return text


class Json:
    """A JSON value from a file, and the line each part of it is on."""

    def __init__(self, path: Path, text: str, value: Any, before: int = 0) -> None:
        self.path, self.text, self.value, self.before = path, text, value, before

    @cached_property
    def _lines(self) -> dict[JsonPath, int]:
        return line_index(self.text)

    def line(self, path: JsonPath = ()) -> int:
        """Line in the file of the value at a path, or of its nearest parent."""
        if "\n" not in self.text:  # as in JSON Lines, where looking for the place in the line would take its time
            return self.before + 1
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path] + self.before

    def fits(self, schema: Mapping[str, Any], context: Context) -> bool:
        """Whether the value has the shape a JSON Schema asks for; what does not fit becomes incidents."""
        problems = sorted(_validator(schema).iter_errors(self.value), key=lambda error: [str(x) for x in error.path])
        for error in problems:
            where = tuple(error.absolute_path)
            message = error.message if len(error.message) <= 200 else f"{error.message[:180]} ..."
            line = self.line(where)
            context.incidents.add("foreign-syntax", str(self.path), line, item=path_text(where), found=message)
        return not problems


_VALIDATORS: dict[int, tuple[Mapping[str, Any], Any]] = {}


def _validator(schema: Mapping[str, Any]) -> Any:
    """Compiled once per schema object (a module's constant)."""
    from jsonschema import Draft202012Validator

    if id(schema) not in _VALIDATORS:
        _VALIDATORS[id(schema)] = (schema, Draft202012Validator(schema))
    return _VALIDATORS[id(schema)][1]


def read_json(path: Path, context: Context) -> Json | None:
    """A JSON file, strictly; None, and an incident, where it is not one. Raises ReadError."""
    text = read_text(path, context)
    return None if text is None else _parsed(path, without_mark(text, path, context), 0, context)


def read_json_lines(path: Path, context: Context) -> Iterator[Json]:
    """The values of a JSON Lines file; bad lines become incidents, blank ones do not count. Raises ReadError."""
    text = read_text(path, context)
    if text is None:
        return
    for number, line in enumerate(without_mark(text, path, context).split("\n")):
        if line.strip():
            value = _parsed(path, line, number, context)
            if value is not None:
                yield value


def _parsed(path: Path, text: str, before: int, context: Context) -> Json | None:
    try:
        return Json(path, text, loads(text), before)
    except StrictJSONError as error:
        context.incidents.add(error.rule, str(path), error.line + before, found=str(error))
        return None


def write_folder(target: str | Path, files: Mapping[str, bytes]) -> None:
    """Write files, by relative path, into a new folder that takes its name only when it is complete.

    Raises UsageError where something is there already, ReadError where the place cannot be written.
    """
    path = Path(target)
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise UsageError(f"{path}: exists already; name a folder that does not")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise ReadError(f"{path}: cannot be written ({error.strerror})") from None
    try:
        for name, content in files.items():
            place = (fresh / name).resolve()
            if fresh.resolve() not in place.parents:
                raise UsageError(f"{name!r} leads out of the folder {path}")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        mask = os.umask(0)
        os.umask(mask)
        fresh.chmod(0o777 & ~mask)
        if path.exists():
            path.rmdir()
        fresh.rename(path)
    except OSError as error:
        raise ReadError(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
