"""Reading what changed in a timeline, from one point of knowledge to another, on one basis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from domain import dates
from domain.answers import (
    By,
    Came,
    Change,
    Diff,
    Entry,
    LinkShown,
    Replay,
    Step,
    differing,
)
from domain.beliefs import Belief
from domain.claims import Report
from domain.errors import Invalid
from domain.events import LINKS
from domain.instants import text
from domain.query import LIMIT_DEFAULT, Point, Reached, ReplayQuery
from store.behind import apart, behind, known_from, reason
from store.read import MAX_ID, Cell, Listed, Reader, changed_at, entry_shown
from store.statements import sql
from store.store import Store

DIFF_LIMIT = 20_000
"""Rows that a difference may take: beliefs that began, and beliefs that ended."""
AT_ONCE = 500
"""Entries of a replay that are looked at in one statement."""

_belief = msgspec.json.Decoder(Belief)
_report = msgspec.json.Decoder(Report)


class Begun(Struct, frozen=True, kw_only=True):
    """A replay on its basis: what it reads, up to which point of knowledge (microseconds since 1970
    UTC), and where it starts."""

    timeline: str
    from_: str
    to: str
    upto: int
    basis: int
    settled: bool
    entries: Listed
    reached: Reached


class Changes(Reader):
    """Reads what changed."""

    @classmethod
    def over(cls, reader: Reader) -> Changes:
        """Over the connection of a reader."""
        return cls(reader._connection, reader._chronicle, reader._known_names)

    async def diff(self, name: str, before: Point, after: Point) -> Diff:
        """What changed in a timeline between two points of knowledge, on one basis."""
        if before.known > after.known:
            raise Invalid("`from` lies after `to`: give the earlier day as from.", where="from")
        stream = await self._stream("timeline", name)
        cell = await self.cell(after, changed_at(stream))
        found = await self._in_force(name, stream, cell.basis)
        rows = await self._connection.fetch(
            sql("diff"),
            self._id,
            *found.entries,
            after.known,
            cell.basis,
            before.known,
            DIFF_LIMIT,
        )
        if len(rows) == DIFF_LIMIT:
            raise Invalid(
                "More changed between these days than one answer holds: ask for a shorter span.",
                where="from",
            )
        old_rows = [row for row in rows if row["side"] == "before"]
        new_rows = [row for row in rows if row["side"] == "after"]
        earlier = Cell(before.known, cell.basis)
        old = dict(_keyed(old_rows, await self._entries(old_rows, earlier)))
        new = dict(_keyed(new_rows, await self._entries(new_rows, cell)))
        # What came and went in between left no difference.
        same = {i for i in new if i in old and not differing(old[i], new[i])}
        old = {i: entry for i, entry in old.items() if i not in same}
        new = {i: entry for i, entry in new.items() if i not in same}
        ids = [*{*old, *new}]
        reasons = await self._reasons([(i, before.known, after.known) for i in ids], cell.basis)
        by = dict(zip(ids, reasons, strict=True))
        return Diff(
            timeline=name,
            from_=before.as_of,
            to=after.as_of,
            basis=cell.basis,
            settled=cell.settled,
            added=tuple(Came(entry=new[i], by=by[i]) for i in new if i not in old),
            changed=tuple(
                Change(
                    occurrence=new[i].occurrence,
                    fields=differing(old[i], new[i]),
                    before=old[i],
                    after=new[i],
                    by=by[i],
                )
                for i in new
                if i in old
            ),
            removed=tuple(Came(entry=old[i], by=by[i]) for i in old if i not in new),
        )

    # Replays

    async def begun(self, name: str, query: ReplayQuery) -> Begun:
        """A replay on its basis. Raises NotFound, and Invalid for an id of another replay."""
        if query.before.known > query.after.known:
            raise Invalid("`from` lies after `to`: give the earlier day as from.", where="from")
        stream = await self._stream("timeline", name)
        cell = await self.cell(query.after, changed_at(stream))
        reached = query.reached
        if reached is not None:
            cell = await self._resumed(cell, query, reached)
        found = await self._in_force(name, stream, cell.basis)
        return Begun(
            timeline=name,
            from_=query.before.as_of,
            to=query.after.as_of,
            upto=query.after.known,
            basis=cell.basis,
            settled=cell.settled,
            entries=found.entries,
            reached=reached or Reached(query.before.known, cell.basis, MAX_ID),
        )

    async def _resumed(self, cell: Cell, query: ReplayQuery, reached: Reached) -> Cell:
        """The cell of a replay that goes on, on the basis that it began on."""
        asked = query.after
        begun = await self.cell(msgspec.structs.replace(asked, basis=reached.basis), None)
        pinned = cell.settled and (asked.basis is not None or asked.recorded_as_of is not None)
        if (
            (pinned and reached.basis != cell.basis)
            or (not cell.settled and reached.basis > cell.basis)
            or not query.before.known <= reached.known <= asked.known
        ):
            raise Invalid(
                f"{dates.quoted(reached.id)} is a change of another replay: go on with the same "
                "from, to and basis.",
                where="after",
            )
        return msgspec.structs.replace(begun, settled=cell.settled)

    async def steps(self, begun: Begun, reached: Reached) -> tuple[list[Step], Reached | None]:
        """The next steps of a replay, and where it goes on; None where nothing follows.

        So many occurrences are looked at as one statement reads: of some nothing need have changed.
        """
        rows = await self._connection.fetch(
            sql("replay"),
            self._id,
            *begun.entries,
            begun.upto,
            begun.basis,
            reached.known,
            reached.occurrence,
            AT_ONCE,
        )
        turns = [(row["occurrence_id"], row["turned"]) for row in rows[::2]]
        shown = await self._entries_then(rows, begun.basis)
        steps = [
            (turn, before, after)
            for turn, before, after in zip(turns, shown[::2], shown[1::2], strict=True)
            if before != after and (before is None or after is None or differing(before, after))
        ]
        by = await self._reasons(
            [(occurrence, known - 1, known) for (occurrence, known), _, _ in steps], begun.basis
        )
        told = [
            _step(Reached(known, begun.basis, occurrence), before, after, why)
            for ((occurrence, known), before, after), why in zip(steps, by, strict=True)
        ]
        if len(turns) < AT_ONCE:
            return told, None
        occurrence, known = turns[-1]
        return told, Reached(known, begun.basis, occurrence)

    async def replay(self, name: str, query: ReplayQuery) -> Replay:
        """A page of a replay."""
        begun = await self.begun(name, query)
        limit = query.limit or LIMIT_DEFAULT
        found: list[Step] = []
        reached: Reached | None = begun.reached
        while reached is not None and len(found) <= limit:
            steps, reached = await self.steps(begun, reached)
            found += steps
        return Replay(
            timeline=begun.timeline,
            from_=begun.from_,
            to=begun.to,
            basis=begun.basis,
            settled=begun.settled,
            changes=tuple(found[:limit]),
            next=found[limit - 1].id if len(found) > limit else None,
        )

    async def _entries_then(
        self, rows: Sequence[Mapping[str, Any]], basis: int
    ) -> list[Entry | None]:
        """Rows of `replay` as entries, each as it stood at its own point of knowledge."""
        held = [row for row in rows if row["value"] is not None]
        at = ([row["occurrence_id"] for row in held], [row["known"] for row in held], basis)
        reports: dict[int, list[Report]] = {}
        for told in await self._connection.fetch(sql("reports_then"), self._id, *at):
            reports.setdefault(told["place"], []).append(_report.decode(told["report"]))
        links: dict[int, list[LinkShown]] = {}
        for told in await self._connection.fetch(sql("links_then"), self._id, *at):
            link = LinkShown(relation=told["relation"], to=told["name"] or str(told["to_id"]))
            links.setdefault(told["place"], []).append(link)
        beliefs = [_belief.decode(row["value"]) for row in held]
        merged = {other for belief in beliefs for other in belief.merged}
        names = await self._names(merged) if merged else {}
        entries = (
            entry_shown(row, belief, reports.get(place, ()), links.get(place, ()), names)
            for place, (row, belief) in enumerate(zip(held, beliefs, strict=True), 1)
        )
        return [None if row["value"] is None else next(entries) for row in rows]

    # Reasons

    async def _reasons(
        self, spans: Sequence[tuple[UUID, int, int]], basis: int
    ) -> list[tuple[By, ...]]:
        """For each occurrence the events that became known after one point, up to another."""
        connected = await self._connected({occurrence for occurrence, _, _ in spans}, basis)
        filed = {e.event_id: e for about in connected.values() for e, _ in about}
        groups = apart(connected)
        return [
            tuple(
                reason(e, filed)
                for e, _ in behind(occurrence, groups[occurrence], upto)
                if after < known_from(e) and e.type not in LINKS
            )
            for occurrence, after, upto in spans
        ]


async def batches(
    store: Store, chronicle: str, begun: Begun, limit: int | None = None
) -> AsyncIterator[list[Step]]:
    """All steps of a replay, some at a time, or up to a limit.

    Between two of them no connection is held, however long they take to be told.
    """
    reached: Reached | None = begun.reached
    while reached is not None and limit != 0:
        async with store.reading(chronicle) as reader:
            steps, reached = await Changes.over(reader).steps(begun, reached)
        steps = steps[:limit]
        if limit is not None:
            limit -= len(steps)
        if steps:
            yield steps


def _step(reached: Reached, before: Entry | None, after: Entry | None, by: tuple[By, ...]) -> Step:
    entry = after or before
    assert entry is not None, "where nothing was and nothing is, nothing changed"
    both = before is not None and after is not None
    return Step(
        id=reached.id,
        known=text(reached.known),
        occurrence=entry.occurrence,
        position=max(one.position for one in (before, after, *by) if one is not None),
        change="changed" if both else "added" if after is not None else "removed",
        fields=differing(before, after) if before is not None and after is not None else (),
        before=before,
        after=after,
        by=by,
    )


def _keyed(
    rows: Sequence[Mapping[str, Any]], entries: Sequence[Entry]
) -> Iterable[tuple[UUID, Entry]]:
    return zip((row["occurrence_id"] for row in rows), entries, strict=True)
