"""Scoring shards: survey, sort, count part by part, add up."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from goldwire.corpus.maps import load_map, map_name
from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts
from goldwire.engines.kernel import Part, Plan, Side
from goldwire.engines.local import Local
from goldwire.engines.parts import claim
from goldwire.engines.shards import digest_of, is_sharded, shards_of, size_of
from goldwire.engines.survey import Progress, Survey
from goldwire.errors import IncidentError, UsageError
from goldwire.incidents import UNDROPPABLE, Incident, Incidents
from goldwire.measures import parse_name
from goldwire.profiles import scorer
from goldwire.reading import load_corpus
from goldwire.results import Result, signature
from goldwire.scoring import chosen, stated, values_of
from goldwire.tasks import TASKS

__all__ = ["score_shards"]

Units = Literal["document", "block"]

_DOCUMENTS = 20_000
"""More documents than these are counted in blocks, unless asked otherwise."""

_BY_DOCUMENT = tuple(name for name, task in TASKS.items() if task.unit == "document")


def score_shards(
    predictions: str | Path,
    gold: str | Path | None = None,
    *,
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
    """Score one system's predictions in many files against gold in one or many, in bounded memory.

    predictions, gold: a pattern, a folder of record files or a URL of either; gold also all that ``goldwire.score`` takes.
    work:     a folder for intermediate files; the same call goes on there after an interruption. None = a temporary one.
    units:    what counts are kept per: "document", or "block", a few thousand groups of documents by the hash of their
              id, of which intervals and tests are as valid and results as small for any number of documents.
              None = documents up to twenty thousand of them.
    progress: called with what is being done, how much of it is done, and how much there is.
    The others are those of ``goldwire.score``.

    Every task that takes documents one by one can be scored; the others raise UsageError. Raises ReadError, and
    IncidentError as ``goldwire.score`` does; a damaged shard is named and never skipped.
    """
    began = time.perf_counter()
    shards = tuple(shards_of(predictions))
    source = tuple(shards_of(gold)) if gold is not None and is_sharded(gold) else load_corpus(gold)
    mapping = {} if labels is None else load_map(labels)
    counting = stated(options)
    wanted = [parse_name(name) for name in measures] if measures else []
    implied = [measure.task for measure, _ in wanted]
    _by_document([*(tasks or ()), *implied])
    with ExitStack() as stack:
        folder = Path(work or stack.enter_context(tempfile.TemporaryDirectory(prefix="goldwire-")))
        every = (*shards, *(source if isinstance(source, tuple) else ()))
        job = {
            "shards": {shard: size_of(shard) for shard in every}, "gold": str(gold), "tasks": list(tasks or []),
            "profiles": list(profiles), "measures": list(measures or []), "map": map_name(labels),
            "options": counting, "units": units,
        }  # fmt: skip
        claim(folder, job)
        run = Local(source, shards, folder, progress)
        of_gold, of_pred = run.survey()
        _refuse([*of_gold.incidents, *of_pred.incidents], str(predictions), on_error)
        about = source if isinstance(source, Corpus) else _named(str(gold), source, of_gold)
        name = str((of_pred.header.get("system") or {}).get("name") or Path(str(predictions)).parent.name)
        witness = source if isinstance(source, Corpus) else of_gold.witness(about.name)
        scorers, notes = chosen(witness, of_pred.witness(name), tasks, profiles, implied, _BY_DOCUMENT)
        documents = len(source.doc_ids) if isinstance(source, Corpus) else of_gold.documents
        plan = Plan(
            Side.of(about.name, () if isinstance(source, Corpus) else source, of_gold),
            Side.of(name, shards, of_pred),
            tuple(scorers),
            counting,
            mapping,
            None if isinstance(source, Corpus) else of_gold.labels,
            blocks=units == "block" or (units is None and documents > _DOCUMENTS),
        )
        counts, incidents, dropped = _whole(run.parts(plan))
    incidents.extend(of_pred.incidents)
    _refuse(list(incidents), str(predictions), on_error)
    return Result(
        system={"name": name, "version": (of_pred.header.get("system") or {}).get("version")},
        gold={"name": about.name, "version": about.version, "digest": about.digest},
        tasks=tuple(scorers),
        signature=signature(about, [scorer(one) for one in scorers], counting, map_name(labels)),
        values=values_of(counts, wanted, slices, level),
        counts=counts,
        incidents=list(incidents),
        dropped=dropped,
        notes=notes + (["units are blocks of documents"] if plan.blocks else []),
        timing={"score": round(time.perf_counter() - began, 6)},
        level=level,
    )


def _named(path: str, shards: Sequence[str], survey: Survey) -> Corpus:
    """Name, version and digest of sharded gold; the digest is that of the shards' digests."""
    stated = survey.header.get("corpus") or {}
    digest = hashlib.sha256("\n".join(sorted(map(digest_of, shards))).encode()).hexdigest()
    name = str(stated.get("name") or (Path(path).parent if any(c in path for c in "*?[") else Path(path)).name)
    return Corpus((), {}, name=name, version=stated.get("version"), digest=digest)


def _by_document(names: Sequence[str]) -> None:
    """Raise UsageError for tasks that join documents."""
    for name in names:
        if name in TASKS and name not in _BY_DOCUMENT:
            raise UsageError(f"task {name!r} joins documents and cannot be scored in shards; give one file")


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
