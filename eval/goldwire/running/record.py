"""The record of a run (schema/run.schema.json): what ran on what, how long it took, what it used, what failed."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from goldwire._version import __version__
from goldwire.corpus.tables import Corpus
from goldwire.running.workers import Outcome
from goldwire.systems import Record, System

__all__ = ["now", "record_path", "run_record"]


def record_path(output: str | Path) -> Path:
    """Where the record of a run lies: beside its predictions."""
    path = Path(output)
    name = path.name.removesuffix(".jsonl")
    return path.with_name(f"{name}.run.json")


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def run_record(
    system: System,
    head: Record,
    gold: Corpus,
    *,
    predictions: str,
    options: Mapping[str, Any],
    started: str,
    seconds: float,
    outcomes: Sequence[Outcome],
    resumed: int,
    usage: Mapping[str, float],
    checked: Mapping[str, Any],
) -> Record:
    """The record as JSON data. outcomes: of the articles, in gold order; none for a system that takes all at once."""
    good = [outcome for outcome in outcomes if outcome.error is None]
    return {
        "goldwire_run": 1,
        "goldwire": __version__,
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in getattr(system, "packages", ())},
        "system": head["system"],
        "gold": {"name": gold.name, "version": gold.version, "digest": gold.digest},
        "predictions": predictions,
        "options": dict(options),
        "started": started,
        "ended": now(),
        "seconds": round(seconds, 3),
        "documents": {
            "done": len(good), "resumed": resumed, "failed": sum(o.error is not None for o in outcomes),
        },
        "latency": _latency([outcome.seconds for outcome in good]),
        "usage": dict(usage),
        "checked": dict(checked),
        "per_document": [
            {"doc_id": o.doc_id, "seconds": round(o.seconds, 6), "attempts": o.attempts, "usage": o.usage} for o in good
        ],
        "failures": [
            {"doc_id": o.doc_id, "error": o.error, "attempts": o.attempts} for o in outcomes if o.error is not None
        ],
    }  # fmt: skip


def _latency(seconds: Sequence[float]) -> dict[str, float] | None:
    if not seconds:
        return None
    figures = {
        "mean": float(np.mean(seconds)),
        "median": float(np.median(seconds)),
        "p95": float(np.quantile(seconds, 0.95)),
        "max": max(seconds),
    }
    return {name: round(value, 6) for name, value in figures.items()}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
