"""Cluster measures: worked examples, the CoNLL reference scorer's own test cases, and a plain reading of each paper."""

import json
import math
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldwire.measures.clusters import MEASURES, cluster_measures
from goldwire.measures.partitions import partition_measures
from goldwire.tasks.clusters import (
    adjusted_mutual_information as ami_of_counts,
)
from goldwire.tasks.clusters import (
    cluster_columns,
    cluster_counts,
    contingency,
    partition_columns,
    whole_counts,
)

CASES = json.loads((Path(__file__).parent / "cases" / "coreference.json").read_text(encoding="utf-8"))["cases"]
BY_RULE = {
    rule: {measure.name.removeprefix("x."): measure for measure in cluster_measures("x", blanc=rule)}
    for rule in ("both", "key-only")
}
X = BY_RULE["both"]
WHOLE = {measure.name.removeprefix("x."): measure for measure in partition_measures("x") if measure.name != "x.ami"}
RATIOS = ["mentions", "muc", "b3", "ceafm", "ceafe", "lea", "links", "exact"]


def rows_of(documents):
    """(document, gold code, predicted code) of every item of [(gold clusters, predicted clusters), ...]."""
    rows = []
    for doc, sides in enumerate(documents):
        gold, pred = ({item: code for code, cluster in enumerate(side) for item in cluster} for side in sides)
        rows += [(doc, gold.get(item, -1), pred.get(item, -1)) for item in sorted(gold.keys() | pred.keys())]
    return rows


def count_rows(rows, n_documents, **options):
    return cluster_counts(*np.array(rows, np.int64).reshape(-1, 3).T, n_documents, **options)


def counts_of(documents, **options):
    """Count columns, one entry per document."""
    return count_rows(rows_of(documents), len(documents), **options)


def totals(documents, **options):
    return {name: column.sum() for name, column in counts_of(documents, **options).items()}


def value(name, gold, pred, rule="both"):
    return float(BY_RULE[rule][name].value(totals([(gold, pred)])))


# --- Worked example ---------------------------------------------------------------------------------------------------

# Sizes a = 3, 4 and b = 2, 2, 4; common items n: abc meets ab in 2 and cd in 1, defg meets cd in 1 and fghi in 2.
GOLD, PRED = ["abc", "defg"], ["ab", "cd", "fghi"]


@pytest.mark.parametrize(
    ("name", "recall", "precision"),
    [
        ("mentions", 6 / 7, 6 / 8),
        ("muc", 2 / 5, 2 / 5),  # links n - 1 per cell: 1 + 0 + 0 + 1; a - 1: 2 + 3; b - 1: 1 + 1 + 3
        ("b3", (4 / 3 + 1 / 3 + 1 / 4 + 4 / 4) / 7, (4 / 2 + 1 / 2 + 1 / 2 + 4 / 4) / 8),
        ("ceafm", 4 / 7, 4 / 8),  # abc-ab and defg-fghi
        ("ceafe", (4 / 5 + 4 / 8) / 2, (4 / 5 + 4 / 8) / 3),
        ("lea", (3 * 1 / 3 + 4 * 1 / 6) / 7, (2 * 1 / 1 + 2 * 0 + 4 * 1 / 6) / 8),
        ("links", 2 / 9, 2 / 8),  # common pairs ab, fg; gold 3 + 6; predicted 1 + 1 + 6
        ("exact", 0 / 2, 0 / 3),
        # Apart: gold 21 - 9 pairs, predicted 28 - 8; of the 15 pairs over abcdfg, 8 are apart on both sides.
        ("blanc", (2 / 9 + 8 / 12) / 2, (2 / 8 + 8 / 20) / 2),
    ],
)
def test_worked_example(name, recall, precision):
    assert value(f"{name}.recall", GOLD, PRED) == pytest.approx(recall)
    assert value(f"{name}.precision", GOLD, PRED) == pytest.approx(precision)


def test_f1_is_the_harmonic_mean_and_that_of_blanc_the_mean_of_two():
    r, p = (4 / 3 + 1 / 3 + 1 / 4 + 4 / 4) / 7, 4 / 8
    assert value("b3.f1", GOLD, PRED) == pytest.approx(2 * p * r / (p + r))
    assert value("blanc.f1", GOLD, PRED) == pytest.approx((2 * 2 / (9 + 8) + 2 * 8 / (12 + 20)) / 2)


def test_conll_is_the_mean_of_three():
    parts = [value(f"{name}.f1", GOLD, PRED) for name in ("muc", "b3", "ceafe")]
    assert value("conll", GOLD, PRED) == pytest.approx(sum(parts) / 3)


# --- The CoNLL reference scorer's test cases --------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
@pytest.mark.parametrize("ours", ["muc", "b3", "ceafm", "ceafe", "lea"])
def test_reference_scorer(case, ours):
    # "response" is the case as the scorer reads it: repeated mentions dropped.
    sums = totals([(case["gold"], case["response"])])
    expected = case["lea_perl_v9_0_0_alpha"] if ours == "lea" else case["expected"][{"b3": "bcub"}.get(ours, ours)]
    for figure, side in (("recall", "r"), ("precision", "p")):
        numerator, denominator = X[f"{ours}.{figure}"].fraction(sums)
        assert numerator == pytest.approx(expected[f"{side}_num"], abs=1e-12)
        assert denominator == expected[f"{side}_den"]
    # The scorer prints 0 where we say undefined.
    assert np.nan_to_num(X[f"{ours}.f1"].value(sums)) == pytest.approx(expected["f1"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_reference_scorer_blanc(case):
    sums = totals([(case["gold"], case["response"])])
    perl, luo = case["expected"]["blanc"], case["not_from_perl"]["blanc_luo2014_rule"]
    for kind, ours in (("coref_links", "links"), ("noncoref_links", "apart")):
        assert sums[f"{ours}_num"] == perl[kind]["r_num"] == perl[kind]["p_num"]
        assert sums[f"{ours}_r_den"] == perl[kind]["r_den"]
        assert sums[f"{ours}_p_den"] == perl[kind]["p_den"]
    for figure in ("recall", "precision", "f1"):
        assert BY_RULE["key-only"][f"blanc.{figure}"].value(sums) == pytest.approx(perl[figure])
        assert BY_RULE["both"][f"blanc.{figure}"].value(sums) == pytest.approx(luo[figure])


# --- Boundaries -------------------------------------------------------------------------------------------------------


def test_blanc_rules_differ_where_only_the_prediction_has_links_of_a_kind():
    # Gold has 6 coreference links and no others; the prediction keeps 2 of them and has 4 non-coreference links.
    assert value("blanc.f1", ["abcd"], ["ab", "cd"], "both") == pytest.approx((2 * 2 / 8 + 0) / 2)
    assert value("blanc.f1", ["abcd"], ["ab", "cd"], "key-only") == pytest.approx(2 * 2 / 8)


def test_singletons_have_no_muc_or_pairwise_links_and_count_elsewhere():
    gold, pred = ["a", "b", "c"], ["a", "b", "c"]
    undefined = {name for name in X if np.isnan(value(name, gold, pred))}
    assert undefined == {f"{m}.{f}" for m in ("muc", "links") for f in ("precision", "recall", "f1")} | {"conll"}
    assert all(value(name, gold, pred) == 1 for name in X if name not in undefined)


def test_lea_counts_a_singleton_only_if_the_other_side_has_it_as_such():
    # a is a singleton on both sides; b is one in gold alone; the links of cde are lost.
    assert value("lea.recall", ["a", "b", "cde"], ["a", "bc", "d", "e"]) == pytest.approx((1 + 0 + 3 * 0) / 5)


def test_nothing_predicted_has_recall_0_and_no_precision():
    for name in (*RATIOS, "blanc"):
        assert value(f"{name}.recall", ["ab", "c"], []) == 0
        assert np.isnan(value(f"{name}.precision", ["ab", "c"], []))
        assert value(f"{name}.f1", ["ab", "c"], []) == 0


def test_nothing_on_both_sides_is_undefined():
    assert all(np.isnan(value(name, [], [])) for name in X)


def test_documents_without_items_are_zeros():
    counts = counts_of([([], []), (["ab"], ["ab"]), ([], [])])
    assert all(column.shape == (3,) and column[0] == column[2] == 0 for column in counts.values())


def test_the_same_code_in_two_groups_is_two_clusters():
    # One document of one pair each; as one cluster it would be 6 links.
    group, code = np.array([0, 0, 1, 1]), np.array([7, 7, 7, 7])
    counts = cluster_counts(group, code, code, 2)
    assert counts["links_num"].tolist() == [1, 1]
    assert counts["gold_clusters"].tolist() == [1, 1]


# --- Against a plain reading of the definitions -----------------------------------------------------------------------


def muc(key, response):
    """Vilain et al.: links of a key cluster that survive when the response partitions it."""
    common, total = 0, 0
    for cluster in key:
        parts = [set(cluster) & set(other) for other in response]
        covered = set().union(*parts)
        common += len(cluster) - sum(1 for part in parts if part) - len(set(cluster) - covered)
        total += len(cluster) - 1
    return common, total


def b3(key, response):
    """Bagga & Baldwin: per mention, the share of its key cluster that is with it in the response."""
    shares = [
        len(set(cluster) & set(other)) / len(cluster)
        for cluster in key
        for mention in cluster
        for other in response
        if mention in other
    ]
    return sum(shares), sum(len(cluster) for cluster in key)


def best_alignment(key, response, similarity):
    """Luo: all one-to-one alignments tried."""
    if not key:
        return 0.0
    first, rest = key[0], key[1:]
    left_out = best_alignment(rest, response, similarity)
    paired = [
        similarity(set(first), set(other)) + best_alignment(rest, response[:i] + response[i + 1 :], similarity)
        for i, other in enumerate(response)
    ]
    return max([left_out, *paired])


def ceafm(key, response):
    return best_alignment(key, response, lambda a, b: len(a & b)), sum(map(len, key))


def ceafe(key, response):
    return best_alignment(key, response, lambda a, b: 2 * len(a & b) / (len(a) + len(b))), len(key)


def lea(key, response):
    """Moosavi & Strube: importance x resolution, a singleton linked to itself."""

    def links(cluster):
        return {(m, m) for m in cluster} if len(cluster) == 1 else set(combinations(sorted(cluster), 2))

    there = set().union(*(links(cluster) for cluster in response))
    score = sum(len(cluster) * len(links(cluster) & there) / len(links(cluster)) for cluster in key)
    return score, sum(map(len, key))


def together(key):
    return {pair for cluster in key for pair in combinations(sorted(cluster), 2)}


def apart(key):
    return set(combinations(sorted(m for cluster in key for m in cluster), 2)) - together(key)


def links(key, response):
    return len(together(key) & together(response)), len(together(key))


def non_links(key, response):
    return len(apart(key) & apart(response)), len(apart(key))


def exact(key, response):
    return len({frozenset(c) for c in key} & {frozenset(c) for c in response}), len(key)


def mentions(key, response):
    return len({m for c in key for m in c} & {m for c in response for m in c}), sum(map(len, key))


DEFINITIONS = {f.__name__: f for f in (mentions, muc, b3, ceafm, ceafe, lea, links, exact)}


@st.composite
def documents(draw, max_size=3):
    """A few documents of up to seven items; each side puts an item in one of four clusters or misses it."""
    code = st.integers(-1, 3)
    pairs = draw(st.lists(st.lists(st.tuples(code, code), max_size=7), min_size=1, max_size=max_size))
    result = []
    for doc in pairs:
        sides = ([[item for item, codes in enumerate(doc) if codes[s] == c] for c in range(4)] for s in (0, 1))
        result.append(tuple([cluster for cluster in side if cluster] for side in sides))
    return result


@settings(max_examples=150, deadline=None)
@given(documents())
def test_counts_equal_the_definitions(docs):
    sums = totals(docs)
    for name, definition in DEFINITIONS.items():
        recall = np.sum([definition(gold, pred) for gold, pred in docs], axis=0)
        precision = np.sum([definition(pred, gold) for gold, pred in docs], axis=0)
        assert X[f"{name}.recall"].fraction(sums) == pytest.approx(tuple(recall)), name
        assert X[f"{name}.precision"].fraction(sums) == pytest.approx(tuple(precision)), name
    common, gold_only = np.sum([non_links(gold, pred) for gold, pred in docs], axis=0)
    _, pred_only = np.sum([non_links(pred, gold) for gold, pred in docs], axis=0)
    assert (sums["apart_num"], sums["apart_r_den"], sums["apart_p_den"]) == (common, gold_only, pred_only)


# --- Properties -------------------------------------------------------------------------------------------------------


def same(left, right):
    return np.allclose(left, right, rtol=1e-12, atol=1e-12, equal_nan=True)


@settings(deadline=None)
@given(documents())
def test_a_partition_compared_with_itself_is_perfect_or_undefined(docs):
    sums = totals([(gold, gold) for gold, _ in docs])
    for name, measure in X.items():
        assert same(measure.value(sums), 1) or np.isnan(measure.value(sums)), name


@settings(deadline=None)
@given(documents())
def test_swapping_the_sides_swaps_precision_and_recall(docs):
    there, back = totals(docs), totals([(pred, gold) for gold, pred in docs])
    for name in (*RATIOS, "blanc"):
        assert same(X[f"{name}.precision"].value(there), X[f"{name}.recall"].value(back)), name
        assert same(X[f"{name}.f1"].value(there), X[f"{name}.f1"].value(back)), name
    assert same(X["conll"].value(there), X["conll"].value(back))


@settings(deadline=None)
@given(documents())
def test_counts_are_additive_over_documents(docs):
    together_, alone = counts_of(docs), [counts_of([doc]) for doc in docs]
    for name, column in together_.items():
        assert same(column, [counts[name][0] for counts in alone]), name


@settings(deadline=None)
@given(documents(max_size=2), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_codes_matter(docs, random):
    rows = rows_of(docs)
    codes = [5, 2, 9, 0]
    recoded = [(doc, codes[g] if g >= 0 else -1, codes[-1 - p] if p >= 0 else -1) for doc, g, p in rows]
    random.shuffle(recoded)
    before, after = count_rows(rows, len(docs)), count_rows(recoded, len(docs))
    for name in before:
        assert same(before[name], after[name]), name


@settings(deadline=None)
@given(documents())
def test_values_of_many_sums_at_once_are_the_values_of_each(docs):
    columns = counts_of(docs)
    for measure in (*BY_RULE["both"].values(), *BY_RULE["key-only"].values()):
        single = [measure.value({name: column[i] for name, column in columns.items()}) for i in range(len(docs))]
        assert same(measure.value(columns), single), measure.name


@settings(deadline=None)
@given(documents())
def test_every_value_is_in_range(docs):
    sums = totals(docs)
    values = {name: float(measure.value(sums)) for name, measure in X.items()}
    assert all(np.isnan(v) or -1e-12 <= v <= 1 + 1e-12 for v in values.values()), values


@settings(deadline=None)
@given(documents())
def test_cutting_wrong_links_out_of_predicted_clusters_never_lowers_precision_nor_recall(docs):
    # Every predicted cluster is cut into its parts of gold clusters and its invented items, one by one.
    cut = []
    for gold, pred in docs:
        of = {item: i for i, cluster in enumerate(gold) for item in cluster}
        parts = {}
        for j, cluster in enumerate(pred):
            for item in cluster:
                parts.setdefault((j, of.get(item, f"invented {item}")), []).append(item)
        cut.append((gold, list(parts.values())))
    before, after = totals(docs), totals(cut)
    for name in ("muc", "b3", "links", "lea"):
        for figure in ("precision", "recall"):
            was, now = (X[f"{name}.{figure}"].fraction(sums) for sums in (before, after))
            assert now[0] * was[1] >= was[0] * now[1] * (1 - 1e-12), (name, figure)


@settings(deadline=None)
@given(documents())
def test_an_invented_cluster_of_one_never_raises_precision_and_leaves_recall(docs):
    invented = [(gold, [*pred, ["invented"]]) for gold, pred in docs]
    before, after = totals_of_named(docs), totals_of_named(invented)
    for name in ("mentions", "b3", "ceafm", "ceafe", "lea", "exact"):
        was, now = (X[f"{name}.precision"].value(sums) for sums in (before, after))
        assert np.isnan(was) or now <= was + 1e-12, name
        assert same(X[f"{name}.recall"].value(before), X[f"{name}.recall"].value(after)), name


def totals_of_named(docs):
    """Totals, items being any strings or numbers."""
    return totals([tuple([list(map(str, cluster)) for cluster in side] for side in doc) for doc in docs])


# --- Singletons dropped -----------------------------------------------------------------------------------------------


def without_singletons(docs):
    return [tuple([cluster for cluster in side if len(cluster) > 1] for side in doc) for doc in docs]


def test_dropping_singletons_by_hand():
    # c is alone in gold and d in the prediction; without them gold is ab de, the prediction ab and c with e.
    gold, pred = ["ab", "c", "de"], ["ab", "ce", "d"]
    sums = totals([(gold, pred)], singletons="drop")
    assert (sums["gold_mentions"], sums["pred_mentions"], sums["common_mentions"]) == (4, 4, 3)
    assert X["b3.recall"].value(sums) == pytest.approx((1 + 1 + 1 / 2) / 4)
    assert X["exact.recall"].fraction(sums) == (1, 2)


@settings(deadline=None)
@given(documents())
def test_dropping_singletons_is_leaving_clusters_of_one_out_of_both_sides(docs):
    dropped, left_out = counts_of(docs, singletons="drop"), counts_of(without_singletons(docs))
    assert all(same(dropped[name], left_out[name]) for name in dropped)


@settings(deadline=None)
@given(documents())
def test_pairwise_links_and_muc_do_not_see_singletons(docs):
    kept, dropped = totals(docs), totals(docs, singletons="drop")
    for name in ("links_num", "links_r_den", "links_p_den", "muc_num", "muc_r_den", "muc_p_den"):
        assert kept[name] == dropped[name], name


# --- Whole partitions -------------------------------------------------------------------------------------------------


def adjusted_mutual_information(table):
    """Of one contingency table."""
    return ami_of_counts(whole_counts(table, tuple(f"unit {i}" for i in range(table.n_groups))))


def table_of(gold, pred):
    return contingency(*np.array(rows_of([(gold, pred)]), np.int64).reshape(-1, 3).T, 1)


def whole(name, gold, pred):
    sums = totals([(gold, pred)]) | {column: x.sum() for column, x in partition_columns(table_of(gold, pred)).items()}
    return float(WHOLE[name].value(sums))


def log(x):
    return x * math.log(x)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Six items, gold abc def, predicted ab cd ef: of 15 pairs 6 in gold, 3 predicted, 2 common (ab, ef).
        ("ari", (2 - 6 * 3 / 15) / ((6 + 3) / 2 - 6 * 3 / 15)),
        ("fowlkes_mallows", 2 / math.sqrt(6 * 3)),
        # Cells ab 2, c 1, d 1, ef 2: H(gold) = ln 2, H(pred) = ln 3, H(both) = ln 6 - (4 ln 2) / 6.
        ("homogeneity", (math.log(2) + math.log(3) - (math.log(6) - 4 * math.log(2) / 6)) / math.log(2)),
        ("completeness", (4 * math.log(2) / 6) / math.log(3)),
        ("v", 2 * (4 * math.log(2) / 6) / (math.log(2) + math.log(3))),
        ("nmi", 2 * (4 * math.log(2) / 6) / (math.log(2) + math.log(3))),
        ("vi", math.log(2) + math.log(3) - 2 * (4 * math.log(2) / 6)),
        # cd is split; then c joins ab, d joins ef.
        ("splits", 1 / 6),
        ("merges", 2 / 6),
        ("gmd", 3 / 6),
    ],
)
def test_whole_partitions_by_hand(name, expected):
    assert whole(name, ["abc", "def"], ["ab", "cd", "ef"]) == pytest.approx(expected)


def test_items_of_one_side_are_clusters_of_their_own_on_the_other():
    # x is invented, c missing.
    for name in WHOLE:
        here = whole(name, ["ab", "cd"], ["ab", "dx"])
        assert same(here, whole(name, ["ab", "cd", "x"], ["ab", "dx", "c"])), name


def test_one_cluster_against_singletons():
    one, each = ["abcd"], list("abcd")
    assert np.isnan(whole("homogeneity", one, each))  # one gold cluster has no entropy
    assert [whole(name, one, each) for name in ("completeness", "v", "ari")] == [0, 0, 0]
    assert whole("vi", one, each) == pytest.approx(math.log(4))
    assert whole("merges", one, each) == 3 / 4


@pytest.mark.parametrize("clusters", [["abcd"], list("abcd"), ["a"], []])
def test_where_there_is_nothing_to_tell_apart_chance_corrected_measures_are_undefined(clusters):
    assert np.isnan(whole("ari", clusters, clusters))
    assert np.isnan(adjusted_mutual_information(table_of(clusters, clusters)))


def partition_of(labels):
    return [[item for item, label in enumerate(labels) if label == code] for code in sorted(set(labels))]


def mutual_information(gold, pred):
    """From its definition: Σ p(i, j) ln(p(i, j) / p(i) p(j))."""
    n = len(gold)
    cells = set(zip(gold, pred, strict=True))
    joint = {cell: sum(pair == cell for pair in zip(gold, pred, strict=True)) / n for cell in cells}
    return sum(p * math.log(p * n * n / (gold.count(i) * pred.count(j))) for (i, j), p in joint.items())


def entropy(labels):
    return -sum(labels.count(x) / len(labels) * math.log(labels.count(x) / len(labels)) for x in set(labels))


LABELS = st.integers(1, 6).flatmap(lambda n: st.tuples(*(st.lists(st.integers(0, 3), min_size=n, max_size=n),) * 2))


@settings(max_examples=80, deadline=None)
@given(LABELS)
def test_whole_partitions_equal_the_definitions(labels):
    gold, pred = labels
    n, h_gold, h_pred, common = len(gold), entropy(gold), entropy(pred), mutual_information(gold, pred)

    def ratio(numerator, denominator):
        return numerator / denominator if denominator > 1e-12 else math.nan

    g, p = partition_of(gold), partition_of(pred)
    tp, in_gold = links(g, p)
    _, in_pred = links(p, g)
    by_chance = ratio(in_gold * in_pred, n * (n - 1) / 2) if n > 1 else 0
    expected = {
        "homogeneity": ratio(common, h_gold),
        "completeness": ratio(common, h_pred),
        "v": ratio(2 * common, h_gold + h_pred),
        "nmi": ratio(2 * common, h_gold + h_pred),
        "vi": h_gold + h_pred - 2 * common,
        "ari": ratio(tp - by_chance, (in_gold + in_pred) / 2 - by_chance),
        "fowlkes_mallows": ratio(tp, math.sqrt(in_gold * in_pred)),
    }
    assert {name: whole(name, g, p) for name in expected} == pytest.approx(expected, abs=1e-12, nan_ok=True)


@settings(max_examples=25, deadline=None)
@given(LABELS)
def test_adjusted_mutual_information_equals_the_mean_over_all_relabellings(labels):
    gold, pred = labels
    by_chance = np.mean([mutual_information(gold, list(other)) for other in permutations(pred)])
    bound = (entropy(gold) + entropy(pred)) / 2
    found = adjusted_mutual_information(table_of(partition_of(gold), partition_of(pred)))
    if bound - by_chance < 1e-12:
        assert np.isnan(found)
    else:
        assert found == pytest.approx((mutual_information(gold, pred) - by_chance) / (bound - by_chance), abs=1e-9)


def partitions_of(items):
    """All partitions of a list."""
    if not items:
        yield []
        return
    for rest in partitions_of(items[1:]):
        yield [[items[0]], *rest]
        for i, cluster in enumerate(rest):
            yield [*rest[:i], [items[0], *cluster], *rest[i + 1 :]]


def refines(parts, clusters):
    return all(any(set(part) <= set(cluster) for cluster in clusters) for part in parts)


@settings(max_examples=30, deadline=None)
@given(LABELS)
def test_no_way_of_splitting_and_then_merging_is_shorter(labels):
    gold, pred = map(partition_of, labels)
    fewest = min(
        (len(middle) - len(pred)) + (len(middle) - len(gold))
        for middle in partitions_of(list(range(len(labels[0]))))
        if refines(middle, gold) and refines(middle, pred)
    )
    assert whole("gmd", gold, pred) == pytest.approx(fewest / len(labels[0]))


@settings(max_examples=40, deadline=None)
@given(documents())
def test_whole_partitions_are_symmetric_perfect_on_themselves_and_in_range(docs):
    gold = [[f"{i}-{item}" for item in cluster] for i, doc in enumerate(docs) for cluster in doc[0]]
    pred = [[f"{i}-{item}" for item in cluster] for i, doc in enumerate(docs) for cluster in doc[1]]
    best = {"vi": 0, "gmd": 0, "splits": 0, "merges": 0}
    mirror = {"homogeneity": "completeness", "completeness": "homogeneity", "splits": "merges", "merges": "splits"}
    for name, measure in WHOLE.items():
        here = whole(name, gold, pred)
        assert same(here, whole(mirror.get(name, name), pred, gold)), name
        low, high = measure.range
        assert np.isnan(here) or low - 1e-12 <= here <= high + 1e-12, name
        itself = whole(name, gold, gold)
        assert np.isnan(itself) or itself == pytest.approx(best.get(name, 1), abs=1e-12), name
    ami = [adjusted_mutual_information(table_of(*sides)) for sides in ((gold, pred), (pred, gold))]
    assert same(*ami)


# --- Size -------------------------------------------------------------------------------------------------------------


def test_a_million_singletons_against_one_cluster_of_a_million():
    n = 10**6
    one, each = np.zeros(n, np.int64), np.arange(n)
    table = contingency(one, one, each, 1)
    sums = {name: column[0] for name, column in (cluster_columns(table) | partition_columns(table)).items()}
    assert X["muc.recall"].value(sums) == 0
    assert X["b3.recall"].value(sums) == pytest.approx(1 / n)
    assert X["b3.precision"].value(sums) == 1
    assert X["ceafe.recall"].value(sums) == pytest.approx(2 / (n + 1))
    assert X["links.recall"].fraction(sums) == (0, n * (n - 1) / 2)
    assert WHOLE["vi"].value(sums) == pytest.approx(math.log(n))
    assert adjusted_mutual_information(table) == 0


# --- Declarations -----------------------------------------------------------------------------------------------------


def test_names():
    figures = ("precision", "recall", "f1")
    names = {f"{name}.{figure}" for name in (*RATIOS, "blanc") for figure in figures} | {"conll"}
    assert set(X) == names
    across = {f"cross_links.{figure}" for figure in figures} | set(WHOLE) | {"ami"}
    expected = {f"coref.{name}" for name in names}
    expected |= {f"coref_corpus.{name}" for name in names | across}
    expected |= {f"event_coref_corpus.{name}" for name in across}
    expected |= {f"clusters.{name}" for name in names | set(WHOLE) | {"ami"}}
    assert {m.name for m in MEASURES} == expected
    assert len(MEASURES) == len(expected)


def test_every_measure_says_what_it_is_and_reads_counted_columns():
    columns = set(counts_of([(GOLD, PRED)])) | set(partition_columns(table_of(GOLD, PRED)))
    columns |= {f"cross_links_{part}" for part in ("num", "r_den", "p_den")}
    for measure in MEASURES:
        assert measure.formula
        assert measure.source
        assert set(measure.columns) <= columns
    assert set().union(*(measure.columns for measure in MEASURES)) == columns
