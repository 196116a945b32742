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
from itertools import groupby
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from goldwire.counts import IntArray
from goldwire.systems.base import Article, Record, check_range
from goldwire.systems.grams import CodeArray, gram_codes, starts_of_runs, word_codes
from goldwire.systems.words import tokenize

__all__ = ["SeedExtend"]

_EDITS = ((0, 0), (1, 1), (1, 0), (0, 1), (2, 1), (1, 2), (2, 2), (2, 0), (0, 2))
_AGREEING = 3

Run = tuple[int, int, int]
"""First word in a, first word in b, number of words that agree."""


@dataclass(frozen=True)
class _Corpus:
    """All articles' words in one row; article i has the words first[i] to first[i + 1]."""

    ids: tuple[str, ...]
    code: CodeArray
    start: IntArray
    end: IntArray
    first: IntArray


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
        corpus = _read(sorted(articles, key=lambda article: article.doc_id))
        runs = self._runs(corpus, *self._seeds(corpus))
        for (a, b), rows in groupby(runs, key=lambda row: (row[0], row[1])):
            yield from self._passages(corpus, a, b, [(row[2], row[3], row[4]) for row in rows])

    def _seeds(self, corpus: _Corpus) -> tuple[CodeArray, IntArray, IntArray]:
        """Code, article and word of every seed place, sorted; formulas and repeats dropped."""
        place = np.arange(max(len(corpus.code) - self.seed + 1, 0))
        article = np.searchsorted(corpus.first, place, side="right") - 1
        whole = place + self.seed <= corpus.first[article + 1]
        place, article = place[whole], article[whole]
        grams = gram_codes(corpus.code, self.seed)[place]
        order = np.argsort(grams, kind="stable")
        code, article, place = grams[order], article[order], place[order]
        new_code = starts_of_runs(code)
        new_article = new_code | starts_of_runs(article)
        group = np.cumsum(new_code) - 1
        frequency = np.bincount(group[new_article])[group] if len(group) else group
        keep = (frequency > 1) & (frequency <= self.max_articles) & (_rank(new_article) < self.max_repeats)
        return code[keep], article[keep], place[keep]

    def _runs(self, corpus: _Corpus, code: CodeArray, article: IntArray, place: IntArray) -> list[list[int]]:
        """[article a, article b, word in a, word in b, length] of every maximal run of hits on a diagonal, sorted."""
        left, right = _hits(code, article)
        a, b = article[left], article[right]
        at_a, at_b = place[left] - corpus.first[a], place[right] - corpus.first[b]
        order = np.lexsort((at_a, at_b - at_a, b, a))
        a, b, at_a, at_b = a[order], b[order], at_a[order], at_b[order]
        begins = starts_of_runs(a) | starts_of_runs(b) | starts_of_runs(at_b - at_a)
        begins[1:] |= at_a[1:] != at_a[:-1] + 1
        first = np.flatnonzero(begins)
        length = np.diff(np.r_[first, len(a)]) + self.seed - 1
        rows = np.stack([a[first], b[first], at_a[first], at_b[first], length], axis=1)
        return rows[np.lexsort(rows.T[::-1])].tolist()  # type: ignore[no-any-return]

    def _passages(self, corpus: _Corpus, a: int, b: int, runs: list[Run]) -> Iterator[Record]:
        words_a, words_b = (corpus.code[corpus.first[i] : corpus.first[i + 1]].tolist() for i in (a, b))
        chains = self._chains(runs)
        for chain in chains:
            chain.add(_growth(words_a, words_b, chain.a_end, chain.b_end))
        words_a.reverse()
        words_b.reverse()
        for chain in chains:
            leftward = _growth(words_a, words_b, len(words_a) - chain.a, len(words_b) - chain.b)
            chain.add([(len(words_a) - i - n, len(words_b) - j - n, n) for i, j, n in leftward])
        for chain in _merged(chains):
            matched = chain.matched()
            if matched < self.shortest:
                continue
            at_a, at_b = int(corpus.first[a]), int(corpus.first[b])
            yield {
                "a": corpus.ids[a],
                "a_start": int(corpus.start[at_a + chain.a]),
                "a_end": int(corpus.end[at_a + chain.a_end - 1]),
                "b": corpus.ids[b],
                "b_start": int(corpus.start[at_b + chain.b]),
                "b_end": int(corpus.end[at_b + chain.b_end - 1]),
                "score": matched / max(chain.a_end - chain.a, chain.b_end - chain.b),
            }

    def _chains(self, runs: list[Run]) -> list[_Chain]:
        """Join runs, sorted by their place in a, where both gaps are small; of several fits the nearest diagonal."""
        chains: list[_Chain] = []
        open_chains: list[_Chain] = []
        for run in runs:
            a, b, length = run
            open_chains = [chain for chain in open_chains if a - chain.a_end <= self.gap]
            fits = [
                chain
                for chain in open_chains
                if -self.seed < a - chain.a_end and -self.seed < b - chain.b_end <= self.gap
                if a + length > chain.a_end and b + length > chain.b_end
            ]
            if fits:
                min(fits, key=lambda chain: abs((a - chain.a_end) - (b - chain.b_end))).add([run])
                continue
            chains.append(_Chain.of(run))
            open_chains.append(chains[-1])
        return chains


def _read(articles: Sequence[Article]) -> _Corpus:
    codes, starts, ends, first = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [0]
    for article in articles:
        words, word_starts, word_ends = tokenize(article.text)
        codes.append(word_codes(words))
        starts.append(np.array(word_starts, np.int64))
        ends.append(np.array(word_ends, np.int64))
        first.append(first[-1] + len(words))
    return _Corpus(
        tuple(article.doc_id for article in articles),
        np.concatenate(codes),
        np.concatenate(starts),
        np.concatenate(ends),
        np.array(first, np.int64),
    )


def _hits(code: CodeArray, article: IntArray) -> tuple[IntArray, IntArray]:
    """All pairs of places with one code in two articles, as indices left < right, one distance at a time."""
    lefts, rights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    distance = 1
    left = np.arange(len(code) - 1)
    while len(left):
        left = left[left + distance < len(code)]
        left = left[code[left] == code[left + distance]]
        across = left[article[left] != article[left + distance]]
        lefts.append(across)
        rights.append(across + distance)
        distance += 1
    return np.concatenate(lefts), np.concatenate(rights)


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
    for chain in sorted(chains, key=lambda chain: (chain.a, chain.b, chain.a_end, chain.b_end)):
        near = [other for other in near if chain.a < other.a_end]
        for other in near:
            if chain.b < other.b_end and other.b < chain.b_end:
                other.add(chain.runs)
                break
        else:
            merged.append(chain)
            near.append(chain)
    return merged


def _union(intervals: Iterator[tuple[int, int]]) -> int:
    """How many integers the half-open intervals cover."""
    covered, reach = 0, 0
    for low, high in sorted(intervals):
        covered += max(0, high - max(low, reach))
        reach = max(reach, high)
    return covered
