"""Random documents with events on both sides, as corpora and as what event scorers read; how their files are loaded."""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.measures import get_measure
from goldwire.profiles.events import PROFILES
from goldwire.tasks import events

Span = tuple[int, int]
"""Tokens [start, end)."""

TYPES = ("Meet", "Life.Die", "life_die", "Transport")
ROLES = ("Place", "Agent", "Time")
REALIS = {
    "Actual": {"polarity": "POS", "modality": "ASSERTED", "tense": "PAST", "genericity": "SPECIFIC"},
    "Generic": {"polarity": "POS", "modality": "ASSERTED", "tense": "PAST", "genericity": "GENERIC"},
    "Other": {"polarity": "NEG", "modality": "ASSERTED", "tense": "PAST", "genericity": "SPECIFIC"},
    "NOT_ANNOTATED": {},
}


@dataclass(frozen=True)
class Event:
    trigger: Span
    type: str
    arguments: tuple[tuple[int, int, str], ...] = ()
    realis: str = "Actual"


@dataclass(frozen=True)
class Document:
    """Words, the events of both sides, the word each word depends on, and the gold entities as lists of spans."""

    words: tuple[str, ...]
    gold: tuple[Event, ...] = ()
    pred: tuple[Event, ...] = ()
    governors: tuple[int, ...] = ()
    entities: tuple[tuple[Span, ...], ...] = field(default=())

    def head(self, start: int, end: int) -> int:
        """The last word reached from the first one of [start, end) without leaving it."""
        at = start
        while start <= self.governors[at] < end and self.governors[at] != at:
            at = self.governors[at]
        return at

    def text(self, start: int, end: int) -> str:
        return " ".join(self.words[start:end])


# ------------------------------------------------------------------------------------------------------ random documents


@dataclass(frozen=True)
class Style:
    """How crowded, how varied and how wrong the documents of one case are."""

    words: int
    events: int
    arguments: int
    longest: int
    types: int
    roles: int
    error: float
    repeats: float


def style(rng: random.Random) -> Style:
    return Style(
        words=rng.choice([4, 8, 16]),
        events=rng.choice([1, 2, 2, 5]),
        arguments=rng.choice([1, 2, 3, 6]),
        longest=rng.choice([1, 2, 4]),
        types=rng.choice([1, 2, len(TYPES)]),
        roles=rng.choice([1, len(ROLES)]),
        error=rng.choice([0.0, 0.2, 0.4, 0.8]),
        repeats=rng.choice([0.0, 0.3]),
    )


def documents(
    rng: random.Random,
    *,
    same_events: bool = False,
    vocabulary: Sequence[str] | None = None,
    single_word_triggers: bool = False,
    crowd: int = 1,
) -> list[Document]:
    """One to four documents of one style.

    same_events: both sides have the same triggers and types, each once, as when arguments are predicted for gold
    events. vocabulary: words drawn at random; without it no word of a document occurs twice. crowd: how many times as
    many events.
    """
    of = style(rng)
    of = replace(of, events=of.events * crowd)
    made = []
    for _ in range(rng.randint(1, 4)):
        words = tuple(rng.choice(vocabulary) if vocabulary else f"w{i}" for i in range(of.words))
        gold = _events(rng, of, rng.randint(0, of.events), single_word_triggers)
        if same_events:
            gold = list({(event.trigger, event.type): event for event in gold}.values())
            pred = [replace(e, arguments=_perturbed(rng, of, e.arguments)) for e in gold]
        else:
            pred = [_wrong(rng, of, e, single_word_triggers) for e in gold if rng.random() > of.error / 2]
            pred += _events(rng, of, rng.choice([0, 0, 1, 2]), single_word_triggers)
            pred += [rng.choice(pred) for _ in range(rng.randint(0, 2)) if pred and rng.random() < of.repeats]
            gold += [rng.choice(gold) for _ in range(rng.randint(0, 2)) if gold and rng.random() < of.repeats]
            rng.shuffle(pred)
        governors = tuple(rng.randint(i, of.words - 1) for i in range(of.words))
        spans = sorted({a[:2] for e in (*gold, *pred) for a in e.arguments if rng.random() < 0.7})
        owners = [rng.randint(0, 2) for _ in spans]
        entities = tuple(tuple(s for s, o in zip(spans, owners, strict=True) if o == k) for k in range(3))
        made.append(Document(words, tuple(gold), tuple(pred), governors, entities))
    return made


def _span(rng: random.Random, of: Style, *, single: bool = False) -> Span:
    start = rng.randrange(of.words)
    return start, start + 1 if single else min(of.words, start + rng.randint(1, of.longest))


def _events(rng: random.Random, of: Style, count: int, single: bool) -> list[Event]:
    return [
        Event(
            _span(rng, of, single=single),
            rng.choice(TYPES[: of.types]),
            tuple(_argument(rng, of) for _ in range(rng.randint(0, of.arguments))),
            rng.choice(list(REALIS)),
        )
        for _ in range(count)
    ]


def _argument(rng: random.Random, of: Style) -> tuple[int, int, str]:
    return (*_span(rng, of), rng.choice(ROLES[: of.roles]))


def _perturbed(rng: random.Random, of: Style, arguments: Sequence[tuple[int, int, str]]) -> Any:
    """Some arguments dropped, some changed in role or span, some repeated, some new."""
    kept = [a for a in arguments if rng.random() > of.error / 3]
    kept = [(*a[:2], rng.choice(ROLES[: of.roles])) if rng.random() < of.error / 3 else a for a in kept]
    kept = [(*_span(rng, of), a[2]) if rng.random() < of.error / 3 else a for a in kept]
    kept += [a for a in kept if rng.random() < of.repeats]
    kept += [_argument(rng, of) for _ in range(rng.randint(0, 2)) if rng.random() < of.error]
    rng.shuffle(kept)
    return tuple(kept)


def _wrong(rng: random.Random, of: Style, event: Event, single: bool) -> Event:
    moved = rng.random() < of.error / 2
    return Event(
        _span(rng, of, single=single) if moved else event.trigger,
        rng.choice(TYPES[: of.types]) if rng.random() < of.error / 2 else event.type,
        _perturbed(rng, of, event.arguments),
        rng.choice(list(REALIS)) if rng.random() < of.error / 2 else event.realis,
    )


def alike(documents: Sequence[Document]) -> list[Document]:
    """Documents with the same words depend on each other in the same way, as they would for a parser."""
    first: dict[tuple[str, ...], tuple[int, ...]] = {}
    return [replace(d, governors=first.setdefault(d.words, d.governors)) for d in documents]


# ---------------------------------------------------------------------------------------------------------------- corpora


def corpora(documents: Sequence[Document]) -> tuple[Corpus, Corpus]:
    """Gold with texts, entities and events, and predictions with events; words become spans of code points."""
    names = tuple(f"d{i}" for i in range(len(documents)))
    gold: dict[str, list[dict[str, Any]]] = {"articles": [], "mentions": [], "triggers": [], "arguments": []}
    pred: dict[str, list[dict[str, Any]]] = {"triggers": [], "arguments": []}
    for name, document in zip(names, documents, strict=True):
        ends = np.cumsum([len(word) + 1 for word in document.words]) - 1
        starts = ends - [len(word) for word in document.words]

        def span(start: int, end: int, starts: Any = starts, ends: Any = ends) -> dict[str, int]:
            return {"start": int(starts[start]), "end": int(ends[end - 1])}

        gold["articles"].append({"doc_id": name, "text": " ".join(document.words)})
        gold["mentions"] += [
            {"doc_id": name, "entity_id": f"e{i}", **span(*mention)}
            for i, mentions in enumerate(document.entities)
            for mention in mentions
        ]
        for side, listed in ((gold, document.gold), (pred, document.pred)):
            for event in listed:
                number = str(len(side["triggers"]))
                about = {"doc_id": name, "event_id": number}
                side["triggers"].append({**about, **span(*event.trigger), "type": event.type, **REALIS[event.realis]})
                for start, end, role in event.arguments:
                    head = document.head(start, end)
                    heads = {"head_start": int(starts[head]), "head_end": int(ends[head])}
                    side["arguments"].append({**about, **span(start, end), **heads, "role": role})
    tables = [{t: pa.Table.from_pylist(rows, schema=SCHEMAS[t]) for t, rows in side.items()} for side in (gold, pred)]
    return Corpus(names, tables[0]), Corpus(names, tables[1])


def check(profile: str, documents: Sequence[Document], figures: Mapping[str, Sequence[float]]) -> int:
    """Compare counts and values of a profile with a reference's; returns how many numbers were compared.

    figures: name -> (gold, predicted, matched), with or without (precision, recall, F1) after them.
    """
    of = next(p for p in PROFILES if p.name == profile)
    totals = of.count(*corpora(documents)).totals()
    sums = {name: np.asarray(total) for name, total in totals.items()}
    measures = {measure.name: measure for measure in of.measures}
    compared = 0
    for name, numbers in figures.items():
        ours = [totals[f"{name}_{what}"] for what in ("gold", "pred", "matched")]
        if len(numbers) > 3:
            ours += [float(measures[f"{profile}.{name}.{x}"].value(sums)) for x in ("precision", "recall", "f1")]
        assert ours == pytest.approx(list(numbers), abs=1e-9, nan_ok=True), (profile, name, documents)
        compared += len(numbers)
    return compared


def check_default(
    documents: Sequence[Document], figures: Mapping[str, Sequence[float]], *, container: str = "set"
) -> int:
    """Compare counts and values of the task's own figures, whose 0/0 is undefined; as ``check``."""
    totals = events.count(*corpora(documents), container=container).totals()
    sums = {name: np.asarray(total) for name, total in totals.items()}
    compared = 0
    for name, numbers in figures.items():
        measures = [get_measure(f"events.{name}.{x}") for x in ("precision", "recall", "f1")]
        (right, predicted), (found, listed) = (measure.fraction(sums) or () for measure in measures[:2])
        assert [listed, predicted, right, found] == [*numbers[:3], numbers[2]]
        assert [float(np.nan_to_num(m.value(sums))) for m in measures] == pytest.approx(list(numbers[3:]), abs=1e-9)
        compared += len(numbers)
    return compared


# ------------------------------------------------------------------------------------------------------ reference sources


@contextmanager
def imports(stubs: Mapping[str, Any], folder: Path) -> Iterator[None]:
    """A place where a reference finds its own modules, with stand-ins for what it imports and does not need here.

    Modules of the checkout, several of which are called ``utils`` or ``scorer``, are forgotten afterwards, and nothing is
    written into it.
    """
    before, path, bytecode = dict(sys.modules), list(sys.path), sys.dont_write_bytecode
    sys.modules.update(stubs)
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.path[:], sys.dont_write_bytecode = path, bytecode
        for name, module in list(sys.modules.items()):
            own = str(getattr(module, "__file__", None) or "").startswith(str(folder))
            if name not in before and (own or name in stubs):
                del sys.modules[name]
        sys.modules.update({name: before[name] for name in stubs if name in before})


def load(
    file: Path, stubs: Mapping[str, Any] | None = None, *, name: str = "", folder: Path | None = None
) -> ModuleType:
    """A reference's source file as a module, run where it stands."""
    with imports(stubs or {}, folder or file.parent):
        spec = importlib.util.spec_from_file_location(name or f"reference_{file.stem}", file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        del sys.modules[spec.name]
    return module


def stub(name: str, **contents: Any) -> ModuleType:
    """A module that holds only the given names."""
    module = ModuleType(name)
    vars(module).update(contents)
    return module


def cases(count: int, seed: int, **options: Any) -> Iterator[list[Document]]:
    """As many cases of random documents, the same ones for the same seed."""
    for i in range(count):
        yield documents(random.Random(f"{seed}/{i}"), **options)
