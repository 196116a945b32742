"""Layout: house style, and the zones around the running text of every document."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldwire.counts import IntArray
from goldwire.synth.book import DATES, book
from goldwire.synth.derive import Bodies, operation_bit
from goldwire.synth.dice import BoolArray, Dice
from goldwire.synth.plan import Plan
from goldwire.synth.ragged import ranges
from goldwire.synth.rates import Rates
from goldwire.synth.story import Stories
from goldwire.synth.wires import CHOICES, DAMAGE, TEMPLATE, Wires, worded

__all__ = ["AFTER", "BODY", "CAPTION", "ZONES", "Slots", "laid_out"]

ZONES = ("date-stamp", "headline", "standfirst", "byline", "caption", "dateline", "body", "promo", "boilerplate")
BODY, CAPTION = ZONES.index("body"), ZONES.index("caption")
AFTER = ("", " ", "\n", "\n\n")
"""What stands between a sentence and the next."""
_SPACE, _LINE, _PARAGRAPH = 1, 2, 3
_FURNITURE, _LAST = 100, 1_000_000
_STEP = 10


@dataclass(frozen=True)
class Slots:
    """The sentences of all documents as they are published, in order.

    doc, zone, after: document, index into ZONES and AFTER; rows: the sentence; glyph: its style of quotation marks;
    spaced: whether its last space is one that does not break.
    published: (docs,) day of the month, -1 for none; headline: (docs,) the slot that holds it, -1 for none.
    made_by: (docs,) operations, as bits.
    """

    doc: IntArray
    zone: IntArray
    after: IntArray
    rows: IntArray
    glyph: IntArray
    spaced: BoolArray
    published: IntArray
    headline: IntArray
    made_by: IntArray


def laid_out(
    plan: Plan, rates: Rates, stories: Stories, wires: Wires, bodies: Bodies, dice: Dice, rank: IntArray
) -> Slots:
    """All documents as published, numbered by their ``rank``."""
    page = _Pages(rates, wires, bodies, dice)
    date = stories.date[plan.source_story[bodies.source]]
    return page.slots(date, rank)


class _Pages:
    def __init__(self, rates: Rates, wires: Wires, bodies: Bodies, dice: Dice) -> None:
        self.wires, self.bodies, self.dice = wires, bodies, dice
        self.n = len(bodies.source)
        self.has = {key: dice.chance(self.n, share) for key, share in rates.layout.items()}
        self.derivation = rates.derivation
        self.made_by = bodies.made_by.copy()
        self.parts: list[tuple[IntArray, IntArray, int, IntArray, IntArray]] = []

    def slots(self, date: IntArray, rank: IntArray) -> Slots:
        source, domain = self.bodies.source, self.wires.domain[self.bodies.source]
        published = np.where(self.has["date_stamp"], date + self.dice.roll(self.n, 2), -1)
        stamp = worded(source, np.full(self.n, DATES), None)
        stamp[:, CHOICES] = np.maximum(published, 0)
        self._put(published >= 0, 0, "date-stamp", stamp, _SPACE)
        self._headlines()
        self._own(self.has["standfirst"] & self.wires.leading[source], 3, "standfirst", domain, _PARAGRAPH, only=0)
        self._deck_quotes()
        self._own(self.has["byline"], 5, "byline", domain, _PARAGRAPH)
        self._captions()
        self._own(self.has["dateline"], 8, "dateline", domain, _SPACE)
        self._body()
        self._own(self.has["boilerplate"], _LAST, "boilerplate", domain, _LINE)

        doc, order, zone, rows, after = (
            np.concatenate(column) for column in zip(*map(_spread, self.parts), strict=True)
        )
        by = np.argsort(rank[doc] * (2 * _LAST) + order)
        doc, zone, rows, after = doc[by], zone[by], rows[by], after[by]
        after[np.r_[doc[1:] != doc[:-1], True]] = 0
        glyph, spaced = self._house_style(doc, zone, rows)
        doc = rank[doc]
        headline = np.full(self.n, -1)
        titled = np.flatnonzero(zone == ZONES.index("headline"))[::-1]
        headline[doc[titled]] = titled
        published[rank], made_by = published.copy(), np.empty_like(self.made_by)
        made_by[rank] = self.made_by
        return Slots(doc, zone, after, rows, glyph, spaced, published, headline, made_by)

    def _put(self, where: BoolArray, order: int, zone: str, rows: IntArray, after: IntArray | int) -> None:
        """A slot in the documents ``where``; rows, after: of all documents."""
        doc = np.flatnonzero(where)
        separators = np.broadcast_to(after, self.n)[doc]
        self.parts.append((doc, np.full(len(doc), order), ZONES.index(zone), rows[doc], separators))

    def _own(
        self, where: BoolArray, order: int, zone: str, domain: IntArray, after: int, *, only: int | None = None
    ) -> None:
        """Furniture that is drawn anew for every document, under one lineage per template and wire."""
        offered = book().furniture[zone]
        which = self.dice.roll(self.n, offered.shape[1]) if only is None else np.full(self.n, only)
        self._put(where, order, zone, worded(self.bodies.source, offered[domain, which], self.dice), after)

    def _headlines(self) -> None:
        source, dice = self.bodies.source, self.dice
        swapped = self.wires.alternative[source] & dice.chance(self.n, self.derivation["headline_swap"])
        title = self.wires.headlines[source, swapped.astype(np.int64)]
        optional = book().tag[title[:, TEMPLATE]] == book().tagged("o")
        short = ~swapped & optional.any(axis=1) & dice.chance(self.n, self.derivation["headline_short"])
        empty = book().empty[title[:, TEMPLATE]].argmax(axis=2)
        title[:, CHOICES:] = np.where(optional & short[:, None], empty, title[:, CHOICES:])
        has = self.has["headline"]
        self.made_by[swapped & has] |= operation_bit("headline swap")
        self.made_by[short & has] |= operation_bit("headline short")
        self._put(has, 1, "headline", title, _PARAGRAPH)
        self._put(has & self.has["headline_again"], 2, "headline", title, _LINE)

    def _deck_quotes(self) -> None:
        """The first undamaged quotation of the body once more, above it."""
        rows, doc = self.bodies.rows, self.bodies.doc
        quotes = np.flatnonzero(book().speech[rows[:, TEMPLATE]] & (rows[:, DAMAGE] == 0))[::-1]
        first = np.full(self.n, -1)
        first[doc[quotes]] = quotes
        self._put(self.has["deck_quote"] & (first >= 0), 4, "standfirst", rows[first], _PARAGRAPH)

    def _captions(self) -> None:
        has, again = self.has["caption"], self.has["caption_again"]
        caption = self.wires.captions[self.bodies.source, self.dice.roll(self.n, 2)]
        self._put(has, 6, "caption", caption, np.where(again, _LINE, _PARAGRAPH))
        self._put(has & again, 7, "caption", caption, _PARAGRAPH)

    def _body(self) -> None:
        doc, rows = self.bodies.doc, self.bodies.rows
        counts = np.bincount(doc, minlength=self.n)
        place = ranges(np.zeros(self.n, np.int64), counts)
        after = np.where(self.has["joined_lines"][doc] & (place % 3 != 2), _SPACE, _PARAGRAPH)
        self.parts.append((doc, _FURNITURE + _STEP * place, BODY, rows, after))
        offered = self.wires.promos[self.bodies.source, self.dice.roll(self.n, 2)]
        promo = worded(self.bodies.source, offered, self.dice)
        where = np.flatnonzero(self.has["promo"] & (counts > 2))
        before = counts - 1 - self.dice.roll(self.n, 2)
        order = _FURNITURE + _STEP * before - _STEP // 2
        self.parts.append((where, order[where], ZONES.index("promo"), promo[where], np.full(len(where), _PARAGRAPH)))

    def _house_style(self, doc: IntArray, zone: IntArray, rows: IntArray) -> tuple[IntArray, BoolArray]:
        """Spelling, in place; the quotation marks, and where a space does not break."""
        grammar, template = book(), rows[:, TEMPLATE]
        spelled = grammar.tag[template] == grammar.tagged("h")
        rows[:, CHOICES:] = np.where(spelled, self.has["american"][doc][:, None], rows[:, CHOICES:])
        style = np.where(self.has["straight_quotes"], 1, np.where(self.has["single_quotes"], 2, 0))
        glyph = np.where(grammar.quotes[template], style[doc], 0)
        body = zone == BODY
        number = body.cumsum()
        first = np.zeros(self.n, np.int64)
        first[doc[body][::-1]] = number[body][::-1]
        odd = (number - first[doc]) % 2 == 1
        return glyph, body & odd & self.has["nbsp"][doc] & (rows[:, DAMAGE] == 0)


def _spread(
    part: tuple[IntArray, IntArray, int, IntArray, IntArray],
) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray]:
    doc, order, zone, rows, after = part
    return doc, order, np.full(len(doc), zone), rows, after
