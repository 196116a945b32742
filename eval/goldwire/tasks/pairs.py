"""What tasks over document pairs share: group codes, clusters, and connected components as units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import Counts, Cover, IntArray
from goldwire.errors import UsageError
from goldwire.tasks.codes import unit_codes

__all__ = ["chain", "cluster_of", "components", "covering", "unit_names"]


def components(n: int, a: IntArray, b: IntArray) -> IntArray:
    """(n,) connected component of each of n nodes under the edges a–b, numbered by their first node."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(a), bool), (a, b)), shape=(n, n))
    count, label = connected_components(graph, directed=False)
    first = np.full(count, n, np.int64)
    np.minimum.at(first, label, np.arange(n))
    rank = np.empty(count, np.int64)
    rank[np.argsort(first)] = np.arange(count)
    return rank[label]


def unit_names(doc_ids: Sequence[str], unit: IntArray) -> tuple[str, ...]:
    """The name of each unit: the smallest id among its documents, which ``unit`` assigns to units."""
    order: IntArray = pc.sort_indices(pa.array(doc_ids, pa.string())).to_numpy()
    rank = np.empty(len(unit), np.int64)
    rank[order] = np.arange(len(unit))
    smallest = np.full(unit.max(initial=-1) + 1, len(unit), np.int64)
    np.minimum.at(smallest, unit, rank)
    return tuple(doc_ids[first] for first in order[smallest].tolist())


def covering(counts: Counts, doc_ids: Sequence[str], unit: IntArray) -> Counts:
    """The counts with the documents of their units, which ``unit`` (documents,) assigns to units."""
    return replace(counts, cover=Cover(tuple(doc_ids), unit))


def cluster_of(table: pa.Table, doc_ids: Sequence[str]) -> IntArray:
    """(documents,) cluster of each document; one that is in none is alone in one. Raises UsageError for two clusters."""
    docs = unit_codes(table["doc_id"], doc_ids)
    memberships = np.bincount(docs, minlength=len(doc_ids))
    if memberships.max(initial=0) > 1:
        raise UsageError(f"document {doc_ids[int(memberships.argmax())]} is in more than one cluster")
    cluster = np.arange(len(doc_ids)) + len(docs)
    cluster[docs] = table["cluster"].combine_chunks().dictionary_encode().indices.to_numpy()
    return cluster


def chain(cluster: IntArray) -> tuple[IntArray, IntArray]:
    """Edges that join the documents of each cluster one to the next."""
    order = np.argsort(cluster, kind="stable")
    same = cluster[order[1:]] == cluster[order[:-1]]
    return order[:-1][same], order[1:][same]
