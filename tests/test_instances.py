"""Event instances as templates: worked examples, a brute force over all alignments, and the properties."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldwire
from goldwire.corpus import SCHEMAS
from goldwire.tasks import instances

DOCS = ("d0", "d1")
Row = dict[str, Any]


def corpus(
    events: Sequence[Row],
    entities: dict[str, list[tuple[int, int]]] | None = None,
    times: Sequence[Row] = (),
    prefix: str = "",
) -> goldwire.Corpus:
    """Events as {"type", "args": [(role, entity name or (start, end))], "instance", "doc", "times": [time id]}.

    entities: name -> mentions; an argument that names an entity stands at its first mention.
    prefix:   put before every id.
    """
    rows: dict[str, list[Row]] = {"triggers": [], "arguments": [], "mentions": [], "times": list(times)}
    used = set()
    for i, event in enumerate(events):
        doc, instance = event.get("doc", "d0"), event.get("instance")
        of = {"doc_id": doc, "event_id": f"{prefix}{i}"}
        rows["triggers"].append(
            {**of, "start": i, "end": i + 1, "type": event.get("type", "Meet"),
             "instance_id": instance and prefix + instance}
        )  # fmt: skip
        for role, filler in event.get("args", []):
            if isinstance(filler, str):
                used.add((doc, filler))
                (start, end), name = (entities or {})[filler][0], prefix + filler
            else:
                (start, end), name = filler, None
            rows["arguments"].append({**of, "role": role, "start": start, "end": end, "entity_id": name})
        for time in event.get("times", []):
            rows["arguments"].append({**of, "role": "Time", "start": 900, "end": 901, "time_id": time})
    for doc, name in sorted(used):
        rows["mentions"] += [
            {"doc_id": doc, "start": start, "end": end, "entity_id": prefix + name}
            for start, end in (entities or {})[name]
        ]
    return goldwire.Corpus(DOCS, {n: pa.Table.from_pylist(r, schema=SCHEMAS[n]) for n, r in rows.items()})


def percent(gold: goldwire.Corpus, pred: goldwire.Corpus, figure: str) -> list[float | None]:
    values = goldwire.score(pred, gold, tasks=["instances"]).values
    numbers = [values[f"instances.{figure}.{name}"].value for name in ("precision", "recall", "f1")]
    return [None if number is None else round(100 * number, 4) for number in numbers]


# CEAF-REE -------------------------------------------------------------------------------------------------------------

# Participants {Zamir Kabulov, Kabulov, the official}, {Taliban}, {China}: figures printed by GRIT's eval.py.
KABULOV = {"kabulov": [(0, 13), (20, 27), (30, 42)], "taliban": [(50, 57)], "china": [(60, 65)]}
MEETING = corpus([{"args": [("Participant", name) for name in KABULOV]}], KABULOV)


@pytest.mark.parametrize(
    ("fillers", "strict", "proportional"),
    [
        ([[(20, 27)], [(50, 57)], [(60, 65)]], [100, 100, 100], [100, 100, 100]),
        ([[(0, 13)], [(20, 27)], [(50, 57)], [(60, 65)]], [75, 100, 85.7143], [75, 100, 85.7143]),
        ([[(0, 13)], [(50, 57), (60, 65)]], [50, 33.3333, 40], [75, 50, 60]),
        ([[(14, 27)], [(50, 57)], [(60, 65)]], [66.6667, 66.6667, 66.6667], [66.6667, 66.6667, 66.6667]),
    ],
    ids=["one mention of each", "an entity in two", "two entities merged", "another span"],
)
def test_role_fillers_as_grit_counts_them(
    fillers: list[list[tuple[int, int]]], strict: list[float], proportional: list[float]
) -> None:
    named = {f"p{i}": spans for i, spans in enumerate(fillers)}
    pred = corpus([{"args": [("Participant", name) for name in named]}], named)
    assert percent(MEETING, pred, "ceaf_ree") == strict
    assert percent(MEETING, pred, "ceaf_ree_prop") == proportional


def test_a_span_without_an_entity_is_an_entity_of_its_own() -> None:
    pred = corpus([{"args": [("Participant", (20, 27)), ("Participant", (30, 42))]}])
    assert percent(MEETING, pred, "ceaf_ree") == [50, 33.3333, 40]  # both mean Kabulov: one of them is right


def test_fillers_count_once_per_document_type_and_role() -> None:
    gold = corpus(
        [
            {"args": [("Participant", "taliban")], "instance": "tuesday"},
            {"args": [("Participant", "taliban"), ("Host", "china")], "instance": "wednesday"},
            {"args": [("Participant", "taliban")], "instance": "wednesday", "doc": "d1"},
            {"args": [("Participant", "taliban")], "type": "Call"},
        ],
        KABULOV,
    )
    assert instances.count(gold, gold).totals()["ree_gold"] == 4
    pred = corpus([{"args": [("Participant", "taliban"), ("Host", "taliban")]}], KABULOV)
    assert percent(gold, pred, "ceaf_ree") == [50, 25, 33.3333]
    result = goldwire.score(pred, gold, tasks=["instances"])
    assert result["instances.ceaf_ree.recall[role=Participant]"] == pytest.approx(1 / 3)
    assert result["instances.ceaf_ree.recall[type=Call]"] == 0
    assert result["instances.ceaf_ree.precision[role=Host]"] == 0
    assert result["instances.ceaf_ree.recall[track=core]"] == 0.25  # Meet and Call both have a counterpart in ACE


# templates ------------------------------------------------------------------------------------------------------------


def test_instances_are_aligned_so_that_most_fillers_agree() -> None:
    gold = corpus(
        [
            {"args": [("Participant", "taliban"), ("Host", "china")], "instance": "a"},
            {"args": [("Participant", "taliban"), ("Participant", "kabulov")], "instance": "b"},
        ],
        KABULOV,
    )
    pred = corpus([{"args": [("Participant", (50, 57)), ("Participant", (20, 27)), ("Host", (1, 2))]}])
    # With b: 2 of 3 predicted, 2 of 4 gold fillers; mentions: 2 of 3, and 2 of 1 + 1 + 1 + 3 in gold.
    assert percent(gold, pred, "ceaf_rme") == [66.6667, 50, 57.1429]
    assert percent(gold, pred, "ceaf_rme_phi3") == [66.6667, 33.3333, 44.4444]
    assert percent(gold, pred, "template") == [100, 50, 66.6667]


def test_mentions_of_one_instance_make_one_template() -> None:
    scattered = [
        {"args": [("Participant", "taliban")], "instance": "a"},
        {"args": [("Participant", "taliban"), ("Host", "china")], "instance": "a"},
        {"args": [], "instance": "a", "type": "Call"},  # another type: another template
    ]
    together = [{"args": [("Host", "china"), ("Participant", "taliban")]}, {"type": "Call"}]
    assert percent(corpus(scattered, KABULOV), corpus(together, KABULOV), "ceaf_rme") == [100, 100, 100]
    assert percent(corpus(scattered, KABULOV), corpus(together, KABULOV), "template") == [100, 100, 100]


def test_mentions_of_an_entity_may_all_be_predicted_as_fillers() -> None:
    pred = corpus([{"args": [("Participant", span) for span in [(0, 13), (20, 27), (50, 57)]]}])
    # CEAF-RME counts mentions as right one by one and asks each gold entity to be hit once; φ3 pairs one-to-one.
    assert percent(MEETING, pred, "ceaf_rme") == [100, 66.6667, 80]
    assert percent(MEETING, pred, "ceaf_rme_phi3") == [66.6667, 40, 50]


def test_a_filler_that_merges_two_entities_finds_one_of_them() -> None:
    pred = corpus([{"args": [("Participant", "both")]}], {"both": [(50, 57), (60, 65)]})
    assert percent(MEETING, pred, "ceaf_rme") == [100, 33.3333, 50]
    assert percent(MEETING, pred, "ceaf_rme_phi3") == [50, 20, 28.5714]


def test_a_template_without_fillers_is_found_by_one_without_fillers() -> None:
    gold = corpus([{"type": "Call"}, {"type": "Call"}, {"type": "Meet", "args": [("Host", (0, 1))]}])
    pred = corpus([{"type": "Call"}, {"type": "Meet"}])
    assert percent(gold, pred, "template") == [50, 33.3333, 40]


def test_nothing_predicted_and_nothing_to_find() -> None:
    for figure in ("ceaf_ree", "ceaf_ree_prop", "ceaf_rme", "ceaf_rme_phi3", "template"):
        assert percent(MEETING, corpus([]), figure) == [None, 0, 0]
        assert percent(corpus([]), MEETING, figure) == [0, None, 0]
        assert percent(corpus([]), corpus([]), figure) == [None, None, None]


# dates ----------------------------------------------------------------------------------------------------------------


def timed(name: str, start: int, value: str | None, resolved: str | None = None, doc: str = "d0") -> Row:
    return {"doc_id": doc, "time_id": name, "start": start, "end": start + 1, "value": value, "resolved": resolved}


def date_accuracy(gold: goldwire.Corpus, pred: goldwire.Corpus) -> tuple[float, float]:
    totals = instances.count(gold, pred).totals()
    return totals["date_equal"], totals["date_both"]


def test_an_instance_has_the_date_its_arguments_resolve_to() -> None:
    fillers = [("Participant", (50, 57))]
    week = [timed("w", 200, "XXXX-WXX", "2021-W42"), timed("d", 300, "2021-10-19")]
    gold = corpus([{"args": fillers, "times": ["w", "d"]}], times=week)  # the day is shorter than the week

    def predicted(value: str, resolved: str | None = None) -> goldwire.Corpus:
        return corpus([{"args": fillers, "times": ["t"]}], times=[timed("t", 300, value, resolved)])

    assert date_accuracy(gold, predicted("2021-10-19")) == (1, 1)
    assert date_accuracy(gold, predicted("2021-W42-2")) == (1, 1)  # the same day in other words
    assert date_accuracy(gold, predicted("XXXX-10-19", "2021-10-19")) == (1, 1)
    assert date_accuracy(gold, predicted("2021-10-20")) == (0, 1)
    assert date_accuracy(gold, predicted("P1D")) == (0, 1)  # no date
    assert date_accuracy(gold, corpus([{"args": fillers}])) == (0, 1)
    assert date_accuracy(gold, corpus([{"args": [("Participant", (1, 2))]}])) == (0, 0)  # not found: not asked
    assert date_accuracy(corpus([{"args": fillers}]), gold) == (0, 0)  # gold states no date


def test_an_argument_at_the_place_of_a_time_expression_dates_its_instance() -> None:
    tuesday = [timed("t", 300, "2021-10-19")]
    gold = corpus([{"args": [("Participant", (50, 57))], "times": ["t"]}], times=tuesday)
    pred = corpus([{"args": [("Participant", (50, 57)), ("Time", (300, 301))]}], times=tuesday)
    assert date_accuracy(gold, pred) == (1, 1)


# brute force ----------------------------------------------------------------------------------------------------------


SPANS = [(10 * i, 10 * i + 5) for i in range(5)]
names = ["a", "b", "c"]
values = ["2021-10-19", "2021-10-20", "2021-W42", None]
event = st.fixed_dictionaries(
    {
        "doc": st.sampled_from(DOCS),
        "type": st.sampled_from(["Meet", "Odd"]),
        "instance": st.sampled_from(["i", "j", "k", None]),
        "args": st.lists(
            st.tuples(st.sampled_from(["Host", "Place"]), st.one_of(st.sampled_from(names), st.sampled_from(SPANS))),
            max_size=3,
        ),
        "times": st.lists(st.sampled_from(["t0", "t1", "t2"]), max_size=1),
    }
)
clusters = st.fixed_dictionaries(
    {name: st.lists(st.sampled_from(SPANS), min_size=1, max_size=3, unique=True) for name in names}
)
expressions = st.tuples(*(st.sampled_from(values) for _ in range(3)))
sides = st.tuples(st.lists(event, max_size=5), clusters, expressions)
Side = tuple[list[Row], dict[str, list[tuple[int, int]]], tuple[str | None, ...]]


def build(side: Side, docs: tuple[str, ...] = DOCS, prefix: str = "") -> goldwire.Corpus:
    events, entities, stated = side
    times = [timed(f"t{i}", 500 + i, value, doc=doc) for doc in docs for i, value in enumerate(stated)]
    return corpus([e for e in events if e["doc"] in docs], entities, times, prefix)


def templates(side: Side) -> dict[tuple[str, str], dict[Any, Row]]:
    """(document, type) -> instance -> {"fillers": role -> entity -> mentions, "dates"}."""
    events, entities, stated = side
    found: dict[tuple[str, str], dict[Any, Row]] = {}
    for i, e in enumerate(events):
        group = found.setdefault((e["doc"], e["type"]), {})
        instance = group.setdefault(e["instance"] or i, {"fillers": {}, "dates": []})
        fillers = [(role, name, entities[name] if isinstance(name, str) else [name]) for role, name in e["args"]]
        fillers += [("Time", "at 900", [(900, 901)]) for _ in e["times"]]
        for role, name, mentions in fillers:
            instance["fillers"].setdefault(role, {})[name] = frozenset(mentions)
        lengths = {"2021-10-19": (1, 1), "2021-10-20": (1, 2), "2021-W42": (7, 0)}
        instance["dates"] += [lengths[v] for t in e["times"] if (v := stated[int(t[1:])]) is not None]
    return found


def injections(a: Sequence[Any], b: Sequence[Any]) -> list[list[tuple[Any, Any]]]:
    """All one-to-one alignments of two lists, as lists of pairs; nothing is left over on the shorter side."""
    if len(a) > len(b):
        return [[(x, y) for y, x in pairs] for pairs in injections(b, a)]
    return [list(zip(a, chosen, strict=True)) for chosen in itertools.permutations(b, len(a))]


def sums(rows: list[tuple[float, ...]], width: int) -> tuple[float, ...]:
    return tuple(sum(row[i] for row in rows) for i in range(width))


def reference(gold: Side, pred: Side) -> dict[str, float]:
    """The columns of the task, by trying every alignment of templates and of fillers."""
    total: dict[str, float] = dict.fromkeys(COLUMNS, 0)
    ours, theirs = templates(gold), templates(pred)
    for group in ours.keys() | theirs.keys():
        g, p = list(ours.get(group, {}).values()), list(theirs.get(group, {}).values())
        for side, stem in ((g, "gold"), (p, "pred")):
            total[f"template_{stem}"] += len(side)
            total[f"rme_{stem}"] += sum(len(f) for t in side for f in t["fillers"].values())
            total[f"phi3_{stem}"] += sum(len(m) for t in side for f in t["fillers"].values() for m in f.values())
        for role in {role for t in g + p for role in t["fillers"]}:
            a, b = ({k: m for t in s for k, m in t["fillers"].get(role, {}).items()} for s in (g, p))
            total["ree_gold"] += len(a)
            total["ree_pred"] += len(b)
            alignments = injections(list(a.values()), list(b.values()))
            total["ree_matched"] += max(sum(y <= x for x, y in pairs) for pairs in alignments)
            total["ree_prop"] += max(sum(len(x & y) / len(y) for x, y in pairs) for pairs in alignments)
        subset, phi3 = [], []
        for pairs in injections(g, p):
            subset.append(sums([subset_similarity(x, y) for x, y in pairs], 2))
            phi3.append(sums([phi3_similarity(x, y) for x, y in pairs], 4))
        right, found = max(subset)
        matched, aligned, equal, undated = max(phi3)
        empty = min(sum(not t["fillers"] for t in side) for side in (g, p))
        for name, value in {"rme_right": right, "rme_found": found, "phi3_matched": matched, "date_equal": equal,
                            "template_matched": aligned + empty, "date_both": aligned - undated}.items():  # fmt: skip
            total[name] += value
    return total


def subset_similarity(g: Row, p: Row) -> tuple[int, int]:
    """Predicted fillers that share a mention; gold fillers hit when each predicted one points to one of them."""
    right = found = 0
    for role, fillers in p["fillers"].items():
        gold = list(g["fillers"].get(role, {}).values())
        hits = [[i for i, x in enumerate(gold) if x & y] for y in fillers.values()]
        right += sum(bool(hit) for hit in hits)
        found += max(len(set(choice)) for choice in itertools.product(*(hit for hit in hits if hit)))
    return right, found


def phi3_similarity(g: Row, p: Row) -> tuple[int, int, int, int]:
    """Common mentions of fillers aligned one-to-one; 1 if any; 1 if the dates agree; 1 if gold has no date."""
    common = sum(
        max(
            sum(len(x & y) for x, y in pairs)
            for pairs in injections(list(g["fillers"].get(role, {}).values()), list(fillers.values()))
        )
        for role, fillers in p["fillers"].items()
    )
    if not common:
        return 0, 0, 0, 0
    return common, 1, int(bool(g["dates"]) and p["dates"] != [] and min(g["dates"]) == min(p["dates"])), not g["dates"]


COLUMNS = (
    "ree_gold", "ree_pred", "ree_matched", "ree_prop", "rme_gold", "rme_pred", "rme_right", "rme_found",
    "phi3_gold", "phi3_pred", "phi3_matched", "template_gold", "template_pred", "template_matched",
    "date_both", "date_equal",
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(sides, sides)
def test_counts_are_those_of_trying_every_alignment(gold: Side, pred: Side) -> None:
    assert instances.count(build(gold), build(pred)).totals() == pytest.approx(reference(gold, pred))


@settings(max_examples=25, deadline=None)
@given(sides)
def test_instances_against_themselves_are_perfect(side: Side) -> None:
    for name, value in goldwire.score(build(side), build(side, prefix="x"), tasks=["instances"]).values.items():
        assert value.value in (None, pytest.approx(1.0)), name


@settings(max_examples=25, deadline=None)
@given(sides, sides, st.randoms())
def test_order_ids_and_document_splits_change_nothing(gold: Side, pred: Side, rng: random.Random) -> None:
    whole = instances.count(build(gold), build(pred)).totals()
    events, *rest = pred
    shuffled = build((rng.sample(events, len(events)), *rest), prefix="other ")
    assert instances.count(build(gold), shuffled).totals() == pytest.approx(whole)
    parts = [instances.count(build(gold, (doc,)), build(pred, (doc,))).totals() for doc in DOCS]
    assert {name: sum(part[name] for part in parts) for name in whole} == pytest.approx(whole)


@settings(max_examples=25, deadline=None)
@given(sides, sides)
def test_swapping_sides_swaps_precision_and_recall_where_the_similarity_has_no_direction(a: Side, b: Side) -> None:
    one, other = instances.count(build(a), build(b)).totals(), instances.count(build(b), build(a)).totals()
    for name in ("phi3_matched", "template_matched", "date_equal"):  # a predicted filler inside a gold one is no mirror
        assert one[name] == other[name]


@settings(max_examples=25, deadline=None)
@given(sides, sides)
def test_a_role_filler_that_is_inside_is_a_share_and_a_share_is_a_hit(gold: Side, pred: Side) -> None:
    totals = instances.count(build(gold), build(pred)).totals()
    assert totals["ree_matched"] <= totals["ree_prop"] + 1e-9
    assert totals["ree_prop"] <= min(totals["ree_gold"], totals["ree_pred"]) + 1e-9
    assert totals["rme_found"] <= totals["rme_right"] <= totals["rme_pred"]
    assert totals["template_matched"] <= min(totals["template_gold"], totals["template_pred"])


def test_hundreds_of_instances_of_a_type_with_a_common_filler() -> None:
    events = [{"args": [("Participant", (0, 5)), ("Host", (10 * i, 10 * i + 5))]} for i in range(1, 501)]
    assert percent(corpus(events), corpus(events[::-1]), "ceaf_rme") == [100, 100, 100]
