"""Clusters of articles, where the gold is a partition, and the refusal where it is not."""

from __future__ import annotations

from collections.abc import Callable
from math import log
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldwire
from goldwire.tasks.partition import count

GOLD = {"a": "1", "b": "1", "c": "1", "d": "2", "e": "2", "f": "3"}


@pytest.fixture
def gold(jsonl: Callable[..., Path]) -> Path:
    return jsonl([{"doc_id": doc, "cluster": cluster} for doc, cluster in GOLD.items()], "gold.jsonl")


def test_worked_example(gold: Path, jsonl: Callable[..., Path]) -> None:
    # gold {a b c} {d e} {f}; predicted {a b} {d f}; c and e are left out: clusters of their own
    predicted = [
        {"doc_id": doc, "cluster": cluster} for doc, cluster in {"a": "x", "b": "x", "d": "y", "f": "y"}.items()
    ]
    result = goldwire.score(jsonl(predicted), gold)
    assert result.tasks == ("clusters",)
    # links: gold ab ac bc de = 4, predicted ab df = 2, common ab
    assert (result["clusters.links.recall"], result["clusters.links.precision"]) == (1 / 4, 1 / 2)
    # B3 recall: (2²+1²)/3 + (1+1)/2 + 1 = 11/3 of 6; precision: 2 + 1 (c) + 1 (e) + (1+1)/2 = 5 of 6
    assert result["clusters.b3.recall"] == pytest.approx(11 / 18)
    assert result["clusters.b3.precision"] == pytest.approx(5 / 6)
    assert result["clusters.exact.f1"] == 0.0
    # Of 15 pairs 4 are gold, 2 predicted and 1 common. Splits: df; merges: c to ab, d to e.
    assert result["clusters.ari"] == pytest.approx((1 - 4 * 2 / 15) / (3 - 4 * 2 / 15))
    assert result.values["clusters.gmd"].numerator == 1 + 2
    assert result.values["clusters.gmd"].denominator == 6
    assert result["clusters.vi"] == pytest.approx((3 * log(3) + 2 * log(2) + 4 * log(2) - 2 * 2 * log(2)) / 6)
    assert result.counts["clusters"].units == ("a", "d")  # {a b c} and {d e f} are joined by either side


def test_links_are_closed_into_clusters(gold: Path, jsonl: Callable[..., Path]) -> None:
    links = [
        {"goldwire": 1, "threshold": 0.5},
        {"a": "a", "b": "b", "score": 0.9},
        {"a": "c", "b": "b", "score": 0.5},
        {"a": "d", "b": "e", "score": 0.4},  # under the threshold
        {"a": "e", "b": "f", "score": 0.9, "relation": "none"},
    ]
    result = goldwire.score(jsonl(links), gold)
    assert (result["clusters.links.recall"], result["clusters.links.precision"]) == (3 / 4, 1.0)


def test_pairs_are_no_partition(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    path = jsonl([{"doc_id": "n1", "cluster": "c"}])
    with pytest.raises(goldwire.UsageError, match="is no partition"):
        goldwire.score(path, harbour, tasks=["clusters"])


def test_a_document_in_two_clusters_is_an_incident(gold: Path, jsonl: Callable[..., Path]) -> None:
    path = jsonl([{"doc_id": "a", "cluster": "x"}, {"doc_id": "a", "cluster": "y"}])
    with pytest.raises(goldwire.IncidentError) as caught:
        goldwire.score(path, gold)
    assert [incident.rule for incident in caught.value.incidents] == ["two-clusters"]


def test_chance_corrected_measures(gold: Path, jsonl: Callable[..., Path]) -> None:
    # The gold itself, whatever its clusters are called, is as far above chance as can be; one cluster is at chance.
    itself = goldwire.score(jsonl([{"doc_id": doc, "cluster": f"x{c}"} for doc, c in GOLD.items()]), gold)
    assert itself["clusters.ari"] == itself["clusters.ami"] == pytest.approx(1)
    one = goldwire.score(jsonl([{"doc_id": doc, "cluster": "x"} for doc in GOLD]), gold)
    assert (one["clusters.ari"], one["clusters.ami"]) == (0, pytest.approx(0, abs=1e-12))


def test_singletons_may_be_left_out_on_both_sides(gold: Path, jsonl: Callable[..., Path]) -> None:
    # gold {a b c} {d e} {f}, predicted {a b} {c} {d e f}: without singletons {a b c} {d e} and {a b} {d e f}.
    labels = {"a": "x", "b": "x", "c": "y", "d": "z", "e": "z", "f": "z"}
    path = jsonl([{"doc_id": doc, "cluster": label} for doc, label in labels.items()])
    result = goldwire.score(path, gold, singletons="drop")
    assert result["clusters.mentions.recall"] == 4 / 5
    assert result["clusters.b3.recall"] == pytest.approx((2 * 2 / 3 + 2) / 5)
    assert result["clusters.b3.precision"] == pytest.approx((2 + 2 * 2 / 3) / 5)
    assert goldwire.score(path, gold)["clusters.mentions.recall"] == 1


partitions = st.lists(st.integers(0, 3), min_size=6, max_size=6)


def corpus(labels: list[int]) -> goldwire.Corpus:
    import pyarrow as pa

    from goldwire.corpus import SCHEMAS

    rows: list[dict[str, Any]] = [
        {"doc_id": doc, "cluster": str(label)} for doc, label in zip(GOLD, labels, strict=True)
    ]
    return goldwire.Corpus(tuple(GOLD), {"clusters": pa.Table.from_pylist(rows, schema=SCHEMAS["clusters"])})


@settings(max_examples=60, deadline=None)
@given(partitions, partitions)
def test_a_partition_against_itself_is_perfect_and_sides_swap(one: list[int], other: list[int]) -> None:
    same = count(corpus(one), corpus(one)).totals()
    assert same["exact_num"] == same["gold_clusters"] == same["pred_clusters"]
    there, back = count(corpus(one), corpus(other)).totals(), count(corpus(other), corpus(one)).totals()
    assert there["b3_r_num"] == pytest.approx(back["b3_p_num"])
    assert there["links_r_den"] == back["links_p_den"]
    assert there["ceafe_num"] == pytest.approx(back["ceafe_num"])
