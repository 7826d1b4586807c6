"""Reading what changed in a timeline, from one point of knowledge to another, on one basis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from domain import answers
from domain.answers import By, Came, Change, Diff, Entry
from domain.errors import Invalid
from domain.events import LINKS
from domain.query import Point
from store.behind import behind, known_from, reason
from store.read import Cell, Reader, changed_at
from store.statements import sql

DIFF_LIMIT = 20_000
"""Rows that a difference may take: beliefs that began, and beliefs that ended."""


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
        same = {i for i in new if i in old and not answers.differing(old[i], new[i])}
        old = {i: entry for i, entry in old.items() if i not in same}
        new = {i: entry for i, entry in new.items() if i not in same}
        by = await self._reasons({*old, *new}, cell.basis, before.known, after.known)
        return Diff(
            timeline=name,
            from_=before.as_of,
            to=after.as_of,
            basis=cell.basis,
            settled=cell.settled,
            added=tuple(Came(entry=new[i], by=by.get(i, ())) for i in new if i not in old),
            changed=tuple(
                Change(
                    occurrence=new[i].occurrence,
                    fields=answers.differing(old[i], new[i]),
                    before=old[i],
                    after=new[i],
                    by=by.get(i, ()),
                )
                for i in new
                if i in old
            ),
            removed=tuple(Came(entry=old[i], by=by.get(i, ())) for i in old if i not in new),
        )

    async def _reasons(
        self, ids: Iterable[UUID], basis: int, after: int, upto: int
    ) -> dict[UUID, tuple[By, ...]]:
        """For each occurrence the events that became known between two points."""
        connected = await self._connected(ids, basis)
        filed = {e.event_id: e for about in connected.values() for e, _ in about}
        by: dict[UUID, tuple[By, ...]] = {}
        for occurrence in ids:
            by[occurrence] = tuple(
                reason(e, filed)
                for e, _ in behind(occurrence, connected, upto)
                if after < known_from(e) and e.type not in LINKS
            )
        return by


def _keyed(
    rows: Sequence[Mapping[str, Any]], entries: Sequence[Entry]
) -> Iterable[tuple[UUID, Entry]]:
    return zip((row["occurrence_id"] for row in rows), entries, strict=True)
