"""TextEE, OneIE and DyGIE++: scorers that compare sets, or dictionaries, of triggers and arguments."""

from __future__ import annotations

import numpy as np

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts
from goldwire.profiles.core import Profile
from goldwire.profiles.event_counts import (
    Pair,
    Tally,
    figures,
    first_rows,
    found,
    items,
    last_rows,
    lookup,
    of_arguments,
    sets,
    tally,
    trigger_keys,
)
from goldwire.tasks.event_rows import event_rows

__all__ = ["PROFILES"]

_ARGUMENT = ("lo", "hi", "type")


def _textee(gold: Corpus, pred: Corpus) -> Counts:
    g, p, _ = event_rows(gold, pred)
    span = trigger_keys(g, p)
    attached = of_arguments(g, p, span)

    def arguments(*columns: str | Pair) -> Tally:
        return sets(*items(g.arguments, p.arguments, *_ARGUMENT, *columns))

    return tally(
        gold.doc_ids,
        {
            "trigger_id": sets(*items(g.triggers, p.triggers, span)),
            "trigger_cls": sets(*items(g.triggers, p.triggers, span, "type")),
            "argument_id": arguments(),
            "argument_cls": arguments("role"),
            "argument_attached_id": arguments(attached),
            "argument_attached_cls": arguments(attached, "role"),
        },
    )


def _oneie(gold: Corpus, pred: Corpus) -> Counts:
    g, p, _ = event_rows(gold, pred)
    gold_span, pred_span = trigger_keys(g, p)
    first = lookup(pred_span, gold_span)
    right = (first >= 0) & (np.append(g.triggers.type, -1)[first] == p.triggers.type)
    roles = items(g.arguments, p.arguments, *_ARGUMENT, "role")
    spans = items(g.arguments, p.arguments, *_ARGUMENT)
    gold_rows, pred_rows = (first_rows(side.key) for side in roles)
    return tally(
        gold.doc_ids,
        {
            "trigger_id": (g.triggers.unit, p.triggers.unit, p.triggers.unit[first >= 0]),
            "trigger": (g.triggers.unit, p.triggers.unit, p.triggers.unit[right]),
            "role_id": found(spans[0].where(gold_rows), spans[1].where(pred_rows)),
            "role": sets(*roles),
        },
    )


def _dygie(gold: Corpus, pred: Corpus) -> Counts:
    g, p, _ = event_rows(gold, pred)
    span = trigger_keys(g, p)
    attached = of_arguments(g, p, span)
    # The rows that dictionaries filled in file order keep, and the type that the trigger of each argument ends up with.
    events = last_rows(span[0]), last_rows(span[1])
    pairs = tuple(last_rows(side.key) for side in items(g.arguments, p.arguments, attached, "lo", "hi"))
    kept = [side.triggers.type[rows] for side, rows in zip((g, p), events, strict=True)]
    at = [lookup(of, key[rows]) for of, key, rows in zip(attached, span, events, strict=True)]
    types = kept[0][at[0]], kept[1][at[1]]

    def triggers(*columns: str | Pair) -> Tally:
        both = items(g.triggers, p.triggers, *columns)
        return found(both[0].where(events[0]), both[1].where(events[1]))

    def arguments(*columns: str | Pair) -> Tally:
        both = items(g.arguments, p.arguments, "lo", "hi", types, *columns)
        return found(both[0].where(pairs[0]), both[1].where(pairs[1]))

    return tally(
        gold.doc_ids,
        {
            "trig_id": triggers(span),
            "trig_class": triggers(span, "type"),
            "arg_id": arguments(),
            "arg_class": arguments("role"),
        },
    )


_UNIT = "Its unit is the sentence; here it is the document, and a document with one sentence scores the same."
_ZERO = "0/0 is 0."

PROFILES: tuple[Profile, ...] = (
    Profile(
        name="textee",
        task="events",
        reference="TextEE 25d5dca, TextEE/scorer.py, compute_scores for end-to-end extraction",
        item="trigger span (and type); argument span with event type (and role); attached: with the trigger as well",
        container="sets over the corpus, told apart by document and window",
        alignment="equal items",
        normaliser="none",
        averaging="micro; 0/0 is 0",
        quirks=(
            "Argument identification (argument_id) needs the right event type.",
            "Two events of one type that share an argument have it once, unless attached.",
            "Repeated predictions cost nothing.",
            "Its item is within a window of a document; here the document is the only window.",
            _ZERO,
        ),
        function=_textee,
        measures=figures(
            "textee",
            "TextEE (Huang et al. 2024), commit 25d5dca",
            {
                "trigger_id": "distinct trigger spans",
                "trigger_cls": "distinct (trigger span, type)",
                "argument_id": "distinct (event type, argument span)",
                "argument_cls": "distinct (event type, argument span, role)",
                "argument_attached_id": "distinct (trigger, event type, argument span)",
                "argument_attached_cls": "distinct (trigger, event type, argument span, role)",
            },
        ),
    ),
    Profile(
        name="oneie",
        task="events",
        reference="OneIE, GerlinGreen/OneIE 3560bfc and GAIA-IE/oneie 9df8cfa (equal), scorer.py, score_graphs",
        item="trigger (span, type) as listed; distinct argument (span, event type, role)",
        container="lists of triggers and sets of arguments of a sentence; here of a document",
        alignment="equal items, any number of predicted ones to one gold one",
        normaliser="none",
        averaging="micro; 0/0 is 0",
        quirks=(
            "A predicted trigger gets its type right only if the first gold trigger at its span has that type.",
            "A repeated trigger counts each time, and each time as right: recall can exceed 1.",
            "role_id counts predicted (span, type, role) whose span and type are right, so that two roles predicted for "
            "one gold argument are two matches: recall can exceed 1.",
            "Two events of one type that share an argument have it once.",
            _UNIT,
            _ZERO,
        ),
        function=_oneie,
        measures=figures(
            "oneie",
            "OneIE (Lin et al. 2020), scorer.py",
            {
                "trigger_id": "trigger spans",
                "trigger": "(trigger span, type)",
                "role_id": "distinct (argument span, event type, role), matched by span and type",
                "role": "distinct (argument span, event type, role)",
            },
            above_one=("trigger_id", "trigger", "role_id"),
        ),
    ),
    Profile(
        name="dygie",
        task="events",
        reference="DyGIE++ b55dec4, dygie/training/event_metrics.py, EventMetrics, with dictionaries as document.py fills them",
        item="trigger (span, type); argument (span, event type, role) of each trigger",
        container="dictionaries of a sentence: trigger -> type and (trigger, argument span) -> role; here of a document",
        alignment="equal items, any number of predicted ones to one gold one",
        normaliser="a trigger is one token there; here it is the whole trigger span",
        averaging="micro; 0/0 is 0",
        quirks=(
            "Of events with the same trigger the last one's type stays, for the arguments of all of them; of arguments "
            "with the same trigger and span the last one's role.",
            "An argument that two predicted events of one type have is two predictions, and both match one gold argument: "
            "recall can exceed 1.",
            "Arguments are matched without regard to the trigger, but need its type to be right.",
            _UNIT,
            _ZERO,
        ),
        function=_dygie,
        measures=figures(
            "dygie",
            "DyGIE++ (Wadden et al. 2019), event_metrics.py",
            {
                "trig_id": "trigger spans",
                "trig_class": "(trigger span, type)",
                "arg_id": "(argument span, event type) of each trigger",
                "arg_class": "(argument span, event type, role) of each trigger",
            },
            above_one=("arg_id", "arg_class"),
        ),
    ),
)
