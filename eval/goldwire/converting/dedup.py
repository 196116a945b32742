"""What de-duplicators write as tables: a cluster per document, or edges between documents.

text-dedup (column ``__CLUSTER__``), NVIDIA NeMo Curator (``_curator_dedup_id``, ``_duplicate_group_id``, edges
``..._x``, ``..._y``), Spark (GraphFrames' ``id`` and ``component``, edges ``src``, ``dst``), and pairs such as scripts
around datasketch print. Tables are CSV, TSV, JSON Lines, Parquet or Arrow files, or folders of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from goldwire.converting.bundle import Bundle, Holds, Record
from goldwire.converting.context import Context
from goldwire.converting.sheets import Row, column_of, number_of, read_rows, text_of, write_rows
from goldwire.errors import ReadError, UsageError
from goldwire.incidents import did_you_mean

__all__ = ["Nemo", "Pairs", "Spark", "TextDedup", "linked", "read_ids"]

_CLUSTERS: Holds = {"clusters": frozenset({"doc_id", "cluster"})}
_EDGES: Holds = {"pairs": frozenset({"a", "b"})}
_ID = ("doc_id", "id", "uuid", "_id", "idx", "index")
_SCORE = ("score", "jaccard", "similarity", "sim", "weight")
_SIDES = (
    ("a", "b"), ("id1", "id2"), ("id_1", "id_2"), ("id_a", "id_b"), ("doc1", "doc2"), ("doc_a", "doc_b"),
    ("left", "right"), ("source", "target"), ("src", "dst"), ("id_x", "id_y"), ("x", "y"),
)  # fmt: skip
_NEIGHBOURS = ("duplicates", "neighbours", "neighbors", "matches", "results", "candidates")


def read_ids(path: str, context: Context) -> list[list[str]]:
    """Document ids by number: one a line (or as "id" or "doc_id" of a JSON line), in one file or a folder of files."""
    where = Path(path)
    if not where.exists():
        raise ReadError(f"{path}: no such file or folder")
    parts = sorted(part for part in where.iterdir() if part.is_file()) if where.is_dir() else [where]
    found = []
    for part in parts:
        if part.suffix.lower() in (".jsonl", ".parquet", ".csv", ".tsv", ".arrow"):
            rows = [(row, column_of(row.cells, _ID)) for row in read_rows(part, context)]
            found.append([text_of(row.cells[name]) for row, name in rows if name])
        else:
            found.append([line for line in part.read_bytes().decode("utf-8", "replace").splitlines() if line])
    return found


@dataclass(frozen=True)
class _Table:
    """Shared by the formats below.

    ids: a file with the document ids in the order in which the tool read the documents, for tables that name documents
    by number. id, cluster, a, b, score: names of columns, where they are not the usual ones.
    """

    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = False
    usual_ids: ClassVar[Sequence[str]] = _ID
    usual_clusters: ClassVar[Sequence[str]] = ()
    usual_sides: ClassVar[Sequence[tuple[str, str]]] = ()

    ids: str = ""
    id: str = ""
    cluster: str = ""
    a: str = ""
    b: str = ""
    score: str = ""

    def read(self, path: Path, context: Context) -> Bundle:
        """Cluster lines and pairs, whichever the columns hold."""
        bundle = Bundle()
        numbers = [name for part in read_ids(self.ids, context) for name in part] if self.ids else None
        complained: set[str] = set()
        for row in read_rows(path, context, names=("a", "b", "score"), header=self._header()):
            record = self._record(row, context)
            if record is None:
                self._complain(row, complained, context)
                continue
            for one in record:
                if _named(one, numbers, row, context):
                    bundle.add(one, row.path, row.line)
        return bundle

    def _header(self) -> bool:
        return True

    def _record(self, row: Row, context: Context) -> list[Record] | None:
        sides = [(self.a, self.b)] if self.a and self.b else self.usual_sides
        a, b = next(((a, b) for a, b in sides if a in row.cells and b in row.cells), ("", ""))
        if a:
            pair: Record = {"a": text_of(row.cells[a]), "b": text_of(row.cells[b])}
            score = column_of(row.cells, [self.score] if self.score else _SCORE)
            if score:
                number = number_of(row, score, context, float)
                pair |= {"score": number} if number is not None else {}
            return [pair]
        name = column_of(row.cells, [self.id] if self.id else self.usual_ids)
        cluster = column_of(row.cells, [self.cluster] if self.cluster else self.usual_clusters)
        if name is None or cluster is None:
            return None
        return [{"doc_id": text_of(row.cells[name]), "cluster": text_of(row.cells[cluster])}]

    def _complain(self, row: Row, complained: set[str], context: Context) -> None:
        """Say once a file what its columns are and which were looked for."""
        if str(row.path) in complained:
            return
        complained.add(str(row.path))
        wanted = [f"{self.id or '|'.join(self.usual_ids)} and {self.cluster or '|'.join(self.usual_clusters)}"]
        wanted += [f"{a} and {b}" for a, b in self.usual_sides[:3]]
        wanted = wanted if self.usual_clusters or self.cluster else wanted[1:]
        expected = "columns " + ", or ".join(wanted)
        found = ", ".join(list(row.cells)[:8])
        near = did_you_mean(next(iter(row.cells), ""), [*self.usual_ids, *self.usual_clusters])
        add = context.incidents.add
        add("foreign-syntax", str(row.path), row.line, found=found, expected=expected, suggestion=near)


def _named(record: Record, numbers: list[str] | None, row: Row, context: Context) -> bool:
    """Put names for numbers; False, and an incident, where there are not so many."""
    for key in ("doc_id", "a", "b") if numbers is not None else ():
        if key not in record:
            continue
        number = record[key]
        if not number.isascii() or not number.isdigit() or len(number) > 9 or int(number) >= len(numbers or ()):
            expected = f"a number below {len(numbers or ())}"
            context.incidents.add("unknown-document", str(row.path), row.line, found=repr(number), expected=expected)
            return False
        record[key] = (numbers or [])[int(number)]
    return True


def _write_clusters(bundle: Bundle, path: Path, columns: tuple[str, str], context: Context) -> None:
    """A row per document, clusters as the number of their first document."""
    records = bundle.of("clusters")
    first: dict[str, int] = {}
    for number, record in enumerate(records):
        first.setdefault(record["cluster"], number)
    renamed = [name for name, number in first.items() if name != str(number)]
    if renamed:
        context.losses.add("clusters", "the name of a cluster, now a number", renamed[0], len(renamed))
    rows = [{columns[0]: record["doc_id"], columns[1]: first[record["cluster"]]} for record in records]
    write_rows(path, pa.schema([(columns[0], pa.string()), (columns[1], pa.int64())]), rows)


def linked(bundle: Bundle, context: Context, *, scored: bool) -> list[Record]:
    """The pairs that are links: where an edge says all, pairs that share nothing or score too low must not be edges.

    scored: whether the scores are written, so that the threshold can still be applied.
    """
    kept, threshold = [], bundle.header.get("threshold")
    for record in bundle.of("pairs"):
        levels = [record[key] for key in ("relation", "reuse_a", "reuse_b") if key in record]
        place = f"{record['a']} and {record['b']}"
        if levels and set(levels) == {"none"}:
            context.losses.add("pairs", "a pair that is said to share nothing, left out", place)
        elif not scored and threshold is not None and record.get("score", threshold) < threshold:
            context.losses.add("pairs", "a pair that scores below the threshold, left out", place)
        else:
            kept.append(record)
    return kept


def _write_pairs(bundle: Bundle, path: Path, columns: tuple[str, str], score: str, context: Context) -> None:
    rows: list[dict[str, Any]] = [
        {columns[0]: record["a"], columns[1]: record["b"], score: record.get("score")}
        for record in linked(bundle, context, scored=bool(score))
    ]
    schema = pa.schema([(columns[0], pa.string()), (columns[1], pa.string())] + [(score, pa.float64())] * bool(score))
    write_rows(path, schema, [{key: value for key, value in row.items() if key} for row in rows])


@dataclass(frozen=True)
class TextDedup(_Table):
    """text-dedup: the data with a column of clusters."""

    name: ClassVar[str] = "text-dedup"
    about: ClassVar[str] = "text-dedup: documents with the column __CLUSTER__ (Parquet, CSV, or a saved dataset)"
    usual_ids: ClassVar[Sequence[str]] = (*_ID, "__INDEX__", "__index__", "__id__")
    usual_clusters: ClassVar[Sequence[str]] = ("__CLUSTER__", "__cluster__", "cluster", "cluster_id")

    @property
    def holds(self) -> Holds:
        """Clusters."""
        return _CLUSTERS

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """Columns id and __CLUSTER__."""
        _write_clusters(bundle, path, ("id", "__CLUSTER__"), context)


@dataclass(frozen=True)
class Nemo(_Table):
    """NeMo Curator: tables of connected components, of edges, and, before 1.0, of Jaccard similarities.

    layer: what to write, clusters or pairs.
    """

    name: ClassVar[str] = "nemo"
    about: ClassVar[str] = "NVIDIA NeMo Curator: tables of duplicate groups, and of edges"
    usual_ids: ClassVar[Sequence[str]] = ("_curator_dedup_id", *_ID, "adlr_id")
    usual_clusters: ClassVar[Sequence[str]] = ("_duplicate_group_id", "group")
    usual_sides: ClassVar[Sequence[tuple[str, str]]] = (
        ("_curator_dedup_id_x", "_curator_dedup_id_y"),
        ("id_x", "id_y"),
        ("adlr_id_x", "adlr_id_y"),
        ("uuid_x", "uuid_y"),
    )
    layer: str = "clusters"

    @property
    def holds(self) -> Holds:
        """Clusters, or pairs without scores."""
        return _layer(self.layer, {"clusters": _CLUSTERS, "pairs": _EDGES})

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """Components, or edges."""
        if self.layer == "clusters":
            _write_clusters(bundle, path, ("_curator_dedup_id", "_duplicate_group_id"), context)
        else:
            _write_pairs(bundle, path, ("_curator_dedup_id_x", "_curator_dedup_id_y"), "", context)


@dataclass(frozen=True)
class Spark(_Table):
    """Spark: GraphFrames' connected components, and edges.

    layer: what to write, clusters or pairs.
    """

    name: ClassVar[str] = "spark"
    about: ClassVar[str] = "Spark jobs: GraphFrames' id and component, edges src and dst; a file or a folder of parts"
    usual_clusters: ClassVar[Sequence[str]] = ("component", "components", "cluster", "cluster_id", "label")
    usual_sides: ClassVar[Sequence[tuple[str, str]]] = (("src", "dst"), ("idA", "idB"), ("id_a", "id_b"))
    layer: str = "clusters"

    @property
    def holds(self) -> Holds:
        """Clusters, or pairs without scores."""
        return _layer(self.layer, {"clusters": _CLUSTERS, "pairs": _EDGES})

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """Components, or edges."""
        if self.layer == "clusters":
            _write_clusters(bundle, path, ("id", "component"), context)
        else:
            _write_pairs(bundle, path, ("src", "dst"), "", context)


def _layer(layer: str, known: dict[str, Holds]) -> Holds:
    if layer not in known:
        raise UsageError(f"the setting 'layer' is {layer!r}; expected {' or '.join(known)}")
    return known[layer]


@dataclass(frozen=True)
class Pairs(_Table):
    """Pairs of ids with or without a score, as scripts around datasketch and other libraries print them.

    header: whether CSV and TSV files begin with the names of their columns.
    """

    name: ClassVar[str] = "pairs"
    about: ClassVar[str] = "pairs of ids, perhaps with a score (datasketch and kin): tables, or JSON lines of lists"
    usual_sides: ClassVar[Sequence[tuple[str, str]]] = _SIDES
    header: bool = True

    @property
    def holds(self) -> Holds:
        """Pairs."""
        return {"pairs": frozenset({"a", "b", "score"})}

    def _header(self) -> bool:
        return self.header

    def read(self, path: Path, context: Context) -> Bundle:
        """Pairs; those given both ways round are one."""
        return _once(super().read(path, context))

    def _record(self, row: Row, context: Context) -> list[Record] | None:
        name, others = column_of(row.cells, [self.id] if self.id else _ID), column_of(row.cells, _NEIGHBOURS)
        if name and others and isinstance(row.cells[others], list):
            own = text_of(row.cells[name])
            return [{"a": own, "b": text_of(other)} for other in row.cells[others] if text_of(other) != own]
        return super()._record(row, context)

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """Columns a, b, score."""
        _write_pairs(bundle, path, ("a", "b"), "score", context)


def _once(bundle: Bundle) -> Bundle:
    """The bundle without pairs that it has already, one way round or the other: a look-up finds both."""
    seen: set[tuple[str, str]] = set()
    kept = Bundle(bundle.header)
    for record, place in zip(bundle.records, bundle.places, strict=True):
        pair = (min(record["a"], record["b"]), max(record["a"], record["b"]))
        if pair not in seen:
            seen.add(pair)
            kept.add(record, *place)
    return kept
