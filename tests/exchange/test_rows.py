"""Goal: no two ids of a data set are given one occurrence, and names stay readable.

Method: examples, and the law over generated names.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.names import SLUG, SLUG_LENGTH
from exchange.rows import slug


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("305891", "ged-305891"),
        ("EST12", "ged-est12"),
        ("CIV-0001", "ged-civ-0001"),
        ("flood-of-2019", "ged-flood-of-2019"),
    ],
)
def test_a_name_that_is_nearly_a_slug_is_kept(name: str, expected: str) -> None:
    assert slug("ged", name) == expected


@pytest.mark.parametrize("name", ["Est-12", "est 12", "est_12", "est--12", "-est12", "Estra é", ""])
def test_a_name_that_loses_something_is_told_apart_by_a_checksum(name: str) -> None:
    made = slug("ged", name)

    assert SLUG.fullmatch(made)
    assert len(made.rpartition("-")[2]) == 10


def test_without_prefix_a_slug_is_itself() -> None:
    assert slug("", "khan-shaykhun-recapture") == "khan-shaykhun-recapture"


names = st.one_of(st.text(max_size=200), st.from_regex(SLUG, fullmatch=True))


@given(st.sampled_from(["", "ged"]), names, names)
def test_two_names_share_no_slug_unless_one_is_the_other_in_capitals(
    prefix: str, one: str, other: str
) -> None:
    # given
    made, another = slug(prefix, one), slug(prefix, other)

    # then
    assert SLUG.fullmatch(made)
    assert len(made) <= SLUG_LENGTH
    if one not in (other, other.upper(), other.lower()):
        assert made != another
