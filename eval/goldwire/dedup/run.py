"""Running a baseline that joins articles on keys over articles in any number of files."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from goldwire.corpus.tables import Corpus
from goldwire.dedup.articles import Source, source_of
from goldwire.dedup.writing import check_output, write_records
from goldwire.engines.parts import claim
from goldwire.engines.scoring import ENGINES
from goldwire.engines.survey import Progress
from goldwire.errors import UsageError
from goldwire.formats.source import write_text
from goldwire.incidents import Incidents
from goldwire.running.record import now, record_path, run_record
from goldwire.running.run import Run
from goldwire.systems import System, get, header
from goldwire.systems.joins import Joined

__all__ = ["run_shards"]

_CLUSTERS = pa.schema([("doc_id", pa.string()), ("cluster", pa.string())])


class Joining(Protocol):
    """Articles that an engine has read and found to be sound."""

    def doc_ids(self) -> Iterable[pa.Array]:
        """The articles' ids, sorted."""

    def found(self) -> Iterable[pa.Table]:
        """The records, sorted by their articles and by place."""

    def clusters(self, threshold: float | None) -> Iterable[pa.Table]:
        """Every article, sorted, with the first id of its connected component; after ``found``."""


def run_shards(
    system: str | System,
    output: str | Path,
    articles: str | Path | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    engine: str = "local",
    work: str | Path | None = None,
    clusters: str | Path | None = None,
    progress: Progress = lambda *_: None,
) -> Run:
    """Write the predictions of "exact", "minhash", "containment" or "seed-extend" for articles in many files.

    articles: record files with ``doc_id`` and ``text`` (JSON Lines or Parquet; a file, a pattern, a folder, a URL), or a
              built dataset in any number of shards. None = the packaged dataset.
    output:   see ``dedup.writing.write_records``; beside it a record of the run.
    engine:   "local": sorted files, in bounded memory but for the ids; "duckdb": a database that spills to disk; "spark":
              a cluster. All give the records of ``goldwire.run`` on the same articles, in the same order.
    work:     a folder for intermediate files; the same call goes on there after an interruption. None = a temporary one.
    clusters: also write {"doc_id", "cluster"} for every article there: the connected components of the pairs at or above
              the system's threshold.

    Raises UsageError for other systems, ReadError, MissingExtra, IncidentError where articles are not what they should
    be: every bad line, repeated id and damaged file is named, none is skipped.
    """
    if engine not in ENGINES:
        raise UsageError(f"no engine {engine!r}; engines: {', '.join(ENGINES)}")
    chosen = get(system, **(settings or {})) if isinstance(system, str) else system
    if not isinstance(chosen, Joined):
        raise UsageError(f"{chosen.name} wants all articles in memory: run it without --engine and --work")
    if engine == "spark" and work is not None:
        raise UsageError("--work is for the engines local and duckdb: Spark keeps what is between on its executors")
    if clusters is not None and "duplicates" not in chosen.layers:
        raise UsageError(f"{chosen.name} gives passages, not pairs: there are no clusters to write")
    for path in (output, *([clusters] if clusters else [])):
        check_output(path)
    started, began = now(), time.perf_counter()
    source = source_of(articles)
    head = header(chosen)
    job = {"articles": source.job(), "system": head["system"], "engine": engine}
    head |= {"gold_digest": source.digest} if source.digest else {}
    with ExitStack() as stack:
        folder = Path(work or stack.enter_context(tempfile.TemporaryDirectory(prefix="goldwire-")))
        claim(folder, json.loads(json.dumps(job)))
        read: Callable[[Joined, Source, Path, Progress], Joining] = import_module(f"goldwire.dedup.{engine}").read
        joining = read(chosen, source, folder, progress)
        schema = pa.schema([pa.field("doc_id", pa.string()), *chosen.schema])
        written = write_records(output, head, schema, _tables(joining))
        if clusters is not None:
            write_records(clusters, head, _CLUSTERS, joining.clusters(head.get("threshold")))
    options = {"limit": None, "workers": 1, "batch": 1, "timeout": None, "retries": 0}
    record = run_record(
        chosen, head, Corpus((), {}, name=source.name, version=source.version, digest=source.digest),
        predictions=Path(output).name, options=options, started=started, seconds=time.perf_counter() - began,
        outcomes=[], resumed=0, usage={}, checked={},
    )  # fmt: skip
    if str(output) != "-":
        write_text(record_path(output), json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    return Run(str(output), written, Incidents(), record)


def _tables(joining: Joining) -> Iterator[pa.Table]:
    """A line for every article, so that what was looked at and is like no other can be told from what was not; records."""
    for names in joining.doc_ids():
        yield pa.table({"doc_id": names})
    yield from joining.found()
