"""Scoring shards: survey, sort, count part by part, add up."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from goldwire._version import __version__
from goldwire.corpus.maps import load_map, map_name
from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts
from goldwire.engines.dataset import Dataset, sharded
from goldwire.engines.joins import BLOCKS
from goldwire.engines.kernel import Part, Plan, Side
from goldwire.engines.labels import count_labels, label_header
from goldwire.engines.local import Local
from goldwire.engines.parts import claim
from goldwire.engines.shards import digest_of, shards_of, size_of
from goldwire.engines.sources import Records, Source
from goldwire.engines.survey import Progress, Survey
from goldwire.errors import IncidentError, UsageError
from goldwire.incidents import UNDROPPABLE, Incidents
from goldwire.measures import parse_name
from goldwire.measures.core import Measure
from goldwire.paths import is_sharded
from goldwire.profiles import scorer
from goldwire.reading import is_folder, load_corpus, released
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

_POSSIBLE = tuple(name for name, task in TASKS.items() if task.unit != "corpus")


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

    predictions, gold: a pattern, a folder of record files or a URL of either; gold also all that ``goldwire.score`` takes,
              of which a built dataset whose configs come in several files is read file by file.
    engine:   one of ENGINES; all of them call the same kernels. "local" sorts all on disk; "duckdb" is the same, but for
              shards of nothing but cluster labels, which a database that spills to disk tabulates; "spark" does both
              where a cluster reads the shards.
    work:     a folder for intermediate files; the same call goes on there after an interruption. None = a temporary one.
    units:    what counts are kept per: "document", or "block", a few thousand groups of documents by the hash of their
              id, of which intervals and tests are as valid and results as small for any number of documents.
              None = documents up to twenty thousand of them.
    progress: called with what is being done, how much of it is done, and how much there is.
    The others are those of ``goldwire.score``.

    Scored are all tasks but those over the whole corpus, which raise UsageError. Memory is that of some documents, or of
    the largest group of documents that pairs or clusters of either side join. Raises ReadError, MissingExtra, and
    IncidentError as ``goldwire.score`` does; a damaged shard is named and never skipped.
    """
    if engine not in ENGINES:
        raise UsageError(f"no engine {engine!r}; engines: {', '.join(ENGINES)}")
    began = time.perf_counter()
    pred = Records("predictions", tuple(shards_of(predictions)))
    source = _gold(gold)
    counting = stated(options)
    every = (*pred.shards, *(() if isinstance(source, Corpus) else source.shards))
    job = {
        "shards": {shard: size_of(shard) for shard in every}, "gold": [str(gold), getattr(source, "digest", None)],
        "tasks": list(tasks or []), "profiles": list(profiles), "measures": list(measures or []),
        "map": map_name(labels), "options": counting, "units": units, "engine": engine, "goldwire": __version__,
    }  # fmt: skip
    with ExitStack() as stack:
        folder = Path(work or stack.enter_context(tempfile.TemporaryDirectory(prefix="goldwire-")))
        claim(folder, job)
        wanted = [parse_name(name) for name in measures] if measures else []
        asked = _Asked(tasks, profiles, wanted, counting, labels, on_error, units)
        sides = _Sides(source, pred, (str(gold), str(predictions)))
        headers = None if engine == "local" else sides.label_headers()
        found = (
            _score_documents(asked, sides, engine, folder, progress)
            if headers is None
            else _score_labels(asked, sides, headers, engine, folder, progress)
        )
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
class _Sides:
    """What is compared; paths: of gold and predictions, as they were given."""

    gold: Source | Corpus
    pred: Records
    paths: tuple[str, str]

    def label_headers(self) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
        """What the shards of gold and predictions say ahead, where all that they hold is cluster labels; else None."""
        if isinstance(self.gold, Dataset):
            return None
        pred = label_header(self.pred.shards)
        gold = {} if isinstance(self.gold, Corpus) else label_header(self.gold.shards)
        return None if gold is None or pred is None else (gold, pred)


@dataclass(frozen=True)
class _Found:
    """What was counted, of which gold and system."""

    system: Mapping[str, Any]
    gold: Corpus
    counts: dict[str, Counts]
    incidents: Incidents
    dropped: int
    notes: list[str]


def _score_documents(asked: _Asked, sides: _Sides, engine: str, folder: Path, progress: Progress) -> _Found:
    asked.only(_POSSIBLE, "its entities join documents of all shards; give one file, without --engine")
    source, (gold_path, path) = sides.gold, sides.paths
    run = _engine(engine)(source, sides.pred, folder, progress)
    of_gold, of_pred = run.survey()
    several = len(sides.pred.shards) > 1
    _refuse_gold(of_gold.incidents, gold_path)
    _refuse(of_pred.incidents, path, asked.on_error, several)
    if isinstance(source, Corpus):
        gold, witness, used, documents = source, source, None, len(source.doc_ids)
    else:
        gold = _named(gold_path, source, of_gold.header)
        witness, used, documents = of_gold.witness(gold.name), of_gold.labels, of_gold.documents or of_gold.pairs
    system = _system(path, of_pred.header)
    scorers, notes = chosen(
        witness, of_pred.witness(system["name"]), asked.tasks, asked.profiles, asked.implied, _POSSIBLE
    )
    plan = Plan(
        _gold_side(source, gold, of_gold),
        Side.of(system["name"], sides.pred.shards, of_pred),
        tuple(scorers),
        asked.options,
        {} if asked.labels is None else load_map(asked.labels),
        used,
        blocks=asked.units == "block" or (asked.units is None and documents > _DOCUMENTS),
    )
    counts, incidents, faults, dropped = _whole(run.parts(plan), plan)
    _refuse_gold(faults, gold_path)
    incidents.update(of_pred.incidents)
    _refuse(incidents, path, asked.on_error, several)
    what = "documents, or of the components they are joined into" if plan.joined else "documents"
    notes += [f"units are {BLOCKS} blocks of {what}"] if plan.blocks else []
    return _Found(system, gold, counts, incidents, dropped, notes)


def _score_labels(
    asked: _Asked, sides: _Sides, headers: tuple[Mapping[str, Any], Mapping[str, Any]], engine: str, folder: Path,
    progress: Progress,
) -> _Found:  # fmt: skip
    asked.only(("clusters",), "the predictions are cluster labels")
    if asked.profiles or asked.on_error == "drop":
        raise UsageError(
            "cluster labels are scored by no profile with this engine, and none are dropped; use --engine local"
        )
    gold_path, path = sides.paths
    progress("tabulating", 0, 1)
    counts = count_labels(sides.gold, sides.pred.shards, engine, folder, sides.paths, asked.options)
    progress("tabulating", 1, 1)
    gold = sides.gold if isinstance(sides.gold, Corpus) else _named(gold_path, sides.gold, headers[0])
    notes = [f"units are {BLOCKS} blocks of connected components"]
    return _Found(_system(path, headers[1]), gold, {"clusters": counts}, Incidents(), 0, notes)


def _gold(gold: str | Path | None) -> Source | Corpus:
    """Shards of records, the files of a built dataset that has many, or anything else in memory."""
    if gold is None:
        return load_corpus(gold)
    if is_sharded(gold):
        return Records("gold", tuple(shards_of(gold)))
    where = released(gold)
    return (sharded(where) if is_folder(where) else None) or load_corpus(gold)


def _gold_side(source: Source | Corpus, gold: Corpus, survey: Survey) -> Side:
    side = Side.of(gold.name, () if isinstance(source, Corpus) else source.shards, survey)
    if not isinstance(source, Dataset):
        return side
    faults = Incidents()
    common = source.common(faults)
    _refuse_gold(faults, str(source.folder))
    return replace(side, version=gold.version, digest=gold.digest, common=common, packed=source.schemas)


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


def _named(path: str, gold: Source, header: Mapping[str, Any]) -> Corpus:
    """Name, version and digest of sharded gold; the digest of records is that of their shards' digests."""
    if isinstance(gold, Dataset):
        name, version, digest = (gold.manifest[key] for key in ("name", "version", "digest"))
        return Corpus((), {}, name=name, version=version, digest=digest)
    about = header.get("corpus") or {}
    digest = hashlib.sha256("\n".join(sorted(map(digest_of, gold.shards))).encode()).hexdigest()
    return Corpus((), {}, name=str(about.get("name") or _stem(path)), version=about.get("version"), digest=digest)


def _refuse_gold(faults: Incidents, path: str) -> None:
    """Raise IncidentError where the gold has errors; none of them are ever dropped."""
    if faults.errors:
        raise IncidentError(f"{path}: {faults.errors} error(s) in the gold", list(faults))


def _refuse(found: Incidents, path: str, on_error: str, several: bool) -> None:
    """Raise IncidentError where there are errors that may not be dropped; several: whether there is more than one shard."""
    fatal = any(found.counts[rule] for rule in UNDROPPABLE)
    if fatal or (found.errors and on_error != "drop"):
        hint = "" if fatal else " (--on-error=drop scores the rest)"
        if several and found.counts["repeated-document"]:
            hint = " (a folder or pattern is one system in many shards; several systems are several arguments)"
        raise IncidentError(f"{path}: {found.errors} error(s), not scored{hint}", list(found))


def _whole(counted: Iterable[Part], plan: Plan) -> tuple[dict[str, Counts], Incidents, Incidents, int]:
    """Parts of disjoint documents, added up: counts, incidents, faults of the gold, dropped items."""
    incidents, faults, dropped = Incidents(), Incidents(), 0
    stacks: dict[str, list[Counts]] = {name: [] for name in plan.scorers}
    for part in counted:
        incidents.update(part.incidents)
        faults.update(part.faults)
        dropped += part.dropped
        for name, counts in part.counts.items():
            stacks[name].append(counts)
    add = Counts.merged if plan.blocks else Counts.stack
    return {name: scorer(name).summed(add(stack)) for name, stack in stacks.items()}, incidents, faults, dropped
