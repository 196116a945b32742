"""The kernel that every engine calls: the records of some documents, gold and predicted, to additive counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from goldwire.corpus.labels import Inventory
from goldwire.corpus.maps import apply_map
from goldwire.corpus.tables import Corpus, empty
from goldwire.counts import Counts
from goldwire.engines.spill import block_of
from goldwire.engines.survey import Survey
from goldwire.formats.jsonl import RecordFile
from goldwire.formats.records import RECORD
from goldwire.incidents import Incident, Incidents
from goldwire.profiles import scorer
from goldwire.reading import gold_of, predictions_of

__all__ = ["Part", "Plan", "Side", "count"]


@dataclass(frozen=True)
class Side:
    """What holds for all shards of the gold, or of the predictions."""

    name: str
    shards: tuple[str, ...]
    header: Mapping[str, Any]
    tables: tuple[str, ...]
    """Tables that some shard says something of."""

    @classmethod
    def of(cls, name: str, shards: Sequence[str], survey: Survey) -> Side:
        """From what was seen of the shards."""
        return cls(name, tuple(shards), survey.header, tuple(survey.filled))

    def file(self, rows: pa.Table) -> RecordFile:
        """Rows of schema ROW as a file that knows where each record came from."""
        shard, line = rows["shard"].to_numpy(), rows["line"].to_numpy()

        def place(record: int, _: object) -> tuple[str, int]:
            return (self.shards[shard[record]], int(line[record])) if len(shard) else (self.name, 0)

        return RecordFile(self.name, self.header, rows.select(RECORD.names), place)

    def whole(self, corpus: Corpus) -> Corpus:
        """With every table that the side has elsewhere."""
        return replace(corpus, tables={**{name: empty(name) for name in self.tables}, **corpus.tables})


@dataclass(frozen=True)
class Plan:
    """What is counted, the same for every part.

    scorers: names of tasks and profiles; options: of counting; mapping: of mention types.
    used:    the labels in use in the whole gold. blocks: whether units are blocks of documents instead of documents.
    """

    gold: Side
    pred: Side
    scorers: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, str | None] = field(default_factory=dict)
    used: Inventory | None = None
    blocks: bool = False


@dataclass(frozen=True)
class Part:
    """What a part of the documents yields; additive."""

    counts: Mapping[str, Counts]
    incidents: tuple[Incident, ...]
    dropped: int


def count(plan: Plan, gold_rows: pa.Table | Corpus, pred_rows: pa.Table) -> Part:
    """Counts of the documents whose records these are; tables of schema ROW that hold all records of each document.

    Gold may be given as the corpus of these documents.
    """
    incidents = Incidents()
    if isinstance(gold_rows, Corpus):
        gold = gold_rows
    else:
        gold = plan.gold.whole(gold_of(plan.gold.file(gold_rows), incidents, plan.used))
    types = [name for name in (*plan.mapping, *plan.mapping.values()) if name]
    read = predictions_of(plan.pred.file(pred_rows), gold, incidents, types, plan.used)
    pred = plan.pred.whole(read.corpus)
    gold, pred = apply_map(gold, plan.mapping), apply_map(pred, plan.mapping)
    counts = {name: scorer(name).count(gold, pred, **plan.options) for name in plan.scorers}
    if plan.blocks:
        counts = {name: _by_block(part) for name, part in counts.items()}
    return Part(counts, tuple(incidents), read.dropped)


def _by_block(counts: Counts) -> Counts:
    block = block_of(pa.array(counts.units, pa.string()))
    blocks, group = np.unique(block, return_inverse=True)
    return counts.grouped([f"{number:03x}" for number in blocks.tolist()], group)
