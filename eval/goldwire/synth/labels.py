"""Gold by construction: passages, reuse and provenance of documents follow from what their sentences are.

Sentences of one lineage are joined by number. Their relation is that of the annotation guidelines (building.relations),
the level of reuse that of building.reuse; here they are applied to sentences instead of text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldwire.counts import FloatArray, IntArray
from goldwire.synth.book import DATES, book
from goldwire.synth.dice import BoolArray
from goldwire.synth.layout import BODY, Slots
from goldwire.synth.likeness import Likeness, look_alikes
from goldwire.synth.operations import swap_of
from goldwire.synth.plan import SERIES, Plan
from goldwire.synth.ragged import distinct, pairs_within
from goldwire.synth.sentences import Sentences
from goldwire.synth.wires import SOURCE, SWAP, TEMPLATE

__all__ = ["LEVELS", "NOTES", "PROVENANCE", "RELATIONS", "STORY", "Pairs", "Passages", "labelled"]

_LEAST = 6
"""Spans under six words get no link across documents."""
RELATIONS = ("verbatim", "near_verbatim", "paraphrase", "same_fact", "contradiction", "furniture", "formula",
             "distinct_event")  # fmt: skip
LEVELS = ("none", "trace", "partial", "major", "whole")
STORY = ("same_report", "same_story", "follow_up", "unrelated")
PROVENANCE = ("none", "a_from_b", "b_from_a", "common_source")
NOTES = (None, "The wording differs, the fact does not.", "A figure differs.", "Stock wording of a template.",
         "Another event in the same words.")  # fmt: skip
_VERBATIM, _, _, _SAME_FACT, _CONTRADICTION, _FURNITURE, _FORMULA, _DISTINCT = range(len(RELATIONS))


@dataclass
class Passages:
    """Slots a and b that correspond, a in the document before or in the same one.

    text: a number for the text of a as "verbatim" compares it.  relation, note: index into RELATIONS and NOTES.
    edits: index into ``edit_labels``, the first of which are none.
    a_part, b_part: (n, 2) characters of the sentence, -1 where it is all of it.
    """

    a: IntArray
    b: IntArray
    text: IntArray
    relation: IntArray
    note: IntArray
    edits: IntArray
    a_part: IntArray
    b_part: IntArray
    edit_labels: list[list[str]]


@dataclass
class Pairs:
    """Listed pairs of documents, a before b: those that tell one story, and annotated negatives.

    coverage, levels: (n, 2) of a in b and of b in a, the latter an index into LEVELS; story, provenance: index into STORY
    and PROVENANCE; one_wire: whether they are filed under one.
    """

    a: IntArray
    b: IntArray
    coverage: FloatArray
    levels: IntArray
    story: IntArray
    provenance: IntArray
    one_wire: BoolArray


def labelled(
    plan: Plan, slots: Slots, sentences: Sentences, source: IntArray, parents: IntArray
) -> tuple[Pairs, Passages]:
    """Pairs and passages of a block. source: (docs,); parents: (docs, 2) documents, both numbered as in the slots."""
    return _Labels(plan, slots, sentences, source, parents).all()


class _Labels:
    def __init__(self, plan: Plan, slots: Slots, sentences: Sentences, source: IntArray, parents: IntArray) -> None:
        self.plan, self.slots, self.sentences, self.source, self.parents = plan, slots, sentences, source, parents
        self.n = len(source)
        self.story = plan.source_story[source]
        self.likeness = Likeness(sentences)
        self.length = self.likeness.length[sentences.of_slot]
        self.template = slots.rows[:, TEMPLATE]
        order = np.argsort(self.story, kind="stable")
        a, b = (order[places] for places in pairs_within(self.story[order]))
        by = np.argsort(a * self.n + b)
        self.a, self.b = a[by], b[by]
        self.code = self.a * self.n + self.b

    def all(self) -> tuple[Pairs, Passages]:
        furniture, text = self.same_lineage()
        facts = self.same_fact(text)
        pairs = self.pairs(text)
        like = look_alikes(self.plan, self.slots, self.sentences, self.likeness, self.story)
        negatives = self.negatives(like.a, like.b)
        empty = np.zeros(0, np.int64)
        parts = [
            (furniture.a, furniture.b, np.full(len(furniture.a), _FURNITURE), np.zeros_like(furniture.a)),
            (text.a, text.b, text.relation, self.differs(text)),
            facts,
            (like.a, like.b, np.where(like.formula, _FORMULA, _DISTINCT), np.where(like.formula, 3, 4)),
        ]
        a, b, relation, note = (np.concatenate([empty, *column]) for column in zip(*parts, strict=True))
        whole = np.full((len(a) - len(like.a), 2), -1)
        edits = np.zeros(len(a), np.int64)
        edits[len(furniture.a) : len(furniture.a) + len(text.a)] = text.edits
        passages = Passages(
            a,
            b,
            self.likeness.folded[self.sentences.of_slot[a]],
            relation,
            note,
            edits,
            np.r_[whole, like.a_part],
            np.r_[whole, like.b_part],
            self.likeness.edit_labels,
        )
        return _joined(pairs, negatives), passages

    def same_lineage(self) -> tuple[_Slots, _Text]:
        """Repetitions inside documents; and copies between them, where text links them."""
        lineage = self.slots.rows[:, SOURCE] * len(book().domain) + self.template
        order = np.flatnonzero(self.template != DATES)
        order = order[np.argsort(lineage[order], kind="stable")]
        a, b = (order[places] for places in pairs_within(lineage[order]))
        doc = self.slots.doc
        inside = doc[a] == doc[b]
        across = ~inside & (np.minimum(self.length[a], self.length[b]) >= _LEAST)
        furniture = _Slots(a[inside], b[inside])
        a, b = a[across], b[across]
        relation, edits = self.likeness.relations(self.sentences.of_slot[a], self.sentences.of_slot[b])
        linked = relation >= 0
        a, b = a[linked], b[linked]
        pair = np.searchsorted(self.code, doc[a] * self.n + doc[b])
        return furniture, _Text(a, b, relation[linked], edits[linked], pair)

    def differs(self, text: _Text) -> IntArray:
        """Notes of text links."""
        swap = self.slots.rows[:, SWAP]
        return np.where(text.relation == _VERBATIM, 0, 1 + (swap[text.a] != swap[text.b]))

    def same_fact(self, text: _Text) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """First sentences of two bodies that state one fact in other words: (a, b, relation, note)."""
        facts = len(book().facts[0, 0])
        fact = book().fact[self.template]
        body = np.flatnonzero((self.slots.zone == BODY) & (fact >= 0))
        body = body[np.unique(self.slots.doc[body] * facts + fact[body], return_index=True)[1]]
        of = self.story[self.slots.doc[body]] * facts + fact[body]
        body = body[np.argsort(of, kind="stable")]
        a, b = (body[places] for places in pairs_within(np.sort(of)))
        pair = np.searchsorted(self.code, self.slots.doc[a] * self.n + self.slots.doc[b])
        told = np.isin(pair * facts + fact[a], text.pair * facts + fact[text.a])  # headlines and such state fact -1
        a, b = a[~told], b[~told]
        conflict = self.conflict(a, b).astype(np.int64)
        return a, b, _SAME_FACT + conflict, 1 + conflict

    def conflict(self, a: IntArray, b: IntArray) -> BoolArray:
        """Whether two sentences on one fact give different figures for it."""
        names = book().names[self.template]
        both = names[a] & names[b]
        x, y = self.slots.rows[a, SWAP], self.slots.rows[b, SWAP]
        slips = [(swap > 0) & ((both >> np.maximum(swap_of(swap)[0], 0)) & 1 == 1) for swap in (x, y)]
        return np.asarray((slips[0] | slips[1]) & (x != y))

    def pairs(self, text: _Text) -> Pairs:
        """All pairs of documents of one story."""
        coverage, levels = zip(*(self.covered(text.pair, slot, doc) for slot, doc in ((text.a, self.a), (text.b, self.b))),
                               strict=True)  # fmt: skip
        level = np.stack(levels, axis=1)
        one_wire = self.source[self.a] == self.source[self.b]
        whole = (level >= LEVELS.index("major")).any(axis=1) & one_wire
        linked = np.bincount(text.pair, minlength=len(self.a)) > 0
        provenance = np.where(linked, self.provenance(), 0)
        return Pairs(self.a, self.b, np.stack(coverage, axis=1), level, np.where(whole, 0, 1), provenance, one_wire)

    def covered(self, pair: IntArray, slot: IntArray, doc: IntArray) -> tuple[FloatArray, IntArray]:
        """(pairs,) share of the words of a document's body in sentences linked as a whole, and its level."""
        n_slots, body = len(self.slots.doc), self.slots.zone == BODY
        words = np.bincount(self.slots.doc, np.where(body, self.length, 0), self.n)[doc]
        held = distinct((pair * n_slots + slot)[body[slot]])
        shared = np.bincount(held // n_slots, self.length[held % n_slots], len(doc))
        touched = np.bincount(held // n_slots, minlength=len(doc))
        share = shared / np.maximum(words, 1)
        level = np.select([share >= 0.95, share >= 2 / 3, (share >= 0.10) & (touched >= 2), share > 0], [4, 3, 2, 1], 0)
        return share, level

    def provenance(self) -> IntArray:
        """(pairs,) which of the two derives from the other, else their common source."""
        from_b, from_a = self.descends(self.a, self.b), self.descends(self.b, self.a)
        return np.select([from_b, from_a], [1, 2], 3)

    def descends(self, young: IntArray, old: IntArray) -> BoolArray:
        """Whether ``old`` is an ancestor: a line of first parents, from either parent of a splice."""
        found = np.zeros(len(young), bool)
        for side in (0, 1):
            at = self.parents[young, side]
            while (at >= 0).any():
                found |= at == old
                at = np.where(at >= 0, self.parents[at, 0], -1)
        return found

    def negatives(self, a: IntArray, b: IntArray) -> Pairs:
        """Documents of two events that look alike."""
        code = distinct(self.slots.doc[a] * self.n + self.slots.doc[b])
        a, b = code // self.n, code % self.n
        series = self.plan.kind[self.plan.source_unit[self.source[a]]] == SERIES
        none = np.zeros((len(code), 2), np.int64)
        return Pairs(a, b, np.zeros(none.shape), none, np.where(series, 2, 3), none[:, 0], none[:, 0] > 0)


@dataclass
class _Slots:
    a: IntArray
    b: IntArray


@dataclass
class _Text(_Slots):
    """Text links: relation, edits; pair: row of the pair of documents."""

    relation: IntArray
    edits: IntArray
    pair: IntArray


def _joined(pairs: Pairs, others: Pairs) -> Pairs:
    names = ("a", "b", "coverage", "levels", "story", "provenance", "one_wire")
    return Pairs(*(np.concatenate([getattr(pairs, name), getattr(others, name)]) for name in names))
