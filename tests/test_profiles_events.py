"""Profiles of event scorers: frozen outputs of those scorers, the pieces they are made of, and what holds for all."""

from __future__ import annotations

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
from goldwire.profiles.core import Profile
from goldwire.profiles.event_counts import greedy, last_rows, lookup
from goldwire.profiles.event_texts import Texts
from goldwire.profiles.events import PROFILES

CASES = json.loads((TESTS / "cases/profiles/events.json").read_text(encoding="utf-8"))
BY_NAME = {profile.name: profile for profile in PROFILES}

# Runs of the scorers themselves ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_profile_prints_what_its_scorer_printed(case: dict[str, Any], jsonl: Callable[..., Path]) -> None:
    gold, pred = jsonl(case["gold"], "gold.jsonl"), jsonl(case["pred"])
    what = {"profiles": [case["profile"]]} if case["profile"] else {"tasks": ["events"], **case["options"]}
    result = goldwire.score(pred, gold, **what)
    if case["profile"]:
        assert result.values.keys() == case["expected"].keys()
    for name, expected in case["expected"].items():
        value = result.values[name]
        if isinstance(expected, list):
            assert [value.numerator, value.denominator] == expected, name
            expected = expected[0] / expected[1]
        assert value.value == (None if expected is None else pytest.approx(expected, abs=5e-7)), name


def test_every_profile_is_pinned_by_runs_of_its_scorer() -> None:
    pinned = Counter(case["profile"] for case in CASES)
    assert all(pinned[profile.name] >= 5 for profile in PROFILES)


# The pieces -----------------------------------------------------------------------------------------------------------

DOCS = ("d0", "d1")
WORDS = "the 🦊 met Éva in Zürich and the U.S. in May"
PLAIN = "Foxes met Éva who flew from Zürich to Boston on Monday"  # no articles, no word twice


def side(events: list[dict[str, Any]], words: str = WORDS, *, text: bool = True) -> goldwire.Corpus:
    """Events as {"doc", "trigger": (first, last word, type), "args": [(first, last word, role)], "tense"}."""
    ends = np.cumsum([len(w) + 1 for w in words.split()]) - 1
    starts = ends - [len(w) for w in words.split()]
    rows: dict[str, list[dict[str, Any]]] = {"articles": [], "triggers": [], "arguments": []}
    if text:
        rows["articles"] = [{"doc_id": doc, "text": words} for doc in DOCS]
    for i, event in enumerate(events):
        first, last, kind = event["trigger"]
        about = {"doc_id": event.get("doc", "d0"), "event_id": str(i)}
        span = {"start": int(starts[first]), "end": int(ends[last])}
        rows["triggers"].append({**about, **span, "type": kind, "polarity": "POS", "modality": "ASSERTED",
                                 "tense": event.get("tense", "PAST"), "genericity": "SPECIFIC"})  # fmt: skip
        for first, last, role in event.get("args", []):
            rows["arguments"].append({**about, "start": int(starts[first]), "end": int(ends[last]), "role": role})
    return goldwire.Corpus(DOCS, {n: pa.Table.from_pylist(r, schema=SCHEMAS[n]) for n, r in rows.items()})


def values(profile: str | Profile, gold: goldwire.Corpus, pred: goldwire.Corpus) -> dict[str, float]:
    of = BY_NAME[profile] if isinstance(profile, str) else profile
    sums = {name: np.asarray(total) for name, total in of.count(gold, pred).totals().items()}
    return {m.name.removeprefix(f"{of.name}."): float(m.value(sums)) for m in of.measures}


@pytest.mark.parametrize("profile", ["text2event-string", "omnievent-string", "paie-text", "paie-head"])
def test_strings_need_the_text(profile: str) -> None:
    events = [{"trigger": (2, 2, "Meet"), "args": [(3, 3, "Agent")]}]
    with pytest.raises(UsageError, match="no text of document 'd0'"):
        values(profile, side(events, text=False), side(events))


def test_texts_are_cut_by_code_points() -> None:
    texts = Texts(side([]), step=100)
    unit = np.array([0, 1, 1, 0])
    cut = texts.cut(unit, np.array([4, 110, 190, 0]), np.array([5, 113, 195, 3]))
    assert cut.to_pylist() == ["🦊", "Éva", "", "the"]  # the third lies behind the end of the text


def test_what_is_left_unstated_has_the_whole_span_as_head() -> None:
    # "the U.S." against "U.S.": one head string only where a head says so, and none does.
    gold = side([{"trigger": (2, 2, "Meet"), "args": [(7, 8, "Place")]}])
    pred = side([{"trigger": (2, 2, "Meet"), "args": [(8, 8, "Place")]}])
    assert values("paie-head", gold, pred)["classification.f1"] == 0
    assert values("paie-text", gold, pred)["classification.f1"] == 1  # articles and punctuation are dropped
    assert values("bartgen", gold, pred)["role.f1"] == 1  # the gold loses its article
    assert values("bartgen-head", gold, pred)["role.f1"] == 1


def test_paie_has_no_f1_of_almost_nothing() -> None:
    # 1 of 30,000 on both sides: P + R = 1 / 15,000 is under its limit of 1 / 10,000.
    f1 = next(m for m in BY_NAME["paie"].measures if m.name == "paie.classification.f1")

    def of(matched: float) -> float:
        sums = {"gold": 30_000.0, "pred": 30_000.0, "matched": matched}
        return float(f1.value({f"classification_{name}": np.asarray(x) for name, x in sums.items()}))

    assert of(1) == 0
    assert of(2) == pytest.approx(1 / 15_000)


edges = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([0.25, 0.5, 1.0])), unique_by=lambda e: e[:2]
)


@given(edges)
def test_greedy_goes_down_the_weights(listed: list[tuple[int, int, float]]) -> None:
    taken: set[tuple[int, int]] = set()
    for row, col, _ in sorted(listed, key=lambda e: (-e[2], e[0], e[1])):
        if all(row != r and col != c for r, c in taken):
            taken.add((row, col))
    row, col, weight = (np.array([e[i] for e in listed], t) for i, t in enumerate((np.int64, np.int64, np.float64)))
    ours = greedy(row, col, weight)
    assert {(int(row[i]), int(col[i])) for i in ours} == taken
    assert len(ours) == len(taken)


def test_greedy_along_a_chain_of_ties() -> None:
    # Bricks: prediction i overlaps gold i and i + 1 alike, and each is decided by the one before it.
    i = np.arange(1000)
    row, col = np.repeat(i, 2), np.stack([i, i + 1], axis=1).ravel()
    taken = greedy(row, col, np.full(2000, 0.5))
    assert sorted(zip(row[taken].tolist(), col[taken].tolist(), strict=True)) == [(k, k) for k in range(1000)]


@given(st.lists(st.integers(0, 4)), st.lists(st.integers(0, 4)))
def test_dictionaries_in_columns(keys: list[int], asked: list[int]) -> None:
    table = np.array(keys, np.int64)
    assert {keys[i]: i for i in range(len(keys))} == {keys[i]: i for i in last_rows(table).tolist()}
    first = {key: i for i, key in reversed(list(enumerate(keys)))}
    assert lookup(np.array(asked, np.int64), table).tolist() == [first.get(key, -1) for key in asked]


# Properties -----------------------------------------------------------------------------------------------------------

word = st.integers(0, 3)
argument = st.tuples(word, word.map(lambda w: w + 4), st.sampled_from(["Agent", "Place"]))
event = st.fixed_dictionaries(
    {
        "doc": st.sampled_from(DOCS),
        "trigger": st.tuples(word, word.map(lambda w: w + 4), st.sampled_from(["Meet", "Call", "Die"])),
        "args": st.lists(argument, max_size=3),
        "tense": st.sampled_from(["PAST", "FUTURE"]),
    }
)
events = st.lists(event, max_size=5)
profiles = st.sampled_from(PROFILES)
ordered = {"oneie", "dygie", "kbp2017"}
"""Profiles that depend on the order of the file; each says so."""
mirrored = {"textee", "text2event", "text2event-string", "omnievent", "omnievent-string", "rams", "rams-as-shipped"}
"""Profiles that treat both sides alike."""


def counted(profile: Profile, gold: list[dict[str, Any]], pred: list[dict[str, Any]]) -> dict[str, list[float]]:
    counts = profile.count(side(gold, PLAIN), side(pred, PLAIN))
    assert counts.units == DOCS
    return {name: column.tolist() for name, column in counts.columns.items()}


@settings(max_examples=40, deadline=None)
@given(profiles, events, events)
def test_documents_are_counted_one_by_one(
    profile: Profile, gold: list[dict[str, Any]], pred: list[dict[str, Any]]
) -> None:
    whole = counted(profile, gold, pred)
    for i, doc in enumerate(DOCS):
        alone = counted(profile, *([e for e in s if e["doc"] == doc] for s in (gold, pred)))
        assert {n: column[i] for n, column in alone.items()} == pytest.approx({n: c[i] for n, c in whole.items()})


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([p for p in PROFILES if p.name not in ordered]), events, events, st.randoms(use_true_random=False)
)
def test_order_plays_no_part_in_sets_and_lists(
    profile: Profile, gold: list[dict[str, Any]], pred: list[dict[str, Any]], rng: random.Random
) -> None:
    shuffled = [
        [{**e, "args": rng.sample(e["args"], len(e["args"]))} for e in rng.sample(s, len(s))] for s in (gold, pred)
    ]
    assert counted(profile, *shuffled) == counted(profile, gold, pred)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([p for p in PROFILES if p.name in mirrored]), events, events)
def test_sides_change_places(profile: Profile, gold: list[dict[str, Any]], pred: list[dict[str, Any]]) -> None:
    sides = side(gold, PLAIN), side(pred, PLAIN)
    there, back = values(profile, *sides), values(profile, *sides[::-1])
    other = {"precision": "recall", "recall": "precision", "f1": "f1"}
    for name, value in there.items():
        figure, _, ratio = name.rpartition(".")
        assert back[f"{figure}.{other[ratio]}"] == pytest.approx(value)


@settings(max_examples=40, deadline=None)
@given(profiles, events, events)
def test_labels_are_only_told_apart(profile: Profile, gold: list[dict[str, Any]], pred: list[dict[str, Any]]) -> None:
    names = {"Meet": "Z", "Call": "y", "Die": "X", "Agent": "r2", "Place": "r1"}

    def renamed(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {
                **e,
                "trigger": (*e["trigger"][:2], names[e["trigger"][2]]),
                "args": [(*a[:2], names[a[2]]) for a in e["args"]],
            }
            for e in listed
        ]

    assert counted(profile, renamed(gold), renamed(pred)) == counted(profile, gold, pred)


@settings(max_examples=40, deadline=None)
@given(profiles, st.lists(event, max_size=4, unique_by=lambda e: (e["doc"], e["trigger"][:2])))
def test_events_against_themselves_are_perfect(profile: Profile, listed: list[dict[str, Any]]) -> None:
    # One event at a trigger and an argument once in a document: what no quirk touches.
    seen: set[tuple[Any, ...]] = set()
    plain = []
    for e in listed:
        new = {(e["doc"], *a[:2]): a for a in e["args"] if (e["doc"], *a[:2]) not in seen}
        seen |= new.keys()
        plain.append({**e, "args": list(new.values())})
    same = side(plain, PLAIN)
    for name, value in values(profile, same, same).items():
        about_triggers = profile.name == "kbp2017" or name.startswith("trig")
        if plain if about_triggers else seen:
            assert value == pytest.approx(1.0), name
        else:
            assert value == 0 or (profile.name == "kbp2017" and np.isnan(value)), name


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([p for p in PROFILES if p.name not in {"dygie", "kbp2017"}]), events, events, event)
def test_one_more_prediction_loses_no_match(
    profile: Profile, gold: list[dict[str, Any]], pred: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    before, after = counted(profile, gold, pred), counted(profile, gold, [*pred, more])
    for name in before:
        if name.endswith("_matched"):
            assert all(x <= y for x, y in zip(before[name], after[name], strict=True)), name


@settings(max_examples=40, deadline=None)
@given(events, events)
def test_sets_and_lists_are_those_of_python(gold: list[dict[str, Any]], pred: list[dict[str, Any]]) -> None:
    def items(listed: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
        return Counter((e["doc"], e["trigger"][2], *a) for e in listed for a in e["args"])

    ours, theirs = items(gold), items(pred)
    sets = BY_NAME["textee"].count(side(gold), side(pred)).totals()
    assert [sets[f"argument_cls_{x}"] for x in ("gold", "pred", "matched")] == [
        len(ours), len(theirs), len(ours.keys() & theirs.keys())
    ]  # fmt: skip
    lists = BY_NAME["text2event"].count(side(gold), side(pred)).totals()
    assert [lists[f"role_{x}"] for x in ("gold", "pred", "matched")] == [
        ours.total(), theirs.total(), (ours & theirs).total()
    ]  # fmt: skip
