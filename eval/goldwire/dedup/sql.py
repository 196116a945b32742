"""The join, and connected components, as SQL statements that DuckDB and Spark both take.

Tables that the engine fills: ``docs`` (number, doc_id, shard, line, size, kept) and ``rows`` (key, number, place), where
``number`` is one of an article's own. Everything after is by ``article``, its place in the order of ids. No statement has
more rows than the number of rows of keys times the rule's limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import pyarrow as pa

from goldwire.dedup.articles import Source
from goldwire.dedup.mapping import refuse, repeated
from goldwire.engines.survey import Progress
from goldwire.systems.joins import CHUNK, Candidates, Joined, Rule

__all__ = ["Base", "Statements", "star_components"]

Mapper = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]


class Base(Protocol):
    """What a database has to do."""

    def keep(self, name: str, query: str) -> None:
        """Keep the result of a query as a table, on disk."""

    def keep_mapped(self, name: str, query: str, function: Mapper, schema: pa.Schema) -> None:
        """Keep what a function makes of a query's result, bit by bit, as a table of that schema."""

    def batches(self, query: str) -> Iterable[pa.RecordBatch]:
        """The result of a query, bit by bit, in its order."""


REPEATED = """
select d.doc_id as doc_id, d.shard as shard, d.line as line from docs d
join (select doc_id from docs group by doc_id having count(*) > 1 limit 20) r on d.doc_id = r.doc_id
"""
IDS = "select row_number() over (order by doc_id) - 1 as article, number, doc_id, size from docs"
HELD = "select i.article as article, d.kept as kept from ids i join docs d on i.number = d.number"

# of each key the articles that have it, numbered in their order; each article is paired with those of its own block of
# ``limit`` numbers and of the next one that are at most ``limit`` further on
CHAIN = {
    "keys": "select key from rows group by key having count(*) > 1",
    "placed": """
select key, article, place, cast(floor(place / {limit}) as bigint) as block from (
  select r.key as key, i.article as article, row_number() over (partition by r.key order by i.article) as place
  from rows r join keys k on r.key = k.key join ids i on r.number = i.number) numbered
""",
    "pairs": """
select distinct x.article as a, y.article as b
from placed x
join (select key, article, place, block from placed
      union all select key, article, place, block - 1 as block from placed) y on x.key = y.key and x.block = y.block
where y.place > x.place and y.place <= x.place + {limit}
""",
}
_KEYS = "select key, count(distinct number) as articles from rows group by key having count(distinct number) > 1"
_FEW = """
select r.key as key, i.article as article, r.place as place
from rows r join keys k on r.key = k.key join ids i on r.number = i.number where k.articles <= {limit}
"""
HITS = {
    "keys": _KEYS,
    "few": _FEW,
    "pairs": """
select x.article as a, y.article as b, array_agg(x.place * cast(4294967296 as bigint) + y.place) as hits
from few x join few y on x.key = y.key where x.article < y.article group by x.article, y.article
""",
}
COUNT = {
    "keys": _KEYS,
    "few": _FEW,
    "common": """
select i.article as article, count(*) as n
from rows r join keys k on r.key = k.key join ids i on r.number = i.number where k.articles > {limit} group by i.article
""",
    "shared": """
select x.article as a, y.article as b, count(*) as n
from few x join few y on x.key = y.key where x.article < y.article group by x.article, y.article
""",
    "pairs": """
select s.a as a, s.b as b
from shared s join ids x on s.a = x.article join ids y on s.b = y.article
left join common p on s.a = p.article left join common q on s.b = q.article
where {possible}
""",
}
_POSSIBLE = ("s.n", "least(coalesce(p.n, 0), coalesce(q.n, 0))", "least(x.size, y.size)")
CLUSTERS = """
select x.doc_id as doc_id, y.doc_id as cluster
from labels l join ids x on l.article = x.article join ids y on l.cluster = y.article order by l.article
"""
STEPS = {"chain": CHAIN, "hits": HITS, "count": COUNT}
SCORING = """
select p.*, x.kept as kept_a, y.kept as kept_b
from pairs p join held x on p.a = x.article join held y on p.b = y.article
"""


@dataclass(frozen=True)
class Statements:
    """What is asked of a database whose tables ``docs`` and ``rows`` are filled."""

    base: Base
    system: Joined
    source: Source
    progress: Progress

    def number(self) -> None:
        """Number the articles in the order of their ids. Raises IncidentError for repeated ids."""
        rows = [row for batch in self.base.batches(REPEATED) for row in batch.to_pylist()]
        refuse(repeated((row["doc_id"], self.source.shards[row["shard"]], row["line"]) for row in rows), self.source)
        self.base.keep("ids", IDS)

    def doc_ids(self) -> Iterator[pa.Array]:
        """The articles' ids, sorted."""
        for batch in self.base.batches("select doc_id from ids order by article"):
            yield batch["doc_id"]

    def found(self) -> Iterator[pa.Table]:
        """The records, sorted by their articles and by place."""
        self._score()
        names = self.system.schema.names
        columns = [f"{'xy'['ab'.index(name)]}.doc_id as {name}" if name in "ab" else f"s.{name}" for name in names]
        places = [f"s.{name}" for name in ("a_start", "b_start", "a_end", "b_end") if name in names]
        query = f"""select {", ".join(columns)} from scored s join ids x on s.a = x.article join ids y on s.b = y.article
            order by {", ".join(["s.a", "s.b", *places])}"""  # noqa: S608  (names of our own schema)
        for batch in self.base.batches(query):
            yield pa.Table.from_batches([batch]).cast(self.system.schema)

    def clusters(self, threshold: float | None) -> Iterator[pa.Table]:
        """Every article with the first id of its component, after ``found``; by records with such a score at least."""
        linked = "true" if threshold is None else f"score >= cast({threshold!r} as double)"
        self.base.keep("links", f"select a, b from scored where {linked}")  # noqa: S608  (a number)
        star_components(self.base, lambda done: self.progress("clustering", done, 0))
        for batch in self.base.batches(CLUSTERS):
            yield pa.Table.from_batches([batch])

    def _count(self) -> int:
        return sum(
            int(n) for batch in self.base.batches("select count(*) as n from ids") for n in batch["n"].to_pylist()
        )

    def _score(self) -> None:
        rule = self.system.rule(self._count())
        possible = rule_text(rule)
        steps = STEPS[rule.kind]
        for done, (name, query) in enumerate(steps.items()):
            self.progress("joining", done, len(steps))
            self.base.keep(name, query.format(limit=rule.limit, possible=possible))
        self.progress("joining", len(steps), len(steps))
        self.base.keep("held", HELD)
        schema = pa.schema(
            [pa.field(field.name, pa.int64()) if field.name in "ab" else field for field in self.system.schema]
        )
        self.progress("scoring", 0, 1)
        self.base.keep_mapped("scored", SCORING, partial(_scored, self.system, rule, schema), schema)
        self.progress("scoring", 1, 1)


def rule_text(rule: Rule) -> str:
    """The rule's `possible` in SQL."""
    shared, common, size = _POSSIBLE
    return f"{shared} + {common} >= cast({rule.share!r} as double) * {size} - cast({rule.slack!r} as double)"


def _scored(
    system: Joined, rule: Rule, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Runs where the database does: pairs with what is kept of both articles to records."""
    for batch in batches:
        for low in range(0, len(batch), CHUNK):
            some = batch.slice(low, CHUNK)
            count = len(some)
            kept = pa.concat_arrays([some[name].cast(pa.large_binary()) for name in ("kept_a", "kept_b")])
            pair, hit = np.arange(count), np.zeros(count, np.int64)
            if "hits" in some.schema.names:
                lengths = some["hits"].value_lengths().to_numpy()
                pair, hit = np.repeat(pair, lengths), some["hits"].flatten().to_numpy()
            table = system.scored(Candidates(pair, pair + count, hit >> 32, hit & 0xFFFFFFFF), kept, rule)
            a, b = (some[side].take(pa.array(table["a"].to_numpy())) for side in "ab")
            columns = {**{name: table[name] for name in table.column_names}, "a": a, "b": b}
            yield from pa.table([columns[name] for name in schema.names], names=schema.names).cast(schema).to_batches()


# Connected components ----------------------------------------------------------------------------------------------------

# an edge (u, v) has u > v; a large star gives every larger neighbour of u the least of u and its neighbours, a small star
# does so for u and its smaller neighbours (Kiveris, Lattanzi, Mirrokni, Rastogi & Vassilvitskii 2014)
BEGIN = "select distinct greatest(a, b) as u, least(a, b) as v from links where a <> b"
LARGE = """
select distinct e.v as u, m.least as v
from (select u, v from {edges} union all select v as u, u as v from {edges}) e
join (select u, least(u, min(v)) as least
      from (select u, v from {edges} union all select v as u, u as v from {edges}) both_ways group by u) m on e.u = m.u
where e.v > e.u
"""
SMALL = """
select distinct u, v from (
  select e.v as u, m.least as v from {edges} e join (select u, min(v) as least from {edges} group by u) m on e.u = m.u
  where e.v <> m.least
  union all select u, min(v) as v from {edges} group by u) stars
"""
DIFFERENT = "select count(*) as n from (select u, v from {new} except select u, v from {old}) fresh"
LABELS = """
select i.article as article, coalesce(e.v, i.article) as cluster from ids i left join {edges} e on i.article = e.u
"""


def star_components(base: Base, done: Callable[[int], None] = lambda _: None) -> int:
    """Keep ``labels`` (article, cluster = least article) of all ``ids`` under ``links`` (a, b); how many rounds it took.

    Every round has as many edges as the one before it or fewer; the number of rounds grows with the logarithm of the size.
    """
    base.keep("edges_0", BEGIN)
    rounds = 0
    while True:
        base.keep("large", LARGE.format(edges=f"edges_{rounds}"))
        base.keep(f"edges_{rounds + 1}", SMALL.format(edges="large"))
        rounds += 1
        done(rounds)
        query = DIFFERENT.format(new=f"edges_{rounds}", old=f"edges_{rounds - 1}")
        if not sum(int(n) for batch in base.batches(query) for n in batch["n"].to_pylist()):
            break
    base.keep("labels", LABELS.format(edges=f"edges_{rounds}"))
    return rounds
