"""How large a difference a comparison of so many units can be expected to find, and how many units one needs."""

from __future__ import annotations

import math

__all__ = ["detectable_difference", "units_needed"]


def detectable_difference(error: float, units: int, *, level: float = 0.95, power: float = 0.8) -> float:
    """The smallest true difference found with the given power by a two-sided test at 1 - level.

    error: standard error of the difference from ``units`` units. (t_{1-alpha/2} + t_{power}) * error with units - 1
    degrees of freedom (Cohen 1988, section 2.3, with the t distribution for few units). NaN for fewer than 2 units.
    """
    if units < 2:
        return math.nan
    from scipy.special import stdtrit

    freedom = units - 1
    return float(stdtrit(freedom, 0.5 + level / 2) + stdtrit(freedom, power)) * error


def units_needed(error: float, units: int, difference: float, *, level: float = 0.95, power: float = 0.8) -> int | None:
    """The least number of units of the same kind at which ``difference`` becomes detectable.

    error: standard error from ``units`` units; with m units it is error * sqrt(units / m). None where the difference is
    0 or the error unknown.
    """
    if not difference or not math.isfinite(error):
        return None
    goal = abs(difference)

    def enough(m: int) -> bool:
        return detectable_difference(error * math.sqrt(units / m), m, level=level, power=power) <= goal

    high = 2
    while not enough(high):
        high *= 2
        if high > 2**40:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return max(high, 2)
