"""Additive counts per unit and slice: what a task yields and everything later is computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Counts", "Facet", "FloatArray", "IntArray"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Facet:
    """A way to slice the rows: one code per row into ``labels``; -1 where the facet does not apply."""

    codes: IntArray
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Counts:
    """Rows of additive counts. Summing any rows gives the counts of the union of what they describe.

    units:   names of the resampling units (documents, or connected components for de-duplication), in gold order;
             a unit without rows counts as all zeros and still is a unit.
    unit:    (rows,) code of each row's unit.
    facets:  name -> Facet, each of (rows,) codes.
    columns: name -> (rows,) counts, integers or rationals.
    """

    units: tuple[str, ...]
    unit: IntArray
    facets: Mapping[str, Facet]
    columns: Mapping[str, FloatArray]

    @classmethod
    def build(
        cls,
        units: Sequence[str],
        unit: IntArray,
        facets: Mapping[str, Facet],
        columns: Mapping[str, npt.NDArray[Any]],
    ) -> Counts:
        """Sum raw rows (one per mention, link, ...) into one row per unit x facet combination that occurs."""
        key = unit.astype(np.int64)
        for facet in facets.values():
            key = key * (len(facet.labels) + 1) + (facet.codes + 1)
        order = np.argsort(key, kind="stable")
        ordered = key[order]
        first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(key) else np.zeros(0, np.int64)

        def summed(values: npt.NDArray[Any]) -> FloatArray:
            return np.add.reduceat(values[order].astype(np.float64), first) if len(key) else np.zeros(0)

        at = order[first]
        return cls(
            tuple(units),
            unit[at].astype(np.int64),
            {name: Facet(facet.codes[at].astype(np.int64), tuple(facet.labels)) for name, facet in facets.items()},
            {name: summed(values) for name, values in columns.items()},
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
        )

    def per_unit(self, columns: Sequence[str], over: str | None = None) -> FloatArray:
        """(units, columns) sums; with ``over`` a facet's name, (units, columns, labels) sums by that facet's label."""
        n = len(self.units)
        if over is None:
            sums = [np.bincount(self.unit, self.columns[name], n) for name in columns]
            return np.stack(sums, axis=1) if sums else np.zeros((n, 0))
        facet = self.facets[over]
        width = len(facet.labels)
        applies = facet.codes >= 0
        cell = self.unit[applies] * width + facet.codes[applies]
        sums = [np.bincount(cell, self.columns[name][applies], n * width).reshape(n, width) for name in columns]
        return np.stack(sums, axis=1)

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
