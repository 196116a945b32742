"""Counts and the t quantile against their definitions, written out."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldwire.counts import Counts, Facet, overlapping
from goldwire.stats.intervals import t_quantile

UNITS = ("d0", "d1", "d2", "d3")
LABELS = ("A", "B", "C")
MORE_LABELS = LABELS + tuple(f"unused{i}" for i in range(200_000))
"""So many that a table of all keys is not laid out."""

rows = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(-1, 2), st.integers(-1, 0), st.integers(0, 5), st.sampled_from([0.0, 0.5])
    ),
    max_size=30,
)


def counts_of(listed: list[tuple[int, int, int, int, float]], labels: tuple[str, ...] = LABELS) -> Counts:
    """The rows summed by unit, type and level."""
    unit, kind, level, x, y = (list(column) for column in zip(*listed, strict=True)) if listed else ([],) * 5
    facets = {
        "type": Facet(np.array(kind, np.int64), labels),
        "level": Facet(np.array(level, np.int64), ("NAM",)),
    }
    return Counts.build(UNITS, np.array(unit, np.int64), facets, {"x": np.array(x, np.int64), "y": np.array(y)})


@pytest.mark.parametrize("labels", [LABELS, MORE_LABELS], ids=["few", "many"])
@settings(max_examples=60, deadline=None)
@given(rows)
def test_rows_of_one_unit_and_slice_are_summed(
    labels: tuple[str, ...], listed: list[tuple[int, int, int, int, float]]
) -> None:
    expected: dict[tuple[int, int, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for unit, kind, level, x, y in listed:
        expected[unit, kind, level][0] += x
        expected[unit, kind, level][1] += y
    counts = counts_of(listed, labels)
    keys = zip(counts.unit, counts.facets["type"].codes, counts.facets["level"].codes, strict=True)
    found = dict(zip(keys, zip(counts.columns["x"], counts.columns["y"], strict=True), strict=True))
    assert found == {key: tuple(sums) for key, sums in sorted(expected.items())}
    assert list(found) == sorted(expected)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.sets(st.integers(0, 2))), max_size=12))
def test_rows_with_several_labels_count_under_each_and_once_in_all(listed: list[tuple[int, set[int]]]) -> None:
    value = np.array([x for x, _ in listed], np.int64)
    owned = [(i, code) for i, (_, labels) in enumerate(listed) for code in labels]
    owner, code = (np.array(column, np.int64) for column in (zip(*owned, strict=True) if owned else ((), ())))
    row, codes, weight = overlapping(len(listed), owner, code)
    counts = Counts.build(UNITS, row * 0, {"type": Facet(codes, LABELS)}, {"x": value[row] * weight})
    assert counts.totals()["x"] == value.sum()
    for number, label in enumerate(LABELS):
        assert counts.select({"type": label}).totals()["x"] == sum(x for x, labels in listed if number in labels)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_sums_per_unit_are_those_of_its_rows(listed: list[tuple[int, int, int, int, float]]) -> None:
    counts = counts_of(listed)
    for _ in range(2):  # what is kept the first time is the same the second time
        plain, by_type = counts.per_unit(["y", "x"]), counts.per_unit(["x"], "type")
        assert plain.shape == (4, 2)
        assert by_type.shape == (4, 1, 3)
        for unit in range(4):
            own = [row for row in listed if row[0] == unit]
            assert plain[unit].tolist() == [sum(row[4] for row in own), sum(row[3] for row in own)]
            by_label = [sum(row[3] for row in own if row[1] == code) for code in range(3)]
            assert by_type[unit, 0].tolist() == by_label


def test_rows_that_are_the_units_need_no_summing_and_others_do() -> None:
    x = np.array([1.0, 2, 3])
    for unit, sums in (([0, 1, 2], [1, 2, 3]), ([2, 1, 0], [3, 2, 1]), ([0, 0, 2], [3, 0, 3])):
        assert Counts(UNITS[:3], np.array(unit), {}, {"x": x}).per_unit(["x"])[:, 0].tolist() == sums


@pytest.mark.parametrize("df", [1, 2, 3, 4, 5, 9, 30, 100, 4_999, 40_000, 10**6, 10**8])
def test_the_t_quantile_is_that_of_scipy(df: int) -> None:
    from scipy.special import stdtrit

    for level in (0.5, 0.8, 0.95, 0.99, 0.999):
        assert t_quantile(level, df) == pytest.approx(stdtrit(df, (1 + level) / 2), rel=2e-8)


def test_the_t_quantile_is_that_of_the_tables() -> None:
    # Student 1908 as in any textbook: t(.975; 1) = 12.706, t(.975; 4) = 2.776, t(.995; 10) = 3.169, normal 1.960
    expected = {(0.95, 1): 12.706, (0.95, 4): 2.776, (0.99, 10): 3.169, (0.95, 10**9): 1.960}
    for (level, df), value in expected.items():
        assert t_quantile(level, df) == pytest.approx(value, abs=5e-4)
