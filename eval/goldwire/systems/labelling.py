"""From the labels of a model to those of the gold: what the adapters of taggers share."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from goldwire.systems.base import Record

__all__ = ["tagged", "windows"]

Span = tuple[int, int, str, Mapping[str, Any]]
"""Start, end, label of the model, further fields of the mention."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_BLANK = re.compile(r"\s+")


def tagged(doc_id: str, spans: Iterable[Span], labels: Mapping[str, str | None], times: Collection[str]) -> Record:
    """The record of a document. A label stands for another one, or with None for nothing, as ``labels`` says.

    Labels in ``times`` (after that) are time expressions, all others mentions.
    """
    record: Record = {"doc_id": doc_id, "entities": []} | ({"times": []} if times else {})
    for start, end, label, more in spans:
        kind = labels.get(label, label)
        if kind is None:
            continue
        if kind in times:
            record["times"].append({"start": start, "end": end, "type": kind})
        else:
            record["entities"].append({"start": start, "end": end, "type": kind, **more})
    return record


def windows(text: str, starts: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    """Stretches of the text with at most so many units each, which no unit lies across, covering all units.

    starts: where the units (words, tokens) begin, ascending. Stretches end with a sentence or line where one fits, else
    with a word, else with a unit.
    """
    breaks = [[match.end() for match in pattern.finditer(text)] for pattern in (_SENTENCE_END, _BLANK)]
    start = first = 0
    while first + most < len(starts):
        limit = starts[first + most]
        end = limit
        for places in breaks:
            at = bisect_right(places, limit) - 1
            if at >= 0 and places[at] > starts[first]:
                end = places[at]
                break
        if end > start:  # several units may begin at one place
            yield start, end
        start, first = end, max(bisect_left(starts, end), first + 1)
    if first < len(starts):
        yield start, len(text)
