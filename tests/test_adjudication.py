"""The gold against the two passes it was adjudicated from: every difference has one recorded decision, and it was carried out."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import goldwire
from goldwire.building.differences import Difference, differences
from goldwire.formats.folder import Source, read_source
from goldwire.incidents import Incidents

ANNOTATIONS = Path(__file__).parents[1] / "annotations"
LINES: list[dict[str, Any]] = [
    json.loads(line) for line in (ANNOTATIONS / "passes" / "adjudication.jsonl").read_text("utf-8").splitlines()
]
DECIDED = {line["key"]: line for line in LINES}

Keyed = dict[str, Difference]


def read(folder: Path) -> Source:
    incidents = Incidents()
    source = read_source(folder, incidents)
    assert not incidents.errors
    return source


@pytest.fixture(scope="module")
def sources() -> dict[str, Source]:
    return {"a": read(ANNOTATIONS / "passes/A"), "b": read(ANNOTATIONS / "passes/B"), "gold": read(ANNOTATIONS)}


def keyed(one: Source, other: Source) -> Keyed:
    found = differences(one, other)
    assert len({difference.key for difference in found}) == len(found)
    return {difference.key: difference for difference in found}


@pytest.fixture(scope="module")
def between(sources: dict[str, Source]) -> Keyed:
    return keyed(sources["a"], sources["b"])


@pytest.fixture(scope="module")
def against(sources: dict[str, Source]) -> dict[str, Keyed]:
    """Each pass against the gold."""
    return {name: keyed(sources[name], sources["gold"]) for name in ("a", "b")}


@pytest.mark.parametrize("name", ["A", "B"])
def test_both_passes_are_complete_and_valid(name: str, sources: dict[str, Source]) -> None:
    incidents = goldwire.validate(ANNOTATIONS / "passes" / name)
    assert not incidents.errors
    source = sources[name.lower()]
    assert set(source.gold) == set(source.articles)
    assert set(source.indexes) == {"entities", "event_instances", "duplicates", "passages"}


def test_every_difference_of_the_passes_has_one_line_with_a_reason(between: Keyed) -> None:
    assert max(Counter(line["key"] for line in LINES).values()) == 1
    assert between
    for key, difference in between.items():
        line = DECIDED[key]
        assert (line["layer"], line["place"]) == (difference.layer, difference.place)
        assert (line["a"], line["b"]) == (difference.one, difference.other)
    for line in LINES:
        assert line["reason"].strip()
        assert line["decision"] in ("a", "b", "both", "neither")
        if line["key"] not in between:
            assert line["a"] == line["b"]
            assert line["decision"] in ("both", "neither")


def test_the_gold_stands_against_both_passes_only_on_purpose(against: dict[str, Keyed]) -> None:
    alone = against["a"].keys() & against["b"].keys()
    assert alone == {key for key, line in DECIDED.items() if line["decision"] == "neither"}
    for key in alone:
        assert DECIDED[key]["gold"] == against["a"][key].other == against["b"][key].other


def test_decisions_are_carried_out(against: dict[str, Keyed]) -> None:
    for key, line in DECIDED.items():
        followed = {"a": ["a"], "b": ["b"], "both": ["a", "b"], "neither": []}[line["decision"]]
        for name in followed:
            assert key not in against[name], key
            assert line["gold"] == line[name]


def test_the_gold_differs_from_a_pass_nowhere_else(against: dict[str, Keyed]) -> None:
    assert against["a"].keys() | against["b"].keys() <= DECIDED.keys()


@pytest.mark.parametrize("name", ["a", "b", "gold"])
def test_an_annotation_does_not_differ_from_itself(name: str, sources: dict[str, Source]) -> None:
    assert differences(sources[name], sources[name]) == []


def test_differences_are_the_same_from_either_side(sources: dict[str, Source], between: Keyed) -> None:
    turned = keyed(sources["b"], sources["a"])
    assert list(turned) == list(between)
    for key, difference in between.items():
        assert (turned[key].one, turned[key].other) == (difference.other, difference.one)


def edited(source: Source, **files: Any) -> Source:
    """A copy of a source, from the JSON of its files, for one to be changed."""
    return Source(
        source.folder, source.corpus, source.articles, source.texts,
        **{name: files.get(name, getattr(source, name)) for name in ("gold", "indexes")},
    )  # fmt: skip


def copied(files: dict[str, Any]) -> dict[str, Any]:
    return {name: type(file)(file.path, file.text, json.loads(file.text)) for name, file in files.items()}


def test_names_of_entities_and_numbers_of_records_make_no_difference(sources: dict[str, Source]) -> None:
    gold = sources["gold"]
    renamed = {**copied(gold.gold)}
    indexes = copied(gold.indexes)
    entities = indexes["entities"].content["entities"]
    names = {row["entity_id"]: f"e{i}" for i, row in enumerate(reversed(entities))}
    for row in entities:
        row["entity_id"] = names[row["entity_id"]]
        for relation in row["relations"]:
            relation["target"] = names[relation["target"]]
    for file in renamed.values():
        for mention in file.content["entities"]:
            mention["id"] += "x"
            mention["entity_id"] = names.get(mention["entity_id"])
        for event in file.content["events"]:
            for holder, fields in [(event["attribution"] or {}, ("source", "via")), *(
                (argument, ("entity_id",)) for argument in event["arguments"]
            )]:  # fmt: skip
                for field in fields:
                    if holder.get(field) is not None:
                        holder[field] = names[holder[field]]
    assert differences(gold, edited(gold, gold=renamed, indexes=indexes)) == []


def test_one_changed_label_is_one_difference(sources: dict[str, Source]) -> None:
    gold = sources["gold"]
    files = copied(gold.gold)
    doc_id, file = next(iter(files.items()))
    event = file.content["events"][0]
    before, event["modality"] = event["modality"], "GUESSED"
    start, end = event["trigger"]
    (found,) = differences(gold, edited(gold, gold=files))
    assert (found.key, found.layer) == (f"events/{doc_id}:{start}-{end}/modality", "events")
    assert (found.one, found.other) == (before, "GUESSED")


def test_a_mention_moved_to_another_entity_shows_in_both_clusters(sources: dict[str, Source]) -> None:
    gold = sources["gold"]
    files = copied(gold.gold)
    doc_id, file = next(iter(files.items()))
    mentions = file.content["entities"]
    moscow, kabulov = mentions[0], next(row for row in mentions if row["entity_id"] == "kabulov")
    clusters = Counter(row["entity_id"] for row in mentions)
    assert clusters["russia"] > 2
    assert clusters["kabulov"] > 2
    last = [row for row in mentions if row["entity_id"] == "russia"][-1]
    last["entity_id"] = "kabulov"
    found = {row.key for row in differences(gold, edited(gold, gold=files)) if row.layer == "coreference"}
    assert found == {f"coreference/{doc_id}:{row['start']}-{row['end']}/cluster" for row in (moscow, kabulov)}
