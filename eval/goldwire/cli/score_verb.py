"""Score prediction files against gold.

Without --task every task is scored that both sides have the layers for. Files with errors are not scored unless
--on-error=drop. Several files give one table per task in text, one result a line in JSON.

A pattern in quotes ('preds/*.parquet'), a folder of prediction files or a URL of either is one system in many shards;
--gold may be such a thing too. Shards are scored in bounded memory, part by part.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from goldwire.errors import UsageError
from goldwire.options import OPTIONS

if TYPE_CHECKING:
    from goldwire.corpus.tables import Corpus
    from goldwire.incidents import Incident
    from goldwire.report.checks import Check
    from goldwire.results import Result

__all__ = ["add_arguments", "run"]

ENGINES = ("local", "duckdb", "spark")
FORMATS = ("text", "json", "markdown", "latex", "csv", "junit", "github")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.common import add_gold, add_output
    from goldwire.cli.thresholds import add_fail_under, add_on_error

    parser.add_argument(
        "predictions", nargs="+", metavar="PRED", help="JSONL or Parquet, .gz and .zst too; - is stdin; or shards"
    )
    add_gold(parser)
    add_output(parser)
    parser.add_argument("--task", action="append", metavar="T", help="score this task only (repeatable)")
    parser.add_argument("--profile", action="append", default=[], metavar="P", help="reproduce this published scorer")
    parser.add_argument("-m", "--measure", action="append", metavar="M", help="report this measure only (repeatable)")
    parser.add_argument(
        "--slice", action="append", default=[], metavar="FACET", help="report by type, level, zone, ..."
    )
    parser.add_argument(
        "--map", metavar="M", help="map of mention types for both sides: ontonotes, conll, ace or a JSON file"
    )
    parser.add_argument(
        "--singletons", choices=OPTIONS["singletons"], help="clusters of one mention, both sides alike (default: keep)"
    )
    parser.add_argument(
        "--container", choices=OPTIONS["container"], help="whether repeated events are one (default: set)"
    )
    parser.add_argument("-f", "--format", choices=FORMATS, default="text", help=f"{', '.join(FORMATS)} (default: text)")
    parser.add_argument("--engine", choices=ENGINES, help="what brings shards together (default: local)")
    parser.add_argument("--work", metavar="DIR", help="where shards are sorted; the same call goes on there")
    parser.add_argument(
        "--units", choices=["document", "block"], help="keep counts of shards per document or per block of them"
    )
    add_on_error(parser)
    add_fail_under(parser)


def run(options: argparse.Namespace) -> int:
    """Score, report, and check thresholds."""
    from goldwire.cli.common import deliver, print_incidents
    from goldwire.cli.thresholds import thresholds_of
    from goldwire.errors import IncidentError
    from goldwire.report.checks import github_text
    from goldwire.report.terminal import visible

    if options.predictions.count("-") > 1:
        raise UsageError("standard input can be read once")
    thresholds = thresholds_of(options)
    score = _scorer(options)
    results: list[Result] = []
    incidents: list[Incident] = []
    failed: list[str] = []
    for path in options.predictions:
        try:
            result = score(path)
        except IncidentError as error:
            incidents += error.incidents
            failed.append(str(error))
            continue
        results.append(result)
        if not options.quiet:
            print_incidents(result.incidents)
    if failed:
        if options.format == "github":
            deliver(github_text([], incidents), options.output)
        raise IncidentError("; ".join(failed), incidents)
    checks = _checks(results, thresholds)
    for check in checks:
        if check.failure is not None:
            print(f"goldwire: {visible(check.failure)}", file=sys.stderr)
    if options.format == "json" and len(results) == 1 and options.output not in (None, "-"):
        results[0].write(options.output)
    else:
        deliver(_text(results, checks, options), options.output)
    return 1 if any(check.failure is not None for check in checks) else 0


def _scorer(options: argparse.Namespace) -> Callable[[str], Result]:
    """Scores a file, or shards, as the options say; gold that fits in memory is read once."""
    from goldwire.cli.common import progress_of
    from goldwire.paths import is_sharded

    counting = {name: value for name in OPTIONS if (value := getattr(options, name)) is not None}
    common = {
        "tasks": options.task, "measures": options.measure, "profiles": options.profile, "slices": options.slice,
        "labels": options.map, "on_error": options.on_error, **counting,
    }  # fmt: skip
    many = [*options.predictions, *([options.gold] if options.gold else [])]
    if options.engine or options.work or options.units or any(map(is_sharded, many)):
        from goldwire.engines.scoring import score_shards

        if options.work and len(options.predictions) > 1:
            raise UsageError("--work is for one system at a time")
        shown = {"engine": options.engine or "local", "work": options.work, "units": options.units}

        def progress(what: str, done: int, total: int) -> None:
            progress_of(what, total, quiet=options.quiet)(done)

        return lambda path: score_shards(path, options.gold, progress=progress, **shown, **common)
    from goldwire.reading import load_corpus, opened
    from goldwire.scoring import score

    gold: list[Corpus] = []

    def in_memory(path: str) -> Result:
        with opened(path) as ahead:
            if not gold:
                gold.append(load_corpus(options.gold))
            return score(ahead, gold[0], **common)

    return in_memory


def _text(results: list[Result], checks: list[Check], options: argparse.Namespace) -> str:
    """The results in the format asked for."""
    from goldwire.cli.common import wants_style
    from goldwire.report.checks import github_text, junit_text
    from goldwire.report.sheets import csv_text, latex_text, markdown_text, result_sheets
    from goldwire.report.terminal import render_result, render_results, visible

    style = options.output is None and wants_style(sys.stdout)
    notes = list(dict.fromkeys(result.signature for result in results))
    match options.format:
        case "json":
            return "".join(result.to_json() for result in results)
        case "markdown":
            return markdown_text(result_sheets(results), notes)
        case "latex":
            return latex_text(result_sheets(results), notes)
        case "csv":
            return csv_text(result_sheets(results))
        case "junit":
            return junit_text(checks)
        case "github":
            return github_text(checks, [incident for result in results for incident in result.incidents])
        case _ if len(results) == 1:
            return render_result(results[0], style=style)
        case _:
            return render_results(results, style=style) + "\n" + "\n".join(map(visible, notes)) + "\n"


def _checks(results: list[Result], thresholds: list[tuple[str, float]]) -> list[Check]:
    """Every reported value, and those asked for by a threshold; a failure where undefined or on the wrong side of it."""
    from goldwire.cli.thresholds import missed
    from goldwire.report.checks import Check
    from goldwire.report.terminal import shown

    checks = []
    for result in results:
        system = str(result.system["name"])
        failures = missed(result, thresholds)
        names = dict.fromkeys([*result.values, *(name for name, _ in thresholds)])
        checks += [Check(system, name, shown(name, result[name]), failures.get(name)) for name in names]
    return checks
