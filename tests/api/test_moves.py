"""Goal: over HTTP reports are graded, and occurrences merged, split and unlinked, and back.

Method: two outlets tell of one attack in Norvale as of two, and what follows from that.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.asking import EVENTS, OCCURRENCES, SERVER, TIMELINES, defined, refused

BRIDGE, MARKET = "bridge-at-norvale", "market-at-norvale"


def told(occurrence: str, source: str, day: str, **claims: Any) -> dict[str, Any]:
    return {
        "type": "report.filed",
        "event_id": str(uuid4()),
        "occurrence": occurrence,
        "report": {"source": {"name": source}, "reported_at": day},
        "claims": claims,
    }


FIRST = told(BRIDGE, "Estra Observer", "2019-08-20", title="Attack at the bridge")
SECOND = told(MARKET, "Norvale Post", "2019-08-21", title="Attack near the market")
MERGED = {
    "type": "occurrence.merged",
    "occurrence": MARKET,
    "into": BRIDGE,
    "reason": "Both tell of one attack.",
    "reported_at": "2019-08-23",
    "expected_version": {MARKET: 1, BRIDGE: 1},
}


@pytest.fixture
async def merged(writer: httpx.AsyncClient) -> httpx.AsyncClient:
    """Two reports of two occurrences, merged from 23 August on."""
    for event in (FIRST, SECOND, MERGED):
        assert (await writer.post(EVENTS, json=event)).status_code == 201
    return writer


async def titles(client: httpx.AsyncClient, **asked: str) -> dict[str, str]:
    answer = await client.get(OCCURRENCES, params=asked)
    return {entry["occurrence"]: entry["title"] for entry in answer.json()["entries"]}


async def test_what_was_merged_is_two_before_and_one_after(merged) -> None:
    assert await titles(merged, as_of="2019-08-22") == {
        BRIDGE: "Attack at the bridge",
        MARKET: "Attack near the market",
    }
    assert await titles(merged, as_of="2019-08-23") == {BRIDGE: "Attack near the market"}
    assert await titles(merged, basis="2") == {
        BRIDGE: "Attack at the bridge",
        MARKET: "Attack near the market",
    }


async def test_what_was_merged_is_listed_for_who_asks_and_says_into_what(merged) -> None:
    answer = await merged.get(OCCURRENCES, params={"status": "merged"})

    (entry,) = answer.json()["entries"]
    assert (entry["occurrence"], entry["into"], entry["status"]) == (MARKET, BRIDGE, ["merged"])
    shown = (await merged.get(f"{OCCURRENCES}/{BRIDGE}")).json()["entry"]
    assert shown["merged"] == [MARKET]


async def test_the_name_merged_away_leads_on_with_the_same_question(merged) -> None:
    answer = await merged.get(f"{OCCURRENCES}/{MARKET}", params={"as_of": "2019-08-24"})

    assert answer.status_code == 307
    location = httpx.URL(SERVER + answer.headers["Location"])
    assert location.path.endswith(f"/{OCCURRENCES}/{BRIDGE}")
    assert location.params["as_of"] == "2019-08-24"
    followed = await merged.get(location)
    assert {claim["report"]["source"]["name"] for claim in followed.json()["claims"]} == {
        "Estra Observer",
        "Norvale Post",
    }
    before = await merged.get(f"{OCCURRENCES}/{MARKET}", params={"as_of": "2019-08-22"})
    assert before.status_code == 200


async def test_the_history_of_each_says_that_they_were_merged_and_why(merged) -> None:
    for name, positions in ((MARKET, [2, 3]), (BRIDGE, [1, 2, 3])):
        events = (await merged.get(f"{OCCURRENCES}/{name}/history")).json()["events"]
        assert [event["position"] for event in events] == positions
        assert events[-1]["reason"] == "Both tell of one attack."
        assert (events[-1]["occurrence"], events[-1]["into"]) == (MARKET, BRIDGE)
    versions = [
        e["version"] for e in (await merged.get(f"{OCCURRENCES}/{BRIDGE}/history")).json()["events"]
    ]
    assert versions == [1, None, 2]


async def test_the_history_of_a_name_merged_away_tells_what_is_said_of_its_reports_since(
    merged, writer
) -> None:
    # The last words of what is retracted are what it said, so that what is shown stays the same.
    taken_back = {
        "type": "report.retracted",
        "occurrence": BRIDGE,
        "target": SECOND["event_id"],
        "fault": "source",
        "reason": "The source withdrew it.",
        "reported_at": "2019-08-24",
        "expected_version": "any",
    }
    assert (await writer.post(EVENTS, json=taken_back)).status_code == 201
    await writer.post(EVENTS, json=told("fire-at-estra", "Estra Observer", "2019-08-25"))

    history = (await merged.get(f"{OCCURRENCES}/{MARKET}/history")).json()

    assert [event["position"] for event in history["events"]] == [2, 3, 4]
    assert history["basis"] == 4
    pinned = await merged.get(f"{OCCURRENCES}/{MARKET}/history?basis=4")
    assert pinned.json() == history
    as_of = await merged.get(f"{OCCURRENCES}/{MARKET}/history?as_of=2019-08-23")
    assert [event["position"] for event in as_of.json()["events"]] == [2, 3]


async def test_a_report_to_the_name_merged_away_counts_where_that_leads(merged) -> None:
    late = told(MARKET, "Tellin Radio", "2019-08-24", title="Attack in the town")

    answer = await merged.post(EVENTS, json=late)

    assert answer.json()["events"][0]["occurrence"] == MARKET
    assert await titles(merged) == {BRIDGE: "Attack in the town"}


async def test_a_split_undoes_a_merge_from_its_day_on(merged) -> None:
    split = {
        "type": "occurrence.split",
        "occurrence": BRIDGE,
        "into": MARKET,
        "reports": [SECOND["event_id"]],
        "reason": "They were two after all.",
        "reported_at": "2019-08-25",
        "expected_version": "any",
    }

    assert (await merged.post(EVENTS, json=split)).status_code == 201

    assert await titles(merged, as_of="2019-08-24") == {BRIDGE: "Attack near the market"}
    assert await titles(merged, as_of="2019-08-25") == {
        BRIDGE: "Attack at the bridge",
        MARKET: "Attack near the market",
    }


async def test_a_difference_says_that_a_merge_is_why(merged) -> None:
    await merged.post(EVENTS, json={**defined(), "expected_version": "none"})

    asked = {"from": "2019-08-22", "to": "2019-08-24"}
    diff = (await merged.get(f"{TIMELINES}/norvale/diff", params=asked)).json()

    (removed,) = diff["removed"]
    assert removed["entry"]["occurrence"] == MARKET
    assert [by["type"] for by in removed["by"]] == ["occurrence.merged"]
    (changed,) = diff["changed"]
    assert (changed["occurrence"], changed["by"][0]["reason"]) == (
        BRIDGE,
        "Both tell of one attack.",
    )


async def test_a_difference_names_the_merge_of_what_came_by_way_of_another(merged) -> None:
    await merged.post(EVENTS, json={**defined(), "expected_version": "none"})
    third = told("attack-in-norvale", "Norvale Watch", "2019-08-20", kind="attack")
    await merged.post(EVENTS, json=third)
    on = {"occurrence": BRIDGE, "into": "attack-in-norvale", "reported_at": "2019-08-22"}
    onward = await merged.post(EVENTS, json={**MERGED, **on, "expected_version": "any"})
    assert onward.status_code == 201, onward.text

    asked = {"from": "2019-08-22", "to": "2019-08-23"}
    diff = (await merged.get(f"{TIMELINES}/norvale/diff", params=asked)).json()

    (changed,) = diff["changed"]
    assert (changed["occurrence"], changed["after"]["merged"]) == (
        "attack-in-norvale",
        [BRIDGE, MARKET],
    )
    assert [by["position"] for by in changed["by"]] == [3]


@pytest.mark.parametrize(
    ("change", "status", "slug", "where"),
    [
        ({"expected_version": None}, 428, "version-required", "/expected_version"),
        ({"expected_version": 1}, 422, "invalid", "/expected_version"),
        ({"expected_version": {MARKET: 1}}, 428, "version-required", "/expected_version"),
        (
            {"expected_version": {MARKET: 1, "nothing": 1}},
            422,
            "invalid",
            "/expected_version/nothing",
        ),
        ({"into": "nothing-at-all", "expected_version": "any"}, 404, "not-found", "/into"),
        ({"into": MARKET, "expected_version": "any"}, 422, "invalid", "/into"),
    ],
)
async def test_a_merge_that_cannot_be_is_refused(writer, change, status, slug, where) -> None:
    for event in (FIRST, SECOND):
        await writer.post(EVENTS, json=event)

    problem = refused(await writer.post(EVENTS, json={**MERGED, **change}), status, slug)

    assert problem["errors"][0]["pointer"] == where


async def test_a_merge_decided_on_an_older_version_names_both(writer) -> None:
    for event in (FIRST, SECOND, {**FIRST, "event_id": str(uuid4())}):
        await writer.post(EVENTS, json=event)

    problem = refused(await writer.post(EVENTS, json=MERGED), 409, "wrong-expected-version", BRIDGE)

    assert (problem["expected"], problem["actual"]) == (1, 2)


async def test_a_merge_asked_for_again_is_answered_as_before(writer) -> None:
    again = {**MERGED, "event_id": str(uuid4())}
    for event in (FIRST, SECOND):
        await writer.post(EVENTS, json=event)

    answers = [await writer.post(EVENTS, json=again) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    refused(await writer.post(EVENTS, json={**again, "reason": "Another."}), 409, "conflict")


async def test_a_grade_decides_whose_account_is_shown(writer) -> None:
    for event in (FIRST, {**SECOND, "occurrence": BRIDGE}):
        await writer.post(EVENTS, json=event)
    grade = {
        "type": "report.graded",
        "target": FIRST["event_id"],
        "grade": "A1",
        "reason": "Its photographs were verified.",
        "reported_at": "2019-08-22",
    }

    answer = await writer.post(EVENTS, json=grade)

    assert answer.json()["events"][0]["occurrence"] == BRIDGE
    assert await titles(writer, as_of="2019-08-21") == {BRIDGE: "Attack near the market"}
    assert await titles(writer, as_of="2019-08-22") == {BRIDGE: "Attack at the bridge"}
    claims = (await writer.get(f"{OCCURRENCES}/{BRIDGE}")).json()["claims"]
    assert {c["report"]["source"]["name"]: c["report"].get("grade") for c in claims} == {
        "Estra Observer": "A1",
        "Norvale Post": None,
    }


async def test_a_link_ends_and_another_may_take_its_place(merged) -> None:
    whole = told("war-in-norvale", "Estra Observer", "2019-08-20", title="War")
    other = told("feud-in-norvale", "Estra Observer", "2019-08-20", title="Feud")
    link = {"type": "occurrence.linked", "occurrence": BRIDGE, "to": "war-in-norvale"}
    link |= {"relation": "part-of", "reported_at": "2019-08-22"}
    for event in (whole, other, link):
        assert (await merged.post(EVENTS, json=event)).status_code == 201
    elsewhere = {**link, "to": "feud-in-norvale", "reported_at": "2019-08-24"}

    refused(await merged.post(EVENTS, json=elsewhere), 409, "conflict", "war-in-norvale", "feud")
    ended = {**link, "type": "occurrence.unlinked", "reported_at": "2019-08-24"}
    assert (await merged.post(EVENTS, json=ended)).status_code == 201
    assert (await merged.post(EVENTS, json=elsewhere)).status_code == 201
    refused(await merged.post(EVENTS, json=ended), 409, "conflict", "not linked")

    for day, to in (("2019-08-23", "war-in-norvale"), ("2019-08-24", "feud-in-norvale")):
        shown = await merged.get(f"{OCCURRENCES}/{BRIDGE}", params={"as_of": day})
        assert shown.json()["entry"]["links"] == [{"relation": "part-of", "to": to}]


async def test_what_would_make_a_part_of_two_is_refused_with_their_names(merged) -> None:
    dam, flood, storm = "dam-at-norvale", "flood-at-norvale", "storm-at-norvale"
    for name in (dam, flood, storm):
        await merged.post(EVENTS, json=told(name, "Tellin Radio", "2019-08-20", title=name))
    linked = {"type": "occurrence.linked", "relation": "part-of", "reported_at": "2019-08-24"}
    for part, to in ((BRIDGE, flood), (dam, storm)):
        answer = await merged.post(EVENTS, json={**linked, "occurrence": part, "to": to})
        assert answer.status_code == 201, answer.text

    twice = await merged.post(EVENTS, json={**linked, "occurrence": dam, "to": flood})
    by_merge = await merged.post(
        EVENTS, json={**MERGED, "occurrence": dam, "into": BRIDGE, "expected_version": "any"}
    )
    around = await merged.post(EVENTS, json={**linked, "occurrence": flood, "to": BRIDGE})

    problem = refused(twice, 409, "conflict", dam, storm, flood, "part of one occurrence")
    assert problem["errors"][0]["pointer"] == "/to"
    # The merge counts from the 23rd, and breaks what is known from the 24th on.
    problem = refused(by_merge, 409, "conflict", BRIDGE, storm, flood, "2019-08-24T23:59:59")
    assert problem["errors"][0]["pointer"] == "/into"
    problem = refused(around, 409, "conflict", "part of itself", BRIDGE, flood)
    assert problem["errors"][0]["pointer"] == "/to"


async def test_that_two_names_are_one_occurrence_by_a_merge_is_said(merged) -> None:
    back = {**MERGED, "occurrence": BRIDGE, "into": MARKET, "expected_version": "any"}
    link = {"type": "occurrence.linked", "occurrence": BRIDGE, "to": MARKET, "relation": "follows"}

    for event, pointer in ((back, "/into"), (link, "/to")):
        answer = await merged.post(EVENTS, json=event)
        problem = refused(answer, 422, "invalid", f"{BRIDGE} and {MARKET} are one", "merged")
        assert problem["errors"][0]["pointer"] == pointer
