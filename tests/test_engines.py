"""Scoring shards: the same integers as in memory, however the files are cut, whatever brings them together."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import goldwire
from conftest import ROOT, gold_records
from goldwire.engines.joins import block_of
from goldwire.engines.scoring import score_shards
from goldwire.engines.shards import pieces, shards_of
from goldwire.errors import IncidentError, ReadError, UsageError
from goldwire.incidents import Incidents
from goldwire.paths import is_sharded
from goldwire.results import Result
from goldwire.synth.write import synthesize
from noise import noisy

_SMALL = 20_000  # bytes a bucket, so that there are several parts for five articles
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


KILLED_TASKS = ("entities", "duplicates", "passages")
KILLED = f"""
import os, signal, sys
import goldwire.engines.local as local
from goldwire.engines.scoring import score_shards
local._BUCKET = {_SMALL}
pattern, work, what, done = sys.argv[1:]
def progress(now, at, _):
    if (now, at) == (what, int(done)):
        os.kill(os.getpid(), signal.SIGKILL)
score_shards(pattern, tasks={list(KILLED_TASKS)}, work=work, progress=progress)
"""


def finished(work: Path) -> dict[str, tuple[int, int]]:
    """Every finished shard and part in a work folder, with its file's number and time."""
    found = [*work.glob("*/[0-9]*/*"), *work.glob("parts/*.json")]
    return {str(path.relative_to(work)): (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


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
        monkeypatch.setattr("goldwire.engines.local._BUCKET", _SMALL)
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

    def test_a_killed_process_loses_no_finished_shard_and_no_finished_part(
        self, everything: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("goldwire.engines.local._BUCKET", _SMALL)
        pattern, work = write(tmp_path / "p", everything, 3), tmp_path / "work"
        for what, done in (("reading predictions", 2), ("joining predictions", 1), ("counting", 2)):
            before = finished(work)
            killed = subprocess.run(
                [sys.executable, "-c", KILLED, pattern, str(work), what, str(done)],
                env={**os.environ, "PYTHONPATH": str(ROOT / "eval")}, capture_output=True, timeout=120,
            )  # fmt: skip
            assert killed.returncode == -signal.SIGKILL, killed.stderr
            after = finished(work)
            assert before.items() <= after.items()  # neither written again nor touched
            assert len(after) > len(before)
        whole = score_shards(pattern, tasks=list(KILLED_TASKS), work=work)
        assert after.items() <= finished(work).items()
        same(whole, score_shards(pattern, tasks=list(KILLED_TASKS)))

    def test_a_work_folder_of_another_run_is_refused(self, predictions: list[dict[str, Any]], tmp_path: Path) -> None:
        pattern = write(tmp_path / "p", predictions, 2)
        score_shards(pattern, tasks=["entities"], work=tmp_path / "work")
        with pytest.raises(UsageError, match="another run"):
            score_shards(pattern, tasks=["events"], work=tmp_path / "work")
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "thesis.txt").touch()
        with pytest.raises(UsageError, match="not empty"):
            score_shards(pattern, tasks=["events"], work=tmp_path / "mine")


@pytest.fixture(scope="session")
def everything(gold: goldwire.Corpus) -> list[dict[str, Any]]:
    """A noisy copy of the gold with its pairs and passages."""
    return noisy(gold, seed=7)[1:]


class TestPairs:
    """What pairs, passages and clusters join is counted together, in however many parts."""

    @pytest.fixture(autouse=True)
    def parts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("goldwire.engines.local._BUCKET", _SMALL)

    @pytest.mark.parametrize("own_gold", [False, True])
    def test_all_tasks_have_the_integers_of_one_file(
        self, own_gold: bool, gold: goldwire.Corpus, everything: list[dict[str, Any]], jsonl: Callable[..., Path],
        tmp_path: Path,
    ) -> None:  # fmt: skip
        records = gold_records(gold)[1:]
        patterns = [write(tmp_path / "p", everything, 3), *([write(tmp_path / "g", records, 4)] if own_gold else [])]
        cut_up = score_shards(*patterns)
        assert cut_up.tasks == (*BY_DOCUMENT, "duplicates", "passages")
        files = [jsonl(everything), *([jsonl(records, "gold.jsonl")] if own_gold else [])]
        same(cut_up, goldwire.score(*files, tasks=cut_up.tasks))
        assert set(cut_up.counts["passages"].units) == set(
            goldwire.score(*files, tasks=["passages"]).counts["passages"].units
        )

    @pytest.mark.parametrize("units", ["document", "block"])
    @pytest.mark.parametrize("threshold", [None, 0.5])
    def test_scored_links_rank_the_same(
        self, units: Any, threshold: float | None, jsonl: Callable[..., Path], tmp_path: Path
    ) -> None:
        rng = np.random.default_rng(11)
        gold, pred = links(300, 90, rng, scored=False), links(300, 200, rng, scored=True)
        documents = [{"doc_id": f"d{i}", "length": 9} for i in range(300)]
        header = [{"goldwire": 1, "system": {"name": "p"}} | ({"threshold": threshold} if threshold else {})]
        whole = goldwire.score(jsonl(header + pred), jsonl(documents + gold, "gold.jsonl"))
        parts = score_shards(
            write(tmp_path / "p", header + pred, 1), write(tmp_path / "g", documents + gold, 3), units=units
        )
        assert len(parts.values) == 22
        assert parts["duplicates.ap"] not in (0, 1, None)
        assert parts["duplicates.closure_damage"] not in (0, 1, None)
        same(parts, whole)
        if units == "document":
            assert parts.counts["duplicates"].cover is not None
            assert sorted(parts.counts["duplicates"].cover.documents) == sorted(f"d{i}" for i in range(300))

    def test_links_against_clusters_and_clusters_against_links(
        self, jsonl: Callable[..., Path], tmp_path: Path
    ) -> None:
        rng = np.random.default_rng(12)
        groups = [{"doc_id": f"d{i}", "cluster": f"c{rng.integers(20)}"} for i in range(60)]
        pairs = links(60, 40, rng, scored=False)
        joined, listed = jsonl(groups, "groups.jsonl"), jsonl(pairs, "pairs.jsonl")
        same(
            score_shards(write(tmp_path / "links", pairs, 3), write(tmp_path / "clusters", groups, 2)),
            goldwire.score(listed, joined),
        )
        documents = [{"doc_id": f"d{i}"} for i in range(60)]
        reference = jsonl(documents + pairs, "reference.jsonl")
        same(score_shards(str(tmp_path / "clusters"), reference), goldwire.score(joined, reference))

    def test_gold_that_is_a_dataset_in_shards_is_read_file_by_file(
        self, jsonl: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("goldwire.synth.write._SHARD", 30)
        synthesize(tmp_path / "synth", docs=80)
        predictions = noisy(goldwire.load_corpus(tmp_path / "synth"), seed=3)[1:]
        whole = goldwire.score(jsonl(predictions), tmp_path / "synth")
        monkeypatch.setattr("goldwire.engines.scoring.load_corpus", None)  # nothing reads it whole
        parts = score_shards(write(tmp_path / "p", predictions, 3), tmp_path / "synth", tasks=whole.tasks)
        assert {"entities", "duplicates", "passages"} <= set(parts.tasks)
        same(parts, whole)
        assert parts.gold == whole.gold
        edited = next((tmp_path / "synth" / "data" / "entities").iterdir())
        edited.write_bytes(edited.read_bytes()[:-1])
        with pytest.raises(IncidentError) as error:
            score_shards(str(tmp_path / "p"), tmp_path / "synth", on_error="drop")
        assert [(one.rule, one.path) for one in error.value.incidents] == [("checksum", str(edited))]


def links(documents: int, n: int, rng: np.random.Generator, *, scored: bool) -> list[dict[str, Any]]:
    """Links between documents that lie near each other, no pair twice; levels on both sides."""
    levels = ["none", "trace", "partial", "major", "whole"]
    found = {}
    for _ in range(n):
        a = int(rng.integers(documents - 4))
        pair = (a, a + int(rng.integers(1, 4)))
        level = {"reuse_a": levels[rng.integers(5)], "reuse_b": levels[rng.integers(1, 5)]}
        found[pair] = level | ({"score": round(float(rng.random()), 2)} if scored else {})
    return [{"a": f"d{a}", "b": f"d{b}", **more} for (a, b), more in found.items()]


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

    def test_tasks_over_the_whole_corpus_are_refused_with_the_reason(
        self, gold: goldwire.Corpus, tmp_path: Path
    ) -> None:
        with pytest.raises(UsageError, match="'coref_corpus' cannot be scored here: its entities join documents"):
            score_shards(write(tmp_path / "q", [{"doc_id": gold.doc_ids[0]}], 1), tasks=["coref_corpus"])

    def test_files_of_several_systems_are_not_shards_of_one(self, gold: goldwire.Corpus, tmp_path: Path) -> None:
        def of(name: str) -> list[dict[str, Any]]:
            return [{"goldwire": 1, "system": {"name": name}}, {"doc_id": gold.doc_ids[0], "entities": []}]

        for name in ("apple", "plum"):
            write(tmp_path / name, of(name), 1)
            (tmp_path / name / "000.jsonl").rename(tmp_path / f"{name}.jsonl")
        with pytest.raises(UsageError) as error:
            score_shards(str(tmp_path / "*.jsonl"))
        assert str(error.value) == (
            f"{tmp_path}/plum.jsonl: is of the system 'plum', {tmp_path}/apple.jsonl of 'apple'; a folder or pattern is one "
            "system in many shards, several systems are several arguments"
        )
        for name in ("apple", "plum"):  # without headers only the documents tell
            write(tmp_path / "bare" / name, of(name)[1:], 1)
        with pytest.raises(IncidentError, match="several systems are several arguments"):
            score_shards(str(tmp_path / "bare" / "*" / "*.jsonl"))

    def test_errors_of_the_gold_are_never_dropped(self, tmp_path: Path) -> None:
        gold = [{"doc_id": "a", "entities": [{"start": 5, "end": 2, "type": "GPE"}]}, {"doc_id": "b", "entities": []}]
        pred = [{"doc_id": "a", "entities": []}, {"doc_id": "b", "entities": []}]
        with pytest.raises(IncidentError, match=r"1 error\(s\) in the gold"):
            score_shards(write(tmp_path / "p", pred, 2), write(tmp_path / "g", gold, 2), on_error="drop")

    def test_every_finding_is_counted_though_few_are_kept(self, tmp_path: Path) -> None:
        gold = [{"doc_id": f"d{i}", "entities": []} for i in range(3)]
        bad = [{"doc_id": f"d{i}", "entities": [{"start": 9, "end": 2, "type": "GPE"}] * 700} for i in range(3)]
        with pytest.raises(IncidentError, match="2100 error") as error:
            score_shards(write(tmp_path / "p", bad, 3), write(tmp_path / "g", gold, 1))
        assert len(error.value.incidents) == 1000


class TestDamage:
    """Each kind of damage is named on each engine, and nothing is scored."""

    @pytest.mark.parametrize("engine", ["local", "duckdb"])
    @pytest.mark.parametrize("damage", ["cut", "overwritten", "empty"])
    def test_a_damaged_shard_of_labels_is_named(self, engine: str, damage: str, tmp_path: Path) -> None:
        damaged_labels(engine, damage, tmp_path)

    @pytest.mark.parametrize("engine", ["local", "duckdb"])
    def test_a_shard_that_goes_missing_is_named(
        self, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gold, pred = labels(40, np.random.default_rng(8))
        patterns = [cut(tmp_path / name, side, ".parquet") for name, side in (("p", pred), ("g", gold))]
        gone = tmp_path / "p" / "1.parquet"

        def claimed(*_: Any) -> None:
            gone.unlink()

        monkeypatch.setattr("goldwire.engines.scoring.claim", claimed)
        with pytest.raises(ReadError, match=re.escape(str(gone))):
            score_shards(*patterns, engine=engine)

    def test_records_of_another_kind_among_labels_are_counted(self, tmp_path: Path) -> None:
        gold, pred = labels(9000, np.random.default_rng(9))  # the last record is beyond the first look
        pred.append({"a": "d1", "b": "d2", "score": 1.0})
        patterns = [cut(tmp_path / name, side, ".jsonl") for name, side in (("p", pred), ("g", gold))]
        with pytest.raises(IncidentError) as error:
            score_shards(*patterns, engine="duckdb")
        assert [(one.rule, one.found) for one in error.value.incidents] == [("record-kind", "1 record(s)")]


def damaged_labels(engine: str, damage: str, folder: Path) -> None:
    """Score Parquet labels one shard of which is damaged, and see that it is named."""
    gold, pred = labels(6000, np.random.default_rng(8))
    patterns = [cut(folder / name, side, ".parquet") for name, side in (("p", pred), ("g", gold))]
    broken = folder / "p" / "1.parquet"
    data = broken.read_bytes()
    middle = len(data) // 3
    damaged = {"cut": data[:-100], "overwritten": data[:middle] + b"\xff" * 64 + data[middle + 64 :], "empty": b""}
    broken.write_bytes(damaged[damage])
    with pytest.raises(IncidentError) as error:
        score_shards(*patterns, engine=engine)
    rule = "empty-file" if damage == "empty" else "truncated-archive"
    assert {(one.rule, one.path) for one in error.value.incidents} == {(rule, str(broken))}


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


class TestMemory:
    """200,000 and 800,000 mentions a side; the interpreter and its libraries take most of the peak."""

    def test_the_peak_of_a_run_does_not_grow_with_the_number_of_documents(self, tmp_path: Path) -> None:
        peaks = []
        for times in (1, 4):
            pred, gold = (
                annotated(tmp_path / f"{times}{name}", 4 * times, seed) for name, seed in (("p", 1), ("g", 2))
            )
            run = subprocess.run(
                [sys.executable, "-c", PEAK, pred, gold], env={**os.environ, "PYTHONPATH": str(ROOT / "eval")},
                capture_output=True, text=True, timeout=240, check=True,
            )  # fmt: skip
            peaks.append(int(run.stdout))
        assert peaks[1] < 1.25 * peaks[0], peaks


PEAK = """
import resource, sys
import goldwire.engines.local as local
from goldwire.engines.scoring import score_shards
local._BUCKET = 1 << 17
result = score_shards(sys.argv[1], sys.argv[2], tasks=["entities"], units="block")
assert result["entities.exact.f1"] > 0
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
"""


def annotated(folder: Path, shards: int, seed: int) -> str:
    """So many Parquet shards of 1,000 documents with 50 mentions each."""
    folder.mkdir()
    for number in range(shards):
        rng = np.random.default_rng((seed, number))
        start = (100 * np.arange(50) + rng.integers(0, 3, (1000, 50))).ravel()
        columns = [pa.array(start, pa.int32()), pa.array(start + rng.integers(1, 4, len(start)), pa.int32())]
        kinds = pa.array(["GPE", "PERSON", "ORG"]).take(pa.array(rng.integers(0, 3, len(start))))
        mentions = pa.StructArray.from_arrays([*columns, kinds], ["start", "end", "type"])
        lists = pa.ListArray.from_arrays(pa.array(np.arange(0, len(start) + 1, 50), pa.int32()), mentions)
        doc_id = [f"d{number * 1000 + i}" for i in range(1000)]
        pq.write_table(pa.table({"doc_id": doc_id, "entities": lists}), folder / f"{number:03}.parquet")
    return str(folder / "*.parquet")


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

    def test_a_killed_database_goes_on_behind_its_last_table(self, tmp_path: Path) -> None:
        gold, pred = labels(400, np.random.default_rng(3))
        patterns = [cut(tmp_path / name, side, ".parquet") for name, side in (("p", pred), ("g", gold))]
        arguments = [*patterns, str(tmp_path / "work")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "eval")}
        command = [sys.executable, "-c", KILLED_DATABASE, *arguments]
        killed = subprocess.run(command, env=environment, capture_output=True, timeout=120)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True)
        assert again.stdout.split() == ["exact", "rest", "golds", "preds"]  # and neither items nor cells
        same(Result.from_dict(json.loads((tmp_path / "work" / "result.json").read_text())), score_shards(*patterns))

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
            score_shards(write(tmp_path / "p", pred, 2), write(tmp_path / "g", gold, 1), engine=engine)
        repeated = "two-clusters" if engine == "local" else "repeated-document"
        assert {"unknown-document", repeated} <= {one.rule for one in error.value.incidents}


KILLED_DATABASE = """
import os, signal, sys
from pathlib import Path
from goldwire.engines.duckdb import DuckLabels
from goldwire.engines.scoring import score_shards
pred, gold, work = sys.argv[1:]
keep = DuckLabels._keep
def watched(self, name, query):
    was_there = self.has(name)
    keep(self, name, query)
    if not Path(work, "again").exists():
        if name == "cells":
            Path(work, "again").touch()
            os.kill(os.getpid(), signal.SIGKILL)
    elif not was_there:
        print(name)
DuckLabels._keep = watched
score_shards(pred, gold, engine="duckdb", work=work).write(Path(work, "result.json"))
"""


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
        pq.write_table(pa.Table.from_pylist(records[number::3]), folder / f"{number}.parquet", write_page_checksum=True)
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
