"""What a synthetic corpus holds and what it must not: label balance, sizes, operations, residual overlap, leaks.

Residual overlap: pairs of documents that the gold does not list share text only by chance; the share of them with a run
of k words in common says how often. Leaks: how well a document's or pair's id, place and length alone tell related from
unrelated, as the area under the ROC curve; .5 is chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from goldwire.counts import FloatArray
from goldwire.errors import UsageError
from goldwire.formats.dataset import read_manifest
from goldwire.systems.grams import gram_codes, word_codes
from goldwire.systems.words import tokenize

__all__ = ["RUNS", "Audit", "audit"]

RUNS = (5, 8, 12)
"""Lengths of shared runs, in words; eight make a "trace" of reuse."""
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
    sizes = Counter(Counter(clusters["cluster"].to_pylist()).values())
    counts = {
        "Directions of reuse": _counted(x for side in "ab" for x in pairs[f"reuse_{side}"].to_pylist()),
        "Pairs by story": _counted(pairs["story"].to_pylist()),
        "Pairs by provenance": _counted(pairs["provenance"].to_pylist()),
        "Passages by relation": _counted(passages["relation"].to_pylist()),
        "Edits of passages": _counted(x for edits in passages["edits"].to_pylist() for x in edits),
        "Documents by operation": _counted(x for names in clusters["operations"].to_pylist() for x in names),
        "Documents by number of parents": _counted(str(len(x)) for x in clusters["parents"].to_pylist()),
        "Clusters by size": {str(size): sizes[size] for size in sorted(sizes)},
    }
    articles = _columns(where, manifest, "articles", ["doc_id", "text"], limit=SAMPLE)
    lengths = dict(
        zip(*(x.to_pylist() for x in _columns(where, manifest, "articles", ["doc_id", "length"]).columns), strict=True)
    )
    listed = set(zip(pairs["a"].to_pylist(), pairs["b"].to_pylist(), strict=True))
    related = [
        (a, b)
        for a, b, x, y in zip(*(pairs[n].to_pylist() for n in ("a", "b", "reuse_a", "reuse_b")), strict=True)
        if (x, y) != ("none", "none")
    ]
    derived = {doc for doc, parents in zip(*_lists(clusters, "doc_id", "parents"), strict=True) if parents}
    return Audit(
        manifest["name"],
        len(lengths),
        counts,
        _overlap(articles, listed),
        _leaks(lengths, related, derived),
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


def _lists(table: pa.Table, *names: str) -> list[list[Any]]:
    return [table[name].to_pylist() for name in names]


def _counted(labels: Iterable[str]) -> dict[str, int]:
    """The most frequent first."""
    return dict(sorted(Counter(labels).items(), key=lambda item: (-item[1], item[0])))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.4f}" if whole else "undefined"


def _overlap(articles: pa.Table, listed: set[tuple[str, str]]) -> dict[int, tuple[int, int]]:
    ids = articles["doc_id"].to_pylist()
    words = [word_codes(tokenize(text)[0]) for text in articles["text"].to_pylist()]
    row = {doc: i for i, doc in enumerate(ids)}
    known = {(row[a], row[b]) for a, b in listed if a in row and b in row}
    compared = len(ids) * (len(ids) - 1) // 2 - len(known)
    return {k: (compared, _sharing([gram_codes(x, k) for x in words], known)) for k in RUNS}


def _sharing(grams: Sequence[npt.NDArray[np.uint64]], known: set[tuple[int, int]]) -> int:
    """Pairs of rows, but for the known ones, with a gram in common."""
    from scipy.sparse import csr_array

    distinct = [np.unique(some) for some in grams]
    codes = np.concatenate(distinct)
    columns = np.unique(codes, return_inverse=True)[1]
    rows = np.repeat(np.arange(len(distinct)), [len(some) for some in distinct])
    matrix = csr_array(
        (np.ones(len(rows), np.int32), (rows, columns)), shape=(len(grams), int(columns.max(initial=0)) + 1)
    )
    common = (matrix @ matrix.T).tocoo()
    upper = common.row < common.col
    return sum((a, b) not in known for a, b in zip(common.row[upper].tolist(), common.col[upper].tolist(), strict=True))


def _leaks(
    lengths: Mapping[str, int], related: Sequence[tuple[str, str]], derived: set[str]
) -> dict[str, float | None]:
    ids = sorted(lengths)
    place = {doc: i for i, doc in enumerate(ids)}
    rng = np.random.default_rng(0)
    a, b = (rng.integers(0, len(ids), 20_000) for _ in range(2))
    other = [(ids[i], ids[j]) for i, j in zip(a.tolist(), b.tolist(), strict=True) if i != j]
    related = [related[i] for i in rng.permutation(len(related))[:20_000].tolist()]

    def pairs(feature: Mapping[str, int]) -> float | None:
        near, far = (
            np.array([-abs(feature[x] - feature[y]) for x, y in some], np.float64) for some in (related, other)
        )
        return _area(near, far)

    def documents(feature: Mapping[str, int]) -> float | None:
        values = [
            np.array([feature[doc] for doc in ids if (doc in derived) == side], np.float64) for side in (True, False)
        ]
        return _area(*values)

    number = {doc: int(doc, 16) >> 1 for doc in ids}
    return {
        "related pair, by nearness of ids": pairs(number),
        "related pair, by nearness of places": pairs(place),
        "related pair, by nearness of lengths": pairs(lengths),
        "derived document, by id": documents(number),
        "derived document, by length": documents(lengths),
    }


def _area(positive: FloatArray, negative: FloatArray) -> float | None:
    """P(a positive is larger than a negative) + half of P(equal)."""
    if not len(positive) or not len(negative):
        return None
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    equal = np.searchsorted(ordered, positive, side="right") - below
    return round(float((below + equal / 2).sum() / (len(positive) * len(negative))), 4)
