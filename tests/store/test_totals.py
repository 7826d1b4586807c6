"""Goal: totals are read in one cell: what is selected there, linked there, merged there.

Method: random histories, told to the oracle, whose listing and links are added up by the plainest
means; and made-up histories in which a link, a merge or a retraction comes late. Real data: rows of
GED filed as they are, against sums over the CSV.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import itertools
import math
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import store.totals
from domain.answers import Totals
from domain.errors import Invalid, NotFound
from domain.events import ReportFiled
from domain.policy import policy
from domain.query import Filter, Point, TotalsQuery, known_at
from domain.reading import read_event
from domain.totals import Row
from exchange import ged
from exchange import rows as exchanged
from store.known import Append
from store.store import Store, open_store
from tests.histories import TIMELINES, History, histories, points_of_knowledge, questions
from tests.oracle import Json
from tests.store.test_oracle import EXAMPLES, Told, at, query_of, told


@pytest.fixture
async def store_(database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as opened:
        await opened.create_chronicle("main")
        yield opened


@settings(max_examples=EXAMPLES)
@given(histories(longest=10), st.lists(questions(), min_size=3, max_size=3))
async def test_totals_in_every_cell_are_what_the_oracle_lists_added_up(
    store_: Store, history: History, asked: list[Json]
) -> None:
    told_ = await told(store_, history)
    turn = itertools.count()

    async with store_.reading(told_.chronicle) as reader:
        for basis in range(len(told_.oracle.log) + 1):
            for known in points_of_knowledge(told_.oracle)[1::2]:
                for number, question in enumerate([{}, *asked]):
                    at_turn = next(turn) + number
                    subject = (None, *TIMELINES)[at_turn % 3]
                    by = ("kind", "outcome")[at_turn % 2]
                    filter = query_of(question, known, basis).filter
                    query = TotalsQuery(by=by, point=at(known, basis), filter=filter)
                    expected = naive(told_, subject, known, basis, question, by)
                    try:
                        shown = await reader.totals(subject, query)
                    except NotFound:
                        assert expected is None
                        continue
                    assert expected is not None
                    listed, rows, undated = expected
                    assert shown.occurrences == listed
                    assert {(r.key, r.outcome): figures(r) for r in shown.rows} == rows
                    assert shown.left_out == ({"undated": undated} if "during" in question else {})


def naive(
    told_: Told, timeline: str | None, known: int, basis: int, asked: Json, by: str
) -> tuple[int, dict[Any, Any], int] | None:
    """Each group's trees from their tops, over what the oracle lists and links."""
    found = told_.oracle.listing(timeline, known, basis, ids=told_.ids, **asked)
    if found is None:
        return None
    entries, undated = found
    # What was merged away counts where it went, whatever is asked for.
    entries = [(name, belief) for name, belief in entries if "merged" not in belief["status"]]
    whole: dict[str, str] = {}
    for name in told_.oracle.occurrences(basis):
        for relation, to in told_.oracle.links(name, known, basis):
            if relation == "part-of":
                whole[name] = to
    rows: dict[Any, Any] = {}
    groups: dict[str | None, dict[str, Json]] = defaultdict(dict)
    outcomes = {toll[0] for _, belief in entries for toll in belief["toll"] if toll[1] != CUMULATED}
    for name, belief in entries:
        of = {"kind": [belief["kind"]], "outcome": outcomes}
        for key in of[by] or {None}:
            groups[key][name] = belief
    for key, members in groups.items():
        stated = {t[0] for b in members.values() for t in b["toll"] if t[1] != CUMULATED} or {None}
        for outcome in {key} if by == "outcome" else stated:
            rows[key, outcome] = added_up(members, whole, outcome)
    return len(entries), rows, undated


CUMULATED = "cumulative"


def added_up(members: dict[str, Json], whole: dict[str, str], outcome: str | None) -> Any:
    own = {
        name: toll
        for name, belief in members.items()
        for subject, toll in belief["toll"].items()
        if subject[:2] == (outcome, "incident")
    }

    def above(name: str) -> str | None:
        up = whole.get(name)
        return up if up is None or up in members else above(up)

    def came(name: str | None, figure: str, unknown: float) -> float:
        below = sum(came(n, figure, unknown) for n in members if above(n) == name)
        if name not in own:
            return below
        said = own[name][figure]
        return max(below, unknown if said is None else said)

    def shown(figure: str, unknown: float) -> float | None:
        if all(toll[figure] is None for toll in own.values()):
            return None
        number = came(None, figure, unknown)
        return None if number == math.inf else number

    return (
        len(members),
        len(members) - len(own),
        shown("low", 0),
        shown("best", math.inf),
        shown("best", 0),
        shown("high", math.inf),
    )


def figures(row: Row) -> Any:
    return (row.occurrences, row.without_figure, row.low, row.best, row.best_known, row.high)


# Histories in which something comes late


async def file(store: Store, occurrence: str, day: str, killed: int, **claims: Any) -> str:
    said = {"toll": [{"outcome": "killed", "exactly": killed}], **claims}
    return await append(
        store, "report.filed", occurrence=occurrence, claims=said,
        report={"source": {"name": f"Desk of {occurrence}"}, "reported_at": day},
    )  # fmt: skip


async def append(store: Store, what: str, **said: Any) -> str:
    raw = msgspec.json.encode({"type": what, **said})
    done = await store.append("main", Append(events=(read_event(raw),)))
    return str(done.events[0].event_id)


async def linked(store: Store, part: str, whole: str, day: str, what: str = "linked") -> None:
    await append(
        store, f"occurrence.{what}", occurrence=part, to=whole, relation="part-of", reported_at=day
    )


async def read(store: Store, day: str | None = None, timeline: str | None = None, **asked: Any):
    point = Point() if day is None else Point(as_of=day, known=known_at(day, "as_of"))
    async with store.reading("main") as reader:
        return await reader.totals(timeline, TotalsQuery(**{"by": "kind", "point": point, **asked}))


def killed(answer: Totals) -> int | None:
    return next((row.best for row in answer.total if row.outcome == "killed"), None)


async def test_a_part_is_within_its_whole_from_the_day_that_says_so_on(store_: Store) -> None:
    await file(store_, "norvale-raids", "2019-05-01", 10)
    await file(store_, "norvale-bridge", "2019-05-01", 4)
    await linked(store_, "norvale-bridge", "norvale-raids", "2019-05-03")
    await linked(store_, "norvale-bridge", "norvale-raids", "2019-05-05", "unlinked")

    days = [f"2019-05-0{n}" for n in (1, 3, 4, 5)]
    assert [killed(await read(store_, day)) for day in days] == [14, 10, 10, 14]
    assert killed(await read(store_, point=Point(basis=2))) == 14


async def test_a_link_between_others_changes_what_an_unpinned_answer_says(store_: Store) -> None:
    """The timeline has the whole and the part of its part, and not what is between."""
    await file(store_, "raids", "2019-05-01", 10, tags=["kept"])
    await file(store_, "market", "2019-05-01", 4, tags=["kept"])
    await file(store_, "raid-on-estra", "2019-05-01", 6)
    await append(
        store_, "timeline.defined", timeline="kept", title="Kept", select={"tag": ["kept"]},
        expected_version="none",
    )  # fmt: skip
    await linked(store_, "market", "raid-on-estra", "2019-05-02")
    before = await read(store_, timeline="kept")
    await linked(store_, "raid-on-estra", "raids", "2019-05-02")
    after = await read(store_, timeline="kept")

    assert (killed(before), killed(after)) == (14, 10)
    assert (before.basis, after.basis) == (5, 6)
    assert before.occurrences == after.occurrences == 2


async def test_a_merged_whole_takes_its_parts_along_and_is_counted_once(store_: Store) -> None:
    await file(store_, "raids", "2019-05-01", 10)
    await file(store_, "raids-again", "2019-05-01", 12)
    await file(store_, "market", "2019-05-01", 4)
    await linked(store_, "market", "raids", "2019-05-01")
    await append(
        store_, "occurrence.merged", occurrence="raids", into="raids-again", reason="one",
        reported_at="2019-05-03", expected_version="any",
    )  # fmt: skip

    assert killed(await read(store_, "2019-05-02")) == 22
    assert killed(await read(store_, "2019-05-03")) == 12
    asked = Filter(status=("merged", "reported"))
    both = await read(store_, "2019-05-03", filter=asked)
    assert (killed(both), both.occurrences) == (12, 2)


async def test_parts_of_what_was_retracted_count_by_themselves(store_: Store) -> None:
    whole = await file(store_, "raids", "2019-05-01", 10)
    await file(store_, "market", "2019-05-01", 4)
    await linked(store_, "market", "raids", "2019-05-01")
    await append(
        store_, "report.retracted", occurrence="raids", target=whole, fault="source",
        reason="It was false.", reported_at="2019-05-03", expected_version="any",
    )  # fmt: skip

    assert killed(await read(store_, "2019-05-02")) == 10
    assert killed(await read(store_, "2019-05-03")) == 4
    assert killed(await read(store_, filter=Filter(status=("retracted",)))) == 10


async def test_a_policy_decides_what_is_added_up(store_: Store) -> None:
    tolls = [
        {"outcome": "killed", "exactly": 9, "claimant": "Ministry"},
        {"outcome": "killed", "exactly": 4, "claimant": "Estra Relief"},
    ]
    await file(store_, "raids", "2019-05-01", 0, toll=tolls)
    await file(store_, "market", "2019-05-01", 3)

    for asked, best, without in (("claimant:ministry/1", 9, 1), ("claimant:Estra relief/1", 4, 1)):
        answer = await read(store_, policy=policy(asked))
        assert (answer.policy, answer.selected_by) == (asked, "graded-latest/1")
        assert (answer.total[0].best, answer.total[0].without_figure) == (best, without)


async def test_cumulative_figures_are_listed_apart_with_the_occurrence(store_: Store) -> None:
    since = {"outcome": "killed", "at_least": 900, "scope": "cumulative", "since": "2019-04"}
    await file(store_, "raids", "2019-05-01", 0, toll=[since])
    await file(store_, "market", "2019-05-01", 3)
    answer = await read(store_)

    assert killed(answer) == 3
    assert [(c.occurrence, c.toll.low, c.toll.since) for c in answer.cumulative] == [
        ("raids", 900, "2019-04")
    ]
    assert answer.total[0].without_figure == 1


async def test_more_than_one_answer_adds_up_is_refused(store_: Store) -> None:
    for name in ("raids", "market", "bridge"):
        await file(store_, name, "2019-05-01", 1)

    with patch.object(store.totals, "MOST", 2), pytest.raises(Invalid, match="More than 2 occ"):
        await read(store_)
    with patch.object(store.totals, "MOST", 3):
        assert killed(await read(store_)) == 3


async def test_what_a_thread_adds_up_is_the_same(store_: Store) -> None:
    for name in ("raids", "market", "bridge"):
        await file(store_, name, "2019-05-01", 1)
    at_once = await read(store_)

    with patch.object(store.totals, "AT_ONCE", 0):
        assert await read(store_) == at_once


async def test_rows_of_ged_give_the_sums_of_its_columns(
    store_: Store, shared_data: Callable[[str], Path]
) -> None:
    """A total of GED has its sides as parts of a group, which must not be added to it."""
    with gzip.open(shared_data("ucdp_ged_syria_2016_2019.csv.gz"), "rt", encoding="utf-8") as file:
        head, *lines = itertools.islice(file, 0, None, 7)
        lines = [line for line in lines if line.count('"') % 2 == 0][:2_000]
    raw = (head + "".join(lines)).encode()
    made = [
        row
        for row in ged.read(io.BytesIO(raw), until=datetime.date(2020, 6, 1))
        if isinstance(row, exchanged.Row)
    ]
    for start in range(0, len(made), 1_000):
        events = tuple(
            ReportFiled(occurrence=row.occurrence, report=row.report, claims=row.claims)
            for row in made[start : start + 1_000]
        )
        await store_.append("main", Append(events=events))
    ids = {row.record.removeprefix("ged/") for row in made}
    plain = [r for r in csv.DictReader(io.StringIO(raw.decode())) if r["id"] in ids]
    assert len(plain) == len(made) > 1_500

    for by, column in (("month", lambda r: r["date_start"][:7]), ("actor", None)):
        answer = await read(store_, by=by)
        assert [column_sums(plain)] == [band(row) for row in answer.total]
        assert answer.occurrences == len(plain)
        if column is not None:
            months: dict[str, list[Json]] = defaultdict(list)
            for row in plain:
                months[column(row)].append(row)
            shown = {row.key: band(row) for row in answer.rows}
            assert shown == {month: column_sums(rows) for month, rows in months.items()}
            assert answer.additive


def column_sums(rows: list[Json]) -> tuple[int, ...]:
    return tuple(sum(int(row[name]) for row in rows) for name in ("low", "best", "high"))


def band(row: Row) -> tuple[int | None, ...]:
    return (row.low, row.best, row.high)
