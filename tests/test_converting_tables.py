"""Tables: flat rows of every layer, and what de-duplicators write."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldwire
from formats_common import (
    NO_TEXTS,
    assert_no_traceback,
    assert_scores_perfectly,
    bundles,
    canonical,
    folder,
    holds_of,
    packaged,
    restricted,
    there_and_back,
)  # fmt: skip
from goldwire.converting import Bundle, Context, Texts, get, read_bundle, write_bundle
from goldwire.converting.conversion import convert
from goldwire.converting.units import Units
from goldwire.errors import ReadError, UsageError

LAYERS = ["entities", "events", "times", "pairs", "passages", "clusters"]


def read(path: Path, name: str, **options: Any) -> tuple[list[dict[str, Any]], Context]:
    context = Context(Texts(folder=NO_TEXTS))
    return read_bundle(path, name, context, options)[0].records, context


# offset units ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "outward"),
    # a = 1 unit in all; é = 1 code point, 1 UTF-16 unit, 2 bytes; 🛳 = 1, 2, 4; e + U+0301 = 2, 2, 3
    [("codepoint", [0, 1, 2, 3, 4, 5]), ("utf16", [0, 1, 2, 4, 5, 6]), ("byte", [0, 1, 3, 7, 8, 10])],
)
def test_units(unit: str, outward: list[int]) -> None:
    units = Units("aé🛳e\u0301", unit)
    assert [units.outward(i) for i in range(6)] == outward
    assert [units.inward(offset) for offset in outward] == list(range(6))
    between = set(range(-1, units.length + 2)) - set(outward)
    assert {units.inward(offset) for offset in between} == {None}


@given(st.text(max_size=20), st.sampled_from(["utf16", "byte"]))
@settings(max_examples=12, deadline=None)
def test_units_count_what_they_say(text: str, unit: str) -> None:
    codec = {"utf16": "utf-16-le", "byte": "utf-8"}[unit]
    size = {"utf16": 2, "byte": 1}[unit]
    units = Units(text, unit)
    for at in range(len(text) + 1):
        assert units.outward(at) == len(text[:at].encode(codec)) // size
        assert units.inward(units.outward(at)) == at


# flat rows ------------------------------------------------------------------------------------------------------------


def test_mentions_under_other_usual_names(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text('document,begin,stop,Label,surface,mood\nn1,21,30,GPE,WESTHAVEN,sunny\n"n,2",0,4,ORG,"a ""b""",\n')
    records, context = read(path, "rows")
    assert records == [
        {"doc_id": "n1", "entities": [{"start": 21, "end": 30, "type": "GPE", "text": "WESTHAVEN"}]},
        {"doc_id": "n,2", "entities": [{"start": 0, "end": 4, "type": "ORG", "text": 'a "b"'}]},
    ]
    assert [(row.layer, row.what) for row in context.losses] == [("entities", "the column mood")]


def test_events_are_a_row_per_argument(tmp_path: Path) -> None:
    path = tmp_path / "e.tsv"
    head = "doc_id id type trigger polarity source role start end entity_id filler_head_start filler_head_end"
    rows = [
        "n1 v1 Meet 10,14 POS e9 Agent 0 3 e1 0 3",
        "n1 v1 Meet 10,14 POS e9 Place 20 25 e2  ",
        "n1 v2 Call 30,34      ",
    ]
    lines = ["\t".join(row.split(" ")).replace(",", " ") for row in (head, *rows)]
    width = head.count(" ")
    path.write_text("\n".join(line + "\t" * (width - line.count("\t")) for line in lines))
    records, _ = read(path, "rows", layer="events")
    assert records == [
        {
            "doc_id": "n1",
            "events": [
                {
                    "id": "v1", "type": "Meet", "trigger": [10, 14], "polarity": "POS", "attribution": {"source": "e9"},
                    "arguments": [
                        {"role": "Agent", "start": 0, "end": 3, "entity_id": "e1", "head": [0, 3]},
                        {"role": "Place", "start": 20, "end": 25, "entity_id": "e2"},
                    ],
                },
                {"id": "v2", "type": "Call", "trigger": [30, 34]},
            ],
        }
    ]  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet", "jsonl"])
def test_the_packaged_gold_comes_back_layer_by_layer(layer: str, kind: str, tmp_path: Path) -> None:
    gold = packaged()
    if layer == "clusters":
        gold.records += [{"doc_id": record["doc_id"], "cluster": "A, 1"} for record in gold.documents]
    texts = tmp_path / "texts"
    texts.mkdir()
    for record in gold.documents:
        (texts / f"{record['doc_id']}.txt").write_text(record["text"])
    back, _, _ = there_and_back("rows", gold, tmp_path, file=f"out.{kind}", texts=texts, layer=layer)
    assert canonical(back) == canonical(restricted(gold, holds_of("rows", layer=layer)))


@given(st.sampled_from(LAYERS).flatmap(lambda layer: st.tuples(st.just(layer), bundles(holds_of("rows", layer=layer)))))
@settings(max_examples=15, deadline=None)
def test_rows_come_back(case: tuple[str, Bundle]) -> None:
    layer, bundle = case
    bundle.records = [record for record in bundle.records if "a" in record or "cluster" in record or record.get(layer)]
    if not bundle.records:
        return
    with folder() as place:
        back, writing, _ = there_and_back("rows", bundle, place, file="out.csv", layer=layer)
    assert len(writing.losses) == 0
    assert canonical(back) == canonical(bundle)


def test_pandas_reads_what_is_written(tmp_path: Path) -> None:
    import pandas as pd

    gold = packaged()
    for kind, reader in (("csv", pd.read_csv), ("parquet", pd.read_parquet)):
        write_bundle(gold, tmp_path / f"m.{kind}", "rows")
        frame = reader(tmp_path / f"m.{kind}")
        ours = [
            (x["doc_id"], m["start"], x["text"][m["start"] : m["end"]]) for x in gold.documents for m in x["entities"]
        ]
        assert list(zip(frame["doc_id"], frame["start"], frame["text"], strict=True)) == ours


@pytest.mark.parametrize("unit", ["utf16", "byte"])
def test_rows_in_another_unit(unit: str, tmp_path: Path) -> None:
    harbour = Path(__file__).parent / "corpus"
    texts = Texts(gold=harbour)
    gold, _ = read_bundle(harbour, "goldwire", Context(texts))
    for layer in ("entities", "events", "times", "passages"):
        options = {"layer": layer, "unit": unit}
        write_bundle(gold, tmp_path / f"{layer}.csv", "rows", Context(texts), options)
        context = Context(texts)
        back, _ = read_bundle(tmp_path / f"{layer}.csv", "rows", context, options)
        assert [x.rule for x in context.incidents if x.rule != "dangling-reference"] == []
        plain, _ = read_bundle(tmp_path / f"{layer}.csv", "rows", Context(texts), {"layer": layer})
        assert canonical(plain) != canonical(back)
        if layer == "entities":
            held = restricted(gold, holds_of("rows", layer=layer))
            assert canonical(back) == canonical(held)


def test_an_offset_inside_a_character_is_an_incident(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("doc_id,start,end,type\nn1,7,9,GPE\n")  # the ship is at 6 and takes two units
    context = Context(Texts(gold=Path(__file__).parent / "corpus"))
    read_bundle(path, "rows", context, {"unit": "utf16"})
    assert [(x.rule, x.line) for x in context.incidents if x.rule == "offset-unit"] == [("offset-unit", 2)]


@pytest.mark.parametrize(
    ("content", "line", "found"),
    [
        ("doc_id,start,end\nn1,x,3\n", 2, "'x'"),
        ("doc_id,start,end\nn1,1.5,3\n", 2, "'1.5'"),
        ("doc_id,start,end\nn1,1\n", 2, "2 cells"),
        ("doc_id,start,start\nn1,1,2\n", 1, "two columns named 'start'"),
        ("start,end\n1,2\n", 2, ""),
    ],
)
def test_bad_rows_are_named(content: str, line: int, found: str, tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(content)
    _, context = read(path, "rows")
    first = next(x for x in context.incidents if x.rule == "foreign-syntax")
    assert (first.line, first.found) == (line, found)


@pytest.mark.parametrize(
    ("layer", "measures"),
    [
        ("entities", ["entities.strict.f1", "coref.conll", "linking.inkb.f1"]),
        ("events", ["events.tri_c.f1", "events.arg_c.f1", "event_coref.conll"]),
        ("times", ["times.value.f1"]),
        ("passages", ["passages.f1", "passages.relation.accuracy"]),
        ("pairs", ["duplicates.pairs.f1", "duplicates.directed.f1"]),
    ],
)
def test_the_scores_of_rows(layer: str, measures: list[str], tmp_path: Path) -> None:
    assert_scores_perfectly("rows", tmp_path, measures, file=f"{layer}.csv", layer=layer)


# de-duplicators -------------------------------------------------------------------------------------------------------

CLUSTERS = [{"doc_id": "a", "cluster": "0"}, {"doc_id": "b", "cluster": "0"}, {"doc_id": "c", "cluster": "2"}]


def test_text_dedup_parquet(tmp_path: Path) -> None:
    table = pa.table({"id": ["a", "b", "c"], "text": ["x", "x", "y"], "__INDEX__": [0, 1, 2], "__CLUSTER__": [0, 0, 2]})
    pq.write_table(table, tmp_path / "out.parquet")
    assert read(tmp_path / "out.parquet", "text-dedup")[0] == CLUSTERS


def test_text_dedup_saved_dataset_with_numbers_for_ids(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    saved.mkdir()
    table = pa.table({"text": ["x", "x", "y"], "__INDEX__": [0, 1, 2], "__CLUSTER__": [0, 0, 2]})
    with ipc.new_stream(saved / "data-00000-of-00001.arrow", table.schema) as stream:
        stream.write_table(table)
    (saved / "dataset_info.json").write_text("{}")
    (saved / "state.json").write_text("{}")
    (tmp_path / "ids.txt").write_text("a\nb\nc\n")
    assert read(saved, "text-dedup", ids=str(tmp_path / "ids.txt"))[0] == CLUSTERS
    assert [record["doc_id"] for record in read(saved, "text-dedup")[0]] == ["0", "1", "2"]


def test_datasets_saves_what_is_read(tmp_path: Path) -> None:
    from datasets import Dataset

    rows = [{"id": "a", "__CLUSTER__": 7}, {"id": "b", "__CLUSTER__": 7}]
    Dataset.from_list(rows).save_to_disk(tmp_path / "saved")
    assert read(tmp_path / "saved", "text-dedup")[0] == [{"doc_id": x, "cluster": "7"} for x in "ab"]


def test_nemo_components_and_edges(tmp_path: Path) -> None:
    components = pa.table({"_curator_dedup_id": [0, 1, 2], "_duplicate_group_id": [0, 0, 2]})
    edges = pa.table({"_curator_dedup_id_x": [0], "_curator_dedup_id_y": [1]})
    (tmp_path / "ids.jsonl").write_text("".join(json.dumps({"id": x}) + "\n" for x in "abc"))
    for name, table, expected in (("c", components, CLUSTERS), ("e", edges, [{"a": "a", "b": "b"}])):
        (tmp_path / name).mkdir()
        pq.write_table(table, tmp_path / name / "part.0.parquet")
        assert read(tmp_path / name, "nemo", ids=str(tmp_path / "ids.jsonl"))[0] == expected
    old = pa.table({"id_x": ["a-1"], "id_y": ["a-2"], "jaccard": [0.75]})
    pq.write_table(old, tmp_path / "old.parquet")
    assert read(tmp_path / "old.parquet", "nemo")[0] == [{"a": "a-1", "b": "a-2", "score": 0.75}]
    assert read_bundle(tmp_path / "old.parquet")[1] == "nemo"  # told from its columns


def test_spark_parts(tmp_path: Path) -> None:
    out = tmp_path / "components.parquet"
    out.mkdir()
    (out / "_SUCCESS").write_text("")
    pq.write_table(pa.table({"id": ["a", "b"], "component": [0, 0]}), out / "part-00000-x.snappy.parquet")
    pq.write_table(pa.table({"id": ["c"], "component": [2]}), out / "part-00001-x.snappy.parquet")
    assert read(out, "spark")[0] == CLUSTERS
    pq.write_table(pa.table({"src": ["a"], "dst": ["b"]}), tmp_path / "edges.parquet")
    assert read(tmp_path / "edges.parquet", "spark")[0] == [{"a": "a", "b": "b"}]


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("p.csv", "id1,id2,similarity\na,b,0.9\nb,a,0.9\nc,a,0.5\n", {}),
        ("p.tsv", "a\tb\t0.9\nc\ta\t0.5\n", {"header": False}),
        ("p.jsonl", '["a", "b", 0.9]\n["c", "a", 0.5]\n', {}),
        ("p.csv", "left one;right one;w\na;b;0.9\nc;a;0.5\n", {"a": "left one", "b": "right one", "score": "w"}),
    ],
)
def test_pairs(name: str, content: str, options: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    expected = [{"a": "a", "b": "b", "score": 0.9}, {"a": "c", "b": "a", "score": 0.5}]
    assert read(tmp_path / name, "pairs", **options)[0] == expected


def test_neighbours_that_datasketch_finds(tmp_path: Path) -> None:
    from datasketch import MinHash, MinHashLSH

    sketches = {}
    for name, words in (("a", "one two three four five"), ("b", "one two three four five"), ("c", "six seven")):
        sketches[name] = MinHash(num_perm=32)
        for word in words.split():
            sketches[name].update(word.encode())
    index = MinHashLSH(threshold=0.8, num_perm=32)
    for name, sketch in sketches.items():
        index.insert(name, sketch)
    lines = [json.dumps({"id": name, "neighbours": sorted(index.query(x))}) + "\n" for name, x in sketches.items()]
    (tmp_path / "found.jsonl").write_text("".join(lines))
    assert read(tmp_path / "found.jsonl", "pairs")[0] == [{"a": "a", "b": "b"}]


def test_datatrove_edges_and_clusters(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    edge = struct.pack("<4I", 0, 0, 1, 1)
    (run / "00000_00.dups").write_bytes(edge + struct.pack("<4I", 2**32 - 1, 2**32 - 1, 0, 1))
    (run / "00001_00.dups").write_bytes(edge)  # the same pair in another bucket
    records, context = read(run, "datatrove")
    assert records == [{"a": "000000/0", "b": "000001/1"}]
    assert "a match with an index of other documents" in {row.what for row in context.losses}
    ids = tmp_path / "ids"
    ids.mkdir()
    (ids / "00000.txt").write_text("a\nx\n")
    (ids / "00001.txt").write_text("y\nb\n")
    assert read(run, "datatrove", ids=str(ids))[0] == [{"a": "a", "b": "b"}]
    (run / "000001.clusters").write_bytes(struct.pack("<4I", 0, 7, 1, 7))
    records, _ = read(run, "datatrove", ids=str(ids))
    assert records[1:] == [{"doc_id": "y", "cluster": "7"}, {"doc_id": "b", "cluster": "7"}]


def test_datatrove_removed_documents_alone_name_no_cluster(tmp_path: Path) -> None:
    (tmp_path / "000000.remove").write_bytes(struct.pack("<2I", 1, 3))
    records, context = read(tmp_path, "datatrove")
    assert records == [{"doc_id": "000000/1"}, {"doc_id": "000000/3"}]
    assert next(row for row in context.losses if row.layer == "document").count == 2


def test_damaged_datatrove_files(tmp_path: Path) -> None:
    (tmp_path / "00000_00.dups").write_bytes(b"\0" * 17)
    (tmp_path / "x.clusters").write_bytes(b"\0" * 8)
    _, context = read(tmp_path, "datatrove")
    assert [x.rule for x in context.incidents] == ["truncated-archive", "foreign-syntax"]
    (tmp_path / "ids.txt").write_text("a\n")
    (tmp_path / "00000_00.dups").write_bytes(struct.pack("<4I", 0, 0, 0, 1))
    assert "unknown-document" in {x.rule for x in read(tmp_path, "datatrove")[1].incidents}


@pytest.mark.parametrize(
    ("name", "file", "options"),
    [
        ("text-dedup", "o.parquet", {}), ("text-dedup", "o.csv", {}), ("nemo", "o.parquet", {}), ("spark", "o.parquet", {}),
        ("nemo", "e.parquet", {"layer": "pairs"}), ("spark", "e.csv", {"layer": "pairs"}), ("pairs", "p.csv", {}),
        ("pairs", "p.jsonl", {}), ("datatrove", "d", {}),
    ],
)  # fmt: skip
@given(st.data())
@settings(max_examples=6, deadline=None)
def test_what_de_duplicators_can_hold_comes_back(
    name: str, file: str, options: dict[str, Any], data: st.DataObject
) -> None:
    bundle = data.draw(bundles(holds_of(name, **options)))
    with folder() as place:
        back, writing, _ = there_and_back(name, bundle, place, file=file, **options)
    assert {row.what for row in writing.losses} <= {"the name of a cluster, now a number"}
    assert canonical(back, without={"clusters": "cluster"}) == canonical(bundle, without={"clusters": "cluster"})
    assert partition(back) == partition(bundle)


def partition(bundle: Bundle) -> set[frozenset[str]]:
    found: dict[str, set[str]] = {}
    for record in bundle.of("clusters"):
        found.setdefault(record["cluster"], set()).add(record["doc_id"])
    return {frozenset(members) for members in found.values()}


def test_a_de_duplicators_pairs_score_as_the_gold_does(tmp_path: Path) -> None:
    context = Context()
    write_bundle(packaged(), tmp_path / "run", "datatrove", context)
    lost = {row.what: row.count for row in context.losses if row.layer == "pairs"}
    links = goldwire.load_corpus()["links"].to_pylist()
    apart = sum(row["reuse_a"] == row["reuse_b"] == "none" for row in links)
    assert lost["a pair that is said to share nothing, left out"] == apart > 0  # an edge would say the contrary
    convert(tmp_path / "run", tmp_path / "back.jsonl")
    assert goldwire.score(tmp_path / "back.jsonl")["duplicates.pairs.f1"] == 1.0


def test_an_edge_without_a_score_has_passed_the_threshold(tmp_path: Path) -> None:
    records = [{"a": "x", "b": "y", "score": 0.9}, {"a": "x", "b": "z", "score": 0.2}]
    bundle = Bundle({"threshold": 0.5}, records)
    for name, kept in (("spark", 1), ("nemo", 1), ("pairs", 2)):
        options = {"layer": "pairs"} if name != "pairs" else {}
        context = Context()
        write_bundle(bundle, tmp_path / f"{name}.csv", name, context, options)
        assert len(read(tmp_path / f"{name}.csv", name)[0]) == kept
        told = {row.what for row in context.losses}
        assert ("a pair that scores below the threshold, left out" in told) == (kept == 1)
        assert "threshold" in told


def test_tables_without_the_columns_say_so_once(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("name,colour\na,red\nb,blue\n")
    for name in ("text-dedup", "nemo", "spark", "pairs"):
        _, context = read(tmp_path / "x.csv", name)
        assert [(x.rule, x.line) for x in context.incidents] == [("foreign-syntax", 2)]


def test_numbers_without_ids_are_unknown_documents(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("a\n")
    (tmp_path / "x.csv").write_text("id,__CLUSTER__\n0,0\n1,0\nx,0\n")
    records, context = read(tmp_path / "x.csv", "text-dedup", ids=str(tmp_path / "ids.txt"))
    assert records == [{"doc_id": "a", "cluster": "0"}]
    assert [(x.rule, x.line) for x in context.incidents] == [("unknown-document", 3), ("unknown-document", 4)]
    with pytest.raises(ReadError, match="no such file"):
        read(tmp_path / "x.csv", "text-dedup", ids="absent.txt")
    with pytest.raises(UsageError, match="expected clusters or pairs"):
        _ = get("nemo", {"layer": "rows"}).holds


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_damaged_tables_raise_no_traceback(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"rows.{kind}"
    write_bundle(packaged(), path, "rows", None, {"layer": "times"})
    assert assert_no_traceback("rows", path, range(12), layer="times") > 1
