"""The article-pair baseline "tfidf": cosine of TF-IDF vectors.

It gives every pair with a score above 0: pairs under the header's ``threshold`` are scores for ranking measures, not
links. Beyond ``ALL_PAIRS`` articles it gives only links, and finds them by what is rare: two articles are compared if
they share a term that at most ``RARE`` articles have and if what the index shows of them leaves a link possible. Their
score is then exact. So the work grows with the size of the corpus, not with its square; a pair that shares nothing but
what is in more than ``RARE`` articles is missed. The index is a sparse product, a block of rows at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from goldwire.counts import FloatArray, IntArray
from goldwire.errors import MissingExtra
from goldwire.systems.base import Article, Record, check_range, release
from goldwire.systems.candidates import ALL_PAIRS, RARE, Cells, products
from goldwire.systems.grams import grams_of, starts_of_runs

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["TfIdf"]

Possible = Callable[[IntArray, IntArray, FloatArray], npt.NDArray[np.bool_]]
_PAIRS = 100_000
_TEXTS = 500


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
            from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer
        except ImportError as error:
            raise MissingExtra("scikit-learn", "baselines", "the system 'tfidf'") from error
        usual = TfidfVectorizer()
        prepare, cut = usual.build_preprocessor(), usual.build_tokenizer()
        ordered = sorted(articles, key=lambda article: article.doc_id)
        counts = _counts((cut(prepare(article.text)) for article in ordered), self.longest)
        known = np.flatnonzero(np.diff(counts.indptr))
        if len(known) < 2:
            return iter(())
        vectors = TfidfTransformer().fit_transform(counts[known])
        return self._links([ordered[at].doc_id for at in known.tolist()], vectors)

    def _links(self, ids: Sequence[str], vectors: csr_array) -> Iterator[Record]:
        for rows, columns, cosines in _shared(vectors, self._possible(vectors), len(ids)):
            scores = np.clip(cosines, 0.0, 1.0).round(6)
            for at in _wanted(scores, self.threshold, len(ids)):
                yield {"a": ids[rows[at]], "b": ids[columns[at]], "score": float(scores[at])}

    def _possible(self, vectors: csr_array) -> Possible:
        """What common terms add is at most the product of the lengths of both vectors' common parts (Cauchy-Schwarz)."""
        squares = vectors.copy()
        squares.data **= 2
        common = np.sqrt(np.maximum(squares @ (~_rare(vectors)).astype(np.float64), 0.0))
        return lambda a, b, found: found + common[a] * common[b] >= self.threshold - 1e-6


def _counts(texts: Iterator[list[str]], longest: int) -> csr_array:
    """(texts, terms) how often each has each run of up to ``longest`` words.

    As scikit-learn counts them, but terms are numbers: its dictionary of millions of strings takes most of the time, and
    some gigabytes at a few hundred thousand articles.
    """
    from scipy.sparse import csr_array

    codes, times, sizes = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    while some := list(islice(texts, _TEXTS)):
        found = [grams_of(some, length, short=False) for length in range(1, longest + 1)]
        code, text = np.concatenate([one.code for one in found]), np.concatenate([one.text for one in found])
        order = np.lexsort((code, text))
        first = np.flatnonzero(starts_of_runs(code[order]) | starts_of_runs(text[order]))
        codes.append(code[order][first])
        times.append(np.diff(np.r_[first, len(order)]))
        sizes.append(np.bincount(text[order][first], minlength=len(some)))
    terms, column = np.unique(np.concatenate(codes), return_inverse=True)
    starts = np.r_[0, np.cumsum(np.concatenate(sizes))]
    cells = (np.concatenate(times).astype(np.float64), column.astype(np.int32), starts)
    return csr_array(cells, shape=(len(starts) - 1, len(terms)))


def _rare(matrix: csr_array) -> npt.NDArray[np.bool_]:
    """(columns,) whether few rows have something there."""
    return np.bincount(matrix.indices, minlength=matrix.shape[1]) <= RARE


def _shared(matrix: csr_array, possible: Possible, articles: int) -> Iterator[Cells]:
    """(row, column, what they share) of the pairs of rows to be compared, above the diagonal, block by block."""
    if articles <= ALL_PAIRS:
        yield from products(matrix)
        return
    for row, column, found in products(matrix[:, np.flatnonzero(_rare(matrix))]):
        worth = np.flatnonzero(possible(row, column, found))
        row, column = row[worth], column[worth]
        whole = [
            np.asarray(matrix[row[low : low + _PAIRS]].multiply(matrix[column[low : low + _PAIRS]]).sum(axis=1)).ravel()
            for low in range(0, len(row), _PAIRS)
        ]
        yield row, column, np.concatenate([*whole, np.zeros(0)]).astype(np.float64)


def _wanted(scores: FloatArray, threshold: float, articles: int) -> npt.NDArray[np.intp]:
    least = 0.0 if articles <= ALL_PAIRS else threshold
    return np.flatnonzero((scores > 0) & (scores >= least))
