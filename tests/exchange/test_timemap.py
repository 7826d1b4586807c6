"""Goal: each event of a timemap becomes a report, and none of its ids is taken for a source.

Method: JSON and sheets written here, in the columns that timemap checks for.
"""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.claims import OccurredGiven, Place, Source
from domain.errors import Invalid
from exchange import timemap
from exchange.rows import Fault, Row
from tests.exchange.reading import all_rows, filed, only_fault, only_row

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
    given = {"order": "month-day", **how}
    return timemap.read(raw, source=SOURCE, dataset="norvale", reported_at="2024-04-01", **given)


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
        timemap.read(
            stream,
            source=SOURCE,
            dataset="norvale",
            reported_at="2024-04-01",
            sheet=True,
            order="month-day",
        )
    )

    # then
    expected = only_row(read(EVENT))
    assert (row.report, row.claims) == (expected.report, expected.claims)
    assert row.line == 2


def test_the_order_of_day_and_month_can_be_given() -> None:
    row = only_row(read({**EVENT, "date": "05/03/2024", "time": ""}, order="day-month"))

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
        ("date", "31/12/2024", '"31/12/2024" is not a day: one like 08/27/2019'),
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


# The order of day and month


def dated(*given: str, **how: Any) -> list[str | None]:
    """What dates are read as."""
    events = [{"description": "Shells.", "date": date} for date in given]
    claims = [row.claims.occurred for row in all_rows(read(*events, **{"order": None, **how}))]
    return [one.edtf if isinstance(one, OccurredGiven) else None for one in claims]


def test_dates_that_read_one_way_only_need_no_order() -> None:
    given = ("2024-03-05", "08/27/2019", "27/08/2019", "05/05/2024", "")

    assert dated(*given) == ["2024-03-05", "2019-08-27", "2019-08-27", "2024-05-05", None]


def test_the_order_can_be_given() -> None:
    assert dated("03/05/2024", "2024-03-05", order="month-day") == ["2024-03-05", "2024-03-05"]
    assert dated("03/05/2024", "2024-03-05", order="day-month") == ["2024-05-03", "2024-03-05"]


def test_a_date_that_the_order_cannot_be_is_a_fault() -> None:
    event = {"description": "Shells.", "date": "27/08/2019"}

    assert only_fault(read(event, order="month-day")).column == "date"
    assert only_fault(read({**event, "date": "08/27/2019"}, order="day-month")).column == "date"


def test_a_file_whose_dates_read_both_ways_is_refused_with_the_rows() -> None:
    # given eight such dates, and one that can only have the day first
    dates = ["2024-01-01", *(f"0{n}/10/2024" for n in range(1, 9)), "13/10/2024"]
    events = [{"description": "Shells.", "date": date} for date in dates]

    # when
    with pytest.raises(Invalid) as refused:
        read(*events, order=None)

    # then
    assert refused.value.where == "date_order"
    assert refused.value.detail == (
        "date_order is needed, month-day or day-month: items 2 (01/10/2024), 3 (02/10/2024), "
        "4 (03/10/2024), 5 (04/10/2024), 6 (05/10/2024) and 3 more can be read with either first, "
        "and none is guessed. Item 10 (13/10/2024) is day-month."
    )


def test_lines_of_a_sheet_are_named_as_lines() -> None:
    raw = io.BytesIO("description,date\nMörser,03/05/2024\n".encode("latin-1"))

    with pytest.raises(Invalid, match=r"line 2 \(03/05/2024\) can be read"):
        timemap.read(raw, source=SOURCE, dataset="norvale", sheet=True, encoding="latin-1")


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1)), st.booleans())
def test_no_order_is_ever_guessed(day: datetime.date, month_first: bool) -> None:
    """A date is read as what it is, or asked about."""
    written = day.strftime("%m/%d/%Y" if month_first else "%d/%m/%Y")

    try:
        assert dated(written) == [day.isoformat()]
    except Invalid:
        assert day.day <= 12
        assert day.day != day.month
