"""`goldwire score` from files to figures, start-up included: against other scorers and against reading alone."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.data import mentions
from benchmarks.entities import tags
from benchmarks.files import jsonl_file, parquet_file
from benchmarks.plan import Case, Program, Target

TITLE = "End to end"
ABOUT = (
    "Whole processes: start-up, reading, checking every record, scoring with confidence intervals, printing. Against "
    "scorers that read the same mentions (nervaluate JSON Lines, seqeval a file of tags), and against a process in "
    "which pyarrow reads both files and does nothing with them."
)
_SERIAL = (
    "gold and predictions are read side by side, but start-up, the check of the predictions, the matching and the intervals "
    "follow one another, most of them on one core; the reading alone, which has to be done as well, is a good part of the sum."
)
_SECOND = (
    "both tasks are counted side by side on the two cores that reading was on; coreference is the longer one: it looks up "
    "a million cluster ids of either side and loads SciPy for the few clusters that only an assignment can settle."
)
_START = "start-up and the checked reading of JSON take most of the time."


def _sizes(scale: float) -> tuple[int, int]:
    return max(40, int(40_000 * scale)), max(20, int(20_000 * scale))


def prepare(folder: str, scale: float) -> None:
    """Gold and predictions of 1,000,000 mentions, of 500,000 and of 500."""
    large, small = _sizes(scale)
    for name, documents in (("large", large), ("small", small), ("tiny", 20)):
        for side, data in zip(("gold", "pred"), mentions(documents, 25), strict=True):
            stem = Path(folder) / f"{name}-{side}"
            parquet_file(data, stem.with_suffix(".parquet"))
            jsonl_file(data, stem.with_suffix(".jsonl"))
            if name == "small":
                text = "\n\n".join("\n".join(document) for document in tags(data))
                stem.with_suffix(".tags").write_text(text + "\n", encoding="utf-8")


def cases(folder: Path, scale: float) -> list[Case]:
    """Against peers; against reading."""
    large, small = _sizes(scale)

    def files(name: str, kind: str) -> tuple[str, str]:
        return str(folder / f"{name}-gold.{kind}"), str(folder / f"{name}-pred.{kind}")

    def score(name: str, kind: str, *options: str) -> Program:
        gold, pred = files(name, kind)
        command = (sys.executable, "-m", "goldwire", "score", pred, "--gold", gold, *options)
        return Program("Goldwire", command=command, rounds=5)

    def peer(title: str, which: str, name: str, kind: str, rounds: int = 1, package: str | None = None) -> Program:
        command = (sys.executable, "-m", "benchmarks.peers", which, *files(name, kind))
        return Program(title, command=command, rounds=rounds, package=package)

    entities, half = ("--task", "entities"), Target(ratio=0.5)
    result = str(folder / "result.json")
    reading = {
        "parquet": peer("pyarrow reads both", "parquet", "large", "parquet", 5),
        "jsonl": peer("pyarrow.json reads both", "jsonl", "large", "jsonl", 5),
    }
    return [
        Case(
            f"{small * 25:,} mentions from JSON Lines, entities",
            score("small", "jsonl", *entities),
            peers=(
                (peer("nervaluate", "nervaluate", "small", "jsonl", package="nervaluate"), Target(ratio=10)),
                (peer("seqeval report", "seqeval", "small", "tags", package="seqeval"), Target(ratio=10)),
            ),
            missed=_START,
        ),
        Case(
            f"{large * 25:,} mentions from Parquet, entities",
            score("large", "parquet", *entities),
            peers=((reading["parquet"], half),),
            missed=_SERIAL,
        ),
        Case(
            f"{large * 25:,} mentions from Parquet, entities and coreference",
            score("large", "parquet"),
            peers=((reading["parquet"], half),),
            missed=_SECOND,
        ),
        Case(
            f"{large * 25:,} mentions from Parquet, entities, result file with all counts written",
            score("large", "parquet", *entities, "-f", "json", "-o", result),
            peers=((reading["parquet"], Target()),),
        ),
        Case(
            f"{large * 25:,} mentions from JSON Lines, entities",
            score("large", "jsonl", *entities),
            peers=((reading["jsonl"], half),),
            missed=_SERIAL,
        ),
        Case(
            f"{large * 25:,} mentions from JSON Lines, entities and coreference",
            score("large", "jsonl"),
            peers=((reading["jsonl"], half),),
            missed=_SECOND,
        ),
        Case("20 documents from JSON Lines: start-up", score("tiny", "jsonl", *entities)),
    ]
