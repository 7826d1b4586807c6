"""Measures a server as its users meet it: over HTTP, the database durable, on one machine.

    appends      one event a request, over 1, 16 and 64 keep-alive connections
    page         100 entries as of an old day, with 100,000 occurrences
    definition   a timeline that selects two thirds of them, over HTTP as well: the append that
                 defines it, how long it is filled behind that, and the appends meanwhile

Everything is made in a folder that is thrown away. The load generator shares the machine's cores
with the server and the database: read the figures as ratios of one run.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.clash import body, definition, report
from store.embedded import Embedded
from store.migrate import migrate
from store.store import open_store

OCCURRENCES = 100_000
READS = 200
AS_OF = "2020-06-01"
HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


async def prepare(embedded: Embedded) -> str:
    """An empty chronicle, and the secret of a key to it."""
    await migrate(embedded.owner_dsn)
    async with open_store(embedded.app_dsn) as store:
        await store.create_chronicle("main")
        return await store.create_key("bench", "admin")


@contextmanager
def serving(embedded: Embedded) -> Iterator[str]:
    """A server of its own process. Yields its address, host and port."""
    address = f"{HOST}:{free_port()}"
    server = subprocess.Popen(
        [Path(sys.executable).with_name("dateline"), "serve", "--port", address.rpartition(":")[2]],
        env={**os.environ, "DATELINE_DATABASE": embedded.app_dsn},
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            try:
                if httpx.get(f"http://{address}/health/ready").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        else:
            raise SystemExit("the server did not become ready in 10 s")
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(10)


def measure_appends(address: str, key: str) -> int:
    """Print appends a second; return how many clashes there are now."""
    start = 0
    for connections, count in ((1, 1_500), (16, 12_000), (64, 24_000)):
        subprocess.run(
            [sys.executable, "-m", "bench.load", address, str(connections), str(count), str(start)],
            env={**os.environ, "DATELINE_KEY": key},
            check=True,
        )
        start += count
    return start


def fill(client: httpx.Client, start: int) -> None:
    """Batches of 1,000 until there are enough occurrences."""
    dice = random.Random(start)
    began = time.perf_counter()
    for first in range(start, OCCURRENCES, 1_000):
        events = [report(n, dice) for n in range(first, min(first + 1_000, OCCURRENCES))]
        client.post("/events", content=body(*events)).raise_for_status()
    seconds = time.perf_counter() - began
    show("filled", occurrences=OCCURRENCES, per_second=round((OCCURRENCES - start) / seconds))


def measure_page(client: httpx.Client, label: str, **asked: str) -> None:
    """Print the latencies of one read, in milliseconds."""
    took = []
    for _ in range(READS):
        began = time.perf_counter()
        answer = client.get("/timelines/norvale", params=asked).raise_for_status()
        took.append((time.perf_counter() - began) * 1_000)
    took.sort()
    show(
        label,
        entries=len(answer.json()["entries"]),
        p50_ms=round(statistics.median(took), 2),
        p95_ms=round(took[READS * 95 // 100], 2),
    )


def measure_definition(client: httpx.Client) -> None:
    """Print how long defining takes, how long filling, and the slowest append meanwhile.

    The slowest of as many appends while nothing is filled stands beside it.
    """
    dice = random.Random(OCCURRENCES)
    numbers = iter(range(OCCURRENCES, 10 * OCCURRENCES))
    began = time.perf_counter()
    client.post("/events", content=body(definition("norvale"))).raise_for_status()
    defined = time.perf_counter() - began
    took = []
    while not client.get("/timelines/norvale/filling").raise_for_status().json()["complete"]:
        took.append(append_one(client, report(next(numbers), dice)))
    complete = time.perf_counter() - began
    alone = [append_one(client, report(next(numbers), dice)) for _ in took]
    show(
        "definition",
        append_ms=round(defined * 1_000, 1),
        complete_s=round(complete, 2),
        appends_meanwhile=len(took),
        p50_ms=round(statistics.median(took or [0]), 1),
        slowest_ms=round(max(took, default=0), 1),
        p50_ms_afterwards=round(statistics.median(alone or [0]), 1),
        slowest_ms_afterwards=round(max(alone, default=0), 1),
    )


def append_one(client: httpx.Client, event: dict[str, object]) -> float:
    """How long one append takes, in milliseconds."""
    began = time.perf_counter()
    client.post("/events", content=body(event)).raise_for_status()
    return (time.perf_counter() - began) * 1_000


def show(label: str, **figures: object) -> None:
    """One line of JSON for each measurement."""
    print(json.dumps({"measured": label, **figures}), flush=True)


def main() -> None:
    """Run every measurement."""
    folder = Path(tempfile.mkdtemp(prefix="dateline-bench-"))
    folder.chmod(0o711)  # the database's own account must be able to pass through
    embedded = Embedded(folder)
    try:
        embedded.start()
        key = asyncio.run(prepare(embedded))
        with serving(embedded) as address:
            start = measure_appends(address, key)
            client = httpx.Client(
                base_url=f"http://{address}/v1/chronicles/main",
                headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
                timeout=120,
            )
            fill(client, start)
            measure_definition(client)
            measure_page(client, "as of an old day", as_of=AS_OF)
            measure_page(client, "as of an old day, newest first", as_of=AS_OF, sort="-occurred")
            measure_page(client, "latest")
            measure_page(client, "as of an old day, during a month", as_of=AS_OF, during="2019-08")
    finally:
        embedded.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
