"""Timelines: which occurrences a definition selects."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from domain import dates
from domain.beliefs import Belief
from domain.events import Select, Statement


class Definition(Struct, frozen=True, kw_only=True):
    """One version of a timeline: in force from `position` until the next definition of it."""

    timeline: UUID
    name: str
    version: int
    position: int
    title: str
    description: str | None
    select: Select | None
    include: frozenset[UUID]
    exclude: frozenset[UUID]

    def holds(self, occurrence: UUID, belief: Belief) -> bool:
        """Whether an occurrence with this belief is an entry. What is excluded never is.

        What is included stays so where it is merged into another: that one is then the entry.
        """
        if occurrence in self.exclude:
            return False
        if occurrence in self.include or not self.include.isdisjoint(belief.merged):
            return True
        return self.select is not None and selects(self.select, belief)


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
    )


def selects(select: Select, belief: Belief) -> bool:
    """Whether the filters of a definition match a belief. What is undated matches no `during`."""
    if select.kind and belief.kind not in select.kind:
        return False
    if select.tag and not set(select.tag) & set(belief.tags):
        return False
    if select.during is None:
        return True
    if belief.occurred is None:
        return False
    during = dates.parse(select.during)
    test = dates.certain if select.match == "certain" else dates.possible
    return test(belief.occurred.bounds, during)
