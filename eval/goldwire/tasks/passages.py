"""Aligned passages: text and facts shared by two articles, as pairs of spans.

A *case* is an annotated pair of spans across two articles whose relation is text-basis (or null), a *detection* a
predicted one. Pairs whose relation is fact-basis are compared among themselves; other predictions are left out.

Five views of the same pairs:
- PAN's measures: how many characters of the cases are in detections and the reverse, and in how many pieces;
- aligned characters: only those that a detection also puts at the right place of the other article;
- facts: pairs of spans paired one to one;
- relations: whether the pairs that align have the right one;
- annotated negatives: look-alikes and formulas that a system should leave alone.
"""

from __future__ import annotations

import numpy as np

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Facet, FloatArray, IntArray, overlapping
from goldwire.tasks.assign import assign
from goldwire.tasks.intervals import union_length
from goldwire.tasks.labelled import labels_of
from goldwire.tasks.pairs import components, covering, unit_names
from goldwire.tasks.passage_pairs import (
    FACT_BASIS,
    NEGATIVES,
    RELATIONS,
    TEXT_BASIS,
    Columns,
    PassagePairs,
    character_sums,
    read_pairs,
    shared,
    shared_by_side,
)
from goldwire.tasks.spans import BoolArray

__all__ = ["count"]

_TIE = 2.0**-16


def count(gold: Corpus, pred: Corpus, *, min_overlap: int = 10, tolerance: int = 50) -> Counts:
    """Counts of aligned passages per connected component of documents.

    Units are the components of the gold documents under all scored passage pairs of either side; a document without
    any is a unit. Rows of the gold side carry the facet ``relation`` and, where the gold states edits, ``edit``: a passage
    counts under each of its labels. A slice by either has recalls but no precisions.

    min_overlap: characters that a detection must share with a case on both sides to count among the pieces of it (a
                 case shorter than that must be covered wholly).
    tolerance:   how far apart, in characters, the counterparts of a character may be to agree.

    Columns, gold side: those of ``character_sums``, ``pieces`` (detections per case, summed) and ``cases_touched``,
    ``aligned_gold_chars`` and ``aligned_gold``, ``facts`` and ``facts_found``, ``relations`` (pairs aligned one to one)
    and ``relations_right``, ``negatives`` and ``negatives_hit``. Predicted side: ``aligned_pred_chars``,
    ``aligned_pred``, ``pred_facts``. An exact repeat of a pair on the same side has no aligned characters.
    """
    basis = (*TEXT_BASIS, *FACT_BASIS, None)
    of_gold, of_pred = read_pairs(
        gold["passages"], pred["passages"], gold.doc_ids, ((*basis, *NEGATIVES), basis)
    )  # fmt: skip
    unit = components(len(gold.doc_ids), *np.concatenate([of_gold.docs, of_pred.docs], axis=1))
    units = unit_names(gold.doc_ids, unit)

    edits = labels_of(gold["passages"]["edits"])

    def rows(pairs: PassagePairs, columns: Columns, *, sliced: bool) -> Counts:
        of = unit[pairs.docs[0]]
        if not sliced or not edits.names:
            return Counts.build(units, of, {"relation": pairs.facet} if sliced else {}, columns)
        row, code, weight = overlapping(len(pairs), *edits.of(pairs.row))
        facets = {"relation": Facet(pairs.relation[row], RELATIONS), "edit": Facet(code, edits.names)}
        return Counts.build(units, of[row], facets, {name: sums[row] * weight for name, sums in columns.items()})

    cases, found = (side.of(*TEXT_BASIS, None) for side in (of_gold, of_pred))
    both = shared(cases, found)
    case_columns, found_columns = character_sums(cases, found, both)
    least = np.minimum(min_overlap, (cases.end - cases.start)[:, both.i])
    pieces = np.bincount(both.i[(both.size >= least).all(axis=0)], minlength=len(cases))
    aligned_gold, aligned_pred = _aligned_chars(cases, found, tolerance)
    case_columns |= {"pieces": pieces, "cases_touched": pieces > 0}
    case_columns |= {"aligned_gold_chars": cases.chars, "aligned_gold": aligned_gold}
    found_columns |= {"aligned_pred_chars": found.chars, "aligned_pred": aligned_pred}

    facts, pred_facts = (side.of(*FACT_BASIS) for side in (of_gold, of_pred))
    stated, pred_stated = (side.of(*TEXT_BASIS, *FACT_BASIS) for side in (of_gold, of_pred))
    negatives = of_gold.of(*NEGATIVES)
    fact_columns = {"facts": np.ones(len(facts)), "facts_found": _facts_found(facts, pred_facts)}
    negative_columns = {"negatives": np.ones(len(negatives)), "negatives_hit": _covered(negatives, of_pred)}
    counts = Counts.concat(
        [
            rows(cases, case_columns, sliced=True),
            rows(facts, fact_columns, sliced=True),
            rows(stated, _relations(stated, pred_stated, tolerance), sliced=True),
            rows(negatives, negative_columns, sliced=True),
            rows(found, found_columns, sliced=False),
            rows(pred_facts, {"pred_facts": np.ones(len(pred_facts))}, sliced=False),
        ]
    )
    return covering(counts, gold.doc_ids, unit)


def _aligned_chars(cases: PassagePairs, found: PassagePairs, tolerance: int) -> tuple[IntArray, IntArray]:
    """(cases,) and (detections,) characters of both sides whose counterpart some row of the other kind agrees with."""
    of_cases, of_found = np.zeros(len(cases), np.int64), np.zeros(len(found), np.int64)
    for side, i, j in shared_by_side(cases, found):
        start, end = _agreement(cases, found, i, j, side, tolerance)
        of_cases += union_length(i, start, end, len(cases))
        of_found += union_length(j, start, end, len(found))
    return np.where(cases.repeats, 0, of_cases), np.where(found.repeats, 0, of_found)


def _agreement(
    x: PassagePairs, y: PassagePairs, i: IntArray, j: IntArray, side: int, tolerance: int
) -> tuple[IntArray, IntArray]:
    """(n,) half-open spans of the characters that x[i] and y[j] put at most ``tolerance`` apart.

    A pair of spans maps position p of one side to o + (p − s)·m/n of the other (starts s and o, lengths n and m). Both
    maps are linear, so their distance is linear in p and the agreeing positions are one interval. All is multiplied by
    both lengths to stay in integers, exact while length² × article length stays below 2^63.
    """
    s, t = x.start[side, i], y.start[side, j]
    low, high = np.maximum(s, t), np.minimum(x.end[side, i], y.end[side, j])
    (x_other, x_own), (y_other, y_own) = (
        (pairs.end[1 - side, k] - pairs.start[1 - side, k], pairs.end[side, k] - pairs.start[side, k])
        for pairs, k in ((x, i), (y, j))
    )
    x_rise, y_rise, scale = x_other * y_own, y_other * x_own, x_own * y_own
    apart = scale * (x.start[1 - side, i] - y.start[1 - side, j])
    apart += x_rise * (low - s) - y_rise * (low - t)
    slope = x_rise - y_rise
    apart, slope = np.where(slope < 0, -apart, apart), np.abs(slope)
    room, steps = tolerance * scale, np.maximum(slope, 1)
    flat, agree = slope == 0, np.abs(apart) <= room
    first = np.where(flat, 0, -((room + apart) // steps))
    last = np.where(flat, np.where(agree, high - low, -1), (room - apart) // steps)
    start = low + np.maximum(first, 0)
    return start, np.maximum(np.minimum(low + last + 1, high), start)


def _relations(stated: PassagePairs, found: PassagePairs, tolerance: int) -> Columns:
    """Gold pairs that have a partner, and that have one of the same relation, in the one-to-one alignment of the most
    aligned characters; among equal ones that of the most equal relations, then of the most pairs.
    """
    width = max(len(found), 1)
    keys, chars = [], []
    for side, i, j in shared_by_side(stated, found):
        start, end = _agreement(stated, found, i, j, side, tolerance)
        keys.append((i * width + j)[end > start])
        chars.append((end - start)[end > start])
    key, weight = _summed(np.concatenate(keys), np.concatenate(chars))
    i, j = key // width, key % width
    equal = stated.relation[i] == found.relation[j]
    taken = assign(i, j, weight + equal * _TIE + _TIE**2, len(stated), len(found))
    has_partner, right = np.zeros((2, len(stated)), bool)
    has_partner[i[taken]] = True
    right[i[taken]] = equal[taken]
    return {"relations": has_partner, "relations_right": right}


def _summed(key: IntArray, value: IntArray) -> tuple[IntArray, FloatArray]:
    """The distinct keys, ascending, and the sum of the values of each."""
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.append(True, key[1:] != key[:-1])[: len(key)])
    total = np.add.reduceat(value[order], first) if len(first) else value
    return key[first], total.astype(np.float64)


def _facts_found(facts: PassagePairs, found: PassagePairs) -> BoolArray:
    """(facts,) whether a fact has a partner in the largest one-to-one alignment with predicted facts.

    Two pairs may be aligned that share, on both sides, at least half of the characters of the longer span. Where
    predictions are too few for all, relations are served in the order of RELATIONS, which makes their numbers unique.
    """
    both = shared(facts, found)
    longer = np.maximum((facts.end - facts.start)[:, both.i], (found.end - found.start)[:, both.j])
    near = (2 * both.size >= longer).all(axis=0)
    i, j = both.i[near], both.j[near]
    rank = (len(RELATIONS) - facts.relation[i]).astype(np.float64)
    matched = np.zeros(len(facts), bool)
    matched[i[assign(i, j, rank, len(facts), len(found))]] = True
    return matched


def _covered(negatives: PassagePairs, found: PassagePairs) -> BoolArray:
    """(negatives,) whether some prediction covers, on both sides, at least half of the length of the shorter side."""
    both = shared(negatives, found)
    shorter = (negatives.end - negatives.start).min(axis=0)
    hit = np.zeros(len(negatives), bool)
    hit[both.i[(2 * both.size >= shorter[both.i]).all(axis=0)]] = True
    return hit
