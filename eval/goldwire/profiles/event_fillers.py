"""BART-Gen and PAIE: scorers of arguments that were predicted for gold events."""

from __future__ import annotations

import re
import string
from collections.abc import Callable

import numpy as np
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, IntArray
from goldwire.measures.core import F1
from goldwire.profiles.core import Profile
from goldwire.profiles.event_counts import (
    Pair,
    Tally,
    contained,
    f1_with,
    figures,
    first_rows,
    items,
    last_rows,
    lookup,
    of_arguments,
    sets,
    tally,
    trigger_keys,
)
from goldwire.profiles.event_texts import Texts, string_codes
from goldwire.tasks.codes import shared_keys
from goldwire.tasks.event_heads import with_heads
from goldwire.tasks.event_rows import Arguments, EventSide, event_rows
from goldwire.tasks.spans import BoolArray

__all__ = ["PROFILES"]

# ------------------------------------------------------------------------------------------------------------ BART-Gen


def _bartgen(gold: Corpus, pred: Corpus) -> Counts:
    g, p, labels = event_rows(gold, pred)
    starts = _after_article(Texts(gold, labels.step), g.arguments), p.arguments.lo
    return _with_coreference(gold.doc_ids, g, p, starts, (g.arguments.hi, p.arguments.hi))


def _bartgen_head(gold: Corpus, pred: Corpus) -> Counts:
    g, p, labels = event_rows(gold, pred)
    g, p = with_heads(g, p)
    texts = Texts(gold, labels.step)
    starts = [
        np.where((a.head_lo == a.lo) & (a.head_hi == a.hi), _after_article(texts, a), a.head_lo)
        for a in (g.arguments, p.arguments)
    ]
    return _with_coreference(gold.doc_ids, g, p, (starts[0], starts[1]), (g.arguments.head_hi, p.arguments.head_hi))


def _after_article(texts: Texts, arguments: Arguments) -> IntArray:
    """(arguments,) where each begins without a leading article; an article alone stays."""
    cut = texts.cut(arguments.unit, arguments.lo, arguments.hi)
    article = pc.struct_field(pc.extract_regex(cut, r"(?i)^(?P<article>(?:the|an|a)\s+)\S"), "article")
    width: IntArray = pc.fill_null(pc.utf8_length(article), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return arguments.lo + width


def _with_coreference(doc_ids: tuple[str, ...], g: EventSide, p: EventSide, starts: Pair, ends: Pair) -> Counts:
    """Distinct (event, span, role); a prediction without a gold span in its event may match by its entity."""
    event = of_arguments(g, p, trigger_keys(g, p, "type"))
    entity = _entity_at(g, starts[0], ends[0]), _entity_at(g, starts[1], ends[1])
    known = entity[0] >= 0

    def by_span(*columns: str) -> BoolArray:
        gold, pred = items(g.arguments, p.arguments, event, starts, ends, *columns)
        return contained(pred.key, gold.key)

    def by_entity(*columns: str) -> BoolArray:
        gold, pred = items(g.arguments, p.arguments, event, entity, *columns)
        return contained(pred.key, gold.key[known])

    listed, predicted = (first_rows(side.key) for side in items(g.arguments, p.arguments, event, starts, ends, "role"))
    gold_unit, unit = g.arguments.unit[listed], p.arguments.unit[predicted]
    matched = {
        "role_id": by_span(),
        "role": by_span("role"),
        "coref_role_id": by_span() | by_entity(),
        "coref_role": by_span("role") | (~by_span() & by_entity("role")),
    }
    return tally(doc_ids, {name: (gold_unit, unit, unit[right[predicted]]) for name, right in matched.items()})


def _entity_at(gold: EventSide, lo: IntArray, hi: IntArray) -> IntArray:
    """The gold entity that has a mention, or an argument, at exactly these spans; -1 where none has.

    Of several mentions at one span the last one counts, as in a dictionary filled in file order.
    """
    a, m = gold.arguments, gold.mentions
    columns = [np.append(x, y[m.whole]) for x, y in ((a.lo, m.lo), (a.hi, m.hi), (a.entity, m.entity))]
    of_lo, of_hi, entity = (column[columns[2] >= 0] for column in columns)
    key, table = shared_keys((lo, hi), (of_lo, of_hi))
    rows = last_rows(table)
    return np.append(entity[rows], -1)[lookup(key, table[rows])]


# ---------------------------------------------------------------------------------------------------------------- PAIE


def _paie(gold: Corpus, pred: Corpus) -> Counts:
    g, p, _ = event_rows(gold, pred)
    return _by_event_and_role(gold.doc_ids, g, p, "lo", "hi")


def _paie_text(gold: Corpus, pred: Corpus) -> Counts:
    g, p, labels = event_rows(gold, pred)
    texts = Texts(gold, labels.step)
    cut = [texts.cut_known(side.arguments.unit, side.arguments.lo, side.arguments.hi) for side in (g, p)]
    return _by_event_and_role(gold.doc_ids, g, p, string_codes(cut[0], cut[1], _squad))


def _paie_head(gold: Corpus, pred: Corpus) -> Counts:
    g, p, labels = event_rows(gold, pred)
    g, p = with_heads(g, p)
    texts = Texts(gold, labels.step)
    cut = [texts.cut_known(side.arguments.unit, side.arguments.head_lo, side.arguments.head_hi) for side in (g, p)]
    return _by_event_and_role(gold.doc_ids, g, p, string_codes(cut[0], cut[1], str))


def _by_event_and_role(doc_ids: tuple[str, ...], g: EventSide, p: EventSide, *filler: str | Pair) -> Counts:
    """Gold arguments as listed and distinct predicted ones; identification: distinct ones of all roles together."""
    event = of_arguments(g, p, trigger_keys(g, p, "type"))
    gold, pred = items(g.arguments, p.arguments, event, "role", *filler)
    classification: Tally = gold.unit, pred.distinct().unit, gold.unit[contained(gold.key, pred.key)]
    identification = sets(*items(g.arguments, p.arguments, event, *filler))
    return tally(doc_ids, {"classification": classification, "identification": identification})


_ARTICLE = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def _squad(text: str) -> str:
    """Lower case without punctuation, articles and extra white space, as SQuAD normalises answers."""
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split())


# ------------------------------------------------------------------------------------------------------------ profiles

_EVENT = (
    "It is given the gold events and scores each by itself; here an event is known by its trigger and type, and the "
    "arguments of predicted events that the gold has not are false positives."
)
_ZERO = "0/0 is 0."


def _bartgen_profile(
    name: str, part: str, what: str, normaliser: str, own: tuple[str, ...], function: Callable[..., Counts]
) -> Profile:
    return Profile(
        name=name,
        task="events",
        reference=f"BART-Gen, raspberryice/gen-arg 253e088, src/genie/scorer.py {part}",
        item=f"distinct (event, argument {what}, role)",
        container="sets of an event, summed over events",
        alignment="equal items, then items of one gold entity, any number of predicted ones to one gold one",
        normaliser=normaliser,
        averaging="micro; 0/0 is 0",
        quirks=(
            "Coreference matches are not one to one: two mentions of one entity predicted for one gold argument are two "
            "matches, and recall can reach 200 % and more.",
            "role_id counts predicted (span, role) whose span is right, so that two roles predicted for one gold argument "
            "are two matches.",
            "A prediction at a gold span in the wrong role is not looked for among coreferent arguments.",
            *own,
            "Predicted strings that are not in the text are left out there before anything is counted; here a prediction "
            "without a place is refused.",
            _EVENT,
            _ZERO,
        ),
        function=function,
        measures=figures(
            name,
            "BART-Gen (Li, Ji & Han 2021), scorer.py",
            {
                "role_id": f"distinct (event, argument {what}, role), matched without the role",
                "role": f"distinct (event, argument {what}, role)",
                "coref_role_id": "the same as role_id, or of the entity of a gold argument of the event",
                "coref_role": "the same as role, or of the entity of a gold argument of the event in that role",
            },
            above_one=("role_id", "coref_role_id", "coref_role"),
        ),
    )


def _paie_profile(name: str, part: str, what: str, normaliser: str, function: Callable[..., Counts]) -> Profile:
    source = "PAIE (Ma et al. 2022), metric.py"
    compared = {
        "classification": f"(event, role, argument {what})",
        "identification": f"distinct (event, argument {what})",
    }
    return Profile(
        name=name,
        task="events",
        reference=f"PAIE, mayubo2333/PAIE 1917c46, metric.py, {part}",
        item=f"(event, role, argument {what}); identification: (event, argument {what})",
        container="of an event and role: a list of gold arguments, a set of predicted ones; identification: sets of an event",
        alignment="every gold item that is predicted is right",
        normaliser=normaliser,
        averaging="micro; 0/0 is 0",
        quirks=(
            "Gold arguments are counted as listed and predicted ones once each, so that one prediction can match two equal "
            "gold arguments and precision can reach 200 % and more.",
            "Identification leaves the role out and drops repeats on both sides.",
            "F1 is 0 unless precision + recall exceeds 0.0001.",
            "Gold arguments outside the model's window are added to the gold count there; here nothing is outside.",
            _EVENT,
            _ZERO,
        ),
        function=function,
        measures=tuple(
            f1_with(measure, above=1e-4, otherwise=0.0) if isinstance(measure, F1) else measure
            for measure in figures(name, source, compared, above_one=("classification",))
        ),
    )


PROFILES: tuple[Profile, ...] = (
    _bartgen_profile(
        "bartgen",
        "--coref",
        "span",
        "a gold argument of several words loses a leading the, an or a where the gold has the text",
        (
            "Only gold arguments lose their article, so a prediction equal to the gold with its article is wrong, and "
            "such an argument has no coreferent mentions, as no gold mention has its shortened span.",
        ),
        _bartgen,
    ),
    _bartgen_profile(
        "bartgen-head",
        "--coref --head-only",
        "head",
        "the head; its heads are spaCy's, here they are those stated for the span, and the whole span without a leading "
        "article where none is",
        ("An entity counts only through its mentions of one word: heads are looked up among whole mentions.",),
        _bartgen_head,
    ),
    _paie_profile("paie", "eval_std_f1_score", "span", "none", _paie),
    _paie_profile(
        "paie-text",
        "eval_text_f1_score",
        "string",
        "lower case, without punctuation, articles and extra white space; on the text itself, where PAIE has tokens with "
        "spaces between them",
        _paie_text,
    ),
    _paie_profile(
        "paie-head",
        "eval_head_f1_score",
        "head string",
        "none; its heads are spaCy's, here they are those stated for the span, and the whole span where none is",
        _paie_head,
    ),
)
