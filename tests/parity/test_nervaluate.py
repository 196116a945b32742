"""Entities in every order scored as nervaluate 1.2.1 does: its five counts and three figures, overall and by type."""

import random

import pyarrow as pa
import pytest

from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.profiles import get_profile
from goldwire.profiles.nervaluate import SCHEMES
from goldwire.tasks.entities import count
from references import CASES, agree

nervaluate = pytest.importorskip("nervaluate")

FIGURES = ("precision", "recall", "f1")
COUNTS = {"cor": "correct", "inc": "incorrect", "par": "partial", "mis": "missed", "spu": "spurious"}
PROFILE = get_profile("nervaluate")


def entities(rng, types, room, longest):
    return [
        (rng.choice(types), start, start + rng.randint(1, longest))
        for start in (rng.randint(0, room) for _ in range(rng.randint(0, 7)))
    ]


def random_documents(rng):
    """Crowded documents: nested, repeated, shifted and long mentions (whose hundredth part matters), sides in any order."""
    types = rng.choice((["A"], ["A", "B"], ["A", "B", "C"]))
    room, longest = rng.choice(((12, 6), (40, 8), (200, 260)))
    documents = []
    for _ in range(rng.randint(1, 4)):
        gold = entities(rng, types, room, longest)
        pred = entities(rng, types, room, longest) if rng.random() < 0.7 else []
        for kind, start, end in gold:
            draw = rng.random()
            if draw < 0.4:
                pred.append((kind, start, end))
            elif draw < 0.5:
                pred.append((rng.choice(types), start, end))
            elif draw < 0.6:
                pred.append((kind, max(0, start - rng.randint(0, 2)), end + rng.randint(0, 2)))
        rng.shuffle(pred)
        documents.append((gold, pred))
    return documents


def corpus(sides):
    rows = [
        {"doc_id": str(i), "type": kind, "start": start, "end": end}
        for i, side in enumerate(sides)
        for kind, start, end in side
    ]
    table = pa.Table.from_pylist(rows, schema=SCHEMAS["mentions"])
    return Corpus(tuple(map(str, range(len(sides)))), {"mentions": table})


def theirs(documents):
    """nervaluate takes the last code point where we take the one after it."""

    def listed(side):
        return [{"label": kind, "start": start, "end": end - 1} for kind, start, end in side]

    types = sorted({kind for sides in documents for side in sides for kind, *_ in side})
    gold, pred = ([listed(sides[i]) for sides in documents] for i in (0, 1))
    return nervaluate.Evaluator(gold, pred, tags=types, loader="dict").evaluate()


def assert_equal(totals, results):
    for scheme in SCHEMES:
        expected = results[scheme]
        assert {name: totals[f"{scheme}_{name}"] for name in COUNTS} == {
            name: getattr(expected, field) for name, field in COUNTS.items()
        }
    for measure in PROFILE.measures:
        _, scheme, figure = measure.name.split(".")
        assert float(measure.value(totals)) == pytest.approx(getattr(results[scheme], figure), abs=1e-12)


def test_counts_and_figures():
    rng = random.Random(3)
    for _ in range(CASES):
        documents = random_documents(rng)
        results = theirs(documents)
        counts = PROFILE.count(*(corpus([sides[i] for sides in documents]) for i in (0, 1)))
        assert_equal(counts.totals(), results["overall"])
        types = counts.facets["type"].labels
        assert sorted(types) == sorted(results["entities"])
        for kind in types:
            assert_equal(counts.select({"type": kind}).totals(), results["entities"][kind])
        agree("nervaluate 1.2.1", (1 + len(types)) * len(SCHEMES) * (len(COUNTS) + len(FIGURES)))


def flat_document(rng, types):
    """Every gold mention meets one prediction at most, and the other way round: the order cannot matter."""
    gold, pred = [], []
    for place in range(rng.randint(0, 8)):
        start, width = 20 * place + rng.randint(4, 8), rng.randint(1, 6)
        if rng.random() < 0.8:
            gold.append((rng.choice(types), start, start + width))
        if rng.random() < 0.8:
            shift = rng.choice([0, 0, 0, 1, -1, 3])
            kind = gold[-1][0] if gold and rng.random() < 0.7 else rng.choice(types)
            pred.append((kind, start + shift, start + shift + width + rng.choice([0, 0, 1])))
    return gold, pred


def test_the_default_agrees_where_order_cannot_matter():
    rng = random.Random(4)
    for _ in range(CASES):
        documents = [flat_document(rng, "AB") for _ in range(rng.randint(1, 3))]
        results = theirs(documents)["overall"]
        totals = count(*(corpus([sides[i] for sides in documents]) for i in (0, 1))).totals()
        for scheme, name in (("strict", "strict"), ("exact", "exact"), ("type", "ent_type")):
            assert totals[f"{scheme}_gold"] == results[name].correct
        partial = results["partial"]
        assert totals["partial_pred"] == partial.correct + 0.5 * partial.partial
        assert totals["err_boundary"] + totals["err_boundary_type"] == partial.partial
        assert (totals["err_missing"], totals["err_spurious"]) == (partial.missed, partial.spurious)
        assert (totals["gold"], totals["pred"]) == (partial.possible, partial.actual)
        agree("nervaluate 1.2.1, default measures on flat mentions", 9)
