"""The nested record shape shared by gold and prediction files, and its flattening into the corpus tables.

A file is a sequence of records. A record with ``doc_id`` describes one document (its mentions, events, times), one
with ``a`` and ``b`` a pair or a passage, one with ``doc_id`` and ``cluster`` a cluster membership. One Arrow schema
covers them all, so a file is read in one go and the kinds are told apart by the columns they fill.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import SCHEMAS
from goldwire.counts import IntArray
from goldwire.formats.columns import Int32Array, Integers
from goldwire.incidents import did_you_mean

__all__ = [
    "ATTRIBUTION",
    "DOCUMENT_LAYERS",
    "EVENT",
    "MENTION",
    "RECORD",
    "TIME",
    "ZONE",
    "Layer",
    "argument_layer",
    "combined",
    "conformed",
    "explode",
    "flatten",
    "item_layer",
]

_int, _str, _ints, _float = pa.int32(), pa.string(), pa.list_(pa.int32()), pa.float64()

MENTION = pa.struct(
    [("id", _str), ("start", _int), ("end", _int), ("fragments", _ints), ("text", _str), ("head", _ints),
     ("type", _str), ("level", _str), ("entity_id", _str), ("kb_id", _str), ("metonymic", pa.bool_()),
     ("score", _float)]
)  # fmt: skip
ARGUMENT = pa.struct(
    [("role", _str), ("start", _int), ("end", _int), ("text", _str), ("head", _ints), ("entity_id", _str),
     ("time_id", _str), ("event_id", _str), ("score", _float)]
)  # fmt: skip
ATTRIBUTION = pa.struct([("source", _str), ("via", _str), ("event", _str)])
EVENT = pa.struct(
    [("id", _str), ("type", _str), ("trigger", _ints), ("text", _str), ("head", _ints), ("instance_id", _str),
     ("polarity", _str), ("modality", _str), ("tense", _str), ("genericity", _str), ("attribution", ATTRIBUTION),
     ("times", pa.list_(_str)), ("arguments", pa.list_(ARGUMENT)), ("score", _float)]
)  # fmt: skip
TIME = pa.struct(
    [("id", _str), ("start", _int), ("end", _int), ("text", _str), ("type", _str), ("value", _str),
     ("resolved", _str), ("anchor", _str), ("basis", _str), ("score", _float)]
)  # fmt: skip
ZONE = pa.struct([("zone", _str), ("start", _int), ("end", _int)])

RECORD = pa.schema(
    [("doc_id", _str), ("text", _str), ("sha256", _str), ("length", _int), ("published", _str),
     ("zones", pa.list_(ZONE)), ("entities", pa.list_(MENTION)), ("events", pa.list_(EVENT)),
     ("times", pa.list_(TIME)), ("cluster", _str),
     ("a", _str), ("b", _str), ("a_start", _int), ("a_end", _int), ("b_start", _int), ("b_end", _int),
     ("score", _float), ("relation", _str), ("reuse_a", _str), ("reuse_b", _str), ("coverage_a", _float),
     ("coverage_b", _float), ("story", _str), ("provenance", _str),
     ("edits", pa.list_(_str)), ("operations", pa.list_(_str))]
)  # fmt: skip
"""Every field a gold or prediction record may hold."""

DOCUMENT_LAYERS = {"entities": "mentions", "events": "triggers", "times": "times"}
"""List field of a document record -> corpus table its items become."""


@dataclass(frozen=True)
class Layer:
    """One corpus table as read, with the way back to its place in the file.

    table:  the columns of SCHEMAS[name], and ``text`` where items may carry a copy of it.
    record: (rows,) index of the record a row comes from.
    item:   (rows,) index in that record's list, -1 where the record itself is the row.
    sub:    (rows,) index in the item's own list (arguments), -1 otherwise.
    """

    table: pa.Table
    record: Integers
    item: Integers
    sub: Integers

    @property
    def place(self) -> IntArray:
        """(rows,) one number for the record and the item in it, ascending as they come."""
        return (self.record.astype(np.int64) << 32) + self.item

    def take(self, keep: Any) -> Layer:
        """The rows where the boolean array ``keep`` is true."""
        if keep.all():
            return self
        return Layer(self.table.filter(pa.array(keep)), self.record[keep], self.item[keep], self.sub[keep])


def flatten(records: pa.Table) -> dict[str, Layer]:
    """Corpus tables of a table of records (of schema RECORD), one Layer per table the file speaks of.

    A list field that is null in every record is a layer the file says nothing about and yields no Layer.
    """
    columns = {name: combined(records[name]) for name in RECORD.names}
    present = {name: ~_nulls(column) for name, column in columns.items()}
    pair = present["a"] | present["b"]
    passage = pair & (present["a_start"] | present["a_end"] | present["b_start"] | present["b_end"])
    clustered = present["cluster"]
    layers: dict[str, Layer] = {}
    for field, name in DOCUMENT_LAYERS.items():
        if present[field].any():
            items, record, item = explode(columns[field])
            layers[name] = item_layer(name, columns["doc_id"], items, record, item)
            if field == "events":
                layers["arguments"] = argument_layer(columns["doc_id"], items, record, item)
    if present["zones"].any():
        items, record, item = explode(columns["zones"])
        layers["zones"] = item_layer("zones", columns["doc_id"], items, record, item)
    document = ~pair & ~clustered
    if document.any():
        layers["articles"] = _rows("articles", columns, document)
    for name, rows in (("links", pair & ~passage), ("passages", passage), ("clusters", clustered)):
        if rows.any():
            layers[name] = _rows(name, columns, rows)
    return layers


def _nulls(array: pa.Array) -> Any:
    return array.is_null().to_numpy(zero_copy_only=False)


def _lengths(lists: pa.Array) -> Int32Array:
    lengths: Int32Array = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    return lengths


def explode(lists: pa.Array) -> tuple[pa.Array, Int32Array, Int32Array]:
    """Items of all lists, the index of the list each came from, and its position in it."""
    lengths = _lengths(lists)
    record = np.repeat(np.arange(len(lists), dtype=np.int32), lengths)
    item = np.arange(len(record), dtype=np.int32)
    item -= np.repeat(np.cumsum(lengths, dtype=np.int32) - lengths, lengths)
    return lists.flatten(), record, item


def _none(rows: int) -> Int32Array:
    """(rows,) of -1, without the memory."""
    return np.broadcast_to(np.int32(-1), rows)


def _rows(name: str, columns: dict[str, pa.Array], keep: Any) -> Layer:
    rows = np.flatnonzero(keep).astype(np.int32)
    schema = SCHEMAS[name]
    taken = pa.array(rows)
    table = pa.table(  # null is what only gold states
        [columns[f.name].take(taken) if f.name in columns else pa.nulls(len(rows), f.type) for f in schema],
        schema=schema,
    )
    return Layer(table, rows, _none(len(rows)), _none(len(rows)))


def item_layer(name: str, doc_id: pa.Array, items: pa.Array, record: Integers, item: Integers) -> Layer:
    """Rows of one document layer from its struct items."""
    fields = dict(zip([field.name for field in items.type], items.flatten(), strict=True))
    arrays = {"doc_id": doc_id.take(pa.array(record))}
    identifier = {"mentions": "mention_id", "times": "time_id"}.get(name)
    if identifier:
        arrays[identifier] = fields["id"]
    if name == "triggers":
        arrays["event_id"] = _event_ids(fields["id"], item)
        arrays["start"], arrays["end"], arrays["fragments"] = _envelope(fields["trigger"])
        attribution = dict(zip(["source", "via", "statement"], fields["attribution"].flatten(), strict=True))
        arrays |= attribution
    elif name == "mentions" and fields["fragments"].null_count < len(items):
        start, end, arrays["fragments"] = _envelope(fields["fragments"])
        arrays["start"] = pc.coalesce(fields["start"], start)
        arrays["end"] = pc.coalesce(fields["end"], end)
    if name in ("mentions", "triggers"):
        arrays["head_start"], arrays["head_end"] = _heads(fields["head"])
    schema = SCHEMAS[name]
    table = pa.table([arrays.get(field.name, fields.get(field.name)) for field in schema], schema=schema)
    if "text" in fields:
        table = table.append_column("text", fields["text"])
    return Layer(table, record, item, _none(len(record)))


def argument_layer(doc_id: pa.Array, events: pa.Array, record: Integers, item: Integers) -> Layer:
    """Rows of ``arguments`` from event struct items; ``record`` and ``item`` say where each event stands."""
    fields = dict(zip([field.name for field in events.type], events.flatten(), strict=True))
    items, event, sub = explode(fields["arguments"])
    inner = dict(zip([field.name for field in items.type], items.flatten(), strict=True))
    arrays = {
        "doc_id": doc_id.take(pa.array(record[event])),
        "event_id": _event_ids(fields["id"], item).take(pa.array(event)),
        "target_event_id": inner["event_id"],
    }
    arrays["head_start"], arrays["head_end"] = _heads(inner["head"])
    schema = SCHEMAS["arguments"]
    table = pa.table([arrays.get(field.name, inner.get(field.name)) for field in schema], schema=schema)
    return Layer(table.append_column("text", inner["text"]), record[event], item[event], sub)


def _heads(lists: pa.Array) -> tuple[pa.Array, pa.Array]:
    """(start, end) of heads, null where none is stated; a list that is no pair is at -1, where no head can be."""
    if lists.null_count == len(lists):
        return (pa.nulls(len(lists), pa.int32()),) * 2
    lengths = _lengths(lists)
    broken = pa.array((lengths != 0) & (lengths != 2))
    start, end, _ = _envelope(lists)
    return pc.if_else(broken, -1, start), pc.if_else(broken, -1, end)


def _event_ids(ids: pa.Array, item: Integers) -> pa.Array:
    """Ids of events; those without one are named by their place, so that their arguments find them."""
    return pc.coalesce(ids, pc.binary_join_element_wise(pa.scalar("#"), pa.array(item).cast(pa.string()), ""))


def _envelope(lists: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """(start, end, fragments) of flat span lists: outer borders, null for anything but pairs of numbers.

    Fragments are kept only where there are two or more; a plain [start, end] is a span in one piece.
    """
    lengths = _lengths(lists)
    values = lists.flatten()
    broken = _nulls(values)
    numbers = pc.fill_null(values, 0).to_numpy(zero_copy_only=False)
    first = np.cumsum(lengths) - lengths
    usable = (lengths >= 2) & (lengths % 2 == 0)
    if broken.any():
        usable &= np.bincount(np.repeat(np.arange(len(lengths)), lengths), broken, len(lengths)) == 0
    low, high = np.zeros(len(lengths), np.int32), np.zeros(len(lengths), np.int32)
    low[usable] = numbers[first[usable]]
    high[usable] = numbers[(first + lengths - 1)[usable]]
    whole = pa.array(~usable)
    fragments = pc.if_else(pa.array(lengths > 2), lists, pa.scalar(None, lists.type))
    return pa.array(low, mask=whole.to_numpy(False)), pa.array(high, mask=whole.to_numpy(False)), fragments


# ------------------------------------------------------------------------------------------------------- into shape


def combined(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    if column.num_chunks == 1:
        return column.chunk(0)
    whole = column.combine_chunks()
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def conformed(array: pa.Array, kind: pa.DataType, name: str, strange: dict[str, str | None]) -> pa.Array:
    """The array as ``kind``: struct fields by name (missing ones null), lists item by item, numbers cast safely.

    Fields that ``kind`` lacks go into ``strange``, each with the one of ``kind`` it may be a misspelling of. Raises
    pa.ArrowInvalid, pa.ArrowTypeError or pa.ArrowNotImplementedError where the array holds something else.
    """
    own = array.type
    if own == kind or pa.types.is_null(own):
        return array.cast(kind)
    if pa.types.is_struct(kind) and pa.types.is_struct(own):
        at = {field.name: i for i, field in enumerate(own)}
        known = {field.name for field in kind}
        strange |= {f"{name}.{key}": did_you_mean(key, known - at.keys()) for key in at.keys() - known}
        parts = array.flatten()
        absent = {f.type: pa.nulls(len(array), f.type) for f in kind if f.name not in at}  # shared: they are not small
        fields = [
            conformed(parts[at[f.name]], f.type, f"{name}.{f.name}", strange) if f.name in at else absent[f.type]
            for f in kind
        ]
        return pa.StructArray.from_arrays(fields, fields=list(kind), mask=array.is_null())
    if pa.types.is_list(kind) and (pa.types.is_list(own) or pa.types.is_large_list(own)):
        lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
        ends = pa.array(np.r_[0, np.cumsum(lengths)].astype(np.int32))
        items = conformed(array.flatten(), kind.value_type, name, strange)
        return pa.ListArray.from_arrays(ends, items, mask=array.is_null())
    plain = own.value_type if pa.types.is_dictionary(own) else own
    if any(is_of(kind) and is_of(plain) for is_of in _ALIKE) or (pa.types.is_floating(kind) and _is_number(plain)):
        return array.cast(kind)
    raise pa.ArrowTypeError("a value of another kind")


def _is_string(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


_ALIKE = (_is_string, pa.types.is_integer, pa.types.is_boolean)
