"""Clusters of so many documents that only a database holds them: the contingency table in SQL, the rest in the kernels.

Most clusters of a usable system are exactly right; such a cluster says nothing but its size. The database counts those
by size and hands over the cells of the others, which are few enough for the alignment of CEAF. The same statements run
on DuckDB, which spills to disk, and on Spark.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import Counts, Facet, FloatArray, IntArray
from goldwire.engines.spill import block_of
from goldwire.errors import IncidentError
from goldwire.incidents import Incidents
from goldwire.tasks.clusters import Contingency, whole_counts
from goldwire.tasks.pairs import components

__all__ = ["Database", "count_clusters"]


class Database(Protocol):
    """What an engine has to do: hold the tables ``gold`` and ``pred`` (doc_id, cluster), and answer queries."""

    def keep(self, name: str, query: str) -> None:
        """Keep the result of a query as a table."""

    def batches(self, query: str) -> Iterable[pa.RecordBatch]:
        """The result of a query, bit by bit."""


ITEMS = """
select 'c' || coalesce(g.cluster, '') || case when g.cluster is null then 'd' || g.doc_id else '' end as gold,
       'c' || coalesce(p.cluster, '') || case when p.cluster is null then 'd' || g.doc_id else '' end as pred
from gold g left join pred p on g.doc_id = p.doc_id
"""
CELLS = "select gold, pred, count(*) as n from items group by gold, pred"
EXACT = """
select o.gold as gold, o.pred as pred, o.n as n
from (select gold, min(pred) as pred, min(n) as n from cells group by gold having count(*) = 1) o
join (select pred from cells group by pred having count(*) = 1) p on o.pred = p.pred
"""
SIZES = "select substr(md5(gold), 1, 3) as block, n as size, count(*) as times from exact group by 1, 2"
REST = """
select c.gold as gold, c.pred as pred, c.n as n from cells c left join exact e on c.gold = e.gold where e.gold is null
"""
FAULTS = {
    "unknown-document": "select p.doc_id as doc_id from pred p left join gold g on p.doc_id = g.doc_id "
    "where g.doc_id is null limit 20",
    "repeated-document": "select doc_id from pred group by doc_id having count(*) > 1 limit 20",
}


def count_clusters(base: Database, path: str, *, singletons: str = "keep") -> Counts:
    """Counts of all cluster measures, as ``tasks.partition.count`` but per block of connected components.

    Raises IncidentError where predictions name unknown documents or one document twice.
    """
    incidents = Incidents()
    for rule, query in FAULTS.items():
        for batch in base.batches(query):
            for name in batch["doc_id"].to_pylist():
                incidents.add(rule, path, 0, found=repr(name))
    if incidents.errors:
        raise IncidentError(f"{path}: documents that are unknown or repeated, not scored", list(incidents))
    base.keep("items", ITEMS)
    base.keep("cells", CELLS)
    base.keep("exact", EXACT)
    parts = [_of_exact(base.batches(SIZES), singletons), _of_rest(_Cells.read(base.batches(REST)), singletons)]
    return _merged(parts)


def _of_exact(batches: Iterable[pa.RecordBatch], singletons: str) -> Counts:
    """Clusters that both sides have: one of every size is counted, and taken as often as it occurs."""
    table = _table(batches, {"block": pa.string(), "size": pa.int64(), "times": pa.int64()})
    if singletons == "drop":
        table = table.filter(pc.greater(table["size"], 1))
    sizes, kind = np.unique(table["size"].to_numpy(), return_inverse=True)
    names, block = np.unique(np.array(table["block"].to_pylist(), dtype=object), return_inverse=True)
    one = np.arange(len(sizes))
    each = whole_counts(_contingency(one, one, sizes.astype(np.float64), one, len(sizes)), tuple(map(str, sizes)))
    times = table["times"].to_numpy().astype(np.float64)
    return _repeated(each, kind, block, times, tuple(names.tolist()))


def _repeated(each: Counts, kind: IntArray, block: IntArray, times: FloatArray, names: tuple[str, ...]) -> Counts:
    """Rows of the units of ``each``, unit ``kind`` ``times`` over in its block."""
    matrix = np.zeros((len(names), len(each.units)))
    np.add.at(matrix, (block, kind), times)
    rows, columns = np.nonzero(matrix)
    of_unit = [np.flatnonzero(each.unit == unit) for unit in range(len(each.units))]
    taken = np.concatenate([np.zeros(0, np.int64), *(of_unit[unit] for unit in columns.tolist())])
    length = np.array([len(of_unit[unit]) for unit in columns.tolist()], np.int64)
    weight = np.repeat(matrix[rows, columns], length)
    facets = {name: Facet(facet.codes[taken], facet.labels) for name, facet in each.facets.items()}
    values = {name: column[taken] * weight for name, column in each.columns.items()}
    return Counts.build(names, np.repeat(rows, length), facets, values)


@dataclass(frozen=True)
class _Cells:
    """Cells of clusters that are not exact: codes of both clusters, common items, and the gold clusters' names."""

    gold: IntArray
    pred: IntArray
    common: FloatArray
    names: pa.Array

    @classmethod
    def read(cls, batches: Iterable[pa.RecordBatch]) -> _Cells:
        table = _table(batches, {"gold": pa.string(), "pred": pa.string(), "n": pa.int64()})
        gold, pred = (table[name].combine_chunks().dictionary_encode() for name in ("gold", "pred"))
        common = table["n"].to_numpy().astype(np.float64)
        return cls(np.asarray(gold.indices, np.int64), np.asarray(pred.indices, np.int64), common, gold.dictionary)


def _table(batches: Iterable[pa.RecordBatch], columns: dict[str, pa.DataType]) -> pa.Table:
    """A query's result; engines differ in what they call nullable, and in the width of counts."""
    schema = pa.schema(list(columns.items()))
    return pa.concat_tables([schema.empty_table(), *(pa.Table.from_batches([batch]).cast(schema) for batch in batches)])


def _of_rest(cells: _Cells, singletons: str) -> Counts:
    n_gold, n_pred = len(cells.names), int(cells.pred.max(initial=-1)) + 1
    component = components(n_gold + n_pred, cells.gold, n_gold + cells.pred)[:n_gold]
    order = pc.sort_indices(cells.names).to_numpy()
    smallest = np.full(int(component.max(initial=-1)) + 1, n_gold, np.int64)
    rank = np.empty(n_gold, np.int64)
    rank[order] = np.arange(n_gold)
    np.minimum.at(smallest, component, rank)
    blocks, block = np.unique(block_of(cells.names.take(pa.array(order[smallest]))), return_inverse=True)
    n = len(smallest)
    table = _contingency(cells.gold, cells.pred, cells.common, component, n, singletons)
    counts = whole_counts(table, tuple(map(str, range(n))))
    return counts.grouped([f"{number:03x}" for number in blocks.tolist()], block)


def _contingency(
    gold: IntArray, pred: IntArray, common: FloatArray, group: IntArray, n_groups: int, singletons: str = "keep"
) -> Contingency:
    """The table of cells that hold every item of both sides; ``group`` is that of each gold cluster."""
    order = np.lexsort((pred, gold))
    gold, pred, common = gold[order], pred[order], common[order]
    a, b = (np.bincount(code, common).astype(np.float64) for code in (gold, pred))
    of_pred = np.zeros(len(b), np.int64)
    of_pred[pred] = group[gold]
    least = 2 if singletons == "drop" else 1
    new_gold, new_pred = np.cumsum(a >= least) - 1, np.cumsum(b >= least) - 1
    kept = (a[gold] >= least) & (b[pred] >= least)
    return Contingency(
        a[a >= least], b[b >= least], group[a >= least], of_pred[b >= least],
        new_gold[gold[kept]], new_pred[pred[kept]], common[kept], group[gold[kept]], n_groups,
    )  # fmt: skip


def _merged(parts: list[Counts]) -> Counts:
    """Parts that may share blocks, as one row a block and label."""
    whole = Counts.stack(parts)
    names, block = np.unique(np.array(whole.units, dtype=object), return_inverse=True)
    return whole.grouped(names.tolist(), block)
