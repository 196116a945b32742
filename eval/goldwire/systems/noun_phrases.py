"""Noun phrases without a parser: nouns for people, bodies and places with what belongs to them, and pronouns.

A phrase is found at its head, a noun of data/nouns.tsv that no name covers and no other noun follows. To the left it
takes modifiers (data/noun_modifiers.tsv, other nouns, nationalities and other names, numbers), and ends at a
determiner or a possessor ("the country's president"), which it takes too. Words that are on no list belong to it only
between a determiner and the head, three at most. A singular without determiner, possessor or name is no phrase
("president", a title). To the right it takes one "of" with the name or phrase that follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from goldwire.systems.base import Record
from goldwire.systems.lexicon import Token, read_list, word_class

__all__ = ["PRONOUNS", "Phrase", "noun_phrases", "nouns"]

_ARTICLES = frozenset({"a", "an"})
_DEFINITE, _INDEFINITE, _NUMBERS = word_class("definite"), word_class("indefinite"), word_class("number")
_MODIFYING_TYPES = frozenset({"NORP", "GPE", "ORG", "LOC", "CARDINAL", "ORDINAL"})
_MOST_UNKNOWN = 3
_LONGEST = 12

PRONOUNS: dict[str, str] = (
    dict.fromkeys(("he", "him", "his", "himself", "she", "her", "hers", "herself"), "person")
    | dict.fromkeys(("they", "them", "their", "theirs", "themselves"), "group")
    | dict.fromkeys(("it", "its", "itself"), "thing")
)
"""Third-person pronouns and what they stand for. First and second persons are left out: who speaks is not known."""


class Noun(NamedTuple):
    """An entry of data/nouns.tsv."""

    type: str
    plural: bool
    lemma: str


@dataclass(slots=True)
class Phrase:
    """A mention over tokens [first, last) with its head, and what coreference asks of it.

    level:    "NAM", "NOM" or "PRO".
    head:     offsets of the head noun; of a name and a pronoun its own.
    lemma:    the head noun's lemma; of a name nothing, of a pronoun what it stands for (see PRONOUNS).
    opening:  the determiner's or possessive's kind: "definite", "indefinite" or "".
    names:    what modifies a nominal: the entity ids of names, the lemma of a possessor.
    entity:   the entity id; of names from the start, of others once resolved.
    """

    first: int
    last: int
    start: int
    end: int
    type: str
    level: str
    head: tuple[int, int]
    lemma: str = ""
    plural: bool = False
    opening: str = ""
    names: frozenset[str] = frozenset()
    entity: str = ""
    kb_id: str | None = None


@cache
def nouns() -> dict[str, Noun]:
    """Form in lower case -> noun."""
    return {form: Noun(label, number == "plural", lemma) for form, label, number, lemma in read_list("nouns")}


@cache
def _modifiers() -> frozenset[str]:
    return frozenset(form.lower() for (form,) in read_list("noun_modifiers"))


@cache
def _function_words() -> frozenset[str]:
    return frozenset(form for form, _ in read_list("function_words") if form.islower())


def noun_phrases(words: Sequence[Token], names: Sequence[Record]) -> list[Phrase]:
    """All mentions of a text, names included, by place, the longer first; none crosses another.

    words: the tokens of the text. names: mentions as a system gives them, with offsets, type, entity_id and kb_id.
    """
    finder = _Finder(words, names)
    phrases = [*finder.names, *finder.nominals(), *finder.pronouns()]
    return _nested(phrases)


class _Finder:
    """The tokens of a text and which of them names cover."""

    def __init__(self, words: Sequence[Token], names: Sequence[Record]) -> None:
        self.words = words
        self.lower = [word.form.lower() for word in words]
        self.names = list(self._of_names(names))
        self.covering: list[Phrase | None] = [None] * len(words)
        for name in sorted(self.names, key=lambda name: name.last - name.first):  # the longest is written last
            self.covering[name.first : name.last] = [name] * (name.last - name.first)

    def _of_names(self, names: Sequence[Record]) -> Iterator[Phrase]:
        at = 0
        for name in sorted(names, key=lambda name: (name["start"], -name["end"])):
            while at < len(self.words) and self.words[at].end <= name["start"]:
                at += 1
            last = at
            while last < len(self.words) and self.words[last].start < name["end"]:
                last += 1
            if last > at:
                yield Phrase(
                    at, last, name["start"], name["end"], name["type"], "NAM", (name["start"], name["end"]),
                    entity=name["entity_id"], kb_id=name.get("kb_id"),
                )  # fmt: skip

    def nominals(self) -> list[Phrase]:
        """The nominal phrases, in textual order."""
        found: list[Phrase] = []
        ends: dict[int, Phrase] = {}
        for at in range(len(self.words)):
            phrase = self._nominal(at, ends)
            if phrase:
                found.append(phrase)
                ends[phrase.last] = phrase
        starts = {name.first: name for name in sorted(self.names, key=lambda name: name.last)}
        for phrase in reversed(found):
            self._add_of(phrase, starts)
            starts[phrase.first] = phrase
        return found

    def _nominal(self, head: int, ends: dict[int, Phrase]) -> Phrase | None:
        noun = nouns().get(self.lower[head])
        word = self.words[head]
        if noun is None or self.covering[head] or not (word.form.islower() or word.opens_sentence):
            return None
        following = self.lower[head + 1] if head + 1 < len(self.words) else ""
        if following in nouns() and not self.covering[head + 1]:
            return None
        if following == "-" and word.end == self.words[head + 1].start:
            return None
        if not noun.plural and noun.type == "PERSON" and self._is_name(head + 1, "PERSON"):
            return None
        first, opening, inside = self._left(head, ends)
        if not noun.plural and not opening and not inside:
            return None
        return Phrase(
            first, head + 1, self.words[first].start, word.end, noun.type, "NOM", (word.start, word.end),
            lemma=noun.lemma, plural=noun.plural, opening=opening, names=frozenset(inside),
        )  # fmt: skip

    def _is_name(self, at: int, label: str) -> bool:
        name = self.covering[at] if at < len(self.words) else None
        return name is not None and name.type == label

    def _left(self, head: int, ends: dict[int, Phrase]) -> tuple[int, str, list[str]]:
        """Where the phrase begins, what opens it, and the entities of the names in it."""
        first, inside = head, []
        while first and head - first < _LONGEST:
            word = self.lower[first - 1]
            name = self.covering[first - 1]
            if name is not None:
                if name.last != first or name.type not in _MODIFYING_TYPES:
                    break
                first = name.first
                inside += [name.entity] if name.type not in ("CARDINAL", "ORDINAL") else []
                if self.lower[first] in _DEFINITE:
                    return first, "definite", inside
            elif word in _DEFINITE or word in _INDEFINITE:
                return first - 1, "definite" if word in _DEFINITE else "indefinite", inside
            elif word == "'s":
                return self._possessor(first, inside, ends)
            elif word in _modifiers() or word in nouns() or word in _NUMBERS or word.isdigit():
                first -= 1
            elif word == "-" and first > 1 and self.lower[first - 2].isalpha() and not self.covering[first - 2]:
                first -= 2
            else:
                opening = self._determiner_before(first)
                if opening is None:
                    break
                first = opening
        return first, "", inside

    def _possessor(self, first: int, inside: list[str], ends: dict[int, Phrase]) -> tuple[int, str, list[str]]:
        """The phrase with the name or phrase before its "'s", or without it where there is none."""
        owner = self.covering[first - 2] if first > 1 else None
        if owner is not None and owner.last == first - 1:
            return owner.first, "definite", [*inside, owner.entity]
        if first - 1 in ends:
            return ends[first - 1].first, "definite", [*inside, ends[first - 1].lemma]
        return first, "", inside

    def _determiner_before(self, first: int) -> int | None:
        """The place after the determiner that has only a few unknown words between itself and the token at ``first``."""
        for at in range(first - 1, max(first - 2 - _MOST_UNKNOWN, -1), -1):
            word = self.lower[at]
            if word in _DEFINITE or word in _ARTICLES:
                return at + 1
            if self.covering[at] or not word.isalpha() or word in _function_words():
                return None
        return None

    def _add_of(self, phrase: Phrase, starts: dict[int, Phrase]) -> None:
        """Extend the phrase by an "of" and what begins behind it, in place."""
        at = phrase.last
        if at + 1 < len(self.words) and self.lower[at] == "of" and at + 1 in starts:
            owned = starts[at + 1]
            phrase.last, phrase.end = owned.last, owned.end
            if owned.level == "NAM":
                phrase.names |= {owned.entity}

    def pronouns(self) -> Iterator[Phrase]:
        """The third-person pronouns but for the "it" of "it is ... that"."""
        for at, word in enumerate(self.lower):
            kind = PRONOUNS.get(word)
            if kind and not self.covering[at] and not (word == "it" and self._is_pleonastic(at)):
                token = self.words[at]
                yield Phrase(at, at + 1, token.start, token.end, "", "PRO", (token.start, token.end), lemma=kind)

    def _is_pleonastic(self, at: int) -> bool:
        """It is, was, seems ... that or to, within six words: the "it" stands for nothing (Lappin & Leass 1994)."""
        following = self.lower[at + 1 : at + 7]
        return bool(following) and following[0] in _PLEONASTIC and not {"that", "to", "if"}.isdisjoint(following[1:])


_PLEONASTIC = frozenset({"is", "was", "'s", "seems", "seemed", "appears", "appeared", "would", "will", "may", "might"})


def _nested(phrases: list[Phrase]) -> list[Phrase]:
    """The phrases by place; where two cross or have one extent, the name, else the one that begins first, stays."""
    order = {"NAM": 0, "NOM": 1, "PRO": 2}
    kept: list[Phrase] = []
    dropped: set[int] = set()
    around: list[Phrase] = []
    for phrase in sorted(phrases, key=lambda p: (p.start, -p.end, order[p.level])):
        while around and around[-1].end <= phrase.start:
            around.pop()
        while phrase.level == "NAM" and around and around[-1].level != "NAM" and around[-1].end < phrase.end:
            dropped.add(id(around.pop()))
        if around and (around[-1].end < phrase.end or (around[-1].start, around[-1].end) == (phrase.start, phrase.end)):
            continue
        kept.append(phrase)
        around.append(phrase)
    return [phrase for phrase in kept if id(phrase) not in dropped]
