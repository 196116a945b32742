"""Strings as people compare them, and where a string stands in a text: the folds behind grounding.

Two folds, each with the way back to the untouched text: ``plain`` (NFC, one glyph for all quotes, apostrophes and
dashes, one blank for all white space, soft hyphens and zero-width marks left out) and ``caseless`` (case folding too).
Nothing is fuzzy: a string that is not in the folded text is not found.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

__all__ = ["GROUNDING", "Folded", "Places", "TextPlaces", "caseless", "fold"]

GROUNDING = ("exact", "normalised", "ambiguous", "duplicate", "ungrounded")
"""What can become of a string without offsets; see ``formats.grounding``."""

_GLYPHS = str.maketrans(
    dict.fromkeys("‘’‚‛′ʼʻ＇`´", "'")
    | dict.fromkeys("“”„‟″«»＂", '"')
    | dict.fromkeys("‐‑‒–—―−﹣－", "-")
    | {"…": "..."}
    | dict.fromkeys("\u00ad\u200b\u2060\ufeff", None)
)
_NEEDS_FOLDING = re.compile(r"[^\x21-\x7e ]|`|  ")
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Letters of scripts that do not part words by blanks."""


def caseless(text: str) -> str:
    """A string in the form in which strings are compared without their places: folded, trimmed, case ignored."""
    return fold(text, ignore_case=True).text.strip()


@dataclass(frozen=True)
class Folded:
    """A folded text; start, stop: (characters,) where the piece each character was made of begins and ends.

    A piece is a character with its combining marks, or a run of white space: no match may begin or end inside one.
    """

    text: str
    start: list[int] | range
    stop: list[int] | range

    def span(self, low: int, high: int) -> tuple[int, int] | None:
        """The part of the untouched text behind [low, high), None where that begins or ends inside a piece."""
        if low and self.start[low] == self.start[low - 1]:
            return None
        if high < len(self.text) and self.start[high] == self.start[high - 1]:
            return None
        return self.start[low], self.stop[high - 1]


def fold(text: str, *, ignore_case: bool = False) -> Folded:
    """The text folded; see the module."""
    if not _NEEDS_FOLDING.search(text):  # ASCII without anything to fold keeps its places
        same = range(len(text))
        return Folded(text.lower() if ignore_case else text, same, range(1, len(text) + 1))
    pieces: list[str] = []
    start: list[int] = []
    stop: list[int] = []
    at = 0
    while at < len(text):
        end = _piece_end(text, at)
        piece = " " if text[at].isspace() else unicodedata.normalize("NFC", text[at:end]).translate(_GLYPHS)
        if ignore_case:
            piece = unicodedata.normalize("NFC", piece.casefold())
        if piece == " " and pieces and pieces[-1] == " ":  # blanks around a mark that was left out
            stop[-1] = end
        elif piece:
            pieces.append(piece)
            start += [at] * len(piece)
            stop += [end] * len(piece)
        at = end
    return Folded("".join(pieces), start, stop)


def _piece_end(text: str, at: int) -> int:
    end = at + 1
    if text[at].isspace():
        while end < len(text) and text[end].isspace():
            end += 1
        return end
    while end < len(text) and _continues(text[end]):
        end += 1
    return end


def _continues(character: str) -> bool:
    """Combining marks, and vowels and finals of Hangul syllables spelt out."""
    return character > "\u02ff" and (unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff")


@dataclass(frozen=True)
class Places:
    """Where a string stands in a text: spans from left to right, and whether it does so as it is spelt."""

    spans: tuple[tuple[int, int], ...] = ()
    exact: bool = True

    def first(self, taken: set[tuple[int, int]], at_least: int) -> tuple[int, int] | None:
        """The first free span that begins at an offset or behind it; None where all are taken."""
        at = bisect_left(self.spans, (at_least, -1))
        while at < len(self.spans) and self.spans[at] in taken:
            at += 1
        return self.spans[at] if at < len(self.spans) else None

    def nearest(self, at: int, taken: set[tuple[int, int]]) -> tuple[int, int] | None:
        """The free span that begins nearest to ``at``, the left one of two; None where all are taken."""
        right = bisect_left(self.spans, (at, -1))
        left = right - 1
        while left >= 0 or right < len(self.spans):
            before = at - self.spans[left][0] if left >= 0 else None
            after = self.spans[right][0] - at if right < len(self.spans) else None
            if before is not None and (after is None or before <= after):
                span, left = self.spans[left], left - 1
            else:
                span, right = self.spans[right], right + 1
            if span not in taken:
                return span
        return None


class TextPlaces:
    """The places of strings in one text: as they are spelt, else folded, else in any case.

    Only whole words are found ("Russia" is not in "Russian"), in scripts that part words by blanks.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._known: dict[str, Places] = {}

    def of(self, string: str) -> Places:
        """All places of a string, under the first of the three that has any."""
        if string not in self._known:
            self._known[string] = self._found(string)
        return self._known[string]

    def _found(self, string: str) -> Places:
        trimmed = string.strip()
        if not trimmed:
            return Places()
        text = self.text
        spans = self._whole_words(Folded(text, range(len(text)), range(1, len(text) + 1)), trimmed)
        if spans:
            return Places(spans, exact=trimmed == string)
        return Places(
            self._whole_words(self._plain, fold(trimmed).text.strip())
            or self._whole_words(self._caseless, caseless(trimmed)),
            exact=False,
        )

    @cached_property
    def _plain(self) -> Folded:
        return fold(self.text)

    @cached_property
    def _caseless(self) -> Folded:
        return fold(self.text, ignore_case=True)

    def _whole_words(self, folded: Folded, string: str) -> tuple[tuple[int, int], ...]:
        spans: list[tuple[int, int]] = []
        at = folded.text.find(string) if string else -1
        while at >= 0:
            span = folded.span(at, at + len(string))
            whole = span is not None and not (self._inside_word(span[0]) or self._inside_word(span[1]))
            if span is not None and whole:
                spans.append(span)
            at = folded.text.find(string, at + (len(string) if whole else 1))
        return tuple(spans)

    def _inside_word(self, at: int) -> bool:
        """Whether a border falls inside a word, a number or a character with its marks."""
        if not 0 < at < len(self.text):
            return False
        left, right = self.text[at - 1], self.text[at]
        if _continues(right):
            return True
        if left.isdigit() and right.isdigit():
            return True
        base = at - 1
        while base and _continues(self.text[base]):
            base -= 1
        left = self.text[base]
        if not (left.isalpha() and right.isalpha()) or _UNSPACED.match(left) or _UNSPACED.match(right):
            return False
        return not (left.islower() and right.isupper())  # lines that were joined: "talksThe"
