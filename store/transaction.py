"""One transaction of the log, decided in memory: what is asked, against what is known.

The caller locks the head, loads what the appends name (`Known`), lets each append be taken or
refused, and writes the `Rows` that come out. Nothing here talks to the database.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec

from domain import occurrence
from domain.errors import Conflict, DatelineError, Invalid, NotFound, VersionRequired
from domain.events import (
    BATCH_LIMIT,
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
from domain.homes import Homes, homes_of
from domain.occurrence import Decided, check_version, expected_of
from domain.registries import KINDS, Keys, expanded
from store.ids import uuid7
from store.known import Append, Stream, Written, parse_uuid
from store.projection import Projection

SALT = 32
"""Random bytes that each body is committed to with."""


class Transaction(Projection):
    """Takes appends one after another; each leaves a whole trace, or none."""

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
        written: list[Written] = []
        for index, event in enumerate(append.events):
            try:
                for one in self._spread(event, append):
                    if len(written) == BATCH_LIMIT:
                        raise Invalid(
                            f"At most {BATCH_LIMIT:,} events are appended at once, and with one "
                            "for each report of a document these are more.",
                            where="/document",
                        )
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
            of_event = self._taken_as(event, left)
            if not of_event:
                break
            del left[: len(of_event)]
            try:
                same += [self._same(_about(event, earlier), earlier) for earlier in of_event]
            except Conflict:
                break
        else:
            if not left:
                return tuple(same)
        raise Conflict(
            "This Idempotency-Key was used for another request, which was taken: send that as it "
            "was, or give another key.",
            where="Idempotency-Key",
        )

    def _same(self, event: AnyEvent, earlier: Recorded) -> Written:
        """The first result of an event that is in the log, if this one says the same."""
        conflict = Conflict(
            f"The event at position {earlier.position} has this event_id, and says something else: "
            "send it as it was, or give another event_id.",
            where="/event_id",
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
            earlier = self._taken_as(event, [self.known.events[one] for one in there])
            return [
                msgspec.structs.replace(_about(event, e), event_id=e.event_id)
                for e in earlier or [self.known.events[first]]  # the last is refused as other
            ]
        return self._about_each(event, self._live(event, event.document))

    def _live(self, event: OfReport, document: str) -> list[tuple[UUID, Stream]]:
        """The reports of a document that an event can be about, and where each is at home.

        Those that were retracted by the point that it counts from are left out: of them nothing can
        be said any more. A mistake at entry is mended before that as well.
        """
        reports = self.known.documents.get(document, ())
        if not reports:
            raise NotFound(f"No report was taken from {document!r}.", where="/document")
        recorded_at = max(self.known.now, self.known.recorded_at + 1)
        live = [
            (report, self.known.streams[self._home_of(report, filed, None)])
            for report, filed in reports
            if occurrence.changes(event, report, self._events(filed), recorded_at)
        ]
        if not live:
            raise Conflict(
                f"All that was taken from {document!r} was retracted before this counts, and a "
                "retraction is final: file new reports.",
                where="/document",
            )
        if len(live) > BATCH_LIMIT:
            raise Invalid(
                f"{len(live):,} reports were taken from {document!r}, and one change can be about "
                f"{BATCH_LIMIT:,}.",
                where="/document",
            )
        return live

    def _taken_as(self, event: AnyEvent, log: Sequence[Recorded]) -> Sequence[Recorded]:
        """What an event became, at the beginning of what the log has.

        That is one event after another, about reports in their order: so the next thing that was
        said of the document is told from it.
        """
        if not isinstance(event, OfReport) or event.document is None:
            return log[:1]
        reports = self.known.documents.get(event.document, ())
        order = {report: at for at, (report, _) in enumerate(reports)}
        taken: list[Recorded] = []
        for earlier in log:
            if earlier.statement.document != event.document or earlier.target is None:
                break
            if taken:
                last = taken[-1]
                assert last.target is not None
                follows = earlier.position == last.position + 1
                if not follows or order[earlier.target] <= order[last.target]:
                    break
            taken.append(earlier)
        return taken

    def _about_each(
        self, event: OfReport, live: Sequence[tuple[UUID, Stream]]
    ) -> Iterator[AnyEvent]:
        """An event for each report. The version of an occurrence is compared once.

        Who names no versions is told those of all that the change would touch.
        """
        names = {home.stream_id: home.name or str(home.stream_id) for _, home in live}
        expected = event.expected_version
        if isinstance(expected, dict):
            versions = dict(zip(names, expected_of(expected, list(names.values())), strict=True))
        else:
            versions = dict.fromkeys(names, "any" if expected == "any" else None)
        if None in versions.values() and not isinstance(event, ReportGraded):
            now = {names[home.stream_id]: home.version for _, home in live}
            raise VersionRequired(
                f"This changes {len(now):,} occurrences: name the version of each that it was "
                f'decided on as expected_version, a map by their names, or say "any".',
                where="/expected_version",
                versions=now,
            )
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

    # Undoing


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
