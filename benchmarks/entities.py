"""Entity mentions: all schemes per type, against nervaluate and seqeval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import TYPES, Mentions, mentions
from benchmarks.plan import Case, Program, Target, goldwire
from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, FloatArray
from goldwire.measures import measures_of
from goldwire.measures.core import Measure
from goldwire.tasks import get_task

TITLE = "Entity mentions, kernels alone"
ABOUT = (
    "From data in memory (Arrow tables here, lists of dictionaries or tags there) to precision, recall and F1 under "
    "every scheme, in total and per type. Goldwire computes seven schemes, nervaluate four, seqeval one."
)


def cases(_folder: Path, scale: float) -> list[Case]:
    """500,000 mentions in 20,000 documents."""
    size = {"documents": max(20, int(20_000 * scale)), "per_document": 25}
    fifth = {**size, "documents": max(4, size["documents"] // 5)}
    return [
        Case(
            f"{size['documents'] * 25:,} mentions in {size['documents']:,} documents, all schemes per type",
            goldwire("benchmarks.entities:all_schemes", rounds=5, **size),
            peers=(
                (
                    Program("nervaluate", "benchmarks.entities:nervaluate", size, rounds=3, package="nervaluate"),
                    Target(ratio=50),
                ),
                (
                    Program("seqeval report", "benchmarks.entities:seqeval", fifth, fraction=0.2, package="seqeval"),
                    Target(ratio=50),
                ),
            ),
            missed="seven schemes paired optimally here, four paired greedily there.",
        )
    ]


def all_schemes(documents: int, per_document: int) -> Callable[[], Any]:
    """Goldwire."""
    task, measures = get_task("entities"), measures_of("entities")

    def work(gold: Corpus, pred: Corpus) -> Any:
        return figures(task.count(gold, pred), measures, "type")

    work(*corpora(4, 25))  # what is imported late is imported now
    return partial(work, *corpora(documents, per_document))


def corpora(documents: int, per_document: int) -> tuple[Corpus, Corpus]:
    """Both sides."""
    gold, pred = mentions(documents, per_document)
    return gold.corpus("gold"), pred.corpus("predictions")


def figures(counts: Counts, measures: Sequence[Measure], facet: str) -> dict[str, Any]:
    """Values of the measures, in total and by the labels of a facet, without intervals."""
    sums: dict[str, FloatArray] = dict(zip(counts.columns, counts.by_label(list(counts.columns), facet).T, strict=True))
    totals = {name: np.array([total]) for name, total in counts.totals().items()}
    plain = [measure for measure in measures if measure.over is None]
    values: dict[str, Any] = {measure.name: measure.value(totals) for measure in plain}
    values |= {f"{measure.name}[{facet}]": measure.value(sums) for measure in plain}
    return values | {measure.name: measure.value(sums) for measure in measures if measure.over == facet}


def nervaluate(documents: int, per_document: int) -> Callable[[], Any]:
    """All of nervaluate's schemes, overall and per type."""
    from nervaluate import Evaluator

    gold, pred = (dictionaries(side) for side in mentions(documents, per_document))
    return lambda: Evaluator(gold, pred, tags=list(TYPES), loader="dict").evaluate()


def dictionaries(side: Mentions) -> list[list[dict[str, Any]]]:
    """Mentions by document, as nervaluate takes them."""
    start, end = (column.tolist() for column in side.offsets)
    rows = [
        {"label": TYPES[kind], "start": first, "end": last}
        for kind, first, last in zip(side.type.tolist(), start, end, strict=True)
    ]
    bounds = side.bounds.tolist()
    return [rows[lo:hi] for lo, hi in pairwise(bounds)]


def seqeval(documents: int, per_document: int) -> Callable[[], Any]:
    """seqeval's report: one scheme, overall and per type."""
    from seqeval.metrics import classification_report

    gold, pred = (tags(side) for side in mentions(documents, per_document))
    return lambda: classification_report(gold, pred)


def tags(side: Mentions) -> list[list[str]]:
    """BIO tags by document."""
    names = ["O", *(f"{prefix}-{name}" for name in TYPES for prefix in "BI")]
    length = side.last - side.first
    inside = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    code = np.zeros(int(side.words[-1]), np.int64)
    code[np.repeat(side.first, length) + inside] = 1 + 2 * np.repeat(side.type, length) + (inside > 0)
    listed = np.array(names, object)[code].tolist()
    words = side.words.tolist()
    return [listed[lo:hi] for lo, hi in pairwise(words)]
