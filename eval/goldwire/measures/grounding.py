"""Measures of strings without offsets, from the counts of ``tasks.grounding``."""

from __future__ import annotations

from goldwire.measures.core import Measure, Ratio, prf

__all__ = ["MEASURES"]

_MEANING = {
    "exact": "strings that stand in the text as they are spelt",
    "normalised": "strings that stand there but for case, white space, quotes, dashes or Unicode composition",
    "ambiguous": "strings that stand at more places than were named, so that the place is a guess",
    "duplicate": "strings named more often than they stand there",
    "ungrounded": "strings that stand nowhere in the text",
}
_SOURCE = "Goldwire"

MEASURES: tuple[Measure, ...] = (
    *(
        Ratio(
            name=f"grounding.{label}",
            numerator=(label,),
            denominator=("strings",),
            formula=f"{meaning} / predicted items that give a string in place of offsets",
            source=_SOURCE,
            better="higher" if label == "exact" else "lower",
        )
        for label, meaning in _MEANING.items()
    ),
    *prf(
        "grounding.text",
        precision=("text_pred", "pred"),
        recall=("text_gold", "gold"),
        formulas=(
            "items of the multiset intersection of (string, label) per document / items predicted",
            "items of the multiset intersection of (string, label) per document / items in gold, of the predicted layers",
        ),
        source="position-free scoring of strings; Goldwire",
    ),
)
