"""iCalendar (RFC 5545): an all-day event over all the days that each occurrence may have been, with
the date's own words in its description. Undated ones cannot be shown, and are counted."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence

from domain.answers import Entry
from exchange import said
from exchange.days import Moment, Span, span
from exchange.export import About, filters_text, left_out_text, printable

FAR = "outside of the years 1 to 9999"
OCTETS = 75
"""Of one line at most, without its end (section 3.1)."""
NOTE = "Each event spans all the days that it may have been; it need not have lasted so long."


class Calendar:
    """A VCALENDAR."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._events: list[bytes] = []
        self._left_out: Counter[str] = Counter()

    def begin(self) -> bytes:
        """Nothing yet: what is left out stands first, and is counted on the way."""
        return b""

    def add(self, entries: Sequence[Entry]) -> bytes:
        """Nothing yet."""
        for entry in entries:
            days = _days(entry)
            if isinstance(days, str):
                self._left_out[days] += 1
            else:
                self._events.append(_content(self._event(entry, *days)))
        return b""

    def end(self) -> bytes:
        """The calendar."""
        about = self._about
        left_out = left_out_text(about, self._left_out)
        lines = [f"As known: {about.as_of}", f"Basis: {about.basis}", f"Policy: {about.policy}"]
        lines += [f"Rules: {about.rules}", f"Filters: {filters_text(about)}"]
        lines += [f"Left out: {left_out}", f"Permalink: {about.permalink}", about.cite, NOTE]
        if about.description:
            lines.insert(0, about.description)
        head = [
            ("BEGIN", "VCALENDAR"),
            ("VERSION", "2.0"),
            ("PRODID", "-//Dateline//Dateline//EN"),
            ("CALSCALE", "GREGORIAN"),
            ("NAME", _text(about.title)),
            ("X-WR-CALNAME", _text(about.title)),
            ("DESCRIPTION", _text("\n".join(lines))),
            ("X-WR-CALDESC", _text("\n".join(lines))),
            ("X-DATELINE-AS-OF", _text(about.as_of)),
            ("X-DATELINE-BASIS", str(about.basis)),
            ("X-DATELINE-POLICY", _text(about.policy)),
            ("X-DATELINE-RULES", _text(about.rules)),
            ("X-DATELINE-FILTERS", _text(filters_text(about))),
            ("X-DATELINE-LEFT-OUT", _text(left_out)),
            ("X-DATELINE-PERMALINK", _text(about.permalink)),
            ("X-DATELINE-CITE", _text(about.cite)),
        ]
        return _content(head) + b"".join(self._events) + _content([("END", "VCALENDAR")])

    def _event(
        self, entry: Entry, days: Span, first: datetime.date, after: datetime.date
    ) -> Iterator[tuple[str, str]]:
        about = self._about
        title = entry.title or said.UNTITLED
        lines = [*said.lines(entry), f"More: {about.link(entry.occurrence)}", about.cite]
        yield "BEGIN", "VEVENT"
        yield "UID", str(entry.id)
        # Not when the file was made: when this came to be known (section 3.8.7.2).
        yield "DTSTAMP", _stamp(entry.known_from)
        yield "SEQUENCE", str(entry.version)
        yield "DTSTART;VALUE=DATE", f"{first:%Y%m%d}".zfill(8)
        yield "DTEND;VALUE=DATE", f"{after:%Y%m%d}".zfill(8)
        yield "SUMMARY", _text(f"{title} ({days.open})" if days.open else title)
        yield "DESCRIPTION", _text("\n".join(lines))
        if entry.place is not None:
            yield "LOCATION", _text(said.place(entry.place))
        if entry.kind is not None or entry.tags:
            words = ([entry.kind] if entry.kind else []) + list(entry.tags)
            yield "CATEGORIES", ",".join(map(_text, words))
        yield "TRANSP", "TRANSPARENT"
        yield "END", "VEVENT"


def _days(entry: Entry) -> tuple[Span, datetime.date, datetime.date] | str:
    """The span of an entry, its first day and the day after its last; or why it has none."""
    days = span(entry)
    if isinstance(days, str):
        return days
    try:
        return days, _date(days.first), _date(days.last) + datetime.timedelta(days=1)
    except (ValueError, OverflowError):
        return FAR


def _date(moment: Moment) -> datetime.date:
    return datetime.date(moment.year, moment.month, moment.day)


def _stamp(instant: str) -> str:
    """`2019-08-27T23:59:59.999999Z` as `20190827T235959Z`."""
    second = instant.removesuffix("Z").partition(".")[0]
    return second.replace("-", "").replace(":", "") + "Z"


def _text(value: str) -> str:
    """TEXT (section 3.3.11)."""
    plain = printable(value).replace("\r\n", "\n").replace("\r", "\n")
    for letter in "\\;,":
        plain = plain.replace(letter, f"\\{letter}")
    return plain.replace("\n", "\\n")


def _content(lines: Sequence[tuple[str, str]] | Iterator[tuple[str, str]]) -> bytes:
    return b"".join(_folded(f"{name}:{value}") for name, value in lines)


def _folded(line: str) -> bytes:
    """A content line, folded between letters, and ended."""
    folded, width = bytearray(), 0
    for letter in line:
        octets = letter.encode()
        if width + len(octets) > OCTETS:
            folded += b"\r\n "
            width = 1
        folded += octets
        width += len(octets)
    return bytes(folded) + b"\r\n"
