"""What is shipped: versions that agree, a citation that validates, a wheel that holds its data and rebuilds alike."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib import metadata
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
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two folders with an sdist and a wheel, by the installed back end and without the network.

    In the first the wheel is built from the sdist, in the second both are built from the checkout.
    """
    folders = []
    for which in ([], ["--sdist", "--wheel"]):
        folder = tmp_path_factory.mktemp("built")
        command = [sys.executable, "-m", "build", *which, "--no-isolation", "--outdir", str(folder), str(ROOT)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        folders.append(folder)
    return folders


@pytest.fixture(scope="module")
def wheels(built: list[Path]) -> list[Path]:
    return [next(folder.glob("*.whl")) for folder in built]


def test_two_wheels_and_two_sdists_are_the_same_bytes(built: list[Path]) -> None:
    one, two = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in built)
    assert sorted(path.rsplit(".", 1)[-1] for path in one) == ["gz", "whl"]
    assert one == two  # so the wheel of the sdist is that of the checkout, too


def test_the_sdist_holds_everything_it_takes_to_test_and_build(built: list[Path]) -> None:
    members = {}
    with tarfile.open(next(built[0].glob("*.tar.gz"))) as sdist:
        for member in sdist:
            if (file := sdist.extractfile(member)) is not None:
                members[member.name.partition("/")[2]] = file.read()
    litter = re.compile(r"(^|/)(__pycache__|\.[^/]*_cache|\.hypothesis)/|\.pyc$")
    for folder in ("eval", "schema", "dataset", "annotations", "tests", "benchmarks", "docs"):
        for path in (ROOT / folder).rglob("*"):
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and not litter.search(name):
                assert members[name] == path.read_bytes(), name
    beside = {name for name in members if "/" not in name}
    assert beside == {
        "PKG-INFO", "pyproject.toml", ".gitignore", "Makefile", "README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE",
        "LICENSE-annotations", "zensical.toml",
    }  # fmt: skip


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


def needed_distributions(roots: list[str]) -> set[str]:
    """Installed distributions that the given ones need, extras aside."""
    found: set[str] = set()
    queue = list(roots)
    while queue:
        name = re.split(r"[^A-Za-z0-9._-]", queue.pop())[0]
        if name not in found:
            found.add(name)
            required = metadata.requires(name) or []
            queue += [
                r for r in required if "extra ==" not in r and (";" not in r or "python_version" in r) and installed(r)
            ]
    return found


def installed(requirement: str) -> bool:
    try:
        metadata.distribution(re.split(r"[^A-Za-z0-9._-]", requirement)[0])
    except metadata.PackageNotFoundError:
        return False
    return True


@pytest.fixture(scope="module")
def empty_environment(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel, installed without an index, and what its metadata says it needs; no network.

    The dependencies are links to those of the environment the tests run in, which has no index to ask either.
    """
    place = tmp_path_factory.mktemp("env")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True, timeout=120)
    python = place / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*command, str(wheels[0])], check=True, timeout=120)
    site = next((place / "lib").glob("python*")) / "site-packages"
    with zipfile.ZipFile(wheels[0]) as wheel:
        about = wheel.read(next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))).decode()
    core = [line for line in re.findall(r"^Requires-Dist: (.*)$", about, re.MULTILINE) if "extra ==" not in line]
    for name in needed_distributions(core):
        distribution = metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or [] if ".." not in file.parts}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(distribution.locate_file(top))).resolve())
    (site / "sitecustomize.py").write_text(
        "import socket\ndef refuse(*_, **__): raise AssertionError('the network was used')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
    )
    return place


def test_the_demo_runs_from_the_wheel_alone(empty_environment: Path, tmp_path: Path, gold: goldwire.Corpus) -> None:
    clean = {"PATH": "/nonexistent", "HOME": str(tmp_path)}
    command = empty_environment / "bin" / "goldwire"
    done = subprocess.run([command, "demo"], cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"moscow {gold.version}: 5 articles, digest {gold.digest}\n")
    assert "left out: " in done.stderr  # the baselines that need an extra, by name
    assert {"report.html", "gazetteer.jsonl", "gazetteer.result.json"} <= {
        p.name for p in (tmp_path / "runs").iterdir()
    }
    code = "import goldwire, sys; print(goldwire.__file__); print(goldwire.verify().sound, 'datasets' in sys.modules)"
    python = [empty_environment / "bin" / "python", "-c", code]
    where, sound = subprocess.run(
        python, cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=60
    ).stdout.splitlines()
    assert Path(where).is_relative_to(empty_environment)
    assert sound == "True False"


def test_what_needs_an_extra_says_so(empty_environment: Path, tmp_path: Path) -> None:
    command = [empty_environment / "bin" / "goldwire", "verify", "org/name@v1.0.0"]
    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "goldwire: reading org/name from a hub needs the package 'huggingface_hub': pip install 'goldwire[hub]'\n"
    )
