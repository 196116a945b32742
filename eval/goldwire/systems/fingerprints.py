"""Article-pair baselines that compare one number per article: "exact" and "simhash"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from itertools import combinations, pairwise
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from goldwire.counts import IntArray
from goldwire.systems.base import Article, Record, check_range
from goldwire.systems.candidates import ALL_PAIRS, WINDOW, pairs_by_keys, pairs_of_all
from goldwire.systems.grams import CodeArray, gram_codes, mixed, word_codes
from goldwire.systems.joins import PAIRS, Candidates, Mapped, Rule, in_memory, kept_of, kept_values, rows_of
from goldwire.systems.words import folded_words

__all__ = ["Exact", "SimHash"]

_BITS = 64


@dataclass(frozen=True, kw_only=True)
class Exact:
    """Equal texts are duplicates; nothing else is.

    folded: texts are equal if their words are, case, quotes, punctuation and white space aside; otherwise only if
    every character is. Texts without words are left out. Large groups of copies are chained, see `candidates.WINDOW`.
    """

    folded: bool = True

    name: ClassVar[str] = "exact"
    layers: ClassVar[tuple[str, ...]] = ("duplicates",)
    version: ClassVar[str] = "1"
    schema: ClassVar[pa.Schema] = PAIRS

    @property
    def settings(self) -> dict[str, Any]:
        """What the prediction header records."""
        return asdict(self)

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """The pairs of equal articles, with score 1."""
        return in_memory(self, articles)

    def mapped(self, texts: Sequence[str]) -> Mapped:
        """The key is one half of the text's digest, what is kept the other."""
        digests = [self._digest(text) for text in texts]
        known = np.array([bool(digest) for digest in digests], np.bool_)
        halves = np.frombuffer(b"".join(digests), np.uint64).reshape(-1, 2)
        size = known.astype(np.int64)
        return Mapped(rows_of(halves[:, 0], np.flatnonzero(known)), kept_of(halves[:, 1], size), size)

    def _digest(self, text: str) -> bytes:
        """16 bytes; none for a text without words."""
        words = folded_words(text)
        if not words:
            return b""
        text = " ".join(words) if self.folded else text
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    def rule(self, articles: int) -> Rule:
        """Articles with one digest, large groups of them chained."""
        del articles
        return Rule("chain", WINDOW)

    def scored(self, found: Candidates, kept: pa.Array, rule: Rule) -> pa.Table:
        """Pairs whose digests are equal in their other half too."""
        del rule
        half, first = kept_values(kept, np.uint64)
        a, b = first[found.a], first[found.b]
        equal = half[a] == half[b]
        return pa.table({"a": found.a[equal], "b": found.b[equal], "score": np.ones(int(equal.sum()))})


@dataclass(frozen=True, kw_only=True)
class SimHash:
    """Hamming distance of 64-bit fingerprints of word shingles (Charikar 2002; Manku, Jain & Das Sarma 2007).

    A pair is a link if at most ``distance`` bits differ, by default the 3 of Manku et al.; the score is the share of bits
    that agree. Of 2 x distance blocks of a fingerprint, two so close agree in ``distance`` at least, so that tables over
    the choices of blocks miss none of them. Texts shorter than a shingle are one shingle.
    """

    distance: int = 3
    shingle: int = 3

    name: ClassVar[str] = "simhash"
    layers: ClassVar[tuple[str, ...]] = ("duplicates",)
    version: ClassVar[str] = "1"

    def __post_init__(self) -> None:
        check_range("distance", self.distance, 0, 5)
        check_range("shingle", self.shingle, 1)

    @property
    def settings(self) -> dict[str, Any]:
        """What the prediction header records; the threshold is the score at the distance."""
        return asdict(self) | {"threshold": 1 - self.distance / _BITS}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """The pairs that are links; of small corpora every pair with its score."""
        ids: list[str] = []
        prints: list[int] = []
        for article in sorted(articles, key=lambda article: article.doc_id):
            codes = word_codes(folded_words(article.text))
            if len(codes):
                ids.append(article.doc_id)
                prints.append(_fingerprint(gram_codes(codes, min(self.shingle, len(codes)))))
        fingerprint = np.array(prints, np.uint64)
        small = len(articles) <= ALL_PAIRS
        for a, b in pairs_of_all(len(ids)) if small else [pairs_by_keys(_tables(fingerprint, self.distance))]:
            differing = _distances(fingerprint[a], fingerprint[b])
            for at in np.flatnonzero(differing < _BITS if small else differing <= self.distance):
                yield {"a": ids[a[at]], "b": ids[b[at]], "score": 1 - int(differing[at]) / _BITS}


def _fingerprint(grams: CodeArray) -> int:
    """A bit is set where more than half of the distinct shingles' hashes have it set."""
    distinct = mixed(np.unique(grams))
    bits = np.unpackbits(distinct.view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    set_bits = (2 * bits.sum(axis=0, dtype=np.int64) > len(distinct)).astype(np.uint8)
    return int.from_bytes(np.packbits(set_bits, bitorder="little").tobytes(), "little")


def _distances(a: CodeArray, b: CodeArray) -> IntArray:
    """(pairs,) how many bits differ."""
    differing: IntArray = np.unpackbits((a ^ b).view(np.uint8).reshape(-1, 8), axis=1).sum(axis=1, dtype=np.int64)
    return differing


def _tables(fingerprint: CodeArray, distance: int) -> npt.NDArray[np.uint64]:
    """(articles, tables) the fingerprints without all but a choice of their blocks, one table per choice."""
    blocks = max(2 * distance, 1)
    bounds = np.linspace(0, _BITS, blocks + 1).astype(int).tolist()
    masks = [(1 << high) - (1 << low) for low, high in pairwise(bounds)]
    chosen = [sum(choice) for choice in combinations(masks, max(blocks - distance, 1))]
    return fingerprint[:, None] & np.array(chosen, np.uint64)[None, :]
