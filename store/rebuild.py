"""Derives a chronicle's tables anew from its log, beside the live ones.

The log is replayed in order by the code that appends use (`Projection.replay`, `append.write`),
through the very same statements: the session has temporary tables in front of the derived ones, by
the same names, and writes into those. So appends and reads go on meanwhile, and whoever is killed
leaves no trace. In the end the lock that orders the appends is taken, what came in meanwhile is
replayed too, and the rows that are not what the log gives are replaced, in one transaction: reads
see what was there before until it is committed. Of the log, nothing is written.

Rebuilding needs the owner of the tables: the application's role may not delete.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from domain import beliefs
from domain.errors import DatelineError, NotFound
from domain.events import LINKS, MOVES, Recorded
from store.append import load_around, load_streams, write
from store.filling import complete
from store.kept import Kept
from store.known import Known, Stream
from store.projection import Projection
from store.reach import DatabaseUnreachable, answering, reaching
from store.rows import recorded
from store.statements import about_table, sql

DERIVED = 3
"""The shape of the derived tables. A migration that adds what only a replay can fill raises it."""
TABLES: dict[str, tuple[str, ...]] = {
    "belief": ("occurrence_id", "position_from", "known_from"),
    "claim": ("occurrence_id", "event_id", "position_from", "known_from"),
    "entry": ("occurrence_id", "definition", "position_from", "known_from"),
    "link": ("occurrence_id", "relation", "to_id", "position_from", "known_from"),
    "away": ("occurrence_id", "position_from", "known_from"),
    "revision": ("stream_id", "position"),
    "report": ("event_id",),
    "naming": ("kind", "id", "position_from", "ordinal"),
}
"""The tables whose rows are derived, each with the columns that tell a chronicle's rows apart: its
primary key without chronicle_id. What `Projection` writes is to be named here."""
MOVING: dict[str, tuple[str, ...]] = {"stream": ("stream_id",), "head": ()}
"""Tables whose rows are not derived, but columns of them: `version`, `changed`, `defined`."""
SHADOWED = (*TABLES, *MOVING, "filling")
LOG = ("event", "body", "stream", "stream_version")
"""What a replay reads."""
BATCH = 1_000
"""Events that are replayed in one transaction."""
NAMED = 10
"""Differences that are told one by one, of each table."""
SETTINGS = {
    "application_name": "dateline rebuild",
    "jit": "off",
    "temp_buffers": "64MB",
    "work_mem": "64MB",
    # A plan made while a table was empty would be kept, and read all of it later.
    "plan_cache_mode": "force_custom_plan",
}

Progress = Callable[[str, int, int], None]
"""Is told of a chronicle how many events are replayed, and of how many."""


class DerivedOtherwise(DatelineError):
    """Derived rows were made by other rules, or in another shape, than this version has."""

    def __init__(self, chronicle: str, found: str | None) -> None:
        super().__init__(
            f"The beliefs of chronicle {chronicle} were derived by "
            f"{found or 'an older version of Dateline'}, and this version needs {make()}. "
            "Run `dateline migrate`."
        )


class LogFaulty(DatelineError):
    """The log cannot be replayed: something in it was changed or is missing."""


class Rebuilt(Struct, frozen=True):
    """What a rebuild did to one chronicle: rows taken out and put in, table by table."""

    chronicle: str
    basis: int
    make: str
    removed: dict[str, int]
    added: dict[str, int]


class Difference(Struct, frozen=True):
    """A row that is not what the log gives.

    `fault` is "missing", "extra" (the log does not give it) or "changed", in the columns `fields`.
    `occurrence` is what the row is about: an occurrence, a stream, or what is registered.
    `position` is the one that the row counts from; None where it has none.
    """

    table: str
    fault: str
    occurrence: str | None
    position: int | None
    key: dict[str, Any]
    fields: tuple[str, ...] = ()


class Checked(Struct, frozen=True):
    """How a chronicle compares with its log: how many rows differ, by table, and the first."""

    chronicle: str
    basis: int
    differing: dict[str, int]
    first: tuple[Difference, ...]


def make() -> str:
    """What derived rows are made with today: the rules of the fold, and the tables' shape."""
    return f"{beliefs.RULES} tables/{DERIVED}"


async def check_make(connection: asyncpg.Connection) -> None:
    """Raises DerivedOtherwise where a chronicle's derived rows are of another make."""
    row = await connection.fetchrow(sql("derived_otherwise"), make())
    if row is not None:
        raise DerivedOtherwise(row["name"], row["version"])


async def rebuild_otherwise(dsn: str, progress: Progress) -> list[Rebuilt]:
    """Rebuild the chronicles whose derived rows are of another make, as the database's owner."""
    async with _connected(dsn) as connection:
        rows = await connection.fetch(sql("derived_otherwise"), make())
        return [
            await _rebuild(connection, row["chronicle_id"], row["name"], progress) for row in rows
        ]


async def rebuild(dsn: str, chronicle: str | None, progress: Progress) -> list[Rebuilt]:
    """Rebuild one chronicle, or all, as the database's owner.

    Raises NotFound, LogFaulty, DatabaseUnreachable.
    """
    async with _connected(dsn) as connection:
        return [
            await _rebuild(connection, *found, progress)
            for found in await _chronicles(connection, chronicle)
        ]


async def compare(dsn: str, chronicle: str | None, progress: Progress) -> list[Checked]:
    """Compare what is stored with what the log gives, of one chronicle or all. Nothing is written.

    Raises NotFound, LogFaulty, DatabaseUnreachable.
    """
    async with _connected(dsn) as connection:
        return [
            await _compare(connection, *found, progress)
            for found in await _chronicles(connection, chronicle)
        ]


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    with reaching():
        connection = await asyncpg.connect(dsn, server_settings=SETTINGS)
    try:
        with answering():
            yield connection
    except asyncpg.InsufficientPrivilegeError as refused:
        raise DatabaseUnreachable(
            f"Rebuilding needs the role that owns the database: {refused}."
        ) from None
    finally:
        await connection.close()


async def _chronicles(
    connection: asyncpg.Connection, chronicle: str | None
) -> list[tuple[int, str]]:
    if chronicle is None:
        names = [row["name"] for row in await connection.fetch(sql("list_chronicles"))]
    else:
        names = [chronicle]
    rows = [await connection.fetchrow(sql("chronicle_by_name"), name) for name in names]
    if None in rows:
        raise NotFound(f"There is no chronicle {chronicle!r}.")
    return [(row["chronicle_id"], row["name"]) for row in rows]


async def _rebuild(
    connection: asyncpg.Connection, chronicle_id: int, name: str, progress: Progress
) -> Rebuilt:
    replay = await Replay.beginning(connection, chronicle_id, name, progress)
    await replay.caught_up()
    async with connection.transaction():
        position = await connection.fetchval(sql("lock_live_head"), chronicle_id)
        await replay.upto(position)
        removed, added = await _swap(connection, chronicle_id)
        await connection.execute(sql("derived_as"), chronicle_id, make())
    return Rebuilt(name, position, make(), removed, added)


async def _swap(
    connection: asyncpg.Connection, chronicle_id: int
) -> tuple[dict[str, int], dict[str, int]]:
    """Put what was made in the place of what is stored, where they are not the same."""
    removed, added = {}, {}
    await connection.execute(sql("compare_whole_tables"))
    for table, key in TABLES.items():
        out = await connection.execute(about_table("rebuilt_out", table, key), chronicle_id)
        put = await connection.execute(about_table("rebuilt_in", table, key), chronicle_id)
        removed[table], added[table] = int(out.split()[-1]), int(put.split()[-1])
    for name in ("rebuilt_streams", "rebuilt_head", "rebuilt_filling"):
        await connection.execute(sql(name), chronicle_id)
    return removed, added


async def _compare(
    connection: asyncpg.Connection, chronicle_id: int, name: str, progress: Progress
) -> Checked:
    replay = await Replay.beginning(connection, chronicle_id, name, progress)
    await replay.caught_up()
    # One snapshot for all: appends go on, and are not seen.
    async with connection.transaction(isolation="repeatable_read"):
        position = await connection.fetchval(sql("live_position"), chronicle_id)
        await replay.upto(position)
        await connection.execute(sql("overlook_unfilled"), chronicle_id)
        await connection.execute(sql("compare_whole_tables"))
        differing: dict[str, int] = {}
        first: list[Difference] = []
        for table, key in {**TABLES, **MOVING}.items():
            rows = await connection.fetch(
                about_table("differences", table, key), chronicle_id, NAMED
            )
            differing[table] = rows[0]["differing"] if rows else 0
            first += [await _difference(connection, table, key, row) for row in rows]
    return Checked(name, position, differing, tuple(first))


async def _difference(
    connection: asyncpg.Connection, table: str, key: Sequence[str], row: Mapping[str, Any]
) -> Difference:
    stored = msgspec.json.decode(row["stored"] or "null")
    given = msgspec.json.decode(row["given"] or "null")
    one = stored or given
    subject = one.get("occurrence_id") or one.get("stream_id")
    if subject is not None:
        streams = await connection.fetch(sql("streams_by_id"), one["chronicle_id"], [UUID(subject)])
        subject = next((s["name"] for s in streams if s["name"]), subject)
    else:
        subject = one.get("id")  # what is registered is named by it
    fault = "missing" if stored is None else "extra" if given is None else "changed"
    both = stored.keys() if fault == "changed" else ()
    return Difference(
        table=table,
        fault=fault,
        occurrence=subject,
        position=one.get("position_from", one.get("changed", one.get("position"))),
        key={column: one[column] for column in key},
        fields=tuple(sorted(c for c in both if stored[c] != given[c])),
    )


class Replay:
    """A chronicle's log, replayed into temporary tables of one session."""

    def __init__(
        self, connection: asyncpg.Connection, chronicle_id: int, name: str, progress: Progress
    ) -> None:
        self._connection = connection
        self._chronicle_id = chronicle_id
        self._name = name
        self._progress = progress
        self._kept = Kept()
        self._reached = 0
        self._analyzed = 0

    @classmethod
    async def beginning(
        cls, connection: asyncpg.Connection, chronicle_id: int, name: str, progress: Progress
    ) -> Replay:
        """A replay that is to begin, with empty tables in front of the derived ones."""
        # Of what was imported a moment ago nobody has taken statistics. Without, a batch is planned
        # as if the chronicle had one event, and each row is compared with all others.
        await connection.execute(f"ANALYZE {', '.join(f'public.{table}' for table in LOG)}")
        for table in SHADOWED:
            await connection.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
            await connection.execute(about_table("shadow_table", table, ()))
        await connection.execute(sql("shadow_head"), chronicle_id)
        return cls(connection, chronicle_id, name, progress)

    async def caught_up(self) -> None:
        """Go on while that brings the head nearer, until it is less than a batch away.

        What then is left is replayed under the lock. Where others append faster than this can
        replay, they are made to wait for it.
        """
        left = None
        while True:
            position = await self._connection.fetchval(sql("live_position"), self._chronicle_id)
            now_left = position - self._reached
            if now_left <= BATCH or (left is not None and now_left >= left):
                return
            left = now_left
            await self.upto(position)

    async def upto(self, position: int) -> None:
        """Replay the log up to a position."""
        while self._reached < position:
            end = min(self._reached + BATCH, position)
            async with self._connection.transaction():
                await self._batch(end)
            self._reached = end
            self._progress(self._name, end, position)
            if end >= 2 * self._analyzed:
                # Nobody else does it for temporary tables.
                await self._connection.execute(f"ANALYZE {', '.join(SHADOWED)}")
                self._analyzed = end

    async def _batch(self, end: int) -> None:
        connection, chronicle_id = self._connection, self._chronicle_id
        rows = await connection.fetch(sql("log_between"), chronicle_id, self._reached, end)
        events = _by_event(rows)
        if [event.position for event, _ in events] != [*range(self._reached + 1, end + 1)]:
            raise LogFaulty(
                f"The log of {self._name} has a gap after position {self._reached}: an event is "
                "missing, or belongs to no stream."
            )
        known = await self._known(events)
        projection = Projection(known, self._kept.folds)
        for event, streams in events:
            projection.replay(event, [self._before(known, event, row) for row in streams])
        await write(connection, projection, complete)
        self._kept.committed(known.histories)

    async def _known(self, events: Sequence[tuple[Recorded, Sequence[Any]]]) -> Known:
        """What the events of a batch rest on, from what was made of those before them."""
        connection, chronicle_id = self._connection, self._chronicle_id
        head = await connection.fetchrow(sql("head_at"), chronicle_id)
        known = Known(
            chronicle_id=chronicle_id,
            position=head["position"],
            recorded_at=head["recorded_at"],
            changed=head["changed"],
            defined=head["defined"],
            now=head["now"],
            definitions=await self._kept.definitions.at(connection, chronicle_id, head["defined"]),
        )
        ids = {row["in_stream"] for _, streams in events for row in streams}
        await load_streams(connection, known, (), ids | known.definitions.keys())
        types = {event.type for event, _ in events}
        moves = not types.isdisjoint(MOVES)
        web = moves or not types.isdisjoint(LINKS)
        await load_around(connection, known, self._kept.histories, ids, web=web, moves=moves)
        return known

    def _before(self, known: Known, event: Recorded, row: Mapping[str, Any]) -> Stream:
        """A stream as it stands before an event."""
        stream_id = row["in_stream"]
        stream = known.streams.get(stream_id)
        if stream is None:
            stream = Stream(stream_id, row["in_kind"], row["in_name"], 0, 0)
        if stream.version + 1 != row["in_version"]:
            raise LogFaulty(
                f"The log of {self._name} has version {row['in_version']} of {row['in_kind']} "
                f"{row['in_name'] or stream_id} at position {event.position}, after version "
                f"{stream.version}."
            )
        return stream


def _by_event(rows: Iterable[Any]) -> list[tuple[Recorded, list[Any]]]:
    """Each event with its rows, one for each stream that it belongs to."""
    events: list[tuple[Recorded, list[Any]]] = []
    for row in rows:
        if not events or events[-1][0].position != row["position"]:
            events.append((recorded(row), []))
        events[-1][1].append(row)
    return events
