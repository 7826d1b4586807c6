"""Goal: a row of ACLED becomes what ACLED said at its timestamp, with the doubt of its codes.

Method: rows written here about made-up places, in ACLED's 31 columns; none of ACLED's own.
"""

from __future__ import annotations

import csv
import datetime
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import dates
from domain.claims import Actor, OccurredGiven, Place, Toll
from domain.errors import Invalid
from exchange import acled
from exchange.rows import Row
from tests.exchange.reading import filed, only_fault, only_row

ROW = {
    "event_id_cnty": "EST12",
    "event_date": "2024-03-15",
    "year": "2024",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "Military Forces of Estra",
    "assoc_actor_1": "Norvale Guard; Tellin Guard",
    "inter1": "State forces",
    "actor2": "Tellin Front",
    "assoc_actor_2": "",
    "inter2": "Rebel group",
    "interaction": "State forces-Rebel group",
    "civilian_targeting": "",
    "iso": "999",
    "region": "Middle Region",
    "country": "Estra",
    "admin1": "North Estra",
    "admin2": "Norvale District",
    "admin3": "",
    "location": "Norvale",
    "latitude": "10.5",
    "longitude": "20.25",
    "geo_precision": "2",
    "source": "Norvale Post; Estra Radio; Norvale Post",
    "source_scale": "National",
    "notes": "On 15 March 2024, both sides clashed near Norvale. Four were killed.",
    "fatalities": "4",
    "tags": "",
    "timestamp": "1710900000",
}


def file_of(*changes: dict[str, str], without: str = "", delimiter: str = ",") -> io.BytesIO:
    out = io.StringIO()
    names = [name for name in ROW if name != without]
    writer = csv.DictWriter(out, names, extrasaction="ignore", delimiter=delimiter)
    writer.writeheader()
    writer.writerows({**ROW, **change} for change in changes)
    return io.BytesIO(out.getvalue().encode())


def row(**change: str) -> Row:
    return only_row(acled.read(file_of(change)))


def test_there_are_the_columns_that_acled_exports() -> None:
    assert len(ROW) == 31


def test_the_report_is_what_acled_said_at_its_timestamp() -> None:
    read = row()

    assert read.record == read.report.record == "acled/EST12"
    assert read.occurrence == "acled-est12"
    assert read.report.source.name == "ACLED"
    assert read.report.via == ("Norvale Post", "Estra Radio")
    # 1,710,900,000 seconds: 19,802 days, which is 20 March 2024, and 7,200 seconds
    assert read.report.reported_at == "2024-03-20T02:00:00Z"
    filed(read)


def test_without_a_timestamp_it_is_not_known_when_it_was_said() -> None:
    assert row(timestamp="").report.reported_at is None
    assert only_row(acled.read(file_of({}, without="timestamp"))).report.reported_at is None


def test_the_claims_are_made_of_the_columns() -> None:
    claims = row().claims

    assert claims.title == "Armed clash in Norvale"
    assert claims.summary == ROW["notes"]
    assert claims.kind == "armed-clash"
    assert claims.place == Place(name="Norvale", lat=10.5, lon=20.25, precision="near")
    assert claims.actors == (
        Actor(name="Military Forces of Estra", role="actor 1"),
        Actor(name="Norvale Guard", role="with actor 1"),
        Actor(name="Tellin Guard", role="with actor 1"),
        Actor(name="Tellin Front", role="actor 2"),
    )
    assert claims.toll == (Toll(outcome="killed", best=4, claimant="ACLED"),)


def test_what_no_claim_holds_is_among_the_attributes() -> None:
    kept = row().claims.attributes

    assert kept
    assert (kept["iso"], kept["admin1"], kept["source"]) == (999, "North Estra", ROW["source"])
    assert (kept["time_precision"], kept["time_rule"]) == (1, "acled/1 the day")
    assert "admin3" not in kept


def test_no_deaths_are_nought_and_not_nothing() -> None:
    """ACLED writes 0 also where nothing is known, which its words say."""
    (toll,) = row(fatalities="0").claims.toll or ()

    assert toll == Toll(outcome="killed", best=0, words="none reported", claimant="ACLED")
    filed(row(fatalities="0"))


@pytest.mark.parametrize(
    ("first", "middle"),
    [(5, "Wednesday"), *((day, name) for day in (6, 0) for name in ("Wednesday", "Thursday"))],
)
def test_a_week_is_read_wide_enough_wherever_it_begins(first: int, middle: str) -> None:
    """By the codebook an event of last week is dated on its Wednesday or Thursday; a week begins on
    a Saturday (then Thursday is no middle of it), a Sunday or a Monday."""
    # given the seven days of a week, of which one is the date
    week = [datetime.date(2024, 3, 4 + first) + datetime.timedelta(n) for n in range(7)]
    day = next(day for day in week if f"{day:%A}" == middle)

    # when
    occurred = row(event_date=f"{day}", time_precision="2").claims.occurred

    # then
    assert isinstance(occurred, OccurredGiven)
    bounds = dates.parse(occurred.edtf or "")
    assert all(dates.possible(bounds, dates.parse(f"{one}")) for one in week)


days = st.dates(datetime.date(1, 1, 7), datetime.date(9999, 12, 25))


@given(days, st.sampled_from(["1", "2", "3"]))
def test_a_date_is_as_wide_as_its_precision(day: datetime.date, precision: str) -> None:
    # given
    read = row(event_date=f"{day}", time_precision=precision)

    # then
    assert isinstance(read.claims.occurred, OccurredGiven)
    bounds = dates.parse(read.claims.occurred.edtf or "")
    given_day = dates.parse(f"{day}")
    assert dates.possible(bounds, given_day)
    assert dates.certain(bounds, given_day) == (precision == "1")
    wide = (bounds.end_latest - bounds.start_earliest) // dates.DAY
    assert wide in {"1": (1,), "2": (9,), "3": (28, 29, 30, 31)}[precision]


def test_the_export_tool_writes_months_in_words() -> None:
    assert row(event_date="15 March 2024").claims.occurred == OccurredGiven(edtf="2024-03-15")


def test_semicolons_may_part_the_columns() -> None:
    assert only_row(acled.read(file_of({}, delimiter=";"))) == row()


def test_of_many_sources_ten_are_named_and_all_are_kept() -> None:
    many = "; ".join(f"Source {number}" for number in range(12))

    read = row(source=many)

    assert len(read.report.via) == 10
    assert read.report.via[-1] == "Source 11"
    assert read.claims.attributes
    assert read.claims.attributes["source"] == many


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("event_id_cnty", "", "event_id_cnty is empty"),
        ("event_date", "15/03/2024", '"15/03/2024" is not a day'),
        ("event_date", "0001-01-03", "outside of the calendar"),
        ("time_precision", "4", "not a code of time_precision: one of 1, 2, 3"),
        ("geo_precision", "", "geo_precision is empty"),
        ("fatalities", "some", '"some" is not a number of people'),
        ("timestamp", "2024-03-20", "seconds since 1970"),
        ("longitude", "181", "degrees from -180 to 180"),
        ("longitude", "", "longitude is empty: a place has both"),
        ("source", "x" * 301, "at most 300 characters"),
        ("notes", "x" * 10_001, "at most 10,000 characters"),
        ("sub_event_type", "x" * 61, "at most 60 characters"),
    ],
)
def test_a_bad_cell_is_named_by_its_line_and_column(column: str, value: str, expected: str) -> None:
    week = {"time_precision": "2"} if column == "event_date" else {}

    fault = only_fault(acled.read(file_of({}, {**week, column: value}, {})))

    assert (fault.line, fault.column) == (3, column)
    assert expected in fault.detail


def test_a_missing_column_is_refused_at_once() -> None:
    with pytest.raises(Invalid, match="lacks geo_precision"):
        acled.read(file_of({}, without="geo_precision"))
