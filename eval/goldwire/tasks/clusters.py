"""Counts that compare two partitions: coreference of entities and events, clusters of articles.

Everything comes from one sparse contingency table, the numbers of common items of every pair of a gold and a
predicted cluster that have any. Items that only one side has take part in the sizes and in no cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from goldwire.counts import FloatArray, IntArray
from goldwire.tasks.assign import assign

__all__ = ["Contingency", "cluster_counts", "contingency", "rank"]


@dataclass(frozen=True)
class Contingency:
    """The sparse contingency table of two partitions, cells in the order of gold, then predicted clusters.

    gold_size, pred_size:   (gold clusters,), (predicted clusters,) items of each cluster, all positive.
    gold_group, pred_group: (gold clusters,), (predicted clusters,) group each cluster belongs to.
    gold, pred, common:     (cells,) gold cluster, predicted cluster and their number of common items, all positive.
    group:                  (cells,) group of the two clusters.
    n_groups:               number of groups.
    """

    gold_size: FloatArray
    pred_size: FloatArray
    gold_group: IntArray
    pred_group: IntArray
    gold: IntArray
    pred: IntArray
    common: FloatArray
    group: IntArray
    n_groups: int


def rank(keys: IntArray) -> tuple[IntArray, IntArray]:
    """(keys,) dense rank of every key, and the distinct keys in ascending order."""
    order = np.argsort(keys)
    ordered = keys[order]
    new = _starts(ordered)
    ranks = np.empty(len(keys), np.int64)
    ranks[order] = np.cumsum(new) - 1
    return ranks, ordered[new]


def contingency(group: IntArray, gold: IntArray, pred: IntArray, n_groups: int) -> Contingency:
    """Tabulate two partitions of the same items.

    group: (items,) code of the group, such as the document, 0 <= group < n_groups.
    gold, pred: (items,) cluster code, or -1 where that side does not have the item. Codes are scoped by the group: the
        same code in two groups means two clusters. An item is one row.
    """
    gold_of, gold_group = _scoped(group, gold)
    pred_of, pred_group = _scoped(group, pred)
    both = (gold >= 0) & (pred >= 0)
    n_pred = max(len(pred_group), 1)
    cells = np.sort(gold_of[both] * n_pred + pred_of[both])
    first = np.flatnonzero(_starts(cells))
    cell_gold, cell_pred = np.divmod(cells[first], n_pred)
    return Contingency(
        _tally(gold_of[gold >= 0], None, len(gold_group)),
        _tally(pred_of[pred >= 0], None, len(pred_group)),
        gold_group,
        pred_group,
        cell_gold,
        cell_pred,
        np.diff(first, append=len(cells)).astype(np.float64),
        gold_group[cell_gold],
        n_groups,
    )


def cluster_counts(group: IntArray, gold: IntArray, pred: IntArray, n_groups: int) -> dict[str, FloatArray]:
    """Additive counts per group for all cluster measures: column name -> (n_groups,).

    The arguments are those of ``contingency``. With gold clusters of sizes a, predicted ones of sizes b, n items in
    common, and pairs(x) = x(x - 1)/2, the columns are

    gold_mentions, pred_mentions, common_mentions   sum of a, of b, of n
    gold_clusters, pred_clusters, exact_num         clusters, and those the sides have in common (n = a = b)
    muc_num, muc_r_den, muc_p_den                   links of a spanning tree: common, gold, predicted
    b3_r_num, b3_p_num                              sum of n²/a, of n²/b
    ceafm_num, ceafe_num                            best one-to-one alignment under n, under 2n/(a + b)
    lea_r_num, lea_p_num                            sum of a · pairs(n)/pairs(a), of b · pairs(n)/pairs(b); a cluster
                                                    of one counts 1 if the other side has it as such, else 0
    links_num, links_r_den, links_p_den             pairs within one cluster: common, gold, predicted
    apart_num, apart_r_den, apart_p_den             pairs in two clusters of one group: common, gold, predicted
    """
    table = contingency(group, gold, pred, n_groups)
    a, b, n = table.gold_size, table.pred_size, table.common
    cell_a, cell_b = a[table.gold], b[table.pred]

    def over_gold(values: FloatArray | None) -> FloatArray:
        return _tally(table.gold_group, values, n_groups)

    def over_pred(values: FloatArray | None) -> FloatArray:
        return _tally(table.pred_group, values, n_groups)

    def over_cells(values: FloatArray | None) -> FloatArray:
        return _tally(table.group, values, n_groups)

    gold_mentions, pred_mentions, common_mentions = over_gold(a), over_pred(b), over_cells(n)
    gold_clusters, pred_clusters = over_gold(None), over_pred(None)
    links_num, links_r_den, links_p_den = over_cells(_pairs(n)), over_gold(_pairs(a)), over_pred(_pairs(b))
    # Pairs of common items that are apart on both sides: all of them, less those together on one side or the other.
    together_in_gold = over_gold(_pairs(_tally(table.gold, n, len(a))))
    together_in_pred = over_pred(_pairs(_tally(table.pred, n, len(b))))
    return {
        "gold_mentions": gold_mentions,
        "pred_mentions": pred_mentions,
        "common_mentions": common_mentions,
        "gold_clusters": gold_clusters,
        "pred_clusters": pred_clusters,
        "exact_num": over_cells(((n == cell_a) & (n == cell_b)).astype(np.float64)),
        "muc_num": common_mentions - over_cells(None),
        "muc_r_den": gold_mentions - gold_clusters,
        "muc_p_den": pred_mentions - pred_clusters,
        "b3_r_num": over_cells(n * n / cell_a),
        "b3_p_num": over_cells(n * n / cell_b),
        "ceafm_num": over_cells(_aligned(table, n)),
        "ceafe_num": over_cells(_aligned(table, 2 * n / (cell_a + cell_b))),
        "lea_r_num": over_cells(_resolved(n, cell_a, cell_b)),
        "lea_p_num": over_cells(_resolved(n, cell_b, cell_a)),
        "links_num": links_num,
        "links_r_den": links_r_den,
        "links_p_den": links_p_den,
        "apart_num": _pairs(common_mentions) - together_in_gold - together_in_pred + links_num,
        "apart_r_den": _pairs(gold_mentions) - links_r_den,
        "apart_p_den": _pairs(pred_mentions) - links_p_den,
    }


def _scoped(group: IntArray, code: IntArray) -> tuple[IntArray, IntArray]:
    """(items,) cluster number over all groups, -1 for items without one, and (clusters,) the cluster's group."""
    present = code >= 0
    width = int(code.max(initial=0)) + 1
    ranks, keys = rank(group[present] * width + code[present])
    cluster = np.full(len(code), -1, np.int64)
    cluster[present] = ranks
    return cluster, keys // width


def _starts(ordered: IntArray) -> npt.NDArray[np.bool_]:
    """(keys,) mask of the first of every run of equal keys."""
    mask = np.ones(len(ordered), bool)
    mask[1:] = ordered[1:] != ordered[:-1]
    return mask


def _tally(of: IntArray, values: FloatArray | None, n: int) -> FloatArray:
    """(n,) sums of the values, or plain counts, by code."""
    return np.bincount(of, values, n).astype(np.float64)


def _aligned(table: Contingency, weight: FloatArray) -> FloatArray:
    """(cells,) the weight of the cells of the best one-to-one alignment of clusters, 0 for the others."""
    chosen = assign(table.gold, table.pred, weight, len(table.gold_size), len(table.pred_size))
    kept = np.zeros(len(weight))
    kept[chosen] = weight[chosen]
    return kept


def _pairs(size: FloatArray) -> FloatArray:
    return size * (size - 1) / 2


def _resolved(n: FloatArray, own: FloatArray, other: FloatArray) -> FloatArray:
    """(cells,) LEA's size · resolved links / links of the own cluster; a singleton's only link is to itself."""
    single = own == 1
    return np.where(single, other == 1, n * (n - 1) / np.where(single, 1, own - 1))
