"""A cluster: shards are read, brought together by document and counted by Spark, with the same readers and kernel.

Shards are read where an executor runs, through their paths or URLs; goldwire has to be installed there. Spark's shuffle
carries the records; what comes back to the driver are the surveys of the shards and the counts of the parts.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from goldwire.corpus.tables import Corpus
from goldwire.engines.kernel import Part, Plan, count
from goldwire.engines.local import buckets_for, documents_in
from goldwire.engines.parts import Parts
from goldwire.engines.shards import pieces
from goldwire.engines.spill import BLOCKS, ROW, block_of, rows_of
from goldwire.engines.survey import Progress, Survey
from goldwire.errors import MissingExtra, UsageError
from goldwire.formats.records import combined
from goldwire.incidents import Incidents

__all__ = ["Spark", "SparkDatabase", "SparkLabels", "session", "spark_schema"]

_GOLD, _PRED = 0, 1
_KEYED = pa.schema([*ROW, ("side", pa.int32()), ("bucket", pa.int32()), ("survey", pa.string())])
_SHARD = pa.schema([("side", pa.int32()), ("number", pa.int32()), ("path", pa.string())])
_PART = pa.schema([("bucket", pa.int32()), ("part", pa.string())])


@dataclass(frozen=True)
class Spark:
    """The engine. Finished parts stay in ``folder`` on the driver; with all of them there nothing is counted again."""

    gold: tuple[str, ...] | Corpus
    pred: tuple[str, ...]
    folder: Path
    progress: Progress

    def survey(self) -> tuple[Survey, Survey]:
        """Read all shards; what gold and predictions hold."""
        sides = {_GOLD: Survey(), _PRED: Survey()}
        rows = self._records.where("survey is not null").select("side", "survey").collect()
        for row in rows:
            sides[row["side"]].merge(Survey.from_dict(json.loads(row["survey"])))
        self.progress("reading", len(rows), len(rows))
        return sides[_GOLD], sides[_PRED]

    def parts(self, plan: Plan) -> Iterator[Part]:
        """The counts of every bucket, as they are finished."""
        kept = Parts(self.folder / "parts")
        missing = [bucket for bucket in range(self._buckets) if kept.read(bucket) is None]
        if missing:
            gold = self.gold if isinstance(self.gold, Corpus) else None
            records = self._records.where("survey is null").where(_among(missing))
            counted = records.repartition(self._buckets, "bucket").mapInArrow(
                partial(_counted, plan, gold, self._buckets), spark_schema(_PART)
            )
            for row in counted.toLocalIterator():
                kept.write(row["bucket"], Parts.loads(row["part"]))
        for bucket in range(self._buckets):
            self.progress("counting", bucket + 1, self._buckets)
            part = kept.read(bucket)
            if part is None:  # no prediction and no gold shard has a document of it
                part = count(plan, self._of_corpus(bucket), ROW.empty_table())
            yield part

    def _of_corpus(self, bucket: int) -> Corpus | pa.Table:
        return documents_in(self.gold, bucket, self._buckets) if isinstance(self.gold, Corpus) else ROW.empty_table()

    @cached_property
    def _buckets(self) -> int:
        gold = () if isinstance(self.gold, Corpus) else self.gold
        return buckets_for((*gold, *self.pred))

    @cached_property
    def _session(self) -> Any:
        return session()

    @cached_property
    def _records(self) -> Any:
        """Every record with its side and bucket, and one row a shard with its survey; kept on the executors' disks."""
        from pyspark import StorageLevel

        gold = () if isinstance(self.gold, Corpus) else self.gold
        sides = [(_GOLD, number, path) for number, path in enumerate(gold)]
        sides += [(_PRED, number, path) for number, path in enumerate(self.pred)]
        shards = self._session.createDataFrame(sides, spark_schema(_SHARD)).repartition(len(sides))
        read = shards.mapInArrow(partial(_read, self._buckets), spark_schema(_KEYED))
        return read.persist(StorageLevel.DISK_ONLY)


def session() -> Any:
    """The running Spark session, or a new one. Raises MissingExtra, and UsageError where there is no Java."""
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ModuleNotFoundError:
        raise MissingExtra("pyspark", "spark", "--engine spark") from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers on this machine, unless Spark was told otherwise
    try:
        return SparkSession.builder.appName("goldwire").config("spark.ui.showConsoleProgress", "false").getOrCreate()
    except (PySparkRuntimeError, OSError) as error:
        raise UsageError(f"Spark does not start; it needs Java 17 or newer ({str(error).splitlines()[0]})") from None


class SparkDatabase:
    """Spark as a database: views, of a session of its own, of what is kept on the executors' disks."""

    def __init__(self) -> None:
        self.spark = session().newSession()
        # What is known of the values of a checkpoint breaks plans that join it with itself (key not found, Spark 3 and 4).
        self.spark.conf.set("spark.sql.constraintPropagation.enabled", "false")

    def keep(self, name: str, query: str) -> None:
        """Keep the result of a query as a table, on the executors' disks."""
        self._kept(name, self.spark.sql(query))

    def keep_mapped(
        self, name: str, query: str, function: Callable[[Iterable[pa.RecordBatch]], Any], schema: pa.Schema
    ) -> None:
        """Keep what a function makes of a query's result, where the executors run, as a table of that schema."""
        self._kept(name, self.spark.sql(query).mapInArrow(function, spark_schema(schema)))

    def batches(self, query: str) -> Iterator[pa.RecordBatch]:
        """The result of a query, partition by partition, in its order."""
        packed = self.spark.sql(query).mapInArrow(_packed, "batch binary")
        for row in packed.toLocalIterator():
            yield from pa.ipc.open_stream(row["batch"])

    def _kept(self, name: str, frame: Any) -> None:
        """As a checkpoint: plans that hold the plans of all earlier tables grow beyond what Spark can print.

        It is one that outlives its executors where the session has a folder for checkpoints.
        """
        from pyspark import StorageLevel

        if self.spark.sparkContext.getCheckpointDir():
            kept = frame.checkpoint()
        else:
            kept = frame.localCheckpoint(storageLevel=StorageLevel.DISK_ONLY)
        kept.createOrReplaceTempView(name)


class SparkLabels(SparkDatabase):
    """Label shards as the views ``gold`` and ``pred``."""

    def __init__(self, gold: Sequence[str], pred: Sequence[str]) -> None:
        super().__init__()
        for name, shards in (("gold", gold), ("pred", pred)):
            reader = self.spark.read.schema("doc_id string, cluster string")
            labels = reader.parquet(*shards) if shards[0].endswith(".parquet") else reader.json(list(shards))
            labels.where("doc_id is not null").createOrReplaceTempView(name)


def spark_schema(schema: pa.Schema) -> Any:
    """An Arrow schema as Spark's."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema)


def _packed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Runs on executors: batches as bytes, which reach the driver without a Python object for every value."""
    for batch in batches:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as out:
            out.write_batch(batch)
        yield pa.record_batch([pa.array([sink.getvalue().to_pybytes()], pa.binary())], names=["batch"])


def _among(buckets: list[int]) -> str:
    return f"bucket in ({', '.join(map(str, buckets))})"


def _read(buckets: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Runs on executors: shards to records."""
    for batch in batches:
        for shard in batch.to_pylist():
            incidents, survey = Incidents(), Survey()
            for file in pieces(shard["path"], incidents):
                survey.look(file)
                table = rows_of(file, shard["number"])
                block = block_of(combined(table["doc_id"]))
                bucket = np.where(block < 0, 0, block * buckets // BLOCKS)
                columns = [
                    *table.columns,
                    pa.repeat(pa.scalar(shard["side"], pa.int32()), len(table)),
                    pa.array(bucket, pa.int32()),
                    pa.nulls(len(table), pa.string()),
                ]
                yield from pa.table(columns, schema=_KEYED).to_batches()
            survey.incidents += incidents
            row = {"side": shard["side"], "survey": json.dumps(survey.to_dict())}
            yield from pa.Table.from_pylist([row], schema=_KEYED).to_batches()


def _counted(
    plan: Plan, gold: Corpus | None, buckets: int, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Runs on executors: the records of whole buckets to counts."""
    table = pa.Table.from_batches(batches, schema=None) if (batches := list(batches)) else None
    if table is None or not len(table):
        return
    at, side = table["bucket"].to_numpy(), table["side"].to_numpy()
    for bucket in np.unique(at).tolist():
        gold_rows, pred_rows = (
            table.filter(pa.array((at == bucket) & (side == which))).select(ROW.names).cast(ROW) for which in (0, 1)
        )
        part = count(plan, gold_rows if gold is None else documents_in(gold, bucket, buckets), pred_rows)
        yield from pa.Table.from_pylist([{"bucket": bucket, "part": Parts.dumps(part)}], schema=_PART).to_batches()
