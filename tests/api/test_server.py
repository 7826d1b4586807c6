"""Goal: a real server answers on a real socket, and ends in good order.

Method: uvicorn in a process of its own on loopback, asked over TCP and told to stop by signals.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from api.server import CannotListen, listen, serve
from api.settings import Settings
from store.store import open_store
from tests.api.asking import filed, refused

PROGRAM = """
import asyncio, sys
from api import Settings, serve
from api.server import event_loop
settings = Settings(database=sys.argv[1], port=0)
loop = {"uvloop": event_loop, "asyncio": asyncio.new_event_loop}[sys.argv[2]]
with asyncio.Runner(loop_factory=loop) as runner:
    runner.run(serve(settings, ready=lambda url: print(url, flush=True)))
print("ended", flush=True)
"""
ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def served(
    dsn: str, loop: str = "uvloop"
) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, dsn, loop,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        assert url.startswith("http://127.0.0.1:"), url
        yield url, process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    # It takes at most three seconds; a busy machine gets twice that.
    out, err = await asyncio.wait_for(process.communicate(), 6)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_in_time_and_in_good_order(database, number: int, loop: str) -> None:
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        key = await store.create_key("desk", "admin")
    async with served(database.app_dsn, loop) as (url, process), httpx.AsyncClient() as client:
        answer = await client.post(
            f"{url}/v1/chronicles/main/events",
            json=filed(),
            headers={"Authorization": f"Bearer {key}"},
        )
        assert answer.status_code == 201, answer.text
        assert (await client.get(f"{url}/v1/chronicles/main/occurrences")).status_code == 200

        # The client's connection is still open, and another sends nothing at all.
        idle = socket.create_connection((httpx.URL(url).host, httpx.URL(url).port))
        process.send_signal(number)
        status, out, err = await ended(process)
        idle.close()

    assert (status, out, err) == (0, "ended\n", "")


async def test_a_body_that_never_comes_does_not_keep_it_from_ending(database) -> None:
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        key = await store.create_key("desk", "admin")
    async with served(database.app_dsn) as (url, process):
        at = httpx.URL(url)
        _, writing = await asyncio.open_connection(at.host, at.port)
        writing.write(
            b"POST /v1/chronicles/main/events HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 100\r\n"
            b"Authorization: Bearer " + key.encode() + b"\r\n\r\n{"
        )
        await writing.drain()
        await asyncio.sleep(0.2)
        process.send_signal(signal.SIGINT)
        status, out, _ = await ended(process)
        writing.close()

    assert (status, out) == (0, "ended\n")


async def test_a_large_body_is_refused_while_it_is_still_being_sent(database) -> None:
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        key = await store.create_key("desk", "admin")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    async with served(database.app_dsn) as (url, _), httpx.AsyncClient(headers=headers) as client:
        events = f"{url}/v1/chronicles/main/events"
        refused(await client.post(events, content=b" " * 11 * 2**20), 413, "too-large")
        answer = await client.post(events, json=filed())
        assert answer.status_code == 201, answer.text


async def test_a_taken_port_is_one_clear_line() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        settings = Settings(database="postgresql://unused", port=port)

        with pytest.raises(CannotListen, match=f"Port {port} on 127.0.0.1 is taken") as refusal:
            await serve(settings, ready=lambda url: pytest.fail(f"serves at {url}"))
        assert "\n" not in refusal.value.detail


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_that_is_not_this_machine_s_is_one_clear_line(host: str) -> None:
    with pytest.raises(CannotListen, match=host):
        listen(host, 0)
