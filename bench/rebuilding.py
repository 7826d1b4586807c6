"""Measures rebuilding and checking a chronicle: events a second, and the most memory that it takes.

    python -m bench.rebuilding [EVENTS]

One report an occurrence, with a timeline that selects two thirds of them, as in `bench`; and then a
tenth as many events more that correct, merge and grade. The database is a throw-away one. Memory
is that of the process that rebuilds, without PostgreSQL's.
"""

from __future__ import annotations

import asyncio
import random
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from bench.__main__ import show
from bench.clash import body, definition, report
from domain.reading import read_events
from store import rebuild
from store.embedded import Embedded
from store.known import Append
from store.migrate import migrate
from store.store import Store, open_store

EVENTS = 100_000
BATCH = 500


def change(number: int, dice: random.Random) -> dict[str, Any]:
    """An event about clashes that were filed before: a correction, a merge or a grade."""
    filed = dice.randrange(number)
    target, about = str(UUID(int=filed + 1)), f"norvale-clash-{filed}"
    said = {"reason": "Counted again.", "reported_at": "2026-01-01"}
    match dice.randrange(3):
        case 0:
            claims = {"toll": [{"outcome": "killed", "exactly": dice.randrange(9)}]}
            changed = {"type": "report.corrected", "target": target, "fault": "source"}
            return {**changed, "occurrence": about, "claims": claims, **said}
        case 1:
            other = f"norvale-clash-{dice.randrange(number)}"
            return {"type": "occurrence.merged", "occurrence": about, "into": other, **said}
        case _:
            return {"type": "report.graded", "target": target, "grade": "B2", **said}


async def fill(store: Store, events: int) -> None:
    """Append the reports in batches, and the changes alone, since some are refused."""
    dice = random.Random(1)
    filed = events * 10 // 11
    for first in range(0, filed, BATCH):
        batch = [
            {**report(n, dice), "event_id": str(UUID(int=n + 1))}
            for n in range(first, min(first + BATCH, filed))
        ]
        await _append(store, batch)
        if first == 0:
            await _append(store, [definition("norvale")])
    for first in range(filed, events, BATCH):
        changes = [
            {**change(filed, dice), "expected_version": "any"}
            for _ in range(first, min(first + BATCH, events))
        ]
        await asyncio.gather(*(_append(store, [one]) for one in changes), return_exceptions=True)


async def _append(store: Store, events: list[dict[str, Any]]) -> None:
    read, _ = read_events(body(*events))
    await store.append("main", Append(events=read))


async def measure(embedded: Embedded, events: int) -> None:
    """Fill, check, rebuild what is as it should be, and rebuild what is not there."""
    await migrate(embedded.owner_dsn)
    async with open_store(embedded.app_dsn) as store:
        await store.create_chronicle("main")
        began = time.perf_counter()
        await fill(store, events)
        took = time.perf_counter() - began
        ((_, position),) = await store.chronicles()
    show("appended", events=position, per_second=round(position / took))
    show_memory("before", {})
    for name, doing in (("checked", rebuild.compare), ("rebuilt", rebuild.rebuild)):
        began = time.perf_counter()
        (done,) = await doing(embedded.owner_dsn, "main", lambda *_: None)
        took = time.perf_counter() - began
        assert not any(getattr(done, "differing", getattr(done, "added", {})).values()), done
        show_memory(name, {"events": done.basis, "per_second": round(done.basis / took)})
    connection = await asyncpg.connect(embedded.owner_dsn)
    await connection.execute("TRUNCATE belief, claim, entry, link, away, naming")
    await connection.close()
    began = time.perf_counter()
    (done,) = await rebuild.rebuild(embedded.owner_dsn, "main", lambda *_: None)
    took = time.perf_counter() - began
    show_memory("rebuilt from nothing", {"per_second": round(position / took), **done.added})


def show_memory(name: str, figures: dict[str, Any]) -> None:
    """Figures, and the most memory that this process ever had."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    show(name, most_mib=round(most / 1024), **figures)


def main() -> None:
    """Measure in a folder that is thrown away."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    folder = Path(tempfile.mkdtemp(prefix="dateline-bench-"))
    folder.chmod(0o711)
    embedded = Embedded(folder)
    try:
        embedded.start()
        asyncio.run(measure(embedded, events))
    finally:
        embedded.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
