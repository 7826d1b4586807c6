"""Timelines: which occurrences a definition selects."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from domain import areas, dates
from domain.beliefs import Belief
from domain.events import Select, Statement
from domain.names import folded
from domain.registries import Keys, bears


class Definition(Struct, frozen=True, kw_only=True):
    """One version of a timeline: in force from `position` until the next definition of it.

    `keys` are what the places, actors and sources in `select` stood for when it was filed.
    """

    timeline: UUID
    name: str
    version: int
    position: int
    title: str
    description: str | None
    select: Select | None
    include: frozenset[UUID]
    exclude: frozenset[UUID]
    keys: Keys = Keys()

    def holds(self, occurrence: UUID, belief: Belief) -> bool:
        """Whether an occurrence with this belief is an entry. What is excluded never is.

        Sources are no part of it: they are those of the live reports, which change within a belief,
        and are looked at when entries are read.

        What is included stays so where it is merged into another: that one is then the entry.
        """
        if occurrence in self.exclude:
            return False
        if occurrence in self.include or not self.include.isdisjoint(belief.merged):
            return True
        return self.select is not None and selects(self.select, self.keys, belief)


def defined(timeline: UUID, version: int, position: int, statement: Statement) -> Definition:
    """The definition that a `timeline.defined` puts in force."""
    return Definition(
        timeline=timeline,
        name=statement.timeline or "",
        version=version,
        position=position,
        title=statement.title or "",
        description=statement.description,
        select=statement.select,
        include=frozenset(statement.include),
        exclude=frozenset(statement.exclude),
        keys=statement.keys or Keys(),
    )


def place_key(belief: Belief) -> str | None:
    """The folded key of a belief's place."""
    return folded(belief.place.name) if belief.place is not None else None


def actor_keys(belief: Belief) -> tuple[str, ...]:
    """The folded keys of a belief's actors, sorted."""
    return tuple(sorted({folded(actor.name) for actor in belief.actors}))


def selects(select: Select, keys: Keys, belief: Belief) -> bool:
    """Whether the filters of a definition, but for its sources, match a belief.

    What is undated matches no `during`, and what has no point no `bbox`. A name that was borne for
    a time only matches what may have happened in it, and so what is undated too.
    """
    time = None
    if belief.occurred is not None:
        time = belief.occurred.bounds.start_earliest, belief.occurred.bounds.end_latest
    if select.kind and belief.kind not in select.kind:
        return False
    if select.tag and not set(select.tag) & set(belief.tags):
        return False
    place = place_key(belief)
    if select.place and (place is None or not bears(keys.place, (place,), time)):
        return False
    if select.actor and not bears(keys.actor, actor_keys(belief), time):
        return False
    if select.bbox is not None:
        area = areas.box(belief.place) if belief.place is not None else None
        if area is None or not area.meets(areas.Box(*select.bbox)):
            return False
    if select.during is None:
        return True
    if belief.occurred is None:
        return False
    during = dates.parse(select.during)
    test = dates.certain if select.match == "certain" else dates.possible
    return test(belief.occurred.bounds, during)
