"""Building: same source, same bytes; a card the hub's library reads as we mean it; nothing written in error."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

import goldwire
from conftest import ROOT, TESTS
from goldwire.building.reuse import coverage, folded, reuse_level
from goldwire.building.tables import CONFIGS, key_of
from goldwire.corpus.digest import release_digest, table_digest

DATASET = ROOT / "dataset"


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def front_matter(folder: Path) -> dict[str, object]:
    content: dict[str, object] = yaml.safe_load((folder / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    return content


def test_the_same_source_gives_the_same_bytes(source: Path, tmp_path: Path) -> None:
    goldwire.build(source, tmp_path / "one")
    goldwire.build(TESTS / "corpus", tmp_path / "two")
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


def test_the_committed_dataset_is_what_the_annotations_build(tmp_path: Path) -> None:
    manifest = goldwire.build(ROOT / "annotations", tmp_path / "dataset")
    committed = json.loads((DATASET / "digests.json").read_text())
    assert manifest["digest"] == committed["digest"]
    pinned = re.search(r"^pyarrow==(\S+)$", (TESTS / "constraints.txt").read_text(), re.MULTILINE)
    if pinned and pinned[1] == pa.__version__:  # Parquet bytes are reproducible for one pyarrow version only
        assert files_of(tmp_path / "dataset") == files_of(DATASET)


def test_checksums_cover_every_file() -> None:
    stated = dict(line.split("  ")[::-1] for line in (DATASET / "SHA256SUMS").read_text().splitlines())
    actual = {
        name: hashlib.sha256(data).hexdigest() for name, data in files_of(DATASET).items() if name != "SHA256SUMS"
    }
    assert stated == actual


def test_digests_are_of_content_not_of_files() -> None:
    manifest = json.loads((DATASET / "digests.json").read_text())
    digests = {name: table_digest(goldwire.table(name)) for name in CONFIGS}
    assert {name: entry["digest"] for name, entry in manifest["configs"].items()} == digests
    assert manifest["digest"] == release_digest(digests)


def test_canonical_lines_are_sorted_and_compact() -> None:
    table = pa.table({"b": ["é", None], "a": [1, 2]})
    expected = '{"a":1,"b":"é"}\n{"a":2,"b":null}\n'
    assert table_digest(table) == hashlib.sha256(expected.encode()).hexdigest()


@pytest.mark.parametrize("config", CONFIGS)
def test_rows_are_sorted_unique_and_of_the_explicit_schema(config: str) -> None:
    table = goldwire.table(config)
    assert table.schema.remove_metadata() == CONFIGS[config]
    keys = table[key_of(config)].to_pylist()
    assert keys == sorted(set(keys))


def test_every_copied_text_is_the_text_at_its_offsets() -> None:
    texts = dict(zip(*(goldwire.table("articles")[name].to_pylist() for name in ("doc_id", "text")), strict=True))
    for row in goldwire.table("entities").to_pylist():
        for mention in row["mentions"]:
            assert texts[row["doc_id"]][mention["start"] : mention["end"]] == mention["text"]
    for event in goldwire.table("events").to_pylist():
        text = texts[event["doc_id"]]
        assert text[event["trigger"][0] : event["trigger"][-1]] == event["text"] or len(event["trigger"]) > 2
        assert all(text[a["start"] : a["end"]] == a["text"] for a in event["arguments"])
    for row in goldwire.table("passages").to_pylist():
        assert texts[row["a"]][row["a_start"] : row["a_end"]] == row["a_text"]
        assert texts[row["b"]][row["b_start"] : row["b_end"]] == row["b_text"]


def test_the_articles_are_byte_for_byte_what_was_supplied() -> None:
    for row in goldwire.table("articles").to_pylist():
        data = (ROOT / "annotations" / "articles" / f"{row['doc_id']}.txt").read_bytes()
        assert row["text"].encode() == data
        assert hashlib.sha256(data).hexdigest() == row["sha256"]


# the card -------------------------------------------------------------------------------------------------------------


def test_the_card_names_every_config_with_version_and_digest() -> None:
    manifest = json.loads((DATASET / "digests.json").read_text())
    configs = {entry["config_name"]: entry for entry in front_matter(DATASET)["configs"]}  # type: ignore[attr-defined]
    assert list(configs) == list(CONFIGS)
    assert [name for name, entry in configs.items() if entry.get("default")] == ["articles"]
    for name, entry in configs.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"])
        assert manifest["configs"][name]["digest"] in entry["description"]
        assert entry["data_files"] == [{"split": "test", "path": manifest["configs"][name]["file"]}]


@pytest.mark.parametrize("config", CONFIGS)
def test_the_features_in_the_card_are_those_of_the_data(config: str) -> None:
    # a field that only the card has would be filled with None silently; lists of structs must be written `list:`
    from datasets import Features

    info = {e["config_name"]: e for e in front_matter(DATASET)["dataset_info"]}[config]  # type: ignore[attr-defined]
    assert Features._from_yaml_list(info["features"]) == Features.from_arrow_schema(CONFIGS[config])
    assert info["splits"][0]["num_examples"] == len(goldwire.table(config))


def test_figures_in_the_card_are_counted_not_written() -> None:
    card = (DATASET / "README.md").read_text()
    mentions = sum(len(row["mentions"]) for row in goldwire.table("entities").to_pylist())
    assert f"{mentions} entity mentions of {len(goldwire.table('entity_index'))} entities" in card
    assert (
        f"{len(goldwire.table('events'))} event mentions of {len(goldwire.table('event_instances'))} instances" in card
    )
    assert not re.search(r"\{\{\w+\}\}", card)


def test_agreement_and_adjudication_in_the_card_are_those_of_the_kept_passes() -> None:
    from collections import Counter

    from goldwire.building.agreement import agree

    card = (DATASET / "README.md").read_text()
    passes = ROOT / "annotations" / "passes"
    for row in agree(passes / "A", passes / "B"):
        value = "undefined" if row.value is None else f"{row.value:.3f}"
        assert f"| {row.layer} | {row.figure} | {value} | {row.a} | {row.b} | {row.both} |" in card
    lines = [json.loads(line) for line in (passes / "adjudication.jsonl").read_text().splitlines()]
    counts = Counter((line["layer"], line["decision"]) for line in lines)
    names = ("a", "b", "both", "neither")
    for layer in {line["layer"] for line in lines}:
        assert f"| {layer} | " + " | ".join(str(counts[layer, name] or "") for name in names) + " |" in card


def test_a_corpus_without_prose_gets_a_plain_card(tmp_path: Path) -> None:
    goldwire.build(TESTS / "corpus", tmp_path / "d")
    card = (tmp_path / "d" / "README.md").read_text()
    assert "# Harbour: three made-up articles" in card
    assert "| `articles` | 3 |" in card


# refusals -------------------------------------------------------------------------------------------------------------


def test_a_source_with_errors_builds_nothing(source: Path, tmp_path: Path) -> None:
    (source / "gold" / "n1.json").unlink()
    with pytest.raises(goldwire.IncidentError, match="nothing built"):
        goldwire.build(source, tmp_path / "d")
    assert not (tmp_path / "d").exists()


def test_a_folder_that_is_no_dataset_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "thesis.tex").write_text("four years of work")
    with pytest.raises(goldwire.UsageError, match=r"thesis\.tex"):
        goldwire.build(TESTS / "corpus", tmp_path / "d")
    assert (tmp_path / "d" / "thesis.tex").read_text() == "four years of work"


def test_a_rebuild_replaces_the_whole_folder(source: Path, tmp_path: Path) -> None:
    first = goldwire.build(source, tmp_path / "d")
    (tmp_path / "d" / "data" / "times" / "test-00000-of-00001.parquet").unlink()
    passages = source / "gold" / "passages.json"
    passages.write_text(passages.read_text().replace('"note": null', '"note": "looked at twice"', 1))
    second = goldwire.build(source, tmp_path / "d")
    assert first["digest"] != second["digest"]
    assert list(goldwire.validate(tmp_path / "d")) == []
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_dataset_with_other_files_in_it_is_not_replaced(tmp_path: Path) -> None:
    goldwire.build(TESTS / "corpus", tmp_path / "d")
    (tmp_path / "d" / "notes.txt").write_text("mine")
    with pytest.raises(goldwire.UsageError, match=r"notes\.txt"):
        goldwire.build(TESTS / "corpus", tmp_path / "d")
    assert (tmp_path / "d" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("inside", [".", "gold", "new/dataset"])
def test_a_source_is_never_built_over(source: Path, inside: str) -> None:
    (source / "digests.json").write_text("{}")
    with pytest.raises(goldwire.UsageError, match="its own source"):
        goldwire.build(source, source / inside)
    assert (source / "gold" / "n1.json").exists()


def test_a_link_to_a_dataset_is_followed(tmp_path: Path) -> None:
    goldwire.build(TESTS / "corpus", tmp_path / "d")
    (tmp_path / "link").symlink_to(tmp_path / "d")
    goldwire.build(TESTS / "corpus", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "d" / "digests.json").is_file()


def test_leftovers_of_a_killed_build_are_cleared(tmp_path: Path) -> None:
    (tmp_path / ".d.goldwire-new" / "data").mkdir(parents=True)
    goldwire.build(TESTS / "corpus", tmp_path / "d")
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_edited_data_is_noticed(tmp_path: Path) -> None:
    goldwire.build(TESTS / "corpus", tmp_path / "d")
    path = tmp_path / "d" / "data" / "times" / "test-00000-of-00001.parquet"
    table = pq.ParquetFile(path).read()
    pq.write_table(table.slice(1), path)
    with pytest.raises(goldwire.IncidentError) as caught:
        goldwire.table("times", tmp_path / "d")
    assert [incident.rule for incident in caught.value.incidents] == ["checksum"]
    with pytest.raises(goldwire.IncidentError):
        goldwire.load_corpus(tmp_path / "d")


def test_digests_are_recomputed_when_a_dataset_is_validated(tmp_path: Path) -> None:
    goldwire.build(TESTS / "corpus", tmp_path / "d")
    manifest = tmp_path / "d" / "digests.json"
    content = json.loads(manifest.read_text())
    path = tmp_path / "d" / content["configs"]["times"]["file"]
    pq.write_table(pq.ParquetFile(path).read().slice(1), path)
    content["configs"]["times"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()  # covers the tracks of bytes
    manifest.write_text(json.dumps(content))
    found = {incident.item for incident in goldwire.validate(tmp_path / "d")}
    assert found == {"configs.times.digest", "configs.times.rows"}
    content["configs"]["times"]["digest"] = "0" * 64
    manifest.write_text(json.dumps(content))
    with pytest.raises(goldwire.IncidentError):  # the release digest is over the configs' digests
        goldwire.load_corpus(tmp_path / "d")


@pytest.mark.parametrize(
    "damaged",
    ["[]", "null", "{", '{"name": "x"}', '{"configs": {}}', "\udce9", "[" * 100_000],
    ids=["list", "null", "cut", "bare", "no configs", "surrogate", "deep"],
)
def test_a_damaged_manifest_is_a_sentence(damaged: str, tmp_path: Path) -> None:
    goldwire.build(TESTS / "corpus", tmp_path / "d")
    (tmp_path / "d" / "digests.json").write_text(damaged, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(goldwire.ReadError):
        goldwire.load_corpus(tmp_path / "d")


def test_a_manifest_cannot_point_outside_its_folder(tmp_path: Path) -> None:
    goldwire.build(TESTS / "corpus", tmp_path / "d")
    manifest = tmp_path / "d" / "digests.json"
    sound = manifest.read_text()
    for other, message in (("../", "outside"), ("/etc/", "outside"), ("\\u0000", "no possible file")):
        manifest.write_text(sound.replace("data/times/", other))
        with pytest.raises(goldwire.ReadError, match=message):
            goldwire.load_corpus(tmp_path / "d")


# the three ways to the same tables ------------------------------------------------------------------------------------


def test_the_folder_and_the_dataset_built_from_it_are_one_corpus(tmp_path: Path, harbour: goldwire.Corpus) -> None:
    goldwire.build(TESTS / "corpus", tmp_path / "d")
    built = goldwire.load_corpus(tmp_path / "d")
    assert (built.name, built.version, built.digest) == (harbour.name, harbour.version, harbour.digest)
    for name in ("zones", "triggers", "arguments", "times", "links", "passages"):
        assert built[name].to_pylist() == harbour[name].to_pylist()
    columns = [name for name in built["mentions"].column_names if name not in ("kb_id", "metonymic")]
    assert built["mentions"].select(columns).to_pylist() == harbour["mentions"].select(columns).to_pylist()


# computed figures -----------------------------------------------------------------------------------------------------


def test_coverage_counts_body_words_whose_first_character_is_covered() -> None:
    #       0         1         2
    #       0123456789012345678901234567
    text = "Head line\n\none two. three four"
    zones = [{"zone": "headline", "start": 0, "end": 11}, {"zone": "body", "start": 11, "end": 30}]
    sentences = [{"start": 0, "end": 9}, {"start": 11, "end": 19}, {"start": 20, "end": 30}]
    assert coverage(text, zones, sentences, []) == (0.0, 0)
    assert coverage(text, zones, sentences, [(0, 9)]) == (0.0, 0)  # the headline is no body
    assert coverage(text, zones, sentences, [(11, 14), (12, 22)]) == (0.75, 2)  # one, two., three; each once
    assert coverage(text, zones, sentences, [(0, 30)]) == (1.0, 2)


@pytest.mark.parametrize(
    ("share", "sentences", "level"),
    [
        (0.0, 0, "none"), (0.05, 3, "trace"), (0.5, 1, "trace"), (0.1, 2, "partial"), (0.6666, 9, "partial"),
        (2 / 3, 1, "major"), (0.9499, 9, "major"), (0.95, 1, "whole"),
    ],
)  # fmt: skip
def test_reuse_levels_begin_where_the_guidelines_say(share: float, sentences: int, level: str) -> None:
    assert reuse_level(share, sentences) == level


def test_verbatim_looks_through_quotes_spaces_and_compatibility_forms() -> None:
    assert folded("“It’s  over,”\u00a0he said ﬁnally") == folded('"It\'s over," he said finally')
    assert folded("It is over") != folded("It was over")
