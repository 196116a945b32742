"""Sentences of any text, as ranges of tokens: cut at line breaks and after full stops, question and exclamation marks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from goldwire.systems.lexicon import LINE_BREAKS, Token, read_list

__all__ = ["sentences"]

_STOPS = frozenset(".?!…")
_CLOSING = frozenset("\"'”’)]»")
_OPENING = frozenset("\"'“‘([«")


def sentences(text: str, words: Sequence[Token]) -> list[tuple[int, int]]:
    """The ranges [first, last) of tokens that make up the sentences; line breaks belong to none, no range is empty.

    A full stop ends a sentence only where a capital, a digit or an opening quote follows and no title ("Gen.") stands
    before; closing quotes belong to the sentence they end.
    """
    found: list[tuple[int, int]] = []
    first = at = 0
    while at < len(words):
        if text[words[at].start] in LINE_BREAKS:
            if at > first:
                found.append((first, at))
            first = at = at + 1
            continue
        if words[at].form in _STOPS and _ends(words, at):
            at += 1
            while at < len(words) and words[at].start == words[at - 1].end and words[at].form in _STOPS | _CLOSING:
                if text[words[at].start] in LINE_BREAKS:
                    break
                at += 1
            found.append((first, at))
            first = at
            continue
        at += 1
    if at > first:
        found.append((first, at))
    return found


def _ends(words: Sequence[Token], at: int) -> bool:
    if words[at].form != ".":
        return True
    if at and words[at - 1].form in _abbreviations() and words[at - 1].end == words[at].start:
        return False
    following = at + 1
    if following < len(words) and words[following].start == words[at].end and words[following].form[0].isalnum():
        return False
    while following < len(words) and words[following].form in _CLOSING:
        following += 1
    if following == len(words):
        return True
    form = words[following].form
    return form == "." or form in _OPENING or form[0].isdigit() or form[0].isupper() or not form[0].isalnum()


@cache
def _abbreviations() -> frozenset[str]:
    """Titles that are written with a full stop, without it: Mr, Gen."""
    return frozenset(form[:-1] for (form,) in read_list("titles") if form.endswith(".") and " " not in form)
