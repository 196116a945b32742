"""Peers from files to figures, as a user would write it: `python -m benchmarks.peers NAME GOLD PREDICTIONS`.

Imports what each needs and no more, so that start-up times compare.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TAGS = ("FAC", "GPE", "LOC", "ORG", "PERSON", "PRODUCT")


def nervaluate(gold: str, predictions: str) -> Any:
    """JSON Lines, all schemes per type."""
    from nervaluate import Evaluator

    def read(path: str) -> list[list[dict[str, Any]]]:
        with Path(path).open(encoding="utf-8") as lines:
            return [
                [{"label": m["type"], "start": m["start"], "end": m["end"]} for m in json.loads(line)["entities"]]
                for line in lines
            ]

    return Evaluator(read(gold), read(predictions), tags=list(TAGS), loader="dict").evaluate()


def seqeval(gold: str, predictions: str) -> Any:
    """One tag a line, an empty line behind each document; the report."""
    from seqeval.metrics import classification_report

    def read(path: str) -> list[list[str]]:
        documents = Path(path).read_text(encoding="utf-8").rstrip("\n").split("\n\n")
        return [document.split("\n") for document in documents]

    return classification_report(read(gold), read(predictions))


def parquet(gold: str, predictions: str) -> Any:
    """Both files as Arrow tables."""
    import pyarrow.parquet as pq

    return pq.read_table(gold), pq.read_table(predictions)


def jsonl(gold: str, predictions: str) -> Any:
    """Both files as Arrow tables."""
    import pyarrow.json as pj

    return pj.read_json(gold), pj.read_json(predictions)


if __name__ == "__main__":
    {"nervaluate": nervaluate, "seqeval": seqeval, "parquet": parquet, "jsonl": jsonl}[sys.argv[1]](*sys.argv[2:])
