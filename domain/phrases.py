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
from collections.abc import Callable
from typing import NamedTuple

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


# What a rule is read with. Each slot of a form, `{day}` or `{month}`, has a reader here; it gets
# the words and the report day, and answers None where they are nothing of its kind.

_Span = tuple[datetime.date, datetime.date]
"""First and last day, both inclusive."""


def _ago(reported: datetime.date, days: int) -> datetime.date:
    return reported - datetime.timedelta(days=days)


class _Said(NamedTuple):
    """The report day, and what the slots of a form were read as."""

    reported: datetime.date
    slots: dict[str, object]

    def ago(self, days: int) -> datetime.date:
        return _ago(self.reported, days)
