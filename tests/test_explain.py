"""The items behind the numbers: worked examples of every class, and what holds for any input."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldwire
from conftest import TESTS, gold_records
from goldwire.cli.main import main
from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.errors import UsageError
from goldwire.explaining import CLASSES, EXPLAINED, ITEMS, class_counts, contexts, differences, items
from goldwire.explaining.pairs import curve
from goldwire.explaining.selection import Selection
from goldwire.reading import read_predictions
from goldwire.tasks import get_task
from noise import noisy

Rows = list[dict[str, Any]]
Run = Callable[..., tuple[int, str, str]]
HARBOUR = TESTS / "corpus"


def corpus(docs: str = "d", meta: dict[str, Any] | None = None, **tables: Rows) -> Corpus:
    """A corpus of the documents that are the letters of ``docs``."""
    made = {name: pa.Table.from_pylist(rows, schema=SCHEMAS[name]) for name, rows in tables.items()}
    return Corpus(tuple(docs), made, meta=meta or {})


def spans(*rows: tuple[Any, ...], doc: str = "d") -> Rows:
    """Mentions or times given as start, end, type and possibly entity."""
    return [{"doc_id": doc, "start": r[0], "end": r[1], "type": r[2], "entity_id": (*r, None)[3]} for r in rows]


def found(task: str, gold: Corpus, pred: Corpus) -> list[tuple[Any, ...]]:
    """(class, gold row, predicted row) of every item."""
    return [(row["class"], row["gold_row"], row["pred_row"]) for row in items(task, gold, pred).to_pylist()]


def test_every_class_of_mentions() -> None:
    gold = corpus(mentions=spans((0, 4, "GPE"), (10, 14, "ORG"), (20, 29, "ORG"), (30, 39, "PERSON"), (50, 55, "LOC")))
    pred = corpus(mentions=spans((0, 4, "GPE"), (10, 14, "GPE"), (20, 25, "ORG"), (35, 39, "ORG"), (60, 62, "LOC")))
    assert found("entities", gold, pred) == [
        ("correct", 0, 0),
        ("type", 1, 1),
        ("boundary", 2, 2),
        ("boundary+type", 3, 3),
        ("missing", 4, None),
        ("spurious", None, 4),
    ]


def test_equal_spans_go_before_overlapping_ones_and_a_repeat_is_spurious() -> None:
    # The prediction 0–4 overlaps both gold mentions; it is the second one, exactly, and its repeat is nothing's.
    gold = corpus(mentions=spans((0, 10, "GPE"), (0, 4, "GPE")))
    pred = corpus(mentions=spans((0, 4, "GPE"), (0, 4, "GPE"), (6, 9, "GPE")))
    assert sorted(found("entities", gold, pred), key=str) == [
        ("boundary", 0, 1),  # one of the two repeats and 6–9 is left over: the longer overlap wins
        ("correct", 1, 0),
        ("spurious", None, 2),
    ]


def test_the_alignment_is_optimal_not_greedy() -> None:
    # Greedily the long prediction takes the first gold mention and the short one nothing; two pairs are possible.
    gold = corpus(mentions=spans((0, 5, "A"), (6, 12, "A")))
    pred = corpus(mentions=spans((1, 11, "A"), (0, 3, "A")))
    assert {row[0] for row in found("entities", gold, pred)} == {"boundary"}


def test_fragments_tell_mentions_apart() -> None:
    whole = corpus(mentions=spans((0, 10, "A")))
    broken = corpus(mentions=[{**spans((0, 10, "A"))[0], "fragments": [0, 3, 7, 10]}])
    assert [row[0] for row in found("entities", whole, broken)] == ["boundary"]


EVENT = {"doc_id": "d", "event_id": "e", "start": 0, "end": 4, "type": "Meet"}


def event(**changes: Any) -> dict[str, Any]:
    return {**EVENT, **changes}


def argument(start: int, end: int, role: str, event_id: str = "e") -> dict[str, Any]:
    return {"doc_id": "d", "event_id": event_id, "role": role, "start": start, "end": end}


def test_every_class_of_triggers_and_arguments() -> None:
    gold = corpus(
        triggers=[event(), event(event_id="f", start=50, end=55, type="Call")],
        arguments=[
            argument(10, 14, "Host"),
            argument(20, 24, "Place"),
            argument(30, 38, "Time"),
            argument(40, 44, "Topic", "f"),
            argument(60, 64, "Place"),
            argument(80, 88, "Host"),
        ],
    )
    pred = corpus(
        triggers=[event(event_id="x"), event(event_id="y", start=50, end=55, type="Aid")],
        arguments=[
            argument(10, 14, "Host", "x"),
            argument(20, 24, "Host", "x"),
            argument(30, 35, "Time", "x"),
            argument(40, 44, "Topic", "y"),
            argument(70, 74, "Place", "x"),
            argument(81, 88, "Topic", "x"),
        ],
    )
    table = items("events", gold, pred)
    counts = class_counts(table)
    assert counts["trigger"] == dict.fromkeys(CLASSES["trigger"], 0) | {"correct": 1, "type": 1}
    assert counts["argument"] == dict.fromkeys(CLASSES["argument"], 1) | {"ungrounded": 0}
    wrong = next(row for row in table.to_pylist() if row["class"] == "event")
    assert (wrong["gold_event"], wrong["pred_event"], wrong["gold_type"]) == ("Call", "Aid", "Topic")


def test_every_class_of_times() -> None:
    def times(*rows: tuple[int, int, str, str]) -> Rows:
        return [{"doc_id": "d", "start": r[0], "end": r[1], "type": r[2], "value": r[3]} for r in rows]

    gold = times((0, 4, "DATE", "2021"), (10, 14, "DATE", "2020"), (20, 24, "DATE", "P1D"), (30, 38, "DATE", "X"))
    pred = times((0, 4, "DATE", "2021"), (10, 14, "DATE", "2019"), (20, 24, "DURATION", "P1D"), (30, 34, "DATE", "X"))
    assert [row[0] for row in found("times", corpus(times=gold), corpus(times=pred))] == [
        "correct", "value", "type", "span",
    ]  # fmt: skip


def test_links_of_coreference_are_split_merged_missing_and_spurious() -> None:
    # Gold: {a b c d} and {e f}. Predicted: {a b} {c} and {e f g}, d is not found.
    # a–b right; c is split off; d is missing; e–f right; g is spurious. The gold links: 3 + 1, the predicted 1 + 2.
    at = {name: (10 * i, 10 * i + 5, "A") for i, name in enumerate("abcdefg")}
    gold = corpus(mentions=spans(*((*at[m], "one") for m in "abcd"), *((*at[m], "two") for m in "ef")))
    pred = corpus(mentions=spans(*((*at[m], "x") for m in "ab"), (*at["c"], "y"), *((*at[m], "z") for m in "efg")))
    links = items("coref", gold, pred).to_pylist()
    assert [(row["class"], row["gold_type"], row["pred_type"]) for row in links] == [
        ("correct", "one", "x"),
        ("split", "one", "y"),
        ("missing", "one", None),
        ("correct", "two", "z"),
        ("spurious", None, "z"),
    ]
    merged = corpus(mentions=spans(*((*at[m], "all") for m in "abcdef")))
    assert class_counts(items("coref", gold, merged))["link"] == {
        "correct": 4, "split": 0, "missing": 0, "merged": 1, "spurious": 0,
    }  # fmt: skip


def test_the_same_cluster_in_two_documents_is_one_only_over_the_corpus() -> None:
    rows = spans((0, 4, "A", "x")) + spans((0, 4, "A", "x"), doc="b")
    one = corpus("db", mentions=rows)
    assert len(items("coref", one, one)) == 0
    assert items("coref_corpus", one, one)["other"].to_pylist() == ["d"]


def link(a: str, b: str, **fields: Any) -> dict[str, Any]:
    return {"a": a, "b": b, **fields}


def test_every_class_of_article_pairs() -> None:
    gold = corpus(
        "abcd",
        links=[
            link("a", "b", reuse_a="partial", reuse_b="major"),
            link("a", "c", reuse_a="trace", reuse_b="none"),
            link("b", "c", reuse_a="whole", reuse_b="whole"),
            link("c", "d", reuse_a="none", reuse_b="none"),
            link("a", "d", reuse_a="whole", reuse_b="whole"),
        ],
    )
    pred = corpus(
        "abcd",
        {"threshold": 0.5},
        links=[
            link("b", "a", relation="major"),
            link("a", "c", relation="major"),
            link("c", "d", score=0.9),
            link("b", "d", score=0.1),  # below the threshold: no link
            link("a", "d", score=0.8),  # no level: nothing to compare
        ],
    )
    table = items("duplicates", gold, pred)
    assert [(row["doc_id"] + row["other"], row["class"]) for row in table.to_pylist()] == [
        ("ab", "correct"), ("ac", "level"), ("ad", "correct"), ("bc", "missing"), ("cd", "spurious"),
    ]  # fmt: skip


def test_predicted_clusters_are_the_pairs_inside_them() -> None:
    gold = corpus("abcd", links=[link("a", "b", reuse_a="whole", reuse_b="whole")])
    pred = corpus("abcd", clusters=[{"doc_id": d, "cluster": "k"} for d in "cba"])
    assert Counter(row[0] for row in found("duplicates", gold, pred)) == {"correct": 1, "spurious": 2}
    many = tuple(f"d{i}" for i in range(1500))
    huge = Corpus(many, {"clusters": pa.Table.from_pylist([{"doc_id": d, "cluster": "k"} for d in many])})
    with pytest.raises(UsageError, match="too many to list"):
        items("duplicates", Corpus(many, {"links": gold["links"].slice(0, 0)}), huge)


def test_precision_over_recall_falls_through_the_scores() -> None:
    # Gold ab, ac. Scores: ab .9, bc .8, ac .7: precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1.
    gold = corpus("abc", links=[link("a", b, reuse_a="whole", reuse_b="whole") for b in "bc"])
    pred = corpus("abc", links=[link("c", "b", score=0.8), link("a", "b", score=0.9), link("a", "c", score=0.7)])
    points = curve(gold, pred)
    assert points is not None
    assert points.threshold.tolist() == [0.9, 0.8, 0.7]
    assert points.precision.tolist() == pytest.approx([1, 1 / 2, 2 / 3])
    assert points.recall.tolist() == [0.5, 0.5, 1.0]
    assert curve(gold, corpus("abc", links=[link("a", "b")])) is None


def passage(
    a: tuple[int, int], b: tuple[int, int], relation: str | None = "verbatim", swap: bool = False
) -> dict[str, Any]:
    one, two = ("b", b), ("a", a)
    first, second = (one, two) if swap else (two, one)
    return {
        "a": first[0], "a_start": first[1][0], "a_end": first[1][1],
        "b": second[0], "b_start": second[1][0], "b_end": second[1][1], "relation": relation,
    }  # fmt: skip


def test_every_class_of_passages() -> None:
    gold = corpus(
        "ab",
        passages=[
            passage((0, 100), (0, 100)),
            passage((200, 300), (200, 300), "paraphrase"),
            passage((400, 500), (400, 500)),
            passage((600, 650), (600, 650)),
            passage((650, 700), (650, 700)),
            passage((800, 900), (800, 900)),
            passage((1000, 1050), (1000, 1050), "formula"),
        ],
    )
    pred = corpus(
        "ab",
        passages=[
            passage((0, 100), (0, 100), swap=True),  # sides swapped: still the same passage
            passage((200, 300), (200, 300), "verbatim"),
            passage((400, 430), (400, 430)),  # a third of the case: boundary,
            passage((460, 480), (460, 480)),  # and a further piece of it
            passage((600, 700), (600, 700)),  # right for 600–650, to which 650–700 is joined
            passage((1000, 1040), (1000, 1040)),  # a formula, marked as no copy
            passage((1200, 1240), (1200, 1240)),
        ],
    )
    table = items("passages", gold, pred)
    assert class_counts(table)["passage"] == dict.fromkeys(CLASSES["passage"], 1) | {"correct": 2}
    near = {row["class"]: row["near"] for row in table.to_pylist() if row["near"] is not None}
    assert near == {"fragmented": 2, "look-alike": 6}


# ------------------------------------------------------------------------------------------------- what always holds

mention = st.tuples(
    st.integers(0, 12), st.integers(1, 5), st.sampled_from("AB"), st.sampled_from([None, "x", "y", "z"])
)
mentions = st.lists(mention, max_size=9).map(lambda rows: [(s, s + n, t, e) for s, n, t, e in rows])


@settings(max_examples=40, deadline=None)
@given(gold=mentions, pred=mentions)
def test_every_item_is_in_one_row_and_the_right_ones_are_the_strict_matches(gold: Any, pred: Any) -> None:
    g, p = corpus(mentions=spans(*gold)), corpus(mentions=spans(*pred))
    table = items("entities", g, p)
    assert table.schema == ITEMS
    for side, rows in (("gold", gold), ("pred", pred)):
        listed = [row for row in table[f"{side}_row"].to_pylist() if row is not None]
        assert sorted(listed) == list(range(len(rows)))
    matches = Counter(row[:3] for row in gold) & Counter(row[:3] for row in pred)
    counts = class_counts(table).get("mention", {})
    assert counts.get("correct", 0) == matches.total()
    bounds = Counter(row[:2] for row in gold) & Counter(row[:2] for row in pred)
    assert counts.get("correct", 0) + counts.get("type", 0) == bounds.total()


@settings(max_examples=25, deadline=None)
@given(gold=mentions, pred=mentions, data=st.data())
def test_classes_do_not_depend_on_the_order_of_rows_and_sides_mirror(gold: Any, pred: Any, data: Any) -> None:
    g, p = corpus(mentions=spans(*gold)), corpus(mentions=spans(*pred))
    shuffled = corpus(mentions=spans(*data.draw(st.permutations(gold))))
    for task in ("entities", "coref"):
        counts = class_counts(items(task, g, p))
        assert class_counts(items(task, shuffled, p)) == counts
        mirrored = {kind: dict(of) for kind, of in class_counts(items(task, p, g)).items()}
        for of in mirrored.values():
            of["missing"], of["spurious"] = of["spurious"], of["missing"]
            if "split" in of:
                of["split"], of["merged"] = of["merged"], of["split"]
        assert mirrored == {kind: dict(of) for kind, of in counts.items()}


@settings(max_examples=40, deadline=None)
@given(gold=mentions, pred=mentions)
def test_links_are_numerators_and_denominators_of_muc(gold: Any, pred: Any) -> None:
    def once(rows: Any) -> Rows:  # a span in two clusters is an error of the file
        return spans(*{row[:2]: row for row in rows}.values())

    g, p = corpus(mentions=once(gold)), corpus(mentions=once(pred))
    links = class_counts(items("coref", g, p)).get("link", dict.fromkeys(CLASSES["link"], 0))
    if not gold or not pred:
        assert links["correct"] == 0
        return
    sums = get_task("coref").count(g, p).totals()
    assert links["correct"] == sums["muc_num"]
    assert links["correct"] + links["split"] + links["missing"] == sums["muc_r_den"]
    assert links["correct"] + links["merged"] + links["spurious"] == sums["muc_p_den"]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_right_items_are_what_score_counts(seed: int, gold: Corpus, jsonl: Callable[..., Path]) -> None:
    pred = read_predictions(jsonl(noisy(gold, seed, 0.3)), gold).corpus
    sums = {task: counts.totals() for task, counts in goldwire.score(pred, gold).counts.items()}
    right = {task: class_counts(items(task, gold, pred)) for task in sums if task in EXPLAINED}
    assert right["entities"]["mention"]["correct"] == sums["entities"]["strict_gold"]
    assert right["events"]["trigger"]["correct"] == sums["events"]["tri_c_gold_found"]
    assert right["events"]["argument"]["correct"] == sums["events"]["arg_c_plus_gold_found"]
    times = right["times"]["time"]
    assert times["correct"] + times["type"] + times["value"] == sums["times"]["span_gold"]
    pairs = right["duplicates"]["pair"]
    assert pairs["correct"] + pairs["level"] == sums["duplicates"]["matched_trace"]
    for task in ("coref", "coref_corpus", "event_coref", "event_coref_corpus"):
        assert right[task]["link"]["correct"] == sums[task]["muc_num"]
    passages = right["passages"]["passage"]
    of_gold = ("correct", "relation", "boundary", "joined", "missing")
    assert sum(passages[name] for name in of_gold) == sums["passages"]["cases"]
    of_pred = ("correct", "relation", "boundary", "fragmented", "look-alike", "spurious")
    assert sum(passages[name] for name in of_pred) == sums["passages"]["detections"]


def test_gold_against_itself_is_right(gold: Corpus) -> None:
    for task in EXPLAINED:
        if task != "clusters":
            classes = {name for of in class_counts(items(task, gold, gold)).values() for name, n in of.items() if n}
            assert classes == {"correct"}


def test_differences_are_what_one_has_right_and_the_other_wrong() -> None:
    gold = corpus(mentions=spans((0, 4, "A"), (10, 14, "A"), (20, 24, "A")))
    a = corpus(mentions=spans((0, 4, "A"), (10, 14, "B"), (30, 34, "A"), (50, 54, "A")))
    b = corpus(mentions=spans((10, 14, "A"), (40, 44, "A"), (50, 54, "A")))
    rows = differences(items("entities", gold, a), items("entities", gold, b)).to_pylist()
    assert [(row["better"], row["class_a"], row["class_b"]) for row in rows] == [
        ("a", "correct", "missing"),  # 0–4
        ("b", "type", "correct"),  # 10–14
        ("b", "spurious", None),  # 30–34, which B does not say; 50–54 both do, 20–24 neither has
        ("a", None, "spurious"),  # 40–44
    ]
    assert len(differences(items("entities", gold, a), items("entities", gold, a))) == 0


def test_words_around_items(harbour: Corpus) -> None:
    table = items("entities", harbour, harbour)
    row, words = table.slice(0, 1).to_pylist()[0], contexts(harbour, table.slice(0, 1), width=5)[0]["gold"]
    text = harbour["articles"]["text"][0].as_py()
    assert words.inside == text[row["gold_start"] : row["gold_end"]]
    assert words.before.removeprefix("…") == text[max(0, row["gold_start"] - 5) : row["gold_start"]]


def test_a_measure_selects_what_it_counts() -> None:
    assert Selection.of_measure("events.arg_c.recall[role=Place]") == (
        "events", Selection(kinds=("argument",), side="gold", where={"role": "Place"}),
    )  # fmt: skip
    with pytest.raises(UsageError, match="not by 'levl'; did you mean 'level'"):
        Selection.of_measure("entities.strict.f1[levl=NAM]")
    with pytest.raises(UsageError, match=r"'textee' is a profile.*`--task events` lists those of the task it scores"):
        Selection.of_measure("textee.argument_cls.f1")


LISTED = (
    "entities.strict", "linking.inkb", "linking.all", "events.tri_c", "events.arg_c_plus", "times.value",
    "instances.ceaf_ree", "duplicates.pairs",
)  # fmt: skip


def test_a_figure_of_any_slice_is_that_of_the_items_listed_for_it(gold: Corpus, jsonl: Callable[..., Path]) -> None:
    pred = read_predictions(jsonl(noisy(gold, 7, 0.3)), gold).corpus
    facets = ["type", "role", "level", "zone", "track", "realis"]
    measures = [f"{name}.{figure}" for name in LISTED for figure in ("precision", "recall")]
    result = goldwire.score(pred, gold, measures=measures, slices=facets)
    tables = {task: items(task, gold, pred) for task in EXPLAINED if task in result.counts}
    checked = set()
    for name, value in result.values.items():
        task, selection = Selection.of_measure(name)
        listed = selection.of(tables[task])
        assert len(listed) == value.denominator, name
        # the facets of a found item are those of the side that is counted, so that a slice may have a numerator alone
        assert listed["class"].to_pylist().count("correct") == value.numerator, name
        checked.add(name.partition("[")[2].partition("=")[0])
    assert checked == {"", *facets}
    assert len(result.values) > 150


def test_fillers_and_templates_of_event_instances() -> None:
    # Meet m1 has a Participant seen twice and a Place; the system has one mention of the Participant, and of the Place
    # one that is wrong beside the right one; m2 it does not have, and m3 it invents.
    gold = templates({"m1": [("Participant", 0, 3, "e1"), ("Participant", 9, 12, "e1"), ("Place", 20, 26, "e2")],
                      "m2": [("Place", 30, 36, "e3")]})  # fmt: skip
    pred = templates({"m1": [("Participant", 0, 3, "x1"), ("Place", 20, 26, "x2"), ("Place", 27, 29, "x2")],
                      "m3": [("Agent", 40, 44, "x3")]})  # fmt: skip
    table = items("instances", gold, pred)
    assert class_counts(table) == {
        "filler": {"correct": 1, "partial": 1, "missing": 1, "spurious": 1},
        "template": {"correct": 0, "fillers": 1, "missing": 1, "spurious": 1},
    }
    sums = get_task("instances").count(gold, pred).totals()
    assert (sums["ree_gold"], sums["ree_pred"], sums["ree_matched"]) == (3, 3, 1)
    assert (sums["template_gold"], sums["template_pred"], sums["template_matched"]) == (2, 2, 1)
    told = [(row["class"], row["gold_id"], row["pred_id"]) for row in table.to_pylist() if row["kind"] == "template"]
    assert sorted(told, key=str) == [("fillers", "m1", "m1"), ("missing", "m2", None), ("spurious", None, "m3")]
    nothing = items("instances", gold, templates({}))
    assert class_counts(nothing)["template"]["missing"] == 2
    assert class_counts(items("instances", templates({}), gold))["filler"]["spurious"] == 3


def templates(of: dict[str, list[tuple[str, int, int, str]]]) -> Corpus:
    """Instances of Meet, each with a trigger of its own at 50, 55, ... and the given fillers."""
    triggers, arguments = [], []
    for i, (instance, fillers) in enumerate(of.items()):
        event = {"doc_id": "d", "event_id": f"v{i}"}
        triggers.append(event | {"start": 50 + 5 * i, "end": 53 + 5 * i, "type": "Meet", "instance_id": instance})
        for role, start, end, entity in fillers:
            arguments.append(event | {"role": role, "start": start, "end": end, "entity_id": entity})
    tables = {"triggers": triggers, "arguments": arguments}
    return Corpus(("d",), {name: pa.Table.from_pylist(rows, SCHEMAS[name]) for name, rows in tables.items()})


# ------------------------------------------------------------------------------------------------- the command line


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """A verb run in this process: exit code, stdout, stderr."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*map(str, arguments), "--gold", str(HARBOUR)])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def two(harbour: Corpus, jsonl: Callable[..., Path]) -> tuple[Path, Path]:
    """Predictions of two systems for the Harbour corpus; the first is perfect."""
    return jsonl(gold_records(harbour), "perfect.jsonl"), jsonl(noisy(harbour, 5, 0.4, "poor"), "poor.jsonl")


def test_explain_lists_items_with_their_words(run: Run, two: tuple[Path, Path]) -> None:
    code, out, _ = run("explain", two[1], "entities.strict.recall", "--class", "missing", "--limit", "2")
    assert code == 0
    assert "entities: poor against harbour" in out
    assert out.count("mention  missing") == 2
    assert "[" in out
    assert "pred" not in out.split("mention  missing", 1)[1]  # nothing was predicted there


def test_explain_and_diff_as_json(run: Run, two: tuple[Path, Path]) -> None:
    told = json.loads(run("explain", two[1], "-f", "json", "--limit", "0")[1])
    assert told["system"] == "poor"
    assert {"entities", "events", "coref", "times", "passages"} <= set(told["tasks"])
    entities = told["tasks"]["entities"]
    assert entities["total"] == len(entities["items"]) == sum(entities["counts"]["mention"].values())
    diff = json.loads(run("diff", *two, "-f", "json", "--limit", "0", "--task", "entities")[1])["tasks"]["entities"]
    missed = entities["total"] - entities["counts"]["mention"]["correct"]
    assert (diff["a_better"], diff["b_better"], diff["total"]) == (missed, 0, missed)


def test_filters_narrow_the_list(run: Run, two: tuple[Path, Path]) -> None:
    narrow = ("--task", "entities", "--type", "GPE", "--doc", "n1")
    listed = json.loads(run("explain", two[1], "-f", "json", *narrow)[1])["tasks"]["entities"]["items"]
    assert listed
    assert all("GPE" in (row.get("gold_type"), row.get("pred_type")) and row["doc_id"] == "n1" for row in listed)
    assert "the reverse: 0" in run("diff", *two, "--better", "b", "--task", "entities")[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--class", "mising"], "did you mean 'missing'"),
        (["--doc", "n9"], "no document 'n9'"),
        (["entities.strict.f1[zon=body]"], "did you mean 'zone'"),
        (["--where", "zone"], "expected FACET=LABEL"),
        (["--where", "colour=red"], "not by 'colour'"),
        (["textee.trigger_cls.f1"], "'textee' is a profile"),
        (["--task", "oneie"], "'oneie' is a profile"),
        (["--task", "clusters"], "cannot be explained"),
        (["entities.strictly.f1"], "no measure"),
    ],
    ids=str,
)
def test_mistakes_get_a_sentence(arguments: list[str], says: str, run: Run, two: tuple[Path, Path]) -> None:
    code, out, err = run("explain", two[1], *arguments)
    assert (code, out) == (2, "")
    assert says in err


def test_a_result_has_no_items_and_bad_predictions_are_not_listed(
    run: Run, two: tuple[Path, Path], tmp_path: Path
) -> None:
    run("score", two[1], "-f", "json", "-o", tmp_path / "r.json")
    code, _, err = run("explain", tmp_path / "r.json")
    assert code == 2
    assert "holds counts, no items" in err
    code, out, err = run("explain", TESTS / "bad" / "predictions" / "offset-range.jsonl")
    assert (code, out) == (1, "")
    assert "error[offset-range]" in err
