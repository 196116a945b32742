"""Writing a corpus of any size: blocks in parallel, rows of all blocks sorted into shards, whole or not at all.

First every block is generated and its tables are kept as pieces, sorted by the scrambled ids. Then each shard takes its
range of ids from all pieces. What is in memory at any time is a few blocks or a shard per worker.
"""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from goldwire.building.place import free_target, replaced
from goldwire.corpus.canonical import json_lines
from goldwire.corpus.digest import release_digest
from goldwire.errors import UsageError
from goldwire.synth.block import BLOCK, KEY, SCHEMAS, block_tables
from goldwire.synth.names import capacity
from goldwire.synth.rates import rates_of

__all__ = ["CANARY", "FORMATS", "VERSION", "Recipe", "synthesize"]

VERSION = "2.0.0"
"""Of the generator: the same recipe gives the same rows under one version."""
CANARY = "5b6c1f0a-3c39-4d6e-9a55-7a1f6e0d8c21"
FORMATS = ("parquet", "jsonl")
_SHARD = 25_000
_MOST_BLOCKS = 2
_CHUNK = 8 << 20
"""Bytes of a table whose rows are written as JSON at a time."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many documents (or shards) are done, and of how many."""


@dataclass(frozen=True)
class Recipe:
    """All that decides a corpus."""

    docs: int
    seed: int
    split: str
    difficulty: str

    @property
    def name(self) -> str:
        """The name of the corpus."""
        return f"synthetic-{self.split}-{self.difficulty}-{self.docs}-{self.seed}"


def synthesize(
    output: str | Path,
    *,
    docs: int,
    seed: int = 0,
    split: str = "dev",
    difficulty: str = "medium",
    file_format: str = "parquet",
    workers: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Generate a synthetic corpus into the folder ``output``, a dataset in the usual layout, and return its manifest.

    docs: documents.  seed: any integer from 0; the same recipe gives the same bytes for any number of workers.
    split: "dev", or "test" with the operation families held out of it and with other names.
    difficulty: "easy", "medium" or "hard".  file_format: "parquet" or "jsonl".
    workers: processes; more than one need an importable main module (``if __name__ == "__main__"``).

    Raises UsageError for what cannot be made or where ``output`` holds something else, ReadError where it cannot be
    written.
    """
    recipe = Recipe(docs, seed, split, difficulty)
    _check(recipe, file_format, workers)
    target = free_target(Path(output))
    with replaced(target) as folder:
        manifest = _write(folder, recipe, file_format, workers, progress or (lambda *_: None))
    return manifest


def _check(recipe: Recipe, file_format: str, workers: int) -> None:
    rates_of(recipe.difficulty, recipe.split)
    if file_format not in FORMATS:
        raise UsageError(f"no format {file_format!r}; there are {', '.join(FORMATS)}")
    most = capacity()
    if not 1 <= recipe.docs <= most:
        raise UsageError(
            f"{recipe.docs} documents cannot be made: at least 1, and at most {most:,} have names of their own"
        )
    if recipe.seed < 0 or workers < 1:
        raise UsageError("seed and workers must be positive numbers")


def _write(folder: Path, recipe: Recipe, file_format: str, workers: int, progress: Progress) -> dict[str, Any]:
    from goldwire.synth.audit import audit
    from goldwire.synth.card import card

    pieces = folder / "pieces"
    for name in SCHEMAS:
        (pieces / name).mkdir(parents=True)
        (folder / "data" / name).mkdir(parents=True)
    blocks = -(-recipe.docs // BLOCK)
    step = max(1, min(_MOST_BLOCKS, blocks // 16))
    shards = -(-recipe.docs // _SHARD)
    with _mapper(min(workers, max(blocks, shards))) as mapped:
        jobs = [(pieces, recipe, first, min(first + step, blocks)) for first in range(0, blocks, step)]
        done = 0
        for made in mapped(_generate, jobs):
            done += made
            progress("generating", done, recipe.docs)
        merges = [(folder, name, shard, shards, file_format) for name in SCHEMAS for shard in range(shards)]
        configs: dict[str, Any] = {}
        for i, entry in enumerate(mapped(_merge, merges)):
            name = merges[i][1]
            digest, entries = configs.setdefault(name, (hashlib.sha256(), []))
            lines = folder / entry.pop("lines")
            with lines.open("rb") as stream:
                while part := stream.read(1 << 20):
                    digest.update(part)
            if file_format != "jsonl":
                lines.unlink()
            entries.append(entry)
            progress("sorting", i + 1, len(merges))
    _remove(pieces)
    manifest = _manifest(recipe, configs)
    (folder / "digests.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    (folder / "recipe.json").write_text(
        json.dumps({"generator": VERSION, **asdict(recipe)}, indent=1) + "\n", encoding="utf-8"
    )
    (folder / "README.md").write_text(card(recipe, manifest, audit(folder)), encoding="utf-8")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = [f"{_file_sum(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    return manifest


def _manifest(recipe: Recipe, configs: dict[str, Any]) -> dict[str, Any]:
    entries = {}
    for name, (digest, shards) in configs.items():
        rows = sum(shard["rows"] for shard in shards)
        one = len(shards) == 1
        place = {key: shards[0][key] for key in ("file", "sha256")} if one else {"shards": shards}
        entries[name] = {"rows": rows, "digest": digest.hexdigest(), **place}
    release = release_digest({name: entry["digest"] for name, entry in entries.items()})
    return {"name": recipe.name, "version": VERSION, "digest": release, "canary": CANARY, "configs": entries}


# jobs, each in a process of its own ------------------------------------------------------------------------------


def _generate(job: tuple[Path, Recipe, int, int]) -> int:
    """Blocks [first, last) as one piece per config; returns the number of documents."""
    pieces, recipe, first, last = job
    made = []
    for number in range(first, last):
        size = min(BLOCK, recipe.docs - number * BLOCK)
        made.append(block_tables(number, recipe.seed, recipe.split, recipe.difficulty, size))
    for name in SCHEMAS:
        table = _ordered([tables[name] for tables in made])
        with (
            pa.OSFile(str(pieces / name / f"{first:08}.arrow"), "wb") as sink,
            pa.ipc.new_file(sink, table.schema) as out,
        ):
            out.write_table(table)
    return sum(len(tables["articles"]) for tables in made)


def _merge(job: tuple[Path, str, int, int, str]) -> dict[str, Any]:
    """One shard of a config: the rows of all pieces whose keys are in its range."""
    folder, name, shard, shards, file_format = job
    low, high = (np.uint64(((1 << 64) * s) // shards if s < shards else (1 << 64) - 1) for s in (shard, shard + 1))
    parts = []
    for path in sorted((folder / "pieces" / name).iterdir()):
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        keys = table[KEY].to_numpy()
        first = int(np.searchsorted(keys, low))
        last = int(np.searchsorted(keys, high)) if shard + 1 < shards else len(keys)
        parts.append(table.slice(first, last - first))
    table = _ordered(parts).drop_columns([KEY])
    stem = f"data/{name}/test-{shard:05}-of-{shards:05}"
    lines = f"{stem}.jsonl" if file_format == "jsonl" else f"pieces/{name}-{shard}.jsonl"
    with (folder / lines).open("wb") as stream:
        for batch in table.to_batches(max_chunksize=max(1, _CHUNK * len(table) // max(table.nbytes, 1))):
            stream.write(json_lines(batch))
    file = lines if file_format == "jsonl" else f"{stem}.parquet"
    if file_format == "parquet":
        pq.write_table(
            table, folder / file, compression="zstd", compression_level=1, version="2.6", data_page_version="1.0",
            row_group_size=8192, use_dictionary=True, write_statistics=True,
        )  # fmt: skip
    return {"file": file, "rows": len(table), "sha256": _file_sum(folder / file), "lines": lines}


def _ordered(parts: Sequence[pa.Table]) -> pa.Table:
    table = pa.concat_tables(parts).combine_chunks()
    if len(parts) == 1:
        return table
    return table.take(pa.array(np.argsort(table[KEY].to_numpy(), kind="stable")))


def _file_sum(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder)


@contextmanager
def _mapper(workers: int) -> Iterator[Callable[..., Iterator[Any]]]:
    """`map` over processes, or here when there is one; on any error the jobs that have not begun are called off."""
    if workers == 1:
        yield map
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _deaf) as pool:
        try:
            yield pool.map
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _deaf() -> None:
    """The terminal's interrupt is for the main process, which then ends the workers in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
