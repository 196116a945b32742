"""One machine: shards are sorted into buckets on disk, and the buckets counted one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import IntArray
from goldwire.engines.joins import BLOCKS, NONE, Joining, Joins, key_of
from goldwire.engines.kernel import Part, Plan, count
from goldwire.engines.parts import Parts
from goldwire.engines.shards import size_of
from goldwire.engines.sources import JOINING, Source, Tables
from goldwire.engines.spill import Spill
from goldwire.engines.survey import Progress, Survey

__all__ = ["Local", "buckets_for", "documents_in", "joins_of"]

_BUCKET = 1 << 24
"""Bytes of shards, as they are stored, that go into one bucket."""


def buckets_for(gold: Source | Corpus, pred: Source) -> int:
    """Into how many buckets shards are sorted, by the bytes they take."""
    shards = (*(() if isinstance(gold, Corpus) else gold.shards), *pred.shards)
    return min(BLOCKS, max(1, -(-sum(map(size_of, shards)) // _BUCKET)))


@dataclass(frozen=True)
class Local:
    """The engine. Finished shards and parts stay in ``folder`` and are not done again."""

    gold: Source | Corpus
    pred: Source
    folder: Path
    progress: Progress

    def survey(self) -> tuple[Survey, Survey]:
        """Sort all shards; what gold and predictions hold."""
        gold = Survey() if isinstance(self.gold, Corpus) else self._filled(self._spill(self.gold), "reading gold")
        return gold, self._filled(self._spill(self.pred), "reading predictions")

    def parts(self, plan: Plan) -> Iterator[Part]:
        """The counts of every bucket."""
        gold, pred = None if isinstance(self.gold, Corpus) else self._spill(self.gold), self._spill(self.pred)
        joins = Joins.merged([pred.stated(), NONE if gold is None else gold.stated()])
        if isinstance(self.gold, Corpus) and (plan.joined or len(joins)):
            joins = Joins.merged([joins, joins_of(self.gold)])
        if len(joins):
            gold, pred = None if gold is None else self._joined(gold, joins), self._joined(pred, joins)
        kept, buckets = Parts(self.folder / "parts"), pred.buckets
        at = (
            joins.buckets(key_of(pa.array(self.gold.doc_ids, pa.string())), buckets)
            if isinstance(self.gold, Corpus)
            else None
        )
        for bucket in range(buckets):
            part = kept.read(bucket)
            if part is None:
                part = count(plan, self._gold(gold, at, bucket), pred.read(bucket))
                kept.write(bucket, part)
            self.progress("counting", bucket + 1, buckets)
            yield part

    def _gold(self, spill: Spill | None, at: IntArray | None, bucket: int) -> Tables | Corpus:
        if spill is not None:
            return spill.read(bucket)
        return documents_in(self.gold, at == bucket)

    def _spill(self, source: Source) -> Spill:
        return Spill(self.folder / source.side, source, buckets_for(self.gold, self.pred))

    def _joined(self, spill: Spill, joins: Joins) -> Spill:
        joined = spill.joined(self.folder / f"joined-{spill.source.side}", joins)
        self._filled(joined, f"joining {spill.source.side}")
        return joined

    def _filled(self, spill: Spill, what: str) -> Survey:
        return spill.fill(lambda done: self.progress(what, done, len(spill.source.shards)))


def joins_of(gold: Corpus) -> Joins:
    """Which documents the gold's pairs and clusters join."""
    joining = Joining("gold")
    for name in sorted(JOINING & gold.tables.keys()):
        joining.add(gold[name])
    return joining.joins()


def documents_in(gold: Corpus, own: np.ndarray) -> Corpus:
    """The gold of some documents, (documents,) marked, with what lies between two of them."""
    doc_ids = tuple(name for name, marked in zip(gold.doc_ids, own.tolist(), strict=True) if marked)
    kept = pa.array(doc_ids, pa.string())

    def part(name: str, table: pa.Table) -> pa.Table:
        column = "doc_id" if "doc_id" in table.column_names else "a" if name in JOINING else ""
        return table.filter(pc.is_in(table[column], value_set=kept)) if column else table

    tables = {name: part(name, table) for name, table in gold.tables.items()}
    return Corpus(doc_ids, tables, gold.name, gold.version, gold.digest, gold.meta)
