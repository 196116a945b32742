"""The text of spans, for scorers that compare strings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import IntArray
from goldwire.errors import UsageError
from goldwire.profiles.event_counts import label_codes
from goldwire.tasks.spans import BoolArray

__all__ = ["Texts", "string_codes"]


class Texts:
    """The gold articles' texts as one run of UTF-8, to cut spans out of.

    step: room for one document on the axis that spans lie on: document ``u`` begins at ``u * step``.
    """

    def __init__(self, gold: Corpus, step: int) -> None:
        articles = gold["articles"]
        row = pc.index_in(pa.array(gold.doc_ids, pa.string()), articles["doc_id"].combine_chunks())
        texts = articles["text"].combine_chunks().take(row)
        joined = "".join(text for text in texts.to_pylist() if text is not None).encode()
        length = pc.fill_null(pc.utf8_length(texts), 0).to_numpy(zero_copy_only=False).astype(np.int64)
        self.known: BoolArray = texts.is_valid().to_numpy(zero_copy_only=False)
        self._doc_ids = gold.doc_ids
        self._step = step
        self._length: IntArray = length
        self._base: IntArray = np.cumsum(length) - length
        self._bytes = np.frombuffer(joined, np.uint8)
        self._points: IntArray = np.append(np.flatnonzero((self._bytes & 0xC0) != 0x80), len(joined))

    def cut(self, unit: IntArray, lo: IntArray, hi: IntArray) -> pa.Array:
        """(n,) the text at [lo, hi) on the axis; empty where the document's text is not known or ends before."""
        ends = (np.clip(at - unit * self._step, 0, self._length[unit]) + self._base[unit] for at in (lo, hi))
        first, stop = (self._points[at] for at in ends)
        offsets = np.append(0, np.cumsum(stop - first))
        owner = np.repeat(np.arange(len(first)), stop - first)
        data = self._bytes[np.arange(len(owner)) - offsets[owner] + first[owner]]
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
        return pa.Array.from_buffers(pa.large_string(), len(first), buffers)

    def cut_known(self, unit: IntArray, lo: IntArray, hi: IntArray) -> pa.Array:
        """As ``cut``. A document whose text is not known raises UsageError."""
        unknown = np.flatnonzero(~self.known[unit])
        if len(unknown):
            name = self._doc_ids[int(unit[unknown[0]])]
            raise UsageError(f"this profile compares strings, and the gold has no text of document {name!r}")
        return self.cut(unit, lo, hi)


def string_codes(gold: pa.Array, pred: pa.Array, normalise: Callable[[str], str | None]) -> tuple[IntArray, IntArray]:
    """Codes of both sides' strings, equal where the normalised strings are, -1 for None.

    Each distinct string is normalised once.
    """
    both = pa.concat_arrays([gold, pred]).dictionary_encode()
    codes = label_codes(both.dictionary.to_pylist(), normalise)[both.indices.to_numpy(zero_copy_only=False)]
    return codes[: len(gold)], codes[len(gold) :]
