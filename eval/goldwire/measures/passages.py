"""Measures of aligned passages, from the counts of ``tasks.passages``."""

from __future__ import annotations

import numpy as np

from goldwire.counts import FloatArray
from goldwire.measures.core import F1, Custom, Measure, Ratio, Sums, prf

__all__ = ["MACRO", "MEASURES", "MICRO", "PAN", "granularity", "plagdet"]

PAN = "Potthast, Stein, Barrón-Cedeño & Rosso (2010), An evaluation framework for plagiarism detection"
MICRO = (
    "|∪ (s ⊓ r)| / |∪ r| in characters of both sides; s cases, r detections",
    "|∪ (s ⊓ r)| / |∪ s| in characters of both sides; s cases, r detections",
)
MACRO = ("mean over detections r of |∪_s (s ⊓ r)| / |r|", "mean over cases s of |∪_r (s ⊓ r)| / |s|")
_NEAR = "on both sides, at least half of the characters of the longer span"


def granularity(name: str, undefined: float = float("nan")) -> Ratio:
    """Detections per detected case; ``undefined`` where no case is detected."""
    return Ratio(
        name=name,
        numerator=("pieces",),
        denominator=("cases_touched",),
        formula="mean number of detections per detected case",
        source=PAN,
        range=(1.0, float("inf")),
        better="lower",
        undefined=undefined,
    )


def plagdet(name: str, f1: F1) -> Custom:
    """F1 damped by the number of pieces that cases are detected in."""
    of_pieces = granularity("")

    def damped(sums: Sums) -> FloatArray:
        pieces = of_pieces.value(sums)
        return np.asarray(f1.value(sums) / np.log2(1 + np.where(np.isnan(pieces), 1.0, pieces)))

    reads = tuple(dict.fromkeys(f1.columns + of_pieces.columns))
    formula = "F1 / log2(1 + granularity), granularity 1 where no case is detected"
    return Custom(name=name, reads=reads, function=damped, formula=formula, source=PAN)


_micro = prf(
    "passages",
    precision=("found_chars", "pred_chars"),
    recall=("found_chars", "gold_chars"),
    formulas=MICRO,
    source=PAN,
)
_macro = prf(
    "passages.macro",
    precision=("detection_precision", "detections"),
    recall=("case_recall", "cases"),
    formulas=MACRO,
    source=PAN,
)

MEASURES: tuple[Measure, ...] = (
    *_micro,
    granularity("passages.granularity"),
    plagdet("passages.plagdet", _micro[2]),
    *_macro,
    plagdet("passages.macro.plagdet", _macro[2]),
    *prf(
        "passages.aligned",
        precision=("aligned_pred", "aligned_pred_chars"),
        recall=("aligned_gold", "aligned_gold_chars"),
        formulas=(
            "characters of detections whose counterpart a case puts at most 50 characters apart / their characters",
            "characters of cases whose counterpart a detection puts at most 50 characters apart / their characters",
        ),
        source="Goldwire",
    ),
    *prf(
        "passages.facts",
        precision=("facts_found", "pred_facts"),
        recall=("facts_found", "facts"),
        formulas=(
            f"largest one-to-one alignment of pairs that share, {_NEAR} / predicted pairs of a fact relation",
            f"largest one-to-one alignment of pairs that share, {_NEAR} / gold pairs of a fact relation",
        ),
        source="Goldwire",
    ),
    Ratio(
        name="passages.relation.accuracy",
        numerator=("relations_right",),
        denominator=("relations",),
        formula="pairs of equal relation / pairs, in the one-to-one alignment of most aligned characters between gold "
        "and predicted pairs that state a text-basis or fact-basis relation",
        source="Goldwire",
    ),
    Ratio(
        name="passages.negatives.rate",
        numerator=("negatives_hit",),
        denominator=("negatives",),
        formula="annotated negatives (distinct_event, formula) that some prediction covers, on both sides, by at least "
        "half of the length of the negative's shorter side / annotated negatives",
        source="Goldwire",
        better="lower",
    ),
)
