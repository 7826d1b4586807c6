"""What the live claims about one occurrence add up to, at each point of knowledge.

The fold is a function of an occurrence's events and nothing else. It walks the reported axis: at
every point where something became known, the claims live there are resolved by the policy
`graded-latest/1` into a belief. Neighbouring points with equal beliefs are one span.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct

from domain.claims import FIELDS, Actor, Claims, Given, Occurred, Place, Report, same_json
from domain.dates import Bounds
from domain.events import Recorded
from domain.instants import NEVER
from domain.names import folded
from domain.tolls import Figure, Resolved, figures, meet, resolved

POLICY = "graded-latest/1"
RULES = "beliefs/1"
"""The version of the fold. A change that gives other beliefs from the same log raises it."""

FLAGS: tuple[str, ...] = (
    "reported",
    "corroborated",
    "differ",
    "contested",
    "corrected",
    "retracted",
)
"""The status flags in the order in which they are shown."""

UNGRADED = 100


class Belief(Given, frozen=True, kw_only=True):
    """The resolved values of one occurrence over one span of knowledge.

    `differ` and `contested` name the fields in which live claims are unequal: those that some value
    could still satisfy, and those that none can. A retracted belief shows what was claimed last.
    """

    status: tuple[str, ...]
    differ: tuple[str, ...] = ()
    contested: tuple[str, ...] = ()
    title: str | None = None
    summary: str | None = None
    kind: str | None = None
    occurred: Occurred | None = None
    place: Place | None = None
    actors: tuple[Actor, ...] = ()
    toll: tuple[Resolved, ...] = ()
    tags: tuple[str, ...] = ()
    attributes: dict[str, Any] | None = None

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) is True and same_json(
            self.attributes, getattr(other, "attributes", None)
        )

    @property
    def retracted(self) -> bool:
        """Whether no live report is left."""
        return "retracted" in self.status


class Held(Struct, frozen=True):
    """What one report claims over one span of knowledge, its corrections applied.

    `said` gives for each field the (known_from, position) of the event that said it last.
    """

    event_id: UUID
    report: Report
    known_from: int
    known_to: int
    claims: Claims
    said: dict[str, tuple[int, int]]
    corrected: bool
    figures: tuple[Figure, ...]
    ties: tuple[str, ...]
    """What makes another report dependent on this one, see `independent`."""

    def rank(self, field: str) -> tuple[int, int, int]:
        """Sorts first the claim that wins: best grade, then latest known, then latest position."""
        return _rank(self.report.grade, self.said[field])


class Span(Struct, frozen=True):
    """A belief over `[known_from, known_to)`, microseconds since 1970 UTC."""

    known_from: int
    known_to: int
    belief: Belief


class Fold(Struct, frozen=True):
    """All that an occurrence's events add up to: its beliefs, and the claims that they rest on."""

    beliefs: tuple[Span, ...]
    held: tuple[Held, ...]


NOTHING = Fold(beliefs=(), held=())
"""What no events add up to."""


def _rank(grade: str | None, said: tuple[int, int]) -> tuple[int, int, int]:
    return grade_rank(grade), -said[0], -said[1]


def grade_rank(grade: str | None) -> int:
    """The place of a grade, 0 is best: letter, then digit. F or 6 cannot be judged: ungraded."""
    if grade is None or grade[0] == "F" or grade[1] == "6":
        return UNGRADED
    return (ord(grade[0]) - ord("A")) * 10 + int(grade[1])


def fold(events: Iterable[Recorded], before: Fold = NOTHING, since: int | None = None) -> Fold:
    """Fold the events of one occurrence into its beliefs and the claims behind them.

    Which events there are decides everything; the order in which they are given, nothing. `before`
    and `since` spare work and change nothing: the fold of the events less one, and the point that
    this one counts from, since an event never changes what was believed before it was known.
    """
    in_order = sorted(events, key=lambda e: e.position)
    if len(in_order) == 1 and in_order[0].type == "report.filed":
        return _first(in_order[0])
    reports: dict[UUID, list[Recorded]] = {}
    root: dict[UUID, UUID] = {}
    for event in in_order:
        if event.type == "report.filed":
            root[event.event_id] = event.event_id
        elif event.target is not None:
            root[event.event_id] = root[event.target]
        else:
            continue
        reports.setdefault(root[event.event_id], []).append(event)
    held: list[Held] = []
    gone: list[Held] = []
    for of_report in reports.values():
        _hold(of_report, held, gone)
    held.sort(key=lambda h: (h.known_from, h.event_id))
    kept = [s for s in before.beliefs if since is not None and s.known_from < since]
    return Fold(beliefs=tuple(_spans(held, gone, kept, since)), held=tuple(held))


def _first(filed: Recorded) -> Fold:
    """One report and nothing else, as most occurrences begin: one span, and no axis to walk."""
    held = _apply(filed, (), _known(filed))
    return Fold(beliefs=(Span(held.known_from, NEVER, _resolve([held])),), held=(held,))


def _known(event: Recorded) -> int:
    assert event.known_from is not None, "events about an occurrence count from a point"
    return event.known_from


def _place(event: Recorded) -> tuple[int, int]:
    """Where an event stands in the order that it is folded in."""
    return _known(event), event.position


def _hold(events: Sequence[Recorded], held: list[Held], gone: list[Held]) -> None:
    """Add what one report claims, span by span, to `held`, and its last words to `gone`.

    `events` are the report, its corrections and their retractions, in order of position. A
    correction applies from its own point on, in the order (known_from, position), until it is
    retracted itself; with it goes whatever corrected it.
    """
    filed = events[0]
    ends: dict[UUID, tuple[int, int]] = {filed.event_id: (NEVER, 0)}
    corrections: list[Recorded] = []
    for event in events[1:]:
        if event.type == "report.corrected":
            corrections.append(event)
            ends[event.event_id] = (NEVER, 0)
    for event in events[1:]:
        if event.type == "report.retracted" and event.target is not None:
            ends[event.target] = min(ends[event.target], _place(event))
    for correction in corrections:  # in order of position, so a target's own end is settled
        if correction.target is not None and correction.target != filed.event_id:
            inherited = ends[correction.target]
            ends[correction.event_id] = min(ends[correction.event_id], inherited)
    corrections.sort(key=_place)
    end = ends[filed.event_id]
    until, _ = end
    points = {_known(filed)}
    for correction in corrections:
        points.update((_known(correction), ends[correction.event_id][0]))
    points.discard(NEVER)
    spans = [
        _apply(filed, [c for c in corrections if _known(c) <= at < ends[c.event_id][0]], at)
        for at in sorted(points)
    ]
    held.extend(_joined([s for s in spans if s.known_from < until], until))
    if until != NEVER:
        standing = [c for c in corrections if _place(c) < end < ends[c.event_id]]
        gone.append(_apply(filed, standing, until))


def _apply(filed: Recorded, corrections: Sequence[Recorded], at: int) -> Held:
    """A report's claims at one point: each correction replaces the fields that it names."""
    values: dict[str, Any] = {}
    said: dict[str, tuple[int, int]] = {}
    for event in (filed, *corrections):
        place = _place(event)
        for field in FIELDS:
            value = getattr(event.claims, field)
            if value is UNSET:
                continue
            if value is None or value == ():
                values.pop(field, None)
                said.pop(field, None)
            else:
                values[field] = value
                said[field] = place
    report = filed.statement.report
    assert report is not None, "a filed report says who reported it"
    counted: Sequence[Figure] = ()
    if "toll" in said:
        rank = _rank(report.grade, said["toll"])
        counted = figures(values["toll"], report.origin, rank, said["toll"])
    return Held(
        event_id=filed.event_id,
        report=report,
        known_from=at,
        known_to=NEVER,
        claims=Claims(**values),
        said=said,
        corrected=bool(corrections),
        figures=tuple(counted),
        ties=_ties(report),
    )


def _joined(spans: Sequence[Held], until: int) -> list[Held]:
    """Neighbours that claim the same as one, each ending where the next begins."""
    joined: list[Held] = []
    for span in spans:
        if joined and _same(joined[-1], span):
            continue
        if joined:
            joined[-1] = msgspec.structs.replace(joined[-1], known_to=span.known_from)
        joined.append(span)
    if joined:
        joined[-1] = msgspec.structs.replace(joined[-1], known_to=until)
    return joined


def _same(one: Held, other: Held) -> bool:
    return (one.claims, one.said, one.corrected) == (other.claims, other.said, other.corrected)


def _spans(
    held: Sequence[Held], gone: Sequence[Held], kept: Sequence[Span], since: int | None
) -> list[Span]:
    """Sweep the reported axis from `since` on; equal neighbours become one span."""
    changes: dict[int, list[tuple[bool, Held]]] = {}
    for span in held:
        changes.setdefault(span.known_from, []).append((True, span))
        if span.known_to != NEVER:
            changes.setdefault(span.known_to, []).append((False, span))
    for span in gone:
        changes.setdefault(span.known_from, [])
    live: dict[UUID, Held] = {}
    points = [(span.known_from, span.belief) for span in kept]
    for at in sorted(changes):
        for _, span in (c for c in changes[at] if not c[0]):
            if live.get(span.event_id) is span:
                del live[span.event_id]
        for _, span in (c for c in changes[at] if c[0]):
            live[span.event_id] = span
        if since is not None and at < since:
            continue
        belief = (
            _resolve(list(live.values()))
            if live
            else _retracted([g for g in gone if g.known_from <= at])
        )
        if not points or points[-1][1] != belief:
            points.append((at, belief))
    ends = [*(at for at, _ in points), NEVER][1:]
    return [Span(at, to, belief) for (at, belief), to in zip(points, ends, strict=True)]


def _retracted(gone: Sequence[Held]) -> Belief:
    """No live report is left: what was claimed last, under the flag that says so."""
    return msgspec.structs.replace(_values(gone), status=("retracted",))


def _resolve(live: Sequence[Held]) -> Belief:
    differ, contested = _disagreements(live) if len(live) > 1 else _own_disagreements(live[0])
    flags = {"reported"}
    if differ:
        flags.add("differ")
    if contested:
        flags.add("contested")
    if any(h.corrected for h in live):
        flags.add("corrected")
    if len(live) > 1 and _corroborated(live):
        flags.add("corroborated")
    return msgspec.structs.replace(
        _values(live),
        status=tuple(f for f in FLAGS if f in flags),
        differ=tuple(differ),
        contested=tuple(contested),
    )


def _values(live: Sequence[Held]) -> Belief:
    """Each field from the claim that wins; tags from every claim, since they are our own labels."""
    if len(live) == 1:
        return _values_of(live[0])
    return Belief(
        status=(),
        title=_winning(live, "title"),
        summary=_winning(live, "summary"),
        kind=_winning(live, "kind"),
        occurred=_winning(live, "occurred"),
        place=_winning(live, "place"),
        actors=_winning(live, "actors") or (),
        toll=resolved(_figures(live)),
        tags=tuple(sorted({t for h in live if h.claims.tags for t in h.claims.tags})),
        attributes=_winning(live, "attributes"),
    )


def _values_of(only: Held) -> Belief:
    """What the one live claim says, which wins wherever it says something."""
    claims = only.claims
    return Belief(
        status=(),
        title=claims.title or None,
        summary=claims.summary or None,
        kind=claims.kind or None,
        occurred=claims.occurred or None,
        place=claims.place or None,
        actors=claims.actors or (),
        toll=resolved(only.figures),
        tags=tuple(sorted(set(claims.tags))) if claims.tags else (),
        attributes=None if claims.attributes is UNSET else claims.attributes,
    )


def _winning(live: Sequence[Held], field: str) -> Any:
    stating = [h for h in live if field in h.said]
    if not stating:
        return None
    return getattr(min(stating, key=lambda h: h.rank(field)).claims, field)


def _figures(live: Iterable[Held]) -> list[Figure]:
    return [figure for h in live for figure in h.figures]


def _stated(live: Sequence[Held], field: str) -> list[Any]:
    return [getattr(h.claims, field) for h in live if field in h.said]


def _disagreements(live: Sequence[Held]) -> tuple[list[str], list[str]]:
    """Fields in which live claims are unequal: those that can be reconciled, those that cannot.

    Two kinds are not taken to exclude each other, nor two places named differently: nothing here
    knows that they do. Titles and summaries are wording, and are not compared.
    """
    differ: list[str] = []
    contested: list[str] = []
    dates: list[Bounds] = [o.bounds for o in _stated(live, "occurred")]
    if len(set(dates)) > 1:
        met = max(d.start_earliest for d in dates) < min(d.end_latest for d in dates)
        (differ if met else contested).append("occurred")
    if len(set(_stated(live, "kind"))) > 1:
        differ.append("kind")
    if len({folded(p.name) for p in _stated(live, "place")}) > 1:
        differ.append("place")
    if len({frozenset(folded(a.name) for a in who) for who in _stated(live, "actors")}) > 1:
        differ.append("actors")
    tolls_differ, tolls_contested = _toll_disagreements(_figures(live))
    return differ + tolls_differ, contested + tolls_contested


def _own_disagreements(only: Held) -> tuple[list[str], list[str]]:
    """One report may quote claimants who disagree."""
    if not only.claims.toll or len(only.claims.toll) == 1:
        return [], []
    return _toll_disagreements(_figures([only]))


def _toll_disagreements(live: Sequence[Figure]) -> tuple[list[str], list[str]]:
    """A cumulative figure grows: each claimant's latest stands for the earlier ones."""
    differ: set[str] = set()
    contested: set[str] = set()
    for subject in {f.subject for f in live}:
        stated = [f for f in live if f.subject == subject]
        if subject.scope == "cumulative":
            newest = {folded(f.claimant): f for f in sorted(stated, key=lambda f: f.latest)}
            stated = list(newest.values())
        bands = [f.band for f in stated if (f.band.low, f.band.best, f.band.high) != (None,) * 3]
        if len(set(bands)) > 1:
            (differ if meet(bands) else contested).add(f"toll.{subject.outcome}")
    return sorted(differ - contested), sorted(contested)


def _grouped(tied: Iterable[tuple[str, ...]]) -> list[str]:
    """For each report's ties the name of the group of dependent reports that it is in."""
    leader: dict[str, str] = {}

    def leading(tie: str) -> str:
        while leader[tie] != tie:
            leader[tie] = leader[leader[tie]]
            tie = leader[tie]
        return tie

    firsts = []
    joined: set[tuple[str, ...]] = set()
    for ties in tied:
        first, *others = ties
        firsts.append(first)
        if ties in joined:
            continue
        joined.add(ties)
        leader.setdefault(first, first)
        for other in others:
            leader[leading(leader.setdefault(other, other))] = leading(first)
    return [leading(first) for first in firsts]


def _ties(report: Report) -> tuple[str, ...]:
    ties = ("who:" + folded(report.source.name), "who:" + folded(report.origin))
    return (*ties, "document:" + report.document) if report.document else ties


def independent(reports: Iterable[Report]) -> int:
    """How many independent sources there are behind some reports.

    Two reports are dependent when they share a source, a document, or the origin that their chains
    go back to, or one is the other's origin; so two articles that quote one observatory are one.
    """
    return len(set(_grouped(_ties(report) for report in reports)))


def _corroborated(live: Sequence[Held]) -> bool:
    """Whether two independent sources give dates that overlap and no two different kinds."""
    groups = _grouped(h.ties for h in live)
    return len(set(groups)) > 1 and any(
        groups[a] != groups[b] and _compatible(live[a].claims, live[b].claims)
        for a in range(len(live))
        for b in range(a + 1, len(live))
    )


def _compatible(one: Claims, other: Claims) -> bool:
    if one.kind and other.kind and one.kind != other.kind:
        return False
    if not one.occurred or not other.occurred:
        return True
    a, b = one.occurred.bounds, other.occurred.bounds
    return max(a.start_earliest, b.start_earliest) < min(a.end_latest, b.end_latest)
