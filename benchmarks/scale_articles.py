"""Articles by the hundred thousand: making them, and finding copies among them, in memory and in files."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import duplicates
from benchmarks.plan import Case, Program
from goldwire.synth.write import synthesize

TITLE = "Articles"
ABOUT = (
    "`goldwire synth` makes corpora (medium difficulty, two workers), and `goldwire run` looks for copies in their Parquet "
    "shards, all work on disk, with the baselines' usual settings; MinHash writes clusters as well. Below them MinHash on "
    "short articles in memory, beside datasketch and rensa: as in benchmarks/README.md."
)
_SIZES = (5_000, 20_000, 100_000, 1_000_000)


def prepare(folder: str, scale: float) -> None:
    """A corpus of every size, made outside what is measured."""
    for size in _SIZES:
        synthesize(Path(folder) / f"articles-{size}", docs=_articles(size, scale), seed=1, workers=2)


def _articles(size: int, scale: float) -> int:
    return max(200, int(size * scale))


def cases(folder: Path, scale: float) -> list[Case]:
    """Making; systems by engines; in memory against peers."""

    def made(size: int) -> Case:
        n, target = _articles(size, scale), str(folder / f"made-{size}")
        command = (sys.executable, "-m", "goldwire", "synth", "--docs", str(n), "--workers", "2", "-q", "-o", target)
        return Case(f"{n:,} articles made", Program("Goldwire", command=command), series="articles made", items=n)

    def found(system: str, engine: str, size: int) -> Case:
        n, output = _articles(size, scale), folder / f"{system}-{engine}-{size}"
        run = (sys.executable, "-m", "goldwire", "run", system, str(folder / f"articles-{size}"), "-q")
        command: tuple[str, ...] = (*run, "--engine", engine, "-o", f"{output}.parquet")
        if system == "minhash":
            command = (*command, "--clusters", f"{output}-clusters.parquet")
        name = f"{system}, {engine}"
        return Case(f"{n:,} articles, {name}", Program("Goldwire", command=command), series=name, items=n)

    least, small, large, largest = _SIZES
    return [
        *(made(size) for size in (small, large)),
        *(found("exact", "local", size) for size in (large, largest)),
        *(found("minhash", engine, size) for engine in ("local", "duckdb") for size in (large, largest)),
        found("minhash", "spark", small),
        *(found("containment", "local", size) for size in (small, large)),
        *(found("seed-extend", "local", size) for size in (least, small)),
        duplicates.case(_articles(large, scale)),
    ]
