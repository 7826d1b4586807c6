"""Goal: a timeline that is filled behind the appends says so once, and reads rightly at once.

Method: an application on a database of the test's own, which fills every selecting definition
behind, and only when the test steps its filler.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from api.settings import Settings
from store.store import Store
from tests.api.asking import EVENTS, SERVER, TIMELINES, defined, filed, refused
from tests.api.conftest import asking, running
from tests.conftest import Database

FILLING = f"{TIMELINES}/norvale/filling"
NEW, ANEW = {"If-None-Match": "*"}, {"If-Match": '"1"'}


@pytest.fixture
async def behind(database: Database) -> AsyncIterator[Litestar]:
    async with running(Settings(database=database.app_dsn)) as app:
        filler = app.state.store.filler
        await filler.close()
        filler.at_once, filler.batch = 0, 2
        await app.state.store.create_chronicle("main")
        yield app


@pytest.fixture
async def desk(behind: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Asks with a key that may append, of a chronicle with three occurrences."""
    store: Store = behind.state.store
    async with asking(behind, "main", await store.create_key("desk", "admin")) as client:
        for number in range(3):
            await client.post(EVENTS, json=filed(f"bridge-{number}"))
        yield client


def content(**fields: object) -> dict[str, object]:
    return {"title": "Norvale", "select": {}, **fields}


async def test_a_definition_that_is_filled_behind_is_accepted_and_read_at_once(desk) -> None:
    first = await desk.put(f"{TIMELINES}/norvale", json=content(), headers=NEW)
    again = await desk.put(f"{TIMELINES}/norvale", json=content(), headers=ANEW)
    posted = await desk.post(EVENTS, json=defined("estra", expected_version="none"))

    assert [a.status_code for a in (first, again, posted)] == [202, 202, 202]
    assert [a.json()["basis"] for a in (first, again, posted)] == [4, 5, 6]
    place = "/v1/chronicles/main/timelines"
    assert first.headers["Location"] == again.headers["Location"] == f"{place}/norvale"
    assert posted.headers["Location"] == f"{place}/estra"
    assert (first.headers["ETag"], again.headers["ETag"]) == ('"1"', '"2"')
    read = await desk.get(f"{SERVER}{first.headers['Location']}")
    assert [e["occurrence"] for e in read.json()["entries"]] == ["bridge-0", "bridge-1", "bridge-2"]


async def test_a_batch_that_defines_is_accepted_and_repeated_in_the_same_words(desk) -> None:
    batch = {"events": [filed("bridge-3"), defined(expected_version="none")]}
    key = {"Idempotency-Key": '"norvale-1"'}

    first = await desk.post(EVENTS, json=batch, headers=key)
    again = await desk.post(EVENTS, json=batch, headers=key)

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content


async def test_what_only_includes_is_filled_when_it_is_defined(desk) -> None:
    included = content(select=None, include=["bridge-1"])
    answer = await desk.put(f"{TIMELINES}/norvale", json=included, headers=NEW)

    assert answer.status_code == 201
    assert (await desk.get(FILLING)).json()["complete"] is True


async def test_a_short_log_is_filled_when_it_is_defined(writer) -> None:
    await writer.post(EVENTS, json=filed())
    made = await writer.put(f"{TIMELINES}/norvale", json=content(), headers=NEW)
    anew = await writer.put(f"{TIMELINES}/norvale", json=content(), headers=ANEW)

    assert (made.status_code, anew.status_code) == (201, 200)
    assert (await writer.get(FILLING)).json() == {
        "timeline": "norvale",
        "definition": 3,
        "done": 2,
        "of": 2,
        "complete": True,
    }


async def test_progress_is_told_and_not_kept_and_the_timeline_stays_the_same(behind, desk) -> None:
    await desk.put(f"{TIMELINES}/norvale", json=content(), headers=NEW)
    told, read = [], []
    for _ in range(3):
        told.append(await desk.get(FILLING))
        read.append(await desk.get(f"{TIMELINES}/norvale"))
        await behind.state.store.filler.step()

    progress = [(a.json()["done"], a.json()["of"], a.json()["complete"]) for a in told]
    assert progress == [(0, 3, False), (2, 3, False), (3, 3, True)]
    assert {a.headers["Cache-Control"] for a in told} == {"no-store"}
    assert not any("ETag" in a.headers for a in told)
    assert len({a.content for a in read}) == len({a.headers["ETag"] for a in read}) == 1
    assert len(read[0].json()["entries"]) == 3


async def test_progress_of_a_timeline_that_is_not_there_is_404(desk) -> None:
    refused(await desk.get(FILLING), 404, "not-found", "norvale")


async def test_a_server_that_starts_goes_on_with_what_was_left(
    database: Database, behind: Litestar, desk: httpx.AsyncClient
) -> None:
    await desk.put(f"{TIMELINES}/norvale", json=content(), headers=NEW)
    await behind.state.store.filler.step()
    assert (await desk.get(FILLING)).json()["done"] == 2

    async with running(Settings(database=database.app_dsn)), asyncio.timeout(60):
        while not (await desk.get(FILLING)).json()["complete"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
