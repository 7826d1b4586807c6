"""The rules for phrases: which words each reads, and the first and last day that it gives them.

Rules 1 to 36, named `ged`, are those of the UCDP GED Codebook 19.1, appendix 2, and give the days
that it prints, also where the print looks odd. From 37 on the rules are Dateline's own. A rule's
number is stored with what it read: numbers are never given again. `docs/dates.md` shows each.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from domain.wording import (
    NoSuchTime,
    Said,
    Span,
    before,
    date,
    form,
    month_ago,
    read,
    same_day_ago,
    span_of_months,
)

Meaning = Literal["sometime", "lasts", "both", "either"]

_Days = Callable[[Said], Span]
"""How a rule finds the first and last day."""


class Rule(NamedTuple):
    """How some phrases are read: their forms, and the days that they mean.

    `means` tells what happened at some time between the first day and the last from what `lasts`
    through all of them, and from what happened on `both` days or on `either`. Without a
    `precision` it follows from the number of days.
    """

    id: str
    forms: tuple[re.Pattern[str], ...]
    days: _Days
    precision: int | None
    means: Meaning


def _rule(
    id: str,
    forms: str,
    days: _Days,
    precision: int | None = None,
    *,
    means: Meaning = "sometime",
) -> Rule:
    """`forms` are parted by " ; "."""
    return Rule(id, tuple(map(form, forms.split(" ; "))), days, precision, means)


# Days counted back from the report day


def _ago(first: int, last: int) -> _Days:
    """From so many days before the report day to so many, 0 being the report day."""
    return lambda said: (said.ago(first), said.ago(last))


def _one_day_ago(said: Said) -> Span:
    return said.ago(said.number), said.ago(said.number)


def _daysbefore(said: Said) -> Span:
    return said.ago(said.number), said.ago(1)


def _days_to_now(said: Said) -> Span:
    return said.ago(said.number - 1), said.reported


def _weeks_to_now(said: Said) -> Span:
    return said.ago(7 * said.number - 1), said.reported


def _months_to_now(said: Said) -> Span:
    return same_day_ago(said.reported, said.number), said.reported


def _hours_to_now(said: Said) -> Span:
    """The days that so many hours before some time of the report day can reach."""
    return said.ago(-(-said.number // 24)), said.reported


def _weekday_to_now(said: Said) -> Span:
    return said.slots["weekday"], said.reported


def _three_months_of_this_year(said: Said) -> Span:
    first = same_day_ago(said.reported, 3)
    return max(first, said.reported.replace(month=1, day=1)), said.reported


def _about_weeks_ago(said: Said) -> Span:
    """The seven days around the one so many weeks ago."""
    day = said.ago(7 * said.number)
    return before(day, 3), before(day, -3)


def _onemonth_ago(said: Said) -> Span:
    return month_ago(said.reported, said.number)


def _one_year_ago(said: Said) -> Span:
    return span_of_months(said.reported.year - said.number, 1, 12)


def _months_ago(count: int) -> _Days:
    return lambda said: month_ago(said.reported, count)


def _years_ago(count: int) -> _Days:
    return lambda said: span_of_months(said.reported.year - count, 1, 12)


# Days of the report's week, month or year; of this one up to so many days before the report day


def _this_week(last: int) -> _Days:
    return lambda said: (said.ago(said.reported.weekday()), said.ago(last))


def _this_month(last: int) -> _Days:
    return lambda said: (said.reported.replace(day=1), said.ago(last))


def _this_year(last: int) -> _Days:
    return lambda said: (said.reported.replace(month=1, day=1), said.ago(last))


def _last_week(first: int, last: int) -> _Days:
    """Days of the week before the report's; Monday is 0."""

    def days(said: Said) -> Span:
        monday = said.ago(said.reported.weekday() + 7)
        return before(monday, -first), before(monday, -last)

    return days


def _weekend(weeks_ago: int) -> _Days:
    """The latest Saturday and its Sunday, unless that is still to come; or one before it."""

    def days(said: Said) -> Span:
        saturday = said.ago((said.reported.weekday() - 5) % 7 + 7 * weeks_ago)
        return saturday, min(before(saturday, -1), said.reported)

    return days


def _week_before_last(said: Said) -> Span:
    monday = said.ago(said.reported.weekday() + 14)
    return monday, before(monday, -6)


# Days that were named


def _day(said: Said) -> Span:
    return said.slots["day"], said.slots["day"]


def _around_day(said: Said) -> Span:
    return before(said.slots["day"], 1), before(said.slots["day"], -1)


def _to_next_day(said: Said) -> Span:
    return said.slots["day"], before(said.slots["day"], -1)


def _two_days(said: Said) -> Span:
    return said.slots["first"], said.slots["last"]


def _two_stretches(said: Said) -> Span:
    return said.slots["begin"][0], said.slots["until"][1]


def _week_of_day(said: Said) -> Span:
    """Monday to Sunday, not beyond the report day."""
    day = said.slots["day"]
    monday = before(day, day.weekday())
    return monday, max(day, min(before(monday, -6), said.reported))


def _week_from_day(said: Said) -> Span:
    day = said.slots["day"]
    return day, max(day, min(before(day, -6), said.reported))


def _days_of_month(said: Said) -> Span:
    last: datetime.date = said.slots["last"]
    return date(last.year, last.month, said.slots["nth"]), last


# Days of a month or year that was named


def _of_month(first: int, last: int, *, capped: bool = False) -> _Days:
    """Days of the month, 31 being its last; capped, not beyond the report day."""

    def days(said: Said) -> Span:
        begin, end = said.slots["month"]
        end = begin.replace(day=min(last, end.day))
        return begin.replace(day=first), min(end, said.reported) if capped else end

    return days


def _first_of_month(said: Said) -> Span:
    begin, _ = said.slots["month"]
    return begin, date(begin.year, begin.month, said.number)


def _last_but_one_of_month(said: Said) -> Span:
    """So many days that end on the month's last but one: "last 6 days of January" is printed."""
    end = before(said.slots["month"][1], 1)
    if said.number > end.day:
        raise NoSuchTime(f"there are no {said.number} days before its last")
    return before(end, said.number - 1), end


def _last_week_of_month(said: Said) -> Span:
    end = said.slots["month"][1]
    return before(end, 6), end


def _of_year(first_month: int, last_month: int) -> _Days:
    return lambda said: span_of_months(said.slots["year"], first_month, last_month)


def _season(said: Said) -> Span:
    span: Span = said.slots["season"]
    return span


def _of_decade(first: int, last: int) -> _Days:
    """Years of the decade, the first being 0."""

    def days(said: Said) -> Span:
        year = said.slots["decade"]
        return date(year + first, 1, 1), date(year + last, 12, 31)

    return days


# The rules

# Read first, because later rules would take "this month" for the whole of it.
_SO_FAR = (
    _rule("dateline/38 this month", "(so far )?this month", _this_month(0)),
    _rule("dateline/39 this year", "(so far )?this year", _this_year(0)),
)

# UCDP GED Codebook 19.1, appendix 2, in the order in which it prints them.
_GED = (
    _rule("ged/1 no date given", "no date given", _ago(3, 1), 2),
    _rule("ged/2 a day", "{day}", _day, 1),
    _rule("ged/3 night of a day", "(late )?{day} night ; (late )?night {day}", _day, 1),
    _rule("ged/4 last night", "last night ; other day", _ago(1, 1), 1),
    _rule("ged/5 recently", "recently ; recent (days|{fighting}) ; {past} few days", _ago(3, 1), 2),
    _rule("ged/6 around a day", "(around|about) {day}", _around_day, 2),
    _rule("ged/7 over the weekend", "{this}weekend", _weekend(0), 2),
    _rule("ged/8 this week", "this week", _this_week(0), 2),
    _rule("ged/8 this week", "since {beginning} {this}week", _this_week(0), 2, means="lasts"),
    _rule(
        "ged/9 night between days",
        "{night} {first} {to} {last} ; {first} night {to} {last}",
        _two_days,
        2,
    ),
    _rule("ged/9 night between days", "{night} {nth} {to} {last}", _days_of_month, 2),
    _rule("ged/10 past 24 hours", "{past} 24 hours", _ago(1, 0), 2),
    _rule("ged/11 past 48 hours", "{past} 48 hours", _ago(2, 0), 2),
    _rule("ged/12 past 72 hours", "{past} 72 hours", _ago(2, 0), 2),
    _rule("ged/13 past days", "{past} {count} days", _daysbefore),
    _rule("ged/14 since a weekday", "since {weekday}", _weekday_to_now, means="lasts"),
    _rule("ged/15 days of fighting", "{count} days? {old}?{fighting}", _days_to_now, means="lasts"),
    _rule("ged/16 between two days", "between {nth} {to} {last} ; {nth} to {last}", _days_of_month),
    _rule("ged/17 night of fighting", "night {old}?{fighting}", _ago(1, 0), 2, means="lasts"),
    _rule(
        "ged/17 night of fighting", "night {old}?{fighting} {day}", _to_next_day, 2, means="lasts"
    ),
    _rule("ged/18 last days of a month", "last {count} days {month}", _last_but_one_of_month),
    _rule("ged/19 late last week", "late last week", _last_week(4, 6), 2),
    _rule("ged/20 last week", "last week", _last_week(0, 6), 3),
    _rule("ged/21 past week", "(past|previous) week", _ago(6, 0), 3),
    _rule("ged/22 first week of a month", "first week {month}", _of_month(1, 7), 3),
    _rule("ged/23 week of fighting", "week {old}{fighting}", _ago(6, 0), 3, means="lasts"),
    _rule("ged/24 early in a month", "{early} {month}", _of_month(1, 10, capped=True), 4),
    _rule("ged/25 middle of a month", "{mid} {month}", _of_month(10, 20), 4),
    _rule("ged/26 late in a month", "{late} {month}", _of_month(15, 31, capped=True), 4),
    _rule("ged/27 several weeks", "{several} weeks( ago)? ; weeks ago", _ago(21, 0), 4),
    _rule("ged/28 earlier this month", "earlier this month", _this_month(1), 4),
    _rule("ged/29 last month", "(last|previous) month", _onemonth_ago, 4),
    _rule("ged/30 a fortnight ago", "fortnight ago", _ago(13, 0), 4),
    _rule("ged/31 a year", "(year )?{year}", _of_year(1, 12), 5),
    _rule("ged/32 past year", "past year", _this_year(0), 5),
    _rule("ged/33 early in a year", "{early} {year}", _of_year(1, 4), 5),
    _rule("ged/34 middle of a year", "{mid} {year}", _of_year(5, 8), 5),
    _rule("ged/35 late in a year", "{late} {year}", _of_year(9, 12), 5),
    _rule(
        "ged/36 past 3 months",
        "{past} (3|few) months ; recent months",
        _three_months_of_this_year,
        5,
    ),
)

# Dateline's own. Number 37, "since" before another rule, is `_since`.
_OWN = (
    _rule("dateline/40 part of a day", "{part} {day} ; {day} {part}", _day, 1),
    _rule(
        "dateline/40 part of a day",
        "(early |late )?this {time} ; tonight ; earlier today",
        _ago(0, 0),
        1,
    ),
    _rule("dateline/41 overnight", "overnight", _ago(1, 0), 2),
    _rule("dateline/42 a month", "(month )?{month}", _of_month(1, 31)),
    _rule("dateline/43 days ago", "{count} days? ago", _one_day_ago, 1),
    _rule("dateline/44 weeks ago", "week ago ; {count} weeks? ago", _about_weeks_ago, 3),
    _rule("dateline/45 months ago", "month ago ; {count} months? ago", _onemonth_ago, 4),
    _rule("dateline/46 years ago", "year ago ; {count} years? ago", _one_year_ago, 5),
    _rule("dateline/47 earlier this week", "earlier this week", _this_week(1)),
    _rule("dateline/48 earlier this year", "earlier this year", _this_year(1)),
    _rule("dateline/49 last weekend", "last weekend", _weekend(1), 2),
    _rule("dateline/50 second week of a month", "second week {month}", _of_month(8, 14), 3),
    _rule("dateline/51 third week of a month", "third week {month}", _of_month(15, 21), 3),
    _rule("dateline/52 fourth week of a month", "fourth week {month}", _of_month(22, 28), 3),
    _rule("dateline/53 last week of a month", "last week {month}", _last_week_of_month, 3),
    _rule("dateline/54 first days of a month", "first {count} days {month}", _first_of_month),
    _rule(
        "dateline/55 between two days", "between {first} and {last} ; {first} to {last}", _two_days
    ),
    _rule("dateline/56 from a day to a day", "from {nth} to {last}", _days_of_month, means="lasts"),
    _rule("dateline/56 from a day to a day", "from {first} to {last}", _two_days, means="lasts"),
    _rule("dateline/57 hours ago", "(few )?hours? ago ; {past} (few )?hours?", _ago(1, 0), 2),
    _rule("dateline/57 hours ago", "{count} hours? ago ; {past} {count} hours", _hours_to_now),
    _rule("dateline/58 past weeks", "{past} {count} weeks", _weeks_to_now),
    _rule("dateline/59 past months", "past month ; {past} {count} months", _months_to_now),
    _rule("dateline/60 days long", "for {count} days", _days_to_now, means="lasts"),
    _rule("dateline/61 weeks long", "for {count} weeks", _weeks_to_now, means="lasts"),
    _rule(
        "dateline/61 weeks long", "{count} weeks? {old}?{fighting}", _weeks_to_now, means="lasts"
    ),
    _rule("dateline/62 season of a year", "{season}", _season, 5),
    _rule(
        "dateline/63 since the 1st", "since {beginning} {this}month", _this_month(0), means="lasts"
    ),
    _rule(
        "dateline/64 since 1 January", "since {beginning} {this}year", _this_year(0), means="lasts"
    ),
    _rule("dateline/65 a decade", "{decade}", _of_decade(0, 9), 5),
    _rule("dateline/66 early in a decade", "{early} {decade}", _of_decade(0, 3), 5),
    _rule("dateline/67 middle of a decade", "{mid} {decade}", _of_decade(3, 6), 5),
    _rule("dateline/68 late in a decade", "{late} {decade}", _of_decade(6, 9), 5),
    _rule("dateline/69 half of a year", "first half {year}", _of_year(1, 6), 5),
    _rule("dateline/69 half of a year", "second half {year}", _of_year(7, 12), 5),
    _rule("dateline/70 quarter of a year", "first quarter {year}", _of_year(1, 3), 5),
    _rule("dateline/70 quarter of a year", "second quarter {year}", _of_year(4, 6), 5),
    _rule("dateline/70 quarter of a year", "third quarter {year}", _of_year(7, 9), 5),
    _rule("dateline/70 quarter of a year", "(fourth|last) quarter {year}", _of_year(10, 12), 5),
    _rule("dateline/71 first half of a month", "first half {month}", _of_month(1, 15), 4),
    _rule("dateline/72 second half of a month", "second half {month}", _of_month(16, 31), 4),
    _rule("dateline/73 a few days ago", "({few} )?days ago", _ago(3, 1), 2),
    _rule("dateline/74 the week before last", "week before last", _week_before_last, 3),
    _rule("dateline/75 the month before last", "month before last", _months_ago(2), 4),
    _rule("dateline/76 the year before last", "year before last", _years_ago(2), 5),
    _rule("dateline/77 the night before last", "night before last", _ago(2, 2), 1),
    _rule("dateline/78 the week of a day", "week containing {day}", _week_of_day),
    _rule("dateline/79 a week from a day on", "week (beginning|starting) {day}", _week_from_day),
    _rule("dateline/80 two days", "{nth} and {last}", _days_of_month, means="both"),
    _rule("dateline/80 two days", "{first} and {last}", _two_days, means="both"),
    _rule("dateline/81 one of two days", "{nth} or {last}", _days_of_month, means="either"),
    _rule("dateline/81 one of two days", "{first} or {last}", _two_days, means="either"),
    _rule("dateline/82 between two months", "between {begin} and {until}", _two_stretches),
)

RULES = _SO_FAR + _GED + _OWN


def find(words: str, reported: datetime.date) -> tuple[Rule, datetime.date, datetime.date] | None:
    """The first rule that reads the words, and the first and last day that it gives them."""
    for rule in RULES:
        for pattern in rule.forms:
            said = read(pattern, words, reported)
            if said is None:
                continue
            first, last = rule.days(said)
            if first > last:
                raise NoSuchTime(f"it would begin on {first} and end before, on {last}")
            if first > reported and not re.search(r"\b[0-9]{4}\b", words):
                raise NoSuchTime(f"it would begin on {first}, after the report day")
            return rule, first, last
    return None
