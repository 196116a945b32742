"""List everything that is wrong with gold or predictions, then a count.

Takes annotation folders, built datasets, gold files and prediction files. Exit code 1 when there are errors.
"""

from __future__ import annotations

import argparse
import json
import sys

from goldwire.errors import ReadError

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.common import add_gold, add_output

    parser.add_argument("paths", nargs="+", metavar="PATH")
    add_gold(parser)
    add_output(parser)
    parser.add_argument("--as", dest="role", choices=["auto", "gold", "predictions"], default="auto")
    parser.add_argument("-f", "--format", choices=["text", "json"], default="text")


def run(options: argparse.Namespace) -> int:
    """Validate every path and report all findings."""
    from goldwire.cli.common import deliver
    from goldwire.report.terminal import visible
    from goldwire.validation import validate

    found, unread = [], []
    for path in options.paths:
        try:
            found.append((path, validate(path, gold=options.gold, role=options.role)))
        except ReadError as error:  # the others are still worth looking at
            unread.append(str(error))
    errors = sum(incidents.errors for _, incidents in found)
    warnings = sum(incidents.warnings for _, incidents in found)
    if options.format == "json":
        listed = [incident.to_dict() for _, incidents in found for incident in incidents]
        text = json.dumps({"errors": errors, "warnings": warnings, "incidents": listed}, ensure_ascii=False) + "\n"
    else:
        text = "".join(visible(str(incident)) + "\n" for _, incidents in found for incident in incidents)
    deliver(text, options.output)
    if found and not options.quiet:
        names = ", ".join(str(path) for path, _ in found)
        print(f"{names}: {errors} error(s), {warnings} warning(s)", file=sys.stderr)
    if unread:
        raise ReadError("; ".join(unread))
    return 1 if errors else 0
