"""The profiles `omnievent` (spans) and `omnievent-string` (generated output) against OmniEvent's metric.py."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from event_documents import cases, check, check_default, load, stub

from references import CASES, agree, checkout

FOLDER = checkout("THU-KEG/OmniEvent")
WORDS = ("Moscow", "the", "talks", "a:b", "Mos", "cow", ":")


@pytest.fixture(scope="module")
def metric():
    for name in ("sklearn.metrics", "seqeval.metrics", "seqeval.scheme", "tqdm"):
        pytest.importorskip(name)
    package = FOLDER / "OmniEvent"
    stubs = {name: stub(name) for name in ("torch", "reference", "reference.input_engineering", "reference.evaluation")}
    for name in stubs:
        stubs[name].__path__ = []
    utils = stub("utils", get_words=None, get_plain_label=None)
    base = stub(
        "base",
        **{f"{task}{x}": object for task in ("ED", "EAE") for x in ("InputExample", "InputFeatures", "DataProcessor")},
    )
    stubs |= {"reference.input_engineering.input_utils": utils, "reference.input_engineering.base_processor": base}
    inner = {}
    for name in ("mrc_converter", "seq2seq_processor"):
        full = f"reference.input_engineering.{name}"
        inner[full] = load(package / "input_engineering" / f"{name}.py", {**stubs, **inner}, name=full, folder=package)
    return load(
        package / "evaluation/metric.py", {**stubs, **inner}, name="reference.evaluation.metric", folder=package
    )


def listed(precision, recall, f1, pred, gold):
    """(gold, predicted, matched) and the values; the number of matches follows from the precision."""
    return [len(gold), len(pred), round(precision * len(pred)), precision, recall, f1]


def printed(metric, documents):
    """Figure -> gold, predicted and matched items, precision, recall and F1."""
    sides = []
    for side in ("gold", "pred"):
        triggers = [(i, e.type, e.trigger) for i, d in enumerate(documents) for e in getattr(d, side)]
        arguments = [
            (i, e.trigger, e.type, a[2], a[:2])
            for i, d in enumerate(documents)
            for e in getattr(d, side)
            for a in e.arguments
        ]
        sides.append((triggers, arguments))
    return {
        name: listed(*metric.f1_score_overall(pred, gold), pred, gold)
        for name, gold, pred in zip(("trigger", "argument"), *sides, strict=True)
    }


def test_omnievent(metric):
    for documents in cases(CASES, 6):
        figures = printed(metric, documents)
        agree("OmniEvent ec72e72, f1_score_overall", check("omnievent", documents, figures))
        default = {"tri_c": figures["trigger"], "arg_c_plus": figures["argument"]}
        agree("OmniEvent ec72e72, default measures of lists", check_default(documents, default, container="multiset"))


def generated(metric, patch, task, gold, pred, **data):
    """compute_seq_F1 on decoded text, and the lists it compares."""
    compared = []
    overall = metric.f1_score_overall

    def noting(preds, labels):
        compared.append((preds, labels))
        return overall(preds, labels)

    patch.setattr(metric, "f1_score_overall", noting)
    texts = {0: pred, 1: gold}
    tokenizer = SimpleNamespace(
        batch_decode=lambda ids, **_: texts[int(ids[0, 0])] if len(ids) else [],
        pad_token_id=0,
        **{"eos_token": "</s>", "pad_token": "<pad>"},
    )
    arguments = SimpleNamespace(task_name=task, data_for_evaluation=data)
    f1 = metric.compute_seq_F1(
        np.zeros((len(pred), 1), int), np.ones((len(gold), 1), int), tokenizer=tokenizer, training_args=arguments
    )["micro_f1"]
    ((preds, labels),) = compared
    numbers = listed(*overall(preds, labels), preds, labels)
    assert f1 / 100 == pytest.approx(numbers[-1], abs=1e-12)
    return numbers


def renamed(document):
    """Types that its notation cannot hold, or holds as another: a colon spoils an item, spaces are dropped."""
    names = {"Transport": "Trans:port", "life_die": "Life. Die"}
    sides = {
        side: tuple(replace(e, type=names.get(e.type, e.type)) for e in getattr(document, side))
        for side in ("gold", "pred")
    }
    return replace(document, **sides)


def written(pairs):
    return "".join(f"<extra_id_0> {label}: {text} <extra_id_1>" for label, text in pairs) + "</s><pad>"


def printed_strings(metric, documents):
    """As ``printed``; predictions are for gold events."""
    sides = ("gold", "pred")
    with pytest.MonkeyPatch.context() as patch:
        texts = [[written((e.type, d.text(*e.trigger)) for e in getattr(d, side)) for d in documents] for side in sides]
        trigger = generated(metric, patch, "ED", *texts)
    with pytest.MonkeyPatch.context() as patch:
        texts = [
            [written((a[2], d.text(*a[:2])) for a in e.arguments) for d in documents for e in getattr(d, side)]
            for side in sides
        ]
        types = [e.type for d in documents for e in d.gold]
        argument = generated(metric, patch, "EAE", *texts, pred_types=types, true_types=types)
    return {"trigger": trigger, "argument": argument}


def test_omnievent_string(metric):
    for drawn in cases(CASES, 7, vocabulary=WORDS, same_events=True):
        documents = [renamed(d) for d in drawn]
        figures = printed_strings(metric, documents)
        agree("OmniEvent ec72e72, compute_seq_F1", check("omnievent-string", documents, figures))
    assert "torch" not in sys.modules
