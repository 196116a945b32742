"""DuckDB: articles are mapped here, a file a transaction; a database that spills to disk joins them."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from goldwire.dedup.articles import Source
from goldwire.dedup.mapping import map_file, numbered, refuse
from goldwire.dedup.sql import Mapper, Statements
from goldwire.engines.duckdb import DuckDB
from goldwire.engines.survey import Progress
from goldwire.incidents import Incident, Incidents
from goldwire.systems.joins import Joined

__all__ = ["read"]

_TABLES = """
create table if not exists docs (number bigint, doc_id varchar, shard integer, line bigint, size bigint, kept blob);
create table if not exists rows (key bigint, number bigint, place bigint);
create table if not exists done (shard integer, incidents varchar);
"""


def read(system: Joined, source: Source, folder: Path, progress: Progress) -> Statements:
    """Map all files into the database in ``folder``, those that are not there yet. Raises IncidentError, MissingExtra."""
    base = _Base(folder, "dedup")
    base.execute(_TABLES)
    done = {number for batch in base.batches("select shard from done") for number in batch["shard"].to_pylist()}
    for number, _ in enumerate(source.shards):
        if number not in done:
            _map(base, system, source, number)
        progress("hashing", number + 1, len(source.shards))
    told = [text for batch in base.batches("select incidents from done") for text in batch["incidents"].to_pylist()]
    refuse((Incident.from_dict(one) for text in told for one in json.loads(text)), source)
    statements = Statements(base, system, source, progress)
    statements.number()
    return statements


def _map(base: _Base, system: Joined, source: Source, number: int) -> None:
    incidents = Incidents()
    with base.transaction():
        before = 0
        for piece in map_file(system, source, number, incidents):
            docs, rows = numbered(piece, number, before)
            base.insert("docs", docs)
            base.insert("rows", rows)
            before += len(docs)
        told = json.dumps([one.to_dict() for one in incidents])
        base.insert("done", pa.table({"shard": pa.array([number], pa.int32()), "incidents": [told]}))


class _Base(DuckDB):
    """DuckDB as sql.Base."""

    def keep_mapped(self, name: str, query: str, function: Mapper, schema: pa.Schema) -> None:
        """Keep what a function makes of a query's result as Parquet beside the database."""
        path = self.folder / f"{name}.parquet"
        with pq.ParquetWriter(path, schema) as out:
            for batch in function(self.batches(query)):
                out.write_batch(batch)
        self.view(name, path)
