"""The baselines for linking, coreference, times, events and copies: their rules in small texts, and what holds always."""

from __future__ import annotations

import itertools
import json
import sys
from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from goldwire import systems
from goldwire.corpus.labels import labels
from goldwire.errors import MissingExtra, UsageError
from goldwire.paths import data_folder
from goldwire.reading import load_corpus
from goldwire.running import articles_of
from goldwire.running import run as run_system
from goldwire.scoring import score
from goldwire.systems import Article
from goldwire.systems.candidates import pairs_by_keys
from goldwire.systems.inflection import noun_forms, verb_forms
from goldwire.systems.lexicon import LISTS, read_list, tokens
from goldwire.systems.minhash import bands_and_rows, signatures
from goldwire.systems.sentences import sentences
from goldwire.systems.timex import time_expressions
from goldwire.systems.triggers import find_triggers

PER_ARTICLE = ("string-match", "head-match", "timex", "trigger-words", "rules")
PAIRS = ("exact", "simhash", "minhash")
WEDNESDAY = date(2024, 5, 15)


def record(name, text, published=None, **options):
    """What a system says of one article."""
    (found,) = systems.get(name, **options)([Article("d", text, published)])
    return found


def chains(text, name="head-match", **options):
    """The strings of each entity with several mentions, in textual order."""
    of: dict[str, list[str]] = {}
    for item in record(name, text, **options)["entities"]:
        of.setdefault(item["entity_id"], []).append(text[item["start"] : item["end"]])
    return [strings for strings in of.values() if len(strings) > 1]


def mentions(text, name="head-match"):
    """(string, type, level) of all mentions."""
    items = record(name, text)["entities"]
    return [(text[item["start"] : item["end"]], item["type"], item["level"]) for item in items]


def times(text, day=WEDNESDAY):
    """(string, type, value) of all time expressions."""
    return [(text[time.start : time.end], time.type, time.value) for time in time_expressions(text, day)]


def value(text, day=WEDNESDAY):
    """The value of the one time expression."""
    (found,) = times(text, day)
    return found[2]


def events(text, name="rules", published="2024-05-15"):
    """Trigger -> event, arguments as sorted (role, string)."""
    found = {}
    for event in record(name, text, published)["events"]:
        arguments = event.get("arguments", [])
        event["arguments"] = sorted((a["role"], text[a["start"] : a["end"]]) for a in arguments)
        found[text[slice(*event["trigger"])]] = event
    return found


def status(text, trigger):
    event = events(text)[trigger]
    return event["polarity"], event["modality"], event["tense"]


# --- linking -----------------------------------------------------------------------------------------------------------


def test_gazetteer_entries_are_linked_under_all_their_names_and_nationalities_to_the_country():
    text = "Chilean envoys met the UN in Burma, said Reuters and Ana Silva."
    found = {text[m["start"] : m["end"]]: m.get("kb_id") for m in record("gazetteer", text)["entities"]}
    assert found == {
        "Chilean": "Q298", "the UN": "Q1065", "Burma": "Q836", "Reuters": "Q130879", "Ana Silva": None,
    }  # fmt: skip
    assert all("kb_id" not in m for m in record("gazetteer", text, links=False)["entities"])


def test_the_list_of_links_names_entries_of_the_gazetteer_with_one_type_each():
    rows = read_list("wikidata")
    types: dict[str, set[str]] = {}
    for name in LISTS:
        for _, label, entity in read_list(name):
            types.setdefault(entity, set()).add(label)
    assert rows == sorted(rows)
    assert len({entity for entity, _ in rows}) == len(rows)
    for entity, kb_id in rows:
        assert len(types[entity]) == 1, entity
        assert kb_id[0] == "Q"
        assert kb_id[1:].isdecimal()
    unlinked = {row[2] for row in read_list("countries")} - {entity for entity, _ in rows}
    assert unlinked.isdisjoint({"Ghana", "Tuvalu", "Bhutan", "Malta", "Belize", "Suriname", "Russia", "Fiji"})
    places = {kb_id for entity, kb_id in rows if types[entity] <= {"GPE", "LOC"}}
    named_twice = [kb_id for entity, kb_id in rows if types[entity] <= {"GPE", "LOC", "ORG"}]
    assert len(named_twice) == len(set(named_twice))  # one name, one item
    assert {kb_id for entity, kb_id in rows if types[entity] == {"NORP"}} <= places


# --- noun phrases and coreference --------------------------------------------------------------------------------------


def test_nominal_phrases_take_determiner_modifiers_possessor_and_of():
    text = "Senior Peruvian officials met the country's ministers and a team of doctors near the old airport."
    assert [m for m in mentions(text) if m[2] == "NOM"] == [
        ("Senior Peruvian officials", "PERSON", "NOM"),
        ("the country's ministers", "PERSON", "NOM"),
        ("the country", "GPE", "NOM"),
        ("a team of doctors", "ORG", "NOM"),
        ("doctors", "PERSON", "NOM"),
        ("the old airport", "FAC", "NOM"),
    ]


def test_titles_and_singulars_without_determiner_are_no_phrases():
    assert mentions("Then president Ana Silva met leader after leader.") == [("president Ana Silva", "PERSON", "NAM")]


def test_string_match_joins_equal_strings_in_one_article_and_names_in_all():
    text = "The officials met Kenya. Officials left Kenya. He slept."
    assert chains(text, "string-match") == [["The officials", "Officials"], ["Kenya", "Kenya"]]
    one, two = ({m["entity_id"] for m in r["entities"]} for r in systems.get("string-match")(
        [Article("a", "The officials met Kenya."), Article("b", "The officials met Kenya.")]
    ))  # fmt: skip
    assert one & two == {"GPE:kenya"}


def test_head_match_joins_equal_heads_unless_names_or_an_indefinite_article_forbid():
    assert chains("Peruvian officials met Kenyan officials. The officials agreed.") == [
        ["Kenyan officials", "The officials"]
    ]
    assert chains("The ministers met. A minister left. The minister slept.") == [["A minister", "The minister"]]
    assert chains("A soldier fell. Another soldier fled.") == []


def test_a_definite_noun_joins_the_last_name_that_holds_it():
    text = "The Ministry of Health met. The ministry agreed."
    assert chains(text) == [["The Ministry of Health", "The ministry"]]
    assert chains("President Gabriel Boric left. The president slept.") == [
        ["President Gabriel Boric", "The president"]
    ]


def test_apposition_joins_a_nominal_and_the_name_beside_it():
    assert chains("The foreign minister, Ana Silva, left.") == [["The foreign minister", "Ana Silva"]]
    assert chains("Ana Silva, the foreign minister, left.") == [["Ana Silva", "the foreign minister"]]


def test_pronouns_take_the_first_agreeing_mention_of_the_nearest_sentence():
    assert chains("Ana Silva met John Kerry. She left.") == [["Ana Silva", "She"]]
    assert chains("The ministers met Kenya. They praised it.") == [["The ministers", "They"], ["Kenya", "it"]]
    assert chains("Kenya sent its army.") == [["Kenya", "its"]]
    assert chains("Ana Silva left. Rain. Rain. Rain. Rain. She slept.") == []  # four sentences are too far
    assert mentions("It is likely that Kenya agrees. They left.") == [("Kenya", "GPE", "NAM")]


def test_the_names_may_come_from_capitals_instead():
    assert chains("Then Zorblax met Zorblax.", names="capitals") == [["Zorblax", "Zorblax"]]
    assert chains("Then Zorblax met Zorblax.") == []
    with pytest.raises(UsageError, match="'names' must be one of gazetteer, capitals, not 'rules'"):
        systems.get("rules", names="rules")


def test_sentences_end_at_stops_and_lines_but_not_after_titles():
    text = 'Gen. Ana Silva met Dr. Li. "No." He left! Then...\nU.S. troops paid 3.5 pesos'
    words = list(tokens(text))
    found = [text[words[a].start : words[b - 1].end] for a, b in sentences(text, words)]
    assert found == [
        "Gen. Ana Silva met Dr. Li.", '"No."', "He left!", "Then...", "U.S. troops paid 3.5 pesos",
    ]  # fmt: skip


# --- times -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on March 3, 2020", ("March 3, 2020", "DATE", "2020-03-03")),
        ("the 5th of October 2019 was", ("the 5th of October 2019", "DATE", "2019-10-05")),
        ("on 5 October", ("5 October", "DATE", "2023-10-05")),  # the last one before 15 May 2024
        ("will meet on 5 October", ("5 October", "DATE", "2024-10-05")),
        ("since late June", ("late June", "DATE", "2023-06")),
        ("said on Tuesday", ("Tuesday", "DATE", "2024-05-14")),  # the day before, a Wednesday
        ("will meet on Tuesday", ("Tuesday", "DATE", "2024-05-21")),
        ("next Tuesday", ("next Tuesday", "DATE", "2024-05-21")),
        ("last Wednesday", ("last Wednesday", "DATE", "2024-05-08")),
        ("met on Wednesday", ("Wednesday", "DATE", "2024-05-15")),  # today counts
        ("on Monday evening", ("Monday evening", "TIME", "2024-05-13TEV")),
        ("yesterday", ("yesterday", "DATE", "2024-05-14")),
        ("tomorrow morning", ("tomorrow morning", "TIME", "2024-05-16TMO")),
        ("last week", ("last week", "DATE", "2024-W19")),
        ("next month", ("next month", "DATE", "2024-06")),
        ("this year", ("this year", "DATE", "2024")),
        ("two years ago", ("two years ago", "DATE", "2022")),
        ("three weeks later", ("three weeks later", "DATE", "2024-W23")),
        ("last summer", ("last summer", "DATE", "2023-SU")),
        ("the 1990s", ("the 1990s", "DATE", "199")),
        ("in 1996", ("1996", "DATE", "1996")),
        ("for nearly 20 years", ("nearly 20 years", "DURATION", "P20Y")),
        ("the past few years", ("the past few years", "DURATION", "PXY")),
        ("in recent years", ("recent years", "DATE", "PAST_REF")),
        ("a month", ("a month", "DURATION", "P1M")),
        ("for decades", ("decades", "DURATION", "PXDE")),
        ("every Monday", ("every Monday", "SET", "XXXX-WXX-1")),
        ("at 9:30 a.m.", ("9:30 a.m.", "TIME", "2024-05-15T09:30")),
        ("now", ("now", "DATE", "PRESENT_REF")),
    ],
)
def test_time_expressions_have_the_values_of_a_reader_on_wednesday_15_may_2024(text, expected):
    assert times(text) == [expected]


@pytest.mark.parametrize("text", ["a 20-year-old man", "Theresa May left", "March on", "room 2019", "the second round"])
def test_what_only_looks_like_a_time_is_none(text):
    assert times(text) == []


def test_without_a_stated_date_the_value_stays_open_and_nothing_is_resolved():
    text = "On 20 October and Tuesday, next week, for 20 years, since 5 May 2020."
    found = record("timex", text)["times"]
    assert [time["value"] for time in found] == ["XXXX-10-20", "XXXX-WXX-2", "XXXX-WXX", "P20Y", "2020-05-05"]
    assert [time.get("resolved") for time in found] == [None, None, None, "P20Y", "2020-05-05"]


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)), st.integers(0, 6))
def test_a_weekday_is_at_most_six_days_back_and_next_is_in_the_following_week(day, weekday):
    name = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"][weekday]
    if day > date.min + timedelta(days=7):
        found = date.fromisoformat(value(f"said on {name}", day))
        assert 0 <= (day - found).days <= 6
        assert found.weekday() == weekday
    if day < date.max - timedelta(days=14):
        later = date.fromisoformat(value(f"next {name}", day))
        assert later.isocalendar()[:2] == (day + timedelta(days=7)).isocalendar()[:2]


def test_dateparser_anchors_at_the_stated_date_and_gives_no_value_without_one():
    text = "The ministers met on 3 March 2020 and yesterday."
    found = record("dateparser", text, "2024-05-15T10:00:00Z")["times"]
    assert [(text[t["start"] : t["end"]], t["value"]) for t in found] == [
        ("3 March 2020", "2020-03-03"), ("yesterday", "2024-05-14"),
    ]  # fmt: skip
    assert all("value" not in time for time in record("dateparser", text)["times"])


# --- events ------------------------------------------------------------------------------------------------------------


def test_verbs_and_nouns_are_found_in_all_their_forms():
    assert dict(verb_forms("flee")) == {"flee": "base", "flees": "s", "fled": "regular", "fleeing": "ing"}
    assert [form for form, _ in verb_forms("deny")] == ["deny", "denies", "denied", "denying"]
    assert [form for form, _ in verb_forms("ban")] == ["ban", "bans", "banned", "banning"]
    assert [form for form, _ in verb_forms("visit")] == ["visit", "visits", "visited", "visiting"]
    assert {"travelled", "traveled"} <= {form for form, _ in verb_forms("travel")}
    assert {"recognise", "recognizing"} <= {form for form, _ in verb_forms("recognize")}
    assert [form for form, _ in noun_forms("crisis")] == ["crisis", "crises"]
    assert [form for form, _ in noun_forms("treaty")] == ["treaty", "treaties"]


INVENTED = {
    "Meet": "The ministers met in Lima.",
    "Call": "The two leaders spoke in a telephone conversation.",
    "Engage": "Kenya seeks a dialogue with its rivals.",
    "Invite": "Peru invited Chile.",
    "Statement": "The mayor announced it.",
    "Warn": "Doctors warned of it.",
    "Request": "Farmers demanded more water.",
    "Promise": "Norway pledged more.",
    "Agreement": "Rivals reached a truce.",
    "Recognize": "Spain recognised Kosovo.",
    "Aid": "Japan donated tents.",
    "Designate": "The court outlawed the group.",
    "SeizePower": "Officers staged a coup.",
    "GovernmentCollapse": "The government collapsed.",
    "FormGovernment": "The premier reshuffled the cabinet.",
    "Attack": "Gunmen ambushed a convoy.",
    "Counter": "Police launched a crackdown.",
    "WithdrawTroops": "France pulled out its troops.",
    "Mobilize": "Chad deployed soldiers.",
    "MilitaryExercise": "The navies began war games.",
    "Move": "Thousands fled.",
    "Traffic": "Gangs smuggled ivory.",
    "Spillover": "The war spilled over into Niger.",
    "Crisis": "Drought led to a famine.",
}


@pytest.mark.parametrize("label", sorted(labels()["event_types"]))
def test_every_event_type_is_found_in_a_sentence_made_up_for_it(label):
    assert label in {event["type"] for event in events(INVENTED[label], "trigger-words").values()}


def test_a_word_of_many_meanings_counts_only_in_its_context_and_as_the_part_of_speech_it_is():
    assert events("Rebels seized the city.", "trigger-words")["seized"]["type"] == "SeizePower"
    assert events("The engine seized.", "trigger-words") == {}
    assert events("The say of the people counts.", "trigger-words") == {}  # "say" is a verb on the list
    assert events("They said so.", "trigger-words")["said"]["instance_id"] == "Statement:say"
    assert events("Foreign Minister Attack Smith slept.", "trigger-words") == {}  # inside a name


def test_arguments_of_active_and_passive_verbs():
    active = events("Rebels attacked the airport near Goma on 3 May.")["attacked"]["arguments"]
    assert active == [("Attacker", "Rebels"), ("Place", "Goma"), ("Target", "the airport"), ("Time", "3 May")]
    passive = events("The airport was attacked by rebels.")["attacked"]["arguments"]
    assert passive == [("Attacker", "rebels"), ("Target", "The airport")]


def test_arguments_of_nouns_by_possessor_preposition_and_light_verb():
    held = events("Kenya held talks with Chad, Mali and Niger in Lima.")["talks"]["arguments"]
    assert held == [("Participant", "Chad"), ("Participant", "Kenya"), ("Participant", "Mali"), ("Participant", "Niger"),
                    ("Place", "Lima")]  # fmt: skip
    assert events("The rebels' fear: Kenya's attack on Goma.")["attack"]["arguments"] == [
        ("Attacker", "Kenya"), ("Target", "Goma"),
    ]  # fmt: skip


def test_statements_have_speakers_and_contents_and_contents_their_source():
    text = 'Kenya attacked Goma, officials said. "The talks failed," said Ana Silva.'
    found = events(text)
    said = record("rules", text)["events"]
    assert ("Content", "attacked") in next(e for e in said if text[slice(*e["trigger"])] == "said" and True)[
        "arguments"
    ] or (found["attacked"]["attribution"]["event"] == said[1]["id"])
    assert ("Speaker", "Ana Silva") in found["said"]["arguments"]
    assert found["talks"]["attribution"] == {"source": "PERSON:ana silva", "event": said[-1]["id"]}


@pytest.mark.parametrize(
    ("text", "trigger", "expected"),
    [
        ("Kenya attacked Goma.", "attacked", ("POS", "ASSERTED", "PAST")),
        ("Kenya did not attack Goma.", "attack", ("NEG", "ASSERTED", "PAST")),
        ("Kenya hasn't attacked Goma.", "attacked", ("NEG", "ASSERTED", "PAST")),
        ("Kenya will attack Goma.", "attack", ("POS", "INTENDED", "FUTURE")),
        ("Kenya may attack Goma.", "attack", ("POS", "POSSIBLE", "UNSPECIFIED")),
        ("Officials expect talks.", "talks", ("POS", "EXPECTED", "FUTURE")),
        ("Kenya urged Chad to withdraw its troops.", "withdraw", ("POS", "REQUESTED", "FUTURE")),
        ("Kenya attacks Goma.", "attacks", ("POS", "ASSERTED", "PRESENT")),
        ("Kenya is attacking Goma.", "attacking", ("POS", "ASSERTED", "PRESENT")),
        ("In May an attack killed ten.", "attack", ("POS", "ASSERTED", "PAST")),  # the month is no "may"
    ],
)
def test_status_by_cue_words(text, trigger, expected):
    assert status(text, trigger) == expected


def test_events_of_one_lemma_are_one_instance_in_all_articles():
    one, two = systems.get("trigger-words")([Article("a", "They attacked."), Article("b", "An attack. They bombed.")])
    assert [e["instance_id"] for e in one["events"] + two["events"]] == [
        "Attack:attack",
        "Attack:attack",
        "Attack:bomb",
    ]


def test_the_word_lists_use_the_inventory_and_are_sorted():
    inventory = labels()["event_types"]
    triggers = read_list("triggers")
    assert {row[0] for row in triggers} == set(inventory)
    assert {row[3] for row in triggers} - {""} == {name for _, name in read_list("contexts")}
    assert all(role in inventory[label]["roles"] for label, role, *_ in read_list("roles"))
    for label, part in itertools.product(inventory, ("verb", "noun")):  # broad, not a few words of one story
        assert label in (
            "GovernmentCollapse",
            "Invite",
            "Spillover",
            "Recognize",
            "Warn",
            "Call",
            "Traffic",
            "Crisis",
        ) or (len([row for row in triggers if row[:2] == [label, part]]) >= 5)
    for name in ("triggers", "contexts", "roles", "cues", "nouns", "noun_modifiers", "irregular_verbs", "word_classes"):
        rows = read_list(name)
        assert rows == sorted(rows)
        assert len({tuple(row) for row in rows}) == len(rows)


def test_most_of_the_lists_occur_in_none_of_the_packaged_articles():
    """Lists written for the articles would mostly occur in them; these occur as general ones do."""
    text = "\n".join(article.text.lower() for article in articles_of(load_corpus()))
    for name, column, most in (
        ("triggers", 2, 0.25),
        ("nouns", 0, 0.15),
        ("wikidata", 0, 0.1),
        ("organisations", 0, 0.05),
    ):
        forms = {row[column].lower() for row in read_list(name)}
        assert sum(form in text for form in forms) / len(forms) < most, name


# --- copies ------------------------------------------------------------------------------------------------------------


def pairs(name, *texts, **options):
    records = systems.get(name, **options)([Article(f"d{i:03d}", text) for i, text in enumerate(texts)])
    return {(int(r["a"][1:]), int(r["b"][1:])): r["score"] for r in records}


STORY = " ".join(f"word{i % 97} of{i % 41}" for i in range(120))


def test_exact_links_equal_texts_folded_or_to_the_letter():
    texts = ("The dam broke.", "the DAM broke", "The dam broke.", "The dam held.", "", "")
    assert pairs("exact", *texts) == {(0, 1): 1.0, (0, 2): 1.0, (1, 2): 1.0}
    assert pairs("exact", *texts, folded=False) == {(0, 2): 1.0}


def test_simhash_of_a_copy_is_equal_and_of_another_text_half_different():
    near = STORY.replace("word5 ", "word7 ", 1)
    found = pairs("simhash", STORY, STORY.upper(), near, " ".join(f"x{i}" for i in range(200)))
    assert found[0, 1] == 1.0
    assert found[0, 2] > 0.8
    assert 0.3 < found[0, 3] < 0.7


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=40), st.integers(1, 4))
def test_pairs_by_keys_are_those_of_equal_keys_within_the_window(keys, window):
    a, b = pairs_by_keys(np.array(keys).reshape(-1, 1), window)
    expected = set()
    for key in set(keys):
        places = [at for at, own in enumerate(keys) if own == key]
        expected |= {(x, y) for i, x in enumerate(places) for y in places[i + 1 : i + 1 + window]}
    assert list(zip(a.tolist(), b.tolist(), strict=True)) == sorted(expected)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 5), st.data())
def test_simhash_tables_miss_no_fingerprint_within_the_distance(distance, data):
    from goldwire.systems.fingerprints import _tables

    own = data.draw(st.integers(0, 2**64 - 1))
    flipped = data.draw(st.sets(st.integers(0, 63), min_size=distance, max_size=distance))
    other = own ^ sum(1 << bit for bit in flipped)
    one, two = _tables(np.array([own, other], np.uint64), distance)
    assert (one == two).any()


def test_minhash_estimates_the_jaccard_similarity():
    # 1,000 and 1,000 distinct five-grams of which 600 are shared: 600 / 1,400; 1,024 permutations, four standard errors
    common = " ".join(f"c{i}" for i in range(604))
    texts = [f"{common} " + " ".join(f"{name}{i}" for i in range(400)) for name in "ab"]
    _, sketches = signatures(texts, 1024, 5)
    estimate = (sketches[0] == sketches[1]).mean()
    jaccard = 600 / 1400
    assert estimate == pytest.approx(jaccard, abs=4 * (jaccard * (1 - jaccard) / 1024) ** 0.5)


def test_bands_and_rows_lie_where_the_threshold_is():
    assert bands_and_rows(0.7, 128) == (14, 9)  # what datasketch 2.0 chooses
    bands, rows = bands_and_rows(0.2, 128)
    assert 1 - (1 - 0.2**rows) ** bands == pytest.approx(0.5, abs=0.25)


def test_signatures_do_not_depend_on_how_many_texts_are_read_at_once(monkeypatch):
    texts = ["a b", STORY, "", "one two three four five six", "x"]
    expected = signatures(texts, 16, 5)
    monkeypatch.setattr("goldwire.systems.grams._AT_ONCE", 1)
    known, sketches = signatures(texts, 16, 5)
    assert known == expected[0] == [0, 1, 3, 4]
    assert (sketches == expected[1]).all()


@pytest.mark.parametrize("name", ["exact", "simhash", "minhash", "containment", "tfidf"])
def test_a_large_corpus_gives_links_alone_and_large_groups_of_copies_a_chain(name, monkeypatch):
    rng = np.random.default_rng(5)
    texts = [" ".join(f"w{word}" for word in rng.integers(0, 5000, 60)) for _ in range(1100)]
    texts[100] = texts[900]
    texts[1:10] = [texts[0]] * 9
    monkeypatch.setattr("goldwire.systems.fingerprints.WINDOW", 3)
    monkeypatch.setattr("goldwire.systems.minhash.WINDOW", 3)
    monkeypatch.setattr("goldwire.systems.candidates.pairs_by_keys.__defaults__", (3,))
    found = pairs(name, *texts)
    assert found[100, 900] == pytest.approx(1.0)
    copies = {pair for pair in found if pair[1] < 10}
    assert {(at, at + 1) for at in range(9)} <= copies
    chained = name in ("exact", "simhash", "minhash")
    assert len(copies) == (9 + 8 + 7 if chained else 45)
    assert len(found) == len(copies) + 1


@pytest.mark.parametrize(("name", "sizes"), [("containment", (5,)), ("tfidf", (1, 2))])
def test_links_of_a_large_corpus_are_all_that_share_something_rare(name, sizes, monkeypatch):
    rng = np.random.default_rng(6)
    bases = [[f"w{word}" for word in rng.zipf(1.5, 80) % 3000] for _ in range(40)]
    texts = [" ".join(base[: rng.integers(20, 80)]) for base in bases for _ in range(2)]
    grams = [{tuple(w[i : i + n]) for n in sizes for i in range(len(w) - n + 1)} for w in map(str.split, texts)]
    counts = Counter(gram for some in grams for gram in some)
    threshold = systems.get(name).settings["threshold"]
    expected = {
        (a, b): own
        for (a, b), own in pairs(name, *texts).items()
        if own >= threshold and any(counts[gram] <= 8 for gram in grams[a] & grams[b])
    }
    monkeypatch.setattr(f"goldwire.systems.{name}.ALL_PAIRS", 2)
    monkeypatch.setattr(f"goldwire.systems.{name}.RARE", 8)
    assert pairs(name, *texts) == pytest.approx(expected)
    assert len(expected) > 40


def test_tfidf_has_the_cosines_of_scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer

    rng = np.random.default_rng(8)
    texts = [" ".join(f"Wörd{word}’s" for word in rng.zipf(1.4, 40) % 60) for _ in range(12)] + ["x", "", "word1 word1"]
    vectors = TfidfVectorizer(ngram_range=(1, 2)).fit_transform([text for text in texts if len(text) > 1]).toarray()
    found = pairs("tfidf", *texts)
    numbers = [at for at, text in enumerate(texts) if len(text) > 1]
    for (i, a), (j, b) in itertools.combinations(enumerate(numbers), 2):
        assert found.get((a, b), 0) == pytest.approx(vectors[i] @ vectors[j], abs=1e-6)
    assert len(found) > 60


def test_embeddings_name_their_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtra, match=r"pip install 'goldwire\[embeddings\]'"):
        list(systems.get("embeddings")([Article("a", "x"), Article("b", "x")]))


# --- every system ------------------------------------------------------------------------------------------------------

pieces = st.sampled_from(
    ["the ", "President ", "Ana ", "Kenya", "'s ", "officials ", "He ", "their ", "said ", "attacked ", "talks ", "with ",
     "was ", "will ", "not ", "next week ", "on 3 May ", "2021-10-16", " of ", ", ", ". ", "\n", "“", "”", "’s", "-", "(", ")",
     "é", "e\u0301", "\u0301", "👩‍👩‍👧", "İ", "ﬁ", "\u200d", "١٢", "²", "\ud800", "\u2028", "\x00", "9 a.m.", "an ", "$5 "]
)  # fmt: skip
texts = st.one_of(st.text(max_size=60), st.lists(pieces, max_size=30).map("".join))


def _validator():
    folder = data_folder("schema")
    schemas = {
        name: json.loads((folder / f"{name}.schema.json").read_text("utf-8")) for name in ("prediction", "common")
    }
    registry = Registry().with_resources(
        [(schema["$id"], Resource.from_contents(schema)) for schema in schemas.values()]
    )
    return Draft202012Validator(schemas["prediction"], registry=registry)


VALID = _validator()


@settings(max_examples=120, deadline=None)
@given(texts, st.sampled_from(["2024-05-15", None, "0001-01-01", "9999-12-31", "soon"]))
def test_records_fit_the_schema_and_offsets_hold_in_any_text(text, published):
    for name in (*PER_ARTICLE, "dateparser"):
        found = record(name, text, published)
        assert not list(VALID.iter_errors(found)), name
        ids = {item["id"] for layer in ("times", "events") for item in found.get(layer, [])}
        spans = [(item["start"], item["end"]) for layer in ("entities", "times") for item in found.get(layer, [])]
        spans += [tuple(item["head"]) for item in found.get("entities", []) if "head" in item]
        for event in found.get("events", []):
            spans += [tuple(event["trigger"]), tuple(event["head"])]
            for argument in event.get("arguments", []):
                spans.append((argument["start"], argument["end"]))
                assert {argument.get("time_id"), argument.get("event_id")} - {None} <= ids
            assert set(event.get("times", [])) <= ids
        for start, end in spans:
            assert 0 <= start < end <= len(text)
            assert not text[start].isspace()
            assert not text[end - 1].isspace()
        kept = [(item["start"], item["end"]) for item in found.get("entities", [])]
        assert not any(a < c < b < d for (a, b), (c, d) in itertools.combinations(kept, 2)), "mentions cross"


@settings(max_examples=40, deadline=None)
@given(st.lists(texts, min_size=2, max_size=4))
def test_pairs_hold_in_any_text_and_any_order(some):
    for name in PAIRS:
        articles = [Article(f"d{i}", text) for i, text in enumerate(some)]
        found = list(systems.get(name)(articles))
        assert found == list(systems.get(name)(articles[::-1]))
        for pair in found:
            assert pair["a"] < pair["b"]
            assert 0 < pair["score"] <= 1
            assert not list(VALID.iter_errors(pair))


@pytest.mark.parametrize("name", [*PER_ARTICLE, "dateparser"])
def test_articles_do_not_influence_one_another(name):
    articles = [
        Article(f"d{i}", INVENTED[label] + " Kenya agreed on Tuesday.", "2024-05-15")
        for i, label in enumerate(INVENTED)
    ]
    system = systems.get(name)
    together = list(system(articles))
    assert together[::-1] == list(system(articles[::-1]))
    assert together == [found for article in articles for found in system([article])]


@pytest.mark.parametrize("name", PER_ARTICLE)
def test_work_grows_with_the_length_of_the_text(name):
    """A text eight times as long, all of it one sentence, takes at most about sixteen times as many steps of the interpreter."""
    unit = "the officials of Kenya met the ministers, and they attacked Goma on Tuesday and said that it was likely, "

    def steps(repeats):
        count = 0

        def trace(_frame, _event, _argument):
            nonlocal count
            count += 1

        system, article = systems.get(name), Article("d", unit * repeats, "2024-05-15")
        list(system([article]))
        sys.setprofile(trace)
        try:
            list(system([article]))
        finally:
            sys.setprofile(None)
        return count

    assert steps(160) < 16 * steps(20)


@pytest.mark.parametrize(
    ("name", "measure", "least"),
    [
        ("gazetteer", "linking.inkb.f1", 0.5),
        ("string-match", "coref.conll", 0.5),
        ("head-match", "coref.conll", 0.5),
        ("timex", "times.value.f1", 0.5),
        ("dateparser", "times.span.f1", 0.3),
        ("trigger-words", "events.tri_c.f1", 0.4),
        ("trigger-words", "event_coref.conll", 0.3),
        ("rules", "events.arg_c.f1", 0.2),
    ],
)
def test_each_is_clearly_better_than_nothing_on_the_packaged_articles(name, measure, least, tmp_path):
    run_system(name, tmp_path / "p.jsonl")
    assert score(tmp_path / "p.jsonl").values[measure].value > least


def test_triggers_never_overlap():
    text = " ".join(INVENTED.values())
    words = list(tokens(text))
    found = [trigger for sentence in sentences(text, words) for trigger in find_triggers(words, sentence)]
    assert all(one.last <= two.first for one, two in itertools.pairwise(found))
