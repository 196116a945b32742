"""What the gold must say, whatever else changes: the facts that make these five articles worth annotating."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import Any

import pytest

import goldwire
from goldwire.building.reuse import folded

A000, A001, A002, A003, A004 = (row["doc_id"] for row in goldwire.table("articles").to_pylist())


@pytest.fixture(scope="module")
def instances() -> dict[str, dict[str, Any]]:
    return {row["instance_id"]: row for row in goldwire.table("event_instances").to_pylist()}


@pytest.fixture(scope="module")
def entities() -> dict[str, dict[str, Any]]:
    return {row["entity_id"]: row for row in goldwire.table("entity_index").to_pylist()}


def test_the_articles_are_the_five_supplied() -> None:
    lengths = dict(zip(*(goldwire.table("articles")[c].to_pylist() for c in ("doc_id", "length")), strict=True))
    assert list(lengths.values()) == [3061, 1996, 2183, 3023, 2073]
    published = goldwire.table("articles")["published"].to_pylist()
    assert published == ["2021-10-16", "2021-10-15", None, "2021-10-21", None]  # 002 and 004 state none


def test_two_october_meetings_a_day_apart_are_two_events(instances: dict[str, dict[str, Any]]) -> None:
    tuesday, wednesday = instances["meet_four_party_1019"], instances["talks_moscow_1020"]
    assert (tuesday["start"], wednesday["start"]) == ("2021-10-19", "2021-10-20")
    assert "talks_moscow_1020" in tuesday["contrast"]
    assert "meet_four_party_1019" in wednesday["contrast"]
    assert set(wednesday["doc_ids"]) == {A000, A001, A002, A003, A004}
    assert set(tuesday["doc_ids"]) == {A000, A001}


def test_contrast_keeps_apart_and_is_symmetric(instances: dict[str, dict[str, Any]]) -> None:
    pairs = [(one, other) for one, row in instances.items() for other in row["contrast"]]
    assert len(pairs) > 20
    assert all(one in instances[other]["contrast"] for one, other in pairs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("meet_four_party_1019", "talks_moscow_1020"),
        ("conference_moscow_2021_03", "talks_moscow_1020"),
        ("conference_moscow_2021_03", "meet_four_party_1019"),
        ("statement_kabulov_1015", "statement_kabulov_invitation"),  # one speaker, two days
        ("statement_zakharova_1014", "statement_mfa_1019"),  # nearly the same words, five days apart
        ("exercise_russia_in_tajikistan", "exercise_joint_tajikistan_uzbekistan"),  # alone and joint
        ("exercise_russia_in_tajikistan", "exercise_joint_ex_soviet_neighbours"),
    ],
)
def test_look_alikes_are_contrasted(one: str, other: str, instances: dict[str, dict[str, Any]]) -> None:
    assert other in instances[one]["contrast"]
    assert one in instances[other]["contrast"]


def test_undecided_identity_stays_undecided(instances: dict[str, dict[str, Any]]) -> None:
    joint = instances["exercise_joint_ex_soviet_neighbours"]
    assert {"relation": "POSSIBLY_SAME", "target": "exercise_joint_tajikistan_uzbekistan"} in joint["links"]
    for row in instances.values():
        undecided = {link["target"] for link in row["links"] if link["relation"] == "POSSIBLY_SAME"}
        assert not undecided & set(row["contrast"])


@pytest.mark.parametrize(
    ("article", "text", "resolved"),
    [
        (A001, "next Wednesday", "2021-10-20"),
        (A003, "yesterday", "2021-10-20"),
        (A004, "October 20", "2021-10-20"),
        (A000, "Tuesday", "2021-10-19"),
        (A003, "Tuesday", "2021-10-19"),  # the same day, of a statement and not of the meeting
        (A004, "Thursday", None),  # the 7th or the 14th: undecidable
    ],
)
def test_the_date_trap(article: str, text: str, resolved: str | None) -> None:
    rows = [row for row in goldwire.table("times").to_pylist() if (row["doc_id"], row["text"]) == (article, text)]
    assert rows
    assert {row["resolved"] for row in rows} == {resolved}


def test_undated_articles_are_marked_where_a_date_was_inferred() -> None:
    rows = [row for row in goldwire.table("times").to_pylist() if row["doc_id"] in (A002, A004)]
    thursday = next(row for row in rows if row["doc_id"] == A004 and row["text"] == "Thursday")
    assert thursday["basis"] == "undecidable"
    week = next(row for row in rows if row["doc_id"] == A002 and row["text"] == "next week")
    assert week["basis"] == "inferred"
    captions = {row["text"]: row["resolved"] for row in rows if row["zone"] == "caption"}
    assert captions == {"June 15, 2017": "2017-06-15", "October 5, 2021": "2021-10-05"}


def test_one_group_under_several_names_and_its_affiliate_apart(entities: dict[str, dict[str, Any]]) -> None:
    names = defaultdict(set)
    for row in goldwire.table("entities").to_pylist():
        for mention in row["mentions"]:
            names[mention["entity_id"]].add(mention["text"])
    assert {"Daesh", "IS", "Islamic State"} <= names["daesh"]
    assert "Daesh Khurasan" in names["daesh_khurasan"]
    assert {"relation": "AFFILIATE_OF", "target": "daesh"} in entities["daesh_khurasan"]["relations"]
    assert {"taliban", "taliban_government", "taliban_delegation"} <= set(entities)


def test_metonymy_is_marked_not_retyped() -> None:
    mentions = [m for row in goldwire.table("entities").to_pylist() for m in row["mentions"]]
    moscow = [m for m in mentions if m["text"] == "Moscow"]
    assert {m["type"] for m in moscow} == {"GPE"}
    assert {(m["metonymic"], m["entity_id"]) for m in moscow} == {(True, "russia"), (False, "moscow")}


def test_the_expected_breakthrough_is_a_negated_expectation() -> None:
    rows = [row for row in goldwire.table("events").to_pylist() if row["text"] in ("breakthrough", "breakthroughs")]
    assert len(rows) >= 5
    for row in rows:
        assert (row["type"], row["polarity"], row["modality"], row["realis"]) == (
            "Agreement",
            "NEG",
            "EXPECTED",
            "OTHER",
        )
        assert row["attribution_source"] in ("kabulov", "russia")


def test_knowledge_base_ids_come_with_their_reason(entities: dict[str, dict[str, Any]]) -> None:
    for row in entities.values():
        assert (row["kb_id"] is None) == (row["kb_reason"] is None)
    stated = [row["kb_id"] for row in entities.values() if row["kb_id"]]
    assert len(stated) == len(set(stated))
    assert entities["russia"]["kb_id"] == "Q159"


def test_equal_sentences_are_annotated_alike() -> None:
    places = defaultdict(list)
    articles = {row["doc_id"]: row for row in goldwire.table("articles").to_pylist()}
    mentions = {row["doc_id"]: row["mentions"] for row in goldwire.table("entities").to_pylist()}
    for doc_id, article in articles.items():
        for sentence in article["sentences"]:
            text = article["text"][sentence["start"] : sentence["end"]]
            inside = [
                (m["start"] - sentence["start"], m["end"] - sentence["start"], m["type"], m["level"], m["entity_id"])
                for m in mentions[doc_id]
                if sentence["start"] <= m["start"] and m["end"] <= sentence["end"]
            ]
            places[folded(text)].append(inside)
    repeated = [annotations for annotations in places.values() if len(annotations) > 1]
    assert len(repeated) >= 15
    assert all(one == other for annotations in repeated for one, other in combinations(annotations, 2))


def test_the_links_are_no_equivalence() -> None:
    pairs = {(row["a"], row["b"]): row for row in goldwire.table("duplicates").to_pylist()}
    assert len(pairs) == 10
    linked = {key for key, row in pairs.items() if row["reuse_a"] != "none" or row["reuse_b"] != "none"}
    assert {(A000, A001), (A000, A002)} <= linked  # 000 is spliced from two wires
    assert (A001, A002) not in linked  # which share no run of five words: closing the links would be wrong


def test_verbatim_copies_are_grouped_and_nothing_else_is() -> None:
    groups = defaultdict(set)
    for row in goldwire.table("passages").to_pylist():
        if row["group"]:
            groups[row["group"]] |= {folded(row["a_text"]), folded(row["b_text"])}
        assert (row["relation"] == "verbatim") == (row["group"] is not None) or row["relation"] == "furniture"
        assert row["basis"] == "text" or row["edits"] == [] or row["relation"] == "furniture"
    assert groups
    assert all(len(texts) == 1 for texts in groups.values())
    assert "contradiction" not in goldwire.table("passages")["relation"].to_pylist()
