"""Measures of aligned passages, from the counts of ``tasks.passages``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from goldwire.counts import FloatArray
from goldwire.measures.core import F1, Custom, Measure, Ratio, Sums

__all__ = ["MEASURES"]

_PAN = "Potthast, Stein, Barrón-Cedeño & Rosso (2010), An evaluation framework for plagiarism detection"
_PLAGDET = "F1 / log2(1 + granularity), granularity 1 where no case is detected"

_precision = Ratio(
    name="passages.precision",
    numerator=("found_chars",),
    denominator=("pred_chars",),
    formula="|∪ (s ⊓ r)| / |∪ r| in characters of both sides; s cases, r detections",
    source=_PAN,
)
_recall = Ratio(
    name="passages.recall",
    numerator=("found_chars",),
    denominator=("gold_chars",),
    formula="|∪ (s ⊓ r)| / |∪ s| in characters of both sides; s cases, r detections",
    source=_PAN,
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
_macro_precision = Ratio(
    name="passages.macro.precision",
    numerator=("detection_precision",),
    denominator=("detections",),
    formula="mean over detections r of |∪_s (s ⊓ r)| / |r|",
    source=_PAN,
)
_macro_recall = Ratio(
    name="passages.macro.recall",
    numerator=("case_recall",),
    denominator=("cases",),
    formula="mean over cases s of |∪_r (s ⊓ r)| / |s|",
    source=_PAN,
)
_aligned_precision = Ratio(
    name="passages.aligned.precision",
    numerator=("aligned_pred",),
    denominator=("aligned_pred_chars",),
    formula="characters of detections whose counterpart a case puts at most 50 characters apart / their characters",
    source="Goldwire",
)
_aligned_recall = Ratio(
    name="passages.aligned.recall",
    numerator=("aligned_gold",),
    denominator=("aligned_gold_chars",),
    formula="characters of cases whose counterpart a detection puts at most 50 characters apart / their characters",
    source="Goldwire",
)


def _f1(precision: Ratio, recall: Ratio) -> Callable[[Sums], FloatArray]:
    """F1 of the two, undefined in a slice by gold relation: there is no predicted side to it."""
    f1 = F1(name="", precision=precision, recall=recall)
    return lambda sums: np.where(np.asarray(sums["documents"]) > 0, f1.value(sums), np.nan)


def _plagdet(name: str, precision: Ratio, recall: Ratio) -> Custom:
    """F1 of the two, damped by the number of pieces that cases are detected in."""
    f1 = _f1(precision, recall)

    def damped(sums: Sums) -> FloatArray:
        pieces = _granularity.value(sums)
        return np.asarray(f1(sums) / np.log2(1 + np.where(np.isnan(pieces), 1.0, pieces)))

    reads = (*precision.columns, *recall.columns, *_granularity.columns, "documents")
    return Custom(name=name, reads=tuple(dict.fromkeys(reads)), function=damped, formula=_PLAGDET, source=_PAN)


MEASURES: tuple[Measure, ...] = (
    _precision,
    _recall,
    _granularity,
    _plagdet("passages.plagdet", _precision, _recall),
    _macro_precision,
    _macro_recall,
    _plagdet("passages.macro.plagdet", _macro_precision, _macro_recall),
    _aligned_precision,
    _aligned_recall,
    Custom(
        name="passages.aligned.f1",
        reads=(*_aligned_precision.columns, *_aligned_recall.columns, "documents"),
        function=_f1(_aligned_precision, _aligned_recall),
        formula="2PR / (P + R)",
        source="Goldwire",
    ),
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
