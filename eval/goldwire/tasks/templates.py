"""Event instances read as templates: a type, and roles filled by entities, which are sets of mentions.

What the task ``instances`` and the profiles of template scorers share: the tables of one side as arrays, and the
sparse joins between two sides. Nothing here compares mentions; the callers do, by span or by string.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import IntArray
from goldwire.tasks.clusters import rank
from goldwire.tasks.codes import codes_in, integers, shared_keys, shared_labels, unit_codes

__all__ = [
    "Templates",
    "by_appearance",
    "distinct_pairs",
    "filler_pairs",
    "join",
    "merged",
    "read_templates",
    "rows_of",
]


@dataclass(frozen=True)
class Templates:
    """The templates of one side.

    unit, type:             (templates,) document and event type, in the order of the first event mention.
    template, role, entity: (fillers,) distinct triples, in the order of the first argument.
    holder, span:           (mentions,) distinct pairs of an entity and the key of a span it is mentioned at, ordered by
                            entity, then by place in the text; the keys are shared by both sides.
    start, end:             (mentions,) the span's bounds in its document.
    entity_unit:            (entities,) document of each entity.
    of_event:               (event mentions,) template of each row of the table of triggers.
    event_of_argument:      (arguments,) row of the event mention of each row of the table of arguments, -1 for none.
    """

    unit: IntArray
    type: IntArray
    template: IntArray
    role: IntArray
    entity: IntArray
    holder: IntArray
    span: IntArray
    start: IntArray
    end: IntArray
    entity_unit: IntArray
    of_event: IntArray
    event_of_argument: IntArray

    @property
    def size(self) -> IntArray:
        """(entities,) number of mentions of each entity."""
        return np.bincount(self.holder, minlength=len(self.entity_unit))


def read_templates(gold: Corpus, pred: Corpus) -> tuple[Templates, Templates, tuple[str, ...], tuple[str, ...]]:
    """Both sides, the labels of types and those of roles.

    A template is made of the event mentions of one type that share an instance_id in a document; a mention without one
    is a template of its own. The fillers of a role are entities: arguments of one document with the same entity_id, or
    for arguments without one, with the same span. An entity's mentions are its arguments, in any role, and the mentions
    of that entity_id in the document, told apart by their outer bounds, as arguments have no fragments. A document that
    gold lacks raises UsageError.
    """
    sides = gold, pred
    types = shared_labels(*(side["triggers"]["type"] for side in sides))
    roles = shared_labels(*(side["arguments"]["role"] for side in sides))
    parts = [_entities(side, gold.doc_ids) for side in sides]
    keys = shared_keys(*(tuple(part[name] for name in ("unit", "start", "end")) for part in parts))
    built = [
        _templates(side, gold.doc_ids, types, roles, part, key)
        for side, part, key in zip(sides, parts, keys, strict=True)
    ]
    return built[0], built[1], types, roles


def _entities(corpus: Corpus, doc_ids: tuple[str, ...]) -> dict[str, IntArray]:
    """Entities that are arguments: ``entity`` of each row of the arguments followed by those of the mentions, with its
    ``unit``, ``start`` and ``end``; mentions of other entities are left out."""
    arguments, mentions = corpus["arguments"], corpus["mentions"]
    names = shared_labels(arguments["entity_id"])
    unit = unit_codes(arguments["doc_id"], doc_ids)
    start, end = integers(arguments["start"]), integers(arguments["end"])
    named = codes_in(arguments["entity_id"], names)
    own = named < 0  # told apart by its span
    m_named = codes_in(mentions["entity_id"], names)
    m_row = np.flatnonzero(m_named >= 0)
    m_unit = unit_codes(mentions["doc_id"], doc_ids)[m_row]
    none = np.zeros(len(m_row), np.int64)
    keys = shared_keys(
        (unit, named, np.where(own, start, 0), np.where(own, end, 0)), (m_unit, m_named[m_row], none, none)
    )
    entity, first = by_appearance(np.concatenate(keys))
    kept = entity[len(unit) :] < np.sum(first < len(unit))  # entities of arguments appear before all others
    m_row, m_unit = m_row[kept], m_unit[kept]
    return {
        "entity": np.append(entity[: len(unit)], entity[len(unit) :][kept]),
        "unit": np.append(unit, m_unit),
        "start": np.append(start, integers(mentions["start"])[m_row]),
        "end": np.append(end, integers(mentions["end"])[m_row]),
    }


def _templates(
    corpus: Corpus,
    doc_ids: tuple[str, ...],
    types: tuple[str, ...],
    roles: tuple[str, ...],
    mentions: dict[str, IntArray],
    span: IntArray,
) -> Templates:
    """One side, from its entities and the key of each of their mentions."""
    triggers, arguments = corpus["triggers"], corpus["arguments"]
    unit, kind = unit_codes(triggers["doc_id"], doc_ids), codes_in(triggers["type"], types)
    names = shared_labels(triggers["instance_id"])
    named = codes_in(triggers["instance_id"], names)
    instance = np.where(named < 0, len(names) + np.arange(len(named)), named)
    of_event, first = by_appearance(_keys(unit, kind, instance))
    event = rows_of(arguments, triggers, "event_id")
    known = np.flatnonzero(event >= 0)
    entity = mentions["entity"]
    role = codes_in(arguments["role"], roles)
    template = of_event[event[known]]
    fillers = known[by_appearance(_keys(template, role[known], entity[known]))[1]]
    entity_unit = np.zeros(int(entity.max(initial=-1)) + 1, np.int64)
    entity_unit[entity] = mentions["unit"]
    order = np.lexsort((span, mentions["end"], mentions["start"], entity))
    same = (np.diff(entity[order], prepend=-1) == 0) & (np.diff(span[order], prepend=-1) == 0)
    order = order[~same]
    return Templates(
        unit=unit[first],
        type=kind[first],
        template=of_event[event[fillers]],
        role=role[fillers],
        entity=entity[fillers],
        holder=entity[order],
        span=span[order],
        start=mentions["start"][order],
        end=mentions["end"][order],
        entity_unit=entity_unit,
        of_event=of_event,
        event_of_argument=event,
    )


def merged(side: Templates, *, by_type: bool) -> Templates:
    """The templates of each document, or of each document and type, taken together as one."""
    kind = side.type if by_type else np.zeros_like(side.type)
    group, first = by_appearance(_keys(side.unit, kind))
    template = group[side.template]
    kept = by_appearance(_keys(template, side.role, side.entity))[1]
    return Templates(
        unit=side.unit[first],
        type=kind[first],
        template=template[kept],
        role=side.role[kept],
        entity=side.entity[kept],
        holder=side.holder,
        span=side.span,
        start=side.start,
        end=side.end,
        entity_unit=side.entity_unit,
        of_event=group[side.of_event],
        event_of_argument=side.event_of_argument,
    )


def filler_pairs(
    gold: Templates, pred: Templates, entities: tuple[IntArray, IntArray]
) -> tuple[IntArray, IntArray, IntArray]:
    """Every pair of fillers of one role in templates of one type whose entities make one of the pairs given.

    entities: (pairs,) gold and predicted entity, each pair once and of one document.
    Returns the index into ``entities``, the gold and the predicted filler of each, in no particular order.
    """
    at, ours = join(entities[0], gold.entity)
    keys = shared_keys(
        (entities[1][at], gold.type[gold.template[ours]], gold.role[ours]),
        (pred.entity, pred.type[pred.template], pred.role),
    )
    row, theirs = join(*keys)
    return at[row], ours[row], theirs


# -------------------------------------------------------------------------------------------------------------- joins


def join(a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    """Positions of all pairs of equal entries of two columns, ordered by the first."""
    order = np.argsort(b, kind="stable")
    ordered = b[order]
    first = np.searchsorted(ordered, a)
    count = np.searchsorted(ordered, a, side="right") - first
    i = np.repeat(np.arange(len(a)), count)
    return i, order[np.arange(len(i)) + np.repeat(first - (np.cumsum(count) - count), count)]


def distinct_pairs(row: IntArray, col: IntArray) -> tuple[IntArray, IntArray]:
    """The order that sorts pairs by row, then column, stably, and where in it each distinct pair begins."""
    key = row * (int(col.max(initial=0)) + 1) + col
    order = np.argsort(key, kind="stable")
    return order, np.flatnonzero(np.diff(key[order], prepend=-1))


def by_appearance(keys: IntArray) -> tuple[IntArray, IntArray]:
    """(keys,) number of each distinct key in order of appearance, and the position where each appears first."""
    ranks, distinct = rank(keys)
    first = np.full(len(distinct), len(keys))
    np.minimum.at(first, ranks, np.arange(len(keys)))
    order = np.argsort(first)
    number = np.empty(len(distinct), np.int64)
    number[order] = np.arange(len(distinct))
    return number[ranks], first[order]


def rows_of(table: pa.Table, target: pa.Table, column: str) -> IntArray:
    """(rows,) row of ``target`` with the same document and id, -1 for none; ids are unique within a document."""
    keys = [pc.binary_join_element_wise(t["doc_id"], t[column], "\0").combine_chunks() for t in (table, target)]
    found: IntArray = pc.fill_null(pc.index_in(keys[0], keys[1]), -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return found


def _keys(*columns: IntArray) -> IntArray:
    return shared_keys(columns, [column[:0] for column in columns])[0]
