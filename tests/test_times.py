"""Time expressions: what TIMEX3 values denote, relaxed spans, credit for what two values share, and the properties."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldwire
from goldwire.corpus import SCHEMAS
from goldwire.tasks import times
from goldwire.tasks.timex import interval, intervals, jaccard

DOCS = ("d0", "d1")
Expression = tuple[Any, ...]


def corpus(*rows: Expression, zones: tuple[Expression, ...] = ()) -> goldwire.Corpus:
    """Expressions as (document, start, end, type, value, resolved), zones as (document, zone, start, end)."""
    names = ("doc_id", "start", "end", "type", "value", "resolved")
    listed = [dict(zip(names, row, strict=False)) for row in rows]
    places = [dict(zip(("doc_id", "zone", "start", "end"), zone, strict=True)) for zone in zones]
    tables = {"times": listed, "zones": places} if zones else {"times": listed}
    return goldwire.Corpus(DOCS, {n: pa.Table.from_pylist(r, schema=SCHEMAS[n]) for n, r in tables.items()})


# what values denote ---------------------------------------------------------------------------------------------------


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        ("20", "2000-01-01", "2100-01-01"),
        ("19XX", "1900-01-01", "2000-01-01"),
        ("202", "2020-01-01", "2030-01-01"),
        ("198X", "1980-01-01", "1990-01-01"),
        ("2021", "2021-01-01", "2022-01-01"),
        ("2021-H2", "2021-07-01", "2022-01-01"),
        ("2021-Q1", "2021-01-01", "2021-04-01"),
        ("2021-Q4", "2021-10-01", "2022-01-01"),
        ("2021-SP", "2021-03-01", "2021-06-01"),
        ("2021-SU", "2021-06-01", "2021-09-01"),
        ("2021-FA", "2021-09-01", "2021-12-01"),
        ("2021-WI", "2021-12-01", "2022-03-01"),
        ("2021-12", "2021-12-01", "2022-01-01"),
        ("2021-W42", "2021-10-18", "2021-10-25"),
        ("2020-W53", "2020-12-28", "2021-01-04"),
        ("2021-W01", "2021-01-04", "2021-01-11"),
        ("2021-W42-WE", "2021-10-23", "2021-10-25"),
        ("2021-W42-3", "2021-10-20", "2021-10-21"),
        ("2024-02-29", "2024-02-29", "2024-03-01"),
        ("2021-10-20TMO", "2021-10-20T06:00", "2021-10-20T12:00"),
        ("2021-W42-3TNI", "2021-10-20T21:00", "2021-10-21T06:00"),
        ("2021-10-20T14", "2021-10-20T14:00", "2021-10-20T15:00"),
        ("2021-10-20T14:30", "2021-10-20T14:30", "2021-10-20T14:31"),
        ("2021-10-20T14:30:05", "2021-10-20T14:30:05", "2021-10-20T14:30:06"),
        ("2021-10-20T24:00", "2021-10-21T00:00", "2021-10-21T00:01"),
    ],
)
def test_a_value_is_a_stretch_of_the_calendar(value: str, start: str, end: str) -> None:
    assert interval(value) == (seconds(start), seconds(end))


@pytest.mark.parametrize(
    "value",
    [
        "PRESENT_REF", "PAST_REF", "FUTURE_REF", "P20Y", "PT5M", "XXXX-03", "XXXX-WXX-4", "2021-XX", "T14:30", "",
        "2021-13", "2021-00", "2021-02-29", "2021-W53", "2021-W00", "2021-W42-8", "2021-Q5", "2021-WI-1", "2021-W42TMO",
        "2021-10-20T25", "2021-10-20T14:60", "2021-10-20T24:01", "2021-10-20T14:30Z", "2021-10-20 ", "٢٠٢١",
    ],
)  # fmt: skip
def test_other_values_are_none(value: str) -> None:
    assert interval(value) is None


@given(st.dates())
def test_a_day_is_the_same_by_date_and_by_week(day: Any) -> None:
    year, week, weekday = day.isocalendar()
    if 1 <= year <= 9999:
        start = seconds(day.isoformat())
        assert interval(day.isoformat()) == (start, start + 86400)
        assert interval(f"{year:04}-W{week:02}-{weekday}") == (start, start + 86400)
        monday = day - timedelta(weekday - 1) if day.toordinal() >= weekday else None
        if monday is not None:
            assert interval(f"{year:04}-W{week:02}") == (
                seconds(monday.isoformat()),
                seconds(monday.isoformat()) + 7 * 86400,
            )


def test_a_column_of_values() -> None:
    start, end = intervals(pa.array(["2021-10-20", None, "P1D", "2021-10-20"]))
    day = seconds("2021-10-20")
    assert start.tolist() == [day, 0, 0, day]
    assert end.tolist() == [day + 86400, 0, 0, day + 86400]


def test_what_two_intervals_share() -> None:
    a, b = (np.array(column) for column in zip((0, 10), (0, 10), (0, 10), (0, 0), (0, 10), strict=True))
    c, d = (np.array(column) for column in zip((0, 10), (5, 20), (10, 12), (0, 10), (2, 4), strict=True))
    assert jaccard((a, b), (c, d)).tolist() == [1, 0.25, 0, 0, 0.2]


# worked examples ------------------------------------------------------------------------------------------------------


def test_relaxed_spans_overlap_and_pair_one_to_one() -> None:
    gold = corpus(("d0", 0, 10, "DATE", "2021-10-20"), ("d0", 20, 30, "DATE", "2021-W42"), ("d1", 0, 10, "SET", None))
    pred = corpus(
        ("d0", 3, 10, "DATE", "2021-10-20"),  # overlaps the first, same value
        ("d0", 0, 2, "DATE", "2021-10-20"),  # overlaps the first, which has its partner
        ("d0", 29, 40, "TIME", "2021-W43"),  # overlaps the second in one code point, another type and value
        ("d0", 30, 40, "DATE", "2021-W42"),  # touches the second
    )
    result = goldwire.score(pred, gold, tasks=["times"])
    assert result["times.span.f1"] == 0
    assert (result["times.span@relaxed.precision"], result["times.span@relaxed.recall"]) == (2 / 4, 2 / 3)
    assert (result["times.type@relaxed.precision"], result["times.type@relaxed.recall"]) == (1 / 4, 1 / 3)
    assert (result["times.value@relaxed.precision"], result["times.value@relaxed.recall"]) == (1 / 4, 1 / 3)


def test_as_many_pairs_as_there_can_be() -> None:
    # The long expressions of both sides are equal; pairing them would leave the short ones alone.
    gold, pred = [("d0", 0, 10, "DATE"), ("d0", 0, 2, "DATE")], [("d0", 0, 10, "DATE"), ("d0", 8, 10, "DATE")]
    assert times.count(corpus(*gold), corpus(*pred)).totals()["span_relaxed_gold"] == 2


def test_values_get_credit_for_the_time_they_share() -> None:
    gold = corpus(
        ("d0", 0, 4, "DATE", "2021-10-20"),
        ("d0", 10, 14, "DATE", "2021-W42"),
        ("d0", 20, 24, "DATE", "XXXX-10", "2021-10"),
        ("d0", 30, 34, "DATE", "PAST_REF"),
        ("d0", 40, 44, "DURATION", "P1D"),
        ("d1", 0, 4, "SET", None),
    )
    pred = corpus(
        ("d0", 0, 4, "DATE", "2021-W42-3"),  # the same day in other words: 1
        ("d0", 10, 14, "DATE", "2021-10-20"),  # a day of the week: 1/7
        ("d0", 20, 24, "DATE", "2021-Q4"),  # the month resolved is 31 of 92 days
        ("d0", 30, 34, "DATE", "PAST_REF"),  # equal, though on no calendar: 1
        ("d0", 40, 44, "DURATION", "PT24H"),  # as long, but not equal: 0
        ("d1", 0, 4, "SET", None),  # neither states a value: 1
        ("d1", 1, 4, "DATE", "2021"),  # no such span
    )
    result = goldwire.score(pred, gold, tasks=["times"])
    assert result["times.interval.recall"] == pytest.approx((3 + 1 / 7 + 31 / 92) / 6)
    assert result["times.interval.precision"] == pytest.approx((3 + 1 / 7 + 31 / 92) / 7)
    assert result["times.value.recall"] == pytest.approx(2 / 6)


def test_slices_by_type_and_by_zone_of_the_gold() -> None:
    zones = (("d0", "headline", 0, 20), ("d0", "body", 20, 90))
    gold = corpus(
        ("d0", 0, 4, "DATE", "2021"), ("d0", 19, 24, "SET", None), ("d0", 30, 34, "DATE", "2022"), zones=zones
    )
    pred = corpus(("d0", 0, 4, "DATE", "2021"), ("d0", 20, 24, "SET", None), ("d0", 90, 94, "DATE", "2022"))
    result = goldwire.score(pred, gold, tasks=["times"], slices=["zone", "type"])
    assert result["times.span.recall[zone=headline]"] == 1 / 2
    assert result["times.span.recall[zone=body]"] == 0
    assert result["times.span@relaxed.recall[zone=headline]"] == 1
    assert result["times.span@relaxed.precision[zone=body]"] == 1  # the predicted set begins there
    assert result["times.value.recall[type=DATE]"] == 1 / 2
    assert result["times.span.precision"] == 1 / 3  # one prediction lies in no zone


def test_nothing_predicted_and_nothing_to_find() -> None:
    some, none = corpus(("d0", 0, 4, "DATE", "2021")), corpus()
    for gold, pred, expected in ((some, none, [None, 0, 0]), (none, some, [0, None, 0]), (none, none, [None] * 3)):
        result = goldwire.score(pred, gold, tasks=["times"])
        for figure in ("span", "value@relaxed", "interval"):
            assert [result[f"times.{figure}.{name}"] for name in ("precision", "recall", "f1")] == expected


# brute force and properties -------------------------------------------------------------------------------------------


VALUES = ["2021-10-20", "2021-W42", "2021-10", "P1D", None]
expression = st.tuples(
    st.sampled_from(DOCS), st.integers(0, 4), st.integers(5, 8), st.sampled_from(["DATE", "SET"]),
    st.sampled_from(VALUES), st.sampled_from([None, None, "2021-10-19", "2021-10"]),
)  # fmt: skip
nested = st.tuples(
    st.sampled_from(DOCS), st.sampled_from([0, 2, 4]), st.sampled_from([1, 2]), st.just("DATE"), st.sampled_from(VALUES)
).map(lambda row: (row[0], row[1], row[1] + row[2], *row[3:]))
sides = st.lists(st.one_of(expression, nested), max_size=5)


def best(gold: list[Expression], pred: list[Expression], credit: Any) -> float:
    """The most credit of any one-to-one pairing, by trying all."""
    long, short = (gold, pred) if len(gold) >= len(pred) else (pred, gold)
    swap = long is pred
    return max(
        sum(credit(y, x) if swap else credit(x, y) for x, y in zip(chosen, short, strict=True))
        for chosen in itertools.permutations(long, len(short))
    )


def full(row: Expression) -> Expression:
    return (*row, None, None)[:6]


def shared(g: Expression, p: Expression) -> float:
    if g[:3] != p[:3]:
        return 0.0
    a, b = (row[5] or row[4] for row in (g, p))
    if a == b:
        return 1.0
    bounds = [interval(v) if v else None for v in (a, b)]
    if None in bounds:
        return 0.0
    days = [set(range(bound[0] // 86400, bound[1] // 86400)) for bound in bounds if bound]
    return len(days[0] & days[1]) / len(days[0] | days[1])


@settings(max_examples=120, deadline=None)
@given(sides, sides)
def test_counts_are_those_of_trying_every_pairing(gold: list[Expression], pred: list[Expression]) -> None:
    totals = times.count(corpus(*gold), corpus(*pred)).totals()
    g, p = [full(row) for row in gold], [full(row) for row in pred]
    columns = {"span": (), "type": (3,), "value": (4,), "resolved": (5,)}
    for figure, beside in columns.items():

        def alike(x: Expression, y: Expression, beside: tuple[int, ...] = beside) -> bool:
            return x[0] == y[0] and all(x[i] == y[i] for i in beside)

        strict = best(g, p, lambda x, y, alike=alike: alike(x, y) and x[1:3] == y[1:3])
        relaxed = best(g, p, lambda x, y, alike=alike: alike(x, y) and x[1] < y[2] and y[1] < x[2])
        assert totals[f"{figure}_gold"] == totals[f"{figure}_pred"] == strict
        assert totals[f"{figure}_relaxed_gold"] == totals[f"{figure}_relaxed_pred"] == relaxed
    assert totals["interval_gold"] == pytest.approx(best(g, p, shared))
    assert totals["interval_pred"] == pytest.approx(totals["interval_gold"])


@settings(max_examples=40, deadline=None)
@given(sides, sides, st.randoms())
def test_order_sides_and_document_splits(gold: list[Expression], pred: list[Expression], rng: random.Random) -> None:
    zones = (("d0", "headline", 0, 4), ("d1", "body", 0, 9))
    counts = times.count(corpus(*gold, zones=zones), corpus(*pred))
    shuffled = times.count(corpus(*rng.sample(gold, len(gold)), zones=zones), corpus(*rng.sample(pred, len(pred))))
    assert counts.to_table().to_pylist() == shuffled.to_table().to_pylist()  # slices included
    swapped = times.count(corpus(*pred), corpus(*gold)).totals()
    for name, value in counts.totals().items():
        stem, _, side = name.rpartition("_")
        other = f"{stem}_{'pred' if side == 'gold' else 'gold'}" if stem else {"gold": "pred", "pred": "gold"}[name]
        assert swapped[other] == pytest.approx(value)
    parts = [
        times.count(*(corpus(*(row for row in s if row[0] == doc)) for s in (gold, pred))).totals() for doc in DOCS
    ]
    assert {name: sum(part[name] for part in parts) for name in counts.totals()} == pytest.approx(counts.totals())


@settings(max_examples=40, deadline=None)
@given(sides, sides)
def test_asking_less_finds_more(gold: list[Expression], pred: list[Expression]) -> None:
    totals = times.count(corpus(*gold), corpus(*pred)).totals()
    for figure in times.FIGURES:
        assert totals[f"{figure}_gold"] <= totals[f"{figure}_relaxed_gold"] <= totals["span_relaxed_gold"]
        assert totals[f"{figure}_gold"] <= totals["span_gold"]
    assert totals["interval_gold"] <= totals["span_gold"] + 1e-9
    same = times.count(corpus(*gold), corpus(*gold)).totals()
    assert set(same.values()) == {float(len(gold))}


def test_many_expressions_at_one_place_and_many_places() -> None:
    rows = [("d0", 3 * i, 3 * i + 4, "DATE", "2021") for i in range(3000)] + [("d1", 0, 4, "DATE", "2021")] * 200
    assert set(times.count(corpus(*rows), corpus(*rows)).totals().values()) == {3200.0}
