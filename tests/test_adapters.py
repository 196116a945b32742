"""Adapters that need no model of weight: spaCy pipelines, windows, prompts and answers; plug-ins; the documentation."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import goldwire
from conftest import ROOT, TESTS
from goldwire import systems
from goldwire.cli.main import main
from goldwire.corpus.parts import part_of
from goldwire.errors import MissingExtra, SystemFailure, UsageError
from goldwire.running import run
from goldwire.systems import Article, prompting
from goldwire.systems.labelling import tagged, windows

GOLD = TESTS / "corpus"
EXAMPLES = ROOT / "docs" / "examples"


# spaCy ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A blank English pipeline with an entity ruler and heads by rule, saved to disk."""
    import spacy

    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "GPE", "pattern": "Westhaven", "id": "Q1"},
            {"label": "PER", "pattern": "Ada Brook"},
            {"label": "DATE", "pattern": "Monday"},
            {"label": "JUNK", "pattern": "harbour"},
        ]
    )
    path = tmp_path_factory.mktemp("spacy") / "pipeline"
    nlp.to_disk(path)
    return path


def test_a_spacy_pipeline_gives_mentions_and_times(pipeline: Path, tmp_path: Path) -> None:
    labels = {"PER": "PERSON", "JUNK": None}
    output = tmp_path / "p.jsonl"
    done = run(f"spacy:{pipeline}", output, GOLD, settings={"labels": labels}, workers=2)
    assert not list(done.incidents)
    head, *records = [json.loads(line) for line in output.read_text().splitlines()]
    assert head["system"]["layers"] == ["entities", "times"]
    assert head["system"]["settings"]["components"] == ["entity_ruler"]
    assert done.record["packages"]["spacy"]
    text = (GOLD / "articles" / "n1.txt").read_text()
    assert [(text[m["start"] : m["end"]], m["type"]) for m in records[0]["entities"]] == [
        ("Westhaven", "GPE"), ("Ada Brook", "PERSON"),
    ]  # fmt: skip
    assert [text[t["start"] : t["end"]] for t in records[0]["times"]] == ["Monday"]  # behind an emoji and curly quotes


def test_spacy_without_times_or_pipeline(pipeline: Path) -> None:
    system = systems.get(f"spacy:{pipeline}", times=[], labels={"DATE": "EVENT"})
    (record,) = system([Article("d", "Monday")])
    assert record == {"doc_id": "d", "entities": [{"start": 0, "end": 6, "type": "EVENT"}]}
    with pytest.raises(UsageError, match="cannot be loaded"):
        systems.get("spacy:/no/such/pipeline")


def test_heads_and_ids_of_a_pipeline_that_has_them() -> None:
    from spacy.tokens import Doc, Span
    from spacy.vocab import Vocab

    from goldwire.systems.spacy_pipelines import _span

    doc = Doc(Vocab(), words=["Mayor", "Ada", "Brook"], heads=[2, 2, 2], deps=["compound", "compound", "ROOT"])
    start, end, label, more = _span(Span(doc, 0, 3, "PERSON", kb_id="Q7"), parsed=True)
    assert (start, end, label) == (0, 15, "PERSON")
    assert more == {"kb_id": "Q7", "head": [10, 15]}


@pytest.mark.parametrize(
    ("address", "package"),
    [("spacy:x", "spacy"), ("hf:x", "torch"), ("gliner:x", "gliner"), ("inspect:x", "inspect_ai")],
)
def test_a_missing_package_is_named(address: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    if package == "inspect_ai":
        monkeypatch.setitem(sys.modules, "inspect_ai.model", None)
    with pytest.raises(MissingExtra, match=rf"needs the package '{package}.*pip install 'goldwire\["):
        systems.get(address)


def test_labels_are_translated_left_out_or_times() -> None:
    spans = [(0, 2, "PER", {"score": 1.0}), (3, 5, "MISC", {}), (6, 9, "DATE", {})]
    assert tagged("d", spans, {"PER": "PERSON", "MISC": None}, ("DATE",)) == {
        "doc_id": "d",
        "entities": [{"start": 0, "end": 2, "type": "PERSON", "score": 1.0}],
        "times": [{"start": 6, "end": 9, "type": "DATE"}],
    }


# windows ----------------------------------------------------------------------------------------------------------------


def test_windows_end_with_sentences_then_words_then_units() -> None:
    text = "One two. Three four five."
    starts = [match.start() for match in re.finditer(r"\w+", text)]
    assert [text[a:b] for a, b in windows(text, starts, 3)] == ["One two. ", "Three four five."]
    assert [text[a:b] for a, b in windows(text, starts, 2)] == ["One two. ", "Three four ", "five."]
    assert list(windows("abcdef", range(6), 4)) == [(0, 4), (4, 6)]


@given(st.text("ab. \n", max_size=40), st.integers(1, 6))
def test_windows_cover_every_unit_once_and_hold_no_more_than_they_may(text: str, most: int) -> None:
    starts = [match.start() for match in re.finditer(r"\w", text)]
    found = list(windows(text, starts, most))
    assert all(a < b for a, b in found)
    assert all(found[i][1] == found[i + 1][0] for i in range(len(found) - 1))
    assert [sum(a <= start < b for a, b in found) for start in starts] == [1] * len(starts)
    assert all(sum(a <= start < b for start in starts) <= most for a, b in found)


# prompts and answers ------------------------------------------------------------------------------------------------------


def test_prompts_hold_the_article_its_date_and_the_inventory() -> None:
    article = Article("d", "The text.", "2021-10-20")
    asked = prompting.prompt("entities", article)
    assert "<<<\nThe text.\n>>>" in asked
    assert "Published: 2021-10-20" in asked
    assert "- GPE: Countries" in asked
    assert "- GPE" not in prompting.prompt("entities", article, ["ORG"])
    events = prompting.prompt("events", article, ["Meet"])
    assert "- Meet: " in events
    assert "Roles: Host, Participant, Place, Time, Topic" in events
    assert "- Attack" not in events


@pytest.mark.parametrize(
    "answer", ['{"entities": []}', 'Sure:\n```json\n{"entities": []}\n```\nDone.', 'Here: {"entities": []} as asked.']
)
def test_json_is_found_in_an_answer(answer: str) -> None:
    assert prompting.parsed(answer) == {"entities": []}


@pytest.mark.parametrize("answer", ["", "No.", "{'entities': []}", '{"a": NaN}', "```json\n[]\n```", '{"entities": ['])
def test_an_answer_without_json_is_a_failure(answer: str) -> None:
    with pytest.raises(SystemFailure, match="the model answered with"):
        prompting.parsed(answer)


def test_odd_items_are_counted_and_unknown_labels_kept_as_none() -> None:
    items = [
        {"text": "Moscow", "type": "GPE", "entity": "m"},
        {"text": "Foo", "type": "CITY", "entity": 7},
        {"text": " "},
        "x",
    ]
    record, odd = prompting.read_document("entities", "d", {"entities": items})
    assert record["entities"] == [{"text": "Moscow", "type": "GPE", "entity_id": "m"}, {"text": "Foo", "type": None}]
    assert odd == {"malformed": 2, "unknown_labels": 1}
    with pytest.raises(SystemFailure, match="no list 'events'"):
        prompting.read_document("events", "d", {"entities": []})


@pytest.mark.parametrize("shared", [None, "0.5", True, -1, 1.5, [0.5]])
def test_a_pair_needs_a_number(shared: Any) -> None:
    assert prompting.read_pair("a", "b", {"shared": 0.5}) == {"a": "a", "b": "b", "score": 0.5}
    with pytest.raises(SystemFailure, match="no number 'shared'"):
        prompting.read_pair("a", "b", {"shared": shared})


def test_predictions_without_a_type_or_role_are_false_positives(jsonl: Any) -> None:
    """An unknown label is no reason to forget the item: it counts in every denominator."""
    event = {"text": "reopened", "type": None, "arguments": [{"role": None, "text": "Westhaven"}]}
    meet = {"text": "meet", "type": "Meet", "arguments": [{"role": None, "text": "She"}]}
    result = goldwire.score(jsonl([{"doc_id": "n1", "events": [event, meet]}]), GOLD, tasks=["events"])
    assert result.values["events.tri_c.precision"].denominator == 2
    assert result.values["events.arg_c.precision"].denominator == 2
    assert result["events.arg_c.precision"] == 0


def test_a_part_of_a_corpus_scores_as_those_documents_do(harbour: goldwire.Corpus, jsonl: Any) -> None:
    part = part_of(harbour, ["n3", "n1"])
    assert part.doc_ids == ("n1", "n3")
    path = jsonl([{"doc_id": "n1", "entities": [{"text": "Westhaven", "type": "GPE"}]}])
    whole, some = goldwire.score(path, harbour), goldwire.score(path, part)
    assert some["entities.strict.precision"] == whole["entities.strict.precision"]
    assert set(some.counts["entities"].units) == {"n1", "n3"}


# plug-ins -----------------------------------------------------------------------------------------------------------------


def test_the_example_package_is_installed_and_run(cli: Callable[..., Any], tmp_path: Path) -> None:
    source = shutil.copytree(EXAMPLES / "plugin", tmp_path / "plugin")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run(
        [*command, "--target", tmp_path / "site", source], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    env = {"PYTHONPATH": os.pathsep.join([str(ROOT / "eval"), str(tmp_path / "site")])}
    listed = cli("list", "systems", env=env).stdout
    assert "entities: acronyms with their long forms" in listed
    assert "(goldwire-example 0.1.0)" in listed
    tried = cli("mock-run", "acronyms", env=env)
    assert tried.returncode == 0
    assert "fit to be run and scored" in tried.stdout
    ran = cli("run", "acronyms", "-s", "least=3", "-o", "a.jsonl", "--workers", "2", env=env)
    assert ran.returncode == 0, ran.stderr
    head, *records = [json.loads(line) for line in (tmp_path / "work" / "a.jsonl").read_text().splitlines()]
    assert head["system"] == {
        "name": "acronyms", "version": "1", "layers": ["entities"], "settings": {"least": 3},
    }  # fmt: skip
    assert sum(len(record["entities"]) for record in records) > 3
    assert "span-lines" in cli("list", "formats", env=env).stdout
    told = cli("convert", "a.jsonl", "a.tsv", "--to", "span-lines", env=env)
    assert told.returncode == 0, told.stderr
    assert "entity_id" in told.stderr  # what the format cannot hold is listed
    back = cli("convert", "a.tsv", "b.jsonl", "--from", "span-lines", env=env)
    assert back.returncode == 0, back.stderr
    again = cli("score", "b.jsonl", "--task", "entities", "-f", "csv", env=env).stdout.splitlines()
    once = cli("score", "a.jsonl", "--task", "entities", "-f", "csv", env=env).stdout.splitlines()
    assert [line.split(",")[2:] for line in again] == [line.split(",")[2:] for line in once]
    wrong = cli("run", "acronyms", "-s", "least=many", env=env)
    assert wrong.returncode == 2
    assert "'least' takes a value like 2" in wrong.stderr


# documentation --------------------------------------------------------------------------------------------------------------

PAGE = (ROOT / "docs" / "writing-a-system.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("goldwire ")
]
NEEDS_INSPECT = "inspect:mockllm"


@pytest.fixture(scope="module")
def served() -> Iterator[int]:
    """The example server, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, EXAMPLES / "systems" / "server.py", str(port)], stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield port
    process.kill()
    process.wait()


def test_the_page_has_commands() -> None:
    assert len(COMMANDS) >= 9


def test_every_command_of_the_page_runs(
    served: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In order, in the folder of the examples, as a reader would; the model's answers are put in where inspect_ai is not."""
    work = tmp_path / "examples" / "systems"
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    as_if = [json.loads(line) for line in (EXAMPLES / "llm" / "answers.jsonl").read_text().splitlines()]
    records = [
        prompting.read_document("entities", entry["doc_id"], prompting.parsed(entry["completion"]))[0]
        for entry in as_if
    ]
    (work / "llm.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    monkeypatch.chdir(work)
    monkeypatch.setattr(sys, "path", list(sys.path))
    shown = {}
    for command in COMMANDS:
        if NEEDS_INSPECT in command:  # run by `make test-models`
            continue
        words = shlex.split(command.replace("8765", str(served)).replace("python3", sys.executable))
        code = main(words[1:])
        shown[command] = "".join(capsys.readouterr())
        assert code == 0, (command, shown[command])
    assert (work / "tagger.run.json").exists()
    assert json.loads((work / "server.run.json").read_text())["usage"] == {"cost": pytest.approx(0.005)}
    result = goldwire.score(work / "llm.jsonl", tasks=["entities", "grounding"])
    grounding = result.counts["grounding"].totals()
    printed = re.search(
        r"(\d+) string\(s\): (\d+) exact, (\d+) normalised, (\d+) ambiguous, (\d+) duplicate, (\d+) ungr", PAGE
    )
    assert printed
    names = ("strings", "exact", "normalised", "ambiguous", "duplicate", "ungrounded")
    assert [int(number) for number in printed.groups()] == [grounding[name] for name in names]
    assert f"{100 * result['grounding.text.f1']:.1f} F1 on strings and types alone" in PAGE
    assert f"{100 * result['entities.strict.f1']:.1f} with their places" in PAGE
    explained = shown["goldwire explain llm.jsonl entities.strict.f1 --class ungrounded"]
    assert "[Sergey Lavrov] has no place left in the text" in explained
