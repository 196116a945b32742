"""How triggers and arguments match: published cases, a slow definition of every figure, and the properties."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

import goldwire
from conftest import TESTS
from goldwire.corpus import SCHEMAS
from goldwire.tasks import alignment, events
from goldwire.tasks.event_rows import event_rows
from goldwire.tasks.event_strings import normalised

Row = dict[str, Any]

DOCS = ("d0", "d1")
ATTRIBUTES = ("polarity", "modality", "tense", "genericity")
TRIGGERS = [f"tri_{kind}{match}" for kind in "ic" for match in ("", "@head", "@overlap")]
ARGUMENTS = [
    f"arg_{k}{plus}{match}" for k in "ic" for plus in ("", "_plus") for match in ("", "@head", "@coref", "@string")
]


def corpus(
    rows: Iterable[Row] = (), mentions: Iterable[Row] = (), texts: Mapping[str, str] | None = None, **tables: list[Row]
) -> goldwire.Corpus:
    """Events as {"trigger": (start, end, type), "args": [(start, end, role)], ...}; everything else is optional.

    Events may have head, fragments, instance, doc and attributes; an argument is (start, end, role), or a dict with
    start, end, role, head, entity; a mention a dict with start, end, head, entity, doc.
    """
    built: dict[str, list[Row]] = {"triggers": [], "arguments": [], "mentions": [], **tables}
    for i, event in enumerate(rows):
        start, end, kind = event["trigger"]
        place = {"doc_id": event.get("doc", "d0"), "event_id": str(i)}
        beside = {name: event[name] for name in (*ATTRIBUTES, "fragments") if name in event}
        built["triggers"].append(
            {**place, "start": start, "end": end, "type": kind, "instance_id": event.get("instance"), **head(event)}
            | beside
        )
        for argument in event.get("args", []):
            full = (
                argument if isinstance(argument, dict) else dict(zip(("start", "end", "role"), argument, strict=True))
            )
            keys = {name: full[name] for name in ("start", "end", "role")}
            built["arguments"].append({**place, **keys, "entity_id": full.get("entity"), **head(full)})
    for mention in mentions:
        span = {name: mention[name] for name in ("start", "end")}
        built["mentions"].append(
            {"doc_id": mention.get("doc", "d0"), **span, "entity_id": mention.get("entity"), **head(mention)}
        )
    if texts is not None:
        built["articles"] = [{"doc_id": doc, "text": text} for doc, text in texts.items()]
    return goldwire.Corpus(
        DOCS, {name: pa.Table.from_pylist(items, schema=SCHEMAS[name]) for name, items in built.items()}
    )


def head(item: Row) -> Row:
    start, end = item.get("head") or (None, None)
    return {"head_start": start, "head_end": end}


def score(gold: goldwire.Corpus, pred: goldwire.Corpus, container: str = "set") -> goldwire.Result:
    return goldwire.score(pred, gold, tasks=["events"], container=container)


def percent(result: goldwire.Result, figure: str) -> list[float | None]:
    numbers = [result[f"events.{figure}.{name}"] for name in ("precision", "recall", "f1")]
    return [None if number is None else round(100 * number, 4) for number in numbers]


# published cases ------------------------------------------------------------------------------------------------------

CASES = json.loads((TESTS / "cases" / "events.json").read_text(encoding="utf-8"))["cases"]


def in_characters(case: Row, rows: list[Row]) -> list[Row]:
    """Events with token spans as events with offsets into the tokens joined by blanks."""
    start = np.cumsum([0, *(len(token) + 1 for token in case["tokens"])]).tolist()

    def span(first: int, last: int) -> Row:
        return {"start": start[first], "end": start[last] - 1}

    def argument(first: int, last: int, role: str, entity: str | None = None) -> Row:
        return {**span(first, last), "role": role, "entity": entity}

    return [
        {
            "trigger": (*span(*row["trigger"][:2]).values(), row["trigger"][2]),
            "args": [argument(*items) for items in row["args"]],
        }
        for row in rows
    ]


@pytest.mark.parametrize(
    ("case", "prediction"),
    [
        pytest.param(case, prediction, id=f"{case['id']}-{prediction['name']}")
        for case in CASES
        for prediction in case["predictions"]
    ],
)
def test_published_cases(case: Row, prediction: Row) -> None:
    start = np.cumsum([0, *(len(token) + 1 for token in case["tokens"])]).tolist()
    mentions = [{"start": start[a], "end": start[b] - 1, "entity": e} for a, b, e in case.get("mentions", [])]
    texts = dict.fromkeys(DOCS, " ".join(case["tokens"]))
    gold = corpus(in_characters(case, case["gold"]), mentions, texts)
    result = score(gold, corpus(in_characters(case, prediction["events"])), prediction["container"])
    assert {name: percent(result, name) for name in prediction["expected"]} == prediction["expected"]


# examples -------------------------------------------------------------------------------------------------------------


def test_a_trigger_may_match_by_its_head_or_by_overlap() -> None:
    gold = corpus([{"trigger": (0, 11, "Contact"), "head": (0, 7)}])  # "reached out", head "reached"
    pred = corpus([{"trigger": (0, 7, "Contact")}])
    result = score(gold, pred)
    assert percent(result, "tri_c") == [0, 0, 0]
    assert percent(result, "tri_c@head") == [100, 100, 100]
    assert result["events.tri_c@overlap.f1"] == pytest.approx(2 * 7 / (11 + 7))
    of_other_type = score(gold, corpus([{"trigger": (0, 7, "Meet")}]))
    assert percent(of_other_type, "tri_i@head") == [100, 100, 100]
    assert percent(of_other_type, "tri_c@head") == percent(of_other_type, "tri_c@overlap") == [0, 0, 0]


def test_overlap_credits_the_best_sum_over_one_to_one_alignments() -> None:
    gold = corpus([{"trigger": (0, 2, "Meet")}, {"trigger": (0, 1, "Meet")}])
    pred = corpus([{"trigger": (0, 2, "Meet")}, {"trigger": (1, 2, "Meet")}])
    # (0,2)-(0,2) alone is worth 1; (0,2)-(1,2) and (0,1)-(0,2) are worth 2/3 each
    assert score(gold, pred)["events.tri_i@overlap.recall"] == pytest.approx((2 / 3 + 2 / 3) / 2)


def test_a_discontinuous_trigger_overlaps_in_its_pieces_only() -> None:
    gold = corpus([{"trigger": (0, 10, "Move"), "fragments": [0, 4, 7, 10]}])  # "pull ... out"
    in_the_gap = score(gold, corpus([{"trigger": (4, 7, "Move")}]))
    assert in_the_gap["events.tri_c@overlap.f1"] == 0
    whole = score(gold, corpus([{"trigger": (0, 10, "Move")}]))
    assert whole["events.tri_c.f1"] == 0
    assert whole["events.tri_c@overlap.f1"] == pytest.approx(2 * 7 / (7 + 10))


def test_an_unstated_head_is_that_of_the_same_span_elsewhere_else_the_span() -> None:
    officials = {"start": 3, "end": 20, "head": (11, 20)}  # "Taliban officials"
    gold = corpus([{"trigger": (0, 2, "Meet"), "args": [(3, 20, "Participant")]}], [officials])
    by_head = corpus([{"trigger": (0, 2, "Meet"), "args": [(11, 20, "Participant")]}])
    result = score(gold, by_head)
    assert percent(result, "arg_c") == [0, 0, 0]
    assert percent(result, "arg_c@head") == percent(result, "arg_c_plus@head") == [100, 100, 100]
    same_span = corpus([{"trigger": (0, 2, "Meet"), "args": [(3, 20, "Participant")]}])  # states no head at all
    assert percent(score(gold, same_span), "arg_c@head") == [100, 100, 100]
    other_head = {"start": 3, "end": 20, "role": "Participant", "head": (3, 10)}
    assert percent(score(gold, corpus([{"trigger": (0, 2, "Meet"), "args": [other_head]}])), "arg_c@head") == [0, 0, 0]


def test_each_side_has_the_heads_it_states_itself() -> None:
    rows = [{"trigger": (0, 2, "Meet"), "args": [(3, 20, "Participant")]}]
    gold = corpus(rows, [{"start": 3, "end": 20, "head": (11, 20)}])
    pred = corpus(rows, [{"start": 3, "end": 20, "head": (3, 10)}])
    assert percent(score(gold, pred), "arg_c") == [100, 100, 100]
    assert percent(score(gold, pred), "arg_c@head") == [0, 0, 0]


KABULOV = [
    {"start": 0, "end": 12, "entity": "k"},  # The official
    {"start": 15, "end": 28, "entity": "k", "head": (21, 28)},  # Zamir Kabulov
    {"start": 41, "end": 43, "entity": "k"},  # he
    {"start": 55, "end": 66, "entity": "t"},  # the Taliban
]


def meeting(*spans: tuple[int, int], role: str = "Participant", entity: str | None = None) -> list[Row]:
    arguments = [{"start": start, "end": end, "role": role, "entity": entity} for start, end in spans]
    return [{"trigger": (50, 54, "Meet"), "args": arguments}]


def test_coreference_looks_a_span_up_among_the_gold_mentions() -> None:
    gold = corpus(meeting((15, 28), entity="k"), KABULOV)
    for span, found in {(15, 28): 1, (0, 12): 1, (41, 43): 1, (21, 28): 1, (55, 66): 0, (16, 28): 0}.items():
        # (21, 28) is no mention but the head of one; (16, 28) is neither
        result = score(gold, corpus(meeting(span)))
        assert [result[f"events.{name}@coref.recall"] for name in ("arg_i", "arg_c", "arg_c_plus")] == [found] * 3, span
    wrong_role = score(gold, corpus(meeting((0, 12), role="Place")))
    assert (wrong_role["events.arg_i@coref.f1"], wrong_role["events.arg_c@coref.f1"]) == (1, 0)


def test_gold_arguments_that_name_one_entity_twice_are_one_item() -> None:
    gold = corpus(meeting((15, 28), (41, 43), entity="k"), KABULOV)
    result = score(gold, corpus(meeting((0, 12))))
    assert percent(result, "arg_c") == [0, 0, 0]
    assert percent(result, "arg_c@coref") == [100, 100, 100]
    assert percent(score(gold, corpus(meeting((0, 12))), "multiset"), "arg_c@coref") == [100, 50, 66.6667]


def test_arguments_without_an_entity_match_by_span_under_coreference() -> None:
    topic = {"start": 70, "end": 75, "role": "Topic"}
    gold = corpus([{"trigger": (50, 54, "Meet"), "args": [*meeting((15, 28), entity="k")[0]["args"], topic]}], KABULOV)
    pred = corpus([{"trigger": (50, 54, "Meet"), "args": [topic, {**topic, "end": 76}]}])
    assert percent(score(gold, pred), "arg_c@coref") == [50, 50, 50]


def test_coreference_is_undefined_where_gold_arguments_have_no_entities() -> None:
    result = score(corpus(meeting((15, 28)), KABULOV), corpus(meeting((15, 28))))
    assert percent(result, "arg_c") == [100, 100, 100]
    for figure in ("arg_i@coref", "arg_c@coref", "arg_i_plus@coref", "arg_c_plus@coref"):
        assert percent(result, figure) == [None, None, None]
        assert result.values[f"events.{figure}.recall"].denominator == 0


def test_ids_that_the_prediction_makes_up_mean_nothing() -> None:
    gold = corpus(meeting((15, 28), entity="k"), KABULOV)
    assert score(gold, corpus(meeting((55, 66), entity="k")))["events.arg_c@coref.f1"] == 0


def test_strings_are_compared_wherever_they_stand() -> None:
    texts = {"d0": "MOSCOW: talks in “the  Moscow”, London.", "d1": "Moscow"}

    def place(start: int, end: int, doc: str = "d0") -> Row:
        return {"doc": doc, "trigger": (0, 1, "Meet"), "args": [(start, end, "Place")]}

    gold = corpus([place(0, 6)], texts=texts)
    for span, found in {(0, 6): 1, (0, 7): 1, (17, 30): 1, (18, 29): 1, (32, 38): 0, (8, 13): 0}.items():
        result = score(gold, corpus([place(*span)]))
        assert result["events.arg_c@string.f1"] == result["events.arg_c_plus@string.f1"] == found, span
    elsewhere = score(gold, corpus([place(0, 6, "d1")]))
    assert elsewhere["events.arg_c@string.f1"] == 0  # strings do not travel between documents


def test_strings_need_the_text_of_the_document() -> None:
    rows = [{"doc": doc, "trigger": (0, 1, "Meet"), "args": [(0, 2, "Place")]} for doc in DOCS]
    assert percent(score(corpus(rows), corpus(rows)), "arg_c@string") == [None, None, None]
    half = score(corpus(rows, texts={"d0": "some text"}), corpus(rows))  # d1 is left out on both sides alike
    assert half.values["events.arg_c@string.recall"].denominator == 1


@pytest.mark.parametrize(
    ("string", "form"),
    [
        ("The Taliban", "taliban"),
        ("THE  TALIBAN\u00a0", "taliban"),
        ("“the ‘Taliban’”,", "taliban"),
        ("an  envoy’s", "envoy's"),
        ("Theodore", "theodore"),
        ("the", "the"),
        ("Straße (Berlin)", "strasse (berlin"),
        ("cafe\u0301", "café"),
        ("…", ""),
        ("-5 %", "-5 %"),
        ("m²", "m²"),
    ],
)
def test_normalised_strings(string: str, form: str) -> None:
    assert normalised(f"{string}\n{string}").to_pylist() == [form, form]


def test_multisets_charge_for_repeats_and_credit_them_on_both_sides() -> None:
    place = (8, 9, "Place")
    gold = corpus([{"trigger": (6, 7, "Meet"), "args": [place, place]}])
    pred = corpus([{"trigger": (6, 7, "Meet"), "args": [place] * 3}, {"trigger": (6, 7, "Meet")}])
    assert percent(score(gold, pred), "arg_c_plus") == percent(score(gold, pred), "tri_c") == [100, 100, 100]
    many = score(gold, pred, "multiset")
    assert (many.values["events.arg_c_plus.precision"].numerator, many["events.arg_c_plus.recall"]) == (2, 1)
    assert percent(many, "tri_c") == percent(many, "tri_i@overlap") == percent(many, "tri_c@head") == [50, 100, 66.6667]
    assert "container:multiset" in many.signature


ACTUAL = {"polarity": "POS", "modality": "ASSERTED", "tense": "PAST", "genericity": "SPECIFIC"}


def test_f1_of_an_attribute_is_f1_times_accuracy_where_everything_is_stated() -> None:
    gold = corpus([{"trigger": (i, i + 1, "Meet"), **ACTUAL} for i in range(4)])
    pred = corpus(
        [
            {"trigger": (i, i + 1, "Meet"), **ACTUAL, "tense": tense}
            for i, tense in ((0, "PAST"), (1, "FUTURE"), (9, "PAST"))
        ]
    )
    result = score(gold, pred)
    assert result["events.tri_c.f1"] == pytest.approx(2 * 2 / (4 + 3))
    assert result["events.tense.accuracy"] == 1 / 2
    assert result["events.tense.f1"] == pytest.approx(2 * 2 / (4 + 3) * 1 / 2)
    assert result["events.polarity.f1"] == result["events.tri_c.f1"]
    assert result["events.realis.f1"] == result["events.tense.f1"]  # the one in the future is OTHER


def test_an_attribute_that_a_side_never_states_is_not_scored() -> None:
    stated, silent = corpus([{"trigger": (0, 1, "Meet"), "tense": "PAST"}]), corpus([{"trigger": (0, 1, "Meet")}])
    for gold, pred in ((stated, silent), (silent, stated)):
        result = score(gold, pred)
        assert percent(result, "tense") == [None, None, None]
        assert result["events.tense.accuracy"] is None
    some = corpus([{"trigger": (0, 1, "Meet"), "tense": "PAST"}, {"trigger": (1, 2, "Meet"), "tense": "PAST"}])
    partly = corpus([{"trigger": (0, 1, "Meet"), "tense": "PAST"}, {"trigger": (1, 2, "Meet")}])
    assert percent(score(some, partly), "tense") == [100, 50, 66.6667]


def test_slices_by_zone_and_realis() -> None:
    zones = [
        {"doc_id": "d0", "zone": "headline", "start": 0, "end": 10},
        {"doc_id": "d0", "zone": "body", "start": 10, "end": 99},
    ]
    gold = corpus(
        [
            {"trigger": (0, 4, "Meet"), "args": [(5, 9, "Place")], **ACTUAL},
            {"trigger": (20, 24, "Meet"), "args": [(5, 9, "Place"), (30, 34, "Place")], **ACTUAL, "tense": "FUTURE"},
        ],
        zones=zones,
    )
    pred = corpus([{"trigger": (20, 24, "Meet"), "args": [(30, 34, "Place"), (35, 36, "Place")]}])
    result = score(gold, pred)
    assert (result["events.tri_c.recall[zone=headline]"], result["events.tri_c.recall[zone=body]"]) == (0, 1)
    assert result["events.arg_c_plus.recall[zone=headline]"] == 0
    assert result["events.arg_c_plus.precision[zone=body]"] == 1 / 2
    assert (result["events.tri_c.recall[realis=ACTUAL]"], result["events.tri_c.recall[realis=OTHER]"]) == (0, 1)
    assert result["events.arg_c_plus.recall[realis=OTHER]"] == 1 / 2
    assert result["events.tri_c.precision[realis=OTHER]"] is None  # the prediction does not say


def errors(gold: goldwire.Corpus, pred: goldwire.Corpus, of: str) -> dict[str, float]:
    totals = events.count(gold, pred).totals()
    return {name.removeprefix(f"{of}_error_"): n for name, n in totals.items() if name.startswith(f"{of}_error_") and n}


def test_trigger_errors_by_class() -> None:
    gold = corpus([{"trigger": (s, s + 4, "Meet")} for s in (0, 10, 20, 30, 40)])
    pred = corpus(
        [
            {"trigger": (0, 4, "Meet")},  # right
            {"trigger": (10, 14, "Call")},  # type
            {"trigger": (20, 23, "Meet")},  # span, of the right type
            {"trigger": (20, 24, "Call")},  # which this one is not: spurious, although its bounds are right
            {"trigger": (31, 34, "Call")},  # both
            {"trigger": (50, 54, "Meet")},  # spurious; (40, 44) is missing
        ]
    )
    assert errors(gold, pred, "tri") == {"type": 1, "span": 1, "type_span": 1, "missing": 1, "spurious": 2}
    counts = events.count(gold, pred)
    table = counts.to_table().to_pylist()
    confusions = Counter({row["predicted_type"]: row["tri_error_type"] + row["tri_error_type_span"] for row in table})
    assert confusions["Call"] == 2


def test_an_instance_error_is_a_right_mention_in_the_wrong_instance() -> None:
    def side(*instances: str | None) -> goldwire.Corpus:
        return corpus([{"trigger": (i, i + 1, "Meet"), "instance": name} for i, name in enumerate(instances)])

    gold = side("a", "a", "a", "b", "b")
    assert errors(gold, side("x", "x", "x", "y", "y"), "tri") == {}
    assert errors(gold, side("x", "x", "y", "y", "y"), "tri") == {"instance": 1}
    assert errors(gold, side("x", "x", "x", "x", "x"), "tri") == {"instance": 2}  # x is a, so b has nothing
    assert errors(gold, side("x", None, None, "x", None), "tri") == {"instance": 1}
    assert errors(gold, side(*[None] * 5), "tri") == {}


def test_argument_errors_by_class() -> None:
    gold = corpus(
        [
            {"trigger": (0, 4, "Meet"), "args": [(s, s + 4, "Host") for s in (10, 20, 30, 40, 50)]},
            {"trigger": (60, 64, "Meet"), "args": [(10, 14, "Host")]},
            {"trigger": (70, 74, "Meet"), "args": [(10, 14, "Host")]},
        ]
    )
    pred = corpus(
        [
            {
                "trigger": (0, 4, "Meet"),
                "args": [
                    (10, 14, "Host"),  # right
                    (20, 24, "Place"),  # role
                    (30, 33, "Host"),  # span
                    (41, 44, "Place"),  # both; (50, 54) is missing
                    (90, 94, "Host"),  # spurious
                ],
            },
            {"trigger": (60, 64, "Call"), "args": [(10, 14, "Host")]},  # right but for the type of its event
            {
                "trigger": (80, 84, "Meet"),
                "args": [(10, 14, "Host")],
            },  # of an event there is not; that of (70, 74) is missing
        ]
    )
    expected = {"role": 1, "span": 1, "role_span": 1, "event": 1, "missing": 2, "spurious": 2}
    assert errors(gold, pred, "arg") == expected


def test_rows_are_in_file_order_on_one_axis_with_shared_codes() -> None:
    gold = corpus([{"trigger": (4, 6, "Meet"), "args": [(0, 2, "Host")]}, {"doc": "d1", "trigger": (0, 6, "Call")}])
    pred = corpus([{"doc": "d1", "trigger": (0, 6, "Call"), "head": (2, 6), "args": [(1, 3, "Place")]}])
    ours, theirs, names = event_rows(gold, pred)
    assert (names.step, names.types, names.roles) == (7, ("Call", "Meet"), ("Host", "Place"))
    assert ours.triggers.lo.tolist() == [4, 7]  # document d1 begins at 7
    assert (ours.triggers.type.tolist(), theirs.triggers.type.tolist()) == ([1, 0], [0])
    assert (theirs.triggers.head_lo.tolist(), theirs.triggers.headed.tolist()) == ([9], [True])
    assert (theirs.arguments.event.tolist(), theirs.arguments.lo.tolist()) == ([0], [8])
    assert theirs.arguments.role.tolist() == [1]


def test_an_argument_of_no_event_is_refused() -> None:
    stray = pa.Table.from_pylist([{"doc_id": "d0", "event_id": "7", "role": "Host"}], schema=SCHEMAS["arguments"])
    gold = corpus([{"trigger": (4, 6, "Meet")}])
    with pytest.raises(goldwire.UsageError, match="an event that is not there"):
        events.count(gold, goldwire.Corpus(DOCS, {**gold.tables, "arguments": stray}))


# the definitions, slowly ----------------------------------------------------------------------------------------------

TEXTS = {"d0": "The “Café”, the café", "d1": "a CAFE\u0301 - Bar\u00a0, bar;"}
Span = tuple[str, int, int]


def spans_of(rows: list[Row], mentions: list[Row]) -> Iterable[tuple[Span, Row]]:
    for row in rows:
        yield (row["doc"], *row["trigger"][:2]), row
        yield from (((row["doc"], a["start"], a["end"]), a) for a in row["args"])
    yield from (((m["doc"], m["start"], m["end"]), m) for m in mentions)


class Slow:
    """Items of every figure, one occurrence after the other, by the letter of the definitions."""

    def __init__(self, own: tuple[list[Row], list[Row]], other: tuple[list[Row], list[Row]], gold: Any) -> None:
        self.rows = own[0]
        self.heads = [defaultdict(set), defaultdict(set)]
        for heads, side in zip(self.heads, (own, other), strict=True):
            for span, item in spans_of(*side):
                if item.get("head"):
                    heads[span].add(item["head"])
        self.entities, self.by_head = defaultdict(set), defaultdict(set)
        for row in gold[0]:
            for a in row["args"]:
                self.entities[row["doc"], a["start"], a["end"]].add(a["entity"])
        for m in gold[1]:
            self.entities[m["doc"], m["start"], m["end"]].add(m["entity"])
            self.by_head[m["doc"], *(m["head"] or (m["start"], m["end"]))].add(m["entity"])

    def head(self, span: Span, item: Row) -> Span:
        stated = (
            [item["head"]] if item["head"] else next((sorted(h[span]) for h in self.heads if h.get(span)), [span[1:]])
        )
        return (span[0], *stated[0])

    def entity(self, span: Span, item: Row) -> Hashable:
        known = self.entities[span] if span in self.entities else self.by_head.get(self.head(span, item), set())
        named = known - {None}
        return (span[0], *named) if len(named) == 1 else span

    def string(self, span: Span, _: Row) -> Hashable:
        string = unicodedata.normalize("NFC", TEXTS[span[0]][span[1] : span[2]]).casefold()
        outer = " '\"()[]{},.;:!?…–—"
        string = " ".join(string.replace("“", '"').replace("”", '"').split()).strip(outer)
        return span[0], re.sub("^(the|an?) ", "", string).strip(outer)

    def compared(self, match: str, span: Span, item: Row) -> Hashable:
        ways = {"": lambda *_: span, "head": self.head, "coref": self.entity, "string": self.string}
        return ways[match](span, item)

    def items(self, figure: str) -> list[Hashable]:
        name, _, match = figure.partition("@")
        found: list[Hashable] = []
        for row in self.rows:
            start, end, kind = row["trigger"]
            trigger = self.head((row["doc"], start, end), row) if match == "head" else (row["doc"], start, end)
            if name.startswith("tri"):
                found.append((trigger, kind) if name == "tri_c" else (trigger,))
                continue
            for a in row["args"]:
                compared = self.compared(match, (row["doc"], a["start"], a["end"]), a)
                event = (trigger, kind) if name.endswith("_plus") else kind
                found.append((compared, event, a["role"] if "arg_c" in name else None))
        return found


def with_occurrence(items: list[Hashable], container: str) -> set[Hashable]:
    """Items as a set: each once, or each with how many equal ones come before."""
    if container == "set":
        return set(items)
    seen: Counter[Hashable] = Counter()
    return {(item, seen.update([item]) or seen[item]) for item in items}


def best_overlap(gold: set[Any], pred: set[Any], container: str) -> float:
    def groups(items: set[Any]) -> dict[Hashable, list[tuple[int, int]]]:
        found = defaultdict(list)
        for item in items:
            (((doc, start, end), *kind), k) = item if container == "multiset" else (item, 1)
            found[doc, tuple(kind), k].append((start, end))
        return found

    total = 0.0
    theirs = groups(pred)
    for group, ours in groups(gold).items():
        dice = np.array(
            [[2 * max(0, min(b, d) - max(a, c)) / (b - a + d - c) for c, d in theirs.get(group, [])] for a, b in ours]
        ).reshape(len(ours), -1)
        total += dice[linear_sum_assignment(dice, maximize=True)].sum()
    return total


@st.composite
def spans(draw: st.DrawFn, stop: int = 5) -> Row:
    start = draw(st.integers(0, stop - 1))
    end = draw(st.integers(start + 1, stop))
    first = draw(st.integers(start, end - 1))
    return {"start": start, "end": end, "head": draw(st.sampled_from([None, None, (first, end)]))}


entities = st.sampled_from(["e", "f", None])


@st.composite
def arguments(draw: st.DrawFn) -> Row:
    return {**draw(spans()), "role": draw(st.sampled_from(["Host", "Place"])), "entity": draw(entities)}


@st.composite
def events_of(draw: st.DrawFn) -> Row:
    span = draw(spans())
    kind = draw(st.sampled_from(["Meet", "Statement"]))
    values = {"polarity": "POS", "modality": "ASSERTED", "genericity": "SPECIFIC"}
    return {
        "doc": draw(st.sampled_from(DOCS)),
        "trigger": (span["start"], span["end"], kind),
        "head": span["head"],
        "args": draw(st.lists(arguments(), max_size=3)),
        "instance": draw(st.sampled_from(["i", "j", None])),
        "tense": draw(st.sampled_from(["PAST", "FUTURE"])),
        **values,
    }


@st.composite
def mentions_of(draw: st.DrawFn) -> Row:
    return {**draw(spans()), "doc": draw(st.sampled_from(DOCS)), "entity": draw(entities)}


rows_of = st.lists(events_of(), max_size=6)
side = st.tuples(rows_of, st.lists(mentions_of(), max_size=4))
containers = st.sampled_from(["set", "multiset"])
Side = tuple[list[Row], list[Row]]


def totals(gold: Side, pred: Side, container: str = "set") -> dict[str, float]:
    return events.count(corpus(*gold, TEXTS), corpus(*pred), container=container).totals()


def rounded(numbers: Mapping[str, float]) -> dict[str, float]:
    return {name: round(number, 9) for name, number in numbers.items()}


@settings(max_examples=75, deadline=None)
@given(side, side, containers)
def test_counts_are_those_of_the_definitions(gold: Side, pred: Side, container: str) -> None:
    found = totals(gold, pred, container)
    ours, theirs = Slow(gold, pred, gold), Slow(pred, gold, gold)
    for figure in (*TRIGGERS, *ARGUMENTS):
        g, p = (with_occurrence(slow.items(figure), container) for slow in (ours, theirs))
        matched = best_overlap(g, p, container) if figure.endswith("@overlap") else len(g & p)
        assert found[f"{figure}_gold"] == len(g), figure
        assert found[f"{figure}_pred"] == len(p), figure
        assert found[f"{figure}_gold_found"] == pytest.approx(matched), figure
        assert found[f"{figure}_pred_right"] == pytest.approx(matched), figure


def twice(*entities: str | None) -> Row:
    """An event with one argument as often as there are entities."""
    argument = {"start": 1, "end": 2, "head": None, "role": "Host"}
    arguments = [{**argument, "entity": entity} for entity in entities]
    return {"doc": "d0", "trigger": (0, 1, "Meet"), "head": None, "args": arguments, "instance": None}


# properties -----------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(side, containers)
def test_identity(gold: Side, container: str) -> None:
    result = score(corpus(*gold, TEXTS), corpus(*gold), container)
    for name, value in result.values.items():
        assert value.value in (None, pytest.approx(1)), name
    assert not {
        name: n for name, n in events.count(corpus(*gold), corpus(*gold)).totals().items() if "_error_" in name and n
    }


@settings(max_examples=20, deadline=None)
@given(side, side, containers, st.randoms())
@example(([twice("e", None)], []), ([twice(None)], []), "set", random.Random(0))
@example(([twice("e"), twice(None)], []), ([], []), "set", random.Random(2))
def test_order_changes_nothing_not_even_a_slice(gold: Side, pred: Side, container: str, rng: random.Random) -> None:
    def shuffled(rows: Side) -> Side:
        turned = [{**row, "args": rng.sample(row["args"], len(row["args"]))} for row in rows[0]]
        return rng.sample(turned, len(turned)), rng.sample(rows[1], len(rows[1]))

    def table(gold: Side, pred: Side) -> Counter[Any]:
        counts = events.count(corpus(*gold, TEXTS), corpus(*pred), container=container).to_table().to_pylist()
        return Counter(tuple(round(x, 9) if isinstance(x, float) else x for x in row.values()) for row in counts)

    assert table(shuffled(gold), shuffled(pred)) == table(gold, pred)


@settings(max_examples=20, deadline=None)
@given(side, side, containers)
def test_swapping_the_sides_swaps_precision_and_recall(gold: Side, pred: Side, container: str) -> None:
    there, back = (
        totals(gold, pred, container),
        events.count(corpus(*pred, TEXTS), corpus(*gold), container=container).totals(),
    )
    for figure in (*TRIGGERS, *ARGUMENTS, *events.ATTRIBUTES):
        if not figure.endswith("@coref"):  # which asks the gold for its entities
            assert there[f"{figure}_gold"] == back[f"{figure}_pred"]
            assert there[f"{figure}_gold_found"] == pytest.approx(back[f"{figure}_pred_right"])


@settings(max_examples=20, deadline=None)
@given(side, side, containers)
def test_counts_add_up_over_documents(gold: Side, pred: Side, container: str) -> None:
    def of(doc: str, rows: Side) -> Side:
        return [row for row in rows[0] if row["doc"] == doc], [row for row in rows[1] if row["doc"] == doc]

    parts: Counter[str] = Counter()
    for doc in DOCS:
        parts.update(totals(of(doc, gold), of(doc, pred), container))
    assert rounded(parts) == rounded(totals(gold, pred, container))


@settings(max_examples=15, deadline=None)
@given(side, side, containers)
def test_names_of_ids_change_nothing(gold: Side, pred: Side, container: str) -> None:
    def renamed(rows: Side) -> Side:
        name = {"e": "y", "f": "x", "i": "w", "j": "v", None: None}
        return (
            [
                {
                    **row,
                    "instance": name[row["instance"]],
                    "args": [{**a, "entity": name[a["entity"]]} for a in row["args"]],
                }
                for row in rows[0]
            ],
            [{**m, "entity": name[m["entity"]]} for m in rows[1]],
        )

    assert rounded(totals(renamed(gold), renamed(pred), container)) == rounded(totals(gold, pred, container))


@settings(max_examples=20, deadline=None)
@given(side, side)
def test_what_bounds_what(gold: Side, pred: Side) -> None:
    once, often = totals(gold, pred), totals(gold, pred, "multiset")
    for figure in (*TRIGGERS, *ARGUMENTS):
        for counts in (once, often):
            assert 0 <= counts[f"{figure}_gold_found"] <= counts[f"{figure}_gold"]
            assert 0 <= counts[f"{figure}_pred_right"] <= counts[f"{figure}_pred"] + 1e-9
        for column in ("gold", "pred", "gold_found"):
            assert once[f"{figure}_{column}"] <= often[f"{figure}_{column}"] + 1e-9
    for counts in (once, often):
        for plain, typed in (("tri_i", "tri_c"), ("arg_i", "arg_c"), ("arg_i_plus", "arg_c_plus")):
            assert counts[f"{plain}_gold"] <= counts[f"{typed}_gold"]
        for kind in ("tri_i", "tri_c"):
            assert counts[f"{kind}_gold_found"] <= counts[f"{kind}@overlap_gold_found"] + 1e-9


@settings(max_examples=20, deadline=None)
@given(side, side, containers)
def test_every_item_is_right_or_in_one_error_class(gold: Side, pred: Side, container: str) -> None:
    n = totals(gold, pred, container)
    for of, figure, classes in (
        ("tri", "tri_c", ("type", "span", "type_span")),
        ("arg", "arg_c_plus", ("role", "span", "role_span", "event")),
    ):
        paired = sum(n[f"{of}_error_{name}"] for name in classes)
        assert n[f"{figure}_gold"] == n[f"{figure}_gold_found"] + paired + n[f"{of}_error_missing"]
        assert n[f"{figure}_pred"] == n[f"{figure}_pred_right"] + paired + n[f"{of}_error_spurious"]


@settings(max_examples=15, deadline=None)
@given(side, side, st.data())
def test_predicting_one_more_gold_event_never_lowers_what_is_found(gold: Side, pred: Side, data: st.DataObject) -> None:
    if not gold[0]:
        return
    more = [*pred[0], data.draw(st.sampled_from(gold[0]))]
    before, after = totals(gold, (pred[0], []), "set"), totals(gold, (more, []), "set")
    for figure in (*TRIGGERS, *ARGUMENTS):
        if "@head" not in figure:  # a head stated anew may be that of other spans, too
            assert after[f"{figure}_gold_found"] >= before[f"{figure}_gold_found"] - 1e-9, figure


# crowds and size ------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(side, side)
def test_in_a_crowd_the_alignment_is_greedy_and_at_least_half_as_good(gold: Side, pred: Side) -> None:
    best = totals(gold, pred)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "CROWD", 0)
        crowded = totals(gold, pred)
        assert totals(gold, gold)["tri_c@overlap_gold_found"] == best["tri_c_gold"]
    for figure in ("tri_i@overlap", "tri_c@overlap"):
        assert best[f"{figure}_gold_found"] / 2 <= crowded[f"{figure}_gold_found"] + 1e-9
        assert crowded[f"{figure}_gold_found"] <= best[f"{figure}_gold_found"] + 1e-9
        assert crowded[f"{figure}_gold_found"] == pytest.approx(crowded[f"{figure}_pred_right"])


@pytest.mark.parametrize("container", ["set", "multiset"])
def test_repeats_and_crowds_take_no_quadratic_time(container: str) -> None:
    n = 20_000  # where n² pairs would fill the memory

    def side(end: int, kind: str) -> goldwire.Corpus:
        place = {"doc_id": ["d0"] * n, "event_id": [str(i) for i in range(n)]}
        triggers = {**place, "start": [0] * n, "end": [end] * n, "type": [kind] * n}
        spans = np.arange(n)
        arguments = {**place, "event_id": ["0"] * n, "start": spans // 2, "end": n + spans, "role": ["Place"] * n}
        tables = {}
        for name, columns in (("triggers", triggers), ("arguments", arguments)):
            schema = SCHEMAS[name]
            arrays = [pa.array(columns[f.name], f.type) if f.name in columns else pa.nulls(n, f.type) for f in schema]
            tables[name] = pa.table(arrays, schema=schema)
        return goldwire.Corpus(DOCS, tables)

    found = events.count(side(4, "Meet"), side(5, "Meet"), container=container).totals()
    items = 1 if container == "set" else n
    assert (found["tri_c_gold"], found["tri_c_gold_found"]) == (items, 0)
    assert found["tri_c@overlap_gold_found"] == pytest.approx(items * 8 / 9)
    assert found["tri_error_span"] == 1
    assert found["arg_error_event"] == n
    other = events.count(side(4, "Meet"), side(4, "Call"), container=container).totals()
    assert (other["tri_i_gold_found"], other["tri_error_type"]) == (items, 1)
