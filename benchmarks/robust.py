"""Inputs that are hard by their shape: they have to finish, in bounded memory."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.data import SEED, mentions
from benchmarks.events import all_measures as event_measures
from benchmarks.files import jsonl_file
from benchmarks.plan import Case, Program, Target, goldwire
from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.counts import IntArray
from goldwire.scoring import score
from goldwire.tasks.clusters import cluster_counts

TITLE = "Hard shapes"
ABOUT = (
    "What is quadratic in a careless scorer. Through goldwire.score with everything it reports, if not said otherwise."
)


def prepare(folder: str, scale: float) -> None:
    """A document of many mentions on one line."""
    for side, data in zip(("gold", "pred"), mentions(1, max(1000, int(1_000_000 * scale))), strict=True):
        jsonl_file(data, Path(folder) / f"line-{side}.jsonl")


def cases(folder: Path, scale: float) -> list[Case]:
    """Large documents, crowded documents, clusters of one and one cluster of all."""
    million = max(1000, int(1_000_000 * scale))
    crowd = max(200, int(100_000 * scale))
    line = (str(folder / "line-pred.jsonl"), "--gold", str(folder / "line-gold.jsonl"))
    command = (sys.executable, "-m", "goldwire", "score", *line)

    def case(what: str, function: str, megabytes: float = 4096, **arguments: Any) -> Case:
        ours = goldwire(f"benchmarks.robust:{function}", rounds=1, **arguments)
        return Case(what, ours, target=Target(megabytes=megabytes))

    return [
        case(f"{10 * million:,} mentions in one document, entities", "one_document", 12_288, size=10 * million),
        case(f"{crowd:,} nested mentions in one document, all overlapping", "onion", size=crowd),
        case(f"{crowd:,} mentions of one start in one document", "staircase", size=crowd),
        case(f"{million:,} singleton clusters, all measures, kernel", "singletons", size=million),
        case(f"One cluster of {million:,}, all measures, kernel", "one_cluster", size=million),
        case(f"{million // 10:,} items in unrelated clusters of 100, all measures, kernel", "unrelated",
             size=million // 10),
        case(f"{3 * crowd // 10:,} events with {9 * crowd // 10:,} arguments in one document, kernel", "events",
             size=3 * crowd // 10),
        Case(f"{million:,} mentions on one line of JSON Lines, entities and coreference, whole process",
             Program("Goldwire", command=command), target=Target(megabytes=4096)),
    ]  # fmt: skip


def one_document(size: int) -> Callable[[], Any]:
    """Flat mentions, the usual noise."""
    gold, pred = mentions(1, size)
    sides = pred.corpus("predictions"), gold.corpus("gold")
    return partial(score, *sides, tasks=["entities"])


def _spans(start: IntArray, end: IntArray) -> Corpus:
    rng = np.random.default_rng(SEED)
    kinds = pa.array(["GPE", "ORG", "PERSON"]).take(pa.array(rng.integers(0, 3, len(start))))
    columns = {
        "doc_id": pa.array(["d"] * len(start)),
        "start": pa.array(start, pa.int32()),
        "end": pa.array(end, pa.int32()),
        "type": kinds,
    }
    schema = SCHEMAS["mentions"]
    table = pa.table([columns.get(f.name, pa.nulls(len(start), f.type)) for f in schema], schema=schema)
    return Corpus(("d",), {"mentions": table}, name="spans")


def onion(size: int) -> Callable[[], Any]:
    """Each inside the one before it; predictions are off by one character at both ends."""
    at = np.arange(size)
    gold, pred = _spans(at * 2, 4 * size - at * 2), _spans(at * 2 + 1, 4 * size + 1 - at * 2)
    return partial(score, pred, gold, tasks=["entities"])


def staircase(size: int) -> Callable[[], Any]:
    """All begin at the same place; predictions end one character later."""
    at = np.arange(size)
    gold, pred = _spans(at * 0, at * 2 + 1), _spans(at * 0, at * 2 + 2)
    return partial(score, pred, gold, tasks=["entities"])


def _counts(gold: IntArray, pred: IntArray) -> Callable[[], Any]:
    return partial(cluster_counts, np.zeros(len(gold), np.int64), gold, pred, 1)


def singletons(size: int) -> Callable[[], Any]:
    """Every item by itself on both sides."""
    return _counts(np.arange(size), np.arange(size)[::-1].copy())


def one_cluster(size: int) -> Callable[[], Any]:
    """All items together on both sides."""
    return _counts(np.zeros(size, np.int64), np.zeros(size, np.int64))


def unrelated(size: int) -> Callable[[], Any]:
    """Nearly every gold cluster shares an item with nearly a hundred predicted ones: one huge assignment."""
    rng = np.random.default_rng(SEED)
    gold, pred = rng.integers(0, size // 100, (2, size))
    return _counts(gold, pred)


def events(size: int) -> Callable[[], Any]:
    """One document instead of many."""
    return event_measures(1, size)
