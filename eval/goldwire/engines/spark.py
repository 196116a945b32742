"""A cluster: shards are read, brought together by document and counted by Spark, with the same readers and kernel.

Shards are read where an executor runs, through their paths or URLs; goldwire has to be installed there. Spark's shuffle
carries the records; what comes back to the driver are the surveys of the shards and the counts of the parts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from goldwire.corpus.tables import Corpus
from goldwire.engines.joins import Joining, Joins
from goldwire.engines.kernel import Part, Plan, count
from goldwire.engines.local import Divided, buckets_for, joins_for
from goldwire.engines.parts import Parts
from goldwire.engines.sources import JOINING, ROW, Records, Source, Tables, homes_of
from goldwire.engines.spark_database import named, session, spark_schema
from goldwire.engines.survey import Progress, Survey
from goldwire.incidents import Incidents

__all__ = ["Spark"]

_GOLD, _PRED = 0, 1
_SHARD = pa.schema([("side", pa.int32()), ("number", pa.int32())])
_READ = pa.schema([*ROW, ("side", pa.int32()), ("survey", pa.string()), ("joins", pa.binary())])
_PLACED = pa.schema([*ROW, ("side", pa.int32()), ("bucket", pa.int32()), ("table", pa.string()), ("pack", pa.binary())])
_PART = pa.schema([("bucket", pa.int32()), ("part", pa.string())])

Sides = tuple[Source | None, Source]
"""Of gold, where it is in shards, and predictions."""


@dataclass(frozen=True)
class Spark:
    """The engine. Finished parts stay in ``folder`` on the driver; with all of them there nothing is counted again."""

    gold: Source | Corpus
    pred: Source
    folder: Path
    progress: Progress

    def survey(self) -> tuple[Survey, Survey]:
        """Read all shards; what gold and predictions hold."""
        surveys, _ = self._seen
        return surveys[_GOLD], surveys[_PRED]

    def parts(self, plan: Plan) -> Iterator[Part]:
        """The counts of every bucket, as they are finished."""
        _, stated = self._seen
        joins = joins_for(plan, self.gold, stated)
        kept = Parts(self.folder / "parts")
        of_corpus = Divided(self.gold, joins, self._buckets) if isinstance(self.gold, Corpus) else None
        missing = [bucket for bucket in range(self._buckets) if kept.read(bucket) is None]
        if missing:
            rows = self._placed(joins).where(_among(missing)).repartition(self._buckets, "bucket")
            counted = rows.mapInArrow(partial(_counted, plan, of_corpus), spark_schema(_PART))
            with named():
                for row in counted.toLocalIterator():
                    kept.write(row["bucket"], Parts.loads(row["part"]))
        for bucket in range(self._buckets):
            self.progress("counting", bucket + 1, self._buckets)
            part = kept.read(bucket)
            if part is None:  # no prediction and no gold shard has a document of it
                gold = self._none if of_corpus is None else of_corpus.part(bucket)
                part = count(plan, gold, {"rows": ROW.empty_table()})
            yield part

    @property
    def _none(self) -> Tables:
        gold = self._sides[_GOLD]
        return {} if gold is None else {name: schema.empty_table() for name, schema in gold.schemas.items()}

    @cached_property
    def _sides(self) -> Sides:
        return (None if isinstance(self.gold, Corpus) else self.gold), self.pred

    @cached_property
    def _buckets(self) -> int:
        return buckets_for(self.gold, self.pred)

    @cached_property
    def _session(self) -> Any:
        return session()

    @cached_property
    def _shards(self) -> Any:
        """One row a shard, each in a partition of its own."""
        numbered = [
            (side, number)
            for side, source in enumerate(self._sides)
            for number in range(0 if source is None else len(source.shards))
        ]
        return self._session.createDataFrame(numbered, spark_schema(_SHARD)).repartition(len(numbered))

    @cached_property
    def _read(self) -> Any:
        """Every record with its side, and one row a shard with its survey; kept on the executors' disks."""
        from pyspark import StorageLevel

        read = self._shards.mapInArrow(partial(_read, self._sides), spark_schema(_READ))
        return read.persist(StorageLevel.DISK_ONLY)

    @cached_property
    def _seen(self) -> tuple[tuple[Survey, Survey], list[Joins]]:
        """What each side holds, and the joins that the shards state."""
        surveys, joins = (Survey(), Survey()), []
        with named():
            rows = self._read.where("survey is not null").select("side", "survey", "joins").collect()
        for row in rows:
            surveys[row["side"]].merge(Survey.from_dict(json.loads(row["survey"])))
            joins.append(Joins.from_bytes(bytes(row["joins"])))
        self.progress("reading", len(rows), len(rows))
        return surveys, joins

    def _placed(self, joins: Joins) -> Any:
        """All rows with their buckets; those of a dataset in packs."""
        records = self._read.where("survey is null").mapInArrow(
            partial(_placed, joins, self._buckets), spark_schema(_PLACED)
        )
        if self._sides[_GOLD] is None or isinstance(self.gold, Records):
            return records
        packs = self._shards.mapInArrow(partial(_packed, self._sides, joins, self._buckets), spark_schema(_PLACED))
        return records.unionAll(packs)


def _among(buckets: list[int]) -> str:
    return f"bucket in ({', '.join(map(str, buckets))})"


# on executors ----------------------------------------------------------------------------------------------------


def _read(sides: Sides, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Shards to records and surveys; of other shards than those of records only the surveys."""
    for batch in batches:
        for shard in batch.to_pylist():
            source = sides[shard["side"]]
            if source is None:
                continue
            incidents, survey, joining = Incidents(), Survey(), Joining(source.side)
            for tables in source.read(shard["number"], survey, incidents):
                for name in JOINING & tables.keys():
                    joining.add_with(homes_of(tables[name]), tables[name])
                if "rows" in tables:
                    rows = tables["rows"]
                    more = {"side": pa.repeat(pa.scalar(shard["side"], pa.int32()), len(rows))}
                    yield from _wide(rows, more, _READ)
            survey.incidents.update(incidents)
            row = {"side": shard["side"], "survey": json.dumps(survey.to_dict()), "joins": joining.joins().to_bytes()}
            yield from pa.Table.from_pylist([row], schema=_READ).to_batches()


def _placed(joins: Joins, buckets: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Records to records with buckets."""
    for batch in batches:
        table = pa.Table.from_batches([batch])
        at = joins.buckets(homes_of(table), buckets)
        yield from _wide(table.select(ROW.names), {"side": table["side"], "bucket": pa.array(at, pa.int32())}, _PLACED)


def _packed(sides: Sides, joins: Joins, buckets: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Shards of a dataset to packs: the rows of a table that are in one bucket."""
    source = sides[_GOLD]
    for batch in batches:
        for shard in batch.to_pylist():
            if source is None or shard["side"] != _GOLD:
                continue
            for tables in source.read(shard["number"], Survey(), Incidents()):
                for name, table in tables.items():
                    at = joins.buckets(homes_of(table), buckets)
                    packs = [
                        {
                            "side": _GOLD,
                            "bucket": own,
                            "table": name,
                            "pack": _packed_table(table.filter(pa.array(at == own))),
                        }
                        for own in np.unique(at).tolist()
                    ]
                    yield from pa.Table.from_pylist(packs, schema=_PLACED).to_batches()


def _packed_table(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _wide(rows: pa.Table, more: Mapping[str, Any], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Rows with further columns; those that neither has are null."""
    own = {name: rows[name] for name in rows.column_names} | dict(more)
    columns = [own.get(field.name, pa.nulls(len(rows), field.type)) for field in schema]
    yield from pa.table(columns, schema=schema).to_batches()


def _counted(plan: Plan, gold: Divided | None, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows of whole buckets to counts."""
    table = pa.Table.from_batches(batches, schema=None) if (batches := list(batches)) else None
    if table is None or not len(table):
        return
    at, side = table["bucket"].to_numpy(), table["side"].to_numpy()
    for bucket in np.unique(at).tolist():
        gold_rows, pred_rows = (
            _tables(table.filter(pa.array((at == bucket) & (side == which)))) for which in (_GOLD, _PRED)
        )
        if plan.gold.packed:
            gold_rows = {name: gold_rows.get(name, schema.empty_table()) for name, schema in plan.gold.packed.items()}
        part = count(plan, gold_rows if gold is None else gold.part(bucket), pred_rows)
        yield from pa.Table.from_pylist([{"bucket": bucket, "part": Parts.dumps(part)}], schema=_PART).to_batches()


def _tables(rows: pa.Table) -> Tables:
    """What a source would have yielded, in the order of shards and lines."""
    packs: dict[str, list[pa.Table]] = {}
    for row in rows.filter(rows["table"].is_valid()).select(["table", "pack"]).to_pylist():
        packs.setdefault(row["table"], []).append(pa.ipc.open_stream(row["pack"]).read_all())
    found = {name: pa.concat_tables(parts) for name, parts in packs.items()}
    if not found:
        found = {"rows": rows.select(ROW.names).cast(ROW)}
    return {name: table.sort_by([("shard", "ascending"), ("line", "ascending")]) for name, table in found.items()}
