"""Goal: a database that goes away is said to be away, and nothing else is made of it.

Method: the connections that a store holds are ended from outside, and none can be made anew.
"""

from __future__ import annotations

import asyncio
import json

import asyncpg
import pytest

from domain.errors import NotFound, Unavailable
from domain.query import Query
from domain.reading import read_event
from store.known import Append
from store.store import open_store

REPORT = {
    "type": "report.filed",
    "occurrence": "norvale-fire",
    "report": {"source": {"name": "Norvale Radio"}, "reported_at": "2019-05-10"},
    "claims": {"title": "Fire in Norvale"},
}


async def close_down(server: str, name: str, *, open_again: bool = False) -> None:
    connection = await asyncpg.connect(server)
    try:
        allowed = "true" if open_again else "false"
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
    finally:
        await connection.close()


async def test_reads_and_appends_say_that_the_database_is_away_and_go_on_when_it_is_back(
    server: str, database
) -> None:
    append = Append(events=(read_event(json.dumps(REPORT).encode()),))
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")

        await close_down(server, database.name)
        with pytest.raises(Unavailable):
            async with store.reading("main") as reader:
                await reader.occurrences(Query())
        with pytest.raises(Unavailable):
            await store.append("main", append)

        await close_down(server, database.name, open_again=True)
        assert (await store.append("main", append)).basis == 1


async def test_a_name_that_no_database_could_hold_is_not_found(database) -> None:
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        with pytest.raises(NotFound):
            await store.chronicle("ma\x00in")
        async with store.reading("main") as reader:
            with pytest.raises(NotFound):
                await reader.timeline("nor\x00vale", Query())


async def test_the_first_appends_to_a_chronicle_keep_the_order_of_asking(database) -> None:
    appends = [
        Append(events=(read_event(json.dumps({**REPORT, "occurrence": f"fire-{n}"}).encode()),))
        for n in range(40)
    ]
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        appended = await asyncio.gather(*(store.append("main", append) for append in appends))

    assert [one.basis for one in appended] == list(range(1, 41))
