"""CoNLL-2012: coreference in brackets in the last column, named entities beside, documents in parts.

https://conll.cemantix.org/2012/data.html. Columns: document, part, number of the word, word, part of speech, parse,
lemma, frameset, sense, speaker, named entities, arguments, coreference. A part is a document of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from goldwire.converting.bundle import Bundle, Holds, Record
from goldwire.converting.context import Context
from goldwire.converting.files import read_text, without_mark
from goldwire.converting.tokenised import Placed, Sheet, coded, decoded, located, outermost, placed, typed
from goldwire.converting.tokens import Tokens
from goldwire.formats.source import write_text

__all__ = ["Conll2012"]

_BEGIN = re.compile(r"#begin document \((.*)\);(?: part (\d{1,9}))?\s*")
_CHUNK = re.compile(r"\((\d+)\)|\((\d+)|(\d+)\)")
_NE = 10


@dataclass(frozen=True)
class Conll2012:
    """CoNLL-2012 (OntoNotes).

    borders: what becomes of a mention that begins or ends inside a token, snap (to the token) or drop.
    """

    name: ClassVar[str] = "conll2012"
    about: ClassVar[str] = "CoNLL-2012: coreference and named entities in brackets, documents in parts"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = True

    borders: str = "snap"

    @property
    def holds(self) -> Holds:
        """Mentions with their chains, and the types of those that lie in no other one."""
        entity = frozenset({"start", "end", "type", "entity_id"})
        return {"header": frozenset(), "document": frozenset({"doc_id", "text"}), "entities": entity}

    def read(self, path: Path, context: Context) -> Bundle:
        """The documents of a file; several parts of one get ids like NAME_0, NAME_1."""
        bundle = Bundle()
        text = read_text(path, context)
        if text is None:
            return bundle
        documents = _documents(without_mark(text, path, context), path, context)
        parts = Counter(document.name for document in documents)
        for document in documents:
            document.sheet.doc_id = document.name if parts[document.name] == 1 else f"{document.name}_{document.part}"
            found = located(document.sheet, path.stem, path, context)
            if found is not None:
                record, spans = found
                record["entities"] = document.mentions(spans)
                bundle.add(record, path, document.sheet.line)
        return bundle

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """One file with all documents, each one part."""
        lines: list[str] = []
        for record in bundle.documents:
            lines += _written(record, self.borders, context)
        write_text(path, "".join(line + "\n" for line in lines))


def _written(record: Record, borders: str, context: Context) -> list[str]:
    text, losses = record["text"], context.losses
    tokens = Tokens.of(text)
    mentions = placed(record, tokens, losses, borders)
    name = coded(record["doc_id"], r"\s") or "%"
    chains = _chains(mentions, context)
    coref, names = [list[str]() for _ in tokens.spans], ["*"] * len(tokens.spans)
    taken: list[tuple[int, int, int]] = []
    # A longer mention opens before a shorter one, so that the brackets of one chain nest.
    for mention in sorted(mentions, key=lambda x: (x.first, -x.last)):
        entity_id = mention.item.get("entity_id")
        if entity_id is None:
            continue
        chain = chains[entity_id]
        if any(c == chain and a < mention.first < b < mention.last for a, b, c in taken):
            losses.add("entities", "a mention across another one of its chain", mention.place)
            continue
        taken.append((mention.first, mention.last, chain))
        if mention.last - mention.first == 1:
            coref[mention.first].append(f"({chain})")
        else:
            coref[mention.first].append(f"({chain}")
            coref[mention.last - 1].insert(0, f"{chain})")
    what = "the type of a mention inside or across another one; without a chain the mention itself"
    for mention in outermost([x for x in mentions if "type" in x.item], losses, what):
        kind = re.sub(r"[()*]", "_", typed(mention, losses, "MISC"))
        if kind != mention.item["type"] and not re.search(r"\s", mention.item["type"]):
            losses.add("entities", "brackets in a type, written as underscores", mention.place)
        single = mention.last - mention.first == 1
        names[mention.first] = f"({kind})" if single else f"({kind}*"
        names[mention.last - 1] = names[mention.last - 1] if single else "*)"
    for mention in mentions:
        if not mention.item.keys() & {"type", "entity_id"}:
            losses.add("entities", "a mention with neither type nor chain", mention.place)
    lines = [f"#begin document ({name}); part 000"]
    for first, last in tokens.sentences:
        for number, token in enumerate(range(first, last)):
            start, end = tokens.spans[token]
            cell = "|".join(coref[token]) or "-"
            lines.append("\t".join([name, "0", str(number), text[start:end], *"-" * 6, names[token], cell]))
        lines.append("")
    return [*lines, "#end document"]


def _chains(mentions: list[Placed], context: Context) -> dict[str, int]:
    """Numbers for the entities of a document: their own where all of them are numbers, else as they come."""
    ids = dict.fromkeys(mention.item["entity_id"] for mention in mentions if "entity_id" in mention.item)
    if all(re.fullmatch(r"0|[1-9][0-9]{0,8}", name) for name in ids):
        return {name: int(name) for name in ids}
    first = next(mention.place for mention in mentions if "entity_id" in mention.item)
    context.losses.add("entities", "the name of an entity, now a number", first, len(ids))
    return {name: number for number, name in enumerate(ids)}


@dataclass
class _Document:
    """A part as read: its tokens, chains as (first, last + 1, chain), named entities as (first, last + 1, type)."""

    name: str
    part: int
    sheet: Sheet
    coref: list[tuple[int, int, str]] = field(default_factory=list)
    named: list[tuple[int, int, str]] = field(default_factory=list)
    open: list[tuple[str, int]] = field(default_factory=list)
    open_name: tuple[str, int] | None = None

    def mentions(self, spans: list[tuple[int, int]]) -> list[Record]:
        """The mentions by place; a chain and a type on the same tokens make one."""
        types = {(first, last): kind for first, last, kind in self.named}
        found = [(first, last, {"entity_id": chain}) for first, last, chain in self.coref]
        rest = types.keys() - {(first, last) for first, last, _ in self.coref}
        rows: list[tuple[int, int, Record]] = [*found, *((first, last, {}) for first, last in rest)]
        return [
            {"start": spans[first][0], "end": spans[last - 1][1]}
            | ({"type": types[first, last]} if (first, last) in types else {})
            | more
            for first, last, more in sorted(rows, key=lambda row: (row[0], -row[1]))
        ]

    def chunks(self, cell: str) -> bool:
        """Take a cell of the coreference column at the current token; False where it is none."""
        at = len(self.sheet.words) - 1
        for piece in cell.split("|") if cell not in ("-", "_", "*") else []:
            match = _CHUNK.fullmatch(piece)
            if match is None:
                return False
            if match[1]:
                self.coref.append((at, at + 1, match[1]))
            elif match[2]:
                self.open.append((match[2], at))
            else:
                begun = [i for i, (chain, _) in enumerate(self.open) if chain == match[3]]
                if not begun:
                    return False
                self.coref.append((self.open.pop(begun[-1])[1], at + 1, match[3]))
        return True

    def names(self, cell: str) -> bool:
        """Take a cell of the named entities' column; False where it is none."""
        at = len(self.sheet.words) - 1
        if cell in ("*", "-", "_"):
            return True
        match = re.fullmatch(r"(?:\(([^()*\s]+))?\*?(\))?", cell)
        if match is None or (match[1] and self.open_name) or not (match[1] or self.open_name):
            return False
        if match[1]:
            self.open_name = (match[1], at)
        if match[2] and self.open_name:
            self.named.append((self.open_name[1], at + 1, self.open_name[0]))
            self.open_name = None
        return True


def _documents(text: str, path: Path, context: Context) -> list[_Document]:
    documents: list[_Document] = []
    current: _Document | None = None

    def wrong(number: int, line: str, expected: str) -> None:
        found = repr(line if len(line) < 80 else f"{line[:77]}...")
        context.incidents.add("foreign-syntax", str(path), number, found=found, expected=expected)

    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        begin = _BEGIN.fullmatch(line)
        if begin:
            name = decoded(begin[1])
            current = _Document(name, int(begin[2] or 0), Sheet(name, number))
            documents.append(current)
        elif not line.strip() or line.startswith("#end document"):
            if current is not None:
                current.sheet.close()
            current = None if line.strip() else current
        else:
            cells = line.split("\t") if "\t" in line else line.split()
            if current is None or len(cells) < 5:
                wrong(number, line, "document, part, number, word, ..., coreference, after a #begin line")
                continue
            current.sheet.words.append(cells[3].strip())
            current.sheet.lines.append(number)
            if not current.chunks(cells[-1].strip()):
                wrong(number, cells[-1], "coreference such as (0|(1)|2), each bracket closed once")
            elif len(cells) > _NE + 1 and not current.names(cells[_NE].strip()):
                wrong(number, cells[_NE], "a named entity such as (GPE), (GPE* or *)")
    for document in documents:
        document.sheet.close()
        for chain, at in document.open:
            wrong(document.sheet.lines[at], f"({chain}", "a bracket that is closed")
    return documents
