"""spaCy's DocBin, read and written by spaCy itself; blank pipelines only."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import given, settings
from spacy.tokens import Doc, DocBin, Span, SpanGroup

from formats_common import (
    NO_TEXTS,
    assert_no_traceback,
    assert_scores_perfectly,
    bundles,
    canonical,
    folder,
    holds_of,
    packaged,
    there_and_back,
)
from formats_drawing import without_empty_layers
from goldwire.converting import Bundle, Context, Texts, read_bundle, write_bundle
from goldwire.errors import UsageError

BLANK = spacy.blank("en")


def saved(tmp_path: Path, *docs: Doc, **options: Any) -> Path:
    path = tmp_path / "docs.spacy"
    DocBin(docs=docs, **options).to_disk(path)
    return path


def read(path: Path, **settings: Any) -> tuple[Bundle, Context]:
    context = Context(Texts(folder=NO_TEXTS))
    return read_bundle(path, "spacy", context, settings)[0], context


def losses(context: Context) -> list[tuple[str, str, int]]:
    return [(row.layer, row.what, row.count) for row in context.losses]


def docs_of(path: Path) -> list[Doc]:
    return list(DocBin().from_disk(path).get_docs(BLANK.vocab))


def test_entities_as_spacys_documentation_makes_them(tmp_path: Path) -> None:
    # From "Training data" in spaCy's documentation: character offsets to a DocBin.
    doc = BLANK.make_doc("Tokyo Tower is 333m tall.")
    doc.ents = [doc.char_span(0, 11, label="BUILDING", kb_id="Q183536")]
    bundle, context = read(saved(tmp_path, doc))
    assert bundle.records == [
        {
            "doc_id": "doc1",
            "text": "Tokyo Tower is 333m tall.",
            "entities": [{"start": 0, "end": 11, "type": "BUILDING", "kb_id": "Q183536"}],
        }
    ]
    assert not len(context.losses)


def test_groups_clusters_and_what_is_left_behind(tmp_path: Path) -> None:
    doc = BLANK.make_doc("Anna said she met Bo 🛳 there")
    doc.spans["sc"] = [Span(doc, 0, 1, "PERSON"), Span(doc, 0, 2, "CLAUSE")]
    doc.spans["coref_clusters_1"] = [Span(doc, 0, 1), Span(doc, 2, 3)]  # as spacy-experimental names them
    doc.spans["other"] = [Span(doc, 3, 4, "X")]
    doc.ents = [Span(doc, 0, 1, "PERSON"), Span(doc, 4, 5, "PERSON")]
    doc.cats = {"POSITIVE": 1.0}
    doc.user_data["note"] = "n"
    for token in doc:
        token.tag_ = "X"
    bundle, context = read(saved(tmp_path, doc, store_user_data=True, attrs=["TAG", "ENT_IOB", "ENT_TYPE"]))
    assert bundle.records[0]["entities"] == [
        {"start": 0, "end": 4, "type": "PERSON", "entity_id": "1"},
        {"start": 0, "end": 9, "type": "CLAUSE"},
        {"start": 18, "end": 20, "type": "PERSON"},
        {"start": 10, "end": 13, "entity_id": "1"},
    ]
    assert losses(context) == [
        ("document", "span group other", 1),
        ("document", "category POSITIVE", 1),
        ("document", "token attribute TAG", 1),
        ("document", "user_data note", 1),
    ]


RECORD = {
    "doc_id": "a",
    "text": "New  York’s “Étoile” 🛳\r\nmet e\u0301te-night.\n",
    "entities": [
        {"id": "m1", "start": 0, "end": 9, "type": "GPE", "entity_id": "e1", "kb_id": "Q60"},
        {"id": "m2", "start": 0, "end": 11, "type": "GPE", "entity_id": "e1"},
        {"id": "m3", "start": 28, "end": 30, "type": "TIME"},  # half a token
    ],
    "times": [{"id": "t1", "start": 33, "end": 38, "type": "TIME", "value": "T22"}],
    "events": [
        {
            "id": "v1",
            "type": "Meet",
            "trigger": [24, 27],
            "modality": "ASSERTED",
            "times": ["t1"],
            "head": [24, 27],
            "arguments": [
                {"role": "Agent", "start": 0, "end": 11, "entity_id": "e1"},
                {"role": "Time", "start": 33, "end": 38, "time_id": "t1"},
                {"role": "Place", "start": 21, "end": 22},
            ],
        }
    ],
}


def test_spacy_reads_what_is_written(tmp_path: Path) -> None:
    back, writing, _ = there_and_back("spacy", Bundle(records=[RECORD]), tmp_path, file="out.spacy")
    assert back.records == [RECORD]
    assert not len(writing.losses)
    (doc,) = docs_of(tmp_path / "out.spacy")
    assert doc.text == RECORD["text"]
    assert doc.user_data["doc_id"] == "a"
    assert [(x.text, x.label_, x.kb_id_, x.id_) for x in doc.spans["sc"]] == [
        ("New  York", "GPE", "Q60", "m1"),
        ("New  York’s", "GPE", "", "m2"),
        ("e\u0301", "TIME", "", "m3"),
    ]
    assert [(x.text, x.label_) for x in doc.ents] == [("New  York’s", "GPE"), ("e\u0301", "TIME")]  # the longest
    assert doc.spans["coref_clusters_1"].attrs == {"entity_id": "e1"}
    assert doc.spans["event_1"].attrs["modality"] == "ASSERTED"
    assert [(x.text, x.label_) for x in doc.spans["event_1"]] == [
        ("met", "Meet"), ("New  York’s", "Agent"), ("night", "Time"), ("🛳", "Place")
    ]  # fmt: skip


def test_tokens_are_spacys_own_wherever_no_span_cuts_them(tmp_path: Path) -> None:
    gold = packaged()
    write_bundle(gold, tmp_path / "out.spacy", "spacy")
    for doc, record in zip(docs_of(tmp_path / "out.spacy"), gold.documents, strict=True):
        own = {(token.idx, token.idx + len(token)) for token in BLANK.make_doc(record["text"])}
        cut = [token.text for token in doc if (token.idx, token.idx + len(token)) not in own]
        assert len(cut) <= 0.02 * len(doc)
        assert doc.text == record["text"]


@given(bundles(holds_of("spacy")))
@settings(max_examples=15, deadline=None)
def test_all_of_a_document_comes_back(bundle: Bundle) -> None:
    with folder() as place:
        back, writing, reading = there_and_back("spacy", bundle, place)
    assert canonical(without_empty_layers(back)) == canonical(without_empty_layers(bundle))
    assert not len(writing.losses)
    assert not len(reading.losses)


def test_the_packaged_gold_scores_perfectly(tmp_path: Path) -> None:
    measures = ["entities.strict.f1", "coref.conll", "linking.inkb.f1", "events.arg_c.f1", "times.value.f1"]
    context = assert_scores_perfectly("spacy", tmp_path, measures, file="out.spacy")
    lost = {(row.layer, row.what) for row in context.losses if row.layer not in ("header", "pairs", "passages")}
    assert lost == {
        ("document", "zones"), ("entities", "head"), ("entities", "level"), ("entities", "metonymic"),
        ("times", "anchor"), ("times", "basis"), ("times", "resolved"),
    }  # fmt: skip


def test_other_keys_and_languages(tmp_path: Path) -> None:
    write_bundle(Bundle(records=[RECORD]), tmp_path / "out", "spacy", None, {"spans_key": "mine", "lang": "de"})
    assert "mine" in docs_of(tmp_path / "out")[0].spans
    bundle, _ = read(tmp_path / "out", spans_key="mine")
    assert bundle.records == [RECORD]
    with pytest.raises(UsageError, match="no language 'xq'"):
        read(tmp_path / "out", lang="xq")


def test_spans_outside_their_text_are_incidents(tmp_path: Path) -> None:
    import srsly

    doc = BLANK.make_doc("a b c")
    doc.spans["sc"] = SpanGroup(doc, name="sc", spans=[Span(doc, 1, 3, "X")])
    message = srsly.msgpack_loads(zlib.decompress(saved(tmp_path, doc).read_bytes()))
    longer = BLANK.make_doc("a b c d e f")
    longer.spans["sc"] = SpanGroup(longer, name="sc", spans=[Span(longer, 4, 6, "X")])
    other = srsly.msgpack_loads(zlib.decompress(saved(tmp_path, longer).read_bytes()))
    message["span_groups"] = other["span_groups"]
    (tmp_path / "docs.spacy").write_bytes(zlib.compress(srsly.msgpack_dumps(message)))
    bundle, context = read(tmp_path / "docs.spacy")
    assert [(x.rule, x.item) for x in context.incidents] == [("offset-range", "doc1 sc[0]")]
    assert bundle.records[0]["entities"] == []


def test_damaged_files_raise_no_traceback(tmp_path: Path) -> None:
    write_bundle(Bundle(records=[RECORD]), tmp_path / "out", "spacy")
    assert assert_no_traceback("spacy", tmp_path / "out", range(24)) > 14


@pytest.mark.parametrize("content", [b"", b"x\x9c", zlib.compress(b""), zlib.compress(b"\x80"), b'{"text": "a"}'])
def test_files_of_nothing(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "docs.spacy"
    path.write_bytes(content)
    bundle, context = read(path)
    assert bundle.records == []
    assert context.incidents.errors
