"""Items that are links of coreference, or of clusters of articles.

A cluster of n is n − 1 links. The links both sides have run inside what a gold and a predicted cluster have in common;
those gold has beyond are split or lack a mention, those the prediction has beyond are merged or spurious. So the right
ones, and all of one side, are numerator and denominator of MUC (Vilain et al. 1995).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import IntArray
from goldwire.explaining.table import build, labels_of, taken
from goldwire.tasks.codes import shared_keys, unit_codes
from goldwire.tasks.spans import axis_step, place, shape_codes

__all__ = ["cluster_links", "coreference_links"]

BoolArray = npt.NDArray[np.bool_]
_GOLD, _PRED = 0, 1
_CLASSES = ("correct", "split", "missing", "merged", "spurious")


def coreference_links(gold: Corpus, pred: Corpus, table: str, cluster: str, *, corpus: bool) -> pa.Table:
    """Links of the clusters that ``cluster`` names in a span table, within documents or over the corpus."""
    tables = gold[table], pred[table]
    step = axis_step(*(side[column] for side in tables for column in ("end", "fragments")))
    unit = [unit_codes(side["doc_id"], gold.doc_ids) for side in tables]
    spans = place(tables[0], unit[0] * step), place(tables[1], unit[1] * step)
    shapes = shape_codes(*spans)
    keys = shared_keys(*((span.lo, span.hi - span.lo, shape) for span, shape in zip(spans, shapes, strict=True)))
    return _links(gold.doc_ids, tables, keys, unit, cluster, corpus=corpus)


def cluster_links(gold: Corpus, pred: Corpus) -> pa.Table:
    """Links of clusters of articles; both sides must state clusters."""
    tables = gold["clusters"], pred["clusters"]
    unit = [unit_codes(side["doc_id"], gold.doc_ids) for side in tables]
    return _links(gold.doc_ids, tables, (unit[0], unit[1]), unit, "cluster", corpus=True)


def _links(
    doc_ids: Sequence[str], tables: tuple[pa.Table, pa.Table], keys: tuple[IntArray, IntArray],
    unit: Sequence[IntArray], cluster: str, *, corpus: bool,
) -> pa.Table:  # fmt: skip
    """The links of both sides. keys: (rows,) equal for equal items, ascending in the order of the text."""
    distinct = np.sort(np.concatenate(keys))
    distinct = distinct[np.append(True, distinct[1:] != distinct[:-1])[: len(distinct)]]
    n = len(distinct)
    row = np.full((2, n), -1)
    code = np.full((2, n), -1)
    doc = np.zeros(n, np.int64)
    for side in (_GOLD, _PRED):
        at = np.searchsorted(distinct, keys[side])
        rank, n_ids = _ranked(tables[side][cluster].combine_chunks())
        own = np.where(rank < 0, n_ids + at, rank)
        order = np.lexsort((own, at))[::-1]  # of a repeated item the smallest cluster is written last and stays
        row[side, at[order]], code[side, at[order]] = order, own[order]
        doc[at] = unit[side]
    if not corpus:
        code = np.where(code >= 0, code * max(len(doc_ids), 1) + doc, -1)
    parts = [_side_links(code[side], code[1 - side]) for side in (_GOLD, _PRED)]
    return _table(doc_ids, tables, doc, row, parts, cluster)


def _ranked(ids: pa.Array) -> tuple[IntArray, int]:
    """(rows,) rank of each id among the sorted distinct ones, -1 for null; and how many these are."""
    named = ids.unique().drop_null()
    named = named.take(pc.sort_indices(named))
    rank = pc.fill_null(pc.index_in(ids, named), -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return rank, len(named)


def _side_links(own: IntArray, other: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """The links of one side's clusters: item, its antecedent, and 0 right, 1 to another part, 2 to an item alone.

    own, other: (items,) cluster on either side, -1 where it does not have the item; items are in text order.
    The items of a cluster that the other side puts into one cluster are a part, one it does not have is a part alone.
    """
    item = np.flatnonzero(own >= 0)
    cell = np.where(other[item] >= 0, other[item], -1)
    alone = cell < 0
    # The root of a cluster is its first item that the other side has too, or simply the first.
    order = np.lexsort((item, alone, own[item]))
    is_root = np.zeros(len(item), bool)
    is_root[order[_starts(own[item][order])]] = True
    order = np.lexsort((item, cell, own[item]))
    opens = _starts(own[item][order]) | _starts(cell[order])
    first_of_part = np.zeros(len(item), bool)
    first_of_part[order[opens]] = True
    first_of_part |= alone
    kind = np.where(~first_of_part, 0, np.where(alone, 2, 1))
    before = np.full(len(item), -1)
    before[order[1:]] = item[order[:-1]]  # the item before it in the same part
    place = np.lexsort((item, own[item]))
    nearest = np.full(len(item), -1)
    nearest[place[1:]] = item[place[:-1]]  # the item before it in the cluster,
    heads = _starts(own[item][place])
    after = np.append(item[place[1:]], -1)
    nearest[place[heads]] = after[heads]  # or the one after it, for the first
    antecedent = np.where(first_of_part, nearest, before)
    kept = ~is_root
    return item[kept], antecedent[kept], kind[kept]


def _starts(ordered: IntArray) -> BoolArray:
    return np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]


def _table(
    doc_ids: Sequence[str], tables: tuple[pa.Table, pa.Table], doc: IntArray, row: IntArray,
    parts: Sequence[tuple[IntArray, IntArray, IntArray]], cluster: str,
) -> pa.Table:  # fmt: skip
    """All links of gold, then those only the prediction has."""
    (g_item, g_from, g_kind), (p_item, p_from, p_kind) = parts
    extra = p_kind > 0
    item, antecedent = np.append(g_item, p_item[extra]), np.append(g_from, p_from[extra])
    in_gold = np.append(np.ones(len(g_item), bool), np.zeros(int(extra.sum()), bool))
    in_pred = np.append(g_kind == 0, np.ones(int(extra.sum()), bool))
    kind = np.append(g_kind, p_kind[extra] + 2)
    docs = pa.array(doc_ids, pa.string())
    columns: dict[str, pa.Array] = {
        "kind": pa.array(["link"] * len(item), pa.string()),
        "class": labels_of(_CLASSES, kind),
        "doc_id": docs.take(pa.array(doc[item])),
        "other": docs.take(pa.array(doc[antecedent])),
    }
    spanned = "start" in tables[0].column_names
    for side, (name, has) in enumerate((("gold", in_gold), ("pred", in_pred))):
        own = row[side, item]
        columns[f"{name}_type"] = taken(tables[side][cluster], own)
        columns[f"{name}_row"] = pa.array(own, pa.int32(), mask=~has)
        if spanned:
            columns[f"{name}_start"] = taken(tables[side]["start"], own)
            columns[f"{name}_end"] = taken(tables[side]["end"], own)
            columns[f"{name}_other_start"] = taken(tables[side]["start"], row[side, antecedent])
            columns[f"{name}_other_end"] = taken(tables[side]["end"], row[side, antecedent])
    return build(columns, len(item))
