"""Goal: where a definition is filled behind the appends, nobody can tell by what is read, and in
the end the entries are those that filling at once gives.

Method: definitions are filled behind from the first position on, event by event, by a filler that
the test steps, or by those of two racing stores; answers are compared as bytes, and the derived
tables with those of the same log written where every definition is filled at once.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.answers import Filling
from domain.query import Filter, Query
from store import filling
from store.known import Append
from store.store import Store, open_store
from tests.conftest import Database
from tests.histories import TIMELINES, History, histories, points_of_knowledge, questions, read
from tests.oracle import Json
from tests.store.test_immutable import answered, by_id, derived, difference, listing, race
from tests.store.test_oracle import listed, query_of, told

EXAMPLES = int(os.environ.get("DATELINE_TEST_EXAMPLES", "30"))
FEW = max(8, EXAMPLES // 4)
PATIENCE = 60
"""Seconds after which what waits is taken to hang."""
chronicles = map("filling-{}".format, itertools.count())


@asynccontextmanager
async def stepped(database: Database, batch: int = 1) -> AsyncIterator[Store]:
    """A store that fills every selecting definition behind, and only when its filler is stepped."""
    async with open_store(database.app_dsn, at_once=0, batch=batch) as store:
        await store.filler.close()
        yield store


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    async with stepped(database) as store:
        yield store


@pytest.fixture
async def stores(database: Database) -> AsyncIterator[tuple[Store, Store]]:
    """Two stores that both fill behind, event by event."""
    async with (
        open_store(database.app_dsn, at_once=0, batch=1) as one,
        open_store(database.app_dsn, at_once=0, batch=1) as other,
    ):
        yield one, other


@pytest.fixture
async def at_once(database: Database) -> AsyncIterator[Store]:
    """A store that fills every definition in its append."""
    async with open_store(database.app_dsn) as store:
        yield store


@pytest.fixture
async def owner(database: Database, server: str) -> AsyncIterator[asyncpg.Connection]:
    """Sees and may do everything, also what others wait for."""
    connection = await asyncpg.connect(urlsplit(server)._replace(path=f"/{database.name}").geturl())
    yield connection
    await connection.close()


@pytest.fixture
def held_up(owner: asyncpg.Connection, database: Database) -> Callable[[str], Any]:
    """Holds up whoever writes to a table, for as long as it lasts."""

    @asynccontextmanager
    async def hold(table: str) -> AsyncIterator[None]:
        connection = await asyncpg.connect(database.owner_dsn)
        try:
            await connection.execute(f"BEGIN; LOCK TABLE {table} IN SHARE MODE")
            yield
        finally:
            await connection.close()

    return hold


async def made(store: Store) -> str:
    chronicle = next(chronicles)
    await store.create_chronicle(chronicle)
    return chronicle


async def write(store: Store, chronicle: str, *events: Json) -> None:
    for event in events:
        asked = Append(events=(read({"expected_version": "any", **event}),))
        await store.append(chronicle, asked)


async def until(condition: Callable[[], Any]) -> None:
    """Wait for it: the database tells nobody."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def filled(store: Store, chronicle: str) -> None:
    """Wait for the fillers that run."""

    async def complete() -> bool:
        return await store.to_fill(chronicle) is None

    await until(complete)


async def fill(store: Store) -> None:
    """Step to the end."""
    while await store.filler.step():
        pass


async def progress(store: Store, chronicle: str, timeline: str) -> Filling:
    async with store.reading(chronicle) as reader:
        return await reader.filling(timeline)


# What is written: a small world of which each definition selects a part


IDS = [str(UUID(int=(7 << 76) + (2 << 62) + number)) for number in range(20)]
"""Occurrences by their ids, which are then the same in every chronicle."""
DATES = ("2019-08-19", "2019-08", None, "2019-08-18/2019-08-20", "2019-08-20/..", "2031-06",
         "../2019-08-19", "2019-08-20")  # fmt: skip
WORDS = (("battle", ["norvale"]), ("shelling", ["estra"]), (None, []), ("battle", ["estra"]))


def report(number: int, occurrence: int, **claims: Any) -> Json:
    """One event of every sort of date, kind, tag and day of reporting that listings tell apart."""
    edtf, (kind, tags) = DATES[number % len(DATES)], WORDS[number % len(WORDS)]
    said = {"title": f"Account {number}", "tags": tags}
    said |= {"occurred": {"edtf": edtf}} if edtf else {}
    said |= {"kind": kind} if kind else {}
    return {
        "type": "report.filed",
        "event_id": str(UUID(int=number + 1)),
        "occurrence": IDS[occurrence],
        "report": {
            "source": {"name": "Norvale Watch"},
            "reported_at": f"2019-08-{20 + number % 3}",
        },
        "claims": {**said, **claims},
    }


def retraction(number: int, target: int, occurrence: int) -> Json:
    return {
        "type": "report.retracted",
        "event_id": str(UUID(int=number + 1)),
        "occurrence": IDS[occurrence],
        "target": str(UUID(int=target + 1)),
        "fault": "source",
        "reason": "It was another town.",
        "reported_at": "2019-08-23",
    }


def definition(timeline: str, number: int, select: Json | None, **more: Any) -> Json:
    return {
        "type": "timeline.defined",
        "event_id": str(UUID(int=number + 1)),
        "timeline": timeline,
        "title": "Norvale and Estra",
        "select": select,
        **more,
    }


def world() -> list[Json]:
    """Reports, definitions of two timelines, and reports after them; one is defined anew."""
    return [
        *(report(n, n % 12) for n in range(24)),
        retraction(24, 3, 3),
        retraction(25, 15, 3),
        definition(
            TIMELINES[0],
            26,
            {"during": "2019-08", "match": "certain", "tag": ["estra", "norvale"]},
            include=[IDS[2], IDS[5]],
            exclude=[IDS[0]],
        ),
        definition(TIMELINES[1], 27, {"kind": ["battle"], "during": "2019-08-20/.."}),
        *(report(n, n % 14) for n in range(28, 40)),
        definition(TIMELINES[0], 40, {"tag": ["estra"]}, exclude=[IDS[1]]),
        *(report(n, n % 16, title=f"Account {n}") for n in range(41, 45)),
    ]


FILTERS = (
    Filter(),
    Filter(during="2019-08-20"),
    Filter(during="2019-08-20", match="certain"),
    Filter(during="2019-08", match="certain", kind=("battle",)),
    Filter(during="../2019-08-18"),
    Filter(kind=("battle", "shelling")),
    Filter(tag=("norvale",)),
    Filter(status=("retracted",)),
    Filter(status=("reported", "retracted"), tag=("estra",)),
)
DAYS = ("2019-08-20", "2019-08-21", "latest")


async def answers(store: Store, chronicle: str) -> dict[str, bytes]:
    """Every listing, page by page, and every difference, on bases under each definition."""
    asked = {
        f"{timeline} {day} {filter} {sort}": listing(
            timeline, day, {"filter": filter, "sort": sort, "limit": 2}
        )
        for timeline in TIMELINES
        for day in DAYS
        for filter in FILTERS
        for sort in ("occurred", "-occurred")
    }
    asked |= {
        f"diff {timeline} {earlier} {later}": difference(timeline, earlier, later)
        for timeline in TIMELINES
        for earlier, later in itertools.combinations(DAYS, 2)
    }
    async with store.reading(chronicle) as reader:
        return {
            f"{basis} {name}": await answered(reader, (name, ask), basis)
            for basis in (28, 34, 45)
            for name, ask in asked.items()
        }


# Reading


async def test_answers_are_the_same_bytes_before_while_and_after_a_definition_is_filled(
    store: Store, owner: asyncpg.Connection
) -> None:
    chronicle = await made(store)
    await write(store, chronicle, *world())

    assert not (await progress(store, chronicle, TIMELINES[0])).complete
    before = await answers(store, chronicle)
    for _ in range(30):  # the last definition of all comes first
        await store.filler.step()
    entries = "SELECT count(*) FROM entry WHERE definition = $1"
    assert await owner.fetchval(entries, 41) > 4
    assert not (await progress(store, chronicle, TIMELINES[0])).complete
    while_ = await answers(store, chronicle)
    await fill(store)
    assert (await progress(store, chronicle, TIMELINES[0])).complete
    assert (await progress(store, chronicle, TIMELINES[1])).complete
    after = await answers(store, chronicle)

    assert before == after
    assert while_ == after
    # Not because nothing was found: most questions have an answer with entries.
    found = sum(b'"occurrence":' in answer for answer in after.values())
    assert found > len(after) / 2


@settings(max_examples=FEW)
@given(
    histories(longest=10),
    st.lists(questions(), min_size=6, max_size=6),
    st.integers(0, 12),
)
async def test_while_a_definition_is_filled_every_cell_reads_as_the_oracle_says(
    store: Store, history: History, asked: list[Json], steps: int
) -> None:
    told_ = await told(store, history)
    for _ in range(steps):
        await store.filler.step()

    turn = itertools.count()
    async with store.reading(told_.chronicle) as reader:
        for basis in range(len(told_.oracle.log) + 1):
            for known in points_of_knowledge(told_.oracle):
                first = next(turn)
                for number, question in enumerate([{}, *asked]):
                    subject = TIMELINES[(first + number) % 2]
                    query = query_of(question, known, basis, 1 + (first + number) % 3)
                    expected = told_.listing(subject, known, basis, question)
                    assert await listed(reader, subject, query) == expected
    await fill(store)


SELECTS = [
    {
        **({"during": during, "match": match} if during else {}),
        **({"kind": [kind]} if kind else {}),
        **({"tag": [tag]} if tag else {}),
    }
    for during, match in [
        (None, ""),
        *itertools.product(
            ("2019-08-20", "2019-08", "2019-08-20/..", "../2019-08-18", "2031"),
            ("possible", "certain"),
        ),
    ]
    for kind in (None, "battle")
    for tag in (None, "estra")
]


async def test_what_is_filled_or_filtered_is_what_appends_select(
    store: Store, at_once: Store
) -> None:
    """Appends decide by `Definition.holds` what later reports are entries of."""
    reports = [report(n, n % 16) for n in range(24)]
    definitions = [definition(f"selects-{n}", 100 + n, s) for n, s in enumerate(SELECTS)]
    first, last, behind = await made(at_once), await made(at_once), await made(store)
    await write(at_once, first, *definitions, *reports)
    await write(at_once, last, *reports, *definitions)
    await write(store, behind, *reports, *definitions)

    async def held(store: Store, chronicle: str) -> list[list[UUID]]:
        async with store.reading(chronicle) as reader:
            return [
                [e.id for e in (await reader.timeline(d["timeline"], Query(limit=1000))).entries]
                for d in definitions
            ]

    expected = await held(at_once, first)
    assert len({tuple(ids) for ids in expected}) > 12
    assert await held(at_once, last) == expected
    assert await held(store, behind) == expected
    await fill(store)
    assert await held(store, behind) == expected


# Writing


@settings(max_examples=FEW)
@given(histories(longest=12), st.data())
async def test_batches_between_any_appends_give_the_entries_of_filling_at_once(
    store: Store,
    at_once: Store,
    owner: asyncpg.Connection,
    history: History,
    data: st.DataObject,
) -> None:
    expected, behind = await made(at_once), await made(at_once)
    log = await race((at_once, at_once), expected, by_id([history]))

    for event in log:
        await write(store, behind, event)
        for _ in range(data.draw(st.integers(0, 3))):
            await store.filler.step()
    await fill(store)

    assert await derived(owner, behind) == await derived(owner, expected)


@settings(max_examples=FEW)
@given(st.lists(histories(longest=8), min_size=4, max_size=4))
async def test_two_stores_that_fill_while_both_append_give_the_entries_of_filling_at_once(
    stores: tuple[Store, Store],
    at_once: Store,
    owner: asyncpg.Connection,
    written: list[History],
) -> None:
    raced, anew = await made(at_once), await made(at_once)
    log = await race(stores, raced, by_id(written))
    await filled(at_once, raced)

    await write(at_once, anew, *log)

    assert await derived(owner, raced) == await derived(owner, anew)


async def written_at_once(at_once: Store, *events: Json) -> str:
    chronicle = await made(at_once)
    await write(at_once, chronicle, *events)
    return chronicle


async def test_two_stores_that_fill_the_same_definition_leave_each_entry_once(
    database: Database, at_once: Store, owner: asyncpg.Connection
) -> None:
    expected = await written_at_once(at_once, *world())
    async with stepped(database) as one, stepped(database) as other:
        chronicle = await made(one)
        await write(one, chronicle, *world())

        await asyncio.gather(*(fill(store) for store in (one, other, one, other)))

    assert await derived(owner, chronicle) == await derived(owner, expected)


async def waiting(owner: asyncpg.Connection) -> list[int]:
    """The backends of this database that wait for a lock."""
    rows = await owner.fetch(
        "SELECT pid FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return [row["pid"] for row in rows]


CLOSED_MIDWAY = (
    report(0, 0),
    definition(TIMELINES[0], 1, {}),
    report(2, 0, title="Another account"),
)
"""The last one ends what was believed before the definition."""


async def test_a_batch_waits_for_the_append_that_is_closing_what_it_copies(
    store: Store, at_once: Store, owner: asyncpg.Connection, held_up: Callable[[str], Any]
) -> None:
    """Without the lock the batch copies the entry as open, and nobody ever closes the copy."""
    expected = await written_at_once(at_once, *CLOSED_MIDWAY)
    chronicle = await made(store)
    await write(store, chronicle, *CLOSED_MIDWAY[:2])

    # Given an append that has closed the entry, and is held up before it commits.
    async with held_up("claim"):
        appending = asyncio.create_task(write(store, chronicle, CLOSED_MIDWAY[2]))
        await until(lambda: waiting(owner))

        # When a batch wants to copy it, and either waits as well or does not.
        step = asyncio.create_task(store.filler.step())

        async def seen() -> bool:
            return step.done() or len(await waiting(owner)) == 2

        await until(seen)
    await asyncio.gather(appending, step)
    await fill(store)

    # Then the copy has its end.
    assert await derived(owner, chronicle) == await derived(owner, expected)


# Going on


async def test_another_store_goes_on_where_one_stopped(
    database: Database, at_once: Store, owner: asyncpg.Connection
) -> None:
    expected = await written_at_once(at_once, *world())
    async with stepped(database, batch=5) as first:
        chronicle = await made(first)
        await write(first, chronicle, *world())
        await first.filler.step()
        reached = await progress(first, chronicle, TIMELINES[0])
    assert (reached.definition, reached.done, reached.of) == (41, 5, 40)

    async with open_store(database.app_dsn, batch=5) as second:
        assert await progress(second, chronicle, TIMELINES[0]) == reached
        second.filler.wake()
        await filled(second, chronicle)
        done = await progress(second, chronicle, TIMELINES[0])

    assert (done.done, done.of, done.complete) == (40, 40, True)
    assert await derived(owner, chronicle) == await derived(owner, expected)


async def test_a_batch_whose_connection_is_cut_is_undone_and_filling_goes_on(
    database: Database,
    at_once: Store,
    owner: asyncpg.Connection,
    held_up: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(filling, "RETRY_SECONDS", 0)
    expected = await written_at_once(at_once, *world())
    async with stepped(database) as writing:
        chronicle = await made(writing)
        await write(writing, chronicle, *world())

    async with open_store(database.app_dsn, batch=3) as store:
        async with held_up("entry"):
            store.filler.wake()
            await until(lambda: waiting(owner))
            (cut,) = await waiting(owner)
            assert await owner.fetchval("SELECT pg_terminate_backend($1)", cut)

            async def tried_again() -> bool:
                return await waiting(owner) not in ([], [cut])

            await until(tried_again)
            assert (await progress(store, chronicle, TIMELINES[0])).done == 0
        await filled(store, chronicle)

    assert await derived(owner, chronicle) == await derived(owner, expected)


async def test_closing_does_not_wait_for_the_batch_under_way(
    database: Database,
    at_once: Store,
    owner: asyncpg.Connection,
    held_up: Callable[[str], Any],
) -> None:
    expected = await written_at_once(at_once, *world())
    async with stepped(database) as writing:
        chronicle = await made(writing)
        await write(writing, chronicle, *world())

    async with held_up("entry"), asyncio.timeout(PATIENCE), open_store(database.app_dsn) as closing:
        closing.filler.wake()
        await until(lambda: waiting(owner))
        # It was left while the batch still could not go on.
    async with open_store(database.app_dsn) as store:
        store.filler.wake()
        await filled(store, chronicle)

    assert await derived(owner, chronicle) == await derived(owner, expected)


# Which is filled when


@pytest.mark.parametrize(
    ("position", "select", "behind"),
    [(4, {}, True), (3, {}, False), (4, None, False), (3, None, False)],
    ids=["much", "little", "only what it includes", "little and included"],
)
async def test_only_what_selects_and_comes_late_in_the_log_is_filled_behind(
    database: Database,
    owner: asyncpg.Connection,
    position: int,
    select: Json | None,
    behind: bool,
) -> None:
    async with open_store(database.app_dsn, at_once=3) as store:
        await store.filler.close()
        chronicle = await made(store)
        await write(store, chronicle, *(report(n, n) for n in range(1, position)))
        asked = definition(TIMELINES[0], 10, select, include=[IDS[1]], exclude=[IDS[2]])
        await write(store, chronicle, asked)

        assert (await store.to_fill(chronicle) is not None) is behind
        answer = await progress(store, chronicle, TIMELINES[0])
        assert answer == Filling(
            timeline=TIMELINES[0],
            definition=position,
            done=0 if behind else position - 1,
            of=position - 1,
            complete=not behind,
        )
        entries = await owner.fetch(
            "SELECT occurrence_id FROM entry WHERE definition = $1", position
        )
        if not behind:
            held = {IDS[1]} if select is None else {IDS[n] for n in range(1, position)} - {IDS[2]}
            assert {str(row["occurrence_id"]) for row in entries} == held
        else:
            assert entries == []
