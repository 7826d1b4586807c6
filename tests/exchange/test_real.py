"""Goal: real data sets are read whole: each row once, each figure as it stands, nothing lost.

Method: the files are read again here, plainly, with `csv` and `json`, and compared; each row is
filed. Counts and ids only are printed. The files are not part of the project.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from msgspec import UNSET

from domain.claims import OccurredGiven, Toll
from domain.tolls import figures
from exchange import ged, table
from exchange.mapping import load
from exchange.rows import Row
from tests.exchange.reading import all_rows, filed

Find = Callable[[str], Path]

SYRIA = "ucdp_ged_syria_2016_2019.csv.gz"
SAMPLE = "ucdp_ged_23.1_sample1000.csv"
UNTIL = {SYRIA: datetime.date(2020, 1, 31), SAMPLE: datetime.date(2023, 6, 30)}
"""About when each release came out."""


def opened(path: Path) -> BinaryIO:
    return io.BytesIO(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    )


def plainly(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.TextIOWrapper(opened(path), "utf-8", newline="")))


def figure(row: Row, at: int, name: str) -> int:
    assert row.claims.toll
    found = getattr(row.claims.toll[at], name)
    assert isinstance(found, int)
    return found


# UCDP GED


@pytest.mark.parametrize(("name", "count"), [(SYRIA, 16_566), (SAMPLE, 1_000)])
def test_every_row_of_ged_is_read_and_its_figures_add_up(
    shared_data: Find, name: str, count: int
) -> None:
    # given
    path = shared_data(name)
    expected = plainly(path)

    # when
    rows = all_rows(ged.read(opened(path), until=UNTIL[name]))

    # then
    assert len(rows) == len(expected) == count
    assert [row.record for row in rows] == [f"ged/{cells['id']}" for cells in expected]
    assert len({row.occurrence for row in rows}) == count
    sums = {
        column: sum(int(cells[column]) for cells in expected) for column in ("low", "best", "high")
    }
    assert {c: sum(figure(row, 0, c) for row in rows) for c in sums} == sums
    parts = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")
    for at, column in enumerate(parts, start=1):
        assert sum(figure(r, at, "best") for r in rows) == sum(int(c[column]) for c in expected)
    print(f"{name}: {count} rows, {sums}")


@pytest.mark.parametrize("name", [SYRIA, SAMPLE])
def test_every_row_of_ged_can_be_filed_and_counts_its_dead_once(
    shared_data: Find, name: str
) -> None:
    for row in all_rows(ged.read(opened(shared_data(name)), until=UNTIL[name])):
        # when
        decided = filed(row)

        # then
        assert decided.claims is not None
        assert isinstance(row.claims.toll, tuple)
        (total,) = figures(row.claims.toll, row.report.origin, (0, 0, 0), (0, 0))
        assert (total.claimant, total.band.best) == ("UCDP", figure(row, 0, "best"))
        assert (total.band.low, total.band.high) == (figure(row, 0, "low"), figure(row, 0, "high"))


@pytest.mark.parametrize("name", [SYRIA, SAMPLE])
def test_the_sources_of_ged_are_those_of_its_other_columns(shared_data: Find, name: str) -> None:
    # given
    expected = plainly(shared_data(name))

    # when
    disagree = []
    for cells in expected:
        found = ged.entries(cells["source_article"])
        offices = [office.strip() for office in cells["source_office"].split(";") if office.strip()]
        days = [day.strip() for day in cells["source_date"].split(";") if day.strip()]
        if ([office for office, _ in found], [day for _, day in found]) != (offices, days):
            disagree.append(cells["id"])

    # then
    print(f"{name}: {len(disagree)} of {len(expected)} rows disagree")
    assert disagree == []


@pytest.mark.parametrize(("name", "undated"), [(SYRIA, 120), (SAMPLE, 333)])
def test_how_many_rows_of_ged_do_not_know_when_they_were_said(
    shared_data: Find, name: str, undated: int
) -> None:
    # given
    expected = plainly(shared_data(name))

    # when
    rows = all_rows(ged.read(opened(shared_data(name)), until=UNTIL[name]))

    # then
    for row, cells in zip(rows, expected, strict=True):
        first = datetime.date.fromisoformat(cells["date_start"])
        days = [d.strip() for d in cells["source_date"].split(";") if d.strip()]
        can_be = [
            day
            for day in map(datetime.date.fromisoformat, days)
            if (day - first).days >= -1 and day <= UNTIL[name]
        ]
        assert row.report.reported_at == (f"{max(can_be)}" if can_be else None)
    assert sum(row.report.reported_at is None for row in rows) == undated


@pytest.mark.parametrize("name", [SYRIA, SAMPLE])
def test_no_column_of_ged_is_lost(shared_data: Find, name: str) -> None:
    path = shared_data(name)
    renamed = {new: old for old, new in ged.RENAMED.items()}

    for row, cells in zip(
        all_rows(ged.read(opened(path), until=UNTIL[name])), plainly(path), strict=True
    ):
        kept = {renamed.get(k, k): str(v) for k, v in (row.claims.attributes or {}).items()}
        stated = set(cells) - set(kept) - {"source_headline", "geom_wkt"}
        assert kept == {name: cells[name] for name in kept}
        assert {name for name in stated if cells[name]} <= ged.STATED
        assert isinstance(row.claims.occurred, OccurredGiven)
        days = (row.claims.occurred.edtf or "").strip("[]").split("..")
        assert (days[0], days[-1]) == (cells["date_start"], cells["date_end"])
        assert row.claims.place
        assert (row.claims.place.lat, row.claims.place.lon) == (
            float(cells["latitude"]),
            float(cells["longitude"]),
        )
        assert row.claims.place.name == cells["where_coordinates"].strip()
        assert [actor.name for actor in row.claims.actors or ()] == [
            cells["side_a"].strip(),
            cells["side_b"].strip(),
        ]


# MAVERICK

MAVERICK = """
dataset = "maverick"
id = "id"
occurrence = "event_id"
reported_at = {column = "source", match = '\\((\\d{4}-\\d{2}-\\d{2})\\)'}
title = {columns = ["event_context", "city"], join = " in "}
kind = {column = "event_context", slug = true}
source = {name = {column = "source_author", otherwise = "not named"}}

[occurred]
start = "date_start"
end = "date_end"
means = "possible"
reversed = "undated"

[place]
name = {columns = ["location", "city", "country"]}
lat = "latitude"
lon = "longitude"

[[actors]]
repeat = 6
name = "actor{n}"

[actors.roles]
initiator = "actor{n}_initiator"
perpetrator = "actor{n}_perpetrator"
intervener = "actor{n}_intervener"
bystander = "actor{n}_bystander"
victim = "actor{n}_victim"

[[toll]]
outcome = {value = "killed"}
low = "deaths_low"
best = "deaths_best"
high = "deaths_high"

[[toll]]
outcome = {value = "injured"}
low = "injuries_low"
best = "injuries_best"
high = "injuries_high"
"""


def test_the_reports_of_maverick_are_grouped_by_what_they_are_about(shared_data: Find) -> None:
    # given
    path = shared_data("maverick_event_report.csv")
    expected = plainly(path)

    # when
    rows = all_rows(table.read(opened(path), load(MAVERICK.encode())))

    # then
    assert len(rows) == len(expected) == 3_287
    assert len({row.occurrence for row in rows}) == 2_200
    about = Counter(row.occurrence for row in rows)
    assert sorted(about.values()) == sorted(Counter(c["event_id"] for c in expected).values())
    for row in rows:
        filed(row)


def test_the_figures_and_actors_of_maverick_stand_as_they_are(shared_data: Find) -> None:
    path = shared_data("maverick_event_report.csv")
    reversed_dates = 0

    for row, cells in zip(
        all_rows(table.read(opened(path), load(MAVERICK.encode()))), plainly(path), strict=True
    ):
        assert row.claims.toll == tuple(
            Toll(
                outcome=outcome,
                low=int(cells[f"{column}_low"]),
                best=int(cells[f"{column}_best"]),
                high=int(cells[f"{column}_high"]),
            )
            for outcome, column in (("killed", "deaths"), ("injured", "injuries"))
        )
        expected = [
            (cells[f"actor{n}"], role)
            for n in range(1, 7)
            if cells[f"actor{n}"]
            for role in ("initiator", "perpetrator", "intervener", "bystander", "victim")
            if float(cells[f"actor{n}_{role}"])
        ]
        found = [(a.name, a.role) for a in row.claims.actors or ()]
        assert [one for one in found if one[1] is not None] == expected
        assert row.report.source.name == (cells["source_author"] or "not named")
        assert row.report.reported_at
        assert f"({row.report.reported_at})" in cells["source"]
        if cells["date_start"] > cells["date_end"]:
            reversed_dates += 1
            assert row.claims.occurred is UNSET
            assert row.claims.attributes
            assert row.claims.attributes["date_end"] == cells["date_end"]
    assert reversed_dates == 10


def test_without_leave_the_reversed_dates_of_maverick_are_faults(shared_data: Find) -> None:
    path = shared_data("maverick_event_report.csv")
    strict = load(MAVERICK.replace('reversed = "undated"\n', "").encode())
    # The line a row begins on: cells hold line breaks.
    reader = csv.reader(io.TextIOWrapper(opened(path), "utf-8", newline=""))
    header = next(reader)
    expected, line = [], reader.line_num
    for cells in reader:
        if cells[header.index("date_start")] > cells[header.index("date_end")]:
            expected.append((line + 1, "date_start and date_end"))
        line = reader.line_num

    faults = [one for one in table.read(opened(path), strict) if not isinstance(one, Row)]

    assert [(fault.line, fault.column) for fault in faults] == expected
    assert len(faults) == 10


# police_brutality_2020

BRUTALITY = """
dataset = "pb2020"
file = {form = "json", array = "data"}
id = "id"
source = {name = {value = "2020PB/police-brutality"}}
title = "name"
summary = "description"
tags = {column = "tags", slug = true}
occurred = {edtf = "date"}
place = {name = {columns = ["city", "state"]}%s}
"""


@pytest.mark.parametrize(
    ("name", "count", "geolocation"),
    [
        ("snapshot_1593293251_50c1e554.json", 463, ""),
        ("snapshot_1634665763_8c79c986.json", 1_340, ', latlon = "geolocation"'),
    ],
)
def test_every_field_of_a_snapshot_is_recovered_from_the_claims(
    shared_data: Find, name: str, count: int, geolocation: str
) -> None:
    # given
    path = shared_data(f"police_brutality_2020/{name}")
    expected = json.loads(path.read_bytes())["data"]

    # when
    mapping = load((BRUTALITY % geolocation).encode())
    rows = all_rows(table.read(opened(path), mapping))

    # then
    assert len(rows) == len(expected) == count
    for number, (row, item) in enumerate(zip(rows, expected, strict=True), start=1):
        assert row.line == number
        kept = filed(row).claims
        assert kept is not None
        recovered = {field: recovered_from(row, field) for field in item}
        assert json.dumps(recovered) == json.dumps(item), row.record


def recovered_from(row: Row, field: str) -> Any:
    """A field out of what is filed: from attributes, or else from the claim that it became."""
    claims = row.claims
    if field in (claims.attributes or {}):
        return (claims.attributes or {})[field]
    values: dict[str, Any] = {
        "id": row.record.removeprefix("pb2020/"),
        "name": claims.title or "",
        "description": claims.summary or "",
        "tags": list(claims.tags or ()),
        "date": (claims.occurred or OccurredGiven(edtf="")).edtf,
    }
    if claims.place and claims.place.lat is not None:
        values["geolocation"] = f"{claims.place.lat}, {claims.place.lon}"
    return values.get(field, "")
