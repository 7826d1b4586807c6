"""What a source's own words for a time mean: "last week", "since late April".

A phrase is resolved against the report day: the calendar date as written in `reported_at`. The
rules numbered 1 to 36 are those of the UCDP GED Codebook 19.1, appendix 2, as printed there, also
where a print looks odd; they carry the name `ged`. From 37 on the rules are Dateline's own.
`docs/dates.md` explains both; a test reads it.

How words are read: case, commas and repeated spaces do not count, nor do articles and
prepositions (`_UNSAID`). A day or month without a year is the most recent one that does not lie
after the report day. A weekday is the most recent one, the report day included; "last" leaves the
report day out. Weeks begin on Monday.
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
"""Rises with any change to a rule, for an answer made with other rules is another answer."""


class Resolved(msgspec.Struct, frozen=True):
    """What a phrase means.

    `edtf` is the closest that EDTF can say; its outer bounds are those of `bounds`, which can be
    narrower inside. `rule` names the rule. `precision` is the `date_prec` of UCDP GED: 1 a day,
    2 two to six days, 3 a week, 4 up to a month, 5 longer.
    """

    edtf: str
    bounds: dates.Bounds
    rule: str
    precision: int


class UnknownPhrase(Invalid):
    """Words that no rule gives a time to. The source's date is then needed as EDTF."""

    def __init__(self, phrase: str, reported: datetime.date, reason: str) -> None:
        super().__init__(
            f"{dates.quoted(phrase)}, said on {reported}, has no date: {reason}. "
            "Give the date as `edtf` beside the phrase."
        )
        self.phrase = phrase
        self.reason = reason


_UNDERSTOOD = (
    "understood are days (today, last Tuesday, Monday night, 14 January, 3 days ago), "
    "weeks (last week, over the weekend), months and years or their parts (late April, "
    "mid 1999, September last year), stretches up to the report day (past 48 hours, recently, "
    "five-day offensive) and `since` before any of them"
)


class _Nonsense(ValueError):
    """The words are understood, but there is no such time."""


def resolve(phrase: str, reported: datetime.date) -> Resolved:
    """What `phrase` means when it was said on `reported`. Raises UnknownPhrase."""
    words = _words(phrase)
    try:
        resolved = _resolve(words, reported)
    except _Nonsense as nonsense:
        raise UnknownPhrase(phrase, reported, str(nonsense)) from None
    except OverflowError:
        raise UnknownPhrase(phrase, reported, "it lies outside the years 1 to 9999") from None
    if resolved is None:
        raise UnknownPhrase(phrase, reported, f"no rule reads it; {_UNDERSTOOD}")
    return resolved


# Words

_UNSAID = {"a", "an", "at", "during", "in", "of", "on", "the", "throughout", "within"}
_NUMBERS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
} | {"couple": 2}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = tuple(month.lower() for month in dates.MONTHS)
_WEEKDAY_NUMBER = {form: i for i, day in enumerate(_WEEKDAYS) for form in (day, day[:3])}
_MONTH_NUMBER = {form: i for i, m in enumerate(_MONTHS, start=1) for form in (m, m[:3])}
_DAY_PARTS = (
    "morning|early morning|late morning|noon|midday|afternoon|evening|dawn|before dawn|pre dawn|"
    "daybreak|sunrise|dusk|sunset|early|late|early hours|midnight|around midnight"
)
_STRUGGLES = (
    "assault|attack|attacks|battle|battles|blockade|bombardment|bombing|campaign|ceasefire|clash|"
    "clashes|fight|fighting|offensive|operation|protest|protests|raid|raids|riot|riots|shelling|"
    "siege|standoff|strike|strikes|truce|unrest|violence"
)
_WORDS_FOR = {
    "past": "(?:past|last|previous)",
    "early": "(?:early|beginning|start)",
    "mid": "(?:mid|middle)",
    "late": "(?:late|end)",
    "part": f"(?:{_DAY_PARTS})",
    "struggle": f"(?:{_STRUGGLES})",
}
_LONGEST_PHRASE = 200


def _words(phrase: str) -> str:
    """A phrase as rules match it: lower case, single spaces, without what goes unsaid.

    Hyphens part words, and dashes between figures become "to".
    """
    text = phrase[: _LONGEST_PHRASE + 1].casefold().replace(",", " ").strip(" .")
    if len(text) > _LONGEST_PHRASE:
        return ""
    text = re.sub(r"(?<=[0-9])\s*[-\u2010-\u2015]\s*(?=[0-9])", " to ", text)
    text = re.sub(r"[-\u2010-\u2015]", " ", text)
    return " ".join(word for word in text.split() if word not in _UNSAID)


# Slots: the parts of a form that are read on their own, `{day}` or `{month}`. A reader gets words
# and the report day, and answers None where the words are nothing of its kind.

_ORDINAL = r"([0-9]{1,2})(?:st|nd|rd|th)?"
_SPAN_OF_MONTH = re.compile(r"([a-z]+)(?: ([0-9]{4}|last year|this year))?")
_DAY_OF_MONTH = (
    re.compile(rf"(?P<day>{_ORDINAL}) (?P<month>[a-z].*)"),
    re.compile(rf"(?P<month>[a-z]+) (?P<day>{_ORDINAL})(?P<year> [0-9]{{4}})?"),
)

Span = tuple[datetime.date, datetime.date]
"""First and last day, both inclusive."""


def _ago(reported: datetime.date, days: int) -> datetime.date:
    return reported - datetime.timedelta(days=days)


def _monday(reported: datetime.date) -> datetime.date:
    """The day that the report's week began."""
    return _ago(reported, reported.weekday())


def _months_ago(reported: datetime.date, months: int) -> datetime.date:
    """The same day of an earlier month, or that month's last."""
    year, month = divmod(reported.year * 12 + reported.month - 1 - months, 12)
    if year < 1:
        raise OverflowError
    return datetime.date(
        year, month + 1, min(reported.day, dates.days_in_month(year, month + 1))
    )


def _month_ago(reported: datetime.date, months: int) -> Span:
    day = _months_ago(reported, months)
    return _whole_month(day.year, day.month)


def _whole_month(year: int, month: int) -> Span:
    first = _date(year, month, 1)
    return first, first.replace(day=dates.days_in_month(year, month))


def _date(year: int, month: int, day: int) -> datetime.date:
    if not 1 <= year <= 9999:
        raise OverflowError
    last = dates.days_in_month(year, month)
    if not 1 <= day <= last:
        raise _Nonsense(f"{dates.MONTHS[month - 1]} {year:04} has {last} days")
    return datetime.date(year, month, day)


def _read_count(words: str, reported: datetime.date) -> int | None:
    if words.isascii() and words.isdigit() and len(words) <= 3 and int(words):
        return int(words)
    return _NUMBERS.get(words)


def _read_ordinal(words: str, reported: datetime.date) -> int | None:
    found = re.fullmatch(_ORDINAL, words)
    return int(found[1]) if found else None


def _read_year(words: str, reported: datetime.date) -> int | None:
    if words in ("last year", "this year"):
        return reported.year - (words == "last year")
    return int(words) if re.fullmatch("[1-9][0-9]{3}", words) else None


def _read_month(words: str, reported: datetime.date) -> Span | None:
    """`March`, `March 2018`, `March last year`, `last month`, `this month`."""
    if words in ("last month", "this month"):
        return _month_ago(reported, int(words == "last month"))
    found = _SPAN_OF_MONTH.fullmatch(words)
    month = _MONTH_NUMBER.get(found[1]) if found else None
    if found is None or month is None:
        return None
    if found[2] is None:
        return _whole_month(reported.year - (month > reported.month), month)
    year = _read_year(found[2], reported)
    return None if year is None else _whole_month(year, month)


def _read_weekday(words: str, reported: datetime.date) -> datetime.date | None:
    """`Tuesday`, `last Tuesday`, `Tuesday last week`."""
    last = words.startswith("last ")
    name, _, week = words.removeprefix("last ").partition(" ")
    number = _WEEKDAY_NUMBER.get(name)
    if number is None or (week and (last or week != "last week")):
        return None
    if week:
        return _ago(_monday(reported), 7 - number)
    days = (reported.weekday() - number) % 7
    return _ago(reported, 7 if last and days == 0 else days)


def _read_day(words: str, reported: datetime.date) -> datetime.date | None:
    """One day: today, a weekday, a day of a month, either or both."""
    if words in ("today", "yesterday", "day before yesterday"):
        return _ago(reported, ("today", "yesterday", "day before yesterday").index(words))
    weekday = _read_weekday(words, reported)
    if weekday is not None:
        return weekday
    name, _, rest = words.partition(" ")
    if name not in _WEEKDAY_NUMBER:
        return _read_day_of_month(words, reported)
    day = _read_day_of_month(rest, reported)
    if day is not None and day.weekday() != _WEEKDAY_NUMBER[name]:
        raise _Nonsense(f"{day} is a {_WEEKDAYS[day.weekday()].capitalize()}")
    return day


def _read_day_of_month(words: str, reported: datetime.date) -> datetime.date | None:
    """`14 January`, `January 14th 2018`, `14 January last year`, `the 14th`."""
    if re.fullmatch("[0-9]{1,2}(st|nd|rd|th)", words):
        months = (_month_ago(reported, back) for back in range(3))
        return _recent_day(int(words[:-2]), months, reported, "in a month")
    for form in _DAY_OF_MONTH:
        found = form.fullmatch(words)
        if found is None:
            continue
        named = found["month"] + (found.groupdict().get("year") or "")
        month = _read_month(named, reported)
        if month is None:
            continue
        day = int(found["day"].rstrip("stndrh"))
        if named in _MONTH_NUMBER:
            # Nine years back lies a leap day, also across a year like 1900.
            months = (_whole_month(month[0].year - back, month[0].month) for back in range(9))
            return _recent_day(day, months, reported, f"in {dates.MONTHS[month[0].month - 1]}")
        return _date(month[0].year, month[0].month, day)
    return None


def _recent_day(
    day: int, months: Iterable[Span], reported: datetime.date, of: str
) -> datetime.date:
    """The first of these months' days of that number that does not lie after the report day."""
    for first, last in months:
        if 1 <= day <= last.day and first.replace(day=day) <= reported:
            return first.replace(day=day)
    raise _Nonsense(f"there is no day {day} {of}")


_READERS: dict[str, Callable[[str, datetime.date], Any]] = {
    "count": _read_count,
    "nth": _read_ordinal,
    "year": _read_year,
    "month": _read_month,
    "weekday": _read_weekday,
    "day": _read_day,
    "last": _read_day,
}


class Said(NamedTuple):
    """The report day, and what the slots of a form were read as."""

    reported: datetime.date
    count: int = 0
    nth: int = 0
    year: int = 0
    month: Span = (datetime.date.min, datetime.date.min)
    weekday: datetime.date = datetime.date.min
    day: datetime.date = datetime.date.min
    last: datetime.date = datetime.date.min

    def ago(self, days: int) -> datetime.date:
        """So many days before the report day."""
        return _ago(self.reported, days)

    def monday(self, weeks_ago: int = 0) -> datetime.date:
        """The day that the report's week began, or a week before it."""
        return _ago(self.reported, self.reported.weekday() + 7 * weeks_ago)

    def of_month(self, day: int) -> datetime.date:
        """A day of the month that was named."""
        return self.month[0].replace(day=day)


class Rule(NamedTuple):
    """How some phrases are read: their forms, and the days that they mean, first and last.

    `lasts` tells what went on from the first day to the last from what happened at some time
    between. Without a `precision` it follows from the number of days.
    """

    id: str
    forms: tuple[re.Pattern[str], ...]
    span: Callable[[Said], Span]
    precision: int | None
    lasts: bool


def _rule(
    id: str,
    forms: str,
    span: Callable[[Said], Span],
    precision: int | None = None,
    *,
    lasts: bool = False,
) -> Rule:
    """`forms` are parted by " ; ". Each is a regular expression over words, with slots."""
    slots = {slot: f"(?P<{slot}>.+?)" for slot in _READERS} | _WORDS_FOR
    compiled = tuple(
        re.compile(re.sub(r"\{([a-z]+)\}", lambda slot: slots[slot[1]], form))
        for form in forms.split(" ; ")
    )
    return Rule(id, compiled, span, precision, lasts)


def _around(day: datetime.date, days: int) -> Span:
    return _ago(day, days), _ago(day, -days)


def _of_year(year: int, first_month: int = 1, last_month: int = 12) -> Span:
    return _whole_month(year, first_month)[0], _whole_month(year, last_month)[1]


def _weekend(said: Said, weeks_ago: int = 0) -> Span:
    """The latest Saturday, and its Sunday unless that is still to come."""
    saturday = _ago(said.reported, (said.reported.weekday() - 5) % 7 + 7 * weeks_ago)
    return saturday, min(_ago(saturday, -1), said.reported)


def _last_days(said: Said) -> Span:
    """Up to the month's last day but one: so "last 6 days of January" is printed."""
    end = _ago(said.month[1], 1)
    return _ago(end, said.count - 1), end


def _in_this_year(first: datetime.date, reported: datetime.date) -> datetime.date:
    return max(first, reported.replace(month=1, day=1))


# UCDP GED Codebook 19.1, appendix 2, in the order in which it prints them.
_GED = (
    _rule("ged/1 no date given", "no date given", lambda s: (s.ago(3), s.ago(1)), 2),
    _rule("ged/2 a day", "{day}", lambda s: (s.day, s.day), 1),
    _rule("ged/3 night of a day", "{day} night ; night {day}", lambda s: (s.day, s.day), 1),
    _rule("ged/4 last night", "last night ; other day", lambda s: (s.ago(1), s.ago(1)), 1),
    _rule(
        "ged/5 recently",
        "recently ; recent days ; recent {struggle} ; {past} few days",
        lambda s: (s.ago(3), s.ago(1)),
        2,
    ),
    _rule("ged/6 around a day", "(around|about) {day}", lambda s: _around(s.day, 1), 2),
    _rule("ged/7 over the weekend", "(over |this )?weekend", _weekend, 2),
    _rule("ged/8 this week", "this week", lambda s: (s.monday(), s.reported), 2),
    _rule(
        "ged/8 since the beginning of the week",
        "since (beginning|start) (this )?week",
        lambda s: (s.monday(), s.reported),
        2,
        lasts=True,
    ),
    _rule(
        "ged/9 night between two days",
        "(over)?night (between|from) {day} (and|to) {last} ; (over)?night {day} to {last}",
        lambda s: (s.day, s.last),
        2,
    ),
    _rule("ged/10 past 24 hours", "{past} 24 hours", lambda s: (s.ago(1), s.reported), 2),
    _rule("ged/11 past 48 hours", "{past} 48 hours", lambda s: (s.ago(2), s.reported), 2),
    _rule("ged/12 past 72 hours", "{past} 72 hours", lambda s: (s.ago(2), s.reported), 2),
    _rule("ged/13 past days", "{past} {count} days", lambda s: (s.ago(s.count), s.ago(1))),
    _rule("ged/14 since a weekday", "since {weekday}", lambda s: (s.weekday, s.reported), lasts=True),
    _rule(
        "ged/15 days of fighting",
        "{count} days? (long )?{struggle}",
        lambda s: (s.ago(s.count - 1), s.reported),
        lasts=True,
    ),
    _rule(
        "ged/16 between two days",
        "(between )?{nth} (and|to) {last}",
        lambda s: (_date(s.last.year, s.last.month, s.nth), s.last),
    ),
    _rule(
        "ged/17 night of fighting",
        "night (long )?{struggle}",
        lambda s: (s.ago(1), s.reported),
        2,
        lasts=True,
    ),
    _rule(
        "ged/17 night of fighting",
        "night (long )?{struggle} {day}",
        lambda s: (s.day, _ago(s.day, -1)),
        2,
        lasts=True,
    ),
    _rule("ged/18 last days of a month", "last {count} days {month}", _last_days),
    _rule("ged/19 late last week", "late last week", lambda s: (_ago(s.monday(), 3), _ago(s.monday(), 1)), 2),
    _rule("ged/20 last week", "last week", lambda s: (s.monday(1), _ago(s.monday(), 1)), 3),
    _rule("ged/21 past week", "(past|previous) week", lambda s: (s.ago(6), s.reported), 3),
    _rule("ged/22 first week of a month", "first week {month}", lambda s: (s.of_month(1), s.of_month(7)), 3),
    _rule("ged/23 week-old fighting", "week (old|long) {struggle}", lambda s: (s.ago(6), s.reported), 3, lasts=True),
    _rule("ged/24 early in a month", "{early} {month}", lambda s: (s.of_month(1), min(s.of_month(10), s.reported)), 4),
    _rule("ged/25 middle of a month", "{mid} {month}", lambda s: (s.of_month(10), s.of_month(20)), 4),
    _rule("ged/26 late in a month", "{late} {month}", lambda s: (s.of_month(15), min(s.month[1], s.reported)), 4),
    _rule("ged/27 several weeks", "(number|several|recent|{past} few|few) weeks( ago)?", lambda s: (s.ago(21), s.reported), 4),
    _rule("ged/28 earlier this month", "earlier this month", lambda s: (s.reported.replace(day=1), s.ago(1)), 4),
    _rule("ged/29 last month", "(last|previous) month", lambda s: _month_ago(s.reported, 1), 4),
    _rule("ged/30 a fortnight ago", "fortnight ago", lambda s: (s.ago(13), s.reported), 4),
    _rule("ged/31 a year", "{year}", lambda s: _of_year(s.year), 5),
    _rule("ged/32 past year", "past year", lambda s: _of_year(s.reported.year)[:1] + (s.reported,), 5),
    _rule("ged/33 early in a year", "{early} {year}", lambda s: _of_year(s.year, 1, 4), 5),
    _rule("ged/34 middle of a year", "{mid} {year}", lambda s: _of_year(s.year, 5, 8), 5),
    _rule("ged/35 late in a year", "{late} {year}", lambda s: _of_year(s.year, 9, 12), 5),
    _rule(
        "ged/36 past 3 months",
        "{past} (3|three|few) months",
        lambda s: (_in_this_year(_months_ago(s.reported, 3), s.reported), s.reported),
        5,
    ),
)

# Dateline's own. "since" (37) is read in `_since`.
_OWN = (
    _rule("dateline/38 part of a day", "{part} {day} ; {day} {part} ; this {part}", lambda s: (s.day, s.day), 1),
    _rule("dateline/39 overnight", "overnight", lambda s: (s.ago(1), s.reported), 2),
    _rule("dateline/40 a month", "{month}", lambda s: s.month),
    _rule("dateline/41 days ago", "{count} days? ago", lambda s: (s.ago(s.count), s.ago(s.count)), 1),
)

RULES: tuple[Rule, ...] = _GED + _OWN


def _resolve(words: str, reported: datetime.date) -> Resolved | None:
    found = _find(words, reported)
    if found is None:
        return _since(words, reported) if words.startswith("since ") else None
    rule, first, last = found
    if rule.lasts:
        edtf = f"{first}/{last}"
    else:
        edtf = _edtf(first, last)
    return Resolved(edtf, dates.parse(edtf), rule.id, rule.precision or _precision(first, last))


def _since(words: str, reported: datetime.date) -> Resolved | None:
    """It began at some time that a rule reads, and goes on on the report day.

    EDTF has no interval that begins in a set of days. So where the beginning is no single date,
    the interval begins, inexactly, on its first day, and only the bounds tell the last.
    """
    found = _find(words.removeprefix("since "), reported)
    if found is None or found[0].lasts:
        return None
    rule, first, last = found
    if first > reported:
        raise _Nonsense(f"it would begin on {first}, after the report day")
    start = _edtf(first, last)
    inexact = start.startswith("[")
    edtf = f"{first}~/{reported}" if inexact else f"{start}/{reported}"
    bounds = dates.parse(edtf)
    if inexact:
        latest = dates.parse(f"{min(last, reported)}").end_latest - 1
        bounds = msgspec.structs.replace(bounds, start_latest=latest)
    rule_id = f"dateline/37 since {rule.id}"
    return Resolved(edtf, bounds, rule_id, _precision(first, reported))


def _find(words: str, reported: datetime.date) -> tuple[Rule, datetime.date, datetime.date] | None:
    """The first rule that reads the words, and the first and last day that it gives them."""
    for rule in RULES:
        for form in rule.forms:
            said = _read(form, words, reported)
            if said is None:
                continue
            first, last = rule.span(said)
            if first > last:
                raise _Nonsense(f"it would begin on {first} and end on {last}")
            return rule, first, last
    return None


def _read(form: re.Pattern[str], words: str, reported: datetime.date) -> Said | None:
    found = form.fullmatch(words)
    if found is None:
        return None
    slots = {}
    for slot, slot_words in found.groupdict().items():
        slots[slot] = _READERS[slot](slot_words, reported)
        if slots[slot] is None:
            return None
    return Said(reported, **slots)


def _edtf(first: datetime.date, last: datetime.date) -> str:
    """Some time from the first day to the last, as short as EDTF has it."""
    if first == last:
        return f"{first}"
    if (first, last) == _of_year(first.year):
        return f"{first}"[:4]
    if (first, last) == _whole_month(first.year, first.month):
        return f"{first}"[:7]
    return f"[{first}..{last}]"


def _precision(first: datetime.date, last: datetime.date) -> int:
    """The `date_prec` of UCDP GED for a number of days."""
    days = (last - first).days + 1
    for precision, longest in enumerate((1, 6, 7, 31), start=1):
        if days <= longest:
            return precision
    return 5
