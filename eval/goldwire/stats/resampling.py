"""Resamples of units: bootstrap weights and sign flips, enumerated where there are few units, else drawn by a seed.

One set of weights or flips serves all systems, measures and slices of a comparison, so that their figures are paired.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from math import comb

import numpy as np
import numpy.typing as npt

from goldwire.counts import FloatArray, IntArray

__all__ = ["EXACT_BOOTSTRAP", "EXACT_FLIPS", "bootstrap_totals", "bootstrap_weights", "exact_bootstrap", "flip_signs"]

EXACT_BOOTSTRAP = 9
"""Up to this many units all C(2n - 1, n) resamples are enumerated."""
EXACT_FLIPS = 16
"""Up to this many units all 2^n assignments of signs are enumerated."""

_CHUNK = 250_000
_EXACT_IN_FLOAT32 = 2**24


def bootstrap_totals(per_unit: FloatArray, resamples: int, seed: int) -> FloatArray:
    """(resamples, columns) sums over n units drawn with replacement, for (n, columns) counts."""
    n = len(per_unit)
    whole = bool(np.all(per_unit == np.rint(per_unit))) and n * np.abs(per_unit).max(initial=0) < _EXACT_IN_FLOAT32
    # Whole numbers below 2^24 add up exactly in single precision, at twice the speed.
    columns = per_unit.astype(np.float32 if whole else np.float64)
    parts = [weights.astype(columns.dtype) @ columns for weights in _weights(n, resamples, seed)]
    return np.concatenate(parts).astype(np.float64)


def bootstrap_weights(n: int, resamples: int, seed: int) -> tuple[IntArray, FloatArray]:
    """(rows, n) how often each unit is drawn and (rows,) how likely that is; all resamples where there are few units."""
    if n <= EXACT_BOOTSTRAP:
        return exact_bootstrap(n)
    return np.concatenate(list(_weights(n, resamples, seed))), np.full(resamples, 1 / resamples)


def _weights(n: int, resamples: int, seed: int) -> Iterator[IntArray]:
    """How often each unit is drawn, (rows, n) at a time."""
    rng = np.random.default_rng(seed)
    rows = max(1, _CHUNK // n)
    for start in range(0, resamples, rows):
        size = min(rows, resamples - start)
        drawn = rng.integers(0, n, size=(size, n), dtype=np.int32)
        drawn += (np.arange(size, dtype=np.int32) * n)[:, None]
        yield np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)


@cache
def exact_bootstrap(n: int) -> tuple[IntArray, FloatArray]:
    """All resamples of n units and their probabilities: (C(2n - 1, n), n) weights and (C(2n - 1, n),).

    A resample with multiplicities k has probability n! / (k_1! ... k_n!) / n^n.
    """
    weights = np.zeros((comb(2 * n - 1, n), n), np.int64)
    # Multisets of size n are the positions of n - 1 bars among n stars.
    from itertools import combinations

    bars = np.array(list(combinations(range(2 * n - 1), n - 1)), np.int64).reshape(len(weights), n - 1)
    edges = np.concatenate([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), 2 * n - 1)], axis=1)
    weights[:] = np.diff(edges, axis=1) - 1
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    log_probability = log_factorial[n] - log_factorial[weights].sum(axis=1) - n * np.log(n)
    return weights, np.exp(log_probability)


@lru_cache(maxsize=2)
def flip_signs(
    n: int, resamples: int, seed: int, *, most_exact: int = 2**EXACT_FLIPS
) -> tuple[npt.NDArray[np.int8], bool]:
    """(rows, n) assignments of 0 and 1 to the units, and whether these are all 2^n of them, at most ``most_exact``.

    1 leaves a unit's two systems as they are, 0 swaps them. Among all assignments the first is the one that swaps
    nothing; drawn ones do not include it on purpose, the test adds it.
    """
    if n < most_exact.bit_length():
        rows = np.arange(2**n)[::-1, None]
        signs = ((rows >> np.arange(n)) & 1).astype(np.int8)
    else:
        signs = np.random.default_rng(seed).integers(0, 2, size=(resamples, n), dtype=np.int8)
    signs.flags.writeable = False  # all pairs and measures of a comparison share them
    return signs, n < most_exact.bit_length()
