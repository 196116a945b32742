"""The first thing on the page: every system and every task at a glance, each number with its bar."""

from __future__ import annotations

from collections.abc import Sequence

from goldwire.building.picture_style import element, escape
from goldwire.measures import parse_name
from goldwire.report.html.charts import share_bar
from goldwire.report.html.numbers import measured
from goldwire.report.html.systems import Group, System, swatch
from goldwire.report.terminal import leading
from goldwire.results import Value

__all__ = ["overview_part"]


def overview_part(systems: Sequence[System], groups: Sequence[Group]) -> str:
    """Systems down, tasks across, the leading measure of each; the best value of a task stands out.

    The best is what the figures say, not what a test tells apart; the comparison below says what is.
    """
    tasks = list(dict.fromkeys(task for group in groups for task in group.tasks))
    best = {task: _best(systems, task) for task in tasks}
    head = [element("th", "system", scope="col", class_="w")]
    for task in tasks:
        figure = leading(task).removeprefix(f"{task}.")
        head.append(element("th", element("b", escape(_title(task))), element("small", escape(figure)), scope="col"))
    rows = []
    for system in systems:
        cells = [element("th", swatch(system), escape(system.name), scope="row", class_="w")]
        for task in tasks:
            value = system.result.values.get(leading(task), Value(None)) if task in system.result.tasks else None
            cells.append(element("td", _cell(system, task, value, best[task])))
        rows.append(element("tr", *cells))
    content = element("thead", element("tr", *head)) + element("tbody", *rows)
    return element("div", element("table", content, class_="overview"), class_="scroll", tabindex=0)


def _cell(system: System, task: str, value: Value | None, best: float | None) -> str:
    if value is None:
        return element("span", "", class_="zero", title="not scored")
    measure = leading(task)
    number = measured(measure, value.value, system)
    look = "top" if value.value is not None and value.value == best else None
    share = value.value if parse_name(measure)[0].range == (0.0, 1.0) else None
    bar = share_bar(share, system.number) if share is not None else ""
    return element("span", number, class_=look) + bar


def _best(systems: Sequence[System], task: str) -> float | None:
    """The best value where at least two systems have one."""
    measure = leading(task)
    values = [s.result.values[measure].value for s in systems if measure in s.result.values]
    known = [value for value in values if value is not None]
    if len(known) < 2 or len(set(known)) < 2:
        return None
    return min(known) if parse_name(measure)[0].better == "lower" else max(known)


def _title(task: str) -> str:
    return task.replace("_", " ")
