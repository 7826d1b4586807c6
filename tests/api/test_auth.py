"""Goal: each may do what their key allows, in the chronicle it is for, and no page may borrow it.

Method: a table of every operation against every kind of key, on servers where reading is open and
where it is not; then requests as a hostile page would send them.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from api.auth import KEYS_KEPT, Keys
from api.operation import OPERATION
from api.settings import Settings
from store.store import Store
from tests.api.asking import SERVER, filed, head_of, refused
from tests.api.conftest import asking, running

HERE = f"{SERVER}/v1/chronicles/norvale"
OPERATIONS: dict[str, tuple[str, str, Any]] = {
    "chronicles": ("GET", f"{SERVER}/v1/chronicles", None),
    "occurrences": ("GET", f"{HERE}/occurrences", None),
    "occurrence": ("GET", f"{HERE}/occurrences/bridge-at-norvale", None),
    "history": ("GET", f"{HERE}/occurrences/bridge-at-norvale/history", None),
    "similar": ("GET", f"{HERE}/occurrences/bridge-at-norvale/similar", None),
    "timelines": ("GET", f"{HERE}/timelines", None),
    "timeline": ("GET", f"{HERE}/timelines/norvale", None),
    "memento": ("GET", f"{HERE}/timelines/norvale/at/2", None),
    "timemap": ("GET", f"{HERE}/timelines/norvale/timemap", None),
    "totals": ("GET", f"{HERE}/totals?by=kind", None),
    "timeline_totals": ("GET", f"{HERE}/timelines/norvale/totals?by=kind", None),
    "actors": ("GET", f"{HERE}/actors", None),
    "places": ("GET", f"{HERE}/places", None),
    "sources": ("GET", f"{HERE}/sources", None),
    "import": (
        "POST",
        f"{HERE}/imports?format=timelinejs&speaker=Norvale%20Post",
        {"events": [{"start_date": {"year": "2019"}, "text": {"headline": "Flood"}}]},
    ),
    "filling": ("GET", f"{HERE}/timelines/norvale/filling", None),
    "diff": ("GET", f"{HERE}/timelines/norvale/diff?from=2019-08-26&to=2019-08-27", None),
    "replay": ("GET", f"{HERE}/timelines/norvale/replay?from=2019-08-26&to=2019-08-27", None),
    "append": ("POST", f"{HERE}/events", filed()),
    "feed": ("GET", f"{HERE}/events", None),
    "define": ("PUT", f"{HERE}/timelines/all", {"title": "All", "expected_version": "any"}),
    "create_chronicle": ("PUT", HERE, None),
    "live": ("GET", f"{SERVER}/health/live", None),
    "ready": ("GET", f"{SERVER}/health/ready", None),
    "problem": ("GET", f"{SERVER}/problems/conflict", None),
    "openapi": ("GET", f"{SERVER}/openapi.json", None),
    "docs": ("GET", f"{SERVER}/docs", None),
}
ANYBODY = {"live", "ready", "problem", "openapi", "docs"}
WRITES = {"append", "define", "create_chronicle", "import"}
ABOUT_NONE = {"chronicles"}
KEYS = {
    "none": None,
    "admin": ("admin", None),
    "admin here": ("admin", "norvale"),
    "admin elsewhere": ("admin", "estra"),
    "reader": ("reader", None),
    "reader here": ("reader", "norvale"),
    "reader elsewhere": ("reader", "estra"),
}


def expected(operation: str, key: str, *, open_reading: bool) -> set[int]:
    """What the table says."""
    if operation in ANYBODY or (operation not in WRITES and open_reading):
        return {200}
    if key == "none":
        return {401}
    if operation in WRITES and not key.startswith("admin"):
        return {403}
    if key.endswith("elsewhere") and operation not in ABOUT_NONE:
        return {403}
    return {200, 201}


@pytest.fixture(scope="module", params=[True, False], ids=["reading open", "reading closed"])
async def site(
    dsn: str, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Litestar, dict[str, Any], bool]]:
    """A server on the same database, with a key of each kind, and whether reading is open."""
    settings = Settings(database=dsn, host="127.0.0.1", open_reading=request.param)
    async with running(settings) as site:
        store: Store = site.state.store
        for name in ("norvale", "estra"):
            await store.create_chronicle(name)
        admin = await store.create_key("desk", "admin")
        async with asking(site, "norvale", admin) as client:
            await client.post("events", json=filed())
            await client.put("timelines/norvale", json={"title": "N", "expected_version": "any"})
        keys = {
            kind: await store.create_key(kind, *of) if of else None for kind, of in KEYS.items()
        }
        yield site, keys, request.param


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_each_key_may_do_what_its_role_and_chronicle_allow(
    site, operation: str, key: str
) -> None:
    app, keys, open_reading = site
    method, address, body = OPERATIONS[operation]
    async with asking(app, "norvale", keys[key]) as client:
        answer = await client.request(method, address, json=body)

    wanted = expected(operation, key, open_reading=open_reading)
    assert answer.status_code in wanted, answer.text
    if answer.status_code == 401:
        refused(answer, 401, "key-required", "Bearer dl_")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    if answer.status_code == 403:
        refused(answer, 403, "forbidden")


def test_the_table_has_every_operation(app: Litestar) -> None:
    declared = {
        handler.opt[OPERATION].name
        for route in app.routes
        for handler in route.route_handlers
        if OPERATION in handler.opt
    }
    assert declared == set(OPERATIONS)


async def test_a_key_of_another_chronicle_cannot_tell_what_is_there(site) -> None:
    app, keys, open_reading = site
    if open_reading:
        return
    for key in (None, keys["reader elsewhere"], keys["admin elsewhere"]):
        async with asking(app, "norvale", key) as client:
            there = await client.get("timelines")
            not_there = await client.get(f"{SERVER}/v1/chronicles/tellin/timelines")
            assert (there.status_code, there.content) == (not_there.status_code, not_there.content)


async def test_a_key_of_one_chronicle_lists_only_that_where_reading_is_closed(site) -> None:
    app, keys, open_reading = site
    async with asking(app, "norvale", keys["reader elsewhere"]) as client:
        answer = await client.get(f"{SERVER}/v1/chronicles")

    names = {c["chronicle"] for c in answer.json()["chronicles"]}
    assert (names == {"estra"}) is not open_reading


@pytest.mark.parametrize(
    "given",
    ["Bearer dl_wrong", "Bearer", "Bearer x", "Basic ZGVzazpkZXNr", "dl_wrong", "Bearer dl_\xff"],
)
async def test_a_key_that_is_none_is_refused_even_where_none_is_needed(
    reader: httpx.AsyncClient, given: str
) -> None:
    answer = await reader.get("timelines", headers={"Authorization": given.encode("latin-1")})

    refused(answer, 401, "key-required", "not in force")


async def test_a_revoked_key_is_refused_once_its_look_up_is_forgotten(
    app: Litestar, store: Store, chronicle: str, monkeypatch
) -> None:
    secret = await store.create_key("leaving", "admin")
    found = await store.key(secret)
    assert found is not None
    async with asking(app, chronicle, secret) as client:
        assert (await client.post("events", json=filed())).status_code == 201
        await store.revoke_key(found.key_id)
        monkeypatch.setattr("api.auth.time.monotonic", lambda: float("inf"))
        refused(await client.post("events", json=filed()), 401, "key-required")


async def test_a_key_is_looked_up_once_in_a_while_and_few_are_remembered(
    store: Store, monkeypatch
) -> None:
    asked: list[str] = []

    async def none(secret: str) -> None:
        asked.append(secret)

    monkeypatch.setattr(store, "key", none)
    keys = Keys()
    for _ in range(3):
        await keys.key(store, "dl_same")
    assert asked == ["dl_same"]
    for n in range(3 * KEYS_KEPT):
        await keys.key(store, f"dl_{n}")
    assert len(keys._known) <= KEYS_KEPT


async def test_the_author_of_an_event_is_its_key(
    app: Litestar, store: Store, chronicle: str
) -> None:
    headers = {"Idempotency-Key": "same"}
    for name in ("first desk", "second desk"):
        async with asking(app, chronicle, await store.create_key(name, "admin")) as client:
            answer = await client.post("events", json=filed(title=name), headers=headers)
            assert answer.status_code == 201, answer.text
            assert await head_of(client) in (1, 2)


# A hostile page


async def test_a_page_cannot_post_as_plain_text(writer: httpx.AsyncClient) -> None:
    answer = await writer.post(
        "events", content=json.dumps(filed()), headers={"Content-Type": "text/plain"}
    )

    refused(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "origin",
    [
        "https://elsewhere.example",
        "null",
        "http://localhost:3000",
        "https://localhost.x",
        "http://[x",
    ],
)
async def test_a_page_from_elsewhere_cannot_write(writer: httpx.AsyncClient, origin: str) -> None:
    answer = await writer.post("events", json=filed(), headers={"Origin": origin})

    problem = refused(answer, 403, "forbidden", origin)
    assert problem["errors"][0]["header"] == "Origin"
    assert await head_of(writer) == 0


async def test_a_page_of_the_server_itself_can_write(writer: httpx.AsyncClient) -> None:
    answer = await writer.post("events", json=filed(), headers={"Origin": SERVER})

    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    "host", ["rebound.example", "rebound.example:80", "127.0.0.1.example", "localhost.", ""]
)
async def test_a_name_that_was_bound_to_this_machine_is_not_answered(
    reader: httpx.AsyncClient, host: str
) -> None:
    for address in ("timelines", f"{SERVER}/docs", f"{SERVER}/health/live"):
        answer = await reader.get(address, headers={"Host": host})
        refused(answer, 421, "misdirected", "localhost")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000"])
async def test_the_names_of_this_machine_are_answered(reader: httpx.AsyncClient, host: str) -> None:
    answer = await reader.get(f"{SERVER}/health/live", headers={"Host": host})

    assert answer.status_code == 200


async def test_a_server_for_others_answers_to_any_name_unless_told_which(dsn: str) -> None:
    for hosts, status in ((None, 200), (("norvale.example",), 421)):
        settings = Settings(database=dsn, host="0.0.0.0", allowed_hosts=hosts)
        async with running(settings) as site, asking(site, f"of-{uuid4().hex}") as client:
            answer = await client.get(f"{SERVER}/health/live", headers={"Host": "tellin.example"})
            assert answer.status_code == status


async def test_a_server_for_others_reads_only_with_a_key(dsn: str) -> None:
    async with (
        running(Settings(database=dsn, host="0.0.0.0")) as site,
        asking(site, "norvale") as client,
    ):
        refused(await client.get("timelines"), 401, "key-required")
