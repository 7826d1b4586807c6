"""What appends ask for, what is known of all that they name, and the rows that come of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from msgspec import Struct

from domain.beliefs import Fold
from domain.events import (
    AnyEvent,
    Recorded,
)
from domain.links import Web
from domain.registries import Registration
from domain.timelines import Definition


class Stream(Struct, frozen=True):
    """A stream as it stands: its version, and the last position that changed what it shows."""

    stream_id: UUID
    kind: str
    name: str | None
    version: int
    changed: int


class Append(Struct, frozen=True, kw_only=True):
    """What one caller asks for: events that succeed together or not at all."""

    events: tuple[AnyEvent, ...]
    author: str | None = None
    idempotency_key: str | None = None
    made: frozenset[UUID] = frozenset()
    """Event ids that the store made itself, and so need not look for."""


class Written(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event's place in the log. `recorded_at` is microseconds since 1970 UTC."""

    position: int
    event_id: UUID
    occurrence: str | None = None
    timeline: str | None = None
    actor: str | None = None
    place: str | None = None
    source: str | None = None
    version: int
    recorded_at: int


class Known(Struct, kw_only=True):
    """What the database says, of all that the appends name. Changed as they are taken."""

    chronicle_id: int
    position: int
    recorded_at: int
    changed: int
    defined: int
    now: int
    definitions: dict[UUID, Definition]
    streams: dict[UUID, Stream] = {}
    names: dict[tuple[str, str], UUID] = {}
    events: dict[UUID, Recorded] = {}
    positions: dict[int, UUID] = {}
    histories: dict[UUID, tuple[Recorded, ...]] = {}
    """The events of each stream of an occurrence, by position."""
    ties: dict[UUID, frozenset[UUID]] = {}
    """For each occurrence those that a merge or a split moved reports from or to."""
    keys: dict[tuple[str, str], tuple[int, ...]] = {}
    documents: dict[str, tuple[tuple[UUID, UUID], ...]] = {}
    """The reports of the documents that appends name, and where each was filed."""
    web: Web = Web((), ())
    """The links and merges of the chronicle, where an append could change them."""
    registries: dict[str, dict[str, Registration]] = {}
    """What is registered, of the kinds that the appends register or define timelines by."""

    def tie(self, one: UUID, other: UUID) -> None:
        """Note that a merge or a split connects two occurrences."""
        self.ties[one] = self.ties.get(one, frozenset()) | {other}
        self.ties[other] = self.ties.get(other, frozenset()) | {one}

    def linkers(self, occurrences: Collection[UUID]) -> set[UUID]:
        """The occurrences with links to some that move, which show something else of them then."""
        parts = {part for part, to in self.web.pairs() if to in occurrences}
        return {one for part in parts for one in self.group(part)}

    def group(self, occurrence: UUID) -> list[UUID]:
        """The occurrences that merges and splits connect with one, in the order of their ids."""
        if occurrence not in self.ties:
            return [occurrence]
        found = {occurrence}
        waiting = [occurrence]
        while waiting:
            for other in self.ties.get(waiting.pop(), frozenset()) - found:
                found.add(other)
                waiting.append(other)
        return sorted(found)


class Rows(Struct):
    """What the transaction writes, table by table, in the columns' order."""

    events: list[tuple[Any, ...]] = []
    bodies: list[tuple[Any, ...]] = []
    versions: list[tuple[Any, ...]] = []
    keys: list[tuple[Any, ...]] = []
    reports: list[tuple[Any, ...]] = []
    naming: list[tuple[Any, ...]] = []
    beliefs: list[list[Any]] = []
    claims: list[list[Any]] = []
    entries: list[list[Any]] = []
    links: list[list[Any]] = []
    aways: list[list[Any]] = []
    revisions: list[tuple[Any, ...]] = []
    closed_beliefs: list[tuple[UUID, int, int]] = []
    closed_claims: list[tuple[UUID, UUID, int, int]] = []
    closed_links: list[tuple[UUID, str, UUID, int, int]] = []
    closed_aways: list[tuple[UUID, int, int]] = []
    definitions: list[Definition] = []


Folds = dict[UUID, tuple[int, dict[UUID, Fold]]]
"""What connected occurrences added up to, by the least of their ids, each at the position of their
last event. It spares work: any of it can be forgotten."""


def parse_uuid(name: str) -> UUID | None:
    """The id that a name is, if it is one: as UUIDs are written, in lower case."""
    if len(name) != 36:
        return None
    try:
        found = UUID(name)
    except ValueError:
        return None
    # Hyphens elsewhere make it a name like any other.
    return found if str(found) == name else None
