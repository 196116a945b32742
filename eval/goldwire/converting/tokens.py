"""Tokens with offsets: cutting a text, fitting given words onto it, and spans on and off the borders of tokens."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Tokens", "Unaligned", "align", "rebuild"]

_WORD = re.compile(r"[^\W_](?:[\w\u0300-\u036f\u200d]|(?!['’]s\b)['’.](?=[^\W_]))*|['’]s\b|\S")
"""A word with its combining marks, inner apostrophes and dots (O'Brien, U.S, 3.5), a possessive 's, or one other
character."""

_STOP = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s)")
_TITLES = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "gen", "sen", "rep", "gov", "col", "capt", "lt", "sgt", "st", "jr", "sr"}
    | {"vs", "etc", "no", "dept", "est", "inc", "ltd", "co", "corp"}
    | {"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"}
)


@dataclass(frozen=True)
class Tokens:
    """The tokens of a text.

    spans: [start, end) of each token, in order, not overlapping; sentences: (first, last + 1) token of each sentence,
    which partition the tokens.
    """

    spans: Sequence[tuple[int, int]]
    sentences: Sequence[tuple[int, int]]

    @classmethod
    def of(cls, text: str) -> Tokens:
        """Words and single marks, sentences by full stops and line ends. The same text always gives the same tokens.

        The annotation has no say in this: the tokens of a gold and of predictions for one text are the same.
        """
        spans = [match.span() for match in _WORD.finditer(text)]
        borders = sorted({match.end() for match in re.finditer(r"[\r\n]+", text)} | set(_full_stops(text)))
        starts = [start for start, _ in spans]
        cuts = sorted({bisect_left(starts, border) for border in borders} | {0, len(spans)})
        return cls(spans, [(a, b) for a, b in itertools.pairwise(cuts)])

    def cover(self, start: int, end: int) -> tuple[int, int, bool]:
        """(first, last + 1, exact): the tokens a span touches, and whether it begins and ends with them.

        first == last where it touches none.
        """
        first = bisect_right(self.spans, start, key=lambda span: span[1])
        last = bisect_left(self.spans, end, key=lambda span: span[0])
        if first >= last:
            return first, first, False
        return first, last, self.spans[first][0] == start and self.spans[last - 1][1] == end

    def sentence_of(self, token: int) -> int:
        """The sentence a token is in."""
        return bisect_right(self.sentences, token, key=lambda sentence: sentence[0]) - 1


def _full_stops(text: str) -> Iterable[int]:
    """Ends of sentences inside a line: a stop, white space, and no small letter; not after titles and initials."""
    for match in _STOP.finditer(text):
        after = text[match.end() :].lstrip()[:1]
        before = re.search(r"[\w.]*$", text[max(0, match.start() - 20) : match.start()])
        word = before.group().lower() if before else ""
        short = text[match.start()] == "." and (word in _TITLES or "." in word or (len(word) == 1 and word.isalpha()))
        if not short and not after.islower():
            yield match.end()


class Unaligned(ValueError):  # noqa: N818  (says what the words are)
    """The words are not those of the text; ``index`` is the first that is not found where it should be."""

    def __init__(self, index: int) -> None:
        super().__init__(f"word {index} is not in the text")
        self.index = index


def align(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """[start, end) of each word, one after the other, with nothing but white space between. Raises Unaligned."""
    spans, at = [], 0
    for i, word in enumerate(words):
        while at < len(text) and text[at].isspace() and not text.startswith(word, at):
            at += 1
        if not word or not text.startswith(word, at):
            raise Unaligned(i)
        spans.append((at, at + len(word)))
        at += len(word)
    if text[at:].strip():
        raise Unaligned(len(words))
    return spans


def rebuild(sentences: Iterable[Sequence[str]]) -> tuple[str, list[tuple[int, int]]]:
    """A text of the words, divided by a blank, of sentences on a line each; and the span of every word."""
    pieces: list[str] = []
    spans: list[tuple[int, int]] = []
    at = 0
    for words in sentences:
        for i, word in enumerate(words):
            spans.append((at, at + len(word)))
            pieces += [word, "\n" if i == len(words) - 1 else " "]
            at += len(word) + 1
    return "".join(pieces), spans
