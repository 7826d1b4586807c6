"""Goal: a source's words mean the days that docs/dates.md promises, or are refused with a reason.

Method: the tables of that page are run, and must show every rule; the numbers, days and precision
of the UCDP rules are compared with the codebook's, where that file is at hand; laws are checked for
every known phrase on any report day.
"""

from __future__ import annotations

import calendar
import csv
import datetime
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain import dates, phrase_rules
from domain.errors import Invalid
from domain.phrases import UnknownPhrase, resolve

PAGE = Path(__file__).parents[2] / "docs" / "dates.md"

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
TUESDAY = datetime.date(2019, 8, 27)
DAY = datetime.timedelta(days=1)


def examples() -> list[list[str]]:
    """The rows of the page's tables of phrases: words, EDTF, precision, rule."""
    rows: list[list[str]] = []
    inside = False
    for line in PAGE.read_text().splitlines():
        inside = line.startswith("|") and (inside or line.startswith("| Words |"))
        if inside and not line.startswith(("| Words |", "|---")):
            rows.append([cell.strip(" `") for cell in line[1:-1].split(" | ")])
    assert rows, f"{PAGE.name} has no table of phrases"
    return rows


EXAMPLES = examples()
PHRASES = [row[0] for row in EXAMPLES]


def days(first: datetime.date, last: datetime.date) -> tuple[int, int]:
    """The outer bounds of a span of days, both inclusive."""
    epoch = datetime.date(1970, 1, 1)
    return (first - epoch).days * dates.DAY, (last - epoch).days * dates.DAY + dates.DAY


def outer(bounds: dates.Bounds) -> tuple[int, int]:
    return bounds.start_earliest, bounds.end_latest


# The page, and the codebook


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: row[0])
def test_the_page_shows_how_each_phrase_is_read(row: list[str]) -> None:
    words, edtf, precision, rule = row
    resolved = resolve(words, TUESDAY)
    assert [resolved.edtf, str(resolved.precision), resolved.rule] == [edtf, precision, rule]


def test_the_page_shows_every_rule_and_numbers_run_without_gaps() -> None:
    shown = {row[3] for row in EXAMPLES}
    rules = {rule.id for rule in phrase_rules.RULES}
    assert rules <= shown
    numbers = {int(re.findall("[0-9]+", rule)[0]) for rule in shown}
    assert numbers == set(range(1, max(numbers) + 1))


# Some of the codebook's phrases are given in part.
IN_FULL = {
    "beginning of": ["beginning of March"],
    "end of": ["end of March"],
    "past/last few days": ["past few days", "last few days"],
}
MONTHS = [*calendar.month_name][1:]
Case = tuple[int, str, dict[str, str]]


def codebook(shared_data: Callable[[str], Path]) -> list[Case]:
    """Each phrase of the codebook's rules, with its rule's number and row."""
    with shared_data("ucdp_date_phrase_rules.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 36
    return [
        (number, words, row)
        for number, row in enumerate(rows, start=1)
        for given in row["phrase"].strip("()").split("|")
        for words in IN_FULL.get(given, [given])
    ]


def of_other_names(cases: list[Case]) -> list[Case]:
    """The same rules for every weekday and month, where a phrase names one."""
    made = []
    for number, words, row in cases:
        start, end = row["start_rule"], row["end_rule"]
        for old in [name for name in MONTHS if name in words]:
            # What the codebook prints for the last days of January, it prints for no other month.
            made += [
                (number, words.replace(old, new), {**row, **renamed(start, end, old[:3], new[:3])})
                for new in MONTHS
                if number != 18
            ]
        for old in [name for name in ("Monday", "Thursday", "Tuesday") if name in words]:
            # Of two nights' days the one follows the other: they are not renamed.
            made += [
                (number, words.replace(old, new), {**row, **renamed(start, end, old, new)})
                for new in WEEKDAYS
                if "between" not in words
            ]
    return made


def renamed(start: str, end: str, old: str, new: str) -> dict[str, str]:
    return {"start_rule": start.replace(old, new), "end_rule": end.replace(old, new)}


def latest(weekday: str, until: datetime.date) -> datetime.date:
    return until - (until.weekday() - WEEKDAYS.index(weekday)) % 7 * DAY


def in_latest_month(text: str, until: datetime.date) -> datetime.date:
    """`13 Feb` in the latest February that has begun; 31 is its last day."""
    day, name = text.split()
    month = [*calendar.month_abbr].index(name)
    year = until.year if month <= until.month else until.year - 1
    return datetime.date(year, month, min(int(day), calendar.monthrange(year, month)[1]))


def that_day(words: str, reported: datetime.date) -> datetime.date:
    if words in ("today", "yesterday"):
        return reported - (words == "yesterday") * DAY
    if words.startswith("last "):
        return latest(words.removeprefix("last "), reported - DAY)
    words = words.removeprefix("around ")
    day, month = words.split()
    named = in_latest_month(f"{day} {month[:3]}", reported)
    return named if named <= reported else named.replace(year=named.year - 1)


def codebook_day(
    rule: str, words: str, reported: datetime.date, first: datetime.date | None
) -> datetime.date:
    """The day that the codebook's rule gives, read independently of Dateline's. `first` is the
    day that it begins on, for the rule of its end."""
    capped = re.fullmatch(r"min\((.+);report_day\)", rule)
    if capped:
        return min(in_latest_month(capped[1], reported), reported)
    back = re.fullmatch(r"report_day(?:-([0-9]+))?( months)?", rule)
    if back and back[2]:
        year, month = divmod(reported.year * 12 + reported.month - 1 - int(back[1]), 12)
        day = min(reported.day, calendar.monthrange(year, month + 1)[1])
        day = datetime.date(year, month + 1, day)
        return max(day, reported.replace(month=1, day=1))
    if back:
        return reported - int(back[1] or 0) * DAY
    if rule in ("that day", "stated-1", "stated+1"):
        return that_day(words, reported) + {"stated-1": -1, "stated+1": 1}.get(rule, 0) * DAY
    if rule in ("day", "day+1"):  # of a night that no day is named for: the last one
        return reported - (rule == "day") * DAY
    previous = re.fullmatch("(.+) of previous week", rule)
    if previous:
        monday = latest("Monday", reported) - 7 * DAY
        return monday + WEEKDAYS.index(previous[1]) * DAY
    if rule in WEEKDAYS and rule == "Sunday" and words == "over the weekend":
        return min(latest("Saturday", reported) + DAY, reported)
    if rule in WEEKDAYS and first is None and "between" in words:
        return latest(rule, latest("Monday", reported))
    if rule in WEEKDAYS:
        return latest(rule, reported)
    if rule.endswith("of month"):
        return reported.replace(day=1)
    if rule.endswith("of previous month"):
        last = reported.replace(day=1) - DAY
        return last if rule.startswith("last") else last.replace(day=1)
    if rule in ("01-01", "12-31"):
        year = {"1995": 1995, "last year": reported.year - 1, "past year": reported.year}[words]
        return datetime.date.fromisoformat(f"{year}-{rule}")
    if re.match("[0-9]{4}-", rule):
        return datetime.date.fromisoformat(rule)
    return in_latest_month(rule, reported)


def test_the_rules_of_the_codebook_keep_their_numbers_and_precision(
    shared_data: Callable[[str], Path],
) -> None:
    cases = codebook(shared_data)
    read = {words: resolve(words, TUESDAY) for _, words, _ in cases}
    assert {words: read[words].rule.partition(" ")[0] for words in read} == {
        words: f"ged/{number}" for number, words, _ in cases
    }
    assert {words: read[words].precision for words in read} == {
        words: int(row["date_prec"]) for _, words, row in cases
    }


# From the 25th on no rule names days that are wholly to come, like the middle of this month.
late_days = st.dates(datetime.date(2000, 1, 25), datetime.date(2100, 12, 31)).map(
    lambda day: day.replace(day=max(day.day, 25))
)


@given(reported=late_days)
@example(reported=TUESDAY)
@example(reported=datetime.date(2019, 8, 25))
@example(reported=datetime.date(2019, 3, 31))
@example(reported=datetime.date(2020, 2, 29))
@example(reported=datetime.date(2019, 5, 31))
@example(reported=datetime.date(2019, 12, 31))
def test_every_rule_of_the_codebook_gives_the_days_that_it_prints(
    shared_data: Callable[[str], Path], reported: datetime.date
) -> None:
    cases = codebook(shared_data)
    other_names = of_other_names(cases)
    assert {number for number, _, _ in cases} == set(range(1, 37))
    assert len(other_names) > 100
    for number, words, row in cases + other_names:
        first = codebook_day(row["start_rule"], words, reported, None)
        last = codebook_day(row["end_rule"], words, reported, first)
        assert outer(resolve(words, reported).bounds) == days(first, last), (number, words)


# What the words say


def test_a_thing_that_happened_in_a_span_is_at_some_time_of_it() -> None:
    resolved = resolve("last week", TUESDAY)
    start, end = days(datetime.date(2019, 8, 19), datetime.date(2019, 8, 25))
    assert resolved.bounds == dates.Bounds(start, end - 1, start + 1, end)
    assert not dates.certain(resolved.bounds, dates.parse("2019-08-22"))


def test_since_late_april_certainly_lasted_through_june_and_may_have_begun_on_30_april() -> None:
    resolved = resolve("since late April", TUESDAY)
    assert resolved.edtf == "2019-04-15~/2019-08-27"
    assert resolved.bounds.start_earliest == days(datetime.date(2019, 4, 15), TUESDAY)[0]
    assert resolved.bounds.start_latest == days(TUESDAY, datetime.date(2019, 4, 30))[1] - 1
    assert resolved.bounds.end_earliest == days(TUESDAY, TUESDAY)[0] + 1
    assert resolved.bounds.end_latest == days(TUESDAY, TUESDAY)[1]
    assert dates.certain(resolved.bounds, dates.parse("2019-06"))
    assert not dates.certain(resolved.bounds, dates.parse("2019-04-20"))


def test_since_a_span_that_is_not_over_can_have_begun_up_to_the_report_day() -> None:
    for words in ("since this week", "since 2019", "since August", "since around 27 August"):
        assert resolve(words, TUESDAY).bounds.start_latest == days(TUESDAY, TUESDAY)[1] - 1


@pytest.mark.parametrize("words", ["five-day offensive", "since Thursday", "night-long battle"])
def test_what_lasted_is_an_interval_whose_bounds_edtf_says_in_full(words: str) -> None:
    resolved = resolve(words, TUESDAY)
    assert "/" in resolved.edtf
    assert resolved.bounds == dates.parse(resolved.edtf)
    assert dates.certain(resolved.bounds, dates.parse("2019-08-26"))


@pytest.mark.parametrize(
    ("words", "edtf"),
    [
        ("Monday", "2019-08-26"),
        ("on Tuesday", "2019-08-27"),
        ("last Tuesday", "2019-08-20"),
        ("Wednesday", "2019-08-21"),
        ("Tuesday of last week", "2019-08-20"),
        ("Tue", "2019-08-27"),
        ("Tuesday, 27 August", "2019-08-27"),
        ("Aug. 27, 2019", "2019-08-27"),
        ("27th of August 2018", "2018-08-27"),
        ("28 August", "2018-08-28"),
        ("29 February", "2016-02-29"),
        ("the 28th", "2019-07-28"),
        ("the 31st", "2019-07-31"),
        ("14 January last year", "2018-01-14"),
        ("day before yesterday", "2019-08-25"),
        ("August", "2019-08"),
        ("last August", "2018-08"),
        ("last September", "2018-09"),
        ("sept 2017", "2017-09"),
        ("end of last month", "[2019-07-15..2019-07-31]"),
        ("early last year", "[2018-01-01..2018-04-30]"),
        ("February 13-16", "[2019-02-13..2019-02-16]"),
        ("13–16 February 2018", "[2018-02-13..2018-02-16]"),
        ("between 28 December and 3 January", "[2018-12-28..2019-01-03]"),
        ("overnight Sunday to Monday", "[2019-08-25..2019-08-26]"),
        ("in the early hours of Monday", "2019-08-26"),
        ("late on Monday", "2019-08-26"),
        ("Monday evening", "2019-08-26"),
        ("tonight", "2019-08-27"),
        ("in the last 24 hours", "[2019-08-26..2019-08-27]"),
        ("past 73 hours", "[2019-08-23..2019-08-27]"),
        ("a week ago", "[2019-08-17..2019-08-23]"),
        ("mid September 2019", "[2019-09-10..2019-09-20]"),
        ("14 January 2030", "2030-01-14"),
        ("since 28 April", "2019-04-28/2019-08-27"),
        ("since the early 1990s", "1990-01-01~/2019-08-27"),
        ("since the 1990s", "199X/2019-08-27"),
        ("between 13 and 16 February", "[2019-02-13..2019-02-16]"),
        ("between 28 April and 2 May 2019", "[2019-04-28..2019-05-02]"),
        ("28 April - 2 May 2019", "[2019-04-28..2019-05-02]"),
        ("28 April – 2 May 2019", "[2019-04-28..2019-05-02]"),
        ("between November and January", "[2018-11-01..2019-01-31]"),
        ("between 2015 and 2016", "[2015..2016]"),
        ("night of 4-5 May 2019", "[2019-05-04..2019-05-05]"),
        ("night of 4/5 May", "[2019-05-04..2019-05-05]"),
        ("Friday night into Saturday", "[2019-08-23..2019-08-24]"),
        ("late Monday night", "2019-08-26"),
        ("on 26 August 2019", "2019-08-26"),
        ("in April 2019", "2019-04"),
        ("in the month of April", "2019-04"),
        ("the year 2011", "2011"),
        ("in recent days", "[2019-08-24..2019-08-26]"),
        ("in recent months", "[2019-05-27..2019-08-27]"),
        ("a couple of days ago", "[2019-08-24..2019-08-26]"),
        ("past forty-eight hours", "[2019-08-25..2019-08-27]"),
        ("twenty days ago", "2019-08-07"),
        ("in the past few weeks", "[2019-08-06..2019-08-27]"),
        ("weeks ago", "[2019-08-06..2019-08-27]"),
        ("twenty-day siege", "2019-08-08/2019-08-27"),
        ("the twenty-first of July", "2019-07-21"),
        ("the thirty-first of July", "2019-07-31"),
        ("fourteenth of January 2018", "2018-01-14"),
        ("this Monday", "2019-08-26"),
        ("Monday this week", "2019-08-26"),
        ("earlier today", "2019-08-27"),
        ("in the last week", "[2019-08-21..2019-08-27]"),
        ("over the last month", "[2019-07-27..2019-08-27]"),
        ("the last week of July", "[2019-07-25..2019-07-31]"),
        ("in summer", "[2019-06-01..2019-08-31]"),
        ("this summer", "[2019-06-01..2019-08-31]"),
        ("last winter", "[2018-12-01..2019-02-28]"),
        ("winter of 2018/2019", "[2018-12-01..2019-02-28]"),
        ("first week of August 2018", "[2018-08-01..2018-08-07]"),
        ("the week of August 14th", "[2019-08-12..2019-08-18]"),
        ("week of the 26th", "[2019-08-26..2019-08-27]"),
        ("last quarter of 2018", "[2018-10-01..2018-12-31]"),
        ("second half of last year", "[2018-07-01..2018-12-31]"),
        ("Monday and Monday", "2019-08-26"),
    ],
)
def test_words_are_read_as_on_tuesday_27_august_2019(words: str, edtf: str) -> None:
    assert resolve(words, TUESDAY).edtf == edtf


@pytest.mark.parametrize(
    ("words", "reported", "edtf"),
    [
        ("over the weekend", "2019-08-24", "2019-08-24"),
        ("over the weekend", "2019-08-25", "[2019-08-24..2019-08-25]"),
        ("last weekend", "2019-08-25", "[2019-08-17..2019-08-18]"),
        ("this week", "2019-08-26", "2019-08-26"),
        ("last week", "2019-08-26", "[2019-08-19..2019-08-25]"),
        ("last week", "2019-09-01", "[2019-08-19..2019-08-25]"),
        ("between Sunday and Monday", "2019-08-25", "[2019-08-18..2019-08-19]"),
        ("past 3 months", "2019-02-10", "[2019-01-01..2019-02-10]"),
        ("past 3 months", "2019-05-31", "[2019-02-28..2019-05-31]"),
        ("last month", "2020-03-31", "2020-02"),
        ("past month", "2020-03-31", "[2020-02-29..2020-03-31]"),
        ("a month ago", "2019-01-31", "2018-12"),
        ("end of February", "2020-03-05", "[2020-02-15..2020-02-29]"),
        ("early March", "2019-03-05", "[2019-03-01..2019-03-05]"),
        ("last 6 days of February", "2019-03-05", "[2019-02-22..2019-02-27]"),
        ("29 February", "1903-01-01", "1896-02-29"),
        ("the 31st", "2019-05-01", "2019-03-31"),
        ("December", "2019-11-30", "2018-12"),
    ],
)
def test_words_follow_the_report_day(words: str, reported: str, edtf: str) -> None:
    assert resolve(words, datetime.date.fromisoformat(reported)).edtf == edtf


# Refusals


@pytest.mark.parametrize(
    ("words", "reported", "reason"),
    [
        ("", "2019-08-27", "no rule reads it"),
        ("the", "2019-08-27", "no rule reads it"),
        ("when the harvest was in", "2019-08-27", "no rule reads it"),
        ("since when", "2019-08-27", "no rule reads it"),
        ("since a five-day offensive", "2019-08-27", "no rule reads it"),
        ("2019-08-27", "2019-08-27", "no rule reads it"),
        ("today " * 50, "2019-08-27", "no rule reads it"),
        ("٣ days ago", "2019-08-27", "no rule reads it"),
        ("0 days ago", "2019-08-27", "no rule reads it"),
        ("30 February", "2019-08-27", "there is no 30 February"),
        ("30 February 2018", "2019-08-27", "February 2018 has 28 days"),
        ("the 32nd", "2019-08-27", "no month has a day 32"),
        ("first 40 days of March", "2019-08-27", "March 2019 has 31 days"),
        ("last 40 days of March", "2019-08-27", "there are no 40 days before its last"),
        ("Tuesday 26 August 2019", "2019-08-27", "2019-08-26 is a Monday"),
        ("27/08/2019", "2019-08-27", "no rule reads it"),
        ("2015-2016", "2019-08-27", "no rule reads it"),
        ("winter 2018", "2019-08-27", "no rule reads it"),
        ("winter 2018-20", "2019-08-27", "no rule reads it"),
        ("this winter", "2019-08-27", "no rule reads it"),
        ("a week on Monday", "2019-08-27", "no rule reads it"),
        ("next Monday", "2019-08-27", "no rule reads it"),
        ("in a few weeks", "2019-08-27", "no rule reads it"),
        ("for the first time in several weeks", "2019-08-27", "no rule reads it"),
        ("in several weeks", "2019-08-27", "no rule reads it"),
        ("within weeks", "2019-08-27", "no rule reads it"),
        ("in two weeks", "2019-08-27", "no rule reads it"),
        ("next week", "2019-08-27", "no rule reads it"),
        ("before last week", "2019-08-27", "no rule reads it"),
        ("not last week", "2019-08-27", "no rule reads it"),
        ("since 13 and 14 February", "2019-08-27", "no rule reads it"),
        ("twenty-eleven days ago", "2019-08-27", "no rule reads it"),
        ("first", "2019-08-27", "no rule reads it"),
        ("this Thursday", "2019-08-27", "begin on 2019-08-29, after the report day"),
        ("this autumn", "2019-08-27", "begin on 2019-09-01, after the report day"),
        ("the 2020s", "2019-08-27", "begin on 2020-01-01, after the report day"),
        ("16 and 13 February", "2019-08-27", "begin on 2019-02-16 and end before"),
        ("between 16-13 February", "2019-08-27", "begin on 2019-02-16 and end before"),
        ("late August", "2019-08-10", "begin on 2019-08-15 and end before"),
        ("earlier this month", "2019-08-01", "begin on 2019-08-01 and end before"),
        ("earlier this week", "2019-08-26", "begin on 2019-08-26 and end before"),
        ("mid August", "2019-08-05", "begin on 2019-08-10, after the report day"),
        ("late this year", "2019-08-27", "begin on 2019-09-01, after the report day"),
        ("since 2020", "2019-08-27", "begin on 2020-01-01, after the report day"),
        ("999 years ago", "0500-01-01", "outside the years 1 to 9999"),
        ("last week", "0001-01-03", "outside the years 1 to 9999"),
        ("around 31 December 9999", "9999-12-31", "outside the years 1 to 9999"),
    ],
)
def test_words_without_a_date_are_refused_with_the_reason(
    words: str, reported: str, reason: str
) -> None:
    with pytest.raises(UnknownPhrase) as refusal:
        resolve(words, datetime.date.fromisoformat(reported))
    assert reason in refusal.value.reason


def test_a_refusal_tells_what_is_understood_and_asks_for_edtf() -> None:
    with pytest.raises(Invalid) as refusal:
        resolve("when the harvest was in", TUESDAY)
    assert "when the harvest was in" in refusal.value.detail
    assert "2019-08-27" in refusal.value.detail
    assert "last Tuesday" in refusal.value.detail
    assert refusal.value.detail.endswith("Give the date as `edtf` beside the phrase.")


# Laws

report_days = st.dates(datetime.date(1700, 1, 1), datetime.date(2300, 12, 31))


@given(st.sampled_from(PHRASES), st.dates())
@example("since late April", datetime.date.min)
@example("night of clashes on Friday", datetime.date.max)
@example("29 February", datetime.date(5, 1, 1))
def test_any_phrase_on_any_day_is_read_with_edtf_that_has_its_bounds_or_refused(
    words: str, reported: datetime.date
) -> None:
    try:
        resolved = resolve(words, reported)
    except UnknownPhrase:
        return
    assert outer(dates.parse(resolved.edtf)) == outer(resolved.bounds)
    bounds = resolved.bounds
    assert bounds.start_earliest <= bounds.start_latest < bounds.end_latest
    assert bounds.start_earliest < bounds.end_earliest <= bounds.end_latest
    assert resolved.precision in range(1, 6)


@given(st.text(max_size=40) | st.lists(st.sampled_from(" ".join(PHRASES).split())).map(" ".join))
def test_any_words_are_read_or_refused_and_nothing_else(words: str) -> None:
    try:
        resolved = resolve(words, TUESDAY)
    except UnknownPhrase as fault:
        refusal = fault
    else:
        assert outer(dates.parse(resolved.edtf)) == outer(resolved.bounds)
        return
    assert refusal.phrase == words


@given(st.sampled_from(PHRASES), st.sampled_from([str.upper, str.title, str.lower]))
def test_case_spaces_and_articles_do_not_count(words: str, case) -> None:
    spoken = "  On a " + "   ".join(case(words).split(" ")) + ". "
    assert resolve(spoken, TUESDAY) == resolve(words, TUESDAY)


UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBERS = [*UNITS, *TEENS]
for ten in TENS:
    NUMBERS += [ten, *(f"{ten}-{unit}" for unit in UNITS)]


@pytest.mark.parametrize("number", range(1, 100))
def test_a_number_in_words_is_the_number_in_figures(number: int) -> None:
    for words in ("{} days ago", "past {} weeks", "{}-day offensive", "for {} days"):
        said = resolve(words.format(NUMBERS[number - 1]), TUESDAY)
        assert said == resolve(words.format(number), TUESDAY)


@given(st.dates(datetime.date(1800, 1, 1), datetime.date(2200, 1, 1)), report_days)
def test_two_days_are_both_or_one_of_them_and_certain_on_none_between(
    first: datetime.date, reported: datetime.date
) -> None:
    last = first + 3 * DAY
    said = [f"{day.day} {day:%B} {day:%Y}" for day in (first, last)]
    both, either = resolve(" and ".join(said), reported), resolve(" or ".join(said), reported)
    assert (both.edtf, either.edtf) == (f"{{{first},{last}}}", f"[{first},{last}]")
    assert outer(both.bounds) == outer(either.bounds) == days(first, last)
    assert not dates.certain(both.bounds, dates.parse(f"{first + DAY}"))


@given(report_days)
def test_a_season_without_a_year_has_begun_and_the_last_is_over(reported: datetime.date) -> None:
    for season in ("spring", "summer", "autumn", "winter"):
        latest_begun = outer(resolve(season, reported).bounds)
        latest_over = outer(resolve(f"last {season}", reported).bounds)
        today = days(reported, reported)
        assert latest_begun[0] <= today[0] < latest_begun[0] + 366 * dates.DAY
        assert latest_over[1] <= today[0] < latest_over[1] + 366 * dates.DAY


@given(st.integers(0, 6), report_days)
def test_a_weekday_is_the_latest_one_and_last_leaves_the_report_day_out(
    number: int, reported: datetime.date
) -> None:
    plain = datetime.date.fromisoformat(resolve(WEEKDAYS[number], reported).edtf)
    last = datetime.date.fromisoformat(resolve(f"last {WEEKDAYS[number]}", reported).edtf)
    assert plain.weekday() == last.weekday() == number
    assert reported - 6 * DAY <= plain <= reported
    assert reported - 7 * DAY <= last < reported


@given(report_days, report_days)
def test_a_day_without_a_year_is_the_latest_not_after_the_report_day(
    named: datetime.date, reported: datetime.date
) -> None:
    read = datetime.date.fromisoformat(resolve(f"{named:%B} {named.day}", reported).edtf)
    assert (read.month, read.day) == (named.month, named.day)
    assert read <= reported
    if (read.month, read.day) != (2, 29):
        assert read.replace(year=read.year + 1) > reported
    else:
        assert not any(calendar.isleap(year) for year in range(read.year + 1, reported.year))


@given(st.integers(1, 12), report_days)
def test_a_month_without_a_year_is_the_latest_that_has_begun(
    month: int, reported: datetime.date
) -> None:
    name = dates.MONTHS[month - 1]
    first = datetime.date.fromisoformat(resolve(name, reported).edtf + "-01")
    assert first.month == month
    assert first <= reported < first.replace(year=first.year + 1)
    assert resolve(name[:3], reported) == resolve(name, reported)
