"""Scored pairs of articles, against the ranking figures of scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.data import SEED
from benchmarks.plan import Case, Program, Target, goldwire
from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.counts import FloatArray, IntArray
from goldwire.measures import measures_of
from goldwire.measures.core import Whole
from goldwire.tasks import get_task

TITLE = "Pairs of articles"
ABOUT = (
    "Predicted pairs with scores, one in five of them right. Goldwire matches them with gold by the articles' ids and "
    "computes every measure of the task; scikit-learn is given the labels and computes two figures of the ranking."
)


def cases(_folder: Path, scale: float) -> list[Case]:
    """A million predicted pairs of 200,000 articles."""
    size = {"pairs": max(1000, int(1_000_000 * scale))}
    return [
        Case(
            f"{size['pairs']:,} scored pairs of {size['pairs'] // 5:,} articles, all measures",
            goldwire("benchmarks.pairs:all_measures", **size),
            peers=(
                (
                    Program("scikit-learn: AP, AUC", "benchmarks.pairs:sklearn", size, package="scikit-learn"),
                    Target(),
                ),
            ),
        )
    ]


def drawn(size: int) -> tuple[IntArray, IntArray, FloatArray]:
    """Gold pairs, (rows, 2); predicted pairs, (rows, 2), and their scores."""
    rng = np.random.default_rng(SEED)
    articles = size // 5
    near = rng.integers(1, 50, (size * 6 // 5, 1))
    first = rng.integers(0, articles - 50, (len(near), 1))
    keys = np.sort(first[:, 0] * 50 + near[:, 0])
    keys = keys[np.append(True, keys[1:] != keys[:-1])]
    rows = np.stack([keys // 50, keys // 50 + keys % 50], axis=1)[rng.permutation(len(keys))][:size]
    is_gold = rng.random(len(rows)) < 0.2
    predicted = rng.random(len(rows)) < 0.95
    scores = np.clip(rng.normal(0.4 + 0.3 * is_gold, 0.15), 0, 1).round(4)
    return rows[is_gold], rows[predicted], scores[predicted]


def all_measures(pairs: int) -> Callable[[], Any]:
    """Goldwire."""
    task, measures = get_task("duplicates"), measures_of("duplicates")

    def work(gold: Corpus, pred: Corpus) -> Any:
        counts = task.count(gold, pred)
        totals = {name: np.asarray(value) for name, value in counts.totals().items()}
        return [measure.of(counts) if isinstance(measure, Whole) else measure.value(totals) for measure in measures]

    work(*_corpora(1000))
    return partial(work, *_corpora(pairs))


def _corpora(size: int) -> tuple[Corpus, Corpus]:
    gold, pred, scores = drawn(size)
    names = pa.array([f"article{i:07d}" for i in range(size // 5)])

    def corpus(rows: IntArray, score: FloatArray | None) -> Corpus:
        columns = {side: names.take(pa.array(rows[:, i])) for i, side in enumerate("ab")}
        if score is not None:
            columns["score"] = pa.array(score)
        schema = SCHEMAS["links"]
        table = pa.table([columns.get(f.name, pa.nulls(len(rows), f.type)) for f in schema], schema=schema)
        return Corpus(tuple(names.to_pylist()), {"links": table})

    return corpus(gold, None), corpus(pred, scores)


def sklearn(pairs: int) -> Callable[[], Any]:
    """Average precision and the area under the ROC curve."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    gold, pred, scores = drawn(pairs)
    right = np.isin(pred[:, 0] * pairs + pred[:, 1], gold[:, 0] * pairs + gold[:, 1])
    return lambda: [figure(right, scores) for figure in (average_precision_score, roc_auc_score)]
