"""Projecting: what follows from an event in the log, as rows of the derived tables.

Nothing is decided here, and nothing of the log is written: an append and a rebuild project alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from domain import areas, dates
from domain.beliefs import FLAGS, NOTHING, Fold, Span, fold
from domain.errors import Conflict
from domain.events import (
    LINKS,
    MOVES,
    Recorded,
    body,
)
from domain.held import Held
from domain.homes import Away
from domain.instants import NEVER, written_span
from domain.links import Link, links
from domain.names import folded
from domain.timelines import actor_keys, defined, place_key
from store.known import Folds, Known, Rows, Stream

DAY = 86_400_000_000
UNDATED = 7
"""The duration class of what has no bounds."""
POSITION_TO = 5
"""Where the end of a row's stretch of positions stands, in beliefs, claims and entries alike."""

_ABSENT = object()
_FLAG_BITS = {flag: 1 << at for at, flag in enumerate(FLAGS)}


def flag_bits(flags: Sequence[str]) -> int:
    """Status flags as the integer that entries are filtered by."""
    return sum(_FLAG_BITS[flag] for flag in flags)


class Projection:
    """Projects events one after another, each on what is known before it."""

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

    def replay(self, event: Recorded, streams: Sequence[Stream]) -> None:
        """Derive once more what follows from an event that is in the log.

        Nothing is decided, and nothing of the log is written again. `streams` are those that it
        belongs to, its subject's first, as they stood before it.
        """
        self._undo.clear()
        self._derive(event, streams)

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
        self._revise(event.stream_id, event.position)

    def _register(self, kind: str, event: Recorded) -> None:
        registration = event.statement.registered
        assert registration is not None, "a registration says what is registered"
        self._set(self.known.registries.setdefault(kind, {}), registration.id, registration)
        said = [("name", *name) for name in registration.borne]
        for says, other in (("same-as", registration.same_as), ("within", registration.within)):
            if other is not None:
                said.append((says, other, dates.MIN, dates.MAX))
        place = (self.known.chronicle_id, kind, registration.id, event.position, NEVER)
        self.rows.naming += [(*place, ordinal, *what) for ordinal, what in enumerate(said)]

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
                self._revise(definition.timeline, position)

    def _revise(self, timeline: UUID, position: int) -> None:
        """Note that a position changed what a timeline shows, or may have."""
        self.rows.revisions.append((self.known.chronicle_id, timeline, position))

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
        try:
            web.check_forest(event.known_from, self._called)
        except Conflict as refused:
            raise refused.within("/into" if event.type in MOVES else "/to") from None
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

    def _called(self, occurrence: UUID) -> str:
        """The name of an occurrence; its id where it has none, or was not loaded."""
        stream = self.known.streams.get(occurrence)
        return stream.name if stream is not None and stream.name else str(occurrence)

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
                *(written_span(held.report.reported_at) or (None, None)),
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


def _key(link: Link) -> tuple[UUID, str, UUID, int]:
    return link.occurrence, link.relation, link.to, link.known_from


def _turned(
    before: dict[Any, Any], after: dict[Any, Any]
) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """The keys whose value ended, and the keys and values that began. What is equal stays."""
    if not before:
        return [], [*after.items()]
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
