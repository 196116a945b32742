"""The mentions of gold and prediction as columns: codes of their labels, and their spans in canonical order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pyarrow as pa

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Facet, FloatArray, IntArray
from goldwire.tasks.codes import canonical_order, constant, distinct, integers, shared_codes, shared_keys, unit_codes
from goldwire.tasks.spans import BoolArray, Spans, axis_step, place, shape_codes
from goldwire.tasks.zones import zone_facet
from goldwire.threads import at_once

__all__ = ["Cells", "Labels", "Layout", "Mentions", "both_sides"]


@dataclass(frozen=True)
class Layout:
    """What both sides share: room for one document on the axis, and the labels behind the codes."""

    step: int
    types: tuple[str, ...]
    levels: tuple[str, ...]
    zones: tuple[str, ...]

    @property
    def widths(self) -> tuple[int, int, int]:
        """Numbers of types, levels and zones, "none" counted in."""
        return len(self.types) + 1, len(self.levels) + 1, len(self.zones) + 1


@dataclass(frozen=True)
class Labels:
    """One side's labels: codes per row of its table, -1 for null or unknown; zone is that of the first code point."""

    unit: IntArray
    type: IntArray
    level: IntArray
    zone: IntArray


@dataclass(frozen=True)
class Mentions:
    """One side's mentions, or some of them, sorted by span, type, head and level: equal neighbours are interchangeable.

    row:  (n,) row of the table.
    type: (n,) code, -1 for null.
    bounds, typed: (n,) ascending keys shared by both sides: equal for equal spans; equal for equal spans and types.
    stretch: (n,) number of the stretch of text the mention lies in (see goldwire.tasks.spans.stretches); 0 until asked.
    settled, alone: (n,) whether the mention meets one equal mention of the other side and nothing else; nothing at all.
        Most mentions of real data are one or the other, and kernels need only see the rest.
    spans, heads: (n,) spans; a mention that states no head has its whole span as head. Where no mention of the side
        states one, heads is spans, the same object.
    """

    row: IntArray
    type: IntArray
    bounds: IntArray
    typed: IntArray
    stretch: IntArray
    settled: BoolArray
    alone: BoolArray
    spans: Spans
    heads: Spans

    def __len__(self) -> int:
        return len(self.row)

    def take(self, at: IntArray) -> Mentions:
        """The mentions at the given positions."""
        columns = {field.name: getattr(self, field.name)[at] for field in fields(self)[:7]}
        spans = self.spans.take(at)
        return Mentions(**columns, spans=spans, heads=spans if self.heads is self.spans else self.heads.take(at))

    def where(self, keep: BoolArray) -> Mentions:
        """The marked mentions."""
        return self.take(np.flatnonzero(keep))


@dataclass(frozen=True)
class Cells:
    """The rows of the counts: one per document, type, level and zone that occurs.

    keys:     (cells,) ascending, of document, type, level, zone; level and zone are left open where code points count.
    codes, n_codes: (cells,) code of each cell and the number of codes, of which some may not occur.
    mentions: per side (rows of its table,) code of each mention's cell; plain: the same with level and zone left open.
    """

    keys: IntArray
    codes: IntArray
    n_codes: int
    mentions: Sequence[IntArray]
    plain: Sequence[IntArray]

    @classmethod
    def of(cls, layout: Layout, labels: Sequence[Labels]) -> Cells:
        """The cells of two sides."""
        types, levels, zones = layout.widths
        plain = [side.unit * types for side in labels]
        for key, side in zip(plain, labels, strict=True):
            key += side.type
            key += 1
            key *= levels * zones
        own = plain
        if levels * zones > 1:
            own = [key + (side.level + 1) * zones + side.zone + 1 for key, side in zip(plain, labels, strict=True)]
        columns = [*own, *plain] if levels * zones > 1 else plain
        room = 1 + max(int(key.max(initial=-1)) for key in columns)
        if room <= sum(map(len, columns)):  # keys so dense serve as codes
            used = np.zeros(room, bool)
            for key in columns:
                used[key] = True
            keys = np.flatnonzero(used)
            return cls(keys, keys, room, own, plain)
        keys, codes = distinct(*columns)
        return cls(keys, np.arange(len(keys)), len(keys), codes[:2], codes[-2:])

    def sums(self, cell: IntArray, values: IntArray | None = None) -> FloatArray:
        """(cells,) sums of values, or numbers of rows, that fall into each cell, given by its code."""
        return np.bincount(cell, values, self.n_codes)[self.codes].astype(np.float64)

    def counts(self, units: Sequence[str], layout: Layout, columns: dict[str, FloatArray]) -> Counts:
        """The columns as counts."""
        types, levels, zones = layout.widths
        rest, zone = np.divmod(self.keys, zones)
        rest, level = np.divmod(rest, levels)
        unit, type_ = np.divmod(rest, types)
        facets = {
            "type": Facet(type_ - 1, layout.types),
            "level": Facet(level - 1, layout.levels),
            "zone": Facet(zone - 1, layout.zones),
        }
        return Counts(tuple(units), unit, facets, columns)


def both_sides(gold: Corpus, pred: Corpus) -> tuple[Layout, tuple[Labels, Labels], tuple[Mentions, Mentions]]:
    """What both sides share, the labels of each side, and its mentions.

    A predicted document that gold lacks or a malformed list of fragments raises UsageError.
    """
    tables, zones = (gold["mentions"], pred["mentions"]), gold["zones"]
    ends = [table[name] for table in tables for name in ("end", "head_end", "fragments")]
    types, type_ = shared_codes(*(table["type"] for table in tables))
    levels, level = shared_codes(*(table["level"] for table in tables))
    step = axis_step(zones["end"], *ends)
    documents = pa.array(gold.doc_ids, pa.string())
    unit = at_once(lambda table: unit_codes(table["doc_id"], documents), tables)
    base = [codes * step for codes in unit]
    spans = at_once(place, tables, base)
    heads = [_heads(*row) for row in zip(tables, base, spans, strict=True)]
    shapes = shape_codes(*spans)
    bounds = shared_keys(*((span.lo, span.hi - span.lo, shape) for span, shape in zip(spans, shapes, strict=True)))
    typed = shared_keys(*zip(bounds, type_, strict=True))

    def side(i: int) -> Mentions:
        row, zero = np.arange(len(unit[i])), constant(0, len(unit[i]))
        as_listed = Mentions(row, type_[i], bounds[i], typed[i], zero, zero > 0, zero > 0, spans[i], heads[i])
        order = canonical_order(typed[i], heads[i].lo, heads[i].hi, heads[i].size, level[i])
        return as_listed if np.array_equal(order, row) else as_listed.take(order)

    zone = [zone_facet(gold, step, spans[i].lo) for i in (0, 1)]
    labels = [Labels(unit[i], type_[i], level[i], zone[i].codes) for i in (0, 1)]
    layout = Layout(step, types, levels, zone[0].labels)
    return layout, (labels[0], labels[1]), _told_apart(*at_once(side, (0, 1)))


def _told_apart(g: Mentions, p: Mentions) -> tuple[Mentions, Mentions]:
    """The mentions of both sides, settled and alone ones marked."""
    n = len(g)
    typed = np.concatenate([g.typed, p.typed])
    order = np.argsort(typed, kind="stable")  # merges two sorted columns, gold first among equals
    typed, lo, hi = at_once(
        lambda column: column.take(order),
        (typed, np.concatenate([g.spans.lo, p.spans.lo]), np.concatenate([g.spans.hi, p.spans.hi])),
    )
    same = typed[1:] == typed[:-1]
    begins = np.ones(len(order) + 1, bool)  # whether a mention meets none before it; the last entry stands for the end
    begins[1:-1] = (lo[1:] >= np.maximum.accumulate(hi)[:-1]) & ~same
    pairs = np.flatnonzero(begins[:-2] & same & begins[2:] & (order[:-1] < n) & (order[1:] >= n))
    settled, alone = np.zeros(len(order), bool), np.zeros(len(order), bool)
    settled[order[pairs]] = settled[order[pairs + 1]] = True
    alone[order[begins[:-1] & begins[1:]]] = True
    return replace(g, settled=settled[:n], alone=alone[:n]), replace(p, settled=settled[n:], alone=alone[n:])


def _heads(table: pa.Table, base: IntArray, spans: Spans) -> Spans:
    """The head of each mention that states one, the span of the others."""
    if table["head_start"].null_count == len(table):
        return spans
    lo, hi = base + integers(table["head_start"]), base + integers(table["head_end"])
    return spans.replaced(hi > lo, lo, hi)
