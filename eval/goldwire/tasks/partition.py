"""Clusters of articles against gold that is a partition: synthetic corpora and other people's gold.

Gold that holds linked pairs is no partition (reuse is not transitive) and is scored by ``tasks.duplicates`` instead.
"""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, IntArray
from goldwire.tasks.clusters import contingency, whole_counts
from goldwire.tasks.codes import unit_codes
from goldwire.tasks.pairs import chain, cluster_of, components, covering, unit_names

__all__ = ["count"]


def count(gold: Corpus, pred: Corpus, *, singletons: str = "keep") -> Counts:
    """Counts of all cluster measures, one row per unit: a connected component of gold and predicted clusters.

    Every gold document is an item; one without a cluster is a cluster of its own on that side, so that leaving
    documents out is never free. Predictions that come as links are closed into clusters: links whose relation is
    "none" or whose score is below the header's ``threshold`` are left out.

    singletons: "keep", or "drop" to leave out, on both sides alike, clusters of one document.

    Raises UsageError when a document is in several clusters.
    """
    of_gold, of_pred = _partitions(gold, pred)
    (gold_a, gold_b), (pred_a, pred_b) = chain(of_gold), chain(of_pred)
    unit = components(len(gold.doc_ids), np.r_[gold_a, pred_a], np.r_[gold_b, pred_b])
    units = unit_names(gold.doc_ids, unit)
    table = contingency(unit, of_gold, of_pred, len(units), singletons=singletons)
    return covering(whole_counts(table, units), gold.doc_ids, unit)


def _partitions(gold: Corpus, pred: Corpus) -> tuple[IntArray, IntArray]:
    """(documents,) gold and predicted cluster of each document."""
    of_gold = cluster_of(gold["clusters"], gold.doc_ids)
    return of_gold, cluster_of(pred["clusters"], gold.doc_ids) if "clusters" in pred else _closed(pred, gold.doc_ids)


def _closed(pred: Corpus, doc_ids: tuple[str, ...]) -> IntArray:
    """(documents,) connected component of each document under the predicted links."""
    table = pred["links"]
    threshold = pred.meta.get("threshold")
    kept = pc.fill_null(pc.not_equal(table["relation"], "none"), True)
    if threshold is not None:
        kept = pc.and_(kept, pc.fill_null(pc.greater_equal(table["score"], threshold), True))
    table = table.filter(kept)
    return components(len(doc_ids), *(unit_codes(table[side], doc_ids) for side in ("a", "b")))
