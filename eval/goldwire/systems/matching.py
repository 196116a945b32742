"""Coreference baselines: string match and head match, the two that shared tasks have compared systems with since MUC-6.

Both begin with the names of another baseline (``names``: "gazetteer" or "capitals"), add the nominals of
`noun_phrases` and differ in what they join.

string-match: mentions of one type with the same string but for case, white space and a determiner. Names hold for all
              articles, nominals for one. Pronouns are left out: their strings say nothing.
head-match:   nominals of one type, number and head noun whose modifying names agree (Soon, Ng & Lim 2001; the head-match
              sieves of Lee et al. 2013); what "a", "another" or "some" opens is new. A definite singular with no such nominal
              before it joins the last name that holds its head ("the ministry", "the president"), and a singular beside a
              name of its type with a comma between joins the name ("the minister, Ana Silva,"). A pronoun takes the first
              mention that agrees in number and kind: in its own sentence from the left, else in one of the three before,
              the nearest first (the order of Lee et al. 2013, after Hobbs 1978); without one it is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from goldwire.errors import UsageError
from goldwire.systems.base import Article, Record, System
from goldwire.systems.capitals import Capitals
from goldwire.systems.coreference import entity_key
from goldwire.systems.gazetteer import Gazetteer
from goldwire.systems.lexicon import Token, tokens
from goldwire.systems.noun_phrases import Phrase, noun_phrases, nouns
from goldwire.systems.sentences import sentences

__all__ = ["HeadMatch", "StringMatch", "mention", "names_of", "resolve_by_head", "resolve_by_string"]

_NAMES: dict[str, type[System]] = {"gazetteer": Gazetteer, "capitals": Capitals}
_DETERMINERS = frozenset({"the", "a", "an", "this", "that", "these", "those"})
_SENTENCES_BACK = 3


@dataclass(frozen=True, kw_only=True)
class StringMatch:
    """Names and nominals; equal strings of one type are one entity. names: the baseline that finds the names."""

    names: str = "gazetteer"

    name: ClassVar[str] = "string-match"
    layers: ClassVar[tuple[str, ...]] = ("entities",)
    version: ClassVar[str] = "1"

    def __post_init__(self) -> None:
        names_of(self.names)

    @property
    def settings(self) -> dict[str, Any]:
        """What the prediction header records; names hold for all articles."""
        return asdict(self) | {"entity_scope": "corpus"}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """One record per article, in the order given."""
        for article, _, phrases in _read(self.names, articles):
            yield _record(article, resolve_by_string(article, phrases))


@dataclass(frozen=True, kw_only=True)
class HeadMatch:
    """Names, nominals and pronouns; see the module for what is joined. names: the baseline that finds the names."""

    names: str = "gazetteer"

    name: ClassVar[str] = "head-match"
    layers: ClassVar[tuple[str, ...]] = ("entities",)
    version: ClassVar[str] = "1"

    def __post_init__(self) -> None:
        names_of(self.names)

    @property
    def settings(self) -> dict[str, Any]:
        """What the prediction header records; names hold for all articles."""
        return asdict(self) | {"entity_scope": "corpus"}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """One record per article, in the order given."""
        for article, words, phrases in _read(self.names, articles):
            yield _record(article, resolve_by_head(article, words, phrases))


def names_of(name: str) -> System:
    """The baseline that finds names, by its name. Raises UsageError for one that does not."""
    if name not in _NAMES:
        raise UsageError(f"the setting 'names' must be one of {', '.join(_NAMES)}, not {name!r}")
    return _NAMES[name]()


def _read(names: str, articles: Sequence[Article]) -> Iterator[tuple[Article, list[Token], list[Phrase]]]:
    """Each article with its tokens and its mentions, pronouns and nominals not yet resolved."""
    for article, record in zip(articles, names_of(names)(articles), strict=True):
        words = list(tokens(article.text))
        yield article, words, noun_phrases(words, record["entities"])


def _record(article: Article, phrases: Sequence[Phrase]) -> Record:
    return {"doc_id": article.doc_id, "entities": [mention(phrase) for phrase in phrases]}


def mention(phrase: Phrase) -> Record:
    """A resolved phrase as an item of a record's ``entities``; a nominal has its head, a linked name its kb_id."""
    item: Record = {"start": phrase.start, "end": phrase.end, "type": phrase.type, "level": phrase.level}
    if phrase.level == "NOM":
        item["head"] = list(phrase.head)
    item["entity_id"] = phrase.entity
    return item | ({"kb_id": phrase.kb_id} if phrase.kb_id else {})


def resolve_by_string(article: Article, phrases: Sequence[Phrase]) -> list[Phrase]:
    """The phrases without pronouns, each nominal with the entity of its string."""
    named = [phrase for phrase in phrases if phrase.level != "PRO"]
    for phrase in named:
        if phrase.level == "NOM":
            words = article.text[phrase.start : phrase.end].split()
            bare = words[1:] if words[0].lower() in _DETERMINERS and len(words) > 1 else words
            phrase.entity = entity_key(phrase.type, f"{article.doc_id}:{' '.join(bare)}")
    return named


def resolve_by_head(article: Article, words: Sequence[Token], phrases: Sequence[Phrase]) -> list[Phrase]:
    """The phrases that have an entity by the rules of "head-match", each with it."""
    memory = _Memory(article.doc_id, [words[first].start for first, _ in sentences(article.text, words)])
    names = _Apposed(phrases, words)
    resolved = []
    for phrase in phrases:
        if phrase.level == "NAM":
            memory.learn_name(phrase, words)
        elif phrase.level == "NOM":
            phrase.entity = memory.nominal(phrase, names.beside(phrase))
        elif not memory.resolve(phrase):
            continue
        memory.note(phrase)
        resolved.append(phrase)
    return resolved


class _Apposed:
    """The names by where they begin and end."""

    def __init__(self, phrases: Sequence[Phrase], words: Sequence[Token]) -> None:
        self.words = words
        names = [phrase for phrase in phrases if phrase.level == "NAM"]
        self.by_first = {name.first: name for name in reversed(names)}
        self.by_last = {name.last: name for name in reversed(names)}

    def beside(self, nominal: Phrase) -> str:
        """The entity of the name of its type that only a comma parts from the singular nominal, or ""."""
        if nominal.plural or not nominal.opening:
            return ""
        after, before = nominal.last, nominal.first - 1
        name = self.by_first.get(after + 1) if after < len(self.words) and self.words[after].form == "," else None
        if name is None and before > 0 and self.words[before].form == ",":
            name = self.by_last.get(before)
        return name.entity if name and name.type == nominal.type else ""


class _Memory:
    """What has been mentioned so far in one article."""

    def __init__(self, doc_id: str, begins: list[int]) -> None:
        self.doc_id = doc_id
        self.begins = begins
        self.sentence = -1
        self.by_head: dict[tuple[str, str, bool], dict[frozenset[str], str]] = {}
        self.of_names: dict[tuple[str, str], str] = {}
        self.first: list[dict[str, Phrase]] = []

    def learn_name(self, name: Phrase, words: Sequence[Token]) -> None:
        """Remember the nouns in a name: what a definite noun may stand for later."""
        for word in words[name.first : name.last]:
            noun = nouns().get(word.form.lower())
            if noun and not noun.plural and noun.type == name.type:
                self.of_names[name.type, noun.lemma] = name.entity

    def nominal(self, phrase: Phrase, apposed: str) -> str:
        """The entity of a nominal: of the name beside it, of an agreeing one before it, of another name, or a new one."""
        before = self.by_head.setdefault((phrase.type, phrase.lemma, phrase.plural), {})
        entity = apposed
        if not entity and phrase.opening != "indefinite":
            entity = before.get(phrase.names, "")
            if not entity and phrase.opening == "definite" and not phrase.names:
                last = next(reversed(before.values()), "")
                entity = last or ("" if phrase.plural else self.of_names.get((phrase.type, phrase.lemma), ""))
        entity = entity or f"{phrase.type}:{self.doc_id}:{phrase.head[0]}"
        before.pop(phrase.names, None)  # the latest comes last
        before[phrase.names] = entity
        return entity

    def resolve(self, pronoun: Phrase) -> bool:
        """Give the pronoun type and entity of its antecedent, in place; whether there is one."""
        self._advance(pronoun)
        current = len(self.first) - 1
        for at in range(current, max(current - _SENTENCES_BACK - 1, -1), -1):
            antecedent = self.first[at].get(pronoun.lemma)
            if antecedent and antecedent.end <= pronoun.start:
                pronoun.type, pronoun.entity = antecedent.type, antecedent.entity
                return True
        return False

    def note(self, phrase: Phrase) -> None:
        """Make the phrase an antecedent for pronouns behind it."""
        self._advance(phrase)
        if phrase.level != "PRO":
            for kind in _kinds(phrase):
                self.first[-1].setdefault(kind, phrase)

    def _advance(self, phrase: Phrase) -> None:
        while not self.first or (len(self.first) < len(self.begins) and self.begins[len(self.first)] <= phrase.start):
            self.first.append({})


def _kinds(phrase: Phrase) -> tuple[str, ...]:
    """Which pronouns may stand for the phrase."""
    if phrase.type == "PERSON":
        return ("group",) if phrase.plural else ("person",)
    if phrase.type == "ORG":
        return ("group",) if phrase.plural else ("thing", "group")
    if phrase.type in ("GPE", "LOC", "FAC"):
        return ("group",) if phrase.plural else ("thing",)
    return ("group",) if phrase.type == "NORP" else ()
