"""A text cut into words and single blanks after them, as spaCy and Prodigy have it: nothing of the text is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

__all__ = ["cut"]

_RUN = re.compile(r"\s+|\S+")


def cut(text: str, tokens: Iterable[tuple[int, int]], spans: Iterable[tuple[int, int]]) -> list[tuple[int, int, bool]]:
    """(start, end, blank) of pieces that make up the whole text, ``blank`` if a space of its own follows the piece.

    tokens: how one would cut; spans: what must begin and end at borders of pieces, so tokens are cut further there.
    """
    wanted = list(spans)
    starts, ends = {start for start, _ in wanted}, {end for _, end in wanted}
    borders = {0, len(text)} | starts | ends
    for start, end in tokens:
        borders |= {start, end}
    for match in _RUN.finditer(text):
        borders |= set(match.span())
        if text.startswith(" ", match.start()):
            borders.add(match.start() + 1)
    cuts = sorted(borders)
    pieces: list[tuple[int, int, bool]] = []
    for start, end in pairwise(cuts):
        follows = bool(pieces) and not pieces[-1][2] and text[start:end] == " "
        if follows and start not in starts and end not in ends and start > 0:
            pieces[-1] = (*pieces[-1][:2], True)
        else:
            pieces.append((start, end, False))
    return pieces
