"""The benchmarks run, on data that are what they say, and every program gets the same. Nothing is timed here."""

from __future__ import annotations

import importlib
import math
import shutil
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import goldwire
from conftest import ROOT

sys.path.insert(0, str(ROOT))

from benchmarks import clusters, coreference, entities, events, pairs, passages
from benchmarks.__main__ import GROUPS, main
from benchmarks.data import Mentions, mentions
from benchmarks.files import jsonl_file, parquet_file
from benchmarks.labels import write_labels
from benchmarks.measure import Measured, measure
from benchmarks.plan import Case, Program, Target, checkout
from benchmarks.report import rows, verdict

GOLD, PRED = mentions(40, 25)


# data -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [GOLD, PRED], ids=["gold", "predictions"])
def test_mentions_lie_one_behind_the_other_inside_their_documents(side: Mentions) -> None:
    assert np.all(side.last > side.first)
    assert np.all(side.first[1:] >= side.last[:-1])
    assert np.all(side.first >= side.words[side.doc])
    assert np.all(side.last <= side.words[side.doc + 1])
    start, end = side.offsets
    assert np.all((start >= 0) & (start < end))


def test_the_same_seed_gives_the_same_data() -> None:
    again = mentions(40, 25)[1]
    assert all(
        np.array_equal(getattr(PRED, name), getattr(again, name)) for name in ("first", "last", "type", "entity")
    )
    assert not np.array_equal(mentions(40, 25, seed=1)[0].first, GOLD.first)


def test_predictions_are_wrong_in_all_the_usual_ways() -> None:
    result = goldwire.score(PRED.corpus("p"), GOLD.corpus("g"))
    assert len(GOLD.doc) == 1000
    for name in ("entities.strict.f1", "coref.b3.f1"):
        assert 0.5 < (result[name] or 0) < 0.9
    strict, exact, partial = (result[f"entities.{scheme}.f1"] or 0 for scheme in ("strict", "exact", "partial"))
    assert strict < exact < partial < 1  # wrong types, wrong borders, missed and invented mentions


def test_files_hold_what_the_corpus_holds(tmp_path: Path) -> None:
    stated = goldwire.score(PRED.corpus("p"), GOLD.corpus("g"))
    for write, suffix in ((jsonl_file, "jsonl"), (parquet_file, "parquet")):
        paths = [tmp_path / f"{name}.{suffix}" for name in ("gold", "pred")]
        for side, path in zip((GOLD, PRED), paths, strict=True):
            write(side, path)
        result = goldwire.score(paths[1], paths[0])
        assert result.incidents == []
        assert {name: value.value for name, value in result.values.items()} == {
            name: value.value for name, value in stated.values.items()
        }


# the same data for every program --------------------------------------------------------------------------------------


def test_seqeval_is_given_the_same_mentions() -> None:
    metrics = pytest.importorskip("seqeval.metrics")
    theirs = metrics.f1_score(entities.tags(GOLD), entities.tags(PRED))
    assert entities.all_schemes(40, 25)()["entities.strict.f1"] == pytest.approx(theirs)


def test_nervaluate_is_given_the_same_mentions() -> None:
    pytest.importorskip("nervaluate")
    overall = entities.nervaluate(40, 25)()["overall"]["strict"]
    # its strict matching takes the first overlapping mention, which on flat data rarely is the wrong one
    assert overall.f1 == pytest.approx(float(entities.all_schemes(40, 25)()["entities.strict.f1"][0]), abs=0.02)


def test_coval_is_given_the_same_clusters() -> None:
    if not checkout("ns-moosavi/coval").is_dir():
        pytest.skip("no checkout of coval")
    size = {"documents": 3, "per_document": 60, "entities": 12}
    ours = goldwire.score(*(side.corpus("c") for side in reversed(mentions(3, 60, entities=12))), tasks=["coref"])
    theirs = coreference.coval(**size)()
    for name, (recall, precision, _) in zip(("mentions", "muc", "b3"), theirs, strict=False):
        assert (ours[f"coref.{name}.recall"], ours[f"coref.{name}.precision"]) == pytest.approx((recall, precision))


def test_textee_is_given_the_same_events() -> None:
    if not checkout("ej0cl6/TextEE").is_dir():
        pytest.skip("no checkout of TextEE")
    gold, pred = (side.corpus(50) for side in events.events(50))
    ours, theirs = goldwire.score(pred, gold, tasks=["events"]), events.textee(50)()
    for name, figure in (("tri_c", "trigger_cls"), ("arg_c_plus", "argument_attached_cls")):
        assert ours[f"events.{name}.f1"] == pytest.approx(theirs[figure]["f1"] / 100)


@pytest.mark.parametrize(
    "work",
    [
        lambda: coreference.all_measures(3, 60, 12),
        lambda: clusters.all_measures(2000),
        lambda: events.all_measures(50),
        lambda: passages.all_measures(10, 5),
        lambda: pairs.all_measures(1000),
    ],
    ids=["coreference", "clusters", "events", "passages", "pairs"],
)
def test_every_kernel_runs(work: object) -> None:
    assert work()()  # type: ignore[operator]


# the command ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", GROUPS)
def test_every_program_of_a_group_can_be_found(group: str, tmp_path: Path) -> None:
    module = importlib.import_module(f"benchmarks.{group}")
    for case in module.cases(tmp_path, 0.02):
        for program in (case.ours, *(peer for peer, _ in case.peers)):
            assert bool(program.function) != bool(program.command)
            if program.function:
                name, _, function = program.function.partition(":")
                assert callable(getattr(importlib.import_module(name), function))
            elif not program.missing:
                assert shutil.which(program.command[0])


def test_the_command_measures_a_group_and_writes_the_tables(tmp_path: Path) -> None:
    assert main(["--quick", "--only", "passages", "-o", str(tmp_path / "README.md")]) == 0
    text = (tmp_path / "README.md").read_text()
    assert "## Passages" in text
    assert "100 cases in 20 pairs of documents" in text
    assert "failed" not in text
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_a_program_that_fails_or_is_absent_is_named_and_the_rest_is_measured() -> None:
    programs = [
        Program("fails", "benchmarks.passages:pan", {"pairs": -1}),
        Program("absent", "benchmarks.passages:pan", package="no-such-package"),
        Program("elsewhere", "benchmarks.passages:pan", repository="nobody/nothing"),
    ]
    fails, absent, elsewhere = measure(programs)
    assert fails.problem.startswith("failed: TypeError")
    assert absent.problem == "no-such-package is not installed (extra `peers`)"
    assert elsewhere.problem == "no checkout of nobody/nothing"


@pytest.mark.parametrize(
    ("target", "ratio", "expected"),
    [
        (Target(), 3.0, ""),
        (Target(ratio=50), 60.0, "met"),
        (Target(ratio=50), 40.0, "missed"),
        (Target(seconds=1.5), math.nan, "missed"),
        (Target(seconds=3, megabytes=100), math.nan, "met"),
        (Target(seconds=3, megabytes=99), math.nan, "missed"),
    ],
)
def test_a_target_is_met_when_all_of_it_is(target: Target, ratio: float, expected: str) -> None:
    assert verdict(target, Measured(2.0, 100.0), ratio) == expected


def test_a_row_shows_both_sides_and_a_missed_target_its_reason() -> None:
    case = Case(
        "some data", Program("Goldwire"), peers=((Program("peer", fraction=0.1), Target(ratio=50)),), missed="Too slow."
    )
    found, remarks = rows(case, Measured(2.0, 100.0), [Measured(30.0, 50.0)])
    assert found == [("some data", "2", "100", "peer (on 1/10, scaled)", "30", "50", "15×", "≥ 50×", "missed")]
    assert remarks == ["- some data: Too slow."]
    found, remarks = rows(case, Measured(2.0, 100.0), [Measured(problem="not here")])
    assert found[0][-1] == "not here"
    assert remarks == []


def test_labels_are_written_in_shards_of_one_permutation_a_side(tmp_path: Path) -> None:
    gold, pred = write_labels(tmp_path, 6400, 3, seed=1)
    sides = []
    for pattern in (gold, pred):
        rows_of = [row for path in sorted(Path(pattern).parent.iterdir()) for row in pq.read_table(path).to_pylist()]
        sides.append({row["doc_id"]: row["cluster"] for row in rows_of})
    assert len(sides[0]) == len(sides[1]) == 6400
    assert sides[0].keys() == sides[1].keys()
    assert len(set(sides[0].values())) == 17 * 6400 // 64
    moved = sum(sides[0][name] != sides[1][name] for name in sides[0])
    assert 0.03 < moved / 6400 < 0.07
