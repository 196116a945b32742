"""The data that the page's script shows: a choice of documents with their texts and all their items."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import IntArray
from goldwire.explaining import CLASSES, ITEMS
from goldwire.report.html.systems import System

__all__ = ["Chosen", "choose", "embedded", "payload"]

_CHARACTERS = 3_000_000
"""Characters of text embedded at most."""

_ITEMS = 120_000
"""Items embedded at most, over all systems and tasks."""

_INDEX = 2_000
"""Documents listed in the index at most."""

_PLACES = ("doc_id", "other")
_COLUMNS = (
    "kind", "class", "doc_id", "other", "gold_row", "gold_start", "gold_end", "gold_other_start", "gold_other_end",
    "gold_type", "gold_event", "gold_note", "gold_id", "pred_row", "pred_start", "pred_end", "pred_other_start",
    "pred_other_end", "pred_type", "pred_event", "pred_note", "pred_id", "string",
    *(f"{side}_{facet}" for side in ("gold", "pred") for facet in ("level", "zone", "track", "realis")),
)  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """The documents on the page.

    embedded: those with text and items, in gold order; listed: those in the index, too; wrong: (systems, documents)
    items that are not right, right: those that are.
    """

    embedded: tuple[int, ...]
    listed: tuple[int, ...]
    wrong: IntArray
    right: IntArray


def choose(systems: Sequence[System], gold: Corpus, most: int) -> Chosen:
    """Half of the documents with the most that is wrong, half spread evenly over the rest; all where they fit."""
    n = len(gold.doc_ids)
    doc_ids = pa.array(gold.doc_ids, pa.string())
    wrong, right = np.zeros((len(systems), n), np.int64), np.zeros((len(systems), n), np.int64)
    for s, system in enumerate(systems):
        for table in system.items.values():
            is_right = pc.equal(table["class"], "correct").to_numpy()
            for column in ("doc_id", "other"):
                code = pc.fill_null(pc.index_in(table[column].combine_chunks(), doc_ids), n).to_numpy()
                if column == "other":  # a link inside a document is one item of it
                    code = np.where(pc.fill_null(pc.equal(table["doc_id"], table["other"]), False).to_numpy(), n, code)
                right[s] += np.bincount(code[is_right], minlength=n + 1)[:n]
                wrong[s] += np.bincount(code[~is_right], minlength=n + 1)[:n]
    worst = np.argsort(-wrong.sum(axis=0), kind="stable")
    if n <= most:
        order = worst
    else:
        half = worst[: (most + 1) // 2]
        rest = np.setdiff1d(np.arange(n), half)
        spread = (
            rest[np.linspace(0, len(rest) - 1, most - len(half)).round().astype(np.int64)]
            if most > len(half)
            else rest[:0]
        )
        order = np.stack([half[: len(spread)], spread], axis=1).ravel()
        order = np.append(order, half[len(spread) :])
    lengths = _lengths(gold)[order]
    items = (wrong + right).sum(axis=0)[order]
    fits = (np.cumsum(lengths) <= _CHARACTERS) & (np.cumsum(items) <= _ITEMS)
    kept = order[fits] if len(order) and fits[0] else order[:1]
    others = worst[~np.isin(worst, kept)]
    listed = np.sort(np.append(kept, others[: max(_INDEX - len(kept), 0)]))
    return Chosen(tuple(sorted(kept.tolist())), tuple(listed.tolist()), wrong, right)


def payload(systems: Sequence[System], gold: Corpus, chosen: Chosen) -> dict[str, Any]:
    """Everything the script needs. Strings that repeat stand once, in ``pool``; -1 stands for null."""
    names = [gold.doc_ids[i] for i in chosen.embedded]
    pool = _Pool()
    data: dict[str, Any] = {
        "systems": [system.name for system in systems],
        "docs": [{"id": name, "text": text} for name, text in zip(names, _texts(gold, names), strict=True)],
        "index": _index(gold, chosen),
        "documents": len(gold.doc_ids),
        "strings": [name for name in _COLUMNS if pa.types.is_string(ITEMS.field(name).type) and name not in _PLACES],
        "classes": {kind: list(names) for kind, names in CLASSES.items()},
        "totals": [{task: len(table) for task, table in system.items.items()} for system in systems],
        "items": [{task: _columns(table, names, pool) for task, table in system.items.items()} for system in systems],
    }
    return data | {"pool": pool.strings}


def embedded(data: Any) -> str:
    """JSON that can stand in a script element: nothing in it ends the element or a line of script."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "backslashreplace").decode()


class _Pool:
    """Strings by number."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._number: dict[str, int] = {}

    def codes(self, column: pa.ChunkedArray) -> list[int]:
        """The numbers of a column's strings."""
        encoded = column.combine_chunks().dictionary_encode()
        own = []
        for text in encoded.dictionary.to_pylist():
            if text not in self._number:
                self._number[text] = len(self.strings)
                self.strings.append(text)
            own.append(self._number[text])
        at = encoded.indices.fill_null(len(own)).to_numpy(zero_copy_only=False)
        codes: list[int] = np.append(np.array(own, np.int64), -1)[at].tolist()
        return codes


def _columns(table: pa.Table, names: Sequence[str], pool: _Pool) -> dict[str, list[int]]:
    """The items of the embedded documents, column by column; columns without a value are left out."""
    docs = pa.array(names, pa.string())
    inside = pc.is_in(table["doc_id"], value_set=docs)
    inside = pc.and_(inside, pc.or_kleene(pc.is_null(table["other"]), pc.is_in(table["other"], value_set=docs)))
    table = table.filter(inside)
    columns: dict[str, list[int]] = {}
    for name in _COLUMNS:
        column = table[name]
        if name in _PLACES:
            values = pc.fill_null(pc.index_in(column.combine_chunks(), docs), -1).to_pylist()
        elif pa.types.is_string(column.type):
            values = pool.codes(column)
        else:
            values = pc.fill_null(column, -1).to_pylist()
        if name == "kind" or any(value != -1 for value in values):
            columns[name] = values
    return columns


def _index(gold: Corpus, chosen: Chosen) -> list[list[Any]]:
    """Per listed document: its id, its number among the embedded ones or -1, wrong and right items of each system."""
    number = {document: i for i, document in enumerate(chosen.embedded)}
    return [
        [gold.doc_ids[i], number.get(i, -1), chosen.wrong[:, i].tolist(), chosen.right[:, i].tolist()]
        for i in chosen.listed
    ]


def _lengths(gold: Corpus) -> IntArray:
    """(documents,) characters of each text, 0 where there is none."""
    articles = gold["articles"]
    row = pc.index_in(pa.array(gold.doc_ids, pa.string()), articles["doc_id"].combine_chunks())
    lengths = (
        pc.utf8_length(articles["text"].combine_chunks().take(row)) if len(articles) else pa.nulls(len(row), pa.int32())
    )
    found: IntArray = pc.fill_null(lengths, 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return found


def _texts(gold: Corpus, names: Sequence[str]) -> list[str | None]:
    articles = gold["articles"]
    row = pc.index_in(pa.array(names, pa.string()), articles["doc_id"].combine_chunks())
    texts: list[str | None] = (
        articles["text"].combine_chunks().take(row).to_pylist() if len(articles) else [None] * len(names)
    )
    return texts
