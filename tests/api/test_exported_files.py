"""Goal: each format says what the entries say, to readers that are not ours.

Method: the hard records and the seeds are exported over HTTP, and read with openpyxl, icalendar,
feedparser, cloudevents and a JSON schema of RFC 7946 written for these tests; TimelineJS also with
our own reader, which others' files are read with.
"""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import json
import zipfile
from typing import Any
from xml.etree import ElementTree

import cloudevents.core.formats.json as cloudevents_json
import feedparser
import httpx
import icalendar
import jsonschema
import openpyxl
import pytest

import seeds
from domain.claims import Source
from domain.reading import read_event
from exchange import timelinejs
from exchange.rows import Row
from store.known import Append
from store.store import Store
from tests.api.asking import EVENTS, TIMELINES, refused
from tests.exporting import HARD, file, report

NORVALE = f"{TIMELINES}/norvale"
POSITION = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3}
RING = {"type": "array", "items": POSITION, "minItems": 4}
RINGS = {"type": "array", "items": RING, "minItems": 1}
GEOJSON: dict[str, Any] = {
    "type": "object",
    "required": ["type", "features", "numberReturned", "links"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "numberReturned": {"type": "integer", "minimum": 0},
        "links": {"type": "array", "items": {"type": "object", "required": ["href", "rel"]}},
        "coordinates": False,
        "geometry": False,
        "properties": False,
        "features": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "geometry", "properties", "id"],
                "properties": {
                    "type": {"const": "Feature"},
                    "id": {"type": ["string", "number"]},
                    "bbox": {
                        "type": "array",
                        "items": {"type": "number"},
                        "minItems": 4,
                        "maxItems": 4,
                    },
                    "properties": {"type": ["object", "null"]},
                    "geometry": {
                        "oneOf": [
                            {"type": "null"},
                            *(
                                {
                                    "type": "object",
                                    "required": ["type", "coordinates"],
                                    "properties": {"type": {"const": kind}, "coordinates": shape},
                                }
                                for kind, shape in [
                                    ("Point", POSITION),
                                    ("Polygon", RINGS),
                                    ("MultiPolygon", {"type": "array", "items": RINGS}),
                                ]
                            ),
                        ]
                    },
                },
            },
        },
    },
}
"""The shape of RFC 7946 as far as it is used, and of a page of OGC API Features."""


@pytest.fixture
async def norvale(store: Store, chronicle: str) -> str:
    await file(store, chronicle, *HARD)
    return chronicle


@pytest.fixture
async def seeded(store: Store, chronicle: str) -> str:
    for line in seeds.events().splitlines():
        await store.append(chronicle, Append(events=(read_event(line),)))
    return chronicle


async def got(client: httpx.AsyncClient, path: str = NORVALE, **asked: Any) -> httpx.Response:
    answer = await client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer


async def listed(client: httpx.AsyncClient, path: str = NORVALE, **asked: Any) -> dict[str, Any]:
    return {e["occurrence"]: e for e in (await got(client, path, **asked)).json()["entries"]}


def csv_rows(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


# XLSX


def book(answer: httpx.Response) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(answer.content))


@pytest.mark.parametrize("path", [NORVALE, f"{TIMELINES}/idlib-2019"])
async def test_a_sheet_holds_the_cells_of_csv_and_text_is_typed_as_text(
    reader: httpx.AsyncClient, norvale: str, seeded: str, path: str
) -> None:
    expected = csv_rows(await got(reader, path, format="csv"))
    sheet = book(await got(reader, path, format="xlsx"))["Entries"]

    header, *rows = list(sheet.iter_rows())
    names = [cell.value for cell in header]
    assert names == list(expected[0])[: len(names)]
    assert len(rows) == len(expected) > 4
    for row, told in zip(rows, expected, strict=True):
        for name, cell in zip(names, row, strict=True):
            text = told[name].replace("\r\n", "\n").replace("\x07", "\ufffd")
            assert cell.data_type in ("s", "inlineStr", "n")
            if isinstance(cell.value, int | float):
                assert float(text) == cell.value
            else:
                assert (cell.value or "") == text
    numeric = {"lat", "lon", "radius_m", "version", "independent", "toll_killed_low"}
    columns = {n: [c.value for c in column] for n, *column in zip(names, *rows, strict=True)}
    for name in numeric & set(names):
        assert any(isinstance(value, int | float) for value in columns[name]), name


async def test_a_workbook_says_what_it_is_of_and_what_each_column_means(
    reader: httpx.AsyncClient, norvale: str
) -> None:
    answer = await got(reader, format="xlsx", as_of="2019-08-28", during="2019-08")
    workbook = book(answer)

    assert workbook.sheetnames == ["Entries", "About", "Columns"]
    about = {row[0].value: row[1].value for row in workbook["About"].iter_rows(min_row=2)}
    assert (about["as_of"], about["basis"], about["rows"]) == ("2019-08-28", 7, 3)
    assert about["policy"] == "graded-latest/1"
    assert about["filters"] == "during=2019-08; match=possible"
    assert about["left_out"].startswith("1 without a date")
    assert "position 7" in about["cite"]
    again = await reader.get(f"http://localhost{about['permalink']}")
    assert again.content == answer.content
    names = [cell.value for cell in next(workbook["Entries"].iter_rows())]
    meanings = {row[0].value: row[1].value for row in workbook["Columns"].iter_rows(min_row=2)}
    assert list(meanings) == names
    assert all(meanings.values())


async def test_what_no_cell_can_hold_is_refused(
    reader: httpx.AsyncClient, store: Store, norvale: str
) -> None:
    long = report("norvale-notes", title="Notes", attributes={"text": "x" * 32_760})
    await file(store, norvale, long)

    answer = await reader.get("occurrences?format=xlsx")

    refused(answer, 422, "invalid", "attributes of norvale-notes has", "32,767", "CSV")
    assert len(csv_rows(await got(reader, "occurrences", format="csv"))) == 6
    whole = (await got(reader, "occurrences", format="xlsx", kind="shelling")).content
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None


# GeoJSON


async def test_features_are_areas_of_the_shape_that_the_rfc_has(
    reader: httpx.AsyncClient, norvale: str
) -> None:
    entries = await listed(reader)
    answer = await got(reader, format="geojson")
    found = answer.json()

    jsonschema.validate(found, GEOJSON)
    assert found["numberReturned"] == len(found["features"]) == 5
    by_name = {f["properties"]["occurrence"]: f for f in found["features"]}
    assert list(by_name) == list(entries)
    for name in ("tellin-siege", "norvale-rumour", "tellin-founding"):
        assert by_name[name]["geometry"] is None
    town = by_name["norvale-shelling"]
    area = entries["norvale-shelling"]["place"]["area"]
    (ring,) = town["geometry"]["coordinates"]
    assert (ring[0], ring[-1]) == ([area["west"], area["south"]],) * 2
    assert turned(ring) > 0
    assert {tuple(p) for p in ring} == {
        (x, y) for x in (area["west"], area["east"]) for y in (area["south"], area["north"])
    }
    properties = town["properties"]
    assert (properties["lat"], properties["lon"], properties["radius_m"]) == (35.5, 36.25, 5000)
    assert properties["actors"] == ["Norvale Guard | East [perpetrator]", "Estra \\ Relief"]
    assert (properties["toll_killed_low"], properties["toll_killed_high"]) == (3, None)
    assert by_name["estra-island"]["properties"]["title"].startswith("=HYPERLINK")
    for name in ("as_of", "basis", "policy", "rules", "cite", "left_out"):
        assert name in found
    assert (await reader.get(f"http://localhost{found['links'][0]['href']}")).json() == found


def turned(ring: list[list[float]]) -> float:
    """Twice the area that a ring goes around, positive where counterclockwise."""
    return sum(x * t - z * y for (x, y), (z, t) in itertools.pairwise(ring))


async def test_an_area_is_cut_at_the_antimeridian(reader: httpx.AsyncClient, norvale: str) -> None:
    found = (await got(reader, format="geojson", kind="landing")).json()
    (feature,) = found["features"]

    assert feature["geometry"]["type"] == "MultiPolygon"
    assert feature["bbox"][0] > feature["bbox"][2]
    east, west = (polygon[0] for polygon in feature["geometry"]["coordinates"])
    assert max(x for x, _ in east) == 180 > min(x for x, _ in east) > 179
    assert min(x for x, _ in west) == -180 < max(x for x, _ in west) < -179
    assert turned(east) > 0
    assert turned(west) > 0


async def test_pages_of_features_lead_to_each_other(
    reader: httpx.AsyncClient, norvale: str
) -> None:
    whole = (await got(reader, format="geojson")).json()["features"]
    page = (await got(reader, format="geojson", limit=2)).json()
    found = page["features"]
    while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        answer = await reader.get(f"http://localhost{following[0]}")
        page = answer.json()
        jsonschema.validate(page, GEOJSON)
        found += page["features"]

    assert found == whole


# iCalendar


async def test_a_calendar_shows_all_the_days_and_counts_what_has_none(
    reader: httpx.AsyncClient, norvale: str
) -> None:
    answer = await got(reader, format="icalendar")
    calendar = icalendar.Calendar.from_ical(answer.content)
    entries = await listed(reader)
    ids = {entry["id"]: name for name, entry in entries.items()}
    events = {ids[str(event["UID"])]: event for event in calendar.walk("VEVENT")}

    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    assert set(events) == {"norvale-shelling", "estra-island", "tellin-siege"}
    day = datetime.date
    spans = {n: (e["DTSTART"].dt, e["DTEND"].dt) for n, e in events.items()}
    assert spans["estra-island"] == (day(2019, 8, 21), day(2019, 8, 24))
    assert spans["tellin-siege"] == (day(2019, 4, 1), day(2019, 5, 1))
    first, last = (entries["norvale-shelling"]["occurred"][k] for k in ("earliest", "latest"))
    assert spans["norvale-shelling"][0] == day.fromisoformat(first)
    assert spans["norvale-shelling"][1] == day.fromisoformat(last) + datetime.timedelta(1)
    assert str(events["tellin-siege"]["SUMMARY"]) == "Siege of Tellin (no known end)"
    told = events["norvale-shelling"]
    assert str(told["SUMMARY"]) == entries["norvale-shelling"]["title"]
    assert entries["norvale-shelling"]["occurred"]["edtf"] in told["DESCRIPTION"]
    assert "killed: at least 3, best 5" in told["DESCRIPTION"]
    assert str(told["LOCATION"]) == "Norvale, within 5 km of 35.5, 36.25"
    left_out = str(calendar["X-DATELINE-LEFT-OUT"])
    assert "1 without a date" in left_out
    assert "1 outside of the years 1 to 9999" in left_out
    for name in ("AS-OF", "BASIS", "POLICY", "RULES", "FILTERS", "PERMALINK", "CITE"):
        assert calendar[f"X-DATELINE-{name}"]
    assert not calendar.errors
    assert all(not event.errors for event in events.values())


# Atom


async def test_a_feed_tells_entries_as_they_are_known(
    reader: httpx.AsyncClient, norvale: str
) -> None:
    entries = await listed(reader)
    answer = await got(reader, format="atom")
    ElementTree.fromstring(answer.content)
    feed = feedparser.parse(answer.content, sanitize_html=False)

    assert not feed.bozo
    assert feed.version == "atom10"
    assert feed.feed.title == "Norvale & <Estra>"
    for word in ("As known: latest", "Basis: 7", "Policy: graded-latest/1", "Left out", "position"):
        assert word in feed.feed.subtitle
    assert [e.id for e in feed.entries] == [f"urn:uuid:{e['id']}" for e in entries.values()]
    for told, entry in zip(feed.entries, entries.values(), strict=True):
        assert told.title == (entry["title"]).replace("\x07", "\ufffd")
        assert told.updated == entry["known_from"]
        assert [a.name for a in told.authors] == [s["name"] for s in entry["sources"]]
        when = (entry["occurred"] or {}).get("edtf", "undated")
        assert f"When: {when}" in told.content[0].value
    assert feed.feed.updated == max(e["known_from"] for e in entries.values())
    pinned = feedparser.parse((await got(reader, format="atom", basis=7)).content)
    assert pinned.feed.id == feed.feed.id


# TimelineJS


async def test_slides_can_be_read_by_our_own_reader(
    reader: httpx.AsyncClient, norvale: str
) -> None:
    entries = await listed(reader)
    answer = await got(reader, format="timelinejs")
    rows = list(
        timelinejs.read(io.BytesIO(answer.content), source=Source(name="Desk"), dataset="desk")
    )

    assert all(isinstance(row, Row) for row in rows), rows
    read = {row.record.removeprefix("desk/"): row for row in rows}
    assert set(read) == set(entries) - {"norvale-rumour"}
    for name, row in read.items():
        assert row.claims.title == entries[name]["title"]
        assert entries[name]["occurred"]["edtf"] in row.claims.occurred.phrase
    assert read["estra-island"].claims.occurred.edtf == "2019-08-21/2019-08-23"
    assert read["tellin-founding"].claims.occurred.edtf == "-0044-03-15"
    found = answer.json()
    assert "<Estra>" not in found["title"]["text"]["headline"]
    assert "1 without a date" in found["title"]["text"]["text"]
    assert found["about"]["basis"] == 7


async def test_what_is_coarse_is_drawn_coarse_and_what_is_too_long_says_where_it_is(
    reader: httpx.AsyncClient, store: Store, norvale: str
) -> None:
    await file(
        store,
        norvale,
        report("norvale-year", title="A year", occurred={"edtf": "2018"}, tags=["norvale"]),
        report("norvale-month", title="<b>", occurred={"edtf": "2018-07"}, tags=["norvale"]),
        report(
            "norvale-long", summary="word " * 1_999, occurred={"edtf": "2018"}, tags=["norvale"]
        ),
    )
    answer = await got(reader, format="timelinejs")
    slides = {slide["unique_id"]: slide for slide in answer.json()["events"]}

    assert slides["norvale-year"]["start_date"] == {"year": 2018}
    assert slides["norvale-month"]["start_date"] == {"year": 2018, "month": 7}
    assert slides["norvale-month"]["text"]["headline"] == "&lt;b&gt;"
    assert "end_date" not in slides["norvale-month"]
    assert "cut: all of it is at /v1/chronicles/" in slides["norvale-long"]["text"]["text"]
    source = Source(name="Desk")
    read = list(timelinejs.read(io.BytesIO(answer.content), source=source, dataset="desk"))
    assert all(isinstance(row, Row) for row in read), read


# CloudEvents


async def test_events_are_told_as_cloudevents(reader: httpx.AsyncClient, norvale: str) -> None:
    from cloudevents.core.v1.event import CloudEvent

    headers = {"Accept": "application/cloudevents-batch+json"}
    told = (await got(reader, EVENTS)).json()["events"]
    answer = await reader.get(EVENTS, headers=headers, params={"limit": 4})
    rest = await reader.get(f"http://localhost{answer.links['next']['url']}", headers=headers)

    assert answer.headers["content-type"] == "application/cloudevents-batch+json"
    assert "next" not in rest.links
    found = answer.json() + rest.json()
    read = [
        cloudevents_json.JSONFormat().read(CloudEvent, json.dumps(event).encode())
        for event in found
    ]
    assert [event.get_data() for event in read] == told
    assert len({(e.get_source(), e.get_id()) for e in read}) == len(told) == 7
    for event, original in zip(read, told, strict=True):
        assert event.get_id() == original["event_id"]
        assert event.get_type() == f"dateline.{original['type']}"
        recorded = datetime.datetime.fromisoformat(original["recorded_at"])
        assert event.get_time() == recorded
        assert event.get_extension("sequence") == str(original["position"])


# All of them


@pytest.mark.parametrize("name", ["ndjson", "geojson", "csv", "xlsx", "icalendar", "atom"])
async def test_a_listing_without_entries_is_a_file_all_the_same(
    reader: httpx.AsyncClient, norvale: str, name: str
) -> None:
    answer = await got(reader, format=name, kind="nothing")

    read = {
        "ndjson": lambda b: len(b.splitlines()) - 2,
        "geojson": lambda b: len(json.loads(b)["features"]),
        "csv": lambda b: len(b.splitlines()) - 1,
        "xlsx": lambda b: openpyxl.load_workbook(io.BytesIO(b))["Entries"].max_row - 1,
        "icalendar": lambda b: len(icalendar.Calendar.from_ical(b).walk("VEVENT")),
        "atom": lambda b: len(feedparser.parse(b).entries),
    }[name]
    assert read(answer.content) == 0
