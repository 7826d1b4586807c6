"""Goal: a timeline's revisions are all the positions that change what a read of it shows.

Method: random histories through real PostgreSQL; every position is then read, as bytes, and
compared with the revision before it. The revisions are looked up each
way, and compared with a plain list.
DATELINE_TEST_EXAMPLES raises the number of histories.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from domain.errors import DatelineError, NotFound
from domain.policy import LATEST as LATEST_POLICY
from domain.query import Filter, Point, Query, known_at
from store.known import Append
from store.read import Reader
from store.store import Store, open_store
from tests.histories import TIMELINES, History, as_of_today, histories, read

EXAMPLES = int(os.environ.get("DATELINE_TEST_EXAMPLES", "30"))
chronicles = map("revised-{}".format, itertools.count())
PLAIN = Filter()
DAYS = (None, "2019-08-20", "2019-08-21T01:30:00+03:00")
ASKED: tuple[dict[str, Any], ...] = (
    {},
    {"claims": "all"},
    {"policy": LATEST_POLICY},
    {"filter": Filter(status=("retracted", "merged"))},
    {"filter": Filter(kind=("battle",), during="2019-08")},
)


@pytest.fixture
async def store(database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as store:
        yield store


async def written(store: Store, history: History) -> tuple[str, int]:
    """A chronicle with as much of a history as can be, and its last position."""
    chronicle = next(chronicles)
    await store.create_chronicle(chronicle)
    last = 0
    for group in as_of_today(history, datetime.now(UTC)):
        appends = [
            Append(events=tuple(read({"expected_version": "any", **event}) for event in batch))
            for batch in group
        ]
        outcomes = await asyncio.gather(
            *(store.append(chronicle, append) for append in appends), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                assert isinstance(outcome, DatelineError), outcome
            else:
                last = max(last, outcome.basis)
    return chronicle, last


async def shown(
    reader: Reader, timeline: str, basis: int, asked: dict[str, Any], day: str | None
) -> bytes | None:
    """All that a read shows but for the basis that it names; None before the timeline."""
    point = Point(basis=basis)
    if day is not None:
        point = Point(as_of=day, known=known_at(day, "as_of"), basis=basis)
    try:
        page = await reader.timeline(timeline, Query(point=point, limit=1_000, **asked))
    except NotFound:
        return None
    assert page.next is None
    return msgspec.json.encode(msgspec.structs.replace(page, basis=0, permalink="", cite=""))


@settings(max_examples=EXAMPLES)
@given(histories(longest=12))
async def test_between_two_revisions_no_byte_of_a_read_changes(
    store: Store, history: History
) -> None:
    chronicle, last = await written(store, history)

    async with store.reading(chronicle) as reader:
        for timeline, asked, day in itertools.product(TIMELINES, ASKED, DAYS):
            try:
                listed = await reader.revisions_after(timeline, PLAIN, 0, 1_000)
            except NotFound:
                continue
            revisions = {revision.position for revision in listed}
            before = await shown(reader, timeline, 0, asked, day)
            for basis in range(1, last + 1):
                now = await shown(reader, timeline, basis, asked, day)
                assert basis in revisions or now == before, f"{basis} changed {timeline}"
                before = now


@settings(max_examples=EXAMPLES)
@given(histories(longest=12))
async def test_each_way_of_looking_finds_the_same_revisions(store: Store, history: History) -> None:
    chronicle, last = await written(store, history)

    async with store.reading(chronicle) as reader:
        for timeline in TIMELINES:
            try:
                listed = await reader.revisions_after(timeline, PLAIN, 0, 1_000)
            except NotFound:
                continue
            assert listed == sorted(listed, key=lambda revision: revision.position)
            newest = await reader.timeline(timeline, Query())
            assert newest.basis == listed[-1].position
            for basis in range(1, last + 1):
                until = [r for r in listed if r.position <= basis]
                if not until:
                    with pytest.raises(NotFound):
                        await reader.revisions(timeline, PLAIN, basis)
                    continue
                found = await reader.revisions(timeline, PLAIN, basis)
                later = listed[len(until) :]
                assert (found.first, found.last) == (listed[0], listed[-1])
                assert found.here == until[-1]
                assert found.prev == (until[-2] if len(until) > 1 else None)
                assert found.next == (later[0] if later else None)
                assert await reader.revisions_after(timeline, PLAIN, basis, 2) == later[:2]
            for revision in listed:
                at = await reader.revisions_at(timeline, PLAIN, revision.recorded_at)
                just_before = await reader.revisions_at(timeline, PLAIN, revision.recorded_at - 1)
                assert (at.here, just_before.here) == (revision, at.prev)
