"""Goal: whoever replays a timeline over HTTP gets every change once and in order on one basis, in
whatever form, wherever they were interrupted and whatever is appended meanwhile.

Method: what is right is for tests/store/test_changes.py; here the forms are compared with each
other. Streams come over real sockets, from a server in a process of its own.
"""

from __future__ import annotations

import json
import re
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

import store.changes
from domain.reading import read_event
from store.known import Append
from store.store import Store
from tests.api.asking import TIMELINES, defined, filed, refused, retracted
from tests.api.test_feed import LINES, STREAM, append, main, served  # noqa: F401 -- a fixture
from tests.api.test_server import ended
from tests.conftest import Database

REPLAY = f"{TIMELINES}/norvale/replay"
SPAN = {"from": "2019-08-20", "to": "latest"}
END = {"from": "2019-08-20", "to": "2019-08-31"}
PAGE = (Path(__file__).resolve().parents[2] / "docs/replay.md").read_text(encoding="utf-8")
CURL = r"^curl (?:-N )?(?:-H '(.*?): (.*?)' ?)?(?:\\\n *)?'http://127.0.0.1:8000(.*?)'"
Json = dict[str, Any]


def reported(number: int, occurrence: str | None = None) -> Json:
    """What was said of one occurrence, each on a day of its own."""
    event = filed(occurrence or f"flood-{number}", kind="flood", title=f"Flood {number}")
    event["report"]["reported_at"] = f"2019-08-{21 + number}"
    return event


async def told(writer: httpx.AsyncClient) -> list[Json]:
    """Three floods on three days, one of them corrected and one retracted on two more."""
    places = await append(writer, defined(expected_version="none"), *map(reported, range(3)))
    first, second = places[1]["event_id"], places[2]["event_id"]
    correction = {
        **retracted(first, "flood-0", reported_at="2019-08-25", expected_version="any"),
        "type": "report.corrected",
        "claims": {"title": "High water"},
    }
    withdrawal = retracted(second, "flood-1", reported_at="2019-08-26", expected_version="any")
    return [*places, *await append(writer, correction, withdrawal)]


async def page(client: httpx.AsyncClient, **asked: Any) -> Json:
    answer = await client.get(REPLAY, params={**SPAN, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def lines_of(answer: httpx.Response) -> list[Json]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def messages_of(text: str) -> list[dict[str, str]]:
    """The messages of a stream that ended, by name of field; comments are none."""
    return [
        dict(line.split(": ", 1) for line in lines)
        for block in text.split("\n\n")
        if (lines := [line for line in block.splitlines() if not line.startswith(":")])
    ]


async def test_every_form_tells_the_same_changes(
    writer: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    await told(writer)

    whole = await page(reader)
    lines = await reader.get(REPLAY, params=SPAN, headers=LINES)
    stream = await reader.get(REPLAY, params=SPAN, headers=STREAM)

    assert [(c["known"][:10], c["occurrence"], c["change"]) for c in whole["changes"]] == [
        ("2019-08-21", "flood-0", "added"),
        ("2019-08-22", "flood-1", "added"),
        ("2019-08-23", "flood-2", "added"),
        ("2019-08-25", "flood-0", "changed"),
        ("2019-08-26", "flood-1", "removed"),
    ]
    assert (whole["basis"], whole["next"]) == (6, None)
    assert lines_of(lines) == whole["changes"]
    start, *changes, end = messages_of(stream.text)
    assert start == {"retry": "2000", "id": start["id"]}
    assert end == {"event": "end", "data": '{"basis":6}'}
    assert [json.loads(m["data"]) for m in changes] == whole["changes"]
    assert [m["id"] for m in changes] == [c["id"] for c in whole["changes"]]


async def test_pages_and_whatever_goes_on_stay_on_the_basis_that_they_began_on(
    writer: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    await told(writer)
    whole = await page(reader)
    first = await page(reader, limit=2)
    # What is appended now would come in between, and change what is told.
    await append(writer, reported(2, "flood-9"))

    pages = [first]
    while pages[-1]["next"] is not None:
        pages.append(await page(reader, limit=2, after=pages[-1]["next"]))
    rest = await reader.get(REPLAY, params={**SPAN, "after": first["next"]}, headers=LINES)
    pinned = await reader.get(first_address(rest), headers=LINES)

    assert [len(p["changes"]) for p in pages] == [2, 2, 1]
    assert [c for p in pages for c in p["changes"]] == whole["changes"]
    assert {p["basis"] for p in pages} == {6}
    assert lines_of(rest) == lines_of(pinned) == whole["changes"][2:]
    assert (await page(reader))["basis"] == 7


def first_address(answer: httpx.Response) -> str:
    address = answer.headers["Content-Location"]
    assert "basis=6" in address
    return f"http://localhost{address}"


async def test_a_stream_goes_on_after_any_id_and_then_says_that_nothing_follows(
    writer: httpx.AsyncClient, reader: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.changes, "AT_ONCE", 2)
    await told(writer)
    stream = await reader.get(REPLAY, params=SPAN, headers=STREAM)
    await append(writer, reported(2, "flood-9"))
    ids = [m["id"] for m in messages_of(stream.text) if "id" in m]

    for number, id in enumerate(ids[:-1]):
        # The header is newer than the address.
        again = await reader.get(
            REPLAY, params={**SPAN, "after": ids[0]}, headers={**STREAM, "Last-Event-ID": id}
        )
        going_on = [m["id"] for m in messages_of(again.text) if "id" in m]
        assert going_on == [id, *ids[number + 1 :]]
    done = await reader.get(REPLAY, params=SPAN, headers={**STREAM, "Last-Event-ID": ids[-1]})
    assert (done.status_code, done.text) == (204, "")


async def test_where_nothing_changed_the_basis_is_told_all_the_same(
    writer: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    await told(writer)
    span = {"from": "2019-08-27", "to": "2019-08-28"}

    stream = await reader.get(REPLAY, params=span, headers=STREAM)
    start, end = messages_of(stream.text)
    again = await reader.get(REPLAY, params=span, headers={**STREAM, "Last-Event-ID": start["id"]})

    assert start["id"] == "2019-08-27T23:59:59.999999Z/6/ffffffff-ffff-ffff-ffff-ffffffffffff"
    assert end["event"] == "end"
    assert again.status_code == 204
    assert (await page(reader, **span))["changes"] == []


OTHER = "018f0000-0000-7000-8000-00000000000a"


@pytest.mark.parametrize(
    ("asked", "status", "slug", "said"),
    [
        ({"from": "2019-09-01", "to": "2019-08-31"}, 422, "invalid", "`from` lies after `to`"),
        ({"pace": "61"}, 400, "malformed", "from 0 to 60"),
        ({"pace": "fast"}, 400, "malformed", "from 0 to 60"),
        ({"pace": "-1"}, 400, "malformed", "from 0 to 60"),
        ({"after": "6"}, 400, "malformed", "the id of a change"),
        ({"after": f"2019-08-27T23:59:59.999999Z/06/{OTHER}"}, 400, "malformed", "the id of"),
        ({"after": f"2019-08-27T24:59:59.999999Z/6/{OTHER}"}, 400, "malformed", "the id of"),
        ({"after": f"2019-08-27T23:59:59.999999Z/9/{OTHER}"}, 422, "invalid", "beyond the head"),
        ({"after": f"2019-09-27T23:59:59.999999Z/6/{OTHER}"}, 422, "invalid", "another replay"),
        ({"after": f"2019-08-27T23:59:59.999999Z/6/{OTHER}", "basis": "5"}, 422, "invalid",
         "another replay"),
        ({"limit": "0"}, 400, "malformed", "limit must be"),
        ({"basis": "99"}, 422, "invalid", "beyond the head"),
        ({"as_of": "2019"}, 400, "malformed", "Unknown query parameter"),
    ],
)  # fmt: skip
async def test_what_cannot_be_replayed_is_refused(
    writer: httpx.AsyncClient,
    reader: httpx.AsyncClient,
    asked: Json,
    status: int,
    slug: str,
    said: str,
) -> None:
    await told(writer)
    for accept in (LINES, STREAM) if "pace" in asked or "limit" in asked else ({}, LINES, STREAM):
        answer = await reader.get(REPLAY, params={**END, **asked}, headers=accept)
        refused(answer, status, slug, said)


async def test_what_no_form_or_no_timeline_has_is_refused(
    writer: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    await told(writer)

    async def ask(headers: Json, name: str = "norvale", **asked: Any) -> httpx.Response:
        path = f"{TIMELINES}/{name}/replay"
        return await reader.get(path, params={**SPAN, **asked}, headers=headers)

    refused(await ask({}, pace="1"), 400, "malformed", "leave it out")
    refused(await ask(STREAM, limit="3"), 400, "malformed", "leave limit out")
    refused(await ask({"Accept": "text/csv"}), 406, "not-acceptable", "text/event-stream")
    refused(await ask({**STREAM, "Last-Event-ID": "x"}), 400, "malformed", "Last-Event-ID")
    for headers in ({}, LINES, STREAM):
        refused(await ask(headers, "estra"), 404, "not-found", "estra")


# Playing


async def served_floods(store_: Store, count: int) -> None:
    for event in (defined(expected_version="none"), *map(reported, range(count))):
        await store_.append("main", Append(events=(read_event(msgspec.json.encode(event)),)))


async def test_the_pace_lies_between_points_and_heartbeats_in_it(
    main: tuple[Store, str],  # noqa: F811
    database: Database,
) -> None:
    await served_floods(main[0], 3)

    async with served(database.app_dsn) as (url, _), httpx.AsyncClient(timeout=20) as client:
        began = time.monotonic()
        asked = {**SPAN, "pace": "0.5"}  # heartbeats come after 0.2 s there
        stream = await client.get(url + REPLAY, params=asked, headers=STREAM)
        took = time.monotonic() - began
        lines = await client.get(url + REPLAY, params={**SPAN, "pace": "0.1"}, headers=LINES)

    # A lower bound is a promise, and holds however slow a machine is.
    assert took >= 2 * 0.5
    blocks = stream.text.split("\n\n")
    kinds = "".join(":" if block == ":" else "." for block in blocks if block)
    assert kinds == "..::.::.."
    assert [line["occurrence"] for line in lines_of(lines)] == ["flood-0", "flood-1", "flood-2"]


@pytest.mark.parametrize("form", ["stream", "lines"])
async def test_what_is_played_ends_with_the_server(
    main: tuple[Store, str],  # noqa: F811
    database: Database,
    form: str,
) -> None:
    await served_floods(main[0], 2)
    headers = STREAM if form == "stream" else LINES
    cut = False

    async with served(database.app_dsn) as (url, process), httpx.AsyncClient(timeout=20) as client:
        asked = {**SPAN, "pace": "60"}
        async with client.stream("GET", url + REPLAY, params=asked, headers=headers) as answer:
            coming = answer.aiter_text()
            got = await anext(coming)
            while "flood-0" not in got:
                got += await anext(coming)
            process.send_signal(signal.SIGTERM)
            try:
                async for text in coming:
                    got += text
            except httpx.RemoteProtocolError:
                cut = True
        status, out, _ = await ended(process)

    assert (status, out) == (0, "ended\n")
    assert "flood-1" not in got
    assert "event: end" not in got
    # Lines that end early must not look as if they were all; a stream is come back to.
    assert cut == (form == "lines")


# The page


async def test_the_examples_of_the_page_are_what_is_answered(
    writer: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    await told(writer)
    chronicle = reader.base_url.path.strip("/").rpartition("/")[2]
    shown = re.findall(CURL, PAGE, re.M)
    assert len(shown) >= 3

    for header, value, path in shown:
        path = path.replace("/main/", f"/{chronicle}/").replace("khan-shaykhun", "norvale")
        path = path.replace("pace=1", "pace=0.01")
        answer = await reader.get(
            f"http://localhost{path}", headers={header: value} if header else {}
        )
        assert answer.status_code == 200, answer.text
        assert "flood-0" in answer.text
