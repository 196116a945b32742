"""The passage baseline "seed-extend": shared runs of words, chained over small edits and extended at both ends.

1. Seeds are word k-grams that two articles share, words folded (see `words`), punctuation ignored. A seed found in more
   than ``max_articles`` articles is a formula and dropped, so the cap acts only on corpora larger than that. Of
   a seed repeated inside one article the first ``max_repeats`` places count. Both caps bound the number of hits.
2. Hits on one diagonal in a row make runs; runs at most ``gap`` words apart on both sides make chains.
3. Chains grow at both ends over an edit of up to two words if three words agree behind it.
4. Chains of two articles that overlap on both sides are merged, and those with at least ``shortest`` words matched
   are given, from the first word's first character to the last word's last. The score is the number of
   matched words over the words of the longer side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, groupby
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from goldwire.counts import IntArray
from goldwire.systems.base import Article, Record, check_range
from goldwire.systems.grams import grams_of, some_at_once, starts_of_runs
from goldwire.systems.joins import ROW, Candidates, Mapped, Rule, in_memory, kept_of, kept_values, rows_of
from goldwire.systems.words import tokenize

__all__ = ["SeedExtend"]

_EDITS = ((0, 0), (1, 1), (1, 0), (0, 1), (2, 1), (1, 2), (2, 2), (2, 0), (0, 2))
_AGREEING = 3

_WORD = np.dtype([("code", "<u8"), ("start", "<u4"), ("end", "<u4")])
_Words = npt.NDArray[np.void]

Run = tuple[int, int, int]
"""First word in a, first word in b, number of words that agree."""


@dataclass(slots=True)
class _Chain:
    """Runs of words that agree; word numbers count from the articles' first words; ends are exclusive."""

    runs: list[Run]
    a: int
    a_end: int
    b: int
    b_end: int

    @classmethod
    def of(cls, run: Run) -> _Chain:
        a, b, length = run
        return cls([run], a, a + length, b, b + length)

    def add(self, runs: list[Run]) -> None:
        self.runs += runs
        self.a = min([self.a, *(a for a, _, _ in runs)])
        self.b = min([self.b, *(b for _, b, _ in runs)])
        self.a_end = max([self.a_end, *(a + length for a, _, length in runs)])
        self.b_end = max([self.b_end, *(b + length for _, b, length in runs)])

    def matched(self) -> int:
        """The distinct words matched, on the side with fewer."""
        return min(_union((a, a + n) for a, _, n in self.runs), _union((b, b + n) for _, b, n in self.runs))


@dataclass(frozen=True, kw_only=True)
class SeedExtend:
    """Aligned passages of article pairs by seed and extend; see the module for the steps and the settings."""

    seed: int = 5
    gap: int = 5
    shortest: int = 8
    max_articles: int = 50
    max_repeats: int = 4

    name: ClassVar[str] = "seed-extend"
    layers: ClassVar[tuple[str, ...]] = ("passages",)
    version: ClassVar[str] = "1"
    schema: ClassVar[pa.Schema] = pa.schema(
        [("a", pa.string()), ("a_start", pa.int32()), ("a_end", pa.int32()), ("b", pa.string()), ("b_start", pa.int32()),
         ("b_end", pa.int32()), ("score", pa.float64())]
    )  # fmt: skip

    def __post_init__(self) -> None:
        for setting in ("seed", "shortest", "max_repeats"):
            check_range(setting, getattr(self, setting), 1)
        check_range("gap", self.gap, 0)
        check_range("max_articles", self.max_articles, 2)

    @property
    def settings(self) -> dict[str, Any]:
        """What the prediction header records."""
        return asdict(self)

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """One record per aligned passage, sorted by articles and place; nothing inside one article."""
        return in_memory(self, articles)

    def mapped(self, texts: Sequence[str]) -> Mapped:
        """The keys are the seeds, of a repeated one the first places; kept are the words' codes and places."""
        rows, kept, sizes = [np.zeros(0, ROW)], [np.zeros(0, _WORD)], [np.zeros(0, np.int64)]
        for some in some_at_once(texts):
            found = list(map(tokenize, texts[some]))
            grams = grams_of([forms for forms, _, _ in found], self.seed, short=False)
            order = np.lexsort((grams.place, grams.code, grams.text))
            begins = starts_of_runs(grams.code[order]) | starts_of_runs(grams.text[order])
            first = np.sort(order[_rank(begins) < self.max_repeats])
            rows.append(rows_of(grams.code[first], grams.text[first] + some.start, grams.place[first]))
            own = np.empty(len(grams.word), _WORD)
            own["code"] = grams.word
            own["start"], own["end"] = (list(chain.from_iterable(one[side] for one in found)) for side in (1, 2))
            kept.append(own)
            sizes.append(grams.words)
        size = np.concatenate(sizes)
        return Mapped(np.concatenate(rows), kept_of(np.concatenate(kept), size), size)

    def rule(self, articles: int) -> Rule:
        """Every two places of a seed that is no formula."""
        del articles
        return Rule("hits", self.max_articles)

    def scored(self, found: Candidates, kept: pa.Array, rule: Rule) -> pa.Table:
        """The aligned passages of the pairs."""
        del rule
        words, first = kept_values(kept, _WORD)
        columns: dict[str, list[Any]] = {name: [] for name in self.schema.names}
        for (a, b), rows in groupby(self._runs(found), key=lambda row: (row[0], row[1])):
            of_a, of_b = (words[first[at] : first[at + 1]] for at in (a, b))
            for passage in self._passages(of_a, of_b, [(row[2], row[3], row[4]) for row in rows]):
                for name, value in ({"a": a, "b": b} | passage).items():
                    columns[name].append(value)
        kinds = {field.name: pa.int64() if field.name in "ab" else field.type for field in self.schema}
        return pa.table({name: pa.array(column, kinds[name]) for name, column in columns.items()})

    def _runs(self, found: Candidates) -> list[list[int]]:
        """[article a, article b, word in a, word in b, length] of every maximal run of hits on a diagonal, sorted."""
        order = np.lexsort((found.at_a, found.at_b - found.at_a, found.b, found.a))
        a, b, at_a, at_b = (column[order] for column in (found.a, found.b, found.at_a, found.at_b))
        begins = starts_of_runs(a) | starts_of_runs(b) | starts_of_runs(at_b - at_a)
        begins[1:] |= at_a[1:] != at_a[:-1] + 1
        first = np.flatnonzero(begins)
        length = np.diff(np.r_[first, len(a)]) + self.seed - 1
        rows = np.stack([a[first], b[first], at_a[first], at_b[first], length], axis=1)
        return rows[np.lexsort(rows.T[::-1])].tolist()  # type: ignore[no-any-return]

    def _passages(self, of_a: _Words, of_b: _Words, runs: list[Run]) -> Iterator[dict[str, Any]]:
        words_a, words_b = of_a["code"].tolist(), of_b["code"].tolist()
        chains = self._chains(runs)
        for one in chains:
            one.add(_growth(words_a, words_b, one.a_end, one.b_end))
        words_a.reverse()
        words_b.reverse()
        for one in chains:
            leftward = _growth(words_a, words_b, len(words_a) - one.a, len(words_b) - one.b)
            one.add([(len(words_a) - i - n, len(words_b) - j - n, n) for i, j, n in leftward])
        for one in _merged(chains):
            matched = one.matched()
            if matched >= self.shortest:
                yield {
                    "a_start": int(of_a["start"][one.a]),
                    "a_end": int(of_a["end"][one.a_end - 1]),
                    "b_start": int(of_b["start"][one.b]),
                    "b_end": int(of_b["end"][one.b_end - 1]),
                    "score": matched / max(one.a_end - one.a, one.b_end - one.b),
                }

    def _chains(self, runs: list[Run]) -> list[_Chain]:
        """Join runs, sorted by their place in a, where both gaps are small; of several fits the nearest diagonal."""
        chains: list[_Chain] = []
        open_chains: list[_Chain] = []
        for run in runs:
            a, b, length = run
            open_chains = [one for one in open_chains if a - one.a_end <= self.gap]
            fits = [
                one
                for one in open_chains
                if -self.seed < a - one.a_end and -self.seed < b - one.b_end <= self.gap
                if a + length > one.a_end and b + length > one.b_end
            ]
            if fits:
                min(fits, key=lambda one: abs((a - one.a_end) - (b - one.b_end))).add([run])
                continue
            chains.append(_Chain.of(run))
            open_chains.append(chains[-1])
        return chains


def _rank(begins: npt.NDArray[np.bool_]) -> IntArray:
    """(n,) how many places since the last True."""
    place = np.arange(len(begins))
    return place - np.maximum.accumulate(np.where(begins, place, 0))


def _growth(words_a: list[int], words_b: list[int], a: int, b: int) -> list[Run]:
    """The runs that follow (a, b), each behind an edit of at most two words; the smallest edit that works is taken."""
    runs: list[Run] = []
    while True:
        for skip_a, skip_b in _EDITS:
            length = _agreement(words_a, words_b, a + skip_a, b + skip_b)
            if length >= (_AGREEING if skip_a or skip_b else 1):
                runs.append((a + skip_a, b + skip_b, length))
                a, b = a + skip_a + length, b + skip_b + length
                break
        else:
            return runs


def _agreement(words_a: list[int], words_b: list[int], a: int, b: int) -> int:
    length = 0
    while a + length < len(words_a) and b + length < len(words_b) and words_a[a + length] == words_b[b + length]:
        length += 1
    return length


def _merged(chains: list[_Chain]) -> list[_Chain]:
    """Chains in order of their place, those that overlap on both sides made one."""
    merged: list[_Chain] = []
    near: list[_Chain] = []
    for one in sorted(chains, key=lambda one: (one.a, one.b, one.a_end, one.b_end)):
        near = [other for other in near if one.a < other.a_end]
        for other in near:
            if one.b < other.b_end and other.b < one.b_end:
                other.add(one.runs)
                break
        else:
            merged.append(one)
            near.append(one)
    return merged


def _union(intervals: Iterator[tuple[int, int]]) -> int:
    """How many integers the half-open intervals cover."""
    covered, reach = 0, 0
    for low, high in sorted(intervals):
        covered += max(0, high - max(low, reach))
        reach = max(reach, high)
    return covered
