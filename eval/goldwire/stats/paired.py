"""Is the difference of two systems more than chance? Sign flips over units, corrections for several comparisons."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from goldwire.counts import FloatArray

__all__ = ["FlipTest", "holm", "least_units", "max_t", "mcnemar", "sign_flips", "smallest_p"]

Value = Callable[[FloatArray], FloatArray]

_TOLERANCE = 1e-12
_CELLS = 4_000_000


@dataclass(frozen=True)
class FlipTest:
    """A sign-flip (approximate randomisation) test of one difference.

    difference: value of the first system minus that of the second; NaN where one is undefined.
    flipped:    (assignments,) the same difference under each assignment of labels.
    exact:      whether those are all 2^n assignments.
    """

    difference: float
    flipped: FloatArray
    exact: bool

    @property
    def p(self) -> float:
        """Two-sided p-value; never 0, and 1 for identical systems. NaN where there is no difference or one unit only."""
        if np.isnan(self.difference) or not len(self.flipped):
            return float("nan")
        as_extreme = int((np.abs(self.flipped) >= abs(self.difference) - _TOLERANCE).sum())
        return as_extreme / len(self.flipped) if self.exact else (as_extreme + 1) / (len(self.flipped) + 1)


def sign_flips(
    first: FloatArray, second: FloatArray, value: Value, signs: npt.NDArray[np.int8], exact: bool
) -> FlipTest:
    """Swap the two systems' counts in the units of each assignment and recompute the difference of the measure.

    first, second: (units, columns) counts of the systems; value: maps (..., columns) to (...). signs: see
    ``resampling.flip_signs``. Under the null hypothesis that the systems are exchangeable within each unit, every
    assignment is equally likely (Noreen 1989; Yeh 2000). An assignment under which the difference is undefined
    counts as no difference. One unit cannot be tested: nothing is flipped.
    """
    total_a, total_b = first.sum(axis=0), second.sum(axis=0)
    observed = float(value(total_a) - value(total_b))
    if len(first) < 2:
        return FlipTest(observed, np.zeros(0), exact)
    gap = first - second
    rows = max(1, _CELLS // max(1, gap.shape[1] + gap.shape[0]))
    parts = []
    for start in range(0, len(signs), rows):
        kept = signs[start : start + rows].astype(np.float64) @ gap
        parts.append(value(total_b + kept) - value(total_a - kept))
    return FlipTest(observed, np.nan_to_num(np.concatenate(parts)), exact)


def mcnemar(one: int, other: int) -> float:
    """Exact two-sided p-value of McNemar's test: items that only one of two systems has right fall to either by a coin.

    one, other: how many only the first and only the second has right. min(1, 2 P(X <= min(one, other))) with X binomial
    (one + other, 1/2) (McNemar 1947; Agresti 2013, section 11.1.4); 1 where there are none. Items are taken for
    independent, which those of one document are not.
    """
    from scipy.special import bdtr

    return float(min(1.0, 2 * bdtr(min(one, other), one + other, 0.5))) if one + other else 1.0


def smallest_p(units: int, resamples: int, exact: bool) -> float:
    """The smallest p-value that the test can give: two of the 2^n assignments are as extreme as any."""
    return min(1.0, 2.0 ** (1 - units)) if exact else 1 / (resamples + 1)


def least_units(alpha: float) -> int:
    """The least number of units whose smallest reachable p-value is at most alpha."""
    return 1 + math.ceil(-math.log2(alpha) - 1e-9)


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p-values of a family (Holm 1979), in the order given; NaN stays NaN and is no member of the family."""
    values = np.asarray(p, np.float64)
    members = np.flatnonzero(~np.isnan(values))
    order = members[np.argsort(values[members], kind="stable")]
    adjusted = np.full(len(values), np.nan)
    scaled = values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(scaled))
    return [float(x) for x in adjusted]


def max_t(tests: Sequence[FlipTest]) -> list[float]:
    """Adjusted p-values by the largest studentised difference over the family (Westfall & Young 1993).

    All tests must have been made with the same assignments; each difference is divided by the standard deviation of
    its flipped ones.
    """
    members = [i for i, test in enumerate(tests) if not np.isnan(test.p)]
    adjusted = [float("nan")] * len(tests)
    if not members:
        return adjusted
    scale = {i: float(np.std(tests[i].flipped)) or 1.0 for i in members}
    largest = np.max([np.abs(tests[i].flipped) / scale[i] for i in members], axis=0)
    for i in members:
        as_extreme = int((largest >= abs(tests[i].difference) / scale[i] - _TOLERANCE).sum())
        adjusted[i] = as_extreme / len(largest) if tests[i].exact else (as_extreme + 1) / (len(largest) + 1)
    return adjusted
