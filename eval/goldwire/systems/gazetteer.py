"""The entity baseline "gazetteer": word lists, name patterns over them, string-match coreference, linking by entry.

Spans. Patterns are regular expressions over the classes of units (see `lexicon`). Among the matches that begin at one
place the longest wins, and the text is read from left to right. A mention lies inside another only where a pattern
says so: a gazetteer entry before the title of a person, or anywhere in the name of an organisation, a facility or a
landform that is not itself an entry.

Determiner. A "the" directly before a mention of type ORG, GPE, LOC, FAC or NORP belongs to it ("the United States",
"the Philippines"), unless the mention modifies what follows, where "the" belongs to the longer phrase ("the US army").
It is taken to be a modifier if a capitalised word, a known noun, a hyphen, or a lower-case word follows that is neither
a function word nor recognised as a verb (a list of common ones, and all forms in -ed).
A person's extent includes title and modifiers ("the former French President Jacques Chirac").

Coreference. Over the whole corpus, mentions are one entity if their type and their gazetteer entry or, without one,
their casefolded string agree. A person named by one word joins the most recent full name in the article that ends in
it; an acronym in parentheses joins the organisation it follows, for that article. Every numeral is an entity of its
own: equal amounts seldom are the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from goldwire.systems.base import Article, Record
from goldwire.systems.coreference import Mention, entity_key, resolve_persons
from goldwire.systems.lexicon import TYPE_OF_CLASS, Lexicon, lexicon
from goldwire.systems.linking import kb_ids
from goldwire.systems.numerals import numerals

__all__ = ["Gazetteer"]

_CAPITALS = re.compile(r"\b[A-Z]")
_PLACE_OR_GROUP = "(?:[gno]P?)"
_NAME_WORD = "[GCI](?:-[GCw])*"
_SURNAMES = f"(?:(?:p-?){{0,2}}{_NAME_WORD})"
_PROPER = "(?:[CGIURngolKSAL](?:-[CGUngolKw])?)"
_OF_NAME = "(?:[OF]d?(?:{p}(?:-?{p}|,?&(?=[CG])|Od?(?=[CGUngol])){{0,7}}))".format(p="[CGUngol]")

# (type, pattern over unit classes); the group "modifiers" is where nested mentions may lie, by default everywhere.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (label, re.compile(pattern))
    for label, pattern in (
        # President Joe Biden; the former Kenyan President Daniel arap Moi; Prime Minister of Norway Jens Stoltenberg
        (
            "PERSON",
            f"(?P<modifiers>(?:d(?=[engo]))?e{{0,2}}{_PLACE_OR_GROUP}?e{{0,2}}t{{1,3}}(?:Od?[go])?){_SURNAMES}{{1,5}}N?",
        ),
        # Angela Merkel; Charles de Gaulle; Michael Jordan
        ("PERSON", f"(?P<modifiers>)G(?:-[GCw])*(?:I*{_SURNAMES}{{1,4}}|I*g)"),
        # Condoleezza R. Rice; J.K. Rowling
        ("PERSON", f"(?P<modifiers>)C?I{{1,2}}[GC]{_SURNAMES}?"),
        # Russia's Foreign Ministry; Tolo News; Ford Motor Co.
        ("ORG", f"{_PLACE_OR_GROUP}?(?:{_PROPER}&?){{0,5}}{_PROPER}P?[KS]{{1,3}}"),
        # Ministry of Health; University of California; Peruvian Institute for the Study of Peace
        ("ORG", f"{_PLACE_OR_GROUP}?{_PROPER}{{0,3}}K{_OF_NAME}"),
        # the Indian army; Chile's finance ministry
        ("ORG", f"{_PLACE_OR_GROUP}e{{0,1}}s"),
        # Kuala Lumpur International Airport; Nairobi's Wilson Airport; Palace of Westminster; Cairo airport
        ("FAC", f"{_PLACE_OR_GROUP}?{_PROPER}{{0,4}}{_PROPER}P?A{{1,2}}"),
        ("FAC", f"A{_OF_NAME}"),
        ("FAC", "[gGC]{1,3}P?a"),
        # Orange River; Lake Turkana; Gulf of Carpentaria; north-eastern Nigeria
        ("LOC", "[CGRgnr]{1,3}L"),
        ("LOC", "L(?:Od?)?[CGg]{1,2}"),
        ("LOC", "[rR][gl]"),
    )
)
_DEFINED_ACRONYM = re.compile(r"\((?=U\))")
_IN_LONG_NAME = frozenset("CGUIRngolfKSALrtwxOF&d-,")
_LONGEST_NAME = 12
_ENDS_PHRASE = frozenset(".,;:!?\"'()[]/xvPOF&dm0")
_DETERMINED = frozenset({"ORG", "GPE", "LOC", "FAC", "NORP"})
_SHORTEST_LAST_NAME = 3


@dataclass(slots=True)
class _Span:
    """A mention over units [first, last); ``name_from`` is the unit its name begins at, after title and modifiers."""

    first: int
    last: int
    type: str
    name_from: int
    entity: str = ""


@dataclass(frozen=True, kw_only=True)
class Gazetteer:
    """Entity mentions and coreference from word lists, patterns and string matching; see the module for the rules.

    determiners: "the" belongs to a mention by the rule above; without it mentions begin at the name.
    nested:      mentions inside mentions are given too.
    links:       gazetteer entries get the Wikidata id that `linking` has for them.
    """

    determiners: bool = True
    nested: bool = True
    links: bool = True

    name: ClassVar[str] = "gazetteer"
    layers: ClassVar[tuple[str, ...]] = ("entities",)
    version: ClassVar[str] = "2"

    @property
    def settings(self) -> dict[str, Any]:
        """What the prediction header records; equal strings are one entity in all articles."""
        return asdict(self) | {"entity_scope": "corpus"}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """One record per article, in the order given."""
        words = lexicon()
        for article in articles:
            mentions = _Reading(article.text, words).mentions(determiners=self.determiners, nested=self.nested)
            entities = {(m.start, m.end, m.type): entity_key(m.type, m.name) for m in mentions}
            entities |= _numeral_entities(article, mentions)
            links = _links(mentions) if self.links else {}
            yield {
                "doc_id": article.doc_id,
                "entities": [
                    {"start": place[0], "end": place[1], "type": place[2], "entity_id": entity} | links.get(place, {})
                    for place, entity in sorted(entities.items())
                ],
            }


class _Reading:
    """One text as units, and the names found in it."""

    def __init__(self, text: str, words: Lexicon) -> None:
        self.text = text
        self.units = words.units(text)
        self.codes = "".join(unit.code for unit in self.units)

    def mentions(self, *, determiners: bool, nested: bool) -> list[Mention]:
        """The mentions but for numerals, in textual order."""
        spans = _longest_leftmost([*self._entries(0, len(self.units)), *self._patterns()])
        self._add_acronyms(spans)
        spans += self._bare_last_names(spans)
        if nested:
            spans += [inner for span in spans for inner in self._inside(span)]
        spans.sort(key=lambda span: (span.first, -span.last))
        found = [self._mention(span, determiners) for span in spans]
        resolve_persons([mention for mention in found if mention.type == "PERSON"])
        return found

    def _entries(self, first: int, last: int) -> list[_Span]:
        """The gazetteer entries among units [first, last)."""
        return [
            _Span(at, at + 1, TYPE_OF_CLASS[unit.code], at, unit.entity)
            for at, unit in enumerate(self.units[first:last], first)
            if unit.entity
        ]

    def _patterns(self) -> Iterator[_Span]:
        for label, pattern in _PATTERNS:
            for match in pattern.finditer(self.codes):
                name_from = match.end("modifiers") if "modifiers" in pattern.groupindex else match.start()
                yield _Span(match.start(), match.end(), label, name_from)

    def _inside(self, span: _Span) -> list[_Span]:
        """The entries inside a mention: of a person before the name, of others anywhere, of an entry none."""
        if span.entity:
            return []
        return self._entries(span.first, span.name_from if span.type == "PERSON" else span.last)

    def _bare_last_names(self, spans: list[_Span]) -> list[_Span]:
        """Single capitalised words outside all mentions that end a person's name elsewhere in the article."""
        last_names = {self.units[span.last - 1].form for span in spans if span.type == "PERSON"}
        covered = _covered(spans)
        return [
            _Span(at, at + 1, "PERSON", at)
            for at, unit in enumerate(self.units)
            if unit.code in "CG" and len(unit.form) >= _SHORTEST_LAST_NAME and unit.form in last_names
            if at not in covered
        ]

    def _add_acronyms(self, spans: list[_Span]) -> None:
        """For every "Name (ACRONYM)" add the name, if it is new, and all mentions of the acronym under that name."""
        names: dict[str, str] = {}
        ends = {span.last: span for span in spans if span.type == "ORG"}
        for match in _DEFINED_ACRONYM.finditer(self.codes):
            opening = match.start()
            acronym = self.units[opening + 1].form
            before = ends.get(opening)
            if before is None:
                first = self._spelled_out(opening, acronym)
                if first is None or any(span.first < first < span.last for span in spans):
                    continue
                before = _Span(first, opening, "ORG", first)
                spans[:] = [span for span in spans if not first <= span.first < opening] + [before]
            names[acronym] = before.entity or self._name(before)
        covered = _covered(spans)
        spans += [
            _Span(at, at + 1, "ORG", at, names[unit.form])
            for at, unit in enumerate(self.units)
            if unit.code == "U" and unit.form in names and at not in covered
        ]

    def _spelled_out(self, opening: int, acronym: str) -> int | None:
        """The unit at which a name begins whose capitals are the acronym and which ends at the parenthesis."""
        for first in range(opening - 1, max(opening - 1 - _LONGEST_NAME, -1), -1):
            if self.codes[first] not in _IN_LONG_NAME:
                return None
            name = self.text[self.units[first].start : self.units[opening - 1].end]
            if name[0] == acronym[0] and "".join(_CAPITALS.findall(name)) == acronym:
                return first
        return None

    def _name(self, span: _Span) -> str:
        return self.text[self.units[span.name_from].start : self.units[span.last - 1].end]

    def _mention(self, span: _Span, determiners: bool) -> Mention:
        start, end = self.units[span.first].start, self.units[span.last - 1].end
        if determiners and span.type in _DETERMINED and self._has_determiner(span):
            start = self.units[span.first - 1].start
        return Mention(start, end, span.type, span.entity or self._name(span))

    def _has_determiner(self, span: _Span) -> bool:
        if not span.first or self.codes[span.first - 1] != "d":
            return False
        if span.last == len(self.units):
            return True
        following = self.units[span.last]
        return following.code in _ENDS_PHRASE or (following.code == "w" and following.form.endswith("ed"))


def _longest_leftmost(candidates: list[_Span]) -> list[_Span]:
    """From left to right, the longest candidate at each place; of equally long ones the first in the list."""
    chosen: list[_Span] = []
    covered = 0
    for span in sorted(candidates, key=lambda span: (span.first, -span.last)):
        if span.first >= covered:
            chosen.append(span)
            covered = span.last
    return chosen


def _covered(spans: list[_Span]) -> set[int]:
    return {at for span in spans for at in range(span.first, span.last)}


def _links(mentions: Sequence[Mention]) -> dict[tuple[int, int, str], dict[str, str]]:
    """(start, end, type) -> the Wikidata id of those mentions whose name has one."""
    known = kb_ids()
    return {(m.start, m.end, m.type): {"kb_id": known[m.type, m.name]} for m in mentions if (m.type, m.name) in known}


def _numeral_entities(article: Article, mentions: list[Mention]) -> dict[tuple[int, int, str], str]:
    """The numerals outside all mentions, each an entity of its own."""
    taken = sorted((mention.start, mention.end) for mention in mentions)
    entities: dict[tuple[int, int, str], str] = {}
    at, reach = 0, 0
    for start, end, label in numerals(article.text):
        while at < len(taken) and taken[at][0] < end:
            reach = max(reach, taken[at][1])
            at += 1
        if start >= reach:
            entities[start, end, label] = f"{label}:{article.doc_id}:{start}"
    return entities
