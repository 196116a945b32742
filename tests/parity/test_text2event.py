"""The profiles `text2event` (offsets) and `text2event-string` against Text2Event's own metrics."""

from __future__ import annotations

from collections import deque
from types import SimpleNamespace

import pytest
from event_documents import cases, check, check_default, load, stub

from references import CASES, agree, checkout

FOLDER = checkout("luyaojie/Text2Event")
WORDS = ("Moscow", "the", "talks", "MOSCOW", "U.S.", "Moscow")


class Tree(list):
    """What Text2Event asks of NLTK's ParentedTree: nested lists with a label, read from bracketed text."""

    def __init__(self, label=""):
        super().__init__()
        self._label = label

    def label(self):
        return self._label

    @classmethod
    def fromstring(cls, text, brackets):
        words = deque(text.replace(brackets[0], f" {brackets[0]} ").replace(brackets[1], f" {brackets[1]} ").split())

        def read():
            if not words or words.popleft() != brackets[0]:
                raise ValueError
            tree = cls(words.popleft() if words and words[0] not in brackets else "")
            while words and words[0] != brackets[1]:
                tree.append(read() if words[0] == brackets[0] else words.popleft())
            if not words:
                raise ValueError
            words.popleft()
            return tree

        return read()


@pytest.fixture(scope="module")
def reference():
    nltk = {"nltk": stub("nltk"), "nltk.tree": stub("nltk.tree", ParentedTree=Tree)}
    offsets = load(FOLDER / "evaluation.py", nltk)
    strings = load(FOLDER / "extraction/extraction_metrics.py", nltk, folder=FOLDER)
    return offsets.Metric, strings.get_extract_metrics


def triggers(events):
    return [(e.type, (e.trigger[0], e.trigger[1] - 1)) for e in events]


def roles(events):
    return [(e.type, role, (s, t - 1)) for e in events for s, t, role in e.arguments]


def numbers(result, prefix):
    return [
        *(result[f"{prefix}{x}"] for x in ("gold", "pred", "tp")),
        *(result[prefix + x] / 100 for x in ("P", "R", "F1")),
    ]


def printed(reference, documents):
    """Figure -> gold, predicted and matched items, precision, recall and F1."""
    trigger, role = reference[0](), reference[0]()
    for document in documents:
        trigger.count_instance(triggers(document.gold), triggers(document.pred))
        role.count_instance(roles(document.gold), roles(document.pred))
    return {"trigger": numbers(trigger.compute_f1(), ""), "role": numbers(role.compute_f1(), "")}


def test_text2event(reference):
    for documents in cases(CASES, 4):
        figures = printed(reference, documents)
        agree("Text2Event dbe5a0a, offsets", check("text2event", documents, figures))
        default = {"tri_c": figures["trigger"], "arg_c": figures["role"]}
        agree("Text2Event dbe5a0a, default measures of lists", check_default(documents, default, container="multiset"))


def linear(document, events):
    """Events in Text2Event's notation: a tree of types with triggers, and in them roles with arguments."""
    nodes = []
    for e in events:
        fillers = [f"<extra_id_2> {role} {document.text(s, t)} <extra_id_3>" for s, t, role in e.arguments]
        nodes.append(f"<extra_id_0> {e.type} {document.text(*e.trigger)} {' '.join(fillers)} <extra_id_1>")
    return f"<extra_id_0> {' '.join(nodes)} <extra_id_1>"


def printed_strings(reference, documents):
    """As ``printed``."""
    schema = SimpleNamespace(type_list=[], role_list=[])  # empty: every label is legal
    gold, pred = [linear(d, d.gold) for d in documents], [linear(d, d.pred) for d in documents]
    result = reference[1](pred, gold, schema)
    assert result.get("ill-formed", 0) == 0
    return {name: numbers(result, f"{name}-") for name in ("trigger", "role")}


def test_text2event_string(reference):
    for documents in cases(CASES, 5, vocabulary=WORDS):
        figures = printed_strings(reference, documents)
        agree("Text2Event dbe5a0a, strings", check("text2event-string", documents, figures))
