"""Coreference of entities and of events, within documents and over the whole corpus: two partitions of mentions.

There is no slice by type or level: a cluster measure is no sum over mentions (an alignment takes whole clusters, a link
two mentions), and mentions of one entity may differ in either, so that the parts would not add up to the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, FloatArray, IntArray
from goldwire.tasks.clusters import (
    cluster_counts,
    contingency,
    link_columns,
    rank,
    whole_counts,
)
from goldwire.tasks.codes import codes_in, distinct, integers, shared_keys, unit_codes
from goldwire.threads import at_once

__all__ = [
    "cluster_of_item",
    "cluster_of_row",
    "count",
    "count_corpus",
    "count_events",
    "count_events_corpus",
    "partitions",
    "span_items",
]

_ENTITIES, _EVENTS = ("mentions", "entity_id"), ("triggers", "instance_id")


def count(gold: Corpus, pred: Corpus, *, singletons: str = "keep") -> Counts:
    """Counts per document of within-document entity coreference; the same entity in two documents is two clusters.

    Mentions are compared by their span alone, types ignored; see ``partitions``.
    singletons: "keep", or "drop" to leave out, on both sides alike, clusters of one mention in the document.
    """
    doc, in_gold, in_pred = _partitions(gold, pred, _ENTITIES)
    columns = cluster_counts(doc, in_gold, in_pred, len(gold.doc_ids), singletons=singletons)
    return Counts(gold.doc_ids, np.arange(len(gold.doc_ids)), {}, columns)


def count_corpus(gold: Corpus, pred: Corpus, *, singletons: str = "keep") -> Counts:
    """Counts of entity coreference over the whole corpus: clusters run through it, and it is the only unit.

    Also those of ``partition_columns``, and cross_links_num, cross_links_r_den and cross_links_p_den: pairs of mentions
    of two documents within one cluster, common, gold and predicted.
    singletons: "keep", or "drop" to leave out, on both sides alike, clusters of one mention in the corpus.
    """
    return _of_corpus(*_partitions(gold, pred, _ENTITIES), len(gold.doc_ids), singletons)


def count_events(gold: Corpus, pred: Corpus, *, singletons: str = "keep") -> Counts:
    """Counts per document of within-document event coreference: triggers by span, clusters by instance.

    Also ``contrast_pairs``: contrasted gold instances of one document, mentions of both of which the prediction has;
    and ``contrast_apart``: those of them that no predicted cluster joins. Singletons count there in any case.
    """
    doc, in_gold, in_pred = _partitions(gold, pred, _EVENTS)
    n_docs = len(gold.doc_ids)
    columns = cluster_counts(doc, in_gold, in_pred, n_docs, singletons=singletons)
    columns |= _contrasts(gold, doc, in_gold, in_pred, n_docs)
    return Counts(gold.doc_ids, np.arange(n_docs), {}, columns)


def count_events_corpus(gold: Corpus, pred: Corpus, *, singletons: str = "keep") -> Counts:
    """Counts of event coreference over the whole corpus, those of ``count_corpus`` and the contrasts."""
    doc, in_gold, in_pred = _partitions(gold, pred, _EVENTS)
    contrasts = _contrasts(gold, np.zeros_like(doc), in_gold, in_pred, 1)
    return _of_corpus(doc, in_gold, in_pred, len(gold.doc_ids), singletons, contrasts)


def _of_corpus(
    doc: IntArray,
    in_gold: IntArray,
    in_pred: IntArray,
    n_docs: int,
    singletons: str,
    more: Mapping[str, FloatArray] = MappingProxyType({}),
) -> Counts:
    """The corpus as the only unit; ``more`` are further columns of it."""
    whole = contingency(np.zeros_like(in_gold), in_gold, in_pred, 1, singletons=singletons)
    links = link_columns(whole)
    cross = {
        f"cross_{name}": links[name] - within.sum()
        for name, within in link_columns(contingency(doc, in_gold, in_pred, n_docs)).items()
    }
    return whole_counts(whole, ("corpus",), {**cross, **more})


def _contrasts(
    gold: Corpus, group: IntArray, in_gold: IntArray, in_pred: IntArray, n_groups: int
) -> dict[str, FloatArray]:
    names = gold["triggers"]["instance_id"].combine_chunks().unique().drop_null()
    names = names.take(pc.sort_indices(names))  # the order that partitions numbers clusters in
    a, b = (codes_in(gold["contrasts"][side], names) for side in ("a", "b"))
    known = (a >= 0) & (b >= 0)
    pairs, apart = _kept_apart(group, in_gold, in_pred, a[known], b[known], len(names), n_groups)
    return {"contrast_pairs": pairs, "contrast_apart": apart}


def _kept_apart(
    group: IntArray, in_gold: IntArray, in_pred: IntArray, a: IntArray, b: IntArray, n_names: int, n_groups: int
) -> tuple[FloatArray, FloatArray]:
    """(groups,) contrasted pairs with items on both sides found, and those that no predicted cluster joins."""
    found = (in_gold >= 0) & (in_gold < n_names) & (in_pred >= 0)
    width = int(in_pred.max(initial=0)) + 1
    clusters, keys = rank(group[found] * width + in_pred[found])
    cells = _ones(clusters, in_gold[found], len(keys), n_names)
    pairs, joined = np.zeros(n_groups), np.zeros(n_groups)
    presence = _ones(group[found], in_gold[found], n_groups, n_names)
    pairs += np.asarray(presence[:, a].multiply(presence[:, b]).sum(axis=1)).ravel()
    together = cells[:, a].multiply(cells[:, b]).tocoo()
    of = rank((keys // width)[together.row] * max(len(a), 1) + together.col)[1]  # a pair joined twice is joined once
    joined += np.bincount(of // max(len(a), 1), minlength=n_groups)
    return pairs, pairs - joined


def _ones(row: IntArray, col: IntArray, n_rows: int, n_cols: int) -> Any:
    """Sparse matrix with a one wherever a (row, col) occurs."""
    from scipy.sparse import csr_array

    matrix = csr_array((np.ones(len(row), np.int64), (row, col)), shape=(n_rows, n_cols))
    matrix.data[:] = 1
    return matrix


def _partitions(gold: Corpus, pred: Corpus, layer: tuple[str, str]) -> tuple[IntArray, IntArray, IntArray]:
    table, cluster = layer
    return partitions(gold[table], pred[table], gold.doc_ids, cluster)


def partitions(
    gold: pa.Table, pred: pa.Table, doc_ids: Sequence[str], cluster: str
) -> tuple[IntArray, IntArray, IntArray]:
    """The distinct spans of two span tables with the cluster each side puts them in.

    gold, pred: tables with the columns doc_id, start, end, fragments and ``cluster``, the id of the cluster;
        a null there makes the span a cluster of its own.
    doc_ids:    the documents; every doc_id of the tables is one of them.

    Returns three arrays over the distinct spans, ordered by document and offsets: document code, gold cluster code,
    predicted cluster code; the latter are -1 where that side does not have the span. A span repeated with the
    same cluster is one item; with several clusters, which readers report as an error, the smallest id is kept.
    """
    doc, *items = span_items(gold, pred, doc_ids)
    ids = gold[cluster], pred[cluster]
    in_gold, in_pred = at_once(lambda names, item: cluster_of_item(names, item, len(doc)), ids, items)
    return doc, in_gold, in_pred


def span_items(gold: pa.Table, pred: pa.Table, doc_ids: Sequence[str]) -> tuple[IntArray, IntArray, IntArray]:
    """The distinct spans of two span tables, numbered in the order of document and offsets.

    Returns (items,) document code of each, and the item of each row of gold and of pred.
    """
    tables = (gold, pred)
    documents = pa.array(doc_ids, pa.string())
    doc = at_once(lambda table: unit_codes(table["doc_id"], documents), tables)
    fragments = _fragment_codes(*(table["fragments"] for table in tables))
    ends = [[integers(table[name]) for name in ("start", "end")] for table in tables]
    keys = shared_keys(*((doc[i], *ends[i], fragments[i]) for i in (0, 1)))
    items, of_row = distinct(*keys)
    doc_of_item = np.zeros(len(items), np.int64)
    for own, item in zip(doc, of_row, strict=True):
        doc_of_item[item] = own
    return doc_of_item, of_row[0], of_row[1]


def cluster_of_row(ids: pa.ChunkedArray, item: IntArray) -> IntArray:
    """(rows,) code of the cluster id of each row, in the order of the ids; a null id makes a cluster of the item."""
    code = _string_ranks(ids)
    return np.where(code < 0, int(code.max(initial=-1)) + 1 + item, code)


def cluster_of_item(ids: pa.ChunkedArray, item: IntArray, n_items: int) -> IntArray:
    """(items,) code of the item's smallest cluster id, -1 for items without a row. A null id makes a new cluster."""
    code = cluster_of_row(ids, item)
    none = int(code.max(initial=-1)) + 1
    cluster = np.full(n_items, none, np.int64)
    np.minimum.at(cluster, item, code)
    return np.where(cluster == none, -1, cluster)


def _fragment_codes(*columns: pa.ChunkedArray) -> list[IntArray]:
    """(rows,) per column, one code per distinct list of fragments of any of them, 0 for spans in one piece."""
    if all(column.null_count == len(column) for column in columns):
        return [np.zeros(len(column), np.int64) for column in columns]
    lists = pa.chunked_array([chunk for column in columns for chunk in column.chunks], columns[0].type)
    codes = _string_ranks(pc.binary_join(lists.cast(pa.list_(pa.string())), ",")) + 1
    return np.split(codes, np.cumsum([len(column) for column in columns])[:-1])


def _string_ranks(strings: pa.ChunkedArray) -> IntArray:
    """(rows,) rank of every string among the distinct ones, -1 for null."""
    encoded = strings.combine_chunks().dictionary_encode()
    ranks = np.full(len(encoded.dictionary) + 1, -1, np.int64)  # the last one, at index -1, is that of null
    ranks[pc.sort_indices(encoded.dictionary).to_numpy()] = np.arange(len(encoded.dictionary))
    return ranks[integers(encoded.indices, -1)]
