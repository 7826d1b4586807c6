"""When something happened: the bounds of a date, what they say of a time asked for, and as text.

`parse` reads EDTF (`domain.edtf`); phrases become EDTF and bounds in `domain.phrases`.
`docs/dates.md` has the table of bounds; a test reads it.

Bounds are calendar seconds: int64 seconds since 1970-01-01T00:00:00 in the proleptic Gregorian
calendar, without leap seconds and without zone. They are the source's own calendar: an offset
stays in the text and shifts nothing. Spans are half-open. `MIN` and `MAX` mean infinite.
"""

from __future__ import annotations

from domain.calendar import DAY, MONTHS, civil_from_days, days_from_civil, days_in_month
from domain.edtf import FIRST_YEAR, LAST_YEAR, MAX, MIN, Bounds, parse
from domain.edtf_faults import NotEdtf, quoted

__all__ = [
    "CLASS_SPAN",
    "DAY",
    "FIRST_YEAR",
    "LAST_YEAR",
    "MAX",
    "MIN",
    "MONTHS",
    "Bounds",
    "NotEdtf",
    "certain",
    "civil_from_days",
    "days_from_civil",
    "days_in_month",
    "duration_class",
    "earliest_text",
    "end_earliest_text",
    "latest_text",
    "parse",
    "possible",
    "quoted",
    "start_latest_text",
]

CLASS_SPAN: tuple[int, ...] = (DAY, 7 * DAY, 31 * DAY, 366 * DAY)
"""The longest outer span, in seconds, of the duration classes 0 (day) to 3 (year)."""


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


def _moment_text(second: int, *, with_time: bool) -> str:
    days, of_day = divmod(second, DAY)
    year, month, day = civil_from_days(days)
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    text = f"{sign}{abs(year):04}-{month:02}-{day:02}"
    if with_time:
        text += f"T{of_day // 3600:02}:{of_day // 60 % 60:02}:{of_day % 60:02}"
    return text
