"""Measures of entity mentions."""

from __future__ import annotations

from goldwire.measures.core import Macro, Measure, prf

__all__ = ["MEASURES"]

_SOURCES = {
    "exact": "SemEval-2013 Task 9.1 (Segura-Bedmar et al. 2013), exact boundary matching",
    "strict": "CoNLL-2003 (Tjong Kim Sang & De Meulder 2003); SemEval-2013 Task 9.1, strict matching",
    "type": "SemEval-2013 Task 9.1 (Segura-Bedmar et al. 2013), type matching; optimal instead of greedy pairing",
    "partial": "SemEval-2013 Task 9.1 (Segura-Bedmar et al. 2013), partial boundary matching; optimal pairing",
    "overlap@0.5": "intersection over union (Jaccard 1912) of code points, threshold 0.5, optimal pairing",
    "head": "MUC-7 (Chinchor 1998), minimal and maximal extent of a mention; optimal pairing",
    "char": "character-level F1 over sets of code points, type by type",
}
_MATCHED = {
    "exact": "mentions paired with one of the same bounds",
    "strict": "mentions paired with one of the same bounds and type",
    "type": "mentions paired with an overlapping one of the same type",
    "partial": "1 per mention paired with one of the same bounds + 0.5 per mention paired with an overlapping one",
    "overlap@0.5": "mentions paired with one of the same type, |intersection| / |union| >= 0.5",
    "head": "mentions paired with one of the same type, each one's head inside the other",
    "char": "code points covered on both sides by mentions of the same type",
}
_ITEMS = {"char": "code points covered, summed over types"}


def _measures(scheme: str) -> tuple[Measure, ...]:
    """Precision, recall, F1 and macro-F1 over types of one scheme."""
    name, source = f"entities.{scheme}", _SOURCES[scheme]
    matched, items = _MATCHED[scheme], _ITEMS.get(scheme, "mentions")
    stem = scheme.partition("@")[0]
    characters = scheme == "char"
    precision, recall, f1 = prf(
        name,
        precision=("char_matched", "char_pred") if characters else (f"{stem}_pred", "pred"),
        recall=("char_matched", "char_gold") if characters else (f"{stem}_gold", "gold"),
        formulas=(f"{matched} / {items} predicted", f"{matched} / {items} in gold"),
        source=source,
    )
    macro = Macro(name=f"{name}.macro_f1", formula="mean of F1 over types", source=source, part=f1, facet="type")
    return precision, recall, f1, macro


MEASURES: tuple[Measure, ...] = tuple(measure for scheme in _SOURCES for measure in _measures(scheme))
