"""Aligned passages, against PAN's text alignment script of 2013."""

from __future__ import annotations

import re
from collections.abc import Callable
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

TITLE = "Passages"
ABOUT = (
    "Cases of reuse between documents of 20,000 characters, and detections of them in pieces. Goldwire computes all "
    "its measures of passages, PAN's script macro and micro precision and recall and granularity."
)
_PAN, _SCRIPT = "pan-webis-de/pan-code", "clef13/text-alignment/pan13-text-alignment-perfmeasures.py"
_LENGTH = 20_000


def cases(_folder: Path, scale: float) -> list[Case]:
    """5,000 cases in 1,000 pairs of documents."""
    size = {"pairs": max(20, int(1000 * scale)), "each": 5}
    return [
        Case(
            f"{size['pairs'] * 5:,} cases in {size['pairs']:,} pairs of documents",
            goldwire("benchmarks.passages:all_measures", **size),
            peers=((Program("PAN 2013", "benchmarks.passages:pan", size, repository=_PAN), Target()),),
        )
    ]


def passages(pairs: int, each: int) -> tuple[IntArray, IntArray]:
    """(gold, predictions), each (rows, 5): pair, start and end in its first document, start and end in its second."""
    rng = np.random.default_rng(SEED)
    n = pairs * each
    pair = np.repeat(np.arange(pairs), each)
    slot = np.tile(np.arange(each) * (_LENGTH // each), pairs)
    starts = slot + rng.integers(0, 1000, (2, n))
    length = rng.integers(200, 2000, n)
    gold = np.stack([pair, starts[0], starts[0] + length, starts[1], starts[1] + length], axis=1)
    found = gold[rng.random(n) < 0.85]
    pieces = rng.integers(1, 4, len(found))
    pred = np.repeat(found, pieces, axis=0)
    part = np.arange(len(pred)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    size = (pred[:, 2] - pred[:, 1]) // np.repeat(pieces, pieces)
    for start in (1, 3):
        pred[:, start] += part * size + rng.integers(0, 40, len(pred))
        pred[:, start + 1] = pred[:, start] + size
    wrong = rng.random(len(pred)) < 0.1
    pred[wrong, 0] = rng.integers(0, pairs, int(wrong.sum()))
    return gold, pred


def all_measures(pairs: int, each: int) -> Callable[[], Any]:
    """Goldwire."""
    task, measures = get_task("passages"), measures_of("passages")

    def work(gold: Corpus, pred: Corpus) -> Any:
        totals = {name: np.asarray(value) for name, value in task.count(gold, pred).totals().items()}
        return [measure.value(totals) for measure in measures if measure.over is None]

    work(*(_corpus(rows, 4) for rows in passages(4, 2)))
    return partial(work, *(_corpus(rows, pairs) for rows in passages(pairs, each)))


def _corpus(rows: IntArray, pairs: int) -> Corpus:
    names = pa.array([f"{side}{i:06d}" for side in "ab" for i in range(pairs)])
    columns = {
        "a": names.take(pa.array(rows[:, 0])),
        "b": names.take(pa.array(rows[:, 0] + pairs)),
        "relation": pa.array(["verbatim"] * len(rows)),
    }
    columns |= {
        name: pa.array(rows[:, i], pa.int32()) for i, name in enumerate(("a_start", "a_end", "b_start", "b_end"), 1)
    }
    schema = SCHEMAS["passages"]
    table = pa.table([columns.get(f.name, pa.nulls(len(rows), f.type)) for f in schema], schema=schema)
    return Corpus(tuple(names.to_pylist()), {"passages": table})


def pan(pairs: int, each: int) -> Callable[[], Any]:
    """The script, which is Python 2, without its command line and its print statements."""
    path = checkout(_PAN) / _SCRIPT
    source = re.split(r"^def (?:usage|main)\(", path.read_text(encoding="utf-8"), flags=re.M)[0]
    script = ModuleType("pan13")
    vars(script)["print"] = lambda *_: None
    exec(re.sub(r"^(\s*)print (.+)$", r"\1print(\2)", source, flags=re.M), vars(script))  # noqa: S102

    def annotations(rows: IntArray) -> list[Any]:
        return [
            script.Annotation(f"a{pair}", start, end - start, f"b{pair}", other, last - other, True)
            for pair, start, end, other, last in rows.tolist()
        ]

    gold, pred = (annotations(rows) for rows in passages(pairs, each))
    figures = (script.macro_avg_recall_and_precision, script.micro_avg_recall_and_precision, script.granularity)
    return lambda: [figure(gold, pred) for figure in figures]
