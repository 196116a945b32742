"""Conversion as a whole: the verb, what it guesses and refuses, losses, texts from outside, formats of other packages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldwire
from conftest import ROOT, TESTS, gold_records
from formats_common import NO_TEXTS, assert_scores_perfectly, bundles, canonical, packaged, restricted, there_and_back
from goldwire.cli.main import main
from goldwire.converting import Bundle, Context, Texts, convert, get, names, read_bundle, registry, write_bundle
from goldwire.converting.files import doc_id_of, file_name, write_folder
from goldwire.converting.losses import Losses
from goldwire.converting.own import EVERYTHING
from goldwire.converting.registry import guess
from goldwire.errors import GoldwireError, IncidentError, ReadError, UsageError

Cli = Callable[..., subprocess.CompletedProcess[str]]
Verb = Callable[..., tuple[int, str, str]]
HARBOUR = TESTS / "corpus"


@pytest.fixture
def verb(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Verb:
    """Run `goldwire ...` in this process and an empty folder: (exit code, stdout, stderr)."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code = main(list(map(str, arguments)))
        return code, *capsys.readouterr()

    return run


# our own formats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
def test_our_own_files_hold_everything(name: str, tmp_path: Path) -> None:
    gold = packaged()
    back, writing, reading = there_and_back("goldwire", gold, tmp_path, file=name)
    assert canonical(back) == canonical(gold)
    assert back.header == gold.header
    assert len(writing.losses) == len(reading.losses) == 0


def test_gold_scores_perfectly_against_itself(tmp_path: Path) -> None:
    measures = ["entities.strict.f1", "coref_corpus.conll", "linking.inkb.f1", "events.arg_c_plus.f1", "passages.f1"]
    assert_scores_perfectly("goldwire", tmp_path, [*measures, "duplicates.directed.f1", "times.value.f1"])


def test_an_annotation_folder_and_the_dataset_built_from_it_are_the_same(tmp_path: Path) -> None:
    from goldwire.building.dataset import build

    build(HARBOUR, tmp_path / "dataset")
    context = Context(Texts(folder=NO_TEXTS))
    source, built = (read_bundle(path, None, context)[0] for path in (HARBOUR, tmp_path / "dataset"))
    assert canonical(source) == canonical(built)
    assert list(context.incidents) == []
    assert {row.layer for row in context.losses} == {
        "entity_index", "event_instances", "articles", "duplicates", "passages",
    }  # fmt: skip


@pytest.mark.parametrize("unit", ["utf16", "byte"])
def test_other_units_are_read_into_code_points(unit: str, tmp_path: Path, harbour: goldwire.Corpus) -> None:
    text = harbour["articles"]["text"][0].as_py()
    codec, size = ("utf-16-le", 2) if unit == "utf16" else ("utf-8", 1)

    def count(at: int) -> int:
        return len(text[:at].encode(codec)) // size

    at = text.index("“Étoile”")
    items = [
        {"start": count(at), "end": count(at + 8), "type": "PRODUCT"},
        {"start": count(6), "end": count(6) + 1, "type": "FAC"},
    ]
    path = tmp_path / "p.jsonl"
    path.write_text(f'{{"goldwire": 1, "offset_unit": "{unit}"}}\n' + json.dumps({"doc_id": "n1", "entities": items}))
    context = Context(Texts(gold=HARBOUR))
    bundle, _ = read_bundle(path, None, context)
    assert bundle.records[0]["entities"][0] == {"start": at, "end": at + 8, "type": "PRODUCT"}
    assert [(x.rule, x.line) for x in context.incidents if x.rule == "offset-unit"] == [("offset-unit", 2)]


@given(bundles(EVERYTHING), st.sampled_from(names()))
@settings(max_examples=40, deadline=None)
def test_what_lies_outside_a_format_is_counted_to_the_last_field(bundle: Bundle, name: str) -> None:
    losses = Losses()
    holds = get(name).holds
    bundle.unheld(holds, losses)
    assert (canonical(restricted(bundle, holds)) == canonical(bundle)) == (len(losses) == 0)
    rows = {(row.layer, row.what): row.count for row in losses}
    for layer in ("entities", "times"):
        items = [item for record in bundle.documents for item in record[layer]]
        if layer not in holds:
            assert rows.get((layer, "the whole layer"), 0) == len(items)
        else:
            for field in EVERYTHING[layer] - holds[layer]:
                assert rows.get((layer, field), 0) == sum(field in item for item in items)


# the verb -------------------------------------------------------------------------------------------------------------


def test_convert_there_and_back(verb: Verb) -> None:
    code, out, told = verb("convert", HARBOUR, "out", "--to", "brat", "--losses", "losses.json")
    assert (code, out) == (0, "")
    assert "out: 3 documents, 17 entities, 3 events, 4 times, 3 pairs, 3 passages; goldwire to brat" in told
    assert re.search(r"^  brat +passages +3  the whole layer +n1 and n2$", told, re.M)
    losses = json.loads(Path("losses.json").read_text())
    assert {
        "format": "brat",
        "layer": "passages",
        "what": "the whole layer",
        "count": 3,
        "first": "n1 and n2",
    } in losses
    told = "back.jsonl: 3 documents, 17 entities, 3 events, 4 times; brat to goldwire, nothing lost\n"
    assert verb("convert", "out", "back.jsonl") == (0, "", told)
    assert verb("score", "back.jsonl", "--gold", HARBOUR, "--fail-under", "events.arg_c.f1=1")[0] == 0


def test_convert_as_a_program(cli: Cli, tmp_path: Path) -> None:
    done = cli("convert", HARBOUR, "out.conllu", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "work" / "out.conllu").read_text().startswith("# newdoc id = n1\n# global.Entity = eid-etype")


def test_strict_makes_losses_findings(verb: Verb) -> None:
    assert verb("convert", HARBOUR, "a", "--to", "brat", "--strict")[0] == 1
    assert verb("convert", "a", "b.jsonl", "--strict")[0] == 0
    assert verb("convert", HARBOUR, "c", "--to", "brat", "-q") == (0, "", "")


def test_errors_stop_or_are_dropped(verb: Verb, jsonl: Callable[..., Path]) -> None:
    entities = [{"start": 21, "end": 30, "type": "GPE"}, {"start": 21, "end": 3000, "type": "GPE"}]
    path = jsonl([{"doc_id": "n1", "entities": entities}])
    code, _, told = verb("convert", path, "out", "--to", "brat", "--gold", HARBOUR)
    assert code == 1
    assert f"{path}:1: error[offset-range]" in told
    assert not Path("out").exists()
    code, _, told = verb("convert", path, "out", "--to", "brat", "--gold", HARBOUR, "--on-error", "drop")
    assert (code, told.splitlines()[-1]) == (0, "out: 1 document, 1 entity; goldwire to brat, 1 error left out")
    assert Path("out/n1.ann").read_text() == "T1\tGPE 21 30\tWESTHAVEN\n"
    assert verb("convert", path, "out2", "--to", "brat", "--gold", HARBOUR, "--on-error", "drop", "--strict")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x.jsonl", "out.jsonl"], "x.jsonl: no such file or folder"),
        (
            [str(HARBOUR), "out"],
            "out: which format is this? nothing about it is peculiar to one format; say so with --to",
        ),
        ([str(HARBOUR), "out", "--to", "brt"], "there is no format 'brt'; did you mean 'brat'?"),
        (
            [str(HARBOUR), "out", "--to", "brat", "--to-set", "note=true"],
            "has no setting 'note'; did you mean 'notes'?",
        ),
        (
            [str(HARBOUR), "out", "--to", "brat", "--to-set", "notes=maybe"],
            "'notes' takes a value like True, not 'maybe'",
        ),
        ([str(HARBOUR), "out", "--to", "brat", "--to-set", "notes"], "expected NAME=VALUE"),
        (["packaged", "/proc/x/y", "--to", "brat"], "cannot be written"),
    ],
)
def test_bad_usage_is_a_sentence(arguments: list[str], message: str, verb: Verb) -> None:
    code, _, told = verb("convert", *arguments)
    assert code == 2
    assert message in told
    assert told.count("\n") == 1


def test_texts_come_from_where_they_are(tmp_path: Path, jsonl: Callable[..., Path]) -> None:
    path = jsonl([{"doc_id": "strange", "entities": [{"start": 0, "end": 3, "type": "PER"}]}])
    with pytest.raises(UsageError, match=r"text of 'strange' is needed and not known; give the corpus with --gold"):
        convert(path, tmp_path / "out", target_format="brat")
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "strange.txt").write_bytes(b"Ada\r\nBrook")
    convert(path, tmp_path / "out", target_format="brat", texts=tmp_path / "texts")
    assert (tmp_path / "out" / "strange.txt").read_bytes() == b"Ada\r\nBrook"
    (tmp_path / "texts" / "bad.txt").write_bytes(b"\xff")
    with pytest.raises(ReadError, match="is not UTF-8 text"):
        convert(path, tmp_path / "out2", target_format="brat", texts=tmp_path / "texts")


def test_a_text_that_is_not_the_known_one_is_an_incident(jsonl: Callable[..., Path]) -> None:
    path = jsonl([{"doc_id": "n3", "text": "Bakers work", "entities": []}])
    context = Context(Texts(gold=HARBOUR))
    read_bundle(path, None, context)
    assert [(x.rule, x.line) for x in context.incidents] == [("checksum", 1)]


def test_nothing_is_overwritten_by_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    convert(HARBOUR, tmp_path / "out", target_format="brat")  # empty: welcome
    with pytest.raises(UsageError, match="exists already"):
        convert(HARBOUR, tmp_path / "out", target_format="brat")
    with pytest.raises(UsageError, match="leads out of the folder"):
        write_folder(tmp_path / "new", {"../x": b""})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


@pytest.mark.parametrize(
    "doc_id", ["a", "a/b", "../a", "..", ".", "", ".hidden", "a\0b", "C:\\x", "50%", "%2E", "é/🛳", "a//b"]
)
def test_file_names_are_safe_and_come_back(doc_id: str) -> None:
    name = file_name(doc_id)
    assert doc_id_of(name) == doc_id
    parts = name.split("/")
    assert not any(part in ("", ".", "..") or part.startswith(".") or "\0" in part or ":" in part for part in parts)


# recognising ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.jsonl", '{"goldwire": 1}\n', "goldwire"),
        ("x.jsonl", '{"doc_id": "a", "entities": []}\n', "goldwire"),
        ("x.conllu", "", "conllu"),
        ("x.conllu.gz", "", "conllu"),
        ("x.v4_gold_conll", "", "conll2012"),
        ("x.iob2", "", "conll2003"),
        ("x.csv", "doc_id,start,end,type\n", "rows"),
        ("x.csv", "id,__CLUSTER__\n", "text-dedup"),
        ("x.dups", "", "datatrove"),
        ("x.txt", "", "text"),
        ("x.csv", "name,colour\n", None),
        ("x.json", "[[[[", None),
        ("x.xyz", "", None),
    ],
)
def test_formats_are_told_from_names_and_contents(
    name: str, content: str, expected: str | None, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(content)
    if expected is None:
        with pytest.raises(UsageError, match="which format is this"):
            guess(path, reading=True)
    else:
        assert guess(path, reading=True) == expected


def test_a_brat_folder_is_no_folder_of_plain_texts(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    assert guess(tmp_path, reading=True) == "text"
    (tmp_path / "a.ann").write_text("")
    assert guess(tmp_path, reading=True) == "brat"


def test_every_format_is_listed(verb: Verb) -> None:
    code, listed, _ = verb("list", "formats")
    assert code == 0
    assert [line.split()[0] for line in listed.splitlines()] == names()
    assert re.search(r"^brat +read and write +folder +entities events times +brat stand-off", listed, re.M)


@pytest.mark.parametrize("name", names())
def test_every_format_says_what_it_is(name: str) -> None:
    made = get(name)
    assert made.name == name
    assert len(made.about) < 110
    assert type(made).__doc__
    for layer, fields in made.holds.items():
        assert fields <= EVERYTHING[layer], layer


@pytest.mark.parametrize("bad", sorted((TESTS / "bad" / "converting").iterdir()), ids=lambda path: path.name)
def test_bad_files_raise_their_incident(bad: Path) -> None:
    context = Context(Texts(gold=HARBOUR))
    read_bundle(bad, None, context)
    assert [(incident.rule, incident.line) for incident in context.incidents] == [
        (bad.stem, 4 if "syntax" in bad.stem else 3)
    ]


# formats of other packages --------------------------------------------------------------------------------------------

PLUGIN = '''
from dataclasses import dataclass
from typing import ClassVar
from goldwire.cli.main import main
from goldwire.converting import Bundle

@dataclass(frozen=True)
class Shout:
    """Mentions as SHOUTED words."""
    name: ClassVar[str] = "shout"
    about: ClassVar[str] = "mentions in capitals"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = True
    mark: str = "!"

    @property
    def holds(self):
        return {"document": frozenset({"doc_id", "text"}), "entities": frozenset({"start", "end"})}

    def write(self, bundle, path, context):
        lines = []
        for record in bundle.documents:
            text = record["text"]
            for item in record.get("entities", []):
                text = text[:item["start"]] + text[item["start"]:item["end"]].upper() + text[item["end"]:]
            lines.append(text.strip() + self.mark)
        path.write_text("\\n".join(lines))
'''


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A folder with an installed package that registers a format, and one whose format cannot be imported."""
    site = tmp_path / "site"
    (site / "shouting-1.0.dist-info").mkdir(parents=True)
    (site / "shouting.py").write_text(PLUGIN)
    (site / "shouting-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1.0\n")
    entries = "[goldwire.formats]\nshout = shouting:Shout\nbroken = nowhere:Nothing\n"
    (site / "shouting-1.0.dist-info" / "entry_points.txt").write_text(entries)
    return site


def test_other_packages_bring_formats(plugin: Path, verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(plugin)
    registry._registered.cache_clear()
    try:
        _, listed, _ = verb("list", "formats")
        assert re.search(r"^shout +write +file +entities +mentions in capitals$", listed, re.M)
        assert "the format 'broken' (nowhere:Nothing) cannot be imported" in listed
        code, _, told = verb("convert", HARBOUR, "out", "--to", "shout", "--to-set", "mark=?")
        assert code == 0
        assert re.search(r"^  shout +entities +17  type ", told, re.M)
        assert "BAKERS IN EASTFORD went on strike on Friday.?" in Path("out").read_text()
        refused = (2, "", "goldwire: the format 'shout' can be written only\n")
        assert verb("convert", "out", "x.jsonl", "--from", "shout") == refused
    finally:
        registry._registered.cache_clear()


# the library ----------------------------------------------------------------------------------------------------------


def test_convert_reports_and_raises(tmp_path: Path, jsonl: Callable[..., Path], harbour: goldwire.Corpus) -> None:
    done = convert(jsonl(gold_records(harbour)), tmp_path / "out", target_format="brat", gold=HARBOUR)
    assert (done.source_format, done.target_format, done.counts["entities"]) == ("goldwire", "brat", 17)
    with pytest.raises(IncidentError, match="1 error"):
        convert(jsonl([{"doc_id": "n1", "entities": [{"start": 5, "end": 2}]}], "bad.jsonl"), tmp_path / "x.jsonl")
    with pytest.raises(UsageError, match="expected 'stop' or 'drop'"):
        convert(HARBOUR, tmp_path / "x.jsonl", on_error="ignore")


def test_bad_items_are_left_out_where_they_stand(jsonl: Callable[..., Path]) -> None:
    arguments = [{"role": "Place", "start": 0, "end": 4, "event_id": "none"}, {"role": "Agent", "start": 5, "end": 6}]
    events = [{"id": "v1", "type": "Meet", "trigger": [0, 4], "arguments": arguments}, {"type": "Meet"}]
    records: list[dict[str, Any]] = [
        {"doc_id": "n1", "events": events, "times": [{"start": 9, "end": 2}]},
        {"a": "n1", "b": "n1"},
        {"a": "n1", "b": "n2"},
    ]
    context = Context(Texts(gold=HARBOUR))
    bundle, _ = read_bundle(jsonl(records), None, context)
    kept = {"id": "v1", "type": "Meet", "trigger": [0, 4], "arguments": [arguments[1]]}
    assert bundle.records == [{"doc_id": "n1", "events": [kept], "times": []}, {"a": "n1", "b": "n2"}]
    assert [x.line for x in context.incidents] == [1, 1, 1, 2]


@pytest.mark.parametrize(
    "item",
    [
        {"start": "5", "end": 6}, {"start": 5.5, "end": 6}, {"start": 2**40, "end": 6}, {"start": 1, "end": 2, "type": 7},
        {"start": 1, "end": 2, "score": float("nan")}, {"start": 1, "end": 2, "type": "\ud800"}, "x", None, ["start"],
    ],
    ids=str,
)  # fmt: skip
def test_whatever_a_reader_makes_is_checked(item: Any) -> None:
    from goldwire.converting.checking import checked

    bundle = Bundle(records=[{"doc_id": "d", "entities": [item]}], places=[("file", 7)])
    context = Context(Texts(folder=NO_TEXTS))
    try:
        kept = checked(bundle, "file", context)
    except GoldwireError:
        return
    assert context.incidents.errors >= 1
    assert kept.records in ([], [{"doc_id": "d", "entities": []}])
    assert all((x.path, x.line) == ("file", 7) for x in context.incidents)


def test_the_verbs_start_fast() -> None:
    for verb in ("convert", "init"):
        code = f"import sys; from goldwire.cli.main import main; sys.argv = ['goldwire', '{verb}', '--help']\n"
        code += "try: main()\nexcept SystemExit: pass\n"
        code += "print(sorted({'numpy', 'pyarrow', 'scipy', 'jsonschema'} & sys.modules.keys()), file=sys.stderr)"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT / "eval", check=True
        )
        assert done.stderr == "[]\n"


def test_writing_never_changes_the_bundle(tmp_path: Path) -> None:
    gold = packaged()
    before = canonical(gold)
    for name in names():
        write_bundle(gold, tmp_path / f"{name}.csv", name)
    assert canonical(gold) == before
