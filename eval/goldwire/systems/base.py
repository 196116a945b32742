"""What a system is: a named callable that turns articles into prediction records.

Records are plain dictionaries, one JSON line each. Offsets are Unicode code points, half-open, into the text as given.

entities:    ``{"doc_id", "entities": [{"start", "end", "type", "entity_id"}, ...]}``, one record per article,
             articles without mentions included; ``times`` and ``events`` stand in the same record.
duplicates:  ``{"a", "b", "score"}`` per article pair, ``a < b``; optionally ``reuse_a``, ``reuse_b``, ``coverage_a``,
             ``coverage_b``. Pairs under the header's ``threshold`` are scores, not links.
passages:    ``{"a", "a_start", "a_end", "b", "b_start", "b_end", "score"}`` per span pair, ``a < b``.

An item may give its words as ``text`` in place of offsets; they are looked up when the file is read. Any record may carry
``usage`` (``input_tokens``, ``output_tokens``, ``cost``, ...), which is added up in the record of the run and not kept
with the predictions.

Systems are of two kinds. One that looks at each article by itself says so by an attribute ``per_document = True``: it is
called with one article, or a few, at a time, in several threads if asked for, and a failure on one article leaves the
others. All others, de-duplication above all, are called once with all articles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from goldwire.errors import UsageError

__all__ = [
    "LAYERS",
    "Article",
    "Record",
    "System",
    "check_range",
    "header",
    "is_per_document",
    "per_document",
    "release",
]

LAYERS = ("entities", "events", "times", "duplicates", "passages")
"""What a system may say that it looks for."""

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
        """Which of LAYERS it produces; none named: whatever its records hold."""

    @property
    def version(self) -> str:
        """Changes whenever the same articles and settings may give other predictions."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Everything that determines the output beside the articles, as the prediction header records it."""

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """The prediction records for the articles."""


def is_per_document(system: System) -> bool:
    """Whether the system looks at each article by itself."""
    return bool(getattr(system, "per_document", False))


def per_document(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function of one article: what it returns is that article's record, ``doc_id`` may be left out."""
    function.per_document = True  # type: ignore[attr-defined]
    return function


def header(system: System) -> Record:
    """The first line of the system's prediction file.

    The settings ``threshold`` (pairs with lower scores are no links) and ``entity_scope`` ("corpus" where entity ids
    hold across articles) stand at the top, where the scorer looks for them. Raises UsageError for a layer there is not.
    """
    strange = [layer for layer in system.layers if layer not in LAYERS]
    if strange:
        raise UsageError(f"{system.name} says that it looks for {strange[0]!r}; layers are {', '.join(LAYERS)}")
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
