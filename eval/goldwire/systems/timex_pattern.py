"""The pattern of the times baseline: one regular expression, one named group for each kind of expression."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["NUMBERS", "TENS", "timex_pattern"]

NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100}

_LONG_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTH = (
    rf"(?-i:{_LONG_MONTHS}|{_LONG_MONTHS.upper()}"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_WEEKDAY = "(?-i:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_YEAR = r"(?:1[0-9]|20)\d\d"
_PART = "morning|afternoon|evening|night"
_LARGE = "days?|weeks?|months?|years?|decades?|century|centuries"
_UNIT = f"{_LARGE}|hours?|minutes?|seconds"
_ABOUT = (
    r"(?:(?:about|around|nearly|almost|some|over|(?:more|less|fewer)\s+than|at\s+least|at\s+most|up\s+to|roughly|only|just)"
    r"\s+)?"
)
_EDGE = r"(?:(?:the\s+)?(?:early|mid|late|beginning\s+of|end\s+of|middle\s+of)[-\s]+)?"
_SPELLED = "|".join([*NUMBERS[1:], *TENS])
_NUMBER = rf"(?:\d{{1,5}}|(?:{_SPELLED})(?:[-\s](?:{'|'.join(NUMBERS[1:10])}))?)"
_SOME = rf"(?:{_NUMBER}|a\s+few|several|a\s+couple\s+of|many|few|an?)"

_KINDS = {
    # 2021-10-16
    "iso": rf"(?P<iso_year>{_YEAR})-(?P<iso_month>\d\d)-(?P<iso_day>\d\d)(?!\d)",
    # October 5, 2021; the 5th of October; March 2020
    "calendar": rf"{_EDGE}(?:(?P<month_1>{_MONTH})\s+(?P<day_1>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])(?:,?\s+(?P<year_1>{_YEAR})\b)?"
    rf"|(?:the\s+)?(?P<day_2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month_2>{_MONTH})(?!\w)(?:,?\s+(?P<year_2>{_YEAR})\b)?"
    rf"|(?P<month_3>{_MONTH}),?\s+(?P<year_3>{_YEAR})\b)",
    # March; late June; last May
    "month": rf"(?:(?P<month_which>last|this|next)\s+)?(?P<month_edge>{_EDGE})(?P<month_4>{_MONTH})(?![\w'’]|\s+(?-i:[A-Z])|-\w)",
    # the 1990s
    "decade": rf"(?:the\s+)?(?:(?:early|mid|late)[-\s]+)?(?P<decade_year>{_YEAR}(?<=0))s\b",
    # Tuesday; next Friday; Monday evening
    "weekday": rf"(?:(?P<day_which>last|this|next)\s+)?(?P<day_name>{_WEEKDAY})\b(?:\s+(?P<day_part>{_PART})\b)?",
    # the spring; last winter; summer 2020
    "season": r"(?:(?:the\s+)?(?:early|mid|late)[-\s]+|(?:the|(?P<season_which>last|this|next))\s+)?"
    rf"(?P<season_name>spring|summer|autumn|winter)\b(?:\s+(?:of\s+)?(?P<season_year>{_YEAR})\b)?",
    # yesterday; tomorrow morning; last night
    "deictic": rf"(?P<deictic_word>yesterday|today|tomorrow|tonight|last\s+night)\b(?:\s+(?P<deictic_part>{_PART})\b)?",
    # this evening
    "part": rf"this\s+(?P<this_part>{_PART})\b",
    # two days ago; a week later
    "ago": rf"(?P<ago_number>{_ABOUT}{_SOME})\s+(?P<ago_unit>{_LARGE})\s+(?P<ago_way>ago|earlier|later|from\s+now|before)\b",
    # last week; the following day
    "neighbour": r"(?:the\s+)?(?P<near_way>last|next|this|previous|following|coming|current)\s+"
    r"(?P<near_unit>day|week|month|year|decade|century)\b",
    # 20 years; the past few weeks; a month; the past decade
    "duration": rf"(?:(?P<long_way>(?:the\s+)?(?:past|last|next|coming|previous)\s+)(?P<long_few>{_ABOUT}{_SOME}\s+)?"
    rf"|(?P<long_number>{_ABOUT}{_SOME})[-\s]+)(?P<long_unit>{_UNIT})\b(?!-|\s+(?:old|of\s+age)\b)",
    # decades; months
    "plural": r"(?P<plural_unit>days|weeks|months|years|decades|centuries|hours)\b",
    # now; recent years
    "vague": r"(?:the\s+)?(?P<vague_word>recent)\s+(?:days|weeks|months|years|decades|times)\b"
    r"|(?P<vague_adverb>now\b(?!-)|currently|recently|nowadays|lately|at\s+the\s+moment|at\s+present|the\s+future)\b",
    # daily; every Friday
    "set": rf"daily|weekly|monthly|yearly|annually|hourly|(?:every|each)\s+(?:day|week|month|year|morning|night|{_WEEKDAY})\b",
    # 9 a.m.; 10:30 GMT
    "clock": r"(?P<hour_1>\d{1,2})(?:[:.](?P<minute_1>\d\d))?\s?(?P<half>[ap]\.?m\b\.?)"
    r"|(?P<hour_2>\d{1,2}):(?P<minute_2>\d\d)(?=\s+(?:GMT|UTC|local|EST|EDT|CET|BST|IST|hours))",
    # in 1996
    "year": r"(?:(?<=\bin\s)|(?<=\bsince\s)|(?<=\bof\s)|(?<=\buntil\s)|(?<=\bby\s)|(?<=\bfrom\s)|(?<=\bduring\s))"
    rf"(?P<bare_year>{_YEAR})\b(?![,.]\d|-\d|\s?%)",
}
_OPENINGS = (
    r"\d|the\s|an?\s|about\s|around\s|almost\s|at\s|annually|beginning\s|end\s|middle\s|over\s|(?:more|less|fewer)\s|up\s|roughly"
    r"|only\s|just\s|early|mid|late|last\s|this\s|next\s|several|many|few\s|some\s|nearly|past\s|previous|following|coming"
    r"|current|now|recent|yesterday|today|to(?:morrow|night)|daily|weekly|monthly|yearly|hourly|every\s|each\s|days|weeks|months"
    r"|years|decade|centur|hours|spring|summer|winter|autumn"
    rf"|(?-i:{_MONTH}|{_WEEKDAY})|{_SPELLED}"
)


@cache
def timex_pattern() -> re.Pattern[str]:
    """The pattern; the kind of a match is its ``lastgroup``. Nearly all words fail at the lookahead it begins with."""
    kinds = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items())
    return re.compile(rf"(?<![\w$€£.,-])(?=(?:{_OPENINGS}))(?:{kinds})", re.IGNORECASE)
