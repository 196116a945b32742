"""Zones of the gold (headline, body, caption, ...) as a facet of whatever begins at a position."""

from __future__ import annotations

import numpy as np

from goldwire.corpus.tables import Corpus
from goldwire.counts import Facet, IntArray
from goldwire.tasks.codes import codes_in, integers, shared_labels

__all__ = ["zone_facet"]


def zone_facet(gold: Corpus, step: int, at: IntArray) -> Facet:
    """The gold zone that each position on the axis lies in, -1 outside all zones; zones do not overlap.

    step: room for one document on the axis (see ``tasks.spans``).
    """
    table = gold["zones"]
    if not len(table):
        return Facet(np.full(len(at), -1), ())
    base = codes_in(table["doc_id"], gold.doc_ids) * step
    names = shared_labels(table["zone"])
    # A zone before the axis gives every position a zone that starts no later.
    lo, hi = np.append(base + integers(table["start"]), -step), np.append(base + integers(table["end"]), -step)
    zone = np.append(codes_in(table["zone"], names), -1)
    order = np.lexsort((zone, hi, lo))
    latest = order[np.searchsorted(lo[order], at, side="right") - 1]
    return Facet(np.where(at < hi[latest], zone[latest], -1), names)
