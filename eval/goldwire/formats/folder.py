"""The annotation folder, the canonical source: articles/, gold/ and corpus.json, read into records.

Every file is checked against its schema; what can be read is kept so that all findings show in one run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from goldwire.errors import ReadError
from goldwire.formats.jsonl import RecordFile
from goldwire.formats.records import RECORD
from goldwire.formats.source import read_bytes
from goldwire.formats.strict_json import Path as JsonPath
from goldwire.formats.strict_json import StrictJSONError, line_index, loads
from goldwire.incidents import Incidents, did_you_mean, path_text
from goldwire.schemas import errors_of

__all__ = ["JsonFile", "Source", "is_source", "read_source"]

_INDEXES = {
    "entities": ("entities", "entities"),
    "event_instances": ("events", "instances"),
    "duplicates": ("duplicates", "pairs"),
    "passages": ("passages", "passages"),
}
"""Corpus-level gold file -> (its schema, its list)."""


@dataclass
class JsonFile:
    """A JSON file with the lines of its values at hand."""

    path: str
    text: str
    content: dict[str, Any]

    @cached_property
    def _lines(self) -> dict[JsonPath, int]:
        return line_index(self.text)

    def line(self, path: JsonPath) -> int:
        """Line on which the value at ``path``, or its nearest parent, starts."""
        depth = len(path)
        while path[:depth] not in self._lines:
            depth -= 1
        return self._lines[path[:depth]]


@dataclass
class Source:
    """An annotation folder as read. ``articles`` and ``gold`` are by document id, in the order of the ids."""

    folder: Path
    corpus: JsonFile | None = None
    articles: dict[str, JsonFile] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    gold: dict[str, JsonFile] = field(default_factory=dict)
    indexes: dict[str, JsonFile] = field(default_factory=dict)

    def index(self, name: str) -> list[dict[str, Any]]:
        """The entries of a corpus-level file ("entities", "event_instances", "duplicates", "passages")."""
        file = self.indexes.get(name)
        return file.content[_INDEXES[name][1]] if file else []

    def records(self) -> RecordFile:
        """The folder as one table of records: articles with their annotation, then pairs, then passages."""
        rows: list[dict[str, Any]] = []
        origin: list[tuple[JsonFile, JsonPath]] = []
        for doc_id, article in self.articles.items():
            gold = self.gold.get(doc_id)
            row = {key: article.content[key] for key in ("doc_id", "sha256", "length", "published", "zones")}
            content = dict(gold.content) if gold else {}
            content["entities"] = [{"metonymic": False, **mention} for mention in content.get("entities", [])]
            rows.append({**row, "text": self.texts.get(doc_id), **content})
            origin.append((gold or article, ()))
        for name in ("duplicates", "passages"):
            for i, entry in enumerate(self.index(name)):
                rows.append(entry)
                origin.append((self.indexes[name], (_INDEXES[name][1], i)))

        def place(record: int, path: JsonPath) -> tuple[str, int]:
            file, prefix = origin[record]
            if path and path[0] == "zones":
                file = self.articles[rows[record]["doc_id"]]
            return file.path, file.line((*prefix, *path))

        header = {"corpus": self.corpus.content if self.corpus else {}, "entity_scope": "corpus"}
        return RecordFile(str(self.folder), header, pa.Table.from_pylist(rows, schema=RECORD), place)


def _layout(folder: Path) -> tuple[Path, Path] | None:
    """(folder of articles/ and corpus.json, folder of the annotation), or None where there is no such thing.

    A pass, passes/NAME/, holds annotation alone; its articles are those of the corpus around it.
    """
    if (folder / "articles").is_dir():
        return folder, folder / "gold"
    around = folder.resolve().parent.parent
    if folder.resolve().parent.name == "passes" and (around / "articles").is_dir():
        return around, folder
    return None


def is_source(folder: Path) -> bool:
    """Whether a folder is an annotation folder, or one pass of one."""
    return _layout(folder) is not None


def read_source(folder: Path, incidents: Incidents) -> Source:
    """Read an annotation folder or a pass. Raises ReadError when it is none."""
    layout = _layout(folder)
    if layout is None:
        raise ReadError(f"{folder}: is no annotation folder (it holds no 'articles' folder)")
    corpus, annotation = layout
    source = Source(folder)
    source.corpus = _read(corpus / "corpus.json", "corpus", incidents)
    for path in sorted((corpus / "articles").glob("*.json")):
        article = _own(path, "article", incidents)
        if article is None:
            continue
        source.articles[path.stem] = article
        text = _text(path.with_suffix(".txt"), incidents)
        if text is not None:
            source.texts[path.stem] = text
        gold = _own(annotation / path.name, "annotation", incidents)
        if gold is not None:
            source.gold[path.stem] = gold
    for path in sorted((corpus / "articles").glob("*.txt")):
        if not path.with_suffix(".json").exists():
            incidents.add("missing-file", str(path.with_suffix(".json")), 0)
    for path in sorted(annotation.glob("*.json")):
        if path.stem not in _INDEXES and not (corpus / "articles" / path.name).exists():
            near = did_you_mean(path.stem, source.articles)
            incidents.add("unknown-document", str(path), 0, found=repr(path.stem), suggestion=near)
    for name, (schema, _) in _INDEXES.items():
        index = _read(annotation / f"{name}.json", schema, incidents)
        if index is not None:
            source.indexes[name] = index
    return source


def _own(path: Path, schema: str, incidents: Incidents) -> JsonFile | None:
    """A per-article file, whose doc_id must be its name."""
    file = _read(path, schema, incidents)
    if file is None or file.content["doc_id"] == path.stem:
        return file
    doc_id = repr(file.content["doc_id"])
    line = file.line(("doc_id",))
    incidents.add("unknown-document", str(path), line, item="doc_id", found=doc_id, expected=repr(path.stem))
    return None


def _text(path: Path, incidents: Incidents) -> str | None:
    if not path.exists():
        incidents.add("missing-file", str(path), 0, expected="the article's text")
        return None
    try:
        return read_bytes(path, incidents).decode("utf-8")
    except UnicodeDecodeError as error:
        incidents.add("encoding", str(path), 0, found=f"byte {error.object[error.start]:#04x}", expected="UTF-8")
        return None


def _read(path: Path, schema: str, incidents: Incidents) -> JsonFile | None:
    """One JSON file, or None after recording why it cannot be used."""
    if not path.exists():
        incidents.add("missing-file", str(path), 0)
        return None
    try:
        text = read_bytes(path, incidents).decode("utf-8")
        content = loads(text)
    except UnicodeDecodeError as error:
        incidents.add("encoding", str(path), 0, found=f"byte {error.object[error.start]:#04x}", expected="UTF-8")
        return None
    except StrictJSONError as error:
        incidents.add(error.rule, str(path), error.line, found=str(error))
        return None
    file = JsonFile(str(path), text, content)
    problems = list(errors_of(schema, content))
    for where, message in problems:
        incidents.add("schema", str(path), file.line(where), item=path_text(where), found=message)
    return None if problems else file
