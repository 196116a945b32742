"""``hf:NAME_OR_PATH``: a Hugging Face token-classification model.

Offsets come from its fast tokenizer and count code points of the untouched text. Articles longer than the model's window
are read in stretches of whole sentences. Pieces of words are joined by the pipeline's aggregation strategy.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from goldwire.errors import MissingExtra, UsageError
from goldwire.systems.base import Article, Record
from goldwire.systems.labelling import Span, tagged, windows

__all__ = ["TokenClassifier"]

_STRATEGIES = ("simple", "first", "average", "max")
_ENDLESS = 1_000_000  # what a tokenizer that states no window says


@dataclass
class TokenClassifier:
    """A token classifier as a system.

    labels:   the model's label, without B- and I-, -> type, null for labels to leave out; PER, LOC, ORG and MISC are
              translated unless stated otherwise. times: types that are time expressions.
    strategy: how pieces of words are joined: "simple", "first", "average" or "max".
    """

    target: str
    labels: Mapping[str, str | None] = field(default_factory=dict)
    times: Sequence[str] = ()
    strategy: str = "first"

    per_document: ClassVar[bool] = True
    packages: ClassVar[tuple[str, ...]] = ("transformers", "tokenizers", "torch")

    def __post_init__(self) -> None:
        if self.strategy not in _STRATEGIES:
            raise UsageError(f"the setting 'strategy' is one of {', '.join(_STRATEGIES)}, not {self.strategy!r}")
        try:
            import torch  # noqa: F401  (the pipeline says nothing useful without it)
            from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline
        except ModuleNotFoundError as error:
            raise MissingExtra(error.name or "transformers", "hf", "a token-classification model") from None
        try:
            tokenizer = AutoTokenizer.from_pretrained(self.target)
            model = AutoModelForTokenClassification.from_pretrained(self.target)
        except (OSError, ValueError) as error:
            reason = " ".join(str(error).split())[:200]
            raise UsageError(f"hf:{self.target} cannot be loaded: {reason}") from None
        if not tokenizer.is_fast:
            raise UsageError(f"hf:{self.target} has no fast tokenizer, which alone knows offsets")
        if tokenizer.model_max_length > _ENDLESS:
            tokenizer.model_max_length = getattr(model.config, "max_position_embeddings", 512)
        self._tokenizer = tokenizer
        # Two tokens to spare: a stretch of a text may begin with one more than it has there.
        self._window = max(tokenizer.model_max_length - tokenizer.num_special_tokens_to_add() - 2, 1)
        self._pipeline = pipeline(
            "token-classification", model=model, tokenizer=tokenizer, aggregation_strategy=self.strategy
        )
        self.name = str(self.target).rstrip("/").rpartition("/")[2]
        self.version = str(getattr(model.config, "_commit_hash", None) or _digest(model))
        self.layers = ("entities", "times") if self.times else ("entities",)
        own = {str(label).removeprefix("B-").removeprefix("I-") for label in model.config.id2label.values()}
        common = {"PER": "PERSON", "MISC": None} if "PER" in own else {}
        self._labels: dict[str, str | None] = {**common, **self.labels}
        self._lock = threading.Lock()

    @property
    def settings(self) -> dict[str, Any]:
        """The model, how pieces are joined, and what its labels stand for."""
        return {
            "model": str(self.target),
            "strategy": self.strategy,
            "labels": dict(self._labels),
            "times": list(self.times),
        }

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """One record per article."""
        for article in articles:
            yield tagged(article.doc_id, self._spans(article.text), self._labels, self.times)

    def _spans(self, text: str) -> Iterator[Span]:
        with self._lock:
            offsets = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
            stretches = list(windows(text, [start for start, _ in offsets["offset_mapping"]], self._window))
            found = self._pipeline([text[start:end] for start, end in stretches]) if stretches else []
        for (at, _), groups in zip(stretches, found, strict=True):
            for group in groups:
                start, end = at + int(group["start"]), at + int(group["end"])
                if end > start:
                    yield start, end, str(group["entity_group"]), {"score": round(float(group["score"]), 6)}


def _digest(model: Any) -> str:
    """A local model's weights in short, so that another training run is another version."""
    import hashlib

    content = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        content.update(name.encode())
        content.update(tensor.detach().cpu().contiguous().float().numpy().tobytes())
    return f"weights {content.hexdigest()[:12]}"
