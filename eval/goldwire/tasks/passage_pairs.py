"""Pairs of passages across articles as columns, and what the pairs of two sides have in common.

Both sides are brought into canonical order, the article that comes first in the gold first, so that a pair given the
other way round is the same pair; profiles of scorers that do not do so read them as given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import Facet, IntArray
from goldwire.tasks.codes import canonical_order, codes_in, distinct, integers, unit_codes
from goldwire.tasks.intervals import covered_length, uncovered, union_length
from goldwire.tasks.spans import BoolArray, Pieces, overlaps

__all__ = [
    "FACT_BASIS",
    "NEGATIVES",
    "RELATIONS",
    "SIDES",
    "TEXT_BASIS",
    "Columns",
    "PassagePairs",
    "Shared",
    "character_sums",
    "read_pairs",
    "shared",
    "shared_by_side",
]

TEXT_BASIS = ("verbatim", "near_verbatim", "paraphrase")
FACT_BASIS = ("same_fact", "partial_fact", "update", "contradiction")
NEGATIVES = ("distinct_event", "formula")
RELATIONS = TEXT_BASIS + FACT_BASIS + NEGATIVES
SIDES = (0, 1)

Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class PassagePairs:
    """Pairs of spans in an order of their own, whatever the order of the file.

    docs, start, end: (2, rows) document code and half-open span of each side.
    relation:         (rows,) index into RELATIONS, -1 where null.
    article_pair:     (rows,) code of the two documents, the same on both sides of a comparison.
    row:              (rows,) where each stands in the table.
    """

    docs: IntArray
    start: IntArray
    end: IntArray
    relation: IntArray
    article_pair: IntArray
    row: IntArray

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
        return Facet(self.relation, RELATIONS)

    @property
    def repeats(self) -> BoolArray:
        """(rows,) whether the row has the spans of the row before it."""
        rows = np.concatenate([self.docs, self.start, self.end])
        again = np.zeros(len(self), bool)
        again[1:] = (rows[:, 1:] == rows[:, :-1]).all(axis=0)
        return again

    def where(self, kept: BoolArray | IntArray) -> PassagePairs:
        """The marked rows, or the rows at these positions."""
        return PassagePairs(
            self.docs[:, kept],
            self.start[:, kept],
            self.end[:, kept],
            self.relation[kept],
            self.article_pair[kept],
            self.row[kept],
        )

    def of(self, *relations: str | None) -> PassagePairs:
        """The rows of these relations, None meaning null."""
        codes = [-1 if relation is None else RELATIONS.index(relation) for relation in relations]
        return self.where(np.isin(self.relation, codes))


def read_pairs(
    gold: pa.Table,
    pred: pa.Table,
    doc_ids: Sequence[str],
    relations: tuple[Sequence[str | None], Sequence[str | None]],
    *,
    canonical: bool = True,
) -> tuple[PassagePairs, PassagePairs]:
    """The rows of ``relations`` of both sides, sorted; repeats are kept.

    canonical: bring the two sides of a pair into the order of the documents, and leave out pairs inside one article.
    Raises UsageError for a document that is not in ``doc_ids``.
    """
    sides = [_read(table, doc_ids, kept, canonical) for table, kept in zip((gold, pred), relations, strict=True)]
    _, codes = distinct(*(pairs.docs[0] * len(doc_ids) + pairs.docs[1] for pairs in sides))
    of_gold, of_pred = (_sorted(replace(pairs, article_pair=code)) for pairs, code in zip(sides, codes, strict=True))
    return of_gold, of_pred


def _read(table: pa.Table, doc_ids: Sequence[str], relations: Sequence[str | None], canonical: bool) -> PassagePairs:
    wanted = pc.is_in(table["relation"], value_set=pa.array(relations, pa.string()))
    if canonical:
        wanted = pc.and_(wanted, pc.not_equal(table["a"], table["b"]))
    table, row = table.filter(wanted), np.flatnonzero(pc.fill_null(wanted, False).to_numpy())
    docs = np.stack([unit_codes(table[side], doc_ids) for side in ("a", "b")])
    start, end = (np.stack([integers(table[f"{side}_{bound}"]) for side in ("a", "b")]) for bound in ("start", "end"))
    if canonical:
        swap = docs[0] > docs[1]
        docs, start, end = (np.where(swap, sides[::-1], sides) for sides in (docs, start, end))
    return PassagePairs(docs, start, end, codes_in(table["relation"], RELATIONS), np.zeros(len(table), np.int64), row)


def _sorted(pairs: PassagePairs) -> PassagePairs:
    """By documents, then spans, then relation."""
    place = pairs.article_pair * (pairs.start.max(initial=0) + 1)
    return pairs.where(
        canonical_order(place + pairs.start[0], pairs.end[0], pairs.start[1], pairs.end[1], pairs.relation)
    )


@dataclass(frozen=True)
class Shared:
    """Rows i of one side and j of the other that share characters in both articles; start, end: (2, n) what they share."""

    i: IntArray
    j: IntArray
    start: IntArray
    end: IntArray

    @property
    def size(self) -> IntArray:
        """(2, n) characters shared on each side."""
        return self.end - self.start


def shared(x: PassagePairs, y: PassagePairs) -> Shared:
    """All rows of x and y that share characters on both sides."""
    i, j = _meeting(x, y, 0)
    start, end = np.maximum(x.start[:, i], y.start[:, j]), np.minimum(x.end[:, i], y.end[:, j])
    both = end[1] > start[1]
    return Shared(i[both], j[both], start[:, both], end[:, both])


def shared_by_side(x: PassagePairs, y: PassagePairs) -> Iterator[tuple[int, IntArray, IntArray]]:
    """Per side, all rows i of x and j of y that share characters there, wherever their other sides are."""
    for side in SIDES:
        yield side, *_meeting(x, y, side)


def _meeting(x: PassagePairs, y: PassagePairs, side: int) -> tuple[IntArray, IntArray]:
    """Indices (i, j) of all x and y of one article pair that share characters on that side."""
    width = max(x.end.max(initial=0), y.end.max(initial=0)) + 1
    met = overlaps(*(_laid_out(pairs, side, width) for pairs in (x, y)))
    return met.row, met.col


def _laid_out(pairs: PassagePairs, side: int, width: int) -> Pieces:
    """One side's spans on an axis that has ``width`` positions for each article pair."""
    row = np.flatnonzero(pairs.end[side] > pairs.start[side])
    place = pairs.article_pair[row] * width
    return Pieces(row, pairs.start[side, row] + place, pairs.end[side, row] + place)


def character_sums(
    cases: PassagePairs, found: PassagePairs, both: Shared, *, by_article: bool = False
) -> tuple[Columns, Columns]:
    """The sums behind PAN's precision and recall (Potthast et al. 2010), by case and by detection.

    both: what cases and detections share. by_article: a character in the cases of several partners counts once for the
    article and side, not once per article pair.

    Of a character that several rows have, the row that comes first has it. Columns of cases: ``gold_chars`` and
    ``found_chars`` (the union of the cases; of it, in detections of the same case), ``cases`` and ``case_recall`` (each
    case's share found). Of detections: ``pred_chars``, ``detections``, ``detection_precision``.
    """
    gold_chars, found_chars, case_part = np.zeros((3, len(cases)), np.int64)
    pred_chars, found_part = np.zeros((2, len(found)), np.int64)
    width = max(cases.end.max(initial=0), found.end.max(initial=0)) + 1
    for side in SIDES:
        case_place, found_place = (
            (pairs.docs[side] if by_article else pairs.article_pair) * width for pairs in (cases, found)
        )
        start, end, of_case = both.start[side], both.end[side], case_place[both.i]
        case_end, found_end = cases.end[side] + case_place, found.end[side] + found_place
        own = uncovered(cases.start[side] + case_place, case_end)
        gold_chars += case_end - own
        found_chars += covered_length(start + of_case, end + of_case, own, case_end)
        pred_chars += found_end - uncovered(found.start[side] + found_place, found_end)
        case_part += union_length(both.i, start, end, len(cases))
        found_part += union_length(both.j, start, end, len(found))
    of_cases: Columns = {
        "gold_chars": gold_chars,
        "found_chars": found_chars,
        "cases": np.ones(len(cases)),
        "case_recall": case_part / cases.chars,
    }
    of_found: Columns = {
        "pred_chars": pred_chars,
        "detections": np.ones(len(found)),
        "detection_precision": found_part / found.chars,
    }
    return of_cases, of_found
