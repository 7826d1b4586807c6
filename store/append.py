"""Appending: one transaction of the log after another, each gathering what waits.

The order of a chronicle is the order in which its head row's lock is held. One worker a chronicle
takes the appends that wait, up to `GROUP_LIMIT`, decides them in memory, writes them with one COPY
a table, and commits. Each still succeeds or fails alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from domain.errors import DatelineError
from domain.events import (
    BATCH_LIMIT,
    MOVES,
    AnyEvent,
    OccurrenceLinked,
    OccurrenceMerged,
    OccurrenceSplit,
    OccurrenceUnlinked,
    OfReport,
    Recorded,
    Registering,
    ReportGraded,
    TimelineDefined,
)
from domain.homes import Away
from domain.links import Link, Web
from domain.registries import KINDS
from domain.timelines import Definition
from store.filling import Filler
from store.ids import uuid7
from store.kept import Histories, Kept
from store.known import Append, Known, Rows, Stream, Written, parse_uuid
from store.projection import Projection
from store.reach import LOST
from store.read import Chronicle
from store.rows import recorded
from store.statements import sql
from store.transaction import Transaction, after, registry_of

GROUP_LIMIT = 256
"""Appends gathered into one transaction."""
GATHER_SECONDS = 0.01
"""How long a transaction waits for more appends, while they keep coming."""
MOMENT_SECONDS = 0.001
EVENTS_IN_PASSING = 100
"""Events, new ones and those of the histories behind them, that are decided between two requests.
To decide more is left to a thread: hundreds of reports about one occurrence, given in no order,
take seconds, in which others must be answered."""
PAUSES = (0.05, 0.2, 1.0)
"""Seconds between tries of an append whose connection was lost."""
Outcome = tuple[Written, ...] | Exception


class Appender:
    """Gathers the appends to one chronicle."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        chronicle: Callable[[], Awaitable[Chronicle]],
        filler: Filler,
        committed: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._filler = filler
        self._told = committed
        self._chronicle = chronicle
        self._waiting: list[tuple[Append, asyncio.Future[tuple[Written, ...]]]] = []
        self._worker: asyncio.Task[None] | None = None
        self._kept = Kept()
        self._last = 0

    async def append(self, append: Append) -> tuple[Written, ...]:
        """Append, and return when it is committed. Raises DatelineError where it is refused.

        What is asked for first comes first, whoever waits.

        A caller that goes away does not undo what it asked for.
        """
        future: asyncio.Future[tuple[Written, ...]] = asyncio.get_running_loop().create_future()
        self._waiting.append((_with_ids(append), future))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await future

    async def close(self) -> None:
        """Wait until all that was asked is answered."""
        if self._worker is not None:
            await self._worker

    async def _work(self) -> None:
        while self._waiting:
            await self._gathered()
            self._last = min(len(self._waiting), GROUP_LIMIT)
            group, self._waiting = self._waiting[:GROUP_LIMIT], self._waiting[GROUP_LIMIT:]
            outcomes = await self._settled([append for append, _ in group])
            for (_, future), outcome in zip(group, outcomes, strict=True):
                if future.done():
                    continue
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)

    async def _gathered(self) -> None:
        """Wait for those who ask again, while each moment brings some.

        Who was answered together tends to ask again together. Without this, the first of them would
        be a group of its own, for which all others wait. A lone writer is not made to wait.
        """
        until = time.monotonic() + GATHER_SECONDS
        before = -1 if self._last > 1 else GROUP_LIMIT
        while before < len(self._waiting) < GROUP_LIMIT and time.monotonic() < until:
            before = len(self._waiting)
            await asyncio.sleep(MOMENT_SECONDS)

    async def _settled(self, appends: Sequence[Append]) -> Sequence[Outcome]:
        """Every append's outcome. What fails as a group is tried one by one.

        After a lost connection it may have been committed. Every event has its id, so asking again
        is safe: what is in the log gives its first result.
        """
        try:
            return await self._committed(appends, again=False)
        except Exception:
            return [await self._alone(append) for append in appends]

    async def _alone(self, append: Append) -> Outcome:
        for pause in (*PAUSES, None):
            try:
                return (await self._committed([append], again=True))[0]
            except LOST as error:
                if pause is None:
                    return error
                await asyncio.sleep(pause)
            except Exception as error:
                return error
        raise AssertionError("the last try returns")

    async def _committed(self, appends: Sequence[Append], *, again: bool) -> Sequence[Outcome]:
        chronicle = await self._chronicle()
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                known, outcomes = await append_all(
                    connection,
                    chronicle.chronicle_id,
                    appends,
                    self._kept,
                    self._filler,
                    again=again,
                )
        except BaseException:
            self._kept.folds.clear()  # they may hold what was rolled back
            raise
        self._kept.committed(known.histories)
        self._told()
        if any(isinstance(e, TimelineDefined) for append in appends for e in append.events):
            self._filler.wake()
        return outcomes


def _with_ids(append: Append) -> Append:
    """Every event with an id, so that one whose answer was lost can be asked for again."""
    made = set()
    events: list[AnyEvent] = []
    for event in append.events:
        if event.event_id is None:
            event = msgspec.structs.replace(event, event_id=uuid7(time.time_ns() // 1_000))
            made.add(event.event_id)
        events.append(event)
    return msgspec.structs.replace(append, events=tuple(events), made=frozenset(made))


async def append_all(
    connection: asyncpg.Connection,
    chronicle_id: int,
    appends: Sequence[Append],
    kept: Kept,
    filler: Filler,
    *,
    again: bool,
) -> tuple[Known, list[Outcome]]:
    """Lock, decide each, write. Must run in a transaction; its commit makes the outcomes true."""
    head = await connection.fetchrow(sql("lock_head"), chronicle_id)
    assert head is not None, "a chronicle has a head"
    known = await load(connection, chronicle_id, head, appends, kept, again=again)
    before = known.position
    transaction = Transaction(known, kept.folds)
    events = sum(len(append.events) for append in appends)
    if events + sum(len(history) for history in known.histories.values()) > EVENTS_IN_PASSING:
        outcomes = await asyncio.to_thread(decided, transaction, appends)
    else:
        outcomes = decided(transaction, appends)
    if known.position > before or transaction.rows.keys:
        await write(connection, transaction, filler.define)
    return known, outcomes


def decided(transaction: Transaction, appends: Sequence[Append]) -> list[Outcome]:
    """What comes of each append, in their order."""
    outcomes: list[Outcome] = []
    for append in appends:
        try:
            outcomes.append(transaction.take(append))
        except DatelineError as refused:
            outcomes.append(refused)
    return outcomes


async def load(
    connection: asyncpg.Connection,
    chronicle_id: int,
    head: Any,
    appends: Sequence[Append],
    kept: Kept,
    *,
    again: bool,
) -> Known:
    """All that the appends name, as the lock's holder may rely on it."""
    asked = Asked(again)
    for append in appends:
        asked.add(append)
    known = Known(
        chronicle_id=chronicle_id,
        position=head["position"],
        recorded_at=head["recorded_at"],
        changed=head["changed"],
        defined=head["defined"],
        now=head["now"],
        definitions=await kept.definitions.at(connection, chronicle_id, head["defined"]),
    )
    for kind in asked.registries:
        known.registries[kind] = await kept.registries.at(
            connection, chronicle_id, kind, known.position
        )
    if asked.keys:
        rows = await connection.fetch(
            sql("idempotent"), chronicle_id, [k[0] for k in asked.keys], [k[1] for k in asked.keys]
        )
        for row in rows:
            known.keys[row["author"], row["key"]] = tuple(row["positions"])
    if asked.documents:
        await _load_documents(connection, known, asked)
    positions = [p for remembered in known.keys.values() for p in remembered]
    if asked.event_ids or positions:
        for row in await connection.fetch(
            sql("events_by_id"), chronicle_id, list(asked.event_ids), positions
        ):
            event = recorded(row)
            known.events[event.event_id] = event
            known.positions[event.position] = event.event_id
            asked.ids.add(event.stream_id)
    await load_streams(connection, known, asked.names, asked.ids | known.definitions.keys())
    touched = asked.touched(known.names)
    await load_around(connection, known, kept.histories, touched, web=asked.web, moves=asked.moves)
    if asked.web:
        # A refusal names what something is a part of already.
        wholes = {to for part, to in known.web.pairs() if part in known.streams}
        await load_streams(connection, known, (), wholes - known.streams.keys())
    return known


async def load_around(
    connection: asyncpg.Connection,
    known: Known,
    kept: Histories,
    occurrences: Iterable[UUID],
    *,
    web: bool,
    moves: bool,
) -> None:
    """What it takes to derive what follows from events about some occurrences.

    `web`: whether any of these changes links or moves reports; `moves`: whether any does the last.
    """
    await _load_connected(connection, known, kept, occurrences)
    if web:
        await _load_web(connection, known)
    if moves:
        await _load_linkers(connection, known, kept)


async def _load_connected(
    connection: asyncpg.Connection, known: Known, kept: Histories, occurrences: Iterable[UUID]
) -> None:
    """The histories of some occurrences, and of all that merges and splits connect with them."""
    waiting = {
        i for i in occurrences if i in known.streams and known.streams[i].kind == "occurrence"
    } - known.histories.keys()
    while waiting:
        histories = await _histories(connection, known, kept, waiting)
        known.histories.update(histories)
        found: set[UUID] = set()
        for event in (e for events in histories.values() for e in events if e.type in MOVES):
            assert event.statement.into is not None, "a merge or a split says where to"
            found |= {event.stream_id, event.statement.into}
            known.tie(event.stream_id, event.statement.into)
        waiting = found - known.histories.keys()
        await load_streams(connection, known, (), waiting - known.streams.keys())


async def _histories(
    connection: asyncpg.Connection, known: Known, kept: Histories, occurrences: Iterable[UUID]
) -> dict[UUID, tuple[Recorded, ...]]:
    """All events of some streams: those that are not kept are read."""
    histories = {i: kept.whole(known.streams[i]) for i in occurrences}
    unread: dict[UUID, list[Recorded]] = {
        i: [] for i, events in histories.items() if events is None
    }
    if unread:
        rows = await connection.fetch(
            sql("events_of_streams"), known.chronicle_id, list(unread), known.position
        )
        for row in rows:
            unread[row["in_stream"]].append(recorded(row))
    return {i: tuple(unread[i]) if events is None else events for i, events in histories.items()}


async def _load_documents(connection: asyncpg.Connection, known: Known, asked: Asked) -> None:
    """The reports of documents, each of which is then asked for as if it had been named."""
    known.documents = dict.fromkeys(asked.documents, ())
    documents = list(asked.documents)
    for row in await connection.fetch(sql("reports_of_documents"), known.chronicle_id, documents):
        report = (row["event_id"], row["occurrence_id"])
        known.documents[row["document"]] += (report,)
        asked.event_ids.add(row["event_id"])
        asked.ids.add(row["occurrence_id"])


async def _load_web(connection: asyncpg.Connection, known: Known) -> None:
    """The links and merges of the chronicle: they are few, and a forest is checked as one."""
    known.web = Web(
        [
            Link(r["occurrence_id"], r["relation"], r["to_id"], r["known_from"], r["known_to"])
            for r in await connection.fetch(sql("all_links"), known.chronicle_id)
        ],
        [
            Away(r["occurrence_id"], r["into_id"], r["known_from"], r["known_to"])
            for r in await connection.fetch(sql("all_away"), known.chronicle_id)
        ],
    )


async def _load_linkers(connection: asyncpg.Connection, known: Known, kept: Histories) -> None:
    """Who is linked to what moves, since what they show of it changes."""
    for part, to in known.web.pairs():
        if to in known.histories and part not in known.histories:
            await load_streams(connection, known, (), {part})
            await _load_connected(connection, known, kept, {part})


class Asked:
    """What a group of appends names."""

    def __init__(self, again: bool) -> None:
        self._again = again
        self.names: set[tuple[str, str]] = set()
        self.ids: set[UUID] = set()
        self.event_ids: set[UUID] = set()
        self.keys: list[tuple[str, str]] = []
        self.documents: set[str] = set()
        self.web = False
        self.moves = False
        self.registries: set[str] = set()
        self._subjects: set[tuple[str, str]] = set()

    def add(self, append: Append) -> None:
        """Note the names and ids in one append."""
        if append.idempotency_key:
            self.keys.append((append.author or "", append.idempotency_key))
        for event in append.events:
            if event.event_id is not None and (self._again or event.event_id not in append.made):
                self.event_ids.add(event.event_id)
            if isinstance(event, TimelineDefined):
                self.names.add(("timeline", event.timeline))
                for name in (*event.include, *event.exclude):
                    self._occurrence(name)
                self.registries |= {k for k in KINDS if event.select and getattr(event.select, k)}
                continue
            if isinstance(event, Registering):
                self.names.add((registry_of(event), event.id))
                self.registries.add(registry_of(event))
                continue
            if isinstance(event, OfReport) and event.document is not None:
                self._document(event.document, event.event_id, append)
                continue
            if isinstance(event, ReportGraded):
                if event.target is not None:
                    self.event_ids.add(event.target)
                continue
            self._about(event.occurrence)
            match event:
                case OccurrenceLinked() | OccurrenceUnlinked():
                    self._about(event.to)
                    self.web = True
                case OccurrenceMerged() | OccurrenceSplit():
                    self._about(event.into)
                    self.web = self.moves = True

    def _document(self, document: str, event_id: UUID | None, append: Append) -> None:
        """Its reports; and the ids of the events about each, where they may be in the log."""
        self.documents.add(document)
        if event_id in self.event_ids:
            assert event_id is not None
            self.event_ids.update(after(event_id, count) for count in range(1, BATCH_LIMIT))

    def _about(self, name: str | None) -> None:
        if name is not None:
            self._occurrence(name)
            self._subjects.add(("occurrence", name))

    def _occurrence(self, name: str) -> None:
        as_uuid = parse_uuid(name)
        if as_uuid is not None:
            self.ids.add(as_uuid)
        else:
            self.names.add(("occurrence", name))

    def touched(self, names: dict[tuple[str, str], UUID]) -> set[UUID]:
        """The occurrences that are written to, whose histories decide."""
        return self.ids | {names[subject] for subject in self._subjects if subject in names}


async def load_streams(
    connection: asyncpg.Connection,
    known: Known,
    names: Collection[tuple[str, str]],
    ids: Collection[UUID],
) -> None:
    rows: list[Any] = []
    if names:
        rows += await connection.fetch(
            sql("streams_by_name"),
            known.chronicle_id,
            list({kind for kind, _ in names}),
            [name for _, name in names],
        )
    if ids:
        rows += await connection.fetch(sql("streams_by_id"), known.chronicle_id, list(ids))
    for row in rows:
        stream = Stream(row["stream_id"], row["kind"], row["name"], row["version"], row["changed"])
        known.streams[stream.stream_id] = stream
        if stream.name is not None:
            known.names[stream.kind, stream.name] = stream.stream_id


COLUMNS = {
    "event": (
        "chronicle_id", "position", "event_id", "type", "schema", "recorded_at", "known_from",
        "target", "causation_id", "correlation_id", "report_commitment", "claims_commitment",
        "personal_commitment",
    ),
    "body": ("chronicle_id", "position", "part", "salt", "bytes"),
    "stream": ("chronicle_id", "stream_id", "kind", "name", "version", "changed"),
    "stream_version": ("chronicle_id", "stream_id", "version", "position", "ordinal"),
    "link": (
        "chronicle_id", "occurrence_id", "known_from", "known_to", "position_from", "position_to",
        "relation", "to_id",
    ),
    "away": (
        "chronicle_id", "occurrence_id", "known_from", "known_to", "position_from", "position_to",
        "into_id",
    ),
    "revision": ("chronicle_id", "stream_id", "position"),
    "report": ("chronicle_id", "event_id", "occurrence_id", "position", "record", "document"),
    "idempotency": ("chronicle_id", "author", "key", "positions"),
    "belief": (
        "chronicle_id", "occurrence_id", "known_from", "known_to", "position_from", "position_to",
        "value",
    ),
    "claim": (
        "chronicle_id", "occurrence_id", "known_from", "known_to", "position_from", "position_to",
        "event_id", "report", "value", "corrected", "said", "source_key", "reported_from",
        "reported_to",
    ),
    "naming": (
        "chronicle_id", "kind", "id", "position_from", "position_to", "ordinal", "says", "word",
        "valid_from", "valid_to",
    ),
    "entry": (
        "chronicle_id", "occurrence_id", "known_from", "known_to", "position_from", "position_to",
        "definition", "duration_class", "earliest", "latest", "start_latest", "end_earliest",
        "ahead", "flags", "kind", "tags", "place_key", "actor_keys", "west", "south", "east",
        "north",
    ),
}  # fmt: skip
"""The columns of each table, in the order in which rows are written."""


Define = Callable[[asyncpg.Connection, int, Definition], Awaitable[None]]
"""What gives a new definition of a chronicle its entries, now or later."""


async def write(connection: asyncpg.Connection, projected: Projection, define: Define) -> None:
    """All rows that came of appends. What was open is closed before a timeline is filled."""
    known, rows = projected.known, projected.rows
    chronicle = known.chronicle_id
    streams = [known.streams[i] for i in projected.moved]
    made = [
        (chronicle, s.stream_id, s.kind, s.name, s.version, s.changed)
        for s in streams
        if s.stream_id in projected.made
    ]
    moved = [s for s in streams if s.stream_id not in projected.made]
    await _copy(connection, "event", rows.events)
    await _copy(connection, "body", rows.bodies)
    await _copy(connection, "stream", made)
    await _copy(connection, "stream_version", rows.versions)
    await _copy(connection, "report", rows.reports)
    await _copy(connection, "idempotency", rows.keys)
    if moved:
        await connection.execute(
            sql("advance_streams"),
            chronicle,
            [s.stream_id for s in moved],
            [s.version for s in moved],
            [s.changed for s in moved],
        )
    await _close(connection, chronicle, rows)
    await _copy(connection, "belief", rows.beliefs)
    await _copy(connection, "claim", rows.claims)
    await _copy(connection, "entry", rows.entries)
    await _copy(connection, "link", rows.links)
    await _copy(connection, "away", rows.aways)
    await _copy(connection, "revision", rows.revisions)
    if rows.naming:
        await _copy(connection, "naming", rows.naming)
        named = {(kind, id) for _, kind, id, *_ in rows.naming}
        await connection.execute(sql("close_naming"), chronicle, *zip(*named, strict=True))
    for definition in rows.definitions:
        await define(connection, chronicle, definition)
    await connection.execute(
        sql("advance_head"),
        chronicle,
        known.position,
        known.recorded_at,
        known.changed,
        known.defined,
    )


async def _copy(connection: asyncpg.Connection, table: str, rows: Sequence[Any]) -> None:
    if rows:
        await connection.copy_records_to_table(table, records=rows, columns=COLUMNS[table])


async def _close(connection: asyncpg.Connection, chronicle: int, rows: Rows) -> None:
    """End what is no longer believed or claimed. Each row that is meant must be there."""
    if rows.closed_beliefs:
        subjects, knowns, positions = zip(*rows.closed_beliefs, strict=True)
        done = await connection.execute(
            sql("close_beliefs"), chronicle, subjects, knowns, positions
        )
        assert done == f"UPDATE {len(subjects)}", f"beliefs are not the log's: {done}"
        await connection.execute(sql("close_entries"), chronicle, subjects, knowns, positions)
    if rows.closed_claims:
        subjects, reports, knowns, positions = zip(*rows.closed_claims, strict=True)
        done = await connection.execute(
            sql("close_claims"), chronicle, subjects, reports, knowns, positions
        )
        assert done == f"UPDATE {len(subjects)}", f"claims are not the log's: {done}"
    if rows.closed_links:
        columns = zip(*rows.closed_links, strict=True)
        done = await connection.execute(sql("close_links"), chronicle, *columns)
        assert done == f"UPDATE {len(rows.closed_links)}", f"links are not the log's: {done}"
    if rows.closed_aways:
        columns = zip(*rows.closed_aways, strict=True)
        done = await connection.execute(sql("close_away"), chronicle, *columns)
        assert done == f"UPDATE {len(rows.closed_aways)}", f"merges are not the log's: {done}"
