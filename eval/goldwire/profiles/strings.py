"""Mentions as normalised strings: what scorers of document-level extraction compare in place of spans."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from goldwire.corpus.tables import Corpus
from goldwire.counts import IntArray
from goldwire.profiles.event_texts import Texts
from goldwire.tasks.codes import shared_keys
from goldwire.tasks.templates import Templates, by_appearance, distinct_pairs, join

__all__ = ["EntityStrings", "StringPairs", "entity_strings", "normalised", "span_strings", "string_pairs"]

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def normalised(text: str) -> str:
    """Lower case, without ASCII punctuation and English articles, one space between words (SQuAD's answer strings)."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def span_strings(gold: Corpus, *spans: tuple[IntArray, IntArray, IntArray]) -> tuple[list[IntArray], list[str]]:
    """(n,) codes of the gold texts at every span, for each of some columns of spans, and the text of each code.

    spans: document, as its place among gold's, start and end. A document without text raises UsageError.
    """
    unit, start, end = (np.concatenate(column) for column in zip(*spans, strict=True))
    step = 1 + int(end.max(initial=0))
    encoded = Texts(gold, step).cut_known(unit, unit * step + start, unit * step + end).dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return np.split(codes, np.cumsum([len(column[0]) for column in spans])[:-1]), encoded.dictionary.to_pylist()


@dataclass(frozen=True)
class EntityStrings:
    """The mentions of one side's entities as strings: an entity lists each string of the text once, in text order.

    holder, norm, place: (strings,) entity, code of the normalised string shared by both sides, place in the list.
    length:              (entities,) number of strings. Normalised, two of a list may be the same.
    """

    holder: IntArray
    norm: IntArray
    place: IntArray
    length: IntArray


def entity_strings(gold: Corpus, sides: Sequence[Templates]) -> list[EntityStrings]:
    """The strings of the entities of both sides."""
    codes, texts = span_strings(gold, *((side.entity_unit[side.holder], side.start, side.end) for side in sides))
    norms = pa.array([normalised(text) for text in texts], pa.string()).dictionary_encode()
    norm = norms.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return [_listed(side, code, norm) for side, code in zip(sides, codes, strict=True)]


def _listed(side: Templates, code: IntArray, norm: IntArray) -> EntityStrings:
    """One side's lists; its mentions come ordered by entity, then by place in the text."""
    kept = by_appearance(side.holder * (int(code.max(initial=0)) + 1) + code)[1]
    holder = side.holder[kept]
    length = np.bincount(holder, minlength=len(side.entity_unit))
    place = np.arange(len(holder)) - (np.cumsum(length) - length)[holder]
    return EntityStrings(holder, norm[code[kept]], place, length)


@dataclass(frozen=True)
class StringPairs:
    """Pairs of a gold and a predicted entity of a document that share a normalised string.

    gold, pred:           (pairs,) the entities.
    gold_hits, pred_hits: (pairs,) strings of each that the other has too.
    first:                (pairs,) place of the first such string in the predicted list.
    """

    gold: IntArray
    pred: IntArray
    gold_hits: IntArray
    pred_hits: IntArray
    first: IntArray

    @property
    def entities(self) -> tuple[IntArray, IntArray]:
        """Both entities of each pair."""
        return self.gold, self.pred


def string_pairs(sides: Sequence[Templates], strings: Sequence[EntityStrings]) -> StringPairs:
    """All such pairs. Time and memory grow with the pairs of strings of a document that are equal."""
    (g, p), keys = strings, [(side.entity_unit[s.holder], s.norm) for side, s in zip(sides, strings, strict=True)]
    ours, theirs = join(*shared_keys(keys[0], keys[1]))
    order, first = distinct_pairs(g.holder[ours], p.holder[theirs])
    ours, theirs = ours[order], theirs[order]
    pair = np.repeat(np.arange(len(first)), np.diff(first, append=len(order)))

    def hits(of_pair: IntArray) -> IntArray:
        found, begin = distinct_pairs(pair, of_pair)
        return np.bincount(pair[found[begin]], minlength=len(first))

    place = np.minimum.reduceat(p.place[theirs], first) if len(first) else first
    return StringPairs(g.holder[ours[first]], p.holder[theirs[first]], hits(ours), hits(theirs), place)
