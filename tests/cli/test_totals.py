"""Goal: totals, policies and claims on the command line are what HTTP answers, as a table.

Method: command lines run on made-up records; JSON against the application over the same database.
"""

from __future__ import annotations

import re

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from cli import totals
from cli.output import as_text
from domain.query import TotalsQuery
from store.store import Store
from tests.cli.conftest import Dateline, append
from tests.conftest import PROJECT, Database

TELLIN = """
{"type": "report.filed", "occurrence": "tellin-fire", "report": {"source": {"name": "Tellin Radio"}, "reported_at": "2024-04-02"}, "claims": {"title": "Fire in Tellin", "occurred": {"edtf": "2024-04-01"}, "place": {"name": "Tellin"}, "toll": [{"outcome": "killed", "low": 2, "best": 2, "high": 4}, {"outcome": "injured", "scope": "cumulative", "since": "2024-03", "at_least": 30}], "tags": ["norvale"]}}
{"type": "report.filed", "occurrence": "estra-fire", "report": {"source": {"name": "Tellin Radio"}, "reported_at": "2024-04-02"}, "claims": {"title": "Fire in Estra", "occurred": {"edtf": "2024-04-01"}, "tags": ["norvale"]}}
"""  # noqa: E501 -- one event a line is the format


@pytest.fixture
async def fires(flood: Store) -> Store:
    await append(flood, TELLIN)
    return flood


async def test_totals_are_a_table_with_a_line_for_all(dateline: Dateline, fires: Store) -> None:
    ran = await dateline("totals", "norvale", "--by", "month")

    assert (ran.status, ran.err) == (0, "")
    lines = [re.split(r" {2,}", line.rstrip()) for line in ran.out.splitlines()]
    assert ["Month", "Outcome", "Least", "Best", "Most", "Occurrences", "No figure"] in lines
    assert ["Mar 2024", "killed", "3", "3", "open (1)", "1"] in lines
    assert ["Apr 2024", "killed", "2", "2", "4", "2", "1"] in lines
    assert ["All", "killed", "5", "5", "open (1)", "3", "1"] in lines
    assert (
        "Not in any sum: 30+ injured (cumulative since Mar 2024) · Tellin Radio · tellin-fire"
        in ran.out
    )
    assert "do not add up" not in ran.out


@pytest.mark.parametrize("width", [60, 80, 100])
async def test_no_number_and_no_word_of_totals_is_broken_where_it_is_narrow(
    seeded: Store, width: int
) -> None:
    async with seeded.reading("main") as reader:
        answer = await reader.totals("idlib-2019", TotalsQuery(by="place"))

    shown = as_text(totals.page(answer, "main", width), width)

    assert max(map(len, shown.splitlines())) <= width
    for word in ("killed", "unknown", "Least", "figure", "Shaykhun", "Tahroma", "(264", "254"):
        assert re.search(rf"(^|\s){re.escape(word)}(\s|$)", shown, re.M), word


async def test_a_row_of_an_actor_says_whom_it_counts(dateline: Dateline, fires: Store) -> None:
    told = "counts all the dead or hurt of what the actor took part in"

    assert told in (await dateline("totals", "--by", "actor")).out
    assert told not in (await dateline("totals", "--by", "place")).out


async def test_what_only_some_figures_say_is_said_of_those(
    dateline: Dateline, fires: Store
) -> None:
    toll = '"toll": [{"outcome": "killed", "at_least": 5}], "tags"'
    await append(fires, TELLIN.strip().splitlines()[1].replace('"tags"', toll))
    ran = await dateline("totals", "--by", "outcome")

    assert re.search(r"killed +10 +unknown \(5 in 2 of 3\) +open \(2\) +3$", ran.out, re.M)


SAME = (
    (("totals", "norvale", "--by", "month"), "timelines/norvale/totals?by=month"),
    (("totals", "--by", "place", "--during", "2024-04"), "totals?by=place&during=2024-04"),
    (
        ("totals", "norvale", "--by", "kind", "--policy", "claimant:Tellin Radio/1"),
        "timelines/norvale/totals?by=kind&policy=claimant:Tellin%20Radio/1",
    ),
    (("timeline", "norvale", "--claims"), "timelines/norvale?claims=all"),
    (("timeline", "norvale", "--policy", "latest/1"), "timelines/norvale?policy=latest/1"),
)


async def test_json_is_byte_for_byte_what_http_answers(
    dateline: Dateline, fires: Store, database: Database
) -> None:
    app = create_app(Settings(database=database.app_dsn))
    async with (
        app.lifespan(),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost/v1/chronicles/main/"
        ) as http,
    ):
        for words, path in SAME:
            answer = await http.get(path)
            ran = await dateline(*words, "--json")

            assert answer.status_code == 200, answer.text
            assert ran.out.encode() == answer.content + b"\n", words


async def test_claims_stand_beneath_what_they_add_up_to(dateline: Dateline, flood: Store) -> None:
    ran = await dateline("timeline", "norvale", "--claims")

    assert "Norvale Post via Estra Relief, 5 March 2024, grade B2, corrected" in ran.out
    assert "3 killed (Estra Relief) | Tellin Radio, 8 March 2024" in ran.out
    assert "at least 6 killed (Tellin Radio)" in ran.out
    assert "at least 6" not in (await dateline("timeline", "norvale")).out


async def test_a_page_by_another_policy_says_what_it_is_selected_by(
    dateline: Dateline, flood: Store
) -> None:
    ran = await dateline("timeline", "norvale", "--policy", "latest/1")

    assert "position 5 · latest/1" in ran.out
    assert "Selected and ordered by graded-latest/1; values are by latest/1." in ran.out


async def test_the_next_page_keeps_policy_and_claims(dateline: Dateline, fires: Store) -> None:
    first = await dateline(
        "timeline", "norvale", "--limit", "1", "--claims", "--policy", "latest/1"
    )
    (following,) = re.findall(r"^  dateline (.*)$", first.out, re.M)
    second = await dateline(*following.split())

    assert "--claims" in following
    assert "--policy latest/1" in following
    assert (second.status, second.err) == (0, "")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("totals", "norvale"), 2, "--by"),
        (("totals", "norvale", "--by", "year"), 1, "--by must be one of month, place, actor"),
        (("totals", "--by", "month", "--policy", "best"), 1, "--policy must be graded-latest/1"),
        (("totals", "nowhere", "--by", "month"), 1, 'no timeline "nowhere"'),
        (("timeline", "--claims"), 1, "Name the timeline"),
        (("timeline", "--policy", "latest/1"), 1, "Name the timeline"),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    dateline: Dateline, flood: Store, words: tuple[str, ...], status: int, said: str
) -> None:
    ran = await dateline(*words)

    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err


async def test_the_example_in_the_docs_is_what_is_printed(dateline: Dateline, store: Store) -> None:
    text = (PROJECT / "docs" / "totals.md").read_text(encoding="utf-8")
    (events,) = re.findall(r"^```json\n(.*?)^```$", text, re.M | re.S)
    (shown,) = re.findall(r"^```text\n(.*?)^```$", text, re.M | re.S)
    await append(store, events)

    ran = await dateline("totals", "--by", "month")

    assert ran.out == shown
