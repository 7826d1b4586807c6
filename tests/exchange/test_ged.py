"""Goal: a row of UCDP GED becomes what UCDP says, no surer than it says it.

Method: rows written here about made-up places, in the columns of both releases; the real files are
in `test_real.py`.
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
from exchange import ged
from exchange.rows import Fault, Row
from tests.exchange.reading import filed, only_fault, only_row

ROW = {
    "id": "901",
    "relid": "EST-2016-1-1",
    "year": "2016",
    "type_of_violence": "1",
    "conflict_new_id": "7001",
    "conflict_name": "Estra: Government",
    "dyad_new_id": "7101",
    "side_a_new_id": "71",
    "side_a": "Government of Estra",
    "side_b_new_id": "72",
    "side_b": "Tellin Front",
    "number_of_sources": "1",
    "source_article": '"Norvale Post,2016-01-06,Clashes near Norvale"',
    "source_office": "Norvale Post",
    "source_date": "2016-01-06",
    "source_headline": "Clashes near Norvale",
    "source_original": "",
    "where_prec": "1",
    "where_coordinates": "Norvale town",
    "adm_1": "North Estra",
    "latitude": "10.5",
    "longitude": "-20.25",
    "geom_wkt": "POINT (-20.25 10.5)",
    "event_clarity": "1",
    "date_prec": "1",
    "date_start": "2016-01-05",
    "date_end": "2016-01-05",
    "deaths_a": "1",
    "deaths_b": "2",
    "deaths_civilians": "3",
    "deaths_unknown": "4",
    "low": "9",
    "best": "10",
    "high": "12",
}


def file_of(*changes: dict[str, str], without: str = "") -> io.BytesIO:
    out = io.StringIO()
    writer = csv.DictWriter(out, [name for name in ROW if name != without], extrasaction="ignore")
    writer.writeheader()
    writer.writerows({**ROW, **change} for change in changes)
    return io.BytesIO(out.getvalue().encode())


def row(**change: str) -> Row:
    return only_row(ged.read(file_of(change)))


def fault(**change: str) -> Fault:
    """The fault of the second of three rows, between two good ones."""
    first, second, third = ged.read(file_of({}, change, {}))
    assert isinstance(first, Row)
    assert isinstance(third, Row)
    assert isinstance(second, Fault)
    assert second.line == 3
    return second


def test_the_report_is_ucdps_by_way_of_its_source() -> None:
    read = row()

    assert read.line == 2
    assert read.record == read.report.record == "ged/901"
    assert read.occurrence == "ged-901"
    assert (read.report.source.name, read.report.via) == ("UCDP", ("Norvale Post",))
    assert read.report.reported_at == "2016-01-06"


def test_the_claims_are_made_of_the_columns() -> None:
    claims = row().claims

    assert claims.title == "State-based violence in Norvale town"
    assert claims.kind == "state-based"
    assert claims.place == Place(name="Norvale town", lat=10.5, lon=-20.25, precision="exact")
    assert claims.actors == (
        Actor(name="Government of Estra", role="side a"),
        Actor(name="Tellin Front", role="side b"),
    )


def test_what_no_claim_holds_is_among_the_attributes() -> None:
    assert row().claims.attributes == {
        "ged_id": 901,
        "relid": "EST-2016-1-1",
        "year": 2016,
        "type_of_violence": 1,
        "conflict_id": 7001,
        "conflict_name": "Estra: Government",
        "dyad_id": 7101,
        "side_a_id": 71,
        "side_b_id": 72,
        "number_of_sources": 1,
        "source_article": ROW["source_article"],
        "source_office": "Norvale Post",
        "source_date": "2016-01-06",
        "where_prec": 1,
        "adm_1": "North Estra",
        "event_clarity": 1,
        "date_prec": 1,
    }


def test_two_dates_are_the_possible_days_and_not_how_long_it_lasted() -> None:
    # given
    read = row(date_start="2016-01-01", date_end="2016-01-05")

    # then
    assert read.claims.occurred == OccurredGiven(edtf="[2016-01-01..2016-01-05]")
    bounds = dates.parse("[2016-01-01..2016-01-05]")
    first, last = dates.parse("2016-01-01"), dates.parse("2016-01-05")
    assert (bounds.start_earliest, bounds.end_latest) == (first.start_earliest, last.end_latest)
    assert bounds.start_latest > bounds.end_earliest
    for day in ("2016-01-01", "2016-01-03", "2016-01-05"):
        assert dates.possible(bounds, dates.parse(day))
        assert not dates.certain(bounds, dates.parse(day))


def test_a_midnight_behind_a_day_is_no_time() -> None:
    read = row(date_start="2016-01-05 00:00:00.000", date_end="2016-01-05 00:00:00.000")

    assert read.claims.occurred == OccurredGiven(edtf="2016-01-05")


def test_the_counts_of_the_sides_are_parts_of_the_total() -> None:
    # given
    read = row()

    # then
    total, *parts = read.claims.toll or ()
    assert total == Toll(outcome="killed", group="all", low=9, best=10, high=12, claimant="UCDP")
    assert [(part.group, part.best, part.of) for part in parts] == [
        ("Government of Estra", 1, "all"),
        ("Tellin Front", 2, "all"),
        ("civilians", 3, "all"),
        ("unknown", 4, "all"),
    ]
    filed(read)


def test_figures_out_of_order_stand_as_given() -> None:
    toll = row(low="5", best="2", high="3").claims.toll

    assert toll
    assert (toll[0].low, toll[0].best, toll[0].high) == (5, 2, 3)


def test_a_side_with_the_name_of_another_group_is_told_apart() -> None:
    toll = row(type_of_violence="3", side_b="Civilians").claims.toll

    assert toll
    assert [part.group for part in toll][1:] == [
        "Government of Estra",
        "Civilians (side b)",
        "civilians",
        "unknown",
    ]


def test_violence_near_a_place_is_not_said_to_be_in_it() -> None:
    read = row(where_prec="2", type_of_violence="3")

    assert read.claims.title == "One-sided violence near Norvale town"


POST, RADIO = ("Post", "2016-01-06"), ("Radio", "2016-01-07")


@pytest.mark.parametrize(
    ("article", "expected"),
    [
        ('"Post,2016-01-06,A, b; c"', [POST]),
        ('"Post,2016-01-06,A "word" b"', [POST]),
        ('"Post,2016-01-06,A";"Radio,2016-01-07,B"', [POST, RADIO]),
        ('"Post,2016-01-06,A "; b" ; "Radio,2016-01-07,B"', [POST, RADIO]),
        ('"Post, Norvale,2016-01-06,A"', [("Post, Norvale", "2016-01-06")]),
        ('"Post,2016-01-06,as of 2016-01-05, two"', [POST]),
        ('"Post,2016-01-06,"', [POST]),
        ('Post 2016-01-06 "A', []),
        ("", []),
    ],
)
def test_articles_are_known_by_how_they_begin(
    article: str, expected: list[tuple[str, str]]
) -> None:
    assert ged.entries(article) == expected


offices = st.text(
    st.characters(codec="utf-8", blacklist_characters='"', blacklist_categories=("Zs", "Cc")),
    min_size=1,
)
headlines = st.text(st.characters(codec="utf-8")).filter(lambda text: not ged.entries(f"{text};"))


@given(st.lists(st.tuples(offices, st.dates().map(str), headlines), max_size=4))
def test_articles_are_found_whatever_their_headlines_hold(
    given_articles: list[tuple[str, str, str]],
) -> None:
    text = ";".join(f'"{office},{day},{words}"' for office, day, words in given_articles)

    found = ged.entries(text)

    expected = [(office, day) for office, day, _ in given_articles]
    assert found == expected


ARTICLES = [
    ("Post", "2016-01-06"),
    ("Radio", "2016-01-08"),
    ("post", "2016-01-07"),
    ("Wire", "2016-01-07"),
]


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("", ("Radio", "post", "Wire")),
        ("Radio", ("post", "Wire", "Radio")),
        ("RADIO", ("post", "Wire", "Radio")),
        ("Observatory", ("Radio", "post", "Wire", "Observatory")),
        ("Radio; Wire", ("post", "Wire", "Radio")),
        ("police/wire", ("Radio", "post", "Wire")),
        ("police, residents", ("Radio", "post", "Wire", "police, residents")),
        ("x" * 301, ("Radio", "post", "Wire")),
    ],
)
def test_the_chain_ends_with_whose_account_it_was(original: str, expected: tuple[str, ...]) -> None:
    assert ged.via(ARTICLES, original) == expected


@pytest.mark.parametrize("original", ["", "Observatory"])
def test_a_chain_of_many_offices_keeps_ten_names_and_the_origin(original: str) -> None:
    many = [(f"Office {number}", f"2016-01-{number + 1:02}") for number in range(14)]

    chain = ged.via(many, original)

    assert len(chain) == 10
    assert chain[0] == "Office 13"
    assert chain[-1] == (original or "Office 0")


FIRST = datetime.date(2016, 1, 5)


@pytest.mark.parametrize(
    ("days", "until", "expected"),
    [
        (["2016-01-06", "2016-02-01", "2016-01-07"], None, "2016-02-01"),
        (["2016-01-04"], None, "2016-01-04"),
        (["2016-01-03"], None, None),
        (["1753-01-01", "2016-01-06"], None, "2016-01-06"),
        (["2016-01-06", "2109-10-28"], "2019-11-30", "2016-01-06"),
        (["2019-11-30"], "2019-11-30", "2019-11-30"),
        ([], None, None),
    ],
)
def test_it_was_said_on_the_latest_day_that_can_be(
    days: list[str], until: str | None, expected: str | None
) -> None:
    last = datetime.date.fromisoformat(until) if until else None

    assert ged.reported_at([("Post", day) for day in days], FIRST, last) == expected


def test_free_text_of_older_rounds_is_kept_and_not_taken_apart() -> None:
    read = row(source_article='Post 2016-01-06 "CLASHES', source_original="police")

    assert (read.report.reported_at, read.report.via) == (None, ("police",))
    assert read.claims.attributes
    assert read.claims.attributes["source_article"] == 'Post 2016-01-06 "CLASHES'


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("id", "", "id is empty"),
        ("type_of_violence", "4", '"4" is not a code of type_of_violence: one of 1, 2, 3'),
        ("where_prec", "0", '"0" is not a code of where_prec'),
        ("event_clarity", "x", '"x" is not a code of event_clarity'),
        ("date_prec", "6", '"6" is not a code of date_prec'),
        ("date_start", "5 Jan 2016", '"5 Jan 2016" is not a day'),
        ("date_start", "2016-01-06", "date_end 2016-01-05 lies before date_start"),
        ("date_end", "2016-02-30", '"2016-02-30" is not a day'),
        ("best", "-1", '"-1" is not a number of people'),
        ("best", "9" * 16, "is not a number of people"),
        ("best", "1,000", '"1,000" is not a number of people'),
        ("deaths_a", "", "deaths_a is empty"),
        ("latitude", "91", "degrees from -90 to 90"),
        ("longitude", "east", "degrees from -180 to 180"),
        ("latitude", "nan", "degrees from -90 to 90"),
        ("latitude", "", "latitude is empty: a place has both"),
        ("side_a", " ", "side_a is empty"),
        ("side_b", "x" * 301, "at most 300 characters"),
        ("where_coordinates", "", "where_coordinates is empty"),
        ("where_coordinates", "Nor\x00vale", "NUL"),
    ],
)
def test_a_bad_cell_is_named_by_its_line_and_column(column: str, value: str, expected: str) -> None:
    found = fault(**{column: value})

    both = "date_start and date_end"
    assert found.column == (both if value == "2016-01-06" else column)
    assert expected in found.detail


def test_a_missing_column_is_refused_at_once() -> None:
    with pytest.raises(Invalid, match="lacks deaths_b"):
        ged.read(file_of({}, without="deaths_b"))


def test_faults_do_not_end_the_reading() -> None:
    assert only_fault(ged.read(file_of({}, {"best": "x"}, {}))).line == 3
