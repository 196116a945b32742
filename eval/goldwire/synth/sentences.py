"""Rendering: the texts of sentences from their rows, all of a block together, and the mentions in them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from goldwire.counts import IntArray
from goldwire.synth.book import CLOSE, DATES, FORM, HEAD, LEAD, OPEN, TEXT, book
from goldwire.synth.damage import damaged
from goldwire.synth.dice import BoolArray, Dice
from goldwire.synth.layout import Slots
from goldwire.synth.operations import SWAPPED, swap_of
from goldwire.synth.ragged import distinct, firsts, joined, ranges
from goldwire.synth.story import MENTIONS, Stories, figure_texts
from goldwire.synth.wires import CHOICES, DAMAGE, SOURCE, SWAP, TEMPLATE

__all__ = ["Mentions", "Sentences", "rendered"]

_FIGURES = 64
"""More figures than a domain has."""


@dataclass
class Mentions:
    """Mentions by sentence and place, the longer before those in it.

    counts: (sentences,); places: (n, 4) start, end, start and end of the head; kind: index into ``kinds``, pairs of type
    and level; entity: number in the domain of the story, -1 for a value.
    """

    counts: IntArray
    places: IntArray
    kind: IntArray
    entity: IntArray
    kinds: tuple[tuple[str, str], ...]


@dataclass
class Sentences:
    """The different sentences of a block.

    rows, glyph, spaced: as in Slots; story: of each; texts; chars: characters; of_slot: the sentence of each slot.
    damaged: which have damage.
    """

    rows: IntArray
    glyph: IntArray
    spaced: BoolArray
    story: IntArray
    of_slot: IntArray
    texts: pa.StringArray = field(init=False)
    chars: IntArray = field(init=False)
    mentions: Mentions = field(init=False)

    @property
    def damaged(self) -> BoolArray:
        """(n,) which have damage."""
        return np.asarray(self.rows[:, DAMAGE] > 0)


def rendered(slots: Slots, stories: Stories, story_of: IntArray, damages: IntArray, dice: Dice) -> Sentences:
    """The sentences of the slots, each once.

    story_of: (sources,) the story of each wire.  damages: operation of each damage.
    """
    first, of_slot = np.unique(_identity(slots), return_index=True, return_inverse=True)[1:]
    rows = slots.rows[first]
    found = Sentences(rows, slots.glyph[first], slots.spaced[first], story_of[rows[:, SOURCE]], of_slot)
    pieces = _Pieces(found, stories)
    found.texts, found.chars = pieces.texts()
    found.mentions = pieces.mentions()
    damaged(found, damages, dice)
    return found


def _identity(slots: Slots) -> IntArray:
    """(slots,) one number for all that decides how a sentence reads."""
    rows, grammar = slots.rows, book()
    template = rows[:, TEMPLATE]
    rare = np.unique(rows[:, SWAP] + (rows[:, DAMAGE] << 32), return_inverse=True)[1]
    words = (rows[:, CHOICES:] * grammar.radix[template]).sum(axis=1)
    number = rows[:, SOURCE] * len(grammar.domain) + template
    for part, size in (
        (words, int((grammar.radix[:, -1] * grammar.size[:, -1]).max())),
        (rare, int(rare.max(initial=0)) + 1),
        (slots.glyph, 3),
        (slots.spaced, 2),
    ):
        number = number * size + part
    return number


class _Pieces:
    """The leaves of all sentences in one column: pieces of text, and marks between them."""

    def __init__(self, sentences: Sentences, stories: Stories) -> None:
        self.grammar, self.sentences, self.stories = book(), sentences, stories
        self._leaves()
        self._pool()
        content = np.flatnonzero(self.kind <= FORM)
        self.content = content
        self.piece = np.zeros(len(self.kind), np.int64)
        self.piece[content] = self._styled(content)
        self.length = np.zeros(len(self.kind), np.int64)
        self.length[content] = self.pool_chars[self.piece[content]]
        self.at = firsts(self.length)  # in all sentences, one after the other

    def _leaves(self) -> None:
        grammar, rows = self.grammar, self.sentences.rows
        template = rows[:, TEMPLATE]
        first, count = (column[template] for column in grammar.segments)
        segment = ranges(first, count)
        sentence = np.repeat(np.arange(len(rows)), count)
        choice = rows[sentence, CHOICES + grammar.point[segment]]
        choice[grammar.point[segment] < 0] = 0
        alternative = grammar.alternatives[segment] + choice
        leaves = grammar.leaves[1][alternative]
        leaf = ranges(grammar.leaves[0][alternative], leaves)
        self.sentence = np.repeat(sentence, leaves)
        self.leading = np.repeat(grammar.point[segment] == LEAD, leaves)
        self.kind, self.value = grammar.kind[leaf], grammar.value[leaf]

    def _pool(self) -> None:
        """Texts of the book, forms of the stories, figures of slips."""
        swaps, self.swap = np.unique(self._swap_codes(), return_inverse=True)
        texts = _swap_texts(swaps)
        self.pool = pa.concat_arrays([self.grammar.texts, self.stories.texts, pa.array(texts, pa.string())])
        fixed = self.grammar.shape
        chars = np.array([len(text) for text in texts])
        self.form_base, self.swap_base = len(fixed.chars), len(fixed.chars) + len(self.stories.chars)
        forms = self.stories
        last = np.full(len(texts), -1)
        self.pool_chars = np.r_[fixed.chars, forms.chars, chars]
        self.pool_spaces = np.r_[fixed.spaces, forms.spaces, last]
        self.pool_heads = np.r_[fixed.heads, forms.spaces + 1, last + 1], np.r_[fixed.ends, forms.chars, chars]

    def _swap_codes(self) -> IntArray:
        """(sentences,) the slip with its domain."""
        swap, story = self.sentences.rows[:, SWAP], self.sentences.story
        domain = self.stories.domain[story]
        return np.where(swap > 0, domain * (SWAPPED * _FIGURES) + swap, 0)

    def _styled(self, content: IntArray) -> IntArray:
        """Places of the pieces in the pool, with capitals at the front and the quotation marks of the house."""
        sentence, value, rows = self.sentence[content], self.value[content], self.sentences.rows
        is_text = self.kind[content] == TEXT
        front = np.flatnonzero(~self.leading[content])
        front = front[np.r_[True, sentence[front[1:]] != sentence[front[:-1]]]]
        of_front = sentence[front]
        led = rows[of_front, CHOICES + LEAD] > 0
        style = np.where(rows[of_front, TEMPLATE] == DATES, 0, np.where(led, 2, 1))
        piece = value.copy()
        text = is_text[front]
        piece[front[text]] += 3 * style[text]
        form = ~text & ~led
        domain = self.stories.domain[self.sentences.story]
        piece[front[form]] = self.grammar.at_front[domain[of_front[form]], value[front[form]]]
        texts, forms = np.flatnonzero(is_text), np.flatnonzero(~is_text)
        piece[texts] += self.sentences.glyph[sentence[texts]]
        of_forms = sentence[forms]
        piece[forms] = self.form_base + self.stories.place(self.sentences.story[of_forms], piece[forms])
        figure = self.grammar.figure[domain[of_forms], value[forms]]
        slip = (rows[of_forms, SWAP] > 0) & (figure == swap_of(rows[:, SWAP])[0][of_forms])
        piece[forms[slip]] = self.swap_base + self.swap[of_forms[slip]]
        return piece

    def texts(self) -> tuple[pa.StringArray, IntArray]:
        """(sentences,) texts, and their numbers of characters."""
        content, n = self.content, len(self.sentences.rows)
        chars = np.bincount(self.sentence, self.length, n).astype(np.int64)
        self.begins = firsts(chars)
        return joined(self.pool, self.piece[content], np.bincount(self.sentence[content], minlength=n)), chars

    def mentions(self) -> Mentions:
        """The mentions that forms make, and those written into templates."""
        parts = [self._of_forms(), self._of_templates()]
        sentence, start, end, low, high, kind, entity = (np.concatenate(column) for column in zip(*parts, strict=True))
        by = np.argsort((start << 16) - (end - start), kind="stable")
        places = np.stack([start, end, low, high], axis=1)[by] - self.begins[sentence[by], None]
        counts = np.bincount(sentence, minlength=len(self.sentences.rows))
        return Mentions(counts, places, kind[by], entity[by], MENTIONS + tuple(m[1:] for m in self.grammar.marks))

    def _of_forms(self) -> tuple[IntArray, ...]:
        rows = self.content[self.kind[self.content] == FORM]
        story = self.sentences.story[self.sentence[rows]]
        form = self.stories.place(story, self.value[rows])
        rows, form = (column[self.stories.kind[form] >= 0] for column in (rows, form))
        start, length = self.at[rows], self.length[rows]
        low = start + self.stories.low[form]
        high = start + length - (self.stories.chars - self.stories.high)[form]
        return self.sentence[rows], start, start + length, low, high, self.stories.kind[form], self.stories.entity[form]

    def _of_templates(self) -> tuple[IntArray, ...]:
        """The head of a value is all of it; of others the last word of the piece after a head mark, else of the mention."""
        opens, closes = (self._marked(kind) for kind in (OPEN, CLOSE))
        sentence, mark, start, end = self.sentence[opens], self.value[opens], self.at[opens], self.at[closes]
        spaces = self.pool_spaces[self.piece]
        known = (self.kind <= FORM) & (spaces >= 0)
        last = np.maximum.accumulate(np.where(known, self.at + spaces + 1, 0))
        low, high = np.maximum(start, last[closes]), end.copy()
        values = np.array([entity for entity, _, _ in self.grammar.marks])[mark]
        low[values < 0] = start[values < 0]
        heads = self._marked(HEAD)
        found = np.searchsorted(self._key(opens), self._key(heads))
        piece = self.piece[heads + 1]
        low[found] = self.at[heads + 1] + self.pool_heads[0][piece]
        high[found] = self.at[heads + 1] + self.pool_heads[1][piece]
        return sentence, start, end, low, high, len(MENTIONS) + mark, values

    def _marked(self, kind: int) -> IntArray:
        """The marks of a kind, by sentence and mention."""
        rows = np.flatnonzero(self.kind == kind)
        return rows[np.argsort(self._key(rows), kind="stable")]

    def _key(self, rows: IntArray) -> IntArray:
        return np.asarray(self.sentence[rows] * len(self.grammar.marks) + self.value[rows])


def _swap_texts(codes: IntArray) -> list[str]:
    """What the slips write, which are codes of domain, figure and value; "" for 0."""
    which, value = np.divmod(np.maximum(codes - 1, 0), SWAPPED)
    texts = np.full(len(codes), "", object)
    for kind in distinct(which[codes > 0]).tolist():
        of = (which == kind) & (codes > 0)
        texts[of] = figure_texts(kind // _FIGURES, kind % _FIGURES, value[of])
    return list(texts)
