"""`goldwire build`: an annotation folder becomes the dataset that is published; same source, same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from goldwire.building.agreement import Agreement, agree
from goldwire.building.card import card
from goldwire.building.croissant import croissant
from goldwire.building.metadata import datacite, eval_yaml
from goldwire.building.picture import picture
from goldwire.building.place import free_target, replaced
from goldwire.building.rules import check_source
from goldwire.building.tables import config_tables
from goldwire.building.withhold import Runs, Withheld, hold_back, leaks
from goldwire.corpus.digest import release_digest, table_digest
from goldwire.errors import IncidentError, ReadError, UsageError
from goldwire.formats.folder import read_source
from goldwire.formats.strict_json import loads
from goldwire.incidents import Incidents
from goldwire.reading import gold_of

__all__ = ["build", "release_files", "replace_folder", "target_of"]


def build(source: str | Path, output: str | Path, *, text: bool = True) -> dict[str, Any]:
    """Build the dataset of an annotation folder into ``output`` and return its manifest (digests.json).

    text: False leaves out the texts and everything copied from them (building.withhold); the digests stay those of the
    dataset with texts, and `goldwire hydrate` restores it.

    Raises IncidentError when the folder has errors (nothing is written), UsageError when ``output`` holds something
    else than a built dataset, or when a text-free release would quote an article.
    """
    incidents = Incidents()
    read = read_source(Path(source), incidents)
    check_source(read, incidents)
    gold_of(read.records(), incidents)
    if incidents.errors:
        raise IncidentError(f"{source}: {incidents.errors} error(s), nothing built", list(incidents))
    if read.corpus is None:  # an absent corpus.json is an error already
        raise ReadError(f"{source}: no corpus.json")
    target = target_of(Path(output), Path(source))
    about, tables = read.corpus.content, config_tables(read)
    prose = Path(source) / "card.md"
    try:
        words = prose.read_text(encoding="utf-8") if prose.is_file() else None
    except UnicodeDecodeError:
        raise ReadError(f"{prose}: is not UTF-8 text") from None
    figures, decisions = _passes(Path(source))

    def readme(shipped: Mapping[str, pa.Table], manifest: Mapping[str, Any]) -> str:
        return card(about, shipped, manifest, words, figures, decisions)

    files = release_files(about, tables, readme, text=text)
    replace_folder(target, files)
    manifest: dict[str, Any] = json.loads(files["digests.json"])
    return manifest


def release_files(
    about: Mapping[str, Any],
    tables: Mapping[str, pa.Table],
    readme: Callable[[Mapping[str, pa.Table], Mapping[str, Any]], str],
    *,
    text: bool = True,
) -> dict[str, bytes]:
    """Name -> content of everything in the dataset folder.

    about: corpus.json. tables: with their texts, also where ``text`` is False. readme: makes the card from the tables
    as they are shipped and the manifest. Raises UsageError where a text-free release would quote an article.
    """
    shipped, withheld = (dict(tables), Withheld()) if text else hold_back(tables)
    names = {name: f"data/{name}/test-00000-of-00001.parquet" for name in tables}
    files = {names[name]: _parquet(table) for name, table in shipped.items()}
    manifest = _manifest(about, tables, shipped, {name: files[names[name]] for name in tables}, text=text)
    sizes = {name: len(files[names[name]]) for name in tables}
    if text:
        for doc_id in tables["articles"]["doc_id"].to_pylist():
            files[f"pictures/{doc_id}.html"] = picture(doc_id, tables, language=about["language"]).encode()
    else:
        files["withheld.json"] = (json.dumps(withheld, ensure_ascii=False) + "\n").encode()
    written = {
        "digests.json": json.dumps(manifest, indent=1) + "\n",
        "corpus.json": json.dumps(about, ensure_ascii=False, indent=1) + "\n",
        "README.md": readme(shipped, manifest),
        "croissant.json": croissant(about, shipped, manifest, sizes),
        "eval.yaml": eval_yaml(about),
    }
    if "released" in about:  # DataCite's metadata needs a year
        written["datacite.json"] = datacite(about, manifest, sum(sizes.values()))
    files |= {name: content.encode() for name, content in written.items()}
    if not text:
        _no_quotations(tables["articles"], shipped, files)
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    files["SHA256SUMS"] = sums.encode()
    return files


def _manifest(
    about: Mapping[str, Any],
    tables: Mapping[str, pa.Table],
    shipped: Mapping[str, pa.Table],
    files: Mapping[str, bytes],
    *,
    text: bool,
) -> dict[str, Any]:
    """digests.json: what identifies the release, and per config its file, rows and sums."""
    digests = {name: table_digest(table) for name, table in tables.items()}
    configs = {
        name: {
            "file": f"data/{name}/test-00000-of-00001.parquet",
            "rows": len(tables[name]),
            "digest": digests[name],
            **({} if text else {"digest_without_text": table_digest(shipped[name])}),
            "sha256": hashlib.sha256(files[name]).hexdigest(),
        }
        for name in tables
    }
    return {
        "name": about["name"],
        "version": about["version"],
        "digest": release_digest(digests),
        "canary": about["canary"],
        **({} if text else {"text": "withheld"}),
        "configs": configs,
    }


def _no_quotations(articles: pa.Table, shipped: Mapping[str, pa.Table], files: Mapping[str, bytes]) -> None:
    """Raises UsageError where a table or a file still holds a run of words of an article."""
    runs = Runs(dict(zip(articles["doc_id"].to_pylist(), articles["text"].to_pylist(), strict=True)))
    contents: dict[str, str | pa.Table] = {f"config {name!r}": table for name, table in shipped.items()}
    contents |= {name: data.decode() for name, data in files.items() if not name.startswith("data/")}
    for name, content in contents.items():
        if place := leaks(content, runs):
            raise UsageError(f"no text-free release: {name}: {place}; reword it")


def target_of(output: Path, source: Path | None = None) -> Path:
    """Where to build: a new or empty folder, or one that holds a built dataset and nothing else.

    source: the annotation folder, which a dataset is never built in or around. Raises UsageError.
    """
    target = output.resolve()
    origin = None if source is None else source.resolve()
    if origin and (target == origin or target in origin.parents or origin in target.parents):
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


def _parquet(table: pa.Table) -> bytes:
    """One row group, no pandas metadata, everything that could vary written down: reproducible per pyarrow version."""
    sink = pa.BufferOutputStream()
    pq.write_table(
        table, sink, compression="zstd", compression_level=9, version="2.6", data_page_version="1.0",
        row_group_size=max(len(table), 1), use_dictionary=True, write_statistics=True,
    )  # fmt: skip
    content: bytes = sink.getvalue().to_pybytes()
    return content


def replace_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Put the files in place of the old dataset."""
    with replaced(target) as fresh:
        for name, content in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
