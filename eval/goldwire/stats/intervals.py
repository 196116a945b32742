"""Confidence intervals of measures of summed counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from goldwire.counts import FloatArray
from goldwire.stats.resampling import EXACT_BOOTSTRAP, bootstrap_totals, exact_bootstrap

__all__ = [
    "Interval",
    "influence",
    "jackknife_error",
    "linearised_t",
    "percentile",
    "percentiles",
    "standard_error",
    "t_quantile",
    "weighted_quantiles",
]


class Interval(NamedTuple):
    """Borders, NaN where there is no interval: undefined value, one unit only, or no variation (SE = 0)."""

    low: float
    high: float


_NONE = Interval(float("nan"), float("nan"))


def linearised_t(
    per_unit: FloatArray,
    value: Callable[[FloatArray], FloatArray],
    *,
    level: float = 0.95,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Interval:
    """Linearised (delta-method) t interval of ``value(per_unit.sum(axis=0))``, clipped to ``bounds``.

    per_unit: (units, counts). value: maps (..., counts) to (...). With S the summed counts and g the gradient of the
    value there, each unit's influence is r_d = g . (c_d - S/n) and SE = sqrt(n/(n-1) * sum r_d^2), used with n - 1
    degrees of freedom. For a ratio N/D this is the textbook linearised ratio standard error, r_d = (n_d - F d_d) / D
    (Cochran 1977, Sampling Techniques, section 6.4).
    """
    n = len(per_unit)
    centre = float(value(per_unit.sum(axis=0)))
    if n < 2 or np.isnan(centre):
        return _NONE
    error = standard_error(influence(per_unit, value))
    if not np.isfinite(error) or error <= 1e-9 * max(abs(centre), 1.0):
        return _NONE
    half = t_quantile(level, n - 1) * error
    return Interval(max(bounds[0], centre - half), min(bounds[1], centre + half))


def influence(per_unit: FloatArray, value: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """(units,) how much each unit moves the value: r_d = g . (c_d - S/n), g the gradient at the summed counts S.

    The gradient is taken by central differences, which are exact to about 1e-9 for ratios of counts.
    """
    total = per_unit.sum(axis=0)
    moving = np.flatnonzero((per_unit != per_unit[0]).any(axis=0))
    step = np.maximum(np.abs(total[moving]), 1.0) * 1e-6
    shifts = np.zeros((len(moving), len(total)))
    shifts[np.arange(len(moving)), moving] = step
    gradient = np.zeros(len(total))
    gradient[moving] = (value(total + shifts) - value(total - shifts)) / (2 * step)
    # einsum: its sums do not depend on the number of threads
    return np.asarray(np.einsum("uc,c->u", per_unit, gradient) - total @ gradient / len(per_unit))


def standard_error(influences: FloatArray) -> float:
    """Standard error of a value from its units' influences: sqrt(n/(n-1) * sum r_d^2)."""
    n = len(influences)
    return float(np.sqrt(n / (n - 1) * np.square(influences).sum()))


def jackknife_error(left_out: FloatArray) -> float:
    """Standard error of a value from those without each unit: sqrt((n - 1)/n * sum (v_d - mean)^2); NaN if one has none.

    left_out: (n,). (Efron & Tibshirani 1993, section 11.2.)
    """
    n = len(left_out)
    return float(np.sqrt((n - 1) / n * np.square(left_out - left_out.mean()).sum()))


def percentile(
    per_unit: FloatArray,
    value: Callable[[FloatArray], FloatArray],
    *,
    level: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap interval over units (Efron & Tibshirani 1993, section 13.3).

    Up to EXACT_BOOTSTRAP units all resamples are enumerated with their probabilities and the seed plays no part.
    Resamples in which the measure is undefined are left out.
    """
    return percentiles([(per_unit, value)], level=level, resamples=resamples, seed=seed)[0]


def percentiles(
    figures: Sequence[tuple[FloatArray, Callable[[FloatArray], FloatArray]]],
    *,
    level: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> list[Interval]:
    """As ``percentile``, for several figures of the same number of units, all on the same resamples and drawn once."""
    n = len(figures[0][0]) if figures else 0
    if n < 2:
        return [_NONE] * len(figures)
    columns = np.concatenate([per_unit for per_unit, _ in figures], axis=1)
    if n <= EXACT_BOOTSTRAP:
        weights, probability = exact_bootstrap(n)
        totals = weights @ columns
    else:
        totals = bootstrap_totals(columns, resamples, seed)
        probability = np.ones(len(totals))
    own = np.split(totals, np.cumsum([per_unit.shape[1] for per_unit, _ in figures])[:-1], axis=1)
    return [
        _NONE if np.isnan(float(value(per_unit.sum(axis=0)))) else weighted_quantiles(value(part), probability, level)
        for (per_unit, value), part in zip(figures, own, strict=True)
    ]


def weighted_quantiles(values: FloatArray, weight: FloatArray, level: float) -> Interval:
    """The smallest values at which the distribution function reaches (1 - level)/2 and (1 + level)/2."""
    known = ~np.isnan(values)
    order = np.argsort(values[known], kind="stable")
    if not len(order):
        return _NONE
    ordered = values[known][order]
    below = np.cumsum(weight[known][order])
    at = np.searchsorted(below, np.array([(1 - level) / 2, (1 + level) / 2]) * below[-1] * (1 - 1e-12))
    low, high = ordered[np.minimum(at, len(ordered) - 1)]
    return Interval(float(low), float(high))


@cache
def t_quantile(level: float, df: int) -> float:
    """The t that a variable of Student's distribution stays within, on both sides, with probability ``level``.

    With t = sqrt(df) tan(a), P(|T| < t) is the integral of cos^(df - 1) from 0 to a, divided by that up to pi/2
    (Abramowitz & Stegun 1964, 26.7.1). It is concave in a, so that Newton's method from 0 never goes too far.
    """

    def density(angle: FloatArray) -> FloatArray:
        return np.asarray(np.exp((df - 1) * np.log1p(-2 * np.sin(angle / 2) ** 2)))

    def area(angle: float) -> float:
        return angle * float(simpson @ density(at * angle))

    at = np.linspace(0.0, 1.0, 2001)
    simpson = np.where(np.arange(2001) % 2, 4.0, 2.0) / 6000
    simpson[[0, -1]] /= 2
    whole = area(min(math.pi / 2, 40 / math.sqrt(df)))  # 40 standard deviations
    angle, step = 0.0, level * whole
    while step > 1e-9 * angle:
        angle += step
        step = (level * whole - area(angle)) / float(density(np.array(angle)))
    return math.sqrt(df) * math.tan(angle)
