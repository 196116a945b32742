"""Running a system on the articles of a gold corpus: prediction records to a file, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from goldwire.corpus.tables import Corpus
from goldwire.errors import UsageError
from goldwire.formats.source import write_atomic
from goldwire.reading import load_corpus
from goldwire.systems import Article, Record, System, get, header

__all__ = ["articles_of", "predict", "run"]

_PER_ARTICLE = frozenset({"entities", "events", "times"})
"""Layers whose records are one for each article."""


def run(
    system: str | System,
    output: str | Path,
    gold: str | Path | Corpus | None = None,
    *,
    settings: dict[str, Any] | None = None,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write the system's predictions for the gold's articles to ``output`` (JSON Lines) and return their number.

    progress: called with the number of records written so far.
    Raises UsageError for an unknown system or gold without texts, ReadError, MissingExtra.
    """
    chosen = get(system, **(settings or {})) if isinstance(system, str) else system
    corpus = gold if isinstance(gold, Corpus) else load_corpus(gold)
    count = 0
    with write_atomic(output) as stream:
        for line in predict(chosen, corpus):
            stream.write(json.dumps(line, ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n")
            count += 1
            if progress:
                progress(count - 1)
    return count - 1


def predict(system: System, corpus: Corpus) -> Iterator[Record]:
    """The header and the prediction records of a system for a corpus."""
    first = header(system)
    if corpus.digest:
        first["gold_digest"] = corpus.digest
    yield first
    articles = articles_of(corpus)
    if _PER_ARTICLE.isdisjoint(system.layers):  # what was looked at, so that coverage can be told from finding nothing
        yield from ({"doc_id": article.doc_id} for article in articles)
    yield from system(articles)


def articles_of(corpus: Corpus) -> list[Article]:
    """The articles of a gold corpus as systems see them. Raises UsageError where the texts are missing."""
    table = corpus["articles"]
    rows = table.select(["doc_id", "text", "published"]).to_pylist()
    if not rows or any(row["text"] is None for row in rows):
        raise UsageError(f"the gold {corpus.name!r} holds no texts to run a system on")
    return [Article(row["doc_id"], row["text"], row["published"]) for row in rows]
