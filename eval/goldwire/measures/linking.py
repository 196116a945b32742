"""Measures of entity linking."""

from __future__ import annotations

from goldwire.measures.core import Measure, Ratio, prf

__all__ = ["MEASURES"]

_KBP = "TAC-KBP 2014 (Ji, Nothman & Hachey 2014), as neleval"


def _links(name: str, what: str, source: str) -> tuple[Measure, ...]:
    return prf(
        f"linking.{name}",
        precision=(f"{name}_pred_right", f"{name}_pred"),
        recall=(f"{name}_gold_found", f"{name}_gold"),
        formulas=(f"{what} right / {what} predicted", f"{what} found / {what} in gold"),
        source=source,
    )


MEASURES: tuple[Measure, ...] = (
    Ratio(
        name="linking.accuracy",
        numerator=("inkb_gold_found",),
        denominator=("linked_found",),
        formula="gold mentions with a kb_id that are linked to it / those whose span was predicted; NIL is a wrong link",
        source="knowledge-base accuracy on recognised mentions, as Hachey et al. (2013) separate it from recognition",
    ),
    *_links("inkb", "mentions with a kb_id", f"{_KBP}, strong_link_match"),
    Ratio(
        name="linking.inkb.macro_f1",
        numerator=("inkb_f1",),
        denominator=("inkb_documents",),
        formula="mean of linking.inkb.f1 over the documents with a kb_id on either side",
        source="macro F1 over documents as in GERBIL (Usbeck et al. 2015), documents without links left out",
    ),
    *_links("all", "mentions by kb_id or NIL", f"{_KBP}, strong_all_match"),
    *prf(
        "linking.nil",
        precision=("nil_aligned", "nil_pred"),
        recall=("nil_aligned", "nil_gold"),
        formulas=(
            "NIL mentions in common under the best alignment of clusters / NIL mentions predicted",
            "NIL mentions in common under the best alignment of clusters / NIL mentions in gold",
        ),
        source=f"CEAFm (Luo 2005) over NIL mentions, {_KBP}, mention_ceaf; clusters within documents",
    ),
)
