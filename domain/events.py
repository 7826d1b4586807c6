"""The events: what can be written into a chronicle, and how each is kept.

What people send is one tagged union. What the log keeps of it is an envelope (ids, integers, times,
commitments: no words) and up to three bodies (words, which can be erased), see `Statement` and
`envelope`.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, get_args
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from domain import instants
from domain.claims import (
    Claims,
    ClaimsGiven,
    Fault,
    Given,
    Grade,
    Latitude,
    Long,
    Longitude,
    Metres,
    Relation,
    Report,
    Short,
    Tag,
    Url,
)
from domain.names import SLUG_LENGTH, SLUG_PATTERN
from domain.registries import Alias, Keys, Registration

Slug = Annotated[str, Meta(pattern=SLUG_PATTERN, max_length=SLUG_LENGTH)]
Version = Annotated[int, Meta(ge=0)] | Literal["none", "any"]
ExpectedVersion = Version | dict[Slug, Version]
"""The version that a change was decided on; of what touches several occurrences, by name."""
BATCH_LIMIT = 1_000
MAX_POSITION = 2**53 - 1
"""Positions are integers that every JSON reader keeps exact."""


class Select(Given, frozen=True, kw_only=True):
    """The listing filters that a timeline is defined by. Several of one sort mean any of them.

    `place`, `actor` and `source` are ids or names, and stand for all that is registered under them
    when the timeline is defined. `bbox` is west, south, east and north, in degrees; where west is
    the greater, it runs across the antimeridian.
    """

    during: Short | None = None
    match: Literal["possible", "certain"] = "possible"
    kind: Annotated[tuple[Tag, ...], Meta(max_length=100)] = ()
    tag: Annotated[tuple[Tag, ...], Meta(max_length=100)] = ()
    place: Annotated[tuple[Short, ...], Meta(max_length=100)] = ()
    actor: Annotated[tuple[Short, ...], Meta(max_length=100)] = ()
    source: Annotated[tuple[Short, ...], Meta(max_length=100)] = ()
    bbox: tuple[Longitude, Latitude, Longitude, Latitude] | None = None


class EventGiven(Given, frozen=True, kw_only=True, tag_field="type"):
    """What every event may carry. `event_id` is the client's own, or is made."""

    event_id: UUID | None = None
    causation_id: UUID | None = None
    correlation_id: UUID | None = None
    expected_version: ExpectedVersion | None = None


class ReportFiled(EventGiven, frozen=True, kw_only=True, tag="report.filed"):
    """One source said something about an occurrence. The occurrence is made if it is new."""

    occurrence: Slug | None = None
    report: Report
    claims: ClaimsGiven


class ReportCorrected(EventGiven, frozen=True, kw_only=True, tag="report.corrected"):
    """A report, or a correction of it, was wrong: by its `source`, or by us at `entry`.

    It is the `target`, of an `occurrence`; or all live reports of a `document` are corrected alike,
    by an event each.
    """

    occurrence: Slug | None = None
    target: UUID | None = None
    document: Short | None = None
    fault: Fault
    reason: Long
    claims: ClaimsGiven
    reported_at: Short | None = None


class ReportRetracted(EventGiven, frozen=True, kw_only=True, tag="report.retracted"):
    """A report, or a correction of it, no longer counts: withdrawn, or filed by mistake.

    It is the `target`, of an `occurrence`; or all live reports of a `document` are retracted, by an
    event each.
    """

    occurrence: Slug | None = None
    target: UUID | None = None
    document: Short | None = None
    fault: Fault
    reason: Long
    reported_at: Short | None = None


class ReportGraded(EventGiven, frozen=True, kw_only=True, tag="report.graded"):
    """A report is to be believed more, or less, than it was; null takes its grade away.

    It is the `target`; or all live reports of a `document` are graded alike, by an event each.
    """

    target: UUID | None = None
    document: Short | None = None
    grade: Grade | None
    reason: Long
    reported_at: Short | None = None


class OccurrenceLinked(EventGiven, frozen=True, kw_only=True, tag="occurrence.linked"):
    """One occurrence is related to another."""

    occurrence: Slug
    to: Slug
    relation: Relation
    reported_at: Short | None = None


class OccurrenceUnlinked(EventGiven, frozen=True, kw_only=True, tag="occurrence.unlinked"):
    """One occurrence is no longer related to another."""

    occurrence: Slug
    to: Slug
    relation: Relation
    reported_at: Short | None = None


class OccurrenceMerged(EventGiven, frozen=True, kw_only=True, tag="occurrence.merged"):
    """Two occurrences are one: the reports of the first are of the second, later ones too."""

    occurrence: Slug
    into: Slug
    reason: Long
    reported_at: Short | None = None


class OccurrenceSplit(EventGiven, frozen=True, kw_only=True, tag="occurrence.split"):
    """Some reports are about something else: a new occurrence, another one, or one merged away."""

    occurrence: Slug
    into: Slug
    reports: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=1_000)]
    reason: Long
    reported_at: Short | None = None


class TimelineDefined(EventGiven, frozen=True, kw_only=True, tag="timeline.defined"):
    """A timeline selects what `select` matches and what `include` names, less `exclude`.

    Without `select` it holds what `include` names and nothing else; an empty `select` selects all.
    """

    timeline: Slug
    title: Short
    description: Long | None = None
    select: Select | None = None
    include: Annotated[tuple[Slug, ...], Meta(max_length=10_000)] = ()
    exclude: Annotated[tuple[Slug, ...], Meta(max_length=10_000)] = ()


class Registering(EventGiven, frozen=True, kw_only=True):
    """A registration replaces the one before it of the same id. It may name the version that it was
    decided on.

    `valid_from` and `valid_to` are EDTF dates between which it goes by its name, `valid_to`
    included, and by those aliases that have neither of their own.
    """

    id: Slug
    name: Short
    aliases: Annotated[tuple[Short | Alias, ...], Meta(max_length=1_000)] = ()
    same_as: Slug | None = None
    valid_from: Short | None = None
    valid_to: Short | None = None


class ActorRegistered(Registering, frozen=True, kw_only=True, tag="actor.registered"):
    """An actor, and the names it goes by."""

    kind: Tag | None = None


class PlaceRegistered(Registering, frozen=True, kw_only=True, tag="place.registered"):
    """A place, the names it goes by, where it is and how exactly, and what it lies within."""

    lat: Latitude | None = None
    lon: Longitude | None = None
    radius_m: Metres | None = None
    precision: Short | None = None
    within: Slug | None = None


class SourceRegistered(Registering, frozen=True, kw_only=True, tag="source.registered"):
    """A source, the names it goes by, and on what terms its words may be passed on."""

    url: Url | None = None
    licence: Short | None = None
    attribution: Short | None = None
    redistribute: bool | None = None


AnyEvent = (
    ReportFiled
    | ReportCorrected
    | ReportRetracted
    | ReportGraded
    | OccurrenceLinked
    | OccurrenceUnlinked
    | OccurrenceMerged
    | OccurrenceSplit
    | TimelineDefined
    | ActorRegistered
    | PlaceRegistered
    | SourceRegistered
)
TYPES: dict[str, type[AnyEvent]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(AnyEvent)
}
MOVES = ("occurrence.merged", "occurrence.split")
"""What changes which occurrence a report is about."""
LINKS = ("occurrence.linked", "occurrence.unlinked")
OfReport = ReportCorrected | ReportRetracted | ReportGraded
"""What is about one report, or about all those of a document."""
SCHEMA = 1
"""The number of the shape in which each type of event is written today."""


class Batch(Given, frozen=True, kw_only=True):
    """Events that are appended together, or not at all."""

    events: Annotated[tuple[AnyEvent, ...], Meta(min_length=1, max_length=BATCH_LIMIT)]


class Statement(Given, frozen=True, kw_only=True):
    """The `report` body of an event: all that was said besides the claims.

    Names are kept as given, and beside them the ids that they were resolved to when filed. `ends`
    are the links, from and to, that an unlinking puts an end to. `document` stands where the same
    was said of all reports of a document, of which this event is about one. `keys` are what the
    places, actors and sources of a definition stood for when it was filed.
    """

    occurrence: str | None = None
    report: Report | None = None
    fault: Fault | None = None
    reason: str | None = None
    reported_at: str | None = None
    grade: Grade | None = None
    document: str | None = None
    to: UUID | None = None
    relation: Relation | None = None
    ends: tuple[tuple[UUID, UUID], ...] = ()
    into: UUID | None = None
    reports: tuple[UUID, ...] = ()
    timeline: str | None = None
    title: str | None = None
    description: str | None = None
    select: Select | None = None
    include: tuple[UUID, ...] = ()
    exclude: tuple[UUID, ...] = ()
    keys: Keys | None = None
    registered: Registration | None = None


class Personal(Given, frozen=True, kw_only=True):
    """The `personal` body of an event: who wrote it."""

    author: str | None = None


Part = Literal["report", "claims", "personal"]
PARTS: tuple[Part, ...] = ("report", "claims", "personal")


class Recorded(Struct, frozen=True, kw_only=True):
    """One event as the log holds it, its bodies read.

    `known_from` is the point of knowledge that it counts from, microseconds since 1970 UTC; None
    for what lives on the recorded axis only. `recorded_at` is in the same unit. `target` is the
    report, never a correction of it; `stated_target` is the event that was named.
    """

    position: int
    event_id: UUID
    type: str
    recorded_at: int
    known_from: int | None
    target: UUID | None
    statement: Statement
    claims: Claims | None
    author: str | None = None
    causation_id: UUID | None = None
    correlation_id: UUID | None = None
    stream_id: UUID
    version: int


_encoder = msgspec.json.Encoder(order="sorted")


def body(part: Statement | Claims | Personal) -> bytes:
    """The bytes that a body is stored as: the same words always give the same bytes."""
    return _encoder.encode(part)


def commitment(salt: bytes, stored: bytes) -> bytes:
    """What the envelope says of a body: SHA-256 over a 32-byte salt and the stored bytes."""
    return hashlib.sha256(salt + stored).digest()


class StreamVersion(Struct, frozen=True, order=True):
    """The version that an event has in one stream."""

    kind: str
    stream: UUID
    version: int


class Envelope(Struct, frozen=True, kw_only=True):
    """All of an event that is never erased: ids, integers, times and commitments, no words.

    Times are microseconds since 1970 UTC. Commitments are by part.
    """

    chronicle: UUID
    position: int
    event_id: UUID
    type: str
    schema: int
    recorded_at: int
    known_from: int | None
    target: UUID | None
    causation_id: UUID | None
    correlation_id: UUID | None
    streams: tuple[StreamVersion, ...]
    commitments: dict[str, bytes]

    def canonical(self) -> bytes:
        """The bytes of the Merkle leaf: RFC 8785 JSON, sorted keys, integers below 2**53.

        Times are text (RFC 3339, UTC, six digits), since microseconds before 1684 are not below
        that. msgspec's sorted encoding is RFC 8785 for what stands here: ASCII keys, no floats.
        """
        fields = msgspec.structs.asdict(self)
        for time in ("recorded_at", "known_from"):
            if fields[time] is not None:
                fields[time] = instants.text(fields[time])
        fields["commitments"] = {part: c.hex() for part, c in self.commitments.items()}
        fields["streams"] = sorted(self.streams)
        return _encoder.encode(fields)

    def leaf(self) -> bytes:
        """The leaf hash of RFC 6962: SHA-256 over 0x00 and the canonical bytes."""
        return hashlib.sha256(b"\x00" + self.canonical()).digest()
