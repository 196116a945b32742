"""A comparison as aligned text: what each system reaches, how it differs from the first, and what that can show."""

from __future__ import annotations

from goldwire.comparison import DESCRIPTIVE, Comparison, Difference
from goldwire.report.terminal import aligned, bold, shown, visible
from goldwire.results import Value
from goldwire.stats.intervals import Interval

__all__ = ["reading", "render_comparison"]


def render_comparison(comparison: Comparison, *, style: bool = False) -> str:
    """One table a measure, systems in the order given, the baseline first; then how to read it."""
    gold = comparison.gold
    blocks = [visible(f"{', '.join(comparison.systems[1:])} against {comparison.systems[0]}, on {_named(gold)}")]
    for measure in comparison.measures:
        own = [difference for difference in comparison.differences if difference.measure == measure]
        blocks.append(bold(f"{visible(measure)}  ({own[0].units} {_units(own[0])})", style))
        blocks.append(_table(comparison, measure, {difference.system: difference for difference in own}))
        blocks.append(_remark(own) + _items(comparison, measure))
    blocks.append("\n".join(reading(comparison)))
    blocks.append(visible(comparison.signature))
    return "\n".join(blocks) + "\n"


def _table(comparison: Comparison, measure: str, own: dict[str, Difference]) -> str:
    percent = f"{100 * comparison.level:g} %"
    head = ["system", "rank", "value", percent, "percentile", "difference", percent, "p", "p corr.", "+/=/-"]
    rows = []
    for system in comparison.systems:
        value = comparison.values[measure][system]
        rank = comparison.ranks[measure].get(system)
        row = [system, "-" if rank is None else str(rank), shown(measure, value.value), _interval(measure, value)]
        row.append(_interval(measure, comparison.percentiles[measure][system]))
        difference = own.get(system)
        if difference is None:
            row += ["", "", "", "", ""]
        else:
            row += [
                _signed(measure, difference.difference),
                _between(measure, difference.low, difference.high),
                _p(difference.p),
                _p(difference.adjusted),
                f"{difference.better}/{difference.equal}/{difference.worse}",
            ]
        rows.append(row)
    filled = [i for i in range(len(head)) if i < 3 or any(row[i] not in ("", "-") for row in rows)]
    return aligned([[row[i] for i in filled] for row in [head, *rows]])


def _remark(own: list[Difference]) -> str:
    """What units this few or many can show."""
    first = own[0]
    if first.units < 2:
        return "  One unit: nothing varies, so there is no interval and no test.\n"
    seen = [d.detectable for d in own if d.detectable is not None]
    least = f"; differences below {shown(first.measure, max(seen))} are likely missed" if seen else ""
    if first.smallest_p > DESCRIPTIVE:
        return (
            f"  Descriptive only: with {first.units} units no test reaches p < {first.smallest_p:.4g}. "
            f"These figures describe these articles{least}. `--items` lists what differs in them.\n"
        )
    return f"  Smallest p these units allow: {first.smallest_p:.2g}{least} (80 % power).\n"


def _items(comparison: Comparison, measure: str) -> str:
    """What the items say of these articles, where that was asked for."""
    from goldwire.itemised import CONDITIONAL

    own = [test for test in comparison.items if test.measure == measure]
    if not own:
        return ""
    lines = [
        f"    {test.system} alone has {test.only_system:,} of {test.items:,} gold items right, {test.baseline} alone "
        f"{test.only_baseline:,}: exact McNemar p = {_p(test.p)}"
        for test in own
    ]
    return "\n".join(map(visible, [f"  {CONDITIONAL}", *lines])) + "\n"


def reading(comparison: Comparison) -> list[str]:
    """What the columns mean, a line each."""
    from goldwire.measures import parse_name
    from goldwire.results import interval_method

    correction = "Holm" if comparison.correction == "holm" else "max-T"
    methods = dict.fromkeys(interval_method(parse_name(measure)[0]) for measure in comparison.measures)
    return [
        f"Intervals: {'; of ap, auc and ami: '.join(methods)}. p: sign flips over units, two-sided; corrected by "
        f"{correction} over {comparison.family} comparison(s).",
        "+/=/-: units where the system is better than the first, equal, worse. Systems share a rank unless the tests "
        "of all pairs, corrected together, tell them apart.",
        *comparison.warnings,
    ]


def _named(gold: dict[str, object]) -> str:
    return f"{gold['name']}" + (f" {gold['version']}" if gold["version"] else "")


def _units(difference: Difference) -> str:
    from goldwire.measures import parse_name
    from goldwire.profiles import scorer

    unit = scorer(parse_name(difference.measure)[0].task).unit
    return unit if difference.units == 1 else f"{unit}s"


def _signed(measure: str, number: float | None) -> str:
    return "-" if number is None else ("+" if number >= 0 else "") + shown(measure, number)


def _between(measure: str, low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"[{_signed(measure, low)}, {_signed(measure, high)}]"


def _interval(measure: str, of: Value | Interval) -> str:
    low, high = of.low, of.high
    if low is None or high is None or low != low:
        return ""
    return f"[{shown(measure, low)}, {shown(measure, high)}]"


def _p(p: float | None) -> str:
    return "-" if p is None else f"{p:.4f}" if p >= 0.0001 else f"{p:.1e}"
