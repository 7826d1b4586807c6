"""Goal: where Dateline reads EDTF otherwise than others do, that is known, listed and meant.

Method: two libraries, python-edtf and undate, are asked about the examples of a public library's
tests and about generated dates. Where they differ from Dateline a table says how and why; each of
its entries is asserted, so that one falls when a library changes its mind.
"""

from __future__ import annotations

import csv
import datetime
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain import dates
from domain.dates import NotEdtf, parse

Days = tuple[str, str] | None
"""The first and last day as ISO 8601 has them, `-inf` and `inf` where open; None where refused."""


def own_days(text: str) -> Days:
    try:
        bounds = parse(text)
    except NotEdtf:
        return None
    earliest, latest = dates.earliest_text(bounds), dates.latest_text(bounds)
    return (earliest or "-inf").partition("T")[0], (latest or "inf").partition("T")[0]


def day_text(year: int, month: int, day: int) -> str:
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    return f"{sign}{abs(year):04}-{month:02}-{day:02}"


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    # python-edtf uses its grammar library in ways that library warns about, at import and later.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module")
def edtf(quiet: None) -> ModuleType:
    return pytest.importorskip("edtf", reason="python-edtf, an oracle, is not installed")


@pytest.fixture(scope="module")
def undate(quiet: None) -> ModuleType:
    return pytest.importorskip("undate", reason="undate, an oracle, is not installed")


def python_edtf_days(edtf: ModuleType, text: str) -> Days:
    """By python-edtf; what fails there in any way counts as refused."""
    try:
        date = edtf.parse_edtf(text)
        sides = date.lower_strict(), date.upper_strict()
    except (edtf.EDTFParseException, AttributeError, ValueError):
        return None
    first, last = (str(side) if isinstance(side, float) else day_text(*side[:3]) for side in sides)
    return first, last


def undate_days(undate: ModuleType, text: str) -> Days:
    """By undate, which refuses with errors of its own and of its grammar library."""
    from lark.exceptions import LarkError

    try:
        date = undate.Undate.parse(text, "EDTF")
    except (ValueError, LarkError):
        return None
    if isinstance(date, undate.UndateInterval):
        first = date.earliest and date.earliest.earliest
        last = date.latest and date.latest.latest
    else:
        first, last = date.earliest, date.latest
    return (
        day_text(first.year, first.month, first.day) if first else "-inf",
        day_text(last.year, last.month, last.day) if last else "inf",
    )


# The examples of a public library's tests, and what it promises there

NOT_READ = {
    "Y17E7": "level 2: an exponent",
    "1953S2": "level 2: significant digits",
    "1953S3": "level 2: significant digits",
    "Y17101E4S3": "level 2: an exponent",
}
READ_OTHERWISE = {
    "/2006": "an unknown start is open, not ten years before",
    "2004-06-01/": "an unknown end is open, not ten years later",
    "1984-06-02?/": "an unknown end is open, not ten years later",
    "2010-24": "winter runs to the end of February, not of December",
}


def examples(shared_data: Callable[[str], Path]) -> list[dict[str, str]]:
    with shared_data("edtf_examples.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 70
    return rows


def test_the_examples_mean_the_days_that_are_promised_there_but_for_the_listed(
    shared_data: Callable[[str], Path],
) -> None:
    rows = examples(shared_data)
    promised = {
        row["edtf"]: (row["lower_strict"], row["upper_strict"]) if row["valid"] == "1" else None
        for row in rows
    }
    read = {text: own_days(text) for text in promised}
    assert {text for text in read if promised[text] and not read[text]} == set(NOT_READ)
    assert {text for text in read if read[text] and not promised[text]} == set()
    other = {text for text in read if read[text] and read[text] != promised[text]}
    assert other == set(READ_OTHERWISE)


@pytest.mark.parametrize("text", NOT_READ)
def test_an_example_that_is_not_read_is_refused_by_name(text: str) -> None:
    with pytest.raises(NotEdtf) as refusal:
        parse(text)
    assert "level 2" in refusal.value.expected
    named = NOT_READ[text].removeprefix("level 2: ").removeprefix("an ")
    assert named in refusal.value.expected


def test_python_edtf_reads_the_examples_as_dateline_does_but_for_the_listed(
    edtf: ModuleType, shared_data: Callable[[str], Path]
) -> None:
    texts = [row["edtf"] for row in examples(shared_data)]
    other = {text for text in texts if python_edtf_days(edtf, text) != own_days(text)}
    assert other == set(READ_OTHERWISE) | set(NOT_READ)


UNDATE_OTHERWISE = {
    "-01XX": "X in a year before 0000 is refused there",
    "-01XX~": "X in a year before 0000 is refused there",
    "XXXX-XX-23": "a year without any digit is any year there, of 18 digits too",
    "-0000-01-01": "the year 0000 is read with a minus there",
}


def undate_lacks(text: str) -> bool:
    """Whether a text has what undate does not have: times, seasons, sets, component marks."""
    inner = text[:-1].split("-")
    marked = any(mark in part for part in inner for mark in "?~%") and "/" not in text
    season = len(inner) == 2 and text[5:7].isdigit() and int(text[5:7]) > 20
    return "T" in text or text.startswith(("[", "{")) or marked or season


def test_undate_reads_the_examples_as_dateline_does_but_for_what_it_lacks_and_the_listed(
    undate: ModuleType, shared_data: Callable[[str], Path]
) -> None:
    texts = [row["edtf"] for row in examples(shared_data)]
    theirs = {text: undate_days(undate, text) for text in texts}
    lacking = {text for text in texts if undate_lacks(text)}
    assert {text for text in lacking if theirs[text] is not None} == set()
    other = {text for text in texts if theirs[text] != own_days(text)} - lacking
    assert other == set(UNDATE_OTHERWISE)


# Dates of our own, where a library differs: what it says, and why Dateline does not

PYTHON_EDTF = [
    ("1900-02-29", ("1900-02-29", "1900-02-29"), "1900 was no leap year"),
    ("2019/2018", ("2019-01-01", "2018-12-31"), "the end lies before the start"),
    ("2019-24", ("2019-12-01", "2019-12-31"), "winter runs to the end of February"),
    ("2019-28", ("2019-12-01", "2019-12-31"), "winter runs to the end of February"),
    ("2019-30", ("2019-12-01", "2019-12-31"), "southern summer runs to the end of February"),
    ("2019-04/", ("2019-04-01", "2029-04-01"), "nobody said that it ended in ten years"),
    ("/2019-04", ("2009-04-30", "2019-04-30"), "nobody said that it began ten years before"),
    ("2004-22~", None, "a season can be marked"),
    ("1984-1X", None, "X can stand for one digit of a month"),
    ("2019-08-X7", None, "X can stand for the first digit of a day"),
    ("XXXX-02-29", ("0000-02-29", "9999-02-29"), "9999 is no leap year"),
    ("19X1-02-29", ("1901-02-29", "1991-02-29"), "no year like that has a 29 February"),
    ("2019-02-3X", None, "no day like that: python-edtf fails, Dateline says why"),
    ("[2019..2018]", ("2019-01-01", "2018-12-31"), "the end of a range lies before its start"),
    ("[2019-04..2020]", None, "a range can run from a month to a year"),
    ("2019-XX-31~", None, "a date with X can be marked"),
    ("Y170000002~", None, "a long year can be marked"),
    ("2019-08-27T10:00:00?", None, "a mark behind a time is read, though EDTF has none"),
]


@pytest.mark.parametrize(("text", "theirs", "why"), PYTHON_EDTF, ids=lambda value: str(value)[:24])
def test_python_edtf_still_differs_as_listed(
    edtf: ModuleType, text: str, theirs: Days, why: str
) -> None:
    assert python_edtf_days(edtf, text) == theirs, f"listed because {why}"
    assert theirs is None or own_days(text) != theirs


UNDATE = [
    ("2019-08-27T10:00:00", None, "it has no times"),
    ("2019-21", None, "it has no seasons"),
    ("2019-33", None, "it has no quarters"),
    ("[2019-08-19..2019-08-25]", None, "it has no sets"),
    ("{2019,2021}", None, "it has no sets"),
    ("2019-?04-~27", None, "it has no marks on components"),
    ("1X99-XX", None, "it has no X before digits of a year"),
    ("-01XX", None, "it has no X before the year 0000"),
    ("XXXX-02-29", None, "it fails on leap days of any year"),
    ("-0000-01-01", ("0000-01-01", "0000-01-01"), "the year 0000 takes no minus"),
    ("2019/2019", None, "what began in a year can have ended in it"),
]


@pytest.mark.parametrize(("text", "theirs", "why"), UNDATE, ids=lambda value: str(value)[:24])
def test_undate_still_differs_as_listed(
    undate: ModuleType, text: str, theirs: Days, why: str
) -> None:
    assert undate_days(undate, text) == theirs, f"listed because {why}"
    assert own_days(text) != theirs


# Generated dates, of the forms that both sides have and read alike

some_days = st.dates(min_value=datetime.date(1, 1, 1), max_value=datetime.date(9998, 12, 31))
marks = st.sampled_from(["", "?", "~", "%"])
plain = st.builds(lambda day, length: str(day)[:length], some_days, st.sampled_from([4, 7, 10]))
coarse = st.builds(
    lambda day, cut: str(day)[: cut[0]] + cut[1],
    some_days,
    st.sampled_from(
        [(3, "X"), (2, "XX"), (7, "-XX"), (4, "-XX"), (4, "-XX-XX"), (4, "-XX-12"), (3, "X-05-XX")]
    ),
)
part_of_year = st.builds(
    lambda year, part: f"{year:04}-{part}",
    st.integers(1, 9_999),
    st.sampled_from([n for n in range(21, 42) if n not in (24, 28, 30)]),
)
one = st.builds(lambda text, mark: text + mark, plain, marks)


def ordered(pair: tuple[str, str]) -> tuple[str, str]:
    first, second = sorted(pair, key=lambda text: (text[:4], own_days(text)))
    return first, second


two = st.tuples(one, one).map(ordered)
intervals = two.map("/".join) | one.map(lambda d: d + "/..") | one.map(lambda d: "../" + d)
alike = st.sampled_from([4, 7, 10]).flatmap(
    lambda length: st.tuples(*[some_days.map(lambda day: str(day)[:length])] * 2)
)
sets = st.builds(
    lambda pair, third, form: form.format(*pair, third),
    alike.map(ordered),
    plain,
    st.sampled_from(["[{0},{1},{2}]", "[{0}..{1}]", "{{{0},{2}}}", "{{{0}..{1}}}", "[..{0}]"]),
)
components = st.builds(
    lambda day, a, b, c: f"{str(day)[:4]}{a}-{b}{str(day)[5:7]}-{c}{str(day)[8:]}",
    *(some_days, marks, marks, marks),
)


@settings(max_examples=60)
@given(one | coarse | part_of_year | intervals | sets | components)
def test_python_edtf_reads_the_same_days(edtf: ModuleType, text: str) -> None:
    theirs = python_edtf_days(edtf, text)
    assert theirs is not None
    assert own_days(text) == theirs


@settings(max_examples=60)
@given(one | coarse | intervals | one.map(lambda d: d + "/") | one.map(lambda d: "/" + d))
def test_undate_reads_the_same_days(undate: ModuleType, text: str) -> None:
    first, _, second = text.partition("/")
    assume(first[:4] != second[:4])
    theirs = undate_days(undate, text)
    assert theirs is not None
    assert own_days(text) == theirs
