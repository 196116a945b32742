"""`goldwire init`: an annotation folder from texts or from any format, which validate, build and agree take as it is.

The schema of gold asks more than most formats hold. What had to be filled in (levels, heads, attributes of events) is
counted beside what was lost, so that annotators know what to look at first.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldwire.converting.bundle import Bundle, Record
from goldwire.converting.context import Context, Texts
from goldwire.converting.conversion import read_bundle
from goldwire.converting.files import write_folder
from goldwire.converting.founding_layers import Founder
from goldwire.converting.tokens import Tokens
from goldwire.corpus.labels import labels, standard_inventory
from goldwire.errors import IncidentError, ReadError, UsageError
from goldwire.incidents import Incidents

__all__ = ["About", "Founded", "found_corpus", "found_pass"]

_RESERVED = frozenset({"entities", "event_instances", "duplicates", "passages"})


@dataclass(frozen=True)
class About:
    """What the corpus says of itself; see schema/corpus.schema.json. Empty: made up from the folder's name."""

    name: str = ""
    title: str = ""
    language: str = "en"
    annotation_licence: str = "CC-BY-4.0"
    holder: str = "unknown"
    text_licence: str = ""


@dataclass(frozen=True)
class Founded:
    """What was begun. counts: items written by kind; incidents: of reading the source and of the new folder."""

    folder: Path
    counts: Mapping[str, int]
    context: Context
    incidents: Incidents


def found_corpus(
    folder: str | Path,
    source: str | Path,
    *,
    source_format: str | None = None,
    source_settings: Mapping[str, Any] | None = None,
    gold: str | Path | None = None,
    texts: str | Path | None = None,
    about: About | None = None,
    on_error: str = "stop",
) -> Founded:
    """Begin an annotation folder (articles/, gold/, corpus.json) in a new or empty folder.

    gold, texts, on_error as in convert. Raises UsageError, ReadError, MissingExtra and, where the source has errors,
    IncidentError.
    """
    target, about = Path(folder), about or About()
    context = Context(Texts(gold, texts))
    bundle = _read(source, source_format, source_settings, context, on_error)
    if not bundle.documents:
        raise UsageError(f"{source}: holds no documents to begin a corpus with")
    records = _renamed(bundle, context)
    files: dict[str, bytes] = {}
    kept = [record for record in records.documents if _article(record, about, files, context)]
    founder = Founder(
        Bundle(records.header, [*kept, *records.of("pairs"), *records.of("passages")]), files, context.losses
    )
    files |= {f"gold/{name}": content for name, content in founder.files().items()}
    files["corpus.json"] = _json(_corpus(about, target, founder.labels()))
    write_folder(target, files)
    return Founded(target, founder.counts(), context, _checked(target, context))


def found_pass(
    folder: str | Path,
    name: str,
    source: str | Path,
    *,
    source_format: str | None = None,
    source_settings: Mapping[str, Any] | None = None,
    on_error: str = "stop",
) -> Founded:
    """Add a second annotation of the same articles as passes/NAME, for `goldwire agree`. Raises as found_corpus."""
    corpus = Path(folder)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise UsageError(f"{name!r} is no name for a pass: letters, digits, dots, hyphens")
    if not (corpus / "articles").is_dir():
        raise ReadError(f"{corpus}: is no annotation folder (it holds no 'articles' folder)")
    context = Context(Texts(folder=corpus / "articles"))
    bundle = _read(source, source_format, source_settings, context, on_error)
    records = _renamed(bundle, context)
    known = context.texts.known
    unknown = [record["doc_id"] for record in records.documents if record["doc_id"] not in known]
    if unknown:
        raise UsageError(f"{source}: {unknown[0]!r} is no article of {corpus} ({len(unknown)} such document(s))")
    given = {record["doc_id"]: record for record in records.documents}
    for doc_id in known.keys() - given.keys():
        context.losses.add("document", "an article without annotation, taken as one with nothing in it", doc_id)
    rows = [{**given.get(doc_id, {"doc_id": doc_id}), "text": text} for doc_id, text in sorted(known.items())]
    articles = {f"articles/{path.name}": path.read_bytes() for path in (corpus / "articles").glob("*.json")}
    founder = Founder(Bundle(records.header, [*rows, *records.of("passages")]), articles, context.losses)
    write_folder(corpus / "passes" / name, founder.files())
    return Founded(corpus / "passes" / name, founder.counts(), context, _checked(corpus / "passes" / name, context))


def _read(
    source: str | Path, name: str | None, settings: Mapping[str, Any] | None, context: Context, on_error: str
) -> Bundle:
    bundle, _ = read_bundle(source, name, context, settings)
    if context.incidents.errors and on_error == "stop":
        count = context.incidents.errors
        raise IncidentError(f"{source}: {count} error(s), nothing was begun", list(context.incidents))
    context.losses.format = "init"
    for record in bundle.of("clusters"):
        context.losses.add("clusters", "the whole layer", record["doc_id"])
    return bundle


def _renamed(bundle: Bundle, context: Context) -> Bundle:
    """The bundle with ids of documents that can be names of files."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for record in bundle.documents:
        plain = re.sub(r"[^\w.-]", "_", record["doc_id"]).lstrip(".") or "_"
        while plain in taken or plain in _RESERVED:
            plain += "_"
        taken.add(plain)
        names[record["doc_id"]] = plain
        if plain != record["doc_id"]:
            context.losses.add("document", "its id, changed so that it can name a file", record["doc_id"])
    renamed = [
        {key: names.get(value, value) if key in ("doc_id", "a", "b") else value for key, value in record.items()}
        for record in bundle.records
    ]
    return Bundle(bundle.header, renamed)


def _article(record: Record, about: About, files: dict[str, bytes], context: Context) -> bool:
    """Add an article's two files; False for one without a text."""
    text = context.needed_text(record)
    record["text"] = text
    if not text.strip():
        context.losses.add("document", "a document without words", record["doc_id"])
        return False
    data = text.encode()
    zones = _zones(record, context)
    article = {
        "doc_id": record["doc_id"], "sha256": hashlib.sha256(data).hexdigest(), "length": len(text),
        "published": record.get("published"), "headline": None, "agencies": [],
        "rights": {
            "holder": about.holder, "evidence": "Stated to goldwire init.", "text_licence": about.text_licence or None,
            "text_terms": about.text_licence or "Not stated.", "annotation_licence": about.annotation_licence,
        },
        "zones": zones, "sentences": _sentences(text, zones),
    }  # fmt: skip
    files[f"articles/{record['doc_id']}.txt"] = data
    files[f"articles/{record['doc_id']}.json"] = _json(article)
    return True


def _zones(record: Record, context: Context) -> list[Record]:
    """The zones of a document where they partition it, else one body."""
    zones: list[Record] = record.get("zones", [])
    ends = [0, *(zone["end"] for zone in zones)]
    whole = bool(zones) and ends[-1] == len(record["text"])
    legal = all(zone["zone"] in labels()["zones"] and zone["end"] > zone["start"] for zone in zones)
    if whole and legal and [zone["start"] for zone in zones] == ends[:-1]:
        return zones
    if zones:
        context.losses.add("document", "zones that do not partition the text, now one body", record["doc_id"])
    return [{"zone": "body", "start": 0, "end": len(record["text"])}]


def _sentences(text: str, zones: list[Record]) -> list[Record]:
    """Sentences by rule, none across the border of a zone."""
    tokens = Tokens.of(text)
    borders = [zone["end"] for zone in zones]
    found: list[Record] = []
    for first, last in tokens.sentences:
        zone = -1
        for start, end in tokens.spans[first:last]:
            here = sum(border <= start for border in borders)
            if here == zone:
                found[-1]["end"] = end
            else:
                found.append({"start": start, "end": end})
                zone = here
    return [_inside(sentence, borders) for sentence in found]


def _inside(sentence: Record, borders: list[int]) -> Record:
    """A sentence that ends where its zone does, if a token runs over the border."""
    end = next(border for border in borders if border > sentence["start"])
    return {"start": sentence["start"], "end": min(sentence["end"], end)}


def _corpus(about: About, folder: Path, used: Record) -> Record:
    standard = standard_inventory()
    plain = unicodedata.normalize("NFKD", folder.resolve().name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    declared: Record = {}
    if not set(used["entity_types"]) <= standard.entity_types:
        declared["entity_types"] = used["entity_types"]
    if not set(used["time_types"]) <= standard.time_types:
        declared["time_types"] = used["time_types"]
    roles = used["event_roles"]
    if not all(
        set(names) <= standard.roles.get(kind, frozenset()) and kind in standard.roles for kind, names in roles.items()
    ):
        declared["event_roles"] = roles
    return {
        "name": about.name or slug or "corpus", "title": about.title or folder.resolve().name, "version": "0.1.0",
        "language": about.language, "annotation_licence": about.annotation_licence, "canary": str(uuid.uuid4()),
        "all_pairs": False, **({"labels": declared} if declared else {}), "annotators": [],
    }  # fmt: skip


def _checked(folder: Path, context: Context) -> Incidents:
    """What reading found, and what there is to say of the new folder."""
    from goldwire.validation import validate

    context.incidents.extend(validate(folder))
    return context.incidents


def _json(content: Record) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
