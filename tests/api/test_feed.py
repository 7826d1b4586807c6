"""Goal: whoever reads or follows the feed gets every event once and in order, however it was
appended, whatever they filter by, and wherever they were interrupted.

Method: pages and lines are compared with the log. Streams are followed over real sockets, from a
server in a process of its own, while others append through it and beside it; followers are cut off
at any point and come back.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from domain.reading import read_event
from store import feed as store_feed
from store.known import Append
from store.store import Store, open_store
from tests.api.asking import EVENTS, NDJSON, defined, filed, refused, retracted
from tests.api.test_server import ended
from tests.conftest import Database

STREAM = {"Accept": "text/event-stream"}
LINES = {"Accept": "application/x-ndjson"}
PROGRAM = """
import asyncio, sys
from api import Settings, serve, streaming
from api.server import event_loop
streaming.HEARTBEAT_SECONDS = 0.2
with asyncio.Runner(loop_factory=event_loop) as runner:
    settings = Settings(database=sys.argv[1], port=0)
    runner.run(serve(settings, ready=lambda url: print(url, flush=True)))
print("ended", flush=True)
"""
ROOT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]


async def append(client: httpx.AsyncClient, *events: Json) -> list[Json]:
    """Append each, and give their places in the log."""
    places = []
    for event in events:
        answer = await client.post(EVENTS, json=event)
        assert answer.status_code == 201, answer.text
        places += answer.json()["events"]
    return places


async def page(client: httpx.AsyncClient, **asked: Any) -> Json:
    answer = await client.get(EVENTS, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def positions(events: list[Json]) -> list[int]:
    return [event["position"] for event in events]


# Pages


async def test_every_type_of_event_is_told_as_it_was_filed(
    writer: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    any_version: Json = {"expected_version": "any"}
    first, second = await append(writer, filed(), filed("bridge-at-estra", kind="flood"))
    target = first["event_id"]
    corrected = {**retracted(target), **any_version, "claims": {"kind": "flood"}}
    said = [
        {**corrected, "type": "report.corrected"},
        {"type": "report.graded", "target": target, "grade": "B2", "reason": "Often right."},
        {
            "type": "occurrence.linked",
            "occurrence": "bridge-at-norvale",
            "to": "bridge-at-estra",
            "relation": "follows",
        },
        {
            "type": "occurrence.merged",
            "occurrence": "bridge-at-estra",
            "into": "bridge-at-norvale",
            "reason": "They are one.",
            **any_version,
        },
        {
            "type": "occurrence.split",
            "occurrence": "bridge-at-norvale",
            "into": "bridge-at-tellin",
            "reports": [second["event_id"]],
            "reason": "They are not.",
            **any_version,
        },
        {**retracted(target), **any_version},
        defined(include=["bridge-at-norvale"], exclude=["bridge-at-tellin"], **any_version),
        {"type": "place.registered", "id": "norvale", "name": "Norvale", "lat": 1.5, "lon": 2.5},
        {"type": "actor.registered", "id": "guard", "name": "Norvale Guard"},
        {"type": "source.registered", "id": "observer", "name": "Estra Observer"},
    ]
    places = [first, second, *await append(writer, *said)]

    found = await page(reader)

    assert (found["basis"], found["next"]) == (len(places), len(places))
    assert len(found["events"]) == len(places)
    for told, event, place in zip(
        found["events"], [filed(), filed("bridge-at-estra", kind="flood"), *said], places,
        strict=True,
    ):  # fmt: skip
        for name in ("position", "event_id", "version", "recorded_at"):
            assert told[name] == place[name]
        registered = told.pop("registered", {})
        for name, value in event.items():
            if name == "expected_version":
                continue
            if name in ("report", "claims"):
                assert told[name].items() >= {k: v for k, v in value.items() if k == "kind"}.items()
            elif name in ("id", "name", "lat", "lon"):
                assert registered[name] == value
            else:
                assert told[name] == value, (name, told)
        assert ("known_from" in told) == event["type"].startswith(("report.", "occurrence."))


async def test_pages_joined_are_the_log(
    writer: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    places = await append(writer, *(filed(f"flood-{n}") for n in range(7)))

    after, told, pages = 0, [], 0
    while True:
        found = await page(reader, after=after, limit=3)
        told += found["events"]
        pages += 1
        after = found["next"]
        if after == found["basis"]:
            break

    assert positions(told) == [place["position"] for place in places]
    assert pages == 3
    assert (await page(reader, after="latest"))["events"] == []


async def test_a_page_of_rare_events_says_how_far_it_looked(
    writer: httpx.AsyncClient, reader: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_feed, "LOOKED_THROUGH", 4)
    monkeypatch.setattr(store_feed, "AT_ONCE", 2)
    await append(writer, *(filed(f"flood-{n}") for n in range(6)), defined(expected_version="none"))

    first = await page(reader, type="timeline.defined")
    then = await page(reader, type="timeline.defined", after=first["next"])

    assert (first["events"], first["next"], first["basis"]) == ([], 4, 7)
    assert (positions(then["events"]), then["next"]) == ([7], 7)


async def test_filters_go_by_what_the_occurrence_was_believed_to_be(
    writer: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    registered = {
        "type": "place.registered",
        "id": "norvale",
        "name": "Norvale",
        "aliases": ["Norwald"],
    }
    first, _, correction, withdrawal, _ = await append(
        writer,
        filed(kind="flood", place={"name": "Norwald"}),
        filed("storm-at-estra", kind="storm", place={"name": "Estra"}),
        {"type": "report.filed", "occurrence": "bridge-at-norvale", "claims": {"kind": "storm"},
         "report": {"source": {"name": "Norvale Post"}, "reported_at": "2019-08-28"}},
        {"type": "report.filed", "occurrence": "bridge-at-norvale", "claims": {"title": "Storm"},
         "report": {"source": {"name": "Norvale Watch"}, "reported_at": "2019-08-29"}},
        registered,
    )  # fmt: skip

    floods = await page(reader, kind="flood")
    storms = await page(reader, kind="storm")
    here = await page(reader, place="NORVALE")
    both = await page(reader, kind="storm", place="estra", type="report.filed")

    about = [first["position"], correction["position"], withdrawal["position"]]
    assert positions(floods["events"]) == about
    assert positions(storms["events"]) == [2, correction["position"], withdrawal["position"]]
    assert positions(here["events"]) == about
    assert positions(both["events"]) == [2]


async def test_what_the_asker_has_is_not_sent_again(
    writer: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    await append(writer, filed())
    answer = await reader.get(EVENTS)
    again = await reader.get(EVENTS, headers={"If-None-Match": answer.headers["ETag"]})
    head = await reader.head(EVENTS)

    assert (again.status_code, again.content) == (304, b"")
    assert head.headers["ETag"] == answer.headers["ETag"]
    assert answer.headers["Vary"] == "Accept, Authorization"
    await append(writer, filed())
    later = await reader.get(EVENTS, headers={"If-None-Match": answer.headers["ETag"]})
    assert later.status_code == 200


@pytest.mark.parametrize(
    ("asked", "status", "slug", "said"),
    [
        ({"after": "-1"}, 400, "malformed", "after must be a whole number"),
        ({"after": "1"}, 422, "invalid", "lies beyond the head"),
        ({"type": "report.made"}, 400, "malformed", "report.filed"),
        ({"limit": "1001"}, 400, "malformed", "limit must be"),
        ({"as_of": "2019"}, 400, "malformed", "Unknown query parameter"),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    reader: httpx.AsyncClient, asked: Json, status: int, slug: str, said: str
) -> None:
    for accept in ({}, LINES):
        refused(await reader.get(EVENTS, params=asked, headers=accept), status, slug, said)


async def test_other_forms_are_not_acceptable(reader: httpx.AsyncClient) -> None:
    answer = await reader.get(EVENTS, headers={"Accept": "text/csv"})
    refused(answer, 406, "not-acceptable", "text/event-stream")


@pytest.mark.parametrize(
    ("headers", "asked", "said"),
    [
        ({"Last-Event-ID": "x"}, {}, "Last-Event-ID"),
        ({"Last-Event-ID": "7"}, {}, "beyond the head"),
        ({}, {"limit": "3"}, "leave limit out"),
    ],
)
async def test_a_stream_that_cannot_begin_is_refused(
    reader: httpx.AsyncClient, headers: Json, asked: Json, said: str
) -> None:
    answer = await reader.get(EVENTS, params=asked, headers={**STREAM, **headers})
    assert answer.status_code in (400, 422)
    assert said in answer.json()["detail"]


# Lines


async def test_lines_are_all_up_to_the_last_event(
    writer: httpx.AsyncClient, reader: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_feed, "AT_ONCE", 3)
    await append(writer, *(filed(f"flood-{n}") for n in range(8)), defined(expected_version="none"))

    answer = await reader.get(EVENTS, headers=LINES)
    some = await reader.get(EVENTS, params={"after": 2, "limit": 4}, headers=LINES)
    none = await reader.get(EVENTS, params={"after": "latest"}, headers=LINES)

    assert answer.headers["Content-Type"] == "application/x-ndjson"
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert told == (await page(reader, limit=1000))["events"]
    assert positions([json.loads(line) for line in some.text.splitlines()]) == [3, 4, 5, 6]
    assert none.text == ""


# Streams


@asynccontextmanager
async def served(dsn: str) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, dsn,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        yield f"{url}/v1/chronicles/main/", process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class Message(msgspec.Struct):
    id: int | None = None
    data: Json | None = None


async def messages(answer: httpx.Response) -> AsyncIterator[Message]:
    """The messages of a stream, read as HTML says that browsers read them."""
    message = Message()
    async for line in answer.aiter_lines():
        if not line:
            if message.id is not None:
                yield message
            message = Message()
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            if name == "id":
                message.id = int(value)
            elif name == "data":
                message.data = json.loads(value)


@pytest.fixture
async def main(database: Database) -> AsyncIterator[tuple[Store, str]]:
    """A store beside the server, as another process has it; and a key."""
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        yield store, await store.create_key("desk", "admin")


async def follow(
    url: str, upto: int, dice: random.Random | None = None, **asked: Any
) -> list[tuple[int, str]]:
    """Follow until a position is reached; with dice, hang up now and then and come back."""
    found: list[tuple[int, str]] = []
    reached = None
    async with httpx.AsyncClient(timeout=20) as client:
        while reached is None or reached < upto:
            headers = {**STREAM, **({"Last-Event-ID": str(reached)} if reached else {})}
            patience = dice.randrange(1, 9) if dice else upto + 1
            async with client.stream("GET", url + EVENTS, params=asked, headers=headers) as answer:
                assert answer.status_code == 200
                async for message in messages(answer):
                    reached = message.id
                    if message.data is not None:
                        assert message.data["position"] == message.id
                        found.append((message.data["position"], message.data["event_id"]))
                    patience -= 1
                    if reached >= upto or patience == 0:
                        break
    return found


async def test_a_follower_gets_every_event_once_by_whatever_way_it_came(
    main: tuple[Store, str], database: Database
) -> None:
    store, key = main
    every_way, rounds = 11, 6
    upto = every_way * rounds
    async with (
        served(database.app_dsn) as (url, _),
        httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=20) as client,
    ):
        following = [
            asyncio.create_task(follow(url, upto, random.Random(n) if n else None))
            for n in range(4)
        ]
        floods = asyncio.create_task(follow(url, upto, kind="flood"))

        async def in_turn(number: int) -> None:
            one = filed(f"flood-{number}", kind="flood")
            await append_at(client, url, one)
            await append_at(client, url, {"events": [filed(f"storm-{number}"), filed()]})
            lines = b"\n".join(msgspec.json.encode(filed(f"line-{n}")) for n in range(3))
            await client.post(url + EVENTS, content=lines, headers=NDJSON)
            event = read_event(msgspec.json.encode(filed(f"beside-{number}")))
            await store.append("main", Append(events=(event,)))
            await client.put(
                url + f"timelines/floods-{number}",
                json={"title": "Floods", "select": {"kind": ["flood"]}},
                headers={"If-None-Match": "*"},
            )
            await client.post(
                url + "imports",
                params={"format": "timelinejs", "speaker": f"Norvale Post {number}"},
                json={
                    "events": [
                        {"start_date": {"year": "2019"}, "text": {"headline": f"Row {n}"}}
                        for n in range(3)
                    ]
                },
            )

        await asyncio.gather(*(in_turn(number) for number in range(rounds)))
        log = (await client.get(url + EVENTS, params={"limit": 1000})).json()["events"]
        followed = [await asyncio.wait_for(each, 20) for each in following]
        filtered = await asyncio.wait_for(floods, 20)

    assert positions(log) == [*range(1, upto + 1)]
    everything = [(event["position"], event["event_id"]) for event in log]
    assert followed == [everything] * 4
    kinds = {(e["position"], e["event_id"]) for e in log if e.get("claims", {}).get("kind")}
    assert len(filtered) == rounds
    assert set(filtered) <= kinds


async def append_at(client: httpx.AsyncClient, url: str, body: Json) -> None:
    answer = await client.post(url + EVENTS, json=body)
    assert answer.status_code == 201, answer.text


async def test_a_stream_begins_where_it_is_told_and_then_goes_on(
    main: tuple[Store, str], database: Database
) -> None:
    store, _ = main

    async def say(number: int) -> None:
        event = read_event(msgspec.json.encode(filed(f"flood-{number}")))
        await store.append("main", Append(events=(event,)))

    for number in range(3):
        await say(number)
    async with served(database.app_dsn) as (url, _), httpx.AsyncClient(timeout=20) as client:
        async with client.stream(
            "GET", url + EVENTS, params={"after": "latest"}, headers=STREAM
        ) as answer:
            assert answer.headers["Content-Type"] == "text/event-stream"
            assert answer.headers["Cache-Control"] == "no-store"
            coming = messages(answer)
            beat = await anext(coming)
            await say(3)
            told = [message async for message in _until(coming, 4)]

        # A browser sends the address that it began with, and the id that it has reached.
        resumed = await follow(url, 4, after=1)
        async with client.stream(
            "GET", url + EVENTS, params={"after": 1}, headers={**STREAM, "Last-Event-ID": "3"}
        ) as answer:
            newer = [message async for message in _until(messages(answer), 4)]

    assert (beat.id, beat.data) == (3, None)
    assert [m.id for m in told if m.data] == [4]
    assert [position for position, _ in resumed] == [2, 3, 4]
    assert [m.id for m in newer if m.data] == [4]


async def _until(coming: AsyncIterator[Message], position: int) -> AsyncIterator[Message]:
    async for message in coming:
        yield message
        assert message.id is not None
        if message.id >= position:
            return


async def test_a_heartbeat_says_how_far_nothing_passed(
    main: tuple[Store, str], database: Database
) -> None:
    store, _ = main
    event = read_event(msgspec.json.encode(filed(kind="storm")))
    async with (
        served(database.app_dsn) as (url, _),
        httpx.AsyncClient(timeout=20, headers=STREAM) as client,
        client.stream("GET", url + EVENTS, params={"kind": "flood"}) as answer,
    ):
        coming = messages(answer)
        first = await anext(coming)
        await store.append("main", Append(events=(event,)))
        beats = [message async for message in _until(coming, 1)]

    assert (first.id, first.data) == (0, None)
    assert all(beat.data is None for beat in beats)
    assert beats[-1].id == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_streams_end_with_the_server(
    main: tuple[Store, str], database: Database, number: int
) -> None:
    async with served(database.app_dsn) as (url, process), httpx.AsyncClient(timeout=20) as client:
        async with client.stream("GET", url + EVENTS, headers=STREAM) as answer:
            coming = messages(answer)
            await anext(coming)
            process.send_signal(number)
            left = [message async for message in coming]
        status, out, err = await ended(process)

    # It ended as streams end, and was not cut off: another error would have been raised above.
    assert all(message.data is None for message in left)
    assert (status, out, err) == (0, "ended\n", "")


async def test_so_many_may_follow_and_no_more(
    database: Database, main: tuple[Store, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = main
    monkeypatch.setattr(store_feed, "FOLLOWERS_MOST", 1)
    feed = await store.feed("main")

    async with feed.following():
        with pytest.raises(store_feed.Unavailable, match="already follow"):
            async with feed.following():
                pass
    async with feed.following():
        assert await feed.coming(0, 0) == []
