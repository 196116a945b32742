"""Reading: the fast path and the careful one agree, offsets come in any unit, bad bytes are told apart."""

from __future__ import annotations

import gzip
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

import goldwire
from conftest import TESTS, gold_records
from goldwire.errors import ReadError
from goldwire.formats.arrow_json import by_arrow
from goldwire.formats.jsonl import parse_jsonl
from goldwire.formats.lines import Lines
from goldwire.formats.records import RECORD, flatten
from goldwire.formats.source import read_bytes, write_atomic
from goldwire.formats.strict_json import StrictJSONError, line_index, loads
from goldwire.formats.text_index import TextIndex
from goldwire.incidents import Incidents
from goldwire.reading import gold_of, read_predictions

HEADLINE = {"start": 6, "end": 7, "type": "FAC"}  # the ship emoji of article n1: one code point


def tables_of(path: Path, gold: goldwire.Corpus) -> dict[str, list[dict[str, Any]]]:
    read = read_predictions(path, gold)
    assert read.incidents.errors == 0, list(read.incidents)
    return {name: table.to_pylist() for name, table in read.corpus.tables.items()}


# the shape of files ---------------------------------------------------------------------------------------------------


def test_the_slow_path_reads_what_the_fast_path_reads(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    records = gold_records(harbour)
    fast = tables_of(jsonl(records), harbour)
    records[1]["mood"] = "sunny"  # a field no schema knows sends the file through the line-by-line path
    slow_file = jsonl(records, "slow.jsonl")
    assert [i.rule for i in read_predictions(slow_file, harbour).incidents] == ["unknown-field"]
    assert tables_of(slow_file, harbour) == fast


@pytest.mark.parametrize("packing", ["gz", "zst", "crlf", "bom", "blank lines"])
def test_packing_does_not_matter(
    packing: str, harbour: goldwire.Corpus, jsonl: Callable[..., Path], tmp_path: Path
) -> None:
    plain = jsonl(gold_records(harbour))
    data = plain.read_bytes()
    packed = {
        "gz": lambda: gzip.compress(data),
        "zst": lambda: zstandard.ZstdCompressor().compress(data),
        "crlf": lambda: data.replace(b"\n", b"\r\n"),
        "bom": lambda: b"\xef\xbb\xbf" + data,
        "blank lines": lambda: b"\n \n" + data.replace(b"\n", b"\n\n   \t\n") + b" " * 100,
    }[packing]()
    other = tmp_path / "packed"
    other.write_bytes(packed)
    assert tables_of(other, harbour) == tables_of(plain, harbour)


def test_parquet_holds_the_same_as_json_lines(
    harbour: goldwire.Corpus, jsonl: Callable[..., Path], tmp_path: Path
) -> None:
    header, *records = gold_records(harbour)
    table = pa.Table.from_pylist(records, schema=RECORD).replace_schema_metadata({"goldwire": json.dumps(header)})
    pq.write_table(table, tmp_path / "p.parquet")
    assert tables_of(tmp_path / "p.parquet", harbour) == tables_of(jsonl([header, *records]), harbour)


def test_parquet_may_name_fewer_fields_in_another_order(harbour: goldwire.Corpus, tmp_path: Path) -> None:
    rows = [{"entities": [{"type": "GPE", "end": 30, "start": 21}], "doc_id": "n1"}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "p.parquet")  # int64 offsets, three of twelve fields
    mentions = tables_of(tmp_path / "p.parquet", harbour)["mentions"]
    assert [(m["doc_id"], m["start"], m["end"], m["type"]) for m in mentions] == [("n1", 21, 30, "GPE")]


def test_one_file_may_hold_all_kinds_of_records(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    read = read_predictions(
        jsonl(
            [
                {"doc_id": "n1", "entities": []},
                {"a": "n1", "b": "n2", "score": 0.5},
                {"a": "n1", "a_start": 32, "a_end": 98, "b": "n2", "b_start": 24, "b_end": 90},
                {"doc_id": "n3", "cluster": "c1"},
            ]
        ),
        harbour,
    )
    sizes = {name: len(table) for name, table in read.corpus.tables.items()}
    assert sizes == {"mentions": 0, "articles": 1, "links": 1, "passages": 1, "clusters": 1}


def test_a_layer_no_record_speaks_of_is_absent_not_empty(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    corpus = read_predictions(jsonl([{"doc_id": "n1", "times": []}]), harbour).corpus
    assert "times" in corpus
    assert "mentions" not in corpus


def test_a_header_may_claim_a_layer_that_nothing_was_found_in(
    harbour: goldwire.Corpus, jsonl: Callable[..., Path]
) -> None:
    header = {"goldwire": 1, "system": {"name": "silent", "layers": ["duplicates"]}}
    corpus = read_predictions(jsonl([header]), harbour).corpus
    assert len(corpus["links"]) == 0
    assert "links" in corpus


@given(
    st.lists(
        st.sampled_from(
            [
                '{"doc_id": 5, "length": -1, "entities": [{"start": "1"}, {"start": -2, "head": [1]}]}',
                '{"doc_id": "d", "entities": [{"start": 1.5}], "times": [{"end": "x"}], "sha256": "no"}',
                '{"entities": 3, "score": "high"}',
                '{"doc_id": "d", "length": 99999999999}',
                '{"a": "x", "b": "y", "score": 1e400, "coverage_a": true}',
                '{"doc_id": "d", "entities": []}',
                "[1]",
                '"text"',
            ]
        ),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=25, deadline=None)
def test_findings_beyond_those_shown_are_only_counted_and_all_counted(lines: list[str]) -> None:
    data = "".join(line + "\n" for line in lines).encode()
    shown, every = Incidents(kept_per_rule=2), Incidents()
    parse_jsonl(data, "p.jsonl", shown)
    parse_jsonl(data, "p.jsonl", every)
    assert shown.counts == every.counts
    for rule in every.counts:
        first = [incident for incident in every.items if incident.rule == rule][:2]
        assert [incident for incident in shown.items if incident.rule == rule] == first


def test_a_lone_null_does_not_reach_arrow(harbour: goldwire.Corpus, tmp_path: Path) -> None:
    # pyarrow 26 crashes the process on a block that starts with null
    path = tmp_path / "p.jsonl"
    path.write_text('null\n{"doc_id": "n1", "entities": []}\n')
    assert [i.rule for i in read_predictions(path, harbour).incidents] == ["schema"]


def test_two_objects_on_one_line_are_not_json_lines(harbour: goldwire.Corpus, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"doc_id": "n1", "entities": []} {"doc_id": "n2", "entities": []}\n')
    assert [(i.rule, i.line) for i in read_predictions(path, harbour).incidents] == [("json-syntax", 1)]


def test_whole_floats_are_integers_and_others_are_not() -> None:
    incidents = Incidents()
    data = b'{"doc_id": "d", "entities": [{"start": 1.0, "end": 2}]}\n{"doc_id": "e", "entities": [{"start": 1.5}]}\n'
    file = parse_jsonl(data, "p", incidents)
    assert flatten(file.records)["mentions"].table["start"].to_pylist() == [1]
    assert [(i.rule, i.line, i.item) for i in incidents] == [("schema", 2, "entities[0].start")]


@pytest.mark.parametrize("number", ["99999999999", "-1", "2147483648", "1e300"])
def test_offsets_no_text_can_have_are_refused(number: str, harbour: goldwire.Corpus, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(f'{{"doc_id": "n1", "entities": [{{"start": 0, "end": {number}, "type": "GPE"}}]}}\n')
    assert {i.rule for i in read_predictions(path, harbour).incidents} <= {"schema", "offset-range"}
    assert read_predictions(path, harbour).incidents.errors == 1


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_a_cut_off_archive_is_never_scored(packing: str, cut: float, harbour: goldwire.Corpus, tmp_path: Path) -> None:
    lines = [
        json.dumps({"doc_id": "n1", "entities": [{"start": i, "end": i + 1}]}).encode() + b"\n" for i in range(200)
    ]
    if packing == "gz":
        data = gzip.compress(b"".join(lines))
    else:  # a flush after every line leaves whole lines readable in a cut-off file
        packer = zstandard.ZstdCompressor().compressobj()
        blocks = [packer.compress(x) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for x in lines]
        data = b"".join(blocks) + packer.flush()
    path = tmp_path / "p"
    path.write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(goldwire.IncidentError) as caught:
        goldwire.score(path, harbour, on_error="drop")
    assert [incident.rule for incident in caught.value.incidents] == ["truncated-archive"]


@pytest.mark.parametrize(
    "text",
    [
        '{"doc_id": "n1", "entities": [\n{"start": 0, "end": 1}]}\n{"doc_id": "n2"} {"doc_id": "n3"}\n',
        '{"doc_id": "n1"} {"doc_id": "n2"}\n',
        '{"doc_id": "n1"},\n{"doc_id": "n2"}\n',
    ],
)
def test_objects_must_keep_to_their_lines(text: str, harbour: goldwire.Corpus, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(text)
    assert "json-syntax" in {i.rule for i in read_predictions(path, harbour).incidents}


def test_a_record_that_mentions_the_word_is_no_header(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    mention = {"start": 21, "end": 30, "type": "GPE", "entity_id": "goldwire"}
    assert (
        tables_of(jsonl([{"doc_id": "n1", "entities": [mention]}]), harbour)["mentions"][0]["entity_id"] == "goldwire"
    )


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ({"goldwire": 1, "offset_unit": "utf-16"}, "header"),
        ({"goldwire": 1, "offset_units": "utf16"}, "misspelt-field"),
        ({"goldwire": 1, "mood": "sunny"}, "unknown-field"),
        ({"goldwire": 1, "corpus": {"name": "x", "labels": {"entity_types": 5}}}, "header"),
        ({"goldwire": 1, "system": "me"}, "header"),
    ],
)
def test_headers_are_checked_in_both_formats(
    header: dict[str, Any], rule: str, harbour: goldwire.Corpus, jsonl: Callable[..., Path], tmp_path: Path
) -> None:
    record = {"doc_id": "n1", "entities": []}
    table = pa.Table.from_pylist([record], schema=RECORD).replace_schema_metadata({"goldwire": json.dumps(header)})
    pq.write_table(table, tmp_path / "p.parquet")
    for path in (jsonl([header, record]), tmp_path / "p.parquet"):
        assert {i.rule for i in read_predictions(path, harbour).incidents} == {rule}


@pytest.mark.parametrize(
    "column",
    [pa.array(["21"]), pa.array([True]), pa.array([2**40]), pa.array([1.5])],
    ids=["string", "bool", "huge", "fraction"],
)
def test_parquet_offsets_must_be_whole_numbers(column: pa.Array, harbour: goldwire.Corpus, tmp_path: Path) -> None:
    mention = pa.StructArray.from_arrays([column, pa.array([30])], names=["start", "end"])
    entities = pa.ListArray.from_arrays([0, 1], mention)
    pq.write_table(pa.table({"doc_id": ["n1"], "entities": entities}), tmp_path / "p.parquet")
    with pytest.raises(ReadError, match="column 'entities'"):
        read_predictions(tmp_path / "p.parquet", harbour)


def test_parquet_strings_may_be_large_or_encoded(harbour: goldwire.Corpus, tmp_path: Path) -> None:
    kinds = pa.array(["GPE", "GPE"]).dictionary_encode()
    mention = pa.StructArray.from_arrays(
        [pa.array([21, 47]), pa.array([30, 56]), kinds], names=["start", "end", "type"]
    )
    table = pa.table(
        {"doc_id": pa.array(["n1"], pa.large_string()), "entities": pa.ListArray.from_arrays([0, 2], mention)}
    )
    pq.write_table(table, tmp_path / "p.parquet")
    assert [m["type"] for m in tables_of(tmp_path / "p.parquet", harbour)["mentions"]] == ["GPE", "GPE"]


def test_misspelt_fields_of_parquet_structs_are_found(harbour: goldwire.Corpus, tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([{"doc_id": "n1", "entities": [{"strat": 21, "end": 30}]}]), tmp_path / "p")
    found = {(i.rule, i.suggestion) for i in read_predictions(tmp_path / "p", harbour).incidents}
    assert ("misspelt-field", "start") in found


def test_a_pair_record_holds_no_items_of_documents(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    mention = {"start": 21, "end": 30, "type": "GPE"}
    for odd in (
        {"a": "n1", "b": "n2", "entities": [mention]},
        {"doc_id": "n1", "cluster": "c", "entities": [mention, mention]},
    ):
        read = read_predictions(jsonl([{"doc_id": "n1", "entities": [mention]}, odd]), harbour)
        assert {i.rule for i in read.incidents} == {"record-kind"}
        assert len(read.corpus["mentions"]) == 1


def test_a_text_that_is_not_the_golds_is_noticed(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    read = read_predictions(jsonl([{"doc_id": "n3", "text": "Bakers strike", "entities": []}]), harbour)
    assert [i.rule for i in read.incidents] == ["checksum"]


@pytest.mark.parametrize("fragments", [[21, 24, 27, 99999], [22, 24, 27, 30], [21, 24, 27]])
def test_fragments_run_from_start_to_end(
    fragments: list[int], harbour: goldwire.Corpus, jsonl: Callable[..., Path]
) -> None:
    mention = {"start": 21, "end": 30, "fragments": fragments, "type": "GPE"}
    read = read_predictions(jsonl([{"doc_id": "n1", "entities": [mention]}]), harbour)
    assert {i.rule for i in read.incidents} == {"fragment-order"}


def test_gold_files_are_checked_against_themselves(jsonl: Callable[..., Path]) -> None:
    mention = {"start": 1, "end": 3, "type": "X"}
    article = {"doc_id": "d", "text": "abcdef"}

    def rules(*records: dict[str, Any]) -> set[str]:
        return {i.rule for i in goldwire.validate(jsonl(records), role="gold")}

    assert rules({**article, "entities": [mention]}) == set()
    assert rules({**article, "entities": [mention, mention]}) == {"repeated-extent"}
    assert rules({**article, "sha256": "0" * 64}) == {"checksum"}
    assert rules({**article, "length": 7}) == {"checksum"}
    assert rules({**article, "zones": [{"zone": "body", "start": 5, "end": 1}]}) == {"offset-range"}
    assert rules(article, {"doc_id": "e", "text": ""}, {"a": "d", "b": "e"}, {"a": "e", "b": "d"}) == {"repeated-pair"}
    assert rules(article, {"a": "d", "b": "ghost"}) == {"unknown-document"}


def test_events_without_ids_keep_their_arguments(jsonl: Callable[..., Path]) -> None:
    events = [
        {"type": "A", "trigger": [1, 3], "arguments": [{"role": "ra", "start": 1, "end": 3}]},
        {"type": "B\0", "trigger": [5, 6], "arguments": [{"role": "rb", "start": 5, "end": 6}]},
    ]
    gold = jsonl([{"doc_id": "d", "text": "0123456789", "events": events}], "gold.jsonl")
    assert list(goldwire.validate(gold, role="gold")) == []
    assert goldwire.score(gold, gold)["events.arg_c_plus.f1"] == 1.0


def test_predictions_may_hold_layers_the_gold_has_not(jsonl: Callable[..., Path]) -> None:
    gold = jsonl(
        [{"doc_id": "d", "text": "abcdef", "entities": [{"start": 1, "end": 3, "type": "MISC"}]}], "gold.jsonl"
    )
    event = {"type": "Meet", "trigger": [0, 1], "arguments": [{"role": "Host", "start": 1, "end": 2}]}
    path = jsonl([{"doc_id": "d", "entities": [{"start": 1, "end": 3, "type": "MISC"}], "events": [event]}])
    assert goldwire.score(path, gold)["entities.strict.f1"] == 1.0


def test_gold_without_documents_knows_none(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    gold = jsonl([{"goldwire": 1, "corpus": {"name": "nothing"}}], "gold.jsonl")
    text = {row["doc_id"]: row["text"] for row in harbour["articles"].to_pylist()}["n3"]
    path = jsonl([{"doc_id": "n3", "text": text, "entities": [{"start": 0, "end": 6, "text": "Bakers"}]}])
    with pytest.raises(goldwire.IncidentError) as caught:
        goldwire.score(path, gold)
    assert {incident.rule for incident in caught.value.incidents} == {"unknown-document"}


@pytest.mark.parametrize("head", [[22], [21, 24, 27, 30], [21, 24, 27]])
def test_a_head_is_one_pair_of_offsets(head: list[int], harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    mention = {"start": 21, "end": 30, "type": "GPE", "head": head}
    read = read_predictions(jsonl([{"doc_id": "n1", "entities": [mention]}]), harbour)
    assert {incident.rule for incident in read.incidents} == {"head-outside"}
    plain = {key: value for key, value in mention.items() if key != "head"}
    assert tables_of(jsonl([{"doc_id": "n1", "entities": [plain, {**plain, "head": []}]}]), harbour)


@pytest.mark.parametrize("score", ["9007199254740993", "1" + "0" * 5000, "1e400"])
def test_numbers_too_large_to_hold_are_refused(score: str, harbour: goldwire.Corpus, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(f'{{"doc_id": "n1", "mood": 1, "entities": [{{"start": 21, "end": 30, "score": {score}}}]}}\n')
    assert read_predictions(path, harbour).incidents.errors == 1


# dropping -------------------------------------------------------------------------------------------------------------


def test_drop_leaves_out_the_bad_items_and_only_them(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    good = {"start": 21, "end": 30, "type": "GPE"}
    path = jsonl(
        [
            {"doc_id": "n1", "entities": [good, {"start": 30, "end": 21, "type": "GPE"}, {**good, "type": "gpee"}]},
            {"doc_id": "n9", "entities": [good, good]},  # unknown document: the record and its two mentions
            {"doc_id": "n2", "entities": [{"start": 0, "end": 9, "type": "GPE"}]},
        ]
    )
    read = read_predictions(path, harbour)
    kept = [(m["doc_id"], m["start"]) for m in read.corpus["mentions"].to_pylist()]
    assert kept == [("n1", 21), ("n2", 0)]
    assert read.dropped == 5
    assert read.incidents.counts == {"offset-range": 1, "unknown-type": 1, "unknown-document": 1}


def test_the_first_of_repeated_documents_is_kept(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    first = {"doc_id": "n1", "entities": [{"start": 21, "end": 30, "type": "GPE"}]}
    second = {"doc_id": "n1", "entities": [{"start": 0, "end": 5, "type": "GPE"}]}
    read = read_predictions(jsonl([first, second]), harbour)
    assert read.corpus["mentions"]["start"].to_pylist() == [21]


def test_arguments_go_with_their_event(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    argument = {"role": "Speaker", "start": 69, "end": 84}
    events = [
        {"id": "v1", "type": "Statement", "trigger": [9000, 9004], "arguments": [argument]},
        {"id": "v2", "type": "Statement", "trigger": [85, 89], "arguments": [argument]},
    ]
    read = read_predictions(jsonl([{"doc_id": "n2", "events": events}]), harbour)
    assert read.corpus["arguments"]["event_id"].to_pylist() == ["v2"]


# offsets --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "start", "end"),
    # n1 is "Ferry 🛳 sails again\n\nWESTHAVEN: ...": WESTHAVEN begins at code point 21; the ship takes one more UTF-16
    # unit and three more bytes
    [("codepoint", 21, 30), ("utf16", 22, 31), ("byte", 24, 33)],
)
def test_offsets_in_any_unit_become_code_points(
    unit: str, start: int, end: int, harbour: goldwire.Corpus, jsonl: Callable[..., Path]
) -> None:
    mention = {"start": start, "end": end, "head": [start, end], "type": "GPE", "text": "WESTHAVEN"}
    path = jsonl([{"goldwire": 1, "offset_unit": unit}, {"doc_id": "n1", "entities": [mention]}])
    (row,) = tables_of(path, harbour)["mentions"]
    assert [row[name] for name in ("start", "end", "head_start", "head_end")] == [21, 30, 21, 30]


def test_fragments_and_passages_are_converted_too(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    path = jsonl(
        [
            {"goldwire": 1, "offset_unit": "byte"},
            {"doc_id": "n1", "entities": [{"fragments": [24, 28, 30, 33], "type": "GPE"}]},
            {"a": "n1", "a_start": 35, "a_end": 101, "b": "n2", "b_start": 24, "b_end": 90},
        ]
    )
    tables = tables_of(path, harbour)
    assert tables["mentions"][0]["fragments"] == [21, 25, 27, 30]
    assert (tables["passages"][0]["a_start"], tables["passages"][0]["a_end"]) == (32, 98)
    assert (tables["passages"][0]["b_start"], tables["passages"][0]["b_end"]) == (24, 90)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=4), st.sampled_from(["utf16", "byte"]), st.data())
def test_conversion_is_the_inverse_of_encoding(texts: list[str], unit: str, data: st.DataObject) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    doc = data.draw(st.integers(0, len(texts) - 1))
    at = data.draw(st.integers(0, len(texts[doc])))
    encoding, size = ("utf-16-le", 2) if unit == "utf16" else ("utf-8", 1)
    offset = len(texts[doc][:at].encode(encoding)) // size
    index = TextIndex(pa.array(texts), pa.nulls(len(texts), pa.int32()))
    converted, broken = index.to_code_points(pa.array([doc]).to_numpy(), pa.array([offset]).to_numpy(), unit)
    assert (converted.tolist(), broken.tolist()) == ([at], [False])


def test_an_offset_inside_a_character_is_an_incident_and_past_the_end_is_out_of_range() -> None:
    index = TextIndex(pa.array(["a🛳b"]), pa.nulls(1, pa.int32()))
    doc = pa.array([0, 0, 0, 0]).to_numpy()
    converted, broken = index.to_code_points(doc, pa.array([2, 4, 5, -1]).to_numpy(), "utf16")
    assert broken.tolist() == [True, False, False, False]
    assert converted.tolist()[1:] == [3, 4, -1]  # 4 is one past the end of three code points


# large files ----------------------------------------------------------------------------------------------------------


def many(count: int) -> list[dict[str, Any]]:
    """Documents d0, d1, ... of one mention each."""
    return [{"doc_id": f"d{i}", "entities": [{"start": i % 7, "end": i % 7 + 3, "type": "GPE"}]} for i in range(count)]


def lines_of(records: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def test_a_field_that_few_records_have_is_read() -> None:
    records = many(500)
    records[333]["entities"][0]["score"] = 0.5
    file = parse_jsonl(lines_of(records), "p", Incidents())
    assert flatten(file.records)["mentions"].table["score"].drop_null().to_pylist() == [0.5]


def test_one_record_may_be_larger_than_what_is_read_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldwire.formats.arrow_json._BLOCK", 64)
    monkeypatch.setattr("goldwire.formats.jsonl._SINGLY", 10**9)  # a failure would leave it to the slow path
    mentions = [{"start": i, "end": i + 1} for i in range(1000)]
    records = [*many(3), {"doc_id": "long", "entities": mentions}, *many(3)]
    found = by_arrow(Lines(lines_of(records)))
    assert found is not None
    assert found[0]["doc_id"].to_pylist() == ["d0", "d1", "d2", "long", "d0", "d1", "d2"]
    assert flatten(found[0])["mentions"].table["start"].to_pylist() == [0, 1, 2, *range(1000), 0, 1, 2]


FAULTS = {
    "json-syntax": b'{"doc_id": "d1", "entities": [}',
    "schema": b'{"doc_id": "d1", "entities": [{"start": "3", "end": 4}]}',
    "encoding": b'{"doc_id": "d\xff"}',
    "duplicate-key": b'{"doc_id": "d1", "doc_id": "d2"}',
    "unknown-field": b'{"doc_id": "d777", "mood": "sunny"}',
}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_fault_deep_in_a_file_is_found_on_its_line_and_the_rest_is_read(rule: str) -> None:
    lines = lines_of(many(1000)).splitlines(keepends=True)
    lines[776] = FAULTS[rule] + b"\n"
    lines.insert(500, b"\n")  # a blank line counts
    incidents = Incidents()
    file = parse_jsonl(b"".join(lines), "p", incidents)
    assert [(incident.rule, incident.line) for incident in incidents] == [(rule, 778)]
    lost = rule != "unknown-field"
    assert file.broken == lost
    assert len(file.records) == 1000 - lost
    assert file.place(len(file.records) - 1, ()) == ("p", 1001)


strange_values = st.sampled_from([None, 1, "x", [1], {"a": 1}, 2.5])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), strange_values), min_size=1, max_size=12), st.sampled_from(["mood", "strat"])
)
def test_unknown_fields_are_told_alike_by_both_ways_of_reading(rows: list[tuple[int, Any]], name: str) -> None:
    records: list[dict[str, Any]] = []
    for place, value in rows:
        mention = {"end": 3, **({name: value} if place == 1 else {"start": 1})}
        event = {"trigger": [1, 2], "arguments": [{"role": "r", name: value}] if place == 2 else []}
        records.append(
            {"doc_id": "d", "entities": [mention], "events": [event], **({name: value} if place == 3 else {})}
        )
    found = []
    for in_one_go in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            if not in_one_go:
                patch.setattr("goldwire.formats.jsonl.by_arrow", lambda _: None)
            incidents = Incidents()
            file = parse_jsonl(lines_of(records), "p", incidents)
            found.append((sorted(map(str, incidents)), file.records.to_pylist()))
    assert found[0] == found[1]


spans = st.tuples(st.integers(0, 4), st.integers(1, 3), st.sampled_from("ab"), st.sampled_from([None, "x", "y"]))


@settings(max_examples=100, deadline=None)
@given(st.lists(spans, max_size=12))
def test_repeated_spans_are_found_in_whatever_order(rows: list[tuple[int, int, str, str | None]]) -> None:
    mentions = [{"start": s, "end": s + n, "type": kind, "entity_id": entity} for s, n, kind, entity in rows]
    incidents = Incidents()
    file = parse_jsonl(lines_of([{"doc_id": "d", "entities": mentions}]), "p", incidents)
    gold_of(file, incidents)
    first: dict[tuple[int, int], str] = {}
    two, again, seen = set(), set(), set()
    for i, (s, n, kind, entity) in enumerate(rows):
        if entity is not None and first.setdefault((s, n), entity) != entity:
            two.add(f"entities[{i}]")
        elif (s, n, kind) in seen:
            again.add(f"entities[{i}]")
        seen.add((s, n, kind))
    expected = {"two-clusters": two, "repeated-extent": again}
    for rule, items in expected.items():
        assert {incident.item for incident in incidents if incident.rule == rule} == items


# strict JSON ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ('{"a": 1,\n "a": 2}', "duplicate-key", 2),
        ('{"b": {"a": 1},\n "a": 2,\n "c": NaN}', "not-a-number", 3),
        ('["NaN",\n -Infinity]', "not-a-number", 2),
        ('["\\\\ud800",\n "\\ud800"]', "lone-surrogate", 2),
        ("{\n\n", "json-syntax", 3),
        ("[" * 100_000, "json-syntax", 1),
    ],
)
def test_strict_json_names_the_fault_and_its_line(text: str, rule: str, line: int) -> None:
    with pytest.raises(StrictJSONError) as caught:
        loads(text)
    assert (caught.value.rule, caught.value.line) == (rule, line)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(json_values)
def test_every_value_is_found_on_its_line(value: Any) -> None:
    text = json.dumps(value, indent=1)
    lines = text.split("\n")

    def walk(node: Any, path: tuple[str | int, ...]) -> None:
        expected = json.dumps(node, indent=1).split("\n")[0].strip()
        assert expected in lines[index[path] - 1]
        for key, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else []:
            walk(child, (*path, key))

    index = line_index(text)
    walk(value, ())


# writing --------------------------------------------------------------------------------------------------------------


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    target.write_text("old")

    def write() -> None:
        with write_atomic(target) as stream:
            stream.write(b"half of the ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]


def test_links_are_followed_and_devices_written_to(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with write_atomic(tmp_path / "link") as stream:
        stream.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with write_atomic(tmp_path / "pipe") as stream:
        stream.write(b"through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_unreadable_and_unwritable_places_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="is a folder"):
        read_bytes(tmp_path, Incidents())
    (tmp_path / "file").write_text("x")

    def write() -> None:
        with write_atomic(tmp_path / "file" / "below") as stream:
            stream.write(b"x")

    with pytest.raises(ReadError, match="cannot be written"):
        write()


def test_gold_in_one_file_scores_like_the_folder_it_came_from(
    harbour: goldwire.Corpus, jsonl: Callable[..., Path]
) -> None:
    _, *records = gold_records(harbour)
    texts = {row["doc_id"]: row["text"] for row in harbour["articles"].to_pylist()}
    stated = [{**record, "text": texts[record["doc_id"]]} if "doc_id" in record else record for record in records]
    header = {"goldwire": 1, "entity_scope": "corpus", "corpus": {"name": "harbour", "version": "1.0.0"}}
    gold_file = jsonl([header, *stated], "gold.jsonl")
    predictions = jsonl(records[:2])
    one, other = goldwire.score(predictions, gold_file), goldwire.score(predictions, TESTS / "corpus")
    for name, value in other.values.items():
        if not name.endswith(".contrast"):  # contrasts are no part of a record file
            assert one[name] == value.value, name
