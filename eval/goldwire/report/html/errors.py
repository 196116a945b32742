"""The parts of the page on errors: how many of each class, and what is taken for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from goldwire.building.picture_style import element, escape
from goldwire.corpus.tables import Corpus
from goldwire.explaining import CLASSES, class_counts, differences
from goldwire.explaining.pairs import curve
from goldwire.report.html.charts import bar, curves
from goldwire.report.html.compared import heading, table
from goldwire.report.html.numbers import counted
from goldwire.report.html.systems import System, swatch

__all__ = ["confusion_part", "curve_part", "differences_part", "errors_part"]

_LABELS = 24
"""Labels of a confusion matrix; the most frequent ones, the others fall under "other"."""

_UPRIGHT = 10
"""Labels up to which the head of a confusion matrix stays upright."""

_OTHER, _NONE = "(other)", "(none)"
_Cells = Mapping[tuple[str | None, str | None], int]
_PLURAL = {"linked": "linked mentions"}
_CONFUSED = ("mention", "trigger", "argument", "time", "pair")


def errors_part(systems: Sequence[System]) -> str:
    """Per task a bar for each system and the numbers behind it."""
    blocks = []
    for task in _tasks(systems):
        counts = {s.number: class_counts(s.items[task]) for s in systems if task in s.items}
        kinds = dict.fromkeys(kind for own in counts.values() for kind in own)
        blocks.append(heading(task))
        for kind in kinds:
            owners = [s for s in systems if kind in counts.get(s.number, {})]
            most = max(sum(counts[s.number][kind].values()) for s in owners)
            rows = []
            for s in owners:
                own = counts[s.number][kind]
                label = f"{s.name}: " + ", ".join(f"{name} {count}" for name, count in own.items())
                cells = [counted(count, s, task, kind=kind, **{"class": name}) for name, count in own.items()]
                rows.append([swatch(s) + escape(s.name), bar(own, most, label=label), *cells])
            head = [escape(_PLURAL.get(kind, f"{kind}s")), "", *(_named(name) for name in CLASSES[kind])]
            blocks.append(table(head, rows, look="bars"))
    return "".join(blocks)


def confusion_part(systems: Sequence[System]) -> str:
    """Gold labels down, predicted ones across, for each system and kind of item that has labels."""
    blocks = []
    for task in _tasks(systems):
        for kind in _CONFUSED:
            own = [(s, _confusions(s.items[task], kind)) for s in systems if task in s.items]
            own = [(s, cells) for s, cells in own if any(None not in key for key in cells)]
            labels = _frequent([cells for _, cells in own])
            if len(labels) > 1:
                matrices = (_matrix(s, task, kind, cells, labels) for s, cells in own)
                title = element("p", f"{escape(kind)}s, gold down, predicted across", class_="note")
                blocks.append(heading(task) + title + element("div", *matrices, class_="matrices"))
    return "".join(blocks) or element("p", "Nothing here has labels that could be confused.", class_="note")


def curve_part(systems: Sequence[System], gold: Corpus) -> str:
    """Precision over recall for systems that score pairs; nothing where none does."""
    found = []
    for s in systems:
        points = curve(gold, s.pred) if s.pred is not None and "duplicates" in s.items else None
        if points is not None and s.pred is not None:
            found.append((s, points, s.pred.meta.get("threshold")))
    if not found:
        return ""
    figure = curves([(s.name, points, threshold) for s, points, threshold in found])
    keys = [
        element("li", element("span", "", class_=f"key s{i % 6}"), " ", _key(s, len(points.threshold), threshold))
        for i, (s, points, threshold) in enumerate(found)
    ]
    note = "Drawn from all scores given; a ring marks the system's own threshold, which is not to be chosen from this."
    return element(
        "div",
        element("figure", figure),
        element("div", element("ul", *keys, class_="keys"), element("p", note, class_="note")),
        class_="beside",
    )


def _key(system: System, points: int, threshold: float | None) -> str:
    """A system in the key of the curve."""
    about = f"{points:,} distinct score{'' if points == 1 else 's'}" + (
        f", threshold {threshold:g}" if threshold is not None else ""
    )
    return f"{element('b', escape(system.name))} {element('small', escape(about))}"


def differences_part(systems: Sequence[System]) -> str:
    """For each two systems and task, how often one is right and the other wrong."""
    rows = []
    for i, a in enumerate(systems):
        for b in systems[i + 1 :]:
            for task in [name for name in a.items if name in b.items]:
                better = differences(a.items[task], b.items[task])["better"]
                numbers = [pc.sum(pc.equal(better, side)).as_py() or 0 for side in ("a", "b")]
                links = [
                    element(
                        "a",
                        f"{number:,}",
                        class_="n",
                        href=f"#differences?a={a.number}&b={b.number}&task={task}&better={side}",
                    )
                    for number, side in zip(numbers, "ab", strict=True)
                ]
                rows.append([element("code", escape(task)), escape(a.name), escape(b.name), *links])
    if not rows:
        return ""
    return table(["task", "A", "B", "only A right", "only B right"], rows, text=3)


def _tasks(systems: Sequence[System]) -> list[str]:
    return list(dict.fromkeys(task for system in systems for task in system.items))


def _named(name: str) -> str:
    return element("span", escape(name), class_=f"chip c-{name.replace('+', '-')}")


def _confusions(items: pa.Table, kind: str) -> _Cells:
    """How often each gold label meets each predicted one; None for an item that side does not have."""
    own = items.filter(pc.equal(items["kind"], kind))
    columns = {side: pc.fill_null(own[f"{side}_type"], _NONE) for side in ("gold", "pred")}
    absent = {side: pc.if_else(pc.is_valid(own[f"{side}_row"]), columns[side], None) for side in columns}
    grouped = pa.table(absent).group_by(["gold", "pred"]).aggregate([([], "count_all")])
    return {(row["gold"], row["pred"]): int(row["count_all"]) for row in grouped.to_pylist()}


def _frequent(matrices: Sequence[_Cells]) -> list[str]:
    """The labels of all systems, the most frequent first."""
    totals: dict[str, int] = {}
    for cells in matrices:
        for key, count in cells.items():
            for label in {name for name in key if name is not None}:
                totals[label] = totals.get(label, 0) + count
    return sorted(totals, key=lambda label: (-totals[label], label))


def _matrix(system: System, task: str, kind: str, cells: _Cells, labels: Sequence[str]) -> str:
    """One system's confusions; beyond the most frequent labels they are folded into one."""
    kept = set(labels[:_LABELS])
    folded: dict[tuple[str | None, str | None], int] = {}
    for (gold, pred), count in cells.items():
        place = tuple(name if name is None or name in kept else _OTHER for name in (gold, pred))
        folded[place[0], place[1]] = folded.get((place[0], place[1]), 0) + count
    names: list[str | None] = [*labels[:_LABELS], *([_OTHER] if len(labels) > len(kept) else []), None]
    rows = [
        [escape(gold or "spurious"), *(_cell(folded, system, task, kind, gold, pred, of) for pred in names)]
        for gold in names
        for of in [sum(count for (label, _), count in folded.items() if label == gold)]
    ]
    head = ["", *(element("span", escape(pred or "missing")) for pred in names)]
    summary = element("summary", escape(system.name))
    look = "matrix" if len(names) <= _UPRIGHT else "matrix steep"
    return element("details", summary, table(head, rows, look=look), open=True)


def _cell(cells: _Cells, system: System, task: str, kind: str, gold: str | None, pred: str | None, of: int) -> str:
    """A number of items, the darker the larger its share of the row's, ``of``."""
    count = cells.get((gold, pred), 0)
    if not count:
        return ""
    look = f"{'right' if gold == pred else 'wrong'} h{min(5, 1 + 5 * count // max(of, 1))}"
    if _OTHER in (gold, pred):  # several labels: the list of items cannot be asked for them at once
        return element("span", f"{count:,}", class_=look)
    # "-" stands for an item that side does not have, as the list of items reads it.
    number = counted(count, system, task, kind=kind, gold=gold or "-", pred=pred or "-")
    return element("span", number, class_=look)
