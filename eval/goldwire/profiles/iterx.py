"""IterX's CEAF-RME: templates of a document aligned one-to-one by the strings their role fillers share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, FloatArray, IntArray
from goldwire.profiles.strings import StringPairs, entity_strings, string_pairs
from goldwire.tasks.assign import assign
from goldwire.tasks.clusters import rank
from goldwire.tasks.spans import BoolArray
from goldwire.tasks.templates import Templates, distinct_pairs, filler_pairs, join, read_templates

__all__ = ["phi3_counts", "subset_counts"]


def subset_counts(gold: Corpus, pred: Corpus) -> Counts:
    """Counts per document under φ-subset.

    Columns: ``gold`` and ``pred``, fillers of all templates; ``right``, predicted fillers of aligned templates that
    share a string with a gold one; ``found``, the gold fillers that these point to.
    """
    documents = _Documents(gold, pred)
    g, p = documents.alternatives, documents.p
    at, ours, theirs = filler_pairs(g, p, documents.pairs.entities)
    pair, row, col = documents.template_pairs(ours, theirs)
    # Every predicted filler of a pair of templates points to one gold filler: by its own first string that any gold
    # filler has, then by the gold fillers' order.
    by_first = np.lexsort((ours, documents.pairs.first[at], theirs, pair))
    pointer = by_first[distinct_pairs(pair[by_first], theirs[by_first])[1]]
    hit, begin = distinct_pairs(pair[pointer], ours[pointer])
    right = np.bincount(pair[pointer], minlength=len(row)).astype(np.float64)
    found = np.bincount(pair[pointer][hit[begin]], minlength=len(row)).astype(np.float64)
    kept = documents.one_alternative(row, right)
    row, col, right, found = row[kept], col[kept], right[kept], found[kept]
    return documents.counts(
        gold=(documents.g.unit[documents.g.template], None),
        pred=(p.unit[p.template], None),
        right=documents.of_units(row, right, _best(documents, row, col, right)),
        found=(np.arange(len(gold.doc_ids)), _found(documents, row, col, right, found)),
    )


def phi3_counts(gold: Corpus, pred: Corpus) -> Counts:
    """Counts per document under φ3.

    Columns: ``gold`` and ``pred``, strings of the fillers of all templates; ``matched``, predicted strings that the
    gold filler has that is aligned with theirs, in aligned templates.
    """
    documents = _Documents(gold, pred)
    g, p = documents.alternatives, documents.p
    at, ours, theirs = filler_pairs(g, p, documents.pairs.entities)
    pair, row, col = documents.template_pairs(ours, theirs)
    hits = documents.pairs.pred_hits[at].astype(np.float64)
    (own, owns), (other, others) = (rank(filler * max(len(row), 1) + pair) for filler in (ours, theirs))
    inner = assign(own, other, hits, len(owns), len(others))
    score = np.bincount(pair[inner], hits[inner], len(row)).astype(np.float64)
    kept = documents.one_alternative(row, score)
    row, col, score = row[kept], col[kept], score[kept]
    return documents.counts(
        gold=(g.unit[g.template], documents.lengths[0][g.entity]),
        pred=(p.unit[p.template], documents.lengths[1][p.entity]),
        matched=documents.of_units(row, score, _best(documents, row, col, score)),
    )


class _Documents:
    """Both sides' templates, gold ones once for each alternative in their type, with the strings they share.

    g, p:          the templates. alternatives: gold's, one for each part between slashes of a type, in that order.
    of:            (alternatives,) the gold template each stands for.
    pairs:         entities that share strings. lengths: (entities,) strings of each, gold's and predicted ones'.
    """

    def __init__(self, gold: Corpus, pred: Corpus) -> None:
        self.doc_ids = gold.doc_ids
        g, p, types, _ = read_templates(gold, pred)
        strings = entity_strings(gold, (g, p))
        self.pairs: StringPairs = string_pairs((g, p), strings)
        self.lengths = strings[0].length, strings[1].length
        self.g, self.p = g, p
        self.of, kind = _split(g, p, types)
        filler, variant = join(g.template, self.of)
        self.alternatives = replace(
            g, unit=g.unit[self.of], type=kind, template=variant, role=g.role[filler], entity=g.entity[filler]
        )

    def template_pairs(self, ours: IntArray, theirs: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """(edges,) pair of templates of each pair of fillers; (pairs,) gold alternative and predicted template."""
        width = len(self.p.unit) + 1
        pair, distinct = rank(self.alternatives.template[ours] * width + self.p.template[theirs])
        return pair, distinct // width, distinct % width

    def one_alternative(self, row: IntArray, score: FloatArray) -> IntArray:
        """Pairs of the alternative of each gold template that has the largest sum of scores, of equal ones the first."""
        total = np.bincount(row, score, len(self.of))
        order = np.lexsort((-total, self.of))
        picked = np.zeros(len(self.of), bool)
        picked[order[np.diff(self.of[order], prepend=-1) != 0]] = True
        return np.flatnonzero(picked[row])

    def of_units(self, row: IntArray, values: FloatArray, chosen: IntArray) -> tuple[IntArray, FloatArray]:
        """Document and value of the chosen pairs."""
        return self.alternatives.unit[row[chosen]], values[chosen]

    def counts(self, **columns: tuple[IntArray, IntArray | FloatArray | None]) -> Counts:
        """Counts of columns given as documents and values, None for 1 each."""
        n = len(self.doc_ids)
        sums = {name: np.bincount(unit, values, n).astype(np.float64) for name, (unit, values) in columns.items()}
        return Counts(self.doc_ids, np.arange(n), {}, sums)


def _split(g: Templates, p: Templates, types: tuple[str, ...]) -> tuple[IntArray, IntArray]:
    """Gold template and type of every alternative; only templates with fillers, of documents with predicted ones."""
    parts = [[part.strip() for part in name.split("/")] if "/" in name else [name] for name in types]
    codes = {name: code for code, name in enumerate(types)}
    for name in (part for row in parts for part in row):
        codes.setdefault(name, len(codes))
    number = np.array([*(len(row) for row in parts), 1], np.int64)
    first = np.cumsum(number) - number
    flat = np.array([*(codes[part] for row in parts for part in row), -1], np.int64)
    splits = np.bincount(g.template, minlength=len(g.unit)) > 0
    splits &= np.isin(g.unit, p.unit)
    count = np.where(splits, number[g.type], 1)
    of = np.repeat(np.arange(len(g.unit)), count)
    place = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    return of, np.where(splits[of], flat[first[g.type[of]] + place], g.type[of])


def _best(documents: _Documents, row: IntArray, col: IntArray, score: FloatArray) -> IntArray:
    """Indices of the pairs of templates in the one-to-one alignment with the largest sum of scores."""
    return assign(row, col, score, len(documents.of), len(documents.p.unit))


def _found(documents: _Documents, row: IntArray, col: IntArray, right: FloatArray, found: FloatArray) -> FloatArray:
    """(documents,) gold fillers found in the alignment that SciPy's solver takes.

    Where the best alignments with most and with fewest fillers found agree, any will do; only the other documents are
    given to the solver, whole and in file order.
    """
    unit = documents.alternatives.unit[row]
    n = len(documents.doc_ids)
    step = 1 + np.bincount(unit, found, n)[unit]
    most, fewest = (
        np.bincount(*documents.of_units(row, found, _best(documents, row, col, right * step + sign * found)), n).astype(
            np.float64
        )
        for sign in (1, -1)
    )
    for document in np.flatnonzero(most != fewest).tolist():
        inside = np.flatnonzero(unit == document)
        most[document] = _solved(documents, document, row[inside], col[inside], right[inside], found[inside])
    return most


def _solved(
    documents: _Documents, document: int, row: IntArray, col: IntArray, right: FloatArray, found: FloatArray
) -> float:
    """Gold fillers found in one document, as a dense matrix in file order gives them."""
    from scipy.optimize import linear_sum_assignment

    p = documents.p
    filled: BoolArray = np.bincount(p.template, minlength=len(p.unit)) > 0
    rows = np.flatnonzero(documents.alternatives.unit == document)
    cols = np.flatnonzero((p.unit == document) & filled)
    scores, hits = np.zeros((len(rows), len(cols))), np.zeros((len(rows), len(cols)))
    at = np.searchsorted(rows, row), np.searchsorted(cols, col)
    scores[at], hits[at] = right, found
    return float(hits[linear_sum_assignment(-scores)].sum())
