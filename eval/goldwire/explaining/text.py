"""Items and differences as text for a terminal and as JSON data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from goldwire.corpus.tables import Corpus
from goldwire.explaining.context import Context, contexts
from goldwire.explaining.table import class_counts
from goldwire.report.terminal import aligned, bold, visible

__all__ = ["differences_data", "items_data", "render_differences", "render_items"]

Row = Mapping[str, Any]


def render_items(gold: Corpus, table: pa.Table, *, title: str, limit: int, width: int, style: bool = False) -> str:
    """How many there are of each class, then the items, the first ``limit`` of them (0: all)."""
    blocks = [bold(visible(title), style), _summary(table)]
    shown = table.slice(0, limit) if limit else table
    for row, words in zip(shown.to_pylist(), contexts(gold, shown, width=width), strict=True):
        blocks.append("\n".join(map(visible, [_head(row), *_lines(row, words)])))
    if len(shown) < len(table):
        blocks.append(f"... and {len(table) - len(shown)} more (--limit 0 lists all)")
    return "\n\n".join(blocks) + "\n"


def items_data(gold: Corpus, table: pa.Table, *, limit: int, width: int) -> dict[str, Any]:
    """Counts by kind and class, and the items with their context; fields that are null are left out."""
    shown = table.slice(0, limit) if limit else table
    listed = []
    for row, words in zip(shown.to_pylist(), contexts(gold, shown, width=width), strict=True):
        context = {side: list(found) for side, found in words.items()}
        kept = {name: value for name, value in row.items() if value is not None}
        listed.append(kept | ({"context": context} if context else {}))
    return {"counts": class_counts(table), "total": len(table), "items": listed}


def render_differences(
    gold: Corpus, found: pa.Table, sides: tuple[pa.Table, pa.Table], names: tuple[str, str],
    *, title: str, limit: int, width: int, style: bool = False,
) -> str:  # fmt: skip
    """How often either is better, then the items, the first ``limit`` of them (0: all)."""
    better = found["better"].to_pylist()
    a, b = (better.count(side) for side in ("a", "b"))
    blocks = [
        bold(visible(title), style),
        visible(f"  {names[0]} is right and {names[1]} wrong: {a}; the reverse: {b}"),
    ]
    shown = found.slice(0, limit) if limit else found
    for row, (item, words) in zip(shown.to_pylist(), _items_of(gold, shown, sides, width), strict=True):
        made = [f"{name} {row[f'class_{side}'] or '-'}" for name, side in zip(names, "ab", strict=True)]
        head = f"{_place(item)}  {item['kind']}  {', '.join(made)}"
        blocks.append("\n".join(map(visible, [head, *_lines(item, words)])))
    if len(shown) < len(found):
        blocks.append(f"... and {len(found) - len(shown)} more (--limit 0 lists all)")
    return "\n\n".join(blocks) + "\n"


def differences_data(
    gold: Corpus, found: pa.Table, sides: tuple[pa.Table, pa.Table], *, limit: int, width: int
) -> dict[str, Any]:
    """How often either is better, and the items that show it, as the system that has a gold item there has them."""
    better = found["better"].to_pylist()
    shown = found.slice(0, limit) if limit else found
    listed = []
    for row, (item, words) in zip(shown.to_pylist(), _items_of(gold, shown, sides, width), strict=True):
        kept = {name: value for name, value in item.items() if value is not None and name != "class"}
        context = {side: list(texts) for side, texts in words.items()}
        listed.append(
            {key: row[key] for key in ("better", "class_a", "class_b")}
            | kept
            | ({"context": context} if context else {})
        )
    return {"a_better": better.count("a"), "b_better": better.count("b"), "total": len(found), "items": listed}


def _items_of(
    gold: Corpus, found: pa.Table, sides: tuple[pa.Table, pa.Table], width: int
) -> list[tuple[Row, Mapping[str, Context]]]:
    """The item behind each difference: that of the system that errs, whose prediction is worth seeing."""
    wrong = [1 if better == "a" else 0 for better in found["better"].to_pylist()]
    at = [found[f"item_{'ab'[side]}"][i].as_py() + side * len(sides[0]) for i, side in enumerate(wrong)]
    shown = pa.concat_tables(sides).take(pa.array(at, pa.int64()))
    return list(zip(shown.to_pylist(), contexts(gold, shown, width=width), strict=True))


def _summary(table: pa.Table) -> str:
    lines = []
    for kind, counts in class_counts(table).items():
        total = sum(counts.values())
        body = [[name, f"{count:,}", f"{100 * count / total:.1f} %"] for name, count in counts.items() if count]
        lines.append(aligned([[kind, f"{total:,}", ""], *body]))
    return "\n".join(lines) or "  nothing"


def _head(row: Row) -> str:
    return f"{_place(row)}  {row['kind']}  {row['class']}"


def _place(row: Row) -> str:
    document = str(row["doc_id"])
    return document if row["other"] in (None, row["doc_id"]) else f"{document} – {row['other']}"


def _lines(row: Row, words: Mapping[str, Context]) -> Sequence[str]:
    """What either side says, with its words."""
    lines = []
    for side in ("gold", "pred"):
        if row[f"{side}_row"] is None and row["kind"] != "link":
            continue
        facts = [row[f"{side}_type"], _of_event(row, side), _note(row, side), _offsets(row, side, "")]
        if row[f"{side}_start"] is None and row[f"{side}_type"] is None and row["kind"] != "pair":
            continue
        lines.append(f"  {side}  " + "  ".join(str(fact) for fact in facts if fact))
        for name, lead in ((side, ""), (f"{side}_other", "↔ ")):
            if name in words and not (row["kind"] == "link" and side == "pred" and "gold" in words):
                before, inside, after = (text.replace("\n", " ") for text in words[name])
                lines.append(f"        {lead}{before}[{inside}]{after}")
        if side == "pred" and row["string"] is not None:
            lines.append(f"        [{row['string']}] has no place left in the text".replace("\n", " "))
    return lines


def _of_event(row: Row, side: str) -> str | None:
    return f"of {row[f'{side}_event']}" if row[f"{side}_event"] else None


def _note(row: Row, side: str) -> str | None:
    note = row[f"{side}_note"]
    return f"({note})" if note else None


def _offsets(row: Row, side: str, prefix: str) -> str | None:
    start, end = row[f"{side}_{prefix}start"], row[f"{side}_{prefix}end"]
    return None if start is None else f"{start}–{end}"
