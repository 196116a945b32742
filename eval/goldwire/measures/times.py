"""Measures of time expressions, from the counts of ``tasks.times``."""

from __future__ import annotations

from goldwire.measures.core import Measure, Ratio, prf
from goldwire.tasks.times import FIGURES

__all__ = ["MEASURES"]

_SOURCE = "TempEval-3 (UzZaman et al. 2013), strict spans"


def _figure(name: str, beside: tuple[str, ...]) -> tuple[Measure, ...]:
    what = "expressions with the same span" + "".join(f" and {part}" for part in beside)
    return prf(
        f"times.{name}",
        precision=(f"{name}_pred", "pred"),
        recall=(f"{name}_gold", "gold"),
        formulas=(f"{what} / expressions predicted", f"{what} / expressions in gold"),
        source=_SOURCE,
    )


MEASURES: tuple[Measure, ...] = (
    *(measure for name, beside in FIGURES.items() for measure in _figure(name, beside)),
    *(
        Ratio(
            name=f"times.{name}.accuracy",
            numerator=(f"{name}_gold",),
            denominator=("span_gold",),
            formula=f"expressions with the same span and {name} / expressions with the same span",
            source=_SOURCE,
        )
        for name in FIGURES
        if name != "span"
    ),
)
