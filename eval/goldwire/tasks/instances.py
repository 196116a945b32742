"""Event instances as templates, whatever triggers they have: role fillers, whole templates and their dates.

Entities are compared as sets of mentions, mentions by their spans. Role fillers are compared once per document and
type, all instances taken together (CEAF-REE), and once between templates aligned one-to-one (CEAF-RME, φ3). Templates
are aligned by an assignment whose weights come from the alignment of their fillers, for all pairs of templates at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from goldwire.corpus.labels import labels
from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Facet, IntArray
from goldwire.tasks.assign import assign
from goldwire.tasks.clusters import rank
from goldwire.tasks.codes import integers, shared_keys, unit_codes
from goldwire.tasks.criteria import lexicographic
from goldwire.tasks.templates import (
    Templates,
    distinct_pairs,
    filler_pairs,
    join,
    merged,
    read_templates,
    rows_of,
)
from goldwire.tasks.timex import denoted, intervals

__all__ = ["aligned_fillers", "aligned_templates", "count", "shared_mentions"]

_TRACK = ("core", "other")
_BLOCK_PAIRS = 2_000_000

Column = npt.NDArray[Any]


def count(gold: Corpus, pred: Corpus) -> Counts:
    """Counts of event instances per document, event type and track (core types and others), for CEAF-REE also per role.

    See ``templates.read_templates`` for what a template, a filler and an entity's mentions are. The columns are

    ree_gold, ree_pred     entities that fill a role in any instance of a type in a document
    ree_matched, ree_prop  best one-to-one alignment of these: where all mentions of the predicted entity are mentions
                           of the gold one; the sum of the shares of its mentions that are
    rme_gold, rme_pred     fillers of all templates: templates x roles x entities
    rme_right              predicted fillers that share a mention with a gold filler of the role in the gold template
                           aligned with theirs
    rme_found              gold fillers so hit, where a predicted filler hits one
    phi3_gold, phi3_pred   mentions of the fillers of all templates
    phi3_matched           common mentions of fillers aligned one-to-one within aligned templates and roles
    template_gold, template_pred, template_matched   templates; aligned ones that share a mention, or have no fillers
    date_both, date_equal  aligned gold templates with a date; those whose partner has the same date

    Templates of one document and type are aligned one-to-one: for the columns ``rme_`` such that ``rme_right`` is as
    large as possible, then ``rme_found``; for those after them ``phi3_matched``, then the number of pairs, of equal
    dates, and last of gold templates without a date. A template's date is the shortest stretch of the calendar (of
    several the earliest) that a time expression denotes which an argument names by time_id or shares its span with.
    """
    g, p, types, roles = read_templates(gold, pred)
    rows = _Rows(gold.doc_ids, types, roles)
    entities, common = shared_mentions(g, p)
    dates = [_dates(side, templates, gold.doc_ids) for side, templates in ((gold, g), (pred, p))]
    fillers = _by_type(rows, merged(g, by_type=True), merged(p, by_type=True), entities, common)
    return Counts.concat([*fillers, *_by_template(rows, g, p, entities, common, *dates)])


def shared_mentions(g: Templates, p: Templates) -> tuple[tuple[IntArray, IntArray], IntArray]:
    """Pairs of a gold and a predicted entity with common mentions, and how many they have in common."""
    ours, theirs = join(g.span, p.span)
    row, col = g.holder[ours], p.holder[theirs]
    order, first = distinct_pairs(row, col)
    return (row[order[first]], col[order[first]]), np.diff(first, append=len(row))


class _Rows:
    """Makes counts of columns that run over templates or fillers."""

    def __init__(self, units: tuple[str, ...], types: tuple[str, ...], roles: tuple[str, ...]) -> None:
        known = labels()["event_types"]
        core = [_TRACK.index("core" if known[name]["core"] else "other") if name in known else -1 for name in types]
        self.units, self.types, self.roles, self.track = units, types, roles, np.array([*core, -1], np.int64)

    def of(self, side: Templates, template: IntArray, role: IntArray | None = None, **columns: Column | int) -> Counts:
        """One row per entry of ``template``, an index into the side's templates; a number stands for a whole column."""
        kind = side.type[template]
        facets = {"type": Facet(kind, self.types), "track": Facet(self.track[kind], _TRACK)}
        if role is not None:
            facets["role"] = Facet(role, self.roles)
        full = {name: np.broadcast_to(column, len(template)) for name, column in columns.items()}
        return Counts.build(self.units, side.unit[template], facets, full)


# ----------------------------------------------------------------------------------------- fillers of a type (CEAF-REE)


def _by_type(
    rows: _Rows, g: Templates, p: Templates, entities: tuple[IntArray, IntArray], common: IntArray
) -> list[Counts]:
    """Role fillers of each document and type, aligned one-to-one within their role."""
    strict, _, _ = aligned_fillers(g, p, entities, common, strict=True)
    best, _, share = aligned_fillers(g, p, entities, common, strict=False)
    return [
        rows.of(g, g.template, g.role, ree_gold=1),
        rows.of(p, p.template, p.role, ree_pred=1),
        rows.of(g, g.template[strict], g.role[strict], ree_matched=1),
        rows.of(g, g.template[best], g.role[best], ree_prop=share),
    ]


def aligned_fillers(
    g: Templates, p: Templates, entities: tuple[IntArray, IntArray], common: IntArray, *, strict: bool
) -> tuple[IntArray, IntArray, Column]:
    """The best one-to-one alignment of CEAF-REE: gold fillers, their partners, and the share of the predicted mentions
    that are gold ones; ``strict`` admits only those of which all are.

    g, p: templates merged by type; entities, common: of ``shared_mentions``.
    """
    at, ours, theirs = filler_pairs(g, p, entities)
    share = common[at] / p.size[p.entity[theirs]]
    if strict:
        ours, theirs, share = (column[share == 1] for column in (ours, theirs, share))
    best = assign(ours, theirs, share, len(g.entity), len(p.entity))
    return ours[best], theirs[best], share[best]


# -------------------------------------------------------------------------------------- whole templates (CEAF-RME, φ3)


def _by_template(
    rows: _Rows,
    g: Templates,
    p: Templates,
    entities: tuple[IntArray, IntArray],
    common: IntArray,
    g_date: tuple[IntArray, IntArray],
    p_date: tuple[IntArray, IntArray],
) -> list[Counts]:
    """Templates aligned one-to-one within their document and type, and what aligned ones have in common."""
    counts = [
        rows.of(g, g.template, rme_gold=1, phi3_gold=g.size[g.entity]),
        rows.of(p, p.template, rme_pred=1, phi3_pred=p.size[p.entity]),
        rows.of(g, np.arange(len(g.unit)), template_gold=1),
        rows.of(p, np.arange(len(p.unit)), template_pred=1),
        rows.of(g, _unfilled(g, p)[0], template_matched=1),
    ]
    for block in _blocks(g, p, entities):
        row, col, right, found, matched = _similar(g, p, (entities[0][block], entities[1][block]), common[block])
        dated = g_date[1][row] > g_date[0][row]
        equal = dated & (g_date[0][row] == p_date[0][col]) & (g_date[1][row] == p_date[1][col])

        subset = _best(g, p, row, col, right, found)
        counts.append(rows.of(g, row[subset], rme_right=right[subset], rme_found=found[subset]))
        phi3 = _most_in_common(g, p, row, col, matched, equal, dated)
        columns = {"phi3_matched": matched, "date_both": dated, "date_equal": equal}
        aligned = {name: column[phi3] for name, column in columns.items()}
        counts.append(rows.of(g, row[phi3], template_matched=1, **aligned))
    return counts


def aligned_templates(
    g: Templates, p: Templates, entities: tuple[IntArray, IntArray], common: IntArray
) -> tuple[IntArray, IntArray, Column]:
    """The one-to-one alignment of CEAF-RME with φ3, dates aside: gold templates, their partners, and how many mentions
    of aligned fillers they have in common; none for templates without fillers."""
    ours, theirs = _unfilled(g, p)
    found: list[tuple[IntArray, IntArray, Column]] = [(ours, theirs, np.zeros(len(ours)))]
    for block in _blocks(g, p, entities):
        row, col, _, _, matched = _similar(g, p, (entities[0][block], entities[1][block]), common[block])
        none = np.zeros(len(row), bool)
        best = _most_in_common(g, p, row, col, matched, none, none)
        found.append((row[best], col[best], matched[best]))
    rows, cols, shared = (np.concatenate(column) for column in zip(*found, strict=True))
    return rows, cols, shared


def _most_in_common(
    g: Templates, p: Templates, row: IntArray, col: IntArray, matched: Column, equal: Column, dated: Column
) -> IntArray:
    """Indices of the pairs of templates with the most common mentions, then the most pairs, then by their dates."""
    return _best(g, p, row, col, matched, np.ones(len(row)), equal, ~dated)


def _blocks(g: Templates, p: Templates, entities: tuple[IntArray, IntArray]) -> list[IntArray]:
    """Indices of the pairs of entities of whole documents, some _BLOCK_PAIRS pairs of fillers at a time.

    Memory grows with the pairs of templates of a type that share a filler, which are many where all have the same one.
    """
    load = np.bincount(g.entity, minlength=len(g.entity_unit))[entities[0]]
    load = load * np.bincount(p.entity, minlength=len(p.entity_unit))[entities[1]]
    unit = g.entity_unit[entities[0]]
    of_unit = np.bincount(unit, load)
    block = ((np.cumsum(of_unit) - of_unit) // _BLOCK_PAIRS)[unit]
    order = np.argsort(block, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(block[order])) + 1)


def _similar(
    g: Templates, p: Templates, entities: tuple[IntArray, IntArray], common: IntArray
) -> tuple[IntArray, IntArray, Column, Column, Column]:
    """Every pair of templates of one document and type with common mentions: gold template, predicted template,
    predicted fillers that are right, gold fillers found, and common mentions of the fillers aligned one-to-one."""
    at, ours, theirs = filler_pairs(g, p, entities)
    width = len(p.unit) + 1
    pair, distinct = rank(g.template[ours] * width + p.template[theirs])

    def of_pair(values: Column) -> Column:
        return np.bincount(pair, values, len(distinct))

    right = of_pair(_first_of_each(pair, theirs))
    found = of_pair(_aligned(pair, ours, theirs, np.ones(len(pair))))
    matched = of_pair(_aligned(pair, ours, theirs, common[at]) * common[at])
    return distinct // width, distinct % width, right, found, matched


def _best(g: Templates, p: Templates, row: IntArray, col: IntArray, *criteria: Column) -> IntArray:
    """Indices of the pairs of templates in the one-to-one alignment that is best by the criteria, one after another."""
    return assign(row, col, lexicographic(g.unit[row], row, *criteria), len(g.unit), len(p.unit))


def _first_of_each(pair: IntArray, filler: IntArray) -> Column:
    """(edges,) 1 for one edge of every filler in every pair of templates, else 0."""
    order, first = distinct_pairs(pair, filler)
    mask = np.zeros(len(pair))
    mask[order[first]] = 1
    return mask


def _aligned(pair: IntArray, ours: IntArray, theirs: IntArray, weight: Column) -> Column:
    """(edges,) whether an edge is in the best one-to-one alignment of the fillers of its pair of templates."""
    n = int(pair.max(initial=0)) + 1
    row, rows = rank(ours * n + pair)
    col, cols = rank(theirs * n + pair)
    mask = np.zeros(len(pair), bool)
    mask[assign(row, col, weight.astype(np.float64), len(rows), len(cols))] = True
    return mask


def _unfilled(g: Templates, p: Templates) -> tuple[IntArray, IntArray]:
    """Pairs of a gold and a predicted template of one document and type that both have no fillers."""
    empty = [np.flatnonzero(np.bincount(side.template, minlength=len(side.unit)) == 0) for side in (g, p)]
    keys = shared_keys(*((side.unit[rows], side.type[rows]) for side, rows in zip((g, p), empty, strict=True)))
    number = [_occurrence(key) for key in keys]
    ours, theirs = join(*shared_keys((keys[0], number[0]), (keys[1], number[1])))
    return empty[0][ours], empty[1][theirs]


def _occurrence(keys: IntArray) -> IntArray:
    """(keys,) how many equal keys stand before each."""
    order = np.argsort(keys, kind="stable")
    number = np.empty(len(keys), np.int64)
    number[order] = np.arange(len(keys)) - np.searchsorted(keys[order], keys[order])
    return number


def _dates(corpus: Corpus, side: Templates, doc_ids: tuple[str, ...]) -> tuple[IntArray, IntArray]:
    """(templates,) start and end of each template's date, both 0 where it has none."""
    arguments, times = corpus["arguments"], corpus["times"]
    start, end = intervals(denoted(times["value"], times["resolved"]))
    places = shared_keys(
        *((unit_codes(t["doc_id"], doc_ids), integers(t["start"]), integers(t["end"])) for t in (arguments, times))
    )
    argument, time = join(*places)
    named = rows_of(arguments, times, "time_id")
    argument = np.append(argument, np.flatnonzero(named >= 0))
    time = np.append(time, named[named >= 0])
    known = (side.event_of_argument[argument] >= 0) & (end[time] > start[time])
    template, time = side.of_event[side.event_of_argument[argument[known]]], time[known]
    order = np.lexsort((start[time], end[time] - start[time], template))
    first = order[np.flatnonzero(np.diff(template[order], prepend=-1))]
    date = np.zeros((2, len(side.unit)), np.int64)
    date[:, template[first]] = start[time[first]], end[time[first]]
    return date[0], date[1]
