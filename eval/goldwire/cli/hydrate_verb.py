"""Put the texts back into a text-free release, from the files of whoever has them.

Each file is recognised by its SHA-256; one that differs in a single byte is refused, never adjusted. The result has the
digests of the release with texts.
"""

from __future__ import annotations

import argparse
import sys

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("dataset", metavar="DIR", help="the text-free release: a folder, or OWNER/NAME@vX.Y.Z with -o")
    parser.add_argument("--texts", required=True, metavar="FOLDER", help="where the articles' files are")
    parser.add_argument("-o", "--output", metavar="DIR", help="write there (default: in place)")


def run(options: argparse.Namespace) -> int:
    """Hydrate and say so."""
    from goldwire.hub.hydrate import hydrate
    from goldwire.reading import released

    manifest = hydrate(released(options.dataset), options.texts, options.output)
    print(f"{manifest['name']} {manifest['version']}, digest {manifest['digest']}")
    if not options.quiet:
        print(f"texts put back in {options.output or options.dataset}", file=sys.stderr)
    return 0
