"""Measures a replay of a whole timeline over HTTP, as lines.

    python -m bench.replaying [EVENTS]

The events are those of `bench.rebuilding`: reports of ten years, a tenth of them corrected, merged
or graded later. Beside it what it replaces, a difference for each point of knowledge: 200 of them
are asked for, and the rest is reckoned from these.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import httpx

from bench.__main__ import prepare, serving, show
from bench.rebuilding import fill
from store.embedded import Embedded
from store.store import open_store

EVENTS = 20_000
ROUNDS = 3
DIFFERENCES = 200
TIMELINE = "/v1/chronicles/main/timelines/norvale"
SPAN = {"from": "2015-12-31", "to": "latest"}
LINES = {"Accept": "application/x-ndjson"}


async def filled(embedded: Embedded, events: int) -> None:
    """Append the events."""
    async with open_store(embedded.app_dsn) as store:
        await fill(store, events)


def measure(client: httpx.Client) -> None:
    """Replay it some times, and then ask for differences."""
    points: list[str] = []
    for number in range(ROUNDS):
        began, first, changes, size = time.perf_counter(), 0.0, 0, 0
        points.clear()
        with client.stream("GET", f"{TIMELINE}/replay", params=SPAN, headers=LINES) as answer:
            for line in answer.iter_lines():
                first = first or time.perf_counter() - began
                changes, size = changes + 1, size + len(line) + 1
                known = json.loads(line)["known"]
                if not points or points[-1] != known:
                    points.append(known)
        took = time.perf_counter() - began
        show(
            f"replayed, round {number + 1}",
            changes=changes,
            points=len(points),
            mib=round(size / 2**20, 1),
            first_ms=round(first * 1_000),
            seconds=round(took, 2),
            per_second=round(changes / took),
        )
    asked = [*pairwise(points)][:DIFFERENCES]
    began = time.perf_counter()
    for earlier, later in asked:
        client.get(f"{TIMELINE}/diff", params={"from": earlier, "to": later}).raise_for_status()
    took = time.perf_counter() - began
    show(
        "a difference for each point",
        differences=len(asked),
        seconds=round(took, 2),
        all_of_them=round(took / len(asked) * len(points), 1),
    )


def main() -> None:
    """Measure in a folder that is thrown away."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    folder = Path(tempfile.mkdtemp(prefix="dateline-bench-"))
    folder.chmod(0o711)
    embedded = Embedded(folder)
    try:
        embedded.start()
        asyncio.run(prepare(embedded))
        asyncio.run(filled(embedded, events))
        with serving(embedded) as address:
            measure(httpx.Client(base_url=f"http://{address}", timeout=60))
    finally:
        embedded.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
