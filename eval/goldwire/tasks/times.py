"""Time expressions: spans, TIMEX3 types and values, compared as multisets within each document."""

from __future__ import annotations

import numpy as np

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Facet
from goldwire.tasks.spans import codes_in, equal_pairs, integers, shared_keys, shared_labels, unit_codes

__all__ = ["FIGURES", "count"]

FIGURES = {"span": (), "type": ("type",), "value": ("value",), "resolved": ("resolved",)}
"""What must agree beside the span."""


def count(gold: Corpus, pred: Corpus) -> Counts:
    """Counts of time expressions per document and type.

    Columns: ``gold``, ``pred``, and for each of FIGURES ``<figure>_gold`` and ``<figure>_pred``, the expressions of
    each side that the other has too (equal in total). A null value equals only another null. A repeated expression is a
    false positive.
    """
    tables = gold["times"], pred["times"]
    types = shared_labels(*(table["type"] for table in tables))
    unit = [unit_codes(table["doc_id"], gold.doc_ids) for table in tables]
    codes = {
        name: [codes_in(table[name], shared_labels(*(t[name] for t in tables))) for table in tables]
        for name in ("type", "value", "resolved")
    }
    n_gold, n_pred = len(unit[0]), len(unit[1])
    columns = {"gold": np.repeat([1.0, 0.0], [n_gold, n_pred]), "pred": np.repeat([0.0, 1.0], [n_gold, n_pred])}
    for figure, beside in FIGURES.items():
        keys = shared_keys(
            *(
                (unit[i], integers(table["start"]), integers(table["end"]), *(codes[name][i] for name in beside))
                for i, table in enumerate(tables)
            )
        )
        orders = [np.lexsort((codes["type"][i], keys[i])) for i in (0, 1)]
        found, right = equal_pairs(keys[0][orders[0]], keys[1][orders[1]])
        hit = np.zeros((2, n_gold + n_pred))
        hit[0, orders[0][found]] = 1
        hit[1, n_gold + orders[1][right]] = 1
        columns[f"{figure}_gold"], columns[f"{figure}_pred"] = hit
    facets = {"type": Facet(np.concatenate(codes["type"]), types)}
    return Counts.build(gold.doc_ids, np.concatenate(unit), facets, columns)
