"""Offsets of one text in code points, UTF-16 units or UTF-8 bytes, by one table per text."""

from __future__ import annotations

import numpy as np

from goldwire.errors import UsageError

__all__ = ["UNITS", "Units"]

UNITS = ("codepoint", "utf16", "byte")


class Units:
    """The border between code points, which Goldwire counts, and the unit another tool counts.

    Python and brat count code points; JavaScript, Java and so UIMA CAS, Label Studio and doccano's page count UTF-16
    units; Rust and Go tools often count bytes.
    """

    def __init__(self, text: str, unit: str) -> None:
        if unit not in UNITS:
            raise UsageError(f"no offset unit {unit!r}; units: {', '.join(UNITS)}")
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        width = np.ones(len(points), np.int64)
        if unit == "utf16":
            width += points > 0xFFFF
        elif unit == "byte":
            width += (points > 0x7F).astype(np.int64) + (points > 0x7FF) + (points > 0xFFFF)
        self._at = np.r_[0, np.cumsum(width)]
        self._plain = int(self._at[-1]) == len(points)

    @property
    def length(self) -> int:
        """Length of the text in the other unit."""
        return int(self._at[-1])

    def outward(self, offset: int) -> int:
        """A code point offset, 0 <= offset <= len(text), in the other unit."""
        return offset if self._plain else int(self._at[offset])

    def inward(self, offset: int) -> int | None:
        """An offset in the other unit as code points; None outside the text and between the units of a character."""
        if not 0 <= offset <= self.length:
            return None
        if self._plain:
            return offset
        found = int(np.searchsorted(self._at, offset))
        return found if int(self._at[found]) == offset else None
