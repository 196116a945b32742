"""The built-in systems: what they find in small texts, that they are deterministic, and that offsets always hold."""

from __future__ import annotations

import importlib.metadata
import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldwire import systems
from goldwire.errors import MissingExtra, UsageError
from goldwire.systems import Article, System
from goldwire.systems.lexicon import CLASS_OF_TYPE, LISTS, read_list
from goldwire.systems.words import folded_words, tokenize

ALL = (
    "capitals", "containment", "dateparser", "exact", "gazetteer", "head-match", "minhash", "rules", "seed-extend", "simhash",
    "string-match", "tfidf", "timex", "trigger-words",
)  # fmt: skip
PER_ARTICLE = ("capitals", "dateparser", "gazetteer", "head-match", "rules", "string-match", "timex", "trigger-words")
ENTITY_SYSTEMS = ("capitals", "gazetteer", "head-match", "string-match")
ONTONOTES = {"PERSON", "ORG", "GPE", "LOC", "FAC", "NORP", "MONEY", "CARDINAL", "ORDINAL", "PERCENT"}


def run(name, *texts, **options):
    """The records of a system for texts called d0, d1, ..."""
    return list(systems.get(name, **options)([Article(f"d{i}", text) for i, text in enumerate(texts)]))


def spans(text, name="gazetteer", **options):
    """(string, type) of every mention, in the order given."""
    (record,) = run(name, text, **options)
    return [(text[e["start"] : e["end"]], e["type"]) for e in record["entities"]]


def entities(*texts, name="gazetteer"):
    """String -> entity id of the mentions in each text."""
    return [
        {text[e["start"] : e["end"]]: e["entity_id"] for e in record["entities"]}
        for text, record in zip(texts, run(name, *texts), strict=True)
    ]


# --- registry and protocol ---------------------------------------------------------------------------------------------


def test_the_built_in_systems_are_listed_and_described_in_one_line():
    assert set(ALL) <= set(systems.names())
    assert systems.names() == sorted(systems.names())
    assert all("\n" not in systems.describe(name) for name in ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_system_keeps_the_protocol(name):
    system = systems.get(name)
    assert isinstance(system, System)
    assert system.name == name
    assert set(system.layers) <= {"entities", "times", "events", "duplicates", "passages"}


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UsageError, match=r"no system 'gazeteer'; did you mean 'gazetteer'\?"):
        systems.get("gazeteer")
    with pytest.raises(UsageError, match="did you mean 'minhash'"):
        systems.describe("min-hash")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("minhash", {"treshold": 0.5}, "treshold"),
        ("minhash", {"threshold": 1.5}, "'threshold' must be between 0 and 1, not 1.5"),
        ("seed-extend", {"seed": 0}, "'seed' must be at least 1, not 0"),
    ],
)
def test_a_wrong_setting_is_a_usage_error(name, options, message):
    with pytest.raises(UsageError, match=message):
        systems.get(name, **options)


def test_the_header_records_the_settings_and_lifts_the_threshold():
    head = systems.header(systems.get("containment", threshold=0.25))
    assert head["threshold"] == 0.25
    assert head["offset_unit"] == "codepoint"
    assert head["system"]["settings"] == {"threshold": 0.25, "shingle": 5}
    entities = systems.header(systems.get("gazetteer"))
    assert "threshold" not in entities
    assert entities["entity_scope"] == "corpus"


def test_third_party_systems_come_from_entry_points(monkeypatch):
    entry = importlib.metadata.EntryPoint("mine", "goldwire.systems.capitals:Capitals", "goldwire.systems")
    broken = importlib.metadata.EntryPoint("broken", "no_such_module:System", "goldwire.systems")
    no_system = importlib.metadata.EntryPoint("text", "builtins:str", "goldwire.systems")
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: (entry, broken, no_system))
    systems._registered.cache_clear()
    try:
        assert "mine" in systems.names()
        assert systems.get("mine").layers == ("entities",)
        assert systems.describe("broken") == "no_such_module:System"
        with pytest.raises(UsageError, match=r"'broken' .* cannot be imported"):
            systems.get("broken")
        with pytest.raises(UsageError, match="'text' is no system"):
            systems.get("text")
    finally:
        systems._registered.cache_clear()


def test_listing_and_describing_imports_no_system_and_no_heavy_package():
    code = (
        "import sys; from goldwire import systems; [systems.describe(n) for n in systems.names()]; "
        "print([m for m in sys.modules if m in ('sklearn', 'datasketch', 'scipy', 'goldwire.systems.gazetteer')])"
    )
    source = Path(systems.__file__).parents[2]
    shown = subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "package"), [("dateparser", "dateparser.search"), ("tfidf", "sklearn.feature_extraction.text")]
)
def test_a_missing_extra_names_the_install_command(monkeypatch, name, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=rf"the system '{name}' needs .*pip install 'goldwire\[baselines\]'"):
        systems.get(name)([Article("a", "some text")])


# --- every system: determinism, order, any text -------------------------------------------------------------------------

NEWS = (
    "Chilean President Gabriel Boric met Angela Merkel in Nairobi on Tuesday. The United States sent $3.5 million.",
    "Officials said Chilean President Gabriel Boric met Angela Merkel in Nairobi on Tuesday, and talks went on.",
    "Officials said Chilean President Gabriel Boric met Angela Merkel in Nairobi on Tuesday, and talks went on today.",
    "Rain fell over the Andes. Nothing else was reported from the region by the weather service that day.",
    "",
    "Rain fell over the Andes! Nothing else was reported from the region by the weather service that day.",
)


@pytest.mark.parametrize("name", ALL)
def test_the_order_of_articles_does_not_matter(name):
    articles = [Article(f"d{i}", text) for i, text in enumerate(NEWS)]
    system = systems.get(name)
    expected = sorted(map(repr, system(articles)))
    assert expected == sorted(map(repr, system(articles)))
    assert expected == sorted(map(repr, system(articles[::-1])))
    assert expected


@pytest.mark.parametrize("name", ALL)
def test_no_articles_give_no_records_and_empty_texts_no_findings(name):
    assert run(name) == []
    records = run(name, "", " \n", "")
    assert all(found == [] for record in records for layer, found in record.items() if layer != "doc_id")
    assert len(records) == (3 if name in PER_ARTICLE else 0)


pieces = st.sampled_from(
    ["the ", "President ", "Angela ", "bin ", "United States", "U.S.", " (AB) ", "é", "e\u0301", "\u0301", "👩‍👩‍👧",
     "’s", "-", " of ", "Ministry of ", "$5 ", "one hundred ", "10%", "\n", "İ", "ß", "ﬁ", "x y z w v ",
     "\u200d", "ʼ", "١٢", "ǅ", "²", "\ud800"]
)  # fmt: skip
texts = st.one_of(st.text(max_size=60), st.lists(pieces, max_size=25).map("".join))


@settings(max_examples=150, deadline=None)
@given(texts)
def test_entity_offsets_hold_in_any_text(text):
    for name in ENTITY_SYSTEMS:
        (record,) = run(name, text)
        places = [(e["start"], e["end"], e["type"]) for e in record["entities"]]
        assert len(set(places)) == len(places)
        assert [start for start, _, _ in places] == sorted(start for start, _, _ in places)
        for start, end, label in places:
            assert 0 <= start < end <= len(text)
            assert label in ONTONOTES
            assert not text[start:end][0].isspace()
            assert not text[start:end][-1].isspace()


@settings(max_examples=100, deadline=None)
@given(st.lists(texts, min_size=2, max_size=4), texts)
def test_pairs_and_passages_hold_in_any_text(some, common):
    several = [text + " " + common for text in some]
    for name in ("containment", "minhash", "seed-extend", "tfidf"):
        for record in run(name, *several):
            assert record["a"] < record["b"]
            assert 0 < record["score"] <= 1
            if name == "seed-extend":
                for side in "ab":
                    text = several[int(record[side][1:])]
                    assert 0 <= record[f"{side}_start"] < record[f"{side}_end"] <= len(text)


# --- gazetteer ---------------------------------------------------------------------------------------------------------


def test_titles_names_and_nested_modifiers():
    assert spans("Chilean President Gabriel Boric met former US Secretary of State John Kerry.") == [
        ("Chilean", "NORP"),
        ("Chilean President Gabriel Boric", "PERSON"),
        ("former US Secretary of State John Kerry", "PERSON"),
        ("US", "GPE"),
    ]


def test_names_by_given_name_particle_and_initial():
    text = "Mohammed bin Salman, J.K. Rowling, Ban Ki-moon and Michael Jordan spoke to Charles de Gaulle."
    found = [string for string, label in spans(text) if label == "PERSON"]
    # "Ban" is no given name on the list and has no title here, so "Ban Ki-moon" is not found
    assert found == ["Mohammed bin Salman", "J.K. Rowling", "Michael Jordan", "Charles de Gaulle"]


def test_organisations_by_keyword_with_nested_places():
    assert spans("Kenya Airways, the Ministry of Health of Peru and the University of California.") == [
        ("Kenya", "GPE"),
        ("Kenya Airways", "ORG"),
        ("the Ministry of Health of Peru", "ORG"),
        ("Peru", "GPE"),
        ("the University of California", "ORG"),
        ("California", "GPE"),
    ]


def test_facilities_and_landforms():
    assert spans("Kuala Lumpur International Airport lies far from Lake Turkana and northern Mali.") == [
        ("Kuala Lumpur", "GPE"),
        ("Kuala Lumpur International Airport", "FAC"),
        ("Lake Turkana", "LOC"),
        ("northern Mali", "LOC"),
        ("Mali", "GPE"),
    ]


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("the Philippines agreed", "the Philippines"),  # a verb follows
        ("with the Philippines.", "the Philippines"),  # the phrase ends
        ("the Philippines's navy", "the Philippines"),  # the possessor is a phrase of its own
        ("the Philippines coast guard", "Philippines"),  # modifies a noun: "the" belongs to the guard
        ("the US-led force", "US"),  # part of a compound
        ("The Hague", "The Hague"),  # the article is part of the name
    ],
)
def test_the_determiner_belongs_to_a_mention_unless_the_mention_modifies(text, mention):
    assert mention in [string for string, _ in spans(text)]
    assert not [string for string, _ in spans(text, determiners=False) if string.startswith("the ")]


def test_nested_mentions_can_be_left_out():
    assert spans("Chilean President Gabriel Boric", nested=False) == [("Chilean President Gabriel Boric", "PERSON")]


def test_numerals():
    text = "On 12 March 2019 about 40 men paid $3.5 million, 12 percent of two million euros, for the 2nd time in 20 years."
    assert spans(text) == [
        ("about 40", "CARDINAL"),
        ("$3.5 million", "MONEY"),
        ("12 percent", "PERCENT"),
        ("two million euros", "MONEY"),
        ("2nd", "ORDINAL"),
    ]  # the date, the duration and their numbers are no mentions


def test_names_in_capitals_across_lines_and_with_curly_apostrophes():
    assert spans("NAIROBI (Reuters)\nCôte d’Ivoire’s army") == [
        ("NAIROBI", "GPE"),
        ("Reuters", "ORG"),
        ("Côte d’Ivoire", "GPE"),
        ("Côte d’Ivoire’s army", "ORG"),
    ]
    assert spans("met Angela\nKenya") == [("Kenya", "GPE")]  # a line break ends a name


def test_decomposed_letters_match_and_keep_their_offsets():
    text = "in Bogota\u0301 today"  # NFD: nine code points for seven letters and the mark
    assert spans(text) == [("Bogota\u0301", "GPE")]


def test_a_gazetteer_entry_is_one_entity_under_all_its_names_and_in_all_articles():
    one, two = entities("Burma and the UK talked.", "Myanmar blamed Britain.")
    assert one["Burma"] == two["Myanmar"]
    assert one["the UK"] == two["Britain"]
    assert one["Burma"] != one["the UK"]


def test_a_last_name_joins_the_most_recent_full_name_of_its_article():
    text = "Boric left. President Gabriel Boric met Maria Boric. Mr Boric slept."
    (found,) = run("gazetteer", text)
    # headline use takes the first later full name, the last mention the most recent one
    assert [(text[e["start"] : e["end"]], e["entity_id"]) for e in found["entities"]] == [
        ("Boric", "PERSON:gabriel boric"),
        ("President Gabriel Boric", "PERSON:gabriel boric"),
        ("Maria Boric", "PERSON:maria boric"),
        ("Mr Boric", "PERSON:maria boric"),
    ]
    (other,) = entities("Mr Boric slept.")
    assert other["Mr Boric"] == "PERSON:boric"


def test_an_acronym_in_parentheses_joins_the_name_before_it():
    (found,) = entities("The Lake Region Water Authority (LRWA) met. LRWA is new, LRWB is not.")
    assert found["LRWA"] == found["The Lake Region Water Authority"]
    assert "LRWB" not in found
    (spelled,) = entities("It joined Women Against War (WAW), and WAW grew.")  # no keyword: the capitals spell it
    assert spelled["WAW"] == spelled["Women Against War"] == "ORG:women against war"


def test_equal_numerals_are_not_one_entity():
    text = "3 cats and 3 dogs"
    ids = [e["entity_id"] for e in run("gazetteer", text)[0]["entities"]]
    assert len(set(ids)) == 2


@pytest.mark.parametrize("name", LISTS)
def test_gazetteer_lists_are_sorted_and_their_entities_listed(name):
    rows = read_list(name)
    assert rows == sorted(rows)
    assert all(len(row) == 3 and all(cell == cell.strip() != "" for cell in row) for row in rows)
    assert {label for _, label, _ in rows} <= set(CLASS_OF_TYPE)
    assert {entity for _, _, entity in rows} <= {form for form, _, _ in rows}


def test_no_form_is_listed_twice():
    forms = [form for name in LISTS for form, _, _ in read_list(name)]
    assert len(forms) == len(set(forms))
    names = [row[0] for row in read_list("given_names")]
    assert len(names) == len(set(names))
    assert set(names).isdisjoint(forms)
    for name in ("titles", "keywords", "function_words", "given_names"):
        rows = read_list(name)
        assert rows == sorted(rows)
        assert len({row[0] for row in rows}) == len(rows)


def test_the_gazetteer_covers_the_world():
    nations = {entity for _, _, entity in read_list("countries")}
    assert len(nations) >= 193  # members of the United Nations
    for continent in (
        {"Ghana", "Lesotho", "Chad"}, {"Bhutan", "Yemen", "Japan"}, {"Malta", "Latvia", "Moldova"},
        {"Tuvalu", "Fiji", "Palau"}, {"Belize", "Canada", "Dominica"}, {"Suriname", "Chile", "Guyana"},
    ):  # fmt: skip
        assert continent <= nations


# --- capitals ----------------------------------------------------------------------------------------------------------


def test_capitals_types_by_shape():
    text = "He told the BBC in Lima that Kenyan Ana Silva and the Ministry of Health met Peruvian police at Wilson Airport."
    assert spans(text, "capitals") == [
        ("BBC", "ORG"),
        ("Lima", "GPE"),
        ("Kenyan Ana Silva", "PERSON"),
        ("Ministry of Health", "ORG"),
        ("Peruvian", "NORP"),
        ("Wilson Airport", "FAC"),
    ]


def test_capitals_takes_a_sentence_start_only_if_repeated_inside_a_sentence():
    assert spans("Rain fell. Silva ran. Then Silva sat on Monday.", "capitals") == [("Silva", "ORG"), ("Silva", "ORG")]
    assert spans("Silva ran. Rain fell.", "capitals") == []


def test_capitals_corefers_equal_strings_only():
    one, two = entities("Then Silva met the UN.", "Then Ana Silva met the UN.", name="capitals")
    assert one["UN"] == two["UN"]
    assert one["Silva"] != two["Ana Silva"]


# --- article pairs -----------------------------------------------------------------------------------------------------

SENTENCES = [
    "Flooding in the northern valley forced hundreds of families to leave their homes overnight.",
    "The regional governor promised tents, water and medicine to everyone who asked for help.",
    "Engineers inspected the old dam at dawn and found three cracks along its eastern wall.",
    "Schools will stay closed until the roads are cleared, the education office announced later.",
    "Farmers fear that most of this year's maize harvest has been lost to the rising water.",
    "A helicopter carried two injured children from a rooftop to the hospital in the capital.",
]
STORY = " ".join(SENTENCES)
NEAR_COPY = STORY.replace("three cracks", "several cracks")
REORDERED = " ".join(SENTENCES[::-1])
UNRELATED = (
    "Shares rose sharply when markets opened, lifted by strong earnings from carmakers and banks. "
    "Analysts expected another quiet week before central bankers meet, traders said."
)


def score(name, a, b, **options):
    records = run(name, a, b, **options)
    return records[0] if records else None


@pytest.mark.parametrize("name", ["minhash", "tfidf", "containment"])
def test_near_copies_are_duplicates_and_unrelated_texts_are_not(name):
    near = score(name, STORY, NEAR_COPY)
    assert near["score"] >= systems.get(name).settings["threshold"]
    far = score(name, STORY, UNRELATED)
    assert far is None or far["score"] < 0.2


@pytest.mark.parametrize("name", ["minhash", "tfidf", "containment"])
def test_identical_texts_score_one(name):
    assert score(name, STORY, STORY)["score"] == pytest.approx(1.0)


def test_containment_counts_distinct_five_grams_in_both_directions():
    # six words have 2 five-grams; ten words that begin with them have 6: 2/2 of a is in b, 2/6 of b in a
    record = score("containment", "a b c d e f", "a b c d e f g h i j")
    assert record == {
        "a": "d0", "b": "d1", "score": 1.0,
        "reuse_a": "whole", "reuse_b": "partial", "coverage_a": 1.0, "coverage_b": pytest.approx(1 / 3),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("shared", "total", "level"),
    # k shared words in a text of n words share k - 4 of its n - 4 five-grams
    [(99, 104, "whole"), (98, 104, "major"), (64, 94, "major"), (63, 94, "partial"), (14, 104, "partial"),
     (13, 104, "trace")],
)  # fmt: skip
def test_reuse_levels_begin_at_their_thresholds(shared, total, level):
    common = [f"w{i}" for i in range(shared)]
    a = " ".join(common + [f"a{i}" for i in range(total - shared)])
    b = " ".join(common + [f"b{i}" for i in range(total - shared)])
    record = score("containment", a, b)
    assert record["coverage_a"] == pytest.approx((shared - 4) / (total - 4))
    assert (record["reuse_a"], record["reuse_b"]) == (level, level)


def test_reordered_sentences_keep_most_five_grams_and_all_words():
    # 14 + 14 + 15 + 14 + 15 + 15 = 87 words, 83 five-grams; each of the 5 joints breaks 4: 63 are kept
    words = [len(tokenize(sentence)[0]) for sentence in SENTENCES]
    kept, total = sum(words) - 4 - 5 * 4, sum(words) - 4
    assert score("containment", STORY, REORDERED)["score"] == pytest.approx(kept / total)
    assert score("tfidf", STORY, REORDERED)["score"] > 0.9
    # Jaccard is kept / (2 total - kept) = 0.61; the estimate of 128 permutations is within 4 standard errors
    jaccard = kept / (2 * total - kept)
    assert score("minhash", STORY, REORDERED, threshold=0.3)["score"] == pytest.approx(jaccard, abs=0.18)


def test_case_quotes_and_punctuation_do_not_matter_to_containment():
    assert score("containment", "It's the end, he SAID.", "it’s “the end” he said")["score"] == 1.0


def test_texts_shorter_than_a_shingle_are_one_shingle():
    assert score("containment", "no comment", "No comment!")["score"] == 1.0
    assert score("minhash", "no comment", "No comment!")["score"] == 1.0
    assert score("containment", "no comment", "comment") is None


def test_pairs_under_the_threshold_are_scores_until_the_corpus_is_large(monkeypatch):
    texts = ["a b c d e " + " ".join(f"{name}{i}" for i in range(60)) for name in "pqr"]
    # 1 shared five-gram of 61 each: three scores of 1/61, under the threshold of 0.1
    assert [record["score"] for record in run("containment", *texts)] == [pytest.approx(1 / 61)] * 3
    monkeypatch.setattr("goldwire.systems.containment.ALL_PAIRS", 2)
    assert run("containment", *texts) == []


def test_blocks_of_the_product_do_not_change_the_pairs(monkeypatch):
    texts = [" ".join(SENTENCES[i % 6 :][:3]) for i in range(9)]
    expected = run("containment", *texts)
    monkeypatch.setattr("goldwire.systems.candidates._CELLS_PER_BLOCK", 1)
    assert run("containment", *texts) == expected
    pairs = [(record["a"], record["b"]) for record in expected]
    assert pairs == sorted(pairs)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abc"), max_size=14).map(" ".join), min_size=2, max_size=5))
def test_containment_agrees_with_sets(texts):
    def grams(text):
        words = text.split()
        size = min(5, len(words))
        return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)} if words else set()

    expected = {
        (f"d{i}", f"d{j}"): len(grams(a) & grams(b)) / min(len(grams(a)), len(grams(b)))
        for (i, a), (j, b) in itertools.combinations(enumerate(texts), 2)
        if grams(a) & grams(b)
    }
    assert {(r["a"], r["b"]): r["score"] for r in run("containment", *texts)} == pytest.approx(expected)


# --- passages ----------------------------------------------------------------------------------------------------------


def aligned(a, b, **options):
    """(string in a, string in b, score) of every passage."""
    return [
        (a[r["a_start"] : r["a_end"]], b[r["b_start"] : r["b_end"]], r["score"])
        for r in run("seed-extend", a, b, **options)
    ]


def test_a_verbatim_passage_is_found_to_its_borders():
    a = f"Wire: {SENTENCES[0]} Nothing more."
    b = f"Reports from everywhere. {SENTENCES[0].upper()} Readers wrote letters."
    copied = SENTENCES[0].rstrip(".")
    assert aligned(a, b) == [(copied, copied.upper(), 1.0)]


def test_an_edited_copy_is_one_passage():
    a = "Yes. Engineers inspected the old dam at dawn and found three cracks along its eastern wall before noon. No."
    b = "Engineers inspected the very old dam at dawn and found several cracks along its eastern wall before noon, she wrote."
    # a: 17 words, b: 18; "very" is inserted after 3 words and "three" replaced: 16 words agree
    assert aligned(a, b) == [
        (a[len("Yes. ") : a.index(" No.") - 1], b[: b.index(", she")], pytest.approx(16 / 18)),
    ]


def test_the_ends_are_extended_over_a_small_edit():
    a = "one two three four five six seven eight nine ten apple eleven twelve thirteen"
    b = "start one two three four five six seven eight nine ten pear plum eleven twelve thirteen stop"
    # behind the edit only three words agree, too few for a seed: 13 words of 15
    assert aligned(a, b) == [(a, b[len("start ") : -len(" stop")], pytest.approx(13 / 15))]


def test_passages_in_another_order_stay_apart():
    # neighbours in STORY are not neighbours in REORDERED: one passage per sentence
    found = aligned(STORY, REORDERED)
    assert [(x, y) for x, y, _ in found] == [(s.rstrip("."), s.rstrip(".")) for s in SENTENCES]


def test_seven_words_are_too_few_and_eight_are_enough():
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
    assert aligned("x " + " ".join(words[:7]), "y " + " ".join(words[:7])) == []
    assert aligned("x " + " ".join(words), "y " + " ".join(words)) == [(" ".join(words), " ".join(words), 1.0)]


def test_repeats_inside_one_article_are_no_passages():
    assert run("seed-extend", f"{SENTENCES[0]} {SENTENCES[0]}", UNRELATED) == []


def test_formulas_are_dropped_in_large_corpora_only():
    texts = [f"{SENTENCES[1]} u{i}" for i in range(6)]
    assert len(run("seed-extend", *texts)) == 15
    assert run("seed-extend", *texts, max_articles=5) == []


def test_a_text_of_one_repeated_word_stays_cheap():
    (record,) = run("seed-extend", "ha " * 3000, "ha " * 2500)
    assert record["a_end"] - record["a_start"] >= 2 * 2500


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from("abcdefgh"), min_size=8, max_size=30), st.data())
def test_a_copy_inside_fresh_words_is_always_found_whole(words, data):
    left = data.draw(st.integers(0, 5))
    copied = " ".join(words)
    a = " ".join(f"l{i}" for i in range(left)) + f" {copied} tail"
    b = f"head {copied} " + " ".join(f"r{i}" for i in range(left))
    found = run("seed-extend", a, b, max_repeats=30)
    whole = (a.index(copied), a.index(copied) + len(copied), b.index(copied), b.index(copied) + len(copied))
    assert any(
        r["a_start"] <= whole[0] and r["a_end"] >= whole[1] and r["b_start"] <= whole[2] and r["b_end"] >= whole[3]
        for r in found
    )


# --- words -------------------------------------------------------------------------------------------------------------


def test_words_are_folded_and_keep_their_places():
    forms, starts, ends = tokenize("Ｄon’t ﬁx\u0301 the Élan_é—ok 🙂")
    assert forms == ["don't", "fix\u0301", "the", "élan_é", "ok"]
    assert list(zip(starts, ends, strict=True)) == [(0, 5), (6, 9), (10, 13), (14, 20), (21, 23)]


@given(
    st.text(st.characters(max_codepoint=0x2FF) | st.characters(min_codepoint=0x2000, max_codepoint=0x206F), max_size=80)
)
def test_texts_without_combining_marks_are_cut_in_the_same_way_by_the_pattern_that_knows_them(text):
    forms, starts, ends = tokenize(text)
    also, also_starts, also_ends = tokenize(text + " e\u0301")
    assert (also[:-1], also_starts[:-1], also_ends[:-1]) == (forms, starts, ends)


@given(st.text(max_size=80))
def test_ascii_and_unicode_tokenizers_agree(text):
    ascii_text = text.encode("ascii", "replace").decode()
    forms, starts, _ = tokenize(ascii_text)
    # a non-ASCII word at the end takes the other path
    also, also_starts, _ = tokenize(ascii_text + " é")
    assert (also[:-1], also_starts[:-1]) == (forms, starts)


@given(st.text(st.characters(max_codepoint=127), max_size=40) | st.text(max_size=40))
def test_words_without_places_are_those_with_places(text):
    assert folded_words(text) == tokenize(text)[0]
