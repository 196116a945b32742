"""Measures of events, from the counts of ``tasks.events``.

The formulas speak of distinct items, which is what sets hold; with container="multiset" every repeat is an item.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldwire.counts import FloatArray
from goldwire.measures.clusters import cluster_measures
from goldwire.measures.core import F1, Macro, Measure, Ratio, Sums, prf
from goldwire.tasks.events import ARGUMENT_MATCHES, ATTRIBUTES, FIGURES, TRIGGER_MATCHES

__all__ = ["MEASURES"]

_WHAT = {
    "tri_i": "distinct trigger {what}s",
    "tri_c": "distinct (trigger {what}, type)",
    "arg_i": "distinct (event type, argument {what})",
    "arg_c": "distinct (event type, argument {what}, role)",
    "arg_i_plus": "distinct ({trigger}, event type, argument {what})",
    "arg_c_plus": "distinct ({trigger}, event type, argument {what}, role)",
}
_COMPARED = {"exact": "span", "head": "head", "overlap": "span", "coref": "entity", "string": "string"}
_MACRO = {"tri_c": "type", "arg_c": "role", "arg_c_plus": "role"}
_SETS = "Li, Ji & Huang (2013); sets per document as in TextEE (Huang et al. 2024)"
_SOURCES = {
    "exact": _SETS,
    "head": "Li, Ji & Huang (2013), heads of arguments; " + _SETS,
    "overlap": "Dice (1945) over code points, optimal one-to-one alignment",
    "coref": "Li, Ji & Han (2021), coreferential matching of arguments, one to one by gold entity",
    "string": "Tong et al. (2022, DocEE) and Du & Cardie (2020), strings of fillers; as sets on both sides",
}


@dataclass(frozen=True, kw_only=True)
class _Given(Ratio):
    """A ratio that is undefined wherever one of the columns ``given`` sums to nothing: there is nothing to compare."""

    given: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of both sums and those that must not be zero."""
        return tuple(dict.fromkeys((*super().columns, *self.given)))

    def fraction(self, sums: Sums) -> tuple[FloatArray, FloatArray]:
        """Both sums, 0 and 0 where there is nothing to compare."""
        numerator, denominator = super().fraction(sums)
        given = np.all([np.asarray(sums[name]) > 0 for name in self.given], axis=0)
        return numerator * given, denominator * given


def _figure(figure: str, match: str) -> list[Measure]:
    """Precision, recall and F1 of one figure under one match, and macro-F1 where the match is exact."""
    stem = figure if match == "exact" else f"{figure}@{match}"
    trigger = "trigger head" if match == "head" else "trigger"
    what = _WHAT[figure].format(what=_COMPARED[match], trigger=trigger)
    common = "Σ Dice of the aligned" if match == "overlap" else "|gold ∩ predicted|"
    measures = prf(
        f"events.{stem}",
        precision=(f"{stem}_pred_right", f"{stem}_pred"),
        recall=(f"{stem}_gold_found", f"{stem}_gold"),
        formulas=(f"{common} / |predicted|, {what}", f"{common} / |gold|, {what}"),
        source=_SOURCES[match],
    )
    if match == "coref":
        return [*_where_given(*measures, given=("linked_gold",))]
    if match == "exact" and figure in _MACRO:
        macro, facet = f"events.{figure}.macro_f1", _MACRO[figure]
        formula = f"mean of F1 over {facet}s"
        return [*measures, Macro(name=macro, formula=formula, source=_SETS, part=measures[2], facet=facet)]
    return [*measures]


def _attribute(name: str) -> list[Measure]:
    """Accuracy over the event mentions found, and F1 over those that state the attribute."""
    accuracy = Ratio(
        name=f"events.{name}.accuracy",
        numerator=(f"{name}_gold_found",),
        denominator=(f"{name}_both",),
        formula=f"equal {name} / event mentions with the same trigger and type that state it on both sides",
        source="Goldwire",
    )
    what = f"distinct (trigger, event type) with the {name} they state"
    ratios = prf(
        f"events.{name}",
        precision=(f"{name}_pred_right", f"{name}_pred"),
        recall=(f"{name}_gold_found", f"{name}_gold"),
        formulas=(f"|gold ∩ predicted| / |predicted|, {what}", f"|gold ∩ predicted| / |gold|, {what}"),
        source="TAC KBP 2015 event nugget track, realis; with every mention stated it is F1 of tri_c x accuracy",
    )
    return [accuracy, *_where_given(*ratios, given=(f"{name}_gold", f"{name}_pred"))]


def _where_given(precision: Ratio, recall: Ratio, f1: F1, *, given: tuple[str, ...]) -> tuple[Measure, ...]:
    """The same measures, undefined where a column of ``given`` sums to nothing."""
    p, r = (_Given(**vars(ratio), given=given) for ratio in (precision, recall))
    return p, r, F1(**{**vars(f1), "precision": p, "recall": r})


def _contrast(prefix: str) -> Ratio:
    return Ratio(
        name=f"{prefix}.contrast",
        numerator=("contrast_apart",),
        denominator=("contrast_pairs",),
        formula="contrasted pairs of gold instances that no predicted cluster joins / those with mentions found of both",
        source="Goldwire",
    )


MEASURES: tuple[Measure, ...] = (
    *(
        measure
        for figure in FIGURES
        for match in (TRIGGER_MATCHES if figure.startswith("tri") else ARGUMENT_MATCHES)
        for measure in _figure(figure, match)
    ),
    *(measure for attribute in ATTRIBUTES for measure in _attribute(attribute)),
    *cluster_measures("event_coref"),
    _contrast("event_coref"),
    *cluster_measures("event_coref_corpus"),
    _contrast("event_coref_corpus"),
)
