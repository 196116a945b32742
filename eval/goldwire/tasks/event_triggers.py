"""Triggers and the attributes of events: identification and classification by exact span, head or overlap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from goldwire.counts import IntArray
from goldwire.tasks.alignment import Aligned, Side, align
from goldwire.tasks.event_items import Comparison, Credit, compare
from goldwire.tasks.event_rows import ATTRIBUTES, EventSide, packed, ranked

__all__ = ["TRIGGER_MATCHES", "TriggerRows", "attribute_columns", "trigger_credits", "trigger_rows"]

TRIGGER_MATCHES = ("exact", "head", "overlap")
"""How triggers are compared; each is told apart by ``@`` and its name, exact by nothing."""


@dataclass(frozen=True)
class TriggerRows:
    """The triggers of both sides, gold first, each side in text order.

    n_gold: how many are gold's.
    span, head:   (rows,) keys equal for equal spans and for equal heads, which include the document.
    typed, typed_head: the same with the event type.
    """

    sides: tuple[EventSide, EventSide]
    step: int
    n_gold: int
    unit: IntArray
    type: IntArray
    span: IntArray
    head: IntArray
    typed: IntArray
    typed_head: IntArray

    def attribute(self, name: str) -> IntArray:
        """(rows,) codes of an attribute."""
        return np.concatenate([side.triggers.attributes[name] for side in self.sides])

    def aligned(self, rows: tuple[IntArray, IntArray], group: IntArray, label: IntArray | None = None) -> Aligned:
        """Some rows of gold aligned with some of the predictions; see ``align``. Pairs are given as rows."""
        own = rows[0], rows[1] - self.n_gold
        gold, pred = (
            Side(side.triggers.spans.take(at), self.unit[row], group[row], None if label is None else label[row])
            for side, at, row in zip(self.sides, own, rows, strict=True)
        )
        pairs = align(gold, pred, self.step)
        return Aligned(rows[0][pairs.gold], rows[1][pairs.pred], pairs.dice)


def trigger_rows(gold: EventSide, pred: EventSide, step: int) -> TriggerRows:
    """Both sides in one."""
    g, p = gold.triggers, pred.triggers

    def both(a: IntArray, b: IntArray) -> IntArray:
        return np.concatenate([a, b])

    kind = both(g.type, p.type)
    lo, head_lo = both(g.lo, p.lo), both(g.head_lo, p.head_lo)
    span = ranked(lo, both(g.hi, p.hi) - lo, both(g.shape, p.shape))
    head = ranked(head_lo, both(g.head_hi, p.head_hi) - head_lo)
    return TriggerRows(
        sides=(gold, pred),
        step=step,
        n_gold=len(g),
        unit=both(g.unit, p.unit),
        type=kind,
        span=span,
        head=head,
        typed=ranked(span, kind),
        typed_head=ranked(head, kind),
    )


def trigger_credits(rows: TriggerRows, *, multiset: bool) -> Iterator[tuple[str, Credit]]:
    """Figure and credit, for identification (``tri_i``) and classification (``tri_c``) under each match."""
    for figure, exact, head, beside in (
        ("tri_i", rows.span, rows.head, np.zeros_like(rows.type)),
        ("tri_c", rows.typed, rows.typed_head, rows.type),
    ):
        compared = compare(exact, rows.n_gold, multiset=multiset)
        yield figure, compared.credit
        yield f"{figure}@head", compare(head, rows.n_gold, multiset=multiset).credit
        yield f"{figure}@overlap", _overlap(rows, compared, beside)


def _overlap(rows: TriggerRows, compared: Comparison, beside: IntArray) -> Credit:
    """Each item is credited with the Dice coefficient of the pair it forms in the one-to-one alignment of largest sum.

    Repeats align only with equally late repeats, so that as multisets, too, equal items have equal partners.
    """
    group = packed(rows.unit, beside, compared.occurrence)
    pairs = rows.aligned(compared.items, group)
    found = np.zeros(len(group))
    found[pairs.gold] = pairs.dice
    found[pairs.pred] = pairs.dice
    return Credit(compared.credit.item.astype(np.float64), found)


def attribute_columns(rows: TriggerRows, *, multiset: bool) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
    """Columns of the attributes, over event mentions told apart by trigger and type.

    An item of an attribute is an event mention that states it, and it is found where the other side has that mention
    with the same value; ``<attribute>_both`` counts the gold mentions found whose attribute both sides state. Of
    mentions with the same trigger and type the first in the order of their attributes counts, or the k-th as multisets.
    """
    compared = compare(rows.typed, rows.n_gold, multiset=multiset)
    partner = compared.partners()
    matched = np.flatnonzero(partner >= 0)
    for name in ATTRIBUTES:
        code = rows.attribute(name)
        stated = compared.credit.item.astype(bool) & (code >= 0)
        both, equal = np.zeros(len(code), bool), np.zeros(len(code), bool)
        both[matched] = stated[matched] & (code[partner[matched]] >= 0)
        equal[matched] = both[matched] & (code[matched] == code[partner[matched]])
        both[rows.n_gold :] = False
        yield f"{name}_both", both
        yield from Credit(stated, equal).columns(name, rows.n_gold)
