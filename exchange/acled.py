"""ACLED: one report for each row of a file that its user was given by ACLED.

ACLED mends its rows in place: the same `event_id_cnty` comes again with a later `timestamp`. So a
row is what ACLED said at that time, and a later copy of the row is a report of its own. The columns
are the 31 that ACLED exports since March 2023; what its codes mean is in the ACLED Codebook,
https://acleddata.com/methodology/acled-codebook.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from domain.claims import Actor, ClaimsGiven, OccurredGiven, Place, Report, Source, Toll
from domain.dates import quoted
from domain.names import folded
from exchange import cells as cell
from exchange.delimited import records
from exchange.rows import Fault, Made, Refused, Row, rows, slug

DATASET = "acled"
SOURCE = Source(name="ACLED", url="https://acleddata.com")
TIME_RULES = {
    1: "acled/1 the day",
    2: "acled/2 the middle of a week",
    3: "acled/3 within the month",
}
"""What `time_precision` says of `event_date`, by the ACLED codebook (see docs/import.md): it is the
day; the middle of the week, weekend or similar time in which it happened, for a week its Wednesday
or Thursday; a day in the month in which it happened, mostly its middle."""
PRECISIONS = {1: "town", 2: "near", 3: "region"}
"""`geo_precision`: the town; near it, or in a small part of a region that it stands for; a larger
region that it stands for, as its capital or the nearest natural place."""
VIA_LIMIT = 10
HALF_WEEK = datetime.timedelta(days=4)
"""From the middle of a week to its farthest day: four where of an even stretch one of the two
middle days is taken, or where a week begins on a Sunday for some and on a Monday for others."""
NONE_REPORTED = "none reported"
"""What a 0 in `fatalities` says: ACLED writes it too where nothing is known of any."""

REQUIRED = (
    "event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "actor1",
    "actor2", "location", "latitude", "longitude", "geo_precision", "source", "fatalities",
)  # fmt: skip
STATED = {
    "event_date", "actor1", "actor2", "assoc_actor_1", "assoc_actor_2", "location", "latitude",
    "longitude", "notes", "fatalities",
}  # fmt: skip
"""Columns that attributes need not repeat."""
COLUMNS = {
    "/occurrence": "event_id_cnty",
    "/report/record": "event_id_cnty",
    "/report/via": "source",
    "/report/reported_at": "timestamp",
    "/claims/title": "sub_event_type and location",
    "/claims/summary": "notes",
    "/claims/kind": "sub_event_type",
    "/claims/occurred": "event_date and time_precision",
    "/claims/place": "location",
    "/claims/place/lat": "latitude",
    "/claims/place/lon": "longitude",
    "/claims/place/precision": "geo_precision",
    "/claims/toll": "fatalities",
}


def read(
    stream: BinaryIO, *, dataset: str = DATASET, encoding: str | None = None
) -> Iterator[Row | Fault]:
    """The events of an ACLED export (CSV; comma, semicolon or tab; UTF-8 unless `encoding` is
    another).

    `dataset` begins the record of each row; occurrences keep the names of ACLED's own events, so
    that two exports with one event report on one occurrence. Raises Malformed and Invalid as
    `delimited.records` does.
    """
    return rows(
        records(stream, required=REQUIRED, encoding=encoding), lambda cells: _made(cells, dataset)
    )


def _made(cells: dict[str, Any], dataset: str) -> Made:
    number = cell.required(cells, "event_id_cnty")
    edtf, rule = _occurred(cells)
    kind = cell.one(cells, "sub_event_type") or cell.required(cells, "event_type")
    place = _place(cells)
    fatalities = cell.count(cells, "fatalities")
    actors = list(_actors(cells))
    record = f"{dataset}/{number}"
    report = Report(
        source=SOURCE, record=record, via=_via(cells["source"]), reported_at=_reported_at(cells)
    )
    claims = ClaimsGiven(
        title=f"{kind} in {place.name}",
        summary=cell.one(cells, "notes") or None,
        kind=cell.tag(kind),
        occurred=OccurredGiven(edtf=edtf),
        place=place,
        actors=tuple(actor for actor, _ in actors) or None,
        toll=None if fatalities is None else (_toll(fatalities),),
        attributes=cell.others(cells, STATED) | {"time_rule": rule},
    )
    columns = {f"/claims/actors/{at}": column for at, (_, column) in enumerate(actors)}
    return Made(record, slug("acled", number), report, claims, COLUMNS | columns)


def _toll(fatalities: int) -> Toll:
    """ACLED's one figure: the lowest that is reported, so no more than a best estimate."""
    words = None if fatalities else NONE_REPORTED
    return Toll(outcome="killed", best=fatalities, words=words, claimant="ACLED")


def _occurred(cells: Mapping[str, Any]) -> tuple[str, str]:
    """EDTF and the rule that gave it.

    A week that has the day in its middle begins four days before it at the earliest, and ends four
    days after it at the latest; which of these weeks is meant, the row does not say.
    """
    day = _day(cells)
    precision = cell.code(cells, "time_precision", TIME_RULES)
    if precision == 1:
        edtf = f"{day}"
    elif precision == 2:
        try:
            edtf = f"[{day - HALF_WEEK}..{day + HALF_WEEK}]"
        except OverflowError:
            raise Refused(
                "event_date", f"The week of {day} lies outside of the calendar."
            ) from None
    else:
        edtf = f"{day}"[:7]
    return edtf, TIME_RULES[precision]


def _day(cells: Mapping[str, Any]) -> datetime.date:
    """`2024-03-05`, as the API writes it, or `05 March 2024`, as the export tool does."""
    given = cell.required(cells, "event_date")
    for form in ("%Y-%m-%d", "%d %B %Y"):
        try:
            return datetime.datetime.strptime(given, form).date()
        except ValueError:
            continue
    raise Refused(
        "event_date", f"{quoted(given)} is not a day: 2024-03-05 or 05 March 2024 was expected."
    )


def _reported_at(cells: Mapping[str, Any]) -> str | None:
    """The row's `timestamp`, seconds since 1970 UTC; None where the export has none."""
    given = cell.one(cells, "timestamp")
    if not given:
        return None
    if not re.fullmatch(r"[0-9]{1,11}", given):
        raise Refused(
            "timestamp", f"{quoted(given)} is not a time: seconds since 1970 were expected."
        )
    moment = datetime.datetime.fromtimestamp(int(given), datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _via(sources: str) -> tuple[str, ...]:
    """The sources in their order, each once. ACLED does not say which went back to which."""
    names: dict[str, str] = {}
    for name in filter(None, map(str.strip, sources.split(";"))):
        names.setdefault(folded(name), name)
    chain = tuple(names.values())
    return (*chain[: VIA_LIMIT - 1], *chain[VIA_LIMIT - 1 :][-1:])


def _actors(cells: Mapping[str, Any]) -> Iterator[tuple[Actor, str]]:
    """The two actors and who was with them, each with its column. ACLED's 1 and 2 do not say who
    attacked whom."""
    for side in ("1", "2"):
        name = cell.one(cells, f"actor{side}")
        if name:
            yield Actor(name=name, role=f"actor {side}"), f"actor{side}"
        others = f"assoc_actor_{side}"
        for other in cell.one(cells, others).split(";"):
            if other.strip():
                yield Actor(name=other.strip(), role=f"with actor {side}"), others


def _place(cells: Mapping[str, Any]) -> Place:
    lat, lon = cell.point(cells, "latitude", "longitude")
    return Place(
        name=cell.required(cells, "location"),
        lat=lat,
        lon=lon,
        precision=PRECISIONS[cell.code(cells, "geo_precision", PRECISIONS)],
    )
