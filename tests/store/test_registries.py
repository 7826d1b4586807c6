"""Goal: what is registered is read as at the basis, names its things to listings, and never
rewrites what was answered before.

Made-up actors in made-up places, and the names of one real town in three spellings, through the
store as HTTP and the command line use it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from msgspec import UNSET

from domain.answers import KeysShown, Listing
from domain.errors import Conflict, DatelineError, Invalid, NotFound, WrongExpectedVersion
from domain.query import Filter, Point, Query, TotalsQuery, known_at
from store.changes import Changes
from store.known import Append
from store.names import ABOUT, Meant, Names
from store.store import Store, open_store
from tests.conftest import Database
from tests.histories import read
from tests.oracle import Json

DAYS = ("2024-03-05", "2024-03-06")


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        yield store


async def write(store: Store, *events: Json) -> Any:
    """Append them together."""
    return await store.append("main", Append(events=tuple(map(read, events))))


async def refused(store: Store, event: Json) -> DatelineError:
    with pytest.raises(DatelineError) as fault:
        await write(store, event)
    return fault.value


async def listed(store: Store, basis: int | None = None, **filters: Any) -> list[str]:
    return [entry.occurrence for entry in (await listing(store, basis, **filters)).entries]


async def listing(store: Store, basis: int | None = None, **filters: Any) -> Listing:
    query = Query(point=Point(basis=basis), filter=Filter(**filters))
    async with store.reading("main") as reader:
        return await reader.occurrences(query)


def place(id: str, name: str, *aliases: str, **fields: Any) -> Json:
    return {"type": "place.registered", "id": id, "name": name, "aliases": [*aliases], **fields}


def actor(id: str, name: str, *aliases: str, **fields: Any) -> Json:
    return {"type": "actor.registered", "id": id, "name": name, "aliases": [*aliases], **fields}


def source(id: str, name: str, *aliases: str, **fields: Any) -> Json:
    return {"type": "source.registered", "id": id, "name": name, "aliases": [*aliases], **fields}


def filed(occurrence: str, source: str = "Norvale Post", **claims: Any) -> Json:
    return {
        "type": "report.filed",
        "occurrence": occurrence,
        "report": {"source": {"name": source}, "reported_at": "2024-03-05"},
        "claims": {"title": occurrence, **claims},
    }


# Names find one thing


async def test_three_spellings_find_one_place_once_its_names_are_registered(store: Store) -> None:
    spellings = ("خان شيخون", "Khan Sheikhoun", "Khān Shaykhūn")
    for at, name in enumerate(spellings):
        await write(store, filed(f"battle-{at}", place={"name": name}))
    everything = ["battle-0", "battle-1", "battle-2"]

    # Unregistered, a name finds what is spelled like it.
    assert await listed(store, place=("KHAN SHAYKHUN",)) == ["battle-2"]

    alias = {"name": "خَان شَيْخُون", "language": "ar", "script": "Arab"}
    town = place("khan-shaykhun", "Khan Shaykhun", "Khan Sheikhoun")
    town["aliases"].append(alias)
    await write(store, town)
    for name in (*spellings, "khan-shaykhun"):
        assert await listed(store, place=(name,)) == everything


async def test_a_place_finds_all_that_lies_within_it(store: Store) -> None:
    await write(
        store,
        place("estra", "Estra"),
        place("norvale", "Norvale", "Norwale", within="estra"),
        place("old-bridge", "Old Bridge", within="norvale"),
        place("tellin", "Tellin"),
    )
    for at, name in enumerate(("Estra", "Norwale", "old bridge", "Tellin")):
        await write(store, filed(f"fire-{at}", place={"name": name}))

    assert await listed(store, place=("estra",)) == ["fire-0", "fire-1", "fire-2"]
    assert await listed(store, place=("Norvale",)) == ["fire-1", "fire-2"]
    assert await listed(store, place=("Old Bridge", "tellin")) == ["fire-2", "fire-3"]


async def test_an_actor_that_is_another_is_found_by_either_and_an_old_basis_knows_of_neither(
    store: Store,
) -> None:
    await write(store, actor("guard", "Norvale Guard"), actor("first-brigade", "First Brigade"))
    await write(store, filed("raid-0", actors=[{"name": "Norvale Guard"}]))
    await write(store, filed("raid-1", actors=[{"name": "Estra Council"}, {"name": "1st Brigade"}]))
    before = (await write(store, filed("raid-2", actors=[{"name": "first brigade"}]))).basis
    assert await listed(store, actor=("guard",)) == ["raid-0"]

    merged = actor("first-brigade", "First Brigade", "1st Brigade", same_as="guard")
    await write(store, merged)

    for asked in ("guard", "first-brigade", "1ST  BRIGADE"):
        assert await listed(store, actor=(asked,)) == ["raid-0", "raid-1", "raid-2"]
    assert await listed(store, before, actor=("guard",)) == ["raid-0"]


async def test_a_source_is_that_of_live_reports_in_the_cell(store: Store) -> None:
    await write(store, source("post", "Norvale Post", "The Post"))
    await write(store, filed("flood", "Estra Herald"))
    first = (await write(store, filed("storm", "the post"))).events[0]
    await write(store, filed("storm", "Estra Herald"))
    # The same words from another: the belief stays what it was, and its sources do not.
    before = (await write(store, filed("flood", "Estra Herald"))).basis
    await write(store, filed("flood", "Norvale Post"))

    assert await listed(store, source=("post",)) == ["flood", "storm"]
    assert await listed(store, before, source=("post",)) == ["storm"]

    retracted = {
        "type": "report.retracted",
        "occurrence": "storm",
        "target": str(first.event_id),
        "fault": "source",
        "reason": "The source withdrew it.",
        "expected_version": "any",
    }
    await write(store, retracted)
    # The storm goes on being believed, by what the other says.
    assert await listed(store, source=("post",)) == ["flood"]
    assert await listed(store, source=("Estra Herald",)) == ["flood", "storm"]


async def test_the_newest_basis_is_named_where_a_registration_changed_the_answer(
    store: Store,
) -> None:
    await write(store, filed("fire", place={"name": "Norwale"}))
    last = (await write(store, place("norvale", "Norvale", "Norwale"))).basis

    assert (await listing(store, place=("norvale",))).basis == last
    assert (await listing(store)).basis == last - 1


# Names that were borne for a time

NAMES_IN_SUCCESSION = [
    {"name": "Jabhat al-Nusra", "valid_to": "2016-07-28"},
    {"name": "Jabhat Fatah al-Sham", "valid_from": "2016-07-28", "valid_to": "2017-01-28"},
]


def in_succession() -> Json:
    """One actor that bore three names, one after the other."""
    event = actor("hts", "Hayat Tahrir al-Sham", valid_from="2017-01-28")
    return {**event, "aliases": NAMES_IN_SUCCESSION}


async def test_an_actor_is_found_under_each_name_in_its_time_and_undated_at_any(
    store: Store,
) -> None:
    await write(store, filed("undated", actors=[{"name": "Jabhat al-Nusra"}]))
    for name, actor_then, when in (
        ("in-2014", "Jabhat al-Nusra", "2014"),
        ("in-2019-by-its-old-name", "Jabhat al-Nusra", "2019-05-06"),
        ("in-2016-by-the-old", "Jabhat al-Nusra", "2016"),
        ("in-2019", "Hayat Tahrir al-Sham", "2019"),
        ("in-2014-by-the-new", "Hayat Tahrir al-Sham", "2014"),
    ):
        await write(store, filed(name, actors=[{"name": actor_then}], occurred={"edtf": when}))
    before = (await write(store, filed("another"))).basis
    await write(store, in_succession())

    for asked in ("hts", "Jabhat al-Nusra", "Hayat Tahrir al-Sham"):
        assert await listed(store, actor=(asked,)) == [
            "in-2014",
            "in-2016-by-the-old",
            "in-2019",
            "undated",
        ]
    # On the older basis nobody had said when.
    assert await listed(store, before, actor=("Jabhat al-Nusra",)) == [
        "in-2014",
        "in-2016-by-the-old",
        "in-2019-by-its-old-name",
        "undated",
    ]


async def test_a_correction_of_the_date_moves_it_into_the_time_of_a_name(store: Store) -> None:
    await write(store, in_succession())
    define = {
        "type": "timeline.defined",
        "timeline": "of-hts",
        "title": "HTS",
        "select": {"actor": ["hts"]},
        "expected_version": "none",
    }
    await write(store, define)
    claims = {"actors": [{"name": "Jabhat al-Nusra"}], "occurred": {"edtf": "2019"}}
    first = (await write(store, filed("raid", **claims))).events[0]
    assert await listed(store, actor=("hts",)) == []
    corrected = {
        "type": "report.corrected",
        "occurrence": "raid",
        "target": str(first.event_id),
        "fault": "entry",
        "reason": "The year was misread.",
        "claims": {"occurred": {"edtf": "2015"}},
        "expected_version": "any",
    }
    await write(store, corrected)

    assert await listed(store, actor=("hts",)) == ["raid"]
    async with store.reading("main") as reader:
        assert [e.occurrence for e in (await reader.timeline("of-hts", Query())).entries] == [
            "raid"
        ]
        (shown,) = (await reader.timelines(Point())).timelines
    assert shown.keys is not None
    assert [key.key for key in shown.keys.actor if not isinstance(key, str)] == [
        "hayat tahrir al sham",
        "jabhat al nusra",
        "jabhat fatah al sham",
    ]


async def test_a_source_is_found_under_the_name_that_it_had_when_it_reported(store: Store) -> None:
    # What it reported of may have been long before it had that name.
    for name, said in (
        ("in-2015", "2015-06-01"),
        ("in-2021", "2021-06-01"),
        ("some-day-in-2018", "2018"),
        ("nobody-knows-when", None),
        ("last-hour-in-its-own-zone", "2018-12-31T23:30:00-05:00"),
    ):
        event = filed(name, "The Post", occurred={"edtf": "1999"})
        event["report"]["reported_at"] = said
        await write(store, event)
    renamed = source("post", "Norvale Times", valid_from="2019")
    renamed["aliases"] = [{"name": "The Post", "valid_from": "2018-10", "valid_to": "2018"}]
    await write(store, renamed)

    found = await listed(store, source=("post",))

    assert sorted(found) == ["last-hour-in-its-own-zone", "nobody-knows-when", "some-day-in-2018"]


async def test_a_place_that_was_renamed_is_found_under_each_name_in_its_time(store: Store) -> None:
    town = {**place("tellin", "Tellin"), "valid_from": "1992"}
    town["aliases"] = [{"name": "Norvalegrad", "valid_from": "1947", "valid_to": "1991"}]
    define = {
        "type": "timeline.defined",
        "timeline": "of-tellin",
        "title": "Tellin",
        "select": {"place": ["tellin"]},
        "expected_version": "none",
    }
    await write(store, town, place("estra", "Estra"), define)
    await write(store, filed("undated", place={"name": "Norvalegrad"}))
    for name, place_then, when in (
        ("old", "Norvalegrad", "1950"),
        ("new", "Tellin", "2001"),
        ("not-yet", "Tellin", "1950"),
        ("no-more", "Norvalegrad", "2001"),
    ):
        await write(store, filed(name, place={"name": place_then}, occurred={"edtf": when}))

    assert await listed(store, place=("tellin",)) == ["old", "new", "undated"]
    async with store.reading("main") as reader:
        entries = (await reader.timeline("of-tellin", Query())).entries
    assert [entry.occurrence for entry in entries] == ["old", "new", "undated"]


async def test_a_registry_says_when_each_name_is_borne(store: Store) -> None:
    await write(store, in_succession())

    async with store.reading("main") as reader:
        (shown,) = (await reader.actors(Point())).actors
    assert [(n.name, n.earliest, n.latest) for n in shown.names] == [
        ("Hayat Tahrir al-Sham", "2017-01-28", None),
        ("Jabhat al-Nusra", None, "2016-07-28"),
        ("Jabhat Fatah al-Sham", "2016-07-28", "2017-01-28"),
    ]


# Names that several bear, and names that are given up


async def test_a_name_that_two_actors_bear_finds_both_and_the_answer_says_so(store: Store) -> None:
    await write(store, actor("guard", "Norvale Guard", "The Guard"))
    await write(store, filed("raid-0", actors=[{"name": "Norvale Guard"}]))
    before = (await write(store, filed("raid-1", actors=[{"name": "Estra Guard"}]))).basis
    await write(store, actor("estra-guard", "Estra Guard", "THE GUARD"))

    answer = await listing(store, actor=("The Guard",))

    assert [entry.occurrence for entry in answer.entries] == ["raid-0", "raid-1"]
    assert answer.ambiguous == {"actor": {"The Guard": ("estra-guard", "guard")}}
    assert (await listing(store, actor=("guard",))).ambiguous is UNSET
    assert (await listing(store, before, actor=("The Guard",))).ambiguous is UNSET
    async with store.reading("main") as reader:
        query = TotalsQuery(by="actor", filter=Filter(actor=("The Guard",)))
        assert (await reader.totals(None, query)).ambiguous == answer.ambiguous
        shown = (await reader.actors(Point())).actors
    assert [[name.also for name in one.names] for one in shown] == [
        [(), ("guard",)],
        [(), ("estra-guard",)],
    ]

    # Said to be one, they are one, and no longer two with one name.
    await write(store, actor("estra-guard", "Estra Guard", "THE GUARD", same_as="guard"))
    answer = await listing(store, actor=("The Guard",))
    assert (len(answer.entries), answer.ambiguous) == (2, UNSET)


async def test_a_merge_of_two_actors_can_be_undone(store: Store) -> None:
    await write(store, actor("guard", "Norvale Guard"), actor("brigade", "First Brigade"))
    await write(store, filed("raid-0", actors=[{"name": "Norvale Guard"}]))
    await write(store, filed("raid-1", actors=[{"name": "First Brigade"}]))
    merged = (await write(store, actor("brigade", "First Brigade", same_as="guard"))).basis
    await write(store, actor("brigade", "First Brigade"))

    for asked, alone in (("guard", "raid-0"), ("brigade", "raid-1")):
        assert await listed(store, merged, actor=(asked,)) == ["raid-0", "raid-1"]
        assert await listed(store, actor=(asked,)) == [alone]


async def test_an_alias_that_a_registration_leaves_out_is_given_up_from_there_on(
    store: Store,
) -> None:
    with_alias = (await write(store, actor("guard", "Norvale Guard", "The Guard"))).basis
    await write(store, filed("raid-0", actors=[{"name": "The Guard"}]))
    last = (await write(store, filed("raid-1", actors=[{"name": "Norvale Guard"}]))).basis
    await write(store, actor("guard", "Norvale Guard"))

    assert with_alias < last
    assert await listed(store, last, actor=("guard",)) == ["raid-0", "raid-1"]
    assert await listed(store, actor=("guard",)) == ["raid-1"]
    assert await listed(store, actor=("the guard",)) == ["raid-0"]  # now it stands for itself


async def test_a_new_name_rewrites_nothing_that_was_reported_or_answered(store: Store) -> None:
    await write(store, actor("guard", "Norvale Guard"))
    before = (await write(store, filed("raid", actors=[{"name": "Norvale Guard"}]))).basis
    answered = await listing(store, before, actor=("guard",))

    await write(store, actor("guard", "Estra Guard"))

    assert await listing(store, before, actor=("guard",)) == answered
    # It no longer goes by the name that was reported, which stands as it was.
    assert await listed(store, actor=("guard",)) == []
    await write(store, actor("guard", "Estra Guard", "Norvale Guard"))
    (entry,) = (await listing(store, actor=("guard",))).entries
    assert [one.name for one in entry.actors] == ["Norvale Guard"]


async def test_two_registrations_of_one_thing_in_one_batch_leave_the_later(store: Store) -> None:
    await write(store, filed("raid-0", actors=[{"name": "The Guard"}]))
    await write(store, filed("raid-1", actors=[{"name": "Brigade"}]))
    basis = (await write(store, actor("guard", "The Guard"), actor("guard", "Brigade"))).basis

    assert await listed(store, actor=("guard",)) == ["raid-1"]
    assert await listed(store, basis - 1, actor=("guard",)) == ["raid-0"]


async def test_what_another_process_registers_is_found_at_once(
    store: Store, database: Database
) -> None:
    await write(store, filed("raid", actors=[{"name": "The Guard"}]))
    assert await listed(store, actor=("guard",)) == []
    async with open_store(database.app_dsn) as other:
        basis = (await write(other, actor("guard", "The Guard"))).basis
        assert await listed(store, actor=("guard",)) == ["raid"]
        await write(other, actor("guard", "Brigade"))
    assert await listed(store, actor=("guard",)) == []
    assert await listed(store, basis, actor=("guard",)) == ["raid"]


async def test_what_is_kept_of_names_is_bounded_and_right_when_it_is_left_out(
    store: Store, database: Database
) -> None:
    await write(store, actor("guard", "The Guard"), actor("brigade", "Brigade"))
    names = Names(room=ABOUT + 100)
    connection = await asyncpg.connect(database.app_dsn)
    try:
        for asked, key in (("guard", "the guard"), ("brigade", "brigade"), ("guard", "the guard")):
            for _ in range(2):
                found = await names.meant(connection, 1, "actor", (asked,), 2)
                assert found == Meant((key,), f'{{"{key}":null}}')
                assert len(names) == 1
    finally:
        await connection.close()
    tiny = Names(room=1)
    connection = await asyncpg.connect(database.app_dsn)
    try:
        assert await tiny.meant(connection, 1, "actor", ("guard",), 1) == found
        assert len(tiny) == 0
    finally:
        await connection.close()


async def test_names_of_any_length_that_begin_alike_are_told_apart(store: Store) -> None:
    names = ["\ufdfa" * 299 + end for end in "ab"]  # each sign folds to eighteen
    await write(store, actor("one", names[0]), actor("two", names[1]), actor("three", "Three"))
    for at, name in enumerate(names):
        await write(store, filed(f"raid-{at}", actors=[{"name": name}]))

    answer = await listing(store, actor=(names[1],))
    assert [entry.occurrence for entry in answer.entries] == ["raid-1"]
    assert answer.ambiguous is UNSET


# The registry itself


async def test_a_registration_replaces_the_one_before_from_its_position_on(store: Store) -> None:
    first = (await write(store, place("norvale", "Norvale", "Norwale", lat=1.5, lon=2.0))).basis
    done = await write(store, place("norvale", "Norvale", radius_m=900, lat=1.5, lon=2.0))
    assert (done.events[0].place, done.events[0].version) == ("norvale", 2)

    async with store.reading("main") as reader:
        (old,) = (await reader.places(Point(basis=first))).places
        (new,) = (await reader.places(Point())).places
        none = await reader.places(Point(basis=0))
    assert [alias.name for alias in old.aliases] == ["Norwale"]
    assert (old.version, old.area.radius_m) == (1, 25_000)
    assert (new.version, new.position, new.aliases, new.area.radius_m) == (2, 2, (), 900)
    assert none.places == ()


async def test_a_registry_names_the_last_registration_of_its_kind_as_its_basis(
    store: Store,
) -> None:
    await write(store, actor("guard", "Norvale Guard"))
    await write(store, filed("fire"), place("norvale", "Norvale"))

    async with store.reading("main") as reader:
        assert (await reader.actors(Point())).basis == 1
        assert (await reader.sources(Point())).basis == 0


async def test_a_registration_may_name_the_version_that_it_was_decided_on(store: Store) -> None:
    await write(store, actor("guard", "Norvale Guard", expected_version="none"))
    await write(store, actor("guard", "The Guard", expected_version=1))

    stale = await refused(store, actor("guard", "Norvale Guard", expected_version=1))
    assert isinstance(stale, WrongExpectedVersion)


async def test_one_id_may_be_an_actor_a_place_and_a_source(store: Store) -> None:
    await write(store, actor("n", "Norvale"), place("n", "Norvale"), source("n", "Norvale"))
    async with store.reading("main") as reader:
        assert [a.id for a in (await reader.actors(Point())).actors] == ["n"]
        assert [s.id for s in (await reader.sources(Point())).sources] == ["n"]


async def test_a_registration_sent_again_gives_its_first_result_whatever_came_since(
    store: Store,
) -> None:
    event = place("norvale", "Norvale", event_id="018f0000-0000-7000-8000-000000000001")
    first = await write(store, place("estra", "Estra"), {**event, "within": "estra"})
    await write(store, place("norvale", "Norvale"))
    await write(store, place("estra", "Estra", within="norvale"))

    again = await write(store, {**event, "within": "estra"})

    assert again.events[0] == first.events[1]
    assert isinstance(await refused(store, event), Conflict)


@pytest.mark.parametrize(
    ("event", "fault", "where"),
    [
        (place("norvale", "Norvale", within="nowhere"), NotFound, "/within"),
        (actor("guard", "Guard", same_as="nobody"), NotFound, "/same_as"),
        (place("norvale", "Norvale", within="norvale"), Conflict, "/within"),
        (place("estra", "Estra", within="tellin"), Conflict, "/within"),
        (place("norvale", "Norvale", lat=1.5), Invalid, ""),
        (place("norvale", "Norvale", radius_m=5), Invalid, "/radius_m"),
        (actor("guard", "Guard", valid_from="soon"), Invalid, "/valid_from"),
        (actor("guard", "Guard", valid_from="2019-02", valid_to="2019-01"), Invalid, "/valid_to"),
        (place("norvale", "Norvale", valid_to="once"), Invalid, "/valid_to"),
        (
            {**actor("guard", "Guard"), "aliases": ["A", {"name": "B", "valid_from": "late"}]},
            Invalid,
            "/aliases/1/valid_from",
        ),
        (
            {
                **source("post", "Post"),
                "aliases": [{"name": "B", "valid_from": "2020", "valid_to": "2019"}],
            },
            Invalid,
            "/aliases/0/valid_to",
        ),
    ],
)
async def test_what_cannot_be_is_refused_and_leaves_nothing(
    store: Store, event: Json, fault: type[DatelineError], where: str
) -> None:
    await write(store, place("estra", "Estra"), place("tellin", "Tellin", within="estra"))

    answered = await refused(store, event)

    assert isinstance(answered, fault)
    assert answered.where == where
    async with store.reading("main") as reader:
        assert len((await reader.places(Point())).places) == 2
        assert (await reader.actors(Point())).actors == ()


async def test_what_a_refused_batch_registered_is_not_there_for_the_next(store: Store) -> None:
    batch = [place("estra", "Estra"), place("norvale", "Norvale", within="nowhere")]
    with pytest.raises(NotFound):
        await write(store, *batch)

    assert isinstance(await refused(store, place("tellin", "Tellin", within="estra")), NotFound)


# Timelines


async def test_a_definition_keeps_the_names_that_it_was_filed_with(store: Store) -> None:
    define = {
        "type": "timeline.defined",
        "timeline": "of-norvale",
        "title": "Norvale",
        "select": {"place": ["norvale"]},
        "expected_version": "any",
    }
    await write(store, place("norvale", "Norvale", "Norwale"), define)
    for at, name in enumerate(("NORWALE", "Nordale", "Tellin")):
        await write(store, filed(f"fire-{at}", place={"name": name}))
    await write(store, place("norvale", "Norvale", "Nordale"))

    async with store.reading("main") as reader:
        entries = (await reader.timeline("of-norvale", Query())).entries
        (shown,) = (await reader.timelines(Point())).timelines
    assert [entry.occurrence for entry in entries] == ["fire-0"]
    assert shown.keys == KeysShown(place=("norvale", "norwale"))

    await write(store, define)
    async with store.reading("main") as reader:
        entries = (await reader.timeline("of-norvale", Query())).entries
    assert [entry.occurrence for entry in entries] == ["fire-1"]


async def test_a_definition_in_one_batch_knows_what_is_registered_before_it(store: Store) -> None:
    await write(store, filed("fire", actors=[{"name": "The Guard"}]))
    define = {
        "type": "timeline.defined",
        "timeline": "of-the-guard",
        "title": "Guard",
        "select": {"actor": ["guard"]},
        "expected_version": "none",
    }
    await write(store, actor("guard", "Norvale Guard", "The Guard"), define)

    async with store.reading("main") as reader:
        entries = (await reader.timeline("of-the-guard", Query())).entries
    assert [entry.occurrence for entry in entries] == ["fire"]


async def test_a_timeline_of_a_source_gains_an_entry_when_that_source_reports_what_is_believed(
    store: Store,
) -> None:
    define = {
        "type": "timeline.defined",
        "timeline": "of-the-post",
        "title": "As the Post has it",
        "select": {"source": ["post"]},
        "expected_version": "none",
    }
    await write(store, source("post", "Norvale Post"), define)
    for reporter, day in (("Estra Herald", "2024-03-05"), ("Norvale Post", "2024-03-06")):
        report = filed("flood", reporter)
        report["report"] |= {"reported_at": day, "via": ["Estra Council"]}
        await write(store, report)

    first, second = (Point(as_of=day, known=known_at(day, "as_of")) for day in DAYS)
    async with store.reading("main") as reader:
        assert (await reader.timeline("of-the-post", Query(point=first))).entries == ()
        (entry,) = (await reader.timeline("of-the-post", Query(point=second))).entries
        changed = await Changes.over(reader).diff("of-the-post", first, second)
    # The belief is the one that began the day before.
    assert entry.known_from.startswith("2024-03-05")
    assert [came.entry.occurrence for came in changed.added] == ["flood"]
    assert [by.source for by in changed.added[0].by] == ["Norvale Post"]
