"""Aligned passages: text shared by two articles, as pairs of spans.

A *case* is an annotated pair of spans across two articles whose relation is text-basis (or null), a *detection* a
predicted one; predictions of other relations are left out. Both are brought into canonical order, the article that
comes first in the gold first, so that swapped sides score the same.

Three views of the same pairs:
- PAN's measures: how many characters of the cases are in detections and the reverse, and in how many pieces;
- aligned characters: only those that a detection also puts at the right place of the other article;
- annotated negatives: look-alikes and formulas that a system should leave alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Facet, IntArray
from goldwire.tasks.intervals import covered_length, uncovered, union_length
from goldwire.tasks.pairs import components, group, unit_names
from goldwire.tasks.spans import Pieces, codes_in, integers, overlaps, unit_codes

__all__ = ["NEGATIVES", "TEXT_BASIS", "count"]

TEXT_BASIS = ("verbatim", "near_verbatim", "paraphrase")
NEGATIVES = ("distinct_event", "formula")
_RELATIONS = TEXT_BASIS + NEGATIVES
_SIDES = (0, 1)

BoolArray = npt.NDArray[np.bool_]
_Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class _Pairs:
    """Pairs of spans in an order of their own, whatever the order of the file.

    docs, start, end: (2, rows) document code and half-open span of each side.
    relation:         (rows,) index into _RELATIONS, -1 where null.
    article_pair:     (rows,) code of the two documents.
    """

    docs: IntArray
    start: IntArray
    end: IntArray
    relation: IntArray
    article_pair: IntArray

    def __len__(self) -> int:
        return len(self.relation)

    @property
    def chars(self) -> IntArray:
        """(rows,) characters of both sides."""
        total: IntArray = (self.end - self.start).sum(axis=0)
        return total

    @property
    def facet(self) -> Facet:
        """The relation of each row."""
        return Facet(self.relation, _RELATIONS)


def count(gold: Corpus, pred: Corpus, *, min_overlap: int = 10, tolerance: int = 50, pan: bool = False) -> Counts:
    """Counts of aligned passages per connected component of documents.

    Units are the components of the gold documents under all scored passage pairs of either side; a document without
    any is a unit. Rows of the gold side carry the facet ``relation``; a slice by it has recalls but no precisions.

    min_overlap: characters that a detection must share with a case on both sides to count among the pieces of it (a
                 case shorter than that must be covered wholly).
    tolerance:   how far apart, in characters, the counterparts of a character may be to agree.
    pan:         count as PAN's perfmeasures.py 1.3 does: sides as given, one shared character makes a piece, and a
                 character in the cases of several partners counts once for the article, not once per article pair.

    Columns, gold side: ``gold_chars`` and ``found_chars`` (union of the cases; of it, in detections of the same case),
    ``cases`` and ``case_recall`` (sum of each case's share found), ``pieces`` (detections per case, summed) and
    ``cases_touched``, ``aligned_gold_chars`` and ``aligned_gold``, ``negatives`` and ``negatives_hit``. Predicted
    side: ``pred_chars``, ``detections``, ``detection_precision``, ``aligned_pred_chars``, ``aligned_pred``. An exact
    repeat of a pair on the same side has no aligned characters.
    """
    doc_ids = gold.doc_ids
    cases = _read(gold["passages"], doc_ids, (*TEXT_BASIS, None), canonical=not pan)
    negatives = _read(gold["passages"], doc_ids, NEGATIVES, canonical=not pan)
    found = _read(pred["passages"], doc_ids, (*TEXT_BASIS, None), canonical=not pan)
    sides = (cases, negatives, found)
    _, codes = group(*(pairs.docs[0] * len(doc_ids) + pairs.docs[1] for pairs in sides))
    cases, negatives, found = (replace(pairs, article_pair=code) for pairs, code in zip(sides, codes, strict=True))

    a, b = np.concatenate([pairs.docs for pairs in sides], axis=1)
    unit = components(len(doc_ids), a, b)
    units = unit_names(doc_ids, unit)
    case_columns, found_columns = _pan_columns(cases, found, 1 if pan else min_overlap, by_article=pan)
    aligned_gold, aligned_pred = _aligned_chars(cases, found, tolerance)
    case_columns |= {"aligned_gold_chars": cases.chars, "aligned_gold": aligned_gold}
    found_columns |= {"aligned_pred_chars": found.chars, "aligned_pred": aligned_pred}
    negative_columns = {"negatives": np.ones(len(negatives)), "negatives_hit": _covered(negatives, found)}
    return Counts.concat(
        [
            Counts.build(units, unit[cases.docs[0]], {"relation": cases.facet}, case_columns),
            Counts.build(units, unit[negatives.docs[0]], {"relation": negatives.facet}, negative_columns),
            Counts.build(units, unit[found.docs[0]], {}, found_columns),
        ]
    )


def _read(table: pa.Table, doc_ids: Sequence[str], relations: Sequence[str | None], *, canonical: bool) -> _Pairs:
    """The rows of these relations across two articles, sorted; repeats are kept."""
    wanted = pc.is_in(table["relation"], value_set=pa.array(relations, pa.string()))
    table = table.filter(pc.and_(wanted, pc.not_equal(table["a"], table["b"])))
    docs = np.stack([unit_codes(table[side], doc_ids) for side in ("a", "b")])
    start, end = (np.stack([integers(table[f"{side}_{bound}"]) for side in ("a", "b")]) for bound in ("start", "end"))
    if canonical:
        swap = docs[0] > docs[1]
        docs, start, end = (np.where(swap, sides[::-1], sides) for sides in (docs, start, end))
    relation = codes_in(table["relation"], _RELATIONS)
    order = np.lexsort((relation, end[1], start[1], end[0], start[0], docs[1], docs[0]))
    return _Pairs(docs[:, order], start[:, order], end[:, order], relation[order], np.zeros(len(order), np.int64))


def _meeting(x: _Pairs, y: _Pairs, side: int) -> tuple[IntArray, IntArray]:
    """Indices (i, j) of all x and y of one article pair that share characters on that side."""
    width = max(x.end.max(initial=0), y.end.max(initial=0)) + 1
    met = overlaps(*(_laid_out(pairs, side, width) for pairs in (x, y)))
    return met.row, met.col


def _laid_out(pairs: _Pairs, side: int, width: int) -> Pieces:
    """One side's spans on an axis that has ``width`` positions for each article pair."""
    row = np.flatnonzero(pairs.end[side] > pairs.start[side])
    place = pairs.article_pair[row] * width
    return Pieces(row, pairs.start[side, row] + place, pairs.end[side, row] + place)


def _shared(x: _Pairs, y: _Pairs) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Indices (i, j) of all x and y that share characters on both sides, and the (2, n) spans they share."""
    i, j = _meeting(x, y, 0)
    start, end = np.maximum(x.start[:, i], y.start[:, j]), np.minimum(x.end[:, i], y.end[:, j])
    both = end[1] > start[1]
    return i[both], j[both], start[:, both], end[:, both]


def _pan_columns(cases: _Pairs, found: _Pairs, min_overlap: int, *, by_article: bool) -> tuple[_Columns, _Columns]:
    """The sums behind PAN's precision, recall and granularity (Potthast et al. 2010), by case and by detection."""
    i, j, start, end = _shared(cases, found)
    gold_chars, found_chars, case_part = np.zeros((3, len(cases)), np.int64)
    pred_chars, found_part = np.zeros((2, len(found)), np.int64)
    width = max(cases.end.max(initial=0), found.end.max(initial=0)) + 1
    for side in _SIDES:
        case_place, found_place = (
            (pairs.docs[side] if by_article else pairs.article_pair) * width for pairs in (cases, found)
        )
        case_end = cases.end[side] + case_place
        own = uncovered(cases.start[side] + case_place, case_end)
        gold_chars += case_end - own
        found_chars += covered_length(start[side] + case_place[i], end[side] + case_place[i], own, case_end)
        found_end = found.end[side] + found_place
        pred_chars += found_end - uncovered(found.start[side] + found_place, found_end)
        case_part += union_length(i, start[side], end[side], len(cases))
        found_part += union_length(j, start[side], end[side], len(found))
    enough = ((end - start) >= np.minimum(min_overlap, (cases.end - cases.start)[:, i])).all(axis=0)
    pieces = np.bincount(i[enough], minlength=len(cases))
    of_cases: _Columns = {
        "gold_chars": gold_chars,
        "found_chars": found_chars,
        "cases": np.ones(len(cases)),
        "case_recall": case_part / cases.chars,
        "pieces": pieces,
        "cases_touched": pieces > 0,
    }
    of_found: _Columns = {
        "pred_chars": pred_chars,
        "detections": np.ones(len(found)),
        "detection_precision": found_part / found.chars,
    }
    return of_cases, of_found


def _aligned_chars(cases: _Pairs, found: _Pairs, tolerance: int) -> tuple[IntArray, IntArray]:
    """(cases,) and (detections,) characters of both sides whose counterpart some row of the other kind agrees with."""
    of_cases, of_found = np.zeros(len(cases), np.int64), np.zeros(len(found), np.int64)
    for side in _SIDES:
        i, j = _meeting(cases, found, side)
        start, end = _agreement(cases, found, i, j, side, tolerance)
        of_cases += union_length(i, start, end, len(cases))
        of_found += union_length(j, start, end, len(found))
    return np.where(_repeated(cases), 0, of_cases), np.where(_repeated(found), 0, of_found)


def _agreement(
    cases: _Pairs, found: _Pairs, i: IntArray, j: IntArray, side: int, tolerance: int
) -> tuple[IntArray, IntArray]:
    """(n,) half-open spans of the characters that case i and detection j put at most ``tolerance`` apart.

    A pair of spans maps position x of one side to o + (x − s)·m/n of the other (starts s and o, lengths n and m). Both
    maps are linear, so their distance is linear in x and the agreeing positions are one interval. All is multiplied by
    both lengths to stay in integers, exact while length² × article length stays below 2^63.
    """
    s, t = cases.start[side, i], found.start[side, j]
    low, high = np.maximum(s, t), np.minimum(cases.end[side, i], found.end[side, j])
    (case_other, case_own), (found_other, found_own) = (
        (pairs.end[1 - side, k] - pairs.start[1 - side, k], pairs.end[side, k] - pairs.start[side, k])
        for pairs, k in ((cases, i), (found, j))
    )
    case_rise, found_rise, scale = case_other * found_own, found_other * case_own, case_own * found_own
    apart = scale * (cases.start[1 - side, i] - found.start[1 - side, j])
    apart += case_rise * (low - s) - found_rise * (low - t)
    slope = case_rise - found_rise
    apart, slope = np.where(slope < 0, -apart, apart), np.abs(slope)
    room, steps = tolerance * scale, np.maximum(slope, 1)
    flat, agree = slope == 0, np.abs(apart) <= room
    first = np.where(flat, 0, -((room + apart) // steps))
    last = np.where(flat, np.where(agree, high - low, -1), (room - apart) // steps)
    start = low + np.maximum(first, 0)
    return start, np.maximum(np.minimum(low + last + 1, high), start)


def _repeated(pairs: _Pairs) -> BoolArray:
    """(rows,) whether the row has the spans of the row before it."""
    rows = np.concatenate([pairs.docs, pairs.start, pairs.end])
    repeated = np.zeros(len(pairs), bool)
    repeated[1:] = (rows[:, 1:] == rows[:, :-1]).all(axis=0)
    return repeated


def _covered(negatives: _Pairs, found: _Pairs) -> BoolArray:
    """(negatives,) whether some detection covers, on both sides, at least half of the length of the shorter side."""
    i, _, start, end = _shared(negatives, found)
    shorter = (negatives.end - negatives.start).min(axis=0)
    hit = np.zeros(len(negatives), bool)
    hit[i[(2 * (end - start) >= shorter[i]).all(axis=0)]] = True
    return hit
