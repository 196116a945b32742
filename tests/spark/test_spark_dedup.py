"""De-duplication on Spark gives the files of the local engine: `make test-spark`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goldwire import systems
from goldwire.dedup.run import run_shards
from goldwire.dedup.sql import star_components
from goldwire.engines.spark_database import SparkDatabase
from goldwire.errors import IncidentError, ReadError
from goldwire.tasks.pairs import components
from spark_session import spark_session
from test_dedup import JOINED, MANY, articles, pairs_in, write

pytest.importorskip("pyspark.sql", reason="pyspark is not installed (extra `spark`)")


@pytest.fixture(scope="module", autouse=True)
def spark() -> Iterator[Any]:
    """Two executor threads on this machine."""
    yield from spark_session("local[2]")


@pytest.mark.parametrize("name", JOINED)
def test_records_are_those_of_the_local_engine_byte_for_byte(name: str, tmp_path: Path) -> None:
    some = articles(1100) if name == "containment" else MANY  # beyond 1,000 links alone are given
    pattern = write(tmp_path / "in", some, 7, ".parquet")
    for engine in ("local", "spark"):
        clusters = tmp_path / f"{engine}-clusters.jsonl" if name != "seed-extend" else None
        run_shards(name, tmp_path / f"{engine}.jsonl", pattern, engine=engine, clusters=clusters)
        if clusters is not None:
            assert clusters.read_bytes() == (tmp_path / "local-clusters.jsonl").read_bytes()
    assert (tmp_path / "spark.jsonl").read_bytes() == (tmp_path / "local.jsonl").read_bytes()
    assert pairs_in(tmp_path / "spark.jsonl") == list(systems.get(name)(some))


def test_the_packaged_articles_have_the_file_of_the_local_engine(tmp_path: Path) -> None:
    for engine in ("local", "spark"):
        run_shards("containment", tmp_path / f"{engine}.jsonl", engine=engine)
    assert (tmp_path / "spark.jsonl").read_bytes() == (tmp_path / "local.jsonl").read_bytes()


def test_bad_lines_reach_the_driver_with_their_places(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "0.jsonl").write_text('{"doc_id": "a", "text": "x"}\n', encoding="utf-8")
    (tmp_path / "in" / "1.jsonl").write_text('{"doc_id": "a", "text": "x"}\n{"doc_id": "b"}\n', encoding="utf-8")
    with pytest.raises(IncidentError) as error:
        run_shards("exact", tmp_path / "out.jsonl", tmp_path / "in", engine="spark")
    assert [(Path(one.path).name, one.line, one.found) for one in error.value.incidents] == [
        ("1.jsonl", 2, "no 'text'")
    ]


def test_what_an_executor_cannot_read_is_said_as_it_would_be_here(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["d"], "text": ["x"]}), tmp_path / "other.parquet")
    with pytest.raises(ReadError, match="has no column 'doc_id'"):
        run_shards("exact", tmp_path / "out.jsonl", tmp_path / "other.parquet", engine="spark")


def test_star_components_are_those_of_the_graph() -> None:
    n, rng = 60, np.random.default_rng(3)
    a, b = rng.integers(0, n, (2, 40))
    base = SparkDatabase()
    base.spark.createDataFrame([(i,) for i in range(n)], "article bigint").createOrReplaceTempView("ids")
    links = list(zip(a.tolist(), b.tolist(), strict=True))
    base.spark.createDataFrame(links, "a bigint, b bigint").createOrReplaceTempView("links")
    star_components(base)
    table = pa.Table.from_batches(base.batches("select article, cluster from labels order by article"))
    component = components(n, a, b)
    assert table["cluster"].to_pylist() == [int(np.flatnonzero(component == own)[0]) for own in component]
