"""The profiles `paie`, `paie-text` and `paie-head` against PAIE's metric.py."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from event_documents import ROLES, Document, Event, alike, cases, check, imports, load, stub

from references import CASES, agree, checkout

FOLDER = checkout("mayubo2333/PAIE")
WORDS = ("Moscow", "MOSCOW", "the", "The", "a", "U.S.", "talks", "--", "'s", "Ångström", "Åthe", "the-an", "¿")
PROFILES = {"paie": "eval_std_f1_score", "paie-text": "eval_text_f1_score", "paie-head": "eval_head_f1_score"}


@pytest.fixture(scope="module")
def metric():
    def parser(_):
        return SimpleNamespace(vocab=None)

    stubs = {
        "torch": stub("torch"),
        "spacy": stub("spacy", load=parser),
        "spacy.tokens": stub("spacy.tokens", Doc=None),
    }
    with imports(stubs, FOLDER):
        return load(FOLDER / "metric.py", stubs, folder=FOLDER)


def word(text):
    """What PAIE reads off a spaCy token: its text and what it depends on."""

    class Token(SimpleNamespace):
        def __str__(self):
            return text

    return Token()


def parser_of(documents):
    by_text = {" ".join(d.words): d for d in documents}

    def parse(text):
        document = by_text[text]
        tokens = [word(w) for w in document.words]
        for token, governor in zip(tokens, document.governors, strict=True):
            token.head = SimpleNamespace(i=governor)
        return tokens

    return parse


def spans_of(event):
    spans = {}
    for start, end, role in event.arguments:
        spans.setdefault(role, []).append((start, end - 1))
    return spans


def features(documents):
    """One per event; ``add_pred`` of PAIE drops a repeated span, ``set_gt`` does not."""
    return [
        SimpleNamespace(
            arg_list=list(ROLES),
            full_text=list(d.words),
            gt_dict_word=spans_of(gold),
            pred_dict_word={role: list(dict.fromkeys(spans)) for role, spans in spans_of(pred).items()},
        )
        for d in documents
        for gold, pred in zip(d.gold, d.pred, strict=True)
    ]


def numbers(result):
    return [result[name] for name in ("gt_num", "pred_num", "correct_num", "precision", "recall", "f1")]


def printed(metric, documents, profile):
    """Figure -> gold, predicted and matched arguments, precision, recall and F1."""
    metric.nlp = parser_of(documents)
    classification, identification = getattr(metric, PROFILES[profile])(features(documents))
    return {"classification": numbers(classification), "identification": numbers(identification)}


@pytest.mark.parametrize("profile", PROFILES)
def test_paie(metric, profile):
    for drawn in cases(CASES, 13, same_events=True, vocabulary=WORDS):
        documents = alike(drawn)
        agree("PAIE 1917c46", check(profile, documents, printed(metric, documents, profile)))


def test_an_f1_of_almost_nothing_is_none(metric):
    # One of 30,000 right on both sides: P + R = 0.00007 is not above 0.0001.
    right = Document(
        ("w",), (Event((0, 1), "Meet", ((0, 1, "Place"),)),), (Event((0, 1), "Meet", ((0, 1, "Place"),)),), (0,)
    )
    wrong = replace(right, pred=(Event((0, 1), "Meet", ((0, 1, "Time"),)),))
    documents = [right, *[wrong] * 29_999]
    figures = printed(metric, documents, "paie")
    *_, precision, _, f1 = figures["classification"]
    assert f1 == 0 < precision
    agree("PAIE 1917c46", check("paie", documents, figures))
