"""The times baseline "dateparser": what the library of that name finds in each sentence, anchored at the article's date.

The library gives one instant for a string; it is taken as a DATE of day precision. Prepositions and conjunctions at the
ends of its strings are cut off. Where an article states no date, spans are given without values: the library would take
the day of the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from goldwire.errors import MissingExtra
from goldwire.systems.base import Article, Record, release
from goldwire.systems.lexicon import tokens, word_class
from goldwire.systems.sentences import sentences
from goldwire.systems.timex import stated_date

__all__ = ["DateParser"]

_NO_DATE = datetime(2000, 1, 1)


@dataclass(frozen=True, kw_only=True)
class DateParser:
    """Time expressions found by the package dateparser; see the module."""

    name: ClassVar[str] = "dateparser"
    layers: ClassVar[tuple[str, ...]] = ("times",)
    version: ClassVar[str] = "1"

    @property
    def settings(self) -> dict[str, Any]:
        """Names the dateparser release."""
        return {"dateparser": release("dateparser")}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """One record per article, in the order given. Raises MissingExtra without dateparser."""
        try:
            from dateparser.search import search_dates
        except ImportError as error:
            raise MissingExtra("dateparser", "baselines", "the system 'dateparser'") from error
        return self._records(articles, search_dates)

    def _records(self, articles: Sequence[Article], search_dates: Any) -> Iterator[Record]:
        for article in articles:
            day = stated_date(article.published)
            base = datetime(day.year, day.month, day.day) if day else _NO_DATE
            found: list[Record] = []
            for start, string, moment in _found(article.text, search_dates, base):
                time: Record = {"id": f"t{len(found)}", "start": start, "end": start + len(string), "type": "DATE"}
                if day:
                    value = moment.date().isoformat()
                    time |= {"value": value, "resolved": value, "anchor": "document"}
                found.append(time)
            yield {"doc_id": article.doc_id, "times": found}


def _found(text: str, search_dates: Any, base: datetime) -> Iterator[tuple[int, str, datetime]]:
    """(start, string, moment) of what the library finds, in order; each string is looked for behind the one before."""
    options = {"RELATIVE_BASE": base, "TIMEZONE": "UTC", "TO_TIMEZONE": "UTC", "RETURN_AS_TIMEZONE_AWARE": False}
    words = list(tokens(text))
    for first, last in sentences(text, words):
        at, end = words[first].start, words[last - 1].end
        for string, moment in search_dates(text[at:end], languages=["en"], settings=options) or ():
            place = text.find(string, at, end)
            if place < 0:  # the library cleans strings of some signs
                continue
            at = place + len(string)
            inner = _trimmed(string)
            if inner:
                yield place + string.index(inner), inner, moment


def _trimmed(string: str) -> str:
    """The string from its first to its last word that is no preposition or conjunction; "" where there is none."""
    words = [word for word in tokens(string) if word.form[0].isalnum()]
    cut = word_class("preposition") | {"and", "but", "or"}
    kept = [word for word in words if word.form.lower() not in cut]
    return string[kept[0].start : kept[-1].end] if kept else ""
