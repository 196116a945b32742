"""From a path to a Corpus: gold from the package, an annotation folder, a built dataset or one file; predictions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.digest import release_digest, table_digest
from goldwire.corpus.labels import Inventory, standard_inventory
from goldwire.corpus.tables import SCHEMAS, Corpus, empty
from goldwire.errors import IncidentError, ReadError
from goldwire.formats.check import Reference, check_layers
from goldwire.formats.folder import is_source, read_source
from goldwire.formats.grounding import COLUMNS
from goldwire.formats.jsonl import RecordFile, parse_jsonl
from goldwire.formats.records import Layer, flatten
from goldwire.formats.source import read_bytes
from goldwire.formats.text_index import TextIndex
from goldwire.incidents import UNDROPPABLE, Incidents
from goldwire.paths import data_folder
from goldwire.threads import begun

__all__ = [
    "Opened",
    "Predictions",
    "admit",
    "is_folder",
    "load_corpus",
    "opened",
    "predictions_of",
    "read_file",
    "read_gold",
    "read_predictions",
    "reference_of",
    "released",
    "used_labels",
]

LAYER_TABLES = {
    "entities": "mentions",
    "events": "triggers",
    "times": "times",
    "duplicates": "links",
    "passages": "passages",
}
"""Layer a prediction header may claim -> corpus table."""


@dataclass(frozen=True)
class Predictions:
    """A system's output as read: its corpus, what was wrong with it, and how many items were left out for that."""

    corpus: Corpus
    incidents: Incidents
    dropped: int = 0


@dataclass(frozen=True)
class Opened:
    """A prediction file that has been opened; ``read`` yields its records and what was wrong with them."""

    path: str
    read: Callable[[], tuple[RecordFile, Incidents]]


@contextmanager
def opened(path: str | Path) -> Iterator[Opened]:
    """Read a prediction file while the block does something else, such as loading the gold.

    Only a plain file is read ahead. Standard input and pipes may keep a reader waiting, so they are read when asked for.
    """
    read = partial(_read, path)
    if os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises where it may not look
        with begun(read) as result:
            yield Opened(str(path), result)
    else:
        yield Opened(str(path), read)


def _read(path: str | Path) -> tuple[RecordFile, Incidents]:
    incidents = Incidents()
    return read_file(path, incidents), incidents


def load_corpus(path: str | Path | None = None) -> Corpus:
    """The gold at ``path`` (annotation folder, built dataset, JSONL or Parquet file), or the packaged gold.

    "OWNER/NAME@vX.Y.Z" is a release on a hub (with "#DIGEST", it must have that digest); nothing else needs the network
    or a cache. Raises ReadError, IncidentError when the gold has errors, and ReleaseError when what a hub or its cache
    gave is not the release asked for.
    """
    incidents = Incidents()
    corpus = read_gold(path, incidents)
    if incidents.errors:
        raise IncidentError(f"{path or 'the packaged gold'}: {incidents.errors} error(s) in the gold", list(incidents))
    return corpus


def read_gold(path: str | Path | None, incidents: Incidents) -> Corpus:
    """As load_corpus, with the findings collected instead of raised."""
    if path is None:
        from goldwire.formats.dataset import read_dataset

        return read_dataset(data_folder("dataset"), incidents)
    where = released(path)
    if is_folder(where):
        from goldwire.formats.dataset import is_dataset, read_dataset

        if is_dataset(where):
            return read_dataset(where, incidents)
        if is_source(where):
            return _source_gold(where, incidents)
        raise ReadError(f"{where}: is neither a built dataset nor an annotation folder")
    return gold_of(read_file(path, incidents), incidents)


def released(path: str | Path) -> Path:
    """The path itself, or the folder of the release on a hub that it names, fetched and held against its digests.

    Raises HubError, ReleaseError, and ReadError for a hub's dataset without a revision.
    """
    from goldwire.hub.client import is_repository, parse_reference

    reference = parse_reference(path)
    if reference is None:
        if is_repository(path):
            raise ReadError(f"{path}: no such file or folder; a release on a hub is named {path}@vX.Y.Z")
        return Path(path)
    import logging

    from goldwire.hub.verify import open_release

    folder, remarks = open_release(reference)
    for remark in remarks:
        logging.getLogger("goldwire").warning(remark)
    return folder


def _source_gold(folder: Path, incidents: Incidents) -> Corpus:
    """An annotation folder as gold; with the digest of the release it would build, if it is free of errors."""
    from goldwire.building.rules import check_source
    from goldwire.building.tables import config_tables
    from goldwire.formats.dataset import contrasts

    source = read_source(folder, incidents)
    check_source(source, incidents)
    corpus = gold_of(source.records(), incidents)
    corpus = replace(corpus, tables={**corpus.tables, "contrasts": contrasts(source.index("event_instances"))})
    if incidents.errors:
        return corpus
    digests = {name: table_digest(table) for name, table in config_tables(source).items()}
    return replace(corpus, digest=release_digest(digests))


def is_folder(path: Path) -> bool:
    """Whether a path is a folder. Raises ReadError where that cannot be found out."""
    try:
        return path.is_dir()
    except OSError as error:
        raise ReadError(f"{path}: cannot be read ({error.strerror})") from None


def read_file(path: str | Path, incidents: Incidents) -> RecordFile:
    """A gold or prediction file, JSON Lines or Parquet by its content. Raises ReadError."""
    data = read_bytes(path, incidents)
    if data[:4] == b"PAR1":
        from goldwire.formats.parquet import parse_parquet

        file = parse_parquet(data, str(path), incidents)
    else:
        file = parse_jsonl(data, str(path), incidents)
    file.digest = hashlib.sha256(data).hexdigest()
    return file


def gold_of(
    file: RecordFile, incidents: Incidents, used: Inventory | None = None, tables_elsewhere: Collection[str] = ()
) -> Corpus:
    """Gold as a Corpus, checked against itself.

    A corpus that names itself (corpus.json, or "corpus" in the header) is held to the standard labels or to those it
    declares; a bare file may use any, which cannot be told from typing errors.

    used: the labels in use, where the file is a part of the gold. tables_elsewhere: tables that other parts have.
    """
    layers = flatten(file.records)
    about = file.header.get("corpus") or {}
    tables = _tables(layers)
    articles = tables.get("articles")
    if articles is None and "articles" in tables_elsewhere:
        articles = empty("articles")
    documents = _documents({"articles": articles} if articles is not None else tables)
    bare = Corpus(documents, tables, meta=file.header)
    reference = reference_of(bare, used)
    if about:
        reference = replace(reference, inventory=_declared(about))
    checked = check_layers(file, layers, reference, incidents, gold=True)
    name = about.get("name") or _stem(file.path)
    return replace(bare, tables=_tables(checked), name=name, version=about.get("version"), digest=file.digest)


def read_predictions(path: str | Path | Opened, gold: Corpus, types: Iterable[str] = ()) -> Predictions:
    """Read and check a prediction file against the gold it will be scored with; bad items are left out and counted.

    types: mention types that are legal beside the gold's, such as those of a label map. Whether a file with errors is
    scored at all is the caller's decision. Raises ReadError.
    """
    file, incidents = path.read() if isinstance(path, Opened) else _read(path)
    return predictions_of(file, gold, incidents, types)


def admit(
    path: str | Path | Opened, gold: Corpus, on_error: str = "stop", types: Iterable[str] = (), *, task: str = "scored"
) -> Predictions:
    """As read_predictions, of a file that is fit for use.

    on_error: "stop" refuses errors, "drop" leaves the bad records and items out and counts them; errors of the file as
    a whole are refused either way. task: what is not done with a file that is refused. Raises IncidentError.
    """
    read = read_predictions(path, gold, types)
    fatal = any(read.incidents.counts[rule] for rule in UNDROPPABLE)
    if fatal or (read.incidents.errors and on_error != "drop"):
        hint = "" if fatal else " (--on-error=drop leaves them out)"
        name = path.path if isinstance(path, Opened) else path
        raise IncidentError(f"{name}: {read.incidents.errors} error(s), not {task}{hint}", list(read.incidents))
    return read


def predictions_of(
    file: RecordFile, gold: Corpus, incidents: Incidents, types: Iterable[str] = (), used: Inventory | None = None
) -> Predictions:
    """As read_predictions, of a file that has been read; ``used`` as in ``gold_of``."""
    layers = flatten(file.records)
    stated = file.header.get("gold_digest")
    if stated and gold.digest and stated != gold.digest:
        incidents.add("digest-mismatch", file.path, 1, found=stated, expected=gold.digest)
    reference = reference_of(gold, used)
    inventory = replace(reference.inventory, entity_types=reference.inventory.entity_types | set(types))
    checked = check_layers(file, layers, replace(reference, inventory=inventory), incidents)
    before = sum(len(layer.record) for layer in layers.values()) + file.broken
    dropped = before - sum(len(layer.record) for layer in checked.values())
    tables = _tables(checked)
    for layer in (file.header.get("system") or {}).get("layers") or []:  # a system that found nothing said so
        if layer in LAYER_TABLES:
            tables.setdefault(LAYER_TABLES[layer], empty(LAYER_TABLES[layer]))
    name = (file.header.get("system") or {}).get("name") or _stem(file.path)
    version = (file.header.get("system") or {}).get("version")
    corpus = Corpus(_documents(tables), tables, name=name, version=version, digest=file.digest, meta=file.header)
    return Predictions(corpus, incidents, dropped)


def reference_of(gold: Corpus, used: Inventory | None = None) -> Reference:
    """What predictions are checked against: the gold's documents, texts and labels."""
    doc_ids = pa.array(gold.doc_ids, pa.string())
    articles = gold["articles"]
    row = pc.index_in(doc_ids, articles["doc_id"].combine_chunks())
    texts = articles["text"].combine_chunks().take(row)
    lengths = articles["length"].combine_chunks().take(row)
    inventory = _declared(gold.meta.get("corpus") or {}).or_else(used or used_labels(gold))
    return Reference(gold.doc_ids, TextIndex(texts, lengths), inventory)


def _declared(about: Mapping[str, Any]) -> Inventory:
    return standard_inventory().replaced(about.get("labels"))


def used_labels(corpus: Corpus) -> Inventory:
    """The labels that occur in a corpus."""

    def used(table: pa.Table, column: str) -> frozenset[str]:
        return frozenset(pc.unique(table[column]).drop_null().to_pylist())

    triggers, arguments = corpus["triggers"], corpus["arguments"]
    roles: dict[str, set[str]] = {kind: set() for kind in used(triggers, "type")}
    if len(arguments):
        own, theirs = (
            pc.binary_join_element_wise(table["doc_id"], table["event_id"], "\0").combine_chunks()
            for table in (triggers, arguments)
        )
        kinds = triggers["type"].combine_chunks().take(pc.index_in(theirs, own)).dictionary_encode()
        names = arguments["role"].combine_chunks().dictionary_encode()
        codes = [pc.fill_null(column.indices, -1).to_numpy(zero_copy_only=False) for column in (kinds, names)]
        known = (codes[0] >= 0) & (codes[1] >= 0)
        width = len(names.dictionary)
        for pair in np.unique(codes[0][known].astype(np.int64) * width + codes[1][known]).tolist():
            roles[kinds.dictionary[pair // width].as_py()].add(names.dictionary[pair % width].as_py())
    return Inventory(
        used(corpus["mentions"], "type"),
        used(corpus["times"], "type"),
        {kind: frozenset(names) for kind, names in roles.items()},
    )


def _stem(path: str) -> str:
    """A name for what a file holds: its own up to the first dot, as clean text."""
    return (Path(path).name.split(".")[0] or "unnamed").encode("utf-8", "replace").decode()


def _tables(layers: dict[str, Layer]) -> dict[str, pa.Table]:
    """The corpus tables; those with grounded items have the columns of ``grounding.COLUMNS`` beside their own."""
    return {
        name: layer.table.select([*SCHEMAS[name].names, *(COLUMNS if "grounding" in layer.table.column_names else ())])
        for name, layer in layers.items()
    }


def _documents(tables: dict[str, pa.Table]) -> tuple[str, ...]:
    """Ids of all documents the tables name, in order of first appearance."""
    columns: Sequence[tuple[str, str]] = [
        ("articles", "doc_id"), ("clusters", "doc_id"), ("links", "a"), ("links", "b"), ("passages", "a"),
        ("passages", "b"),
    ]  # fmt: skip
    chunks = [chunk for name, column in columns if name in tables for chunk in tables[name][column].chunks]
    if not chunks:
        return ()
    return tuple(pc.unique(pa.chunked_array(chunks)).drop_null().to_pylist())
