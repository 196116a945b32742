"""Do the intervals cover and do the tests keep their level? `make calibrate`, or `python -m benchmarks.calibrate`.

Documents are simulated with sizes and difficulties of their own (over-dispersed counts), so the truth is known:
nominal 95 % intervals should cover it 95 times in 100, a test at 5 % should reject a true null 5 times in 100.
"""

from __future__ import annotations

import argparse
import sys
from typing import NamedTuple

import numpy as np

from goldwire.counts import FloatArray
from goldwire.stats.intervals import Interval, linearised_t, percentile
from goldwire.stats.paired import sign_flips
from goldwire.stats.resampling import flip_signs

UNITS = (5, 10, 20, 100)
RECALL, SPURIOUS = 0.6, 0.3
"""Mean recall, and spurious predictions per gold mention."""
TRUTH = 2 * RECALL / (1 + RECALL + SPURIOUS)
"""The F1 of infinitely many documents."""
CONCENTRATION = 8.0
"""Of the beta distribution that a document's recall is drawn from: the smaller, the more documents differ."""


class Row(NamedTuple):
    """Shares of trials for one number of units."""

    units: int
    percentile: float
    linearised_t: float
    rejected: float


def f1(sums: FloatArray) -> FloatArray:
    """2 found / (gold + predicted)."""
    return np.asarray(2 * sums[..., 0] / (sums[..., 1] + sums[..., 2]))


def documents(rng: np.random.Generator, units: int, systems: int) -> list[FloatArray]:
    """(units, 3) found, gold and predicted of each system; systems are exchangeable within a document."""
    gold = 5 + rng.negative_binomial(6, 0.04, units)
    recall = rng.beta(RECALL * CONCENTRATION, (1 - RECALL) * CONCENTRATION, units)
    found = [rng.binomial(gold, recall) for _ in range(systems)]
    return [np.stack([hit, gold, hit + rng.poisson(SPURIOUS * gold)], axis=1).astype(np.float64) for hit in found]


def calibrate(units: int, trials: int, resamples: int = 2000, seed: int = 0) -> Row:
    """Coverage of both intervals and the share of true nulls that sign flips reject at 5 %."""
    rng = np.random.default_rng([seed, units])
    signs, exact = flip_signs(units, resamples, seed)
    by_percentile = by_t = rejected = 0
    for trial in range(trials):
        first, second = documents(rng, units, 2)
        by_percentile += _covers(percentile(first, f1, resamples=resamples, seed=trial))
        by_t += _covers(linearised_t(first, f1, bounds=(0.0, 1.0)))
        rejected += sign_flips(first, second, f1, signs, exact).p <= 0.05
    return Row(units, by_percentile / trials, by_t / trials, rejected / trials)


def _covers(interval: Interval) -> bool:
    return interval.low <= TRUTH <= interval.high


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibrate", description=__doc__)
    parser.add_argument("--trials", type=int, default=4000, help="simulated corpora per row (default: 4000)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"Coverage of nominal 95 % intervals, type-I error at nominal 5 %; {options.trials} corpora a row\n")
    print("| documents | percentile bootstrap | linearised t | sign flips |\n|---:|---:|---:|---:|")
    for units in UNITS:
        row = calibrate(units, options.trials, seed=options.seed)
        print(f"| {units} | {row.percentile:.3f} | {row.linearised_t:.3f} | {row.rejected:.3f} |")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
