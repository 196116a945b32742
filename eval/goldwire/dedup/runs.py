"""Sorted runs on disk, of which one range of keys at a time is read from all: a sort that memory does not bound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["CELLS", "Range", "Runs"]

CELLS = 4096
"""The values of the leading field are divided into so many cells of one width; a range is a run of cells."""

Range = tuple[int, int]
Rows = npt.NDArray[Any]


@dataclass(frozen=True)
class Runs:
    """Rows in files ``folder``/<part>/<number>.run, each sorted by one field, with the rows of every cell beside it.

    kind: of a row. field: what they are sorted by; size: how many values it has, from 0.
    """

    folder: Path
    kind: np.dtype[Any]
    field: str
    size: int

    def fill(
        self, place: Path, blocks: Iterable[Rows], most: int, finish: Callable[[Rows], Rows] = lambda rows: rows
    ) -> None:
        """Write blocks of rows as runs of so many rows into the folder ``place``, each run finished by a function first."""
        waiting: list[Rows] = []
        size, number = 0, 0
        for block in blocks:
            waiting.append(block)
            size += len(block)
            if size >= most:
                self._add(place, number, finish(np.concatenate(waiting)))
                waiting, size, number = [], 0, number + 1
        if size:
            self._add(place, number, finish(np.concatenate(waiting)))

    def _add(self, place: Path, number: int, rows: Rows) -> None:
        rows = rows[np.argsort(rows[self.field], kind="stable")]
        values = np.ascontiguousarray(rows[self.field])
        cells = np.searchsorted(values, np.array(self._bounds(), values.dtype))
        rows.tofile(place / f"{number:06}.run")
        np.save(place / f"{number:06}.npy", np.append(cells, len(rows)))

    def ranges(self, most: int) -> list[Range]:
        """Cells in ranges of so many rows, or one cell."""
        total = np.zeros(CELLS, np.int64)
        for run in self._files():
            total += np.diff(np.load(run.with_suffix(".npy")))
        found: list[Range] = []
        low, rows = 0, 0
        for cell, own in enumerate(total.tolist()):
            if rows and rows + own > most:
                found.append((low, cell))
                low, rows = cell, 0
            rows += own
        return [*found, (low, CELLS)] if rows else found

    def read(self, where: Range) -> Iterator[tuple[str, Rows]]:
        """The rows of a range, run by run, with the name of the part that each run belongs to."""
        for run in self._files():
            cells = np.load(run.with_suffix(".npy"), mmap_mode="r")
            low, high = int(cells[where[0]]), int(cells[where[1]])
            if high > low:
                rows = np.fromfile(run, self.kind, high - low, offset=low * self.kind.itemsize)
                yield run.parent.name, rows

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*/*.run"))

    def _bounds(self) -> list[int]:
        return [-(-cell * self.size // CELLS) for cell in range(CELLS)]
