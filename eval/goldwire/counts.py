"""Additive counts per unit and slice: what a task yields and everything later is computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Counts", "Cover", "Facet", "FloatArray", "IntArray", "overlapping"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Facet:
    """A way to slice the rows: one code per row into ``labels``; -1 where the facet does not apply."""

    codes: IntArray
    labels: tuple[str, ...]


def overlapping(rows: int, owner: IntArray, code: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
    """A facet of which a row may have several labels: (row, code, weight) of the rows to count in place of ``rows``.

    owner, code: (n,) a label of a row, each once.

    A row comes once for each of its labels, and without a label it takes back what was counted more than once; so each
    label has all of its rows, and the sum over everything is what it is without the facet.
    """
    left = 1.0 - np.bincount(owner, minlength=rows)
    rest = np.flatnonzero(left)
    codes = np.r_[code, np.full(len(rest), -1, np.int64)]
    return np.r_[owner, rest], codes, np.r_[np.ones(len(owner)), left[rest]]


@dataclass(frozen=True)
class Cover:
    """Which documents each unit covers, where units are connected components of documents.

    documents: ids of all documents of the gold; unit: (documents,) code of the unit that each is in.
    """

    documents: tuple[str, ...]
    unit: IntArray


@dataclass(frozen=True)
class Counts:
    """Rows of additive counts. Summing any rows gives the counts of the union of what they describe.

    units:   names of the resampling units (documents, or connected components for de-duplication), in gold order;
             a unit without rows counts as all zeros and still is a unit.
    unit:    (rows,) code of each row's unit.
    facets:  name -> Facet, each of (rows,) codes.
    columns: name -> (rows,) counts, integers or rationals.
    cover:   the documents of each unit where units are components: they depend on the predictions, and counts of
             several systems meet on the components of all of them (see goldwire.joint). None for units that every
             system on this gold has.
    """

    units: tuple[str, ...]
    unit: IntArray
    facets: Mapping[str, Facet]
    columns: Mapping[str, FloatArray]
    cover: Cover | None = None

    @classmethod
    def build(
        cls,
        units: Sequence[str],
        unit: IntArray,
        facets: Mapping[str, Facet],
        columns: Mapping[str, npt.NDArray[Any]],
    ) -> Counts:
        """Sum raw rows (one per mention, link, ...) into one row per unit x facet combination that occurs."""
        key, room = unit.astype(np.int64), len(units)
        for facet in facets.values():
            key = key * (len(facet.labels) + 1) + (facet.codes + 1)
            room *= len(facet.labels) + 1
        distinct, group = _grouped(key, room)
        codes, rest = {}, distinct
        for name, facet in reversed(list(facets.items())):
            rest, codes[name] = np.divmod(rest, len(facet.labels) + 1)
        return cls(
            tuple(units),
            rest,
            {name: Facet(codes[name] - 1, tuple(facet.labels)) for name, facet in facets.items()},
            {name: _sums(group, values, len(distinct)) for name, values in columns.items()},
        )

    @classmethod
    def concat(cls, parts: Sequence[Counts]) -> Counts:
        """Stack counts over the same units (other facets and columns are filled with "not applicable" and zero)."""
        units = parts[0].units
        if any(part.units != units for part in parts):
            raise ValueError("counts over different units cannot be stacked")
        names = list(dict.fromkeys(name for part in parts for name in part.facets))
        columns = list(dict.fromkeys(name for part in parts for name in part.columns))
        facets = {}
        for name in names:
            labels = tuple(
                dict.fromkeys(label for part in parts if name in part.facets for label in part.facets[name].labels)
            )
            index = {label: code for code, label in enumerate(labels)}
            codes = []
            for part in parts:
                if name not in part.facets:
                    codes.append(np.full(len(part.unit), -1, np.int64))
                    continue
                facet = part.facets[name]
                recode = np.array([index[label] for label in facet.labels] + [-1], np.int64)
                codes.append(recode[facet.codes])
            facets[name] = Facet(np.concatenate(codes), labels)
        filled = {
            name: np.concatenate([part.columns.get(name, np.zeros(len(part.unit))) for part in parts])
            for name in columns
        }
        return cls(units, np.concatenate([part.unit for part in parts]), facets, filled)

    @classmethod
    def stack(cls, parts: Sequence[Counts]) -> Counts:
        """Counts over different units, one after the other."""
        units = tuple(unit for part in parts for unit in part.units)
        start = np.cumsum([0, *(len(part.units) for part in parts)])
        moved = [
            Counts(units, part.unit + at, part.facets, part.columns) for part, at in zip(parts, start, strict=False)
        ]
        whole = cls.concat(moved)
        covers = [part.cover for part in parts if part.cover is not None]
        if len(covers) < len(parts):
            return whole
        documents = tuple(name for cover in covers for name in cover.documents)
        unit = np.concatenate([cover.unit + at for cover, at in zip(covers, start, strict=False)])
        return replace(whole, cover=Cover(documents, unit))

    @classmethod
    def merged(cls, parts: Sequence[Counts]) -> Counts:
        """Counts over units of which several parts may have the same, one row a unit and label."""
        whole = cls.stack(parts)
        code = {name: i for i, name in enumerate(sorted(set(whole.units)))}
        return whole.grouped(list(code), np.array([code[name] for name in whole.units], np.int64))

    def grouped(self, names: Sequence[str], group: IntArray) -> Counts:
        """The counts of groups of units: ``names`` of the groups, (units,) group of each unit."""
        return Counts.build(names, group[self.unit], self.facets, self.columns)

    def select(self, where: Mapping[str, str]) -> Counts:
        """The rows whose facets have the given labels. An unknown facet or label raises KeyError."""
        keep = np.ones(len(self.unit), bool)
        for name, label in where.items():
            facet = self.facets[name]
            if label not in facet.labels:
                raise KeyError(label)
            keep &= facet.codes == facet.labels.index(label)
        return Counts(
            self.units,
            self.unit[keep],
            {name: Facet(facet.codes[keep], facet.labels) for name, facet in self.facets.items()},
            {name: values[keep] for name, values in self.columns.items()},
            self.cover,
        )

    def per_unit(self, columns: Sequence[str], over: str | None = None) -> FloatArray:
        """(units, columns) sums; with ``over`` a facet's name, (units, columns, labels) sums by that facet's label."""
        n = len(self.units)
        if over is None:
            return np.array([self._of_units(name) for name in columns]).reshape(len(columns), n).T
        width, cell = len(self.facets[over].labels), self._cells(over)
        sums = [_sums(cell, self.columns[name], (width + 1) * n)[n:].reshape(width, n) for name in columns]
        return np.stack(sums).transpose(2, 0, 1)

    def _cells(self, over: str) -> IntArray:
        """(rows,) number of the cell of label and unit each row adds to, rows without a label first; kept."""
        if over not in self._kept_cells:
            self._kept_cells[over] = (self.facets[over].codes + 1) * len(self.units) + self.unit
        return self._kept_cells[over]

    def _of_units(self, column: str) -> FloatArray:
        """(units,) sums of a column; kept, because most measures share their columns with others."""
        if self._is_by_unit:
            return self.columns[column]
        if column not in self._kept_sums:
            self._kept_sums[column] = _sums(self.unit, self.columns[column], len(self.units))
        return self._kept_sums[column]

    @cached_property
    def _is_by_unit(self) -> bool:
        """Whether the rows are the units, one by one."""
        return np.array_equal(self.unit, np.arange(len(self.units)))

    @cached_property
    def _kept_sums(self) -> dict[str, FloatArray]:
        return {}

    @cached_property
    def _kept_cells(self) -> dict[str, IntArray]:
        return {}

    def by_label(self, columns: Sequence[str], over: str, weights: FloatArray | None = None) -> FloatArray:
        """(labels, columns) sums by a facet's label, of units weighted if ``weights`` (units,) are given."""
        facet = self.facets[over]
        label, n = facet.codes + 1, len(facet.labels) + 1
        values = [self.columns[name] for name in columns]
        if weights is not None:
            weight = weights[self.unit]
            values = [value * weight for value in values]
        return np.stack([_sums(label, value, n)[1:] for value in values], axis=1)

    def totals(self) -> dict[str, float]:
        """Every column summed over all rows."""
        return {name: float(values.sum()) for name, values in self.columns.items()}

    def to_table(self) -> pa.Table:
        """The rows as an Arrow table: unit, the facets (null where not applicable), the columns."""
        import pyarrow as pa

        def labelled(codes: IntArray, labels: Sequence[str]) -> pa.Array:
            indices = pa.array(codes, pa.int32(), mask=codes < 0)
            return pa.DictionaryArray.from_arrays(indices, pa.array(labels, pa.string())).cast(pa.string())

        arrays = {"unit": labelled(self.unit, self.units)}
        arrays |= {name: labelled(facet.codes, facet.labels) for name, facet in self.facets.items()}
        arrays |= {name: pa.array(values, pa.float64()) for name, values in self.columns.items()}
        return pa.table(arrays)


def _grouped(key: IntArray, room: int) -> tuple[IntArray, IntArray]:
    """The distinct keys in ascending order, all below ``room``, and each row's position among them."""
    if room <= 4 * len(key) + 2**20:  # a table of all keys takes no more than the rows do
        seen = np.zeros(room, bool)
        seen[key] = True
        return np.flatnonzero(seen), (np.cumsum(seen) - 1)[key]
    order = np.argsort(key, kind="stable")
    new = np.append(True, key[order[1:]] != key[order[:-1]])[: len(key)]
    group = np.empty(len(key), np.int64)
    group[order] = np.cumsum(new) - 1
    return key[order[new]], group


def _sums(group: IntArray, values: npt.NDArray[Any], n: int) -> FloatArray:
    """(n,) sum of the values of each group."""
    return np.bincount(group, values, n).astype(np.float64, copy=False)
