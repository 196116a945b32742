"""`load_dataset` on the built folder, in fresh processes with an empty cache, and the traps it holds.

The traps are the library's own: a cache keyed by the card and not by the data, a fall-back to the newest cached build
when a revision cannot be had, files of the wrong kind picked up as data, features invented by the card.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import goldwire
from conftest import ROOT, TESTS
from goldwire.building.tables import CONFIGS


def python(code: str, home: Path, **env: str) -> Any:
    """Run code in a fresh process whose Hugging Face home is ``home``; returns the JSON it prints last."""
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT / "eval"), "HF_HOME": str(home), "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", **env,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=home, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_config_loads_and_streams_from_an_empty_cache(tmp_path: Path) -> None:
    code = f"""
import json
from datasets import get_dataset_config_names, load_dataset
path, out = {str(ROOT / "dataset")!r}, {{}}
for config in get_dataset_config_names(path):
    whole = load_dataset(path, config, split="test")
    streamed = list(load_dataset(path, config, split="test", streaming=True))
    assert streamed == list(whole)
    out[config] = len(whole)
print(json.dumps(out))
"""
    rows = python(code, tmp_path)
    assert rows == {name: len(goldwire.table(name)) for name in CONFIGS}


def test_goldwire_load_needs_neither_network_nor_cache(tmp_path: Path) -> None:
    code = """
import json, pathlib, socket
def refuse(*_, **__): raise AssertionError("the network was used")
socket.socket.connect = refuse
import goldwire
events = goldwire.load("events")
cache = [p for p in pathlib.Path(".").rglob("*") if p.is_file()]
print(json.dumps([type(events).__module__, len(events), str(events.split), goldwire.digest(events), len(cache)]))
"""
    module, rows, split, digest, cached = python(code, tmp_path)
    assert (module, rows, split) == ("datasets.arrow_dataset", len(goldwire.table("events")), "test")
    manifest = json.loads((ROOT / "dataset" / "digests.json").read_text())
    assert digest == manifest["configs"]["events"]["digest"]
    assert cached == 0


def test_what_load_dataset_gives_is_what_the_digests_say(tmp_path: Path) -> None:
    code = f"""
import json, goldwire
from datasets import load_dataset
configs = {list(CONFIGS)!r}
print(json.dumps({{c: goldwire.digest(load_dataset({str(ROOT / "dataset")!r}, c, split="test")) for c in configs}}))
"""
    manifest = json.loads((ROOT / "dataset" / "digests.json").read_text())
    assert python(code, tmp_path) == {name: entry["digest"] for name, entry in manifest["configs"].items()}


@pytest.fixture
def two_builds(source: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The same corpus and version built before and after a change of its gold."""
    goldwire.build(source, tmp_path / "before")
    passages = source / "gold" / "passages.json"
    passages.write_text(passages.read_text().replace('"note": null', '"note": "second thoughts"', 1))
    goldwire.build(source, tmp_path / "after")
    return tmp_path / "before", tmp_path / "after"


LOAD_PASSAGES = """
import json
from datasets import load_dataset
rows = load_dataset({path!r}, "passages", split="test")
print(json.dumps(sorted(row["note"] or "" for row in rows)[-1]))
"""


def test_rebuilt_data_is_not_answered_with_old_rows(two_builds: tuple[Path, Path], tmp_path: Path) -> None:
    # the library keys its cache of a local folder by the YAML alone; ours holds the digest of the data
    place, home = tmp_path / "dataset", tmp_path / "home"
    home.mkdir()
    shutil.copytree(two_builds[0], place)
    assert python(LOAD_PASSAGES.format(path=str(place)), home) == ""
    shutil.rmtree(place)
    shutil.copytree(two_builds[1], place)
    assert python(LOAD_PASSAGES.format(path=str(place)), home) == "second thoughts"


def test_a_stale_answer_for_a_revision_is_told_by_its_digest(two_builds: tuple[Path, Path], tmp_path: Path) -> None:
    # offline, load_dataset("org/name", revision="v9.9.9") answers with the newest cached build of org/name, silently
    home = tmp_path / "home"
    home.mkdir()
    python(LOAD_PASSAGES.format(path=str(two_builds[0])), home)
    cache = home / "datasets"
    for file in cache.glob("before/**/before-*"):
        file.rename(file.with_name(file.name.replace("before-", "name-")))
    (cache / "before").rename(cache / "org___name")
    code = """
import json, goldwire
from datasets import load_dataset
print(json.dumps(goldwire.digest(load_dataset("org/name", "passages", split="test", revision="v9.9.9"))))
"""
    loaded = python(code, home, HF_DATASETS_OFFLINE="1")
    digests = [
        json.loads((build / "digests.json").read_text())["configs"]["passages"]["digest"] for build in two_builds
    ]
    assert loaded == digests[0]
    assert loaded != digests[1]


def test_the_repository_root_is_not_taken_for_the_dataset() -> None:
    # a root without configs would offer eval/*.json as a split; what is published is dataset/, whose card is explicit
    assert not list((ROOT / "eval").rglob("*.json"))
    assert not list((ROOT / "eval").rglob("*.parquet"))
    assert (ROOT / "dataset" / "README.md").read_text().startswith("---\n")


def test_strange_files_beside_the_data_are_not_loaded(tmp_path: Path) -> None:
    place, home = tmp_path / "dataset", tmp_path / "home"
    home.mkdir()
    goldwire.build(TESTS / "corpus", place)
    (place / "eval").mkdir()
    (place / "eval" / "results.json").write_text('{"split": "test"}')
    code = f"""
import json
from datasets import load_dataset
print(json.dumps([len(load_dataset({str(place)!r}, split="test")), list(load_dataset({str(place)!r}))]))
"""
    assert python(code, home) == [3, ["test"]]


def test_no_script_lies_where_the_library_would_run_it() -> None:
    assert not list((ROOT / "dataset").rglob("*.py"))
