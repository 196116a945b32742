"""Edits of a sentence: small declared functions from sentence to sentence, or to None where they do not apply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from goldwire.synth.dice import Dice
from goldwire.synth.grammar import TAGS
from goldwire.synth.sentences import Sentence
from goldwire.synth.story import Story

__all__ = ["OPERATIONS", "Operation", "edit_labels"]

Edit = Callable[[Story, Sentence, Dice], Sentence | None]

_LEADS = ("Earlier on {day}, ", "Late on {day}, ", "As expected, ", "In the latest turn, ", "To the surprise of many, ")
_CONFUSED = {"l": "1", "e": "c", "o": "0", "i": "l", "s": "5", "rn": "m", "h": "b", "m": "rn", "g": "q"}


@dataclass(frozen=True)
class Operation:
    """An edit: its name (the key of its rate), its family, the label it gives a passage, and the basis it keeps.

    keeps: what stays true between the sentence before and after: "wording" (still a copy by its words) or "text"
    (the same words, damaged).
    """

    name: str
    family: str
    label: str
    keeps: str
    edit: Edit


def _rechosen(tag: str, *, wanted: bool | None = None) -> Edit:
    """Another choice at one of the points of that tag; wanted: a point that is (True) or is not empty before."""

    def edit(story: Story, sentence: Sentence, dice: Dice) -> Sentence | None:
        template, choices = sentence.lineage.template, sentence.wording.choices
        places = template.by_tag.get(tag, ())
        if wanted is not None:
            places = tuple(p for p in places if template.points[p].empty[choices[p]] == wanted)
        if not places:
            return None
        place = dice.pick(places)
        other = (choices[place] + 1 + dice.roll(template.points[place].size - 1)) % template.points[place].size
        return story.reworded(sentence, choices=(*choices[:place], other, *choices[place + 1 :]))

    return edit


def _led(story: Story, sentence: Sentence, dice: Dice) -> Sentence | None:
    """Another opening phrase, or one where there was none."""
    if sentence.lineage.template.speech:
        return None
    other = dice.pick(_LEADS).replace("{day}", story.value("day"))
    return story.reworded(sentence, lead="" if sentence.wording.lead == other else other)


def _swapped(story: Story, sentence: Sentence, dice: Dice) -> Sentence | None:
    """Another number or day: the text is still a copy, the fact no longer is."""
    names = sorted(n for n in sentence.lineage.template.names if n in story.domain.numbers or n.startswith("day"))
    if not names:
        return None
    name = dice.pick(names)
    value = story.other(name, dice)
    return None if value == story.value(name) else story.reworded(sentence, swap=(name, value))


def _mistyped(story: Story, sentence: Sentence, dice: Dice) -> Sentence | None:
    """A letter lost, doubled or exchanged with the next, inside a word and outside every mention."""
    del story
    at = _place(sentence, dice)
    if at is None or sentence.noise:
        return None
    pair = sentence.text[at : at + 2]
    new = (pair[0], pair[0] + pair, pair[::-1])[dice.roll(3)]
    return sentence.damaged([(at, at + 2, new)], "typo") if new != pair else None


def _scanned(story: Story, sentence: Sentence, dice: Dice) -> Sentence | None:
    """Letters taken for others that look alike, as scanners do: one in forty."""
    del story
    if sentence.noise:
        return None
    edits: list[tuple[int, int, str]] = []
    taken = _borders(sentence)
    for _ in range(max(2, len(sentence.text) // 40)):
        at = dice.roll(len(sentence.text) - 1)
        for width in (2, 1):
            new = _CONFUSED.get(sentence.text[at : at + width])
            if new and taken.isdisjoint(range(at, at + width)):
                edits.append((at, at + width, new))
                taken.update(range(at - 1, at + width + 1))
                break
    return sentence.damaged(sorted(edits), "noise") if edits else None


def _borders(sentence: Sentence) -> set[int]:
    """Places of the first and last characters of all mentions and heads."""
    return {p for m in sentence.mentions for p in (m[0], m[1] - 1, m[2], m[3] - 1, m[0] - 1, m[1], m[2] - 1, m[3])}


def _place(sentence: Sentence, dice: Dice) -> int | None:
    """Two letters inside a word, clear of mentions; None where a few tries find none."""
    text = sentence.text
    for _ in range(6):
        at = 1 + dice.roll(len(text) - 4)
        if text[at - 1 : at + 3].isalpha() and not any(m[0] - 1 <= at <= m[1] for m in sentence.mentions):
            return at
    return None


OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation("substitution", "wording", "substitution", "wording", _rechosen("")),
        Operation("insertion", "wording", "insert", "wording", _rechosen("o", wanted=True)),
        Operation("deletion", "wording", "delete", "wording", _rechosen("o", wanted=False)),
        Operation("tense", "wording", "tense", "wording", _rechosen("t")),
        Operation("connective", "wording", "connective", "wording", _rechosen("c")),
        Operation("lead-in", "framing", "lead-in", "wording", _led),
        Operation("attribution", "framing", "attribution", "wording", _rechosen("a")),
        Operation("reorder", "order", "reorder", "wording", _rechosen("m")),
        Operation("typo", "error", "typo-fix", "text", _mistyped),
        Operation("swap", "fact", "substitution", "wording", _swapped),
        Operation("noise", "scan", "typo-fix", "text", _scanned),
    )
}


def edit_labels(a: Sentence, b: Sentence) -> tuple[str, ...]:
    """The edit labels of two sentences of one lineage, read from a to b, sorted."""
    labels: set[str] = set()
    points = a.lineage.template.points
    for point, was, now in zip(points, a.wording.choices, b.wording.choices, strict=True):
        if was == now:
            continue
        if point.tag in ("", "o") and point.empty[was] != point.empty[now]:
            labels.add("insert" if point.empty[was] else "delete")
        else:
            labels.add("substitution" if point.tag == "o" else TAGS[point.tag])
    if a.wording.lead != b.wording.lead:
        labels.add("lead-in")
    if a.wording.swap != b.wording.swap:
        labels.add("substitution")
    if a.wording.glyph != b.wording.glyph and a.lineage.template.quotes:
        labels.add("quote-style")
    if a.noise or b.noise:
        labels.add("typo-fix")
    return tuple(sorted(labels))
