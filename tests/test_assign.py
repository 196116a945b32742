"""Maximum-weight bipartite matching against SciPy's dense assignment and other independent computations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from goldwire.tasks import assign as module
from goldwire.tasks.assign import assign

SIZE = 7
INTS = st.sampled_from([1.0, 1.0, 2.0, 3.0])
FRACTIONS = st.sampled_from([2 / 3, 2 / 5, 0.5, 1 / 3, 0.25, 1.0, 0.1, 1e-9])
FLOATS = st.floats(1e-6, 1e6)


@st.composite
def graphs(draw):
    """A sparse weighted graph as {(row, column): weight}, full of ties or without any."""
    weights = draw(st.sampled_from([INTS, FRACTIONS, FLOATS]))
    ends = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))
    return draw(st.dictionaries(ends, weights, max_size=SIZE * SIZE))


def arrays(graph):
    row, col = np.array(list(graph), np.int64).reshape(-1, 2).T
    return row, col, np.array(list(graph.values()), np.float64)


def dense_optimum(graph):
    matrix = np.zeros((SIZE, SIZE))
    for (row, col), weight in graph.items():
        matrix[row, col] = weight
    return matrix[linear_sum_assignment(matrix, maximize=True)].sum()


@settings(max_examples=250, deadline=None)
@given(graphs())
def test_weight_is_that_of_the_dense_assignment(graph):
    row, col, weight = arrays(graph)
    chosen = assign(row, col, weight, SIZE, SIZE)
    assert weight[chosen].sum() == pytest.approx(dense_optimum(graph), rel=1e-12)


@settings(max_examples=250, deadline=None)
@given(graphs())
def test_so_it_is_when_every_component_counts_as_large(graph):
    row, col, weight = arrays(graph)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_LARGE_NODES", 0)
        chosen = assign(row, col, weight, SIZE, SIZE)
    assert weight[chosen].sum() == pytest.approx(dense_optimum(graph), rel=1e-12)


@settings(deadline=None)
@given(graphs())
def test_chosen_edges_are_sorted_and_never_share_an_end(graph):
    row, col, weight = arrays(graph)
    chosen = assign(row, col, weight, SIZE, SIZE)
    assert np.all(np.diff(chosen) > 0)
    assert len(set(row[chosen])) == len(set(col[chosen])) == len(chosen)


@settings(deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_edge_order_does_not_change_the_choice(graph, random):
    edges = list(graph.items())
    random.shuffle(edges)
    (row, col, weight), (row2, col2, weight2) = arrays(graph), arrays(dict(edges))
    chosen, chosen2 = assign(row, col, weight, SIZE, SIZE), assign(row2, col2, weight2, SIZE, SIZE)
    assert {(row[e], col[e]) for e in chosen} == {(row2[e], col2[e]) for e in chosen2}


@settings(deadline=None)
@given(graphs())
def test_swapping_rows_and_columns_keeps_the_weight(graph):
    row, col, weight = arrays(graph)
    there, back = assign(row, col, weight, SIZE, SIZE), assign(col, row, weight, SIZE, SIZE)
    assert weight[there].sum() == pytest.approx(weight[back].sum(), rel=1e-12)


def test_greedy_is_not_good_enough():
    # Taking the heaviest edge (0, 0) first gives 5; the two others together give 4 + 3 = 7.
    row, col, weight = np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([5.0, 4.0, 3.0])
    assert assign(row, col, weight, 2, 2).tolist() == [1, 2]


def test_one_heavy_edge_beats_two_light_ones():
    # (0, 0) weighs 8, the two others together 4 + 3 = 7: one row and one column stay unmatched.
    row, col, weight = np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([8.0, 4.0, 3.0])
    assert assign(row, col, weight, 2, 2).tolist() == [0]


def test_an_end_with_one_edge_is_worth_that_edge_to_its_neighbour():
    # Column 0 has row 0 to itself with 3, so (1, 0) of 5 gains 2; row 1 does better with (1, 1) of 4, column 1 being
    # worth 1 to row 2: 5 - 3 < 4 - 1. Best is 3 + 4 rather than 5 + 1.
    row, col, weight = np.array([0, 1, 1, 2]), np.array([0, 0, 1, 1]), np.array([3.0, 5.0, 4.0, 1.0])
    assert assign(row, col, weight, 3, 2).tolist() == [0, 2]
    # With 8 in place of 5 it is the other way round.
    assert assign(row, col, np.array([3.0, 8.0, 4.0, 1.0]), 3, 2).tolist() == [1, 3]


def test_weights_of_very_different_size_are_not_lost():
    # A path of three edges: its two ends together, or the middle one alone.
    row, col = np.array([0, 1, 1]), np.array([0, 0, 1])
    assert assign(row, col, np.array([1e-12, 1.0, 1.0]), 2, 2).tolist() == [0, 2]
    assert assign(row, col, np.array([1.0, 2.0 + 1e-12, 1.0]), 2, 2).tolist() == [1]


def test_no_edges():
    none = np.zeros(0, np.int64)
    assert assign(none, none, np.zeros(0), 3, 4).tolist() == []


def test_the_full_matrix_is_never_built():
    # 10¹² cells would be 8 TB.
    n = 10**6
    row, col = np.array([0, n - 1]), np.array([n - 1, 0])
    assert assign(row, col, np.ones(2), n, n).tolist() == [0, 1]


def test_star_keeps_its_heaviest_edge():
    n = 10**6
    weight = np.ones(n)
    weight[123_456] = 1.5
    centre, leaf = np.zeros(n, np.int64), np.arange(n)
    assert assign(centre, leaf, weight, 1, n).tolist() == [123_456]
    assert assign(leaf, centre, weight, n, 1).tolist() == [123_456]


@pytest.mark.parametrize("rising", [True, False])
def test_long_path_equals_dynamic_programming(rising):
    n = 20_000
    weight = np.arange(1.0, n + 1) if rising else np.random.default_rng(0).integers(1, 6, n).astype(float)
    edge = np.arange(n)
    # The best of the first k edges either leaves out edge k, or takes it and leaves out edge k - 1.
    before, best = 0.0, 0.0
    for w in weight.tolist():
        before, best = best, max(best, before + w)
    chosen = assign((edge + 1) // 2, edge // 2, weight, n // 2 + 1, n // 2 + 1)
    assert weight[chosen].sum() == best


def test_component_of_50k_edges_equals_hopcroft_karp():
    # With equal weights the heaviest matching is the largest one, which Hopcroft-Karp finds independently.
    rng = np.random.default_rng(0)
    n = 20_000
    row, col = np.divmod(np.unique(rng.integers(0, n * n, 50_000)), n)
    largest = maximum_bipartite_matching(csr_array((np.ones(len(row)), (row, col)), shape=(n, n)))
    assert len(assign(row, col, np.ones(len(row)), n, n)) == np.count_nonzero(largest >= 0)


def test_random_clusters_form_one_huge_component_of_ties_solved_as_by_the_small_solver():
    # Two random partitions of 40,000 items, three per cluster, under CEAFe's weights 2/(a + b).
    rng = np.random.default_rng(0)
    n = 40_000 // 3
    row, col = np.divmod(np.unique(rng.integers(0, n * n, 40_000)), n)
    weight = 2 / (np.bincount(row, minlength=n)[row] + np.bincount(col, minlength=n)[col])
    totals = []
    for large in (0, len(row)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_LARGE_NODES", large)
            totals.append(weight[assign(row, col, weight, n, n)].sum())
    assert totals[0] == pytest.approx(totals[1], rel=1e-12)


def test_many_small_components_equal_the_dense_assignment_of_each():
    # 3,000 full 3 x 3 blocks: what peeling leaves of them is solved many blocks at a time.
    rng = np.random.default_rng(0)
    blocks = rng.integers(5, 10, (3000, 3, 3)).astype(float)
    block, i, j = (axis.ravel() for axis in np.indices(blocks.shape))
    chosen = assign(3 * block + i, 3 * block + j, blocks.ravel(), 9000, 9000)
    expected = sum(b[linear_sum_assignment(b, maximize=True)].sum() for b in blocks)
    assert blocks.ravel()[chosen].sum() == expected
