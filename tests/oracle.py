"""The oracle: what Dateline must answer, worked out the slow and plain way.

A list of what was appended, and for each question a fold of it from scratch: no rectangles, no
indexes, no caches. Written from DESIGN alone and without a look at `domain.beliefs` or `store`, so
that where the two differ one of them is wrong. It trusts only `domain.dates.parse`, which has
tests of its own. Where reports are at home and which links stand is in `tests.oracle_moves`.

Events are the JSON objects that people send. An event's `event_id` must be in it. Points of
knowledge are microseconds since 1970 UTC.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from domain import dates
from tests.oracle_moves import (
    LINKS,
    MOVES,
    Homes,
    Json,
    Logged,
    ended,
    ends,
    is_forest,
    refuses_move,
    standing,
    streams,
)

Band = tuple[int | None, int | None, int | None]
"""Low, best and high."""
Subject = tuple[str, str, str | None, str | None]
"""What a figure counts: outcome, scope, the date that it runs since, and the group of what is
cumulative: such figures are never summed."""
FOREVER = 2**63 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SHOWN = ("title", "summary", "kind", "occurred", "place", "actors", "attributes")


class Figure(NamedTuple):
    """What one claimant puts a toll at, in one report. `tolls` are the claims as given."""

    rank: tuple[str, int, int]
    band: Band
    claimant: str
    tolls: list[Json]


class Words(NamedTuple):
    """What one report says in a cell: each claim, and the known_from and position it ranks by.

    `report` has the grade that it has in the cell, if any.
    """

    event_id: str
    report: Json
    claims: dict[str, tuple[Any, int, int]]
    corrected: bool

    def says(self, field: str) -> Any:
        """None where the report is silent."""
        return self.claims[field][0] if field in self.claims else None

    def rank(self, field: str) -> tuple[str, int, int]:
        """Under the policy: the least is the best."""
        _, known_from, position = self.claims[field]
        grade = self.report.get("grade") or "F6"
        return ("Z" if grade[0] == "F" or grade[1] == "6" else grade, -known_from, -position)


class Oracle:
    def __init__(self) -> None:
        self.log: list[Logged] = []

    def append(self, position: int, recorded_at: int, event: Json) -> None:
        self.log.append(self._logged(position, recorded_at, event))

    # Questions

    def listing(
        self,
        timeline: str | None,
        as_of: int,
        basis: int,
        *,
        ids: dict[str, Any],
        during: str | None = None,
        match: str = "possible",
        kind: tuple[str, ...] = (),
        tag: tuple[str, ...] = (),
        status: tuple[str, ...] = (),
        descending: bool = False,
    ) -> tuple[list[tuple[str, Json]], int] | None:
        """The entries in reading order, and how many `during` leaves out as undated.

        None where the timeline is not defined yet. `ids` are the occurrences' UUIDs, by name.
        """
        if timeline is None:
            definition: Json = {"select": {}}
        elif (defined := self.definition(timeline, basis)) is not None:
            definition = defined.event
        else:
            return None
        asked = {"kind": kind, "tag": tag, "status": status}
        found, undated = [], 0
        for occurrence in self.occurrences(basis):
            belief = self.belief(occurrence, as_of, basis)
            if belief is None or not holds(definition, occurrence, belief):
                continue
            if not status and belief["status"] & {"retracted", "merged"}:
                continue
            if not matches({**asked, "during": None}, belief):
                continue
            if during is not None and belief["occurred"] is None:
                undated += 1
            elif matches({"during": during, "match": match}, belief):
                found.append((occurrence, belief))
        dated = [pair for pair in found if pair[1]["occurred"]]
        bare = [pair for pair in found if not pair[1]["occurred"]]
        dated.sort(key=lambda p: (span(p[1]).start_earliest, ids[p[0]]), reverse=descending)
        bare.sort(key=lambda p: ids[p[0]])
        return dated + bare, undated

    def diff(self, timeline: str, earlier: int, later: int, basis: int, **asked: Any) -> Json:
        """Names of what was added, changed and removed between two points of knowledge."""
        before = dict(self.listing(timeline, earlier, basis, **asked)[0])
        after = dict(self.listing(timeline, later, basis, **asked)[0])
        return {
            "added": set(after) - set(before),
            "removed": set(before) - set(after),
            "changed": {name for name in set(before) & set(after) if before[name] != after[name]},
        }

    def runs(self, occurrence: str, basis: int) -> list[tuple[int, int, Json]]:
        """Each belief on this basis, and the span of knowledge [from, to) that it holds for."""
        starts = sorted({e.known_from for e in self._visible(FOREVER, basis)})
        runs: list[tuple[int, int, Json]] = []
        for start, end in pairwise([*starts, FOREVER]):
            belief = self.belief(occurrence, start, basis)
            if belief is None:
                continue
            if runs and runs[-1][1] == start and runs[-1][2] == belief:
                runs[-1] = (runs[-1][0], end, belief)
            else:
                runs.append((start, end, belief))
        return runs

    def began(self, occurrence: str, as_of: int, basis: int) -> tuple[int, int]:
        """Where the belief in a cell began: its known_from, and the position that it stands from.

        It is the same one as long as its span of knowledge and its value are the same.
        """

        def run(at: int) -> tuple[int, int, Json] | None:
            return next((r for r in self.runs(occurrence, at) if r[0] <= as_of < r[1]), None)

        here, position = run(basis), basis
        while position > 1 and run(position - 1) == here:
            position -= 1
        return here[0], position

    def sources(self, occurrence: str, as_of: int, basis: int) -> tuple[set[Any], int]:
        """The sources of the live reports with their chains, and how many are independent."""
        live = self._live(occurrence, as_of, basis)
        named = {(w.report["source"]["name"], tuple(w.report["via"])) for w in live}
        return named, len(groups(live))

    def claims(
        self, occurrence: str, as_of: int, basis: int
    ) -> dict[str, tuple[Json, bool, str | None]]:
        """By live report: what it claims, whether that was corrected, and the report's grade."""
        return {
            w.event_id: ({f: w.says(f) for f in w.claims}, w.corrected, w.report["grade"])
            for w in self._live(occurrence, as_of, basis)
        }

    def claimants(self, occurrence: str, as_of: int, basis: int) -> dict[str, list[str]]:
        """By live report: whose figure each of its tolls is."""
        return {
            w.event_id: [t.get("claimant") or origin(w.report) for t in w.says("toll") or ()]
            for w in self._live(occurrence, as_of, basis)
        }

    def version(self, occurrence: str, basis: int) -> int:
        return sum(e.position <= basis and occurrence in e.streams for e in self.log)

    def history(self, occurrence: str, as_of: int, basis: int) -> list[int]:
        """The positions of what is visible of an occurrence, of the reports behind it, and of the
        merges of what is merged into it."""
        visible = self._visible(as_of, basis)
        homes = Homes(visible)
        behind = {*homes.at(occurrence), *homes.members(occurrence)}
        return sorted(
            e.position
            for e in visible
            if occurrence in e.streams
            or self.report_of(e.event) in behind
            or (
                e.event["type"] == "occurrence.merged"
                and homes.follow(e.event["occurrence"]) == occurrence
            )
        )

    def became_known(self, occurrence: str, earlier: int, later: int, basis: int) -> list[int]:
        """The positions of what was said of an occurrence between two points, in order."""
        there = self.history(occurrence, later, basis)
        return [
            e.position
            for e in self.log
            if e.position in there and e.known_from > earlier and e.type not in LINKS
        ]

    def links(self, occurrence: str, as_of: int, basis: int) -> set[tuple[str, str]]:
        there = standing(self._visible(as_of, basis))
        return {(relation, other) for part, relation, other in there if part == occurrence}

    def occurrences(self, basis: int) -> set[str]:
        """All that reports were ever filed to, or split off into."""
        made = {"report.filed": "occurrence", "occurrence.split": "into"}
        return {e.event[made[e.type]] for e in self.log if e.position <= basis and e.type in made}

    def homes(self, as_of: int, basis: int) -> Homes:
        return Homes(self._visible(as_of, basis))

    def now(self) -> Homes:
        """As all that is in the log leaves them: what an append is decided on."""
        return self.homes(FOREVER, FOREVER)

    def report_of(self, event: Json) -> str | None:
        """The id of the report that an event is, or is about, if it is about one."""
        if event["type"] == "report.filed":
            return event["event_id"]
        return self.report_of(self._named(event["target"]).event) if "target" in event else None

    # Documents

    def spread(self, recorded_at: int, event: Json) -> list[Json]:
        """What an event comes to: what is said of a document, of each report that was taken from it
        so far, in the order of filing. None is changed that was retracted by the point that the
        change counts from: of such a report nothing can be said any more.

        Each counts, and is recorded, as if it alone had been named where it is now at home.
        """
        if "document" not in event:
            return [event]
        now, found = self.now(), []
        for filed in self.log:
            if filed.type != "report.filed":
                continue
            if filed.event["report"].get("document") != event["document"]:
                continue
            one = {**event, "target": filed.id, "event_id": counted(event["event_id"], len(found))}
            if event["type"] != "report.graded":
                one["occurrence"] = now.of[filed.id]
            if not self._comes_too_late(recorded_at, one):
                found.append(one)
        return found

    # What cannot be

    def refuses(self, recorded_at: int, event: Json) -> bool:
        """Whether an event cannot be, given the log. What it names is there."""
        if event["type"] in MOVES:
            then = self.homes(self._known_from(recorded_at, event), FOREVER)
            refused = refuses_move(self.now(), then, event)
            return refused or self._breaks_the_forest(recorded_at, event)
        if event["type"] in LINKS:
            return self._refuses_link(recorded_at, event)
        if event["type"] == "report.graded":
            no_report = self._named(event["target"]).type != "report.filed"
            return no_report or self._comes_too_late(recorded_at, event)
        if event["type"] not in ("report.corrected", "report.retracted"):
            return False
        now = self.now()
        elsewhere = now.follow(event["occurrence"]) != now.of[self.report_of(event)]
        return elsewhere or self._comes_too_late(recorded_at, event)

    def _comes_too_late(self, recorded_at: int, event: Json) -> bool:
        """Retraction is final: of a report, and of a correction for what corrects that."""
        known_from = self._known_from(recorded_at, event)
        lineage, name = set(), event["target"]
        while name is not None:
            lineage.add(name)
            name = self._named(name).event.get("target")
        return any(
            e.type == "report.retracted"
            and e.event["target"] in lineage
            and e.known_from <= known_from
            for e in self.log
        )

    def _refuses_link(self, recorded_at: int, event: Json) -> bool:
        this = self._logged(len(self.log) + 1, recorded_at, event)
        if event["type"] == "occurrence.unlinked":
            # One that is on can be taken off: that never breaks a forest.
            return not this.ended
        return len({*this.ends}) < 2 or self._breaks_the_forest(recorded_at, event)

    def _breaks_the_forest(self, recorded_at: int, event: Json) -> bool:
        """Whether parts and wholes would form another shape at any point of knowledge."""
        then = Oracle()
        then.log = [*self.log, self._logged(len(self.log) + 1, recorded_at, event)]
        points = {e.known_from for e in then.log if e.known_from is not None}
        return not all(is_forest(standing(then._visible(at, FOREVER))) for at in points)

    def definition(self, timeline: str, basis: int) -> Logged | None:
        """The last one. Definitions live on the recorded axis only."""
        defined = [
            e for e in self.log if e.position <= basis and e.event.get("timeline") == timeline
        ]
        return defined[-1] if defined else None

    def belief(self, occurrence: str, as_of: int, basis: int) -> Json | None:
        """What the reports visible in one cell add up to; None where there are none."""
        visible = self._visible(as_of, basis)
        homes = Homes(visible)
        there, members = homes.at(occurrence), homes.members(occurrence)
        filed = [e for e in visible if e.id in there or e.id in members]
        if not filed:
            return None
        live = [words(e, visible) for e in filed if stands(e, visible)]
        spoken = live or [last_words(e, visible) for e in filed]
        values = {
            **{field: winner(field, spoken) for field in SHOWN},
            "tags": {tag for w in spoken for tag in w.says("tags") or ()},
            "toll": tolls(spoken),
        }
        if members:
            into = homes.follow(occurrence)
            nothing = {"differ": set(), "contested": set()}
            return {**values, **nothing, "status": {"merged"}, "into": into, "merged": set()}
        differ, contested = disagreements(live)
        flags = {
            "reported": bool(live),
            "retracted": not live,
            "corroborated": corroborated(live),
            "corrected": any(w.corrected for w in live),
            "differ": bool(differ),
            "contested": bool(contested),
        }
        return {
            **values,
            "status": {flag for flag, up in flags.items() if up},
            "differ": differ,
            "contested": contested,
            "into": None,
            "merged": homes.merged(occurrence),
        }

    # The log

    def _live(self, occurrence: str, as_of: int, basis: int) -> list[Words]:
        """What the reports at home at an occurrence say that were not retracted."""
        visible = self._visible(as_of, basis)
        there = Homes(visible).at(occurrence)
        return [words(e, visible) for e in visible if e.id in there and stands(e, visible)]

    def _visible(self, as_of: int, basis: int) -> list[Logged]:
        """What is known in a cell, in the order that it is folded in. Definitions aside."""
        visible = [
            e
            for e in self.log
            if e.known_from is not None and e.position <= basis and e.known_from <= as_of
        ]
        return sorted(visible, key=lambda e: (e.known_from, e.position))

    def _logged(self, position: int, recorded_at: int, event: Json) -> Logged:
        """An event as it would be logged now."""
        now, known_from = self.now(), self._known_from(recorded_at, event)
        return Logged(
            position,
            recorded_at,
            known_from,
            event,
            ends(now, event),
            streams(now, event, self.report_of(event)),
            ended([] if known_from is None else self._visible(known_from, FOREVER), event),
        )

    def _named(self, event_id: str) -> Logged:
        return next(e for e in self.log if e.id == event_id)

    def _known_from(self, recorded_at: int, event: Json) -> int | None:
        if event["type"] == "timeline.defined":
            return None
        target = self._named(event["target"]).known_from if "target" in event else None
        if event.get("fault") == "entry":
            return target
        said = (event.get("report") or event).get("reported_at")
        own = recorded_at if said is None else last_microsecond(said)
        return own if target is None else max(own, target)


# One report


def stands(event: Logged, visible: list[Logged]) -> bool:
    """Whether a report, or a correction and all that it corrects, is not retracted."""
    if any(e.type == "report.retracted" and e.event["target"] == event.id for e in visible):
        return False
    return event.type == "report.filed" or stands(target(event, visible), visible)


def target(event: Logged, visible: list[Logged]) -> Logged:
    return next(e for e in visible if e.id == event.event["target"])


def words(filed: Logged, visible: list[Logged]) -> Words:
    """The filed claims, patched by what corrects them. Null withdraws; no list claims nothing."""
    claims: dict[str, tuple[Any, int, int]] = {}
    said = [filed] + [
        e
        for e in visible
        if e.type == "report.corrected" and report_of(e, visible) is filed and stands(e, visible)
    ]
    for e in said:
        for field, value in e.event["claims"].items():
            claims[field] = (value, e.known_from, e.position)
    claims = {field: claim for field, claim in claims.items() if claim[0] not in (None, [])}
    grades = [e for e in visible if e.type == "report.graded" and e.event["target"] == filed.id]
    graded = grades[-1].event["grade"] if grades else filed.event["report"].get("grade")
    report = {"via": [], **filed.event["report"], "grade": graded}
    return Words(filed.id, report, claims, len(said) > 1)


def report_of(event: Logged, visible: list[Logged]) -> Logged:
    filed = event.type == "report.filed"
    return event if filed else report_of(target(event, visible), visible)


def last_words(filed: Logged, visible: list[Logged]) -> Words:
    """What a retracted report said until it was retracted."""
    end = next(
        at
        for at, e in enumerate(visible)
        if e.type == "report.retracted" and e.event["target"] == filed.id
    )
    return words(filed, visible[:end])


# What several reports add up to


def winner(field: str, spoken: list[Words]) -> Any:
    having = [w for w in spoken if field in w.claims]
    return min(having, key=lambda w: w.rank(field)).says(field) if having else None


def groups(spoken: list[Words]) -> list[list[Words]]:
    """Reports that hang together, however indirectly, are one independent source."""
    found: list[list[Words]] = []
    for w in spoken:
        near = [g for g in found if any(dependent(w, other) for other in g)]
        found = [g for g in found if g not in near] + [[w, *(x for g in near for x in g)]]
    return found


def dependent(one: Words, other: Words) -> bool:
    def names(w: Words) -> set[str]:
        return {folded(w.report["source"]["name"]), folded(origin(w.report))}

    document = one.report.get("document")
    return bool(names(one) & names(other)) or (
        document is not None and document == other.report.get("document")
    )


def origin(report: Json) -> str:
    return report["via"][-1] if report["via"] else report["source"]["name"]


def corroborated(live: list[Words]) -> bool:
    apart = groups(live)
    return any(
        compatible(one, other)
        for group in apart
        for other_group in apart
        if group is not other_group
        for one in group
        for other in other_group
    )


def compatible(one: Words, other: Words) -> bool:
    kinds = {w.says("kind") for w in (one, other)} - {None}
    when = [dates.parse(w.says("occurred")["edtf"]) for w in (one, other) if w.says("occurred")]
    return len(kinds) < 2 and (len(when) < 2 or not apart_in_time(when))


def apart_in_time(when: list[dates.Bounds]) -> bool:
    """Whether no instant lies in all the outer spans."""
    return max(b.start_earliest for b in when) >= min(b.end_latest for b in when)


def disagreements(live: list[Words]) -> tuple[set[str], set[str]]:
    """The fields in which live claims are unequal: but compatible, and not."""
    differ, contested = set(), set()
    when = [dates.parse(w.says("occurred")["edtf"]) for w in live if w.says("occurred")]
    if len(set(map(repr, when))) > 1:
        (contested if apart_in_time(when) else differ).add("occurred")
    if len({w.says("kind") for w in live} - {None}) > 1:
        differ.add("kind")
    if len({folded(w.says("place")["name"]) for w in live if w.says("place")}) > 1:
        differ.add("place")
    cast = [w.says("actors") for w in live if w.says("actors") is not None]
    if len({frozenset(folded(actor["name"]) for actor in actors) for actors in cast}) > 1:
        differ.add("actors")
    for (outcome, scope, _, _), by_claimant in figures(live).items():
        last = slice(-1, None) if scope == "cumulative" else slice(None)
        bands = {f.band for said in by_claimant.values() for f in said[last]}
        bands -= {(None, None, None)}
        lows = [low for low, _, _ in bands if low is not None]
        highs = [high for _, _, high in bands if high is not None]
        if lows and highs and max(lows) > min(highs) and len(bands) > 1:
            contested.add(f"toll.{outcome}")
        elif len(bands) > 1:
            differ.add(f"toll.{outcome}")
    return differ - contested, contested


# How many


def figures(spoken: list[Words]) -> dict[Subject, dict[str, list[Figure]]]:
    """By subject and claimant: the figures of each report, the latest last."""
    found: dict[Subject, dict[str, list[Figure]]] = {}
    for w in sorted((w for w in spoken if w.says("toll")), key=lambda w: w.claims["toll"][1:]):
        said: dict[tuple[Subject, str], list[Json]] = {}
        for toll in w.says("toll"):
            scope = toll.get("scope", "incident")
            group = folded(whole(toll, w.says("toll")) or "") if scope == "cumulative" else None
            subject = (toll["outcome"], scope, toll.get("since"), group)
            claimant = folded(toll.get("claimant") or origin(w.report))
            said.setdefault((subject, claimant), []).append(toll)
        for (subject, claimant), tolls in said.items():
            bands = [band(toll) for toll in tolls if toll.get("of") is None]
            if not bands:
                continue
            name = tolls[0].get("claimant") or origin(w.report)
            figure = Figure(w.rank("toll"), together(subject, bands), name, tolls)
            found.setdefault(subject, {}).setdefault(claimant, []).append(figure)
    return found


def whole(toll: Json, tolls: list[Json]) -> str | None:
    """The group that a group is a part of, or of a part of it; itself where it is none."""
    if toll.get("of") is None:
        return toll.get("group")
    named = [t for t in tolls if (t["outcome"], t.get("group")) == (toll["outcome"], toll["of"])]
    if not named or any(t.get("of") is None for t in named):
        return toll["of"]
    return whole(named[0], tolls)


def together(subject: Subject, bands: list[Band]) -> Band:
    """Groups of an incident are added. What one claimant says of a cumulative group is a band."""
    if subject[1] == "incident":
        return added(bands)
    lows = [low for low, _, _ in bands if low is not None]
    highs = [high for _, _, high in bands]
    return min(lows, default=None), bands[0][1], None if None in highs else max(highs)


def added(bands: list[Band]) -> Band:
    lows, bests, highs = zip(*bands, strict=True)
    known = [low for low in lows if low is not None]
    return (
        sum(known) if known else None,
        None if None in bests else sum(bests),
        None if None in highs else sum(highs),
    )


def band(toll: Json) -> Band:
    if (n := toll.get("exactly")) is not None:
        return n, n, n
    if toll.get("about") is not None:
        return None, toll["about"], None
    if toll.get("at_most") is not None:
        return toll.get("at_least", 0), None, toll["at_most"]
    if toll.get("at_least") is not None:
        return toll["at_least"], None, None
    return toll.get("low"), toll.get("best"), toll.get("high")


def tolls(spoken: list[Words]) -> dict[Subject, Json]:
    """The band over each claimant's latest figure, and the winner's words and groups."""
    resolved = {}
    for subject, by_claimant in figures(spoken).items():
        latest = [said[-1] for said in by_claimant.values()]
        wins = min(latest, key=lambda f: f.rank)
        lows = [f.band[0] for f in latest if f.band[0] is not None]
        highs = [f.band[2] for f in latest]
        resolved[subject] = {
            "low": min(lows, default=None),
            "best": wins.band[1],
            "high": None if None in highs else max(highs),
            "claimant": wins.claimant,
            "claimants": len(latest),
            "words": wins.tolls[0].get("words") if len(wins.tolls) == 1 else None,
            "groups": [
                (t.get("group"), t.get("of"), *band(t), t.get("words"))
                for t in wins.tolls
                if t.get("group") or t.get("of")
            ],
        }
    return resolved


# Which occurrences


def holds(definition: Json, occurrence: str, belief: Json) -> bool:
    if occurrence in definition.get("exclude", ()):
        return False
    if {occurrence, *belief["merged"]} & set(definition.get("include", ())):
        return True
    return definition.get("select") is not None and matches(definition["select"], belief)


def matches(asked: Json, belief: Json) -> bool:
    if asked.get("kind") and belief["kind"] not in asked["kind"]:
        return False
    if asked.get("tag") and not belief["tags"] & set(asked["tag"]):
        return False
    if asked.get("status") and not belief["status"] & set(asked["status"]):
        return False
    if asked.get("during") is None:
        return True
    if belief["occurred"] is None:
        return False
    window = dates.parse(asked["during"])
    start, end = window.start_earliest, window.end_latest
    it = span(belief)
    if asked.get("match") != "certain":
        return max(it.start_earliest, start) < min(it.end_latest, end)
    inside = start <= it.start_earliest and it.end_latest <= end
    return inside or max(it.start_latest, start) < min(it.end_earliest, end)


def span(belief: Json) -> dates.Bounds:
    return dates.parse(belief["occurred"]["edtf"])


# Names and instants


def counted(event_id: str, count: int) -> str:
    """The id that comes so many after another. Only ids that are counted up must be UUIDs."""
    return str(UUID(int=UUID(event_id).int + count)) if count else event_id


def folded(name: str) -> str:
    bare = [c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)]
    return " ".join("".join(bare).casefold().split())


def last_microsecond(said: str) -> int:
    """Of a day, month or year, UTC; an instant is itself."""
    if "T" not in said:
        return dates.parse(said).end_latest * 1_000_000 - 1
    return (datetime.fromisoformat(said) - EPOCH) // timedelta(microseconds=1)
