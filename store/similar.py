"""Looking for likely duplicates: of one occurrence, or among all of a timeline.

Candidates are index ranges: occurrences of about the same time. How alike they are is for
`domain.similar` to say.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from domain import answers, dates
from domain.beliefs import Belief
from domain.claims import Report
from domain.dates import MAX, MIN, Bounds
from domain.duplicates import Candidate, Duplicates, One, Pair, SimilarShown
from domain.instants import NEVER
from domain.links import PART_OF
from domain.query import LIMIT_MOST, Cursor, Point, Query
from domain.similar import FAR, GAP, Account, Kinship, Likeness, Rarity, Sweep, account, likeness
from store.filling import SELECTED
from store.read import EVERYTHING, Cell, Listed, Reader, in_cell
from store.statements import sql

NEAREST = 300
"""How many of each duration class are looked at, of those that begin before, and after."""
WINDOW = 500
"""How many of those that began last before it each occurrence is compared with in a sweep."""
COUNTED = 1_000
"""How many occurrences stand for a chronicle when its words are counted."""

Found = tuple[Likeness, Account, Account]

_belief = msgspec.json.Decoder(Belief)
_report = msgspec.json.Decoder(Report)


class Similarity(Reader):
    """Reads likely duplicates."""

    @classmethod
    def over(cls, reader: Reader) -> Similarity:
        """Over the connection of a reader."""
        return cls(reader._connection, reader._chronicle, reader._known_names)

    async def similar(self, name: str, query: Query) -> SimilarShown:
        """Which occurrences may be this one, and why. Raises NotFound and MergedInto."""
        stream = await self._stream("occurrence", name)
        # What is said of others changes the answer too, so that the last change of any counts.
        cell = await self.cell(query.point, None)
        rows = stream and await self._connection.fetch(
            sql("belief_at"), self._id, stream["stream_id"], cell.known, cell.basis
        )
        if not rows:
            raise self._absent("occurrence", name, query.point.as_of, cell.basis)
        (row,) = rows
        if _belief.decode(row["value"]).into is not None:
            raise await self._moved(stream, cell)
        (asked,) = await self._accounts(rows, cell)
        near: list[Account] = []
        limited = False
        if asked.bounds is not None:
            near, limited = await self._near(asked.id, asked.bounds, cell)
        rarity = await self._rarity(cell)
        found = await self._alike([(asked, other) for other in near], rarity, cell)
        found.sort(key=lambda f: (-f[0].score, f[2].order))
        return SimilarShown(
            as_of=query.point.as_of,
            basis=cell.basis,
            settled=cell.settled,
            occurrence=asked.occurrence,
            id=asked.id,
            candidates=tuple(
                Candidate(
                    occurrence=other.occurrence,
                    id=other.id,
                    title=other.belief.title,
                    score=like.score,
                    why=like.why,
                )
                for like, _, other in found[: query.limit]
            ),
            found=len(found),
            looked_at=len(near),
            limited=limited,
            undated=asked.bounds is None,
            permalink=answers.permalink(
                self._chronicle.name, f"occurrences/{asked.occurrence}/similar", query, cell.basis
            ),
        )

    async def duplicates(
        self,
        timeline: str | None,
        query: Query,
        looked: Callable[[int], object] = lambda looked_at: None,
    ) -> Duplicates:
        """Pairs that may be one occurrence, of a timeline or of everything. Raises NotFound.

        `looked` is told from time to time at how many occurrences this has looked.
        """
        listed: Listed = (EVERYTHING, *SELECTED)
        if timeline is None:
            cell = await self.cell(query.point, None)
        else:
            stream = await self._stream("timeline", timeline)
            changed = (await self._head())["changed"]
            # Links of others count as well, and so do the words of all.
            cell = await self.cell(query.point, max(changed, stream["changed"] if stream else 0))
            listed = (await self._in_force(timeline, stream, cell.basis)).entries
        rarity = await self._rarity(cell)
        sweep = Sweep(rarity, WINDOW)
        async for accounts in self._pages(listed, query.point, cell):
            for one in accounts:
                sweep.next(one)
            looked(sweep.looked_at)
        found = await self._alike(sweep.found, rarity, cell)
        found.sort(key=lambda f: (-f[0].score, f[1].order, f[2].order))
        return Duplicates(
            as_of=query.point.as_of,
            basis=cell.basis,
            settled=cell.settled,
            timeline=timeline,
            pairs=tuple(
                Pair(one=_one(one), other=_one(other), score=like.score, why=like.why)
                for like, one, other in found[: query.limit]
            ),
            found=len(found),
            looked_at=sweep.looked_at,
            compared=sweep.compared,
            limited=sweep.limited,
            left_out={"undated": sweep.undated},
        )

    async def _near(self, asked: UUID, bounds: Bounds, cell: Cell) -> tuple[list[Account], bool]:
        """The occurrences of about one time, and whether there are more than are looked at."""
        most = _clamped(min(bounds.end_latest + GAP, bounds.start_earliest + FAR))
        # What is open at its start can only be compared with what is so as well.
        open_start = bounds.start_earliest == MIN
        rows = await self._connection.fetch(
            sql("similar_at"),
            self._id,
            cell.known,
            cell.basis,
            bounds.start_earliest,
            _least(bounds),
            MIN if open_start else most,
            _clamped(bounds.start_earliest - GAP),
            asked,
            NEAREST + 1,
        )
        kept: list[Mapping[str, Any]] = []
        limited = False
        taken: dict[tuple[int, bool], int] = {}
        for row in rows:
            arm = (row["class"], row["later"])
            taken[arm] = taken.get(arm, 0) + 1
            if taken[arm] > NEAREST:
                limited = True
            else:
                kept.append(row)
        return await self._accounts(kept, cell), limited

    async def _pages(
        self, listed: Listed, point: Point, cell: Cell
    ) -> AsyncIterator[list[Account]]:
        """All entries in reading order, a page at a time."""
        query = Query(point=point, limit=LIMIT_MOST)
        everything = in_cell(cell)
        more = True
        while more:
            rows, more = await self._page(listed, query, everything, cell)
            yield await self._accounts(rows, cell)
            if more:
                last = rows[-1]
                cursor = Cursor(
                    of="",
                    basis=cell.basis,
                    undated=last["earliest"] == MAX,
                    earliest=last["earliest"],
                    occurrence=last["occurrence_id"],
                )
                query = msgspec.structs.replace(query, cursor=cursor)

    async def _accounts(self, rows: Sequence[Mapping[str, Any]], cell: Cell) -> list[Account]:
        """Rows with a belief and a name as they are compared, with the sources of each."""
        if not rows:
            return []
        sources: dict[UUID, set[str]] = {}
        ids = [row["occurrence_id"] for row in rows]
        for told in await self._connection.fetch(
            sql("reports_at"), self._id, ids, cell.known, cell.basis
        ):
            report = _report.decode(told["report"])
            sources.setdefault(told["occurrence_id"], set()).add(report.source.name)
        return [
            account(
                row["occurrence_id"],
                row["name"] or str(row["occurrence_id"]),
                _belief.decode(row["value"]),
                sorted(sources.get(row["occurrence_id"], ())),
            )
            for row in rows
        ]

    async def _rarity(self, cell: Cell) -> Rarity:
        rows = await self._connection.fetch(
            sql("words_at"), self._id, cell.known, cell.basis, COUNTED
        )
        return Rarity(_belief.decode(row["value"]) for row in rows)

    async def _alike(
        self, pairs: Iterable[tuple[Account, Account]], rarity: Rarity, cell: Cell
    ) -> list[Found]:
        """Those of some pairs that are suggested, once it is known what links and merges say.

        What was answered is not asked again, whichever day is asked about: links and merges count
        as they stand in the cell, and as they stand with all that is known on its basis.
        """
        alike = [pair for pair in pairs if likeness(*pair, rarity) is not None]
        ids = {each.id for pair in alike for each in pair}
        kinships = [
            await self._kinship(ids, known, cell.basis)
            for known in dict.fromkeys((cell.known, NEVER - 1))
        ]
        found = ((likeness(one, other, rarity, kinships), one, other) for one, other in alike)
        return [(like, one, other) for like, one, other in found if like is not None]

    async def _kinship(self, ids: Iterable[UUID], known: int, basis: int) -> Kinship:
        """The links of some occurrences and of the wholes above them."""
        into = {
            row["occurrence_id"]: row["into_id"]
            for row in await self._connection.fetch(
                sql("away_of"), self._id, list(ids), known, basis
            )
        }
        links: list[tuple[UUID, str, UUID]] = []
        names: dict[UUID, str] = {}
        seen: set[UUID] = set()
        waiting = {into.get(i, i) for i in ids}
        while waiting:
            seen |= waiting
            rows = await self._connection.fetch(
                sql("links_at"), self._id, list(waiting), known, basis
            )
            links += [(row["occurrence_id"], row["relation"], row["to_id"]) for row in rows]
            names |= {row["to_id"]: row["name"] or str(row["to_id"]) for row in rows}
            waiting = {row["to_id"] for row in rows if row["relation"] == PART_OF} - seen
        return Kinship(links, into, names)


def _least(bounds: Bounds) -> list[int]:
    """For each duration class the least `earliest` that can still be compared."""
    start = bounds.start_earliest - GAP
    far = bounds.start_latest - FAR if bounds.start_earliest != MIN else MIN
    reach = (*(start - span for span in dates.CLASS_SPAN), far, far, MIN)
    return [_clamped(max(least, far)) for least in reach]


def _clamped(second: int) -> int:
    return max(MIN, min(second, MAX))


def _one(account: Account) -> One:
    return One(occurrence=account.occurrence, id=account.id, title=account.belief.title)
