"""Clusters of articles against ER-Evaluation: where it agrees, and the two places where it does not."""

from __future__ import annotations

import random
from importlib.metadata import version

import pandas as pd
import pytest
from er_evaluation import metrics
from test_sklearn_clusters import corpus, labels

from goldwire.measures import get_measure
from goldwire.tasks import partition
from references import CASES, agree

pytestmark = pytest.mark.filterwarnings("ignore")  # it is written for an older pandas

LINKS = {"links.precision": metrics.pairwise_precision, "links.recall": metrics.pairwise_recall}
CLUSTERS = {"exact.precision": metrics.cluster_precision, "exact.recall": metrics.cluster_recall}


def memberships(values):
    return pd.Series([str(value) for value in values], index=[f"d{i}" for i in range(len(values))])


def values(gold, pred):
    sums = partition.count(corpus(gold), corpus(pred)).totals()
    return {name: float(get_measure(f"clusters.{name}").value(sums)) for name in (*LINKS, *CLUSTERS, "b3.precision")}


def test_er_evaluation():
    rng = random.Random(7)
    for i in range(CASES):
        gold, pred = labels(rng)
        ours = values(gold, pred)
        functions = LINKS if i % 10 else {**LINKS, **CLUSTERS}  # the latter take 25 ms each
        for name, function in functions.items():
            expected = function(memberships(pred), memberships(gold))
            if ours[name] != ours[name]:  # 0/0, where it says 1
                assert expected == 1
            else:
                assert ours[name] == pytest.approx(expected, abs=1e-9), name
        agree(f"ER-Evaluation {version('er-evaluation')}", len(functions))


def test_its_b_cubed_gives_every_gold_cluster_the_same_weight():
    # Gold {0 1 2 3} {4}, predicted {0 1 2 3 4}: shares 4/5 for four items and 1/5 for one.
    gold, pred = [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]
    assert values(gold, pred)["b3.precision"] == pytest.approx((4 * 4 / 5 + 1 / 5) / 5)
    assert metrics.b_cubed_precision(memberships(pred), memberships(gold)) == pytest.approx((4 / 5 + 1 / 5) / 2)


def test_its_inner_join_forgives_what_is_left_out():
    # Gold {0 1} {2 3}; the prediction has 0 and 1 alone. Here 2 and 3 are clusters of their own in it.
    gold, pred = memberships([0, 0, 1, 1]), memberships([0, 0])
    assert metrics.pairwise_recall(pred, gold) == 1
    sides = corpus([0, 0, 1, 1]), corpus([0, 0])
    assert get_measure("clusters.links.recall").fraction(partition.count(*sides).totals()) == (1, 2)
