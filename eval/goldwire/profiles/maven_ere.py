"""MAVEN-ERE's event coreference: clusters of the gold mentions, whatever else is predicted."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, FloatArray, IntArray
from goldwire.measures.core import Custom, Mean, Measure, Sums, prf
from goldwire.profiles.maven_arg import partners
from goldwire.tasks.clusters import cluster_counts
from goldwire.tasks.codes import codes_in, shared_labels, unit_codes

__all__ = ["MEASURES", "count"]


def count(gold: Corpus, pred: Corpus) -> Counts:
    """Counts of two partitions of the gold mentions; those that the prediction lacks are alone in their cluster."""
    in_gold, clusters = _instances(gold["triggers"]), _instances(pred["triggers"])
    partner = partners(gold, pred)
    found = np.flatnonzero(partner >= 0)
    in_pred = int(clusters.max(initial=-1)) + 1 + np.arange(len(in_gold))
    in_pred[partner[found]] = clusters[found]
    unit = unit_codes(gold["triggers"]["doc_id"], gold.doc_ids)
    n = len(gold.doc_ids)
    return Counts(gold.doc_ids, np.arange(n), {}, cluster_counts(unit, in_gold, in_pred, n))


def _instances(triggers: pa.Table) -> IntArray:
    """(event mentions,) code of the instance; a mention without one is an instance of its own."""
    names = shared_labels(triggers["instance_id"])
    code = codes_in(triggers["instance_id"], names)
    return np.where(code < 0, len(names) + np.arange(len(code)), code)


_SOURCE = "Wang et al. (2022), evaluate.py"
_FAMILIES = {
    "b_cubed": ("b3_r_num", "gold_mentions", "b3_p_num", "pred_mentions", "Σ(n²/b) / Σb", "Σ(n²/a) / Σa"),
    "ceaf": ("ceafe_num", "gold_clusters", "ceafe_num", "pred_clusters",
             "Σ2n/(a + b) over the best alignment / predicted clusters",
             "Σ2n/(a + b) over the best alignment / gold clusters"),
    "muc": ("muc_num", "muc_r_den", "muc_num", "muc_p_den", "Σ(n - 1) / Σ(b - 1)", "Σ(n - 1) / Σ(a - 1)"),
}  # fmt: skip
_LINKS = ("links_num", "links_r_den", "links_p_den", "apart_num", "apart_r_den", "apart_p_den")


def _blanc(sums: Sums, figure: str) -> FloatArray:
    """Mean over links and non-links of n / (total + 0.000001), or of their F1, 0 where there are none."""
    total = np.zeros(())
    for kind in ("links", "apart"):
        common, ours, theirs = (np.asarray(sums[f"{kind}_{end}"]) for end in ("num", "r_den", "p_den"))
        if figure == "f1":
            links = ours + theirs
            total = total + np.where(links > 0, 2 * common / np.where(links > 0, links, 1), 0)
        else:
            total = total + common / ((theirs if figure == "precision" else ours) + 1e-6)
    return total / 2


def _measures() -> tuple[Measure, ...]:
    measures: list[Measure] = []
    f1: list[Measure] = []
    for name, (r_num, r_den, p_num, p_den, *formulas) in _FAMILIES.items():
        family = prf(
            f"maven-ere.{name}", precision=(p_num, p_den), recall=(r_num, r_den),
            formulas=(formulas[0], formulas[1]), source=_SOURCE, undefined=0.0,
        )  # fmt: skip
        measures += family
        f1.append(family[2])
    blanc = [
        Custom(
            name=f"maven-ere.blanc.{figure}",
            formula=f"mean {figure} of links and non-links; 0.000001 is added to what precision and recall divide by",
            source=_SOURCE,
            reads=_LINKS,
            function=partial(_blanc, figure=figure),
        )
        for figure in ("precision", "recall", "f1")
    ]
    mean = Mean(
        name="maven-ere.coreference",
        formula="mean of the four F1",
        source=_SOURCE,
        parts=(*f1, blanc[2]),
    )
    return (*measures, *blanc, mean)


MEASURES: tuple[Measure, ...] = _measures()
