"""All texts of a corpus as one array of code points: offset conversion and text comparison without loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import IntArray
from goldwire.formats.columns import Integers

__all__ = ["TextIndex"]


class TextIndex:
    """Texts by document code. A document whose text is not known has length -1 or a stated length and no characters.

    known, length: (documents + 1,) whether the text is known, and its code points, -1 where not even their number is;
        the last entry, at code -1, stands for a document there is not.
    """

    def __init__(self, texts: pa.Array, lengths: pa.Array) -> None:
        self.known = np.append(texts.is_valid().to_numpy(zero_copy_only=False), False)
        stated = pc.fill_null(pc.coalesce(pc.utf8_length(texts), lengths), -1).to_numpy(zero_copy_only=False)
        self.length: IntArray = np.append(stated, -1).astype(np.int64)
        self._base = np.append(0, np.cumsum(np.where(self.known, self.length, 0)[:-1]))
        self._texts = texts
        self._points: Any = None

    @property
    def points(self) -> Any:
        """All code points of all known texts, in document order."""
        if self._points is None:
            joined = "".join(text for text in self._texts.to_pylist() if text is not None)
            self._points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
        return self._points

    def to_code_points(self, doc: Integers, offset: IntArray, unit: str) -> tuple[IntArray, Any]:
        """Offsets in UTF-16 units or UTF-8 bytes as code points, and where they fall between characters.

        doc: document code per offset, of a document with known text. unit: "utf16" or "byte". An offset outside its
        text keeps a value outside it.
        """
        points = self.points
        if unit == "utf16":
            width = 1 + (points > 0xFFFF).astype(np.int64)
        else:
            width = 1 + (points > 0x7F).astype(np.int64) + (points > 0x7FF) + (points > 0xFFFF)
        ends = np.r_[0, np.cumsum(width)]
        first, last = ends[self._base[doc]], ends[self._base[doc + 1]]
        absolute = first + offset
        position = np.searchsorted(ends, absolute)
        inside = (offset >= 0) & (absolute <= last)
        clipped = np.minimum(position, len(ends) - 1)
        broken = inside & (ends[clipped] != absolute)
        converted = np.where(inside, position - self._base[doc], np.where(offset < 0, offset, self.length[doc] + 1))
        return converted, broken

    def differs(self, doc: Integers, start: Integers, end: Integers, copies: pa.Array) -> Any:
        """Where the text at [start, end) is not the copy given; only for spans inside documents with known text."""
        joined = pc.binary_join(pa.LargeListArray.from_arrays([0, len(copies)], copies), "")[0].as_py()
        expected = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
        lengths = pc.utf8_length(copies).to_numpy(zero_copy_only=False).astype(np.int64)
        wrong = lengths != end - start
        same = np.flatnonzero(~wrong)
        if not len(same):
            return wrong
        sizes = lengths[same]
        owner = np.repeat(same, sizes)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        in_copy = (np.cumsum(lengths) - lengths)[owner] + within
        in_text = self._base[doc[owner]] + start[owner] + within
        unequal = expected[in_copy] != self.points[in_text]
        wrong[owner[unequal]] = True
        return wrong

    def of(self, doc: Integers) -> pa.Array:
        """The texts of documents by their codes, null where not known."""
        return self._texts.take(pa.array(doc))

    def slice(self, doc: int, start: int, end: int) -> str:
        """The text at [start, end) of one document."""
        at = self._base[doc]
        return str(self.points[at + start : at + end].tobytes().decode("utf-32-le", "surrogatepass"))
