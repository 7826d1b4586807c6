"""Goal: the seeded timelines show what was known on each day, and no more.

Method: the packaged seeds go through the store as anybody's reports would, and are read back as of
the days on which knowledge moved.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import seeds
from domain import dates, phrases
from domain.answers import Entry, Listing
from domain.query import Point, Query, known_at
from domain.reading import read_event
from store.changes import Changes
from store.known import Append
from store.store import Store, open_store

DAYS = ("2019-08-20", "2019-08-26", "2019-08-27", "2019-08-28")


def as_of(day: str) -> Point:
    return Point(as_of=day, known=known_at(day, "as_of"))


async def load(store: Store) -> None:
    for line in seeds.events().splitlines():
        await store.append("main", Append(events=(read_event(line),)))


@pytest.fixture
async def seeded(database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        await load(store)
        yield store


async def read(store: Store, timeline: str, day: str) -> Listing:
    async with store.reading("main") as reader:
        return await reader.timeline(timeline, Query(point=as_of(day)))


def entry(listing: Listing, occurrence: str) -> Entry:
    return next(e for e in listing.entries if e.occurrence == occurrence)


def killed(shown: Entry) -> tuple[int | None, int | None, int | None]:
    toll = next(t for t in shown.toll if t.outcome == "killed")
    return toll.low, toll.best, toll.high


@pytest.mark.parametrize(
    ("timeline", "entries"), [("idlib-2019", (3, 9, 19, 19)), ("khan-shaykhun", (3, 3, 6, 6))]
)
async def test_a_timeline_grows_as_reports_come_in(
    seeded: Store, timeline: str, entries: tuple[int, ...]
) -> None:
    shown = [len((await read(seeded, timeline, day)).entries) for day in DAYS]
    assert tuple(shown) == entries


async def test_a_second_account_of_the_dawn_attack_widens_its_band(seeded: Store) -> None:
    first = entry(await read(seeded, "khan-shaykhun", "2019-08-27"), ATTACK)
    second = entry(await read(seeded, "khan-shaykhun", "2019-08-28"), ATTACK)

    assert killed(first) == (43, 43, 43)
    assert first.status == ("reported",)
    assert killed(second) == (43, 52, 52)
    assert second.contested == ("toll.killed",)


ATTACK = "khan-shaykhun-attack-2019-08-27"


async def test_two_sources_that_quote_one_observatory_do_not_corroborate(seeded: Store) -> None:
    attack = entry(await read(seeded, "khan-shaykhun", "2019-08-28"), ATTACK)

    assert {(s.name, s.via) for s in attack.sources} == {
        ("TRT World", ("SOHR",)),
        ("UCDP", ("SOHR",)),
    }
    assert attack.independent == 1
    assert "corroborated" not in attack.status


async def test_since_late_april_is_shown_as_the_span_it_may_cover(seeded: Store) -> None:
    bombardment = entry(await read(seeded, "idlib-2019", "2019-08-27"), "idlib-bombardment-2019")

    assert bombardment.occurred is not None
    assert bombardment.occurred.phrase == "since late April"
    assert bombardment.occurred.earliest == "2019-04-15"
    assert bombardment.occurred.latest == "2019-08-27"
    assert [(link.relation, link.to) for link in bombardment.links] == [
        ("breaches", "idlib-deal-2018")
    ]


async def test_loading_the_seeds_again_writes_nothing(seeded: Store) -> None:
    before = await seeded.chronicles()
    await load(seeded)
    assert await seeded.chronicles() == before


async def test_the_difference_between_two_days_names_who_moved_the_figure(seeded: Store) -> None:
    async with seeded.reading("main") as reader:
        diff = await Changes.over(reader).diff(
            "khan-shaykhun", as_of("2019-08-27"), as_of("2019-08-28")
        )

    (change,) = diff.changed
    assert change.occurrence == ATTACK
    assert (killed(change.before), killed(change.after)) == ((43, 43, 43), (43, 52, 52))
    assert [(by.source, by.via) for by in change.by] == [("UCDP", ("SOHR",))]
    assert (diff.added, diff.removed) == ((), ())


def test_the_phrases_resolve_as_the_page_about_the_seeds_says() -> None:
    page = (Path(seeds.__file__).parent / "README.md").read_text(encoding="utf-8")
    day = r"(\d{4}-\d\d-\d\d)"
    rows = re.findall(rf"^\| (\D[^|]*?) \| {day} \| {day} \| {day} \|$", page, re.MULTILINE)
    assert len(rows) == 8
    for phrase, earliest, latest, end in rows:
        bounds = phrases.resolve(phrase, datetime.date(2019, 8, 27)).bounds
        assert dates.earliest_text(bounds) == earliest, phrase
        assert bounds.start_latest == dates.parse(latest).end_latest - 1, phrase
        assert dates.latest_text(bounds) == end, phrase
