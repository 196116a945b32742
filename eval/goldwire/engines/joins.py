"""Which documents have to be counted together, because pairs, passages or clusters of either side join them.

Documents are known by a 64-bit number, the first half of the MD5 of their id, so that a joined document takes sixteen
bytes wherever it comes from. Two that have the same number are counted together, which changes nothing: a part may hold
any number of groups, and the tasks find the true components in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import IntArray
from goldwire.formats.records import combined

__all__ = ["BLOCKS", "NONE", "Joining", "Joins", "Keys", "block_of", "homes", "key_of"]

Keys = npt.NDArray[np.uint64]

BLOCKS = 16**3
_PENDING = 1 << 20


def key_of(names: pa.Array) -> Keys:
    """(names,) the number of every name; 0 for null."""
    encoded = names.dictionary_encode()
    digests = [
        hashlib.md5(name.encode(), usedforsecurity=False).digest()[:8] for name in encoded.dictionary.to_pylist()
    ]
    keys = np.frombuffer(b"".join([*digests, bytes(8)]), ">u8").astype(np.uint64)
    found: Keys = keys[pc.fill_null(encoded.indices, len(digests)).to_numpy()]
    return found


def block_of(keys: pa.Array | Keys) -> IntArray:
    """(names,) block of every document, by id or number: the first three hexadecimal digits of the MD5 of its id."""
    numbers = keys if isinstance(keys, np.ndarray) else key_of(keys)
    return (numbers >> np.uint64(52)).astype(np.int64)


def homes(table: pa.Table) -> Keys:
    """(rows,) the number of the document that each row goes with; that of a pair is its first one."""
    columns = [combined(table[name]) for name in ("a", "b", "doc_id") if name in table.column_names]
    return key_of(pc.coalesce(*columns))


@dataclass(frozen=True)
class Joins:
    """Groups of documents. node: (joined,) ascending; head: (joined,) the member that stands for the group."""

    node: Keys
    head: Keys

    def __len__(self) -> int:
        return len(self.node)

    @classmethod
    def of(cls, a: Keys, b: Keys) -> Joins:
        """The groups under the edges a–b; of each, the head is one that no order of numbers prefers."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        node, end = np.unique(np.r_[a, b], return_inverse=True)
        if not len(node):
            return NONE
        ends, shape = (end[: len(a)], end[len(a) :]), (len(node), len(node))
        group = connected_components(coo_array((np.ones(len(a), bool), ends), shape=shape), directed=False)[1]
        order = np.lexsort((node * np.uint64(0x9E3779B97F4A7C15), group))
        first = order[np.flatnonzero(np.diff(group[order], prepend=-1))]
        return cls(node, node[first][group])

    @classmethod
    def merged(cls, parts: Iterable[Joins]) -> Joins:
        """The groups of all parts together."""
        kept = [part for part in parts if len(part)]
        if len(kept) < 2:
            return kept[0] if kept else NONE
        return cls.of(np.concatenate([part.node for part in kept]), np.concatenate([part.head for part in kept]))

    def heads(self, keys: Keys) -> Keys:
        """The head of each document's group; a document that is joined with none is its own."""
        if not len(self):
            return keys
        at = np.minimum(np.searchsorted(self.node, keys), len(self) - 1)
        return np.where(self.node[at] == keys, self.head[at], keys)

    def buckets(self, keys: Keys, buckets: int) -> IntArray:
        """Which of so many buckets each document is in."""
        return block_of(self.heads(keys)) * buckets // BLOCKS

    def to_bytes(self) -> bytes:
        """What ``from_bytes`` reads."""
        return np.concatenate([self.node, self.head]).tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Joins:
        """What ``to_bytes`` wrote."""
        numbers = np.frombuffer(data, np.uint64)
        return cls(*np.split(numbers, 2))


NONE = Joins(np.zeros(0, np.uint64), np.zeros(0, np.uint64))


class Joining:
    """Collects the joins of one side, table by table, in memory that only grows with the documents joined.

    side: clusters of the same name on two sides are different ones.
    """

    def __init__(self, side: str) -> None:
        self._side = side
        self._joins = NONE
        self._pending: list[tuple[Keys, Keys]] = []

    def add(self, table: pa.Table) -> None:
        """Take in records, or rows of a table of links, passages or clusters, that go with their first document."""
        self.add_with(homes(table), table)

    def add_with(self, home: Keys, table: pa.Table) -> None:
        """As ``add``, where the numbers of these documents are known."""
        for first, other in (("a", "b"), ("doc_id", "cluster")):
            if other in table.column_names:
                both = pc.and_(table[first].is_valid(), table[other].is_valid())
                if first == "doc_id" and "a" in table.column_names:
                    both = pc.and_(both, pc.and_(table["a"].is_null(), table["b"].is_null()))
                rows = combined(both).to_numpy(zero_copy_only=False)
                self._edges(home[rows], table[other].filter(both), of_cluster=other == "cluster")
        if sum(len(a) for a, _ in self._pending) > max(_PENDING, 2 * len(self._joins)):
            self._joins = self.joins()
            self._pending = []

    def _edges(self, home: Keys, others: pa.ChunkedArray, *, of_cluster: bool) -> None:
        if len(home):
            names = combined(others)
            if of_cluster:
                names = pc.binary_join_element_wise(pa.scalar(f"{self._side}\0"), names, "")
            self._pending.append((home, key_of(names)))

    def joins(self) -> Joins:
        """All that was collected."""
        if not self._pending:
            return self._joins
        edges = [*self._pending, (self._joins.node, self._joins.head)]
        return Joins.of(*(np.concatenate(ends) for ends in zip(*edges, strict=True)))
