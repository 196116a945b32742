"""Units that several systems share, where each system's predictions make units of their own.

A de-duplication unit is a connected component of documents under gold and predicted links, because pairs share
documents. Each system's links join other documents, so systems meet on the components of gold and *all* their links:
the finest partition that every system's units fit into whole. Counts are additive, so a joint unit's counts are the
sum of those of the units it is made of, and no file has to be matched again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import Counts, Cover, IntArray
from goldwire.errors import UsageError
from goldwire.tasks.pairs import chain, components, unit_names

__all__ = ["joint_units"]


def joint_units(counts: Sequence[Counts]) -> list[Counts]:
    """The same counts over units that all of them have; as they are where the units are the same already.

    Raises UsageError where there are no such units: other documents, or counts of files that do not say which
    documents a unit covers.
    """
    covers = [part.cover for part in counts]
    if all(cover is None for cover in covers):
        if any(part.units != counts[0].units for part in counts):
            raise UsageError(
                "the systems were scored on different units, and their results do not say which documents these cover; "
                "score them again with this version"
            )
        return list(counts)
    known = [cover for cover in covers if cover is not None]
    if len(known) < len(covers):
        raise UsageError(
            "one of the results does not say which documents its units cover; score it again with this version"
        )
    documents = known[0].documents
    units = [_in_order(cover, documents) for cover in known]
    if all(np.array_equal(unit, units[0]) for unit in units) and all(p.units == counts[0].units for p in counts):
        return list(counts)
    edges = [chain(unit) for unit in units]
    joint = components(len(documents), *(np.concatenate(ends) for ends in zip(*edges, strict=True)))
    names = unit_names(documents, joint)
    cover = Cover(documents, joint)
    return [
        replace(part, units=names, unit=_joined(unit, joint, len(part.units))[part.unit], cover=cover)
        for part, unit in zip(counts, units, strict=True)
    ]


def _in_order(cover: Cover, documents: tuple[str, ...]) -> IntArray:
    """(documents,) unit of each document, in the given order. Raises UsageError for other documents."""
    if cover.documents == documents:
        return cover.unit
    own = pa.array(cover.documents, pa.string())
    row = pc.index_in(pa.array(documents, pa.string()), own)
    if row.null_count or len(cover.documents) != len(documents):
        raise UsageError("the systems were scored on different documents")
    own_units: IntArray = cover.unit[row.to_numpy()]
    return own_units


def _joined(unit: IntArray, joint: IntArray, n: int) -> IntArray:
    """(n,) the joint unit that each of a system's units lies in."""
    of = np.zeros(n, np.int64)
    of[unit] = joint
    return of
