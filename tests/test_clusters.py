"""Cluster measures: worked examples, the CoNLL reference scorer's own test cases, and a plain reading of each paper."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldwire.measures.clusters import MEASURES, cluster_measures
from goldwire.tasks.clusters import cluster_counts

CASES = json.loads((Path(__file__).parent / "cases" / "coreference.json").read_text(encoding="utf-8"))["cases"]
BY_RULE = {
    rule: {measure.name.removeprefix("x."): measure for measure in cluster_measures("x", blanc=rule)}
    for rule in ("both", "key-only")
}
X = BY_RULE["both"]
RATIOS = ["mentions", "muc", "b3", "ceafm", "ceafe", "lea", "links", "exact"]


def rows_of(documents):
    """(document, gold code, predicted code) of every item of [(gold clusters, predicted clusters), ...]."""
    rows = []
    for doc, sides in enumerate(documents):
        gold, pred = ({item: code for code, cluster in enumerate(side) for item in cluster} for side in sides)
        rows += [(doc, gold.get(item, -1), pred.get(item, -1)) for item in sorted(gold.keys() | pred.keys())]
    return rows


def count_rows(rows, n_documents):
    return cluster_counts(*np.array(rows, np.int64).reshape(-1, 3).T, n_documents)


def counts_of(documents):
    """Count columns, one entry per document."""
    return count_rows(rows_of(documents), len(documents))


def totals(documents):
    return {name: column.sum() for name, column in counts_of(documents).items()}


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


@settings(max_examples=150)
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


@given(documents())
def test_a_partition_compared_with_itself_is_perfect_or_undefined(docs):
    sums = totals([(gold, gold) for gold, _ in docs])
    for name, measure in X.items():
        assert same(measure.value(sums), 1) or np.isnan(measure.value(sums)), name


@given(documents())
def test_swapping_the_sides_swaps_precision_and_recall(docs):
    there, back = totals(docs), totals([(pred, gold) for gold, pred in docs])
    for name in (*RATIOS, "blanc"):
        assert same(X[f"{name}.precision"].value(there), X[f"{name}.recall"].value(back)), name
        assert same(X[f"{name}.f1"].value(there), X[f"{name}.f1"].value(back)), name
    assert same(X["conll"].value(there), X["conll"].value(back))


@given(documents())
def test_counts_are_additive_over_documents(docs):
    together_, alone = counts_of(docs), [counts_of([doc]) for doc in docs]
    for name, column in together_.items():
        assert same(column, [counts[name][0] for counts in alone]), name


@given(documents(max_size=2), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_codes_matter(docs, random):
    rows = rows_of(docs)
    codes = [5, 2, 9, 0]
    recoded = [(doc, codes[g] if g >= 0 else -1, codes[-1 - p] if p >= 0 else -1) for doc, g, p in rows]
    random.shuffle(recoded)
    before, after = count_rows(rows, len(docs)), count_rows(recoded, len(docs))
    for name in before:
        assert same(before[name], after[name]), name


@given(documents())
def test_values_of_many_sums_at_once_are_the_values_of_each(docs):
    columns = counts_of(docs)
    for measure in (*BY_RULE["both"].values(), *BY_RULE["key-only"].values()):
        single = [measure.value({name: column[i] for name, column in columns.items()}) for i in range(len(docs))]
        assert same(measure.value(columns), single), measure.name


@given(documents())
def test_every_value_is_in_range(docs):
    sums = totals(docs)
    values = {name: float(measure.value(sums)) for name, measure in X.items()}
    assert all(np.isnan(v) or -1e-12 <= v <= 1 + 1e-12 for v in values.values()), values


# --- Size -------------------------------------------------------------------------------------------------------------


def test_a_million_singletons_against_one_cluster_of_a_million():
    n = 10**6
    one, each = np.zeros(n, np.int64), np.arange(n)
    sums = {name: column[0] for name, column in cluster_counts(one, one, each, 1).items()}
    assert X["muc.recall"].value(sums) == 0
    assert X["b3.recall"].value(sums) == pytest.approx(1 / n)
    assert X["b3.precision"].value(sums) == 1
    assert X["ceafe.recall"].value(sums) == pytest.approx(2 / (n + 1))
    assert X["links.recall"].fraction(sums) == (0, n * (n - 1) / 2)


# --- Declarations -----------------------------------------------------------------------------------------------------


def test_names():
    figures = ("precision", "recall", "f1")
    expected = {f"{name}.{figure}" for name in (*RATIOS, "blanc") for figure in figures} | {"conll"}
    prefixes = ("coref", "coref_corpus", "clusters")
    assert [m.name for m in MEASURES] == [f"{prefix}.{name}" for prefix in prefixes for name in X]
    assert set(X) == expected


def test_every_measure_says_what_it_is_and_reads_counted_columns():
    columns = set(counts_of([(GOLD, PRED)]))
    for measure in MEASURES:
        assert measure.formula
        assert measure.source
        assert set(measure.columns) <= columns
    assert set().union(*(measure.columns for measure in MEASURES)) == columns
