"""Goal: likely duplicates are found in a cell of known x recorded, and what was answered is not
asked again.

Method: made-up reports on a real database. What index ranges find is compared with what comparing
all with all finds, over dates of every duration class.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

import seeds
import store.similar
from domain.duplicates import Duplicates, SimilarShown
from domain.errors import MergedInto, NotFound
from domain.query import Point, Query, known_at
from domain.reading import read_event
from domain.similar import Account, Rarity, likeness
from store.known import Append
from store.similar import Similarity
from store.store import Store, open_store


@pytest.fixture
async def store_(database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as opened:
        await opened.create_chronicle("main")
        await opened.chronicle("main")
        yield opened


SHELLING = {
    "title": "Market shelled",
    "kind": "shelling",
    "occurred": {"edtf": "2019-08-27"},
    "place": {"name": "Norvale"},
}


async def said(store: Store, type: str, **fields: Any) -> int:
    """Append one event; its position."""
    event = read_event(msgspec.json.encode({"type": type, **fields}))
    return (await store.append("main", Append(events=(event,)))).basis


async def filed(store: Store, occurrence: str, **claims: Any) -> int:
    """A report of a shelling at Norvale on 27 August 2019, each by a source of its own."""
    reported = claims.pop("reported_at", "2019-08-28")
    report = {"source": {"name": f"Source of {occurrence}"}, "reported_at": reported}
    return await said(
        store, "report.filed", occurrence=occurrence, report=report, claims={**SHELLING, **claims}
    )


async def linked(store: Store, one: str, relation: str, other: str, **fields: Any) -> int:
    return await said(
        store, "occurrence.linked", occurrence=one, relation=relation, to=other, **fields
    )


async def merged(store: Store, one: str, into: str, **fields: Any) -> int:
    return await said(
        store,
        "occurrence.merged",
        occurrence=one,
        into=into,
        reason="Two accounts of one attack",
        expected_version="any",
        **fields,
    )


ALL = Query()


def at(as_of: str | None = None, basis: int | None = None) -> Query:
    if as_of is None:
        return Query(point=Point(basis=basis))
    return Query(point=Point(as_of=as_of, known=known_at(as_of, "as_of"), basis=basis))


async def similar(store: Store, name: str, query: Query = ALL) -> SimilarShown:
    async with store.reading("main") as reader:
        return await Similarity.over(reader).similar(name, query)


async def duplicates(store: Store, timeline: str | None = None, query: Query = ALL) -> Duplicates:
    async with store.reading("main") as reader:
        return await Similarity.over(reader).duplicates(timeline, query)


async def suggested(store: Store, name: str, query: Query = ALL) -> list[str]:
    return [found.occurrence for found in (await similar(store, name, query)).candidates]


async def pairs(store: Store, query: Query = ALL) -> set[frozenset[str]]:
    found = (await duplicates(store, None, query)).pairs
    return {frozenset((pair.one.occurrence, pair.other.occurrence)) for pair in found}


# In a cell


async def test_what_was_not_known_yet_is_not_suggested(store_: Store) -> None:
    await filed(store_, "norvale-a")
    before = await filed(store_, "norvale-b", reported_at="2019-09-10")

    assert await suggested(store_, "norvale-a", at("2019-09-09")) == []
    assert await suggested(store_, "norvale-a", at("2019-09-10")) == ["norvale-b"]
    assert await suggested(store_, "norvale-a", at(basis=before - 1)) == []
    assert await suggested(store_, "norvale-b") == ["norvale-a"]
    assert await pairs(store_, at("2019-09-09")) == set()
    assert await pairs(store_) == {frozenset(("norvale-a", "norvale-b"))}


async def test_an_old_basis_gives_the_same_bytes_after_later_writes(store_: Store) -> None:
    # given
    await filed(store_, "norvale-a")
    basis = await filed(store_, "norvale-b")
    before = msgspec.json.encode(await similar(store_, "norvale-a", at(basis=basis)))
    swept = msgspec.json.encode(await duplicates(store_, None, at(basis=basis)))

    # when
    await filed(store_, "norvale-c")
    await linked(store_, "norvale-a", "distinct-from", "norvale-b")
    await merged(store_, "norvale-c", "norvale-b")

    # then
    assert msgspec.json.encode(await similar(store_, "norvale-a", at(basis=basis))) == before
    assert msgspec.json.encode(await duplicates(store_, None, at(basis=basis))) == swept


async def test_an_answer_that_is_not_pinned_names_the_position_that_it_is_of(
    store_: Store,
) -> None:
    position = await filed(store_, "norvale-a")

    shown = await similar(store_, "norvale-a")

    assert (shown.basis, shown.candidates, shown.looked_at, shown.limited) == (
        position, (), 0, False,
    )  # fmt: skip


async def test_what_was_retracted_is_suggested_up_to_then(
    store_: Store,
) -> None:
    # given
    await filed(store_, "norvale-a")
    await said(
        store_,
        "report.filed",
        event_id="01920000-0000-7000-8000-000000000001",
        occurrence="norvale-b",
        report={"source": {"name": "Tellin Radio"}, "reported_at": "2019-08-28"},
        claims=SHELLING,
    )

    # when
    await said(
        store_,
        "report.retracted",
        occurrence="norvale-b",
        target="01920000-0000-7000-8000-000000000001",
        fault="source",
        reason="It was withdrawn",
        reported_at="2019-09-01",
        expected_version=1,
    )

    # then
    assert await suggested(store_, "norvale-a", at("2019-08-31")) == ["norvale-b"]
    assert await suggested(store_, "norvale-a", at("2019-09-01")) == []
    assert await suggested(store_, "norvale-b") == []


async def test_what_is_not_there_is_not_found(store_: Store) -> None:
    await filed(store_, "norvale-a", reported_at="2019-09-10")

    with pytest.raises(NotFound):
        await similar(store_, "norvale-b")
    with pytest.raises(NotFound):
        await similar(store_, "norvale-a", at("2019-09-09"))
    with pytest.raises(NotFound):
        await duplicates(store_, "norvale")


# What has been answered


async def test_not_the_same_is_said_once(store_: Store) -> None:
    # given
    for name in ("norvale-a", "norvale-b", "norvale-c"):
        await filed(store_, name)
    assert len(await pairs(store_)) == 3

    # when
    basis = await linked(store_, "norvale-a", "distinct-from", "norvale-b")

    # then: not asked again, from neither side, nor about any day
    assert await suggested(store_, "norvale-a") == ["norvale-c"]
    assert await suggested(store_, "norvale-b") == ["norvale-c"]
    assert await suggested(store_, "norvale-b", at("2019-08-28")) == ["norvale-c"]
    assert frozenset(("norvale-a", "norvale-b")) not in await pairs(store_, at("2019-08-28"))
    # and on the older basis as it was
    assert len(await pairs(store_, at(basis=basis - 1))) == 3


async def test_not_the_same_holds_after_one_was_merged_into_a_third(store_: Store) -> None:
    # given
    for name in ("norvale-a", "norvale-b", "norvale-c", "norvale-d"):
        await filed(store_, name)
    await linked(store_, "norvale-a", "distinct-from", "norvale-b")

    # when
    await merged(store_, "norvale-a", "norvale-c")

    # then
    assert await suggested(store_, "norvale-b") == ["norvale-d"]
    assert await suggested(store_, "norvale-c") == ["norvale-d"]
    assert await pairs(store_) == {
        frozenset(("norvale-b", "norvale-d")), frozenset(("norvale-c", "norvale-d")),
    }  # fmt: skip
    # About a day before the merge a is there, and what it was answered to still holds.
    assert await suggested(store_, "norvale-a", at("2019-08-28")) == ["norvale-d"]
    with pytest.raises(MergedInto):
        await similar(store_, "norvale-a")
    # Merges lead on.
    await merged(store_, "norvale-c", "norvale-d")
    assert await pairs(store_) == set()
    assert await suggested(store_, "norvale-b") == []


async def test_what_is_taken_back_is_asked_again(store_: Store) -> None:
    await filed(store_, "norvale-a")
    await filed(store_, "norvale-b")
    await linked(store_, "norvale-a", "distinct-from", "norvale-b")

    await said(
        store_,
        "occurrence.unlinked",
        occurrence="norvale-a",
        relation="distinct-from",
        to="norvale-b",
    )

    assert await suggested(store_, "norvale-b") == ["norvale-a"]


async def test_parts_and_wholes_are_not_suggested_at_any_depth_and_siblings_are_marked(
    store_: Store,
) -> None:
    # given
    for name in ("norvale-a", "norvale-b", "norvale-c", "norvale-d"):
        await filed(store_, name, toll=[{"outcome": "killed", "exactly": 12}])

    # when: a and b are parts of c, which is a part of d
    for part, whole in (("a", "c"), ("b", "c"), ("c", "d")):
        await linked(
            store_, f"norvale-{part}", "part-of", f"norvale-{whole}", reported_at="2019-08-28"
        )

    # then
    (pair,) = (await duplicates(store_)).pairs
    assert {pair.one.occurrence, pair.other.occurrence} == {"norvale-a", "norvale-b"}
    assert pair.why[-1].detail == "both are parts of norvale-c"
    assert await suggested(store_, "norvale-a") == ["norvale-b"]
    assert await suggested(store_, "norvale-d") == []


# Index ranges

WHEN = (
    "2019-08-27", "2019-08-27T10:00:00", "2019-08-28", "2019-08-31", "2019-09-01", "2019-08-20",
    "2019-08", "2019-08-24/2019-08-27", "2019-08-17/2019-08-24", "[2019-08-20..2019-08-27]",
    "2019-04/2019-08", "2019-04-20/2019-08-27", "2019", "2018-09/2019-08", "2011/2019-08",
    "2018/2020", "201X", "2019-08-27/..", "2019-08/..", "2018-01/..", "2019-04/", "../2019-08-27",
    "../2019-08", "/2019-08-27", None,
)  # fmt: skip
"""Dates of every duration class, around one week."""


async def test_index_ranges_find_what_comparing_all_with_all_finds(
    store_: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: two accounts of each date, and pages that are short
    monkeypatch.setattr(store.similar, "LIMIT_MOST", 7)
    for number, when in enumerate(WHEN * 2):
        occurred = {"edtf": when} if when else None
        toll = [{"outcome": "killed", "exactly": 12}]
        await filed(store_, f"norvale-{number}", occurred=occurred, toll=toll)

    # when
    async with store_.reading("main") as reader:
        over = Similarity.over(reader)
        cell = await over.cell(Point(), None)
        listed = (store.similar.EVERYTHING, *store.similar.SELECTED)
        every: list[Account] = []
        async for page in over._pages(listed, Point(), cell):
            every += page
        found = {one.occurrence: await over.similar(one.occurrence, Query()) for one in every}
    swept = await duplicates(store_, None, Query(limit=1_000))

    # then
    assert len(every) == 2 * len(WHEN)
    rarity = Rarity(one.belief for one in every)
    expected: dict[frozenset[str], int] = {}
    for a, b in itertools.combinations(every, 2):
        like = likeness(a, b, rarity)
        if like is not None:
            expected[frozenset((a.occurrence, b.occurrence))] = like.score
    assert len(expected) > 100
    assert {
        frozenset((name, other.occurrence)): other.score
        for name, shown in found.items()
        for other in shown.candidates
    } == expected
    assert {
        frozenset((pair.one.occurrence, pair.other.occurrence)): pair.score for pair in swept.pairs
    } == expected
    assert swept.found == len(swept.pairs) == len(expected)
    assert sum(shown.found for shown in found.values()) == 2 * len(expected)
    assert [pair.score for pair in swept.pairs] == sorted(
        (pair.score for pair in swept.pairs), reverse=True
    )
    assert swept.left_out == {"undated": 2}
    assert not swept.limited
    assert not any(shown.limited for shown in found.values())


async def test_where_there_are_too_many_the_nearest_are_looked_at_and_the_answer_says_so(
    store_: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(store.similar, "NEAREST", 2)
    monkeypatch.setattr(store.similar, "WINDOW", 3)
    for day in range(24, 31):
        await filed(store_, f"norvale-{day}", occurred={"edtf": f"2019-08-{day}"})

    # when
    shown = await similar(store_, "norvale-27")
    swept = await duplicates(store_)

    # then
    assert shown.limited
    assert shown.looked_at == 4
    assert {found.occurrence for found in shown.candidates} <= {
        "norvale-25", "norvale-26", "norvale-28", "norvale-29",
    }  # fmt: skip
    assert (await similar(store_, "norvale-24")).looked_at == 2
    assert swept.limited == 3
    assert swept.compared == 0 + 1 + 2 + 3 + 3 + 3 + 3


async def test_a_limit_leaves_the_least_likely_out_and_tells_how_many_there_are(
    store_: Store,
) -> None:
    await filed(store_, "norvale-a", toll=[{"outcome": "killed", "exactly": 12}])
    await filed(store_, "norvale-b")
    await filed(store_, "norvale-c", toll=[{"outcome": "killed", "exactly": 12}])

    shown = await similar(store_, "norvale-a", Query(limit=1))
    swept = await duplicates(store_, None, Query(limit=1))

    assert [found.occurrence for found in shown.candidates] == ["norvale-c"]
    assert shown.found == 2
    assert [(p.one.occurrence, p.other.occurrence) for p in swept.pairs] == [
        ("norvale-a", "norvale-c")
    ]
    assert swept.found == 3


async def test_the_pairs_of_a_timeline_are_those_that_it_holds(store_: Store) -> None:
    await filed(store_, "norvale-a", tags=["norvale"])
    await filed(store_, "norvale-b", tags=["norvale"])
    await filed(store_, "norvale-c")
    await said(
        store_,
        "timeline.defined",
        timeline="norvale",
        title="Norvale",
        select={"tag": ["norvale"]},
        expected_version="none",
    )

    found = await duplicates(store_, "norvale")

    assert [{p.one.occurrence, p.other.occurrence} for p in found.pairs] == [
        {"norvale-a", "norvale-b"}
    ]
    assert (found.timeline, found.looked_at, found.compared) == ("norvale", 2, 1)


# The seeds


async def test_the_seeds_have_no_likely_duplicates(store_: Store) -> None:
    for line in seeds.events().splitlines():
        await store_.append("main", Append(events=(read_event(line),)))

    found = await duplicates(store_)

    assert found.pairs == ()
    assert found.looked_at > 20


async def test_accounts_of_the_seeds_that_were_brought_together_by_hand_are_found(
    store_: Store,
) -> None:
    # given: every report an occurrence of its own, named by its number
    about: dict[str, str] = {}
    for number, line in enumerate(seeds.events().splitlines()):
        event = msgspec.json.decode(line)
        if event["type"] == "report.filed":
            about[f"report-{number}"] = event["occurrence"]
            event = {**event, "occurrence": f"report-{number}"}
            raw = msgspec.json.encode(event)
            await store_.append("main", Append(events=(read_event(raw),)))

    # when
    found = await duplicates(store_)

    # then: those of two sources, and no others
    assert [
        (pair.score, about[pair.one.occurrence], about[pair.other.occurrence])
        for pair in found.pairs
    ] == [
        (76, "khan-shaykhun-attack-2019-08-27", "khan-shaykhun-attack-2019-08-27"),
        (65, "abu-duhur-clash-2019-08-27", "abu-duhur-clash-2019-08-27"),
    ]
