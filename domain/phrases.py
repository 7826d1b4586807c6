"""What a source's own words for a time mean: "last week", "since late April".

A phrase is resolved against the report day, the calendar date as written in `reported_at`. Rules
1 to 36, named `ged`, are those of the UCDP GED Codebook 19.1, appendix 2, and give the days that
it prints, also where the print looks odd. From 37 on the rules are Dateline's own.
`docs/dates.md` explains both with examples; a test reads them.

What all rules share:

- Case, commas, full stops and repeated spaces do not count, nor do articles and the prepositions
  in `_UNSAID`. Hyphens part words.
- A day or month without a year is the latest that does not lie after the report day.
- A weekday is the latest one, the report day included; "last Tuesday" leaves the report day out.
- Weeks begin on Monday.
- Only a year in figures can put the whole of a phrase after the report day.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from domain import dates
from domain.errors import Invalid

RULES_VERSION = "phrases/1"
"""Rises with any change to a rule: an answer made with other rules is another answer."""


class Resolved(msgspec.Struct, frozen=True):
    """What a phrase means.

    `edtf` is the closest that EDTF can say: its outer bounds are those of `bounds`, which can tell
    more about what lies inside. `rule` is the rule's stable number and name. `precision` is the
    `date_prec` of UCDP GED: 1 a day, 2 two to six days, 3 a week, 4 up to a month, 5 longer.
    """

    edtf: str
    bounds: dates.Bounds
    rule: str
    precision: int


class UnknownPhrase(Invalid):
    """Words that no rule gives a date to, and why. The date is then needed as EDTF."""

    def __init__(self, phrase: str, reported: datetime.date, reason: str) -> None:
        super().__init__(
            f"{dates.quoted(phrase)}, said on {reported}, has no date: {reason}. "
            "Give the date as `edtf` beside the phrase."
        )
        self.phrase = phrase
        self.reason = reason


_UNDERSTOOD = (
    "understood are days (today, last Tuesday, Monday night, 14 January, 3 days ago), "
    "weeks (last week, over the weekend), months and years or parts of them (late April, mid 1999, "
    "September last year), stretches up to the report day (recently, past 48 hours, five-day "
    "offensive), two days (between 13-16 February), and `since` before most of these"
)


class _NoSuchTime(ValueError):
    """The words are understood, but what they name does not exist."""


def resolve(phrase: str, reported: datetime.date) -> Resolved:
    """What `phrase` means when said on the calendar date `reported`. Raises UnknownPhrase."""
    words = _words(phrase)
    try:
        resolved = _stated(words, reported) or _since(words, reported)
    except _NoSuchTime as fault:
        raise UnknownPhrase(phrase, reported, str(fault)) from None
    except OverflowError:
        raise UnknownPhrase(phrase, reported, "it lies outside the years 1 to 9999") from None
    if resolved is None:
        raise UnknownPhrase(phrase, reported, f"no rule reads it; {_UNDERSTOOD}")
    return resolved


def _stated(words: str, reported: datetime.date) -> Resolved | None:
    """What a rule says, as an interval if it lasted, else as some time in a span of days."""
    found = _find(words, reported)
    if found is None:
        return None
    rule, first, last = found
    edtf = f"{first}/{last}" if rule.lasts else _sometime(first, last)
    return Resolved(edtf, dates.parse(edtf), rule.id, rule.precision or _precision(first, last))


def _since(words: str, reported: datetime.date) -> Resolved | None:
    """It began at some time that another rule reads, and lasts on the report day.

    EDTF has no interval that begins on one of several days. Where the beginning is no single
    EDTF date, the interval is written from its first day, marked as inexact, and the bounds alone
    know its last.
    """
    if not words.startswith("since "):
        return None
    found = _find(words.removeprefix("since "), reported)
    if found is None or found[0].lasts:
        return None
    rule, first, last = found
    if first > reported:
        raise _NoSuchTime(f"it would begin on {first}, after the report day")
    rule_id, precision = f"dateline/37 since {rule.id}", _precision(first, reported)
    start = _sometime(first, last)
    if not start.startswith("["):
        edtf = f"{start}/{reported}"
        return Resolved(edtf, dates.parse(edtf), rule_id, precision)
    edtf = f"{first}~/{reported}"
    latest = dates.parse(f"{min(last, reported)}").start_latest
    bounds = msgspec.structs.replace(dates.parse(edtf), start_latest=latest)
    return Resolved(edtf, bounds, rule_id, precision)


def _sometime(first: datetime.date, last: datetime.date) -> str:
    """EDTF for some time from the first day to the last, as short as it can be written."""
    if first == last:
        return f"{first}"
    if (first, last) == _months(first.year, 1, 12):
        return f"{first}"[:4]
    if (first, last) == _months(first.year, first.month):
        return f"{first}"[:7]
    return f"[{first}..{last}]"


def _precision(first: datetime.date, last: datetime.date) -> int:
    """The `date_prec` of UCDP GED for so many days."""
    days = (last - first).days + 1
    for precision, longest in enumerate((1, 6, 7, 31), start=1):
        if days <= longest:
            return precision
    return 5


# Words

_UNSAID = {"a", "an", "at", "during", "in", "of", "on", "over", "the", "throughout", "within"}
_COUNTS = (
    "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_NUMBERS = {word: number for number, word in enumerate(_COUNTS, start=1)} | {"couple": 2}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _numbered(names: tuple[str, ...], start: int) -> dict[str, int]:
    """Names in lower case, and their first three letters."""
    return {
        form: number
        for number, name in enumerate(names, start)
        for form in (name.lower(), name.lower()[:3])
    }


_WEEKDAY_NUMBER = _numbered(_WEEKDAYS, 0) | {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
_MONTH_NUMBER = _numbered(dates.MONTHS, 1) | {"sept": 9}

_MONTH_BEFORE_DAYS = re.compile(
    rf"\b({'|'.join(_MONTH_NUMBER)}) ([0-9]{{1,2}}) (to|and) ([0-9]{{1,2}})\b(?! [a-z])"
)
_LONGEST_PHRASE = 200


def _words(phrase: str) -> str:
    """A phrase as the rules match it: lower case, single spaces, without what goes unsaid.

    A hyphen or dash between figures becomes "to", others part words; "February 13 to 16" becomes
    "13 to 16 February". Longer than any phrase for a time counts as no words.
    """
    if len(phrase) > _LONGEST_PHRASE:
        return ""
    text = re.sub("[,.]", " ", phrase.casefold())
    text = re.sub("(?<=[0-9])\\s*[-\u2010-\u2015]\\s*(?=[0-9])", " to ", text)
    text = re.sub("[-\u2010-\u2015]", " ", text)
    said = " ".join(word for word in text.split() if word not in _UNSAID)
    return _MONTH_BEFORE_DAYS.sub(r"\2 \3 \4 \1", said)


# Days

Span = tuple[datetime.date, datetime.date]
"""First and last day, both inclusive."""


def _before(day: datetime.date, days: int) -> datetime.date:
    return day - datetime.timedelta(days=days)


def _date(year: int, month: int, day: int) -> datetime.date:
    if not 1 <= year <= 9999:
        raise OverflowError
    last = dates.days_in_month(year, month)
    if not 1 <= day <= last:
        raise _NoSuchTime(f"{dates.MONTHS[month - 1]} {year:04} has {last} days")
    return datetime.date(year, month, day)


def _months(year: int, first: int, last: int | None = None) -> Span:
    """A month of a year, or the months from the first to the last."""
    last = last or first
    return _date(year, first, 1), _date(year, last, dates.days_in_month(year, last))


def _month_ago(reported: datetime.date, months: int) -> Span:
    year, month = divmod(reported.year * 12 + reported.month - 1 - months, 12)
    return _months(year, month + 1)


def _same_day_ago(reported: datetime.date, months: int) -> datetime.date:
    """The same day of an earlier month, or that month's last."""
    first, last = _month_ago(reported, months)
    return first.replace(day=min(reported.day, last.day))


# Slots: the parts of a form that are read on their own, like `{day}`. A reader gets words and the
# day that they count from, and answers None where the words are nothing of its kind.


def _read_count(words: str, reported: datetime.date) -> int | None:
    return int(words) if re.fullmatch("[1-9][0-9]{0,2}", words) else _NUMBERS.get(words)


def _read_ordinal(words: str, reported: datetime.date) -> int | None:
    found = re.fullmatch("([0-9]{1,2})(st|nd|rd|th)?", words)
    return int(found[1]) if found else None


def _read_year(words: str, reported: datetime.date) -> int | None:
    """`1995`, `last year`, `this year`."""
    if words in ("this year", "last year"):
        return reported.year - (words == "last year")
    return int(words) if re.fullmatch("[1-9][0-9]{3}", words) else None


def _read_month(words: str, reported: datetime.date) -> Span | None:
    """`March`, `March 2018`, `March last year`, `last March`, `last month`, `this month`."""
    if words in ("this month", "last month"):
        return _month_ago(reported, int(words == "last month"))
    last = words.startswith("last ")
    name, _, year_words = words.removeprefix("last ").partition(" ")
    month = _MONTH_NUMBER.get(name)
    if month is None or (last and year_words):
        return None
    if year_words:
        year = _read_year(year_words, reported)
        return None if year is None else _months(year, month)
    in_past = month < reported.month or (month == reported.month and not last)
    return _months(reported.year if in_past else reported.year - 1, month)


def _read_weekday(words: str, reported: datetime.date) -> datetime.date | None:
    """`Tuesday`, `last Tuesday`, `Tuesday last week`."""
    last = words.startswith("last ")
    name, _, week = words.removeprefix("last ").partition(" ")
    number = _WEEKDAY_NUMBER.get(name)
    if number is None or (week and (last or week != "last week")):
        return None
    if week:
        return _before(reported, reported.weekday() + 7 - number)
    days = (reported.weekday() - number) % 7
    return _before(reported, 7 if last and days == 0 else days)


_COUNTED_DAYS = ("today", "yesterday", "day before yesterday")


def _read_day(words: str, reported: datetime.date) -> datetime.date | None:
    """One day: counted back, a weekday, a day of a month, or both of these if they agree."""
    if words in _COUNTED_DAYS:
        return _before(reported, _COUNTED_DAYS.index(words))
    weekday = _read_weekday(words, reported)
    if weekday is not None:
        return weekday
    name, _, rest = words.partition(" ")
    if name not in _WEEKDAY_NUMBER:
        return _read_day_of_month(words, reported)
    day = _read_day_of_month(rest, reported)
    if day is not None and day.weekday() != _WEEKDAY_NUMBER[name]:
        raise _NoSuchTime(f"{day} is a {_WEEKDAYS[day.weekday()]}")
    return day


def _read_day_of_month(words: str, reported: datetime.date) -> datetime.date | None:
    """`14 January`, `January 14th 2018`, `14 January last year`, `the 14th`."""
    if re.fullmatch("[0-9]{1,2}(st|nd|rd|th)", words):
        recent = (_month_ago(reported, back) for back in range(3))
        return _latest_day(int(words[:-2]), recent, reported, f"no month has a day {words[:-2]}")
    first, _, rest = words.partition(" ")
    if first in _MONTH_NUMBER:
        number, _, year_words = rest.partition(" ")
        month_words = f"{first} {year_words}".strip()
    else:
        number, month_words = first, rest
    day, month = _read_ordinal(number, reported), _read_month(month_words, reported)
    if day is None or month is None:
        return None
    year, of_year = month[0].year, month[0].month
    if month_words not in _MONTH_NUMBER:
        return _date(year, of_year, day)
    # Leap days can lie eight years apart.
    recent = (_months(year - back, of_year) for back in range(9))
    name = dates.MONTHS[of_year - 1]
    return _latest_day(day, recent, reported, f"there is no {day} {name}")


def _latest_day(
    day: int, recent: Iterable[Span], reported: datetime.date, otherwise: str
) -> datetime.date:
    """The day of that number in the first of these months where it is not after the report day."""
    for first, last in recent:
        if 1 <= day <= last.day and first.replace(day=day) <= reported:
            return first.replace(day=day)
    raise _NoSuchTime(otherwise)


def _read_season(words: str, reported: datetime.date) -> int | None:
    """The month in which a northern season begins. Winters of a year are left out: it has two."""
    return {"spring": 3, "summer": 6, "autumn": 9, "fall": 9}.get(words)


_READERS: dict[str, Callable[[str, datetime.date], Any]] = {
    "count": _read_count,
    "nth": _read_ordinal,
    "year": _read_year,
    "month": _read_month,
    "season": _read_season,
    "weekday": _read_weekday,
    "day": _read_day,
    "last": _read_day,
    "first": _read_day,
}
_WORDS_FOR = {
    "to": "(?:and|to)",
    "this": "(?:this )?",
    "old": "(?:old |long )",
    "night": "(?:over)?night(?: between| from)?",
    "several": "(?:number |several |recent |few |past few |last few |previous few )?",
    "beginning": "(?:beginning|start)",
    "past": "(?:past|last|previous)",
    "early": "(?:early|beginning|start)",
    "mid": "(?:mid|middle)",
    "late": "(?:late|end)",
    "time": "(?:morning|afternoon|evening)",
    "part": (
        "(?:(?:early |late )?(?:morning|afternoon|evening)|early hours|early|late|noon|midday|"
        "midnight|dawn|before dawn|daybreak|sunrise|dusk|sunset)"
    ),
    "fighting": (
        "(?:assaults?|attacks?|battles?|blockade|bombardment|bombing|campaign|ceasefire|"
        "clash|clashes|fight|fighting|offensive|operation|protests?|raids?|riots?|shelling|"
        "siege|standoff|strikes?|truce|unrest|violence)"
    ),
}


class _Said(NamedTuple):
    """The report day, and what the slots of a form were read as."""

    reported: datetime.date
    slots: dict[str, Any]

    @property
    def number(self) -> int:
        """The count said; 1 where only "a" was."""
        count: int = self.slots.get("count", 1)
        return count

    def ago(self, days: int) -> datetime.date:
        return _before(self.reported, days)


_Days = Callable[[_Said], Span]
"""How a rule finds the first and last day."""


class _Rule(NamedTuple):
    """How some phrases are read: their forms, and the days that they mean.

    `lasts` tells what went on from the first day to the last from what happened at some time
    between. Without a `precision` it follows from the number of days.
    """

    id: str
    forms: tuple[re.Pattern[str], ...]
    days: _Days
    precision: int | None
    lasts: bool


def _rule(
    id: str, forms: str, days: _Days, precision: int | None = None, *, lasts: bool = False
) -> _Rule:
    """`forms` are parted by " ; ". Each is a regular expression over words, with slots."""
    slots = {slot: f"(?P<{slot}>.+?)" for slot in _READERS} | _WORDS_FOR
    compiled = tuple(
        re.compile(re.sub(r"\{([a-z]+)\}", lambda slot: slots[slot[1]], form))
        for form in forms.split(" ; ")
    )
    return _Rule(id, compiled, days, precision, lasts)


# Days counted back from the report day


def _ago(first: int, last: int) -> _Days:
    """From so many days before the report day to so many, 0 being the report day."""
    return lambda said: (said.ago(first), said.ago(last))


def _one_day_ago(said: _Said) -> Span:
    return said.ago(said.number), said.ago(said.number)


def _days_before(said: _Said) -> Span:
    return said.ago(said.number), said.ago(1)


def _days_to_now(said: _Said) -> Span:
    return said.ago(said.number - 1), said.reported


def _weeks_to_now(said: _Said) -> Span:
    return said.ago(7 * said.number - 1), said.reported


def _months_to_now(said: _Said) -> Span:
    return _same_day_ago(said.reported, said.number), said.reported


def _hours_to_now(said: _Said) -> Span:
    """The days that so many hours before some time of the report day can reach."""
    return said.ago(-(-said.number // 24)), said.reported


def _weekday_to_now(said: _Said) -> Span:
    return said.slots["weekday"], said.reported


def _three_months_of_this_year(said: _Said) -> Span:
    first = _same_day_ago(said.reported, 3)
    return max(first, said.reported.replace(month=1, day=1)), said.reported


def _about_weeks_ago(said: _Said) -> Span:
    """The seven days around the one so many weeks ago."""
    day = said.ago(7 * said.number)
    return _before(day, 3), _before(day, -3)


def _one_month_ago(said: _Said) -> Span:
    return _month_ago(said.reported, said.number)


def _one_year_ago(said: _Said) -> Span:
    return _months(said.reported.year - said.number, 1, 12)


# Days of the report's week, month or year; of this one up to so many days before the report day


def _this_week(last: int) -> _Days:
    return lambda said: (said.ago(said.reported.weekday()), said.ago(last))


def _this_month(last: int) -> _Days:
    return lambda said: (said.reported.replace(day=1), said.ago(last))


def _this_year(last: int) -> _Days:
    return lambda said: (said.reported.replace(month=1, day=1), said.ago(last))


def _last_week(first: int, last: int) -> _Days:
    """Days of the week before the report's; Monday is 0."""

    def days(said: _Said) -> Span:
        monday = said.ago(said.reported.weekday() + 7)
        return _before(monday, -first), _before(monday, -last)

    return days


def _weekend(weeks_ago: int) -> _Days:
    """The latest Saturday and its Sunday, unless that is still to come; or one before it."""

    def days(said: _Said) -> Span:
        saturday = said.ago((said.reported.weekday() - 5) % 7 + 7 * weeks_ago)
        return saturday, min(_before(saturday, -1), said.reported)

    return days


# Days that were named


def _day(said: _Said) -> Span:
    return said.slots["day"], said.slots["day"]


def _around_day(said: _Said) -> Span:
    return _before(said.slots["day"], 1), _before(said.slots["day"], -1)


def _to_next_day(said: _Said) -> Span:
    return said.slots["day"], _before(said.slots["day"], -1)


def _two_days(said: _Said) -> Span:
    return said.slots["first"], said.slots["last"]


def _days_of_month(said: _Said) -> Span:
    last: datetime.date = said.slots["last"]
    return _date(last.year, last.month, said.slots["nth"]), last


# Days of a month or year that was named


def _of_month(first: int, last: int, *, capped: bool = False) -> _Days:
    """Days of the month, 31 being its last; capped, not beyond the report day."""

    def days(said: _Said) -> Span:
        begin, end = said.slots["month"]
        end = begin.replace(day=min(last, end.day))
        return begin.replace(day=first), min(end, said.reported) if capped else end

    return days


def _first_of_month(said: _Said) -> Span:
    begin, _ = said.slots["month"]
    return begin, _date(begin.year, begin.month, said.number)


def _last_but_one_of_month(said: _Said) -> Span:
    """So many days that end on the month's last but one: "last 6 days of January" is printed."""
    end = _before(said.slots["month"][1], 1)
    if said.number > end.day:
        raise _NoSuchTime(f"there are no {said.number} days before its last")
    return _before(end, said.number - 1), end


def _last_week_of_month(said: _Said) -> Span:
    end = said.slots["month"][1]
    return _before(end, 6), end


def _of_year(first_month: int, last_month: int) -> _Days:
    return lambda said: _months(said.slots["year"], first_month, last_month)


def _season(said: _Said) -> Span:
    first = said.slots["season"]
    return _months(said.slots["year"], first, first + 2)


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
    _rule("ged/3 night of a day", "{day} night ; night {day}", _day, 1),
    _rule("ged/4 last night", "last night ; other day", _ago(1, 1), 1),
    _rule("ged/5 recently", "recently ; recent (days|{fighting}) ; {past} few days", _ago(3, 1), 2),
    _rule("ged/6 around a day", "(around|about) {day}", _around_day, 2),
    _rule("ged/7 over the weekend", "{this}weekend", _weekend(0), 2),
    _rule("ged/8 this week", "this week", _this_week(0), 2),
    _rule("ged/8 this week", "since {beginning} {this}week", _this_week(0), 2, lasts=True),
    _rule("ged/9 night between days", "{night} {first} {to} {last}", _two_days, 2),
    _rule("ged/9 night between days", "{night} {nth} {to} {last}", _days_of_month, 2),
    _rule("ged/10 past 24 hours", "{past} 24 hours", _ago(1, 0), 2),
    _rule("ged/11 past 48 hours", "{past} 48 hours", _ago(2, 0), 2),
    _rule("ged/12 past 72 hours", "{past} 72 hours", _ago(2, 0), 2),
    _rule("ged/13 past days", "{past} {count} days", _days_before),
    _rule("ged/14 since a weekday", "since {weekday}", _weekday_to_now, lasts=True),
    _rule("ged/15 days of fighting", "{count} days? {old}?{fighting}", _days_to_now, lasts=True),
    _rule("ged/16 between two days", "(between )?{nth} {to} {last}", _days_of_month),
    _rule("ged/17 night of fighting", "night {old}?{fighting}", _ago(1, 0), 2, lasts=True),
    _rule("ged/17 night of fighting", "night {old}?{fighting} {day}", _to_next_day, 2, lasts=True),
    _rule("ged/18 last days of a month", "last {count} days {month}", _last_but_one_of_month),
    _rule("ged/19 late last week", "late last week", _last_week(4, 6), 2),
    _rule("ged/20 last week", "last week", _last_week(0, 6), 3),
    _rule("ged/21 past week", "(past|previous) week", _ago(6, 0), 3),
    _rule("ged/22 first week of a month", "first week {month}", _of_month(1, 7), 3),
    _rule("ged/23 week of fighting", "week {old}{fighting}", _ago(6, 0), 3, lasts=True),
    _rule("ged/24 early in a month", "{early} {month}", _of_month(1, 10, capped=True), 4),
    _rule("ged/25 middle of a month", "{mid} {month}", _of_month(10, 20), 4),
    _rule("ged/26 late in a month", "{late} {month}", _of_month(15, 31, capped=True), 4),
    _rule("ged/27 several weeks", "{several}weeks( ago)?", _ago(21, 0), 4),
    _rule("ged/28 earlier this month", "earlier this month", _this_month(1), 4),
    _rule("ged/29 last month", "(last|previous) month", _one_month_ago, 4),
    _rule("ged/30 a fortnight ago", "fortnight ago", _ago(13, 0), 4),
    _rule("ged/31 a year", "{year}", _of_year(1, 12), 5),
    _rule("ged/32 past year", "past year", _this_year(0), 5),
    _rule("ged/33 early in a year", "{early} {year}", _of_year(1, 4), 5),
    _rule("ged/34 middle of a year", "{mid} {year}", _of_year(5, 8), 5),
    _rule("ged/35 late in a year", "{late} {year}", _of_year(9, 12), 5),
    _rule("ged/36 past 3 months", "{past} (3|three|few) months", _three_months_of_this_year, 5),
)

# Dateline's own. Number 37, "since" before another rule, is `_since`.
_OWN = (
    _rule("dateline/40 part of a day", "{part} {day} ; {day} {part}", _day, 1),
    _rule("dateline/40 part of a day", "(early |late )?this {time} ; tonight", _ago(0, 0), 1),
    _rule("dateline/41 overnight", "overnight", _ago(1, 0), 2),
    _rule("dateline/42 a month", "{month}", _of_month(1, 31)),
    _rule("dateline/43 days ago", "{count} days? ago", _one_day_ago, 1),
    _rule("dateline/44 weeks ago", "week ago ; {count} weeks? ago", _about_weeks_ago, 3),
    _rule("dateline/45 months ago", "month ago ; {count} months? ago", _one_month_ago, 4),
    _rule("dateline/46 years ago", "year ago ; {count} years? ago", _one_year_ago, 5),
    _rule("dateline/47 earlier this week", "earlier this week", _this_week(1)),
    _rule("dateline/48 earlier this year", "earlier this year", _this_year(1)),
    _rule("dateline/49 last weekend", "last weekend", _weekend(1), 2),
    _rule("dateline/50 second week of a month", "second week {month}", _of_month(8, 14), 3),
    _rule("dateline/51 third week of a month", "third week {month}", _of_month(15, 21), 3),
    _rule("dateline/52 fourth week of a month", "fourth week {month}", _of_month(22, 28), 3),
    _rule("dateline/53 last week of a month", "last week {month}", _last_week_of_month, 3),
    _rule("dateline/54 first days of a month", "first {count} days {month}", _first_of_month),
    _rule("dateline/55 between two days", "between {first} and {last}", _two_days),
    _rule("dateline/56 from a day to a day", "from {nth} to {last}", _days_of_month, lasts=True),
    _rule("dateline/56 from a day to a day", "from {first} to {last}", _two_days, lasts=True),
    _rule("dateline/57 hours ago", "(few )?hours? ago ; {past} (few )?hours?", _ago(1, 0), 2),
    _rule("dateline/57 hours ago", "{count} hours? ago ; {past} {count} hours", _hours_to_now),
    _rule("dateline/58 past weeks", "{past} {count} weeks", _weeks_to_now),
    _rule("dateline/59 past months", "past month ; {past} {count} months", _months_to_now),
    _rule("dateline/60 days long", "for {count} days", _days_to_now, lasts=True),
    _rule("dateline/61 weeks long", "for {count} weeks", _weeks_to_now, lasts=True),
    _rule("dateline/61 weeks long", "{count} weeks? {old}?{fighting}", _weeks_to_now, lasts=True),
    _rule("dateline/62 season of a year", "{season} {year}", _season, 5),
    _rule("dateline/63 since the 1st", "since {beginning} {this}month", _this_month(0), lasts=True),
    _rule("dateline/64 since 1 January", "since {beginning} {this}year", _this_year(0), lasts=True),
)

_RULES = _SO_FAR + _GED + _OWN


def _find(words: str, reported: datetime.date) -> tuple[_Rule, datetime.date, datetime.date] | None:
    """The first rule that reads the words, and the first and last day that it gives them."""
    for rule in _RULES:
        for form in rule.forms:
            said = _read(form, words, reported)
            if said is None:
                continue
            first, last = rule.days(said)
            if first > last:
                raise _NoSuchTime(f"it would begin on {first} and end before, on {last}")
            if first > reported and not re.search(r"\b[0-9]{4}\b", words):
                raise _NoSuchTime(f"it would begin on {first}, after the report day")
            return rule, first, last
    return None


def _read(form: re.Pattern[str], words: str, reported: datetime.date) -> _Said | None:
    """The slots of a form, read; None where the words are not of that form.

    Of two days the first counts from the last: on a Sunday, "between Sunday and Monday" began
    seven days ago.
    """
    found = form.fullmatch(words)
    if found is None:
        return None
    slots: dict[str, Any] = found.groupdict()
    for slot in sorted(slots, key=lambda slot: slot == "first"):
        counted_from = slots["last"] if slot == "first" else reported
        slots[slot] = _READERS[slot](slots[slot], counted_from)
        if slots[slot] is None:
            return None
    return _Said(reported, slots)
