"""What a format cannot hold: counted by layer and reason, with the first place, and never passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Loss", "Losses"]


@dataclass
class Loss:
    """One kind of thing that was left behind.

    format: name of the format that could not hold it, or whose reader could not take it over; layer: "entities",
    "arguments", "header" and so on; what: the field, or the case in a few words; first: where it happened first.
    """

    format: str
    layer: str
    what: str
    count: int
    first: str


@dataclass
class Losses:
    """A collector. ``format`` is set by the framework to the format at work."""

    format: str = ""
    rows: dict[tuple[str, str, str], Loss] = field(default_factory=dict)

    def add(self, layer: str, what: str, first: str, count: int = 1) -> None:
        """Count a loss; ``first`` is the place, kept for the first one only."""
        if count < 1:
            return
        row = self.rows.setdefault((self.format, layer, what), Loss(self.format, layer, what, 0, first))
        row.count += count

    def __iter__(self) -> Iterator[Loss]:
        return iter(self.rows.values())

    def __len__(self) -> int:
        return len(self.rows)

    def to_json(self) -> list[dict[str, Any]]:
        """The rows as JSON values, in the order in which they were met."""
        return [asdict(row) for row in self]
