"""Goal: answers in words keep their doubt, and nothing that a source wrote can command a terminal.

Method: the functions are pure, so each is held to the words that it must say; hypothesis looks for
text and figures that would break them.
"""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import words
from domain import answers, dates, phrases
from domain.answers import OccurredShown, SourceShown
from domain.claims import Occurred
from domain.tolls import Group, Resolved

TUESDAY = datetime.date(2019, 8, 27)


def said(phrase: str) -> OccurredShown:
    read = phrases.resolve(phrase, TUESDAY)
    occurred = Occurred(edtf=read.edtf, bounds=read.bounds, phrase=phrase, rule=read.rule)
    shown = answers.occurred_shown(occurred)
    assert shown is not None
    return shown


@pytest.mark.parametrize(
    ("edtf", "expected"),
    [
        ("2019-08-27", "27 Aug 2019"),
        ("2019-08", "Aug 2019"),
        ("2019", "2019"),
        ("201X", "2010–2019"),
        ("2019-21", "Mar–May 2019"),
        ("2019-24", "Dec 2019 – Feb 2020"),
        ("[2019-08-19..2019-08-25]", "19–25 Aug 2019"),
        ("[2019-08-30..2019-09-02]", "30 Aug – 2 Sep 2019"),
        ("[2019-12-30..2020-01-02]", "30 Dec 2019 – 2 Jan 2020"),
        ("[2019-08-01,2019-08-03..2019-08-05]", "1 Aug 2019 or 3–5 Aug 2019"),
        ("[..2019-08-31]", "31 Aug 2019 or earlier"),
        ("[2019-08-01..]", "1 Aug 2019 or later"),
        ("2019-08-24/2019-08-26", "24 to 26 Aug 2019"),
        ("2019-08-24/2019-09-02", "24 Aug to 2 Sep 2019"),
        ("2019-04/..", "since Apr 2019"),
        ("2019-04/", "from Apr 2019, end unknown"),
        ("../2019-04", "until Apr 2019"),
        ("/2019-04", "until Apr 2019, start unknown"),
        ("{2019-08-19,2019-08-25}", "19 Aug 2019 and 25 Aug 2019"),
        ("{2017, 2019-04..2019-06}", "2017 and all of Apr–Jun 2019"),
        ("{..2017}", "all of 31 Dec 2017 or earlier"),
        ("2019-35", "Jul–Sep 2019"),
        ("2019-XX-12", "12 Jan – 12 Dec 2019 (2019-XX-12)"),
        ("1X99-XX", "1099–1999 (1X99-XX)"),
        ("2019-?04-~27", "27 Apr 2019 (month uncertain, day approximate)"),
        ("2019?-04", "Apr 2019 (year uncertain)"),
        ("2019-04?-27", "27 Apr 2019 (year uncertain, month uncertain)"),
        ("?2019~-04", "Apr 2019 (year approximate and uncertain)"),
        ("2019-?04~", "about Apr 2019 (month uncertain)"),
        ("2019-?04/2019-08-?27", "Apr 2019 (month uncertain) to 27 Aug 2019 (day uncertain)"),
        ("2019-04/2019-XX-12", "Apr 2019 to 1 Apr – 12 Dec 2019 (2019-XX-12)"),
        ("2019-08-27~", "about 27 Aug 2019"),
        ("2019-08?", "Aug 2019, uncertain"),
        ("2019%", "about 2019, uncertain"),
        ("2019-04~/2019-06", "about Apr to Jun 2019"),
        ("2019-08-27T10:00:00+03:00", "27 Aug 2019, 10:00 +03:00"),
        ("2019-08-27T10:00:05Z", "27 Aug 2019, 10:00:05 UTC"),
        ("-0043-03-15", "15 Mar 44 BCE"),
        ("no date", "no date"),
    ],
)
def test_a_date_is_said_as_unsurely_as_it_was_given(edtf: str, expected: str) -> None:
    assert words.of_edtf(edtf) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("since late April", "since 15–30 Apr 2019"),
        ("since 2011", "since 2011"),
        ("since Monday", "since 26 Aug 2019"),
        ("last week", "19–25 Aug 2019"),
        ("September last year", "Sep 2018"),
        ("five-day offensive", "23 to 27 Aug 2019"),
        ("at dawn on Tuesday", "27 Aug 2019"),
    ],
)
def test_a_phrase_is_said_as_what_it_was_resolved_to(phrase: str, expected: str) -> None:
    assert words.when(said(phrase)) == expected


def test_what_has_no_date_is_called_undated() -> None:
    assert words.when(None) == "undated"


@given(st.integers(-300_000, 300_000), st.integers(0, 3_000))
def test_any_two_days_make_a_span_that_names_both_years(first: int, length: int) -> None:
    start, end = dates.civil_from_days(first), dates.civil_from_days(first + length)
    shown = words._span(_iso(*start), _iso(*end))

    for year in (start[0], end[0]):
        assert (str(year) if year > 0 else str(1 - year)) in shown
        assert year > 0 or shown.endswith("BCE") or "BCE – " in shown


def _iso(year: int, month: int, day: int) -> str:
    sign = "-" if year < 0 else ""
    return f"{sign}{abs(year):04}-{month:02}-{day:02}"


def toll(low: int | None, best: int | None, high: int | None, **other: object) -> Resolved:
    given = {"outcome": "killed", "claimant": "Norvale Post", "claimants": 1, **other}
    return Resolved(low=low, best=best, high=high, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("band", "incident", "cumulative"),
    [
        ((12, 12, 12), "12 killed", "12 killed (cumulative since Apr 2019)"),
        (
            (43, 52, 52),
            "43–52 killed, best 52",
            "43–52 killed, best 52 (cumulative since Apr 2019)",
        ),
        ((43, None, 52), "43–52 killed", "43–52 killed (cumulative since Apr 2019)"),
        ((920, None, None), "at least 920 killed", "920+ killed (cumulative since Apr 2019)"),
        ((0, None, 9), "at most 9 killed", "at most 9 killed (cumulative since Apr 2019)"),
        ((None, 300, None), "about 300 killed", "about 300 killed (cumulative since Apr 2019)"),
        (
            (3, 3, None),
            "at least 3 killed, best 3",
            "3+ killed, best 3 (cumulative since Apr 2019)",
        ),
        (
            (370_000, 370_000, 370_000),
            "370,000 killed",
            "370,000 killed (cumulative since Apr 2019)",
        ),
    ],
)
def test_a_toll_is_said_as_the_band_it_is(
    band: tuple[int | None, ...], incident: str, cumulative: str
) -> None:
    low, best, high = band

    assert words.toll(toll(low, best, high)) == incident
    since = toll(low, best, high, scope="cumulative", since="2019-04")
    assert words.toll(since) == cumulative


def test_a_toll_in_words_only_is_said_in_them() -> None:
    assert words.toll(toll(None, None, None, words="dozens")) == "dozens killed"
    assert words.toll(toll(None, None, None)) == "number unknown: killed"


def test_figures_out_of_order_are_given_as_they_are() -> None:
    assert words.toll(toll(5, 4, 3)) == "low 5, best 4, high 3 killed"


counts = st.none() | st.integers(0, 2**53 - 1)


@given(counts, counts, counts)
def test_every_known_figure_of_a_band_is_said(
    low: int | None, best: int | None, high: int | None
) -> None:
    shown = words.toll(toll(low, best, high))

    for figure in (best, high, low or None):
        assert figure is None or f"{figure:,}" in shown


def test_groups_are_told_with_their_parts_and_whose_figures_they_are() -> None:
    groups = (
        Group(group="town guards", low=23, best=23, high=23),
        Group(group="raiders", low=20, best=20, high=20),
        Group(group="riders", of="raiders", low=13, best=13, high=13),
    )

    shown = words.toll_detail(toll(43, 43, 52, groups=groups, claimants=2))

    assert shown == (
        "23 town guards, 20 raiders including 13 riders (Norvale Post, of 2 claimants)"
    )


def test_one_group_alone_is_named_without_repeating_its_number() -> None:
    groups = (Group(group="civilians", low=12, best=12, high=12),)

    assert words.toll_detail(toll(12, 12, 12, groups=groups)) == "civilians (Norvale Post)"
    assert words.toll_detail(toll(12, 12, 12)) == "Norvale Post"


def test_sources_are_told_with_the_chain_they_came_by() -> None:
    shown = (
        SourceShown(name="Norvale Post", via=("Estra Wire", "Estra Relief")),
        SourceShown(name="Tellin Radio", via=()),
    )

    assert words.sources(shown) == "Norvale Post via Estra Wire via Estra Relief; Tellin Radio"


def test_marks_name_their_fields_and_leave_out_what_goes_without_saying() -> None:
    shown = words.marks(("reported", "differ", "contested"), ("place",), ("toll.killed",))

    assert shown == ("differ: place", "contested: toll (killed)")


def test_a_day_is_said_without_the_clock_and_an_instant_with_it() -> None:
    assert words.instant("2019-08-27T23:59:59.999999Z") == "27 Aug 2019"
    assert words.instant("2019-08-27T10:00:00.000000Z") == "27 Aug 2019, 10:00:00 UTC"
    assert words.day("2019-08-27") == "27 August 2019"
    assert words.day("2019-08-27T10:00:00Z") == "2019-08-27T10:00:00Z"
    assert words.day("2019-08") == "Aug 2019"


def test_a_month_is_said_of_a_year_of_any_length() -> None:
    assert words.month("2019-08") == "Aug 2019"
    assert words.month("-0044-03") == "Mar 45 BCE"
    assert words.month("+17000-01") == "Jan 17000"
    assert words.month("-292277022656-12") == "Dec 292277022657 BCE"


def test_a_month_or_a_year_of_knowledge_is_its_end() -> None:
    assert words.until("2019-08") == "the end of Aug 2019"
    assert words.until("2019") == "the end of 2019"
    assert words.until("2019-08-27") == "27 August 2019"
    assert words.until("2019-08-27T10:00:00Z") == "2019-08-27T10:00:00Z"


def test_arabic_and_other_scripts_are_left_as_they_are() -> None:
    assert words.plain("خان شيخون") == "خان شيخون"
    assert words.plain("Ukraїna") == "Ukraїna"


@given(st.text())
def test_no_text_of_a_source_can_command_a_terminal(text: str) -> None:
    shown = words.plain(text)

    assert len(shown) == len(text)
    assert not shown or len(shown.splitlines()) == 1
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
