"""The words of phrases for a time: how they are written, and what their parts mean.

A phrase is brought into one form (`plain_words`), in which the forms of the rules find their slots:
`{day}`, `{month}`, `{count}` ... Each slot has a reader of its own. What all of them share:

- Case, commas, full stops and repeated spaces do not count, nor do articles and the prepositions
  in `_UNSAID`. Hyphens part words; between figures, or with spaces around, they mean "to".
- Numbers in words become figures, up to ninety-nine.
- A day or month without a year is the latest that does not lie after the report day.
- A weekday is the latest one, the report day included; "last Tuesday" leaves the report day out.
- Weeks begin on Monday.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from domain.calendar import MONTHS, days_in_month


class NoSuchTime(ValueError):
    """The words are understood, but what they name does not exist. Says why."""


# Words

_UNSAID = {"a", "an", "at", "during", "in", "of", "on", "over", "the", "throughout", "within"}
_COUNTS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBERS = {word: number for number, word in enumerate(_COUNTS, start=1)} | {
    word: number for number, word in zip(range(20, 100, 10), _TENS, strict=True)
}
_NUMBER_WORDS = re.compile(
    rf"\b(?:({'|'.join(_TENS)})(?: ({'|'.join(_COUNTS[:9])}))?|({'|'.join(_COUNTS)}))\b"
)
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth", "thirtieth",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _numbered(names: tuple[str, ...], start: int) -> dict[str, int]:
    """Names in lower case, and their first three letters."""
    return {
        form: number
        for number, name in enumerate(names, start)
        for form in (name.lower(), name.lower()[:3])
    }


_WEEKDAY_NUMBER = _numbered(_WEEKDAYS, 0) | {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
_MONTH_NUMBER = _numbered(MONTHS, 1) | {"sept": 9}

_MONTH_BEFORE_DAYS = re.compile(
    rf"\b({'|'.join(_MONTH_NUMBER)}) ([0-9]{{1,2}}) (to|and) ([0-9]{{1,2}})\b(?! [a-z])"
)
_LONGEST_PHRASE = 200


_DASH = "[-\u2010-\u2015]"
_DASH_THAT_MEANS_TO = re.compile(rf"(?<=[0-9])\s*(?:{_DASH}|/)\s*(?=[0-9])|\s+{_DASH}\s+")
# "Last week" is Monday to Sunday of the week before; "in the last week" are the past seven days.
_UP_TO_NOW = re.compile(r"\bthe last (week|month|year)$")
_TO_COME = re.compile(r"\b(?:in|within) (?:a |the )?(?:number|few|several|couple)\b")
"""To come, or the first time in so long; not what happened in these days."""
# "A week on 19 August" is another day, which must not be read like it when "on" goes unsaid.
_WEEK_OF_DAY = re.compile(r"\bweek of (?=(?:the )?[0-9]|[a-z]+ [0-9]{1,2}(?:st|nd|rd|th)?\b)")


def plain_words(phrase: str) -> str:
    """A phrase as the rules match it: lower case, single spaces, figures, without what goes unsaid.

    "February 13 to 16" becomes "13 to 16 february". Longer than any phrase counts as no words.
    """
    if len(phrase) > _LONGEST_PHRASE:
        return ""
    text = re.sub("[,.]", " ", phrase.casefold()).strip()
    text = re.sub(_DASH, " ", _DASH_THAT_MEANS_TO.sub(" to ", text))
    text = _UP_TO_NOW.sub(r"past \1", " ".join(text.split()))
    if _TO_COME.search(text):
        return ""
    text = _WEEK_OF_DAY.sub("week containing ", text)
    said = " ".join(word for word in text.split() if word not in _UNSAID)
    return _MONTH_BEFORE_DAYS.sub(r"\2 \3 \4 \1", _NUMBER_WORDS.sub(_figures, said))


def _figures(number: re.Match[str]) -> str:
    return str(sum(_NUMBERS[word] for word in number.groups() if word))


# Days

Span = tuple[datetime.date, datetime.date]
"""First and last day, both inclusive."""


def before(day: datetime.date, days: int) -> datetime.date:
    return day - datetime.timedelta(days=days)


def date(year: int, month: int, day: int) -> datetime.date:
    if not 1 <= year <= 9999:
        raise OverflowError
    last = days_in_month(year, month)
    if not 1 <= day <= last:
        raise NoSuchTime(f"{MONTHS[month - 1]} {year:04} has {last} days")
    return datetime.date(year, month, day)


def span_of_months(year: int, first: int, last: int | None = None) -> Span:
    """A month of a year, or the months from the first to the last."""
    last = last or first
    return date(year, first, 1), date(year, last, days_in_month(year, last))


def month_ago(reported: datetime.date, months: int) -> Span:
    year, month = divmod(reported.year * 12 + reported.month - 1 - months, 12)
    return span_of_months(year, month + 1)


def same_day_ago(reported: datetime.date, months: int) -> datetime.date:
    """The same day of an earlier month, or that month's last."""
    first, last = month_ago(reported, months)
    return first.replace(day=min(reported.day, last.day))


# Slots: the parts of a form that are read on their own, like `{day}`. A reader gets words and the
# day that they count from, and answers None where the words are nothing of its kind.


def _read_count(words: str, reported: datetime.date) -> int | None:
    return int(words) if re.fullmatch("[1-9][0-9]{0,2}", words) else None


def _read_ordinal(words: str, reported: datetime.date) -> int | None:
    """`14`, `14th`, `fourteenth`, `twenty-first`."""
    found = re.fullmatch("([0-9]{1,2})(st|nd|rd|th)?", words)
    if found:
        return int(found[1])
    tens, _, unit = words.rpartition(" ")
    if unit not in _ORDINALS or tens not in ("", "20", "30"):
        return None
    number = _ORDINALS.index(unit) + 1
    if tens:
        return int(tens) + number if number < 10 else None
    return 30 if number == 21 else number


def _read_year(words: str, reported: datetime.date) -> int | None:
    """`1995`, `last year`, `this year`."""
    if words in ("this year", "last year"):
        return reported.year - (words == "last year")
    return int(words) if re.fullmatch("[1-9][0-9]{3}", words) else None


def _read_month(words: str, reported: datetime.date) -> Span | None:
    """`March`, `March 2018`, `March last year`, `last March`, `last month`, `this month`."""
    if words in ("this month", "last month"):
        return month_ago(reported, int(words == "last month"))
    last = words.startswith("last ")
    name, _, year_words = words.removeprefix("last ").partition(" ")
    month = _MONTH_NUMBER.get(name)
    if month is None or (last and year_words):
        return None
    if year_words:
        year = _read_year(year_words, reported)
        return None if year is None else span_of_months(year, month)
    in_past = month < reported.month or (month == reported.month and not last)
    return span_of_months(reported.year if in_past else reported.year - 1, month)


def _read_weekday(words: str, reported: datetime.date) -> datetime.date | None:
    """`Tuesday`, `last Tuesday`, `Tuesday last week`, `Tuesday this week`, `this Tuesday`."""
    if words.startswith("this "):
        words = words.removeprefix("this ") + " this week"
    last = words.startswith("last ")
    name, _, week = words.removeprefix("last ").partition(" ")
    number = _WEEKDAY_NUMBER.get(name)
    if number is None or (week and (last or week not in ("last week", "this week"))):
        return None
    if week:
        monday = before(reported, reported.weekday() + 7 * (week == "last week"))
        return before(monday, -number)
    days = (reported.weekday() - number) % 7
    return before(reported, 7 if last and days == 0 else days)


_COUNTED_DAYS = ("today", "yesterday", "day before yesterday")


def _read_day(words: str, reported: datetime.date) -> datetime.date | None:
    """One day: counted back, a weekday, a day of a month, or both of these if they agree."""
    if words in _COUNTED_DAYS:
        return before(reported, _COUNTED_DAYS.index(words))
    weekday = _read_weekday(words, reported)
    if weekday is not None:
        return weekday
    name, _, rest = words.partition(" ")
    if name not in _WEEKDAY_NUMBER:
        return _read_day_of_month(words, reported)
    day = _read_day_of_month(rest, reported)
    if day is not None and day.weekday() != _WEEKDAY_NUMBER[name]:
        raise NoSuchTime(f"{day} is a {_WEEKDAYS[day.weekday()]}")
    return day


def _read_day_of_month(words: str, reported: datetime.date) -> datetime.date | None:
    """`14 January`, `January 14th 2018`, `14 January last year`, `the 14th`."""
    if re.fullmatch("[0-9]{1,2}(st|nd|rd|th)", words):
        recent = (month_ago(reported, back) for back in range(3))
        return _latest_day(int(words[:-2]), recent, reported, f"no month has a day {words[:-2]}")
    found = _DAY_OF_MONTH.fullmatch(words)
    if found is None:
        return None
    number = found["before"] or found["behind"] or ""
    month_words = f"{found['month']} {found['year'] or ''}".strip()
    day, month = _read_ordinal(number, reported), _read_month(month_words, reported)
    if day is None or month is None:
        return None
    year, of_year = month[0].year, month[0].month
    if month_words not in _MONTH_NUMBER:
        return date(year, of_year, day)
    # Leap days can lie eight years apart.
    recent = (span_of_months(year - back, of_year) for back in range(9))
    name = MONTHS[of_year - 1]
    return _latest_day(day, recent, reported, f"there is no {day} {name}")


_NAMES = "|".join(_MONTH_NUMBER)
_DAY_OF_MONTH = re.compile(
    rf"(?:(?P<before>\S+(?: \S+)?) )?(?P<month>(?:last )?(?:{_NAMES})|(?:last|this) month)"
    r"(?: (?P<behind>[0-9]{1,2}(?:st|nd|rd|th)?))?(?: (?P<year>.+))?"
)


def _latest_day(
    day: int, recent: Iterable[Span], reported: datetime.date, otherwise: str
) -> datetime.date:
    """The day of that number in the first of these months where it is not after the report day."""
    for first, last in recent:
        if 1 <= day <= last.day and first.replace(day=day) <= reported:
            return first.replace(day=day)
    raise NoSuchTime(otherwise)


def _read_stretch(words: str, reported: datetime.date) -> Span | None:
    """A month, or a year in figures."""
    if re.fullmatch("[1-9][0-9]{3}", words):
        return span_of_months(int(words), 1, 12)
    return _read_month(words, reported)


_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}


def _read_season(words: str, reported: datetime.date) -> Span | None:
    """`summer`, `this summer`, `last summer`, `summer 2018`, `winter 2018-19`: northern ones.

    Without a year it is the latest that has begun; `last` is the latest that is over; `this` is
    that of the report's year. A winter of one year is none: each year has two.
    """
    found = re.fullmatch("(?:(last|this) )?([a-z]+)(?: ([a-z0-9 ]+))?", words)
    month = _SEASONS.get(found[2]) if found else None
    if found is None or month is None or (found[1] and found[3]):
        return None
    if found[3]:
        year = _winter_year(found[3]) if month == 12 else _read_year(found[3], reported)
        return None if year is None else _season_of(year, month)
    if found[1] == "this":
        return None if month == 12 else _season_of(reported.year, month)
    recent = (_season_of(reported.year - back, month) for back in range(3))
    if found[1] == "last":
        return next(span for span in recent if span[1] < reported)
    return next(span for span in recent if span[0] <= reported)


def _winter_year(words: str) -> int | None:
    """The year that a winter begins in, of `2018 to 19` or `2018 to 2019`."""
    found = re.fullmatch("([1-9][0-9]{3}) to ([0-9]{4}|[0-9]{2})", words)
    if found is None or not str(int(found[1]) + 1).endswith(found[2]):
        return None
    return int(found[1])


def _season_of(year: int, month: int) -> Span:
    if month == 12:
        return date(year, 12, 1), span_of_months(year + 1, 2)[1]
    return span_of_months(year, month, month + 2)


def _read_decade(words: str, reported: datetime.date) -> int | None:
    """The first year of `1990s`."""
    return int(words[:4]) if re.fullmatch("[1-9][0-9]{2}0s", words) else None


_READERS: dict[str, Callable[[str, datetime.date], Any]] = {
    "count": _read_count,
    "nth": _read_ordinal,
    "year": _read_year,
    "month": _read_month,
    "season": _read_season,
    "decade": _read_decade,
    "weekday": _read_weekday,
    "day": _read_day,
    "last": _read_day,
    "first": _read_day,
    "until": _read_stretch,
    "begin": _read_stretch,
}
_WORDS_FOR = {
    "to": "(?:and|to|into)",
    "this": "(?:this )?",
    "old": "(?:old |long )",
    "night": "(?:over)?night(?: between| from)?",
    "several": "(?:number|several|recent|(?:past |last |previous )?few)",
    "few": "(?:few|several|couple)",
    "beginning": "(?:beginning|start)",
    "past": "(?:past|last|previous)",
    "early": "(?:early|beginning|start)",
    "mid": "(?:mid|middle)",
    "late": "(?:late|end)",
    "time": "(?:morning|afternoon|evening|night)",
    "part": (
        "(?:(?:early |late )?(?:morning|afternoon|evening)|early hours|early|late|earlier|noon|"
        "midday|midnight|dawn|before dawn|daybreak|sunrise|dusk|sunset)"
    ),
    "fighting": (
        "(?:assaults?|attacks?|battles?|blockade|bombardment|bombing|campaign|ceasefire|"
        "clash|clashes|fight|fighting|offensive|operation|protests?|raids?|riots?|shelling|"
        "siege|standoff|strikes?|truce|unrest|violence)"
    ),
}


class Said(NamedTuple):
    """The report day, and what the slots of a form were read as."""

    reported: datetime.date
    slots: dict[str, Any]

    @property
    def number(self) -> int:
        """The count said; 1 where only "a" was."""
        count: int = self.slots.get("count", 1)
        return count

    def ago(self, days: int) -> datetime.date:
        """So many days before the report day."""
        return before(self.reported, days)


def form(text: str) -> re.Pattern[str]:
    """A regular expression over words, with slots like `{day}`, as a rule has it."""
    slots = {slot: f"(?P<{slot}>.+?)" for slot in _READERS} | _WORDS_FOR
    return re.compile(re.sub(r"\{([a-z]+)\}", lambda slot: slots[slot[1]], text))


def read(form: re.Pattern[str], words: str, reported: datetime.date) -> Said | None:
    """The slots of a form, read; None where the words are not of that form.

    Of two times the first counts from the last: on a Sunday, "between Sunday and Monday" began
    seven days ago.
    """
    found = form.fullmatch(words)
    if found is None:
        return None
    slots: dict[str, Any] = found.groupdict()
    for slot in sorted(slots, key=lambda slot: slot in ("first", "begin")):
        counted_from = reported
        if slot == "first":
            counted_from = slots["last"]
        elif slot == "begin":
            counted_from = slots["until"][1]
        slots[slot] = _READERS[slot](slots[slot], counted_from)
        if slots[slot] is None:
            return None
    return Said(reported, slots)
