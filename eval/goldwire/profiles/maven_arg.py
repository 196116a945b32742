"""MAVEN-Arg: the fillers of every trigger and role as bags of words, at three levels of coreference.

A cell is a trigger and a role. A gold trigger has the fillers of its whole instance there, each entity with all its
mentions; a predicted one has its own arguments. Cells of both sides meet where their triggers do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, FloatArray, IntArray
from goldwire.measures.core import Measure, Ratio
from goldwire.profiles.bags import Bags, best_pairs
from goldwire.profiles.strings import normalised, span_strings
from goldwire.tasks.codes import codes_in, integers, shared_keys, shared_labels, unit_codes
from goldwire.tasks.spans import axis_step, equal_pairs, place, shape_codes
from goldwire.tasks.templates import Templates, by_appearance, distinct_pairs, join, read_templates

__all__ = ["LEVELS", "MEASURES", "count", "partners"]

LEVELS = ("mention", "entity", "event")
FIGURES = ("em", "precision", "recall", "f1")


def count(gold: Corpus, pred: Corpus) -> Counts:
    """Counts per document: for each of LEVELS ``<level>_items`` and ``<level>_<figure>``, sums over the items."""
    g, p, _, roles = read_templates(gold, pred)
    ours, theirs, codes = _cells(gold, pred, g, p, roles)
    met, zero = _meeting(g, p, ours, theirs, partners(gold, pred))
    n = len(gold.doc_ids)
    columns = {f"{level}_items": np.bincount(zero, minlength=n).astype(np.float64) for level in LEVELS}
    columns |= {f"{level}_{figure}": np.zeros(n) for level in LEVELS for figure in FIGURES}
    for level, unit, items, scores in _levels(g, ours, theirs, met, codes):
        columns[f"{level}_items"] += np.bincount(unit, items, n)
        for figure, score in zip(FIGURES, scores, strict=True):
            columns[f"{level}_{figure}"] += np.bincount(unit, score, n)
    return Counts(gold.doc_ids, np.arange(n), {}, columns)


# -------------------------------------------------------------------------------------------------------------- cells


@dataclass(frozen=True)
class _Cells:
    """The roles of one side with their strings, in file order.

    owner, role: (cells,) gold template or predicted event mention; role.
    cell, bag:   (strings,) cell of each string, ascending, and code of its bag of words.
    entity:      (strings,) place of its entity among the cell's; for predictions 0.
    entities:    (cells,) number of entities.
    """

    owner: IntArray
    role: IntArray
    cell: IntArray
    bag: IntArray
    entity: IntArray
    entities: IntArray

    @property
    def size(self) -> IntArray:
        """(cells,) number of strings."""
        return np.bincount(self.cell, minlength=len(self.owner))


def _cells(
    gold: Corpus, pred: Corpus, g: Templates, p: Templates, roles: tuple[str, ...]
) -> tuple[_Cells, _Cells, Bags]:
    """Both sides' cells and the bags of words of their strings."""
    of_filler, first = by_appearance(_packed(g.template, g.role))
    by_cell = np.argsort(of_filler, kind="stable")
    at, mention = join(g.entity[by_cell], g.holder)
    filler = by_cell[at]
    entities = np.bincount(of_filler, minlength=len(first))
    nth = np.empty(len(of_filler), np.int64)
    nth[by_cell] = np.arange(len(of_filler)) - (np.cumsum(entities) - entities)[of_filler[by_cell]]

    arguments = pred["arguments"]
    known = np.flatnonzero(p.event_of_argument >= 0)
    event, role = p.event_of_argument[known], codes_in(arguments["role"], roles)[known]
    of_argument, asked = by_appearance(_packed(event, role))
    listed = np.argsort(of_argument, kind="stable")
    rows = known[listed]

    unit = p.unit[p.of_event[event[listed]]]
    start, end = integers(arguments["start"])[rows], integers(arguments["end"])[rows]
    mentions = g.entity_unit[g.holder], g.start, g.end
    codes, texts = span_strings(gold, mentions, (unit, start, end))
    bags = Bags([normalised(text) for text in texts])
    ours = _Cells(
        g.template[first], g.role[first], of_filler[filler], bags.of_text[codes[0][mention]], nth[filler], entities
    )
    none = np.zeros(len(rows), np.int64)
    theirs = _Cells(event[asked], role[asked], of_argument[listed], bags.of_text[codes[1]], none, np.zeros_like(asked))
    return ours, theirs, bags


def partners(gold: Corpus, pred: Corpus) -> IntArray:
    """(predicted event mentions,) gold one with the same trigger span, one-to-one, of the same type if there is one;
    -1 where there is none left."""
    tables = gold["triggers"], pred["triggers"]
    step = axis_step(*(table[name] for table in tables for name in ("end", "fragments")))
    types = shared_labels(*(table["type"] for table in tables))
    units = [unit_codes(table["doc_id"], gold.doc_ids) for table in tables]
    spans = [place(table, unit * step) for table, unit in zip(tables, units, strict=True)]
    shapes = shape_codes(spans[0], spans[1])
    bounds = shared_keys(*((span.lo, span.hi, shape) for span, shape in zip(spans, shapes, strict=True)))
    typed = shared_keys(*((key, codes_in(table["type"], types)) for key, table in zip(bounds, tables, strict=True)))
    partner = np.full(len(units[1]), -1)
    free = [np.ones(len(unit), bool) for unit in units]
    for keys in (typed, bounds):
        rows = [np.flatnonzero(mask) for mask in free]
        rows = [row[np.argsort(key[row], kind="stable")] for row, key in zip(rows, keys, strict=True)]
        found = equal_pairs(keys[0][rows[0]], keys[1][rows[1]])
        ours, theirs = rows[0][found[0]], rows[1][found[1]]
        partner[theirs] = ours
        free[0][ours] = free[1][theirs] = False
    return partner


@dataclass(frozen=True)
class _Met:
    """Cells of both sides whose triggers meet, in the order of gold triggers: (pairs,) gold and predicted cell."""

    gold: IntArray
    pred: IntArray


def _meeting(g: Templates, p: Templates, ours: _Cells, theirs: _Cells, partner: IntArray) -> tuple[_Met, IntArray]:
    """Cells that meet, and the documents of the items of 0: gold cells of a trigger that nothing is predicted for,
    predicted ones that the trigger's gold instance lacks, and those of triggers that gold lacks."""
    trigger, cell = join(g.of_event, ours.owner)
    at = partner[theirs.owner]
    right = at >= 0
    right[right] = g.type[g.of_event[at[right]]] == p.type[p.of_event[theirs.owner[right]]]
    asked = np.flatnonzero(right)
    gold_at, pred_at = join(*shared_keys((trigger, ours.role[cell]), (at[asked], theirs.role[asked])))
    missing = np.ones(len(trigger), bool)
    missing[gold_at] = False
    spurious = right | (at < 0)
    spurious[asked[pred_at]] = False
    zero = np.append(g.unit[g.of_event[trigger[missing]]], p.unit[p.of_event[theirs.owner[spurious]]])
    return _Met(cell[gold_at], asked[pred_at]), zero


# ------------------------------------------------------------------------------------------------------------- levels

_Level = tuple[str, IntArray, IntArray | FloatArray, tuple[FloatArray, ...]]


def _levels(g: Templates, ours: _Cells, theirs: _Cells, met: _Met, bags: Bags) -> list[_Level]:
    """For every level: documents, numbers of items, and per figure the sums of their scores."""
    block, of_gold, of_pred = best_pairs(ours.cell, theirs.cell, (met.gold, met.pred), bags, (ours.bag, theirs.bag),
                                         ours.entity)  # fmt: skip
    scores = bags.scores(ours.bag[of_gold], theirs.bag[of_pred])
    n, m = ours.size[met.gold], theirs.size[met.pred]
    share = (np.minimum(n, m) / np.maximum(n, m))[block]
    unit = g.unit[ours.owner[met.gold]]

    def sums(of: IntArray, values: FloatArray, n: int) -> FloatArray:
        return np.bincount(of, values, n).astype(np.float64)

    mention = tuple(sums(block, score * share, len(unit)) for score in scores)

    # The best string of every entity that has one at all; of equally good ones the first.
    f1 = scores[3]
    hit = np.flatnonzero(f1 > 0)
    hit = hit[np.lexsort((of_gold[hit], -f1[hit], ours.entity[of_gold[hit]], block[hit]))]
    hit = hit[distinct_pairs(block[hit], ours.entity[of_gold[hit]])[1]]
    best = tuple(score[hit] for score in scores)
    entity = tuple(sums(block[hit], score, len(unit)) for score in best)

    # The best trigger of every entity of an instance's role; an exact match at any trigger counts.
    slot, member = met.gold[block[hit]], ours.entity[of_gold[hit]]
    order = np.lexsort((block[hit], -best[3], member, slot))
    begin = distinct_pairs(slot[order], member[order])[1]
    top = order[begin]
    exact = np.maximum.reduceat(best[0][order], begin) if len(begin) else best[0]
    used = np.zeros(len(ours.owner), bool)
    used[met.gold] = True
    cells = np.flatnonzero(used)
    event = tuple(sums(slot[top], score, len(used))[cells] for score in (exact, *(s[top] for s in best[1:])))
    return [
        ("mention", unit, np.minimum(n, m), mention),
        ("entity", unit, ours.entities[met.gold], entity),
        ("event", g.unit[ours.owner[cells]], ours.entities[cells], event),
    ]


def _packed(*columns: IntArray) -> IntArray:
    return shared_keys(columns, [column[:0] for column in columns])[0]


_ITEMS = {
    "mention": "aligned strings of a trigger's role, each times the share of the smaller in the larger side",
    "entity": "gold entities of a trigger's role",
    "event": "gold entities of an event's role, each at its best trigger",
}
_SCORES = {
    "em": "normalised strings are equal",
    "precision": "common words / predicted words",
    "recall": "common words / gold words",
    "f1": "2 · common words / (gold + predicted words)",
}

MEASURES: tuple[Measure, ...] = tuple(
    Ratio(
        name=f"maven-arg.{level}.{figure}",
        numerator=(f"{level}_{figure}",),
        denominator=(f"{level}_items",),
        formula=f"mean over {_ITEMS[level]}, and roles that one side lacks as 0: {_SCORES[figure]}",
        source="Wang et al. (2024), evaluate.py",
    )
    for level in LEVELS
    for figure in FIGURES
)
