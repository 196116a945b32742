"""What a synthetic corpus holds and what it must not: label balance, sizes, operations, residual overlap, leaks.

Residual overlap: pairs of documents that the gold does not list share text only by chance; the share of them with a run
of k words in common says how often. Leaks: how well a document's or pair's id, place and length alone tell related from
unrelated, as the area under the ROC curve; .5 is chance. Some nearness of lengths would be honest, for what is copied is
about as long; it is near chance because wires are of nearly one length and every desk cuts its copy anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from goldwire.counts import IntArray
from goldwire.errors import UsageError
from goldwire.formats.dataset import read_manifest
from goldwire.synth.dice import BoolArray
from goldwire.systems.grams import gram_codes, word_codes
from goldwire.systems.words import folded_words

__all__ = ["RUNS", "Audit", "audit"]

RUNS = (5, 8, 12)
"""Lengths of shared runs, in words; eight make a "trace" of reuse."""
_PAIRS = 20_000
SAMPLE = 1000
"""Documents whose pairs are compared: the first by id, and ids are hashes."""


@dataclass(frozen=True)
class Audit:
    """Counts of a corpus.

    counts:  title -> label -> number.
    overlap: run length -> (unlisted pairs compared, pairs with such a run in common).
    leaks:   feature -> area under the curve.
    """

    name: str
    documents: int
    counts: Mapping[str, Mapping[str, int]]
    overlap: Mapping[int, tuple[int, int]]
    leaks: Mapping[str, float | None]

    def tables(self) -> Iterator[tuple[str, list[str], list[list[str]]]]:
        """(title, head, rows) of everything, as text."""
        rows = [
            [f"{k} words", f"{hits:,}", f"{pairs:,}", _share(hits, pairs)] for k, (pairs, hits) in self.overlap.items()
        ]
        yield "Unlisted pairs that share a run of words", ["run", "pairs with one", "pairs compared", "share"], rows
        leaks = [[name, "undefined" if value is None else f"{value:.3f}"] for name, value in self.leaks.items()]
        yield "What ids, places and lengths tell (area under the curve, .5 is chance)", ["feature", "area"], leaks
        for title, counts in self.counts.items():
            total = sum(counts.values())
            body = [[label, f"{n:,}", _share(n, total)] for label, n in counts.items()]
            yield title, ["label", "number", "share"], body

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        overlap = {str(k): {"pairs": pairs, "sharing": hits} for k, (pairs, hits) in self.overlap.items()}
        return {
            "name": self.name,
            "documents": self.documents,
            "overlap": overlap,
            "leaks": dict(self.leaks),
            "counts": {title: dict(counts) for title, counts in self.counts.items()},
        }


def audit(folder: str | Path) -> Audit:
    """Audit the synthetic corpus in a folder. Raises ReadError, and UsageError where it is none."""
    where = Path(folder)
    manifest = read_manifest(where)
    if not {"articles", "duplicates", "passages", "clusters"} <= manifest["configs"].keys():
        raise UsageError(f"{folder}: has no clusters of documents, so it is no synthetic corpus")
    pairs = _columns(where, manifest, "duplicates", ["a", "b", "reuse_a", "reuse_b", "story", "provenance"])
    passages = _columns(where, manifest, "passages", ["relation", "edits"])
    clusters = _columns(where, manifest, "clusters", ["doc_id", "cluster", "parents", "operations"])
    lengths = _columns(where, manifest, "articles", ["doc_id", "length"])
    parents = pc.list_value_length(clusters["parents"])
    counts = {
        "Directions of reuse": _counted(pa.chunked_array([*pairs["reuse_a"].chunks, *pairs["reuse_b"].chunks])),
        "Pairs by story": _counted(pairs["story"]),
        "Pairs by provenance": _counted(pairs["provenance"]),
        "Passages by relation": _counted(passages["relation"]),
        "Edits of passages": _counted(pc.list_flatten(passages["edits"])),
        "Documents by operation": _counted(pc.list_flatten(clusters["operations"])),
        "Documents by number of parents": _counted(parents.cast(pa.string())),
        "Clusters by size": _sizes(clusters["cluster"]),
    }
    ids = lengths["doc_id"]
    a, b = (pc.index_in(pairs[side], ids).to_numpy() for side in "ab")
    related = ~pc.and_(pc.equal(pairs["reuse_a"], "none"), pc.equal(pairs["reuse_b"], "none")).to_numpy()
    derived = np.isin(
        np.arange(len(ids)), pc.index_in(clusters["doc_id"].filter(pc.greater(parents, 0)), ids).to_numpy()
    )
    return Audit(
        manifest["name"],
        len(ids),
        counts,
        _overlap(_columns(where, manifest, "articles", ["text"], limit=SAMPLE), a, b),
        _leaks(ids, lengths["length"].to_numpy(), a[related], b[related], derived),
    )


def _columns(
    folder: Path, manifest: Mapping[str, Any], config: str, names: Sequence[str], limit: int | None = None
) -> pa.Table:
    """Some columns of a config, of the first ``limit`` rows."""
    entry = manifest["configs"][config]
    parts: list[pa.Table] = []
    rows = 0
    for shard in entry.get("shards") or [entry]:
        if limit is not None and rows >= limit:
            break
        path = folder / shard["file"]
        if path.suffix == ".jsonl":
            from goldwire.formats.dataset import read_config
            from goldwire.incidents import Incidents

            single = {"configs": {config: shard}}
            table = read_config(folder, config, Incidents(), single).select(names)
        else:
            table = pq.read_table(path, columns=list(names))
        parts.append(table)
        rows += len(table)
    return pa.concat_tables(parts).slice(0, limit)


def _counted(labels: pa.ChunkedArray) -> dict[str, int]:
    """The most frequent first."""
    found = pc.value_counts(labels)
    pairs = zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True)
    return dict(sorted(pairs, key=lambda item: (-item[1], item[0])))


def _sizes(clusters: pa.ChunkedArray) -> dict[str, int]:
    """Clusters by size, sizes from five on by ranges that double."""
    bounds = [1, 2, 3, 4, *(1 + (1 << doubling) for doubling in range(2, 32))]
    numbers = np.histogram(pc.value_counts(clusters).field("counts").to_numpy(), bounds)[0].tolist()
    names = [str(low) if low + 1 == end else f"{low}-{end - 1}" for low, end in pairwise(bounds)]
    return {name: number for name, number in zip(names, numbers, strict=True) if number}


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.4f}" if whole else "undefined"


def _overlap(articles: pa.Table, a: IntArray, b: IntArray) -> dict[int, tuple[int, int]]:
    """Of the first articles; a, b: places of the listed pairs among all."""
    words = [word_codes(folded_words(text)) for text in articles["text"].to_pylist()]
    n = len(words)
    inside = (a < n) & (b < n)
    known = np.minimum(a, b)[inside] * n + np.maximum(a, b)[inside]
    compared = n * (n - 1) // 2 - len(known)
    return {k: (compared, _sharing([gram_codes(x, k) for x in words], known)) for k in RUNS}


def _sharing(grams: Sequence[npt.NDArray[np.uint64]], known: IntArray) -> int:
    """Pairs of rows, but for the known ones (a * rows + b), with a gram in common."""
    from scipy.sparse import csr_array

    n = len(grams)
    codes = np.unique(np.concatenate(grams), return_inverse=True)[1]
    rows = np.repeat(np.arange(n), [len(some) for some in grams])
    matrix = csr_array((np.ones(len(rows), np.int32), (rows, codes)), shape=(n, int(codes.max(initial=0)) + 1))
    common = (matrix @ matrix.T).tocoo()
    upper = common.row < common.col
    found = common.row[upper].astype(np.int64) * n + common.col[upper]
    return int((~np.isin(found, known)).sum())


def _leaks(
    ids: pa.ChunkedArray, length: IntArray, a: IntArray, b: IntArray, derived: BoolArray
) -> dict[str, float | None]:
    """ids, length, derived: of all documents; a, b: of all related pairs, of which a sample is compared with others."""
    rng = np.random.default_rng(0)
    x, y = (rng.integers(0, len(ids), _PAIRS) for _ in range(2))
    x, y = x[x != y], y[x != y]
    some = rng.permutation(len(a))[:_PAIRS]
    a, b = a[some], b[some]
    number = np.array([int(doc[:15], 16) for doc in ids.to_pylist()])
    place = np.argsort(np.argsort(number))

    def pairs(feature: IntArray) -> float | None:
        return _area(-np.abs(feature[a] - feature[b]), -np.abs(feature[x] - feature[y]))

    def documents(feature: IntArray) -> float | None:
        return _area(feature[derived], feature[~derived])

    return {
        "related pair, by nearness of ids": pairs(number),
        "related pair, by nearness of places": pairs(place),
        "related pair, by nearness of lengths": pairs(length.astype(np.int64)),
        "derived document, by id": documents(number),
        "derived document, by length": documents(length),
    }


def _area(positive: npt.NDArray[Any], negative: npt.NDArray[Any]) -> float | None:
    """P(a positive is larger than a negative) + half of P(equal)."""
    if not len(positive) or not len(negative):
        return None
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    equal = np.searchsorted(ordered, positive, side="right") - below
    return round(float((below + equal / 2).sum() / (len(positive) * len(negative))), 4)
