"""Tag sequences: what each rule reads from well-formed and from malformed ones."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldwire.errors import UsageError
from goldwire.tasks.tags import RULES, decode


def mentions(rule, *sentences):
    """(sentence, start, end, type) of the sentences' mentions."""
    tags = [sentence.split() for sentence in sentences]
    found = decode([tag for sentence in tags for tag in sentence], [len(sentence) for sentence in tags], rule)
    return list(zip(*(column.tolist() for column in found[:3]), found.type.to_pylist(), strict=True))


@pytest.mark.parametrize("rule", RULES)
def test_single_words_in_their_own_sentence(rule):
    tag = {"IOE2": "E", "IOE1": "I", "IOB1": "I", "IOBES": "S", "BILOU": "U"}.get(rule, "B")
    assert mentions(rule, "O O", f"O {tag}-A O") == [(1, 3, 4, "A")]


@pytest.mark.parametrize(
    ("rule", "tags"),
    [
        ("conlleval", "B-A I-A B-A O I-B I-A"),
        ("seqeval", "B-A I-A B-A O I-B I-A"),
        ("seqeval", "B-A E-A S-A O S-B S-A"),
        ("conlleval", "I-A E-A E-A O E-B E-A"),
        ("IOB1", "I-A I-A B-A O I-B I-A"),
        ("IOB2", "B-A I-A B-A O B-B B-A"),
        ("IOE2", "I-A E-A E-A O E-B E-A"),
        ("IOBES", "B-A E-A S-A O S-B S-A"),
        ("BILOU", "B-A L-A U-A O U-B U-A"),
    ],
)
def test_one_text_in_every_notation(rule, tags):
    assert mentions(rule, tags) == [(0, 0, 2, "A"), (0, 2, 3, "A"), (0, 4, 5, "B"), (0, 5, 6, "A")]


@pytest.mark.parametrize(
    ("tags", "conlleval", "seqeval", "iob2"),
    [
        ("I-A O", [(0, 1, "A")], [(0, 1, "A")], []),  # begins with I: a mention to the lenient
        ("O I-A I-A", [(1, 3, "A")], [(1, 3, "A")], []),
        ("B-A I-B", [(0, 1, "A"), (1, 2, "B")], [(0, 1, "A"), (1, 2, "B")], [(0, 1, "A")]),  # changes type inside
        ("B I O", [(0, 2, "")], [(0, 2, "_")], [(0, 2, "_")]),  # no type
        ("B-A-B I-A-B", [(0, 2, "A-B")], [(0, 2, "A-B")], [(0, 2, "A-B")]),  # a hyphen in the type
        ("B-0 I-0 O", [(0, 2, "")], [(0, 2, "0")], [(0, 2, "0")]),  # Perl takes "0" for nothing
    ],
)
def test_malformed_and_odd_tags(tags, conlleval, seqeval, iob2):
    expected = {"conlleval": conlleval, "seqeval": seqeval, "IOB2": iob2}
    assert {rule: [row[1:] for row in mentions(rule, tags)] for rule in expected} == expected


def test_neighbouring_mentions_run_together_in_conlleval():
    # S is unknown to it and goes on; after E no B begins. This is why it prints 100 for wrong borders.
    assert mentions("conlleval", "S-A S-A O") == [(0, 0, 2, "A")]
    assert mentions("conlleval", "B-A E-A B-A E-A") == [(0, 0, 4, "A")]
    assert len(mentions("seqeval", "S-A S-A O")) == len(mentions("seqeval", "B-A E-A B-A E-A")) == 2


def test_brackets_are_single_words_in_conlleval():
    assert mentions("conlleval", "[-A ]-A O [-A") == [(0, 0, 1, "A"), (0, 1, 2, "A"), (0, 3, 4, "A")]


@pytest.mark.parametrize(
    ("rule", "tags", "left"),
    [
        ("IOBES", "B-A I-A O", 0),  # never closed
        ("IOBES", "I-A E-A", 0),  # never opened
        ("IOBES", "B-A E-B", 0),
        ("BILOU", "B-A O U-A", 1),
        ("IOE2", "I-A O E-A", 1),
        ("IOB1", "B-A O", 0),  # B only parts neighbours
        ("IOB2", "I-A B-A", 1),
    ],
)
def test_strict_rules_leave_out_what_their_scheme_lacks(rule, tags, left):
    assert len(mentions(rule, tags)) == left


def test_an_end_without_a_start_goes_back_to_the_last_start_in_seqeval():
    # X continues a mention that E has ended: another mention of the same start
    assert mentions("seqeval", "B-A E-A X-A O") == [(0, 0, 2, "A"), (0, 0, 3, "A")]


@pytest.mark.parametrize("rule", RULES)
def test_mentions_end_with_their_sentence(rule):
    inside = "I-A" if rule not in ("IOBES", "BILOU", "IOE2") else {"IOBES": "S-A", "BILOU": "U-A", "IOE2": "E-A"}[rule]
    first = "B-A" if rule == "IOB2" else inside
    assert [row[0] for row in mentions(rule, first, first, first)] == [0, 1, 2]


@pytest.mark.parametrize("rule", RULES)
def test_nothing_is_nothing(rule):
    assert mentions(rule) == mentions(rule, "", "") == mentions(rule, "O O", "O") == []


def test_arrow_columns_are_taken_as_they_are():
    found = decode(pa.array(["B-A", "I-A"]), np.array([2]), "IOB2")
    assert (found.start.tolist(), found.end.tolist(), found.type.to_pylist()) == ([0], [2], ["A"])


def test_what_cannot_be_decoded_is_said():
    with pytest.raises(UsageError, match="did you mean 'IOB2'"):
        decode(["O"], [1], "IOB3")
    with pytest.raises(UsageError, match="1 tags for 2 sentences of 3 tokens"):
        decode(["O"], [1, 2], "IOB2")
    with pytest.raises(UsageError, match="'E-A' is no tag of IOB2"):
        decode(["B-A", "E-A"], [2], "IOB2")
    for rule in RULES:
        with pytest.raises(UsageError, match="empty"):
            decode(["O", ""], [2], rule)


def test_a_million_tokens():
    tags = pa.array(["B-A", "I-A", "O", "B-B", "O"] * 200_000)
    found = decode(tags, np.full(50_000, 20), "seqeval")
    assert len(found.start) == 400_000


# Properties -----------------------------------------------------------------------------------------------------------

WORD = {  # how a mention of some words is written: first, inner, last, only
    "IOB2": "BIIB",
    "IOE2": "IIEE",
    "IOBES": "BIES",
    "BILOU": "BILU",
}

flat = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(["A", "B"])), max_size=6)  # gap, words


def written(spans, letters):
    """The tags of flat mentions, and the mentions."""
    tags, expected = [], []
    for gap, words, kind in spans:
        tags += ["O"] * gap
        expected.append((0, len(tags), len(tags) + words, kind))
        first, inner, last, only = letters
        tags += [f"{x}-{kind}" for x in (only if words == 1 else first + inner * (words - 2) + last)]
    return " ".join(tags), expected


@settings(max_examples=100, deadline=None)
@given(flat, st.sampled_from(sorted(WORD)))
def test_what_is_written_by_a_scheme_is_read_by_its_rule(spans, scheme):
    tags, expected = written(spans, WORD[scheme])
    assert mentions(scheme, tags) == expected
    lenient = {"IOB2": ("conlleval", "seqeval"), "IOE2": ("conlleval", "seqeval"), "IOBES": ("seqeval",)}
    for rule in lenient.get(scheme, ()):
        assert mentions(rule, tags) == expected


tag = st.sampled_from(["O", "O", "B-A", "I-A", "B-B", "I-B", "E-A", "S-A", "S-B", "B", "I"])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(tag, max_size=6), max_size=4), st.sampled_from(["conlleval", "seqeval", "IOBES"]))
def test_sentences_decoded_together_or_apart_have_the_same_mentions(sentences, rule):
    lines = [" ".join(sentence) for sentence in sentences]
    first = np.cumsum([0, *map(len, sentences)])
    apart = [
        (i, start + first[i], end + first[i], kind)
        for i, line in enumerate(lines)
        for _, start, end, kind in mentions(rule, line)
    ]
    assert mentions(rule, *lines) == apart
