"""Goal: the seeds' strikes of Monday 26 August and their six parts are not counted twice.

Method: the parts' figures are added from the raw lines, and set against the whole's own; the store
is asked before and after the whole and its links were reported.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

import seeds
from domain.answers import Totals
from domain.query import Filter, Point, TotalsQuery, known_at
from domain.reading import read_event
from store.known import Append
from store.store import Store, open_store

WHOLE = "idlib-air-strikes-2019-08-26"
EVENTS = [json.loads(line) for line in seeds.events().splitlines()]
PARTS = {e["occurrence"] for e in EVENTS if e.get("to") == WHOLE}
Figures = tuple[int | None, int | None, int | None]


def reported(occurrence: str) -> tuple[int, int, int]:
    """Low, best and high of the only toll that was reported of an occurrence."""
    (toll,) = (
        toll
        for event in EVENTS
        if event["type"] == "report.filed" and event["occurrence"] == occurrence
        for toll in event["claims"].get("toll", [])
    )
    if "exactly" in toll:
        return (toll["exactly"],) * 3
    return toll["low"], toll["best"], toll["high"]


@pytest.fixture
async def seeded(database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        for line in seeds.events().splitlines():
            await store.append("main", Append(events=(read_event(line),)))
        yield store


async def read(store: Store, day: str, by: str = "kind") -> Totals:
    strikes = Filter(kind=("air-strike",), during="2019-08-26")
    point = Point(as_of=day, known=known_at(day, "as_of"))
    async with store.reading("main") as reader:
        return await reader.totals("idlib-2019", TotalsQuery(by=by, point=point, filter=strikes))


def killed(answer: Totals) -> Figures:
    (row,) = (row for row in answer.total if row.outcome == "killed")
    return row.low, row.best, row.high


async def test_the_strikes_of_that_monday_and_their_six_parts_are_not_counted_twice(
    seeded: Store,
) -> None:
    parts = tuple(map(sum, zip(*map(reported, PARTS), strict=True)))
    before, after = await read(seeded, "2019-08-26"), await read(seeded, "2019-08-27")

    assert len(PARTS) == 6
    assert (before.occurrences, after.occurrences) == (6, 7)
    assert killed(before) == parts
    assert killed(after) == tuple(map(max, zip(parts, reported(WHOLE), strict=True)))


async def test_by_place_the_whole_stands_in_a_row_of_its_own_and_the_answer_says_so(
    seeded: Store,
) -> None:
    answer = await read(seeded, "2019-08-27", by="place")

    assert not answer.additive
    assert sum(row.best or 0 for row in answer.rows) > (killed(answer)[1] or 0)


async def test_figures_since_april_are_listed_and_in_no_sum(seeded: Store) -> None:
    async with seeded.reading("main") as reader:
        answer = await reader.totals("idlib-2019", TotalsQuery(by="outcome"))

    since = [
        (e["occurrence"], t["outcome"])
        for e in EVENTS
        if e["type"] == "report.filed"
        for t in e["claims"].get("toll", [])
        if t.get("scope") == "cumulative" and e["occurrence"] == "idlib-bombardment-2019"
    ]
    listed = [(c.occurrence, c.toll.outcome) for c in answer.cumulative]
    assert sorted(listed) == sorted(since)
    assert "displaced" not in [row.outcome for row in answer.total]
