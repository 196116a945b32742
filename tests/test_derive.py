"""Derived columns: the published rule on both October meetings, the negated events and the military exercises."""

from __future__ import annotations

from typing import Any

import pytest

import goldwire
from goldwire.building.derive import derived, realis

ASSERTED = {"polarity": "POS", "modality": "ASSERTED", "tense": "PAST", "genericity": "SPECIFIC", "arguments": []}


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = goldwire.table("events").to_pylist()
    return rows


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "ACTUAL"),
        ({"tense": "PRESENT"}, "ACTUAL"),
        ({"tense": "FUTURE"}, "OTHER"),
        ({"polarity": "NEG"}, "OTHER"),
        ({"modality": "INTENDED", "tense": "FUTURE"}, "OTHER"),
        ({"polarity": "NEG", "modality": "EXPECTED", "genericity": "GENERIC"}, "GENERIC"),
    ],
)
def test_realis(change: dict[str, str], expected: str) -> None:
    assert realis({**ASSERTED, **change}) == expected


@pytest.mark.parametrize(
    ("kind", "change", "plover", "cameo"),
    [
        ("Meet", {}, "CONSULT", ["040", "043", "046"]),
        ("Meet", {"modality": "INTENDED", "tense": "FUTURE"}, "AGREE", ["036"]),
        ("Meet", {"polarity": "NEG"}, None, None),
        ("Meet", {"genericity": "GENERIC"}, None, None),
        ("Agreement", {"modality": "EXPECTED", "tense": "FUTURE"}, "AGREE", ["03x", "037"]),
        ("Aid", {"modality": "INTENDED", "tense": "FUTURE"}, "AGREE", ["033x"]),
        ("Recognize", {}, "SUPPORT", ["054"]),
        ("Recognize", {"polarity": "NEG", "modality": "INTENDED"}, "REJECT", None),
        ("WithdrawTroops", {}, "RETREAT", ["0874"]),
        ("WithdrawTroops", {"modality": "INTENDED"}, "CONCEDE", None),
        ("FormGovernment", {}, None, None),
        ("FormGovernment", {"modality": "POSSIBLE"}, None, ["0344"]),
        ("Attack", {"modality": "POSSIBLE"}, None, None),  # only threatened: the sources are silent
        ("SeizePower", {}, None, ["192"]),
        ("Crisis", {}, None, None),
        ("Invented", {}, None, None),  # a type of another corpus
    ],
)
def test_codes(kind: str, change: dict[str, str], plover: str | None, cameo: list[str] | None) -> None:
    row = derived({**ASSERTED, "type": kind, **change})
    assert (row["plover"], row["cameo"]) == (plover, cameo)


def test_ace_properties() -> None:
    row = derived({**ASSERTED, "type": "Meet", "polarity": "NEG", "modality": "EXPECTED", "tense": "FUTURE"})
    ace = {key: row[key] for key in row if key.startswith(("ace", "ere"))}
    assert ace == {
        "ace_type": "Contact:Meet",
        "ace_polarity": "Negative",
        "ace_modality": "Other",
        "ace_tense": "Future",
        "ace_genericity": "Specific",
        "ere_realis": "Other",
    }


def test_both_meetings_of_october(events: list[dict[str, Any]]) -> None:
    tuesday = [row for row in events if row["instance_id"] == "meet_four_party_1019"]
    assert {(row["realis"], row["plover"]) for row in tuesday} == {("OTHER", "AGREE")}  # planned wherever it is named
    wednesday = {row["doc_id"][:3]: set() for row in events}
    for row in events:
        if row["instance_id"] == "talks_moscow_1020":
            wednesday[row["doc_id"][:3]].add(row["plover"])
    assert wednesday["001"] == {"AGREE"}  # still to come
    assert "CONSULT" in wednesday["003"]  # held


def test_expected_breakthroughs_have_no_code(events: list[dict[str, Any]]) -> None:
    rows = [row for row in events if row["text"].startswith("breakthrough")]
    assert {(row["ace_polarity"], row["realis"], row["plover"]) for row in rows} == {("Negative", "OTHER", None)}


def test_refused_recognition_is_rejection(events: list[dict[str, Any]]) -> None:
    rows = [row for row in events if row["type"] == "Recognize" and row["polarity"] == "NEG"]
    assert rows
    assert {row["plover"] for row in rows} == {"REJECT"}


def test_exercises_alone_and_joint(events: list[dict[str, Any]]) -> None:
    rows = [row for row in events if row["type"] == "MilitaryExercise"]
    assert {row["doc_id"][:3]: (row["joint"], row["plover"], row["cameo"]) for row in rows} == {
        "000": (False, "MOBILIZE", ["150"]),
        "001": (False, "MOBILIZE", ["150"]),
        "002": (True, "COOPERATE", ["062"]),
        "003": (True, "COOPERATE", ["062"]),
        "004": (False, "MOBILIZE", ["150"]),
    }
    assert {row["joint"] for row in events if row["type"] != "MilitaryExercise"} == {None}
