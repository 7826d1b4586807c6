"""What is answered. The same values for HTTP and for the command line's `--json`.

No answer holds the clock: the same question on the same basis gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType

from domain import areas, dates, instants, registries
from domain.beliefs import RULES, Belief
from domain.claims import Actor, Claims, Occurred, Place, Report
from domain.events import Select
from domain.names import folded
from domain.phrases import RULES_VERSION
from domain.policy import GRADED_LATEST
from domain.query import LATEST, LIMIT_DEFAULT, Query, TotalsQuery, write_cursor
from domain.registries import KINDS, Alias, Keys, Registration, Registry, Window
from domain.tolls import Resolved
from domain.totals import Cumulative, Row

RULES_IN_FORCE = f"{RULES} {RULES_VERSION} {registries.RULES}"
"""The versions of the fold, of the phrase rules and of how a filter's names are read: part of what
makes an answer repeatable."""


class Answer(Struct, frozen=True, kw_only=True):
    """A value that is answered."""


Ambiguous = dict[str, dict[str, tuple[str, ...]]]
"""By kind, names that were asked for and mean several things that nobody said to be one: their ids.
All of them are found."""


class OccurredShown(Answer, frozen=True, kw_only=True):
    """When, with its doubt. `earliest` and `latest` are the first and the last day (or second) that
    it may have been, both inclusive; null where open.

    What lasted surely went on from `start_latest`, by which it had begun, to `end_earliest`, before
    which it had not ended. EDTF cannot say them where words like "since late April" gave them.
    """

    edtf: str
    phrase: str | None
    rule: str | None
    earliest: str | None
    start_latest: str | None
    end_earliest: str | None
    latest: str | None


class Area(Answer, frozen=True, kw_only=True):
    """Where a place may be: within so many metres of its point, and the box around that.

    Degrees, WGS 84. Where `west` is greater than `east` it runs across the antimeridian.
    """

    radius_m: float
    west: float
    south: float
    east: float
    north: float


class PlaceShown(Place, frozen=True, kw_only=True):
    """Where, as the source named it; and, where it gave a point, the area that stands for."""

    area: Area | None = None


class SourceShown(Answer, frozen=True, kw_only=True):
    """A source behind an entry, and the chain that its report came by, nearest first."""

    name: str
    via: tuple[str, ...]


class LinkShown(Answer, frozen=True, kw_only=True):
    """A relation to another occurrence."""

    relation: str
    to: str


class Entry(Answer, frozen=True, kw_only=True):
    """One occurrence as believed at a point of knowledge, on a basis.

    `known_from` and `position` are where this belief began on the two axes. `into` is what it was
    merged into, `merged` what was merged into it. `claims` are there where they were asked for.
    """

    occurrence: str
    id: UUID
    version: int
    title: str | None
    summary: str | None
    kind: str | None
    occurred: OccurredShown | None
    place: PlaceShown | None
    actors: tuple[Actor, ...]
    toll: tuple[Resolved, ...]
    tags: tuple[str, ...]
    attributes: dict[str, Any] | None
    status: tuple[str, ...]
    differ: tuple[str, ...]
    contested: tuple[str, ...]
    sources: tuple[SourceShown, ...]
    independent: int
    links: tuple[LinkShown, ...]
    into: str | None
    merged: tuple[str, ...]
    known_from: str
    position: int
    claims: tuple[ClaimsShown, ...] | UnsetType = UNSET


class Reading(Answer, frozen=True, kw_only=True):
    """What every read says about itself.

    `policy` is what the values were resolved by.
    `settled` is false where `recorded_as_of` lies at or after the last event: more may yet be
    recorded before it.
    """

    as_of: str
    basis: int
    settled: bool = True
    policy: str = GRADED_LATEST.name
    rules: str = RULES_IN_FORCE


class Listing(Reading, frozen=True, kw_only=True):
    """A page of entries, in reading order. `left_out` counts what a filter cannot judge:
    `undated` what has no date for `during`, `unlocated` what has one and no area for `bbox`.

    `version` is that of the timeline's definition: what a new definition must name. Which entries
    there are, and in which order, follows `selected_by` whatever `policy` resolves their values.
    `ambiguous` is there where a name that was asked for means several things, of which all are
    found: their ids, by kind and name.
    """

    selected_by: str = GRADED_LATEST.name
    timeline: str | None
    version: int | None
    title: str | None
    description: str | None
    entries: tuple[Entry, ...]
    left_out: dict[str, int]
    ambiguous: Ambiguous | UnsetType = UNSET
    next: str | None
    permalink: str
    cite: str


class Totals(Reading, frozen=True, kw_only=True):
    """Tolls added up over a selection, by month, place, actor, kind or outcome.

    Each row is of one outcome, and so is each of `total`, which is over all. `additive` says
    whether the rows of an outcome add up to its total. `cumulative` figures are listed, and never
    summed. Which occurrences are selected follows `selected_by` whatever `policy` resolves them.
    `left_out` counts what a date filter cannot judge. `ambiguous` is that of a listing.
    """

    selected_by: str = GRADED_LATEST.name
    timeline: str | None
    version: int | None
    title: str | None
    by: str
    occurrences: int
    rows: tuple[Row, ...]
    total: tuple[Row, ...]
    additive: bool
    cumulative: tuple[Cumulative, ...]
    left_out: dict[str, int]
    ambiguous: Ambiguous | UnsetType = UNSET
    permalink: str
    cite: str


class ClaimsShown(Answer, frozen=True, kw_only=True):
    """What one live report claims, its corrections applied. Each toll names its claimant.

    `known_from` and `position` are where it began to claim this here, on the two axes.
    """

    event_id: UUID
    report: Report
    claims: dict[str, Any]
    corrected: bool
    known_from: str
    position: int


class OccurrenceShown(Reading, frozen=True, kw_only=True):
    """One occurrence: its entry, and the claims that it rests on."""

    entry: Entry
    claims: tuple[ClaimsShown, ...]
    permalink: str
    cite: str


class EventShown(Answer, frozen=True, kw_only=True):
    """One event behind an occurrence, as it was filed.

    `occurrence` is the one that it was recorded of. `version` is the version that it made of the
    one asked for; null where it made none, as before a merge. A report says itself which document
    it was taken from; where a change has a `document`, the same was said of all reports of that.
    """

    position: int
    version: int | None
    occurrence: str
    event_id: UUID
    type: str
    recorded_at: str
    known_from: str
    report: Report | None
    claims: dict[str, Any] | None
    target: UUID | None
    document: str | None
    fault: str | None
    reason: str | None
    relation: str | None
    to: str | None
    grade: str | None
    into: str | None
    reports: tuple[UUID, ...]


class EventTold(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """One event of the log, as it was filed, with what was resolved then. What it has not is left
    out.

    One of `occurrence`, `timeline`, `actor`, `place` and `source` is what it is about, and
    `version` the version of that which it made. `known_from` is the point of knowledge that it
    counts from; what lives on the recorded axis only has none.
    """

    position: int
    event_id: UUID
    type: str
    recorded_at: str
    known_from: str | None = None
    occurrence: str | None = None
    timeline: str | None = None
    actor: str | None = None
    place: str | None = None
    source: str | None = None
    version: int
    report: Report | None = None
    claims: dict[str, Any] | None = None
    target: UUID | None = None
    document: str | None = None
    fault: str | None = None
    grade: str | None = None
    reason: str | None = None
    relation: str | None = None
    to: str | None = None
    into: str | None = None
    reports: tuple[UUID, ...] = ()
    title: str | None = None
    description: str | None = None
    select: Select | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    registered: Registration | None = None
    causation_id: UUID | None = None
    correlation_id: UUID | None = None


class FeedPage(Answer, frozen=True, kw_only=True):
    """Events in the order of the log.

    `basis` is the position of the last event that there was, `next` the one to go on after: what
    was looked through, whether or not it passed the filters. The two are equal at the end.
    """

    events: tuple[EventTold, ...]
    basis: int
    next: int


class BeliefShown(Answer, frozen=True, kw_only=True):
    """One belief over the span of knowledge that it held for, `known_to` exclusive."""

    known_from: str
    known_to: str | None
    position: int
    title: str | None
    occurred: OccurredShown | None
    place: Place | None
    toll: tuple[Resolved, ...]
    status: tuple[str, ...]
    differ: tuple[str, ...]
    contested: tuple[str, ...]


class History(Reading, frozen=True, kw_only=True):
    """Every event behind an occurrence, in the order recorded; and what was believed when."""

    occurrence: str
    id: UUID
    events: tuple[EventShown, ...]
    beliefs: tuple[BeliefShown, ...]


class By(Answer, frozen=True, kw_only=True):
    """An event that changed an entry: who said what, and why it changed.

    `source`, `via` and `document` are those of the report that it is, or is about.
    """

    position: int
    event_id: UUID
    type: str
    known_from: str
    source: str | None
    via: tuple[str, ...]
    document: str | None
    fault: str | None
    reason: str | None


class Change(Answer, frozen=True, kw_only=True):
    """An entry that became another: the fields that differ, and the events that made it so."""

    occurrence: str
    fields: tuple[str, ...]
    before: Entry
    after: Entry
    by: tuple[By, ...]


class Came(Answer, frozen=True, kw_only=True):
    """An entry that appeared or vanished, and the events that made it so."""

    entry: Entry
    by: tuple[By, ...]


class Diff(Answer, frozen=True, kw_only=True, rename={"from_": "from"}):
    """What changed in a timeline between two points of knowledge."""

    timeline: str
    from_: str
    to: str
    basis: int
    settled: bool = True
    policy: str = GRADED_LATEST.name
    rules: str = RULES_IN_FORCE
    added: tuple[Came, ...]
    changed: tuple[Change, ...]
    removed: tuple[Came, ...]


class Step(Answer, frozen=True, kw_only=True):
    """An entry that came, became another or went, at one point of knowledge.

    `id` is what a replay goes on after: the point, the basis and the occurrence. `position` is the
    last in the log that this rests on: on an older basis it is told otherwise, or not at all.
    `before` is the entry just before that point, null where there was none, `after` the one from
    there on; `fields` are those in which the two differ. Links to others, and who else says what
    was believed already, are no change: entries show them as they stood.
    """

    id: str
    known: str
    occurrence: str
    position: int
    change: Literal["added", "changed", "removed"]
    fields: tuple[str, ...]
    before: Entry | None
    after: Entry | None
    by: tuple[By, ...]


class Replay(Answer, frozen=True, kw_only=True, rename={"from_": "from"}):
    """What changed in a timeline, one point of knowledge after another, each as a difference would
    have it between just before that point and the point itself.

    `next` is the id to go on after, null where nothing follows.
    """

    timeline: str
    from_: str
    to: str
    basis: int
    settled: bool = True
    policy: str = GRADED_LATEST.name
    rules: str = RULES_IN_FORCE
    changes: tuple[Step, ...]
    next: str | None


class BorneShown(Answer, frozen=True, kw_only=True):
    """A folded key that was borne for a time only: the first and the last day (or second) that it
    may have been, both inclusive; null where open."""

    key: str
    earliest: str | None
    latest: str | None


class KeysShown(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """Folded keys that names were resolved to, by kind; with the time where there is one."""

    place: tuple[str | BorneShown, ...] = ()
    actor: tuple[str | BorneShown, ...] = ()
    source: tuple[str | BorneShown, ...] = ()


class TimelineShown(Answer, frozen=True, kw_only=True):
    """A timeline's definition in force at the basis. Its version is what a new one must name.

    `keys` are the names, folded, that the places, actors and sources in `select` stood for when it
    was defined.
    """

    timeline: str
    version: int
    position: int
    title: str
    description: str | None
    select: dict[str, Any] | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    keys: KeysShown | None


class Timelines(Answer, frozen=True, kw_only=True):
    """The timelines of a chronicle."""

    basis: int
    settled: bool = True
    timelines: tuple[TimelineShown, ...]


class Filling(Answer, frozen=True, kw_only=True):
    """How far a timeline's definition, at the position `definition` of the log, is filled.

    Of the `of` events before it `done` were looked through for what it selects. It can be read
    rightly all the while, if more slowly. The one answer that holds the state of now.
    """

    timeline: str
    definition: int
    done: int
    of: int
    complete: bool


class RegisteredShown(Answer, frozen=True, kw_only=True):
    """What every registration in force says. Its version is what a new one may name.

    `valid_from` and `valid_to` are of the name, and of aliases without their own. `names` are all
    names that it goes by, each with when.
    """

    id: str
    version: int
    position: int
    name: str
    aliases: tuple[Alias, ...]
    same_as: str | None
    valid_from: str | None
    valid_to: str | None
    names: tuple[NameShown, ...]


class NameShown(Answer, frozen=True, kw_only=True):
    """A name, and when it is borne, in EDTF; `earliest` and `latest` are the first and the last day
    (or second) that may have been, both inclusive; null where open.

    `also` are the ids of others that may have borne it in that time too, and are not said to be the
    same.
    """

    name: str
    valid_from: str | None
    valid_to: str | None
    earliest: str | None
    latest: str | None
    also: tuple[str, ...]


class ActorRegisteredShown(RegisteredShown, frozen=True, kw_only=True):
    """An actor, and the names it goes by."""

    kind: str | None


class PlaceRegisteredShown(RegisteredShown, frozen=True, kw_only=True):
    """A place, the area that it lies in where it has a point, and what it lies within."""

    lat: float | None
    lon: float | None
    precision: str | None
    area: Area | None
    within: str | None


class SourceRegisteredShown(RegisteredShown, frozen=True, kw_only=True):
    """A source, and on what terms its words may be passed on; null where nobody said."""

    url: str | None
    licence: str | None
    attribution: str | None
    redistribute: bool | None


class Actors(Answer, frozen=True, kw_only=True):
    """The actors registered at a basis, by id."""

    basis: int
    settled: bool = True
    actors: tuple[ActorRegisteredShown, ...]


class Places(Answer, frozen=True, kw_only=True):
    """The places registered at a basis, by id."""

    basis: int
    settled: bool = True
    places: tuple[PlaceRegisteredShown, ...]


class Sources(Answer, frozen=True, kw_only=True):
    """The sources registered at a basis, by id."""

    basis: int
    settled: bool = True
    sources: tuple[SourceRegisteredShown, ...]


class EventAppended(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an event came to stand."""

    position: int
    event_id: UUID
    occurrence: str | None = None
    timeline: str | None = None
    actor: str | None = None
    place: str | None = None
    source: str | None = None
    version: int
    recorded_at: str


class Appended(Answer, frozen=True, kw_only=True):
    """What an append did. `basis` is the position from which it can be read."""

    basis: int
    events: tuple[EventAppended, ...]


def occurred_shown(occurred: Occurred | None) -> OccurredShown | None:
    """When something happened, its bounds as text."""
    if occurred is None:
        return None
    return OccurredShown(
        edtf=occurred.edtf,
        phrase=occurred.phrase,
        rule=occurred.rule,
        earliest=dates.earliest_text(occurred.bounds),
        start_latest=dates.start_latest_text(occurred.bounds),
        end_earliest=dates.end_earliest_text(occurred.bounds),
        latest=dates.latest_text(occurred.bounds),
    )


def place_shown(place: Place | None) -> PlaceShown | None:
    """Where something happened, with its area."""
    if place is None:
        return None
    given = {field: getattr(place, field) for field in Place.__struct_fields__}
    return PlaceShown(**given, area=area_shown(place))


def area_shown(place: areas.Located) -> Area | None:
    """The area of what has a point."""
    box = areas.box(place)
    if box is None:
        return None
    return Area(
        radius_m=areas.radius(place),
        west=box.west,
        south=box.south,
        east=box.east,
        north=box.north,
    )


class Bearers(Struct, frozen=True):
    """Who bears a name: by folded key the ids and windows; and by id what that is the same as."""

    by_key: Mapping[str, Sequence[tuple[str, Window]]]
    top: Mapping[str, str]


def bearers(registry: Registry) -> Bearers:
    """Who bears the names of a registry."""
    by_key: dict[str, list[tuple[str, Window]]] = {}
    top: dict[str, str] = {}
    for thing in registry.values():
        for key, start, end in thing.borne:
            by_key.setdefault(key, []).append((thing.id, (start, end)))
        highest = thing
        while highest.same_as is not None:
            highest = registry[highest.same_as]
        top[thing.id] = highest.id
    return Bearers(by_key, top)


def _name_shown(thing: Registration, alias: Alias, who: Bearers) -> NameShown:
    start, end = alias.window
    return NameShown(
        name=alias.name,
        valid_from=alias.valid_from,
        valid_to=alias.valid_to,
        earliest=_day(start, first=True),
        latest=_day(end, first=False),
        also=tuple(
            sorted(
                {
                    id
                    for id, (since, until) in who.by_key[folded(alias.name)]
                    if who.top[id] != who.top[thing.id] and since < end and start < until
                }
            )
        ),
    )


def _day(second: int, *, first: bool) -> str | None:
    """The side of a window as text, inclusive."""
    bounds = dates.Bounds(second, second, second, second)
    return dates.earliest_text(bounds) if first else dates.latest_text(bounds)


def keys_shown(keys: Keys) -> KeysShown:
    """What names were resolved to, with times as text."""
    shown: dict[str, tuple[str | BorneShown, ...]] = {}
    for kind in KINDS:
        shown[kind] = tuple(
            key
            if isinstance(key, str)
            else BorneShown(
                key=key.key,
                earliest=_day(key.window[0], first=True),
                latest=_day(key.window[1], first=False),
            )
            for key in getattr(keys, kind)
        )
    return KeysShown(**shown)


def registered_shown(
    shown: type[RegisteredShown],
    thing: Registration,
    version: int,
    position: int,
    who: Bearers,
) -> Any:
    """A registration as one of the three sorts that are shown, beside those that bear its names."""
    said: dict[str, Any] = {field: getattr(thing, field, None) for field in shown.__struct_fields__}
    said["names"] = tuple(_name_shown(thing, alias, who) for alias in thing.names)
    said["aliases"] = tuple(Alias(name=a) if isinstance(a, str) else a for a in thing.aliases)
    if "area" in said:
        said["area"] = area_shown(thing)
    return shown(**{**said, "version": version, "position": position})


def claims_shown(claims: Claims) -> dict[str, Any]:
    """The claims that a report makes, by field, in the order of the fields."""
    shown: dict[str, Any] = {}
    for field in claims.__struct_fields__:
        value = getattr(claims, field)
        if value is not UNSET:
            shown[field] = occurred_shown(value) if field == "occurred" else value
    return shown


def toll_claimed(shown: dict[str, Any], report: Report) -> dict[str, Any]:
    """Claims as shown, with the claimant of each toll: by default the report's origin."""
    if "toll" not in shown:
        return shown
    tolls = tuple(
        toll if toll.claimant else msgspec.structs.replace(toll, claimant=report.origin)
        for toll in shown["toll"]
    )
    return {**shown, "toll": tolls}


def differing(before: Entry, after: Entry) -> tuple[str, ...]:
    """The names of the fields in which two entries of one occurrence differ as beliefs."""
    return tuple(
        field for field in BELIEF_FIELDS if getattr(before, field) != getattr(after, field)
    )


BELIEF_FIELDS = tuple(f for f in Entry.__struct_fields__ if f in Belief.__struct_fields__)


def belief_shown(belief: Belief, known_from: int, known_to: int, position: int) -> BeliefShown:
    """A belief in an occurrence's history."""
    return BeliefShown(
        known_from=instants.text(known_from),
        known_to=None if known_to == instants.NEVER else instants.text(known_to),
        position=position,
        title=belief.title,
        occurred=occurred_shown(belief.occurred),
        place=belief.place,
        toll=belief.toll,
        status=belief.status,
        differ=belief.differ,
        contested=belief.contested,
    )


def permalink(chronicle: str, path: str, query: Query | TotalsQuery, basis: int) -> str:
    """The address, below the server's own, at which this answer can be had again."""
    asked: list[tuple[str, str]] = []
    if query.point.as_of != LATEST:
        asked.append(("as_of", query.point.as_of))
    asked.append(("basis", str(basis)))
    filter = query.filter
    if filter.during is not None:
        asked += [("during", filter.during), ("match", filter.match)]
    for name in ("kind", "tag", "place", "actor", "source", "status"):
        asked += [(name, value) for value in getattr(filter, name)]
    if filter.bbox is not None:
        asked.append(("bbox", ",".join(map(degrees, msgspec.structs.astuple(filter.bbox)))))
    if query.policy != GRADED_LATEST:
        asked.append(("policy", query.policy.name))
    asked += [("by", query.by)] if isinstance(query, TotalsQuery) else _of_page(query)
    return f"/v1/chronicles/{chronicle}/{path}?{urlencode(asked)}"


def _of_page(query: Query) -> list[tuple[str, str]]:
    asked: list[tuple[str, str]] = []
    if query.claims != "none":
        asked.append(("claims", query.claims))
    if query.sort != "occurred":
        asked.append(("sort", query.sort))
    if query.limit != LIMIT_DEFAULT:
        asked.append(("limit", str(query.limit)))
    if query.cursor is not None:
        asked.append(("cursor", write_cursor(query.cursor)))
    return asked


def degrees(number: float) -> str:
    """A number of degrees as `bbox` takes it: no exponent, no more than it needs."""
    text = repr(number)
    if "e" in text:
        text = f"{number:.15f}".rstrip("0")
    return text.removesuffix(".0").removesuffix(".")


def cite(title: str, chronicle: str, as_of: str, basis: int) -> str:
    """One line that says exactly what was read."""
    known = "all that is known" if as_of == LATEST else f"as known on {as_of}"
    return f"“{title}”, {known}; Dateline chronicle {chronicle}, position {basis}."
