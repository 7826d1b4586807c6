"""Goal: a stream that broke does not look whole to whoever reads it.

Method: a real server whose writer fails on a later page is asked over TCP.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from store.store import open_store
from tests.conftest import Database
from tests.exporting import HARD, file

PROGRAM = """
import asyncio, sys
from api import Settings, exporting, serve
from api.server import event_loop
exporting.LIMIT_MOST = 2

def failing(writer):
    class Failing(writer):
        def add(self, entries):
            if len(entries) < 2:
                raise OSError("a disk, a network, a mistake of ours")
            return super().add(entries)
    return Failing

exporting.Csv = failing(exporting.Csv)
line = exporting.FORMS["ndjson"]
exporting.FORMS["ndjson"] = exporting.msgspec.structs.replace(line, writer=failing(line.writer))
sheet = exporting.FORMS["xlsx"]
exporting.FORMS["xlsx"] = exporting.msgspec.structs.replace(sheet, writer=failing(sheet.writer))
with asyncio.Runner(loop_factory=event_loop) as runner:
    settings = Settings(database=sys.argv[1], port=0)
    runner.run(serve(settings, ready=lambda url: print(url, flush=True)))
"""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def broken(database: Database) -> AsyncIterator[str]:
    """The address of a timeline on a server that fails in the middle."""
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        await file(store, "main", *HARD)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, database.app_dsn,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        assert url.startswith("http://127.0.0.1:"), url
        yield f"{url}/v1/chronicles/main/timelines/norvale"
    finally:
        process.kill()
        await process.communicate()


@pytest.mark.parametrize("name", ["csv", "ndjson"])
async def test_a_stream_that_fails_is_cut_off_before_its_end(broken: str, name: str) -> None:
    received = bytearray()

    async def read() -> None:
        async with (
            httpx.AsyncClient() as client,
            client.stream("GET", broken, params={"format": name}) as answer,
        ):
            assert answer.status_code == 200
            async for piece in answer.aiter_bytes():
                received.extend(piece)

    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        await read()

    assert b"norvale-shelling" in received
    assert b'{"end":' not in received


async def test_what_is_sent_whole_and_fails_is_a_problem(broken: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(broken, params={"format": "xlsx"})

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
