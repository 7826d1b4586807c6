"""Goal: a write says where it went, is decided on a version, happens once, and whole or not at all.

Method: events, batches, lines and definitions over HTTP, and what can be read after them.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from store.append import Appender
from tests.api.asking import (
    EVENTS,
    NDJSON,
    OCCURRENCES,
    SERVER,
    TIMELINES,
    defined,
    filed,
    head_of,
    refused,
    retracted,
)


def lines(*events: Any) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


# One event


async def test_an_event_is_answered_with_its_place_and_can_be_read_there(writer) -> None:
    answer = await writer.post(EVENTS, json=filed())

    assert answer.status_code == 201
    appended = answer.json()
    assert appended["basis"] == 1
    assert appended["events"][0]["position"] == 1
    assert appended["events"][0]["occurrence"] == "bridge-at-norvale"
    assert answer.headers["ETag"] == '"1"'
    shown = await writer.get(SERVER + answer.headers["Location"])
    assert shown.json()["entry"]["title"] == "A bridge at Norvale is closed"


async def test_an_event_about_an_unnamed_occurrence_says_where_it_is(writer) -> None:
    answer = await writer.post(EVENTS, json=filed(None))

    shown = await writer.get(SERVER + answer.headers["Location"])
    assert shown.json()["entry"]["id"] == answer.json()["events"][0]["occurrence"]


async def test_content_types_may_say_their_charset(writer) -> None:
    for kind in ("application/json; charset=utf-8", "Application/JSON; Charset=UTF-8"):
        answer = await writer.post(
            EVENTS, content=json.dumps(filed()), headers={"Content-Type": kind}
        )
        assert answer.status_code == 201, answer.text


# Versions


async def test_a_stale_if_match_is_412_with_the_tag_in_force(writer) -> None:
    for _ in range(2):
        await writer.post(EVENTS, json=filed())

    answer = await writer.post(EVENTS, json=filed(), headers={"If-Match": '"1"'})

    problem = refused(answer, 412, "wrong-expected-version", "bridge-at-norvale", "2", "1")
    assert (problem["expected"], problem["actual"]) == (1, 2)
    assert problem["errors"][0]["header"] == "If-Match"
    assert answer.headers["ETag"] == '"2"'
    assert await head_of(writer) == 2


async def test_a_stale_version_in_the_body_is_409(writer) -> None:
    await writer.post(EVENTS, json=filed())

    answer = await writer.post(EVENTS, json={**filed(), "expected_version": "none"})

    problem = refused(answer, 409, "wrong-expected-version")
    assert (problem["expected"], problem["actual"]) == ("none", 1)
    assert problem["errors"][0]["pointer"] == "/expected_version"
    assert "ETag" not in answer.headers


async def test_if_none_match_makes_and_never_adds(writer) -> None:
    first = await writer.post(EVENTS, json=filed(), headers={"If-None-Match": "*"})
    second = await writer.post(EVENTS, json=filed(), headers={"If-None-Match": "*"})

    assert first.status_code == 201
    problem = refused(second, 412, "wrong-expected-version")
    assert (problem["expected"], problem["actual"]) == ("none", 1)
    assert problem["errors"][0]["header"] == "If-None-Match"


@pytest.mark.parametrize("weaken", ["", "W/"])
async def test_the_tag_of_a_read_is_what_a_write_takes(writer, weaken: str) -> None:
    await writer.post(EVENTS, json=filed())
    tag = (await writer.get(f"{OCCURRENCES}/bridge-at-norvale")).headers["ETag"]

    answer = await writer.post(EVENTS, json=filed(), headers={"If-Match": weaken + tag})

    assert answer.status_code == 201, answer.text


async def test_the_same_version_in_header_and_body_is_taken(writer) -> None:
    await writer.post(EVENTS, json=filed())

    event = {**filed(), "expected_version": 1}
    answer = await writer.post(EVENTS, json=event, headers={"If-Match": '"1"'})

    assert answer.status_code == 201, answer.text


async def test_a_retraction_must_name_the_version_that_it_was_decided_on(writer) -> None:
    report = (await writer.post(EVENTS, json=filed())).json()["events"][0]["event_id"]

    unsaid = await writer.post(EVENTS, json=retracted(report))
    said = await writer.post(EVENTS, json=retracted(report), headers={"If-Match": '"1"'})

    refused(unsaid, 428, "version-required", "If-Match")
    assert said.status_code == 201, said.text


# Once


async def test_a_repeated_key_gives_the_same_answer_and_writes_nothing(writer) -> None:
    for key in ("filing-1", '"filing 2"', r'"a \"quoted\" one"'):
        first = await writer.post(EVENTS, json=filed(), headers={"Idempotency-Key": key})
        head = await head_of(writer)
        again = await writer.post(EVENTS, json=filed(), headers={"Idempotency-Key": key})

        assert first.status_code == again.status_code == 201, again.text
        assert first.content == again.content
        assert first.headers["Location"] == again.headers["Location"]
        assert await head_of(writer) == head


async def test_a_key_in_quotes_and_bare_is_one_key(writer) -> None:
    await writer.post(EVENTS, json=filed(), headers={"Idempotency-Key": "filing-1"})
    await writer.post(EVENTS, json=filed(), headers={"Idempotency-Key": '"filing-1"'})

    assert await head_of(writer) == 1


async def test_a_repeated_key_with_other_content_is_a_conflict(writer) -> None:
    headers = {"Idempotency-Key": "filing-1"}
    await writer.post(EVENTS, json=filed(), headers=headers)

    answer = await writer.post(EVENTS, json=filed(title="It is open"), headers=headers)
    of_one = {"events": [filed(title="It is open")]}
    in_batch = await writer.post(EVENTS, json=of_one, headers=headers)

    for refusal in (answer, in_batch):
        problem = refused(refusal, 409, "conflict", "another key")
        assert problem["errors"][0]["header"] == "Idempotency-Key"


async def test_a_refused_request_does_not_use_up_its_key(writer) -> None:
    headers = {"Idempotency-Key": "filing-1"}
    wrong = filed(occurred={"edtf": "2019-02-30"})
    refused(await writer.post(EVENTS, json=wrong, headers=headers), 422, "invalid")

    answer = await writer.post(EVENTS, json=filed(), headers=headers)

    assert answer.status_code == 201, answer.text


async def test_the_same_event_id_is_written_once(writer) -> None:
    event = {**filed(), "event_id": str(uuid4())}
    first = await writer.post(EVENTS, json=event)
    again = await writer.post(EVENTS, json=event)
    other = await writer.post(EVENTS, json={**event, "claims": {"title": "It is open"}})

    assert first.content == again.content
    problem = refused(other, 409, "conflict", "position 1", "another event_id")
    assert problem["errors"][0]["pointer"] == "/event_id"
    assert await head_of(writer) == 1


@pytest.mark.parametrize("other", [True, 1.0])
async def test_the_same_event_id_with_a_value_of_another_type_is_a_conflict(writer, other) -> None:
    event = {**filed(attributes={"lanes": 1}), "event_id": str(uuid4())}
    await writer.post(EVENTS, json=event)

    answer = await writer.post(EVENTS, json={**event, **filed(attributes={"lanes": other})})

    refused(answer, 409, "conflict")


async def test_a_slug_that_is_no_uuid_stays_as_given(writer) -> None:
    name = "bed-1-2-3-" + "0" * 26

    answer = await writer.post(EVENTS, json=filed(name))

    assert answer.json()["events"][0]["occurrence"] == name


async def test_a_repeated_batch_gives_the_same_answer(writer) -> None:
    batch = {"events": [filed("one"), filed("two")]}
    headers = {"Idempotency-Key": "batch"}
    first = await writer.post(EVENTS, json=batch, headers=headers)
    again = await writer.post(EVENTS, json=batch, headers=headers)

    assert first.content == again.content
    assert await head_of(writer) == 2


# Batches


async def test_a_batch_is_written_whole_in_its_order(writer) -> None:
    answer = await writer.post(EVENTS, json={"events": [filed("one"), filed("two"), filed("one")]})

    assert answer.status_code == 201
    places = [(e["position"], e["occurrence"], e["version"]) for e in answer.json()["events"]]
    assert places == [(1, "one", 1), (2, "two", 1), (3, "one", 2)]
    assert "Location" not in answer.headers


async def test_a_batch_whose_last_event_is_stale_leaves_nothing(writer) -> None:
    stale = {**filed("two"), "expected_version": 5}
    answer = await writer.post(EVENTS, json={"events": [filed("one"), stale]})

    problem = refused(answer, 409, "wrong-expected-version")
    assert problem["index"] == 1
    assert (problem["expected"], problem["actual"]) == (5, 0)
    assert await head_of(writer) == 0
    refused(await writer.get(f"{OCCURRENCES}/one"), 404, "not-found")


# Lines


async def test_lines_succeed_and_fail_alone_and_are_reported_by_line(writer) -> None:
    wrong = filed("two", occurred={"edtf": "2019-02-30"})
    body = lines(filed("one"), wrong) + b"\n{no json\r\n" + lines(filed("three"))
    answer = await writer.post(EVENTS, content=body, headers=NDJSON)

    assert answer.status_code == 200
    report = answer.json()
    assert (report["appended"], report["refused"], report["basis"]) == (2, 2, 2)
    assert [(line["line"], line["result"]) for line in report["lines"]] == [
        (1, "appended"),
        (2, "refused"),
        (4, "refused"),
        (5, "appended"),
    ]
    assert report["lines"][1]["problem"]["status"] == 422
    assert report["lines"][1]["problem"]["errors"][0]["pointer"] == "/claims/occurred/edtf"
    assert report["lines"][2]["problem"]["type"] == "/problems/malformed"
    assert report["lines"][3]["event"]["occurrence"] == "three"


async def test_lines_are_written_in_their_order_and_committed_together(writer, monkeypatch) -> None:
    groups: list[int] = []
    committed = Appender._committed

    async def counted(self, appends, *, again):
        groups.append(len(appends))
        return await committed(self, appends, again=again)

    monkeypatch.setattr(Appender, "_committed", counted)
    events = [filed(f"of-{n % 300}", title=f"Report {n}") for n in range(1_500)]
    answer = await writer.post(EVENTS, content=lines(*events), headers=NDJSON)

    report = answer.json()
    assert [line["event"]["position"] for line in report["lines"]] == list(range(1, 1_501))
    assert len(groups) < 50
    history = (await writer.get(f"{OCCURRENCES}/of-7/history")).json()
    titles = [event["claims"]["title"] for event in history["events"]]
    assert titles == [f"Report {n}" for n in range(7, 1_500, 300)]


async def test_lines_of_several_senders_do_not_mix_up_their_order(writer) -> None:
    bodies = [lines(*(filed(f"of-{n}", title=f"{k}") for k in range(50))) for n in range(8)]
    await asyncio.gather(*(writer.post(EVENTS, content=body, headers=NDJSON) for body in bodies))

    for n in range(8):
        history = (await writer.get(f"{OCCURRENCES}/of-{n}/history")).json()
        assert [e["claims"]["title"] for e in history["events"]] == [str(k) for k in range(50)]


async def test_a_line_is_one_event_and_never_a_batch(writer) -> None:
    answer = await writer.post(EVENTS, content=lines({"events": [filed()]}), headers=NDJSON)

    assert answer.json()["refused"] == 1
    assert await head_of(writer) == 0


async def test_a_body_of_blank_lines_is_empty(writer) -> None:
    refused(await writer.post(EVENTS, content=b"\n \n", headers=NDJSON), 400, "malformed", "empty")


async def test_more_lines_than_are_taken_are_refused(writer) -> None:
    answer = await writer.post(EVENTS, content=b"{}\n" * 100_001, headers=NDJSON)

    refused(answer, 400, "malformed", "100,000")


# Definitions


async def test_a_timeline_is_defined_read_and_defined_anew(writer) -> None:
    definition = {"title": "Norvale", "select": {"kind": ["closure"]}}
    made = await writer.put(f"{TIMELINES}/norvale", json=definition, headers={"If-None-Match": "*"})
    read = await writer.get(f"{TIMELINES}/norvale")
    again = await writer.put(
        f"{TIMELINES}/norvale",
        json={**definition, "title": "At Norvale"},
        headers={"If-Match": read.headers["ETag"]},
    )

    assert made.status_code == 201, made.text
    assert SERVER + made.headers["Location"] == str(read.url)
    assert made.headers["ETag"] == '"1"'
    assert again.status_code == 200, again.text
    assert again.headers["ETag"] == '"2"'
    shown = (await writer.get(f"{TIMELINES}/norvale")).json()
    assert (shown["title"], shown["version"]) == ("At Norvale", 2)


async def test_a_definition_must_name_the_version_that_it_was_decided_on(writer) -> None:
    answer = await writer.put(f"{TIMELINES}/norvale", json={"title": "Norvale"})

    refused(answer, 428, "version-required", "If-Match")


async def test_a_definition_of_a_timeline_that_is_there_is_412(writer) -> None:
    await writer.post(EVENTS, json=defined(expected_version="none"))

    answer = await writer.put(
        f"{TIMELINES}/norvale", json={"title": "Norvale"}, headers={"If-None-Match": "*"}
    )

    refused(answer, 412, "wrong-expected-version")
    assert answer.headers["ETag"] == '"1"'


@pytest.mark.parametrize("field", ["type", "timeline"])
async def test_a_definition_does_not_say_what_its_address_says(writer, field: str) -> None:
    body = {"title": "Norvale", field: "norvale"}
    answer = await writer.put(f"{TIMELINES}/norvale", json=body)

    problem = refused(answer, 400, "malformed", "address")
    assert problem["errors"][0]["pointer"] == f"/{field}"


# Chronicles


async def test_a_chronicle_is_made_once(writer) -> None:
    address = f"{SERVER}/v1/chronicles/estra-{uuid4().hex[:8]}"
    made = await writer.put(address)
    again = await writer.put(address)

    assert (made.status_code, again.status_code) == (201, 200)
    assert SERVER + made.headers["Location"] == address
    assert made.json() == again.json() == {"chronicle": address.rpartition("/")[2], "position": 0}
    answer = await writer.post(f"{address}/events", json=filed())
    assert answer.json()["basis"] == 1


@pytest.mark.parametrize("name", ["Estra", "a_b", "x" * 61, "%00"])
async def test_a_chronicle_with_a_name_that_none_can_have_is_refused(writer, name: str) -> None:
    refused(await writer.put(f"{SERVER}/v1/chronicles/{name}"), 422, "invalid", "lower-case")
