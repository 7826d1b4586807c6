"""A load generator of its own process: keep-alive connections that each send one request at a time.

Run as `python -m bench.load HOST:PORT CONNECTIONS REQUESTS START`, with the key in DATELINE_KEY; it
prints one line of JSON. Plain sockets, because an HTTP client would take the core that is measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Iterator

import uvloop

from bench.clash import body, report

PATH = "/v1/chronicles/main/events"


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


async def connection(host: str, port: int, waiting: Iterator[bytes], took: list[float]) -> None:
    """One connection: send, wait for the whole answer, send the next."""
    reader, writer = await asyncio.open_connection(host, port)
    for request in waiting:
        began = time.perf_counter()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        answer = await reader.readexactly(length)
        if " 201 " not in head.partition("\r\n")[0]:
            raise SystemExit(f"not appended: {head.splitlines()[0]} {answer[:300]!r}")
        took.append(time.perf_counter() - began)
    writer.close()


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
