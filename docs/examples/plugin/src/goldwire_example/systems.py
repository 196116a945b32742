"""The system "acronyms": organisations named in capitals, and the long forms that stand before them in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from goldwire.systems import Article, Record

_DEFINED = re.compile(r"((?:[A-Z]\w+ )+)\(([A-Z]{2,})\)")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")


@dataclass(frozen=True, kw_only=True)
class Acronyms:
    """Organisations by their acronyms.

    least: letters of an acronym. A dataclass has its settings checked and listed, and `-s least=3` sets them.
    """

    least: int = 2

    name: ClassVar[str] = "acronyms"
    layers: ClassVar[tuple[str, ...]] = ("entities",)
    version: ClassVar[str] = "1"  # changes whenever the same articles may give other predictions
    per_document: ClassVar[bool] = True  # looks at each article by itself: runs can be resumed and spread over workers

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that determines the output beside the articles."""
        return {"least": self.least}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """One record per article. Offsets are Unicode code points, half-open, into the text as given."""
        for article in articles:
            yield {"doc_id": article.doc_id, "entities": self._entities(article.text)}

    def _entities(self, text: str) -> list[Record]:
        entities = [
            {"start": match.start(), "end": match.end(), "type": "ORG", "entity_id": match.group()}
            for match in _CAPITALS.finditer(text)
            if len(match.group()) >= self.least
        ]
        for match in _DEFINED.finditer(text):
            words, acronym = match.group(1).split(), match.group(2)
            initials = [word[0] for word in words[-len(acronym) :]]
            if "".join(initials) == acronym:
                start = match.end(1) - 1 - len(" ".join(words[-len(acronym) :]))
                entities.append({"start": start, "end": match.end(1) - 1, "type": "ORG", "entity_id": acronym})
        return entities
