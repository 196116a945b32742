"""The part of the page that breaks the leading measures down by type, level, zone and so on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from goldwire.building.picture_style import element, escape
from goldwire.counts import Counts
from goldwire.measures import format_name, get_measure, measures_of
from goldwire.measures.core import F1, Measure, Ratio
from goldwire.report.html.charts import Scale, interval_plot
from goldwire.report.html.compared import heading, table
from goldwire.report.html.numbers import interval, measured
from goldwire.report.html.systems import Group, System
from goldwire.report.terminal import leading
from goldwire.results import evaluate

__all__ = ["slices_part"]

_MOST = 40
"""Labels of a facet that are shown; the most frequent ones."""

_FIRST = ("type", "role", "relation")
"""Facets that are open at first."""


def slices_part(groups: Sequence[Group]) -> str:
    """A table for each facet of each task: labels down, systems across."""
    blocks = []
    for group in groups:
        for task in group.tasks:
            facets = dict.fromkeys(name for s in group.systems for name in s.result.counts[task].facets)
            tables = [_facet(group.systems, task, facet) for facet in facets if not facet.startswith("predicted")]
            if any(tables):
                blocks.append(heading(task) + "".join(tables))
    return "".join(blocks) or element("p", "None of these tasks has counts by type or place.", class_="note")


def _facet(systems: Sequence[System], task: str, facet: str) -> str:
    """One facet; nothing where the measure says nothing of its labels."""
    measure = _sliceable(task, facet)
    if measure is None:
        return ""
    counts = {s.number: s.result.counts[task] for s in systems if facet in s.result.counts[task].facets}
    support: dict[str, float] = {}
    for own in counts.values():
        for label in own.facets[facet].labels:
            support[label] = max(support.get(label, 0.0), _gold(measure, own.select({facet: label})))
    labels = sorted(support, key=lambda label: (-support[label], label))
    values = {
        (s.number, label): evaluate(measure, counts[s.number].select({facet: label}))
        for s in systems
        for label in labels[:_MOST]
        if s.number in counts and label in counts[s.number].facets[facet].labels
    }
    labels = [
        label
        for label in labels[:_MOST]
        if any((v := values.get((s.number, label))) and v.value is not None for s in systems)
    ]
    if not labels:
        return ""
    scale = Scale([0.0, 1.0])
    head = [escape(facet), "gold", *(cell for s in systems for cell in (escape(s.name), scale.axis(share=True)))]
    rows = []
    for label in labels:
        row = [escape(label), f"{support[label]:,.6g}"]
        for s in systems:
            value = values.get((s.number, label))
            name = format_name(measure, {facet: label})
            if value is None or value.value is None:
                row += ["–", ""]
                continue
            row.append(_value(name, value.value, s, label))
            row.append(
                interval_plot(
                    scale,
                    value.value,
                    (value.low, value.high),
                    label=interval(name, value.low, value.high),
                    colour=s.number,
                )
            )
        rows.append(row)
    more = f" The {_MOST} most frequent of {len(support):,}." if len(support) > _MOST else ""
    summary = element("summary", f"{escape(measure.name.removeprefix(f'{task}.'))} by {escape(facet)}.{more}")
    return element("details", summary, table(head, rows), open=facet in _FIRST)


def _value(name: str, number: float, system: System, label: str) -> str:
    """A value that leads to the items of its slice; a label that cannot stand in a measure's name leads nowhere."""
    if set("[],=") & set(label) or label != label.strip():
        return f"{100 * number:.1f}"
    return measured(name, number, system)


def _sliceable(task: str, facet: str) -> Measure | None:
    """The leading measure; by role, that of arguments; by relation, recall, which alone is known there."""
    names = {measure.name for measure in measures_of(task)}
    wanted = {"role": f"{task}.arg_c.f1", "relation": f"{task}.aligned.recall"}.get(facet, leading(task))
    if wanted not in names:
        return None
    measure = get_measure(wanted)
    return measure if measure.range == (0.0, 1.0) and measure.over is None else None


def _gold(measure: Measure, counts: Counts) -> float:
    """Gold items of a slice: what its recall is divided by."""
    recall = measure.recall if isinstance(measure, F1) else measure
    if not isinstance(recall, Ratio):
        return float("nan")
    sums: Mapping[str, float] = counts.totals()
    columns = {name: np.array([sums.get(name, 0.0)]) for name in recall.columns}
    return float(recall.fraction(columns)[1][0])
