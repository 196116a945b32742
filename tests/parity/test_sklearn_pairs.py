"""Article pairs against scikit-learn over the list of all pairs: precision and recall, AP, AUC, the curve, kappa.

Where no pair is repeated both must agree to the last digit: unlisted pairs are negatives of the lowest score.
"""

from __future__ import annotations

import itertools
import math
import random
import warnings

import numpy as np
import pyarrow as pa
import pytest

from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.measures.core import Whole
from goldwire.measures.duplicates import MEASURES
from goldwire.tasks.duplicates import LEVELS, count, curve
from references import CASES, agree

sklearn = pytest.importorskip("sklearn")
from sklearn.metrics import (  # noqa: E402
    average_precision_score,
    cohen_kappa_score,
    precision_recall_curve,
    precision_recall_fscore_support,
    roc_auc_score,
)

NAME = f"scikit-learn {sklearn.__version__}"


def corpus(docs, links, **meta):
    return Corpus(tuple(docs), {"links": pa.Table.from_pylist(links, schema=SCHEMAS["links"])}, meta=meta)


def case(seed):
    """Documents, gold levels by pair and predicted (level, score or None) by pair, in either orientation."""
    rng = random.Random(seed)
    docs = [f"d{at}" for at in range(rng.choice((2, 3, 5, 8, 12)))]
    pairs = [tuple(rng.sample(pair, 2)) for pair in itertools.combinations(docs, 2)]
    density = rng.choice((0.0, 0.1, 0.4, 0.9))
    gold = {pair: rng.randint(1, 4) for pair in pairs if rng.random() < density}
    scores = rng.choice(([0.5], [0.1, 0.5, 0.9], [rng.random() for _ in range(200)], [-2.0, 0.0, 1e-12, 3.5]))
    found = {}
    for pair in pairs:
        if rng.random() < rng.choice((0.2, 0.7, 1.0)):
            score = None if rng.random() < 0.1 else rng.choice(scores)
            found[pair] = (max(0, min(4, gold.get(pair, 0) + rng.choice((-1, 0, 0, 1)))), score)
    return docs, pairs, gold, found


def values(gold, pred):
    sums = {column: np.float64(total) for column, total in count(gold, pred).totals().items()}
    return {measure.name: float(measure.value(sums)) for measure in MEASURES}


def corpora(seed):
    docs, pairs, gold, found = case(seed)
    rng = random.Random(seed)
    gold_rows = [{"a": a, "b": b, "relation": LEVELS[level]} for (a, b), level in gold.items()]
    pred_rows = [
        {"a": pair[0], "b": pair[1], "relation": LEVELS[level], "score": score}
        for (a, b), (level, score) in found.items()
        for pair in [rng.choice([(a, b), (b, a)])]
    ]
    rng.shuffle(pred_rows)
    return pairs, gold, found, corpus(docs, gold_rows), corpus(docs, pred_rows)


def test_levels():
    for seed in range(CASES):
        pairs, gold, found, gold_corpus, pred_corpus = corpora(seed)
        true, predicted = [gold.get(pair, 0) for pair in pairs], [found.get(pair, (0,))[0] for pair in pairs]
        got = values(gold_corpus, pred_corpus)
        at = seed % 4 + 1
        name = ("pairs", "pairs@partial", "pairs@major", "pairs@whole")[at - 1]
        p, r, f, _ = precision_recall_fscore_support(
            [level >= at for level in true], [level >= at for level in predicted],
            average="binary", zero_division=math.nan,
        )  # fmt: skip
        figures = [got[f"duplicates.{name}.{figure}"] for figure in ("precision", "recall", "f1")]
        assert figures == pytest.approx([p, r, f], nan_ok=True), (seed, name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a single label
            kappa = (
                cohen_kappa_score(true, predicted, labels=list(range(5)), weights="quadratic") if found else math.nan
            )
        assert got["duplicates.kappa"] == pytest.approx(kappa, nan_ok=True, abs=1e-12)
        agree(f"{NAME}, levels", 4)


def directed_case(seed):
    """Documents, gold reuse by direction, coverage by direction, some unlisted."""
    rng = random.Random(seed)
    docs = [f"d{at}" for at in range(rng.choice((2, 3, 5, 8)))]
    gold_rows, pred_rows, gold, found = [], [], set(), {}
    for a, b in itertools.combinations(docs, 2):
        if rng.random() < 0.4:
            levels = {x: rng.choice(("none", "trace", "major")) for x in "ab"}
            gold_rows.append({"a": a, "b": b, "reuse_a": levels["a"], "reuse_b": levels["b"]})
            gold |= {pair for pair, x in (((a, b), "a"), ((b, a), "b")) if levels[x] != "none"}
        if rng.random() < 0.7:
            covered = {x: rng.choice((0.0, 0.1, 0.5, 1.0)) for x in "ab"}
            pred_rows.append({"a": a, "b": b, "coverage_a": covered["a"], "coverage_b": covered["b"]})
            found |= {(a, b): covered["a"], (b, a): covered["b"]}
    return docs, gold, found, corpus(docs, gold_rows), corpus(docs, pred_rows)


@pytest.mark.parametrize("directed", [False, True])
def test_rankings(directed):
    prefix, compared = "duplicates.directed." if directed else "duplicates.", 0
    for seed in range(4 * CASES):
        if compared == CASES:
            break
        if directed:
            docs, gold, scores, gold_corpus, pred_corpus = directed_case(seed)
            pairs = list(itertools.permutations(docs, 2))
        else:
            pairs, gold, found, gold_corpus, pred_corpus = corpora(seed)
            scores = {pair: score for pair, (_, score) in found.items() if score is not None}
        label, score = [pair in gold for pair in pairs], [scores.get(pair, -1e9) for pair in pairs]
        counts = count(gold_corpus, pred_corpus)
        got = {measure.name: measure.of(counts) for measure in MEASURES if isinstance(measure, Whole)}
        if not scores or not any(label):
            assert math.isnan(got[f"{prefix}ap"])
            assert math.isnan(got[f"{prefix}auc"])
            continue
        assert got[f"{prefix}ap"] == pytest.approx(average_precision_score(label, score), abs=1e-12)
        if not all(label):
            assert got[f"{prefix}auc"] == pytest.approx(roc_auc_score(label, score), abs=1e-12)
        precision, recall, thresholds = precision_recall_curve(label, score)
        table = curve(gold_corpus, pred_corpus, directed=directed).to_pydict()
        listed = {t: (p, r) for p, r, t in zip(precision, recall, thresholds, strict=False) if t > -1e9}
        assert sorted(listed) == sorted(table["score"])
        for t, p, r in zip(table["score"], table["precision"], table["recall"], strict=True):
            assert (p, r) == pytest.approx(listed[t], abs=1e-12)
        compared += 1
        agree(f"{NAME}, {'directions' if directed else 'pairs'} ranked", 2 + 2 * len(listed))
    assert compared == CASES
