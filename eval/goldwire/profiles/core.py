"""What a profile is: a published scorer's numbers, reproduced, with everything it does differently written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts
from goldwire.measures.core import Measure
from goldwire.tasks import get_task

__all__ = ["Profile"]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A scorer of others, as a task of its own: it counts in its own way and has its own measures.

    name:       what `--profile` takes; its measures are called `<name>.<figure>`.
    task:       the task whose layers it reads and whose question it answers.
    reference:  the program, its version or commit, and the part of it that is reproduced.
    item:       what is compared.
    container:  set or multiset, and what it is collected over (document, sentence, corpus).
    alignment:  how items of the two sides are paired.
    normaliser: what is done to spans, labels or strings first.
    averaging:  micro or macro, over what; the value of 0/0.
    quirks:     what differs from the default of the task, one sentence each; the first line of a table cell.
    function:   (gold, pred) -> Counts.
    measures:   the figures it prints, computed from those counts.
    """

    name: str
    task: str
    reference: str
    item: str
    container: str
    alignment: str
    normaliser: str
    averaging: str
    quirks: tuple[str, ...]
    function: Callable[[Corpus, Corpus], Counts]
    measures: tuple[Measure, ...]

    @property
    def title(self) -> str:
        """What it reproduces, for headings."""
        return self.reference

    @property
    def unit(self) -> str:
        """What its counts are kept per."""
        return get_task(self.task).unit

    def count(self, gold: Corpus, pred: Corpus, **options: str) -> Counts:
        """The scorer's counts; a profile has no options, that is its point."""
        del options
        return self.function(gold, pred)

    def count_part(self, gold: Corpus, pred: Corpus, **options: str) -> Counts:
        """As ``count``: counts of parts are added up as they are."""
        return self.count(gold, pred, **options)

    def summed(self, parts: Counts) -> Counts:
        """The scorer's counts from those of parts, stacked."""
        return parts

    def inapplicable(self, gold: Corpus, pred: Corpus) -> str | None:
        """Why it cannot be scored on these two, or None when it can."""
        return get_task(self.task).inapplicable(gold, pred)
