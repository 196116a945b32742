"""Score prediction files against gold.

Without --task every task is scored that both sides have the layers for. Files with errors are not scored unless
--on-error=drop. Several files give one table per task in text, one result a line in JSON.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from goldwire.errors import UsageError

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
    parser.add_argument("-m", "--measure", action="append", metavar="M", help="report this measure only (repeatable)")
    parser.add_argument(
        "--slice", action="append", default=[], metavar="FACET", help="report by type, level, zone, ..."
    )
    parser.add_argument("-f", "--format", choices=["text", "json"], default="text")
    parser.add_argument(
        "--on-error", choices=["stop", "drop"], default="stop", help="what bad records do (default: stop)"
    )
    parser.add_argument(
        "--fail-under", action="append", default=[], metavar="M=V", help="exit 1 if measure M is below V (a fraction)"
    )


def run(options: argparse.Namespace) -> int:
    """Score, report, and check thresholds."""
    from goldwire.cli.common import deliver, visible, wants_style
    from goldwire.errors import IncidentError
    from goldwire.measures import format_name, parse_name
    from goldwire.reading import load_corpus
    from goldwire.report.terminal import render_result, render_results
    from goldwire.results import evaluate
    from goldwire.scoring import score

    thresholds = [_threshold(text) for text in options.fail_under]
    gold = load_corpus(options.gold)
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
                slices=options.slice,
                on_error=options.on_error,
            )
        except IncidentError as error:
            incidents += error.incidents
            failed.append(str(error))
            continue
        results.append(result)
        for finding in result.incidents if not options.quiet else []:
            print(visible(_line(finding)), file=sys.stderr)
    if failed:
        raise IncidentError("; ".join(failed), incidents)
    if options.format == "json":
        text = "".join(result.to_json() for result in results)
    elif len(results) == 1:
        text = (
            visible(render_result(results[0])) if not wants_style(sys.stdout) else render_result(results[0], bold=True)
        )
    else:
        text = render_results(results, bold=wants_style(sys.stdout) and options.output is None)
        text += "\n" + results[0].signature + "\n"
    deliver(text, options.output)
    missed = 0
    for name, least in thresholds:
        measure, where = parse_name(name)
        for result in results:
            task = measure.name.split(".")[0]
            if task not in result.tasks:
                raise UsageError(f"--fail-under {name}: task {task!r} was not scored for {result.system['name']}")
            printed = format_name(measure, where)
            value = (
                result.values[printed]
                if printed in result.values
                else evaluate(measure, result.counts[task].select(where) if where else result.counts[task])
            ).value
            if value is None or value < least:
                shown = "undefined" if value is None else f"{value:.4f}"
                print(f"goldwire: {result.system['name']}: {printed} is {shown}, below {least}", file=sys.stderr)
                missed += 1
    return 1 if missed else 0


def _threshold(text: str) -> tuple[str, float]:
    name, equals, number = text.rpartition("=")
    try:
        least = float(number)
    except ValueError:
        least = float("nan")
    if not equals or least != least:
        raise UsageError(f"--fail-under {text!r}: expected MEASURE=VALUE, such as entities.strict.f1=0.80")
    if not 0 <= least <= 1:
        raise UsageError(f"--fail-under {text!r}: the value is a fraction between 0 and 1")
    return name, least


def _line(finding: dict[str, object]) -> str:
    from goldwire.incidents import Incident

    return str(Incident(**{key: value for key, value in finding.items() if key != "severity"}))  # type: ignore[arg-type]
