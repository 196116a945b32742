"""Systems as functions: `goldwire run my_system:months` and `goldwire run my_system:same_length`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from goldwire.systems import Article, per_document

_MONTH = re.compile(r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b")


@per_document
def months(article: Article, kind: str = "DATE") -> dict[str, Any]:
    """Names of months, with offsets."""
    found = _MONTH.finditer(article.text)
    return {"times": [{"start": match.start(), "end": match.end(), "type": kind} for match in found]}


def same_length(articles: Sequence[Article]) -> Iterator[dict[str, Any]]:
    """A poor de-duplicator: it needs all articles at once, so it is not marked per_document."""
    for a in articles:
        for b in articles:
            if a.doc_id < b.doc_id:
                short, long = sorted((len(a.text), len(b.text)))
                yield {"a": a.doc_id, "b": b.doc_id, "score": short / long}
