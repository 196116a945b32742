"""The text-free release: nothing of the articles in it, everything scoring needs, and the way back to the very bytes."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import goldwire
from conftest import ROOT, TESTS, gold_records
from goldwire.building.tables import CONFIGS
from goldwire.building.withhold import Runs, hold_back, put_back
from goldwire.cli.main import main
from goldwire.corpus.digest import table_digest

ARTICLES = ROOT / "annotations" / "articles"
HARBOUR = TESTS / "corpus" / "articles"


@pytest.fixture(scope="module")
def moscow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The text-free release of the packaged gold."""
    folder = tmp_path_factory.mktemp("moscow") / "dataset"
    goldwire.build(ROOT / "annotations", folder, text=False)
    return folder


@pytest.fixture(scope="module")
def harbour_free(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("harbour") / "dataset"
    goldwire.build(TESTS / "corpus", folder, text=False)
    return folder


@pytest.fixture
def free(harbour_free: Path, tmp_path: Path) -> Path:
    """The text-free release of Harbour, to change at will."""
    return Path(shutil.copytree(harbour_free, tmp_path / "free"))


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# nothing of the articles ----------------------------------------------------------------------------------------------


def spoken(text: str) -> list[str]:
    """Words as somebody would count them who wants to find a quotation: letters and digits, case and forms folded."""
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def printed(text: str) -> list[str]:
    """Words as they stand between spaces, bare of the punctuation around them."""
    return [word for word in (re.sub(r"^\W+|\W+$", "", part) for part in text.casefold().split()) if word]


def runs(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + 8]) for i in range(len(words) - 7)}


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def contents(folder: Path) -> Iterator[tuple[str, str]]:
    """Every string of every file: values of Parquet and JSON one by one and the text of all other files, markup off."""
    for name, data in files_of(folder).items():
        if name.endswith(".parquet"):
            rows = pq.ParquetFile(folder / name).read().to_pylist()
            yield from ((name, value) for value in strings(rows))
        else:
            text = data.decode()
            yield name, text
            yield name, re.sub(r"<[^>]*>", "", text)
            if name.endswith(".json"):
                yield from ((name, value) for value in strings(json.loads(text)))


@pytest.mark.parametrize("words", [spoken, printed])
def test_no_file_holds_eight_words_in_a_row_of_any_article(moscow: Path, words: Callable[[str], list[str]]) -> None:
    texts = [path.read_bytes().decode() for path in sorted(ARTICLES.glob("*.txt"))]
    quoted = set().union(*(runs(words(text)) for text in texts))
    assert len(texts) == 5
    found = [(name, text[:80]) for name, text in contents(moscow) if runs(words(text)) & quoted]
    assert found == []
    assert (
        runs(words((ROOT / "dataset" / "pictures" / "000_f45445b026115c01.html").read_text())) & quoted
    )  # it can fail


def test_no_file_holds_an_article_s_bytes_in_disguise(moscow: Path) -> None:
    # words of an article written by the annotators (names, labels) remain; whole lines of it do not, in any column
    lines = {line.strip() for path in ARTICLES.glob("*.txt") for line in path.read_text().splitlines()}
    long = {line for line in lines if len(line) > 40}
    assert len(long) > 50
    assert not [text for _, text in contents(moscow) if any(line in text for line in long)]


def test_every_copy_is_null_and_everything_else_is_there(moscow: Path) -> None:
    articles = goldwire.table("articles", moscow)
    whole = goldwire.table("articles")
    assert articles["text"].null_count == articles["headline"].null_count == 5
    for column in ("doc_id", "sha256", "length", "published", "zones", "sentences", "rights_holder"):
        assert articles[column] == whole[column]
    copies = {"events": ["text"], "times": ["text"], "passages": ["a_text", "b_text"]}
    for config, columns in copies.items():
        table = goldwire.table(config, moscow)
        assert all(table[column].null_count == len(table) for column in columns)
    mentions = [m for row in goldwire.table("entities", moscow).to_pylist() for m in row["mentions"]]
    arguments = [a for row in goldwire.table("events", moscow).to_pylist() for a in row["arguments"]]
    assert {item["text"] for item in mentions + arguments} == {None}
    assert (len(mentions), len(arguments)) == (491, 615)
    # three labels, two names and a note quote eight words; they can be put back from the text, too
    withheld = json.loads((moscow / "withheld.json").read_text())
    assert {config: len(rows) for config, rows in withheld.items()} == {
        "articles": 4, "entity_index": 2, "event_instances": 3, "passages": 1,
    }  # fmt: skip
    assert not (moscow / "pictures").exists()


def test_the_card_and_the_digests_say_what_it_is(moscow: Path) -> None:
    manifest = json.loads((moscow / "digests.json").read_text())
    assert manifest["text"] == "withheld"
    assert manifest["digest"] == goldwire.load_corpus().digest  # the gold is the same gold
    for name, entry in manifest["configs"].items():
        assert table_digest(goldwire.table(name, moscow)) == entry["digest_without_text"]
    card = (moscow / "README.md").read_text()
    assert "\n> **Text-free release.**" in card
    assert "Left out of the text-free release, because they show the texts." in card
    verified = goldwire.verify(moscow)
    assert (verified.sound, verified.withheld) == (True, True)
    assert list(goldwire.validate(moscow)) == []


def test_scoring_needs_no_text(free: Path, harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    predictions = jsonl(gold_records(harbour))
    without = goldwire.score(predictions, free)
    assert without["entities.strict.f1"] == without["coref.conll"] == without["passages.macro.f1"] == 1.0
    assert without.gold["digest"] == harbour.digest
    with pytest.raises(goldwire.UsageError, match="holds no texts to run a system on"):
        goldwire.run("capitals", free.parent / "p.jsonl", free)


def test_a_gold_that_quotes_in_other_letters_cannot_be_released_without_texts(source: Path, tmp_path: Path) -> None:
    text = (source / "articles" / "n1.txt").read_text()
    words = re.findall(r"\S+", text)
    quotation = " ".join(words[10:20]).upper()
    passages = source / "gold" / "passages.json"
    content = json.loads(passages.read_text())
    content["passages"][0]["note"] = quotation
    passages.write_text(json.dumps(content, ensure_ascii=False))
    with pytest.raises(goldwire.UsageError, match=r"passages 'p1', note: quotes an article in other characters"):
        goldwire.build(source, tmp_path / "d", text=False)
    passages.write_text(json.dumps({"passages": [{**p, "note": None} for p in content["passages"]]}))
    (source / "card.md").write_text(f"# Harbour\n\nBegins: {quotation}\n")
    with pytest.raises(goldwire.UsageError, match=r"README\.md: its text repeats 8 words of n1; reword it"):
        goldwire.build(source, tmp_path / "d", text=False)
    assert not (tmp_path / "d").exists()


def test_what_is_held_back_comes_back() -> None:
    import pyarrow as pa

    text = "Ships left. The old harbour of the northern town was closed on Monday, they said."
    #       0           12                                                 62
    rows = {
        "articles": [{"doc_id": "d", "text": text, "length": len(text), "headline": "Ships left."}],
        "entities": [{"doc_id": "d", "mentions": [
            {"id": "m1", "start": 0, "end": 5, "text": "Ships"},
            {"id": "m2", "start": 0, "end": 10, "fragments": [0, 5, 6, 10], "text": "Ships left"},  # a space between
            {"id": "m3", "start": 0, "end": 10, "fragments": [0, 5, 6, 10], "text": "Ships … left"},  # another habit
        ]}],
        "times": [{"doc_id": "d", "id": "t", "start": 63, "end": 69, "text": "Monday"}],
        "passages": [{"id": "p", "a": "d", "b": "d", "a_start": 0, "a_end": 5, "b_start": 6, "b_end": 10,
                      "a_text": "Ships", "b_text": "left",
                      "note": "“The old harbour of the northern town was closed” (Ships left.)"}],
    }  # fmt: skip
    tables = {name: pa.Table.from_pylist(rows.get(name, []), schema=CONFIGS[name]) for name in CONFIGS}
    assert text[63:69] == "Monday"
    shipped, withheld = hold_back(tables)
    assert withheld == {
        "articles": {"d": [[["headline"], [["d", 0, 11]]]]},
        "entities": {"d": [[["mentions", 2, "text"], [["d", 0, 6], "…", ["d", 5, 10]]]]},
        "passages": {"p": [[["note"], ["“", ["d", 12, 59], "” (", ["d", 0, 11], ")"]]]},
    }
    kept = [value for table in shipped.values() for value in strings(table.to_pylist()) if "hip" in value]
    assert kept == []
    filled = put_back(shipped, {"d": text}, withheld)
    assert {name: table_digest(t) for name, t in filled.items()} == {
        name: table_digest(t) for name, t in tables.items()
    }


def test_seven_words_are_no_run() -> None:
    found = Runs({"d": "one two three four five six seven eight nine"})
    assert found.documents("x one two three four five six seven x") == []
    assert found.documents("TWO, three – four five; six seven eight nine!") == ["d"]


# the way back ---------------------------------------------------------------------------------------------------------


def test_hydration_gives_the_release_with_texts_to_the_last_byte(free: Path, tmp_path: Path) -> None:
    goldwire.build(TESTS / "corpus", tmp_path / "whole")
    goldwire.hydrate(free, HARBOUR)
    assert files_of(free) == files_of(tmp_path / "whole")


def test_hydration_of_the_packaged_gold(moscow: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(moscow, tmp_path / "dataset"))
    assert main(["hydrate", str(copy), "--texts", str(ARTICLES), "-q"]) == 0
    whole, filled = files_of(ROOT / "dataset"), files_of(copy)
    assert whole.keys() == filled.keys()
    other = {name for name in whole if whole[name] != filled[name]}
    # Parquet bytes, and so their sums and sizes, are reproducible for one pyarrow version only
    assert {name for name in other if not name.startswith("data/")} <= {
        "SHA256SUMS", "digests.json", "croissant.json", "datacite.json",
    }  # fmt: skip
    assert goldwire.verify(copy).configs == goldwire.verify(ROOT / "dataset").configs


def test_texts_are_known_by_their_sums_whatever_their_names(free: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "archive" / "2021"
    elsewhere.mkdir(parents=True)
    for i, path in enumerate(sorted(HARBOUR.glob("*.txt"))):
        shutil.copy(path, elsewhere / f"story-{i}.html")
    manifest = goldwire.hydrate(free, tmp_path / "archive", tmp_path / "filled")
    assert manifest["digest"] == goldwire.load_corpus(TESTS / "corpus").digest
    assert goldwire.table("articles", free)["text"].null_count == 3  # the release itself stays as it is
    assert goldwire.table("articles", tmp_path / "filled")["text"].null_count == 0


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (lambda data: data.replace(b"\n", b"\r\n"), "(its line ends were changed to CRLF)"),
        (lambda data: b"\xef\xbb\xbf" + data, "(a byte order mark was added)"),
        (lambda data: data + b"\n", "(a line end was added at its end)"),
        (lambda data: data.replace(b"e", b"a", 1), "found sha256"),
        (lambda data: unicodedata.normalize("NFD", data.decode() + "é").encode(), "found sha256"),
    ],
)
def test_an_altered_text_is_refused_and_never_adjusted(
    free: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], alter: Callable[[bytes], bytes], said: str
) -> None:
    texts = Path(shutil.copytree(HARBOUR, tmp_path / "texts"))
    (texts / "n2.txt").write_bytes(alter((texts / "n2.txt").read_bytes()))
    before = files_of(free)
    assert main(["hydrate", str(free), "--texts", str(texts)]) == 1
    shown = capsys.readouterr()
    assert said in shown.err
    assert f"{texts / 'n2.txt'}: error[checksum]" in shown.err
    assert "1 text(s) or file(s) are missing or other; nothing was written" in shown.err
    assert files_of(free) == before


def test_what_cannot_be_hydrated(free: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["hydrate", str(free), "--texts", str(tmp_path / "empty")]) == 1
    assert "n1.txt: error[missing-file]" in capsys.readouterr().err
    assert main(["hydrate", str(free), "--texts", str(tmp_path / "nowhere")]) == 2
    assert "no such folder of texts" in capsys.readouterr().err
    assert main(["hydrate", str(ROOT / "dataset"), "--texts", str(ARTICLES)]) == 2
    assert "holds its texts already" in capsys.readouterr().err
    (free / "withheld.json").write_text('{"articles": {"n1": [[["zones", 99, "zone"], [["n9", 0, 4]]]]}}')
    assert main(["hydrate", str(free), "--texts", str(HARBOUR)]) == 2
    assert "withheld.json: does not fit the data it belongs to" in capsys.readouterr().err


def test_other_data_than_the_release_s_is_not_passed_off_as_it(free: Path, tmp_path: Path) -> None:
    (free / "withheld.json").write_text("{}")  # headlines would be missing
    with pytest.raises(goldwire.ReleaseError, match="config 'articles', with its texts, has another digest"):
        goldwire.hydrate(free, HARBOUR)
    manifest = json.loads((free / "digests.json").read_text())
    path = free / manifest["configs"]["times"]["file"]
    pq.write_table(pq.ParquetFile(path).read().slice(1), path)
    with pytest.raises(goldwire.IncidentError, match="nothing was written"):
        goldwire.hydrate(free, HARBOUR)
    manifest["configs"]["times"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (free / "digests.json").write_text(json.dumps(manifest))
    with pytest.raises(goldwire.ReleaseError, match="another digest"):
        goldwire.hydrate(free, HARBOUR, tmp_path / "out")
    assert not (tmp_path / "out").exists()
