"""Edits of sentences: declared operations on their rows, and the labels that tell two rows of one lineage apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldwire.counts import IntArray
from goldwire.synth.book import Book, book
from goldwire.synth.dice import BoolArray, Dice
from goldwire.synth.grammar import TAGS
from goldwire.synth.rates import Rates
from goldwire.synth.story import Stories, spans
from goldwire.synth.wires import CHOICES, DAMAGE, SOURCE, SWAP, TEMPLATE

__all__ = ["OPERATIONS", "SWAPPED", "Editor", "Operation", "edit_labels", "swap_of"]

SWAPPED = 1 << 20
"""More values than any figure has: a swap is 1 + figure * SWAPPED + value."""
_TRIES = 4
_ANY, _FULL, _EMPTY = range(3)


@dataclass(frozen=True)
class Operation:
    """An edit: its name (the key of its rate), its family, and the label it gives a passage.

    tag: of the choice points it works on, None for what is no choice; state: what such a point has to be before.
    """

    name: str
    family: str
    label: str
    tag: str | None = None
    state: int = _ANY


OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation("substitution", "wording", "substitution", ""),
        Operation("insertion", "wording", "insert", "o", _EMPTY),
        Operation("deletion", "wording", "delete", "o", _FULL),
        Operation("tense", "wording", "tense", "t"),
        Operation("connective", "wording", "connective", "c"),
        Operation("lead-in", "framing", "lead-in", "l"),
        Operation("attribution", "framing", "attribution", "a"),
        Operation("reorder", "order", "reorder", "m"),
        Operation("typo", "error", "typo-fix"),
        Operation("swap", "fact", "substitution"),
        Operation("noise", "scan", "typo-fix"),
    )
}
"""A choice made otherwise; letters lost, doubled or exchanged (typo) or taken for others as scanners do (noise); another
number or day (swap: the text is still a copy, the fact no longer is)."""
_NUMBER = {name: i for i, name in enumerate(OPERATIONS)}


class Editor:
    """Edits rows in place by the shares of the rates.

    damages: of each number in the column DAMAGE but 0, the operation that did it.
    """

    def __init__(self, rates: Rates, stories: Stories, story_of: IntArray, dice: Dice) -> None:
        names, self.reach = rates.edits
        self.dice, self.stories, self.story_of = dice, stories, story_of
        operations = [OPERATIONS[name] for name in names]
        tags = list(TAGS)
        self.number = np.array([_NUMBER[name] for name in names])
        self.tag = np.array([-2 if o.tag is None else tags.index(o.tag) for o in operations])
        self.state = np.array([o.state for o in operations])
        self.damages: list[IntArray] = [np.zeros(1, np.int64)]
        self._next = 1

    def edit(self, rows: IntArray, at: IntArray) -> tuple[IntArray, IntArray]:
        """Edit the rows ``at`` once each; returns which of them were edited, and the numbers of the operations.

        A few operations are tried, for not every sentence has room for each.
        """
        done: list[tuple[IntArray, IntArray]] = []
        for _ in range(_TRIES):
            if not len(at):
                break
            drawn = self.dice.weighted(len(at), self.reach)
            number = self.number[drawn]
            ok = self._rechosen(rows, at, drawn)
            ok |= self._damaged(rows, at, number)
            swap = np.flatnonzero(number == _NUMBER["swap"])
            ok[swap] = self._swapped(rows, at[swap])
            done.append((at[ok], number[ok]))
            at = at[~ok]
        made, by = zip(*done, strict=True) if done else ((), ())
        return np.concatenate([np.zeros(0, np.int64), *made]), np.concatenate([np.zeros(0, np.int64), *by])

    def _rechosen(self, rows: IntArray, at: IntArray, drawn: IntArray) -> BoolArray:
        """Another choice at one of the points of the operation's tag; damage is repaired on the way."""
        grammar, template = book(), rows[at, TEMPLATE]
        choices = rows[at, CHOICES:]
        empty = _empty(grammar, template, choices)
        state = self.state[drawn][:, None]
        fit = (grammar.tag[template] == self.tag[drawn][:, None]) & ((state == _ANY) | (empty == (state == _EMPTY)))
        count = fit.sum(axis=1)
        which = self.dice.below(count)
        ok = count > 0
        place = (fit.cumsum(axis=1) > which[:, None]).argmax(axis=1)[ok]
        kept = at[ok]
        size = grammar.size[rows[kept, TEMPLATE], place]
        step = 1 + self.dice.below(size - 1)
        rows[kept, CHOICES + place] = (rows[kept, CHOICES + place] + step) % size
        rows[kept, DAMAGE] = 0
        return np.asarray(ok)

    def _damaged(self, rows: IntArray, at: IntArray, number: IntArray) -> BoolArray:
        """New damage to sentences that have none; where it goes is decided when the text is known."""
        ok = np.isin(number, (_NUMBER["typo"], _NUMBER["noise"])) & (rows[at, DAMAGE] == 0)
        kinds = number[ok]
        rows[at[ok], DAMAGE] = self._next + np.arange(len(kinds))
        self._next += len(kinds)
        self.damages.append(kinds)
        return np.asarray(ok)

    def _swapped(self, rows: IntArray, at: IntArray) -> BoolArray:
        """Another value of one of the figures, if it is another."""
        template = rows[at, TEMPLATE]
        candidates = book().swaps[template]
        count = (candidates >= 0).sum(axis=1)
        figure = candidates[np.arange(len(at)), self.dice.below(count)]
        story = self.story_of[rows[at, SOURCE]]
        value = self.dice.below(spans()[self.stories.domain[story], figure])
        ok = (count > 0) & (value != self.stories.values[story, figure])
        rows[at[ok], SWAP] = (1 + figure * SWAPPED + value)[ok]
        rows[at[ok], DAMAGE] = 0
        return np.asarray(ok)


def swap_of(swap: IntArray) -> tuple[IntArray, IntArray]:
    """(n,) figure and value of swaps; -1 and -1 for none."""
    figure, value = np.divmod(swap - 1, SWAPPED)
    return figure, np.where(swap > 0, value, -1)


def _empty(grammar: Book, template: IntArray, choices: IntArray) -> BoolArray:
    """(n, WIDTH) whether what is chosen is empty."""
    return grammar.empty[template[:, None], np.arange(choices.shape[1]), choices]


_LABELS = ("attribution", "connective", "delete", "insert", "lead-in", "quote-style", "reorder", "substitution", "tense",
           "typo-fix")  # fmt: skip
"""Labels of passage edits that operations give, sorted; a set of them is a number with a bit each."""


def edit_labels(a: IntArray, b: IntArray, glyphs: BoolArray, damaged: BoolArray) -> tuple[IntArray, list[list[str]]]:
    """(n,) index of the labels of each pair of rows of one lineage, read from a to b, and the label lists.

    glyphs: where the quotation marks differ; damaged: where a or b is.
    """
    grammar, template = book(), a[:, TEMPLATE]
    changed = a[:, CHOICES:] != b[:, CHOICES:]
    was, now = (_empty(grammar, template, rows[:, CHOICES:]) for rows in (a, b))
    tag = grammar.tag[template]
    optional = (tag == grammar.tagged("")) | (tag == grammar.tagged("o"))
    of_tag = np.array([_bit("substitution" if key == "o" else label) for key, label in TAGS.items()] + [0])
    bits = np.where(optional & (was != now), np.where(was, _bit("insert"), _bit("delete")), of_tag[tag])
    found = np.bitwise_or.reduce(np.where(changed, bits, 0), axis=1)
    found |= np.where(a[:, SWAP] != b[:, SWAP], _bit("substitution"), 0)
    found |= np.where(glyphs, _bit("quote-style"), 0) | np.where(damaged, _bit("typo-fix"), 0)
    sets, index = np.unique(found, return_inverse=True)
    return index, [[label for label in _LABELS if bits & _bit(label)] for bits in sets.tolist()]


def _bit(label: str) -> int:
    return 1 << _LABELS.index(label)
