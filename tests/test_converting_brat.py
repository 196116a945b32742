"""brat stand-off, both ways."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

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
from goldwire.converting import Bundle, Context, Losses, Texts, read_bundle, write_bundle

# The example of brat's own documentation (https://brat.nlplab.org/standoff.html), shortened.
TEXT = "Sony and Ericsson built Sony Ericsson, a joint venture.\nIt closed in 2012.\n"
ANN = """T1\tOrganization 0 4\tSony
T2\tOrganization 9 17\tEricsson
T3\tMERGE-ORG 18 23\tbuilt
T4\tOrganization 24 37\tSony Ericsson
T5\tOrganization 0 4;9 17\tSony Ericsson
E1\tMERGE-ORG:T3 Org1:T1 Org2:T2 Result:T4
T6\tPronoun 56 58\tIt
*\tEquiv T4 T6
R1\tOrigin Arg1:T4 Arg2:T1
A1\tNegation E1
A2\tConfidence E1 L1
N1\tReference T4 Wikidata:Q206497\tSony Mobile
#1\tAnnotatorNotes T1\tthis annotation is suspect
"""


def read(tmp_path: Path, ann: str = ANN, text: str = TEXT) -> tuple[Bundle, Context]:
    place = tmp_path / "collection"
    place.mkdir()
    (place / "a.txt").write_text(text, newline="")
    (place / "a.ann").write_text(ann, newline="")
    context = Context(Texts(folder=NO_TEXTS))
    return read_bundle(place, "brat", context)[0], context


def test_the_documentations_example(tmp_path: Path) -> None:
    bundle, context = read(tmp_path)
    assert bundle.records == [
        {
            "doc_id": "a",
            "text": TEXT,
            "entities": [
                {"start": 0, "end": 4, "type": "Organization"},
                {"start": 9, "end": 17, "type": "Organization"},
                {"start": 24, "end": 37, "type": "Organization", "kb_id": "Q206497", "entity_id": "T4"},
                {"start": 0, "end": 17, "fragments": [0, 4, 9, 17], "type": "Organization"},
                {"start": 56, "end": 58, "type": "Pronoun", "entity_id": "T4"},
            ],
            "events": [
                {
                    "type": "MERGE-ORG",
                    "trigger": [18, 23],
                    "polarity": "NEG",
                    "arguments": [
                        {"role": "Org1", "start": 0, "end": 4},
                        {"role": "Org2", "start": 9, "end": 17},
                        {"role": "Result", "start": 24, "end": 37, "entity_id": "T4"},
                    ],
                }
            ],
        }
    ]
    assert [(row.layer, row.what, row.first) for row in context.losses] == [
        ("relations", "Origin", f"{tmp_path}/collection/a.ann:9"),
        ("events", "attribute Confidence L1", f"{tmp_path}/collection/a.ann:11"),
        ("entities", "a note in words", f"{tmp_path}/collection/a.ann:13"),
    ]


def test_repeated_roles_are_numbered_as_brat_does(tmp_path: Path) -> None:
    ann = "T1\tBind 18 23\tbuilt\nT2\tP 0 4\tSony\nT3\tP 9 17\tEricsson\nE1\tBind:T1 Theme:T2 Theme2:T3\n"
    bundle, _ = read(tmp_path, ann)
    assert [x["role"] for x in bundle.records[0]["events"][0]["arguments"]] == ["Theme", "Theme"]
    write_bundle(bundle, tmp_path / "out", "brat")
    assert "E1\tBind:T3 Theme:T1 Theme2:T2\n" in (tmp_path / "out" / "a.ann").read_text()


@pytest.mark.parametrize("members", ["T1 T2", "E1 E2"])
def test_events_are_joined_by_their_triggers_or_names(members: str, tmp_path: Path) -> None:
    ann = f"T1\tBuild 18 23\tbuilt\nT2\tClose 59 65\tclosed\nE1\tBuild:T1\nE2\tClose:T2\n*\tEquiv {members}\n"
    bundle, context = read(tmp_path, ann)
    assert [event["instance_id"] for event in bundle.records[0]["events"]] == ["E1", "E1"]
    assert len(context.losses) == 0
    write_bundle(bundle, tmp_path / "out", "brat")
    assert "*\tEquiv T1 T2\n" in (tmp_path / "out" / "a.ann").read_text()


def test_a_span_over_a_line_end_is_written_in_pieces_and_read_as_one(tmp_path: Path) -> None:
    record = {"doc_id": "a", "text": "New\r\nYork 🛳", "entities": [{"start": 0, "end": 9, "type": "GPE"}]}
    back, writing, _ = there_and_back("brat", Bundle(records=[record]), tmp_path)
    assert (tmp_path / "out" / "a.ann").read_bytes() == b"T1\tGPE 0 3;5 9\tNew York\n"
    assert (tmp_path / "out" / "a.txt").read_bytes() == "New\r\nYork 🛳".encode()
    assert back.records == [record]
    assert len(writing.losses) == 0


@given(bundles(holds_of("brat")))
@settings(max_examples=20, deadline=None)
def test_with_notes_all_of_a_document_comes_back(bundle: Bundle) -> None:
    with folder() as place:
        back, writing, reading = there_and_back("brat", bundle, place)
    assert len(reading.losses) == 0
    if not len(writing.losses):
        assert canonical(_seen_everywhere(back)) == canonical(_seen_everywhere(bundle))
    else:
        assert {row.what for row in writing.losses} <= {"pieces divided by a line end alone, which read as one span"}


@given(bundles(holds_of("brat")))
@settings(max_examples=12, deadline=None)
def test_without_notes_what_is_missing_is_listed(bundle: Bundle) -> None:
    ids = {
        "entities": "entity_id",
        "events": "id instance_id",
        "times": "id",
        "arguments": "entity_id time_id event_id",
    }
    with folder() as place:
        back, writing, _ = there_and_back("brat", bundle, place, notes=False)
    if any("pieces" in row.what for row in writing.losses):
        return
    held = restricted(bundle, holds_of("brat", notes=False))
    assert canonical(_seen_everywhere(back), without=ids) == canonical(_seen_everywhere(held), without=ids)
    lost = {(row.layer, row.what) for row in writing.losses}
    for layer, field in (("entities", "head"), ("entities", "score"), ("events", "attribution"), ("times", "value")):
        present = any(field in item for record in bundle.records for item in record[layer])
        assert ((layer, field) in lost) == present


def _seen_everywhere(bundle: Bundle) -> Bundle:
    """Layers without any item are not told from layers that were not looked at."""
    for record in bundle.records:
        for layer in ("events", "times"):
            if not record.get(layer):
                record.pop(layer, None)
    return bundle


def test_the_packaged_gold_scores_perfectly_after_brat(tmp_path: Path) -> None:
    measures = ["entities.strict.f1", "coref.conll", "linking.inkb.f1", "events.arg_c.f1", "times.value.f1"]
    context = assert_scores_perfectly("brat", tmp_path, measures)
    assert {row.layer for row in context.losses if row.format == "brat"} == {"header", "document", "pairs", "passages"}


def test_pybrat_reads_what_is_written(tmp_path: Path) -> None:
    from pybrat.parser import BratParser

    gold = packaged()
    write_bundle(gold, tmp_path / "out", "brat")
    theirs = {example.id: example for example in BratParser(error="raise").parse(str(tmp_path / "out"))}
    for record in gold.documents:
        example = next(example for name, example in theirs.items() if record["doc_id"] in str(name))
        spans = [[x.spans[0].start, x.spans[-1].end, x.type] for x in example.entities]
        expected = [[x["start"], x["end"], x["type"]] for x in record["entities"]]
        expected += [[x["start"], x["end"], f"TIMEX3_{x['type']}"] for x in record["times"]]
        expected += [[x["trigger"][0], x["trigger"][-1], x["type"]] for x in record["events"]]
        assert [span for span in sorted(spans) if span[2] != "ArgumentSpan"] == sorted(expected)
        assert sorted(x.type for x in example.events) == sorted(x["type"] for x in record["events"])
        chains = [x["entity_id"] for x in record["entities"] if "entity_id" in x]
        chains += [f"event {x['instance_id']}" for x in record["events"]]
        sizes = [chains.count(name) for name in set(chains)]
        assert len(example.relations) == sum(size * (size - 1) // 2 for size in sizes)


def test_all_of_the_packaged_documents_comes_back(tmp_path: Path) -> None:
    gold = packaged()
    back, _, _ = there_and_back("brat", gold, tmp_path)
    assert canonical(back) == canonical(restricted(gold, holds_of("brat")))


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("T9\tOrganization 0 4", None),  # the copy of the text is missing in some corpora
        ("T9\tOrganization 0 4\tSonny", "text-mismatch"),
        ("T9\tOrganization 4 0\tSony", "offset-range"),
        ("T9\tOrganization 70 700\tSony", "offset-range"),
        ("T9\tOrganization 9 17;0 4\tEricsson Sony", "fragment-order"),
        ("T9\tOrganization\tSony", "foreign-syntax"),
        ("T1\tOrganization 0 4\tSony", "repeated-id"),
        ("X9\tOrganization 0 4\tSony", "foreign-syntax"),
        ("E9\tMERGE-ORG", "foreign-syntax"),
        ("E9\tMERGE-ORG:T33", "dangling-reference"),
        ("E9\tMERGE-ORG:T3 Org1:T33", "dangling-reference"),
        ("A9\tNegation E33", "dangling-reference"),
        ("R9\tCoref Arg1:T1", "foreign-syntax"),
        ('#9\tGoldwire T1\t{"score": NaN}', "not-a-number"),
        ('#9\tGoldwire T1\t["score"]', "foreign-syntax"),
    ],
)
def test_bad_lines_are_named(line: str, rule: str | None, tmp_path: Path) -> None:
    number = ANN.count("\n") + 1
    _, context = read(tmp_path, ANN + line + "\n")
    found = [(x.rule, x.path, x.line) for x in context.incidents]
    assert found == ([(rule, str(tmp_path / "collection" / "a.ann"), number)] if rule else [])


def test_what_is_said_of_a_bad_line_dangles(tmp_path: Path) -> None:
    ann = "T1\tOrganization 400 700\tSony\nA1\tLevel T1 NAM\nT2\tMeet 0 4\tSony\nE1\tMeet:T2 Agent:T1\n"
    bundle, context = read(tmp_path, ann)
    assert [(x.rule, x.line) for x in context.incidents] == [
        ("offset-range", 1),
        ("dangling-reference", 2),
        ("dangling-reference", 4),
    ]
    assert bundle.records[0]["entities"] == []


def test_damaged_files_raise_no_traceback(tmp_path: Path) -> None:
    read(tmp_path)
    noticed = assert_no_traceback("brat", tmp_path / "collection", range(25), inner="a.ann")
    assert noticed > 8


def test_names_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    records = [{"doc_id": name, "text": "x", "entities": []} for name in ("../up", "/etc/x", "a/b", "c:d", "..", "")]
    write_bundle(Bundle(records=records), tmp_path / "in" / "out", "brat", Context())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]
    back, _ = read_bundle(tmp_path / "in" / "out", "brat", Context(Texts(folder=NO_TEXTS)))
    assert {record["doc_id"] for record in back.records} == {"../up", "/etc/x", "a/b", "c:d", "..", ""}


def test_losses_are_counted_with_their_first_place() -> None:
    losses = Losses("brat")
    losses.add("entities", "head", "d entities[0]")
    losses.add("entities", "head", "d entities[7]", 2)
    losses.add("entities", "score", "d entities[1]", 0)
    assert losses.to_json() == [
        {"format": "brat", "layer": "entities", "what": "head", "count": 3, "first": "d entities[0]"}
    ]
