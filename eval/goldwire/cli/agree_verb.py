"""How far two annotations of the same articles agree, layer by layer.

Takes annotation folders, passes (annotations/passes/NAME) and built datasets. F1, CoNLL and plagdet are the scorer's
own measures; kappa is chance-corrected, over the items both sides have.
"""

from __future__ import annotations

import argparse
import json

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.common import add_output

    parser.add_argument("a", metavar="A")
    parser.add_argument("b", metavar="B")
    add_output(parser)
    parser.add_argument("-f", "--format", choices=["text", "json"], default="text")


def run(options: argparse.Namespace) -> int:
    """Compare and print a table."""
    from goldwire.building.agreement import agree
    from goldwire.cli.common import deliver
    from goldwire.report.terminal import aligned

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
