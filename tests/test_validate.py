"""Every rule has a bad file named after it, which raises it and nothing else, at the line where the fault is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conftest import ROOT, TESTS
from goldwire import IncidentError, ReadError, validate
from goldwire.incidents import RULES, Incident, Incidents, did_you_mean
from goldwire.reading import load_corpus

BAD_GOLD = sorted((TESTS / "bad" / "gold").iterdir())
BAD_PREDICTIONS = sorted((TESTS / "bad" / "predictions").iterdir())

# rule -> (file, line) in the Harbour corpus with that bad file laid over it
GOLD_PLACES = {
    "argument-target": ("gold/n1.json", 18),
    "checksum": ("articles/n1.json", 3),
    "contrast-one-way": ("gold/event_instances.json", 4),
    "coverage": ("gold/duplicates.json", 3),
    "crossing-mentions": ("gold/n1.json", 6),
    "dangling-reference": ("gold/n1.json", 18),
    "duplicate-key": ("gold/n1.json", 4),
    "encoding": ("articles/n3.txt", 0),
    "entity-type": ("gold/n1.json", 8),
    "fragment-order": ("gold/n1.json", 11),
    "group": ("gold/passages.json", 4),
    "head-outside": ("gold/n1.json", 5),
    "illegal-role": ("gold/n1.json", 18),
    "instance-type": ("gold/n1.json", 19),
    "json-syntax": ("gold/n1.json", 4),
    "link-cycle": ("gold/event_instances.json", 3),
    "lone-surrogate": ("gold/n1.json", 4),
    "missing-pair": ("gold/duplicates.json", 2),
    "not-a-number": ("gold/duplicates.json", 3),
    "offset-range": ("gold/n1.json", 11),
    "pair-order": ("gold/duplicates.json", 5),
    "passage-place": ("gold/passages.json", 5),
    "repeated-extent": ("gold/n1.json", 6),
    "repeated-id": ("gold/n2.json", 6),
    "repeated-pair": ("gold/duplicates.json", 5),
    "reuse-level": ("gold/duplicates.json", 3),
    "schema": ("gold/n1.json", 4),
    "self-link": ("gold/entities.json", 8),
    "sentence-order": ("articles/n3.json", 14),
    "text-mismatch": ("gold/n1.json", 7),
    "unknown-document": ("gold/n3.json", 2),
    "unknown-label": ("gold/n1.json", 19),
    "unknown-type": ("gold/entities.json", 8),
    "unused-entry": ("gold/entities.json", 4),
    "verbatim-text": ("gold/passages.json", 4),
    "zone-partition": ("articles/n3.json", 11),
}

PREDICTION_LINES = {
    "byte-order-mark": 1,
    "digest-mismatch": 1,
    "empty-file": 0,
    "header": 1,
    "self-link": 1,
    "truncated-archive": 0,
}  # all others: line 2


def overlaid(bad: Path, target: Path) -> Path:
    """The Harbour corpus with the files of a bad case in place of its own."""
    shutil.copytree(TESTS / "corpus", target)
    shutil.copytree(bad, target, dirs_exist_ok=True)
    return target


@pytest.mark.parametrize("bad", BAD_GOLD, ids=lambda path: path.name)
def test_bad_gold_raises_its_incident(bad: Path, tmp_path: Path) -> None:
    folder = overlaid(bad, tmp_path / "corpus")
    found = list(validate(folder))
    assert {incident.rule for incident in found} == {bad.name}
    file, line = GOLD_PLACES[bad.name]
    assert (Path(found[0].path).relative_to(folder).as_posix(), found[0].line) == (file, line)


@pytest.mark.parametrize("bad", BAD_PREDICTIONS, ids=lambda path: path.name)
def test_bad_predictions_raise_their_incident(bad: Path) -> None:
    rule = bad.name.split(".")[0]
    found = list(validate(bad, gold=TESTS / "corpus", role="predictions"))
    assert {incident.rule for incident in found} == {rule}
    line = 2
    if rule == "header":
        assert {incident.item for incident in found} == {"goldwire", "offset_unit"}  # both faults in one run
    assert found[0].line == PREDICTION_LINES.get(rule, line)


def test_every_rule_has_a_bad_file() -> None:
    covered = {path.name for path in BAD_GOLD} | {path.name.split(".")[0] for path in BAD_PREDICTIONS}
    covered |= {path.stem for path in (TESTS / "bad" / "converting").iterdir()}  # tests/test_converting.py
    # a missing file: the next test; a system that fails: test_running.py
    assert covered | {"missing-file", "system-failure"} == set(RULES)


@pytest.mark.parametrize(
    "name", ["corpus.json", "articles/n1.txt", "gold/n1.json", "gold/entities.json", "gold/passages.json"]
)
def test_a_missing_file_is_an_incident(source: Path, name: str) -> None:
    (source / name).unlink()
    found = [incident for incident in validate(source) if incident.rule == "missing-file"]
    assert [Path(incident.path).relative_to(source).as_posix() for incident in found] == [name]


def test_all_findings_come_in_one_run(source: Path) -> None:
    for name in ("offset-range", "contrast-one-way", "coverage"):
        shutil.copytree(TESTS / "bad" / "gold" / name, source, dirs_exist_ok=True)
    assert {incident.rule for incident in validate(source)} == {"offset-range", "contrast-one-way", "coverage"}


def test_our_own_gold_has_no_findings() -> None:
    assert list(validate(ROOT / "annotations")) == []
    assert list(validate(ROOT / "dataset")) == []


def test_an_incident_says_where_what_and_what_instead() -> None:
    incident = Incident("unknown-type", "p.jsonl", 7, "entities[3]", "'gpee'", "", "GPE")
    assert str(incident) == (
        "p.jsonl:7: error[unknown-type] a type the inventory does not have: entities[3]; found 'gpee'; "
        "did you mean 'GPE'?"
    )


def test_findings_beyond_the_kept_ones_are_counted() -> None:
    incidents = Incidents(kept_per_rule=2)
    for line in range(5):
        incidents.add("offset-range", "p.jsonl", line)
    assert (len(incidents.items), incidents.errors) == (2, 5)


@pytest.mark.parametrize(
    ("given", "near"), [("PERSN", "PERSON"), ("person", "PERSON"), ("gpe", "GPE"), ("zzz", None), ("", None)]
)
def test_did_you_mean_ignores_case_and_gives_up(given: str, near: str | None) -> None:
    assert did_you_mean(given, ["PERSON", "GPE", "ORG"]) == near


def test_nothing_to_read_is_not_a_finding_but_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        validate(tmp_path / "absent.jsonl")
    with pytest.raises(ReadError, match="neither a built dataset nor an annotation folder"):
        validate(tmp_path)


def test_gold_with_errors_is_not_loaded(tmp_path: Path) -> None:
    folder = overlaid(TESTS / "bad" / "gold" / "offset-range", tmp_path / "corpus")
    with pytest.raises(IncidentError, match="1 error") as caught:
        load_corpus(folder)
    assert [incident.rule for incident in caught.value.incidents] == ["offset-range"]
    assert caught.value.exit_code == 1


def test_a_corpus_may_declare_labels_of_its_own(source: Path) -> None:
    gold = source / "gold"
    (gold / "n2.json").write_text((gold / "n2.json").read_text().replace('"type": "FAC"', '"type": "QUAY"'))
    assert "unknown-type" in {incident.rule for incident in validate(source)}
    (gold / "n1.json").write_text((gold / "n1.json").read_text().replace('"type": "FAC"', '"type": "QUAY"'))
    (gold / "entities.json").write_text((gold / "entities.json").read_text().replace('"type": "FAC"', '"type": "QUAY"'))
    about = source / "corpus.json"
    own = '"labels": {"entity_types": ["GPE", "PERSON", "QUAY"]}, "all_pairs"'
    about.write_text(about.read_text().replace('"all_pairs"', own))
    assert list(validate(source)) == []
