"""One machine: shards are sorted into buckets on disk, and the buckets counted one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.engines.kernel import Part, Plan, count
from goldwire.engines.parts import Parts
from goldwire.engines.shards import size_of
from goldwire.engines.spill import BLOCKS, Spill, block_of
from goldwire.engines.survey import Progress, Survey

__all__ = ["Local", "buckets_for", "documents_in"]

_BUCKET = 1 << 24
"""Bytes of shards, as they are stored, that go into one bucket."""


def buckets_for(shards: tuple[str, ...]) -> int:
    """Into how many buckets shards are sorted, by the bytes they take."""
    return min(BLOCKS, max(1, -(-sum(map(size_of, shards)) // _BUCKET)))


@dataclass(frozen=True)
class Local:
    """The engine. Finished shards and parts stay in ``folder`` and are not done again."""

    gold: tuple[str, ...] | Corpus
    pred: tuple[str, ...]
    folder: Path
    progress: Progress

    def survey(self) -> tuple[Survey, Survey]:
        """Sort all shards; what gold and predictions hold."""
        gold = Survey() if isinstance(self.gold, Corpus) else self._filled("gold", self.gold)
        return gold, self._filled("predictions", self.pred)

    def parts(self, plan: Plan) -> Iterator[Part]:
        """The counts of every bucket."""
        kept, pred = Parts(self.folder / "parts"), self._spill("predictions", self.pred)
        for bucket in range(pred.buckets):
            part = kept.read(bucket)
            if part is None:
                if isinstance(self.gold, Corpus):
                    gold: Corpus | pa.Table = documents_in(self.gold, bucket, pred.buckets)
                else:
                    gold = self._spill("gold", self.gold).read(bucket)
                part = count(plan, gold, pred.read(bucket))
                kept.write(bucket, part)
            self.progress("counting", bucket + 1, pred.buckets)
            yield part

    def _spill(self, what: str, shards: tuple[str, ...]) -> Spill:
        gold = () if isinstance(self.gold, Corpus) else self.gold
        return Spill(self.folder / what, shards, buckets_for((*gold, *self.pred)))

    def _filled(self, what: str, shards: tuple[str, ...]) -> Survey:
        return self._spill(what, shards).fill(lambda done: self.progress(f"reading {what}", done, len(shards)))


def documents_in(gold: Corpus, bucket: int, buckets: int) -> Corpus:
    """The gold of the documents in one bucket."""
    at = block_of(pa.array(gold.doc_ids, pa.string())) * buckets // BLOCKS
    doc_ids = tuple(name for name, own in zip(gold.doc_ids, at.tolist(), strict=True) if own == bucket)
    kept = pa.array(doc_ids, pa.string())
    tables = {
        name: table.filter(pc.is_in(table["doc_id"], value_set=kept)) if "doc_id" in table.column_names else table
        for name, table in gold.tables.items()
    }
    return Corpus(doc_ids, tables, gold.name, gold.version, gold.digest, gold.meta)
