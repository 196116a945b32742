"""The measures of whole partitions against scikit-learn."""

from __future__ import annotations

import math
import random

import pyarrow as pa
import pytest
import sklearn
from sklearn import metrics

from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.measures import get_measure
from goldwire.tasks import partition
from goldwire.tasks.clusters import adjusted_mutual_information
from references import CASES, agree

FUNCTIONS = {
    "ari": metrics.adjusted_rand_score,
    "nmi": metrics.normalized_mutual_info_score,
    "v": metrics.v_measure_score,
    "homogeneity": metrics.homogeneity_score,
    "completeness": metrics.completeness_score,
    "fowlkes_mallows": metrics.fowlkes_mallows_score,
}


def labels(rng):
    """Two lists of cluster labels: one cluster, only singletons, equal, merged, split or unrelated."""
    n = rng.choice((1, 2, 3, 5, 12, 40, 150))
    k, r = (rng.choice((1, 2, 3, 7, n)) for _ in range(2))
    gold = list(range(n)) if k == n else [rng.randrange(k) for _ in range(n)]
    kind = rng.random()
    if kind < 0.1:
        return gold, gold[:]
    if kind < 0.3:
        return gold, [label // 2 for label in gold]
    if kind < 0.6:
        return gold, [rng.randrange(r) if rng.random() < 0.2 else label for label in gold]
    return gold, list(range(n)) if r == n else [rng.randrange(r) for _ in range(n)]


def corpus(values):
    names = tuple(f"d{i}" for i in range(len(values)))
    rows = [{"doc_id": name, "cluster": str(value)} for name, value in zip(names, values, strict=True)]
    return Corpus(names, {"clusters": pa.Table.from_pylist(rows, schema=SCHEMAS["clusters"])})


def test_scikit_learn():
    rng = random.Random(6)
    for _ in range(CASES):
        gold, pred = labels(rng)
        sides = corpus(gold), corpus(pred)
        counts, compared = partition.count(*sides), 0
        sums = counts.totals()
        values = {name: float(get_measure(f"clusters.{name}").value(sums)) for name in FUNCTIONS}
        values["ami"] = adjusted_mutual_information(counts)
        for name, function in {**FUNCTIONS, "ami": metrics.adjusted_mutual_info_score}.items():
            expected = function(gold, pred)
            if math.isnan(values[name]):  # 0/0, where it says 0 or 1
                assert expected == (0 if name == "fowlkes_mallows" else 1)
            else:
                # Its sums of n ln n, and of AMI the probabilities, are rounded at every step.
                assert values[name] == pytest.approx(expected, abs=1e-9), name
            compared += 1
        (_, false_positive), (false_negative, true_positive) = metrics.cluster.pair_confusion_matrix(gold, pred)
        pairs = [true_positive, true_positive + false_negative, true_positive + false_positive]
        assert [2 * sums[f"links_{part}"] for part in ("num", "r_den", "p_den")] == pairs
        agree(f"scikit-learn {sklearn.__version__}", compared + 3)
