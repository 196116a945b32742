"""The profiles `bartgen` and `bartgen-head` against BART-Gen's scorer, run as a script on files it reads."""

from __future__ import annotations

import contextlib
import io
import json
import random
import runpy
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
from event_documents import ROLES, TYPES, alike, cases, check, imports, stub

from references import CASES, agree, checkout

GENIE = checkout("raspberryice/gen-arg") / "src/genie"
SLOTS = 8
FIGURES = {
    "role_id": ("arg_idn_num",),
    "role": ("arg_class_num",),
    "coref_role_id": ("arg_idn_num", "arg_idn_coref_num"),
    "coref_role": ("arg_class_num", "arg_class_coref_num"),
}


def with_articles(document, rng):
    """Some words become articles, each depending on the word after it; two words nobody mentions end the text.

    The scorer finds a predicted span by its words, so predictions of nothing but articles are left out.
    """
    words, governors = list(document.words), list(document.governors)
    for i in range(len(words) - 1):
        if rng.random() < 0.3:
            words[i], governors[i] = rng.choice(["the", "The", "a", "an"]), i + 1
    end = len(words)

    def named(event):
        spans = [a for a in event.arguments if any(w.startswith("w") for w in words[a[0] : a[1]])]
        counts = {}
        for span in spans:
            counts.setdefault(span[2], []).append(span)
        return replace(event, arguments=tuple(a for listed in counts.values() for a in listed[:SLOTS]))

    return replace(
        document,
        words=(*words, "end", "of"),
        governors=(*governors, end, end + 1),
        pred=tuple(named(event) for event in document.pred),
    )


def example(document, name, task):
    """The gold document, and the mentions that corefer: every argument is an entity mention."""
    listed = [(f"{name}-E{i}", span) for i, spans in enumerate(document.entities) for span in spans]
    alone = {a[:2] for e in document.gold for a in e.arguments} - {span for _, span in listed}
    listed += [(f"{name}-X{i}", span) for i, span in enumerate(sorted(alone))]
    mentions = [{"id": f"{e}-{i}", "start": s, "end": t} for i, (e, (s, t)) in enumerate(listed)]
    at = {(m["start"], m["end"]): m["id"] for m in mentions}
    record = {
        ("sent_id" if task == "ACE" else "doc_id"): name,
        "tokens": list(document.words),
        "entity_mentions": mentions,
        "event_mentions": [
            {
                "event_type": e.type,
                "trigger": {"start": e.trigger[0], "end": e.trigger[1]},
                "arguments": [{"role": role, "entity_id": at[s, t]} for s, t, role in e.arguments],
            }
            for e in document.gold
        ],
    }
    clusters = {}
    for mention in mentions:
        clusters.setdefault(mention["id"].rpartition("-")[0], []).append(mention["id"])
    several = [cluster for cluster in clusters.values() if len(cluster) > 1]
    coreference = {"doc_key": name, "clusters": several, "informative_mentions": ["" for _ in several]}
    return record, coreference


def generated(document, name):
    """The template filled with each event's predicted arguments, as BART-Gen writes it."""
    for event in document.pred:
        words = []
        for role in ROLES:
            texts = [document.text(*a[:2]) for a in event.arguments if a[2] == role]
            for i in range(SLOTS):
                words += [texts[i] if i < len(texts) else "<arg>", f"#{role}{i}"]
        yield {"doc_key": name, "predicted": " ".join(words), "gold": ""}


def ontology():
    slots = [role for role in ROLES for _ in range(SLOTS)]
    marks = [f"#{role}{i}" for role in ROLES for i in range(SLOTS)]
    template = " ".join(f"<arg{i + 1}> {mark}" for i, mark in enumerate(marks))
    return {name: {"template": template, "roles": slots} for name in TYPES}


def parser_of(documents):
    """In place of spaCy: the words of the document with that text and what they depend on."""
    by_text = {" ".join(d.words): d for d in documents}

    def parse(text):
        governors = by_text[text].governors
        return [SimpleNamespace(head=SimpleNamespace(i=at)) for at in governors]

    parse.vocab = parse.tokenizer = None
    return parse


def write(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pronoun_list.txt").write_text("he\n")
    for task in ("ACE", "KAIROS"):
        (tmp_path / f"event_role_{task}.json").write_text(json.dumps(ontology()))
    return tmp_path


def run(folder, documents, task, head, monkeypatch):
    """The scorer's own variables after it has run."""
    names = [f"d{i}" for i in range(len(documents))]
    examples = [example(d, n, task) for n, d in zip(names, documents, strict=True)]
    files = {
        "--gen-file": write(
            folder / "gen.jsonl", [x for n, d in zip(names, documents, strict=True) for x in generated(d, n)]
        ),
        "--test-file": write(folder / "test.jsonl", [record for record, _ in examples]),
        "--coref-file": write(folder / "coref.jsonl", [coreference for _, coreference in examples]),
    }
    options = ["--dataset", task, "--coref", *(["--head-only"] if head else [])]
    monkeypatch.setattr(sys, "argv", ["scorer.py", *(x for pair in files.items() for x in pair), *options])
    stubs = {
        "spacy": stub("spacy", load=lambda _: parser_of(documents)),
        "spacy.tokens": stub("spacy.tokens", Doc=None),
        "tqdm": stub("tqdm", tqdm=lambda values: values),
    }
    with imports(stubs, GENIE), contextlib.redirect_stdout(io.StringIO()) as output:
        after = runpy.run_path(str(GENIE / "scorer.py"), run_name="__main__")
    return after, output.getvalue()


def printed(folder, documents, task, head, monkeypatch):
    """Figure -> gold, predicted and matched arguments, precision, recall and F1."""
    after, output = run(folder, documents, task, head, monkeypatch)
    figures = {}
    for name, found in FIGURES.items():
        gold, pred, matched = after["gold_arg_num"], after["pred_arg_num"], sum(after[x] for x in found)
        values = after["compute_f1"](pred, gold, matched)
        assert "P: {:.2f}, R: {:.2f}, F: {:.2f}".format(*(100 * x for x in values)) in output
        figures[name] = [gold, pred, matched, *values]
    return figures


@pytest.mark.parametrize("head", [False, True])
def test_bartgen(folder, monkeypatch, head):
    for i, drawn in enumerate(cases(CASES, 11 + head, same_events=True)):
        documents = alike([with_articles(d, random.Random(i)) for d in drawn])
        figures = printed(folder, documents, ("ACE", "KAIROS")[i % 2], head, monkeypatch)
        agree("BART-Gen 253e088", check("bartgen-head" if head else "bartgen", documents, figures))
