"""Word k-grams as 64-bit codes that depend on the words alone, not on the order in which they were seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import chain

import numpy as np
import numpy.typing as npt

from goldwire.counts import IntArray

__all__ = ["CodeArray", "Grams", "gram_codes", "grams_of", "mixed", "some_at_once", "starts_of_runs", "word_codes"]

CodeArray = npt.NDArray[np.uint64]

_AT_ONCE = 1 << 18
"""Characters."""

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


@dataclass(frozen=True)
class Grams:
    """The grams of several texts, one text after the other.

    code, text, place: (grams,) of each its code, its text and the word it begins with; first: (texts + 1,) where those of
    each text begin; words: (texts,) how many words each has; word: (all words,) their codes.
    """

    code: CodeArray
    text: IntArray
    place: IntArray
    first: IntArray
    words: IntArray
    word: CodeArray


def grams_of(texts: Sequence[Sequence[str]], length: int, *, short: bool) -> Grams:
    """The grams of texts given as words. short: whether a text of fewer words than ``length`` is one gram, or has none."""
    word = word_codes(list(chain.from_iterable(texts)))
    sizes = np.array([len(words) for words in texts], np.int64)
    ends = np.cumsum(sizes)
    text = np.repeat(np.arange(len(texts)), sizes)[: max(len(word) - length + 1, 0)]
    whole = np.flatnonzero(np.arange(len(text)) + length <= ends[text])
    code, text, start = gram_codes(word, length)[whole], text[whole], whole
    few = np.flatnonzero((sizes < length) & (sizes > 0)) if short else np.zeros(0, np.int64)
    if len(few):
        singles = [gram_codes(word[ends[at] - sizes[at] : ends[at]], int(sizes[at])) for at in few]
        text = np.concatenate([text, few])
        order = np.argsort(text, kind="stable")
        code = np.concatenate([code, *singles])[order]
        text, start = text[order], np.concatenate([start, ends[few] - sizes[few]])[order]
    first = np.searchsorted(text, np.arange(len(texts) + 1))
    return Grams(code, text, start - (ends - sizes)[text], first, sizes, word)


def some_at_once(texts: Sequence[str]) -> Iterator[slice]:
    """Texts in runs that are worth a call and whose words fit in a processor's cache."""
    low, size = 0, 0
    for at, text in enumerate(texts):
        size += len(text)
        if size >= _AT_ONCE:
            yield slice(low, at + 1)
            low, size = at + 1, 0
    if low < len(texts):
        yield slice(low, len(texts))


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
