"""The schemas are sound and closed, agree with the label inventories, and the crosswalks say what they should."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

import goldwire
from conftest import ROOT
from goldwire.corpus.labels import labels, standard_inventory
from goldwire.formats.records import RECORD
from goldwire.schemas import errors_of, schema_names

SCHEMAS = {p.name: json.loads(p.read_text(encoding="utf-8")) for p in (ROOT / "schema").glob("*.schema.json")}


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in references(value)]
    return [ref for value in node for ref in references(value)] if isinstance(node, list) else []


def test_there_is_a_schema_for_everything_the_project_reads_and_writes() -> None:
    assert schema_names() == [
        "annotation", "article", "common", "corpus", "duplicates", "entities", "events", "manifest", "passages",
        "prediction", "result", "run", "times",
    ]  # fmt: skip


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schemas_are_2020_12_and_refer_only_to_one_another(name: str) -> None:
    schema = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:goldwire:schema:{name.removesuffix('.schema.json')}"
    assert all(ref.startswith(("urn:goldwire:schema:", "#/")) for ref in references(schema))


def test_a_reference_outside_the_folder_is_not_fetched() -> None:
    from referencing.exceptions import Unresolvable

    from goldwire.schemas import _validator

    registry = _validator("prediction", None)._registry  # type: ignore[attr-defined]
    with pytest.raises(Unresolvable):
        registry.resolver().lookup("https://example.org/schema.json")


def test_the_prediction_schema_and_the_fast_reader_know_the_same_fields() -> None:
    assert set(SCHEMAS["prediction.schema.json"]["properties"]) == set(RECORD.names)
    for field, definition in (("entities", "mention"), ("events", "event"), ("times", "time")):
        fast = {f.name for f in RECORD.field(field).type.value_type}
        assert set(SCHEMAS["prediction.schema.json"]["$defs"][definition]["properties"]) == fast


@pytest.mark.parametrize(
    ("record", "faults"),
    [
        ({"doc_id": "d", "entities": [{"start": 0, "end": 1}]}, 0),
        ({"a": "d", "b": "e", "score": 0.5}, 0),
        ({"score": 0.5}, 1),
        ({"doc_id": 7}, 1),
        ({"doc_id": "d", "entities": [{"start": -1, "end": 1}]}, 1),
        ({"doc_id": "d", "entities": [{"start": 2**31, "end": 1}]}, 1),
        ({"doc_id": "d", "entities": {"start": 0}}, 1),
    ],
)
def test_predictions_are_told_right_from_wrong(record: dict[str, Any], faults: int) -> None:
    assert len(list(errors_of("prediction", record))) == faults


# labels ---------------------------------------------------------------------------------------------------------------


def test_the_event_inventory_is_the_designs() -> None:
    events = labels()["event_types"]
    assert len(events) == 24
    assert {name for name, row in events.items() if not row["core"]} == {"Statement", "Crisis", "Spillover", "Counter"}
    assert standard_inventory().roles["Meet"] == {"Host", "Participant", "Place", "Time", "Topic"}


@pytest.mark.parametrize(
    ("kind", "conll", "ace"),
    [
        ("PERSON", "PER", "PER"),
        ("ORG", "ORG", "ORG"),
        ("GPE", "LOC", "GPE"),
        ("LOC", "LOC", "LOC"),
        ("FAC", "LOC", "FAC"),
        ("NORP", "MISC", "GPE"),
        ("EVENT", "MISC", None),
        ("MONEY", None, None),
        ("CARDINAL", None, None),
        ("DATE", None, None),
    ],
)
def test_crosswalks(kind: str, conll: str | None, ace: str | None) -> None:
    row = labels()["entity_types"][kind]
    assert (row["conll2003"], row["ace2005"]) == (conll, ace)


def test_crosswalks_reach_only_types_the_other_scheme_has() -> None:
    rows = labels()["entity_types"].values()
    assert {row["conll2003"] for row in rows} - {None} == {"PER", "LOC", "ORG", "MISC"}
    assert {row["ace2005"] for row in rows} - {None} <= {"PER", "ORG", "GPE", "LOC", "FAC", "VEH", "WEA"}


def test_every_label_in_the_gold_is_in_its_inventory(gold: goldwire.Corpus) -> None:
    inventory = standard_inventory()
    assert set(gold["mentions"]["type"].to_pylist()) <= inventory.entity_types
    assert set(gold["triggers"]["type"].to_pylist()) <= set(inventory.roles)
    for attribute in ("polarity", "modality", "tense", "genericity"):
        assert set(gold["triggers"][attribute].to_pylist()) <= set(labels()[attribute])
    assert set(gold["passages"]["relation"].to_pylist()) <= set(labels()["passage_relations"])
    assert set(gold["zones"]["zone"].to_pylist()) <= set(labels()["zones"])
