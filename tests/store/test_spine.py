"""Goal: the seeds go in, and the timelines come out as they were known on each day.

Method: the real seeds through the store, read as of the days on which knowledge moved.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

import seeds
from domain.query import Filter, Point, Query, known_at
from domain.reading import read_event
from store.store import Store, open_store
from store.transaction import Append


@pytest.fixture
async def store(database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        yield store


def as_of(day: str) -> Point:
    return Point(as_of=day, known=known_at(day, "as_of"))


async def seed(store: Store) -> None:
    for line in seeds.events().splitlines():
        await store.append("main", Append(events=(read_event(line),)))


async def test_seeds_read_as_they_were_known(store: Store) -> None:
    await seed(store)
    async with store.reading("main") as reader:
        for day in ("2019-08-20", "2019-08-26", "2019-08-27", "2019-08-28"):
            for name in ("idlib-2019", "khan-shaykhun"):
                listing = await reader.timeline(name, Query(point=as_of(day)))
                print(day, name, listing.basis, len(listing.entries))
                for e in listing.entries:
                    print("   ", e.occurred, e.title, e.status, e.contested,
                          [(t.outcome, t.low, t.best, t.high) for t in e.toll],
                          [s.name for s in e.sources], e.independent, e.links)
        diff = await reader.diff("idlib-2019", as_of("2019-08-27"), as_of("2019-08-28"))
        for c in diff.changed: print(c.occurrence, c.fields, c.by)
    assert 0
