"""Maximum-weight matching of a sparse bipartite graph: the one assignment every alignment and CEAF needs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from goldwire.counts import FloatArray, IntArray

__all__ = ["assign"]

BoolArray = npt.NDArray[np.bool_]

_ROUNDS = 8
_BLOCK_EDGES = 512


def assign(row: IntArray, col: IntArray, weight: FloatArray, n_rows: int, n_cols: int) -> IntArray:
    """Edges of a maximum-weight one-to-one matching, as sorted indices into the arguments.

    row, col: (edges,) ends of each edge, each pair at most once, 0 <= row < n_rows, 0 <= col < n_cols.
    weight:   (edges,) positive weights. Rows and columns may stay unmatched.

    The matching is exact up to floating-point rounding and does not depend on the order of the edges: among matchings
    of equal weight the choice follows the row and column codes. Nothing of size n_rows x n_cols is built.

    Most edges of a real alignment are beyond dispute and are taken at once: an edge that weighs no less than the best
    other edge of its row plus the best other edge of its column is part of some optimal matching. What is left falls
    into connected components, solved by LAPJVsp (Jonker & Volgenant 1987), where only a huge component, as between
    random clusters, takes time that grows with its rows x columns.
    """
    key = row * n_cols + col
    left: IntArray = np.arange(len(row)) if np.all(key[1:] > key[:-1]) else np.argsort(key)
    taken = np.zeros(len(row), bool)
    for _ in range(_ROUNDS):
        if not len(left):
            break
        won, touched = _peel(row[left], col[left], weight[left], n_rows, n_cols)
        taken[left[won]] = True
        left = left[~touched]
        if 16 * len(won) < len(left):
            break
    for block in _blocks(row[left], col[left], n_rows, n_cols):
        edges = left[block]
        taken[edges[_solve(row[edges], col[edges], weight[edges])]] = True
    return np.flatnonzero(taken)


def _peel(row: IntArray, col: IntArray, weight: FloatArray, n_rows: int, n_cols: int) -> tuple[IntArray, BoolArray]:
    """Indices of dominant edges, no two of which touch, and a mask of all edges that touch one of them."""
    rivals = _best_other(row, weight, n_rows) + _best_other(col, weight, n_cols)
    dominant = np.flatnonzero(weight >= rivals)
    # Tied dominant edges may share an end; the one that comes first in both its row and its column goes ahead.
    first_in_row = _first(row[dominant], n_rows)
    first_in_col = _first(col[dominant], n_cols)
    won = dominant[first_in_row & first_in_col]
    row_used, col_used = np.zeros(n_rows, bool), np.zeros(n_cols, bool)
    row_used[row[won]] = True
    col_used[col[won]] = True
    return won, row_used[row] | col_used[col]


def _best_other(node: IntArray, weight: FloatArray, n: int) -> FloatArray:
    """(edges,) weight of the heaviest other edge at the same node, 0 where there is none."""
    best = np.zeros(n)
    np.maximum.at(best, node, weight)
    heaviest = weight == best[node]
    second = np.zeros(n)
    np.maximum.at(second, node[~heaviest], weight[~heaviest])
    alone = heaviest & (np.bincount(node[heaviest], minlength=n) == 1)[node]
    return np.where(alone, second[node], best[node])


def _first(node: IntArray, n: int) -> BoolArray:
    """Mask of the entries that are the first of their node."""
    position = np.arange(len(node))
    first = np.zeros(n, np.int64)
    first[node[::-1]] = position[::-1]  # of repeated targets the last assignment stays
    mask: BoolArray = first[node] == position
    return mask


def _blocks(row: IntArray, col: IntArray, n_rows: int, n_cols: int) -> Iterator[IntArray]:
    """Edge indices of whole connected components, small ones together, about _BLOCK_EDGES edges at a time.

    The solver's time grows with rows x columns of one call, its overhead with the number of calls.
    """
    if not len(row):
        return
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nodes = n_rows + n_cols
    ends = row.astype(np.int32), (n_rows + col).astype(np.int32)  # older SciPy takes no other indices here
    graph = coo_array((np.ones(len(row), np.int8), ends), shape=(nodes, nodes))
    _, component = connected_components(graph, directed=False)
    size = np.bincount(component[row])
    block = ((np.cumsum(size) - size) // _BLOCK_EDGES)[component[row]]
    order = np.argsort(block, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(block[order])) + 1)


def _solve(row: IntArray, col: IntArray, weight: FloatArray) -> IntArray:
    """Indices of the edges of a maximum-weight matching of one block."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    rows, i = np.unique(row, return_inverse=True)
    cols, j = np.unique(col, return_inverse=True)
    if len(rows) > len(cols):
        rows, i, cols, j = cols, j, rows, i
    # The solver matches every row, so each gets a column of its own to stay unmatched in, as good as weightless.
    own = np.arange(len(rows))
    ends = np.r_[i, own].astype(np.int32), np.r_[j, len(cols) + own].astype(np.int32)
    weights = np.r_[weight, np.full(len(rows), np.finfo(np.float64).tiny)]
    graph = csr_array((weights, ends), shape=(len(rows), len(cols) + len(rows)))
    _, matched = min_weight_full_bipartite_matching(graph, maximize=True)
    return np.flatnonzero(matched[i] == j)
