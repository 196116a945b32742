"""Finished parts on disk, so that a run that was killed loses none of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldwire.counts import Counts
from goldwire.engines.kernel import Part
from goldwire.errors import UsageError
from goldwire.formats.source import write_text
from goldwire.incidents import Incidents
from goldwire.results import counts_from_dict, counts_to_dict

__all__ = ["Parts", "claim"]


@dataclass(frozen=True)
class Parts:
    """One JSON file a part, written whole or not at all."""

    folder: Path

    def write(self, number: int, part: Part) -> None:
        """Keep a part."""
        write_text(self._path(number), self.dumps(part))

    def read(self, number: int) -> Part | None:
        """The part of that number, if it was finished."""
        path = self._path(number)
        return self.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    @staticmethod
    def dumps(part: Part) -> str:
        """A part as JSON."""
        return json.dumps(
            {
                "counts": {name: counts_to_dict(counts) for name, counts in part.counts.items()},
                "incidents": part.incidents.to_dict(),
                "dropped": part.dropped,
                "faults": part.faults.to_dict(),
            }
        )

    @staticmethod
    def loads(text: str) -> Part:
        """What ``dumps`` wrote."""
        data = json.loads(text)
        counts: dict[str, Counts] = {name: counts_from_dict(one) for name, one in data["counts"].items()}
        incidents, faults = (Incidents.from_dict(data[name]) for name in ("incidents", "faults"))
        return Part(counts, incidents, data["dropped"], faults)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:04}.json"


def claim(work: Path, job: dict[str, Any]) -> None:
    """Make the folder this job's. Raises UsageError where it holds another one's work."""
    path = work / "job.json"
    if path.exists():
        if json.loads(path.read_text(encoding="utf-8")) != job:
            raise UsageError(f"{work}: holds the work of another run (other files, tasks or options); choose another")
        return
    if work.exists() and any(work.iterdir()):
        raise UsageError(f"{work}: is not empty and holds no work of an earlier run")
    write_text(path, json.dumps(job))
