"""Columns with a tag per token: CoNLL-2003 and its kin (IOB1, IOB2, BIOES, BILOU).

https://www.clips.uantwerpen.be/conll2003/ner/. A token a line, its word first and its tag last, an empty line after
each sentence, ``-DOCSTART-`` before each document. CoNLL-2003 has no ids of documents: Goldwire writes them into the
third column of that line, and finds documents without one by their text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from goldwire.converting.bundle import Bundle, Holds, Record
from goldwire.converting.context import Context
from goldwire.converting.files import read_text, without_mark
from goldwire.converting.tokenised import Sheet, coded, decoded, located, outermost, placed, typed
from goldwire.converting.tokens import Tokens
from goldwire.errors import UsageError
from goldwire.formats.source import write_text

__all__ = ["Conll2003"]

_START = "-DOCSTART-"
_TAG = re.compile(r"O|[BIESLU]-\S+")
_SCHEMES = {"IOB1": "IOB1", "IOB2": "IOB2", "BIOES": "IOBES", "BILOU": "BILOU"}


@dataclass(frozen=True)
class Conll2003:
    """Tagged tokens.

    scheme: IOB1, IOB2, BIOES or BILOU; when reading, empty takes any of them as it comes. columns: 4 (word, part of
    speech, chunk, tag; the middle ones are "_") or 2 (word, tag). borders: what becomes of a mention that begins or
    ends inside a token, snap (to the token) or drop.
    """

    name: ClassVar[str] = "conll2003"
    about: ClassVar[str] = "columns of CoNLL-2003: a token and its IOB1, IOB2, BIOES or BILOU tag a line"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = True

    scheme: str = ""
    columns: int = 4
    borders: str = "snap"

    def __post_init__(self) -> None:
        if self.scheme not in ("", *_SCHEMES):
            raise UsageError(f"no tag scheme {self.scheme!r}; schemes: {', '.join(_SCHEMES)}")
        if self.columns not in (2, 4):
            raise UsageError(f"{self.columns} columns are not 2 and not 4")

    @property
    def holds(self) -> Holds:
        """Typed mentions that do not overlap."""
        document = frozenset({"doc_id", "text"})
        return {"header": frozenset(), "document": document, "entities": frozenset({"start", "end", "type"})}

    def read(self, path: Path, context: Context) -> Bundle:
        """Any file whose first column is a word and whose last one is a tag."""
        bundle = Bundle()
        text = read_text(path, context)
        if text is None:
            return bundle
        sheets = list(_sheets(without_mark(text, path, context), path, context))
        for number, (sheet, tags) in enumerate(sheets, 1):
            fallback = path.stem if len(sheets) == 1 else f"{path.stem}-{number}"
            found = located(sheet, fallback, path, context)
            if found is not None:
                record, spans = found
                record["entities"] = _mentions(sheet, tags, spans, self.scheme)
                bundle.add(record, path, sheet.line)
        return bundle

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """One file with all documents."""
        lines: list[str] = []
        for record in bundle.documents:
            lines += [self._start(record, context), ""]
            tokens = Tokens.of(record["text"])
            mentions = placed(record, tokens, context.losses, self.borders)
            flat = outermost(mentions, context.losses, "a mention inside or across another one")
            tags = ["O"] * len(tokens.spans)
            for mention in flat:
                kind = typed(mention, context.losses, "MISC")
                prefixes = _prefixes(mention.last - mention.first, self.scheme or "IOB2")
                tags[mention.first : mention.last] = [f"{prefix}-{kind}" for prefix in prefixes]
            tags = _iob1(tags) if self.scheme == "IOB1" else tags
            middle = " " if self.columns == 2 else " _ _ "
            for first, last in tokens.sentences:
                for (start, end), tag in zip(tokens.spans[first:last], tags[first:last], strict=True):
                    lines.append(f"{record['text'][start:end]}{middle}{tag}")
                lines.append("")
        write_text(path, "\n".join(lines) + ("\n" if lines else ""))

    def _start(self, record: Record, context: Context) -> str:
        if self.columns == 2:
            context.losses.add("document", "its id, found again by its text", record["doc_id"])
            return f"{_START} O"
        return f"{_START} -X- {coded(record['doc_id'], chr(92) + 's') or '%'} O"


def _prefixes(length: int, scheme: str) -> list[str]:
    if scheme in ("IOB1", "IOB2"):
        return ["B"] + ["I"] * (length - 1)
    single, last = ("S", "E") if scheme == "BIOES" else ("U", "L")
    return [single] if length == 1 else ["B"] + ["I"] * (length - 2) + [last]


def _iob1(tags: list[str]) -> list[str]:
    """IOB2 tags in IOB1, where B only divides neighbours of one type."""
    return [
        f"I-{tag[2:]}" if tag.startswith("B-") and (before == "O" or before[2:] != tag[2:]) else tag
        for before, tag in zip(["O", *tags], tags, strict=False)
    ]


def _sheets(text: str, path: Path, context: Context) -> Iterator[tuple[Sheet, list[str]]]:
    """The documents of a file, with their tags."""
    sheet, tags = Sheet(None, 1), list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        cells = line.split("\t") if "\t" in line.strip() else line.split()
        cells = [cell.strip() for cell in cells]
        if not line.strip():
            sheet.close()
        elif cells[0] == _START:
            sheet.close()
            if sheet.words or sheet.doc_id:
                yield sheet, tags
            named = [cell for cell in cells[1:-1] if cell not in ("-X-", "O", "_", "")]
            sheet, tags = Sheet(decoded(named[0]) if named else None, number), []
        elif len(cells) < 2 or not cells[0] or not _TAG.fullmatch(cells[-1]):
            found = repr(line if len(line) < 80 else f"{line[:77]}...")
            context.incidents.add("foreign-syntax", str(path), number, found=found, expected="a word and a tag")
        else:
            sheet.words.append(cells[0])
            sheet.lines.append(number)
            tags.append(cells[-1])
    sheet.close()
    if sheet.words or sheet.doc_id:
        yield sheet, tags


def _mentions(sheet: Sheet, tags: list[str], spans: list[tuple[int, int]], scheme: str) -> list[Record]:
    from goldwire.tasks.tags import decode

    if not tags:
        return []
    rule = _SCHEMES[scheme] if scheme else "BILOU" if any(tag[0] in "LU" for tag in tags) else "seqeval"
    found = decode(tags, [last - first for first, last in sheet.sentences], rule)
    rows = zip(found.start.tolist(), found.end.tolist(), found.type.to_pylist(), strict=True)
    return [{"start": spans[first][0], "end": spans[last - 1][1], "type": kind} for first, last, kind in rows]
