"""Numbers as the page shows them, and links from them to the items they count."""

from __future__ import annotations

from urllib.parse import quote

from goldwire.building.picture_style import element, escape
from goldwire.errors import UsageError
from goldwire.explaining.selection import Selection
from goldwire.measures import parse_name
from goldwire.report.html.systems import System
from goldwire.report.terminal import shown

__all__ = ["counted", "interval", "items_link", "measured", "p_value", "signed"]

_MINUS = "\N{MINUS SIGN}"


def interval(measure: str, low: float | None, high: float | None, *, plus: bool = False) -> str:
    """Both borders, or nothing; with signs where they are those of a difference."""
    if low is None or high is None:
        return ""
    text = signed if plus else shown
    return f"[{text(measure, low)}, {text(measure, high)}]"


def signed(measure: str, number: float | None) -> str:
    """A difference with its sign."""
    if number is None:
        return "–"
    return ("+" if number >= 0 else _MINUS) + shown(measure, abs(number))


def p_value(p: float | None) -> str:
    """A p-value, never 0."""
    return "–" if p is None else f"{p:.4f}" if p >= 0.0001 else f"{p:.1e}"


def items_link(content: str, system: System, task: str, **filters: str | None) -> str:
    """Content that leads to the items it counts; just the content where the items are not known. HTML in and out."""
    if task not in system.items:
        return content
    wanted = {"system": str(system.number), "task": task, **{k: v for k, v in filters.items() if v is not None}}
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in wanted.items())
    return element("a", content, href=f"#items?{query}", class_="n")


def counted(number: int, system: System, task: str, **filters: str | None) -> str:
    """A number of items that leads to them; zero leads nowhere."""
    text = f"{number:,}"
    return items_link(text, system, task, **filters) if number else element("span", "0", class_="zero")


def measured(name: str, number: float | None, system: System) -> str:
    """A value that leads to the items its measure counts; just the value where these cannot be listed."""
    text = escape(shown(name, number) if number is not None else "–")
    task = parse_name(name)[0].task
    if task not in system.items:
        return text
    try:
        _, selection = Selection.of_measure(name)
    except UsageError:
        return text
    kind = selection.kinds[0] if selection.kinds else None
    nil = None if selection.nil is None else str(int(selection.nil))
    where = {f"is-{facet}": label for facet, label in selection.where.items()}
    return items_link(text, system, task, kind=kind, side=selection.side, nil=nil, **where)
