"""Build the dataset of an annotation folder: Parquet configs, card, checksums and digest.

The same source gives the same bytes. A folder with errors builds nothing.
"""

from __future__ import annotations

import argparse
import sys

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("source", nargs="?", default="annotations", help="annotation folder (default: annotations)")
    parser.add_argument("-o", "--output", default="dataset", metavar="DIR", help="where to build (default: dataset)")


def run(options: argparse.Namespace) -> int:
    """Build and say what was built."""
    from goldwire.building.dataset import build
    from goldwire.report.terminal import aligned

    manifest = build(options.source, options.output)
    rows = [[name, str(entry["rows"]), entry["digest"][:12]] for name, entry in manifest["configs"].items()]
    print(aligned([["config", "rows", "digest"], *rows]))
    print(f"\n{manifest['name']} {manifest['version']}, digest {manifest['digest']}")
    if not options.quiet:
        print(f"built in {options.output}", file=sys.stderr)
    return 0
