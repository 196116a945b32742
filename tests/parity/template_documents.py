"""Random documents with event instances and entities on both sides, as corpora and in the words of the references."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest

from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.profiles.templates import PROFILES

Span = tuple[int, int]
"""Characters [start, end)."""

WORDS = (
    "the",
    "The",
    "Taliban",
    "taliban",
    "a",
    "Moscow",
    "Moscow,",
    "U.S.",
    "us",
    "officials",
    "China",
    "-",
    "an",
    "in",
)
VOCABULARIES = (WORDS, ("Taliban", "officials", "Moscow", "China", "the"), tuple(f"w{i}" for i in range(12)))
"""Few words and many articles, few words, mostly different words."""

ROLES = ("PerpInd", "PerpOrg", "Target", "Victim", "Weapon")
TYPES = ("attack", "bombing", "attack / bombing", "arson/attack", "arson")


@dataclass(frozen=True)
class Argument:
    """A filler at a span; ``entity`` is None where the span is an entity of its own."""

    role: str
    span: Span
    entity: str | None

    @property
    def key(self) -> object:
        """What tells the entity apart in its document."""
        return self.entity if self.entity is not None else self.span


@dataclass(frozen=True)
class Event:
    trigger: Span
    type: str
    instance: str | None
    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class Side:
    """One side of a document: its event mentions, and what mentions its entities have beside their arguments."""

    events: tuple[Event, ...]
    mentions: Mapping[str, tuple[Span, ...]]

    def templates(self) -> list[tuple[str, list[tuple[int, Event]]]]:
        """Type and event mentions (with their number) of every instance, in the order of the first mention."""
        found: dict[object, tuple[str, list[tuple[int, Event]]]] = {}
        for number, event in enumerate(self.events):
            key = (event.type, event.instance if event.instance is not None else number)
            found.setdefault(key, (event.type, []))[1].append((number, event))
        return list(found.values())

    def spans(self, key: object) -> list[Span]:
        """The distinct spans an entity is mentioned at, in text order."""
        own = {a.span for e in self.events for a in e.arguments if a.key == key}
        return sorted(own | set(self.mentions.get(key, ())) if isinstance(key, str) else own)


@dataclass(frozen=True)
class Document:
    text: str
    gold: Side
    pred: Side

    def strings(self, side: Side, key: object) -> list[str]:
        """The distinct strings of an entity, in text order."""
        return list(dict.fromkeys(self.text[start:end] for start, end in side.spans(key)))


def fillers(events: Sequence[Event]) -> dict[str, list[object]]:
    """Role -> its entities, each once, in order of appearance."""
    found: dict[str, dict[object, None]] = {}
    for event in events:
        for argument in event.arguments:
            found.setdefault(argument.role, {})[argument.key] = None
    return {role: list(keys) for role, keys in found.items()}


def partners(document: Document) -> dict[int, int]:
    """Predicted event mention -> gold one with the same trigger, equal types first, then in order."""
    free = list(enumerate(document.gold.events))
    found: dict[int, int] = {}
    for same in ("type", "span"):
        for number, event in enumerate(document.pred.events):
            for candidate in free:
                i, gold = candidate
                if number in found or gold.trigger != event.trigger or (same == "type" and gold.type != event.type):
                    continue
                found[number] = i
                free.remove(candidate)
                break
    return found


# ------------------------------------------------------------------------------------------------------ random documents


def documents(rng: random.Random, *, among: Sequence[str] = TYPES, plain: bool = False) -> list[Document]:
    """A few documents: crowded or sparse, of one type or many, with and without entities, a side empty now and then.

    among: the types there may be. plain: all words of a document are different, so that a string means one span.
    """
    types = rng.sample(among, min(rng.choice([1, 1, 2, len(among)]), len(among)))
    roles = rng.sample(ROLES, rng.choice([1, 2, len(ROLES)]))
    crowd = rng.choice([1, 2, 4, 7])
    vocabulary = rng.choice(VOCABULARIES)
    found = []
    for _ in range(rng.randint(1, 3)):
        size = rng.randint(3, 14)
        words = [f"w{i}" for i in range(size)] if plain else rng.choices(vocabulary, k=size)
        found.append(_document(rng, words, types, roles, crowd, among))
    return found


def _document(
    rng: random.Random,
    words: Sequence[str],
    types: Sequence[str],
    roles: Sequence[str],
    crowd: int,
    among: Sequence[str],
) -> Document:
    start = [sum(len(word) + 1 for word in words[:i]) for i in range(len(words))]
    spans = [
        (start[i], start[j] + len(words[j])) for i in range(len(words)) for j in range(i, min(i + rng.choice([1, 3]), len(words)))
    ]  # fmt: skip
    gold = _side(rng, types, roles, crowd, spans)
    pred = _wrong(rng, gold, roles, spans, among) if rng.random() < 0.6 else _side(rng, types, roles, crowd, spans)
    return Document(" ".join(words), gold, pred)


def _side(rng: random.Random, types: Sequence[str], roles: Sequence[str], crowd: int, spans: Sequence[Span]) -> Side:
    named = rng.choice([0.0, 0.7, 1.0])
    names = [f"e{i}" for i in range(rng.randint(1, 5))]
    instances = [f"i{i}" for i in range(rng.randint(1, 3))]
    events = tuple(
        Event(
            rng.choice(spans),
            rng.choice(types),
            rng.choice([*instances, None]),
            tuple(_argument(rng, roles, names, named, spans) for _ in range(rng.choice([0, 1, 2, 5]))),
        )
        for _ in range(rng.randint(0, crowd))
    )
    return Side(events, {name: tuple(rng.choices(spans, k=rng.randint(0, 3))) for name in names})


def _argument(
    rng: random.Random, roles: Sequence[str], names: Sequence[str], named: float, spans: Sequence[Span]
) -> Argument:
    return Argument(rng.choice(roles), rng.choice(spans), rng.choice(names) if rng.random() < named else None)


def _wrong(rng: random.Random, side: Side, roles: Sequence[str], spans: Sequence[Span], among: Sequence[str]) -> Side:
    """The side with arguments dropped, moved, repeated, split off and given other roles."""
    error = rng.choice([0.0, 0.2, 0.5])

    def changed(argument: Argument) -> list[Argument]:
        if rng.random() >= error:
            return [argument]
        entity = rng.choice([argument.entity, None, "e0"])
        other = Argument(rng.choice([argument.role, rng.choice(roles)]), rng.choice(spans), entity)
        return rng.choice([[], [other], [argument, argument], [argument, other]])

    events = []
    for event in side.events:
        if rng.random() < error / 2:
            continue
        trigger = rng.choice(spans) if rng.random() < error / 2 else event.trigger
        kind = rng.choice(among) if rng.random() < error / 2 else event.type
        instance = rng.choice([event.instance, None, "i0"]) if rng.random() < error else event.instance
        arguments = tuple(new for argument in event.arguments for new in changed(argument))
        events.append(Event(trigger, kind, instance, arguments))
    rng.shuffle(events)
    return Side(tuple(events), side.mentions)


def cases(count: int, seed: int, **options: Any) -> Iterator[list[Document]]:
    """As many cases of random documents, the same ones for the same seed."""
    for i in range(count):
        yield documents(random.Random(f"{seed}/{i}"), **options)


# --------------------------------------------------------------------------------------------------------------- corpora


def corpora(documents: Sequence[Document]) -> tuple[Corpus, Corpus]:
    """Both sides as corpora; documents without predictions are missing from the predictions."""
    names = [f"d{i}" for i in range(len(documents))]
    built = []
    for which in ("gold", "pred"):
        rows: dict[str, list[dict[str, object]]] = {"triggers": [], "arguments": [], "mentions": [], "articles": []}
        for name, document in zip(names, documents, strict=True):
            side: Side = getattr(document, which)
            rows["articles"].append({"doc_id": name, "text": document.text, "length": len(document.text)})
            for entity, spans in side.mentions.items():
                rows["mentions"] += [{"doc_id": name, "start": s, "end": e, "entity_id": entity} for s, e in spans]
            for number, event in enumerate(side.events):
                of = {"doc_id": name, "event_id": f"v{number}"}
                start, end = event.trigger
                rows["triggers"].append(
                    {**of, "start": start, "end": end, "type": event.type, "instance_id": event.instance}
                )
                rows["arguments"] += [
                    {**of, "role": a.role, "start": a.span[0], "end": a.span[1], "entity_id": a.entity}
                    for a in event.arguments
                ]
        if which == "pred":
            del rows["articles"]
        tables = {table: pa.Table.from_pylist(found, schema=SCHEMAS[table]) for table, found in rows.items()}
        seen = {row["doc_id"] for row in rows["triggers"]}
        built.append(Corpus(tuple(n for n in names if which == "gold" or n in seen), tables))
    return built[0], built[1]


def scored(profile: str, documents: Sequence[Document]) -> tuple[dict[str, float], dict[str, float]]:
    """The profile's counts, summed over all documents, and its figures by what follows its name."""
    chosen = next(p for p in PROFILES if p.name == profile)
    totals = chosen.count(*corpora(documents)).totals()
    figures = {
        measure.name.removeprefix(f"{profile}."): float(measure.value({c: totals[c] for c in measure.columns}))
        for measure in chosen.measures
    }
    return totals, figures


def equal(found: Mapping[str, float], expected: Mapping[str, float], documents: Sequence[Document]) -> int:
    """Check the named numbers to 1e-9 and return how many they are; NaN equals NaN."""
    ours = {name: found[name] for name in expected}
    assert ours == pytest.approx(dict(expected), abs=1e-9, nan_ok=True), documents
    return len(expected)
