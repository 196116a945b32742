"""Rows of one table by bucket in one file: packed batches one behind the other, and where those of each bucket lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Store", "Writer"]

_CODEC = "lz4_raw"
_INDEX = np.dtype([("bucket", np.int32), ("at", np.int64), ("packed", np.int32), ("size", np.int64)])


class Writer:
    """Writes a store; nothing is there for readers before ``close``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream = path.open("wb")
        self._index: list[tuple[int, int, int, int]] = []

    def add(self, bucket: int, rows: pa.Table) -> None:
        """Rows of one bucket, behind those it has."""
        for batch in rows.combine_chunks().to_batches():
            data = batch.serialize()
            packed = pa.compress(data, _CODEC)
            self._index.append((bucket, self._stream.tell(), packed.size, data.size))
            self._stream.write(packed)

    def close(self) -> None:
        """Finish the file."""
        self._stream.close()
        index = np.array(self._index, _INDEX)
        np.save(self._path.with_suffix(".npy"), index[np.argsort(index["bucket"], kind="stable")])


@dataclass(frozen=True)
class Store:
    """What a Writer wrote."""

    path: Path
    index: npt.NDArray[np.void]
    schema: pa.Schema

    @classmethod
    def open(cls, path: Path, schema: pa.Schema) -> Store | None:
        """The store in a file, its index left on disk; None where there is none."""
        at = path.with_suffix(".npy")
        return cls(path, np.load(at, mmap_mode="r"), schema) if at.exists() else None

    def read(self, bucket: int | None = None) -> Iterator[pa.RecordBatch]:
        """The batches of a bucket, or of all."""
        own = self.index["bucket"]
        first, last = (0, len(own)) if bucket is None else np.searchsorted(own, [bucket, bucket + 1]).tolist()
        if first == last:
            return
        with self.path.open("rb") as stream:
            for _, at, packed, size in self.index[first:last].tolist():
                stream.seek(at)
                data = pa.decompress(stream.read(packed), size, _CODEC)
                yield pa.ipc.read_record_batch(data, self.schema)
