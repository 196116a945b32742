"""Measures that compare two partitions, from the counts of goldwire.tasks.clusters.

In the formulas a are the sizes of gold clusters, b those of predicted ones, n the numbers of items two clusters have
in common (where any), and pairs(x) = x(x - 1)/2. Documents are aggregated by summing numerators and denominators.
Items that only one side has lower precision or recall; singletons count unless the option says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import partial
from typing import Literal, NamedTuple

import numpy as np

from goldwire.counts import FloatArray
from goldwire.measures.core import Custom, Mean, Measure, Sums, prf
from goldwire.measures.partitions import partition_measures

__all__ = ["FAMILIES", "MEASURES", "BlancRule", "cluster_measures"]

BlancRule = Literal["both", "key-only"]


class _Family(NamedTuple):
    """Precision, recall and F1 of one name: numerators and denominators of recall and of precision, as columns."""

    name: str
    r_num: str
    r_den: str
    p_num: str
    p_den: str
    recall: str
    precision: str
    source: str


_ALIGNED = "over the best one-to-one alignment of clusters"
_PERL = "as in the CoNLL reference scorer 8.01 (Pradhan et al. 2014)"
_FAMILIES = (
    _Family(
        "mentions", "common_mentions", "gold_mentions", "common_mentions", "pred_mentions",
        "Σn / Σa", "Σn / Σb", "set operations over the items, types ignored",
    ),
    _Family(
        "muc", "muc_num", "muc_r_den", "muc_num", "muc_p_den",
        "Σ(n - 1) / Σ(a - 1)", "Σ(n - 1) / Σ(b - 1)", "Vilain et al. 1995",
    ),
    _Family(
        "b3", "b3_r_num", "gold_mentions", "b3_p_num", "pred_mentions",
        "Σ(n²/a) / Σa", "Σ(n²/b) / Σb", f"Bagga & Baldwin 1998, {_PERL}",
    ),
    _Family(
        "ceafm", "ceafm_num", "gold_mentions", "ceafm_num", "pred_mentions",
        f"Σn {_ALIGNED} / Σa", f"Σn {_ALIGNED} / Σb", f"Luo 2005 (φ3), {_PERL}",
    ),
    _Family(
        "ceafe", "ceafe_num", "gold_clusters", "ceafe_num", "pred_clusters",
        f"Σ2n/(a + b) {_ALIGNED} / gold clusters", f"Σ2n/(a + b) {_ALIGNED} / predicted clusters",
        f"Luo 2005 (φ4), {_PERL}",
    ),
    _Family(
        "lea", "lea_r_num", "gold_mentions", "lea_p_num", "pred_mentions",
        "Σ(a·pairs(n)/pairs(a)) / Σa; a cluster of one counts 1 if predicted as such, else 0",
        "Σ(b·pairs(n)/pairs(b)) / Σb; a cluster of one counts 1 if it is one in gold, else 0",
        "Moosavi & Strube 2016",
    ),
    _Family(
        "links", "links_num", "links_r_den", "links_num", "links_p_den",
        "Σpairs(n) / Σpairs(a)", "Σpairs(n) / Σpairs(b)", "pairwise comparison; the coreference links of BLANC",
    ),
    _Family(
        "exact", "exact_num", "gold_clusters", "exact_num", "pred_clusters",
        "clusters with n = a = b / gold clusters", "clusters with n = a = b / predicted clusters",
        "set operations over whole clusters",
    ),
)  # fmt: skip


FAMILIES = (*(family.name for family in _FAMILIES), "blanc", "conll")
"""Names of what ``cluster_measures`` yields, each but the last with precision, recall and F1."""

_CROSS = _Family(
    "cross_links", "cross_links_num", "cross_links_r_den", "cross_links_num", "cross_links_p_den",
    "Σpairs(n) / Σpairs(a), pairs of two documents alone", "Σpairs(n) / Σpairs(b), pairs of two documents alone",
    "pairwise comparison, the links of the corpus less those within documents",
)  # fmt: skip


def cluster_measures(
    prefix: str,
    blanc: BlancRule = "both",
    *,
    only: Collection[str] = FAMILIES,
    undefined: float = math.nan,
    whole: bool = False,
) -> tuple[Measure, ...]:
    """All measures of two partitions under ``prefix``: `<prefix>.b3.f1`, ..., `<prefix>.conll`.

    blanc: which kinds of links (coreference, non-coreference) BLANC takes the mean over where one is missing. "both"
        leaves a kind out only if neither side has links of it (Luo et al. 2014, the CorefUD scorer); "key-only" leaves
        it out if gold has none (Recasens & Hovy 2011, the CoNLL reference scorer), so that inventing links of that
        kind costs nothing and the measure is not symmetric in the two sides.
    only, undefined: which of FAMILIES, and what 0/0 gives: profiles print fewer, and 0.
    whole: BLANC's non-coreference links are all pairs of items of the partition, not those within a unit: units that
        are components follow from the predictions, which then would choose what is counted.
    """
    families = {family.name: _ratios(prefix, family, undefined) for family in _FAMILIES}
    families["blanc"] = _blanc_family(f"{prefix}.blanc", blanc, undefined, whole=whole)
    families["conll"] = (
        Mean(
            name=f"{prefix}.conll",
            formula="(F1 of MUC + F1 of B³ + F1 of CEAFe) / 3",
            source="Denis & Baldridge 2009; Pradhan et al. 2012",
            parts=tuple(families[name][2] for name in ("muc", "b3", "ceafe")),
        ),
    )
    return tuple(measure for name in FAMILIES if name in only for measure in families[name])


def _corpus_measures(prefix: str) -> tuple[Measure, ...]:
    """What only clusters that run through a corpus have: links across documents, and measures of whole partitions."""
    return (*_ratios(prefix, _CROSS, math.nan), *partition_measures(prefix))


def _ratios(prefix: str, family: _Family, undefined: float) -> tuple[Measure, ...]:
    return prf(
        f"{prefix}.{family.name}",
        precision=(family.p_num, family.p_den),
        recall=(family.r_num, family.r_den),
        formulas=(family.precision, family.recall),
        source=family.source,
        undefined=undefined,
    )


_BLANC_COLUMNS = ("links_num", "links_r_den", "links_p_den", "apart_num", "apart_r_den", "apart_p_den")
_WHOLE_COLUMNS = (
    "links_num", "links_r_den", "links_p_den", "gold_mentions", "pred_mentions", "common_mentions", "common_in_gold",
    "common_in_pred",
)  # fmt: skip
_BLANC_SOURCE = {
    "both": "Luo et al. 2014; a kind without links on both sides is left out",
    "key-only": "Recasens & Hovy 2011, the CoNLL reference scorer 8.01; a kind without gold links is left out",
}
_BLANC_FORMULA = {
    "precision": "mean over coreference and non-coreference links of common / predicted links",
    "recall": "mean over coreference and non-coreference links of common / gold links",
    "f1": "mean over coreference and non-coreference links of 2 common / (gold + predicted links)",
}


def _blanc_family(name: str, rule: BlancRule, undefined: float, *, whole: bool) -> tuple[Measure, ...]:
    return tuple(
        Custom(
            name=f"{name}.{figure}",
            formula=formula,
            source=_BLANC_SOURCE[rule],
            reads=_WHOLE_COLUMNS if whole else _BLANC_COLUMNS,
            function=partial(_whole_blanc if whole else _blanc, figure=figure, rule=rule, undefined=undefined),
            undefined=undefined,
        )
        for figure, formula in _BLANC_FORMULA.items()
    )


def _blanc(sums: Sums, figure: str, rule: BlancRule, undefined: float) -> FloatArray:
    """Mean over the kinds of links that the rule keeps; a kept kind that the side lacks counts 0.

    Undefined where the side has no links at all.
    """
    total, kinds, links = np.zeros(()), np.zeros(()), np.zeros(())
    for kind in ("links", "apart"):
        gold, pred = np.asarray(sums[f"{kind}_r_den"]), np.asarray(sums[f"{kind}_p_den"])
        base = {"recall": gold, "precision": pred, "f1": (gold + pred) / 2}[figure]
        kept = (gold if rule == "key-only" else gold + pred) > 0
        total = total + np.where(kept, sums[f"{kind}_num"] / np.where(base == 0, 1, base), 0)
        kinds = kinds + kept
        links = links + base
    return np.where((kinds > 0) & (links > 0), total / np.maximum(kinds, 1), undefined)


def _whole_blanc(sums: Sums, figure: str, rule: BlancRule, undefined: float) -> FloatArray:
    """BLANC whose non-coreference links are all pairs of items apart, which the numbers of items give."""

    def pairs(of: str) -> FloatArray:
        return np.asarray(sums[of] * (sums[of] - 1) / 2)

    apart = {
        "apart_num": pairs("common_mentions") - sums["common_in_gold"] - sums["common_in_pred"] + sums["links_num"],
        "apart_r_den": pairs("gold_mentions") - sums["links_r_den"],
        "apart_p_den": pairs("pred_mentions") - sums["links_p_den"],
    }
    return _blanc({**sums, **apart}, figure, rule, undefined)


MEASURES: tuple[Measure, ...] = (
    *cluster_measures("coref"),
    *cluster_measures("coref_corpus"),
    *_corpus_measures("coref_corpus"),
    *_corpus_measures("event_coref_corpus"),
    *cluster_measures("clusters", whole=True),
    *partition_measures("clusters"),
)
