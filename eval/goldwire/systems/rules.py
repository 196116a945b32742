"""The pipeline "rules": entities, times and events of an article, each part a baseline of its own.

Entities are those of head-match, times those of timex, triggers those of trigger-words. To these it adds the
arguments (see `arguments`), the status by cue words (see `status`) and the time of each event: the nearest time
expression of the sentence, in tokens. What a statement, warning, request, promise or invitation is about (role
Content) is the next event of the sentence, or the one before where it ends the sentence; that event is attributed to
the speaker.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from goldwire.systems.arguments import Sentence, arguments, takes
from goldwire.systems.base import Article, Record
from goldwire.systems.lexicon import Token, tokens
from goldwire.systems.matching import mention, names_of, resolve_by_head
from goldwire.systems.noun_phrases import Phrase, noun_phrases
from goldwire.systems.sentences import sentences
from goldwire.systems.status import is_finite, status_of
from goldwire.systems.timex import Time, item, times_of
from goldwire.systems.triggers import Trigger, event_item, find_triggers

__all__ = ["Rules"]

_CLOSING = 8
"""A verb of saying so near to the end of its sentence, in tokens, follows what was said."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Entities, times and events with arguments, by rules. names: the baseline that finds the names."""

    names: str = "gazetteer"

    name: ClassVar[str] = "rules"
    layers: ClassVar[tuple[str, ...]] = ("entities", "times", "events")
    version: ClassVar[str] = "1"

    def __post_init__(self) -> None:
        names_of(self.names)

    @property
    def settings(self) -> dict[str, Any]:
        """What the prediction header records; names and instances hold for all articles."""
        return asdict(self) | {"entity_scope": "corpus"}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """One record per article, in the order given."""
        for article, named in zip(articles, names_of(self.names)(articles), strict=True):
            words = list(tokens(article.text))
            phrases = resolve_by_head(article, words, noun_phrases(words, named["entities"]))
            times = times_of(article)
            yield {
                "doc_id": article.doc_id,
                "entities": [mention(phrase) for phrase in phrases],
                "times": [item(time, at) for at, time in enumerate(times)],
                "events": list(_events(article, words, _outermost(phrases), times)),
            }


def _outermost(phrases: Sequence[Phrase]) -> list[Phrase]:
    """The phrases that no other holds, by place."""
    found: list[Phrase] = []
    for phrase in phrases:
        if not found or phrase.first >= found[-1].last:
            found.append(phrase)
    return found


def _events(
    article: Article, words: Sequence[Token], phrases: Sequence[Phrase], times: Sequence[Time]
) -> Iterator[Record]:
    number = mentioned = timed = 0
    for begins, ends in sentences(article.text, words):
        inside: list[Phrase] = []
        while mentioned < len(phrases) and phrases[mentioned].first < ends:
            inside += [phrases[mentioned]] if phrases[mentioned].first >= begins else []
            mentioned += 1
        near: list[tuple[int, Time]] = []
        while timed < len(times) and times[timed].start < words[ends - 1].end:
            near += [(timed, times[timed])] if times[timed].start >= words[begins].start else []
            timed += 1
        triggers = find_triggers(words, (begins, ends))
        sentence = Sentence(words, begins, inside, triggers)
        events = [_event(number + at, sentence, at, near) for at in range(len(triggers))]
        _link_contents(events, triggers, ends)
        yield from events
        number += len(events)


def _event(number: int, sentence: Sentence, at: int, times: Sequence[tuple[int, Time]]) -> Record:
    trigger, words = sentence.triggers[at], sentence.words
    before = next((other for other in reversed(sentence.triggers[max(0, at - 3) : at]) if is_finite(other)), None)
    status = status_of(words, trigger, sentence.first, before)
    event = event_item(number, words, trigger) | {
        "polarity": status.polarity, "modality": status.modality, "tense": status.tense, "genericity": status.genericity,
    }  # fmt: skip
    event["arguments"] = [
        {"role": role, "start": filler.start, "end": filler.end, "entity_id": filler.entity}
        for role, filler in arguments(sentence, trigger, status.passive)
    ]
    if times:
        index, time = min(times, key=lambda found: abs(found[1].start - words[trigger.head].start))
        event["times"] = [f"t{index}"]
        if takes(trigger.type, "Time"):
            event["arguments"].append({"role": "Time", "start": time.start, "end": time.end, "time_id": f"t{index}"})
    return event


def _link_contents(events: Sequence[Record], triggers: Sequence[Trigger], ends: int) -> None:
    """Give the events of saying in a sentence their contents, and the contents their source, in place."""
    for at, event in enumerate(events):
        if not takes(event["type"], "Content"):
            continue
        closes = at == len(events) - 1 and ends - triggers[at].last < _CLOSING
        other = at - 1 if closes else at + 1
        if not 0 <= other < len(events):
            continue
        content = events[other]
        start, end = content["trigger"]
        event["arguments"].append({"role": "Content", "start": start, "end": end, "event_id": content["id"]})
        source = next((filler["entity_id"] for filler in event["arguments"] if filler["role"] == "Speaker"), None)
        if source:
            content.setdefault("attribution", {"source": source, "event": event["id"]})
