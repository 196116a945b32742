"""Profiles of entity scorers: what the programs printed, the quirks they are known for, and what holds for all."""

import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldwire
from conftest import TESTS
from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.profiles import entities, nervaluate

CASES = json.loads((TESTS / "cases" / "profiles" / "entities.json").read_text(encoding="utf-8"))
PROFILES = {profile.name: profile for profile in (*entities.PROFILES, *nervaluate.PROFILES)}
SETS = ("conlleval", "seqeval", "seqeval-strict")

# What the programs printed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_profile_prints_what_its_program_printed(case, jsonl):
    result = goldwire.score(jsonl(case["pred"]), jsonl(case["gold"], "gold.jsonl"), profiles=[case["profile"]])
    for name, expected in case["expected"].items():
        if isinstance(expected, list):
            numerator, denominator = expected
            if "[" not in name:
                assert [result.values[name].numerator, result.values[name].denominator] == expected, name
            expected = numerator / denominator if denominator else 0.0
        assert result[name] == pytest.approx(expected, abs=5e-5), name


def test_every_profile_is_pinned_by_several_cases():
    pinned = Counter(case["profile"] for case in CASES)
    assert pinned.keys() == PROFILES.keys()
    assert min(pinned.values()) >= 5


# Quirks ---------------------------------------------------------------------------------------------------------------


def corpus(mentions, docs=("d", "e")):
    """Mentions as (type, start, end) in the first document, or (type, start, end, document)."""
    rows = [
        {"type": kind, "start": start, "end": end, "doc_id": doc[0] if doc else docs[0]}
        for kind, start, end, *doc in mentions
    ]
    return Corpus(tuple(docs), {"mentions": pa.Table.from_pylist(rows, schema=SCHEMAS["mentions"])})


def values(name, gold, pred, docs=("d", "e")):
    """figure -> value of a profile."""
    profile = PROFILES[name]
    counts = profile.count(corpus(gold, docs), corpus(pred, docs))
    found = {}
    for measure in profile.measures:
        sums = counts.per_unit(measure.columns, measure.over).sum(axis=0)
        found[measure.name.removeprefix(f"{name}.")] = float(
            measure.value(dict(zip(measure.columns, sums, strict=True)))
        )
    return found


def totals(name, gold, pred, docs=("d", "e")):
    return PROFILES[name].count(corpus(gold, docs), corpus(pred, docs)).totals()


def test_nervaluate_hangs_on_the_order_of_the_file():
    gold, pred = [("PER", 0, 5)], [("PER", 0, 3), ("PER", 0, 5)]
    assert values("nervaluate", gold, pred)["strict.f1"] == 0
    assert values("nervaluate", gold, pred[::-1])["strict.f1"] == pytest.approx(2 / 3)


def test_nervaluate_sees_no_overlap_below_a_hundredth_of_the_gold_mention():
    # one code point of 101 is .99 %, one of 100 is 1 %
    assert totals("nervaluate", [("A", 0, 101)], [("A", 100, 110)])["strict_spu"] == 1
    assert totals("nervaluate", [("A", 0, 100)], [("A", 99, 110)])["strict_inc"] == 1
    # it is the gold mention that counts: a prediction may be as long as it likes
    assert totals("nervaluate", [("A", 0, 2)], [("A", 1, 1000)])["strict_inc"] == 1


def test_nervaluate_scores_types_apart_and_together():
    # right span, wrong type: one error together, a miss of PER and a spurious LOC apart
    gold, pred = [("PER", 0, 5)], [("LOC", 0, 5)]
    counts = PROFILES["nervaluate"].count(corpus(gold), corpus(pred))
    assert [counts.totals()[f"strict_{name}"] for name in ("cor", "inc", "mis", "spu")] == [0, 1, 0, 0]
    assert counts.select({"type": "PER"}).totals()["strict_mis"] == 1
    assert counts.select({"type": "LOC"}).totals()["strict_spu"] == 1


def test_nervaluate_pairs_a_type_with_the_nearest_mention():
    # [0,8) is nearer to [0,7) than the gold mention listed first, which is then missed
    gold, pred = [("A", 0, 20), ("A", 0, 8)], [("A", 0, 7)]
    assert totals("nervaluate", gold, pred)["ent_type_cor"] == 1
    # its second prediction finds the first gold mention still free
    assert totals("nervaluate", gold, [*pred, ("A", 12, 20)])["ent_type_cor"] == 2


def test_tags_hold_a_mention_once():
    assert totals("seqeval", [("A", 0, 2)] * 2, [("A", 0, 2)] * 3) == {"gold": 1, "pred": 1, "matched": 1}
    # the default charges for the repetition, nervaluate too
    assert totals("nervaluate", [("A", 0, 2)], [("A", 0, 2)] * 3)["strict_spu"] == 2


def test_a_mention_without_a_type_has_a_type_of_its_own():
    found = values("seqeval", [(None, 0, 2), ("A", 3, 4)], [(None, 0, 2)])
    assert found["macro.f1"] == pytest.approx((1 + 0) / 2)
    assert values("nervaluate", [(None, 0, 2)], [(None, 0, 2)])["strict.f1"] == 1


def test_averages_of_seqeval():
    # A: 1 of 2 gold found, 1 predicted: P 1, R .5, F 2/3. B: 1 predicted, none in gold: 0.
    found = values("seqeval", [("A", 0, 1), ("A", 2, 3)], [("A", 0, 1), ("B", 2, 3)])
    assert (found["micro.precision"], found["micro.recall"]) == (0.5, 0.5)
    assert (found["macro.precision"], found["macro.recall"]) == (0.5, 0.25)
    assert found["macro.f1"] == pytest.approx(1 / 3)
    assert found["weighted.f1"] == pytest.approx(2 / 3)  # B has no gold mention and so no weight


def test_nothing_at_all_is_zero_but_for_the_macro_average():
    for name in PROFILES:
        found = values(name, [], [])
        assert all(np.isnan(number) if figure.startswith("macro") else number == 0 for figure, number in found.items())


def test_a_profile_counts_every_document_by_itself():
    gold = [("A", 0, 3, "e"), ("A", 0, 3, "d")]
    for name in PROFILES:
        counts = PROFILES[name].count(corpus(gold), corpus([("A", 0, 3, "e")]))
        assert counts.units == ("d", "e")
        column = "matched" if name in SETS else "strict_cor"
        assert counts.per_unit([column])[:, 0].tolist() == [0, 1]


# Properties -----------------------------------------------------------------------------------------------------------

mentions = st.lists(
    st.builds(
        lambda kind, lo, width, doc: (kind, lo, lo + width, doc),
        st.sampled_from("AB"),
        st.integers(0, 8),
        st.integers(1, 5),
        st.sampled_from("de"),
    ),
    max_size=7,
)
names = st.sampled_from(sorted(PROFILES))
sets = st.sampled_from(SETS)


@settings(max_examples=60, deadline=None)
@given(names, mentions)
def test_gold_against_itself_is_perfect(name, gold):
    # Not for nervaluate where gold mentions overlap: an earlier one is taken as wrong before its own turn comes.
    if name in SETS or all(a[3] != b[3] or a[2] <= b[1] or b[2] <= a[1] for a in gold for b in gold if a is not b):
        assert all(number == pytest.approx(1.0) or not gold for number in values(name, gold, gold).values())


@settings(max_examples=60, deadline=None)
@given(sets, mentions, mentions, st.randoms())
def test_sets_have_no_order(name, gold, pred, random):
    before = totals(name, gold, pred)
    random.shuffle(gold)
    random.shuffle(pred)
    assert totals(name, gold, pred) == before


@settings(max_examples=60, deadline=None)
@given(sets, mentions, mentions)
def test_changing_sides_exchanges_precision_and_recall(name, gold, pred):
    ahead, back = values(name, gold, pred), values(name, pred, gold)
    for figure, number in ahead.items():
        if "weighted" not in figure:  # whose weights are gold's
            opposite = figure.replace("precision", "RECALL").replace("recall", "precision").lower()
            assert number == pytest.approx(back[opposite], nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(names, mentions, mentions)
def test_documents_scored_together_or_apart_count_the_same(name, gold, pred):
    together = PROFILES[name].count(corpus(gold), corpus(pred))
    columns = list(together.columns)
    for at, doc in enumerate("de"):
        alone = totals(name, *([row for row in side if row[3] == doc] for side in (gold, pred)), docs=(doc,))
        assert together.per_unit(columns)[at].tolist() == [alone[column] for column in columns]


@settings(max_examples=60, deadline=None)
@given(names, mentions, mentions)
def test_new_names_for_documents_and_types_change_nothing(name, gold, pred):
    def renamed(side):
        return [({"A": "Z", "B": "Y"}[kind], lo, hi, {"d": "y", "e": "x"}[doc]) for kind, lo, hi, doc in side]

    assert totals(name, gold, pred) == totals(name, renamed(gold), renamed(pred), docs=("y", "x"))


@settings(max_examples=60, deadline=None)
@given(mentions, mentions)
def test_nervaluate_charges_every_mention_once(gold, pred):
    counts = PROFILES["nervaluate"].count(corpus(gold), corpus(pred))
    for scheme in nervaluate.SCHEMES:
        for kind in (None, *counts.facets["type"].labels):
            sums = counts.select({"type": kind}).totals() if kind else counts.totals()
            paired = sum(sums[f"{scheme}_{name}"] for name in ("cor", "inc", "par"))
            of_kind = [sum(kind in (None, row[0]) for row in side) for side in (gold, pred)]
            assert [paired + sums[f"{scheme}_mis"], paired + sums[f"{scheme}_spu"]] == of_kind
