"""What a system is: a named callable that turns articles into prediction records.

Records are plain dictionaries, one JSON line each. Offsets are Unicode code points, half-open, into the text as given.

entities:    ``{"doc_id", "entities": [{"start", "end", "type", "entity_id"}, ...]}``, one record per article,
             articles without mentions included; ``times`` and ``events`` stand in the same record.
duplicates:  ``{"a", "b", "score"}`` per article pair, ``a < b``; optionally ``reuse_a``, ``reuse_b``, ``coverage_a``,
             ``coverage_b``. Pairs under the header's ``threshold`` are scores, not links.
passages:    ``{"a", "a_start", "a_end", "b", "b_start", "b_end", "score"}`` per span pair, ``a < b``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from goldwire.errors import UsageError

__all__ = ["Article", "Record", "System", "check_range", "header", "release"]

Record = dict[str, Any]


@dataclass(frozen=True)
class Article:
    """What a system is given: a document's id, its untouched text and its stated publication date, if any."""

    doc_id: str
    text: str
    published: str | None = None


@runtime_checkable
class System(Protocol):
    """Produces predictions. The same articles in any order give the same records, up to their order."""

    @property
    def name(self) -> str:
        """The name predictions are filed under."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Which of "entities", "times", "events", "duplicates" and "passages" it produces."""

    @property
    def version(self) -> str:
        """Changes whenever the same articles and settings may give other predictions."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Everything that determines the output beside the articles, as the prediction header records it."""

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """The prediction records for the articles."""


def header(system: System) -> Record:
    """The first line of the system's prediction file.

    The settings ``threshold`` (pairs with lower scores are no links) and ``entity_scope`` ("corpus" where entity ids
    hold across articles) stand at the top, where the scorer looks for them.
    """
    settings = dict(system.settings)
    about = {"name": system.name, "version": system.version, "layers": list(system.layers), "settings": settings}
    record: Record = {"goldwire": 1, "system": about, "offset_unit": "codepoint"}
    if "threshold" in settings:
        record["threshold"] = settings["threshold"]
    if "entity_scope" in settings:
        record["entity_scope"] = settings["entity_scope"]
    return record


def check_range(setting: str, value: float, low: float, high: float = float("inf")) -> None:
    """Raise UsageError unless low <= value <= high."""
    if not low <= value <= high:
        limits = f"at least {low:g}" if high == float("inf") else f"between {low:g} and {high:g}"
        raise UsageError(f"the setting '{setting}' must be {limits}, not {value:g}")


def release(package: str) -> str | None:
    """The installed version of a distribution, which a system's settings record; None where it is missing."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None
