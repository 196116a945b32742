"""Formats that stand on tokens: CoNLL-2003 and its tag schemes, CoNLL-2012, CoNLL-U with CorefUD's columns."""

from __future__ import annotations

import io
from pathlib import Path

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
)  # fmt: skip
from goldwire.converting import Bundle, Context, Texts, read_bundle, write_bundle
from goldwire.converting.tokens import Tokens, Unaligned, align, rebuild
from goldwire.errors import UsageError


def read(tmp_path: Path, content: str, name: str, texts: Path = NO_TEXTS, **options: object) -> tuple[Bundle, Context]:
    path = tmp_path / f"sample.{name}"
    path.write_text(content, newline="")
    context = Context(Texts(folder=texts))
    return read_bundle(path, name, context, options)[0], context


def spans(bundle: Bundle) -> list[tuple[str, str | None, str | None]]:
    """(text, type, entity) of every mention."""
    return [
        (record["text"][item["start"] : item["end"]], item.get("type"), item.get("entity_id"))
        for record in bundle.documents
        for item in record["entities"]
    ]


# tokens ---------------------------------------------------------------------------------------------------------------


def test_tokens_and_sentences_of_a_text() -> None:
    text = "Gen. O'Brien's U.S. crew left. “Why?” he asked\r\nDr. E. Ruiz paid 3.5m e\u0301te\u0301 🛳!"
    tokens = Tokens.of(text)
    words = [text[start:end] for start, end in tokens.spans]
    assert [words[first:last] for first, last in tokens.sentences] == [
        ["Gen", ".", "O'Brien", "'s", "U.S", ".", "crew", "left", "."],
        ["“", "Why", "?", "”", "he", "asked"],
        ["Dr", ".", "E", ".", "Ruiz", "paid", "3.5m", "e\u0301te\u0301", "🛳", "!"],
    ]


def test_cover_tells_spans_on_and_off_the_borders() -> None:
    tokens = Tokens.of("the crew of Rome")
    assert tokens.cover(4, 8) == (1, 2, True)
    assert tokens.cover(4, 16) == (1, 4, True)
    assert tokens.cover(5, 10) == (1, 3, False)  # "rew o"
    assert tokens.cover(3, 4) == (1, 1, False)  # a blank


def test_words_are_found_in_their_text_or_not_at_all() -> None:
    assert align("a  b\nc", ["a", "b", "c"]) == [(0, 1), (3, 4), (5, 6)]
    for words, index in ((["a", "x"], 1), (["a", "b"], 2), (["b", "c"], 0)):
        with pytest.raises(Unaligned) as caught:
            align("a  b\nc", words)
        assert caught.value.index == index
    assert rebuild([["a", "b"], ["c"]]) == ("a b\nc\n", [(0, 1), (2, 3), (4, 5)])


# CoNLL-2003 -----------------------------------------------------------------------------------------------------------

# The beginning of the English training data as the shared task shows it.
CONLL2003 = """-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O
German JJ B-NP B-MISC
call NN I-NP O
to TO B-VP O
boycott VB I-VP O
British JJ B-NP B-MISC
lamb NN I-NP O
. . O O

Peter NNP B-NP B-PER
Blackburn NNP I-NP I-PER
"""


def test_conll2003_as_the_shared_task_shows_it(tmp_path: Path) -> None:
    bundle, context = read(tmp_path, CONLL2003, "conll2003")
    text = "EU rejects German call to boycott British lamb .\nPeter Blackburn\n"
    entities = [(0, 2, "ORG"), (11, 17, "MISC"), (34, 41, "MISC"), (49, 64, "PER")]
    items = [{"start": start, "end": end, "type": kind} for start, end, kind in entities]
    assert bundle.records == [{"doc_id": "sample", "text": text, "entities": items}]
    assert [row.what for row in context.losses] == ["the white space of a text, put together from its tokens"]


def test_a_document_without_id_is_found_by_its_text(tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "reuters-1.txt").write_text("EU rejects  German call to boycott British lamb.\n\nPeter Blackburn")
    bundle, context = read(tmp_path, CONLL2003, "conll2003", texts)
    assert bundle.records[0]["doc_id"] == "reuters-1"
    assert spans(bundle)[-1] == ("Peter Blackburn", "PER", None)
    assert len(context.losses) == 0


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("IOB1", "I-PER I-PER B-PER O I-LOC"),
        ("IOB2", "B-PER I-PER B-PER O B-LOC"),
        ("BIOES", "B-PER E-PER S-PER O S-LOC"),
        ("BILOU", "B-PER L-PER U-PER O U-LOC"),
    ],
)
def test_schemes(scheme: str, tags: str, tmp_path: Path) -> None:
    text = "Ada Brook Ann in Rome"
    mentions = [(0, 9, "PER"), (10, 13, "PER"), (17, 21, "LOC")]
    record = {"doc_id": "a b", "text": text, "entities": [{"start": s, "end": e, "type": t} for s, e, t in mentions]}
    write_bundle(Bundle(records=[record]), tmp_path / "out", "conll2003", None, {"scheme": scheme})
    lines = [line.split(" ") for line in (tmp_path / "out").read_text().splitlines()]
    assert lines[0] == ["-DOCSTART-", "-X-", "a%20b", "O"]
    assert [line[-1] for line in lines[2:7]] == tags.split()
    for stated in ("", scheme):
        back, _ = read(tmp_path, (tmp_path / "out").read_text(), "conll2003", scheme=stated)
        assert [x for x, *_ in spans(back)] == ["Ada Brook", "Ann", "Rome"]
        assert back.records[0]["doc_id"] == "a b"


def test_two_columns_have_no_place_for_ids_but_texts_tell_them(tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    records = []
    for doc_id, text in (("one", "Ada met Bob.\n"), ("two", "Bob left  Rome.")):
        (texts / f"{doc_id}.txt").write_text(text)
        records.append({"doc_id": doc_id, "text": text, "entities": [{"start": 0, "end": 3, "type": "PER"}]})
    back, writing, _ = there_and_back("conll2003", Bundle(records=records), tmp_path, texts=texts, columns=2)
    assert back.records == records
    assert (tmp_path / "out").read_text().splitlines()[:3] == ["-DOCSTART- O", "", "Ada B-PER"]
    assert [(row.what, row.count) for row in writing.losses] == [("its id, found again by its text", 2)]


def test_nested_and_crossing_mentions_are_lost_to_tags(tmp_path: Path) -> None:
    text = "harbour of Westhaven 's mayor"
    rows = [(0, 20), (11, 20), (11, 29), (24, 29)]
    entities = [{"start": start, "end": end, "type": "X"} for start, end in rows]
    record = {"doc_id": "d", "text": text, "entities": entities}
    context = Context()
    write_bundle(Bundle(records=[record]), tmp_path / "out", "conll2003", context)
    assert [(row.what, row.count, row.first) for row in context.losses] == [
        ("a mention inside or across another one", 2, "d entities[2]")
    ]


@pytest.mark.parametrize(("borders", "kept"), [("snap", ["Moscow"]), ("drop", [])])
def test_a_border_inside_a_token_is_a_stated_loss(borders: str, kept: list[str], tmp_path: Path) -> None:
    record = {"doc_id": "d", "text": "in Moscow", "entities": [{"start": 4, "end": 9, "type": "GPE"}]}
    for name in ("conll2003", "conll2012", "conllu"):
        back, writing, _ = there_and_back(
            name, Bundle(records=[record]), tmp_path, file=name + borders, borders=borders
        )
        assert [text for text, *_ in spans(back)] == kept
        assert any("border" in row.what for row in writing.losses)


def test_seqscore_reads_what_is_written(tmp_path: Path) -> None:
    from seqscore.conll import CoNLLIngester, LineSpec
    from seqscore.encoding import get_encoding

    write_bundle(packaged(), tmp_path / "out", "conll2003")
    back, _ = read_bundle(tmp_path / "out", "conll2003")
    reader = CoNLLIngester(get_encoding("BIO"), LineSpec(0, -1))
    with (tmp_path / "out").open(encoding="utf-8") as stream:
        documents = reader.ingest(stream, "out", None)
    theirs = [
        (" ".join(sentence.tokens[mention.span.start : mention.span.end]), mention.type)
        for document in documents
        for sentence in document
        for mention in sentence.mentions
    ]
    ours = [(" ".join(text[a:b] for a, b in Tokens.of(text).spans), kind) for text, kind, _ in spans(back)]
    assert len(theirs) == len(ours) > 300
    assert theirs == ours


# CoNLL-2012 -----------------------------------------------------------------------------------------------------------

CONLL2012 = """#begin document (nw/wsj/07/wsj_0771); part 000
nw/wsj/07/wsj_0771   0   0    Vandenberg   NNP  (TOP(S*  -   -  -  -  (PERSON)  (8|(0)
nw/wsj/07/wsj_0771   0   1    and          CC   *        -   -  -  -  *         -
nw/wsj/07/wsj_0771   0   2    Rayburn      NNP  *        -   -  -  -  (PERSON)  (23)|8)
nw/wsj/07/wsj_0771   0   3    -LRB-        -    *        -   -  -  -  *         -

nw/wsj/07/wsj_0771   0   0    The          DT   *        -   -  -  -  (ORG*     (8
nw/wsj/07/wsj_0771   0   1    Senate       NNP  *        -   -  -  -  *)        8)

#end document
#begin document (nw/wsj/07/wsj_0771); part 001
nw/wsj/07/wsj_0771   1   0    He           PRP  *        -   -  -  -  *         (0)

#end document
"""


def test_conll2012_as_the_shared_task_shows_it(tmp_path: Path) -> None:
    bundle, context = read(tmp_path, CONLL2012, "conll2012")
    assert [record["doc_id"] for record in bundle.records] == ["nw/wsj/07/wsj_0771_0", "nw/wsj/07/wsj_0771_1"]
    assert spans(bundle) == [
        ("Vandenberg and Rayburn", None, "8"),
        ("Vandenberg", "PERSON", "0"),
        ("Rayburn", "PERSON", "23"),
        ("The Senate", "ORG", "8"),
        ("He", None, "0"),
    ]
    assert list(context.incidents) == []


def test_words_in_the_penn_treebanks_spelling_fit_their_text(tmp_path: Path) -> None:
    texts = tmp_path / "texts" / "nw" / "wsj" / "07"
    texts.mkdir(parents=True)
    (texts / "wsj_0771_0.txt").write_text("Vandenberg and Rayburn (\n\nThe Senate")
    bundle, _ = read(tmp_path, CONLL2012, "conll2012", tmp_path / "texts")
    assert spans(bundle)[3] == ("The Senate", "ORG", "8")
    assert bundle.records[0]["text"].endswith("(\n\nThe Senate")


@given(bundles(holds_of("conll2012"), on_tokens=True))
@settings(max_examples=12, deadline=None)
def test_conll2012_comes_back(bundle: Bundle) -> None:
    with folder() as place:
        texts = _texts(place, bundle)
        back, writing, _ = there_and_back("conll2012", bundle, place, texts=texts)
    lost = {row.what for row in writing.losses}
    assert lost <= {
        "the name of an entity, now a number",
        "the type of a mention inside or across another one; without a chain the mention itself",
        "a mention across another one of its chain",
        "a mention with neither type nor chain",
    }
    if lost <= {"the name of an entity, now a number"}:
        without = {"entities": "entity_id"} if lost else {}
        assert canonical(back, without=without) == canonical(bundle, without=without)


@given(bundles(holds_of("conll2003"), on_tokens=True, flat=True))
@settings(max_examples=12, deadline=None)
def test_conll2003_comes_back(bundle: Bundle) -> None:
    with folder() as place:
        back, writing, _ = there_and_back("conll2003", bundle, place, texts=_texts(place, bundle))
    assert len(writing.losses) == 0
    assert canonical(back) == canonical(bundle)


def _texts(place: Path, bundle: Bundle) -> Path:
    """A folder with the texts of a bundle."""
    texts = place / "texts"
    texts.mkdir()
    for record in bundle.documents:
        (texts / f"{record['doc_id']}.txt").write_text(record["text"], newline="")
    return texts


def test_coreference_of_the_packaged_gold_survives_conll2012(tmp_path: Path) -> None:
    context = assert_scores_perfectly("conll2012", tmp_path, ["coref.muc.f1", "coref.links.f1"])
    assert not any("border" in row.what or "across sentences" in row.what for row in context.losses)


def test_entities_that_no_other_holds_survive_conll2003(tmp_path: Path) -> None:
    gold = packaged()
    for record in gold.documents:
        record["entities"] = _outer(record["entities"])
    back, writing, _ = there_and_back("conll2003", gold, tmp_path, texts=_texts(tmp_path, gold))
    assert canonical(back) == canonical(restricted(gold, holds_of("conll2003")))
    assert not any("border" in row.what or "across" in row.what for row in writing.losses)


def _outer(mentions: list[dict[str, int]]) -> list[dict[str, int]]:
    kept: list[dict[str, int]] = []
    for item in sorted(mentions, key=lambda x: (x["start"], -x["end"])):
        if not kept or kept[-1]["end"] <= item["start"]:
            kept.append(item)
    return kept


# CoNLL-U --------------------------------------------------------------------------------------------------------------

# After the examples of CorefUD's description of its format.
CONLLU = """# newdoc id = doc1
# global.Entity = eid-etype-head-minspan-other
# sent_id = s1
# text = Peter's sons don't come — he does.
1-2\tPeter's\t_\t_\t_\t_\t_\t_\t_\t_
1\tPeter\tPeter\tPROPN\t_\t_\t3\tnmod\t_\tEntity=(e1-person-3-3-(e2-person-1-1-)
2\t's\t's\tPART\t_\t_\t1\tcase\t_\t_
3\tsons\tson\tNOUN\t_\t_\t6\tnsubj\t_\tEntity=e1)
4-5\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
4\tdo\tdo\tAUX\t_\t_\t6\taux\t_\t_
5\tn't\tnot\tPART\t_\t_\t6\tadvmod\t_\t_
6\tcome\tcome\tVERB\t_\t_\t0\troot\t_\tEntity=(e3[1/2]-event-1--
7\t—\t—\tPUNCT\t_\t_\t6\tpunct\t_\tEntity=e3[1/2])
8\the\the\tPRON\t_\t_\t9\tnsubj\t_\tEntity=(e2-person-1--infstat:giv)|Bridge=e1<e2
8.1\t_\t_\tVERB\t_\t_\t_\t_\t_\tEntity=(e9-event-1--)
9\tdoes\tdo\tVERB\t_\t_\t6\tconj\t_\tEntity=(e3[2/2]-event-1--)|SpaceAfter=No
10\t.\t.\tPUNCT\t_\t_\t6\tpunct\t_\tSpacesAfter=\\n

"""


def test_conllu_with_corefuds_columns(tmp_path: Path) -> None:
    bundle, context = read(tmp_path, CONLLU, "conllu")
    text = "Peter's sons don't come — he does.\n"
    assert list(context.incidents) == []
    assert bundle.header == {"entity_scope": "corpus"}
    assert bundle.records == [
        {
            "doc_id": "doc1",
            "text": text,
            "entities": [
                {"start": 0, "end": 12, "head": [8, 12], "type": "person", "entity_id": "e1"},
                {"start": 0, "end": 7, "head": [0, 7], "type": "person", "entity_id": "e2"},
                {
                    "start": 19,
                    "end": 33,
                    "fragments": [19, 25, 29, 33],
                    "head": [19, 23],
                    "type": "event",
                    "entity_id": "e3",
                },
                {"start": 26, "end": 28, "head": [26, 28], "type": "person", "entity_id": "e2"},
            ],
        }
    ]
    assert {row.what for row in context.losses} == {
        "a mention of a word that is not in the text", "Bridge links", "minspan in Entity", "infstat in Entity",
    }  # fmt: skip


@given(bundles(holds_of("conllu"), on_tokens=True))
@settings(max_examples=15, deadline=None)
def test_conllu_comes_back_with_its_text(bundle: Bundle) -> None:
    for record in bundle.documents:
        for item in record["entities"]:  # pieces of words are no words; a head is a word
            start, end = Tokens.of(record["text"]).spans[Tokens.of(record["text"]).cover(item["start"], item["end"])[0]]
            item["head"] = [start, end]
            item.pop("fragments", None)
    with folder() as place:
        back, writing, reading = there_and_back("conllu", bundle, place)
    assert len(reading.losses) == 0
    if not len(writing.losses):
        assert canonical(back) == canonical(bundle)
    assert {row.what for row in writing.losses} <= {"a mention across another one of its entity"}


def test_all_of_the_packaged_mentions_survives_conllu(tmp_path: Path) -> None:
    gold = packaged()
    back, writing, _ = there_and_back("conllu", gold, tmp_path)
    assert canonical(back) == canonical(restricted(gold, holds_of("conllu")))
    assert {row.layer for row in writing.losses} == {"header", "document", "events", "times", "pairs", "passages"}
    measures = ["entities.strict.f1", "entities.head.f1", "coref.conll", "coref_corpus.conll", "linking.inkb.f1"]
    assert_scores_perfectly("conllu", tmp_path, measures, file="scored")


def test_udapi_reads_what_is_written(tmp_path: Path) -> None:
    from udapi.core.document import Document

    gold = packaged()
    write_bundle(gold, tmp_path / "out.conllu", "conllu")
    document = Document(str(tmp_path / "out.conllu"))
    theirs = sorted(
        (entity.eid, mention.head.form, " ".join(word.form for word in mention.words))
        for entity in document.coref_entities
        for mention in entity.mentions
        if not mention.other.get("lone")
    )
    ours = []
    for record in gold.documents:
        text, tokens = record["text"], Tokens.of(record["text"])
        words = [text[a:b] for a, b in tokens.spans]
        for item in record["entities"]:
            first, last, _ = tokens.cover(item["start"], item["end"])
            head = tokens.cover(*item["head"])[1] - 1
            if "entity_id" in item:
                ours.append((item["entity_id"].replace("-", "%2D"), words[head], " ".join(words[first:last])))
    assert theirs == sorted(ours)
    assert len(theirs) > 400
    buffer = io.StringIO()
    print(*[tree.text for bundle in document.bundles for tree in bundle.trees], file=buffer)
    assert "Zamir Kabulov" in buffer.getvalue()


# what is wrong --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "rule", "line"),
    [
        ("conll2003", "EU O\nrejects\n", "foreign-syntax", 2),
        ("conll2003", "EU NNP X-ORG\n", "foreign-syntax", 1),
        ("conll2003", "\n\n", "empty-file", 0),
        ("conll2012", "x 0 0 word - - - - - - * -\n", "foreign-syntax", 1),
        ("conll2012", "#begin document (x); part 000\nx 0 0 w - - - - - - * 3)\n", "foreign-syntax", 2),
        ("conll2012", "#begin document (x); part 000\nx 0 0 w - - - - - - * (3\n\n", "foreign-syntax", 2),
        ("conll2012", "#begin document (x); part 000\nx 0 0 w - - - - - - *) -\n", "foreign-syntax", 2),
        ("conll2012", "\n", "empty-file", 0),
        ("conllu", "1\tw\t_\n", "foreign-syntax", 1),
        ("conllu", "x\tw\t_\t_\t_\t_\t0\t_\t_\t_\n", "foreign-syntax", 1),
        ("conllu", "1\tw\t_\t_\t_\t_\t0\t_\t_\tEntity=(e1)\n", "foreign-syntax", 1),
        ("conllu", "# global.Entity = eid\n1\tw\t_\t_\t_\t_\t0\t_\t_\tEntity=e1)\n", "foreign-syntax", 2),
        ("conllu", "# global.Entity = eid\n1\tw\t_\t_\t_\t_\t0\t_\t_\tEntity=(e1\n", "foreign-syntax", 2),
        ("conllu", "# global.Entity = eid\n1\tw\t_\t_\t_\t_\t0\t_\t_\tEntity=((e1)\n", "foreign-syntax", 2),
        ("conllu", "# global.Entity = eid-head\n1\tw\t_\t_\t_\t_\t0\t_\t_\tEntity=(e1-7)\n", "foreign-syntax", 2),
        ("conllu", "# global.Entity = eid-other\n1\tw\t_\t_\t_\t_\t0\t_\t_\tEntity=(e1-heads:1_9)\n", "foreign-syntax", 2),
        ("conllu", "", "empty-file", 0),
    ],
)  # fmt: skip
def test_bad_lines_are_named(name: str, content: str, rule: str, line: int, tmp_path: Path) -> None:
    _, context = read(tmp_path, content, name)
    assert [(x.rule, x.line) for x in context.incidents] == [(rule, line)]


@pytest.mark.parametrize("name", ["conll2003", "conll2012", "conllu"])
def test_tokens_that_are_not_the_texts_are_an_incident(name: str, tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "d.txt").write_text("Ada met Bob.")
    record = {"doc_id": "d", "text": "Ada saw Bob.", "entities": []}
    write_bundle(Bundle(records=[record]), tmp_path / "out", name)
    context = Context(Texts(folder=texts))
    bundle, _ = read_bundle(tmp_path / "out", name, context)
    assert [(x.rule, x.found) for x in context.incidents] == [("token-mismatch", "'saw'")]
    assert bundle.records == []


@pytest.mark.parametrize("name", ["conll2003", "conll2012", "conllu"])
def test_damaged_files_raise_no_traceback(name: str, tmp_path: Path) -> None:
    content = {"conll2003": CONLL2003, "conll2012": CONLL2012, "conllu": CONLLU}[name]
    path = tmp_path / "file"
    path.write_text(content)
    assert assert_no_traceback(name, path, range(16)) > 3


@pytest.mark.parametrize("setting", [{"scheme": "IOB3"}, {"columns": 3}, {"columns": "4"}, {"colums": 4}])
def test_settings_are_checked(setting: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write_bundle(Bundle(), tmp_path / "out", "conll2003", None, setting)
