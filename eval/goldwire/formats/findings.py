"""What checking collects: which rows of a file break a rule, an incident for each, and columns to check them by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from goldwire.corpus.labels import Inventory
from goldwire.formats.columns import Int32Array, coded, numbers, run_starts
from goldwire.formats.jsonl import RecordFile
from goldwire.formats.records import Layer
from goldwire.formats.text_index import TextIndex
from goldwire.incidents import Incidents, did_you_mean, path_text

__all__ = ["Findings", "Reference"]

_FIELD = {"mentions": "entities", "triggers": "events", "arguments": "events", "times": "times", "zones": "zones"}
_SUGGESTED = 20  # of one rule: looking for the nearest of many names takes its time


@dataclass(frozen=True)
class Reference:
    """What a file is checked against: the documents there are, their texts and the labels in use."""

    doc_ids: tuple[str, ...]
    texts: TextIndex
    inventory: Inventory


class Findings:
    """The layers of a file, their bad rows so far, and what is asked of them more than once.

    bad: layer -> (rows,) True where a row breaks a rule and is to be left out.
    """

    def __init__(self, file: RecordFile, layers: dict[str, Layer], reference: Reference, incidents: Incidents) -> None:
        self.file, self.layers, self.reference, self.incidents = file, layers, reference, incidents
        self.bad = {name: np.zeros(len(layer.record), bool) for name, layer in layers.items()}
        self._known = pa.array(reference.doc_ids, pa.string())
        self._docs: dict[tuple[str, str], Int32Array] = {}
        self._numbers: dict[tuple[str, str], tuple[Int32Array, Any]] = {}

    def kept(self) -> dict[str, Layer]:
        """The layers without their bad rows."""
        return {name: layer.take(~self.bad[name]) for name, layer in self.layers.items()}

    def flag(
        self,
        name: str,
        bad: Any,
        rule: str,
        found: str | Callable[[int], str] = "",
        expected: str | Callable[[int], str] = "",
        valid: Iterable[str] | None = None,
        value: Callable[[int], str | None] | None = None,
    ) -> None:
        """Mark rows as bad and describe each; ``valid`` and ``value`` give the nearest valid name."""
        rows = np.flatnonzero(bad)
        if not len(rows):
            return
        self.bad[name] |= bad
        known = sorted(valid) if valid is not None else []
        layer = self.layers[name]
        for count, row in enumerate(rows.tolist()):
            if count >= self.incidents.kept_per_rule:
                self.incidents.counts[rule] += len(rows) - count
                break
            item, sub = int(layer.item[row]), int(layer.sub[row])
            path = () if item < 0 else (_FIELD[name], item) + (() if sub < 0 else ("arguments", sub))
            file, line = self.file.place(int(layer.record[row]), path)
            got = value(row) if value else None
            self.incidents.add(
                rule,
                file,
                line,
                item=path_text(path),
                found=found(row) if callable(found) else (repr(got) if value and not found else found),
                expected=expected(row) if callable(expected) else expected,
                suggestion=did_you_mean(got, known) if got and count < _SUGGESTED else None,
            )

    # columns -----------------------------------------------------------------------------------------------------

    def column(self, name: str, column: str) -> pa.ChunkedArray:
        """A column of a layer."""
        return self.layers[name].table[column]

    def stated(self, name: str, column: str) -> bool:
        """Whether a layer has the column and any row says something in it."""
        table = self.layers[name].table
        return column in table.column_names and table[column].null_count < len(table)

    def values(self, name: str, column: str) -> Callable[[int], str | None]:
        """A row's value in a column."""
        data = self.column(name, column)
        return lambda row: data[row].as_py()

    def docs(self, name: str, column: str = "doc_id") -> Int32Array:
        """(rows,) codes of the documents that a column names; -1 for unknown ones and none."""
        if (name, column) not in self._docs:
            layer = self.layers[name]
            first = run_starts(layer.record)  # all rows of one record are of one document
            codes = coded(layer.table[column].take(pa.array(first)), self._known)
            self._docs[name, column] = np.repeat(codes, np.diff(first, append=len(layer.record)))
        return self._docs[name, column]

    def numbers(self, name: str, column: str) -> tuple[Int32Array, Any]:
        """A number column with nulls as 0, and where it is null; not to be changed."""
        if (name, column) not in self._numbers:
            self._numbers[name, column] = numbers(self.column(name, column))
        return self._numbers[name, column]

    def replace(self, name: str, table: pa.Table) -> None:
        """The same rows with other numbers in them."""
        layer = self.layers[name]
        self.layers[name] = Layer(table, layer.record, layer.item, layer.sub)
        self._numbers.clear()
