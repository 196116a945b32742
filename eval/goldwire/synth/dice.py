"""Counter-based random numbers: a draw depends on what it is for and on nothing drawn before for something else."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

__all__ = ["Dice", "mixed"]

_T = TypeVar("_T")
_LOW = 1 << 64
_CHANCES = 1 << 24
_MASK = (1 << 64) - 1


class Dice:
    """Draws for one purpose, named by a key such as (seed, story, step).

    A BLAKE2b digest of key and counter is one 512-bit number; each draw divides it by the number of sides. With at
    least 64 bits left before a draw the bias is below sides / 2^64.
    """

    __slots__ = ("_counter", "_key", "_pool")

    def __init__(self, *key: int | str) -> None:
        self._key = "\0".join(map(str, key)).encode()
        self._pool, self._counter = 0, 0

    def roll(self, sides: int) -> int:
        """One of 0 … sides - 1."""
        if self._pool < _LOW:
            digest = blake2b(self._counter.to_bytes(4, "little") + self._key).digest()
            self._pool, self._counter = int.from_bytes(digest, "little"), self._counter + 1
        self._pool, side = divmod(self._pool, sides)
        return side

    def chance(self, share: float) -> bool:
        """True that share of the time."""
        return self.roll(_CHANCES) < share * _CHANCES

    def pick(self, options: Sequence[_T]) -> _T:
        """One of the options."""
        return options[self.roll(len(options))]

    def weighted(self, cumulative: Sequence[float]) -> int:
        """An index; cumulative: the running sum of the shares, ending at 1."""
        at = self.roll(_CHANCES) / _CHANCES
        for index, reach in enumerate(cumulative):
            if at < reach:
                return index
        return len(cumulative) - 1

    def some(self, count: int, of: int) -> list[int]:
        """``count`` different numbers below ``of``, ascending."""
        left = list(range(of))
        return sorted(left.pop(self.roll(len(left))) for _ in range(min(count, of)))


def mixed(number: int, key: int) -> int:
    """A bijection of 64-bit numbers that leaves nothing of their order (the finaliser of SplitMix64, keyed)."""
    z = (number ^ key) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)
