"""The published configs as tables or as a `datasets.Dataset`, straight from Parquet: never stale, never online."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from goldwire.errors import IncidentError, MissingExtra, UsageError
from goldwire.incidents import Incidents, did_you_mean
from goldwire.paths import data_folder

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa

__all__ = ["digest", "load", "table"]


def table(config: str = "articles", path: str | Path | None = None) -> pa.Table:
    """One config of the packaged dataset, or of the built dataset at ``path``, as an Arrow table.

    "OWNER/NAME@vX.Y.Z" in place of a path is a release on a hub.
    Raises UsageError for an unknown config, ReadError, and IncidentError when the data is not what was released.
    """
    from goldwire.formats.dataset import read_config, read_manifest
    from goldwire.reading import released

    folder = released(path) if path is not None else data_folder("dataset")
    manifest = read_manifest(folder)
    if config not in manifest["configs"]:
        near = did_you_mean(config, manifest["configs"])
        known = ", ".join(manifest["configs"])
        raise UsageError(f"no config {config!r}; " + (f"did you mean {near!r}?" if near else f"configs: {known}"))
    incidents = Incidents()
    content = read_config(folder, config, incidents, manifest)
    if incidents.errors:
        raise IncidentError(f"{folder}: the data of {config!r} is not what its digests say", list(incidents))
    return content


def load(config: str = "articles", path: str | Path | None = None) -> datasets.Dataset:
    """One config as a `datasets.Dataset`, read without the library's cache. Needs the extra "datasets"."""
    content = table(config, path)
    try:
        from datasets import Dataset
        from datasets.table import InMemoryTable
    except ModuleNotFoundError:
        raise MissingExtra("datasets", "datasets", "goldwire.load()") from None
    return Dataset(InMemoryTable(content), split="test")


def digest(rows: datasets.Dataset | pa.Table) -> str:
    """The content digest of a config's rows, to compare with `goldwire list configs` or the card.

    `load_dataset` answers from its cache when a hub cannot be reached, with whatever build is newest there and
    whatever revision was asked for: this tells what was really loaded.
    """
    from goldwire.corpus.digest import table_digest

    table = rows.data.table if hasattr(rows, "data") else rows
    return table_digest(table)
