"""Where references and the default disagree: each smallest example of tests/cases/disagreements, scored."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import goldwire
from conftest import TESTS
from goldwire.measures import parse_name
from goldwire.profiles import all_profiles

FILES = sorted((TESTS / "cases" / "disagreements").glob("*.json"))
CASES = [(path.stem, case) for path in FILES for case in json.loads(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("family", "case"), CASES, ids=[f"{family}-{case['id']}" for family, case in CASES])
def test_the_default_and_the_profiles_print_what_the_documentation_says(
    family: str, case: dict[str, Any], jsonl: Callable[..., Path]
) -> None:
    gold, pred = jsonl(case["gold"], f"{family}-gold.jsonl"), jsonl(case["pred"], f"{family}-pred.jsonl")
    scorers = {parse_name(name)[0].task for name in case["expected"]}
    profiles = sorted(scorers & all_profiles().keys())
    result = goldwire.score(pred, gold, tasks=sorted(scorers - set(profiles)), profiles=profiles)
    found = {name: result[name] for name in case["expected"]}
    assert found == {name: x if x is None else pytest.approx(x, abs=5e-5) for name, x in case["expected"].items()}


def test_no_two_examples_share_an_id() -> None:
    ids = [(family, case["id"]) for family, case in CASES]
    assert len(set(ids)) == len(ids)
