"""Compare systems on the same gold: differences with intervals, paired tests, and what the number of units can show.

Files are predictions, which are scored first, or results of `goldwire score -f json`. The first is the baseline.
Without -m one measure of every task that all systems were scored on is compared; all of them are one family.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from goldwire.errors import UsageError

if TYPE_CHECKING:
    from goldwire.comparison import Comparison
    from goldwire.corpus.tables import Corpus
    from goldwire.report.checks import Check
    from goldwire.results import Result

__all__ = ["Given", "add_arguments", "add_files", "read_files", "run", "wanted"]

FORMATS = ("text", "json", "markdown", "latex", "csv", "junit", "github")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.common import positive
    from goldwire.cli.thresholds import add_fail_under

    add_files(parser)
    parser.add_argument(
        "--correction", choices=["holm", "max-t"], default="holm", help="over the family (default: holm)"
    )
    parser.add_argument("--resamples", type=positive, default=10_000, metavar="N", help="of units (default: 10000)")
    parser.add_argument("--seed", type=int, default=0, help="of the resamples (default: 0)")
    parser.add_argument("-f", "--format", choices=FORMATS, default="text", help=f"{', '.join(FORMATS)} (default: text)")
    parser.add_argument(
        "--items",
        action="store_true",
        help="also count the items that only one of two systems has right, conditional on these articles",
    )
    parser.add_argument(
        "--unit",
        choices=["document", "sentence", "item"],
        default="document",
        help="what is swapped between systems: documents, or their components in de-duplication",
    )
    add_fail_under(parser, "a system's (not the baseline's) ")
    parser.add_argument(
        "--fail-if-worse-than",
        metavar="BASE",
        help="this file is the baseline; exit 1 if a value of another system is undefined or worse than its value",
    )
    parser.add_argument(
        "--margin", type=float, default=0.0, metavar="X", help="how much worse is still fine, a fraction (default: 0)"
    )


def add_files(parser: argparse.ArgumentParser) -> None:
    """The arguments that say what is compared on what."""
    from goldwire.cli.common import add_gold, add_output
    from goldwire.cli.thresholds import add_on_error

    parser.add_argument("files", nargs="+", metavar="FILE", help="predictions or results, the baseline first")
    add_gold(parser)
    add_output(parser)
    parser.add_argument("--task", action="append", metavar="T", help="compare on this task only (repeatable)")
    parser.add_argument("--profile", action="append", default=[], metavar="P", help="compare by this published scorer")
    parser.add_argument("-m", "--measure", action="append", metavar="M", help="compare this measure (repeatable)")
    add_on_error(parser)


def run(options: argparse.Namespace) -> int:
    """Read or score, compare, report."""
    from goldwire.cli.common import deliver
    from goldwire.cli.thresholds import thresholds_of
    from goldwire.comparison import compare
    from goldwire.report.terminal import visible

    if options.unit != "document":
        raise UsageError(_REFUSED.format(options.unit))
    base = options.fail_if_worse_than
    if base is not None:
        options.files = [base, *(path for path in options.files if not _same(path, base))]
    elif options.margin:
        raise UsageError("--margin belongs to --fail-if-worse-than")
    if not 0 <= options.margin < math.inf:
        raise UsageError(f"a margin of {options.margin:g} cannot be; expected a fraction of 0 or more")
    thresholds = thresholds_of(options)
    given = read_files(options, [name for name, _ in thresholds])
    results = [one.result for one in given]
    comparison = compare(
        results, wanted(options, results), correction=options.correction, resamples=options.resamples, seed=options.seed
    )
    if options.items:
        comparison = _itemised(comparison, given)
    checks = _checks(comparison, None if base is None else options.margin)
    checks += _threshold_checks(results[1:], thresholds)
    for check in checks:
        if check.failure is not None:
            print(f"goldwire: {visible(check.failure)}", file=sys.stderr)
    deliver(_text(comparison, checks, options), options.output)
    return 1 if any(check.failure is not None for check in checks) else 0


_REFUSED = (
    "flips of {}s are refused: they reject a true null some 20 % of the time at a nominal 5 % when systems do better on "
    "some documents than on others; --items counts the items in which two systems differ, as a statement on these "
    "articles alone"
)


def _same(path: str, other: str) -> bool:
    return Path(path) == Path(other)


def _itemised(comparison: Comparison, given: list[Given]) -> Comparison:
    """The comparison with its item tests. Raises UsageError where no file holds items."""
    from goldwire.itemised import item_tests

    gold = next((one.gold for one in given if one.gold is not None), None)
    predictions = {str(one.result.system["name"]): one.pred for one in given if one.pred is not None}
    if gold is None or str(given[0].result.system["name"]) not in predictions or len(predictions) < 2:
        raise UsageError(
            "--items needs predictions of the baseline and of another system; results hold counts, no items"
        )
    return replace(comparison, items=item_tests(comparison, gold, predictions))


def _text(comparison: Comparison, checks: list[Check], options: argparse.Namespace) -> str:
    """The comparison in the format asked for."""
    from goldwire.cli.common import wants_style
    from goldwire.report.checks import github_text, junit_text
    from goldwire.report.compared import reading, render_comparison
    from goldwire.report.sheets import comparison_sheets, csv_text, latex_text, markdown_text

    notes = [*reading(comparison), comparison.signature]
    match options.format:
        case "json":
            return json.dumps(comparison.to_dict(), ensure_ascii=False, allow_nan=False) + "\n"
        case "markdown":
            return markdown_text(comparison_sheets(comparison), notes)
        case "latex":
            return latex_text(comparison_sheets(comparison), notes)
        case "csv":
            return csv_text(comparison_sheets(comparison))
        case "junit":
            return junit_text(checks)
        case "github":
            return github_text(checks)
        case _:
            return render_comparison(comparison, style=options.output is None and wants_style(sys.stdout))


def wanted(options: argparse.Namespace, results: list[Result]) -> list[str]:
    """The measures asked for, or the leading one of each task that all systems were scored on. Raises UsageError."""
    from goldwire.report.terminal import leading

    shared = [task for task in results[0].tasks if all(task in result.tasks for result in results)]
    if not shared:
        had = "; ".join(f"{result.system['name']} has {', '.join(result.tasks)}" for result in results)
        raise UsageError(f"the systems have no task in common: {had}")
    for task in options.task or ():
        if task not in shared:
            raise UsageError(f"the task {task!r} was not scored for every system; shared tasks: {', '.join(shared)}")
    return options.measure or [leading(task) for task in shared if not options.task or task in options.task]


@dataclass(frozen=True)
class Given:
    """A file of the command line: its result, and what was scored where it is no result."""

    result: Result
    gold: Corpus | None = None
    pred: Corpus | None = None


def read_files(options: argparse.Namespace, more: Sequence[str] = ()) -> list[Given]:
    """All files; predictions are scored, also on the tasks of the measures ``more``. Raises UsageError for fewer than two."""
    from goldwire.cli.common import print_incidents
    from goldwire.cli.inputs import read_side
    from goldwire.measures import parse_name
    from goldwire.reading import load_corpus
    from goldwire.results import Result, is_result
    from goldwire.scoring import score

    if len(options.files) < 2:
        raise UsageError("a comparison needs two files or more, the baseline first")
    measures = [*(options.measure or ()), *(more if options.measure else ())]
    asked = {parse_name(name)[0].task for name in measures}
    gold = None
    given = []
    for path in options.files:
        if is_result(path):
            given.append(Given(Result.read(path)))
            continue
        gold = gold or load_corpus(options.gold)
        read = read_side(path, gold, options.on_error)
        if not options.quiet:
            print_incidents(read.incidents)
        tasks = [*(options.task or ()), *sorted(asked - {*options.profile, *(options.task or ())})]
        result = score(read, gold, tasks=tasks or None, profiles=options.profile)
        given.append(Given(result, gold, read.corpus))
    return given


def _checks(comparison: Comparison, margin: float | None) -> list[Check]:
    """Every difference; a failure where it is undefined or to the worse by more than the margin (None: none fails)."""
    from goldwire.measures import parse_name
    from goldwire.report.checks import Check
    from goldwire.report.terminal import shown

    checks = []
    for d in comparison.differences:
        sign = -1 if parse_name(d.measure)[0].better == "lower" else 1
        failure = None
        if margin is not None and (d.difference is None or sign * d.difference < -margin):
            by = "undefined" if d.difference is None else f"{abs(d.difference):.4f}"
            failure = f"{d.system}: {d.measure} is worse than {d.baseline}'s by {by}"
        plus = "+" if d.difference is not None and d.difference >= 0 else ""
        checks.append(
            Check(d.system, f"{d.measure} against {d.baseline}", plus + shown(d.measure, d.difference), failure)
        )
    return checks


def _threshold_checks(results: Sequence[Result], thresholds: Sequence[tuple[str, float]]) -> list[Check]:
    """The measures of --fail-under, for every system but the baseline."""
    from goldwire.cli.thresholds import missed
    from goldwire.report.checks import Check
    from goldwire.report.terminal import shown

    checks = []
    for result in results:
        failures = missed(result, thresholds)
        system = str(result.system["name"])
        checks += [Check(system, name, shown(name, result[name]), failures.get(name)) for name, _ in thresholds]
    return checks
