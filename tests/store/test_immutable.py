"""Goal: what was once answered on a basis is answered so for ever, and what is stored is what the
log alone gives.

Method: several writers, on two stores with connections of their own, race on shared occurrences
while a reader asks; every answer is asked for again, as bytes. Then the log is written anew, in
other batches, and the derived rows are compared. DATELINE_TEST_EXAMPLES raises the number of
races.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import instants
from domain.answers import Appended
from domain.errors import DatelineError, NotFound
from domain.query import Filter, Point, Query, known_at, read_cursor
from store.changes import Changes
from store.known import Append
from store.read import Reader
from store.store import Store, open_store
from tests.histories import OCCURRENCES, TIMELINES, History, as_of_today, histories, read
from tests.oracle import Json
from tests.oracle_moves import LINKS, MOVES

EXAMPLES = max(8, int(os.environ.get("DATELINE_TEST_EXAMPLES", "0")) // 4)
WRITERS = 4
chronicles = map("race-{}".format, itertools.count())
SAID = ("report.graded", *LINKS, *MOVES)
"""What, besides reports and changes of a source's, counts from when it was said."""
Question = tuple[str, Callable[[Reader, int], Awaitable[Any]]]


@pytest.fixture
async def stores(database) -> AsyncIterator[tuple[Store, Store]]:
    """Two stores on one database, as two processes would have."""
    async with open_store(database.app_dsn) as one, open_store(database.app_dsn) as other:
        yield one, other


# Writing


async def race(stores: tuple[Store, Store], chronicle: str, written: list[History]) -> list[Json]:
    """Every writer plays its own history. Gives what was accepted, in the order of the log.

    What is said of a document is also said of what other writers took from it, an event each.
    """
    accepted: dict[int, list[Json]] = {}
    positions: list[int] = []

    async def write(writer: int, history: History) -> None:
        for batch in (batch for group in own(history, writer) for batch in group):
            events = tuple(read({"expected_version": "any", **event}) for event in batch)
            try:
                answer = await stores[writer % 2].append(chronicle, Append(events=events))
            except DatelineError:
                continue  # another writer retracted, or has not yet filed, what this builds on
            assert isinstance(answer, Appended)
            accepted[answer.events[0].position] = batch
            positions.extend(e.position for e in answer.events)

    await asyncio.gather(*(write(n, history) for n, history in enumerate(written)))
    assert sorted(positions) == [*range(1, len(positions) + 1)]
    return [event for _, batch in sorted(accepted.items()) for event in batch]


def own(history: History, writer: int) -> History:
    """A history in which every event has an id of this writer's, and says when it was said."""
    history = as_of_today(history, datetime.now(UTC))
    for event in (event for group in history for batch in group for event in batch):
        for name in ("event_id", "target"):
            if name in event:
                event[name] = written_by(writer, event[name])
        if "reports" in event:
            event["reports"] = [written_by(writer, report) for report in event["reports"]]
        if event["type"] == "report.filed":
            event["report"].setdefault("reported_at", "2019-08-22")
        elif event.get("fault") == "source" or event["type"] in SAID:
            event.setdefault("reported_at", "2019-08-22")
    return history


def written_by(writer: int, event_id: str) -> str:
    return str(UUID(int=(writer + 1 << 64) + UUID(event_id).int))


# Asking


def questions() -> list[Question]:
    """What is asked on every basis: listings, occurrences, histories, differences, timelines."""
    asked: list[Question] = []
    days = ("2019-08-20", "2019-08-21T01:30:00+03:00", "2019-08-31", "latest")
    for day in days:
        for query in (
            {"limit": 2},
            {"sort": "-occurred", "filter": Filter(during="2019-08", match="certain")},
            {"filter": Filter(status=("retracted", "corrected"), tag=("norvale",))},
        ):
            asked.append((f"occurrences {day} {query}", listing(None, day, query)))
            asked += [(f"{t} {day} {query}", listing(t, day, query)) for t in TIMELINES]
        for name in OCCURRENCES:
            asked.append((f"occurrence {name} {day}", occurrence(name, day)))
            asked.append((f"history {name} {day}", past(name, day)))
    asked += [(f"diff {t}", difference(t, days[0], days[2])) for t in TIMELINES]
    asked.append(("timelines", lambda reader, basis: reader.timelines(Point(basis=basis))))
    return asked


def point(day: str, basis: int) -> Point:
    if day == "latest":
        return Point(basis=basis)
    return Point(as_of=day, known=known_at(day, "as_of"), basis=basis)


def listing(timeline: str | None, day: str, asked: dict[str, Any]) -> Any:
    async def ask(reader: Reader, basis: int) -> Any:
        query = Query(point=point(day, basis), **asked)
        pages = []
        while True:
            page = await (
                reader.timeline(timeline, query) if timeline else reader.occurrences(query)
            )
            pages.append(page)
            if page.next is None:
                return pages
            query = msgspec.structs.replace(query, cursor=read_cursor(page.next))

    return ask


def occurrence(name: str, day: str) -> Any:
    return lambda reader, basis: reader.occurrence(name, point(day, basis))


def past(name: str, day: str) -> Any:
    return lambda reader, basis: reader.history(name, point(day, basis))


def difference(timeline: str, earlier: str, later: str) -> Any:
    return lambda reader, basis: Changes.over(reader).diff(
        timeline, point(earlier, basis), point(later, basis)
    )


async def answered(reader: Reader, question: Question, basis: int) -> bytes:
    try:
        return msgspec.json.encode(await question[1](reader, basis))
    except DatelineError as refused:
        return type(refused).__name__.encode()


async def test_what_was_not_there_on_a_basis_is_refused_in_the_same_words_for_ever(
    stores: tuple[Store, Store],
) -> None:
    chronicle = next(chronicles)
    await stores[0].create_chronicle(chronicle)
    asked = (("occurrence", "norvale-bridge"), ("history", "norvale-bridge"), ("timeline", "all"))

    async def words() -> list[str]:
        refusals = []
        for what, name in asked:
            argument = Query(point=Point(basis=0)) if what == "timeline" else Point(basis=0)
            async with stores[0].reading(chronicle) as reader:
                with pytest.raises(NotFound) as refused:
                    await getattr(reader, what)(name, argument)
            refusals.append(refused.value.detail)
        return refusals

    before = await words()
    for event in (
        {
            "type": "report.filed",
            "occurrence": "norvale-bridge",
            "report": {"source": {"name": "Norvale Watch"}},
            "claims": {"title": "Battle at the bridge"},
        },
        {"type": "timeline.defined", "timeline": "all", "title": "All", "expected_version": 0},
    ):
        await stores[1].append(chronicle, Append(events=(read(event),)))

    assert await words() == before


async def head(store: Store, chronicle: str) -> int:
    return dict(await store.chronicles())[chronicle]


@settings(max_examples=EXAMPLES)
@given(st.lists(histories(longest=8), min_size=WRITERS, max_size=WRITERS))
async def test_an_answer_on_a_basis_is_the_same_bytes_whatever_is_written_after_it(
    stores: tuple[Store, Store], written: list[History]
) -> None:
    chronicle = next(chronicles)
    await stores[0].create_chronicle(chronicle)
    asked = questions()
    first: dict[tuple[str, int], bytes] = {}

    async def ask_all(reader: Reader, basis: int) -> None:
        for question in asked:
            answer = await answered(reader, question, basis)
            assert first.setdefault((question[0], basis), answer) == answer, question[0]

    writing = asyncio.create_task(race(stores, chronicle, written))
    async with stores[0].reading(chronicle) as reader:
        while not writing.done():
            await ask_all(reader, await head(stores[0], chronicle))
    await writing
    end = await head(stores[0], chronicle)

    seen = sorted({basis for _, basis in first})
    async with stores[1].reading(chronicle) as reader:
        for basis in (*seen, end):
            await ask_all(reader, basis)


async def test_the_pages_of_one_listing_share_the_first_ones_basis_while_others_write(
    stores: tuple[Store, Store],
) -> None:
    chronicle = next(chronicles)
    await stores[0].create_chronicle(chronicle)

    async def file(number: int) -> None:
        event = read(
            {
                "type": "report.filed",
                "occurrence": f"norvale-{number % 12}",
                "report": {"source": {"name": "Norvale Watch"}},
                "claims": {"title": f"Battle {number}", "occurred": {"edtf": "2019-08-20"}},
            }
        )
        await stores[number % 2].append(chronicle, Append(events=(event,)))

    for number in range(10):
        await file(number)
    query = Query(limit=1)
    titles = []
    async with stores[0].reading(chronicle) as reader:
        for number in itertools.count(10):
            page = await reader.occurrences(query)
            assert page.basis == 10
            titles += [entry.title for entry in page.entries]
            if page.next is None:
                break
            query = msgspec.structs.replace(query, cursor=read_cursor(page.next))
            await file(number)

    assert sorted(titles) == [f"Battle {number}" for number in range(10)]


@settings(max_examples=EXAMPLES)
@given(st.lists(histories(longest=8), min_size=WRITERS, max_size=WRITERS))
async def test_a_recorded_instant_is_settled_once_something_was_recorded_after_it(
    stores: tuple[Store, Store], written: list[History]
) -> None:
    chronicle = next(chronicles)
    await stores[0].create_chronicle(chronicle)
    await race(stores, chronicle, written)
    end = await head(stores[0], chronicle)
    listings = [Query(point=Point(basis=basis)) for basis in range(end + 1)]

    async with stores[0].reading(chronicle) as reader:
        every = {
            event.position: event
            for name in OCCURRENCES
            for event in await events_of(reader, name, end)
        }
        for position, event in every.items():
            recorded = instants.parse(event.recorded_at, name="recorded_at").known
            for instant, basis in ((recorded - 1, position - 1), (recorded, position)):
                by_time = await reader.occurrences(Query(point=Point(recorded_as_of=instant)))
                by_position = await reader.occurrences(listings[basis])
                assert by_time.settled is (basis < end)
                assert msgspec.structs.replace(by_time, settled=True) == by_position


async def events_of(reader: Reader, name: str, basis: int) -> Any:
    try:
        return (await reader.history(name, Point(basis=basis))).events
    except DatelineError:
        return ()


# The log alone


DERIVED = {
    "belief": "occurrence_id, known_from, known_to, position_from, position_to, value",
    "claim": "occurrence_id, event_id, known_from, known_to, position_from, position_to, report, "
    "value, corrected",
    "entry": "occurrence_id, definition, known_from, known_to, position_from, position_to, "
    "duration_class, earliest, latest, start_latest, end_earliest, ahead, flags, kind, tags",
    "link": "occurrence_id, relation, to_id, known_from, position_from",
}


async def derived(owner: asyncpg.Connection, chronicle: str) -> dict[str, list[Any]]:
    return {
        table: sorted(
            tuple(map(str, row))
            for row in await owner.fetch(
                f"SELECT {columns} FROM {table} JOIN chronicle USING (chronicle_id) "  # noqa: S608
                "WHERE chronicle.name = $1",
                chronicle,
            )
        )
        for table, columns in DERIVED.items()
    }


@settings(max_examples=EXAMPLES)
@given(st.lists(histories(longest=8), min_size=WRITERS, max_size=WRITERS), st.data())
async def test_what_is_stored_is_what_the_log_gives_written_anew_in_any_batches(
    stores: tuple[Store, Store], database, written: list[History], data: st.DataObject
) -> None:
    # Given occurrences named by their ids, which are then the same in every chronicle.
    raced, whole, alone, parts = (next(chronicles) for _ in range(4))
    for chronicle in (raced, whole, alone, parts):
        await stores[0].create_chronicle(chronicle)
    log = await race(stores, raced, by_id(written))
    events = [read({"expected_version": "any", **event}) for event in log]

    # When the log is written anew: as one batch, one by one, and cut into batches anywhere.
    cuts = sorted(data.draw(st.sets(st.integers(0, len(events)))) | {0, len(events)})
    for chronicle, ends in (
        (whole, [0, len(events)]),
        (alone, [*range(len(events) + 1)]),
        (parts, cuts),
    ):
        for begin, end in itertools.pairwise(ends):
            await stores[1].append(chronicle, Append(events=tuple(events[begin:end])))

    # Then all that is derived from it is the same.
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        expected = await derived(owner, raced)
        for chronicle in (whole, alone, parts):
            assert await derived(owner, chronicle) == expected
    finally:
        await owner.close()


def by_id(written: list[History]) -> list[History]:
    raw = msgspec.json.encode(written).decode()
    for number, name in enumerate(OCCURRENCES):
        raw = raw.replace(f'"{name}"', f'"{UUID(int=(7 << 76) + (2 << 62) + number)}"')
    return msgspec.json.decode(raw)
