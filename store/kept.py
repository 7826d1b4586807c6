"""What is kept in memory between transactions, so that the next need not find it anew.

None of it decides anything: each part tells by the head, or by an occurrence's version, whether it
still holds, and any of it can be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import asyncpg

from domain.events import Recorded
from domain.registries import Registration
from domain.timelines import Definition
from store.known import Folds, Stream
from store.rows import definitions, registrations
from store.statements import sql

EVENTS_KEPT = 20_000
"""Events of occurrences, whose histories and beliefs are kept."""


class Definitions:
    """The timelines in force, kept while the head says they are the same."""

    def __init__(self) -> None:
        self._defined = -1
        self._definitions: dict[UUID, Definition] = {}

    async def at(
        self, connection: asyncpg.Connection, chronicle_id: int, defined: int
    ) -> dict[UUID, Definition]:
        """The definitions up to the position of the last one."""
        if defined != self._defined:
            rows = await connection.fetch(sql("definitions"), chronicle_id, defined)
            self._definitions = definitions(rows)
            self._defined = defined
        return dict(self._definitions)


class Registries:
    """What is registered: only what came since is read anew."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, dict[str, Registration]]] = {}

    async def at(
        self, connection: asyncpg.Connection, chronicle_id: int, kind: str, position: int
    ) -> dict[str, Registration]:
        """All of one kind up to the head's position, as its lock's holder may rely on it."""
        since, found = self._kept.get(kind, (0, {}))
        if since < position:
            rows = await connection.fetch(sql("registered"), chronicle_id, kind, position, since)
            found = {**found, **registrations(rows)}
            self._kept[kind] = position, found
        return dict(found)


class Histories:
    """The events of the occurrences that were written to last.

    Events are never changed, and an occurrence's version counts its own. So what is kept is all
    there is where it is as many as the version says, whoever wrote them.
    """

    def __init__(self) -> None:
        self._kept: dict[UUID, tuple[Recorded, ...]] = {}
        self._events = 0

    def whole(self, stream: Stream) -> tuple[Recorded, ...] | None:
        """All events of a stream as it stands; None where they must be read."""
        kept = self._kept.get(stream.stream_id, ())
        return kept if len(kept) == stream.version else None

    def keep(self, histories: Mapping[UUID, tuple[Recorded, ...]]) -> list[UUID]:
        """Keep these, and let go of those that were kept longest ago, which are returned."""
        for occurrence, events in histories.items():
            self._events += len(events) - len(self._kept.pop(occurrence, ()))
            self._kept[occurrence] = events
        gone = []
        while self._events > EVENTS_KEPT:
            occurrence = next(iter(self._kept))
            self._events -= len(self._kept.pop(occurrence))
            gone.append(occurrence)
        return gone


class Kept:
    """All that is kept of one chronicle."""

    def __init__(self) -> None:
        self.definitions = Definitions()
        self.registries = Registries()
        self.histories = Histories()
        self.folds: Folds = {}

    def committed(self, histories: Mapping[UUID, tuple[Recorded, ...]]) -> None:
        """Keep what a transaction knew in the end, once it is sure to stay."""
        for occurrence in self.histories.keep(histories):
            self.folds.pop(occurrence, None)
