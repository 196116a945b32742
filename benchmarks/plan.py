"""What is measured: programs on the same data, and what Goldwire is held to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["Case", "Program", "Target", "checkout", "goldwire"]

ROOT = Path(__file__).resolve().parents[1]
REFERENCES = Path(os.environ.get("GOLDWIRE_REFERENCES", ROOT / "references"))


def checkout(repository: str) -> Path:
    """The folder a reference program is checked out in; see tests/parity/README.md."""
    return REFERENCES / repository.replace("/", "+")


@dataclass(frozen=True)
class Program:
    """One program on one set of data.

    name:      how the table calls it.
    function:  "module:function"; called with ``arguments`` it prepares the data and returns the work to be measured,
               a function without arguments. Or ``command``: an argument list, measured as a process from start to end.
    fraction:  the share of the data that the program is given; its time is scaled up linearly, in its favour where
               it is slower than linear.
    per:       figures that are computed in one go; the time is given per figure.
    rounds:    measurements, each in a process of its own; the median counts.
    package, repository: what has to be installed or checked out for it.
    """

    name: str
    function: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    fraction: float = 1.0
    per: int = 1
    rounds: int = 1
    package: str | None = None
    repository: str | None = None

    @property
    def missing(self) -> str | None:
        """Why the program cannot be run here, or None."""
        if self.package and self.version is None:
            return f"{self.package} is not installed (extra `peers`)"
        if self.repository and not checkout(self.repository).is_dir():
            return f"no checkout of {self.repository}"
        return None

    @property
    def version(self) -> str | None:
        """Of the package, if it is one that is installed."""
        try:
            return metadata.version(self.package) if self.package else None
        except metadata.PackageNotFoundError:
            return None

    @property
    def title(self) -> str:
        """Name, version and the share of the data."""
        title = f"{self.name} {self.version}" if self.version else self.name
        return title if self.fraction == 1 else f"{title} (on 1/{round(1 / self.fraction)}, scaled)"


@dataclass(frozen=True)
class Target:
    """What Goldwire is held to: how many times as fast as the peer, most seconds, most megabytes."""

    ratio: float | None = None
    seconds: float | None = None
    megabytes: float | None = None

    def __str__(self) -> str:
        parts = [f"≥ {self.ratio:g}×"] if self.ratio is not None else []
        parts += [f"≤ {self.seconds:g} s"] if self.seconds is not None else []
        parts += [f"≤ {self.megabytes:g} MB"] if self.megabytes is not None else []
        return ", ".join(parts)


@dataclass(frozen=True)
class Case:
    """Goldwire on some data and, on the same data, its peers, each with a target.

    target: of Goldwire by itself. peers: with what Goldwire is held to against each.
    missed: why a target is missed, if it is; one sentence.
    series: what it shares with cases that differ from it in size alone. items: its size, or 0.
    """

    what: str
    ours: Program
    target: Target = Target()
    peers: tuple[tuple[Program, Target], ...] = ()
    missed: str = ""
    series: str = ""
    items: int = 0


def goldwire(function: str, *, rounds: int = 3, per: int = 1, **arguments: Any) -> Program:
    """Goldwire's side of a case."""
    return Program("Goldwire", function, arguments, rounds=rounds, per=per)
