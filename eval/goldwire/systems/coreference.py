"""String-match coreference: mentions share an entity where their types and their names agree."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Mention", "entity_key", "resolve_persons"]


@dataclass(slots=True)
class Mention:
    """A span with its type and the name it is known by; for persons the name without title."""

    start: int
    end: int
    type: str
    name: str


def entity_key(label: str, name: str) -> str:
    """The entity id of a name: independent of case, white space, composed or decomposed letters, and article order."""
    folded = unicodedata.normalize("NFC", " ".join(name.split()).casefold())
    return f"{label}:{folded.replace('’', chr(39))}"


def resolve_persons(persons: Sequence[Mention]) -> None:
    """Give every one-word person the most recent full name that ends in the same word, in place.

    ``persons`` are the PERSON mentions of one article in textual order. Headlines use the last name alone, so a name
    without an earlier full form takes the first later one.
    """
    last_words = [_last_word(person.name) for person in persons]
    full = [" " in person.name.strip() for person in persons]
    first_full: dict[str, str] = {}
    for person, last, is_full in zip(persons, last_words, full, strict=True):
        if is_full:
            first_full.setdefault(last, person.name)
    recent: dict[str, str] = {}
    for person, last, is_full in zip(persons, last_words, full, strict=True):
        if is_full:
            recent[last] = person.name
        else:
            person.name = recent.get(last) or first_full.get(last) or person.name


def _last_word(name: str) -> str:
    words = name.split()
    return words[-1].casefold() if words else ""
