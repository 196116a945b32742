"""Invented names. Every story takes its own from pools so large that no two stories of a corpus share one.

A pool is a product of syllable lists. Names are handed out in a scrambled order that depends on the seed; the pools of
the development and of the test split are different halves, so the two have no name in common.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import IntArray
from goldwire.synth.grammar import read

__all__ = ["PER_STORY", "capacity", "checked", "names_of", "words_of"]

_STEP = 0x9E3779B1  # a prime larger than the common factors of all pool sizes

_POOLS: dict[str, tuple[str, ...]] = {
    "person_f": ("given_f", "onset", "vowel", "surname"),
    "person_m": ("given_m", "onset", "vowel", "surname"),
    "town": ("onset", "vowel", "country_middle", "town"),
    "country": ("onset", "vowel", "country_middle", "country"),
    "river": ("onset", "vowel", "country_middle", "river_end"),
    "company": ("onset", "vowel", "company", "company_tail"),
    "party": ("onset", "vowel", "country_middle", "party_tail"),
    "agency": ("onset", "vowel", "agency", "agency_end"),
    "watch": ("onset", "vowel", "river", "country_middle"),
}
PER_STORY = {
    "person_f": 4,
    "person_m": 4,
    "town": 2,
    "country": 2,
    "river": 1,
    "company": 2,
    "party": 2,
    "agency": 1,
    "watch": 2,
}
"""Names of a kind that a story can use."""


@cache
def words_of(name: str) -> tuple[str, ...]:
    """A word list of names.toml."""
    return tuple(read("names")[name].split())


@cache
def _lists(kind: str) -> tuple[tuple[pa.StringArray, ...], int]:
    """The syllables of a kind, spaces between words included, and the size of half its pool."""
    lists = []
    for name in _POOLS[kind]:
        before, after = (" " if name.endswith("tail") else ""), (" " if name.startswith("given") else "")
        lists.append(pa.array([f"{before}{word}{after}" for word in words_of(name)], pa.string()))
    return tuple(lists), math.prod(map(len, lists)) // 2


def capacity() -> int:
    """How many stories can have names of their own."""
    return min(_lists(kind)[1] // PER_STORY[kind] for kind in _POOLS)


def names_of(kind: str, numbers: IntArray, offset: int, *, second_half: bool) -> pa.StringArray:
    """(n,) names of a kind: different numbers below the pool's size give different names.

    offset: from the seed, shifts the scrambled order; second_half: the half of the pool that the test split uses.
    """
    lists, half = _lists(kind)
    index = (numbers * _STEP + offset) % half + (half if second_half else 0)
    parts: list[pa.StringArray] = []
    for choices in reversed(lists):
        parts.append(choices.take(pa.array(index % len(choices))))
        index = index // len(choices)
    return pc.binary_join_element_wise(*reversed(parts), "")


def checked(pools: Sequence[str] = tuple(_POOLS)) -> bool:
    """Whether the scrambled order of every pool visits each name once."""
    return all(math.gcd(_STEP, _lists(kind)[1]) == 1 for kind in pools)
