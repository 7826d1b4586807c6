"""A load generator of its own process: keep-alive connections that each send one request at a time.

Run as `python -m bench.load HOST:PORT CONNECTIONS REQUESTS START`, with the key in DATELINE_KEY; it
prints one line of JSON. A bare protocol, since an HTTP client would take the core that is measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import sys
import time
from collections.abc import Iterator
from typing import cast

import uvloop

from bench.clash import body, report

PATH = "/v1/chronicles/main/events"
LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


def requests(host: str, start: int, count: int) -> list[bytes]:
    """Appends, ready to send: making them must not be part of what is measured."""
    dice = random.Random(start)
    made = []
    for number in range(start, start + count):
        content = body(report(number, dice))
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {os.environ['DATELINE_KEY']}\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        made.append(head.encode() + content)
    return made


class Connection(asyncio.Protocol):
    """One connection: send, wait for the whole answer, send the next."""

    def __init__(self, waiting: Iterator[bytes], took: list[float]) -> None:
        self._waiting = waiting
        self._took = took
        self._answer = b""
        self._began = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        request = next(self._waiting, None)
        if request is None:
            self._transport.close()
            self.done.set_result(None)
            return
        self._answer = b""
        self._began = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, ended, body = self._answer.partition(b"\r\n\r\n")
        if not ended or len(body) < int(LENGTH.search(head)[1]):  # type: ignore[index]
            return
        if b" 201 " not in head.partition(b"\r\n")[0]:
            self.done.set_exception(SystemExit(f"not appended: {head!r} {body[:300]!r}"))
            return
        self._took.append(time.perf_counter() - self._began)
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(SystemExit(f"the server hung up: {error}"))


async def connection(host: str, port: int, waiting: Iterator[bytes], took: list[float]) -> None:
    """Open a connection and keep it asking until nothing is left to ask."""
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(lambda: Connection(waiting, took), host, port)
    await protocol.done


async def main(address: str, connections: int, count: int, start: int) -> None:
    """Send, and print how many a second, and the latencies in milliseconds."""
    host, _, port = address.rpartition(":")
    waiting = iter(requests(address, start, count))
    took: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(*(connection(host, int(port), waiting, took) for _ in range(connections)))
    seconds = time.perf_counter() - began
    took.sort()
    print(
        json.dumps(
            {
                "connections": connections,
                "appends": len(took),
                "per_second": round(len(took) / seconds),
                "p50_ms": round(took[len(took) // 2] * 1_000, 2),
                "p99_ms": round(took[len(took) * 99 // 100] * 1_000, 2),
            }
        )
    )


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
