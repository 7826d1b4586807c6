"""What is said of a text that is no EDTF date: the place of the fault, and what was expected there.

The parser (`domain.edtf`) calls these where it can go no further; nothing here is on the way of a
date that can be read. What EDTF or ISO 8601 have and Dateline does not is refused by name.
"""

from __future__ import annotations

import re

from domain.errors import Invalid

MARKS = ("?", "~", "%")


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


_BEGUN = re.compile("[?~%]?(Y?)-?([0-9X]*)")
_A_DATE = "a date like 2019, 2019-08 or 2019-08-27 was expected"
_TOO_SHORT = {
    1: "; a year has four digits",
    2: "; a century is written like 20XX",
    3: "; a decade is written like 201X",
}
_ONE_MARK = "one mark (?, ~ or %) can stand on each side of a year, a month or a day"
_NO_EXPONENT = "a year with an exponent (E, level 2) is not read: write all digits behind Y"
_NO_SIGNIFICANT_DIGITS = (
    "significant digits (S, level 2) are not read: write X for a digit that is not known"
)
_NOT_READ_AT_ALL = (
    (re.compile("P[0-9T]"), "a duration (P1M) has no date: write an interval"),
    (re.compile("R[0-9]*/"), "repeating intervals (R/...) are not read"),
    (re.compile("unknown", re.IGNORECASE), "an unknown end is left empty: 2019-04/"),
    (re.compile("open", re.IGNORECASE), 'an open end is written "..": 2019-04/..'),
    (re.compile("[\\[{]"), "a set stands alone: it is no part of an interval or a set"),
    (re.compile("y-?[0-9]"), "a long year begins with a capital Y"),
)


def not_begun(text: str, at: int) -> NotEdtf:
    """The fault where no date could be read from `at` on."""
    rest = text[at:]
    if not text:
        return NotEdtf(text, 0, f"{_A_DATE}; what is undated has none")
    if rest[:1].isspace():
        return NotEdtf(text, at, "spaces are not allowed in a date")
    for pattern, reason in _NOT_READ_AT_ALL:
        if pattern.match(rest):
            return NotEdtf(text, at, reason)
    begun = _BEGUN.match(text, at)
    assert begun is not None, "it matches the empty text"
    at = begun.end()
    if begun[1]:
        return NotEdtf(text, at, "a year of five or more digits was expected behind Y")
    if text.startswith(MARKS, at):
        return NotEdtf(text, at, _ONE_MARK)
    if begun[2] and text[at : at + 1] in ("u", "x"):
        return NotEdtf(text, at, "a digit that is not known is written X")
    return NotEdtf(text, at, _A_DATE + _TOO_SHORT.get(len(begun[2]), ""))


def stopped(text: str, at: int, found: re.Match[str]) -> NotEdtf:
    """The fault where something stands behind a date, at `at`, that cannot stand there."""
    sign = text[at]
    parts = [part for part in found.groups() if part is not None]
    long_year = len(found.groups()) == 1
    if sign == "E" and len(parts) == 1:
        return NotEdtf(text, at, _NO_EXPONENT)
    if sign == "S" and len(parts) == 1:
        return NotEdtf(text, at, _NO_SIGNIFICANT_DIGITS)
    if sign in MARKS:
        return NotEdtf(text, at, _ONE_MARK)
    if sign == "X" and long_year:
        return NotEdtf(text, at, "a year behind Y is written with all its digits")
    if sign.isdecimal() or sign == "X":
        return _too_many_digits(text, at, len(parts))
    if sign == "T":
        return NotEdtf(text, at, "a time needs a day: 2019-08-27T10:00:00")
    if sign == "-" and not long_year:
        return _no_component(text, at, len(parts))
    if sign in ("u", "x"):
        return NotEdtf(text, at, "a digit that is not known is written X")
    return NotEdtf(text, at, expected_behind(text, at, "the end of the date"))


def _too_many_digits(text: str, at: int, parts: int) -> NotEdtf:
    reason = (
        "a year has four digits; a longer one is written with Y before it",
        "a hyphen before the day was expected",
        "a day has two digits",
    )[parts - 1]
    if parts == 2 and re.search("-[0-9]{3}$", text[: at + 1]) and not text[at + 1 :][:1].isdigit():
        reason = "a day of the year (2019-239) is not read: write its month"
    return NotEdtf(text, at, reason)


def _no_component(text: str, at: int, parts: int) -> NotEdtf:
    """The fault where a hyphen, at `at`, is followed by no month or day."""
    rest = text[at + 1 :]
    if parts == 3:
        return NotEdtf(text, at, "nothing smaller than a day follows with a hyphen")
    if parts == 1 and rest.startswith("W"):
        return NotEdtf(text, at + 1, "a week (2019-W35) is not read: write it as [a..b]")
    at += 1 + rest.startswith(MARKS)
    if text.startswith(MARKS, at):
        return NotEdtf(text, at, _ONE_MARK)
    name = "a month (01 to 12) or a season (21 to 41)" if parts == 1 else "a day (01 to 31)"
    return NotEdtf(text, at, f"{name} of two digits was expected")


def expected_behind(text: str, at: int, expected: str) -> str:
    """What was expected at `at`, behind a date that could be read."""
    sign = text[at : at + 1]
    if sign.isspace():
        return "spaces are not allowed in a date"
    if sign == "/":
        inside = text.startswith(("[", "{"))
        return "a range in a set is written a..b" if inside else "an interval has two sides only"
    if text.startswith("..", at) and not text.startswith(("[", "{")):
        return 'a range "a..b" stands in a set only: [a..b]; an interval is a/b'
    return f"{expected} was expected"
