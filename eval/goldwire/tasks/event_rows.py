"""Both sides of an event comparison as integer columns: what every event matcher and every event profile works on.

One entry per row of the corpus table, in file order, so that a scorer that depends on the order of a file can follow
it. Positions lie on one axis for all documents (see ``tasks.spans``): spans of different documents never meet, and
equal (lo, hi) means the same span of the same document. Codes of labels and ids are equal on both sides exactly where
the strings are; -1 stands for null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import IntArray
from goldwire.errors import UsageError
from goldwire.tasks.codes import codes_in, integers, shared_keys, shared_labels, unit_codes
from goldwire.tasks.spans import BoolArray, Spans, axis_step, place, shape_codes

__all__ = [
    "ATTRIBUTES",
    "Arguments",
    "EventLabels",
    "EventSide",
    "Mentions",
    "Triggers",
    "event_rows",
    "packed",
    "ranked",
    "realis_of",
]

ATTRIBUTES = ("polarity", "modality", "tense", "genericity", "realis")
"""Attributes of event mentions; the last one follows from the others."""


@dataclass(frozen=True)
class EventLabels:
    """What the codes of both sides mean.

    step:       room for one document on the axis: document ``u`` begins at ``u * step``.
    types, roles: sorted labels behind the codes of event types and roles.
    attributes: attribute -> its sorted values.
    """

    step: int
    types: tuple[str, ...]
    roles: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Triggers:
    """One side's event mentions, all arrays (triggers,).

    unit:     code of the document, its position in gold.doc_ids.
    lo, hi:   outer bounds on the axis.
    shape:    tells triggers with the same bounds apart: 0 for one piece, else a code of the pieces, equal on both sides
              for equal pieces. (lo, hi, shape) identifies a trigger span.
    head_lo, head_hi: the stated head, else the bounds; ``headed`` says which.
    type:     code in labels.types.
    instance: code of instance_id; the same code in two documents is the same id.
    attributes: name of ATTRIBUTES -> code in labels.attributes[name].
    spans:    the spans with their pieces, for overlaps.
    """

    unit: IntArray
    lo: IntArray
    hi: IntArray
    shape: IntArray
    head_lo: IntArray
    head_hi: IntArray
    headed: BoolArray
    type: IntArray
    instance: IntArray
    attributes: Mapping[str, IntArray]
    spans: Spans

    def __len__(self) -> int:
        return len(self.unit)

    def take(self, order: IntArray) -> Triggers:
        """The rows at the given positions."""
        attributes = {name: codes[order] for name, codes in self.attributes.items()}
        columns = {name: getattr(self, name)[order] for name in _columns(self) if name not in ("attributes", "spans")}
        return Triggers(**columns, attributes=attributes, spans=self.spans.take(order))


@dataclass(frozen=True)
class Arguments:
    """One side's arguments, all arrays (arguments,).

    event:  row of ``Triggers`` the argument belongs to.
    unit, type: those of that event.
    lo, hi: bounds on the axis.
    head_lo, head_hi: the stated head, else the bounds; ``headed`` says which.
    role:   code in labels.roles.
    entity: code of entity_id; comparable with ``Mentions.entity``.
    """

    event: IntArray
    unit: IntArray
    type: IntArray
    lo: IntArray
    hi: IntArray
    head_lo: IntArray
    head_hi: IntArray
    headed: BoolArray
    role: IntArray
    entity: IntArray

    def __len__(self) -> int:
        return len(self.unit)

    def take(self, order: IntArray) -> Arguments:
        """The rows at the given positions."""
        return Arguments(**{name: getattr(self, name)[order] for name in _columns(self)})


@dataclass(frozen=True)
class Mentions:
    """One side's entity mentions, all arrays (mentions,), with fields as in ``Arguments``.

    whole: False for mentions in several pieces, which are no argument spans.
    """

    unit: IntArray
    lo: IntArray
    hi: IntArray
    head_lo: IntArray
    head_hi: IntArray
    headed: BoolArray
    whole: BoolArray
    entity: IntArray

    def __len__(self) -> int:
        return len(self.unit)


@dataclass(frozen=True)
class EventSide:
    """One side's event mentions, their arguments, and the entity mentions beside them (none where it has no layer)."""

    triggers: Triggers
    arguments: Arguments
    mentions: Mentions

    def in_text_order(self) -> EventSide:
        """Triggers and arguments sorted by all that is counted, position first: rows that tie are interchangeable."""
        t, a = self.triggers, self.arguments
        stated = [t.attributes[name] for name in ATTRIBUTES[:-1]]
        key = ranked(t.lo, t.hi - t.lo, t.shape, t.type, *stated, t.head_lo - t.lo, t.head_hi - t.lo)
        order = np.argsort(key, kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        unlinked = (a.entity < 0).astype(np.int64)
        of_event = a.type, a.role, key[a.event]
        by_text = packed(a.lo, a.hi - a.lo, *of_event, a.head_lo - a.lo, a.head_hi - a.lo, unlinked)
        a = replace(a, event=rank[a.event])
        return EventSide(t.take(order), a.take(np.argsort(by_text, kind="stable")), self.mentions)


def packed(*columns: IntArray) -> IntArray:
    """(rows,) one key per row, equal where all columns are, ordered as they are, the first one first."""
    none = np.zeros(0, np.int64)
    return shared_keys(columns, [none] * len(columns))[0]


def ranked(*columns: IntArray) -> IntArray:
    """As ``packed``, with the keys numbered from 0, so that they fit into further keys."""
    key = packed(*columns)
    order = np.argsort(key, kind="stable")
    rank = np.empty_like(key)
    rank[order] = np.cumsum(np.append(False, key[order][1:] != key[order][:-1])[: len(key)])
    return rank


def event_rows(gold: Corpus, pred: Corpus) -> tuple[EventSide, EventSide, EventLabels]:
    """Both sides as integer columns on one axis, and what the codes mean.

    Ids that one side made up mean nothing on the other: equal entity or instance codes on both sides only say that the
    strings are equal. An argument of an event there is not, or a document that gold lacks, raises UsageError.
    """
    corpora = gold, pred
    tables = [{name: corpus[name] for name in ("triggers", "arguments", "mentions")} for corpus in corpora]
    ends = [side[name][column] for side in tables for name in side for column in ("end", "head_end")]
    pieces = [side[name]["fragments"] for side in tables for name in ("triggers", "mentions")]
    values = [_attributes(side["triggers"]) for side in tables]
    labels = EventLabels(
        axis_step(*ends, *pieces, gold["zones"]["end"]),
        shared_labels(*(side["triggers"]["type"] for side in tables)),
        shared_labels(*(side["arguments"]["role"] for side in tables)),
        {name: shared_labels(*(value[name] for value in values)) for name in ATTRIBUTES},
    )
    units = [{name: unit_codes(table["doc_id"], gold.doc_ids) for name, table in side.items()} for side in tables]
    instances = _id_codes(*(side["triggers"]["instance_id"] for side in tables))
    events = _id_codes(*(side[name]["event_id"] for side in tables for name in ("triggers", "arguments")))
    entities = _id_codes(*(side[name]["entity_id"] for side in tables for name in ("arguments", "mentions")))
    spans = [place(side["triggers"], unit["triggers"] * labels.step) for side, unit in zip(tables, units, strict=True)]
    shapes = shape_codes(*spans)

    def side(i: int) -> EventSide:
        attributes = {name: codes_in(values[i][name], labels.attributes[name]) for name in ATTRIBUTES}
        triggers = Triggers(
            units[i]["triggers"],
            spans[i].lo,
            spans[i].hi,
            shapes[i],
            *_heads(tables[i]["triggers"], units[i]["triggers"] * labels.step, spans[i].lo, spans[i].hi),
            codes_in(tables[i]["triggers"]["type"], labels.types),
            instances[i],
            attributes,
            spans[i],
        )
        event = _event_rows(units[i]["triggers"], events[2 * i], units[i]["arguments"], events[2 * i + 1])
        return EventSide(
            triggers,
            _arguments(tables[i]["arguments"], labels, triggers, event, entities[2 * i]),
            _mentions(tables[i]["mentions"], units[i]["mentions"], labels.step, entities[2 * i + 1]),
        )

    return side(0), side(1), labels


def _columns(rows: Triggers | Arguments) -> list[str]:
    return [field.name for field in fields(rows)]


def _arguments(
    table: pa.Table, labels: EventLabels, triggers: Triggers, event: IntArray, entity: IntArray
) -> Arguments:
    base = triggers.unit[event] * labels.step
    lo, hi = base + integers(table["start"]), base + integers(table["end"])
    role = codes_in(table["role"], labels.roles)
    head = _heads(table, base, lo, hi)
    return Arguments(event, triggers.unit[event], triggers.type[event], lo, hi, *head, role, entity)


def _mentions(table: pa.Table, unit: IntArray, step: int, entity: IntArray) -> Mentions:
    base = unit * step
    lo, hi = base + integers(table["start"]), base + integers(table["end"])
    whole = table["fragments"].combine_chunks().is_null().to_numpy(zero_copy_only=False)
    return Mentions(unit, lo, hi, *_heads(table, base, lo, hi), whole, entity)


def _heads(table: pa.Table, base: IntArray, lo: IntArray, hi: IntArray) -> tuple[IntArray, IntArray, BoolArray]:
    """Bounds of the heads, the whole span where none is stated, and where one is."""
    head_lo, head_hi = base + integers(table["head_start"]), base + integers(table["head_end"])
    stated = head_hi > head_lo
    return np.where(stated, head_lo, lo), np.where(stated, head_hi, hi), stated


def _id_codes(*columns: pa.ChunkedArray) -> list[IntArray]:
    """A code per distinct string of all columns together, -1 for null; the numbers themselves mean nothing."""
    chunks = [chunk for column in columns for chunk in column.chunks]
    encoded = pa.chunked_array(chunks, pa.string()).combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.split(codes, np.cumsum([len(column) for column in columns])[:-1])


def _event_rows(unit: IntArray, event: IntArray, of_unit: IntArray, of_event: IntArray) -> IntArray:
    """(arguments,) row of the event mention each argument belongs to; ids are unique within a document."""
    width = 2 + max(event.max(initial=-1), of_event.max(initial=-1))
    found = pc.index_in(pa.array(of_unit * width + of_event), pa.array(unit * width + event))
    if found.null_count:
        raise UsageError(f"{found.null_count} argument(s) belong to an event that is not there")
    return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)


def _attributes(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    """The attribute columns, realis among them."""
    return {**{name: table[name] for name in ATTRIBUTES[:-1]}, "realis": realis_of(table)}


def realis_of(table: pa.Table) -> pa.ChunkedArray:
    """(triggers,) GENERIC for a generic event, ACTUAL for a positive, asserted one that is not in the future, else OTHER.

    Null where an attribute it rests on is not stated.
    """
    polarity, modality, tense, genericity = (table[name] for name in ATTRIBUTES[:-1])
    actual = pc.and_(pc.and_(pc.equal(polarity, "POS"), pc.equal(modality, "ASSERTED")), pc.not_equal(tense, "FUTURE"))
    return pc.if_else(pc.equal(genericity, "GENERIC"), "GENERIC", pc.if_else(actual, "ACTUAL", "OTHER"))
