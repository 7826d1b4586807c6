"""Goal: likely duplicates are read at the command line, and answered there without typing events.

Method: the commands that a listing prints are run as they are printed.
"""

from __future__ import annotations

import json
import shlex

import pytest

from domain.query import Point, Query
from store.similar import Similarity
from store.store import Store
from tests.cli.conftest import Dateline, append


def told(occurrence: str, source: str) -> str:
    """An account of a flood on 4 March 2024."""
    report = {"source": {"name": source}, "reported_at": "2024-03-05"}
    claims = {
        "title": "Flood in the old town",
        "kind": "flood",
        "occurred": {"edtf": "2024-03-04"},
        "place": {"name": "Norvale"},
    }
    event = {"type": "report.filed", "occurrence": occurrence}
    return json.dumps({**event, "report": report, "claims": claims})


@pytest.fixture
async def floods(store: Store) -> Store:
    """Two accounts of one flood."""
    for name, source in (("norvale-flood", "Norvale Post"), ("flood-at-norvale", "Tellin Radio")):
        await append(store, told(name, source))
    return store


def printed(out: str, which: str) -> list[str]:
    """A command as it is printed after `one:` or `not one:`."""
    (line,) = [line for line in out.splitlines() if line.strip().startswith(f"{which}:")]
    program, *words = shlex.split(line.partition(":")[2])
    assert program == "dateline"
    return words


async def found(store: Store) -> int:
    async with store.reading("main") as reader:
        return (await Similarity.over(reader).duplicates(None, Query())).found


async def test_a_pair_is_listed_with_its_reasons_and_the_commands_that_answer_it(
    floods: Store, dateline: Dateline
) -> None:
    ran = await dateline("duplicates")

    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "Likely duplicates of all occurrences"
    assert "  77  Flood in the old town · norvale-flood" in lines
    assert "      +30 dates: both 2024-03-04" in lines
    assert "      +25 area: both Norvale, within 15 km" in lines
    assert "      +12 words: old, town" in lines
    assert "1 pair of 45 points or more; 2 occurrences looked at." in lines
    assert printed(ran.out, "one")[:3] == ["merge", "flood-at-norvale", "norvale-flood"]
    assert printed(ran.out, "not one") == ["distinct", "norvale-flood", "flood-at-norvale"]


async def test_the_json_is_what_the_store_answers(floods: Store, dateline: Dateline) -> None:
    ran = await dateline("duplicates", "--json", "--as-of", "2024-03-05")

    answer = json.loads(ran.out)
    assert answer["as_of"] == "2024-03-05"
    assert (answer["timeline"], answer["found"], answer["limited"]) == (None, 1, 0)
    (pair,) = answer["pairs"]
    assert pair["one"]["occurrence"] == "norvale-flood"
    assert pair["score"] == sum(why["weight"] for why in pair["why"])


async def test_not_one_is_answered_by_the_command_that_is_printed_and_is_not_asked_again(
    floods: Store, dateline: Dateline
) -> None:
    words = printed((await dateline("duplicates")).out, "not one")

    ran = await dateline(*words)

    assert (ran.status, ran.err) == (0, "")
    assert ran.out == "position 3, norvale-flood version 2\n"
    assert await found(floods) == 0
    again = await dateline("duplicates")
    assert "0 pairs of 45 points or more; 2 occurrences looked at." in again.out


async def test_one_is_answered_by_the_command_that_is_printed(
    floods: Store, dateline: Dateline
) -> None:
    words = printed((await dateline("duplicates")).out, "one")
    words[words.index("REASON")] = "Two accounts of one flood"

    ran = await dateline(*words, "--json")

    assert ran.status == 0
    (event,) = json.loads(ran.out)["events"]
    assert (event["position"], event["occurrence"]) == (3, "flood-at-norvale")
    assert await found(floods) == 0
    async with floods.reading("main") as reader:
        shown = await reader.occurrence("norvale-flood", Point())
        behind = await reader.history("norvale-flood", Point())
    assert shown.entry.merged == ("flood-at-norvale",)
    assert behind.events[-1].reason == "Two accounts of one flood"


async def test_a_link_is_made_and_ended(floods: Store, dateline: Dateline) -> None:
    words = ("norvale-flood", "follows", "flood-at-norvale")

    made = await dateline("link", *words, "--reported", "2024-03-06")
    async with floods.reading("main") as reader:
        linked = (await reader.occurrence("norvale-flood", Point())).entry.links
    ended = await dateline("unlink", *words)
    async with floods.reading("main") as reader:
        left = (await reader.occurrence("norvale-flood", Point())).entry.links

    assert (made.status, ended.status) == (0, 0)
    assert [(link.relation, link.to) for link in linked] == [("follows", "flood-at-norvale")]
    assert left == ()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("merge", "norvale-flood", "nothing", "--reason", "One flood"), 1, "nothing"),
        (("merge", "norvale-flood", "flood-at-norvale"), 2, "reason"),
        (("merge", "norvale-flood", "flood-at-norvale", "--reason", ""), 1, "--reason"),
        (("merge", "norvale-flood", "norvale-flood", "--reason", "One"), 1, "into itself"),
        (("distinct", "norvale-flood"), 2, "distinct --help"),
        (("link", "norvale-flood", "near", "flood-at-norvale"), 2, "near"),
        (("link", "norvale-flood", "part-of", "flood-at-norvale", "--reported", "x"), 1, "x"),
        (("unlink", "norvale-flood", "part-of", "flood-at-norvale"), 1, "part-of"),
        (("duplicates", "nothing"), 1, "nothing"),
        (("duplicates", "--limit", "0"), 1, "--limit"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_written(
    floods: Store, dateline: Dateline, words: tuple[str, ...], status: int, said: str
) -> None:
    ran = await dateline(*words)

    assert ran.status == status
    assert said in ran.err
    assert await floods.chronicles() == [("main", 2)]


async def test_what_was_merged_is_named_as_what_it_is_now(
    floods: Store, dateline: Dateline
) -> None:
    await dateline("merge", "flood-at-norvale", "norvale-flood", "--reason", "One flood")

    ran = await dateline("distinct", "flood-at-norvale", "norvale-flood")

    assert (ran.status, ran.out) == (1, "")
    assert "flood-at-norvale was merged into norvale-flood" in ran.err
