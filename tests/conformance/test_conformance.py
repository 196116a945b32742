"""All engines give the integers of the scorer in memory: `make conformance`, which needs Java 17. Heavier than the suite.

Every numerator, denominator and total of a column is compared: whole numbers exactly, fractions to twelve digits. How
many whole numbers there were is printed for each engine and corpus.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmarks.data import Mentions, mentions
from benchmarks.labels import write_labels

import goldwire
from conftest import gold_records
from goldwire.engines.scoring import score_shards
from goldwire.results import Result
from goldwire.synth.write import synthesize
from goldwire.tasks import TASKS
from noise import noisy
from spark_session import spark_session
from test_engines import write

pytest.importorskip("pyspark.sql", reason="pyspark is not installed (extra `spark`)")

ENGINES = ["local", "duckdb", "spark"]
MILLION = int(os.environ.get("GOLDWIRE_CONFORMANCE_ITEMS", "1000000"))


@pytest.fixture(scope="module", autouse=True)
def spark() -> Iterator[Any]:
    """Two executor threads on this machine."""
    yield from spark_session("local[2]")


def figures(result: Result) -> dict[str, float]:
    """Everything that adds up: fractions of the values, and totals of the columns by the labels of every facet."""
    found = {}
    for name, value in result.values.items():
        for part, figure in (("numerator", value.numerator), ("denominator", value.denominator)):
            if figure is not None:
                found[f"{name} {part}"] = figure
    for task, counts in result.counts.items():
        for column, total in counts.totals().items():
            found[f"{task} {column}"] = total
        for facet in counts.facets:
            sums = counts.by_label(list(counts.columns), facet)
            for label, row in zip(counts.facets[facet].labels, sums.tolist(), strict=True):
                found |= {
                    f"{task} {column} {facet}={label}": x for column, x in zip(counts.columns, row, strict=True) if x
                }
    return found


def compared(corpus: str, engine: str, found: Result, expected: Result) -> None:
    """Fail where any figure differs; print how many there were."""
    ours, theirs = figures(found), figures(expected)
    assert ours.keys() == theirs.keys()
    kinds: Counter[str] = Counter()
    for name, figure in ours.items():
        whole = theirs[name].is_integer()
        kinds["integers" if whole else "fractions"] += 1
        assert figure == theirs[name] if whole else figure == pytest.approx(theirs[name], rel=1e-12), name
    print(f"\n{corpus}, {engine}: {kinds['integers']:,} integers and {kinds['fractions']:,} fractions are the same")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("own_gold", [False, True])
def test_five_articles(own_gold: bool, engine: str, tmp_path: Path) -> None:
    gold = goldwire.load_corpus()
    sides = {"p": noisy(gold, seed=7)[1:], **({"g": gold_records(gold)[1:]} if own_gold else {})}
    tasks = [name for name, task in TASKS.items() if task.unit != "corpus" and name not in ("clusters", "grounding")]
    slices = ["type", "level", "relation"]
    files = [tmp_path / f"{name}.jsonl" for name in sides]
    for path, records in zip(files, sides.values(), strict=True):
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    patterns = [write(tmp_path / name, records, 3) for name, records in sides.items()]
    expected = goldwire.score(*files, tasks=tasks, slices=slices)
    found = score_shards(*patterns, engine=engine, tasks=tasks, slices=slices)
    compared(f"five articles{', gold in shards' if own_gold else ''}", engine, found, expected)


@pytest.fixture(scope="module")
def million_mentions(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, Result]:
    """Predictions in JSON Lines and gold in Parquet, ten shards each, and what they score in memory."""
    folder = tmp_path_factory.mktemp("mentions")
    per_document = 50
    gold, pred = mentions(MILLION // per_document, per_document)
    gold_rows, pred_rows = records(gold), records(pred)
    lines = [json.dumps(record) + "\n" for record in pred_rows]
    (folder / "p.jsonl").write_text("".join(lines), encoding="utf-8")
    for number in range(10):
        (folder / "p").mkdir(exist_ok=True)
        (folder / "p" / f"{number}.jsonl").write_text("".join(lines[number::10]), encoding="utf-8")
        (folder / "g").mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist(gold_rows[number::10]), folder / "g" / f"{number}.parquet")
    pq.write_table(pa.Table.from_pylist(gold_rows), folder / "g.parquet")
    expected = goldwire.score(folder / "p.jsonl", folder / "g.parquet", slices=["type"])
    return str(folder / "p" / "*.jsonl"), str(folder / "g" / "*.parquet"), expected


def records(side: Mentions) -> list[dict[str, Any]]:
    """One record a document."""
    rows = side.table().select(["start", "end", "type", "entity_id"]).to_pylist()
    bounds = side.bounds.tolist()
    cuts = zip(side.doc_ids, bounds, bounds[1:], strict=False)
    return [{"doc_id": name, "entities": rows[first:last]} for name, first, last in cuts]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_million_mentions(engine: str, million_mentions: tuple[str, str, Result]) -> None:
    pred, gold, expected = million_mentions
    assert {"entities", "coref"} <= set(expected.tasks)
    compared("a million mentions", engine, score_shards(pred, gold, engine=engine, slices=["type"]), expected)


@pytest.fixture(scope="module")
def million_labels(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, Result]:
    """Labels in eight shards a side, and what they score in memory."""
    folder = tmp_path_factory.mktemp("labels")
    gold, pred = write_labels(folder, MILLION, 8)
    for name in ("gold", "pred"):
        shards = sorted((folder / name).iterdir())
        pq.write_table(pa.concat_tables(pq.read_table(shard) for shard in shards), folder / f"{name}.parquet")
    return pred, gold, goldwire.score(folder / "pred.parquet", folder / "gold.parquet")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_million_cluster_labels(engine: str, million_labels: tuple[str, str, Result]) -> None:
    pred, gold, expected = million_labels
    compared("a million cluster labels", engine, score_shards(pred, gold, engine=engine), expected)


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Result, Sequence[str]]:
    """A synthetic corpus in shards, noisy predictions of all its layers in shards, and what they score in memory."""
    folder = tmp_path_factory.mktemp("synthetic")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("goldwire.synth.write._SHARD", 1000)
        synthesize(folder / "gold", docs=max(200, MILLION // 200))
    pred = noisy(goldwire.load_corpus(folder / "gold"), seed=5)[1:]
    (folder / "p.jsonl").write_text("".join(json.dumps(record) + "\n" for record in pred), encoding="utf-8")
    tasks = ["entities", "coref", "duplicates", "passages", "clusters"]
    return (
        write(folder / "p", pred, 6),
        folder / "gold",
        goldwire.score(folder / "p.jsonl", folder / "gold", tasks=tasks),
        tasks,
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_links_passages_and_clusters_of_a_synthetic_corpus(
    engine: str, synthetic: tuple[str, Path, Result, Sequence[str]]
) -> None:
    pred, gold, expected, tasks = synthetic
    compared("a synthetic corpus", engine, score_shards(pred, gold, engine=engine, tasks=tasks), expected)
