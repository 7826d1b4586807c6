"""Goal: what a filter by place, actor, source or box gives is, in every cell of known x recorded,
what a plain look at every entry gives; and so is what timelines defined by such filters hold.

Method: random reports, corrections, retractions and registrations (hypothesis). The oracle lists
every entry of a cell without filters, and judges each by the events that were sent: names by the
registrations up to the basis, worked out here, and by the days that each was borne on; boxes cut
at the antimeridian; sources by the reports that still count, and the days of these. Pages of all
sizes and orders, and definitions filled at once and behind.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from domain.answers import Area, Entry
from domain.areas import Box
from domain.names import folded
from domain.query import Filter, Point, Query, read_cursor
from store.changes import Changes
from store.known import Append
from store.read import Reader
from store.store import Store, open_store
from tests.conftest import Database
from tests.histories import read
from tests.oracle import Json, last_microsecond

EXAMPLES = int(os.environ.get("DATELINE_TEST_EXAMPLES", "30"))
chronicles = map("filters-{}".format, itertools.count())

NAMES = {
    "place": ("Norvale", "NORVÁLE", "Estra", "Tellin", "Old Bridge"),
    "actor": ("Guard", "The Guard", "guard", "Council", "Brigade"),
    "source": ("Post", "The Post", "POST", "Herald", "Radio"),
}
IDS = ("one", "two", "three")
DAYS = ("2024-01-01", "2024-01-02", "2024-01-03")
EVER = 10**6
SPANS = {
    **{day: (number, number) for number, day in enumerate(DAYS, 1)},
    "2024-01-01/2024-01-02": (1, 2),
    "2024-01": (1, 31),
    "2024-01-03/..": (3, EVER),
    "../2024-01-01": (-EVER, 1),
    "2023": (-364, 0),
    None: (-EVER, EVER),
}
"""The first and the last day that dates may mean, as numbers of days in January 2024. Without a
date it may be any."""
EAST = (-180.0, -135.0, 0.0, 135.0, 180.0)
degrees_east = st.sampled_from(EAST)
degrees_north = st.sampled_from([-90.0, 0.0, 45.0])
boxes = st.builds(
    lambda west, east, one, other: Box(west, min(one, other), east, max(one, other)),
    degrees_east,
    degrees_east,
    degrees_north,
    degrees_north,
)


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as store:
        yield store


@pytest.fixture
async def behind(database: Database) -> AsyncIterator[Store]:
    """A store whose definitions are not filled before somebody steps its filler."""
    async with open_store(database.app_dsn, at_once=0, batch=2) as store:
        await store.filler.close()
        yield store


@st.composite
def claims(draw: st.DrawFn) -> Json:
    said: Json = {"title": "A fire"}
    if draw(st.integers(0, 4)):
        place: Json = {"name": draw(st.sampled_from(NAMES["place"]))}
        if draw(st.booleans()):
            place |= {"lat": draw(degrees_north), "lon": draw(degrees_east)}
            place["radius_m"] = draw(st.sampled_from([0, 100_000]))
        said["place"] = place
    who = draw(st.lists(st.sampled_from(NAMES["actor"]), max_size=2, unique=True))
    if who:
        said["actors"] = [{"name": name} for name in who]
    if draw(st.booleans()):
        said["occurred"] = {"edtf": draw(st.sampled_from([*SPANS][:-2]))}
    return said


@st.composite
def validities(draw: st.DrawFn) -> Json:
    """From when to when a name is borne: mostly not for ever."""
    since = draw(st.sampled_from([None, None, *DAYS, "2024-01", "2023"]))
    until = draw(st.sampled_from([None, None, *DAYS, "2024-01-01/2024-01-02", "2023"]))
    if SPANS[since][0] > SPANS[until][1]:
        since = None
    return {k: v for k, v in (("valid_from", since), ("valid_to", until)) if v is not None}


@st.composite
def aliases(draw: st.DrawFn, kind: str) -> str | Json:
    name = draw(st.sampled_from(NAMES[kind]))
    return draw(st.one_of(st.just(name), validities().map(lambda valid: {"name": name, **valid})))


@st.composite
def registrations(draw: st.DrawFn, there: set[tuple[str, str]]) -> Json:
    """One that can be: what it names was registered, and is of a lower number."""
    kind = draw(st.sampled_from([*NAMES]))
    at = draw(st.integers(0, len(IDS) - 1))
    above = [None, *(i for i in IDS[:at] if (kind, i) in there)]
    event = {
        "type": f"{kind}.registered",
        "id": IDS[at],
        "name": draw(st.sampled_from(NAMES[kind])),
        "aliases": draw(st.lists(aliases(kind), max_size=2)),
        "same_as": draw(st.sampled_from(above)),
        **draw(validities()),
    }
    if kind == "place":
        event["within"] = draw(st.sampled_from(above))
    there.add((kind, IDS[at]))
    return event


ASKED: dict[str, st.SearchStrategy[Any]] = {
    **{
        kind: st.lists(st.sampled_from([*IDS, *names]), min_size=1, max_size=2, unique=True)
        for kind, names in NAMES.items()
    },
    "bbox": boxes,
    "during": st.sampled_from(DAYS),
}
few = st.lists(st.sampled_from([*ASKED, "source", "bbox"]), min_size=1, max_size=2, unique=True)
selections = few.flatmap(lambda names: st.fixed_dictionaries({n: ASKED[n] for n in names}))
"""One filter or two: more leave nothing to look at."""


@st.composite
def histories(draw: st.DrawFn) -> list[Json]:
    events: list[Json] = []
    filed: list[Json] = []
    there: set[tuple[str, str]] = set()
    for number in range(draw(st.integers(3, 10))):
        what = draw(st.sampled_from(["report"] * 3 + ["change"] * 2 + ["register", "define"]))
        event: Json
        if what == "register":
            event = draw(registrations(there))
        elif what == "define" and filed:
            named = draw(st.lists(st.sampled_from(["fire", "flood"]), max_size=1))
            known = {e["occurrence"] for e in filed}
            select = draw(selections)
            if "bbox" in select:
                box = select["bbox"]
                select = {**select, "bbox": [box.west, box.south, box.east, box.north]}
            event = {
                "type": "timeline.defined",
                "timeline": "norvale",
                "title": "Norvale",
                "select": select,
                "include": [name for name in named if name in known],
                "expected_version": "any",
            }
        elif what == "change" and filed:
            target = draw(st.sampled_from(filed))
            event = {
                "type": "report.corrected" if draw(st.booleans()) else "report.retracted",
                "occurrence": target["occurrence"],
                "target": target["event_id"],
                "fault": "source",
                "reason": "It was revised.",
                "reported_at": draw(st.sampled_from(DAYS)),
                "expected_version": "any",
            }
            if event["type"] == "report.corrected":
                event["claims"] = draw(claims())
            else:
                filed.remove(target)
        else:
            event = {
                "type": "report.filed",
                "occurrence": draw(st.sampled_from(["fire", "flood", "storm"])),
                "report": {
                    "source": {"name": draw(st.sampled_from(NAMES["source"]))},
                    # From one origin they do not bear each other out: a belief may stay the same
                    # while its sources change.
                    "via": draw(st.sampled_from([[], ["Wire"], ["Wire"]])),
                    "reported_at": draw(st.sampled_from(DAYS)),
                },
                "claims": draw(claims()),
            }
            filed.append(event)
        event["event_id"] = str(UUID(int=number + 1))
        events.append(event)
    return events


# The oracle


Names = list[tuple[str, tuple[int, int]]]
"""Folded keys, each with the first and the last day that it may have been borne on."""


def borne(thing: Json) -> Names:
    """The names of a thing. An alias has the thing's validity where it says nothing of its own."""
    names: Names = []
    for name in ({"name": thing["name"]}, *thing["aliases"]):
        alias = {"name": name} if isinstance(name, str) else name
        of = alias if "valid_from" in alias or "valid_to" in alias else thing
        first, last = SPANS[of.get("valid_from")][0], SPANS[of.get("valid_to")][1]
        names.append((folded(alias["name"]), (first, last)))
    return names


def things_of(events: list[Json], kind: str) -> dict[str, Json]:
    return {e["id"]: e for e in events if e["type"] == f"{kind}.registered"}


def named(things: dict[str, Json], asked: str) -> set[str]:
    return {i for i, e in things.items() if asked == i or folded(asked) in dict(borne(e))}


def ambiguities(events: list[Json], asked: Json) -> Any:
    """The names that mean several things: by kind and name, what these are in the end."""
    found: Json = {}
    for kind in NAMES.keys() & asked.keys():
        things = things_of(events, kind)
        for name in asked[kind]:
            ends = set()
            for one in named(things, name):
                while things[one]["same_as"]:
                    one = things[one]["same_as"]
                ends.add(one)
            if len(ends) > 1:
                found.setdefault(kind, {})[name] = tuple(sorted(ends))
    return found or UNSET


def meant(events: list[Json], kind: str, asked: str) -> Names:
    """What a name stands for, by the registrations among some events."""
    things = things_of(events, kind)
    found = named(things, asked)
    if not found:
        return [(folded(asked), SPANS[None])]
    for _ in range(2 * len(things)):
        for i, thing in things.items():
            if thing.get("within") in found or thing["same_as"] in found:
                found.add(i)
            if i in found and thing["same_as"]:
                found.add(thing["same_as"])
    return [name for i in found for name in borne(things[i])]


def met_in_time(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def found_by(keys: Names, name: str, when: str | None) -> bool:
    """Whether a name is one of some, and was not certainly borne at another time only."""
    return any(folded(name) == key and met_in_time(SPANS[when], days) for key, days in keys)


def met(one: Box | Area, other: Box | Area) -> bool:
    """Whether two boxes meet, cut in two where they run across the antimeridian."""

    def pieces(box: Box | Area) -> list[tuple[float, float]]:
        cut = [(box.west, 180.0), (-180.0, box.east)]
        return [(box.west, box.east)] if box.west <= box.east else cut

    if max(one.south, other.south) > min(one.north, other.north):
        return False
    pairs = [(a, b) for a in pieces(one) for b in pieces(other)]
    # Its one side and its other are one meridian.
    at_the_edge = all(
        any(-180.0 in piece or 180.0 in piece for piece in pieces(box)) for box in (one, other)
    )
    return at_the_edge or any(max(a[0], b[0]) <= min(a[1], b[1]) for a, b in pairs)


def judged(events: list[Json], asked: Json, entry: Entry, names: list[Json]) -> set[str]:
    """Which filters leave an entry out. `names` are the events that its names are read by."""
    against = set()
    when = entry.occurred.edtf if entry.occurred else None
    keys = {
        kind: [key for name in asked[kind] for key in meant(names, kind, name)]
        for kind in NAMES
        if kind in asked
    }
    place = entry.place
    if "place" in keys and (not place or not found_by(keys["place"], place.name, when)):
        against.add("place")
    if "actor" in keys and not any(found_by(keys["actor"], a.name, when) for a in entry.actors):
        against.add("actor")
    if "source" in keys and not any(
        found_by(keys["source"], c.report.source.name, c.report.reported_at) for c in entry.claims
    ):
        against.add("source")
    if "bbox" in asked:
        # What area a place has is for domain/test_areas.py to say.
        area = entry.place.area if entry.place is not None else None
        if area is None:
            against.add("unlocated")
        elif not met(asked["bbox"], area):
            against.add("bbox")
    if "during" in asked:
        if entry.occurred is None:
            against.add("undated")
        elif not met_in_time(SPANS[when], SPANS[asked["during"]]):
            against.add("during")
    return against


# Playing and asking


async def play(store: Store, events: list[Json]) -> str:
    chronicle = next(chronicles)
    await store.create_chronicle(chronicle)
    for event in events:
        await store.append(chronicle, Append(events=(read(event),)))
    return chronicle


def point(day: str, basis: int) -> Point:
    return Point(as_of=day, known=last_microsecond(day), basis=basis)


async def listed(
    reader: Reader, query: Query, timeline: str | None = None
) -> tuple[list[Entry], dict[str, int]]:
    """All entries, page after page, and what the first page says was left out."""

    async def page(query: Query) -> Any:
        return await (reader.timeline(timeline, query) if timeline else reader.occurrences(query))

    answer = await page(query)
    entries, left_out = list(answer.entries), answer.left_out
    while answer.next is not None:
        answer = await page(
            Query(
                point=query.point,
                filter=query.filter,
                sort=query.sort,
                limit=query.limit,
                claims=query.claims,
                cursor=read_cursor(answer.next),
            )
        )
        assert answer.left_out == left_out
        entries += answer.entries
    return entries, left_out


def filter_of(asked: Json) -> Filter:
    return Filter(**{k: v if k in ("bbox", "during") else tuple(v) for k, v in asked.items()})


@settings(max_examples=EXAMPLES)
@given(
    histories(),
    st.lists(selections, min_size=2, max_size=4),
    st.sampled_from(["occurred", "-occurred"]),
    st.integers(1, 3),
)
async def test_every_cell_is_filtered_as_a_plain_look_at_its_entries_says(
    store: Store, events: list[Json], questions: list[Json], sort: str, limit: int
) -> None:
    chronicle = await play(store, events)

    async with store.reading(chronicle) as reader:
        for basis, day in itertools.product(range(len(events) + 1), DAYS):
            whole = Query(point=point(day, basis), sort=sort, claims="all")
            everything, _ = await listed(reader, whole)
            for asked in questions:
                query = msgspec.structs.replace(whole, filter=filter_of(asked), limit=limit)
                answer = await reader.occurrences(query)
                assert answer.ambiguous == ambiguities(events[:basis], asked)
                found, left_out = await listed(reader, query)

                against = [judged(events, asked, e, events[:basis]) for e in everything]
                pairs = list(zip(everything, against, strict=True))
                assert found == [entry for entry, why in pairs if not why]
                expected = {}
                if "during" in asked:
                    expected["undated"] = sum(
                        "undated" in why and why <= {"undated", "unlocated"} for why in against
                    )
                if "bbox" in asked:
                    expected["unlocated"] = sum(why == {"unlocated"} for why in against)
                assert left_out == expected


async def test_every_box_of_a_grid_finds_the_areas_that_meet_it(store: Store) -> None:
    # Those on the antimeridian and at the poles as well, which random ones seldom are.
    points = list(itertools.product((-90.0, 0.0, 45.0), EAST, (0, 100_000)))
    places = {
        f"fire-{n:02}": {"name": "Norvale", "lat": lat, "lon": lon, "radius_m": radius}
        for n, (lat, lon, radius) in enumerate(points)
    }
    events = [
        {
            "type": "report.filed",
            "occurrence": name,
            "report": {"source": {"name": "Post"}, "reported_at": DAYS[0]},
            "claims": {"title": "A fire", "place": place},
        }
        for name, place in places.items()
    ]
    chronicle = await play(store, events)

    async with store.reading(chronicle) as reader:
        everything, _ = await listed(reader, Query())
        for west, east, (south, north) in itertools.product(
            EAST, EAST, [(-90.0, 0.0), (1.0, 90.0)]
        ):
            asked = Box(west, south, east, north)
            found, left_out = await listed(reader, Query(filter=Filter(bbox=asked)))
            assert found == [e for e in everything if met(asked, e.place.area)], asked
            assert left_out == {"unlocated": 0}


async def check_timelines(store: Store, chronicle: str, events: list[Json]) -> None:
    """In every cell a timeline holds what its definition, read by the names of its own position,
    selects; and what differs between two days is what differs between its listings."""
    async with store.reading(chronicle) as reader:
        for basis in range(len(events) + 1):
            defined = [n for n, e in enumerate(events[:basis]) if e["type"] == "timeline.defined"]
            if not defined:
                continue
            definition, names = events[defined[-1]], events[: defined[-1]]
            asked = dict(definition["select"])
            if "bbox" in asked:
                asked["bbox"] = Box(*asked["bbox"])
            held: dict[str, dict[str, Entry]] = {}
            for day in DAYS:
                query = Query(point=point(day, basis), claims="all")
                everything, _ = await listed(reader, query)
                found, _ = await listed(reader, query, "norvale")
                assert found == [
                    entry
                    for entry in everything
                    if entry.occurrence in definition["include"]
                    or not judged(events, asked, entry, names)
                ]
                held[day] = {entry.occurrence: entry for entry in found}
            for one, other in itertools.combinations(DAYS, 2):
                before, after = held[one], held[other]
                diff = await Changes.over(reader).diff(
                    "norvale", point(one, basis), point(other, basis)
                )
                assert {c.entry.occurrence for c in diff.added} == after.keys() - before.keys()
                assert {c.entry.occurrence for c in diff.removed} == before.keys() - after.keys()


@settings(max_examples=EXAMPLES)
@given(histories().filter(lambda events: any(e["type"] == "timeline.defined" for e in events)))
async def test_a_timeline_holds_what_its_filters_select_however_it_is_filled(
    store: Store, behind: Store, events: list[Json]
) -> None:
    await check_timelines(store, await play(store, events), events)

    chronicle = await play(behind, events)
    await check_timelines(behind, chronicle, events)
    while await behind.filler.step():
        pass
    assert await behind.to_fill(chronicle) is None
    await check_timelines(behind, chronicle, events)
