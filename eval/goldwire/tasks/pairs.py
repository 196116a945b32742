"""What tasks over document pairs share: group codes and connected components as units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import IntArray

__all__ = ["components", "group", "unit_names"]


def group(*parts: IntArray) -> tuple[IntArray, list[IntArray]]:
    """The distinct keys of all parts in ascending order, and each part's (rows,) codes into them."""
    key = np.concatenate(parts)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    is_new = np.ones(len(key), bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    code = np.empty(len(key), np.int64)
    code[order] = np.cumsum(is_new) - 1
    return ordered[is_new], np.split(code, np.cumsum([len(part) for part in parts])[:-1])


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
