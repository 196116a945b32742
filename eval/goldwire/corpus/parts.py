"""Some documents of a corpus."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus

__all__ = ["part_of"]


def part_of(corpus: Corpus, doc_ids: Collection[str]) -> Corpus:
    """The corpus with these documents only; of pairs and passages those that lie in them on both sides."""
    kept = pa.array([doc_id for doc_id in corpus.doc_ids if doc_id in set(doc_ids)], pa.string())
    tables = {}
    for name, table in corpus.tables.items():
        inside = None
        for column in ("doc_id",) if "doc_id" in table.column_names else ("a", "b"):
            one = pc.is_in(table[column], value_set=kept)
            inside = one if inside is None else pc.and_(inside, one)
        tables[name] = table if name == "contrasts" else table.filter(inside)
    return replace(corpus, doc_ids=tuple(kept.to_pylist()), tables=tables)
