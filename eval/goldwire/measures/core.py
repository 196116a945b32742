"""What a measure is: a named function of summed counts, undefined (NaN, reported as null) where it has no value.

A measure is declared, not programmed: a ratio of two sums of count columns, the F1 of two ratios, the mean of other
measures, or, rarely, a formula of its own. Every value function is vectorised over leading axes, so the same
definition serves totals, slices and a million bootstrap resamples.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from goldwire.counts import Counts, FloatArray

__all__ = ["F1", "Custom", "Macro", "Mean", "Measure", "Ratio", "Weighted", "Whole", "prf"]

Sums = Mapping[str, FloatArray]


def _divide(numerator: FloatArray, denominator: FloatArray, undefined: float = math.nan) -> FloatArray:
    """Quotient with x/0 = ``undefined``, without warnings."""
    return np.where(denominator == 0, undefined, numerator / np.where(denominator == 0, 1.0, denominator))


@dataclass(frozen=True, kw_only=True)
class Measure(ABC):
    """One number with its name, its meaning and where the definition comes from.

    name:      stable string, `task.scheme.figure`; prints and parses the same.
    formula:   the definition in the notation of the docs.
    source:    the paper or program the definition is taken from.
    range:     smallest and largest possible value.
    better:    "higher", "lower" or "closer to 1".
    undefined: what 0/0 gives: NaN, reported as null; profiles of scorers that print 0 there say 0.
    over:      facet over which a macro average runs, or None.
    """

    name: str
    formula: str = ""
    source: str = ""
    range: tuple[float, float] = (0.0, 1.0)
    better: str = "higher"
    undefined: float = math.nan

    @property
    def task(self) -> str:
        """The task whose counts the measure reads."""
        return self.name.partition(".")[0]

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The count columns the measure reads."""

    @abstractmethod
    def value(self, sums: Sums) -> FloatArray:
        """The measure of summed counts; any shape in, the same shape out; NaN where undefined."""

    def fraction(self, sums: Sums) -> tuple[FloatArray, FloatArray] | None:
        """(numerator, denominator) where the value is one ratio of two counts, else None."""
        del sums
        return None

    @property
    def over(self) -> str | None:
        """The facet a macro average runs over."""
        return None


@dataclass(frozen=True, kw_only=True)
class Ratio(Measure):
    """numerator / denominator, each a sum of count columns."""

    numerator: tuple[str, ...]
    denominator: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of both sums."""
        return tuple(dict.fromkeys(self.numerator + self.denominator))

    def fraction(self, sums: Sums) -> tuple[FloatArray, FloatArray]:
        """Both sums."""
        return _add(sums, self.numerator), _add(sums, self.denominator)

    def value(self, sums: Sums) -> FloatArray:
        """The quotient; ``undefined`` for 0/0."""
        return _divide(*self.fraction(sums), self.undefined)


@dataclass(frozen=True, kw_only=True)
class F1(Measure):
    """Harmonic mean of precision and recall.

    Where one side has no items at all the ratio over them is undefined and the F1 is 0, as 2m / (gold + predicted)
    says. In a slice by something only one side carries (recall by relation), the other ratio is undefined although
    there are matches: there the F1 is undefined too.
    """

    precision: Ratio
    recall: Ratio
    formula: str = "2PR / (P + R)"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of both ratios."""
        return tuple(dict.fromkeys(self.precision.columns + self.recall.columns))

    def value(self, sums: Sums) -> FloatArray:
        """Harmonic mean; NaN where both ratios are undefined or one is and the other is above 0."""
        p, r = self.precision.value(sums), self.recall.value(sums)
        p_known, r_known = ~np.isnan(p), ~np.isnan(r)
        p, r = np.nan_to_num(p), np.nan_to_num(r)
        f = np.nan_to_num(_divide(2 * p * r, p + r))
        return np.where((p_known & r_known) | ((p_known ^ r_known) & (p + r == 0)), f, self.undefined)

    def fraction(self, sums: Sums) -> tuple[FloatArray, FloatArray] | None:
        """2m / (gold + predicted) where both ratios share the numerator m; None otherwise."""
        p_num, p_den = self.precision.fraction(sums)
        r_num, r_den = self.recall.fraction(sums)
        return (p_num + r_num, p_den + r_den) if np.array_equal(p_num, r_num) else None


@dataclass(frozen=True, kw_only=True)
class Mean(Measure):
    """Arithmetic mean of other measures; undefined as soon as one of them is."""

    parts: tuple[Measure, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of all parts."""
        return tuple(dict.fromkeys(column for part in self.parts for column in part.columns))

    def value(self, sums: Sums) -> FloatArray:
        """The mean."""
        return np.asarray(sum(part.value(sums) for part in self.parts) / len(self.parts))


@dataclass(frozen=True, kw_only=True)
class Macro(Measure):
    """Mean of a measure over the labels of a facet, labels where it is undefined left out.

    The sums it is given carry the labels on their last axis, which the mean consumes.
    """

    part: Measure
    facet: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the averaged measure."""
        return self.part.columns

    @property
    def over(self) -> str:
        """The facet averaged over."""
        return self.facet

    def value(self, sums: Sums) -> FloatArray:
        """Mean over the last axis; NaN where no label is defined."""
        values = self.part.value(sums)
        defined = ~np.isnan(values)
        return _divide(np.nan_to_num(values).sum(axis=-1), defined.sum(axis=-1).astype(np.float64), self.undefined)


@dataclass(frozen=True, kw_only=True)
class Weighted(Macro):
    """Mean over the labels of a facet, each weighted by a count column (its support)."""

    by: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the averaged measure and the weight's."""
        return tuple(dict.fromkeys((*self.part.columns, self.by)))

    def value(self, sums: Sums) -> FloatArray:
        """Weighted mean over the last axis."""
        values, weight = np.nan_to_num(self.part.value(sums)), np.asarray(sums[self.by], np.float64)
        return _divide((values * weight).sum(axis=-1), weight.sum(axis=-1), self.undefined)


@dataclass(frozen=True, kw_only=True)
class Custom(Measure):
    """A measure with a formula of its own: ``function`` takes the sums and returns the value."""

    reads: tuple[str, ...]
    function: Callable[[Sums], FloatArray] = field(repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the formula reads."""
        return self.reads

    def value(self, sums: Sums) -> FloatArray:
        """The formula's value."""
        return self.function(sums)


@dataclass(frozen=True, kw_only=True)
class Whole(Measure):
    """A figure of a whole distribution (average precision, AUC), computed from all rows of the counts at once.

    function: takes the counts and a weight for every unit, or None for all alike, and returns the value.
    """

    function: Callable[[Counts, FloatArray | None], float] = field(repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """None: no sum of columns holds it."""
        return ()

    def value(self, sums: Sums) -> FloatArray:
        """Always undefined from sums."""
        del sums
        return np.asarray(np.nan)

    def of(self, counts: Counts, weights: FloatArray | None = None) -> float:
        """The value; NaN where undefined."""
        return self.function(counts, weights)


def prf(
    name: str,
    *,
    precision: tuple[str, str],
    recall: tuple[str, str],
    formulas: tuple[str, str],
    source: str,
    undefined: float = math.nan,
) -> tuple[Ratio, Ratio, F1]:
    """Precision, recall and F1 under one name.

    precision, recall: (numerator column, denominator column). formulas: those of precision and of recall.
    """
    ratios = [
        Ratio(
            name=f"{name}.{figure}",
            numerator=(columns[0],),
            denominator=(columns[1],),
            formula=formula,
            source=source,
            undefined=undefined,
        )
        for figure, columns, formula in zip(("precision", "recall"), (precision, recall), formulas, strict=True)
    ]
    f1 = F1(name=f"{name}.f1", precision=ratios[0], recall=ratios[1], source=source, undefined=undefined)
    return ratios[0], ratios[1], f1


def _add(sums: Sums, names: tuple[str, ...]) -> FloatArray:
    total = np.asarray(sums[names[0]], np.float64)
    for name in names[1:]:
        total = total + sums[name]
    return total
