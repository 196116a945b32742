"""The article-pair baseline "containment": the share of one article's word 5-grams that the other has.

It gives every pair with a score above 0: pairs under the header's ``threshold`` are scores for ranking measures, not
links. Beyond ``ALL_PAIRS`` articles it gives only links, and finds them by what is rare: two articles are compared if
they share a shingle that at most ``RARE`` articles have and if the number of their common ones leaves a link possible.
Their score is then exact. So the work grows with the size of the corpus, not with its square; a pair that shares nothing but
what is in more than ``RARE`` articles is missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from goldwire.counts import IntArray
from goldwire.systems.base import Article, Record, check_range
from goldwire.systems.candidates import ALL_PAIRS, RARE
from goldwire.systems.grams import grams_of, some_at_once, starts_of_runs
from goldwire.systems.joins import PAIRS, ROW, Candidates, Mapped, Rule, in_memory, kept_of, kept_values, rows_of
from goldwire.systems.words import folded_words

__all__ = ["Containment"]

_REUSE_FROM = np.array([0.10, 2 / 3, 0.95])
_REUSE = pa.array(["trace", "partial", "major", "whole"])
_COLUMNS = [
    *PAIRS, ("reuse_a", pa.string()), ("reuse_b", pa.string()), ("coverage_a", pa.float64()), ("coverage_b", pa.float64()),
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Containment:
    """Share of an article's distinct word 5-grams found in the other (Broder 1997), in both directions.

    The score is the larger of the two. ``coverage_a`` is the share of a's shingles that b has, and ``reuse_a`` its
    level: whole from .95, major from 2/3, partial from .10, else trace. The threshold is where "partial" begins. Texts
    shorter than a shingle are one shingle.
    """

    threshold: float = 0.10
    shingle: int = 5

    name: ClassVar[str] = "containment"
    layers: ClassVar[tuple[str, ...]] = ("duplicates",)
    version: ClassVar[str] = "1"
    schema: ClassVar[pa.Schema] = pa.schema(_COLUMNS)

    def __post_init__(self) -> None:
        check_range("threshold", self.threshold, 0, 1)
        check_range("shingle", self.shingle, 1)

    @property
    def settings(self) -> dict[str, Any]:
        """What the prediction header records."""
        return asdict(self)

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """The pairs with a shingle in common."""
        return in_memory(self, articles)

    def mapped(self, texts: Sequence[str]) -> Mapped:
        """The keys are the distinct shingles; they are kept as well."""
        parts, sizes = [np.zeros(0, ROW)], [np.zeros(0, np.int64)]
        for some in some_at_once(texts):
            grams = grams_of(list(map(folded_words, texts[some])), self.shingle, short=True)
            order = np.lexsort((grams.code, grams.text))
            code, text = grams.code[order], grams.text[order]
            new = starts_of_runs(code) | starts_of_runs(text)
            parts.append(rows_of(code[new], text[new] + some.start))
            sizes.append(np.bincount(text[new], minlength=some.stop - some.start))
        rows, size = np.concatenate(parts), np.concatenate(sizes)
        return Mapped(rows, kept_of(rows["key"], size), size)

    def rule(self, articles: int) -> Rule:
        """Articles with a shingle in common; in large corpora a rare one, and enough others."""
        if articles <= ALL_PAIRS:
            return Rule("count", max(articles, 1))
        return Rule("count", RARE, self.threshold)

    def scored(self, found: Candidates, kept: pa.Array, rule: Rule) -> pa.Table:
        """Pairs with the shares of their shingles."""
        shared, size_a, size_b = _shared(found, kept)
        coverage_a, coverage_b = shared / size_a, shared / size_b
        score = np.maximum(coverage_a, coverage_b)
        wanted = np.flatnonzero((score > 0) & (score >= rule.share))
        level_a, level_b = (
            pa.array(np.searchsorted(_REUSE_FROM, coverage[wanted], side="right"))
            for coverage in (coverage_a, coverage_b)
        )
        return pa.table(
            {
                "a": found.a[wanted],
                "b": found.b[wanted],
                "score": score[wanted],
                "reuse_a": _REUSE.take(level_a),
                "reuse_b": _REUSE.take(level_b),
                "coverage_a": coverage_a[wanted],
                "coverage_b": coverage_b[wanted],
            }
        )


def _shared(found: Candidates, kept: pa.Array) -> tuple[IntArray, IntArray, IntArray]:
    """(pairs,) how many distinct shingles both have, and how many each.

    A product of sparse rows whose columns are the codes themselves, but for the last bit: a column takes no space.
    """
    from scipy.sparse import csr_array

    some, at = np.unique(np.concatenate([found.a, found.b]), return_inverse=True)
    code, first = kept_values(kept.take(pa.array(some)), np.uint64)
    column = (code >> np.uint64(1)).astype(np.int64)
    matrix = csr_array((np.ones(len(code), np.int8), column, first), shape=(len(some), 2**63 - 1))
    a, b = at[: len(found.a)], at[len(found.a) :]
    size = np.diff(first)
    return np.diff(matrix[a].multiply(matrix[b]).indptr).astype(np.int64), size[a], size[b]
