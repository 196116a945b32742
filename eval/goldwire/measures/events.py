"""Measures of events, from the counts of ``tasks.events``."""

from __future__ import annotations

from goldwire.measures.clusters import cluster_measures
from goldwire.measures.core import Measure, Ratio, prf
from goldwire.tasks.events import ATTRIBUTES, FIGURES

__all__ = ["MEASURES"]

_WHAT = {
    "tri_i": "distinct trigger spans",
    "tri_c": "distinct (trigger span, type)",
    "arg_i": "distinct (event type, argument span)",
    "arg_c": "distinct (event type, argument span, role)",
    "arg_i_plus": "distinct (trigger, event type, argument span)",
    "arg_c_plus": "distinct (trigger, event type, argument span, role)",
}
_SOURCE = "Li, Ji & Huang (2013); sets per document as in TextEE (Huang et al. 2024)"


def _figure(name: str) -> tuple[Measure, ...]:
    what = _WHAT[name]
    return prf(
        f"events.{name}",
        precision=(f"{name}_pred_right", f"{name}_pred"),
        recall=(f"{name}_gold_found", f"{name}_gold"),
        formulas=(f"|gold ∩ predicted| / |predicted|, {what}", f"|gold ∩ predicted| / |gold|, {what}"),
        source=_SOURCE,
    )


def _contrast(prefix: str) -> Ratio:
    return Ratio(
        name=f"{prefix}.contrast",
        numerator=("contrast_apart",),
        denominator=("contrast_pairs",),
        formula="contrasted pairs of gold instances that no predicted cluster joins / those with mentions found of both",
        source="Goldwire",
    )


MEASURES: tuple[Measure, ...] = (
    *(measure for name in FIGURES for measure in _figure(name)),
    *(
        Ratio(
            name=f"events.{attribute}.accuracy",
            numerator=(f"{attribute}_equal",),
            denominator=(f"{attribute}_both",),
            formula=f"equal {attribute} / event mentions with the same trigger and type that state it on both sides",
            source="Goldwire",
        )
        for attribute in ATTRIBUTES
    ),
    *cluster_measures("event_coref"),
    _contrast("event_coref"),
    *cluster_measures("event_coref_corpus"),
    _contrast("event_coref_corpus"),
)
