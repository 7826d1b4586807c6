"""Goal: a point on the reported axis never counts earlier than it was given, and is never guessed.

Method: examples, and laws over generated instants with `datetime` as the oracle.
"""

from __future__ import annotations

import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain import instants
from domain.errors import Invalid
from domain.instants import Instant, parse

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)


def known(text: str) -> str:
    return instants.text(parse(text, name="as_of").known)


@pytest.mark.parametrize(
    ("given_text", "utc", "written"),
    [
        ("2019-08-27", "2019-08-27T23:59:59.999999Z", datetime.date(2019, 8, 27)),
        ("2019-08", "2019-08-31T23:59:59.999999Z", None),
        ("2020-02", "2020-02-29T23:59:59.999999Z", None),
        ("2019-12", "2019-12-31T23:59:59.999999Z", None),
        ("2019", "2019-12-31T23:59:59.999999Z", None),
        ("9999-12-31", "9999-12-31T23:59:59.999999Z", datetime.date(9999, 12, 31)),
        ("0001", "0001-12-31T23:59:59.999999Z", None),
    ],
)
def test_what_is_coarser_than_an_instant_counts_from_its_last_microsecond(
    given_text: str, utc: str, written: datetime.date | None
) -> None:
    instant = parse(given_text, name="reported_at")
    assert (instants.text(instant.known), instant.written) == (utc, written)


@pytest.mark.parametrize(
    ("given_text", "utc"),
    [
        ("2019-08-27T10:00:00Z", "2019-08-27T10:00:00.000000Z"),
        ("2019-08-27t10:00:00z", "2019-08-27T10:00:00.000000Z"),
        ("2019-08-27T10:00:00.5Z", "2019-08-27T10:00:00.500000Z"),
        ("2019-08-27T10:00:00.000001Z", "2019-08-27T10:00:00.000001Z"),
        ("2019-08-27T10:00:00+02:00", "2019-08-27T08:00:00.000000Z"),
        ("2019-08-27T10:00:00-03:30", "2019-08-27T13:30:00.000000Z"),
        ("2019-08-27T10:00:00-00:00", "2019-08-27T10:00:00.000000Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
    ],
)
def test_an_instant_is_itself(given_text: str, utc: str) -> None:
    assert known(given_text) == utc


def test_a_plus_that_a_query_string_turned_into_a_space_is_still_a_plus() -> None:
    assert parse("2019-08-27T10:00:00 02:00", name="as_of") == parse(
        "2019-08-27T10:00:00+02:00", name="as_of"
    )


def test_the_written_date_is_that_of_the_source_not_of_utc() -> None:
    early = parse("2019-08-27T01:00:00+03:00", name="reported_at")
    assert instants.text(early.known) == "2019-08-26T22:00:00.000000Z"
    assert early.written == datetime.date(2019, 8, 27)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2019-08-27T10:00:00", "an offset (+03:00) or Z is needed"),
        ("2019-02-30", "February 2019 has 28 days"),
        ("2019-02-29T10:00:00Z", "February 2019 has 28 days"),
        ("2019-08-00", "August 2019 has 31 days"),
        ("2019-00", "a month runs from 01 to 12"),
        ("2019-13-01", "a month runs from 01 to 12"),
        ("0000", "years run from 0001 to 9999"),
        ("2019-08-27T24:00:00Z", "hours run from 00 to 23"),
        ("2019-08-27T10:60:00Z", "minutes run from 00 to 59"),
        ("2019-08-27T10:00:60Z", "leap seconds are not counted"),
        ("2019-08-27T10:00:00.1234567Z", "at most six digits"),
        ("2019-08-27T10:00:00+24:00", "an offset runs from -23:59 to +23:59"),
        ("2019-08-27T10:00:00+02:60", "an offset runs from -23:59 to +23:59"),
        ("0001-01-01T00:00:00+00:01", "outside the years 0001 to 9999"),
        ("9999-12-31T23:59:59-00:01", "outside the years 0001 to 9999"),
    ],
)
def test_what_cannot_be_an_instant_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse(text, name="as_of")
    assert reason in refusal.value.detail


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "latest",
        "20190827",
        "2019-8-27",
        "2019-08-27 ",
        "2019-08-27\n",
        "2019-08-27 10:00:00Z",
        "2019-08-27T10:00Z",
        "2019-08-27T10:00:00.Z",
        "2019-08-27T10:00:00,5Z",
        "2019-08-27T10:00:00+02",
        "2019-08-27T10:00:00+0200",
        "2019-08-27T10:00:00  02:00",
        "+2019-08-27",
        "-2019",
        "2019-08-XX",
        "٢٠١٩",
    ],
)
def test_any_other_text_is_refused_by_the_name_it_was_given_under(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse(text, name="as_of")
    assert refusal.value.detail.startswith(
        "as_of must be a day (2019-08-27), a month or year, or an instant with an offset "
        "(2019-08-27T10:00:00Z), not "
    )
    assert refusal.value.where is None


def test_never_has_no_text() -> None:
    with pytest.raises(ValueError, match="outside the years"):
        instants.text(instants.NEVER)


zones = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(
    lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes))
)
moments = st.datetimes(datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30), timezones=zones)


@given(moments)
@example(datetime.datetime(1, 1, 2, tzinfo=datetime.UTC))
def test_instants_agree_with_datetime(moment: datetime.datetime) -> None:
    instant = parse(moment.isoformat(), name="as_of")
    assert instant == Instant((moment - EPOCH) // MICROSECOND, moment.date())


@given(moments)
def test_an_instant_written_in_utc_reads_back_as_itself(moment: datetime.datetime) -> None:
    known = (moment - EPOCH) // MICROSECOND
    assert parse(instants.text(known), name="as_of").known == known


@given(moments)
def test_a_coarser_form_of_an_instant_in_utc_is_never_earlier(moment: datetime.datetime) -> None:
    written = instants.text((moment - EPOCH) // MICROSECOND)
    finest_first = [parse(written[:length], name="as_of").known for length in (27, 10, 7, 4)]
    assert finest_first == sorted(finest_first)


@given(st.text(alphabet="0123456789-T:.Z+ tz", max_size=33) | st.text(max_size=12))
@example("2019-08-27T10:00:00." + "1" * 5_000 + "Z")
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        instant = parse(text, name="as_of")
    except Invalid as fault:
        refusal = fault
    else:
        assert instants.text(instant.known)
        return
    assert len(refusal.detail) < 500
