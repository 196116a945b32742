"""Documents from wires and from one another, level by level: what is made from a wire, what is made from that, and so on.

Every document passes through the same desk (cuts, edits, house style, layout), the first of its wire too, so that nothing
but shared text tells copies from others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldwire.counts import IntArray
from goldwire.synth.dice import BoolArray, Dice
from goldwire.synth.operations import OPERATIONS, Editor
from goldwire.synth.plan import SERIES, Plan
from goldwire.synth.ragged import firsts, ranges
from goldwire.synth.rates import Rates
from goldwire.synth.story import Stories
from goldwire.synth.wires import DAMAGE, Wires, worded

__all__ = ["MADE_BY", "Bodies", "derived", "operation_bit"]

MADE_BY = ("as sent", "desk", "splice", "abridge", *sorted(OPERATIONS), "add", "headline swap", "headline short")
"""Operations that documents are made with, in the order in which they are named; a set of them has a bit each."""


def operation_bit(name: str) -> int:
    """The bit of an operation."""
    return 1 << MADE_BY.index(name)


_EDIT_BITS = np.array([operation_bit(name) for name in OPERATIONS])


@dataclass(frozen=True)
class Bodies:
    """The running text of all documents of a plan.

    rows, doc:  sentences in order, and the document of each.
    source:     (docs,) wire that each is filed under: of a splice the one that gives more sentences.
    parents:    (docs, 2) as planned, the parent that gives more first.
    made_by:    (docs,) operations, as bits.
    damages:    (damages,) index into OPERATIONS of each damage, from 1.
    """

    rows: IntArray
    doc: IntArray
    source: IntArray
    parents: IntArray
    made_by: IntArray
    damages: IntArray


def derived(plan: Plan, rates: Rates, stories: Stories, wires: Wires, dice: Dice) -> Bodies:
    """The bodies of all documents."""
    return _Desk(plan, rates, stories, wires, dice).bodies()


class _Desk:
    def __init__(self, plan: Plan, rates: Rates, stories: Stories, wires: Wires, dice: Dice) -> None:
        n = len(plan.unit)
        self.plan, self.rates, self.wires, self.dice = plan, rates, wires, dice
        self.editor = Editor(rates, stories, plan.source_story, dice)
        self.source, self.parents = plan.source.copy(), plan.parents.copy()
        self.made_by = np.where(plan.first, np.where(plan.as_sent, operation_bit("as sent"), operation_bit("desk")), 0)
        self.made_by[plan.parents[:, 1] >= 0] = operation_bit("splice")
        self.rows = wires.rows  # of the wires first, then of document after document
        self.first = np.r_[firsts(wires.counts), np.zeros(n, np.int64)]
        self.count = np.r_[wires.counts, np.zeros(n, np.int64)]
        self.used = np.zeros(len(wires.counts), np.int64)

    def bodies(self) -> Bodies:
        wires = len(self.wires.counts)
        for level in range(int(self.plan.level.max(initial=0)) + 1):
            docs = np.flatnonzero(self.plan.level == level)
            rows, doc, order = self._copied(docs)
            self._edited(rows, doc, docs)
            rows, doc = self._added(rows, doc, order, docs)
            counts = np.bincount(doc, minlength=len(self.source))[docs]
            self.first[wires + docs] = len(self.rows) + firsts(counts)
            self.count[wires + docs] = counts
            self.rows = np.concatenate([self.rows, rows])
        counts = self.count[wires:]
        rows = self.rows[ranges(self.first[wires:], counts)]
        doc = np.repeat(np.arange(len(counts)), counts)
        damages = np.concatenate(self.editor.damages)
        return Bodies(rows, doc, self.source, self.parents, self.made_by, damages)

    def _copied(self, docs: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """(rows, document, order): what each document keeps of what it is made from."""
        dice, derivation, n = self.dice, self.rates.derivation, len(docs)
        wires = len(self.wires.counts)
        parent = self.parents[docs]
        origin = np.where(parent >= 0, wires + parent, -1)
        alone = parent[:, 0] < 0
        origin[alone, 0] = self.source[docs[alone]]
        splice = parent[:, 1] >= 0
        bulletin = self.plan.kind[self.plan.unit[docs]] == SERIES  # is published whole
        cut = ~self.plan.as_sent[docs] & ~splice & ~bulletin & dice.chance(n, derivation["abridge"])
        self.made_by[docs[cut]] |= operation_bit("abridge")
        low, high = derivation["keep"]
        share = np.where(cut, low + (high - low) * dice.uniform(n), 1.0)
        shares = np.c_[share, share]
        shares[splice] = 0.35 + 0.55 * dice.uniform(2 * int(splice.sum())).reshape(-1, 2)
        counts = np.where(origin >= 0, self.count[origin], 0)
        kept = np.where(counts > 0, np.maximum(1, np.rint(shares * counts)), 0).astype(np.int64)
        kept = np.minimum(kept, counts)
        self._filed(docs, splice, kept)
        begins_at = dice.below(np.maximum(kept.max(axis=1), 1)) + 1

        flat = counts.ravel()
        at = ranges(self.first[origin.ravel()], flat)
        of = np.repeat(np.arange(2 * n), flat)
        place = ranges(np.zeros(2 * n, np.int64), flat)
        keep = self._chosen(of, place, flat, kept.ravel())
        at, of, place = at[keep], of[keep], ranges(np.zeros(2 * n, np.int64), kept.ravel())
        of_doc, part = of // 2, of % 2
        inserted = part != np.where(kept[:, 1] > kept[:, 0], 1, 0)[of_doc]  # the smaller part goes into the larger
        order = np.where(inserted, begins_at[of_doc] - 0.5 + place / 1000, place)
        return self.rows[at], docs[of_doc], order

    def _filed(self, docs: IntArray, splice: BoolArray, kept: IntArray) -> None:
        """A splice is filed under the wire that gives more sentences."""
        turned = docs[splice & (kept[:, 1] > kept[:, 0])]
        self.parents[turned] = self.parents[turned][:, ::-1]
        spliced = docs[splice]
        self.source[spliced] = self.source[self.parents[spliced, 0]]
        made = docs[self.parents[docs, 0] >= 0]
        self.source[made] = self.source[self.parents[made, 0]]

    def _chosen(self, of: IntArray, place: IntArray, counts: IntArray, kept: IntArray) -> BoolArray:
        """Which rows stay: mostly the first, sometimes any. of, place: owner and place of a row; counts, kept: of owners."""
        whole = kept == counts
        some = ~whole & ~self.dice.chance(len(counts), 0.6)
        key = np.where(some[of], self.dice.uniform(len(of)), place / 1000)
        rank = np.empty(len(of), np.int64)
        rank[np.lexsort((key, of))] = place
        return rank < kept[of]

    def _edited(self, rows: IntArray, doc: IntArray, docs: IntArray) -> None:
        """Typing errors repaired, and sentence edits, in place."""
        rates, dice = self.rates, self.dice
        at_desk = ~self.plan.as_sent[doc]
        repaired = (rows[:, DAMAGE] > 0) & at_desk & dice.chance(len(rows), rates.derivation["typo_fix"])
        rows[repaired, DAMAGE] = 0
        found = np.zeros(len(self.source), np.int64)
        np.bitwise_or.at(found, doc[repaired], operation_bit("typo"))
        once = np.flatnonzero(at_desk & dice.chance(len(rows), rates.edited))
        for at in (once, once[dice.chance(len(once), rates.twice)]):
            made, operation = self.editor.edit(rows, at)
            np.bitwise_or.at(found, doc[made], _EDIT_BITS[operation])
        self.made_by[docs] |= found[docs]

    def _added(self, rows: IntArray, doc: IntArray, order: IntArray, docs: IntArray) -> tuple[IntArray, IntArray]:
        """The rows in order, with sentences of a desk's own: facts that its wire left out, each used once."""
        dice, derivation = self.dice, self.rates.derivation
        wanted = dice.chance(len(docs), derivation["add"]) & ~self.plan.as_sent[docs]
        many = np.where(wanted, 1 + dice.roll(len(docs), derivation["additions"]), 0)
        adds = np.repeat(docs, many)
        source = self.source[adds]
        by_source = np.argsort(source, kind="stable")
        adds, source = adds[by_source], source[by_source]
        sizes = np.bincount(source, minlength=len(self.used))
        number = self.used[source] + ranges(np.zeros(len(sizes), np.int64), sizes)
        self.used += sizes
        template = np.where(number < 4, self.wires.spare[source, np.minimum(number, 3)], -1)
        keep = template >= 0
        adds, source, template = adds[keep], source[keep], template[keep]
        self.made_by[adds] |= operation_bit("add")
        new = worded(source, template, dice)
        length = np.bincount(doc, minlength=len(self.source))[adds]
        places = 0.75 + dice.below(length)
        rows, doc = np.concatenate([rows, new]), np.r_[doc, adds]
        sorted_ = np.lexsort((np.r_[order, places], doc))
        return rows[sorted_], doc[sorted_]
