"""Measures of time expressions, from the counts of ``tasks.times``."""

from __future__ import annotations

from goldwire.measures.core import Measure, Ratio, prf
from goldwire.tasks.times import FIGURES

__all__ = ["MEASURES"]

_STRICT = "TempEval-3 (UzZaman et al. 2013), strict spans"
_RELAXED = "TempEval-3 (UzZaman et al. 2013), relaxed spans: any overlap; one-to-one, most pairs"
_INTERVALS = "intersection over union (Jaccard 1912) of the intervals; after Laparra, Xu & Bethard (2018)"


def _figure(name: str, beside: tuple[str, ...], *, relaxed: bool) -> tuple[Measure, ...]:
    stem = f"{name}_relaxed" if relaxed else name
    paired = "expressions paired with an overlapping one" if relaxed else "expressions with the same span"
    what = paired + "".join(f" and {part}" if not relaxed else f" of the same {part}" for part in beside)
    return prf(
        f"times.{name}@relaxed" if relaxed else f"times.{name}",
        precision=(f"{stem}_pred", "pred"),
        recall=(f"{stem}_gold", "gold"),
        formulas=(f"{what} / expressions predicted", f"{what} / expressions in gold"),
        source=_RELAXED if relaxed else _STRICT,
    )


_CREDIT = "Σ common length / length of the union of the two stretches of time denoted, over pairs with the same span"

MEASURES: tuple[Measure, ...] = (
    *(measure for name, beside in FIGURES.items() for measure in _figure(name, beside, relaxed=False)),
    *(measure for name, beside in FIGURES.items() for measure in _figure(name, beside, relaxed=True)),
    *prf(
        "times.interval",
        precision=("interval_pred", "pred"),
        recall=("interval_gold", "gold"),
        formulas=(f"{_CREDIT} / expressions predicted", f"{_CREDIT} / expressions in gold"),
        source=_INTERVALS,
    ),
    *(
        Ratio(
            name=f"times.{name}.accuracy",
            numerator=(f"{name}_gold",),
            denominator=("span_gold",),
            formula=f"expressions with the same span and {name} / expressions with the same span",
            source=_STRICT,
        )
        for name in FIGURES
        if name != "span"
    ),
)
