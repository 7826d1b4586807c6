"""One transaction of the log, decided in memory: what is asked, against what is known.

The caller locks the head, loads what the appends name (`Known`), lets each append be taken or
refused, and writes the `Rows` that come out. Nothing here talks to the database.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from domain import dates, occurrence
from domain.beliefs import FLAGS, NOTHING, Fold, Held, Span, fold
from domain.errors import Conflict, DatelineError, Invalid, NotFound
from domain.events import (
    SCHEMA,
    AnyEvent,
    OccurrenceLinked,
    Personal,
    Recorded,
    ReportCorrected,
    ReportFiled,
    ReportRetracted,
    TimelineDefined,
    body,
    commitment,
)
from domain.instants import NEVER
from domain.occurrence import Decided, check_version
from domain.timelines import Definition, defined
from store.ids import uuid7

DAY = 86_400_000_000
UNDATED = 7
"""The duration class of what has no bounds."""
SALT = 32
"""Random bytes that each body is committed to with."""
POSITION_TO = 5
"""Where the end of a row's stretch of positions stands, in beliefs, claims and entries alike."""

_ABSENT = object()
_FLAG_BITS = {flag: 1 << at for at, flag in enumerate(FLAGS)}


def flag_bits(flags: Sequence[str]) -> int:
    """Status flags as the integer that entries are filtered by."""
    return sum(_FLAG_BITS[flag] for flag in flags)


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
    keys: dict[tuple[str, str], tuple[int, ...]] = {}
    wholes: dict[UUID, UUID] = {}


class Rows(Struct):
    """What the transaction writes, table by table, in the columns' order."""

    events: list[tuple[Any, ...]] = []
    bodies: list[tuple[Any, ...]] = []
    versions: list[tuple[Any, ...]] = []
    links: list[tuple[Any, ...]] = []
    keys: list[tuple[Any, ...]] = []
    beliefs: list[list[Any]] = []
    claims: list[list[Any]] = []
    entries: list[list[Any]] = []
    closed_beliefs: list[tuple[UUID, int, int]] = []
    closed_claims: list[tuple[UUID, UUID, int, int]] = []
    definitions: list[Definition] = []


Folds = dict[UUID, tuple[int, Fold]]
"""What occurrences added up to, each at a version. It spares work: any of it can be forgotten."""


class Transaction:
    """Takes appends one after another; each leaves a whole trace, or none."""

    def __init__(self, known: Known, folds: Folds | None = None) -> None:
        self.known = known
        self._folds: Folds = {} if folds is None else folds
        self.rows = Rows()
        self.made: dict[UUID, None] = {}
        """Streams that did not exist before."""
        self.moved: dict[UUID, None] = {}
        """Streams whose version or `changed` moved."""
        self._open: dict[tuple[Any, ...], list[list[Any]]] = {}
        """Rows opened here and not yet written, so that closing them needs no statement."""
        self._undo: list[tuple[Any, ...]] = []

    def take(self, append: Append) -> tuple[Written, ...]:
        """Append, or raise and leave everything as it was.

        An append that is in the log already, by its event ids or its idempotency key, gives its
        first result again; other content under the same id or key is a Conflict.
        """
        self._undo.clear()
        marks = [len(rows) for rows in msgspec.structs.astuple(self.rows)]
        known = self.known
        head = (known.position, known.recorded_at, known.changed, known.defined)
        try:
            return self._take(append)
        except DatelineError:
            self._undone(marks)
            known.position, known.recorded_at, known.changed, known.defined = head
            raise

    def _take(self, append: Append) -> tuple[Written, ...]:
        key = (append.author or "", append.idempotency_key or "")
        remembered = self.known.keys.get(key) if append.idempotency_key else None
        if remembered is not None:
            return self._repeated(append, remembered)
        written = []
        for index, event in enumerate(append.events):
            try:
                written.append(self._one(event, append.author))
            except DatelineError as fault:
                fault.index = index if len(append.events) > 1 else None
                raise
        if append.idempotency_key:
            positions = tuple(w.position for w in written)
            self._set(self.known.keys, key, positions)
            self.rows.keys.append((self.known.chronicle_id, *key, list(positions)))
        return tuple(written)

    # Idempotency

    def _repeated(self, append: Append, positions: tuple[int, ...]) -> tuple[Written, ...]:
        if len(positions) != len(append.events):
            raise Conflict("This Idempotency-Key was used for another request.")
        return tuple(
            self._same(event, self.known.events[self.known.positions[position]])
            for event, position in zip(append.events, positions, strict=True)
        )

    def _same(self, event: AnyEvent, earlier: Recorded) -> Written:
        """The first result of an event that is in the log, if this one says the same."""
        conflict = Conflict(
            f"The event at position {earlier.position} has this id or key, and other content."
        )
        if event.__struct_config__.tag != earlier.type:
            raise conflict
        stream = self.known.streams[earlier.stream_id]
        named = event.timeline if isinstance(event, TimelineDefined) else event.occurrence
        if named is not None and self._find(stream.kind, named) != stream.stream_id:
            raise conflict
        history = tuple(
            e
            for e in self.known.histories.get(stream.stream_id, ())
            if e.position < earlier.position
        )
        try:
            decided = self._decide(event, stream.stream_id, history, earlier.recorded_at, {})
        except DatelineError:
            raise conflict from None
        if decided.claims != earlier.claims or decided.statement != earlier.statement:
            raise conflict
        return _written(earlier, stream)

    # Deciding

    def _one(self, event: AnyEvent, author: str | None) -> Written:
        if event.event_id is not None:
            earlier = self.known.events.get(event.event_id)
            if earlier is not None:
                return self._same(event, earlier)
        recorded_at = max(self.known.now, self.known.recorded_at + 1)
        stream = self._stream(event, recorded_at)
        required = not isinstance(event, ReportFiled | OccurrenceLinked)
        check_version(
            f"{stream.kind} {stream.name or stream.stream_id}",
            event.expected_version,
            stream.version,
            required=required,
        )
        history = self.known.histories.get(stream.stream_id, ())
        decided = self._decide(event, stream.stream_id, history, recorded_at, self.known.wholes)
        recorded = Recorded(
            position=self.known.position + 1,
            event_id=event.event_id or uuid7(recorded_at),
            type=str(event.__struct_config__.tag),
            recorded_at=recorded_at,
            known_from=decided.known_from,
            target=decided.target,
            statement=decided.statement,
            claims=decided.claims,
            author=author,
            causation_id=event.causation_id,
            correlation_id=event.correlation_id,
            stream_id=stream.stream_id,
            version=stream.version + 1,
        )
        self._record(recorded, stream)
        if isinstance(event, TimelineDefined):
            self._define(recorded)
        else:
            self._project(recorded)
        return _written(recorded, stream)

    def _decide(
        self,
        event: AnyEvent,
        stream_id: UUID,
        history: Sequence[Recorded],
        recorded_at: int,
        wholes: dict[UUID, UUID],
    ) -> Decided:
        match event:
            case ReportFiled():
                return occurrence.file(event, recorded_at)
            case ReportCorrected():
                return occurrence.correct(event, history, recorded_at)
            case ReportRetracted():
                return occurrence.retract(event, history, recorded_at)
            case OccurrenceLinked():
                to = self._existing(event.to, "/to")
                return occurrence.link(event, stream_id, to, wholes, recorded_at)
            case TimelineDefined():
                return occurrence.define(
                    event,
                    [self._existing(n, f"/include/{i}") for i, n in enumerate(event.include)],
                    [self._existing(n, f"/exclude/{i}") for i, n in enumerate(event.exclude)],
                )

    def _stream(self, event: AnyEvent, recorded_at: int) -> Stream:
        """The stream that an event belongs to; a first report or definition makes it."""
        kind = "timeline" if isinstance(event, TimelineDefined) else "occurrence"
        name = event.timeline if isinstance(event, TimelineDefined) else event.occurrence
        if name is None:
            return Stream(uuid7(recorded_at), kind, None, 0, 0)
        found = self._find(kind, name)
        if found is not None:
            return self.known.streams[found]
        if not isinstance(event, ReportFiled | TimelineDefined):
            raise NotFound(f"There is no occurrence {name!r}.", where="/occurrence")
        as_uuid = parse_uuid(name) if kind == "occurrence" else None
        if as_uuid is None:
            return Stream(uuid7(recorded_at), kind, name, 0, 0)
        if as_uuid in self.known.streams:
            raise Invalid(f"{name} is not an occurrence.", where="/occurrence")
        if as_uuid.int in (0, 2**128 - 1):
            # Pages begin and end there.
            raise Invalid(f"{name} is the UUID of nothing: give another.", where="/occurrence")
        return Stream(as_uuid, kind, None, 0, 0)

    def _find(self, kind: str, name: str) -> UUID | None:
        if kind == "occurrence":
            as_uuid = parse_uuid(name)
            if as_uuid is not None:
                stream = self.known.streams.get(as_uuid)
                return as_uuid if stream is not None and stream.kind == kind else None
        return self.known.names.get((kind, name))

    def _existing(self, name: str, where: str) -> UUID:
        found = self._find("occurrence", name)
        if found is None:
            raise NotFound(f"There is no occurrence {name!r}.", where=where)
        return found

    # Writing down

    def _record(self, event: Recorded, stream: Stream) -> None:
        known, chronicle = self.known, self.known.chronicle_id
        if stream.version == 0:
            self._set(self.made, stream.stream_id, None)
            if stream.name is not None:
                self._set(known.names, (stream.kind, stream.name), stream.stream_id)
        self._move(msgspec.structs.replace(stream, version=event.version, changed=event.position))
        self._set(known.events, event.event_id, event)
        self._set(known.positions, event.position, event.event_id)
        if stream.kind == "occurrence":
            history = known.histories.get(stream.stream_id, ())
            self._set(known.histories, stream.stream_id, (*history, event))
            known.changed = event.position
        known.position, known.recorded_at = event.position, event.recorded_at
        parts: dict[str, bytes] = {"report": body(event.statement)}
        if event.claims is not None:
            parts["claims"] = body(event.claims)
        parts["personal"] = body(Personal(author=event.author))
        commitments: dict[str, bytes] = {}
        salts = os.urandom(SALT * len(parts))
        for at, (part, stored) in enumerate(parts.items()):
            salt = salts[at * SALT : (at + 1) * SALT]
            commitments[part] = commitment(salt, stored)
            self.rows.bodies.append((chronicle, event.position, part, salt, stored))
        self.rows.events.append(
            (
                chronicle,
                event.position,
                event.event_id,
                event.type,
                SCHEMA,
                event.recorded_at,
                event.known_from,
                event.target,
                event.causation_id,
                event.correlation_id,
                commitments["report"],
                commitments.get("claims"),
                commitments["personal"],
            )
        )
        self.rows.versions.append((chronicle, event.stream_id, event.version, event.position))

    def _define(self, event: Recorded) -> None:
        definition = defined(event.stream_id, event.version, event.position, event.statement)
        self._set(self.known.definitions, event.stream_id, definition)
        self.known.defined = event.position
        self.rows.definitions.append(definition)

    def _project(self, event: Recorded) -> None:
        """Bring beliefs, claims, links and entries up to this event."""
        subject, position = event.stream_id, event.position
        if event.type == "occurrence.linked":
            assert event.statement.to is not None
            self.rows.links.append(
                (
                    self.known.chronicle_id,
                    subject,
                    event.statement.relation,
                    event.statement.to,
                    event.known_from,
                    position,
                )
            )
            if event.statement.relation == "part-of":
                self._set(self.known.wholes, subject, event.statement.to)
        history = self.known.histories[subject]
        version, before = self._folds.get(subject, (0, NOTHING))
        if version != event.version - 1:
            before = fold(history[:-1])
        links = event.type == "occurrence.linked"
        after = before if links else fold(history, before, event.known_from)
        self._set(self._folds, subject, (event.version, after))
        if after is not before:
            self._turn_beliefs(subject, position, before.beliefs, after.beliefs)
            self._turn_claims(subject, position, before.held, after.held)
        # What a definition looks at is the same in most of an occurrence's beliefs.
        looks = {
            (b.kind, b.tags, b.occurred): b
            for b in (span.belief for span in (*before.beliefs, *after.beliefs))
        }
        for definition in self.known.definitions.values():
            if any(definition.holds(subject, belief) for belief in looks.values()):
                timeline = self.known.streams[definition.timeline]
                self._move(msgspec.structs.replace(timeline, changed=position))

    def _turn_beliefs(
        self, subject: UUID, position: int, before: Sequence[Span], after: Sequence[Span]
    ) -> None:
        closed, opened = _turned(
            {span.known_from: span for span in before}, {span.known_from: span for span in after}
        )
        for known_from in closed:
            if not self._close(("belief", subject, known_from), position):
                self.rows.closed_beliefs.append((subject, known_from, position))
        for known_from, span in opened:
            place = (self.known.chronicle_id, subject, known_from, span.known_to, position, NEVER)
            row = [*place, body(span.belief)]
            about = _listed(span)
            entries = [[*place, d, *about] for d in self._selecting(subject, span)]
            self.rows.beliefs.append(row)
            self.rows.entries.extend(entries)
            self._set(self._open, ("belief", subject, known_from), [row, *entries])

    def _turn_claims(
        self, subject: UUID, position: int, before: Sequence[Held], after: Sequence[Held]
    ) -> None:
        closed, opened = _turned(
            {(h.event_id, h.known_from): h for h in before},
            {(h.event_id, h.known_from): h for h in after},
        )
        for event_id, known_from in closed:
            if not self._close(("claim", subject, event_id, known_from), position):
                self.rows.closed_claims.append((subject, event_id, known_from, position))
        for (event_id, known_from), held in opened:
            place = (self.known.chronicle_id, subject, known_from, held.known_to, position, NEVER)
            row = [*place, event_id, body(held.report), body(held.claims), held.corrected]
            self.rows.claims.append(row)
            self._set(self._open, ("claim", subject, event_id, known_from), [row])

    def _selecting(self, subject: UUID, span: Span) -> list[int]:
        """The definitions that a belief is an entry of; 0 is every occurrence."""
        return [0] + [
            definition.position
            for definition in self.known.definitions.values()
            if definition.holds(subject, span.belief)
        ]

    def _close(self, key: tuple[Any, ...], position: int) -> bool:
        """Close rows that this transaction opened itself. False where they are in the database."""
        rows = self._open.pop(key, None)
        if rows is None:
            return False
        self._undo.append((self._open, key, rows, True))
        for row in rows:
            self._undo.append((row, POSITION_TO, row[POSITION_TO], True))
            row[POSITION_TO] = position
        return True

    # Undoing

    def _move(self, stream: Stream) -> None:
        if stream.stream_id not in self.moved:
            self._set(self.moved, stream.stream_id, None)
        self._set(self.known.streams, stream.stream_id, stream)

    def _set(self, mapping: dict[Any, Any], key: Any, value: Any) -> None:
        before = mapping.get(key, _ABSENT)
        self._undo.append((mapping, key, before, before is not _ABSENT))
        mapping[key] = value

    def _undone(self, marks: Sequence[int]) -> None:
        for holder, key, value, was_there in reversed(self._undo):
            if was_there:
                holder[key] = value
            else:
                del holder[key]
        for rows, length in zip(msgspec.structs.astuple(self.rows), marks, strict=True):
            del rows[length:]


def _turned(
    before: dict[Any, Any], after: dict[Any, Any]
) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """The keys whose value ended, and the keys and values that began. What is equal stays."""
    closed = [key for key, value in before.items() if after.get(key) != value]
    opened = [(key, value) for key, value in after.items() if before.get(key) != value]
    return closed, opened


def _listed(span: Span) -> tuple[Any, ...]:
    """What a listing orders and filters by: the columns of `entry` after its place."""
    belief = span.belief
    about = (flag_bits(belief.status), belief.kind, list(belief.tags))
    if belief.occurred is None:
        return (UNDATED, dates.MAX, dates.MAX, dates.MAX, dates.MIN, False, *about)
    bounds = belief.occurred.bounds
    ahead = bounds.start_earliest * 1_000_000 > span.known_from + DAY
    return (
        dates.duration_class(bounds),
        bounds.start_earliest,
        bounds.end_latest,
        bounds.start_latest,
        bounds.end_earliest,
        ahead,
        *about,
    )


def _written(event: Recorded, stream: Stream) -> Written:
    shown = stream.name or str(stream.stream_id)
    return Written(
        position=event.position,
        event_id=event.event_id,
        occurrence=shown if stream.kind == "occurrence" else None,
        timeline=shown if stream.kind == "timeline" else None,
        version=event.version,
        recorded_at=event.recorded_at,
    )


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
