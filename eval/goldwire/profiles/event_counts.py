"""What the profiles of event scorers share: rows of both sides as items with keys, and the ways scorers count them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from goldwire.counts import Counts, FloatArray, IntArray
from goldwire.measures.core import F1, Custom, Measure, Sums, prf
from goldwire.tasks.codes import shared_keys
from goldwire.tasks.event_rows import Arguments, EventSide, Triggers
from goldwire.tasks.spans import BoolArray, equal_pairs

__all__ = [
    "Items",
    "Pair",
    "Tally",
    "contained",
    "f1_with",
    "figures",
    "first_rows",
    "found",
    "greedy",
    "items",
    "label_codes",
    "last_rows",
    "lookup",
    "multisets",
    "of_arguments",
    "sets",
    "tally",
    "trigger_keys",
]

Pair = tuple[IntArray, IntArray]
"""A column of the gold rows and of the predicted ones, with shared codes."""

Tally = tuple[IntArray, IntArray, IntArray]
"""Documents of the gold items, of the predicted items and of the matches, one entry per item."""


@dataclass(frozen=True)
class Items:
    """Items of one side in file order: the document of each, and a key that equal items of both sides share."""

    unit: IntArray
    key: IntArray

    def where(self, rows: BoolArray | IntArray) -> Items:
        """The selected items."""
        return Items(self.unit[rows], self.key[rows])

    def distinct(self) -> Items:
        """One item per key."""
        return self.where(first_rows(self.key))


def items(gold: Arguments | Triggers, pred: Arguments | Triggers, *columns: str | Pair) -> tuple[Items, Items]:
    """Rows of both sides as items told apart by columns: names of theirs, or (gold's, predictions') own ones."""
    pairs = [(getattr(gold, c), getattr(pred, c)) if isinstance(c, str) else c for c in columns]
    keys = shared_keys([of_gold for of_gold, _ in pairs], [of_pred for _, of_pred in pairs])
    return Items(gold.unit, keys[0]), Items(pred.unit, keys[1])


def trigger_keys(gold: EventSide, pred: EventSide, *columns: str) -> Pair:
    """(triggers,) keys of both sides, equal for equal trigger spans with equal values of the columns."""
    both = items(gold.triggers, pred.triggers, "lo", "hi", "shape", *columns)
    return both[0].key, both[1].key


def of_arguments(gold: EventSide, pred: EventSide, events: Pair) -> Pair:
    """(arguments,) the values that the event mentions of the arguments have."""
    return events[0][gold.arguments.event], events[1][pred.arguments.event]


def label_codes(labels: Sequence[str], normalise: Callable[[str], str | None]) -> IntArray:
    """(labels + 1,) a code per label, equal where the normalised labels are; -1 for None, and at -1 for no label."""
    normal = pa.array([normalise(label) for label in labels], pa.large_string()).dictionary_encode()
    codes: IntArray = normal.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.append(codes, -1)


def sets(gold: Items, pred: Items) -> Tally:
    """Distinct items, and those of both sides."""
    g, p = gold.distinct(), pred.distinct()
    return g.unit, p.unit, p.unit[contained(p.key, g.key)]


def multisets(gold: Items, pred: Items) -> Tally:
    """All items; an item is matched as often as both sides have it."""
    return gold.unit, pred.unit, pred.unit[common(pred.key, gold.key)]


def found(gold: Items, pred: Items) -> Tally:
    """All items; every predicted item that the gold has somewhere is matched, however often."""
    return gold.unit, pred.unit, pred.unit[contained(pred.key, gold.key)]


def tally(doc_ids: tuple[str, ...], figures: Mapping[str, Tally]) -> Counts:
    """Counts per document: ``<figure>_gold``, ``<figure>_pred`` and ``<figure>_matched``."""
    n = len(doc_ids)
    columns = {
        f"{name}_{what}": np.bincount(unit, minlength=n).astype(np.float64)
        for name, units in figures.items()
        for what, unit in zip(("gold", "pred", "matched"), units, strict=True)
    }
    return Counts(doc_ids, np.arange(n), {}, columns)


# --------------------------------------------------------------------------------------------------------------- rows


def first_rows(key: IntArray) -> IntArray:
    """Ascending rows at which a key occurs for the first time."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    return np.sort(order[np.append(True, ordered[1:] != ordered[:-1])[: len(key)]])


def last_rows(key: IntArray) -> IntArray:
    """Ascending rows at which a key occurs for the last time, as in a dictionary that is filled in file order."""
    return len(key) - 1 - first_rows(key[::-1])[::-1]


def lookup(key: IntArray, table: IntArray) -> IntArray:
    """(n,) row of the first entry of ``table`` with each key; -1 where there is none."""
    order = np.argsort(table, kind="stable")
    at = np.searchsorted(table, key, sorter=order)
    row = np.append(order, -1)[at]
    hit: BoolArray = np.append(table, 0)[row] == key
    return np.where(hit & (row >= 0), row, -1)


def contained(key: IntArray, other: IntArray) -> BoolArray:
    """Mask of the keys that the other side has."""
    mask: BoolArray = lookup(key, other) >= 0
    return mask


def common(key: IntArray, other: IntArray) -> BoolArray:
    """Mask of the keys in the multiset intersection with the other side."""
    order = np.argsort(key, kind="stable")
    at, _ = equal_pairs(key[order], np.sort(other))
    mask = np.zeros(len(key), bool)
    mask[order[at]] = True
    return mask


def greedy(row: IntArray, col: IntArray, weight: FloatArray) -> IntArray:
    """Edges taken by going down the weights, ties by row, then by column, each end used once.

    An edge that is the first left at both of its ends is taken by that walk whatever else happens, so all of those are
    taken at once, and again among what is left. Where that gets slow, as along a chain of ties, the rest is walked.
    """
    left = np.lexsort((col, row, -weight))
    n_rows, n_cols = row.max(initial=-1) + 1, col.max(initial=-1) + 1
    taken = [left[:0]]
    while len(left):
        won = left[_first_at(row[left], n_rows) & _first_at(col[left], n_cols)]
        if 16 * len(won) < len(left):
            taken.append(left[_walk(row[left], col[left])])
            break
        taken.append(won)
        row_used, col_used = np.zeros(n_rows, bool), np.zeros(n_cols, bool)
        row_used[row[won]] = True
        col_used[col[won]] = True
        left = left[~(row_used[row[left]] | col_used[col[left]])]
    return np.concatenate(taken)


def _walk(row: IntArray, col: IntArray) -> list[int]:
    """Positions of the edges taken in the given order, each end used once."""
    rows, cols, taken = set(), set(), []
    for i, (r, c) in enumerate(zip(row.tolist(), col.tolist(), strict=True)):
        if r not in rows and c not in cols:
            rows.add(r)
            cols.add(c)
            taken.append(i)
    return taken


def _first_at(node: IntArray, n: int) -> BoolArray:
    """Mask of the entries that are the first of their node."""
    position = np.arange(len(node))
    first = np.zeros(n, np.int64)
    first[node[::-1]] = position[::-1]  # of repeated targets the last assignment stays
    mask: BoolArray = first[node] == position
    return mask


# ----------------------------------------------------------------------------------------------------------- measures


def figures(
    profile: str, source: str, what: Mapping[str, str], *, above_one: tuple[str, ...] = ()
) -> tuple[Measure, ...]:
    """Precision, recall and F1, 0 where undefined, of figures counted by ``tally``.

    what: figure -> the items it compares. above_one: figures of which a ratio can exceed 1.
    """
    return tuple(
        replace(measure, range=(0.0, math.inf)) if name in above_one else measure
        for name, compared in what.items()
        for measure in prf(
            f"{profile}.{name}",
            precision=(f"{name}_matched", f"{name}_pred"),
            recall=(f"{name}_matched", f"{name}_gold"),
            formulas=(f"matched / predicted, {compared}", f"matched / gold, {compared}"),
            source=source,
            undefined=0.0,
        )
    )


def f1_with(measure: F1, *, above: float, otherwise: float) -> Custom:
    """The F1 of scorers with a rule of their own for what it is unless precision + recall is above a limit."""

    def value(sums: Sums) -> FloatArray:
        p, r = measure.precision.value(sums), measure.recall.value(sums)
        defined = p + r > above
        return np.where(defined, 2 * p * r / np.where(defined, p + r, 1.0), otherwise)

    return Custom(
        name=measure.name,
        formula=f"2PR / (P + R) if P + R > {above:g}, else {otherwise:g}",
        source=measure.source,
        range=measure.range,
        reads=measure.columns,
        function=value,
    )
