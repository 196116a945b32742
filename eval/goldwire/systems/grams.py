"""Word k-grams as 64-bit codes that depend on the words alone, not on the order in which they were seen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

__all__ = ["CodeArray", "gram_codes", "mixed", "starts_of_runs", "word_codes"]

CodeArray = npt.NDArray[np.uint64]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def word_codes(words: Sequence[str]) -> CodeArray:
    """(words,) a code per word. Two of n different words collide with probability about n² / 2^65."""
    return np.fromiter(map(_code, words), np.uint64, len(words))


def gram_codes(codes: CodeArray, length: int) -> CodeArray:
    """(max(words - length + 1, 0),) a code per run of ``length`` words: a polynomial in the words' codes, mod 2^64."""
    count = max(len(codes) - length + 1, 0)
    grams = np.zeros(count, np.uint64)
    for offset in range(length):
        grams = grams * _MULTIPLIER + codes[offset : offset + count]
    return grams


def mixed(codes: CodeArray) -> CodeArray:
    """The codes with every bit made to depend on all others, one to one (the finaliser of splitmix64, Steele et al. 2014)."""
    codes = (codes ^ (codes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    codes = (codes ^ (codes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return codes ^ (codes >> np.uint64(31))


def starts_of_runs(ordered: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """(n,) True where a value of a sorted array differs from the one before it."""
    return np.r_[True, ordered[1:] != ordered[:-1]] if len(ordered) else np.zeros(0, np.bool_)


@lru_cache(maxsize=1 << 18)
def _code(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
