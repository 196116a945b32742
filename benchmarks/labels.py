"""Cluster labels of any number of documents, written shard by shard: what an engine out of core is measured on.

Every column of a row follows from the number of its document by arithmetic, so nothing is kept from shard to shard.
Documents stand in another order on each side, and their ids are scrambled, as those of a crawl are.
"""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

__all__ = ["write_labels"]

_SIZES = (1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 8, 10, 13)
"""Of the clusters of 64 documents that follow each other."""
_CLUSTER = np.repeat(np.arange(len(_SIZES)), _SIZES)
_MOVED = 0.05
_ROWS = 1 << 20

Numbers = npt.NDArray[np.uint64]


def write_labels(folder: Path, n: int, shards: int, seed: int = 0) -> tuple[str, str]:
    """Write ``n`` gold and ``n`` predicted labels as Parquet, each in ``shards`` files; the patterns of both.

    17 clusters to 64 documents; one document in twenty is predicted to be in the cluster of some other document.
    """
    for side, name in enumerate(("gold", "pred")):
        (folder / name).mkdir(parents=True, exist_ok=True)
        cuts = np.linspace(0, n, shards + 1).astype(int).tolist()
        for number, (first, last) in enumerate(pairwise(cuts)):
            with pq.ParquetWriter(folder / name / f"{number:05}.parquet", _table(np.zeros(0, np.uint64), n, 0, 0).schema,
                                  compression="zstd", compression_level=1) as writer:  # fmt: skip
                for at in range(first, last, _ROWS):
                    rows = np.arange(at, min(at + _ROWS, last), dtype=np.uint64)
                    writer.write_table(_table(_shuffled(rows, n, 2 * seed + side), n, seed, side))
    gold, pred = (str(folder / name / "*.parquet") for name in ("gold", "pred"))
    return gold, pred


def _shuffled(rows: Numbers, n: int, seed: int) -> Numbers:
    """The documents in the places ``rows`` of a permutation of all ``n``."""
    step = int(n * 0.6180339887) + 2 * seed + 1
    while math.gcd(step, n) > 1:
        step += 1
    wide = rows.astype(object) if n > 2**31 else rows  # products of Python's integers beyond 64 bits
    return np.asarray((wide * step + 7919 * seed) % n, np.uint64)


def _table(document: Numbers, n: int, seed: int, side: int) -> pa.Table:
    item = document
    if side:
        draw = _scrambled(document + np.uint64(seed << 40))
        moved = draw < np.uint64(int(_MOVED * 2**64))
        item = np.where(moved, _scrambled(draw) % np.uint64(n), document)
    block, place = np.divmod(item, np.uint64(len(_CLUSTER)))
    cluster = block * np.uint64(len(_SIZES)) + _CLUSTER[place.astype(np.int64)].astype(np.uint64)
    return pa.table({"doc_id": _named("doc-", _scrambled(document)), "cluster": _named("cluster-", cluster)})


def _scrambled(x: Numbers) -> Numbers:
    """The finaliser of SplitMix64: different numbers stay different."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _named(prefix: str, numbers: Numbers) -> pa.Array:
    return pc.binary_join_element_wise(pa.scalar(prefix), pa.array(numbers).cast(pa.string()), "")
