"""Goal: whatever is wrong with a row, its column is named as the file names it, in every format,
also where only the claims made of it are found to be at fault.

Method: the same bad values in every form of a table; one bad cell after another in the others.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from domain.claims import Source
from exchange import acled, ged, timelinejs, timemap
from exchange.mapping import load
from exchange.rows import Fault, Row
from exchange.table import read
from tests.exchange import test_acled, test_ged
from tests.exchange.reading import only_fault
from tests.exchange.test_workbook import book

NAMES = ["رقم", "Quand; où", "Depuis", "Killed, least", "Mort", "Lieu", "Lat", "Lon", "Qui", "Dit"]
MAPPING = """
dataset = "norvale"
id = "رقم"
source = {name = {value = "Norvale Post"}}
reported_at = "Dit"
title = {columns = ["Mort", "Lieu"], join = " in "}
place = {name = "Lieu", lat = "Lat", lon = "Lon"}
occurred = {start = "Depuis", end = "Quand; où", means = "possible"}
actors = [{name = "Qui", roles = {victim = {value = "1"}}}]
tags = ["Killed, least", "Mort"]
[[toll]]
outcome = {value = "killed"}
at_least = "Killed, least"
words = "Mort"
"""
GOOD = dict(zip(NAMES, ["7", "", "", "1", "2", "Norvale", "1", "2", "A", ""], strict=True))
LONG = "x" * 301
BAD = [
    ({"رقم": LONG}, "رقم"),
    ({"رقم": ""}, "رقم"),
    ({"Depuis": "2024-05-02", "Quand; où": "2024-05-01"}, "Depuis and Quand; où"),
    ({"Depuis": "2024-05-02", "Quand; où": "2024-13"}, "Quand; où"),
    ({"Depuis": "2024-13", "Quand; où": "2024-05-01"}, "Depuis"),
    ({"Depuis": "2024-13"}, "Depuis"),
    ({"Killed, least": "-1"}, "Killed, least"),
    ({"Killed, least": "9" * 20}, "Killed, least"),
    ({"Lat": "91"}, "Lat"),
    ({"Lon": ""}, "Lon"),
    ({"Lieu": LONG}, "Mort and Lieu"),
    ({"Qui": LONG}, "Qui"),
    ({"Mort": "A b"}, "Mort"),
    ({"Dit": "soon"}, "Dit"),
]


def in_form(form: str, cells: list[list[str]]) -> io.BytesIO:
    """A table in one of the forms that a mapping can name."""
    if form == "xlsx":
        return book(*cells)
    if form in ("json", "ndjson"):
        items = [dict(zip(NAMES, line, strict=True)) for line in cells[1:]]
        text = json.dumps(items) if form == "json" else "\n".join(map(json.dumps, items))
        return io.BytesIO(text.encode())
    delimiter, _, encoding = form.partition(" ")
    lines = [delimiter.join(f'"{cell}"' for cell in line) for line in cells]
    return io.BytesIO("\r\n".join(lines).encode(encoding))


FORMS = {
    ", utf-8": 'form = "csv"',
    "; utf-8-sig": 'form = "csv"',
    "; windows-1256": 'form = "csv"\nencoding = "windows-1256"',
    "\t utf-16": 'form = "csv"\nencoding = "utf-16"',
    "xlsx": 'form = "xlsx"',
    "json": 'form = "json"',
    "ndjson": 'form = "ndjson"',
}


@pytest.mark.parametrize("form", FORMS)
def test_a_table_s_faults_name_line_and_column_in_every_form(form: str) -> None:
    # given rows that are at fault, each between two good ones
    given = [GOOD]
    for number, (change, _) in enumerate(BAD):
        given += [{**GOOD, **change}, {**GOOD, "رقم": str(100 + number)}]
    cells = [NAMES, *([line[name] for name in NAMES] for line in given)]
    mapping = load(f"{MAPPING}[file]\n{FORMS[form]}\n".encode())
    first = 1 if form in ("json", "ndjson") else 2

    # when
    found = list(read(in_form(form, cells), mapping))

    # then
    faults = [(one.line, one.column) for one in found if isinstance(one, Fault)]
    assert faults == [(first + 1 + 2 * number, column) for number, (_, column) in enumerate(BAD)]
    assert len(found) == len(given)


def test_a_row_still_knows_its_columns_when_it_is_filed() -> None:
    cells = [NAMES, [GOOD[name] for name in NAMES]]

    (row,) = read(in_form("; utf-8", cells), load(MAPPING.encode()))

    assert isinstance(row, Row)
    assert row.column("/report/reported_at") == "Dit"
    assert row.column("/report/record") == "رقم"
    assert row.column("/claims/toll/0/at_least") == "Killed, least"
    assert row.column("/claims/actors/0/name") == "Qui"
    assert row.column("/claims/occurred/edtf") == "Depuis"
    assert row.column("/target") is None


def test_values_that_no_record_holds_are_named_by_their_column() -> None:
    for value in ('"\\ud800"', '"a\\u0000b"'):
        raw = f'[{{"رقم": "1", "a/b": 1, "a/b.c": {value}}}]'.encode()
        mapping = load(
            'dataset = "n"\nid = "رقم"\nsource = {name = {value = "N"}}\nfile = {form = "json"}\n'
            'title = {value = "T"}'.encode()
        )
        assert only_fault(read(io.BytesIO(raw), mapping)).column == "a/b.c", value


def test_a_name_that_cannot_be_seen_is_refused_as_it_is_where_reports_are_filed() -> None:
    raw = '[{"id": "1", "Quelle": "\u200b"}]'.encode()
    mapping = load(
        b'dataset = "n"\nid = "id"\nsource = {name = "Quelle"}\nfile = {form = "json"}\n'
        b'title = {value = "T"}'
    )

    fault = only_fault(read(io.BytesIO(raw), mapping))

    assert (fault.line, fault.column) == (1, "Quelle")
    assert "blank" in fault.detail


def of_ged(change: dict[str, str]) -> Iterator[Row | Fault]:
    return ged.read(test_ged.file_of(change))


def of_acled(change: dict[str, str]) -> Iterator[Row | Fault]:
    return acled.read(test_acled.file_of(change))


SOURCE = Source(name="Norvale Post")


def of_timeline(change: dict[str, Any]) -> Iterator[Row | Fault]:
    slide = {"start_date": {"year": "2024"}, "text": {"headline": "Flood"}, **change}
    raw = io.BytesIO(json.dumps({"events": [slide]}).encode())
    return timelinejs.read(raw, source=SOURCE, dataset="norvale")


def of_timeline_sheet(change: dict[str, str]) -> Iterator[Row | Fault]:
    names = ["Year", "End Year", "Headline", "Text", "Media", "unique_id"]
    cells = {"Year": "2024", "Headline": "Flood", **change}
    raw = ",".join(names) + "\n" + ",".join(cells.get(name, "") for name in names)
    return timelinejs.read(io.BytesIO(raw.encode()), source=SOURCE, dataset="norvale", sheet=True)


def of_timemap(change: dict[str, Any]) -> Iterator[Row | Fault]:
    event = {"id": "1", "description": "Shells.", "date": "2024-05-13", **change}
    raw = io.BytesIO(json.dumps([event]).encode())
    return timemap.read(raw, source=SOURCE, dataset="norvale")


@pytest.mark.parametrize(
    ("of", "change", "column"),
    [
        (of_ged, {"id": LONG}, "id"),
        (of_ged, {"side_b": LONG}, "side_b"),
        (of_ged, {"where_coordinates": LONG}, "where_coordinates"),
        (of_ged, {"latitude": "91"}, "latitude"),
        (of_ged, {"date_end": "2016-01-04"}, "date_start and date_end"),
        (of_ged, {"deaths_civilians": "9" * 20}, "deaths_civilians"),
        (of_ged, {"adm_1": "a\x00b"}, "adm_1"),
        (of_ged, {"conflict_new_id": "a\x00b"}, "conflict_new_id"),
        (of_acled, {"event_id_cnty": LONG}, "event_id_cnty"),
        (of_acled, {"actor1": LONG}, "actor1"),
        (of_acled, {"assoc_actor_1": f"A; {LONG}"}, "assoc_actor_1"),
        (of_acled, {"actor2": LONG}, "actor2"),
        (of_acled, {"location": LONG}, "sub_event_type and location"),
        (of_acled, {"source": f"A; {LONG}"}, "source"),
        (of_acled, {"sub_event_type": "x" * 61}, "sub_event_type"),
        (of_acled, {"fatalities": "9" * 20}, "fatalities"),
        (of_timeline, {"text": {"headline": LONG}}, "text.headline"),
        (of_timeline, {"end_date": {"year": "2023"}}, "start_date and end_date"),
        (of_timeline, {"display_date": LONG}, "display_date"),
        (of_timeline, {"unique_id": LONG}, "unique_id"),
        (of_timeline_sheet, {"Headline": LONG}, "Headline"),
        (of_timeline_sheet, {"End Year": "2023"}, "Year and End Year"),
        (of_timeline_sheet, {"unique_id": LONG}, "unique_id"),
        (of_timemap, {"title": LONG}, "title"),
        (of_timemap, {"type": "x" * 61}, "type"),
        (of_timemap, {"category": "x" * 61}, "category"),
        (of_timemap, {"type": "Shelling", "location": LONG}, "type and location"),
        (of_timemap, {"time": "25:00"}, "date and time"),
        (of_timemap, {"latitude": "91", "longitude": "1"}, "latitude"),
    ],
)
def test_a_bad_row_of_a_known_format_names_its_column(
    of: Callable[[Any], Iterator[Row | Fault]], change: dict[str, Any], column: str
) -> None:
    assert only_fault(of(change)).column == column
