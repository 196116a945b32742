"""How far two annotations of the same articles agree, layer by layer.

Takes annotation folders, passes (annotations/passes/NAME) and built datasets. F1, CoNLL and plagdet are the scorer's
own measures; kappa is chance-corrected, over the items both sides have.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.common import add_output

    parser.add_argument("a", metavar="A")
    parser.add_argument("b", metavar="B")
    add_output(parser)
    parser.add_argument(
        "--differences", action="store_true", help="list every point on which two annotation folders differ instead"
    )
    parser.add_argument("-f", "--format", choices=["text", "json"], default="text")


def run(options: argparse.Namespace) -> int:
    """Compare and print a table."""
    from goldwire.building.agreement import agree
    from goldwire.cli.common import deliver
    from goldwire.report.terminal import aligned

    if options.differences:
        deliver(_differences(options.a, options.b, as_json=options.format == "json"), options.output)
        return 0
    figures = agree(options.a, options.b)
    if options.format == "json":
        text = json.dumps([figure.to_dict() for figure in figures], ensure_ascii=False) + "\n"
    else:
        head = ["layer", "figure", "value", "items in A", "in B", "compared"]
        rows = [
            [f.layer, f.figure, "-" if f.value is None else f"{f.value:.3f}", str(f.a), str(f.b), str(f.both)]
            for f in figures
        ]
        text = aligned([head, *rows]) + "\n"
    deliver(text, options.output)
    return 0


def _differences(a: str, b: str, *, as_json: bool) -> str:
    """One line a difference: its place and both readings. Raises IncidentError for folders with errors."""
    from goldwire.building.differences import differences
    from goldwire.errors import IncidentError
    from goldwire.formats.folder import read_source
    from goldwire.incidents import Incidents
    from goldwire.report.terminal import visible
    from goldwire.validation import validate

    for side in (a, b):
        incidents = validate(side)
        if incidents.errors:
            raise IncidentError(f"{side}: {incidents.errors} error(s), not compared", list(incidents))
    found = differences(*(read_source(Path(side), Incidents()) for side in (a, b)))
    if as_json:
        return "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in found)
    lines = []
    for row in found:
        one, other = (json.dumps(side, ensure_ascii=False) for side in (row.one, row.other))
        lines.append(visible(f"{row.layer}: {row.place}: {one} | {other}") + "\n")
    return "".join(lines)
