"""Operation rates: data/rates.toml under a preset of difficulty and a split."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any

from goldwire.errors import UsageError
from goldwire.synth.grammar import read

__all__ = ["DIFFICULTIES", "KINDS", "SPLITS", "Rates", "rates_of"]

DIFFICULTIES = ("easy", "medium", "hard")
SPLITS = ("dev", "test")
KINDS = ("plain", "independent", "twin", "series", "caption_twin")
"""Kinds of units: one wire alone, or with a look-alike beside it."""


@dataclass(frozen=True)
class Rates:
    """Shares and ranges that a corpus is made with.

    edits:   the sentence operations and the running sum of their shares.
    layout, derivation, stories: as in rates.toml, factors of the preset applied.
    kinds:   running sum of the shares of KINDS.
    sizes:   running sum of the shares of cluster sizes 1, 2, …
    """

    edited: float
    twice: float
    edits: tuple[tuple[str, ...], tuple[float, ...]]
    layout: dict[str, float]
    derivation: dict[str, Any]
    stories: dict[str, Any]
    kinds: tuple[float, ...]
    sizes: tuple[float, ...]


@cache
def rates_of(difficulty: str, split: str) -> Rates:
    """The rates of a preset; the development split lacks the held-out families. Raises UsageError."""
    for value, known, what in ((difficulty, DIFFICULTIES, "difficulty"), (split, SPLITS, "split")):
        if value not in known:
            raise UsageError(f"no {what} {value!r}; there are {', '.join(known)}")
    data = read("rates")
    preset = data["presets"][difficulty]
    families = data["families"]
    absent = {name for family in families["held_out"] for name in families[family]} if split == "dev" else set()
    names = tuple(name for name in data["edits"] if name not in absent)
    derivation = dict(data["derivation"]) | {"keep": preset["keep"]}
    for key in ("abridge", "add", "splice"):
        derivation[key] = min(1.0, derivation[key] * preset[key])
    stories = data["stories"]
    beside = [stories[kind] * preset["negatives"] for kind in KINDS[1:]]
    sizes = [(n + stories["offset"]) ** -stories["exponent"] for n in range(1, stories["largest"] + 1)]
    return Rates(
        min(0.9, data["edited"]["rate"] * preset["edited"]),
        min(0.9, data["edited_twice"]["rate"] * preset["edited_twice"]),
        (names, _running([data["edits"][name]["rate"] for name in names])),
        {key: row["rate"] for key, row in data["layout"].items()},
        derivation,
        stories,
        _running([1 - sum(beside), *beside]),
        _running(sizes),
    )


def _running(shares: list[float]) -> tuple[float, ...]:
    total = sum(shares)
    return tuple(reach / total for reach in accumulate(shares))
