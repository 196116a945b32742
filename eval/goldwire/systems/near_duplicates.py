"""Article-pair baselines by what articles share: TF-IDF cosine and 5-gram containment.

Both give every pair with a score above 0: pairs under the header's ``threshold`` are scores for ranking measures, not
links. Beyond ``ALL_PAIRS`` articles they give only links, and find them by what is rare: two articles are compared if
they share a term or shingle that at most ``RARE`` articles have and if what the index shows of them leaves a link possible.
Their score is then exact. So the work grows with the size of the corpus, not with its square; a pair that shares nothing but
what is in more than ``RARE`` articles is missed. The index is a sparse product, a block of rows at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from goldwire.counts import FloatArray, IntArray
from goldwire.errors import MissingExtra
from goldwire.systems.base import Article, Record, check_range, release
from goldwire.systems.candidates import ALL_PAIRS
from goldwire.systems.grams import gram_codes, starts_of_runs, word_codes
from goldwire.systems.words import tokenize

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["RARE", "Containment", "TfIdf"]

RARE = 100
_CELLS_PER_BLOCK = 4_000_000
_REUSE_FROM = np.array([0.10, 2 / 3, 0.95])
_REUSE = ("trace", "partial", "major", "whole")

Cells = tuple[IntArray, IntArray, FloatArray]
Possible = Callable[[IntArray, IntArray, FloatArray], npt.NDArray[np.bool_]]
_PAIRS = 100_000


@dataclass(frozen=True, kw_only=True)
class TfIdf:
    """Cosine similarity of TF-IDF vectors over word 1- and 2-grams, scikit-learn's defaults otherwise.

    The threshold 0.5 is a common choice for "same text", not a tuned one.
    """

    threshold: float = 0.5
    longest: int = 2

    name: ClassVar[str] = "tfidf"
    layers: ClassVar[tuple[str, ...]] = ("duplicates",)
    version: ClassVar[str] = "1"

    def __post_init__(self) -> None:
        check_range("threshold", self.threshold, 0, 1)
        check_range("longest", self.longest, 1)

    @property
    def settings(self) -> dict[str, Any]:
        """Also names the scikit-learn release."""
        return asdict(self) | {"scikit-learn": release("scikit-learn")}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """The pairs with a word in common. Raises MissingExtra without scikit-learn."""
        try:
            from sklearn.feature_extraction.text import TfidfVectorizer
        except ImportError as error:
            raise MissingExtra("scikit-learn", "baselines", "the system 'tfidf'") from error
        return self._links(articles, TfidfVectorizer(ngram_range=(1, self.longest)))

    def _links(self, articles: Sequence[Article], vectorizer: Any) -> Iterator[Record]:
        ordered = sorted(articles, key=_doc_id)
        analyze = vectorizer.build_analyzer()
        worded = [article for article in ordered if analyze(article.text)]
        if len(worded) < 2:
            return
        vectors = vectorizer.fit_transform([article.text for article in worded])
        for rows, columns, products in _shared(vectors, self._possible(vectors), len(worded)):
            scores = np.clip(products, 0.0, 1.0).round(6)
            for at in _wanted(scores, self.threshold, len(worded)):
                a, b = worded[rows[at]].doc_id, worded[columns[at]].doc_id
                yield {"a": a, "b": b, "score": float(scores[at])}

    def _possible(self, vectors: csr_array) -> Possible:
        """What common terms add is at most the product of the lengths of both vectors' common parts (Cauchy-Schwarz)."""
        squares = vectors.copy()
        squares.data **= 2
        common = np.sqrt(np.maximum(squares @ (~_rare(vectors)).astype(np.float64), 0.0))
        return lambda a, b, found: found + common[a] * common[b] >= self.threshold - 1e-6


@dataclass(frozen=True, kw_only=True)
class Containment:
    """Share of an article's distinct word 5-grams found in the other (Broder 1997), in both directions.

    The score is the larger of the two. ``coverage_a`` is the share of a's shingles that b has, and ``reuse_a`` its
    level: whole from .95, major from 2/3, partial from .10, else trace. The threshold is where "partial" begins. Texts
    shorter than a shingle are one shingle.
    """

    threshold: float = 0.10
    shingle: int = 5

    name: ClassVar[str] = "containment"
    layers: ClassVar[tuple[str, ...]] = ("duplicates",)
    version: ClassVar[str] = "1"

    def __post_init__(self) -> None:
        check_range("threshold", self.threshold, 0, 1)
        check_range("shingle", self.shingle, 1)

    @property
    def settings(self) -> dict[str, Any]:
        """What the prediction header records."""
        return asdict(self)

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """The pairs with a shingle in common."""
        ordered = sorted(articles, key=_doc_id)
        incidence, sizes = self._incidence(ordered)
        for rows, columns, shared in _shared(incidence, self._possible(incidence, sizes), len(ordered)):
            coverage_a, coverage_b = shared / sizes[rows], shared / sizes[columns]
            scores = np.maximum(coverage_a, coverage_b)
            level_a = np.searchsorted(_REUSE_FROM, coverage_a, side="right")
            level_b = np.searchsorted(_REUSE_FROM, coverage_b, side="right")
            for at in _wanted(scores, self.threshold, len(ordered)):
                a, b = ordered[rows[at]].doc_id, ordered[columns[at]].doc_id
                yield {
                    "a": a,
                    "b": b,
                    "score": float(scores[at]),
                    "reuse_a": _REUSE[level_a[at]],
                    "reuse_b": _REUSE[level_b[at]],
                    "coverage_a": float(coverage_a[at]),
                    "coverage_b": float(coverage_b[at]),
                }

    def _possible(self, incidence: csr_array, sizes: IntArray) -> Possible:
        """What common shingles add is at most the smaller number of them, against the smaller article."""
        common = incidence @ (~_rare(incidence)).astype(np.int64)
        return lambda a, b, found: (
            found + np.minimum(common[a], common[b]) >= self.threshold * np.minimum(sizes[a], sizes[b])
        )

    def _incidence(self, articles: Sequence[Article]) -> tuple[csr_array, IntArray]:
        """Articles x shingles that several articles have, and every article's number of distinct shingles."""
        from scipy.sparse import csr_array

        grams = []
        for article in articles:
            codes = word_codes(tokenize(article.text)[0])
            ordered = np.sort(gram_codes(codes, min(self.shingle, max(len(codes), 1))))
            grams.append(ordered[starts_of_runs(ordered)])
        sizes = np.array([len(some) for some in grams], np.int64)
        code = np.concatenate([*grams, np.zeros(0, np.uint64)])
        article_of = np.repeat(np.arange(len(grams)), sizes)
        order = np.argsort(code, kind="stable")
        column = np.cumsum(starts_of_runs(code[order])) - 1
        shared = np.bincount(column)[column] > 1 if len(column) else np.zeros(0, np.bool_)
        column = np.cumsum(starts_of_runs(column[shared])) - 1
        width = int(column[-1]) + 1 if len(column) else 0
        cells = (np.ones(len(column), np.int32), (article_of[order][shared], column))
        return csr_array(cells, shape=(len(grams), width)), sizes


def _rare(matrix: csr_array) -> npt.NDArray[np.bool_]:
    """(columns,) whether few rows have something there."""
    return np.bincount(matrix.indices, minlength=matrix.shape[1]) <= RARE


def _shared(matrix: csr_array, possible: Possible, articles: int) -> Iterator[Cells]:
    """(row, column, what they share) of the pairs of rows to be compared, above the diagonal, block by block."""
    if articles <= ALL_PAIRS:
        yield from _products(matrix)
        return
    for row, column, found in _products(matrix[:, np.flatnonzero(_rare(matrix))]):
        worth = np.flatnonzero(possible(row, column, found))
        row, column = row[worth], column[worth]
        whole = [
            np.asarray(matrix[row[low : low + _PAIRS]].multiply(matrix[column[low : low + _PAIRS]]).sum(axis=1)).ravel()
            for low in range(0, len(row), _PAIRS)
        ]
        yield row, column, np.concatenate([*whole, np.zeros(0)]).astype(np.float64)


def _products(matrix: csr_array) -> Iterator[Cells]:
    """The nonzero cells (row, column, value) above the diagonal of matrix times its transpose, block by block."""
    count = matrix.shape[0]
    if not count or not matrix.shape[1]:
        return
    transposed = matrix.T.tocsr()
    cells = np.cumsum(abs(matrix).sign() @ np.diff(transposed.indptr))  # at most, of the rows up to each
    top = 0
    while top < count:
        before = cells[top - 1] if top else 0
        bottom = max(top + 1, int(np.searchsorted(cells, before + _CELLS_PER_BLOCK)))
        block = (matrix[top:bottom] @ transposed).tocoo()
        row, column = block.row.astype(np.int64) + top, block.col.astype(np.int64)
        above = np.flatnonzero(column > row)
        order = above[np.argsort(row[above] * count + column[above])]
        yield row[order], column[order], block.data[order].astype(np.float64)
        top = bottom


def _wanted(scores: FloatArray, threshold: float, articles: int) -> npt.NDArray[np.intp]:
    least = 0.0 if articles <= ALL_PAIRS else threshold
    return np.flatnonzero((scores > 0) & (scores >= least))


def _doc_id(article: Article) -> str:
    return article.doc_id
