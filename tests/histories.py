"""Random histories, and the shape in which answers are compared with the oracle's.

Few names, days and numbers, so that they meet: several reports at one instant, claimants spelled
in two ways, dates that touch, merges of what was merged. A history is what several callers send, in
the order of its events. Most of it can be, and some is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import currently_in_test_context, note
from hypothesis import strategies as st

from domain.events import AnyEvent
from domain.reading import read_event
from tests.oracle import EPOCH, FOREVER, Json, Oracle
from tests.oracle_moves import LINKS, MOVES, Homes, links

Batch = list[Json]
"""Events that are appended together, or not at all."""
History = list[list[Batch]]
"""Batches that are asked for at once, group after group."""

OCCURRENCES = ("norvale-bridge", "estra-market", "018f0000-0000-7000-8000-00000000000a")
FILED_ABOUT = (*OCCURRENCES[:1] * 2, *OCCURRENCES)
TIMELINES = ("norvale", "estra")
DOCUMENTS = ("estra-0820", "norvale-0821", "tellin-0822")
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
GRADES = ("A1", "A2", "B2", "A6", "F1")
STATUSES = ("retracted", "corrected", "differ", "reported", "merged")
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

SCOPES: tuple[Json, ...] = ({}, {}, {"scope": "cumulative", "since": "2019-04"})

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
    st.sampled_from(SCOPES),
)


@st.composite
def groups_of_a_toll(draw: st.DrawFn) -> list[Json]:
    """Two groups of one claimant's, the second perhaps a part of the first, perhaps cumulative."""
    first, second = draw(st.sampled_from(FIGURES)), draw(st.sampled_from(FIGURES))
    shared = {"outcome": "killed", **draw(st.sampled_from(SCOPES))}
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
        # Of the last one there may be no report when something is said of it.
        "document": draw(st.sampled_from([None] * 4 + [*DOCUMENTS[:1]] * 3 + [*DOCUMENTS])),
        "reported_at": draw(st.sampled_from(REPORTED)),
        "grade": draw(st.sampled_from([None, None, *GRADES])),
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


TYPES = (
    *("report.filed",) * 3,
    *("report.corrected",) * 3,
    *("report.retracted",) * 2,
    *("report.graded",) * 3,
    *("occurrence.merged",) * 4,
    *("occurrence.split",) * 3,
    "occurrence.linked",
    *("occurrence.unlinked",) * 3,
    *("timeline.defined",) * 2,
)
"""What events are drawn from, by default."""


class Teller:
    """Thinks of what may be said next, given what was said so far."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.guide = Oracle()

    def next(self, kinds: Sequence[str]) -> Json:
        there = sorted(self.guide.occurrences(FOREVER))
        what = self.draw(st.sampled_from(kinds)) if there else "report.filed"
        if what == "timeline.defined":
            return self.draw(definitions(there))
        if what in ("report.corrected", "report.retracted", "report.graded"):
            if documents := self.documents():
                return self.of_document(what, documents)
            return self.grade() if what == "report.graded" else self.change(what)
        homes = self.guide.now()
        if what == "occurrence.merged":
            return self.merge(there, homes)
        if what == "occurrence.split":
            return self.split(there, homes)
        if what in LINKS:
            return self.link(what, there)
        return self.file()

    def heard(self, event: Json) -> bool:
        """Whether it can be; else it is forgotten. Elsewhere whole batches are refused."""
        (event,) = written_out([event], GUIDED)
        now = (GUIDED - EPOCH) // GUIDED.resolution + len(self.guide.log)
        said = possible(self.guide, now, event)
        for one in said:
            self.guide.append(len(self.guide.log) + 1, now, one)
        return bool(said)

    def file(self, about: Sequence[str] = FILED_ABOUT) -> Json:
        # Most is said of the first, so that accounts of one occurrence meet.
        event = {"type": "report.filed", "occurrence": self.draw(st.sampled_from(about))}
        event["report"] = self.draw(reports())
        return {**event, "claims": self.draw(claims(withdrawing=False))}

    def change(self, what: str) -> Json:
        said = [e for e in self.guide.log if e.type in ("report.filed", "report.corrected")]
        of, follow = self.guide.now().of, self.guide.now().follow
        about = self.draw(st.sampled_from(sorted(set(of.values()))))
        targets = [e.id for e in said if of[self.guide.report_of(e.event)] == about]
        fault = self.draw(st.sampled_from(["source", "entry"]))
        names = [name for name in self.guide.occurrences(FOREVER) if follow(name) == about]
        event = {
            "type": what,
            # By any name that leads there, also of what was merged into it.
            "occurrence": self.draw(st.sampled_from(sorted(names))),
            # Mostly what was said last, so that corrections are corrected, and what they rest on
            # falls.
            "target": self.draw(st.sampled_from([*targets, *targets[-3:]])),
            "fault": fault,
            "reason": "The account was revised.",
            **(self.dated() if fault == "source" else {}),
        }
        if what == "report.corrected":
            event["claims"] = self.draw(claims(withdrawing=True))
        return event

    def documents(self) -> list[str]:
        """Those of which something may be said next, rather such with several reports.

        At times none, though there are.
        """
        filed = [e.event["report"].get("document") for e in self.guide.log if "report" in e.event]
        found = [name for name in filed if name is not None]
        several = [name for name in found if found.count(name) > 1]
        if several:
            return found + several * 4 if self.draw(st.integers(0, 2)) else []
        return found if self.rarely() else []

    def of_document(self, what: str, documents: list[str]) -> Json:
        rarely = [*DOCUMENTS] if self.rarely() else []
        event = {
            "type": what,
            "document": self.draw(st.sampled_from(rarely or documents)),
            "reason": "The article was looked into.",
        }
        if what == "report.graded":
            return {**event, "grade": self.draw(st.sampled_from([None, *GRADES])), **self.dated()}
        fault = self.draw(st.sampled_from(["source", "entry"]))
        event |= {"fault": fault, **(self.dated() if fault == "source" else {}), **self.versioned()}
        if what == "report.corrected":
            event["claims"] = self.draw(claims(withdrawing=True))
        return event

    def grade(self) -> Json:
        filed = [e.id for e in self.guide.log if e.type == "report.filed"]
        corrected = [e.id for e in self.guide.log if e.type == "report.corrected"]
        homes = self.guide.now()
        filed += [r for r in filed if len(homes.at(homes.of[r])) > 1] * 3  # one of them wins
        return {
            "type": "report.graded",
            "target": self.draw(st.sampled_from([*filed * 2, *corrected])),
            "grade": self.draw(st.sampled_from([None, *GRADES])),
            "reason": "The source was looked into.",
            **self.dated(),
        }

    def merge(self, there: list[str], homes: Homes) -> Json:
        living = [name for name in there if name not in homes.away]
        if len(living) == 1 and not self.rarely():
            new = [name for name in OCCURRENCES if name not in there]
            return self.file(new or [*homes.away])
        # Rather what others were merged into: names lead to names.
        led_to = [name for name in living if name in homes.away.values()]
        merged = self.draw(st.sampled_from(living * 4 + led_to * 8 + there))
        others = [name for name in there if homes.follow(name) != merged]
        others += [name for name in others if name in homes.away] * 2
        return {
            "type": "occurrence.merged",
            "occurrence": merged,
            "into": self.draw(st.sampled_from(others * 4 + there)),
            "reason": "Both tell of one thing.",
            **self.dated(),
            **self.versioned(),
        }

    def split(self, there: list[str], homes: Homes) -> Json:
        whole = [name for name in there if len(homes.at(name)) > 1]
        if not whole and not self.rarely():
            return self.file(there)
        split = self.draw(st.sampled_from(whole * 4 + there))
        at_home = homes.at(split) or [*homes.of]
        reports = st.lists(
            st.sampled_from(at_home * 8 + [*homes.of]),
            min_size=1,
            max_size=max(1, len(at_home) - 1),
            unique=True,
        )
        others = [name for name in OCCURRENCES if name != split]
        return {
            "type": "occurrence.split",
            "occurrence": split,
            "into": self.draw(st.sampled_from(others * 4 + [split])),
            "reports": self.draw(reports),
            "reason": "They tell of two things.",
            **self.dated(),
            **self.versioned(),
        }

    def link(self, what: str, there: list[str]) -> Json:
        on = sorted(links([e for e in self.guide.log if e.type in LINKS]))
        if what == "occurrence.unlinked" and not on and not self.rarely():
            what = "occurrence.linked"
        if what == "occurrence.unlinked" and on and not self.rarely():
            part, relation, other = self.draw(st.sampled_from(on))
        else:
            if len(there) == 1 and not self.rarely():
                return self.file(OCCURRENCES[1:])
            relation = self.draw(st.sampled_from(["part-of", "part-of", "follows"]))
            part = self.draw(st.sampled_from(there))
            other = self.draw(st.sampled_from([n for n in there if n != part] * 4 + [part]))
        event = {"type": what, "occurrence": part, "relation": relation, "to": other}
        return {**event, **self.dated()}

    def dated(self) -> Json:
        reported_at = self.draw(st.sampled_from(REPORTED))
        return {} if reported_at is None else {"reported_at": reported_at}

    def versioned(self) -> Json:
        """Mostly nothing: then `tell` names the version of each stream."""
        return {"expected_version": "any"} if self.rarely() else {}

    def rarely(self) -> bool:
        return self.draw(st.integers(0, 7)) == 7


IDS_APART = 100
GUIDED = datetime(2020, 1, 5, tzinfo=UTC)
"""The day on which a history is thought of as told. Any after the days in it."""


@st.composite
def histories(
    draw: st.DrawFn,
    longest: int,
    *,
    before: tuple[Json, ...] = (),
    kinds: Sequence[str] = TYPES,
) -> History:
    """Up to so many events, in batches, in groups; and others before them."""
    teller = Teller(draw)
    history: History = [[[dict(event)]] for event in before]
    for number in range(draw(st.integers(2, longest) | st.just(longest))):
        # What is said of a document takes the ids that follow as well.
        named = {"event_id": str(UUID(int=(number + 1) * IDS_APART))}
        event = {**teller.next(kinds), **named}
        if not teller.heard(event) and not teller.rarely():
            event = {**teller.next(kinds), **named}
            teller.heard(event)
        match draw(st.sampled_from(["alone", "beside", "with"])) if history else "alone":
            case "alone":
                history.append([[event]])
            case "beside":
                history[-1].append([event])
            case "with":
                history[-1][-1].append(event)
    return history


@st.composite
def questions(draw: st.DrawFn, statuses: Sequence[str] = STATUSES) -> Json:
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
            asked["status"] = [draw(st.sampled_from(statuses))]
    return asked


# Playing a history, to the oracle and to something else


def as_of_today(history: History, today: datetime) -> History:
    """The history with `@tomorrow` written out, which no history can hold beforehand."""
    history = written_out(history, today)
    if currently_in_test_context():
        note(msgspec.json.encode(history).decode())  # as JSON it can be read, and played again
    return history


def written_out(said: list[Any], today: datetime) -> list[Any]:
    tomorrow = f"{today + timedelta(days=1):%Y-%m-%d}"
    raw = msgspec.json.encode(said).replace(b"@tomorrow", tomorrow.encode())
    return msgspec.json.decode(raw)


def tell(oracle: Oracle, batch: Batch, now: int) -> tuple[tuple[AnyEvent, ...], bool]:
    """Tell the oracle a batch. Gives it as events to append, and whether it can be.

    Every change names the versions of its streams, unless it says that any will do. Recorded times
    are a guess, which `settle` corrects.
    """
    possible = hear(oracle, batch, now)
    if not possible:
        return tuple(read({"expected_version": "any", **e}) for e in batch), False
    return tuple(read(event) for event in batch), True


def hear(oracle: Oracle, batch: Batch, now: int) -> bool:
    """Append a batch to the oracle's log, or nothing where one of it cannot be."""
    since = len(oracle.log)
    for event in batch:
        if oracle.log:
            now = max(now, oracle.log[-1].recorded_at + 1)
        # What names something that a refused batch would have made is out of place as well.
        said = possible(oracle, now, event)
        if not said:
            del oracle.log[since:]
            return False
        if event["type"] not in ("report.filed", *LINKS):
            event.setdefault("expected_version", version(oracle, event, said))
        for one in said:
            oracle.append(len(oracle.log) + 1, now, one)
            now += 1
    return True


def possible(oracle: Oracle, now: int, event: Json) -> list[Json]:
    """The events that one comes to; none where it cannot be, or has nothing to be about."""
    said = oracle.spread(now, event)
    return said if all(can_be(oracle, now, one) for one in said) else []


def can_be(oracle: Oracle, now: int, event: Json) -> bool:
    """Whether an event can be that is about no document."""
    return not unknown(oracle, event) and not oracle.refuses(now, event)


def read(event: Json) -> AnyEvent:
    return read_event(msgspec.json.encode(event))


def settle(oracle: Oracle, since: int, recorded: list[int]) -> None:
    """Put the recorded times of the log from an index on right."""
    log, oracle.log = oracle.log, oracle.log[:since]
    for entry, recorded_at in zip(log[since:], recorded, strict=True):
        oracle.append(entry.position, recorded_at, entry.event)


def version(oracle: Oracle, event: Json, said: Sequence[Json] = ()) -> int | dict[str, int | str]:
    """What an event must name as the version that it builds upon. Nothing in it is unknown.

    Names stand for what they were merged into, but in `into` of a split, which revives. `said` is
    what an event about a document comes to: it names each occurrence that it changes.
    """
    if event["type"] == "timeline.defined":
        return sum(e.event.get("timeline") == event["timeline"] for e in oracle.log)
    homes = oracle.now()
    if "document" in event:
        return {
            homes.of[one["target"]]: oracle.version(homes.of[one["target"]], FOREVER)
            for one in said
        }
    if event["type"] in MOVES:
        into = event["into"]
        stream = into if event["type"] == "occurrence.split" else homes.follow(into)
        return {
            event["occurrence"]: oracle.version(event["occurrence"], FOREVER),
            into: oracle.version(stream, FOREVER) or "none",
        }
    return oracle.version(homes.of[oracle.report_of(event)], FOREVER)


def unknown(oracle: Oracle, event: Json) -> bool:
    """Whether an event names what is not there."""
    there = oracle.occurrences(FOREVER)
    ids = {e.id for e in oracle.log}
    named = {event.get("to"), *event.get("include", ()), *event.get("exclude", ())}
    if event["type"] != "report.filed":
        named.add(event.get("occurrence"))
    if event["type"] == "occurrence.merged":
        named.add(event["into"])
    targets = {event.get("target"), *event.get("reports", ())}
    return not named - {None} <= there or not targets - {None} <= ids


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
            (t.outcome, t.scope, t.since, (t.group or "") if t.scope == "cumulative" else None): {
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
        "into": shown.into,
        "merged": set(shown.merged),
    }


def points_of_knowledge(oracle: Oracle) -> list[int]:
    """Every point at which something became known, the microsecond before each, and the end."""
    known = {e.known_from for e in oracle.log if e.known_from is not None}
    return sorted({k - before for k in known for before in (0, 1)} | {FOREVER - 1})
