"""Pictures: the article's text untouched, every annotation in its place, and nothing in the data that becomes markup."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT, TESTS
from goldwire.building.picture import picture
from goldwire.building.tables import CONFIGS, config_tables
from goldwire.errors import UsageError
from goldwire.formats.folder import read_source
from goldwire.incidents import Incidents

Tables = dict[str, pa.Table]
VOID = {"meta", "input"}
HOSTILE = '<script>alert(1)</script>" onmouseover="x\' &amp; \u2028</style><!-- 🛳'


def tables_of(folder: Path) -> Tables:
    return config_tables(read_source(folder, Incidents()))


HARBOUR = tables_of(TESTS / "corpus")
MOSCOW = tables_of(ROOT / "annotations")


def edited(tables: Tables, config: str, change: Callable[[dict[str, Any]], object]) -> Tables:
    """The tables with ``change`` made to every row of a config."""
    rows = tables[config].to_pylist()
    for row in rows:
        change(row)
    return {**tables, config: pa.Table.from_pylist(rows, schema=CONFIGS[config])}


class Page(HTMLParser):
    """What a browser makes of a page; AssertionError where its tags are not balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.content: dict[str, str] = defaultdict(str)
        self.of_id: dict[str, str] = defaultdict(str)
        self._open: list[tuple[str, dict[str, str]]] = []
        self.feed(html.replace("\r\n", "\n").replace("\r", "\n"))  # as browsers do before they parse
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs)
        element = tag, {name: value or "" for name, value in attrs}
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if any("text" in attributes.get("class", "").split() for _, attributes in self._open):
            self.text += data
        for tag, attributes in self._open:
            self.content[tag] += data
            self.of_id[attributes.get("data-id", "")] += data

    def all(self, name: str) -> list[str]:
        """The values of an attribute, in the order of the page."""
        return [attributes[name] for _, attributes in self.elements if name in attributes]

    def classes(self, data_id: str) -> set[str]:
        """Classes of the element of an annotation."""
        return {
            name for _, row in self.elements if row.get("data-id") == data_id for name in row.get("class", "").split()
        }


def annotations(tables: Tables, doc_id: str) -> dict[str, list[int]]:
    """Id -> extent of all that an article's text is annotated with."""
    mentions = next(row["mentions"] for row in tables["entities"].to_pylist() if row["doc_id"] == doc_id)
    extents = {row["id"]: row["fragments"] or [row["start"], row["end"]] for row in mentions}
    for row in tables["times"].to_pylist():
        if row["doc_id"] == doc_id:
            extents[row["id"]] = [row["start"], row["end"]]
    for row in tables["events"].to_pylist():
        if row["doc_id"] == doc_id:
            extents[row["id"]] = row["trigger"]
    return extents


def text_of(tables: Tables, doc_id: str) -> str:
    return next(row["text"] for row in tables["articles"].to_pylist() if row["doc_id"] == doc_id)


def check(tables: Tables, doc_id: str) -> Page:
    """The parsed page, after checks of what holds for every page."""
    page = Page(picture(doc_id, tables))
    text = text_of(tables, doc_id)
    assert page.text == text
    for key, extent in annotations(tables, doc_id).items():
        assert page.of_id[key] == "".join(text[a:b] for a, b in zip(extent[::2], extent[1::2], strict=True)), key
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert Counter(tag for tag, _ in page.elements if tag in {"script", "style", "link", "img", "iframe"}) == {
        "script": 1,
        "style": 1,
    }
    ids = page.all("id")
    assert len(set(ids)) == len(ids)
    assert {target for target in page.all("href") if target.removeprefix("#") not in ids or target[0] != "#"} == set()
    return page


@dataclass
class Made:
    """The picture of an article of one of the two corpora."""

    tables: Tables
    doc_id: str
    html: str
    page: Page


ARTICLES = [(tables, doc_id) for tables in (HARBOUR, MOSCOW) for doc_id in tables["articles"]["doc_id"].to_pylist()]


@pytest.fixture(scope="module", params=ARTICLES, ids=lambda article: article[1])
def made(request: pytest.FixtureRequest) -> Made:
    tables, doc_id = request.param
    return Made(tables, doc_id, picture(doc_id, tables), check(tables, doc_id))


def test_the_text_is_the_articles_and_every_annotation_covers_its_extent(made: Made) -> None:
    assert made.page.text == text_of(made.tables, made.doc_id)
    assert annotations(made.tables, made.doc_id).keys() == set(made.page.all("data-id"))


def test_every_passage_of_the_article_is_shown(made: Made) -> None:
    for row in made.tables["passages"].to_pylist():
        own = made.doc_id in (row["a"], row["b"])
        assert own == any(title.startswith(f"{row['id']}\n") for title in made.page.all("title"))


def test_a_page_asks_for_nothing_from_elsewhere_and_is_small(made: Made) -> None:
    assert not made.page.all("src")
    assert "http:" not in made.html
    assert "https:" not in made.html
    assert "url(" not in made.page.content["style"]
    assert "@import" not in made.page.content["style"]
    assert len(made.html.encode()) < 300_000


def test_the_same_tables_give_the_same_bytes_whatever_the_order_of_their_rows(made: Made) -> None:
    turned = {name: table.take(list(range(len(table)))[::-1]) for name, table in made.tables.items()}
    assert made.html == picture(made.doc_id, made.tables) == picture(made.doc_id, turned)


def test_the_policy_lets_in_the_style_sheet_and_the_script_of_the_page_alone() -> None:
    page = Page(picture("n1", HARBOUR))
    policy = next(row["content"] for _, row in page.elements if row.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    for tag in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(page.content[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_head_names_language_charset_viewport_and_title() -> None:
    html = picture("n1", HARBOUR, language="de")
    page = Page(html)
    assert html.startswith("<!DOCTYPE html>\n")
    assert page.elements[0] == ("html", {"lang": "en"})  # the page speaks English, the article what it speaks
    assert {row["lang"] for _, row in page.elements if row.get("class") == "text"} == {"de"}
    assert ("meta", {"charset": "utf-8"}) in page.elements
    assert "viewport" in page.all("name")
    assert page.content["title"] == "Ferry 🛳 sails again – annotation of article n1"


# hostile data --------------------------------------------------------------------------------------------------------


def hostile(value: Any) -> Any:
    """A value with markup after each of its strings: ids change alike everywhere, so references still hold."""
    if isinstance(value, str):
        return value + HOSTILE
    if isinstance(value, list):
        return [hostile(one) for one in value]
    return {key: hostile(one) for key, one in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("spared", ["", "basis"])  # links of wording, which a basis that is no label hides
@pytest.mark.parametrize("doc_id", ["n1", "n2", "n3"])
def test_markup_in_any_string_of_the_data_stays_text(doc_id: str, spared: str) -> None:
    tables = {
        name: pa.Table.from_pylist(
            [{key: value if key == spared else hostile(value) for key, value in row.items()} for row in table.to_pylist()],
            schema=table.schema,
        )
        for name, table in HARBOUR.items()
    }  # fmt: skip

    def lengthen(row: dict[str, Any]) -> None:
        row["zones"][-1]["end"] = len(row["text"])

    page = check(edited(tables, "articles", lengthen), doc_id + HOSTILE)
    assert page.text.endswith(HOSTILE)


@pytest.mark.parametrize(
    "text", ["a\r\nb\rc\n", "\n\n x \n\n", "\N{NO-BREAK SPACE}\n", "👩‍👩‍👧 e\u0301 \u202e\u2028 <b>&lt;", ""]
)
def test_any_text_comes_back_code_point_for_code_point(text: str) -> None:
    def change(row: dict[str, Any]) -> None:
        row["text"], row["zones"] = text, [{"zone": "body", "start": 0, "end": len(text)}]
        row["sentences"] = [{"start": 0, "end": len(text)}]

    bare = {**HARBOUR, **{name: HARBOUR[name].slice(0, 0) for name in ("entities", "events", "times", "passages")}}
    assert Page(picture("n3", edited(bare, "articles", change))).text == text


# spans that cross ----------------------------------------------------------------------------------------------------


@st.composite
def extents(draw: st.DrawFn, length: int) -> list[int]:
    """One to three fragments in text order."""
    count = draw(st.integers(1, 3))
    cuts = draw(st.lists(st.integers(0, length), min_size=2 * count, max_size=2 * count, unique=True))
    return sorted(cuts)


LENGTH = len(text_of(HARBOUR, "n1"))


@settings(deadline=None)
@given(st.lists(extents(LENGTH), min_size=2, max_size=12), st.lists(extents(LENGTH), min_size=2, max_size=2))
def test_mentions_and_triggers_may_cross_in_any_way(mentions: list[list[int]], triggers: list[list[int]]) -> None:
    def replace(row: dict[str, Any]) -> None:
        first = row["mentions"][0]
        row["mentions"] = [
            {**first, "id": f"m{i}", "start": extent[0], "end": extent[-1], "fragments": extent}
            for i, extent in enumerate(mentions)
        ]

    def shift(row: dict[str, Any]) -> None:
        if row["doc_id"] == "n1":
            row["trigger"] = triggers.pop()

    check(edited(edited(HARBOUR, "entities", replace), "events", shift), "n1")


# what is shown -------------------------------------------------------------------------------------------------------


def test_nested_mentions_are_underlined_one_below_the_other() -> None:
    # n2: "The harbour of Westhaven" (m3) holds "Westhaven" (m4)
    page = Page(picture("n2", HARBOUR))
    assert page.classes("n2.m4") >= {"m", "d0", "nam", "type-GPE"}
    assert page.classes("n2.m3") >= {"m", "d1", "nom", "type-FAC"}


def test_mentions_of_one_entity_share_a_key_and_lead_to_its_entry() -> None:
    page = Page(picture("n1", HARBOUR))
    mentions = next(row["mentions"] for row in HARBOUR["entities"].to_pylist() if row["doc_id"] == "n1")
    brook = {row["id"] for row in mentions if row["entity_id"] == "brook"}
    key = {row["data-k"] for _, row in page.elements if row.get("data-id") in brook}
    assert len(key) == 1
    assert {row["data-id"] for _, row in page.elements if row.get("data-k") in key and "data-id" in row} == brook
    assert key < set(page.all("id"))


def test_a_metonymic_mention_is_marked() -> None:
    def mark(row: dict[str, Any]) -> None:
        row["mentions"][0]["metonymic"] = True

    plain, marked = Page(picture("n3", HARBOUR)), Page(picture("n3", edited(HARBOUR, "entities", mark)))
    assert "met" not in plain.all("class")
    assert marked.all("class").count("met") == 2  # at the mention and in the legend
    assert any("PERSON NOM, metonymic" in title for title in marked.all("title"))


def test_a_trigger_shows_its_type_track_and_realis() -> None:
    # n1: "said" is a Statement that happened, "meet" a Meet that is intended
    page = Page(picture("n1", HARBOUR))
    assert page.classes("n1.v1") == {"v", "side", "solid"}
    assert page.classes("n1.v2") == {"v", "core", "dashed"}
    assert [label for label in page.all("data-label") if not label[0].isdigit()] == ["Statement", "Meet"]


def test_a_time_shows_its_value_or_that_it_has_none() -> None:
    assert "2024-05-06" in Page(picture("n2", HARBOUR)).all("data-label")  # "Monday", known from the other article

    def undecide(row: dict[str, Any]) -> None:
        row["resolved"] = None

    page = Page(picture("n2", edited(HARBOUR, "times", undecide)))
    assert "XXXX-WXX-1?" in page.all("data-label")


def test_an_event_lists_roles_names_attributes_and_attribution() -> None:
    def attribute(row: dict[str, Any]) -> None:
        if row["id"] == "n1.v2":
            row["attribution_source"], row["attribution_event"], row["polarity"] = "brook", "n1.v1", "NEG"

    html = picture("n1", edited(HARBOUR, "events", attribute))
    card = html[html.index('class="event core dashed"') :].split("</li>")[0]
    page = Page(f"<li {card}</li>")
    assert page.content["dt"] == "ParticipantTimeaccording toin"
    assert page.content["dd"].split("\n") == [
        "She Ada Brookthe crew of the “Étoile” crew of the ÉtoileTuesday 2024-05-07Ada Brooksaid Statement"
    ]
    assert page.content["span"] == "NEGINTENDEDFUTURE"


def test_only_passages_of_wording_have_a_band_and_need_no_switch() -> None:
    def of_passages(doc_id: str) -> list[tuple[str, str]]:
        elements = Page(picture(doc_id, HARBOUR)).elements
        return [(row["title"].split("\n")[0], row["class"]) for _, row in elements if "chip" in row.get("class", "").split()
                and "data-k" in row]  # fmt: skip

    # Each is shown at its sentence and in the index; the furniture p3 at both of its ends.
    assert of_passages("n1") == [("p1", "chip b0"), ("p2", "chip b0")] * 2
    assert sorted(of_passages("n2")) == [("p1", "chip b0")] * 2 + [("p2", "chip b0")] * 2 + [("p3", "chip link")] * 3
    assert of_passages("n3") == []


def test_event_lists_open_and_close_without_a_script() -> None:
    tags = Counter(tag for tag, _ in Page(picture("n1", HARBOUR)).elements)
    assert tags["details"] == tags["summary"] == 3  # the legend and two sentences with events


def test_an_unknown_article_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'n1'"):
        picture("N1", HARBOUR)
