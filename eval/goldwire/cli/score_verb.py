"""Score prediction files against gold.

Without --task every task is scored that both sides have the layers for. Files with errors are not scored unless
--on-error=drop. Several files give one table per task in text, one result a line in JSON.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from goldwire.errors import UsageError
from goldwire.options import OPTIONS

if TYPE_CHECKING:
    from goldwire.incidents import Incident
    from goldwire.results import Result

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.common import add_gold, add_output

    parser.add_argument("predictions", nargs="+", metavar="PRED", help="JSONL or Parquet, .gz and .zst too; - is stdin")
    add_gold(parser)
    add_output(parser)
    parser.add_argument("--task", action="append", metavar="T", help="score this task only (repeatable)")
    parser.add_argument("--profile", action="append", default=[], metavar="P", help="reproduce this published scorer")
    parser.add_argument("-m", "--measure", action="append", metavar="M", help="report this measure only (repeatable)")
    parser.add_argument(
        "--slice", action="append", default=[], metavar="FACET", help="report by type, level, zone, ..."
    )
    parser.add_argument(
        "--singletons", choices=OPTIONS["singletons"], help="clusters of one mention, both sides alike (default: keep)"
    )
    parser.add_argument(
        "--container", choices=OPTIONS["container"], help="whether repeated events are one (default: set)"
    )
    parser.add_argument("-f", "--format", choices=["text", "json"], default="text")
    parser.add_argument(
        "--on-error", choices=["stop", "drop"], default="stop", help="what bad records do (default: stop)"
    )
    parser.add_argument(
        "--fail-under",
        action="append",
        default=[],
        metavar="M=V",
        help="exit 1 if measure M is worse than V, a fraction (below it; above where lower is better)",
    )


def run(options: argparse.Namespace) -> int:
    """Score, report, and check thresholds."""
    from goldwire.cli.common import deliver, print_incidents, wants_style
    from goldwire.errors import IncidentError
    from goldwire.reading import load_corpus
    from goldwire.report.terminal import render_result, render_results, visible
    from goldwire.scoring import score

    if options.predictions.count("-") > 1:
        raise UsageError("standard input can be read once")
    thresholds = [_threshold(text) for text in options.fail_under]
    gold = load_corpus(options.gold)
    counting = {name: value for name in OPTIONS if (value := getattr(options, name)) is not None}
    results: list[Result] = []
    incidents: list[Incident] = []
    failed: list[str] = []
    for path in options.predictions:
        try:
            result = score(
                path,
                gold,
                tasks=options.task,
                measures=options.measure,
                profiles=options.profile,
                slices=options.slice,
                on_error=options.on_error,
                **counting,
            )
        except IncidentError as error:
            incidents += error.incidents
            failed.append(str(error))
            continue
        results.append(result)
        if not options.quiet:
            print_incidents(result.incidents)
    if failed:
        raise IncidentError("; ".join(failed), incidents)
    style = options.output is None and wants_style(sys.stdout)
    if options.format == "json" and len(results) == 1 and options.output not in (None, "-"):
        results[0].write(options.output)
        return 1 if _missed(results, thresholds) else 0
    if options.format == "json":
        text = "".join(result.to_json() for result in results)
    elif len(results) == 1:
        text = render_result(results[0], style=style)
    else:
        text = render_results(results, style=style) + "\n" + visible(results[0].signature) + "\n"
    deliver(text, options.output)
    return 1 if _missed(results, thresholds) else 0


def _missed(results: list[Result], thresholds: list[tuple[str, float]]) -> int:
    """How many values are undefined or below their threshold; each is named on stderr."""
    from goldwire.measures import parse_name
    from goldwire.report.terminal import visible

    missed = 0
    for result in results:
        for name, least in thresholds:
            value, lower_is_better = result[name], parse_name(name)[0].better == "lower"
            if value is None or (value > least if lower_is_better else value < least):
                shown = "undefined" if value is None else f"{value:.4f}"
                side = "above" if lower_is_better else "below"
                line = visible(f"{result.system['name']}: {name} is {shown}, {side} {least}")
                print(f"goldwire: {line}", file=sys.stderr)
                missed += 1
    return missed


def _threshold(text: str) -> tuple[str, float]:
    name, equals, number = text.rpartition("=")
    try:
        least = float(number)
    except ValueError:
        least = float("nan")
    if not equals or least != least:
        raise UsageError(f"--fail-under {text!r}: expected MEASURE=VALUE, such as entities.strict.f1=0.80")
    from goldwire.measures import parse_name

    low, high = parse_name(name)[0].range
    if not low <= least <= high:
        raise UsageError(f"--fail-under {text!r}: {name} lies between {low:g} and {high:g}")
    return name, least
