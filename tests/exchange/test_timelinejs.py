"""Goal: each slide becomes a report with a date as fine as it was given.

Method: JSON and spreadsheets written here; the spreadsheet and the JSON of one slide agree.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from domain import dates
from domain.claims import Evidence, OccurredGiven, Source
from domain.errors import Invalid, Malformed
from exchange import timelinejs
from exchange.rows import Fault, Row
from tests.exchange.reading import all_rows, filed, only_fault, only_row

SOURCE = Source(name="Norvale Post")
BOTH = "start_date and end_date"
HEADER = (
    "Year,Month,Day,Time,End Year,End Month,End Day,End Time,Display Date,Headline,Text,Media,"
    "Media Credit,Media Caption,Media Thumbnail,Type,Group,Background"
)


def slides(*events: dict[str, Any], **others: Any) -> Iterator[Row | Fault]:
    raw = json.dumps({"title": {"text": {"headline": "Norvale"}}, **others, "events": events})
    return timelinejs.read(io.BytesIO(raw.encode()), source=SOURCE, dataset="norvale")


def sheet(*lines: str) -> Iterator[Row | Fault]:
    raw = "\n".join([HEADER, *lines]).encode()
    return timelinejs.read(io.BytesIO(raw), source=SOURCE, dataset="norvale", sheet=True)


def occurred(start: dict[str, Any], end: dict[str, Any] | None = None) -> str | None:
    slide = {
        "start_date": start,
        "text": {"headline": "Flood"},
        **({"end_date": end} if end else {}),
    }
    found = only_row(slides(slide)).claims.occurred
    assert isinstance(found, OccurredGiven)
    dates.parse(found.edtf or "")
    return found.edtf


def test_a_slide_is_a_report_of_the_source_that_is_named() -> None:
    # given
    slide = {
        "start_date": {"year": "2024", "month": "3", "day": "5"},
        "display_date": "a Tuesday in March",
        "text": {"headline": "Flood in Norvale", "text": "The market stood under water."},
        "media": {"url": "https://norvale.example/a.jpg", "credit": "Norvale Post"},
        "group": "Floods",
        "unique_id": "flood",
    }

    # when
    read = only_row(slides(slide))

    # then
    assert (read.line, read.record, read.occurrence) == (1, "norvale/flood", "norvale-flood")
    assert read.report.source == SOURCE
    assert read.report.evidence == (Evidence(url="https://norvale.example/a.jpg"),)
    assert read.claims.title == "Flood in Norvale"
    assert read.claims.summary == "The market stood under water."
    assert read.claims.occurred == OccurredGiven(edtf="2024-03-05", phrase="a Tuesday in March")
    assert read.claims.attributes == {
        "media": slide["media"],
        "group": "Floods",
        "unique_id": "flood",
    }
    filed(read)


def test_a_slide_without_an_id_is_called_by_its_number() -> None:
    one, two = all_rows(slides({"text": {"headline": "A"}}, {"text": {"headline": "B"}}))

    assert (one.record, two.record) == ("norvale/1", "norvale/2")


def test_title_and_eras_are_no_reports() -> None:
    era = {"start_date": {"year": 2020}, "text": {"headline": "War"}}

    assert list(slides(eras=[era])) == []
    assert list(sheet(",,,,,,,,,Norvale,,,,,,title,,", "2020,,,,,,,,,War,,,,,,era,,")) == []


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ({"year": 2024}, None, "2024"),
        ({"year": "2024", "month": "03"}, None, "2024-03"),
        ({"year": 2024, "month": 3, "day": 5}, None, "2024-03-05"),
        ({"year": 2024, "month": "", "day": ""}, None, "2024"),
        (
            {"year": 2024, "month": 3, "day": 5, "hour": 14},
            None,
            "[2024-03-05T14:00:00..2024-03-05T14:59:59]",
        ),
        (
            {"year": 2024, "month": 3, "day": 5, "hour": 14, "minute": 5},
            None,
            "[2024-03-05T14:05:00..2024-03-05T14:05:59]",
        ),
        (
            {"year": 2024, "month": 3, "day": 5, "hour": 14, "minute": 5, "second": 6},
            None,
            "2024-03-05T14:05:06",
        ),
        ({"year": 2024, "month": 3}, {"year": 2024, "month": 5}, "2024-03/2024-05"),
        ({"year": 2024}, {"year": 2024}, "2024"),
        (
            {"year": 2024, "month": 3, "day": 5, "hour": 14},
            {"year": 2024, "month": 3, "day": 5, "hour": 15, "minute": 30},
            "2024-03-05T14:00:00/2024-03-05T15:30:59",
        ),
        ({"year": -44, "month": 3}, None, "-0043-03"),
        ({"year": -1}, None, "0000"),
        ({"year": 12000}, None, "Y12000"),
        ({"year": -12001}, None, "Y-12000"),
    ],
)
def test_a_date_is_as_fine_as_it_is_given(
    start: dict[str, Any], end: dict[str, Any] | None, expected: str
) -> None:
    assert occurred(start, end) == expected


def test_a_slide_without_date_stays_undated_and_keeps_what_is_shown() -> None:
    read = only_row(slides({"display_date": "long ago", "text": {"headline": "Flood"}}))

    assert not isinstance(read.claims.occurred, OccurredGiven)
    assert read.claims.attributes == {"display_date": "long ago"}


def test_markup_is_left_out_of_what_is_shown_and_kept_as_it_was() -> None:
    text = {"headline": "<b>Flood</b> &amp; fire", "text": "<p>One.</p><p>Two<br>three.</p>"}

    claims = only_row(slides({"text": text})).claims

    assert (claims.title, claims.summary) == ("Flood & fire", "One.\nTwo\nthree.")
    assert claims.attributes == text


def test_media_that_is_no_web_address_is_an_attribute_alone() -> None:
    quote = {"url": "<blockquote>Help!</blockquote>"}

    read = only_row(slides({"media": quote, "text": {"headline": "Flood"}}))

    assert read.report.evidence == ()
    assert read.claims.attributes == {"media": quote}


def test_the_spreadsheet_says_what_the_json_says() -> None:
    # given
    line = (
        '2024,3,5,2:05 pm,2024,3,6,,early March,Flood,"Water, much of it",'
        "https://norvale.example/a.jpg,Post,,,,Floods,"
    )
    slide = {
        "start_date": {"year": 2024, "month": 3, "day": 5, "hour": 14, "minute": 5},
        "end_date": {"year": 2024, "month": 3, "day": 6},
        "display_date": "early March",
        "text": {"headline": "Flood", "text": "Water, much of it"},
        "media": {"url": "https://norvale.example/a.jpg", "credit": "Post"},
        "Group": "Floods",
    }

    # when
    from_sheet, from_json = only_row(sheet(line)), only_row(slides(slide))

    # then
    assert from_sheet.claims == from_json.claims
    assert from_sheet.report.evidence == from_json.report.evidence
    assert from_sheet.record == "norvale/2"


@pytest.mark.parametrize(
    ("slide", "column", "expected"),
    [
        ({"start_date": {"year": "soon"}}, "start_date", '"soon" is not a number'),
        ({"start_date": {"month": 3}}, "start_date", "at least a year"),
        ({"start_date": {"year": 0}}, "start_date", "no year 0"),
        ({"start_date": {"year": 2024, "day": 5}}, "start_date", "with a day has a month"),
        ({"start_date": {"year": 2024, "month": 13}}, "start_date", "a month runs from 01 to 12"),
        ({"start_date": {"year": 2024, "month": 333}}, "start_date", "333 is not a month"),
        ({"start_date": {"year": 2024}, "end_date": {"year": 2023}}, BOTH, "before"),
        ({"end_date": {"year": 2023}}, "start_date", "no start date"),
        ({"end_date": {"hour": 3}}, "end_date", "at least a year"),
        ({"start_date": "2024"}, "start_date", "must be an object"),
        ({"text": {"headline": "x" * 301}}, "text.headline", "at most 300 characters"),
        ({"text": "Flood"}, "text", "must be an object"),
        ({}, None, "at least one claim"),
    ],
)
def test_a_bad_slide_is_named_by_its_number_and_member(
    slide: dict[str, Any], column: str | None, expected: str
) -> None:
    good = {"text": {"headline": "Flood"}}

    fault = only_fault(slides(good, slide, good))

    assert (fault.line, fault.column) == (2, column)
    assert expected in fault.detail


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        ("soon,,,,,,,,,Flood,,,,,,,,", "Year", '"soon" is not a number'),
        ("2024,3,5,2 o'clock,,,,,,Flood,,,,,,,,", "Year", "not a time like 14:05"),
        ("2024,3,5,13 pm,,,,,,Flood,,,,,,,,", "Year", "hours up to 12"),
        ("2024,3,5,,2024,x,,,,Flood,,,,,,,,", "End Year", '"x" is not a number'),
        (f"2024,,,,,,,,,{'x' * 301},,,,,,,,", "Headline", "at most 300 characters"),
        ("2024,,,", None, "The row has 4 cells"),
    ],
)
def test_a_bad_line_is_named_by_its_number_and_column(
    line: str, column: str | None, expected: str
) -> None:
    good = "2024,,,,,,,,,Flood,,,,,,,,"

    fault = only_fault(sheet(good, line, good))

    assert (fault.line, fault.column) == (3, column)
    assert expected in fault.detail


def test_what_is_no_timeline_is_refused_at_once() -> None:
    with pytest.raises(Invalid, match='no member "events"'):
        timelinejs.read(io.BytesIO(b"{}"), source=SOURCE, dataset="norvale")
    with pytest.raises(Malformed, match="not JSON"):
        timelinejs.read(io.BytesIO(b"Year,Headline"), source=SOURCE, dataset="norvale")
    with pytest.raises(Invalid, match="lacks Headline"):
        timelinejs.read(io.BytesIO(b"Year\n"), source=SOURCE, dataset="norvale", sheet=True)
