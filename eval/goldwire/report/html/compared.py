"""The first part of the page: what each system reaches, and how sure one can be that they differ."""

from __future__ import annotations

from collections.abc import Sequence

from goldwire.building.picture_style import element, escape
from goldwire.comparison import DESCRIPTIVE, Comparison, Difference
from goldwire.measures import parse_name
from goldwire.profiles import scorer
from goldwire.report.html.charts import Scale, interval_plot
from goldwire.report.html.numbers import interval, measured, p_value, signed
from goldwire.report.html.systems import Group, System, swatch
from goldwire.report.terminal import HEADLINES, leading, shown
from goldwire.results import Value

__all__ = ["comparison_part", "figures_part", "heading", "table"]


def comparison_part(groups: Sequence[Group]) -> str:
    """The leading measure of every task, systems below one another with their intervals drawn."""
    blocks = []
    for group in groups:
        blocks += [_leading_table(group, task) for task in group.tasks]
        if group.comparison is not None:
            blocks.append(element("p", escape(_family(group.comparison)), class_="note"))
    return "".join(blocks)


def figures_part(groups: Sequence[Group]) -> str:
    """Every value of every task, systems beside one another; the usual ones open, the others behind a fold."""
    blocks = []
    for group in groups:
        for task in group.tasks:
            names = list(
                dict.fromkeys(n for s in group.systems for n in s.result.values if n.partition(".")[0] == task)
            )
            usual = [f"{task}.{figure}" for figure in HEADLINES.get(task, ()) if f"{task}.{figure}" in names] or names[
                :7
            ]
            blocks.append(heading(task))
            blocks.append(_figures(group.systems, task, usual))
            if len(names) > len(usual):
                fold = element("summary", f"All {len(names)} figures of {escape(task)}")
                blocks.append(element("details", fold, _figures(group.systems, task, names)))
    return "".join(blocks)


def heading(task: str) -> str:
    """The heading of a task's block: what it is and how it is called."""
    title = scorer(task).title
    return element("h3", escape(title[:1].upper() + title[1:]), " ", element("code", escape(task)))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, text: int = 1, look: str = "") -> str:
    """A table of HTML cells; the first ``text`` columns are words, the others numbers. It scrolls by itself if wide."""
    cells = [element("th", cell, scope="col", class_="w" if i < text else None) for i, cell in enumerate(head)]
    body = []
    for row in rows:
        first = element("th", row[0], scope="row", class_="w")
        body.append(
            element(
                "tr", first, *(element("td", c, class_="w" if i < text else None) for i, c in enumerate(row[1:], 1))
            )
        )
    content = element("thead", element("tr", *cells)) + element("tbody", *body)
    return element("div", element("table", content, class_=look or None), class_="scroll", tabindex=0)


def _leading_table(group: Group, task: str) -> str:
    measure = leading(task)
    share = parse_name(measure)[0].range == (0.0, 1.0)
    values = {system.number: _value(group, system, measure) for system in group.systems}
    percentiles = group.comparison.percentiles[measure] if group.comparison else {}
    drawn = [x for v in values.values() for x in (v.value, v.low, v.high)]
    drawn += [x for system in group.systems for x in percentiles.get(system.name, ())]
    scale = Scale(drawn)
    own = _differences(group.comparison, measure)
    spread = Scale([x for d in own.values() for x in (d.low, d.high, d.difference)], zero=True)
    head = ["system", "rank", escape(measure.removeprefix(f"{task}.")), scale.axis(share=share), "95 %"]
    if own:
        outcome = element("abbr", "+ / = / −", title="units better, equal, worse")
        head += ["difference", spread.axis(share=share), "95 %", "p", "p corrected", outcome]
    rows = []
    for system in group.systems:
        value = values[system.number]
        rank = group.comparison.ranks[measure].get(system.name) if group.comparison else None
        outer = percentiles.get(system.name, (None, None))
        label = f"{shown(measure, value.value)} {interval(measure, value.low, value.high)}"
        row = [
            swatch(system) + escape(system.name),
            "–" if rank is None else str(rank),
            element("b", measured(measure, value.value, system)),
            interval_plot(
                scale,
                value.value,
                (value.low, value.high),
                (_known(outer[0]), _known(outer[1])),
                label=label,
                colour=system.number,
                base=values[group.systems[0].number].value if own else None,
            ),
            escape(interval(measure, value.low, value.high)),
        ]
        rows.append(row + (_difference_cells(spread, own.get(system.name), measure, system.number) if own else []))
    remark = f"{_units(group, task)}. {_remark(list(own.values()))}" if own else f"{_units(group, task)}."
    return heading(task) + table(head, rows, look="compared") + element("p", escape(remark), class_="remark")


def _difference_cells(scale: Scale, difference: Difference | None, measure: str, colour: int) -> list[str]:
    if difference is None:
        return [element("span", "baseline", class_="zero"), "", "", "", "", ""]
    d = difference
    label = f"difference {signed(measure, d.difference)}"
    plot = interval_plot(scale, d.difference, (d.low, d.high), label=label, colour=colour)
    cells = [
        signed(measure, d.difference),
        interval(measure, d.low, d.high, plus=True),
        p_value(d.p),
        p_value(d.adjusted),
    ]
    return [escape(cells[0]), plot, *map(escape, cells[1:]), f"{d.better} / {d.equal} / {d.worse}"]


def _figures(systems: Sequence[System], task: str, names: Sequence[str]) -> str:
    """Values with their intervals and fractions."""
    rows = []
    for name in names:
        cells = [element("code", escape(name.removeprefix(f"{task}.")))]
        for system in systems:
            value = system.result.values.get(name)
            if value is None:
                cells += ["", ""]
                continue
            detail = "  ".join(x for x in (interval(name, value.low, value.high), _fraction(value)) if x)
            cells += [measured(name, value.value, system), element("span", escape(detail), class_="detail")]
        rows.append(cells)
    return table(["figure", *(cell for system in systems for cell in (escape(system.name), ""))], rows)


def _value(group: Group, system: System, measure: str) -> Value:
    if group.comparison is not None:
        return group.comparison.values[measure][system.name]
    return system.result.values.get(measure, Value(None))


def _differences(comparison: Comparison | None, measure: str) -> dict[str, Difference]:
    return {d.system: d for d in comparison.differences if d.measure == measure} if comparison else {}


def _family(comparison: Comparison) -> str:
    """What was tested, and how it was corrected for."""
    correction = "Holm" if comparison.correction == "holm" else "max-T"
    many = f"{comparison.family} comparison{'' if comparison.family == 1 else 's'}"
    tested = (
        f"p: sign flips over units, two-sided; corrected by {correction} over a family of {many}: "
        f"{', '.join(comparison.measures)}."
        if comparison.family
        else "No comparison here can be tested."
    )
    return (
        f"Baseline: {comparison.systems[0]}. Bars: linearised t interval over units, ticks: percentile bootstrap. {tested} "
        "Systems share a rank unless the tests of all pairs, corrected together, tell them apart. "
        + " ".join(comparison.warnings)
    )


def _remark(own: Sequence[Difference]) -> str:
    """What so many units can show."""
    first = own[0]
    if first.units < 2:
        return "One unit: nothing varies, so there is no interval and no test."
    seen = [d.detectable for d in own if d.detectable is not None]
    least = f" Differences below {shown(first.measure, max(seen))} are likely missed (80 % power)." if seen else ""
    if first.smallest_p > DESCRIPTIVE:
        return f"Descriptive only: with {first.units} units no test reaches p < {first.smallest_p:.4g}.{least}"
    return f"Smallest p these units allow: {first.smallest_p:.2g}.{least}"


def _units(group: Group, task: str) -> str:
    count = len(group.systems[0].result.counts[task].units)
    return f"{count:,} {scorer(task).unit}{'' if count == 1 else 's'}"


def _fraction(value: Value) -> str:
    if value.numerator is None or value.denominator is None:
        return ""
    return f"{value.numerator:,.6g} / {value.denominator:,.6g}"


def _known(number: float | None) -> float | None:
    return number if number is not None and number == number else None
