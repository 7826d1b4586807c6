"""A reader of EDTF, the Extended Date/Time Format of ISO 8601-2: text in, four bounds out.

Read are levels 0 and 1 in full, and from level 2 the sets `[..]` and `{..}`, `X` for any digit of a
date, marks on single components, and the sub-year groupings 21 to 41. Exponents (`Y17E7`) and
significant digits (`1950S2`) are refused by name. `docs/dates.md` has the table of bounds; a test
reads it.

    text      = date | interval | set
    interval  = side "/" side             side   = date | ".." | ""
    set       = "[" members "]" | "{" members "}", parted by commas
    member    = date | date ".." date | ".." date | date ".."
    date      = year ["-" month ["-" day]], each with a mark (? ~ %) on either side, if any
              | "Y" and a year of five or more digits, marked like that
              | year "-" month "-" day "T" time [zone] [mark]

A span is (first second, end), half-open, in calendar seconds; see `Bounds`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import product

import msgspec

from domain.calendar import DAY, MONTHS, days_in_month, midnight, months_after
from domain.edtf_faults import MARKS, NotEdtf, expected_behind, not_begun, stopped

MIN = -(2**63)
MAX = 2**63 - 1

FIRST_YEAR = -292_277_022_656
LAST_YEAR = 292_277_026_595
"""The first and the last year that lie in int64 seconds as a whole."""

LONGEST_TEXT = 1_000
"""Characters. Read results are kept, so what is kept must have a limit."""


class Bounds(msgspec.Struct, frozen=True):
    """The earliest and latest start and end of what a date says, in calendar seconds.

    Ends are half-open: an end is the first second after. What has an infinite start or end
    carries `MIN` or `MAX` there.
    """

    start_earliest: int
    start_latest: int
    end_earliest: int
    end_latest: int


@lru_cache(maxsize=16_384)
def parse(text: str) -> Bounds:
    """The bounds of an EDTF date, interval or set. Raises NotEdtf."""
    if len(text) > LONGEST_TEXT:
        raise NotEdtf(text, LONGEST_TEXT, f"at most {LONGEST_TEXT:,} characters are read")
    if text.startswith(("[", "{")):
        return _set(text)
    slash = text.find("/")
    if slash >= 0:
        return _interval(text, slash)
    first, end, at = _date(text, 0)
    if at != len(text):
        raise NotEdtf(text, at, expected_behind(text, at, "the end of the date"))
    return _sometime(first, end)


# From spans to bounds


def _sometime(first: int, end: int) -> Bounds:
    """It happened at some unknown time in a span. An infinite side stays infinite."""
    # By position: keywords would take a third of the time that a plain day takes.
    return Bounds(first, end if end == MAX else end - 1, first if first == MIN else first + 1, end)


def _interval(text: str, slash: int) -> Bounds:
    """It lasted from some time in the span before the slash to some time in that behind it.

    `..` is an open side: it has no start, or goes on. An empty side is unknown; the outer bounds
    are the same, but nothing is certain beyond the side that is known.
    """
    start, end = text[:slash], text[slash + 1 :]
    if start in ("", "..") and end in ("", ".."):
        raise NotEdtf(text, 0, "an interval needs a date on one side at least")
    a0, a1 = (MIN, MAX) if start in ("", "..") else _side(text, 0, slash)
    b0, b1 = (MIN, MAX) if end in ("", "..") else _side(text, slash + 1, len(text))
    if b1 <= a0:
        raise NotEdtf(text, slash + 1, "the end lies before the start (an inverted interval)")
    return Bounds(
        start_earliest=a0,
        start_latest=MIN if start == ".." else min(a1, b1) - 1,
        end_earliest=MAX if end == ".." else max(b0, a0) + 1,
        end_latest=b1,
    )


def _side(text: str, at: int, stop: int) -> tuple[int, int]:
    first, end, at = _date(text, at)
    if at != stop:
        side = "the end of the date" if stop == len(text) else "the slash behind the first date"
        raise NotEdtf(text, at, expected_behind(text, at, side))
    return first, end


def _set(text: str) -> Bounds:
    """One member is meant, `[..]`, or all are, `{..}`: from the least to the greatest.

    Four bounds cannot keep a gap between members. What lasted from the first of all to the last
    would be certain in the gap; so nothing is said to have lasted, which is never wrong.
    """
    close = "]" if text[0] == "[" else "}"
    least, greatest = MAX, MIN
    at = 1
    while True:
        first, end, at = _member(text, at, close)
        least, greatest = min(least, first), max(greatest, end)
        if text.startswith(close, at):
            break
        if not text.startswith(",", at):
            raise NotEdtf(text, at, expected_behind(text, at, f'a comma, ".." or "{close}"'))
        # Older examples of the standard have a space behind the comma.
        at += 2 if text.startswith(", ", at) else 1
    if at + 1 != len(text):
        raise NotEdtf(text, at + 1, f'nothing can follow the "{close}" of a set')
    return _sometime(least, greatest)


def _member(text: str, at: int, close: str) -> tuple[int, int, int]:
    """A member of a set from `at` on: `a`, `a..b`, `..b` or `a..`."""
    if text.startswith("..", at):
        _, end, at = _date(text, at + 2)
        return MIN, end, at
    first, end, at = _date(text, at)
    if not text.startswith("..", at):
        return first, end, at
    at += 2
    if text[at : at + 1] in (",", close):
        return first, MAX, at
    _, end, stop = _date(text, at)
    if end <= first:
        raise NotEdtf(text, at, "the end of a range lies before its start")
    return first, end, stop


# One date. Each of these takes the text and an index, and returns the span and the index behind
# what it read: (first second, end, next index).

_DATE = re.compile(
    "[?~%]?(-?[0-9X]{4})[?~%]?(?:-[?~%]?([0-9X]{2})[?~%]?(?:-[?~%]?([0-9X]{2})[?~%]?)?)?"
)
_LONG_YEAR = re.compile("[?~%]?Y(-?[0-9]+)[?~%]?")
_TIME = re.compile("T([0-9]{2}):([0-9]{2}):([0-9]{2})")
_OFFSET = re.compile("[+-]([0-9]{2})(?::([0-9]{2}))?")
_MARKED = re.compile("[?~%]")
_NEXT = ("", "/", ",", "]", "}", ".")
"""What can stand behind a date: its end, or a sign of the interval or set that it is part of."""

_GROUPINGS = {
    21: (3, 3), 22: (6, 3), 23: (9, 3), 24: (12, 3),  # seasons: spring, summer, autumn, winter
    25: (3, 3), 26: (6, 3), 27: (9, 3), 28: (12, 3),  # of the northern hemisphere
    29: (9, 3), 30: (12, 3), 31: (3, 3), 32: (6, 3),  # of the southern hemisphere
    33: (1, 3), 34: (4, 3), 35: (7, 3), 36: (10, 3),  # quarters of a year
    37: (1, 4), 38: (5, 4), 39: (9, 4),  # thirds
    40: (1, 6), 41: (7, 6),  # halves
}  # fmt: skip
"""The sub-year groupings of ISO 8601-2: first month, and how many. The standard leaves open when
seasons begin: these are the meteorological ones. Those from December on run into the next year."""


def _date(text: str, at: int) -> tuple[int, int, int]:
    """A date, season, long year or date-time, with the marks on it, if any.

    Marks say how sure the source is. They do not widen: nobody says by how much.
    """
    found = _DATE.match(text, at)
    if found is None:
        return _long_year(text, at)
    year, month, day = found.groups()
    at = found.end()
    following = text[at : at + 1]
    if following not in _NEXT and (following != "T" or day is None):
        raise stopped(text, at, found)
    if year == "-0000":
        raise NotEdtf(text, found.start(1), "the year 0000 takes no minus")
    if "X" in found[0]:
        if following == "T":
            raise NotEdtf(text, at, "a time needs a day without X")
        return *_unspecified(found), at
    if day is not None:
        first = _day(found, int(year), int(month), int(day))
        return _time(text, found, first) if following == "T" else (first, first + DAY, at)
    if month is not None:
        return *_month_or_grouping(found, int(year), int(month)), at
    return midnight(int(year), 1, 1), midnight(int(year) + 1, 1, 1), at


def _long_year(text: str, at: int) -> tuple[int, int, int]:
    found = _LONG_YEAR.match(text, at)
    if found is None:
        raise not_begun(text, at)
    stop = found.end()
    if text[stop : stop + 1] not in _NEXT:
        raise stopped(text, stop, found)
    digits = found[1].removeprefix("-")
    if len(digits) < 5 or digits.startswith("0"):
        raise NotEdtf(text, found.start(1), "a year of five or more digits was expected behind Y")
    # Digits are counted first: int() itself refuses thousands of them.
    year = int(found[1]) if len(digits) <= 12 else LAST_YEAR + 1
    if not FIRST_YEAR <= year <= LAST_YEAR:
        reason = f"a year from {FIRST_YEAR} to {LAST_YEAR} was expected"
        raise NotEdtf(text, found.start(1), reason)
    return midnight(year, 1, 1), midnight(year + 1, 1, 1), stop


def _month_or_grouping(found: re.Match[str], year: int, month: int) -> tuple[int, int]:
    if 1 <= month <= 12:
        return midnight(year, month, 1), months_after(year, month)
    if month not in _GROUPINGS:
        raise _no_month(found)
    first, count = _GROUPINGS[month]
    return midnight(year, first, 1), months_after(year, first, count)


def _day(found: re.Match[str], year: int, month: int, day: int) -> int:
    """The first second of a day."""
    if not 1 <= month <= 12:
        raise _no_month(found)
    if day > 28 or day < 1:
        last = days_in_month(year, month)
        if not 1 <= day <= last:
            raise _no_day(found, f"{MONTHS[month - 1]} {_year_text(year)} has {last} days")
    return midnight(year, month, day)


def _time(text: str, date: re.Match[str], midnight: int) -> tuple[int, int, int]:
    """One second of a day: `T10:00:00`, and `Z` or an offset, which shifts nothing."""
    marked = _MARKED.search(text, date.start(), date.end())
    if marked:
        raise NotEdtf(text, marked.start(), "a date with a time takes one mark, behind the time")
    at = date.end()
    found = _TIME.match(text, at)
    if found is None:
        raise NotEdtf(text, at + 1, "a time like 10:00:00 was expected behind T")
    hour, minute, second = int(found[1]), int(found[2]), int(found[3])
    # 24:00:00 is the end of its day. It counts as the last second, to stay on the day written.
    if hour > 24 or (hour == 24 and (minute or second)):
        raise NotEdtf(text, at + 1, "a time runs from 00:00:00 to 23:59:59, or is 24:00:00")
    if minute > 59:
        raise NotEdtf(text, at + 4, "minutes run from 00 to 59")
    if second > 59:
        raise NotEdtf(text, at + 7, "seconds run from 00 to 59; leap seconds are not counted")
    first = midnight + min(hour * 3600 + minute * 60 + second, DAY - 1)
    at = found.end()
    if text.startswith(".", at) and text[at + 1 : at + 2].isdigit():
        raise NotEdtf(text, at, "fractions of a second are not read")
    at = _offset(text, at)
    return first, first + 1, at + text.startswith(MARKS, at)


def _offset(text: str, at: int) -> int:
    """The index behind `Z`, `+03` or `+03:00`, if there is one."""
    if text.startswith("Z", at):
        return at + 1
    if not text.startswith(("+", "-"), at):
        return at
    found = _OFFSET.match(text, at)
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise NotEdtf(text, at + 1, "an offset like +03:00 was expected")
    return found.end()


# Digits that are not known. A mask has X for each of them: `1X99`, `X2`.

_ANY = "0123456789"
_MASKS = ["".join(pair) for pair in product("0123456789X", repeat=2)]


def _like(mask: str) -> Iterator[int]:
    """The numbers of that many digits that a mask allows, in rising order."""
    digits = (_ANY if digit == "X" else digit for digit in mask)
    return (int("".join(number)) for number in product(*digits))


_MONTHS_LIKE = {mask: tuple(n for n in _like(mask) if 1 <= n <= 12) for mask in _MASKS}
_DAYS_LIKE = {mask: tuple(n for n in _like(mask) if 1 <= n <= 31) for mask in _MASKS}


def _unspecified(found: re.Match[str]) -> tuple[int, int]:
    """From the least to the greatest date that a mask allows: `201X`, `2019-XX-12`, `1X99-XX`."""
    year, month, day = found.groups()
    lowest, highest = _year_range(year)
    if month is None:
        return midnight(lowest, 1, 1), midnight(highest + 1, 1, 1)
    months = _MONTHS_LIKE[month]
    if day is not None:
        return _unspecified_day(found, months)
    if months:
        return midnight(lowest, months[0], 1), months_after(highest, months[-1])
    if "X" in month or int(month) not in _GROUPINGS:
        raise _no_month(found)
    first, count = _GROUPINGS[int(month)]
    return midnight(lowest, first, 1), months_after(highest, first, count)


def _unspecified_day(found: re.Match[str], months: tuple[int, ...]) -> tuple[int, int]:
    year, day = found[1], found[3]
    if not months:
        raise _no_month(found)
    days = _DAYS_LIKE[day]
    if not days:
        raise _no_day(found, "no day from 01 to 31 is written like that")
    # Asked of a leap year first, so that no more than leap days are looked for in 10,000 years.
    possible = next(_days_of((2000,), months, days), None) is not None
    first = next(_days_of(_years(year), months, days), None) if possible else None
    if first is None:
        raise _no_day(found, "no date is written like that: " + _shortness(year, months))
    last = next(_days_of(_years(year, latest_first=True), months[::-1], days[::-1]))
    return first, last + DAY


def _shortness(year: str, months: tuple[int, ...]) -> str:
    """Why the months that a mask allows lack the days that it asks for."""
    if len(months) > 1:
        return "none of these months has such a day"
    if "X" in year:
        return f"no {MONTHS[months[0] - 1]} of these years has such a day"
    last = days_in_month(int(year), months[0])
    return f"{MONTHS[months[0] - 1]} {_year_text(int(year))} has {last} days"


def _days_of(years: Iterable[int], months: Iterable[int], days: Iterable[int]) -> Iterator[int]:
    """The first second of each day that there is, in the order of the given numbers."""
    return (
        midnight(year, month, day)
        for year in years
        for month in months
        for day in days
        if day <= days_in_month(year, month)
    )


def _years(mask: str, *, latest_first: bool = False) -> Iterator[int]:
    """The years that a mask allows, one by one; there can be 10,000."""
    before_0 = mask.startswith("-")
    falling = latest_first != before_0
    digits = (
        (_ANY[::-1] if falling else _ANY) if digit == "X" else digit
        for digit in mask.removeprefix("-")
    )
    for number in product(*digits):
        year = int("".join(number))
        if not before_0:
            yield year
        elif year:
            yield -year


def _year_range(mask: str) -> tuple[int, int]:
    low, high = int(mask.replace("X", "0")), int(mask.replace("X", "9"))
    if not mask.startswith("-"):
        return low, high
    # -0000 is no year: the last before it has a 1 in place of the last X.
    return high, low or -(10 ** (len(mask) - 1 - mask.rindex("X")))


def _year_text(year: int) -> str:
    return f"-{-year:04}" if year < 0 else f"{year:04}"


def _no_month(found: re.Match[str]) -> NotEdtf:
    """The fault where no month is written as this one is."""
    month, day = found[2], found[3]
    if "X" in month:
        reason = "no month from 01 to 12 is written like that"
    elif day is None:
        reason = "a month runs from 01 to 12, a season or other part of a year from 21 to 41"
    elif int(month) in _GROUPINGS:
        reason = "a season or other part of a year has no days"
    else:
        reason = "a month runs from 01 to 12"
    return NotEdtf(found.string, found.start(2), reason)


def _no_day(found: re.Match[str], reason: str) -> NotEdtf:
    return NotEdtf(found.string, found.start(3), reason)
