"""Counter-based random numbers in columns: a draw depends on what it is for and on nothing drawn for something else."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from goldwire.counts import FloatArray, IntArray

__all__ = ["BoolArray", "Dice", "Keys", "mixed"]

BoolArray = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]
"""Numbers of 64 bits whose order says nothing."""


class Dice:
    """Draws for one purpose, named by a key such as (seed, block, step).

    The raw words of Philox, whose values NumPy fixes for good; each becomes a number from 0 to 1 with 53 bits, so the bias
    of a draw is below sides / 2^53.
    """

    def __init__(self, *purpose: int | str) -> None:
        digest = blake2b("\0".join(map(str, purpose)).encode(), digest_size=16).digest()
        self._words = np.random.Philox(key=int.from_bytes(digest, "little"))

    def uniform(self, count: int) -> FloatArray:
        """(count,) numbers from 0 to 1, which is not reached."""
        return np.asarray((self._words.random_raw(count) >> np.uint64(11)) * 2.0**-53)

    def below(self, sides: IntArray) -> IntArray:
        """(sides.shape) one of 0 … side - 1 each; 0 where there are no sides."""
        return np.asarray((self.uniform(sides.size).reshape(sides.shape) * sides).astype(np.int64))

    def roll(self, count: int, sides: int) -> IntArray:
        """(count,) numbers of 0 … sides - 1."""
        return np.asarray((self.uniform(count) * sides).astype(np.int64))

    def chance(self, count: int, share: float) -> BoolArray:
        """(count,) true that share of the time."""
        return np.asarray(self.uniform(count) < share)

    def weighted(self, count: int, cumulative: Sequence[float]) -> IntArray:
        """(count,) indexes; cumulative: the running sum of the shares, ending at 1."""
        at = np.searchsorted(np.array(cumulative[:-1]), self.uniform(count), side="right")
        return np.asarray(at.astype(np.int64))

    def word(self) -> int:
        """A number of 64 bits."""
        return int(self._words.random_raw())


def mixed(numbers: npt.NDArray[np.int64] | Keys, key: int) -> Keys:
    """(n,) a bijection of 64-bit numbers that leaves nothing of their order (the finaliser of SplitMix64, keyed)."""
    z = numbers.astype(np.uint64) ^ np.uint64(key & 0xFFFF_FFFF_FFFF_FFFF)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))
