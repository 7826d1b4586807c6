"""What one report claims over time: its corrections applied, its grade in force.

A report's claims change along the axis of knowledge. Over each stretch in which they stay the same
they are one `Held`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct

from domain.claims import FIELDS, Claims, Report
from domain.events import Recorded
from domain.independence import ties
from domain.instants import NEVER
from domain.names import folded
from domain.policy import GRADED_LATEST, Policy, grade_rank
from domain.tolls import Figure, figures


class Held(Struct, frozen=True):
    """What one report claims over one span of knowledge.

    `report` has the grade in force. `said` gives for each field the (known_from, position) of the
    event that said it last. `ties` make another report dependent on this one.
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

    def rank(self, field: str, policy: Policy = GRADED_LATEST) -> tuple[int, int, int, int]:
        """Sorts first the claim that wins by a policy."""
        return policy.order(grade_rank(self.report.grade), self.said[field], self._names)

    def _names(self) -> tuple[str, ...]:
        return folded(self.report.source.name), folded(self.report.origin)

    def within(self, known_from: int, known_to: int) -> Held | None:
        """The part of it that lies in a stretch of knowledge, if any does."""
        since, until = max(self.known_from, known_from), min(self.known_to, known_to)
        if (since, until) == (self.known_from, self.known_to):
            return self
        if since >= until:
            return None
        return msgspec.structs.replace(self, known_from=since, known_to=until)


class OfReport(Struct, frozen=True):
    """All that one report comes to: what it claims while it is live, and its last words after."""

    live: tuple[Held, ...]
    gone: Held | None


def held(
    event_id: UUID,
    report: Report,
    claims: Claims,
    said: dict[str, tuple[int, int]],
    *,
    known_from: int,
    known_to: int = NEVER,
    corrected: bool,
) -> Held:
    """What a report, under the grade in force, claims over a span; its figures are counted."""
    counted: Sequence[Figure] = ()
    if "toll" in said and isinstance(claims.toll, tuple):
        counted = figures(claims.toll, report.origin, grade_rank(report.grade), said["toll"])
    return Held(
        event_id=event_id,
        report=report,
        known_from=known_from,
        known_to=known_to,
        claims=claims,
        said=said,
        corrected=corrected,
        figures=tuple(counted),
        ties=ties(report),
    )


def known(event: Recorded) -> int:
    """The point of knowledge that an event about an occurrence counts from."""
    assert event.known_from is not None, "events about an occurrence count from a point"
    return event.known_from


def _place(event: Recorded) -> tuple[int, int]:
    """Where an event stands in the order that it is folded in."""
    return known(event), event.position


def of_report(events: Sequence[Recorded]) -> OfReport:
    """What one report claims, span by span.

    `events` are the report, its corrections, its grades and their retractions, in order of
    position. A correction applies from its own point on, in the order (known_from, position), until
    it is retracted itself; with it goes whatever corrected it.
    """
    if len(events) == 1:
        return OfReport((_apply(events[0], (), (), known(events[0])),), None)
    filed = events[0]
    corrections, ends = _ends(events)
    grades = sorted((e for e in events if e.type == "report.graded"), key=_place)
    end = ends[filed.event_id]
    until, _ = end
    points = {known(filed), *map(known, grades)}
    for correction in corrections:
        points.update((known(correction), ends[correction.event_id][0]))
    points.discard(NEVER)
    spans = [
        _apply(
            filed,
            [c for c in corrections if known(c) <= at < ends[c.event_id][0]],
            [g for g in grades if known(g) <= at],
            at,
        )
        for at in sorted(points)
        if at < until
    ]
    live = tuple(_joined(spans, until))
    if until == NEVER:
        return OfReport(live, None)
    standing = [c for c in corrections if _place(c) < end < ends[c.event_id]]
    return OfReport(live, _apply(filed, standing, [g for g in grades if _place(g) < end], until))


def _ends(
    events: Sequence[Recorded],
) -> tuple[list[Recorded], dict[UUID, tuple[int, int]]]:
    """The corrections in the order that they apply in, and where each, and the report, ends."""
    filed = events[0]
    ends: dict[UUID, tuple[int, int]] = {filed.event_id: (NEVER, 0)}
    corrections = [e for e in events if e.type == "report.corrected"]
    ends.update((c.event_id, (NEVER, 0)) for c in corrections)
    for event in events[1:]:
        if event.type == "report.retracted" and event.target is not None:
            ends[event.target] = min(ends[event.target], _place(event))
    for correction in corrections:  # in order of position, so a target's own end is settled
        if correction.target is not None and correction.target != filed.event_id:
            inherited = ends[correction.target]
            ends[correction.event_id] = min(ends[correction.event_id], inherited)
    corrections.sort(key=_place)
    return corrections, ends


def _apply(
    filed: Recorded, corrections: Sequence[Recorded], grades: Sequence[Recorded], at: int
) -> Held:
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
    if grades:
        report = msgspec.structs.replace(report, grade=grades[-1].statement.grade)
    return held(
        filed.event_id,
        report,
        Claims(**values),
        said,
        known_from=at,
        corrected=bool(corrections),
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
    return (one.claims, one.said, one.corrected, one.report) == (
        other.claims,
        other.said,
        other.corrected,
        other.report,
    )
