"""Goal: whatever releases of a table came, and however an import was stopped, each row reads on
each day and each basis as the releases until then say.

Method: random releases of a small made-up table (rows added, changed, of somebody else, gone, back)
are imported, and told to a naive model that keeps what was said of each row in a list, and goes
through all of it for each question. It is written from DESIGN and docs/import.md.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
from hypothesis import event as seen
from hypothesis import given, note, settings
from hypothesis import strategies as st

from domain import instants
from domain.claims import ClaimsGiven, Report, Source, Toll
from domain.errors import Conflict
from domain.events import ReportFiled
from domain.query import Filter, Point, Query
from store.importing import Came, Import
from store.store import Store, open_store
from tests.conftest import Database

EXAMPLES = int(os.environ.get("DATELINE_TEST_EXAMPLES", "30"))
DAYS = ("2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04")
BEFORE = "2024-02-01"
"""A day on which rows themselves may say that they were reported."""
LATEST = instants.NEVER - 1
chronicles = map("imported-{}".format, itertools.count())


def last_microsecond(day: str) -> int:
    return instants.parse(day, name="day").known


# A table


class Row(NamedTuple):
    """What a table says in one row. No two rows have one number."""

    number: int
    occurrence: str
    source: str
    via: tuple[str, ...]
    document: str | None
    reported_at: str | None
    title: str
    killed: int | None

    @property
    def record(self) -> str:
        return f"norvale/{self.number}"

    @property
    def who(self) -> tuple[Any, ...]:
        """What makes it another report, for it is another's account or of something else."""
        return self.occurrence, self.source, self.via, self.document


class Release(NamedTuple):
    """A table as it was on a day, or on none that is known. Of some only a part is taken first, as
    where an import is stopped."""

    day: str | None
    rows: list[Row]
    stopped: int | None


@st.composite
def rows(draw: st.DrawFn, number: int) -> Row:
    usual = draw(st.integers(0, 2)) > 0  # else it may be somebody else's than before
    return Row(
        number,
        f"norvale-{number // 2}" if usual else draw(st.sampled_from(["norvale-0", "estra"])),
        "Norvale Post" if usual else draw(st.sampled_from(["Norvale Post", "Estra Radio"])),
        () if usual else draw(st.sampled_from([(), ("Tellin Relief",)])),
        None if usual else draw(st.sampled_from([None, "norvale-bulletin"])),
        draw(st.sampled_from([None, BEFORE])),
        draw(st.sampled_from(["Flood", "Storm"])),
        draw(st.sampled_from([None, 2, 3])),
    )


@st.composite
def tables(draw: st.DrawFn) -> list[Release]:
    """Mostly in the order of their days, at times the same day twice, or none."""
    days = draw(st.lists(st.sampled_from(DAYS), min_size=3, max_size=5))
    ordered: list[str | None] = [*sorted(days)]
    match draw(st.integers(0, 7)):
        case 0 | 1:
            ordered = [*days]
        case 2 | 3:
            ordered[draw(st.integers(0, len(days) - 1))] = None
        case 4 | 5:
            ordered.insert(0, None)
    found: list[Release] = []
    for day in ordered:
        before = {row.number: row for row in found[-1].rows} if found else {}
        kept = [row for row in before.values() if draw(st.integers(0, 3))]
        numbers = draw(st.sets(st.integers(0, 3), min_size=1, max_size=3))
        fresh = [draw(rows(number)) for number in sorted(numbers)]
        table = {row.number: row for row in (*kept, *fresh)}
        stopped = draw(st.none() | st.integers(0, len(table)))
        found.append(Release(day, draw(st.permutations([*table.values()])), stopped))
    return found


def as_report(row: Row) -> ReportFiled:
    toll = () if row.killed is None else (Toll(outcome="killed", exactly=row.killed),)
    return ReportFiled(
        occurrence=row.occurrence,
        report=Report(
            source=Source(name=row.source),
            via=row.via,
            document=row.document,
            reported_at=row.reported_at,
            record=row.record,
        ),
        claims=ClaimsGiven(title=row.title, toll=toll),
    )


# The model


class Said(NamedTuple):
    """What was said of one row, an event each. `row` is None where it is gone.

    `day` is the one on which that was said, if any is known; `known` the point that it counts from;
    `report` where in the log the report stands that it is, or is about.
    """

    known: int
    day: str | None
    record: str
    row: Row | None
    report: int


class Model:
    """A list of what was said, in the order of the log."""

    def __init__(self) -> None:
        self.log: list[Said] = []

    def rows(self, known: int, basis: int) -> dict[str, Row]:
        """By record what is live in a cell, each with the day that its report has."""
        found: dict[int, Row] = {}
        visible = [(said.known, at, said) for at, said in enumerate(self.log[:basis])]
        for _, _, said in sorted(one for one in visible if one[0] <= known):
            found.pop(said.report, None)
            if said.row is not None:
                found[said.report] = said.row
        assert len({row.record for row in found.values()}) == len(found), "each counts once"
        return {row.record: row for row in found.values()}

    def take(self, release: Release, rows: list[Row]) -> list[str]:
        """What comes of each row."""
        return [self._row(release.day, row) for row in rows]

    def gone(self, release: Release, most: int | None = None) -> list[str]:
        """Say of what is not in a release, or of so much of it, that it is gone; of what."""
        assert release.day is not None
        there = {row.record for row in release.rows}
        withdrawn = [
            record
            for record in sorted(self.rows(LATEST, len(self.log)).keys() - there)
            if not self._late(record, release.day)
        ][:most]
        for record in withdrawn:
            self._say(release.day, record, None)
        return withdrawn

    def _row(self, day: str | None, row: Row) -> str:
        before = self.rows(LATEST, len(self.log)).get(row.record)
        if day is not None and self._late(row.record, day):
            return "refused"
        ours = row if day is None else row._replace(reported_at=day)
        if before is None:
            if day is None and self._last(row.record) is not None:
                return "changed"  # somebody retracted it, and no day is known since when it is back
            self._say(ours.reported_at, row.record, ours, filed=True)
            return "filed"
        if before.who == row.who and before[-2:] == row[-2:]:
            return "unchanged"
        if day is None:
            return "changed"
        if before.who != row.who:
            self._say(day, row.record, None)
            self._say(day, row.record, ours, filed=True)
            return "refiled"
        self._say(day, row.record, row._replace(reported_at=before.reported_at))
        return "corrected"

    def _last(self, record: str) -> Said | None:
        return next((said for said in reversed(self.log) if said.record == record), None)

    def _late(self, record: str, day: str) -> bool:
        """Whether what is known of a row was said after a day."""
        last = self._last(record)
        return last is not None and last.day is not None and last.day > day

    def _say(self, day: str | None, record: str, row: Row | None, *, filed: bool = False) -> None:
        """A report without a day counts from when it was recorded, after all days; and nothing
        counts before the report that it is about."""
        report = len(self.log)
        known = LATEST - 1_000 + report if day is None else last_microsecond(day)
        if not filed:
            report = next(s.report for s in reversed(self.log) if s.record == record)
            known = max(known, self.log[report].known)
        self.log.append(Said(known, day, record, row, report))


# Both


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as store:
        yield store


async def live(store: Store, chronicle: str, known: int, basis: int) -> dict[str, Row]:
    """By record what is live in a cell, as a row again."""
    found = {}
    query = Query(point=Point(known=known, basis=basis), filter=Filter(), claims="all")
    async with store.reading(chronicle) as reader:
        listed = await reader.occurrences(query)
    assert listed.next is None
    for entry in listed.entries:
        assert entry.claims
        for one in entry.claims:
            report, toll = one.report, one.claims.get("toll", ())
            assert report.record is not None
            assert report.record not in found, "one row, one report"
            found[report.record] = Row(
                int(report.record.partition("/")[2]),
                entry.occurrence,
                report.source.name,
                report.via,
                report.document,
                report.reported_at,
                one.claims["title"],
                toll[0].exactly if toll else None,
            )
    return found


def what(came: Any) -> str:
    assert isinstance(came, Came | Conflict), came
    return came.what if isinstance(came, Came) else "refused"


async def imported(store: Store, chronicle: str, model: Model, release: Release) -> None:
    """Import a release and tell the model, at times only from its beginning up to somewhere, and
    then from the start again."""
    parts = [release.rows]
    if release.stopped is not None:
        parts.insert(0, release.rows[: release.stopped])
    for part in parts:
        importing = Import(store, chronicle, "norvale", release=release.day)
        note(f"{release.day}: {[tuple(row) for row in part]}")
        came = [what(one) for one in await importing.take([*map(as_report, part)])]
        assert came == model.take(release, part)
        for one in came:
            seen(one)
        if part is not release.rows and len(part) == len(release.rows) and release.day is not None:
            # It was stopped among those that are gone.
            some = model.gone(release, most=1)
            assert await importing.withdraw(some) == len(some)
    if release.day is not None:
        gone = await importing.gone()
        assert gone == len(model.gone(release))
        seen(f"gone: {min(gone, 1)}")


@settings(max_examples=EXAMPLES)
@given(releases=tables())
async def test_every_row_reads_in_every_cell_as_the_releases_say(
    store: Store, releases: list[Release]
) -> None:
    # given
    chronicle, model = next(chronicles), Model()
    await store.create_chronicle(chronicle)
    ends = [0]

    # when
    for release in releases:
        await imported(store, chronicle, model, release)
        ends.append(len(model.log))

    # then
    assert dict(await store.chronicles())[chronicle] == len(model.log)
    points = [last_microsecond(day) - before for day in (BEFORE, *DAYS) for before in (1, 0)]
    for basis in range(len(model.log) + 1):
        for known in (*points, LATEST) if basis in ends else (LATEST,):
            assert await live(store, chronicle, known, basis) == model.rows(known, basis)


@settings(max_examples=EXAMPLES)
@given(releases=tables())
async def test_what_was_imported_is_unchanged_when_it_is_imported_again(
    store: Store, releases: list[Release]
) -> None:
    # given
    chronicle, model = next(chronicles), Model()
    await store.create_chronicle(chronicle)

    for release in releases:
        await imported(store, chronicle, model, release)
        position = len(model.log)

        # when
        again = Import(store, chronicle, "norvale", release=release.day)
        came = await again.take([*map(as_report, release.rows)])
        gone = await again.gone() if release.day is not None else 0

        # then
        assert {what(one) for one in came} <= {"unchanged", "refused", "changed"}
        assert gone == 0
        assert dict(await store.chronicles())[chronicle] == position
