"""Entity linking: what is right, found and aligned, worked out by hand; and what holds for all inputs."""

import math
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldwire
from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.errors import UsageError
from goldwire.measures.linking import MEASURES
from goldwire.tasks import TASKS
from goldwire.tasks.linking import count

MEASURE = {measure.name: measure for measure in MEASURES}


def m(at, kb=None, entity=None, doc="d", type_="A", end=None):
    """A mention of one code point, linked to ``kb``."""
    return {"doc_id": doc, "start": at, "end": end or at + 1, "type": type_, "kb_id": kb, "entity_id": entity}


def corpus(mentions, docs=("d",)):
    return Corpus(tuple(docs), {"mentions": pa.Table.from_pylist(list(mentions), schema=SCHEMAS["mentions"])})


def counts(gold, pred, docs=("d",)):
    return count(corpus(gold, docs), corpus(pred, docs))


def fraction(name, counted):
    """(numerator, denominator) of a measure."""
    above, below = MEASURE[f"linking.{name}"].fraction(counted.totals())
    return float(above), float(below)


def value(name, counted):
    return float(MEASURE[name].value(counted.totals()))


# By hand --------------------------------------------------------------------------------------------------------------


def test_links_are_right_where_span_and_id_are():
    # gold: Q1 Q2 NIL Q3; predicted: Q1 right, Q2 as Q9, NIL linked, Q3 not recognised, one beside the gold
    gold = [m(0, "Q1"), m(1, "Q2"), m(2), m(3, "Q3")]
    counted = counts(gold, [m(0, "Q1"), m(1, "Q9"), m(2, "Q7"), m(9, "Q1")])
    assert fraction("inkb.precision", counted) == (1, 4)
    assert fraction("inkb.recall", counted) == (1, 3)
    assert fraction("inkb.f1", counted) == (2, 7)
    assert fraction("accuracy", counted) == (1, 2)  # Q1 and Q2 were recognised
    assert fraction("all.recall", counted) == (1, 4)


def test_a_missed_mention_costs_recall_and_not_accuracy():
    counted = counts([m(0, "Q1"), m(1, "Q2")], [m(0, "Q1")])
    assert fraction("accuracy", counted) == (1, 1)
    assert fraction("inkb.recall", counted) == (1, 2)


def test_nil_is_a_wrong_link_for_accuracy_and_no_link_for_inkb():
    counted = counts([m(0, "Q1"), m(1)], [m(0), m(1, "Q1")])
    assert fraction("accuracy", counted) == (0, 1)  # the gold NIL has no part in it
    assert fraction("inkb.precision", counted) == (0, 1)
    assert fraction("all.precision", counted) == (0, 2)
    assert fraction("all.precision", counts([m(0)], [m(0)])) == (1, 1)


def test_types_do_not_matter_and_spans_must_be_equal():
    assert fraction("inkb.recall", counts([m(0, "Q1")], [m(0, "Q1", type_="B")])) == (1, 1)
    assert fraction("inkb.recall", counts([m(0, "Q1", end=3)], [m(0, "Q1", end=2)])) == (0, 1)


def test_a_repeated_link_is_wrong():
    counted = counts([m(0, "Q1")], [m(0, "Q1")] * 2)
    assert fraction("inkb.precision", counted) == (1, 2)
    assert fraction("inkb.recall", counted) == (1, 1)
    # two ids for one span: the right one is found, whichever comes first
    for pred in ([m(0, "Q1"), m(0, "Q2")], [m(0, "Q2"), m(0, "Q1")]):
        assert fraction("accuracy", counts([m(0, "Q1")], pred)) == (1, 1)


def test_the_macro_average_leaves_documents_without_links_out():
    # d: F1 2·1/(1+2) = 2/3; e: 0; f: nothing to link and nothing linked, no part in the mean
    gold = [m(0, "Q1"), m(0, "Q2", doc="e"), m(0, doc="f")]
    counted = counts(gold, [m(0, "Q1"), m(5, "Q5"), m(0, doc="f")], docs=("d", "e", "f"))
    assert fraction("inkb.macro_f1", counted) == (pytest.approx(2 / 3), 2)


def test_nil_mentions_are_scored_as_clusters():
    # gold NIL clusters {0,1,2} {3}; predicted {0,1} {2,3}: best alignment {0,1,2}-{0,1} 2 and {3}-{2,3} 1
    gold = [m(0, entity="x"), m(1, entity="x"), m(2, entity="x"), m(3, entity="y")]
    pred = [m(0, entity="1"), m(1, entity="1"), m(2, entity="2"), m(3, entity="2")]
    assert fraction("nil.recall", counts(gold, pred)) == (3, 4)
    # linked mentions have no part in it: {2} is left of the second predicted cluster, and only {0,1} can be aligned
    counted = counts(gold, [*pred[:3], m(3, "Q1", entity="2")])
    assert fraction("nil.recall", counted) == (2, 4)
    assert fraction("nil.precision", counted) == (2, 3)


def test_a_nil_mention_without_an_entity_is_a_cluster_of_its_own():
    assert fraction("nil.recall", counts([m(0), m(1)], [m(0, entity="1"), m(1, entity="1")])) == (1, 2)


def test_nil_clusters_do_not_cross_documents():
    gold = [m(0, entity="x"), m(0, entity="x", doc="e")]
    pred = [m(0, entity="1"), m(0, entity="2", doc="e")]
    assert fraction("nil.recall", counts(gold, pred, docs=("d", "e"))) == (2, 2)


def test_links_are_sliced_by_the_mentions_on_either_side():
    counted = counts([m(0, "Q1"), m(1, "Q2", type_="B")], [m(0, "Q1", type_="B"), m(1, "Q2", type_="B")])
    of_a, of_b = (counted.select({"type": kind}) for kind in "AB")
    assert fraction("inkb.recall", of_a) == (1, 1)
    assert fraction("inkb.precision", of_b) == (2, 2)


def test_nothing_linked_is_undefined():
    counted = counts([m(0)], [])
    assert all(
        math.isnan(value(name, counted)) for name in ("linking.accuracy", "linking.inkb.f1", "linking.inkb.macro_f1")
    )
    assert value("linking.nil.recall", counted) == 0


def test_a_predicted_document_that_gold_lacks_is_refused():
    with pytest.raises(UsageError, match="'elsewhere'"):
        counts([], [m(0, "Q1", doc="elsewhere")])


def test_the_task_needs_links_on_both_sides():
    linked, bare = corpus([m(0, "Q1")]), corpus([m(0)])
    assert TASKS["linking"].inapplicable(linked, linked) is None
    assert TASKS["linking"].inapplicable(bare, linked) == "no mention of the gold has a kb_id"
    assert TASKS["linking"].inapplicable(linked, bare) == "no mention of the predictions has a kb_id"
    assert TASKS["linking"].inapplicable(linked, corpus([])) is None  # a system that found nothing
    assert goldwire.score(linked, linked)["linking.inkb.f1"] == 1
    assert "linking" not in goldwire.score(bare, linked).tasks


def test_every_measure_has_formula_and_source_and_columns_that_are_counted():
    columns = counts([m(0, "Q1")], []).columns
    assert all(measure.formula and measure.source for measure in MEASURES)
    assert all(column in columns for measure in MEASURES for column in measure.columns)


# Properties -----------------------------------------------------------------------------------------------------------

mention = st.builds(
    m,
    st.integers(0, 4),
    st.sampled_from([None, "Q1", "Q2"]),
    st.sampled_from([None, "x", "y"]),
    st.sampled_from("de"),
    st.sampled_from("AB"),
)
# Readers refuse a span in two clusters.
side = st.lists(mention, max_size=8, unique_by=lambda row: (row["doc_id"], row["start"]))
crowded = st.lists(mention, max_size=8)


@settings(max_examples=40, deadline=None)
@given(crowded, crowded)
def test_links_are_the_multiset_intersection(gold, pred):
    counted = counts(gold, pred, docs="de")

    def links(rows, *, nil):
        return Counter((r["doc_id"], r["start"], r["kb_id"]) for r in rows if nil or r["kb_id"])

    for name, nil in (("inkb", False), ("all", True)):
        ours, theirs = links(gold, nil=nil), links(pred, nil=nil)
        assert fraction(f"{name}.recall", counted) == ((ours & theirs).total(), ours.total())
        assert fraction(f"{name}.precision", counted) == ((ours & theirs).total(), theirs.total())


@settings(max_examples=40, deadline=None)
@given(side)
def test_gold_against_itself_is_perfect(gold):
    counted = counts(gold, gold, docs="de")
    assert all(number == 1 or math.isnan(number) for number in (value(name, counted) for name in MEASURE))


@settings(max_examples=40, deadline=None)
@given(side, side, st.randoms())
def test_the_order_of_rows_changes_nothing(gold, pred, random):
    before = counts(gold, pred, docs="de").to_table().to_pydict()
    random.shuffle(gold)
    random.shuffle(pred)
    assert counts(gold, pred, docs="de").to_table().to_pydict() == before


@settings(max_examples=40, deadline=None)
@given(side, side)
def test_changing_sides_exchanges_precision_and_recall(gold, pred):
    ahead, back = counts(gold, pred, docs="de"), counts(pred, gold, docs="de")
    for name in ("inkb", "all", "nil"):
        assert fraction(f"{name}.precision", ahead) == fraction(f"{name}.recall", back)
    assert fraction("inkb.macro_f1", ahead) == fraction("inkb.macro_f1", back)


@settings(max_examples=40, deadline=None)
@given(side, side)
def test_documents_scored_together_or_apart_count_the_same(gold, pred):
    together = counts(gold, pred, docs="de")
    names = list(together.columns)
    for at, doc in enumerate("de"):
        alone = counts(*([row for row in rows if row["doc_id"] == doc] for rows in (gold, pred)), docs=(doc,))
        assert together.per_unit(names)[at].tolist() == [alone.totals()[name] for name in names]


@settings(max_examples=40, deadline=None)
@given(side, side)
def test_new_names_for_entities_and_ids_change_nothing(gold, pred):
    def renamed(rows, entities):
        ids = {None: None, "Q1": "Z", "Q2": "Y"}
        return [{**row, "kb_id": ids[row["kb_id"]], "entity_id": entities[row["entity_id"]]} for row in rows]

    before = counts(gold, pred, docs="de").totals()
    after = counts(
        renamed(gold, {None: None, "x": "b", "y": "a"}), renamed(pred, {None: None, "x": "x", "y": "c"}), docs="de"
    ).totals()
    assert before == after


@settings(max_examples=40, deadline=None)
@given(side, side)
def test_a_right_link_more_never_lowers_recall(gold, pred):
    missing = [row for row in gold if all((row["doc_id"], row["start"]) != (p["doc_id"], p["start"]) for p in pred)]
    before, after = (counts(gold, rows, docs="de").totals() for rows in (pred, pred + missing[:1]))
    for column in ("inkb_gold_found", "all_gold_found", "linked_found"):
        assert after[column] >= before[column]
    assert np.isclose(before["inkb_gold"], after["inkb_gold"])
