"""Entity coreference from mention tables, within documents and across them."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.measures import get_measure
from goldwire.measures.clusters import cluster_measures
from goldwire.results import evaluate
from goldwire.tasks import coref

MEASURES = {measure.name.removeprefix("coref."): measure for measure in cluster_measures("coref")}


def corpus(rows, docs=("d1", "d2"), table="mentions"):
    return Corpus(tuple(docs), {table: pa.Table.from_pylist(rows, schema=SCHEMAS[table])})


def mention(doc, start, entity, end=None, **fields):
    return {"doc_id": doc, "start": start, "end": start + 1 if end is None else end, "entity_id": entity, **fields}


def value(name, counts):
    return float(MEASURES[name].value(counts.totals()))


def test_clusters_are_within_documents():
    # d1 {0 1 2}, {3} in gold and {0 1}, {2}, {3} predicted; d2 {0} on both sides, under the id of another in d1.
    gold = corpus([*(mention("d1", i, "e1") for i in (0, 1, 2)), mention("d1", 3, "e2"), mention("d2", 0, "e1")])
    pred = corpus([mention("d1", 0, "x"), mention("d1", 1, "x"), *(mention("d1", i, f"y{i}") for i in (2, 3)),
                   mention("d2", 0, "x")])  # fmt: skip
    counts = coref.count(gold, pred)
    assert counts.units == ("d1", "d2")
    assert counts.columns["gold_clusters"].tolist() == [2, 1]
    assert counts.columns["pred_clusters"].tolist() == [3, 1]
    assert counts.columns["muc_num"].tolist() == [1, 0]  # of 2 gold links and 1 predicted
    assert value("muc.recall", counts) == pytest.approx(1 / 2)
    # Shares of the gold cluster found: 2/3, 2/3, 1/3 and 1 in d1; 1 in d2.
    assert value("b3.recall", counts) == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert value("b3.precision", counts) == 1


def test_corpus_clusters_run_across_documents():
    # One entity with a mention in each document: right within the documents, one link missed across them.
    gold = corpus([mention("d1", 0, "e1"), mention("d2", 0, "e1")])
    pred = corpus([mention("d1", 0, "e1"), mention("d2", 0, "e2")])
    within, across = coref.count(gold, pred), coref.count_corpus(gold, pred)
    assert across.units == ("corpus",)
    assert (value("b3.f1", within), value("b3.recall", across)) == (1, 1 / 2)
    assert np.isnan(value("muc.recall", within))
    assert value("muc.recall", across) == 0


def test_merging_two_entities_across_documents_shows_in_the_corpus_alone():
    gold = corpus([mention("d1", 0, "e1"), mention("d2", 0, "e2")])
    pred = corpus([mention("d1", 0, "m"), mention("d2", 0, "m")])
    assert value("links.precision", coref.count_corpus(gold, pred)) == 0
    assert value("exact.f1", coref.count(gold, pred)) == 1


def test_links_across_documents_are_those_of_the_corpus_less_those_within():
    # Gold: e1 has two mentions in d1 and one in d2, e2 one in each. The prediction has all of d1 and the first of d2 in
    # one cluster. Within documents 1 link is common of 1 and 3; across, 2 of e1's of 3 and 3.
    gold = corpus([mention("d1", 0, "e1"), mention("d1", 1, "e1"), mention("d1", 2, "e2"),
                   mention("d2", 0, "e1"), mention("d2", 1, "e2")])  # fmt: skip
    pred = corpus([*(mention("d1", i, "x") for i in (0, 1, 2)), mention("d2", 0, "x"), mention("d2", 1, "y")])
    within, whole = coref.count(gold, pred).totals(), coref.count_corpus(gold, pred).totals()
    assert [within[f"links_{part}"] for part in ("num", "r_den", "p_den")] == [1, 1, 3]
    assert [whole[f"links_{part}"] for part in ("num", "r_den", "p_den")] == [3, 4, 6]
    for figure, fraction in (("recall", (2, 3)), ("precision", (2, 3))):
        assert get_measure(f"coref_corpus.cross_links.{figure}").fraction(whole) == fraction


def test_without_links_across_documents_their_measures_are_undefined():
    gold = corpus([mention("d1", 0, "e1"), mention("d1", 1, "e1"), mention("d2", 0, "e2")])
    sums = coref.count_corpus(gold, gold).totals()
    assert np.isnan(get_measure("coref_corpus.cross_links.f1").value(sums))
    assert get_measure("coref_corpus.links.f1").value(sums) == 1


def test_singletons_are_those_of_the_document_or_of_the_corpus():
    # e1 has one mention in each document: singletons within documents, a pair in the corpus. e2 is one in both views.
    gold = corpus([mention("d1", 0, "e1"), mention("d1", 1, "e2"), mention("d2", 0, "e1")])
    assert coref.count(gold, gold, singletons="drop").totals()["gold_mentions"] == 0
    assert coref.count_corpus(gold, gold, singletons="drop").totals()["gold_mentions"] == 2
    assert coref.count_corpus(gold, gold).totals()["gold_mentions"] == 3


def test_dropped_singletons_still_count_as_contrasted():
    def trigger(start, instance):
        return {"doc_id": "d1", "event_id": f"v{start}", "start": start, "end": start + 3, "instance_id": instance}

    gold = Corpus(("d1",), {
        "triggers": pa.Table.from_pylist([trigger(0, "i1"), trigger(9, "i2")], schema=SCHEMAS["triggers"]),
        "contrasts": pa.Table.from_pylist([{"a": "i1", "b": "i2"}], schema=SCHEMAS["contrasts"]),
    })  # fmt: skip
    for count in (coref.count_events, coref.count_events_corpus):
        sums = count(gold, gold, singletons="drop").totals()
        assert (sums["contrast_pairs"], sums["contrast_apart"], sums["gold_mentions"]) == (1, 1, 0)


def test_adjusted_mutual_information_of_the_corpus():
    # Three entities of two mentions each; the prediction moves one mention. scikit-learn 1.9.1 prints 0.5024.
    gold = corpus([mention("d1", i, f"e{i // 2}") for i in range(6)])
    pred = corpus([mention("d1", i, f"p{entity}") for i, entity in enumerate((0, 0, 1, 1, 2, 1))])
    counts = coref.count_corpus(gold, pred)
    assert evaluate(get_measure("coref_corpus.ami"), counts).value == pytest.approx(0.5024, abs=5e-5)


def test_mentions_are_compared_by_span_whatever_their_type():
    gold = corpus([mention("d1", 0, "e", type="PER"), mention("d1", 5, "e", end=9)])
    pred = corpus([mention("d1", 0, "e", type="ORG"), mention("d1", 5, "e", end=8)])
    assert value("mentions.recall", coref.count(gold, pred)) == 1 / 2


def test_fragments_are_part_of_the_span():
    # The same outer span with another gap, or without one, is another mention.
    whole, gap, other_gap = None, [0, 3, 6, 9], [0, 4, 6, 9]
    gold = corpus([mention("d1", 0, "e", end=9, fragments=f) for f in (whole, gap)] + [mention("d2", 0, "e")])
    pred = corpus([mention("d1", 0, "e", end=9, fragments=f) for f in (other_gap, gap)] + [mention("d2", 0, "e")])
    counts = coref.count(gold, pred)
    assert counts.columns["common_mentions"].tolist() == [1, 1]
    assert counts.columns["gold_mentions"].tolist() == [2, 1]


def test_a_mention_without_entity_is_a_singleton():
    gold = corpus([mention("d1", 0, None), mention("d1", 1, None), mention("d1", 2, "e1")])
    pred = corpus([mention("d1", 0, "a"), mention("d1", 1, "b"), mention("d1", 2, "c")])
    counts = coref.count(gold, pred)
    assert counts.columns["exact_num"].tolist() == [3, 0]


def test_a_span_repeated_in_its_cluster_is_one_item():
    gold = corpus([mention("d1", 0, "e"), mention("d1", 1, "e")])
    pred = corpus([mention("d1", 0, "e"), mention("d1", 0, "e"), mention("d1", 1, "e")])
    counts = coref.count(gold, pred)
    assert counts.columns["pred_mentions"].tolist() == [2, 0]
    assert value("b3.f1", counts) == 1


@pytest.mark.parametrize("ids", [["e1", "e2"], ["e2", "e1"], [None, "e1"]])
def test_of_several_clusters_of_one_span_the_smallest_id_stays(ids):
    gold = corpus([mention("d1", 0, "e"), mention("d1", 1, "e")])
    pred = corpus([mention("d1", 1, "e1"), *(mention("d1", 0, entity) for entity in ids)])
    assert value("links.recall", coref.count(gold, pred)) == 1


def test_a_missing_document_counts_as_empty():
    gold = corpus([mention("d1", 0, "e"), mention("d2", 0, "e")])
    counts = coref.count(gold, corpus([mention("d1", 0, "e")], docs=["d1"]))
    assert counts.units == ("d1", "d2")
    assert value("mentions.recall", counts) == 1 / 2


def test_nothing_at_all():
    nothing = Corpus(("d1", "d2"), {})
    for counts in (coref.count(nothing, nothing), coref.count_corpus(nothing, nothing)):
        assert set(counts.totals().values()) == {0}


def test_items_of_events_come_from_the_same_function():
    def trigger(start, instance):
        return {"doc_id": "d2", "event_id": f"v{start}", "start": start, "end": start + 3, "instance_id": instance}

    gold = corpus([trigger(0, "i1"), trigger(9, "i1"), trigger(20, None)], table="triggers")
    pred = corpus([trigger(0, "p"), trigger(30, "p")], table="triggers")
    doc, in_gold, in_pred = coref.partitions(gold["triggers"], pred["triggers"], gold.doc_ids, "instance_id")
    assert doc.tolist() == [1, 1, 1, 1]  # spans at 0, 9, 20, 30
    assert (in_gold >= 0).tolist() == [True, True, True, False]
    assert in_gold[0] == in_gold[1] != in_gold[2]
    assert (in_pred >= 0).tolist() == [True, False, False, True]
    assert in_pred[0] == in_pred[3]


def test_items_keep_their_order_in_huge_texts():
    # The codes of document, start, end and fragments together would need more than 64 bits.
    far, docs = 2**31 - 2, [f"d{i}" for i in range(40)]
    rows = [mention(d, start, "e", end=far, fragments=[start, far]) for d in docs for start in (0, 1, far - 1)]
    gold, pred = corpus(rows, docs), corpus(rows[::-1], docs)
    doc, in_gold, in_pred = coref.partitions(gold["mentions"], pred["mentions"], docs, "entity_id")
    assert doc.tolist() == [i for i in range(40) for _ in range(3)]
    assert np.all(in_gold == 0)
    assert np.all(in_pred == 0)


MENTIONS = st.lists(
    st.builds(
        mention,
        st.sampled_from(["d1", "d2", "d3"]),
        st.integers(0, 3),
        st.sampled_from(["e1", "e2", "e3", None]),
        fragments=st.sampled_from([None, None, [0, 1, 2, 3], [0, 1, 10, 11]]),
    ),
    max_size=10,
)
DOCS = ("d1", "d2", "d3")


def equal(left, right):
    return left.units == right.units and all(
        np.allclose(column, right.columns[name], rtol=1e-12) for name, column in left.columns.items()
    )


@settings(max_examples=60, deadline=None)
@given(MENTIONS, MENTIONS, st.randoms(use_true_random=False))
def test_row_order_changes_nothing_at_all(gold, pred, random):
    before = [c(corpus(gold, DOCS), corpus(pred, DOCS)) for c in (coref.count, coref.count_corpus)]
    random.shuffle(gold)
    random.shuffle(pred)
    after = [c(corpus(gold, DOCS), corpus(pred, DOCS)) for c in (coref.count, coref.count_corpus)]
    for x, y in zip(before, after, strict=True):
        assert all(np.array_equal(column, y.columns[name]) for name, column in x.columns.items())


@settings(max_examples=60, deadline=None)
@given(MENTIONS, MENTIONS)
def test_new_ids_in_the_same_order_and_shared_ids_of_documents_change_nothing(gold, pred):
    # Ids are only names, and within-document coreference does not see that two documents use the same one.
    renamed = [{**row, "entity_id": row["entity_id"] and f"{row['doc_id']}-{row['entity_id']}"} for row in pred]
    assert equal(
        coref.count(corpus(gold, DOCS), corpus(pred, DOCS)), coref.count(corpus(gold, DOCS), corpus(renamed, DOCS))
    )


@settings(max_examples=60, deadline=None)
@given(MENTIONS, MENTIONS)
def test_counts_are_additive_over_documents(gold, pred):
    whole = coref.count(corpus(gold, DOCS), corpus(pred, DOCS))
    for i, doc in enumerate(DOCS):
        part = coref.count(*(corpus([row for row in side if row["doc_id"] == doc], [doc]) for side in (gold, pred)))
        for name, column in part.columns.items():
            assert column[0] == pytest.approx(whole.columns[name][i], rel=1e-12), name


@settings(max_examples=60, deadline=None)
@given(MENTIONS)
def test_identity_is_perfect(rows):
    side = corpus(rows, DOCS)
    for counts in (coref.count(side, side), coref.count_corpus(side, side)):
        values = np.array([value(name, counts) for name in MEASURES])
        assert np.allclose(values[~np.isnan(values)], 1)


@settings(max_examples=60, deadline=None)
@given(MENTIONS, MENTIONS)
def test_links_within_and_across_documents_make_up_those_of_the_corpus(gold, pred):
    sides = corpus(gold, DOCS), corpus(pred, DOCS)
    within, whole = coref.count(*sides).totals(), coref.count_corpus(*sides).totals()
    for part in ("num", "r_den", "p_den"):
        assert whole[f"links_{part}"] == within[f"links_{part}"] + whole[f"cross_links_{part}"]
        assert whole[f"cross_links_{part}"] >= 0
