"""Goal: a replay is what differences are, at each point of knowledge at which there is one, and
applied to what was listed before it gives what is listed at every point of it.

Method: random histories (hypothesis) through real PostgreSQL, on every basis: merges, splits,
retractions, and definitions that select by date, kind, tag, place, actor, source and box. The
points are tried out one by one: between two that follow each other nothing can happen. Batches of
one and of a few, and a replay that goes on from each of its steps.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import store.changes
from domain import instants
from domain.answers import BELIEF_FIELDS, Diff, Entry, Step
from domain.query import Point, Query, ReplayQuery, reached
from store.changes import Changes, batches
from store.read import Reader
from store.store import Store, open_store
from tests.conftest import Database
from tests.histories import TIMELINES, History, histories, points_of_knowledge
from tests.oracle import FOREVER, Json
from tests.store import test_filters
from tests.store.test_oracle import EVERYTHING, EXAMPLES, told


@pytest.fixture
async def store_(database: Database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as store:
        yield store


def at(known: int, basis: int) -> Point:
    return Point(as_of=str(known), known=known, basis=basis)


Believed = dict[str, Json]
"""What a listing says that differences speak of, by occurrence."""


def believed(entry: Entry) -> Json:
    return {field: getattr(entry, field) for field in (*BELIEF_FIELDS, "id", "version")}


async def listed(reader: Reader, timeline: str, known: int, basis: int) -> Believed:
    page = await reader.timeline(timeline, Query(point=at(known, basis), limit=1000))
    return {entry.occurrence: believed(entry) for entry in page.entries}


def applied(steps: Iterable[Step], to: Believed) -> Believed:
    found = dict(to)
    for step in steps:
        assert (believed(step.before) if step.before else None) == found.pop(step.occurrence, None)
        if step.after is not None:
            found[step.occurrence] = believed(step.after)
    return found


def as_steps(diff: Diff) -> list[tuple[Any, ...]]:
    """A difference as the steps that it must be, in the order of ids."""
    found = [(one.entry.id, "added", (), None, one.entry, one.by) for one in diff.added]
    found += [(one.entry.id, "removed", (), one.entry, None, one.by) for one in diff.removed]
    found += [
        (one.after.id, "changed", one.fields, one.before, one.after, one.by) for one in diff.changed
    ]
    return sorted(found, key=lambda one: one[0])


def told_as(step: Step) -> tuple[Any, ...]:
    entry = step.after or step.before
    assert entry is not None
    return (entry.id, step.change, step.fields, step.before, step.after, step.by)


async def all_steps(store: Store, chronicle: str, timeline: str, query: ReplayQuery) -> list[Step]:
    async with store.reading(chronicle) as reader:
        begun = await Changes.over(reader).begun(timeline, query)
    return [step async for some in batches(store, chronicle, begun) for step in some]


async def compare(
    store: Store, chronicle: str, timeline: str, points: list[int], basis: int
) -> None:
    """The law, from before the first of some points to the last: they must be all there are, each
    before it and itself."""
    first, last = at(points[0], basis), at(points[-1], basis)
    query = ReplayQuery(before=first, after=last)
    steps = await all_steps(store, chronicle, timeline, query)

    places = [(reached(step.id, "id").known, reached(step.id, "id").occurrence) for step in steps]
    assert places == sorted(set(places))
    for step in steps:
        assert instants.parse(step.known, name="known").known == reached(step.id, "id").known
        assert reached(step.id, "id").basis == basis
        known = [one.position for one in (step.before, step.after, *step.by) if one is not None]
        assert step.position == max(known) <= basis
    async with store.reading(chronicle) as reader:
        state = await listed(reader, timeline, points[0], basis)
        for earlier, later in itertools.pairwise(points):
            here = [s for s in steps if earlier < reached(s.id, "id").known <= later]
            diff = await Changes.over(reader).diff(timeline, at(later - 1, basis), at(later, basis))
            assert [told_as(step) for step in here] == as_steps(diff)
            state = applied(here, state)
            assert state == await listed(reader, timeline, later, basis)
    # Whoever goes on after any of them gets the rest.
    for number, step in enumerate(steps[::3]):
        going_on = msgspec.structs.replace(query, reached=reached(step.id, "after"))
        rest = await all_steps(store, chronicle, timeline, going_on)
        assert rest == steps[3 * number + 1 :]


def every_point(oracle: Any) -> list[int]:
    """A point before all, and each at which anything became known."""
    points = [p for p in points_of_knowledge(oracle) if p < FOREVER - 1]
    return [points[0] - 1, *points, FOREVER - 1]


@settings(max_examples=EXAMPLES)
@given(histories(longest=10, before=(EVERYTHING,)), st.sampled_from([1, 2, 500]))
async def test_a_replay_is_every_difference_in_turn(
    store_: Store, history: History, at_once: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store.changes, "AT_ONCE", at_once)
        told_ = await told(store_, history)
        head = len(told_.oracle.log)

        for basis in {head, head // 2, head - 1} - {0}:
            for timeline in TIMELINES:
                if told_.oracle.definition(timeline, basis) is not None:
                    points = every_point(told_.oracle)
                    await compare(store_, told_.chronicle, timeline, points, basis)


@settings(max_examples=EXAMPLES)
@given(
    test_filters.histories().filter(
        lambda events: any(e["type"] == "timeline.defined" for e in events)
    ),
    st.sampled_from([1, 3, 500]),
)
async def test_a_replay_of_what_places_actors_sources_and_boxes_select_is_too(
    store_: Store, events: list[Json], at_once: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store.changes, "AT_ONCE", at_once)
        chronicle = await test_filters.play(store_, events)
        days = [instants.parse(day, name="day").known for day in test_filters.DAYS]
        points = [days[0] - 1, *days, FOREVER - 1]

        await compare(store_, chronicle, "norvale", points, len(events))


async def test_what_a_source_says_comes_and_goes_while_the_belief_stays(store_: Store) -> None:
    days = [f"2024-03-0{number}" for number in range(4, 8)]
    post = str(UUID(int=7))

    noon = "2024-03-07T12:00:00Z"
    again = str(UUID(int=8))

    def report(source: str, day: str, id: str, *via: str) -> Json:
        said = {"source": {"name": source}, "reported_at": day, "via": [*via, "Estra Council"]}
        return {
            "type": "report.filed",
            "event_id": id,
            "occurrence": "norvale-flood",
            "report": said,
            "claims": {"title": "Flood"},
        }

    def withdrawn(target: str) -> Json:
        return {
            "type": "report.retracted",
            "occurrence": "norvale-flood",
            "target": target,
            "fault": "source",
            "reason": "The paper withdrew it.",
            "reported_at": days[3],
            "expected_version": "any",
        }

    define: Json = {
        "type": "timeline.defined",
        "timeline": "norvale",
        "title": "As the Post has it",
        "select": {"source": ["Norvale Post"]},
        "expected_version": "none",
    }
    events = [
        define,
        report("Estra Herald", days[1], str(UUID(int=6))),
        report("Norvale Post", days[2], post),
        # Another source of it, by which nothing else is believed, is no change.
        report("Norvale Post", noon, again, "Wire"),
        withdrawn(post),
        withdrawn(again),
    ]
    chronicle = await test_filters.play(store_, events)
    points = [instants.parse(day, name="day").known for day in (*days[:3], noon, days[3])]

    await compare(store_, chronicle, "norvale", points, len(events))
    query = ReplayQuery(before=at(points[0], 6), after=at(FOREVER - 1, 6))
    came, went = await all_steps(store_, chronicle, "norvale", query)

    assert (came.known[:10], came.change) == (days[2], "added")
    assert (went.known[:10], went.change) == (days[3], "removed")
    assert [by.position for by in (*came.by, *went.by)] == [3, 5, 6]
    assert came.after is not None
    assert came.after.known_from.startswith(days[1])
