"""The systems of a report: their results and, where predictions were given, their items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

from goldwire.building.picture_style import element
from goldwire.comparison import Comparison, compare
from goldwire.corpus.tables import Corpus
from goldwire.explaining import items
from goldwire.explaining.selection import explained_tasks
from goldwire.reading import Predictions
from goldwire.report.terminal import leading
from goldwire.results import Result
from goldwire.scoring import score

__all__ = ["Group", "System", "groups_of", "swatch", "system_of_predictions", "system_of_result"]


@dataclass(frozen=True)
class System:
    """One system. items: task -> its table of items; empty where only a result was given."""

    number: int
    result: Result
    pred: Corpus | None = None
    items: Mapping[str, pa.Table] = field(default_factory=dict)

    @cached_property
    def name(self) -> str:
        """What it is called."""
        return str(self.result.system["name"])


def system_of_predictions(number: int, predictions: Predictions | Corpus, gold: Corpus) -> System:
    """A system with its predictions scored and aligned."""
    pred = predictions if isinstance(predictions, Corpus) else predictions.corpus
    tables = {task: items(task, gold, pred) for task in explained_tasks(gold, pred)}
    return System(number, score(predictions, gold), pred, tables)


def swatch(system: System) -> str:
    """The mark of a system's colour, as it stands before its name."""
    return element("i", "", class_=f"dot s{system.number % 6}", aria_hidden="true")


def system_of_result(number: int, result: Result) -> System:
    """A system of which the result is all there is."""
    return System(number, result)


@dataclass(frozen=True)
class Group:
    """Systems that share tasks, and their comparison by the leading measure of each; None for a single system."""

    systems: tuple[System, ...]
    tasks: tuple[str, ...]
    comparison: Comparison | None


def groups_of(systems: Sequence[System]) -> list[Group]:
    """Tasks by the systems that were scored on them, in the order of their first appearance.

    Raises UsageError where results cannot be compared.
    """
    tasks = dict.fromkeys(task for system in systems for task in system.result.tasks)
    shared: dict[tuple[int, ...], list[str]] = {}
    for task in tasks:
        numbers = tuple(system.number for system in systems if task in system.result.tasks)
        shared.setdefault(numbers, []).append(task)
    groups = []
    for numbers, own in shared.items():
        members = tuple(system for system in systems if system.number in numbers)
        compared = None
        if len(members) > 1:
            compared = compare([system.result for system in members], [leading(task) for task in own])
        groups.append(Group(members, tuple(own), compared))
    return groups
