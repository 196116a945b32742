"""Plan a comparison: what difference so many units can show, and how many units a given difference needs.

The spread comes from two systems that were scored already; the answer holds for units of the same kind.
"""

from __future__ import annotations

import argparse
import json
import math
from typing import TYPE_CHECKING, Any

from goldwire.errors import UsageError

if TYPE_CHECKING:
    from goldwire.comparison import Difference

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.common import positive
    from goldwire.cli.compare_verb import add_files

    add_files(parser)
    parser.add_argument("--units", type=positive, metavar="N", help="what N units show (default: as many as there are)")
    parser.add_argument("--power", type=float, default=0.8, metavar="X", help="chance to find a true difference (0.8)")
    parser.add_argument("-f", "--format", choices=["text", "json"], default="text")


def run(options: argparse.Namespace) -> int:
    """One line a measure and pair of systems."""
    from goldwire.cli.common import deliver
    from goldwire.cli.compare_verb import read_files, wanted
    from goldwire.comparison import compare
    from goldwire.report.terminal import aligned, shown

    if not 0 < options.power < 1:
        raise UsageError(f"a power of {options.power:g} cannot be; expected a fraction between 0 and 1")
    results = [one.result for one in read_files(options)]
    comparison = compare(results, wanted(options, results), resamples=1)
    plans = [_plan(difference, options.units, options.power) for difference in comparison.differences]
    if options.format == "json":
        deliver(
            json.dumps({"goldwire": 1, "power": options.power, "plans": plans}, allow_nan=False) + "\n", options.output
        )
        return 0
    head = ["measure", "difference of", "seen in", "is", "units", "detectable", "smallest p", "units needed"]
    rows = [
        [
            plan["measure"], f"{plan['system']} - {plan['baseline']}", f"{plan['seen']}",
            shown(plan["measure"], plan["difference"]), f"{plan['units']:,}", shown(plan["measure"], plan["detectable"]),
            f"{plan['smallest_p']:.2g}", "-" if plan["needed"] is None else f"{plan['needed']:,}",
        ]
        for plan in plans
    ]  # fmt: skip
    note = (
        f"detectable: the smallest true difference that a two-sided test at 5 % finds with a chance of {options.power:.0%};\n"
        "units needed: to find the difference seen with that chance. Both suppose more units of the same kind.\n"
    )
    deliver(aligned([head, *rows]) + "\n" + note, options.output)
    return 0


def _plan(difference: Difference, units: int | None, power: float) -> dict[str, Any]:
    """What ``units`` units would show (None: as many as were seen), and what the difference seen needs."""
    from goldwire.stats.paired import least_units, smallest_p
    from goldwire.stats.power import detectable_difference, units_needed
    from goldwire.stats.resampling import EXACT_FLIPS

    wanted = units or difference.units
    error = math.nan if difference.error is None else difference.error
    needed = units_needed(error, difference.units, difference.difference or 0.0, power=power)
    detectable = detectable_difference(error * math.sqrt(difference.units / wanted), wanted, power=power)
    return {
        "measure": difference.measure,
        "system": difference.system,
        "baseline": difference.baseline,
        "seen": difference.units,
        "difference": difference.difference,
        "error": difference.error,
        "units": wanted,
        "detectable": detectable if math.isfinite(detectable) else None,
        "smallest_p": smallest_p(wanted, 10_000, wanted <= EXACT_FLIPS),
        "needed": None if needed is None else max(needed, least_units(0.05)),
    }
