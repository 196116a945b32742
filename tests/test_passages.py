"""Aligned passages: PAN's measures and their holes, aligned characters, facts, relations, annotated negatives."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.measures.passages import MEASURES
from goldwire.profiles.passages import PROFILES
from goldwire.tasks.intervals import covered_length, uncovered
from goldwire.tasks.passages import count


def corpus(doc_ids, passages=()):
    return Corpus(tuple(doc_ids), {"passages": pa.Table.from_pylist(list(passages), schema=SCHEMAS["passages"])})


def passage(a, a_start, a_end, b, b_start, b_end, relation=None):
    return {
        "a": a, "a_start": a_start, "a_end": a_end, "b": b, "b_start": b_start, "b_end": b_end, "relation": relation
    }  # fmt: skip


def evaluate(gold_rows, pred_rows, *, docs=("d1", "d2", "d3"), relation=None, **options):
    """Every measure, of the rows of one gold relation if asked for; "passages." left off the names."""
    counts = count(corpus(docs, gold_rows), corpus(docs, pred_rows), **options)
    totals = (counts.select({"relation": relation}) if relation else counts).totals()
    sums = {column: np.float64(total) for column, total in totals.items()}
    return {measure.name.removeprefix("passages."): float(measure.value(sums)) for measure in MEASURES}


def pan(gold_rows, pred_rows, docs=("d1", "d2", "d3")):
    """Every figure of the profile of PAN's scripts; "plagdet." left off the names."""
    (profile,) = PROFILES
    totals = profile.count(corpus(docs, gold_rows), corpus(docs, pred_rows)).totals()
    sums = {column: np.float64(total) for column, total in totals.items()}
    return {measure.name.removeprefix("plagdet."): float(measure.value(sums)) for measure in profile.measures}


def figures(values, *names):
    return tuple(values[name] for name in names)


CASE = passage("d1", 0, 100, "d2", 0, 100, "verbatim")

# ------------------------------------------------------------------------------------------------------ worked examples


def test_precision_and_recall_count_the_characters_of_both_sides():
    gold = [CASE, passage("d1", 200, 300, "d3", 0, 100, "paraphrase")]
    pred = [passage("d1", 50, 100, "d2", 50, 110), passage("d2", 0, 40, "d3", 0, 40)]
    # Shared with the first case: d1 50–100 and d2 50–100, so 100 of 400 gold and of 50 + 60 + 40 + 40 predicted.
    values = evaluate(gold, pred)
    assert figures(values, "recall", "precision", "granularity") == pytest.approx((100 / 400, 100 / 190, 1.0))
    # Of the cases .5 and 0 are found, of the detections 100/110 and 0 are right.
    assert figures(values, "macro.recall", "macro.precision") == pytest.approx((0.25, 50 / 110))


def test_a_detection_that_meets_a_case_on_one_side_only_finds_nothing():
    assert evaluate([CASE], [passage("d1", 0, 100, "d2", 100, 200)])["recall"] == 0.0


def test_a_character_of_one_article_pair_counts_once_however_many_detections_cover_it():
    values = evaluate([CASE], [passage("d1", 0, 60, "d2", 0, 60), passage("d1", 40, 80, "d2", 40, 80)])
    assert figures(values, "precision", "recall", "granularity") == (1.0, 0.8, 2.0)
    assert values["plagdet"] == pytest.approx((2 * 0.8 / 1.8) / math.log2(3))


def test_an_article_that_shares_a_passage_with_two_others_needs_both_links():
    other = passage("d1", 0, 100, "d3", 0, 100, "verbatim")
    assert figures(evaluate([CASE, other], [CASE]), "precision", "recall") == (1.0, 0.5)
    # PAN counts the passage of d1 once, so that the one link finds 200 of 300 characters.
    assert figures(pan([CASE, other], [CASE]), "micro.precision", "micro.recall") == pytest.approx((1.0, 2 / 3))


def test_recall_by_gold_relation():
    gold = [CASE, passage("d1", 60, 140, "d2", 60, 140, "paraphrase"), passage("d1", 500, 600, "d3", 0, 100)]
    pred = [passage("d1", 50, 100, "d2", 50, 100)]
    # The characters 60–100 that two cases share belong to the one that starts first.
    assert evaluate(gold, pred, relation="verbatim")["recall"] == 100 / 200
    assert evaluate(gold, pred, relation="paraphrase")["recall"] == 0 / 80
    assert evaluate(gold, pred, relation="paraphrase")["macro.recall"] == 80 / 160
    assert evaluate(gold, pred)["recall"] == 100 / 480
    # Predictions have no gold relation, so that a slice has no precision and nothing made from it.
    sliced = evaluate(gold, pred, relation="verbatim")
    assert all(math.isnan(sliced[name]) for name in ("precision", "plagdet", "macro.plagdet", "aligned.f1"))


def test_recall_by_edit_counts_a_passage_under_each_of_its_labels():
    gold = [
        {**CASE, "edits": ["insert", "tense"]},
        {**passage("d1", 200, 300, "d3", 0, 100, "paraphrase"), "edits": ["tense"]},
        {**passage("d2", 200, 250, "d3", 200, 250, "verbatim"), "edits": []},
    ]
    counts = count(corpus(("d1", "d2", "d3"), gold), corpus(("d1", "d2", "d3"), [CASE]))
    assert counts.facets["edit"].labels == ("insert", "tense")
    found = {
        label: tuple(counts.select({"edit": label}).totals()[name] for name in ("cases", "gold_chars", "found_chars"))
        for label in counts.facets["edit"].labels
    }
    assert found == {"insert": (1, 200, 200), "tense": (2, 400, 200)}
    assert figures(counts.totals(), "cases", "gold_chars", "found_chars") == (3, 500, 200)
    assert counts.select({"edit": "tense", "relation": "paraphrase"}).totals()["cases"] == 1
    assert figures(counts.select({"relation": "verbatim"}).totals(), "cases", "gold_chars") == (2, 300)
    unstated = count(corpus(("d1", "d2", "d3"), [CASE]), corpus(("d1", "d2", "d3"), [CASE]))
    assert "edit" not in unstated.facets


def test_shared_characters_belong_to_the_same_relation_whatever_the_order_of_documents():
    # d2 0–10 is in both cases, which start together there: it belongs to the one that ends first.
    gold = [passage("d1", 50, 60, "d2", 0, 10, "verbatim"), passage("d1", 0, 20, "d2", 0, 20, "paraphrase")]
    for docs in (("d1", "d2"), ("d2", "d1")):
        counts = count(corpus(docs, gold), corpus(docs)).per_unit(["gold_chars"], over="relation")
        assert counts.sum(axis=(0, 1)).tolist() == [20, 0, 30, 0, 0, 0, 0, 0, 0]  # verbatim, near_verbatim, paraphrase


def test_only_text_reuse_across_two_articles_is_scored():
    same_fact = passage("d1", 200, 300, "d2", 200, 300, "same_fact")
    within = passage("d1", 0, 50, "d1", 300, 350, "verbatim")
    values = evaluate([CASE, same_fact, within], [CASE, same_fact, within | {"a_start": 10}])
    assert figures(values, "precision", "recall", "macro.precision", "macro.recall") == (1.0, 1.0, 1.0, 1.0)
    assert evaluate([CASE], [CASE | {"relation": "update"}])["recall"] == 0.0
    assert evaluate([CASE], [CASE | {"relation": None}])["recall"] == 1.0


def test_nothing_annotated_and_nothing_predicted_are_undefined():
    nothing_found, nothing_there, neither = evaluate([CASE], []), evaluate([], [CASE]), evaluate([], [])
    names = ("precision", "recall", "granularity", "plagdet", "aligned.precision", "aligned.recall", "aligned.f1")
    nan = math.nan
    assert figures(nothing_found, *names) == pytest.approx((nan, 0, nan, 0, nan, 0, 0), nan_ok=True)
    assert figures(nothing_there, *names) == pytest.approx((0, nan, nan, 0, 0, nan, 0), nan_ok=True)
    assert figures(neither, *names) == pytest.approx((nan,) * 7, nan_ok=True)


# ----------------------------------------------------------------------------------------------------- holes of plagdet


def test_swapped_sides_score_the_same():
    swapped = passage("d2", 0, 100, "d1", 0, 100)
    assert figures(evaluate([CASE], [swapped]), "plagdet", "aligned.f1") == (1.0, 1.0)
    assert figures(pan([CASE], [swapped]), "micro.plagdet", "macro.plagdet") == (0.0, 0.0)


def test_passages_aligned_to_the_wrong_counterparts_lose_aligned_f1():
    # Two paragraphs changed places and the system reports one straight block.
    gold = [passage("d1", 0, 200, "d2", 200, 400, "verbatim"), passage("d1", 200, 400, "d2", 0, 200, "verbatim")]
    block = passage("d1", 0, 400, "d2", 0, 400)
    assert figures(evaluate(gold, [block]), "plagdet", "aligned.f1") == (1.0, 0.0)
    assert pan(gold, [block])["micro.plagdet"] == 1.0
    # The reverse, pieces of a block put in the wrong places.
    assert figures(evaluate([block], gold), "precision", "recall", "aligned.f1") == (1.0, 1.0, 0.0)
    assert figures(pan([block], gold), "micro.precision", "micro.recall") == (1.0, 1.0)


def test_one_character_touches_do_not_make_a_detection_granular():
    touches = [passage("d1", at, at + 1, "d2", at, at + 1) for at in (0, 10, 50)]
    assert figures(evaluate([CASE], [CASE, *touches]), "granularity", "plagdet") == (1.0, 1.0)
    # F1 is 1, divided by log2(1 + 4); two touches are enough to halve it.
    assert figures(pan([CASE], [CASE, *touches]), "granularity", "micro.plagdet") == pytest.approx(
        (4, 1 / math.log2(5))
    )
    assert pan([CASE], [CASE, *touches[:2]])["micro.plagdet"] == 0.5


def test_the_minimum_overlap_holds_on_both_sides_and_never_exceeds_the_case():
    nine_on_one_side = passage("d1", 0, 9, "d2", 0, 100)
    assert evaluate([CASE], [CASE, nine_on_one_side])["granularity"] == 1.0
    assert evaluate([CASE], [CASE, nine_on_one_side], min_overlap=9)["granularity"] == 2.0
    short = passage("d1", 0, 4, "d2", 0, 100, "verbatim")
    assert figures(evaluate([short], [short]), "granularity", "plagdet") == (1.0, 1.0)


def test_micro_and_macro_figures_stand_side_by_side():
    # One long case found, nine short ones missed. PAN's script: plagdet .98 micro, .18 macro.
    gold = [passage("d1", 0, 1000, "d2", 0, 1000, "verbatim")]
    gold += [passage("d1", at, at + 4, "d2", at, at + 4, "verbatim") for at in range(2000, 2090, 10)]
    values = evaluate(gold, gold[:1])
    assert figures(values, "plagdet", "macro.plagdet") == pytest.approx((0.9823182711198428, 0.18181818181818182))


# --------------------------------------------------------------------------------------------------- aligned characters


def test_characters_are_aligned_where_the_two_maps_are_close():
    gold = [passage("d1", 0, 100, "d2", 0, 200, "verbatim")]
    pred = [passage("d1", 0, 100, "d2", 0, 100)]
    # d1: x goes to 2x and to x, at most 50 apart for 0 ≤ x ≤ 50: 51 characters.
    # d2: y goes to y/2 and, below 100, to y: at most 50 apart for all of these 100 characters.
    values = evaluate(gold, pred)
    assert figures(values, "aligned.recall", "aligned.precision") == pytest.approx((151 / 300, 151 / 200))


@pytest.mark.parametrize(("shift", "aligned"), [(50, 1.0), (51, 0.0), (-50, 1.0), (-51, 0.0)])
def test_a_shift_is_forgiven_up_to_the_tolerance(shift, aligned):
    gold = [passage("d1", 0, 1000, "d2", 100, 1100, "verbatim")]
    pred = [passage("d1", 0, 1000, "d2", 100 + shift, 1100 + shift)]
    counts = count(corpus(["d1", "d2"], gold), corpus(["d1", "d2"], pred)).totals()
    overlap = 1000 - abs(shift)
    assert counts["aligned_gold"] == counts["aligned_pred"] == aligned * (1000 + overlap)


def test_a_repeated_detection_is_a_false_positive():
    values = evaluate([CASE], [CASE, CASE])
    assert figures(values, "aligned.precision", "aligned.recall", "granularity") == (0.5, 1.0, 2.0)
    swapped = passage("d2", 0, 100, "d1", 0, 100)
    assert evaluate([CASE], [CASE, swapped])["aligned.precision"] == 0.5


# ------------------------------------------------------------------------------------------------- facts and relations

FACT = passage("d1", 200, 300, "d2", 500, 560, "same_fact")


def test_facts_are_paired_one_to_one_where_half_of_the_longer_span_is_shared_on_both_sides():
    half = passage("d1", 250, 350, "d2", 500, 560, "update")  # 50 of 100, 60 of 60
    less = passage("d1", 251, 351, "d2", 500, 560, "same_fact")  # 49 of 100
    long = passage("d1", 0, 1000, "d2", 0, 1000, "same_fact")  # 100 of 1000
    assert figures(evaluate([FACT], [half]), "facts.precision", "facts.recall", "facts.f1") == (1.0, 1.0, 1.0)
    assert evaluate([FACT], [less])["facts.f1"] == 0.0
    assert evaluate([FACT], [long])["facts.f1"] == 0.0
    # Two predictions meet the first fact, one of them also the second: 2 of 2 facts, of 3 predictions.
    gold = [FACT, passage("d1", 240, 340, "d2", 500, 560, "partial_fact")]
    values = evaluate(gold, [half, passage("d1", 195, 295, "d2", 500, 560, "update"), long])
    assert figures(values, "facts.precision", "facts.recall", "facts.f1") == pytest.approx((2 / 3, 1.0, 4 / 5))


def test_facts_and_text_are_separate_figures():
    values = evaluate([CASE, FACT], [CASE, CASE | {"relation": "same_fact"}, FACT | {"relation": None}])
    assert figures(values, "recall", "precision") == (1.0, 200 / 360)
    assert figures(values, "facts.recall", "facts.precision") == (0.0, 0.0)
    assert figures(evaluate([CASE], [CASE]), "facts.recall", "facts.f1") == pytest.approx((math.nan,) * 2, nan_ok=True)


def test_recall_of_facts_by_gold_relation():
    gold = [FACT, FACT | {"relation": "partial_fact"}, passage("d1", 0, 50, "d3", 0, 50, "update")]
    pred = [FACT | {"relation": "update"}]
    # One prediction for two facts of the same spans: the relation that comes first is served.
    assert evaluate(gold, pred, relation="same_fact")["facts.recall"] == 1.0
    assert evaluate(gold, pred, relation="partial_fact")["facts.recall"] == 0.0
    assert evaluate(gold, pred, relation="update")["facts.recall"] == 0.0
    assert math.isnan(evaluate(gold, pred, relation="verbatim")["facts.recall"])
    assert math.isnan(evaluate(gold, pred, relation="same_fact")["facts.f1"])


def test_relations_are_compared_where_both_sides_state_one():
    second, third = passage("d1", 200, 260, "d2", 200, 260, "paraphrase"), passage("d1", 0, 50, "d3", 0, 50, "verbatim")
    pred = [CASE | {"relation": "near_verbatim"}, second, third | {"relation": None}]
    assert evaluate([CASE, second, third], pred)["relation.accuracy"] == 1 / 2
    assert evaluate([CASE, second, third], pred, relation="verbatim")["relation.accuracy"] == 0.0
    assert evaluate([CASE], [CASE | {"relation": "same_fact"}])["relation.accuracy"] == 0.0
    assert evaluate([FACT], [FACT])["relation.accuracy"] == 1.0
    assert math.isnan(evaluate([CASE], [CASE | {"relation": None}])["relation.accuracy"])
    assert math.isnan(evaluate([CASE], [passage("d1", 0, 100, "d2", 151, 251, "verbatim")])["relation.accuracy"])


def test_the_relation_is_that_of_the_detection_that_aligns_best():
    touch = passage("d1", 0, 40, "d2", 0, 40, "verbatim")
    most = passage("d1", 20, 100, "d2", 20, 100, "paraphrase")
    assert evaluate([CASE], [touch, most])["relation.accuracy"] == 0.0
    # With a second case beside it each detection has one: 80 + 80 and 40 + 40 characters are the most.
    beside = passage("d1", 0, 60, "d2", 0, 60, "paraphrase")
    assert evaluate([CASE, beside], [touch, most])["relation.accuracy"] == 0.0  # CASE with most, beside with touch
    # Of equal alignments the one with more equal relations.
    same = CASE | {"relation": "paraphrase"}
    assert evaluate([CASE, same], [same, CASE])["relation.accuracy"] == 1.0
    assert evaluate([CASE], [same, CASE])["relation.accuracy"] == 1.0


# ----------------------------------------------------------------------------------------------------------- negatives


def test_negatives_are_hit_when_half_of_their_shorter_side_is_covered_on_both_sides():
    formula = passage("d1", 0, 40, "d2", 0, 100, "formula")
    assert evaluate([formula], [passage("d1", 20, 60, "d2", 80, 120)])["negatives.rate"] == 1.0  # 20 and 20 of 40
    assert evaluate([formula], [passage("d1", 21, 60, "d2", 0, 100)])["negatives.rate"] == 0.0  # 19
    assert evaluate([formula], [passage("d1", 0, 40, "d2", 81, 120)])["negatives.rate"] == 0.0  # 19
    fact = passage("d1", 0, 40, "d2", 0, 100, "same_fact")  # look-alikes called one fact
    assert evaluate([formula], [fact])["negatives.rate"] == 1.0
    halves = [passage("d1", 0, 40, "d2", 0, 10), passage("d1", 0, 40, "d2", 10, 20)]
    assert evaluate([formula], halves)["negatives.rate"] == 0.0  # one detection has to do it alone


def test_the_rate_of_negatives_by_relation():
    gold = [
        passage("d1", 0, 40, "d2", 0, 40, "formula"),
        passage("d1", 50, 90, "d2", 50, 90, "distinct_event"),
        passage("d1", 0, 40, "d3", 0, 40, "distinct_event"),
        passage("d1", 0, 40, "d1", 50, 90, "formula"),
        passage("d1", 0, 40, "d2", 0, 40, "furniture"),
    ]
    pred = [passage("d2", 50, 90, "d1", 50, 90), passage("d1", 0, 40, "d2", 0, 40, "formula")]
    assert evaluate(gold, pred)["negatives.rate"] == 1 / 3
    assert evaluate(gold, pred, relation="distinct_event")["negatives.rate"] == 1 / 2
    assert evaluate(gold, pred, relation="formula")["negatives.rate"] == 0.0


# ---------------------------------------------------------------------------------------------------------------- units


def test_units_are_components_of_documents_joined_by_passages_of_either_side():
    gold = [passage("d4", 0, 10, "d2", 0, 10, "verbatim"), passage("d1", 0, 10, "d3", 0, 10, "furniture")]
    pred = [passage("d5", 0, 10, "d1", 0, 10), passage("d1", 0, 10, "d3", 0, 10, "formula")]
    counts = count(corpus(["d1", "d4", "d3", "d2", "d5"], gold), corpus(["d1", "d5"], pred))
    assert counts.units == ("d1", "d2", "d3")  # {d1, d5}, {d4, d2}, {d3}
    assert counts.per_unit(["gold_chars", "pred_chars"]).tolist() == [[0, 20], [20, 0], [0, 0]]


# ----------------------------------------------------------------------------------------------------------- properties

DOCS = ("d1", "d2", "d3")
MIN_OVERLAP, TOLERANCE = 4, 3


def rows_of(*relations):
    def build(pair, a_start, a_length, b_start, b_length, relation):
        return passage(pair[0], a_start, a_start + a_length, pair[1], b_start, b_start + b_length, relation)

    start, length = st.integers(0, 20), st.integers(1, 16)
    pairs = st.permutations(DOCS).map(lambda docs: docs[:2])
    return st.lists(st.builds(build, pairs, start, length, start, length, st.sampled_from(relations)), max_size=5)


GOLD = rows_of("verbatim", "near_verbatim", "paraphrase", "same_fact", "update", "formula", "distinct_event")
PRED = rows_of(None, "verbatim", "paraphrase", "same_fact", "update")


def counted(gold_rows, pred_rows, docs=DOCS):
    return count(corpus(docs, gold_rows), corpus(docs, pred_rows), min_overlap=MIN_OVERLAP, tolerance=TOLERANCE)


def sides(row):
    """{document: range of its span}."""
    return {row["a"]: range(row["a_start"], row["a_end"]), row["b"]: range(row["b_start"], row["b_end"])}


def characters(row):
    """{(article pair, document, position)} of both sides."""
    return {(frozenset(sides(row)), doc, at) for doc, span in sides(row).items() for at in span}


def shared(x, y):
    """The characters of both, none unless they meet in both articles of the same pair."""
    both = characters(x) & characters(y)
    return both if {doc for _, doc, _ in both} == set(sides(x)) else set()


def counterparts(row):
    """{(article pair, document, position): exact position in the other article}."""
    pair, spans = frozenset(sides(row)), sides(row)
    return {
        (pair, doc, at): other.start + (at - span.start) * Fraction(len(other), len(span))
        for (doc, span), other in zip(spans.items(), reversed(spans.values()), strict=True)
        for at in span
    }


def aligned(row, rows):
    """How many characters of the row some other row agrees with."""
    own, others = counterparts(row), [counterparts(other) for other in rows]
    return sum(any(at in other and abs(other[at] - own[at]) <= TOLERANCE for other in others) for at in own)


def alignments(n, m):
    """Every one-to-one alignment of n with m items."""
    if not n:
        return [[]]
    return [
        [*rest, *pair]
        for rest in alignments(n - 1, m)
        for pair in [[], *([(n - 1, j)] for j in range(m) if all(j != taken for _, taken in rest))]
    ]


def best_relations(gold_rows, pred_rows):
    """(pairs, pairs of equal relation) of the alignment with the most aligned characters, equal relations and pairs."""
    chars = {
        (i, j): aligned(g, [p]) for i, g in enumerate(gold_rows) for j, p in enumerate(pred_rows) if aligned(g, [p])
    }
    scores = [
        (
            sum(chars[pair] for pair in pairs),
            sum(gold_rows[i]["relation"] == pred_rows[j]["relation"] for i, j in pairs),
            len(pairs),
        )
        for pairs in alignments(len(gold_rows), len(pred_rows))
        if all(pair in chars for pair in pairs)
    ]
    _, right, pairs = max(scores)
    return pairs, right


def most_facts(gold_rows, pred_rows):
    """Size of the largest alignment of pairs that share half of the longer span on both sides."""

    def near(g, p):
        both = shared(g, p)
        longer = {doc: max(len(span), len(sides(p).get(doc, ()))) for doc, span in sides(g).items()}
        return all(2 * sum(own == doc for _, own, _ in both) >= length for doc, length in longer.items())

    ok = {(i, j) for i, g in enumerate(gold_rows) for j, p in enumerate(pred_rows) if near(g, p)}
    return max(len(pairs) for pairs in alignments(len(gold_rows), len(pred_rows)) if ok.issuperset(pairs))


def brute_force(gold_rows, pred_rows):
    """Every column from sets of characters."""
    text, fact = (None, "verbatim", "near_verbatim", "paraphrase"), ("same_fact", "update")
    cases, found = ([row for row in rows if row["relation"] in text] for rows in (gold_rows, pred_rows))
    facts, found_facts = ([row for row in rows if row["relation"] in fact] for rows in (gold_rows, pred_rows))
    stated, found_stated = (
        [row for row in rows if row["relation"] in (*text[1:], *fact)] for rows in (gold_rows, pred_rows)
    )
    relations, relations_right = best_relations(stated, found_stated)
    negatives = [row for row in gold_rows if row["relation"] in ("formula", "distinct_event")]

    def union(sets):
        return set().union(*sets)

    def covers(case, detection, least):
        both = shared(case, detection)
        return both and all(sum(doc == own for _, own, _ in both) >= least(span) for doc, span in sides(case).items())

    def repeats(rows):
        spans = [frozenset(sides(row).items()) for row in rows]
        return [span in spans[:at] for at, span in enumerate(spans)]

    pieces = [sum(bool(covers(c, d, lambda span: min(MIN_OVERLAP, len(span)))) for d in found) for c in cases]
    hits = [
        any(covers(n, d, lambda _, n=n: min(map(len, sides(n).values())) / 2) for d in pred_rows) for n in negatives
    ]  # fmt: skip
    return {
        "gold_chars": len(union(map(characters, cases))),
        "pred_chars": len(union(map(characters, found))),
        "found_chars": len(union(shared(c, d) for c in cases for d in found)),
        "cases": len(cases),
        "case_recall": sum(len(union(shared(c, d) for d in found)) / len(characters(c)) for c in cases),
        "detections": len(found),
        "detection_precision": sum(len(union(shared(c, d) for c in cases)) / len(characters(d)) for d in found),
        "pieces": sum(pieces),
        "cases_touched": sum(n > 0 for n in pieces),
        "aligned_gold_chars": sum(len(characters(c)) for c in cases),
        "aligned_pred_chars": sum(len(characters(d)) for d in found),
        "aligned_gold": sum(aligned(c, found) for c, again in zip(cases, repeats(cases), strict=True) if not again),
        "aligned_pred": sum(aligned(d, cases) for d, again in zip(found, repeats(found), strict=True) if not again),
        "facts": len(facts),
        "pred_facts": len(found_facts),
        "facts_found": most_facts(facts, found_facts),
        "relations": relations,
        "relations_right": relations_right,
        "negatives": len(negatives),
        "negatives_hit": sum(hits),
    }


@settings(max_examples=100, deadline=None)
@given(GOLD, PRED)
def test_counts_equal_those_of_sets_of_characters(gold_rows, pred_rows):
    assert counted(gold_rows, pred_rows).totals() == pytest.approx(brute_force(gold_rows, pred_rows))


INTERVALS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 8)), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(INTERVALS, INTERVALS)
def test_interval_kernels_equal_sets_of_positions(intervals, queries):
    (start, length), (low, width) = (np.array(pairs, np.int64).T for pairs in (intervals, queries))
    union = {at for begin, size in intervals for at in range(begin, begin + size)}
    expected = [len(union & set(range(begin, begin + size))) for begin, size in queries]
    assert covered_length(start, start + length, low, low + width).tolist() == expected
    new = start + length - uncovered(start, start + length)
    assert new.min() >= 0
    assert new.sum() == len(union)


@settings(max_examples=40, deadline=None)
@given(GOLD, PRED)
def test_found_characters_of_a_relation_never_exceed_its_characters(gold_rows, pred_rows):
    counts = counted(gold_rows, pred_rows)
    gold, found = np.moveaxis(counts.per_unit(["gold_chars", "found_chars"], over="relation"), 1, 0)
    assert (found <= gold).all()
    assert found.sum() == counts.totals()["found_chars"]


@settings(max_examples=40, deadline=None)
@given(GOLD, PRED, st.randoms(use_true_random=False))
def test_order_of_rows_sides_and_relabelling_change_nothing(gold_rows, pred_rows, rng: random.Random):
    name = dict(zip(DOCS, rng.sample(DOCS, len(DOCS)), strict=True))

    def scrambled(row):
        a, b = (name[row["a"]], row["a_start"], row["a_end"]), (name[row["b"]], row["b_start"], row["b_end"])
        return passage(*rng.choice([a + b, b + a]), row["relation"])

    counts = counted(gold_rows, pred_rows)
    other = counted(
        rng.sample(list(map(scrambled, gold_rows)), len(gold_rows)),
        rng.sample(list(map(scrambled, pred_rows)), len(pred_rows)),
        docs=tuple(name[doc] for doc in DOCS),
    )
    names = list(counts.columns)
    assert counts.per_unit(names).tolist() == other.per_unit(names).tolist()
    assert counts.per_unit(names, over="relation").tolist() == other.per_unit(names, over="relation").tolist()
    reordered = counted(gold_rows, pred_rows, docs=rng.sample(DOCS, len(DOCS)))
    assert reordered.totals() == pytest.approx(counts.totals())
    names = [name for name in names if not name.startswith("relations")]  # ties go by the order of the articles
    sums = [some.per_unit(names, over="relation").sum(axis=0) for some in (counts, reordered)]
    assert sums[0] == pytest.approx(sums[1])


@settings(max_examples=40, deadline=None)
@given(PRED, PRED)
def test_swapping_gold_and_predictions_swaps_precision_and_recall(gold_rows, pred_rows):
    values, swapped = evaluate(gold_rows, pred_rows), evaluate(pred_rows, gold_rows)
    assert values["relation.accuracy"] == pytest.approx(swapped["relation.accuracy"], nan_ok=True)
    for scheme in ("", "macro.", "aligned.", "facts."):
        assert values[f"{scheme}precision"] == pytest.approx(swapped[f"{scheme}recall"], nan_ok=True)
        assert values[f"{scheme}recall"] == pytest.approx(swapped[f"{scheme}precision"], nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=2, max_size=6))
def test_gold_as_prediction_is_perfect(lengths):
    rows, a, b = [], 0, 0
    for at, (a_length, b_length) in enumerate(lengths):
        relation = ("paraphrase", "update")[at % 2]
        rows.append(passage("d1", a, a + a_length, "d2", b, b + b_length, relation))
        a, b = a + a_length, b + b_length
    assert {name for name, value in evaluate(rows, rows).items() if value != 1.0} == {"negatives.rate"}
    assert set(pan(rows, rows).values()) == {1.0}


@settings(max_examples=40, deadline=None)
@given(PRED, PRED)
def test_another_right_detection_never_lowers_recall(gold_rows, pred_rows):
    before = evaluate(gold_rows, pred_rows)
    for row in gold_rows[:1]:
        after = evaluate(gold_rows, [*pred_rows, row])
        for name in ("recall", "macro.recall", "aligned.recall", "facts.recall"):
            assert math.isnan(before[name]) or after[name] >= before[name] - 1e-12


@settings(max_examples=40, deadline=None)
@given(PRED, PRED, st.randoms(use_true_random=False))
def test_the_profile_knows_sets_of_annotations(gold_rows, pred_rows, rng: random.Random):
    values = pan(gold_rows, pred_rows)
    again = pan(rng.sample(gold_rows * 2, 2 * len(gold_rows)), rng.sample(pred_rows * 3, 3 * len(pred_rows)))
    assert values == pytest.approx(again)


@settings(max_examples=40, deadline=None)
@given(GOLD, PRED, GOLD, PRED)
def test_counts_of_two_corpora_add_up_to_those_of_both(gold_1, pred_1, gold_2, pred_2):
    def moved(rows):
        return [row | {"a": "x" + row["a"], "b": "x" + row["b"]} for row in rows]

    others = tuple("x" + doc for doc in DOCS)
    one, two = counted(gold_1, pred_1), counted(moved(gold_2), moved(pred_2), others)
    both = counted(gold_1 + moved(gold_2), pred_1 + moved(pred_2), DOCS + others)
    assert both.units == one.units + two.units
    names = list(both.columns)
    assert both.per_unit(names).tolist() == one.per_unit(names).tolist() + two.per_unit(names).tolist()
