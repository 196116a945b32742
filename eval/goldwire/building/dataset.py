"""`goldwire build`: an annotation folder becomes the dataset that is published; same source, same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from goldwire.building.agreement import Agreement, agree
from goldwire.building.card import card
from goldwire.building.picture import picture
from goldwire.building.place import free_target, replaced
from goldwire.building.rules import check_source
from goldwire.building.tables import config_tables
from goldwire.corpus.digest import release_digest, table_digest
from goldwire.errors import IncidentError, ReadError, UsageError
from goldwire.formats.folder import read_source
from goldwire.formats.strict_json import loads
from goldwire.incidents import Incidents
from goldwire.reading import gold_of

__all__ = ["build"]


def build(source: str | Path, output: str | Path) -> dict[str, Any]:
    """Build the dataset of an annotation folder into ``output`` and return its manifest (digests.json).

    Raises IncidentError when the folder has errors (nothing is written), UsageError when ``output`` holds something
    else than a built dataset.
    """
    incidents = Incidents()
    read = read_source(Path(source), incidents)
    check_source(read, incidents)
    gold_of(read.records(), incidents)
    if incidents.errors:
        raise IncidentError(f"{source}: {incidents.errors} error(s), nothing built", list(incidents))
    if read.corpus is None:  # an absent corpus.json is an error already
        raise ReadError(f"{source}: no corpus.json")
    target = _target(Path(source), Path(output))
    tables = config_tables(read)
    prose = Path(source) / "card.md"
    try:
        text = prose.read_text(encoding="utf-8") if prose.is_file() else None
    except UnicodeDecodeError:
        raise ReadError(f"{prose}: is not UTF-8 text") from None
    files = _files(read.corpus.content, tables, text, *_passes(Path(source)))
    _replace(target, files)
    manifest: dict[str, Any] = json.loads(files["digests.json"])
    return manifest


def _target(source: Path, output: Path) -> Path:
    """Where to build: a new or empty folder, or one that holds a built dataset and nothing else."""
    target, origin = output.resolve(), source.resolve()
    if target == origin or target in origin.parents or origin in target.parents:
        raise UsageError(f"{output}: cannot be built in or around its own source {source}")
    return free_target(output)


def _passes(source: Path) -> tuple[list[Agreement], list[dict[str, Any]]]:
    """Agreement of the first two kept passes, and what was decided about their differences; nothing where none is."""
    folder = source / "passes"
    kept = sorted(path for path in folder.glob("*") if path.is_dir())[:2]
    figures = agree(*kept) if len(kept) == 2 else []
    decisions = folder / "adjudication.jsonl"
    lines = decisions.read_text(encoding="utf-8").splitlines() if decisions.is_file() else []
    return figures, [loads(line) for line in lines if line.strip()]


def _files(
    corpus: Mapping[str, Any],
    tables: Mapping[str, pa.Table],
    prose: str | None,
    figures: Sequence[Agreement],
    decisions: Sequence[Mapping[str, Any]],
) -> dict[str, bytes]:
    """Name -> content of everything in the dataset folder."""
    digests = {name: table_digest(table) for name, table in tables.items()}
    release = release_digest(digests)
    files = {f"data/{name}/test-00000-of-00001.parquet": _parquet(table) for name, table in tables.items()}
    manifest = {
        "name": corpus["name"],
        "version": corpus["version"],
        "digest": release,
        "canary": corpus["canary"],
        "configs": {
            name: {
                "file": f"data/{name}/test-00000-of-00001.parquet",
                "rows": len(tables[name]),
                "digest": digests[name],
                "sha256": hashlib.sha256(files[f"data/{name}/test-00000-of-00001.parquet"]).hexdigest(),
            }
            for name in tables
        },
    }
    for doc_id in tables["articles"]["doc_id"].to_pylist():
        files[f"pictures/{doc_id}.html"] = picture(doc_id, tables, language=corpus["language"]).encode()
    files["digests.json"] = (json.dumps(manifest, indent=1) + "\n").encode()
    files["README.md"] = card(corpus, tables, manifest, prose, figures, decisions).encode()
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    files["SHA256SUMS"] = sums.encode()
    return files


def _parquet(table: pa.Table) -> bytes:
    """One row group, no pandas metadata, everything that could vary written down: reproducible per pyarrow version."""
    sink = pa.BufferOutputStream()
    pq.write_table(
        table, sink, compression="zstd", compression_level=9, version="2.6", data_page_version="1.0",
        row_group_size=max(len(table), 1), use_dictionary=True, write_statistics=True,
    )  # fmt: skip
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _replace(target: Path, files: Mapping[str, bytes]) -> None:
    """Put the files in place of the old dataset."""
    with replaced(target) as fresh:
        for name, content in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
