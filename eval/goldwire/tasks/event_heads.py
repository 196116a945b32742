"""Heads that a side does not state, filled in from what is stated elsewhere about the same span."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np

from goldwire.counts import IntArray
from goldwire.tasks.codes import shared_keys
from goldwire.tasks.event_rows import Arguments, EventSide, Triggers

__all__ = ["with_heads"]

_Rows = TypeVar("_Rows", Triggers, Arguments)


def with_heads(gold: EventSide, pred: EventSide) -> tuple[EventSide, EventSide]:
    """Both sides with the heads of triggers and arguments filled in.

    A trigger or argument without a head has that of an entity mention, argument or trigger of the same span: of its own
    side, else of the other side, else the whole span. So equal spans have the same head unless the two sides state
    different ones. Where one side states several for a span, the first in the text counts.
    """
    known = _stated(gold), _stated(pred)
    return _filled(gold, known), _filled(pred, (known[1], known[0]))


def _stated(side: EventSide) -> tuple[IntArray, ...]:
    """lo, hi, shape, head lo and head hi of everything with a head, in text order."""
    t, a, m = side.triggers, side.arguments, side.mentions
    parts = (
        (t, t.shape, t.headed),
        (a, np.zeros(len(a), np.int64), a.headed),
        (m, np.zeros(len(m), np.int64), m.headed & m.whole),
    )
    columns = [
        np.concatenate(column)
        for column in zip(
            *((r.lo[k], r.hi[k], shape[k], r.head_lo[k], r.head_hi[k]) for r, shape, k in parts), strict=True
        )
    ]
    order = np.lexsort(columns[::-1])
    return tuple(column[order] for column in columns)


def _filled(side: EventSide, known: tuple[tuple[IntArray, ...], ...]) -> EventSide:
    one_piece = np.zeros(len(side.arguments), np.int64)
    return replace(
        side,
        triggers=_with(side.triggers, side.triggers.shape, known),
        arguments=_with(side.arguments, one_piece, known),
    )


def _with(rows: _Rows, shape: IntArray, known: tuple[tuple[IntArray, ...], ...]) -> _Rows:
    """The rows with the head of the first of the ``known`` that has their span."""
    head_lo, head_hi = rows.head_lo.copy(), rows.head_hi.copy()
    open_rows = np.flatnonzero(~rows.headed)
    for lo, hi, shapes, known_lo, known_hi in known:
        of_known, of_rows = shared_keys(
            (lo, hi - lo, shapes), (rows.lo[open_rows], (rows.hi - rows.lo)[open_rows], shape[open_rows])
        )
        at = np.searchsorted(of_known, of_rows)  # the keys are ordered as their columns are
        found = np.append(of_known, -1)[at] == of_rows
        head_lo[open_rows[found]] = known_lo[at[found]]
        head_hi[open_rows[found]] = known_hi[at[found]]
        open_rows = open_rows[~found]
    return replace(rows, head_lo=head_lo, head_hi=head_hi)
