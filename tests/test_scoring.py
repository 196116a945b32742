"""Scoring end to end: files in, numbers with their fractions, intervals and counts out."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import goldwire
from conftest import TESTS, gold_records
from goldwire.counts import Counts, Facet
from goldwire.measures import all_measures, format_name, get_measure, measures_of, parse_name
from goldwire.measures.core import F1, Custom, Macro, Mean, Ratio
from goldwire.results import Result, evaluate
from goldwire.schemas import errors_of
from goldwire.stats.intervals import linearised_t
from goldwire.tasks import TASKS

HARBOUR = TESTS / "corpus"


# what a file scores ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["harbour", "gold"])
def test_gold_against_itself_is_perfect(name: str, request: pytest.FixtureRequest, jsonl: Callable[..., Path]) -> None:
    corpus = request.getfixturevalue(name)
    result = goldwire.score(jsonl(gold_records(corpus)), corpus)
    left_out = {"clusters", "grounding"} | (
        {"linking"} if name == "harbour" else set()
    )  # gold is no partition and has offsets; Harbour has no kb ids
    assert result.tasks == tuple(name for name in TASKS if name not in left_out)
    others = {
        "duplicates.closure_damage",  # the gold links are no equivalence: closing them does damage
        "passages.negatives.rate",  # a true passage may cover an annotated formula
    }
    for measure, value in result.values.items():
        if measure not in others and value.value is not None:
            about = parse_name(measure)[0]
            best = about.range[0] if about.better == "lower" else 1.0
            assert value.value == pytest.approx(best), measure
    for required in ("entities.strict.f1", "coref.conll", "coref_corpus.conll", "duplicates.pairs.f1"):
        assert result[required] == pytest.approx(1.0)


def test_a_worked_example(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    # n1 has 8 gold mentions, n2 has 7, n3 has 2. Predicted: 2 right and 1 of wrong type in n1, 1 right in n3.
    records = [
        {"doc_id": "n1", "entities": [
            {"start": 21, "end": 30, "type": "GPE"},
            {"start": 47, "end": 56, "type": "GPE"},
            {"start": 77, "end": 92, "type": "ORG"},
        ]},
        {"doc_id": "n3", "entities": [{"start": 15, "end": 33, "type": "PERSON"}]},
    ]  # fmt: skip
    result = goldwire.score(jsonl(records), harbour)
    assert result.tasks == ("entities",)
    strict = result.values["entities.strict.recall"]
    assert (strict.numerator, strict.denominator) == (3, 17)  # n2 is missing: scored as empty, not skipped
    assert result["entities.strict.precision"] == 3 / 4
    assert result["entities.exact.precision"] == 1.0
    assert result["entities.strict.f1"] == pytest.approx(2 * 3 / (4 + 17))
    f1 = result.values["entities.strict.f1"]
    assert f1.numerator is not None
    assert f1.denominator is not None
    assert f1.numerator / f1.denominator == pytest.approx(f1.value)


def test_undefined_is_null_not_zero(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    result = goldwire.score(jsonl([{"doc_id": "n1", "entities": []}]), harbour)
    assert result["entities.strict.precision"] is None
    assert result["entities.strict.recall"] == 0.0
    assert result["entities.strict.f1"] == 0.0
    assert json.loads(result.to_json())["values"]["entities.strict.precision"]["value"] is None


def test_bad_records_are_not_scored_unless_dropped(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    bad = {"start": 5, "end": 2, "type": "GPE"}
    path = jsonl([{"doc_id": "n1", "entities": [{"start": 21, "end": 30, "type": "GPE"}, bad]}])
    with pytest.raises(goldwire.IncidentError, match="not scored") as caught:
        goldwire.score(path, harbour)
    assert [incident.rule for incident in caught.value.incidents] == ["offset-range"]
    result = goldwire.score(path, harbour, on_error="drop")
    assert (result.dropped, result["entities.strict.precision"]) == (1, 1.0)
    assert result.to_dict()["dropped"] == 1
    assert [incident.rule for incident in result.incidents] == ["offset-range"]


def test_layers_the_two_sides_do_not_share_are_refused_with_a_reason(
    harbour: goldwire.Corpus, jsonl: Callable[..., Path]
) -> None:
    path = jsonl([{"doc_id": "n1", "entities": [{"start": 21, "end": 30, "type": "GPE"}]}])
    with pytest.raises(
        goldwire.UsageError, match="'coref' cannot be scored: no mention of the predictions has an entity"
    ):
        goldwire.score(path, harbour, tasks=["coref"])
    with pytest.raises(goldwire.UsageError, match="say nothing of passages"):
        goldwire.score(path, harbour, tasks=["passages"])
    with pytest.raises(goldwire.UsageError, match="did you mean 'entities'"):
        goldwire.score(path, harbour, tasks=["entitys"])
    clusters = jsonl([{"doc_id": "n1", "cluster": "c"}, {"doc_id": "n2", "cluster": "c"}], "clusters.jsonl")
    assert goldwire.score(clusters, harbour)["duplicates.pairs.f1"] == 1.0


def test_cross_document_coreference_needs_both_sides_to_say_so(
    harbour: goldwire.Corpus, jsonl: Callable[..., Path]
) -> None:
    header, *records = gold_records(harbour)
    result = goldwire.score(jsonl(records), harbour)
    assert "coref_corpus" not in result.tasks
    assert any("entity_scope" in note for note in result.notes)
    assert "coref_corpus" in goldwire.score(jsonl([header, *records]), harbour).tasks


# names and slices -----------------------------------------------------------------------------------------------------


def test_measure_names_print_and_parse_the_same() -> None:
    for name in all_measures():
        measure, where = parse_name(name)
        assert format_name(measure, where) == name
    measure, where = parse_name("entities.strict.f1[type=GPE,level=NAM]")
    assert where == {"type": "GPE", "level": "NAM"}
    assert format_name(measure, where) == "entities.strict.f1[type=GPE,level=NAM]"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("entities.strct.f1", "did you mean 'entities.strict.f1'"),
        ("entities.strict.f1[type]", "written"),
        ("entities.strict.f1[", "no measure name"),
        ("", "no measure name"),
    ],
)
def test_wrong_names_are_explained(name: str, message: str) -> None:
    with pytest.raises(goldwire.UsageError, match=message):
        parse_name(name)


def test_every_measure_says_what_it_is() -> None:
    for name, measure in all_measures().items():
        assert measure.formula, name
        assert measure.source, name
        assert measure.better in ("higher", "lower", "closer to 1")
        assert name.split(".")[0] in TASKS


def test_slices_add_up_to_the_whole(gold: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    header, *records = gold_records(gold)
    half = [{**r, "entities": r["entities"][::2]} for r in records if "entities" in r]
    result = goldwire.score(jsonl([header, *half]), gold, tasks=["entities"], slices=["type", "level", "zone"])
    whole = result.values["entities.strict.recall"]
    for facet in ("type", "level", "zone"):
        parts = [v for n, v in result.values.items() if n.startswith(f"entities.strict.recall[{facet}=")]
        assert len(parts) > 1
        assert sum(part.numerator or 0 for part in parts) == whole.numerator
        assert sum(part.denominator or 0 for part in parts) == whole.denominator


def test_one_slice_may_be_asked_for_by_name(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    path = jsonl([{"doc_id": "n1", "entities": [{"start": 21, "end": 30, "type": "GPE"}]}])
    name = "entities.strict.recall[type=GPE]"  # 2 in n1, 2 in n2, 1 in n3
    result = goldwire.score(path, harbour, measures=[name])
    assert list(result.values) == [name]
    assert result[name] == 1 / 5
    with pytest.raises(goldwire.UsageError, match="no type 'GPEE'"):
        goldwire.score(path, harbour, measures=["entities.strict.recall[type=GPEE]"])
    with pytest.raises(goldwire.UsageError, match="facets: type, level, zone"):
        goldwire.score(path, harbour, measures=["entities.strict.recall[colour=red]"])


# the result file ------------------------------------------------------------------------------------------------------


def test_the_result_fits_its_schema_and_reads_back(gold: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    result = goldwire.score(jsonl(gold_records(gold)), gold, slices=["type"])
    data = json.loads(result.to_json())
    assert list(errors_of("result", data)) == []
    assert Result.from_dict(data).to_dict() == data


def test_large_counts_lie_in_a_file_beside_the_result(
    gold: goldwire.Corpus, jsonl: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = goldwire.score(jsonl(gold_records(gold)), gold, slices=["type"])
    monkeypatch.setattr("goldwire.results.INLINE_ROWS", 10)
    result.write(tmp_path / "r.json")
    data = json.loads((tmp_path / "r.json").read_text())
    assert list(errors_of("result", data)) == []
    assert data["counts"]["entities"] == {
        "file": "r.json.entities.parquet",
        "units": "r.json.entities.units.parquet",
        "components": False,
        "facets": ["type", "level", "zone"],
    }
    assert "columns" in data["counts"]["coref"]  # five rows stay inline
    assert Result.read(tmp_path / "r.json").to_dict() == result.to_dict()
    (tmp_path / "r.json").write_text(json.dumps(data).replace("r.json.entities", "../r.json.entities"))
    with pytest.raises(goldwire.ReadError, match="outside its folder"):
        Result.read(tmp_path / "r.json")
    with pytest.raises(goldwire.ReadError, match="no result file"):
        Result.read(tmp_path / "absent.json")


def test_every_value_can_be_recomputed_from_the_counts_in_the_file(
    gold: goldwire.Corpus, jsonl: Callable[..., Path]
) -> None:
    header, *records = gold_records(gold)
    random.Random(1).shuffle(records)
    partly = [{**r, "entities": r["entities"][1::2]} if "entities" in r else r for r in records[::2]]
    written = goldwire.score(jsonl([header, *partly]), gold, slices=["type", "relation"]).to_json()
    result = Result.from_dict(json.loads(written))
    checked = 0
    for name, stated in result.values.items():
        measure, where = parse_name(name)
        counts = result.counts[measure.task]
        assert evaluate(measure, counts.select(where) if where else counts) == stated, name
        checked += 1
    assert checked > 100


def test_the_signature_names_the_gold_and_the_choices(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    result = goldwire.score(jsonl(gold_records(harbour)), harbour, tasks=["entities"])
    parts = dict(part.split(":", 1) for part in result.signature.split("|"))
    assert parts["goldwire"] == goldwire.__version__
    assert parts["task"] == "entities"
    assert harbour.digest is not None
    assert parts["gold"] == f"harbour@1.0.0#{harbour.digest[:12]}"


def test_a_file_made_for_other_gold_is_refused(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    _, *records = gold_records(harbour)
    right = jsonl([{"goldwire": 1, "gold_digest": harbour.digest}, *records])
    wrong = jsonl([{"goldwire": 1, "gold_digest": "f" * 64}, *records], "wrong.jsonl")
    assert goldwire.score(right, harbour).incidents == []
    with pytest.raises(goldwire.IncidentError) as caught:
        goldwire.score(wrong, harbour)
    assert [incident.rule for incident in caught.value.incidents] == ["digest-mismatch"]


# properties -----------------------------------------------------------------------------------------------------------


mention = st.fixed_dictionaries(
    {"start": st.integers(0, 40), "length": st.integers(1, 12), "type": st.sampled_from(["GPE", "PERSON", "ORG"])}
).map(lambda m: {"start": m["start"], "end": m["start"] + m["length"], "type": m["type"]})
documents = st.fixed_dictionaries({doc: st.lists(mention, max_size=6) for doc in ("n1", "n2", "n3")})


def corpus_of(documents: dict[str, list[dict[str, Any]]], name: str) -> goldwire.Corpus:
    import pyarrow as pa

    from goldwire.corpus import SCHEMAS

    rows = [{"doc_id": doc, **m} for doc, mentions in documents.items() for m in mentions]
    table = pa.Table.from_pylist(rows, schema=SCHEMAS["mentions"])
    return goldwire.Corpus(("n1", "n2", "n3"), {"mentions": table}, name=name)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents, documents)
def test_swapping_sides_swaps_precision_and_recall(
    one: dict[str, list[dict[str, Any]]], other: dict[str, list[dict[str, Any]]]
) -> None:
    a, b = corpus_of(one, "a"), corpus_of(other, "b")
    there, back = (goldwire.score(x, y, tasks=["entities"]).values for x, y in ((a, b), (b, a)))
    for scheme in ("exact", "strict", "type", "partial", "overlap@0.5", "head", "char"):
        stem = f"entities.{scheme}"
        assert there[f"{stem}.precision"].value == pytest.approx(back[f"{stem}.recall"].value)
        assert there[f"{stem}.f1"].value == pytest.approx(back[f"{stem}.f1"].value)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents, documents, st.randoms())
def test_order_and_splitting_change_nothing(
    one: dict[str, list[dict[str, Any]]], other: dict[str, list[dict[str, Any]]], rng: random.Random
) -> None:
    whole = goldwire.score(corpus_of(one, "a"), corpus_of(other, "b"), tasks=["entities"])
    shuffled = {doc: rng.sample(mentions, len(mentions)) for doc, mentions in rng.sample(list(one.items()), 3)}
    again = goldwire.score(corpus_of(shuffled, "a"), corpus_of(other, "b"), tasks=["entities"])
    assert {n: v.value for n, v in again.values.items()} == {n: v.value for n, v in whole.values.items()}
    parts: dict[str, float] = {}
    for doc in one:  # the counts of each document alone
        single = goldwire.score(corpus_of({doc: one[doc]}, "a"), corpus_of({doc: other[doc]}, "b"), tasks=["entities"])
        for name, number in single.counts["entities"].totals().items():
            parts[name] = parts.get(name, 0) + number
    assert parts == pytest.approx(whole.counts["entities"].totals())


# counts and measures --------------------------------------------------------------------------------------------------


def counts_of(rows: list[tuple[int, str | None, float, float]]) -> Counts:
    labels = tuple(sorted({row[1] for row in rows if row[1]}))
    codes = np.array([labels.index(row[1]) if row[1] else -1 for row in rows])
    unit, x, y = (np.array([row[i] for row in rows], float) for i in (0, 2, 3))
    return Counts.build(("d0", "d1", "d2"), unit.astype(np.int64), {"type": Facet(codes, labels)}, {"x": x, "y": y})


def test_counts_sum_rows_of_one_unit_and_slice() -> None:
    counts = counts_of([(0, "A", 1, 2), (0, "A", 1, 2), (0, "B", 5, 5), (2, None, 1, 1)])
    assert len(counts.unit) == 3
    assert counts.totals() == {"x": 8.0, "y": 10.0}
    assert counts.per_unit(["x", "y"]).tolist() == [[7, 9], [0, 0], [1, 1]]  # d1 has no row and still is a unit
    assert counts.per_unit(["x"], "type").tolist() == [[[2, 5]], [[0, 0]], [[0, 0]]]
    assert counts.select({"type": "A"}).totals() == {"x": 2.0, "y": 4.0}
    with pytest.raises(KeyError):
        counts.select({"type": "C"})


def test_counts_stack_over_the_same_units_only() -> None:
    one, two = counts_of([(0, "A", 1, 1)]), counts_of([(1, "B", 2, 2), (1, None, 3, 3)])
    both = Counts.concat([one, two])
    assert both.facets["type"].labels == ("A", "B")
    assert both.select({"type": "B"}).totals() == {"x": 2.0, "y": 2.0}
    assert both.totals() == {"x": 6.0, "y": 6.0}
    assert both.to_table().num_rows == 3
    with pytest.raises(ValueError, match="different units"):
        Counts.concat([one, Counts(("e",), np.zeros(0, np.int64), {}, {})])


P = Ratio(name="p", numerator=("tp",), denominator=("pred",))
R = Ratio(name="r", numerator=("tp",), denominator=("gold",))


def sums(tp: float, pred: float, gold: float) -> dict[str, Any]:
    return {"tp": np.array([tp]), "pred": np.array([pred]), "gold": np.array([gold])}


@pytest.mark.parametrize(
    ("tp", "pred", "gold", "expected"),
    [
        (3, 4, 17, 6 / 21),
        (0, 0, 5, 0.0),  # nothing predicted: precision undefined, F1 zero as 2tp / (pred + gold) says
        (0, 5, 0, 0.0),
        (0, 5, 5, 0.0),
        (0, 0, 0, np.nan),
    ],
)
def test_f1_with_an_empty_side(tp: float, pred: float, gold: float, expected: float) -> None:
    value = F1(name="f", precision=P, recall=R).value(sums(tp, pred, gold))
    np.testing.assert_allclose(value, [expected])


def test_f1_of_a_slice_only_one_side_has_is_undefined() -> None:
    found = Ratio(name="r", numerator=("found",), denominator=("gold",))
    value = F1(name="f", precision=P, recall=found).value({**sums(0, 0, 5), "found": np.array([3.0])})
    assert np.isnan(value).all()


def test_macro_leaves_out_labels_without_anything() -> None:
    macro = Macro(name="m", part=F1(name="f", precision=P, recall=R), facet="type")
    labels = {"tp": np.array([2.0, 0, 0]), "pred": np.array([2.0, 3, 0]), "gold": np.array([2.0, 1, 0])}
    assert macro.value(labels) == 0.5  # 1 and 0; the third label occurs nowhere
    assert macro.over == "type"


def test_mean_is_undefined_with_a_part() -> None:
    mean = Mean(name="m", parts=(P, R))
    assert mean.value(sums(1, 2, 4)) == pytest.approx(0.375)
    assert np.isnan(mean.value(sums(0, 0, 4)))


# intervals ------------------------------------------------------------------------------------------------------------


def test_the_interval_of_a_ratio_is_the_textbook_one() -> None:
    # r_d = n_d - F d_d, SE = sqrt(n/(n-1) sum r_d^2) / sum d, t with n - 1 = 3 degrees of freedom: 3.182446
    num, den = np.array([3.0, 5, 2, 6]), np.array([4.0, 9, 3, 10])
    ratio = num.sum() / den.sum()
    error = np.sqrt(4 / 3 * ((num - ratio * den) ** 2).sum()) / den.sum()
    interval = linearised_t(np.stack([num, den], axis=1), lambda s: s[..., 0] / s[..., 1])
    np.testing.assert_allclose(interval, [ratio - 3.1824463 * error, ratio + 3.1824463 * error], rtol=1e-6)


def test_no_interval_where_nothing_varies_or_nothing_is_known() -> None:
    def ratio(s: Any) -> Any:
        with np.errstate(invalid="ignore"):
            return s[..., 0] / s[..., 1]

    for per_unit in ([[1.0, 2.0]], [[1.0, 2.0], [2.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]):
        assert np.isnan(linearised_t(np.array(per_unit), ratio)).all()


def test_intervals_stay_inside_the_measure(harbour: goldwire.Corpus, jsonl: Callable[..., Path]) -> None:
    records = [{"doc_id": "n3", "entities": [{"start": 15, "end": 33, "type": "PERSON"}]}]
    value = goldwire.score(jsonl(records), harbour).values["entities.strict.recall"]
    assert value.low == 0.0
    assert value.value is not None
    assert value.high is not None
    assert value.value < value.high <= 1.0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), min_size=2, max_size=12), st.randoms())
def test_intervals_do_not_depend_on_the_order_of_units(rows: list[tuple[int, int]], rng: random.Random) -> None:
    matrix = np.array(rows, float)
    order = list(range(len(rows)))
    rng.shuffle(order)
    value = lambda s: s[..., 0] / s[..., 1]  # noqa: E731
    np.testing.assert_allclose(linearised_t(matrix, value), linearised_t(matrix[order], value), rtol=1e-6, atol=1e-9)


def test_a_custom_measure_reads_what_it_says() -> None:
    reads = {m.name: m for m in measures_of("duplicates") if isinstance(m, Custom)}
    assert "duplicates.kappa" in reads
    assert get_measure("duplicates.kappa").range == (-1.0, 1.0)
