"""Defects measured in the significance tools and harnesses of others: each formula beside ours, on the same counts.

The peers' formulas are written out here as their programs compute them, so that the defective number can be seen; none
of their code is used.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import numpy as np
import pytest
from benchmarks.calibrate import documents, f1

from goldwire.comparison import compare
from goldwire.report.compared import render_comparison
from goldwire.stats.intervals import influence, linearised_t, percentile, standard_error
from goldwire.stats.paired import sign_flips, smallest_p
from goldwire.stats.resampling import bootstrap_totals, flip_signs
from test_compare import F1, result

Array = np.ndarray


def recall(sums: Array) -> Array:
    return np.asarray(sums[..., 0] / sums[..., 1])


def ours(first: Array, second: Array, value: Callable[[Array], Array], seed: int = 0) -> float:
    signs, exact = flip_signs(len(first), 1000, seed)
    return sign_flips(first, second, value, signs, exact).p


# sacrebleu ------------------------------------------------------------------------------------------------------------


def abs_before_centring(first: Array, second: Array, drawn: Array) -> float:
    """sacrebleu's paired bootstrap: |Δ*| - mean |Δ*| against |Δ|, counted with >."""
    differences = np.abs(f1(drawn @ first) - f1(drawn @ second))
    observed = abs(float(f1(first.sum(axis=0)) - f1(second.sum(axis=0))))
    return (int((differences - differences.mean() > observed).sum()) + 1) / (len(drawn) + 1)


@pytest.mark.parametrize("n", [20, 100])
def test_sacrebleus_paired_bootstrap_rejects_true_nulls_and_sign_flips_do_not(n: int) -> None:
    rng = np.random.default_rng(n)
    theirs = own = 0
    trials = 600
    drawn = np.array(np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), 400), float)
    signs, exact = flip_signs(n, 400, 0)
    for _ in range(trials):
        first, second = documents(rng, n, 2)
        theirs += abs_before_centring(first, second, drawn) <= 0.05
        own += sign_flips(first, second, f1, signs, exact).p <= 0.05
    assert theirs / trials > 0.09  # 16 % at 20 and 13 % at 100 documents over many more trials
    assert 0.03 <= own / trials <= 0.075


@pytest.mark.parametrize("n", [5, 40])
def test_a_system_against_its_own_copy_is_not_significant(n: int) -> None:
    counts = np.random.default_rng(0).integers(1, 9, (n, 2)) + np.array([0, 9.0])
    flipped = np.zeros(10_000)  # every flip of identical systems gives a difference of 0
    assert (int((flipped > 0.0).sum()) + 1) / (len(flipped) + 1) == pytest.approx(
        0.0001, rel=0.01
    )  # what > makes of it
    assert ours(counts, counts.copy(), recall) == 1.0


def test_output_is_json_whatever_type_the_counts_had() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps({"p_value": np.float32(0.25)})
    systems = [result("a", [3, 5, 7]), result("b", [5, 6, 9])]
    for system in systems:
        counts = system.counts["entities"]
        system.counts["entities"] = type(counts)(
            counts.units, counts.unit, counts.facets, {k: v.astype(np.float32) for k, v in counts.columns.items()}
        )
    data = json.loads(json.dumps(compare(systems, [F1]).to_dict(), allow_nan=False))
    assert data["differences"][0]["difference"] == pytest.approx(20 / 30 - 15 / 30)


# ranx -----------------------------------------------------------------------------------------------------------------


def test_a_seed_fixes_every_byte_and_p_is_never_0() -> None:
    better, worse = np.tile([[9.0, 10.0]], (60, 1)), np.tile([[1.0, 10.0]], (60, 1))
    signs, exact = flip_signs(60, 999, seed=1)
    test = sign_flips(better, worse, recall, signs, exact)
    as_extreme = (np.abs(test.flipped) >= test.difference).mean()
    assert as_extreme == 0.0  # the share alone, as ranx's Fisher test has it, says p = 0
    assert test.p == 1 / 1000
    assert np.array_equal(flip_signs(60, 999, seed=1)[0], signs)
    assert json.dumps(compare([result("a", [3] * 40), result("b", [4] * 40)], [F1], seed=2).to_dict()) == json.dumps(
        compare([result("a", [3] * 40), result("b", [4] * 40)], [F1], seed=2).to_dict()
    )


@pytest.mark.parametrize("seed", range(20))
def test_five_units_are_never_called_significant(seed: int) -> None:
    # all five better: 2 of 32 assignments are as extreme. 1,000 drawn ones may well hold 44 of them, ".044".
    better, worse = np.tile([[9.0, 10.0]], (5, 1)), np.tile([[1.0, 10.0]], (5, 1))
    assert ours(better, worse, recall, seed) == 2 / 32 == smallest_p(5, 1000, exact=True)
    drawn = np.random.default_rng(seed).integers(0, 2, (1000, 5))
    share = float((drawn.sum(axis=1) % 5 == 0).mean())
    assert share != 2 / 32


# lighteval, compare-mt, EuroEval, inspect_ai ---------------------------------------------------------------------------


def test_the_bootstrap_deviation_is_the_standard_error() -> None:
    # lighteval takes the standard error of the resampled values' mean: their deviation divided by sqrt(1000) once more
    counts = documents(np.random.default_rng(3), 50, 1)[0]
    resampled = f1(bootstrap_totals(counts, 1000, seed=0))
    deviation = float(np.std(resampled, ddof=1))
    ours = standard_error(influence(counts, f1))
    assert ours == pytest.approx(deviation, rel=0.1)
    assert deviation / math.sqrt(1000) < ours / 25


def test_resamples_have_as_many_units_as_the_data() -> None:
    # compare-mt draws half of the units without replacement: by luck the same spread at one ratio, and none where n = 1
    counts = np.column_stack([np.arange(30.0), np.ones(30)])
    assert np.all(bootstrap_totals(counts, 200, seed=0)[:, 1] == 30)


def test_wins_are_wins_and_ties_are_ties() -> None:
    # 3 better, 1 equal, 2 worse, whichever way round, also where lower is better
    a, b = result("a", [5, 5, 5, 5, 5, 5]), result("b", [6, 7, 8, 5, 4, 3])
    (forward,) = compare([a, b], [F1]).differences
    (backward,) = compare([b, a], [F1]).differences
    assert (forward.better, forward.equal, forward.worse) == (3, 1, 2)
    assert (backward.better, backward.equal, backward.worse) == (2, 1, 3)


def test_an_interval_does_not_shrink_with_the_number_of_resamples() -> None:
    # EuroEval: mean ± 1.96 sd / sqrt(iterations), so that ten times the iterations narrow it by 3
    counts = documents(np.random.default_rng(4), 40, 1)[0]
    few, many = (percentile(counts, f1, resamples=n) for n in (1000, 10_000))
    width = [interval.high - interval.low for interval in (few, many)]
    assert width[1] == pytest.approx(width[0], rel=0.1)
    resampled = [f1(bootstrap_totals(counts, n, seed=0)) for n in (1000, 10_000)]
    theirs = [2 * 1.96 * float(np.std(values, ddof=1)) / math.sqrt(len(values)) for values in resampled]
    assert theirs[1] < theirs[0] / 2.5


def test_intervals_are_of_the_measure_not_of_a_mean_over_documents() -> None:
    # inspect_ai's ci is of the mean over samples; micro F1 is a ratio of sums and its documents differ in size
    counts = np.array([[9, 10], [0, 100], [8, 10], [9, 10], [1, 90]], float)
    low, high = linearised_t(counts, recall)
    each = recall(counts)
    assert low < float(recall(counts.sum(axis=0))) < high
    assert float(each.mean()) > 0.5 > float(recall(counts.sum(axis=0)))  # .54 and .12: two different questions


# names and sentinels --------------------------------------------------------------------------------------------------


def test_undefined_is_null_and_names_say_what_they_hold() -> None:
    data = compare([result("a", [3]), result("b", [7])], [F1]).to_dict()
    (difference,) = data["differences"]
    assert [difference[name] for name in ("p", "adjusted", "low", "high", "error", "detectable")] == [None] * 6
    assert data["percentiles"][F1]["a"] == [None, None]
    assert -1 not in (difference[name] for name in ("p", "adjusted", "low", "high", "error", "detectable"))
    many = compare([result("a", [3, 4, 6]), result("b", [7, 7, 8])], [F1]).to_dict()["differences"][0]
    assert many["low"] <= many["difference"] <= many["high"]  # borders, not a half-width called a variance
    half = (many["high"] - many["low"]) / 2
    assert half == pytest.approx(4.302653 * many["error"], rel=1e-5)  # t(.975; 2) standard errors


def test_no_bare_asterisk_and_no_p_of_0() -> None:
    text = render_comparison(compare([result("a", [1] * 30), result("b", [9] * 30)], [F1]))
    assert "*" not in text
    assert "1.0e-04" in text  # 1 / (10,000 + 1)
    assert " 0.0000" not in text
