"""Entity linking: mentions with the knowledge-base ids they are linked to.

A mention without kb_id is NIL: it is of an entity that the knowledge base lacks. Mentions are compared by exact span,
types ignored; a repeated prediction is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, FloatArray, IntArray
from goldwire.tasks.clusters import cluster_counts
from goldwire.tasks.codes import shared_codes, shared_keys
from goldwire.tasks.coref import partitions
from goldwire.tasks.mentions import Cells, Mentions, both_sides
from goldwire.tasks.spans import equal_pairs

__all__ = ["count"]


def count(gold: Corpus, pred: Corpus) -> Counts:
    """Counts of links per document, type, level and zone.

    Columns: ``inkb_gold`` and ``inkb_pred``, mentions with a kb_id, with ``inkb_gold_found`` and ``inkb_pred_right``,
    those that the other side links to the same id; ``all_...``, the same over all mentions, NIL as one more id.
    ``linked_found``: gold mentions with a kb_id whose span the prediction has, whatever it links it to.
    What describes a mention stands on a row with its facets.

    On one row per document without facets: ``inkb_documents``, 1 where either side has a kb_id, and ``inkb_f1``, the
    document's own F1 over links; ``nil_gold`` and ``nil_pred``, distinct spans of NIL mentions, and ``nil_aligned``, those
    in common under the best one-to-one alignment of their clusters. Clusters are entity_ids within the document; a
    mention without one is a cluster of its own.

    A predicted document that gold lacks or a malformed list of fragments raises UsageError.
    """
    layout, labels, sides = both_sides(gold, pred)
    _, kb = shared_codes(*(corpus["mentions"]["kb_id"] for corpus in (gold, pred)))
    linked = [code >= 0 for code in kb]
    same, elsewhere = _pairs(sides, kb)
    cells = Cells.of(layout, labels)
    columns: dict[str, FloatArray] = {}
    for i, (side, right) in enumerate((("gold", "gold_found"), ("pred", "pred_right"))):
        cell, hits = cells.mentions[i], same[i]
        columns[f"all_{side}"], columns[f"all_{right}"] = cells.sums(cell), cells.sums(cell[hits])
        columns[f"inkb_{side}"] = cells.sums(cell[linked[i]])
        columns[f"inkb_{right}"] = cells.sums(cell[hits[linked[i][hits]]])
    found = np.append(same[0], elsewhere[0])
    columns["linked_found"] = cells.sums(cells.mentions[0][found[linked[0][found]]])

    n = len(gold.doc_ids)
    of_gold, of_pred = (
        np.bincount(label.unit[links], minlength=n) for label, links in zip(labels, linked, strict=True)
    )
    right_links = np.bincount(labels[0].unit[same[0][linked[0][same[0]]]], minlength=n)
    documents = {
        "inkb_documents": (of_gold + of_pred > 0).astype(np.float64),
        "inkb_f1": 2 * right_links / np.maximum(of_gold + of_pred, 1),
        **_nil_clusters(gold, pred),
    }
    of_documents = Counts(gold.doc_ids, np.arange(n), {}, documents)
    return Counts.concat([cells.counts(gold.doc_ids, layout, columns), of_documents])


def _pairs(sides: Sequence[Mentions], kb: Sequence[IntArray]) -> tuple[list[IntArray], list[IntArray]]:
    """Table rows, per side, of the multiset intersection on span and id; and of what it leaves, on span."""
    keys = shared_keys(*((side.bounds, code[side.row]) for side, code in zip(sides, kb, strict=True)))
    order = [np.argsort(key, kind="stable") for key in keys]
    rows = [side.row[by_key] for side, by_key in zip(sides, order, strict=True)]
    bounds = [side.bounds[by_key] for side, by_key in zip(sides, order, strict=True)]
    same = equal_pairs(*(key[by_key] for key, by_key in zip(keys, order, strict=True)))
    left = [np.delete(np.arange(len(row)), taken) for row, taken in zip(rows, same, strict=True)]
    other = equal_pairs(*(bound[rest] for bound, rest in zip(bounds, left, strict=True)))
    return (
        [row[taken] for row, taken in zip(rows, same, strict=True)],
        [row[rest[taken]] for row, rest, taken in zip(rows, left, other, strict=True)],
    )


def _nil_clusters(gold: Corpus, pred: Corpus) -> dict[str, FloatArray]:
    """(documents,) NIL mentions of each side and those aligned."""
    nil_gold, nil_pred = (side["mentions"].filter(pc.is_null(side["mentions"]["kb_id"])) for side in (gold, pred))
    doc, in_gold, in_pred = partitions(nil_gold, nil_pred, gold.doc_ids, "entity_id")
    counts = cluster_counts(doc, in_gold, in_pred, len(gold.doc_ids))
    names = {"nil_gold": "gold_mentions", "nil_pred": "pred_mentions", "nil_aligned": "ceafm_num"}
    return {name: counts[of] for name, of in names.items()}
