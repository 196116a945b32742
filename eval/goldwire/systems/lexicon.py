"""The word lists of the entity baselines, and the tokens and units they are matched against.

The lists in data/*.tsv were written from general knowledge and cover the whole world; none is taken from a corpus.

A text becomes *units*: a gazetteer entry, a multi-word title or keyword, or else one token. Each unit has a class, one
character, so that patterns over units are ordinary regular expressions over the string of classes:

    g l o f n   gazetteer entry: GPE, LOC, ORG, FAC, NORP      G  given name           C  other capitalised word
    t  title                 e  modifier of a title (former)   p  name particle (bin)  U  unknown acronym
    K  organisation head (Ministry)      S  tail only (Inc.)   s  common noun (army)   I  initial
    A  facility head (Airport)           a  common noun        L  landform (River)     r  direction, R if capitalised
    d  the    O  of    F  for    &  and  P  's    -  hyphen    x  function word        v  verb
    m  month or weekday      0  number   N  regnal (II)          w  other word

Punctuation is its own class where it is ASCII, else '.'; a line break is '.' as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from goldwire.systems.words import combining_marks

__all__ = [
    "CLASS_OF_TYPE",
    "LINE_BREAKS",
    "LISTS",
    "TYPE_OF_CLASS",
    "Lexicon",
    "Token",
    "Unit",
    "lexicon",
    "read_list",
    "tokens",
    "word_class",
]

CLASS_OF_TYPE = {"GPE": "g", "LOC": "l", "ORG": "o", "FAC": "f", "NORP": "n"}
TYPE_OF_CLASS = {code: label for label, code in CLASS_OF_TYPE.items()}
LISTS = ("countries", "subdivisions", "cities", "regions", "facilities", "groups", "organisations")

_KEYWORD_CLASSES = {
    "org_head": "K", "org_tail": "S", "org_noun": "s", "fac_head": "A", "fac_noun": "a", "loc_head": "L",
    "direction": "r", "modifier": "e", "particle": "p",
}  # fmt: skip
_FUNCTION_CLASSES = {"determiner": "d", "function": "x", "verb": "v", "calendar": "m"}
_REGNAL = dict.fromkeys(("II", "III", "IV", "VI", "VII", "VIII", "IX", "XI", "XII", "XIII", "XIV", "XVI", "XXIII"), "N")
_OWN_CLASS = {"of": "O", "for": "F", "and": "&", "&": "&", "'s": "P"} | _REGNAL
LINE_BREAKS = "\n\r\x0b\x0c\x85\u2028\u2029"
_SHORTEST_IN_CAPITALS = 4

Entry = tuple[tuple[str, ...], str, str]


class Unit(NamedTuple):
    """One unit of a text: its class, its span, its last token and, for a gazetteer entry, the canonical name."""

    code: str
    start: int
    end: int
    form: str
    entity: str = ""


class Token(NamedTuple):
    """A word or sign: its form with the apostrophe folded, its span, and whether it begins a sentence."""

    form: str
    start: int
    end: int
    opens_sentence: bool


def read_list(name: str) -> list[list[str]]:
    """The rows of data/<name>.tsv without its header line."""
    text = (files("goldwire.systems") / "data" / f"{name}.tsv").read_text("utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


@cache
def word_class(name: str) -> frozenset[str]:
    """The words of a class of data/word_classes.tsv, in lower case."""
    return frozenset(form for form, kind in read_list("word_classes") if kind == name)


@cache
def lexicon() -> Lexicon:
    """The lexicon, read and compiled once."""
    return Lexicon()


class Lexicon:
    """Cuts texts into units. Entries match case-sensitively, the longest first; long ones also match in capitals."""

    def __init__(self) -> None:
        self._given_names = {row[0] for row in read_list("given_names")}
        self._functions = {form: _FUNCTION_CLASSES[kind] for form, kind in read_list("function_words")} | _OWN_CLASS
        entries: dict[tuple[str, ...], Entry] = {}
        for form, kind in read_list("keywords"):
            code = _KEYWORD_CLASSES[kind]
            self._add(entries, form, "R" if code == "r" and form[0].isupper() else code, "")
        for (form,) in read_list("titles"):
            self._add(entries, form, "t", "")
        for name in LISTS:
            for form, label, entity in read_list(name):
                self._add(entries, form, CLASS_OF_TYPE[label], entity)
                if len(form) >= _SHORTEST_IN_CAPITALS:
                    self._add(entries, form.upper(), CLASS_OF_TYPE[label], entity)
        self._by_first: dict[str, list[Entry]] = {}
        for entry in sorted(entries.values(), key=lambda entry: -len(entry[0])):
            self._by_first.setdefault(entry[0][0], []).append(entry)

    @staticmethod
    def _add(entries: dict[tuple[str, ...], Entry], form: str, code: str, entity: str) -> None:
        key = tuple(token.form for token in tokens(form))
        if key not in entries or entries[key][1] not in TYPE_OF_CLASS:
            entries[key] = (key, code, entity)

    def units(self, text: str) -> list[Unit]:
        """The units of the text, in order."""
        words = list(tokens(text))
        forms = [token.form for token in words]
        units, at = [], 0
        while at < len(words):
            token = words[at]
            for key, code, entity in self._by_first.get(token.form, ()):
                if len(key) == 1 or tuple(forms[at : at + len(key)]) == key:
                    last = words[at + len(key) - 1]
                    units.append(Unit(code, token.start, last.end, last.form, entity))
                    at += len(key)
                    break
            else:
                units.append(Unit(self._code(token), token.start, token.end, token.form))
                at += 1
        return units

    def _code(self, token: Token) -> str:
        form = token.form
        first = form[0]
        if not first.isalnum():
            return self._functions.get(form, form if len(form) == 1 and form.isascii() else ".")
        if first.isdigit():
            return "0"
        capitalised = first.isupper() or first.istitle()
        code = self._functions.get(form) or self._functions.get(form.lower(), "")
        # A verb is capitalised only where a sentence begins; elsewhere the same letters are a name ("Bob Hope").
        if code and not (capitalised and (code == "v" and not token.opens_sentence)) and (code != "m" or capitalised):
            return code
        if not capitalised:
            return "w"
        if form in self._given_names:
            return "G"
        if form.endswith("."):
            return "I"
        return "U" if 2 <= len(form) <= 6 and form.isupper() else "C"


def tokens(text: str) -> Iterator[Token]:
    """Tokens with the apostrophe folded and NFC applied; a hyphen between spaces is no hyphen but a dash."""
    opens = True
    for match in _token_pattern().finditer(text):
        form = match.group()
        start, end = match.span()
        if not form.isascii():
            form = unicodedata.normalize("NFC", form).replace("’", "'")
        if form[0].isalnum():
            yield Token(form, start, end, opens)
            opens = False
            continue
        if form[0] in LINE_BREAKS:
            form = "."
        elif form == "-" and not (text[start - 1 : start].strip() and text[end : end + 1].strip()):
            form = "–"
        yield Token(form, start, end, opens)
        opens = opens or form in ".!?:"


@cache
def _token_pattern() -> re.Pattern[str]:
    word = rf"\w[\w{combining_marks()}]*"
    return re.compile(
        rf"(?<!\w)(?:[A-Z]\.){{2,}}"  # U.S.
        rf"|(?<!\w)[A-Z]\.(?=\s?[A-Z])"  # an initial
        rf"|{word}(?:(?!['’]s(?!\w))['’]{word})*"
        rf"|['’]s(?!\w)"
        rf"|[{LINE_BREAKS}]+|\S"
    )
