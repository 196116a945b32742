"""What one system gets right and another wrong."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["DIFFERENCES", "differences"]

DIFFERENCES = pa.schema(
    [
        ("kind", pa.string()), ("doc_id", pa.string()), ("other", pa.string()), ("better", pa.string()),
        ("class_a", pa.string()), ("class_b", pa.string()), ("item_a", pa.int64()), ("item_b", pa.int64()),
    ]
)  # fmt: skip
"""better: "a" or "b"; class_a, class_b: what either makes of it, null where it does not have the item at all;
item_a, item_b: row of the tables compared."""

_PLACE = (
    "kind", "doc_id", "other", "pred_start", "pred_end", "pred_other_start", "pred_other_end", "pred_type", "pred_event",
)  # fmt: skip


def differences(a: pa.Table, b: pa.Table) -> pa.Table:
    """Items of two systems on the same gold that one gets right and the other wrong, in the order of the first table.

    a, b: tables of ``items`` of the same task and gold. Gold items that just one of them has right; and predictions
    that are in just one of them and have no gold item: there the other is better.
    """
    a, b = (table.append_column("item", pa.array(range(len(table)), pa.int64())) for table in (a, b))
    return pa.concat_tables([_of_gold(a, b), _only(a, b, first=True), _only(b, a, first=False)])


def _of_gold(a: pa.Table, b: pa.Table) -> pa.Table:
    """Gold items whose class is "correct" in one table only."""
    sides = [
        table.filter(pc.is_valid(table["gold_row"])).select(["kind", "gold_row", "doc_id", "other", "class", "item"])
        for table in (a, b)
    ]
    theirs = sides[1].select(["kind", "gold_row", "class", "item"])
    both = sides[0].join(theirs, ["kind", "gold_row"], join_type="inner", right_suffix="_b").sort_by("item")
    right = [pc.equal(both[name], "correct") for name in ("class", "class_b")]
    both = both.append_column("right", right[0]).filter(pc.xor(*right))
    return _table(
        both, both["class"], both["class_b"], both["item"], both["item_b"], pc.if_else(both["right"], "a", "b")
    )


def _only(own: pa.Table, other: pa.Table, *, first: bool) -> pa.Table:
    """Predictions without a gold item that the other table does not have, so that the other is better."""
    spurious = own.filter(pc.is_null(own["gold_row"]))
    theirs = other.filter(pc.is_null(other["gold_row"]))
    keys = [_keys(table) for table in (spurious, theirs)]
    alone = spurious.filter(pc.invert(pc.is_in(keys[0], value_set=keys[1])))
    none, number = pa.nulls(len(alone), pa.string()), pa.nulls(len(alone), pa.int64())
    better = pa.array(["b" if first else "a"] * len(alone), pa.string())
    if first:
        return _table(alone, alone["class"], none, alone["item"], number, better)
    return _table(alone, none, alone["class"], number, alone["item"], better)


def _keys(table: pa.Table) -> pa.Array:
    columns = [pc.fill_null(table[name].cast(pa.string()), "\1") for name in _PLACE]
    return pc.binary_join_element_wise(*columns, "\0").combine_chunks()


def _table(
    of: pa.Table, class_a: pa.ChunkedArray, class_b: pa.ChunkedArray, item_a: pa.ChunkedArray,
    item_b: pa.ChunkedArray, better: pa.ChunkedArray,
) -> pa.Table:  # fmt: skip
    arrays = [of["kind"], of["doc_id"], of["other"], better, class_a, class_b, item_a, item_b]
    return pa.Table.from_arrays(arrays, schema=DIFFERENCES)
