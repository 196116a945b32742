"""Seeded data: gold and noisy predictions as columns and as corpora.

Mentions are drawn on a line of words and lie one behind the other, as flat scorers need them; documents are stretches
of that line. Noise is what systems really do: borders one word off, wrong types, mentions missed and invented, two
made into one and one into two, entities merged and split.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.counts import IntArray

SEED = 20211019
TYPES = ("FAC", "GPE", "LOC", "ORG", "PERSON", "PRODUCT")
_SHARES = (0.05, 0.3, 0.05, 0.25, 0.3, 0.05)


@dataclass(frozen=True)
class Mentions:
    """One side's mentions in text order. All columns are (mentions,).

    doc: document code. first, last: words [first, last) on the line of all documents. type: index into TYPES.
    entity: code of the entity, each of one document.
    words: (documents + 1,) where on the line each document begins. letters: (words + 1,) offset of each word from the
    start of the line, in characters. prefix: of the documents' names.
    """

    doc: IntArray
    first: IntArray
    last: IntArray
    type: IntArray
    entity: IntArray
    words: IntArray
    letters: IntArray
    prefix: str = "doc"

    @property
    def documents(self) -> int:
        """Number of documents."""
        return len(self.words) - 1

    @cached_property
    def doc_ids(self) -> tuple[str, ...]:
        """Names of the documents."""
        return tuple(f"{self.prefix}{i:06d}" for i in range(self.documents))

    @cached_property
    def offsets(self) -> tuple[IntArray, IntArray]:
        """(start, end) in characters of the mention's document; a word ends one space before the next."""
        base = self.letters[self.words[self.doc]]
        return self.letters[self.first] - base, self.letters[self.last] - 1 - base

    @cached_property
    def bounds(self) -> IntArray:
        """(documents + 1,) first row of each document."""
        return np.searchsorted(self.doc, np.arange(self.documents + 1))

    def of(self, documents: int) -> Mentions:
        """The first documents."""
        keep = self.doc < documents
        columns = {name: getattr(self, name)[keep] for name in ("doc", "first", "last", "type", "entity")}
        return replace(self, **columns, words=self.words[: documents + 1])

    def table(self) -> pa.Table:
        """The rows as a corpus table."""
        start, end = self.offsets
        columns = {
            "doc_id": pa.array(self.doc_ids).take(pa.array(self.doc)),
            "start": pa.array(start, pa.int32()),
            "end": pa.array(end, pa.int32()),
            "type": pa.array(TYPES).take(pa.array(self.type)),
            "entity_id": pa.array(self.entity).cast(pa.string()),
        }
        schema = SCHEMAS["mentions"]
        none = {field.name: pa.nulls(len(self.doc), field.type) for field in schema}
        return pa.table({**none, **columns}, schema=schema)

    def corpus(self, name: str) -> Corpus:
        """The rows as a Corpus."""
        return Corpus(self.doc_ids, {"mentions": self.table()}, name=name)


def mentions(
    documents: int, per_document: int, *, entities: int = 8, seed: int = SEED, prefix: str = "doc"
) -> tuple[Mentions, Mentions]:
    """(gold, predictions) with ``per_document`` gold mentions in every document, of about ``entities`` entities."""
    rng = np.random.default_rng(seed)
    n = documents * per_document
    length = rng.choice([1, 2, 3, 4], n, p=[0.5, 0.3, 0.15, 0.05])
    gap = rng.integers(4, 16, n)
    last = np.cumsum(gap + length)
    words = np.append(0, last[per_document - 1 :: per_document] + 2)
    letters = np.append(0, np.cumsum(rng.integers(2, 12, int(words[-1]))))
    popularity = 1 / np.arange(1, entities + 1)
    entity = rng.choice(entities, n, p=popularity / popularity.sum())
    gold = Mentions(
        doc=np.repeat(np.arange(documents), per_document),
        first=last - length,
        last=last,
        type=rng.choice(len(TYPES), n, p=_SHARES),
        entity=np.repeat(np.arange(documents), per_document) * 2 * entities + entity,
        words=words,
        letters=letters,
        prefix=prefix,
    )
    return gold, _noisy(gold, entities, rng)


def _noisy(gold: Mentions, entities: int, rng: np.random.Generator) -> Mentions:
    n = len(gold.doc)
    draw = rng.random(n)
    first, last, kind = gold.first.copy(), gold.last.copy(), gold.type.copy()
    doc, entity = gold.doc, gold.entity.copy()
    room = np.append(gold.first[1:], gold.words[-1]) - gold.last
    joins = (draw < 0.01) & np.append(doc[1:] == doc[:-1], False)  # takes the next mention in
    last[joins] = gold.last[np.flatnonzero(joins) + 1]
    kept = (draw < 0.92) & ~np.append(False, joins[:-1])
    split = kept & ~joins & (draw < 0.03) & (last - first >= 2)
    moved = kept & ~joins & ~split & (draw >= 0.03) & (draw < 0.10)
    which = rng.integers(0, 3, n)
    first[moved & (which == 0)] -= 1
    last[moved & (which == 1)] += 1
    shorter = moved & (which == 2) & (last - first >= 2)
    last[shorter] -= 1
    retyped = rng.random(n) < 0.05
    kind[retyped] = rng.integers(0, len(TYPES), int(retyped.sum()))
    strays = rng.random(n) < 0.06  # linked to another entity of the document, or to one of its own
    own = doc * 2 * entities
    entity[strays] = (own + rng.integers(0, 2 * entities, n))[strays]
    merged = (entity - own) == 1  # the two most frequent entities are one in every tenth document
    entity[merged & (doc % 10 == 0)] -= 1
    invented = (room >= 6) & (rng.random(n) < 0.12) & ~joins
    spare = gold.last + 2
    middle = first + 1

    def rows(*parts: IntArray) -> IntArray:
        return np.concatenate(parts)

    order_by = rows(first[kept], middle[split], spare[invented])
    ends = rows(np.where(split, middle, last)[kept], last[split], spare[invented] + 1)
    order = np.argsort(order_by, kind="stable")
    inside = order_by < gold.words[rows(doc[kept], doc[split], doc[invented]) + 1]
    order = order[inside[order]]
    odd = rng.integers(0, len(TYPES), n)
    return replace(
        gold,
        doc=rows(doc[kept], doc[split], doc[invented])[order],
        first=order_by[order],
        last=ends[order],
        type=rows(kind[kept], kind[split], odd[invented])[order],
        entity=rows(entity[kept], entity[split], (own + 2 * entities - 1)[invented])[order],
    )
