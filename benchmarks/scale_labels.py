"""Cluster labels by the million in shards, on every engine, against scikit-learn and ER-Evaluation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.labels import write_labels
from benchmarks.plan import Case, Program, Target
from goldwire.engines.shards import shards_of

TITLE = "Cluster labels"
ABOUT = (
    "Parquet shards of (document, cluster), gold and predicted, in different orders; 17 clusters to 64 documents, one "
    "document in twenty moved. Goldwire: `goldwire score` with all cluster measures and their intervals. DuckDB spills beyond "
    "1,200 MB; the local engine takes labels as it takes any records, sorted on disk by what joins them. Spark runs on two "
    "threads; its MB are those of its virtual machine, which takes what it is given. The peers read the same shards, join them "
    "with pandas and compute three figures (scikit-learn) and six (ER-Evaluation), their start-up left out."
)
_SIZES = (1_000_000, 10_000_000, 100_000_000)


def prepare(folder: str, scale: float) -> None:
    """The shards of every size."""
    for size in _SIZES:
        n = max(1000, int(size * scale))
        write_labels(Path(folder) / f"labels-{size}", n, shards=max(2, size // 2_000_000), seed=1)


def cases(folder: Path, scale: float) -> list[Case]:
    """Engines by the sizes each is for."""

    def case(engine: str, size: int, *peers: tuple[Program, Target], megabytes: float | None = None) -> Case:
        n = max(1000, int(size * scale))
        gold, pred = (str(folder / f"labels-{size}" / side / "*.parquet") for side in ("gold", "pred"))
        command = (sys.executable, "-m", "goldwire", "score", pred, "--gold", gold, "--engine", engine)
        ours = Program("Goldwire", command=command)
        target = Target(megabytes=megabytes)
        return Case(f"{n:,} labels, {engine}", ours, target, peers, series=f"labels, {engine}", items=n)

    def peers(size: int) -> tuple[tuple[Program, Target], ...]:
        where = {"folder": str(folder / f"labels-{size}")}
        return (
            (Program("scikit-learn", "benchmarks.scale_labels:sklearn", where, package="scikit-learn"), Target()),
            (
                Program("ER-Evaluation", "benchmarks.scale_labels:er_evaluation", where, package="er-evaluation"),
                Target(),
            ),
        )

    million, ten, hundred = _SIZES
    sklearn = peers(ten)[0]  # the other one takes minutes
    return [
        case("duckdb", million, *peers(million)),
        case("duckdb", ten, sklearn),
        case("duckdb", hundred, megabytes=2048),
        case("local", million),
        case("spark", million),
    ]


def sklearn(folder: str) -> Callable[[], Any]:
    """ARI, V-measure, Fowlkes–Mallows from files."""
    from sklearn.metrics import adjusted_rand_score, fowlkes_mallows_score, v_measure_score

    def work() -> Any:
        joined = _joined(folder)
        sides = [joined[side].cat.codes.to_numpy() for side in ("gold", "pred")]
        return [figure(*sides) for figure in (adjusted_rand_score, v_measure_score, fowlkes_mallows_score)]

    return work


def er_evaluation(folder: str) -> Callable[[], Any]:
    """Precision and recall of pairs and clusters, B³, from files."""
    import er_evaluation as er

    figures = (er.pairwise_precision, er.pairwise_recall, er.cluster_precision, er.cluster_recall,
               er.b_cubed_precision, er.b_cubed_recall)  # fmt: skip

    def work() -> Any:
        joined = _joined(folder)
        sides = [joined[side].cat.codes for side in ("pred", "gold")]
        return [figure(*sides) for figure in figures]

    return work


def _joined(folder: str) -> Any:
    """One row a document: its gold and its predicted cluster, as pandas does it."""
    import pandas as pd

    sides = [
        pd.concat([pd.read_parquet(shard) for shard in shards_of(f"{folder}/{side}/*.parquet")]).set_index("doc_id")
        for side in ("gold", "pred")
    ]
    joined = sides[0].join(sides[1], lsuffix="_gold", rsuffix="_pred")
    return joined.astype("category").rename(columns={"cluster_gold": "gold", "cluster_pred": "pred"})
