"""Units that several de-duplication systems share: components of gold and the links of all of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldwire.comparison import compare
from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.counts import Counts
from goldwire.errors import UsageError
from goldwire.joint import joint_units
from goldwire.measures import get_measure, measures_of
from goldwire.results import Result, evaluate
from goldwire.scoring import score
from goldwire.tasks import TASKS

DOCS = tuple("abcdefgh")
Links = list[tuple[str, str]]


def corpus(links: Links, name: str, scores: dict[tuple[str, str], float] | None = None) -> Corpus:
    rows: list[dict[str, Any]] = [{"a": a, "b": b, "score": (scores or {}).get((a, b), 0.5)} for a, b in links]
    return Corpus(DOCS, {"links": pa.Table.from_pylist(rows, SCHEMAS["links"])}, name=name, digest="ab" * 32)


def clusters(of: str, name: str) -> Corpus:
    """One letter a document, the cluster it is in."""
    rows = [{"doc_id": doc, "cluster": letter} for doc, letter in zip(DOCS, of, strict=True)]
    return Corpus(DOCS, {"clusters": pa.Table.from_pylist(rows, SCHEMAS["clusters"])}, name=name, digest="ab" * 32)


def by_hand(links: Links) -> set[frozenset[str]]:
    """Components, by merging sets."""
    parts = [{doc} for doc in DOCS]
    for a, b in links:
        one, two = (next(part for part in parts if doc in part) for doc in (a, b))
        if one is not two:
            one |= two
            parts.remove(two)
    return {frozenset(part) for part in parts}


def units(counts: Counts) -> set[frozenset[str]]:
    assert counts.cover is not None
    documents = np.array(counts.cover.documents)
    return {frozenset(documents[counts.cover.unit == code].tolist()) for code in range(len(counts.units))}


GOLD = corpus([("a", "b"), ("c", "d")], "gold")
ONE = corpus([("a", "b"), ("b", "c")], "one")  # joins both gold links; e to h alone
TWO = corpus([("c", "d"), ("e", "f"), ("g", "h")], "two")


def test_systems_meet_on_the_components_of_gold_and_all_their_links() -> None:
    counts = [score(pred, GOLD, tasks=["duplicates"]).counts["duplicates"] for pred in (ONE, TWO)]
    assert units(counts[0]) == {frozenset("abcd"), *map(frozenset, "efgh")}
    assert units(counts[1]) == {frozenset("ab"), frozenset("cd"), frozenset("ef"), frozenset("gh")}
    one, two = joint_units(counts)
    assert one.units == two.units == ("a", "e", "g")
    assert units(one) == units(two) == {frozenset("abcd"), frozenset("ef"), frozenset("gh")}
    figures = ["gold_trace", "pred_trace", "matched_trace", "documents"]
    assert one.per_unit(figures).tolist() == [[2, 2, 1, 4], [0, 0, 0, 2], [0, 0, 0, 2]]
    assert two.per_unit(figures).tolist() == [[2, 1, 1, 4], [0, 1, 0, 2], [0, 1, 0, 2]]


def test_the_comparison_is_over_joint_units() -> None:
    results = [score(pred, GOLD, tasks=["duplicates"]) for pred in (ONE, TWO)]
    (difference,) = compare(results, ["duplicates.pairs.precision"]).differences
    # one: 1 of 2 links right, all in {abcd}; two: 1 of 3. Swapping {abcd} gives 1/1 against 1/4, swapping {ef} 1/3
    # against 1/2, and so on: |1/2 - 1/3| is the smallest of the eight
    assert difference.units == 3
    assert difference.difference == pytest.approx(1 / 3 - 1 / 2)
    assert difference.p == 1.0
    assert (difference.better, difference.equal, difference.worse) == (1, 0, 0)  # elsewhere one of them is undefined


def test_units_of_one_name_may_cover_other_documents() -> None:
    # both have units called a and c, yet b belongs to the first in one and to the second in the other
    gold = corpus([], "gold")
    counts = [
        score(corpus(links, "x"), gold, tasks=["duplicates"]).counts["duplicates"]
        for links in ([("a", "b"), ("c", "d")], [("a", "d"), ("b", "c")])
    ]
    assert joint_units(counts)[0].units == ("a", "e", "f", "g", "h")


pairs = st.lists(st.sampled_from(list(combinations(DOCS, 2))), max_size=6, unique=True)


@settings(max_examples=40, deadline=None)
@given(pairs, st.lists(pairs, min_size=2, max_size=4))
def test_joint_units_are_those_of_all_links_and_no_figure_changes(gold_links: Links, preds: list[Links]) -> None:
    gold = corpus(gold_links, "gold")
    counts = [TASKS["duplicates"].count(gold, corpus(links, "x")) for links in preds]
    joint = joint_units(counts)
    expected = by_hand([*gold_links, *(link for links in preds for link in links)])
    for before, after in zip(counts, joint, strict=True):
        assert units(after) == expected
        assert after.totals() == before.totals()
        for measure in measures_of("duplicates"):
            assert evaluate(measure, after).value == evaluate(measure, before).value
    assert all(part.units == joint[0].units for part in joint)


letters = st.text("xyz", min_size=len(DOCS), max_size=len(DOCS))


@settings(max_examples=40, deadline=None)
@given(letters, letters, letters)
def test_no_figure_of_clusters_depends_on_the_units(gold_of: str, one: str, two: str) -> None:
    gold = clusters(gold_of, "gold")
    counts = [TASKS["clusters"].count(gold, clusters(of, "x")) for of in (one, two)]
    for before, after in zip(counts, joint_units(counts), strict=True):
        for measure in measures_of("clusters"):
            value, merged = evaluate(measure, before).value, evaluate(measure, after).value
            assert merged == (None if value is None else pytest.approx(value, abs=1e-12)), measure.name


def test_blanc_counts_all_pairs_of_articles_that_are_apart() -> None:
    # gold {ab}{cd} and six alone... of 28 pairs gold joins 2, the system 1 of these: links 1/2, non-links 26/26 of gold,
    # 26/27 of those predicted
    gold, pred = clusters("xxyyefgh", "gold"), clusters("xxcdefgh", "pred")
    result = score(pred, gold, tasks=["clusters"])
    assert result["clusters.blanc.recall"] == pytest.approx((1 / 2 + 26 / 26) / 2)
    assert result["clusters.blanc.precision"] == pytest.approx((1 + 26 / 27) / 2)


@pytest.mark.parametrize("rows", [5000, 1], ids=["inline", "beside"])
def test_result_files_hold_what_joint_units_need(rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldwire.results.INLINE_ROWS", rows)
    results = [score(pred, GOLD, tasks=["duplicates"]) for pred in (ONE, TWO)]
    for result in results:
        result.write(tmp_path / str(result.system["name"]))
    again = [Result.read(tmp_path / name) for name in ("one", "two")]
    for before, after in zip(results, again, strict=True):
        assert units(after.counts["duplicates"]) == units(before.counts["duplicates"])
        assert after.counts["duplicates"].units == before.counts["duplicates"].units
    measures = ["duplicates.pairs.f1", "duplicates.coverage"]
    assert compare(again, measures) == compare(results, measures)
    assert len(list(tmp_path.iterdir())) == (2 if rows == 5000 else 6)


def test_what_has_no_joint_units_is_refused() -> None:
    one, two = (score(pred, GOLD, tasks=["duplicates"]).counts["duplicates"] for pred in (ONE, TWO))
    with pytest.raises(UsageError, match="which documents its units cover; score it again"):
        joint_units([one, replace(two, cover=None)])
    with pytest.raises(UsageError, match="do not say which documents these cover"):
        joint_units([replace(part, cover=None) for part in (one, two)])
    assert one.cover is not None
    other = replace(one.cover, documents=tuple("ABCDEFGH"))
    with pytest.raises(UsageError, match="different documents"):
        joint_units([one, replace(two, cover=other)])
    assert joint_units([one, replace(one)])[0] is one


def test_documents_may_come_in_another_order() -> None:
    one, two = (score(pred, GOLD, tasks=["duplicates"]).counts["duplicates"] for pred in (ONE, TWO))
    assert two.cover is not None
    turned = replace(two.cover, documents=two.cover.documents[::-1], unit=two.cover.unit[::-1])
    assert units(joint_units([one, replace(two, cover=turned)])[1]) == units(joint_units([one, two])[1])


# average precision and the like, which are no functions of sums ---------------------------------------------------------


def scored(links: dict[tuple[str, str], float], name: str) -> Corpus:
    return corpus(list(links), name, links)


PAIRED_GOLD = corpus([("a", "b"), ("c", "d"), ("e", "f")], "gold")
GOOD = {("a", "b"): 0.9, ("c", "d"): 0.8, ("e", "f"): 0.3, ("g", "h"): 0.4}
POOR = {("a", "b"): 0.2, ("c", "d"): 0.7, ("e", "f"): 0.5, ("g", "h"): 0.6}


@pytest.mark.parametrize("measure", ["duplicates.ap", "duplicates.auc"])
def test_swapping_units_of_a_ranking_is_scoring_the_swapped_predictions(measure: str) -> None:
    results = [score(scored(links, name), PAIRED_GOLD) for links, name in ((GOOD, "good"), (POOR, "poor"))]
    (difference,) = compare(results, [measure]).differences
    assert difference.units == 4  # ab, cd, ef, gh
    flipped = []
    for swap in product([False, True], repeat=4):
        mixed: list[dict[tuple[str, str], float]] = [{}, {}]
        for pair, swapped in zip(GOOD, swap, strict=True):
            for links, side in ((GOOD, int(swapped)), (POOR, 1 - int(swapped))):
                mixed[side][pair] = links[pair]
        one, two = (score(scored(links, "x"), PAIRED_GOLD)[measure] for links in mixed)
        assert one is not None
        assert two is not None
        flipped.append(two - one)
    assert difference.difference == pytest.approx(flipped[0])
    as_extreme = sum(abs(x) >= abs(flipped[0]) - 1e-12 for x in flipped)
    assert difference.p == as_extreme / 16
    assert difference.p < 1


def test_the_error_of_a_ranking_is_the_jackknife_s() -> None:
    results = [score(scored(links, name), PAIRED_GOLD) for links, name in ((GOOD, "good"), (POOR, "poor"))]
    (difference,) = compare(results, ["duplicates.ap"]).differences
    counts = [result.counts["duplicates"] for result in results]
    gaps = []
    for left_out in range(4):
        weights = np.ones(4)
        weights[left_out] = 0
        one, two = (get_measure("duplicates.ap").of(part, weights) for part in counts)  # type: ignore[attr-defined]
        gaps.append(two - one)
    assert difference.error == pytest.approx(np.sqrt(3 / 4 * np.square(np.array(gaps) - np.mean(gaps)).sum()))
    assert difference.low is not None
    assert difference.high is not None
    assert difference.difference is not None
    assert difference.low <= difference.difference <= difference.high
    (own,) = compare(
        [*results[:1], replace(results[0], system={"name": "copy", "version": None})], ["duplicates.ap"]
    ).differences
    assert (own.difference, own.p, own.better, own.worse) == (0.0, 1.0, 0, 0)


def test_adjusted_mutual_information_is_compared_too() -> None:
    gold = clusters("aabbccdd", "gold")
    results = [score(clusters(of, name), gold) for of, name in (("aabbccdd", "right"), ("aabbcdef", "split"))]
    (difference,) = compare(results, ["clusters.ami"]).differences
    assert difference.difference is not None
    assert difference.difference < 0
    assert difference.units == 4
    assert difference.p is not None
    assert difference.p >= 2 / 16
