"""What stands behind an occurrence: which events of all that are connected count for it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from domain import answers
from domain.answers import (
    By,
    EventShown,
)
from domain.events import MOVES, Recorded
from domain.homes import Homes, homes_of
from domain.instants import text

Connected = dict[UUID, list[tuple[Recorded, int]]]
"""The events of connected occurrences, each with its version in that occurrence's stream."""


def behind(occurrence: UUID, connected: Connected, known: int) -> list[tuple[Recorded, int | None]]:
    """The events behind an occurrence that are known: its own, those about its reports, and the
    merges of all that is merged into it by now, also of what came by way of another.

    The version is its own, None where the event was recorded as another's.
    """
    if not any(e.type in MOVES for about in connected.values() for e, _ in about):
        return [(e, version) for e, version in connected[occurrence] if known_from(e) <= known]
    everything = {e.position: e for about in connected.values() for e, _ in about}
    visible = {p: e for p, e in everything.items() if known_from(e) <= known}
    own = {e.position: version for e, version in connected[occurrence] if e.position in visible}
    homes = homes_of(visible.values())
    reports = _reports_of(occurrence, homes)
    merges = {
        p: None
        for p, e in visible.items()
        if e.type == "occurrence.merged" and homes.follow(e.stream_id) == occurrence
    }
    found: dict[int, int | None] = {**merges, **own}
    targets = {e.event_id: e.target for e in everything.values()}
    for position, event in visible.items():
        about: UUID | None = event.event_id
        while about is not None and targets.get(about) is not None:
            about = targets[about]
        if about in reports:
            found.setdefault(position, None)
    return [(visible[position], found[position]) for position in sorted(found)]


def apart(connected: Connected) -> dict[UUID, Connected]:
    """For each occurrence those that moves connect it with: of no others anything is behind it."""
    ties: dict[UUID, set[UUID]] = {occurrence: set() for occurrence in connected}
    for occurrence, about in connected.items():
        for event, _ in about:
            if event.type in MOVES:
                for other in (event.stream_id, event.statement.into):
                    if other in ties:
                        ties[occurrence].add(other)
                        ties[other].add(occurrence)
    groups: dict[UUID, Connected] = {}
    for occurrence in connected:
        if occurrence not in groups:
            group, waiting = set[UUID](), {occurrence}
            while waiting:
                group |= waiting
                waiting = {other for one in waiting for other in ties[one]} - group
            together = {one: connected[one] for one in group}
            groups |= dict.fromkeys(group, together)
    return groups


def _reports_of(occurrence: UUID, homes: Homes) -> set[UUID]:
    """The reports at home at an occurrence, or that it would have if it were not merged away."""
    here = {report for report, home in homes.home.items() if home == occurrence}
    if here or occurrence not in homes.away:
        return here
    return {
        report for (report, left), merged in homes.left.items() if left == occurrence and merged
    }


def event_shown(event: Recorded, version: int | None, names: Mapping[UUID, str]) -> EventShown:
    statement = event.statement
    return EventShown(
        position=event.position,
        version=version,
        occurrence=names[event.stream_id],
        event_id=event.event_id,
        type=event.type,
        recorded_at=text(event.recorded_at),
        known_from=text(known_from(event)),
        report=statement.report,
        claims=answers.claims_shown(event.claims) if event.claims is not None else None,
        target=event.target,
        document=statement.document,
        fault=statement.fault,
        reason=statement.reason,
        relation=statement.relation,
        to=names[statement.to] if statement.to is not None else None,
        grade=statement.grade,
        into=names[statement.into] if statement.into is not None else None,
        reports=statement.reports,
    )


def reason(event: Recorded, events: Mapping[UUID, Recorded]) -> By:
    """Who is behind an event: of a change, who made the report that it changes in the end."""
    root = event
    while root.target is not None:
        root = events[root.target]
    report = root.statement.report
    return By(
        position=event.position,
        event_id=event.event_id,
        type=event.type,
        known_from=text(known_from(event)),
        source=report.source.name if report else None,
        via=report.via if report else (),
        document=report.document if report else None,
        fault=event.statement.fault,
        reason=event.statement.reason,
    )


def known_from(event: Recorded) -> int:
    """The point that an event counts from; what lives on the recorded axis only, from there."""
    return event.known_from if event.known_from is not None else event.recorded_at
