"""Measures of aligned passages, from the counts of ``tasks.passages``."""

from __future__ import annotations

import numpy as np

from goldwire.counts import FloatArray
from goldwire.measures.core import F1, Custom, Measure, Ratio, Sums, prf

__all__ = ["MEASURES"]

_PAN = "Potthast, Stein, Barrón-Cedeño & Rosso (2010), An evaluation framework for plagiarism detection"
_PLAGDET = "F1 / log2(1 + granularity), granularity 1 where no case is detected"

_micro = prf(
    "passages",
    precision=("found_chars", "pred_chars"),
    recall=("found_chars", "gold_chars"),
    formulas=(
        "|∪ (s ⊓ r)| / |∪ r| in characters of both sides; s cases, r detections",
        "|∪ (s ⊓ r)| / |∪ s| in characters of both sides; s cases, r detections",
    ),
    source=_PAN,
)
_macro = prf(
    "passages.macro",
    precision=("detection_precision", "detections"),
    recall=("case_recall", "cases"),
    formulas=("mean over detections r of |∪_s (s ⊓ r)| / |r|", "mean over cases s of |∪_r (s ⊓ r)| / |s|"),
    source=_PAN,
)
_aligned = prf(
    "passages.aligned",
    precision=("aligned_pred", "aligned_pred_chars"),
    recall=("aligned_gold", "aligned_gold_chars"),
    formulas=(
        "characters of detections whose counterpart a case puts at most 50 characters apart / their characters",
        "characters of cases whose counterpart a detection puts at most 50 characters apart / their characters",
    ),
    source="Goldwire",
)
_granularity = Ratio(
    name="passages.granularity",
    numerator=("pieces",),
    denominator=("cases_touched",),
    formula="mean number of detections per detected case",
    source=_PAN,
    range=(1.0, float("inf")),
    better="lower",
)


def _plagdet(name: str, f1: F1) -> Custom:
    """F1 damped by the number of pieces that cases are detected in."""

    def damped(sums: Sums) -> FloatArray:
        pieces = _granularity.value(sums)
        return np.asarray(f1.value(sums) / np.log2(1 + np.where(np.isnan(pieces), 1.0, pieces)))

    reads = tuple(dict.fromkeys(f1.columns + _granularity.columns))
    return Custom(name=name, reads=reads, function=damped, formula=_PLAGDET, source=_PAN)


MEASURES: tuple[Measure, ...] = (
    *_micro,
    _granularity,
    _plagdet("passages.plagdet", _micro[2]),
    *_macro,
    _plagdet("passages.macro.plagdet", _macro[2]),
    *_aligned,
    Ratio(
        name="passages.negatives.rate",
        numerator=("negatives_hit",),
        denominator=("negatives",),
        formula="annotated negatives (distinct_event, formula) that some detection covers, on both sides, by at least "
        "half of the length of the negative's shorter side / annotated negatives",
        source="Goldwire",
        better="lower",
    ),
)
