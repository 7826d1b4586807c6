"""One transaction of the log, decided in memory: what is asked, against what is known.

The caller locks the head, loads what the appends name (`Known`), lets each append be taken or
refused, and writes the `Rows` that come out. Nothing here talks to the database.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from domain import areas, dates, occurrence
from domain.beliefs import FLAGS, NOTHING, Fold, Span, fold
from domain.errors import Conflict, DatelineError, Invalid, NotFound
from domain.events import (
    BATCH_LIMIT,
    LINKS,
    MOVES,
    SCHEMA,
    AnyEvent,
    OccurrenceLinked,
    OccurrenceMerged,
    OccurrenceSplit,
    OccurrenceUnlinked,
    OfReport,
    Personal,
    Recorded,
    Registering,
    ReportCorrected,
    ReportFiled,
    ReportGraded,
    ReportRetracted,
    TimelineDefined,
    body,
    commitment,
)
from domain.held import Held
from domain.homes import Away, Homes, homes_of
from domain.instants import NEVER
from domain.links import Link, Web, links
from domain.names import folded
from domain.occurrence import Decided, check_version, expected_of
from domain.registries import KINDS, Keys, Registration, expanded
from domain.timelines import Definition, actor_keys, defined, place_key
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
    beliefs: list[list[Any]] = []
    claims: list[list[Any]] = []
    entries: list[list[Any]] = []
    links: list[list[Any]] = []
    aways: list[list[Any]] = []
    closed_beliefs: list[tuple[UUID, int, int]] = []
    closed_claims: list[tuple[UUID, UUID, int, int]] = []
    closed_links: list[tuple[UUID, str, UUID, int, int]] = []
    closed_aways: list[tuple[UUID, int, int]] = []
    definitions: list[Definition] = []


Folds = dict[UUID, tuple[int, dict[UUID, Fold]]]
"""What connected occurrences added up to, by the least of their ids, each at the position of their
last event. It spares work: any of it can be forgotten."""


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

    def replay(self, event: Recorded, streams: Sequence[Stream]) -> None:
        """Derive once more what follows from an event that is in the log.

        Nothing is decided, and nothing of the log is written again. `streams` are those that it
        belongs to, its subject's first, as they stood before it.
        """
        self._undo.clear()
        self._derive(event, streams)

    def _take(self, append: Append) -> tuple[Written, ...]:
        key = (append.author or "", append.idempotency_key or "")
        remembered = self.known.keys.get(key) if append.idempotency_key else None
        if remembered is not None:
            return self._repeated(append, remembered)
        written = []
        for index, event in enumerate(append.events):
            try:
                for one in self._spread(event, append):
                    written.append(self._one(one, append.author))
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
        left = [self.known.events[self.known.positions[position]] for position in positions]
        same: list[Written] = []
        for event in append.events:
            of_event = _taken_as(event, left)
            if not of_event:
                break
            del left[: len(of_event)]
            same += [self._same(_about(event, earlier), earlier) for earlier in of_event]
        else:
            if not left:
                return tuple(same)
        raise Conflict("This Idempotency-Key was used for another request.")

    def _same(self, event: AnyEvent, earlier: Recorded) -> Written:
        """The first result of an event that is in the log, if this one says the same."""
        conflict = Conflict(
            f"The event at position {earlier.position} has this id or key, and other content."
        )
        if event.__struct_config__.tag != earlier.type:
            raise conflict
        stream = self.known.streams[earlier.stream_id]
        try:
            streams = self._streams(event, earlier.recorded_at, earlier.position)
            if streams[0].stream_id != stream.stream_id and self._named(event) is not None:
                raise conflict
            decided = self._decide(event, streams, earlier.recorded_at, earlier)
        except DatelineError:
            raise conflict from None
        if decided.claims != earlier.claims or decided.statement != earlier.statement:
            raise conflict
        return _written(earlier, stream)

    # Documents

    def _spread(self, event: AnyEvent, append: Append) -> Iterable[AnyEvent]:
        """An event about a document as one for each of its live reports; any other as it is.

        Their ids count up from the event's own, so that a repeat finds what it became.
        """
        if not isinstance(event, OfReport):
            return (event,)
        occurrence.check_subject(event)
        if event.document is None:
            return (event,)
        first = event.event_id
        assert first is not None, "the store gives ids"
        if append.idempotency_key is None and first in append.made:
            raise Invalid(
                "What is about a document needs an event_id or an Idempotency-Key, so that it can "
                "be sent again.",
                where="/event_id",
            )
        if first in self.known.events:
            ids = (after(first, n) for n in range(BATCH_LIMIT))
            there = itertools.takewhile(self.known.events.__contains__, ids)
            earlier = _taken_as(event, [self.known.events[one] for one in there])
            return [
                msgspec.structs.replace(_about(event, e), event_id=e.event_id)
                for e in earlier or [self.known.events[first]]  # the last is refused as other
            ]
        return self._about_each(event, self._live(event.document))

    def _live(self, document: str) -> list[tuple[UUID, Stream]]:
        """The reports of a document that were not retracted, and where each is at home."""
        live = []
        for report, filed in self.known.documents.get(document, ()):
            events = self._events(filed)
            if not any(e.type == "report.retracted" and e.target == report for e in events):
                live.append((report, self.known.streams[self._home_of(report, filed, None)]))
        if not live:
            raise NotFound(f"No live report was taken from {document!r}.", where="/document")
        if len(live) > BATCH_LIMIT:
            raise Invalid(
                f"{len(live):,} reports were taken from {document!r}, and one change can be about "
                f"{BATCH_LIMIT:,}.",
                where="/document",
            )
        return live

    def _about_each(
        self, event: OfReport, live: Sequence[tuple[UUID, Stream]]
    ) -> Iterator[AnyEvent]:
        """An event for each report. The version of an occurrence is compared once."""
        names = {home.stream_id: home.name or str(home.stream_id) for _, home in live}
        expected = event.expected_version
        if isinstance(expected, dict):
            versions = dict(zip(names, expected_of(expected, list(names.values())), strict=True))
        else:
            versions = dict.fromkeys(names, "any" if expected == "any" else None)
        assert event.event_id is not None
        for at, (report, home) in enumerate(live):
            given: dict[str, Any] = {"target": report, "event_id": after(event.event_id, at)}
            if not isinstance(event, ReportGraded):
                given["occurrence"] = names[home.stream_id]
            yield msgspec.structs.replace(event, **given, expected_version=versions[home.stream_id])
            versions[home.stream_id] = "any"

    # Deciding

    def _one(self, event: AnyEvent, author: str | None) -> Written:
        if event.event_id is not None:
            earlier = self.known.events.get(event.event_id)
            if earlier is not None:
                return self._same(event, earlier)
        recorded_at = max(self.known.now, self.known.recorded_at + 1)
        streams = self._streams(event, recorded_at)
        self._check_versions(event, streams)
        decided = self._decide(event, streams, recorded_at)
        first = streams[0]
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
            stream_id=first.stream_id,
            version=first.version + 1,
        )
        self._write_down(recorded, streams)
        self._derive(recorded, streams)
        return _written(recorded, first)

    def _check_versions(self, event: AnyEvent, streams: Sequence[Stream]) -> None:
        required = not isinstance(
            event,
            ReportFiled | ReportGraded | OccurrenceLinked | OccurrenceUnlinked | Registering,
        )
        # A report to what was merged away changes another occurrence too, which it does not name.
        checked = streams[:1] if isinstance(event, ReportFiled) else streams
        names = [stream.name or str(stream.stream_id) for stream in checked]
        # Where two are touched, each goes by the name that was given for it.
        given = names
        if isinstance(event, OccurrenceMerged | OccurrenceSplit):
            given = [event.occurrence, event.into]
        expected = expected_of(event.expected_version, given)
        for stream, name, version in zip(checked, names, expected, strict=True):
            check_version(f"{stream.kind} {name}", version, stream.version, required=required)

    def _decide(
        self,
        event: AnyEvent,
        streams: Sequence[Stream],
        recorded_at: int,
        earlier: Recorded | None = None,
    ) -> Decided:
        """What the log will keep of an event. `earlier` is the event where it is there already."""
        first, last = streams[0].stream_id, streams[-1].stream_id
        before = earlier.position if earlier is not None else None
        match event:
            case ReportFiled():
                return occurrence.file(event, recorded_at)
            case ReportCorrected():
                return occurrence.correct(event, self._events(first, before), recorded_at)
            case ReportRetracted():
                return occurrence.retract(event, self._events(first, before), recorded_at)
            case ReportGraded():
                return occurrence.grade(event, self._events(first, before), recorded_at)
            case OccurrenceLinked():
                to = self._home(self._existing(event.to, "/to"), before)
                return occurrence.link(event, first, to, recorded_at)
            case OccurrenceUnlinked():
                ended = self._ended(event, earlier)
                to = self._home(self._existing(event.to, "/to"), before)
                return occurrence.unlink(event, to, ended, recorded_at)
            case OccurrenceMerged():
                return occurrence.merge(event, first, last, self._homes(first, before), recorded_at)
            case OccurrenceSplit():
                return occurrence.split(
                    event, first, last, self._events(first, before), recorded_at
                )
            case TimelineDefined():
                return occurrence.define(
                    event,
                    [self._existing(n, f"/include/{i}") for i, n in enumerate(event.include)],
                    [self._existing(n, f"/exclude/{i}") for i, n in enumerate(event.exclude)],
                    self._keys(event) if earlier is None else earlier.statement.keys,
                )
            case Registering():
                kind = streams[0].kind
                checked = self.known.registries.get(kind, {}) if earlier is None else None
                return occurrence.register(event, checked)

    def _keys(self, event: TimelineDefined) -> Keys | None:
        """What the names in a definition's filters stand for now: resolved here, once."""
        select = event.select
        if select is None or not (select.place or select.actor or select.source):
            return None
        registries = self.known.registries
        return Keys(
            **{kind: expanded(registries.get(kind, {}), getattr(select, kind)) for kind in KINDS}
        )

    def _ended(
        self, event: OccurrenceUnlinked, earlier: Recorded | None
    ) -> Callable[[int], Sequence[tuple[UUID, UUID]]]:
        """The links that an unlinking ends, if it counts from a point: all between what the two
        names stand for there."""
        part = self._existing(event.occurrence, "/occurrence")
        to = self._existing(event.to, "/to")

        def ended(known: int) -> Sequence[tuple[UUID, UUID]]:
            if earlier is not None:
                return earlier.statement.ends
            between = self.known.web.between(event.relation, part, to, known)
            return [(link.occurrence, link.to) for link in between]

        return ended

    # Which streams

    def _streams(
        self, event: AnyEvent, recorded_at: int, before: int | None = None
    ) -> tuple[Stream, ...]:
        """The streams that an event belongs to, that of its subject first.

        A first report, a split and a first definition make theirs. `before` is the position that
        the event has in the log already.
        """
        match event:
            case TimelineDefined():
                return (self._of_name("timeline", event.timeline, "/timeline", recorded_at),)
            case Registering():
                return (self._of_name(registry_of(event), event.id, "/id", recorded_at),)
            case ReportFiled():
                named = self._of_name("occurrence", event.occurrence, "/occurrence", recorded_at)
                return self._both(named.stream_id, self._home(named.stream_id, before), named)
            case ReportCorrected() | ReportRetracted():
                assert event.occurrence is not None, "what is about a document was spread"
                assert event.target is not None
                named_id = self._existing(event.occurrence, "/occurrence")
                home = self._home_of(event.target, named_id, before)
                if home != self._home(named_id, before):
                    raise NotFound(
                        f"{event.occurrence} has no report or correction {event.target}.",
                        where="/target",
                    )
                return (self.known.streams[home],)
            case ReportGraded():
                assert event.target is not None, "what is about a document was spread"
                target = self.known.events.get(event.target)
                if target is None or target.stream_id not in self.known.histories:
                    raise NotFound(f"There is no report {event.target}.", where="/target")
                home = self._home_of(event.target, target.stream_id, before)
                return (self.known.streams[home],)
            case OccurrenceLinked() | OccurrenceUnlinked():
                existing = self._existing(event.occurrence, "/occurrence")
                return (self.known.streams[self._home(existing, before)],)
            case OccurrenceMerged():
                first = self._existing(event.occurrence, "/occurrence")
                into = self._home(self._existing(event.into, "/into"), before)
                return (self.known.streams[first], self.known.streams[into])
            case OccurrenceSplit():
                first = self._existing(event.occurrence, "/occurrence")
                other = self._of_name("occurrence", event.into, "/into", recorded_at)
                return (self.known.streams[first], other)

    def _both(self, one: UUID, other: UUID, stream: Stream) -> tuple[Stream, ...]:
        return (stream,) if one == other else (stream, self.known.streams[other])

    def _named(self, event: AnyEvent) -> str | None:
        """The subject that an event names, where it names one."""
        if isinstance(event, TimelineDefined):
            return event.timeline
        if isinstance(event, Registering):
            return event.id
        return None if isinstance(event, ReportGraded) else event.occurrence

    def _of_name(self, kind: str, name: str | None, where: str, recorded_at: int) -> Stream:
        """The stream of that name, or a new one."""
        if name is None:
            return Stream(uuid7(recorded_at), kind, None, 0, 0)
        found = self._find(kind, name)
        if found is not None:
            return self.known.streams[found]
        as_uuid = parse_uuid(name) if kind == "occurrence" else None
        if as_uuid is None:
            return Stream(uuid7(recorded_at), kind, name, 0, 0)
        if as_uuid in self.known.streams:
            raise Invalid(f"{name} is not an occurrence.", where=where)
        if as_uuid.int in (0, 2**128 - 1):
            # Pages begin and end there.
            raise Invalid(f"{name} is the UUID of nothing: give another.", where=where)
        return Stream(as_uuid, kind, None, 0, 0)

    # What merges and splits connect

    def _events(self, occurrence: UUID, before: int | None = None) -> Sequence[Recorded]:
        """The events of all connected occurrences, by position."""
        histories = self.known.histories
        if occurrence not in self.known.ties:
            events = histories.get(occurrence, ())
        else:
            by_position = {
                e.position: e
                for one in self.known.group(occurrence)
                for e in histories.get(one, ())
            }
            events = tuple(by_position[position] for position in sorted(by_position))
        if before is None:
            return events
        return [event for event in events if event.position < before]

    def _homes(self, occurrence: UUID, before: int | None = None) -> Homes:
        """Where the reports of connected occurrences are, now that all is known."""
        return homes_of(self._events(occurrence, before))

    def _home(self, occurrence: UUID, before: int | None = None) -> UUID:
        """What an occurrence stands for now."""
        if occurrence not in self.known.ties:
            return occurrence
        return self._homes(occurrence, before).follow(occurrence)

    def _home_of(self, target: UUID, named: UUID, before: int | None) -> UUID:
        """Where the report is now that an event is about. Raises NotFound."""
        if named not in self.known.ties:
            return named
        events = self._events(named, before)
        event = next((e for e in events if e.event_id == target), None)
        if event is None:
            raise NotFound(f"There is no report or correction {target} here.", where="/target")
        home = homes_of(events).home.get(occurrence.report_of(event, events))
        if home is None:
            raise Invalid(
                f"A target is a report or a correction of one; {target} is a {event.type}.",
                where="/target",
            )
        return home

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

    def _write_down(self, event: Recorded, streams: Sequence[Stream]) -> None:
        """The rows of the log: the envelope, its bodies, its version in each stream."""
        chronicle = self.known.chronicle_id
        self.rows.versions.extend(
            (chronicle, stream.stream_id, stream.version + 1, event.position, ordinal)
            for ordinal, stream in enumerate(streams)
        )
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

    def _derive(self, event: Recorded, streams: Sequence[Stream]) -> None:
        """All that follows from an event in the log, and from those before it, and nothing else."""
        self._note(event, streams)
        if event.type == "timeline.defined":
            self._define(event)
        elif event.statement.registered is not None:
            self._register(streams[0].kind, event)
        else:
            self._project(event)
        if event.type == "report.filed":
            self._file(event)

    def _note(self, event: Recorded, streams: Sequence[Stream]) -> None:
        """Know the event, and how its streams and the head stand after it."""
        known = self.known
        for stream in streams:
            version = stream.version + 1
            if version == 1:
                self._set(self.made, stream.stream_id, None)
                if stream.name is not None:
                    self._set(known.names, (stream.kind, stream.name), stream.stream_id)
            self._move(msgspec.structs.replace(stream, version=version, changed=event.position))
            if stream.kind == "occurrence":
                history = known.histories.get(stream.stream_id, ())
                self._set(known.histories, stream.stream_id, (*history, event))
                known.changed = event.position
        self._set(known.events, event.event_id, event)
        self._set(known.positions, event.position, event.event_id)
        if event.type in MOVES:
            self._tie(streams[0].stream_id, streams[1].stream_id)
        known.position, known.recorded_at = event.position, event.recorded_at

    def _tie(self, one: UUID, other: UUID) -> None:
        ties = self.known.ties
        self._set(ties, one, ties.get(one, frozenset()) | {other})
        self._set(ties, other, ties.get(other, frozenset()) | {one})

    def _define(self, event: Recorded) -> None:
        definition = defined(event.stream_id, event.version, event.position, event.statement)
        self._set(self.known.definitions, event.stream_id, definition)
        self.known.defined = event.position
        self.rows.definitions.append(definition)

    def _register(self, kind: str, event: Recorded) -> None:
        registration = event.statement.registered
        assert registration is not None, "a registration says what is registered"
        self._set(self.known.registries.setdefault(kind, {}), registration.id, registration)

    def _file(self, event: Recorded) -> None:
        """Note which row of a data set, and which document, a report was taken from."""
        report = event.statement.report
        assert report is not None, "a filed report says who reported it"
        documents = self.known.documents
        if report.document in documents:
            pair = (event.event_id, event.stream_id)
            self._set(documents, report.document, (*documents[report.document], pair))
        place = (self.known.chronicle_id, event.event_id, event.stream_id, event.position)
        self.rows.reports.append((*place, report.record, report.document))

    def _project(self, event: Recorded) -> None:
        """Bring beliefs, claims, links and entries up to this event."""
        group = self.known.group(event.stream_id)
        events = self._events(event.stream_id)
        earlier = events[:-1]
        cached, before = self._folds.get(group[0], (0, {}))
        if not earlier:
            before = {}
        elif cached != earlier[-1].position or event.type in MOVES:
            before = fold(earlier)
        after = before if event.type in LINKS else fold(events, before, event.known_from)
        self._set(self._folds, group[0], (event.position, after))
        changed = self._turn_group(event.position, before, after)
        if event.type in LINKS or event.type in MOVES:
            self._turn_links(event, events, after)
            changed.update(group)
        if event.type in MOVES:
            changed |= self.known.linkers(group)
        for one in changed - {event.stream_id}:
            stream = self.known.streams[one]
            self._move(msgspec.structs.replace(stream, changed=event.position))
        self._touch_timelines(event.position, changed | {event.stream_id}, before, after)

    def _turn_group(
        self, position: int, before: Mapping[UUID, Fold], after: Mapping[UUID, Fold]
    ) -> set[UUID]:
        """Close and open what changed of each occurrence; gives those of which something did."""
        changed = set()
        for one in sorted(before.keys() | after.keys()):
            was, is_now = before.get(one, NOTHING), after.get(one, NOTHING)
            if was == is_now:
                continue
            changed.add(one)
            self._turn_beliefs(one, position, was.beliefs, is_now.beliefs)
            self._turn_claims(one, position, was.held, is_now.held)
            self._turn_away(one, position, was.away, is_now.away)
        return changed

    def _touch_timelines(
        self,
        position: int,
        changed: Iterable[UUID],
        before: Mapping[UUID, Fold],
        after: Mapping[UUID, Fold],
    ) -> None:
        """Note the timelines that hold one of the occurrences that changed, or held it."""
        if not self.known.definitions:
            return
        # What a definition looks at is the same in most of an occurrence's beliefs.
        looks = {
            (one, b.kind, b.tags, b.occurred, b.place, b.actors, b.merged): (one, b)
            for one in changed
            for folds in (before, after)
            for b in (span.belief for span in folds.get(one, NOTHING).beliefs)
        }
        linkers = [one for one in changed if one not in before and one not in after]
        for definition in self.known.definitions.values():
            if linkers or any(definition.holds(one, belief) for one, belief in looks.values()):
                timeline = self.known.streams[definition.timeline]
                self._move(msgspec.structs.replace(timeline, changed=position))

    def _turn_links(
        self, event: Recorded, events: Sequence[Recorded], after: Mapping[UUID, Fold]
    ) -> None:
        """The links of connected occurrences, which must leave parts a forest. Raises Conflict."""
        is_now = links(events)
        group = self.known.group(event.stream_id)
        web = self.known.web.without(group).joined(
            is_now, (away for one in group for away in after.get(one, NOTHING).away)
        )
        assert event.known_from is not None
        web.check_forest(event.known_from)
        self._undo.append((self.known, "web", self.known.web, True))
        self.known.web = web
        closed, opened = _turned(
            {_key(link): link for link in links(events[:-1])}, {_key(link): link for link in is_now}
        )
        position = event.position
        for key in closed:
            if not self._close(("link", *key), position):
                self.rows.closed_links.append((*key, position))
        for key, link in opened:
            part, relation, to, known_from = key
            row = [
                *(self.known.chronicle_id, part, known_from, link.known_to, position, NEVER),
                *(relation, to),
            ]
            self.rows.links.append(row)
            self._set(self._open, ("link", *key), [row])

    def _turn_away(
        self, subject: UUID, position: int, before: Sequence[Away], after: Sequence[Away]
    ) -> None:
        closed, opened = _turned(
            {away.known_from: away for away in before}, {away.known_from: away for away in after}
        )
        for known_from in closed:
            if not self._close(("away", subject, known_from), position):
                self.rows.closed_aways.append((subject, known_from, position))
        for known_from, away in opened:
            place = (self.known.chronicle_id, subject, known_from, away.known_to, position, NEVER)
            row = [*place, away.into]
            self.rows.aways.append(row)
            self._set(self._open, ("away", subject, known_from), [row])

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
            row = [
                *(*place, event_id, body(held.report), body(held.claims), held.corrected),
                *(_said(held, position), folded(held.report.source.name)),
            ]
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
            if holder is self.known:
                setattr(holder, key, value)
            elif was_there:
                holder[key] = value
            else:
                del holder[key]
        for rows, length in zip(msgspec.structs.astuple(self.rows), marks, strict=True):
            del rows[length:]


def _said(held: Held, position: int) -> bytes | None:
    """The column `said` of a claim that is opened at a position: null where it says no more."""
    if all(place == (held.known_from, position) for place in held.said.values()):
        return None
    return msgspec.json.encode(held.said, order="sorted")


def after(event_id: UUID, count: int) -> UUID:
    """The id that comes so many after another."""
    return UUID(int=(event_id.int + count) % 2**128)


def _about(event: AnyEvent, earlier: Recorded) -> AnyEvent:
    """An event about a document as what it said of one report, when it was taken."""
    if not isinstance(event, OfReport) or event.document is None:
        return event
    if isinstance(event, ReportGraded):
        return msgspec.structs.replace(event, target=earlier.target)
    named = earlier.statement.occurrence
    return msgspec.structs.replace(event, target=earlier.target, occurrence=named)


def _taken_as(event: AnyEvent, log: Sequence[Recorded]) -> Sequence[Recorded]:
    """What an event became, at the beginning of what the log has: no report comes twice in it."""
    if not isinstance(event, OfReport) or event.document is None:
        return log[:1]
    taken: dict[UUID | None, Recorded] = {}
    for earlier in log:
        if earlier.statement.document != event.document or earlier.target in taken:
            break
        taken[earlier.target] = earlier
    return list(taken.values())


def _key(link: Link) -> tuple[UUID, str, UUID, int]:
    return link.occurrence, link.relation, link.to, link.known_from


def _turned(
    before: dict[Any, Any], after: dict[Any, Any]
) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """The keys whose value ended, and the keys and values that began. What is equal stays."""
    changed = {
        key
        for key in before.keys() | after.keys()
        # Most of a long history is the very same as before: that need not be looked into.
        if (was := before.get(key)) is not (now := after.get(key)) and was != now
    }
    closed = [key for key in before if key in changed]
    opened = [(key, value) for key, value in after.items() if key in changed]
    return closed, opened


def _listed(span: Span) -> tuple[Any, ...]:
    """What a listing orders and filters by: the columns of `entry` after its place."""
    belief = span.belief
    box = areas.box(belief.place) if belief.place is not None else None
    about = (
        *(flag_bits(belief.status), belief.kind, list(belief.tags)),
        *(place_key(belief), list(actor_keys(belief))),
        *(box.unrolled if box is not None else (None, None, None, None)),
    )
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
        version=event.version,
        recorded_at=event.recorded_at,
        **{stream.kind: shown},
    )


def registry_of(event: Registering) -> str:
    """The kind of what an event registers: `actor` of `actor.registered`."""
    return str(event.__struct_config__.tag).partition(".")[0]


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
