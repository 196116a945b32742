"""Arguments: identification and classification, loose or attached to their trigger, under four ways to match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from goldwire.corpus.tables import Corpus
from goldwire.counts import IntArray
from goldwire.tasks.codes import shared_keys
from goldwire.tasks.event_items import Credit, compare
from goldwire.tasks.event_rows import EventSide, packed, ranked
from goldwire.tasks.event_strings import string_codes
from goldwire.tasks.event_triggers import TriggerRows
from goldwire.tasks.spans import BoolArray

__all__ = ["ARGUMENT_FIGURES", "ARGUMENT_MATCHES", "ArgumentRows", "argument_credits", "argument_rows"]

ARGUMENT_FIGURES = ("arg_i", "arg_c", "arg_i_plus", "arg_c_plus")
ARGUMENT_MATCHES = ("exact", "head", "coref", "string")
"""How arguments are compared; each is told apart by ``@`` and its name, exact by nothing."""


@dataclass(frozen=True)
class ArgumentRows:
    """The arguments of both sides, gold first, each side in text order.

    n_gold: how many are gold's.
    event:  (rows,) row of TriggerRows of the event mention.
    unit, type, role, lo, hi: (rows,) document, event type, role and bounds on the axis.
    place:  match -> (rows,) code of what is compared: the span, the head, the entity, the string; with the document.
    linked: (rows,) gold arguments with an entity id.
    read:   (rows,) arguments of documents whose text is known.
    """

    n_gold: int
    event: IntArray
    unit: IntArray
    type: IntArray
    role: IntArray
    lo: IntArray
    hi: IntArray
    place: dict[str, IntArray]
    linked: BoolArray
    read: BoolArray


def argument_rows(gold_corpus: Corpus, gold: EventSide, pred: EventSide, step: int) -> ArgumentRows:
    """Both sides in one; heads are those that the sides come with."""
    g, p = gold.arguments, pred.arguments

    def both(a: IntArray, b: IntArray) -> IntArray:
        return np.concatenate([a, b])

    unit, lo, hi = both(g.unit, p.unit), both(g.lo, p.lo), both(g.hi, p.hi)
    head_lo, head_hi = both(g.head_lo, p.head_lo), both(g.head_hi, p.head_hi)
    string, read = string_codes(gold_corpus, unit, lo, hi, step)
    entity = _entities(gold, lo, hi, head_lo, head_hi)
    by_span = entity < 0
    return ArgumentRows(
        n_gold=len(g),
        event=both(g.event, p.event + len(gold.triggers)),
        unit=unit,
        type=both(g.type, p.type),
        role=both(g.role, p.role),
        lo=lo,
        hi=hi,
        place={
            "exact": ranked(lo, hi - lo),
            "head": ranked(head_lo, head_hi - head_lo),
            "coref": ranked(unit, entity, np.where(by_span, lo - unit * step, 0), np.where(by_span, hi - lo, 0)),
            "string": ranked(unit, string),
        },
        linked=np.append(g.entity >= 0, np.zeros(len(p), bool)),
        read=read,
    )


def argument_credits(rows: ArgumentRows, triggers: TriggerRows, *, multiset: bool) -> Iterator[tuple[str, Credit]]:
    """Figure and credit, for ARGUMENT_FIGURES under each of ARGUMENT_MATCHES.

    Loose arguments are told apart by event type and what is compared, classified ones by their role too; attached ones
    have the trigger beside the type: its span, under ``head`` its head.
    """
    for match, place in rows.place.items():
        suffix = "" if match == "exact" else f"@{match}"
        attached = (triggers.typed_head if match == "head" else triggers.typed)[rows.event]
        for plus, event in (("", rows.type), ("_plus", attached)):
            for figure, beside in (("arg_i", ()), ("arg_c", (rows.role,))):
                credit = compare(packed(place, event, *beside), rows.n_gold, multiset=multiset).credit
                yield f"{figure}{plus}{suffix}", credit.where(rows.read) if match == "string" else credit


def _entities(gold: EventSide, lo: IntArray, hi: IntArray, head_lo: IntArray, head_hi: IntArray) -> IntArray:
    """(rows,) the gold entity of each span, -1 where there is none.

    A span that gold mentions or arguments have is of their entity; any other span is of the entity of the gold mentions
    with its head. Where these name several entities, or none, the span has none.
    """
    a, m = gold.arguments, gold.mentions
    whole = np.flatnonzero(m.whole)
    exact = _lookup(
        (np.append(m.lo[whole], a.lo), np.append(m.hi[whole], a.hi)), np.append(m.entity[whole], a.entity), (lo, hi)
    )
    by_head = _lookup((m.head_lo, m.head_hi), m.entity, (head_lo, head_hi))
    return np.where(exact == _NOT_THERE, np.maximum(by_head, -1), exact)


_NOT_THERE = -2


def _lookup(spans: tuple[IntArray, IntArray], entity: IntArray, asked: tuple[IntArray, IntArray]) -> IntArray:
    """(asked,) the one entity of the spans equal to each; -1 where they name none or several, -2 where there are none."""
    key, query = shared_keys((spans[0], spans[1] - spans[0]), (asked[0], asked[1] - asked[0]))
    if not len(key):
        return np.full(len(query), _NOT_THERE)
    order = np.argsort(key, kind="stable")
    key, entity = key[order], entity[order]
    first = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    most = np.maximum.reduceat(entity, first)
    least = np.minimum.reduceat(np.where(entity < 0, entity.max() + 1, entity), first)
    one = np.append(np.where(most == least, most, -1), _NOT_THERE)
    at = np.searchsorted(key[first], query)
    return one[np.where(np.append(key[first], -1)[at] == query, at, -1)]
