"""``gliner:NAME_OR_PATH``: a GLiNER model, asked for the gold's types by what they mean in plain words.

Articles longer than the model's window are read in windows of whole paragraphs or sentences.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from goldwire.errors import MissingExtra, UsageError
from goldwire.systems.base import Article, Record, check_range
from goldwire.systems.labelling import Span, tagged, windows

__all__ = ["PROMPTS", "Gliner"]

PROMPTS: Mapping[str, str] = {
    "person": "PERSON",
    "organization": "ORG",
    "country, city or state": "GPE",
    "region or landform": "LOC",
    "building or facility": "FAC",
    "nationality, religious or political group": "NORP",
    "amount of money": "MONEY",
    "number": "CARDINAL",
}
"""What the model is asked for -> type."""

_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass
class Gliner:
    """A GLiNER model as a system.

    labels:    what the model is asked for -> type. threshold: least score of a mention.
    """

    target: str
    labels: Mapping[str, str] = field(default_factory=lambda: dict(PROMPTS))
    threshold: float = 0.5

    layers: ClassVar[tuple[str, ...]] = ("entities",)
    per_document: ClassVar[bool] = True
    packages: ClassVar[tuple[str, ...]] = ("gliner", "transformers", "torch")

    def __post_init__(self) -> None:
        check_range("threshold", self.threshold, 0, 1)
        try:
            from gliner import GLiNER
        except ModuleNotFoundError as error:
            raise MissingExtra(error.name or "gliner", "gliner", "a GLiNER model") from None
        try:
            self._model: Any = GLiNER.from_pretrained(self.target, local_files_only=Path(self.target).is_dir())
        except (OSError, ValueError) as error:
            reason = " ".join(str(error).split())[:200]
            raise UsageError(f"gliner:{self.target} cannot be loaded: {reason}") from None
        self._model.eval()
        self.name = str(self.target).rstrip("/").rpartition("/")[2]
        from importlib.metadata import version

        self.version = f"gliner {version('gliner')}"
        self._lock = threading.Lock()

    @property
    def settings(self) -> dict[str, Any]:
        """The model, what it is asked for, and the threshold."""
        return {"model": str(self.target), "labels": dict(self.labels), "threshold": self.threshold}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """One record per article."""
        for article in articles:
            yield tagged(article.doc_id, self._spans(article.text), self.labels, ())

    def _spans(self, text: str) -> Iterator[Span]:
        most = int(getattr(self._model.config, "max_len", None) or 384)
        for start, end in windows(text, [match.start() for match in _WORD.finditer(text)], most):
            with self._lock:
                found = self._model.predict_entities(text[start:end], list(self.labels), threshold=self.threshold)
            for entity in found:
                score = round(float(entity["score"]), 6)
                yield start + int(entity["start"]), start + int(entity["end"]), str(entity["label"]), {"score": score}
