"""Between documents and the formats that stand on tokens: mentions put onto tokens, tokens found in their text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from goldwire.converting.bundle import Record
from goldwire.converting.context import Context
from goldwire.converting.losses import Losses
from goldwire.converting.tokens import Tokens, Unaligned, align, rebuild
from goldwire.errors import UsageError

__all__ = ["BORDERS", "Placed", "Sheet", "coded", "decoded", "located", "outermost", "placed", "typed"]

BORDERS = ("snap", "drop")
"""What becomes of a span that begins or ends inside a token: it grows to the token's border, or is left out."""

_PENN = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}", "``": '"', "''": '"'}
"""Words of the Penn Treebank's spelling, as its descendants write them."""


@dataclass(frozen=True)
class Placed:
    """A mention on tokens: first token, the one after its last, the mention, where it stands in the record."""

    first: int
    last: int
    item: Record
    place: str


def placed(record: Record, tokens: Tokens, losses: Losses, borders: str) -> list[Placed]:
    """The mentions of a document on its tokens, inside one sentence each. What has to give is counted as lost."""
    if borders not in BORDERS:
        raise UsageError(f"the setting 'borders' is {borders!r}; expected {' or '.join(BORDERS)}")
    found = []
    for number, item in enumerate(record.get("entities", [])):
        place = f"{record['doc_id']} entities[{number}]"
        first, last, exact = tokens.cover(item["start"], item["end"])
        if first == last:
            losses.add("entities", "a mention without a token", place)
            continue
        if not exact:
            snap = borders == "snap"
            what = "a border inside a token or on white space, moved" if snap else "a mention off the tokens' borders"
            losses.add("entities", what, place)
            if not snap:
                continue
        stop = tokens.sentences[tokens.sentence_of(first)][1]
        if last > stop:
            losses.add("entities", "a mention across sentences, cut where the first one ends", place)
        found.append(Placed(first, min(last, stop), item, place))
    return found


def outermost(mentions: Iterable[Placed], losses: Losses, what: str) -> list[Placed]:
    """The mentions that no other one holds or crosses, by place: for formats with one layer of brackets or tags."""
    kept: list[Placed] = []
    for mention in sorted(mentions, key=lambda x: (x.first, -x.last)):
        if kept and mention.first < kept[-1].last:
            losses.add("entities", what, mention.place)
        else:
            kept.append(mention)
    return kept


def typed(mention: Placed, losses: Losses, default: str) -> str:
    """A mention's type as a label without white space."""
    kind = mention.item.get("type")
    if kind is None:
        losses.add("entities", f"that a mention has no type, written as {default}", mention.place)
        return default
    if re.search(r"\s", kind) or not kind:
        losses.add("entities", "white space in a type, written as underscores", mention.place)
    return re.sub(r"\s", "_", kind) or default


@dataclass
class Sheet:
    """A document as read from a file of tokens.

    words, lines: each token and its line in the file. sentences: (first, last + 1) token of each sentence. spaces: what
    stands between a token and the next one, where the file says so.
    """

    doc_id: str | None
    line: int
    words: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    sentences: list[tuple[int, int]] = field(default_factory=list)

    def close(self) -> None:
        """End the sentence."""
        start = self.sentences[-1][1] if self.sentences else 0
        if start < len(self.words):
            self.sentences.append((start, len(self.words)))


def located(
    sheet: Sheet, fallback: str, path: Path, context: Context, own: tuple[str, list[tuple[int, int]]] | None = None
) -> tuple[Record, list[tuple[int, int]]] | None:
    """A document record with its text, and the span of every token in it; None, and an incident, where they disagree.

    The text is the known one of that id; where the file names no document, the known one with these words; else the
    text the file itself gives (own: text and spans), or the tokens with a blank between them, which is a loss.
    """
    doc_id = sheet.doc_id
    if doc_id is None:
        doc_id = context.texts.find("".join(sheet.words)) or fallback
    text = context.texts.get(doc_id)
    if text is not None and own is not None and own[0] == text:
        return {"doc_id": doc_id, "text": text}, own[1]
    if text is not None:
        try:
            return {"doc_id": doc_id, "text": text}, _fitted(text, sheet.words)
        except Unaligned as error:
            at = min(error.index, len(sheet.words) - 1)
            line = sheet.lines[at] if sheet.words else sheet.line
            found = repr(sheet.words[at]) if error.index == at else "the end of the document"
            context.incidents.add("token-mismatch", str(path), line, item=doc_id, found=found)
            return None
    if own is not None:
        return {"doc_id": doc_id, "text": own[0]}, own[1]
    if sheet.words:
        context.losses.add("document", "the white space of a text, put together from its tokens", doc_id)
    text, spans = rebuild(sheet.words[first:last] for first, last in sheet.sentences)
    return {"doc_id": doc_id, "text": text}, spans


def _fitted(text: str, words: list[str]) -> list[tuple[int, int]]:
    """The words in their text, in the Penn Treebank's spelling if they do not fit as they are."""
    try:
        return align(text, words)
    except Unaligned as error:
        plain = [_PENN.get(word, word.replace("\\/", "/")) for word in words]
        if plain == words:
            raise
        try:
            return align(text, plain)
        except Unaligned:
            raise error from None


def coded(text: str, unsafe: str) -> str:
    """Text with the characters of a class percent-coded, and the percent sign itself."""
    return re.sub(f"[{unsafe}%]", lambda match: "".join(f"%{byte:02X}" for byte in match.group().encode()), text)


_CODES = re.compile("(?:%[0-9A-Fa-f]{2})+")


def decoded(text: str) -> str:
    """What ``coded`` was given; a percent sign that codes nothing stays."""

    def plain(match: re.Match[str]) -> str:
        try:
            return bytes.fromhex(match.group().replace("%", "")).decode()
        except UnicodeDecodeError:
            return match.group()

    return _CODES.sub(plain, text)
