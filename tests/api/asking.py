"""What the tests over HTTP say often: a report to file, and what a refusal must look like."""

from __future__ import annotations

from typing import Any

import httpx

SERVER = "http://localhost"
EVENTS, OCCURRENCES, TIMELINES = "events", "occurrences", "timelines"
"""Below the chronicle that a client's addresses begin at."""
NDJSON = {"Content-Type": "application/x-ndjson"}


def filed(occurrence: str | None = "bridge-at-norvale", **claims: Any) -> dict[str, Any]:
    """A report of a made-up event at a made-up place, said on 27 August 2019."""
    event: dict[str, Any] = {
        "type": "report.filed",
        "report": {"source": {"name": "Estra Observer"}, "reported_at": "2019-08-27"},
        "claims": {"title": "A bridge at Norvale is closed", "kind": "closure", **claims},
    }
    if occurrence is not None:
        event["occurrence"] = occurrence
    return event


def defined(timeline: str = "norvale", **fields: Any) -> dict[str, Any]:
    """A timeline of everything."""
    event = {"type": "timeline.defined", "timeline": timeline, "title": "Norvale", "select": {}}
    return {**event, **fields}


def retracted(target: str, occurrence: str = "bridge-at-norvale", **fields: Any) -> dict[str, Any]:
    """The same report, taken back by its source."""
    event = {
        "type": "report.retracted",
        "occurrence": occurrence,
        "target": target,
        "fault": "source",
        "reason": "The source withdrew it.",
    }
    return {**event, **fields}


def refused(answer: httpx.Response, status: int, slug: str, *said: str) -> dict[str, Any]:
    """Check that an answer is this problem, and that its detail says these words."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == f"/problems/{slug}"
    assert problem["status"] == status
    assert problem["title"]
    for words in said:
        assert words in problem["detail"], problem["detail"]
    return problem


async def head_of(client: httpx.AsyncClient) -> int:
    """The position of the last event in the client's chronicle."""
    answer = await client.get(f"{SERVER}/v1/chronicles")
    found = {c["chronicle"]: c["position"] for c in answer.json()["chronicles"]}
    return int(found[client.base_url.path.strip("/").rpartition("/")[2]])
