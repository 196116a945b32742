"""What 10⁹ documents would take, from constants measured here: `python -m benchmarks.billion`.

Each job runs on Spark, on two threads of this machine, at two sizes; the slope between them, what one more document
costs, is what is multiplied. CPU is that of the virtual machine and of its Python workers, shuffle is what Spark wrote
for it. A core-hour is taken to cost PRICE dollars; change that and the machine below to your own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.data import SEED, mentions
from benchmarks.files import parquet_file
from benchmarks.labels import write_labels
from benchmarks.plan import ROOT
from goldwire.building.card import grid
from goldwire.engines.shards import shards_of
from goldwire.synth.write import synthesize

BILLION = 1_000_000_000
CORES = 64
NETWORK = 25e9 / 8
"""Bytes a second to and from a machine."""
PRICE = 0.05
_HALF = 0.5
"""Of the network's rate is reached."""
_CELL = 12
"""Bytes of a cell where clusters are joined into components."""


@dataclass(frozen=True)
class Job:
    """What is measured: sizes of the small and the large run, in documents."""

    name: str
    what: str
    sizes: tuple[int, int]


JOBS = (
    Job("mentions", "score 25 mentions a document, entities and coreference", (10_000, 50_000)),
    Job("labels", "score cluster labels, all measures", (300_000, 1_500_000)),
    Job("exact", "find exact copies", (10_000, 40_000)),
    Job("minhash", "MinHash LSH, and clusters", (10_000, 40_000)),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print, or make one measurement."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.billion", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that everything runs")
    parser.add_argument("--one", nargs=2, metavar=("JOB", "DIR"), help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.one:
        print(json.dumps(_measured(options.one[0], Path(options.one[1]))))
        return 0
    rows, wanted = [], []
    for job in JOBS:
        slopes = _slopes(job, 0.02 if options.quick else 1.0)
        rows.append([job.what, *(f"{slopes[name]:,.0f}" for name in ("input", "shuffle", "cpu"))])
        wanted.append([job.what, *_extrapolated(slopes)])
    print(grid(["job", "input, bytes a document", "shuffle, bytes a document", "CPU, µs a document"], rows))
    hour = f"machines of {CORES} cores for an hour"
    print(
        f"\n{grid(['10⁹ documents', 'input, TB', 'shuffle, TB', 'core-hours', hour, 'shuffle, minutes', 'dollars'], wanted)}"
    )
    share = _inexact(500_000)
    print(
        f"\nCells of clusters that are not exact: {share:.3f} a label where one label in twenty is wrong; at {_CELL} bytes "
        f"each {share * _CELL * BILLION / 1e9:.1f} GB of 10⁹ labels."
    )
    return 0


def _slopes(job: Job, scale: float) -> dict[str, float]:
    """Bytes read and shuffled, microseconds of CPU, of one more document."""
    found = []
    for size in job.sizes:
        n = max(200, int(size * scale))
        with tempfile.TemporaryDirectory(prefix="goldwire-billion-") as folder:
            _written(job.name, Path(folder), n)
            print(f"{job.name}: {n:,} documents", file=sys.stderr)
            command = [sys.executable, "-m", "benchmarks.billion", "--one", job.name, folder]
            done = subprocess.run(command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, text=True, check=True)
        found.append((n, json.loads(done.stdout.splitlines()[-1])))
    (small, first), (large, second) = found
    return {name: (second[name] - first[name]) / (large - small) for name in first}


def _inexact(n: int) -> float:
    """Cells, per label, of gold clusters that are not predicted exactly."""
    with tempfile.TemporaryDirectory(prefix="goldwire-billion-") as folder:
        gold, pred = (
            pa.concat_tables(map(pq.read_table, shards_of(pattern))) for pattern in write_labels(Path(folder), n, 1)
        )
    both = gold.rename_columns(["doc_id", "gold"]).join(pred.rename_columns(["doc_id", "pred"]), "doc_id")
    cells = both.group_by(["gold", "pred"]).aggregate([])
    codes = (cells[side].combine_chunks().dictionary_encode().indices.to_numpy() for side in ("gold", "pred"))
    alone = [np.bincount(code)[code] == 1 for code in codes]
    return float(np.sum(~(alone[0] & alone[1]))) / n


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT / 'eval'}{os.pathsep}{ROOT}"}


def _extrapolated(slopes: dict[str, float]) -> list[str]:
    hours = slopes["cpu"] * BILLION / 1e6 / 3600
    shuffled = slopes["shuffle"] * BILLION
    machines = max(1, round(hours / CORES))
    minutes = 2 * shuffled / machines / (NETWORK * _HALF) / 60  # every byte leaves one machine and comes to one
    figures = (slopes["input"] * BILLION / 1e12, shuffled / 1e12, hours, machines, minutes, hours * PRICE)
    return [f"{figure:,.1f}" if figure < 100 else f"{figure:,.0f}" for figure in figures]


def _written(job: str, folder: Path, n: int) -> None:
    """The files of a job."""
    if job == "labels":
        write_labels(folder, n, shards=4, seed=1)
    elif job == "mentions":
        for number in range(4):
            for side, data in zip(
                ("gold", "pred"), mentions(n // 4, 25, seed=SEED + number, prefix=f"{number}-"), strict=True
            ):
                (folder / side).mkdir(exist_ok=True)
                parquet_file(data, folder / side / f"{number}.parquet")
    else:
        synthesize(folder / "corpus", docs=n, seed=1, workers=2)


def _measured(job: str, folder: Path) -> dict[str, float]:
    """Runs on Spark in a process of its own: bytes of the input, bytes shuffled, microseconds of CPU."""
    from goldwire.dedup.run import run_shards
    from goldwire.engines.scoring import score_shards
    from goldwire.engines.spark_database import session

    spark = session()
    before = _cpu()
    if job in ("labels", "mentions"):
        score_shards(
            str(folder / "pred" / "*.parquet"), str(folder / "gold" / "*.parquet"), engine="spark", units="block"
        )
        files = [*folder.glob("gold/*"), *folder.glob("pred/*")]
    else:
        clusters = folder / "clusters.parquet" if job == "minhash" else None
        run_shards(job, folder / "out.parquet", folder / "corpus", engine="spark", clusters=clusters)
        files = [path for path in (folder / "corpus").rglob("*.parquet") if "articles" in str(path.relative_to(folder))]
    executor: Any = spark.sparkContext._jsc.sc().statusStore().executorSummary("driver")
    cpu = _cpu() - before
    return {
        "input": sum(path.stat().st_size for path in files),
        "shuffle": executor.totalShuffleWrite(),
        "cpu": 1e6 * cpu,
    }


def _cpu() -> float:
    """Seconds of this process and all below it, those that have ended too."""
    ticks, parents, used = os.sysconf("SC_CLK_TCK"), {}, {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        pid = int(place.parent.name)
        parents[pid] = int(fields[1])
        used[pid] = sum(map(int, fields[11:15])) / ticks
    mine = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in mine} - mine:
        mine |= more
    return sum(used.get(pid, 0.0) for pid in mine)


if __name__ == "__main__":
    sys.exit(main())
