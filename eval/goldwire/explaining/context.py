"""The words around items, where the gold has its texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from goldwire.corpus.tables import Corpus

__all__ = ["Context", "contexts"]


class Context(NamedTuple):
    """Words of a text: before a span, in it, after it."""

    before: str
    inside: str
    after: str


def contexts(gold: Corpus, table: pa.Table, *, width: int = 40) -> list[dict[str, Context]]:
    """For each item, side ("gold", "pred", and "gold_other", "pred_other" of pairs and links) -> its words in context.

    width: characters shown on either side. Sides without a span, and documents without a text, are left out.
    """
    articles = gold["articles"]
    wanted = {name for column in ("doc_id", "other") for name in table[column].unique().to_pylist()}
    ids = articles["doc_id"].to_pylist()
    texts = {ids[i]: articles["text"][i].as_py() for i in range(len(ids)) if ids[i] in wanted}
    return [_of(row, texts, width) for row in table.to_pylist()]


def _of(row: dict[str, Any], texts: dict[str, str | None], width: int) -> dict[str, Context]:
    found = {}
    sides: Sequence[tuple[str, str]] = (("", "doc_id"), ("other_", "other"))
    for side in ("gold", "pred"):
        for prefix, document in sides:
            start, end = row[f"{side}_{prefix}start"], row[f"{side}_{prefix}end"]
            text = texts.get(row[document] or "")
            if start is None or end is None or not text:
                continue
            name = side + ("_other" if prefix else "")
            before = ("…" if start > width else "") + text[max(0, start - width) : start]
            after = text[end : end + width] + ("…" if end + width < len(text) else "")
            found[name] = Context(before, text[start:end], after)
    return found
