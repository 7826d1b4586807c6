"""Goal: what is derived can be dropped and rebuilt from the log, byte for byte, beside live rows.

Method: random histories go through the store, some appends gathered into one transaction. Then the
derived rows are deleted and rebuilt, and every row must be there again as it was; or they are
tampered with, and each fault must be named, and mended. The log must not have been touched: not
even a row's own transaction number may change.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import DatelineError, NotFound
from domain.reading import read_event
from store import rebuild
from store.known import Append
from store.rebuild import (
    MOVING,
    TABLES,
    DerivedOtherwise,
    LogFaulty,
    compare,
    rebuild_otherwise,
)
from store.store import Store, open_store
from tests.cli.program import environment
from tests.conftest import Database
from tests.histories import (
    REPORTED,
    claims,
    definitions,
    histories,
    reports,
)
from tests.oracle import Json

EXAMPLES = max(12, int(os.environ.get("DATELINE_TEST_EXAMPLES", "30")) // 2)
PATIENCE = 60
"""Seconds after which what waits is taken to hang."""
LOG = ("event", "body", "stream_version", "idempotency")
OUR_OWN = ("chronicle", "api_key", "alembic_version", "derived")
chronicles = map("rebuilt-{}".format, itertools.count())


def nobody(chronicle: str, done: int, total: int) -> None:
    """Nobody watches the progress."""


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_dsn)
    yield connection
    await connection.close()


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    """Fills every definition in its append."""
    async with open_store(database.app_dsn) as store:
        yield store


@pytest.fixture
async def behind(database: Database) -> AsyncIterator[Store]:
    """Fills every selecting definition behind the appends, when its filler is stepped."""
    async with open_store(database.app_dsn, at_once=0, batch=2) as store:
        await store.filler.close()
        yield store


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replays a few events in one transaction, so that short histories take many."""
    monkeypatch.setattr(rebuild, "BATCH", 3)


async def made(store: Store) -> str:
    chronicle = next(chronicles)
    await store.create_chronicle(chronicle)
    return chronicle


def read(event: Json) -> Append:
    return Append(events=(read_event(msgspec.json.encode({"expected_version": "any", **event})),))


async def told(store: Store, chronicle: str, groups: list[list[Json]]) -> int:
    """Append each group's events at once; what is refused is left out. Gives how many were not."""
    taken = 0
    # Ahead of those days, and not too far.
    dated = msgspec.json.encode(groups).replace(b"@tomorrow", b"2019-09-01")
    for group in msgspec.json.decode(dated):
        outcomes = await asyncio.gather(
            *(store.append(chronicle, read(event)) for event in group), return_exceptions=True
        )
        for outcome in outcomes:
            if not isinstance(outcome, DatelineError):
                assert not isinstance(outcome, BaseException), outcome
                taken += 1
    return taken


async def rows(owner: asyncpg.Connection, chronicle: str, *tables: str) -> dict[str, list[str]]:
    """A chronicle's rows as text, without regard to their order."""
    number = await chronicle_id(owner, chronicle)
    return {
        table: [
            row[0]
            for row in await owner.fetch(
                f'SELECT t::text COLLATE "C" FROM {table} t '  # noqa: S608 -- a table of ours
                "WHERE chronicle_id = $1 ORDER BY 1",
                number,
            )
        ]
        for table in tables
    }


async def log_rows(owner: asyncpg.Connection, chronicle: str) -> list[Any]:
    """The rows of the log, each with the transaction that wrote it and where it lies."""
    number = await chronicle_id(owner, chronicle)
    return [
        await owner.fetch(
            f"SELECT t::text, xmin::text, ctid::text FROM {table} t "  # noqa: S608
            "WHERE chronicle_id = $1 ORDER BY 1",
            number,
        )
        for table in LOG
    ]


async def chronicle_id(owner: asyncpg.Connection, chronicle: str) -> int:
    found: int = await owner.fetchval(
        "SELECT chronicle_id FROM chronicle WHERE name = $1", chronicle
    )
    return found


async def dropped(owner: asyncpg.Connection, chronicle: str) -> None:
    """Drop all that is derived of a chronicle."""
    number = await chronicle_id(owner, chronicle)
    for table in TABLES:
        await owner.execute(f"DELETE FROM {table} WHERE chronicle_id = $1", number)  # noqa: S608
    await owner.execute("UPDATE stream SET changed = 0 WHERE chronicle_id = $1", number)
    await owner.execute("UPDATE head SET changed = 0, defined = 0 WHERE chronicle_id = $1", number)


async def dropped_and_rebuilt(
    owner: asyncpg.Connection, database: Database, chronicle: str
) -> None:
    """Drop and rebuild what is derived, and find it as it was, and the log untouched."""
    before = await rows(owner, chronicle, *TABLES, *MOVING)
    log = await log_rows(owner, chronicle)
    (checked,) = await compare(database.owner_dsn, chronicle, nobody)
    assert not any(checked.differing.values()), checked

    await dropped(owner, chronicle)
    await rebuild.rebuild(database.owner_dsn, chronicle, nobody)

    assert await rows(owner, chronicle, *TABLES, *MOVING) == before
    assert await log_rows(owner, chronicle) == log


# Random histories


@settings(max_examples=EXAMPLES)
@given(history=histories(longest=14))
async def test_what_is_derived_can_be_dropped_and_rebuilt(
    history: list[Any], store: Store, owner: asyncpg.Connection, database: Database
) -> None:
    chronicle = await made(store)
    await told(
        store, chronicle, [[event for batch in group for event in batch] for group in history]
    )

    await dropped_and_rebuilt(owner, database, chronicle)


NAMES = ("norvale-bridge", "estra-market", "tellin-road", "018f0000-0000-7000-8000-00000000000a")


@st.composite
def moving(draw: st.DrawFn) -> list[list[Json]]:
    """Events that merge, split, grade, link and unlink, some to be refused; in groups."""
    groups: list[list[Json]] = []
    filed: list[str] = []
    for number in range(draw(st.integers(4, 24))):
        event_id = str(UUID(int=number + 1))
        event = draw(st.deferred(lambda: one_of(filed)) if filed else filings())
        event = {name: value for name, value in event.items() if value is not None}
        if event["type"] == "report.filed":
            filed.append(event_id)
        if event["type"] == "timeline.defined" or draw(st.booleans()) or not groups:
            groups.append([])
        groups[-1].append({"event_id": event_id, **event})
    return groups


def filings() -> st.SearchStrategy[Json]:
    return st.builds(
        lambda occurrence, report, said: {
            "type": "report.filed",
            "occurrence": occurrence,
            "report": report,
            "claims": said,
        },
        st.sampled_from(NAMES),
        reports(),
        claims(withdrawing=False),
    )


def one_of(filed: list[str]) -> st.SearchStrategy[Json]:
    """Any event; `filed` are the reports so far."""
    name, said, target = st.sampled_from(NAMES), st.sampled_from(REPORTED), st.sampled_from(filed)
    reason = st.just("Both accounts are about one night.")
    relation = st.sampled_from(["part-of", "follows"])

    def event(what: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
        return st.fixed_dictionaries({"type": st.just(what), **fields})

    moves = {"occurrence": name, "into": name, "reason": reason, "reported_at": said}
    links = {"occurrence": name, "to": name, "relation": relation, "reported_at": said}
    changes = {
        "occurrence": name,
        "target": target,
        "fault": st.just("source"),
        "reason": reason,
        "reported_at": said,
    }
    grade = st.sampled_from(["A1", "B2", "F6"])
    few = st.lists(target, min_size=1, max_size=2, unique=True)
    return st.one_of(
        filings(),
        filings(),
        event("occurrence.merged", **moves),
        event("occurrence.merged", **moves),
        event("occurrence.split", **moves, reports=few),
        event("occurrence.linked", **links),
        event("occurrence.linked", **links),
        event("occurrence.unlinked", **links),
        event("report.graded", target=target, grade=grade, reason=reason, reported_at=said),
        event("report.corrected", **changes, claims=claims(withdrawing=True)),
        event("report.retracted", **changes),
        definitions([*NAMES]),
    )


@pytest.mark.usefixtures("small_batches")
@settings(max_examples=2 * EXAMPLES)
@given(groups=moving())
async def test_so_can_what_merges_splits_and_links_made_of_it_however_appends_were_gathered(
    groups: list[list[Json]],
    behind: Store,
    owner: asyncpg.Connection,
    database: Database,
) -> None:
    chronicle = await made(behind)
    await told(behind, chronicle, groups)
    while await behind.filler.step():
        pass

    await dropped_and_rebuilt(owner, database, chronicle)


# A history in which everything happens


def flood(number: int, day: str, kind: str = "flood", **report: Any) -> Json:
    return {
        "type": "report.filed",
        "event_id": str(UUID(int=number)),
        "occurrence": report.pop("occurrence", "norvale-flood"),
        "report": {"source": {"name": f"Norvale Post {number}"}, "reported_at": day, **report},
        "claims": {
            "title": "Flood in Norvale",
            "kind": kind,
            "occurred": {"edtf": day},
            "tags": ["norvale"],
        },
    }


def move(what: str, one: str, into: str, **more: Any) -> Json:
    return {
        "type": f"occurrence.{what}",
        "occurrence": one,
        "into": into,
        "reason": "It was one night.",
        "reported_at": "2024-03-09",
        **more,
    }


def timeline(name: str, **more: Any) -> Json:
    return {"type": "timeline.defined", "timeline": name, "title": "Norvale", **more}


def link(what: str, one: str, to: str, day: str) -> Json:
    return {
        "type": f"occurrence.{what}",
        "occurrence": one,
        "to": to,
        "relation": "part-of",
        "reported_at": day,
    }


EVERYTHING: list[Json] = [
    timeline("norvale", select={"tag": ["norvale"]}),
    flood(1, "2024-03-05"),
    flood(2, "2024-03-04", occurrence="norvale-dam"),
    flood(3, "2024-03-06", kind="storm"),
    timeline("floods", select={"kind": ["flood"]}),
    link("linked", "norvale-dam", "norvale-flood", "2024-03-06"),
    flood(4, "2024-03-07", occurrence="estra-storm"),
    link("linked", "estra-storm", "norvale-dam", "2024-03-07"),
    move("merged", "norvale-dam", "norvale-flood"),
    timeline("included", include=["norvale-dam"], exclude=["estra-storm"]),
    flood(5, "2024-03-08", occurrence="norvale-dam"),
    timeline("floods", select={"kind": ["storm"]}),
    {
        "type": "report.graded",
        "target": str(UUID(int=3)),
        "grade": "A1",
        "reason": "Seen by its own reporter.",
        "reported_at": "2024-03-08",
    },
    move("split", "norvale-flood", "tellin-flood", reports=[str(UUID(int=3))]),
    link("unlinked", "estra-storm", "norvale-flood", "2024-03-10"),
    {
        "type": "report.retracted",
        "occurrence": "norvale-flood",
        "target": str(UUID(int=1)),
        "fault": "source",
        "reason": "It was a drill.",
        "reported_at": "2024-03-10",
    },
    {"type": "place.registered", "id": "estra", "name": "Estra"},
    {
        "type": "place.registered",
        "id": "norvale",
        "name": "Norvale",
        "aliases": [{"name": "Norwale", "valid_to": "2019"}],
        "within": "estra",
    },
    {"type": "place.registered", "id": "norvale", "name": "Norvale", "same_as": "estra"},
]


@pytest.fixture
async def everything(store: Store) -> str:
    """The name of a chronicle in which everything happened."""
    chronicle = await made(store)
    taken = await told(store, chronicle, [[event] for event in EVERYTHING])
    assert taken == len(EVERYTHING)
    return chronicle


@pytest.mark.usefixtures("small_batches")
async def test_every_kind_of_event_comes_out_as_it_went_in(
    everything: str, owner: asyncpg.Connection, database: Database
) -> None:
    found = await rows(owner, everything, *TABLES)
    assert all(found.values()), "a table without rows would show nothing"

    await dropped_and_rebuilt(owner, database, everything)


async def test_how_appends_were_gathered_leaves_no_trace(
    store: Store, owner: asyncpg.Connection
) -> None:
    """`changed` included: who is linked to what moves shows something else from then on."""
    until_the_merge = EVERYTHING[:9]
    shown = []
    for groups in ([[event] for event in until_the_merge], [until_the_merge]):
        chronicle = await made(store)
        await told(store, chronicle, groups)
        streams = await owner.fetch(
            "SELECT name, version, changed FROM stream WHERE chronicle_id = $1 ORDER BY 1",
            await chronicle_id(owner, chronicle),
        )
        shown.append({name: (version, changed) for name, version, changed in streams})

    assert shown[0] == shown[1]
    assert shown[1]["estra-storm"] == (2, 9)


# Faults


TAMPERED = {
    "UPDATE belief SET value = 'null' WHERE chronicle_id = $1 AND position_from = 3": (
        "belief",
        "changed",
        "norvale-dam",
        3,
    ),
    "UPDATE entry SET kind = 'fire' WHERE chronicle_id = $1 AND definition = 0 "
    "AND position_from = 3": ("entry", "changed", "norvale-dam", 3),
    "DELETE FROM claim WHERE chronicle_id = $1 AND position_from = 7": (
        "claim",
        "missing",
        "estra-storm",
        7,
    ),
    "INSERT INTO link SELECT chronicle_id, to_id, 'follows', occurrence_id, known_from, 99 "
    "FROM link WHERE chronicle_id = $1 AND position_from = 6": (
        "link",
        "extra",
        "norvale-flood",
        99,
    ),
    "UPDATE away SET position_to = 15 WHERE chronicle_id = $1": (
        "away",
        "changed",
        "norvale-dam",
        9,
    ),
    "DELETE FROM revision WHERE chronicle_id = $1 AND position = 10": (
        "revision",
        "missing",
        "included",
        10,
    ),
    "UPDATE stream SET changed = 99 WHERE chronicle_id = $1 AND name = 'estra-storm'": (
        "stream",
        "changed",
        "estra-storm",
        99,
    ),
    "UPDATE head SET defined = 1 WHERE chronicle_id = $1": ("head", "changed", None, 16),
    "UPDATE naming SET position_to = 99 WHERE chronicle_id = $1 AND word = 'norwale'": (
        "naming",
        "changed",
        "norvale",
        18,
    ),
}


@pytest.mark.parametrize("tampering", TAMPERED)
async def test_a_row_that_was_tampered_with_is_named_and_mended(
    tampering: str, everything: str, owner: asyncpg.Connection, database: Database
) -> None:
    before = await rows(owner, everything, *TABLES, *MOVING)
    done = await owner.execute(tampering, await chronicle_id(owner, everything))
    assert done.endswith(" 1")
    tampered = await rows(owner, everything, *TABLES, *MOVING)

    (checked,) = await compare(database.owner_dsn, everything, nobody)

    (fault,) = checked.first
    assert (fault.table, fault.fault, fault.occurrence, fault.position) == TAMPERED[tampering]
    assert {table: n for table, n in checked.differing.items() if n} == {fault.table: 1}
    assert await rows(owner, everything, *TABLES, *MOVING) == tampered, "checking wrote"

    await rebuild.rebuild(database.owner_dsn, everything, nobody)

    assert await rows(owner, everything, *TABLES, *MOVING) == before
    (mended,) = await compare(database.owner_dsn, everything, nobody)
    assert mended.first == ()


async def test_an_event_that_is_missing_from_the_log_is_told_and_nothing_written(
    everything: str, owner: asyncpg.Connection, database: Database
) -> None:
    number = await chronicle_id(owner, everything)
    await owner.execute("DELETE FROM event WHERE chronicle_id = $1 AND position = 4", number)
    before = await rows(owner, everything, *TABLES, *MOVING)

    for doing in (rebuild.rebuild, compare):
        with pytest.raises(LogFaulty, match="gap"):
            await doing(database.owner_dsn, everything, nobody)

    assert await rows(owner, everything, *TABLES, *MOVING) == before


async def test_a_chronicle_that_is_not_there_is_told(database: Database) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        await rebuild.rebuild(database.owner_dsn, "nowhere", nobody)


async def test_what_was_imported_a_moment_ago_is_planned_for_as_what_it_is(
    store: Store, owner: asyncpg.Connection, database: Database
) -> None:
    """Without statistics each batch compares all rows with all: hours, and not seconds."""
    older, newer = await made(store), await made(store)
    await told(store, older, [[flood(1, "2024-03-05")]])
    await owner.execute("ANALYZE")
    days = [flood(n, "2024-03-05", occurrence=f"norvale-{n}") for n in range(1, 40)]
    await told(store, newer, [days])

    await compare(database.owner_dsn, newer, nobody)

    known = await owner.fetch(
        "SELECT tablename, most_common_vals::text FROM pg_stats "
        "WHERE schemaname = 'public' AND tablename = ANY ($1) AND attname = 'chronicle_id'",
        rebuild.LOG,
    )
    number = str(await chronicle_id(owner, newer))
    counted = {table: (values or "").strip("{}").split(",") for table, values in known}
    assert {table for table, values in counted.items() if number in values} == {*rebuild.LOG}


async def test_other_chronicles_are_left_alone(
    store: Store, everything: str, owner: asyncpg.Connection, database: Database
) -> None:
    other = await made(store)
    await told(store, other, [EVERYTHING])
    await dropped(owner, other)
    before = await rows(owner, other, *TABLES, *MOVING)

    await rebuild.rebuild(database.owner_dsn, everything, nobody)
    assert await rows(owner, other, *TABLES, *MOVING) == before

    await rebuild.rebuild(database.owner_dsn, None, nobody)
    checked = await compare(database.owner_dsn, None, nobody)
    assert {one.chronicle for one in checked} >= {everything, other}
    assert not any(one.first for one in checked)


async def test_a_definition_that_is_being_filled_is_no_fault_and_is_complete_once_rebuilt(
    behind: Store, owner: asyncpg.Connection, database: Database
) -> None:
    chronicle = await made(behind)
    await told(behind, chronicle, [[event] for event in EVERYTHING])
    await behind.filler.step()
    assert await behind.to_fill(chronicle) is not None
    (checked,) = await compare(database.owner_dsn, chronicle, nobody)
    assert checked.first == ()

    await rebuild.rebuild(database.owner_dsn, chronicle, nobody)

    assert await behind.to_fill(chronicle) is None
    await dropped_and_rebuilt(owner, database, chronicle)


# Beside those who append


async def test_what_is_appended_until_the_very_end_is_rebuilt_too(
    store: Store,
    everything: str,
    owner: asyncpg.Connection,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caught_up = rebuild.Replay.caught_up

    async def then_append(replay: rebuild.Replay) -> None:
        await caught_up(replay)
        await told(store, everything, [[flood(50, "2024-03-01", occurrence="estra-flood")]])
        await told(store, everything, [[move("merged", "estra-flood", "norvale-flood")]])

    monkeypatch.setattr(rebuild.Replay, "caught_up", then_append)
    number = await chronicle_id(owner, everything)
    await owner.execute("UPDATE belief SET value = 'null' WHERE chronicle_id = $1", number)
    (done,) = await rebuild.rebuild(database.owner_dsn, everything, nobody)

    assert done.basis == len(EVERYTHING) + 2
    await told(store, everything, [[flood(51, "2024-03-02", occurrence="estra-flood")]])
    monkeypatch.undo()
    await dropped_and_rebuilt(owner, database, everything)


@pytest.mark.usefixtures("small_batches")
async def test_nothing_is_lost_while_another_store_appends(
    everything: str, owner: asyncpg.Connection, database: Database
) -> None:
    appended = 0

    async def append_until(done: asyncio.Event, store: Store) -> None:
        nonlocal appended
        while not done.is_set() or appended < 20:
            number = 100 + appended
            day = f"2024-02-{1 + number % 28:02}"
            event = flood(number, day, occurrence=f"norvale-flood-{number % 7}")
            appended += await told(store, everything, [[event]])

    done = asyncio.Event()
    async with open_store(database.app_dsn) as other:
        appending = asyncio.create_task(append_until(done, other))
        for _ in range(3):
            await rebuild.rebuild(database.owner_dsn, everything, nobody)
        meanwhile = appended
        done.set()
        await appending

    head = await owner.fetchval(
        "SELECT position FROM head WHERE chronicle_id = $1", await chronicle_id(owner, everything)
    )
    assert meanwhile > 0
    assert head == len(EVERYTHING) + appended
    await dropped_and_rebuilt(owner, database, everything)


@pytest.mark.parametrize("table", ["head", "away"])
async def test_who_is_killed_in_the_middle_leaves_what_was_there(
    table: str,
    store: Store,
    everything: str,
    owner: asyncpg.Connection,
    database: Database,
    until: Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]],
) -> None:
    """Before the lock is held, and when beliefs and claims are already replaced."""
    number = await chronicle_id(owner, everything)
    await owner.execute("UPDATE belief SET value = 'null' WHERE chronicle_id = $1", number)
    before = await rows(owner, everything, *TABLES, *MOVING)
    log = await log_rows(owner, everything)

    async def waits() -> bool:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 "
        found: int = await owner.fetchval(
            waiting + "AND wait_event_type = 'Lock'", rebuild.SETTINGS["application_name"]
        )
        return found == 1

    async def gone() -> bool:
        left: int = await owner.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1",
            rebuild.SETTINGS["application_name"],
        )
        return left == 0

    # The statistics of who waits stand still for who is in a transaction: another holds the lock.
    holder = await asyncpg.connect(database.owner_dsn)
    try:
        await holder.execute(f"BEGIN; LOCK TABLE {table} IN SHARE MODE")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", "import cli; cli.main()", "rebuild", "--chronicle", everything),
            env=environment({"DATELINE_DATABASE": database.owner_dsn}),
        )
        await until(waits)
        process.kill()
        await process.wait()
    finally:
        await holder.close()
    await until(gone)

    assert await rows(owner, everything, *TABLES, *MOVING) == before
    assert await log_rows(owner, everything) == log
    await rebuild.rebuild(database.owner_dsn, everything, nobody)
    assert await told(store, everything, [[flood(60, "2024-03-01")]]) == 1
    await dropped_and_rebuilt(owner, database, everything)


@pytest.fixture
def until() -> Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]:
    async def wait(condition: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await condition():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    return wait


# Of which make


async def test_rows_of_another_make_are_refused_and_rebuilt(
    everything: str,
    owner: asyncpg.Connection,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = await rows(owner, everything, *TABLES, *MOVING)
    await dropped(owner, everything)
    monkeypatch.setattr("domain.beliefs.RULES", "beliefs/999")

    with pytest.raises(DerivedOtherwise, match=r"beliefs/999 .*`dateline migrate`"):
        async with open_store(database.app_dsn):
            pass
    done = await rebuild_otherwise(database.owner_dsn, nobody)

    assert [(one.chronicle, one.make) for one in done] == [(everything, rebuild.make())]
    assert await rows(owner, everything, *TABLES, *MOVING) == before
    assert await rebuild_otherwise(database.owner_dsn, nobody) == []
    async with open_store(database.app_dsn) as store:
        await store.ready()


async def test_rows_of_another_shape_and_of_before_it_was_noted_are_of_another_make(
    everything: str,
    owner: asyncpg.Connection,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(rebuild, "DERIVED", rebuild.DERIVED + 1)
        with pytest.raises(DerivedOtherwise, match="by beliefs/"):
            async with open_store(database.app_dsn):
                pass
    await owner.execute("DELETE FROM derived")
    with pytest.raises(DerivedOtherwise, match="an older version"):
        async with open_store(database.app_dsn):
            pass


async def test_every_table_is_the_logs_or_can_be_rebuilt(owner: asyncpg.Connection) -> None:
    """A new table is to be named in one of the lists, and told apart by its primary key."""
    tables = {
        row[0]
        for row in await owner.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' "
            "AND relnamespace = 'public'::regnamespace"
        )
    }
    assert tables == {*LOG, *OUR_OWN, *TABLES, *MOVING, "filling"}
    for table, key in {**TABLES, **MOVING}.items():
        columns = await owner.fetch(
            "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid "
            "AND attnum = ANY (indkey) WHERE indrelid = $1::regclass AND indisprimary",
            table,
        )
        assert {row[0] for row in columns} == {"chronicle_id", *key}, table
