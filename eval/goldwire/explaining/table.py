"""The table of items: one schema for all tasks, so that lists, filters and differences are written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import IntArray

__all__ = ["CLASSES", "ITEMS", "build", "class_counts", "in_text_order", "taken"]

_name, _offset = pa.string(), pa.int32()

_SIDE = (
    ("row", _offset), ("id", _name), ("start", _offset), ("end", _offset), ("other_start", _offset),
    ("other_end", _offset), ("type", _name), ("event", _name), ("note", _name), ("level", _name), ("zone", _name),
    ("track", _name), ("realis", _name),
)  # fmt: skip

ITEMS = pa.schema(
    [
        ("kind", _name), ("doc_id", _name), ("other", _name), ("class", _name),
        *((f"gold_{name}", kind) for name, kind in _SIDE),
        *((f"pred_{name}", kind) for name, kind in _SIDE),
        ("near", _offset), ("score", pa.float64()), ("string", _name),
    ]
)  # fmt: skip
"""Columns of items.

kind:   mention, trigger, argument, time, link (of coreference), pair (of articles), passage; linked (a mention with its
        knowledge-base id), filler (of a role of an event instance), template (an event instance).
doc_id, other: the document, and the second one where an item lies in two.
class:  one of CLASSES of that kind.
<side>_row:   row of the corpus table the item stands in; null where that side has no such item.
<side>_id:    id of the mention, event or expression as its file gives it.
<side>_start, <side>_end: its span; <side>_other_start, <side>_other_end: that in ``other``, or the antecedent of a link.
<side>_type:  type; of an argument or filler its role, of a link its cluster, of a pair its level, of a passage its
              relation, of a linked mention its knowledge-base id or NIL.
<side>_event: of an argument or filler the type of its event, of a linked mention the type of the mention.
<side>_note:  of a mention its entity, of a trigger its instance, of an argument its event's id, of a time its value.
<side>_level, <side>_zone, <side>_track, <side>_realis: facets that its counts can be sliced by, where it has them.
near:   gold row that a predicted passage overlaps although it is not aligned with it.
score:  of the prediction.
string: the one predicted, where it has no place in the text (see ``formats.grounding``).
"""

CLASSES: Mapping[str, tuple[str, ...]] = {
    "mention": ("correct", "type", "boundary", "boundary+type", "missing", "spurious", "ungrounded"),
    "trigger": ("correct", "type", "span", "type+span", "missing", "spurious", "ungrounded"),
    "argument": ("correct", "role", "span", "role+span", "event", "missing", "spurious", "ungrounded"),
    "time": ("correct", "type", "value", "span", "missing", "spurious", "ungrounded"),
    "link": ("correct", "split", "missing", "merged", "spurious"),
    "pair": ("correct", "level", "missing", "spurious"),
    "passage": ("correct", "relation", "boundary", "joined", "missing", "fragmented", "look-alike", "spurious"),
    "linked": ("correct", "id", "missing", "spurious"),
    "filler": ("correct", "partial", "missing", "spurious"),
    "template": ("correct", "fillers", "missing", "spurious"),
}
"""Kind -> its classes, the right one first."""


def taken(column: pa.ChunkedArray | pa.Array, rows: IntArray) -> pa.Array:
    """Values of a column at the given rows; null where the row is -1."""
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not len(values):
        return pa.nulls(len(rows), values.type)
    return values.take(pa.array(rows, pa.int64(), mask=rows < 0))


def build(columns: Mapping[str, pa.Array | Sequence[object]], n: int) -> pa.Table:
    """A table of items; columns that are not given are null."""
    arrays = []
    for field in ITEMS:
        values = columns.get(field.name)
        if values is None:
            arrays.append(pa.nulls(n, field.type))
        elif isinstance(values, pa.Array):
            arrays.append(values.cast(field.type))
        else:
            arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=ITEMS)


def in_text_order(table: pa.Table, doc_ids: Sequence[str]) -> pa.Table:
    """Items by document, place in the text, and class."""
    where = pc.index_in(table["doc_id"].combine_chunks(), pa.array(doc_ids, pa.string()))
    other = pc.index_in(table["other"].combine_chunks(), pa.array(doc_ids, pa.string()))
    keys = {
        "doc": where,
        "other": pc.fill_null(other, -1),
        "start": pc.coalesce(table["gold_start"], table["pred_start"]),
        "end": pc.coalesce(table["gold_end"], table["pred_end"]),
        "class": table["class"],
        "type": pc.coalesce(table["gold_type"], table["pred_type"]),
        "row": pc.coalesce(table["gold_row"], table["pred_row"]),
    }
    order = pc.sort_indices(pa.table(keys), sort_keys=[(name, "ascending") for name in keys])
    return table.take(order)


def class_counts(table: pa.Table) -> dict[str, dict[str, int]]:
    """kind -> class -> number of items, in the order of CLASSES; kinds that do not occur are left out."""
    grouped = table.group_by(["kind", "class"]).aggregate([([], "count_all")]).to_pylist()
    found = {(row["kind"], row["class"]): int(row["count_all"]) for row in grouped}
    kinds = [kind for kind in CLASSES if any(key[0] == kind for key in found)]
    return {kind: {name: found.get((kind, name), 0) for name in CLASSES[kind]} for kind in kinds}


def labels_of(names: Sequence[str], codes: IntArray) -> pa.Array:
    """(n,) names by code; null for -1."""
    return pa.array(names, pa.string()).take(pa.array(codes, pa.int64(), mask=np.asarray(codes) < 0))
