"""Validation: everything that is wrong with gold or predictions, in one run."""

from __future__ import annotations

from pathlib import Path

from goldwire.errors import UsageError
from goldwire.incidents import Incidents

__all__ = ["validate"]


def validate(path: str | Path, *, gold: str | Path | None = None, role: str = "auto") -> Incidents:
    """Check an annotation folder, a built dataset, or a gold or prediction file; returns every finding.

    role: "gold" checks a file against itself, "predictions" against ``gold`` (default: the packaged gold); "auto"
    takes a file whose documents carry texts or whose header names a corpus for gold.
    Raises ReadError when there is nothing readable at ``path``.
    """
    from goldwire.reading import gold_of, is_folder, load_corpus, predictions_of, read_file, read_gold

    incidents = Incidents()
    where = Path(path)
    if is_folder(where):
        from goldwire.formats.dataset import check_digests, is_dataset

        read_gold(where, incidents)
        if is_dataset(where):
            check_digests(where, incidents)
        return incidents
    file = read_file(path, incidents)
    if role == "auto":
        texts = file.records["text"]
        role = "gold" if "corpus" in file.header or texts.null_count < len(texts) else "predictions"
    if role == "gold":
        gold_of(file, incidents)
        return incidents
    if role == "predictions":
        return predictions_of(file, load_corpus(gold), incidents).incidents
    raise UsageError(f"{role!r} is no role of a file; roles are gold and predictions")
