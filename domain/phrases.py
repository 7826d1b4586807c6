"""What a source's own words for a time mean: "last week", "since late April".

A phrase is resolved against the report day, the calendar date as written in `reported_at`, by the
numbered rules of `domain.phrase_rules`; `domain.wording` reads the words. What no rule reads is
refused and never guessed. Only a year in figures can put the whole of a phrase after the report
day. `docs/dates.md` explains the rules with examples; a test reads them.
"""

from __future__ import annotations

import datetime

import msgspec

from domain import dates
from domain.errors import Invalid
from domain.phrase_rules import Meaning, find
from domain.wording import NoSuchTime, plain_words, span_of_months

RULES_VERSION = "phrases/2"
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
    "understood are for example today, last Tuesday, 14 January, 3 days ago, last week, late "
    "April, September last year, mid 1999, past 48 hours, between 13-16 February, five-day "
    "offensive, and `since` before most of these"
)


def resolve(phrase: str, reported: datetime.date) -> Resolved:
    """What `phrase` means when said on the calendar date `reported`. Raises UnknownPhrase."""
    words = plain_words(phrase)
    try:
        resolved = _stated(words, reported) or _since(words, reported)
    except NoSuchTime as fault:
        raise UnknownPhrase(phrase, reported, str(fault)) from None
    except OverflowError:
        raise UnknownPhrase(phrase, reported, "it lies outside the years 1 to 9999") from None
    if resolved is None:
        raise UnknownPhrase(phrase, reported, f"no rule reads it; {_UNDERSTOOD}")
    return resolved


def _stated(words: str, reported: datetime.date) -> Resolved | None:
    """What a rule says."""
    found = find(words, reported)
    if found is None:
        return None
    rule, first, last = found
    edtf = _edtf(rule.means, first, last)
    return Resolved(edtf, dates.parse(edtf), rule.id, rule.precision or _precision(first, last))


def _since(words: str, reported: datetime.date) -> Resolved | None:
    """It began at some time that another rule reads, and lasts on the report day.

    EDTF has no interval that begins on one of several days. Where the beginning is no single
    EDTF date, the interval is written from its first day, marked as inexact, and the bounds alone
    know its last.
    """
    if not words.startswith("since "):
        return None
    found = find(words.removeprefix("since "), reported)
    if found is None or found[0].means not in ("sometime", "either"):
        return None
    rule, first, last = found
    if first > reported:
        raise NoSuchTime(f"it would begin on {first}, after the report day")
    rule_id, precision = f"dateline/37 since {rule.id}", _precision(first, reported)
    start = _sometime(first, last)
    if not start.startswith("["):
        edtf = f"{start}/{reported}"
        return Resolved(edtf, dates.parse(edtf), rule_id, precision)
    edtf = f"{first}~/{reported}"
    latest = dates.parse(f"{min(last, reported)}").start_latest
    bounds = msgspec.structs.replace(dates.parse(edtf), start_latest=latest)
    return Resolved(edtf, bounds, rule_id, precision)


def _edtf(means: Meaning, first: datetime.date, last: datetime.date) -> str:
    """EDTF for what happened on the first and the last day, or between them."""
    if means in ("both", "either") and first == last:
        return f"{first}"
    match means:
        case "lasts":
            return f"{first}/{last}"
        case "both":
            return f"{{{first},{last}}}"
        case "either":
            return f"[{first},{last}]"
        case "sometime":
            return _sometime(first, last)


def _sometime(first: datetime.date, last: datetime.date) -> str:
    """EDTF for some time from the first day to the last, as short as it can be written."""
    if first == last:
        return f"{first}"
    if (first, last) == span_of_months(first.year, 1, 12):
        return f"{first}"[:4]
    if (first, last) == span_of_months(first.year, first.month):
        return f"{first}"[:7]
    if f"{first}"[3:] == "0-01-01" and f"{last}" == f"{first}"[:3] + "9-12-31":
        return f"{first}"[:3] + "X"
    if f"{first}"[4:] == "-01-01" and f"{last}"[4:] == "-12-31":
        return f"[{first}"[:5] + f"..{last}"[:6] + "]"
    return f"[{first}..{last}]"


def _precision(first: datetime.date, last: datetime.date) -> int:
    """The `date_prec` of UCDP GED for so many days."""
    days = (last - first).days + 1
    for precision, longest in enumerate((1, 6, 7, 31), start=1):
        if days <= longest:
            return precision
    return 5
