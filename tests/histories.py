"""Random histories, and the shape in which answers are compared with the oracle's.

Few names, days and numbers, so that they meet: several reports at one instant, claimants spelled
in two ways, dates that touch. A history is what several callers send, in the order of its events.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import currently_in_test_context, note
from hypothesis import strategies as st

from domain.events import AnyEvent
from domain.reading import read_event
from tests.oracle import FOREVER, Json, Oracle

Batch = list[Json]
"""Events that are appended together, or not at all."""
History = list[list[Batch]]
"""Batches that are asked for at once, group after group."""

OCCURRENCES = ("norvale-bridge", "estra-market", "018f0000-0000-7000-8000-00000000000a")
FILED_ABOUT = (*OCCURRENCES[:1] * 2, *OCCURRENCES)
TIMELINES = ("norvale", "estra")
SOURCES = ("Norvale Watch", "Estra Herald", "ESTRA  HERALD", "Tellin Radio")
CLAIMANTS = (None, "Norvale Watch", "norvale watch", "Estra Council")
KINDS = ("battle", "shelling", "meeting")
TAGS = ("norvale", "estra")
REPORTED = (
    None,
    "2019-08-20",
    "2019-08-20T23:59:59.999999Z",  # the very microsecond that the day counts from
    "2019-08-21T01:30:00+03:00",
    "2019-08-21",
    "2019-08",
    "2019",
    "@tomorrow",
)
OCCURRED = (
    "2019-08-19",
    "2019-08-20",
    "2019-08-20T10:00:00",
    "2019-08",
    "2019-08-18/2019-08-20",
    "2019-08-20/..",
    "2019-08-19/",
    "../2019-08-19",
    "[2019-08-18,2019-08-20]",
    "2018-12/2019-08~",
    "201X",
    "2031-06",
    "Y-12000",
    "@tomorrow",
)
DURING = (
    "2019-08-19",
    "2019-08-20",
    "2019-08-20",
    "2019-08",
    "2019-08-20T10:00:01",
    "2019-08-20/..",
    "../2019-08-18",
    "2018",
    "2031",
)
FIGURES = (
    {"exactly": 4},
    {"exactly": 9},
    {"about": 6},
    {"at_least": 5},
    {"at_most": 4},
    {"at_least": 2, "at_most": 7},
    {"low": 3, "best": 5, "high": 4},
    {"best": 8},
    {"words": "many"},
)

titles = st.sampled_from(["Battle at the bridge", "Shelling of the market"])
tolls = st.builds(
    lambda figure, outcome, claimant, cumulative: {
        "outcome": outcome,
        **figure,
        **({"claimant": claimant} if claimant else {}),
        **cumulative,
    },
    st.sampled_from(FIGURES),
    st.sampled_from(["killed", "killed", "injured"]),
    st.sampled_from(CLAIMANTS),
    st.sampled_from([{}, {}, {"scope": "cumulative", "since": "2019-04"}]),
)


@st.composite
def groups_of_a_toll(draw: st.DrawFn) -> list[Json]:
    """Two groups of one claimant's, the second perhaps a part of the first."""
    first, second = draw(st.sampled_from(FIGURES)), draw(st.sampled_from(FIGURES))
    shared = {"outcome": "killed"}
    if claimant := draw(st.sampled_from(CLAIMANTS)):
        shared["claimant"] = claimant
    part = {"of": "soldiers"} if draw(st.booleans()) else {}
    return [
        {**shared, "group": "soldiers", **first},
        {**shared, "group": "recruits", **second, **part},
    ]


VALUES = {
    "title": titles,
    "summary": st.just("Several accounts agree."),
    "kind": st.sampled_from(KINDS),
    "occurred": st.sampled_from(OCCURRED).map(lambda edtf: {"edtf": edtf}),
    "place": st.sampled_from(
        [{"name": "Norvale"}, {"name": "NORVALE", "lat": 1.5, "lon": 2.0}, {"name": "Estra"}]
    ),
    "actors": st.sampled_from(
        [[{"name": "Norvale Guard"}], [{"name": "norvale guard", "role": "defender"}], []]
    ),
    "toll": st.lists(tolls, min_size=1, max_size=3) | groups_of_a_toll(),
    "tags": st.sampled_from([["norvale"], ["estra"], ["estra", "norvale"], []]),
    "attributes": st.sampled_from([{"number": 7}, {}]),
}
fields = st.lists(
    st.sampled_from([*VALUES, "kind", "occurred", "toll", "toll"]),
    min_size=1,
    max_size=4,
    unique=True,
)


@st.composite
def claims(draw: st.DrawFn, *, withdrawing: bool) -> Json:
    said = {field: draw(VALUES[field]) for field in draw(fields)}
    if withdrawing and draw(st.booleans()):
        said[draw(st.sampled_from([*VALUES]))] = None
    return said


@st.composite
def reports(draw: st.DrawFn) -> Json:
    optional = {
        "via": draw(st.sampled_from([None, None, ["Norvale Watch"], ["Wire", "Estra Council"]])),
        "document": draw(st.sampled_from([None, None, None, "estra-0820", "norvale-0821"])),
        "reported_at": draw(st.sampled_from(REPORTED)),
        "grade": draw(st.sampled_from([None, None, "A1", "A2", "B2", "A6", "F1"])),
    }
    return {
        "source": {"name": draw(st.sampled_from(SOURCES))},
        **{name: value for name, value in optional.items() if value is not None},
    }


def listing_filters() -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {},
        optional={
            "during": st.sampled_from(DURING),
            "match": st.sampled_from(["possible", "certain"]),
            "kind": st.lists(st.sampled_from(KINDS), min_size=1, max_size=2, unique=True),
            "tag": st.lists(st.sampled_from(TAGS), min_size=1, max_size=2, unique=True),
        },
    )


@st.composite
def definitions(draw: st.DrawFn, known: list[str]) -> Json:
    named = draw(st.lists(st.sampled_from(known), max_size=2, unique=True))
    cut = draw(st.integers(0, len(named)))
    return {
        "type": "timeline.defined",
        "timeline": draw(st.sampled_from(TIMELINES)),
        "title": "Norvale and Estra",
        "select": draw(st.none() | st.just({}) | listing_filters()),
        "include": named[:cut],
        "exclude": named[cut:],
    }


@st.composite
def changes(draw: st.DrawFn, what: str, occurrence: str, targets: list[str]) -> Json:
    fault = draw(st.sampled_from(["source", "entry"]))
    event = {
        "type": what,
        "occurrence": occurrence,
        # Mostly what was said last, so that corrections are corrected, and what they rest on falls.
        "target": draw(st.sampled_from([*targets, *targets[-3:]])),
        "fault": fault,
        "reason": "The account was revised.",
    }
    if fault == "source" and (said := draw(st.sampled_from(REPORTED))) is not None:
        event["reported_at"] = said
    if what == "report.corrected":
        event["claims"] = draw(claims(withdrawing=True))
    return event


TYPES = (
    *("report.filed",) * 4,
    *("report.corrected",) * 5,
    *("report.retracted",) * 3,
    *("timeline.defined",) * 2,
    "occurrence.linked",
)


@st.composite
def histories(draw: st.DrawFn, longest: int, *, before: tuple[Json, ...] = ()) -> History:
    """Up to so many events, in batches, in groups; and others before them."""
    targets: dict[str, list[str]] = {}
    history: History = [[[dict(event)]] for event in before]
    for number in range(draw(st.integers(2, longest))):
        what = draw(st.sampled_from(TYPES)) if targets else "report.filed"
        # Most is said of the first, so that accounts of one occurrence meet.
        about = draw(st.sampled_from([*targets] if what != "report.filed" else FILED_ABOUT))
        event: Json
        if what == "report.filed":
            event = {"type": what, "occurrence": about, "report": draw(reports())}
            event["claims"] = draw(claims(withdrawing=False))
        elif what == "timeline.defined":
            event = draw(definitions([*targets]))
        elif what == "occurrence.linked":
            relation = draw(st.sampled_from(["part-of", "part-of", "follows"]))
            event = {"type": what, "occurrence": about, "relation": relation}
            event["to"] = draw(st.sampled_from([*targets]))
        else:
            event = draw(changes(what, about, targets[about]))
        event["event_id"] = str(UUID(int=number + 1))
        if what in ("report.filed", "report.corrected"):
            targets.setdefault(about, []).append(event["event_id"])
        match draw(st.sampled_from(["alone", "beside", "with"])) if history else "alone":
            case "alone":
                history.append([[event]])
            case "beside":
                history[-1].append([event])
            case "with":
                history[-1][-1].append(event)
    return history


@st.composite
def questions(draw: st.DrawFn) -> Json:
    """A listing's filters and order. Most ask about a stretch of time, and of little else."""
    asked: Json = {"descending": draw(st.booleans())}
    if draw(st.integers(0, 4)):
        asked["during"] = draw(st.sampled_from(DURING))
        asked["match"] = draw(st.sampled_from(["possible", "certain"]))
    match draw(st.integers(0, 5)):
        case 0:
            asked["kind"] = [draw(st.sampled_from(KINDS))]
        case 1:
            asked["tag"] = [draw(st.sampled_from(TAGS))]
        case 2:
            asked["status"] = [
                draw(st.sampled_from(["retracted", "corrected", "differ", "reported"]))
            ]
    return asked


# Playing a history, to the oracle and to something else


def as_of_today(history: History, today: datetime) -> History:
    """The history with `@tomorrow` written out, which no history can hold beforehand."""
    tomorrow = f"{today + timedelta(days=1):%Y-%m-%d}"
    raw = msgspec.json.encode(history).replace(b"@tomorrow", tomorrow.encode())
    if currently_in_test_context():
        note(raw.decode())  # as JSON it can be read, and played again
    return msgspec.json.decode(raw)


def tell(oracle: Oracle, batch: Batch, now: int) -> tuple[tuple[AnyEvent, ...], bool]:
    """Tell the oracle a batch. Gives it as events to append, and whether it can be.

    Every change names its stream's version. Recorded times are a guess, which `settle` corrects.
    """
    since = len(oracle.log)
    for event in batch:
        if event["type"] not in ("report.filed", "occurrence.linked"):
            event["expected_version"] = version(oracle, event)
        if oracle.log:
            now = max(now, oracle.log[-1].recorded_at + 1)
        # What names something that a refused batch would have made is out of place as well.
        if unknown(oracle, event) or oracle.refuses(now, event):
            del oracle.log[since:]
            return tuple(read({"expected_version": "any", **e}) for e in batch), False
        oracle.append(len(oracle.log) + 1, now, event)
    return tuple(read(event) for event in batch), True


def read(event: Json) -> AnyEvent:
    return read_event(msgspec.json.encode(event))


def settle(oracle: Oracle, since: int, recorded: list[int]) -> None:
    """Put the recorded times of the log from an index on right."""
    log, oracle.log = oracle.log, oracle.log[:since]
    for entry, recorded_at in zip(log[since:], recorded, strict=True):
        oracle.append(entry.position, recorded_at, entry.event)


def version(oracle: Oracle, event: Json) -> int:
    if event["type"] == "timeline.defined":
        return sum(e.event.get("timeline") == event["timeline"] for e in oracle.log)
    return oracle.version(event["occurrence"], FOREVER)


def unknown(oracle: Oracle, event: Json) -> bool:
    there = oracle.occurrences(FOREVER)
    ids = {e.event["event_id"] for e in oracle.log}
    named = {event.get("to"), *event.get("include", ()), *event.get("exclude", ())} - {None}
    if event["type"] not in ("report.filed", "timeline.defined"):
        named.add(event["occurrence"])
    return not named <= there or ("target" in event and event["target"] not in ids)


# Comparing


def said(shown: Any) -> Json:
    """A belief, or an entry of a listing, in the oracle's words."""
    occurred, where = shown.occurred, msgspec.to_builtins(shown.place)
    return {
        "title": shown.title,
        "summary": shown.summary,
        "kind": shown.kind,
        "occurred": {"edtf": occurred.edtf} if occurred else None,
        # The area is worked out from the place; domain/test_areas.py looks at it.
        "place": where and {name: value for name, value in where.items() if name != "area"},
        "actors": [msgspec.to_builtins(actor) for actor in shown.actors] or None,
        "attributes": shown.attributes,
        "tags": set(shown.tags),
        "toll": {
            (t.outcome, t.scope, t.since): {
                "low": t.low,
                "best": t.best,
                "high": t.high,
                "claimant": t.claimant,
                "claimants": t.claimants,
                "words": t.words,
                "groups": [(g.group, g.of, g.low, g.best, g.high, g.words) for g in t.groups],
            }
            for t in shown.toll
        },
        "status": set(shown.status),
        "differ": set(shown.differ),
        "contested": set(shown.contested),
    }


def points_of_knowledge(oracle: Oracle) -> list[int]:
    """Every point at which something became known, the microsecond before each, and the end."""
    known = {e.known_from for e in oracle.log if e.known_from is not None}
    return sorted({k - before for k in known for before in (0, 1)} | {FOREVER - 1})
