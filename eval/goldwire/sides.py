"""One measure of several systems, as paired resampling needs it: the same units, the same labels, one function of sums."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from goldwire.counts import Counts, Facet, FloatArray
from goldwire.errors import UsageError
from goldwire.joint import joint_units
from goldwire.measures import parse_name
from goldwire.measures.core import Measure, Whole
from goldwire.results import BOOTSTRAPS, RESAMPLED_ROWS, Result, Value, evaluate, resamplable, sliced, statistic
from goldwire.stats.intervals import (
    Interval,
    influence,
    jackknife_error,
    percentiles,
    standard_error,
    weighted_quantiles,
)
from goldwire.stats.paired import FlipTest, sign_flips
from goldwire.stats.paired import Value as Function
from goldwire.stats.resampling import bootstrap_weights, flip_signs

__all__ = ["Side", "Spread", "percentiles_of", "sides_of"]

_NONE = Interval(math.nan, math.nan)


class Spread(NamedTuple):
    """How far a difference may be off: its standard error and its interval, NaN where there is none."""

    error: float
    low: float
    high: float


@dataclass(frozen=True)
class Side(ABC):
    """One system's counts of one measure, over the units and labels that all systems share.

    rows:     the counts the value is computed from.
    counts:   (units, columns) what is resampled and swapped.
    function: the measure of sums of rows of ``counts``, (..., columns) to (...); the same one for all systems.
    """

    measure: Measure
    rows: Counts
    counts: FloatArray
    function: Function

    @property
    def units(self) -> int:
        """Number of units."""
        return len(self.counts)

    def value(self, level: float) -> Value:
        """The value with its interval."""
        return evaluate(self.measure, self.rows, level=level)

    def by_unit(self) -> FloatArray:
        """(units,) the measure of each unit by itself, NaN where undefined; higher is better."""
        values = self.function(self.counts)
        return -values if self.measure.better == "lower" else values

    def against(self, base: Side, resamples: int, seed: int) -> FlipTest:
        """The sign-flip test of this system against another."""
        signs, exact = self._signs(resamples, seed)
        return sign_flips(self.counts, base.counts, self.function, signs, exact)

    @abstractmethod
    def spread(self, base: Side, level: float) -> Spread:
        """Standard error and interval of the difference from another system."""

    @abstractmethod
    def _signs(self, resamples: int, seed: int) -> tuple[npt.NDArray[np.int8], bool]: ...


class _OfSums(Side):
    """A measure that is a function of summed counts."""

    def spread(self, base: Side, level: float) -> Spread:
        from scipy.special import stdtrit

        error = standard_error(influence(self.counts, self.function) - influence(base.counts, base.function))
        if not error > 0:
            return Spread(error, math.nan, math.nan)
        difference = self.function(self.counts.sum(axis=0)) - base.function(base.counts.sum(axis=0))
        half = float(stdtrit(self.units - 1, 0.5 + level / 2)) * error
        return Spread(error, float(difference) - half, float(difference) + half)

    def _signs(self, resamples: int, seed: int) -> tuple[npt.NDArray[np.int8], bool]:
        return flip_signs(self.units, resamples, seed)


class _OfRows(Side):
    """A figure of a whole ranking or partition (AP, AUC, AMI), computed anew from all rows for every resample.

    The rows of all systems are stacked, as if each system had units of its own; ``counts`` are the weights of these,
    1 for the system's own units, so that a swap or a resample is a sum of weights like any other. That costs far more
    than sums do, hence fewer resamples, and none where there are too many rows.
    """

    def spread(self, base: Side, level: float) -> Spread:
        """Jackknife standard error; percentile bootstrap interval, both systems on the same resamples."""
        if not self._affordable:
            return Spread(math.nan, math.nan, math.nan)

        def gap(weights: FloatArray) -> FloatArray:
            return self.function(weights @ self.counts) - base.function(weights @ base.counts)

        weights, probability = bootstrap_weights(self.units, BOOTSTRAPS, seed=0)
        left_out = np.ones((self.units, self.units)) - np.eye(self.units)
        return Spread(
            jackknife_error(gap(left_out)), *weighted_quantiles(gap(weights.astype(float)), probability, level)
        )

    def by_unit(self) -> FloatArray:
        """All undefined where there are too many rows to take every unit by itself."""
        return super().by_unit() if self._affordable else np.full(self.units, np.nan)

    def against(self, base: Side, resamples: int, seed: int) -> FlipTest:
        """The sign-flip test; none where there are too many rows to compute the figure for every assignment."""
        if self._affordable:
            return super().against(base, resamples, seed)
        observed = self.function(self.counts.sum(axis=0)) - base.function(base.counts.sum(axis=0))
        return FlipTest(float(observed), np.zeros(0), exact=False)

    @property
    def _affordable(self) -> bool:
        return resamplable(self.rows) and len(self.rows.unit) * self.units <= RESAMPLED_ROWS

    def _signs(self, resamples: int, seed: int) -> tuple[npt.NDArray[np.int8], bool]:
        return flip_signs(self.units, min(resamples, BOOTSTRAPS), seed, most_exact=BOOTSTRAPS)


def sides_of(name: str, results: Sequence[Result]) -> list[Side]:
    """Each system's side of a measure. Raises UsageError for tasks that were not scored and units that do not meet."""
    measure, where = parse_name(name)
    for result in results:
        if measure.task not in result.counts:
            raise UsageError(f"{name}: {measure.task!r} was not scored for {result.system['name']!r}")
    parts = _on_one_ground([result.counts[measure.task] for result in results], where)
    if isinstance(measure, Whole):
        return _stacked(measure, parts)
    return [_OfSums(measure, part, *statistic(measure, part)) for part in parts]


def percentiles_of(sides: Sequence[Side], *, level: float, resamples: int, seed: int) -> list[Interval]:
    """Percentile bootstrap intervals of the values, those of the same number of units on the same resamples."""
    found: dict[int, Interval] = {}
    for n in {side.units for side in sides}:
        own = [i for i, side in enumerate(sides) if side.units == n and isinstance(side, _OfSums)]
        figures = [(sides[i].counts, sides[i].function) for i in own]
        found |= zip(own, percentiles(figures, level=level, resamples=resamples, seed=seed), strict=True)
    return [found[i] if i in found else _own_interval(side.value(level)) for i, side in enumerate(sides)]


def _own_interval(value: Value) -> Interval:
    """The interval of a figure of whole rows, which is a percentile one already."""
    return _NONE if value.low is None or value.high is None else Interval(value.low, value.high)


def _stacked(measure: Whole, parts: Sequence[Counts]) -> list[Side]:
    n, systems = len(parts[0].units), len(parts)
    units = tuple(f"{unit}\0{i}" for i in range(systems) for unit in parts[0].units)
    own = [replace(part, units=units, unit=part.unit + i * n, cover=None) for i, part in enumerate(parts)]
    rows = Counts.concat(own)

    def function(weights: FloatArray) -> FloatArray:
        flat = weights.reshape(-1, n * systems)
        return np.array([measure.of(rows, weight) for weight in flat]).reshape(weights.shape[:-1])

    blocks = np.split(np.eye(n * systems), systems)
    return [_OfRows(measure, part, block, function) for part, block in zip(parts, blocks, strict=True)]


def _on_one_ground(counts: Sequence[Counts], where: Mapping[str, str]) -> list[Counts]:
    """The rows of a slice over units that all systems share, with the same labels of every facet."""
    counts = joint_units(counts)
    names = dict.fromkeys(name for part in counts for name in part.facets)
    labels = {
        name: tuple(sorted({label for part in counts if name in part.facets for label in part.facets[name].labels}))
        for name in names
    }
    return [sliced(replace(part, facets=_relabelled(part, labels)), where) for part in counts]


def _relabelled(counts: Counts, labels: Mapping[str, tuple[str, ...]]) -> dict[str, Facet]:
    facets = {}
    for name, shared in labels.items():
        codes = np.full(len(counts.unit), -1, np.int64)
        if name in counts.facets:
            own = counts.facets[name]
            code = {label: i for i, label in enumerate(shared)}
            recode = np.array([code[label] for label in own.labels] + [-1], np.int64)
            codes = recode[own.codes]
        facets[name] = Facet(codes, shared)
    return facets
