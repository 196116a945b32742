"""``spacy:NAME_OR_PATH``: the entities of a spaCy pipeline.

OntoNotes pipelines have the gold's own labels; ``labels`` translates those of others. DATE and TIME become time
expressions. Heads are given where the pipeline parses, knowledge-base ids where it links.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from goldwire.errors import MissingExtra, UsageError
from goldwire.systems.base import Article, Record
from goldwire.systems.labelling import Span, tagged

__all__ = ["Pipeline"]


@dataclass
class Pipeline:
    """A spaCy pipeline as a system.

    labels: the pipeline's label -> type, null for labels to leave out. times: types that are time expressions.
    """

    target: str
    labels: Mapping[str, str | None] = field(default_factory=dict)
    times: Sequence[str] = ("DATE", "TIME")

    per_document: ClassVar[bool] = True
    packages: ClassVar[tuple[str, ...]] = ("spacy",)

    def __post_init__(self) -> None:
        try:
            import spacy
        except ModuleNotFoundError:
            raise MissingExtra("spacy", "spacy", "a spaCy pipeline") from None
        try:
            self._nlp = spacy.load(self.target)
        except (OSError, ValueError) as error:
            reason = " ".join(str(error).split())[:200]
            raise UsageError(f"spacy:{self.target} cannot be loaded: {reason}") from None
        meta = self._nlp.meta
        self.name = f"{meta['lang']}_{meta['name']}"
        self.version = str(meta["version"])
        self.layers = ("entities", "times") if self.times else ("entities",)
        self._lock = threading.Lock()  # a pipeline is not made for several threads

    @property
    def settings(self) -> dict[str, Any]:
        """The pipeline, its parts, and what its labels stand for."""
        return {
            "pipeline": self.target,
            "components": list(self._nlp.pipe_names),
            "labels": dict(self.labels),
            "times": list(self.times),
        }

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """One record per article."""
        with self._lock:
            docs = list(self._nlp.pipe(article.text for article in articles))
        for article, doc in zip(articles, docs, strict=True):
            parsed = doc.has_annotation("DEP")
            spans = (_span(entity, parsed=parsed) for entity in doc.ents)
            yield tagged(article.doc_id, spans, self.labels, self.times)


def _span(entity: Any, *, parsed: bool) -> Span:
    more: dict[str, Any] = {}
    if entity.kb_id_ and entity.kb_id_ != "NIL":
        more["kb_id"] = entity.kb_id_
    if parsed:
        root = entity.root
        more["head"] = [root.idx, root.idx + len(root)]
    return entity.start_char, entity.end_char, entity.label_, more
