"""Write one self-contained HTML page: tables, plots, every item behind them, articles and passages to look at.

Files are predictions, which are scored first, or results of `goldwire score -f json`; the first is the baseline.
Results alone give tables only. The page needs no network and nothing beside it.
"""

from __future__ import annotations

import argparse
import sys

from goldwire.errors import UsageError

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.common import add_gold, positive
    from goldwire.cli.thresholds import add_on_error

    parser.add_argument("files", nargs="+", metavar="PRED|RESULT", help="predictions or results, the baseline first")
    add_gold(parser)
    add_on_error(parser)
    parser.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="the page, whole or not at all; - is stdout"
    )
    parser.add_argument(
        "--docs", type=positive, default=200, metavar="N", help="embed the texts of at most N documents (default: 200)"
    )


def run(options: argparse.Namespace) -> int:
    """Read or score, align, write."""
    from goldwire.cli.common import deliver
    from goldwire.cli.inputs import read_side
    from goldwire.reading import load_corpus
    from goldwire.report.html import report_page, system_of_predictions, system_of_result
    from goldwire.results import Result, is_result

    gold, systems = None, []
    for number, path in enumerate(options.files):
        if is_result(path):
            systems.append(system_of_result(number, Result.read(path)))
            continue
        gold = gold or load_corpus(options.gold)
        systems.append(system_of_predictions(number, read_side(path, gold, options.on_error), gold))
    digests = {system.result.gold["digest"] for system in systems}
    if len(digests) > 1:
        raise UsageError("the systems were scored on different gold; a report needs one")
    page = report_page(systems, gold, documents=options.docs)
    deliver(page, options.output)
    if not options.quiet:
        print(f"{options.output}: {len(systems)} system(s), {len(page.encode()) / 1e6:.1f} MB", file=sys.stderr)
    return 0
