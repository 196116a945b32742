"""De-duplication over files: the records of one system in memory, however files are cut, whatever joins them."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldwire
from goldwire import systems
from goldwire.cli.main import main
from goldwire.dedup.articles import articles_in, source_of
from goldwire.dedup.run import run_shards
from goldwire.dedup.runs import CELLS, Runs
from goldwire.dedup.sql import CHAIN, star_components
from goldwire.engines.duckdb import DuckDB
from goldwire.errors import IncidentError, ReadError, UsageError
from goldwire.running import articles_of
from goldwire.systems import Article
from goldwire.systems.joins import PAIR, ROW, Joined, Rule, candidates, common_keys, merged
from goldwire.tasks.pairs import components

JOINED = ("exact", "minhash", "containment", "seed-extend")
ENGINES = ("local", "duckdb")


def articles(count: int, seed: int = 1) -> list[Article]:
    """Texts of 30 to 90 invented words, half of them edited copies; some copied whole, some empty, some short."""
    rng = np.random.default_rng(seed)
    texts: list[str] = ["", "no comment", "No comment!", "№ ½ — Ünïcode’s “quotes”", "no words: …"]
    while len(texts) < count:
        words = rng.zipf(1.3, int(rng.integers(30, 90))) % 5000
        for copy in range(int(rng.choice([1, 1, 2, 4, 7]))):
            own = words.copy()
            if copy % 3:
                own[rng.integers(0, len(own), 3)] = rng.integers(0, 5000, 3)
                own = own[: rng.integers(len(own) // 2, len(own) + 1)]
            texts.append(" ".join(f"w{word}" for word in own) + (" Reporting by the desk of the agency." * (copy == 1)))
    ids = [f"{number * 7919 % 100_003:06}" for number in range(count)]  # not in the order of the files
    return [Article(doc_id, text) for doc_id, text in zip(ids, texts, strict=False)]


def write(folder: Path, some: Sequence[Article], shards: int, suffix: str = ".jsonl") -> str:
    """Articles dealt out to so many files; the pattern that names them."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(shards):
        rows = [{"doc_id": one.doc_id, "text": one.text, "url": "x"} for one in some[number::shards]]
        path = folder / f"{number:03}{suffix}"
        if suffix == ".parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
        else:
            data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
            path.write_bytes(gzip.compress(data) if suffix.endswith(".gz") else data)
    return str(folder / f"*{suffix}")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def pairs_in(path: Path) -> list[dict[str, Any]]:
    return [record for record in lines(path) if "a" in record]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits at which some hundred articles are many: large corpora, several ranges, blocks, chunks and windows."""
    monkeypatch.setattr("goldwire.systems.containment.ALL_PAIRS", 50)
    monkeypatch.setattr("goldwire.systems.containment.RARE", 8)
    monkeypatch.setattr("goldwire.systems.minhash.WINDOW", 2)
    monkeypatch.setattr("goldwire.systems.fingerprints.WINDOW", 2)
    monkeypatch.setattr("goldwire.systems.candidates._PLACES", 97)
    monkeypatch.setattr("goldwire.dedup.local._ROWS", 1000)
    monkeypatch.setattr("goldwire.dedup.articles._ROWS", 13)


MANY = articles(400)


class TestEngines:
    @pytest.mark.usefixtures("small")
    @pytest.mark.parametrize("name", JOINED)
    @pytest.mark.parametrize("engine", ENGINES)
    def test_engines_give_the_records_of_the_system_in_memory(self, name: str, engine: str, tmp_path: Path) -> None:
        expected = list(systems.get(name)(MANY))
        run_shards(name, tmp_path / "out.jsonl", write(tmp_path / "in", MANY, 7), engine=engine)
        assert pairs_in(tmp_path / "out.jsonl") == expected
        assert len(expected) > 40
        assert [r["doc_id"] for r in lines(tmp_path / "out.jsonl")[1:] if "a" not in r] == sorted(
            a.doc_id for a in MANY
        )

    @pytest.mark.parametrize("name", JOINED)
    @pytest.mark.parametrize("engine", ENGINES)
    def test_the_five_articles_have_the_file_of_goldwire_run(self, name: str, engine: str, tmp_path: Path) -> None:
        from goldwire.running import run

        run(name, tmp_path / "memory.jsonl")
        run_shards(name, tmp_path / "files.jsonl", engine=engine)
        assert (tmp_path / "files.jsonl").read_bytes() == (tmp_path / "memory.jsonl").read_bytes()

    @pytest.mark.parametrize(("shards", "suffix"), [(1, ".jsonl"), (60, ".jsonl"), (3, ".parquet"), (2, ".jsonl.gz")])
    def test_how_articles_are_cut_into_files_changes_nothing(self, shards: int, suffix: str, tmp_path: Path) -> None:
        run_shards("minhash", tmp_path / "out.jsonl", write(tmp_path / "in", MANY, shards, suffix))
        assert pairs_in(tmp_path / "out.jsonl") == list(systems.get("minhash")(MANY))

    def test_a_synthetic_corpus_is_read_from_its_manifest_in_shards_that_are_checked(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("goldwire.synth.write._SHARD", 40)
        goldwire.synthesize(tmp_path / "corpus", docs=120, seed=3)
        corpus = goldwire.load_corpus(tmp_path / "corpus")
        assert len(source_of(tmp_path / "corpus").shards) == 3
        run_shards("containment", tmp_path / "out.jsonl", tmp_path / "corpus")
        assert pairs_in(tmp_path / "out.jsonl") == list(systems.get("containment")(articles_of(corpus)))
        assert lines(tmp_path / "out.jsonl")[0]["gold_digest"] == corpus.digest
        assert (goldwire.score(tmp_path / "out.jsonl", corpus)["duplicates.pairs.f1"] or 0) > 0.3
        shard = sorted((tmp_path / "corpus" / "data" / "articles").iterdir())[1]
        pq.write_table(pq.read_table(shard).slice(1), shard)
        with pytest.raises(IncidentError) as error:
            run_shards("exact", tmp_path / "again.jsonl", tmp_path / "corpus")
        assert [(one.rule, Path(one.path).name) for one in error.value.incidents] == [("checksum", shard.name)]

    @pytest.mark.usefixtures("small")
    @pytest.mark.parametrize("engine", ENGINES)
    def test_clusters_are_the_components_of_the_links(self, engine: str, tmp_path: Path) -> None:
        pattern = write(tmp_path / "in", MANY, 3)
        run_shards("minhash", tmp_path / "out.parquet", pattern, engine=engine, clusters=tmp_path / "clusters.jsonl")
        ids = sorted(one.doc_id for one in MANY)
        links = [(r["a"], r["b"]) for r in systems.get("minhash")(MANY) if r["score"] >= 0.7]
        a, b = (np.array([ids.index(link[side]) for link in links]) for side in (0, 1))
        component = components(len(ids), a, b)
        first = [ids[int(np.flatnonzero(component == own)[0])] for own in component]
        found = lines(tmp_path / "clusters.jsonl")[1:]
        assert found == [{"doc_id": one, "cluster": cluster} for one, cluster in zip(ids, first, strict=True)]
        assert 50 < len(set(first)) < 350

    @pytest.mark.parametrize("engine", ENGINES)
    def test_a_run_that_was_stopped_hashes_no_finished_file_again(
        self, engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        pattern, work, read = write(tmp_path / "in", MANY, 4), tmp_path / "work", list[int]()
        most = [2]

        def noted(source: Any, number: int, incidents: Any) -> Iterator[pa.Table]:
            if len(read) == most[0]:
                raise KeyboardInterrupt
            read.append(number)
            return articles_in(source, number, incidents)

        monkeypatch.setattr("goldwire.dedup.mapping.articles_in", noted)
        with pytest.raises(KeyboardInterrupt):
            run_shards("minhash", tmp_path / "out.jsonl", pattern, engine=engine, work=work)
        assert not (tmp_path / "out.jsonl").exists()
        most[0] = 9
        run_shards("minhash", tmp_path / "out.jsonl", pattern, engine=engine, work=work)
        assert read == [0, 1, 2, 3]
        assert pairs_in(tmp_path / "out.jsonl") == list(systems.get("minhash")(MANY))
        with pytest.raises(UsageError, match="another run"):
            run_shards("exact", tmp_path / "other.jsonl", pattern, engine=engine, work=work)

    def test_output_is_one_file_or_a_folder_of_parquet(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr("goldwire.dedup.writing._ROWS", 300)
        pattern = write(tmp_path / "in", MANY, 2)
        for name in ("out.jsonl", "out.parquet", "shards"):
            run_shards("minhash", tmp_path / name, pattern)
        parts = sorted((tmp_path / "shards").iterdir())
        assert [part.name for part in parts] == ["part-00000.parquet", "part-00001.parquet"]
        rows = pa.concat_tables([pq.read_table(part) for part in parts])
        assert rows.equals(pq.read_table(tmp_path / "out.parquet"))
        assert [{k: v for k, v in row.items() if v is not None} for row in rows.to_pylist()] == lines(
            tmp_path / "out.jsonl"
        )[1:]
        head = lines(tmp_path / "out.jsonl")[0]
        assert [json.loads(pq.read_schema(part).metadata[b"goldwire"]) for part in parts] == [head, head]
        with pytest.raises(UsageError, match="is there already"):
            run_shards("minhash", tmp_path / "shards", pattern)
        assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


class TestBadInput:
    @pytest.mark.parametrize("engine", ENGINES)
    def test_everything_wrong_is_named_with_its_place_and_nothing_is_compared(
        self, engine: str, tmp_path: Path
    ) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "0.jsonl").write_text('{"doc_id": "a", "text": "x"}\n{"doc_id": "b"}\n', encoding="utf-8")
        (tmp_path / "in" / "1.jsonl").write_bytes(b'{"doc_id": "c", "text": "x"}\nnonsense\n{"text": "\xff"}\n[1]\n')
        pq.write_table(pa.table({"doc_id": ["d"], "text": ["x"]}), tmp_path / "in" / "2.parquet")
        (tmp_path / "in" / "3.parquet").write_bytes((tmp_path / "in" / "2.parquet").read_bytes()[:-9])
        with pytest.raises(IncidentError) as error:
            run_shards("exact", tmp_path / "out.jsonl", tmp_path / "in", engine=engine)
        assert [(Path(one.path).name, one.line, one.rule, one.found) for one in error.value.incidents][:-1] == [
            ("0.jsonl", 2, "schema", "no 'text'"),
            ("1.jsonl", 2, "json-syntax", "Expecting value (column 1)"),
            ("1.jsonl", 3, "encoding", "byte 0xff"),
            ("1.jsonl", 4, "schema", "no 'doc_id'"),
            ("1.jsonl", 4, "schema", "no 'text'"),
        ]
        last = error.value.incidents[-1]
        assert (Path(last.path).name, last.rule) == ("3.parquet", "truncated-archive")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]

    @pytest.mark.parametrize("engine", ENGINES)
    def test_an_id_given_twice_is_an_error_where_it_comes_again(self, engine: str, tmp_path: Path) -> None:
        some = [Article("a", "x"), Article("b", "y"), Article("c", "z"), Article("a", "w")]
        with pytest.raises(IncidentError) as error:
            run_shards("minhash", tmp_path / "out.jsonl", write(tmp_path / "in", some, 2), engine=engine)
        assert [(one.rule, Path(one.path).name, one.line) for one in error.value.incidents] == [
            ("repeated-document", "001.jsonl", 2)
        ]

    def test_a_gzip_file_cut_short_is_named(self, tmp_path: Path) -> None:
        pattern = write(tmp_path / "in", MANY, 2, ".jsonl.gz")
        broken = tmp_path / "in" / "001.jsonl.gz"
        broken.write_bytes(broken.read_bytes()[:-20])
        with pytest.raises(IncidentError) as error:
            run_shards("exact", tmp_path / "out.jsonl", pattern)
        assert {(one.rule, one.path) for one in error.value.incidents} == {("truncated-archive", str(broken))}

    def test_what_cannot_be_done_is_said(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        pattern = write(tmp_path / "in", MANY[:9], 2)
        pq.write_table(pa.table({"id": ["d"], "text": ["x"]}), tmp_path / "other.parquet")
        pq.write_table(pa.table({"doc_id": ["d"], "text": [1]}), tmp_path / "numbers.parquet")
        for arguments, said in (
            (("gazetteer", pattern), "wants all articles in memory"),
            (("minhash", pattern, "--limit", "3"), "--limit: not with ARTICLES"),
            (("minhash", pattern, "--gold", "x"), "give one of them"),
            (("seed-extend", pattern, "--clusters", "c.jsonl"), "gives passages, not pairs"),
            (("minhash", pattern, "--engine", "spark", "--work", "w"), "Spark keeps what is between on its executors"),
            (("minhash", str(tmp_path / "nothing-*.jsonl")), "no such files"),
            (("minhash", str(tmp_path / "other.parquet")), "has no column 'doc_id'"),
            (("minhash", str(tmp_path / "numbers.parquet")), "articles have strings as 'doc_id' and 'text'"),
        ):
            assert main(["run", *arguments, "-o", str(tmp_path / "out.jsonl")]) == 2
            assert said in capsys.readouterr().err
        with pytest.raises(ReadError):
            source_of(tmp_path / "nothing.jsonl")

    def test_no_articles_are_no_records(self, tmp_path: Path) -> None:
        (tmp_path / "none.jsonl").write_text("", encoding="utf-8")
        for name in JOINED:
            for engine in ENGINES:
                assert run_shards(name, tmp_path / "out.jsonl", tmp_path / "none.jsonl", engine=engine).records == 0


class TestVerb:
    def test_articles_in_files_and_their_clusters(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        pattern = write(tmp_path / "in", MANY, 2)
        out, labels = tmp_path / "out.jsonl", tmp_path / "labels.parquet"
        arguments = [pattern, "-o", str(out), "--engine", "duckdb", "--clusters", str(labels)]
        assert main(["run", "exact", *arguments]) == 0
        assert "record(s) in" in capsys.readouterr().err
        assert pairs_in(out) == list(systems.get("exact")(MANY))
        assert pq.read_table(labels).column_names == ["doc_id", "cluster"]
        record = json.loads((tmp_path / "out.run.json").read_text(encoding="utf-8"))
        assert record["system"]["name"] == "exact"


# Work --------------------------------------------------------------------------------------------------------------------


def rows(*keys: int) -> Any:
    """A row an article, of these keys, sorted."""
    found = np.zeros(len(keys), ROW)
    found["key"], found["article"] = np.sort(np.array(keys)), np.argsort(keys, kind="stable")
    return found


class TestWork:
    def test_the_pairs_of_a_hundred_thousand_copies_are_a_chain(self) -> None:
        # each with the 3 that follow: 3 n, but for the last ones 3 + 2 + 1 fewer
        found = list(candidates(Rule("chain", 3), rows(*[7] * 100_000)))
        assert sum(map(len, found)) == 3 * 100_000 - 6
        assert max(map(len, found)) <= 3 * (1 << 15)

    @pytest.mark.parametrize("kind", ["count", "hits"])
    def test_a_key_in_all_articles_makes_no_pairs(self, kind: Any) -> None:
        rule = Rule(kind, 100, 0.1)
        shared = rows(*[7] * 100_000)
        assert sum(map(len, candidates(rule, shared))) == 0
        assert common_keys(rule, shared, 100_000).tolist() == [1] * 100_000

    @pytest.mark.parametrize("kind", ["count", "hits"])
    def test_no_row_has_more_partners_than_the_limit(self, kind: Any) -> None:
        # 200 keys of 100 articles each: 4,950 pairs a key, 50 a row
        found = candidates(Rule(kind, 100), rows(*(np.arange(20_000) % 200)))
        assert sum(map(len, found)) == 200 * 4950

    @pytest.mark.parametrize("copies", [99, 100, 101, 5000])
    def test_so_it_is_in_sql(self, copies: int, tmp_path: Path) -> None:
        base, limit = DuckDB(tmp_path, "work"), 10
        numbers = pa.array(range(copies), pa.int64())
        base.execute("create table rows (key bigint, number bigint, place bigint)")
        base.execute("create table ids (article bigint, number bigint)")
        base.insert(
            "rows", pa.table([pa.repeat(7, copies), numbers, pa.repeat(0, copies)], names=["key", "number", "place"])
        )
        base.insert("ids", pa.table([numbers, numbers], names=["article", "number"]))
        for name, query in CHAIN.items():
            base.keep(name, query.format(limit=limit))
        joined = CHAIN["pairs"].split("where y.place")[0].replace("distinct", "").format(limit=limit)
        assert count(base, f"({joined})") <= 2 * limit * copies
        assert count(base, "pairs") == limit * copies - limit * (limit + 1) // 2
        base.close()

    @pytest.mark.usefixtures("small")
    def test_boilerplate_in_every_article_is_no_pair_on_disk(self, tmp_path: Path) -> None:
        footer = " All rights reserved by the wire and its several partners in the region"
        some = [Article(f"{i:03}", " ".join(f"w{i}x{j}" for j in range(20)) + footer) for i in range(200)]
        for name in ("containment", "seed-extend"):
            run_shards(name, tmp_path / "out.jsonl", write(tmp_path / "in", some, 3), work=tmp_path / name, settings={
                "max_articles": 50} if name == "seed-extend" else {})  # fmt: skip
            assert pairs_in(tmp_path / "out.jsonl") == []
            assert sum(path.stat().st_size for path in (tmp_path / name / "pairs").rglob("*.run")) == 0

    @pytest.mark.parametrize("length", [2, 3, 100, 1000])
    def test_a_path_is_one_component_after_a_logarithm_of_rounds(self, length: int, tmp_path: Path) -> None:
        order = np.random.default_rng(0).permutation(length)
        base = database(tmp_path, length, order[:-1], order[1:])
        rounds = star_components(base)
        assert rounds <= 2 * np.log2(length) + 2
        assert count(base, "labels where cluster = 0") == length
        sizes = [count(base, f"edges_{number}") for number in range(rounds + 1)]
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[0] == sizes[-1] == length - 1
        base.close()


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.tuples(*[st.integers(0, n - 1)] * 2)))))
def test_star_components_are_those_of_the_graph(tmp_path_factory: pytest.TempPathFactory, graph: Any) -> None:
    n, edges = graph
    a, b = (np.array([edge[side] for edge in edges], np.int64) for side in (0, 1))
    base = database(tmp_path_factory.mktemp("graph"), n, a, b)
    star_components(base)
    found = [row["cluster"] for x in base.batches("select * from labels order by article") for row in x.to_pylist()]
    component = components(n, a, b)
    assert found == [int(np.flatnonzero(component == own)[0]) for own in component]
    base.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=60), st.integers(1, 5), st.integers(1, 30))
def test_runs_give_back_every_row_once_in_ranges_of_keys(
    tmp_path_factory: pytest.TempPathFactory, keys: list[int], files: int, most: int
) -> None:
    folder = tmp_path_factory.mktemp("runs")
    runs = Runs(folder, ROW, "key", 1 << 64)
    given_rows = np.zeros(len(keys), ROW)
    given_rows["key"] = keys
    for number in range(files):
        (folder / f"{number:06}").mkdir()
        runs.fill(folder / f"{number:06}", np.array_split(given_rows[number::files], 3), most)
    ranges = runs.ranges(most)
    read = [np.concatenate([some for _, some in runs.read(where)] or [given_rows[:0]])["key"] for where in ranges]
    assert sorted(np.concatenate([np.zeros(0, np.uint64), *read]).tolist()) == sorted(keys)
    assert all(one.max() < other.min() for one, other in itertools.pairwise(read) if len(one) and len(other))
    assert all(low < high <= CELLS for low, high in ranges)


def test_merged_pairs_are_each_pair_once_with_what_was_counted() -> None:
    pairs = np.array([(1, 2, 3, 0), (0, 5, 1, 0), (1, 2, 4, 0)], PAIR)
    assert merged(Rule("count", 9), pairs).tolist() == [(0, 5, 1, 0), (1, 2, 7, 0)]
    assert [row[:2] for row in merged(Rule("chain", 9), pairs).tolist()] == [(0, 5), (1, 2)]
    assert len(merged(Rule("hits", 9), pairs)) == 3


def test_the_joined_baselines_are_these() -> None:
    assert tuple(name for name in systems.built_in() if isinstance(_made(name), Joined)) == JOINED


def _made(name: str) -> Any:
    return systems.get(name) if name != "embeddings" else None


def count(base: DuckDB, table: str) -> int:
    return sum(batch["n"].to_pylist()[0] for batch in base.batches("select count(*) as n from " + table))  # noqa: S608


class database(DuckDB):  # noqa: N801  (called like a function)
    """A graph as the tables ``ids`` and ``links``."""

    def __init__(self, folder: Path, n: int, a: Any, b: Any) -> None:
        super().__init__(folder, "graph")
        self.execute("create table ids (article bigint)")
        self.insert("ids", pa.table({"article": pa.array(range(n), pa.int64())}))
        self.execute("create table links (a bigint, b bigint)")
        self.insert("links", pa.table({"a": pa.array(a, pa.int64()), "b": pa.array(b, pa.int64())}))
