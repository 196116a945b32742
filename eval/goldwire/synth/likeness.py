"""How alike two sentences are: their words, their text relation, the longest run they share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import IntArray
from goldwire.synth.book import book
from goldwire.synth.dice import BoolArray
from goldwire.synth.layout import BODY, CAPTION, Slots
from goldwire.synth.operations import edit_labels
from goldwire.synth.plan import CAPTION_TWIN, SERIES, TWIN, Plan
from goldwire.synth.ragged import distinct, firsts, ranges
from goldwire.synth.runs import PAD_X, PAD_Y, longest_runs, relations
from goldwire.synth.sentences import Sentences
from goldwire.synth.wires import TEMPLATE

__all__ = ["Alike", "Likeness", "look_alikes"]

_STOCK = 7
"""Shared words from which a run counts as a formula."""
_FOLDED = {"“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " "}
"""What building.reuse.folded changes in the texts of the book."""


class Likeness:
    """The sentences of a block, compared.

    length: (sentences,) words as coverage counts them; folded: a number for each text as "verbatim" compares it;
    edit_labels: the lists of labels that ``relations`` gives numbers of; the first is empty.
    """

    def __init__(self, sentences: Sentences) -> None:
        self.sentences = sentences
        texts, n = sentences.texts, len(sentences.texts)
        marked = np.flatnonzero(book().quotes[sentences.rows[:, TEMPLATE]] | sentences.spaced)
        plain = texts.take(pa.array(marked))
        for mark, folded in _FOLDED.items():
            plain = pc.replace_substring(plain, mark, folded)
        self._texts = pa.concat_arrays([texts, plain])
        self._place = np.arange(n)
        self._place[marked] = n + np.arange(len(marked))
        self.folded = self._texts.dictionary_encode().indices.to_numpy().astype(np.int64)[self._place]
        _, offsets, data = self._texts.buffers()
        first = np.frombuffer(offsets, np.int32, len(self._texts) + 1)
        spaces = np.frombuffer(data, np.uint8)[: first[-1]] == ord(" ")
        counts = np.add.reduceat(spaces, first[:-1], dtype=np.int64)
        self.length = counts[self._place] + 1
        self.edit_labels: list[list[str]] = [[]]

    def words(self, *columns: IntArray) -> Words:
        """The words of the sentences in those columns, as the relations compare them."""
        sentences = distinct(np.concatenate(columns))
        pieces = self._texts.take(pa.array(self._place[sentences]))
        encoded = pc.split_pattern(pc.utf8_lower(pieces), " ").flatten().dictionary_encode()
        which, whole = encoded.indices.to_numpy(), encoded.dictionary
        stripped = pc.utf8_trim(whole, _edges())
        code = stripped.dictionary_encode().indices.to_numpy()
        length, kept = _chars(whole)[which], _chars(stripped)[which]
        room = length + 1
        counts = self.length[sentences]
        at = firsts(room) - np.repeat(firsts(room)[firsts(counts)], counts)
        start = at + (length - _chars(pc.utf8_ltrim(whole, _edges()))[which])
        some = kept > 0
        counts = np.bincount(np.repeat(np.arange(len(counts)), counts)[some], minlength=len(counts))
        return Words(sentences, counts, code[which][some], start[some], (start + kept)[some])

    def relations(self, x: IntArray, y: IntArray) -> tuple[IntArray, IntArray]:
        """(n,) text relation of sentences of one lineage, -1 for none, and their edits (index into ``edit_labels``)."""
        n = len(self.length)
        pairs, which = np.unique(x * n + y, return_inverse=True)
        a, b = pairs // n, pairs % n
        relation, edits = np.zeros(len(pairs), np.int64), np.zeros(len(pairs), np.int64)
        other = np.flatnonzero(self.folded[a] != self.folded[b])
        words = self.words(a[other], b[other])
        relation[other] = relations(words.table(a[other], PAD_X), words.table(b[other], PAD_Y))
        s = self.sentences
        found, lists = edit_labels(
            s.rows[a[other]], s.rows[b[other]], s.glyph[a[other]] != s.glyph[b[other]],
            s.damaged[a[other]] | s.damaged[b[other]],
        )  # fmt: skip
        edits[other] = len(self.edit_labels) + found
        self.edit_labels += lists
        return relation[which], edits[which]

    def stock(self, x: IntArray, y: IntArray) -> tuple[BoolArray, IntArray]:
        """(n,) where sentences share a long run of words, and (n, 4) its start and end in both."""
        words = self.words(x, y)
        at_x, at_y, length = longest_runs(words.table(x, PAD_X), words.table(y, PAD_Y))
        long = length >= _STOCK
        parts = np.full((len(x), 4), -1)
        for side, sentence, at in ((0, x, at_x), (2, y, at_y)):
            parts[long, side], parts[long, side + 1] = words.span(sentence[long], at[long], length[long])
        return long, parts


@dataclass
class Words:
    """Words of some sentences (s,), one after the other: a number for each, and where it starts and ends.

    sentences, counts: (s,) ascending, and their numbers of words.
    """

    sentences: IntArray
    counts: IntArray
    codes: npt.NDArray[np.int32]
    start: IntArray
    end: IntArray

    def table(self, sentence: IntArray, pad: int) -> npt.NDArray[np.int32]:
        """(n, words of the longest) the words of sentences, ``pad`` at their ends."""
        row = np.searchsorted(self.sentences, sentence)
        inside = np.arange(int(self.counts.max(initial=1))) < self.counts[:, None]
        table = np.full(inside.shape, pad, np.int32)
        table[inside] = self.codes
        return np.asarray(table[row])

    def span(self, sentence: IntArray, first: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
        """(n,) where some of the words of sentences start and end."""
        at = firsts(self.counts)[np.searchsorted(self.sentences, sentence)] + first
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
    long, spans = likeness.stock(pairs // n, pairs % n)
    formula, parts = long[which], spans[which]
    kept = formula | (slots.zone[a] == BODY)
    return Alike(a[kept], b[kept], formula[kept], parts[kept, :2], parts[kept, 2:])


def _chars(texts: pa.StringArray) -> IntArray:
    return np.asarray(pc.utf8_length(texts).to_numpy().astype(np.int64))
