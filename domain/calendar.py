"""The proleptic Gregorian calendar, for any year: days, months, and their seconds.

Calendar seconds are seconds since 1970-01-01T00:00:00 without leap seconds and without zone. Years
are counted as astronomers do: 0000 is the year before 0001.
"""

from __future__ import annotations

DAY = 86_400
"""Seconds."""

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


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
    """28 to 31."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def midnight(year: int, month: int, day: int) -> int:
    """The first calendar second of a day."""
    return days_from_civil(year, month, day) * DAY


def months_after(year: int, month: int, count: int = 1) -> int:
    """The first calendar second behind so many months, of which the given one is the first."""
    years, month = divmod(month - 1 + count, 12)
    return midnight(year + years, month + 1, 1)
