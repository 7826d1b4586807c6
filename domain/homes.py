"""Homes: which occurrence each report is about, at each point of knowledge.

A report is at home where it was filed, until a merge or a split moves it. Events count in the order
(known_from, position), so what is known at a point is a prefix of them, and one walk tells the
homes at every point.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Generic, TypeVar
from uuid import UUID

from msgspec import Struct

from domain.events import MOVES, Recorded
from domain.instants import NEVER


class Stay(Struct, frozen=True):
    """A stretch of knowledge `[known_from, known_to)` in which a report belongs to an occurrence.

    `left` where a merge has taken the report away: it is then no longer what the occurrence rests
    on, and yet what it would show, had it not been merged.
    """

    report: UUID
    occurrence: UUID
    known_from: int
    known_to: int
    left: bool


class Away(Struct, frozen=True):
    """A stretch of knowledge in which an occurrence is merged away, and what it stands for then."""

    occurrence: UUID
    into: UUID
    known_from: int
    known_to: int


class Homes:
    """The state of a walk: what is merged away into what, where reports are, and what they left."""

    def __init__(self) -> None:
        self.away: dict[UUID, UUID] = {}
        self.home: dict[UUID, UUID] = {}
        self.left: dict[tuple[UUID, UUID], bool] = {}
        """By report and occurrence that it is no longer at: whether it left by a merge."""

    def follow(self, occurrence: UUID) -> UUID:
        """What an occurrence stands for: itself, unless it is merged away."""
        while occurrence in self.away:
            occurrence = self.away[occurrence]
        return occurrence

    def take(self, event: Recorded) -> None:
        """Go on by one event, in the order (known_from, position)."""
        if event.type == "report.filed":
            self._file(event.event_id, event.stream_id)
        elif event.type == "occurrence.merged":
            self._merge(event.stream_id, _into(event))
        elif event.type == "occurrence.split":
            self._split(event.stream_id, _into(event), event.statement.reports)

    def _file(self, report: UUID, occurrence: UUID) -> None:
        while occurrence in self.away:
            self.left[report, occurrence] = True
            occurrence = self.away[occurrence]
        self.home[report] = occurrence

    def _merge(self, occurrence: UUID, into: UUID) -> None:
        leads_to = self.follow(into)
        if leads_to == occurrence:
            self.away.pop(into)  # the two change places: the other one lives again
        else:
            into = leads_to
        for report, home in self.home.items():
            if home == occurrence:
                self._move(report, into, by_merge=True)
        self.away[occurrence] = into

    def _split(self, occurrence: UUID, into: UUID, reports: Iterable[UUID]) -> None:
        for report in reports:
            if self.home.get(report) == occurrence:
                self._move(report, into, by_merge=False)
        self.away.pop(into, None)

    def _move(self, report: UUID, into: UUID, *, by_merge: bool) -> None:
        self.left[report, self.home[report]] = by_merge
        self.left.pop((report, into), None)
        self.home[report] = into


def _into(event: Recorded) -> UUID:
    assert event.statement.into is not None, "a merge or a split says where to"
    return event.statement.into


def in_order(events: Iterable[Recorded]) -> list[Recorded]:
    """Events in the order in which they count."""
    return sorted(events, key=lambda e: (e.known_from or 0, e.position))


def homes_of(events: Iterable[Recorded]) -> Homes:
    """The homes when all of these events are known."""
    homes = Homes()
    for event in in_order(events):
        homes.take(event)
    return homes


def stays(events: Sequence[Recorded]) -> tuple[list[Stay], list[Away]]:
    """Where each report belongs and what is merged away, stretch by stretch of knowledge."""
    if not any(event.type in MOVES for event in events):
        return [
            Stay(e.event_id, e.stream_id, e.known_from or 0, NEVER, False)
            for e in events
            if e.type == "report.filed"
        ], []
    homes = Homes()
    belongs: _Stretches[tuple[UUID, UUID], bool] = _Stretches()
    away: _Stretches[UUID, UUID] = _Stretches()
    for known, at_once in groupby(in_order(events), key=lambda e: e.known_from or 0):
        for event in at_once:
            homes.take(event)
        belongs.hold(
            known,
            {
                **dict.fromkeys(homes.home.items(), False),
                **{place: True for place, by_merge in homes.left.items() if by_merge},
            },
        )
        away.hold(known, {occurrence: homes.follow(occurrence) for occurrence in homes.away})
    return (
        [
            Stay(report, occurrence, since, until, left)
            for (report, occurrence), left, since, until in belongs.all()
        ],
        [Away(occurrence, into, since, until) for occurrence, into, since, until in away.all()],
    )


K = TypeVar("K")
V = TypeVar("V")


class _Stretches(Generic[K, V]):
    """Values by key, each over the stretch of knowledge in which it stayed the same."""

    def __init__(self) -> None:
        self._open: dict[K, tuple[V, int]] = {}
        self._ended: list[tuple[K, V, int, int]] = []

    def hold(self, known: int, values: Mapping[K, V]) -> None:
        """What holds from a point on; points rise."""
        for key, (value, since) in list(self._open.items()):
            if key not in values or values[key] != value:
                self._ended.append((key, value, since, known))
                del self._open[key]
        for key, value in values.items():
            self._open.setdefault(key, (value, known))

    def all(self) -> list[tuple[K, V, int, int]]:
        """Every stretch: key, value, and the points that it runs from and to."""
        return [
            *self._ended,
            *((key, value, since, NEVER) for key, (value, since) in self._open.items()),
        ]
