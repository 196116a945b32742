"""The lines of a file in memory, found without a loop over them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from goldwire.counts import IntArray

__all__ = ["Lines"]

_PIECE = 1 << 20


@dataclass
class Lines:
    """Where the non-blank lines of a buffer lie; ``before`` lines of the file came ahead of it."""

    data: bytes
    before: int = 0

    @cached_property
    def _bounds(self) -> tuple[IntArray, IntArray]:
        raw = np.frombuffer(self.data, np.uint8)
        # Piece by piece: the comparison of a whole file would be as large as the file.
        found = [np.flatnonzero(raw[at : at + _PIECE] == ord("\n")) + at for at in range(0, len(raw), _PIECE)]
        ends = np.concatenate([np.zeros(0, np.int64), *found])
        return np.r_[0, ends + 1], np.r_[ends, len(raw)]

    @cached_property
    def _like_objects(self) -> Any:
        """Where a line begins with "{"."""
        starts, _ = self._bounds
        raw = np.frombuffer(self.data, np.uint8)
        like = np.zeros(len(starts), bool)
        begun = np.flatnonzero(starts < len(raw))
        like[begun] = raw[starts[begun]] == ord("{")
        return like

    @property
    def longest(self) -> int:
        """Bytes of the longest line, its end included."""
        starts, ends = self._bounds
        return int((ends - starts).max()) + 1

    @cached_property
    def numbers(self) -> IntArray:
        """Line number in the file, from 1, of every non-blank line."""
        starts, ends = self._bounds
        others = np.flatnonzero(~self._like_objects).tolist()
        blank = [i for i in others if not self.data[starts[i] : ends[i]].strip()]
        return np.delete(np.arange(1, len(starts) + 1), blank) + self.before

    def __getitem__(self, number: int) -> bytes:
        starts, ends = self._bounds
        return self.data[starts[number - 1 - self.before] : ends[number - 1 - self.before]]

    def after(self, number: int) -> Lines:
        """The lines behind a line."""
        _, ends = self._bounds
        return Lines(self.data[ends[number - 1 - self.before] + 1 :], number)

    def halves(self) -> tuple[Lines, Lines]:
        """The lines up to the middle one, and from it on."""
        number = int(self.numbers[len(self.numbers) // 2])
        at = int(self._bounds[0][number - 1 - self.before])
        return Lines(self.data[:at], self.before), Lines(self.data[at:], number - 1)

    @property
    def plain(self) -> bool:
        """Whether every non-blank line begins and ends like an object.

        Arrow takes objects that run over lines, and pyarrow 26 crashes on a block that starts with null.
        """
        if not len(self.numbers) or len(self.numbers) > int(self._like_objects.sum()):
            return False
        starts, ends = self._bounds
        lines = self.numbers - 1 - self.before
        raw = np.frombuffer(self.data, np.uint8)
        open_ended = lines[raw[ends[lines] - 1] != ord("}")]
        return all(self.data[starts[i] : ends[i]].rstrip().endswith(b"}") for i in open_ended.tolist())
