"""Filling the entries of a new definition with what was believed before it.

A definition that looks at little is filled in the append that makes it. One that selects among much
would hold up the chronicle for too long: it is written down in the table `filling`, and filled
behind the appends, in batches of the log. Until it is complete, reads filter the entries of
definition 0, which hold every occurrence, and so give what they give afterwards.

What comes of it is decided by the log alone: what was believed at the definition's position, each
row with the end that it has. Appends after the definition write its entries themselves. Each batch
holds the lock that appends hold, so that it never copies as open what an append is about to close;
it starts where the table says that the last one ended, and moves that in the same transaction. So
several processes may fill one definition, and any of them may be killed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from domain import dates
from domain.areas import Box
from domain.registries import Sought, Window
from domain.timelines import Definition
from store.reach import LOST
from store.rows import definition
from store.statements import sql

AT_ONCE = 5_000
"""A definition up to this position of the log is filled by the append that makes it."""
BATCH = 1_000
"""Events of the log that are looked through in one transaction."""
STRETCH = 10_000
"""Events of the log that are looked through in one statement, where no append waits for it."""
RETRY_SECONDS = 1.0
"""How long after the database failed it is tried again."""
SELECTED: tuple[Any, ...] = (None,) * 11
"""The filters of `selected.sql` and `sourced.sql` for entries that are all selected already."""

logger = logging.getLogger("dateline.store")


def filters(definition: Definition) -> tuple[Any, ...]:
    """What a definition selects, as the parameters of `selected.sql`, and of `sourced.sql`."""
    select, keys = definition.select, definition.keys
    if select is None:
        nothing: tuple[Any, ...] = ([], None, None, None, False, None, None, None, None)
        return (list(definition.exclude), list(definition.include), *nothing)
    during = dates.parse(select.during) if select.during else None
    return (
        list(definition.exclude),
        list(definition.include),
        list(select.kind) or None,
        list(select.tag) or None,
        during.start_earliest if during else None,
        during.end_latest if during else None,
        select.match == "certain",
        looked_for(keys.place),
        looked_for(keys.actor),
        Box(*select.bbox).unrolled if select.bbox is not None else None,
        looked_for(keys.source),
    )


def sources_only(definition: Definition) -> tuple[Any, ...]:
    """What is still to be asked of entries that a definition selected: nothing but their sources,
    unless it includes them."""
    sources = looked_for(definition.keys.source)
    return (None, list(definition.include), *SELECTED[2:-1], sources)


def looked_for(keys: Sought) -> str | None:
    """Folded keys as the parameter of `borne.sql`; None where none is asked for."""
    if not keys:
        return None
    found: dict[str, list[Window] | None] = {}
    for key in keys:
        if isinstance(key, str):
            found[key] = None
        else:
            windows = found.setdefault(key.key, [])
            assert windows is not None, "a key at any time has no windows"
            windows.append(key.window)
    return msgspec.json.encode(found).decode()


class Filler:
    """Fills the definitions of all chronicles of a database, one task for all of them.

    `at_once` is the last position at which a definition is filled by its own append, `batch` the
    number of events that are looked through in one transaction.
    """

    def __init__(self, pool: asyncpg.Pool, *, at_once: int = AT_ONCE, batch: int = BATCH) -> None:
        self._pool = pool
        self.at_once = at_once
        self.batch = batch
        self._due = False
        self._closed = False
        self._worker: asyncio.Task[None] | None = None

    def behind(self, position: int, *, selects: bool) -> bool:
        """Whether a definition at a position is filled behind the appends.

        The position decides, so that it is known from the event alone, and at no cost. A definition
        that does not select holds only what it includes.
        """
        return selects and position > self.at_once

    async def define(
        self, connection: asyncpg.Connection, chronicle_id: int, definition: Definition
    ) -> None:
        """Fill a new definition, or write down that it is to be filled: in its append's
        transaction, once all that this closes is closed."""
        if self.behind(definition.position, selects=definition.select is not None):
            await connection.execute(sql("begin_filling"), chronicle_id, definition.position)
        else:
            await complete(connection, chronicle_id, definition)

    def wake(self) -> None:
        """Fill all that is not complete, also what another process left, in the background."""
        self._due = True
        if not self._closed and (self._worker is None or self._worker.done()):
            self._worker = asyncio.create_task(self._work())

    async def close(self) -> None:
        """Stop at once. The batch under way is undone; whoever fills next goes on from there."""
        self._closed = True
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait((self._worker,))

    async def _work(self) -> None:
        while self._due:
            self._due = False
            try:
                while await self.step():
                    pass
            except Exception as error:
                told = not isinstance(error, LOST)
                logger.warning("filling is tried again: %s", error, exc_info=told)
                self._due = True
                await asyncio.sleep(RETRY_SECONDS)

    async def step(self) -> bool:
        """Look through one batch of each chronicle that has something to fill. False: none has.

        After each it rests for as long as that took, so that at least half the time is left to the
        appends that wait, whichever process they wait in.
        """
        rows = await self._pool.fetch(sql("unfilled"))
        for row in rows:
            began = time.monotonic()
            await self._one_batch(row["chronicle_id"], definition(row))
            await asyncio.sleep(time.monotonic() - began)
        return bool(rows)

    async def _one_batch(self, chronicle_id: int, definition: Definition) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.fetchrow(sql("lock_head"), chronicle_id)
            reached = await connection.fetchval(
                sql("filling_at"), chronicle_id, definition.position
            )
            if reached is None:
                return  # another process has completed it
            end = min(reached + self.batch, definition.position - 1)
            await _look(connection, chronicle_id, definition, reached, end)
            if end < definition.position - 1:
                await connection.execute(
                    sql("advance_filling"), chronicle_id, definition.position, end
                )
            else:
                await connection.execute(sql("end_filling"), chronicle_id, definition.position)


async def complete(
    connection: asyncpg.Connection, chronicle_id: int, definition: Definition
) -> None:
    """Fill all entries of a definition with what was believed before it, in one transaction."""
    if definition.select is None:
        rows = await connection.fetch(sql("included"), chronicle_id, list(definition.include))
        included = [row["occurrence_id"] for row in rows]
        await _fill(connection, chronicle_id, definition, included)
        return
    for after in range(0, definition.position - 1, STRETCH):
        end = min(after + STRETCH, definition.position - 1)
        await _look(connection, chronicle_id, definition, after, end)


async def _look(
    connection: asyncpg.Connection, chronicle_id: int, definition: Definition, after: int, upto: int
) -> None:
    """Fill what a definition selects of the occurrences that some events were the first about.

    Every occurrence has one first event: a walk through the log comes by each of them once.
    """
    rows = await connection.fetch(sql("streams_made"), chronicle_id, after, upto)
    made = [row["stream_id"] for row in rows]
    await _fill(connection, chronicle_id, definition, made)


async def _fill(
    connection: asyncpg.Connection,
    chronicle_id: int,
    definition: Definition,
    occurrences: Iterable[UUID],
) -> None:
    await connection.execute(
        sql("fill_entries"),
        chronicle_id,
        definition.position,
        *filters(definition)[:-1],
        list(occurrences),
    )
