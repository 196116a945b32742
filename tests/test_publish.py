"""What `publish` refuses, survives and says; versions; fetching releases: against a local server that speaks the Hub's routes.

The client is the real one, pointed to the server inside this process; tests/test_hub.py has it in processes of its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import shlex
import shutil
import subprocess
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import goldwire
from conftest import ROOT, TESTS, gold_records
from goldwire.building.tables import CONFIGS
from goldwire.cli.main import main
from goldwire.hub.client import Reference, fetch, parse_reference, scrubbed
from goldwire.hub.publish import publish
from goldwire.hub.versions import Change, change_between, check_version, latest
from hub_server import TOKEN, HubServer

REPO = "org/harbour"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A server, and a client in this process that knows it as the hub, with an empty cache and a token."""
    from huggingface_hub import constants

    server = HubServer()
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, server.url)
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    yield server
    server.stop()


def edit(source: Path, version: str, name: str = "", change: Callable[[Any], None] = lambda _: None) -> None:
    """Another version of a source, with one of its files changed."""
    corpus = source / "corpus.json"
    corpus.write_text(json.dumps({**json.loads(corpus.read_text()), "version": version}))
    if name:
        path = source / "gold" / name
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content, ensure_ascii=False))


def note(content: Any) -> None:
    content["passages"][0]["note"] = "second thoughts"


# versions ------------------------------------------------------------------------------------------------------------


def tables(**rows: list[dict[str, Any]]) -> dict[str, Any]:
    import pyarrow as pa

    return {name: pa.Table.from_pylist(rows.get(name, []), schema=CONFIGS[name]) for name in CONFIGS}


BEFORE = {"articles": [{"doc_id": "d1"}], "times": [{"doc_id": "d1", "id": "t1", "value": "2021"}]}


@pytest.mark.parametrize(
    ("after", "kind", "line"),
    [
        ({}, "PATCH", None),
        ({"times": [{"doc_id": "d1", "id": "t1", "value": "2022"}]}, "MAJOR", "times: 1 record changed (t1: value)"),
        ({"times": []}, "MAJOR", "times: 1 record gone (t1)"),
        ({"articles": [{"doc_id": "d1"}, {"doc_id": "d2"}]}, "MINOR", "articles: 1 record added (d2)"),
        # another time in an old article changes what that article's gold is
        ({"times": [*BEFORE["times"], {"doc_id": "d1", "id": "t2"}]}, "MAJOR",
         "times: 1 record added to articles that were there (t2)"),
    ],
)  # fmt: skip
def test_the_kind_of_a_change(after: dict[str, Any], kind: str, line: str | None) -> None:
    change = change_between(tables(**BEFORE), tables(**{**BEFORE, **after}))
    assert change == Change(kind, (line,) if line else ())


def test_new_articles_with_all_that_belongs_to_them_are_an_addition() -> None:
    old = {**BEFORE, "entity_index": [{"entity_id": "e1", "name": "Oslo", "mentions": 1, "doc_ids": ["d1"]}]}
    new = {
        "articles": [{"doc_id": "d1"}, {"doc_id": "d2"}],
        "times": [*BEFORE["times"], {"doc_id": "d2", "id": "t2"}],
        "duplicates": [{"id": "p1", "a": "d1", "b": "d2"}],
        "entity_index": [{"entity_id": "e1", "name": "Oslo", "mentions": 2, "doc_ids": ["d1", "d2"]}],
    }
    assert change_between(tables(**old), tables(**new)).kind == "MINOR"  # e1 is only counted anew
    renamed = {**new, "entity_index": [{**new["entity_index"][0], "name": "Bergen"}]}
    assert change_between(tables(**old), tables(**renamed)).kind == "MAJOR"


def test_columns_come_and_go() -> None:
    old, new = tables(**BEFORE), tables(**BEFORE)
    assert change_between({**old, "times": old["times"].drop_columns("basis")}, new).kind == "MINOR"
    assert change_between(old, {**new, "times": new["times"].drop_columns("basis")}).kind == "MAJOR"
    assert change_between({n: t for n, t in old.items() if n != "times"}, new).kind == "MINOR"


@pytest.mark.parametrize(
    ("version", "kind", "refusal"),
    [
        ("1.2.4", "PATCH", None), ("1.3.0", "MINOR", None), ("2.0.0", "MAJOR", None), ("2.1.7", "MAJOR", None),
        ("1.2.4", "MINOR", "1.2.3 to 1.2.4 says PATCH, but records were only added: that is MINOR, such as 1.3.0"),
        ("1.3.0", "MAJOR", "1.2.3 to 1.3.0 says MINOR, but existing records changed: that is MAJOR, such as 2.0.0"),
        ("2.0.0", "PATCH", "1.2.3 to 2.0.0 says MAJOR, but the data is the same: that is PATCH, such as 1.2.4"),
        ("1.2.3", "PATCH", "1.2.3 does not come after 1.2.3; the data is the same, so it would be 1.2.4"),
        ("1.1.9", "MAJOR", "1.1.9 does not come after 1.2.3; existing records changed, so it would be 2.0.0"),
    ],
)  # fmt: skip
def test_a_version_must_say_what_changed(version: str, kind: str, refusal: str | None) -> None:
    assert check_version(version, "1.2.3", Change(kind)) == refusal


def test_the_latest_tag_is_the_highest_version_not_the_last_name() -> None:
    assert latest(["v1.9.0", "v1.10.0", "nightly", "1.11.0", "v1.10.0-rc1"]) == "v1.10.0"
    assert latest(["main"]) is None


# publishing ----------------------------------------------------------------------------------------------------------


def test_a_wrong_version_is_refused_with_what_changed_and_nothing_is_uploaded(hub: HubServer, source: Path) -> None:
    publish(REPO, source, text=True)
    edit(source, "1.0.1", "passages.json", note)
    before = len(hub.repositories[REPO].commits)
    with pytest.raises(goldwire.ReleaseError) as caught:
        publish(REPO, source, text=True)
    assert str(caught.value) == (
        "org/harbour: 1.0.0 to 1.0.1 says PATCH, but existing records changed: that is MAJOR, such as 2.0.0; "
        "passages: 1 record changed (p1: note)"
    )
    assert (len(hub.repositories[REPO].commits), list(hub.repositories[REPO].tags)) == (before, ["v1.0.0"])


@pytest.mark.usefixtures("hub")
def test_the_same_release_twice_is_already_there_and_another_under_its_tag_is_refused(source: Path) -> None:
    first = publish(REPO, source, text=True)
    again = publish(REPO, source, text=True)
    assert (first.state, again.state) == ("published", "already there")
    assert (first.commit, first.digests) == (again.commit, again.digests)
    with pytest.raises(
        goldwire.ReleaseError, match=r"v1\.0\.0 is there already and is another release .*without texts"
    ):
        publish(REPO, source, text=False)
    edit(source, "1.0.0", "passages.json", note)
    with pytest.raises(goldwire.ReleaseError, match="a tag never moves, raise the version"):
        publish(REPO, source, text=True)


def test_files_of_the_last_release_go_and_those_of_others_stay(hub: HubServer, source: Path) -> None:
    publish(REPO, source, text=True)
    repository = hub.repositories[REPO]
    repository.add({**repository.commits[repository.main], "LICENSE": b"mine"}, "by hand")
    edit(source, "1.0.1")
    done = publish(REPO, source, text=False)
    files = set(repository.commits[repository.main])
    assert "LICENSE" in files
    assert "pictures/n1.html" not in files
    assert files - {"LICENSE", ".gitattributes"} == set(done.files)
    assert done.change == Change("PATCH")  # the same data, in another form
    assert done.remarks == ("earlier commits and tags of org/harbour, such as v1.0.0, still hold the texts",)
    edit(source, "2.0.0", "passages.json", note)
    back = publish(REPO, source, text=True)  # compared with a release without texts, in the form both can have
    assert back.change.lines == ("passages: 1 record changed (p1: note)",)


def test_a_dry_run_changes_nothing(hub: HubServer, source: Path) -> None:
    done = publish(REPO, source, text=True, dry_run=True)
    assert (done.state, done.commit, hub.repositories) == ("dry run", "", {})
    assert "data/events/test-00000-of-00001.parquet" in done.files
    assert not [line for line in hub.requests if line.startswith(("POST", "DELETE"))]


def test_an_upload_without_its_tag_is_no_release_and_a_repeat_only_tags(hub: HubServer, source: Path) -> None:
    hub.faults.append(("POST", "/tag/", 500))
    with pytest.raises(
        goldwire.HubError, match=r"uploaded as commit \w+ and not tagged, so not released; run this again"
    ):
        publish(REPO, source, text=True)
    repository = hub.repositories[REPO]
    uploaded = repository.main
    assert repository.tags == {}
    assert publish(REPO, source, text=True).commit == uploaded
    assert (repository.main, repository.tags) == (uploaded, {"v1.0.0": uploaded})


def test_a_repository_that_changes_meanwhile_is_not_written_over(hub: HubServer, source: Path) -> None:
    publish(REPO, source, text=True)
    repository = hub.repositories[REPO]
    edit(source, "1.0.1")

    def somebody_else() -> None:
        repository.add({**repository.commits[repository.main], "notes.md": b"mine"}, "by hand")

    hub.faults.append(("POST", "/preupload/", somebody_else))
    with pytest.raises(goldwire.HubError, match="nothing was released: the repository changed meanwhile"):
        publish(REPO, source, text=True)
    assert list(repository.tags) == ["v1.0.0"]


def test_a_release_that_comes_back_as_something_else_loses_its_tag(hub: HubServer, source: Path) -> None:
    def damage() -> None:
        tree = hub.repositories[REPO].commits[hub.repositories[REPO].main]
        tree["data/times/test-00000-of-00001.parquet"] = tree["data/events/test-00000-of-00001.parquet"]

    hub.faults.append(("GET", "/revision/v1.0.0", damage))
    with pytest.raises(
        goldwire.ReleaseError, match=r"what came back is not what was built \(.*times.*the tag was removed"
    ):
        publish(REPO, source, text=True)
    assert hub.repositories[REPO].tags == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one of the arguments --with-text --no-text is required"),
        (["--with-text", "--no-text"], "not allowed with argument"),
    ],
)
def test_with_or_without_texts_is_for_the_owner_to_say(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["publish", REPO, *arguments])
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_sources_tags_and_names_that_cannot_be_published(hub: HubServer, source: Path) -> None:
    with pytest.raises(goldwire.UsageError, match=r"corpus\.json says version 1\.0\.0"):
        publish(REPO, source, text=True, tag="v1.1.0")
    with pytest.raises(goldwire.UsageError, match=r"a tag is vX\.Y\.Z"):
        publish(REPO, source, text=True, tag="latest")
    for name in ("harbour", "org/har/bour", "org/harbour@v1.0.0", "-org/x"):
        with pytest.raises(goldwire.UsageError, match="a dataset on a hub is named OWNER/NAME"):
            publish(name, source, text=True)
    with pytest.raises(goldwire.UsageError, match=r"har\.\.bour: Cannot have"):  # the hub's own rules
        publish("org/har..bour", source, text=True)
    (source / "gold" / "n1.json").unlink()
    with pytest.raises(goldwire.IncidentError, match="nothing built"):
        publish(REPO, source, text=True)
    assert hub.repositories == {}


def test_publishing_takes_a_token_and_says_so_before_anything_else(
    hub: HubServer, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(goldwire.UsageError, match="publishing takes a token"):
        publish(REPO, source, text=True)
    assert hub.requests == []
    assert publish(REPO, source, text=True, dry_run=True).state == "dry run"


# tokens --------------------------------------------------------------------------------------------------------------


def test_no_token_is_ever_printed(
    hub: HubServer, source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    wrong = "hf_" + "secretsecretsecret"
    shown = []
    for token, faults in [
        (wrong, []),
        (TOKEN, [("POST", "/repos/create", 403)]),
        (TOKEN, [("POST", "/commit/", 500)]),
        (TOKEN, [("GET", "/refs", 500)]),
        ("not a token\u00e9" + wrong, []),  # which no header can carry
    ]:
        monkeypatch.setenv("HF_TOKEN", token)
        hub.faults[:] = faults
        assert main(["publish", REPO, "--with-text", "--source", str(source)]) == 2
        shown.append(capsys.readouterr())
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert main(["publish", REPO, "--with-text", "--source", str(source)]) == 0
    shown.append(capsys.readouterr())
    everything = "".join(f"{part.out}{part.err}" for part in shown) + caplog.text
    assert wrong not in everything
    assert TOKEN not in everything
    assert "the hub refuses: no token, or one without the right to do this" in shown[0].err


def test_a_traceback_does_not_tell_of_the_request_either(hub: HubServer, source: Path) -> None:
    hub.faults.append(("POST", "/commit/", 500))
    with pytest.raises(goldwire.HubError) as caught:
        publish(REPO, source, text=True)
    shown = "".join(traceback.format_exception(caught.value))
    assert "HfHubHTTPError" not in shown
    assert TOKEN not in shown


def test_what_looks_like_a_token_is_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "opensesame")
    text = "Bearer opensesame at https://me:pass@host/x with hf_AbCdEf123456 and 'Bearer xyz'"
    assert scrubbed(text) == "Bearer [token] at https://[token]@host/x with [token] and 'Bearer [token]'"


# what was asked for --------------------------------------------------------------------------------------------------


def test_names_of_releases_and_paths_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_reference("org/name@v1.0.0") == Reference("org/name", "v1.0.0")
    assert parse_reference("org/name@v1.0.0#3fa9c1") == Reference("org/name", "v1.0.0", "3fa9c1")
    for path in ("gold.jsonl", "a/b", "a/b/c@v1", "/abs/path@v1", "../up@v1", "org/name@v1#xyz", "org/name@"):
        assert parse_reference(path) is None
    (tmp_path / "org").mkdir()
    (tmp_path / "org" / "name@v1.0.0").write_text("")  # what exists is a path
    assert parse_reference("org/name@v1.0.0") is None


def test_a_name_without_a_revision_is_told_how_it_is_written() -> None:
    with pytest.raises(goldwire.ReadError, match=r"a release on a hub is named org/name@vX\.Y\.Z"):
        goldwire.load_corpus("org/name")


@pytest.mark.usefixtures("hub")
def test_gold_from_a_hub_scores_as_the_source_does(
    source: Path, harbour: goldwire.Corpus, jsonl: Callable[..., Path]
) -> None:
    predictions = jsonl(gold_records(harbour))
    here = goldwire.score(predictions, source)
    for text, version in ((True, "1.0.0"), (False, "1.0.1")):
        edit(source, version)
        publish(REPO, source, text=text)
        there = goldwire.score(predictions, f"{REPO}@v{version}")
        strings = {name for name in here.values if "@string" in name}  # what compares texts needs them, nothing else
        assert {n: v for n, v in there.values.items() if text or n not in strings} == {
            n: v for n, v in here.values.items() if text or n not in strings
        }
        assert text or {there.values[name].value for name in strings} == {None}
        assert there.gold == {"name": "harbour", "version": version, "digest": here.gold["digest"]}
    assert goldwire.table("times", f"{REPO}@v1.0.0")["text"].null_count == 0
    assert goldwire.table("times", f"{REPO}@v1.0.1")["text"].null_count == 4


def test_a_moved_tag_and_a_stale_cache_are_caught_and_named(hub: HubServer, source: Path) -> None:
    publish(REPO, source, text=True)
    first = goldwire.load_corpus(f"{REPO}@v1.0.0").digest
    edit(source, "2.0.0", "passages.json", note)
    publish(REPO, source, text=True)
    tags = hub.repositories[REPO].tags
    tags["v1.0.0"], moved = tags["v2.0.0"], tags["v1.0.0"]
    with pytest.raises(
        goldwire.ReleaseError, match=r"v1\.0\.0: not the release asked for: what was loaded is harbour 2"
    ):
        goldwire.load_corpus(f"{REPO}@v1.0.0")
    tags["v1.0.0"] = moved
    assert goldwire.load_corpus(f"{REPO}@v1.0.0#{first[:8]}").digest == first
    with pytest.raises(goldwire.ReleaseError, match=r"not the digest asked for: what was loaded is harbour 2\.0\.0"):
        goldwire.load_corpus(f"{REPO}@v2.0.0#{first[:8]}")
    # a cache whose files are not those of the release
    folder = fetch(Reference(REPO, "v1.0.0")).folder
    other = fetch(Reference(REPO, "v2.0.0")).folder
    name = "data/passages/test-00000-of-00001.parquet"
    (folder / name).unlink()
    shutil.copy((other / name).resolve(), folder / name)
    hub.stop()
    with pytest.raises(goldwire.GoldwireError, match="passages"):
        goldwire.load_corpus(f"{REPO}@v1.0.0")


def test_a_hub_out_of_order_is_answered_from_the_cache_and_said(
    hub: HubServer, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publish(REPO, source, text=True)
    digest = goldwire.load_corpus(f"{REPO}@v1.0.0").digest
    hub.faults.append(("GET", "/revision/v1.0.0", 503))
    assert goldwire.load_corpus(f"{REPO}@v1.0.0").digest == digest
    assert f"{REPO}@v1.0.0: the hub does not answer; the copy in the cache is that release" in caplog.text
    hub.faults.append(("GET", "/revision/main", 503))
    with pytest.raises(goldwire.HubError, match=r"out of order \(it answers 503\), and the cache has no complete copy"):
        goldwire.load_corpus(f"{REPO}@main")


# verify --------------------------------------------------------------------------------------------------------------


def test_verify_on_the_packaged_dataset(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify"]) == 0
    assert capsys.readouterr().out.endswith(f"digest {goldwire.load_corpus().digest}: verified\n")


def test_verify_names_the_config_of_an_edited_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    goldwire.build(TESTS / "corpus", tmp_path / "d")
    path = tmp_path / "d" / "data" / "times" / "test-00000-of-00001.parquet"
    pq.write_table(pq.ParquetFile(path).read().slice(1), path)
    (tmp_path / "d" / "pictures" / "n1.html").write_text("")
    (tmp_path / "d" / "eval.yaml").unlink()
    assert main(["verify", str(tmp_path / "d")]) == 1
    shown = capsys.readouterr()
    assert [line.split()[0] for line in shown.out.splitlines() if "OTHER" in line] == ["times"]
    assert "NOT as stated, 3 finding(s)" in shown.out
    assert "config 'times'; found sha256" in shown.err
    assert main(["verify", str(tmp_path / "d"), "-f", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [name for name, config in found["configs"].items() if not config["sound"]] == ["times"]
    assert sorted(Path(incident["path"]).name for incident in found["incidents"]) == [
        "eval.yaml", "n1.html", "test-00000-of-00001.parquet",
    ]  # fmt: skip


def test_verify_what_is_no_dataset(source: Path, tmp_path: Path) -> None:
    with pytest.raises(goldwire.ReadError, match="is an annotation folder; `goldwire validate` checks it"):
        goldwire.verify(source)
    with pytest.raises(goldwire.ReadError, match=r"a release on a hub is named org/name@vX\.Y\.Z"):
        goldwire.verify("org/name")
    with pytest.raises(goldwire.ReadError, match="is no built dataset"):
        goldwire.verify(tmp_path / "nowhere")


# docs/publishing.md --------------------------------------------------------------------------------------------------


def shell(line: str) -> str:
    """What a command of the page prints, output and talk together as a terminal shows them; commit ids and version masked."""
    command = shlex.split(line)
    if command[0] != "goldwire":
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout + done.stderr
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        main(command[1:])
    return re.sub(r"commit [0-9a-f]{12}", "commit 0123456789ab", without_version(shown.getvalue()))


def without_version(text: str) -> str:
    return re.sub(r"goldwire:\d+\.\d+\.\d+", "goldwire:VERSION", text)


@pytest.mark.usefixtures("hub")
def test_the_page_on_publishing_shows_what_its_commands_print(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source.rename("my-corpus")
    page = (ROOT / "docs" / "publishing.md").read_text()
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        commands = re.findall(r"^\$ (.*)$", block, re.MULTILINE)
        assert without_version(block) == "".join(f"$ {command}\n{shell(command)}" for command in commands)
