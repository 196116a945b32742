"""Arguments of an event by rules over the mentions of its sentence: which role, which entity types, which place.

data/roles.tsv has a line for each event type and role: the entity types that can fill it and the places where it is
looked for, in order: ``subj`` (before a verb; the possessor or modifier of a noun, or the subject of a light verb:
"held talks"), ``obj`` (after a verb), ``poss`` (as subj of a noun), ``host`` and ``tell`` (subject and object of
verbs of hosting and telling), and prepositions. Subject and object change places in the passive. A role that may be
filled several times takes coordinated mentions too ("Chile, Peru and Bolivia"). Of nested mentions the outermost
counts. A mention fills one role of an event.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from goldwire.systems.lexicon import Token, read_list, word_class
from goldwire.systems.noun_phrases import Phrase
from goldwire.systems.triggers import Trigger

__all__ = ["Sentence", "arguments", "takes"]

_PREPOSITIONS, _LIGHT = word_class("preposition"), word_class("light_verb")
_HOSTING, _TELLING = word_class("hosting"), word_class("telling")
_STOPS = frozenset({";", ":", "."})
_QUOTED = frozenset({",", '"', "”", "’", "'"})
_JOINTS = frozenset({",", "and", "&", "the"})
_REACH, _SUBJECT, _OBJECT = 12, 25, 5


class _Role(NamedTuple):
    name: str
    types: frozenset[str]
    places: tuple[str, ...]
    many: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that begins at token ``first``: its outermost mentions and its triggers, by place."""

    words: Sequence[Token]
    first: int
    mentions: Sequence[Phrase]
    triggers: Sequence[Trigger]

    def word_before(self, at: int) -> str:
        """The word before the token, in lower case; "" at the beginning."""
        return self.words[at - 1].form.lower() if at > self.first else ""

    def after(self, at: int, reach: int) -> Iterator[Phrase]:
        """The mentions that begin at the token or behind it, ``reach`` tokens away at most, the nearest first."""
        for index in range(bisect_left(self.mentions, at, key=_first), len(self.mentions)):
            if self.mentions[index].first - at > reach:
                return
            yield self.mentions[index]

    def before(self, at: int, reach: int) -> Iterator[Phrase]:
        """The mentions that end before the token, ``reach`` tokens away at most, the nearest first."""
        for index in range(bisect_left(self.mentions, at, key=_first) - 1, -1, -1):
            if at - self.mentions[index].last > reach:
                return
            if self.mentions[index].last <= at:
                yield self.mentions[index]


def _first(item: Phrase | Trigger) -> int:
    return item.first


def arguments(sentence: Sentence, trigger: Trigger, passive: bool) -> list[tuple[str, Phrase]]:
    """(role, mention) of the event, in textual order."""
    taken: dict[int, tuple[str, Phrase]] = {}
    for role in _roles().get(trigger.type, ()):
        for mention in _fillers(sentence, trigger, role, passive):
            if mention.first not in taken:
                taken[mention.first] = (role.name, mention)
    return [taken[at] for at in sorted(taken)]


def takes(event_type: str, role: str) -> bool:
    """Whether events of the type have the role."""
    return any(known.name == role for known in _roles().get(event_type, ()))


def _fillers(sentence: Sentence, trigger: Trigger, role: _Role, passive: bool) -> Iterator[Phrase]:
    for place in role.places:
        found = _at_place(sentence, trigger, role.types, place, passive)
        if found is not None:
            yield found
            if not role.many:
                return
            yield from _coordinated(sentence, trigger, found, role.types)


def _at_place(sentence: Sentence, trigger: Trigger, types: frozenset[str], place: str, passive: bool) -> Phrase | None:
    verb = trigger.part != "noun"
    if place in ("host", "tell"):
        if trigger.lemma not in (_HOSTING if place == "host" else _TELLING):
            return None
        place = "subj" if place == "host" else "obj"
    elif place == "subj" and trigger.lemma in _HOSTING and trigger.type == "Meet":
        return None
    if place == "subj":
        if not verb:
            return _owner(sentence, trigger, types) or _subject_of_light_verb(sentence, trigger, types)
        return None if passive else _subject(sentence, trigger, types)
    if place == "obj":
        if not verb:
            return None
        return _subject(sentence, trigger, types) if passive else _object(sentence, trigger, types)
    if place == "poss":
        return _owner(sentence, trigger, types)
    return _behind(sentence, trigger, types, place)


def _subject(sentence: Sentence, trigger: Trigger, types: frozenset[str]) -> Phrase | None:
    """The nearest mention before the verb that no preposition governs; behind a verb of saying ("said Silva") the next."""
    if trigger.type == "Statement" and sentence.word_before(trigger.first) in _QUOTED:
        follows = next(sentence.after(trigger.last, 0), None)
        if follows is not None and follows.type in types:
            return follows
    for mention in sentence.before(trigger.first, _SUBJECT):
        if _stopped(sentence, mention.last, trigger.first):
            return None
        if mention.type in types and sentence.word_before(mention.first) not in _PREPOSITIONS:
            return mention
    return None


def _object(sentence: Sentence, trigger: Trigger, types: frozenset[str]) -> Phrase | None:
    """The next mention after the verb, before any preposition and any other verb."""
    mention = next(sentence.after(trigger.last, _OBJECT), None)
    if mention is None or mention.type not in types:
        return None
    between = {word.form.lower() for word in sentence.words[trigger.last : mention.first]}
    if not between.isdisjoint(_PREPOSITIONS | {",", '"'}):
        return None
    other = bisect_left(sentence.triggers, trigger.last, key=_first)
    verb_between = any(
        verb.part == "verb" and verb.first < mention.first for verb in sentence.triggers[other : other + _OBJECT]
    )
    return None if verb_between else mention


def _owner(sentence: Sentence, trigger: Trigger, types: frozenset[str]) -> Phrase | None:
    """The mention whose "'s" or which itself stands before the noun, two other words between at most."""
    mention = next(sentence.before(trigger.first, 3), None)
    if mention is None or mention.type not in types:
        return None
    between = [word.form for word in sentence.words[mention.last : trigger.first]]
    possessive = mention.level == "PRO" and all(word.isalpha() for word in between)
    return mention if not between or between[0] == "'s" or possessive else None


def _subject_of_light_verb(sentence: Sentence, trigger: Trigger, types: frozenset[str]) -> Phrase | None:
    low = max(sentence.first, trigger.first - _REACH)
    verb = next((at for at in range(trigger.first - 1, low - 1, -1) if sentence.words[at].form.lower() in _LIGHT), None)
    if verb is None or _stopped(sentence, verb, trigger.first):
        return None
    for mention in sentence.before(verb, _SUBJECT):
        if mention.type in types and sentence.word_before(mention.first) not in _PREPOSITIONS:
            return None if _stopped(sentence, mention.last, verb) else mention
    return None


def _behind(sentence: Sentence, trigger: Trigger, types: frozenset[str], preposition: str) -> Phrase | None:
    """The nearest mention after the trigger that the preposition stands before; of "in" and "at" else the nearest before."""
    for mention in sentence.after(trigger.last, _REACH):
        if _stopped(sentence, trigger.last, mention.first):
            break
        if sentence.word_before(mention.first) == preposition and mention.type in types:
            return mention
    for mention in sentence.before(trigger.first, _REACH) if preposition in ("in", "at") else ():
        if sentence.word_before(mention.first) == preposition and mention.type in types:
            return mention
    return None


def _coordinated(sentence: Sentence, trigger: Trigger, found: Phrase, types: frozenset[str]) -> Iterator[Phrase]:
    """The mentions joined to one by commas and "and", on its side of the trigger."""
    mentions = sentence.mentions
    for step in (1, -1):
        at = bisect_left(mentions, found.first, key=_first)
        while 0 <= at + step < len(mentions) and mentions[at + step].type in types:
            left, right = sorted((mentions[at], mentions[at + step]), key=_first)
            between = {word.form.lower() for word in sentence.words[left.last : right.first]}
            if not between or not between <= _JOINTS or left.last <= trigger.first < right.first:
                break
            at += step
            yield mentions[at]


def _stopped(sentence: Sentence, first: int, last: int) -> bool:
    return any(word.form in _STOPS for word in sentence.words[first:last])


@cache
def _roles() -> dict[str, list[_Role]]:
    roles: dict[str, list[_Role]] = {}
    for label, name, types, places, many in read_list("roles"):
        roles.setdefault(label, []).append(
            _Role(name, frozenset(types.split(",")), tuple(places.split(",")), many == "+")
        )
    return roles
