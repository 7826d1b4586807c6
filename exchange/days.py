"""The days over which an entry is drawn by formats that know only dates, not doubt about them."""

from __future__ import annotations

import re

from msgspec import Struct

from domain.answers import Entry

UNDATED = "without a date"
OPEN = "without a known beginning and end"
NO_END, NO_BEGINNING = "no known end", "no known beginning"
_MOMENT = re.compile(r"([+-]?\d+)-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d))?")


class Moment(Struct, frozen=True):
    """A day, or a second of it. Years as astronomers count them: 0 is 1 BCE."""

    year: int
    month: int
    day: int
    time: tuple[int, int, int] | None = None


class Span(Struct, frozen=True):
    """From one moment to another, both inclusive. `open` says on which side more is not known: then
    it is the span in which the other side lies."""

    first: Moment
    last: Moment
    open: str | None = None


def span(entry: Entry) -> Span | str:
    """All the days that it may have been; or the reason for which there are none to draw."""
    when = entry.occurred
    if when is None:
        return UNDATED
    if when.earliest is not None and when.latest is not None:
        return Span(_moment(when.earliest), _moment(when.latest))
    if when.earliest is not None:
        return Span(_moment(when.earliest), _moment(when.start_latest or when.earliest), NO_END)
    if when.latest is not None:
        return Span(_moment(when.end_earliest or when.latest), _moment(when.latest), NO_BEGINNING)
    return OPEN


def _moment(text: str) -> Moment:
    found = _MOMENT.fullmatch(text)
    assert found is not None, "as domain.dates writes it"
    year, month, day, *time = (int(part) if part is not None else None for part in found.groups())
    assert year is not None
    assert month is not None
    assert day is not None
    hour, minute, second = time
    if hour is None or minute is None or second is None:
        return Moment(year, month, day)
    return Moment(year, month, day, (hour, minute, second))
