"""Label maps: which mentions keep, change or lose their type, and what is refused as a map."""

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldwire.corpus.labels import standard_inventory
from goldwire.corpus.maps import MAPS, apply_map, load_map
from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.errors import ReadError, UsageError
from goldwire.tasks.entities import count


def corpus(*types):
    rows = [{"doc_id": "d", "start": i, "end": i + 1, "type": type_} for i, type_ in enumerate(types)]
    return Corpus(("d",), {"mentions": pa.Table.from_pylist(rows, schema=SCHEMAS["mentions"])}, name="n", version="1")


def mapped(types, mapping):
    """(start, type) of the mentions that are left."""
    table = apply_map(corpus(*types), mapping)["mentions"]
    return list(zip(table["start"].to_pylist(), table["type"].to_pylist(), strict=True))


def test_labels_are_renamed_dropped_or_kept():
    mapping = {"PERSON": "PER", "MONEY": None}
    assert mapped(["PERSON", "MONEY", "ORG", None], mapping) == [(0, "PER"), (2, "ORG"), (3, None)]


def test_a_star_speaks_for_every_other_label_and_for_none():
    assert mapped(["PERSON", "ORG", None], {"PERSON": "PER", "*": None}) == [(0, "PER")]
    assert mapped(["PERSON", "ORG", None], {"PERSON": None, "*": "ENTITY"}) == [(1, "ENTITY"), (2, "ENTITY")]
    assert mapped(["PERSON", None], {"*": "ENTITY"}) == [(0, "ENTITY"), (1, "ENTITY")]


def test_renaming_happens_once():
    assert mapped(["A", "B"], {"A": "B", "B": "A"}) == [(0, "B"), (1, "A")]


def test_everything_else_of_the_corpus_stays():
    before = corpus("PERSON", "MONEY")
    after = apply_map(before, {"MONEY": None})
    assert (after.doc_ids, after.name, after.version) == (before.doc_ids, before.name, before.version)
    assert after["mentions"].schema == before["mentions"].schema
    assert before["mentions"].num_rows == 2
    assert len(mapped([], {"A": "B"})) == 0


def test_a_corpus_without_mentions_stays_without():
    assert "mentions" not in apply_map(Corpus(("d",), {}), {"*": None})


def test_chunked_columns_are_mapped_alike():
    table = pa.concat_tables([corpus("A")["mentions"], corpus("B", None)["mentions"]])
    after = apply_map(Corpus(("d",), {"mentions": table}), {"A": "X", "B": None})
    assert after["mentions"]["type"].to_pylist() == ["X", None]


@pytest.mark.parametrize(
    ("name", "reached"),
    [
        ("conll", {"PER", "ORG", "LOC", "MISC", None}),
        ("ace", {"PER", "ORG", "GPE", "LOC", "FAC", None}),
    ],
)
def test_built_in_maps_speak_for_the_whole_inventory(name, reached):
    mapping = load_map(name)
    assert set(mapping) == standard_inventory().entity_types
    assert set(mapping.values()) == reached


def test_names_of_other_schemes_become_those_of_ontonotes():
    mapping = load_map("ontonotes")
    assert set(mapping.values()) <= standard_inventory().entity_types
    assert mapped(["PER", "PERSON", "FACILITY"], mapping) == [(0, "PERSON"), (1, "PERSON"), (2, "FAC")]


@pytest.mark.parametrize("name", MAPS)
def test_a_built_in_map_applied_twice_is_applied_once(name):
    # so that a side that has the new names already is not changed
    once = apply_map(corpus(*sorted(standard_inventory().entity_types), "PER", "MISC"), load_map(name))
    assert apply_map(once, load_map(name))["mentions"].equals(once["mentions"])


def test_two_inventories_agree_after_the_map():
    gold, pred = corpus("PERSON", "GPE", "NORP", "MONEY"), corpus("PER", "LOC", "MISC")
    assert count(gold, pred).totals()["strict_gold"] == 0
    totals = count(*(apply_map(side, load_map("conll")) for side in (gold, pred))).totals()
    assert (totals["gold"], totals["pred"], totals["strict_gold"]) == (3, 3, 3)


def test_a_map_from_a_file(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"PERSON": "Mensch", "*": None}), encoding="utf-8")
    assert load_map(path) == load_map(str(path)) == {"PERSON": "Mensch", "*": None}


@pytest.mark.parametrize(
    "content", ["[]", "{}", "{", '{"A": 1}', '{"A": ""}', '{"A": "B", "A": "C"}', '"A"', b"\xff{}".decode("latin-1")]
)
def test_what_is_no_map_is_refused_with_its_file_name(tmp_path, content):
    path = tmp_path / "broken.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ReadError, match=r"broken\.json"):
        load_map(path)


def test_an_unknown_name_gets_a_hint_and_a_missing_file_its_name(tmp_path):
    with pytest.raises(UsageError, match="'ontonotes'"):
        load_map("ontonote")
    with pytest.raises(UsageError, match="conll"):
        load_map("muc")
    with pytest.raises(ReadError, match="no such file"):
        load_map(tmp_path / "none.json")
    with pytest.raises(ReadError, match="folder"):
        load_map(tmp_path)


labels = st.sampled_from(["A", "B", "C", None])


@given(st.lists(labels, max_size=8), st.dictionaries(st.sampled_from("ABC*"), st.sampled_from(["X", "A", None])))
def test_a_map_is_a_function_of_the_label_alone(types, mapping):
    def image(label):
        if label in mapping:
            return mapping[label], mapping[label] is not None
        if "*" in mapping:
            return mapping["*"], mapping["*"] is not None
        return label, True

    assert mapped(types, mapping) == [(i, image(label)[0]) for i, label in enumerate(types) if image(label)[1]]
