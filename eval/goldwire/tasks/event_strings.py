"""The strings of spans, normalised, as codes: arguments compared by what they say and not by where they stand."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import IntArray
from goldwire.tasks.event_rows import packed
from goldwire.tasks.spans import BoolArray

__all__ = ["normalised", "string_codes"]

_QUOTES = str.maketrans({"‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "‹": "'", "›": "'", "`": "'", "´": "'",
                         "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"'})  # fmt: skip
_OUTER = " '\"()[]{},.;:!?…–—"
_BLOCK = 2**24  # code points looked at together
_LONGEST = 1000


def normalised(lines: str) -> pa.Array:
    """Strings, one a line, in the form in which they are compared.

    NFC and case folding; every run of white space is one blank; curly, low and angle quotes are straight ones; quotes,
    brackets, commas, full stops, colons, semicolons, question and exclamation marks and dashes at either end are cut off;
    so is a leading ``the``, ``a`` or ``an``.
    """
    folded = unicodedata.normalize("NFC", lines).casefold().translate(_QUOTES)
    strings = pa.array(folded.split("\n"), pa.string())
    strings = pc.binary_join(pc.utf8_split_whitespace(strings), " ")
    strings = pc.utf8_trim(strings, _OUTER)
    return pc.utf8_trim(pc.replace_substring_regex(strings, "^(?:the|an?) ", ""), _OUTER)


def string_codes(gold: Corpus, unit: IntArray, lo: IntArray, hi: IntArray, step: int) -> tuple[IntArray, BoolArray]:
    """(rows,) code of the normalised string of each span, and whether its document's text is known.

    unit, lo, hi: document code and bounds on the axis, where document ``u`` begins at ``u * step``. Bounds outside the
    text are taken to its ends. Of spans of more than 1,000 code points, which no argument is, the first 1,000 are read.
    """
    rows = pc.index_in(pa.array(gold.doc_ids, pa.string()), gold["articles"]["doc_id"].combine_chunks())
    texts = gold["articles"]["text"].combine_chunks().take(rows)
    known: BoolArray = texts.is_valid().to_numpy(zero_copy_only=False)[unit]
    key = packed(lo, hi - lo)
    order = np.argsort(key, kind="stable")
    new = np.append(True, key[order][1:] != key[order][:-1])[: len(key)] & known[order]
    first = order[new]
    start, end = (lo - unit * step)[first], (hi - unit * step)[first]
    strings = [normalised(lines) for lines in _lines(texts, unit[first], start, np.minimum(end, start + _LONGEST))]
    code_of_string = pa.chunked_array(strings, pa.string()).combine_chunks().dictionary_encode().indices
    codes = np.full(len(key), -1)
    codes[order] = np.append(-1, code_of_string.to_numpy(zero_copy_only=False))[np.cumsum(new)]
    return np.where(known, codes, -1), known


def _lines(texts: pa.Array, unit: IntArray, start: IntArray, end: IntArray) -> Iterator[str]:
    """The text of each span, in order, one a line, some documents at a time; line breaks inside are blanks."""
    lengths = np.zeros(len(texts), np.int64)
    present = np.flatnonzero(np.bincount(unit, minlength=len(texts)))
    lengths[present] = pc.utf8_length(texts.take(pa.array(present))).to_numpy(zero_copy_only=False)
    start, end = np.clip(start, 0, lengths[unit]), np.clip(end, 0, lengths[unit])
    size = np.maximum(end - start, 0)
    of_text, of_spans = np.cumsum(lengths)[unit] // _BLOCK, np.cumsum(size) // _BLOCK
    for at in np.split(np.arange(len(unit)), 1 + np.flatnonzero(np.diff(of_text) | np.diff(of_spans))):
        if len(at):
            yield _lines_of(texts, lengths, unit[at], start[at], size[at])


def _lines_of(texts: pa.Array, lengths: IntArray, unit: IntArray, start: IntArray, size: IntArray) -> str:
    """The lines of spans that lie within their documents."""
    units = np.flatnonzero(np.bincount(unit, minlength=len(texts)))
    points = np.frombuffer("".join(texts.take(pa.array(units)).to_pylist()).encode("utf-32-le"), np.uint32)
    base = np.zeros(len(texts), np.int64)
    base[units] = np.cumsum(lengths[units]) - lengths[units]
    line = np.repeat(np.arange(len(size)), size)
    within = np.arange(len(line)) - np.repeat(np.cumsum(size) - size, size)
    copied: npt.NDArray[np.uint32] = points[(base[unit] + start)[line] + within]
    joined = np.full(len(line) + len(size) - 1, ord("\n"), np.uint32)
    joined[np.arange(len(line)) + line] = np.where(copied == ord("\n"), ord(" "), copied)
    return joined.tobytes().decode("utf-32-le")
