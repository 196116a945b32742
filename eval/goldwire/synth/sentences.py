"""Sentences: a template under choices, with the names of a story; everything about one follows from its provenance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from goldwire.building.relations import words
from goldwire.building.reuse import folded
from goldwire.synth.grammar import Head, Open, Slot, Template

__all__ = ["GLYPHS", "Form", "Lineage", "Mention", "Sentence", "Wording", "render"]

Mention = tuple[int, int, int, int, str, str, int]
"""Start, end, start and end of the head, type, level, entity (-1: a value)."""
Form = tuple[str, tuple[Mention, ...]]
"""A text and the mentions in it."""

GLYPHS: tuple[dict[int, int], ...] = ({}, str.maketrans("“”’", '""\''), str.maketrans("“”", "‘’"))
"""House styles of quotation marks: as the wire has them, straight, single."""


@dataclass(frozen=True, eq=False, slots=True)
class Lineage:
    """What copies of a sentence have in common: its source, what it is, and the fact it states (-1: none)."""

    template: Template
    kind: str
    fact: int = -1


class Wording(NamedTuple):
    """All that decides how a sentence of a lineage reads; equal wordings are one sentence.

    choices: one per choice point; lead: opening phrase put before it; swap: (number or day, other value);
    glyph: index into GLYPHS.
    """

    choices: tuple[int, ...]
    lead: str = ""
    swap: tuple[str, str] | None = None
    glyph: int = 0


class Sentence:
    """A sentence of a lineage in some wording; everything about its text is made when it is first asked for.

    text, mentions: mentions in text order, the longer before those in it.
    folded: the text as "verbatim" compares it; words: as the other relations do; length: words as coverage counts them.
    noise: the name of the damage done to it after rendering, "" for none.
    number: its place in the block being written, -1 until a document holds it.
    """

    text: str
    mentions: tuple[Mention, ...]
    folded: str
    words: list[str]
    length: int

    def __init__(
        self, lineage: Lineage, wording: Wording, make: Callable[[Lineage, Wording], Form], noise: str = ""
    ) -> None:
        self.lineage, self.wording, self.noise = lineage, wording, noise
        self._make = make
        self.number = -1

    def __getattr__(self, name: str) -> Any:
        """What is computed from the text, kept once it has been asked for; a plain attribute from then on."""
        if name in ("text", "mentions"):
            self.text, self.mentions = self._make(self.lineage, self.wording)
        elif name == "folded":
            self.folded = folded(self.text)
        elif name == "words":
            self.words = words(self.text)
        elif name == "length":
            self.length = len(self.text.split())
        else:
            raise AttributeError(name)
        return self.__dict__[name]

    def damaged(self, edits: Iterable[tuple[int, int, str]], noise: str) -> Sentence:
        """With parts of its text replaced, (start, end, new) from left to right; mentions move along.

        An edit may not touch the first or last character of a mention or head, so that no mention loses its border.
        """
        text, mentions = self.text, self.mentions
        shift = 0
        for start, end, new in edits:
            start, end = start + shift, end + shift
            text = text[:start] + new + text[end:]
            delta = len(new) - (end - start)
            shift += delta
            if delta:
                mentions = tuple([_moved(mention, delta, end) for mention in mentions])
        return Sentence(self.lineage, self.wording, lambda *_: (text, mentions), noise)


def _moved(m: Mention, by: int, since: int = 0) -> Mention:
    """A mention whose offsets from ``since`` on have moved."""
    a, b, c, d = (at + by if at >= since else at for at in m[:4])
    return a, b, c, d, m[4], m[5], m[6]


def render(
    template: Template, choices: Sequence[int], form: Callable[[Slot], Form], entity: Callable[[Open], int]
) -> Form:
    """Text and mentions of a template under its choices, one per choice point."""
    parts: list[str] = []
    mentions: list[Mention] = []
    opened: list[tuple[int, Open, int]] = []
    heads: list[tuple[int, int]] = []
    at, head_next, nested = 0, False, False
    for alternatives, point in template.segments:
        chosen = alternatives[choices[point]] if point >= 0 else alternatives[0]
        if type(chosen) is str and not head_next:
            parts.append(chosen)
            at += len(chosen)
            continue
        for leaf in (chosen,) if type(chosen) is str else chosen:
            kind = type(leaf)
            if kind is str:
                text: str = leaf  # type: ignore[assignment]
            elif kind is Slot:
                text, inner = form(leaf)  # type: ignore[arg-type]
                for a, b, c, d, label, level, index in inner:
                    mentions.append((a + at, b + at, c + at, d + at, label, level, index))
            elif kind is Open:
                opened.append((at, leaf, len(heads)))  # type: ignore[arg-type]
                nested = True
                continue
            elif leaf is Head:
                head_next = True
                continue
            else:
                start, mark, known = opened.pop()
                if mark.key == "-":
                    low, high = start, at
                elif len(heads) > known:
                    low, high = heads.pop()
                else:
                    low, high = start + "".join(parts)[start:at].rfind(" ") + 1, at
                mentions.append((start, at, low, high, mark.type, mark.level, entity(mark)))
                continue
            if head_next:
                cut = text.find(" of ")
                word = text if cut < 0 else text[:cut]
                heads.append((at + word.rfind(" ") + 1, at + len(word)))
                head_next = False
            parts.append(text)
            at += len(text)
    whole = "".join(parts)
    if whole[:1].islower():
        whole = whole[0].upper() + whole[1:]
    if nested:
        mentions.sort(key=_by_extent)
    return whole, tuple(mentions)


def _by_extent(mention: Mention) -> tuple[int, int]:
    return mention[0], -mention[1]
