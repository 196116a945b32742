"""Records of many shards, sorted into buckets by document on disk, so that one bucket at a time fits in memory.

A document's block is the first three hexadecimal digits of the MD5 of its id, the same on every engine; a bucket is a
run of blocks. What a shard gave lies in a folder of its own, which takes its name when it is complete: a run that was
killed goes on behind the last such shard.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from goldwire.counts import IntArray
from goldwire.engines.shards import pieces
from goldwire.engines.survey import Survey
from goldwire.formats.jsonl import RecordFile
from goldwire.formats.records import RECORD, combined
from goldwire.incidents import Incidents

__all__ = ["BLOCKS", "ROW", "Spill", "block_of", "rows_of"]

BLOCKS = 16**3

ROW = pa.schema([*RECORD, ("shard", pa.int32()), ("line", pa.int64())])
"""A record and where it stands: number of the shard and line in it."""


def block_of(names: pa.Array) -> IntArray:
    """(names,) block of every document id; -1 for null."""
    return np.array(
        [-1 if name is None else int(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:3], 16)
         for name in names.to_pylist()],
        np.int64,
    )  # fmt: skip


def rows_of(file: RecordFile, shard: int) -> pa.Table:
    """The records of a piece with their places."""
    lines = [file.place(record, ())[1] for record in range(len(file.records))]
    return file.records.append_column("shard", pa.repeat(pa.scalar(shard, pa.int32()), len(lines))).append_column(
        "line", pa.array(lines, pa.int64())
    )


@dataclass(frozen=True)
class Spill:
    """One side's records in buckets on disk: ``folder``/<shard>/<bucket>.arrow."""

    folder: Path
    shards: tuple[str, ...]
    buckets: int

    def fill(self, done: Callable[[int], None]) -> Survey:
        """Sort every shard that is not there yet, and tell what all of them hold. ``done`` is told how many are."""
        self.folder.mkdir(parents=True, exist_ok=True)
        whole = Survey()
        for number, shard in enumerate(self.shards):
            place = self.folder / f"{number:06}"
            if not place.exists():
                self._sort(number, shard, place)
            whole.merge(Survey.from_dict(json.loads((place / "survey.json").read_text(encoding="utf-8"))))
            done(number + 1)
        return whole

    def _sort(self, number: int, shard: str, place: Path) -> None:
        """One shard into buckets: all of it, or nothing under its name."""
        making = place.with_name(f".{place.name}")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        incidents, survey = Incidents(), Survey()
        writers: dict[int, pa.RecordBatchFileWriter] = {}
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        for file in pieces(shard, incidents):
            survey.look(file)
            table = rows_of(file, number)
            block = block_of(combined(table["doc_id"]))
            bucket = np.where(block < 0, 0, block * self.buckets // BLOCKS)
            order = np.argsort(bucket, kind="stable")
            cuts = np.flatnonzero(np.diff(bucket[order])) + 1
            for rows in np.split(order, cuts) if len(order) else []:
                at = int(bucket[rows[0]])
                if at not in writers:
                    writers[at] = pa.ipc.new_file(str(making / f"{at:04}.arrow"), ROW, options=options)
                writers[at].write_table(table.take(pa.array(rows)))
        for writer in writers.values():
            writer.close()
        survey.incidents += incidents
        (making / "survey.json").write_text(json.dumps(survey.to_dict()), encoding="utf-8")
        making.replace(place)

    def read(self, bucket: int) -> pa.Table:
        """The records of a bucket, with places, in the order of shards and lines."""
        parts = [ROW.empty_table()]
        for number in range(len(self.shards)):
            path = self.folder / f"{number:06}" / f"{bucket:04}.arrow"
            if path.exists():
                with pa.OSFile(str(path)) as stream:
                    parts.append(pa.ipc.open_file(stream).read_all())
        return pa.concat_tables(parts)
