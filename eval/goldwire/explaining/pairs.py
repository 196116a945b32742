"""Items that are pairs of articles; and the curve of precision over recall that their scores give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import FloatArray, IntArray
from goldwire.errors import UsageError
from goldwire.explaining.alignment import Aligner
from goldwire.explaining.table import build, labels_of, taken
from goldwire.tasks.codes import codes_in, unit_codes

__all__ = ["Curve", "article_pairs", "curve"]

_LEVELS = ("none", "trace", "partial", "major", "whole")
_MOST = 1_000_000
"""Pairs inside predicted clusters that are listed at most; a cluster of n articles is n(n − 1)/2 of them."""


@dataclass(frozen=True)
class Curve:
    """Precision over recall as the threshold falls: (points,) arrays, one point a distinct score."""

    threshold: FloatArray
    precision: FloatArray
    recall: FloatArray


@dataclass(frozen=True)
class _Pairs:
    """Linked pairs of one side: (rows,) document codes a < b, level (-1 where none is stated), and table row or -1."""

    a: IntArray
    b: IntArray
    level: IntArray
    row: IntArray
    score: pa.Array


def article_pairs(gold: Corpus, pred: Corpus) -> pa.Table:
    """Pairs linked by either side. A repeated prediction is spurious; a level is compared where both sides state one.

    Raises UsageError for clusters that hold too many pairs to list.
    """
    g, p = _linked(gold, gold.doc_ids), _linked(pred, gold.doc_ids)
    n = max(len(gold.doc_ids), 1)
    aligner = Aligner(len(g.a), len(p.a))
    keys = g.a * n + g.b, p.a * n + p.b
    levels = len(_LEVELS) + 1
    aligner.equal(0, keys[0] * levels + g.level + 1, keys[1] * levels + p.level + 1)
    aligner.equal(1, *keys)
    gold_row, pred_row, stage = aligner.sides()
    both = stage == 1
    bare = np.zeros(len(stage), bool)
    bare[both] = (g.level[gold_row[both]] < 0) | (p.level[pred_row[both]] < 0)
    kind = np.where(bare, 0, np.where(stage >= 0, stage, np.where(gold_row >= 0, 2, 3)))
    docs = pa.array(gold.doc_ids, pa.string())

    def of(values: tuple[IntArray, IntArray]) -> pa.Array:
        return pc.coalesce(
            *(taken(pa.array(side), rows) for side, rows in zip(values, (gold_row, pred_row), strict=True))
        )

    columns: dict[str, pa.Array] = {
        "kind": pa.array(["pair"] * len(stage), pa.string()),
        "class": labels_of(("correct", "level", "missing", "spurious"), kind),
        "doc_id": docs.take(of((g.a, p.a))),
        "other": docs.take(of((g.b, p.b))),
        "score": taken(p.score, pred_row),
    }
    for name, side, rows in (("gold", g, gold_row), ("pred", p, pred_row)):
        columns[f"{name}_row"] = pc.if_else(
            pa.array(rows >= 0), pc.fill_null(taken(pa.array(side.row), rows), -1), None
        )
        columns[f"{name}_type"] = taken(labels_of(_LEVELS, side.level), rows)
    return build(columns, len(stage))


def curve(gold: Corpus, pred: Corpus) -> Curve | None:
    """Precision and recall of all scored pairs at every threshold; None without scores or gold pairs.

    A repeated pair counts once with its highest score, its other rows are false positives.
    """
    table = pred["links"]
    score = pc.fill_null(table["score"], np.nan).to_numpy(zero_copy_only=False)
    g = _linked(gold, gold.doc_ids)
    n = max(len(gold.doc_ids), 1)
    wanted = np.unique(g.a * n + g.b)
    scored = np.flatnonzero(~np.isnan(score))
    if not len(scored) or not len(wanted):
        return None
    a, b = (unit_codes(table[side], gold.doc_ids) for side in ("a", "b"))
    key = (np.minimum(a, b) * n + np.maximum(a, b))[scored]
    order = np.lexsort((-score[scored], key))
    best = np.append(True, key[order][1:] != key[order][:-1])
    hit = np.zeros(len(scored), bool)
    hit[order] = best & np.isin(key[order], wanted)
    falling = np.argsort(-score[scored], kind="stable")
    values = score[scored][falling]
    last = np.append(np.flatnonzero(values[1:] != values[:-1]), len(values) - 1)
    right = np.cumsum(hit[falling])[last].astype(np.float64)
    return Curve(values[last], right / (last + 1), right / len(wanted))


def _linked(corpus: Corpus, doc_ids: Sequence[str]) -> _Pairs:
    """The pairs one side links: rows that are not "none" nor scored below its threshold, and pairs inside clusters."""
    table = corpus["links"]
    a, b = (unit_codes(table[side], doc_ids) for side in ("a", "b"))
    reuse = np.maximum(*(codes_in(table[side], _LEVELS) for side in ("reuse_a", "reuse_b")))
    level = np.where(reuse >= 0, reuse, codes_in(table["relation"], _LEVELS))
    threshold = corpus.meta.get("threshold")
    score = pc.fill_null(table["score"], np.nan).to_numpy(zero_copy_only=False)
    kept = np.flatnonzero((level != 0) & ~(score < (-np.inf if threshold is None else threshold)))
    inside = _inside(corpus, doc_ids)
    none = np.full(len(inside[0]), -1)
    low, high = np.minimum(a, b)[kept], np.maximum(a, b)[kept]
    scores = pa.concat_arrays([taken(table["score"], kept), pa.nulls(len(none), pa.float64())])
    return _Pairs(
        np.append(low, inside[0]),
        np.append(high, inside[1]),
        np.append(level[kept], none),
        np.append(kept, none),
        scores,
    )


def _inside(corpus: Corpus, doc_ids: Sequence[str]) -> tuple[IntArray, IntArray]:
    """Pairs of documents of one cluster."""
    table = corpus["clusters"]
    docs = unit_codes(table["doc_id"], doc_ids)
    cluster = table["cluster"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    order = np.lexsort((docs, cluster))
    size = np.bincount(cluster, minlength=1) if len(cluster) else np.zeros(1, np.int64)
    if (size * (size - 1) // 2).sum() > _MOST:
        raise UsageError(f"the predicted clusters hold more than {_MOST:,} pairs of articles, too many to list")
    ends = np.cumsum(size)[cluster[order]]
    later = ends - np.arange(len(order)) - 1
    first = np.repeat(np.arange(len(order)), later)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(later) - later, later)
    return docs[order][first], docs[order][second]
