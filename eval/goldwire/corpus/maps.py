"""Label maps: mention types of both sides renamed or dropped before scoring, so that two inventories can be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.labels import labels
from goldwire.corpus.tables import Corpus
from goldwire.errors import ReadError, UsageError
from goldwire.incidents import did_you_mean

__all__ = ["MAPS", "REST", "LabelMap", "apply_map", "load_map", "map_name"]

LabelMap = Mapping[str, str | None]
"""Old label -> new label, or None: mentions of that type are left out."""

MAPS = ("ontonotes", "conll", "ace")
"""Built-in maps, read from schema/labels.json: to the names of OntoNotes 5, CoNLL-2003 and ACE 2005."""

REST = "*"
"""The entry of a map that speaks for every label the map does not name, and for mentions without one."""


def load_map(name_or_path: str | Path) -> dict[str, str | None]:
    """A built-in map by name, or one from a JSON file: an object of old label -> new label or null.

    Labels a map does not name stay as they are, so that each map may be applied to gold and predictions alike, also
    where one side has the new names already.

    Raises UsageError for a name that is neither, ReadError for a file that cannot be read or holds no such object.
    """
    name = str(name_or_path)
    if name in MAPS:
        return _built_in(name)
    path = Path(name_or_path)
    if not path.exists() and not path.suffix:
        near = did_you_mean(name, MAPS)
        hint = f"did you mean {near!r}?" if near else f"maps: {', '.join(MAPS)}, or a JSON file"
        raise UsageError(f"no label map {name!r}; {hint}")
    return _from_file(path)


def map_name(name_or_path: str | Path | None) -> str | None:
    """What a signature calls a map: a built-in one by its name, a file by its stem and the digest of its content."""
    if name_or_path is None or str(name_or_path) in MAPS:
        return None if name_or_path is None else str(name_or_path)
    content = json.dumps(load_map(name_or_path), sort_keys=True, ensure_ascii=False).encode()
    return f"{Path(name_or_path).stem}#{hashlib.sha256(content).hexdigest()[:12]}"


def apply_map(corpus: Corpus, mapping: LabelMap) -> Corpus:
    """The corpus with its mention types renamed and the mentions of dropped types left out; rows keep their order."""
    if not mapping or "mentions" not in corpus:
        return corpus
    mentions = corpus["mentions"]
    old = mentions["type"].combine_chunks()
    renamed = {label: new for label, new in mapping.items() if label != REST}
    at = pc.index_in(old, pa.array(list(renamed), pa.string()), skip_nulls=True)
    new = pa.array(list(renamed.values()), pa.string()).take(at)
    others = pa.scalar(mapping[REST], pa.string()) if REST in mapping else old
    mapped = pc.if_else(pc.is_valid(at), new, others)
    column = mentions.schema.get_field_index("type")
    mentions = mentions.set_column(column, mentions.schema.field(column), mapped)
    # A null that was one before and that no entry speaks for is a mention without a type, not a dropped one.
    kept = pc.is_valid(mapped) if REST in mapping else pc.or_(pc.is_valid(mapped), pc.is_null(old))
    return replace(corpus, tables={**corpus.tables, "mentions": mentions.filter(kept)})


def _built_in(name: str) -> dict[str, str | None]:
    if name == "ontonotes":
        return dict(labels()["ontonotes_names"])
    column = {"conll": "conll2003", "ace": "ace2005"}[name]
    return {label: row[column] for label, row in labels()["entity_types"].items()}


def _from_file(path: Path) -> dict[str, str | None]:
    from goldwire.formats.source import read_bytes
    from goldwire.formats.strict_json import StrictJSONError, loads
    from goldwire.incidents import Incidents

    data = read_bytes(path, Incidents())
    try:
        content = loads(data.decode("utf-8"))
    except (StrictJSONError, UnicodeDecodeError) as error:
        raise ReadError(f"{path}: is no label map ({error})") from None
    if not isinstance(content, dict) or not content:
        raise ReadError(f'{path}: is no label map; expected an object such as {{"PERSON": "PER", "MONEY": null}}')
    for old, new in content.items():
        if not (new is None or (isinstance(new, str) and new)):
            raise ReadError(f"{path}: {old!r} is mapped to {new!r}; expected a label or null")
    return content
