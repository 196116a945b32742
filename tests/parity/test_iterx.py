"""The profiles `iterx-subset` and `iterx-phi3` against IterX's CEAF-RME scorers, numerators and denominators."""

from __future__ import annotations

import importlib
from collections import OrderedDict
from types import ModuleType
from typing import Any

import pytest
from event_documents import imports, stub
from template_documents import Document, Side, cases, corpora, equal, fillers, scored

from goldwire.tasks.instances import count
from references import CASES, agree, checkout

SOURCE = checkout("wanmok/iterx") / "src"


class Metric:
    """In place of AllenNLP's class, of which nothing is used."""

    @staticmethod
    def register(_name: str):
        return lambda cls: cls


def overrides(method=None, **_options):
    return (lambda decorated: decorated) if method is None else method


def package(name: str) -> ModuleType:
    """A package of IterX without what its __init__ imports."""
    module = ModuleType(name)
    module.__path__ = [str(SOURCE / name.replace(".", "/"))]
    return module


STUBS = {
    "torch": stub("torch", Tensor=object),
    "allennlp": stub("allennlp"),
    "allennlp.nn": stub("allennlp.nn"),
    "allennlp.nn.util": stub("allennlp.nn.util", dist_reduce_sum=lambda number: number),
    "allennlp.training": stub("allennlp.training"),
    "allennlp.training.metrics": stub("allennlp.training.metrics", Metric=Metric),
    "allennlp.training.metrics.metric": stub("allennlp.training.metrics.metric", Metric=Metric),
    "overrides": stub("overrides", overrides=overrides),
    **{name: package(name) for name in ("iterx", "iterx.metrics", "iterx.metrics.muc")},
}
with imports(STUBS, SOURCE):
    REFERENCE = importlib.import_module("iterx.metrics.muc.ceaf_rme")


def templates(document: Document, side: Side) -> list[OrderedDict]:
    return [
        OrderedDict(
            incident_type=kind,
            **{
                role: [document.strings(side, key) for key in keys]
                for role, keys in fillers([event for _, event in events]).items()
            },
        )
        for kind, events in side.templates()
    ]


def run(function: str, documents: list[Document]) -> Any:
    """The scorer after all documents."""
    constructor = REFERENCE.SCORER_CONSTRUCTOR[REFERENCE.ScoreFunction(function)]
    scorer = constructor(constructor.ceafe)
    sides = [
        REFERENCE.generate_scoring_structures({i: templates(d, getattr(d, which)) for i, d in enumerate(documents)})
        for which in ("pred", "gold")
    ]
    for i in range(len(documents)):
        scorer.update(sides[0][i], sides[1][i], None, None)
    return scorer


def counts(scorer: Any) -> tuple[float, float, float, float]:
    return (
        scorer.precision_numerator,
        scorer.precision_denominator,
        scorer.recall_numerator,
        scorer.recall_denominator,
    )


@pytest.mark.parametrize(
    ("profile", "function", "columns"),
    [
        ("iterx-subset", "phi-subset", ("right", "pred", "found", "gold")),
        ("iterx-phi3", "phi-3", ("matched", "pred", "matched", "gold")),
    ],
)
def test_counts_and_figures(profile: str, function: str, columns: tuple[str, ...]) -> None:
    for documents in cases(CASES, seed=11):
        scorer = run(function, documents)
        totals, figures = scored(profile, documents)
        numbers = equal(totals, dict(zip(columns, counts(scorer), strict=True)), documents)
        expected = dict(zip(("ceaf_rme.precision", "ceaf_rme.recall", "ceaf_rme.f1"), scorer.get_prf(), strict=True))
        agree(f"IterX {function}", numbers + equal(figures, expected, documents))


def test_the_default_agrees_where_strings_are_spans() -> None:
    for documents in cases(CASES, seed=12, among=("attack", "bombing", "arson"), plain=True):
        totals = count(*corpora(documents)).totals()
        numbers = equal(
            totals,
            dict(
                zip(
                    ("phi3_matched", "phi3_pred", "phi3_matched", "phi3_gold"),
                    counts(run("phi-3", documents)),
                    strict=True,
                )
            ),
            documents,
        )
        right, pred, found, gold = counts(run("phi-subset", documents))
        numbers += equal(totals, {"rme_right": right, "rme_pred": pred, "rme_gold": gold}, documents)
        assert totals["rme_found"] >= found  # of equal alignments the default takes one that finds most
        agree("IterX, the default", numbers)
