"""Goal: each release of a data set can be read as of its day, whatever came before and after, and
nothing is written that is there already.

Method: random releases of a small made-up data set are imported in their order; what is live as of
each is compared with the release itself. The rest are single cases.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import instants
from domain.answers import Appended
from domain.claims import ClaimsGiven, OccurredGiven, Report, Source, Toll
from domain.errors import Conflict, DatelineError, Invalid, NotFound
from domain.events import ReportFiled
from domain.query import Point
from store.importing import BATCH, Came, Import
from store.known import Append
from store.store import Store, open_store
from tests.conftest import Database
from tests.histories import read

EXAMPLES = int(os.environ.get("DATELINE_TEST_EXAMPLES", "30"))
PATIENCE = 60
chronicles = map("importing-{}".format, itertools.count())


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as store:
        yield store


@pytest.fixture
async def chronicle(store: Store) -> str:
    return await made(store)


async def made(store: Store) -> str:
    name = next(chronicles)
    await store.create_chronicle(name)
    return name


def row(number: int, said: int = 0, source: str = "Norvale Post", **claims: Any) -> ReportFiled:
    """Row `number` of the data set `norvale`; three rows are about one occurrence."""
    return ReportFiled(
        occurrence=f"norvale-{number // 3}",
        report=Report(source=Source(name=source), record=f"norvale/{number}"),
        claims=ClaimsGiven(
            **{
                "title": f"Row {number}",
                "toll": (Toll(outcome="killed", exactly=said),) if said else (),
                **claims,
            }
        ),
    )


async def imported(
    store: Store, chronicle: str, rows: list[ReportFiled], release: str | None = None
) -> tuple[list[Any], int]:
    """What came of each row, and how many were retracted."""
    importing = Import(store, chronicle, "norvale", release=release)
    came = await importing.take(rows)
    return came, await importing.gone() if release else 0


async def head(store: Store, chronicle: str) -> int:
    return dict(await store.chronicles())[chronicle]


async def live(store: Store, chronicle: str, as_of: str | None = None) -> dict[str, Any]:
    """Who says what, by record: the live claims as of a day, or of all that is known."""
    known = instants.parse(as_of, name="as_of").known if as_of else instants.NEVER - 1
    found = {}
    async with store.reading(chronicle) as reader:
        for name in {f"norvale-{number // 3}" for number in range(12)}:
            try:
                shown = await reader.occurrence(name, Point(known=known))
            except NotFound:
                continue
            for one in shown.claims:
                found[one.report.record] = (one.report.source.name, msgspec.to_builtins(one.claims))
    return found


def expected(rows: list[ReportFiled]) -> dict[str, Any]:
    kept = {}
    for one in rows:
        claims = {
            name: value
            for name, value in msgspec.to_builtins(one.claims).items()
            if value not in ((), [], {})
        }
        if "toll" in claims:  # whose figure it is, is shown where it was not said as well
            claims["toll"] = tuple({**t, "claimant": one.report.origin} for t in claims["toll"])
        kept[one.report.record or ""] = (one.report.source.name, claims)
    return kept


def came(*what: str) -> list[Came]:
    return [Came(one) for one in what]


# Laws

releases = st.lists(
    st.dictionaries(
        st.integers(0, 8),
        st.tuples(st.integers(0, 2), st.sampled_from(["Norvale Post", "Estra Radio"])),
        max_size=6,
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=EXAMPLES)
@given(releases=releases, at_first=st.booleans())
async def test_each_release_is_what_is_known_as_of_its_day(
    store: Store, releases: list[dict[int, tuple[int, str]]], at_first: bool
) -> None:
    # given
    chronicle = await made(store)
    days = [f"2024-03-{day:02}" for day in range(1, len(releases) + 1)]
    sets = [[row(n, *said) for n, said in rows.items()] for rows in releases]
    if at_first:
        sets[0] = [msgspec.structs.replace(one, report=dated(one, days[0])) for one in sets[0]]

    for at, (day, rows) in enumerate(zip(days, sets, strict=True)):
        # when
        release = None if at == 0 and at_first else day
        await imported(store, chronicle, rows, release)
        position = await head(store, chronicle)
        again, gone = await imported(store, chronicle, rows, release)

        # then
        assert again == came(*["unchanged"] * len(rows))
        assert gone == 0
        assert await head(store, chronicle) == position
        for earlier, held in zip(days[: at + 1], sets, strict=False):
            assert await live(store, chronicle, earlier) == expected(held), earlier
        assert await live(store, chronicle) == expected(rows)


def dated(one: ReportFiled, day: str) -> Report:
    return msgspec.structs.replace(one.report, reported_at=day)


# Single cases


async def test_without_a_release_a_row_that_changed_is_told_and_not_written(
    store: Store, chronicle: str
) -> None:
    await imported(store, chronicle, [row(1, 3), row(2, 4)])

    changed, _ = await imported(store, chronicle, [row(1, 5), row(2, 4), row(3)])

    assert changed == [Came("changed", ("toll",)), Came("unchanged"), Came("filed")]
    assert await head(store, chronicle) == 3


async def test_a_correction_holds_the_fields_that_differ_and_says_which_release(
    store: Store, chronicle: str
) -> None:
    await imported(store, chronicle, [row(1, 3, summary="Seen by two.")], "2024-03-01")

    corrected, _ = await imported(store, chronicle, [row(1, 5)], "2024-04-01T12:00:00Z")

    assert corrected == [Came("corrected", ("summary", "toll"))]
    async with store.reading(chronicle) as reader:
        filed, correction = (await reader.history("norvale-0", Point())).events
    assert correction.target == filed.event_id
    assert correction.fault == "source"
    assert correction.reason == "Release 2024-04-01T12:00:00Z of norvale"
    assert correction.known_from == "2024-04-01T12:00:00.000000Z"
    assert msgspec.to_builtins(correction.claims) == {
        "summary": None,
        "toll": ({"outcome": "killed", "exactly": 5},),
    }


async def test_a_row_of_another_source_or_occurrence_is_filed_anew(
    store: Store, chronicle: str
) -> None:
    await imported(store, chronicle, [row(1, 3), row(2, 3)], "2024-03-01")
    elsewhere = msgspec.structs.replace(row(2, 3), occurrence="norvale-3")

    refiled, _ = await imported(
        store, chronicle, [row(1, 3, "Estra Radio"), elsewhere], "2024-04-01"
    )

    assert refiled == [Came("refiled", ("source",)), Came("refiled", ("occurrence",))]
    assert await head(store, chronicle) == 2 + 4
    assert (await live(store, chronicle))["norvale/1"][0] == "Estra Radio"
    assert (await live(store, chronicle, "2024-03-31"))["norvale/1"][0] == "Norvale Post"


async def test_a_report_is_found_where_a_merge_or_a_split_took_it(
    store: Store, chronicle: str
) -> None:
    # given
    rows = [row(1, 3), row(4, 4), row(5, 5)]
    await imported(store, chronicle, rows, "2024-03-01")
    async with store.reading(chronicle) as reader:
        events = (await reader.history("norvale-1", Point())).events
    moves = {"reason": "Seen again.", "expected_version": "any"}
    await append(
        store,
        chronicle,
        {"type": "occurrence.merged", "occurrence": "norvale-0", "into": "norvale-1", **moves},
        {
            "type": "occurrence.split",
            "occurrence": "norvale-1",
            "into": "tellin",
            "reports": [str(events[1].event_id)],
            **moves,
        },
    )
    position = await head(store, chronicle)

    # when
    same, _ = await imported(store, chronicle, rows, "2024-03-01")
    changed, gone = await imported(store, chronicle, [row(1, 6), row(5, 7)], "2024-04-01")

    # then
    assert same == came(*["unchanged"] * 3)
    assert changed == [Came("corrected", ("toll",))] * 2
    assert gone == 1
    assert await head(store, chronicle) == position + 3
    async with store.reading(chronicle) as reader:
        tellin = await reader.occurrence("tellin", Point())
    assert [c.claims["toll"][0].exactly for c in tellin.claims] == [7]


async def append(store: Store, chronicle: str, *events: dict[str, Any]) -> Appended:
    return await store.append(chronicle, Append(events=tuple(map(read, events))))


async def test_releases_out_of_their_order_are_refused_row_by_row(
    store: Store, chronicle: str
) -> None:
    await imported(store, chronicle, [row(1), row(2, 3), row(3)], "2024-03-01")
    await imported(store, chronicle, [row(1), row(2, 4), row(4)], "2024-04-01")
    position = await head(store, chronicle)

    found, gone = await imported(
        store, chronicle, [row(1), row(2, 3), row(3), row(4), row(5)], "2024-03-15"
    )

    assert found[0] == Came("unchanged")
    assert [type(one) for one in found[1:4]] == [Conflict] * 3
    assert "in their order" in found[1].detail
    assert (found[4], gone) == (Came("filed"), 0)
    assert await head(store, chronicle) == position + 1


async def test_releases_of_what_was_filed_without_a_day_come_in_their_order_too(
    store: Store, chronicle: str
) -> None:
    """All of it counts from when it was recorded, and the releases say on which days they are."""
    await imported(store, chronicle, [row(1, 3), row(2, 3), row(3)])

    first, gone = await imported(store, chronicle, [row(1, 4), row(2, 4)], "2024-03-02")
    again, _ = await imported(store, chronicle, [row(1, 4), row(2, 4)], "2024-03-02")
    earlier, _ = await imported(store, chronicle, [row(1, 5), row(3)], "2024-03-01")
    later, _ = await imported(store, chronicle, [row(1, 6), row(2, 4), row(3)], "2024-03-03")

    assert first == [Came("corrected", ("toll",))] * 2
    assert gone == 1
    assert again == came("unchanged", "unchanged")
    assert [type(one) for one in earlier] == [Conflict] * 2
    assert later == [Came("corrected", ("toll",)), Came("unchanged"), Came("filed")]
    assert await live(store, chronicle) == expected([row(1, 6), row(2, 4), row(3)])


async def test_a_row_that_stands_twice_is_refused_the_second_time(
    store: Store, chronicle: str
) -> None:
    found, _ = await imported(store, chronicle, [row(1), row(2), row(1, 3)])

    assert found[:2] == came("filed", "filed")
    assert isinstance(found[2], Conflict)
    assert "norvale/1" in found[2].detail


async def test_a_phrase_cannot_be_read_against_the_day_of_a_release(
    store: Store, chronicle: str
) -> None:
    phrased = row(1, occurred=OccurredGiven(phrase="yesterday"))
    phrased = msgspec.structs.replace(phrased, report=dated(phrased, "2024-02-03"))

    (refused,), _ = await imported(store, chronicle, [phrased], "2024-03-01")
    filed, _ = await imported(store, chronicle, [phrased])

    assert isinstance(refused, Invalid)
    assert "phrase" in refused.detail
    assert filed == came("filed")


async def test_what_editors_did_stays_as_long_as_the_row_says_the_same(
    store: Store, chronicle: str
) -> None:
    # given
    await imported(store, chronicle, [row(1, 3), row(2, 3)], "2024-03-01")
    async with store.reading(chronicle) as reader:
        first, second = (await reader.history("norvale-0", Point())).events
    await append(
        store,
        chronicle,
        {
            "type": "report.graded",
            "target": str(first.event_id),
            "grade": "E5",
            "reason": "Heard twice.",
        },
        {
            "type": "report.retracted",
            "occurrence": "norvale-0",
            "target": str(second.event_id),
            "fault": "entry",
            "reason": "Not ours.",
            "expected_version": "any",
        },
    )

    # when
    found, _ = await imported(store, chronicle, [row(1, 3), row(2, 3)])
    of_a_release, _ = await imported(store, chronicle, [row(1, 3)], "2024-03-02")

    # then
    assert found == [Came("unchanged"), Came("changed", ("retracted",))]
    assert of_a_release == came("unchanged")


async def test_a_trial_says_what_would_come_and_writes_nothing(
    store: Store, chronicle: str
) -> None:
    await imported(store, chronicle, [row(1, 3), row(2)], "2024-03-01")
    trial = Import(store, chronicle, "norvale", release="2024-04-01", dry_run=True)

    found = await trial.take([row(1, 4), row(3)])

    assert found == [Came("corrected", ("toll",)), Came("filed")]
    assert await trial.gone() == 1
    assert await head(store, chronicle) == 2


async def test_a_trial_can_be_about_a_chronicle_that_is_not_there(store: Store) -> None:
    trial = Import(store, "estra", "norvale", release="2024-04-01", dry_run=True)

    assert await trial.take([row(1)]) == came("filed")
    assert await trial.gone() == 0
    with pytest.raises(NotFound):
        await Import(store, "estra", "norvale").take([row(1)])


async def test_an_import_that_was_stopped_anywhere_is_run_again(
    store: Store, chronicle: str, database: Database
) -> None:
    # given
    async with open_store(database.app_dsn) as other:
        task = asyncio.create_task(imported(other, chronicle, [row(n) for n in range(40)]))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
    position = await head(store, chronicle)

    # when
    found, _ = await imported(store, chronicle, [row(n) for n in range(40)])

    # then
    assert found == came(*["unchanged"] * position, *["filed"] * (40 - position))
    assert await head(store, chronicle) == 40


async def test_two_imports_at_once_file_each_row_once(
    store: Store, chronicle: str, database: Database
) -> None:
    rows = [row(n, 1) for n in range(BATCH)]
    async with open_store(database.app_dsn) as other, asyncio.timeout(PATIENCE):
        both = await asyncio.gather(
            imported(store, chronicle, rows, "2024-03-01"),
            imported(other, chronicle, rows, "2024-03-01"),
        )

    assert not [one for found, _ in both for one in found if isinstance(one, DatelineError)]
    assert await head(store, chronicle) == BATCH


async def test_rows_that_are_gone_are_those_of_this_data_set(store: Store, chronicle: str) -> None:
    # given
    others = []
    for record in ("norvale", "norvale-b/1", "norval/1", "estra/1", None):
        report = Report(source=Source(name="Estra Radio"), record=record)
        others.append(ReportFiled(report=report, claims=ClaimsGiven(title="Another.")))
    await store.append(chronicle, Append(events=tuple(others)))
    many = [row(n) for n in range(2 * BATCH + 10)]
    await imported(store, chronicle, many, "2024-03-01")

    # when
    _, gone = await imported(store, chronicle, many[:3], "2024-04-01")

    # then
    assert gone == len(many) - 3


@pytest.mark.parametrize("release", ["soon", "9999-01-01", "2024-03-01T10:00:00"])
async def test_a_release_is_a_day_or_an_instant_that_has_come(
    store: Store, chronicle: str, release: str
) -> None:
    with pytest.raises(Invalid, match="release"):
        Import(store, chronicle, "norvale", release=release)
