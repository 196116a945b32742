"""Items that are aligned passages: a span in each of two articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import IntArray
from goldwire.explaining.alignment import Aligner
from goldwire.explaining.table import build, labels_of, taken
from goldwire.tasks.codes import codes_in, integers, shared_labels, unit_codes
from goldwire.tasks.spans import Pairs, Pieces, overlaps

__all__ = ["passages"]

_TEXT_BASIS = ("verbatim", "near_verbatim", "paraphrase")
_NEGATIVES = ("distinct_event", "formula")
_CLASSES = ("correct", "relation", "boundary", "missing", "joined", "spurious", "fragmented", "look-alike")


@dataclass(frozen=True)
class _Passages:
    """Passages across two articles, the article that comes first in the gold first.

    docs, start, end: (2, rows); relation: (rows,) labels; row: (rows,) row of the corpus table.
    """

    docs: IntArray
    start: IntArray
    end: IntArray
    relation: pa.Array
    row: IntArray

    def laid_out(self, side: int, n_docs: int, width: int) -> Pieces:
        """One side's spans on an axis with ``width`` positions for each pair of articles."""
        rows = np.flatnonzero(self.end[side] > self.start[side])
        base = (self.docs[0, rows] * n_docs + self.docs[1, rows]) * width
        return Pieces(rows, base + self.start[side, rows], base + self.end[side, rows])


def passages(gold: Corpus, pred: Corpus) -> pa.Table:
    """Copied passages: cases of gold whose basis is the text (or that state no relation), and detections.

    Aligned one to one are those that overlap on both sides. ``boundary``: less than half of what either covers on one
    of the sides is shared. Without a partner, a case is ``joined`` where a detection aligned with another case overlaps
    it; a detection is ``fragmented`` where it is a further piece of an aligned case, ``look-alike`` where it covers
    half of a passage that gold marks as no copy; ``near`` then names the gold row.
    """
    n = len(gold.doc_ids)
    cases = _read(gold["passages"], gold.doc_ids, _TEXT_BASIS)
    found = _read(pred["passages"], gold.doc_ids, _TEXT_BASIS)
    negatives = _read(gold["passages"], gold.doc_ids, _NEGATIVES, bare=False)
    width = 1 + max(int(side.end.max(initial=0)) for side in (cases, found, negatives))
    shared = _shared(cases, found, n, width)
    aligner = Aligner(len(cases.row), len(found.row))
    sizes = shared.sizes.sum(axis=0)
    aligner.among(0, Pairs(shared.row, shared.col, sizes), cases.docs[0])
    gold_row, pred_row, stage = aligner.sides()
    kind = np.where(stage >= 0, 0, np.where(gold_row >= 0, 3, 5))
    kind[stage >= 0] = _quality(cases, found, gold_row[stage >= 0], pred_row[stage >= 0])

    touched = np.zeros(len(cases.row), bool)
    touched[shared.row] = True
    alone = (stage < 0) & (gold_row >= 0)
    kind[alone & touched[gold_row]] = 4
    near = np.full(len(kind), -1)
    extra = np.flatnonzero(pred_row >= 0)
    at = np.full(len(found.row), -1)
    at[pred_row[extra]] = extra
    free = stage[at] < 0 if len(at) else np.zeros(0, bool)
    _mark(kind, near, at, free, _shared(negatives, found, n, width), negatives, 7, half=True)
    _mark(kind, near, at, free, shared, cases, 6, half=False)
    return _table(gold.doc_ids, (cases, found), (gold_row, pred_row), kind, near, pred["passages"])


@dataclass(frozen=True)
class _Shared:
    """Pairs that overlap on both sides, sorted by row; sizes: (2, pairs) characters shared on each side."""

    row: IntArray
    col: IntArray
    sizes: IntArray


def _read(table: pa.Table, doc_ids: Sequence[str], relations: Sequence[str], *, bare: bool = True) -> _Passages:
    wanted = pc.is_in(table["relation"], value_set=pa.array([*relations, None] if bare else relations, pa.string()))
    across = pc.and_(wanted, pc.not_equal(table["a"], table["b"])).combine_chunks()
    row = np.flatnonzero(across.to_numpy(zero_copy_only=False))
    table = table.take(pa.array(row))
    docs = np.stack([unit_codes(table[side], doc_ids) for side in ("a", "b")])
    start, end = (np.stack([integers(table[f"{side}_{bound}"]) for side in ("a", "b")]) for bound in ("start", "end"))
    swap = docs[0] > docs[1]
    docs, start, end = (np.where(swap, sides[::-1], sides) for sides in (docs, start, end))
    return _Passages(docs, start, end, table["relation"].combine_chunks(), row)


def _shared(x: _Passages, y: _Passages, n: int, width: int) -> _Shared:
    one, two = (overlaps(x.laid_out(side, n, width), y.laid_out(side, n, width)) for side in (0, 1))
    room = max(len(y.row), 1)
    keys = one.row * room + one.col, two.row * room + two.col
    _, i, j = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    return _Shared(one.row[i], one.col[i], np.stack([one.size[i], two.size[j]]))


def _quality(cases: _Passages, found: _Passages, g: IntArray, p: IntArray) -> IntArray:
    """(pairs,) index into _CLASSES of aligned cases and detections."""
    low, high = np.maximum(cases.start[:, g], found.start[:, p]), np.minimum(cases.end[:, g], found.end[:, p])
    union = np.maximum(cases.end[:, g], found.end[:, p]) - np.minimum(cases.start[:, g], found.start[:, p])
    apart = (2 * (high - low) < union).any(axis=0)
    names = shared_labels(pa.chunked_array([cases.relation]), pa.chunked_array([found.relation]))
    ours, theirs = (codes_in(pa.chunked_array([side.relation]), names) for side in (cases, found))
    differs = (ours[g] >= 0) & (theirs[p] >= 0) & (ours[g] != theirs[p])
    return np.where(apart, 2, np.where(differs, 1, 0))


def _mark(
    kind: IntArray, near: IntArray, at: IntArray, free: npt.NDArray[np.bool_], shared: _Shared, of: _Passages,
    name: int, *, half: bool,
) -> None:  # fmt: skip
    """Give detections without a partner that overlap rows of ``of`` a class of their own; the greatest overlap counts."""
    keep = free[shared.col]
    if half:
        shorter = (of.end - of.start).min(axis=0)[shared.row]
        keep &= (2 * shared.sizes >= shorter).all(axis=0)
    row, col, size = shared.row[keep], shared.col[keep], shared.sizes.sum(axis=0)[keep]
    order = np.lexsort((row, size))  # the greatest is written last and stays
    kind[at[col[order]]] = name
    near[at[col[order]]] = of.row[row[order]]


def _table(
    doc_ids: Sequence[str], sides: tuple[_Passages, _Passages], rows: tuple[IntArray, IntArray], kind: IntArray,
    near: IntArray, predicted: pa.Table,
) -> pa.Table:  # fmt: skip
    docs = pa.array(doc_ids, pa.string())
    columns: dict[str, pa.Array] = {
        "kind": pa.array(["passage"] * len(kind), pa.string()),
        "class": labels_of(_CLASSES, kind),
        "near": pa.array(near, pa.int32(), mask=near < 0),
        "score": taken(predicted["score"], _at(sides[1].row, rows[1])),
    }
    for which, column in enumerate(("doc_id", "other")):
        codes = (taken(pa.array(side.docs[which]), at) for side, at in zip(sides, rows, strict=True))
        columns[column] = docs.take(pc.coalesce(*codes))
    for name, side, at in zip(("gold", "pred"), sides, rows, strict=True):
        columns[f"{name}_row"] = taken(pa.array(side.row), at)
        columns[f"{name}_type"] = taken(side.relation, at)
        for which, prefix in enumerate(("", "other_")):
            columns[f"{name}_{prefix}start"] = taken(pa.array(side.start[which]), at)
            columns[f"{name}_{prefix}end"] = taken(pa.array(side.end[which]), at)
    return build(columns, len(kind))


def _at(rows: IntArray, at: IntArray) -> IntArray:
    """rows[at], -1 where ``at`` is -1."""
    return np.append(rows, -1)[at]
