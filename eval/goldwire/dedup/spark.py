"""Spark: files are mapped where an executor runs; its shuffle joins keys, and candidates are scored on executors.

What reaches the driver are ids, records and incidents. goldwire has to be installed on the executors.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa

from goldwire.dedup.articles import Source
from goldwire.dedup.mapping import KEYS, NUMBERED, map_file, numbered, refuse
from goldwire.dedup.sql import Statements
from goldwire.engines.spark_database import SparkDatabase, spark_schema
from goldwire.engines.survey import Progress
from goldwire.incidents import Incident, Incidents
from goldwire.systems.joins import Joined

__all__ = ["read"]

_FILE = pa.schema([("file", pa.int32())])
_READ = pa.schema(
    [("kept", pa.binary()) if f.name == "kept" else f for f in NUMBERED]
    + [("key", pa.int64()), ("place", pa.int64()), ("incidents", pa.string())]
)
"""A row of either table, or the incidents of a file."""


def read(system: Joined, source: Source, folder: Path, progress: Progress) -> Statements:
    """Map all files and keep what that gives on the executors' disks. Raises IncidentError, MissingExtra, UsageError."""
    del folder  # nothing is on the driver's disk
    base = SparkDatabase()
    numbers = [(number,) for number, _ in enumerate(source.shards)]
    files = base.spark.createDataFrame(numbers, spark_schema(_FILE)).repartition(len(numbers))
    files.createOrReplaceTempView("files")
    progress("hashing", 0, len(numbers))
    base.keep_mapped("mapped", "select file from files", partial(_mapped, system, source), _READ)
    told = [text for batch in base.batches(_INCIDENTS) for text in batch["incidents"].to_pylist()]
    refuse((Incident.from_dict(one) for text in told for one in json.loads(text)), source)
    progress("hashing", len(numbers), len(numbers))
    for name, schema, filled in (("docs", NUMBERED, "doc_id"), ("rows", KEYS, "key")):
        rows = base.spark.table("mapped").where(f"{filled} is not null").select(*schema.names)
        rows.createOrReplaceTempView(name)
    statements = Statements(base, system, source, progress)
    statements.number()
    return statements


_INCIDENTS = "select incidents from mapped where incidents is not null"


def _mapped(system: Joined, source: Source, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Runs on executors: files to rows of both tables, then their incidents."""
    for batch in batches:
        for number in batch["file"].to_pylist():
            incidents, before = Incidents(), 0
            for piece in map_file(system, source, number, incidents):
                docs, rows = numbered(piece, number, before)
                before += len(docs)
                for table in (docs, rows):
                    yield from _filled(table).to_batches(max_chunksize=1 << 16)
            told = json.dumps([one.to_dict() for one in incidents])
            yield from _filled(pa.table({"incidents": [told]})).to_batches()


def _filled(table: pa.Table) -> pa.Table:
    """With all columns of _READ."""
    names = table.column_names
    columns = [table[f.name].cast(f.type) if f.name in names else pa.nulls(len(table), f.type) for f in _READ]
    return pa.table(columns, schema=_READ)
