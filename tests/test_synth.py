"""Synthetic corpora: gold by construction obeys the rules of the annotated gold, the same recipe gives the same bytes,
and nothing but shared text tells copies from others.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldwire
from conftest import ROOT
from goldwire.building.relations import matched_words, relation_of_codes, text_relation, words
from goldwire.building.reuse import coverage, reuse_level, text_relations
from goldwire.cli.main import main
from goldwire.corpus.canonical import json_lines
from goldwire.corpus.labels import labels
from goldwire.synth import runs
from goldwire.synth.audit import audit
from goldwire.synth.block import BLOCK, SCHEMAS, block_tables, hexes
from goldwire.synth.derive import derived
from goldwire.synth.dice import Dice, mixed
from goldwire.synth.grammar import Domain, Slot, Template, domain, domains, read
from goldwire.synth.layout import laid_out
from goldwire.synth.names import capacity, checked, names_of
from goldwire.synth.operations import OPERATIONS
from goldwire.synth.plan import planned
from goldwire.synth.rates import DIFFICULTIES, SPLITS, rates_of
from goldwire.synth.runs import PAD_X, PAD_Y
from goldwire.synth.sentences import rendered
from goldwire.synth.story import Seed, Stories
from goldwire.synth.wires import DAMAGE, sentences_of

DOCS, SEED = 240, 7
GOLDEN = "64dea931ca4d45612c7844f0a90ff6a3cc5696cfb33c1e3696fb1109f0b1759e"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("synth") / "corpus"
    goldwire.synthesize(path, docs=DOCS, seed=SEED, split="test", difficulty="hard")
    return path


@pytest.fixture(scope="module")
def rows(folder: Path) -> dict[str, list[dict[str, Any]]]:
    return {name: goldwire.table(name, folder).to_pylist() for name in SCHEMAS}


# the rules of the gold ---------------------------------------------------------------------------------------------


def test_every_rule_of_an_annotation_folder_holds(tmp_path: Path) -> None:
    """Written as an annotation folder, the corpus passes the validation people's gold has to pass: zones, extents,
    references, verbatim texts, groups, and coverage and reuse level recomputed from text and passages.
    """
    goldwire.synthesize(tmp_path / "corpus", docs=100, seed=5, split="test", difficulty="hard")
    rows = {name: goldwire.table(name, tmp_path / "corpus").to_pylist() for name in SCHEMAS}
    source = tmp_path / "source"
    for part in ("articles", "gold"):
        (source / part).mkdir(parents=True)
    rights = ("rights_holder", "rights_evidence", "text_licence", "text_terms", "annotation_licence")
    for article in rows["articles"]:
        own = {key: value for key, value in article.items() if key not in rights and key != "text"}
        own["rights"] = {key.removeprefix("rights_"): article[key] for key in rights}
        (source / "articles" / f"{own['doc_id']}.txt").write_bytes(article["text"].encode())
        (source / "articles" / f"{own['doc_id']}.json").write_text(json.dumps(own))
    for row in rows["entities"]:
        keys = ("id", "start", "end", "text", "head", "type", "level", "entity_id")
        mentions = [{key: mention[key] for key in keys} for mention in row["mentions"]]
        gold = {"doc_id": row["doc_id"], "entities": mentions, "times": [], "events": []}
        (source / "gold" / f"{row['doc_id']}.json").write_text(json.dumps(gold))
    index = [{key: row[key] for key in row if key not in ("mentions", "doc_ids")} for row in rows["entity_index"]]
    passages = [{key: row[key] for key in row if key != "basis"} for row in rows["passages"]]
    for name, content in (
        ("entities", {"entities": index}),
        ("event_instances", {"instances": []}),
        ("passages", {"passages": passages}),
        ("duplicates", {"pairs": rows["duplicates"]}),
    ):
        (source / "gold" / f"{name}.json").write_text(json.dumps(content))
    about = json.loads((ROOT / "annotations" / "corpus.json").read_text()) | {"all_pairs": False, "name": "synthetic"}
    (source / "corpus.json").write_text(json.dumps(about))
    found = [str(incident) for incident in goldwire.validate(source)]
    assert found[:5] == []


def test_relations_are_those_of_the_guidelines(rows: dict[str, list[dict[str, Any]]]) -> None:
    """Text-basis passages are labelled by the counts of their texts; no fact, look-alike or formula meets those counts."""
    textual = text_relations()
    seen = Counter(row["relation"] for row in rows["passages"])
    assert set(seen) == set(labels()["passage_relations"]) - {"partial_fact", "update"}
    for row in rows["passages"]:
        expected = text_relation(row["a_text"], row["b_text"])
        if row["relation"] in textual:
            assert row["relation"] == expected
            assert bool(row["edits"]) == (expected != "verbatim")
        elif row["relation"] in ("same_fact", "contradiction"):
            assert expected is None


def test_text_links_between_documents_of_one_event_are_complete(rows: dict[str, list[dict[str, Any]]]) -> None:
    """Every two sentences of six words or more that the guidelines would link are linked, whatever their zones."""
    textual = text_relations()
    articles = {row["doc_id"]: row for row in rows["articles"]}
    linked = {
        (row["a"], row["a_start"], row["b"], row["b_start"]) for row in rows["passages"] if row["relation"] in textual
    }
    pairs = [row for row in rows["duplicates"] if row["story"] in ("same_report", "same_story")]
    missed = []
    for pair in pairs[:60]:
        a, b = articles[pair["a"]], articles[pair["b"]]
        for x in a["sentences"]:
            for y in b["sentences"]:
                texts = a["text"][x["start"] : x["end"]], b["text"][y["start"] : y["end"]]
                if min(len(text.split()) for text in texts) < 6 or len(set(words(texts[0])) & set(words(texts[1]))) < 6:
                    continue
                if text_relation(*texts) and (pair["a"], x["start"], pair["b"], y["start"]) not in linked:
                    missed.append(texts)
    assert len(pairs) > 50
    assert missed == []


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**40), st.sampled_from(SPLITS), st.sampled_from(DIFFICULTIES), st.integers(1, 40))
def test_gold_is_exact_whatever_the_recipe(seed: int, split: str, difficulty: str, docs: int) -> None:
    """Every text stands at its offsets, text links have the relation of their texts, and the coverage is what the linked
    spans cover of the bodies.
    """
    rows = {name: table.to_pylist() for name, table in block_tables(0, seed, split, difficulty, docs).items()}
    articles = {row["doc_id"]: row for row in rows["articles"]}
    spans: dict[tuple[str, str], list[tuple[int, int]]] = {}
    assert len(articles) == docs
    for article in articles.values():
        assert article["length"] == len(article["text"]) == article["zones"][-1]["end"]
        assert article["sha256"] == hashlib.sha256(article["text"].encode()).hexdigest()
    for row in rows["passages"]:
        for side in "ab":
            assert articles[row[side]]["text"][row[f"{side}_start"] : row[f"{side}_end"]] == row[f"{side}_text"]
        if row["relation"] in text_relations():
            assert row["relation"] == text_relation(row["a_text"], row["b_text"])
            spans.setdefault((row["a"], row["b"]), []).append((row["a_start"], row["a_end"]))
            spans.setdefault((row["b"], row["a"]), []).append((row["b_start"], row["b_end"]))
    for row in rows["entities"]:
        for mention in row["mentions"]:
            assert articles[row["doc_id"]]["text"][mention["start"] : mention["end"]] == mention["text"]
    for row in rows["duplicates"]:
        for side, other in ("ab", "ba"):
            article = articles[row[side]]
            found = spans.pop((row[side], row[other]), [])
            share, touched = coverage(article["text"], article["zones"], article["sentences"], found)
            assert row[f"coverage_{side}"] == pytest.approx(share, abs=5e-5)
            assert row[f"reuse_{side}"] == reuse_level(share, touched)
    assert spans == {}  # what shares text is listed


_WORDS = st.lists(st.tuples(st.text("abcd", max_size=14), st.text("abcd", max_size=14)), min_size=1, max_size=9)


@settings(max_examples=150, deadline=None)
@given(_WORDS)
def test_matched_words_are_those_of_difflib(texts: list[tuple[str, str]]) -> None:
    """One by one, and many at once as rows of numbers with their ends filled up."""
    expected = []
    for a, b in texts:
        blocks = difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
        expected.append(sum(block.size for block in blocks))
        assert matched_words(a, b) == expected[-1]
    x, y = (np.full((len(texts), 14), pad, np.int32) for pad in (PAD_X, PAD_Y))
    for i, pair in enumerate(texts):
        for table, text in zip((x, y), pair, strict=True):
            table[i, : len(text)] = [ord(letter) for letter in text]
    assert runs.matched_words(x, y).tolist() == expected
    unequal = [i for i, (a, b) in enumerate(texts) if a != b and a and b]
    names = {"near_verbatim": runs.NEAR, "paraphrase": runs.PARAPHRASE, None: runs.NONE}
    found = runs.relations(x[unequal], y[unequal]).tolist()
    assert found == [names[relation_of_codes(*texts[i])] for i in unequal]


def test_every_sentence_begins_as_sentences_do_and_has_room_for_damage() -> None:
    """So an operation that is named was done."""
    seed, rates = Seed(3, "test"), rates_of("hard", "test")
    plan = planned(seed, rates, 0, 0, 300)
    stories = Stories(seed, 0, plan.story_domain, plan.story_cast, plan.numbers)
    wires = sentences_of(plan, rates, seed.dice("wires"))
    bodies = derived(plan, rates, stories, wires, seed.dice("desk"))
    slots = laid_out(plan, rates, stories, wires, bodies, seed.dice("layout"), np.arange(300))
    as_made = rendered(slots, stories, plan.source_story, bodies.damages, seed.dice("damage"))
    slots.rows[:, DAMAGE] = 0
    clean = rendered(slots, stories, plan.source_story, bodies.damages, seed.dice("damage"))
    before, after = (found.texts.take(pa.array(found.of_slot)).to_pylist() for found in (clean, as_made))
    damaged = as_made.damaged[as_made.of_slot].tolist()
    assert sum(damaged) > 100
    assert all((x != y) == hurt for x, y, hurt in zip(before, after, damaged, strict=True))
    assert [text for text in before if text[0].islower() and not text.startswith("date 2025")] == []


def test_a_large_cluster_is_shallow_and_stays_in_its_block() -> None:
    """Made from the first document or from the last one, half of the time each: lines of descent are short."""
    rates = replace(rates_of("medium", "dev"), sizes=(*[0.0] * 199, 1.0), kinds=(1.0,) * 5)
    plan = planned(Seed(1, "dev"), rates, 0, 0, 200)
    assert set(plan.unit.tolist()) == {0}
    assert plan.level.max() < 20
    assert all(parent < child for child, parents in enumerate(plan.parents.tolist()) for parent in parents)


def test_the_rule_labels_the_annotated_gold_as_people_did() -> None:
    for row in goldwire.table("passages").to_pylist():
        if row["relation"] in text_relations():
            assert text_relation(row["a_text"], row["b_text"]) == row["relation"], row["id"]


def test_provenance_follows_the_parents(rows: dict[str, list[dict[str, Any]]]) -> None:
    parents = {row["doc_id"]: row["parents"] for row in rows["clusters"]}

    def ancestors(doc: str) -> set[str]:
        return {x for parent in parents[doc] for x in {parent} | ancestors(parent)}

    for row in rows["duplicates"]:
        a, b = row["a"], row["b"]
        linked = row["coverage_a"] > 0
        if row["provenance"] == "a_from_b":
            assert b in ancestors(a)
        elif row["provenance"] == "b_from_a":
            assert a in ancestors(b)
        elif linked:
            assert a not in ancestors(b)
            assert b not in ancestors(a)
    cluster = {row["doc_id"]: row["cluster"] for row in rows["clusters"]}
    spliced = [row for row in rows["clusters"] if len(row["parents"]) == 2]
    assert spliced
    assert all(len({cluster[parent] for parent in row["parents"]}) == 2 for row in spliced)


def test_contradictions_give_another_figure(rows: dict[str, list[dict[str, Any]]]) -> None:
    found = [row for row in rows["passages"] if row["relation"] == "contradiction"]
    assert found
    days = set(read("names")["weekdays"].split())
    for row in found:
        a, b = ({w for w in re.findall(r"[\w,]+", row[f"{side}_text"]) if w in days or w[0].isdigit()} for side in "ab")
        assert a != b or row["a_text"] != row["b_text"]


# reproducible --------------------------------------------------------------------------------------------------------


def test_golden_digest(tmp_path: Path) -> None:
    """Changes whenever a corpus of an old recipe would differ; then the generator's version has to change too."""
    assert goldwire.synthesize(tmp_path / "c", docs=60, seed=1)["digest"] == GOLDEN


def test_any_number_of_workers_and_either_format_give_the_same_rows(tmp_path: Path) -> None:
    for name, workers in (("one", 1), ("two", 2)):
        goldwire.synthesize(tmp_path / name, docs=BLOCK + 30, seed=3, workers=workers)
    sums = [(tmp_path / name / "SHA256SUMS").read_text() for name in ("one", "two")]
    assert sums[0] == sums[1]
    small = goldwire.synthesize(tmp_path / "small", docs=80, seed=3)
    lines = goldwire.synthesize(tmp_path / "lines", docs=80, seed=3, file_format="jsonl")
    assert lines["digest"] == small["digest"]
    assert list(goldwire.validate(tmp_path / "lines")) == []
    shard = tmp_path / "lines" / lines["configs"]["passages"]["file"]
    assert hashlib.sha256(shard.read_bytes()).hexdigest() == lines["configs"]["passages"]["digest"]


def test_shards_follow_one_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = goldwire.synthesize(tmp_path / "whole", docs=150, seed=3)
    monkeypatch.setattr("goldwire.synth.write._SHARD", 50)
    parts = goldwire.synthesize(tmp_path / "parts", docs=150, seed=3)
    assert len(parts["configs"]["articles"]["shards"]) == 3
    assert (tmp_path / "parts" / "data" / "articles" / "test-00000-of-00003.parquet").is_file()
    assert parts["digest"] == whole["digest"]
    assert list(goldwire.validate(tmp_path / "parts")) == []
    corpora = [goldwire.load_corpus(tmp_path / name) for name in ("whole", "parts")]
    assert all(corpora[0][name].equals(corpora[1][name]) for name in corpora[0].tables)
    damaged = tmp_path / "parts" / parts["configs"]["articles"]["shards"][1]["file"]
    damaged.write_bytes(damaged.read_bytes()[:-9])
    found = [incident for incident in goldwire.validate(tmp_path / "parts") if incident.rule == "checksum"]
    assert any(damaged.name in str(incident) for incident in found)


def test_blocks_do_not_depend_on_one_another() -> None:
    alone = block_tables(1, 5, "dev", "medium", 40)
    block_tables(0, 5, "dev", "medium", 40)
    assert all(alone[name].equals(again) for name, again in block_tables(1, 5, "dev", "medium", 40).items())


def test_dice_depend_on_their_purpose_alone() -> None:
    assert Dice(1, "a").roll(9, 1000).tolist() == Dice(1, "a").roll(9, 1000).tolist()
    assert Dice(1, "a").roll(9, 1000).tolist() != Dice(1, "b").roll(9, 1000).tolist()
    counts = Counter(Dice("even").roll(6000, 6).tolist())
    assert max(abs(counts[side] - 1000) for side in range(6)) < 130  # 4.5 standard deviations
    assert len(set(mixed(np.arange(5000), 9).tolist())) == 5000
    assert hexes(np.array([0, 2**64 - 1, 171], np.uint64), "e").to_pylist() == [
        "e0000000000000000", "effffffffffffffff", "e00000000000000ab",
    ]  # fmt: skip


# what must not be there ----------------------------------------------------------------------------------------------


def test_unlisted_pairs_share_no_long_run(tmp_path: Path) -> None:
    goldwire.synthesize(tmp_path / "c", docs=1000, seed=2)
    found = audit(tmp_path / "c")
    pairs, sharing = found.overlap[8]
    assert pairs > 490_000
    assert sharing / pairs < 0.001
    pairs, sharing = found.overlap[12]
    assert sharing / pairs < 0.0001
    for feature in (
        "related pair, by nearness of ids",
        "related pair, by nearness of places",
        "derived document, by id",
    ):
        assert abs((found.leaks[feature] or 0) - 0.5) < 0.06, feature
    assert abs((found.leaks["derived document, by length"] or 0) - 0.5) < 0.1
    assert (found.leaks["related pair, by nearness of lengths"] or 1) < 0.65  # copies are about as long; that is a fact


def test_no_run_of_eight_words_without_a_name() -> None:
    """Within a sentence every eight words hold a name, or a figure of many values: no two stories share them."""
    long = {}
    for name in (*domains(), "bulletin"):
        for fact in (*domain(name).facts, *domain(name).common, domain(name).headline):
            for version in (fact.a, fact.b):
                run = longest_nameless_run(domain(name), version)
                if run >= 8:
                    long[name, fact.number] = run
    assert long == {}


def longest_nameless_run(kind: Domain, template: Template) -> int:
    """The longest run of words without a name under the least favourable choices."""

    def common_words(slot: Slot) -> tuple[int, int] | None:
        """Words of a form before and after the part that no other story has; None where it is all common."""
        what, _, rest = kind.entities.get(slot.name, "").partition(" ")
        if what:
            if slot.form in ("he", "his", "its", "it", "reflex") or (slot.form == "bare" and what != "river"):
                return None
            if what == "person":
                titled = rest and slot.form in ("", "full", "Full")
                return (max(len(title.partition("=")[0].split()) for title in rest.split("|")) if titled else 0), 0
            return (
                (1, 1)
                if (what, slot.form) == ("river", "")
                else (0, int(what in ("watch", "company", "party", "club")))
            )
        figure, *low_high = kind.numbers.get(slot.name, "WORD").split()
        many = figure != "WORD" and int(low_high[1]) - int(low_high[0]) > 400
        return (0, 0) if many else None

    longest = current = 0
    for alternatives, _ in template.segments:
        ends = []
        for leaves in alternatives:
            run = current
            for leaf in (leaves,) if isinstance(leaves, str) else leaves:
                if isinstance(leaf, str):
                    run += len(re.findall(r"[\w’]+", leaf))
                elif isinstance(leaf, Slot):
                    around = common_words(leaf)
                    longest, run = (
                        (max(longest, run), run + 1) if around is None else (max(longest, run + around[0]), around[1])
                    )
            longest = max(longest, run)
            ends.append(run)
        current = max(ends)
    return longest


def test_pronouns_of_templates_are_mentions() -> None:
    pronouns = {"he", "she", "his", "her", "him", "its", "their", "them", "they", "we", "our", "i", "me", "my"}
    for name in (*domains(), "bulletin"):
        for (key, _), slot in domain(name).slots.items():
            assert key in domain(name).entities or key in domain(name).numbers or key in ("day", "day2", "date"), slot
    for row in block_tables(0, 1, "dev", "medium", 120)["entities"].to_pylist():
        assert all(
            (mention["level"] == "PRO") == (mention["text"].lower() in pronouns | {"it", "himself", "herself"})
            for mention in row["mentions"]
        )


def test_stories_share_no_entity_and_splits_no_name(rows: dict[str, list[dict[str, Any]]], tmp_path: Path) -> None:
    assert checked()
    assert capacity() >= 1_000_000
    names = names_of("town", np.arange(3000), 99, second_half=False)
    assert len(set(names.to_pylist())) == 3000
    goldwire.synthesize(tmp_path / "dev", docs=DOCS, seed=SEED)
    ours = {
        row["name"] for row in rows["entity_index"] if row["type"] in ("PERSON", "GPE") and row["name"][0].isupper()
    }
    theirs = {row["name"] for row in goldwire.table("entity_index", tmp_path / "dev").to_pylist()}
    assert len(ours) > 300
    assert not ours & theirs
    related = {frozenset((row["a"], row["b"])) for row in rows["duplicates"]}
    for row in rows["entity_index"]:
        assert all(frozenset(pair) in related for pair in combinations(row["doc_ids"], 2))


def test_the_development_split_lacks_the_held_out_families() -> None:
    families = read("rates")["families"]
    held_out = {name for family in families["held_out"] for name in families[family]}
    assert held_out == {"reorder", "noise"}
    assert held_out.isdisjoint(rates_of("hard", "dev").edits[0])
    assert held_out <= set(rates_of("hard", "test").edits[0])
    assert {operation.family: 1 for operation in OPERATIONS.values()}.keys() == families.keys() - {"held_out"}
    assert all(name in families[operation.family] for name, operation in OPERATIONS.items())


# calibrated ------------------------------------------------------------------------------------------------------------


def test_rates_are_what_the_articles_show() -> None:
    rates = read("rates")
    text = [row for row in goldwire.table("passages").to_pylist() if row["relation"] in text_relations()]
    edited = [row for row in text if row["relation"] != "verbatim"]
    assert rates["edited"]["seen"] == [len(edited), len(text)]
    assert rates["edited_twice"]["seen"] == [sum(len(row["edits"]) > 1 for row in edited), len(edited)]
    assert rates["edited_twice"]["rate"] == round(1 - (1 - 10 / 15) ** 0.5, 2)
    label = {name: OPERATIONS[name].label for name in OPERATIONS}
    for name, row in rates["edits"].items():
        if "seen" in row:
            count = sum(label[name] in passage["edits"] for passage in edited)
            assert row["seen"] == [count, len(edited)], name
            assert row["rate"] == pytest.approx(count / len(edited), abs=0.006)
    articles = goldwire.table("articles").to_pylist()
    zones = {row["doc_id"]: {zone["zone"] for zone in row["zones"]} for row in articles}
    for key, zone in (
        ("date_stamp", "date-stamp"), ("headline", "headline"), ("byline", "byline"), ("dateline", "dateline"),
        ("caption", "caption"), ("promo", "promo"), ("boilerplate", "boilerplate"),
    ):  # fmt: skip
        assert rates["layout"][key]["seen"] == [sum(zone in found for found in zones.values()), len(articles)], key
    for row in rates["layout"].values():
        assert "seen" not in row or row["rate"] == pytest.approx(row["seen"][0] / row["seen"][1])


def test_a_medium_corpus_edits_as_much_as_the_articles_do() -> None:
    counts = Counter(
        relation
        for n in range(3)
        for relation in block_tables(n, 4, "dev", "medium", 400)["passages"]["relation"].to_pylist()
    )
    edited = counts["near_verbatim"] + counts["paraphrase"]
    assert edited / (edited + counts["verbatim"]) == pytest.approx(15 / 29, abs=0.06)


def test_difficulty_orders_what_is_kept() -> None:
    shares = []
    for difficulty in ("easy", "medium", "hard"):
        table = block_tables(0, 4, "dev", difficulty, 400)["duplicates"]
        levels = [x for side in "ab" for x in table[f"reuse_{side}"].to_pylist() if x != "none"]
        shares.append(sum(level in ("major", "whole") for level in levels) / len(levels))
    assert shares[0] > shares[1] + 0.05 > shares[2] + 0.1


# used ----------------------------------------------------------------------------------------------------------------


def test_an_unlisted_pair_is_not_linked(folder: Path, jsonl: Callable[..., Path]) -> None:
    """Only related pairs and annotated negatives are listed; predicting any other pair is a false positive."""
    corpus = goldwire.load_corpus(folder)
    listed = {frozenset((row["a"], row["b"])) for row in corpus["links"].to_pylist()}
    true = next(row for row in corpus["links"].to_pylist() if row["reuse_a"] != "none")
    a = true["a"]
    b = next(x for x in corpus.doc_ids if x != a and frozenset((a, x)) not in listed)
    assert len(listed) < DOCS * (DOCS - 1) / 20
    result = goldwire.score(jsonl([{"a": a, "b": true["b"]}, {"a": a, "b": b}]), corpus, tasks=["duplicates"])
    assert result["duplicates.pairs.precision"] == 0.5


def test_the_gold_scores_full_marks_on_itself_and_is_a_partition(folder: Path, jsonl: Callable[..., Path]) -> None:
    corpus = goldwire.load_corpus(folder)
    assert set(corpus.tables) == {"articles", "zones", "mentions", "links", "passages", "clusters"}
    records: list[dict[str, Any]] = [{"goldwire": 1, "entity_scope": "corpus"}]
    documents: dict[str, dict[str, Any]] = {doc: {"doc_id": doc, "entities": []} for doc in corpus.doc_ids}
    for row in corpus["mentions"].to_pylist():
        documents[row["doc_id"]]["entities"].append({key: row[key] for key in ("start", "end", "type", "entity_id")})
    keys = ("a", "a_start", "a_end", "b", "b_start", "b_end", "relation")
    records += documents.values()
    passages = [row for row in corpus["passages"].to_pylist() if row["relation"] in text_relations()]
    records += [{key: row[key] for key in keys} for row in passages]
    links = [row for row in corpus["links"].to_pylist() if row["reuse_a"] != "none"]
    records += [{key: row[key] for key in ("a", "b", "reuse_a", "reuse_b")} for row in links]
    result = goldwire.score(jsonl(records), corpus)
    for measure in ("entities.strict.f1", "coref_corpus.conll", "duplicates.pairs.f1", "duplicates.directed.f1"):
        assert result[measure] == 1.0
    assert result["passages.f1"] == 1.0
    assert result["passages.relation.accuracy"] == 1.0
    assert result["passages.negatives.rate"] == 0.0
    clusters = jsonl(corpus["clusters"].select(["doc_id", "cluster"]).to_pylist(), "clusters.jsonl")
    assert goldwire.score(clusters, corpus, tasks=["clusters"])["clusters.b3.f1"] == 1.0


def test_recall_is_reported_by_operation_and_by_edit(folder: Path, jsonl: Callable[..., Path]) -> None:
    corpus = goldwire.load_corpus(folder)
    links = [row for row in corpus["links"].to_pylist() if row["reuse_a"] != "none"]
    made_by = {row["doc_id"]: set(row["operations"]) for row in corpus["clusters"].to_pylist()}
    spliced = [row for row in links if "splice" in made_by[row["a"]] | made_by[row["b"]]]
    found = jsonl([{key: row[key] for key in ("a", "b", "reuse_a", "reuse_b")} for row in spliced])
    result = goldwire.score(found, corpus, tasks=["duplicates"], slices=["operation"])
    assert result["duplicates.pairs.recall[operation=splice]"] == 1.0
    assert result["duplicates.pairs.recall"] == pytest.approx(len(spliced) / len(links))
    assert result["duplicates.pairs.recall[operation=as sent]"] < 1.0
    keys = ("a", "a_start", "a_end", "b", "b_start", "b_end", "relation")
    scanned = [row for row in corpus["passages"].to_pylist() if "typo-fix" in row["edits"]]
    predictions = jsonl([{key: row[key] for key in keys} for row in scanned], "passages.jsonl")
    result = goldwire.score(predictions, corpus, tasks=["passages"], slices=["edit"])
    assert result["passages.macro.recall[edit=typo-fix]"] == 1.0
    assert result["passages.macro.recall"] < 1.0


def test_load_dataset_reads_every_config(folder: Path, tmp_path: Path) -> None:
    code = f"""
import json, goldwire
from datasets import load_dataset
configs = {list(SCHEMAS)!r}
print(json.dumps({{c: goldwire.digest(load_dataset({str(folder)!r}, c, split="test")) for c in configs}}))
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "eval"), "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    manifest = json.loads((folder / "digests.json").read_text())
    assert json.loads(done.stdout.splitlines()[-1]) == {n: e["digest"] for n, e in manifest["configs"].items()}


def test_the_card_says_synthetic_and_carries_canary_and_audit(folder: Path) -> None:
    card = (folder / "README.md").read_text()
    assert "**Synthetic.**" in card
    assert json.loads((folder / "digests.json").read_text())["canary"] in card
    assert "Unlisted pairs that share a run of words" in card
    assert f"goldwire synth --docs {DOCS} --seed {SEED} --split test --difficulty hard" in card
    assert "reorder, noise" in card
    stated = dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"SHA256SUMS"}
    assert stated == {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}


def test_the_command_makes_audits_and_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def command(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(["synth", *arguments])
        except SystemExit as left:  # argparse
            code = int(left.code or 0)
        return code, *capsys.readouterr()

    monkeypatch.chdir(tmp_path)
    code, made, said = command("--docs", "30", "--seed", "2", "-o", "corpus")
    assert code == 0
    assert "corpus: 30 articles, digest" in said
    assert made.startswith("synthetic-dev-medium-30-2: 30 articles, synthetic")
    assert command("--audit", "corpus", "-q") == (0, made, "")
    found = json.loads(command("--audit", "corpus", "-f", "json")[1])
    assert sum(found["counts"]["Documents by number of parents"].values()) == 30
    assert sum(found["counts"]["Clusters by size"].values()) == len(
        set(goldwire.table("clusters", "corpus")["cluster"].to_pylist())
    )
    precious = tmp_path / "precious" / "thesis.txt"
    precious.parent.mkdir()
    precious.write_text("mine")
    for arguments, reason in (
        (["--docs", "30"], "-o DIR"),
        (["-o", "x"], "--docs N"),
        (["--docs", "0", "-o", "x"], "invalid"),
        (["--docs", "999999999", "-o", "x"], "have names of their own"),
        (["--docs", "5", "--seed", "-1", "-o", "x"], "positive"),
        (["--audit", "nowhere"], "no built dataset"),
        (["--audit", "corpus", "--docs", "5"], "give either"),
        (["--audit", str(ROOT / "dataset")], "no synthetic corpus"),
        (["--docs", "5", "-o", "precious"], "thesis.txt"),
    ):
        code, _, said = command(*arguments)
        assert code == 2, arguments
        assert reason in said
    assert precious.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus", "precious"]


def test_interrupted_it_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "  # jobs in the background ignore it
        "from goldwire.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "synth", "--docs", "17000", "-o", str(tmp_path / "corpus")]
    running = subprocess.Popen([*command, "--workers", "2"], cwd=ROOT / "eval", stderr=subprocess.PIPE, text=True)
    while not list(tmp_path.glob(".corpus*/pieces/articles/*.arrow")):
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


# canonical lines -----------------------------------------------------------------------------------------------------

_VALUES = st.fixed_dictionaries(
    {
        "s": st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        "i": st.none() | st.integers(-(2**31), 2**31 - 1),
        "f": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "b": st.none() | st.booleans(),
        "l": st.none() | st.lists(st.none() | st.integers(-9, 9), max_size=3),
        "r": st.none()
        | st.lists(st.fixed_dictionaries({"x": st.none() | st.text('a"\\\n\t', max_size=3)}), max_size=2),
    }
)
_SCHEMA = pa.schema(
    [("s", pa.string()), ("i", pa.int32()), ("f", pa.float64()), ("b", pa.bool_()), ("l", pa.list_(pa.int32())),
     ("r", pa.list_(pa.struct([("x", pa.string())])))]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(_VALUES, max_size=4), st.integers(0, 2))
def test_canonical_lines_are_those_of_the_json_module(content: list[dict[str, Any]], skipped: int) -> None:
    table = pa.Table.from_pylist(content, schema=_SCHEMA).slice(skipped)
    lines = b"".join(bytes(json_lines(batch)) for batch in table.to_batches())
    options: dict[str, Any] = {"ensure_ascii": False, "sort_keys": True, "separators": (",", ":"), "allow_nan": False}
    assert lines.decode() == "".join(json.dumps(row, **options) + "\n" for row in content[skipped:])
