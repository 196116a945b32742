"""Fixtures: the packaged gold, the made-up Harbour corpus, and a command line that runs in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

import goldwire

TESTS = Path(__file__).parent
ROOT = TESTS.parent


@pytest.fixture(scope="session")
def gold() -> goldwire.Corpus:
    """The packaged gold."""
    return goldwire.load_corpus()


@pytest.fixture(scope="session")
def harbour() -> goldwire.Corpus:
    """Three short articles written for the tests, with an emoji and curly quotes in the first."""
    return goldwire.load_corpus(TESTS / "corpus")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the Harbour annotation folder that a test may change."""
    return Path(shutil.copytree(TESTS / "corpus", tmp_path / "corpus"))


@pytest.fixture
def jsonl(tmp_path: Path) -> Callable[..., Path]:
    """Write records to a JSON Lines file and return its path."""

    def write(records: Iterable[dict[str, Any]], name: str = "predictions.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
        return path

    return write


@pytest.fixture
def cli(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `goldwire ...` in an empty folder, as a user's shell would."""

    def run(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "eval"), **options.pop("env", {})}
        return subprocess.run(
            [sys.executable, "-m", "goldwire", *map(str, arguments)],
            cwd=work,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            **options,
        )

    return run


def gold_records(corpus: goldwire.Corpus) -> list[dict[str, Any]]:
    """The gold written as a prediction file: documents with mentions, events and times, then pairs, then passages."""
    records: dict[str, dict[str, Any]] = {
        doc_id: {"doc_id": doc_id, "entities": [], "events": [], "times": []} for doc_id in corpus.doc_ids
    }
    for row in corpus["mentions"].to_pylist():
        records[row["doc_id"]]["entities"].append(
            {key: row[key] for key in ("start", "end", "type", "level", "entity_id", "kb_id")}
            | {"head": [row["head_start"], row["head_end"]]}
        )
    events: dict[str, dict[str, Any]] = {}
    for row in corpus["triggers"].to_pylist():
        attributes = ("type", "instance_id", "polarity", "modality", "tense", "genericity")
        event = {"id": row["event_id"], "trigger": row["fragments"] or [row["start"], row["end"]], "arguments": []}
        events[row["event_id"]] = event | {key: row[key] for key in attributes}
        records[row["doc_id"]]["events"].append(events[row["event_id"]])
    for row in corpus["arguments"].to_pylist():
        argument = {key: row[key] for key in ("role", "start", "end", "entity_id", "time_id")}
        events[row["event_id"]]["arguments"].append(argument | {"event_id": row["target_event_id"]})
    for row in corpus["times"].to_pylist():
        expression = {key: row[key] for key in ("start", "end", "type", "value", "resolved")}
        records[row["doc_id"]]["times"].append({"id": row["time_id"], **expression})
    pairs = [
        {key: row[key] for key in ("a", "b", "reuse_a", "reuse_b")}
        for row in corpus["links"].to_pylist()
        if row["reuse_a"] != "none" or row["reuse_b"] != "none"
    ]
    passages = [
        {key: row[key] for key in ("a", "a_start", "a_end", "b", "b_start", "b_end", "relation")}
        for row in corpus["passages"].to_pylist()
    ]
    return [{"goldwire": 1, "entity_scope": "corpus"}, *records.values(), *pairs, *passages]
