"""Reading a UIMA CAS: Goldwire's own types, and DKPro Core's named entities and coreference chains in others."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from goldwire.converting.border import Border
from goldwire.converting.bundle import Record
from goldwire.converting.context import Context
from goldwire.converting.marks import Link, Mark, record_of
from goldwire.errors import ReadError
from goldwire.formats.source import read_bytes

__all__ = ["CHAIN", "ENTITY", "LINK", "METADATA", "read_cas"]

_DKPRO = "de.tudarmstadt.ukp.dkpro.core.api."
ENTITY, METADATA = _DKPRO + "ner.type.NamedEntity", _DKPRO + "metadata.type.DocumentMetaData"
CHAIN, LINK = _DKPRO + "coref.type.CoreferenceChain", _DKPRO + "coref.type.CoreferenceLink"
_FIELDS: dict[str, dict[str, str]] = {
    "goldwire.Mention": {
        "id": "id", "identifier": "kb_id", "entityId": "entity_id", "level": "level", "metonymic": "metonymic",
        "score": "score", "head": "head", "fragments": "fragments",
    },
    "goldwire.Time": {name: name for name in ("id", "value", "resolved", "anchor", "basis", "score")},
    "goldwire.Event": {
        "id": "id", "instanceId": "instance_id", "polarity": "polarity", "modality": "modality", "tense": "tense",
        "genericity": "genericity", "times": "times", "head": "head", "fragments": "fragments", "score": "score",
    },
    "goldwire.Filler": {"entityId": "entity_id", "timeId": "time_id", "eventId": "event_id"},
    ENTITY: {"identifier": "kb_id"},
}  # fmt: skip
"""Type -> feature -> field of the record."""
_LAYER = {
    "goldwire.Mention": "entities", "goldwire.Time": "times", "goldwire.Event": "events", "goldwire.Filler": "fillers",
    ENTITY: "entities",
}  # fmt: skip
_KNOWN = frozenset({*_FIELDS, METADATA, CHAIN, LINK, "goldwire.Zone", "goldwire.Argument"})


def read_cas(path: Path, doc_id: str, suffix: str, context: Context) -> Record | None:
    """A document from a CAS file; None, and an incident, where it is no CAS. Raises ReadError."""
    before = context.incidents.errors
    data = read_bytes(path, context.incidents)
    if context.incidents.errors > before:
        return None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            cas = _loaded(data, path, suffix)
            text = cas.sofa_string
        except ReadError:
            raise
        except Exception as error:
            found = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            context.incidents.add("foreign-syntax", str(path), getattr(error, "lineno", 0) or 0, found=found)
            return None
    if not isinstance(text, str):
        context.incidents.add("foreign-syntax", str(path), 0, expected="a CAS with a text (sofaString)")
        return None
    for warning in caught:
        if "offset" in str(warning.message):
            context.incidents.add("offset-unit", str(path), 0, found=str(warning.message).splitlines()[0])
    if any("offset" in str(warning.message) for warning in caught):
        return None
    return _Reader(cas, text, doc_id, path, context).record()


def _loaded(data: bytes, path: Path, suffix: str) -> Any:
    import cassis

    if suffix == ".json":
        return cassis.load_cas_from_json(io.BytesIO(data))
    types = cassis.load_typesystem(io.BytesIO(_type_system(path).read_bytes()))
    return cassis.load_cas_from_xmi(io.BytesIO(data), typesystem=types)


def _type_system(path: Path) -> Path:
    """The nearest TypeSystem.xml (in any letter case) beside a file or in the folders above it."""
    for folder in list(path.resolve().parents)[:4]:
        for candidate in sorted(folder.glob("*.xml")):
            if candidate.name.lower() == "typesystem.xml":
                return candidate
    raise ReadError(f"{path}: needs the type system it was written with, as TypeSystem.xml in the same folder")


class _Reader:
    """A CAS on its way into a record."""

    def __init__(self, cas: Any, text: str, doc_id: str, path: Path, context: Context) -> None:
        self.cas, self.text, self.doc_id, self.path, self.context = cas, text, doc_id, path, context
        self.border = Border(text, "codepoint", str(path), context)
        self.marks: list[Mark] = []
        self.key_of: dict[int, str] = {}

    def select(self, name: str) -> Iterator[Any]:
        """Annotations of a type, its subtypes included, in the order they were written."""
        if self.cas.typesystem.contains_type(name):
            yield from sorted(self.cas.select(name), key=lambda one: one.xmiID or 0)

    def record(self) -> Record:
        """The document."""
        record: Record = {"doc_id": self.doc_id, "text": self.text}
        for about in self.select(METADATA):
            if isinstance(about.documentId, str) and about.documentId:
                record["doc_id"] = about.documentId
        self.doc_id = record["doc_id"]
        for name in (ENTITY, "goldwire.Time", "goldwire.Event", "goldwire.Filler"):
            for one in self.select(name):
                self.mark(one, one.type.name if one.type.name in _FIELDS else name)
        self.chains()
        zones = [(one, self.span(one)) for one in self.select("goldwire.Zone")]
        if zones:
            record["zones"] = [{"zone": one.zone or "", "start": at[0], "end": at[1]} for one, at in zones if at]
        self.others()
        return record_of(record, self.marks, self.links(), self.context.losses)

    def span(self, one: Any) -> tuple[int, int] | None:
        return self.border.inward(one.begin, one.end, 0, f"{self.doc_id} {one.type.name} {one.xmiID}")

    def mark(self, one: Any, name: str) -> None:
        span = self.span(one)
        if span is None:
            return
        fields = dict(_present(one, _FIELDS[name]))
        if name == "goldwire.Event":
            attribution = dict(_present(one, {f"attribution{k.capitalize()}": k for k in ("source", "via", "event")}))
            fields |= {"attribution": attribution} if attribution else {}
        layer = _LAYER[name]
        kind = one.get("value" if layer == "entities" else "label") if layer != "fillers" else None
        key = f"_:{len(self.marks)}"
        self.key_of[id(one)] = key
        self.marks.append(Mark(key, layer, *span, kind, fields))

    def links(self) -> Iterable[Link]:
        """Arguments of the events."""
        for event in self.select("goldwire.Event"):
            for argument in _elements(event.arguments):
                fields = dict(_present(argument, {"head": "head", "score": "score"}))
                ends = self.key_of.get(id(event), ""), self.key_of.get(id(argument.target), "")
                yield Link(*ends, argument.role, fields)

    def chains(self) -> None:
        """Entities of mentions that have none, from coreference chains; links at no mention become mentions."""
        at: dict[tuple[int, int], list[Mark]] = {}
        for mark in self.marks:
            if mark.layer == "entities":
                at.setdefault((mark.start, mark.end), []).append(mark)
        if any("entity_id" in mark.fields for marks in at.values() for mark in marks):
            return
        for number, chain in enumerate(self.select(CHAIN)):
            seen: set[int] = set()
            one = chain.first
            while one is not None and id(one) not in seen:
                seen.add(id(one))
                span = self.span(one)
                if span is not None:
                    if span not in at:
                        at[span] = [Mark(f"_:{len(self.marks)}", "entities", *span)]
                        self.marks += at[span]
                    at[span][0].fields.setdefault("entity_id", f"e{number + 1}")
                one = one.next

    def others(self) -> None:
        """Count the annotations of all other types as lost."""
        for one in self.cas.select_all_annotations():
            name = one.type.name
            if name not in _KNOWN and not name.startswith("uima."):
                subtype = any(parent == ENTITY for parent in _ancestors(one.type))
                if not subtype:
                    self.context.losses.add("document", f"annotations of the type {name}", self.doc_id)


def _ancestors(kind: Any) -> Iterator[str]:
    while kind is not None:
        yield kind.name
        kind = kind.supertype


def _present(one: Any, names: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """(field, value) of the features that have one."""
    for feature, field in names.items():
        value = one.get(feature)
        if hasattr(value, "elements"):
            value = _elements(value)
        if value is not None and value != []:
            yield field, value


def _elements(array: Any) -> list[Any]:
    """The elements of a CAS array, which may be a plain list or nothing."""
    if array is None:
        return []
    inner = getattr(array, "elements", array)
    return [] if inner is None else list(inner)
