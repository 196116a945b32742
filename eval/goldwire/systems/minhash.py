"""The article-pair baseline "minhash": estimated Jaccard similarity, candidates by locality-sensitive hashing.

Signatures are made for many articles at once: a shingle is a 64-bit code, a permutation a multiplication by an odd number modulo
2^64 with an offset, a signature the least of each permutation in each article. Only the upper 32 bits are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import chain
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from goldwire.counts import FloatArray, IntArray
from goldwire.systems.base import Article, Record, check_range
from goldwire.systems.candidates import pairs_by_keys
from goldwire.systems.grams import CodeArray, gram_codes, mixed, word_codes
from goldwire.systems.words import folded_words

__all__ = ["MinHash", "bands_and_rows", "signatures"]

_SEED = 1
_WORDS_AT_ONCE = 1 << 15
_PAIRS_AT_ONCE = 1 << 18

Signatures = npt.NDArray[np.uint32]


@dataclass(frozen=True, kw_only=True)
class MinHash:
    """Estimated Jaccard similarity of word shingles (Broder 1997), candidates by locality-sensitive hashing.

    The configuration news de-duplication uses: 128 permutations, threshold 0.7. Bands and rows are those that make the
    areas of false positives and false negatives around the threshold smallest together, as datasketch chooses them.
    Texts shorter than a shingle are one shingle. Pairs in no common bucket are not given; those in one are, with their
    estimate, though it may lie under the threshold. Large groups of copies are chained, see `candidates.WINDOW`.
    """

    threshold: float = 0.7
    permutations: int = 128
    shingle: int = 5

    name: ClassVar[str] = "minhash"
    layers: ClassVar[tuple[str, ...]] = ("duplicates",)
    version: ClassVar[str] = "2"

    def __post_init__(self) -> None:
        check_range("threshold", self.threshold, 0, 1)
        check_range("permutations", self.permutations, 2)
        check_range("shingle", self.shingle, 1)

    @property
    def settings(self) -> dict[str, Any]:
        """What the prediction header records."""
        return asdict(self)

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """The pairs in a common LSH bucket."""
        ordered = sorted(articles, key=lambda article: article.doc_id)
        known, sketches = signatures([article.text for article in ordered], self.permutations, self.shingle)
        ids = [ordered[at].doc_id for at in known]
        a, b = pairs_by_keys(_keys(sketches, *bands_and_rows(self.threshold, self.permutations)))
        for score, i, j in zip(_estimates(sketches, a, b).tolist(), a.tolist(), b.tolist(), strict=True):
            if score > 0:
                yield {"a": ids[i], "b": ids[j], "score": score}


def signatures(texts: Sequence[str], permutations: int, shingle: int) -> tuple[list[int], Signatures]:
    """(indices of the texts that have words, (their number, permutations) signatures)."""
    generator = np.random.default_rng(_SEED)
    odd, offset = generator.integers(0, 1 << 64, (2, permutations), np.uint64, endpoint=False)
    odd |= np.uint64(1)
    known: list[int] = []
    parts: list[Signatures] = [np.zeros((0, permutations), np.uint32)]
    waiting: list[list[str]] = []
    size = 0
    for at, text in enumerate(texts):
        words = folded_words(text)
        if words:
            known.append(at)
            waiting.append(words)
            size += len(words)
        if size >= _WORDS_AT_ONCE:
            parts.append(_least(*_grams(waiting, shingle), odd, offset))
            waiting, size = [], 0
    if waiting:
        parts.append(_least(*_grams(waiting, shingle), odd, offset))
    return known, np.concatenate(parts)


def _grams(texts: Sequence[list[str]], shingle: int) -> tuple[CodeArray, IntArray]:
    """The shingles' codes of several texts, one text after the other, and where each text's begin."""
    codes = word_codes(list(chain.from_iterable(texts)))
    sizes = np.array([len(words) for words in texts])
    ends = np.cumsum(sizes)
    text = np.repeat(np.arange(len(texts)), sizes)[: max(len(codes) - shingle + 1, 0)]
    whole = np.flatnonzero(np.arange(len(text)) + shingle <= ends[text])
    short = np.flatnonzero(sizes < shingle)
    singles = [gram_codes(codes[ends[at] - sizes[at] : ends[at]], int(sizes[at])) for at in short]
    grams = np.concatenate([gram_codes(codes, shingle)[whole], *singles])
    owner = np.concatenate([text[whole], short])
    order = np.argsort(owner, kind="stable")
    return grams[order], np.searchsorted(owner[order], np.arange(len(texts)))


def _least(grams: CodeArray, starts: IntArray, odd: CodeArray, offset: CodeArray) -> Signatures:
    """(texts, permutations) the upper bits of each permutation's least value in each text."""
    code = mixed(grams)
    least = np.empty((len(starts), len(odd)), np.uint32)
    permuted = np.empty_like(code)
    for at in range(len(odd)):
        np.multiply(code, odd[at], out=permuted)
        np.add(permuted, offset[at], out=permuted)
        least[:, at] = np.minimum.reduceat(permuted, starts) >> np.uint64(32)
    return least


@cache
def bands_and_rows(threshold: float, permutations: int) -> tuple[int, int]:
    """The number of bands and of rows in each that make false positives and false negatives rarest, weighed alike.

    The probability that a pair of similarity s shares a bucket is 1 - (1 - s^rows)^bands; its integral up to the
    threshold is the area of false positives, that of its complement above it the area of false negatives (Zhu et al.
    2016).
    """
    best, least = (1, permutations), float("inf")
    for bands in range(1, permutations + 1):
        for rows in range(1, permutations // bands + 1):
            missed = _missed_area(threshold, bands, rows)
            if missed < least:
                best, least = (bands, rows), missed
    return best


def _missed_area(threshold: float, bands: int, rows: int) -> float:
    step = 0.001
    below = np.arange(0, threshold, step) + step / 2
    above = np.arange(threshold, 1, step) + step / 2
    unseen = [(1 - np.minimum(some, 1) ** rows) ** bands for some in (below, above)]
    return float((1 - unseen[0]).sum() * step + unseen[1].sum() * step) / 2


def _keys(sketches: Signatures, bands: int, rows: int) -> CodeArray:
    """(articles, bands) a code per band of a signature."""
    keys = np.zeros((len(sketches), bands), np.uint64)
    wide = sketches[:, : bands * rows].astype(np.uint64).reshape(len(sketches), bands, rows)
    for row in range(rows):
        keys = mixed(keys + wide[:, :, row])
    return keys


def _estimates(sketches: Signatures, a: IntArray, b: IntArray) -> FloatArray:
    """(pairs,) the share of permutations in which two signatures agree."""
    scores = np.zeros(len(a))
    for low in range(0, len(a), _PAIRS_AT_ONCE):
        some = slice(low, low + _PAIRS_AT_ONCE)
        scores[some] = (sketches[a[some]] == sketches[b[some]]).mean(axis=1)
    return scores
