"""Goal: a date means the four bounds that docs/dates.md promises, and nothing else is read.

Method: the tables of that page are run; laws are checked over generated dates, with `datetime` as
the oracle for the calendar, a search through every day of two centuries for dates with unknown
digits, and an enumeration for `possible` and `certain`. Other readers of EDTF are asked in
`test_edtf_elsewhere.py`.
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain import dates
from domain.dates import DAY, MAX, MIN, Bounds, NotEdtf, certain, parse, possible
from domain.errors import Invalid

PAGE = Path(__file__).parents[2] / "docs" / "dates.md"


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
        ("201٩", 3),
        ("2019-0８", 5),
        ("019", 3),
        ("20191", 4),
        ("2019-", 5),
        ("2019-8", 5),
        ("2019-00", 5),
        ("2019-13", 5),
        ("2019-20", 5),
        ("2019-42", 5),
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
        ("??2019", 1),
        ("2019-??08", 6),
        ("2019-08-~", 9),
        ("2019-?-27", 6),
        ("-?0044", 1),
        ("2019-2X-01", 5),
        ("2019-2X", 5),
        ("2019-X1-XX-", 10),
        ("2019-02-3X", 8),
        ("2019-08-4X", 8),
        ("2019-XX-32", 8),
        ("2019-X2-32", 8),
        ("XXXX-02-30", 8),
        ("XXX1-02-29", 8),
        ("201X-13", 5),
        ("201X-33-01", 5),
        ("?-0000-XX", 1),
        ("X19", 3),
        ("X01९", 3),
        ("-0000-01", 0),
        ("Y", 1),
        ("Y-", 2),
        ("Y012345", 1),
        ("Y12345-06", 6),
        ("Y1234X", 5),
        ("Y17E7", 3),
        ("Y-17E7", 4),
        ("2019S2", 4),
        ("2019-08S2", 7),
        ("2019-W35", 5),
        ("2019-0827", 7),
        ("2019-08-277", 10),
        ("unknown/2019", 0),
        ("2019/open", 5),
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
        ("{", 1),
        ("{}", 1),
        ("{2019]", 5),
        ("[2019}", 5),
        ("{2020..2019}", 7),
        ("[{2019}]", 1),
        ("2019/[2020]", 5),
        ("2019../2020", 4),
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


def check_order(bounds: Bounds) -> None:
    """Every side has an earliest and a latest, and no end lies before its start."""
    assert bounds.start_earliest <= bounds.start_latest
    assert bounds.end_earliest <= bounds.end_latest
    assert bounds.start_earliest < bounds.end_latest
    assert bounds.start_earliest < bounds.end_earliest or bounds.start_earliest == MIN
    assert bounds.start_latest < bounds.end_latest or bounds.end_latest == MAX
    assert all(MIN <= bound <= MAX for bound in msgspec.structs.astuple(bounds))


PIECES = (
    "2019", "1999", "-0044", "Y17000", "-", "-08", "-02", "-21", "-40", "-29", "-31", "X", "-XX",
    "?", "~", "%", "/", "..", ",", ", ", "[", "]", "{", "}", "T10:00:00", "T", "Z", "+03:00", "S2",
    "E3", "0", "1", " ",
)  # fmt: skip


@given(
    st.text(alphabet="0123456789-X?~%/.,[]{} TYZE:+S٣", max_size=24)
    | st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
    | st.text(max_size=12)
)
@example("Y" + "9" * 900)
@example("[" + "2019," * 180 + "2019]")
@example("9" * 5_000)
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        bounds = parse(text)
    except NotEdtf as fault:
        refusal = fault
    else:
        check_order(bounds)
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


# The parts of a year as ISO 8601-2 lists them: where each begins, and how many months it has.
PARTS = {
    **dict(zip(range(21, 25), [(3, 3), (6, 3), (9, 3), (12, 3)], strict=True)),
    **dict(zip(range(25, 29), [(3, 3), (6, 3), (9, 3), (12, 3)], strict=True)),
    **dict(zip(range(29, 33), [(9, 3), (12, 3), (3, 3), (6, 3)], strict=True)),
    **dict(zip(range(33, 37), [(1, 3), (4, 3), (7, 3), (10, 3)], strict=True)),
    **dict(zip(range(37, 40), [(1, 4), (5, 4), (9, 4)], strict=True)),
    **dict(zip(range(40, 42), [(1, 6), (7, 6)], strict=True)),
}


def season_case(day: datetime.date) -> Case:
    number = 21 + day.toordinal() % 21
    month, count = PARTS[number]
    over = month + count - 1 > 12
    last = month_end(day.year + over, month + count - 1 - 12 * over)
    return f"{day.year:04}-{number}", day.replace(month=month, day=1), last


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


def day_of_any_month_case(day: datetime.date) -> Case:
    first, last = day.replace(month=1), day.replace(month=12)
    return f"{str(day)[:4]}-XX-{day.day:02}", first, last


FORMS = [
    day_case, month_case, year_case, season_case, any_day_case, any_month_case, decade_case,
    day_of_any_month_case,
]  # fmt: skip


@st.composite
def coarse_dates(draw: st.DrawFn) -> Case:
    # The decade of year 1 begins in year 0, which datetime does not have.
    form = draw(st.sampled_from(FORMS))
    day = draw(days.filter(lambda day: day.year >= 10))
    text, first, last = form(day)
    return draw(marked(text)), first, last


@st.composite
def marked(draw: st.DrawFn, text: str) -> str:
    """A date with a mark, or none, on either side of each of its parts."""
    parts = [draw(marks) + part + draw(marks) for part in text.split("-")]
    return "-".join(parts)


def first_second(day: datetime.date) -> int:
    return (day - datetime.date(1970, 1, 1)).days * DAY


def end_second(day: datetime.date) -> int:
    return first_second(day) + DAY


SETS = ("[]", "{}")
SHAPES = (
    "{a}", "{a}/{b}", "{a}/..", "{a}/", "../{a}", "/{a}", "[{b},{a}]", "[{a}..{b}]", "[..{a}]",
    "[{a}..]", "[{b},..{a}]", "{{{a},{b}}}", "{{{a}..{b}}}", "{{..{a}}}", "{{{b}, {a}..}}",
    "Y-{n}", "Y{n}", "-{y}", "-{y}-02-XX", "-{y}-XX-12",
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
    check_order(parse(text))


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


@given(st.lists(coarse_dates(), min_size=1, max_size=5), st.randoms(), st.sampled_from(SETS))
def test_a_set_runs_from_its_least_to_its_greatest_member(
    cases: list[Case], random, brackets: str
) -> None:
    start = first_second(min(first for _, first, _ in cases))
    end = end_second(max(last for _, _, last in cases))
    random.shuffle(cases)
    separator = random.choice([",", ", "])
    members = brackets[0] + separator.join(text for text, _, _ in cases) + brackets[1]
    assert parse(members) == Bounds(start, end - 1, start + 1, end)


@given(st.lists(coarse_dates(), min_size=2, max_size=4), coarse_dates())
def test_of_a_set_with_all_its_members_nothing_is_certain_in_a_gap(
    cases: list[Case], asked: Case
) -> None:
    bounds, during = parse("{" + ",".join(text for text, _, _ in cases) + "}"), parse(asked[0])
    held = any(
        during.start_earliest <= first_second(first) and end_second(last) <= during.end_latest
        for _, first, last in cases
    )
    assert held or not certain(bounds, during)


CENTURIES = [str(datetime.date(1900, 1, 1) + datetime.timedelta(days=n)) for n in range(73_049)]
"""Every day from 1900 to 2099."""


@given(
    st.from_regex("(19|20)[0-9X]{2}-([01X][0-9X]|XX)-([0-3X][0-9X]|XX)", fullmatch=True)
    | st.from_regex("20X[0-9X]-02-(29|2X|X9|3X|XX)", fullmatch=True)
)
@example("19X1-02-29")
@example("2000-02-3X")
def test_unknown_digits_reach_from_the_first_to_the_last_day_written_like_that(mask: str) -> None:
    like = re.compile(mask.replace("X", "[0-9]"))
    found = [day for day in CENTURIES if like.fullmatch(day)]
    if not found:
        with pytest.raises(NotEdtf):
            parse(mask)
        return
    start = first_second(datetime.date.fromisoformat(found[0]))
    end = end_second(datetime.date.fromisoformat(found[-1]))
    assert parse(mask) == Bounds(start, end - 1, start + 1, end)


@given(st.from_regex("[0-9X]{4}", fullmatch=True), st.sampled_from(["", "-"]))
@example("00X0", "-")
@example("0XX0", "-")
def test_unknown_digits_of_a_year_reach_from_the_first_to_the_last_like_that(
    mask: str, sign: str
) -> None:
    like = re.compile(sign + mask.replace("X", "[0-9]"))
    written = {("-" if y < 0 else "") + f"{abs(y):04}": y for y in range(-9999, 10_000)}
    years = [year for text, year in written.items() if like.fullmatch(text)]
    if not years:
        assert sign + mask == "-0000"
        return
    bounds = parse(sign + mask)
    assert dates.civil_from_days(bounds.start_earliest // DAY) == (years[0], 1, 1)
    assert dates.civil_from_days(bounds.end_latest // DAY - 1) == (years[-1], 12, 31)
    leap = [y for y in years if dates.days_in_month(y, 2) == 29]
    if leap:
        bounds = parse(f"{sign}{mask}-02-29")
        assert dates.civil_from_days(bounds.start_earliest // DAY) == (leap[0], 2, 29)
        assert dates.civil_from_days(bounds.end_latest // DAY - 1) == (leap[-1], 2, 29)


@given(st.sampled_from(["2019", "2019-08", "2019-08-27", "2019-35", "2019-XX-12"]), st.data())
def test_marks_on_any_component_move_no_bound(text: str, data: st.DataObject) -> None:
    assert parse(data.draw(marked(text))) == parse(text)


@given(edtf_texts(), edtf_texts())
def test_what_is_certain_is_possible(one: str, other: str) -> None:
    bounds, during = parse(one), parse(other)
    assert possible(bounds, during) or not certain(bounds, during)


@given(edtf_texts())
def test_whatever_happened_certainly_happened_in_its_own_outer_span(text: str) -> None:
    bounds = parse(text)
    assert certain(bounds, bounds)


@given(edtf_texts(), edtf_texts())
def test_two_dates_are_possible_during_each_other_or_neither_is(one: str, other: str) -> None:
    assert possible(parse(one), parse(other)) == possible(parse(other), parse(one))


@given(edtf_texts(), edtf_texts(), edtf_texts())
def test_what_is_possible_or_certain_stays_so_in_all_that_holds_the_time_asked_for(
    text: str, asked: str, more: str
) -> None:
    bounds, during, wider = parse(text), parse(asked), parse(more)
    start = min(during.start_earliest, wider.start_earliest)
    end = max(during.end_latest, wider.end_latest)
    holding = Bounds(start, MAX if end == MAX else end - 1, start, end)
    assert possible(bounds, holding) or not possible(bounds, during)
    assert certain(bounds, holding) or not certain(bounds, during)


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
