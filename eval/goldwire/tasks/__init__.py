"""Tasks: pair gold with predicted tables and yield additive counts per unit."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts
from goldwire.errors import UsageError
from goldwire.incidents import did_you_mean

__all__ = ["TASKS", "Task", "get_task"]


@dataclass(frozen=True)
class Task:
    """What a task compares.

    gold, pred: tables of which each side must have at least one; unit: what its counts are kept per;
    function: "module:function" of its count(gold, pred) -> Counts, imported when used;
    options: names of the keyword options that its count takes (see goldwire.options);
    unasked_with: a column without which in a predicted table the task is scored only when asked for; "" for none.
    part: "module:function" of what function does with documents that are a part of all, where it is something else;
    whole: "module:function" of what makes of the parts' counts, stacked, those of all documents; "" where they are that.
    """

    name: str
    title: str
    gold: tuple[str, ...]
    pred: tuple[str, ...]
    unit: str
    function: str
    options: tuple[str, ...] = ()
    unasked_with: str = ""
    part: str = ""
    whole: str = ""

    def count(self, gold: Corpus, pred: Corpus, **options: str) -> Counts:
        """The task's counts; options that are not this task's are left out."""
        counts: Counts = _load(self.function)(gold, pred, **self._own(options))
        return counts

    def count_part(self, gold: Corpus, pred: Corpus, **options: str) -> Counts:
        """As ``count``, of documents that are joined with no others; ``summed`` makes counts of all from several."""
        counts: Counts = _load(self.part or self.function)(gold, pred, **self._own(options))
        return counts

    def summed(self, parts: Counts) -> Counts:
        """The task's counts from those of parts, stacked."""
        counts: Counts = _load(self.whole)(parts) if self.whole else parts
        return counts

    def _own(self, options: Mapping[str, str]) -> dict[str, str]:
        return {name: value for name, value in options.items() if name in self.options}

    def is_wanted(self, pred: Corpus) -> bool:
        """Whether the task is scored without being asked for, where it can be."""
        tables = (pred[name] for name in self.pred if name in pred)
        return not self.unasked_with or any(self.unasked_with in table.column_names for table in tables)

    def inapplicable(self, gold: Corpus, pred: Corpus) -> str | None:
        """Why the task cannot be scored on these two, or None when it can."""
        for side, tables, what in ((gold, self.gold, "the gold"), (pred, self.pred, "the predictions")):
            if not any(name in side for name in tables):
                if self.name == "clusters" and "links" in gold:
                    return "the gold links pairs of articles and is no partition; score them with the task 'duplicates'"
                return f"{what} say nothing of {' or '.join(tables)}"
        if self.name == "grounding" and gold["articles"]["text"].null_count == len(gold["articles"]):
            return "the gold has no texts"
        needed = {
            "coref": ("mentions", "entity_id", "an entity_id"),
            "event_coref": ("triggers", "instance_id", "an instance_id"),
            "linking": ("mentions", "kb_id", "a kb_id"),
        }
        if self.name.removesuffix("_corpus") in needed:
            table, column, named = needed[self.name.removesuffix("_corpus")]
            for side, what in ((gold, "the gold"), (pred, "the predictions")):
                ids = side[table][column]
                if len(ids) and ids.null_count == len(ids):
                    return f"no mention of {what} has {named}"
        if self.name.endswith("_corpus"):
            for side, what in ((gold, "the gold"), (pred, "the predictions")):
                if side.meta.get("entity_scope") != "corpus":
                    return f'{what} do not say that entity ids hold for the whole corpus ("entity_scope": "corpus")'
        return None


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(
            "entities", "entity mentions", ("mentions",), ("mentions",), "document", "goldwire.tasks.entities:count"
        ),
        Task("linking", "entity linking", ("mentions",), ("mentions",), "document", "goldwire.tasks.linking:count"),
        Task(
            "coref", "entity coreference inside documents", ("mentions",), ("mentions",), "document",
            "goldwire.tasks.coref:count", options=("singletons",),
        ),
        Task(
            "coref_corpus", "entity coreference over the whole corpus", ("mentions",), ("mentions",), "corpus",
            "goldwire.tasks.coref:count_corpus", ("singletons",),
        ),
        Task(
            "events", "events", ("triggers",), ("triggers",), "document", "goldwire.tasks.events:count",
            options=("container",),
        ),
        Task(
            "instances", "event instances as templates", ("triggers",), ("triggers",), "document",
            "goldwire.tasks.instances:count",
        ),
        Task(
            "event_coref", "event coreference inside documents", ("triggers",), ("triggers",), "document",
            "goldwire.tasks.coref:count_events", options=("singletons",),
        ),
        Task(
            "event_coref_corpus", "event coreference over the whole corpus", ("triggers",), ("triggers",), "corpus",
            "goldwire.tasks.coref:count_events_corpus", ("singletons",),
        ),
        Task("times", "time expressions", ("times",), ("times",), "document", "goldwire.tasks.times:count"),
        Task(
            "duplicates", "article pairs", ("links",), ("links", "clusters"), "component",
            "goldwire.tasks.duplicates:count", part="goldwire.tasks.duplicates:count_part",
            whole="goldwire.tasks.duplicates:summed",
        ),
        Task(
            "clusters", "clusters of articles", ("clusters",), ("clusters", "links"), "component",
            "goldwire.tasks.partition:count", ("singletons",),
        ),
        Task(
            "passages", "aligned passages", ("passages",), ("passages",), "component", "goldwire.tasks.passages:count"
        ),
        Task(
            "grounding", "strings without offsets", ("mentions", "triggers", "times"),
            ("mentions", "triggers", "arguments", "times"),
            "document", "goldwire.tasks.grounding:count", unasked_with="grounding",
        ),
    )
}  # fmt: skip


def get_task(name: str) -> Task:
    """The task of that name. Raises UsageError."""
    if name not in TASKS:
        near = did_you_mean(name, TASKS)
        hint = f"did you mean {near!r}?" if near else f"tasks: {', '.join(TASKS)}"
        raise UsageError(f"no task {name!r}; {hint}")
    return TASKS[name]


def _load(reference: str) -> Callable[..., Any]:
    module, _, name = reference.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function
