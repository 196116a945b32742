"""Leaderboards: what is grouped, how ties are shown, and exports that their formats' readers accept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import goldwire
from conftest import TESTS
from goldwire.cli.main import main
from goldwire.corpus.tables import Corpus
from goldwire.reading import read_predictions
from goldwire.report.exports import eval_results, every_eval_ever, file_name
from goldwire.report.leaderboard import boards_of, read_runs, site
from goldwire.report.terminal import leading
from noise import noisy
from test_report import HOSTILE, Page

HARBOUR = TESTS / "corpus"
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}

RECORD = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "schema_version", "evaluation_id", "retrieved_timestamp", "source_metadata", "model_info", "eval_library",
        "evaluation_results",
    ],
    "properties": {
        "schema_version": {"const": "0.3.0"},
        "evaluation_id": {"type": "string"},
        "retrieved_timestamp": {"type": "string", "pattern": "^[0-9]+$"},
        "source_metadata": {
            "required": ["source_type", "source_organization_name", "evaluator_relationship"],
            "properties": {
                "source_name": {"type": "string"},
                "source_type": {"enum": ["documentation", "evaluation_run"]},
                "source_organization_name": {"type": "string"},
                "evaluator_relationship": {"enum": ["first_party", "third_party", "collaborative", "other"]},
                "additional_details": _TEXTS,
            },
        },
        "eval_library": {
            "required": ["name", "version"],
            "properties": {"name": {"type": "string"}, "version": {"type": "string"}},
        },
        "model_info": {
            "required": ["name", "id", "additional_details"],
            "properties": {
                "name": {"type": "string"},
                "id": {"type": "string"},
                "additional_details": {
                    **_TEXTS,
                    "required": ["deployment_type", "model_availability"],
                    "properties": {
                        "deployment_type": {"enum": ["self_deployed", "externally_managed", "unknown"]},
                        "model_availability": {"enum": ["open_weights", "closed_weights", "unknown"]},
                    },
                },
            },
        },
        "evaluation_results": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["evaluation_name", "source_data", "metric_config", "score_details"],
                "properties": {
                    "evaluation_result_id": {"type": "string"},
                    "source_data": {
                        "required": ["dataset_name", "source_type"],
                        "properties": {"source_type": {"enum": ["hf_dataset", "other"]}, "additional_details": _TEXTS},
                    },
                    "metric_config": {
                        "required": ["lower_is_better", "score_type", "min_score", "max_score"],
                        "properties": {
                            "lower_is_better": {"type": "boolean"},
                            "score_type": {"const": "continuous"},
                            "min_score": {"anyOf": [{"type": "number"}, {"const": "-Infinity"}]},
                            "max_score": {"anyOf": [{"type": "number"}, {"const": "Infinity"}]},
                        },
                    },
                    "score_details": {
                        "required": ["score"],
                        "additionalProperties": False,
                        "properties": {
                            "score": {"type": "number"},
                            "details": _TEXTS,
                            "uncertainty": {
                                "properties": {
                                    "confidence_interval": {
                                        "required": ["lower", "upper"],
                                        "properties": {
                                            "lower": {"type": "number"},
                                            "upper": {"type": "number"},
                                            "confidence_level": {"type": "number", "minimum": 0, "maximum": 1},
                                        },
                                    },
                                    "num_samples": {"type": "integer"},
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}  # fmt: skip
"""What Every Eval Ever's eval.schema.json 0.3.0 asks of the parts that are written here, as far as it asks anything."""


@pytest.fixture(scope="module")
def runs(harbour: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two results on Harbour, one on other gold, one counted in another way, and files that are no results."""
    folder = tmp_path_factory.mktemp("runs")
    for seed, name in ((5, "alpha"), (6, "beta")):
        path = folder / f"{name}.jsonl"
        path.write_text("".join(json.dumps(r) + "\n" for r in noisy(harbour, seed, 0.2, name)), encoding="utf-8")
        result = goldwire.score(read_predictions(path, harbour).corpus, harbour)
        result.write(folder / f"{name}.json")
    replace(result, gold={**result.gold, "digest": "0" * 64}).write(folder / "deep" / "elsewhere.json")
    replace(result, signature=result.signature.replace("missing:empty", "missing:skipped")).write(folder / "other.json")
    (folder / "notes.json").write_text("[1, 2]", encoding="utf-8")
    (folder / "broken.json").write_text('{"values": {}, "signature": ', encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def files(runs: Path) -> dict[str, str]:
    (runs / "alpha.run.json").write_text("{}")  # the record of a run: not a result, and not worth a remark
    entries, remarks = read_runs(runs)
    return dict(site(boards_of(entries), remarks, retrieved="1700000000"))


def records(files: dict[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((path, json.loads(text)) for path, text in files.items() if path.startswith("data/"))


def test_results_stand_together_only_on_the_same_gold_counted_alike(files: dict[str, str]) -> None:
    data = json.loads(files["leaderboard.json"])
    systems = [[row["name"] for row in board["tasks"]["entities"]["systems"]] for board in data["boards"]]
    assert sorted(map(sorted, systems)) == [["alpha", "beta"], ["beta"], ["beta"]]
    assert len({(board["gold"]["digest"], board["counting"]) for board in data["boards"]}) == 3
    assert [remark.partition(":")[0].rpartition("/")[2] for remark in data["left_out"]] == ["broken.json", "notes.json"]


def test_systems_that_cannot_be_told_apart_share_a_rank(files: dict[str, str]) -> None:
    board = next(
        b for b in json.loads(files["leaderboard.json"])["boards"] if len(b["tasks"]["entities"]["systems"]) == 2
    )
    entities = board["tasks"]["entities"]
    assert (entities["measure"], entities["units"]) == ("entities.strict.f1", 3)
    assert [row["rank"] for row in entities["systems"]] == [1, 1]
    values = [row["value"] for row in entities["systems"]]
    assert values == sorted(values, reverse=True)
    assert "Descriptive only: so few units cannot tell systems apart" in files["index.html"]


def test_the_page_stands_alone_and_is_sortable(files: dict[str, str]) -> None:
    page = Page(files["index.html"])
    assert not any("src" in attributes for _, attributes in page.elements)
    links = {attributes["href"] for tag, attributes in page.elements if tag == "a"}
    assert {link for link in links if not link.startswith("#")} == {"leaderboard.json"}
    assert any("sortable" in attributes.get("class", "") for _, attributes in page.elements)
    assert "alpha" in page.text


def test_records_are_what_every_eval_ever_asks_for(files: dict[str, str]) -> None:
    found = list(records(files))
    assert len(found) == 4
    for path, record in found:
        jsonschema.validate(record, RECORD)
        uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
        assert re.fullmatch(rf"data/[\w.-]+/[\w.-]+/[\w.-]+/{uuid}\.json", path)
        for entry in record["evaluation_results"]:
            low, high = (float(entry["metric_config"][f"{side}_score"]) for side in ("min", "max"))
            assert low <= entry["score_details"]["score"] <= high
            assert (
                entry["metric_config"]["lower_is_better"] is ("granularity" in entry["metric_config"]["metric_id"])
                or low == 0
            )


def test_a_record_holds_every_defined_value_and_its_name_stays(runs: Path) -> None:
    result = goldwire.Result.read(runs / "alpha.json")
    path, record = every_eval_ever(result, organisation="Someone", retrieved="1", dataset="someone/harbour")
    assert {e["evaluation_result_id"]: e["score_details"]["score"] for e in record["evaluation_results"]} == {
        name: value.value for name, value in result.values.items() if value.value is not None
    }
    assert record["evaluation_results"][0]["source_data"]["hf_repo"] == "someone/harbour"
    assert every_eval_ever(result, organisation="Someone", retrieved="2")[0] == path
    again = replace(result, system={"name": "alpha", "version": "2"})
    assert every_eval_ever(again, organisation="Someone", retrieved="1")[0] != path


def test_eval_results_are_read_by_the_hub_client(files: dict[str, str], runs: Path) -> None:
    found = {path: yaml.safe_load(text) for path, text in files.items() if path.endswith(".yaml")}
    assert "systems/alpha/.eval_results/entities.yaml" in found
    result = goldwire.Result.read(runs / "alpha.json")
    for path, content in found.items():
        assert len(content) == 1, path
        entry = content[0]
        assert set(entry) == {"dataset", "value", "notes"}
        assert set(entry["dataset"]) == {"id", "task_id", "revision"}
        assert 0 <= entry["value"] <= 1
        assert entry["notes"].startswith(leading(entry["dataset"]["task_id"]))
    ours = found["systems/alpha/.eval_results/entities.yaml"][0]
    assert ours["value"] == pytest.approx(result["entities.strict.f1"], abs=1e-6)
    assert result.signature in ours["notes"]
    hub = pytest.importorskip("huggingface_hub")
    if hasattr(hub, "parse_eval_result_entries"):
        parsed = [hub.parse_eval_result_entries(content)[0] for content in found.values()]
        assert {entry.dataset_id for entry in parsed} == {"goldwire/harbour"}


def test_an_undefined_value_is_exported_nowhere(harbour: Corpus) -> None:
    mute = Corpus(harbour.doc_ids, {"links": harbour["links"].slice(0, 0)}, name="mute")
    result = goldwire.score(mute, harbour)
    undefined = {name for name, value in result.values.items() if value.value is None}
    assert undefined
    result.values = {name: result.values[name] for name in undefined}
    assert eval_results(result, "duplicates", dataset="a/b") is None
    assert every_eval_ever(result, organisation="x", retrieved="1")[1]["evaluation_results"] == []


def test_two_results_of_one_name_are_told_apart_by_their_files(runs: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        goldwire.Result.read(runs / "alpha.json").write(tmp_path / f"{name}.json")
    entries, _ = read_runs(tmp_path)
    board = boards_of(entries)[0]
    assert [entry.name for entry in board.entries] == ["alpha (one.json)", "alpha (two.json)"]
    made = dict(site([board], [], retrieved="1"))
    assert len([path for path in made if path.startswith("data/")]) == 2


def test_names_cannot_leave_the_site_or_become_markup(runs: Path) -> None:
    result = goldwire.Result.read(runs / "alpha.json")
    names = [f"../../{HOSTILE}", "CON", "a/b", "A/B", "...", "\ud800"]
    entries = read_runs(runs)[0][:1]
    made = [
        replace(entries[0], file=f"{i}.json", result=replace(result, system={"name": n, "version": n}))
        for i, n in enumerate(names)
    ]
    paths = dict(site(boards_of(made), [HOSTILE], retrieved="1", organisation="../x", dataset=HOSTILE))
    assert all(".." not in Path(path).parts and not path.startswith("/") for path in paths)
    assert len({path.casefold() for path in paths}) == len(paths)
    assert len({path.split("/")[1] for path in paths if path.startswith("systems/")}) == len(names)
    page = Page(paths["index.html"])
    assert "img" not in {tag for tag, _ in page.elements}
    for path, text in paths.items():
        if path.endswith(".yaml"):
            assert yaml.safe_load(text)[0]["dataset"]["task_id"]
    assert file_name("") == "unnamed"


def test_the_verb_writes_the_site(runs: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert main(["leaderboard", str(runs), "-o", str(tmp_path / "site")]) == 0
    said = capsys.readouterr().err
    assert "notes.json: no result, left out" in said
    assert "4 result(s) on 3 board(s)" in said
    written = {
        path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*") if path.is_file()
    }
    entries, remarks = read_runs(runs)
    assert written == set(dict(site(boards_of(entries), remarks, retrieved="1700000000")))
    assert main(["leaderboard", str(tmp_path / "nowhere"), "-o", str(tmp_path / "x")]) == 2
    assert main(["leaderboard", str(tmp_path / "site" / "data"), "-o", str(tmp_path / "x")]) == 2
    assert "no results here" in capsys.readouterr().err
