"""Measures how soon each of many followers has an event, over HTTP.

    python -m bench.followers [FOLLOWERS] [EVENTS] [A_SECOND]

Starts a throw-away PostgreSQL and a server; the followers are connections of this process, as bare
as those of `bench.load`. An event's time runs from just before it is sent to be appended to when
its message has been read by a follower, so that it holds the append itself.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import cast

import httpx
import uvloop

from bench.__main__ import prepare, serving, show
from bench.clash import body, report
from store.embedded import Embedded

EVENTS_AT = "/v1/chronicles/main/events"
MESSAGE = re.compile(rb"(?:^|\n)id: ([0-9]+)\ndata: ")


class Follower(asyncio.Protocol):
    """One connection that follows, and notes when each event came."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._rest = b""
        self.came: dict[int, list[float]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(
            f"GET {EVENTS_AT}?after=latest HTTP/1.1\r\nHost: {self._host}\r\n"
            "Accept: text/event-stream\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        whole, ended, self._rest = (self._rest + data).rpartition(b"\n\n")
        for position in MESSAGE.findall(whole + ended):
            self.came.setdefault(int(position), []).append(now)


async def main(host: str, key: str, followers: int, events: int, a_second: float) -> None:
    """Follow, append, and print how long it took until each follower had each event."""
    address, _, port = host.rpartition(":")
    loop = asyncio.get_running_loop()
    made = [
        (await loop.create_connection(lambda: Follower(host), address, int(port)))[1]
        for _ in range(followers)
    ]
    await asyncio.sleep(2)
    dice = random.Random(0)
    sent: dict[int, float] = {}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(headers=headers) as client:
        for number in range(events):
            began = time.perf_counter()
            content = body(report(number, dice))
            answer = await client.post(f"http://{host}{EVENTS_AT}", content=content)
            sent[json.loads(answer.content)["basis"]] = began
            await asyncio.sleep(max(0, began + 1 / a_second - time.perf_counter()))
    await asyncio.sleep(3)
    took = sorted(
        at - sent[position] for one in made for position, all in one.came.items() for at in all
    )
    missed = sum(sent.keys() != one.came.keys() for one in made)
    twice = sum(len(all) > 1 for one in made for all in one.came.values())
    show(
        "the time until a follower has an event",
        followers=followers,
        events=events,
        a_second=a_second,
        followers_that_missed=missed,
        told_twice=twice,
        p50_ms=round(took[len(took) // 2] * 1_000, 1),
        p99_ms=round(took[len(took) * 99 // 100] * 1_000, 1),
        longest_ms=round(took[-1] * 1_000, 1),
    )


if __name__ == "__main__":
    given = [*sys.argv[1:], *("1000", "100", "5")[len(sys.argv) - 1 :]]
    folder = Path(tempfile.mkdtemp(prefix="dateline-bench-"))
    folder.chmod(0o711)
    embedded = Embedded(folder)
    try:
        embedded.start()
        secret = asyncio.run(prepare(embedded))
        with serving(embedded) as served:
            uvloop.run(main(served, secret, int(given[0]), int(given[1]), float(given[2])))
    finally:
        embedded.stop()
        shutil.rmtree(folder)
