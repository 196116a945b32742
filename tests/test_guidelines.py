"""The guidelines: every quotation stands where they say, every label is explained, no article is given away."""

from __future__ import annotations

import re

import pytest

import goldwire
from conftest import ROOT
from goldwire.corpus.labels import labels

GUIDELINES = (ROOT / "annotations" / "guidelines.md").read_text(encoding="utf-8")
ARTICLES = {row["doc_id"][:3]: row for row in goldwire.table("articles").to_pylist()}


def sentence(article: str, number: int) -> str:
    row = ARTICLES[article]
    place = row["sentences"][number]
    return str(row["text"][place["start"] : place["end"]])


def test_every_quotation_is_in_the_sentence_named() -> None:
    quotations = re.findall(r"(?<!\*)\*([^*\n]+)\* \((\d{3}):(\d+)\)", GUIDELINES)
    assert len(quotations) > 400
    wrong = [(quote, a, n) for quote, a, n in quotations if quote not in sentence(a, int(n))]
    assert wrong == []


def test_the_guidelines_do_not_give_the_articles_away() -> None:
    words = re.findall(r"\w+", GUIDELINES)
    runs = {tuple(words[i : i + 8]) for i in range(len(words) - 7)}
    for row in ARTICLES.values():
        own = re.findall(r"\w+", row["text"])
        assert not runs & {tuple(own[i : i + 8]) for i in range(len(own) - 7)}


INVENTORIES = (
    "entity_types", "levels", "zones", "entity_relations", "time_types", "time_basis", "event_types", "polarity",
    "modality", "tense", "genericity", "realis", "instance_links", "reuse_levels", "story", "provenance",
    "passage_relations", "passage_edits",
)  # fmt: skip


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_every_label_is_explained(inventory: str) -> None:
    missing = [name for name in labels()[inventory] if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", GUIDELINES)]
    assert missing == []


def test_every_role_has_a_row() -> None:
    rows = set(re.findall(r"^\| `?(\w+)`? \|", GUIDELINES, re.MULTILINE))
    roles = {role for row in labels()["event_types"].values() for role in row["roles"]}
    assert roles <= rows
