"""croissant.json, datacite.json and eval.yaml: the validators that exist accept them, and our own checks go on from there."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import goldwire
from conftest import ROOT, TESTS
from goldwire.building.croissant import RAI, croissant_findings
from goldwire.building.tables import CONFIGS
from goldwire.hub.verify import verify
from goldwire.report.exports import eval_results
from goldwire.tasks import TASKS

DATASET = ROOT / "dataset"


def described(folder: Path = DATASET) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "croissant.json").read_text())
    return content


@pytest.fixture(scope="module")
def harbour_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("harbour") / "dataset"
    goldwire.build(TESTS / "corpus", folder)
    return folder


@pytest.fixture
def built(harbour_dataset: Path, tmp_path: Path) -> Path:
    """Harbour's dataset, to change at will."""
    return Path(shutil.copytree(harbour_dataset, tmp_path / "d"))


def plain(value: Any) -> Any:
    """A record of mlcroissant as Arrow gives it: names without their config, text not bytes, lists not arrays."""
    if isinstance(value, dict):
        return {key.split("/")[-1]: plain(item) for key, item in value.items()}
    if isinstance(value, (list, np.ndarray)):
        return [plain(item) for item in value]
    return value.decode() if isinstance(value, bytes) else value


def test_mlcroissant_validates_it_and_reads_every_config_as_it_is() -> None:
    import mlcroissant

    dataset = mlcroissant.Dataset(jsonld=DATASET / "croissant.json")
    assert dataset.metadata.ctx.issues.errors == dataset.metadata.ctx.issues.warnings == set()
    assert [record_set.id for record_set in dataset.metadata.record_sets] == list(CONFIGS)
    for config in CONFIGS:  # structs inside lists included, with their members in the right order
        assert [plain(record) for record in dataset.records(config)] == goldwire.table(config).to_pylist()


def test_it_names_version_licence_and_what_responsible_use_needs() -> None:
    content, manifest = described(), json.loads((DATASET / "digests.json").read_text())
    assert content["conformsTo"] == ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
    assert content["version"] == manifest["version"]
    assert manifest["digest"] in content["citeAs"]
    assert content["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert datetime.date.fromisoformat(content["datePublished"])
    rai = {key.removeprefix("rai:") for key in content if key.startswith("rai:")}
    assert rai >= {"dataLimitations", "dataBiases", "dataUseCases", "personalSensitiveInformation", "dataSocialImpact"}
    assert rai <= RAI
    assert "No person has annotated" in content["rai:annotatorDemographics"]
    assert len(content["rai:machineAnnotationTools"]) == 7


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda c: c.pop("creator"), "no 'creator'"),
        (lambda c: c.update({"rai:dataLimitation": "x"}), "'rai:dataLimitation' is no term of RAI 1.0"),
        (
            lambda c: c["distribution"][0].update(contentUrl="data/nothing.parquet"),
            "data/nothing.parquet: no such file",
        ),
        (lambda c: c["distribution"][0].update(contentUrl="../README.md"), "../README.md: no such file in the dataset"),
        (lambda c: c["distribution"][1].update(sha256="0" * 64), "its sha256 is another"),
        (lambda c: c["distribution"][2].update(contentSize="1 B"), "bytes, not 1 B"),
        (lambda c: c["recordSet"][5]["field"].pop(), "times.parquet: zone is not described"),
        (lambda c: c["recordSet"][1]["field"][1]["subField"].pop(), "entities.parquet: mentions.zone is not described"),
        (
            lambda c: c["recordSet"][5]["field"][0]["source"]["extract"].update(column="docid"),
            "times.parquet: no column docid",
        ),
        (lambda c: c.update(recordSet=7), "cannot be understood (TypeError"),
    ],
)
def test_what_the_validator_lets_pass_is_found(built: Path, change: Callable[[Any], Any], finding: str) -> None:
    assert list(croissant_findings(built)) == []
    content = described(built)
    change(content)
    (built / "croissant.json").write_text(json.dumps(content))
    assert any(finding in found for found in croissant_findings(built))
    assert not verify(built).sound


def test_the_text_free_release_is_described_by_its_own_sums(tmp_path: Path) -> None:
    goldwire.build(TESTS / "corpus", tmp_path / "d", text=False)
    assert list(croissant_findings(tmp_path / "d")) == []


def test_a_corpus_may_say_more_of_itself_and_nothing_misspelt(source: Path, tmp_path: Path) -> None:
    corpus = source / "corpus.json"
    content = json.loads(corpus.read_text())
    more = {"creators": ["Port Authority"], "released": "2026-01-31", "url": "https://example.org/harbour"}
    corpus.write_text(json.dumps({**content, **more, "responsible": {"dataBiases": ["ships only"]}}))
    goldwire.build(source, tmp_path / "d")
    about = described(tmp_path / "d")
    assert about["creator"] == [{"@type": "sc:Organization", "name": "Port Authority"}]
    assert (about["datePublished"], about["url"]) == ("2026-01-31", "https://example.org/harbour")
    assert about["rai:dataBiases"] == ["ships only"]
    corpus.write_text(json.dumps({**content, "responsible": {"dataBias": ["ships only"]}}))
    with pytest.raises(goldwire.IncidentError) as caught:
        goldwire.build(source, tmp_path / "d")
    assert "'dataBias' is not one of" in str(caught.value.incidents[0])


def test_datacite_validates_against_its_schema(built: Path) -> None:
    from jsonschema import Draft201909Validator

    schema = json.loads((TESTS / "cases" / "datacite-4.5.schema.json").read_text())
    content = json.loads((DATASET / "datacite.json").read_text())
    assert list(Draft201909Validator(schema).iter_errors(content)) == []
    manifest = json.loads((DATASET / "digests.json").read_text())
    assert content["version"] == manifest["version"]
    assert manifest["digest"] in content["descriptions"][1]["description"]
    assert not (built / "datacite.json").exists()  # Harbour has no day of release, and the schema asks for a year


def test_the_benchmark_is_registered_by_the_names_results_are_exported_under(
    harbour: goldwire.Corpus,
) -> None:
    content = yaml.safe_load((DATASET / "eval.yaml").read_text())
    assert set(content) == {"name", "description", "evaluation_framework", "tasks"}
    assert content["evaluation_framework"] == "goldwire"
    assert {task["id"] for task in content["tasks"]} == set(TASKS) - {"clusters"}  # of which this gold has none
    assert {task["config"] for task in content["tasks"]} <= set(CONFIGS)
    assert {task["split"] for task in content["tasks"]} == {"test"}
    result = goldwire.score(harbour, harbour, tasks=["entities"])
    exported = yaml.safe_load(eval_results(result, "entities", dataset="org/harbour") or "")
    assert exported[0]["dataset"]["task_id"] in {task["id"] for task in content["tasks"]}
