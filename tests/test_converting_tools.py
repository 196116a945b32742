"""doccano, Prodigy, Label Studio and LangExtract: spans, arrows and attributes as annotation tools have them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings

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
)
from formats_drawing import nameless, without_empty_layers
from goldwire.converting import Bundle, Context, Texts, read_bundle, write_bundle
from goldwire.errors import MissingExtra, ReadError, UsageError

EVERYTHING = ["entities.strict.f1", "coref.conll", "linking.inkb.f1", "events.arg_c.f1", "times.value.f1"]


def read(tmp_path: Path, name: str, content: Any, **settings: Any) -> tuple[Bundle, Context]:
    """A file of this content: a list is JSON Lines, anything else one JSON value."""
    path = tmp_path / "file.json"
    lines = content if isinstance(content, list) and name != "label-studio" else [content]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    context = Context(Texts(folder=NO_TEXTS))
    return read_bundle(path, name, context, settings)[0], context


def losses(context: Context) -> list[tuple[str, str, int]]:
    return [(row.layer, row.what, row.count) for row in context.losses]


def incidents(context: Context) -> list[tuple[str, int]]:
    return [(incident.rule, incident.line) for incident in context.incidents]


# doccano --------------------------------------------------------------------------------------------------------------


def test_doccanos_spans(tmp_path: Path) -> None:
    # The import example of doccano's documentation.
    line = {"text": "EU rejects German call to boycott British lamb.", "label": [[0, 2, "ORG"], [11, 17, "MISC"]]}
    bundle, context = read(tmp_path, "doccano", [{"id": 7, **line}, line])
    expected = [{"start": 0, "end": 2, "type": "ORG"}, {"start": 11, "end": 17, "type": "MISC"}]
    assert [(x["doc_id"], x["entities"]) for x in bundle.records] == [("7", expected), ("line2", expected)]
    assert not len(context.losses)


RELATIONS = {
    "id": 1,
    "text": "Google was founded on September 4, 1998, by Larry Page.",
    "Comments": [],
    "entities": [
        {"id": 10, "label": "ORG", "start_offset": 0, "end_offset": 6},
        {"id": 11, "label": "Found", "start_offset": 11, "end_offset": 18},
        {"id": 12, "label": "DATE", "start_offset": 22, "end_offset": 39},
        {"id": 13, "label": "PERSON", "start_offset": 44, "end_offset": 54},
    ],
    "relations": [
        {"id": 1, "from_id": 11, "to_id": 13, "type": "Founder"},
        {"id": 2, "from_id": 10, "to_id": 12, "type": "foundedAt"},
    ],
}


def test_doccanos_relations_are_arguments_where_they_start_at_a_trigger(tmp_path: Path) -> None:
    bundle, context = read(tmp_path, "doccano", [RELATIONS], triggers="Found, Close")
    assert [x["type"] for x in bundle.records[0]["entities"]] == ["ORG", "DATE", "PERSON"]
    assert bundle.records[0]["events"] == [
        {"type": "Found", "trigger": [11, 18], "arguments": [{"role": "Founder", "start": 44, "end": 54}]}
    ]
    assert losses(context) == [("relations", "links between mentions: foundedAt", 1)]


def test_without_triggers_named_every_relation_is_lost_and_said_so(tmp_path: Path) -> None:
    bundle, context = read(tmp_path, "doccano", [RELATIONS])
    assert len(bundle.records[0]["entities"]) == 4
    assert losses(context) == [
        ("relations", "links between mentions: Founder", 1),
        ("relations", "links between mentions: foundedAt", 1),
    ]


def test_doccano_counts_utf16_units(tmp_path: Path) -> None:
    # Its issue 2290: in "👨🏻🚒 firemen drive firetrucks" the page puts the last word at 22, 32; Python has it at 19, 29.
    text = "👨🏻🚒 firemen drive firetrucks"
    record = {"doc_id": "a", "text": text, "entities": [{"start": 18, "end": 28, "type": "X"}]}
    assert text[18:28] == "firetrucks"
    back, _, _ = there_and_back("doccano", Bundle(records=[record]), tmp_path)
    assert json.loads((tmp_path / "out").read_text())["label"] == [[21, 31, "X"]]
    assert back.records == [record]
    in_points, _ = read(tmp_path, "doccano", [{"text": text, "label": [[18, 28, "X"]]}], unit="codepoint")
    assert in_points.records[0]["entities"] == record["entities"]
    _, context = read(tmp_path, "doccano", [{"text": text, "label": [[1, 4, "X"]]}])
    assert incidents(context) == [("offset-unit", 1)]


def test_doccano_is_given_triples_where_no_document_has_a_relation(tmp_path: Path) -> None:
    record = {"doc_id": "a/1", "text": "Rome met", "entities": [{"start": 0, "end": 4, "type": "GPE"}]}
    record |= {"times": [{"start": 5, "end": 8, "type": "DATE"}]}
    write_bundle(Bundle(records=[record]), tmp_path / "out", "doccano")
    assert json.loads((tmp_path / "out").read_text()) == {
        "id": 1,
        "text": "Rome met",
        "document_id": "a/1",
        "label": [[0, 4, "GPE"], [5, 8, "time:DATE"]],
    }


@given(bundles(holds_of("doccano")))
@settings(max_examples=20, deadline=None)
def test_doccano_keeps_what_belongs_together(bundle: Bundle) -> None:
    with folder() as place:
        back, _, reading = there_and_back("doccano", bundle, place)
    assert nameless(back) == nameless(bundle)
    assert not len(reading.losses)


@pytest.mark.parametrize("name", ["doccano", "prodigy"])
def test_the_packaged_gold_drawn_and_read_back(name: str, tmp_path: Path) -> None:
    measures = ["entities.strict.f1", "coref.conll", "event_coref.conll", "events.arg_c.f1", "times.type.f1"]
    writing, reading = Context(), Context()
    write_bundle(packaged(), tmp_path / "out", name, writing)
    back, _ = read_bundle(tmp_path / "out", name, reading)
    write_bundle(back, tmp_path / "back.jsonl", "goldwire")
    result = goldwire.score(tmp_path / "back.jsonl", measures=measures, singletons="drop")
    assert {measure: result[measure] for measure in measures} == dict.fromkeys(measures, 1.0)
    assert not reading.incidents.items
    lost = {(row.layer, row.what): row.count for row in writing.losses}
    assert lost["entities", "level"] == 491
    assert lost["entities", "entity_id of one mark alone"] == 112  # `coref` without singletons is what is kept


# Prodigy --------------------------------------------------------------------------------------------------------------

# The example of Prodigy's documentation of the interface `relations`, shortened, with a span.
PRODIGY = {
    "text": "My mother’s name is Sasha Smith. She likes dogs.",
    "tokens": [
        {"text": "My", "start": 0, "end": 2, "id": 0, "ws": True},
        {"text": "mother", "start": 3, "end": 9, "id": 1, "ws": False},
        {"text": "’s", "start": 9, "end": 11, "id": 2, "ws": True},
        {"text": "name", "start": 12, "end": 16, "id": 3, "ws": True},
        {"text": "is", "start": 17, "end": 19, "id": 4, "ws": True},
        {"text": "Sasha", "start": 20, "end": 25, "id": 5, "ws": True},
        {"text": "Smith", "start": 26, "end": 31, "id": 6, "ws": True},
        {"text": ".", "start": 31, "end": 32, "id": 7, "ws": True},
        {"text": "She", "start": 33, "end": 36, "id": 8, "ws": True},
    ],
    "spans": [
        {"start": 20, "end": 31, "token_start": 5, "token_end": 6, "label": "PERSON"},
        {"token_start": 0, "token_end": 1, "label": "REL"},
        {"start": 33, "end": 36, "token_start": 8, "token_end": 8, "label": "PERSON"},
    ],
    "relations": [
        {
            "head": 6,
            "child": 1,
            "label": "COREF",
            "head_span": {"start": 20, "end": 31, "token_start": 5, "token_end": 6, "label": "PERSON"},
            "child_span": {"start": 0, "end": 9, "token_start": 0, "token_end": 1, "label": "REL"},
        },
        {"head": 6, "child": 8, "label": "COREF"},
        {"head": 3, "child": 4, "label": "SUBJECT"},
    ],
    "answer": "accept",
}


def test_prodigys_spans_and_relations(tmp_path: Path) -> None:
    bundle, context = read(tmp_path, "prodigy", [PRODIGY, {**PRODIGY, "answer": "reject"}])
    assert bundle.records == [
        {
            "doc_id": "line1",
            "text": PRODIGY["text"],
            "entities": [
                {"start": 20, "end": 31, "type": "PERSON", "entity_id": "e1"},
                {"start": 0, "end": 9, "type": "REL", "entity_id": "e1"},
                {"start": 33, "end": 36, "type": "PERSON", "entity_id": "e1"},
            ],
        }
    ]
    assert losses(context) == [
        ("relations", "links to what is no span of the document", 1),
        ("document", "examples answered 'reject'", 1),
    ]


TWO_AT_ONE_PLACE = {"trigger": [0, 1], "type": "Meet", "instance_id": "i1"}


@given(bundles(holds_of("prodigy")))
@example(Bundle({}, [{"doc_id": "d", "text": "Ab", "entities": [], "times": [], "events": [TWO_AT_ONE_PLACE] * 2}]))
@settings(max_examples=20, deadline=None)
def test_prodigy_keeps_what_belongs_together_and_its_tokens_make_up_the_text(bundle: Bundle) -> None:
    with folder() as place:
        back, _, reading = there_and_back("prodigy", bundle, place)
        lines = [json.loads(line) for line in (place / "out").read_text(encoding="utf-8").splitlines()]
    assert nameless(back) == nameless(bundle)
    assert not len(reading.losses)
    for line in lines:
        tokens = line["tokens"]
        assert "".join(token["text"] + " " * token["ws"] for token in tokens) == line["text"]
        assert all(line["text"][token["start"] : token["end"]] == token["text"] for token in tokens)
        for span in line["spans"]:
            assert tokens[span["token_start"]]["start"] == span["start"]
            assert tokens[span["token_end"]]["end"] == span["end"]


# Label Studio ---------------------------------------------------------------------------------------------------------

# The named entity example of Label Studio's documentation, with an attribute of a region and a relation.
TASK = {
    "id": 1,
    "data": {"reviewText": "Opossums live in Ohio 🛳 and Texas.", "doc_id": "opossum"},
    "annotations": [
        {"id": 3, "was_cancelled": True, "result": []},
        {
            "id": 4,
            "result": [
                {
                    "value": {"start": 17, "end": 21, "text": "Ohio", "labels": ["Location"]},
                    "id": "a",
                    "from_name": "label",
                    "to_name": "text",
                    "type": "labels",
                },
                {
                    "value": {"start": 29, "end": 34, "text": "Texas", "labels": ["Location", "State"]},
                    "id": "b",
                    "from_name": "label",
                    "to_name": "text",
                    "type": "labels",
                },
                {
                    "value": {"start": 17, "end": 21, "choices": ["NAM"]},
                    "id": "a",
                    "from_name": "level",
                    "to_name": "text",
                    "type": "choices",
                },
                {
                    "value": {"start": 17, "end": 21, "text": ["great"]},
                    "id": "a",
                    "from_name": "comment",
                    "to_name": "text",
                    "type": "textarea",
                },
                {"value": {"choices": ["Positive"]}, "id": "z", "from_name": "sentiment", "type": "choices"},
                {"from_id": "b", "to_id": "a", "type": "relation", "direction": "left", "labels": ["near"]},
            ],
        },
    ],
}


def test_label_studios_export(tmp_path: Path) -> None:
    bundle, context = read(tmp_path, "label-studio", [TASK])
    assert bundle.records == [
        {
            "doc_id": "opossum",
            "text": "Opossums live in Ohio 🛳 and Texas.",
            "entities": [
                {"start": 17, "end": 21, "type": "Location", "level": "NAM"},
                {"start": 28, "end": 33, "type": "Location"},  # the ship is one code point and two units
                {"start": 28, "end": 33, "type": "State"},
            ],
        }
    ]
    assert losses(context) == [
        ("document", "further annotations of a task", 1),
        ("entities", "attribute comment", 1),
        ("document", "result of the control sentiment", 1),
        ("relations", "links between mentions: near", 1),
    ]


def test_an_arrow_to_the_left_starts_at_its_end(tmp_path: Path) -> None:
    regions = [
        {"id": key, "type": "labels", "value": {"start": a, "end": b, "labels": [label]}}
        for key, a, b, label in [("a", 0, 4, "GPE"), ("b", 5, 8, "Meet")]
    ]
    arrow = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "left", "labels": ["Place"]}
    task = {"data": {"text": "Rome met"}, "annotations": [{"result": [*regions, arrow]}]}
    bundle, _ = read(tmp_path, "label-studio", [task], triggers="Meet")
    assert bundle.records[0]["events"][0]["arguments"] == [{"role": "Place", "start": 0, "end": 4}]


def test_label_studios_short_export(tmp_path: Path) -> None:
    row = {"start": 0, "end": 4, "text": "Rome", "labels": ["GPE"]}
    bundle, _ = read(tmp_path, "label-studio", [{"id": 9, "text": "Rome 🛳", "label": [row], "annotator": 1}])
    assert bundle.records == [{"doc_id": "9", "text": "Rome 🛳", "entities": [{"start": 0, "end": 4, "type": "GPE"}]}]


@given(bundles(holds_of("label-studio")))
@settings(max_examples=15, deadline=None)
def test_all_of_a_document_comes_back_from_label_studio(bundle: Bundle) -> None:
    with folder() as place:
        back, writing, reading = there_and_back("label-studio", bundle, place, file="out.json")
        config = ElementTree.parse(place / "out.config.xml").getroot()  # noqa: S314
        results = [x for t in json.loads((place / "out.json").read_text()) for x in t["annotations"][0]["result"]]
    assert canonical(without_empty_layers(back)) == canonical(without_empty_layers(bundle))
    assert not len(writing.losses)
    assert not len(reading.losses)
    controls = {control.get("name") for control in config}
    assert {result["from_name"] for result in results if result["type"] != "relation"} <= controls
    labels = {label.get("value") for label in config.iter("Label")}
    assert {label for x in results if x["type"] == "labels" for label in x["value"]["labels"]} == labels


def test_the_packaged_gold_scores_perfectly_after_label_studio(tmp_path: Path) -> None:
    context = assert_scores_perfectly("label-studio", tmp_path, EVERYTHING, file="out.json")
    assert {row.layer for row in context.losses} == {"header", "document", "pairs", "passages"}


# LangExtract ----------------------------------------------------------------------------------------------------------

# What `lx.io.save_annotated_documents` wrote for the Romeo and Juliet example of its README, shortened.
ROMEO = {
    "extractions": [
        {
            "extraction_class": "character",
            "extraction_text": "Lady Juliet",
            "char_interval": {"start_pos": 0, "end_pos": 11},
            "alignment_status": "match_exact",
            "extraction_index": 1,
            "group_index": 0,
            "description": None,
            "attributes": {"emotional_state": "longing", "level": "NAM"},
        },
        {
            "extraction_class": "emotion",
            "extraction_text": "gazed longingly",
            "char_interval": {"start_pos": 12, "end_pos": 17},
            "alignment_status": "match_lesser",
            "extraction_index": 2,
            "group_index": 1,
            "description": None,
            "attributes": {},
        },
        {
            "extraction_class": "relationship",
            "extraction_text": "Juliet is the sun",
            "char_interval": None,
            "alignment_status": None,
            "extraction_index": 3,
            "group_index": 2,
            "description": None,
            "attributes": None,
        },
    ],
    "text": "Lady Juliet gazed longingly at the stars, her heart aching for Romeo",
    "document_id": "doc_b8be8b1a",
}


def test_langextracts_documents(tmp_path: Path) -> None:
    bundle, context = read(tmp_path, "langextract", [ROMEO])
    assert bundle.records == [
        {
            "doc_id": "doc_b8be8b1a",
            "text": ROMEO["text"],
            "entities": [
                {"start": 0, "end": 11, "type": "character", "level": "NAM"},
                {"start": 12, "end": 17, "type": "emotion"},
            ],
        }
    ]
    assert losses(context) == [
        ("entities", "attribute emotional_state", 1),
        ("entities", "extraction_text that is not the text at its place (match_lesser)", 1),
        ("entities", "extractions without char_interval", 1),
    ]


@given(bundles(holds_of("langextract")))
@settings(max_examples=20, deadline=None)
def test_all_of_a_document_comes_back_from_langextract(bundle: Bundle) -> None:
    with folder() as place:
        back, writing, reading = there_and_back("langextract", bundle, place)
        lines = [json.loads(line) for line in (place / "out").read_text(encoding="utf-8").splitlines()]
    assert canonical(without_empty_layers(back)) == canonical(without_empty_layers(bundle))
    assert not len(writing.losses)
    assert not len(reading.losses)
    for line in lines:
        for one in line["extractions"]:
            interval = one["char_interval"]
            assert line["text"][interval["start_pos"] : interval["end_pos"]] == one["extraction_text"]
            for value in one["attributes"].values():  # the only kinds that its data class names
                assert isinstance(value, str) or all(isinstance(inner, str) for inner in value)


def test_the_packaged_gold_scores_perfectly_after_langextract(tmp_path: Path) -> None:
    context = assert_scores_perfectly("langextract", tmp_path, EVERYTHING)
    assert {row.layer for row in context.losses} == {"header", "document", "pairs", "passages"}


# all four -------------------------------------------------------------------------------------------------------------

FOUR = ["doccano", "prodigy", "label-studio", "langextract"]


def test_arguments_lose_heads_and_scores_and_it_is_said(tmp_path: Path) -> None:
    event = {"type": "Meet", "trigger": [5, 8]}
    event["arguments"] = [{"role": "Place", "start": 0, "end": 4, "head": [0, 4], "score": 0.5}]
    for name in FOUR:
        record = {"doc_id": "a", "text": "Rome met.", "events": [event]}
        _, writing, _ = there_and_back(name, Bundle(records=[record]), tmp_path, file=f"{name}.json")
        assert {row.what: row.count for row in writing.losses if row.layer == "arguments"} == {"head": 1, "score": 1}


@pytest.mark.parametrize("name", ["label-studio", "langextract", "w3c", "cas-xmi", "cas-json", "spacy"])
def test_a_trigger_in_pieces_comes_back(name: str, tmp_path: Path) -> None:
    event = {"id": "v", "type": "Close", "trigger": [0, 4, 8, 12], "arguments": [{"role": "A", "start": 5, "end": 7}]}
    record = {"doc_id": "a", "text": "shut it down", "events": [event]}
    back, writing, _ = there_and_back(name, Bundle(records=[record]), tmp_path, file="out.json")
    assert canonical(without_empty_layers(back)) == canonical(Bundle(records=[record]))
    assert not len(writing.losses)


@pytest.mark.parametrize("name", ["doccano", "prodigy", "textee", "oneie", "maven-arg"])
def test_a_trigger_in_pieces_is_written_whole_and_it_is_said(name: str, tmp_path: Path) -> None:
    event = {"id": "v", "type": "Close", "trigger": [0, 4, 8, 12], "instance_id": "i"}
    record = {"doc_id": "a", "text": "shut it down", "entities": [], "events": [event]}
    back, writing, _ = there_and_back(name, Bundle(records=[record]), tmp_path, file="out.json")
    assert back.records[0]["events"][0]["trigger"] == [0, 12]
    assert ("events", "gaps between the pieces of a span", 1) in losses(writing)


def test_a_type_that_looks_like_a_prefix_stays_a_type(tmp_path: Path) -> None:
    spans = [(0, 1, "event:Meet"), (1, 2, "time:"), (2, 3, None), (3, 4, "a:b")]
    mentions = [{"start": a, "end": b} | ({"type": kind} if kind else {}) for a, b, kind in spans]
    for name in FOUR:
        record = {"doc_id": "a", "text": "Rome", "entities": mentions}
        back, _, _ = there_and_back(name, Bundle(records=[record]), tmp_path, file=f"{name}.json")
        assert back.records == [record]


@pytest.mark.parametrize("name", FOUR)
def test_items_without_offsets_are_lost_and_said_so(name: str, tmp_path: Path) -> None:
    record = {
        "doc_id": "a",
        "text": "Rome",
        "entities": [{"text": "Rome", "type": "GPE"}],
        "events": [{"type": "Meet"}],
    }
    context = Context(Texts(folder=NO_TEXTS))
    write_bundle(Bundle(records=[record]), tmp_path / "out.json", name, context)
    found = {(row.layer, row.what) for row in context.losses}
    assert {("entities", "items without offsets"), ("events", "events without a trigger")} <= found


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("doccano", [{"text": "Rome", "label": [[0, 4]]}], ("foreign-syntax", 1)),
        ("doccano", [{"label": [[0, 4, "GPE"]]}], ("foreign-syntax", 1)),
        ("doccano", ["Rome"], ("foreign-syntax", 1)),
        ("doccano", [{"text": "x", "label": []}, {"text": "Rome", "label": [[0, 5, "GPE"]]}], ("offset-range", 2)),
        ("doccano", [{"text": "Rome", "label": [[2, 2, "GPE"]]}], ("offset-range", 1)),
        ("prodigy", [{"text": "Rome", "spans": [{"start": 0, "end": 4}]}], ("foreign-syntax", 1)),
        ("prodigy", [{"text": "Rome", "spans": [{"start": -1, "end": 4, "label": "A"}]}], ("offset-range", 1)),
        ("prodigy", [{"text": "Rome", "spans": [{"token_start": 0, "token_end": 4, "label": "A"}]}], ("missing-offset", 1)),
        ("label-studio", {"tasks": []}, ("foreign-syntax", 1)),
        ("label-studio", [{"data": {"image": 1}}], ("foreign-syntax", 1)),
        ("label-studio", [{"data": {"a": "x", "b": "y"}}], ("foreign-syntax", 1)),
        ("langextract", [{"text": "Rome", "extractions": [{"extraction_class": "A"}]}], ("foreign-syntax", 1)),
        (
            "langextract",
            [{"text": "Rome", "extractions": [
                {"extraction_class": "A", "extraction_text": "x", "char_interval": {"start_pos": 3, "end_pos": 9}}
            ]}],
            ("offset-range", 1),
        ),
    ],
)  # fmt: skip
def test_bad_lines_are_named(name: str, content: Any, expected: tuple[str, int], tmp_path: Path) -> None:
    _, context = read(tmp_path, name, content)
    assert expected in incidents(context)


def test_offsets_of_another_unit_are_caught_by_the_copied_text(tmp_path: Path) -> None:
    # What a program that counts code points writes for Label Studio.
    value = {"start": 6, "end": 11, "text": "Texas", "labels": ["A"]}
    task = {
        "data": {"text": "🛳 and Texas"},
        "predictions": [{"result": [{"id": "a", "type": "labels", "value": value}]}],
    }
    _, context = read(tmp_path, "label-studio", [task])
    assert incidents(context) == [("text-mismatch", 1)]


@pytest.mark.parametrize("name", FOUR)
def test_damaged_files_raise_no_traceback(name: str, tmp_path: Path) -> None:
    gold = packaged()
    gold.records = gold.records[1:2]
    write_bundle(gold, tmp_path / "out.json", name)
    assert assert_no_traceback(name, tmp_path / "out.json", range(24)) > 8


@pytest.mark.parametrize("name", FOUR)
@pytest.mark.parametrize(
    "content", [b"", b"\n \n", b"\xff\xfe{", b"\xef\xbb\xbf", b"[]", b"{}", b"null", b"[[[", b"\x00"]
)
def test_files_of_nothing(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)
    context = Context(Texts(folder=NO_TEXTS))
    bundle, _ = read_bundle(path, name, context)
    assert bundle.records == []
    assert context.incidents.errors


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [("spacy", "spacy", "spacy"), ("cas-xmi", "cassis", "formats"), ("cas-json", "cassis", "formats")],
)
def test_a_library_that_is_not_there_is_named_with_the_extra_that_brings_it(
    name: str, module: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / "in").mkdir()
    for call in (
        lambda: write_bundle(Bundle(records=[{"doc_id": "a", "text": "x"}]), tmp_path / "out", name),
        lambda: read_bundle(tmp_path / "in", name),
    ):
        with pytest.raises(MissingExtra, match=rf"pip install 'goldwire\[{extra}\]'"):
            call()


def test_a_name_too_long_for_a_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="File name too long"):
        read_bundle(tmp_path / ("x" * 300), "doccano")


def test_unknown_settings_and_units(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'triggers'"):
        read(tmp_path, "doccano", [RELATIONS], trigger="Found")
    with pytest.raises(UsageError, match="no offset unit"):
        read(tmp_path, "doccano", [RELATIONS], unit="graphemes")


def test_what_is_not_held_is_what_is_lost(tmp_path: Path) -> None:
    # The framework's promise, on the packaged gold: what does not come back is in the list.
    gold = packaged()
    back, _, _ = there_and_back("langextract", gold, tmp_path, texts=NO_TEXTS)
    assert canonical(back) == canonical(restricted(gold, holds_of("langextract")))
