"""Spark gives the integers of the local engine: `make test-spark`, which needs Java 17 and installs pyspark."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import goldwire
from conftest import ROOT
from goldwire.engines.scoring import score_shards
from goldwire.errors import IncidentError
from goldwire.results import Result
from noise import noisy
from test_engines import cut, fractions, labels, same, write

pyspark_sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed (extra `spark`)")


@pytest.fixture(scope="module", autouse=True)
def spark() -> Iterator[Any]:
    """Two executor threads on this machine."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = pyspark_sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    yield session
    session.stop()


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
