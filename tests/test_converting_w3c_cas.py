"""W3C Web Annotation and UIMA CAS: formats that hold all of a document."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from formats_common import (
    NO_TEXTS,
    assert_no_traceback,
    assert_scores_perfectly,
    bundles,
    canonical,
    folder,
    holds_of,
    packaged,
    restricted,
    there_and_back,
)
from formats_drawing import without_empty_layers
from goldwire.converting import Bundle, Context, Texts, read_bundle, write_bundle
from goldwire.errors import ReadError, UsageError

EVERYTHING = ["entities.strict.f1", "coref.conll", "linking.inkb.f1", "events.arg_c.f1", "times.value.f1"]
FORMATS = ["w3c", "cas-xmi", "cas-json"]
SHIP = "Rome 🛳\r\ne\u0301te"
ZONED = {
    "doc_id": "a/b c",
    "text": SHIP,
    "zones": [{"zone": "headline", "start": 0, "end": 8}, {"zone": "body", "start": 8, "end": len(SHIP)}],
    "entities": [{"start": 5, "end": 6, "type": "PRODUCT"}, {"start": 8, "end": 12, "type": "GPE", "entity_id": "e1"}],
}


def losses(context: Context) -> list[tuple[str, str, int]]:
    return [(row.layer, row.what, row.count) for row in context.losses]


def incidents(context: Context) -> list[str]:
    return [incident.rule for incident in context.incidents]


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=8, deadline=None)
@given(bundle=bundles(holds_of("w3c"), documents=1))
def test_all_of_a_document_comes_back(name: str, bundle: Bundle) -> None:
    if name != "w3c":
        bundle = restricted(bundle, holds_of(name))
    with folder() as place:
        back, writing, reading = there_and_back(name, bundle, place)
    assert canonical(without_empty_layers(back)) == canonical(without_empty_layers(bundle))
    assert not len(writing.losses)
    assert not len(reading.losses)


@pytest.mark.parametrize("name", FORMATS)
def test_zones_line_ends_emoji_and_odd_names_come_back(name: str, tmp_path: Path) -> None:
    back, _, _ = there_and_back(name, Bundle(records=[ZONED]), tmp_path)
    assert back.records == [ZONED]
    assert (tmp_path / "out" / "a").is_dir()  # a slash in an id is a folder


@pytest.mark.parametrize("name", FORMATS)
def test_the_packaged_gold_scores_perfectly(name: str, tmp_path: Path) -> None:
    context = assert_scores_perfectly(name, tmp_path, EVERYTHING)
    expected = {"header", "pairs", "passages"} | (set() if name == "w3c" else {"document"})
    assert {row.layer for row in context.losses if row.format == name} == expected


# Web Annotation -------------------------------------------------------------------------------------------------------


def annotation(**fields: Any) -> dict[str, Any]:
    return {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "id": "http://example.org/a1",
        "type": "Annotation",
        **fields,
    }


def read_page(tmp_path: Path, value: Any, texts: dict[str, str] | None = None) -> tuple[Bundle, Context]:
    (tmp_path / "texts").mkdir(exist_ok=True)
    for name, text in (texts or {}).items():
        (tmp_path / "texts" / f"{name}.txt").write_text(text, newline="")
    path = tmp_path / "page.jsonld"
    path.write_text(json.dumps(value))
    context = Context(Texts(folder=tmp_path / "texts"))
    return read_bundle(path, "w3c", context)[0], context


def test_the_standards_selectors(tmp_path: Path) -> None:
    # Examples 21 (quote), 22 (position) and 20 (fragment) of the Web Annotation Data Model, as one page.
    text = "This is an annotation in the middle; another one."
    quote = {"type": "TextQuoteSelector", "exact": "anotation", "prefix": "this is an ", "suffix": " that has some"}
    right = {"type": "TextQuoteSelector", "exact": "annotation", "prefix": "This is an ", "suffix": " in"}
    page = {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "type": "AnnotationPage",
        "items": [
            annotation(bodyValue="NOUN", target={"source": "page1.txt", "selector": right}),
            annotation(
                body={"type": "TextualBody", "value": "ADVERB", "purpose": "tagging"},
                target={"source": "page1.txt", "selector": [{"type": "TextPositionSelector", "start": 8, "end": 10}]},
            ),
            annotation(
                body=[
                    {"type": "TextualBody", "value": "VERB"},
                    {"type": "TextualBody", "value": "I like this", "purpose": "commenting"},
                    {
                        "type": "SpecificResource",
                        "source": "https://www.wikidata.org/wiki/Q5",
                        "purpose": "identifying",
                    },
                ],
                target={"source": "page1.txt", "selector": {"type": "FragmentSelector", "value": "char=5,7"}},
            ),
            annotation(bodyValue="LOST", target={"source": "page1.txt", "selector": quote}),
            annotation(bodyValue="WHOLE", target="http://example.org/image.png"),
        ],
    }
    bundle, context = read_page(tmp_path, page, {"page1": text})
    assert bundle.records == [
        {
            "doc_id": "page1",
            "entities": [
                {"start": 11, "end": 21, "type": "NOUN"},
                {"start": 8, "end": 10, "type": "ADVERB"},
                {"start": 5, "end": 7, "type": "VERB", "kb_id": "Q5"},
            ],
        }
    ]
    assert losses(context) == [
        ("entities", "bodies for commenting", 1),
        ("entities", "quotations found nowhere in the text", 1),
        ("document", "annotations of what is no text", 1),
    ]


def test_a_quotation_in_several_places_is_none(tmp_path: Path) -> None:
    target = {"source": "a.txt", "selector": {"type": "TextQuoteSelector", "exact": "a"}}
    bundle, context = read_page(tmp_path, annotation(target=target), {"a": "a a"})
    assert bundle.records == [{"doc_id": "a", "entities": []}]
    assert losses(context) == [("entities", "quotations found in several places", 1)]


def test_positions_are_kept_where_no_text_is_known(tmp_path: Path) -> None:
    target = {
        "source": "http://example.org/page1",
        "selector": {"type": "TextPositionSelector", "start": 412, "end": 795},
    }
    bundle, context = read_page(tmp_path, annotation(bodyValue="A", target=target))
    assert bundle.records == [
        {"doc_id": "http://example.org/page1", "entities": [{"start": 412, "end": 795, "type": "A"}]}
    ]
    assert not incidents(context)


def test_a_page_that_counts_utf16_units_is_caught_by_its_quotation(tmp_path: Path) -> None:
    # What JavaScript that does not convert writes of the last word in "🛳 met Anna": 7 to 11 instead of 6 to 10.
    selectors = [
        {"type": "TextPositionSelector", "start": 7, "end": 11},
        {"type": "TextQuoteSelector", "exact": "Anna"},
    ]
    target = {"source": "a.txt", "selector": selectors}
    _, context = read_page(tmp_path, annotation(target=target), {"a": "🛳 met Anna "})
    assert incidents(context) == ["text-mismatch"]


def test_a_page_as_written(tmp_path: Path) -> None:
    mention = {"start": 5, "end": 6, "type": "PRODUCT", "kb_id": "Q11446", "level": "NAM"}
    record = {"doc_id": "a", "text": SHIP, "entities": [mention]}
    record["events"] = [{"type": "Meet", "trigger": [0, 4], "arguments": [{"role": "Place", "start": 5, "end": 6}]}]
    write_bundle(Bundle(records=[record]), tmp_path / "out", "w3c")
    assert (tmp_path / "out" / "a.txt").read_bytes() == SHIP.encode()
    items = json.loads((tmp_path / "out" / "a.jsonld").read_text())["items"]
    assert items[0] == {
        "id": "#a1",
        "type": "Annotation",
        "motivation": "classifying",
        "goldwire:layer": "entities",
        "body": [
            {"type": "TextualBody", "purpose": "classifying", "value": "PRODUCT"},
            {"type": "SpecificResource", "purpose": "identifying", "source": "http://www.wikidata.org/entity/Q11446"},
        ],
        "target": {
            "source": "a.txt",
            "selector": [
                {"type": "TextPositionSelector", "start": 5, "end": 6},
                {"type": "TextQuoteSelector", "exact": "🛳", "prefix": "Rome ", "suffix": "\r\ne\u0301te"},
            ],
        },
        "goldwire:fields": {"kb_id": "Q11446", "level": "NAM"},
    }
    assert items[-1] == {
        "id": "#l1",
        "type": "Annotation",
        "motivation": "linking",
        "body": [
            {"type": "TextualBody", "purpose": "tagging", "value": "Place"},
            {"type": "SpecificResource", "purpose": "linking", "source": "#a1"},
        ],
        "target": "#a2",
    }


def test_a_source_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("a secret")
    (tmp_path / "pages").mkdir()
    target = {"source": "../secret.txt", "selector": {"type": "TextPositionSelector", "start": 0, "end": 1}}
    (tmp_path / "pages" / "a.jsonld").write_text(json.dumps(annotation(target=target)))
    bundle, _ = read_bundle(tmp_path / "pages", "w3c", Context(Texts(folder=NO_TEXTS)))
    assert "text" not in bundle.records[0]


# UIMA CAS -------------------------------------------------------------------------------------------------------------

TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<typeSystemDescription xmlns="http://uima.apache.org/resourceSpecifier"><types>
<typeDescription><name>de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity</name>
 <supertypeName>uima.tcas.Annotation</supertypeName><features>
 <featureDescription><name>value</name><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>
 <featureDescription><name>identifier</name><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>
</features></typeDescription>
<typeDescription><name>de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token</name>
 <supertypeName>uima.tcas.Annotation</supertypeName></typeDescription>
<typeDescription><name>de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceLink</name>
 <supertypeName>uima.tcas.Annotation</supertypeName><features><featureDescription><name>next</name>
 <rangeTypeName>de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceLink</rangeTypeName></featureDescription>
</features></typeDescription>
<typeDescription><name>de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceChain</name>
 <supertypeName>uima.cas.AnnotationBase</supertypeName><features><featureDescription><name>first</name>
 <rangeTypeName>de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceLink</rangeTypeName></featureDescription>
</features></typeDescription>
</types></typeSystemDescription>
"""
# As INCEpTION exports it: named entities with identifiers, tokens, one chain. The ship takes two units.
XMI = """<?xml version="1.0" encoding="UTF-8"?>
<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore"
 xmlns:type3="http:///de/tudarmstadt/ukp/dkpro/core/api/ner/type.ecore"
 xmlns:type5="http:///de/tudarmstadt/ukp/dkpro/core/api/segmentation/type.ecore"
 xmlns:type2="http:///de/tudarmstadt/ukp/dkpro/core/api/coref/type.ecore" xmi:version="2.0">
<cas:NULL xmi:id="0"/>
<type5:Token xmi:id="5" sofa="1" begin="0" end="2"/>
<type3:NamedEntity xmi:id="7" sofa="1" begin="3" end="7" value="PER" identifier="http://www.wikidata.org/entity/Q42"/>
<type2:CoreferenceLink xmi:id="9" sofa="1" begin="3" end="7" next="10"/>
<type2:CoreferenceLink xmi:id="10" sofa="1" begin="13" end="16"/>
<type2:CoreferenceChain xmi:id="11" sofa="1" first="9"/>
<cas:Sofa xmi:id="1" sofaNum="1" sofaID="_InitialView" mimeType="text/plain" sofaString="🛳 Anna says she"/>
<cas:View sofa="1" members="5 7 9 10 11"/>
</xmi:XMI>
"""


def cas_folder(tmp_path: Path, xmi: str = XMI, types: str | None = TYPES) -> Path:
    place = tmp_path / "export"
    place.mkdir()
    (place / "doc.xmi").write_text(xmi, encoding="utf-8")
    if types:
        (place / "TypeSystem.xml").write_text(types, encoding="utf-8")
    return place


def read_folder(place: Path, name: str) -> tuple[Bundle, Context]:
    context = Context(Texts(folder=NO_TEXTS))
    return read_bundle(place, name, context)[0], context


def test_named_entities_and_chains_of_dkpro_core(tmp_path: Path) -> None:
    bundle, context = read_folder(cas_folder(tmp_path), "cas-xmi")
    assert bundle.records == [
        {
            "doc_id": "doc",
            "text": "🛳 Anna says she",
            "entities": [
                {"start": 2, "end": 6, "type": "PER", "kb_id": "http://www.wikidata.org/entity/Q42", "entity_id": "e1"},
                {"start": 12, "end": 15, "entity_id": "e1"},
            ],
        }
    ]
    kind = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token"
    assert losses(context) == [("document", f"annotations of the type {kind}", 1)]


def test_a_single_file_finds_its_type_system(tmp_path: Path) -> None:
    bundle, _ = read_folder(cas_folder(tmp_path) / "doc.xmi", "cas-xmi")
    assert bundle.records[0]["doc_id"] == "doc"


@pytest.mark.parametrize("name", ["cas-xmi", "cas-json"])
def test_cassis_reads_what_is_written(name: str, tmp_path: Path) -> None:
    import cassis

    event = {
        "type": "Meet",
        "trigger": [0, 4],
        "polarity": "POS",
        "arguments": [{"role": "Place", "start": 5, "end": 6}],
    }
    mentions = [*ZONED["entities"], {"start": 9, "end": 10, "entity_id": "e1"}]  # not in the order of the text
    record = {**ZONED, "doc_id": "a", "entities": mentions[::-1], "events": [event]}
    write_bundle(Bundle(records=[record]), tmp_path / "out", name)
    if name == "cas-json":
        content = (tmp_path / "out" / "a.json").read_text()
        cas = cassis.load_cas_from_json(content)
    else:
        content = (tmp_path / "out" / "a.xmi").read_text()
        types = cassis.load_typesystem((tmp_path / "out" / "TypeSystem.xml").read_text())
        cas = cassis.load_cas_from_xmi(content, typesystem=types)
        assert 'begin="9" end="13"' in content  # code points 8 to 12 behind an emoji of two units
    assert cas.sofa_string == SHIP
    named = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
    entities = [(one.begin, one.end, one.value, one.get_covered_text()) for one in cas.select(named)]
    assert sorted(entities) == [(5, 6, "PRODUCT", "🛳"), (8, 12, "GPE", "e\u0301te"), (9, 10, None, "\u0301")]
    chain = next(iter(cas.select("de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceChain")))
    assert (chain.first.begin, chain.first.next.begin, chain.first.next.next) == (8, 9, None)
    meet = next(iter(cas.select("goldwire.Event")))
    assert (meet.label, meet.polarity, meet.arguments.elements[0].role) == ("Meet", "POS", "Place")
    assert meet.arguments.elements[0].target.get_covered_text() == "🛳"
    about = next(iter(cas.select("de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData")))
    assert about.documentId == "a"


def test_characters_that_xml_cannot_hold_are_replaced_and_said_so(tmp_path: Path) -> None:
    record = {"doc_id": "a", "text": "a\x0cb \x00🛳", "entities": [{"start": 5, "end": 6, "type": "X"}]}
    back, writing, _ = there_and_back("cas-xmi", Bundle(records=[record]), tmp_path)
    assert back.records == [{**record, "text": "a\ufffdb \ufffd🛳"}]
    assert losses(writing) == [("document", "characters that XML cannot hold (written as U+FFFD)", 2)]
    back, writing, _ = there_and_back("cas-json", Bundle(records=[record]), tmp_path, file="json")
    assert back.records == [record]
    assert not len(writing.losses)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('begin="3" end="7" value', 'begin="1" end="7" value', "offset-unit"),  # inside the ship
        ('begin="3" end="7" value', 'begin="3" end="70" value', "offset-unit"),  # cassis warns of both alike
        ('begin="3" end="7" value', 'begin="7" end="3" value', "offset-range"),
        ('sofaString="🛳 Anna says she"', "", "foreign-syntax"),
        ("</xmi:XMI>", "", "foreign-syntax"),
        ("type3:NamedEntity", "type3:Unheard", "foreign-syntax"),
        ('next="10"', 'next="99"', "foreign-syntax"),
    ],
)
def test_bad_xmi_is_named(old: str, new: str, rule: str, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing of the library's own reaches the user
        _, context = read_folder(cas_folder(tmp_path, XMI.replace(old, new)), "cas-xmi")
    assert incidents(context) == [rule]


def test_xmi_cannot_reach_out(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret")
    outside = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'
    laughs = "<!DOCTYPE x [<!ENTITY a '" + "ha" * 50 + "'>"
    laughs += "".join(f"<!ENTITY {b} '{f'&{a};' * 50}'>" for a, b in zip("abcdef", "bcdefg", strict=True)) + "]>"
    for number, (doctype, entity) in enumerate([(outside, "&e;"), (laughs, "&g;")]):
        head, rest = XMI.split("?>\n", 1)
        (tmp_path / str(number)).mkdir()
        xmi = f"{head}?>\n{doctype}\n{rest}".replace('<cas:NULL xmi:id="0"/>', f"<cas:NULL>{entity}</cas:NULL>")
        bundle, context = read_folder(cas_folder(tmp_path / str(number), xmi), "cas-xmi")
        assert "secret" not in json.dumps(bundle.records)
        assert bundle.records or incidents(context)


def test_xmi_without_its_types_and_folders_of_nothing(tmp_path: Path) -> None:
    place = cas_folder(tmp_path, types=None)
    with pytest.raises(ReadError, match="needs the type system"):
        read_folder(place, "cas-xmi")
    with pytest.raises(ReadError, match=r"holds no \.json file"):
        read_folder(place, "cas-json")
    with pytest.raises(ReadError, match=r"holds no \.jsonld file"):
        read_folder(place, "w3c")
    with pytest.raises(UsageError, match="exists already"):
        write_bundle(Bundle(records=[ZONED]), place, "w3c")


@pytest.mark.parametrize(
    ("name", "inner"), [("w3c", "a.jsonld"), ("w3c", "a.txt"), ("cas-xmi", "a.xmi"), ("cas-xmi", "TypeSystem.xml"),
                        ("cas-json", "a.json")]
)  # fmt: skip
def test_damaged_files_raise_no_traceback(name: str, inner: str, tmp_path: Path) -> None:
    record = packaged().records[1] | {"doc_id": "a"}
    record = {**record, "entities": record["entities"][:9], "events": record["events"][:3]}
    write_bundle(Bundle(records=[record]), tmp_path / "out", name)
    assert assert_no_traceback(name, tmp_path / "out", range(16), inner=inner) > 4
