"""CoNLL-U, the writing side."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from goldwire.converting.bundle import Bundle, Record
from goldwire.converting.losses import Losses
from goldwire.converting.tokenised import Placed, coded, placed
from goldwire.converting.tokens import Tokens

__all__ = ["HEADS", "LONE", "SPACES", "UNSAFE", "written"]

UNSAFE = r"\s()\[\]|=,:<>\-"
"""Characters that mean something inside Entity=...: they are percent-coded."""

LONE = "lone"
"""In a mention's "other": it belongs to no entity."""

HEADS = "heads"
"""In a mention's "other": first and last word of a head of several words, of which CorefUD names the last."""

SPACES = {" ": r"\s", "\t": r"\t", "\r": r"\r", "\n": r"\n", "|": r"\p", "\\": r"\\"}
"""UDPipe's escapes."""

_OTHER = ("id", "level", "kb_id", "metonymic", "score")


def written(bundle: Bundle, borders: str, losses: Losses) -> str:
    """The whole file."""
    scope = "eid" if bundle.header.get("entity_scope") == "corpus" else "GRP"
    lines: list[str] = []
    for record in bundle.documents:
        document = _Document(record, scope, borders, losses)
        if document.tokens.spans:
            lines += document.lines()
        else:
            losses.add("document", "a document without words", record["doc_id"])
    return "".join(line + "\n" for line in lines)


@dataclass(frozen=True)
class _Piece:
    """A mention, or one of its pieces, on tokens."""

    first: int
    last: int
    opening: str
    closing: str


class _Document:
    def __init__(self, record: Record, scope: str, borders: str, losses: Losses) -> None:
        self.record, self.text, self.scope, self.losses = record, record["text"], scope, losses
        self.tokens = Tokens.of(self.text)
        self.pieces: list[_Piece] = []
        self.taken: list[tuple[int, int, str]] = []
        for number, mention in enumerate(placed(record, self.tokens, losses, borders)):
            self.mention(number, mention)

    def mention(self, number: int, mention: Placed) -> None:
        item, losses = mention.item, self.losses
        eid = coded(item.get("entity_id", f"m{number}"), UNSAFE)
        if "entity_id" not in item and any(x.get("entity_id") == f"m{number}" for x in self.record["entities"]):
            eid = f"{eid}.lone"
        pieces = self.divided(mention)
        first, last = pieces[0][0], pieces[-1][1]
        if any(name == eid and a < first < b < last for a, b, name in self.taken):
            losses.add("entities", "a mention across another one of its entity", mention.place)
            return
        self.taken += [(first, last, eid), (last, first, eid)]
        other = {key: _shown(item[key]) for key in _OTHER if key in item}
        other |= {} if "entity_id" in item else {LONE: "yes"}
        head, width = self.head(mention, pieces)
        other |= {HEADS: f"{head - width + 1}_{head}"} if width > 1 else {}
        about = ",".join(f"{key}:{coded(value, UNSAFE)}" for key, value in other.items())
        marks = "-".join([coded(item.get("type", ""), UNSAFE), str(head), about]).rstrip("-")
        for i, (start, end) in enumerate(pieces, 1):
            part = f"[{i}/{len(pieces)}]" if len(pieces) > 1 else ""
            self.pieces.append(_Piece(start, end, f"({eid}{part}-{marks}", f"{eid}{part})"))

    def divided(self, mention: Placed) -> list[tuple[int, int]]:
        """The pieces of a mention on tokens."""
        given = mention.item.get("fragments")
        if not given:
            return [(mention.first, mention.last)]
        found: list[tuple[int, int]] = []
        exact = True
        for start, end in zip(given[::2], given[1::2], strict=True):
            first, last, fits = self.tokens.cover(start, end)
            last = min(last, mention.last)
            exact &= fits and (not found or first > found[-1][1])
            if found and first <= found[-1][1]:
                found[-1] = (found[-1][0], max(last, found[-1][1]))
            elif first < last:
                found.append((first, last))
        if not exact:
            self.losses.add("entities", "pieces off the tokens' borders or side by side", mention.place)
        return found or [(mention.first, mention.last)]

    def head(self, mention: Placed, pieces: list[tuple[int, int]]) -> tuple[int, int]:
        """Number of the head's last word among the mention's words, from 1, and how many words the head has."""
        words = [token for first, last in pieces for token in range(first, last)]
        given = mention.item.get("head")
        if given is None:
            self.losses.add("entities", "that a mention has no head; its first word is written", mention.place)
            return 1, 1
        first, last, exact = self.tokens.cover(*given)
        inside = first < last and words.count(first) and words.count(last - 1)
        if inside and exact and words.index(last - 1) - words.index(first) == last - 1 - first:
            return words.index(last - 1) + 1, last - first
        self.losses.add("entities", "a head off the tokens' borders; a word is written", mention.place)
        return (words.index(last - 1) + 1, 1) if inside else (1, 1)

    def lines(self) -> list[str]:
        opening, closing = defaultdict[int, list[_Piece]](list), defaultdict[int, list[_Piece]](list)
        for piece in self.pieces:
            opening[piece.first].append(piece)
            if piece.last - piece.first > 1:
                closing[piece.last - 1].append(piece)
        lines = []
        for number, (first, last) in enumerate(self.tokens.sentences, 1):
            if number == 1:
                lines.append(f"# newdoc id = {coded(self.record['doc_id'], chr(92) + 's')}")
                lines.append(f"# global.Entity = {self.scope}-etype-head-other")
            start, end = self.tokens.spans[first][0], self.tokens.spans[last - 1][1]
            lines.append(f"# sent_id = {coded(self.record['doc_id'], chr(92) + 's')}-{number}")
            lines.append(f"# text = {self.text[start:end]}")
            for token in range(first, last):
                marks = [piece.closing for piece in sorted(closing[token], key=lambda x: -x.first)]
                for piece in sorted(opening[token], key=lambda x: -x.last):
                    marks.append(piece.opening + (")" if piece.last - piece.first == 1 else ""))
                misc = [f"Entity={''.join(marks)}"] if marks else []
                misc += self.spaces(token)
                place = token - first + 1
                tree = ["0", "root"] if place == 1 else ["1", "dep"]
                word = self.text[slice(*self.tokens.spans[token])]
                lines.append("\t".join([str(place), word, *"____", *tree, "_", "|".join(misc) or "_"]))
            lines.append("")
        return lines

    def spaces(self, token: int) -> list[str]:
        """What stands around a token: nothing where that is one blank behind it."""
        spans = self.tokens.spans
        after = spans[token + 1][0] if token + 1 < len(spans) else len(self.text)
        gap = self.text[spans[token][1] : after]
        found = []
        if token == 0 and spans[0][0]:
            found.append(f"SpacesBefore={_escaped(self.text[: spans[0][0]])}")
        if not gap:
            found.append("SpaceAfter=No")
        elif gap != " ":
            found.append(f"SpacesAfter={_escaped(gap)}")
        return found


def _escaped(gap: str) -> str:
    return "".join(SPACES.get(character, character) for character in gap)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes"
    return repr(value) if isinstance(value, float | int) else str(value)
