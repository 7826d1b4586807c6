"""Measures Memento: the TimeGate, mementos and the TimeMap of a timeline that everything changes.

    python -m bench.revisions [OCCURRENCES]

100,000 clashes, each an event that changes the timeline, so that it has as many revisions.
Everything is made in a folder that is thrown away. Milliseconds, without HTTP.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import asyncpg

from bench.__main__ import show
from bench.clash import body, definition, report
from bench.names import timed
from domain.query import Filter, Point, Query
from domain.reading import read_event
from store.embedded import Embedded
from store.known import Append
from store.migrate import migrate
from store.statements import sql
from store.store import open_store

OCCURRENCES = 100_000
BATCH = 1_000


async def measure(embedded: Embedded, occurrences: int) -> None:
    """Fill, then look up revisions near the beginning, in the middle and at the end."""
    await migrate(embedded.owner_dsn)
    dice = random.Random(1)
    async with open_store(embedded.app_dsn) as store:
        await store.create_chronicle("main")
        await store.append("main", Append(events=(read_event(body(definition("norvale"))),)))
        for first in range(0, occurrences, BATCH):
            events = (report(n, dice) for n in range(first, min(first + BATCH, occurrences)))
            read = tuple(read_event(body(event)) for event in events)
            await store.append("main", Append(events=read))
        owner = await asyncpg.connect(embedded.owner_dsn)
        await owner.execute("VACUUM ANALYZE")
        size = await owner.fetchval("SELECT pg_total_relation_size('revision')")
        stream = await owner.fetchval("SELECT stream_id FROM stream WHERE kind = 'timeline'")
        async with store.reading("main") as reader:
            listed = await reader.revisions_after("norvale", Filter(), 0, occurrences + 1)
            show("revisions", rows=len(listed), bytes_of_table_and_index=size)
            plain, named = Filter(), Filter(place=("norvale",))
            for label, at in (
                ("first", listed[1]),
                ("middle", listed[len(listed) // 2]),
                ("last", listed[-1]),
            ):

                async def gate(instant: int = at.recorded_at) -> Any:
                    return await reader.revisions_at("norvale", plain, instant)

                async def named_gate(instant: int = at.recorded_at) -> Any:
                    return await reader.revisions_at("norvale", named, instant)

                async def page(after: int = at.position) -> Any:
                    return await reader.revisions_after("norvale", Filter(), after, 1_001)

                async def read_one(basis: int = at.position) -> Any:
                    return await reader.timeline("norvale", Query(point=Point(basis=basis)))

                await timed(f"TimeGate, {label}", gate)
                await timed(f"TimeGate by a place, {label}", named_gate)
                await timed(f"TimeMap, a page of 1,000 after the {label}", page)
                await timed(f"memento, 100 entries, {label}", read_one)
        for name, arguments in (
            ("revisions_around", (1, stream, [], occurrences // 2)),
            ("revisions", (1, stream, [], occurrences // 2, 1_001)),
        ):
            plan = await owner.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {sql(name)}", *arguments)
            print("\n".join(row[0] for row in plan), flush=True)
        await owner.close()


def main() -> None:
    """Measure in a folder that is thrown away."""
    occurrences = int(sys.argv[1]) if len(sys.argv) > 1 else OCCURRENCES
    folder = Path(tempfile.mkdtemp(prefix="dateline-bench-"))
    folder.chmod(0o711)
    embedded = Embedded(folder)
    try:
        embedded.start()
        asyncio.run(measure(embedded, occurrences))
    finally:
        embedded.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
