"""Scoring shards: the same integers as in memory, however the files are cut, whatever brings them together."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import goldwire
from conftest import gold_records
from goldwire.engines.scoring import score_shards
from goldwire.engines.shards import pieces, shards_of
from goldwire.engines.joins import block_of
from goldwire.errors import IncidentError, ReadError, UsageError
from goldwire.incidents import Incidents
from goldwire.paths import is_sharded
from goldwire.results import Result
from noise import noisy

BY_DOCUMENT = ["entities", "linking", "coref", "events", "instances", "event_coref", "times"]


@pytest.fixture(scope="session")
def predictions(gold: goldwire.Corpus) -> list[dict[str, Any]]:
    """A noisy copy of the gold's documents, as records; no pairs and passages, which join documents."""
    return [record for record in noisy(gold, seed=7) if "doc_id" in record]


def write(folder: Path, records: Sequence[dict[str, Any]], shards: int, suffix: str = ".jsonl") -> str:
    """Records in so many shards, dealt out in turn; the pattern that names them."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(shards):
        text = "".join(json.dumps(record) + "\n" for record in records[number::shards])
        data = gzip.compress(text.encode()) if suffix.endswith(".gz") else text.encode()
        (folder / f"{number:03}{suffix}").write_bytes(data)
    return str(folder / f"*{suffix}")


def fractions(result: Result) -> dict[str, tuple[float | None, ...]]:
    """Every value with its numerator and denominator."""
    return {name: (v.value, v.numerator, v.denominator) for name, v in result.values.items()}


def same(result: Result, other: Result) -> None:
    """The same numerators and denominators; the same values, up to the order of summation."""
    ours, theirs = fractions(result), fractions(other)
    assert ours.keys() == theirs.keys()
    for name, figures in ours.items():
        for one, its in zip(figures, theirs[name], strict=True):
            assert (one is None) == (its is None), name
            assert one is None or one == pytest.approx(its, rel=1e-12), name


class TestDocuments:
    @pytest.mark.parametrize(("shards", "suffix"), [(1, ".jsonl"), (3, ".jsonl"), (2, ".jsonl.gz")])
    def test_cutting_predictions_into_shards_changes_nothing(
        self, shards: int, suffix: str, predictions: list[dict[str, Any]], jsonl: Callable[..., Path], tmp_path: Path
    ) -> None:
        whole = goldwire.score(jsonl(predictions), tasks=BY_DOCUMENT, slices=["type"])
        cut = score_shards(write(tmp_path / "cut", predictions, shards, suffix), tasks=BY_DOCUMENT, slices=["type"])
        same(cut, whole)
        assert cut.signature == whole.signature
        for name, value in whole.values.items():
            assert cut.values[name].low is None or cut.values[name].low == pytest.approx(value.low), name

    def test_gold_may_be_cut_too_and_in_another_way(
        self, gold: goldwire.Corpus, predictions: list[dict[str, Any]], jsonl: Callable[..., Path], tmp_path: Path
    ) -> None:
        records = [record for record in gold_records(gold)[1:] if "doc_id" in record]
        whole = goldwire.score(jsonl(predictions), jsonl(records, "gold.jsonl"), tasks=["entities", "events"])
        patterns = write(tmp_path / "p", predictions, 2), write(tmp_path / "g", records, 3)
        same(score_shards(*patterns, tasks=["entities", "events"]), whole)

    def test_blocks_of_documents_are_units_as_good_as_documents(
        self, predictions: list[dict[str, Any]], tmp_path: Path
    ) -> None:
        pattern = write(tmp_path / "p", predictions, 2)
        single, blocks = (score_shards(pattern, tasks=["entities"], units=units) for units in ("document", "block"))
        same(blocks, single)
        assert set(blocks.counts["entities"].units) == {
            f"{block:03x}" for block in block_of(pa.array(single.counts["entities"].units)).tolist()
        }

    def test_a_run_that_was_stopped_goes_on_behind_its_last_finished_part(
        self, predictions: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("goldwire.engines.local._BUCKET", 20_000)  # several parts for five articles
        pattern, work = write(tmp_path / "p", predictions, 2), tmp_path / "work"

        def stop(what: str, done: int, _: int) -> None:
            if what == "counting" and done == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            score_shards(pattern, tasks=["entities"], work=work, progress=stop)
        finished = {path.name: path.stat().st_mtime_ns for path in (work / "parts").iterdir()}
        assert len(finished) == 2
        resumed = score_shards(pattern, tasks=["entities"], work=work)
        assert {name: (work / "parts" / name).stat().st_mtime_ns for name in finished} == finished
        same(resumed, score_shards(pattern, tasks=["entities"]))

    def test_a_work_folder_of_another_run_is_refused(self, predictions: list[dict[str, Any]], tmp_path: Path) -> None:
        pattern = write(tmp_path / "p", predictions, 2)
        score_shards(pattern, tasks=["entities"], work=tmp_path / "work")
        with pytest.raises(UsageError, match="another run"):
            score_shards(pattern, tasks=["events"], work=tmp_path / "work")
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "thesis.txt").touch()
        with pytest.raises(UsageError, match="not empty"):
            score_shards(pattern, tasks=["events"], work=tmp_path / "mine")


class TestBadShards:
    def test_a_damaged_shard_is_named_and_nothing_is_scored(
        self, predictions: list[dict[str, Any]], tmp_path: Path
    ) -> None:
        pattern = write(tmp_path / "p", predictions, 3, ".jsonl.gz")
        broken = tmp_path / "p" / "001.jsonl.gz"
        broken.write_bytes(broken.read_bytes()[:-20])
        with pytest.raises(IncidentError) as error:
            score_shards(pattern, on_error="drop")
        assert [(one.rule, one.path) for one in error.value.incidents] == [("truncated-archive", str(broken))]

    def test_so_is_a_damaged_parquet_file(self, tmp_path: Path) -> None:
        (tmp_path / "p").mkdir()
        pq.write_table(pa.table({"doc_id": ["a"]}), tmp_path / "p" / "0.parquet")
        (tmp_path / "p" / "1.parquet").write_bytes((tmp_path / "p" / "0.parquet").read_bytes()[:-9])
        with pytest.raises(IncidentError) as error:
            score_shards(str(tmp_path / "p"))
        assert str(tmp_path / "p" / "1.parquet") in {one.path for one in error.value.incidents}

    def test_findings_name_the_shard_and_the_line(self, gold: goldwire.Corpus, tmp_path: Path) -> None:
        first, second = gold.doc_ids[:2]
        records = [
            {"doc_id": first, "entities": [{"start": 0, "end": 5, "type": "GPE"}]},
            {"doc_id": second, "entities": [{"start": 5, "end": 0, "type": "GPE"}]},
            {"doc_id": first, "entities": []},
            {"doc_id": "nowhere", "entities": []},
        ]
        pattern = write(tmp_path / "p", records, 2)
        with pytest.raises(IncidentError) as error:
            score_shards(pattern, tasks=["entities"])
        assert {(one.rule, Path(one.path).name, one.line) for one in error.value.incidents} == {
            ("offset-range", "001.jsonl", 1),
            ("repeated-document", "000.jsonl", 2),
            ("unknown-document", "001.jsonl", 2),
        }

    def test_what_joins_documents_is_refused_with_the_reason(self, gold: goldwire.Corpus, tmp_path: Path) -> None:
        pairs = [{"a": gold.doc_ids[0], "b": gold.doc_ids[1], "score": 1.0}]
        with pytest.raises(UsageError, match="links join documents"):
            score_shards(write(tmp_path / "p", pairs, 1))
        with pytest.raises(UsageError, match="'coref_corpus' cannot be scored here"):
            score_shards(write(tmp_path / "q", [{"doc_id": gold.doc_ids[0]}], 1), tasks=["coref_corpus"])


class TestShards:
    def test_a_pattern_a_folder_and_a_url_name_the_same_shards(self, tmp_path: Path) -> None:
        pattern = write(tmp_path / "p", [{"doc_id": "a"}, {"doc_id": "b"}], 2)
        names = [str(tmp_path / "p" / f"{number:03}.jsonl") for number in range(2)]
        assert shards_of(pattern) == shards_of(tmp_path / "p") == names
        assert shards_of(f"file://{tmp_path / 'p'}/*.jsonl") == [f"file://{name}" for name in names]
        assert is_sharded(pattern)
        assert is_sharded(tmp_path / "p")
        assert not is_sharded(names[0])

    def test_a_pattern_without_files_is_said_so(self, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match="no such files"):
            shards_of(str(tmp_path / "*.jsonl"))

    def test_shards_behind_a_url_score_like_files(self, predictions: list[dict[str, Any]], tmp_path: Path) -> None:
        import fsspec

        memory = fsspec.filesystem("memory")
        pattern = write(tmp_path / "p", predictions, 2)
        for path in sorted((tmp_path / "p").iterdir()):
            memory.pipe(f"/goldwire/{path.name}", path.read_bytes())
        same(score_shards("memory://goldwire/*.jsonl", tasks=["entities"]), score_shards(pattern, tasks=["entities"]))

    def test_lines_keep_their_numbers_from_piece_to_piece(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("goldwire.engines.shards._BLOCK", 50)
        records = [{"goldwire": 1}, *({"doc_id": f"document-{number:03}"} for number in range(40))]
        write(tmp_path, records, 1)
        found = list(pieces(str(tmp_path / "000.jsonl"), Incidents()))
        places = [
            (file.records["doc_id"][i].as_py(), file.place(i, ())[1])
            for file in found
            for i in range(len(file.records))
        ]
        assert len(found) > 10
        assert places == [(f"document-{number:03}", number + 2) for number in range(40)]


class TestClusters:
    @pytest.mark.parametrize("engine", ["local", "duckdb"])
    @pytest.mark.parametrize("singletons", ["keep", "drop"])
    @pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
    def test_engines_give_the_integers_of_one_file_in_memory(
        self, engine: str, singletons: str, suffix: str, jsonl: Callable[..., Path], tmp_path: Path
    ) -> None:
        gold, pred = labels(400, np.random.default_rng(3))
        whole = goldwire.score(jsonl(pred), jsonl(gold, "gold.jsonl"), tasks=["clusters"], singletons=singletons)
        patterns = [cut(tmp_path / name, side, suffix) for name, side in (("p", pred), ("g", gold))]
        found = score_shards(*patterns, engine=engine, singletons=singletons)
        assert found["clusters.b3.f1"] not in (0, 1)
        same(found, whole)

    def test_the_gold_may_be_a_corpus(self, jsonl: Callable[..., Path], tmp_path: Path) -> None:
        gold, pred = labels(50, np.random.default_rng(4))
        path = jsonl(gold, "gold.jsonl")
        same(
            score_shards(cut(tmp_path / "p", pred, ".jsonl"), path, engine="duckdb"), goldwire.score(jsonl(pred), path)
        )

    @pytest.mark.parametrize("engine", ["local", "duckdb"])
    def test_unknown_and_repeated_documents_are_errors(self, engine: str, tmp_path: Path) -> None:
        gold = [{"doc_id": "a", "cluster": "x"}, {"doc_id": "b", "cluster": "x"}]
        pred = [{"doc_id": "a", "cluster": "y"}, {"doc_id": "a", "cluster": "z"}, {"doc_id": "c", "cluster": "z"}]
        with pytest.raises(IncidentError) as error:
            score_shards(cut(tmp_path / "p", pred, ".jsonl"), cut(tmp_path / "g", gold, ".jsonl"), engine=engine)
        repeated = "two-clusters" if engine == "local" else "repeated-document"
        assert {"unknown-document", repeated} <= {one.rule for one in error.value.incidents}


def labels(n: int, rng: np.random.Generator) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Gold and predicted cluster labels: most clusters right, one document in five moved, some left out."""
    gold = rng.integers(0, n // 3, n)
    pred = np.where(rng.random(n) < 0.2, rng.integers(0, n // 3, n), gold)
    rows = [{"doc_id": f"d{i}", "cluster": f"g{label}"} for i, label in enumerate(gold.tolist())]
    return rows, [{"doc_id": f"d{i}", "cluster": f"p{label}"} for i, label in enumerate(pred.tolist()) if i % 17]


def cut(folder: Path, records: list[dict[str, Any]], suffix: str) -> str:
    if suffix == ".jsonl":
        return write(folder, records, 3)
    folder.mkdir()
    for number in range(3):
        pq.write_table(pa.Table.from_pylist(records[number::3]), folder / f"{number}.parquet")
    return str(folder / "*.parquet")


class TestVerb:
    def test_a_pattern_is_one_system(
        self, cli: Any, predictions: list[dict[str, Any]], jsonl: Callable[..., Path], tmp_path: Path
    ) -> None:
        pattern = write(tmp_path / "p", predictions, 2)
        arguments = ("--task", "entities", "-f", "csv")
        assert cli("score", pattern, *arguments).stdout.splitlines()[1:] == [
            line.replace("predictions,", "p,", 1)
            for line in cli("score", jsonl(predictions), *arguments).stdout.splitlines()[1:]
        ]
