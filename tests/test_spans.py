"""Span kernels against sets of code points."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldwire.errors import UsageError
from goldwire.tasks.codes import (
    canonical_order,
    codes_in,
    distinct,
    places,
    shared_codes,
    shared_keys,
    shared_labels,
    unit_codes,
)
from goldwire.tasks.spans import (
    Pieces,
    axis_step,
    coverage,
    equal_pairs,
    meetings,
    overlaps,
    place,
    shape_codes,
    stretches,
)

STEP = 100
SCHEMA = pa.schema([("start", pa.int32()), ("end", pa.int32()), ("fragments", pa.list_(pa.int32()))])

interval = st.tuples(st.integers(0, 9), st.integers(1, 6)).map(lambda pair: (pair[0], pair[0] + pair[1]))
span = st.lists(interval, min_size=1, max_size=3)  # pieces in any order; they may overlap or touch
placed = st.tuples(st.integers(0, 2), span)  # document, pieces


def strings(*chunks):
    return pa.chunked_array([pa.array(chunk, pa.string()) for chunk in chunks], pa.string())


def table(spans):
    rows = [
        {
            "start": min(lo for lo, _ in pieces),
            "end": max(hi for _, hi in pieces),
            "fragments": [offset for piece in pieces for offset in piece] if len(pieces) > 1 else None,
        }
        for pieces in spans
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def spans_of(placed_spans):
    docs = np.array([doc for doc, _ in placed_spans], np.int64)
    return place(table([pieces for _, pieces in placed_spans]), docs * STEP)


def points(doc, pieces):
    return frozenset((doc, at) for lo, hi in pieces for at in range(lo, hi))


def test_labels_are_shared_and_sorted_and_null_is_no_label():
    left, right = strings(["b", None], ["a"]), strings(["c", "a"])
    assert shared_labels(left, right) == ("a", "b", "c")
    assert codes_in(left, ("a", "b", "c")).tolist() == [1, -1, 0]
    assert codes_in(right, ("a",)).tolist() == [-1, 0]
    assert codes_in(strings(), ("a",)).tolist() == []


def test_codes_of_several_columns_are_shared():
    labels, (left, right) = shared_codes(strings(["b", None], ["a"]), strings(["c", "a"]))
    assert (labels, left.tolist(), right.tolist()) == (("a", "b", "c"), [1, -1, 0], [2, 0])
    assert shared_codes(strings([None, None]))[0] == ()


def test_a_document_that_is_not_scored_is_named():
    assert unit_codes(strings(["y", "x"]), ["x", "y"]).tolist() == [1, 0]
    with pytest.raises(UsageError, match="'z'"):
        unit_codes(strings(["x"], ["z"]), ["x", "y"])


def test_axis_step_exceeds_every_end_and_every_fragment():
    assert axis_step(pa.chunked_array([pa.array([3, None, 8], pa.int32())])) == 9
    assert axis_step(table([[(0, 2)]])["end"], table([[(0, 2), (5, 40)]])["fragments"]) == 41
    assert axis_step(table([])["end"]) == 1


def test_a_span_is_the_set_of_its_code_points():
    # touching and overlapping fragments in any order: {0..4}, {0..4}, {0,1} + {4}
    spans = spans_of([(0, [(3, 5), (0, 3)]), (0, [(0, 4), (2, 5)]), (1, [(4, 5), (0, 2)])])
    assert spans.pieces.owner.tolist() == [0, 1, 2, 2]
    assert spans.pieces.lo.tolist() == [0, 0, STEP, STEP + 4]
    assert spans.pieces.hi.tolist() == [5, 5, STEP + 2, STEP + 5]
    assert spans.size.tolist() == [5, 5, 3]


def test_a_slice_of_a_table_keeps_its_own_fragments():
    # A slice shares its parent's buffers: offsets must be taken relative to the slice.
    whole = table([[(0, 2), (4, 6)], [(1, 9)], [(10, 12), (20, 23)]])
    spans = place(whole.slice(1), np.zeros(2, np.int64))
    assert (spans.pieces.lo.tolist(), spans.pieces.hi.tolist()) == ([1, 10, 20], [9, 12, 23])


def test_a_list_of_fragments_must_pair_up_and_an_empty_one_means_one_piece():
    with pytest.raises(UsageError, match="even"):
        place(pa.Table.from_pylist([{"start": 0, "end": 5, "fragments": [0, 2, 5]}], schema=SCHEMA), np.zeros(1, int))
    spans = place(pa.Table.from_pylist([{"start": 0, "end": 5, "fragments": []}], schema=SCHEMA), np.zeros(1, int))
    assert spans.size.tolist() == [5]


def test_a_span_without_code_points_has_bounds_and_no_pieces():
    spans = place(pa.Table.from_pylist([{"start": 3, "end": 3}], schema=SCHEMA), np.zeros(1, np.int64))
    assert (spans.lo.tolist(), spans.hi.tolist(), spans.size.tolist()) == ([3], [3], [0])


def test_touching_spans_do_not_overlap():
    assert len(overlaps(spans_of([(0, [(0, 5)])]).pieces, spans_of([(0, [(5, 9)])]).pieces).row) == 0


def test_a_span_inside_the_gap_of_another_does_not_overlap_it():
    assert len(overlaps(spans_of([(0, [(0, 3), (8, 9)])]).pieces, spans_of([(0, [(3, 8)])]).pieces).row) == 0


def test_one_long_span_costs_no_more_than_its_own_pairs():
    # 50,000 disjoint spans on each side, one more over all of them: 50,000 pairs of equals, 50,000 with the long span.
    n = 50_000
    lo = np.arange(n) * 10
    short = Pieces(np.arange(n), lo, lo + 5)
    with_long = Pieces(np.arange(n + 1), np.append(lo, 0), np.append(lo + 5, 10 * n))
    pairs = overlaps(with_long, short)
    assert len(pairs.row) == 2 * n
    assert pairs.size.sum() == 2 * 5 * n


@given(st.lists(placed, max_size=8), st.lists(placed, max_size=8))
def test_overlaps_are_the_intersections_of_the_code_point_sets(left, right):
    pairs = overlaps(spans_of(left).pieces, spans_of(right).pieces)
    expected = [
        (i, j, len(points(*a) & points(*b)))
        for i, a in enumerate(left)
        for j, b in enumerate(right)
        if points(*a) & points(*b)
    ]
    assert list(zip(pairs.row.tolist(), pairs.col.tolist(), pairs.size.tolist(), strict=True)) == expected


@given(st.lists(placed, max_size=8), st.lists(placed, max_size=8))
def test_meetings_count_the_overlapping_pairs_of_pieces(left, right):
    a, b = spans_of(left).pieces, spans_of(right).pieces
    expected = sum(max(a.lo[i], b.lo[j]) < min(a.hi[i], b.hi[j]) for i in range(len(a.lo)) for j in range(len(b.lo)))
    assert sum(of.sum() for of in meetings(a, b)) == expected


@given(st.lists(placed, max_size=8), st.lists(placed, max_size=8))
def test_a_stretch_ends_where_no_span_goes_on(left, right):
    a, b = spans_of(left), spans_of(right)
    stretch = np.concatenate(stretches(a, b)).tolist()
    bounds = list(zip(np.concatenate([a.lo, b.lo]).tolist(), np.concatenate([a.hi, b.hi]).tolist(), strict=True))
    crossed = {x for lo, hi in bounds for x in range(lo + 1, hi)}
    starts = sorted({lo for lo, _ in bounds})
    number = dict.fromkeys(starts[:1], 0)
    for before, after in pairwise(starts):
        number[after] = number[before] + any(x not in crossed for x in range(before + 1, after + 1))
    assert stretch == [number[lo] for lo, _ in bounds]


@given(st.lists(st.integers(0, 3) | st.integers(0, 2**40)), st.lists(st.integers(0, 5)))
def test_distinct_keys_are_sorted_and_their_positions_give_them_back(left, right):
    columns = [np.array(side, np.int64) for side in (left, right)]
    values, positions = distinct(*columns)
    assert values.tolist() == sorted({*left, *right})
    assert [values[at].tolist() for at in positions] == [left, right]


@given(st.lists(placed, max_size=8), st.lists(placed, max_size=8))
def test_bounds_and_shape_are_equal_exactly_where_the_code_points_are(left, right):
    a, b = spans_of(left), spans_of(right)
    shapes = shape_codes(a, b)
    keys = shared_keys((a.lo, a.hi, shapes[0]), (b.lo, b.hi, shapes[1]))
    rows = left + right
    key = np.concatenate(keys)
    for i, one in enumerate(rows):
        for j, other in enumerate(rows):
            assert (key[i] == key[j]) == (points(*one) == points(*other))


@given(st.lists(placed, max_size=6), st.randoms())
def test_taking_rows_in_another_order_keeps_each_rows_pieces(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    moved = spans_of(rows).take(np.array(order, np.int64))
    direct = spans_of([rows[i] for i in order])
    assert moved.pieces.owner.tolist() == direct.pieces.owner.tolist()
    assert (moved.pieces.lo.tolist(), moved.lo.tolist()) == (direct.pieces.lo.tolist(), direct.lo.tolist())


wide = st.tuples(*[st.sampled_from([-1, 0, 1, 2**30, 2**40])] * 3)  # together too wide for 64 bits


@given(st.lists(wide, max_size=8), st.lists(wide, max_size=8))
def test_shared_keys_are_ordered_as_the_rows_are_however_wide_the_columns(left, right):
    sides = [tuple(np.array(side, np.int64).reshape(-1, 3).T) for side in (left, right)]
    key = np.concatenate(shared_keys(*sides)).tolist()
    rows = left + right
    for i, one in enumerate(rows):
        for j, other in enumerate(rows):
            assert (key[i] < key[j], key[i] == key[j]) == (one < other, one == other)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)), max_size=10))
def test_canonical_order_sorts_by_key_then_ties(rows):
    columns = np.array(rows, np.int64).reshape(-1, 3).T
    assert [rows[i] for i in canonical_order(*columns)] == sorted(rows)


@given(st.lists(st.integers(0, 9)).map(sorted), st.lists(st.integers(0, 9)).map(sorted))
def test_places_among_others_are_those_of_a_binary_search(keys, others):
    own, theirs = np.array(keys, np.int64), np.array(others, np.int64)
    assert places(own, theirs).tolist() == np.searchsorted(theirs, own).tolist()
    assert places(own, theirs, behind=True).tolist() == np.searchsorted(theirs, own, side="right").tolist()


@given(st.lists(st.integers(0, 4)).map(sorted), st.lists(st.integers(0, 4)).map(sorted))
def test_equal_pairs_are_the_multiset_intersection(left, right):
    a, b = np.array(left, np.int64), np.array(right, np.int64)
    i, j = equal_pairs(a, b)
    assert a[i].tolist() == b[j].tolist()
    assert len(set(i.tolist())) == len(i)
    assert len(set(j.tolist())) == len(j)
    assert Counter(a[i].tolist()) == Counter(left) & Counter(right)


@given(st.lists(placed, max_size=8), st.lists(placed, max_size=8))
def test_coverage_is_the_size_of_unions_and_of_their_intersection(left, right):
    def pieces(rows):
        flat = [(group, lo, hi) for group, span in rows for lo, hi in span]
        group, lo, hi = np.array(flat, np.int64).reshape(-1, 3).T
        return Pieces(group, group * STEP + lo, group * STEP + hi)

    def covered(rows, group):
        return frozenset().union(*(points(*row) for row in rows if row[0] == group))

    expected = [
        [
            group,
            len(covered(left, group)),
            len(covered(right, group)),
            len(covered(left, group) & covered(right, group)),
        ]
        for group in sorted({group for group, _ in left + right})
    ]
    assert np.stack(coverage(pieces(left), pieces(right)), axis=1).tolist() == expected
