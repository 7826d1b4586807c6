"""TimelineJS: a slide for each dated entry, over all the days that it may have been, and the date's
own words shown in their place. `exchange.timelinejs` reads it."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from domain.answers import Entry
from exchange import said
from exchange.days import Moment, Span, span
from exchange.export import About, facts, left_out_text

LONGEST = 10_000
"""Characters of a slide's text, as our reader takes them."""
SHORT = 300
_COARSE = re.compile(r"\d{4}(-\d\d)?")


class Slides:
    """A timeline."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._slides: list[dict[str, Any]] = []
        self._left_out: Counter[str] = Counter()

    def begin(self) -> bytes:
        """Nothing yet."""
        return b""

    def add(self, entries: Sequence[Entry]) -> bytes:
        """Nothing yet."""
        for entry in entries:
            days = span(entry)
            if isinstance(days, str):
                self._left_out[days] += 1
            else:
                self._slides.append(self._slide(entry, days))
        return b""

    def end(self) -> bytes:
        """The timeline: what it is of on its title slide, and as fields under `about`."""
        about = self._about
        left_out = left_out_text(about, self._left_out)
        lines = [*([about.description] if about.description else []), about.cite]
        lines += [f"Left out: {left_out}.", f"Policy {about.policy}, rules {about.rules}."]
        title = {"headline": html.escape(about.title), "text": _html(lines)}
        return msgspec.json.encode(
            {
                "about": {**facts(about), "left_out": left_out},
                "title": {"text": title},
                "scale": "human",
                "events": self._slides,
            }
        )

    def _slide(self, entry: Entry, days: Span) -> dict[str, Any]:
        when = entry.occurred
        assert when is not None, "it has days"
        shown = said.when(when)
        lines = [*([f"({days.open})"] if days.open else []), *said.lines(entry)]
        slide: dict[str, Any] = {
            "unique_id": entry.occurrence,
            "start_date": _date(days.first),
            "display_date": html.escape(shown if len(shown) <= SHORT else when.edtf),
            "text": {
                "headline": html.escape(entry.title or said.UNTITLED),
                "text": _html(self._fitting(entry, lines)),
            },
        }
        coarse = _COARSE.fullmatch(when.edtf)
        if coarse:
            # A year or a month is drawn as such.
            parts = ("year",) if coarse[1] is None else ("year", "month")
            slide["start_date"] = {part: slide["start_date"][part] for part in parts}
        elif days.last != days.first:
            slide["end_date"] = _date(days.last)
        if entry.kind is not None:
            slide["group"] = html.escape(entry.kind)
        return slide

    def _fitting(self, entry: Entry, lines: list[str]) -> list[str]:
        """Lines of a slide; where they are too long for one, cut, and it is said where all is."""
        if len("\n".join(lines)) <= LONGEST:
            return lines
        more = f"… (cut: all of it is at {self._about.link(entry.occurrence)})"
        return ["\n".join(lines)[: LONGEST - len(more) - 1], more]


def _html(lines: Sequence[str]) -> str:
    return "<br>".join(html.escape(line) for text in lines for line in text.splitlines())


def _date(moment: Moment) -> dict[str, int]:
    """Our year 0 is -1 there, since there 1 BCE is."""
    year = moment.year if moment.year > 0 else moment.year - 1
    date = {"year": year, "month": moment.month, "day": moment.day}
    if moment.time is not None:
        date |= dict(zip(("hour", "minute", "second"), moment.time, strict=True))
    return date
