"""spaCy's DocBin (.spacy), what `spacy train` reads.

Mentions are in the span group ``sc``, spaCy's own for overlapping spans, with their type as label, ``kb_id`` and ``id``;
the longest that do not overlap are also ``doc.ents``. Every entity with an id is a group ``coref_clusters_N`` (as in
spacy-experimental) that has the id in its attributes. Times are the group ``times`` with their value as ``kb_id``; every
event is a group ``event_N``: its trigger labelled with the type, then its arguments labelled with their roles, each with
the id of what fills the role, and its attributes as those of the group. Tokens are those of a blank pipeline, cut where
spans begin or end inside. The document's id is in ``doc.user_data["doc_id"]``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from goldwire.converting.attributes import EVERY_FIELD
from goldwire.converting.bundle import Bundle, Holds, Record, level_layers
from goldwire.converting.context import Context
from goldwire.converting.marks import Link, Mark, marks_of
from goldwire.converting.pieces import cut
from goldwire.converting.spacy_reading import read_doc
from goldwire.errors import MissingExtra, UsageError
from goldwire.formats.source import read_bytes, write_atomic

__all__ = ["SpacyDocBin"]


@dataclass(frozen=True)
class SpacyDocBin:
    """A DocBin file.

    lang: language of the blank pipeline whose tokens are used. spans_key: the span group of the mentions.
    """

    name: ClassVar[str] = "spacy"
    about: ClassVar[str] = "spaCy DocBin: entities, overlapping spans, coreference and event groups"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = True

    lang: str = "en"
    spans_key: str = "sc"

    @property
    def holds(self) -> Holds:
        """What spans and span groups hold; of mentions no head, level or score."""
        return {
            "document": frozenset({"doc_id", "text", "published"}),
            "entities": frozenset({"id", "start", "end", "type", "entity_id", "kb_id"}),
            "times": frozenset({"id", "start", "end", "type", "value"}),
            "events": EVERY_FIELD["events"],
            "arguments": EVERY_FIELD["arguments"],
        }

    def read(self, path: Path, context: Context) -> Bundle:
        """Every doc a document."""
        _needs_spacy("reading a DocBin")
        nlp = _blank(self.lang)
        bundle = Bundle()
        before = context.incidents.errors
        data = read_bytes(path, context.incidents)
        if context.incidents.errors > before:
            return bundle
        for number, doc in enumerate(_docs(data, nlp, path, context)):
            bundle.add(read_doc(doc, number, self.spans_key, str(path), context), path)
        level_layers(bundle.records, ["entities"])
        return bundle

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """All documents in one DocBin."""
        _needs_spacy("writing a DocBin")
        nlp = _blank(self.lang)
        from spacy.tokens import DocBin

        packed = DocBin(attrs=["ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID"], store_user_data=True)
        for record in bundle.documents:
            packed.add(self._doc(record, nlp, context))
        with write_atomic(path) as stream:
            stream.write(packed.to_bytes())

    def _doc(self, record: Record, nlp: Any, context: Context) -> Any:
        """A document as a Doc."""
        from spacy.tokens import Doc
        from spacy.util import filter_spans

        text = record["text"]
        marks, links = marks_of(record, context.losses)
        tokens = [(token.idx, token.idx + len(token)) for token in nlp.tokenizer(text)]
        pieces = cut(text, tokens, [(mark.start, mark.end) for mark in marks])
        doc = Doc(nlp.vocab, words=[text[a:b] for a, b, _ in pieces], spaces=[blank for _, _, blank in pieces])
        doc.user_data |= {key: record[key] for key in ("doc_id", "published") if key in record}
        writer = _Writer(doc, pieces)
        mentions = [writer.span(mark, mark.type) for mark in marks if mark.layer == "entities"]
        writer.group(self.spans_key, mentions)
        writer.group("times", [writer.span(m, m.type, m.fields.get("value")) for m in marks if m.layer == "times"])
        writer.group("fillers", [writer.span(mark, None) for mark in marks if mark.layer == "fillers"])
        writer.clusters(marks)
        writer.events(marks, links)
        doc.ents = filter_spans([span for span in mentions if span.label])
        for mark in marks:
            lost = mark.layer == "fillers" and mark.fields.keys() & {"time_id", "event_id"}
            context.losses.add("arguments", "references of spans that are no such item", record["doc_id"], bool(lost))
            pieces_ = mark.layer != "events" and len(mark.fields.get("fragments", [])) > 2
            context.losses.add(mark.layer, "gaps between the pieces of a span", record["doc_id"], pieces_)
        return doc


class _Writer:
    """Puts marks into a Doc whose tokens begin and end with them."""

    def __init__(self, doc: Any, pieces: list[tuple[int, int, bool]]) -> None:
        self.doc = doc
        self.first = {start: i for i, (start, _, _) in enumerate(pieces)}
        self.last = {end: i + 1 for i, (_, end, _) in enumerate(pieces)}

    def span(self, mark: Mark, label: str | None, kb_id: str | None = None) -> Any:
        """The span of a mark; its id is the mark's key."""
        from spacy.tokens import Span

        kb_id = kb_id if kb_id is not None else mark.fields.get("kb_id")
        key = mark.fields.get("id", mark.key) if mark.layer != "fillers" else mark.key
        first, last = self.first[mark.start], self.last[mark.end]
        return Span(self.doc, first, last, label=label or "", kb_id=kb_id or "", span_id=key)

    def group(self, name: str, spans: list[Any], attrs: Record | None = None) -> None:
        """A span group, where there is anything to put into it."""
        from spacy.tokens import SpanGroup

        if spans or name == "sc":
            self.doc.spans[name] = SpanGroup(self.doc, name=name, spans=spans, attrs=attrs or {})

    def clusters(self, marks: Iterable[Mark]) -> None:
        """A group for every entity."""
        found: dict[str, list[Any]] = defaultdict(list)
        for mark in marks:
            if mark.layer in ("entities", "fillers") and "entity_id" in mark.fields:
                found[mark.fields["entity_id"]].append(self.span(mark, mark.type))
        for i, (entity, spans) in enumerate(found.items()):
            self.group(f"coref_clusters_{i + 1}", spans, {"entity_id": entity})

    def events(self, marks: Iterable[Mark], links: Iterable[Link]) -> None:
        """A group for every event."""
        by_key = {mark.key: mark for mark in marks}
        arguments: dict[str, list[Any]] = defaultdict(list)
        for link in links:
            arguments[link.source].append(self.span(by_key[link.target], link.label))
        for i, mark in enumerate(mark for mark in by_key.values() if mark.layer == "events"):
            attrs = {name: value for name, value in mark.fields.items() if name != "id"}
            self.group(f"event_{i + 1}", [self.span(mark, mark.type), *arguments[mark.key]], attrs)


def _needs_spacy(purpose: str) -> None:
    """Raise MissingExtra where spaCy is not installed."""
    try:
        import spacy  # noqa: F401
    except ModuleNotFoundError:
        raise MissingExtra("spacy", "spacy", purpose) from None


@lru_cache(maxsize=4)
def _blank(lang: str) -> Any:
    """A blank pipeline. Raises UsageError for a language spaCy does not have here."""
    import spacy

    try:
        return spacy.blank(lang)
    except (ImportError, ValueError) as error:
        raise UsageError(f"spaCy has no language {lang!r} here ({str(error).splitlines()[0]})") from None


def _docs(data: bytes, nlp: Any, path: Path, context: Context) -> list[Any]:
    """The docs of a DocBin; none, and an incident, where it is no DocBin."""
    from spacy.tokens import DocBin

    try:
        docs = list(DocBin().from_bytes(data).get_docs(nlp.vocab))
        for doc in docs:
            doc.text.encode()
    except Exception as error:
        found = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        context.incidents.add("foreign-syntax", str(path), 0, found=found, expected="a DocBin as spaCy 3 writes it")
        return []
    if not docs:
        context.incidents.add("empty-file", str(path), 0)
    return docs
