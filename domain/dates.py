"""When something happened, as EDTF (ISO 8601-2): text in, four bounds out.

Read are levels 0 and 1, and from level 2 the set of which one member is meant, `[a,b,c..d]`.
`docs/dates.md` has the table of bounds; a test reads it.

Bounds are calendar seconds: int64 seconds since 1970-01-01T00:00:00 in the proleptic Gregorian
calendar, without leap seconds and without zone. They are the source's own calendar: an offset
stays in the text and shifts nothing. Spans are half-open. `MIN` and `MAX` mean infinite.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from domain.errors import Invalid

MIN = -(2**63)
MAX = 2**63 - 1

FIRST_YEAR = -292_277_022_656
LAST_YEAR = 292_277_026_595
"""The first and the last year that lie in int64 seconds as a whole."""

DAY = 86_400
CLASS_SPAN: tuple[int, ...] = (DAY, 7 * DAY, 31 * DAY, 366 * DAY)
"""The longest outer span, in seconds, of the duration classes 0 (day) to 3 (year)."""

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

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


class NotEdtf(Invalid):
    """A text that is not an EDTF date of the levels that are read.

    `at` is the index in `text` of the first character at fault, from 0; `expected` says what
    should have been there, or why the date cannot be.
    """

    def __init__(self, text: str, at: int, expected: str) -> None:
        super().__init__(f"{quoted(text)} is not an EDTF date: {expected} (at character {at + 1}).")
        self.text = text
        self.at = at
        self.expected = expected


def quoted(text: str, longest: int = 80) -> str:
    """A given text as a message shows it: in quotes, on one line, and not without end."""
    shown = text if len(text) <= longest else text[: longest - 3] + "..."
    return '"' + "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in shown) + '"'


@lru_cache(maxsize=16_384)
def parse(text: str) -> Bounds:
    """The bounds of an EDTF date, interval or one-of set. Raises NotEdtf."""
    if len(text) > LONGEST_TEXT:
        raise NotEdtf(text, LONGEST_TEXT, f"at most {LONGEST_TEXT:,} characters are read")
    if text.startswith("["):
        return _one_of(text)
    slash = text.find("/")
    if slash >= 0:
        return _interval(text, slash)
    first, end, at = _date(text, 0)
    if at != len(text):
        raise NotEdtf(text, at, _expected_after(text, at))
    return _sometime(first, end)


def possible(bounds: Bounds, during: Bounds) -> bool:
    """Whether it may have happened in `during`: the outer spans overlap."""
    return bounds.start_earliest < during.end_latest and during.start_earliest < bounds.end_latest


def certain(bounds: Bounds, during: Bounds) -> bool:
    """Whether it surely happened in `during`, at least in part.

    Either all of the outer span lies in `during`, or the stretch that it surely lasted through,
    from the latest start to the earliest end, overlaps it. Never true where some true dates would
    make it false; where the sides of an interval share a time, not always true where it could be.
    """
    inside = (
        during.start_earliest <= bounds.start_earliest and bounds.end_latest <= during.end_latest
    )
    return inside or (
        bounds.start_latest < bounds.end_earliest
        and bounds.start_latest < during.end_latest
        and during.start_earliest < bounds.end_earliest
    )


def earliest_text(bounds: Bounds) -> str | None:
    """The earliest start: `2019-08-19` at midnight, else `2019-08-19T10:00:00`.

    None where it is infinite. Years outside 0000 to 9999 are written with their sign, as ISO 8601
    does: `-0044-03-15`, `+170000002-01-01`.
    """
    start = bounds.start_earliest
    return None if start == MIN else _moment_text(start, with_time=start % DAY != 0)


def start_latest_text(bounds: Bounds) -> str | None:
    """The last day or second, inclusive, by which it had begun; None where infinite.

    Written as by `latest_text`.
    """
    start = bounds.start_latest
    if start in (MIN, MAX):
        return None
    return _moment_text(start, with_time=(start + 1) % DAY != 0)


def end_earliest_text(bounds: Bounds) -> str | None:
    """The first day or second, inclusive, that may have been its last; None where infinite.

    Written as by `earliest_text`.
    """
    end = bounds.end_earliest
    if end in (MIN, MAX):
        return None
    return _moment_text(end - 1, with_time=(end - 1) % DAY != 0)


def latest_text(bounds: Bounds) -> str | None:
    """The last day, or the last second where the end is not at midnight, both inclusive.

    None where the end is infinite. Written as by `earliest_text`.
    """
    end = bounds.end_latest
    if end == MAX:
        return None
    # The last second can be a midnight too: its time is written, for the day goes on.
    return _moment_text(end - 1, with_time=end % DAY != 0)


def duration_class(bounds: Bounds) -> int:
    """How long the outer span is, so that an index can be read in one range for each class.

    0 up to a day, 1 a week, 2 a month (31 days), 3 a year (366 days), 4 longer; 5 has no end,
    6 has no start (with an end or without).
    """
    if bounds.start_earliest == MIN:
        return 6
    if bounds.end_latest == MAX:
        return 5
    span = bounds.end_latest - bounds.start_earliest
    for number, longest in enumerate(CLASS_SPAN):
        if span <= longest:
            return number
    return len(CLASS_SPAN)


# The calendar


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to a proleptic Gregorian date, for any year.

    The formula is Howard Hinnant's, "chrono-Compatible Low-Level Date Algorithms" (2013):
    years begin in March, so that the leap day is the last, and run in eras of 400 years.
    """
    if month <= 2:
        year -= 1
        month += 12
    era, of_era = divmod(year, 400)
    of_year = (153 * (month - 3) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Year, month and day of a number of days since 1970-01-01. The same source."""
    era, of_era = divmod(days + 719_468, 146_097)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return era * 400 + year + (month <= 2), month, day


def days_in_month(year: int, month: int) -> int:
    """28 to 31; proleptic Gregorian."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _midnight(year: int, month: int, day: int) -> int:
    return days_from_civil(year, month, day) * DAY


def _month_after(year: int, month: int) -> int:
    """The first second after a month."""
    return _midnight(year + 1, 1, 1) if month == 12 else _midnight(year, month + 1, 1)


def _moment_text(second: int, *, with_time: bool) -> str:
    days, of_day = divmod(second, DAY)
    year, month, day = civil_from_days(days)
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    text = f"{sign}{abs(year):04}-{month:02}-{day:02}"
    if with_time:
        text += f"T{of_day // 3600:02}:{of_day // 60 % 60:02}:{of_day % 60:02}"
    return text


# From spans to bounds. A span is (first second, end), half-open.


def _sometime(first: int, end: int) -> Bounds:
    """It happened at some unknown time in a span. An infinite side stays infinite."""
    return Bounds(
        start_earliest=first,
        start_latest=end if end == MAX else end - 1,
        end_earliest=first if first == MIN else first + 1,
        end_latest=end,
    )


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
        raise NotEdtf(text, at, _expected_after(text, at))
    return first, end


def _one_of(text: str) -> Bounds:
    """One member of a set is meant, it is not known which: from the least to the greatest."""
    least, greatest = MAX, MIN
    at = 1
    while True:
        first, end, at = _member(text, at)
        least, greatest = min(least, first), max(greatest, end)
        if text.startswith("]", at):
            break
        if not text.startswith(",", at):
            raise NotEdtf(text, at, _expected_after(text, at, 'a comma, ".." or "]"'))
        # Older examples of the standard have a space behind the comma.
        at += 2 if text.startswith(", ", at) else 1
    if at + 1 != len(text):
        raise NotEdtf(text, at + 1, 'nothing can follow the "]" of a set')
    return _sometime(least, greatest)


def _member(text: str, at: int) -> tuple[int, int, int]:
    """A member of a set from `at` on: `a`, `a..b`, `..b` or `a..`."""
    if text.startswith("..", at):
        _, end, at = _date(text, at + 2)
        return MIN, end, at
    first, end, at = _date(text, at)
    if not text.startswith("..", at):
        return first, end, at
    at += 2
    if text[at : at + 1] in (",", "]"):
        return first, MAX, at
    _, end, stop = _date(text, at)
    if end <= first:
        raise NotEdtf(text, at, "the end of a range lies before its start")
    return first, end, stop


# One date. Each of these takes the text and an index, and returns the span and the index behind
# what it read: (first second, end, next index).

_YEAR = re.compile(r"-?[0-9X]{4}")
_LONG_YEAR = re.compile(r"Y(-?[0-9]+)")
_TWO = re.compile(r"[0-9X]{2}")
_TIME = re.compile(r"T([0-9]{2}):([0-9]{2}):([0-9]{2})")
_OFFSET = re.compile(r"[+-]([0-9]{2})(?::([0-9]{2}))?")
_DIGIT_BEHIND_X = re.compile(r"X[X-]*[0-9]")

_SEASON_STARTS = {21: 3, 22: 6, 23: 9, 24: 12}
_A_DATE = "a date like 2019, 2019-08 or 2019-08-27 was expected"
_MARKS = ("?", "~", "%")
_MARK_LAST = "one mark (?, ~ or %) can follow a date, behind all of it"


def _date(text: str, at: int) -> tuple[int, int, int]:
    """A date, season, long year or date-time, with the mark behind it, if any."""
    if text.startswith("Y", at):
        first, end, at = _long_year(text, at)
    else:
        first, end, at = _calendar_date(text, at)
    # Marks say how sure the source is. They do not widen: nobody says by how much.
    if text.startswith(_MARKS, at):
        at += 1
    return first, end, at


def _long_year(text: str, at: int) -> tuple[int, int, int]:
    found = _LONG_YEAR.match(text, at)
    digits = found[1].lstrip("-") if found else ""
    if found is None or len(digits) < 5 or digits.startswith("0"):
        raise NotEdtf(text, at + 1, "a year of five or more digits was expected behind Y")
    # Digits are counted first: int() itself refuses thousands of them.
    year = int(found[1]) if len(digits) <= 12 else LAST_YEAR + 1
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotEdtf(text, at + 1, f"a year from {FIRST_YEAR} to {LAST_YEAR} was expected")
    return _midnight(year, 1, 1), _midnight(year + 1, 1, 1), found.end()


def _calendar_date(text: str, at: int) -> tuple[int, int, int]:
    """`2019`, `2019-08`, `2019-08-27`, each with X at the right, a season, or a date-time."""
    begin = at
    found = _YEAR.match(text, at)
    if found is None:
        raise NotEdtf(text, at, _expected_at(text, at))
    year, at = found[0], found.end()
    if text[at : at + 1].isdigit():
        raise NotEdtf(text, at, "a year has four digits; a longer one is written with Y before it")
    month, at = _two(text, at, "a month (01 to 12) or a season (21 to 24)")
    day, at = _two(text, at, "a day (01 to 31)") if month else ("", at)
    if "X" in text[begin:at]:
        return *_unspecified(text, begin, year, month, day), at
    if year == "-0000":
        raise NotEdtf(text, begin, "the year 0000 takes no minus")
    if not month:
        return _midnight(int(year), 1, 1), _midnight(int(year) + 1, 1, 1), at
    if not day:
        return *_month_or_season(text, begin + len(year) + 1, int(year), int(month)), at
    first = _day(text, at - 5, int(year), int(month), int(day))
    if text.startswith("T", at):
        return _time(text, at, first)
    return first, first + DAY, at


def _two(text: str, at: int, expected: str) -> tuple[str, int]:
    """The two characters behind a hyphen; none where there is no hyphen."""
    if not text.startswith("-", at):
        return "", at
    found = _TWO.match(text, at + 1)
    if found is None:
        marked = text.startswith(_MARKS, at + 1)
        reason = _MARK_LAST if marked else f"{expected} of two digits was expected"
        raise NotEdtf(text, at + 1, reason)
    return found[0], found.end()


def _month_or_season(text: str, at: int, year: int, month: int) -> tuple[int, int]:
    if 1 <= month <= 12:
        return _midnight(year, month, 1), _month_after(year, month)
    if month not in _SEASON_STARTS:
        raise NotEdtf(text, at, "a month runs from 01 to 12, a season from 21 to 24")
    start = _SEASON_STARTS[month]
    end = _midnight(year + 1, 3, 1) if start == 12 else _midnight(year, start + 3, 1)
    return _midnight(year, start, 1), end


def _day(text: str, at: int, year: int, month: int, day: int) -> int:
    """The first second of a day. `at` is where its month is written."""
    if not 1 <= month <= 12:
        reason = "a season has no days" if month in _SEASON_STARTS else "a month runs from 01 to 12"
        raise NotEdtf(text, at, reason)
    last = days_in_month(year, month)
    if not 1 <= day <= last:
        raise NotEdtf(text, at + 3, f"{MONTHS[month - 1]} {_year_text(year)} has {last} days")
    return _midnight(year, month, day)


def _year_text(year: int) -> str:
    return f"-{-year:04}" if year < 0 else f"{year:04}"


def _time(text: str, at: int, midnight: int) -> tuple[int, int, int]:
    """One second of a day: `T10:00:00`, and `Z` or an offset, which shifts nothing."""
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
    return first, first + 1, _offset(text, found.end())


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


def _unspecified(text: str, at: int, year: str, month: str, day: str) -> tuple[int, int]:
    """The span of a date in which digits are unspecified: `201X`, `2019-XX`, `2019-08-XX`.

    Level 1 has them at the right only: behind the first X there are no digits. So the least and
    the greatest digits give the least and the greatest date. `at` is where the date begins.
    """
    late = _DIGIT_BEHIND_X.search(year + "-" + month + "-" + day)
    if late:
        raise NotEdtf(text, at + late.end() - 1, "behind an X there can only be X in a date")
    if "X" in year:
        first_year, last_year = _year_range(year)
        return _midnight(first_year, 1, 1), _midnight(last_year + 1, 1, 1)
    if year == "-0000":
        raise NotEdtf(text, at, "the year 0000 takes no minus")
    in_year = int(year)
    low, high = _digit_range(month)
    low, high = max(low, 1), min(high, 12)
    if low > high:
        raise NotEdtf(text, at + len(year) + 1, "no month from 01 to 12 is written like that")
    if "X" in month:
        return _midnight(in_year, low, 1), _month_after(in_year, high)
    last = days_in_month(in_year, low)
    first_day, last_day = _digit_range(day)
    first_day, last_day = max(first_day, 1), min(last_day, last)
    if first_day > last_day:
        name = f"{MONTHS[low - 1]} {_year_text(in_year)}"
        raise NotEdtf(text, at + len(year) + 4, f"{name} has {last} days")
    return _midnight(in_year, low, first_day), _midnight(in_year, low, last_day) + DAY


def _digit_range(mask: str) -> tuple[int, int]:
    return int(mask.replace("X", "0")), int(mask.replace("X", "9"))


def _year_range(mask: str) -> tuple[int, int]:
    if not mask.startswith("-"):
        return _digit_range(mask)
    near, far = _digit_range(mask[1:])
    return -far, -max(near, 1)


# What to say where reading stopped


def _expected_at(text: str, at: int) -> str:
    """What was expected at `at`, where no date begins."""
    if text[at : at + 1].isspace():
        return "spaces are not allowed in a date"
    if text[at : at + 1] == "{":
        return 'a date was expected; an all-of set "{...}" is not read'
    if text[at : at + 1] in _MARKS:
        return _MARK_LAST
    return _A_DATE


def _expected_after(text: str, at: int, expected: str = "the end of the date") -> str:
    """What was expected at `at`, behind a date that could be read."""
    rest = text[at:]
    if rest[:1].isspace():
        return "spaces are not allowed in a date"
    if rest.startswith("/"):
        return "an interval has two sides only"
    if text[at - 1 : at] in _MARKS and rest.startswith(("-", *_MARKS)):
        return _MARK_LAST
    return f"{expected} was expected"
