"""What is shipped: versions that agree, a citation that validates, a wheel that holds its data and rebuilds alike."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import jsonschema
import pytest
import yaml

import goldwire
from conftest import ROOT, TESTS


def test_versions_agree() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert citation["version"] == goldwire.__version__
    assert re.search(r"^## (\S+)", changelog, re.MULTILINE)[1] == goldwire.__version__  # type: ignore[index]


def test_the_citation_validates_against_the_cff_schema() -> None:
    schema = json.loads((TESTS / "cases" / "cff-1.2.0.schema.json").read_text())
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    jsonschema.Draft7Validator(schema).validate(citation)


def test_everything_public_can_be_had() -> None:
    for name in goldwire.__all__:
        assert getattr(goldwire, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'scoer'"):
        _ = goldwire.scoer


def test_constraints_hold_names_and_versions_only() -> None:
    texts = [(TESTS / name).read_text() for name in ("constraints.txt", "constraints-models.txt")]
    lines = [line for text in texts for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.+!-]+", line) for line in lines)
    names = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(d for ds in project["optional-dependencies"].values() for d in ds)]
    needed = {re.split(r"[><=\[]", d)[0].lower() for d in wanted} - {"goldwire"}
    assert needed <= names


def test_nothing_importable_lies_in_eval_but_the_package() -> None:
    assert [p.name for p in (ROOT / "eval").iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()] == [
        "goldwire"
    ]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The wheel built twice, by the installed back end and without the network."""
    built = []
    for attempt in ("one", "two"):
        folder = tmp_path_factory.mktemp(attempt)
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        built += list(folder.glob("*.whl"))
    return built


def test_two_wheels_are_the_same_bytes(wheels: list[Path]) -> None:
    assert wheels[0].name == wheels[1].name
    assert wheels[0].read_bytes() == wheels[1].read_bytes()


def test_the_wheel_holds_code_schemas_and_the_whole_dataset(wheels: list[Path]) -> None:
    with zipfile.ZipFile(wheels[0]) as wheel:
        names = set(wheel.namelist())
        for folder in ("schema", "dataset"):
            for path in (ROOT / folder).rglob("*"):
                if path.is_file():
                    member = f"goldwire/_data/{folder}/{path.relative_to(ROOT / folder).as_posix()}"
                    assert wheel.read(member) == path.read_bytes()
    assert "goldwire/py.typed" in names
    assert "goldwire/systems/data/countries.tsv" in names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"goldwire"}


def test_the_wheel_alone_scores_without_the_checkout(wheels: list[Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extractall(tmp_path / "site")
    code = (
        "import goldwire; c = goldwire.load_corpus(); print(goldwire.__file__); print(c.name, len(c.doc_ids), c.digest)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "site")}, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    where, about = done.stdout.splitlines()
    assert Path(where).is_relative_to(tmp_path / "site")
    assert about.startswith("moscow 5 ")
