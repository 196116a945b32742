"""Scoring cluster labels in files that nothing else stands in, by a database that spills to disk or is spread out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts
from goldwire.engines.clusters import Database, count_clusters
from goldwire.engines.shards import pieces
from goldwire.engines.sources import Source
from goldwire.engines.survey import Survey
from goldwire.errors import IncidentError, ReadError, UsageError
from goldwire.incidents import Incidents

__all__ = ["count_labels", "label_header"]


def label_header(shards: Sequence[str]) -> Mapping[str, Any] | None:
    """The header of shards that all begin with cluster labels; None where one begins with something else.

    Raises IncidentError for empty or damaged shards, UsageError for headers that contradict each other.
    """
    seen, kinds = Survey(), []
    for shard in shards:
        kind = True  # a header alone
        for file in pieces(shard, seen.incidents, small=True):
            seen.look(file)
            if len(file.records):
                pair = file.records["a"].null_count + file.records["b"].null_count < 2 * len(file.records)
                kind = not pair and file.records["cluster"].null_count < len(file.records)
                break
        kinds.append(kind)
    if seen.incidents.errors:
        raise IncidentError(f"{seen.incidents.errors} error(s) in the shards, not scored", list(seen.incidents))
    return seen.header if all(kinds) else None


def count_labels(
    gold: Source | Corpus,
    pred: Sequence[str],
    engine: str,
    folder: Path,
    paths: tuple[str, str],
    options: Mapping[str, str],
) -> Counts:
    """Counts of the task "clusters". paths: of gold and predictions, as given.

    Raises UsageError where gold has no clusters, IncidentError for bad labels and damaged shards, ReadError.
    """
    if isinstance(gold, Corpus):
        if "clusters" not in gold:
            raise UsageError(f"the gold {gold.name!r} has no clusters of documents")
        shards: Sequence[str] = [str(_written(gold, folder))]
    else:
        shards = gold.shards
    try:
        base = _database(engine, shards, pred, folder)
        return count_clusters(base, paths[1], gold=paths[0], singletons=options.get("singletons", "keep"))
    except ReadError:
        _find_damage([*shards, *pred])
        raise


def _find_damage(shards: Sequence[str]) -> None:
    """Read every shard to the end, because databases do not always say which one they failed on."""
    incidents = Incidents()
    for shard in shards:
        for _ in pieces(shard, incidents):
            pass
    if incidents.errors:
        raise IncidentError(f"{incidents.errors} error(s) in the shards, not scored", list(incidents))


def _written(gold: Corpus, folder: Path) -> Path:
    """The gold's labels as a file that a database reads; documents without one among them."""
    ids = pa.table({"doc_id": pa.array(gold.doc_ids, pa.string())})
    path = folder / "gold.parquet"
    pq.write_table(ids.join(gold["clusters"].select(["doc_id", "cluster"]), "doc_id", join_type="left outer"), path)
    return path


def _database(engine: str, gold: Sequence[str], pred: Sequence[str], folder: Path) -> Database:
    if engine == "duckdb":
        from goldwire.engines.duckdb import DuckLabels

        return DuckLabels(gold, pred, folder)
    from goldwire.engines.spark_database import SparkLabels

    return SparkLabels(gold, pred)
