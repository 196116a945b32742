"""Event triggers from a word list: the baseline "trigger-words" and what the baseline "rules" begins with.

data/triggers.tsv has, for each of the event types, verbs, nouns and phrases of general news English, written from the
vocabularies that ACE, ERE and PLOVER describe. Verbs are found in all their forms (data/irregular_verbs.tsv), nouns
in both numbers. A word of many meanings counts only with a word of its context (data/contexts.tsv: "seize" with
"power" or "city") in the same sentence, eight tokens away at most. Of a form that is verb and noun alike, the word
before decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, NamedTuple

from goldwire.systems.base import Article, Record
from goldwire.systems.inflection import noun_forms, verb_forms
from goldwire.systems.lexicon import Token, read_list, tokens, word_class
from goldwire.systems.sentences import sentences

__all__ = ["Trigger", "TriggerWords", "find_triggers", "instance_id"]

_BEFORE_VERBS = word_class("modal") | word_class("before_verb")
_BEFORE_NOUNS = word_class("before_noun")
_CONTEXT = 8


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger over tokens [first, last) of one sentence.

    head: its main word. part: "verb", "noun" or "fixed". form: of a verb "base", "s", "past", "participle", "regular" (past or
    participle) or "ing", of a noun "singular" or "plural".
    """

    first: int
    last: int
    head: int
    type: str
    part: str
    form: str
    lemma: str


class _Reading(NamedTuple):
    key: tuple[str, ...]
    head: int
    type: str
    part: str
    form: str
    lemma: str
    context: str


@dataclass(frozen=True, kw_only=True)
class TriggerWords:
    """Events by trigger words alone: no arguments, nothing said of their status; one lemma of one type is one instance.

    The last is the lemma baseline of event coreference (Cybulska & Vossen 2014), inside articles and across them.
    """

    name: ClassVar[str] = "trigger-words"
    layers: ClassVar[tuple[str, ...]] = ("events",)
    version: ClassVar[str] = "1"

    @property
    def settings(self) -> dict[str, Any]:
        """Instances hold for all articles."""
        return {"entity_scope": "corpus"}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """One record per article, in the order given."""
        for article in articles:
            words = list(tokens(article.text))
            found = [
                trigger for sentence in sentences(article.text, words) for trigger in find_triggers(words, sentence)
            ]
            yield {
                "doc_id": article.doc_id,
                "events": [event_item(at, words, trigger) for at, trigger in enumerate(found)],
            }


def event_item(at: int, words: Sequence[Token], trigger: Trigger) -> Record:
    """A trigger as an item of a record's ``events``, ``at`` being its place among them."""
    return {
        "id": f"e{at}",
        "type": trigger.type,
        "trigger": [words[trigger.first].start, words[trigger.last - 1].end],
        "head": [words[trigger.head].start, words[trigger.head].end],
        "instance_id": instance_id(trigger),
    }


def instance_id(trigger: Trigger) -> str:
    """The lemma baseline: events of one type and lemma are one."""
    return f"{trigger.type}:{trigger.lemma}"


def find_triggers(words: Sequence[Token], sentence: tuple[int, int]) -> list[Trigger]:
    """The triggers of a sentence, a range of tokens: from left to right, the longest at each place."""
    at, last = sentence
    lower = {place: words[place].form.lower() for place in range(at, last)}
    found = []
    while at < last:
        trigger = None
        if words[at].form.islower() or words[at].opens_sentence:
            for reading in _lexicon().get(lower[at], ()):
                if _stands(reading.key, lower, at) and _fits(reading, lower, at, sentence):
                    trigger = Trigger(at, at + len(reading.key), at + reading.head, *reading[2:6])
                    break
        if trigger:
            found.append(trigger)
        at = trigger.last if trigger else at + 1
    return found


def _stands(key: tuple[str, ...], lower: dict[int, str], at: int) -> bool:
    return all(lower.get(at + i) == form for i, form in enumerate(key))


def _fits(reading: _Reading, lower: dict[int, str], at: int, sentence: tuple[int, int]) -> bool:
    before = lower.get(at - 1, "")
    if reading.part == "verb":
        if reading.form in ("base", "s") and (before in _BEFORE_NOUNS or before in _modifiers()):
            return False
        if reading.form == "ing" and before in ("the", "a", "an") and len(reading.key) == 1:
            return False
    elif reading.form == "singular" and before in _BEFORE_VERBS and (before != "to" or reading.key in _bases()):
        return False
    if not reading.context:
        return True
    wanted = _contexts()[reading.context]
    low, high = max(sentence[0], at - _CONTEXT), min(sentence[1], at + len(reading.key) + _CONTEXT)
    own = range(at, at + len(reading.key))
    return any(lower[place] in wanted for place in range(low, high) if place not in own)


@cache
def _lexicon() -> dict[str, list[_Reading]]:
    """First word -> the readings that begin with it: the longest first, verbs before nouns, those with a context first."""
    readings: dict[str, list[_Reading]] = {}
    for label, part, lemma, context in read_list("triggers"):
        for words, head, form in _forms(part, lemma):
            key = tuple(token.form for token in tokens(words))
            readings.setdefault(key[0], []).append(_Reading(key, head, label, part, form, lemma, context))
    for some in readings.values():
        some.sort(key=lambda reading: (-len(reading.key), reading.part == "noun", reading.context == "", reading))
    return readings


def _forms(part: str, lemma: str) -> Iterator[tuple[str, int, str]]:
    """(form of the whole, place of its main word among its tokens, name of the form) of an entry."""
    if part == "verb":
        first, space, rest = lemma.partition(" ")
        for form, name in verb_forms(first):
            yield form + space + rest, sum(1 for _ in tokens(form)) - 1, name
    elif part == "noun":
        main, of, rest = lemma.partition(" of ")
        for form, name in noun_forms(main):
            yield form + of + rest, sum(1 for _ in tokens(form)) - 1, name
    else:
        yield lemma, 0, ""


@cache
def _bases() -> frozenset[tuple[str, ...]]:
    return frozenset(r.key for some in _lexicon().values() for r in some if r.part == "verb" and r.form == "base")


@cache
def _contexts() -> dict[str, frozenset[str]]:
    contexts: dict[str, set[str]] = {}
    for word, name in read_list("contexts"):
        contexts.setdefault(name, set()).add(word)
    return {name: frozenset(some) for name, some in contexts.items()}


@cache
def _modifiers() -> frozenset[str]:
    return frozenset(form.lower() for (form,) in read_list("noun_modifiers"))
