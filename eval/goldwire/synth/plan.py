"""The plan of a block: its units (a wire or two and what derives from them), and which document is made from which.

A block is planned from its number alone, and holds whole units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldwire.counts import IntArray
from goldwire.synth.book import BULLETIN
from goldwire.synth.dice import BoolArray
from goldwire.synth.ragged import firsts, ranges
from goldwire.synth.rates import KINDS, Rates
from goldwire.synth.story import Seed

__all__ = ["Plan", "planned"]

PLAIN, INDEPENDENT, TWIN, SERIES, CAPTION_TWIN = range(len(KINDS))


@dataclass(frozen=True)
class Plan:
    """Units, their stories and sources (a source is a wire), and their documents.

    kind:      (units,) index into KINDS.
    story_unit, story_domain, story_cast: (stories,); numbers: (casts,) the number of each cast in the corpus.
    source_unit, source_story: (sources,); source_rank: its place among the sources of its unit.
    unit:      (docs,) of each document.
    source:    (docs,) the wire it is filed under; of a splice the one of its first parent, until it is made.
    parents:   (docs, 2) documents it is made from, -1 for none; two are a splice.
    as_sent:   (docs,) the wire untouched.  first: (docs,) the first of its source.
    level:     (docs,) 0 for what is made from a wire alone, else one more than its parents.
    """

    kind: IntArray
    story_unit: IntArray
    story_domain: IntArray
    story_cast: IntArray
    numbers: IntArray
    source_unit: IntArray
    source_story: IntArray
    source_rank: IntArray
    unit: IntArray
    source: IntArray
    parents: IntArray
    as_sent: BoolArray
    first: BoolArray
    level: IntArray


def planned(seed: Seed, rates: Rates, block: int, first: int, size: int) -> Plan:
    """The plan of a block of ``size`` documents, the first of which is document ``first`` of the corpus.

    A unit's stories take the names of its first document's number and, where it has two casts and so two documents, of
    the next: no other unit has these.
    """
    dice = seed.dice("plan", block)
    kind = dice.weighted(size, rates.kinds)
    cluster = dice.weighted(size, rates.sizes) + 1
    spliced = np.bincount(
        np.repeat(np.arange(size), cluster), dice.chance(int(cluster.sum()), rates.derivation["splice"]), size
    ).astype(np.int64)
    low, high = rates.stories["series_length"]
    series = low + dice.roll(size, high - low + 1)
    docs = np.where(kind == SERIES, series, cluster + (kind != PLAIN))
    docs += np.where(kind == INDEPENDENT, spliced, 0)
    units = int(np.searchsorted(np.cumsum(docs), size)) + 1
    kind, cluster, docs = kind[:units].copy(), cluster[:units].copy(), docs[:units].copy()
    left = size - int(docs[:-1].sum())
    if docs[-1] != left:  # the last unit is cut to the room there is
        kind[-1], cluster[-1], docs[-1] = PLAIN, left, left

    topic, kin = dice.roll(units, BULLETIN), dice.roll(units, BULLETIN)
    casts = 1 + ((kind == TWIN) | (kind == CAPTION_TWIN))
    stories = np.where(kind == SERIES, docs, casts)
    sources = np.where(kind == INDEPENDENT, 2, stories)
    story_unit, source_unit = np.repeat(np.arange(units), stories), np.repeat(np.arange(units), sources)
    story_rank, source_rank = ranges(np.zeros(units, np.int64), stories), ranges(np.zeros(units, np.int64), sources)
    of = kind[story_unit]
    other = (of == CAPTION_TWIN) & (story_rank == 1)
    domain = np.where(of == SERIES, BULLETIN, np.where(other, kin[story_unit], topic[story_unit]))
    cast_rank = np.where(of == SERIES, 0, story_rank)
    numbers = np.repeat(first + firsts(docs), casts) + ranges(np.zeros(units, np.int64), casts)
    own_story = np.where(kind[source_unit] == INDEPENDENT, 0, source_rank)

    unit, place = np.repeat(np.arange(units), docs), ranges(np.zeros(units, np.int64), docs)
    is_series, size_of = kind[unit] == SERIES, cluster[unit]
    beside = ~is_series & (place >= size_of)
    rank = np.where(is_series, place, beside)
    is_first = is_series | (place == 0) | (place == size_of)
    as_sent = is_first & dice.chance(size, rates.derivation["as_sent"])
    parents = _parents(np.arange(size) - place, place, dice.chance(size, rates.derivation["star"]), as_sent, is_first)
    splice = ~is_series & (place > size_of)
    parents[splice, 0] = (np.arange(size) - place + dice.below(size_of))[splice]
    parents[splice, 1] = (np.arange(size) - place + size_of)[splice]
    return Plan(
        kind,
        story_unit,
        domain,
        firsts(casts)[story_unit] + cast_rank,
        numbers,
        source_unit,
        firsts(stories)[source_unit] + own_story,
        source_rank,
        unit,
        firsts(sources)[unit] + rank,
        parents,
        as_sent,
        is_first,
        _levels(parents),
    )


def _parents(lead: IntArray, place: IntArray, star: BoolArray, as_sent: BoolArray, first: BoolArray) -> IntArray:
    """(docs, 2) what each document of a cluster is made from: its first document or the one before.

    A star whose first document is not the wire as sent has the wire itself at its centre, which no row stands for.
    """
    parents = np.full((len(place), 2), -1)
    made = np.where(star, np.where(as_sent[lead], lead, -1), np.arange(len(place)) - 1)
    parents[~first, 0] = made[~first]
    return parents


def _levels(parents: IntArray) -> IntArray:
    level = np.zeros(len(parents), np.int64)
    while True:
        above = np.where(parents >= 0, level[parents] + 1, 0).max(axis=1, initial=0)
        if (above == level).all():
            return level
        level = above
