"""Damage to finished sentences: typing errors, what scanners misread, spaces that do not break. It is rare, so one by one.

No edit touches the first or last character of a mention or head, so no mention loses its border.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from goldwire.counts import IntArray
from goldwire.synth.dice import Dice
from goldwire.synth.operations import OPERATIONS
from goldwire.synth.wires import DAMAGE

if TYPE_CHECKING:
    from goldwire.synth.sentences import Sentences

__all__ = ["damaged"]

_CONFUSED = {"l": "1", "e": "c", "o": "0", "i": "l", "s": "5", "rn": "m", "h": "b", "m": "rn", "g": "q"}
_NOISE = list(OPERATIONS).index("noise")
_DRAWS = 8
Edit = tuple[int, int, str]


def damaged(sentences: Sentences, damages: IntArray, dice: Dice) -> None:
    """Do the damage of all sentences, in place.

    damages: operation of each damage; two sentences with one damage are copies, or differ in their quotation marks, so
    the same draws damage both alike.
    """
    draws = dice.uniform(_DRAWS * len(damages)).reshape(-1, _DRAWS)
    damage = sentences.rows[:, DAMAGE]
    which = np.flatnonzero((damage > 0) | sentences.spaced)
    if not len(which):
        return
    texts = sentences.texts.take(pa.array(which)).to_pylist()
    mentions = sentences.mentions
    first = np.cumsum(mentions.counts) - mentions.counts
    for i, sentence in enumerate(which.tolist()):
        places = mentions.places[first[sentence] : first[sentence] + mentions.counts[sentence]]
        if damage[sentence]:
            change = _scanned if damages[damage[sentence]] == _NOISE else _mistyped
            for start, end, new in change(texts[i], places, draws[damage[sentence]].tolist()):
                texts[i] = texts[i][:start] + new + texts[i][end:]
                places[places >= end] += len(new) - (end - start)
        else:
            before, space, after = texts[i].rpartition(" ")
            texts[i] = before + ("\u00a0" if space else "") + after
    place = np.arange(len(sentences.texts))
    place[which] = len(place) + np.arange(len(which))
    sentences.texts = pa.concat_arrays([sentences.texts, pa.array(texts, pa.string())]).take(pa.array(place))
    sentences.chars[which] = [len(text) for text in texts]


def _mistyped(text: str, places: IntArray, draws: Sequence[float]) -> Sequence[Edit]:
    """A letter lost, doubled or exchanged with the next, inside a word and outside every mention."""
    inside = {p for start, end in places[:, :2].tolist() for p in range(start - 1, end + 1)}
    *tries, kind = draws
    at = next((p for p in _tried(text, tries) if p not in inside and text[p - 1 : p + 3].isalpha()), None)
    if at is None:
        return ()
    pair = text[at : at + 2]
    new = (pair[0], pair[0] + pair, pair[::-1])[int(3 * kind)]
    return ((at, at + 2, new if new != pair else pair[0]),)


def _tried(text: str, tries: Sequence[float]) -> Iterator[int]:
    """Places inside a text: some at random, then all."""
    room = len(text) - 4
    yield from (1 + int(room * at) for at in tries)
    yield from range(1, room + 1)


def _scanned(text: str, places: IntArray, draws: Sequence[float]) -> Sequence[Edit]:
    """Letters taken for others that look alike: one in forty. From right to left, so that the places stay true."""
    borders = places + np.array([0, -1, 0, -1])
    taken = {*borders.ravel().tolist(), *(places + np.array([-1, 0, -1, 0])).ravel().tolist()}
    found: list[Edit] = []
    wanted = max(2, len(text) // 40)
    at_random = [int(at * len(text)) for at in draws[:wanted]]
    for tried, at in enumerate((*at_random, *range(len(text)))):
        if tried >= len(at_random) and found:  # places in order only where those at random gave none
            break
        for width in (2, 1):
            new = _CONFUSED.get(text[at : at + width])
            if new and taken.isdisjoint(range(at, at + width)):
                found.append((at, at + width, new))
                taken.update(range(at - 1, at + width + 1))
                break
    return sorted(found, reverse=True)
