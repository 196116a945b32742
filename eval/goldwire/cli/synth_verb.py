"""Generate a synthetic corpus with exact gold, or audit one.

Invented newswire: articles derived from wires by newsroom operations, with entities, passages, directed reuse and
clusters by source. The same recipe gives the same bytes for any number of workers.

  goldwire synth --docs 10000 --seed 1 -o corpus
  goldwire score predictions.jsonl --gold corpus
  goldwire synth --audit corpus
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING

from goldwire.cli.common import positive

if TYPE_CHECKING:
    from goldwire.synth.audit import Audit

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("--docs", type=positive, metavar="N", help="how many articles")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which corpus of that recipe (default: 0)")
    parser.add_argument("-o", "--output", metavar="DIR", help="folder to write, whole or not at all")
    parser.add_argument(
        "--split",
        choices=["dev", "test"],
        default="dev",
        help="dev, or test with the operations held out of dev and with other names (default: dev)",
    )
    parser.add_argument(
        "--difficulty", choices=["easy", "medium", "hard"], default="medium", help="preset of rates (default: medium)"
    )
    parser.add_argument("--format", choices=["parquet", "jsonl"], default="parquet", help="of the data files")
    parser.add_argument(
        "--workers", type=positive, default=None, metavar="W", help="processes (default: all cores for large corpora)"
    )
    parser.add_argument("--audit", metavar="DIR", help="audit a corpus instead of making one")
    parser.add_argument("-f", "--audit-format", choices=["text", "json"], default="text", help="of the audit")


def run(options: argparse.Namespace) -> int:
    """Make or audit, and print the audit."""
    from goldwire.errors import UsageError
    from goldwire.synth.audit import audit

    if options.audit:
        if options.docs or options.output:
            raise UsageError("--audit looks at a corpus; --docs and -o make one: give either")
        _print(audit(options.audit), options.audit_format)
        return 0
    if not options.docs or not options.output:
        raise UsageError("--docs N and -o DIR make a corpus, --audit DIR looks at one")
    from goldwire.synth.write import synthesize

    manifest = synthesize(
        options.output,
        docs=options.docs,
        seed=options.seed,
        split=options.split,
        difficulty=options.difficulty,
        file_format=options.format,
        workers=options.workers or (1 if options.docs <= 5000 else os.cpu_count() or 1),
        progress=_progress(quiet=options.quiet),
    )
    _print(audit(options.output), options.audit_format)
    if not options.quiet:
        print(f"{options.output}: {options.docs} articles, digest {manifest['digest']}", file=sys.stderr)
    return 0


def _print(found: Audit, form: str) -> None:
    if form == "json":
        print(json.dumps(found.as_json(), indent=1))
        return
    from goldwire.report.terminal import aligned

    print(f"{found.name}: {found.documents:,} articles, synthetic")
    for title, head, rows in found.tables():
        print(f"\n{title}\n{aligned([head, *rows])}")


class _progress:  # noqa: N801  (called like the function it stands for)
    """A bar on stderr for each stage, when that is a terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self.shown = not quiet and sys.stderr.isatty()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Draw the bar."""
        if self.shown:
            full = 30 * done // max(total, 1)
            end = "\n" if done >= total else ""
            bar = "#" * full + "." * (30 - full)
            print(f"\r{stage:<10} [{bar}] {done:,} of {total:,}\033[K", end=end, file=sys.stderr, flush=True)
