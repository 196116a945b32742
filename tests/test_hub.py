"""Publishing and loading with the real huggingface_hub and datasets against a local server that speaks the Hub's routes.

Each client runs in a process of its own, with HF_ENDPOINT set before anything is imported and an HF_HOME of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from goldwire.building.tables import CONFIGS
from goldwire.formats.dataset import shipped_digest
from hub_server import TOKEN, HubServer

REPO = "org/harbour"


class Client:
    """Processes that know the server as their hub and share one HF_HOME."""

    def __init__(self, hub: HubServer, home: Path) -> None:
        self.hub, self.home = hub, home
        home.mkdir(exist_ok=True)

    def run(self, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
        known = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        environment = {
            **known, "PYTHONPATH": str(ROOT / "eval"), "HF_ENDPOINT": self.hub.url, "HF_HOME": str(self.home),
            "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", **env,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, *command], env=environment, cwd=self.home, capture_output=True, text=True, timeout=300
        )
        assert TOKEN not in done.stdout + done.stderr
        return done

    def goldwire(self, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "goldwire", *map(str, arguments), **{"HF_TOKEN": TOKEN, **env})

    def python(self, code: str, **env: str) -> Any:
        done = self.run("-c", code, **env)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


def change_a_note(source: Path, version: str) -> None:
    """A changed record, and the version that says so."""
    passages, corpus = source / "gold" / "passages.json", source / "corpus.json"
    passages.write_text(passages.read_text().replace('"note": null', '"note": "second thoughts"', 1))
    corpus.write_text(corpus.read_text().replace('"version": "1.0.0"', f'"version": "{version}"'))


@pytest.fixture(scope="module")
def hub() -> Iterator[HubServer]:
    server = HubServer()
    yield server
    server.stop()


LOAD = """
import json, goldwire
from datasets import load_dataset
from huggingface_hub import snapshot_download
repo, configs, out = {repo!r}, {configs!r}, {{}}
for revision in ("v1.0.0", "v2.0.0"):
    for config in configs:
        rows = load_dataset(repo, config, revision=revision, split="test")
        out[f"{{revision}} {{config}}"] = goldwire.digest(rows)
    streamed = list(load_dataset(repo, config, revision=revision, split="test", streaming=True))
    out[f"{{revision}} streamed"] = streamed == list(rows)
    out[f"{{revision}} default"] = load_dataset(repo, revision=revision, split="test").column_names[0]
    folder = snapshot_download(repo, repo_type="dataset", revision=revision)
    verified = goldwire.verify(folder)
    out[f"{{revision}} snapshot"] = [verified.sound, verified.version, verified.digest]
print(json.dumps(out))
"""

# What the traps do: offline, datasets answers for any revision with the newest build in its cache and says nothing;
# goldwire reads the tag it was asked for, or says that it cannot.
DOWN = """
import json, goldwire
from datasets import load_dataset
rows = load_dataset({repo!r}, "passages", revision="v9.9.9", split="test")
out = {{"stale": goldwire.digest(rows)}}
out["v1.0.0"] = goldwire.load_corpus("{repo}@v1.0.0").digest
try:
    goldwire.load_corpus("{repo}@v9.9.9")
except goldwire.HubError as error:
    out["v9.9.9"] = str(error)
print(json.dumps(out))
"""


def test_two_releases_from_publishing_to_loading(hub: HubServer, source: Path, tmp_path: Path) -> None:
    owner, reader = Client(hub, tmp_path / "owner"), Client(hub, tmp_path / "reader")
    command = ("publish", REPO, "--with-text", "--source", source, "--tag", "v1.0.0")

    # the server goes down with the upload half read: nothing is released, and the same command again does it
    hub.faults.append(("POST", "/commit/", "kill"))
    killed = owner.goldwire(*command)
    assert killed.returncode == 2
    assert f"goldwire: {REPO}: nothing was released: the hub at {hub.url} cannot be reached" in killed.stderr
    assert "Traceback" not in killed.stderr
    repository = hub.repositories[REPO]
    assert (list(repository.commits[repository.main]), repository.tags) == ([".gitattributes"], {})
    hub.start()
    hub.requests.clear()
    first = owner.goldwire(*command)
    assert first.returncode == 0, first.stderr
    writes = [line.rsplit("/", 1)[0] if "/tag/" in line else line for line in hub.requests if line.startswith("POST")]
    assert writes == [
        "POST /api/validate-yaml 200", f"POST /api/datasets/{REPO}/preupload/main 200",
        f"POST /api/datasets/{REPO}/commit/main 200", f"POST /api/datasets/{REPO}/tag",
    ]  # fmt: skip
    assert repository.tags == {"v1.0.0": repository.main}
    assert f"{REPO}@v1.0.0: published, commit {repository.main[:12]}" in first.stdout

    change_a_note(source, "2.0.0")
    second = owner.goldwire("publish", REPO, "--no-text", "--source", source)
    assert second.returncode == 0, second.stderr
    assert "since v1.0.0: MAJOR; passages: 1 record changed" in second.stderr
    assert list(hub.repositories[REPO].tags) == ["v1.0.0", "v2.0.0"]
    stated = {
        tag: json.loads(hub.repositories[REPO].commits[commit]["digests.json"])
        for tag, commit in hub.repositories[REPO].tags.items()
    }

    loaded = reader.python(LOAD.format(repo=REPO, configs=list(CONFIGS)))
    for tag, manifest in stated.items():
        for config in CONFIGS:
            assert loaded[f"{tag} {config}"] == shipped_digest(manifest["configs"][config])
        assert loaded[f"{tag} streamed"] is True
        assert loaded[f"{tag} default"] == "doc_id"
        assert loaded[f"{tag} snapshot"] == [True, tag[1:], manifest["digest"]]
    digests = [shipped_digest(manifest["configs"]["passages"]) for manifest in stated.values()]
    assert digests[0] != digests[1]

    hub.stop()
    down = reader.python(DOWN.format(repo=REPO), HF_HUB_OFFLINE="1")
    assert down["stale"] == digests[1]  # not v9.9.9, which does not exist: the digest is what tells
    assert down["v1.0.0"] == stated["v1.0.0"]["digest"]
    assert "HF_HUB_OFFLINE is set" in down["v9.9.9"]
    assert "the cache has no complete copy" in down["v9.9.9"]
    silent = reader.goldwire("verify", f"{REPO}@v2.0.0")
    assert silent.returncode == 0
    assert "from the cache: the hub does not answer" in silent.stdout
    stranger = Client(hub, tmp_path / "stranger").goldwire("verify", f"{REPO}@v2.0.0")
    assert (stranger.returncode, stranger.stdout) == (2, "")
    assert stranger.stderr == (
        f"goldwire: {REPO}@v2.0.0: the hub at {hub.url} cannot be reached (ConnectError), "
        "and the cache has no complete copy of this revision\n"
    )
