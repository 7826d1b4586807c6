"""Goal: a date means the four bounds that docs/dates.md promises, and nothing else is read.

Method: the tables of that page are run; laws are checked over generated dates, with `datetime` as
the oracle for the calendar and an enumeration for `possible` and `certain`; python-edtf and the
examples of a public library's tests are compared, and every difference is listed with its reason.
"""

from __future__ import annotations

import csv
import datetime
import os
import re
import warnings
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain import dates
from domain.dates import DAY, MAX, MIN, Bounds, NotEdtf, certain, parse, possible
from domain.errors import Invalid

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "dates.md"
DATA = Path(os.environ.get("DATELINE_TEST_DATA", PROJECT.parent / "shared" / "data"))


def table(header: str) -> list[list[str]]:
    """The cells of every table of the page that has this header, without backquotes."""
    rows: list[list[str]] = []
    inside = False
    for line in PAGE.read_text().splitlines():
        inside = line.startswith("|") and (inside or line.startswith(header))
        if inside and not line.startswith((header, "|---")):
            rows.append([re.sub("^`|`$", "", cell.strip()) for cell in line[1:-1].split(" | ")])
    assert rows, f"{PAGE.name} has no table {header}"
    return rows


# The page


def shown(second: int, whole_day_at: int) -> str:
    """A second as the page shows it: as a day where it is that day's first or last."""
    if second in (MIN, MAX):
        return "open"
    year, month, day = dates.civil_from_days(second // DAY)
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    of_day = datetime.timedelta(seconds=second % DAY)
    time = "" if second % DAY == whole_day_at else f"T{of_day!s:0>8}"
    return f"{sign}{abs(year):04}-{month:02}-{day:02}{time}"


def last_second(end: int) -> int:
    return end if end in (MIN, MAX) else end - 1


@pytest.mark.parametrize("row", table("| Date |"), ids=lambda row: row[0])
def test_the_page_shows_the_bounds_of_each_date(row: list[str]) -> None:
    edtf, *promised = row
    bounds = parse(edtf)
    assert promised == [
        shown(bounds.start_earliest, 0),
        shown(bounds.start_latest, DAY - 1),
        shown(last_second(bounds.end_earliest), 0),
        shown(last_second(bounds.end_latest), DAY - 1),
    ]


@pytest.mark.parametrize("row", table("| Text |"), ids=lambda row: row[0])
def test_what_the_page_says_is_not_read_is_refused_with_that_reason(row: list[str]) -> None:
    text, reason = row
    with pytest.raises(NotEdtf) as refusal:
        parse(text)
    assert reason in refusal.value.expected


@pytest.mark.parametrize("row", table("| It happened |"), ids=lambda row: f"{row[0]} in {row[1]}")
def test_the_page_tells_possible_from_certain(row: list[str]) -> None:
    happened, during = parse(row[0]), parse(row[1])
    answer = {True: "yes", False: "no"}
    assert row[2:] == [answer[possible(happened, during)], answer[certain(happened, during)]]


# The form of the bounds


def seconds(*args: int) -> int:
    return int(datetime.datetime(*args, tzinfo=datetime.UTC).timestamp())


@pytest.mark.parametrize(
    ("edtf", "expected"),
    [
        (
            "2019-08-27",
            (
                seconds(2019, 8, 27),
                seconds(2019, 8, 27, 23, 59, 59),
                seconds(2019, 8, 27) + 1,
                seconds(2019, 8, 28),
            ),
        ),
        (
            "2019-08-26T10:00:00",
            (
                seconds(2019, 8, 26, 10),
                seconds(2019, 8, 26, 10),
                seconds(2019, 8, 26, 10) + 1,
                seconds(2019, 8, 26, 10) + 1,
            ),
        ),
        (
            "2019-04/2019-08",
            (
                seconds(2019, 4, 1),
                seconds(2019, 5, 1) - 1,
                seconds(2019, 8, 1) + 1,
                seconds(2019, 9, 1),
            ),
        ),
        ("2019-04/..", (seconds(2019, 4, 1), seconds(2019, 5, 1) - 1, MAX, MAX)),
        ("2019-04/", (seconds(2019, 4, 1), seconds(2019, 5, 1) - 1, seconds(2019, 4, 1) + 1, MAX)),
        ("../2019-04", (MIN, MIN, seconds(2019, 4, 1) + 1, seconds(2019, 5, 1))),
        ("/2019-04", (MIN, seconds(2019, 5, 1) - 1, seconds(2019, 4, 1) + 1, seconds(2019, 5, 1))),
    ],
)
def test_bounds_are_seconds_with_half_open_ends(edtf: str, expected: tuple[int, ...]) -> None:
    assert parse(edtf) == Bounds(*expected)


def test_the_sides_of_a_range_in_a_set_can_share_a_time_like_those_of_an_interval() -> None:
    assert parse("[2019-05..2019]") == parse("[2019-05-01..2019-12-31]")
    assert parse("[2019..2019-05]") == parse("[2019-01-01..2019-05-31]")


def test_hour_24_is_the_last_second_of_the_day_written() -> None:
    assert parse("2019-08-27T24:00:00") == parse("2019-08-27T23:59:59")


@pytest.mark.parametrize("offset", ["Z", "+03", "-03:30", "+00:00", "+14:00", "-23:59"])
def test_an_offset_moves_nothing(offset: str) -> None:
    assert parse(f"2019-08-27T01:00:00{offset}") == parse("2019-08-27T01:00:00")


def test_unknown_digits_of_a_negative_year_leave_out_the_year_0000() -> None:
    bounds = parse("-000X")
    assert dates.earliest_text(bounds) == "-0009-01-01"
    assert dates.latest_text(bounds) == "-0001-12-31"


@pytest.mark.parametrize("year", [dates.FIRST_YEAR, dates.LAST_YEAR])
def test_the_first_and_last_year_are_the_outermost_that_int64_seconds_hold(year: int) -> None:
    bounds = parse(f"Y{year}")
    assert MIN < bounds.start_earliest < bounds.end_latest < MAX
    beyond = dates.days_from_civil(year - 1 if year < 0 else year + 2, 1, 1) * DAY
    assert beyond <= MIN or beyond >= MAX


@pytest.mark.parametrize(
    "year", [dates.FIRST_YEAR - 1, dates.LAST_YEAR + 1, 10**12, -(10**12), 10**900]
)
def test_a_year_that_int64_seconds_do_not_hold_is_refused(year: int) -> None:
    with pytest.raises(NotEdtf, match=f"from {dates.FIRST_YEAR} to {dates.LAST_YEAR}"):
        parse(f"Y{year}")


# Refusals


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", 0),
        (" 2019", 0),
        ("2019-08-27\n", 10),
        ("2019 -08", 4),
        ("not a date", 0),
        ("٢٠١٩", 0),
        ("201٩", 0),
        ("2019-0８", 5),
        ("019", 0),
        ("20191", 4),
        ("2019-", 5),
        ("2019-8", 5),
        ("2019-00", 5),
        ("2019-13", 5),
        ("2019-25", 5),
        ("2019-08-00", 8),
        ("2019-02-29", 8),
        ("2100-02-29", 8),
        ("2019-04-31", 8),
        ("2019-08-27x", 10),
        ("2019-08-27-01", 10),
        ("2019-08-27T", 11),
        ("2019-08-27 10:00:00", 10),
        ("2019-08-27t10:00:00", 10),
        ("2019-08T10:00:00", 7),
        ("2019-08-27T10:60:00", 14),
        ("2019-08-27T10:00:60", 17),
        ("2019-08-27T25:00:00", 11),
        ("2019-08-27T24:01:00", 11),
        ("2019-08-27T10:00:00.5", 19),
        ("2019-08-27T10:00:00+24:00", 20),
        ("2019-08-27T10:00:00+03:60", 20),
        ("2019-08-27T10:00:00+3", 20),
        ("2019??", 5),
        ("2019~-08", 5),
        ("2019-08-~27", 8),
        ("2019-2X-01", 8),
        ("2019-X1", 6),
        ("2019-2X", 5),
        ("2019-02-3X", 8),
        ("2019-08-4X", 8),
        ("X019", 1),
        ("-0000-01", 0),
        ("Y", 1),
        ("Y-", 1),
        ("Y012345", 1),
        ("Y12345-06", 6),
        ("/", 0),
        ("../", 0),
        ("/..", 0),
        ("../..", 0),
        ("2019/2020/2021", 9),
        ("2019-08/x", 8),
        ("2019-08-27/2019-07", 11),
        ("2019/ 2020", 5),
        ("2019..2020", 4),
        ("[", 1),
        ("[]", 1),
        ("[2019", 5),
        ("[2019]x", 6),
        ("[2019,]", 6),
        ("[2019,  2020]", 7),
        ("[2019 ,2020]", 5),
        ("[2020..2019]", 7),
        ("[2019-05..2019-04]", 10),
        ("[2019/2020]", 5),
        ("[..]", 3),
        ("[2019]/2020", 6),
    ],
)
def test_a_text_that_is_no_date_is_refused_at_its_fault(text: str, at: int) -> None:
    with pytest.raises(NotEdtf) as refusal:
        parse(text)
    assert (refusal.value.text, refusal.value.at) == (text, at)


def test_a_refusal_names_the_text_the_fault_and_its_place() -> None:
    with pytest.raises(Invalid) as refusal:
        parse("2019-02-30")
    assert refusal.value.detail == (
        '"2019-02-30" is not an EDTF date: February 2019 has 28 days (at character 9).'
    )


def test_a_refusal_shows_a_long_or_unprintable_text_shortly_and_on_one_line() -> None:
    with pytest.raises(NotEdtf) as refusal:
        parse("\n" * 5_000)
    assert len(refusal.value.detail) < 500
    assert "\n" not in refusal.value.detail


@given(st.text(alphabet="0123456789-X?~%/.,[]{} TYZE:+S٣", max_size=24) | st.text(max_size=12))
@example("Y" + "9" * 900)
@example("[" + "2019," * 180 + "2019]")
@example("9" * 5_000)
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        bounds = parse(text)
    except NotEdtf as fault:
        refusal = fault
    else:
        assert bounds.start_earliest < bounds.end_latest
        return
    assert 0 <= refusal.at <= len(text)
    assert refusal.expected in refusal.detail


# Generated dates. A case is a text with its span as `datetime` knows it: first and last day.

Case = tuple[str, datetime.date, datetime.date]

days = st.dates(min_value=datetime.date(1, 1, 1), max_value=datetime.date(9998, 12, 31))
marks = st.sampled_from(["", "", "?", "~", "%"])


def month_end(year: int, month: int) -> datetime.date:
    following = datetime.date(year + month // 12, month % 12 + 1, 1)
    return following - datetime.timedelta(days=1)


def day_case(day: datetime.date) -> Case:
    return str(day), day, day


def month_case(day: datetime.date) -> Case:
    return str(day)[:7], day.replace(day=1), month_end(day.year, day.month)


def year_case(day: datetime.date) -> Case:
    return str(day)[:4], day.replace(month=1, day=1), day.replace(month=12, day=31)


def season_case(day: datetime.date) -> Case:
    number = day.month % 4
    first = day.replace(month=(3, 6, 9, 12)[number], day=1)
    last = month_end(first.year + 1, 2) if number == 3 else month_end(first.year, first.month + 2)
    return f"{day.year:04}-{21 + number}", first, last


def any_day_case(day: datetime.date) -> Case:
    _, first, last = month_case(day)
    return f"{str(day)[:7]}-XX", first, last


def any_month_case(day: datetime.date) -> Case:
    _, first, last = year_case(day)
    return f"{str(day)[:4]}-XX", first, last


def decade_case(day: datetime.date) -> Case:
    start = day.year // 10 * 10
    first = datetime.date(max(start, 1), 1, 1)
    return f"{start // 10:03}X", first, datetime.date(start + 9, 12, 31)


FORMS = [day_case, month_case, year_case, season_case, any_day_case, any_month_case, decade_case]


@st.composite
def coarse_dates(draw: st.DrawFn) -> Case:
    # The decade of year 1 begins in year 0, which datetime does not have.
    form = draw(st.sampled_from(FORMS))
    day = draw(days.filter(lambda day: day.year >= 10))
    text, first, last = form(day)
    return text + draw(marks), first, last


def first_second(day: datetime.date) -> int:
    return (day - datetime.date(1970, 1, 1)).days * DAY


def end_second(day: datetime.date) -> int:
    return first_second(day) + DAY


SHAPES = (
    "{a}", "{a}/{b}", "{a}/..", "{a}/", "../{a}", "/{a}", "[{b},{a}]", "[{a}..{b}]", "[..{a}]",
    "[{a}..]", "[{b},..{a}]", "Y-{n}", "Y{n}", "-{y}", "-{y}-02-XX",
)  # fmt: skip


@st.composite
def edtf_texts(draw: st.DrawFn) -> str:
    """Any text of the levels that are read: a date, an interval or a set."""
    one, other = sorted(draw(st.tuples(coarse_dates(), coarse_dates())), key=lambda case: case[1])
    form = draw(st.sampled_from(SHAPES))
    number = draw(st.integers(10_000, 10**11))
    return form.format(a=one[0], b=other[0], n=number, y=f"{one[1].year:04}")


@given(coarse_dates())
def test_a_coarse_date_happened_at_some_time_from_its_first_to_its_last_day(case: Case) -> None:
    text, first, last = case
    start, end = first_second(first), end_second(last)
    assert parse(text) == Bounds(start, end - 1, start + 1, end)


@given(
    st.datetimes(min_value=datetime.datetime(1, 1, 1)).map(
        lambda moment: moment.replace(microsecond=0)
    ),
    st.sampled_from(["", "Z", "+05:30", "-11"]),
)
def test_a_date_time_is_one_second(moment: datetime.datetime, offset: str) -> None:
    second = (moment - datetime.datetime(1970, 1, 1)) // datetime.timedelta(seconds=1)
    bounds = parse(f"{moment.isoformat()}{offset}")
    assert bounds == Bounds(second, second, second + 1, second + 1)


@given(edtf_texts())
def test_bounds_are_ordered(text: str) -> None:
    bounds = parse(text)
    assert bounds.start_earliest <= bounds.start_latest
    assert bounds.end_earliest <= bounds.end_latest
    assert bounds.start_earliest < bounds.end_latest
    assert bounds.start_earliest < bounds.end_earliest or bounds.start_earliest == MIN
    assert bounds.start_latest < bounds.end_latest or bounds.end_latest == MAX


@given(coarse_dates(), coarse_dates())
def test_an_interval_reaches_from_its_one_side_to_its_other(one: Case, other: Case) -> None:
    (a, a_first, a_last), (b, b_first, b_last) = sorted([one, other], key=lambda case: case[1])
    bounds = parse(f"{a}/{b}")
    assert bounds.start_earliest == first_second(a_first)
    assert bounds.end_latest == end_second(b_last)
    assert possible(parse(a), bounds)
    assert possible(parse(b), bounds) or b_last < a_first
    if (b_first - a_last).days > 1:
        between = a_last + datetime.timedelta(days=1)
        assert certain(bounds, parse(str(between)))


@given(coarse_dates(), coarse_dates())
def test_an_interval_that_ends_before_it_starts_is_refused(one: Case, other: Case) -> None:
    (a, _, a_last), (b, b_first, _) = sorted([one, other], key=lambda case: case[2])
    if a_last < b_first:
        with pytest.raises(NotEdtf, match="end lies before the start"):
            parse(f"{b}/{a}")


@given(st.lists(coarse_dates(), min_size=1, max_size=5), st.randoms())
def test_a_set_runs_from_its_least_to_its_greatest_member(cases: list[Case], random) -> None:
    start = first_second(min(first for _, first, _ in cases))
    end = end_second(max(last for _, _, last in cases))
    random.shuffle(cases)
    separator = random.choice([",", ", "])
    members = "[" + separator.join(text for text, _, _ in cases) + "]"
    assert parse(members) == Bounds(start, end - 1, start + 1, end)


@given(edtf_texts(), edtf_texts())
def test_what_is_certain_is_possible(one: str, other: str) -> None:
    bounds, during = parse(one), parse(other)
    assert possible(bounds, during) or not certain(bounds, during)


@given(edtf_texts())
def test_whatever_happened_certainly_happened_in_its_own_outer_span(text: str) -> None:
    bounds = parse(text)
    assert certain(bounds, bounds)


small = st.integers(0, 6)


@st.composite
def small_bounds(draw: st.DrawFn) -> Bounds:
    """Coarse dates and intervals so short that every true history can be listed."""
    a0, a_span, b_gap, b_span = draw(st.tuples(small, small, small, small))
    a1, b0 = a0 + a_span + 1, a0 + b_gap
    b1 = b0 + b_span + 1
    if draw(st.booleans()):
        return Bounds(a0, a1 - 1, a0 + 1, a1)
    return Bounds(a0, min(a1, b1) - 1, max(b0, a0) + 1, b1)


def histories(bounds: Bounds) -> list[tuple[int, int]]:
    """Every start and end that the bounds allow."""
    return [
        (start, end)
        for start in range(bounds.start_earliest, bounds.start_latest + 1)
        for end in range(max(bounds.end_earliest, start + 1), bounds.end_latest + 1)
    ]


@given(small_bounds(), small, small)
def test_possible_and_certain_speak_for_some_and_for_all_histories(
    bounds: Bounds, first: int, length: int
) -> None:
    end = first + length + 1
    during = Bounds(first, end - 1, first + 1, end)
    met = [start < end and first < stop for start, stop in histories(bounds)]
    assert possible(bounds, during) == any(met)
    assert all(met) or not certain(bounds, during)
    coarse = bounds.end_earliest == bounds.start_earliest + 1
    if coarse and bounds.start_latest == bounds.end_latest - 1:
        assert certain(bounds, during) == all(met)


# The calendar


@given(st.integers(-(10**14), 10**14))
def test_days_and_dates_of_any_year_turn_into_each_other(day: int) -> None:
    year, month, of_month = dates.civil_from_days(day)
    assert dates.days_from_civil(year, month, of_month) == day
    assert 1 <= month <= 12
    assert 1 <= of_month <= dates.days_in_month(year, month)


@given(st.dates())
def test_days_agree_with_datetime_in_its_years(day: datetime.date) -> None:
    number = (day - datetime.date(1970, 1, 1)).days
    assert dates.days_from_civil(day.year, day.month, day.day) == number
    assert dates.civil_from_days(number) == (day.year, day.month, day.day)


@given(st.integers(-(10**11), 10**11))
def test_the_calendar_repeats_every_400_years(year: int) -> None:
    shift = dates.days_from_civil(year + 400, 3, 1) - dates.days_from_civil(year, 3, 1)
    assert shift == 146_097


# Text and duration


@pytest.mark.parametrize(
    ("edtf", "earliest", "latest"),
    [
        ("2019-08", "2019-08-01", "2019-08-31"),
        ("2019-08-27T10:00:00", "2019-08-27T10:00:00", "2019-08-27T10:00:00"),
        ("2019-08-27T00:00:00", "2019-08-27", "2019-08-27T00:00:00"),
        ("2019-08-27T23:59:59", "2019-08-27T23:59:59", "2019-08-27"),
        ("2019-08/..", "2019-08-01", None),
        ("../2019-08", None, "2019-08-31"),
        ("-0044-03-15", "-0044-03-15", "-0044-03-15"),
        ("Y17000", "+17000-01-01", "+17000-12-31"),
        ("Y-17000", "-17000-01-01", "-17000-12-31"),
    ],
)
def test_the_outer_bounds_are_written_inclusively(
    edtf: str, earliest: str | None, latest: str | None
) -> None:
    bounds = parse(edtf)
    assert (dates.earliest_text(bounds), dates.latest_text(bounds)) == (earliest, latest)


@pytest.mark.parametrize(
    ("edtf", "start_latest", "end_earliest"),
    [
        ("2019-08-27", "2019-08-27", "2019-08-27"),
        ("2019-08", "2019-08-31", "2019-08-01"),
        ("2019-04/2019-08", "2019-04-30", "2019-08-01"),
        ("2019-08-27T10:00:00", "2019-08-27T10:00:00", "2019-08-27T10:00:00"),
        ("2019-04/..", "2019-04-30", None),
        ("../2019-04", None, "2019-04-01"),
        ("2019-04/", "2019-04-30", "2019-04-01"),
        ("/2019-04", "2019-04-30", "2019-04-01"),
    ],
)
def test_the_inner_bounds_are_written_inclusively(
    edtf: str, start_latest: str | None, end_earliest: str | None
) -> None:
    bounds = parse(edtf)
    assert dates.start_latest_text(bounds) == start_latest
    assert dates.end_earliest_text(bounds) == end_earliest


@given(coarse_dates() | days.map(lambda day: (f"{day}T10:00:00", day, day)))
def test_the_written_outer_bounds_read_back_as_themselves(case: Case) -> None:
    bounds = parse(case[0])
    assert parse(dates.earliest_text(bounds)).start_earliest == bounds.start_earliest
    assert parse(dates.latest_text(bounds)).end_latest == bounds.end_latest


@pytest.mark.parametrize(
    ("edtf", "number"),
    [
        ("2019-08-27T10:00:00", 0),
        ("2019-08-27", 0),
        ("[2019-08-26..2019-08-27]", 1),
        ("[2019-08-19..2019-08-25]", 1),
        ("[2019-08-19..2019-08-26]", 2),
        ("2019-08", 2),
        ("2019-08-01/2019-09-01", 3),
        ("2020", 3),
        ("2019-01-01/2020-01-01", 3),
        ("2019-01-01/2020-01-02", 4),
        ("201X", 4),
        ("Y170000002", 3),
        ("2019/..", 5),
        ("2019/", 5),
        ("[2019..]", 5),
        ("../2019", 6),
        ("/2019", 6),
        ("[..2019]", 6),
        ("[..2018,2019..]", 6),
    ],
)
def test_the_duration_class_follows_the_outer_span(edtf: str, number: int) -> None:
    assert dates.duration_class(parse(edtf)) == number


@given(edtf_texts())
def test_a_class_is_the_least_whose_limit_holds_the_span(text: str) -> None:
    bounds = parse(text)
    number = dates.duration_class(bounds)
    span = bounds.end_latest - bounds.start_earliest
    if number < len(dates.CLASS_SPAN):
        assert span <= dates.CLASS_SPAN[number]
    if 0 < number <= len(dates.CLASS_SPAN):
        assert span > dates.CLASS_SPAN[number - 1]


# Other readers

NOT_READ = {
    "2004-06-~11": "level 2: a mark on one component",
    "2004-%06": "level 2: a mark on one component",
    "2004-?06-?11": "level 2: a mark on one component",
    "2004?-06-~11": "level 2: a mark on one component",
    "?2004-%06": "level 2: a mark on one component",
    "2004?-%06": "level 2: a mark on one component",
    "2004?-~06-~04": "level 2: a mark on one component",
    "2011-~06-~04": "level 2: a mark on one component",
    "1560-XX-25": "level 2: X before digits",
    "15XX-12-XX": "level 2: X before digits",
    "XXXX-XX-23": "level 2: X before digits",
    "{1667,1668, 1670..1672}": "level 2: an all-of set",
    "Y17E7": "level 2: an exponent",
    "1953S2": "level 2: significant digits",
    "1953S3": "level 2: significant digits",
    "Y17101E4S3": "level 2: significant digits",
    "2001-29": "level 2: a season beyond 24",
}
READ_OTHERWISE = {
    "/2006": "an unknown start is open, not ten years before",
    "2004-06-01/": "an unknown end is open, not ten years later",
    "1984-06-02?/": "an unknown end is open, not ten years later",
    "2010-24": "winter runs to the end of February, not of December",
}


def test_the_examples_of_a_public_library_are_read_as_there_but_for_the_listed() -> None:
    path = DATA / "edtf_examples.csv"
    if not path.exists():
        pytest.skip(f"{path.name} is not in {DATA} (see DATELINE_TEST_DATA)")
    differing, refused, wrongly_read = set(), set(), set()
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        text = row["edtf"]
        try:
            bounds = parse(text)
        except NotEdtf:
            if row["valid"] == "1":
                refused.add(text)
            continue
        if row["valid"] == "0":
            wrongly_read.add(text)
            continue
        earliest = (dates.earliest_text(bounds) or "-inf").partition("T")[0]
        latest = (dates.latest_text(bounds) or "inf").partition("T")[0]
        if (earliest, latest) != (row["lower_strict"], row["upper_strict"]):
            differing.add(text)
    assert len(rows) > 60
    assert refused == set(NOT_READ)
    assert differing == set(READ_OTHERWISE)
    assert wrongly_read == set()


PYTHON_EDTF_AGREES = (
    "2019", "2019-08", "2000-02-29", "-0999", "0000", "-0001-02", "XXXX", "-01XX", "199X",
    "2019-02-XX", "2019-XX-XX", "1984~", "2004-06-11%", "2010-21", "2010-23", "Y-170000002",
    "2001-02-03T09:30:01", "2004-01-01T10:10:10+05:00", "-2005/-1999-02", "1984/2004-06~",
    "../2006", "2004/..", "[2019-08-19..2019-08-25]", "[..1984]", "[1760-12..]",
)  # fmt: skip
PYTHON_EDTF_DIFFERS = {
    "1900-02-29": "it is read there; 1900 was no leap year",
    "2019/2018": "it is read there; the end lies before the start",
    "2010-24": "winter ends there in December",
    "2019-04/": "an unknown end is ten years later there",
    "/2019-04": "an unknown start is ten years before there",
    "2004-22~": "a mark on a season is refused there",
    "1984-1X": "an X for part of a month fails there",
}


def python_edtf_span(text: str) -> tuple[str, str] | None:
    """First and last day by python-edtf; None where it refuses or fails."""
    pytest.importorskip("edtf", reason="python-edtf, an oracle, is not installed")
    import edtf

    try:
        date = edtf.parse_edtf(text)
    except (edtf.EDTFParseException, AttributeError):
        return None
    sides = []
    for side, infinite in ((date.lower_strict(), "-inf"), (date.upper_strict(), "inf")):
        if isinstance(side, float):
            sides.append(infinite)
            continue
        year, month, day = side[:3]
        sign = "-" if year < 0 else "+" if year > 9999 else ""
        sides.append(f"{sign}{abs(year):04}-{month:02}-{day:02}")
    return sides[0], sides[1]


def own_span(text: str) -> tuple[str, str] | None:
    try:
        bounds = parse(text)
    except NotEdtf:
        return None
    earliest, latest = dates.earliest_text(bounds), dates.latest_text(bounds)
    return (earliest or "-inf").partition("T")[0], (latest or "inf").partition("T")[0]


@pytest.fixture
def quiet_oracle():
    # python-edtf uses its grammar library in ways that library warns about, at import and later.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.usefixtures("quiet_oracle")
def test_python_edtf_reads_the_same_days() -> None:
    theirs = {text: python_edtf_span(text) for text in PYTHON_EDTF_AGREES}
    assert theirs == {text: own_span(text) for text in PYTHON_EDTF_AGREES}
    assert None not in theirs.values()


@pytest.mark.usefixtures("quiet_oracle")
@pytest.mark.parametrize("text", PYTHON_EDTF_DIFFERS)
def test_python_edtf_differs_only_where_listed_and_still_does(text: str) -> None:
    assert python_edtf_span(text) != own_span(text)
