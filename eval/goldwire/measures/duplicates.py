"""Measures of article pairs, from the counts of ``tasks.duplicates``.

Average precision and AUC of scores are no functions of sums over units: ``tasks.duplicates.ranking`` computes them, and
what stands here is their description; from sums they are undefined. There is no "best F1 over thresholds": see
``tasks.ranked``.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from goldwire.counts import Counts, FloatArray
from goldwire.measures.core import Custom, Measure, Ratio, Sums, Whole, prf
from goldwire.tasks.duplicates import LEVELS
from goldwire.tasks.ranked import ranking_of

__all__ = ["MEASURES"]

_K = len(LEVELS)
_CELLS = tuple(f"kappa_{i}_{j}" for i in range(_K) for j in range(_K))


def _pairs(prefix: str, suffix: str, what: str) -> tuple[Measure, ...]:
    """Precision, recall and F1 of one kind of link."""
    return prf(
        prefix,
        precision=(f"matched_{suffix}", f"pred_{suffix}"),
        recall=(f"matched_{suffix}", f"gold_{suffix}"),
        formulas=(f"|gold ∩ predicted| / |predicted rows|, {what}", f"|gold ∩ predicted| / |gold|, {what}"),
        source="pairwise links, e.g. Christen, Data Matching (2012), section 7.2",
    )


def _weighted_kappa(sums: Sums) -> FloatArray:
    """1 − Σ w·observed / Σ w·expected with w = (i − j)²; NaN where no disagreement is expected."""
    cells = np.stack([np.asarray(sums[name], np.float64) for name in _CELLS], axis=-1)
    observed = cells.reshape(*cells.shape[:-1], _K, _K)
    rows, columns = observed.sum(axis=-1), observed.sum(axis=-2)
    weight = np.subtract.outer(np.arange(_K), np.arange(_K)) ** 2
    disagreement = (weight * observed).sum(axis=(-2, -1)) * rows.sum(axis=-1)
    by_chance = (weight * rows[..., :, None] * columns[..., None, :]).sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(by_chance > 0, 1 - disagreement / by_chance, np.nan)


def _ranked(counts: Counts, weights: FloatArray | None, *, what: str, figure: str) -> float:
    ranking = ranking_of(counts, what, weights)
    return ranking.average_precision() if figure == "average_precision" else ranking.auc()


MEASURES: tuple[Measure, ...] = (
    *_pairs("duplicates.pairs", "trace", "undirected, level at least trace"),
    *_pairs("duplicates.pairs@partial", "partial", "undirected, level at least partial"),
    *_pairs("duplicates.pairs@major", "major", "undirected, level at least major"),
    *_pairs("duplicates.pairs@whole", "whole", "undirected, level whole"),
    *_pairs("duplicates.directed", "directed", "directions of reuse, level at least trace"),
    Whole(
        name="duplicates.ap",
        function=partial(_ranked, what="pairs", figure="average_precision"),
        formula="Σ (R_k − R_(k−1))·P_k over the distinct scores, all pairs of documents ranked, unlisted ones last",
        source="average precision as in scikit-learn's average_precision_score",
    ),
    Whole(
        name="duplicates.auc",
        function=partial(_ranked, what="pairs", figure="auc"),
        formula="P(score of a linked pair > score of an unlinked one) + ½·P(equal), over all pairs of documents",
        source="Mann & Whitney (1947); Hanley & McNeil (1982)",
    ),
    Whole(
        name="duplicates.directed.ap",
        function=partial(_ranked, what="directions", figure="average_precision"),
        formula="as duplicates.ap over all directions of reuse, ranked by coverage, else by the score of the pair",
        source="average precision as in scikit-learn's average_precision_score",
    ),
    Whole(
        name="duplicates.directed.auc",
        function=partial(_ranked, what="directions", figure="auc"),
        formula="as duplicates.auc over all directions of reuse, ranked by coverage, else by the score of the pair",
        source="Mann & Whitney (1947); Hanley & McNeil (1982)",
    ),
    Custom(
        name="duplicates.kappa",
        reads=_CELLS,
        function=_weighted_kappa,
        formula="1 − Σ (i−j)²·o_ij / Σ (i−j)²·e_ij over all pairs of documents, levels none < trace < … < whole",
        source="Cohen (1968), Weighted kappa; quadratic weights as in scikit-learn's cohen_kappa_score",
        range=(-1.0, 1.0),
    ),
    Ratio(
        name="duplicates.closure_damage",
        numerator=("closure_damage",),
        denominator=("closure_pairs",),
        formula="pairs joined only by the transitive closure of the predicted links and not linked in gold / its pairs",
        source="Goldwire",
        better="lower",
    ),
    Ratio(
        name="duplicates.coverage",
        numerator=("documents_named",),
        denominator=("documents",),
        formula="gold documents named in the prediction file / gold documents",
        source="Goldwire",
    ),
)
