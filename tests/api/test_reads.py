"""Goal: what is read can be kept and asked about again, and pages of one listing fit together.

Method: reads over HTTP, again with what they said of themselves, while others write.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest

from tests.api.asking import (
    EVENTS,
    OCCURRENCES,
    SERVER,
    TIMELINES,
    defined,
    filed,
    head_of,
    refused,
    retracted,
)

KEPT = ("ETag", "Vary", "Cache-Control")
READS = (
    f"{SERVER}/v1/chronicles",
    OCCURRENCES,
    f"{OCCURRENCES}/bridge-at-norvale",
    f"{OCCURRENCES}/bridge-at-norvale/history",
    TIMELINES,
    f"{TIMELINES}/norvale",
    f"{TIMELINES}/norvale/diff?from=2019-08-26&to=2019-08-27",
    f"{SERVER}/openapi.json",
    f"{SERVER}/docs",
    f"{SERVER}/problems/conflict",
)
UNKEPT = (f"{SERVER}/health/live", f"{SERVER}/health/ready")


@pytest.fixture(autouse=True)
async def norvale(writer) -> None:
    """A timeline and one occurrence in it."""
    events = [defined(expected_version="none"), filed()]
    answer = await writer.post(EVENTS, json={"events": events})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("address", READS)
async def test_what_the_asker_has_is_not_sent_again(reader, address: str) -> None:
    first = await reader.get(address)
    tags = f'"other", W/{first.headers["ETag"]}'
    again = await reader.get(address, headers={"If-None-Match": tags})
    changed = await reader.get(address, headers={"If-None-Match": '"other"'})

    assert first.status_code == changed.status_code == 200
    assert again.status_code == 304
    assert again.content == b""
    assert {name: again.headers[name] for name in KEPT} == {
        name: first.headers[name] for name in KEPT
    }


@pytest.mark.parametrize("address", READS + UNKEPT)
async def test_head_answers_as_get_does_without_the_body(reader, address: str) -> None:
    got = await reader.get(address)
    head = await reader.head(address)

    assert head.status_code == got.status_code == 200
    assert head.content == b""
    assert dict(head.headers) == dict(got.headers)


async def test_head_of_what_is_not_there_is_a_problem_without_its_body(reader) -> None:
    answer = await reader.head(f"{OCCURRENCES}/nowhere")

    assert answer.status_code == 404
    assert answer.content == b""


@pytest.mark.parametrize("address", READS)
async def test_answers_are_asked_about_before_each_use(reader, address: str) -> None:
    assert (await reader.get(address)).headers["Cache-Control"] == "no-cache"


async def test_tags_begin_with_the_version_that_a_write_must_name(reader, writer) -> None:
    await writer.post(EVENTS, json=filed())

    occurrence = await reader.get(f"{OCCURRENCES}/bridge-at-norvale")
    timeline = await reader.get(f"{TIMELINES}/norvale")
    listing = await reader.get(OCCURRENCES)

    assert occurrence.headers["ETag"].startswith('"2-')
    assert timeline.headers["ETag"].startswith('"1-')
    assert "-" not in listing.headers["ETag"]


async def test_a_tag_holds_while_others_write_elsewhere_and_ends_with_a_change(
    reader, writer
) -> None:
    address = f"{OCCURRENCES}/bridge-at-norvale"
    tag = (await reader.get(address)).headers["ETag"]

    await writer.post(EVENTS, json=filed("road-at-tellin"))
    elsewhere = await reader.get(address, headers={"If-None-Match": tag})
    await writer.post(EVENTS, json=filed(title="The bridge is closed for good"))
    here = await reader.get(address, headers={"If-None-Match": tag})

    assert elsewhere.status_code == 304
    assert here.status_code == 200
    assert here.headers["ETag"] != tag


async def test_an_old_basis_gives_the_same_bytes_after_later_writes(reader, writer) -> None:
    address = f"{TIMELINES}/norvale?basis=2"
    before = await reader.get(address)
    await writer.post(EVENTS, json=filed(title="The bridge is closed for good"))
    after = await reader.get(address)

    assert before.content == after.content
    assert before.headers["ETag"] == after.headers["ETag"]


@pytest.mark.parametrize("address", [OCCURRENCES, TIMELINES, f"{TIMELINES}/norvale"])
async def test_what_is_not_settled_is_not_kept(reader, writer, address: str) -> None:
    appended = (await writer.post(EVENTS, json=filed("road-at-tellin"))).json()
    last = appended["events"][0]["recorded_at"]

    answer = await reader.get(address, params={"recorded_as_of": last})

    assert answer.json()["settled"] is False
    assert answer.headers["Cache-Control"] == "no-store"
    await writer.post(EVENTS, json=filed("road-at-tellin"))
    later = await reader.get(address, params={"recorded_as_of": last})
    assert later.json()["settled"] is True
    assert later.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("address", [OCCURRENCES, f"{TIMELINES}/norvale"])
async def test_pages_share_one_basis_while_writes_go_on(reader, writer, address: str) -> None:
    batch = [filed(f"n-{n:03}", occurred={"edtf": f"2019-08-{n % 25 + 1:02}"}) for n in range(60)]
    await writer.post(EVENTS, json={"events": batch})
    whole = (await reader.get(address, params={"limit": 1000})).json()
    done = asyncio.Event()

    async def write() -> None:
        for n in range(1_000):
            if done.is_set():
                return
            await writer.post(EVENTS, json=filed(f"late-{n}", occurred={"edtf": "2019-08-10"}))

    writing = asyncio.create_task(write())
    page = await reader.get(address, params={"limit": 7, "basis": whole["basis"]})
    entries, bases = page.json()["entries"], {page.json()["basis"]}
    while "next" in page.links:
        target = page.links["next"]["url"]
        assert page.json()["next"] in target
        page = await reader.get(SERVER + target)
        assert page.status_code == 200, page.text
        entries += page.json()["entries"]
        bases.add(page.json()["basis"])
    done.set()
    await writing

    assert await head_of(reader) > whole["basis"]
    assert page.json()["next"] is None
    assert bases == {whole["basis"]}
    assert entries == whole["entries"]


async def test_the_first_page_pins_the_basis_of_those_that_follow(reader, writer) -> None:
    await writer.post(EVENTS, json={"events": [filed(f"n-{n}") for n in range(5)]})
    first = await reader.get(OCCURRENCES, params={"limit": 2})
    await writer.post(EVENTS, json=filed("late"))
    second = await reader.get(SERVER + first.headers["Link"].split(">")[0].lstrip("<"))

    assert second.json()["basis"] == first.json()["basis"] == 7


async def test_a_permalink_gives_the_same_entries_again(reader, writer) -> None:
    first = await reader.get(f"{TIMELINES}/norvale?as_of=2019-08-27&kind=closure&sort=-occurred")
    await writer.post(EVENTS, json=filed(title="The bridge is closed for good"))
    again = await reader.get(SERVER + first.json()["permalink"])

    assert again.json()["entries"] == first.json()["entries"]
    assert urlsplit(first.json()["permalink"]).path == first.url.path


@pytest.mark.parametrize("address", [OCCURRENCES, f"{TIMELINES}/norvale"])
async def test_the_permalink_of_every_page_gives_its_bytes_again(reader, writer, address) -> None:
    await writer.post(EVENTS, json={"events": [filed(f"n-{n}") for n in range(5)]})
    appended = (await writer.post(EVENTS, json=filed("last"))).json()
    await writer.post(EVENTS, json=filed("late"))

    # By the instant of an event that is not the last, so that the answer is settled.
    asked = {"recorded_as_of": appended["events"][0]["recorded_at"], "limit": 2}
    pages = [await reader.get(address, params=asked)]
    while pages[-1].json()["next"]:
        pages.append(await reader.get(SERVER + pages[-1].headers["Link"].split(">")[0][1:]))

    assert len(pages) == 4
    for page in pages:
        again = await reader.get(SERVER + page.json()["permalink"])
        assert (again.status_code, again.content) == (200, page.content)


async def test_the_plus_of_an_offset_need_not_be_escaped(reader, writer) -> None:
    await writer.post(EVENTS, json=filed(occurred={"edtf": "2019-08-27T10:00:00+03:00"}))
    instant = "2019-08-28T01:00:00+03:00"

    listed = (await reader.get(f"{OCCURRENCES}?as_of={instant}&during={instant}")).json()
    differ = (await reader.get(f"{TIMELINES}/norvale/diff?from={instant}&to={instant}")).json()

    assert listed["as_of"] == differ["from"] == differ["to"] == instant
    assert f"as known on {instant};" in listed["cite"]
    assert "during=2019-08-28T01%3A00%3A00%2B03%3A00" in listed["permalink"]


async def test_a_cursor_is_not_taken_for_one_of_another_moment(reader, writer) -> None:
    appended = (await writer.post(EVENTS, json=filed("road-at-tellin"))).json()
    await writer.post(EVENTS, json={"events": [filed(f"n-{n}") for n in range(5)]})
    first = (await reader.get(OCCURRENCES, params={"limit": 2})).json()

    earlier = {"cursor": first["next"], "recorded_as_of": appended["events"][0]["recorded_at"]}
    answer = await reader.get(OCCURRENCES, params=earlier)

    refused(answer, 400, "malformed", "cursor belongs to another listing")


async def test_filters_may_be_repeated_or_joined_by_commas(reader, writer) -> None:
    await writer.post(EVENTS, json=filed("one", kind="clash"))
    await writer.post(EVENTS, json=filed("two", kind="meeting"))

    for query in ("kind=clash&kind=meeting", "kind=clash,meeting"):
        answer = await reader.get(f"{OCCURRENCES}?{query}")
        assert {e["occurrence"] for e in answer.json()["entries"]} == {"one", "two"}


async def test_a_difference_says_what_came_and_by_whom(reader) -> None:
    answer = await reader.get(f"{TIMELINES}/norvale/diff?from=2019-08-26&to=2019-08-27")

    diff = answer.json()
    assert [came["entry"]["occurrence"] for came in diff["added"]] == ["bridge-at-norvale"]
    assert diff["added"][0]["by"][0]["source"] == "Estra Observer"
    assert (diff["from"], diff["to"]) == ("2019-08-26", "2019-08-27")


async def test_a_difference_may_reach_to_all_that_is_known(reader) -> None:
    answer = await reader.get(f"{TIMELINES}/norvale/diff?from=2019-08-27&to=latest")

    assert answer.status_code == 200
    assert answer.json()["added"] == []


async def test_what_is_believed_again_has_not_changed(reader, writer) -> None:
    doubt = filed("bridge-at-norvale", kind="collapse")
    doubt["report"]["reported_at"] = "2019-08-28"
    appended = (await writer.post(EVENTS, json=doubt)).json()["events"][0]
    withdrawn = retracted(
        appended["event_id"], reported_at="2019-08-29", expected_version=appended["version"]
    )
    assert (await writer.post(EVENTS, json=withdrawn)).status_code == 201

    between = await reader.get(f"{TIMELINES}/norvale/diff?from=2019-08-27&to=2019-08-28")
    after = await reader.get(f"{TIMELINES}/norvale/diff?from=2019-08-27&to=2019-08-29")

    assert len(between.json()["changed"]) == 1
    assert after.json()["changed"] == []


async def test_a_history_as_of_a_day_does_not_know_when_a_belief_ended_later(
    reader, writer
) -> None:
    later = filed("bridge-at-norvale", title="The bridge at Norvale is open")
    later["report"]["reported_at"] = "2019-09-03"
    await writer.post(EVENTS, json=later)
    history = f"{OCCURRENCES}/bridge-at-norvale/history"

    (then,) = (await reader.get(f"{history}?as_of=2019-09-02")).json()["beliefs"]
    first, second = (await reader.get(f"{history}?as_of=2019-09-03")).json()["beliefs"]

    assert then["known_to"] is None
    assert first["known_to"] == second["known_from"]


async def test_the_timelines_of_a_chronicle_are_listed(reader) -> None:
    (shown,) = (await reader.get(TIMELINES)).json()["timelines"]

    assert (shown["timeline"], shown["version"]) == ("norvale", 1)
    assert (await reader.get(f"{TIMELINES}?basis=0")).json()["timelines"] == []


# What is not of a chronicle


async def test_the_root_leads_to_the_documentation(reader) -> None:
    answer = await reader.get(f"{SERVER}/")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/docs"


async def test_the_documentation_has_no_script_and_loads_nothing(reader) -> None:
    answer = await reader.get(f"{SERVER}/docs")

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none';")
    for loading in ("<script", "src=", "url(", "@import", "<link", "http://", "https://"):
        assert loading not in answer.text
    assert "/v1/chronicles/{chronicle}/timelines/{timeline}/diff" in answer.text


async def test_every_type_of_problem_says_what_it_means(reader) -> None:
    answer = await reader.get(f"{OCCURRENCES}/nowhere")
    meaning = await reader.get(SERVER + answer.json()["type"])

    assert meaning.json()["statuses"] == [404]
    assert meaning.json()["meaning"]
    refused(await reader.get(f"{SERVER}/problems/none-such"), 404, "not-found", "conflict")


async def test_it_lives_and_is_ready(reader) -> None:
    assert (await reader.get(f"{SERVER}/health/live")).json() == {"status": "live"}
    assert (await reader.get(f"{SERVER}/health/ready")).json() == {"status": "ready"}


async def test_it_is_not_ready_where_the_database_is_not(reader, store, monkeypatch) -> None:
    async def unready() -> None:
        raise OSError("no route to the database")

    monkeypatch.setattr(store, "ready", unready)
    answer = await reader.get(f"{SERVER}/health/ready")

    refused(answer, 503, "unavailable")
    assert "route" not in answer.text
    assert (await reader.get(f"{SERVER}/health/live")).status_code == 200


async def test_options_lists_all_methods_of_an_address(reader) -> None:
    for address, methods in (
        (f"{TIMELINES}/norvale", "GET, HEAD, OPTIONS, PUT"),
        (EVENTS, "GET, HEAD, OPTIONS, POST"),
        (f"{SERVER}/docs", "GET, HEAD, OPTIONS"),
    ):
        answer = await reader.options(address)
        assert (answer.status_code, answer.headers["Allow"]) == (204, methods)
