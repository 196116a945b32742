"""The profile `plagdet` prints what PAN's scripts printed, from files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import goldwire
from conftest import TESTS
from goldwire.profiles import get_profile

CASES = json.loads((TESTS / "cases" / "profiles" / "passages.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_numbers_are_those_of_the_reference(case: dict[str, Any], jsonl: Callable[..., Path]) -> None:
    gold, pred = jsonl(case["gold"], "gold.jsonl"), jsonl(case["pred"], "pred.jsonl")
    result = goldwire.score(pred, gold, profiles=[case["profile"]])
    assert set(case["expected"]) == {measure.name for measure in get_profile("plagdet").measures}
    for name, expected in case["expected"].items():
        value = result.values[name]
        if isinstance(expected, list):
            assert [value.numerator, value.denominator] == expected, name
        else:
            assert value.value == pytest.approx(expected, abs=1e-12), name
