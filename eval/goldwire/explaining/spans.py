"""Items that are spans of one document: mentions, triggers with their arguments, time expressions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import IntArray
from goldwire.explaining.alignment import Aligner
from goldwire.explaining.facets import tracked, with_realis, zoned
from goldwire.explaining.table import build, labels_of, taken
from goldwire.tasks.codes import codes_in, shared_keys, shared_labels, unit_codes
from goldwire.tasks.spans import BoolArray, Spans, axis_step, place, shape_codes

__all__ = ["arguments", "linked", "mentions", "times", "triggers"]


@dataclass(frozen=True)
class _Sides:
    """Two span tables, gold's first. All fields are pairs of (rows,) columns.

    bounds, typed: keys that are equal for equal spans of one document; and for equal types.
    """

    tables: tuple[pa.Table, pa.Table]
    unit: tuple[IntArray, IntArray]
    spans: tuple[Spans, Spans]
    type: tuple[IntArray, IntArray]
    bounds: tuple[IntArray, IntArray]
    typed: tuple[IntArray, IntArray]


def mentions(gold: Corpus, pred: Corpus) -> pa.Table:
    """Entity mentions. Pairs as in the ``partial`` scheme: equal ones, equal spans, then overlapping ones."""
    sides = _sides(gold, pred, "mentions")
    names = {"id": "mention_id", "note": "entity_id", "level": "level", "zone": "zone"}
    return _aligned(sides, "mention", names, ("correct", "type", "boundary", "boundary+type"))


def linked(gold: Corpus, pred: Corpus) -> pa.Table:
    """Mentions with what they are linked to, types ignored. Pairs: equal span and id, then equal span; NIL is an id."""
    sides = _sides(gold, pred, "mentions")
    tables = [table.append_column("kb", pc.fill_null(table["kb_id"], "NIL")) for table in sides.tables]
    aligner = Aligner(*map(len, tables))
    ids = _codes((tables[0], tables[1]), "kb")
    aligner.equal(0, *shared_keys(*zip(sides.bounds, ids, strict=True)))
    aligner.equal(1, *sides.bounds)
    names = {"id": "mention_id", "note": "entity_id", "event": "type", "level": "level", "zone": "zone"}
    return _table(aligner, (tables[0], tables[1]), "linked", names, ("correct", "id"), label="kb")


def triggers(gold: Corpus, pred: Corpus) -> pa.Table:
    """Event mentions. Pairs: equal ones, then overlapping ones with the largest sum of Dice coefficients and equal types."""
    sides = _sides(gold, pred, "triggers")
    names = {"id": "event_id", "note": "instance_id", **{name: name for name in ("zone", "track", "realis")}}
    return _table(_aligned_events(sides), sides.tables, "trigger", names, ("correct", "type", "span", "type+span"))


def times(gold: Corpus, pred: Corpus) -> pa.Table:
    """Time expressions: of one span and type those of one value first. Wrong types stand before wrong values."""
    sides = _sides(gold, pred, "times")
    values = _codes(sides.tables, "value")
    aligner = Aligner(*map(len, sides.tables))
    aligner.equal(0, *shared_keys(*zip(sides.typed, values, strict=True)))
    aligner.equal(1, *sides.typed)
    aligner.equal(2, *sides.bounds)
    aligner.overlapping(3, *sides.spans, sides.unit[0], sides.type)
    names = {"id": "time_id", "note": "value", "zone": "zone"}
    return _table(aligner, sides.tables, "time", names, ("correct", "value", "type", "span"))


def arguments(gold: Corpus, pred: Corpus) -> pa.Table:
    """Arguments attached to their events, an event being its trigger and type.

    Right are those of one event, span and role. The others are aligned as triggers are, within pairs of right or
    aligned events; ``event`` is one of right span and role whose event has another type or trigger.
    """
    events = _sides(gold, pred, "triggers")
    tables = gold["arguments"], pred["arguments"]
    of = _event_rows(gold), _event_rows(pred)
    step = axis_step(*(table["end"] for table in tables))
    event = events.typed[0][of[0]], events.typed[1][of[1]]
    role = _codes(tables, "role")
    unit = events.unit[0][of[0]], events.unit[1][of[1]]
    spans = [place(_whole(table), own * step) for table, own in zip(tables, unit, strict=True)]
    bounds = shared_keys(*((own.lo, own.hi) for own in spans))
    aligner = Aligner(*map(len, tables))
    aligner.equal(0, *shared_keys(*((bounds[i], event[i], role[i]) for i in (0, 1))))
    group = _dense(event[0], _as_gold(events)[of[1]])
    apart = place(_whole(tables[0]), group[0] * step), place(_whole(tables[1]), group[1] * step)
    aligner.alike(1, *apart, role)
    _by_equality(aligner, bounds, role, both=4)
    named = []
    for table, own, rows, place_of in zip(tables, events.tables, of, unit, strict=True):
        for name in ("type", "track", "realis"):
            table = table.append_column(f"event_{name}", own[name].combine_chunks().take(pa.array(rows)))
        named.append(zoned(gold, table, place_of))
    names = {"id": "entity_id", "note": "event_id", "event": "event_type", "zone": "zone"}
    names |= {name: f"event_{name}" for name in ("track", "realis")}
    classes = ("correct", "role", "span", "role+span", "event")
    return _table(aligner, (named[0], named[1]), "argument", names, classes, label="role")


def _aligned_events(sides: _Sides) -> Aligner:
    """Stages: 0 equal, 1 equal span, 2 equal type, 3 neither."""
    aligner = Aligner(*map(len, sides.tables))
    aligner.equal(0, *sides.typed)
    aligner.alike(1, *sides.spans, sides.type)
    _by_equality(aligner, sides.bounds, sides.type)
    return aligner


def _as_gold(events: _Sides) -> IntArray:
    """(predicted triggers,) key of the gold event each is aligned with, its own where there is none."""
    aligner = _aligned_events(events)
    key = events.typed[1].copy()
    paired = np.flatnonzero(aligner.partner >= 0)
    key[aligner.partner[paired]] = events.typed[0][paired]
    return key


def _by_equality(
    aligner: Aligner, bounds: tuple[IntArray, IntArray], label: tuple[IntArray, IntArray], both: int = 1
) -> None:
    """Tell the pairs of stage 1 apart: 1 equal bounds, 2 equal label, 3 neither, ``both``."""
    gold = np.flatnonzero(aligner.stage == 1)
    pred = aligner.partner[gold]
    same_span, same_label = bounds[0][gold] == bounds[1][pred], label[0][gold] == label[1][pred]
    aligner.stage[gold] = np.where(same_span, np.where(same_label, both, 1), np.where(same_label, 2, 3))


def _sides(gold: Corpus, pred: Corpus, name: str) -> _Sides:
    tables = gold[name], pred[name]
    if "fragments" not in tables[0].column_names:
        tables = _whole(tables[0]), _whole(tables[1])
    step = axis_step(*(table[column] for table in tables for column in ("end", "fragments")))
    unit = unit_codes(tables[0]["doc_id"], gold.doc_ids), unit_codes(tables[1]["doc_id"], gold.doc_ids)
    tables = zoned(gold, tables[0], unit[0]), zoned(gold, tables[1], unit[1])
    if name == "triggers":
        tables = with_realis(tracked(tables[0])), with_realis(tracked(tables[1]))
    spans = place(tables[0], unit[0] * step), place(tables[1], unit[1] * step)
    shapes = shape_codes(*spans)
    bounds = shared_keys(*((span.lo, span.hi - span.lo, shape) for span, shape in zip(spans, shapes, strict=True)))
    kind = _codes(tables, "type")
    return _Sides(tables, unit, spans, kind, bounds, shared_keys(*zip(bounds, kind, strict=True)))


def _whole(table: pa.Table) -> pa.Table:
    """A table of spans in one piece as one that could have fragments."""
    return table.append_column("fragments", pa.nulls(len(table), pa.list_(pa.int32())))


def _codes(tables: tuple[pa.Table, pa.Table], column: str) -> tuple[IntArray, IntArray]:
    names = shared_labels(*(table[column] for table in tables))
    return codes_in(tables[0][column], names), codes_in(tables[1][column], names)


def _event_rows(corpus: Corpus) -> IntArray:
    """(arguments,) row of the event each argument belongs to."""
    own, theirs = (
        pc.binary_join_element_wise(corpus[name]["doc_id"], corpus[name]["event_id"], "\0").combine_chunks()
        for name in ("triggers", "arguments")
    )
    rows: IntArray = pc.index_in(theirs, own).to_numpy(zero_copy_only=False).astype(np.int64)
    return rows


def _dense(gold: IntArray, pred: IntArray) -> tuple[IntArray, IntArray]:
    """Keys as codes from 0, so that each gets a stretch of axis of its own."""
    keys = np.sort(np.append(gold, pred))
    keys = keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]]
    return np.searchsorted(keys, gold), np.searchsorted(keys, pred)


def _aligned(sides: _Sides, kind: str, names: dict[str, str], classes: tuple[str, str, str, str]) -> pa.Table:
    """Items of typed spans; classes: equal, equal span, overlapping of one type, overlapping of two."""
    aligner = Aligner(*map(len, sides.tables))
    aligner.equal(0, *sides.typed)
    aligner.equal(1, *sides.bounds)
    aligner.overlapping(2, *sides.spans, sides.unit[0], sides.type)
    paired = np.flatnonzero(aligner.stage == 2)
    differing = sides.type[0][paired] != sides.type[1][aligner.partner[paired]]
    aligner.stage[paired[differing]] = 3
    return _table(aligner, sides.tables, kind, names, classes)


def _table(
    aligner: Aligner, tables: tuple[pa.Table, pa.Table], kind: str, names: dict[str, str],
    classes: tuple[str, ...], *, label: str = "type",
) -> pa.Table:  # fmt: skip
    """The items of an alignment; names: column of items -> column of the corpus tables."""
    gold, pred, stage = aligner.sides()
    n = len(classes)
    lost, string = _lost(tables[1])
    alone = np.where(gold >= 0, n, np.where(lost[pred], n + 2, n + 1))
    named = labels_of((*classes, "missing", "spurious", "ungrounded"), np.where(stage >= 0, stage, alone))
    columns: dict[str, pa.Array] = {"kind": pa.array([kind] * len(gold), pa.string()), "class": named}
    docs = [taken(table["doc_id"], rows) for table, rows in zip(tables, (gold, pred), strict=True)]
    columns["doc_id"] = pc.coalesce(*docs)
    columns["score"] = taken(tables[1]["score"], pred)
    for side, table, rows in zip(("gold", "pred"), tables, (gold, pred), strict=True):
        columns[f"{side}_row"] = pa.array(rows, pa.int32(), mask=rows < 0)
        for own, theirs in {"start": "start", "end": "end", "type": label, **names}.items():
            columns[f"{side}_{own}"] = taken(table[theirs], rows)
    if len(string):  # behind the end of the text there is nothing to be seen
        columns["string"] = taken(string, np.where(lost[pred], pred, -1))
        for name in ("pred_start", "pred_end"):
            columns[name] = pc.if_else(pa.array(lost[pred] & (pred >= 0)), None, columns[name])
    return build(columns, len(gold))


def _lost(table: pa.Table) -> tuple[BoolArray, pa.Array]:
    """(rows + 1,) where a predicted string has no place in the text, False at the end; the strings, if any were given."""
    if "grounding" not in table.column_names:
        return np.zeros(len(table) + 1, bool), pa.array([], pa.string())
    lost = pc.is_in(table["grounding"], value_set=pa.array(["ungrounded", "duplicate"]))
    return np.append(lost.to_numpy(), False), table["text"].combine_chunks()
