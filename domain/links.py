"""Links: which occurrences are related to which, at each point of knowledge.

A link runs between ids. Where one of them is merged away, it stands for what it is merged into; so
what is shown, and whether parts form a forest, depends on both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from msgspec import Struct

from domain.errors import Conflict
from domain.events import LINKS, Recorded
from domain.homes import Away, in_order
from domain.instants import NEVER, text

PART_OF = "part-of"


class Link(Struct, frozen=True):
    """A stretch of knowledge `[known_from, known_to)` in which one occurrence is linked."""

    occurrence: UUID
    relation: str
    to: UUID
    known_from: int
    known_to: int


def links(events: Iterable[Recorded]) -> list[Link]:
    """The links that events make and end, stretch by stretch."""
    begun: dict[tuple[UUID, str, UUID], int] = {}
    ended: list[Link] = []
    for event in in_order(e for e in events if e.type in LINKS):
        relation, to, known = event.statement.relation, event.statement.to, event.known_from
        assert relation is not None
        assert to is not None
        assert known is not None
        if event.type == "occurrence.linked":
            begun.setdefault((event.stream_id, relation, to), known)
            continue
        for part, other in event.statement.ends:
            since = begun.pop((part, relation, other), None)
            if since is not None and since < known:
                ended.append(Link(part, relation, other, since, known))
    return ended + [Link(*key, since, NEVER) for key, since in begun.items()]


class Web:
    """The links and merges of a chronicle as they stand on one basis."""

    def __init__(self, links: Iterable[Link], away: Iterable[Away]) -> None:
        self._links = list(links)
        self._away: dict[UUID, list[Away]] = {}
        for stretch in away:
            self._away.setdefault(stretch.occurrence, []).append(stretch)

    def without(self, occurrences: Iterable[UUID]) -> Web:
        """What is left where some occurrences' links and merges are taken out."""
        out = set(occurrences)
        return Web(
            (link for link in self._links if link.occurrence not in out),
            (a for stretches in self._away.values() for a in stretches if a.occurrence not in out),
        )

    def joined(self, links: Iterable[Link], away: Iterable[Away]) -> Web:
        """With more links and merges."""
        mine = (a for stretches in self._away.values() for a in stretches)
        return Web((*self._links, *links), (*mine, *away))

    def pairs(self) -> set[tuple[UUID, UUID]]:
        """From and to of every link that ever stood."""
        return {(link.occurrence, link.to) for link in self._links}

    def follow(self, occurrence: UUID, known: int) -> UUID:
        """What an id stands for at a point of knowledge."""
        for stretch in self._away.get(occurrence, ()):
            if stretch.known_from <= known < stretch.known_to:
                return stretch.into
        return occurrence

    def between(self, relation: str, part: UUID, to: UUID, known: int) -> list[Link]:
        """The links that at a point are between what two ids stand for."""
        ends = (self.follow(part, known), self.follow(to, known))
        return [
            link
            for link in self._links
            if link.relation == relation
            and link.known_from <= known < link.known_to
            and (self.follow(link.occurrence, known), self.follow(link.to, known)) == ends
        ]

    def check_forest(self, since: int, called: Callable[[UUID], str] = str) -> None:
        """Raises Conflict where from a point on a part has two wholes, or is a part of itself.

        `called` gives the names of occurrences, for the message.
        """
        parts = [link for link in self._links if link.relation == PART_OF]
        stretches: Sequence[Link | Away] = [
            *parts,
            *(a for stretches in self._away.values() for a in stretches),
        ]
        points = {since}
        for stretch in stretches:
            points.update(p for p in (stretch.known_from, stretch.known_to) if since < p < NEVER)
        for known in sorted(points):
            self._check_at(known, parts, called)

    def _check_at(self, known: int, parts: Iterable[Link], called: Callable[[UUID], str]) -> None:
        whole: dict[UUID, UUID] = {}
        for link in parts:
            if not link.known_from <= known < link.known_to:
                continue
            part, of = self.follow(link.occurrence, known), self.follow(link.to, known)
            if part != of and whole.setdefault(part, of) != of:
                raise Conflict(
                    f"By what would be known at {text(known)}, {called(part)} is part of "
                    f"{called(whole[part])} and of {called(of)}: it can be part of one occurrence."
                )
        above_none: set[UUID] = set()
        for part in whole:
            chain: list[UUID] = []
            at: UUID | None = part
            while at is not None and at not in above_none:
                if at in chain:
                    round_ = " in ".join(map(called, [*chain[chain.index(at) :], at]))
                    raise Conflict(
                        f"By what would be known at {text(known)}, {called(at)} is part of itself: "
                        f"{round_}."
                    )
                chain.append(at)
                at = whole.get(at)
            above_none.update(chain)
