"""Random documents with entities on both sides, biased to nasty cases, as corpora and as lists of clusters."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from goldwire.corpus.tables import SCHEMAS, Corpus

Mention = tuple[int, int, int]
"""First token, last token, entity."""


@dataclass(frozen=True)
class Document:
    """Mentions of both sides in the order of a CoNLL file: by first token, those of one token first."""

    gold: list[Mention]
    pred: list[Mention]

    def side(self, name: str) -> list[Mention]:
        return self.gold if name == "gold" else self.pred


def cases(n: int, seed: int, *, repeats: bool = False) -> Iterator[list[Document]]:
    """Lists of one to three documents; with ``repeats`` the prediction has some mentions twice."""
    rng = random.Random(seed)
    for _ in range(n):
        yield [_document(rng, repeats) for _ in range(rng.choice((1, 1, 2, 3)))]


def _document(rng: random.Random, repeats: bool) -> Document:
    n_tokens, n_entities = rng.randint(3, 22), rng.choice((1, 2, 3, 5, 9))
    gold = _mentions(rng, n_tokens, n_entities, rng.choice((0, 1, 2, 5, 9, 14)))
    kind = rng.random()
    if kind < 0.06:
        pred = []
    elif kind < 0.16:
        pred = gold
    elif kind < 0.24:
        pred = [(start, end, i) for i, (start, end, _) in enumerate(gold)]
    elif kind < 0.3:
        pred = [(start, end, 0) for start, end, _ in gold]
    else:
        moved = [
            (start, end, rng.randrange(n_entities) if rng.random() < 0.3 else entity)
            for start, end, entity in gold
            if rng.random() < 0.85
        ]
        pred = moved + _mentions(rng, n_tokens, n_entities, rng.choice((0, 0, 1, 4)))
        pred = list({(start, end): entity for start, end, entity in pred}.items())
        pred = [(start, end, entity) for (start, end), entity in pred]
    if repeats and pred:
        again = [rng.choice(pred) for _ in range(rng.choice((0, 1, 2)))]
        pred = pred + [(start, end, rng.choice((entity, rng.randrange(n_entities)))) for start, end, entity in again]
    return Document(_ordered(_uncrossed(gold)), _ordered(_uncrossed(pred)))


def _mentions(rng: random.Random, n_tokens: int, n_entities: int, n: int) -> list[Mention]:
    spans: dict[tuple[int, int], int] = {}
    for _ in range(n):
        start = rng.randrange(n_tokens)
        spans[start, min(n_tokens - 1, start + rng.choice((0, 0, 0, 1, 2, 5)))] = rng.randrange(n_entities)
    return [(start, end, entity) for (start, end), entity in spans.items()]


def _uncrossed(mentions: list[Mention]) -> list[Mention]:
    """Without mentions that cross an earlier one of the same entity: the CoNLL format cannot write them."""
    kept: list[Mention] = []
    for start, end, entity in mentions:
        if not any(e == entity and (s < start <= t < end or start < s <= end < t) for s, t, e in kept):
            kept.append((start, end, entity))
    return kept


def _ordered(mentions: list[Mention]) -> list[Mention]:
    return sorted(mentions, key=lambda mention: (mention[0], mention[1] != mention[0]))


def corpora(documents: list[Document]) -> tuple[Corpus, Corpus]:
    """Gold and prediction, a token one code point long."""
    names = tuple(f"d{i}" for i in range(len(documents)))

    def corpus(side: str) -> Corpus:
        rows = [
            {"doc_id": name, "start": start, "end": end + 1, "entity_id": f"e{entity}"}
            for name, document in zip(names, documents, strict=True)
            for start, end, entity in document.side(side)
        ]
        return Corpus(names, {"mentions": pa.Table.from_pylist(rows, schema=SCHEMAS["mentions"])})

    return corpus("gold"), corpus("pred")


def clusters(mentions: list[Mention]) -> list[list[tuple[int, int]]]:
    """The entities as lists of spans."""
    found: dict[int, list[tuple[int, int]]] = {}
    for start, end, entity in mentions:
        found.setdefault(entity, []).append((start, end))
    return list(found.values())
