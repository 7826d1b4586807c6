"""Goal: whatever is sent in an event's stead is taken or refused in order, and never a failure.

Method: a good event of each type is made wrong at random places, with values of every kind, and
sent alone, in a batch or as a line, each time to a chronicle of its own. A refusal is a problem
that names a place, and nothing of it is written. What was answered on an older basis is answered
so again.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar import Litestar

from store.store import Store
from tests.api.asking import EVENTS, NDJSON, OCCURRENCES, head_of
from tests.api.conftest import asking

EXAMPLES = 3 * int(os.environ.get("DATELINE_TEST_EXAMPLES", "30"))
FIRST, SECOND = str(UUID(int=1)), str(UUID(int=2))
BRIDGE, MARKET = "bridge-at-norvale", "market-at-norvale"
SAID = {"reason": "Read again.", "reported_at": "2019-08-28", "expected_version": "any"}
FILED: dict[str, Any] = {
    "type": "report.filed",
    "event_id": FIRST,
    "occurrence": BRIDGE,
    "report": {
        "source": {"name": "Estra Observer", "url": "https://estra.example/1"},
        "via": ["Norvale Watch"],
        "document": "estra-1",
        "reported_at": "2019-08-27",
        "grade": "B2",
        "language": "en",
        "evidence": [{"url": "https://estra.example/1", "retrieved_at": "2019-08-28"}],
    },
    "claims": {
        "title": "A bridge at Norvale is closed",
        "kind": "closure",
        "occurred": {"phrase": "yesterday"},
        "place": {"name": "Norvale", "lat": 1.5, "lon": 2, "radius_m": 100},
        "actors": [{"name": "Norvale Guard", "role": "closer"}],
        "toll": [
            {"outcome": "injured", "group": "drivers", "exactly": 3},
            {"outcome": "injured", "group": "of them children", "of": "drivers", "at_least": 1},
            {"outcome": "killed", "scope": "cumulative", "since": "2019", "low": 1, "high": 2},
        ],
        "tags": ["roads"],
        "attributes": {"lanes": [1, {"open": False}]},
    },
}
ABOUT = {"occurrence": BRIDGE, "target": FIRST, "fault": "source", **SAID}
BETWEEN = {"occurrence": MARKET, "into": BRIDGE, **SAID}
LINK = {"occurrence": BRIDGE, "to": MARKET, "relation": "part-of", "reported_at": "2019-08-28"}
NAMED = {
    "id": "norvale",
    "name": "Norvale",
    "aliases": ["N.", {"name": "Norval", "script": "Latn"}],
}
EVENTS_OF_ALL_TYPES: list[dict[str, Any]] = [
    {**FILED, "event_id": SECOND, "occurrence": MARKET, "expected_version": "none"},
    {**FILED, "event_id": None, "expected_version": 1},
    {"type": "report.corrected", **ABOUT, "claims": {"kind": None, "title": "It is open"}},
    {"type": "report.retracted", **ABOUT},
    {"type": "report.graded", "target": FIRST, "grade": "A1", **SAID},
    {"type": "report.graded", "event_id": str(UUID(int=9)), "document": "estra-1", "grade": None}
    | SAID,
    {"type": "occurrence.linked", **LINK},
    {"type": "occurrence.unlinked", **LINK},
    {"type": "occurrence.merged", **BETWEEN},
    {"type": "occurrence.split", **BETWEEN, "reports": [SECOND]},
    {"type": "actor.registered", **NAMED, "valid_from": "2019", "valid_to": "2020"},
    {"type": "place.registered", **NAMED, "lat": 1, "lon": 2, "within": "norvale"},
    {"type": "source.registered", **NAMED, "url": "https://n.example", "redistribute": True},
    {
        "type": "timeline.defined",
        "timeline": "norvale",
        "title": "Norvale",
        "select": {"during": "2019", "place": ["Norvale"], "bbox": [1, 2, 3, 4]},
        "include": [BRIDGE],
        "expected_version": {"norvale": "any"},
    },
]
JUNK: list[Any] = [
    *(None, True, 0, -1, 1.5, 2**53, 2**64, 10**40, 1e308),
    *("", " ", "x", "\x00", "\u202e", "\u0301", "a/b~c", "2019", "9999-12-31", "x" * 10_001),
    *([], {}, [[]], [None], {"a": 1}, {"": {}}, [FIRST, FIRST], ["x"] * 101),
    *(FIRST, BRIDGE, "any", "none", "018f0000-0000-7000-8000-00000000000a"),
]


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything inside a value."""
    inside = value.items() if isinstance(value, dict) else ()
    for step, one in enumerate(value) if isinstance(value, list) else inside:
        yield (*at, step)
        yield from places(one, (*at, step))


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """An event of some type, with up to three faults."""
    event = copy.deepcopy(draw(st.sampled_from(EVENTS_OF_ALL_TYPES)))
    for _ in range(draw(st.integers(0, 3))):
        *way, last = draw(st.sampled_from([*places(event)] or [("type",)]))
        holder: Any = event
        for step in way:
            holder = holder[step]
        what = draw(st.sampled_from(["put", "put", "take", "add"]))
        if what == "take":
            holder.pop(last, None) if isinstance(holder, dict) else holder.pop(last)
        elif what == "add" and isinstance(holder, dict):
            extra = draw(st.sampled_from(["type", "to", "document", "event_id", "a/b", "of"]))
            holder[extra] = copy.deepcopy(draw(st.sampled_from(JUNK)))
        else:
            holder[last] = copy.deepcopy(draw(st.sampled_from(JUNK)))
    return event


async def shown(client: httpx.AsyncClient, basis: int) -> list[tuple[int, bytes]]:
    """What is answered on a basis."""
    wide = {"basis": str(basis), "claims": "all", "status": "reported"}
    asked = [
        (OCCURRENCES, wide),
        *((f"{OCCURRENCES}/{o}/history", {"basis": str(basis)}) for o in (BRIDGE, MARKET)),
    ]
    answers = [await client.get(path, params=query) for path, query in asked]
    assert all(answer.status_code < 500 for answer in answers)
    return [(answer.status_code, answer.content) for answer in answers]


def check_refusal(problem: dict[str, Any]) -> None:
    assert problem["status"] < 500, problem
    assert problem["detail"]
    assert problem["errors"], problem
    assert all({"pointer", "header"} & fault.keys() for fault in problem["errors"])


@settings(max_examples=EXAMPLES)
@given(
    events=st.lists(mutated(), min_size=1, max_size=3),
    sent=st.sampled_from(["alone", "batch", "lines"]),
)
async def test_what_is_sent_is_taken_or_refused_with_its_place(
    events: list[dict[str, Any]], sent: str, app: Litestar, store: Store, key: str
) -> None:
    chronicle = f"norvale-{uuid4().hex[:12]}"
    await store.create_chronicle(chronicle)
    async with asking(app, chronicle, key) as writer:
        await check_sent(writer, events, sent)


async def check_sent(writer: httpx.AsyncClient, events: list[dict[str, Any]], sent: str) -> None:
    for event in (FILED, EVENTS_OF_ALL_TYPES[0]):
        assert (await writer.post(EVENTS, json=event)).status_code == 201
    head = await head_of(writer)
    before = await shown(writer, head)

    if sent == "lines":
        lines = "\n".join(map(json.dumps, events))
        answer = await writer.post(EVENTS, content=lines, headers=NDJSON)
    else:
        body = events[0] if sent == "alone" else {"events": events}
        answer = await writer.post(EVENTS, json=body)

    if answer.status_code >= 300:
        assert answer.headers["content-type"] == "application/problem+json"
        check_refusal(answer.json())
        assert await head_of(writer) == head
    elif sent == "lines":
        for line in answer.json()["lines"]:
            if line["result"] == "refused":
                check_refusal(line["problem"])
    assert await shown(writer, head) == before
