"""Convert annotation or predictions from one format to another, and say what was lost on the way.

`goldwire list formats` names the formats. IN may be "packaged", the gold that comes with Goldwire. A format is told
from the path where that is plain. What the target cannot hold, or the source's reader cannot take over, is listed on
stderr and counted; with --strict it makes the exit code 1. Files with errors are not converted unless --on-error=drop.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from goldwire.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goldwire.converting import Conversion, Losses

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("source", metavar="IN", help="file or folder; packaged: the gold that comes with Goldwire")
    parser.add_argument("target", metavar="OUT", help="file or folder to write")
    add_format(parser, "from", "IN")
    add_format(parser, "to", "OUT")
    add_texts(parser)
    parser.add_argument("--losses", metavar="FILE", help="write the list of losses there as JSON")
    parser.add_argument("--strict", action="store_true", help="exit 1 where anything was lost or left out")
    parser.add_argument(
        "--on-error", choices=["stop", "drop"], default="stop", help="what bad items of IN do (default: stop)"
    )


def add_format(parser: argparse.ArgumentParser, side: str, of: str) -> None:
    """The options --from and --from-set, or --to and --to-set."""
    parser.add_argument(f"--{side}", dest=f"{side}_format", metavar="FORMAT", help=f"format of {of}")
    parser.add_argument(
        f"--{side}-set", action="append", default=[], metavar="NAME=VALUE", help=f"a setting of the format of {of}"
    )


def add_texts(parser: argparse.ArgumentParser) -> None:
    """The options --gold and --texts."""
    parser.add_argument("--gold", metavar="PATH", help="gold whose texts are those of IN, where IN has none")
    parser.add_argument("--texts", metavar="DIR", help="folder of .txt files, named by document id, with these texts")


def run(options: argparse.Namespace) -> int:
    """Convert, list the losses, and say what was written."""
    from goldwire.cli.common import print_incidents
    from goldwire.converting import convert
    from goldwire.formats.source import write_text

    done = convert(
        options.source,
        options.target,
        source_format=options.from_format,
        target_format=options.to_format,
        source_settings=settings_of(options.from_set, "--from-set"),
        target_settings=settings_of(options.to_set, "--to-set"),
        gold=options.gold,
        texts=options.texts,
        on_error=options.on_error,
    )
    if options.losses:
        write_text(options.losses, json.dumps(done.losses.to_json(), ensure_ascii=False, indent=1) + "\n")
    if not options.quiet:
        print_incidents(done.incidents)
        print_losses(done.losses)
        print(f"{options.target}: {summary(done)}", file=sys.stderr)
    return 1 if options.strict and (len(done.losses) or done.incidents.errors) else 0


def settings_of(given: list[str], option: str) -> dict[str, Any]:
    """NAME=VALUE pairs; a value that is JSON is that, another one a string. Raises UsageError."""
    settings: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"{option} {text!r}: expected NAME=VALUE")
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    return settings


def print_losses(losses: Losses, what: str = "lost") -> None:
    """The losses as a table on stderr."""
    from goldwire.report.terminal import visible

    rows = [["format", "layer", "times", what, "first"]]
    rows += [[row.format, row.layer, str(row.count), row.what, row.first] for row in losses]
    if len(losses):
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            cells[2] = row[2].rjust(widths[2])
            print(visible("  " + "  ".join(cells).rstrip()), file=sys.stderr)


def counted(counts: Mapping[str, int]) -> str:
    """Numbers of items as people write them: 1 document, 3 entities."""
    single = {"entities": "entity", "clusters": "clustered document"}
    return ", ".join(
        f"{count} {single.get(layer, layer.removesuffix('s')) if count == 1 else layer}"
        for layer, count in counts.items()
    )


def summary(done: Conversion) -> str:
    """What was converted, in a line."""
    counts = counted(done.counts)
    kinds, errors = len(done.losses), done.incidents.errors
    parts = [f"{errors} error{'s' if errors != 1 else ''} left out"] if errors else []
    parts += [f"{kinds} kind{'s' if kinds != 1 else ''} of loss"] if kinds else []
    return f"{counts}; {done.source_format} to {done.target_format}, {', '.join(parts) or 'nothing lost'}"
