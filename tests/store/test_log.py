"""Goal: the log is one order of whole appends, each written once, and never changed.

Method: two stores with connections of their own race on one database; batches, keys and ids are
sent again; the application's role tries to change history; connections are cut, also between a
COMMIT and its answer, by a wire that the test holds. What the log must look like is read from its
tables as their owner.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

import seeds
from domain.answers import Appended
from domain.claims import Claims
from domain.errors import Conflict, Invalid, NotFound, Unavailable, WrongExpectedVersion
from domain.events import AnyEvent, Envelope, Personal, Statement, StreamVersion
from domain.reading import read_event
from store.known import Append
from store.store import Store, open_store

TABLES = (
    "head", "event", "body", "stream", "stream_version", "report", "idempotency", "link", "belief",
    "claim", "entry",
)  # fmt: skip


@pytest.fixture
async def store(database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        await store.chronicle("main")  # known by now: what is sent at once stays in order
        yield store


@pytest.fixture
async def other(database, store: Store) -> AsyncIterator[Store]:
    """A second store on the same database, as another process would have."""
    async with open_store(database.app_dsn) as other:
        yield other


@pytest.fixture
async def owner(database) -> AsyncIterator[asyncpg.Connection]:
    """Sees and may do everything."""
    connection = await asyncpg.connect(database.owner_dsn)
    yield connection
    await connection.close()


def event(**said: Any) -> AnyEvent:
    return read_event(msgspec.json.encode(said))


def report(occurrence: str = "norvale-bridge", title: str = "Battle", **more: Any) -> AnyEvent:
    return event(
        type="report.filed",
        occurrence=occurrence,
        report={"source": {"name": "Norvale Watch"}, "reported_at": "2019-08-20"},
        claims={"title": title},
        **more,
    )


def correction(target: UUID, version: int | str, title: str = "Clash", **more: Any) -> AnyEvent:
    return event(
        type="report.corrected",
        occurrence="norvale-bridge",
        target=str(target),
        fault="source",
        reason="A fuller account",
        claims={"title": title},
        expected_version=version,
        **more,
    )


async def append(store: Store, *events: AnyEvent, **more: Any) -> Appended:
    return await store.append("main", Append(events=events, **more))


async def contents(owner: asyncpg.Connection) -> dict[str, list[Any]]:
    return {
        table: sorted(tuple(map(str, row)) for row in await owner.fetch(f"TABLE {table}"))
        for table in TABLES
    }


async def assert_log_is_whole(owner: asyncpg.Connection) -> None:
    """Positions and versions without gaps, recorded times rising, the head at the end."""
    events = await owner.fetch("SELECT position, recorded_at FROM event ORDER BY position")
    assert [row["position"] for row in events] == [*range(1, len(events) + 1)]
    times = [row["recorded_at"] for row in events]
    assert times == sorted(set(times))
    head = await owner.fetchrow("SELECT position, recorded_at FROM head")
    assert tuple(head) == (len(events), times[-1])
    streams = await owner.fetch(
        "SELECT array_agg(version ORDER BY position) AS versions, array_agg(position) AS positions "
        "FROM stream_version GROUP BY stream_id"
    )
    for stream in streams:
        assert stream["versions"] == [*range(1, len(stream["versions"]) + 1)]
    at = sorted(position for stream in streams for position in stream["positions"])
    assert at == [*range(1, len(events) + 1)]


# Races


async def test_of_two_that_race_on_a_version_one_wins_and_the_other_learns_both_versions(
    store: Store, other: Store, owner: asyncpg.Connection
) -> None:
    (filed,) = (await append(store, report())).events

    for version in range(1, 101):
        stores = (store, other) if version % 2 else (other, store)
        outcomes = await asyncio.gather(
            *(append(s, correction(filed.event_id, version, f"By {n}"))
              for n, s in enumerate(stores)),
            return_exceptions=True,
        )  # fmt: skip

        (won,) = [o for o in outcomes if isinstance(o, Appended)]
        (lost,) = [o for o in outcomes if isinstance(o, WrongExpectedVersion)]
        assert won.events[0].version == version + 1
        assert won.basis == version + 1
        assert (lost.expected, lost.actual) == (version, version + 1)
        assert f"version {version + 1}" in lost.detail
        assert f"version {version} " in lost.detail

    await assert_log_is_whole(owner)
    assert await owner.fetchval("SELECT count(*) FROM event") == 101


async def test_of_two_that_race_to_make_an_occurrence_one_makes_it(
    store: Store, other: Store, owner: asyncpg.Connection
) -> None:
    for number in range(20):
        name = f"norvale-{number}"
        outcomes = await asyncio.gather(
            append(store, report(name, expected_version="none")),
            append(other, report(name, expected_version="none")),
            return_exceptions=True,
        )
        (lost,) = [o for o in outcomes if isinstance(o, WrongExpectedVersion)]
        assert (lost.expected, lost.actual) == ("none", 1)
        assert len([o for o in outcomes if isinstance(o, Appended)]) == 1

    await assert_log_is_whole(owner)
    assert await owner.fetchval("SELECT count(*) FROM stream") == 20


async def test_many_writers_in_two_stores_leave_one_order_without_gaps(
    store: Store, other: Store, owner: asyncpg.Connection
) -> None:
    async def write(store: Store, writer: int) -> list[Appended]:
        answers = []
        for number in range(15):
            batch = [report(f"norvale-{(writer + n) % 5}") for n in range(1 + number % 3)]
            answers.append(await append(store, *batch))
        return answers

    answers = await asyncio.gather(*(write((store, other)[w % 2], w) for w in range(8)))

    await assert_log_is_whole(owner)
    told = [answer for of_writer in answers for answer in of_writer]
    positions = sorted(e.position for answer in told for e in answer.events)
    assert positions == [*range(1, len(positions) + 1)]
    for answer in told:
        at = [e.position for e in answer.events]
        assert at == [*range(at[0], at[0] + len(at))], "a batch stands together"
        assert answer.basis == at[-1]
    for of_writer in answers:
        bases = [answer.basis for answer in of_writer]
        assert bases == sorted(bases), "what one writer waited for stands before what it sent next"


async def test_chronicles_count_each_for_itself(store: Store) -> None:
    await store.create_chronicle("estra")
    same = report(event_id=str(uuid4()))

    here = await append(store, report("tellin-road"), same)
    there = await store.append("estra", Append(events=(same,)))

    assert [e.position for e in here.events] == [1, 2]
    assert [e.position for e in there.events] == [1]


# The same, sent again


async def test_an_event_sent_again_by_its_id_gives_its_first_result(
    store: Store, other: Store, owner: asyncpg.Connection
) -> None:
    filed = report(event_id=str(uuid4()))
    first = await append(store, filed)
    corrected = correction(filed.event_id, 1, event_id=str(uuid4()))
    second = await append(store, corrected)
    await append(store, report("estra-market"))
    before = await contents(owner)

    assert await append(other, filed) == first
    assert await append(other, corrected) == second, "though the version it names has passed"
    assert await contents(owner) == before


async def test_an_event_sent_twice_at_once_by_its_id_is_written_once(
    store: Store, other: Store, owner: asyncpg.Connection
) -> None:
    for number in range(1, 21):
        filed = report(event_id=str(uuid4()))
        answers = await asyncio.gather(
            append(store, filed), append(other, filed), append(store, filed)
        )
        assert answers[0] == answers[1] == answers[2]
        assert answers[0].basis == number

    await assert_log_is_whole(owner)


FILED = {
    "type": "report.filed",
    "occurrence": "norvale-bridge",
    "report": {"source": {"name": "Norvale Watch"}, "reported_at": "2019-08-20"},
    "claims": {"title": "Battle", "tags": ["norvale"]},
}


OTHER_CONTENT = (
    {**FILED, "claims": {"title": "Battle"}},
    {**FILED, "claims": {"title": "battle", "tags": ["norvale"]}},
    {**FILED, "occurrence": "estra-market"},
    {**FILED, "occurrence": "never-seen"},
    {**FILED, "report": {"source": {"name": "Norvale Watch"}}},
    {**FILED, "report": {**FILED["report"], "grade": "A1"}},
    {
        "type": "timeline.defined",
        "timeline": "norvale",
        "title": "Norvale",
        "expected_version": "any",
    },
)


@pytest.mark.parametrize("by", ["id", "key"])
async def test_other_content_under_a_known_id_or_key_is_a_conflict(
    store: Store, other: Store, owner: asyncpg.Connection, by: str
) -> None:
    await append(store, report("estra-market"))
    known = {"event_id": str(uuid4())} if by == "id" else {}
    key = None if by == "id" else "key-1"
    await append(store, event(**FILED, **known), idempotency_key=key)
    before = await contents(owner)

    for other_content in OTHER_CONTENT:
        with pytest.raises(Conflict):
            await append(other, event(**other_content, **known), idempotency_key=key)
        assert await contents(owner) == before


async def test_a_request_sent_again_by_its_key_gives_its_first_result(
    store: Store, other: Store, owner: asyncpg.Connection
) -> None:
    batch = (report(), report("estra-market"), report())
    first = await append(store, *batch, idempotency_key="key-1", author="editor")
    before = await contents(owner)

    assert await append(other, *batch, idempotency_key="key-1", author="editor") == first
    assert await contents(owner) == before
    with pytest.raises(Conflict):
        await append(other, *batch[:2], idempotency_key="key-1", author="editor")
    another = await append(other, *batch, idempotency_key="key-1", author="another editor")
    assert another.basis == 6, "keys belong to who sends them"


async def test_a_key_is_remembered_also_where_its_events_were_there_before(
    store: Store, other: Store
) -> None:
    filed = report(event_id=str(uuid4()))
    first = await append(store, filed)

    assert await append(store, filed, idempotency_key="key-1") == first
    with pytest.raises(Conflict):
        await append(other, report("estra-market"), idempotency_key="key-1")
    assert await append(other, filed, idempotency_key="key-1") == first


async def test_a_request_sent_twice_at_once_by_its_key_is_written_once(
    store: Store, other: Store, owner: asyncpg.Connection
) -> None:
    for number in range(1, 21):
        asked = [
            append(s, report(), report("estra-market"), idempotency_key=f"key-{number}")
            for s in (store, other, store)
        ]
        answers = await asyncio.gather(*asked)
        assert answers[0] == answers[1] == answers[2]
        assert answers[0].basis == 2 * number

    await assert_log_is_whole(owner)


async def test_a_failure_is_not_remembered(store: Store, other: Store) -> None:
    filed = report(event_id=str(uuid4()), expected_version=1)
    with pytest.raises(WrongExpectedVersion):
        await append(store, filed, idempotency_key="key-1")

    await append(store, report())

    answer = await append(other, filed, idempotency_key="key-1")
    assert [e.version for e in answer.events] == [2]
    assert await append(store, filed, idempotency_key="key-1") == answer


# All or nothing


BAD = {
    "a passed version": (report(expected_version="none"), WrongExpectedVersion),
    "an unknown target": (correction(uuid4(), "any"), NotFound),
    "an impossible date": (
        event(**{**FILED, "claims": {"occurred": {"edtf": "2019-02-30"}}}),
        Invalid,
    ),
    "an unknown occurrence in a definition": (
        event(
            type="timeline.defined",
            timeline="norvale",
            title="Norvale",
            include=["never-seen"],
            expected_version="none",
        ),
        NotFound,
    ),
    "a known id with other content": (
        report(title="Other words", event_id=str(UUID(int=7))),
        Conflict,
    ),
}


@pytest.mark.parametrize("bad", BAD)
async def test_one_bad_event_in_a_batch_is_named_and_nothing_is_written(
    store: Store, owner: asyncpg.Connection, bad: str
) -> None:
    await append(store, report(event_id=str(UUID(int=7))))
    await append(
        store,
        event(type="timeline.defined", timeline="all", title="All", select={}, expected_version=0),
    )
    wrong, fault = BAD[bad]
    before = await contents(owner)

    for index in range(5):
        batch = [report(), report("estra-market"), report(), report("tellin-road")]
        batch.insert(index, wrong)
        with pytest.raises(fault) as refused:
            await append(store, *batch, idempotency_key="key-1")

        assert refused.value.index == index
        assert await contents(owner) == before


async def test_a_refused_batch_leaves_no_trace_in_those_committed_with_it(
    store: Store, owner: asyncpg.Connection
) -> None:
    await append(store, report())
    good = [append(store, report("estra-market", event_id=str(uuid4()))) for _ in range(3)]
    bad = [
        append(
            store,
            report("norvale-bridge", "Never written"),
            report("tellin-road", "Never written"),
            report("norvale-bridge", expected_version="none"),
        )
        for _ in range(2)
    ]

    first, refused, second, also_refused, third = await asyncio.gather(
        good[0], bad[0], good[1], bad[1], good[2], return_exceptions=True
    )

    assert [o.basis for o in (first, second, third)] == [2, 3, 4]
    for fault in (refused, also_refused):
        assert isinstance(fault, WrongExpectedVersion)
        assert (fault.index, fault.actual) == (2, 2), "its own first event counts in it"
    await assert_log_is_whole(owner)
    assert await owner.fetchval("SELECT count(*) FROM stream WHERE name = 'tellin-road'") == 0
    for table in ("body", "belief", "claim"):
        for row in await owner.fetch(f"TABLE {table}"):
            assert b"Never written" not in b" ".join(v for v in row if isinstance(v, bytes))


# Append-only by the database


LOG = ("event", "body", "stream_version", "idempotency", "link", "chronicle")
UPDATE = "UPDATE {} SET chronicle_id = chronicle_id"
REMOVE = ("DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}")


@pytest.mark.parametrize(
    ("tables", "changes"),
    [
        (
            ("event", "body", "stream_version", "idempotency", "link", "chronicle"),
            (UPDATE, *REMOVE),
        ),
        (("belief", "claim", "entry", "report", "stream"), (UPDATE, *REMOVE)),
        (("belief", "claim"), ("UPDATE {} SET value = value", "UPDATE {} SET known_to = known_to")),
        (("head",), REMOVE),
    ],
    ids=["the log", "what is derived", "the values of what is derived", "the head"],
)
async def test_the_application_cannot_change(
    database, store: Store, tables: tuple[str, ...], changes: tuple[str, ...]
) -> None:
    await append(store, report())
    connection = await asyncpg.connect(database.app_dsn)
    try:
        for change in changes:
            for table in tables:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(change.format(table))
    finally:
        await connection.close()


async def test_the_application_is_no_superuser_even_where_the_dsn_names_one(
    database, server: str
) -> None:
    superuser = urlsplit(server)._replace(path=f"/{database.name}").geturl()
    for dsn in (database.app_dsn, superuser):
        async with open_store(dsn) as store, store._pool.acquire() as connection:
            role = await connection.fetchrow(
                "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls "
                "FROM pg_roles WHERE rolname = current_user"
            )
            assert tuple(role) == ("dateline_app", False, False, False, False)


# Commitments and leaves


async def test_every_commitment_is_the_hash_of_the_salt_and_the_stored_bytes(
    store: Store, owner: asyncpg.Connection
) -> None:
    for line in seeds.events().splitlines():
        await append(store, read_event(line), author="editor")
    (filed,) = (await append(store, report())).events
    await append(store, correction(filed.event_id, 1))

    events = await owner.fetch("SELECT * FROM event")
    bodies = await owner.fetch("SELECT * FROM body")

    assert len(events) > 20
    stated = {
        (row["position"], part): row[f"{part}_commitment"]
        for row in events
        for part in ("report", "claims", "personal")
        if row[f"{part}_commitment"] is not None
    }
    stored = {
        (row["position"], row["part"]): hashlib.sha256(row["salt"] + row["bytes"]).digest()
        for row in bodies
    }
    assert stored == stated
    assert len({row["salt"] for row in bodies}) == len(bodies), "one salt for each body"
    shapes = {"report": Statement, "claims": Claims, "personal": Personal}
    for row in bodies:
        msgspec.json.decode(row["bytes"], type=shapes[row["part"]])


EXACT = 2**53 - 1
"""Beyond this, JSON readers disagree on what an integer is."""
ids = st.uuids()
EPOCH = datetime(1970, 1, 1)
instants_ = st.datetimes().map(lambda at: (at - EPOCH) // timedelta(microseconds=1))
"""Microseconds since 1970, of the years 1 to 9999."""
hashes = st.binary(min_size=32, max_size=32)
envelopes = st.builds(
    Envelope,
    chronicle=ids,
    position=st.integers(1, EXACT),
    event_id=ids,
    type=st.sampled_from(["report.filed", "report.corrected", "timeline.defined"]),
    schema=st.integers(1, 32_767),
    recorded_at=instants_,
    known_from=st.none() | instants_,
    target=st.none() | ids,
    causation_id=st.none() | ids,
    correlation_id=st.none() | ids,
    streams=st.lists(
        st.builds(
            StreamVersion,
            kind=st.sampled_from(["occurrence", "timeline", "actor"]),
            stream=ids,
            version=st.integers(1, EXACT),
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
    commitments=st.dictionaries(st.sampled_from(["report", "claims", "personal"]), hashes),
)


def plain(envelope: Envelope) -> dict[str, Any]:
    """An envelope as JSON values, written out without msgspec."""

    def text(value: UUID | None) -> str | None:
        return None if value is None else str(value)

    def moment(at: int | None) -> str | None:
        if at is None:
            return None
        return (EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds") + "Z"

    return {
        "chronicle": text(envelope.chronicle),
        "position": envelope.position,
        "event_id": text(envelope.event_id),
        "type": envelope.type,
        "schema": envelope.schema,
        "recorded_at": moment(envelope.recorded_at),
        "known_from": moment(envelope.known_from),
        "target": text(envelope.target),
        "causation_id": text(envelope.causation_id),
        "correlation_id": text(envelope.correlation_id),
        "streams": [
            {"kind": s.kind, "stream": str(s.stream), "version": s.version}
            for s in sorted(envelope.streams, key=lambda s: (s.kind, s.stream.int, s.version))
        ],
        "commitments": {part: bytes.hex(c) for part, c in envelope.commitments.items()},
    }


@given(envelopes)
def test_the_bytes_of_a_leaf_are_those_of_rfc_8785(envelope: Envelope) -> None:
    assert envelope.canonical() == rfc8785.dumps(plain(envelope))
    assert envelope.leaf() == hashlib.sha256(b"\x00" + envelope.canonical()).digest()


LEAF = Envelope(
    chronicle=UUID("018f0000-0000-7000-8000-000000000001"),
    position=7,
    event_id=UUID("018f0000-0000-7000-8000-0000000000aa"),
    type="report.corrected",
    schema=1,
    recorded_at=1_566_950_400_000_000,
    known_from=1_566_863_999_999_999,
    target=UUID("018f0000-0000-7000-8000-0000000000bb"),
    causation_id=None,
    correlation_id=None,
    streams=(
        StreamVersion("timeline", UUID(int=1), 3),
        StreamVersion("occurrence", UUID(int=2), 2),
    ),
    commitments={"report": bytes(32), "claims": bytes(range(32)), "personal": b"\xff" * 32},
)


def test_a_leaf_never_changes() -> None:
    assert LEAF.canonical() == (
        b'{"causation_id":null,"chronicle":"018f0000-0000-7000-8000-000000000001","commitments":'
        b'{"claims":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f","personal":'
        b'"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff","report":'
        b'"0000000000000000000000000000000000000000000000000000000000000000"},"correlation_id":'
        b'null,"event_id":"018f0000-0000-7000-8000-0000000000aa","known_from":'
        b'"2019-08-26T23:59:59.999999Z","position":7,"recorded_at":"2019-08-28T00:00:00.000000Z",'
        b'"schema":1,"streams":[{"kind":"occurrence","stream":"00000000-0000-0000-0000-000000000002","version":2},{"kind":"timeline",'
        b'"stream":"00000000-0000-0000-0000-000000000001","version":3}],"target":'
        b'"018f0000-0000-7000-8000-0000000000bb","type":"report.corrected"}'
    )
    assert LEAF.leaf().hex() == "a16c422fa7715f2e5ddc8e35241e8cb3bfbe0fe0d1e498300cf412f0169518d0"


@pytest.mark.parametrize("said", ["1650", "0001-01-01", "1684-07-27"])
def test_a_leaf_of_an_old_report_holds_only_what_every_json_reader_keeps(
    said: str,
) -> None:
    from domain.instants import parse

    old = msgspec.structs.replace(LEAF, known_from=parse(said, name="reported_at").known)

    assert old.canonical() == rfc8785.dumps(plain(old))


# Lost connections


class Wire:
    """A wire to PostgreSQL that a test can cut at a COMMIT, before it or behind it."""

    def __init__(self, dsn: str) -> None:
        self._address = urlsplit(dsn)
        self.cut = ""
        """`before` a COMMIT reaches the server, or `behind` it: done, and the answer lost."""
        self.times = 0
        """How many commits are still to be cut."""
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def dsn(self, port: int) -> str:
        return (
            f"postgresql://{self._address.username}@127.0.0.1:{port}{self._address.path}"
            "?sslmode=disable"
        )

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = parse_qs(self._address.query)
        port = int(asked.get("port", [self._address.port or 5432])[0])
        host = unquote(asked.get("host", [self._address.hostname or "localhost"])[0])
        if host.startswith("/"):
            opened = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            opened = await asyncio.open_connection(host, port)
        self._writers |= {writer, opened[1]}
        for task in (
            asyncio.create_task(self._to_server(reader, writer, *opened)),
            asyncio.create_task(self._to_client(opened[0], writer)),
        ):
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _to_server(
        self,
        client: asyncio.StreamReader,
        client_writer: asyncio.StreamWriter,
        server: asyncio.StreamReader,
        server_writer: asyncio.StreamWriter,
    ) -> None:
        with suppress(OSError):
            while sent := await client.read(2**16):
                if self.times and b"COMMIT;\x00" in sent:
                    self.times -= 1
                    client_writer.transport.abort()
                    if self.cut == "behind":
                        server_writer.write(sent)
                        await server_writer.drain()
                        # The server closes once it has done what it was asked and reads this end.
                        server_writer.write_eof()
                        return
                    break
                server_writer.write(sent)
                await server_writer.drain()
        server_writer.transport.abort()

    async def _to_client(
        self, server: asyncio.StreamReader, client_writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while answered := await server.read(2**16):
                if not client_writer.transport.is_closing():
                    client_writer.write(answered)
                    await client_writer.drain()
        client_writer.transport.abort()

    async def close(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def wired(database) -> AsyncIterator[tuple[Wire, Store]]:
    wire = Wire(database.app_dsn)
    server = await asyncio.start_server(wire.connect, "127.0.0.1", 0)
    try:
        async with open_store(wire.dsn(server.sockets[0].getsockname()[1])) as store:
            await store.chronicle("main")
            yield wire, store
    finally:
        server.close()
        await wire.close()


async def filed_and_corrected(store: Store) -> UUID:
    (filed,) = (await append(store, report())).events
    await append(store, correction(filed.event_id, 1))
    return filed.event_id


@pytest.mark.parametrize("cut", ["before", "behind"])
async def test_an_append_that_loses_its_commit_is_written_once_and_answered_truly(
    database, store: Store, owner: asyncpg.Connection, cut: str
) -> None:
    target = await filed_and_corrected(store)
    async with wired(database) as (wire, cut_off):
        wire.cut, wire.times = cut, 1

        answer = await append(
            cut_off,
            correction(target, 2, "First of two"),
            correction(target, 3, "Second of two"),
            idempotency_key="key-1",
        )

        assert wire.times == 0
    assert [(e.position, e.version) for e in answer.events] == [(3, 3), (4, 4)]
    written = await owner.fetch("SELECT event_id FROM event WHERE position > 2 ORDER BY position")
    assert [row["event_id"] for row in written] == [e.event_id for e in answer.events]
    await assert_log_is_whole(owner)


@pytest.mark.parametrize("cut", ["before", "behind"])
async def test_appends_gathered_in_a_commit_that_is_lost_are_each_written_once(
    database, store: Store, owner: asyncpg.Connection, cut: str
) -> None:
    target = await filed_and_corrected(store)
    async with wired(database) as (wire, cut_off):
        wire.cut, wire.times = cut, 2

        *answers, clash = await asyncio.gather(
            append(cut_off, report("estra-market")),
            append(cut_off, report("estra-market"), report("tellin-road")),
            append(cut_off, correction(target, 2)),
            append(cut_off, correction(target, 2)),
            return_exceptions=True,
        )

        assert wire.times == 0
    assert [answer.basis for answer in answers] == [3, 5, 6]
    assert isinstance(clash, WrongExpectedVersion)
    assert (clash.expected, clash.actual) == (2, 3)
    assert await owner.fetchval("SELECT count(*) FROM event") == 6
    await assert_log_is_whole(owner)


async def test_an_append_that_never_reaches_the_log_is_an_error_and_can_be_sent_again(
    database, store: Store, owner: asyncpg.Connection
) -> None:
    target = await filed_and_corrected(store)
    before = await contents(owner)
    again = correction(target, 2, event_id=str(uuid4()))
    async with wired(database) as (wire, cut_off):
        wire.cut, wire.times = "before", 1_000

        with pytest.raises(Unavailable):
            await append(cut_off, again)

        assert await contents(owner) == before
        wire.times = 0
        assert (await append(cut_off, again)).basis == 3
    await assert_log_is_whole(owner)


async def test_an_append_whose_fate_stays_unknown_is_an_error_and_can_be_asked_for_again(
    database, store: Store, owner: asyncpg.Connection
) -> None:
    target = await filed_and_corrected(store)
    again = correction(target, 2, event_id=str(uuid4()))
    async with wired(database) as (wire, cut_off):
        wire.cut, wire.times = "behind", 1_000

        with pytest.raises(Unavailable):
            await append(cut_off, again)

        wire.times = 0
        assert (await append(cut_off, again)).basis == 3
    assert await owner.fetchval("SELECT count(*) FROM event") == 3
    await assert_log_is_whole(owner)


async def test_an_append_whose_backend_is_ended_while_it_waits_is_written_once(
    database, server: str, store: Store, owner: asyncpg.Connection
) -> None:
    target = await filed_and_corrected(store)
    superuser = await asyncpg.connect(server)
    try:
        async with owner.transaction():
            await owner.execute("SELECT FROM head FOR UPDATE")
            waiting = asyncio.create_task(append(store, correction(target, 2)))
            ended = None
            while ended is None:
                ended = await superuser.fetchval(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                    "WHERE datname = $1 AND wait_event_type = 'Lock'",
                    database.name,
                )
            assert ended
        answer = await waiting
    finally:
        await superuser.close()

    assert [(e.position, e.version) for e in answer.events] == [(3, 3)]
    await assert_log_is_whole(owner)


async def test_a_caller_that_goes_away_does_not_undo_what_it_asked_for(
    store: Store, owner: asyncpg.Connection
) -> None:
    await append(store, report())
    async with owner.transaction():
        await owner.execute("SELECT FROM head FOR UPDATE")
        gone = asyncio.create_task(append(store, report("estra-market")))
        stays = asyncio.create_task(append(store, report("estra-market")))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
    assert (await stays).basis == 3
    await assert_log_is_whole(owner)


# Failures of SQL


async def test_one_that_the_database_refuses_does_not_fail_those_committed_with_it(
    store: Store, owner: asyncpg.Connection
) -> None:
    await owner.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF position('Unwritable'::bytea IN NEW.bytes) > 0 THEN
                RAISE EXCEPTION 'the disk has had enough';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    await owner.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON body FOR EACH ROW EXECUTE FUNCTION refuse()"
    )

    *written, refused, last = await asyncio.gather(
        append(store, report()),
        append(store, report("estra-market"), report()),
        append(store, report(title="Unwritable"), report("tellin-road")),
        append(store, report()),
        return_exceptions=True,
    )

    assert isinstance(refused, asyncpg.RaiseError)
    assert [answer.basis for answer in (*written, last)] == [1, 3, 4]
    assert await owner.fetchval("SELECT count(*) FROM event") == 4
    assert await owner.fetchval("SELECT count(*) FROM stream WHERE name = 'tellin-road'") == 0
    await assert_log_is_whole(owner)
