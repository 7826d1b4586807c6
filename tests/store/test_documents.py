"""Goal: what is said of a document is said of each of its live reports, at once or not at all, and
once however often it is sent.

Method: reports of one document are filed to several occurrences, merged and retracted; what is read
then is compared with what the same changes, named one by one, give.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.answers import Appended
from domain.errors import (
    Conflict,
    Invalid,
    Malformed,
    NotFound,
    VersionRequired,
    WrongExpectedVersion,
)
from domain.query import Point, known_at
from store.known import Append
from store.store import Store, open_store
from tests.conftest import Database
from tests.histories import read

ARTICLE = "norvale-post-2024-03-05"
MAIN = "main"


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle(MAIN)
        yield store


async def append(store: Store, *events: dict[str, Any], key: str | None = None) -> Appended:
    asked = Append(events=tuple(map(read, events)), author="desk", idempotency_key=key)
    return await store.append(MAIN, asked)


def filed(number: int, occurrence: str, document: str | None = ARTICLE) -> dict[str, Any]:
    return {
        "type": "report.filed",
        "event_id": str(UUID(int=number)),
        "occurrence": occurrence,
        "report": {
            "source": {"name": "Norvale Post"},
            "document": document,
            "reported_at": "2024-03-05",
        },
        "claims": {"title": f"Report {number}", "kind": "flood"},
    }


def about(kind: str, number: int | None = 100, **fields: Any) -> dict[str, Any]:
    event = {"type": f"report.{kind}", "document": ARTICLE, "reason": "The article was withdrawn."}
    if number is not None:
        event["event_id"] = str(UUID(int=number))
    if kind != "graded":
        event |= {"fault": "source", "reported_at": "2024-03-07", "expected_version": "any"}
    if kind == "corrected":
        event["claims"] = {"kind": "storm"}
    if kind == "graded":
        event |= {"grade": "E4", "reported_at": "2024-03-07"}
    return event | fields


@pytest.fixture
async def three(store: Store) -> Store:
    """Reports 1 to 3 of the article, 1 and 2 about one occurrence; 4 is of another article."""
    await append(store, filed(1, "norvale-flood"))
    await append(store, filed(2, "norvale-flood"))
    await append(store, filed(3, "tellin-flood"))
    await append(store, filed(4, "tellin-flood", "estra-radio"))
    return store


async def shown(store: Store, name: str) -> Any:
    async with store.reading(MAIN) as reader:
        return await reader.occurrence(name, Point())


async def head(store: Store) -> int:
    return dict(await store.chronicles())[MAIN]


@pytest.mark.parametrize("kind", ["corrected", "retracted", "graded"])
async def test_each_live_report_of_the_document_is_changed_in_its_own_home(
    three: Store, kind: str
) -> None:
    # when
    appended = await append(three, about(kind))

    # then
    assert [e.event_id.int for e in appended.events] == [100, 101, 102]
    assert [e.occurrence for e in appended.events] == [*["norvale-flood"] * 2, "tellin-flood"]
    assert [e.version for e in appended.events] == [3, 4, 3]
    norvale, tellin = await shown(three, "norvale-flood"), await shown(three, "tellin-flood")
    reports = {claim.event_id.int: claim for one in (norvale, tellin) for claim in one.claims}
    if kind == "retracted":
        assert "retracted" in norvale.entry.status
        assert set(reports) == {4}
    elif kind == "corrected":
        assert {n: c.claims["kind"] for n, c in reports.items()} == {
            **dict.fromkeys((1, 2, 3), "storm"),
            4: "flood",
        }
    else:
        assert {n: c.report.grade for n, c in reports.items()} == {
            **dict.fromkeys((1, 2, 3), "E4"),
            4: None,
        }


async def test_what_was_sent_is_taken_once_by_its_id(three: Store) -> None:
    first = await append(three, about("retracted"))
    before = await head(three)
    # A later report of the same document is not what was spoken of.
    await append(three, filed(5, "estra-flood"))

    again = await append(three, about("retracted"))

    assert again.events == first.events
    assert await head(three) == before + 1
    with pytest.raises(Conflict):
        await append(three, about("retracted", reason="Another reason."))


async def test_what_was_sent_is_taken_once_by_its_key(three: Store) -> None:
    batch = (about("graded", None), about("corrected", None), filed(5, "estra-flood"))
    first = await append(three, *batch, key="once")
    assert len(first.events) == 7

    again = await append(three, *batch, key="once")

    assert again.events == first.events
    assert await head(three) == 4 + 7
    with pytest.raises(Conflict):
        await append(three, about("graded", None), about("corrected", None), key="once")
    with pytest.raises(Conflict):
        await append(three, about("graded", None, grade="A1"), *batch[1:], key="once")


async def test_ids_that_go_on_where_others_ended_are_told_apart(three: Store) -> None:
    # given
    first = await append(three, about("graded", 100))
    for number in (1, 2, 3):
        name = "norvale-flood" if number < 3 else "tellin-flood"
        await append(three, retracted(number, name, "2024-03-06"))
    await append(three, filed(5, "estra-flood"))
    second = await append(three, about("graded", 103))
    third = await append(three, about("retracted", 104, reported_at="2024-03-05"))
    before = await head(three)

    # when
    again = [
        await append(three, event)
        for event in (
            about("graded", 100),
            about("graded", 103),
            about("retracted", 104, reported_at="2024-03-05"),
        )
    ]

    # then
    assert [len(one.events) for one in (first, second, third)] == [3, 1, 4]
    assert [one.events for one in again] == [first.events, second.events, third.events]
    assert await head(three) == before


def retracted(number: int, occurrence: str, day: str) -> dict[str, Any]:
    one = about("retracted", 50 + number, target=str(UUID(int=number)), reported_at=day)
    del one["document"]
    return {**one, "occurrence": occurrence}


async def test_a_report_that_fell_later_is_mended_for_the_days_before(three: Store) -> None:
    """What was misread is misread on every day; a change of account comes too late."""
    # given
    await append(three, retracted(1, "norvale-flood", "2024-03-07"))

    # when
    by_the_source = await append(three, about("corrected", 100))
    misread = about("corrected", 200, fault="entry", claims={"title": "A dam broke"})
    del misread["reported_at"]
    at_entry = await append(three, misread)

    # then
    assert [e.occurrence for e in by_the_source.events] == ["norvale-flood", "tellin-flood"]
    assert [e.occurrence for e in at_entry.events] == [*["norvale-flood"] * 2, "tellin-flood"]
    async with three.reading(MAIN) as reader:
        then = await reader.occurrence("norvale-flood", as_of("2024-03-06"))
    assert {claim.claims["title"] for claim in then.claims} == {"A dam broke"}


def as_of(day: str) -> Point:
    return Point(as_of=day, known=known_at(day, "as_of"))


async def test_reports_that_were_retracted_or_merged_are_looked_for_where_they_are(
    three: Store,
) -> None:
    # given
    await append(three, retracted(1, "norvale-flood", "2024-03-07"))
    await append(
        three,
        {
            "type": "occurrence.merged",
            "occurrence": "norvale-flood",
            "into": "tellin-flood",
            "reason": "One flood.",
            "expected_version": "any",
        },
    )

    # when
    appended = await append(three, about("corrected"))

    # then
    assert [(e.event_id.int, e.occurrence) for e in appended.events] == [
        (100, "tellin-flood"),
        (101, "tellin-flood"),
    ]


async def test_all_is_refused_where_one_version_is_not_as_expected(three: Store) -> None:
    for expected, error in (
        (None, VersionRequired),
        ({"norvale-flood": 2}, VersionRequired),
        ({"norvale-flood": 2, "tellin-flood": 1}, WrongExpectedVersion),
        ({"norvale-flood": 2, "tellin-flood": 2, "estra-flood": 1}, Invalid),
        (2, Invalid),
    ):
        with pytest.raises(error):
            await append(three, about("corrected", expected_version=expected))
        assert await head(three) == 4

    expected = {"norvale-flood": 2, "tellin-flood": 2}
    appended = await append(three, about("corrected", expected_version=expected))

    assert len(appended.events) == 3


async def test_a_report_and_its_document_can_stand_in_one_batch(store: Store) -> None:
    appended = await append(
        store, filed(1, "norvale-flood"), about("graded"), filed(2, "estra-flood")
    )

    assert [e.event_id.int for e in appended.events] == [1, 100, 2]


async def test_it_must_be_said_what_is_meant(three: Store) -> None:
    target = str(UUID(int=1))
    for event, error, where in (
        (about("graded", document="another"), NotFound, "/document"),
        (about("graded", None), Invalid, "/event_id"),
        (about("graded", target=target), Malformed, "/target"),
        (about("corrected", occurrence="norvale-flood"), Malformed, "/occurrence"),
        (about("graded", document=None), Malformed, "/target"),
        (about("retracted", document=None, target=target), Malformed, "/occurrence"),
    ):
        with pytest.raises(error) as refused:
            await append(three, event)
        assert refused.value.where == where
    await append(three, about("retracted"))
    with pytest.raises(Conflict) as refused:
        await append(three, about("retracted", 200))
    assert refused.value.where == "/document"
    assert await head(three) == 7


async def test_the_migration_finds_the_reports_that_were_there_before(
    three: Store, database: Database
) -> None:
    # given
    imported = filed(6, "estra-flood", None)
    imported["report"]["record"] = "norvale/6 – ö"
    await append(three, imported)
    await append(three, about("retracted"))
    revision = importlib.import_module("migrations.versions.0004_reports_by_record")
    (fill,) = [s for s in revision.STATEMENTS if s.lstrip().startswith("INSERT")]
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        written = await owner.fetch("SELECT * FROM report ORDER BY position")

        # when
        await owner.execute("TRUNCATE report")
        await owner.execute(fill)

        # then
        assert await owner.fetch("SELECT * FROM report ORDER BY position") == written
    finally:
        await owner.close()
    assert [(r["record"], r["document"]) for r in written] == [
        *[(None, ARTICLE)] * 3,
        (None, "estra-radio"),
        ("norvale/6 – ö", None),
    ]
