"""Resampling, intervals, paired tests, corrections and power, as functions of count matrices."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from goldwire.stats.intervals import influence, jackknife_error, linearised_t, percentile, standard_error
from goldwire.stats.paired import FlipTest, holm, max_t, mcnemar, sign_flips, smallest_p
from goldwire.stats.power import detectable_difference, units_needed
from goldwire.stats.resampling import EXACT_FLIPS, bootstrap_totals, exact_bootstrap, flip_signs


def ratio(sums: np.ndarray) -> np.ndarray:
    """Matched over gold."""
    return sums[..., 0] / np.where(sums[..., 1] == 0, np.nan, sums[..., 1])


A = np.array([[3, 5], [2, 4], [1, 3], [4, 5], [3, 3]], float)
"""Five documents, 13 of 20 found."""
WORSE = A - np.array([1, 0])
"""The same with one less found in each."""


class TestResamples:
    def test_three_units_have_ten_resamples_with_multinomial_probabilities(self) -> None:
        weights, probability = exact_bootstrap(3)
        found = {tuple(row): p for row, p in zip(weights.tolist(), probability.tolist(), strict=True)}
        assert len(found) == 10
        assert found[(3, 0, 0)] == pytest.approx(1 / 27)
        assert found[(2, 1, 0)] == pytest.approx(3 / 27)
        assert found[(1, 1, 1)] == pytest.approx(6 / 27)

    @pytest.mark.parametrize("n", [2, 5, 9])
    def test_the_probabilities_add_up(self, n: int) -> None:
        weights, probability = exact_bootstrap(n)
        assert len(weights) == math.comb(2 * n - 1, n)
        assert probability.sum() == pytest.approx(1)
        assert np.all(weights.sum(axis=1) == n)

    def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(self) -> None:
        counts = np.random.default_rng(1).integers(0, 9, (40, 3)).astype(float)
        once, again = (bootstrap_totals(counts, 500, seed=7) for _ in range(2))
        assert np.array_equal(once, again)
        assert not np.array_equal(once, bootstrap_totals(counts, 500, seed=8))

    def test_rational_counts_are_summed_in_double_precision(self) -> None:
        counts = np.full((30, 1), 1 / 3)
        assert bootstrap_totals(counts, 50, seed=0) == pytest.approx(10.0, abs=1e-12)

    def test_drawn_resamples_agree_with_the_enumerated_ones(self) -> None:
        weights, probability = exact_bootstrap(5)
        exact = probability @ ratio(weights @ A)
        drawn = ratio(bootstrap_totals(A, 40_000, seed=3)).mean()
        assert drawn == pytest.approx(exact, abs=0.002)

    def test_few_units_get_all_assignments_of_signs_and_the_first_changes_nothing(self) -> None:
        signs, exact = flip_signs(3, 100, seed=0)
        assert exact
        assert signs[0].tolist() == [1, 1, 1]
        assert sorted(map(tuple, signs.tolist())) == sorted(itertools.product([0, 1], repeat=3))
        assert flip_signs(EXACT_FLIPS + 1, 100, seed=0)[1] is False


class TestIntervals:
    def test_a_ratio_has_the_textbook_standard_error(self) -> None:
        # F = 13/20; residuals n - F d = -.25, -.6, -.95, .75, 1.05; sum of squares 2.99; SE = sqrt(5/4 * 2.99) / 20
        assert standard_error(influence(A, ratio)) == pytest.approx(math.sqrt(1.25 * 2.99) / 20, rel=1e-6)

    def test_the_t_interval_uses_units_minus_one_degrees_of_freedom(self) -> None:
        low, high = linearised_t(A, ratio)
        half = 2.7764451 * math.sqrt(1.25 * 2.99) / 20  # t(.975; 4)
        assert (low, high) == (pytest.approx(0.65 - half, abs=1e-6), pytest.approx(0.65 + half, abs=1e-6))

    def test_the_percentile_interval_of_few_units_needs_no_seed(self) -> None:
        assert percentile(A, ratio, seed=1) == percentile(A, ratio, seed=2)

    def test_the_percentile_interval_of_two_units_is_worked_out_by_hand(self) -> None:
        # resamples: both the first (1/4) -> 0, mixed (1/2) -> 1/2, both the second (1/4) -> 1
        two = np.array([[0, 2], [2, 2]], float)
        assert percentile(two, ratio, level=0.95) == (0.0, 1.0)
        assert percentile(two, ratio, level=0.4) == (0.5, 0.5)

    def test_there_is_no_interval_where_nothing_varies_or_nothing_is_defined(self) -> None:
        assert math.isnan(linearised_t(np.array([[2, 2], [3, 3]], float), ratio).low)
        assert math.isnan(percentile(np.zeros((4, 2)), ratio).low)
        assert math.isnan(percentile(A[:1], ratio).low)


class TestSignFlips:
    def test_five_documents_can_reach_p_one_sixteenth_and_no_less(self) -> None:
        signs, exact = flip_signs(5, 0, seed=0)
        test = sign_flips(A, WORSE, ratio, signs, exact)
        assert test.difference == pytest.approx(0.25)
        assert test.p == 2 / 32 == smallest_p(5, 0, exact=True)

    def test_the_p_value_is_the_share_of_assignments_at_least_as_extreme(self) -> None:
        # Gains of 1, 1 and -1 of 3: |difference| >= 1/3 under every one of the 8 assignments (they give 3, 1, -1, -3).
        first = np.array([[2, 3], [2, 3], [1, 3]], float)
        second = np.array([[1, 3], [1, 3], [2, 3]], float)
        signs, exact = flip_signs(3, 0, seed=0)
        assert sign_flips(first, second, ratio, signs, exact).p == 1.0

    @pytest.mark.parametrize("n", [5, 40])
    def test_a_system_against_itself_gives_one(self, n: int) -> None:
        # sacrebleu's paired bootstrap compares with > and gives 0.0001 here
        counts = np.random.default_rng(0).integers(1, 9, (n, 2)).astype(float)
        signs, exact = flip_signs(n, 500, seed=0)
        assert sign_flips(counts, counts.copy(), ratio, signs, exact).p == 1.0

    def test_a_drawn_test_never_gives_zero(self) -> None:
        better = np.tile([[9.0, 10.0]], (60, 1))
        worse = np.tile([[1.0, 10.0]], (60, 1))
        signs, exact = flip_signs(60, 999, seed=0)
        assert sign_flips(better, worse, ratio, signs, exact).p == 1 / 1000 == smallest_p(60, 999, exact)

    def test_an_undefined_difference_has_no_p(self) -> None:
        signs, exact = flip_signs(5, 0, seed=0)
        assert math.isnan(sign_flips(A, np.zeros_like(A), ratio, signs, exact).p)

    @settings(max_examples=60, deadline=None)
    @given(
        arrays.arrays(float, (6, 2), elements=st.integers(0, 9)),
        arrays.arrays(float, (6, 2), elements=st.integers(0, 9)),
    )
    def test_the_order_of_systems_and_of_units_does_not_matter(self, a: np.ndarray, b: np.ndarray) -> None:
        a[:, 1] += 1
        b[:, 1] += 1
        signs, exact = flip_signs(6, 0, seed=0)
        forward = sign_flips(a, b, ratio, signs, exact)
        assert sign_flips(b, a, ratio, signs, exact).p == pytest.approx(forward.p)
        assert sign_flips(a[::-1], b[::-1], ratio, signs, exact).p == pytest.approx(forward.p)
        assert 2 / 64 <= forward.p <= 1


class TestAgainstIndependentComputation:
    """The same figures by loops over every resample and every assignment, for few units."""

    UNITS = 4
    ONE = np.array([[3, 5], [2, 4], [1, 3], [4, 5]], float)
    TWO = np.array([[4, 5], [2, 4], [3, 3], [3, 5]], float)

    def test_exact_flips(self) -> None:
        observed = 12 / 17 - 10 / 17
        differences = []
        for swaps in itertools.product([0, 1], repeat=self.UNITS):
            a = sum(int((self.TWO if s else self.ONE)[i, 0]) for i, s in enumerate(swaps))
            b = sum(int((self.ONE if s else self.TWO)[i, 0]) for i, s in enumerate(swaps))
            differences.append(abs(a - b) / 17)
        expected = sum(d >= observed - 1e-12 for d in differences) / 16
        assert sign_flips(self.TWO, self.ONE, ratio, *flip_signs(self.UNITS, 0, 0)).p == expected

    def test_exact_bootstrap(self) -> None:
        drawn = sorted(
            sum(self.ONE[i, 0] for i in units) / sum(self.ONE[i, 1] for i in units)
            for units in itertools.product(range(self.UNITS), repeat=self.UNITS)
        )
        assert len(drawn) == 256
        low, high = percentile(self.ONE, ratio)
        assert low == pytest.approx(drawn[math.ceil(0.025 * 256) - 1])
        assert high == pytest.approx(drawn[math.ceil(0.975 * 256) - 1])

    def test_max_t(self) -> None:
        base = np.array([[2, 5], [2, 4], [1, 3], [3, 5]], float)
        signs, exact = flip_signs(self.UNITS, 0, 0)
        tests = [sign_flips(other, base, ratio, signs, exact) for other in (self.ONE, self.TWO)]
        studentised = []
        for swaps in itertools.product([0, 1], repeat=self.UNITS):
            row = []
            for other in (self.ONE, self.TWO):
                a = sum((base if s else other)[i, 0] for i, s in enumerate(swaps))
                b = sum((other if s else base)[i, 0] for i, s in enumerate(swaps))
                row.append((a - b) / 17)
            studentised.append(row)
        table = np.abs(np.array(studentised) / np.std(studentised, axis=0))
        expected = [(table.max(axis=1) >= table[0, k] - 1e-12).mean() for k in (0, 1)]
        assert max_t(tests) == pytest.approx(expected)

    @pytest.mark.parametrize(("one", "other", "p"), [(0, 0, 1.0), (3, 3, 1.0), (0, 5, 2 / 32), (1, 5, 2 * 7 / 64)])
    def test_mcnemar(self, one: int, other: int, p: float) -> None:
        # of n items that differ, 2 P(X <= min) with X of n coins: (1 + 6) of 64 for 1 of 6
        assert mcnemar(one, other) == mcnemar(other, one) == pytest.approx(p)

    def test_the_jackknife_of_a_mean_is_its_textbook_error(self) -> None:
        values = np.array([1.0, 4.0, 2.0, 9.0])
        left_out = (values.sum() - values) / 3
        assert jackknife_error(left_out) == pytest.approx(np.std(values, ddof=1) / 2)


class TestCorrections:
    def test_holm_on_a_worked_example(self) -> None:
        # sorted .01 * 4, .02 * 3, .03 * 2, .04 * 1, never falling
        assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])

    def test_holm_leaves_out_what_is_undefined(self) -> None:
        adjusted = holm([0.02, math.nan, 0.04])
        assert adjusted[0] == pytest.approx(0.04)
        assert math.isnan(adjusted[1])
        assert adjusted[2] == pytest.approx(0.04)

    @given(st.lists(st.floats(0, 1), max_size=8))
    def test_holm_never_lowers_and_keeps_the_order(self, p: list[float]) -> None:
        adjusted = holm(p)
        assert all(b >= a for a, b in zip(p, adjusted, strict=True))
        by_p = [adjusted[i] for i in np.argsort(p, kind="stable")]
        assert by_p == sorted(by_p)

    def test_max_t_of_one_test_changes_nothing_and_of_equal_tests_neither(self) -> None:
        signs, exact = flip_signs(5, 0, seed=0)
        test = sign_flips(A, WORSE, ratio, signs, exact)
        assert max_t([test]) == [test.p]
        assert max_t([test, test]) == [test.p, test.p]  # Holm would double it

    def test_max_t_is_between_the_raw_p_and_bonferroni(self) -> None:
        rng = np.random.default_rng(5)
        signs, exact = flip_signs(30, 2000, seed=0)
        base = rng.integers(0, 5, (30, 2)).astype(float) + np.array([0, 5])
        tests = []
        for _ in range(4):
            other = base.copy()
            other[:, 0] = np.clip(base[:, 0] + rng.integers(-1, 3, 30), 0, None)
            tests.append(sign_flips(other, base, ratio, signs, exact))
        for test, adjusted in zip(tests, max_t(tests), strict=True):
            assert test.p <= adjusted <= 4 * test.p + 1e-3

    def test_max_t_of_an_undefined_test_is_undefined(self) -> None:
        nothing = FlipTest(math.nan, np.zeros(8), exact=True)
        assert math.isnan(max_t([nothing])[0])


class TestPower:
    def test_the_detectable_difference_is_two_quantiles_of_t_times_the_error(self) -> None:
        # t(.975; 9) + t(.8; 9) = 2.2622 + 0.8834
        assert detectable_difference(0.02, 10) == pytest.approx((2.2622 + 0.8834) * 0.02, abs=1e-5)

    def test_one_unit_detects_nothing(self) -> None:
        assert math.isnan(detectable_difference(0.02, 1))

    @given(st.floats(0.001, 0.5), st.integers(2, 200), st.floats(0.005, 0.9))
    def test_so_many_units_are_enough_and_one_less_is_not(self, error: float, units: int, goal: float) -> None:
        needed = units_needed(error, units, goal)
        assert needed is not None
        assert detectable_difference(error * math.sqrt(units / needed), needed) <= goal
        if needed > 2:
            assert detectable_difference(error * math.sqrt(units / (needed - 1)), needed - 1) > goal

    def test_no_difference_needs_no_answer(self) -> None:
        assert units_needed(0.1, 10, 0.0) is None
