"""Converting: read one format into a bundle, check it, write it in another, and say what was lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goldwire.converting.base import is_reader, is_writer
from goldwire.converting.bundle import Bundle, kind_of
from goldwire.converting.checking import checked
from goldwire.converting.context import Context, Texts
from goldwire.converting.losses import Losses
from goldwire.converting.registry import get, guess
from goldwire.errors import IncidentError, ReadError, UsageError
from goldwire.incidents import Incidents
from goldwire.paths import data_folder

__all__ = ["PACKAGED", "Conversion", "convert", "read_bundle", "write_bundle"]

PACKAGED = "packaged"
"""In place of a path: the gold that comes with Goldwire."""


@dataclass(frozen=True)
class Conversion:
    """What was converted. counts: number of items per layer as read; losses: of the reader and the writer."""

    source_format: str
    target_format: str
    counts: Mapping[str, int]
    losses: Losses = field(default_factory=Losses)
    incidents: Incidents = field(default_factory=Incidents)


def convert(
    source: str | Path,
    target: str | Path,
    *,
    source_format: str | None = None,
    target_format: str | None = None,
    source_settings: Mapping[str, Any] | None = None,
    target_settings: Mapping[str, Any] | None = None,
    gold: str | Path | None = None,
    texts: str | Path | None = None,
    on_error: str = "stop",
) -> Conversion:
    """Convert a file or folder. Formats that are not named are told from the paths.

    gold, texts: where to find texts that the source does not hold (see Texts). on_error: "drop" leaves bad items out;
    "stop" raises IncidentError and writes nothing.
    Raises UsageError, ReadError, MissingExtra.
    """
    if on_error not in ("stop", "drop"):
        raise UsageError(f"on_error is {on_error!r}; expected 'stop' or 'drop'")
    target_format = target_format or guess(Path(target), reading=False)
    writer = get(target_format, target_settings)  # before a long read, so that a wrong name is told at once
    if not is_writer(writer):
        raise UsageError(f"the format {target_format!r} can be read only")
    context = Context(Texts(gold, texts))
    bundle, source_format = read_bundle(source, source_format, context, source_settings)
    if context.incidents.errors and on_error == "stop":
        raise IncidentError(
            f"{source}: {context.incidents.errors} error(s), nothing was written", list(context.incidents)
        )
    write_bundle(bundle, target, target_format, context, target_settings)
    return Conversion(source_format, target_format, _counts(bundle), context.losses, context.incidents)


def read_bundle(
    path: str | Path,
    name: str | None = None,
    context: Context | None = None,
    settings: Mapping[str, Any] | None = None,
) -> tuple[Bundle, str]:
    """A file or folder as a checked bundle, and the name of its format, which is guessed where none is given.

    What is wrong is in ``context.incidents``, and left out of the bundle. "packaged" is the gold that comes along.
    """
    context = context if context is not None else Context()
    where = data_folder("dataset") if str(path) == PACKAGED else Path(path)
    try:
        there = where.exists()
    except OSError as error:
        raise ReadError(f"{path}: cannot be read ({error.strerror})") from None
    if not there:
        raise ReadError(f"{path}: no such file or folder")
    name = name or guess(where, reading=True)
    reader = get(name, settings)
    if not is_reader(reader):
        raise UsageError(f"the format {name!r} can be written only")
    context.losses.format = name
    bundle = reader.read(where, context)
    if not bundle.records and not bundle.header and not context.incidents.errors:
        context.incidents.add("empty-file", str(where), 0, expected=f"something in the format {name}")
    return checked(bundle, str(path), context), name


def write_bundle(
    bundle: Bundle,
    path: str | Path,
    name: str,
    context: Context | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Write a bundle. What the format cannot hold is counted in ``context.losses``."""
    context = context if context is not None else Context()
    writer = get(name, settings)
    if not is_writer(writer):
        raise UsageError(f"the format {name!r} can be read only")
    context.losses.format = name
    bundle.unheld(writer.holds, context.losses)
    if writer.needs_text:
        filled = [
            {**record, "text": context.needed_text(record)} if kind_of(record) == "document" else record
            for record in bundle.records
        ]
        bundle = Bundle(bundle.header, filled, bundle.places)
    writer.write(bundle, Path(path), context)


def _counts(bundle: Bundle) -> dict[str, int]:
    """Items per layer, documents included."""
    counts = {"documents": len(bundle.documents)}
    for layer in bundle.layers():
        if layer in ("pairs", "passages", "clusters"):
            counts[layer] = len(bundle.of(layer))
        elif layer != "document":
            counts[layer] = sum(len(record.get(layer, [])) for record in bundle.documents)
    return counts
