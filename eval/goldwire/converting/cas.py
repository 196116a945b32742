"""UIMA CAS, as XMI or as JSON: one CAS a document, read and written by dkpro-cassis.

Mentions are ``goldwire.Mention``, which extends DKPro Core's ``NamedEntity`` (value, identifier), so that tools that know
only that one see them; coreference stands in the feature ``entityId`` and again in DKPro's CoreferenceChain. Events,
arguments, times and zones have types of their own (see ``_TYPES``). The document's id is DKPro's DocumentMetaData. A CAS
counts UTF-16 units; cassis converts them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from goldwire.converting.attributes import EVERY_FIELD
from goldwire.converting.bundle import Bundle, Holds, Record, level_layers
from goldwire.converting.cas_reading import CHAIN, ENTITY, LINK, METADATA, read_cas
from goldwire.converting.context import Context
from goldwire.converting.files import file_name, files_of, write_folder
from goldwire.converting.marks import Link, Mark, marks_of
from goldwire.errors import MissingExtra, ReadError

__all__ = ["CasJson", "CasXmi"]

_ANNOTATION, _TOP, _ARRAY = "uima.tcas.Annotation", "uima.cas.TOP", "uima.cas.FSArray"
_STRING, _DOUBLE, _BOOLEAN, _INTEGERS = "String", "Double", "Boolean", "IntegerArray"

_TYPES: list[tuple[str, str, dict[str, str]]] = [
    (METADATA, "uima.tcas.DocumentAnnotation", {"documentTitle": _STRING, "documentId": _STRING}),
    (ENTITY, _ANNOTATION, {"value": _STRING, "identifier": _STRING}),
    (LINK, _ANNOTATION, {"next": LINK, "referenceType": _STRING, "referenceRelation": _STRING}),
    (CHAIN, "uima.cas.AnnotationBase", {"first": LINK}),
    (
        "goldwire.Mention",
        ENTITY,
        {"id": _STRING, "entityId": _STRING, "level": _STRING, "metonymic": _BOOLEAN, "score": _DOUBLE,
         "head": _INTEGERS, "fragments": _INTEGERS},
    ),
    (
        "goldwire.Time",
        _ANNOTATION,
        {"label": _STRING, "id": _STRING, "value": _STRING, "resolved": _STRING, "anchor": _STRING, "basis": _STRING,
         "score": _DOUBLE},
    ),
    ("goldwire.Filler", _ANNOTATION, {"entityId": _STRING, "timeId": _STRING, "eventId": _STRING}),
    (
        "goldwire.Argument",
        _TOP,
        {"role": _STRING, "target": _ANNOTATION, "head": _INTEGERS, "score": _DOUBLE},
    ),
    (
        "goldwire.Event",
        _ANNOTATION,
        {"label": _STRING, "id": _STRING, "instanceId": _STRING, "polarity": _STRING, "modality": _STRING,
         "tense": _STRING, "genericity": _STRING, "attributionSource": _STRING, "attributionVia": _STRING,
         "attributionEvent": _STRING, "times": "StringArray", "head": _INTEGERS, "fragments": _INTEGERS,
         "score": _DOUBLE, "arguments": _ARRAY},
    ),
    ("goldwire.Zone", _ANNOTATION, {"zone": _STRING}),
]  # fmt: skip
"""(name, supertype, features) of every type; a range without a dot is one of uima.cas."""

_TYPE_OF = {"entities": "Mention", "times": "Time", "events": "Event", "fillers": "Filler"}


@dataclass(frozen=True)
class _Cas:
    """A folder of CAS files, or a single one to be read."""

    folder: ClassVar[bool] = True
    needs_text: ClassVar[bool] = True
    suffix: ClassVar[str]

    @property
    def holds(self) -> Holds:
        """Every layer of a document."""
        document = frozenset({"doc_id", "text", "zones"})
        return {**EVERY_FIELD, "document": document, "arguments": EVERY_FIELD["arguments"] | {"head", "score"}}

    def read(self, path: Path, context: Context) -> Bundle:
        """Every CAS of a folder, or a single one. XMI needs its TypeSystem.xml in the same folder or one above."""
        _needs_cassis("reading a UIMA CAS")
        bundle = Bundle()
        found = files_of(path, self.suffix) if path.is_dir() else [(path.name.removesuffix(self.suffix), path)]
        if not found:
            raise ReadError(f"{path}: holds no {self.suffix} file")
        for doc_id, file in found:
            record = read_cas(file, doc_id, self.suffix, context)
            if record is not None:
                bundle.add(record, file)
        level_layers(bundle.records, ["entities"])
        return bundle

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """A CAS for every document, and for XMI the type system."""
        _needs_cassis("writing a UIMA CAS")
        types = _type_system()
        files: dict[str, bytes] = {}
        for record in bundle.documents:
            cas = _cas_of(record, types, context, xml=self.suffix == ".xmi")
            content = cas.to_xmi() if self.suffix == ".xmi" else cas.to_json(pretty_print=True)
            files[file_name(record["doc_id"]) + self.suffix] = content.encode("utf-8")
        if self.suffix == ".xmi":
            files["TypeSystem.xml"] = types.to_xml().encode("utf-8")
        write_folder(path, files)


@dataclass(frozen=True)
class CasXmi(_Cas):
    """XMI files with their TypeSystem.xml."""

    name: ClassVar[str] = "cas-xmi"
    about: ClassVar[str] = "UIMA CAS XMI with TypeSystem.xml, a file a document"
    suffix: ClassVar[str] = ".xmi"


@dataclass(frozen=True)
class CasJson(_Cas):
    """JSON files, each with its types."""

    name: ClassVar[str] = "cas-json"
    about: ClassVar[str] = "UIMA CAS JSON, a file a document"
    suffix: ClassVar[str] = ".json"


def _needs_cassis(purpose: str) -> None:
    """Raise MissingExtra where dkpro-cassis is not installed."""
    try:
        import cassis  # noqa: F401
    except ModuleNotFoundError:
        raise MissingExtra("dkpro-cassis", "formats", purpose) from None


def _type_system() -> Any:
    """The types a written CAS uses."""
    from cassis import TypeSystem

    types = TypeSystem()
    for name, supertype, _ in _TYPES:
        types.create_type(name=name, supertypeName=supertype)
    for name, _, features in _TYPES:
        for feature, kind in features.items():
            element = "goldwire.Argument" if kind == _ARRAY else None
            kind = kind if "." in kind else f"uima.cas.{kind}"
            types.create_feature(types.get_type(name), name=feature, rangeType=kind, elementType=element)
    return types


def _camel(name: str) -> str:
    """A record's field as a feature: entity_id is entityId."""
    first, *others = name.replace(".", "_").split("_")
    return first + "".join(other.capitalize() for other in others)


def _cas_of(record: Record, types: Any, context: Context, *, xml: bool) -> Any:
    """A document as a CAS."""
    from cassis import Cas

    text = _storable(record["text"], record["doc_id"], context) if xml else record["text"]
    cas = Cas(typesystem=types, sofa_string=text, sofa_mime="text/plain")
    writer = _Writer(cas, types, len(text))
    cas.add(types.get_type(METADATA)(begin=0, end=len(text), documentId=record["doc_id"]))
    marks, links = marks_of(record, context.losses)
    for mark in marks:
        writer.mark(mark)
    writer.arguments(links)
    writer.chains(marks)
    for zone in record.get("zones", []):
        cas.add(types.get_type("goldwire.Zone")(begin=zone["start"], end=zone["end"], zone=zone["zone"]))
    return cas


def _storable(text: str, doc_id: str, context: Context) -> str:
    """The text with U+FFFD for every character that XML has no way to write; offsets stay as they are."""
    kept = "".join(
        char if char in "\t\n\r" or "\x20" <= char <= "\ufffd" or char > "\uffff" else "\ufffd" for char in text
    )
    changed = sum(a != b for a, b in zip(text, kept, strict=True))
    context.losses.add("document", "characters that XML cannot hold (written as U+FFFD)", doc_id, changed)
    return kept


class _Writer:
    """Puts marks and links into a CAS."""

    def __init__(self, cas: Any, types: Any, length: int) -> None:
        self.cas, self.types, self.length = cas, types, length
        self.made: dict[str, Any] = {}

    def mark(self, mark: Mark) -> None:
        """An annotation for a mark."""
        fields = dict(mark.fields)
        if not mark.key.startswith("_:"):
            fields.setdefault("id", mark.key)
        if mark.type is not None:
            fields["value" if mark.layer == "entities" else "label"] = mark.type
        if "kb_id" in fields:
            fields["identifier"] = fields.pop("kb_id")
        for key, value in fields.pop("attribution", {}).items():
            fields[f"attribution_{key}"] = value
        kind = self.types.get_type(f"goldwire.{_TYPE_OF[mark.layer]}")
        made = kind(begin=mark.start, end=mark.end, **dict(self.features(fields)))
        self.cas.add(made)
        self.made[mark.key] = made

    def features(self, fields: Record) -> Iterator[tuple[str, Any]]:
        """Feature names and values, lists as CAS arrays."""
        for name, value in fields.items():
            if isinstance(value, list):
                kind = "uima.cas.StringArray" if name == "times" else "uima.cas.IntegerArray"
                value = self.types.get_type(kind)(elements=value)
            yield _camel(name), float(value) if name == "score" else value

    def arguments(self, links: list[Link]) -> None:
        """Arguments of the events."""
        kind, array = self.types.get_type("goldwire.Argument"), self.types.get_type(_ARRAY)
        found: dict[str, list[Any]] = defaultdict(list)
        for link in links:
            target = self.made[link.target]
            found[link.source].append(kind(role=link.label, target=target, **dict(self.features(link.fields))))
        for key, arguments in found.items():
            self.made[key].arguments = array(elements=arguments)

    def chains(self, marks: list[Mark]) -> None:
        """DKPro's chains of mentions that are one entity, beside the feature that says so."""
        chains: dict[str, list[Mark]] = defaultdict(list)
        for mark in marks:
            if mark.layer == "entities" and "entity_id" in mark.fields:
                chains[mark.fields["entity_id"]].append(mark)
        for chain in chains.values():
            following = None
            for mark in sorted(chain, key=lambda mark: (mark.start, mark.end), reverse=True):
                kind = mark.fields.get("level")
                following = self.types.get_type(LINK)(
                    begin=mark.start, end=mark.end, next=following, referenceType=kind
                )
                self.cas.add(following)
            self.cas.add(self.types.get_type(CHAIN)(first=following))
