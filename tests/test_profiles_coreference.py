"""Profiles of coreference scorers: what the programs printed, the quirks they are known for, and what holds for all."""

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
from goldwire.measures.core import Measure
from goldwire.profiles.coreference import PROFILES as DECLARED

CASES = json.loads((TESTS / "cases" / "profiles" / "coreference.json").read_text(encoding="utf-8"))
PERL_TESTS = json.loads((TESTS / "cases" / "coreference.json").read_text(encoding="utf-8"))["cases"]
PROFILES = {profile.name: profile for profile in DECLARED}

# What the programs printed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_profile_prints_what_its_program_printed(case, jsonl):
    result = goldwire.score(jsonl(case["pred"]), jsonl(case["gold"], "gold.jsonl"), profiles=[case["profile"]])
    for name, expected in case["expected"].items():
        if isinstance(expected, list):
            value = result.values[name]
            assert [value.numerator, value.denominator] == pytest.approx(expected, abs=1e-9), name
            expected = expected[0] / expected[1] if expected[1] else 0.0
        assert result[name] == pytest.approx(expected, abs=1e-9), name


def test_every_profile_is_pinned_by_several_cases():
    pinned = Counter(case["profile"] for case in CASES)
    assert pinned.keys() == PROFILES.keys()
    assert min(pinned.values()) >= 5


@pytest.mark.parametrize("case", PERL_TESTS, ids=lambda case: case["id"])
def test_the_conll_scorers_own_test_cases_repeats_included(case):
    sums = PROFILES["conll2012"].count(clusters(case["gold"]), clusters(case["response_raw"])).totals()
    for metric, name in {"muc": "muc", "bcub": "b3", "ceafm": "ceafm", "ceafe": "ceafe"}.items():
        expected = case["expected"][metric]
        for figure, side in (("recall", "r"), ("precision", "p")):
            fraction = measure("conll2012", f"{name}.{figure}").fraction(sums)
            assert fraction == pytest.approx((expected[f"{side}_num"], expected[f"{side}_den"]), abs=1e-12)
        assert float(measure("conll2012", f"{name}.f1").value(sums)) == pytest.approx(expected["f1"])
    for figure in ("recall", "precision", "f1"):
        value = float(measure("conll2012", f"blanc.{figure}").value(sums))
        assert value == pytest.approx(case["expected"]["blanc"][figure])


def clusters(entities):
    """A document from lists of "first-last" token offsets, entity by entity."""
    spans = [(*map(int, span.split("-")), i) for i, entity in enumerate(entities) for span in entity]
    return corpus([("d", start, end + 1, f"e{i}") for start, end, i in spans], ("d",))


def corpus(mentions, docs=("d", "e")):
    """Mentions as (document, start, end, entity)."""
    rows = [dict(zip(("doc_id", "start", "end", "entity_id"), mention, strict=True)) for mention in mentions]
    return Corpus(tuple(docs), {"mentions": pa.Table.from_pylist(rows, schema=SCHEMAS["mentions"])})


def measure(profile, figure) -> Measure:
    return {m.name: m for m in PROFILES[profile].measures}[f"{profile}.{figure}"]


def fraction(profile, figure, gold, pred):
    sums = PROFILES[profile].count(corpus(gold), corpus(pred)).totals()
    return tuple(map(float, measure(profile, figure).fraction(sums)))


# Quirks ---------------------------------------------------------------------------------------------------------------

A, B, C = (("d", i, i + 1) for i in range(3))
GOLD = [(*A, "e1"), (*B, "e1"), (*C, "e2")]


def test_conll2012_keeps_a_repeated_gold_mention_in_the_entity_that_comes_first_in_the_file():
    # B is predicted with A and with C; the entity of A comes first, so both gold links' ends are together.
    pred = [(*A, "z"), (*B, "a"), (*B, "z"), (*C, "a")]
    assert fraction("conll2012", "muc.recall", GOLD, pred) == (1, 1)
    # The same rows with the other entity first: B goes to C.
    assert fraction("conll2012", "muc.recall", GOLD, [pred[3], *pred[:3]]) == (0, 1)


def test_conll2012_counts_a_repeated_invented_mention_every_time_but_detects_it_once():
    pred = [(*A, "e1"), ("d", 7, 8, "e1"), ("d", 7, 8, "e2"), ("d", 7, 8, "e2")]
    assert fraction("conll2012", "b3.precision", GOLD, pred) == (1 / 2, 4)
    assert fraction("conll2012", "ceafe.precision", GOLD, pred) == (2 / 4, 2)
    assert fraction("conll2012", "mentions.precision", GOLD, pred) == (1, 2)


def test_coval_divides_ceafm_by_entities():
    assert fraction("coval", "ceafm.recall", GOLD, GOLD) == (3, 2)


def test_corefud_leaves_out_singletons_on_both_sides():
    # C is alone in gold and predicted with A and B, which both have it in a larger entity's stead.
    pred = [(*A, "x"), (*B, "x"), (*C, "x"), ("d", 5, 6, "y")]
    assert fraction("corefud", "b3.recall", GOLD, pred) == (2, 2)
    assert fraction("corefud", "b3.precision", GOLD, pred) == (pytest.approx(4 / 3), 3)


def test_corefud_pairs_overlapping_mentions_so_that_they_share_most():
    gold = [("d", 0, 10, "e1"), ("d", 20, 24, "e1")]
    # [0, 6) and [6, 10) compete for [0, 10): 6 of it are shared. [22, 30) shares 2.
    pred = [("d", 0, 6, "x"), ("d", 6, 10, "x"), ("d", 22, 30, "x")]
    assert fraction("corefud", "mor.recall", gold, pred) == (6 + 2, 10 + 4)
    assert fraction("corefud", "mor.precision", gold, pred) == (6 + 2, 6 + 4 + 8)


# What holds for all ---------------------------------------------------------------------------------------------------

SPANS = st.lists(
    st.tuples(st.sampled_from(("d", "e")), st.integers(0, 4), st.integers(1, 2), st.integers(0, 2)), max_size=9
).map(lambda rows: [(*k, f"e{v}") for k, v in {(d, i, i + n): e for d, i, n, e in rows}.items()])
"""Mentions without repeats."""


def values(name, gold, pred, docs=("d", "e")):
    sums = PROFILES[name].count(corpus(gold, docs), corpus(pred, docs)).totals()
    return {m.name.removeprefix(f"{name}."): float(m.value(sums)) for m in PROFILES[name].measures}


@pytest.mark.parametrize("name", PROFILES)
@settings(max_examples=40, deadline=None)
@given(SPANS, SPANS, st.randoms(use_true_random=False))
def test_neither_the_order_of_the_file_nor_the_names_of_entities_matter(name, gold, pred, random):
    renamed = [(*span, f"{9 - int(entity[1:])}{span[0]}") for *span, entity in pred]
    random.shuffle(renamed)
    assert values(name, gold, pred) == pytest.approx(values(name, gold, renamed), abs=1e-12)


@pytest.mark.parametrize("name", PROFILES)
@settings(max_examples=40, deadline=None)
@given(SPANS)
def test_a_prediction_equal_to_gold_is_perfect_or_has_nothing_to_compare(name, gold):
    found = values(name, gold, gold)
    if name == "coval":  # CEAFm: mentions per entity
        found = {figure: value for figure, value in found.items() if not figure.startswith("ceafm")}
    assert all(value == pytest.approx(1) or value == 0 for value in found.values() if value != found["conll"])


@pytest.mark.parametrize("name", PROFILES)
@settings(max_examples=40, deadline=None)
@given(SPANS, SPANS)
def test_sides_swap_but_for_the_key_only_rule(name, gold, pred):
    there, back = values(name, gold, pred), values(name, pred, gold)
    for figure, value in there.items():
        if not (name == "conll2012" and figure.startswith("blanc")):
            stem, _, kind = figure.rpartition(".")
            other = {"precision": "recall", "recall": "precision"}.get(kind, kind)
            assert value == pytest.approx(back[f"{stem}.{other}" if stem else other], abs=1e-12), figure


@pytest.mark.parametrize("name", PROFILES)
@settings(max_examples=40, deadline=None)
@given(SPANS, SPANS)
def test_counts_are_those_of_each_document_by_itself(name, gold, pred):
    whole = PROFILES[name].count(corpus(gold), corpus(pred))
    for i, doc in enumerate(whole.units):
        part = PROFILES[name].count(*(corpus([row for row in side if row[0] == doc], (doc,)) for side in (gold, pred)))
        for column, counted in part.columns.items():
            assert counted[0] == pytest.approx(whole.columns[column][i], rel=1e-12), column


@pytest.mark.parametrize("name", PROFILES)
def test_undefined_is_zero(name):
    assert set(values(name, [], []).values()) == {0.0}


@pytest.mark.parametrize("profile", DECLARED, ids=lambda profile: profile.name)
def test_a_profile_says_what_it_is(profile):
    assert all((profile.item, profile.container, profile.alignment, profile.normaliser, profile.averaging))
    assert profile.quirks
    counts = profile.count(corpus(GOLD), corpus(GOLD))
    for m in profile.measures:
        assert m.name.startswith(f"{profile.name}.")
        assert m.formula
        assert m.source
        assert not np.isnan(m.value(counts.totals()))
