"""The forms of English verbs and nouns, by the rules of spelling and a list of irregular verbs (data/irregular_verbs.tsv)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from goldwire.systems.lexicon import read_list

__all__ = ["noun_forms", "verb_forms"]

_SIBILANT = re.compile(r"(?:s|x|z|ch|sh)$")
_CONSONANT_Y = re.compile(r"[^aeiou]y$")
_SHORT = re.compile(r"^[^aeiou]*[aeiou][^aeiouwxy]$")
"""One syllable that ends in one vowel and one consonant: the consonant is doubled."""


def verb_forms(lemma: str) -> Iterator[tuple[str, str]]:
    """(form, name) of a verb in lower case; names are base, s, past, participle, regular (past or participle) and ing.

    A verb in -ize is spelled in -ise as well, and a final l is found doubled and single (travelled, traveled).
    """
    for verb in [lemma, f"{lemma[:-3]}ise"] if lemma.endswith("ize") else [lemma]:
        yield verb, "base"
        yield _with_s(verb), "s"
        past, participle = _irregular().get(verb, ("", ""))
        stems = [past[:-2]] if past.endswith("ed") and len(past) > len(verb) else _stems(verb)
        if past:
            yield past, "regular" if past == participle else "past"
            if past != participle:
                yield participle, "participle"
        else:
            yield from ((f"{verb[:-1]}ied" if _CONSONANT_Y.search(verb) else f"{stem}ed", "regular") for stem in stems)
        keeps = _CONSONANT_Y.search(verb) or verb.endswith(("ee", "oe", "ye"))
        dying = [f"{verb[:-2]}y"] if verb.endswith("ie") else stems
        yield from ((f"{stem}ing", "ing") for stem in ([verb] if keeps else dying))


def _stems(verb: str) -> list[str]:
    """What -ed and -ing are added to: without final e, the last consonant doubled after one short vowel."""
    if verb.endswith("e"):
        return [verb[:-1]]
    if _SHORT.match(verb):
        return [verb + verb[-1]]
    return [verb, f"{verb}l"] if verb.endswith("l") and not verb.endswith("ll") else [verb]


def noun_forms(lemma: str) -> Iterator[tuple[str, str]]:
    """(form, name) of a noun, names being singular and plural; -ization is spelled -isation as well."""
    for noun in [lemma, lemma.replace("ization", "isation")] if "ization" in lemma else [lemma]:
        yield noun, "singular"
        if noun.endswith("sis"):
            yield f"{noun[:-2]}es", "plural"
        elif not noun.endswith("s"):
            yield _with_s(noun), "plural"


def _with_s(word: str) -> str:
    if _CONSONANT_Y.search(word):
        return f"{word[:-1]}ies"
    return f"{word}es" if _SIBILANT.search(word) or word in ("go", "do") else f"{word}s"


@cache
def _irregular() -> dict[str, tuple[str, str]]:
    return {lemma: (past, participle) for lemma, past, participle in read_list("irregular_verbs")}
