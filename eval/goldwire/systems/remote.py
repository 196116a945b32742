"""What programs and servers are asked and may answer: articles and records as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from goldwire.errors import SystemFailure, UsageError
from goldwire.systems.base import Article, Record

__all__ = ["answered", "mode_of", "question"]


def question(articles: Article | Sequence[Article]) -> str:
    """An article, or a list of them, as one line of JSON."""
    return json.dumps(_plain(articles) if isinstance(articles, Article) else [_plain(a) for a in articles])


def _plain(article: Article) -> Record:
    return {"doc_id": article.doc_id, "text": article.text, "published": article.published}


def answered(answer: Any, who: str) -> Iterator[Record]:
    """The records of an answer: an object, a list of objects, or an object with such a list as ``records``.

    Raises SystemFailure for anything else, and with its reason for an object with ``error``.
    """
    if isinstance(answer, dict) and isinstance(answer.get("records"), list):
        answer = answer["records"]
    for record in answer if isinstance(answer, list) else [answer]:
        if not isinstance(record, dict):
            raise SystemFailure(f"{who} answered {json.dumps(record)[:80]} where a record, an object, was expected")
        if record.get("error") is not None:
            raise SystemFailure(f"{who} reported: {str(record['error'])[:200]}")
        yield record


def mode_of(mode: str) -> bool:
    """Whether a mode is that of single documents. Raises UsageError for what is none."""
    if mode not in ("document", "corpus"):
        raise UsageError(f"the setting 'mode' is document or corpus, not {mode!r}")
    return mode == "document"
