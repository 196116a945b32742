"""Comparing systems: differences with intervals, paired tests over units, corrections, and what can be seen at all.

Everything is computed from the per-unit counts of result files; nothing is matched again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from goldwire.errors import UsageError
from goldwire.results import Result, Value
from goldwire.sides import Side, Spread, percentiles_of, sides_of
from goldwire.stats.intervals import Interval
from goldwire.stats.paired import FlipTest, holm, max_t, smallest_p
from goldwire.stats.power import detectable_difference

if TYPE_CHECKING:
    from goldwire.itemised import ItemTest

__all__ = ["DESCRIPTIVE", "FEW_FOR_PERCENTILE", "Comparison", "Difference", "compare", "stated"]

Correction = Literal["holm", "max-t"]

DESCRIPTIVE = 0.05
"""Where not even the smallest reachable p-value is below this, figures describe and decide nothing."""

_Pair = tuple[str, int, int]
"""A measure and the numbers of two systems."""

FEW_FOR_PERCENTILE = 20
"""Below so many units the percentile bootstrap is too narrow; `make calibrate` says by how much."""


@dataclass(frozen=True)
class Difference:
    """One measure, one system against another. Fields are None where undefined.

    difference: value of ``system`` minus that of ``baseline``; low, high: its interval.
    p, adjusted: two-sided sign-flip p-value, and corrected over the family.
    better, equal, worse: units in which the system's value is above, equal to, below the baseline's, read so that more
        is better; units in which one of them is undefined are in none.
    error: standard error of the difference; detectable: the smallest true difference such a comparison finds with
        80 % power.
    units, smallest_p: number of units and the smallest p-value they allow.
    """

    measure: str
    system: str
    baseline: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    adjusted: float | None
    better: int
    equal: int
    worse: int
    error: float | None
    detectable: float | None
    units: int
    smallest_p: float


@dataclass(frozen=True)
class Comparison:
    """Several systems on the same gold; the first is the baseline.

    values:      measure -> system -> value with its linearised t interval.
    percentiles: measure -> system -> percentile bootstrap interval.
    differences: each system against the baseline, measure by measure; ``family`` of them are corrected together.
    ranks:       measure -> system -> rank; systems share one unless told apart by the tests of all pairs of systems on
                 all measures, corrected together. So no pair is ranked that its corrected p-value does not tell apart.
    """

    systems: tuple[str, ...]
    gold: dict[str, Any]
    signature: str
    measures: tuple[str, ...]
    values: dict[str, dict[str, Value]]
    percentiles: dict[str, dict[str, Interval]]
    differences: tuple[Difference, ...]
    ranks: dict[str, dict[str, int]]
    correction: str
    family: int
    level: float
    resamples: int
    seed: int
    items: tuple[ItemTest, ...] = ()
    """Item tests where asked for, conditional on the documents (see goldwire.itemised)."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What should be known of these figures beyond what they say."""
        few = [d.units for d in self.differences if 2 <= d.units < FEW_FOR_PERCENTILE]
        if not few:
            return ()
        return (
            f"The percentile bootstrap is the field's familiar interval; below {FEW_FOR_PERCENTILE} units (here "
            f"{min(few)}) it is too narrow, covering 83 % in place of 95 % at five. The linearised t interval is not.",
        )

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON data; null where undefined."""
        return {
            "goldwire": 1,
            "systems": list(self.systems),
            "gold": self.gold,
            "signature": self.signature,
            "measures": list(self.measures),
            "values": {m: {s: vars(v) for s, v in row.items()} for m, row in self.values.items()},
            "percentiles": {
                m: {s: [_known(x) for x in interval] for s, interval in row.items()}
                for m, row in self.percentiles.items()
            },
            "differences": [asdict(difference) for difference in self.differences],
            "ranks": self.ranks,
            "warnings": list(self.warnings),
            "test": {
                "name": "sign flips over units",
                "correction": self.correction,
                "family": self.family,
                "level": self.level,
                "resamples": self.resamples,
                "seed": self.seed,
            },
            **({"items_conditional_on_documents": [asdict(test) for test in self.items]} if self.items else {}),
        }


def compare(
    results: Sequence[Result],
    measures: Sequence[str],
    *,
    correction: Correction = "holm",
    level: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> Comparison:
    """Compare systems on the same gold, the first being the baseline.

    measures: names, slices allowed; every one must have been scored for every system. All of them together with all
        systems but the first are the family that the correction is made over.

    De-duplication systems are compared over the components of gold and all their links (see goldwire.joint): which
    units these are depends on who is compared. Intervals are linearised t; those of AP, AUC and AMI, which are no
    functions of sums, are percentile bootstrap intervals, and their errors are the jackknife's.

    Raises UsageError for fewer than two systems, for systems of one name, and for results that cannot be compared:
    other gold, another signature, units that do not meet.
    """
    _comparable(results)
    names = tuple(str(result.system["name"]) for result in results)
    of_measure = {name: sides_of(name, results) for name in measures}
    every = [side for sides in of_measure.values() for side in sides]
    intervals = iter(percentiles_of(every, level=level, resamples=resamples, seed=seed))
    pairs = [(i, j) for i in range(len(names)) for j in range(i + 1, len(names))]
    tests = {
        (name, i, j): sides[j].against(sides[i], resamples, seed)
        for name, sides in of_measure.items()
        for i, j in pairs
    }
    grounds = {key: of_measure[key[0]][0].rows.units for key in tests}
    family = {key: test for key, test in tests.items() if key[1] == 0}
    adjusted = _adjusted(family, grounds, correction)
    told_apart = {key for key, p in _adjusted(tests, grounds, correction).items() if p <= 1 - level}
    differences = [
        replace(
            _difference(name, names[j], names[0], of_measure[name][j], of_measure[name][0], test, level),
            adjusted=_known(adjusted[name, i, j]),
        )
        for (name, i, j), test in family.items()
    ]
    return Comparison(
        systems=names,
        gold=dict(results[0].gold),
        signature=results[0].signature,
        measures=tuple(of_measure),
        values={
            name: {system: side.value(level) for system, side in zip(names, sides, strict=True)}
            for name, sides in of_measure.items()
        },
        percentiles={name: {system: next(intervals) for system in names} for name in of_measure},
        differences=tuple(differences),
        ranks={
            name: _ranks(names, sides, {(i, j): tests[name, i, j].difference for m, i, j in told_apart if m == name})
            for name, sides in of_measure.items()
        },
        correction=correction,
        family=sum(not math.isnan(test.p) for test in family.values()),
        level=level,
        resamples=resamples,
        seed=seed,
    )


def _comparable(results: Sequence[Result]) -> None:
    """Raises UsageError with the reason where results may not stand in one table."""
    if len(results) < 2:
        raise UsageError("a comparison needs two systems or more")
    names = [str(result.system["name"]) for result in results]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(
                f"two systems are called {name!r}; give them names of their own in the header of their files"
            )
    first = results[0]
    for name, result in zip(names[1:], results[1:], strict=True):
        if result.gold["digest"] != first.gold["digest"]:
            ours, theirs = (
                f"{g['name']} {g['version'] or ''} #{(g['digest'] or '')[:12]}" for g in (first.gold, result.gold)
            )
            raise UsageError(f"{names[0]} and {name} were scored on different gold: {ours} and {theirs}")
        own, other = ({"map": "none"} | stated(r.signature) for r in (first, result))
        for part in sorted(own.keys() & other.keys()):
            if own[part] != other[part]:
                raise UsageError(
                    f"{names[0]} and {name} were scored in different ways: {part} is {own[part]} and {other[part]}"
                )


def stated(signature: str) -> dict[str, str]:
    """What a signature states of how was counted, name -> value; on what, the gold's digest tells and the tasks."""
    parts = dict(part.partition(":")[::2] for part in signature.split("|"))
    return {name: value for name, value in parts.items() if name not in ("task", "profile", "gold")}


def _adjusted(
    tests: Mapping[_Pair, FlipTest], grounds: Mapping[_Pair, tuple[str, ...]], correction: Correction
) -> dict[_Pair, float]:
    """Corrected p-value of each test of a family."""
    listed = list(tests.values())
    p = holm([test.p for test in listed]) if correction == "holm" else _max_t(listed, [grounds[key] for key in tests])
    return dict(zip(tests, p, strict=True))


def _max_t(tests: Sequence[FlipTest], grounds: Sequence[tuple[str, ...]]) -> list[float]:
    """max-T over the tests of the same units and flips; what is left are such groups, corrected by their number.

    Documents and components cannot be flipped together, so that a family over both has no joint distribution.
    """
    keys = [(units, len(test.flipped)) for units, test in zip(grounds, tests, strict=True)]
    groups = list(dict.fromkeys(key for key, test in zip(keys, tests, strict=True) if not math.isnan(test.p)))
    adjusted = [math.nan] * len(tests)
    for group in groups:
        own = [i for i, key in enumerate(keys) if key == group]
        for i, p in zip(own, max_t([tests[i] for i in own]), strict=True):
            adjusted[i] = min(1.0, len(groups) * p)
    return adjusted


def _difference(
    measure: str, system: str, baseline: str, own: Side, base: Side, test: FlipTest, level: float
) -> Difference:
    """Everything about one pair but the corrected p-value."""
    spread = Spread(math.nan, math.nan, math.nan)
    if own.units > 1 and not math.isnan(test.difference):
        spread = own.spread(base, level)
    error = spread.error
    ours, theirs = own.by_unit(), base.by_unit()
    return Difference(
        measure=measure,
        system=system,
        baseline=baseline,
        difference=_known(test.difference),
        low=_known(spread.low),
        high=_known(spread.high),
        p=_known(test.p),
        adjusted=None,
        better=int((ours > theirs).sum()),
        equal=int((ours == theirs).sum()),
        worse=int((ours < theirs).sum()),
        error=_known(error) if error > 0 else None,
        detectable=_known(detectable_difference(error, own.units, level=level)) if error > 0 else None,
        units=own.units,
        smallest_p=smallest_p(own.units, len(test.flipped), test.exact),
    )


def _ranks(names: Sequence[str], sides: Sequence[Side], apart: Mapping[tuple[int, int], float]) -> dict[str, int]:
    """1 + the number of systems that are better by a corrected test; undefined values have no rank.

    apart: pairs of systems that such a test tells apart -> value of the second minus that of the first.
    """
    sign = -1 if sides[0].measure.better == "lower" else 1
    ranks = {}
    for i, name in enumerate(names):
        if math.isnan(float(sides[i].function(sides[i].counts.sum(axis=0)))):
            continue
        above = [
            gain * sign > 0 if i == low else gain * sign < 0 for (low, high), gain in apart.items() if i in (low, high)
        ]
        ranks[name] = 1 + sum(above)
    return ranks


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None
