"""Events: triggers, arguments and attributes, compared as sets within each document.

An event mention is its trigger span and type; an argument is its span, role and the type (attached: and the trigger)
of its event. Two gold events of one type that share an argument are one argument here, as TextEE and OneIE count; the
attached figures keep them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.labels import labels
from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Facet, FloatArray, IntArray
from goldwire.tasks.spans import (
    axis_step,
    codes_in,
    integers,
    place,
    shape_codes,
    shared_keys,
    shared_labels,
    unit_codes,
)

__all__ = ["ATTRIBUTES", "FIGURES", "count"]

FIGURES = ("tri_i", "tri_c", "arg_i", "arg_c", "arg_i_plus", "arg_c_plus")
ATTRIBUTES = ("polarity", "modality", "tense", "genericity", "realis")

_TRACK = ("core", "other")


@dataclass(frozen=True)
class _Side:
    """One side's rows of one figure: sorted keys shared by both sides, with each row's unit and facet codes."""

    key: IntArray
    unit: IntArray
    type: IntArray
    role: IntArray

    def distinct(self) -> _Side:
        """One row per key."""
        order = np.argsort(self.key, kind="stable")
        key = self.key[order]
        first = order[np.append(True, key[1:] != key[:-1])[: len(key)]]
        return _Side(self.key[first], self.unit[first], self.type[first], self.role[first])


def count(gold: Corpus, pred: Corpus) -> Counts:
    """Counts of events per document, event type, argument role and track (core types and others).

    Columns, for each of FIGURES: ``<figure>_gold`` and ``<figure>_pred`` (distinct items), ``<figure>_gold_found`` and
    ``<figure>_pred_right`` (those the other side has too; equal in total). For each of ATTRIBUTES, over event mentions
    that agree in trigger and type: ``<attribute>_both`` (both sides state it) and ``<attribute>_equal``.
    """
    tables = gold["triggers"], pred["triggers"]
    types = shared_labels(*(table["type"] for table in tables))
    roles = shared_labels(gold["arguments"]["role"], pred["arguments"]["role"])
    step = axis_step(
        *(side[name][column] for side in (gold, pred) for name in ("triggers", "arguments") for column in ("end",))
    )
    units = [unit_codes(table["doc_id"], gold.doc_ids) for table in tables]
    kinds = [codes_in(table["type"], types) for table in tables]
    spans = [place(table, unit * step) for table, unit in zip(tables, units, strict=True)]
    shapes = shape_codes(*spans)
    trigger = shared_keys(*((span.lo, span.hi, shape) for span, shape in zip(spans, shapes, strict=True)))
    typed = shared_keys(*zip(trigger, kinds, strict=True))
    none = [np.full(len(unit), -1) for unit in units]
    sides = {
        "tri_i": [_Side(*row) for row in zip(trigger, units, kinds, none, strict=True)],
        "tri_c": [_Side(*row) for row in zip(typed, units, kinds, none, strict=True)],
        **_arguments((gold, pred), step, roles, units, kinds, typed),
    }
    parts = [_figure(gold.doc_ids, name, types, roles, *rows) for name, rows in sides.items()]
    parts.append(_attributes(gold.doc_ids, types, tables, typed, units[0], kinds[0]))
    return Counts.concat(parts)


def _arguments(
    corpora: tuple[Corpus, Corpus],
    step: int,
    roles: tuple[str, ...],
    units: list[IntArray],
    kinds: list[IntArray],
    typed: tuple[IntArray, IntArray],
) -> dict[str, list[_Side]]:
    """The rows of the four argument figures."""
    bounds, role, unit, kind, event = [], [], [], [], []
    for side, corpus in enumerate(corpora):
        table = corpus["arguments"]
        of = _event_of(corpus)
        base = units[side][of] * step
        bounds.append((base + integers(table["start"]), base + integers(table["end"])))
        role.append(codes_in(table["role"], roles))
        unit.append(units[side][of])
        kind.append(kinds[side][of])
        event.append(typed[side][of])
    keys = {
        "arg_i": shared_keys(*((*bounds[i], kind[i]) for i in (0, 1))),
        "arg_c": shared_keys(*((*bounds[i], kind[i], role[i]) for i in (0, 1))),
        "arg_i_plus": shared_keys(*((*bounds[i], event[i]) for i in (0, 1))),
        "arg_c_plus": shared_keys(*((*bounds[i], event[i], role[i]) for i in (0, 1))),
    }
    return {name: [_Side(key[i], unit[i], kind[i], role[i]) for i in (0, 1)] for name, key in keys.items()}


def _event_of(corpus: Corpus) -> IntArray:
    """(arguments,) row of the event mention each argument belongs to; ids are unique within a document."""
    keys = [
        pc.binary_join_element_wise(table["doc_id"], table["event_id"], "\0").combine_chunks()
        for table in (corpus["triggers"], corpus["arguments"])
    ]
    rows: IntArray = pc.index_in(keys[1], keys[0]).to_numpy(zero_copy_only=False).astype(np.int64)
    return rows


def _figure(
    doc_ids: tuple[str, ...], name: str, types: tuple[str, ...], roles: tuple[str, ...], gold: _Side, pred: _Side
) -> Counts:
    """Counts of one figure from both sides' rows."""
    g, p = gold.distinct(), pred.distinct()
    zero = [np.zeros(len(p.key)), np.zeros(len(g.key))]
    columns = {
        f"{name}_gold": np.append(zero[1] + 1, zero[0]),
        f"{name}_gold_found": np.append(np.isin(g.key, p.key), zero[0]),
        f"{name}_pred": np.append(zero[1], zero[0] + 1),
        f"{name}_pred_right": np.append(zero[1], np.isin(p.key, g.key)),
    }
    kind = np.append(g.type, p.type)
    facets = {"type": Facet(kind, types), "track": _track(kind, types), "role": Facet(np.append(g.role, p.role), roles)}
    return Counts.build(doc_ids, np.append(g.unit, p.unit), facets, columns)


def _track(kind: IntArray, types: tuple[str, ...]) -> Facet:
    """Core types are those with a counterpart in ACE, ERE and PLOVER; a type of no inventory belongs to neither."""
    known = labels()["event_types"]
    codes = [_TRACK.index("core" if known[name]["core"] else "other") if name in known else -1 for name in types]
    return Facet(np.array([*codes, -1], np.int64)[kind], _TRACK)


def _attributes(
    doc_ids: tuple[str, ...],
    types: tuple[str, ...],
    tables: tuple[pa.Table, pa.Table],
    typed: tuple[IntArray, IntArray],
    unit: IntArray,
    kind: IntArray,
) -> Counts:
    """Agreement of attributes over event mentions with the same trigger and type."""
    g_key, g_row = _first_rows(typed[0])
    p_key, p_row = _first_rows(typed[1])
    at = np.searchsorted(p_key, g_key)
    both = at < len(p_key)
    both[both] = p_key[at[both]] == g_key[both]
    g_row, p_row = g_row[both], p_row[at[both]]
    columns: dict[str, FloatArray] = {}
    for name in ATTRIBUTES:
        ours, theirs = (
            _attribute(table, name).take(pa.array(rows)) for table, rows in zip(tables, (g_row, p_row), strict=True)
        )
        equal = pc.equal(ours, theirs)
        columns[f"{name}_both"] = equal.is_valid().to_numpy(zero_copy_only=False).astype(np.float64)
        columns[f"{name}_equal"] = pc.fill_null(equal, False).to_numpy(zero_copy_only=False).astype(np.float64)
    facets = {"type": Facet(kind[g_row], types), "track": _track(kind[g_row], types)}
    return Counts.build(doc_ids, unit[g_row], facets, columns)


def _first_rows(key: IntArray) -> tuple[IntArray, IntArray]:
    """The distinct keys in ascending order and the first row of each."""
    order = np.argsort(key, kind="stable")
    new = np.append(True, key[order][1:] != key[order][:-1])[: len(key)]
    return key[order][new], order[new]


def _attribute(table: pa.Table, name: str) -> pa.Array:
    """A column of attribute values; realis is derived where all four attributes are stated.

    GENERIC if generic; ACTUAL if positive, asserted and not in the future; else OTHER.
    """
    if name != "realis":
        return table[name].combine_chunks()
    polarity, modality, tense, genericity = (table[column].combine_chunks() for column in ATTRIBUTES[:4])
    actual = pc.and_(pc.and_(pc.equal(polarity, "POS"), pc.equal(modality, "ASSERTED")), pc.not_equal(tense, "FUTURE"))
    derived = pc.if_else(pc.equal(genericity, "GENERIC"), "GENERIC", pc.if_else(actual, "ACTUAL", "OTHER"))
    return derived
