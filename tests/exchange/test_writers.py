"""Goal: whatever text an entry holds, each format gives it back unchanged, or with U+FFFD for
what the format forbids; and what a sheet cannot hold is refused.

Method: laws over any text, read by Python's csv, openpyxl, icalendar and an XML parser.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from uuid import UUID
from xml.etree import ElementTree

import icalendar
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.answers import Entry, OccurredShown
from domain.errors import Invalid
from exchange import to_xlsx
from exchange.defused import fused
from exchange.export import About, Writer, printable
from exchange.to_atom import Atom
from exchange.to_csv import Csv
from exchange.to_icalendar import Calendar
from exchange.to_ndjson import Lines
from exchange.to_xlsx import Xlsx

ABOUT = About(
    chronicle="main", chronicle_id=UUID(int=1), timeline="norvale", title="Norvale",
    description=None, as_of="latest", basis=1, settled=True, policy="graded-latest/1",
    selected_by="graded-latest/1", rules="", filters=(), left_out={}, permalink="/v1?a=1&b=2",
    cite="", rows=1, next=None, outcomes=("killed",),
)  # fmt: skip
ATOM = "{http://www.w3.org/2005/Atom}"
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)


def entry(title: str, **fields: object) -> Entry:
    """Something on 27 August 2019, under this title."""
    day = "2019-08-27"
    given: dict[str, object] = {
        "occurrence": "norvale-flood", "id": UUID(int=2), "version": 1, "title": title,
        "summary": None, "kind": None, "place": None, "actors": (), "toll": (), "tags": (),
        "attributes": None, "status": ("reported",), "differ": (), "contested": (), "sources": (),
        "independent": 1, "links": (), "into": None, "merged": (),
        "known_from": "2019-08-27T23:59:59.999999Z", "position": 1,
        "occurred": OccurredShown(
            edtf=day, phrase=None, rule=None, earliest=day, start_latest=day, end_earliest=day,
            latest=day,
        ),
        **fields,
    }  # fmt: skip
    return Entry(**given)  # type: ignore[arg-type]


def written(writer: Writer, *entries: Entry) -> bytes:
    return writer.begin() + writer.add(entries) + writer.end()


def in_xml(text: str) -> str:
    """What XML makes of text: line ends are one line feed (section 2.11)."""
    return printable(text).replace("\r\n", "\n").replace("\r", "\n")


@given(TEXTS)
def test_csv_gives_text_back(text: str) -> None:
    made = written(Csv(ABOUT), entry(text)).decode()

    (row,) = csv.DictReader(io.StringIO(made, newline=""), strict=True)
    assert fused(row["title"]) == text


@given(TEXTS)
def test_lines_give_text_back(text: str) -> None:
    _, line, _ = written(Lines(ABOUT), entry(text)).split(b"\n")[:-1]

    assert json.loads(line)["title"] == text


@given(TEXTS)
@settings(max_examples=50)
def test_a_sheet_gives_text_back(text: str) -> None:
    made = written(Xlsx(ABOUT), entry(text))

    title = openpyxl.load_workbook(io.BytesIO(made))["Entries"]["D2"]
    assert title.data_type != "f"
    # What looks like an escape is escaped itself, which this reader does not undo.
    assert fused((title.value or "").replace("_x005F_x", "_x")) == in_xml(text)


@given(TEXTS)
def test_a_calendar_gives_text_back_in_lines_that_are_short_enough(text: str) -> None:
    made = written(Calendar(ABOUT), entry(text))

    (event,) = icalendar.Calendar.from_ical(made).walk("VEVENT")
    assert str(event["SUMMARY"]) == in_xml(text)
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))


@given(TEXTS)
def test_a_feed_gives_text_back(text: str) -> None:
    made = written(Atom(ABOUT), entry(text))

    title = ElementTree.fromstring(made).find(f"{ATOM}entry/{ATOM}title")
    assert title is not None
    assert title.text == in_xml(text)


def test_what_looks_like_an_escape_of_a_sheet_is_none() -> None:
    made = written(Xlsx(ABOUT), entry("_x0041_ and _x004"))

    sheet = zipfile.ZipFile(io.BytesIO(made)).read("xl/worksheets/sheet1.xml").decode()
    assert "_x005F_x0041_ and _x004<" in sheet


def test_a_sheet_holds_no_clock() -> None:
    made = written(Xlsx(ABOUT), entry("Flood"))

    assert made == written(Xlsx(ABOUT), entry("Flood"))
    dates = {info.date_time[:3] for info in zipfile.ZipFile(io.BytesIO(made)).infolist()}
    assert dates == {(1980, 1, 1)}


@pytest.mark.parametrize(("longest", "fits"), [("x" * 32_767, True), ("x" * 32_768, False)])
def test_a_cell_has_as_much_text_as_a_sheet_can_hold(longest: str, fits: bool) -> None:
    writer = Xlsx(ABOUT)
    writer.begin()
    if fits:
        writer.add([entry(longest)])
        return
    with pytest.raises(Invalid, match=r"title of norvale-flood has 32,768 characters"):
        writer.add([entry(longest)])


def test_letters_outside_of_the_first_plane_count_twice() -> None:
    writer = Xlsx(ABOUT)
    writer.begin()
    with pytest.raises(Invalid, match="32,768"):
        writer.add([entry("\U0001f30a" * 16_384)])


def test_more_rows_than_a_sheet_can_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(to_xlsx, "MOST_ROWS", 3)
    writer = Xlsx(ABOUT)
    writer.begin()
    writer.add([entry("one"), entry("two")])

    with pytest.raises(Invalid, match="at most 3 rows"):
        writer.add([entry("three")])


def test_more_columns_than_a_sheet_can_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(to_xlsx, "MOST_COLUMNS", 40)

    with pytest.raises(Invalid, match="at most 40 columns"):
        Xlsx(ABOUT)


@pytest.mark.parametrize(
    ("earliest", "start_latest", "end_earliest", "latest", "first", "after"),
    [
        ("2019-08-19", "2019-08-25", "2019-08-19", "2019-08-25", "2019-08-19", "2019-08-26"),
        ("2019-08-27T23:30:00", "2019-08-27T23:30:59", None, None, "2019-08-27", "2019-08-28"),
        (None, None, "2019-08-20", "2019-08-25", "2019-08-20", "2019-08-26"),
        ("0001-01-01", "0001-01-01", "0001-01-01", "0001-01-01", "0001-01-01", "0001-01-02"),
        ("9999-12-31", "9999-12-31", "9999-12-31", "9999-12-31", None, None),
        ("0000-12-31", "0000-12-31", "0000-12-31", "0000-12-31", None, None),
        (None, None, None, None, None, None),
    ],
)
def test_a_calendar_spans_all_the_days_that_it_may_have_been(
    earliest: str, start_latest: str, end_earliest: str, latest: str, first: str, after: str
) -> None:
    when = OccurredShown(
        edtf="..", phrase=None, rule=None, earliest=earliest, start_latest=start_latest,
        end_earliest=end_earliest, latest=latest,
    )  # fmt: skip
    made = icalendar.Calendar.from_ical(written(Calendar(ABOUT), entry("x", occurred=when)))

    spans = [(e["DTSTART"].dt.isoformat(), e["DTEND"].dt.isoformat()) for e in made.walk("VEVENT")]
    assert spans == ([(first, after)] if first else [])
    assert ("1 " in str(made["X-DATELINE-LEFT-OUT"])) == (not first)
