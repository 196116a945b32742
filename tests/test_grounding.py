"""Strings without offsets: where they are put, what they are called, and how they are scored."""

from __future__ import annotations

import random
import re
import unicodedata
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import goldwire
from conftest import TESTS, gold_records
from goldwire.corpus.strings import TextPlaces, caseless, fold
from goldwire.explaining import items
from goldwire.formats.grounding import Ground, Wanted
from goldwire.formats.records import RECORD
from goldwire.incidents import Incidents
from goldwire.profiles import all_profiles
from goldwire.reading import predictions_of, read_file
from goldwire.validation import validate


def places(text: str, string: str) -> list[str]:
    """What the text has at every place found for the string."""
    return [text[start:end] for start, end in TextPlaces(text).of(string).spans]


def grounded(text: str, *strings: str) -> list[tuple[int, str, int]]:
    """(start, label, number of places) of strings predicted in this order; start -1 behind the end of the text."""
    found = Ground(text).assign([Wanted(i, string) for i, string in enumerate(strings)])
    return [(start if start < len(text) else -1, label, n) for _, start, _, label, n in found]


# places ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "string", "found"),
    [
        ("He said “no” twice.", '"no"', ["“no”"]),
        ("The Taliban’s envoy", "Taliban's", ["Taliban’s"]),
        ("talks in  New\nYork today", "New York", ["New\nYork"]),
        ("talks in\u00a0Doha", "in Doha", ["in\u00a0Doha"]),
        ("in Mu\u0308nchen", "M\u00fcnchen", ["Mu\u0308nchen"]),
        ("in M\u00fcnchen", "Mu\u0308nchen", ["M\u00fcnchen"]),
        ("2020–2021", "2020-2021", ["2020–2021"]),
        ("Mos\u00adcow", "Moscow", ["Mos\u00adcow"]),
        ("MOSCOW (AP)", "Moscow", ["MOSCOW"]),
        ("in der Straße", "STRASSE", ["Straße"]),
        ("wait… what", "wait...", ["wait…"]),
        ("\u1112\u1161\u11ab is Han", "\ud55c", ["\u1112\u1161\u11ab"]),
    ],
)
def test_folds_find_what_differs_in_writing_only(text: str, string: str, found: list[str]) -> None:
    assert places(text, string) == found
    assert not TextPlaces(text).of(string).exact


@pytest.mark.parametrize(
    ("text", "string"),
    [
        ("a Russian envoy", "Russia"),
        ("the party", "art"),
        ("in 2021", "202"),
        ("Mu\u0308nchen", "Mu"),
        ("Moscow", "Moskow"),
        ("Moscow", ""),
        ("Moscow", " "),
        ("wait… what", "wait."),
    ],
)
def test_nothing_is_found_inside_a_word_or_by_likeness(text: str, string: str) -> None:
    assert places(text, string) == []


def test_words_end_at_digits_joined_lines_and_in_scripts_without_blanks() -> None:
    assert places("$10m for talksThe envoy", "10") == ["10"]
    assert places("$10m for talksThe envoy", "talks") == ["talks"]
    assert places("塔利班代表团访问莫斯科", "莫斯科") == ["莫斯科"]


def test_the_way_it_is_spelt_comes_first() -> None:
    text = "US aid for us: the US"
    assert TextPlaces(text).of("US").spans == ((0, 2), (19, 21))
    assert TextPlaces(text).of("us").spans == ((11, 13),)


words = st.text("aB é'’\n\u00a0\u0301ß\u00ad-–😀", max_size=12)


@given(words, words, words)
def test_what_stands_between_blanks_is_found_where_it_stands(before: str, word: str, after: str) -> None:
    """Every place found folds to the string; an exact one equals it; and a string put into a text is found in it."""
    core = re.sub(r"^[\s\u0301\u00ad]+|[\s\u0301\u00ad]+$", "", unicodedata.normalize("NFC", word))
    text = f"{before} . {core} . {after}"
    found = TextPlaces(text).of(core)
    assert not core or found.spans
    for start, end in found.spans:
        assert caseless(text[start:end]) == caseless(core)
        assert not found.exact or text[start:end] == core
    starts = [start for start, _ in found.spans]
    assert starts == sorted(starts)


@given(words)
def test_folding_keeps_the_way_back(text: str) -> None:
    for ignore_case in (False, True):
        folded = fold(text, ignore_case=ignore_case)
        assert len(folded.text) == len(folded.start) == len(folded.stop)
        assert all(start < stop for start, stop in zip(folded.start, folded.stop, strict=True))
        assert list(folded.start) == sorted(folded.start)


# labels ---------------------------------------------------------------------------------------------------------------

TEXT = "Lavrov met Stanikzai. Stanikzai thanked LAVROV."
#       0          11         22                40


def test_repeats_are_given_places_from_left_to_right() -> None:
    assert grounded(TEXT, "Stanikzai", "met", "Stanikzai") == [(11, "exact", 2), (7, "exact", 1), (22, "exact", 2)]


def test_each_string_says_how_it_was_placed() -> None:
    assert grounded(TEXT, "Stanikzai", "lavrov", "Lavrov", "Lavrov", "Putin") == [
        (11, "ambiguous", 2),  # one of two places
        (40, "normalised", 2),  # in any case it stands at 0 and 40; the one before it stands at 11
        (0, "exact", 1),  # as it is spelt it stands at 0 only
        (-1, "duplicate", 1),
        (-1, "ungrounded", 0),
    ]
    assert grounded("says “Hi”", '"Hi"') == [(5, "normalised", 1)]


def test_items_stand_in_the_order_in_which_they_are_given() -> None:
    """Of the three places of "Moscow" the one between its neighbours; one item out of order does not mislead the rest."""
    text = "Moscow. Lavrov in Moscow with Putin. Moscow. AP"
    assert [start for start, *_ in grounded(text, "Lavrov", "Moscow", "Putin")] == [8, 18, 30]
    assert [start for start, *_ in grounded(text, "AP", "Lavrov", "Moscow", "Putin")] == [45, 8, 18, 30]
    assert [start for start, *_ in grounded(text, "Moscow", "Moscow", "Moscow", "Putin")] == [0, 18, 37, 30]


def test_strings_of_one_place_as_often_as_there_are_places() -> None:
    """20,000 items on 20,000 places: more than is looked at for a chain, and not a square of steps."""
    text, n = "ab " * 20_000, 20_000
    found = grounded(text, *["ab"] * n)
    assert found[-1] == (3 * (n - 1), "exact", n)


def test_an_argument_stands_nearest_to_its_trigger() -> None:
    text = "Doha. Moscow. The talks in Moscow. Later, Moscow."
    wanted = [
        Wanted(0, "Moscow", "e1", near=18),
        Wanted(1, "Moscow", "e2", near=40),
        Wanted(2, "Moscow", "e1", near=18),
    ]
    assert [(start, label) for _, start, _, label, _ in Ground(text).assign(wanted)] == [
        (27, "ambiguous"),
        (42, "ambiguous"),
        (6, "ambiguous"),
    ]


@given(st.lists(st.sampled_from(["a", "b", "c", "A"]), max_size=12), st.text("ab ", max_size=20))
def test_no_place_is_given_twice_and_labels_add_up(strings: list[str], text: str) -> None:
    found = list(Ground(text).assign([Wanted(i, string) for i, string in enumerate(strings)]))
    assert [row for row, *_ in found] == list(range(len(strings)))
    assert len({(start, end) for _, start, end, *_ in found}) == len(strings)
    for _, start, end, label, n in found:
        assert (end <= len(text)) == (label not in ("duplicate", "ungrounded"))
        assert start < end
        assert (n == 0) == (label == "ungrounded")


# files ----------------------------------------------------------------------------------------------------------------


def read(path: Any, gold: goldwire.Corpus) -> tuple[goldwire.Corpus, Incidents]:
    incidents = Incidents()
    return predictions_of(read_file(path, incidents), gold, incidents).corpus, incidents


def as_strings(records: list[dict[str, Any]], gold: goldwire.Corpus) -> list[dict[str, Any]]:
    """The records with the words in place of the offsets (spans in one piece), events and arguments included."""
    texts = dict(zip(gold["articles"]["doc_id"].to_pylist(), gold["articles"]["text"].to_pylist(), strict=True))

    def bare(item: dict[str, Any], text: str) -> dict[str, Any]:
        if "trigger" in item:
            words = {} if len(item["trigger"]) > 2 else {"text": text[slice(*item["trigger"])], "trigger": None}
            return item | words | {"arguments": [bare(argument, text) for argument in item["arguments"]]}
        if item["start"] is None:
            return item
        return (
            item
            | {"text": text[item["start"] : item["end"]], "start": None, "end": None}
            | ({"head": None} if "head" in item else {})
        )

    return [
        record
        | {layer: [bare(x, texts[record["doc_id"]]) for x in record[layer]] for layer in record if layer in LAYERS}
        for record in records
    ]


LAYERS = ("entities", "events", "times")


def test_an_item_with_offsets_costs_nothing_and_changes_nothing(harbour: goldwire.Corpus, jsonl: Any) -> None:
    corpus, _ = read(jsonl(gold_records(harbour)), harbour)
    assert all("grounding" not in table.column_names for table in corpus.tables.values())


@pytest.mark.parametrize("name", ["harbour", "gold"])
def test_strings_in_the_order_of_the_text_lose_nothing(name: str, request: pytest.FixtureRequest, jsonl: Any) -> None:
    """All of the gold without its offsets: every mention and trigger is found again, nested ones included."""
    harbour = request.getfixturevalue(name)
    path = jsonl(as_strings(gold_records(harbour), harbour))
    corpus, incidents = read(path, harbour)
    assert not list(incidents)
    for table in (corpus[layer] for layer in ("mentions", "triggers", "arguments", "times")):
        assert table["start"].null_count == table["grounding"].null_count == 0
    result = goldwire.score(path, harbour)
    assert result["grounding.ungrounded"] == 0
    assert result["grounding.text.f1"] == 1
    for measure in ("entities.strict", "coref.mentions", "events.tri_c"):
        assert result[f"{measure}.f1"] == 1
    # "Since then" of two articles is taken for "the then-warring sides" a line above, which comes first and is no time.
    assert result["times.span.f1"] == (1 if name == "harbour" else pytest.approx(55 / 57))
    assert (
        result["events.arg_c.f1"] > 0.97
    )  # an argument goes to the place nearest to its trigger, mostly the right one


def test_strings_in_parquet_are_placed_alike(harbour: goldwire.Corpus, jsonl: Any, tmp_path: Path) -> None:
    records = as_strings(gold_records(harbour), harbour)[1:]
    pq.write_table(pa.Table.from_pylist(records, schema=RECORD), tmp_path / "p.parquet")
    ours, theirs = read(jsonl(records), harbour)[0], read(tmp_path / "p.parquet", harbour)[0]
    assert all(ours[name].equals(theirs[name]) for name in ("mentions", "triggers", "arguments", "times"))


def test_the_position_free_score_tells_extraction_from_grounding(jsonl: Any) -> None:
    """Of gold's two Haldens in n1 the system names one, with another type once more, and one string of its own making."""
    gold = gold_of_text("Halden met Halden. Bergen spoke.", [(0, 6, "GPE"), (11, 17, "GPE"), (19, 25, "GPE")])
    path = jsonl(
        [{"doc_id": "d", "entities": [
            {"text": "halden", "type": "GPE"}, {"text": "Halden", "type": "ORG"},
            {"text": "Oslo", "type": "GPE"}, {"start": 19, "end": 25, "type": "GPE"},
        ]}]
    )  # fmt: skip
    result = goldwire.score(path, gold, tasks=["entities", "grounding"])
    # "halden" is read in any case, so it takes the first place; "Halden" the second one; of 3 strings 1 is nowhere.
    assert result["entities.exact.precision"] == pytest.approx(3 / 4)
    assert result["entities.strict.precision"] == pytest.approx(2 / 4)
    assert result["grounding.ungrounded"] == pytest.approx(1 / 3)
    # Position-free: (halden, GPE) and (bergen, GPE) of 4 predicted and 3 gold items.
    assert result["grounding.text.precision"] == pytest.approx(2 / 4)
    assert result["grounding.text.recall"] == pytest.approx(2 / 3)


def gold_of_text(text: str, mentions: list[tuple[int, int, str]]) -> goldwire.Corpus:
    """Gold of one document "d"."""
    rows = [{"doc_id": "d", "start": start, "end": end, "type": kind} for start, end, kind in mentions]
    schemas = goldwire.corpus.tables.SCHEMAS
    articles = pa.Table.from_pylist([{"doc_id": "d", "text": text, "length": len(text)}], schemas["articles"])
    table = pa.Table.from_pylist([dict.fromkeys(schemas["mentions"].names) | row for row in rows], schemas["mentions"])
    return goldwire.Corpus(("d",), {"articles": articles, "mentions": table})


def test_ungrounded_items_are_false_positives_for_every_task_and_profile(harbour: goldwire.Corpus, jsonl: Any) -> None:
    records = gold_records(harbour)
    wrong = {"text": "Atlantis", "type": "GPE"}
    for record in records:
        if "entities" in record:
            record["entities"].append(wrong | {"entity_id": "none"})
            record["times"].append({"text": "doomsday", "type": "DATE", "value": "2099"})
            record["events"].append(
                {"text": "exploded", "type": "Attack", "arguments": [{"role": "Place", "text": "Atlantis"}]}
            )
    path = jsonl(records)
    clean, result = goldwire.score(jsonl(gold_records(harbour), "clean.jsonl"), harbour), goldwire.score(path, harbour)
    n = len(harbour.doc_ids)
    for measure in (
        "entities.exact",
        "entities.strict",
        "events.tri_c",
        "events.arg_c",
        "times.span",
        "coref.mentions",
    ):
        before, after = clean.values[f"{measure}.precision"], result.values[f"{measure}.precision"]
        assert after.numerator == before.numerator
        assert after.denominator == before.denominator + n
        assert result[f"{measure}.recall"] == 1
    zones = result.counts["entities"].facets["zone"]
    outside = result.counts["entities"].columns["pred"][zones.codes == -1]
    assert outside.sum() == n  # a string that is nowhere is in no zone
    for name, profile in all_profiles().items():
        if profile.inapplicable(harbour, read(path, harbour)[0]) is None:
            assert goldwire.score(path, harbour, profiles=[name]).values


def test_explain_lists_them_as_a_class_of_their_own(harbour: goldwire.Corpus, jsonl: Any) -> None:
    doc_id = harbour.doc_ids[0]
    corpus, _ = read(jsonl([{"doc_id": doc_id, "entities": [{"text": "Atlantis", "type": "GPE"}]}]), harbour)
    (row,) = [row for row in items("entities", harbour, corpus).to_pylist() if row["pred_row"] is not None]
    assert (row["class"], row["string"], row["pred_start"]) == ("ungrounded", "Atlantis", None)


def test_the_order_of_documents_changes_nothing(harbour: goldwire.Corpus, jsonl: Any) -> None:
    first, *records = as_strings(gold_records(harbour), harbour)
    result = goldwire.score(jsonl([first, *records], "a.jsonl"), harbour)
    random.Random(3).shuffle(records)
    assert goldwire.score(jsonl([first, *records], "b.jsonl"), harbour).values == result.values


def test_other_offset_units_are_converted_and_strings_left_alone(harbour: goldwire.Corpus, jsonl: Any) -> None:
    """The emoji in n1 takes two UTF-16 units: the mention behind it given by offsets, another one as a string."""
    text = harbour["articles"]["text"][harbour.doc_ids.index("n1")].as_py()
    row = next(
        row for row in harbour["mentions"].to_pylist() if row["doc_id"] == "n1" and not text[: row["start"]].isascii()
    )
    units = [len(text[: row[end]].encode("utf-16-le")) // 2 for end in ("start", "end")]
    string = text[row["start"] : row["end"]]
    path = jsonl([
        {"goldwire": 1, "offset_unit": "utf16"},
        {"doc_id": "n1", "entities": [{"start": units[0], "end": units[1]}, {"text": "nowhere at all"}]},
    ])  # fmt: skip
    corpus, incidents = read(path, harbour)
    assert not list(incidents)
    assert text[corpus["mentions"]["start"][0].as_py() : corpus["mentions"]["end"][0].as_py()] == string


def test_a_string_beside_wrong_offsets_stays_an_incident(harbour: goldwire.Corpus, jsonl: Any) -> None:
    path = jsonl([{"doc_id": "n1", "entities": [{"start": 0, "end": 2, "text": "somewhere else"}]}])
    assert [incident.rule for incident in read(path, harbour)[1]] == ["text-mismatch"]
    half = jsonl([{"doc_id": "n1", "entities": [{"start": 0, "text": "somewhere else"}]}])
    assert [incident.rule for incident in read(half, harbour)[1]] == ["missing-offset"]


def test_without_the_text_there_is_nothing_to_ground_in(harbour: goldwire.Corpus, jsonl: Any) -> None:
    articles = harbour["articles"]
    bare = articles.set_column(1, "text", pa.nulls(len(articles), pa.string()))
    gold = goldwire.Corpus(harbour.doc_ids, {**harbour.tables, "articles": bare})
    path = jsonl([{"doc_id": "n1", "entities": [{"text": "Halden", "type": "GPE"}]}])
    assert [incident.rule for incident in read(path, gold)[1]] == ["missing-offset"]


def test_gold_has_to_have_offsets(jsonl: Any) -> None:
    path = jsonl([{"doc_id": "x", "text": "Halden", "entities": [{"text": "Halden", "type": "GPE"}]}])
    assert [incident.rule for incident in validate(path, role="gold")] == ["missing-offset"]


def test_the_command_line_scores_and_explains_strings(cli: Any, jsonl: Any) -> None:
    path = jsonl(
        [{"doc_id": "n1", "entities": [{"text": "Atlantis", "type": "GPE"}, {"text": "Westhaven", "type": "GPE"}]}]
    )
    gold = TESTS / "corpus"
    done = cli("score", path, "--gold", gold, "-m", "grounding.ungrounded")
    assert done.returncode == 0
    assert "1 / 2" in done.stdout
    shown = cli("explain", path, "--gold", gold, "--class", "ungrounded")
    assert "[Atlantis] has no place left in the text" in shown.stdout
