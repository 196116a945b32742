"""What a format is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from goldwire.converting.bundle import Bundle, Holds
from goldwire.converting.context import Context

__all__ = ["Format", "Reader", "Writer", "is_reader", "is_writer"]


@runtime_checkable
class Format(Protocol):
    """A format, with ``read``, ``write`` or both.

    A class (a frozen dataclass, whose fields with defaults are the format's settings) with

    name:       as people call it on the command line.
    about:      one line.
    folder:     whether it is a folder of files; else it is one file.
    needs_text: whether a document cannot be written without its text. Writers then find it in every document record.
    holds:      the fields a written file can hold (see Bundle); the framework reports all others as lost. It may be a
                property where it depends on a setting.

    ``read(path, context)`` gives a Bundle and ``write(bundle, path, context)`` writes one, whole or not at all. Both add
    what the fields alone do not tell to ``context.losses``, and what is wrong with a file, line by line, to
    ``context.incidents``; bad items are left out. They raise ReadError where there is nothing to be read or written,
    UsageError where it cannot be done as asked and MissingExtra where a library is missing.
    """

    name: ClassVar[str]
    about: ClassVar[str]
    folder: ClassVar[bool]
    needs_text: ClassVar[bool]

    @property
    def holds(self) -> Holds:
        """What a written file can hold."""
        ...


@runtime_checkable
class Reader(Protocol):
    """A format that can be read."""

    def read(self, path: Path, context: Context) -> Bundle:
        """The content of a file or folder."""
        ...


@runtime_checkable
class Writer(Protocol):
    """A format that can be written."""

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """Write a bundle, whole or not at all."""
        ...


def is_reader(kind: Any) -> bool:
    """Whether a format, or its class, can be read."""
    return isinstance(getattr(kind, "read", None), Callable)  # type: ignore[arg-type]


def is_writer(kind: Any) -> bool:
    """Whether a format, or its class, can be written."""
    return isinstance(getattr(kind, "write", None), Callable)  # type: ignore[arg-type]
