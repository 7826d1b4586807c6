"""Measures long histories: reports on one occurrence, one by one, in no order of `reported_at`.

    python -m bench.long_histories [memory|database]

At 100, 300 and 1,000 reports: the seconds that filing them took so far, the rows that they left and
the bytes of these, for each report. Once through `Transaction` in memory (seconds of this process),
and once through a store and a throw-away PostgreSQL (seconds by the clock, bytes on its disk).
"""

from __future__ import annotations

import asyncio
import datetime
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg

from bench.__main__ import show
from bench.clash import body
from domain.reading import read_events
from store.embedded import Embedded
from store.known import Append, Folds, Known
from store.migrate import migrate
from store.store import open_store
from store.transaction import Transaction

TOLD = (100, 300, 1_000)
FIRST_DAY = datetime.date(2019, 1, 1)
TABLES = ("belief", "claim", "entry")


def reports() -> list[Append]:
    """Reports of 40 sources on one flood, each of a day of its own, shuffled."""
    dice = random.Random(3)
    days = [FIRST_DAY + datetime.timedelta(days=n) for n in range(TOLD[-1])]
    dice.shuffle(days)
    return [Append(events=read_events(body(report(n, day, dice)))[0]) for n, day in enumerate(days)]


def report(number: int, day: datetime.date, dice: random.Random) -> dict[str, Any]:
    """One report, whose figures and dates may be those of others."""
    return {
        "type": "report.filed",
        "occurrence": "norvale-flood",
        "report": {
            "source": {"name": f"Norvale Post {number % 40}"},
            "reported_at": day.isoformat(),
        },
        "claims": {
            "title": f"Flood in Norvale, {number}",
            "kind": dice.choice(("flood", "storm")),
            "occurred": {"edtf": f"2018-12-{dice.randint(1, 28):02}"},
            "place": {"name": "Norvale"},
            "toll": [{"outcome": "killed", "exactly": dice.randrange(30)}],
            "tags": ["norvale"],
        },
    }


def in_memory() -> None:
    """Decide, fold and project, without a database."""
    now = 1_700_000_000_000_000
    known = Known(
        chronicle_id=1, position=0, recorded_at=0, changed=0, defined=0, now=now, definitions={}
    )
    folds: Folds = {}
    rows = dict.fromkeys(TABLES, 0)
    stored = 0
    began = time.process_time()
    for number, append in enumerate(reports(), start=1):
        transaction = Transaction(known, folds)
        transaction.take(append)
        made = transaction.rows
        for table, opened in zip(TABLES, (made.beliefs, made.claims, made.entries), strict=True):
            rows[table] += len(opened)
        stored += sum(len(row[6]) for row in made.beliefs)
        if number in TOLD:
            show(
                "long history in memory",
                reports=number,
                seconds=round(time.process_time() - began, 2),
                rows_per_report={table: round(n / number, 2) for table, n in rows.items()},
                belief_bytes_per_report=round(stored / number),
            )


async def in_database(embedded: Embedded) -> None:
    """File through a store, one after another."""
    await migrate(embedded.owner_dsn)
    connection = await asyncpg.connect(embedded.owner_dsn)
    async with open_store(embedded.app_dsn) as store:
        await store.create_chronicle("main")
        began = time.perf_counter()
        for number, append in enumerate(reports(), start=1):
            await store.append("main", append)
            if number in TOLD:
                seconds = time.perf_counter() - began
                await _show_stored(connection, number, seconds)
                began = time.perf_counter() - seconds
    await connection.close()


async def _show_stored(connection: asyncpg.Connection, number: int, seconds: float) -> None:
    rows, stored = {}, {}
    for table in TABLES:
        row = await connection.fetchrow(
            f"SELECT count(*), coalesce(sum(pg_column_size(t.*)), 0) FROM {table} t"  # noqa: S608
        )
        rows[table] = round(row[0] / number, 2)
        stored[table] = round(row[1] / number)
    show(
        "long history in PostgreSQL",
        reports=number,
        seconds=round(seconds, 2),
        rows_per_report=rows,
        bytes_per_report=stored,
    )


def main() -> None:
    """Measure one way, or both."""
    if sys.argv[1:] != ["database"]:
        in_memory()
    if sys.argv[1:] == ["memory"]:
        return
    folder = Path(tempfile.mkdtemp(prefix="dateline-bench-"))
    folder.chmod(0o711)
    embedded = Embedded(folder)
    try:
        embedded.start()
        asyncio.run(in_database(embedded))
    finally:
        embedded.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
