"""Run a system on the articles of the gold and write its predictions as JSON Lines.

`goldwire list systems` names the built-in ones and those that installed packages bring.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from goldwire.errors import UsageError

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.common import add_gold

    parser.add_argument("system", metavar="SYSTEM")
    add_gold(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="prediction file (default: runs/SYSTEM.jsonl)")
    parser.add_argument(
        "-s", "--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the system"
    )


def run(options: argparse.Namespace) -> int:
    """Run the system and say where its predictions are."""
    from goldwire.cli.common import progress_of
    from goldwire.running import run as run_system

    settings = dict(_setting(text) for text in options.set)
    output = options.output or f"runs/{options.system}.jsonl"
    progress = progress_of(options.system, None, quiet=options.quiet)
    count = run_system(options.system, output, options.gold, settings=settings, progress=progress)
    if not options.quiet:
        print(f"{output}: {count} record(s)", file=sys.stderr)
    return 0


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set {text!r}: expected NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
