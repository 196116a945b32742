"""The kernel that every engine calls: the records of some documents, gold and predicted, to additive counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from goldwire.corpus.labels import Inventory
from goldwire.corpus.maps import apply_map
from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts
from goldwire.engines.joins import block_of
from goldwire.engines.sources import PLACE, Tables
from goldwire.engines.survey import Survey
from goldwire.formats.jsonl import RecordFile
from goldwire.formats.records import RECORD
from goldwire.incidents import Incidents
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
    version: str | None = None
    digest: str | None = None
    common: Mapping[str, pa.Table] = field(default_factory=dict)
    """Tables of a dataset that go with every part."""
    packed: Mapping[str, pa.Schema] = field(default_factory=dict)
    """Those of a dataset of which a part may have no row."""

    @classmethod
    def of(cls, name: str, shards: Sequence[str], survey: Survey) -> Side:
        """From what was seen of the shards."""
        return cls(name, tuple(shards), survey.header, tuple(survey.filled))

    def corpus(self, tables: Tables) -> Corpus:
        """A part of a dataset."""
        own = {name: table.drop_columns([field.name for field in PLACE]) for name, table in tables.items()}
        doc_ids = tuple(own["articles"]["doc_id"].to_pylist())
        named = {**own, **self.common}
        return self.whole(Corpus(doc_ids, named, self.name, self.version, self.digest, self.header))

    def file(self, rows: pa.Table) -> RecordFile:
        """Rows of schema ROW as a file that knows where each record came from."""
        shard, line = rows["shard"].to_numpy(), rows["line"].to_numpy()

        def place(record: int, _: object) -> tuple[str, int]:
            return (self.shards[shard[record]], int(line[record])) if len(shard) else (self.name, 0)

        return RecordFile(self.name, self.header, rows.select(RECORD.names), place)

    def whole(self, corpus: Corpus) -> Corpus:
        """With every table that the side has elsewhere."""
        return replace(corpus, tables={name: corpus[name] for name in dict.fromkeys([*self.tables, *corpus.tables])})


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

    @property
    def joined(self) -> bool:
        """Whether a scorer takes documents together that are joined."""
        return any(scorer(name).unit == "component" for name in self.scorers)


@dataclass(frozen=True)
class Part:
    """What a part of the documents yields; additive. faults: what is wrong with the gold."""

    counts: Mapping[str, Counts]
    incidents: Incidents
    dropped: int
    faults: Incidents


def count(plan: Plan, gold_rows: Tables | Corpus, pred_rows: Tables) -> Part:
    """Counts of some documents: all rows of each, and of each that is joined with it, if the tasks take joined ones.

    Both are what the sources yield; gold may also be given as the corpus of these documents.
    """
    incidents, faults = Incidents(), Incidents()
    if isinstance(gold_rows, Corpus):
        gold = gold_rows
    elif "rows" in gold_rows:
        file = plan.gold.file(gold_rows["rows"])
        gold = plan.gold.whole(gold_of(file, faults, plan.used, plan.gold.tables))
    else:
        gold = plan.gold.corpus(gold_rows)
    types = [name for name in (*plan.mapping, *plan.mapping.values()) if name]
    read = predictions_of(plan.pred.file(pred_rows["rows"]), gold, incidents, types, plan.used)
    pred = plan.pred.whole(read.corpus)
    gold, pred = apply_map(gold, plan.mapping), apply_map(pred, plan.mapping)
    counts = {name: scorer(name).count_part(gold, pred, **plan.options) for name in plan.scorers}
    if plan.blocks:
        counts = {name: _by_block(part) for name, part in counts.items()}
    return Part(counts, incidents, read.dropped, faults)


def _by_block(counts: Counts) -> Counts:
    block = block_of(pa.array(counts.units, pa.string()))
    blocks, group = np.unique(block, return_inverse=True)
    return counts.grouped([f"{number:03x}" for number in blocks.tolist()], group)
