"""The options --fail-under and --on-error, which several verbs share, and what they do."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from goldwire.errors import UsageError

if TYPE_CHECKING:
    from goldwire.results import Result

__all__ = ["add_fail_under", "add_on_error", "missed", "thresholds_of"]


def add_on_error(parser: argparse.ArgumentParser) -> None:
    """The option --on-error."""
    parser.add_argument(
        "--on-error",
        choices=["stop", "drop"],
        default="stop",
        help="bad records: refuse the file, or leave them out and count them (default: stop)",
    )


def add_fail_under(parser: argparse.ArgumentParser, whose: str = "") -> None:
    """The option --fail-under."""
    parser.add_argument(
        "--fail-under",
        action="append",
        default=[],
        metavar="M=V",
        help=f"exit 1 if {whose}measure M is worse than V, a fraction (below it; above where lower is better)",
    )


def thresholds_of(options: argparse.Namespace) -> list[tuple[str, float]]:
    """Measures and the least (or most) they may be. Raises UsageError."""
    return [_threshold(text) for text in options.fail_under]


def missed(result: Result, thresholds: Sequence[tuple[str, float]]) -> dict[str, str]:
    """Measure -> a sentence, for each that is undefined or on the wrong side of its threshold."""
    from goldwire.measures import parse_name

    failures = {}
    for name, least in thresholds:
        value, lower_is_better = result[name], parse_name(name)[0].better == "lower"
        if value is None or (value > least if lower_is_better else value < least):
            found = "undefined" if value is None else f"{value:.4f}"
            side = "above" if lower_is_better else "below"
            failures[name] = f"{result.system['name']}: {name} is {found}, {side} {least}"
    return failures


def _threshold(text: str) -> tuple[str, float]:
    from goldwire.measures import parse_name

    name, equals, number = text.rpartition("=")
    try:
        least = float(number)
    except ValueError:
        least = math.nan
    if not equals or math.isnan(least):
        raise UsageError(f"--fail-under {text!r}: expected MEASURE=VALUE, such as entities.strict.f1=0.80")
    low, high = parse_name(name)[0].range
    if not low <= least <= high:
        raise UsageError(f"--fail-under {text!r}: {name} lies between {low:g} and {high:g}")
    return name, least
