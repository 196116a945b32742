"""Reading Web Annotations: what Goldwire wrote, and what else selects text by position or quotation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from goldwire.converting.attributes import ATTRIBUTES
from goldwire.converting.border import Border
from goldwire.converting.bundle import Bundle, Record
from goldwire.converting.context import Context
from goldwire.converting.files import Json, read_json, read_text
from goldwire.converting.marks import Link, Mark, record_of

__all__ = ["Pages"]

_ITEM: Mapping[str, Any] = {"type": "object", "required": ["target"]}
_PAGE: Mapping[str, Any] = {"type": "object", "properties": {"items": {"type": "array", "items": _ITEM}}}
_PAGES: Mapping[str, Any] = {
    "anyOf": [
        {"type": "array", "items": _ITEM},
        {"type": "object", "required": ["items"], **{"properties": _PAGE["properties"]}},
        {"type": "object", "required": ["first"], "properties": {"first": {**_PAGE, "required": ["items"]}}},
        _ITEM,
    ]
}
_FRAGMENT = re.compile(r"char=(\d+),(\d+)")
_LABELLING = frozenset({"classifying", "tagging", None})
_WIKIDATA = re.compile(r"https?://www\.wikidata\.org/(?:entity|wiki)/(Q\d+)")


class Pages:
    """Reads pages into a bundle: a document for every source that annotations target."""

    def __init__(self, bundle: Bundle, context: Context) -> None:
        self.bundle, self.context = bundle, context

    def read(self, path: Path, doc_id: str | None) -> None:
        """One file; ``doc_id``: the document its name speaks of, where the file lies in a folder of pages."""
        file = read_json(path, self.context)
        if file is None or not file.fits(_PAGES, self.context):
            return
        prefix, items = _items(file.value)
        page = file.value if isinstance(file.value, dict) else {}
        given = page.get("goldwire:fields")
        about: Mapping[str, Any] = given if isinstance(given, dict) else {}
        documents: dict[str, _Document] = {}
        if about and doc_id is not None:  # a document without annotations is one all the same
            documents[""] = _Document(file, path.stem, self.context, doc_id)
        for i, item in enumerate(items):
            source = _source(item)
            if source is None:
                continue
            key = "" if about else source
            if key not in documents:
                own = doc_id if doc_id is not None and _beside(path, source) else None
                documents[key] = _Document(file, source, self.context, own)
            documents[key].add(item, (*prefix, i))
        for i, item in enumerate(items):
            if _source(item) is None and not _linked(item, documents):
                self.context.losses.add("document", "annotations of what is no text", f"{path} items[{i}]")
        for document in documents.values():
            record = document.record()
            record |= {"doc_id": about["doc_id"]} if isinstance(about.get("doc_id"), str) else {}
            record |= {"published": about["published"]} if isinstance(about.get("published"), str) else {}
            self.bundle.add(record, path, document.line)


class _Document:
    """The annotations of one source."""

    def __init__(self, file: Json, source: str, context: Context, doc_id: str | None) -> None:
        self.file, self.context, self.line = file, context, 1
        beside = file.path.parent / unquote(source)
        name = unquote(urlsplit(source).path if ":" not in source.partition("/")[0] else source)
        self.doc_id = doc_id if doc_id is not None else name.removesuffix(".txt").removeprefix("./")
        inside = file.path.parent.resolve() in beside.resolve().parents if "\x00" not in source else False
        self.text = read_text(beside, context) if inside and beside.suffix == ".txt" and beside.is_file() else None
        if self.text is None:
            twin = file.path.with_suffix(".txt")
            self.text = read_text(twin, context) if doc_id is not None and twin.is_file() else None
        self.known = self.text if self.text is not None else context.texts.get(self.doc_id)
        self.marks: list[Mark] = []
        self.links: list[Link] = []
        self.zones: list[Record] = []
        self.by_id: dict[str, str] = {}

    def add(self, item: Mapping[str, Any], at: tuple[str | int, ...]) -> None:
        """An annotation of a span of the source."""
        place = f"{self.doc_id} {at[0]}[{at[-1]}]" if isinstance(at[0], str) else f"{self.doc_id} [{at[-1]}]"
        line = self.file.line(at)
        span = self.span(item, line, place)
        if span is None:
            return
        layer = item.get("goldwire:layer")
        labels, kb_id = self.bodies(item, place)
        if layer == "zones":
            self.zones.append({"zone": labels[0] if labels else "", "start": span[0], "end": span[1]})
            return
        layer = layer if layer in ATTRIBUTES else "entities"
        given = item.get("goldwire:fields")
        fields = {k: v for k, v in given.items() if k in ATTRIBUTES[layer]} if isinstance(given, dict) else {}
        if kb_id is not None and layer == "entities":
            fields.setdefault("kb_id", kb_id)
        for i, label in enumerate(labels or [None]):
            key = f"_:{len(self.marks)}"
            if i == 0 and isinstance(item.get("id"), str):
                self.by_id[item["id"]] = key
            self.marks.append(Mark(key, layer, *span, label, dict(fields)))

    def span(self, item: Mapping[str, Any], line: int, place: str) -> tuple[int, int] | None:
        """Where the target's selectors point to, checked against the text where it is known."""
        selectors = _selectors(item)
        quote = next((s for s in selectors if s.get("type") == "TextQuoteSelector"), None)
        start, end = _position(selectors)
        if start is None and quote is not None and self.known is not None:
            return self.quoted(quote, place)
        if start is None:
            self.context.losses.add("entities", "annotations without a position in the text", place)
            return None
        if self.known is None:
            return (start, end) if isinstance(start, int) and isinstance(end, int) else None
        border = Border(self.known, "codepoint", str(self.file.path), self.context)
        span = border.inward(start, end, line, place)
        exact = quote.get("exact") if quote is not None else None
        if span is not None and isinstance(exact, str) and exact != self.known[slice(*span)]:
            expected = repr(self.known[slice(*span)])
            incidents, path = self.context.incidents, str(self.file.path)
            incidents.add("text-mismatch", path, line, item=place, found=repr(exact), expected=expected)
            return None
        return span

    def quoted(self, quote: Mapping[str, Any], place: str) -> tuple[int, int] | None:
        """The one place where a quotation stands in its context."""
        exact = str(quote.get("exact", ""))
        prefix, suffix = str(quote.get("prefix", "")), str(quote.get("suffix", ""))
        text, whole = self.known or "", prefix + exact + suffix
        first = text.find(whole) if exact else -1
        if first < 0 or text.find(whole, first + 1) >= 0:
            what = "quotations found nowhere in the text" if first < 0 else "quotations found in several places"
            self.context.losses.add("entities", what, place)
            return None
        return first + len(prefix), first + len(prefix) + len(exact)

    def bodies(self, item: Mapping[str, Any], place: str) -> tuple[list[str], str | None]:
        """The labels of an annotation and the knowledge-base id it names; other bodies are counted as lost."""
        labels, kb_id = [], None
        bodies = [*_listed(item.get("body")), *({"value": value} for value in _listed(item.get("bodyValue")))]
        for body in bodies:
            purpose = body.get("purpose") if isinstance(body, Mapping) else None
            value = body.get("value") if isinstance(body, Mapping) else None
            source = (body.get("source") or body.get("id")) if isinstance(body, Mapping) else body
            if isinstance(value, str) and purpose in _LABELLING:
                labels.append(value)
            elif purpose == "identifying" and isinstance(source, str):
                found = _WIKIDATA.fullmatch(source)
                kb_id = found[1] if found else source
                if source.startswith("urn:kb:"):
                    kb_id = unquote(source.removeprefix("urn:kb:"))
            else:
                self.context.losses.add("entities", f"bodies for {purpose or 'no stated purpose'}", place)
        return labels, kb_id

    def link(self, item: Mapping[str, Any], source: str, target: str) -> None:
        """A linking annotation from one of the document's annotations to another."""
        bodies = [body for body in _listed(item.get("body")) if isinstance(body, Mapping)]
        label = next((b["value"] for b in bodies if isinstance(b.get("value"), str)), None)
        given = item.get("goldwire:fields")
        fields = {k: v for k, v in given.items() if k in ("head", "score")} if isinstance(given, dict) else {}
        self.links.append(Link(self.by_id[source], self.by_id[target], label, fields))

    def record(self) -> Record:
        """The document."""
        record: Record = {"doc_id": self.doc_id}
        record |= {"text": self.text} if self.text is not None else {}
        record |= {"zones": self.zones} if self.zones else {}
        return record_of(record, self.marks, self.links, self.context.losses)


def _linked(item: Mapping[str, Any], documents: Mapping[str, _Document]) -> bool:
    """Add a linking annotation to the document that has both its ends; False where there is none."""
    source = item.get("target")
    bodies = [body for body in _listed(item.get("body")) if isinstance(body, Mapping)]
    target = next((b.get("source") or b.get("id") for b in bodies if b.get("purpose") == "linking"), None)
    for document in documents.values():
        if isinstance(source, str) and source in document.by_id and target in document.by_id:
            document.link(item, source, target)
            return True
    return False


def _items(value: Any) -> tuple[tuple[str | int, ...], list[Mapping[str, Any]]]:
    """The annotations of a page, collection, list or lone annotation, with their path."""
    if isinstance(value, list):
        return (), value
    if "items" in value:
        return ("items",), value["items"]
    if "first" in value:
        return ("first", "items"), value["first"]["items"]
    return (), [value]


def _source(item: Mapping[str, Any]) -> str | None:
    """The IRI of what an annotation selects text of; None for links and for targets without a selector."""
    for target in _listed(item.get("target")):
        if isinstance(target, Mapping):
            source = target.get("source")
            source = source.get("id") if isinstance(source, Mapping) else source
            if isinstance(source, str) and target.get("selector") is not None:
                return source
    return None


def _selectors(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]] | list[Mapping[str, Any]]:
    targets = [target for target in _listed(item.get("target")) if isinstance(target, Mapping) and "selector" in target]
    return [one for one in _listed(targets[0]["selector"]) if isinstance(one, Mapping)] if targets else []


def _position(selectors: Any) -> tuple[Any, Any]:
    """(start, end) by a position selector or a fragment char=3,8; (None, None) where there is neither."""
    for selector in selectors:
        if selector.get("type") == "TextPositionSelector":
            return selector.get("start"), selector.get("end")
        found = _FRAGMENT.fullmatch(str(selector.get("value", "")))
        if selector.get("type") == "FragmentSelector" and found:
            return int(found[1]), int(found[2])
    return None, None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _beside(path: Path, source: str) -> bool:
    return unquote(source).removeprefix("./") == f"{path.stem}.txt"
