"""Events: triggers and arguments, against TextEE's scorer."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.data import SEED
from benchmarks.plan import Case, Program, Target, checkout, goldwire
from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.counts import IntArray
from goldwire.measures import measures_of
from goldwire.tasks import get_task

TITLE = "Events"
ABOUT = (
    "Sentences of three events with three arguments each. The time is that of one figure: of all F1 and accuracies "
    "that the task computes in one go here, and of TextEE's six."
)
_TEXTEE = "ej0cl6/TextEE"
_WORD = 7  # letters and the space behind them
_TYPES, _ROLES = 12, 6


def cases(_folder: Path, scale: float) -> list[Case]:
    """10,000 sentences."""
    size = {"documents": max(50, int(10_000 * scale))}
    figures = sum(measure.name.endswith((".f1", ".accuracy")) for measure in measures_of("events"))
    return [
        Case(
            f"{size['documents']:,} sentences × 3 events × 3 arguments, per figure ({figures} figures)",
            goldwire("benchmarks.events:all_measures", rounds=3, per=figures, **size),
            peers=(
                (
                    Program("TextEE", "benchmarks.events:textee", size, per=6, rounds=3, repository=_TEXTEE),
                    Target(ratio=1),
                ),
            ),
        )
    ]


@dataclass(frozen=True)
class Events:
    """One side. doc, word, type: (events,); of: (arguments,) event; at, role: (arguments,). All spans are one word."""

    doc: IntArray
    word: IntArray
    type: IntArray
    of: IntArray
    at: IntArray
    role: IntArray

    def corpus(self, documents: int) -> Corpus:
        """The events as a Corpus."""
        ids = pa.array([f"s{i:06d}" for i in range(documents)])
        event = pa.array(np.arange(len(self.doc))).cast(pa.string())
        doc = ids.take(pa.array(self.doc))
        triggers = {"doc_id": doc, "event_id": event, "type": _names("T", self.type), **_span(self.word)}
        arguments = {
            "doc_id": doc.take(pa.array(self.of)),
            "event_id": event.take(pa.array(self.of)),
            "role": _names("R", self.role),
            **_span(self.at),
        }
        tables = {"triggers": _table("triggers", triggers), "arguments": _table("arguments", arguments)}
        return Corpus(tuple(ids.to_pylist()), tables, name="events")


def _names(letter: str, codes: IntArray) -> pa.Array:
    return pa.array([f"{letter}{i}" for i in range(_TYPES)]).take(pa.array(codes))


def _span(word: IntArray) -> dict[str, pa.Array]:
    start = word * _WORD
    return {"start": pa.array(start, pa.int32()), "end": pa.array(start + _WORD - 1, pa.int32())}


def _table(name: str, columns: Mapping[str, pa.Array]) -> pa.Table:
    rows = len(columns["doc_id"])
    return pa.table([columns.get(f.name, pa.nulls(rows, f.type)) for f in SCHEMAS[name]], schema=SCHEMAS[name])


def events(documents: int, each: int = 3) -> tuple[Events, Events]:
    """(gold, predictions): ``each`` events a document, three arguments an event."""
    rng = np.random.default_rng(SEED)
    n = documents * each
    gold = Events(
        doc=np.repeat(np.arange(documents), each),
        word=np.tile(np.arange(each) * 10 + 3, documents),
        type=rng.integers(0, _TYPES, n),
        of=np.repeat(np.arange(n), 3),
        at=np.tile(np.arange(each * 3) // 3 * 10 + np.tile([0, 5, 8], each), documents),
        role=rng.integers(0, _ROLES, 3 * n),
    )
    return gold, _noisy(gold, rng)


def _noisy(gold: Events, rng: np.random.Generator) -> Events:
    n, m = len(gold.doc), len(gold.of)
    kept = rng.random(n) < 0.92
    stays = kept[gold.of] & (rng.random(m) < 0.9)
    number = np.cumsum(kept) - 1
    draw = rng.random(m)
    moved = replace(
        gold,
        word=gold.word + (rng.random(n) < 0.05),
        type=np.where(rng.random(n) < 0.07, rng.integers(0, _TYPES, n), gold.type),
        at=gold.at + (draw < 0.06),
        role=np.where(draw > 0.92, rng.integers(0, _ROLES, m), gold.role),
    )
    return Events(
        doc=moved.doc[kept],
        word=moved.word[kept],
        type=moved.type[kept],
        of=number[gold.of][stays],
        at=moved.at[stays],
        role=moved.role[stays],
    )


def all_measures(documents: int, each: int = 3) -> Callable[[], Any]:
    """Goldwire."""
    task, measures = get_task("events"), measures_of("events")

    def work(gold: Corpus, pred: Corpus) -> Any:
        counts = task.count(gold, pred)
        totals = {name: np.asarray(value) for name, value in counts.totals().items()}
        return [measure.value(totals) for measure in measures if measure.over is None]

    work(*(side.corpus(5) for side in events(5)))
    return partial(work, *(side.corpus(documents) for side in events(documents, each)))


def textee(documents: int) -> Callable[[], Any]:
    """TextEE's end-to-end figures."""
    gold, pred = (list(_records(side, documents)) for side in events(documents))
    sys.modules["ipdb"] = ModuleType("ipdb")  # a debugger that the scorer imports and does not use
    spec = importlib.util.spec_from_file_location("textee_scorer", checkout(_TEXTEE) / "TextEE" / "scorer.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(_TEXTEE)
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    return lambda: scorer.compute_scores(pred, gold, "E2E")


def _records(side: Events, documents: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"doc_id": f"s{i}", "wnd_id": "0", "events": []} for i in range(documents)]
    listed = []
    for doc, word, kind in zip(side.doc.tolist(), side.word.tolist(), side.type.tolist(), strict=True):
        listed.append({"trigger": (word, word + 1, f"T{kind}", "w"), "arguments": []})
        found[doc]["events"].append(listed[-1])
    for event, word, role in zip(side.of.tolist(), side.at.tolist(), side.role.tolist(), strict=True):
        listed[event]["arguments"].append((word, word + 1, f"R{role}", "w"))
    return found
