"""Sentences: a template under choices, with the names of a story; everything about one follows from its provenance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from goldwire.building.relations import words
from goldwire.building.reuse import folded
from goldwire.synth.grammar import Close, Head, Leaf, Open, Slot, Template

__all__ = ["GLYPHS", "Form", "Lineage", "Mention", "Sentence", "Wording", "render"]

Mention = tuple[int, int, int, int, str, str, int]
"""Start, end, start and end of the head, type, level, entity (-1: a value)."""
Form = tuple[str, tuple[Mention, ...]]
"""A text and the mentions in it."""

GLYPHS = ({}, str.maketrans("“”’", '""\''), str.maketrans("“”", "‘’"))
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


@dataclass(eq=False)
class Sentence:
    """A rendered sentence. ``noise``: the name of the damage done to it after rendering, "" for none."""

    lineage: Lineage
    wording: Wording
    text: str
    mentions: tuple[Mention, ...]
    noise: str = ""
    number: int = -1
    """Its place in the block being written, -1 until a document holds it."""

    @cached_property
    def folded(self) -> str:
        """As "verbatim" compares it."""
        return folded(self.text)

    @cached_property
    def words(self) -> list[str]:
        """As the other relations compare it."""
        return words(self.text)

    @cached_property
    def length(self) -> int:
        """Words as coverage counts them."""
        return len(self.text.split())

    def damaged(self, edits: Iterable[tuple[int, int, str]], noise: str) -> Sentence:
        """With parts of its text replaced, (start, end, new) from left to right; mentions move along.

        An edit may not touch the first or last character of a mention or head, so that no mention loses its border.
        """
        text, mentions, shift = self.text, self.mentions, 0
        for start, end, new in edits:
            start, end = start + shift, end + shift
            text = text[:start] + new + text[end:]
            delta = len(new) - (end - start)
            shift += delta
            if delta:
                mentions = tuple(
                    (*(at + delta if at >= end else at for at in mention[:4]), *mention[4:])  # type: ignore[misc]
                    for mention in mentions
                )
        return replace(self, text=text, mentions=mentions, noise=noise, number=-1)


def render(leaves: Iterable[Leaf], form: Callable[[Slot], Form], entity: Callable[[Open], int]) -> Form:
    """Text and mentions of a template's leaves."""
    parts: list[str] = []
    mentions: list[Mention] = []
    opened: list[tuple[int, Open, int]] = []
    heads: list[tuple[int, int]] = []
    at, head_next = 0, False
    for leaf in leaves:
        kind = type(leaf)
        if kind is str:
            text: str = leaf  # type: ignore[assignment]
        elif kind is Slot:
            text, inner = form(leaf)  # type: ignore[arg-type]
            for m in inner:
                mentions.append((m[0] + at, m[1] + at, m[2] + at, m[3] + at, m[4], m[5], m[6]))
        elif kind is Open:
            opened.append((at, leaf, len(heads)))  # type: ignore[arg-type]
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
                last = "".join(parts)[start:at]
                low, high = start + last.rfind(" ") + 1, at
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
    mentions.sort(key=lambda m: (m[0], -m[1]))
    return whole, tuple(mentions)
