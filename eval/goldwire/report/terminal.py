"""Results as aligned text for a terminal. Percentages here, fractions in files; "-" where undefined."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from goldwire.measures import measures_of, parse_name
from goldwire.profiles import scorer
from goldwire.results import Result, Value

__all__ = ["aligned", "bold", "leading", "render_result", "render_results", "shown", "visible"]

HEADLINES: Mapping[str, tuple[str, ...]] = {
    "entities": ("strict.precision", "strict.recall", "strict.f1", "exact.f1", "type.f1", "partial.f1", "head.f1"),
    "linking": ("accuracy", "inkb.precision", "inkb.recall", "inkb.f1", "all.f1", "nil.f1"),
    "coref": ("mentions.f1", "muc.f1", "b3.f1", "ceafe.f1", "lea.f1", "blanc.f1", "conll"),
    "coref_corpus": ("mentions.f1", "muc.f1", "b3.f1", "ceafe.f1", "lea.f1", "blanc.f1", "conll"),
    "events": (
        "tri_i.f1",
        "tri_c.f1",
        "arg_i.f1",
        "arg_c.f1",
        "arg_c_plus.f1",
        "polarity.accuracy",
        "modality.accuracy",
    ),
    "event_coref": ("mentions.f1", "muc.f1", "b3.f1", "ceafe.f1", "lea.f1", "conll", "contrast"),
    "event_coref_corpus": ("mentions.f1", "muc.f1", "b3.f1", "ceafe.f1", "lea.f1", "conll", "contrast"),
    "times": ("span.precision", "span.recall", "span.f1", "type.f1", "value.f1", "value.accuracy"),
    "duplicates": ("pairs.precision", "pairs.recall", "pairs.f1", "pairs@partial.f1", "ap", "auc", "closure_damage"),
    "clusters": ("links.precision", "links.recall", "links.f1", "b3.f1", "ceafe.f1", "lea.f1", "exact.f1"),
    "passages": ("precision", "recall", "granularity", "plagdet", "aligned.f1", "macro.plagdet", "negatives.rate"),
    "grounding": (
        "exact",
        "normalised",
        "ambiguous",
        "duplicate",
        "ungrounded",
        "text.precision",
        "text.recall",
        "text.f1",
    ),
}
"""What a table of several systems shows of each task; the interval is that of the first F1-like figure."""

_LEADING = {
    "entities": "strict.f1",
    "linking": "inkb.f1",
    "coref": "conll",
    "coref_corpus": "conll",
    "events": "tri_c.f1",
    "event_coref": "conll",
    "event_coref_corpus": "conll",
    "times": "span.f1",
    "duplicates": "pairs.f1",
    "clusters": "links.f1",
    "passages": "plagdet",
    "grounding": "text.f1",
}

_FIGURES = ("precision", "recall", "f1", "macro_f1")


def render_result(result: Result, *, style: bool = False) -> str:
    """One system: every value, schemes down and precision, recall and F1 across."""
    blocks = [_about(result)]
    for task in result.tasks:
        rows: dict[str, dict[str, Value]] = {}
        others: list[list[str]] = []
        for name, value in result.values.items():
            base, bracket, part = name.partition("[")
            pieces = base.split(".")
            if pieces[0] != task:
                continue
            figure = pieces[-1]
            if figure in _FIGURES:
                rows.setdefault((".".join(pieces[1:-1]) or "micro") + bracket + part, {})[figure] = value
            else:
                label = ".".join(pieces[1:]) + bracket + part
                others.append([label, shown(name, value.value), _interval(name, value), _fraction(value)])
        title = f"{task}: {scorer(task).title}, {_units(result, task)}"
        blocks.append(bold(title, style))
        if rows:
            figures = [f for f in _FIGURES if any(f in row for row in rows.values())]
            head = ["", *figures, f"f1 {100 * result.level:g} %"]
            body = []
            for label, row in rows.items():
                cells = [shown("", row[figure].value) if figure in row else "" for figure in figures]
                body.append([label, *cells, _interval("", row["f1"]) if "f1" in row else ""])
            blocks.append(_table(head, body, optional=len(head) - 1))
        if others:
            blocks.append(_table(["", "value", f"{100 * result.level:g} %", "counts"], others, optional=2))
    blocks.append(visible(result.signature))
    return "\n\n".join(blocks) + "\n"


def render_results(results: Sequence[Result], *, style: bool = False) -> str:
    """Several systems beside one another: one table a task, one row a system, in the order given."""
    blocks = []
    for task in dict.fromkeys(task for result in results for task in result.tasks):
        entries = [result for result in results if task in result.tasks]
        figures = _headlines(task)
        names = [f"{task}.{figure}" for figure in figures]
        first = leading(task)
        head = ["system", *figures, f"{first.removeprefix(f'{task}.')} 95 %"]
        body = []
        for result in entries:
            cells = [shown(name, result.values[name].value) if name in result.values else "" for name in names]
            leader = result.values.get(first)
            body.append([str(result.system["name"]), *cells, _interval(first, leader) if leader else ""])
        blocks.append(bold(f"{task}: {scorer(task).title}, {_units(entries[0], task)}", style))
        blocks.append(_table(head, body, optional=len(head) - 1))
    return "\n\n".join(blocks) + "\n"


def leading(task: str) -> str:
    """The one measure that stands for a task or profile where there is room for one."""
    return f"{task}.{_LEADING.get(task) or _headlines(task)[-1]}"


def _headlines(task: str) -> Sequence[str]:
    """What a table of several systems shows; of a profile its F1 figures, or the first few where it has none."""
    if task in HEADLINES:
        return HEADLINES[task]
    figures = [measure.name.removeprefix(f"{task}.") for measure in measures_of(task)]
    return ([figure for figure in figures if figure.rpartition(".")[2] == "f1"] or figures)[:7]


def shown(name: str, number: float | None) -> str:
    """A value as people read it: a percentage with one decimal where the measure (none = any) runs from 0 to 1."""
    if number is None:
        return "-"
    return f"{100 * number:.1f}" if _is_share(name) else f"{number:.3f}"


def visible(text: str) -> str:
    """A line with control characters and half surrogates escaped: what strangers wrote cannot steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns padded to their widest cell, the first to the left, the others to the right."""
    rows = [[visible(cell) for cell in row] for row in rows]
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0] + " " * (widths[0] - _width(row[0]))]
        cells += [" " * (w - _width(cell)) + cell for cell, w in zip(row[1:], widths[1:], strict=True)]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)


def _table(head: list[str], body: list[list[str]], *, optional: int) -> str:
    """An aligned table without its optional column where that is empty: one unit, or nothing varies, no interval."""
    rows = [head, *body]
    if not any(row[optional] for row in body):
        rows = [[*row[:optional], *row[optional + 1 :]] for row in rows]
    return aligned(rows)


def _about(result: Result) -> str:
    gold = f"{result.gold['name']}" + (f" {result.gold['version']}" if result.gold["version"] else "")
    about = f"{result.system['name']} against {gold}"
    lines = [about, *(f"note: {note}" for note in result.notes)]
    if result.dropped:
        lines.append(f"note: {result.dropped} bad item(s) were left out (--on-error=drop)")
    return "\n".join(map(visible, lines))


def _units(result: Result, task: str) -> str:
    count = len(result.counts[task].units)
    return f"{count} {scorer(task).unit}{'' if count == 1 else 's'}"


def _is_share(name: str) -> bool:
    return not name or parse_name(name)[0].range == (0.0, 1.0)


def _interval(name: str, value: Value) -> str:
    if value.low is None or value.high is None:
        return ""
    return f"[{shown(name, value.low)}, {shown(name, value.high)}]"


def _fraction(value: Value) -> str:
    if value.numerator is None or value.denominator is None:
        return ""
    return f"{value.numerator:g} / {value.denominator:g}"


def bold(text: str, on: bool) -> str:
    """The text in bold where that is wanted."""
    return f"\033[1m{text}\033[0m" if on else text


def _width(text: str) -> int:
    """Columns a text takes in a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
