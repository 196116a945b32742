"""Counts that compare two partitions: coreference of entities and events, clusters of articles.

Everything comes from one sparse contingency table, the numbers of common items of every pair of a gold and a
predicted cluster that have any. Items that only one side has take part in the sizes and in no cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from goldwire.counts import Counts, Facet, FloatArray, IntArray
from goldwire.tasks.assign import assign
from goldwire.tasks.codes import distinct
from goldwire.threads import at_once

__all__ = [
    "Contingency",
    "adjusted_mutual_information",
    "cluster_columns",
    "cluster_counts",
    "contingency",
    "link_columns",
    "partition_columns",
    "rank",
    "whole_counts",
]


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

    def over_gold(self, values: FloatArray | None) -> FloatArray:
        """(n_groups,) sums of values of the gold clusters, or their number."""
        return _tally(self.gold_group, values, self.n_groups)

    def over_pred(self, values: FloatArray | None) -> FloatArray:
        """(n_groups,) sums of values of the predicted clusters, or their number."""
        return _tally(self.pred_group, values, self.n_groups)

    def over_cells(self, values: FloatArray | None) -> FloatArray:
        """(n_groups,) sums of values of the cells, or their number."""
        return _tally(self.group, values, self.n_groups)


def rank(keys: IntArray) -> tuple[IntArray, IntArray]:
    """(keys,) dense rank of every key >= 0, and the distinct keys in ascending order."""
    values, (ranks,) = distinct(keys)
    return ranks, values


def contingency(
    group: IntArray, gold: IntArray, pred: IntArray, n_groups: int, *, singletons: str = "keep"
) -> Contingency:
    """Tabulate two partitions of the same items.

    group: (items,) code of the group, such as the document, 0 <= group < n_groups.
    gold, pred: (items,) cluster code, or -1 where that side does not have the item. Codes are scoped by the group: the
        same code in two groups means two clusters. An item is one row.
    singletons: "keep", or "drop" to leave out, on each side, the clusters that have one item within their group.
    """
    (gold_of, gold_group), (pred_of, pred_group) = at_once(_scoped, (group, group), (gold, pred))
    if singletons == "drop":
        gold_of, gold_group = _without_singletons(gold_of, gold_group)
        pred_of, pred_group = _without_singletons(pred_of, pred_group)
    in_gold, in_pred = gold_of >= 0, pred_of >= 0
    both = in_gold & in_pred
    n_pred = max(len(pred_group), 1)
    cells = np.sort(gold_of[both] * n_pred + pred_of[both])
    first = np.flatnonzero(_starts(cells))
    cell_gold, cell_pred = np.divmod(cells[first], n_pred)
    return Contingency(
        _tally(gold_of[in_gold], None, len(gold_group)),
        _tally(pred_of[in_pred], None, len(pred_group)),
        gold_group,
        pred_group,
        cell_gold,
        cell_pred,
        np.diff(first, append=len(cells)).astype(np.float64),
        gold_group[cell_gold],
        n_groups,
    )


def cluster_counts(
    group: IntArray, gold: IntArray, pred: IntArray, n_groups: int, *, singletons: str = "keep"
) -> dict[str, FloatArray]:
    """``cluster_columns`` of two partitions, given as to ``contingency``."""
    return cluster_columns(contingency(group, gold, pred, n_groups, singletons=singletons))


def cluster_columns(table: Contingency) -> dict[str, FloatArray]:
    """Additive counts per group for all measures that compare clusters: column name -> (n_groups,).

    With gold clusters of sizes a, predicted ones of sizes b, n items in common, and pairs(x) = x(x - 1)/2, these are

    gold_mentions, pred_mentions, common_mentions   sum of a, of b, of n
    gold_clusters, pred_clusters, exact_num         clusters, and those the sides have in common (n = a = b)
    muc_num, muc_r_den, muc_p_den                   links of a spanning tree: common, gold, predicted
    b3_r_num, b3_p_num                              sum of n²/a, of n²/b
    ceafm_num, ceafe_num                            best one-to-one alignment under n, under 2n/(a + b)
    lea_r_num, lea_p_num                            sum of a · pairs(n)/pairs(a), of b · pairs(n)/pairs(b); a cluster
                                                    of one counts 1 if the other side has it as such, else 0
    apart_num, apart_r_den, apart_p_den             pairs in two clusters of one group: common, gold, predicted

    and those of ``link_columns``.
    """
    a, b, n = table.gold_size, table.pred_size, table.common
    cell_a, cell_b = a[table.gold], b[table.pred]
    over_cells = table.over_cells
    links = link_columns(table)
    gold_mentions, pred_mentions, common_mentions = table.over_gold(a), table.over_pred(b), over_cells(n)
    gold_clusters, pred_clusters = table.over_gold(None), table.over_pred(None)
    # Pairs of common items that are apart on both sides: all of them, less those together on one side or the other.
    together_in_gold = table.over_gold(_pairs(_tally(table.gold, n, len(a))))
    together_in_pred = table.over_pred(_pairs(_tally(table.pred, n, len(b))))
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
        **links,
        "apart_num": _pairs(common_mentions) - together_in_gold - together_in_pred + links["links_num"],
        "apart_r_den": _pairs(gold_mentions) - links["links_r_den"],
        "apart_p_den": _pairs(pred_mentions) - links["links_p_den"],
    }


def link_columns(table: Contingency) -> dict[str, FloatArray]:
    """Pairs of items within one cluster, (n_groups,) each: links_num common ones, links_r_den gold, links_p_den predicted."""
    return {
        "links_num": table.over_cells(_pairs(table.common)),
        "links_r_den": table.over_gold(_pairs(table.gold_size)),
        "links_p_den": table.over_pred(_pairs(table.pred_size)),
    }


def partition_columns(table: Contingency) -> dict[str, FloatArray]:
    """Additive counts per group for the measures of whole partitions, (n_groups,) each.

    An item that one side does not have is a cluster of its own there. That adds to the number of items and to no other
    sum, since pairs(1) = 1 ln 1 = 0.

    items                            items that either side has
    gold_log, pred_log, common_log   sum of a ln a, of b ln b, of n ln n
    common_in_gold, common_in_pred   pairs of items that both sides have, together in gold, in the prediction
    splits, merges                   fewest operations that first cut the predicted clusters into parts of gold ones,
                                     then join these
    """
    common, cells = table.over_cells(table.common), table.over_cells(None)
    gold, pred = table.over_gold(table.gold_size), table.over_pred(table.pred_size)
    return {
        "items": gold + pred - common,
        "gold_log": table.over_gold(_x_log_x(table.gold_size)),
        "pred_log": table.over_pred(_x_log_x(table.pred_size)),
        "common_log": table.over_cells(_x_log_x(table.common)),
        "common_in_gold": table.over_gold(_pairs(_tally(table.gold, table.common, len(table.gold_size)))),
        "common_in_pred": table.over_pred(_pairs(_tally(table.pred, table.common, len(table.pred_size)))),
        "splits": pred - table.over_pred(None) - (common - cells),
        "merges": gold - table.over_gold(None) - (common - cells),
    }


def whole_counts(table: Contingency, units: tuple[str, ...], more: Mapping[str, FloatArray] | None = None) -> Counts:
    """Everything the measures of whole partitions need, one unit a group; ``more`` are further columns of the units.

    Columns: those of ``cluster_columns`` and ``partition_columns``, and by the facet ``size`` how many clusters of
    every size above 1 there are, ``gold_sizes`` and ``pred_sizes``.
    """
    columns = cluster_columns(table) | partition_columns(table) | dict(more or {})
    return Counts.concat([Counts(units, np.arange(len(units)), {}, columns), _size_counts(table, units)])


def _size_counts(table: Contingency, units: tuple[str, ...]) -> Counts:
    size = np.concatenate([table.gold_size, table.pred_size]).astype(np.int64)
    group = np.concatenate([table.gold_group, table.pred_group])
    of_gold = np.arange(len(size)) < len(table.gold_size)
    kept = size > 1
    distinct = np.flatnonzero(np.bincount(size[kept]))
    facet = Facet(np.searchsorted(distinct, size[kept]), tuple(map(str, distinct.tolist())))
    columns = {"gold_sizes": of_gold[kept], "pred_sizes": ~of_gold[kept]}
    return Counts.build(units, group[kept], {"size": facet}, columns)


def adjusted_mutual_information(counts: Counts, weights: FloatArray | None = None) -> float:
    """Mutual information of the two partitions over all groups, adjusted for chance (Vinh, Epps & Bailey 2010).

    counts: as ``whole_counts`` gives them; weights: of the units, (units,).

    (MI - E) / (mean of both entropies - E), E the mean MI of random partitions with clusters of the same sizes. With
    the sums A of a ln a, B of b ln b and C of n ln n that is (C - E C) / ((A + B)/2 - E C), and the mean of C is a sum
    over the distinct pairs of sizes. An item that one side does not have is a cluster of its own there. NaN where
    chance alone reaches the bound: all items apart on both sides, or all in one cluster.
    """
    each = counts.per_unit(["items", "gold_log", "pred_log", "common_log"])
    items, gold, pred, common = each.sum(axis=0) if weights is None else weights @ each
    if gold + pred == 0:
        return float("nan")
    size = np.array(counts.facets["size"].labels, np.float64)
    of_size = counts.by_label(["gold_sizes", "pred_sizes"], "size", weights)
    (a, times_a), (b, times_b) = ((size[times > 0], times[times > 0]) for times in of_size.T)
    if a.max(initial=0) == b.max(initial=0) == items:
        return float("nan")
    both = (gold + pred) / 2
    chance = _expected_log(a, times_a, b, times_b, int(items))
    return float((common - chance) / (both - chance))


def _expected_log(
    sizes_a: FloatArray, count_a: FloatArray, sizes_b: FloatArray, count_b: FloatArray, n_items: int
) -> float:
    """Mean of the sum of n ln n over all pairs of clusters of two random partitions of the items, given their sizes.

    sizes, count: the distinct sizes above 1 and how many clusters have each; a cluster of one adds 1 ln 1 = 0.
    n is hypergeometric. Its probabilities follow from each other by ratios, within ten standard deviations and thirty
    items of the likeliest n: what lies outside has less than 1e-17 of the whole.
    """
    total = 0.0
    for size, times in zip(sizes_a.tolist(), count_a.tolist(), strict=True):
        mode = (size + 1) * (sizes_b + 1) // (n_items + 2)
        share = size / n_items
        spread = np.sqrt(sizes_b * share * (1 - share))
        low = np.maximum(mode - np.ceil(10 * spread + 30), np.maximum(0, size + sizes_b - n_items))
        high = np.minimum(mode + np.ceil(10 * spread + 30), np.minimum(size, sizes_b))
        n = low[:, None] + np.arange(int((high - low).max(initial=0)) + 1)
        of = sizes_b[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log((size - n) * (of - n) / ((n + 1) * (n_items - size - of + n + 1)))
        steps = np.zeros_like(n)
        np.cumsum(ratio[:, :-1], axis=1, out=steps[:, 1:])
        steps[n > high[:, None]] = -np.inf
        weight = np.exp(steps - steps.max(axis=1, keepdims=True))
        mean = (weight * _x_log_x(np.maximum(n, 1))).sum(axis=1) / weight.sum(axis=1)
        total += times * float(mean @ count_b)
    return total


def _x_log_x(x: FloatArray) -> FloatArray:
    return x * np.log(x)


def _scoped(group: IntArray, code: IntArray) -> tuple[IntArray, IntArray]:
    """(items,) cluster number over all groups, -1 for items without one, and (clusters,) the cluster's group."""
    present = code >= 0
    width = int(code.max(initial=0)) + 1
    ranks, keys = rank(group[present] * width + code[present])
    cluster = np.full(len(code), -1, np.int64)
    cluster[present] = ranks
    return cluster, keys // width


def _without_singletons(cluster: IntArray, cluster_group: IntArray) -> tuple[IntArray, IntArray]:
    """Both results of ``_scoped`` without the clusters that have one item."""
    kept = np.bincount(cluster[cluster >= 0], minlength=len(cluster_group)) > 1
    number = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)  # the last one, at index -1, is that of no cluster
    return number[cluster], cluster_group[kept]


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
