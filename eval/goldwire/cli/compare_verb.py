"""Compare systems on the same gold: differences with intervals, paired tests, and what the number of units can show.

Files are predictions, which are scored first, or results of `goldwire score -f json`. The first is the baseline.
Without -m one measure of every task that all systems were scored on is compared; all of them are one family.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from goldwire.errors import UsageError

if TYPE_CHECKING:
    from goldwire.comparison import Comparison
    from goldwire.report.checks import Check
    from goldwire.results import Result

__all__ = ["add_arguments", "add_files", "results_of", "run", "wanted"]

FORMATS = ("text", "json", "markdown", "latex", "csv", "junit", "github")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.common import positive

    add_files(parser)
    parser.add_argument(
        "--correction", choices=["holm", "max-t"], default="holm", help="over the family (default: holm)"
    )
    parser.add_argument("--resamples", type=positive, default=10_000, metavar="N", help="of units (default: 10000)")
    parser.add_argument("--seed", type=int, default=0, help="of the resamples (default: 0)")
    parser.add_argument("-f", "--format", choices=FORMATS, default="text", help=f"{', '.join(FORMATS)} (default: text)")
    parser.add_argument(
        "--fail-if-worse", action="store_true", help="exit 1 if a system's value is worse than the baseline's"
    )
    parser.add_argument(
        "--margin", type=float, default=0.0, metavar="X", help="how much worse is still fine, a fraction (default: 0)"
    )


def add_files(parser: argparse.ArgumentParser) -> None:
    """The arguments that say what is compared on what."""
    from goldwire.cli.common import add_gold, add_output

    parser.add_argument("files", nargs="+", metavar="FILE", help="predictions or results, the baseline first")
    add_gold(parser)
    add_output(parser)
    parser.add_argument("--task", action="append", metavar="T", help="compare on this task only (repeatable)")
    parser.add_argument("--profile", action="append", default=[], metavar="P", help="compare by this published scorer")
    parser.add_argument("-m", "--measure", action="append", metavar="M", help="compare this measure (repeatable)")


def run(options: argparse.Namespace) -> int:
    """Read or score, compare, report."""
    from goldwire.cli.common import deliver
    from goldwire.comparison import compare
    from goldwire.report.terminal import visible

    results = results_of(options)
    comparison = compare(
        results, wanted(options, results), correction=options.correction, resamples=options.resamples, seed=options.seed
    )
    checks = _checks(comparison, options.margin if options.fail_if_worse else None)
    for check in checks:
        if check.failure is not None:
            print(f"goldwire: {visible(check.failure)}", file=sys.stderr)
    deliver(_text(comparison, checks, options), options.output)
    return 1 if any(check.failure is not None for check in checks) else 0


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
        raise UsageError("the systems have no task in common")
    return options.measure or [leading(task) for task in shared if not options.task or task in options.task]


def results_of(options: argparse.Namespace) -> list[Result]:
    """The results of all files; predictions are scored. Raises UsageError for fewer than two."""
    from goldwire.measures import parse_name
    from goldwire.reading import load_corpus
    from goldwire.results import Result, is_result
    from goldwire.scoring import score

    if len(options.files) < 2:
        raise UsageError("a comparison needs two files or more, the baseline first")
    asked = {parse_name(name)[0].task for name in options.measure or ()}
    gold = None
    results = []
    for path in options.files:
        if is_result(path):
            results.append(Result.read(path))
            continue
        gold = gold or load_corpus(options.gold)
        tasks = [*(options.task or ()), *sorted(asked - {*options.profile, *(options.task or ())})]
        results.append(score(path, gold, tasks=tasks or None, profiles=options.profile))
    return results


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
