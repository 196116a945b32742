"""How much of an article's body is found in another: computed from the gold passages, never judged by hand."""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from goldwire.corpus.labels import labels

__all__ = ["coverage", "folded", "reuse_level", "text_relations"]

_QUOTES = str.maketrans(dict.fromkeys("‘’‚‛′`", "'") | dict.fromkeys("“”„‟″«»", '"'))


def text_relations() -> frozenset[str]:
    """The passage relations that rest on shared wording."""
    return frozenset(name for name, row in labels()["passage_relations"].items() if row["basis"] == "text")


def folded(text: str) -> str:
    """Text as "verbatim" compares it: NFKC, one kind of quotes, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_QUOTES).split())


def coverage(
    text: str, zones: Sequence[dict[str, Any]], sentences: Sequence[dict[str, int]], spans: Iterable[tuple[int, int]]
) -> tuple[float, int]:
    """(share of the body's words that lie in one of the spans, number of body sentences touched).

    A word is a run of non-space characters in a sentence that starts in a body zone; it counts when its first
    character lies in a span, once however many spans hold it.
    """
    starts = [zone["start"] for zone in zones]
    ordered = sorted(spans)
    words = shared = touched = 0
    for sentence in sentences:
        if zones[bisect.bisect_right(starts, sentence["start"]) - 1]["zone"] != "body":
            continue
        begins = [
            sentence["start"] + word.start() for word in re.finditer(r"\S+", text[sentence["start"] : sentence["end"]])
        ]
        hit = sum(any(start <= at < end for start, end in ordered) for at in begins)
        words += len(begins)
        shared += hit
        touched += hit > 0
    return (shared / words if words else 0.0), touched


def reuse_level(share: float, sentences: int) -> str:
    """The ordinal level of a coverage: whole, major, partial (two sentences at least), trace or none."""
    if share >= 0.95:
        return "whole"
    if share >= 2 / 3:
        return "major"
    if share >= 0.10 and sentences >= 2:
        return "partial"
    return "trace" if share > 0 else "none"
