"""Events and times: the published scorers' disagreements as literals, a brute force of sets, and the properties."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldwire
from goldwire.corpus import SCHEMAS
from goldwire.tasks import coref, events, times

DOCS = ("d0", "d1")


def corpus(events: list[dict[str, Any]] | None = None, **tables: list[dict[str, Any]]) -> goldwire.Corpus:
    """Events as {"trigger": (start, end, type), "args": [(start, end, role)], "instance", "doc", attributes...}."""
    rows: dict[str, list[dict[str, Any]]] = {"triggers": [], "arguments": [], **tables}
    for i, event in enumerate(events or []):
        start, end, kind = event["trigger"]
        doc = event.get("doc", "d0")
        attributes = {k: event[k] for k in ("polarity", "modality", "tense", "genericity") if k in event}
        rows["triggers"].append(
            {"doc_id": doc, "event_id": str(i), "start": start, "end": end, "type": kind,
             "instance_id": event.get("instance"), **attributes}
        )  # fmt: skip
        for a_start, a_end, role in event.get("args", []):
            rows["arguments"].append({"doc_id": doc, "event_id": str(i), "start": a_start, "end": a_end, "role": role})
    built = {name: pa.Table.from_pylist(items, schema=SCHEMAS[name]) for name, items in rows.items()}
    return goldwire.Corpus(DOCS, built)


def percent(gold: goldwire.Corpus, pred: goldwire.Corpus, figure: str) -> list[float | None]:
    values = goldwire.score(pred, gold, tasks=["events"]).values
    numbers = [values[f"events.{figure}.{name}"].value for name in ("precision", "recall", "f1")]
    return [None if number is None else round(100 * number, 4) for number in numbers]


# Cases and peers' figures: run through TextEE, OneIE, DyGIE++, Text2Event and metametric on the tokens of article 003.
HOSTED = {"trigger": (6, 7, "Meet"), "args": [(0, 1, "Host"), (3, 5, "Participant"), (8, 9, "Place")]}


def test_two_events_that_share_an_argument_and_one_is_found() -> None:
    gold = corpus(
        [
            {"trigger": (1, 2, "Meet"), "args": [(5, 6, "Participant"), (17, 18, "Participant")]},
            {"trigger": (22, 23, "Meet"), "args": [(17, 18, "Participant")]},
        ]
    )
    one = [{"trigger": (1, 2, "Meet"), "args": [(17, 18, "Participant")]}]
    assert percent(gold, corpus(one), "tri_c") == [100, 50, 66.6667]
    assert percent(gold, corpus(one), "arg_c") == [100, 50, 66.6667]  # as TextEE and OneIE; multisets: [100, 33.3, 50]
    assert percent(gold, corpus(one), "arg_c_plus") == [100, 33.3333, 50]  # as TextEE attached, metametric
    both = [*one, {"trigger": (22, 23, "Meet"), "args": [(17, 18, "Participant")]}]
    assert percent(gold, corpus(both), "arg_c") == [100, 50, 66.6667]
    assert percent(gold, corpus(both), "arg_c_plus") == [100, 66.6667, 80]


def test_arguments_on_the_other_mention_of_the_event() -> None:
    gold, pred = corpus([HOSTED]), corpus([{**HOSTED, "trigger": (2, 3, "Meet")}])
    assert percent(gold, pred, "tri_i") == [0, 0, 0]
    assert percent(gold, pred, "arg_c") == [100, 100, 100]
    assert percent(gold, pred, "arg_c_plus") == [0, 0, 0]


def test_right_trigger_wrong_type() -> None:
    gold, pred = corpus([HOSTED]), corpus([{**HOSTED, "trigger": (6, 7, "Statement")}])
    assert percent(gold, pred, "tri_i") == [100, 100, 100]
    for figure in ("tri_c", "arg_i", "arg_c"):  # all five peers: an argument needs the event type
        assert percent(gold, pred, figure) == [0, 0, 0]


def test_one_argument_three_times_is_one_argument() -> None:
    gold = corpus([{"trigger": (6, 7, "Meet"), "args": [(8, 9, "Place")]}])
    pred = corpus([{"trigger": (6, 7, "Meet"), "args": [(8, 9, "Place")] * 3}])
    # sets, as TextEE, OneIE, DyGIE++; as multisets it is [33.3, 100, 50]
    assert percent(gold, pred, "arg_c") == [100, 100, 100]


def test_nothing_predicted() -> None:
    assert percent(corpus([HOSTED]), corpus(), "arg_c") == [None, 0, 0]
    assert percent(corpus(), corpus(), "tri_i") == [None, None, None]


def test_attributes_count_where_trigger_and_type_agree_and_both_sides_state_them() -> None:
    actual = {"polarity": "POS", "modality": "ASSERTED", "tense": "PAST", "genericity": "SPECIFIC"}
    gold = corpus(
        [{**HOSTED, **actual}, {"trigger": (9, 10, "Meet"), **actual}, {"trigger": (11, 12, "Call"), **actual}]
    )
    pred = corpus(
        [
            {**HOSTED, **actual, "tense": "FUTURE"},  # realis OTHER instead of ACTUAL
            {"trigger": (9, 10, "Meet"), "polarity": "POS"},  # states polarity only
            {"trigger": (11, 12, "Meet"), **actual},  # another type: not compared
        ]
    )
    values = goldwire.score(pred, gold, tasks=["events"]).values
    fractions = {a: (values[f"events.{a}.accuracy"].numerator, values[f"events.{a}.accuracy"].denominator)
                 for a in events.ATTRIBUTES}  # fmt: skip
    assert fractions == {
        "polarity": (2, 2), "modality": (1, 1), "tense": (0, 1), "genericity": (1, 1), "realis": (0, 1)
    }  # fmt: skip


def test_the_core_track_leaves_out_types_without_a_counterpart() -> None:
    gold = corpus([HOSTED, {"trigger": (1, 2, "Statement")}])
    result = goldwire.score(corpus([HOSTED]), gold, tasks=["events"])
    assert result["events.tri_c.recall"] == 0.5
    assert result["events.tri_c.recall[track=core]"] == 1.0
    assert result["events.tri_c.recall[track=other]"] == 0.0
    assert result["events.arg_c.recall[role=Host]"] == 1.0


def test_merging_two_contrasted_meetings_has_its_own_number() -> None:
    mentions = [
        ((0, 1), "tuesday"),
        ((2, 3), "tuesday"),
        ((4, 5), "wednesday"),
        ((6, 7), "wednesday"),
        ((8, 9), "march"),
    ]

    def side(instances: list[str | None]) -> goldwire.Corpus:
        rows = [
            {"trigger": (*span, "Meet"), "instance": i} for (span, _), i in zip(mentions, instances, strict=True) if i
        ]
        pairs = [("tuesday", "wednesday"), ("march", "tuesday"), ("march", "wednesday"), ("march", "unseen")]
        return corpus(rows, contrasts=[{"a": a, "b": b} for a, b in pairs])

    gold = side([instance for _, instance in mentions])
    right = coref.count_events(gold, gold).totals()
    assert (right["contrast_apart"], right["contrast_pairs"]) == (3, 3)
    merged = coref.count_events(gold, side(["m", "m", "m", "m", "x"])).totals()
    assert (merged["contrast_apart"], merged["contrast_pairs"]) == (2, 3)
    twice = coref.count_events(gold, side(["a", "b", "a", "b", "x"])).totals()  # joined in two clusters: one pair lost
    assert (twice["contrast_apart"], twice["contrast_pairs"]) == (2, 3)
    without = coref.count_events(gold, side(["a", "a", None, None, "x"])).totals()  # no mention of Wednesday: not asked
    assert (without["contrast_apart"], without["contrast_pairs"]) == (1, 1)


def test_contrasts_across_documents_are_asked_of_the_corpus_only() -> None:
    rows = [{"trigger": (0, 1, "Meet"), "instance": "t"}, {"trigger": (0, 1, "Meet"), "instance": "w", "doc": "d1"}]
    gold = corpus(rows, contrasts=[{"a": "t", "b": "w"}])
    pred = corpus([{**row, "instance": "x"} for row in rows])
    assert coref.count_events(gold, pred).totals()["contrast_pairs"] == 0
    corpus_wide = coref.count_events_corpus(gold, pred).totals()
    assert (corpus_wide["contrast_apart"], corpus_wide["contrast_pairs"]) == (0, 1)


# brute force and properties -------------------------------------------------------------------------------------------


span = st.tuples(st.integers(0, 3), st.integers(4, 6))
event = st.fixed_dictionaries(
    {
        "doc": st.sampled_from(DOCS),
        "trigger": st.tuples(st.integers(0, 3), st.integers(4, 5), st.sampled_from(["Meet", "Statement", "Odd"])),
        "args": st.lists(
            st.tuples(st.integers(0, 3), st.integers(4, 5), st.sampled_from(["Host", "Place"])), max_size=3
        ),
        "instance": st.sampled_from(["i", "j", None]),
        "tense": st.sampled_from(["PAST", "FUTURE"]),
    }
)
sides = st.lists(event, max_size=6)


def sets(rows: list[dict[str, Any]]) -> dict[str, set[tuple[Any, ...]]]:
    found: dict[str, set[tuple[Any, ...]]] = {name: set() for name in events.FIGURES}
    for row in rows:
        *bounds, kind = row["trigger"]
        doc = row["doc"]
        found["tri_i"].add((doc, *bounds))
        found["tri_c"].add((doc, *bounds, kind))
        for start, end, role in row["args"]:
            found["arg_i"].add((doc, kind, start, end))
            found["arg_c"].add((doc, kind, start, end, role))
            found["arg_i_plus"].add((doc, *bounds, kind, start, end))
            found["arg_c_plus"].add((doc, *bounds, kind, start, end, role))
    return found


@settings(max_examples=75, deadline=None)
@given(sides, sides)
def test_counts_are_those_of_python_sets(gold: list[dict[str, Any]], pred: list[dict[str, Any]]) -> None:
    totals = events.count(corpus(gold), corpus(pred)).totals()
    ours, theirs = sets(gold), sets(pred)
    for name in events.FIGURES:
        assert totals[f"{name}_gold"] == len(ours[name])
        assert totals[f"{name}_pred"] == len(theirs[name])
        assert totals[f"{name}_gold_found"] == totals[f"{name}_pred_right"] == len(ours[name] & theirs[name])


@settings(max_examples=20, deadline=None)
@given(sides, sides, st.randoms())
def test_order_and_document_splits_change_nothing(
    gold: list[dict[str, Any]], pred: list[dict[str, Any]], rng: random.Random
) -> None:
    whole = events.count(corpus(gold), corpus(pred)).totals()
    assert events.count(
        corpus(rng.sample(gold, len(gold))), corpus(rng.sample(pred, len(pred)))
    ).totals() == pytest.approx(whole)
    parts: dict[str, float] = {}
    for doc in DOCS:
        one = events.count(corpus([e for e in gold if e["doc"] == doc]), corpus([e for e in pred if e["doc"] == doc]))
        parts = {key: parts.get(key, 0) + value for key, value in one.totals().items()}
    assert parts == pytest.approx(whole)


@settings(max_examples=20, deadline=None)
@given(sides)
def test_events_against_themselves_are_perfect(rows: list[dict[str, Any]]) -> None:
    same = corpus(rows)
    for name, value in goldwire.score(same, same, tasks=["events"]).values.items():
        assert value.value in (None, 1.0), name


# times ----------------------------------------------------------------------------------------------------------------


def timed(*rows: tuple[str, int, int, str, str | None]) -> goldwire.Corpus:
    names = ("doc_id", "start", "end", "type", "value")
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=SCHEMAS["times"])
    return goldwire.Corpus(DOCS, {"times": table})


def test_times_worked_example() -> None:
    gold = timed(("d0", 0, 4, "DATE", "2021-10-20"), ("d0", 9, 12, "DURATION", "P1D"), ("d1", 0, 4, "DATE", None))
    pred = timed(
        ("d0", 0, 4, "DATE", "2021-10-19"),  # span and type
        ("d0", 9, 12, "DATE", "P1D"),  # span and value
        ("d1", 0, 4, "DATE", None),  # all three: null equals null
        ("d1", 0, 4, "DATE", None),  # a repeat is a false positive
    )
    result = goldwire.score(pred, gold)
    assert (result["times.span.precision"], result["times.span.recall"]) == (3 / 4, 1.0)
    assert result["times.type.recall"] == pytest.approx(2 / 3)
    assert result["times.value.recall"] == pytest.approx(2 / 3)
    assert result["times.value.accuracy"] == pytest.approx(2 / 3)


expression = st.tuples(
    st.sampled_from(DOCS),
    st.integers(0, 2),
    st.integers(3, 4),
    st.sampled_from(["DATE", "SET"]),
    st.sampled_from(["v", None]),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(expression, max_size=6), st.lists(expression, max_size=6))
def test_times_are_multisets(gold: list[tuple[Any, ...]], pred: list[tuple[Any, ...]]) -> None:
    from collections import Counter

    totals = times.count(timed(*gold), timed(*pred)).totals()
    for figure, columns in {"span": (0, 1, 2), "type": (0, 1, 2, 3), "value": (0, 1, 2, 4)}.items():
        ours, theirs = (Counter(tuple(row[i] for i in columns) for row in side) for side in (gold, pred))
        assert totals[f"{figure}_gold"] == totals[f"{figure}_pred"] == (ours & theirs).total()
