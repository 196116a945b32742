"""Clusters of so many documents that only a database holds them: the contingency table in SQL, the rest in the kernels.

Most clusters of a usable system are exactly right; such a cluster says nothing but its size. The database counts those
by size, numbers the others, and hands over their cells as numbers, which are few enough to be joined into components in
memory; these are counted some at a time. The same statements run on DuckDB, which spills to disk, and on Spark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import Counts, Facet, FloatArray, IntArray
from goldwire.errors import IncidentError
from goldwire.incidents import Incidents
from goldwire.tasks.clusters import Contingency, whole_counts

__all__ = ["OTHERS", "Database", "count_clusters"]

Numbers = npt.NDArray[np.int32]

_CELLS = 1 << 19
"""Cells of components that are counted in one go."""


class Database(Protocol):
    """What an engine has to do: hold the tables below and answer queries.

    ``gold_rows``, ``pred_rows`` (doc_id, cluster): the labels. A record that is none has no doc_id; headers are left out.
    ``gold``, ``pred`` (doc, cluster): the same as keys of any type. A document without a cluster has its own key there.
    """

    def keep(self, name: str, query: str) -> None:
        """Keep the result of a query as a table, unless that was done."""

    def has(self, name: str) -> bool:
        """Whether a table was kept already, in a run that was stopped."""

    def number(self, name: str, query: str) -> None:
        """Keep the result of a query as a table, with a column ``code``: its rows numbered from 0."""

    def drop(self, *names: str) -> None:
        """Let go of tables, those that are not there any more included."""

    def digits(self, key: str) -> str:
        """SQL for the first 48 bits of the MD5 of what the key in a column stands for, as a number, last byte first."""

    def batches(self, query: str) -> Iterable[pa.RecordBatch]:
        """The result of a query, bit by bit."""

    def close(self) -> None:
        """Let go of everything."""


OTHERS = ("a", "b", "entities", "events", "times")
"""Fields that no record of a cluster label has."""

ITEMS = """
select coalesce(g.cluster, p.doc) as gold, coalesce(p.cluster, g.doc) as pred,
       g.doc is not null as known, p.doc is not null as named
from gold g full outer join pred p on g.doc = p.doc
"""
TALLY = """
select sum(case when known then 1 else 0 end) as known, sum(case when named then 1 else 0 end) as named,
       sum(case when known then 0 else 1 end) as unknown,
       (select count(*) from gold) as gold, (select count(*) from pred) as pred from items
"""
UNNAMED_TWICE = "select count(*) as n from items where known and not named group by pred having count(*) > 1 limit 1"
CELLS = "select gold, pred, count(*) as n from items group by gold, pred"
EXACT = """
select o.gold as gold, o.n as n
from (select gold, min(pred) as pred, min(n) as n from cells group by gold having count(*) = 1) o
join (select pred from cells group by pred having count(*) = 1) p on o.pred = p.pred
"""
SIZES = "select {digits} % 4096 as block, n as size, count(*) as times from exact group by 1, 2"
REST = """
select c.gold as gold, c.pred as pred, c.n as n from cells c left join exact e on c.gold = e.gold where e.gold is null
"""
NAMES = {"golds": "select distinct gold as name from rest", "preds": "select distinct pred as name from rest"}
CODED = """
select cast(g.code as int) as gold, cast(p.code as int) as pred, cast(r.n as int) as n
from rest r join golds g on r.gold = g.name join preds p on r.pred = p.name order by 2, 1
"""
KEYS = "select cast(code as int) as code, {digits} as digits from golds"
COUNT = "select count(*) as n from {name}"
FAULTS = {
    "gold": {
        "record-kind": "select count(*) as n from gold_rows where doc_id is null",
        "repeated-document": "select doc_id from gold_rows group by doc_id having count(*) > 1 limit 20",
    },
    "pred": {
        "record-kind": "select count(*) as n from pred_rows where doc_id is null",
        "unknown-document": "select p.doc_id as doc_id from pred_rows p left join gold_rows g on p.doc_id = g.doc_id "
        "where g.doc_id is null limit 20",
        "repeated-document": "select doc_id from pred_rows group by doc_id having count(*) > 1 limit 20",
    },
}


def count_clusters(base: Database, path: str, *, gold: str = "gold", singletons: str = "keep") -> Counts:
    """Counts of all cluster measures, as ``tasks.partition.count`` but per block of connected components.

    path, gold: where predictions and gold are from. Raises IncidentError where predictions name unknown documents, or
    either side one document twice, or something is no label.
    """
    if not base.has("cells"):
        base.keep("items", ITEMS)
        if not _is_sound(base):
            _refuse_faults(base, {"gold": gold, "pred": path})
        base.keep("cells", CELLS)
    base.drop("items")
    base.keep("exact", EXACT)
    base.keep("rest", REST)
    base.drop("cells")
    for name, query in NAMES.items():
        base.number(name, query)
    exact = _of_exact(base.batches(SIZES.format(digits=base.digits("gold"))), singletons)
    rest = _Rest.read(base)
    base.close()
    return Counts.merged([exact, *rest.counts(singletons)])


def _is_sound(base: Database) -> bool:
    """Whether all predicted documents are known and none stands twice on either side.

    A document that stands i times on one side and j on the other makes i·j items, so the numbers of items tell. What
    gold has twice and predictions lack is looked for among what they lack, which is little.
    """
    tally = {name: int(column[0] or 0) for name, column in _whole(base.batches(TALLY)).to_pydict().items()}
    if tally["unknown"] or tally["known"] != tally["gold"] or tally["named"] != tally["pred"]:
        return False
    return not len(_whole(base.batches(UNNAMED_TWICE)))


def _refuse_faults(base: Database, paths: Mapping[str, str]) -> None:
    """Raise IncidentError for what is wrong with the labels."""
    incidents = Incidents()
    for side, queries in FAULTS.items():
        for rule, query in queries.items():
            found = _whole(base.batches(query)).to_pydict()
            for name in found.get("doc_id", []):
                if name is not None:
                    incidents.add(rule, paths[side], 0, found=repr(name))
            if found.get("n", [0])[0]:
                incidents.add(rule, paths[side], 0, found=f"{found['n'][0]} record(s)", expected="doc_id and cluster")
    raise IncidentError(f"{paths['pred']}: the labels have errors, not scored", list(incidents))


def _of_exact(batches: Iterable[pa.RecordBatch], singletons: str) -> Counts:
    """Clusters that both sides have: one of every size is counted, and taken as often as it occurs."""
    table = _table(batches, {"block": pa.int64(), "size": pa.int64(), "times": pa.int64()})
    if singletons == "drop":
        table = table.filter(pc.greater(table["size"], 1))
    sizes, kind = np.unique(table["size"].to_numpy(), return_inverse=True)
    blocks, block = np.unique(table["block"].to_numpy(), return_inverse=True)
    names = tuple(f"{number:03x}" for number in blocks.tolist())
    one = np.arange(len(sizes))
    each = whole_counts(_contingency(one, one, sizes.astype(np.float64), one, len(sizes)), tuple(map(str, sizes)))
    times = table["times"].to_numpy().astype(np.float64)
    return _repeated(each, kind, block, times, names)


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
class _Rest:
    """Cells of clusters that are not exact, ordered by predicted cluster, and what names the gold clusters' blocks.

    gold, pred, common: (cells,) codes of both clusters, and common items. key, block: (gold clusters,) the gold cluster
    with the smallest key of a component gives it its block.
    """

    gold: Numbers
    pred: Numbers
    common: Numbers
    key: npt.NDArray[np.uint32]
    block: npt.NDArray[np.uint16]

    @classmethod
    def read(cls, base: Database) -> _Rest:
        """In pieces, which numpy holds as numbers of the width they need."""
        n_cells, n_gold = (_whole(base.batches(COUNT.format(name=name)))["n"][0].as_py() for name in ("rest", "golds"))
        key, block = np.empty(n_gold, np.uint32), np.empty(n_gold, np.uint16)
        for batch in base.batches(KEYS.format(digits=base.digits("name"))):
            code, digits = batch["code"].to_numpy(), batch["digits"].to_numpy().astype(np.int64)
            key[code], block[code] = digits >> 16, digits & 0xFFF
        cells = np.empty((3, n_cells), np.int32)
        at = 0
        for batch in base.batches(CODED):
            for row, name in enumerate(("gold", "pred", "n")):
                cells[row, at : at + len(batch)] = batch[name].to_numpy()
            at += len(batch)
        return cls(cells[0], cells[1], cells[2], key, block)

    def counts(self, singletons: str) -> Iterator[Counts]:
        """Counts by block, of some components at a time."""
        component = self._components()
        block = self._blocks(component)
        by_block = np.argsort(block, kind="stable")  # so that no two parts have rows of the same blocks, but for one
        rank = np.empty(len(block), np.int32)
        rank[by_block] = np.arange(len(block), dtype=np.int32)
        block, of_cell = block[by_block], rank[component[self.gold]]
        order = np.argsort(of_cell, kind="stable")
        first = np.flatnonzero(np.diff(of_cell[order], prepend=-1))  # cell of every component
        last_of = np.searchsorted(first, np.arange(_CELLS, len(order), _CELLS), side="right") - 1
        cuts = np.unique([0, *first[last_of].tolist(), len(order)])
        for rows in np.split(order, cuts[1:-1]) if len(order) else []:
            gold, pred, group = (np.unique(code[rows], return_inverse=True) for code in (self.gold, self.pred, of_cell))
            own = np.empty(len(gold[0]), np.int64)
            own[gold[1]] = group[1]
            n, common = len(group[0]), self.common[rows].astype(np.float64)
            table = _contingency(gold[1], pred[1], common, own, n, singletons)
            blocks, which = np.unique(block[group[0]], return_inverse=True)
            counts = whole_counts(table, tuple(map(str, range(n))))
            yield counts.grouped([f"{number:03x}" for number in blocks.tolist()], which)

    def _components(self) -> Numbers:
        """(gold clusters,) component of each, joined by the predicted clusters that have items of both."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        joined = np.flatnonzero(self.pred[1:] == self.pred[:-1])
        ends, n = (self.gold[joined], self.gold[joined + 1]), len(self.key)
        graph = coo_array((np.ones(len(joined)), ends), shape=(n, n))
        return np.asarray(connected_components(graph, directed=False)[1], np.int32)

    def _blocks(self, component: Numbers) -> npt.NDArray[np.uint16]:
        """(components,) the block of each."""
        order = np.lexsort((self.block, self.key, component))
        ordered = component[order]
        return self.block[order[np.flatnonzero(np.diff(ordered, prepend=-1))]]


def _table(batches: Iterable[pa.RecordBatch], columns: dict[str, pa.DataType]) -> pa.Table:
    """A query's result; engines differ in what they call nullable, and in the width of counts."""
    schema = pa.schema(list(columns.items()))
    return pa.concat_tables([schema.empty_table(), *(pa.Table.from_batches([batch]).cast(schema) for batch in batches)])


def _whole(batches: Iterable[pa.RecordBatch]) -> pa.Table:
    """A small result."""
    found = [batch for batch in batches if len(batch)]
    return pa.Table.from_batches(found) if found else pa.table({})


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
