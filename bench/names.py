"""Measures what names in filters cost: finding what they stand for, and pages that are filtered.

    python -m bench.names [OCCURRENCES]

10,000 places with an alias each, 500 in each of 20 provinces of one country; 100,000 clashes in
them (or as many as asked for), by an actor that bore its name for ever, and by one that bore three
names in succession. Names are found by reading the whole registry, as filters did; by the index
that they use; and where they were asked for before. Milliseconds of this process and PostgreSQL,
without HTTP; the database is a throw-away one.
"""

from __future__ import annotations

import asyncio
import datetime
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg

from bench.__main__ import show
from bench.clash import FIRST_DAY, body, report
from domain.query import Filter, Point, Query
from domain.reading import read_events
from domain.registries import expanded
from store.embedded import Embedded
from store.filling import looked_for
from store.known import Append
from store.migrate import migrate
from store.names import Names
from store.read import Reader
from store.rows import registrations
from store.statements import sql
from store.store import Store, open_store

OCCURRENCES = 100_000
PLACES = 10_000
PROVINCES = 20
BATCH = 1_000
TIMES = 30


def places() -> list[dict[str, Any]]:
    """The registrations of a country, its provinces and their towns."""
    made = [_place("estra", None)]
    made += [_place(f"province-{n}", "estra") for n in range(PROVINCES)]
    return made + [_place(f"town-{n}", f"province-{n % PROVINCES}") for n in range(PLACES)]


def _place(id: str, within: str | None) -> dict[str, Any]:
    names = {"name": id.replace("-", " ").title(), "aliases": [f"Al-{id.title()}"]}
    return {"type": "place.registered", "id": id, **names, "within": within}


def actors() -> list[dict[str, Any]]:
    """One that always had its names, and one whose names are of a third of the time each."""
    thirds = [(FIRST_DAY + datetime.timedelta(days=n * 1_217)).isoformat() for n in (0, 1, 2, 3)]
    names = [
        {"name": f"Estra Front {n}", "valid_from": thirds[n], "valid_to": thirds[n + 1]}
        for n in range(3)
    ]
    named = {"type": "actor.registered", "name": "Norvale Guard", "aliases": ["Guard of Norvale"]}
    front = {"type": "actor.registered", "name": "Estra Union", "valid_from": thirds[3]}
    return [{**named, "id": "guard"}, {**front, "id": "front", "aliases": names}]


def clash(number: int, dice: random.Random) -> dict[str, Any]:
    """A clash in one of the towns. Half are by the actor of three names, under any of these."""
    event = report(number, dice)
    event["claims"]["place"]["name"] = f"Town {number % PLACES}"
    if number % 2:
        event["claims"]["actors"] = [{"name": f"Estra Front {dice.randrange(3)}"}]
    return event


async def fill(store: Store, occurrences: int) -> None:
    """Register, and then file."""
    dice = random.Random(1)
    events = [*places(), *actors(), *(clash(n, dice) for n in range(occurrences))]
    for first in range(0, len(events), BATCH):
        read, _ = read_events(body(*events[first : first + BATCH]))
        await store.append("main", Append(events=read))


async def timed(label: str, doing: Callable[[], Awaitable[Any]], times: int = TIMES) -> Any:
    """Print the first and the median of some runs, in milliseconds; return what came of it."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        done = await doing()
        took.append((time.perf_counter() - began) * 1_000)
    figures = {"first_ms": took[0], "p50_ms": statistics.median(took), "most_ms": max(took[1:])}
    show(label, **{name: round(figure, 2) for name, figure in figures.items()})
    return done


async def measure(embedded: Embedded, occurrences: int) -> None:
    """Fill, find names both ways, and read pages."""
    await migrate(embedded.owner_dsn)
    async with open_store(embedded.app_dsn) as store:
        await store.create_chronicle("main")
        await fill(store, occurrences)
        connection = await asyncpg.connect(embedded.owner_dsn)
        await connection.execute("VACUUM ANALYZE")
        await connection.close()
        async with store.reading("main") as reader:
            ((_, position),) = await store.chronicles()
            for asked in ("town-77", "Al-Town 77", "province-7", "estra"):
                await find(reader, asked, position)
        for label, filter in {
            "no filter": Filter(),
            "an actor without validity": Filter(actor=("guard",)),
            "an actor with validity": Filter(actor=("front",)),
            "a town": Filter(place=("town-77",)),
            "a country": Filter(place=("estra",)),
        }.items():
            await page(store, label, filter, position)


async def find(reader: Reader, asked: str, position: int) -> None:
    """What a name stands for: by the whole registry, and by the index."""
    connection, chronicle = reader._connection, reader._id

    async def whole() -> Any:
        rows = await connection.fetch(sql("registered"), chronicle, "place", position, 0)
        return expanded(registrations(rows), (asked,))

    async def indexed() -> Any:
        return (await Names().meant(connection, chronicle, "place", (asked,), position)).keys

    kept = Names()

    async def again() -> Any:
        return (await kept.meant(connection, chronicle, "place", (asked,), position)).keys

    before = await timed(f"{asked}, the whole registry", whole, 5)
    after = await timed(f"{asked}, by the index", indexed)
    assert looked_for(before) == after, f"not the {len(before)} keys of the whole registry"
    await timed(f"{asked}, kept", again)
    show(asked, keys=len(before))


async def page(store: Store, label: str, filter: Filter, position: int) -> None:
    """A page of 100, its names found first."""

    async def read() -> Any:
        async with store.reading("main") as reader:
            return await reader.occurrences(Query(point=Point(basis=position), filter=filter))

    listing = await timed(f"page, {label}", read)
    show(label, entries=len(listing.entries))


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
