"""TimelineJS: one report for each slide of its JSON, or of the spreadsheet that it is made from.

The format knows of no sources, so whoever reads one says whose account it is. A title slide and
eras are no reports and are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any, BinaryIO

from domain.claims import ClaimsGiven, Evidence, OccurredGiven, Report, Source
from domain.dates import quoted
from exchange import cells as cell
from exchange import delimited, objects
from exchange.rows import Fault, Made, Record, Refused, Row, rows, slug

PARTS = ("year", "month", "day", "hour", "minute", "second")

SHEET = {
    "start_date": "Year",
    "end_date": "End Year",
    "text.headline": "Headline",
    "text.text": "Text",
    "display_date": "Display Date",
    "media": "Media",
    "media.url": "Media",
}
"""The column of the spreadsheet that holds what the JSON calls so."""
_MEDIA = {
    "Media": "url",
    "Media Credit": "credit",
    "Media Caption": "caption",
    "Media Thumbnail": "thumbnail",
    "Alt Text": "alt",
}
_STATED = {"Time", "End Time", "Headline", "Text", "Display Date", "Type", *_MEDIA} | {
    f"{end}{part}" for end in ("", "End ") for part in ("Year", "Month", "Day")
}


def read(
    stream: BinaryIO,
    *,
    source: Source,
    dataset: str,
    reported_at: str | None = None,
    encoding: str | None = None,
    sheet: bool = False,
) -> Iterator[Row | Fault]:
    """The slides of a timeline: of JSON, or with `sheet` of the CSV that its spreadsheet exports.

    `dataset` is a slug for the timeline; records and occurrences are named by it and the slide's
    `unique_id`, or else the slide's number, which changes when one is put in before. `encoding` is
    that of a spreadsheet. Raises Malformed and Invalid as `objects.records` and
    `delimited.records` do.
    """

    def make(slide: dict[str, Any], names: Mapping[str, str]) -> Made:
        number = cell.one(slide, "unique_id") or str(slide["number"])
        record = f"{dataset}/{number}"
        report = Report(
            source=source, record=record, reported_at=reported_at, evidence=_evidence(slide)
        )
        columns = {place: names.get(name, name) for place, name in COLUMNS.items()}
        if slide.get("end_date"):
            columns["/claims/occurred"] += f" and {names.get('end_date', 'end_date')}"
        try:
            claims = _claims(slide)
        except Refused as refused:
            column = refused.column and names.get(refused.column, refused.column)
            raise Refused(column, refused.detail) from None
        return Made(record, slug(dataset, number), report, claims, columns)

    if sheet:
        found = delimited.records(stream, required=("Year", "Headline"), encoding=encoding)
        return rows(_slides(found), lambda slide: make(slide, SHEET))
    slides = objects.records(stream, array="events")
    numbered = (Record(s.line, {**s.cells, "number": s.line}) for s in slides)
    return rows(numbered, lambda slide: make(slide, {}))


COLUMNS = {
    "/occurrence": "unique_id",
    "/report/record": "unique_id",
    "/report/evidence": "media.url",
    "/claims/title": "text.headline",
    "/claims/summary": "text.text",
    "/claims/occurred": "start_date",
    "/claims/occurred/phrase": "display_date",
}


def _slides(found: Iterator[Record | Fault]) -> Iterator[Record | Fault]:
    """Rows of the spreadsheet in the form of the JSON."""
    for row in found:
        if isinstance(row, Fault):
            yield row
            continue
        cells = {name: value.strip() for name, value in row.cells.items()}
        if cells.get("Type", "").lower() in ("title", "era"):
            continue
        slide: dict[str, Any] = {
            "number": row.line,
            "text": {"headline": cells["Headline"], "text": cells.get("Text", "")},
            "media": {key: cells[name] for name, key in _MEDIA.items() if cells.get(name)},
            "display_date": cells.get("Display Date", ""),
            "start_date": _date_of(cells, ""),
            "end_date": _date_of(cells, "End "),
        }
        yield Record(row.line, slide | cell.others(cells, _STATED))


def _date_of(cells: Mapping[str, str], end: str) -> dict[str, Any]:
    parts: dict[str, Any] = {
        part: cells.get(f"{end}{part.capitalize()}", "") for part in ("year", "month", "day")
    }
    parts["time"] = cells.get(f"{end}Time", "")
    return parts if any(parts.values()) else {}


def _claims(slide: Mapping[str, Any]) -> ClaimsGiven:
    words = _member(slide, "text")
    headline, text = (cell.one(words, name) for name in ("headline", "text"))
    start, end = (_member(slide, name) for name in ("start_date", "end_date"))
    display = cell.one(slide, "display_date") or cell.one(start, "display_date")
    edtf = _occurred(start, end)
    stated = {"text", "start_date", "end_date", "display_date", "number"}
    attributes = {key: value for key, value in cell.others(slide, stated).items() if value != {}}
    for name, html in (("headline", headline), ("text", text), ("display_date", display)):
        # What had markup is kept with it; a display date without a date is nowhere else.
        if html and (plain(html) != html or (name == "display_date" and not edtf)):
            attributes[name] = html
    return ClaimsGiven(
        title=plain(headline) or None,
        summary=plain(text) or None,
        occurred=OccurredGiven(edtf=edtf, phrase=plain(display) or None) if edtf else None,
        attributes=attributes or None,
    )


def _member(slide: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = slide.get(name) or {}
    if not isinstance(found, dict):
        raise Refused(name, f"{name} must be an object.")
    return found


def _evidence(slide: Mapping[str, Any]) -> tuple[Evidence, ...]:
    media = slide.get("media")
    url = media.get("url") if isinstance(media, dict) else None
    if isinstance(url, str) and re.fullmatch(r"https?://\S{1,1990}", url.strip()):
        return (Evidence(url=url.strip()),)
    return ()


# Dates


def _occurred(start: Mapping[str, Any], end: Mapping[str, Any]) -> str | None:
    """EDTF: a slide with an end lasted until then.

    A time without seconds is some second of its minute, or hour. In an interval, which EDTF lets
    begin and end on one second only, it is the first of them at the start and the last at the end.
    """
    first = _seconds(start, "start_date")
    last = _seconds(end, "end_date")
    if first is None:
        if last is not None:
            raise Refused("start_date", "There is an end date and no start date.")
        return None
    if last is None or last == first:
        return first[0] if first[0] == first[1] else f"[{first[0]}..{first[1]}]"
    return f"{first[0]}/{last[1]}"


def _seconds(date: Mapping[str, Any], name: str) -> tuple[str, str] | None:
    """The first and the last EDTF date that is meant: one and the same where there is no time."""
    parts = _parts(date, name)
    if parts[0] is None:
        if any(part is not None for part in parts):
            raise Refused(name, "A date has at least a year.")
        return None
    text = _year(parts[0], name)
    for at, part in enumerate(parts[1:], start=1):
        if part is None:
            if any(later is not None for later in parts[at:]):
                raise Refused(name, f"A date with a {_first(parts, at)} has a {PARTS[at]} as well.")
            break
        if at < 3:
            text += f"-{part:02}"
    if parts[3] is None:
        return text, text
    known = [f"{part:02}" for part in parts[3:] if part is not None]
    missing = 3 - len(known)
    return (
        f"{text}T{':'.join([*known, *['00'] * missing])}",
        f"{text}T{':'.join([*known, *['59'] * missing])}",
    )


def _first(parts: list[int | None], at: int) -> str:
    return next(PARTS[later] for later in range(at, len(parts)) if parts[later] is not None)


def _parts(date: Mapping[str, Any], name: str) -> list[int | None]:
    """Year, month, day, hour, minute and second, as far as given."""
    given = dict(date)
    if cell.one(given, "time"):
        given |= _time(cell.one(given, "time"), name)
    parts: list[int | None] = []
    for part in PARTS:
        text = cell.one(given, part)
        if text and not re.fullmatch(r"-?[0-9]{1,12}", text):
            raise Refused(name, f"{quoted(text)} is not a number, and the {part} is one.")
        if text and int(text) > 99 and part != "year":
            raise Refused(name, f"{text} is not a {part}.")
        parts.append(int(text) if text else None)
    return parts


def _year(year: int, name: str) -> str:
    """TimelineJS counts 1 BCE as -1; EDTF has a year 0 before 1, so that 1 BCE is 0000."""
    if year == 0:
        raise Refused(name, "There is no year 0: 1 is 1 CE, and -1 is 1 BCE.")
    if year < 0:
        year += 1
    if abs(year) > 9999:
        return f"Y{year}"
    return f"-{-year:04}" if year < 0 else f"{year:04}"


_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::(\d{2})(?:\.\d+)?)?\s*(am|pm)?", re.IGNORECASE)


def _time(text: str, name: str) -> dict[str, Any]:
    """A time of the spreadsheet: `14:05`, `14:05:06`, `2:05 pm`."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise Refused(name, f"{quoted(text)} is not a time like 14:05, 14:05:06 or 2:05 pm.")
    hour = int(found[1])
    if found[4]:
        if not 1 <= hour <= 12:
            raise Refused(name, f"{quoted(text)} is not a time: am and pm have hours up to 12.")
        hour = hour % 12 + (12 if found[4].lower() == "pm" else 0)
    return {"hour": hour, "minute": found[2] or "", "second": found[3] or ""}


# Text


class _Plain(HTMLParser):
    """Collects the text of HTML, with line breaks where blocks end."""

    BREAKS = frozenset({"br", "p", "div", "li", "h1", "h2", "h3", "h4", "blockquote", "tr"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.BREAKS:
            self.found.append("\n")


def plain(html: str) -> str:
    """The text of what may hold HTML; text without `<` and `&` is as it was."""
    if "<" not in html and "&" not in html:
        return html
    parser = _Plain()
    parser.feed(html)
    parser.close()
    return "".join(parser.found).strip()
