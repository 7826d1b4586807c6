"""What the tests of exports share: records that are hard to write, filed in a store."""

from __future__ import annotations

from typing import Any

import msgspec

from domain.reading import read_event
from store.known import Append
from store.store import Store

Json = dict[str, Any]


def report(occurrence: str, source: str = "Estra Observer", **claims: Any) -> Json:
    """A report of a made-up event, said on 27 August 2019."""
    return {
        "type": "report.filed",
        "occurrence": occurrence,
        "report": {"source": {"name": source}, "reported_at": "2019-08-27"},
        "claims": claims,
    }


HARD: tuple[Json, ...] = (
    report(
        "norvale-shelling",
        title="Shelling of Norvale, “the lower town”",
        summary='Two lines,\r\nwith "quotes" and; separators',
        kind="shelling",
        occurred={"phrase": "last week"},
        place={"name": "Norvale", "lat": 35.5, "lon": 36.25, "precision": "town"},
        actors=[
            {"name": "Norvale Guard | East", "role": "perpetrator"},
            {"name": "Estra \\ Relief"},
        ],
        toll=[
            {"outcome": "killed", "group": "civilians", "at_least": 4},
            {"outcome": "injured", "about": 20},
            {
                "outcome": "killed", "low": 100, "best": 120, "high": 150,
                "scope": "cumulative", "since": "2019-04",
            },
        ],
        tags=["norvale"],
        attributes={"ref": 7, "note": "=1+1"},
    ),
    report(
        "norvale-shelling",
        source="Tellin Radio",
        toll=[{"outcome": "killed", "low": 3, "best": 5, "high": 9}],
    ),
    report(
        "estra-island",
        title="=HYPERLINK(\"http://tellin.example\",\"x\")",
        kind="landing",
        occurred={"edtf": "2019-08-21/2019-08-23"},
        place={"name": "-Estra", "lat": -17.0, "lon": 179.9, "radius_m": 50_000},
        toll=[{"outcome": "killed", "exactly": 0}],
        tags=["norvale"],
    ),
    report(
        "tellin-siege", title="Siege of Tellin", occurred={"edtf": "2019-04/.."}, tags=["norvale"]
    ),
    report("norvale-rumour", title="'Ayn Norvale\x07: a rumour", tags=["norvale"]),
    report(
        "tellin-founding", title="+Tellin is founded", occurred={"edtf": "-0044-03-15"},
        place={"name": "Tellin"}, tags=["norvale"],
    ),
    {
        "type": "timeline.defined",
        "timeline": "norvale",
        "title": "Norvale & <Estra>",
        "description": "What is said of Norvale.",
        "select": {"tag": ["norvale"]},
        "expected_version": "none",
    },
)  # fmt: skip
"""Five occurrences in a timeline: uncertain, lasting, endless, undated and long ago; with text that
spreadsheets would run, that XML cannot hold, and that joins and separators are made of."""


async def file(store: Store, chronicle: str, *events: Json) -> None:
    """Append each of these."""
    for event in events:
        read = read_event(msgspec.json.encode(event))
        await store.append(chronicle, Append(events=(read,)))
