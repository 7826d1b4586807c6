"""Points on the axis of what was reported: microseconds since 1970-01-01T00:00:00 UTC.

These are real instants, with a zone, unlike the calendar seconds of `domain.dates`. What is given
coarser than an instant counts from its last microsecond, UTC: an answer then never knows
something too early. Years run from 1 to 9999.
"""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

import msgspec

from domain import dates
from domain.dates import MONTHS, days_from_civil, days_in_month, quoted
from domain.errors import Invalid

NEVER = 2**63 - 1
"""No end on the known axis."""

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_FIRST = days_from_civil(1, 1, 1) * _DAY
_END = days_from_civil(10_000, 1, 1) * _DAY

_COARSE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
# A query string turns "+" into a space, so a space counts as one before an offset.
_DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"([Zz]|[ +-][0-9]{2}:[0-9]{2})?"
)


class Instant(msgspec.Struct, frozen=True):
    """A point on the reported axis, and the calendar date as the source wrote it.

    `known` is in microseconds since 1970, UTC. `written` is in the zone of the source, which is
    what "last week" counts from; None where what was given is coarser than a day.
    """

    known: int
    written: datetime.date | None


@lru_cache(maxsize=4_096)
def parse(text: str, *, name: str) -> Instant:
    """A day, a month, a year, or an RFC 3339 date-time with an offset. Raises Invalid.

    `name` is the field or parameter that the text was given as, for the message.
    """
    coarse = _COARSE.fullmatch(text)
    if coarse:
        return _last_microsecond(coarse, text, name)
    exact = _DATE_TIME.fullmatch(text)
    if exact is None:
        raise _refused(text, name)
    if exact[8] is None:
        raise _refused(text, name, "an offset (+03:00) or Z is needed")
    if len(exact[7] or "") > 6:
        raise _refused(text, name, "at most six digits of a second are kept")
    year, month, day, hour, minute, second = map(int, exact.groups()[:6])
    fault = _date_fault(year, month, day) or _time_fault(hour, minute, second)
    if fault:
        raise _refused(text, name, fault)
    of_day = (hour * 3600 + minute * 60 + second) * _SECOND + int((exact[7] or "").ljust(6, "0"))
    offset = _offset(exact[8])
    if offset is None:
        raise _refused(text, name, "an offset runs from -23:59 to +23:59")
    known = days_from_civil(year, month, day) * _DAY + of_day - offset
    if not _FIRST <= known < _END:
        raise _refused(text, name, "in UTC it lies outside the years 0001 to 9999")
    return Instant(known, datetime.date(year, month, day))


@lru_cache(maxsize=4_096)
def written_span(text: str | None) -> tuple[int, int] | None:
    """The calendar seconds, half-open, that a `reported_at` may lie in, as the source wrote it: the
    day, the month or the year. None where it is unknown. Raises Invalid."""
    if text is None:
        return None
    written = parse(text, name="reported_at").written
    if written is None:
        bounds = dates.parse(text)
        return bounds.start_earliest, bounds.end_latest
    day = days_from_civil(written.year, written.month, written.day) * dates.DAY
    return day, day + dates.DAY


def text(known: int) -> str:
    """RFC 3339 in UTC, with six digits of a second: `2019-08-27T23:59:59.999999Z`.

    Raises ValueError outside the years 1 to 9999, so for `NEVER` too.
    """
    if not _FIRST <= known < _END:
        raise ValueError(f"{known} microseconds since 1970 lie outside the years 0001 to 9999")
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=known)
    return moment.isoformat(timespec="microseconds") + "Z"


def _last_microsecond(given: re.Match[str], text: str, name: str) -> Instant:
    """Of a year, month or day."""
    year, month = int(given[1]), int(given[2] or 12)
    fault = _date_fault(year, month, int(given[3] or 1))
    if fault:
        raise _refused(text, name, fault)
    day = int(given[3] or days_in_month(year, month))
    known = (days_from_civil(year, month, day) + 1) * _DAY - 1
    return Instant(known, datetime.date(year, month, day) if given[3] else None)


def _date_fault(year: int, month: int, day: int) -> str | None:
    if year == 0:
        return "years run from 0001 to 9999"
    if not 1 <= month <= 12:
        return "a month runs from 01 to 12"
    last = days_in_month(year, month)
    return None if 1 <= day <= last else f"{MONTHS[month - 1]} {year:04} has {last} days"


def _time_fault(hour: int, minute: int, second: int) -> str | None:
    if hour > 23:
        return "hours run from 00 to 23"
    if minute > 59:
        return "minutes run from 00 to 59"
    return None if second <= 59 else "seconds run from 00 to 59; leap seconds are not counted"


def _offset(given: str) -> int | None:
    """Microseconds that the written clock is ahead of UTC; None where there is no such offset."""
    if given in ("Z", "z"):
        return 0
    hours, minutes = int(given[1:3]), int(given[4:6])
    if hours > 23 or minutes > 59:
        return None
    ahead = (hours * 60 + minutes) * 60 * _SECOND
    return -ahead if given[0] == "-" else ahead


def _refused(text: str, name: str, why: str | None = None) -> Invalid:
    reason = f": {why}" if why else ""
    return Invalid(
        f"{name} must be a day (2019-08-27), a month or year, or an instant with an offset "
        f"(2019-08-27T10:00:00Z), not {quoted(text)}{reason}."
    )
