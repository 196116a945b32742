"""Bags of words: how much two share, and the alignment of two lists of them that shares most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from goldwire.counts import FloatArray, IntArray
from goldwire.tasks.clusters import rank
from goldwire.tasks.codes import shared_keys
from goldwire.tasks.spans import BoolArray
from goldwire.tasks.templates import distinct_pairs, join

__all__ = ["Bags", "best_pairs"]

_CHUNK_PAIRS = 1_000_000


class Bags:
    """Texts as bags of their words.

    of_text: (texts,) code of the bag of each text; texts of one code are equal.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        encoded = pa.array(texts, pa.string()).dictionary_encode()
        self.of_text: IntArray = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        words = [text.split() for text in encoded.dictionary.to_pylist()]
        self.size: IntArray = np.array([len(row) for row in words], np.int64)
        flat = pa.array([word for row in words for word in row], pa.string()).dictionary_encode()
        word = flat.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        self._bag = np.repeat(np.arange(len(words)), self.size)
        # The second occurrence of a word in a bag is another word, so that bags are sets.
        order, first = distinct_pairs(self._bag, word)
        nth = np.empty(len(word), np.int64)
        nth[order] = np.arange(len(word)) - np.repeat(first, np.diff(first, append=len(word)))
        self._word = shared_keys((word, nth), (word[:0], nth[:0]))[0]

    def scores(self, gold: IntArray, pred: IntArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """(pairs,) equality, precision, recall and F1 of pairs of bags, all 0 where they share no word.

        Two empty texts are equal nevertheless.
        """
        order, first = distinct_pairs(gold, pred)
        a, b = gold[order[first]], pred[order[first]]
        pair, of_a = join(a, self._bag)
        keys = shared_keys((b[pair], self._word[of_a]), (self._bag, self._word))
        common = np.bincount(pair[join(*keys)[0]], minlength=len(a))
        common_of = np.empty(len(gold), np.int64)
        common_of[order] = np.repeat(common, np.diff(first, append=len(order)))
        precision = common_of / np.maximum(self.size[pred], 1)
        recall = common_of / np.maximum(self.size[gold], 1)
        total = np.where(common_of > 0, precision + recall, 1)
        return (gold == pred).astype(np.float64), precision, recall, (2 * precision * recall) / total


def best_pairs(
    gold_cell: IntArray,
    pred_cell: IntArray,
    blocks: tuple[IntArray, IntArray],
    bags: Bags,
    bag: tuple[IntArray, IntArray],
    entity: IntArray,
) -> tuple[IntArray, IntArray, IntArray]:
    """The one-to-one alignment of the strings of each block with the largest sum of F1: block, gold and predicted string.

    gold_cell, pred_cell: (strings,) list that each string is in, ascending. blocks: (blocks,) the two lists to align.
    bag: (strings,) bag of words of each string. entity: (gold strings,) entity each belongs to.

    Of equally good alignments it is the one that SciPy's solver finds. Pairs that score 0 may be left out.
    """
    first = [np.searchsorted(cell, of) for cell, of in zip((gold_cell, pred_cell), blocks, strict=True)]
    size = [
        np.searchsorted(cell, of, side="right") - begin
        for cell, of, begin in zip((gold_cell, pred_cell), blocks, first, strict=True)
    ]
    if not len(blocks[0]):
        return blocks[0], blocks[0], blocks[1]
    area = size[0] * size[1]
    chunk = (np.cumsum(area) - area) // _CHUNK_PAIRS
    parts = []
    for some in np.split(np.arange(len(area)), np.flatnonzero(np.diff(chunk)) + 1):
        block = np.repeat(some, area[some])
        within = np.arange(len(block)) - np.repeat(np.cumsum(area[some]) - area[some], area[some])
        row = first[0][block] + within // size[1][block]
        col = first[1][block] + within % size[1][block]
        f1 = bags.scores(bag[0][row], bag[1][col])[3]
        empty = (bags.size[bag[0][row]] == 0) & (bags.size[bag[1][col]] == 0)
        group, _ = rank(entity[row] * len(bags.size) + bag[0][row])
        shape = size[0][some], size[1][some]
        chosen = _chosen(block - some[0], col, f1, empty, group, entity[row], shape)
        parts.append((block[chosen], row[chosen], col[chosen]))
    block, row, col = (np.concatenate(column) for column in zip(*parts, strict=True))
    return block, row, col


def _chosen(
    block: IntArray,
    col: IntArray,
    f1: FloatArray,
    empty: BoolArray,
    group: IntArray,
    entity: IntArray,
    shape: tuple[IntArray, IntArray],
) -> IntArray:
    """Indices of the pairs chosen, of all pairs of the strings of some blocks, row by row.

    empty:  (pairs,) both strings are empty: they score 0, and which of such pairs are chosen matters all the same.
    entity: (pairs,) gold entity within the block. group: (pairs,) equal for equal gold strings of one entity.
    shape:  (blocks,) number of gold and of predicted strings.

    Where either side has one string the solver takes the first of the best. Where no two strings of a side compete for
    one, or for equal strings of one entity, every alignment that is best pairs the same ones. Only the rest is left to
    the solver.
    """
    n = len(shape[0])
    narrow = ((shape[0] == 1) | (shape[1] == 1))[block]
    some = np.flatnonzero(narrow)
    best = some[np.lexsort((some, -f1[some], block[some]))]
    parts = [best[distinct_pairs(block[best], np.zeros_like(best))[1]]]

    some = np.flatnonzero(~narrow & (f1 > 0))
    disputed = _several(block[some], entity[some], col[some], n) | _several(block[some], col[some], group[some], n)
    disputed |= np.bincount(block[~narrow & empty], minlength=n) > 0
    clear = some[~disputed[block[some]]]
    order, first = distinct_pairs(block[clear], col[clear])
    parts.append(clear[order[first]])

    begin = np.searchsorted(block, np.arange(n))
    parts += [_solved(f1, begin[i], shape[0][i], shape[1][i]) for i in np.flatnonzero(disputed).tolist()]
    return np.concatenate(parts)


def _several(block: IntArray, of: IntArray, what: IntArray, n: int) -> BoolArray:
    """(blocks,) whether in any of its entries one of the first column goes with several of the second."""
    owner, _ = rank(block * (int(of.max(initial=0)) + 1) + of)
    order, first = distinct_pairs(owner, what)
    rows = order[first]
    many = np.bincount(owner[rows]) > 1
    return np.bincount(block[rows[many[owner[rows]]]], minlength=n) > 0


def _solved(f1: FloatArray, begin: int, rows: int, cols: int) -> IntArray:
    """Indices of the pairs that SciPy's solver takes from one block, which begins there."""
    from scipy.optimize import linear_sum_assignment

    row, col = linear_sum_assignment(-f1[begin : begin + rows * cols].reshape(rows, cols))
    return np.asarray(begin + row * cols + col, np.int64)
