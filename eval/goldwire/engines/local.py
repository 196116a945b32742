"""One machine: shards are sorted into buckets on disk, and the buckets counted one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.engines.joins import BLOCKS, Joining, Joins, key_of
from goldwire.engines.kernel import Part, Plan, count
from goldwire.engines.parts import Parts
from goldwire.engines.shards import size_of
from goldwire.engines.sources import JOINING, Source
from goldwire.engines.spill import Spill
from goldwire.engines.survey import Progress, Survey

__all__ = ["Divided", "Local", "buckets_for", "joins_for"]

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
        joins = joins_for(plan, self.gold, [pred.stated(), *([] if gold is None else [gold.stated()])])
        if len(joins):
            gold, pred = None if gold is None else self._joined(gold, joins), self._joined(pred, joins)
        kept, of_corpus = Parts(self.folder / "parts"), Divided(self.gold, joins, pred.buckets)
        for bucket in range(pred.buckets):
            part = kept.read(bucket)
            if part is None:
                part = count(plan, of_corpus.part(bucket) if gold is None else gold.read(bucket), pred.read(bucket))
                kept.write(bucket, part)
            self.progress("counting", bucket + 1, pred.buckets)
            yield part

    def _spill(self, source: Source) -> Spill:
        return Spill(self.folder / source.side, source, buckets_for(self.gold, self.pred))

    def _joined(self, spill: Spill, joins: Joins) -> Spill:
        joined = spill.joined(self.folder / f"joined-{spill.source.side}", joins)
        self._filled(joined, f"joining {spill.source.side}")
        return joined

    def _filled(self, spill: Spill, what: str) -> Survey:
        return spill.fill(lambda done: self.progress(what, done, len(spill.source.shards)))


def joins_for(plan: Plan, gold: Source | Corpus, stated: Sequence[Joins]) -> Joins:
    """Which documents go together: those that shards join, and those that gold in memory joins if a scorer minds."""
    joins = Joins.merged(stated)
    if isinstance(gold, Corpus) and (plan.joined or len(joins)):
        joining = Joining("gold")
        for name in sorted(JOINING & gold.tables.keys()):
            joining.add(gold[name])
        joins = Joins.merged([joins, joining.joins()])
    return joins


class Divided:
    """Gold in memory by buckets."""

    def __init__(self, gold: Source | Corpus, joins: Joins, buckets: int) -> None:
        self._gold = gold if isinstance(gold, Corpus) else Corpus((), {})
        self._at = joins.buckets(key_of(pa.array(self._gold.doc_ids, pa.string())), buckets)

    def part(self, bucket: int) -> Corpus:
        """The gold of the documents in a bucket, with what lies between two of them."""
        gold = self._gold
        doc_ids = tuple(gold.doc_ids[i] for i in np.flatnonzero(self._at == bucket).tolist())
        kept = pa.array(doc_ids, pa.string())

        def own(name: str, table: pa.Table) -> pa.Table:
            column = "doc_id" if "doc_id" in table.column_names else "a" if name in JOINING else ""
            return table.filter(pc.is_in(table[column], value_set=kept)) if column else table

        tables = {name: own(name, table) for name, table in gold.tables.items()}
        return Corpus(doc_ids, tables, gold.name, gold.version, gold.digest, gold.meta)
