"""Sentence templates: text with slots, mentions and choice points, compiled once from data/*.toml.

Notation of a template:

``{p1.last}``            a form of the entity or number p1 (see story.py)
``<res PERSON|...>``     a mention of the entity "res", nominal unless a level follows the type; the key "-" is a value
                         without entity. ``^(word)`` is its head, without one the head is the last word.
``(a|b|c)``              a choice point: wordings that say the same; an empty one leaves the words out
``(t:a|b)``              a choice point that is more than a synonym, by its tag (see TAGS)
``(m1:a|)...(m1:|b)``    choice points of one tag and digit are made together
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = [
    "TAGS",
    "Alternative",
    "Close",
    "Domain",
    "Fact",
    "Head",
    "Leaf",
    "Open",
    "Point",
    "Slot",
    "Template",
    "domain",
    "domains",
]

TAGS = {
    "": "substitution",
    "h": "substitution",
    "t": "tense",
    "c": "connective",
    "l": "lead-in",
    "a": "attribution",
    "m": "reorder",
    "o": "insert",
}
"""Tag of a choice point -> label of the edit that choosing otherwise makes (schema/labels.json, passage_edits)."""


@dataclass(frozen=True, eq=False, slots=True)
class Slot:
    """Where a form of an entity or number goes: ``{name.form}``; compared by identity, one object per domain."""

    name: str
    form: str


@dataclass(frozen=True, slots=True)
class Open:
    """Where a mention written into the template begins."""

    key: str
    type: str
    level: str


class Close:
    """Where it ends."""


class Head:
    """The last word of the next piece of text is its head."""


Leaf = str | Slot | Open | type[Close] | type[Head]
Alternative = str | tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A choice: its tag, how many wordings there are, and which of them are empty."""

    tag: str
    size: int
    empty: tuple[bool, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Template:
    """A sentence as segments, each with its alternatives and the choice point that decides (-1: none).

    An alternative is a string where it is nothing but text, else its leaves. ``quotes``: whether house styles of
    quotation marks matter; ``speech``: whether it opens with a quotation; ``names``: its entities and figures.
    """

    segments: tuple[tuple[tuple[Alternative, ...], int], ...]
    points: tuple[Point, ...]
    quotes: bool
    speech: bool
    names: frozenset[str]


@dataclass(frozen=True, eq=False, slots=True)
class Fact:
    """One thing reported, in the two wordings that independent reports give it."""

    number: int
    a: Template
    b: Template


@dataclass(frozen=True)
class Domain:
    """A kind of story: its entities and numbers, headlines, facts, and the furniture common to all."""

    name: str
    entities: dict[str, str]
    numbers: dict[str, str]
    headline: Fact
    facts: tuple[Fact, ...]
    common: tuple[Fact, ...]
    furniture: dict[str, tuple[Template, ...]]
    leads: tuple[Template, ...]
    slots: dict[tuple[str, str], Slot] = field(default_factory=dict)


@cache
def read(name: str) -> dict[str, Any]:
    """A data file of the generator."""
    return tomllib.loads((files("goldwire.synth") / "data" / f"{name}.toml").read_text(encoding="utf-8"))


def domains() -> tuple[str, ...]:
    """The kinds of story; "bulletin" is the templated series and not among them."""
    return ("election", "flood", "trial", "football", "company", "protest", "summit")


@cache
def domain(name: str) -> Domain:
    """The compiled domain."""
    own, common = read(name), read("common")
    slots: dict[tuple[str, str], Slot] = {}

    def compiled(text: str) -> Template:
        return _Parser(text, slots).template()

    def facts(rows: Sequence[dict[str, str]], first: int) -> tuple[Fact, ...]:
        return tuple(Fact(first + i, compiled(row["a"]), compiled(row["b"])) for i, row in enumerate(rows))

    return Domain(
        name,
        own["entities"],
        common["numbers"] | own["numbers"],
        facts(own["headline"], 0)[0],
        facts(own["fact"], 0),
        facts(common["fact"], len(own["fact"])),
        {zone: tuple(map(compiled, texts)) for zone, texts in common["furniture"].items()},
        tuple(map(compiled, common["leads"])),
        slots,
    )


class _Parser:
    def __init__(self, text: str, slots: dict[tuple[str, str], Slot]) -> None:
        self.text, self.slots, self.at = text, slots, 0
        self.segments: list[tuple[list[list[Leaf]], int]] = []
        self.points: list[Point] = []
        self.linked: dict[str, int] = {}

    def template(self) -> Template:
        self.sequence()
        if self.at != len(self.text):
            raise self.error("nothing more")
        slots = [
            leaf for options, _ in self.segments for leaves in options for leaf in leaves if isinstance(leaf, Slot)
        ]
        return Template(
            tuple((tuple(map(_alternative, options)), point) for options, point in _merged(self.segments)),
            tuple(self.points),
            any(mark in self.text for mark in "“’"),
            self.text.startswith("“"),
            frozenset(slot.name for slot in slots),
        )

    def error(self, expected: str) -> ValueError:
        return ValueError(f"template {self.text!r}, column {self.at + 1}: expected {expected}")

    def add(self, leaf: Leaf) -> None:
        if self.segments and self.segments[-1][1] < 0:
            self.segments[-1][0][0].append(leaf)
        else:
            self.segments.append(([[leaf]], -1))

    def sequence(self) -> None:
        while self.at < len(self.text) and self.text[self.at] != ">":
            mark = self.text[self.at]
            if mark == "(":
                self.choice()
            elif mark == "<":
                self.add(self.opening())
                self.sequence()
                self.close(">")
                self.add(Close)
            else:
                self.add(self.plain("(<>"))

    def opening(self) -> Open:
        end = self.text.index("|", self.at)
        key, kind, *level = self.text[self.at + 1 : end].split()
        self.at = end + 1
        return Open(key, kind, level[0] if level else ("NAM" if key == "-" else "NOM"))

    def close(self, mark: str) -> None:
        if self.text[self.at : self.at + 1] != mark:
            raise self.error(repr(mark))
        self.at += 1

    def plain(self, stops: str) -> Leaf:
        """A slot, a head mark, or text up to the next mark."""
        if self.text[self.at] == "^":
            self.at += 1
            return Head
        if self.text[self.at] == "{":
            end = self.text.index("}", self.at)
            name, _, form = self.text[self.at + 1 : end].replace("#", ".digits").partition(".")
            self.at = end + 1
            return self.slots.setdefault((name, form), Slot(name, form))
        end = min((i for m in stops + "{^" if (i := self.text.find(m, self.at)) >= 0), default=len(self.text))
        if end == self.at:
            raise self.error(f"no {self.text[end]!r}")
        text, self.at = self.text[self.at : end], end
        return text

    def choice(self) -> None:
        self.at += 1
        tag = ""
        head, colon, _ = self.text[self.at : self.at + 3].partition(":")
        if colon and head.rstrip("0123456789") in TAGS:
            tag, self.at = head, self.at + len(head) + 1
        options: list[list[Leaf]] = [[]]
        while self.text[self.at] != ")":
            mark = self.text[self.at]
            if mark == "|":
                options.append([])
                self.at += 1
            elif mark == "<":
                options[-1].append(self.opening())
                while self.text[self.at] != ">":
                    options[-1].append(self.plain("(<>|)"))
                self.at += 1
                options[-1].append(Close)
            elif mark == "(":
                raise self.error("no choice within a choice")
            else:
                options[-1].append(self.plain("(<|)"))
        self.at += 1
        if len(options) == 1:
            for leaf in options[0]:
                self.add(leaf)
            return
        if tag and tag[-1].isdigit() and tag in self.linked:
            point = self.linked[tag]
        else:
            point = self.linked[tag] = len(self.points)
            empty = tuple(not option for option in options)
            self.points.append(Point(tag.rstrip("0123456789"), len(options), empty))
        if len(options) != self.points[point].size:
            raise self.error(f"{self.points[point].size} wordings, as the linked choice before has")
        self.segments.append((options, point))


def _alternative(leaves: Sequence[Leaf]) -> Alternative:
    return "".join(map(str, leaves)) if all(isinstance(leaf, str) for leaf in leaves) else tuple(leaves)


def _merged(segments: Sequence[tuple[list[list[Leaf]], int]]) -> list[tuple[list[list[Leaf]], int]]:
    """The same sentence in fewer pieces: text around a choice of texts becomes part of its alternatives.

    A choice that a head mark precedes is left alone, for the head is the last word of the piece.
    """
    merged = [([list(option) for option in options], point) for options, point in segments]
    nothing: tuple[list[list[Leaf]], int] = ([[]], -1)
    for at in range(1, len(merged)):
        (before, fixed), (options, point) = merged[at - 1 : at + 1]
        after, also_fixed = merged[at + 1] if at + 1 < len(merged) else nothing
        if fixed >= 0 or point < 0 or not all(isinstance(leaf, str) for option in options for leaf in option):
            continue
        if Head in before[0][-2:]:
            continue
        lead = before[0].pop() if before[0] and isinstance(before[0][-1], str) else ""
        tail = after[0].pop(0) if also_fixed < 0 and after[0] and isinstance(after[0][0], str) else ""
        options[:] = [["".join(map(str, (lead, *option, tail)))] for option in options]
    return [(options, point) for options, point in merged if point >= 0 or options[0]]
