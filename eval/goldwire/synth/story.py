"""Base stories: a cast with names of its own and figures, and every form in which sentences write them.

A form is a text with a few numbers: where the head of the mention lies that it makes, and its last space.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import IntArray
from goldwire.synth.book import Forms, book
from goldwire.synth.dice import Dice
from goldwire.synth.names import PER_STORY, names_of, words_of
from goldwire.synth.ragged import firsts

__all__ = ["MENTIONS", "Seed", "Stories", "figure_texts", "spans"]

MENTIONS: tuple[tuple[str, str], ...] = (
    ("PERSON", "NAM"), ("PERSON", "PRO"), ("GPE", "NAM"), ("GPE", "PRO"), ("LOC", "NAM"), ("LOC", "PRO"),
    ("ORG", "NAM"), ("ORG", "PRO"), ("NORP", "NAM"), ("CARDINAL", "NAM"),
)  # fmt: skip
"""(type, level) of the mentions that forms make."""
_PRONOUNS = {"he": ("he", "she"), "his": ("his", "her"), "reflex": ("himself", "herself")}
_BARE = -1
_DATES = tuple(f"October {day + 1}, 2025" for day in range(28))
"""The days of the month all stories happen in, as captions write them."""


@dataclass(frozen=True)
class Seed:
    """What a corpus is drawn from: a number and the split it is for."""

    number: int
    split: str

    def dice(self, *purpose: int | str) -> Dice:
        """The draws for one purpose."""
        return Dice(self.number, self.split, *purpose)

    def names(self, kind: str, numbers: IntArray) -> pa.StringArray:
        """(n,) names of this corpus."""
        offset = self.dice("names", kind).word() >> 24
        return names_of(kind, numbers, offset, second_half=self.split == "test")


@dataclass(frozen=True)
class _Form:
    """A form in all stories of a domain: its texts, and of the mention it makes the kind, entity and place of the head.

    kind: index into MENTIONS, _BARE for none; before, after: characters around the head, (stories,) or one number.
    """

    texts: pa.StringArray
    kind: int = _BARE
    entity: int = -1
    before: IntArray | int = 0
    after: int = 0


@dataclass
class Stories:
    """The S stories of a block, and the forms of all of them in one pool.

    domain:  (S,) number of the domain.  cast: (S,) row of ``numbers``: stories of a series share their cast.
    numbers: (casts,) number in the corpus, which gives the names.
    values:  (S, figures) of each figure, as a number from 0.  date: (S,) day of the month, from 0.
    sex, title, tail: (casts, n) what is drawn for the persons and clubs of a cast.
    texts, chars, spaces: (forms of all stories,) texts, characters, place of the last space where it matters, else -1.
    kind, entity: what a form mentions, as in _Form; low, high: where the head lies in it.
    """

    seed: Seed
    block: int
    domain: IntArray
    cast: IntArray
    numbers: IntArray
    values: IntArray = field(init=False)
    texts: pa.StringArray = field(init=False)
    chars: IntArray = field(init=False)
    spaces: IntArray = field(init=False)
    kind: IntArray = field(init=False)
    entity: IntArray = field(init=False)
    low: IntArray = field(init=False)
    high: IntArray = field(init=False)
    names: pa.StringArray = field(init=False)
    """Of entities, see ``entity_place``."""

    def __post_init__(self) -> None:
        forms = book().forms
        size = np.bincount(self.domain, minlength=len(forms))
        self._size = size
        self._named: dict[tuple[str, int], pa.StringArray] = {}
        self._rank = np.empty(len(self.domain), np.int64)
        order = np.argsort(self.domain, kind="stable")
        self._rank[order] = np.arange(len(order)) - firsts(size)[self.domain[order]]
        self._base = firsts(size * np.array([len(kind.slots) for kind in forms]))
        self._name_base = firsts(size * np.array([len(kind.entities) for kind in forms]))
        self._draw()
        made: list[_Form] = []
        names: list[pa.StringArray] = []
        for number, kind in enumerate(forms):
            domain = _Cast(self, kind, np.flatnonzero(self.domain == number))
            made += domain.forms()
            names += domain.entity_names()
        self._pool(made, [i in kind.heads for kind in forms for i in range(len(kind.slots))])
        self.names = pa.concat_arrays(names)

    def _draw(self) -> None:
        casts, stories = len(self.numbers), len(self.domain)
        cast, figures = self.seed.dice("cast", self.block), self.seed.dice("figures", self.block)
        self.sex = cast.roll(casts * 4, 2).reshape(casts, 4)
        self.title = cast.uniform(casts * 4).reshape(casts, 4)
        self.tail = cast.roll(casts * 2, len(words_of("club_tail"))).reshape(casts, 2)
        date = figures.roll(stories, 28)
        self.values = figures.below(spans()[self.domain])
        for number, kind in enumerate(book().forms):
            of = self.domain == number
            for name, value in (("day", date % 7), ("day2", (date + 2) % 7), ("date", date)):
                self.values[of, kind.figures[name]] = value[of]
        self.date = date

    def _pool(self, made: list[_Form], heads: list[bool]) -> None:
        sizes = np.array([len(form.texts) for form in made])
        self.texts = pa.concat_arrays([form.texts for form in made])
        self.chars = pc.utf8_length(self.texts).to_numpy().astype(np.int64)
        self.kind = np.repeat([form.kind for form in made], sizes)
        self.entity = np.repeat([form.entity for form in made], sizes)
        self.low = np.concatenate([np.broadcast_to(form.before, len(form.texts)) for form in made])
        self.high = self.chars - np.repeat([form.after for form in made], sizes)
        self.spaces = np.full(len(self.texts), -1)
        for start, form, wanted in zip(firsts(sizes).tolist(), made, heads, strict=True):
            if wanted:
                self.spaces[start : start + len(form.texts)] = [text.rfind(" ") for text in form.texts.to_pylist()]

    def named(self, kind: str, used: int) -> pa.StringArray:
        """(casts,) their first, second … name of a kind."""
        known = self._named.get((kind, used))
        if known is None:
            numbers = self.numbers * PER_STORY[kind] + used
            known = self._named[kind, used] = self.seed.names(kind, numbers)
        return known

    def place(self, story: IntArray, form: IntArray) -> IntArray:
        """(n,) places in the pool of forms of stories."""
        domain = self.domain[story]
        return np.asarray(self._base[domain] + form * self._size[domain] + self._rank[story])

    def entity_place(self, story: IntArray, entity: IntArray) -> IntArray:
        """(n,) places in ``names`` of the names of entities."""
        domain = self.domain[story]
        return np.asarray(self._name_base[domain] + entity * self._size[domain] + self._rank[story])


class _Cast:
    """The stories of one domain."""

    def __init__(self, stories: Stories, kind: Forms, which: IntArray) -> None:
        self.stories, self.kind, self.which = stories, kind, which
        self.cast = stories.cast[which]
        self.what = {key: what.partition(" ")[::2] for key, what in kind.domain.entities.items()}
        self.own: dict[str, pa.StringArray] = {}
        self.last: dict[str, pa.StringArray] = {}
        self.sexes: dict[str, IntArray] = {}
        self.titles: dict[str, tuple[list[tuple[str, str]], IntArray]] = {}
        used: dict[str, int] = {}
        for key, (what, rest) in self.what.items():
            used[what] = used.get(what, -1) + 1
            if what == "person":
                self._person(key, used[what], rest)
            elif what == "club":
                tails = pa.array([f" {tail}" for tail in words_of("club_tail")])
                self.own[key] = _glued(self.own[rest], tails.take(pa.array(stories.tail[self.cast, used[what]])))
            else:
                name = stories.named(what, used[what]).take(pa.array(self.cast))
                self.own[key] = _glued(name, f" {rest}") if what == "watch" else name

    def _person(self, key: str, used: int, titles: str) -> None:
        sex = self.stories.sex[self.cast, used]
        names = [self.stories.named(pool, used) for pool in ("person_m", "person_f")]
        place = self.cast + np.where(sex == 0, 0, len(self.stories.numbers))
        self.own[key] = pa.concat_arrays(names).take(pa.array(place))
        parts = pc.split_pattern(self.own[key], " ", max_splits=1).flatten()
        self.last[key] = parts.take(pa.array(2 * np.arange(len(sex)) + 1))
        options = [(title, nominal) for title, _, nominal in (one.partition("=") for one in titles.split("|"))]
        self.sexes[key] = sex
        self.titles[key] = options, (self.stories.title[self.cast, used] * len(options)).astype(np.int64)

    def forms(self) -> Iterator[_Form]:
        """The forms by number."""
        figures = _figures(self.kind.domain.name)
        for (name, form), figure in zip(self.kind.slots, self.kind.figure.tolist(), strict=True):
            if figure < 0:
                yield self._form(name, form)
                continue
            texts = figures.texts(figure, self.stories.values[self.which, figure])
            yield _Form(texts, _kind("CARDINAL") if figures.is_mention(figure) and not form else _BARE)

    def entity_names(self) -> Iterator[pa.StringArray]:
        """The names of the entities by number."""
        for key, (_, _, name) in self.kind.entities.items():
            if name:
                yield _repeated(name, len(self.which))
            elif key in self.own:
                yield self.own[key]
            else:
                yield _glued(self.own[key.partition(":")[0]], "ns")

    def _form(self, key: str, form: str) -> _Form:
        what = self.what[key][0]
        entity, label, _ = self.kind.entities[key]
        if form in ("its", "it"):
            return _Form(_repeated(form, len(self.which)), _kind(label, "PRO"), entity)
        if what == "person":
            return self._of_person(key, form, entity)
        name = self.own[key]
        if form == "caps":
            return _Form(pc.utf8_upper(name), _kind("GPE"), entity)
        if form == "adj":
            return _Form(_glued(name, "n"), _kind("NORP"), entity)
        if form == "adjs":
            return _Form(_glued(name, "ns"), _kind("NORP"), self.kind.entities[f"{key}:people"][0])
        if form == "bare":
            return _Form(name)
        if what == "river":
            article = "The " if form == "front" else "the "
            return _Form(_glued(article, name, " river"), _kind("LOC"), entity, len(article), len(" river"))
        return _Form(name, _kind(label), entity)

    def _of_person(self, key: str, form: str, entity: int) -> _Form:
        if form in _PRONOUNS:
            return _Form(_chosen(_PRONOUNS[form], self.sexes[key]), _kind("PERSON", "PRO"), entity)
        if form == "last":
            return _Form(self.last[key], _kind("PERSON"), entity)
        options, which = self.titles[key]
        if form == "bare":
            return _Form(_chosen([nominal.removeprefix("the ") for _, nominal in options], which))
        titles = [title for title, _ in options]
        if form == "name" or not titles[0]:
            return _Form(self.own[key], _kind("PERSON"), entity)
        if form == "Full":
            titles = [title[0].upper() + title[1:] for title in titles]
        titles = [f"{title} " for title in titles]
        texts = _glued(_chosen(titles, which), self.own[key])
        return _Form(texts, _kind("PERSON"), entity, np.array([len(title) for title in titles])[which])


class _Figures:
    """The figures of a domain: how many values each has, and how they are written."""

    def __init__(self, forms: Forms) -> None:
        days, dates = " ".join(words_of("weekdays")), "DATE 0 27"
        self.kinds = [*forms.domain.numbers.values(), f"WORD {days}", f"WORD {days}", dates]
        self.spans = [_span(kind) for kind in self.kinds]
        self.spans += [0] * (max(len(kind.figures) for kind in book().forms) - len(self.spans))

    def is_mention(self, figure: int) -> bool:
        """Whether the figure is written as a mention of a value."""
        return self.kinds[figure].partition(" ")[0] not in ("YEAR", "WORD", "PLAIN", "DATE")

    def texts(self, figure: int, values: IntArray) -> pa.StringArray:
        """(n,) the values as they are written."""
        kind, *options = self.kinds[figure].split()
        if kind in ("WORD", "DATE"):
            return _chosen(options if kind == "WORD" else _DATES, values)
        numbers = (values + int(options[0])).tolist()
        return pa.array([str(x) for x in numbers] if kind == "YEAR" else [f"{x:,}" for x in numbers], pa.string())


@cache
def _figures(domain: str) -> _Figures:
    return _Figures(next(forms for forms in book().forms if forms.domain.name == domain))


def figure_texts(domain: int, figure: int, values: IntArray) -> list[str]:
    """(n,) values of a figure as they are written."""
    return list(_figures(book().forms[domain].domain.name).texts(figure, values).to_pylist())


@cache
def spans() -> IntArray:
    """(domains, figures) how many values a figure can have."""
    return np.array([_figures(forms.domain.name).spans for forms in book().forms])


def _span(kind: str) -> int:
    what, *options = kind.split()
    return len(options) if what == "WORD" else int(options[1]) - int(options[0]) + 1


def _kind(label: str, level: str = "NAM") -> int:
    return MENTIONS.index((label, level))


def _glued(*parts: pa.StringArray | str) -> pa.StringArray:
    return pc.binary_join_element_wise(*parts, "")


def _chosen(options: list[str] | tuple[str, ...], which: IntArray) -> pa.StringArray:
    return pa.array(options, pa.string()).take(pa.array(which))


def _repeated(text: str, count: int) -> pa.StringArray:
    return pa.array([text], pa.string()).take(pa.array(np.zeros(count, np.int64)))
