"""What went wrong with each event mention and argument: one error class per item, from an optimal alignment.

Exact items are right. The rest of each document is aligned one to one, pairs that overlap only, so that the sum of Dice
coefficients and agreeing labels is largest; what stays alone is missing or spurious. Repeats of an item are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldwire.counts import IntArray
from goldwire.tasks.alignment import Side, align
from goldwire.tasks.assign import assign
from goldwire.tasks.event_arguments import ArgumentRows
from goldwire.tasks.event_items import Comparison, compare
from goldwire.tasks.event_rows import packed, ranked
from goldwire.tasks.event_triggers import TriggerRows
from goldwire.tasks.spans import BoolArray, Spans

__all__ = ["ARGUMENT_ERRORS", "TRIGGER_ERRORS", "Errors", "argument_errors", "trigger_errors"]

TRIGGER_ERRORS = ("type", "span", "type_span", "instance", "missing", "spurious")
"""Another type, other bounds, both; a right mention put into the wrong instance; no overlapping partner."""
ARGUMENT_ERRORS = ("role", "span", "role_span", "event", "missing", "spurious")
"""Another role, other bounds, both; a right argument of an event of another type or trigger; no partner."""


@dataclass(frozen=True)
class Errors:
    """The errors of the rows of both sides.

    columns: error class -> (rows,) mask; that of a pair stands on the gold row.
    partner: (rows,) row of the other side that an item is right about or aligned with, -1 for none.
    """

    columns: dict[str, BoolArray]
    partner: IntArray

    def predicted(self, label: IntArray, n_gold: int) -> IntArray:
        """(rows,) the label predicted: on gold rows that of the partner, -1 for missing ones."""
        return np.where(np.arange(len(label)) < n_gold, np.append(label, -1)[self.partner], label)


def trigger_errors(rows: TriggerRows, *, multiset: bool) -> Errors:
    """Errors of event mentions. The instances of both sides are aligned by the right mentions they have in common."""
    compared = compare(rows.typed, rows.n_gold, multiset=multiset)
    gold, pred = (_open(compared, of) for of in compared.items)
    pairs = rows.aligned((gold, pred), rows.unit, rows.type)
    g, p = pairs.gold, pairs.pred
    same_type, same_span = rows.type[g] == rows.type[p], rows.span[g] == rows.span[p]
    classes = {
        "type": g[same_span & ~same_type],
        "span": g[same_type & ~same_span],
        "type_span": g[~same_type & ~same_span],
        "instance": _wrong_instance(rows, compared.partners()),
    }
    return _errors(compared, rows.n_gold, g, p, classes)


def argument_errors(rows: ArgumentRows, triggers: TriggerRows, events: Errors, step: int, *, multiset: bool) -> Errors:
    """Errors of attached arguments, aligned within pairs of right or aligned events."""
    event = triggers.typed[rows.event]
    compared = compare(packed(rows.place["exact"], event, rows.role), rows.n_gold, multiset=multiset)
    as_gold = _as_gold(triggers, events)[rows.event]
    in_pair = (as_gold >= 0) & (rows.hi > rows.lo)
    gold, pred = (at[in_pair[at]] for at in (_open(compared, of) for of in compared.items))
    ours, theirs = (
        Side(Spans(rows.lo[at], rows.hi[at]), rows.unit[at], as_gold[at], rows.role[at]) for at in (gold, pred)
    )
    pairs = align(ours, theirs, step)
    g, p = gold[pairs.gold], pred[pairs.pred]
    same_role, same_span = rows.role[g] == rows.role[p], rows.place["exact"][g] == rows.place["exact"][p]
    classes = {
        "role": g[same_span & ~same_role],
        "span": g[same_role & ~same_span],
        "role_span": g[~same_role & ~same_span],
        "event": g[same_role & same_span],
    }
    return _errors(compared, rows.n_gold, g, p, classes)


def _open(compared: Comparison, items: IntArray) -> IntArray:
    """Those items that the other side lacks and that are no repeats."""
    found = compared.credit.found[items].astype(bool)
    is_open: BoolArray = ~found & (compared.occurrence[items] == 0)
    return items[is_open]


def _errors(compared: Comparison, n_gold: int, g: IntArray, p: IntArray, classes: dict[str, IntArray]) -> Errors:
    """Masks of the rows of each class and of what has no partner, right or aligned as (g, p)."""
    partner = compared.partners()
    partner[g], partner[p] = p, g
    alone = compared.credit.item.astype(bool) & (partner < 0)
    is_gold = np.arange(len(alone)) < n_gold
    masks = {name: _mask(rows, len(alone)) for name, rows in classes.items()}
    return Errors({**masks, "missing": alone & is_gold, "spurious": alone & ~is_gold}, partner)


def _mask(at: IntArray, n: int) -> BoolArray:
    mask = np.zeros(n, bool)
    mask[at] = True
    return mask


def _wrong_instance(rows: TriggerRows, partner: IntArray) -> IntArray:
    """Gold rows of right mentions whose two instances are not aligned; not asked where a side states none or several.

    partner: (rows,) the equal row of the other side, -1 for none.
    """
    instance = _instances(rows)
    gold = np.flatnonzero(partner[: rows.n_gold] >= 0)
    gold = gold[(instance[gold] >= 0) & (instance[partner[gold]] >= 0)]
    ours = _first_of(rows.unit[gold], instance[gold])
    theirs = _first_of(rows.unit[gold], instance[partner[gold]])
    cell = ranked(ours, theirs)
    common = np.bincount(cell)
    a_mention = _first_of(cell)
    at = np.flatnonzero(a_mention == np.arange(len(cell)))
    chosen = at[assign(ours[at], theirs[at], common[cell[at]].astype(np.float64), len(gold), len(gold))]
    wrong: IntArray = gold[~_mask(chosen, len(gold))[a_mention]]
    return wrong


def _first_of(*columns: IntArray) -> IntArray:
    """(rows,) the first row with the same columns: a code that does not depend on how things are called."""
    code = ranked(*columns)
    first = np.full(len(code), len(code))
    np.minimum.at(first, code, np.arange(len(code)))
    return first[code]


def _instances(rows: TriggerRows) -> IntArray:
    """(rows,) the one instance of all mentions of the same side, trigger and type; -1 for none or several."""
    instance = np.concatenate([side.triggers.instance for side in rows.sides])
    code = ranked((np.arange(len(instance)) >= rows.n_gold).astype(np.int64), rows.typed)
    least, most = np.full(len(code), instance.max(initial=-1)), np.full(len(code), -1)
    np.minimum.at(least, code, instance)
    np.maximum.at(most, code, instance)
    return np.where(least == most, most, -1)[code]


def _as_gold(rows: TriggerRows, events: Errors) -> IntArray:
    """(triggers,) key of the gold event that each event is, is right about or is aligned with; -1 for none."""
    code = ranked(rows.typed)
    key = np.full(len(code), -1)
    pred = rows.n_gold + np.flatnonzero(events.partner[rows.n_gold :] >= 0)
    key[code[pred]] = rows.typed[events.partner[pred]]
    key[code[: rows.n_gold]] = rows.typed[: rows.n_gold]
    keys: IntArray = key[code]
    return keys
