"""Importing: the rows of a data set against what its reports claim now.

A row that is new becomes a report; one that changed corrects its report, where the day or instant
is known on which the data set said so, its *release*; one that is gone retracts it. So each release
can be read as of its day. What is there already is not written again, so that an import that was
stopped anywhere is simply run again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID, uuid5

import msgspec
from msgspec import UNSET, Struct

from domain import instants
from domain.claims import FIELDS, Claims, ClaimsGiven, OccurredGiven, Report, same_json
from domain.errors import Conflict, DatelineError, Invalid, NotFound, Unavailable
from domain.events import AnyEvent, ReportCorrected, ReportFiled, ReportRetracted, Statement, body
from domain.instants import NEVER, Instant
from domain.occurrence import AHEAD_LIMIT, file
from store.known import Append
from store.store import Store

BATCH = 500
"""Rows that are compared and written together."""
SAYS_WHO = ("source", "via", "document", "language", "evidence")
"""What no correction can change of a report: the old one is retracted, and a new one filed. The
grade is left out: it is ours to give, and no release takes it back. So is `reported_at`, which is
the release's."""

NONE = UUID(int=0)

What = Literal["filed", "corrected", "refiled", "unchanged", "changed"]


class Came(Struct, frozen=True):
    """What came of a row. `refiled` is a report retracted and filed anew, for it is somebody else's
    now; `changed` one that needs a release and was not written. `fields` are those that differ."""

    what: What
    fields: tuple[str, ...] = ()


class Held(Struct, frozen=True):
    """The latest report of a row, as it stands at the head: the last row of `reports_by_record`.

    `occurrence` is where it was filed, `home` where it is, `filed_from` what it counts from. The
    others are those of its last claims, `known_from` when it first said them; and None where it
    never counted. `changed` is the statement of its last change, where only that says the day.
    """

    record: str
    event_id: UUID
    position: int
    occurrence: str
    home: str
    known_from: int | None
    known_to: int | None
    position_from: int | None
    report: bytes | None
    value: bytes | None
    corrected: bool | None
    filed_from: int
    changed: bytes | None

    @property
    def live(self) -> bool:
        """Whether it counts now that all is known."""
        return self.known_to == NEVER


_report = msgspec.json.Decoder(Report)
_claims = msgspec.json.Decoder(Claims)
_statement = msgspec.json.Decoder(Statement)


class Import:
    """One import into a chronicle: of a release, or of a data set that has none.

    `dry_run` compares and writes nothing. Raises Invalid where `release` is no day or instant, or
    lies more than 48 hours ahead.
    """

    def __init__(
        self,
        store: Store,
        chronicle: str,
        dataset: str,
        *,
        author: str | None = None,
        release: str | None = None,
        dry_run: bool = False,
    ) -> None:
        self._store = store
        self._chronicle = chronicle
        self.dataset = dataset
        self._author = author
        self.release = release
        self._released = None if release is None else released(release)
        self.dry_run = dry_run
        self._seen: set[str] = set()

    async def take(self, rows: Sequence[ReportFiled]) -> list[Came | DatelineError]:
        """What comes of each row, in their order: rows succeed or fail alone.

        Raises Unavailable where the database is lost. If it is cancelled, what was begun is still
        written.
        """
        records = {_record(row) for row in rows}
        found = await self._latest(records)
        uuid = await self._uuid() or NONE
        # Comparing takes as long as writing: others are answered meanwhile.
        came, asked = await asyncio.to_thread(self._all_decided, rows, found, uuid)
        outcomes = await self._written([events for _, events in asked])
        for (at, _), outcome in zip(asked, outcomes, strict=True):
            if outcome is not None:
                came[at] = outcome
        return came

    async def gone(self) -> int:
        """Retract the reports of this data set whose rows were not among those taken; how many."""
        if await self._uuid() is None:
            return 0
        after, withdrawn = f"{self.dataset}/", 0
        before = f"{self.dataset}0"  # the character behind the slash
        while page := await self._store.records(self._chronicle, after, before, BATCH):
            after = page[-1]
            withdrawn += await self.withdraw(record for record in page if record not in self._seen)
        return withdrawn

    async def withdraw(self, records: Iterable[str]) -> int:
        """Retract the reports of these rows; how many there were. Raises what is refused."""
        assert self._released is not None, "rows are gone as of a release"
        uuid = await self._uuid() or NONE
        found = await self._latest(records)
        events: list[list[AnyEvent]] = [
            [self._retracted(held, uuid)]
            for held in found.values()
            if held.live and not self._late(held)
        ]
        for outcome in await self._written(events):
            if outcome is not None:
                raise outcome
        return len(events)

    async def head(self) -> int:
        """The position of the chronicle's last event."""
        return dict(await self._store.chronicles()).get(self._chronicle, 0)

    def trial(self) -> Import:
        """The same, but writing nothing."""
        return Import(
            self._store, self._chronicle, self.dataset, release=self.release, dry_run=True
        )

    # Deciding

    def _all_decided(
        self, rows: Sequence[ReportFiled], found: Mapping[str, Held], uuid: UUID
    ) -> tuple[list[Came | DatelineError], list[tuple[int, list[AnyEvent]]]]:
        """What comes of each row; and for those of which something does, their place and events."""
        came: list[Came | DatelineError] = []
        asked: list[tuple[int, list[AnyEvent]]] = []
        for at, row in enumerate(rows):
            try:
                what, events = self._decided(row, found.get(_record(row)), uuid)
            except DatelineError as refused:
                came.append(refused)
                continue
            came.append(what)
            if events:
                asked.append((at, events))
        return came, asked

    def _decided(
        self, row: ReportFiled, held: Held | None, uuid: UUID
    ) -> tuple[Came, list[AnyEvent]]:
        """What comes of a row, and the events for it. Raises DatelineError."""
        record = _record(row)
        if record in self._seen:
            raise Conflict(
                f"{record} stands in the file before: each row needs an id of its own.",
                where="/report/record",
            )
        self._seen.add(record)
        claims = self._claims(row)
        if held is None:
            return Came("filed"), [self._filed(row, 0, uuid)]
        if not held.live:
            if self._released is None:
                return Came("changed", ("retracted",)), []
            ended = held.known_to or _changed_on(held) or 0
            if ended > self._released.known:
                raise _out_of_order(ended)
            return Came("filed"), [self._filed(row, held.position, uuid)]
        if self._released is not None and self._late(held):
            raise _out_of_order(held.known_from)
        who = self._says_who(row, held)
        fields = () if body(claims) == held.value else _differing(claims, held)
        if not who and not fields:
            return Came("unchanged"), []
        if self._released is None:
            return Came("changed", (*who, *fields)), []
        if who:
            retracted = self._retracted(held, uuid)
            return Came("refiled", (*who, *fields)), [
                retracted,
                self._filed(row, held.position, uuid),
            ]
        return Came("corrected", fields), [self._corrected(row, held, fields, uuid)]

    def _claims(self, row: ReportFiled) -> Claims:
        """The claims as the log would keep them, if it can. Raises Invalid."""
        given = row.claims.occurred
        if (
            self._released is not None
            and isinstance(given, OccurredGiven)
            and given.edtf is None
            and given.phrase is not None
        ):
            raise Invalid(
                "A phrase is read against the day of its report, and that of a release is the "
                "release's: give edtf beside the phrase.",
                where="/claims/occurred/phrase",
            )
        claims = file(self._dated(row), time.time_ns() // 1_000).claims
        assert claims is not None
        empty = {field: UNSET for field in FIELDS if getattr(claims, field) == ()}
        return msgspec.structs.replace(claims, **empty) if empty else claims

    def _late(self, held: Held) -> bool:
        """Whether what a report claims was said after this release.

        What has no day counts from when it was recorded, which says nothing about its order; nor
        does it where a release changed it, which counts from there as well.
        """
        assert self._released is not None
        assert held.known_from is not None
        if held.known_from <= self._released.known:
            return False
        if _who(held).reported_at is not None or held.known_from > held.filed_from:
            return True
        return (_changed_on(held) or 0) > self._released.known

    def _says_who(self, row: ReportFiled, held: Held) -> tuple[str, ...]:
        """What differs in who said it, and of what."""
        before = _who(held)
        moved = row.occurrence is not None and row.occurrence != held.occurrence
        fields = tuple(n for n in SAYS_WHO if getattr(before, n) != getattr(row.report, n))
        return ("occurrence", *fields) if moved else fields

    # What is written

    def _dated(self, row: ReportFiled) -> ReportFiled:
        if self.release is None:
            return row
        report = msgspec.structs.replace(row.report, reported_at=self.release)
        return msgspec.structs.replace(row, report=report)

    def _id(self, uuid: UUID, what: str, record: str, at: int) -> UUID:
        """An id that the same change of the same state always has, so that none is made twice."""
        return uuid5(uuid, "\n".join((what, record, self.release or "", str(at))))

    def _filed(self, row: ReportFiled, after: int, uuid: UUID) -> ReportFiled:
        return msgspec.structs.replace(
            self._dated(row),
            event_id=self._id(uuid, "filed", _record(row), after),
            expected_version="any",
        )

    def _corrected(
        self, row: ReportFiled, held: Held, fields: Sequence[str], uuid: UUID
    ) -> ReportCorrected:
        said = {field: getattr(row.claims, field) for field in fields}
        return ReportCorrected(
            event_id=self._id(uuid, "corrected", held.record, held.position_from or 0),
            occurrence=held.home,
            target=held.event_id,
            fault="source",
            reason=f"Release {self.release} of {self.dataset}",
            reported_at=self.release,
            claims=ClaimsGiven(**{f: v if v not in (UNSET, ()) else None for f, v in said.items()}),
            expected_version="any",
        )

    def _retracted(self, held: Held, uuid: UUID) -> ReportRetracted:
        return ReportRetracted(
            event_id=self._id(uuid, "retracted", held.record, held.position),
            occurrence=held.home,
            target=held.event_id,
            fault="source",
            reason=f"Release {self.release} of {self.dataset}",
            reported_at=self.release,
            expected_version="any",
        )

    async def _written(self, asked: Sequence[list[AnyEvent]]) -> list[DatelineError | None]:
        """Append each, all or nothing; what each was refused for."""
        if self.dry_run or not asked:
            return [None] * len(asked)
        tasks = [
            asyncio.create_task(
                self._store.append(
                    self._chronicle, Append(events=tuple(events), author=self._author)
                )
            )
            for events in asked
        ]
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError:
            await asyncio.wait(tasks)
            raise
        refused: list[DatelineError | None] = []
        for task in tasks:
            error = task.exception()
            if error is not None and (
                isinstance(error, Unavailable) or not isinstance(error, DatelineError)
            ):
                raise error
            refused.append(error)
        return refused

    async def _uuid(self) -> UUID | None:
        """That of the chronicle. A trial can be about one that will only be made."""
        try:
            return (await self._store.chronicle(self._chronicle)).uuid
        except NotFound:
            if not self.dry_run:
                raise
            return None

    async def _latest(self, records: Iterable[str]) -> dict[str, Held]:
        if await self._uuid() is None:
            return {}
        found: dict[str, Held] = {}
        for row in await self._store.latest_reports(self._chronicle, sorted(records)):
            held = Held(**row)
            before = found.get(held.record)
            if before is not None and (before.known_to, before.value) == (
                held.known_from,
                held.value,
            ):
                # It only got another home, or another grade.
                held = msgspec.structs.replace(held, known_from=before.known_from)
            found[held.record] = held
        return found


def released(release: str) -> Instant:
    """The point that a release counts from. Raises Invalid where it is none, or far ahead."""
    try:
        found = instants.parse(release, name="release")
    except Invalid as fault:
        raise fault.within("release") from None
    if found.known > time.time_ns() // 1_000 + AHEAD_LIMIT:
        raise Invalid(f"release {release} lies more than 48 hours ahead.", where="release")
    return found


def _record(row: ReportFiled) -> str:
    assert row.report.record is not None, "the rows of a data set have ids"
    return row.report.record


def _who(held: Held) -> Report:
    assert held.report is not None, "what is live has claims"
    return _report.decode(held.report)


def _changed_on(held: Held) -> int | None:
    """The end of the day on which the last change of a report was said, if one is given."""
    if held.changed is None:
        return None
    day = _statement.decode(held.changed).reported_at
    return None if day is None else instants.parse(day, name="reported_at").known


def _differing(claims: Claims, held: Held) -> tuple[str, ...]:
    """The top-level fields in which a row claims something else than its report does."""
    assert held.value is not None, "what is live has claims"
    before = _claims.decode(held.value)
    return tuple(
        field
        for field in FIELDS
        if getattr(claims, field) != getattr(before, field)
        or not same_json(_said(claims, field), _said(before, field))
    )


def _said(claims: Claims, field: str) -> Any:
    value = getattr(claims, field)
    return None if value is UNSET else value


def _out_of_order(known: int | None) -> Conflict:
    counts = "" if known is None else f" ({instants.text(known)})"
    return Conflict(
        f"What is known of it was said after this release{counts}: import releases in their order."
    )
