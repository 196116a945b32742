"""Maximum-weight matching of a sparse bipartite graph: the one assignment every alignment and CEAF needs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from goldwire.counts import FloatArray, IntArray

__all__ = ["assign", "isolated"]

BoolArray = npt.NDArray[np.bool_]

_SMALL_EDGES = 512
_LARGE_NODES = 10_000
_ROUNDING = 4e-15


def isolated(row: IntArray, col: IntArray) -> BoolArray:
    """(edges,) which edges are the only one at both of their ends, and so in every maximum matching."""
    if not len(row):
        return np.zeros(0, bool)
    return np.asarray((np.bincount(row)[row] == 1) & (np.bincount(col)[col] == 1))


def assign(row: IntArray, col: IntArray, weight: FloatArray, n_rows: int, n_cols: int) -> IntArray:
    """Edges of a maximum-weight one-to-one matching, as sorted indices into the arguments.

    row, col: (edges,) ends of each edge, each pair at most once, 0 <= row < n_rows, 0 <= col < n_cols.
    weight:   (edges,) positive weights. Rows and columns may stay unmatched.

    The matching is exact up to floating-point rounding and does not depend on the order of the edges: among matchings
    of equal weight the choice follows the row and column codes. Nothing of size n_rows x n_cols is built.

    Most edges of a real alignment are beyond dispute and are settled at once, in rounds (see ``_Rest``). What is left
    falls into connected components: small ones are solved many at a time by LAPJVsp (Jonker & Volgenant 1987), whose
    time grows with the square of a component; large ones, as between random clusters, by ``_solve_large``.
    """
    key = row * n_cols + col
    order: IntArray = np.arange(len(row)) if np.all(key[1:] > key[:-1]) else np.argsort(key)
    rest = _Rest(order, row[order], col[order], weight[order])
    rest.settle()
    edges = [*rest.taken, *(rest.edge[block] for block in _solved(rest.row, rest.col, rest.weight))]
    row_used, col_used = np.zeros(n_rows, bool), np.zeros(n_cols, bool)
    chosen = np.concatenate([np.zeros(0, np.int64), *edges])
    row_used[row[chosen]] = col_used[col[chosen]] = True
    for folded in reversed(rest.folded):
        free = folded[~row_used[row[folded]] & ~col_used[col[folded]]]
        row_used[row[free]] = col_used[col[free]] = True
        edges.append(free)
    return np.sort(np.concatenate([np.zeros(0, np.int64), *edges]))


class _Rest:
    """The undecided edges, ordered by row and column, and what was decided about the others.

    edge, row, col, weight: index into the arguments of ``assign``, ends (recoded) and what the edge is worth more than
        the alternatives already folded into its ends.
    taken:  edges that are part of the matching.
    folded: edges, latest last, that are part of it if both their ends are still free when the later ones are decided.
    """

    def __init__(self, edge: IntArray, row: IntArray, col: IntArray, weight: FloatArray) -> None:
        self.edge, self.row, self.col, self.weight = edge, row, col, weight
        self.taken: list[IntArray] = []
        self.folded: list[IntArray] = []

    def settle(self) -> None:
        """Decide what can be decided by looking at neighbours, in rounds, as long as that pays.

        An edge that weighs no less than the best other edge of its row plus the best other edge of its column is part
        of some optimal matching. An end with one edge only is worth that edge's weight to the node at the other side,
        whose other edges are worth so much less; those then worth nothing are dropped (the weighted form of Karp &
        Sipser's leaf removal, 1981).
        """
        before = 2 * len(self.edge)
        while len(self.edge) and 16 * len(self.edge) <= 15 * before:
            before = len(self.edge)
            self.row, self.col = _dense(self.row), _dense(self.col)
            self._take_dominant()
            self._fold(self.row, self.col)
            self._fold(self.col, self.row)

    def _keep(self, kept: BoolArray) -> None:
        self.edge, self.row, self.col, self.weight = (
            self.edge[kept], self.row[kept], self.col[kept], self.weight[kept]
        )  # fmt: skip

    def _take_dominant(self) -> None:
        row, col, weight = self.row, self.col, self.weight
        dominant = np.flatnonzero(weight >= _best_other(row, weight) + _best_other(col, weight))
        # Tied dominant edges may share an end; the one that comes first in both its row and its column goes ahead.
        won = dominant[_first(row[dominant]) & _first(col[dominant])]
        self.taken.append(self.edge[won])
        self._keep(~(_marked(row, row[won]) | _marked(col, col[won])))

    def _fold(self, leaf: IntArray, node: IntArray) -> None:
        pendant = (np.bincount(leaf)[leaf] == 1) if len(leaf) else np.zeros(0, bool)
        at = np.flatnonzero(pendant)
        worth = np.zeros(node.max(initial=-1) + 1)
        np.maximum.at(worth, node[at], self.weight[at])
        best = at[self.weight[at] == worth[node[at]]]
        self.folded.append(self.edge[best[_first(node[best])]])
        lead = self.weight - worth[node]
        kept = ~pendant & (lead > _ROUNDING * worth[node])
        self.weight = lead
        self._keep(kept)


def _dense(code: IntArray) -> IntArray:
    """The same codes without gaps, in the same order."""
    used = np.zeros(code.max(initial=-1) + 1, bool)
    used[code] = True
    dense: IntArray = (np.cumsum(used) - 1)[code]
    return dense


def _marked(node: IntArray, chosen: IntArray) -> BoolArray:
    """Mask of the entries whose node is among the chosen ones."""
    mask = np.zeros(node.max(initial=-1) + 1, bool)
    mask[chosen] = True
    marked: BoolArray = mask[node]
    return marked


def _best_other(node: IntArray, weight: FloatArray) -> FloatArray:
    """(edges,) weight of the heaviest other edge at the same node, 0 where there is none."""
    n = node.max(initial=-1) + 1
    best = np.zeros(n)
    np.maximum.at(best, node, weight)
    heaviest = weight == best[node]
    second = np.zeros(n)
    np.maximum.at(second, node[~heaviest], weight[~heaviest])
    alone = heaviest & (np.bincount(node[heaviest], minlength=n) == 1)[node]
    return np.where(alone, second[node], best[node])


def _first(node: IntArray) -> BoolArray:
    """Mask of the entries that are the first of their node."""
    position = np.arange(len(node))
    first = np.zeros(node.max(initial=-1) + 1, np.int64)
    first[node[::-1]] = position[::-1]  # of repeated targets the last assignment stays
    mask: BoolArray = first[node] == position
    return mask


def _solved(row: IntArray, col: IntArray, weight: FloatArray) -> Iterator[IntArray]:
    """Indices of the edges of a maximum-weight matching, by blocks of whole connected components.

    Small components go together, about _SMALL_EDGES edges at a time: the small solver's time grows with rows x columns
    of one call, its overhead with the number of calls.
    """
    if not len(row):
        return
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_rows = int(row.max()) + 1
    n = n_rows + int(col.max()) + 1
    ends = row.astype(np.int32), (n_rows + col).astype(np.int32)  # older SciPy takes no other indices here
    graph = coo_array((np.ones(len(row), np.int8), ends), shape=(n, n))
    _, component = connected_components(graph, directed=False)
    size = np.bincount(component[row])
    block = ((np.cumsum(size) - size) // _SMALL_EDGES)[component[row]]
    order = np.argsort(block, kind="stable")
    for edges in np.split(order, np.flatnonzero(np.diff(block[order])) + 1):
        i, j = _dense(row[edges]), _dense(col[edges])
        solve = _solve_small if int(i.max()) + int(j.max()) < _LARGE_NODES else _solve_large
        yield edges[solve(i, j, weight[edges])]


def _solve_small(row: IntArray, col: IntArray, weight: FloatArray) -> IntArray:
    """Indices of the edges of a maximum-weight matching of one block."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    n_rows, n_cols = int(row.max()) + 1, int(col.max()) + 1
    if n_rows > n_cols:
        row, n_rows, col, n_cols = col, n_cols, row, n_rows
    # The solver matches every row, so each gets a column of its own to stay unmatched in, as good as weightless.
    own = np.arange(n_rows)
    ends = np.r_[row, own].astype(np.int32), np.r_[col, n_cols + own].astype(np.int32)
    weights = np.r_[weight, np.full(n_rows, np.finfo(np.float64).tiny)]
    graph = csr_array((weights, ends), shape=(n_rows, n_cols + n_rows))
    _, matched = min_weight_full_bipartite_matching(graph, maximize=True)
    return np.flatnonzero(matched[row] == col)


def _solve_large(row: IntArray, col: IntArray, weight: FloatArray) -> IntArray:
    """Indices of the edges of a maximum-weight matching of one block, by the Hungarian method with many paths at a time.

    The graph is doubled: left are the rows and a copy of the columns, right the columns and a copy of the rows, joined
    by every edge and its mirror image, and every node by a weightless edge to its own copy, so that there is a perfect
    matching. Prices y, z keep slack = y + z - weight at or above 0; a perfect matching of tight edges, those without
    slack, is optimal. Until there is one, shortest paths from all free left nodes at once, then back from all free
    right nodes, lower the slack on a path out of every one of them to nothing, and the tight edges are matched anew
    (Hopcroft & Karp 1973). Nearly all free nodes go in a few phases.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra, maximum_bipartite_matching

    n_rows, n_cols = int(row.max()) + 1, int(col.max()) + 1
    n = n_rows + n_cols
    own = np.arange(n)
    left = np.r_[row, n_rows + col, own].astype(np.int32)
    right = np.r_[col, n_cols + row, (own + n_cols) % n].astype(np.int32)
    weight = np.r_[weight, weight, np.zeros(n)]
    y, z = np.zeros(n), np.zeros(n)
    np.maximum.at(y, left, weight)
    rounding, before = _ROUNDING * weight.max(), n + 1
    while True:
        tight = y[left] + z[right] - weight <= rounding
        graph = csr_array((tight[tight], (left[tight], right[tight])), shape=(n, n))
        mate = maximum_bipartite_matching(graph, perm_type="row")
        ends = np.flatnonzero(mate < 0)
        if not len(ends):
            return np.flatnonzero(mate[right[: len(row)]] == left[: len(row)])
        rounding *= 1 if len(ends) < before else 2
        before = len(ends)
        is_start = np.ones(n, bool)
        is_start[mate[mate >= 0]] = False
        starts = np.flatnonzero(is_start)
        # To a path a matched pair is one node, numbered as its left half; free right nodes are numbered after those.
        node = mate.copy()
        node[ends] = n + np.arange(len(ends))
        for sign, tail, head, sources, goals in (
            (1, left, node[right], starts, node[ends]),
            (-1, node[right], left, node[ends], starts),
        ):
            slack = y[left] + z[right] - weight
            cost = np.where(slack <= rounding, np.finfo(np.float64).tiny, slack)  # SciPy takes 0 for no edge
            paths = csr_array((cost, (tail, head)), shape=(n + len(ends), n + len(ends)))
            distance = dijkstra(paths, indices=sources, min_only=True)
            reached = distance[goals]
            distance = np.minimum(distance, reached[np.isfinite(reached)].max())
            y += sign * distance[:n]
            z -= sign * distance[node]
