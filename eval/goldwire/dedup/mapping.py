"""The first step on every engine: the articles of a file to rows of keys and what is kept of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from goldwire.dedup.articles import Source, articles_in
from goldwire.errors import IncidentError
from goldwire.incidents import Incident, Incidents
from goldwire.systems.joins import Joined, Rows

__all__ = ["DOCS", "KEYS", "NUMBERED", "MappedArticles", "map_file", "numbered", "refuse", "repeated"]

DOCS = pa.schema([("doc_id", pa.string()), ("line", pa.int64()), ("size", pa.int64()), ("kept", pa.large_binary())])
"""An article as the engines keep it: its id, its line, and of joins.Mapped its ``size`` and ``kept``."""

NUMBERED = pa.schema([("number", pa.int64()), DOCS.field("doc_id"), ("shard", pa.int32()), *list(DOCS)[1:]])
KEYS = pa.schema([("key", pa.int64()), ("number", pa.int64()), ("place", pa.int64())])
"""The tables ``docs`` and ``rows`` of databases."""


@dataclass(frozen=True)
class MappedArticles:
    """Some articles of a file: a table of schema DOCS, and their rows, whose ``article`` is the article's row in the file."""

    docs: pa.Table
    rows: Rows


def map_file(system: Joined, source: Source, number: int, incidents: Incidents) -> Iterator[MappedArticles]:
    """The articles of a file, some at a time."""
    before = 0
    for articles in articles_in(source, number, incidents):
        found = system.mapped(articles["text"].to_pylist())
        found.rows["article"] += before
        columns = [articles["doc_id"], articles["line"], pa.array(found.size, pa.int64()), found.kept]
        yield MappedArticles(pa.table(columns, schema=DOCS), found.rows)
        before += len(articles)


def numbered(piece: MappedArticles, shard: int, before: int) -> tuple[pa.Table, pa.Table]:
    """Tables ``docs`` and ``rows`` of databases, of some articles of a file that ``before`` others came ahead of.

    ``number`` is an article's own among all files; keys are the same 64 bits, read as signed.
    """
    first = (shard << 32) + before
    count = len(piece.docs)
    number, shards = pa.array(np.arange(first, first + count)), pa.repeat(pa.scalar(shard, pa.int32()), count)
    columns = [number, piece.docs["doc_id"], shards, *(piece.docs[name] for name in ("line", "size", "kept"))]
    key = np.ascontiguousarray(piece.rows["key"]).view(np.int64)
    owner = piece.rows["article"].astype(np.int64) + (shard << 32)
    return pa.table(columns, schema=NUMBERED), pa.table([key, owner, piece.rows["place"].astype(np.int64)], schema=KEYS)


def repeated(places: Iterable[tuple[str, str, int]]) -> Incidents:
    """Incidents of ids, with the file and line of each, that several articles have; all but the first are wrong."""
    incidents = Incidents()
    seen: set[str] = set()
    for doc_id, shard, line in sorted(places):
        if doc_id in seen:
            incidents.add("repeated-document", shard, line, found=repr(doc_id))
        seen.add(doc_id)
    return incidents


def refuse(found: Iterable[Incident], source: Source) -> None:
    """Raise IncidentError where there are errors."""
    incidents = Incidents()
    incidents.extend(found)
    if incidents.errors:
        raise IncidentError(f"{source.name}: {incidents.errors} error(s), nothing was compared", list(incidents))
