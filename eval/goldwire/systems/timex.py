"""The times baseline "timex": TIMEX3 expressions by regular expressions, values by calendar arithmetic.

Extent: the expression with determiner and modifier ("the past two weeks", "late March"), without preposition.

Values are computed from the article's stated date, as a reader would: a weekday, month or season alone is the last
one before that date, or the next where the last word for a tense before it in the sentence, else the first behind it,
is one for the future (will, plans, due), as HeidelTime does (Strötgen & Gertz 2013); "next Tuesday" is that of the
following week, "last Tuesday" the one before today. Weeks are ISO weeks. Without a stated date the value keeps its
X's ("XXXX-10-20", "XXXX-WXX-2") and nothing is resolved. Only the standard library's calendar is needed: the values
of TIMEX3 are periods of a stated precision, which parsers of dates, giving one instant, do not tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from goldwire.systems.base import Article, Record
from goldwire.systems.lexicon import word_class
from goldwire.systems.timex_pattern import NUMBERS, TENS, timex_pattern

__all__ = ["Time", "Timex", "item", "stated_date", "time_expressions", "times_of"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEASONS = {"spring": "SP", "summer": "SU", "autumn": "FA", "winter": "WI"}
_SEASON_STARTS = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}
_PARTS = {"morning": "MO", "afternoon": "AF", "evening": "EV", "night": "NI"}
_UNITS = {"day": "D", "week": "W", "month": "M", "year": "Y", "decade": "DE", "century": "CE"}
_UNKNOWN = {"D": "XXXX-XX-XX", "W": "XXXX-WXX", "M": "XXXX-XX", "Y": "XXXX", "DE": "XXX", "CE": "XX"}
_CLOCK = {"hour": "H", "minute": "M", "second": "S"}
_SETS = {"daily": "P1D", "weekly": "P1W", "monthly": "P1M", "yearly": "P1Y", "annually": "P1Y", "hourly": "PT1H"}
_APPROXIMATING = word_class("approximating")
_BEFORE_MONTH = re.compile(r"\b(?:in|since|until|till|by|during|from|between|of|through|and|to)\s+$", re.IGNORECASE)
_TENSE = re.compile(
    r"\b(?:(?P<future>will|shall|would|to be held|plans?|planned|scheduled|due|upcoming|going to|set to|expect(?:s|ed)?|ahead of)"
    r"|was|were|had|did|said|told|came|went|began|met|held|took|made|gave|left|fell|rose|led|sent|won|lost|\w+ed)\b"
    r"|(?P<will>['’]ll\b)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?]['\"”’]*\s|\n")
_REACH = 240


@dataclass(frozen=True, slots=True)
class Time:
    """A time expression; ``value`` is read from the document alone, ``resolved`` is None where that is not complete."""

    start: int
    end: int
    type: str
    value: str
    resolved: str | None
    anchored: bool


@dataclass(frozen=True, kw_only=True)
class Timex:
    """Time expressions by rules; see the module for what they cover and how values come about."""

    name: ClassVar[str] = "timex"
    layers: ClassVar[tuple[str, ...]] = ("times",)
    version: ClassVar[str] = "1"

    @property
    def settings(self) -> dict[str, Any]:
        """There is nothing to set."""
        return {}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """One record per article, in the order given."""
        for article in articles:
            yield {"doc_id": article.doc_id, "times": [item(time, at) for at, time in enumerate(times_of(article))]}


def item(time: Time, at: int) -> Record:
    """A time as an item of a record's ``times``, ``at`` being its place among them."""
    found: Record = {"id": f"t{at}", "start": time.start, "end": time.end, "type": time.type, "value": time.value}
    if time.resolved is not None:
        found["resolved"] = time.resolved
    return found | ({"anchor": "document"} if time.anchored else {})


def times_of(article: Article) -> list[Time]:
    """The time expressions of an article."""
    return time_expressions(article.text, stated_date(article.published))


def stated_date(published: str | None) -> date | None:
    """The calendar date an ISO 8601 date or time begins with, None where there is none."""
    try:
        return date.fromisoformat((published or "")[:10])
    except ValueError:
        return None


def time_expressions(text: str, day: date | None) -> list[Time]:
    """The time expressions of a text, disjoint and in order; ``day`` is the date it was published."""
    found = []
    for match in timex_pattern().finditer(text):
        reading = _READERS[match.lastgroup or ""](match, _Anchor(day, text, match.start(), match.end()))
        if reading is not None:
            label, value, anchored = reading
            known = label in ("DURATION", "SET") or "X" not in value
            found.append(Time(match.start(), match.end(), label, value, value if known else None, anchored))
    return found


Reading = tuple[str, str, bool] | None
"""Type, value, and whether the value depends on the document's date."""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """The document's date and the text around an expression."""

    day: date | None
    text: str
    start: int
    end: int

    def ahead(self) -> bool:
        """Whether the last word for a tense before it in its sentence, else the first behind it, is for the future."""
        left = self.text[max(0, self.start - _REACH) : self.start]
        right = self.text[self.end : self.end + _REACH]
        ends = [found.end() for found in _SENTENCE_END.finditer(left)]
        stop = _SENTENCE_END.search(right)
        before = list(_TENSE.finditer(left, ends[-1] if ends else 0))
        cue = before[-1] if before else _TENSE.search(right, 0, stop.start() if stop else len(right))
        return cue is not None and (cue["future"] or cue["will"]) is not None

    def shifted(self, unit: str, steps: int) -> str:
        """The day, week, month, year, decade or century so many steps from the document's, or its X's."""
        if self.day is None:
            return _UNKNOWN[unit]
        try:
            return _shifted(self.day, unit, steps)
        except (OverflowError, ValueError):  # before the year 1 or after 9999
            return _UNKNOWN[unit]


def _shifted(day: date, unit: str, steps: int) -> str:
    if unit == "D":
        return (day + timedelta(days=steps)).isoformat()
    if unit == "W":
        year, week, _ = (day + timedelta(weeks=steps)).isocalendar()
        return f"{year:04d}-W{week:02d}"
    if unit == "M":
        year, month = divmod(day.year * 12 + day.month - 1 + steps, 12)
        return f"{date(year, month + 1, 1):%Y-%m}"
    year = day.year + steps * {"Y": 1, "DE": 10, "CE": 100}[unit]
    return f"{date(year, 1, 1).year:04d}"[: {"Y": 4, "DE": 3, "CE": 2}[unit]]


def _iso(match: re.Match[str], _: _Anchor) -> Reading:
    return _full(int(match["iso_year"]), int(match["iso_month"]), int(match["iso_day"]))


def _full(year: int, month: int, day: int) -> Reading:
    try:
        return "DATE", date(year, month, day).isoformat(), False
    except ValueError:
        return None


def _calendar(match: re.Match[str], anchor: _Anchor) -> Reading:
    month = _month(match["month_1"] or match["month_2"] or match["month_3"])
    number, year = match["day_1"] or match["day_2"], match["year_1"] or match["year_2"] or match["year_3"]
    if year:
        return _full(int(year), month, int(number)) if number else ("DATE", f"{year}-{month:02d}", False)
    if not 1 <= int(number) <= 31:
        return None
    if anchor.day is None:
        return "DATE", f"XXXX-{month:02d}-{int(number):02d}", True
    return (
        "DATE",
        f"{_nearest(anchor.day, anchor.ahead(), (month, int(number))):04d}-{month:02d}-{int(number):02d}",
        True,
    )


def _nearest(day: date, ahead: bool, moment: tuple[int, int]) -> int:
    """The year of the last such month and day before ``day``, or the next after it."""
    today = (day.month, day.day)
    return day.year + (moment < today) if ahead else day.year - (moment > today)


def _bare_month(match: re.Match[str], anchor: _Anchor) -> Reading:
    which, form = (match["month_which"] or "").lower(), match["month_4"]
    before = anchor.text[max(0, anchor.start - 12) : anchor.start]
    if form in ("May", "March", "MAY", "MARCH") and not (which or match["month_edge"] or _BEFORE_MONTH.search(before)):
        return None
    month, day = _month(form), anchor.day
    if day is None:
        return "DATE", f"XXXX-{month:02d}", True
    year = _nearest(day, anchor.ahead(), (month, day.day))
    if which == "next":
        year = day.year + (month <= day.month)
    elif which == "last":
        year = day.year - (month >= day.month)
    return "DATE", f"{year:04d}-{month:02d}", True


def _month(form: str) -> int:
    return _MONTHS.index(form[:3].lower()) + 1


def _year(match: re.Match[str], _: _Anchor) -> Reading:
    return "DATE", match["bare_year"], False


def _decade(match: re.Match[str], _: _Anchor) -> Reading:
    return "DATE", match["decade_year"][:3], False


def _weekday(match: re.Match[str], anchor: _Anchor) -> Reading:
    weekday = _DAYS.index(match["day_name"].lower())
    part, which = (match["day_part"] or "").lower(), (match["day_which"] or "").lower()
    label, tail = ("TIME", f"T{_PARTS[part]}") if part else ("DATE", "")
    if anchor.day is None:
        return label, f"XXXX-WXX-{weekday + 1}{tail}", True
    today = anchor.day.weekday()
    since = (today - weekday) % 7
    if which == "next":
        steps = 7 - today + weekday
    elif which == "this":
        steps = weekday - today
    elif which == "last":
        steps = -(since or 7)
    else:
        steps = 7 - since if anchor.ahead() else -since
    return label, anchor.shifted("D", steps) + tail, True


def _season(match: re.Match[str], anchor: _Anchor) -> Reading:
    season, which = _SEASONS[match["season_name"].lower()], (match["season_which"] or "").lower()
    if match["season_year"]:
        return "DATE", f"{match['season_year']}-{season}", False
    if anchor.day is None:
        return "DATE", f"XXXX-{season}", True
    begun = _SEASON_STARTS[season] <= anchor.day.month
    year = anchor.day.year
    if which == "next":
        year += begun
    elif which != "this":
        year -= not begun
    return "DATE", f"{year:04d}-{season}", True


def _deictic(match: re.Match[str], anchor: _Anchor) -> Reading:
    word = " ".join(match["deictic_word"].lower().split())
    value = anchor.shifted("D", {"yesterday": -1, "last night": -1, "tomorrow": 1}.get(word, 0))
    part = "night" if word in ("last night", "tonight") else (match["deictic_part"] or "").lower()
    return ("TIME", f"{value}T{_PARTS[part]}", True) if part else ("DATE", value, True)


def _this_part(match: re.Match[str], anchor: _Anchor) -> Reading:
    return "TIME", f"{anchor.shifted('D', 0)}T{_PARTS[match['this_part'].lower()]}", True


def _neighbour(match: re.Match[str], anchor: _Anchor) -> Reading:
    steps = {"last": -1, "previous": -1, "this": 0, "current": 0}.get(match["near_way"].lower(), 1)
    return "DATE", anchor.shifted(_UNITS[match["near_unit"].lower()], steps), True


def _ago(match: re.Match[str], anchor: _Anchor) -> Reading:
    number = _number(match["ago_number"])
    later = match["ago_way"].lower().startswith(("later", "from"))
    if number is None:
        return "DATE", "FUTURE_REF" if later else "PAST_REF", True
    return "DATE", anchor.shifted(_UNITS[_singular(match["ago_unit"])], number if later else -number), True


def _duration(match: re.Match[str], _: _Anchor) -> Reading:
    number = match["long_number"] or match["long_few"]
    one = number is None and not match["long_unit"].lower().endswith("s")
    return "DURATION", _period(match["long_unit"], 1 if one else _number(number or "")), match["long_way"] is not None


def _plural(match: re.Match[str], _: _Anchor) -> Reading:
    return "DURATION", _period(match["plural_unit"], None), False


def _period(unit: str, number: int | None) -> str:
    form, count = _singular(unit), "X" if number is None else str(number)
    return f"PT{count}{_CLOCK[form]}" if form in _CLOCK else f"P{count}{_UNITS[form]}"


def _vague(match: re.Match[str], _: _Anchor) -> Reading:
    word = (match["vague_word"] or match["vague_adverb"]).lower()
    if word in ("recent", "recently", "lately"):
        return "DATE", "PAST_REF", True
    return "DATE", "FUTURE_REF" if word.endswith("future") else "PRESENT_REF", True


def _set(match: re.Match[str], _: _Anchor) -> Reading:
    words = match["set"].lower().split()
    if words[-1] in _DAYS:
        return "SET", f"XXXX-WXX-{_DAYS.index(words[-1]) + 1}", False
    return "SET", _SETS.get(words[-1]) or f"P1{_UNITS.get(words[-1], 'D')}", False


def _clock(match: re.Match[str], anchor: _Anchor) -> Reading:
    half = (match["half"] or "").lower()
    hour, minute = int(match["hour_1"] or match["hour_2"]), match["minute_1"] or match["minute_2"]
    if hour > 24 or (half and not 1 <= hour <= 12) or int(minute or 0) > 59:
        return None
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return "TIME", f"{anchor.shifted('D', 0)}T{hour:02d}" + (f":{minute}" if minute else ""), True


def _number(form: str) -> int | None:
    """The number a figure or word stands for, with what approximates it left out; None where it is vague."""
    words = form.lower().replace("-", " ").split()
    while words and words[0] in _APPROXIMATING:
        words.pop(0)
    word = " ".join(words)
    if word.isdecimal():
        return int(word)
    if word in NUMBERS:
        return NUMBERS.index(word)
    tens, _, ones = word.partition(" ")
    if tens in TENS or (tens == "twenty" and ones):
        return TENS.get(tens, 20) + (NUMBERS.index(ones) if ones in NUMBERS else 0)
    return 1 if word in ("a", "an") else None


def _singular(unit: str) -> str:
    form = unit.lower()
    return "century" if form == "centuries" else form.removesuffix("s")


_READERS = {
    "iso": _iso, "calendar": _calendar, "month": _bare_month, "decade": _decade, "weekday": _weekday, "season": _season,
    "deictic": _deictic, "part": _this_part, "neighbour": _neighbour, "ago": _ago, "duration": _duration,
    "plural": _plural, "vague": _vague, "set": _set, "clock": _clock, "year": _year,
}  # fmt: skip
