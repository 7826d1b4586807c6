"""UCDP GED: one report for each of its rows, which are readings of one event's sources by UCDP.

Columns are those of the UCDP Georeferenced Event Dataset Codebook, of the 41 of the Syria release
of 2020 to the 49 of version 23.1.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from domain.claims import Actor, ClaimsGiven, OccurredGiven, Place, Report, Source, Toll
from domain.names import folded
from exchange import cells as cell
from exchange.delimited import records
from exchange.rows import Fault, Made, Refused, Row, rows, slug

DATASET = "ged"
SOURCE = Source(name="UCDP", url="https://ucdp.uu.se")
KINDS = {1: "state-based", 2: "non-state", 3: "one-sided"}
PRECISIONS = {
    1: "exact",
    2: "near",
    3: "district",
    4: "governorate",
    5: "area",
    6: "country",
    7: "sea-or-air",
}
"""`where_prec`: the point itself; within about 25 km of it; the second-order and the first-order
administrative division; a line or an area without borders; the country; at sea or in the air."""
CODES = {"event_clarity": (1, 2), "date_prec": (1, 2, 3, 4, 5)}

SIDES = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")
REQUIRED = (
    "id", "type_of_violence", "side_a", "side_b", "source_article", "where_prec",
    "where_coordinates", "latitude", "longitude", "event_clarity", "date_prec", "date_start",
    "date_end", *SIDES, "low", "best", "high",
)  # fmt: skip
RENAMED = {
    "id": "ged_id",
    "conflict_new_id": "conflict_id",
    "dyad_new_id": "dyad_id",
    "side_a_new_id": "side_a_id",
    "side_b_new_id": "side_b_id",
}
STATED = {
    "side_a", "side_b", "where_coordinates", "latitude", "longitude", "geom_wkt", "date_start",
    "date_end", *SIDES, "low", "best", "high", "source_headline",
}  # fmt: skip
"""Columns that attributes need not repeat. `geom_wkt` is made of the coordinates, and
`source_headline` is part of `source_article`."""

VIA_LIMIT = 10
DAY = datetime.timedelta(days=1)


def read(
    stream: BinaryIO,
    *,
    until: datetime.date | None = None,
    dataset: str = DATASET,
    encoding: str | None = None,
) -> Iterator[Row | Fault]:
    """The events of GED as UCDP exports them (CSV; UTF-8 unless `encoding` is another).

    `dataset` begins the record of each row; occurrences keep the names of GED's own events, so that
    two extracts with one event report on one occurrence. `until` is the last day on which a source
    can have been published, so the day that the data set was, or today: later dates are slips of
    the pen. Without it nothing is held to be one. Raises Malformed and Invalid as
    `delimited.records` does.
    """
    found = records(stream, required=REQUIRED, encoding=encoding, delimiter=",")
    return rows(found, lambda cells: _made(cells, until, dataset))


def _made(cells: dict[str, Any], until: datetime.date | None, dataset: str) -> Made:
    number = cell.required(cells, "id")
    kind = KINDS[cell.code(cells, "type_of_violence", KINDS)]
    first, last = cell.day(cells, "date_start"), cell.day(cells, "date_end")
    if last < first:
        raise Refused(
            COLUMNS["/claims/occurred"], f"date_end {last} lies before date_start {first}."
        )
    articles = entries(cells["source_article"])
    record = f"{dataset}/{number}"
    report = Report(
        source=SOURCE,
        record=record,
        via=via(articles, cells.get("source_original", "")),
        reported_at=reported_at(articles, first, until),
    )
    place = _place(cells)
    near = "near" if place.precision == "near" else "in"
    claims = ClaimsGiven(
        title=f"{kind.capitalize()} violence {near} {place.name}",
        kind=kind,
        occurred=OccurredGiven(edtf=cell.within(first, last)),
        place=place,
        actors=(
            Actor(name=cell.required(cells, "side_a"), role="side a"),
            Actor(name=cell.required(cells, "side_b"), role="side b"),
        ),
        toll=_toll(cells),
        attributes=_attributes(cells),
    )
    return Made(record, slug("ged", number), report, claims, COLUMNS)


COLUMNS = {
    "/occurrence": "id",
    "/report/record": "id",
    "/report/via": "source_article and source_original",
    "/report/reported_at": "source_article",
    "/claims/title": "where_coordinates",
    "/claims/kind": "type_of_violence",
    "/claims/occurred": "date_start and date_end",
    "/claims/place": "where_coordinates",
    "/claims/place/lat": "latitude",
    "/claims/place/lon": "longitude",
    "/claims/place/precision": "where_prec",
    "/claims/actors/0": "side_a",
    "/claims/actors/1": "side_b",
    "/claims/toll/0": "low, best and high",
    **{f"/claims/toll/0/{name}": name for name in ("low", "best", "high")},
    **{f"/claims/toll/{at}": name for at, name in enumerate(SIDES, start=1)},
    "/claims/toll/1/group": "side_a",
    "/claims/toll/2/group": "side_b",
    **{f"/claims/attributes/{name}": column for column, name in RENAMED.items()},
}

# Sources. `source_article` is a list of entries, "office,date,headline", each in quotes and parted
# by semicolons. Headlines have commas, quotes and semicolons of their own, so an entry is known by
# how it begins. Rows of older rounds hold free text instead, which is not taken apart.

_ENTRY = re.compile(r'(?:^|;)\s*"\s*([^"]*?)\s*,\s*([0-9]{4}-[0-9]{2}-[0-9]{2})\s*,')
_NAMES = re.compile(r"\s*[,;/]\s*|\s+and\s+")


def entries(source_article: str) -> list[tuple[str, str]]:
    """Office and date of each entry, in their order; none where it is free text."""
    return _ENTRY.findall(source_article)


def via(articles: list[tuple[str, str]], original: str) -> tuple[str, ...]:
    """The offices, each once, the latest to publish first; at the end whose account it was.

    The origin is who `source_original` names. Where it names several, it is the first of them that
    is an office here, so that what an observatory told is known for its own; and where none is, the
    text as it stands. Where it names nobody, it is the office that published first.
    """
    chain: list[str] = []
    for office, _ in sorted(articles, key=lambda entry: entry[1], reverse=True):
        if office and folded(office) not in map(folded, chain):
            chain.append(office)
    origin = original.strip()
    if origin:
        offices = {folded(office): office for office in chain}
        known = [offices[key] for key in map(folded, _NAMES.split(origin)) if key in offices]
        origin = offices.get(folded(origin)) or (known[0] if known else origin)
        chain = [office for office in chain if office != origin]
        # A text too long for a name is left to attributes.
        return (*chain[: VIA_LIMIT - 1], *([origin] if len(origin) <= 300 else []))
    return (*chain[: VIA_LIMIT - 1], *chain[VIA_LIMIT - 1 :][-1:])


def reported_at(
    articles: list[tuple[str, str]], first: datetime.date, until: datetime.date | None
) -> str | None:
    """The day of the latest source that can be: the figures are UCDP's reading of them all.

    A source cannot be older than what it tells; one day is let pass, for what happens after
    midnight in one place is said on the day before in another. Nor can it be later than `until`.
    None where no source has a date that can be: then the report counts from when it is recorded.
    """
    earliest = first - DAY if first > datetime.date.min else first
    possible = [
        date
        for _, date in articles
        if f"{earliest}" <= date and (until is None or date <= f"{until}")
    ]
    return max(possible, default=None)


# Claims


def _place(cells: Mapping[str, Any]) -> Place:
    lat, lon = cell.point(cells, "latitude", "longitude")
    return Place(
        name=cell.required(cells, "where_coordinates"),
        lat=lat,
        lon=lon,
        precision=PRECISIONS[cell.code(cells, "where_prec", PRECISIONS)],
    )


def _toll(cells: Mapping[str, Any]) -> tuple[Toll, ...]:
    """The total as given, and the four counts that UCDP splits its best estimate into.

    The counts are parts of the total and never added to it. Nothing holds low, best and high to
    any order: events known to be within an aggregate are taken out of it, figure by figure.
    """
    low, best, high = (_figure(cells, name) for name in ("low", "best", "high"))
    total = Toll(outcome="killed", group="all", low=low, best=best, high=high, claimant="UCDP")
    parts = (
        Toll(
            outcome="killed",
            group=group,
            of="all",
            best=_figure(cells, column),
            claimant="UCDP",
        )
        for column, group in zip(SIDES, _groups(cells), strict=True)
    )
    return (total, *parts)


def _figure(cells: Mapping[str, Any], column: str) -> int:
    found = cell.count(cells, column)
    if found is None:
        raise Refused(column, f"{column} is empty: a number of people was expected.")
    return found


def _groups(cells: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """The sides by their names, told apart where a name is taken."""
    taken = {"all", "civilians", "unknown"}
    names: list[str] = []
    for side in ("a", "b"):
        name = cell.required(cells, f"side_{side}")
        if folded(name) in taken:
            name = f"{name} (side {side})"
        taken.add(folded(name))
        names.append(name)
    return names[0], names[1], "civilians", "unknown"


def _attributes(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Every other column that is not empty, under its name; codes and ids as numbers."""
    for name, known in CODES.items():
        cell.code(cells, name, dict.fromkeys(known))
    kept = cell.others(cells, STATED)
    return {RENAMED.get(name, name): value for name, value in kept.items()}
