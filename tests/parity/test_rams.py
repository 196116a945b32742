"""The profiles `rams` and `rams-as-shipped` against a copy of the RAMS scorer, kept in linmou/CUP."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from event_documents import cases, check, imports, load, stub

from references import CASES, agree, checkout

FOLDER = checkout("linmou/CUP")


@pytest.fixture(scope="module")
def scorer():
    package = stub("scorer")
    package.__path__ = [str(FOLDER / "scorer")]
    stubs = {"ipdb": stub("ipdb"), "spacy": stub("spacy"), "spacy.tokens": stub("spacy.tokens", Doc=None)}
    stubs["scorer"] = package
    with imports(stubs, FOLDER):
        return load(FOLDER / "scorer/scorer.py", stubs, folder=FOLDER)


def example(name, document, event):
    trigger = [event.trigger[0], event.trigger[1] - 1]
    return {
        "doc_key": name,
        "sentences": [list(document.words)],
        "evt_triggers": [[*trigger, [[event.type, 1.0]]]],
        "gold_evt_links": [[trigger, [s, t - 1], f"evt001arg01{role}"] for s, t, role in event.arguments],
    }


def printed(scorer, documents, folder):
    """Gold, predicted and matched arguments, and what is printed as precision, recall and F1; one event a document."""
    gold = [example(str(i), d, d.gold[0]) for i, d in enumerate(documents)]
    predicted = [example(str(i), d, d.pred[0]) for i, d in enumerate(documents) if d.pred]
    file = folder / "gold.jsonlines"
    file.write_text("".join(json.dumps(record) + "\n" for record in gold))
    arguments = SimpleNamespace(gold_file=str(file), pred_file=None, reuse_gold_format=True, constraints_file=None)
    result = scorer.Scorer(arguments, predicted).evaluate(constrained_decoding=False)
    _, totals = result["role_table"]
    correct, missing, extra = (totals[name] for name in ("CORRECT", "MISSING", "OVERPRED"))
    metrics = [result["metrics"][name] / 100 for name in ("precision", "recall", "f1")]
    return [correct + missing, correct + extra, correct, *metrics]


def test_rams(scorer, tmp_path):
    for drawn in cases(CASES, 8):
        documents = [replace(d, gold=d.gold[:1], pred=d.pred[:1]) for d in drawn if d.gold]
        gold, pred, matched, precision, recall, f1 = printed(scorer, documents, tmp_path)
        compared = check("rams-as-shipped", documents, {"argument": [gold, pred, matched, precision, recall, f1]})
        compared += check("rams", documents, {"argument": [gold, pred, matched, recall, precision, f1]})
        agree("RAMS scorer (linmou/CUP 709d473)", compared)
