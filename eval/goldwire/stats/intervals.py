"""Confidence intervals of measures of summed counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from goldwire.counts import FloatArray

__all__ = ["Interval", "linearised_t"]


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
    total = per_unit.sum(axis=0)
    centre = float(value(total))
    if n < 2 or np.isnan(centre):
        return _NONE
    moving = np.flatnonzero(np.ptp(per_unit, axis=0) > 0)
    step = np.maximum(np.abs(total[moving]), 1.0) * 1e-6
    shifts = np.zeros((len(moving), len(total)))
    shifts[np.arange(len(moving)), moving] = step
    gradient = (value(total + shifts) - value(total - shifts)) / (2 * step)
    influence = (per_unit - total / n)[:, moving] @ gradient
    error = float(np.sqrt(n / (n - 1) * np.square(influence).sum()))
    if not np.isfinite(error) or error <= 1e-9 * max(abs(centre), 1.0):
        return _NONE
    from scipy.special import stdtrit

    half = float(stdtrit(n - 1, 0.5 + level / 2)) * error
    return Interval(max(bounds[0], centre - half), min(bounds[1], centre + half))
