"""Article pairs: which documents share text, how much of it, and in which direction.

Gold and predictions are links between two documents; a pair that is not listed is not linked. The levels of a link are
ordinal; a *bare* link states none and stands for a link at every level and in both directions. A system that predicts
clusters predicts a bare link for every pair inside one; these pairs are counted from cluster sizes, never listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, FloatArray, IntArray
from goldwire.tasks.pairs import chain, cluster_of, components, group, unit_names
from goldwire.tasks.spans import codes_in, unit_codes

__all__ = ["LEVELS", "count", "ranking"]

BoolArray = npt.NDArray[np.bool_]

LEVELS = ("none", "trace", "partial", "major", "whole")
_BARE = len(LEVELS)


@dataclass(frozen=True)
class _Links:
    """Listed pairs in canonical order, a < b; a pair may be repeated. All fields are (rows,).

    a, b:     document codes.
    pair:     code of the pair.
    level:    index into LEVELS, 0 where the row is no link, _BARE for a link without a level.
    a_from_b: whether a reuses text of b; b_from_a likewise.
    stated:   whether the row states a level, be it "none".
    score:    NaN where null.
    """

    a: IntArray
    b: IntArray
    pair: IntArray
    level: IntArray
    a_from_b: BoolArray
    b_from_a: BoolArray
    stated: BoolArray
    score: FloatArray


def count(gold: Corpus, pred: Corpus) -> Counts:
    """Counts of article pairs, one row per unit: a connected component of documents under gold and predicted links.

    Predictions are ``pred["links"]`` and the pairs inside each of ``pred["clusters"]``; a row scored below the header's
    ``threshold`` is no link. Every predicted row counts: a repeated pair, reversed or not, is one more false positive.

    Columns: ``gold``, ``pred`` and ``matched`` with the suffix _trace, _partial, _major or _whole (undirected, at or
    above that level) or _directed (each direction of reuse by itself); ``closure_pairs`` and ``closure_damage`` (pairs
    inside the components of the predicted links; of them, those neither predicted nor in gold); ``documents`` and
    ``documents_named`` (in the prediction file); ``kappa_<i>_<j>``, pairs of gold level i and predicted level j.

    Kappa's columns describe all pairs of documents but those with a bare link; a unit gets half of each of its
    documents' pairs. They are all zero if the predictions state no level or come as clusters.

    Raises UsageError when a document is in several predicted clusters.
    """
    doc_ids, n = gold.doc_ids, len(gold.doc_ids)
    cluster = cluster_of(pred["clusters"], doc_ids)
    g, p, a, b = _listed(_links(gold, doc_ids), _links(pred, doc_ids), n)
    clustered = cluster[a] == cluster[b]

    chain_a, chain_b = chain(cluster)
    pred_a, pred_b = np.r_[p.a[p.level > 0], chain_a], np.r_[p.b[p.level > 0], chain_b]
    unit = components(n, np.r_[g.a[g.level > 0], pred_a], np.r_[g.b[g.level > 0], pred_b])
    units = unit_names(doc_ids, unit)

    def by_document(values: npt.NDArray[Any]) -> FloatArray:
        return np.bincount(unit, values, len(units)).astype(np.float64)

    def by_pair(values: npt.NDArray[Any]) -> FloatArray:
        return np.bincount(unit[a], values, len(units)).astype(np.float64)

    in_cluster = by_document(_half_partners(cluster))
    columns: dict[str, FloatArray] = {}
    for name, gold_rows, pred_rows in _figures(g, p):
        in_gold, in_pred = (np.bincount(of.pair, rows, len(a)) for of, rows in ((g, gold_rows), (p, pred_rows)))
        sums = {
            f"gold_{name}": by_pair(in_gold),
            f"pred_{name}": by_pair(in_pred) + in_cluster,
            f"matched_{name}": by_pair((in_gold > 0) & ((in_pred > 0) | clustered)),
        }
        columns |= {column: columns.get(column, 0.0) + values for column, values in sums.items()}

    closure = components(n, pred_a, pred_b)
    linked = np.zeros(len(a), bool)
    linked[g.pair[g.level > 0]] = linked[p.pair[p.level > 0]] = True
    columns["closure_pairs"] = by_document(_half_partners(closure))
    harmless = linked & (closure[a] == closure[b]) & ~clustered
    columns["closure_damage"] = columns["closure_pairs"] - in_cluster - by_pair(harmless)
    columns["documents"] = by_document(np.ones(n))
    named = np.zeros(n, bool)
    named[unit_codes(pa.chunked_array([pred.doc_ids], pa.string()), doc_ids)] = True
    columns["documents_named"] = by_document(named)
    comparable = bool(p.stated.any()) and not in_cluster.any()
    columns |= _kappa_columns(g, p, unit[a], columns["documents"] * (n - 1) / 2, comparable=comparable)
    return Counts(units, np.arange(len(units)), {}, columns)


def _links(corpus: Corpus, doc_ids: Sequence[str]) -> _Links:
    """The listed pairs of one side."""
    table = corpus["links"]
    a, b = (unit_codes(table[side], doc_ids) for side in ("a", "b"))
    reuse_a, reuse_b, relation = (codes_in(table[name], LEVELS) for name in ("reuse_a", "reuse_b", "relation"))
    score = pc.fill_null(table["score"], np.nan).to_numpy()
    threshold = corpus.meta.get("threshold")
    rejected = (relation == 0) | (score < (-np.inf if threshold is None else threshold))
    reuse = np.maximum(reuse_a, reuse_b)
    level = np.where(reuse >= 0, reuse, np.where(relation >= 0, relation, _BARE))
    level = np.where(rejected, 0, level)
    from_b, from_a = ((level > 0) & ((reuse < 0) | (own > 0)) for own in (reuse_a, reuse_b))
    swap = a > b
    return _Links(
        np.minimum(a, b),
        np.maximum(a, b),
        np.zeros(len(a), np.int64),
        level,
        np.where(swap, from_a, from_b),
        np.where(swap, from_b, from_a),
        np.maximum(reuse, relation) >= 0,
        score,
    )


def _listed(g: _Links, p: _Links, n: int) -> tuple[_Links, _Links, IntArray, IntArray]:
    """Both sides with their pairs coded, and the documents a, b of each distinct pair."""
    pairs, (gold_pair, pred_pair) = group(g.a * n + g.b, p.a * n + p.b)
    return replace(g, pair=gold_pair), replace(p, pair=pred_pair), pairs // max(n, 1), pairs % max(n, 1)


def _half_partners(label: IntArray) -> FloatArray:
    """(documents,) half the number of others with the same label: their sum is the number of pairs."""
    return np.asarray((np.bincount(label)[label] - 1) / 2)


def _figures(g: _Links, p: _Links) -> Iterator[tuple[str, BoolArray, BoolArray]]:
    """Name and gold and predicted rows of each figure; the directed one comes in two parts."""
    for code, name in enumerate(LEVELS[1:], start=1):
        yield name, g.level >= code, p.level >= code
    yield "directed", g.a_from_b, p.a_from_b
    yield "directed", g.b_from_a, p.b_from_a


def _kappa_columns(
    g: _Links, p: _Links, pair_unit: IntArray, universe: FloatArray, *, comparable: bool
) -> dict[str, FloatArray]:
    """Per unit, pairs by gold and predicted level; ``universe`` is (units,) numbers of pairs."""
    k, n_units = len(LEVELS), len(universe)
    table = np.zeros((n_units, k * k))
    if comparable:
        (gold_level, gold_bare), (pred_level, pred_bare) = (_highest(links, len(pair_unit)) for links in (g, p))
        cell, bare = gold_level * k + pred_level, gold_bare | pred_bare
        kept = (cell > 0) & ~bare
        table += np.bincount(pair_unit[kept] * k * k + cell[kept], minlength=table.size).reshape(table.shape)
        table[:, 0] = universe - table.sum(axis=1) - np.bincount(pair_unit, bare, n_units)
    return {f"kappa_{i}_{j}": table[:, i * k + j] for i in range(k) for j in range(k)}


def _highest(links: _Links, n_pairs: int) -> tuple[IntArray, BoolArray]:
    """(pairs,) highest level stated of each pair, and whether it has a bare link and no level."""
    is_bare = links.level == _BARE
    level, bare = np.zeros(n_pairs, np.int64), np.zeros(n_pairs, bool)
    np.maximum.at(level, links.pair[~is_bare], links.level[~is_bare])
    bare[links.pair[is_bare]] = True
    return level, bare & (level == 0)


def ranking(gold: Corpus, pred: Corpus) -> dict[str, float]:
    """``duplicates.ap`` and ``duplicates.auc`` of the scores of ``pred["links"]`` over all pairs of documents.

    Positive are the gold links of any level; pairs without a score tie below all others. A repeated pair ranks by its
    highest score, its other rows are further negatives. The threshold of the header plays no part. AP is the step-wise
    sum Σ (R_k − R_{k−1})·P_k over distinct scores (as scikit-learn's average_precision_score), AUC the Mann-Whitney
    statistic with ties counted one half. NaN where undefined: no scores, no positives or, for AUC, no negatives.
    """
    doc_ids, n = gold.doc_ids, len(gold.doc_ids)
    g, p, a, _ = _listed(_links(gold, doc_ids), _links(pred, doc_ids), n)
    in_gold = np.zeros(len(a), bool)
    in_gold[g.pair[g.level > 0]] = True
    scored = np.flatnonzero(~np.isnan(p.score))
    positives = int(in_gold.sum())
    if not len(scored) or not positives:
        return {"duplicates.ap": np.nan, "duplicates.auc": np.nan}

    rows = scored[np.lexsort((-p.score[scored], p.pair[scored]))]
    best = np.r_[True, p.pair[rows[1:]] != p.pair[rows[:-1]]]
    hit = best & in_gold[p.pair[rows]]
    negatives = n * (n - 1) // 2 - positives + int((~best).sum())

    order = np.argsort(-p.score[rows], kind="stable")
    score = p.score[rows][order]
    last = np.r_[np.flatnonzero(score[1:] != score[:-1]), len(score) - 1]
    true = np.r_[0, np.cumsum(hit[order])[last], positives].astype(np.float64)
    false = np.r_[0, np.cumsum(~hit[order])[last], negatives].astype(np.float64)
    precision = true[1:] / (true[1:] + false[1:])
    area = np.sum(np.diff(false) * (true[1:] + true[:-1]) / 2)
    return {
        "duplicates.ap": float(np.sum(np.diff(true) * precision) / positives),
        "duplicates.auc": float(area / positives / negatives) if negatives else np.nan,
    }
