"""The shape that the de-duplication baselines share, whatever brings the articles together.

1. ``mapped``: texts to rows (key, article, place) and to what is kept of each article.
2. Articles with a key in common are candidates, by the baseline's `Rule`. It looks at keys and ids alone, never at files,
   buckets or the order in which articles come, so that every engine finds the same.
3. ``scored``: candidates, with what was kept of both articles, to prediction records.

`in_memory` does the three for articles at hand; `goldwire.dedup` for articles in any number of files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from goldwire.counts import IntArray
from goldwire.systems.base import Article, Record, System
from goldwire.systems.candidates import products, same_key
from goldwire.systems.grams import CodeArray, starts_of_runs

__all__ = [
    "CHUNK", "PAIR", "PAIRS", "ROW", "Candidates", "Joined", "Mapped", "Pairs", "Rows", "Rule", "candidates", "chunks",
    "common_keys", "in_memory", "kept_of", "kept_values", "merged", "rows_of", "scored", "worth_scoring",
]  # fmt: skip

ROW = np.dtype([("key", "<u8"), ("article", "<u4"), ("place", "<u4")])
"""A key of an article. ``place`` is where it has it, for rules that look at places, else 0."""

PAIR = np.dtype([("a", "<u4"), ("b", "<u4"), ("x", "<u4"), ("y", "<u4")])
"""Two articles, a < b in the order of their ids; x, y: their places of a key ("hits"), or x keys in common ("count")."""

PAIRS = pa.schema([("a", pa.string()), ("b", pa.string()), ("score", pa.float64())])
"""Records of article pairs, as most baselines give them."""

Rows = npt.NDArray[np.void]
Pairs = npt.NDArray[np.void]

CHUNK = 1 << 13
"""So many pairs are scored at once."""


@dataclass(frozen=True)
class Rule:
    """Which articles with a key in common are candidates. The work grows with the number of rows, not its square.

    kind:  "chain": of the articles with a key, in the order of their ids, each with the ``limit`` that follow it;
           "count": all that share a key which at most ``limit`` articles have, unless what they can share at most is less
           than ``share`` of the smaller article's keys; "hits": every two places of a key which at most ``limit``
           articles have.
    """

    kind: Literal["chain", "count", "hits"]
    limit: int
    share: float = 0.0
    slack: ClassVar[float] = 1e-6
    """Rounding must not decide what is compared; the score decides what is a link."""

    def possible(self, shared: Any, common: Any, size: Any) -> Any:
        """Whether a share is possible. shared: keys that few have, common: the smaller number of keys that many have."""
        return shared + common >= self.share * size - self.slack


@dataclass(frozen=True)
class Mapped:
    """What a baseline makes of some articles.

    rows: of dtype ROW, by article. kept: (articles,) large_binary, empty where there is nothing to compare.
    size: (articles,) number of distinct keys.
    """

    rows: Rows
    kept: pa.Array
    size: IntArray


@dataclass(frozen=True)
class Candidates:
    """Pairs by the places of both articles in ``kept``; rules of the kind "hits": rows of a pair stand together."""

    a: IntArray
    b: IntArray
    at_a: IntArray
    at_b: IntArray


@runtime_checkable
class Joined(System, Protocol):
    """A baseline of that shape."""

    schema: ClassVar[pa.Schema]
    """Of its records."""

    def mapped(self, texts: Sequence[str]) -> Mapped:
        """Rows and what is kept of each text; ``article`` is a place in ``texts``."""

    def rule(self, articles: int) -> Rule:
        """What are candidates among so many articles."""

    def scored(self, found: Candidates, kept: pa.Array, rule: Rule) -> pa.Table:
        """Records of the candidates, with a and b as places in ``kept``, the other columns as in ``schema``."""


# What is kept of an article ----------------------------------------------------------------------------------------------


def rows_of(key: CodeArray, article: IntArray, place: IntArray | int = 0) -> Rows:
    """Rows from columns."""
    rows = np.empty(len(key), ROW)
    rows["key"], rows["article"], rows["place"] = key, article, place
    return rows


def kept_of(values: npt.NDArray[Any], lengths: IntArray) -> pa.Array:
    """(articles,) large_binary: ``lengths[i]`` of the values for article i."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    data = pa.py_buffer(np.ascontiguousarray(values).view(np.uint8).reshape(-1))
    parts = [None, pa.py_buffer(offsets * values.dtype.itemsize), data]
    return pa.Array.from_buffers(pa.large_binary(), len(lengths), parts)


def kept_values(kept: pa.Array, kind: npt.DTypeLike) -> tuple[npt.NDArray[Any], IntArray]:
    """The values of all articles in one array, and the place of each one's first, one more for the end."""
    kind = np.dtype(kind)
    _, offsets, data = kept.buffers()
    bounds = np.frombuffer(offsets, np.int64)[kept.offset : kept.offset + len(kept) + 1]
    low, high = int(bounds[0]), int(bounds[-1])
    values = np.frombuffer(data, np.uint8)[low:high] if high > low else np.zeros(0, np.uint8)
    return values.view(kind), (bounds - low) // kind.itemsize


# From rows to candidates -------------------------------------------------------------------------------------------------


def candidates(rule: Rule, rows: Rows) -> Iterator[Pairs]:
    """Pairs of rows sorted by key, article and place, block by block; all rows of a key are among them."""
    key, article = rows["key"], rows["article"]
    if rule.kind == "chain":
        for left, right in same_key(key, rule.limit):
            yield _pairs(article[left], article[right])
        return
    frequency = _frequency(key, article)
    rows = rows[(frequency > 1) & (frequency <= rule.limit)]
    key, article = rows["key"], rows["article"]
    if rule.kind == "count":
        yield from _counted(key, article)
        return
    for left, right in same_key(key):
        across = np.flatnonzero(article[left] != article[right])
        left, right = left[across], right[across]
        yield _pairs(article[left], article[right], rows["place"][left], rows["place"][right])


def common_keys(rule: Rule, rows: Rows, articles: int) -> IntArray:
    """(articles,) how many keys each has that more than ``limit`` articles have, where it matters; rows sorted by key."""
    if not rule.share:
        return np.zeros(articles, np.int64)
    many = _frequency(rows["key"], rows["article"]) > rule.limit
    return np.bincount(rows["article"][many], minlength=articles)


def _frequency(key: CodeArray, article: npt.NDArray[np.uint32]) -> IntArray:
    """(rows,) how many articles have the key; rows sorted by key and article."""
    new_key = starts_of_runs(key)
    group = np.cumsum(new_key) - 1
    frequency: IntArray = np.bincount(group[new_key | starts_of_runs(article)])[group] if len(key) else group
    return frequency


def _counted(key: CodeArray, article: npt.NDArray[np.uint32]) -> Iterator[Pairs]:
    from scipy.sparse import csr_array

    some, row = np.unique(article, return_inverse=True)
    column = np.cumsum(starts_of_runs(key)) - 1
    width = int(column[-1]) + 1 if len(column) else 0
    matrix = csr_array((np.ones(len(row), np.int32), (row, column)), shape=(len(some), width))
    for a, b, shared in products(matrix):
        yield _pairs(some[a], some[b], shared)


def _pairs(a: Any, b: Any, x: Any = 0, y: Any = 0) -> Pairs:
    pairs = np.empty(len(a), PAIR)
    pairs["a"], pairs["b"], pairs["x"], pairs["y"] = a, b, x, y
    return pairs


def merged(rule: Rule, pairs: Pairs) -> Pairs:
    """Each pair once, in order, what was counted added up; with rules of the kind "hits" nothing but the order."""
    pairs = pairs[np.argsort(pairs["a"].astype(np.uint64) << np.uint64(32) | pairs["b"], kind="stable")]
    if rule.kind == "hits":
        return pairs
    first = np.flatnonzero(starts_of_runs(pairs["a"]) | starts_of_runs(pairs["b"]))
    if rule.kind == "chain" or not len(first):
        return pairs[first]
    return _pairs(pairs["a"][first], pairs["b"][first], np.add.reduceat(pairs["x"], first, dtype=np.int64))


def worth_scoring(rule: Rule, pairs: Pairs, common: IntArray, size: IntArray) -> Pairs:
    """Merged pairs that the rule leaves possible. common, size: (articles,) of `common_keys` and of Mapped."""
    if not rule.share:
        return pairs
    a, b = pairs["a"], pairs["b"]
    worth = rule.possible(pairs["x"], np.minimum(common[a], common[b]), np.minimum(size[a], size[b]))
    return pairs[np.flatnonzero(worth)]


def chunks(rule: Rule, pairs: Pairs, most: int = CHUNK) -> Iterator[Pairs]:
    """Sorted pairs, some at a time; rows of one pair stay together. At most 16 rows to a pair that counts."""
    if rule.kind != "hits":
        yield from (pairs[low : low + most] for low in range(0, len(pairs), most))
        return
    first = np.flatnonzero(starts_of_runs(pairs["a"]) | starts_of_runs(pairs["b"]))
    cuts = first[np.searchsorted(first, np.arange(0, len(pairs), 16 * most))] if len(pairs) else first
    yield from (pairs[low:high] for low, high in pairwise([*dict.fromkeys(cuts.tolist()), len(pairs)]))


def scored(system: Joined, pairs: Pairs, kept: pa.Array, rule: Rule) -> pa.Table:
    """Records of a chunk of pairs whose a and b are places in ``kept``, sorted as the pairs are."""
    columns = (pairs[name].astype(np.int64) for name in PAIR.names or ())
    return system.scored(Candidates(*columns), kept, rule)


# In memory ---------------------------------------------------------------------------------------------------------------


def in_memory(system: Joined, articles: Sequence[Article]) -> Iterator[Record]:
    """The records of articles at hand, sorted by ids."""
    ordered = sorted(articles, key=lambda article: article.doc_id)
    ids, count = [article.doc_id for article in ordered], len(ordered)
    found = system.mapped([article.text for article in ordered])
    rule = system.rule(count)
    rows = found.rows[np.argsort(found.rows["key"], kind="stable")]
    common = common_keys(rule, rows, count)
    blocks: Iterable[Pairs] = candidates(rule, rows)
    if rule.kind != "count":  # a block of products is whole by itself
        blocks = [merged(rule, np.concatenate([np.zeros(0, PAIR), *blocks]))]
    for block in blocks:
        for pairs in chunks(rule, worth_scoring(rule, block, common, found.size)):
            for record in scored(system, pairs, found.kept, rule).to_pylist():
                yield {**record, "a": ids[record["a"]], "b": ids[record["b"]]}
