"""goldwire init: a stranger's texts or annotation become a folder that validate, build and agree take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, TESTS
from goldwire.building.dataset import build
from goldwire.cli.main import main
from goldwire.converting import Bundle, Context, Texts, read_bundle, write_bundle
from goldwire.converting.founding import About, Founded, found_corpus, found_pass
from goldwire.errors import IncidentError, ReadError, UsageError
from goldwire.reading import load_corpus
from goldwire.validation import validate

TEXT = "Ada Brook of Rome said she met Ida. The mayor said so."


def begun(tmp_path: Path, *records: dict[str, Any], header: dict[str, Any] | None = None) -> tuple[Path, Founded]:
    """A corpus begun from records."""
    write_bundle(Bundle(header or {}, list(records)), tmp_path / "in.jsonl", "goldwire")
    done = found_corpus(tmp_path / "corpus", tmp_path / "in.jsonl")
    return tmp_path / "corpus", done


def gold(folder: Path, name: str) -> Any:
    return json.loads((folder / "gold" / f"{name}.json").read_text())


def told(done: Founded) -> set[tuple[str, str]]:
    return {(row.layer, row.what) for row in done.context.losses if row.format == "init"}


def test_texts_alone(tmp_path: Path) -> None:
    (tmp_path / "texts" / "deep").mkdir(parents=True)
    (tmp_path / "texts" / "a.txt").write_bytes("Näme 🛳.\r\n\r\nShe left. He stayed.".encode())
    (tmp_path / "texts" / "deep" / "b.txt").write_text("Second one.")
    (tmp_path / "texts" / "blank.txt").write_text(" \n")
    about = About(title="Mine", language="de", holder="Me", text_licence="CC0-1.0")
    done = found_corpus(tmp_path / "My corpus!", tmp_path / "texts", about=about)
    folder = tmp_path / "My corpus!"
    assert list(done.incidents) == list(validate(folder)) == []
    article = json.loads((folder / "articles" / "a.json").read_text())
    assert [(s["start"], s["end"]) for s in article["sentences"]] == [(0, 7), (11, 20), (21, 31)]
    assert article["zones"] == [{"zone": "body", "start": 0, "end": 31}]
    assert article["rights"]["text_licence"] == "CC0-1.0"
    assert (folder / "articles" / "a.txt").read_bytes() == (tmp_path / "texts" / "a.txt").read_bytes()
    corpus = json.loads((folder / "corpus.json").read_text())
    assert (corpus["name"], corpus["title"], corpus["language"], corpus["version"]) == (
        "my-corpus",
        "Mine",
        "de",
        "0.1.0",
    )
    assert told(done) == {
        ("document", "a document without words"), ("document", "its id, changed so that it can name a file"),
    }  # fmt: skip
    assert sorted(path.stem for path in (folder / "articles").glob("*.txt")) == ["a", "deep_b"]


def test_what_a_source_does_not_say_is_filled_in_and_told(tmp_path: Path) -> None:
    record = {
        "doc_id": "d", "text": TEXT,
        "entities": [
            {"start": 0, "end": 9, "type": "HUMAN", "entity_id": "ada"},
            {"start": 23, "end": 26, "type": "HUMAN", "entity_id": "ada"},
            {"start": 36, "end": 45, "type": "ROLE", "entity_id": "ada"},
            {"start": 13, "end": 17, "type": "PLACE", "kb_id": "Q220"},
        ],
        "times": [{"id": "t", "start": 36, "end": 39}],
        "events": [
            {"type": "Say", "trigger": [18, 22], "instance_id": "i", "arguments": [
                {"role": "Speaker", "start": 0, "end": 9, "entity_id": "ada"},
                {"role": "Hearer", "start": 31, "end": 34, "entity_id": "ida"},
                {"role": "When", "start": 36, "end": 39, "time_id": "t"}]},
            {"type": "Meet", "trigger": [27, 30], "instance_id": "i", "attribution": {"source": "ada", "via": "x"}},
        ],
    }  # fmt: skip
    folder, done = begun(tmp_path, record)
    assert list(done.incidents) == []
    mentions = gold(folder, "d")["entities"]
    assert [(m["text"], m["level"], m["head"], m.get("metonymic")) for m in mentions] == [
        ("Ada Brook", "NAM", [0, 9], None), ("she", "PRO", [23, 26], None), ("The mayor", "NOM", [36, 45], True),
        ("Rome", "NAM", [13, 17], None),
    ]  # fmt: skip
    (entity,) = gold(folder, "entities")["entities"]
    assert (entity["entity_id"], entity["type"], entity["name"]) == ("d.ada", "HUMAN", "Ada Brook")
    assert [x["instance_id"] for x in gold(folder, "event_instances")["instances"]] == ["d.i", "d.i.Meet"]
    assert {what for _, what in told(done)} >= {
        "no head: filled in (the whole mention)", "no level: filled in (by its words)", "no type: filled in (DATE)",
        "a type unlike its entity's: marked as metonymic", "an entity that no mention is of",
        "a knowledge-base id of a mention without an entity", "an instance of several types, divided by type",
        "an attribution to what no mention or event is of", "no polarity: filled in (POS)",
    }  # fmt: skip
    labels = json.loads((folder / "corpus.json").read_text())["labels"]
    assert labels["entity_types"] == ["HUMAN", "PLACE", "ROLE"]
    assert labels["event_roles"] == {"Meet": [], "Say": ["Hearer", "Speaker", "When"]}
    assert "time_types" not in labels


def test_entities_are_shared_where_the_source_says_so(tmp_path: Path) -> None:
    mention = {"start": 0, "end": 9, "type": "PERSON", "entity_id": "ada", "kb_id": "Q7259"}
    records = [{"doc_id": name, "text": TEXT, "entities": [mention]} for name in "ab"]
    folder, done = begun(tmp_path, *records, header={"entity_scope": "corpus"})
    assert list(done.incidents) == []
    (entity,) = gold(folder, "entities")["entities"]
    assert (entity["entity_id"], entity["kb_id"]) == ("ada", "Q7259")


def test_passages_give_the_pairs(tmp_path: Path) -> None:
    texts = {"a": "The lamp is lit. All is well tonight.", "b": "All is well tonight. The lamp is lit.", "c": "Else."}
    passage = {"a": "b", "a_start": 21, "a_end": 37, "b": "a", "b_start": 0, "b_end": 16}
    pair = {"a": "b", "b": "a", "reuse_a": "whole", "reuse_b": "whole", "provenance": "a_from_b", "story": "same_story"}
    folder, done = begun(tmp_path, *({"doc_id": k, "text": v} for k, v in texts.items()), passage, pair)
    assert list(done.incidents) == []
    (row,) = gold(folder, "passages")["passages"]
    assert (row["a"], row["a_text"], row["b"], row["relation"]) == ("a", "The lamp is lit.", "b", "verbatim")
    (row,) = gold(folder, "duplicates")["pairs"]
    # four of eight words of each, in one sentence: a trace; and the pair turned round
    assert (row["a"], row["reuse_a"], row["coverage_a"], row["provenance"]) == ("a", "trace", 0.5, "b_from_a")
    assert ("pairs", "a stated reuse that the passages do not give") in told(done)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("brat", {}), ("brat", {"notes": False}), ("conll2003", {}), ("conll2012", {}), ("conllu", {}), ("text", {}),
        ("goldwire", {}),
    ],
)  # fmt: skip
def test_any_format_begins_a_corpus_that_builds(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    gold, _ = read_bundle(TESTS / "corpus", None, Context(Texts(folder=TESTS / "corpus" / "articles")))
    write_bundle(gold, tmp_path / "in", name, None, options)
    done = found_corpus(tmp_path / "corpus", tmp_path / "in", source_format=name)
    assert list(done.incidents) == []
    manifest = build(tmp_path / "corpus", tmp_path / "dataset")
    assert manifest["configs"]["articles"]["rows"] == 3
    corpus = load_corpus(tmp_path / "dataset")
    # three mentions lie in others: tags have no place for them
    assert len(corpus["mentions"]) == {"conll2003": 13, "text": 0}.get(name, 17)
    assert len(corpus["triggers"]) == (3 if name in ("brat", "goldwire") else 0)


def test_all_of_a_gold_that_records_hold_is_in_a_corpus_begun_from_it(tmp_path: Path) -> None:
    from goldwire.building.agreement import agree

    found_corpus(tmp_path / "corpus", TESTS / "corpus")
    figures = agree(TESTS / "corpus", tmp_path / "corpus")
    # contrasts between event instances are not in records, so there are none to agree on
    values = {f"{x.layer} {x.figure}": x.value for x in figures if "contrast" not in x.figure}
    assert {value for value in values.values() if value is not None} == {1.0}
    assert len(values) > 25


def test_a_second_annotation_is_a_pass(tmp_path: Path) -> None:
    from goldwire.building.agreement import agree

    examples = ROOT / "docs" / "examples" / "lighthouse"
    found_corpus(tmp_path / "corpus", examples / "anna")
    done = found_pass(tmp_path / "corpus", "ben", examples / "ben")
    assert list(done.incidents) == []
    figures = {
        figure.figure: figure.value for figure in agree(tmp_path / "corpus", tmp_path / "corpus" / "passes" / "ben")
    }
    # Anna has 13 mentions, Ben 11; 9 have the same extent, 8 of them the same type
    assert figures["entities.exact.f1"] == pytest.approx(2 * 9 / 24)
    assert figures["entities.strict.f1"] == pytest.approx(2 * 8 / 24)
    with pytest.raises(UsageError, match="exists already"):
        found_pass(tmp_path / "corpus", "ben", examples / "ben")
    with pytest.raises(UsageError, match="is no name for a pass"):
        found_pass(tmp_path / "corpus", "../ben", examples / "ben")
    with pytest.raises(ReadError, match="is no annotation folder"):
        found_pass(tmp_path, "ben", examples / "ben")
    with pytest.raises(UsageError, match="is no article of"):
        found_pass(tmp_path / "corpus", "other", TESTS / "corpus")


def test_a_pass_over_other_texts_is_refused(tmp_path: Path) -> None:
    found_corpus(tmp_path / "corpus", ROOT / "docs" / "examples" / "lighthouse" / "anna")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "post.txt").write_text("Quite another text.")
    with pytest.raises(IncidentError, match="1 error"):
        found_pass(tmp_path / "corpus", "ben", tmp_path / "other", source_format="brat")


def test_bad_usage_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("")
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("id1,id2\na,b\n")
    for arguments, message in (
        (["full", str(TESTS / "corpus")], "exists already"),
        (["new", "absent"], "no such file or folder"),
        (["new", str(pairs)], "holds no documents"),
        (["new", str(TESTS / "corpus"), "--from", "brt"], "did you mean 'brat'?"),
    ):
        assert main(["init", str(tmp_path / arguments[0]), *arguments[1:]]) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_the_example_is_annotated_at_the_right_places() -> None:
    for who in ("anna", "ben"):
        context = Context(Texts(folder=ROOT / "docs" / "examples" / "lighthouse" / "texts"))
        bundle, _ = read_bundle(ROOT / "docs" / "examples" / "lighthouse" / who, "brat", context)
        assert list(context.incidents) == []
        assert len(bundle.documents) == 2
