"""Deciding: whether an event may be appended, and what is written when it is.

Pure. The caller gives what is known (the versions, the occurrence's events so far, the ids that
names stand for) and the time; the answer is what the log keeps, or an error that says why not.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from domain import dates, instants, phrases
from domain.claims import (
    FIELDS,
    Claims,
    ClaimsGiven,
    Evidence,
    Occurred,
    OccurredGiven,
    Place,
    Report,
    Toll,
)
from domain.errors import (
    Conflict,
    Invalid,
    Malformed,
    NotFound,
    VersionRequired,
    WrongExpectedVersion,
)
from domain.events import (
    ExpectedVersion,
    OccurrenceLinked,
    OccurrenceMerged,
    OccurrenceSplit,
    OccurrenceUnlinked,
    OfReport,
    Recorded,
    Registering,
    ReportCorrected,
    ReportFiled,
    ReportGraded,
    ReportRetracted,
    Select,
    Statement,
    TimelineDefined,
    Version,
)
from domain.homes import Homes, homes_of
from domain.registries import Alias, Keys, Registration, Registry, comes_back
from domain.tolls import whole_of

DEEPEST = 100
"""How many objects and lists may be inside one another in attributes."""
AHEAD_LIMIT = 48 * 3600 * 1_000_000
"""How far `reported_at` may lie after `recorded_at`, in microseconds: the day is already over
further east, and clocks differ; more than that is a slip."""


class Decided(Struct, frozen=True):
    """What the log will keep of an event, besides ids and position."""

    known_from: int | None
    target: UUID | None
    statement: Statement
    claims: Claims | None


def check_version(stream: str, expected: Version | None, actual: int, *, required: bool) -> None:
    """Raises WrongExpectedVersion when the stream has moved on, VersionRequired when unsaid."""
    if expected is None:
        if required:
            raise VersionRequired(
                f"Name the version of {stream} that this was decided on (it is {actual} now), "
                "as If-Match or expected_version.",
                where="/expected_version",
            )
        return
    if expected == "any":
        return
    if (0 if expected == "none" else expected) != actual:
        raise WrongExpectedVersion(stream, expected, actual)


def expected_of(
    expected: ExpectedVersion | None, names: Sequence[str]
) -> tuple[Version | None, ...]:
    """What is expected of each of the streams that a change touches, by their names.

    One number is for one stream: a change of several takes a map. Raises Invalid.
    """
    where = "/expected_version"
    if isinstance(expected, dict):
        strange = sorted(expected.keys() - set(names))
        if strange:
            raise Invalid(
                f"{strange[0]} is none of those that this changes: {', '.join(names)}.",
                where=f"{where}/{strange[0]}",
            )
        return tuple(expected.get(name) for name in names)
    if len(names) > 1 and expected not in (None, "any"):
        raise Invalid(
            f"This changes several occurrences: give their versions as a map, "
            f'{{"{names[0]}": ..., "{names[1]}": ...}}.',
            where=where,
        )
    return (expected,) * len(names)


def check_subject(event: OfReport) -> None:
    """Raises Malformed unless an event names one report, or a document, and not both."""
    if event.document is None:
        if event.target is None:
            raise Malformed("`target` is required here, or `document`.", where="/target")
        if not isinstance(event, ReportGraded) and event.occurrence is None:
            raise Malformed("`occurrence` is required here.", where="/occurrence")
        return
    for name in ("target", "occurrence"):
        if getattr(event, name, None) is not None:
            raise Malformed(
                f"This is about all reports of a document: leave `{name}` out.", where=f"/{name}"
            )
    if (
        not isinstance(event.expected_version, dict | str | None)
        or event.expected_version == "none"
    ):
        raise Invalid(
            "The reports of a document are of several occurrences: give `expected_version` as "
            '"any" or as a map, by their names.',
            where="/expected_version",
        )


def file(event: ReportFiled, recorded_at: int) -> Decided:
    """A report: resolve its dates, and see that it says something that can be so."""
    check_report(event.report)
    instant = _reported(event.report.reported_at, recorded_at, "/report/reported_at")
    claims = resolve_claims(event.claims, instant.written, filing=True)
    if all(getattr(claims, field) is UNSET for field in FIELDS):
        raise Invalid("A report must claim something: give at least one claim.", where="/claims")
    statement = Statement(occurrence=event.occurrence, report=event.report)
    return Decided(instant.known, None, statement, claims)


def correct(event: ReportCorrected, history: Sequence[Recorded], recorded_at: int) -> Decided:
    """A correction of a report, or of a correction of it."""
    target = _target(event.target, event.occurrence, history)
    known_from, written = _counts_from(event, target, history, recorded_at)
    _refuse_after_retraction(target, history, known_from)
    claims = resolve_claims(event.claims, written, filing=False)
    if all(getattr(claims, field) is UNSET for field in FIELDS):
        raise Invalid("A correction must replace or withdraw at least one claim.", where="/claims")
    statement = Statement(
        occurrence=event.occurrence,
        fault=event.fault,
        reason=event.reason,
        reported_at=event.reported_at,
        document=event.document,
    )
    return Decided(known_from, event.target, statement, claims)


def retract(event: ReportRetracted, history: Sequence[Recorded], recorded_at: int) -> Decided:
    """The end of a report, or of a correction of it."""
    target = _target(event.target, event.occurrence, history)
    known_from, _ = _counts_from(event, target, history, recorded_at)
    _refuse_after_retraction(target, history, known_from)
    statement = Statement(
        occurrence=event.occurrence,
        fault=event.fault,
        reason=event.reason,
        reported_at=event.reported_at,
        document=event.document,
    )
    return Decided(known_from, event.target, statement, None)


def grade(event: ReportGraded, history: Sequence[Recorded], recorded_at: int) -> Decided:
    """How far a report is to be believed, from a point on."""
    target = _target(event.target, "it", history)
    if target.type != "report.filed":
        raise Invalid(
            f"A grade is given to a report; {event.target} corrects one.", where="/target"
        )
    known_from = _graded_from(event, target, recorded_at)
    _refuse_after_retraction(target, history, known_from)
    statement = Statement(
        grade=event.grade,
        reason=event.reason,
        reported_at=event.reported_at,
        document=event.document,
    )
    return Decided(known_from, event.target, statement, None)


def changes(event: OfReport, report: UUID, history: Sequence[Recorded], recorded_at: int) -> bool:
    """Whether something can still be said of a report from the point on that it would count from:
    it was not retracted by then."""
    target = _target(report, event.document, history)
    if isinstance(event, ReportGraded):
        known_from = _graded_from(event, target, recorded_at)
    else:
        known_from, _ = _counts_from(event, target, history, recorded_at)
    return _retracted_by(target, history, known_from) is None


def link(event: OccurrenceLinked, occurrence: UUID, to: UUID, recorded_at: int) -> Decided:
    """A relation between two occurrences."""
    if occurrence == to:
        raise Invalid(
            f"An occurrence cannot be linked to itself{_one_now(event.occurrence, event.to)}.",
            where="/to",
        )
    instant = _reported(event.reported_at, recorded_at, "/reported_at")
    statement = Statement(
        occurrence=event.occurrence, to=to, relation=event.relation, reported_at=event.reported_at
    )
    return Decided(instant.known, None, statement, None)


def unlink(
    event: OccurrenceUnlinked,
    to: UUID,
    ended: Callable[[int], Sequence[tuple[UUID, UUID]]],
    recorded_at: int,
) -> Decided:
    """The end of a relation. `ended` are the links, from and to, that there are at a point."""
    instant = _reported(event.reported_at, recorded_at, "/reported_at")
    ends = ended(instant.known)
    if not ends:
        raise Conflict(
            f"{event.occurrence} is not linked to {event.to} as {event.relation} at the point "
            "that this counts from.",
            where="/to",
        )
    statement = Statement(
        occurrence=event.occurrence,
        to=to,
        relation=event.relation,
        ends=tuple(sorted(ends)),
        reported_at=event.reported_at,
    )
    return Decided(instant.known, None, statement, None)


def merge(
    event: OccurrenceMerged, occurrence: UUID, into: UUID, homes: Homes, recorded_at: int
) -> Decided:
    """Two occurrences become one. `homes` are those of now, of both."""
    if occurrence in homes.away:
        raise Conflict(f"{event.occurrence} was merged away already.", where="/occurrence")
    if occurrence == into:
        raise Invalid(
            f"An occurrence cannot be merged into itself{_one_now(event.occurrence, event.into)}.",
            where="/into",
        )
    instant = _reported(event.reported_at, recorded_at, "/reported_at")
    statement = Statement(
        occurrence=event.occurrence,
        into=into,
        reason=event.reason,
        reported_at=event.reported_at,
    )
    return Decided(instant.known, None, statement, None)


def _one_now(one: str, other: str) -> str:
    """Why two names are said to be one occurrence's, where that cannot be seen."""
    return "" if one == other else f": {one} and {other} are one, by what was merged"


def split(
    event: OccurrenceSplit,
    occurrence: UUID,
    into: UUID,
    history: Sequence[Recorded],
    recorded_at: int,
) -> Decided:
    """Some reports become another occurrence's. `history` is that of all connected occurrences."""
    homes = homes_of(history)
    if occurrence in homes.away:
        raise Conflict(
            f"{event.occurrence} was merged away: name what it is now.", where="/occurrence"
        )
    if occurrence == into:
        raise Invalid("Reports are split off into another occurrence.", where="/into")
    instant = _reported(event.reported_at, recorded_at, "/reported_at")
    at_home = {report for report, home in homes.home.items() if home == occurrence}
    then = homes_of(e for e in history if e.known_from is None or e.known_from <= instant.known)
    for at, report in enumerate(event.reports):
        if report not in at_home:
            raise NotFound(f"{event.occurrence} has no report {report}.", where=f"/reports/{at}")
        if then.home.get(report) != occurrence:
            raise Conflict(
                f"{report} was no report of {event.occurrence} yet at the point that this counts "
                "from: give a later reported_at.",
                where=f"/reports/{at}",
            )
        if report in event.reports[:at]:
            raise Invalid(f"{report} is named twice.", where=f"/reports/{at}")
    if len(event.reports) == len(at_home):
        raise Conflict(
            f"No report would be left of {event.occurrence}: merge it instead.", where="/reports"
        )
    statement = Statement(
        occurrence=event.occurrence,
        into=into,
        reports=event.reports,
        reason=event.reason,
        reported_at=event.reported_at,
    )
    return Decided(instant.known, None, statement, None)


def define(
    event: TimelineDefined, include: Sequence[UUID], exclude: Sequence[UUID], keys: Keys | None
) -> Decided:
    """A timeline. It lives on the recorded axis only, so it counts from no point of knowledge.

    `keys` are what the names in its filters stand for now.
    """
    if event.select is not None:
        check_select(event.select)
    both = sorted(set(event.include) & set(event.exclude))
    if both:
        raise Invalid(f"{both[0]} is both included and excluded.", where="/exclude")
    statement = Statement(
        timeline=event.timeline,
        title=event.title,
        description=event.description,
        select=event.select,
        include=tuple(include),
        exclude=tuple(exclude),
        keys=keys,
    )
    return Decided(None, None, statement, None)


def check_select(select: Select) -> None:
    """Raises Invalid where `during` is no date, or `bbox` no box."""
    if select.during is not None:
        _check_date(select.during, "/select/during")
    if select.bbox is not None and select.bbox[1] > select.bbox[3]:
        raise Invalid(
            "A box is west, south, east and north: south lies north of north here.",
            where="/select/bbox",
        )


def _check_date(text: str, where: str) -> dates.Bounds:
    try:
        return dates.parse(text)
    except Invalid as fault:
        raise fault.within(where) from None


def register(event: Registering, registry: Registry | None) -> Decided:
    """An actor, a place or a source. It lives on the recorded axis only, as definitions do.

    `registry` is what is registered of its kind, None where it was checked before.
    """
    given = {f: getattr(event, f) for f in Registration.__struct_fields__ if hasattr(event, f)}
    registration = Registration(**given)
    _check_validity(registration, "")
    for number, alias in enumerate(registration.aliases):
        if isinstance(alias, Alias):
            _check_validity(alias, f"/aliases/{number}")
    _check_point(registration, "")
    if registry is not None:
        _check_above(registration, registry)
    return Decided(None, None, Statement(registered=registration), None)


def _check_validity(named: Registration | Alias, where: str) -> None:
    since, until = (
        _check_date(text, f"{where}/{field}") if text is not None else None
        for field, text in (("valid_from", named.valid_from), ("valid_to", named.valid_to))
    )
    if since and until and since.start_earliest >= until.end_latest:
        raise Invalid("valid_to lies before valid_from.", where=f"{where}/valid_to")


def _check_above(registration: Registration, registry: Registry) -> None:
    for field in ("same_as", "within"):
        other = getattr(registration, field)
        if other is not None and other != registration.id and other not in registry:
            raise NotFound(f"Nothing is registered as {other!r}.", where=f"/{field}")
    if comes_back(registry, registration):
        field = "same_as" if registration.within is None else "within"
        raise Conflict(
            f"By what is registered, this leads back to {registration.id} itself: what is the "
            "same as another, or lies within it, cannot be above it too.",
            where=f"/{field}",
        )


def resolve_claims(given: ClaimsGiven, written: datetime.date | None, *, filing: bool) -> Claims:
    """Claims as the log keeps them. `written` is the report's own calendar date, where it has one.

    In a report, null says no more than leaving the claim out.
    """
    values = {}
    for field in FIELDS:
        value = getattr(given, field)
        if value is UNSET or (filing and value is None):
            continue
        values[field] = value
    occurred = values.get("occurred")
    if isinstance(occurred, OccurredGiven):
        values["occurred"] = resolve_occurred(occurred, written)
    _check_place(values.get("place"))
    _check_tolls(values.get("toll") or ())
    _check_depth(values.get("attributes"))
    return Claims(**values)


def resolve_occurred(given: OccurredGiven, written: datetime.date | None) -> Occurred:
    """EDTF to bounds, or a phrase to EDTF and bounds by its rule. Where both stand, EDTF holds.

    Raises Invalid where neither can be read.
    """
    where = "/claims/occurred"
    if given.edtf is not None:
        try:
            bounds = dates.parse(given.edtf)
        except Invalid as fault:
            raise fault.within(where + "/edtf") from None
        return Occurred(edtf=given.edtf, bounds=bounds, phrase=given.phrase)
    if given.phrase is None:
        raise Invalid(
            'Say when as {"edtf": ...}, {"phrase": ...} or both; leave `occurred` out if it is '
            "not known.",
            where=where,
        )
    if written is None:
        raise Invalid(
            "A phrase is read against the day of the report: give reported_at as a day or an "
            "instant, or give edtf beside the phrase.",
            where=where + "/phrase",
        )
    try:
        resolved = phrases.resolve(given.phrase, written)
    except Invalid as fault:
        raise fault.within(where + "/phrase") from None
    return Occurred(
        edtf=resolved.edtf, bounds=resolved.bounds, phrase=given.phrase, rule=resolved.rule
    )


def check_report(report: Report) -> None:
    """Raises Invalid where evidence was retrieved at no instant."""
    for at, evidence in enumerate(report.evidence):
        _check_evidence(evidence, f"/report/evidence/{at}/retrieved_at")


def _check_evidence(evidence: Evidence, where: str) -> None:
    if evidence.retrieved_at is not None:
        _instant(evidence.retrieved_at, "retrieved_at", where)


def _instant(text: str, name: str, where: str) -> instants.Instant:
    try:
        instant = instants.parse(text, name=name)
    except Invalid as fault:
        raise fault.within(where) from None
    if " " in text:
        raise Invalid(
            f"{name} has a space where its offset has a + (lost on the way, perhaps): {text!r}.",
            where=where,
        )
    return instant


def _reported(text: str | None, recorded_at: int, where: str) -> instants.Instant:
    """When it was said; unsaid, it counts from when it was recorded, and has no day to read by."""
    if text is None:
        return instants.Instant(recorded_at, None)
    instant = _instant(text, "reported_at", where)
    if instant.known > recorded_at + AHEAD_LIMIT:
        coarse = len(text) <= len("2019-08-27")
        counts = f" counts from its last moment, {instants.text(instant.known)}, which"
        raise Invalid(
            f"reported_at {text}{counts if coarse else ''} lies more than 48 hours after it is "
            f"recorded ({instants.text(recorded_at)}).",
            where=where,
        )
    return instant


def _target(target: UUID | None, occurrence: str | None, history: Sequence[Recorded]) -> Recorded:
    for earlier in history:
        if earlier.event_id == target:
            if earlier.type in ("report.filed", "report.corrected"):
                return earlier
            raise Invalid(
                f"A target is a report or a correction of one; {target} is a {earlier.type}.",
                where="/target",
            )
    raise NotFound(f"{occurrence} has no report or correction {target}.", where="/target")


def report_of(event: Recorded, history: Sequence[Recorded]) -> UUID:
    """The report that an event is about, through corrections of corrections."""
    while event.target is not None:
        event = next(e for e in history if e.event_id == event.target)
    return event.event_id


def _counts_from(
    event: ReportCorrected | ReportRetracted,
    target: Recorded,
    history: Sequence[Recorded],
    recorded_at: int,
) -> tuple[int, datetime.date | None]:
    """The point from which a change counts, and the calendar date that its phrases are read by.

    Our own fault at entry is mended from the target's own beginning; a source's change of account
    counts from when it was made, and never before what it changes.
    """
    assert target.known_from is not None
    if event.fault == "entry":
        if event.reported_at is not None:
            raise Invalid(
                "A fault at entry counts from the report's own day: leave reported_at out, or say "
                "that the fault is the source's.",
                where="/reported_at",
            )
        return target.known_from, _written(target, history)
    instant = _reported(event.reported_at, recorded_at, "/reported_at")
    return max(instant.known, target.known_from), instant.written


def _graded_from(event: ReportGraded, target: Recorded, recorded_at: int) -> int:
    """The point from which a grade counts: never before its report."""
    assert target.known_from is not None
    return max(_reported(event.reported_at, recorded_at, "/reported_at").known, target.known_from)


def _written(event: Recorded, history: Sequence[Recorded]) -> datetime.date | None:
    """The calendar date as written in what was reported, through faults of ours."""
    while event.statement.fault == "entry":
        event = next(e for e in history if e.event_id == event.target)
    text = event.statement.reported_at
    if event.statement.report is not None:
        text = event.statement.report.reported_at
    return instants.parse(text, name="reported_at").written if text is not None else None


def _refuse_after_retraction(
    target: Recorded, history: Sequence[Recorded], known_from: int
) -> None:
    """Retraction is final, so a change from that point on could never show."""
    earlier = _retracted_by(target, history, known_from)
    if earlier is not None:
        raise Conflict(
            f"{earlier.target} was retracted at position {earlier.position}, and a retraction "
            "is final: file a new report.",
            where="/target",
        )


def _retracted_by(
    target: Recorded, history: Sequence[Recorded], known_from: int
) -> Recorded | None:
    """What retracted a target, or what it corrects, at or before a point of knowledge."""
    lineage = {target.event_id}
    event = target
    while event.target is not None:
        event = next(e for e in history if e.event_id == event.target)
        lineage.add(event.event_id)
    for earlier in history:
        if (
            earlier.type == "report.retracted"
            and earlier.target in lineage
            and (earlier.known_from or 0) <= known_from
        ):
            return earlier
    return None


def _check_depth(attributes: Any) -> None:
    """Raises Invalid where no reader could be sure to read it again: each has an end to how deep it
    goes, and it was not the same here when writing and when reading."""
    held: list[Any] = [attributes] if isinstance(attributes, dict) else []
    for _ in range(DEEPEST):
        held = [
            one
            for outer in held
            for one in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(one, dict | list)
        ]
        if not held:
            return
    raise Invalid(
        f"Attributes may be nested {DEEPEST} levels deep, and these go deeper.",
        where="/claims/attributes",
    )


def _check_place(place: Place | UnsetType | None) -> None:
    if isinstance(place, Place):
        _check_point(place, "/claims/place")


def _check_point(place: Place | Registration, where: str) -> None:
    if (place.lat is None) != (place.lon is None):
        missing = "lat" if place.lat is None else "lon"
        raise Invalid(
            f"A place has both lat and lon, or neither: {missing} is missing.", where=where
        )
    if place.radius_m is not None and place.lat is None:
        raise Invalid(
            "radius_m is a distance from a point: give lat and lon too.", where=f"{where}/radius_m"
        )


_FORMS = (("exactly",), ("about",), ("at_least", "at_most"), ("low", "best", "high"))


def _check_tolls(tolls: Sequence[Toll]) -> None:
    for at, toll in enumerate(tolls):
        where = f"/claims/toll/{at}"
        used = [form for form in _FORMS if any(getattr(toll, name) is not None for name in form)]
        if len(used) > 1:
            raise Invalid(
                "Give a figure in one form: exactly; about; at_least and at_most; or low, best and "
                "high.",
                where=where,
            )
        if not used and toll.words is None:
            raise Invalid("Give a figure, or `words` where the source gave none.", where=where)
        if toll.of is not None and not any(
            t.group == toll.of and t.outcome == toll.outcome and t is not toll for t in tolls
        ):
            raise Invalid(
                f"`of` names the group that this one is a part of, and no toll here counts "
                f"{toll.outcome} of a group {toll.of!r}.",
                where=where + "/of",
            )
        if toll.of is not None and whole_of(toll, tolls) is None:
            raise Invalid(
                f"{toll.of!r} is itself a part of this group: one of them must be no part.",
                where=where + "/of",
            )
        if toll.since is not None:
            _check_since(toll, where)


def _check_since(toll: Toll, where: str) -> None:
    if toll.scope != "cumulative":
        raise Invalid("Only a cumulative figure runs `since` a date.", where=where + "/since")
    assert toll.since is not None
    try:
        dates.parse(toll.since)
    except Invalid as fault:
        raise fault.within(where + "/since") from None
