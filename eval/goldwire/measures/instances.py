"""Measures of event instances as templates, from the counts of ``tasks.instances``."""

from __future__ import annotations

from goldwire.measures.core import Measure, Ratio, prf

__all__ = ["MEASURES"]

_REE = "predicted and gold role fillers of a document and type, aligned one-to-one within their role"
_TEMPLATES = "templates of a document and type aligned one-to-one"
_IN_ALIGNED = f"fillers of one role in aligned templates ({_TEMPLATES})"

MEASURES: tuple[Measure, ...] = (
    *prf(
        "instances.ceaf_ree",
        precision=("ree_matched", "ree_pred"),
        recall=("ree_matched", "ree_gold"),
        formulas=(
            f"Σ [all predicted mentions are gold ones] over {_REE} / predicted fillers",
            f"Σ [all predicted mentions are gold ones] over {_REE} / gold fillers",
        ),
        source="Du, Rush & Cardie (2021), CEAF-REE; fillers kept apart by event type, mentions compared by span",
    ),
    *prf(
        "instances.ceaf_ree_prop",
        precision=("ree_prop", "ree_pred"),
        recall=("ree_prop", "ree_gold"),
        formulas=(
            f"Σ common mentions / predicted mentions over {_REE} / predicted fillers",
            f"Σ common mentions / predicted mentions over {_REE} / gold fillers",
        ),
        source="Du, Rush & Cardie (2021), the proportional similarity of their evaluation script",
    ),
    *prf(
        "instances.ceaf_rme",
        precision=("rme_right", "rme_pred"),
        recall=("rme_found", "rme_gold"),
        formulas=(
            f"predicted fillers that share a mention with one in gold, over {_IN_ALIGNED} / predicted fillers",
            f"gold fillers hit, one by each predicted filler, over {_IN_ALIGNED} / gold fillers",
        ),
        source="Chen et al. (2023), CEAF-RME with φ-subset as their program computes it; ties go to recall",
    ),
    *prf(
        "instances.ceaf_rme_phi3",
        precision=("phi3_matched", "phi3_pred"),
        recall=("phi3_matched", "phi3_gold"),
        formulas=(
            f"Σ common mentions of {_IN_ALIGNED}, aligned one-to-one / mentions of predicted fillers",
            f"Σ common mentions of {_IN_ALIGNED}, aligned one-to-one / mentions of gold fillers",
        ),
        source="Chen et al. (2023), CEAF-RME with φ3 (Luo 2005)",
    ),
    *prf(
        "instances.template",
        precision=("template_matched", "template_pred"),
        recall=("template_matched", "template_gold"),
        formulas=(
            f"{_TEMPLATES} that share a mention of a role filler, or have no fillers / predicted templates",
            f"{_TEMPLATES} that share a mention of a role filler, or have no fillers / gold templates",
        ),
        source="Goldwire; the alignment of CEAF-RME with φ3",
    ),
    Ratio(
        name="instances.date.accuracy",
        numerator=("date_equal",),
        denominator=("date_both",),
        formula=f"equal dates / gold templates with a date; {_TEMPLATES} that share a mention of a role filler",
        source="Goldwire; the alignment of CEAF-RME with φ3",
    ),
)
