"""Running systems: functions, programs and servers; resuming, repeating, workers; failures that leave the others."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import goldwire
from conftest import ROOT, TESTS
from goldwire import systems
from goldwire.cli.common import bar_of
from goldwire.cli.main import main
from goldwire.errors import ReadError, SystemFailure, TransientFailure, UsageError
from goldwire.running import run, try_out
from goldwire.schemas import errors_of
from goldwire.systems import Article, System, per_document

GOLD = TESTS / "corpus"
DOCS = ["n1", "n2", "n3"]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def record_of(path: Path) -> dict[str, Any]:
    """The record of a run, valid by its schema."""
    record = json.loads(path.with_name(f"{path.stem}.run.json").read_text(encoding="utf-8"))
    assert list(errors_of("run", record)) == []
    return record


def as_system(function: Callable[..., Any], **about: Any) -> System:
    """A function as a system, as ``module:function`` makes it."""
    from goldwire.systems.functions import Function

    known = {"name": "mine", "version": "1", "per_document": getattr(function, "per_document", False)}
    return Function(function, **{**known, **about})


@per_document
def first_word(article: Article) -> dict[str, Any]:
    """The first word is an organisation."""
    return {"entities": [{"text": article.text.split()[0], "type": "ORG"}], "usage": {"input_tokens": 3, "cost": 0.5}}


# what a run leaves ------------------------------------------------------------------------------------------------------


def test_a_run_writes_header_records_and_a_record_of_itself(tmp_path: Path) -> None:
    output = tmp_path / "out" / "preds.jsonl"
    done = run(as_system(first_word), output, GOLD)
    head, *records = lines(output)
    assert head["system"] == {"name": "mine", "version": "1", "layers": [], "settings": {}}
    assert head["gold_digest"] == goldwire.load_corpus(GOLD).digest
    assert [record["doc_id"] for record in records] == DOCS
    assert all("usage" not in record for record in records)
    record = record_of(output)
    assert record == done.record
    assert record["documents"] == {"done": 3, "resumed": 0, "failed": 0}
    assert record["usage"] == {"input_tokens": 9, "cost": 1.5}
    assert [entry["doc_id"] for entry in record["per_document"]] == DOCS
    # "Ferry" in n1 and "Westhaven" in n2 stand there once and three times; the latter is a guess.
    assert sum(record["checked"]["grounding"].values()) == 3
    assert sorted(path.name for path in output.parent.iterdir()) == ["preds.jsonl", "preds.run.json"]


def test_documents_without_findings_are_named_and_pairs_kept(tmp_path: Path) -> None:
    def pairs(articles: list[Article]) -> Iterator[dict[str, Any]]:
        yield {"a": articles[0].doc_id, "b": articles[1].doc_id, "score": 0.5, "usage": {"prompt_tokens": 7}}

    output = tmp_path / "preds.jsonl"
    assert run(as_system(pairs, layers=("duplicates",)), output, GOLD).records == 4
    assert lines(output)[1:] == [{"doc_id": doc_id} for doc_id in DOCS] + [{"a": "n1", "b": "n2", "score": 0.5}]
    assert record_of(output)["usage"] == {"input_tokens": 7}
    assert record_of(output)["latency"] is None


def test_articles_come_with_their_text_and_stated_date(tmp_path: Path) -> None:
    seen: dict[str, Article] = {}
    run(as_system(per_document(lambda article: seen.update({article.doc_id: article}))), tmp_path / "p.jsonl", GOLD)
    stated = {path.stem: json.loads(path.read_text())["published"] for path in (GOLD / "articles").glob("*.json")}
    assert {doc_id: article.published for doc_id, article in seen.items()} == stated
    assert all(article.text == (GOLD / "articles" / f"{doc_id}.txt").read_text() for doc_id, article in seen.items())


def test_limit_takes_the_first_articles(tmp_path: Path) -> None:
    output = tmp_path / "preds.jsonl"
    run(as_system(first_word), output, GOLD, limit=2)
    assert [record["doc_id"] for record in lines(output)[1:]] == DOCS[:2]


# failures ---------------------------------------------------------------------------------------------------------------


def failing(on: str, error: Exception) -> Callable[[Article], dict[str, Any]]:
    @per_document
    def system(article: Article) -> dict[str, Any]:
        if article.doc_id == on:
            raise error
        return {"entities": []}

    return system


@pytest.mark.parametrize("workers", [1, 3])
def test_a_failure_on_one_article_leaves_the_others(tmp_path: Path, workers: int) -> None:
    output = tmp_path / "preds.jsonl"
    done = run(as_system(failing("n2", ZeroDivisionError("oh"))), output, GOLD, workers=workers)
    (incident,) = done.incidents
    assert (incident.rule, incident.item) == ("system-failure", "n2")
    assert incident.found.startswith("ZeroDivisionError: oh (test_running.py:")
    assert [record["doc_id"] for record in lines(output)[1:]] == ["n1", "n3"]
    assert record_of(output)["failures"][0]["doc_id"] == "n2"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"doc_id": "n9"}, "gave a record of the document 'n9'; it was asked about n1"),
        ([{"entities": []}, {"events": []}], "gave more than one record"),
        ("text", "where a record was expected"),
        ({"entities": [{"score": float("nan")}]}, "gave a record that is no JSON"),
        ({"entities": {1, 2}}, "gave a record that is no JSON"),
        ({"doc_id": "n1", "text": "\ud800"}, "gave a record that is no JSON"),
    ],
)
def test_an_answer_that_is_no_record_of_the_article_is_a_failure(tmp_path: Path, answer: Any, told: str) -> None:
    class Odd:
        name, version, layers, settings, per_document = "odd", "1", (), {}, True

        def __call__(self, articles: list[Article]) -> Any:
            answers = answer if isinstance(answer, list) else [answer]
            return [{"doc_id": articles[0].doc_id, **a} if isinstance(a, dict) else a for a in answers]

    done = run(Odd(), tmp_path / "preds.jsonl", GOLD, limit=1)
    (incident,) = done.incidents
    assert told in incident.found


def test_failures_that_may_pass_are_tried_again_with_growing_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("goldwire.running.workers.time.sleep", pauses.append)
    left = {"n1": [None, 7.0, None], "n2": [None] * 9}

    @per_document
    def busy(article: Article) -> dict[str, Any]:
        if left.get(article.doc_id):
            raise TransientFailure("busy", left[article.doc_id].pop(0))
        return {"entities": []}

    output = tmp_path / "preds.jsonl"
    done = run(as_system(busy), output, GOLD, retries=3, pause=1)
    assert pauses == [1, 7.0, 4, 1, 2, 4]  # n1: the server asked for 7 s; n2 failed for good
    assert [(entry["doc_id"], entry["attempts"]) for entry in done.record["per_document"]] == [("n1", 4), ("n3", 1)]
    assert done.record["failures"] == [{"doc_id": "n2", "error": "busy", "attempts": 4}]


def test_articles_that_fail_together_are_asked_about_one_by_one(tmp_path: Path) -> None:
    asked: list[int] = []

    class Batches:
        name, version, layers, settings, per_document = "batches", "1", (), {}, True

        def __call__(self, articles: list[Article]) -> Iterator[dict[str, Any]]:
            asked.append(len(articles))
            for article in articles:
                if article.doc_id == "n2":
                    raise ValueError("n2")
                yield {"doc_id": article.doc_id, "entities": []}

    done = run(Batches(), tmp_path / "preds.jsonl", GOLD, batch=3)
    assert asked == [3, 1, 1, 1]
    assert [incident.item for incident in done.incidents] == ["n2"]


def test_a_system_that_always_fails_is_given_up(tmp_path: Path) -> None:
    records = [{"doc_id": f"d{i:02}", "text": f"Text {i}.", "entities": []} for i in range(30)]
    gold = tmp_path / "gold.jsonl"
    gold.write_text("".join(json.dumps(record) + "\n" for record in records))
    calls: list[str] = []

    @per_document
    def dead(article: Article) -> None:
        calls.append(article.doc_id)
        raise OSError("no such server")

    done = run(as_system(dead), tmp_path / "preds.jsonl", gold)
    assert len(calls) == 10
    assert done.record["documents"]["failed"] == 30
    assert done.record["failures"][-1]["error"] == "not tried, because the 10 before it had failed"


def test_a_corpus_system_that_fails_writes_nothing(tmp_path: Path) -> None:
    def broken(articles: list[Article]) -> Iterator[dict[str, Any]]:
        yield {"a": articles[0].doc_id, "b": articles[1].doc_id}
        raise KeyError("gone")

    output = tmp_path / "preds.jsonl"
    with pytest.raises(SystemFailure, match=r"mine failed: KeyError: 'gone' \(test_running.py:\d+\)"):
        run(as_system(broken), output, GOLD)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError, match="takes all articles at once"):
        run(as_system(broken), output, GOLD, workers=2)


def test_records_that_cannot_be_scored_are_incidents_of_the_run(tmp_path: Path) -> None:
    wrong = per_document(lambda _: {"entities": [{"text": "Westhaven", "type": "CITY"}]})
    done = run(as_system(wrong), tmp_path / "preds.jsonl", GOLD)
    assert {incident.rule for incident in done.incidents} == {"unknown-type"}
    assert done.record["checked"]["wrong"] == 3


def test_a_layer_there_is_not_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="looks for 'ner'; layers are entities, events"):
        run(as_system(first_word, layers=("ner",)), tmp_path / "p.jsonl", GOLD)


def test_what_runs_in_this_process_cannot_be_held_to_a_time(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exec:COMMAND can"):
        run(as_system(first_word), tmp_path / "preds.jsonl", GOLD, timeout=1)


# resuming ---------------------------------------------------------------------------------------------------------------


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    output = tmp_path / "preds.jsonl"
    asked: list[str] = []
    interrupt = [True]

    @per_document
    def system(article: Article) -> dict[str, Any]:
        asked.append(article.doc_id)
        if article.doc_id == "n3" and interrupt.pop():
            raise KeyboardInterrupt
        return {"entities": [{"text": article.text.split()[0], "type": "ORG"}], "usage": {"cost": 1}}

    with pytest.raises(KeyboardInterrupt):
        run(as_system(system), output, GOLD)
    assert [path.name for path in tmp_path.iterdir()] == ["preds.jsonl.journal"]
    with (tmp_path / "preds.jsonl.journal").open("ab") as journal:
        journal.write(b'{"doc_id": "n3", "rec')  # killed in mid-write
    interrupt.append(False)
    done = run(as_system(system), output, GOLD)
    assert asked == ["n1", "n2", "n3", "n3"]
    assert done.record["documents"] == {"done": 3, "resumed": 2, "failed": 0}
    assert done.record["usage"] == {"cost": 3}
    assert [record["doc_id"] for record in lines(output)[1:]] == DOCS
    assert not (tmp_path / "preds.jsonl.journal").exists()


def test_only_what_failed_is_run_again(tmp_path: Path) -> None:
    output = tmp_path / "preds.jsonl"
    run(as_system(failing("n2", ValueError())), output, GOLD)
    asked: list[str] = []
    done = run(as_system(per_document(lambda article: asked.append(article.doc_id))), output, GOLD)
    assert asked == ["n2"]
    assert not list(done.incidents)


@pytest.mark.parametrize("changed", ["version", "settings", "gold"])
def test_another_system_or_gold_does_not_go_on_with_it(tmp_path: Path, changed: str) -> None:
    output = tmp_path / "preds.jsonl"
    run(as_system(failing("n2", ValueError())), output, GOLD)
    about = {"version": {"version": "2"}, "settings": {"settings": {"k": 1}}, "gold": {}}[changed]
    gold = None if changed == "gold" else GOLD
    with pytest.raises(UsageError, match=rf"unfinished run of something else \({changed}: .*--fresh starts over"):
        run(as_system(first_word, **about), output, gold)
    assert run(as_system(first_word, **about), output, gold, fresh=True).record["documents"]["resumed"] == 0


def test_two_runs_do_not_share_an_output(tmp_path: Path) -> None:
    output = tmp_path / "preds.jsonl"

    @per_document
    def meddling(article: Article) -> dict[str, Any]:
        with pytest.raises(UsageError, match="another run is writing to the same output"):
            run(as_system(first_word, name="meddling"), output, GOLD)
        return {"doc_id": article.doc_id}

    assert not list(run(as_system(meddling, name="meddling"), output, GOLD).incidents)


def test_a_file_that_is_no_journal_is_not_written_over(tmp_path: Path) -> None:
    journal = tmp_path / "preds.jsonl.journal"
    journal.write_text("my notes\n")
    with pytest.raises(UsageError, match="is no journal of a run"):
        run(as_system(first_word), tmp_path / "preds.jsonl", GOLD)
    assert journal.read_text() == "my notes\n"
    journal.unlink()
    journal.mkdir()
    with pytest.raises(ReadError, match="journal of the run cannot be used"):
        run(as_system(first_word), tmp_path / "preds.jsonl", GOLD)


def test_a_killed_run_is_resumed_by_the_same_command(tmp_path: Path) -> None:
    """kill -9 while the second article is being worked on; the third run finishes without asking about the first."""
    (tmp_path / "slow.py").write_text(
        "import json, pathlib, sys, time\n"
        "for line in sys.stdin:\n"
        "    article = json.loads(line)\n"
        "    with open('asked', 'a') as log: log.write(article['doc_id'] + '\\n')\n"
        "    while article['doc_id'] == 'n2' and not pathlib.Path('go').exists(): time.sleep(0.05)\n"
        "    print(json.dumps({'entities': []}))\n"
    )
    command = [
        sys.executable,
        "-m",
        "goldwire",
        "run",
        f"exec:{sys.executable} slow.py",
        "-o",
        "p.jsonl",
        "--gold",
        GOLD,
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "eval")}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (tmp_path / "asked").exists() or "n2" not in (tmp_path / "asked").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "p.jsonl").exists()
    (tmp_path / "go").touch()
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "1 article(s) from before" in done.stderr
    assert (tmp_path / "asked").read_text().split() == ["n1", "n2", "n2", "n3"]
    assert [record["doc_id"] for record in lines(tmp_path / "p.jsonl")[1:]] == DOCS


# programs ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], str]:
    """Write a Python program and return its address."""

    def write(source: str) -> str:
        path = tmp_path / "tagger.py"
        path.write_text("import json, os, sys, time\n" + source)
        return f"exec:{sys.executable} {path}"

    return write


def test_a_program_answers_each_article_by_a_line(program: Callable[[str], str], tmp_path: Path) -> None:
    address = program(
        "print(json.dumps({'goldwire': 1, 'system': {'name': 'tagger', 'version': '7', 'layers': ['entities']}}))\n"
        "for line in sys.stdin:\n"
        "    a = json.loads(line)\n"
        "    word = a['text'].split()[0]\n"
        "    print(json.dumps({'entities': [{'start': 0, 'end': len(word), 'text': word, 'type': 'FAC'}],\n"
        "                      'usage': {'pid': os.getpid()}}))\n"
    )
    one, many = tmp_path / "one.jsonl", tmp_path / "many.jsonl"
    done = run(address, one, GOLD)
    assert not list(done.incidents)
    assert lines(one)[0]["system"]["name"] == "tagger"
    assert lines(one)[0]["system"]["version"] == "7"
    pids = {entry["usage"]["pid"] for entry in done.record["per_document"]}
    assert len(pids) == 1  # one process for all
    run(address, many, GOLD, workers=3)
    assert lines(many) == lines(one)  # the order of the output does not depend on the workers


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "for line in sys.stdin: sys.exit('no model here')",
            "ended with status 1 without an answer; it said: no model here",
        ),
        ("for line in sys.stdin: print('{oops')", "wrote a line that is no JSON: '{oops'"),
        ("for line in sys.stdin: print('7')", "answered 7 where a record"),
        ("for line in sys.stdin: print(json.dumps({'error': 'too long'}))", "the program reported: too long"),
        ("sys.stdin.read()", "no answer within 0.5 s"),
        ("for line in sys.stdin: os.kill(os.getpid(), 9)", "was killed by signal 9"),
    ],
)
def test_what_a_program_does_wrong_is_said(
    program: Callable[[str], str], tmp_path: Path, source: str, told: str
) -> None:
    timeout = 0.5 if "within" in told else 30
    done = run(program(source), tmp_path / "p.jsonl", GOLD, limit=1, timeout=timeout, retries=0)
    (incident,) = done.incidents
    assert told in incident.found


def test_a_program_that_dies_is_started_again(program: Callable[[str], str], tmp_path: Path) -> None:
    address = program(
        "for line in sys.stdin:\n"
        "    a = json.loads(line)\n"
        "    if a['doc_id'] == 'n2' and not os.path.exists('died'): open('died', 'w'); os._exit(3)\n"
        "    print('{\"entities\": []}')\n"
    )
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        done = run(address, tmp_path / "p.jsonl", GOLD, pause=0)
    finally:
        os.chdir(here)
    assert [(entry["doc_id"], entry["attempts"]) for entry in done.record["per_document"]] == [
        ("n1", 1), ("n2", 2), ("n3", 1),
    ]  # fmt: skip


def test_a_program_may_take_all_articles_at_once(program: Callable[[str], str], tmp_path: Path) -> None:
    address = program(
        "docs = [json.loads(line)['doc_id'] for line in sys.stdin]\n"
        "for a in docs:\n"
        "    for b in docs:\n"
        "        if a < b: print(json.dumps({'a': a, 'b': b, 'score': 1}))\n"
    )
    output = tmp_path / "p.jsonl"
    done = run(address, output, GOLD, settings={"mode": "corpus", "layers": ["duplicates"]})
    assert done.record["checked"]["items"] == {"duplicates": 3}
    with pytest.raises(SystemFailure, match="ended with status 2; it said: half way"):
        run(
            program("sys.stdin.read(); print('{\"a\": \"n1\", \"b\": \"n2\"}'); print('half way', file=sys.stderr); sys.exit(2)"),
            output, GOLD, settings={"mode": "corpus"}, fresh=True,
        )  # fmt: skip


def test_a_program_need_not_know_python(tmp_path: Path) -> None:
    done = run(
        """exec:sed -u 's/.*/{"entities": [{"text": "Westhaven", "type": "GPE"}]}/'""", tmp_path / "p.jsonl", GOLD
    )
    assert done.record["checked"]["items"] == {"entities": 3}
    assert done.record["system"]["name"] == "sed"


def test_there_is_no_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    echo = "import sys, json\nfor _ in sys.stdin: print(json.dumps({'error': sys.argv[1:]}))"
    (tmp_path / "echo.py").write_text(echo)
    done = run(f"exec:{sys.executable} echo.py '$HOME *' ; touch hacked", tmp_path / "p.jsonl", GOLD, limit=1)
    assert "['$HOME *', ';', 'touch', 'hacked']" in next(iter(done.incidents)).found
    assert not (tmp_path / "hacked").exists()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("exec:no-such-program-here", "there is no program 'no-such-program-here'"),
        ("exec:cat 'open", "No closing quotation"),
        ("exec:", "something has to stand behind the colon"),
        ("http:///path", "the host is missing"),
        ("http://me:secret@host/", "token_env"),
        ("nowhere_module:thing", "no module 'nowhere_module'"),
        ("spacx:en", "no module 'spacx'.*; did you mean spacy:"),
        ("json:dmups", "did you mean 'dumps'"),
        ("json:decoder", "cannot be called"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_usage_error(address: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as raised:
        systems.get(address)
    assert "secret" not in str(raised.value)


def test_settings_of_addresses_are_checked() -> None:
    with pytest.raises(UsageError, match="document or corpus, not 'all'"):
        systems.get("exec:cat", mode="all")
    with pytest.raises(UsageError, match=r"'timeout' takes a value like 60\.0"):
        systems.get("exec:cat", timeout="long")
    with pytest.raises(UsageError, match="'NO_SUCH_VARIABLE' is not set"):
        systems.get("http://host/", token_env="NO_SUCH_VARIABLE")  # noqa: S106


# servers ----------------------------------------------------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    """Answers as the test's ``reply(path, body, headers)`` says: status, headers, body."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, headers, answer = self.server.reply(self.path, body, self.headers)  # type: ignore[attr-defined]
        if status == 0:  # hang up
            self.connection.close()
            return
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


@pytest.fixture
def server() -> Iterator[Callable[[Callable[..., Any]], str]]:
    """Start a real server in a thread and return its address."""
    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def serve(reply: Callable[..., Any]) -> str:
        web.reply = reply  # type: ignore[attr-defined]
        return f"http://127.0.0.1:{web.server_port}/tag?key=hidden"

    yield serve
    web.shutdown()
    web.server_close()


def tagged(article: dict[str, Any]) -> dict[str, Any]:
    return {"doc_id": article["doc_id"], "entities": [{"text": article["text"].split()[0], "type": "ORG"}]}


def test_a_server_is_asked_about_one_article_or_several(server: Any, tmp_path: Path, monkeypatch: Any) -> None:
    seen: list[Any] = []

    def reply(path: str, body: Any, headers: Any) -> Any:
        seen.append((path, headers["Authorization"], len(body) if isinstance(body, list) else "one"))
        return 200, {}, {"records": [tagged(a) for a in body]} if isinstance(body, list) else tagged(body)

    monkeypatch.setenv("MY_TOKEN", "s3cret")
    address = server(reply)
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    assert not list(run(address, one, GOLD, settings={"token_env": "MY_TOKEN"}).incidents)
    run(address, two, GOLD, batch=2, workers=2)
    assert [record["entities"] for record in lines(one)[1:]] == [record["entities"] for record in lines(two)[1:]]
    assert seen[0] == ("/tag?key=hidden", "Bearer s3cret", "one")
    assert sorted(str(n) for _, _, n in seen) == ["2", "one", "one", "one", "one"]
    assert "s3cret" not in one.read_text() + json.dumps(record_of(one))
    assert "hidden" not in one.read_text() + json.dumps(record_of(one))


def test_a_server_may_take_the_whole_corpus(server: Any, tmp_path: Path) -> None:
    address = server(lambda _path, body, _headers: (200, {}, [{"a": body[0]["doc_id"], "b": body[1]["doc_id"]}]))
    done = run(address, tmp_path / "p.jsonl", GOLD, settings={"mode": "corpus"})
    assert done.record["checked"]["items"] == {"duplicates": 1}


def test_a_busy_server_is_asked_again(server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("goldwire.running.workers.time.sleep", pauses.append)
    replies = [(429, {"Retry-After": "3"}, {}), (503, {}, b"later"), (0, {}, b""), (200, {}, {"entities": []})]
    done = run(server(lambda *_: replies.pop(0)), tmp_path / "p.jsonl", GOLD, limit=1, retries=3, pause=0.1)
    assert not list(done.incidents)
    assert pauses == [3, 0.2, 0.4]
    assert done.record["per_document"][0]["attempts"] == 4


@pytest.mark.parametrize(
    ("status", "headers", "answer", "told"),
    [
        (404, {}, b"no such model", "status 404 Not Found: no such model"),
        (301, {"Location": "https://elsewhere/"}, b"", "moved to https://elsewhere/"),
        (200, {}, b"<html>", "what is no JSON: '<html>'"),
        (200, {}, [1], "the server answered 1 where a record"),
        (200, {}, {"error": "overlong"}, "the server reported: overlong"),
        (500, {}, b"Traceback", "status 500 Internal Server Error: Traceback"),
    ],
)
def test_what_a_server_does_wrong_is_said(
    server: Any, tmp_path: Path, status: int, headers: dict[str, str], answer: Any, told: str
) -> None:
    done = run(server(lambda *_: (status, headers, answer)), tmp_path / "p.jsonl", GOLD, limit=1, retries=0)
    (incident,) = done.incidents
    assert told in incident.found


def test_a_server_that_is_slow_or_absent_is_given_up(server: Any, tmp_path: Path) -> None:
    slow = server(lambda *_: (time.sleep(1), (200, {}, {}))[1])
    done = run(slow, tmp_path / "p.jsonl", GOLD, limit=1, retries=0, timeout=0.2)
    assert next(iter(done.incidents)).found == "no answer within 0.2 s"
    gone = run("http://127.0.0.1:9/", tmp_path / "q.jsonl", GOLD, limit=1, retries=0)
    assert next(iter(gone.incidents)).found.startswith("the connection failed: ")


# one's own code -----------------------------------------------------------------------------------------------------------

OWN = """
from goldwire.systems import per_document

@per_document
def tag(article, kind="ORG"):
    return {"entities": [{"text": article.text.split()[0], "type": kind}]}

def pairs(articles):
    yield {"a": articles[0].doc_id, "b": articles[1].doc_id}
pairs.layers = "duplicates"

class Tagger:
    name, version, layers, per_document = "tagger", "3", ("entities",), True
    def __init__(self, kind="ORG"):
        self.settings = {"kind": kind}
    def __call__(self, articles):
        for article in articles:
            yield {"doc_id": article.doc_id, "entities": [{"text": article.text.split()[0], "type": self.settings["kind"]}]}
"""


def test_code_of_the_current_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own_systems.py").write_text(OWN)
    (tmp_path / "broken_systems.py").write_text("import nothing_like_this\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    rest = ["--gold", str(GOLD), "-o", "p.jsonl"]
    for name, extra in (("tag", []), ("tag", ["-s", "kind=GPE"]), ("Tagger", ["-s", "kind=GPE"]), ("pairs", [])):
        assert main(["run", f"own_systems:{name}", *rest, *extra]) == 0
    assert lines(tmp_path / "p.jsonl")[0]["system"]["layers"] == ["duplicates"]
    assert lines(tmp_path / "p.jsonl")[0]["system"]["version"].startswith("file ")
    assert main(["run", "own_systems:tag", *rest, "-s", "knd=GPE"]) == 2
    assert "'knd'" in capsys.readouterr().err
    assert main(["run", "broken_systems:tag", *rest]) == 2
    assert "cannot be imported: No module named 'nothing_like_this'" in capsys.readouterr().err


def test_a_changed_program_is_another_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine_one.py").write_text(OWN)
    (tmp_path / "mine_two.py").write_text(OWN + "\n# changed\n")
    assert systems.get("mine_one:tag").version != systems.get("mine_two:tag").version


# trying -------------------------------------------------------------------------------------------------------------------


def test_a_trial_says_what_to_fix() -> None:
    @per_document
    def mixed(article: Article) -> dict[str, Any]:
        if article.doc_id == "n3":
            raise ValueError("n3 is hard")
        return {
            "entities": [{"start": 0, "end": 4, "text": "Nope", "type": "ORG"}, {"text": "Atlantis", "type": "GPE"}]
        }

    trial = try_out(as_system(mixed), GOLD)
    assert not trial.fit
    assert {incident.rule for incident in trial.incidents} == {"system-failure", "text-mismatch"}
    told = " ".join(trial.advice)
    assert "offset_unit" in told
    assert "2 string(s) do not stand in their article" in told
    assert try_out("capitals", GOLD).fit
    assert try_out("capitals", GOLD).advice == []


def test_the_command_tries_a_system_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["mock-run", "capitals"]) == 0
    assert "fit to be run and scored" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert (
        main(["mock-run", "exec:cat", "--gold", str(GOLD), "-f", "json"]) == 0
    )  # an article is a record that finds nothing
    assert "nothing was found in any article" in json.loads(capsys.readouterr().out)["advice"][0]


def test_the_command_exits_with_one_after_failures(cli: Any) -> None:
    done = cli(
        "run", f"exec:{sys.executable} -c 'import sys; sys.exit(4)'", "--gold", GOLD, "--retries", "0", "-o", "p.jsonl"
    )
    assert done.returncode == 1
    assert done.stderr.count("error[system-failure]") == 3
    assert "3 article(s) failed; the same command tries them again" in done.stderr
    assert main(["run", "capitals", "--retries", "-1"]) == 2
    assert main(["run", "capitals", "--timeout", "0"]) == 2


def test_the_bar_counts_up_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    bar = bar_of("tagger", quiet=False)
    bar(1, 4, 0)
    bar(4, 4, 1)
    first, last = shown.getvalue().split("\r")[1:]
    assert first.startswith("tagger [######..................] 1 of 4, 0:00 left")
    assert last.startswith("tagger [########################] 4 of 4, 1 failed")
    assert last.endswith("\n")
    bar_of("tagger", quiet=True)(1, 4, 0)
    assert shown.getvalue().count("\r") == 2
