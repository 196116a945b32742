"""What holds for every profile, whatever it reproduces; the families' own tests hold their numbers."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

import goldwire
from conftest import gold_records
from goldwire.errors import UsageError
from goldwire.measures import parse_name
from goldwire.profiles import all_profiles, get_profile
from goldwire.results import Result, evaluate

PROMISED = [
    "conlleval",
    "seqeval",
    "seqeval-strict",
    "nervaluate",
    "conll2012",
    "corefud",
    "textee",
    "oneie",
    "dygie",
    "text2event",
    "omnievent",
    "rams",
    "rams-as-shipped",
    "bartgen",
    "paie",
    "kbp2017",
    "grit",
    "iterx-subset",
    "iterx-phi3",
    "maven-arg",
    "maven-ere",
    "plagdet",
]


@pytest.fixture
def partly(gold: goldwire.Corpus, jsonl: Callable[..., Path]) -> Path:
    """Half of the mentions and two thirds of the passages of the gold, in another order."""
    header, *records = gold_records(gold)
    random.Random(1).shuffle(records)
    halved = [{**r, "entities": r["entities"][1::2]} if "entities" in r else r for r in records]
    return jsonl([header, *(r for i, r in enumerate(halved) if i % 3 or "entities" in r)])


def test_every_promised_scorer_has_a_profile() -> None:
    assert set(PROMISED) <= all_profiles().keys()


def test_every_value_of_every_profile_comes_from_the_counts_that_are_written(
    gold: goldwire.Corpus, partly: Path
) -> None:
    result = goldwire.score(partly, gold, profiles=list(all_profiles()))
    read = Result.from_dict(json.loads(result.to_json()))
    assert set(read.tasks) == all_profiles().keys()
    for name, stated in read.values.items():
        measure, _ = parse_name(name)
        assert evaluate(measure, read.counts[measure.task]) == stated, name
    assert sum(value.value is not None for value in read.values.values()) > 100


def test_the_signature_names_the_profile_and_claims_nothing_else(gold: goldwire.Corpus, partly: Path) -> None:
    result = goldwire.score(partly, gold, profiles=["textee"])
    stated = dict(part.partition(":")[::2] for part in result.signature.split("|"))
    assert stated.keys() == {"goldwire", "profile", "missing", "gold"}
    assert stated["profile"] == "textee"


def test_a_profile_stands_beside_a_task_where_both_are_asked_for(gold: goldwire.Corpus, partly: Path) -> None:
    result = goldwire.score(partly, gold, tasks=["entities"], profiles=["seqeval"])
    assert result.tasks == ("entities", "seqeval")
    assert result["seqeval.micro.f1"] == pytest.approx(result["entities.strict.f1"])


def test_an_unknown_profile_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'textee'"):
        get_profile("texte")


class TestCommandLine:
    def test_a_profile_is_scored_listed_and_explained(
        self, cli: Callable[..., CompletedProcess[str]], partly: Path
    ) -> None:
        done = cli("score", partly, "--profile", "conll2012", "-m", "conll2012.conll")
        assert done.returncode == 0, done.stderr
        assert "profile:conll2012" in done.stdout
        assert "rams-as-shipped" in cli("list", "profiles").stdout
        told = cli("list", "profiles", "rams-as-shipped").stdout
        assert "Precision is divided by the gold items" in told

    def test_a_label_map_makes_other_types_legal_and_stands_in_the_signature(
        self, cli: Callable[..., CompletedProcess[str]], gold: goldwire.Corpus, jsonl: Callable[..., Path]
    ) -> None:
        rows = [row for row in gold["mentions"].to_pylist() if row["type"] == "PERSON"]
        by_doc: dict[str, list[dict[str, object]]] = {}
        for row in rows:
            by_doc.setdefault(row["doc_id"], []).append({"start": row["start"], "end": row["end"], "type": "PER"})
        path = jsonl([{"doc_id": doc, "entities": entities} for doc, entities in by_doc.items()])
        assert cli("score", path, "--task", "entities").returncode == 1  # PER is no type of the gold's
        done = cli("score", path, "--task", "entities", "--map", "conll", "--slice", "type", "-f", "json")
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        assert result["values"]["entities.strict.recall[type=PER]"]["value"] == 1.0
        assert "|map:conll|" in result["signature"]
        assert cli("score", path, "--map", "conl").returncode == 2
