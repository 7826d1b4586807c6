"""Homes: which occurrence each report is about, at each point of knowledge.

A report is at home where it was filed, until a merge or a split moves it. Events count in the order
(known_from, position), so what is known at a point is a prefix of them, and one walk tells the
homes at every point.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
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
        self.touched: dict[tuple[UUID, UUID], None] = {}
        """Reports and occurrences between which something changed, for who walks to forget."""
        self.turned = False
        """Whether what is merged away changed, likewise."""

    def follow(self, occurrence: UUID) -> UUID:
        """What an occurrence stands for: itself, unless it is merged away."""
        while occurrence in self.away:
            occurrence = self.away[occurrence]
        return occurrence

    def leads(self) -> dict[UUID, UUID]:
        """What each that is merged away stands for."""
        found: dict[UUID, UUID] = {}
        for one in self.away:
            passed = []
            while one in self.away and one not in found:
                passed.append(one)
                one = self.away[one]
            found.update(dict.fromkeys(passed, found.get(one, one)))
        return found

    def belongs(self, report: UUID, occurrence: UUID) -> bool | None:
        """Whether a report has left an occurrence by a merge; None where it belongs elsewhere."""
        if self.left.get((report, occurrence)):
            return True
        return False if self.home.get(report) == occurrence else None

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
            self.touched[report, occurrence] = None
            occurrence = self.away[occurrence]
        self.home[report] = occurrence
        self.touched[report, occurrence] = None

    def _merge(self, occurrence: UUID, into: UUID) -> None:
        self.turned = True
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
        self.turned |= self.away.pop(into, None) is not None

    def _move(self, report: UUID, into: UUID, *, by_merge: bool) -> None:
        before = self.home[report]
        self.left[report, before] = by_merge
        self.left.pop((report, into), None)
        self.home[report] = into
        self.touched[report, before] = self.touched[report, into] = None


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
        for place in homes.touched:
            belongs.hold(known, place, homes.belongs(*place))
        homes.touched.clear()
        if homes.turned:
            leads = homes.leads()
            for occurrence in (away.keys - leads.keys()) | leads.keys():
                away.hold(known, occurrence, leads.get(occurrence))
            homes.turned = False
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

    @property
    def keys(self) -> Set[K]:
        """The keys that have a value now."""
        return self._open.keys()

    def hold(self, known: int, key: K, value: V | None) -> None:
        """What a key has from a point on, None for nothing; points rise."""
        before = self._open.get(key)
        if before is not None:
            if before[0] == value:
                return
            self._ended.append((key, *before, known))
            del self._open[key]
        if value is not None:
            self._open[key] = value, known

    def all(self) -> list[tuple[K, V, int, int]]:
        """Every stretch: key, value, and the points that it runs from and to."""
        return [
            *self._ended,
            *((key, value, since, NEVER) for key, (value, since) in self._open.items()),
        ]
