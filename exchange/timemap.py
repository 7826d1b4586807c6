"""timemap by Forensic Architecture: one report for each of its events.

Events are what its sheet of events holds, or the JSON array that its server makes of that: numbered
columns (`source1`, `source2`) are one list there (`sources`). The format names the files that an
event rests on, and not who says so: whoever reads one tells whose account it is.
"""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Literal, get_args

from domain.claims import ClaimsGiven, OccurredGiven, Place, Report, Source
from domain.dates import quoted
from domain.errors import Invalid, Malformed
from exchange import cells as cell
from exchange import delimited, objects
from exchange.rows import Fault, Made, Record, Refused, Row, rows, slug

DateOrder = Literal["month-day", "day-month"]
ORDERS: tuple[DateOrder, ...] = get_args(DateOrder)
"""How dates with slashes are written: timemap puts the month first, unless it is set up otherwise,
which a file does not say."""
_FORMS = {"month-day": "%m/%d/%Y", "day-month": "%d/%m/%Y"}
NAMED = 5
"""Rows that are named where a file is refused for its dates; of the others it is said how many."""
TAG_LENGTH = 60
_STATED = {"title", "description", "date", "time", "location", "latitude", "longitude", "number"}
COLUMNS = {
    "/occurrence": "id",
    "/report/record": "id",
    "/claims/title": "title",
    "/claims/summary": "description",
    "/claims/kind": "type",
    "/claims/occurred": "date",
    "/claims/place": "location",
    "/claims/place/lat": "latitude",
    "/claims/place/lon": "longitude",
    "/claims/tags": "associations",
}


def read(
    stream: BinaryIO,
    *,
    source: Source,
    dataset: str,
    reported_at: str | None = None,
    order: DateOrder | None = None,
    encoding: str | None = None,
    sheet: bool = False,
) -> Iterator[Row | Fault]:
    """The events of a timemap: of JSON, or with `sheet` of a CSV of its sheet of events.

    `dataset` is a slug for the timemap; records and occurrences are named by it and the event's
    `id`, or else its number, which changes when one is put in before. `order` is that of day and
    month in dates with slashes; days like 2019-08-27 are read as well. Without it the file is read
    through once before, and refused as Invalid if any date in it can be read both ways. `encoding`
    is that of a sheet. Raises Malformed and Invalid as `objects.records` and `delimited.records`
    do.
    """

    def records() -> Iterator[Record | Fault]:
        if sheet:
            needed = ("description",)
            return map(_gathered, delimited.records(stream, required=needed, encoding=encoding))
        return objects.records(stream)

    def make(cells: dict[str, Any]) -> Made:
        number = cell.one(cells, "id") or str(cells["number"])
        record = f"{dataset}/{number}"
        report = Report(source=source, record=record, reported_at=reported_at)
        return Made(record, slug(dataset, number), report, _claims(cells, order), _columns(cells))

    if order is None:
        start = stream.tell()
        _refuse_ambiguous(records(), "line" if sheet else "item")
        stream.seek(start)
    return rows(map(_numbered, records()), make)


def _refuse_ambiguous(records: Iterator[Record | Fault], what: str) -> None:
    """Raises Invalid where a date could be read both ways; what else is wrong is found later."""
    both: list[str] = []
    only: dict[str, str] = {}
    number = 0
    with contextlib.suppress(Malformed):  # where it breaks off is told when it is read for good
        for record in records:
            given = record.cells.get("date") if isinstance(record, Record) else None
            if not isinstance(given, str):
                continue
            read, named = _read_as(given.strip()), f"{record.line:,} ({given.strip()})"
            if len(set(read.values())) > 1:
                number += 1
                both += [named] if number <= NAMED else []
            elif len(read) == 1:
                only.setdefault(next(iter(read)), named)
    if not both:
        return
    more = f" and {number - NAMED:,} more" if number > NAMED else ""
    clear = "".join(f" {what.capitalize()} {only[order]} is {order}." for order in sorted(only))
    raise Invalid(
        f"date_order is needed, month-day or day-month: {what}{'s' if number > 1 else ''} "
        f"{', '.join(both)}{more} can be read with either first, and none is guessed.{clear}",
        where="date_order",
    )


def _read_as(given: str) -> dict[str, datetime.date]:
    """The day that a date with slashes is, by each order in which it is one."""
    read = {}
    for order, form in _FORMS.items():
        with contextlib.suppress(ValueError):
            read[order] = datetime.datetime.strptime(given, form).date()
    return read


def _columns(cells: Mapping[str, Any]) -> dict[str, str]:
    """The columns that this event's claims are made of: some stand in for others."""
    kind = "type" if cell.one(cells, "type") else "category"
    columns = COLUMNS | {"/claims/kind": kind}
    if not cell.one(cells, "title"):
        parts = [name for name in (kind, "location") if cell.one(cells, name)]
        columns["/claims/title"] = " and ".join(parts)
    if cell.one(cells, "time"):
        columns["/claims/occurred"] = "date and time"
    return columns


def _numbered(record: Record | Fault) -> Record | Fault:
    if isinstance(record, Fault):
        return record
    return Record(record.line, {**record.cells, "number": record.line})


def _gathered(record: Record | Fault) -> Record | Fault:
    """The numbered columns of the sheet as lists: `association1`, `association2` and so on."""
    if isinstance(record, Fault):
        return record
    cells: dict[str, Any] = {}
    for name, value in record.cells.items():
        numbered = re.fullmatch(r"(association|source)\d+", name)
        if numbered:
            cells.setdefault(f"{numbered[1]}s", [])
            if value.strip():
                cells[f"{numbered[1]}s"].append(value.strip())
        else:
            cells[name] = value
    return Record(record.line, cells)


def _claims(cells: Mapping[str, Any], order: DateOrder | None) -> ClaimsGiven:
    place = _place(cells)
    kind = cell.one(cells, "type") or cell.one(cells, "category")
    occurred = _occurred(cells, order)
    attributes = {k: v for k, v in cell.others(cells, _STATED).items() if v != []}
    if occurred is None and cell.one(cells, "time"):
        attributes["time"] = cells["time"]
    return ClaimsGiven(
        title=cell.one(cells, "title")
        or (f"{kind or 'Event'} in {place.name}" if place else kind or "Event"),
        summary=cell.one(cells, "description") or None,
        kind=cell.tag(kind) or None,
        occurred=occurred,
        place=place,
        tags=_tags(cells) or None,
        attributes=attributes or None,
    )


def _tags(cells: Mapping[str, Any]) -> tuple[str, ...]:
    """Associations are what timemap filters by. As they stand they are among the attributes."""
    given = cells.get("associations") or []
    if not isinstance(given, list):
        raise Refused("associations", "associations must be a list.")
    tags = dict.fromkeys(cell.tag(cell.text(association)) for association in given)
    return tuple(tag for tag in tags if 0 < len(tag) <= TAG_LENGTH)


def _occurred(cells: Mapping[str, Any], order: DateOrder | None) -> OccurredGiven | None:
    """A day, or a minute of it, which is some second of that minute."""
    given = cell.one(cells, "date")
    if not given:
        return None
    day = _day(given, order)
    time = cell.one(cells, "time")
    if not time:
        return OccurredGiven(edtf=day)
    found = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", time)
    if found is None:
        raise Refused("time", f"{quoted(time)} is not a time like 14:05 or 14:05:06.")
    minute = f"{day}T{int(found[1]):02}:{found[2]}"
    if found[3]:
        return OccurredGiven(edtf=f"{minute}:{found[3]}")
    return OccurredGiven(edtf=f"[{minute}:00..{minute}:59]")


def _day(given: str, order: DateOrder | None) -> str:
    with contextlib.suppress(ValueError):
        return datetime.datetime.strptime(given, "%Y-%m-%d").date().isoformat()
    read = _read_as(given)
    days = {day for by, day in read.items() if order in (None, by)}
    if len(days) == 1:
        return days.pop().isoformat()
    slashes = "27/08/2019" if order == "day-month" else "08/27/2019"
    raise Refused(
        "date", f"{quoted(given)} is not a day: one like {slashes} or 2019-08-27 was expected."
    )


def _place(cells: Mapping[str, Any]) -> Place | None:
    """Coordinates may have a comma for a point. Without a name they are their own."""
    given = {at: cell.one(cells, at).replace(",", ".") for at in ("latitude", "longitude")}
    lat, lon = cell.point(given, "latitude", "longitude")
    name = cell.one(cells, "location")
    if not name and lat is None:
        return None
    return Place(name=name or f"{lat}, {lon}", lat=lat, lon=lon)
