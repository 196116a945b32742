"""The command line as a user meets it: in a process of its own, output on stdout, talk on stderr, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import goldwire
from conftest import ROOT, TESTS, gold_records
from goldwire.cli import common
from goldwire.cli.main import VERBS, main
from goldwire.schemas import errors_of

Run = Callable[..., "subprocess.CompletedProcess[str]"]
HARBOUR = TESTS / "corpus"


@pytest.fixture
def perfect(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> Path:
    return jsonl(gold_records(harbour))


def test_help_names_every_verb_and_imports_next_to_nothing(cli: Run) -> None:
    done = cli("--help")
    assert done.returncode == 0
    assert all(f"  {verb}" in done.stdout for verb in VERBS)
    code = (
        "import sys; from goldwire.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'pyarrow', 'scipy', 'datasets', 'pandas', 'jsonschema', 'sklearn'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "eval")}
    quick = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)
    assert quick.stderr == "[]\n"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str, cli: Run) -> None:
    done = cli(verb, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: goldwire {verb}")
    assert "Traceback" not in done.stderr


def test_scoring_does_not_import_datasets(perfect: Path) -> None:
    code = (
        "import sys; from goldwire.cli.main import main\n"
        f"main(['score', {str(perfect)!r}, '--gold', {str(HARBOUR)!r}, '-q'])\n"
        "print('datasets' in sys.modules, 'sklearn' in sys.modules, file=sys.stderr)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "eval")}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)
    assert done.stderr.splitlines()[-1] == "False False"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["scoer", "x"], "did you mean 'score'"),
        (["score", "absent.jsonl"], "absent.jsonl: no such file"),
        (["score", "."], "is a folder"),
        (["score", "absent.jsonl", "--gold", "nowhere"], "nowhere: no such file"),
        (["score", "x", "--fail-under", "entities.strict.f1"], "expected MEASURE=VALUE"),
        (["score", "x", "--fail-under", "entities.strict.f1=80"], "lies between 0 and 1"),
        (["score", "x", "--fail-under", "entities.strct.f1=0.8"], "did you mean 'entities.strict.f1'"),
        (["score", "-", "-"], "can be read once"),
        (["score", "x" * 300], "cannot be read"),
        (["score", "x", "--gold", "y" * 300], "cannot be read"),
        (["run", "minhash", "--set", "permutations=1.5"], "takes a value like 128"),
        (["run", "gazeteer"], "did you mean 'gazetteer'"),
        (["run", "minhash", "--set", "threshold=7"], "must be between 0 and 1"),
        (["run", "minhash", "--set", "speed=7"], "cannot be made with these settings"),
        (["build", "nowhere"], "is no annotation folder"),
        (["validate", "nowhere"], "no such file"),
        (["list", "everything"], "invalid choice"),
        ([], "usage: goldwire"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_mistakes_get_a_sentence_and_exit_code_2(arguments: list[str], says: str, cli: Run) -> None:
    done = cli(*arguments)
    assert done.returncode == 2
    assert says in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_score_prints_numbers_to_stdout_and_nothing_else(cli: Run, perfect: Path) -> None:
    done = cli("score", perfect, "--gold", HARBOUR)
    assert done.returncode == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert any(line.split()[:4] == ["strict", "100.0", "100.0", "100.0"] for line in lines)
    assert lines[-1].startswith("goldwire:")
    assert "\033[" not in done.stdout


def test_json_is_one_object_that_fits_the_schema(cli: Run, perfect: Path, tmp_path: Path) -> None:
    done = cli("score", perfect, "--gold", HARBOUR, "-f", "json")
    assert list(errors_of("result", json.loads(done.stdout))) == []
    cli("score", perfect, "--gold", HARBOUR, "-f", "json", "-o", tmp_path / "deep" / "r.json")
    stored = json.loads((tmp_path / "deep" / "r.json").read_text())
    assert stored["values"] == json.loads(done.stdout)["values"]


def test_several_files_are_compared_in_one_table(cli: Run, perfect: Path, jsonl: Callable[..., Path]) -> None:
    empty = jsonl([{"goldwire": 1, "system": {"name": "mute"}}, {"doc_id": "n1", "entities": []}], "mute.jsonl")
    done = cli("score", perfect, empty, "--gold", HARBOUR)
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["mute", "-", "0.0", "0.0", "0.0", "0.0", "0.0", "0.0"] in rows
    assert cli("score", perfect, empty, "--gold", HARBOUR, "-f", "json").stdout.count("\n") == 2


def test_findings_are_listed_and_nothing_is_scored(cli: Run) -> None:
    bad = TESTS / "bad" / "predictions" / "offset-range.jsonl"
    done = cli("score", bad, "--gold", HARBOUR)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{bad}:2: error[offset-range]" in done.stderr
    dropped = cli("score", bad, "--gold", HARBOUR, "--on-error", "drop")
    assert dropped.returncode == 0
    assert "1 bad item(s) were left out" in dropped.stdout
    assert "error[offset-range]" in dropped.stderr


def test_thresholds_decide_the_exit_code(cli: Run, jsonl: Callable[..., Path]) -> None:
    path = jsonl([{"doc_id": "n1", "entities": [{"start": 21, "end": 30, "type": "GPE"}]}])
    score = ["score", path, "--gold", HARBOUR, "-q", "--fail-under"]
    assert cli(*score, "entities.strict.precision=1.0").returncode == 0
    missed = cli(*score, "entities.strict.recall=0.5")
    assert missed.returncode == 1
    assert "entities.strict.recall is 0.0588, below 0.5" in missed.stderr
    assert cli(*score, "coref.conll=0.5").returncode == 2  # not scored: no answer, not a pass


def test_lower_is_better_where_it_is(cli: Run, jsonl: Callable[..., Path]) -> None:
    path = jsonl([{"a": "n1", "b": "n2", "score": 0.9}])
    limit = ["score", path, "--gold", HARBOUR, "-q", "--fail-under"]
    assert cli(*limit, "duplicates.closure_damage=0.1").returncode == 0  # it is 0


def test_odd_combinations_of_options_are_refused(cli: Run, perfect: Path) -> None:
    score = ["score", perfect, "--gold", HARBOUR]
    for odd, says in [
        (["--slice", "typ"], "did you mean 'type'"),
        (["--task", "coref", "-m", "entities.strict.f1"], "the task was not"),
        (["-m", "duplicates.ap[relation=verbatim]"], "no facet 'relation' here"),
        (["-m", "entities.strict.f1[type=GPE,type=ORG]"], "given twice"),
    ]:
        done = cli(*score, *odd)
        assert done.returncode == 2, odd
        assert says in done.stderr


def test_predictions_may_come_from_stdin(cli: Run, perfect: Path) -> None:
    done = cli("score", "-", "--gold", HARBOUR, input=perfect.read_text())
    assert done.returncode == 0
    assert "100.0" in done.stdout
    assert cli("validate", "-", "--gold", HARBOUR, input=perfect.read_text()).returncode == 0


def test_predictions_may_go_to_stdout(cli: Run) -> None:
    done = cli("run", "capitals", "--gold", HARBOUR, "-q", "-o", "-")
    assert json.loads(done.stdout.splitlines()[0])["goldwire"] == 1


def test_a_full_or_closed_output_is_a_sentence(cli: Run) -> None:
    if Path("/dev/full").exists():
        with Path("/dev/full").open("w") as full:
            env = {**os.environ, "PYTHONPATH": str(ROOT / "eval")}
            command = [sys.executable, "-m", "goldwire", "list", "measures"]
            done = subprocess.run(command, env=env, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
    ascii_only = cli("list", "measures", env={"PYTHONIOENCODING": "ascii"})
    assert ascii_only.returncode == 0
    assert "\\u03a3" in ascii_only.stdout


def test_one_unreadable_path_does_not_hide_the_findings_of_the_others(cli: Run) -> None:
    done = cli("validate", TESTS / "bad" / "predictions" / "schema.jsonl", "nowhere", "--gold", HARBOUR)
    assert done.returncode == 2
    assert "error[schema]" in done.stdout
    assert "nowhere: no such file" in done.stderr


def test_validate_lists_counts_and_fails(cli: Run) -> None:
    good = cli("validate", HARBOUR)
    assert (good.returncode, good.stdout) == (0, "")
    assert "0 error(s), 0 warning(s)" in good.stderr
    bad = cli("validate", TESTS / "bad" / "predictions" / "schema.jsonl", "--gold", HARBOUR)
    assert bad.returncode == 1
    assert "schema.jsonl:2: error[schema]" in bad.stdout
    assert cli("validate", TESTS / "bad" / "predictions").returncode == 2  # a folder of files is no corpus
    listed = json.loads(cli("validate", HARBOUR, "-f", "json").stdout)
    assert listed == {"errors": 0, "warnings": 0, "incidents": []}


def test_build_prints_the_digest(cli: Run, tmp_path: Path, harbour: goldwire.Corpus) -> None:
    done = cli("build", HARBOUR, "-o", tmp_path / "d")
    assert done.returncode == 0
    assert f"harbour 1.0.0, digest {harbour.digest}" in done.stdout
    assert cli("validate", tmp_path / "d").returncode == 0


def test_run_writes_a_file_that_scores(cli: Run, tmp_path: Path) -> None:
    assert cli("run", "gazetteer", "--gold", HARBOUR, "-o", tmp_path / "p.jsonl").returncode == 0
    header = json.loads((tmp_path / "p.jsonl").read_text().splitlines()[0])
    assert header["system"]["name"] == "gazetteer"
    assert len(header["gold_digest"]) == 64
    assert cli("score", tmp_path / "p.jsonl", "--gold", HARBOUR).returncode == 0
    other = cli("score", tmp_path / "p.jsonl")  # made for the Harbour, scored against the packaged gold
    assert other.returncode == 1
    assert "digest-mismatch" in other.stderr


def test_demo_runs_every_baseline_and_leaves_its_files(cli: Run, tmp_path: Path) -> None:
    from goldwire.systems import built_in

    done = cli("demo", "-o", tmp_path / "runs")
    assert done.returncode == 0, done.stderr
    for name in built_in():
        if name == "embeddings":  # its model is no part of the suite's set-up
            assert f"left out: the system '{name}'" in done.stderr
            continue
        assert f"  {name} " in done.stdout
        assert (tmp_path / "runs" / f"{name}.jsonl").is_file()
        result = json.loads((tmp_path / "runs" / f"{name}.result.json").read_text())
        assert list(errors_of("result", result)) == []
    assert goldwire.load_corpus().digest in done.stdout


@pytest.mark.parametrize("what", ["tasks", "measures", "systems", "configs", "labels", "incidents"])
def test_list_lists(what: str, cli: Run) -> None:
    done = cli("list", what)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) >= 5


def test_strangers_text_cannot_steer_the_terminal(cli: Run, jsonl: Callable[..., Path]) -> None:
    evil = "\033]0;owned\007\033[31m"
    path = jsonl([{"doc_id": evil, "entities": [{"start": 0, "end": 1, "type": "GPE"}]}])
    done = cli("score", path, "--gold", HARBOUR)
    assert "\033" not in done.stderr + done.stdout
    named = jsonl([{"goldwire": 1, "system": {"name": evil}}, {"doc_id": "n1", "entities": []}], "named.jsonl")
    done = cli("score", named, "--gold", HARBOUR)
    assert "\033" not in done.stdout
    done = cli("score", named, named, "--gold", HARBOUR)
    assert "\033" not in done.stdout


def test_style_is_for_terminals_without_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert common.wants_style(Terminal())  # type: ignore[arg-type]
    monkeypatch.setenv("NO_COLOR", "1")
    assert not common.wants_style(Terminal())  # type: ignore[arg-type]


def test_an_interrupted_run_leaves_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from goldwire.systems.gazetteer import Gazetteer

    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(Gazetteer, "__call__", interrupted)
    assert main(["run", "gazetteer", "-o", str(tmp_path / "out" / "p.jsonl")]) == 130
    assert list(tmp_path.rglob("*.json*")) == []
    assert "interrupted" in capsys.readouterr().err


def test_a_missing_extra_is_named_with_its_install_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.feature_extraction.text", None)
    assert main(["run", "tfidf", "-o", str(tmp_path / "p.jsonl")]) == 2
    assert "pip install 'goldwire[baselines]'" in capsys.readouterr().err
    assert main(["demo", "-o", str(tmp_path / "runs")]) == 0  # the others still run
    assert "left out: the system 'tfidf'" in capsys.readouterr().err


def test_scoring_imports_no_pandas_and_no_scipy_statistics(perfect: Path) -> None:
    code = (
        "import sys; from goldwire.cli.main import main; "
        f"main(['score', {str(perfect)!r}, '--gold', {str(HARBOUR)!r}, '-q']); "
        "print(sorted(name for name in ('pandas', 'scipy.stats', 'datasets', 'sklearn') if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "eval")},
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_a_measure_by_its_whole_name_tells_all_about_it(cli: Run) -> None:
    rows = dict(line.split(maxsplit=1) for line in cli("list", "measures", "coref.lea.f1").stdout.splitlines())
    assert rows["formula"] == "2PR / (P + R)"
    assert rows["range"] == "0 to 1"
    assert "Moosavi" in rows["source"]
