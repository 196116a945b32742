"""The facets that counts can be sliced by, as columns beside the rows of a span table."""

from __future__ import annotations

import pyarrow as pa

from goldwire.corpus.tables import Corpus
from goldwire.counts import Facet, IntArray
from goldwire.explaining.table import labels_of
from goldwire.tasks.codes import codes_in, integers, shared_labels
from goldwire.tasks.event_rows import realis_of
from goldwire.tasks.events import track_facet
from goldwire.tasks.spans import axis_step
from goldwire.tasks.zones import zone_facet

__all__ = ["tracked", "with_realis", "zoned"]


def zoned(gold: Corpus, table: pa.Table, unit: IntArray) -> pa.Table:
    """The table with a column ``zone``: the zone of the gold in which each row begins. unit: (rows,) its document."""
    step = axis_step(gold["zones"]["end"], table["end"])
    return table.append_column("zone", _labels(zone_facet(gold, step, unit * step + integers(table["start"]))))


def tracked(table: pa.Table, column: str = "type") -> pa.Table:
    """The table with a column ``track``: whether its event type, in ``column``, is one of the core types."""
    names = shared_labels(table[column])
    return table.append_column("track", _labels(track_facet(codes_in(table[column], names), names)))


def with_realis(table: pa.Table) -> pa.Table:
    """A table of triggers with a column ``realis``."""
    return table.append_column("realis", realis_of(table))


def _labels(facet: Facet) -> pa.Array:
    return labels_of(facet.labels, facet.codes)
