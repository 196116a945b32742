"""The book of templates: all of them as columns of numbers, so that a block's sentences are rendered together.

A template is a run of segments, a segment one alternative per choice, an alternative a run of leaves. The opening phrase
that a desk may put before a sentence is one more segment at its front, with a choice of its own (the last column).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from goldwire.counts import IntArray
from goldwire.synth.dice import BoolArray
from goldwire.synth.grammar import TAGS, Domain, Fact, Head, Leaf, Open, Point, Slot, Template, domain, domains

__all__ = ["BULLETIN", "CLOSE", "DATES", "FORM", "HEAD", "LEAD", "OPEN", "TEXT", "WIDTH", "Book", "Forms", "book"]

TEXT, FORM, OPEN, CLOSE, HEAD = range(5)
"""Kinds of leaves."""
WIDTH = 9
"""Columns of choices: eight points at most, and the opening phrase."""
LEAD = WIDTH - 1
DATES = 0
"""The template of date stamps: one wording per day of the month."""
BULLETIN = len(domains())
"""The domain of templated series; the others are 0 …"""
_GLYPHS: tuple[dict[int, int], ...] = ({}, str.maketrans("“”’", '""\''), str.maketrans("“”", "‘’"))
_PLAIN, _UPPER, _LOWER = range(3)
_POINTS = tuple(TAGS)


@dataclass(frozen=True)
class Forms:
    """What stories of a domain write: forms of entities and figures.

    slots:    (name, form) by number; last come the forms that begin a sentence otherwise than they stand in it.
    at_front: (forms,) as in the book.
    figures:  figure -> its number; entities: key -> its number, with the type and, where stories do not name it, the name.
    figure:   (forms,) as in the book.
    heads:    numbers of forms whose last word may be the head of a mention around them.
    """

    domain: Domain
    slots: tuple[tuple[str, str], ...]
    at_front: IntArray
    figures: dict[str, int]
    entities: dict[str, tuple[int, str, str]]
    figure: IntArray
    heads: frozenset[int]


@dataclass(frozen=True)
class Shape:
    """Of texts: characters, place of the last space (-1: none), and where the head lies if a head mark comes before."""

    chars: IntArray
    spaces: IntArray
    heads: IntArray
    ends: IntArray


@dataclass(frozen=True)
class Book:
    """T templates.

    domain:            (T,) number of its domain, -1 for DATES.
    fact:              (T,) number of the fact, -1 for what states none; the two wordings of a fact have one number.
    shared:            (T,) what furniture that all domains have is numbered by in the first of them, else its own number.
    size, tag, empty:  (T, WIDTH), (T, WIDTH), (T, WIDTH, options) of the choice points; 1, -1 and False where there is none.
    radix:             (T, WIDTH) what a choice counts in the number of a wording.
    quotes, speech:    (T,) whether house styles of quotation marks matter; whether it opens with a quotation.
    swaps:             (T, n) figures that a slip may change, -1 at the end.
    names:             (T,) the figures in it, one bit each.
    segments:          first segment and number of segments of a template; point: of a segment, -1 for none.
    alternatives:      first alternative of a segment.
    leaves:            first leaf and number of leaves of an alternative; kind, value: of a leaf. A text's value is its
                       place in ``texts``, a form's its number; of marks it is the number of the mention in the domain.
    shape:             of the texts, see Shape.
    at_front:          (domains, forms) the form to write at the front of a sentence for another.
    figure:            (domains, forms) number of the figure that a form writes, -1 for a form of an entity.
    texts:             every text in nine styles: as it is, with a capital, without; each with three quotation marks.
    marks:             (entity, type, level) of the mentions written into templates; entity -1: a value.
    """

    domain: IntArray
    fact: IntArray
    shared: IntArray
    size: IntArray
    tag: IntArray
    empty: BoolArray
    radix: IntArray
    quotes: BoolArray
    speech: BoolArray
    swaps: IntArray
    names: IntArray
    segments: tuple[IntArray, IntArray]
    point: IntArray
    alternatives: IntArray
    leaves: tuple[IntArray, IntArray]
    kind: IntArray
    value: IntArray
    texts: pa.StringArray
    shape: Shape
    at_front: IntArray
    figure: IntArray
    marks: tuple[tuple[int, str, str], ...]
    forms: tuple[Forms, ...]
    facts: IntArray
    """(domains, 2, facts) templates of the facts in wordings a and b, the domain's own first; -1 at the end."""
    headline: IntArray
    """(domains, 2)"""
    furniture: dict[str, IntArray]
    """Zone -> (domains, n) templates."""

    def tagged(self, tag: str) -> int:
        """The number of a tag."""
        return _POINTS.index(tag)


@cache
def book() -> Book:
    """All templates of the generator."""
    return _Compiler().book()


class _Compiler:
    def __init__(self) -> None:
        self.templates: list[Template] = []
        self.domain: list[int] = []
        self.fact: list[int] = []
        self.texts: dict[str, int] = {}
        self.marks: list[tuple[int, str, str]] = []
        self.forms: list[Forms] = []
        self.segments: list[tuple[int, int]] = []
        self.points: list[int] = []
        self.alternatives: list[int] = []
        self.leaves: list[tuple[int, int]] = []
        self.leaf: list[tuple[int, int]] = []

    def book(self) -> Book:
        days = tuple(f"date 2025-10-{day:02}" for day in range(1, 32))
        point = Point("", len(days), (False,) * len(days))
        stamp = Template(((days, 0),), (point,), quotes=False, speech=True, names=frozenset())
        self._add(-1, -1, [stamp])
        facts, headline = [], []
        furniture: dict[str, list[list[int]]] = {}
        for number, name in enumerate((*domains(), "bulletin")):
            kind = domain(name)
            self.forms.append(_forms(kind))
            told: Sequence[Fact] = (*kind.facts, *kind.common)
            both = [self._add(number, i, (fact.a, fact.b)) for i, fact in enumerate(told)]
            facts.append(np.array(both).T)
            headline.append(self._add(number, -1, (kind.headline.a, kind.headline.b)))
            for zone, templates in kind.furniture.items():
                furniture.setdefault(zone, []).append(self._add(number, -1, templates))
        self._leaves()
        padded = np.stack([_padded([part[side] for part in facts]) for side in (0, 1)], axis=1)
        texts = [style.translate(glyph) for text in self.texts for style in _styles(text) for glyph in _GLYPHS]
        return Book(
            np.array(self.domain),
            np.array(self.fact),
            self._shared(furniture),
            *self._points(),
            np.array([t.quotes for t in self.templates]),
            np.array([t.speech for t in self.templates]),
            *self._figures(),
            _columns(self.segments),
            np.array(self.points),
            np.array(self.alternatives),
            _columns(self.leaves),
            *_columns(self.leaf),
            pa.array(texts, pa.string()),
            _shape(texts),
            _padded([forms.at_front for forms in self.forms]),
            _padded([forms.figure for forms in self.forms]),
            tuple(self.marks),
            tuple(self.forms),
            padded,
            np.array(headline),
            {zone: np.array(rows) for zone, rows in furniture.items()},
        )

    def _add(self, number: int, fact: int, templates: Iterable[Template]) -> list[int]:
        first = len(self.templates)
        self.templates += templates
        added = len(self.templates) - first
        self.domain += [number] * added
        self.fact += [fact] * added
        return list(range(first, first + added))

    def _shared(self, furniture: dict[str, list[list[int]]]) -> IntArray:
        shared = np.arange(len(self.templates))
        for rows in furniture.values():
            shared[np.array(rows)] = rows[0]
        return shared

    def _points(self) -> tuple[IntArray, IntArray, BoolArray, IntArray]:
        shape = len(self.templates), WIDTH
        size, tag = np.ones(shape, np.int64), np.full(shape, -1)
        most = max(point.size for template in self.templates for point in template.points)
        empty = np.zeros((*shape, most), bool)
        for i, template in enumerate(self.templates):
            points = dict(enumerate(template.points))
            if not template.speech:
                leads = 1 + len(self.forms[self.domain[i]].domain.leads)
                points[LEAD] = Point("l", leads, (True,) + (False,) * (leads - 1))
            for place, point in points.items():
                size[i, place], tag[i, place] = point.size, _POINTS.index(point.tag)
                empty[i, place, : point.size] = point.empty
        radix = np.cumprod(np.c_[np.ones(len(size), np.int64), size[:, :-1]], axis=1)
        return size, tag, empty, radix

    def _figures(self) -> tuple[IntArray, IntArray]:
        rows, names = [], []
        for i, template in enumerate(self.templates):
            figures = self.forms[self.domain[i]].figures if self.domain[i] >= 0 else {}
            rows.append([figures[name] for name in sorted(template.names) if name in figures and name != "date"])
            names.append(sum(1 << figure for figure in rows[-1]))
        return _padded(rows), np.array(names)

    def _leaves(self) -> None:
        for i, template in enumerate(self.templates):
            first = len(self.points)
            leads: tuple[tuple[Sequence[Leaf], ...], int] = ((), -1)
            if self.domain[i] >= 0:
                leads = ((), *(_fixed(lead) for lead in self.forms[self.domain[i]].domain.leads)), LEAD
            opened: list[int] = []
            for options, point in (leads, *template.segments):
                self.points.append(point)
                self.alternatives.append(len(self.leaves))
                before = list(opened)
                for option in options or ((),):
                    opened[:] = before
                    self._alternative(self.domain[i], (option,) if isinstance(option, str) else option, opened)
            self.segments.append((first, len(self.points) - first))

    def _alternative(self, number: int, option: Sequence[Leaf], opened: list[int]) -> None:
        first = len(self.leaf)
        for leaf in option:
            if isinstance(leaf, str):
                if leaf:
                    self.leaf.append((TEXT, 9 * self.texts.setdefault(leaf, len(self.texts))))
            elif isinstance(leaf, Slot):
                self.leaf.append((FORM, self.forms[number].slots.index((leaf.name, leaf.form))))
            elif isinstance(leaf, Open):
                opened.append(self._mark(number, leaf))
                self.leaf.append((OPEN, opened[-1]))
            elif leaf is Head:
                self.leaf.append((HEAD, opened[-1]))
            else:
                self.leaf.append((CLOSE, opened.pop()))
        self.leaves.append((first, len(self.leaf) - first))

    def _mark(self, number: int, mark: Open) -> int:
        entities = self.forms[number].entities
        entity = -1
        if mark.key != "-":
            key = mark.key if mark.key in self.forms[number].domain.entities else f"{mark.key}:{mark.type}"
            entity = entities.setdefault(key, (len(entities), mark.type, mark.key))[0]
        self.marks.append((entity, mark.type, mark.level))
        return len(self.marks) - 1


_TYPES = {"person": "PERSON", "town": "GPE", "country": "GPE", "river": "LOC"}


def _forms(kind: Domain) -> Forms:
    slots = tuple(kind.slots)
    front = {slot: _capital(kind, slot) for slot in slots}
    slots += tuple({slot: 0 for slot in front.values() if slot not in slots})
    at_front = np.array([slots.index(front.get(slot, slot)) for slot in slots])
    figures = {name: i for i, name in enumerate((*kind.numbers, "day", "day2", "date"))}
    entities = {
        key: (i, _TYPES.get(what.partition(" ")[0], "ORG"), "") for i, (key, what) in enumerate(kind.entities.items())
    }
    for name, form in slots:
        if form == "adjs":
            entities[f"{name}:people"] = (len(entities), "NORP", "")
    return Forms(
        kind,
        slots,
        at_front,
        figures,
        entities,
        np.array([figures.get(name, -1) for name, _ in slots]),
        frozenset(i for i, (_, form) in enumerate(slots) if form == "bare"),
    )


def _capital(kind: Domain, slot: tuple[str, str]) -> tuple[str, str]:
    """The form that stands at the front of a sentence for another."""
    name, form = slot
    what, _, titles = kind.entities.get(name, "").partition(" ")
    if what == "river" and not form:
        return name, "front"
    return (name, "Full") if what == "person" and titles and form in ("", "full") else slot


def _fixed(template: Template) -> Sequence[Leaf]:
    """The leaves of a template without choices."""
    return [leaf for (option,), _ in template.segments for leaf in ((option,) if isinstance(option, str) else option)]


def _styles(text: str) -> tuple[str, str, str]:
    return text, text[0].upper() + text[1:], text[0].lower() + text[1:]


def _shape(texts: Sequence[str]) -> Shape:
    words = [text.partition(" of ")[0] for text in texts]
    return Shape(
        np.array([len(text) for text in texts]),
        np.array([text.rfind(" ") for text in texts]),
        np.array([word.rfind(" ") + 1 for word in words]),
        np.array([len(word) for word in words]),
    )


def _padded(rows: Sequence[Sequence[int] | IntArray]) -> IntArray:
    """Rows of unequal length as one array, -1 at their ends."""
    most = max(map(len, rows))
    return np.array([[*row, *[-1] * (most - len(row))] for row in rows])


def _columns(rows: Sequence[tuple[int, int]]) -> tuple[IntArray, IntArray]:
    first, second = np.array(rows).T
    return first, second
