"""Goal: over HTTP what is said of a document is said of each of its live reports, once, and the
answer lists all that came of it.

Method: an article from Norvale tells of two floods, and is corrected, retracted and graded as one.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from domain.events import BATCH_LIMIT
from tests.api.asking import EVENTS, NDJSON, OCCURRENCES, TIMELINES, defined, head_of, refused

ARTICLE = "norvale-post-2024-03-05"
NORVALE, TELLIN = "norvale-flood", "tellin-flood"
BOTH = {NORVALE: 2, TELLIN: 2}
"""The versions after the reports of `article`."""


def taken(occurrence: str, document: str | None = ARTICLE, **claims: Any) -> dict[str, Any]:
    """A report that was taken from the article, or from another, or from none."""
    return {
        "type": "report.filed",
        "event_id": str(uuid4()),
        "occurrence": occurrence,
        "report": {
            "source": {"name": "Norvale Post"},
            "reported_at": "2024-03-05",
            **({"document": document} if document else {}),
        },
        "claims": {"title": "Flood", "kind": "flood", **claims},
    }


def about(kind: str, **fields: Any) -> dict[str, Any]:
    """What is said of the article from 7 March on."""
    event: dict[str, Any] = {
        "type": f"report.{kind}",
        "event_id": str(uuid4()),
        "document": ARTICLE,
        "reason": "The paper looked into it.",
        "reported_at": "2024-03-07",
    }
    if kind == "graded":
        event["grade"] = "E4"
    else:
        event |= {"fault": "source", "expected_version": BOTH}
    if kind == "corrected":
        event["claims"] = {"kind": "storm"}
    return {**event, **fields}


KINDS = ("corrected", "retracted", "graded")


@pytest.fixture
async def article(writer: httpx.AsyncClient) -> httpx.AsyncClient:
    """Reports at positions 1 to 4, of which 1, 2 and 3 are of the article."""
    reports = [taken(NORVALE), taken(NORVALE), taken(TELLIN), taken(TELLIN, "estra-radio")]
    answer = await writer.post(EVENTS, json={"events": reports})
    assert answer.status_code == 201, answer.text
    return writer


async def claims_of(client: httpx.AsyncClient, name: str, **asked: str) -> list[dict[str, Any]]:
    answer = await client.get(f"{OCCURRENCES}/{name}", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["claims"]
    return found


def kinds_in(claims: list[dict[str, Any]]) -> list[str]:
    return sorted(claim["claims"]["kind"] for claim in claims)


# What comes of it


@pytest.mark.parametrize("kind", KINDS)
async def test_the_answer_lists_every_event_that_came_of_it(article, kind: str) -> None:
    event = about(kind)

    answer = await article.post(EVENTS, json=event)

    assert answer.status_code == 201, answer.text
    appended = answer.json()
    first = UUID(event["event_id"]).int
    assert appended["basis"] == 7
    assert [
        (e["position"], UUID(e["event_id"]).int - first, e["occurrence"], e["version"])
        for e in appended["events"]
    ] == [(5, 0, NORVALE, 3), (6, 1, NORVALE, 4), (7, 2, TELLIN, 3)]
    # It is of several things, and so has no one place.
    assert "Location" not in answer.headers
    assert "ETag" not in answer.headers


async def test_a_document_of_one_report_is_answered_with_its_place(article) -> None:
    answer = await article.post(EVENTS, json=about("graded", document="estra-radio"))

    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"].endswith(f"/{OCCURRENCES}/{TELLIN}")
    assert answer.headers["ETag"] == '"3"'


async def test_a_correction_counts_from_its_day_and_on_its_basis(article) -> None:
    await article.post(EVENTS, json=about("corrected"))

    for asked, kinds in (
        ({}, ["storm", "storm"]),
        ({"as_of": "2024-03-06"}, ["flood", "flood"]),
        ({"basis": "4"}, ["flood", "flood"]),
        # Within the log every event has a position of its own.
        ({"basis": "5"}, ["flood", "storm"]),
    ):
        assert kinds_in(await claims_of(article, NORVALE, **asked)) == kinds
    assert kinds_in(await claims_of(article, TELLIN)) == ["flood", "storm"]


async def test_a_slip_at_entry_is_mended_on_every_day(article) -> None:
    slip = about("corrected", fault="entry", claims={"title": "High water"})
    del slip["reported_at"]

    answer = await article.post(EVENTS, json=slip)

    assert answer.status_code == 201, answer.text
    then = await claims_of(article, NORVALE, as_of="2024-03-05")
    assert [c["claims"]["title"] for c in then] == ["High water"] * 2
    dated = await article.post(EVENTS, json=about("corrected", fault="entry"))
    refused(dated, 422, "invalid", "leave reported_at out")


async def test_what_is_retracted_shows_as_retracted_wherever_nothing_else_is_known(
    article,
) -> None:
    await article.post(EVENTS, json=about("retracted"))

    listed = (await article.get(OCCURRENCES)).json()["entries"]
    assert [entry["occurrence"] for entry in listed] == [TELLIN]
    retracted = (await article.get(OCCURRENCES, params={"status": "retracted"})).json()["entries"]
    assert [entry["occurrence"] for entry in retracted] == [NORVALE]


# Once


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_taken_once_by_its_event_id(article, kind: str) -> None:
    event = about(kind)
    first = await article.post(EVENTS, json=event)
    # What came since is not what was spoken of, though it is of the same document.
    await article.post(EVENTS, json=taken(TELLIN))

    again = await article.post(EVENTS, json=event)

    assert (again.status_code, again.json()) == (201, first.json())
    assert await head_of(article) == 8
    other = await article.post(EVENTS, json={**event, "reason": "Another reason."})
    refused(other, 409, "conflict")


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_taken_once_by_its_key(article, kind: str) -> None:
    event = about(kind)
    del event["event_id"]
    key = {"Idempotency-Key": f'"{uuid4()}"'}
    first = await article.post(EVENTS, json=event, headers=key)
    assert first.status_code == 201, first.text
    await article.post(EVENTS, json=taken(TELLIN))

    again = await article.post(EVENTS, json=event, headers=key)

    assert (again.status_code, again.json()) == (201, first.json())
    assert await head_of(article) == 8
    other = {**event, "document": "estra-radio"}
    refused(await article.post(EVENTS, json=other, headers=key), 409, "conflict")


async def test_without_an_id_or_a_key_it_could_not_be_sent_again(article) -> None:
    event = about("graded")
    del event["event_id"]

    answer = await article.post(EVENTS, json=event)

    problem = refused(answer, 422, "invalid", "event_id", "Idempotency-Key")
    assert problem["errors"][0]["pointer"] == "/event_id"


# What it is about


@pytest.mark.parametrize("kind", KINDS)
async def test_a_document_that_nothing_was_taken_from_is_not_found(article, kind: str) -> None:
    answer = await article.post(EVENTS, json=about(kind, document="tellin-radio"))

    problem = refused(answer, 404, "not-found", "No report was taken from 'tellin-radio'")
    assert problem["errors"][0]["pointer"] == "/document"


@pytest.mark.parametrize("kind", KINDS)
async def test_of_a_document_that_was_retracted_nothing_is_said_any_more(
    article, kind: str
) -> None:
    await article.post(EVENTS, json=about("retracted"))

    answer = await article.post(EVENTS, json=about(kind, expected_version="any"))

    problem = refused(answer, 409, "conflict", ARTICLE, "a retraction is final")
    assert problem["errors"][0]["pointer"] == "/document"
    assert await head_of(article) == 7


async def test_reports_are_changed_where_a_merge_took_them(article) -> None:
    # given
    merged = {
        "type": "occurrence.merged",
        "occurrence": NORVALE,
        "into": TELLIN,
        "reason": "It was one flood.",
        "reported_at": "2024-03-06",
        "expected_version": BOTH,
    }
    await article.post(EVENTS, json=merged)

    # when
    by_the_old_names = await article.post(EVENTS, json=about("retracted"))
    answer = await article.post(EVENTS, json=about("retracted", expected_version={TELLIN: 3}))

    # then
    problem = refused(by_the_old_names, 422, "invalid", f"{NORVALE} is none of those", TELLIN)
    assert problem["errors"][0]["pointer"] == f"/expected_version/{NORVALE}"
    assert [(e["occurrence"], e["version"]) for e in answer.json()["events"]] == [
        (TELLIN, 4),
        (TELLIN, 5),
        (TELLIN, 6),
    ]
    # They were two floods as far as was known on the 5th, and nothing was withdrawn yet.
    assert len(await claims_of(article, NORVALE, as_of="2024-03-05")) == 2
    assert len(await claims_of(article, TELLIN, as_of="2024-03-06")) == 4
    assert [c["report"]["document"] for c in await claims_of(article, TELLIN)] == ["estra-radio"]


async def test_it_is_about_a_document_or_about_one_report(article) -> None:
    for fields, pointer in (
        ({"target": str(uuid4())}, "/target"),
        ({"occurrence": NORVALE}, "/occurrence"),
    ):
        problem = refused(
            await article.post(EVENTS, json=about("corrected", **fields)), 400, "malformed"
        )
        assert problem["errors"][0]["pointer"] == pointer


# Versions


@pytest.mark.parametrize("kind", ["corrected", "retracted"])
@pytest.mark.parametrize("expected", [None, {}, {NORVALE: 2}])
async def test_who_leaves_versions_out_is_told_those_of_all_that_would_change(
    article, kind: str, expected: dict[str, int] | None
) -> None:
    event = about(kind, expected_version=expected)

    answer = await article.post(EVENTS, json=event)

    problem = refused(answer, 428, "version-required", "2 occurrences")
    assert problem["versions"] == BOTH
    # And can send it with them.
    event["expected_version"] = problem["versions"]
    assert (await article.post(EVENTS, json=event)).status_code == 201


async def test_a_grade_needs_no_versions_and_may_name_some(article) -> None:
    stale = await article.post(EVENTS, json=about("graded", expected_version={TELLIN: 1}))
    some = await article.post(EVENTS, json=about("graded", expected_version={TELLIN: 2}))
    none = await article.post(EVENTS, json=about("graded"))

    refused(stale, 409, "wrong-expected-version", TELLIN)
    assert (some.status_code, none.status_code) == (201, 201)
    assert await head_of(article) == 4 + 6


@pytest.mark.parametrize("kind", ["corrected", "retracted"])
async def test_one_stale_version_refuses_all(article, kind: str) -> None:
    await article.post(EVENTS, json=taken(TELLIN))

    answer = await article.post(EVENTS, json=about(kind))

    problem = refused(answer, 409, "wrong-expected-version", TELLIN)
    assert (problem["expected"], problem["actual"]) == (2, 3)
    assert await head_of(article) == 5


@pytest.mark.parametrize("headers", [{"If-Match": '"2"'}, {"If-None-Match": "*"}])
async def test_the_version_of_one_occurrence_is_not_that_of_a_document(
    article, headers: dict[str, str]
) -> None:
    answer = await article.post(
        EVENTS, json=about("retracted", expected_version=None), headers=headers
    )

    refused(answer, 422, "invalid", "a map, by their names")
    assert await head_of(article) == 4


# Batches and lines


async def test_a_batch_can_file_a_document_and_correct_it(writer) -> None:
    batch = [
        taken(NORVALE),
        taken(TELLIN),
        about("corrected", expected_version={NORVALE: 1, TELLIN: 1}),
        taken(TELLIN),
        about("graded", expected_version={NORVALE: 2, TELLIN: 3}),
    ]

    answer = await writer.post(EVENTS, json={"events": batch})

    assert answer.status_code == 201, answer.text
    assert [(e["occurrence"], e["version"]) for e in answer.json()["events"]] == [
        (NORVALE, 1),
        (TELLIN, 1),
        (NORVALE, 2),
        (TELLIN, 2),
        (TELLIN, 3),
        (NORVALE, 3),
        (TELLIN, 4),
        (TELLIN, 5),
    ]
    assert kinds_in(await claims_of(writer, TELLIN)) == ["flood", "storm"]
    again = await writer.post(EVENTS, json={"events": batch})
    assert again.json() == answer.json()


async def test_a_batch_in_which_a_document_cannot_be_changed_is_refused_whole(writer) -> None:
    batch = [taken(NORVALE), about("retracted", expected_version={NORVALE: 2}), taken(TELLIN)]

    answer = await writer.post(EVENTS, json={"events": batch})

    problem = refused(answer, 409, "wrong-expected-version")
    assert problem["index"] == 1
    unnamed = {"events": [taken(NORVALE), about("retracted", expected_version=None)]}
    problem = refused(await writer.post(EVENTS, json=unnamed), 428, "version-required")
    assert (problem["index"], problem["versions"]) == (1, {NORVALE: 1})
    assert problem["errors"][0]["pointer"] == "/events/1/expected_version"
    assert await head_of(writer) == 0


async def test_of_lines_each_event_that_came_of_one_is_told_with_its_line(writer) -> None:
    said = (
        taken(NORVALE),
        taken(TELLIN),
        about("retracted", expected_version="any"),
        taken(NORVALE),
    )
    body = b"\n".join(json.dumps(event).encode() for event in said)

    answer = await writer.post(EVENTS, content=body, headers=NDJSON)

    report = answer.json()
    assert (report["appended"], report["refused"], report["basis"]) == (5, 0, 5)
    assert [(line["line"], line["event"]["position"]) for line in report["lines"]] == [
        (1, 1),
        (2, 2),
        (3, 3),
        (3, 4),
        (4, 5),
    ]


async def test_a_document_of_as_many_reports_as_a_batch_may_hold_is_changed_and_of_more_is_not(
    writer,
) -> None:
    # given
    many = {"events": [taken(f"flood-{n % 100}") for n in range(BATCH_LIMIT)]}
    assert (await writer.post(EVENTS, json=many)).status_code == 201

    # when
    event = about("graded")
    whole = await writer.post(EVENTS, json=event)
    beside = await writer.post(EVENTS, json={"events": [taken(NORVALE, None), about("graded")]})
    await writer.post(EVENTS, json=taken("flood-0"))
    more = await writer.post(EVENTS, json=about("graded"))
    again = await writer.post(EVENTS, json=event)

    # then
    assert len(whole.json()["events"]) == BATCH_LIMIT
    problem = refused(beside, 422, "invalid", "1,000 events")
    assert problem["index"] == 1
    problem = refused(more, 422, "invalid", "1,001 reports", "1,000")
    assert problem["errors"][0]["pointer"] == "/document"
    assert again.json() == whole.json()
    assert await head_of(writer) == 2 * BATCH_LIMIT + 1


# Where it is shown


async def test_a_history_says_which_document_a_report_is_of_and_what_was_said_of_all(
    article,
) -> None:
    # given
    alone = (await article.get(f"{OCCURRENCES}/{NORVALE}/history")).json()["events"][0]
    one = about("graded", target=alone["event_id"])
    del one["document"]
    await article.post(EVENTS, json=one)
    await article.post(EVENTS, json=about("retracted", expected_version="any"))

    # when
    events = (await article.get(f"{OCCURRENCES}/{NORVALE}/history")).json()["events"]

    # then
    assert [
        (e["type"], e["report"] and e["report"]["document"], e["document"]) for e in events
    ] == [
        ("report.filed", ARTICLE, None),
        ("report.filed", ARTICLE, None),
        ("report.graded", None, None),
        ("report.retracted", None, ARTICLE),
        ("report.retracted", None, ARTICLE),
    ]


async def test_claims_and_differences_say_which_document_a_report_is_of(article) -> None:
    # given
    await article.post(EVENTS, json=defined("floods", expected_version="none"))
    await article.post(EVENTS, json=about("corrected"))

    # when
    listed = await article.get(f"{TIMELINES}/floods", params={"claims": "all"})
    diff = await article.get(
        f"{TIMELINES}/floods/diff", params={"from": "2024-03-06", "to": "2024-03-07"}
    )

    # then
    documents = {
        entry["occurrence"]: sorted(claim["report"]["document"] for claim in entry["claims"])
        for entry in listed.json()["entries"]
    }
    assert documents == {NORVALE: [ARTICLE] * 2, TELLIN: ["estra-radio", ARTICLE]}
    by = {change["occurrence"]: change["by"] for change in diff.json()["changed"]}
    assert {name: [one["document"] for one in them] for name, them in by.items()} == {
        NORVALE: [ARTICLE] * 2,
        TELLIN: [ARTICLE],
    }


async def test_the_documentation_tells_of_documents_as_they_are(reader) -> None:
    answer = await reader.get("http://localhost/openapi.json")

    schemas = answer.json()["components"]["schemas"]
    for kind in ("ReportCorrected", "ReportRetracted", "ReportGraded"):
        assert "document" in schemas[kind]["properties"]
        assert "document" not in schemas[kind]["required"]
        assert "target" not in schemas[kind]["required"]
    assert "document" in schemas["EventShown"]["required"]
    assert "document" in schemas["By"]["required"]
    assert "versions" in schemas["Problem"]["properties"]
