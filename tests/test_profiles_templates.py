"""Profiles of document-level event scorers: frozen outputs of those scorers, their pieces, and what holds for all."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldwire
from conftest import TESTS
from goldwire.corpus import SCHEMAS
from goldwire.errors import UsageError
from goldwire.profiles.bags import Bags, best_pairs
from goldwire.profiles.strings import entity_strings, normalised, span_strings, string_pairs
from goldwire.profiles.templates import PROFILES
from goldwire.tasks.templates import read_templates

CASES = json.loads((TESTS / "cases/profiles/templates.json").read_text(encoding="utf-8"))
OF_STRINGS = [profile for profile in PROFILES if profile.name != "maven-ere"]

# Runs of the scorers themselves ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_profile_prints_what_its_scorer_printed(case: dict[str, Any], jsonl: Callable[..., Path]) -> None:
    result = goldwire.score(jsonl(case["pred"]), jsonl(case["gold"], "gold.jsonl"), profiles=[case["profile"]])
    assert result.values.keys() == case["expected"].keys()
    for name, expected in case["expected"].items():
        value = result.values[name]
        if isinstance(expected, list):
            assert [value.numerator, value.denominator] == pytest.approx(expected), name
            expected = expected[0] / expected[1]
        assert value.value == (None if expected is None else pytest.approx(expected, abs=1e-9)), name


def test_every_profile_is_pinned_by_runs_of_its_scorer() -> None:
    pinned = Counter(case["profile"] for case in CASES)
    assert all(pinned[profile.name] >= 5 for profile in PROFILES)


# Strings --------------------------------------------------------------------------------------------------------------


TEXT = "The 🦊 met Éva in Zürich; the fox, a U.S. fox, met the éva."
SPANS = [(m, n) for m, n in itertools.combinations([0, 4, 5, 6, 9, 10, 13, 14, 16, 17, 23, 24, 29, 32], 2) if n - m < 9]
SPANS += [(25, 32), (29, 32), (36, 40), (41, 44), (50, 57), (54, 57)]


def test_strings_are_normalised_as_answers_of_squad() -> None:
    assert normalised(" The  U.S. 'army', a.n.   AN army ") == "us army army"
    assert normalised("theatre a la carte") == "theatre la carte"
    assert normalised("the—a") == "—"  # a dash that is not ASCII parts words and stays
    assert normalised("An a, the.") == ""


def side(rows: list[dict[str, Any]], *, text: str | None = TEXT, docs: tuple[str, ...] = ("d0",)) -> goldwire.Corpus:
    """Events as {"doc", "trigger", "type", "instance", "args": [(role, start, end, entity)]}."""
    tables: dict[str, list[dict[str, Any]]] = {"articles": [], "triggers": [], "arguments": [], "mentions": []}
    if text is not None:
        tables["articles"] = [{"doc_id": doc, "text": text} for doc in docs]
    for i, row in enumerate(rows):
        of = {"doc_id": row.get("doc", "d0"), "event_id": str(i)}
        start, end = row.get("trigger", (6, 9))
        tables["triggers"].append(
            {**of, "start": start, "end": end, "type": row.get("type", "Meet"), "instance_id": row.get("instance")}
        )
        for role, start, end, entity in row.get("args", []):
            tables["arguments"].append({**of, "role": role, "start": start, "end": end, "entity_id": entity})
    return goldwire.Corpus(docs, {n: pa.Table.from_pylist(r, schema=SCHEMAS[n]) for n, r in tables.items()})


def test_spans_are_cut_from_the_gold_text_by_code_points() -> None:
    start, end = (np.array(column, np.int64) for column in zip(*SPANS, strict=True))
    codes, texts = span_strings(side([]), (np.zeros_like(start), start, end))
    assert [texts[code] for code in codes[0].tolist()] == [TEXT[a:b] for a, b in SPANS]


def test_an_entity_lists_each_string_of_the_text_once_in_text_order() -> None:
    fox = [("Agent", 41, 44, "fox"), ("Agent", 25, 32, "fox"), ("Agent", 29, 32, "fox"), ("Agent", 41, 44, None)]
    g, p, _, _ = read_templates(side([{"args": fox}]), side([{"args": [("Agent", 29, 32, None)]}]))
    ours, theirs = entity_strings(side([]), (g, p))
    assert ours.length.tolist() == [2, 1]  # "the fox" and "fox", said twice; the span on its own
    assert ours.place.tolist() == [0, 1, 0]
    assert len(set(ours.norm.tolist())) == 1  # all of them are "fox"
    pairs = string_pairs((g, p), (ours, theirs))
    assert list(zip(pairs.gold.tolist(), pairs.gold_hits.tolist(), pairs.pred_hits.tolist(), strict=True)) == [
        (0, 2, 1), (1, 1, 1)
    ]  # fmt: skip


@pytest.mark.parametrize("profile", OF_STRINGS, ids=lambda profile: profile.name)
def test_strings_need_a_text(profile: goldwire.profiles.Profile) -> None:
    rows = [{"args": [("Agent", 10, 13, None)]}]
    with pytest.raises(UsageError, match="no text of document 'd0'"):
        profile.count(side(rows, text=None), side(rows))


# Bags of words --------------------------------------------------------------------------------------------------------


def by_counting(gold: str, pred: str) -> tuple[float, float, float, float]:
    ours, theirs = Counter(gold.split()), Counter(pred.split())
    common = (ours & theirs).total()
    p, r = (common / (side.total() or 1) for side in (theirs, ours))
    return float(gold == pred), p, r, 2 * p * r / (p + r) if common else 0.0


words = st.lists(st.sampled_from(["moscow", "talks", "of"]), max_size=4).map(" ".join)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(words, words), max_size=6))
def test_scores_of_bags_are_those_of_counters(pairs: list[tuple[str, str]]) -> None:
    bags = Bags([text for pair in pairs for text in pair])
    found = bags.scores(bags.of_text[::2], bags.of_text[1::2])
    assert [tuple(row) for row in np.transpose(found).tolist()] == [by_counting(*pair) for pair in pairs]


blocks = st.lists(
    st.tuples(st.lists(words, min_size=1, max_size=4), st.lists(words, min_size=1, max_size=4)), max_size=4
)


@settings(max_examples=80, deadline=None)
@given(blocks)
def test_the_alignment_of_strings_is_a_best_one(lists: list[tuple[list[str], list[str]]]) -> None:
    sides = [[text for pair in lists for text in pair[i]] for i in (0, 1)]
    cells = [np.repeat(np.arange(len(lists)), [len(pair[i]) for pair in lists]) for i in (0, 1)]
    bags = Bags([*sides[0], *sides[1]])
    bag = bags.of_text[: len(sides[0])], bags.of_text[len(sides[0]) :]
    both = np.arange(len(lists)), np.arange(len(lists))
    block, row, col = best_pairs(cells[0], cells[1], both, bags, bag, np.arange(len(sides[0])))
    assert len(set(row.tolist())) == len(row)
    assert len(set(col.tolist())) == len(col)
    assert (cells[0][row] == block).all()
    assert (cells[1][col] == block).all()
    total = np.bincount(block, bags.scores(bag[0][row], bag[1][col])[3], len(lists))
    best = [
        max(
            sum(by_counting(x, y)[3] for x, y in zip(long, short, strict=False))
            for long in itertools.permutations(max(pair, key=len))
            for short in [min(pair[::-1], key=len)]
        )
        for pair in lists
    ]
    assert total.tolist() == pytest.approx(best)


# Properties -----------------------------------------------------------------------------------------------------------


DOCS = ("d0", "d1")
argument = st.tuples(
    st.sampled_from(["Agent", "Place"]), st.sampled_from(SPANS), st.sampled_from([None, "x", "y"])
).map(lambda drawn: (drawn[0], *drawn[1], drawn[2]))
event = st.fixed_dictionaries(
    {
        "doc": st.sampled_from(DOCS),
        "type": st.sampled_from(["Meet", "Attack / Strike", "Strike"]),
        "trigger": st.sampled_from(SPANS[:4]),
        "instance": st.sampled_from([None, "i", "j"]),
        "args": st.lists(argument, max_size=4),
    }
)
sides = st.lists(event, max_size=5)


def counted(
    profile: goldwire.profiles.Profile, gold: list[dict[str, Any]], pred: list[dict[str, Any]]
) -> dict[str, float]:
    return profile.count(side(gold, docs=DOCS), side(pred, docs=DOCS)).totals()


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
@settings(max_examples=12, deadline=None)
@given(sides, sides, st.randoms())
def test_counts_add_up_over_documents_and_ids_mean_nothing(
    profile: goldwire.profiles.Profile, gold: list[dict[str, Any]], pred: list[dict[str, Any]], rng: random.Random
) -> None:
    whole = counted(profile, gold, pred)
    parts = [counted(profile, *([e for e in s if e["doc"] == doc] for s in (gold, pred))) for doc in DOCS]
    assert {name: sum(part[name] for part in parts) for name in whole} == pytest.approx(whole)
    entities = dict(zip(["x", "y", None], [*rng.sample(["q", "a"], 2), None], strict=True))
    named = [
        {**e, "instance": e["instance"] and e["instance"] * 2, "args": [(*a[:3], entities[a[3]]) for a in e["args"]]}
        for e in pred
    ]
    assert counted(profile, gold, named) == pytest.approx(whole)


@pytest.mark.parametrize("name", ["grit", "iterx-phi3"])
@settings(max_examples=20, deadline=None)
@given(gold=sides, pred=sides, rng=st.randoms())
def test_order_changes_nothing_where_no_solver_takes_the_first_of_equals(
    name: str, gold: list[dict[str, Any]], pred: list[dict[str, Any]], rng: random.Random
) -> None:
    profile = next(profile for profile in PROFILES if profile.name == name)
    shuffled = [{**e, "args": rng.sample(e["args"], len(e["args"]))} for e in rng.sample(pred, len(pred))]
    assert counted(profile, gold, shuffled) == pytest.approx(counted(profile, gold, pred))


DIFFERENT = [(4, 5), (6, 9), (10, 13), (17, 23), (29, 32), (36, 40)]
"""Spans of which no two have the same string."""


@settings(max_examples=20, deadline=None)
@given(sides, st.data())
def test_the_gold_itself_is_perfect_where_entities_are_told_apart_by_their_strings(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    # Not for MAVEN-Arg, which wants as many strings as gold has mentions, nor for MAVEN-ERE's BLANC without links.
    rows = [
        {**e, "type": "Meet", "args": [(a[0], *data.draw(st.sampled_from(DIFFERENT)), None) for a in e["args"]]}
        for e in rows
    ]
    for profile in PROFILES[:3]:
        totals = counted(profile, rows, rows)
        assert {value for name, value in totals.items() if name != "prop"} == {totals["gold"]}
