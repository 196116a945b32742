"""Gold by construction: passages, reuse and provenance of two documents follow from what their sentences are.

The relation of two sentences of one lineage is that of the annotation guidelines (building.relations), the level of
reuse that of building.reuse; here they are applied to sentences instead of text.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from goldwire.building.relations import longest_run, relation_of_codes
from goldwire.building.reuse import reuse_level
from goldwire.synth.derive import Document, Unit
from goldwire.synth.operations import edit_labels
from goldwire.synth.sentences import Lineage, Sentence

__all__ = ["Pair", "Passage", "labelled"]

_LEAST = 6
"""Spans under six words get no link across documents."""
_STOCK = 7
"""Shared words from which a run counts as a formula."""

Span = tuple[int, int] | None
"""Part of a sentence, None for all of it."""


class Passage(NamedTuple):
    """Two slots, (document, slot), that correspond, a before b by document id."""

    a: tuple[Document, int]
    b: tuple[Document, int]
    relation: str
    edits: tuple[str, ...] = ()
    note: str | None = None
    a_part: Span = None
    b_part: Span = None


class Pair(NamedTuple):
    """Two documents, a before b by id, and what one has of the other."""

    a: Document
    b: Document
    coverage: tuple[float, float]
    levels: tuple[str, str]
    story: str
    provenance: str
    evidence: str


def labelled(unit: Unit) -> tuple[list[Pair], list[Passage]]:
    """The pairs and passages of a unit; pairs that share nothing and are no annotated negative are left out."""
    return _Labels(unit).all()


class _Labels:
    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.codes: dict[str, str] = {}
        self.coded: dict[Sentence, str] = {}
        self.known: dict[tuple[Sentence, Sentence], tuple[str | None, tuple[str, ...]]] = {}
        self.told: dict[Document, dict[int, int]] = {}
        self.pairs: list[Pair] = []
        self.passages: list[Passage] = []

    def all(self) -> tuple[list[Pair], list[Passage]]:
        """Both, in the order of document ids."""
        documents = sorted(self.unit.documents, key=lambda document: document.id)
        places = {document: _places(document) for document in documents}
        self.told = {document: _told(document) for document in documents}
        for document in documents:
            self.passages += _furniture(document, places[document])
        for a, b in combinations(documents, 2):
            if a.source.story is b.source.story:
                self.related(a, b, places[a], places[b])
            else:
                self.negative(a, b)
        return self.pairs, self.passages

    def related(self, a: Document, b: Document, of_a: _Places, of_b: _Places) -> None:
        """Two documents of one event."""
        in_a: set[int] = set()
        in_b: set[int] = set()
        facts = set()
        for lineage in [lineage for lineage in of_a if lineage in of_b]:
            for i in of_a[lineage]:
                for j in of_b[lineage]:
                    x, y = a.slots[i].sentence, b.slots[j].sentence
                    if min(x.length, y.length) < _LEAST:
                        continue
                    relation, edits = self.relation(x, y)
                    if relation is None:
                        continue
                    facts.add(lineage.fact)
                    in_a.add(i)
                    in_b.add(j)
                    swapped = x.wording.swap != y.wording.swap
                    note = None if relation == "verbatim" else _NOTES[swapped]
                    self.passages.append(Passage((a, i), (b, j), relation, edits, note))
        told_a, told_b = self.told[a], self.told[b]
        for fact in sorted(told_a.keys() & told_b.keys() - facts):
            i, j = told_a[fact], told_b[fact]
            relation = "contradiction" if self.conflict(a, b, i, j) else "same_fact"
            self.passages.append(Passage((a, i), (b, j), relation, (), _NOTES[relation == "contradiction"]))
        cover_a = _coverage(a, in_a)
        cover_b = _coverage(b, in_b)
        levels = reuse_level(*cover_a), reuse_level(*cover_b)
        whole = {"major", "whole"} & set(levels) and a.source is b.source
        self.pairs.append(
            Pair(
                a,
                b,
                (cover_a[0], cover_b[0]),
                levels,
                "same_report" if whole else "same_story",
                _provenance(a, b) if in_a else "none",
                _evidence(a, b, "one wire" if a.source is b.source else "two wires on one event"),
            )
        )

    def relation(self, x: Sentence, y: Sentence) -> tuple[str | None, tuple[str, ...]]:
        """Text relation and edits of two sentences of one lineage."""
        if x is y:
            return "verbatim", ()
        known = self.known.get((x, y))
        if known is None:
            if x.folded == y.folded:
                known = "verbatim", ()
            else:
                relation = relation_of_codes(self.code(x), self.code(y))
                known = relation, edit_labels(x, y) if relation else ()
            self.known[x, y] = known
        return known

    def code(self, sentence: Sentence) -> str:
        """One character per word."""
        coded = self.coded.get(sentence)
        if coded is None:
            codes = self.codes
            coded = "".join([codes.setdefault(word, chr(0x100 + len(codes))) for word in sentence.words])
            self.coded[sentence] = coded
        return coded

    def conflict(self, a: Document, b: Document, i: int, j: int) -> bool:
        """Whether two sentences on one fact give different figures for it."""
        x, y = a.slots[i].sentence, b.slots[j].sentence
        in_both = x.lineage.template.names & y.lineage.template.names
        for one, other in ((x, y), (y, x)):
            swap = one.wording.swap
            if swap and swap[0] in in_both and swap != other.wording.swap:
                return True
        return False

    def negative(self, a: Document, b: Document) -> None:
        """Documents of two events that look alike, as annotated negatives."""
        found = list(self.look_alikes(a, b))
        if found:
            self.passages += found
            story = "follow_up" if self.unit.kind == "series" else "unrelated"
            kind = {"series": "issues of a templated series", "twin": "another event in the same words"}
            evidence = _evidence(a, b, kind.get(self.unit.kind, "captions of one formula"))
            self.pairs.append(Pair(a, b, (0.0, 0.0), ("none", "none"), story, "none", evidence))

    def look_alikes(self, a: Document, b: Document) -> Iterator[Passage]:
        """Slots of one template: a formula where a run of words is shared, else another event."""
        by_template = {slot.sentence.lineage.template: j for j, slot in reversed(list(enumerate(b.slots)))}
        seen = set()
        for i, slot in enumerate(a.slots):
            template = slot.sentence.lineage.template
            if slot.zone not in ("body", "caption") or template not in by_template or template in seen:
                continue
            if (slot.zone == "caption") != (self.unit.kind == "caption_twin"):
                continue
            seen.add(template)
            j = by_template[template]
            x, y = slot.sentence, b.slots[j].sentence
            stock = self.stock(x, y)
            if stock:
                yield Passage((a, i), (b, j), "formula", (), "Stock wording of a template.", *stock)
            elif slot.zone == "body":
                yield Passage((a, i), (b, j), "distinct_event", (), "Another event in the same words.")

    def stock(self, x: Sentence, y: Sentence) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """The longest run of words in common, as places in both texts; None where it is short."""
        a, b = self.code(x), self.code(y)
        at_a, at_b, length = longest_run(a, b, 0, len(a), 0, len(b))
        if length < _STOCK:
            return None
        return _span(x.text, at_a, length), _span(y.text, at_b, length)


_Places = dict[Lineage, list[int]]
_NOTES = ("The wording differs, the fact does not.", "A figure differs.")


def _places(document: Document) -> _Places:
    """Lineage -> slots that hold a sentence of it."""
    found: _Places = {}
    for i, slot in enumerate(document.slots):
        if slot.sentence.lineage.kind != "plain":
            found.setdefault(slot.sentence.lineage, []).append(i)
    return found


def _told(document: Document) -> dict[int, int]:
    """Fact -> first body slot that states it."""
    found: dict[int, int] = {}
    for i, slot in enumerate(document.slots):
        if slot.zone == "body" and slot.sentence.lineage.fact >= 0:
            found.setdefault(slot.sentence.lineage.fact, i)
    return found


def _furniture(document: Document, places: _Places) -> Iterator[Passage]:
    """Repetitions inside a document."""
    for slots in places.values():
        for i, j in combinations(slots, 2):
            yield Passage((document, i), (document, j), "furniture")


def _coverage(document: Document, linked: set[int]) -> tuple[float, int]:
    """As building.reuse.coverage, of sentences that are linked as a whole or not at all."""
    words = shared = touched = 0
    for i, slot in enumerate(document.slots):
        if slot.zone == "body":
            length = slot.sentence.length
            words += length
            if i in linked:
                shared += length
                touched += 1
    return (shared / words if words else 0.0), touched


def _provenance(a: Document, b: Document) -> str:
    if b in a.ancestors():
        return "a_from_b"
    return "b_from_a" if a in b.ancestors() else "common_source"


def _evidence(a: Document, b: Document, what: str) -> str:
    return f"By construction: {what}; operations of a: {_names(a)}; of b: {_names(b)}."


def _names(document: Document) -> str:
    return ", ".join(document.operations) or "house style"


def _span(text: str, first: int, count: int) -> tuple[int, int]:
    """Place of words in a text whose words, as the relations count them, are cut at white space."""
    at, spans = 0, []
    for piece in text.split():
        start = text.index(piece, at)
        at = start + len(piece)
        word = piece.strip(".,;:!?—–-“”‘’\"'()[]")
        if word:
            start += piece.index(word)
            spans.append((start, start + len(word)))
    return spans[first][0], spans[first + count - 1][1]
