"""The profile `maven-ere` against the coreference part of MAVEN-ERE's evaluate.py."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping

from event_documents import load
from template_documents import TYPES, Document, Event, Side, corpora, equal, partners, scored

from goldwire.measures import all_measures
from goldwire.tasks.coref import count_events
from references import CASES, agree, checkout

REFERENCE = load(checkout("THU-KEG/MAVEN-ERE") / "evaluate.py")


def clustered(rng: random.Random, shares: tuple[float, ...] = (0.0, 0.3, 0.5, 1.0)) -> Document:
    """A document of one-letter words, some of them the triggers of one event, or two, of each side."""
    size = rng.randint(1, 12)
    twice = 0.2 if len(shares) > 1 else 0.0

    def side(share: float) -> Side:
        instances = [f"i{i}" for i in range(rng.randint(1, 4))]
        return Side(
            tuple(
                Event((2 * i, 2 * i + 1), rng.choice(TYPES), rng.choice([*instances, None]), ())
                for i in range(size)
                for _ in range(1 + (rng.random() < twice))
                if rng.random() < share
            ),
            {},
        )

    return Document(" ".join("x" * size), side(rng.choice(shares)), side(rng.choice(shares)))


def clusters(side: Side, names: Mapping[int, int]) -> list[list[str]]:
    """Names of the mentions of each instance, whatever their types; those without a name are unknown ones."""
    found: dict[object, list[str]] = {}
    for number, event in enumerate(side.events):
        name = str(names[number]) if number in names else f"unknown{number}"
        found.setdefault(event.instance or number, []).append(name)
    return list(found.values())


def expected(documents: list[Document]) -> dict[str, float]:
    gold = {}
    for i, document in enumerate(documents):
        listed = clusters(document.gold, {number: number for number, _ in enumerate(document.gold.events)})
        gold[i] = {"events": [{"mention": [{"id": name} for name in cluster]} for cluster in listed]}
    pred = {i: {"coreference": clusters(d.pred, partners(d))} for i, d in enumerate(documents) if d.pred.events}
    found = REFERENCE.evaluate_coreference(gold, pred)
    figures = {name.replace(f"_{f}", f".{f}"): value / 100 for name, value in found.items()
               for f in ("precision", "recall", "f1") if name.endswith(f"_{f}")}  # fmt: skip
    return figures | {"coreference": sum(value for name, value in figures.items() if name.endswith("f1")) / 4}


def test_figures() -> None:
    for i in range(CASES):
        rng = random.Random(f"ere/{i}")
        documents = [clustered(rng) for _ in range(rng.randint(1, 4))]
        agree("MAVEN-ERE evaluate.py", equal(scored("maven-ere", documents)[1], expected(documents), documents))


def test_the_default_agrees_where_both_sides_have_the_same_mentions() -> None:
    measures = {name.removeprefix("event_coref."): measure for name, measure in all_measures().items()
                if name.startswith("event_coref.")}  # fmt: skip
    for i in range(CASES):
        rng = random.Random(f"ere default/{i}")
        documents = [clustered(rng, shares=(1.0,)) for _ in range(rng.randint(1, 4))]
        totals = count_events(*corpora(documents)).totals()
        theirs = {n: v for n, v in expected(documents).items() if n != "coreference" and not n.startswith("blanc")}
        ours = {}
        for name in theirs:
            measure = measures[name.replace("b_cubed", "b3").replace("ceaf", "ceafe")]
            value = float(measure.value({column: totals[column] for column in measure.columns}))
            ours[name] = 0.0 if math.isnan(value) else value  # the default leaves 0/0 undefined
        agree("MAVEN-ERE, the default", equal(ours, theirs, documents))
