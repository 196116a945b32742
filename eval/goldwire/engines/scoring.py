"""Scoring shards: survey, sort, count part by part, add up."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from goldwire.corpus.maps import load_map, map_name
from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts
from goldwire.engines.kernel import Part, Plan, Side
from goldwire.engines.labels import count_labels, holds_labels
from goldwire.engines.local import Local
from goldwire.engines.parts import claim
from goldwire.engines.shards import digest_of, shards_of, size_of
from goldwire.engines.spill import BLOCKS
from goldwire.engines.survey import Progress
from goldwire.errors import IncidentError, UsageError
from goldwire.incidents import UNDROPPABLE, Incident, Incidents
from goldwire.measures import parse_name
from goldwire.measures.core import Measure
from goldwire.paths import is_sharded
from goldwire.profiles import scorer
from goldwire.reading import load_corpus
from goldwire.results import Result, signature
from goldwire.scoring import chosen, stated, values_of
from goldwire.tasks import TASKS

if TYPE_CHECKING:
    from goldwire.engines.spark import Spark

__all__ = ["ENGINES", "score_shards"]

ENGINES = ("local", "duckdb", "spark")

Units = Literal["document", "block"]

_DOCUMENTS = 20_000
"""More documents than these are counted in blocks, unless asked otherwise."""

_BY_DOCUMENT = tuple(name for name, task in TASKS.items() if task.unit == "document")


def score_shards(
    predictions: str | Path,
    gold: str | Path | None = None,
    *,
    engine: str = "local",
    work: str | Path | None = None,
    units: Units | None = None,
    tasks: Sequence[str] | None = None,
    measures: Sequence[str] | None = None,
    profiles: Sequence[str] = (),
    slices: Sequence[str] = (),
    labels: str | Path | None = None,
    on_error: str = "stop",
    level: float = 0.95,
    progress: Progress = lambda *_: None,
    **options: str,
) -> Result:
    """Score one system's predictions in many files against gold in one or many.

    predictions, gold: a pattern, a folder of record files or a URL of either; gold also all that ``goldwire.score`` takes.
    engine:   one of ENGINES; all of them call the same kernels. "local" takes annotated documents in bounded memory and
              cluster labels in memory; "duckdb" is the same for documents and lets a database that spills to disk
              tabulate cluster labels; "spark" does both where a cluster reads the shards.
    work:     a folder for intermediate files; the same call goes on there after an interruption. None = a temporary one.
    units:    what counts are kept per: "document", or "block", a few thousand groups of documents by the hash of their
              id, of which intervals and tests are as valid and results as small for any number of documents.
              None = documents up to twenty thousand of them.
    progress: called with what is being done, how much of it is done, and how much there is.
    The others are those of ``goldwire.score``.

    Scored are the tasks that take documents one by one, or "clusters" where the shards hold cluster labels; others raise
    UsageError. Raises ReadError, MissingExtra, and IncidentError as ``goldwire.score`` does; a damaged shard is named
    and never skipped.
    """
    if engine not in ENGINES:
        raise UsageError(f"no engine {engine!r}; engines: {', '.join(ENGINES)}")
    began = time.perf_counter()
    shards = tuple(shards_of(predictions))
    source = tuple(shards_of(gold)) if gold is not None and is_sharded(gold) else load_corpus(gold)
    every = (*shards, *(source if isinstance(source, tuple) else ()))
    counting = stated(options)
    job = {
        "shards": {shard: size_of(shard) for shard in every}, "gold": str(gold), "tasks": list(tasks or []),
        "profiles": list(profiles), "measures": list(measures or []), "map": map_name(labels), "options": counting,
        "units": units, "engine": engine,
    }  # fmt: skip
    with ExitStack() as stack:
        folder = Path(work or stack.enter_context(tempfile.TemporaryDirectory(prefix="goldwire-")))
        claim(folder, job)
        wanted = [parse_name(name) for name in measures] if measures else []
        asked = _Asked(tasks, profiles, wanted, counting, labels, on_error, units)
        score = _score_labels if holds_labels(shards[0]) else _score_documents
        found = score(asked, str(predictions), shards, str(gold), source, engine, folder, progress)
    return Result(
        system=found.system,
        gold={"name": found.gold.name, "version": found.gold.version, "digest": found.gold.digest},
        tasks=tuple(found.counts),
        signature=signature(found.gold, [scorer(one) for one in found.counts], counting, map_name(labels)),
        values=values_of(found.counts, wanted, slices, level),
        counts=found.counts,
        incidents=list(found.incidents),
        dropped=found.dropped,
        notes=found.notes,
        timing={"score": round(time.perf_counter() - began, 6)},
        level=level,
    )


@dataclass(frozen=True)
class _Asked:
    """What a caller wants counted, and how."""

    tasks: Sequence[str] | None
    profiles: Sequence[str]
    wanted: Sequence[tuple[Measure, dict[str, str]]]
    options: Mapping[str, str]
    labels: str | Path | None
    on_error: str
    units: Units | None

    @property
    def implied(self) -> list[str]:
        """The tasks of the measures wanted."""
        return [measure.task for measure, _ in self.wanted]

    def only(self, possible: Sequence[str], why: str) -> None:
        """Raise UsageError where a task is asked for that is not possible."""
        for name in [*(self.tasks or ()), *self.implied]:
            if name in TASKS and name not in possible:
                raise UsageError(f"task {name!r} cannot be scored here: {why}")


@dataclass(frozen=True)
class _Found:
    """What was counted, of which gold and system."""

    system: Mapping[str, Any]
    gold: Corpus
    counts: dict[str, Counts]
    incidents: Incidents
    dropped: int
    notes: list[str]


def _score_documents(
    asked: _Asked, path: str, shards: tuple[str, ...], gold_path: str, source: tuple[str, ...] | Corpus, engine: str,
    folder: Path, progress: Progress,
) -> _Found:  # fmt: skip
    asked.only(_BY_DOCUMENT, "it joins documents; give one file, without --engine")
    run = _engine(engine)(source, shards, folder, progress)
    of_gold, of_pred = run.survey()
    _refuse([*of_gold.incidents, *of_pred.incidents], path, asked.on_error)
    if isinstance(source, Corpus):
        gold, witness, used, documents = source, source, None, len(source.doc_ids)
    else:
        gold = _named(gold_path, source, of_gold.header)
        witness, used, documents = of_gold.witness(gold.name), of_gold.labels, of_gold.documents
    system = _system(path, of_pred.header)
    scorers, notes = chosen(
        witness, of_pred.witness(system["name"]), asked.tasks, asked.profiles, asked.implied, _BY_DOCUMENT
    )
    plan = Plan(
        Side.of(gold.name, source if isinstance(source, tuple) else (), of_gold),
        Side.of(system["name"], shards, of_pred),
        tuple(scorers),
        asked.options,
        {} if asked.labels is None else load_map(asked.labels),
        used,
        blocks=asked.units == "block" or (asked.units is None and documents > _DOCUMENTS),
    )
    counts, incidents, dropped = _whole(run.parts(plan))
    incidents.extend(of_pred.incidents)
    _refuse(list(incidents), path, asked.on_error)
    notes += [f"units are {BLOCKS} blocks of documents"] if plan.blocks else []
    return _Found(system, gold, counts, incidents, dropped, notes)


def _score_labels(
    asked: _Asked, path: str, shards: tuple[str, ...], gold_path: str, source: tuple[str, ...] | Corpus, engine: str,
    folder: Path, progress: Progress,
) -> _Found:  # fmt: skip
    asked.only(("clusters",), "the predictions are cluster labels")
    if asked.profiles or asked.on_error == "drop":
        raise UsageError("cluster labels in shards are scored by no profile, and none are dropped")
    progress("tabulating", 0, 1)
    counts = count_labels(source, shards, engine, folder, path, asked.options)
    progress("tabulating", 1, 1)
    gold = source if isinstance(source, Corpus) else _named(gold_path, source, {})
    notes = [] if engine == "local" else [f"units are {BLOCKS} blocks of connected components"]
    return _Found(_system(path, {}), gold, {"clusters": counts}, Incidents(), 0, notes)


def _system(path: str, header: Mapping[str, Any]) -> dict[str, Any]:
    stated = header.get("system") or {}
    return {"name": str(stated.get("name") or _stem(path)), "version": stated.get("version")}


def _stem(path: str) -> str:
    """A name for what many files hold: their folder's, or the file's."""
    at = Path(path)
    return (at.parent.name if any(sign in at.name for sign in "*?[") else at.name.split(".")[0]) or "unnamed"


def _engine(name: str) -> type[Local] | type[Spark]:
    if name != "spark":
        return Local
    from goldwire.engines.spark import Spark

    return Spark


def _named(path: str, shards: Sequence[str], header: Mapping[str, Any]) -> Corpus:
    """Name, version and digest of sharded gold; the digest is that of the shards' digests."""
    about = header.get("corpus") or {}
    digest = hashlib.sha256("\n".join(sorted(map(digest_of, shards))).encode()).hexdigest()
    return Corpus((), {}, name=str(about.get("name") or _stem(path)), version=about.get("version"), digest=digest)


def _refuse(incidents: Sequence[Incident], path: str, on_error: str) -> None:
    """Raise IncidentError where there are errors that may not be dropped."""
    found = Incidents()
    found.extend(incidents)
    fatal = any(found.counts[rule] for rule in UNDROPPABLE)
    if fatal or (found.errors and on_error != "drop"):
        hint = "" if fatal else " (--on-error=drop scores the rest)"
        raise IncidentError(f"{path}: {found.errors} error(s), not scored{hint}", list(found))


def _whole(counted: Iterable[Part]) -> tuple[dict[str, Counts], Incidents, int]:
    """Parts of disjoint documents, added up."""
    incidents, dropped = Incidents(), 0
    stacks: dict[str, list[Counts]] = {}
    for part in counted:
        incidents.extend(part.incidents)
        dropped += part.dropped
        for name, counts in part.counts.items():
            stacks.setdefault(name, []).append(counts)
    return {name: Counts.stack(stack) for name, stack in stacks.items()}, incidents, dropped
