"""Polarity, modality, tense and genericity of an event by cue words (data/cues.tsv), the words before its trigger.

Cues are looked for from the trigger to the left, inside the sentence and not beyond a semicolon, colon or quotation
mark: a negation at most four tokens away, a modality eight, of which the nearest decides. A finite verb asserts: only
what stands within three tokens changes that ("if they attack"). Tense is that of the verb with its auxiliaries; an
infinitive or noun under an intended, expected or requested modality lies ahead; other nouns take the tense of the
last auxiliary or finite trigger in the sentence, and without one the past, which news is mostly about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from goldwire.systems.lexicon import Token, read_list, tokens
from goldwire.systems.triggers import Trigger

__all__ = ["Status", "is_finite", "status_of"]

_STOPS = frozenset({";", ":", '"', "“", "”"})
_MODALITIES = {"intended": "INTENDED", "expected": "EXPECTED", "requested": "REQUESTED", "possible": "POSSIBLE"}
_AHEAD = frozenset({"INTENDED", "EXPECTED", "REQUESTED"})
_FINITE = frozenset({"s", "past", "regular"})
_NEAR, _NEGATION, _FAR = 3, 4, 8
_BE = {"is": "PRESENT", "are": "PRESENT", "am": "PRESENT", "was": "PAST", "were": "PAST"}
_HAVE = {"has": "PAST", "have": "PAST", "had": "PAST", "'ve": "PAST", "did": "PAST", "does": "PRESENT", "do": "PRESENT"}
_WILL = dict.fromkeys(("will", "shall", "would", "'ll", "won't"), "FUTURE")
_AUXILIARIES = _BE | _HAVE | _WILL
_PASSIVE = frozenset({"is", "are", "was", "were", "be", "been", "being", "get", "gets", "got"})


@dataclass(frozen=True, slots=True)
class Status:
    """The attributes of an event; ``passive`` tells who is whose object."""

    polarity: str
    modality: str
    tense: str
    genericity: str
    passive: bool


def status_of(words: Sequence[Token], trigger: Trigger, begins: int, finite_before: Trigger | None) -> Status:
    """The status of a trigger in the sentence that begins at token ``begins``; before it there, the last finite trigger."""
    low = _bound(words, trigger, begins)
    # a name keeps its capital: "May" is no "may"
    lower = [w.form.lower() if w.opens_sentence else w.form for w in words[low : trigger.first]]
    cues = _cues(lower)
    auxiliary = next((word for word in reversed(lower[-_NEGATION:]) if word in _AUXILIARIES or word in _PASSIVE), "")
    passive = trigger.part == "verb" and trigger.form in ("regular", "participle") and auxiliary in _PASSIVE
    finite = is_finite(trigger) and not auxiliary
    reach = _NEAR if finite else _FAR
    modality = next((_MODALITIES[cue] for away, cue in cues if cue in _MODALITIES and away <= reach), "ASSERTED")
    negated = any(cue == "negation" and away <= _NEGATION for away, cue in cues)
    generic = any(cue == "generic" and away <= _NEGATION for away, cue in cues)
    tense = _tense(trigger, lower, modality, finite, cues, finite_before)
    return Status("NEG" if negated else "POS", modality, tense, "GENERIC" if generic else "SPECIFIC", passive)


def is_finite(trigger: Trigger) -> bool:
    """Whether the form of the trigger is that of a finite verb, "regular" ones taken for the past."""
    return trigger.part == "verb" and trigger.form in _FINITE


def _bound(words: Sequence[Token], trigger: Trigger, begins: int) -> int:
    """Where the words that may bear on the trigger begin."""
    low = max(begins, trigger.first - _FAR)
    return next((at + 1 for at in range(trigger.first - 1, low - 1, -1) if words[at].form in _STOPS), low)


def _tense(
    trigger: Trigger, lower: Sequence[str], modality: str, finite: bool,
    cues: Sequence[tuple[int, str]], finite_before: Trigger | None,
) -> str:  # fmt: skip
    if finite:
        return "PRESENT" if trigger.form == "s" else "PAST"
    near = [word for word in lower[-_NEGATION:] if word in _AUXILIARIES]
    if trigger.part == "verb" and near:
        return "FUTURE" if near[0] in _WILL else "PAST" if "been" in lower[-_NEGATION:] else _AUXILIARIES[near[0]]
    if modality in _AHEAD or any(cue == "future" for _, cue in cues):
        return "FUTURE"
    if trigger.part == "fixed" or modality == "POSSIBLE" or (trigger.part == "verb" and lower[-1:] == ["to"]):
        return "UNSPECIFIED"
    governing = next((word for word in reversed(lower) if word in _AUXILIARIES), "")
    if governing:
        return _AUXILIARIES[governing]
    return "PRESENT" if finite_before and finite_before.form == "s" else "PAST"


def _cues(lower: Sequence[str]) -> list[tuple[int, str]]:
    """(distance to the trigger, cue) of the cues among the words before it, the nearest first."""
    found = []
    for at in range(len(lower) - 1, -1, -1):
        for key, cue in _lexicon().get(lower[at], ()):
            if tuple(lower[at : at + len(key)]) == key:
                found.append((len(lower) - at - len(key) + 1, cue))
        if lower[at].endswith("n't"):
            found.append((len(lower) - at, "negation"))
    return found


@cache
def _lexicon() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """First word -> the cues that begin with it, as (words, cue)."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for form, cue in read_list("cues"):
        key = tuple(token.form for token in tokens(form))
        found.setdefault(key[0], []).append((key, cue))
    return found
