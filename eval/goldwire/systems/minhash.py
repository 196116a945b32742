"""The article-pair baseline "minhash": estimated Jaccard similarity, candidates by locality-sensitive hashing.

Signatures are made for many articles at once: a shingle is a 64-bit code, a permutation a multiplication by an odd number modulo
2^64 with an offset, a signature the least of each permutation in each article. Only the upper 32 bits are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from goldwire.counts import IntArray
from goldwire.systems.base import Article, Record, check_range
from goldwire.systems.candidates import WINDOW
from goldwire.systems.grams import CodeArray, grams_of, mixed, some_at_once
from goldwire.systems.joins import PAIRS, Candidates, Mapped, Rule, in_memory, kept_of, kept_values, rows_of
from goldwire.systems.words import folded_words

__all__ = ["MinHash", "bands_and_rows", "signatures"]

_SEED = 1

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
    schema: ClassVar[pa.Schema] = PAIRS

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
        return in_memory(self, articles)

    def mapped(self, texts: Sequence[str]) -> Mapped:
        """A key for each band of the signature; kept is the signature."""
        known, sketches = signatures(texts, self.permutations, self.shingle)
        keys = _keys(sketches, *bands_and_rows(self.threshold, self.permutations))
        size = np.zeros(len(texts), np.int64)
        size[known] = keys.shape[1]
        rows = rows_of(keys.reshape(-1), np.repeat(np.array(known, np.int64), keys.shape[1]))
        return Mapped(rows, kept_of(sketches, np.where(size > 0, self.permutations, 0)), size)

    def rule(self, articles: int) -> Rule:
        """Articles in one bucket, large groups of them chained."""
        del articles
        return Rule("chain", WINDOW)

    def scored(self, found: Candidates, kept: pa.Array, rule: Rule) -> pa.Table:
        """Pairs with the share of permutations in which their signatures agree."""
        del rule
        values, first = kept_values(kept, np.uint32)
        sketches, row = values.reshape(-1, self.permutations), first // self.permutations
        score = (sketches[row[found.a]] == sketches[row[found.b]]).mean(axis=1)
        alike = score > 0
        return pa.table({"a": found.a[alike], "b": found.b[alike], "score": score[alike]})


def signatures(texts: Sequence[str], permutations: int, shingle: int) -> tuple[list[int], Signatures]:
    """(indices of the texts that have words, (their number, permutations) signatures)."""
    generator = np.random.default_rng(_SEED)
    odd, offset = generator.integers(0, 1 << 64, (2, permutations), np.uint64, endpoint=False)
    odd |= np.uint64(1)
    known: list[int] = []
    parts: list[Signatures] = [np.zeros((0, permutations), np.uint32)]
    for some in some_at_once(texts):
        words = [(at, cut) for at, cut in enumerate(map(folded_words, texts[some]), some.start) if cut]
        known += [at for at, _ in words]
        grams = grams_of([cut for _, cut in words], shingle, short=True)
        parts.append(_least(grams.code, grams.first[:-1], odd, offset))
    return known, np.concatenate(parts)


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
    """(articles, bands) a code per band of a signature; no two bands have one in common."""
    keys = np.repeat(np.arange(bands, dtype=np.uint64)[None, :], len(sketches), axis=0)
    wide = sketches[:, : bands * rows].astype(np.uint64).reshape(len(sketches), bands, rows)
    for row in range(rows):
        keys = mixed(keys + wide[:, :, row])
    return keys
