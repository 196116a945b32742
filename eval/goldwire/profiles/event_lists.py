"""Text2Event, OmniEvent and RAMS: scorers that compare lists, an item as often as both sides have it."""

from __future__ import annotations

from collections.abc import Callable

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts
from goldwire.measures.core import prf
from goldwire.profiles.core import Profile
from goldwire.profiles.event_counts import (
    Items,
    Pair,
    Tally,
    figures,
    items,
    label_codes,
    multisets,
    of_arguments,
    tally,
    trigger_keys,
)
from goldwire.profiles.event_texts import Texts, string_codes
from goldwire.tasks.event_rows import Arguments, Triggers, event_rows

__all__ = ["PROFILES"]


def _text2event(gold: Corpus, pred: Corpus) -> Counts:
    g, p, _ = event_rows(gold, pred)
    return tally(
        gold.doc_ids,
        {
            "trigger": multisets(*items(g.triggers, p.triggers, "lo", "hi", "shape", "type")),
            "role": multisets(*items(g.arguments, p.arguments, "lo", "hi", "type", "role")),
        },
    )


def _text2event_string(gold: Corpus, pred: Corpus) -> Counts:
    g, p, labels = event_rows(gold, pred)
    texts = Texts(gold, labels.step)
    triggers = _strings(texts, g.triggers, p.triggers, _single_spaced)
    arguments = _strings(texts, g.arguments, p.arguments, _single_spaced)
    return tally(
        gold.doc_ids,
        {
            "trigger": multisets(*items(g.triggers, p.triggers, "unit", triggers, "type")),
            "role": multisets(*items(g.arguments, p.arguments, "unit", arguments, "type", "role")),
        },
    )


def _omnievent(gold: Corpus, pred: Corpus) -> Counts:
    g, p, _ = event_rows(gold, pred)
    event = trigger_keys(g, p, "type")
    return tally(
        gold.doc_ids,
        {
            "trigger": multisets(*items(g.triggers, p.triggers, event)),
            "argument": multisets(*items(g.arguments, p.arguments, of_arguments(g, p, event), "lo", "hi", "role")),
        },
    )


def _omnievent_string(gold: Corpus, pred: Corpus) -> Counts:
    g, p, labels = event_rows(gold, pred)
    texts = Texts(gold, labels.step)
    event = trigger_keys(g, p, "type")
    types, roles = (label_codes(names, _field) for names in (labels.types, labels.roles))
    triggers = _strings(texts, g.triggers, p.triggers, _field), (types[g.triggers.type], types[p.triggers.type])
    arguments = _strings(texts, g.arguments, p.arguments, _field), (roles[g.arguments.role], roles[p.arguments.role])

    def written(both: tuple[Items, Items], fields: tuple[Pair, Pair]) -> Tally:
        """Multisets of the items whose string and label both can be written in the scorer's notation."""
        kept = [side.where((text >= 0) & (label >= 0)) for side, text, label in zip(both, *fields, strict=True)]
        return multisets(kept[0], kept[1])

    return tally(
        gold.doc_ids,
        {
            "trigger": written(items(g.triggers, p.triggers, "unit", *triggers), triggers),
            "argument": written(items(g.arguments, p.arguments, of_arguments(g, p, event), *arguments), arguments),
        },
    )


def _rams(gold: Corpus, pred: Corpus) -> Counts:
    g, p, _ = event_rows(gold, pred)
    event = of_arguments(g, p, trigger_keys(g, p))
    return tally(gold.doc_ids, {"argument": multisets(*items(g.arguments, p.arguments, event, "lo", "hi", "role"))})


def _strings(
    texts: Texts, gold: Triggers | Arguments, pred: Triggers | Arguments, normalise: Callable[[str], str | None]
) -> Pair:
    cut = [texts.cut_known(side.unit, side.lo, side.hi) for side in (gold, pred)]
    return string_codes(cut[0], cut[1], normalise)


def _single_spaced(text: str) -> str:
    return " ".join(text.split())


def _field(text: str) -> str | None:
    """A label or a string in OmniEvent's notation "label: string", where a second colon spoils the item."""
    return text.strip().replace(" ", "") or None if ":" not in text else None


_ZERO = "0/0 is 0."
_EVENT = "Its unit is the event; here it is the document, and an event is known by its trigger and type."
_BOUNDS = "A trigger in several pieces is the text from its first to its last character."
_TEXT2EVENT = {"trigger": "(trigger, event type)", "role": "(event type, role, argument)"}
_OMNIEVENT = {"trigger": "(trigger, event type)", "argument": "(event, role, argument)"}
_RAMS = "(trigger span, argument span, role)"


def _rams_profile(name: str, quirk: str, precision: str, recall: str) -> Profile:
    """RAMS as meant or as shipped; precision and recall name the side each is divided by."""
    return Profile(
        name=name,
        task="events",
        reference="RAMS scorer 1.0, scorer.py, as kept in linmou/CUP 709d473, type-constrained decoding off",
        item=_RAMS,
        container="multisets of a document, which has one event; summed over documents",
        alignment="equal items, each as often as both sides have it",
        normaliser="none",
        averaging="micro; 0/0 is 0",
        quirks=(
            quirk,
            "A repeated prediction is a false positive.",
            "The event type plays no part; the trigger does.",
            "Documents that only the predictions have are left out there; here they are refused.",
            _ZERO,
        ),
        function=_rams,
        measures=prf(
            f"{name}.argument",
            precision=("argument_matched", f"argument_{precision}"),
            recall=("argument_matched", f"argument_{recall}"),
            formulas=(f"matched / {precision}, {_RAMS}", f"matched / {recall}, {_RAMS}"),
            source="RAMS (Ebner et al. 2020), scorer.py",
            undefined=0.0,
        ),
    )


PROFILES: tuple[Profile, ...] = (
    Profile(
        name="text2event",
        task="events",
        reference="Text2Event dbe5a0a, evaluation.py, Metric, on offsets",
        item="(event type, trigger span); (event type, role, argument span)",
        container="multisets of a sentence; here of a document",
        alignment="equal items, each as often as both sides have it",
        normaliser="none; its own search for the offsets of generated strings is the reader's business here",
        averaging="micro; 0/0 is 0",
        quirks=(
            "A repeated prediction is a false positive, also where two predicted events of one type share an argument.",
            "Arguments are matched without regard to the trigger, but need its type to be right.",
            "Its unit is the sentence; here it is the document.",
            _ZERO,
        ),
        function=_text2event,
        measures=figures("text2event", "Text2Event (Lu et al. 2021), evaluation.py", _TEXT2EVENT),
    ),
    Profile(
        name="text2event-string",
        task="events",
        reference="Text2Event dbe5a0a, extraction/extraction_metrics.py, get_extract_metrics, on strings",
        item="(event type, trigger string); (event type, role, argument string)",
        container="multisets of a sentence; here of a document",
        alignment="equal items, each as often as both sides have it",
        normaliser="white space is one space",
        averaging="micro; 0/0 is 0",
        quirks=(
            "The same words anywhere in the sentence are the same trigger or argument.",
            "A repeated prediction is a false positive, also where two predicted events of one type share an argument.",
            "Its unit is the sentence; here it is the document, in which more strings are equal.",
            _BOUNDS,
            _ZERO,
        ),
        function=_text2event_string,
        measures=figures("text2event-string", "Text2Event (Lu et al. 2021), extraction_metrics.py", _TEXT2EVENT),
    ),
    Profile(
        name="omnievent",
        task="events",
        reference="OmniEvent ec72e72, OmniEvent/evaluation/metric.py, f1_score_overall, on spans",
        item="(event type, trigger span); (event, role, argument span)",
        container="multisets over the corpus, arguments told apart by the event they belong to",
        alignment="equal items, each as often as both sides have it",
        normaliser="none",
        averaging="micro; 0/0 is 0",
        quirks=(
            "A repeated prediction is a false positive.",
            "It adds 1e-10 to every denominator, which changes no printed digit and makes 0/0 zero.",
            _EVENT,
        ),
        function=_omnievent,
        measures=figures("omnievent", "OmniEvent (Peng et al. 2023), metric.py", _OMNIEVENT),
    ),
    Profile(
        name="omnievent-string",
        task="events",
        reference="OmniEvent ec72e72, OmniEvent/evaluation/metric.py, compute_seq_F1 for generated output",
        item="(event type, trigger string); (event, role, argument string)",
        container="multisets over the corpus, triggers told apart by sentence and arguments by event",
        alignment="equal items, each as often as both sides have it",
        normaliser="spaces are removed from strings and labels",
        averaging="micro; 0/0 is 0",
        quirks=(
            "An item with a colon in its string or label is dropped on both sides.",
            "The same words anywhere are the same trigger or argument.",
            "A repeated prediction is a false positive.",
            "It prints the F1 alone, and adds 1e-10 to every denominator.",
            _EVENT,
            _BOUNDS,
        ),
        function=_omnievent_string,
        measures=figures("omnievent-string", "OmniEvent (Peng et al. 2023), metric.py", _OMNIEVENT),
    ),
    _rams_profile(
        "rams", "The shipped script prints precision and recall swapped; here they are put right.", "pred", "gold"
    ),
    _rams_profile(
        "rams-as-shipped", "Precision is divided by the gold items and recall by the predicted ones.", "gold", "pred"
    ),
)
