"""TextEE, OneIE, MUC-4 and MAVEN-Arg: the JSON of event extraction."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import goldwire
from formats_common import (
    NO_TEXTS,
    assert_no_traceback,
    assert_scores_perfectly,
    bundles,
    folder,
    holds_of,
    packaged,
    there_and_back,
)
from formats_drawing import nameless
from goldwire.converting import Bundle, Context, Texts, read_bundle, write_bundle
from goldwire.converting.bundle import Record
from goldwire.errors import UsageError

FOUR = ["textee", "oneie", "muc4", "maven-arg"]


def read(tmp_path: Path, name: str, content: Any, **settings: Any) -> tuple[Bundle, Context]:
    """A file of this content: a list is JSON Lines, a string is itself."""
    path = tmp_path / "file.json"
    lines = content if isinstance(content, str) else "".join(json.dumps(line) + "\n" for line in content)
    path.write_text(lines, encoding="utf-8")
    context = Context(Texts(folder=tmp_path / "texts" if (tmp_path / "texts").is_dir() else NO_TEXTS))
    return read_bundle(path, name, context, settings)[0], context


def losses(context: Context) -> list[tuple[str, str, int]]:
    return [(row.layer, row.what, row.count) for row in context.losses]


def incidents(context: Context) -> list[tuple[str, int]]:
    return [(incident.rule, incident.line) for incident in context.incidents]


# TextEE ---------------------------------------------------------------------------------------------------------------

# The example of TextEE's data/README.md, with the elided mentions written out.
JAMES = {
    "doc_id": "DOC101",
    "wnd_id": "DOC101-2",
    "text": "James will start his first job at Google in June.",
    "lang": "en",
    "tokens": ["James", "will", "start", "his", "first", "job", "at", "Google", "in", "June", "."],
    "entity_mentions": [
        {"id": "DOC101-2-E0", "entity_type": "PER", "text": "James", "start": 0, "end": 1},
        {"id": "DOC101-2-E1", "entity_type": "ORG", "text": "Google", "start": 7, "end": 8},
        {"id": "DOC101-2-E3", "entity_type": "TIME", "text": "June", "start": 9, "end": 10},
    ],
    "event_mentions": [
        {
            "id": "DOC101-2-EV0",
            "event_type": "START_JOB",
            "trigger": {"text": "start", "start": 2, "end": 3},
            "arguments": [
                {"entity_id": "DOC101-2-E1", "role": "company", "text": "Google", "start": 7, "end": 8},
                {"entity_id": "DOC101-2-E9", "role": "position", "text": "first job", "start": 4, "end": 6},
            ],
        }
    ],
    "relation_mentions": [{"id": "DOC101-2-R1", "relation_type": "employed_by", "arguments": []}],
}


def test_the_example_of_textee(tmp_path: Path) -> None:
    bundle, context = read(tmp_path, "textee", [JAMES])
    assert bundle.records == [
        {
            "doc_id": "DOC101",
            "text": JAMES["text"],
            "entities": [
                {"id": "DOC101-2-E0", "start": 0, "end": 5, "type": "PER"},
                {"id": "DOC101-2-E1", "start": 34, "end": 40, "type": "ORG"},
                {"id": "DOC101-2-E3", "start": 44, "end": 48, "type": "TIME"},
            ],
            "events": [
                {
                    "id": "DOC101-2-EV0",
                    "type": "START_JOB",
                    "trigger": [11, 16],
                    "arguments": [
                        {"role": "company", "start": 34, "end": 40},
                        {"role": "position", "start": 21, "end": 30},
                    ],
                }
            ],
        }
    ]
    assert losses(context) == [("relations", "relations", 1)]


def test_windows_are_put_together_on_the_text_that_is_known(tmp_path: Path) -> None:
    second = {**JAMES, "wnd_id": "DOC101-3", "text": "Anna met .", "tokens": ["Anna", "met", "."]}
    second |= {"entity_mentions": [{"id": "x", "entity_type": "PER", "start": 0, "end": 1}], "event_mentions": []}
    bundle, context = read(tmp_path, "textee", [JAMES, second])
    text = bundle.records[0]["text"]
    assert text == "James will start his first job at Google in June.\nAnna met ."
    assert [text[x["start"] : x["end"]] for x in bundle.records[0]["entities"]] == ["James", "Google", "June", "Anna"]
    assert ("document", "white space between windows (one line end each)", 1) in losses(context)
    (tmp_path / "texts").mkdir()
    known = f"\n{JAMES['text']}\r\n\r\nAnna met."
    (tmp_path / "texts" / "DOC101.txt").write_text(known, newline="")
    bundle, context = read(tmp_path, "textee", [JAMES, second])
    assert [known[x["start"] : x["end"]] for x in bundle.records[0]["entities"]] == ["James", "Google", "June", "Anna"]
    assert losses(context) == [("relations", "relations", 2)]


def test_a_text_of_other_words_is_rebuilt_from_the_tokens(tmp_path: Path) -> None:
    line = {"doc_id": "a", "text": '"Rome"', "tokens": ["``", "Rome", "''"]}
    line["entity_mentions"] = [{"entity_type": "GPE", "start": 1, "end": 2}]
    bundle, context = read(tmp_path, "textee", [line])
    assert bundle.records == [
        {"doc_id": "a", "text": "`` Rome ''", "entities": [{"start": 3, "end": 7, "type": "GPE"}], "events": []}
    ]
    assert losses(context) == [("document", "texts that are not those of the tokens (rebuilt from tokens)", 1)]


def test_sentences_as_windows_lose_what_crosses_them(tmp_path: Path) -> None:
    text = "Anna met Bo. It was in Rome. "
    event: Record = {"id": "v", "type": "Meet", "trigger": [5, 8]}
    event["arguments"] = [{"role": "A", "start": 0, "end": 4}, {"role": "Place", "start": 23, "end": 27}]
    record = {
        "doc_id": "a",
        "text": text,
        "entities": [{"id": "m", "start": 9, "end": 15, "type": "X"}],
        "events": [event],
    }
    _, writing, _ = there_and_back("textee", Bundle(records=[record]), tmp_path, window="sentence")
    lines = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
    assert [(line["wnd_id"], line["text"]) for line in lines] == [("a-0", "Anna met Bo."), ("a-1", "It was in Rome.")]
    assert [[x["role"] for x in event["arguments"]] for event in lines[0]["event_mentions"]] == [["A"]]
    assert losses(writing) == [
        ("entities", "items across the borders of windows", 1),
        ("arguments", "arguments across the borders of windows", 1),
    ]


def test_white_space_at_the_ends_of_spans_is_lost_and_said_so(tmp_path: Path) -> None:
    spans = [(0, 5), (4, 6), (4, 5)]
    record = {"doc_id": "a", "text": "Rome 🛳", "entities": [{"start": a, "end": b, "type": "X"} for a, b in spans]}
    back, writing, _ = there_and_back("textee", Bundle(records=[record]), tmp_path)
    assert [(x["start"], x["end"]) for x in back.records[0]["entities"]] == [(0, 4), (5, 6)]
    assert losses(writing) == [
        ("entities", "white space at the ends of spans", 2),
        ("entities", "items of white space only", 1),
    ]


def without_ids(bundle: Bundle) -> list[str]:
    """The documents, references as such; these formats give everything an id."""
    return nameless(bundle)


@pytest.mark.parametrize(("name", "form"), [("textee", {}), ("oneie", {}), ("oneie", {"form": "graph"})])
def test_mentions_and_events_come_back_from_tokens(name: str, form: dict[str, str]) -> None:
    @given(bundles(holds_of(name, **form), on_tokens=True))
    @settings(max_examples=12, deadline=None)
    def check(bundle: Bundle) -> None:
        with folder() as place:
            back, writing, reading = there_and_back(name, bundle, place, **form)
        assert without_ids(back) == without_ids(bundle)
        assert not len(writing.losses)
        assert not len(reading.losses)
        if not form:  # ids are added where there were none, never changed
            for layer in ("entities", "events", "times"):
                for old, new in zip(bundle.records, back.records, strict=True):
                    ids = {item["id"] for item in old.get(layer, []) if "id" in item}
                    assert ids <= {item.get("id") for item in new.get(layer, [])}

    check()


@pytest.mark.parametrize("name", ["textee", "oneie"])
def test_the_packaged_gold_scores_perfectly_after_tokens(name: str, tmp_path: Path) -> None:
    measures = ["entities.strict.f1", "events.tri_c.f1", "events.arg_c.f1", "times.type.f1"]
    context = assert_scores_perfectly(name, tmp_path, measures)
    lost = {(row.layer, row.what): row.count for row in context.losses}
    assert lost["entities", "entity_id"] == 482
    assert lost["arguments", "event_id"] == 77
    assert (("entities", "level") in lost) == (name == "textee")


# OneIE ----------------------------------------------------------------------------------------------------------------

# The example of OneIE's README, shortened.
GRAPH = {
    "doc_id": "HC0003PYD",
    "sent_id": "HC0003PYD-16",
    "token_ids": [f"HC0003PYD:{i}-{i}" for i in range(9)],
    "tokens": ["North", "Korean", "leader", "Kim", "Jong", "Un", "threatened", "to", "detonate"],
    "graph": {
        "entities": [[0, 2, "GPE", "NAM", 1.0], [2, 3, "PER", "NOM", 0.2], [3, 6, "PER", "UNK", 0.506]],
        "triggers": [[8, 9, "Conflict:Attack", 1.0]],
        "relations": [[1, 0, "ORG-AFF", 0.52]],
        "roles": [[0, 2, "Attacker", 0.4597]],
    },
}


def test_a_predicted_graph(tmp_path: Path) -> None:
    bundle, context = read(tmp_path, "oneie", [GRAPH])
    record = bundle.records[0]
    assert record["text"] == "North Korean leader Kim Jong Un threatened to detonate"
    assert [{k: v for k, v in x.items() if k != "id"} for x in record["entities"]] == [
        {"start": 0, "end": 12, "type": "GPE", "level": "NAM", "score": 1.0},
        {"start": 13, "end": 19, "type": "PER", "level": "NOM", "score": 0.2},
        {"start": 20, "end": 31, "type": "PER", "score": 0.506},
    ]
    assert record["events"] == [
        {
            "type": "Conflict:Attack",
            "trigger": [46, 54],
            "score": 1.0,
            "arguments": [{"role": "Attacker", "start": 20, "end": 31, "score": 0.4597}],
        }
    ]
    assert losses(context) == [
        ("relations", "relations", 1),
        ("document", "white space between tokens (one blank each)", 1),
    ]


def test_a_sentence_to_train_on(tmp_path: Path) -> None:
    line = {"doc_id": "d", "sent_id": "d-0", "sentence": "He left", "tokens": ["He", "left"], "relation_mentions": []}
    line["entity_mentions"] = [
        {
            "id": "E1",
            "text": "He",
            "entity_type": "PER",
            "mention_type": "PRO",
            "entity_subtype": "Ind",
            "start": 0,
            "end": 1,
        }
    ]
    arguments = [{"entity_id": "E1", "text": "He", "role": "Person"}, {"entity_id": "E7", "text": "x", "role": "Agent"}]
    trigger = {"text": "left", "start": 1, "end": 2}
    line["event_mentions"] = [{"id": "V1", "event_type": "End", "trigger": trigger, "arguments": arguments}]
    bundle, context = read(tmp_path, "oneie", [line])
    assert bundle.records == [
        {
            "doc_id": "d",
            "text": "He left",
            "entities": [{"id": "E1", "start": 0, "end": 2, "type": "PER", "level": "PRO"}],
            "events": [
                {"id": "V1", "type": "End", "trigger": [3, 7], "arguments": [{"role": "Person", "start": 0, "end": 2}]}
            ],
        }
    ]
    assert ("arguments", "arguments whose mention is not there", 1) in losses(context)


# MUC-4 ----------------------------------------------------------------------------------------------------------------

# Written after the lines of GRIT's processed/test.json (same shape, other words).
DOCTEXT = "the military suspects met a guard. the armed forces deny it, armed forces members say; dynamite."
EXTRACTS = {
    "PerpInd": [[["military suspects", 4], ["armed forces members", 61]]],
    "PerpOrg": [[["armed forces", 39]]],
    "Target": [],
    "Victim": [[["guard", 28]]],
    "Weapon": [],
}


def test_extracts_of_grit(tmp_path: Path) -> None:
    bundle, context = read(tmp_path, "muc4", [{"docid": "TST3-MUC4-0002", "doctext": DOCTEXT, "extracts": EXTRACTS}])
    assert bundle.records == [
        {
            "doc_id": "TST3-MUC4-0002",
            "text": DOCTEXT,
            "entities": [
                {"start": 4, "end": 21, "entity_id": "e1"},
                {"start": 61, "end": 81, "entity_id": "e1"},
                {"start": 39, "end": 51, "entity_id": "e2"},
                {"start": 28, "end": 33, "entity_id": "e3"},
            ],
            "events": [
                {
                    "id": "t1",
                    "type": "incident",
                    "trigger": [4, 21],
                    "instance_id": "t1",
                    "arguments": [
                        {"role": "PerpInd", "start": 4, "end": 21, "entity_id": "e1"},
                        {"role": "PerpOrg", "start": 39, "end": 51, "entity_id": "e2"},
                        {"role": "Victim", "start": 28, "end": 33, "entity_id": "e3"},
                    ],
                }
            ],
        }
    ]
    assert losses(context) == [("events", "the place of the trigger (there is none; the first filler stands in)", 1)]


def test_templates_of_gtt_and_what_a_model_of_grit_writes(tmp_path: Path) -> None:
    templates = [{"incident_type": "attack", **EXTRACTS}, {"incident_type": "bombing", "Weapon": [[["dynamite", 87]]]}]
    bundle, _ = read(tmp_path, "muc4", [{"docid": "a", "doctext": DOCTEXT, "templates": templates}])
    assert [(x["type"], len(x["arguments"])) for x in bundle.records[0]["events"]] == [("attack", 3), ("bombing", 1)]
    predicted = {"a": {"doctext": DOCTEXT, "pred_extracts": {"Weapon": [["Dynamite"], ["car bomb"]], "Victim": []}}}
    for content in (json.dumps(predicted, indent=4), json.dumps(predicted)):
        bundle, context = read(tmp_path, "muc4", content)
        arguments = bundle.records[0]["events"][0]["arguments"]
        assert arguments == [{"role": "Weapon", "start": 87, "end": 95, "entity_id": "e1"}]
        assert ("arguments", "strings that are not in the text", 1) in losses(context)


def test_extracts_and_templates_as_written(tmp_path: Path) -> None:
    text = "Bo shot Al. Bo, a thief, bombed it. Bo fled."
    bo = {"role": "PerpInd", "start": 0, "end": 2, "entity_id": "bo"}
    record = {
        "doc_id": "a",
        "text": text,
        "entities": [{"start": a, "end": b, "entity_id": "bo"} for a, b in [(36, 38), (12, 14), (16, 23), (0, 2)]],
        "events": [
            {"type": "attack", "trigger": [3, 7], "arguments": [bo, {"role": "Victim", "start": 8, "end": 10}]},
            {"type": "bombing", "trigger": [25, 31], "arguments": [{**bo, "start": 12, "end": 14}]},
        ],
    }
    context = Context(Texts(folder=NO_TEXTS))
    write_bundle(Bundle(records=[record]), tmp_path / "out", "muc4", context)
    thief = [["Bo", 0], ["a thief", 16]]  # every string once, at its first place
    nobody = {"PerpOrg": [], "Target": [], "Weapon": []}
    assert json.loads((tmp_path / "out").read_text()) == {
        "docid": "a",
        "doctext": text,
        "extracts": {"PerpInd": [thief], "Victim": [[["Al", 8]]], **nobody},
        "templates": [
            {"incident_type": "attack", "PerpInd": [thief], "Victim": [[["Al", 8]]], **nobody},
            {"incident_type": "bombing", "PerpInd": [thief], "Victim": [], **nobody},
        ],
    }
    assert ("entities", "mentions with the string of an earlier one", 2) in losses(context)


def test_a_document_without_extracts_has_no_event(tmp_path: Path) -> None:
    line = {"docid": "a", "doctext": "x", "extracts": {role: [] for role in EXTRACTS}}
    bundle, context = read(tmp_path, "muc4", [line, {**line, "docid": "b", "templates": [{"incident_type": "attack"}]}])
    assert [record["events"] for record in bundle.records] == [[], []]
    assert losses(context) == [("events", "templates without a filler that is in the text", 1)]


def templates_of(bundle: Bundle) -> dict[str, list[Any]]:
    """Document -> its templates: type, and for every role its entities as sets of strings."""
    found: dict[str, list[Any]] = {}
    for record in bundle.documents:
        spans: dict[str, set[tuple[int, int]]] = defaultdict(set)
        fillers = [x for event in record.get("events", []) for x in event.get("arguments", [])]
        for mention in [*record.get("entities", []), *fillers]:
            if "entity_id" in mention:
                spans[mention["entity_id"]].add((mention["start"], mention["end"]))
        templates: dict[Any, set[Any]] = defaultdict(set)
        for i, event in enumerate(record.get("events", [])):
            for argument in event.get("arguments", []):
                place = argument["start"], argument["end"]
                places = {place} | spans.get(argument.get("entity_id", ""), set())
                strings = tuple(sorted({record["text"][a:b] for a, b in places}))
                templates[event.get("type"), event.get("instance_id", i)].add((argument["role"], strings))
        found[record["doc_id"]] = sorted([kind, sorted(fillers)] for (kind, _), fillers in templates.items())
    return found


@given(bundles({**holds_of("muc4"), "events": holds_of("muc4")["events"] | {"id"}}))
@settings(max_examples=20, deadline=None)
def test_templates_come_back_as_roles_of_sets_of_strings(bundle: Bundle) -> None:
    with folder() as place:
        back, writing, reading = there_and_back("muc4", bundle, place)
    lost = {row.what for row in (*writing.losses, *reading.losses)}
    if "mentions that belong to two entities (kept with the first)" not in lost:
        assert templates_of(back) == templates_of(bundle)


def test_the_packaged_gold_as_templates(tmp_path: Path) -> None:
    writing, reading = Context(), Context()
    write_bundle(packaged(), tmp_path / "out", "muc4", writing)
    back, _ = read_bundle(tmp_path / "out", "muc4", reading)
    assert not reading.incidents.items
    write_bundle(back, tmp_path / "back.jsonl", "goldwire")
    # Without repeated strings fewer mentions are left, which is what strings alone can hold; GRIT compares strings.
    result = goldwire.score(tmp_path / "back.jsonl", profiles=["grit"])
    figures = {name: value for name, value in result.values.items() if name.endswith(".f1")}
    assert figures
    assert {value.value for value in figures.values() if value.value is not None} == {1.0}


# MAVEN-Arg ------------------------------------------------------------------------------------------------------------

# The example of MAVEN-Argument's README, with a text that its offsets fit.
VIRGIN = (
    "The Virgin Tour was the debut concert tour by American singer-songwriter Madonna. It was there and supported her."
)
MAVEN = {
    "id": "10e205fef03228c5599fd76e06aba973",
    "title": "The Virgin Tour",
    "document": VIRGIN,
    "events": [
        {
            "id": "EVENT_1",
            "type": "Supporting",
            "type_id": 42,
            "mention": [
                {"id": "m1", "trigger_word": "supported", "offset": [99, 108]},
                {"id": "m2", "trigger_word": "was", "offset": [85, 88]},
            ],
            "argument": {
                "Agent": [{"content": "Virgin Tour", "offset": [4, 15]}],
                "Location": [{"entity_id": "ENTITY_14"}],
                "Content": [],
            },
        }
    ],
    "entities": [
        {
            "id": "ENTITY_14",
            "type": "Location",
            "mention": [
                {"id": "n1", "mention": "american", "offset": [46, 54]},
                {"id": "n2", "mention": "there", "offset": [89, 94]},
            ],
        }
    ],
    "negative_triggers": [{"id": "x", "trigger_word": "debut", "offset": [24, 29]}],
}


def test_the_example_of_maven_arg(tmp_path: Path) -> None:
    bundle, context = read(tmp_path, "maven-arg", [MAVEN])
    arguments = [
        {"role": "Agent", "start": 4, "end": 15},
        {"role": "Location", "start": 89, "end": 94, "entity_id": "ENTITY_14"},  # its mention next to both triggers
    ]
    assert bundle.records == [
        {
            "doc_id": "10e205fef03228c5599fd76e06aba973",
            "text": VIRGIN,
            "entities": [
                {"id": "n1", "start": 46, "end": 54, "type": "Location", "entity_id": "ENTITY_14"},
                {"id": "n2", "start": 89, "end": 94, "type": "Location", "entity_id": "ENTITY_14"},
            ],
            "events": [
                {"id": name, "type": "Supporting", "trigger": trigger, "instance_id": "EVENT_1", "arguments": arguments}
                for name, trigger in [("m1", [99, 108]), ("m2", [85, 88])]
            ],
        }
    ]
    assert losses(context) == [
        ("entities", "copies that are not the text at their place", 1),
        ("document", "title", 1),
        ("events", "negative triggers", 1),
    ]


def test_a_test_line_of_maven_arg_and_a_submission(tmp_path: Path) -> None:
    mention = {"id": "t", "trigger_word": "was", "type": "Being", "type_id": 1, "offset": [16, 19]}
    line = {"id": "a", "title": "", "document": VIRGIN, "event_mentions": [mention], "entities": []}
    bundle, _ = read(tmp_path, "maven-arg", [line])
    assert bundle.records[0]["events"] == [{"id": "t", "type": "Being", "trigger": [16, 19]}]
    _, context = read(tmp_path, "maven-arg", [{"id": "a", "preds": {"t": {"event_type": "Being"}}}])
    assert "strings alone" in next(iter(context.incidents)).expected


def test_arguments_of_all_mentions_are_the_events(tmp_path: Path) -> None:
    events = [
        {
            "id": f"v{i}",
            "type": "Meet",
            "trigger": [a, b],
            "instance_id": "x",
            "arguments": [{"role": role, "start": 0, "end": 4}],
        }
        for i, (a, b, role) in enumerate([(5, 8, "Agent"), (12, 16, "Place")])
    ]
    record = {"doc_id": "a", "text": "Anna met in town", "entities": [], "events": events}
    back, writing, _ = there_and_back("maven-arg", Bundle(records=[record]), tmp_path)
    assert [[x["role"] for x in event["arguments"]] for event in back.records[0]["events"]] == [["Agent", "Place"]] * 2
    assert ("arguments", "which mention of the event has which argument", 1) in losses(writing)


def facts_of(bundle: Bundle) -> list[Any]:
    """What MAVEN-Arg can say of a bundle: mentions with entities, triggers with events, arguments of events."""
    found = set()
    for record in bundle.documents:
        known = {x["entity_id"] for x in record.get("entities", []) if "entity_id" in x}
        for x in record.get("entities", []):
            found.add(("mention", record["doc_id"], x["start"], x["end"], x.get("entity_id"), x.get("type")))
        for event in record.get("events", []):
            whole = event["instance_id"]
            found.add(("trigger", record["doc_id"], *event["trigger"], whole, event["type"]))
            for x in event.get("arguments", []):
                entity = x.get("entity_id")
                filler = (entity,) if entity in known else (x["start"], x["end"])
                found.add(("argument", record["doc_id"], whole, x["role"], *filler))
    return sorted(found, key=str)


@given(bundles(holds_of("maven-arg")))
@settings(max_examples=20, deadline=None)
def test_facts_come_back_from_maven_arg(bundle: Bundle) -> None:
    for record in bundle.records:  # an entity has one type there, and everything is of an entity or an event
        for i, mention in enumerate(record["entities"]):
            mention["type"] = {"e1": "PERSON"}.get(mention.setdefault("entity_id", f"own{i}"), "GPE")
        for i, event in enumerate(record["events"]):
            event.setdefault("instance_id", f"own{i}")
    with folder() as place:
        back, writing, reading = there_and_back("maven-arg", bundle, place)
    assert facts_of(back) == facts_of(bundle)
    assert not len(reading.losses)
    assert {row.layer for row in writing.losses} <= {"arguments"}


def test_the_packaged_gold_after_maven_arg(tmp_path: Path) -> None:
    measures = ["entities.exact.f1", "coref.conll", "events.tri_c.f1", "event_coref.conll"]
    context = assert_scores_perfectly("maven-arg", tmp_path, measures)
    lost = {(row.layer, row.what): row.count for row in context.losses}
    assert lost["arguments", "which mention of the entity fills the role"] == 444
    assert lost["entities", "that a mention has no entity (it gets one of its own)"] == 9


# all four -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "line", "rule"),
    [
        ("textee", {"doc_id": "a", "wnd_id": "a-0"}, "foreign-syntax"),
        ("textee", {**JAMES, "entity_mentions": [{"entity_type": "A", "start": 3, "end": 12}]}, "offset-range"),
        ("textee", {**JAMES, "entity_mentions": [{"entity_type": "A", "start": 3, "end": 3}]}, "offset-range"),
        ("textee", {**JAMES, "tokens": ["a", ""]}, "foreign-syntax"),
        ("oneie", {**GRAPH, "graph": {"entities": [[0, 1]], "triggers": [], "roles": []}}, "foreign-syntax"),
        ("oneie", {**GRAPH, "graph": {"entities": [], "triggers": [], "roles": [[0, 0, "A"]]}}, "dangling-reference"),
        ("muc4", {"docid": "a", "doctext": "Rome", "extracts": {"Target": [[["rome", 1]]]}}, "text-mismatch"),
        ("muc4", {"docid": "a", "doctext": "Rome", "extracts": {"Target": [["rome", 0]]}}, "foreign-syntax"),
        ("muc4", {"docid": "a", "doctext": "Rome", "extracts": {"Target": "rome"}}, "foreign-syntax"),
        ("maven-arg", {"id": "a", "document": "Rome", "events": [{"type": "A"}]}, "foreign-syntax"),
        ("maven-arg", {"id": "a", "document": "Rome", "entities": [
            {"id": "e", "type": "A", "mention": [{"offset": [0, 9]}]}]}, "offset-range"),
        ("maven-arg", {"id": "a", "document": "Rome", "events": [
            {"type": "A", "mention": [], "argument": {"B": [{"entity_id": "e"}]}}]}, "dangling-reference"),
    ],
)  # fmt: skip
def test_bad_lines_are_named(name: str, line: Record, rule: str, tmp_path: Path) -> None:
    _, context = read(tmp_path, name, [line])
    assert incidents(context) == [(rule, 1)]


@pytest.mark.parametrize(("name", "setting"), [("textee", "window"), ("oneie", "form")])
def test_settings_that_do_not_exist(name: str, setting: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"the setting '{setting}' is 'paragraph'; expected"):
        write_bundle(
            Bundle(records=[{"doc_id": "a", "text": "x"}]), tmp_path / "out", name, None, {setting: "paragraph"}
        )


@pytest.mark.parametrize("name", FOUR)
def test_damaged_files_raise_no_traceback(name: str, tmp_path: Path) -> None:
    gold = packaged()
    gold.records = gold.records[1:2]
    write_bundle(gold, tmp_path / "out.json", name)
    assert assert_no_traceback(name, tmp_path / "out.json", range(24)) > 6


@pytest.mark.parametrize("name", FOUR)
@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe{", b"[]", b"{}", b"null", b"{\n", b'{"a": {"b": 1}}'])
def test_files_of_nothing(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)
    context = Context(Texts(folder=NO_TEXTS))
    bundle, _ = read_bundle(path, name, context)
    assert bundle.records == []
    assert context.incidents.errors
