"""TIMEX3 values as stretches of the calendar, so that two values can be compared by what they share.

Intervals are half-open, in seconds since 1970-01-01T00:00 of the proleptic Gregorian calendar, without time zones.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.counts import FloatArray, IntArray

__all__ = ["denoted", "interval", "intervals", "jaccard"]

_HOUR, _DAY = 3600, 86400

_MONTHS = {
    "SP": (2, 3), "SU": (5, 3), "FA": (8, 3), "WI": (11, 3),
    "Q1": (0, 3), "Q2": (3, 3), "Q3": (6, 3), "Q4": (9, 3), "H1": (0, 6), "H2": (6, 6),
}  # fmt: skip
"""First month, counted from January = 0, and number of months; a winter begins in December of its year."""

_HOURS = {"MO": (6, 12), "MI": (11, 13), "AF": (12, 18), "EV": (18, 21), "NI": (21, 30), "DT": (6, 18)}
"""Parts of the day as hours; a night ends at six the next morning."""

_VALUE = re.compile(
    r"(?P<century>\d\d)(?:XX)?|(?P<decade>\d{3})X?"
    r"|(?P<year>\d{4})(?:-(?:(?P<months>SP|SU|FA|WI|Q[1-4]|H[12])|(?P<month>\d\d)"
    r"|(?:(?P<date>\d\d-\d\d)|W(?P<week>\d\d)(?:-(?P<weekday>[1-7]|WE))?)"
    r"(?:T(?P<part>MO|MI|AF|EV|NI|DT)|T(?P<hour>\d\d)(?::(?P<minute>\d\d)(?::(?P<second>\d\d))?)?)?))?",
    re.ASCII,
)


def denoted(values: pa.ChunkedArray, resolved: pa.ChunkedArray) -> pa.Array:
    """What each expression denotes: its resolved value where that is stated, else its value; null for neither."""
    return pc.coalesce(resolved, values).combine_chunks()


def intervals(values: pa.Array) -> tuple[IntArray, IntArray]:
    """(n,) start and end of every value's interval; both 0 where it has none, as for null."""
    encoded = values.dictionary_encode()
    known = [interval(value) or (0, 0) for value in encoded.dictionary.to_pylist()]
    bounds = np.array([*known, (0, 0)], np.int64)[encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    return bounds[:, 0], bounds[:, 1]


def jaccard(a: tuple[IntArray, IntArray], b: tuple[IntArray, IntArray]) -> FloatArray:
    """(n,) common length / length of the union of two intervals each, 0 where either is empty or they do not meet."""
    common = np.minimum(a[1], b[1]) - np.maximum(a[0], b[0])
    union = np.maximum(a[1], b[1]) - np.minimum(a[0], b[0])
    met = (common > 0) & (a[1] > a[0]) & (b[1] > b[0])
    return np.where(met, common / np.where(met, union, 1), 0.0)


def interval(value: str) -> tuple[int, int] | None:
    """Start and end of a TIMEX3 value, or None where it is no definite stretch of the calendar.

    Definite are centuries (19 or 19XX), decades (198 or 198X), years, seasons (SP, SU, FA, WI), halves (Hn), quarters
    (Qn), months, ISO weeks and weekends (WE), days, parts of a day (TMO, ...) and clock times (THH, THH:MM, THH:MM:SS).
    Durations, sets, PAST_REF and the like, and values with unknown digits (XXXX-03) or a time zone are not.
    """
    match = _VALUE.fullmatch(value)
    if match is None:
        return None
    found = {name: text for name, text in match.groupdict().items() if text is not None}
    try:
        if "date" not in found and "week" not in found:
            first, length = _months(found)
            return _seconds(first), _seconds(first + length)
        day, days = _days(found)
    except ValueError:  # no such month, day or week
        return None
    start = _seconds(day)
    if "part" in found:
        begin, end = _HOURS[found["part"]]
        return (start + begin * _HOUR, start + end * _HOUR) if days == 1 else None
    if "hour" in found:
        return _clock(start, found) if days == 1 else None
    return start, start + days * _DAY


def _months(found: dict[str, str]) -> tuple[np.datetime64, int]:
    """First month and number of months of a value of month size or more. Raises ValueError."""
    if "century" in found:
        return _january(100 * int(found["century"])), 1200
    if "decade" in found:
        return _january(10 * int(found["decade"])), 120
    first = _january(int(found["year"]))
    if "months" in found:
        offset, length = _MONTHS[found["months"]]
        return first + offset, length
    if "month" in found:
        return np.datetime64(f"{found['year']}-{found['month']}", "M"), 1
    return first, 12


def _days(found: dict[str, str]) -> tuple[np.datetime64, int]:
    """First day and number of days of a value of day or week size. Raises ValueError."""
    if "date" in found:
        return np.datetime64(f"{found['year']}-{found['date']}", "D"), 1
    fourth = np.datetime64(f"{found['year']}-01-04", "D")  # always in the first week of its year
    first = fourth - (int(fourth.astype(np.int64)) + 3) % 7  # 1970-01-01 was a Thursday
    monday = first + 7 * (int(found["week"]) - 1)
    if int((monday + 3).astype("datetime64[Y]").astype(np.int64)) != int(found["year"]) - 1970:
        raise ValueError("no such week")
    if "weekday" not in found:
        return monday, 7
    return (monday + 5, 2) if found["weekday"] == "WE" else (monday + (int(found["weekday"]) - 1), 1)


def _clock(day: int, found: dict[str, str]) -> tuple[int, int] | None:
    """The hour, minute or second of a clock time; 24:00 is the midnight at the end of the day."""
    hour, minute, second = (int(found.get(name, 0)) for name in ("hour", "minute", "second"))
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and minute + second > 0):
        return None
    start = day + hour * _HOUR + minute * 60 + second
    return start, start + (1 if "second" in found else 60 if "minute" in found else _HOUR)


def _january(year: int) -> np.datetime64:
    return np.datetime64(12 * (year - 1970), "M")


def _seconds(time: np.datetime64) -> int:
    return int(time.astype("datetime64[s]").astype(np.int64))
