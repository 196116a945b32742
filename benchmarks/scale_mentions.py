"""Mentions by the million in shards, document by document in bounded memory, against nervaluate and coval."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.data import SEED, mentions
from benchmarks.files import parquet_file
from benchmarks.plan import Case, Program, Target

TITLE = "Mentions"
ABOUT = (
    "Parquet shards of documents of 25 mentions, gold and predicted: `goldwire score` of entities under all schemes and of "
    "coreference, with intervals over blocks of documents. Beyond the first bucket memory does not grow. nervaluate (four "
    "schemes) and coval (coreference) start from data in memory."
)
_SIZES = (1_000_000, 10_000_000)
_SHARD = 500_000


def prepare(folder: str, scale: float) -> None:
    """Shards of half a million mentions, of the largest size; smaller sizes are the first of them."""
    for number in range(_SIZES[-1] // _SHARD):
        documents = max(2, int(_SHARD * scale) // 25)
        for side, data in zip(
            ("gold", "pred"), mentions(documents, 25, seed=SEED + number, prefix=f"{number:03}-"), strict=True
        ):
            for size in _SIZES:
                if number < size // _SHARD:
                    path = Path(folder) / f"mentions-{size}" / side
                    path.mkdir(parents=True, exist_ok=True)
                    parquet_file(data, path / f"{number:03}.parquet")


def cases(folder: Path, scale: float) -> list[Case]:
    """Two sizes; both tasks, then entities alone."""

    def case(size: int, tasks: str, *peers: tuple[Program, Target]) -> Case:
        n = max(50, int(_SHARD * scale)) * (size // _SHARD)
        gold, pred = (str(folder / f"mentions-{size}" / side / "*.parquet") for side in ("gold", "pred"))
        command = (sys.executable, "-m", "goldwire", "score", pred, "--gold", gold, "--units", "block")
        chosen = [option for task in tasks.split(" and ") for option in ("--task", task)]
        ours = Program("Goldwire", command=(*command, *chosen))
        return Case(f"{n:,} mentions, {tasks}", ours, peers=peers, series=f"mentions, {tasks}", items=n)

    million, ten = _SIZES
    tenth = {"documents": max(4, int(4000 * scale)), "per_document": 25, "entities": 8}
    nervaluate = Program(
        "nervaluate", "benchmarks.entities:nervaluate",
        {"documents": max(4, int(4000 * scale)), "per_document": 25}, fraction=0.1, package="nervaluate",
    )  # fmt: skip
    coval = Program("coval", "benchmarks.coreference:coval", tenth, fraction=0.1, repository="ns-moosavi/coval")
    return [
        case(million, "entities", (nervaluate, Target())),
        case(ten, "entities"),
        case(million, "coref", (coval, Target())),
        case(ten, "coref"),
    ]
