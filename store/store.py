"""The store: chronicles, their appends and their reads, over one PostgreSQL database."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct

from domain.answers import Appended, EventAppended
from domain.errors import Conflict, Invalid, NotFound
from domain.instants import text
from domain.names import SLUG_PATTERN
from store import migrate, rebuild
from store.append import Appender
from store.feed import Feed
from store.filling import AT_ONCE, BATCH, Filler
from store.known import Append, Written
from store.names import Names
from store.reach import answering, reaching
from store.read import Chronicle, Reader
from store.statements import sql

APP_ROLE = "dateline_app"
Role = Literal["admin", "reader"]
CLOSING_SECONDS = 5
"""How long connections may take to part in order, before they are cut."""
KEY_PREFIX = "dl_"


class Key(Struct, frozen=True):
    """An API key, without its secret. `chronicle` None is every chronicle.

    Times are microseconds since 1970 UTC.
    """

    key_id: UUID
    name: str
    role: str
    chronicle: str | None
    created_at: int | None = None
    revoked_at: int | None = None


class Store:
    """Everything that is kept. Open it with `open_store`."""

    def __init__(self, pool: asyncpg.Pool, filler: Filler) -> None:
        self._pool = pool
        self.filler = filler
        self._names = Names()
        self._appenders: dict[str, Appender] = {}
        self._feeds: dict[str, Feed] = {}
        self._chronicles: dict[str, Chronicle] = {}
        self._ending = asyncio.Event()

    async def chronicle(self, name: str) -> Chronicle:
        """A chronicle by its name. Raises NotFound."""
        known = self._chronicles.get(name)
        if known is None:
            row = None
            if re.fullmatch(SLUG_PATTERN, name):
                with answering():
                    row = await self._pool.fetchrow(sql("chronicle_by_name"), name)
            if row is None:
                raise NotFound(f"There is no chronicle {name!r}.")
            known = Chronicle(row["chronicle_id"], row["uuid"], row["name"])
            self._chronicles[name] = known
        return known

    async def chronicles(self) -> list[tuple[str, int]]:
        """The names of the chronicles, and the position of each one's head."""
        return [
            (row["name"], row["position"]) for row in await self._pool.fetch(sql("list_chronicles"))
        ]

    async def create_chronicle(self, name: str) -> bool:
        """Make a chronicle. False where it is there already."""
        if not re.fullmatch(SLUG_PATTERN, name) or len(name) > 60:
            raise Invalid(
                f"A chronicle is named by up to 60 lower-case letters, digits and hyphens, "
                f"not {name!r}."
            )
        for _ in range(5):
            try:
                await self._pool.execute(sql("create_chronicle"), uuid4(), name, rebuild.make())
                return True
            except asyncpg.UniqueViolationError as clash:
                if clash.constraint_name == "chronicle_name_key":
                    return False
                await asyncio.sleep(secrets.randbelow(50) / 1_000)
        raise Conflict("Many chronicles are being made at once: try again.")

    async def append(self, chronicle: str, append: Append) -> Appended:
        """Append events together or not at all. Raises DatelineError where they are refused.

        What one process asks for is appended in the order of asking.
        """
        appender = self._appenders.get(chronicle)
        if appender is None:
            appender = Appender(
                self._pool,
                lambda: self.chronicle(chronicle),
                self.filler,
                lambda: self._tell(chronicle),
            )
            self._appenders[chronicle] = appender
        try:
            with answering():
                written = await appender.append(append)
        except NotFound:
            if chronicle not in self._chronicles:
                self._appenders.pop(chronicle, None)
            raise
        return Appended(
            basis=max(w.position for w in written), events=tuple(_appended(w) for w in written)
        )

    def _tell(self, chronicle: str) -> None:
        """Let who follows a chronicle know at once that something was appended."""
        if chronicle in self._feeds:
            self._feeds[chronicle].wake()

    async def feed(self, chronicle: str) -> Feed:
        """The events of a chronicle, to read and to follow. Raises NotFound."""
        found = await self.chronicle(chronicle)
        if chronicle not in self._feeds:
            self._feeds[chronicle] = Feed(self._pool, found.chronicle_id, self._names)
        return self._feeds[chronicle]

    async def ends_within(self, seconds: float) -> bool:
        """Wait for so long; at once true where what goes on by itself is to end."""
        try:
            async with asyncio.timeout(seconds):
                await self._ending.wait()
        except TimeoutError:
            return self._ending.is_set()
        return True

    def end_feeds(self) -> None:
        """End all that follow or wait, and do not let anybody follow any more."""
        self._ending.set()
        for feed in self._feeds.values():
            feed.close()

    async def to_fill(self, chronicle: str) -> int | None:
        """How many events are still to be looked through for definitions of a chronicle that are
        not complete. None where all are."""
        found = await self.chronicle(chronicle)
        with answering():
            left: int | None = await self._pool.fetchval(sql("to_fill"), found.chronicle_id)
        return left

    # What was imported

    async def latest_reports(self, chronicle: str, records: Sequence[str]) -> list[Any]:
        """The latest report of each of these rows of data sets, as it stands at the head."""
        found = await self.chronicle(chronicle)
        with answering():
            rows: list[Any] = await self._pool.fetch(
                sql("reports_by_record"), found.chronicle_id, records
            )
        return rows

    async def records(self, chronicle: str, after: str, before: str, limit: int) -> list[str]:
        """The ids, between two, of the rows that reports were made of, in the order of bytes."""
        found = await self.chronicle(chronicle)
        with answering():
            rows = await self._pool.fetch(
                sql("records_of_dataset"), found.chronicle_id, after, before, limit
            )
        return [row["record"] for row in rows]

    @asynccontextmanager
    async def reading(self, chronicle: str) -> AsyncIterator[Reader]:
        """A reader of one chronicle. Raises NotFound."""
        found = await self.chronicle(chronicle)
        with answering():
            async with self._pool.acquire() as connection:
                yield Reader(connection, found, self._names)

    # Keys

    async def create_key(self, name: str, role: Role, chronicle: str | None = None) -> str:
        """Make a key, and return its secret: the only time that it can be seen."""
        chronicle_id = (await self.chronicle(chronicle)).chronicle_id if chronicle else None
        secret = KEY_PREFIX + secrets.token_urlsafe(32)
        await self._pool.execute(
            sql("create_key"), _hash(secret), uuid4(), chronicle_id, name, role
        )
        return secret

    async def key(self, secret: str) -> Key | None:
        """The key that a secret belongs to, unless it was revoked."""
        with answering():
            row = await self._pool.fetchrow(sql("key_by_hash"), _hash(secret))
        return Key(**row) if row is not None else None

    async def keys(self) -> list[Key]:
        """All keys, oldest first."""
        return [Key(**row) for row in await self._pool.fetch(sql("list_keys"))]

    async def revoke_key(self, key_id: UUID) -> bool:
        """End a key. False where there is none that is still good."""
        done: str = await self._pool.execute(sql("revoke_key"), key_id)
        return done == "UPDATE 1"

    async def ready(self) -> None:
        """Raises where the database does not answer, or is of another version, also in what was
        derived."""
        async with self._pool.acquire() as connection:
            await migrate.check(connection)
            await rebuild.check_make(connection)

    async def close(self) -> None:
        """Answer what was asked, then let go of the database. What is being filled is left."""
        self.end_feeds()
        await self.filler.close()
        for appender in self._appenders.values():
            await appender.close()
        try:
            await asyncio.wait_for(self._pool.close(), CLOSING_SECONDS)
        except TimeoutError:
            self._pool.terminate()


@asynccontextmanager
async def open_store(
    dsn: str, *, connections: int = 10, at_once: int = AT_ONCE, batch: int = BATCH
) -> AsyncIterator[Store]:
    """A store over a migrated database.

    Raises DatabaseOlder, DatabaseNewer, DerivedOtherwise, DatabaseUnreachable.

    Whoever the DSN names, the application's own role is what acts: it can add to history, and not
    change it. `at_once` and `batch` say how definitions are filled, see `Filler`.
    """
    with reaching():
        try:
            pool = await asyncpg.create_pool(
                dsn,
                min_size=2,
                max_size=connections,
                reset=_nothing_to_reset,
                server_settings={"role": APP_ROLE, "application_name": "dateline", "jit": "off"},
            )
        except asyncpg.InvalidParameterValueError:
            # The server does not know the role that the first migration makes.
            raise migrate.DatabaseOlder(None, migrate.head()) from None
    store = Store(pool, Filler(pool, at_once=at_once, batch=batch))
    try:
        await store.ready()
        yield store
    finally:
        await store.close()


async def _nothing_to_reset(connection: asyncpg.Connection) -> None:
    """No statement here leaves anything behind in its session, so a round trip is saved."""


def _hash(secret: str) -> bytes:
    """Keys are long and random, so a plain hash cannot be searched for."""
    return hashlib.sha256(secret.encode()).digest()


def _appended(written: Written) -> EventAppended:
    return EventAppended(
        position=written.position,
        event_id=written.event_id,
        occurrence=written.occurrence,
        timeline=written.timeline,
        actor=written.actor,
        place=written.place,
        source=written.source,
        version=written.version,
        recorded_at=text(written.recorded_at),
    )
