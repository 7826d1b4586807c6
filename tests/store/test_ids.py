"""Goal: ids are UUIDs of version 7, and sort as the times that they were made at.

Method: hypothesis, over times in microseconds up to what 48 bits of milliseconds hold.
"""

from __future__ import annotations

from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from store.ids import uuid7

TIMES = st.integers(0, (1 << 48) * 1_000 - 2)


@given(TIMES, st.integers(1, 2_000))
def test_a_later_id_sorts_after_an_earlier_one(time: int, later: int) -> None:
    assert uuid7(time) < uuid7(min(time + later, (1 << 48) * 1_000 - 1))


@given(TIMES)
def test_an_id_is_a_uuid_of_version_7_that_begins_with_its_milliseconds(time: int) -> None:
    made = uuid7(time)

    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == time // 1_000


@given(TIMES)
def test_two_ids_of_one_moment_are_two(time: int) -> None:
    assert uuid7(time) != uuid7(time)
