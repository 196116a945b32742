"""Do the intervals cover and do the tests keep their level? `make calibrate`, or `python -m benchmarks.calibrate`.

Documents are simulated with sizes and difficulties of their own (over-dispersed counts), so the truth is known: nominal
95 % intervals should cover it 95 times in 100, a test at 5 % should reject a true null 5 times in 100. BCa and
bootstrap-t stand beside the intervals that Goldwire gives, for comparison; so do flips of sentences, which it refuses.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from goldwire.counts import FloatArray
from goldwire.stats.intervals import Interval, influence, linearised_t, percentile, standard_error, t_quantile
from goldwire.stats.paired import FlipTest, holm, max_t, sign_flips
from goldwire.stats.resampling import bootstrap_weights, flip_signs

UNITS = (5, 10, 20, 100)
RECALL, SPURIOUS = 0.6, 0.3
"""Mean recall, and spurious predictions per gold mention."""
TRUTH = 2 * RECALL / (1 + RECALL + SPURIOUS)
"""The F1 of infinitely many documents."""
CONCENTRATION = 8.0
"""Of the beta distribution that a document's recall is drawn from: the smaller, the more documents differ."""
SYSTEMS = 4
"""Of a family: three are compared with the first."""
SENTENCES = 10
"""Of a document, where sentences are flipped."""
EVERY = 5
"""Of so many trials one flips sentences, which takes most of the time and needs no fine figure."""


class Coverage(NamedTuple):
    """Shares of trials in which an interval covers the truth: four of an F1, one of the difference of two."""

    percentile: float
    bca: float
    linearised_t: float
    bootstrap_t: float
    difference: float


class Rejections(NamedTuple):
    """Shares of trials in which a true null is rejected at 5 %.

    flips: one test; holm, max_t: any of a family of three; sentences: flips of sentences in place of documents, for
    systems that do better on some documents than on others.
    """

    flips: float
    holm: float
    max_t: float
    sentences: float


def f1(sums: FloatArray) -> FloatArray:
    """2 found / (gold + predicted)."""
    return np.asarray(2 * sums[..., 0] / (sums[..., 1] + sums[..., 2]))


def documents(rng: np.random.Generator, units: int, systems: int, *, own: bool = False) -> list[FloatArray]:
    """(units, 3) found, gold and predicted of each system; systems are exchangeable within a document.

    own: each system finds each document easy or hard in its own way; without, they agree on that.
    """
    gold = 5 + rng.negative_binomial(6, 0.04, units)
    shape = (systems, units) if own else (1, units)
    recall = np.broadcast_to(rng.beta(RECALL * CONCENTRATION, (1 - RECALL) * CONCENTRATION, shape), (systems, units))
    found = [rng.binomial(gold, recall[i]) for i in range(systems)]
    return [np.stack([hit, gold, hit + rng.poisson(SPURIOUS * gold)], axis=1).astype(np.float64) for hit in found]


def coverage(units: int, trials: int, resamples: int = 2000, seed: int = 0) -> Coverage:
    """How often each interval covers."""
    rng = np.random.default_rng([seed, units])
    weights, probability = bootstrap_weights(units, resamples, seed)
    drawn = weights.astype(np.float64)
    covered = np.zeros(len(Coverage._fields))
    for trial in range(trials):
        one, two = documents(rng, units, 2)
        intervals = (
            percentile(one, f1, resamples=resamples, seed=trial),
            _bca(one, drawn, probability),
            linearised_t(one, f1, bounds=(0.0, 1.0)),
            _bootstrap_t(one, drawn, probability),
        )
        covered[:4] += [interval.low <= TRUTH <= interval.high for interval in intervals]
        error = standard_error(influence(one, f1) - influence(two, f1))
        gap = float(f1(one.sum(axis=0)) - f1(two.sum(axis=0)))
        covered[4] += abs(gap) <= t_quantile(0.95, units - 1) * error
    return Coverage(*(covered / trials).tolist())


def rejections(units: int, trials: int, resamples: int = 2000, seed: int = 0) -> Rejections:
    """How often each test rejects a true null."""
    rng = np.random.default_rng([seed, units, 1])
    signs = flip_signs(units, resamples, seed)
    fine = flip_signs(units * SENTENCES, resamples, seed)
    rejected = np.zeros(len(Rejections._fields))
    sparse = np.arange(trials) % EVERY == 0
    for by_sentence in sparse.tolist():
        base, *others = documents(rng, units, SYSTEMS)
        tests = [sign_flips(other, base, f1, *signs) for other in others]
        rejected[0] += tests[0].p <= 0.05
        rejected[1] += _least(holm([test.p for test in tests])) <= 0.05
        rejected[2] += _least(max_t(tests)) <= 0.05
        if by_sentence:
            rejected[3] += _by_sentence(rng, units, fine).p <= 0.05
    return Rejections(*(rejected / [trials, trials, trials, sparse.sum()]).tolist())


def _least(values: Sequence[float]) -> float:
    return min(values)


def _by_sentence(rng: np.random.Generator, units: int, signs: tuple[npt.NDArray[np.int8], bool]) -> FlipTest:
    """Sentences of equal shares of each document, flipped one by one."""
    parts = [
        rng.multinomial(whole[:, column].astype(np.int64), np.full(SENTENCES, 1 / SENTENCES)).ravel()
        for whole in documents(rng, units, 2, own=True)
        for column in range(3)
    ]
    first, second = np.array(parts, np.float64).reshape(2, 3, -1).transpose(0, 2, 1)
    return sign_flips(first, second, f1, *signs)


def _bca(counts: FloatArray, weights: FloatArray, probability: FloatArray) -> Interval:
    """Bias-corrected and accelerated bootstrap (Efron 1987)."""
    values, whole = f1(weights @ counts), float(f1(counts.sum(axis=0)))
    below = probability @ (values < whole) + probability @ (values == whole) / 2
    if not 0 < below < 1:
        return Interval(whole, whole)
    without = f1(counts.sum(axis=0) - counts)
    apart = without.mean() - without
    spread = float(np.square(apart).sum())
    skew = float((apart**3).sum() / (6 * spread**1.5)) if spread else 0.0
    bias, normal = ndtri(below), ndtri(0.975)
    ends = [bias + (bias + sign * normal) / (1 - skew * (bias + sign * normal)) for sign in (-1, 1)]
    order = np.argsort(values)
    reached = np.searchsorted(np.cumsum(probability[order]), ndtr(ends))
    low, high = values[order][np.minimum(reached, len(values) - 1)]
    return Interval(float(low), float(high))


def _bootstrap_t(counts: FloatArray, weights: FloatArray, probability: FloatArray) -> Interval:
    """Studentised bootstrap: resamples divided by their own linearised standard errors (Efron & Tibshirani, 12.5)."""
    n, whole = len(counts), float(f1(counts.sum(axis=0)))
    sums = weights @ counts
    values = f1(sums)
    residual = 2 * counts[:, 0] - values[:, None] * (counts[:, 1] + counts[:, 2])
    errors = np.sqrt(n / (n - 1) * (weights * residual**2).sum(axis=1)) / (sums[:, 1] + sums[:, 2])
    kept = errors > 1e-12
    ratio = (values[kept] - whole) / errors[kept]
    order = np.argsort(ratio)
    reached = np.cumsum(probability[kept][order])
    at = np.searchsorted(reached, np.array([0.025, 0.975]) * reached[-1])
    low, high = ratio[order][np.minimum(at, len(order) - 1)]
    error = standard_error(influence(counts, f1))
    return Interval(whole - float(high) * error, whole - float(low) * error)


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibrate", description=__doc__)
    parser.add_argument("--trials", type=int, default=4000, help="simulated corpora per row (default: 4000)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"Coverage of nominal 95 % intervals; {options.trials} corpora a row\n")
    print("| documents | percentile bootstrap | BCa | linearised t | bootstrap-t | difference, linearised t |")
    print("|---:|---:|---:|---:|---:|---:|")
    for units in UNITS:
        _print(units, coverage(units, options.trials, seed=options.seed))
    print("\nType-I error at nominal 5 %; families are three systems against one\n")
    print("| documents | sign flips | family, Holm | family, max-T | flips of sentences (refused) |")
    print("|---:|---:|---:|---:|---:|")
    for units in UNITS:
        _print(units, rejections(units, options.trials, seed=options.seed))
    return 0


def _print(units: int, shares: Sequence[float]) -> None:
    print(f"| {units} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
