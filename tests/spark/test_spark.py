"""Spark gives the integers of the local engine: `make test-spark`, which needs Java 17 and installs pyspark."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import goldwire
from conftest import ROOT, gold_records
from goldwire.engines import spark as spark_engine
from goldwire.engines.scoring import score_shards
from goldwire.errors import IncidentError, ReadError
from goldwire.results import Result
from goldwire.synth.write import synthesize
from noise import noisy
from spark_session import spark_session
from test_engines import cut, damaged_labels, fractions, labels, same, write

pytest.importorskip("pyspark.sql", reason="pyspark is not installed (extra `spark`)")
register_pickle_by_value = pytest.importorskip("pyspark.cloudpickle").register_pickle_by_value


@pytest.fixture(scope="module", autouse=True)
def spark() -> Iterator[Any]:
    """Two executor threads on this machine; a task may fail three times."""
    yield from spark_session("local[2,4]")


@pytest.fixture(scope="module")
def predictions() -> list[dict[str, Any]]:
    """A noisy copy of the gold's documents."""
    return [record for record in noisy(goldwire.load_corpus(), seed=7) if "doc_id" in record]


def test_documents_have_the_integers_of_the_local_engine(predictions: list[dict[str, Any]], tmp_path: Path) -> None:
    pattern = write(tmp_path / "p", predictions, 3)
    tasks = ["entities", "coref", "events", "times"]
    local, spark = (score_shards(pattern, tasks=tasks, slices=["type"], engine=engine) for engine in ("local", "spark"))
    same(spark, local)
    assert spark.signature == local.signature
    assert len(fractions(spark)) > 100


def test_pairs_and_passages_have_the_integers_of_the_local_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goldwire.engines.local._BUCKET", 20_000)  # several parts for five articles
    gold = goldwire.load_corpus()
    pattern = write(tmp_path / "p", noisy(gold, seed=7)[1:], 3)
    reference = write(tmp_path / "g", gold_records(gold)[1:], 2)
    tasks = ["entities", "duplicates", "passages"]
    local, spark = (score_shards(pattern, reference, tasks=tasks, engine=engine) for engine in ("local", "spark"))
    same(spark, local)


def test_a_dataset_in_shards_is_read_on_executors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldwire.synth.write._SHARD", 40)
    monkeypatch.setattr("goldwire.engines.local._BUCKET", 200_000)
    synthesize(tmp_path / "synth", docs=100)
    predictions = noisy(goldwire.load_corpus(tmp_path / "synth"), seed=3)[1:]
    pattern, tasks = write(tmp_path / "p", predictions, 2), ["entities", "duplicates", "passages"]
    local, spark = (
        score_shards(pattern, tmp_path / "synth", tasks=tasks, engine=engine) for engine in ("local", "spark")
    )
    same(spark, local)
    edited = next((tmp_path / "synth" / "data" / "entities").iterdir())
    edited.write_bytes(edited.read_bytes()[:-1])
    with pytest.raises(IncidentError) as error:
        score_shards(pattern, tmp_path / "synth", tasks=tasks, engine="spark")
    assert [(one.rule, one.path) for one in error.value.incidents] == [("checksum", str(edited))]


def test_a_killed_worker_is_replaced_and_nothing_changes(
    predictions: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker, counted = str(tmp_path / "killed"), spark_engine._counted

    def killing(*arguments: Any) -> Iterator[Any]:
        *others, batches = arguments
        rows = list(batches)
        try:
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
        except FileExistsError:  # the task's second try, or another task
            yield from counted(*others, rows)
        else:
            os.kill(os.getpid(), signal.SIGKILL)

    register_pickle_by_value(sys.modules[__name__])  # executors do not have the tests
    pattern = write(tmp_path / "p", predictions, 3)
    with monkeypatch.context() as patch:
        patch.setattr(spark_engine, "_counted", killing)
        found = score_shards(pattern, tasks=["entities", "events"], engine="spark")
    assert os.path.exists(marker)  # noqa: PTH110
    same(found, score_shards(pattern, tasks=["entities", "events"]))


@pytest.mark.parametrize("damage", ["cut", "overwritten", "empty"])
def test_a_damaged_shard_of_labels_is_named(damage: str, tmp_path: Path) -> None:
    damaged_labels("spark", damage, tmp_path)


def test_so_is_one_of_documents_and_one_that_goes_missing(
    predictions: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pattern, shard = write(tmp_path / "p", predictions, 3, ".jsonl.gz"), tmp_path / "p" / "001.jsonl.gz"
    shard.write_bytes(shard.read_bytes()[:-20])
    with pytest.raises(IncidentError) as error:
        score_shards(pattern, engine="spark", on_error="drop")
    assert [(one.rule, one.path) for one in error.value.incidents] == [("truncated-archive", str(shard))]
    monkeypatch.setattr("goldwire.engines.scoring.claim", lambda *_: shard.unlink())
    with pytest.raises(ReadError, match=re.escape(str(shard))):
        score_shards(pattern, engine="spark")


def test_findings_reach_the_driver_with_their_places(tmp_path: Path) -> None:
    records = [{"doc_id": "nowhere", "entities": []}, {"doc_id": "neither", "entities": []}]
    with pytest.raises(IncidentError) as error:
        score_shards(write(tmp_path / "p", records, 2), engine="spark", tasks=["entities"])
    assert {(one.rule, Path(one.path).name, one.line) for one in error.value.incidents} == {
        ("unknown-document", "000.jsonl", 1),
        ("unknown-document", "001.jsonl", 1),
    }


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_clusters_have_the_integers_of_the_local_engine(suffix: str, tmp_path: Path) -> None:
    gold, pred = labels(3000, np.random.default_rng(5))
    patterns = [cut(tmp_path / name, side, suffix) for name, side in (("p", pred), ("g", gold))]
    same(score_shards(*patterns, engine="spark"), score_shards(*patterns, engine="local"))


def test_the_job_of_the_documentation_is_submitted(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    job = re.search(r'```python title="score_job.py"\n(.*?)```', page, re.DOTALL)
    assert job is not None
    (tmp_path / "score_job.py").write_text(job[1], encoding="utf-8")
    gold, pred = labels(300, np.random.default_rng(6))
    patterns = [cut(tmp_path / name, side, ".parquet") for name, side in (("p", pred), ("g", gold))]
    submit = Path(sys.executable).with_name("spark-submit")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "eval"), "PYSPARK_PYTHON": sys.executable}
    command = [submit, "--master", "local[2]", tmp_path / "score_job.py", *patterns, tmp_path / "result.json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    same(Result.read(tmp_path / "result.json"), score_shards(*patterns, engine="local"))
