"""datatrove's binary files of MinHash de-duplication: edges (.dups), clusters and removed documents.

A .dups file is records of four little-endian unsigned 32-bit integers: file and number of one document, file and number
of the other. FILE.clusters has pairs (document, cluster), FILE.remove document numbers. Names of documents are not in
them: ``ids`` tells them, or an ids.txt beside the files, which is also what is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from goldwire.converting.bundle import Bundle, Holds, Record, kind_of
from goldwire.converting.context import Context
from goldwire.converting.dedup import linked, read_ids
from goldwire.converting.files import files_of, write_folder
from goldwire.formats.source import read_bytes

__all__ = ["Datatrove"]

_SENTINEL = 2**32 - 1
"""Stands for a document of an index that was searched, and is not named."""


@dataclass(frozen=True)
class Datatrove:
    """datatrove.

    ids: a file of document ids by number, or a folder with one such file per file datatrove read, in the order of names.
    """

    name: ClassVar[str] = "datatrove"
    about: ClassVar[str] = "datatrove's MinHash files: .dups edges, .clusters and .remove numbers, in a folder or one"
    folder: ClassVar[bool] = True
    needs_text: ClassVar[bool] = False

    ids: str = ""

    @property
    def holds(self) -> Holds:
        """Pairs without scores, and clusters."""
        return {"pairs": frozenset({"a", "b"}), "clusters": frozenset({"doc_id", "cluster"})}

    def read(self, path: Path, context: Context) -> Bundle:
        """The edges and clusters of a folder, or of one file."""
        bundle = Bundle()
        files = {suffix: self._files(path, suffix) for suffix in (".dups", ".clusters", ".remove")}
        beside = (path if path.is_dir() else path.parent) / "ids.txt"
        ids = self.ids or (str(beside) if beside.is_file() else "")
        names = _Names(read_ids(ids, context) if ids else None, context)
        seen: set[tuple[str, str]] = set()
        for file in files[".dups"]:
            for row in _numbers(file, 4, context):
                _edge(bundle, names, seen, row, file, context)
        for file in files[".clusters"]:
            for number, doc, cluster in _ranked(file, 2, context):
                doc_id = names.of(number, doc, file)
                if doc_id is not None:
                    bundle.add({"doc_id": doc_id, "cluster": str(cluster)}, file)
        for file in files[".remove"] if not bundle.records else []:
            for number, doc in _ranked(file, 1, context):
                doc_id = names.of(number, doc, file)
                if doc_id is not None:
                    bundle.add({"doc_id": doc_id}, file)
                    context.losses.add(
                        "document", "that it was removed: of which other one it is a copy is not told", doc_id
                    )
        if ids == "" and bundle.records:
            what = "the names of documents, which are FILE/NUMBER now; --from-set ids=FILE tells them"
            context.losses.add("document", what, str(path))
        return bundle

    def _files(self, path: Path, suffix: str) -> list[Path]:
        if path.is_file():
            return [path] if path.name.endswith(suffix) else []
        return [file for _, file in files_of(path, suffix)]

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """A folder with .dups, .clusters and .remove files, as if all documents had been in one file; and ids.txt."""
        names: dict[str, int] = {}
        for record in bundle.records:
            for key in ("doc_id", "a", "b"):
                if key in record:
                    names.setdefault(record[key], len(names))
        files = {"ids.txt": "".join(f"{name}\n" for name in names).encode()}
        if any(not name or name.splitlines() != [name] for name in names):
            context.losses.add("document", "an id with a line end, or none: ids.txt has one a line", "ids.txt")
        links = linked(bundle, context, scored=False)
        pairs = [(0, names[record["a"]], 0, names[record["b"]]) for record in links]
        if pairs:
            files["00000_00.dups"] = np.array(pairs, "<u4").tobytes()
        clusters = [record for record in bundle.records if kind_of(record) == "clusters"]
        if clusters:
            files |= _cluster_files(clusters, names, context)
        write_folder(path, files)


def _cluster_files(clusters: list[Record], names: dict[str, int], context: Context) -> dict[str, bytes]:
    numbers: dict[str, int] = {}
    removed, rows = [], []
    for record in sorted(clusters, key=lambda record: names[record["doc_id"]]):
        if record["cluster"] in numbers:
            removed.append(names[record["doc_id"]])
        rows.append((names[record["doc_id"]], numbers.setdefault(record["cluster"], len(numbers))))
    renamed = [name for name, number in numbers.items() if name != str(number)]
    if renamed:
        context.losses.add("clusters", "the name of a cluster, now a number", renamed[0], len(renamed))
    return {
        "000000.clusters": np.array(rows, "<u4").tobytes(),
        "000000.remove": np.array(removed, "<u4").tobytes(),
    }


def _numbers(file: Path, width: int, context: Context) -> list[Any]:
    """The records of a file, each of ``width`` integers."""
    data = read_bytes(file, context.incidents)
    if len(data) % (4 * width):
        found, expected = f"{len(data)} bytes", f"a multiple of {4 * width}"
        context.incidents.add("truncated-archive", str(file), 0, found=found, expected=expected)
        return []
    found_rows: list[Any] = np.frombuffer(data, "<u4").reshape(-1, width).tolist()
    return found_rows


def _ranked(file: Path, width: int, context: Context) -> Iterator[Any]:
    """The records of a file behind its number, which is its name, that of the file datatrove read."""
    stem = file.name.split(".")[0]
    if not (stem.isascii() and stem.isdigit() and len(stem) < 10):
        expected = f"a name such as 000000{file.suffix}"
        context.incidents.add("foreign-syntax", str(file), 0, found=repr(file.name), expected=expected)
        return
    for row in _numbers(file, width, context):
        yield [int(stem), *row]


class _Names:
    """Document ids by file and number."""

    def __init__(self, ids: list[list[str]] | None, context: Context) -> None:
        self.ids, self.context = ids, context

    def of(self, file: int, doc: int, where: Path) -> str | None:
        """The id; None, and an incident, where there is none."""
        if self.ids is None:
            return f"{file:06d}/{doc}"
        if file < len(self.ids) and doc < len(self.ids[file]):
            return self.ids[file][doc]
        expected = f"a document of the {sum(map(len, self.ids))} in {len(self.ids)} file(s) that have ids"
        found = f"document {doc} of file {file}"
        self.context.incidents.add("unknown-document", str(where), 0, found=found, expected=expected)
        return None


def _edge(bundle: Bundle, names: _Names, seen: set[tuple[str, str]], row: Any, file: Path, context: Context) -> None:
    """An edge, unless another bucket has it already."""
    if _SENTINEL in row[:2]:
        context.losses.add("pairs", "a match with an index of other documents", str(file))
        return
    a, b = names.of(row[0], row[1], file), names.of(row[2], row[3], file)
    if a is None or b is None:
        return
    pair = (min(a, b), max(a, b))
    if pair not in seen:
        seen.add(pair)
        bundle.add({"a": a, "b": b}, file)
