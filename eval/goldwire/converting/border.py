"""Spans of a text on their way in and out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from goldwire.converting.context import Context
from goldwire.converting.marks import Mark
from goldwire.converting.units import Units

__all__ = ["Border"]


@dataclass
class Border:
    """Spans of one text on their way in and out: units converted, nonsense turned into incidents at file and line."""

    text: str
    unit: str
    path: str
    context: Context

    @cached_property
    def _units(self) -> Units:
        return Units(self.text, self.unit)

    def inward(self, start: Any, end: Any, line: int, item: str) -> tuple[int, int] | None:
        """[start, end) in code points, or None and an incident where that is no span of the text."""
        if not all(isinstance(x, int) and not isinstance(x, bool) for x in (start, end)):
            self.context.incidents.add("missing-offset", self.path, line, item=item, expected="two whole numbers")
            return None
        if not 0 <= start < end <= self._units.length:
            expected = f"0 <= start < end <= {self._units.length}"
            if self.unit != "codepoint":
                expected += f", counted in {self.unit}"
            found = f"[{start}, {end})"
            self.context.incidents.add("offset-range", self.path, line, item=item, found=found, expected=expected)
            return None
        a, b = self._units.inward(start), self._units.inward(end)
        if a is None or b is None:
            expected = f"offsets between characters, counted in {self.unit}"
            found = f"[{start}, {end})"
            self.context.incidents.add("offset-unit", self.path, line, item=item, found=found, expected=expected)
            return None
        return a, b

    def outward(self, mark: Mark) -> tuple[int, int]:
        """The span of a mark in the other unit."""
        return self._units.outward(mark.start), self._units.outward(mark.end)
