"""Money, percentages, ordinals and cardinals by regular expression; dates, durations and quantities are passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

__all__ = ["numerals"]

_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_SCALES = "hundred|thousand|million|billion|trillion"
_PLURALS = "dozens?|hundreds|thousands|millions|billions|trillions"
_ORDINALS = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth"
    "|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|fortieth|fiftieth|hundredth|thousandth"
)
_MONTHS = (
    r"(?-i:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
)
_APPROXIMATE = (
    r"(?:(?:(?:more|less|fewer|greater)\s+than|at\s+least|at\s+most|up\s+to|as\s+many\s+as|as\s+much\s+as"
    r"|about|around|nearly|almost|over|under|some|approximately|roughly|exactly)\s+)?"
)
_MEASURES = (
    r"(?:(?:square|cubic|nautical)\s+)?(?:seconds?|minutes?|hours?|days?|nights?|weeks?|weekends?|months?|years?|decades?|century|centuries|generations?"
    r"|km|cm|mm|kilomet(?:er|re)s?|met(?:er|re)s?|centimet(?:er|re)s?|miles?|feet|foot|inch(?:es)?|yards?"
    r"|kg|grams?|kilograms?|kilos?|tons?|tonnes?|ounces?|lit(?:er|re)s?|gallons?|barrels?|acres?|hectares?"
    r"|degrees?|mph|kph|megawatts?|gigawatts?|MW|GW|a\.?m\b\.?|p\.?m\b\.?|o['’]clock)"
)
_CURRENCIES = (
    r"(?:dollars?|euros?|pounds?(?:\s+sterling)?|r(?:o)?ubles?|yuan|renminbi|yen|rupees?|rupiah|ringgit|afghanis?|taka"
    r"|rials?|riyals?|dirhams?|dinars?|liras?|shekels?|pesos?|reais|bolivars?|soles|rand|naira|cedis?|birr|shillings?"
    r"|won|dong|baht|kyat|francs?|kron(?:or|er|a)|zloty|forints?|hryvnias?|tenge|soms?|manats?|laris?|drams?|cents?)\b"
)
_SIGNS = r"(?:(?:US|A|C|HK|NZ|S|R)?[$€£¥₹₽₩₺₪₦]|(?:USD|EUR|GBP|JPY|CNY|RMB|RUB|INR|PKR|CHF|AUD|CAD)\b|Rs\.?)"


def numerals(text: str) -> Iterator[tuple[int, int, str]]:
    """The numeric mentions of the text: (start, end, type), disjoint and in order.

    An approximation belongs to the mention ("more than 20", as OntoNotes has it). A bare "one" is mostly a pronoun and
    is left out, as are years, dates, clock times, durations and quantities with a unit.
    """
    for match in _pattern().finditer(text):
        if match.lastgroup and match.lastgroup != "other":
            yield match.start(), match.end(), match.lastgroup


@cache
def _pattern() -> re.Pattern[str]:
    digits = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
    word = rf"(?:(?:{_TENS})(?:[-\s](?:{_UNITS}))?|{_UNITS}|{_TEENS}|{_PLURALS}|{_SCALES}|dozen)"
    scale = rf"(?:\s+|-)(?:{_SCALES}|bn|mn)\b"
    spelled = rf"{word}\b(?:(?:\s+and\s+|\s+|-){word}\b)*"
    fraction = r"(?:one|two|three|four)[-\s](?:half|halves|thirds?|quarters?|fifths?|tenths?)\b"
    vague = r"(?:tens|dozens|hundreds|thousands)\s+of\s+(?:thousands|millions|billions)\b"
    number = (
        rf"(?:{fraction}|{vague}|(?:a\s+(?={_SCALES}|dozen))?{spelled}"
        rf"|(?:{digits})(?:\s?[-–]\s?(?:{digits}))?(?:{scale})*)"
    )
    date = (
        rf"{_MONTHS}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}}\b)?|{_MONTHS}\s+\d{{4}}\b"
        rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTHS}(?:,?\s+\d{{4}}\b)?"
        r"|\d{4}-\d{1,2}(?:-\d{1,2})?\b|\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?"
        rf"|(?:1[5-9]|20)\d\ds?\b(?!\s?%|\s(?:per\s?cent|{_SCALES}|{_CURRENCIES}))(?:[-–](?:\d{{4}}|\d\d)\b)?"
    )
    parts = {
        "other": rf"{date}"
        rf"|{_APPROXIMATE}(?:{number}|{_ORDINALS}|\d+(?:st|nd|rd|th))[-\s]?(?:{_MEASURES})\b",
        "PERCENT": rf"{_APPROXIMATE}{number}[-\s]?(?:%|per\s?cent\b|pct\b|percentage\s+points?\b)",
        "MONEY": rf"{_APPROXIMATE}(?:{_SIGNS}\s?(?:{digits})(?:{scale}|\s?(?:bn|mn|m|k)\b)?"
        rf"|{number}[-\s](?:(?:US|U\.S\.|American|Canadian|Australian|Hong\s+Kong)\s+)?{_CURRENCIES})",
        "ORDINAL": rf"(?:\d{{1,3}}(?:,\d{{3}})*(?:st|nd|rd|th)|(?:(?:{_TENS})-)?(?:{_ORDINALS}))\b",
        "CARDINAL": rf"{_APPROXIMATE}(?!one\b(?![-\s](?:{_SCALES}|half|third|quarter|fifth)\b)){number}"
        r"(?![\w%]|[-–./:]\d)",
    }
    either = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in parts.items())
    return re.compile(rf"(?<![\w.,$€£/:-]){_opening()}(?:{either})", re.IGNORECASE)


def _opening() -> str:
    """A lookahead for how a numeral can begin: nearly all words fail here, before the costly alternatives."""
    numbers = "|".join((_UNITS, _TEENS, _TENS, _SCALES, _PLURALS, _ORDINALS, "tens"))
    approximations = "more|less|fewer|greater|at|up|as|about|around|nearly|almost|over|under|some|approximately|roughly"
    return rf"(?=[\d$€£¥₹₽₩₺₪₦]|(?:a|exactly|{approximations}|{numbers})\b|{_MONTHS}|{_SIGNS})"
