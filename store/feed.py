"""The feed: the events of a chronicle in the order of its log, page by page or as they come.

Positions have no gaps, and are committed in their order under the head's lock. So whoever has all
events up to one position has missed none, whichever process wrote them, and goes on after it. What
decides is the head, which is looked at again and again while anybody follows; an append of this
process only makes that sooner.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from domain import answers
from domain.answers import EventTold, FeedPage
from domain.errors import Invalid, Unavailable
from domain.events import MAX_POSITION
from domain.instants import text
from domain.query import LIMIT_DEFAULT, FeedQuery
from domain.registries import Sought, Window, bears
from store.names import Names
from store.reach import LOST, answering
from store.rows import recorded
from store.statements import sql

POLL_SECONDS = 0.25
"""How often the head is looked at while anybody follows."""
RETRY_SECONDS = 1.0
"""How long after the database failed it is asked again."""
AT_ONCE = 500
"""Events that are read in one statement."""
LOOKED_THROUGH = 5_000
"""Events that are looked through for one page, so that rare ones do not take forever."""
RECENT = 5_000
"""Events that are kept for those who follow; who is further behind reads them."""
FOLLOWERS_MOST = 2_000
READERS = 2
"""Statements at a time for those who are behind, so that they take no connection from appends."""

logger = logging.getLogger("dateline.store")


class PlaceThen(Struct, frozen=True, array_like=True):
    """A place by its folded name, and the calendar seconds between which something may have
    happened there; None where nobody knows when."""

    key: str
    since: int | None
    until: int

    @property
    def time(self) -> Window | None:
        """When that was."""
        return (self.since, self.until) if self.since is not None else None


class Told(Struct, frozen=True):
    """An event of the feed, its JSON, and the kinds and places that it is found by."""

    shown: EventTold
    json: bytes
    kinds: frozenset[str]
    places: tuple[PlaceThen, ...]


_places = msgspec.json.Decoder(tuple[PlaceThen, ...])


class Passing(Struct, frozen=True):
    """What events must be to be told. `place` is None where any place passes."""

    type: frozenset[str]
    kind: frozenset[str]
    place: Sought | None

    @property
    def by_occurrence(self) -> bool:
        """Whether the occurrence that an event is about decides."""
        return bool(self.kind) or self.place is not None

    def __call__(self, told: Told) -> bool:
        """Whether an event is one of these."""
        return (
            (not self.type or told.shown.type in self.type)
            and (not self.kind or not self.kind.isdisjoint(told.kinds))
            and (
                self.place is None
                or any(bears(self.place, (at.key,), at.time) for at in told.places)
            )
        )


class Feed:
    """The events of one chronicle, for everybody in this process who reads or follows them."""

    def __init__(self, pool: asyncpg.Pool, chronicle_id: int, names: Names) -> None:
        self._pool = pool
        self._id = chronicle_id
        self._known_names = names
        self._reading = asyncio.Semaphore(READERS)
        self._followers = 0
        self._entering = asyncio.Lock()
        self._watch: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._came = asyncio.Event()
        self._recent: list[Told] = []
        """The last events up to `_reached`."""
        self._reached = 0
        self._closed = False

    # Pages

    async def start(self, query: FeedQuery) -> tuple[int, int]:
        """The position to begin after, and the head. Raises Invalid for what lies beyond it."""
        head = await self._head()
        if query.after is None:
            return head, head
        if query.after > head:
            raise Invalid(
                f"after {query.after} lies beyond the head: the last event is at position {head}.",
                where="after",
            )
        return query.after, head

    async def passing(self, query: FeedQuery) -> Passing:
        """What events must be to be told. Places stand for what they are registered as now."""
        places = None
        if query.place:
            with answering():
                async with self._pool.acquire() as connection:
                    meant = await self._known_names.meant(
                        connection, self._id, "place", query.place, MAX_POSITION
                    )
                    places = meant.sought
        return Passing(query.type, query.kind, places)

    async def page(self, query: FeedQuery) -> FeedPage:
        """Events that pass, up to a limit, or to as many as are looked through at once."""
        passing = await self.passing(query)
        after, head = await self.start(query)
        limit = query.limit or LIMIT_DEFAULT
        reached = after
        found: list[EventTold] = []
        while reached < min(head, after + LOOKED_THROUGH) and len(found) < limit:
            for told in await self.between(reached, head, passing):
                reached = told.shown.position
                if passing(told):
                    found.append(told.shown)
                if len(found) == limit:
                    break
        return FeedPage(events=tuple(found), basis=head, next=reached)

    async def between(self, after: int, upto: int, passing: Passing | None = None) -> list[Told]:
        """The next events after a position, some of them where there are many."""
        upto = min(upto, after + AT_ONCE)
        by_occurrence = passing is None or passing.by_occurrence
        with answering():
            async with self._reading, self._pool.acquire() as connection:
                rows = await connection.fetch(
                    sql("events_told"), self._id, after, upto, by_occurrence
                )
                names = await self._names(connection, rows)
        return [_told(row, names) for row in rows]

    async def _head(self) -> int:
        with answering():
            row = await self._pool.fetchrow(sql("head_at"), self._id)
        position: int = row["position"]
        return position

    async def _names(
        self, connection: asyncpg.Connection, rows: Sequence[Mapping[str, Any]]
    ) -> dict[UUID, str]:
        """The names of the occurrences that events refer to by their ids."""
        ids: set[UUID] = set()
        for row in rows:
            statement = recorded(row).statement
            ids.update((*statement.include, *statement.exclude))
            ids.update(one for one in (statement.to, statement.into) if one is not None)
        if not ids:
            return {}
        streams = await connection.fetch(sql("streams_by_id"), self._id, list(ids))
        return {s["stream_id"]: s["name"] or str(s["stream_id"]) for s in streams}

    # Following

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Around whoever follows. Raises Unavailable where too many do."""
        if self._followers >= FOLLOWERS_MOST:
            raise Unavailable(f"{FOLLOWERS_MOST:,} already follow this chronicle: try again later.")
        self._followers += 1
        try:
            async with self._entering:
                if self._watch is None:
                    self._recent, self._reached = [], await self._head()
                    self._watch = asyncio.create_task(self._watching())
            yield
        finally:
            self._followers -= 1
            if self._followers == 0 and self._watch is not None:
                self._watch.cancel()
                self._watch = None

    async def coming(self, after: int, patience: float) -> list[Told] | None:
        """The next events after a position, at once where there are any.

        None came within so many seconds where the list is empty; None where it was closed.
        """
        until = asyncio.get_running_loop().time() + patience
        while not self._closed:
            if after < self._reached:
                kept_after = self._reached - len(self._recent)
                if after >= kept_after:
                    at = after - kept_after
                    return self._recent[at : at + AT_ONCE]
                return await self.between(after, self._reached)
            came = self._came
            try:
                async with asyncio.timeout_at(until):
                    await came.wait()
            except TimeoutError:
                return []
        return None

    def wake(self) -> None:
        """Something was appended: look at once."""
        self._woken.set()

    def close(self) -> None:
        """End all that follow."""
        self._closed = True
        self._came.set()

    async def _watching(self) -> None:
        while True:
            self._woken.clear()
            try:
                head = await self._head()
                while self._reached < head:
                    self._recent += await self.between(self._reached, head)
                    del self._recent[:-RECENT]
                    self._reached = self._recent[-1].shown.position
                    came, self._came = self._came, asyncio.Event()
                    came.set()
            except Exception as error:
                lost = isinstance(error, (Unavailable, *LOST))
                logger.warning("the feed looks again: %s", error, exc_info=not lost)
                await asyncio.sleep(RETRY_SECONDS)
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                continue


def _told(row: Mapping[str, Any], names: Mapping[UUID, str]) -> Told:
    event = recorded(row)
    statement = event.statement
    subject = row["in_name"] or str(event.stream_id)
    shown = EventTold(
        position=event.position,
        event_id=event.event_id,
        type=event.type,
        recorded_at=text(event.recorded_at),
        known_from=text(event.known_from) if event.known_from is not None else None,
        version=event.version,
        report=statement.report,
        claims=answers.claims_shown(event.claims) if event.claims is not None else None,
        target=event.target,
        document=statement.document,
        fault=statement.fault,
        grade=statement.grade,
        reason=statement.reason,
        relation=statement.relation,
        to=names[statement.to] if statement.to is not None else None,
        into=names[statement.into] if statement.into is not None else None,
        reports=statement.reports,
        title=statement.title,
        description=statement.description,
        select=statement.select,
        include=tuple(names[one] for one in statement.include),
        exclude=tuple(names[one] for one in statement.exclude),
        registered=statement.registered,
        causation_id=event.causation_id,
        correlation_id=event.correlation_id,
        **{row["in_kind"]: subject},
    )
    return Told(
        shown,
        msgspec.json.encode(shown),
        frozenset(row["kinds"] or ()),
        _places.decode(row["places"] or "[]"),
    )
