"""The text-free form of a dataset: everything copied from the articles is left out, and can be put back exactly.

Copies at known offsets (texts, mentions, triggers, arguments, times, passages) become null and are read from the text
again. Headlines, and any other string that shares a run of eight words with an article, become null too; where they
came from stands in the *withheld* list: per config and row, (path, parts), a part being characters of no article or
``[doc_id, start, end]``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from goldwire.building.tables import CONFIGS, key_of
from goldwire.errors import UsageError

__all__ = ["RUN", "Runs", "Withheld", "hold_back", "leaks", "put_back", "strings"]

RUN = 8
"""So many words in a row make a quotation of an article."""

_SHORTEST = 4
"""Shared stretches shorter than this many characters are not worth a reference."""

Path = tuple[str | int, ...]
Part = str | list[Any]
Withheld = dict[str, dict[str, list[list[Any]]]]
"""Config -> key of the row -> [path, parts] of each string held back that is no plain copy."""


class Runs:
    """The runs of eight words of some texts, by document; words are compared in folded form, punctuation aside."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._of: dict[int, str] = {}
        for doc_id, text in texts.items():
            for run in _runs(text):
                self._of.setdefault(run, doc_id)

    def documents(self, text: str) -> list[str]:
        """Documents that share the runs of ``text``, one for each run."""
        return list(dict.fromkeys(self._of[run] for run in _runs(text) if run in self._of))


def hold_back(tables: Mapping[str, pa.Table]) -> tuple[dict[str, pa.Table], Withheld]:
    """The tables without texts, and what it takes to restore the strings that are no plain copies.

    Raises UsageError where a string quotes an article in other characters (its capitals, for instance), so that it
    could neither be shipped nor restored.
    """
    texts = {row["doc_id"]: row["text"] for row in tables["articles"].select(["doc_id", "text"]).to_pylist()}
    runs = Runs(texts)
    shipped, withheld = {}, Withheld()
    for config, table in tables.items():
        rows = table.to_pylist()
        for row in rows:
            copies = {path: (doc_id, offsets) for path, doc_id, offsets in _copies(config, row)}
            for path, value in list(strings(row)):
                if path in copies and _text_at(texts, *copies[path]) == value:
                    _set(row, path, None)
                elif path in copies or path == ("headline",) or runs.documents(value):
                    near = [*runs.documents(value), *(row[name] for name in ("doc_id", "a", "b") if name in row)]
                    parts = _parts(value, {doc_id: texts[doc_id] for doc_id in near})
                    if runs.documents(" ".join(part for part in parts if isinstance(part, str))):
                        where = f"{config} {row[key_of(config)]!r}, {'.'.join(map(str, path))}"
                        raise UsageError(
                            f"{where}: quotes an article in other characters, which no offset can stand for"
                        )
                    if all(isinstance(part, str) for part in parts):
                        continue  # a headline that is not in the text
                    _set(row, path, None)
                    withheld.setdefault(config, {}).setdefault(row[key_of(config)], []).append([list(path), parts])
        shipped[config] = pa.Table.from_pylist(rows, schema=CONFIGS[config])
    return shipped, withheld


def put_back(tables: Mapping[str, pa.Table], texts: Mapping[str, str], withheld: Withheld) -> dict[str, pa.Table]:
    """The tables as they were before `hold_back`, given the texts."""
    filled = {}
    for config, table in tables.items():
        rows = table.to_pylist()
        for row in rows:
            for path, doc_id, offsets in _copies(config, row):
                if _get(row, path) is None:
                    _set(row, path, _text_at(texts, doc_id, offsets))
            for path, parts in withheld.get(config, {}).get(row[key_of(config)], []):
                pieces = (part if isinstance(part, str) else texts[part[0]][part[1] : part[2]] for part in parts)
                _set(row, tuple(path), "".join(pieces))
        filled[config] = pa.Table.from_pylist(rows, schema=CONFIGS[config])
    return filled


def leaks(content: str | pa.Table, runs: Runs) -> str | None:
    """Where a file's text or a table quotes an article: the words before and the document; None where it does not."""
    values = [((), content)] if isinstance(content, str) else strings(content.to_pylist())
    for path, value in values:
        if found := runs.documents(value):
            return f"{'.'.join(map(str, path)) or 'its text'} repeats {RUN} words of {found[0]}"
    return None


def strings(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every string of a nested value with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from strings(item, (*path, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from strings(item, (*path, i))


def _copies(config: str, row: Mapping[str, Any]) -> Iterator[tuple[Path, str, Sequence[int]]]:
    """The strings of a row that copy an article: path, document, offsets (start, end of each piece)."""
    match config:
        case "articles":
            yield ("text",), row["doc_id"], (0, row["length"])
        case "entities":
            for i, mention in enumerate(row["mentions"]):
                extent = mention["fragments"] or (mention["start"], mention["end"])
                yield ("mentions", i, "text"), row["doc_id"], extent
        case "events":
            yield ("text",), row["doc_id"], row["trigger"]
            for i, argument in enumerate(row["arguments"]):
                yield ("arguments", i, "text"), row["doc_id"], (argument["start"], argument["end"])
        case "times":
            yield ("text",), row["doc_id"], (row["start"], row["end"])
        case "passages":
            for side in ("a", "b"):
                yield (f"{side}_text",), row[side], (row[f"{side}_start"], row[f"{side}_end"])


def _text_at(texts: Mapping[str, str], doc_id: str, offsets: Sequence[int]) -> str:
    """The text of a span, of its pieces with a space between."""
    return " ".join(texts[doc_id][offsets[i] : offsets[i + 1]] for i in range(0, len(offsets), 2))


def _parts(value: str, texts: Mapping[str, str]) -> list[Part]:
    """A string as stretches of the texts, longest first at each place, and the characters between them."""
    parts: list[Part] = []
    at = 0
    while at < len(value):
        doc_id, length = max(
            ((doc_id, _shared(value, at, text)) for doc_id, text in texts.items()), key=lambda found: found[1]
        )
        if length >= _SHORTEST:
            start = texts[doc_id].find(value[at : at + length])
            parts.append([doc_id, start, start + length])
            at += length
        elif parts and isinstance(parts[-1], str):
            parts[-1] += value[at]
            at += 1
        else:
            parts.append(value[at])
            at += 1
    return parts


def _shared(value: str, at: int, text: str) -> int:
    """Length of the longest start of ``value[at:]`` that occurs in ``text``."""
    low, high = 0, len(value) - at
    while low < high:
        middle = (low + high + 1) // 2
        if value[at : at + middle] in text:
            low = middle
        else:
            high = middle - 1
    return low


def _runs(text: str) -> Iterable[int]:
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    return (hash(tuple(words[i : i + RUN])) for i in range(len(words) - RUN + 1))


def _get(row: Mapping[str, Any], path: Path) -> Any:
    value: Any = row
    for step in path:
        value = value[step]
    return value


def _set(row: dict[str, Any], path: Path, value: str | None) -> None:
    _get(row, path[:-1])[path[-1]] = value
