"""The profile `textee`, and the default measures of events, against TextEE's own scorer."""

from __future__ import annotations

import pytest
from event_documents import cases, check, check_default, load, stub

from references import CASES, agree, checkout

TEXTEE = checkout("ej0cl6/TextEE")
DEFAULT = {
    "trigger_id": "tri_i",
    "trigger_cls": "tri_c",
    "argument_id": "arg_i",
    "argument_cls": "arg_c",
    "argument_attached_id": "arg_i_plus",
    "argument_attached_cls": "arg_c_plus",
}


@pytest.fixture(scope="module")
def scorer():
    return load(TEXTEE / "TextEE" / "scorer.py", {"ipdb": stub("ipdb")})


def events_of(name, events):
    listed = [{"trigger": (*e.trigger, e.type, ""), "arguments": [(*a, "") for a in e.arguments]} for e in events]
    return {"doc_id": name, "wnd_id": "w", "events": listed}


def printed(scorer, documents):
    """Figure -> gold, predicted and matched items, precision, recall and F1."""
    gold = [events_of(i, d.gold) for i, d in enumerate(documents)]
    pred = [events_of(i, d.pred) for i, d in enumerate(documents)]
    return {
        name: [s["gold_num"], s["pred_num"], s["match_num"], *(s[x] / 100 for x in ("precision", "recall", "f1"))]
        for name, s in scorer.compute_scores(pred, gold, "E2E").items()
    }


def test_textee(scorer):
    for documents in cases(CASES, 1):
        figures = printed(scorer, documents)
        assert figures.keys() == DEFAULT.keys()
        agree("TextEE 25d5dca", check("textee", documents, figures))
        agree("TextEE 25d5dca, default measures", check_default(documents, {DEFAULT[n]: f for n, f in figures.items()}))
