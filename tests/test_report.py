"""The HTML report as text: it stands alone, says all that is known, escapes everything and keeps its size."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldwire
from conftest import TESTS, gold_records
from goldwire.cli.main import main
from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.reading import read_predictions
from goldwire.report.html import System, report_page, system_of_predictions, system_of_result
from goldwire.report.html.charts import Scale, bar
from goldwire.report.html.payload import choose, embedded
from goldwire.report.terminal import shown
from noise import noisy

HARBOUR = TESTS / "corpus"
HOSTILE = '</script><script>window.owned=1</script><img src=x onerror="window.owned=1">&amp;\u2028\'"🛳'
VOID = {"meta", "rect", "circle", "line", "path", "input"}


class Page(HTMLParser):
    """Elements, texts and scripts of a page; AssertionError where its tags are not balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.style = ""
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {key: value or "" for key, value in attrs}
        self.elements.append((tag, attributes))
        if tag == "script":
            self.scripts.append((attributes, ""))
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["script"]:
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        elif self._open[-1:] == ["style"]:
            self.style += data
        else:
            self.text += data

    def data(self) -> Any:
        return json.loads(next(text for attributes, text in self.scripts if attributes.get("id") == "data"))


@pytest.fixture(scope="module")
def systems(harbour: Corpus, tmp_path_factory: pytest.TempPathFactory) -> list[System]:
    """A perfect system and two poor ones on the Harbour corpus."""
    folder = tmp_path_factory.mktemp("systems")
    records = {
        "perfect": [
            {"goldwire": 1, "entity_scope": "corpus", "system": {"name": "perfect"}},
            *gold_records(harbour)[1:],
        ],
        "poor": noisy(harbour, 5, 0.4, "poor"),
        "fair": noisy(harbour, 6, 0.2, "fair"),
    }
    scored = [record | {"score": 0.9} if "reuse_a" in record else record for record in records["perfect"]]
    records["perfect"] = scored
    made = []
    for number, (name, lines) in enumerate(records.items()):
        path = folder / f"{name}.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        made.append(system_of_predictions(number, read_predictions(path, harbour).corpus, harbour))
    return made


@pytest.fixture(scope="module")
def html(systems: list[System], harbour: Corpus) -> str:
    return report_page(systems, harbour)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_nothing_is_loaded_from_anywhere(page: Page, html: str) -> None:
    assert not {tag for tag, _ in page.elements} & {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "audio",
        "video",
    }
    for tag, attributes in page.elements:
        assert not {"src", "srcset", "data", "action", "style", "onclick", "onload"} & set(attributes), tag
        assert attributes.get("href", "#").startswith("#"), attributes
    assert "@import" not in page.style
    assert "url(" not in page.style
    code = next(text for attributes, text in page.scripts if "type" not in attributes)
    assert not re.search(
        r"\b(fetch|XMLHttpRequest|WebSocket|import\s*\(|innerHTML|outerHTML|insertAdjacentHTML|eval)\b", code
    )
    assert html.count("http://") == html.count("http://www.w3.org/2000/svg") == 1  # the name of SVG in the script


def test_the_policy_admits_this_style_and_this_script_only(page: Page) -> None:
    policy = next(a["content"] for tag, a in page.elements if tag == "meta" and "http-equiv" in a)
    code = next(text for attributes, text in page.scripts if "type" not in attributes)
    for content in (page.style, code):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")


def test_every_reported_value_is_on_the_page(page: Page, systems: list[System]) -> None:
    for system in systems:
        assert system.name in page.text
        for name, value in system.result.values.items():
            assert value.value is None or shown(name, value.value) in page.text, name
    assert systems[0].result.signature in page.text


def test_every_part_is_there_and_every_link_has_an_end(page: Page, systems: list[System]) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    parts = {"comparison", "figures", "breakdown", "errors", "confusions", "curve", "items", "articles", "passages"}
    assert parts | {"differences", "about"} <= set(ids)
    tasks = {str(system.number): set(system.items) for system in systems}
    leading = 0
    for tag, attributes in page.elements:
        if tag != "a":
            continue
        name, _, query = attributes["href"].removeprefix("#").partition("?")
        assert name in ids
        wanted = dict(parse_qsl(query, strict_parsing=bool(query)))
        if name == "items" and wanted:
            leading += 1
            assert wanted["task"] in tasks[wanted["system"]]
    assert leading > 300


def test_the_family_and_the_tests_are_stated(page: Page) -> None:
    assert "sign flips over units, two-sided; corrected by Holm over a family of" in page.text
    assert "Descriptive only: with 3 units no test reaches p < 0.25" in page.text
    assert "1.0000" in page.text


def test_the_data_hold_all_items_of_small_corpora(page: Page, systems: list[System], harbour: Corpus) -> None:
    data = page.data()
    assert [doc["id"] for doc in data["docs"]] == list(harbour.doc_ids)
    assert data["docs"][0]["text"] == harbour["articles"]["text"][0].as_py()
    for system, own in zip(systems, data["items"], strict=True):
        assert {task: len(columns["kind"]) for task, columns in own.items()} == {
            task: len(table) for task, table in system.items.items()
        }
    columns = data["items"][1]["entities"]
    table = systems[1].items["entities"]
    assert [data["pool"][code] for code in columns["class"]] == table["class"].to_pylist()
    assert [None if start < 0 else start for start in columns["gold_start"]] == table["gold_start"].to_pylist()


def test_the_same_input_gives_the_same_page(systems: list[System], harbour: Corpus, html: str) -> None:
    assert report_page(systems, harbour) == html


def test_results_alone_give_tables(systems: list[System], tmp_path: Path, html: str) -> None:
    again = []
    for system in systems:
        system.result.write(tmp_path / f"{system.number}.json")
        again.append(system_of_result(system.number, goldwire.Result.read(tmp_path / f"{system.number}.json")))
    tables = Page(report_page(again, None))
    assert [attributes.get("type") for attributes, _ in tables.scripts].count("application/json") == 0
    assert all(attributes["href"].partition("?")[2] == "" for tag, attributes in tables.elements if tag == "a")
    cells = re.compile(r'<section id="comparison">.*?</section>', re.DOTALL)
    plain = [re.sub(r"</?a\b[^>]*>", "", cells.search(text)[0]) for text in (report_page(again, None), html)]  # type: ignore[index]
    assert plain[0] == plain[1]  # the same numbers, without links


def test_one_system_needs_no_comparison(systems: list[System], harbour: Corpus) -> None:
    one = Page(report_page(systems[1:2], harbour))
    assert "p corrected" not in one.text
    assert "differences" not in {attributes.get("id") for _, attributes in one.elements}


# ------------------------------------------------------------------------------------------------------- escaping


def hostile() -> tuple[Corpus, Corpus]:
    """Gold and predictions in which every string is an attack."""
    docs = (f"d{HOSTILE}", f"e{HOSTILE}")
    text = f"{HOSTILE} and more text"
    tables: dict[str, list[dict[str, Any]]] = {
        "articles": [{"doc_id": doc, "text": text, "length": len(text)} for doc in docs],
        "mentions": [
            {
                "doc_id": doc,
                "mention_id": HOSTILE,
                "start": i,
                "end": i + 9,
                "type": f"{HOSTILE}{i % 2}",
                "entity_id": HOSTILE,
            }
            for doc in docs
            for i in (0, 5, 20)
        ],
        "triggers": [
            {"doc_id": doc, "event_id": HOSTILE, "start": 0, "end": 4, "type": HOSTILE, "instance_id": HOSTILE}
            for doc in docs
        ],
        "arguments": [{"doc_id": doc, "event_id": HOSTILE, "role": HOSTILE, "start": 4, "end": 9} for doc in docs],
        "passages": [
            {"a": docs[0], "a_start": 0, "a_end": 30, "b": docs[1], "b_start": 0, "b_end": 30, "relation": "verbatim"}
        ],
        "links": [{"a": docs[0], "b": docs[1], "score": 0.5, "relation": "whole"}],
    }
    made = {name: pa.Table.from_pylist(rows, schema=SCHEMAS[name]) for name, rows in tables.items()}
    gold = Corpus(docs, made, name=HOSTILE, version=HOSTILE, digest=HOSTILE)
    mentions = made["mentions"]
    retyped = pa.array([*mentions["type"].to_pylist()[1:], HOSTILE])
    other = mentions.set_column(mentions.column_names.index("type"), "type", retyped).slice(1)
    return gold, Corpus(docs, {**made, "mentions": other}, name=f"two{HOSTILE}")


def hostile_page() -> str:
    gold, other = hostile()
    one = Corpus(gold.doc_ids, gold.tables, name=HOSTILE)
    return report_page([system_of_predictions(0, one, gold), system_of_predictions(1, other, gold)], gold)


def test_nothing_in_the_data_becomes_markup() -> None:
    page = Page(hostile_page())  # balanced tags, or this fails
    assert "img" not in {tag for tag, _ in page.elements}
    assert len(page.scripts) == 2
    assert HOSTILE in page.text
    assert not any("onerror" in attributes for _, attributes in page.elements)
    assert page.data()["docs"][0]["text"].startswith(HOSTILE)


@settings(max_examples=40, deadline=None)
@given(
    value=st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_embedded_data_round_trips_and_cannot_leave_its_element(value: Any) -> None:
    text = embedded(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value


def test_half_surrogates_do_not_stop_the_page() -> None:
    assert json.loads(embedded(["\ud800"])) == ["\ud800"]
    gold, pred = hostile()
    system = system_of_predictions(0, Corpus(pred.doc_ids, pred.tables, name="half \ud800"), gold)
    assert "half \\ud800" in report_page([system], gold).encode().decode()


# ------------------------------------------------------------------------------------------------------- charts


def test_scales_end_on_tenths_around_what_they_hold() -> None:
    scale = Scale([0.42, 0.78, None, float("nan")])
    assert (round(scale.low, 6), round(scale.high, 6)) == (0.4, 0.8)
    assert scale.at(0.4) < scale.at(0.5) < scale.at(0.8) <= 200
    assert (Scale([], zero=True).low, Scale([0.3, 0.3]).high > 0.3) == (0.0, True)


def test_bars_are_as_wide_as_their_counts() -> None:
    widths = [
        float(w)
        for w in re.findall(r'<rect x="[\d.]+" y="0" width="([\d.]+)"', bar({"correct": 3, "missing": 1}, 8, label="x"))
    ]
    assert widths == pytest.approx([225 - 0.8, 75 - 0.8])


# ------------------------------------------------------------------------------------------------------- size


def large(documents: int, seed: int = 0) -> tuple[Corpus, Corpus]:
    """Documents of 20 mentions each, and predictions that lack a tenth of them."""
    rng = np.random.default_rng(seed)
    names = [f"doc{i:06d}" for i in range(documents)]
    start = np.tile(np.arange(20) * 60, documents)
    kinds = np.array(["GPE", "ORG", "PERSON"])[rng.integers(0, 3, len(start))]
    mentions = pa.table({
        "doc_id": np.repeat(names, 20), "start": pa.array(start, pa.int32()), "end": pa.array(start + 12, pa.int32()),
        "type": kinds, "entity_id": np.char.add("e", rng.integers(0, 8, len(start)).astype(str)),
    })  # fmt: skip
    for field in SCHEMAS["mentions"]:
        if field.name not in mentions.column_names:
            mentions = mentions.append_column(field, pa.nulls(len(mentions), field.type))
    mentions = mentions.select(SCHEMAS["mentions"].names)
    text = "twelve chars of a mention and then some words of filler text " * 25
    articles = pa.Table.from_pylist(
        [{"doc_id": n, "text": text, "length": len(text)} for n in names], schema=SCHEMAS["articles"]
    )
    gold = Corpus(tuple(names), {"articles": articles, "mentions": mentions}, name="large", digest="0")
    return gold, Corpus(
        tuple(names), {"mentions": mentions.filter(pa.array(rng.random(len(start)) > 0.1))}, name="some"
    )


def test_ten_thousand_documents_stay_usable() -> None:
    gold, pred = large(10_000)
    html = report_page([system_of_predictions(0, pred, gold)], gold)
    assert len(html) < 15_000_000
    data = Page(html).data()
    assert len(data["docs"]) == 200
    assert len(data["index"]) == 2000
    assert data["documents"] == 10_000
    assert "The tables above count all 10,000 documents. This page holds the texts and items of 200 of them" in html
    assert sum(row[1] >= 0 for row in data["index"]) == 200


def test_documents_are_chosen_by_errors_and_spread() -> None:
    gold, pred = large(100)
    system = system_of_predictions(0, pred, gold)
    chosen = choose([system], gold, 10)
    assert len(chosen.embedded) == 10
    wrong = chosen.wrong.sum(axis=0)
    worst = set(np.argsort(-wrong, kind="stable")[:5].tolist())
    assert worst <= set(chosen.embedded)
    rest = sorted(set(chosen.embedded) - worst)
    assert rest[0] < 10
    assert rest[-1] > 90
    assert choose([system], gold, 100).embedded == tuple(range(100))


# ------------------------------------------------------------------------------------------------------- the command


def test_the_verb_writes_one_file(tmp_path: Path, harbour: Corpus, jsonl: Callable[..., Path], capsys: Any) -> None:
    files = [str(jsonl(noisy(harbour, seed, 0.2, f"s{seed}"), f"s{seed}.jsonl")) for seed in (1, 2)]
    assert main(["report", *files, "--gold", str(HARBOUR), "-o", str(tmp_path / "page.html"), "--docs", "2"]) == 0
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert len(page.data()["docs"]) == 2
    assert "2 system(s)" in capsys.readouterr().err
    assert main(["report", files[0], files[0], "--gold", str(HARBOUR), "-o", str(tmp_path / "no.html")]) == 2
    assert "two systems are called" in capsys.readouterr().err
    assert not (tmp_path / "no.html").exists()
