"""CoNLL-U, the reading side."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from goldwire.converting.bundle import Bundle, Record
from goldwire.converting.conllu_writing import HEADS, LONE, SPACES
from goldwire.converting.context import Context
from goldwire.converting.files import read_text, without_mark
from goldwire.converting.tokenised import Sheet, decoded, located

__all__ = ["read_conllu"]

_CHUNK = re.compile(r"\([^()]+\)?|[^()]+\)")
_PART = re.compile(r"(.*)\[(\d{1,6})/(\d{1,6})\]")
_ID = re.compile(r"(\d{1,6})(?:-(\d{1,6})|\.(\d{1,6}))?")
_ESCAPES = {escape: character for character, escape in SPACES.items()}
_ASIDE = ("Bridge", "SplitAnte")
_HELD = frozenset({"id", "level", "kb_id"})


def read_conllu(path: Path, context: Context) -> Bundle:
    """The documents of a file. Those without an id are named after the file."""
    bundle = Bundle()
    text = read_text(path, context)
    if text is None:
        return bundle
    documents = list(_documents(without_mark(text, path, context), path, context))
    for number, document in enumerate(documents, 1):
        document.finish()
        fallback = path.stem if len(documents) == 1 else f"{path.stem}-{number}"
        found = located(document.sheet, fallback, path, context, document.own())
        if found is not None:
            record, spans = found
            record["entities"] = document.mentions(spans)
            bundle.add(record, path, document.sheet.line)
    if documents and all("eid" in document.fields for document in documents if document.marked):
        bundle.header["entity_scope"] = "corpus"
    return bundle


@dataclass
class _Mention:
    """A mention being read. fields: those of its opening bracket; runs: (first, last + 1) word of each piece."""

    line: int
    eid: str
    fields: dict[str, str]
    runs: list[tuple[int, int]] = field(default_factory=list)


class _Document:
    def __init__(self, name: str | None, line: int, path: Path, context: Context) -> None:
        self.sheet = Sheet(name, line)
        self.path, self.context = path, context
        self.fields: list[str] = []
        self.before, self.gaps = "", list[str]()
        self.words: list[int] = []
        """The token each word is in; several words may share one (a multi-word token)."""
        self.range: tuple[int, int] = (0, -1)
        self.open: dict[str, list[tuple[_Mention, int]]] = defaultdict(list)
        self.parts: dict[str, _Mention] = {}
        self.done: list[_Mention] = []
        self.marked = False

    # lines -------------------------------------------------------------------------------------------------------

    def word(self, number: int, cells: list[str]) -> None:
        """A line of ten cells."""
        match = _ID.fullmatch(cells[0])
        if match is None:
            self.wrong(number, cells[0], "the number of a word such as 1, 2-3 or 4.1")
            return
        misc = dict(part.partition("=")[::2] for part in cells[9].split("|"))
        at = int(match[1])
        if match[2] or match[3]:
            if "Entity" in misc:
                self.context.losses.add("entities", "a mention of a word that is not in the text", self.where(number))
            if match[2]:
                self.range = (at, int(match[2]))
                self.token(number, cells[1], misc)
            return
        if not self.range[0] <= at <= self.range[1]:
            self.token(number, cells[1], misc)
        self.words.append(len(self.sheet.words) - 1)
        for key in _ASIDE:
            if key in misc:
                self.context.losses.add("entities", f"{key} links", self.where(number))
        if misc.get("Entity"):
            self.marks(number, misc["Entity"], len(self.words) - 1)

    def token(self, number: int, form: str, misc: dict[str, str]) -> None:
        if not form:
            self.wrong(number, form, "a word")
        if not self.sheet.words:
            self.before = _plain(misc.get("SpacesBefore", ""))
        self.sheet.words.append(form or "_")
        self.sheet.lines.append(number)
        self.gaps.append("" if misc.get("SpaceAfter") == "No" else _plain(misc.get("SpacesAfter", r"\s")))

    def sentence(self) -> None:
        """The end of a sentence."""
        self.sheet.close()
        self.range = (0, -1)

    def finish(self) -> None:
        """The end of the document."""
        self.sentence()
        for waiting in self.open.values():
            for mention, _ in waiting:
                self.wrong(mention.line, f"({mention.eid}", "a bracket that is closed")

    def marks(self, number: int, text: str, word: int) -> None:
        """The brackets at one word."""
        self.marked = True
        if not self.fields:
            self.wrong(number, f"Entity={text}", "a line '# global.Entity = eid-etype-head-other' before it")
            return
        if "".join(_CHUNK.findall(text)) != text:
            self.wrong(number, f"Entity={text}", "brackets such as (e1-person-1 and e1)")
            return
        for chunk in _CHUNK.findall(text):
            opens, closes, inner = chunk[0] == "(", chunk[-1] == ")", chunk.strip("()")
            if opens:
                self.opening(number, inner, word, closes)
            else:
                self.closing(number, inner, word)

    def opening(self, number: int, inner: str, word: int, closes: bool) -> None:
        values = dict(zip(self.fields, inner.split("-"), strict=False))
        eid = values.get("eid", values.get("GRP", ""))
        part = _PART.fullmatch(eid)
        name = part[1] if part else eid
        if part and part[2] != "1":
            mention = self.parts.get(name)
            if mention is None:
                self.wrong(number, f"({eid}", f"({name}[1/{part[3]}] before it")
                return
        else:
            mention = _Mention(number, name, values)
            self.done.append(mention)
            if part:
                self.parts[name] = mention
        if closes:
            mention.runs.append((word, word + 1))
        else:
            self.open[eid].append((mention, word))

    def closing(self, number: int, inner: str, word: int) -> None:
        name = inner if inner in self.open else inner.split("-")[0]
        if not self.open.get(name):
            self.wrong(number, f"{inner})", f"({inner} before it")
            return
        mention, first = self.open[name].pop()
        mention.runs.append((first, word + 1))

    def wrong(self, number: int, found: str, expected: str) -> None:
        self.context.incidents.add("foreign-syntax", str(self.path), number, found=repr(found), expected=expected)

    def where(self, number: int) -> str:
        return f"{self.path}:{number}"

    # document ----------------------------------------------------------------------------------------------------

    def own(self) -> tuple[str, list[tuple[int, int]]]:
        """The text that the file itself gives, and its tokens."""
        pieces, spans, at = [self.before], [], len(self.before)
        for word, gap in zip(self.sheet.words, self.gaps, strict=True):
            spans.append((at, at + len(word)))
            pieces += [word, gap]
            at += len(word) + len(gap)
        return "".join(pieces), spans

    def mentions(self, spans: list[tuple[int, int]]) -> list[Record]:
        """The mentions by place."""
        found = [self.item(mention, spans) for mention in self.done if mention.runs]
        return sorted(found, key=lambda item: (item["start"], -item["end"]))

    def item(self, mention: _Mention, spans: list[tuple[int, int]]) -> Record:
        runs = sorted(mention.runs)
        at = [spans[token] for token in self.words]
        offsets = [offset for first, last in runs for offset in (at[first][0], at[last - 1][1])]
        item: Record = {"start": offsets[0], "end": offsets[-1]}
        if len(runs) > 1:
            item["fragments"] = offsets
        words = [at[word] for first, last in runs for word in range(first, last)]
        head = mention.fields.get("head", "")
        if re.fullmatch(r"[1-9]\d{0,5}", head) and int(head) <= len(words):
            item["head"] = list(words[int(head) - 1])
        elif head:
            self.wrong(mention.line, head, f"the number of the head among {len(words)} word(s)")
        kind = mention.fields.get("etype") or mention.fields.get("entity")
        item |= {"type": decoded(kind)} if kind else {}
        lone = self.other(mention, item, words)
        return item if lone else item | {"entity_id": decoded(mention.eid)}

    def other(self, mention: _Mention, item: Record, words: list[tuple[int, int]]) -> bool:
        """Take over what "other" and fields of one's own say of a mention; whether it is without an entity."""
        own = {
            key: value for key, value in mention.fields.items() if key not in ("eid", "GRP", "etype", "entity", "head")
        }
        pairs = [part.partition(":")[::2] for part in own.pop("other", "").split(",") if part]
        lone = False
        for key, value in [*pairs, *((key, value) for key, value in own.items() if value)]:
            value = decoded(value)
            if key in _HELD:
                item[key] = value
            elif key == "metonymic":
                item[key] = True
            elif key == "score" and re.fullmatch(r"-?\d{1,30}(\.\d{1,30})?([eE][-+]?\d{1,2})?", value):
                item[key] = float(value)
            elif key == HEADS:
                match = re.fullmatch(r"([1-9]\d{0,5})_([1-9]\d{0,5})", value)
                if match and int(match[1]) <= int(match[2]) <= len(words):
                    item["head"] = [words[int(match[1]) - 1][0], words[int(match[2]) - 1][1]]
                else:
                    self.wrong(mention.line, f"{key}:{value}", f"the first and last word of a head among {len(words)}")
            elif key == LONE:
                lone = True
            else:
                self.context.losses.add("entities", f"{key} in Entity", self.where(mention.line))
        return lone


def _plain(escaped: str) -> str:
    return re.sub(r"\\[strnp\\]", lambda match: _ESCAPES[match.group()], escaped)


def _documents(text: str, path: Path, context: Context) -> Iterator[_Document]:
    current: _Document | None = None
    fields: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if line.startswith("#"):
            key, _, value = line[1:].partition("=")
            if key.split() == ["global.Entity"]:
                fields = value.strip().split("-")
            elif key.split()[:1] == ["newdoc"]:
                if current is not None and current.sheet.words:
                    yield current
                current = _Document(decoded(value.strip()) or None, number, path, context)
            if current is not None:
                current.fields = fields
        elif not line.strip():
            if current is not None:
                current.sentence()
        else:
            cells = line.split("\t")
            if current is None:
                current = _Document(None, number, path, context)
                current.fields = fields
            if len(cells) == 10:
                current.word(number, cells)
            else:
                current.wrong(number, line if len(line) < 80 else f"{line[:77]}...", "ten cells, divided by tabs")
    if current is not None and current.sheet.words:
        yield current
