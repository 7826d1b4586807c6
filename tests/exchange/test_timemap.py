"""Goal: each event of a timemap becomes a report, and none of its ids is taken for a source.

Method: JSON and sheets written here, in the columns that timemap checks for.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from domain.claims import OccurredGiven, Place, Source
from domain.errors import Invalid
from exchange import timemap
from exchange.rows import Fault, Row
from tests.exchange.reading import filed, only_fault, only_row

SOURCE = Source(name="Norvale Archive")
EVENT = {
    "id": "e7",
    "description": "Two shells hit the market.",
    "date": "03/05/2024",
    "time": "14:05",
    "time_precision": "minute",
    "location": "Norvale market",
    "latitude": "10,5",
    "longitude": "20.25",
    "type": "Shelling",
    "associations": ["Market", "Spring 2024", "Market"],
    "sources": ["src-1", "src-2"],
    "comments": "",
}


def read(*events: dict[str, Any], **how: Any) -> Iterator[Row | Fault]:
    raw = io.BytesIO(json.dumps(events).encode())
    return timemap.read(raw, source=SOURCE, dataset="norvale", reported_at="2024-04-01", **how)


def test_an_event_is_a_report_of_the_source_that_is_named() -> None:
    row = only_row(read(EVENT))

    assert (row.line, row.record, row.occurrence) == (1, "norvale/e7", "norvale-e7")
    assert (row.report.source, row.report.via) == (SOURCE, ())
    assert row.report.reported_at == "2024-04-01"
    assert row.claims.title == "Shelling in Norvale market"
    assert row.claims.summary == "Two shells hit the market."
    assert row.claims.kind == "shelling"
    assert row.claims.occurred == OccurredGiven(edtf="[2024-03-05T14:05:00..2024-03-05T14:05:59]")
    assert row.claims.place == Place(name="Norvale market", lat=10.5, lon=20.25)
    assert row.claims.tags == ("market", "spring-2024")
    assert row.claims.attributes == {
        "id": "e7",
        "time_precision": "minute",
        "type": "Shelling",
        "associations": ["Market", "Spring 2024", "Market"],
        "sources": ["src-1", "src-2"],
    }
    filed(row)


def test_the_sheet_says_what_the_json_says() -> None:
    # given
    names = (
        "id,description,date,time,time_precision,location,latitude,longitude,type,"
        "association1,association2,association3,source1,source2,source3,comments"
    )
    line = (
        'e7,Two shells hit the market.,03/05/2024,14:05,minute,Norvale market,"10,5",20.25,'
        "Shelling,Market,Spring 2024,Market,src-1,,src-2,"
    )

    # when
    stream = io.BytesIO(f"{names}\n{line}\n".encode())
    row = only_row(
        timemap.read(stream, source=SOURCE, dataset="norvale", reported_at="2024-04-01", sheet=True)
    )

    # then
    expected = only_row(read(EVENT))
    assert (row.report, row.claims) == (expected.report, expected.claims)
    assert row.line == 2


def test_the_order_of_day_and_month_can_be_given() -> None:
    row = only_row(read({**EVENT, "date": "05/03/2024", "time": ""}, date="%d/%m/%Y"))

    assert row.claims.occurred == OccurredGiven(edtf="2024-03-05")


def test_an_iso_day_and_a_second_are_read_as_well() -> None:
    row = only_row(read({**EVENT, "date": "2024-03-05", "time": "4:05:06"}))

    assert row.claims.occurred == OccurredGiven(edtf="2024-03-05T04:05:06")


def test_without_id_and_words_an_event_has_its_number_and_its_coordinates() -> None:
    row = only_row(read({"description": "", "latitude": "10.5", "longitude": "20.25"}))

    assert row.record == "norvale/1"
    assert row.claims.title == "Event in 10.5, 20.25"
    assert row.claims.place == Place(name="10.5, 20.25", lat=10.5, lon=20.25)


def test_a_time_without_a_date_is_kept_as_it_is() -> None:
    row = only_row(read({**EVENT, "date": ""}))

    assert not isinstance(row.claims.occurred, OccurredGiven)
    assert row.claims.attributes
    assert row.claims.attributes["time"] == "14:05"


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("date", "31/12/2024", '"31/12/2024" is not a day as %m/%d/%Y'),
        ("time", "noon", '"noon" is not a time like 14:05'),
        ("date", "02/30/2024", "is not a day"),
        ("latitude", "north", "degrees from -90 to 90"),
        ("longitude", "", "longitude is empty: a place has both"),
        ("associations", "Market", "must be a list"),
        ("description", "x" * 10_001, "at most 10,000 characters"),
        ("title", "x" * 301, "at most 300 characters"),
        ("type", "x" * 61, "at most 60 characters"),
    ],
)
def test_a_bad_event_is_named_by_its_number_and_column(
    column: str, value: str, expected: str
) -> None:
    fault = only_fault(read(EVENT, {**EVENT, column: value}, EVENT))

    assert (fault.line, fault.column) == (2, column)
    assert expected in fault.detail


def test_what_is_no_array_is_refused_at_once() -> None:
    with pytest.raises(Invalid, match="JSON array of objects was expected"):
        timemap.read(io.BytesIO(b"{}"), source=SOURCE, dataset="norvale")
