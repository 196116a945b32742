"""Rankings by score: precision and recall at every score, average precision, AUC.

All of it describes a ranking; none of it picks a threshold. The best F1 along the curve is deliberately not offered: a
threshold chosen on the pairs it is then scored on is fitted to the gold. Systems state theirs in the header of their
predictions, chosen on other data, and are scored there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from goldwire.counts import Counts, FloatArray, IntArray
from goldwire.tasks.spans import BoolArray

__all__ = ["Ranking", "hits", "ranking_of"]


@dataclass(frozen=True)
class Ranking:
    """What is found at or above each distinct score.

    score:       (k,) the distinct scores, highest first.
    true, false: (k,) positives and negatives among the items that score as much or more.
    positives, negatives: of the whole universe; those that have no score come last, together.
    """

    score: FloatArray
    true: FloatArray
    false: FloatArray
    positives: float
    negatives: float

    @property
    def precision(self) -> FloatArray:
        """(k,) share of positives at or above each score."""
        return self.true / (self.true + self.false)

    @property
    def recall(self) -> FloatArray:
        """(k,) share of the positives; NaN without positives."""
        return self.true / self.positives if self.positives else np.full(len(self.true), np.nan)

    def average_precision(self) -> float:
        """Σ (R_k − R_{k−1})·P_k, as scikit-learn's average_precision_score; NaN without scores or positives."""
        if not len(self.score) or not self.positives:
            return np.nan
        rest = (self.positives - self.true[-1]) * self.positives / (self.positives + self.negatives)
        return float((np.diff(self.true, prepend=0) @ self.precision + rest) / self.positives)

    def auc(self) -> float:
        """Mann-Whitney: P(positive above negative) + ½·P(equal); NaN without scores, positives or negatives."""
        if not len(self.score) or not self.positives or not self.negatives:
            return np.nan
        true = np.r_[0, self.true, self.positives].astype(np.float64)
        false = np.r_[0, self.false, self.negatives].astype(np.float64)
        area = np.diff(false) @ (true[1:] + true[:-1]) / 2
        return float(area / self.positives / self.negatives)

    def to_table(self) -> pa.Table:
        """One row per distinct score: score, predicted, matched, precision, recall (null without positives)."""
        recall = pa.array(self.recall, pa.float64(), from_pandas=True)
        columns = [self.score, self.true + self.false, self.true, self.precision, recall]
        return pa.table(columns, names=["score", "predicted", "matched", "precision", "recall"])


def hits(key: IntArray, score: FloatArray, positive: BoolArray) -> tuple[IntArray, BoolArray, BoolArray]:
    """The rows that have a score, which of them are true, and which repeat a key.

    key: (rows,) what each row is about, a code into ``positive``; of several rows with one key the one that scores
    highest stands for it, the others are further negatives.
    """
    rows = np.flatnonzero(~np.isnan(score))
    own = key[rows]
    best = np.bincount(own)[own] == 1 if len(own) else np.zeros(0, bool)
    listed_again = np.flatnonzero(~best)
    at = listed_again[np.lexsort((-score[rows[listed_again]], own[listed_again]))]
    best[at[np.append(True, own[at[1:]] != own[at[:-1]])[: len(at)]]] = True
    return rows, best & positive[own], ~best


def ranking_of(counts: Counts, what: str, weights: FloatArray | None = None) -> Ranking:
    """The ranking that counts hold: rows by the facet ``score`` with the columns below, each with the prefix ``what``.

    Columns: ``_true`` and ``_false``, items with that score; ``_repeats``, how many of the false ones repeat a key;
    ``_positives`` and ``_possible``, what there is to find and how many items there could be. weights: (units,).
    """
    if "score" not in counts.facets:
        return Ranking(*(np.zeros(0),) * 3, 0.0, 0.0)
    of_score = counts.by_label([f"{what}_true", f"{what}_false"], "score", weights)
    kept = of_score.any(axis=1)
    score = np.array(counts.facets["score"].labels, np.float64)[kept]
    order = np.argsort(-score, kind="stable")
    true, false = np.cumsum(of_score[kept][order], axis=0).T
    each = counts.per_unit([f"{what}_{part}" for part in ("repeats", "positives", "possible")])
    repeats, positives, possible = each.sum(axis=0) if weights is None else weights @ each
    return Ranking(score[order], true, false, float(positives), float(possible - positives + repeats))
