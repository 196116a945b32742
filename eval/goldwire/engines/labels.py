"""Scoring cluster labels in many files: in memory, or by a database where they are too many for that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts
from goldwire.engines.clusters import Database, count_clusters
from goldwire.engines.kernel import Side
from goldwire.engines.shards import pieces
from goldwire.engines.spill import ROW, rows_of
from goldwire.engines.survey import Survey
from goldwire.errors import IncidentError, UsageError
from goldwire.formats.jsonl import RecordFile
from goldwire.incidents import Incidents
from goldwire.reading import gold_of, predictions_of
from goldwire.tasks import TASKS

__all__ = ["count_labels", "holds_labels"]


def holds_labels(shard: str) -> bool:
    """Whether a shard begins with cluster labels rather than annotated documents."""
    for file in pieces(shard, Incidents()):
        if len(file.records):
            return bool(file.records["cluster"].null_count < len(file.records))
    return False


def count_labels(
    gold: Sequence[str] | Corpus,
    pred: Sequence[str],
    engine: str,
    folder: Path,
    path: str,
    options: Mapping[str, str],
) -> Counts:
    """Counts of the task "clusters". Raises UsageError where gold has no clusters, IncidentError for bad labels."""
    if isinstance(gold, Corpus):
        if "clusters" not in gold:
            raise UsageError(f"the gold {gold.name!r} has no clusters of documents")
        gold_shards: Sequence[str] = [str(_written(gold, folder))] if engine != "local" else ()
    else:
        gold_shards = gold
    if engine == "local":
        return _in_memory(gold, pred, path, options)
    return count_clusters(
        _database(engine, gold_shards, pred, folder), path, singletons=options.get("singletons", "keep")
    )


def _in_memory(gold: Sequence[str] | Corpus, pred: Sequence[str], path: str, options: Mapping[str, str]) -> Counts:
    incidents = Incidents()
    if not isinstance(gold, Corpus):
        gold = gold_of(_side("gold", gold, incidents), incidents)
    read = predictions_of(_side(path, pred, incidents), gold, incidents)
    if incidents.errors:
        raise IncidentError(f"{path}: {incidents.errors} error(s), not scored", list(incidents))
    return TASKS["clusters"].count(gold, read.corpus, **options)


def _side(name: str, shards: Sequence[str], incidents: Incidents) -> RecordFile:
    survey, tables = Survey(), [ROW.empty_table()]
    for number, shard in enumerate(shards):
        for file in pieces(shard, incidents):
            survey.look(file)
            tables.append(rows_of(file, number))
    return Side.of(name, shards, survey).file(pa.concat_tables(tables))


def _written(gold: Corpus, folder: Path) -> Path:
    """The gold's labels as a file that a database reads; documents without one among them."""
    ids = pa.table({"doc_id": pa.array(gold.doc_ids, pa.string())})
    path = folder / "gold.parquet"
    pq.write_table(ids.join(gold["clusters"], "doc_id", join_type="left outer"), path)
    return path


def _database(engine: str, gold: Sequence[str], pred: Sequence[str], folder: Path) -> Database:
    if engine == "duckdb":
        from goldwire.engines.duckdb import DuckLabels

        return DuckLabels(gold, pred, folder)
    from goldwire.engines.spark import SparkLabels

    return SparkLabels(gold, pred)
