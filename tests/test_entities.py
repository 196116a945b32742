"""Entity mentions: what each scheme counts, case by case, and against brute force on small inputs."""

import json
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.errors import UsageError
from goldwire.measures.entities import MEASURES
from goldwire.tasks import matching
from goldwire.tasks.entities import ERRORS, SCHEMES, count

MEASURE = {measure.name: measure for measure in MEASURES}
CASES = json.loads(Path(__file__).with_name("cases").joinpath("entities.json").read_text(encoding="utf-8"))["cases"]


def m(type_, *bounds, doc="d", head=None, level=None):
    """One mention; more than two bounds are the starts and ends of its fragments."""
    row = {"doc_id": doc, "start": min(bounds), "end": max(bounds), "type": type_, "level": level}
    if len(bounds) > 2:
        row["fragments"] = list(bounds)
    if head:
        row["head_start"], row["head_end"] = head
    return row


def corpus(mentions, docs=("d",), zones=()):
    tables = {"mentions": pa.Table.from_pylist(list(mentions), schema=SCHEMAS["mentions"])}
    if zones:
        tables["zones"] = pa.Table.from_pylist(list(zones), schema=SCHEMAS["zones"])
    return Corpus(tuple(docs), tables)


def counts(gold, pred, docs=("d",), **options):
    return count(corpus(gold, docs), corpus(pred, docs), **options)


def value(name, counted):
    """The named measure of all rows."""
    measure = MEASURE[name]
    if measure.over is None:
        return float(measure.value({key: np.float64(total) for key, total in counted.totals().items()}))
    summed = counted.per_unit(measure.columns, over=measure.over).sum(axis=0)
    return float(measure.value(dict(zip(measure.columns, summed, strict=True))))


def credit(gold, pred, **options):
    """scheme -> credit, the same on both sides."""
    totals = counts(gold, pred, **options).totals()
    assert all(totals[f"{scheme}_gold"] == totals[f"{scheme}_pred"] for scheme in SCHEMES)
    return {scheme: totals[f"{scheme}_gold"] for scheme in SCHEMES}


NONE = dict.fromkeys(SCHEMES, 0.0)


# ------------------------------------------------------------------------------------------------------ case by case


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_strict_is_set_arithmetic_with_duplicates_charged(case):
    docs = [f"d{i}" for i in range(len(case["docs"]))]
    sides = (
        [
            m(row["type"], row["start"], row["end"], doc=doc)
            for doc, pair in zip(docs, case["docs"], strict=True)
            for row in pair[side]
        ]
        for side in ("gold", "pred")
    )
    totals = counts(*sides, docs=docs).totals()
    expected = case["strict_by_set"]
    assert totals["strict_gold"] == totals["strict_pred"] == expected["tp"]
    assert (totals["gold"], totals["pred"]) == (expected["gold"], expected["pred_with_duplicates"])


def test_touching_spans_match_under_no_scheme():
    assert credit([m("PER", 0, 5)], [m("PER", 5, 9)]) == NONE


def test_right_bounds_wrong_type():
    # Boundaries alone are right: exact and partial 1; everything that asks for the type 0.
    assert credit([m("PER", 0, 5)], [m("LOC", 0, 5)]) == {**NONE, "exact": 1, "partial": 1}


def test_type_confusion_is_a_miss_of_one_type_and_a_spurious_mention_of_the_other():
    counted = counts([m("PER", 0, 5)], [m("LOC", 0, 5)])
    per, loc = counted.select({"type": "PER"}).totals(), counted.select({"type": "LOC"}).totals()
    assert (per["gold"], per["exact_gold"], per["strict_gold"], per["pred"]) == (1, 1, 0, 0)
    assert (loc["pred"], loc["exact_pred"], loc["strict_pred"], loc["gold"]) == (1, 1, 0, 0)


def test_nested_mentions_found_exactly_are_perfect_under_every_scheme():
    gold = [m("ORG", 0, 6), m("LOC", 3, 6)]
    assert set(credit(gold, gold[::-1]).values()) == {2}


def test_overlap_of_the_same_type():
    # [0,5) against [0,3): 3 of 5 code points shared, IoU .6; the gold head [0,5) is not inside [0,3).
    assert credit([m("PER", 0, 5)], [m("PER", 0, 3)]) == {**NONE, "type": 1, "partial": 0.5, "overlap": 1}


def test_overlap_of_another_type_is_worth_half_under_partial_only():
    assert credit([m("PER", 0, 5)], [m("LOC", 0, 3)]) == {**NONE, "partial": 0.5}


def test_partial_is_one_for_exact_and_a_half_for_overlapping_bounds():
    # exact [0,5) + overlapping [10,20)/[12,22) + missed [30,35): (1 + .5) / 3 gold, (1 + .5) / 2 predicted
    counted = counts([m("A", 0, 5), m("A", 10, 20), m("A", 30, 35)], [m("B", 0, 5), m("A", 12, 22)])
    assert value("entities.partial.recall", counted) == 0.5
    assert value("entities.partial.precision", counted) == 0.75
    assert value("entities.partial.f1", counted) == pytest.approx(0.6)


def test_an_overlapping_prediction_never_takes_the_place_of_the_exact_one():
    pred = [m("PER", 0, 3), m("PER", 0, 5)]
    for order in (pred, pred[::-1]):
        assert credit([m("PER", 0, 5)], order) == dict.fromkeys(SCHEMES, 1)


def test_two_gold_mentions_and_two_predictions_in_either_order():
    # [8,12) is exact; [0,3) is left for [0,10), IoU .3. A first-match scorer finds 1 or 2 by the order of the list.
    gold, pred = [m("PER", 0, 10), m("PER", 8, 12)], [m("PER", 8, 12), m("PER", 0, 3)]
    for order in (pred, pred[::-1]):
        assert credit(gold, order) == {"exact": 1, "strict": 1, "type": 2, "partial": 1.5, "overlap": 1, "head": 1}


def test_more_pairs_are_better_than_a_larger_overlap():
    # [1,12) shares 9 points with [0,10) and 2 with [10,14); [0,1) meets only [0,10).
    # Two pairs (1 + 2 points) beat the one pair of 9 points.
    assert credit([m("A", 0, 10), m("A", 10, 14)], [m("A", 1, 12), m("A", 0, 1)])["type"] == 2


def test_more_pairs_are_better_than_equal_types():
    # [3,6) A meets both gold mentions, [0,2) B only the first: two halves by crossing types, one by keeping them.
    assert credit([m("A", 0, 4), m("B", 4, 8)], [m("A", 3, 6), m("B", 0, 2)])["partial"] == 1


def test_partial_pairs_equal_types_where_it_has_the_choice():
    # Both predictions meet the gold mention, LOC with the larger overlap; the PER prediction gets the half.
    counted = counts([m("PER", 0, 10)], [m("PER", 0, 2), m("LOC", 2, 9)])
    assert counted.select({"type": "PER"}).totals()["partial_pred"] == 0.5
    assert counted.select({"type": "LOC"}).totals()["partial_pred"] == 0


def test_exact_pairs_equal_types_first_on_a_span_with_several():
    # Gold {A, B}, predicted {B, C} on one span: B-B, then A-C. Found: both gold mentions; strictly only B.
    counted = counts([m("A", 0, 5), m("B", 0, 5)], [m("B", 0, 5), m("C", 0, 5)])
    assert counted.totals()["exact_gold"] == 2
    assert counted.select({"type": "B"}).totals()["strict_gold"] == 1
    # One prediction of B for gold {A, B}: the credit goes to B.
    counted = counts([m("A", 0, 5), m("B", 0, 5)], [m("B", 0, 5)])
    assert counted.select({"type": "A"}).totals()["exact_gold"] == 0
    assert counted.select({"type": "B"}).totals()["exact_gold"] == 1


def test_duplicate_predictions_are_false_positives():
    counted = counts([m("PER", 0, 5)], [m("PER", 0, 5)] * 3)
    for scheme in ("exact", "strict", "type", "partial", "overlap@0.5", "head"):
        assert value(f"entities.{scheme}.precision", counted) == pytest.approx(1 / 3)
        assert value(f"entities.{scheme}.recall", counted) == 1
    assert value("entities.char.precision", counted) == 1  # the code points are right, however often they are named


def test_duplicate_gold_mentions_need_as_many_predictions():
    assert credit([m("PER", 0, 5)] * 3, [m("PER", 0, 5)] * 2) == dict.fromkeys(SCHEMES, 2)


def test_iou_threshold_is_inclusive_and_a_parameter():
    assert credit([m("A", 0, 4)], [m("A", 0, 2)])["overlap"] == 1  # 2 / 4
    assert credit([m("A", 0, 5)], [m("A", 0, 2)])["overlap"] == 0  # 2 / 5
    assert credit([m("A", 0, 10)], [m("A", 0, 3)], iou=0.3)["overlap"] == 1  # 3 / 10, exactly at a decimal threshold


@pytest.mark.parametrize(
    ("predicted", "found"),
    [
        (m("PER", 8, 15), 1),  # contains the gold head [10,15), stays inside the gold extent [0,20)
        (m("PER", 10, 15), 1),
        (m("PER", 0, 12), 0),  # cuts the head
        (m("PER", 8, 25), 0),  # sticks out of the extent, and without a head its whole span has to be inside
        (m("PER", 8, 25, head=(10, 15)), 1),
        (m("PER", 8, 25, head=(18, 22)), 0),  # its head is not inside the gold mention
        (m("LOC", 8, 15), 0),
    ],
)
def test_head_scheme_asks_for_each_head_inside_the_other_mention(predicted, found):
    assert credit([m("PER", 0, 20, head=(10, 15))], [predicted])["head"] == found


def test_discontinuous_mentions():
    gold = [m("A", 0, 3, 8, 12)]  # 7 code points
    assert credit(gold, [m("A", 0, 12)]) == {**NONE, "type": 1, "partial": 0.5, "overlap": 1}  # IoU 7 / 12
    assert credit(gold, [m("A", 3, 8)]) == NONE  # inside the gap
    assert credit(gold, [m("A", 0, 2, 8, 12)]) == {**NONE, "type": 1, "partial": 0.5, "overlap": 1}  # same bounds
    counted = counts(gold, [m("A", 2, 10)])  # {2, 8, 9} of 7 and of 8
    assert value("entities.char.recall", counted) == pytest.approx(3 / 7)
    assert value("entities.char.precision", counted) == pytest.approx(3 / 8)


def test_a_head_in_the_gap_of_the_other_mention_is_outside_it():
    gold, pred = m("A", 0, 12, head=(4, 6)), m("A", 0, 3, 8, 12)
    assert credit([gold], [pred])["head"] == 0
    assert credit([gold], [m("A", 0, 7, 8, 12)])["head"] == 1


def test_fragments_are_compared_as_sets_of_code_points():
    assert credit([m("A", 0, 3, 8, 12)], [m("A", 8, 12, 0, 3)]) == dict.fromkeys(SCHEMES, 1)
    assert credit([m("A", 0, 12)], [m("A", 0, 5, 5, 12)]) == dict.fromkeys(SCHEMES, 1)


def test_character_counts_are_sets_per_type():
    # PER: gold {0..9} of two nested mentions, predicted {5..14}, shared 5. LOC: predicted {0..9} only.
    counted = counts([m("PER", 0, 10), m("PER", 2, 4)], [m("PER", 5, 15), m("LOC", 0, 10)])
    assert value("entities.char.recall", counted) == 5 / 10
    assert value("entities.char.precision", counted) == 5 / 20
    assert value("entities.char.f1", counted) == pytest.approx(1 / 3)
    assert value("entities.char.macro_f1", counted) == pytest.approx((0.5 + 0) / 2)


def test_macro_averages_over_types_of_either_side():
    # A: 1 of 1 gold, 1 of 2 predicted: F1 2/3. B: missed: 0. C: spurious: 0.
    counted = counts([m("A", 0, 2), m("B", 3, 5)], [m("A", 0, 2), m("A", 8, 9), m("C", 3, 5)])
    assert value("entities.strict.macro_f1", counted) == pytest.approx(2 / 9)
    assert value("entities.strict.f1", counted) == pytest.approx(2 / 5)  # 1 of 2, 1 of 3


def test_the_same_offsets_in_two_documents_are_different_mentions():
    gold, pred = [m("A", 0, 5, doc="x")], [m("A", 0, 5, doc="y"), m("A", 2, 6, doc="y")]
    assert credit(gold, pred, docs=("x", "y")) == NONE


def test_units_are_the_gold_documents_in_gold_order():
    gold = [m("A", 0, 5, doc="y"), m("A", 7, 9, doc="y"), m("A", 0, 5, doc="x")]
    counted = counts(gold, [m("A", 0, 5, doc="y")], docs=("y", "empty", "x"))
    assert counted.units == ("y", "empty", "x")
    assert counted.per_unit(["gold", "pred", "strict_gold"]).tolist() == [[2, 1, 1], [0, 0, 0], [1, 0, 0]]


def test_a_predicted_document_that_gold_lacks_is_refused():
    with pytest.raises(UsageError, match="'elsewhere'"):
        counts([], [m("A", 0, 5, doc="elsewhere")])


def test_nothing_to_find_and_nothing_found_is_undefined():
    counted = counts([], [])
    assert all(math.isnan(value(name, counted)) for name in MEASURE)
    assert counted.units == ("d",)


def test_nothing_predicted_leaves_precision_undefined_and_recall_zero():
    counted = count(corpus([m("A", 0, 5)]), Corpus((), {}))
    assert math.isnan(value("entities.strict.precision", counted))
    assert (value("entities.strict.recall", counted), value("entities.strict.f1", counted)) == (0, 0)


def test_mentions_without_a_type_equal_each_other_and_nothing_else():
    assert credit([m(None, 0, 5)], [m(None, 0, 5)])["strict"] == 1
    assert credit([m("A", 0, 5)], [m(None, 0, 5)]) == {**NONE, "exact": 1, "partial": 1}


def test_levels_slice_each_side_by_its_own_level():
    counted = counts([m("A", 0, 5, level="NAM"), m("A", 7, 9, level="PRO")], [m("A", 0, 5), m("A", 7, 9)])
    names = counted.select({"level": "NAM"}).totals()
    assert (names["gold"], names["strict_gold"], names["pred"]) == (1, 1, 0)
    assert counted.totals()["pred"] == 2


def test_zone_is_where_a_mention_starts_on_either_side():
    zones = [
        {"doc_id": "y", "zone": "body", "start": 10, "end": 30},
        {"doc_id": "x", "zone": "body", "start": 10, "end": 20},
        {"doc_id": "x", "zone": "headline", "start": 0, "end": 10},
        {"doc_id": "unscored", "zone": "headline", "start": 0, "end": 10},
    ]
    # x: 0 headline, 9 headline (runs into the body), 10 body, 25 outside; y: 0 before any zone, 29 body; z: no zones
    gold = [m("A", at, at + 3, doc=doc) for doc, at in [("x", 0), ("x", 9), ("x", 10), ("x", 25), ("y", 0), ("z", 1)]]
    counted = count(corpus(gold, "xyz", zones), corpus([m("A", 29, 40, doc="y")], "xyz"))
    assert counted.select({"zone": "headline"}).totals()["gold"] == 2
    assert counted.select({"zone": "body"}).totals()["gold"] == 1
    assert counted.select({"zone": "body"}).totals()["pred"] == 1
    assert counted.totals()["gold"] == 6


def test_a_zone_longer_than_any_mention_ends_with_its_document():
    zones = [{"doc_id": "x", "zone": "body", "start": 0, "end": 90}]
    counted = count(corpus([m("A", 0, 3, doc="x"), m("A", 0, 3, doc="y")], "xy", zones), corpus([], "xy"))
    assert counted.select({"zone": "body"}).per_unit(["gold"]).tolist() == [[1], [0]]


def test_errors_are_told_apart_in_one_alignment():
    gold = [m("A", 0, 5), m("A", 10, 15), m("A", 20, 25), m("A", 30, 35), m("A", 40, 45)]
    #       right          wrong type       wrong bounds     both wrong       missing          spurious
    pred = [m("A", 0, 5), m("B", 10, 15), m("A", 20, 24), m("B", 30, 34), m("A", 50, 55)]
    totals = counts(gold, pred).totals()
    assert {error: totals[f"err_{error}"] for error in ERRORS} == dict.fromkeys(ERRORS, 1)
    # COR INC PAR MIS SPU of the strict and of the partial scheme
    wrong = totals["err_type"] + totals["err_boundary"] + totals["err_boundary_type"]
    assert (totals["strict_gold"], wrong, totals["err_missing"], totals["err_spurious"]) == (1, 3, 1, 1)
    assert totals["partial_gold"] == 2 + 0.5 * 2


def test_errors_stand_with_the_gold_mention_and_spurious_ones_with_the_predicted():
    counted = counts([m("A", 0, 5)], [m("B", 0, 5), m("B", 9, 12)])
    of_a, of_b = (counted.select({"type": kind}).totals() for kind in "AB")
    assert (of_a["err_type"], of_a["err_spurious"], of_b["err_type"], of_b["err_spurious"]) == (1, 0, 0, 1)


# ------------------------------------------------------------------------------------------------------------- crowds


def nested(n, shift):
    return [m("AB"[i % 2], i, 2 * n - i + shift) for i in range(n)]


def test_a_document_of_nested_mentions_is_counted_without_listing_its_pairs():
    # 2,000 mentions a side, each overlapping all others: four million pairs, none of them equal
    n = 2000
    totals = counts(nested(n, 0), nested(n, 1)).totals()
    assert (totals["exact_gold"], totals["type_gold"], totals["partial_gold"]) == (0, n, n / 2)
    assert (totals["overlap_gold"], totals["head_gold"]) == (n, 0)
    assert totals["err_boundary"] + totals["err_boundary_type"] == n
    assert totals["char_matched"] == 2 * n + 2 * (n - 1)  # A lies in [0, 2n), B in [1, 2n - 1) of [1, 2n)


def test_short_mentions_under_long_ones_find_a_partner_each():
    # every long mention overlaps every short one: as many pairs as there are on the smaller side
    n = 600
    totals = counts([m("A", i, i + 1) for i in range(n)], [m("A", 0, n + i) for i in range(n)]).totals()
    assert (totals["type_gold"], totals["overlap_gold"]) == (n, 0)


def test_equal_mentions_in_a_crowd_are_found_first():
    n = 600
    gold = nested(n, 0)
    assert counts(gold, gold).totals()["strict_gold"] == n
    assert counts(gold, [*gold, *nested(n, 1)]).totals()["strict_gold"] == n


def test_every_measure_has_formula_and_source_and_columns_that_are_counted():
    columns = counts([m("A", 0, 5)], []).columns
    assert len(MEASURES) == len(MEASURE) == 7 * 4
    assert all(measure.formula and measure.source for measure in MEASURES)
    assert all(column in columns for measure in MEASURES for column in measure.columns)


# -------------------------------------------------------------------------------------------- against brute force


@st.composite
def mentions(draw, doc="d"):
    lo = draw(st.integers(0, 7))
    bounds = [lo, lo + draw(st.integers(1, 6))]
    if bounds[1] - lo > 2 and draw(st.booleans()):
        gap = draw(st.integers(lo + 1, bounds[1] - 2))
        bounds = [lo, gap, gap + 1, bounds[1]]
    head = None
    if draw(st.booleans()):
        start = draw(st.integers(lo, bounds[1] - 1))
        head = (start, draw(st.integers(start + 1, bounds[1])))
    level = draw(st.sampled_from([None, "NAM", "PRO"]))
    return m(draw(st.sampled_from("AB")), *bounds, doc=doc, head=head, level=level)


side = st.lists(mentions(), max_size=5)


def bounds_of(row):
    return tuple(row.get("fragments") or (row["start"], row["end"]))


def points_of(row):
    flat = bounds_of(row)
    return {at for lo, hi in zip(flat[::2], flat[1::2], strict=True) for at in range(lo, hi)}


def head_of(row):
    return set(range(row["head_start"], row["head_end"])) if "head_start" in row else points_of(row)


def canonical(rows):
    """Equal spans of equal type are paired by head, then level."""

    def key(row):
        head = head_of(row)
        return bounds_of(row), row["type"], min(head), max(head), len(head), row["level"] or ""

    return sorted(rows, key=key)


def equals(gold, pred, same):
    """Greedy pairs of rows that are `same`, first with first: for an equivalence this is the multiset intersection."""
    pairs = []
    for i, g in enumerate(gold):
        j = next((j for j, p in enumerate(pred) if same(g, p) and all(j != taken for _, taken in pairs)), None)
        if j is not None:
            pairs.append((i, j))
    return pairs


def best_matchings(gold, pred, fixed, allowed, preference):
    """Every matching beyond the fixed pairs that has the most pairs and, among those, the greatest preference."""
    rows = [i for i in range(len(gold)) if all(i != taken for taken, _ in fixed)]
    cols = [j for j in range(len(pred)) if all(j != taken for _, taken in fixed)]
    found = {}

    def extend(at, free, pairs):
        if at == len(rows):
            preferred = [preference(gold[i], pred[j]) for i, j in pairs]
            score = (len(pairs), *map(sum, zip(*preferred, strict=True)))
            found.setdefault(score, []).append(pairs)
            return
        extend(at + 1, free, pairs)
        for j in free:
            if allowed(gold[rows[at]], pred[j]):
                extend(at + 1, free - {j}, [*pairs, (rows[at], j)])

    extend(0, frozenset(cols), [])
    return found[max(found)]


def shared(g, p):
    return len(points_of(g) & points_of(p))


def profile(gold, pred, full, rest, each):
    """(type, level) -> credit of each side."""
    sides = []
    for rows, at in ((gold, 0), (pred, 1)):
        credits = {}
        for pair, worth in [(pair, 1) for pair in full] + [(pair, each) for pair in rest]:
            row = rows[pair[at]]
            credits[row["type"], row["level"]] = credits.get((row["type"], row["level"]), 0) + worth
        sides.append(credits)
    return sides


def profile_of(counted, scheme):
    types, levels = counted.facets["type"], counted.facets["level"]
    sides = []
    for column in (f"{scheme}_gold", f"{scheme}_pred"):
        credits = {}
        for type_, level, worth in zip(types.codes, levels.codes, counted.columns[column], strict=True):
            if worth:
                label = levels.labels[level] if level >= 0 else None
                credits[types.labels[type_], label] = credits.get((types.labels[type_], label), 0) + worth
        sides.append(credits)
    return sides


def same_span(g, p):
    return bounds_of(g) == bounds_of(p)


def same_mention(g, p):
    return same_span(g, p) and g["type"] == p["type"]


def type_match(g, p):
    return g["type"] == p["type"] and shared(g, p) > 0


def overlap_match(g, p):
    return type_match(g, p) and 2 * shared(g, p) >= len(points_of(g) | points_of(p))


def head_match(g, p):
    return type_match(g, p) and head_of(g) <= points_of(p) and head_of(p) <= points_of(g)


@settings(max_examples=200, deadline=None)
@given(side, side)
def test_every_scheme_is_what_brute_force_finds(gold, pred):
    gold, pred = canonical(gold), canonical(pred)
    counted = counts(gold, pred)
    strict = equals(gold, pred, same_mention)
    left = [i for i in range(len(gold)) if all(i != taken for taken, _ in strict)]
    right = [j for j in range(len(pred)) if all(j != taken for _, taken in strict)]
    retyped = equals([gold[i] for i in left], [pred[j] for j in right], same_span)
    exact = strict + [(left[i], right[j]) for i, j in retyped]

    assert profile_of(counted, "strict") == profile(gold, pred, strict, [], 1)
    assert profile_of(counted, "exact") == profile(gold, pred, exact, [], 1)
    for scheme, allowed in (("type", type_match), ("overlap", overlap_match), ("head", head_match)):
        best = best_matchings(gold, pred, strict, allowed, lambda g, p: (shared(g, p),))
        assert profile_of(counted, scheme) in [profile(gold, pred, strict, rest, 1) for rest in best]
    best = best_matchings(
        gold, pred, exact, lambda g, p: shared(g, p) > 0, lambda g, p: (g["type"] == p["type"], shared(g, p))
    )
    assert profile_of(counted, "partial") in [profile(gold, pred, exact, rest, 0.5) for rest in best]


whole = st.lists(
    st.builds(
        lambda kind, lo, width: m(kind, lo, lo + width), st.sampled_from("AB"), st.integers(0, 9), st.integers(1, 6)
    ),
    max_size=8,
)


@settings(max_examples=100, deadline=None)
@given(whole, whole)
def test_a_crowd_is_paired_as_completely_as_any_other_stretch(gold, pred):
    listed = counts(gold, pred).totals()
    threshold, matching.CROWD = matching.CROWD, 0  # every stretch with an overlap is a crowd
    try:
        swept = counts(gold, pred).totals()
    finally:
        matching.CROWD = threshold
    same = {"gold", "pred", "char_gold", "char_pred", "char_matched", "err_missing", "err_spurious", "err_type"}
    same |= {f"{scheme}_{side}" for scheme in ("exact", "strict", "type", "partial") for side in ("gold", "pred")}
    assert {name: swept[name] for name in same} == {name: listed[name] for name in same}
    for scheme in ("overlap", "head"):
        assert listed["strict_gold"] <= swept[f"{scheme}_gold"] == swept[f"{scheme}_pred"] <= listed[f"{scheme}_gold"]


@settings(max_examples=50, deadline=None)
@given(side, side)
def test_pairs_in_a_crowd_are_pairs_of_their_scheme(gold, pred):
    # discontinuous mentions and stated heads: never more than the best matching has
    listed = counts(gold, pred).totals()
    threshold, matching.CROWD = matching.CROWD, 0
    try:
        swept = counts(gold, pred).totals()
    finally:
        matching.CROWD = threshold
    for scheme in SCHEMES:
        assert listed["strict_gold"] <= swept[f"{scheme}_gold"] <= listed[f"{scheme}_gold"]


@settings(max_examples=50, deadline=None)
@given(side, side)
def test_characters_are_what_sets_of_code_points_give(gold, pred):
    def covered(rows, type_):
        return set().union(*(points_of(row) for row in rows if row["type"] == type_))

    counted = counts(gold, pred)
    for type_ in counted.facets["type"].labels:
        totals = counted.select({"type": type_}).totals()
        ours, theirs = covered(gold, type_), covered(pred, type_)
        expected = len(ours), len(theirs), len(ours & theirs)
        assert (totals["char_gold"], totals["char_pred"], totals["char_matched"]) == expected


# ------------------------------------------------------------------------------------------------------- properties


two_documents = st.lists(st.one_of(mentions(), mentions(doc="e")), max_size=8)


def content(counted):
    """Units, facet labels and all rows, comparable."""
    return counted.units, counted.to_table().to_pydict()


@settings(max_examples=50, deadline=None)
@given(two_documents, two_documents, st.randoms())
def test_the_order_of_rows_changes_nothing(gold, pred, random):
    before = content(counts(gold, pred, docs=("d", "e")))
    random.shuffle(gold)
    random.shuffle(pred)
    assert content(counts(gold, pred, docs=("d", "e"))) == before


def test_which_of_two_equal_mentions_is_found_does_not_hang_on_their_order():
    # One prediction for two gold mentions that differ in level alone: the credit goes to the first level by name.
    gold = [m("A", 0, 10, level="NAM"), m("A", 0, 10, level="PRO")]
    for order in (gold, gold[::-1]):
        assert counts(order, [m("A", 0, 10)]).select({"level": "NAM"}).totals()["strict_gold"] == 1
    # ... that differ in head alone: the exact pair takes the first head, which leaves [8,10), inside [7,10).
    gold = [m("A", 0, 10, head=(0, 2)), m("A", 0, 10, head=(8, 10))]
    for order in (gold, gold[::-1]):
        assert credit(order, [m("A", 0, 10), m("A", 7, 10)])["head"] == 2
        assert credit(order, [m("A", 0, 10), m("A", 0, 3)])["head"] == 1


@settings(max_examples=50, deadline=None)
@given(two_documents)
def test_gold_against_itself_is_perfect(gold):
    counted = counts(gold, gold, docs=("d", "e"))
    assert all(value(name, counted) == 1 or not gold for name in MEASURE)


@settings(max_examples=50, deadline=None)
@given(side, side)
def test_changing_sides_exchanges_precision_and_recall(gold, pred):
    ahead, back = counts(gold, pred), counts(pred, gold)
    for scheme in ("exact", "strict", "type", "partial", "overlap@0.5", "head", "char"):
        precision, recall = value(f"entities.{scheme}.precision", ahead), value(f"entities.{scheme}.recall", ahead)
        swapped = value(f"entities.{scheme}.recall", back), value(f"entities.{scheme}.precision", back)
        assert (precision, recall) == pytest.approx(swapped, nan_ok=True)


@settings(max_examples=50, deadline=None)
@given(two_documents, two_documents)
def test_documents_scored_together_or_apart_count_the_same(gold, pred):
    together = counts(gold, pred, docs=("d", "e"))
    names = list(together.columns)
    for at, doc in enumerate(("d", "e")):
        alone = counts(
            [row for row in gold if row["doc_id"] == doc], [row for row in pred if row["doc_id"] == doc], docs=(doc,)
        )
        assert together.per_unit(names)[at].tolist() == [alone.totals()[name] for name in names]


@settings(max_examples=50, deadline=None)
@given(side, side)
def test_new_names_for_documents_and_types_change_nothing(gold, pred):
    # The new names sort the other way round.
    def renamed(rows):
        return [{**row, "doc_id": "a", "type": {"A": "Z", "B": "Y"}[row["type"]]} for row in rows]

    assert counts(gold, pred).totals() == counts(renamed(gold), renamed(pred), docs=("a",)).totals()


@settings(max_examples=50, deadline=None)
@given(side, side)
def test_stricter_schemes_never_find_more_and_slices_add_up(gold, pred):
    counted = counts(gold, pred)
    found = {scheme: counted.totals()[f"{scheme}_gold"] for scheme in SCHEMES}
    assert all(found[scheme] == counted.totals()[f"{scheme}_pred"] for scheme in SCHEMES)
    assert found["strict"] <= found["exact"] <= found["partial"] <= min(len(gold), len(pred))
    assert found["strict"] <= min(found["overlap"], found["head"])
    assert max(found["overlap"], found["head"]) <= found["type"] <= min(len(gold), len(pred))
    slices = [counted.select({"type": label}).totals() for label in counted.facets["type"].labels]
    assert {name: sum(part[name] for part in slices) for name in counted.columns} == counted.totals()


@settings(max_examples=50, deadline=None)
@given(side, side, mentions())
def test_one_prediction_more_never_takes_credit_away(gold, pred, more):
    before, after = counts(gold, pred).totals(), counts(gold, [*pred, more]).totals()
    assert all(after[f"{scheme}_gold"] >= before[f"{scheme}_gold"] for scheme in SCHEMES)
    assert after["char_matched"] >= before["char_matched"]
    assert after["err_missing"] <= before["err_missing"]


@settings(max_examples=50, deadline=None)
@given(side, side)
def test_errors_and_right_mentions_make_up_both_sides(gold, pred):
    totals = counts(gold, pred).totals()
    paired = totals["strict_gold"] + totals["err_type"] + totals["err_boundary"] + totals["err_boundary_type"]
    assert (paired + totals["err_missing"], paired + totals["err_spurious"]) == (len(gold), len(pred))
    assert totals["exact_gold"] == totals["strict_gold"] + totals["err_type"]
