"""Columns of event mentions that follow from the annotation by rule: realis, ACE properties, PLOVER and CAMEO codes.

The rule, the same for every corpus that uses the standard event types:

- realis: GENERIC if generic; ACTUAL if positive, asserted and not in the future; else OTHER.
- ACE 2005 properties: polarity Positive / Negative; modality Asserted for ASSERTED, else Other; tense and genericity as
  annotated. ERE realis is the realis above, capitalised. The ACE type is that of labels.json, null where ACE has none.
- joint: whether a MilitaryExercise has two or more participants; null for other types.
- PLOVER and CAMEO (labels.json): the actual code of an ACTUAL mention, the irrealis code of a positive one that is OTHER,
  null otherwise; but a negated Recognize is REJECT, and an actual joint exercise is COOPERATE and 062. CAMEO gives all
  codes the type admits, narrowest first sorted; x stands for any digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from goldwire.corpus.labels import labels

__all__ = ["derived", "realis"]


def realis(event: Mapping[str, Any]) -> str:
    """GENERIC if generic; ACTUAL if positive, asserted and not in the future; else OTHER."""
    if event["genericity"] == "GENERIC":
        return "GENERIC"
    actual = event["polarity"] == "POS" and event["modality"] == "ASSERTED" and event["tense"] != "FUTURE"
    return "ACTUAL" if actual else "OTHER"


def derived(event: Mapping[str, Any]) -> dict[str, Any]:
    """The derived columns of an event mention (type, attributes, arguments as in the annotation)."""
    status = realis(event)
    joint = _joint(event) if event["type"] == "MilitaryExercise" else None
    plover, cameo = _codes(event, status, joint is True)
    standard = labels()["event_types"].get(event["type"], {"core": None, "ace": None})
    return {
        "realis": status,
        "core": standard["core"],
        "joint": joint,
        "ace_type": standard["ace"],
        "ace_polarity": {"POS": "Positive", "NEG": "Negative"}[event["polarity"]],
        "ace_modality": "Asserted" if event["modality"] == "ASSERTED" else "Other",
        "ace_tense": event["tense"].capitalize(),
        "ace_genericity": event["genericity"].capitalize(),
        "ere_realis": status.capitalize(),
        "plover": plover,
        "cameo": cameo,
    }


def _joint(event: Mapping[str, Any]) -> bool:
    participants = {row.get("entity_id") or row["text"] for row in event["arguments"] if row["role"] == "Participant"}
    return len(participants) > 1


def _codes(event: Mapping[str, Any], status: str, joint: bool) -> tuple[str | None, list[str] | None]:
    """PLOVER and CAMEO codes, None where the sources give none."""
    if event["polarity"] == "NEG":
        return ("REJECT" if event["type"] == "Recognize" else None), None
    standard = labels()["event_types"].get(event["type"])
    side = {"ACTUAL": "actual", "OTHER": "irrealis"}.get(status)
    if standard is None or side is None:
        return None, None
    if joint and status == "ACTUAL":
        return "COOPERATE", ["062"]
    return standard["plover"][side], standard["cameo"][side] or None
