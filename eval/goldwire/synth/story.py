"""A base story: its cast (entities with names of their own), its figures, and the sentences that can be made of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from goldwire.synth.dice import Dice
from goldwire.synth.grammar import Domain, Open, Slot, Template
from goldwire.synth.names import name_of, words_of
from goldwire.synth.sentences import GLYPHS, Form, Lineage, Sentence, Wording, render

__all__ = ["Cast", "Seed", "Story"]

_TYPE_OF = {"person": "PERSON", "town": "GPE", "country": "GPE", "river": "LOC"}
_PRONOUNS = {"he": ("he", "she"), "his": ("his", "her"), "reflex": ("himself", "herself")}


class Seed:
    """What a corpus is drawn from: a number and the split it is for; ``dice`` names a purpose."""

    def __init__(self, number: int, split: str) -> None:
        self.number, self.split = number, split
        self._offsets: dict[str, int] = {}

    def dice(self, *purpose: int | str) -> Dice:
        """The draws for one purpose."""
        return Dice(self.number, self.split, *purpose)

    def name(self, kind: str, number: int) -> str:
        """A name of this corpus."""
        if kind not in self._offsets:
            self._offsets[kind] = self.dice("names", kind).roll(1 << 40)
        return name_of(kind, number, self._offsets[kind], second_half=self.split == "test")


class Cast:
    """The entities of a story. ``entities``: (type, name) in the order of their first use; ids are given on writing."""

    def __init__(self, seed: Seed, number: int, domain: Domain) -> None:
        self.seed, self.number, self.domain = seed, number, domain
        self.dice = seed.dice("cast", number)
        self.entities: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self._index: dict[str, int] = {}
        self._used: dict[str, int] = {}
        self._persons: dict[str, tuple[str, str, str, int]] = {}
        self._names: dict[str, str] = {}

    def entity(self, key: str, kind: str, name: str) -> int:
        """The entity of that key."""
        if key not in self._index:
            self._index[key] = len(self.entities)
            self.entities.append((kind, name))
        return self._index[key]

    def marked(self, mark: Open) -> int:
        """The entity of a mention that is written into a template; -1 for a value."""
        if mark.key == "-":
            return -1
        if mark.key in self.domain.entities:
            return self._own(mark.key)
        return self.entity(f"{mark.key}:{mark.type}", mark.type, mark.key)

    def form(self, slot: Slot) -> Form:
        """A form of one of the cast."""
        key, form = slot.name, slot.form
        kind = self.domain.entities[key].partition(" ")[0]
        index = self._own(key)
        if form in ("its", "it"):
            return form, ((0, len(form), 0, len(form), self.entities[index][0], "PRO", index),)
        if kind == "person":
            return self._person(key, form, index)
        name = self._name(key)
        if form == "caps":
            return _named(name.upper(), "GPE", index)
        if form == "adj":
            return _named(name + "n", "NORP", index)
        if form == "adjs":
            return _named(name + "ns", "NORP", self.entity(f"{key}:people", "NORP", name + "ns"))
        if form == "bare":
            return name, ()
        if kind == "river":
            whole = f"the {name} river"
            return whole, ((0, len(whole), 4, 4 + len(name), "LOC", "NAM", index),)
        return _named(name, self.entities[index][0], index)

    @property
    def agency(self) -> str:
        """The agency that its wires name."""
        return self._name("agency")

    def _own(self, key: str) -> int:
        if key in self._index:
            return self._index[key]
        kind = self.domain.entities[key].partition(" ")[0]
        name = self._persons_of(key)[0] if kind == "person" else self._name(key)
        return self.entity(key, _TYPE_OF.get(kind, "ORG"), name)

    def _next(self, pool: str, per_story: int = 1) -> str:
        """A name that no other story has."""
        used = self._used.get(pool, 0)
        self._used[pool] = used + 1
        return self.seed.name(pool, self.number * per_story + used)

    def _name(self, key: str) -> str:
        if key not in self._names:
            kind, _, rest = self.domain.entities[key].partition(" ")
            if kind == "club":
                name = f"{self._name(rest)} {self.dice.pick(words_of('club_tail'))}"
            elif kind == "watch":
                name = f"{self._next(kind, 2)} {rest}"
            else:
                name = self._next(kind, 1 if kind in ("river", "agency") else 2)
            self._names[key] = name
        return self._names[key]

    def _persons_of(self, key: str) -> tuple[str, str, str, int]:
        """Full name, title, nominal, sex."""
        if key not in self._persons:
            sex = self.dice.roll(2)
            name = self._next(("person_m", "person_f")[sex], 4)
            titles = self.domain.entities[key].partition(" ")[2]
            title, _, nominal = self.dice.pick(titles.split("|")).partition("=")
            self._persons[key] = name, title, nominal, sex
        return self._persons[key]

    def _person(self, key: str, form: str, index: int) -> Form:
        name, title, nominal, sex = self._persons_of(key)
        if form in _PRONOUNS:
            text = _PRONOUNS[form][sex]
            return text, ((0, len(text), 0, len(text), "PERSON", "PRO", index),)
        if form == "last":
            return _named(name.partition(" ")[2], "PERSON", index)
        if form == "bare":
            return nominal.removeprefix("the "), ()
        if form == "name" or not title:
            return _named(name, "PERSON", index)
        title = title[0].upper() + title[1:] if form == "Full" else title
        whole = f"{title} {name}"
        return whole, ((0, len(whole), len(title) + 1, len(whole), "PERSON", "NAM", index),)


class Story:
    """A cast with figures: numbers, days, a date. Stories of a templated series share the cast and differ in figures."""

    def __init__(self, cast: Cast, issue: int = 0) -> None:
        self.cast, self.domain = cast, cast.domain
        self._dice = cast.seed.dice("figures", cast.number, issue)
        self.date = self._dice.roll(28)
        self._forms: dict[Slot, Form] = {}
        self._values: dict[str, str] = {}
        self._sentences: dict[tuple[Lineage, Wording], Sentence] = {}

    def form(self, slot: Slot) -> Form:
        """A form of the cast or of a figure."""
        known = self._forms.get(slot)
        if known is None:
            is_cast = slot.name in self.domain.entities
            known = self.cast.form(slot) if is_cast else figure(self.domain, slot, self.value(slot.name))
            self._forms[slot] = known
        return known

    def value(self, name: str) -> str:
        """A figure of this story as it is written."""
        known = self._values.get(name)
        if known is None:
            known = self._values[name] = self._drawn(name)
        return known

    def _drawn(self, name: str) -> str:
        if name == "date":
            return dated(self.date)
        if name.startswith("day"):
            days = words_of("weekdays")
            return days[(self.date + (0 if name == "day" else 2)) % 7]
        return self.other(name, self._dice)

    def other(self, name: str, dice: Dice) -> str:
        """A value this figure may have."""
        if name.startswith("day"):
            return dice.pick(words_of("weekdays"))
        kind, *options = self.domain.numbers[name].split()
        if kind == "WORD":
            return dice.pick(options)
        low, high = options
        number = int(low) + dice.roll(int(high) - int(low) + 1)
        return str(number) if kind == "YEAR" else f"{number:,}"

    def sentence(self, lineage: Lineage, wording: Wording) -> Sentence:
        """The sentence of that lineage and wording."""
        known = self._sentences.get((lineage, wording))
        if known is None:
            known = self._sentences[lineage, wording] = Sentence(lineage, wording, self._rendered)
        return known

    def _rendered(self, lineage: Lineage, wording: Wording) -> Form:
        form: Callable[[Slot], Form] = self.form
        if wording.swap:
            name, value = wording.swap

            def form(slot: Slot) -> Form:
                return figure(self.domain, slot, value) if slot.name == name else self.form(slot)

        text, mentions = render(lineage.template, wording.choices, form, self.cast.marked)
        if wording.lead:
            text, mentions = _led(wording.lead, text, mentions)
        if wording.glyph and lineage.template.quotes:
            text = text.translate(GLYPHS[wording.glyph])
        return text, mentions

    def first_wording(self, template: Template, dice: Dice) -> Wording:
        """A wording drawn at random."""
        number = dice.roll(template.wordings)
        choices = []
        for point in template.points:
            number, choice = divmod(number, point.size)
            choices.append(choice)
        return Wording(tuple(choices))

    def forget(self) -> None:
        """Let go of the sentences, which know their story: without this only the garbage collector would free either."""
        self._sentences.clear()

    def clean(self, sentence: Sentence) -> Sentence:
        """The sentence without damage."""
        return self.sentence(sentence.lineage, sentence.wording) if sentence.noise else sentence

    def reworded(self, sentence: Sentence, **changes: Any) -> Sentence:
        """The sentence in another wording; damage is repaired on the way."""
        return self.sentence(sentence.lineage, sentence.wording._replace(**changes))


def figure(domain: Domain, slot: Slot, value: str) -> Form:
    """A number as a mention, if its slot is one, or the bare value."""
    if slot.name in domain.numbers and not slot.form:
        kind = domain.numbers[slot.name].partition(" ")[0]
        if kind not in ("YEAR", "WORD", "PLAIN"):
            return _named(value, "CARDINAL", -1)
    return value, ()


@cache
def dated(day: int) -> str:
    """A day of the month all stories happen in, as captions write it."""
    return f"October {day + 1}, 2025"


def _named(text: str, kind: str, index: int) -> Form:
    return text, ((0, len(text), 0, len(text), kind, "NAM", index),)


def _led(lead: str, text: str, mentions: tuple[tuple[int, int, int, int, str, str, int], ...]) -> Form:
    """With an opening phrase before it; the sentence's first word keeps a capital only as part of a name."""
    named = any(start == 0 and level == "NAM" for start, _, _, _, _, level, _ in mentions)
    if not named and not text[:1].isdigit():
        text = text[0].lower() + text[1:]
    by = len(lead)
    moved = tuple((a + by, b + by, c + by, d + by, kind, level, e) for a, b, c, d, kind, level, e in mentions)
    return lead + text, moved
