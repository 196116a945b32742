"""The counting rule of text-basis passages (guidelines 7.1 and 7.2): words, edit ratio, longest shared run.

`difflib.SequenceMatcher` without its junk heuristic defines ratio and run; here words become characters and its
algorithm runs on strings, which gives the same integers an order of magnitude faster.
"""

from __future__ import annotations

import re
from functools import lru_cache

from goldwire.building.reuse import folded

__all__ = ["longest_run", "matched_words", "relation_of_codes", "text_relation", "words"]

_EDGE = re.compile(r"^\W+|\W+$")
_FIRST = 0x100


def words(text: str) -> list[str]:
    """The words that are compared: folded, lower case, cut at spaces, non-word characters stripped from both ends."""
    return [word for word in map(_stripped, folded(text).lower().split(" ")) if word]


@lru_cache(maxsize=1 << 16)
def _stripped(word: str) -> str:
    return _EDGE.sub("", word)


def text_relation(a: str, b: str) -> str | None:
    """ "verbatim", "near_verbatim" or "paraphrase" by the counts of two texts, None where they are too far apart."""
    if folded(a) == folded(b):
        return "verbatim"
    code: dict[str, str] = {}
    coded = ["".join(code.setdefault(w, chr(_FIRST + len(code))) for w in words(text)) for text in (a, b)]
    return relation_of_codes(*coded)


def relation_of_codes(a: str, b: str) -> str | None:
    """As text_relation, of two unequal texts given as strings with one character per word."""
    shorter = min(len(a), len(b))
    at_a, at_b, run = longest_run(a, b, 0, len(a), 0, len(b))
    if run < 6 and run < 0.75 * shorter:
        return None
    long, total = run >= 12 or run >= 0.75 * shorter, len(a) + len(b)
    matched = run
    if 2 * run / total < (0.70 if long else 0.50):  # else the rest decides nothing
        matched += matched_words(a[:at_a], b[:at_b]) + matched_words(a[at_a + run :], b[at_b + run :])
    if long and 2 * matched / total >= 0.70:
        return "near_verbatim"
    return "paraphrase" if 2 * matched / total >= 0.50 and run >= 6 else None


def longest_run(a: str, b: str, a_low: int, a_high: int, b_low: int, b_high: int) -> tuple[int, int, int]:
    """(start in a, start in b, length) of the longest common substring of two ranges, the earliest in a, then in b."""
    part = b[b_low:b_high]
    best, length, at = a_low, 0, a_low
    while at + length < a_high:
        if a[at : at + length + 1] in part:
            best, length = at, length + 1
        else:
            at += 1
    return best, b_low + part.find(a[best : best + length]), length


def matched_words(a: str, b: str) -> int:
    """Characters in matching blocks: the longest run, then the same left and right of it."""
    total, open_ranges = 0, [(0, len(a), 0, len(b))]
    while open_ranges:
        a_low, a_high, b_low, b_high = open_ranges.pop()
        at_a, at_b, length = longest_run(a, b, a_low, a_high, b_low, b_high)
        if not length:
            continue
        total += length
        if a_low < at_a and b_low < at_b:
            open_ranges.append((a_low, at_a, b_low, at_b))
        if at_a + length < a_high and at_b + length < b_high:
            open_ranges.append((at_a + length, a_high, at_b + length, b_high))
    return total
