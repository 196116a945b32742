"""How alike two sentences are: their words, their text relation, the longest run they share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.building.relations import longest_run, relation_of_codes
from goldwire.counts import IntArray
from goldwire.synth.book import book
from goldwire.synth.dice import BoolArray
from goldwire.synth.layout import BODY, CAPTION, Slots
from goldwire.synth.operations import edit_labels
from goldwire.synth.plan import CAPTION_TWIN, SERIES, TWIN, Plan
from goldwire.synth.ragged import firsts, ranges
from goldwire.synth.sentences import Sentences
from goldwire.synth.wires import TEMPLATE

__all__ = ["Alike", "Likeness", "look_alikes"]

_STOCK = 7
"""Shared words from which a run counts as a formula."""
_RELATIONS = ("verbatim", "near_verbatim", "paraphrase")
_FIRST = 0x1_0000
_FOLDED = {"“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " "}
"""What building.reuse.folded changes in the texts of the book."""


class Likeness:
    """The sentences of a block, compared.

    length: (sentences,) words as coverage counts them; folded: a number for each text as "verbatim" compares it;
    edit_labels: the lists of labels that ``relations`` gives numbers of; the first is empty.
    """

    def __init__(self, sentences: Sentences) -> None:
        self.sentences = sentences
        texts = sentences.texts
        for mark, plain in _FOLDED.items():
            texts = pc.replace_substring(texts, mark, plain)
        self.texts = texts
        self.folded = texts.dictionary_encode().indices.to_numpy().astype(np.int64)
        self.length = pc.count_substring(texts, " ").to_numpy().astype(np.int64) + 1
        self.edit_labels: list[list[str]] = [[]]

    def words(self, *columns: IntArray) -> Words:
        """The words of the sentences in those columns, as the relations compare them."""
        sentences = np.unique(np.concatenate(columns))
        pieces = self.texts.take(pa.array(sentences))
        encoded = pc.split_pattern(pc.utf8_lower(pieces), " ").flatten().dictionary_encode()
        which, whole = encoded.indices.to_numpy(), encoded.dictionary
        stripped = pc.utf8_trim(whole, _edges())
        code = stripped.dictionary_encode().indices.to_numpy().astype(np.int64)
        length, kept = _chars(whole)[which], _chars(stripped)[which]
        room = length + 1
        counts = self.length[sentences]
        at = firsts(room) - np.repeat(firsts(room)[firsts(counts)], counts)
        start = at + (length - _chars(pc.utf8_ltrim(whole, _edges()))[which])
        some = kept > 0
        ends = np.cumsum(np.bincount(np.repeat(np.arange(len(counts)), counts)[some], minlength=len(counts)))
        codes = (code[which][some] + _FIRST).astype("<u4").tobytes().decode("utf-32-le")
        first = dict(zip(sentences.tolist(), [0, *ends[:-1].tolist()], strict=True))
        last = dict(zip(sentences.tolist(), ends.tolist(), strict=True))
        return Words(codes, first, last, start[some].tolist(), (start + kept)[some].tolist())

    def relations(self, x: IntArray, y: IntArray) -> tuple[IntArray, IntArray]:
        """(n,) text relation of sentences of one lineage, -1 for none, and their edits (index into ``edit_labels``)."""
        n = len(self.length)
        pairs, which = np.unique(x * n + y, return_inverse=True)
        a, b = pairs // n, pairs % n
        relation, edits = np.zeros(len(pairs), np.int64), np.zeros(len(pairs), np.int64)
        other = np.flatnonzero(self.folded[a] != self.folded[b])
        numbers = {None: -1, "near_verbatim": 1, "paraphrase": 2}
        words = self.words(a[other], b[other])
        relation[other] = [
            numbers[relation_of_codes(words.code(i), words.code(j))]
            for i, j in zip(a[other].tolist(), b[other].tolist(), strict=True)
        ]
        s = self.sentences
        found, lists = edit_labels(
            s.rows[a[other]], s.rows[b[other]], s.glyph[a[other]] != s.glyph[b[other]],
            s.damaged[a[other]] | s.damaged[b[other]],
        )  # fmt: skip
        edits[other] = len(self.edit_labels) + found
        self.edit_labels += lists
        return relation[which], edits[which]

    def stock(self, x: IntArray, y: IntArray) -> list[tuple[int, int, int, int] | None]:
        """(n,) the longest runs of words in common, as start and end in both texts; None where they are short."""
        found: list[tuple[int, int, int, int] | None] = []
        words = self.words(x, y)
        for i, j in zip(x.tolist(), y.tolist(), strict=True):
            a, b = words.code(i), words.code(j)
            at_a, at_b, length = longest_run(a, b, 0, len(a), 0, len(b))
            found.append((*words.span(i, at_a, length), *words.span(j, at_b, length)) if length >= _STOCK else None)
        return found


@dataclass
class Words:
    """Words of sentences, one after the other: a character for each, and where it starts and ends in its sentence.

    first, last: of each sentence.
    """

    codes: str
    first: dict[int, int]
    last: dict[int, int]
    start: list[int]
    end: list[int]

    def code(self, sentence: int) -> str:
        """The words of a sentence, one character each."""
        return self.codes[self.first[sentence] : self.last[sentence]]

    def span(self, sentence: int, first: int, count: int) -> tuple[int, int]:
        """Place of some of its words."""
        at = self.first[sentence] + first
        return self.start[at], self.end[at + count - 1]


@cache
def _edges() -> str:
    """What words are stripped of: all but letters and digits that the templates have."""
    marks = {mark for text in book().texts.to_pylist() for mark in re.findall(r"\W", text)}
    return "".join(sorted(marks | set(_FOLDED.values())))


@dataclass
class Alike:
    """Slots a and b of two events in the words of one template; where those words run long, a formula and its parts."""

    a: IntArray
    b: IntArray
    formula: BoolArray
    a_part: IntArray
    b_part: IntArray


def look_alikes(plan: Plan, slots: Slots, sentences: Sentences, likeness: Likeness, story: IntArray) -> Alike:
    """Of documents of one unit and two stories: the first slot of each template in each. story: (docs,)."""
    template = book().shared[slots.rows[:, TEMPLATE]]
    unit = plan.story_unit[story[slots.doc]]
    kind = plan.kind[unit]
    size = int(template.max(initial=0)) + 1
    own = np.isin(kind, (TWIN, SERIES)) & (slots.zone == BODY) | (kind == CAPTION_TWIN) & (slots.zone == CAPTION)
    first_own, first_any = (
        where[np.unique(slots.doc[where] * size + template[where], return_index=True)[1]]
        for where in (np.flatnonzero(own), np.flatnonzero(np.isin(kind, (TWIN, SERIES, CAPTION_TWIN))))
    )
    key = unit * size + template
    first_any = first_any[np.argsort(key[first_any], kind="stable")]
    low, high = (np.searchsorted(key[first_any], key[first_own], side=side) for side in ("left", "right"))
    a, b = np.repeat(first_own, high - low), first_any[ranges(low, high - low)]
    later = (slots.doc[a] < slots.doc[b]) & (story[slots.doc[a]] != story[slots.doc[b]])
    a, b = a[later], b[later]
    n = len(sentences.chars)
    pairs, which = np.unique(sentences.of_slot[a] * n + sentences.of_slot[b], return_inverse=True)
    runs = likeness.stock(pairs // n, pairs % n)
    formula = np.array([run is not None for run in runs], bool)[which]
    parts = np.array([run or (-1,) * 4 for run in runs], np.int64).reshape(-1, 4)[which]
    kept = formula | (slots.zone[a] == BODY)
    return Alike(a[kept], b[kept], formula[kept], parts[kept, :2], parts[kept, 2:])


def _chars(texts: pa.StringArray) -> IntArray:
    return np.asarray(pc.utf8_length(texts).to_numpy().astype(np.int64))
