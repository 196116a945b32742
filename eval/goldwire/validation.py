"""Validation: everything that is wrong with gold or predictions, in one run."""

from __future__ import annotations

from pathlib import Path

from goldwire.errors import ReadError
from goldwire.incidents import Incidents

__all__ = ["validate"]


def validate(path: str | Path, *, gold: str | Path | None = None, role: str = "auto") -> Incidents:
    """Check an annotation folder, a built dataset, or a gold or prediction file; returns every finding.

    role: "gold" checks a file against itself, "predictions" against ``gold`` (default: the packaged gold); "auto"
    takes a file whose documents carry texts or whose header names a corpus for gold.
    Raises ReadError when there is nothing readable at ``path``.
    """
    from goldwire.reading import gold_of, load_corpus, read_file, read_gold, read_predictions

    incidents = Incidents()
    where = Path(path)
    if where.is_dir():
        read_gold(where, incidents)
        return incidents
    if role == "auto":
        probe = read_file(path, Incidents())
        texts = probe.records["text"]
        role = "gold" if "corpus" in probe.header or texts.null_count < len(texts) else "predictions"
    if role == "gold":
        gold_of(read_file(path, incidents), incidents)
        return incidents
    if role == "predictions":
        return read_predictions(path, load_corpus(gold)).incidents
    raise ReadError(f"{role!r} is no role of a file; roles are gold and predictions")
