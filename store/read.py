"""Reading: timelines, occurrences and histories, as known and as recorded.

Every read is pinned to a basis first; what it then finds is the same whatever is written after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import UNSET, Struct, UnsetType

from domain import answers, dates
from domain.answers import (
    Actors,
    Ambiguous,
    Entry,
    Filling,
    History,
    LinkShown,
    Listing,
    OccurrenceShown,
    Places,
    RegisteredShown,
    Sources,
    SourceShown,
    Timelines,
    TimelineShown,
    Totals,
)
from domain.beliefs import Belief, under
from domain.claims import Report
from domain.errors import Invalid, Malformed, MergedInto, NotFound
from domain.events import MAX_POSITION, MOVES
from domain.independence import independent
from domain.instants import NEVER, text
from domain.names import SLUG_PATTERN
from domain.policy import GRADED_LATEST, Policy
from domain.query import LATEST, Cursor, Filter, Point, Query, TotalsQuery, write_cursor
from domain.registries import KINDS, Keys
from domain.timelines import Definition
from store import revisions
from store.behind import Connected, behind, event_shown
from store.claimed import Claimed, as_held, as_shown, claimed
from store.filling import SELECTED, filters, sources_only
from store.known import parse_uuid
from store.names import Meant, Names
from store.projection import DAY, flag_bits
from store.revisions import Revision, Revisions
from store.rows import definition as definition_of
from store.rows import definitions, recorded, registrations
from store.statements import sql
from store.totals import added_up

EVERYTHING = 0
"""The definition that every occurrence is an entry of."""
MAX_ID = UUID(int=2**128 - 1)
_MIN_ID = UUID(int=0)
_ANY_TIME = (dates.MIN, dates.MAX)

_belief = msgspec.json.Decoder(Belief)
_report = msgspec.json.Decoder(Report)


class Chronicle(Struct, frozen=True):
    """One log. `uuid` is its name for ever, `name` what people call it."""

    chronicle_id: int
    uuid: UUID
    name: str


class Cell(Struct, frozen=True):
    """Where an answer is read: all that was known at `known`, on `basis`."""

    known: int
    basis: int
    settled: bool = True


Listed = tuple[Any, ...]
"""The entries that are read, as parameters 2 to 13 of what reads them: their definition, and the
filters of `selected.sql` and `sourced.sql`."""


class Extent(Struct, frozen=True):
    """How many entries a whole listing has, and the outcomes of their incident tolls, sorted."""

    entries: int
    outcomes: tuple[str, ...]


class InForce(Struct, frozen=True):
    """A definition, and the position up to which it is filled: None once it is complete."""

    definition: Definition
    reached: int | None

    @property
    def entries(self) -> Listed:
        """Its own entries; until they are complete, what it selects of all entries."""
        if self.reached is None:
            return (self.definition.position, *sources_only(self.definition))
        return (EVERYTHING, *filters(self.definition))


class Reader:
    """Reads one chronicle over one connection. Nothing here writes."""

    def __init__(self, connection: asyncpg.Connection, chronicle: Chronicle, names: Names) -> None:
        self._connection = connection
        self._known_names = names
        self._chronicle = chronicle
        self._id = chronicle.chronicle_id

    # Where to read

    async def cell(self, point: Point, changed: int | None) -> Cell:
        """Pin a point. `changed` is the last position that changed what is asked for.

        Raises Invalid for what lies beyond the head, or in the future.
        """
        head = await self._head()
        if point.basis is not None:
            if point.basis > head["position"]:
                raise Invalid(
                    f"basis {point.basis} lies beyond the head: {self._chronicle.name} is at "
                    f"position {head['position']}.",
                    where="basis",
                )
            return Cell(point.known, point.basis)
        if point.recorded_as_of is not None:
            if point.recorded_as_of > head["now"]:
                raise Invalid(
                    f"recorded_as_of {text(point.recorded_as_of)} lies in the future.",
                    where="recorded_as_of",
                )
            position = await self._connection.fetchval(
                sql("position_at"), self._id, point.recorded_as_of
            )
            settled = point.recorded_as_of < head["recorded_at"]
            return Cell(point.known, position or 0, settled)
        return Cell(point.known, head["changed"] if changed is None else changed)

    async def _head(self) -> Any:
        return await self._connection.fetchrow(sql("head_at"), self._id)

    async def _stream(self, kind: str, name: str) -> Any:
        """The stream of that name as it is now; None where there is none yet."""
        if not re.fullmatch(SLUG_PATTERN, name):
            return None
        as_uuid = parse_uuid(name) if kind == "occurrence" else None
        if as_uuid is not None:
            rows = await self._connection.fetch(sql("streams_by_id"), self._id, [as_uuid])
        else:
            rows = await self._connection.fetch(sql("streams_by_name"), self._id, [kind], [name])
        return next((row for row in rows if row["kind"] == kind), None)

    def _absent(self, kind: str, name: str, as_of: str, basis: int) -> NotFound:
        """What is answered for what a basis does not have, whether or not it came later."""
        known = "" if kind == "timeline" or as_of == LATEST else f" as of {as_of}"
        return NotFound(
            f"{self._chronicle.name} has no {kind} {dates.quoted(name)}{known} at position {basis}."
        )

    async def _in_force(self, name: str, stream: Any, basis: int) -> InForce:
        """The definition in force at a basis. Raises NotFound."""
        if stream is not None:
            row = await self._connection.fetchrow(
                sql("definition_at"), self._id, stream["stream_id"], basis
            )
            if row is not None:
                return InForce(definition_of(row), row["reached"])
        raise self._absent("timeline", name, "", basis)

    # Listings

    async def timeline(self, name: str, query: Query) -> Listing:
        """A page of a timeline."""
        stream = await self._stream("timeline", name)
        changed = await self._changedby(query.filter, changed_at(stream))
        cell = await self._page_cell(query, f"timeline {name}", changed)
        found = await self._in_force(name, stream, cell.basis)
        return await self._listing(found.definition, found.entries, query, cell)

    async def occurrences(self, query: Query) -> Listing:
        """A page of all occurrences."""
        changed = await self._changedby(query.filter, None)
        cell = await self._page_cell(query, "occurrences", changed)
        return await self._listing(None, (EVERYTHING, *SELECTED), query, cell)

    async def _changedby(self, filter: Filter, changed: int | None) -> int | None:
        """The last position that changed a listing: what its filters name may be registered since
        what it lists changed."""
        kinds = _registries(filter)
        if not kinds:
            return changed
        if changed is None:
            changed = (await self._head())["changed"]
        last = await self._last_registered(kinds)
        return max(changed, last)

    async def _last_registered(self, kinds: Sequence[str]) -> int:
        """The position of the last registration of some kinds, whatever the basis; 0: none."""
        last = await self._connection.fetchval(
            sql("last_registered"), self._id, kinds, MAX_POSITION
        )
        return last or 0

    async def _meant(self, filter: Filter, basis: int) -> dict[str, Meant]:
        """What the places, actors and sources of a filter stand for at a basis, by kind."""
        return {
            kind: await self._known_names.meant(self._connection, self._id, kind, asked, basis)
            for kind in KINDS
            if (asked := getattr(filter, kind))
        }

    async def _page_cell(self, query: Query, subject: str, changed: int | None) -> Cell:
        """The first page's cell for each page of one listing."""
        cursor = query.cursor
        if cursor is None:
            return await self.cell(query.point, changed)
        identity = query.identity(f"{self._chronicle.uuid} {subject}")
        pinned = query.point.basis
        if query.point.recorded_as_of is not None:
            pinned = (await self.cell(query.point, changed)).basis
        if cursor.of != identity or (pinned is not None and pinned != cursor.basis):
            raise Malformed(
                "cursor belongs to another listing: follow `next` with the same parameters.",
                where="cursor",
            )
        point = msgspec.structs.replace(query.point, basis=cursor.basis, recorded_as_of=None)
        return await self.cell(point, changed)

    async def _listing(
        self, definition: Definition | None, listed: Listed, query: Query, cell: Cell
    ) -> Listing:
        meant = await self._meant(query.filter, cell.basis)
        asked = _asked(cell, query.filter, meant)
        rows, more = await self._page(listed, query, asked, cell)
        entries = await self._entries(rows, cell, query.policy, claims=query.claims == "all")
        subject = f"timeline {definition.name}" if definition else "occurrences"
        following = None
        if more:
            last = rows[-1]
            following = write_cursor(
                Cursor(
                    of=query.identity(f"{self._chronicle.uuid} {subject}"),
                    basis=cell.basis,
                    undated=last["earliest"] == dates.MAX,
                    earliest=last["earliest"],
                    occurrence=last["occurrence_id"],
                )
            )
        path = f"timelines/{definition.name}" if definition else "occurrences"
        return Listing(
            timeline=definition.name if definition else None,
            version=definition.version if definition else None,
            title=definition.title if definition else None,
            description=definition.description if definition else None,
            as_of=query.point.as_of,
            basis=cell.basis,
            settled=cell.settled,
            policy=query.policy.name,
            entries=entries,
            left_out=await self._left_out(listed, query.filter, asked),
            ambiguous=_ambiguous(meant),
            next=following,
            permalink=answers.permalink(self._chronicle.name, path, query, cell.basis),
            cite=answers.cite(
                definition.title if definition else "All occurrences",
                self._chronicle.name,
                query.point.as_of,
                cell.basis,
            ),
        )

    async def _page(
        self, listed: Listed, query: Query, asked: Listed, cell: Cell
    ) -> tuple[list[asyncpg.Record], bool]:
        """The rows of a page, dated ones first, and whether there are more."""
        wanted = query.limit + 1
        rows: list[asyncpg.Record] = []
        if query.cursor is None or not query.cursor.undated:
            rows = await self._dated(listed, query, asked, cell, wanted)
        if len(rows) < wanted and query.filter.during is None:
            after = query.cursor.occurrence if query.cursor and query.cursor.undated else _MIN_ID
            rows += await self._connection.fetch(
                sql("page_undated"),
                self._id,
                *listed,
                *asked,
                after,
                wanted - len(rows),
            )
        return rows[: query.limit], len(rows) == wanted

    async def _dated(
        self, listed: Listed, query: Query, asked: Listed, cell: Cell, wanted: int
    ) -> Any:
        during = query.filter.bounds
        start = during.start_earliest if during else dates.MIN
        end = during.end_latest if during else dates.MAX
        forward = query.sort == "occurred"
        place = (dates.MIN, _MIN_ID) if forward else (dates.MAX, MAX_ID)
        if query.cursor is not None:
            place = (query.cursor.earliest, query.cursor.occurrence)
        arguments = [
            self._id,
            *listed,
            *asked,
            _least(start),
            start,
            end,
            query.filter.match == "certain",
            *place,
            wanted,
        ]
        if forward:
            return await self._connection.fetch(sql("page_forward"), *arguments)
        return await self._connection.fetch(
            sql("page_backward"),
            *arguments,
            (cell.known + DAY) // 1_000_000 if cell.known < NEVER - DAY else dates.MAX,
        )

    async def extent(
        self, name: str | None, query: Query, basis: int, most: int | None = None
    ) -> Extent:
        """How much a timeline, or all occurrences, would list on all of its pages.

        `basis` is that of the first page. No more than `most` entries are looked at. Which tolls
        there are follows the default policy; any other counts no outcomes besides those.
        """
        cell = Cell(query.point.known, basis)
        listed: Listed = (EVERYTHING, *SELECTED)
        if name is not None:
            stream = await self._stream("timeline", name)
            listed = (await self._in_force(name, stream, basis)).entries
        asked = _asked(cell, query.filter, await self._meant(query.filter, basis))
        row = await self._connection.fetchrow(
            sql("extent_at"), self._id, *listed, *asked, *_span(query.filter), most
        )
        return Extent(row["entries"], tuple(sorted(row["outcomes"])))

    # Totals

    async def totals(self, name: str | None, query: TotalsQuery) -> Totals:
        """Tolls added up over a timeline, or over all occurrences."""
        stream = await self._stream("timeline", name) if name is not None else None
        # A link between others can make a part of what is selected, so any event may change it.
        changed = max((await self._head())["changed"], changed_at(stream) or 0)
        cell = await self.cell(query.point, await self._changedby(query.filter, changed))
        definition, listed = None, (EVERYTHING, *SELECTED)
        if name is not None:
            found = await self._in_force(name, stream, cell.basis)
            definition, listed = found.definition, found.entries
        meant = await self._meant(query.filter, cell.basis)
        asked = _asked(cell, query.filter, meant)
        selection = [*listed, *asked, *_span(query.filter)]
        sums, occurrences = await added_up(
            self._connection, self._id, selection, query, cell.known, cell.basis
        )
        path = f"timelines/{name}/totals" if name is not None else "totals"
        title = definition.title if definition else "All occurrences"
        return Totals(
            as_of=query.point.as_of,
            basis=cell.basis,
            settled=cell.settled,
            policy=query.policy.name,
            timeline=name,
            version=definition.version if definition else None,
            title=definition.title if definition else None,
            by=query.by,
            occurrences=occurrences,
            rows=sums.rows,
            total=sums.total,
            additive=sums.additive,
            cumulative=sums.cumulative,
            left_out=await self._left_out(listed, query.filter, asked),
            ambiguous=_ambiguous(meant),
            permalink=answers.permalink(self._chronicle.name, path, query, cell.basis),
            cite=answers.cite(title, self._chronicle.name, query.point.as_of, cell.basis),
        )

    async def _left_out(
        self, listed: Listed, filter: Filter, asked: tuple[Any, ...]
    ) -> dict[str, int]:
        """How many occurrences a filter by date or by box cannot judge."""
        left_out = {}
        during = filter.bounds
        if during is not None:
            left_out["undated"] = await self._connection.fetchval(
                sql("count_undated"), self._id, *listed, *asked
            )
        if filter.bbox is not None:
            left_out["unlocated"] = await self._connection.fetchval(
                sql("count_unlocated"),
                self._id,
                *listed,
                *asked,
                during.start_earliest if during else None,
                during.end_latest if during else None,
                filter.match == "certain",
            )
        return left_out

    # One occurrence

    async def occurrence(
        self, name: str, point: Point, policy: Policy = GRADED_LATEST
    ) -> OccurrenceShown:
        """What was believed of one occurrence, and the claims that it rests on."""
        stream = await self._stream("occurrence", name)
        cell = await self.cell(point, changed_at(stream))
        rows = stream and await self._connection.fetch(
            sql("belief_at"), self._id, stream["stream_id"], cell.known, cell.basis
        )
        if not rows:
            raise self._absent("occurrence", name, point.as_of, cell.basis)
        if _belief.decode(rows[0]["value"]).into is not None:
            raise await self._moved(stream, cell)
        (entry,) = await self._entries(rows, cell, policy, claims=True)
        assert isinstance(entry.claims, tuple), "they were asked for"
        query = Query(point=point, policy=policy)
        return OccurrenceShown(
            as_of=point.as_of,
            basis=cell.basis,
            settled=cell.settled,
            policy=policy.name,
            entry=msgspec.structs.replace(entry, claims=UNSET),
            claims=entry.claims,
            permalink=answers.permalink(
                self._chronicle.name, f"occurrences/{entry.occurrence}", query, cell.basis
            ),
            cite=answers.cite(
                entry.title or entry.occurrence, self._chronicle.name, point.as_of, cell.basis
            ),
        )

    async def _moved(self, stream: Any, cell: Cell) -> MergedInto:
        row = await self._connection.fetchrow(
            sql("away_at"), self._id, stream["stream_id"], cell.known, cell.basis
        )
        return MergedInto(
            stream["name"] or str(stream["stream_id"]), row["name"] or str(row["into_id"])
        )

    async def history(self, name: str, point: Point) -> History:
        """Every event behind an occurrence that was known, and the beliefs they gave."""
        stream = await self._stream("occurrence", name)
        cell = await self.cell(point, None)
        connected: Connected = {}
        if stream is not None:
            connected = await self._connected([stream["stream_id"]], cell.basis)
        about = behind(stream["stream_id"], connected, cell.known) if stream is not None else []
        if not about:
            raise self._absent("occurrence", name, point.as_of, cell.basis)
        if point.basis is None and point.recorded_as_of is None:
            # What is said of a report that was merged away is recorded of another, and counts too.
            last = max(changed_at(stream) or 0, about[-1][0].position)
            cell = msgspec.structs.replace(cell, basis=last)
        events = [event for event, _ in about]
        names = await self._names(
            {i for e in events for i in (e.statement.to, e.statement.into, e.stream_id) if i}
        )
        beliefs = await self._connection.fetch(
            sql("beliefs_of"), self._id, stream["stream_id"], cell.known, cell.basis
        )
        return History(
            as_of=point.as_of,
            basis=cell.basis,
            settled=cell.settled,
            occurrence=stream["name"] or str(stream["stream_id"]),
            id=stream["stream_id"],
            events=tuple(event_shown(e, version, names) for e, version in about),
            beliefs=tuple(
                answers.belief_shown(
                    _belief.decode(row["value"]),
                    row["known_from"],
                    # That it ended later was not known yet.
                    row["known_to"] if row["known_to"] <= cell.known else NEVER,
                    row["position_from"],
                )
                for row in beliefs
            ),
        )

    async def _connected(self, ids: Iterable[UUID], basis: int) -> Connected:
        """The events of some occurrences up to a basis, and of all that moves connect with them.

        For each occurrence they are in the order recorded, each with its version there.
        """
        connected: Connected = {}
        waiting = set(ids)
        while waiting:
            connected.update((i, []) for i in waiting)
            found: set[UUID] = set()
            for row in await self._connection.fetch(
                sql("events_of_streams"), self._id, list(waiting), basis
            ):
                event = recorded(row)
                connected[row["in_stream"]].append((event, row["in_version"]))
                if event.type in MOVES and event.statement.into is not None:
                    found |= {event.stream_id, event.statement.into}
            waiting = found - connected.keys()
        return connected

    async def _names(self, ids: Iterable[UUID]) -> dict[UUID, str]:
        rows = await self._connection.fetch(sql("streams_by_id"), self._id, list(ids))
        return {row["stream_id"]: row["name"] or str(row["stream_id"]) for row in rows}

    # Timelines

    async def timelines(self, point: Point) -> Timelines:
        """The timelines defined at a basis."""
        head = await self._head()
        cell = await self.cell(point, head["defined"])
        rows = await self._connection.fetch(sql("definitions"), self._id, cell.basis)
        found = sorted(definitions(rows).values(), key=lambda d: d.name)
        names = await self._names({i for d in found for i in (*d.include, *d.exclude)})
        return Timelines(
            basis=cell.basis,
            settled=cell.settled,
            timelines=tuple(
                TimelineShown(
                    timeline=d.name,
                    version=d.version,
                    position=d.position,
                    title=d.title,
                    description=d.description,
                    select=msgspec.to_builtins(d.select) if d.select is not None else None,
                    include=tuple(sorted(names[i] for i in d.include)),
                    exclude=tuple(sorted(names[i] for i in d.exclude)),
                    keys=answers.keys_shown(d.keys) if d.keys != Keys() else None,
                )
                for d in found
            ),
        )

    async def filling(self, name: str) -> Filling:
        """How far the definition of a timeline that is in force now is filled."""
        stream = await self._stream("timeline", name)
        head = await self._head()
        found = await self._in_force(name, stream, head["position"])
        before = found.definition.position - 1
        return Filling(
            timeline=name,
            definition=found.definition.position,
            done=before if found.reached is None else found.reached,
            of=before,
            complete=found.reached is None,
        )

    # Revisions

    async def revisions(self, name: str, filter: Filter, position: int) -> Revisions:
        """The revisions of a timeline, read under a filter, around a position. Raises NotFound.

        What lies after the head is not there yet, whatever it will be.
        """
        timeline, head = await self._timeline(name)
        if position > head["position"]:
            raise NotFound(
                f"Position {position} lies beyond the head: {self._chronicle.name} is at position "
                f"{head['position']}."
            )
        found = await revisions.around(
            self._connection, self._id, timeline, _registries(filter), position
        )
        if found.here is None:
            raise self._absent("timeline", name, "", position)
        return found

    async def revisions_at(self, name: str, filter: Filter, instant: int) -> Revisions:
        """The revisions of a timeline, read under a filter, around an instant on the recorded axis.

        `instant` is microseconds since 1970 UTC; one after all that is recorded is no fault.
        Raises NotFound.
        """
        timeline, _ = await self._timeline(name)
        position = await self._connection.fetchval(sql("position_at"), self._id, instant)
        return await revisions.around(
            self._connection, self._id, timeline, _registries(filter), position or 0
        )

    async def revisions_after(
        self, name: str, filter: Filter, position: int, limit: int
    ) -> list[Revision]:
        """The revisions of a timeline, read under a filter, after a position. Raises NotFound."""
        timeline, _ = await self._timeline(name)
        return await revisions.after(
            self._connection, self._id, timeline, _registries(filter), position, limit
        )

    async def _timeline(self, name: str) -> tuple[UUID, Any]:
        """The id of a timeline, and the head. Raises NotFound."""
        head = await self._head()
        stream = await self._stream("timeline", name)
        if stream is None:
            raise self._absent("timeline", name, "", head["position"])
        return stream["stream_id"], head

    # Registries

    async def actors(self, point: Point) -> Actors:
        """The actors registered at a basis."""
        cell, found = await self._registered("actor", answers.ActorRegisteredShown, point)
        return Actors(basis=cell.basis, settled=cell.settled, actors=found)

    async def places(self, point: Point) -> Places:
        """The places registered at a basis."""
        cell, found = await self._registered("place", answers.PlaceRegisteredShown, point)
        return Places(basis=cell.basis, settled=cell.settled, places=found)

    async def sources(self, point: Point) -> Sources:
        """The sources registered at a basis."""
        cell, found = await self._registered("source", answers.SourceRegisteredShown, point)
        return Sources(basis=cell.basis, settled=cell.settled, sources=found)

    async def _registered(
        self, kind: str, shown: type[RegisteredShown], point: Point
    ) -> tuple[Cell, tuple[Any, ...]]:
        """What is registered of one kind, by id."""
        cell = await self.cell(point, await self._last_registered([kind]))
        rows = await self._connection.fetch(sql("registered"), self._id, kind, cell.basis, 0)
        things = registrations(rows)
        bearers = answers.bearers(things)
        return cell, tuple(
            answers.registered_shown(
                shown, things[row["name"]], row["version"], row["position"], bearers
            )
            for row in sorted(rows, key=lambda row: str(row["name"]))
        )

    # Entries

    async def _entries(
        self,
        rows: Sequence[Mapping[str, Any]],
        cell: Cell,
        policy: Policy = GRADED_LATEST,
        *,
        claims: bool = False,
    ) -> tuple[Entry, ...]:
        """Rows of a page as entries, with who said it and what it links to."""
        if not rows:
            return ()
        ids = [row["occurrence_id"] for row in rows]
        reports: dict[UUID, list[Report]] = {}
        for row in await self._connection.fetch(
            sql("reports_at"), self._id, ids, cell.known, cell.basis
        ):
            reports.setdefault(row["occurrence_id"], []).append(_report.decode(row["report"]))
        links: dict[UUID, list[LinkShown]] = {}
        for row in await self._connection.fetch(
            sql("links_at"), self._id, ids, cell.known, cell.basis
        ):
            shown = LinkShown(relation=row["relation"], to=row["name"] or str(row["to_id"]))
            links.setdefault(row["occurrence_id"], []).append(shown)
        beliefs = [_belief.decode(row["value"]) for row in rows]
        said: Claimed = {}
        if claims or policy != GRADED_LATEST:
            said = await claimed(self._connection, self._id, ids, cell.known, cell.basis)
        if policy != GRADED_LATEST:
            beliefs = [
                under(belief, [as_held(c) for c in said.get(i, ())], policy)
                for i, belief in zip(ids, beliefs, strict=True)
            ]
        others = {i for b in beliefs for i in (*b.merged, *((b.into,) if b.into else ()))}
        names = await self._names(others) if others else {}
        entries = tuple(
            entry_shown(
                row,
                belief,
                reports.get(row["occurrence_id"], ()),
                links.get(row["occurrence_id"], ()),
                names,
            )
            for row, belief in zip(rows, beliefs, strict=True)
        )
        if not claims:
            return entries
        return tuple(
            msgspec.structs.replace(entry, claims=tuple(map(as_shown, said.get(entry.id, ()))))
            for entry in entries
        )


def entry_shown(
    row: Mapping[str, Any],
    belief: Belief,
    reports: Sequence[Report],
    links: Sequence[LinkShown],
    names: Mapping[UUID, str],
) -> Entry:
    sources = {
        (report.source.name, report.via): SourceShown(name=report.source.name, via=report.via)
        for report in reports
    }
    return Entry(
        occurrence=row["name"] or str(row["occurrence_id"]),
        id=row["occurrence_id"],
        version=row["version"],
        title=belief.title,
        summary=belief.summary,
        kind=belief.kind,
        occurred=answers.occurred_shown(belief.occurred),
        place=answers.place_shown(belief.place),
        actors=belief.actors,
        toll=belief.toll,
        tags=belief.tags,
        attributes=belief.attributes,
        status=belief.status,
        differ=belief.differ,
        contested=belief.contested,
        sources=tuple(sources.values()),
        independent=independent(reports),
        links=tuple(links),
        into=names[belief.into] if belief.into is not None else None,
        merged=tuple(sorted(names[i] for i in belief.merged)),
        known_from=text(row["known_from"]),
        position=row["position_from"],
    )


def _registries(filter: Filter) -> list[str]:
    """The kinds of registries that a filter asks by."""
    return [kind for kind in KINDS if getattr(filter, kind)]


def changed_at(stream: Any) -> int | None:
    return stream["changed"] if stream is not None else None


def _ambiguous(meant: Mapping[str, Meant]) -> Ambiguous | UnsetType:
    return {kind: of.ambiguous for kind, of in meant.items() if of.ambiguous} or UNSET


def _asked(cell: Cell, filter: Filter, meant: Mapping[str, Meant]) -> tuple[Any, ...]:
    """Parameters 14 to 22 of what reads entries: a cell, and what is asked for in it."""
    return (
        cell.known,
        cell.basis,
        list(filter.kind) or None,
        list(filter.tag) or None,
        flag_bits(filter.status) if filter.status else None,
        *(meant.get(kind, Meant()).keys for kind in ("place", "actor", "source")),
        filter.bbox.unrolled if filter.bbox is not None else None,
    )


def in_cell(cell: Cell) -> tuple[Any, ...]:
    """Parameters 14 to 22 where all is asked for that is in a cell."""
    return _asked(cell, Filter(), {})


def _span(filter: Filter) -> tuple[Any, ...]:
    """Parameters 23 to 27 of what reads entries of any time at once."""
    during = filter.bounds
    start, end = (during.start_earliest, during.end_latest) if during else _ANY_TIME
    return _least(start), start, end, filter.match == "certain", during is None


def _least(start: int) -> list[int]:
    """For each duration class the least `earliest` that can still reach `start`."""
    reach = [max(start - span, dates.MIN) for span in dates.CLASS_SPAN]
    return [*reach, dates.MIN, dates.MIN, dates.MIN]
