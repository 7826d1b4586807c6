"""Goal: tables that a person likes to read, at 80 and at 120 columns and in a pipe.

Method: pages are pure functions of answers, so they are held to the text in golden/. Their answers
are those of the store, to made-up records.
"""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import pytest
from msgspec import structs

from cli import diff, history, timeline
from cli.output import as_text
from domain.answers import Entry, Listing
from domain.query import Filter, Point, Query, known_at
from store.changes import Changes
from store.store import Store
from tests.cli.conftest import append

GOLDEN = Path(__file__).with_name("golden")
ASKED = ["dateline", "timeline", "norvale"]


def point(day: str) -> Point:
    return Point(as_of=day, known=known_at(day, "as_of"))


async def listing(store: Store, day: str, **asked: object) -> Listing:
    async with store.reading("main") as reader:
        return await reader.timeline("norvale", Query(point=point(day), **asked))  # type: ignore[arg-type]


def golden(name: str) -> str:
    return (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


async def test_a_timeline_at_80_columns(flood: Store) -> None:
    answer = await listing(flood, "2024-03-08")

    assert as_text(timeline.page(answer, ASKED, 80), 80) == golden("timeline-80")


async def test_a_timeline_at_120_columns(flood: Store) -> None:
    answer = await listing(flood, "2024-03-08")

    assert as_text(timeline.page(answer, ASKED, 120), 120) == golden("timeline-120")


async def test_a_timeline_in_a_pipe_has_one_line_an_entry(flood: Store) -> None:
    answer = await listing(flood, "2024-03-08")

    assert as_text(timeline.page(answer, ASKED, None), None) == golden("timeline-pipe")


async def test_a_page_says_what_it_leaves_out_and_how_to_go_on(flood: Store) -> None:
    await append(
        flood,
        """
        {"type": "report.filed", "occurrence": "norvale-march", "report": {"source": {"name": "Norvale Post"}, "reported_at": "2024-03-06"}, "claims": {"title": "March in Norvale", "occurred": {"edtf": "2024-03-05"}, "tags": ["norvale"]}}
        {"type": "report.filed", "occurrence": "norvale-rumour", "report": {"source": {"name": "Norvale Post"}, "reported_at": "2024-03-06"}, "claims": {"title": "A rumour", "tags": ["norvale"]}}
        """,  # noqa: E501
    )
    answer = await listing(flood, "2024-03-08", limit=1, filter=Filter(during="2024-03"))

    shown = as_text(timeline.page(answer, [*ASKED, "--limit", "1"], 80), 80)

    assert "Left out: 1 entry without a date to judge." in shown
    assert f"\n  dateline timeline norvale --limit 1 --cursor {answer.next}\n" in shown


async def test_a_day_on_which_nothing_was_known_says_so(flood: Store) -> None:
    answer = await listing(flood, "2024-03-01")

    assert "Nothing is known of this, as asked." in as_text(timeline.page(answer, ASKED, 80), 80)


@pytest.mark.parametrize("width", [80, 120, None])
async def test_a_title_that_would_command_the_terminal_is_only_text(
    flood: Store, width: int | None
) -> None:
    answer = await listing(flood, "2024-03-08")
    hostile = structs.replace(answer.entries[0], title="\x1b[2J[red]Flood[/red]\nin\x07 Norvale")
    answer = structs.replace(answer, entries=(hostile,))

    shown = as_text(timeline.page(answer, ASKED, width), width)

    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "[red]Flood[/red] in" in re.sub(r"\s+", " ", shown)


@pytest.mark.parametrize("width", [80, 120])
async def test_no_line_is_wider_than_the_terminal(seeded: Store, width: int) -> None:
    async with seeded.reading("main") as reader:
        answer = await reader.timeline("idlib-2019", Query(point=point("2019-08-28")))

    shown = as_text(timeline.page(answer, ASKED, width), width)

    assert len(answer.entries) == 19
    assert max(map(len, shown.splitlines())) <= width


def test_an_entry_without_anything_but_a_name_can_be_shown(entry: Entry) -> None:
    for width in (80, 120, None):
        table = timeline.entries_table((entry,), width)
        assert "(untitled)" in as_text([table], width)
        assert "undated" in as_text([table], width)


async def test_a_difference_tells_before_after_who_and_why(flood: Store) -> None:
    async with flood.reading("main") as reader:
        answer = await Changes.over(reader).diff(
            "norvale", point("2024-03-05"), point("2024-03-08")
        )

    assert as_text(diff.page(answer), 100) == golden("diff")


async def test_what_came_is_told_with_the_report_that_brought_it(flood: Store) -> None:
    async with flood.reading("main") as reader:
        answer = await Changes.over(reader).diff(
            "norvale", point("2024-03-01"), point("2024-03-05")
        )

    shown = as_text(diff.page(answer), 100)

    assert "Added (1)" in shown
    assert "Norvale Post via Estra Relief reported it, 5 Mar 2024 (position 1)" in shown


async def test_what_went_is_told_with_the_retraction(flood: Store) -> None:
    await append(
        flood,
        """
        {"type": "report.filed", "event_id": "01920000-0000-7000-8000-000000000011", "occurrence": "norvale-march", "report": {"source": {"name": "Norvale Post"}, "reported_at": "2024-03-06"}, "claims": {"title": "March in Norvale", "tags": ["norvale"]}}
        {"type": "report.retracted", "occurrence": "norvale-march", "target": "01920000-0000-7000-8000-000000000011", "fault": "source", "reason": "There was no march", "reported_at": "2024-03-07", "expected_version": 1}
        """,  # noqa: E501
    )
    async with flood.reading("main") as reader:
        answer = await Changes.over(reader).diff(
            "norvale", point("2024-03-06"), point("2024-03-07")
        )

    shown = as_text(diff.page(answer), 200)

    assert "Removed (1)" in shown
    assert "Norvale Post retracted it, 7 Mar 2024 (position 7)" in shown
    assert "the source's own account: There was no march" in shown


MOVED = """
{"type": "report.filed", "event_id": "01920000-0000-7000-8000-000000000021", "occurrence": "norvale-dam", "report": {"source": {"name": "Norvale Post"}, "reported_at": "2024-03-09"}, "claims": {"title": "Dam in Norvale breaks", "tags": ["norvale"]}}
{"type": "occurrence.merged", "occurrence": "norvale-dam", "into": "norvale-flood", "reason": "The dam is what broke", "reported_at": "2024-03-10", "expected_version": "any"}
{"type": "report.graded", "target": "01920000-0000-7000-8000-000000000021", "grade": "A1", "reason": "Its reporter was there", "reported_at": "2024-03-11"}
{"type": "occurrence.split", "occurrence": "norvale-flood", "into": "norvale-dam", "reports": ["01920000-0000-7000-8000-000000000021"], "reason": "Two waters", "reported_at": "2024-03-12", "expected_version": "any"}
"""  # noqa: E501
"""A report that was merged, graded and split off again."""


@pytest.mark.parametrize(
    ("day", "next_day", "told"),
    [
        ("2024-03-09", "2024-03-10", "An editor merged it, 10 Mar 2024 (position 7); The dam is"),
        ("2024-03-10", "2024-03-11", "What Norvale Post reported was graded anew, 11 Mar 2024 (po"),
        ("2024-03-10", "2024-03-11", "(position 8); Its reporter was there"),
        ("2024-03-11", "2024-03-12", "An editor split it, 12 Mar 2024 (position 9); Two waters"),
    ],
)
async def test_merges_splits_and_grades_are_told_in_words_with_their_reason(
    flood: Store, day: str, next_day: str, told: str
) -> None:
    await append(flood, MOVED)
    async with flood.reading("main") as reader:
        answer = await Changes.over(reader).diff("norvale", point(day), point(next_day))

    shown = as_text(diff.page(answer), 200)

    assert told in shown
    assert "occurrence." not in shown
    assert "report." not in shown


@pytest.mark.parametrize("width", [80, 120, None])
async def test_what_was_merged_away_says_into_what(flood: Store, width: int | None) -> None:
    await append(flood, MOVED)
    answer = await listing(flood, "2024-03-10", filter=Filter(status=("merged",)))

    shown = as_text(timeline.page(answer, ASKED, width), width)

    assert "merged into norvale-flood" in shown
    assert not re.search(r"^ *· norvale-dam", shown, re.M)


async def test_a_grade_of_what_was_split_off_since_says_that_it_is_elsewhere(flood: Store) -> None:
    await append(flood, MOVED)
    async with flood.reading("main") as reader:
        answer = await reader.history("norvale-flood", Point())

    shown = as_text(history.page(answer, "main", None), None)

    assert "Grade of a report that is elsewhere now: A1" in shown


async def test_a_report_that_was_filed_to_another_occurrence_says_to_which(flood: Store) -> None:
    await append(flood, "\n".join(MOVED.strip().splitlines()[:2]))
    async with flood.reading("main") as reader:
        answer = await reader.history("norvale-flood", Point())

    shown = as_text(history.page(answer, "main", None), None)

    assert "Report by Norvale Post, filed to norvale-dam · title: Dam in Norvale breaks" in shown
    assert shown.count("filed to") == 1


async def test_a_list_of_timelines_says_where_it_is_not_settled(flood: Store) -> None:
    async with flood.reading("main") as reader:
        answer = await reader.timelines(Point())

    for settled in (True, False):
        shown = structs.replace(answer, settled=settled)
        assert ("not settled" in as_text(timeline.index(shown, "main", 80), 80)) is not settled


async def test_a_difference_of_nothing_says_so(flood: Store) -> None:
    async with flood.reading("main") as reader:
        answer = await Changes.over(reader).diff(
            "norvale", point("2024-03-09"), point("2024-03-10")
        )

    assert as_text(diff.page(answer), 80).endswith("\nNothing.\n")


async def test_a_history_names_both_axes_and_every_reason(flood: Store) -> None:
    async with flood.reading("main") as reader:
        answer = await reader.history("norvale-flood", Point())
    clock = re.compile(r"\d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC")

    shown = as_text(history.page(answer, "main", None), None)

    assert "Position  Said        Recorded" in shown
    assert re.sub(" +", " ", clock.sub("(now)", shown)).replace(str(answer.id), "ID") == golden(
        "history-pipe"
    )


@pytest.fixture
def entry() -> Entry:
    """An occurrence of which next to nothing is known."""
    return Entry(
        occurrence="estra-1",
        id=UUID(int=1),
        version=1,
        title=None,
        summary=None,
        kind=None,
        occurred=None,
        place=None,
        actors=(),
        toll=(),
        tags=(),
        attributes=None,
        status=("reported",),
        differ=(),
        contested=(),
        sources=(),
        independent=0,
        links=(),
        into=None,
        merged=(),
        known_from="2024-03-05T23:59:59.999999Z",
        position=1,
    )
