"""Partitions of many items: all cluster measures, against scikit-learn and ER-Evaluation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import SEED
from benchmarks.plan import Case, Program, Target, goldwire
from goldwire.counts import IntArray
from goldwire.measures import measures_of
from goldwire.measures.core import Whole
from goldwire.tasks.clusters import (
    contingency,
    whole_counts,
)

TITLE = "Partitions"
ABOUT = (
    "Two clusterings of the same items, as arrays of cluster numbers: sizes drawn from a Zipf law, one item in ten "
    "moved. Every measure of the contingency table, CEAF's two assignments and AMI's expectation among them. scikit-learn is "
    "left without its AMI, whose time grows with clusters times clusters."
)


def cases(_folder: Path, scale: float) -> list[Case]:
    """A million items; ten million."""
    million = max(1000, int(1_000_000 * scale))
    tenth = {"items": million // 10}
    return [
        Case(
            f"{million:,} items, all measures",
            goldwire("benchmarks.clusters:all_measures", items=million),
            target=Target(seconds=1.5),
            peers=(
                (
                    Program("scikit-learn: ARI, V-measure, Fowlkes–Mallows", "benchmarks.clusters:sklearn",
                            {"items": million}, package="scikit-learn"),
                    Target(),
                ),
                (
                    Program("ER-Evaluation: pairs, clusters, B³", "benchmarks.clusters:er_evaluation", tenth,
                            fraction=0.1, package="er-evaluation"),
                    Target(),
                ),
            ),
        ),
        Case(
            f"{10 * million:,} items, all measures",
            goldwire("benchmarks.clusters:all_measures", rounds=1, items=10 * million),
            target=Target(seconds=15, megabytes=2048),
        ),
    ]  # fmt: skip


def partitions(items: int) -> tuple[IntArray, IntArray]:
    """(gold, predicted) cluster of every item."""
    rng = np.random.default_rng(SEED)
    sizes = np.minimum(rng.zipf(1.8, items // 2), 1000)
    gold = np.repeat(np.arange(len(sizes)), sizes)[:items]
    gold = np.append(gold, np.arange(items - len(gold)) + len(sizes))
    gold = gold[rng.permutation(items)]
    pred = gold.copy()
    moved = np.flatnonzero(rng.random(items) < 0.1)
    pred[moved] = rng.integers(0, int(gold.max()) + len(moved), len(moved))
    return gold, pred


def all_measures(items: int) -> Callable[[], Any]:
    """Goldwire."""
    measures = measures_of("clusters")

    def work(gold: IntArray, pred: IntArray) -> Any:
        table = contingency(np.zeros(len(gold), np.int64), gold, pred, 1)
        counts = whole_counts(table, ("all",))
        totals = {name: np.asarray(value) for name, value in counts.totals().items()}
        return [measure.of(counts) if isinstance(measure, Whole) else measure.value(totals) for measure in measures]

    work(*partitions(100))
    return partial(work, *partitions(items))


def sklearn(items: int) -> Callable[[], Any]:
    """Three of scikit-learn's figures. Its AMI takes time that grows with clusters times clusters."""
    from sklearn.metrics import adjusted_rand_score, fowlkes_mallows_score, v_measure_score

    gold, pred = partitions(items)
    return lambda: [f(gold, pred) for f in (adjusted_rand_score, v_measure_score, fowlkes_mallows_score)]


def er_evaluation(items: int) -> Callable[[], Any]:
    """Precision and recall of pairs and clusters, B³."""
    import er_evaluation as er
    import pandas as pd

    gold, pred = (pd.Series(side) for side in partitions(items))
    figures = (er.pairwise_precision, er.pairwise_recall, er.cluster_precision, er.cluster_recall,
               er.b_cubed_precision, er.b_cubed_recall)  # fmt: skip
    return lambda: [figure(pred, gold) for figure in figures]
