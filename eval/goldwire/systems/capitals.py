"""The entity baseline "capitals": capitalised words and nothing else, the floor any trained tagger has to beat.

A mention is a maximal sequence of capitalised words on one line, joined by spaces, hyphens or "of". Function words,
months and weekdays never belong to one. The first word of a sentence is capitalised anyway, so it belongs only if the
article has it capitalised inside a sentence too.

Types, by the first rule that applies: a facility, landform or organisation keyword (Airport, River, Bank) at the end or
before "of"; one word in capitals alone, ORG; one word ending like a nationality (-ian, -ese, -ish), NORP; one word
after in, at, from, near or to, GPE; two or three words, PERSON; else ORG. Every occurrence of a string in an article
gets the type of the first one not at the default. Coreference: the same string and type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, NamedTuple

from goldwire.systems.base import Article, Record
from goldwire.systems.lexicon import read_list
from goldwire.systems.words import combining_marks

__all__ = ["Capitals"]

_TYPE_OF_KEYWORD = {"org_head": "ORG", "org_tail": "ORG", "fac_head": "FAC", "loc_head": "LOC"}
_NATIONALITY = re.compile(r".+(?:ian|ians|ese|ish)")
_PLACE_PREPOSITIONS = frozenset({"in", "at", "from", "near", "to"})
_SENTENCE_ENDS = frozenset(".!?:")


class _Word(NamedTuple):
    form: str
    start: int
    end: int
    capitalised: bool
    opens_sentence: bool
    gap: str
    """The characters between this word and the one before."""


@dataclass(frozen=True, kw_only=True)
class Capitals:
    """Entity mentions by capital letters; see the module for the rules."""

    name: ClassVar[str] = "capitals"
    layers: ClassVar[tuple[str, ...]] = ("entities",)
    version: ClassVar[str] = "1"
    per_document: ClassVar[bool] = True

    @property
    def settings(self) -> dict[str, Any]:
        """It can't be set; equal strings are one entity in all articles."""
        return {"entity_scope": "corpus"}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """One record per article, in the order given."""
        for article in articles:
            yield {"doc_id": article.doc_id, "entities": _entities(article.text)}


def _entities(text: str) -> list[Record]:
    words = _words(text)
    sequences = _sequences(words)
    types: dict[str, str] = {}
    guessed = []
    for first, last in sequences:
        start, end = words[first].start, words[last - 1].end
        name = text[start:end]
        label = _type(words, first, last)
        if label:
            types.setdefault(name, label)
        guessed.append((start, end, name, "PERSON" if 2 <= last - first <= 3 else "ORG"))
    return [
        {"start": start, "end": end, "type": label, "entity_id": f"{label}:{name}"}
        for start, end, name, default in guessed
        for label in (types.get(name, default),)
    ]


def _sequences(words: list[_Word]) -> list[tuple[int, int]]:
    """The mentions as ranges of words."""
    inside_sentence = {word.form for word in words if word.capitalised and not word.opens_sentence}
    named = [word.capitalised and (not word.opens_sentence or word.form in inside_sentence) for word in words]
    found, at = [], 0
    while at < len(words):
        if not named[at]:
            at += 1
            continue
        first = at
        at += 1
        while at < len(words) and words[at].gap in (" ", "-"):
            if named[at]:
                at += 1
            elif words[at].form == "of" and at + 1 < len(words) and named[at + 1] and words[at + 1].gap == " ":
                at += 2
            else:
                break
        found.append((first, at))
    return found


def _type(words: list[_Word], first: int, last: int) -> str:
    """The type a rule gives, "" for the default."""
    if last - first > 1:
        heads = [last - 1] + [at - 1 for at in range(first + 1, last) if words[at].form == "of"]
        return next((_keywords()[words[at].form] for at in heads if words[at].form in _keywords()), "")
    form = words[first].form
    if form.isupper() and len(form) > 1:
        return "ORG"
    if _NATIONALITY.fullmatch(form):
        return "NORP"
    return "GPE" if first and words[first].gap == " " and words[first - 1].form in _PLACE_PREPOSITIONS else ""


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    never = _never_names()
    end = 0
    for match in _pattern().finditer(text):
        form, gap = match.group(), text[end : match.start()]
        opens = not words or "\n" in gap or not _SENTENCE_ENDS.isdisjoint(gap)
        capitalised = (form[0].isupper() or form[0].istitle()) and form.casefold() not in never
        words.append(_Word(form, match.start(), match.end(), capitalised, opens, gap))
        end = match.end()
    return words


@cache
def _keywords() -> dict[str, str]:
    """Keyword -> type, from the gazetteer's list."""
    return {form: _TYPE_OF_KEYWORD[kind] for form, kind in read_list("keywords") if kind in _TYPE_OF_KEYWORD}


@cache
def _never_names() -> frozenset[str]:
    """Function words, months and weekdays, casefolded; verbs may be names."""
    return frozenset(form.casefold() for form, kind in read_list("function_words") if kind != "verb")


@cache
def _pattern() -> re.Pattern[str]:
    """Words with inner apostrophes, the possessive ending left out; initials and dotted acronyms keep their dots."""
    word = rf"\w[\w{combining_marks()}]*"
    return re.compile(rf"(?<!\w)(?:[A-Z]\.)+(?=\s?[A-Z])|(?<!\w)(?:[A-Z]\.){{2,}}|{word}(?:(?!['’]s(?!\w))['’]{word})*")
