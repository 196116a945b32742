"""Agreement of two annotations: kappa against an independent library, figures worked out on the Harbour corpus."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

import goldwire
from conftest import ROOT, TESTS
from goldwire.building.agreement import Agreement, agree
from goldwire.stats.agreement import cohen_kappa

LABELS = ["none", "trace", "partial", "major", "whole"]
pairs = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=30)


@settings(max_examples=150, deadline=None)
@given(pairs)
def test_kappa_is_that_of_scikit_learn(rows: list[tuple[str, str]]) -> None:
    one, other = zip(*rows, strict=True)
    for weights, order in ((None, None), ("quadratic", LABELS)):
        ours = cohen_kappa(one, other, order=order)
        if len({*one, *other}) == 1:
            assert ours is None  # one label only: chance alone agrees perfectly
            continue
        theirs = cohen_kappa_score(one, other, labels=order, weights=weights)
        assert ours == pytest.approx(theirs, abs=1e-12)


def test_kappa_worked_example() -> None:
    # observed 3/4, expected 1/2 * 3/4 + 1/2 * 1/4 = 1/2: kappa = (3/4 - 1/2) / (1 - 1/2)
    assert cohen_kappa("aabb", "aaba") == pytest.approx(0.5)
    assert cohen_kappa([], []) is None
    with pytest.raises(ValueError, match="not of the same items"):
        cohen_kappa("a", "ab")


def figures(rows: list[Agreement]) -> dict[str, Agreement]:
    return {f"{row.layer}: {row.figure}": row for row in rows}


def test_an_annotation_agrees_with_itself() -> None:
    for row in agree(TESTS / "corpus", TESTS / "corpus"):
        assert row.value in (1.0, None), row
        assert row.both <= min(row.a, row.b)


def test_every_kind_of_disagreement_shows_where_it_is(source: Path) -> None:
    def edit(name: str, old: str, new: str) -> None:
        path = source / "gold" / name
        assert old in path.read_text(encoding="utf-8")
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    before = figures(agree(TESTS / "corpus", source))
    edit("n1.json", '"level": "PRO"', '"level": "NOM"')
    edit("n1.json", '"value": "2024-05-06"', '"value": "2024-05-13"')
    edit("n1.json", '"modality": "INTENDED"', '"modality": "EXPECTED"')
    edit("n3.json", '{"id": "n3.m2"', '{"id": "n3.m0"')  # ids are the annotators' own: no disagreement
    edit("duplicates.json", '"story": "unrelated"', '"story": "background_only"')
    after = figures(agree(TESTS / "corpus", source))
    changed = {name for name, row in after.items() if row.value != before[name].value}
    assert changed == {
        "entities: level kappa",
        "times: times.value.accuracy",
        "events: modality kappa",
        "pairs: story kappa",
    }
    assert after["times: times.value.accuracy"].value == pytest.approx(3 / 4)
    assert after["entities: level kappa"].both == 17


def test_agreement_is_symmetric(source: Path) -> None:
    path = source / "gold" / "n2.json"
    row = '  {"id": "n2.m6", "start": 107,'
    text = path.read_text(encoding="utf-8")
    path.write_text("".join(x for x in text.splitlines(keepends=True) if not x.startswith(row)), encoding="utf-8")
    there, back = agree(TESTS / "corpus", source), agree(source, TESTS / "corpus")
    assert [(x.figure, x.value, x.a, x.b) for x in there] == [(x.figure, x.value, x.b, x.a) for x in back]
    strict = figures(there)["entities: entities.strict.f1"]
    assert (strict.value, strict.a, strict.b, strict.both) == (pytest.approx(2 * 16 / 33), 17, 16, 16)


def test_annotations_of_other_articles_are_refused() -> None:
    with pytest.raises(goldwire.UsageError, match="not of the same articles"):
        agree(TESTS / "corpus", ROOT / "annotations")


def test_a_pass_lies_inside_its_corpus(source: Path) -> None:
    shutil.copytree(source / "gold", source / "passes" / "one")
    assert list(goldwire.validate(source / "passes" / "one")) == []
    assert all(row.value in (1.0, None) for row in agree(source / "passes" / "one", source))


def test_the_verb_lists_every_difference(cli: Callable[..., Any], source: Path) -> None:
    path = source / "gold" / "n1.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"level": "PRO"', '"level": "NOM"'), encoding="utf-8")
    listed = cli("agree", TESTS / "corpus", source, "--differences")
    assert listed.stdout == 'mentions: n1:3 She: "PRO" | "NOM"\n'
    (row,) = [
        json.loads(line)
        for line in cli("agree", TESTS / "corpus", source, "--differences", "-f", "json").stdout.splitlines()
    ]
    assert (row["key"], row["one"], row["other"]) == ("mentions/n1:99-102/level", "PRO", "NOM")


def test_the_verb_prints_a_table_or_json(cli: Callable[..., Any]) -> None:
    table = cli("agree", TESTS / "corpus", TESTS / "corpus")
    assert table.returncode == 0
    assert ["entities", "entities.strict.f1", "1.000", "17", "17", "17"] in [
        x.split() for x in table.stdout.splitlines()
    ]
    rows = json.loads(cli("agree", TESTS / "corpus", TESTS / "corpus", "-f", "json").stdout)
    assert rows[0] == {
        "layer": "entities", "figure": "entities.strict.f1", "value": 1.0, "a": 17, "b": 17, "both": 17
    }  # fmt: skip
