"""Spark as the database behind the engines: tables on the executors' disks, SQL, and errors as they would be said here."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from goldwire.engines.clusters import OTHERS
from goldwire.errors import GoldwireError, MissingExtra, ReadError, UsageError

__all__ = ["SparkDatabase", "SparkLabels", "named", "session", "spark_schema"]


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


@contextmanager
def named() -> Iterator[None]:
    """What goes wrong on executors as it would be said here. Raises ReadError and others of GoldwireError."""
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        found = re.search(r"goldwire\.errors\.(\w+): (.*)", str(error))
        kind = _ERRORS.get(found[1]) if found else None
        if found and kind:
            raise kind(found[2]) from None
        causes = re.findall(r"^(?:Caused by: )?([\w.]+(?:Exception|Error): .*)$", str(error), re.MULTILINE)
        raise ReadError(f"the Spark job failed: {causes[-1] if causes else str(error).splitlines()[0]}") from None


_ERRORS: dict[str, type[GoldwireError]] = {"ReadError": ReadError, "UsageError": UsageError}


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
        with named():
            packed = self.spark.sql(query).mapInArrow(_as_bytes, "batch binary")
            for row in packed.toLocalIterator():
                yield from pa.ipc.open_stream(row["batch"])

    def _kept(self, name: str, frame: Any) -> None:
        """As a checkpoint: plans that hold the plans of all earlier tables grow beyond what Spark can print.

        It is one that outlives its executors where the session has a folder for checkpoints.
        """
        from pyspark import StorageLevel

        with named():
            if self.spark.sparkContext.getCheckpointDir():
                kept = frame.checkpoint()
            else:
                kept = frame.localCheckpoint(storageLevel=StorageLevel.DISK_ONLY)
            kept.createOrReplaceTempView(name)


class SparkLabels(SparkDatabase):
    """Label shards as the tables of ``clusters.Database``."""

    def __init__(self, gold: Sequence[str], pred: Sequence[str]) -> None:
        super().__init__()
        with named():
            for name, shards in (("gold", gold), ("pred", pred)):
                rows = self._labels(list(shards))
                rows.createOrReplaceTempView(f"{name}_rows")
                keyed = rows.selectExpr("'d' || doc_id as doc", "coalesce('c' || cluster, 'd' || doc_id) as cluster")
                keyed.createOrReplaceTempView(name)

    def _labels(self, shards: list[str]) -> Any:
        if shards[0].endswith(".parquet"):
            return self.spark.read.schema("doc_id string, cluster string").parquet(*shards)
        columns = ("doc_id", "cluster", "goldwire", *OTHERS)
        lines = self.spark.read.schema(", ".join(f"{name} string" for name in columns)).json(shards)
        doc_id = f"case when coalesce({', '.join(OTHERS)}) is null then doc_id end as doc_id"
        return lines.where("goldwire is null").selectExpr(doc_id, "cluster")

    def has(self, _name: str) -> bool:
        """No: what executors keep goes with the session."""
        return False

    def number(self, name: str, query: str) -> None:
        """Keep the result of a query as a table, with a column ``code``: its rows numbered from 0."""
        self.keep(name, f"select *, row_number() over (order by name) - 1 as code from ({query})")  # noqa: S608

    def drop(self, *names: str) -> None:
        """Let go of tables."""
        for name in names:
            self.spark.catalog.dropTempView(name)

    def digits(self, key: str) -> str:
        """SQL for the first 48 bits of the MD5 of a key, as a number, last byte first."""
        last_first = ", ".join(f"substr(md5({key}), {at}, 2)" for at in range(11, 0, -2))
        return f"cast(conv(concat({last_first}), 16, 10) as bigint)"

    def close(self) -> None:
        """Nothing: tables go with the session."""


def spark_schema(schema: pa.Schema) -> Any:
    """An Arrow schema as Spark's."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema)


def _as_bytes(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Runs on executors: batches as bytes, which reach the driver without a Python object for every value."""
    for batch in batches:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as out:
            out.write_batch(batch)
        yield pa.record_batch([pa.array([sink.getvalue().to_pybytes()], pa.binary())], names=["batch"])
