"""Totals: the tolls of many occurrences, grouped and added so that nobody is counted twice.

Whatever is added counts one outcome: killed and injured are never one number. Cumulative figures
are listed and never summed. A whole and its parts give the larger of the two, figure by figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from domain import dates
from domain.claims import Occurred
from domain.names import folded
from domain.tolls import Resolved

Key = tuple[tuple[int, ...], str]
"""What orders a group among the others, and the words that it is the same by."""


class Named(Protocol):
    """A place or an actor."""

    @property
    def name(self) -> str: ...


class Figured(Protocol):
    """What a toll comes to."""

    @property
    def outcome(self) -> str: ...
    @property
    def scope(self) -> str: ...
    @property
    def low(self) -> int | None: ...
    @property
    def best(self) -> int | None: ...
    @property
    def high(self) -> int | None: ...


class Valued(Protocol):
    """What is believed of an occurrence, as far as sums ask."""

    @property
    def kind(self) -> str | None: ...
    @property
    def occurred(self) -> Occurred | None: ...
    @property
    def place(self) -> Named | None: ...
    @property
    def actors(self) -> Sequence[Named]: ...
    @property
    def toll(self) -> Sequence[Figured]: ...


class Counted(Struct, frozen=True):
    """An occurrence that is counted: its id, its name, what is believed of it, and of that the
    cumulative figures."""

    occurrence: UUID
    name: str
    value: Valued
    cumulative: tuple[Resolved, ...] = ()


class Row(Struct, frozen=True, kw_only=True):
    """What the occurrences of one group come to, for one outcome.

    `key` is null for those without a month, place, actor or kind. `outcome` is null where none of
    them has a figure. Of `occurrences` there are `without_figure` for this outcome: they count as
    nothing, and nothing says that they are nothing. `without_low`, `without_best` and
    `without_high` are figures, of those that there are, that leave the bound open.

    `low` is a floor, to which an unknown low adds nothing. `best` and `high` are null as soon as
    one figure lacks them; `best_known` is what the known best figures add up to.
    """

    key: str | None
    outcome: str | None
    occurrences: int
    without_figure: int
    without_low: int = 0
    without_best: int = 0
    without_high: int = 0
    low: int | None = None
    best: int | None = None
    best_known: int | None = None
    high: int | None = None


class Cumulative(Struct, frozen=True, kw_only=True):
    """A figure that runs since some date, and so is never summed."""

    occurrence: str
    toll: Resolved


class Sums(Struct, frozen=True, kw_only=True):
    """All that some occurrences come to.

    `additive` says whether the rows of an outcome add up to its total: they do not where an
    occurrence is in several groups, or a whole in another than its part.
    """

    rows: tuple[Row, ...]
    total: tuple[Row, ...]
    cumulative: tuple[Cumulative, ...]
    additive: bool


def sums(counted: Sequence[Counted], wholes: Mapping[UUID, UUID], by: str) -> Sums:
    """Add up occurrences, `by` one of `domain.query.BY`.

    `wholes` are the wholes of parts, also of those that are not counted: a forest. What is a part
    of a counted whole through others that are not counted is its part all the same.
    """
    everything = {each.occurrence: each for each in counted}
    total = _rows(None, everything, wholes)
    cumulative = [
        Cumulative(occurrence=each.name, toll=toll) for each in counted for toll in each.cumulative
    ]
    cumulative.sort(key=lambda c: (c.toll.outcome, c.toll.since or "", c.occurrence))
    if by == "outcome":
        rows = tuple(_keyed(row, row.outcome) for row in total)
        return Sums(rows=rows, total=total, cumulative=tuple(cumulative), additive=True)
    groups: dict[Key | None, dict[UUID, Counted]] = {}
    spellings: dict[Key, Counter[str]] = {}
    member: dict[UUID, list[Key | None]] = {}
    for each in counted:
        keys = _keys(by, each.value)
        for key, spelling in keys.items():
            spellings.setdefault(key, Counter())[spelling] += 1
        member[each.occurrence] = list(keys) or [None]
        for place in member[each.occurrence]:
            groups.setdefault(place, {})[each.occurrence] = each
    made: list[Row] = []
    for place in sorted(groups, key=lambda k: (k is None, k or ((), ""))):
        shown = _spelling(spellings[place]) if place is not None else None
        made += _rows(shown, groups[place], wholes)
    return Sums(
        rows=tuple(made),
        total=total,
        cumulative=tuple(cumulative),
        additive=_additive(member, wholes),
    )


def _keyed(row: Row, key: str | None) -> Row:
    return Row(**{**{f: getattr(row, f) for f in row.__struct_fields__}, "key": key})


# Groups


def _keys(by: str, value: Valued) -> dict[Key, str]:
    """The groups that an occurrence is in, each with how it spells them."""
    match by:
        case "month":
            return _month(value.occurred)
        case "place":
            names = [value.place.name] if value.place is not None else []
        case "actor":
            names = [actor.name for actor in value.actors]
        case _:
            names = [value.kind] if value.kind is not None else []
    return {((), folded(name)): name for name in reversed(names)}


def _month(occurred: Occurred | None) -> dict[Key, str]:
    """The month of the earliest start. What has none is undated, or began nobody says when."""
    found = _month_of(occurred.bounds) if occurred is not None else None
    return {found: found[1]} if found is not None else {}


@lru_cache(maxsize=4096)
def _month_of(bounds: dates.Bounds) -> Key | None:
    earliest = dates.earliest_text(bounds)
    if earliest is None:
        return None
    month = earliest.partition("T")[0].rpartition("-")[0]
    year, _, number = month.rpartition("-")
    return (int(year), int(number)), month


def _spelling(counts: Counter[str]) -> str:
    """The most frequent, of these the first by its letters."""
    return min(counts, key=lambda spelling: (-counts[spelling], spelling))


def _additive(member: Mapping[UUID, Sequence[Key | None]], wholes: Mapping[UUID, UUID]) -> bool:
    for occurrence, keys in member.items():
        above = _above(occurrence, member, wholes)
        if len(keys) > 1 or (above is not None and list(member[above]) != list(keys)):
            return False
    return True


# Sums


class _Sum(Struct, frozen=True, gc=False):
    """What several figures come to. `best` and `high` are None where one of them lacks it."""

    low: int | None
    best: int | None
    best_known: int | None
    high: int | None


def _rows(
    key: str | None, members: Mapping[UUID, Counted], wholes: Mapping[UUID, UUID]
) -> tuple[Row, ...]:
    """A row for each outcome that a member has a figure for; one without, where none has any."""
    above = {occurrence: _above(occurrence, members, wholes) for occurrence in members}
    upwards = _upwards(above)
    figures: dict[str, dict[UUID, Figured]] = {}
    for occurrence, each in members.items():
        for toll in each.value.toll:
            if toll.scope == "incident":
                figures.setdefault(toll.outcome, {})[occurrence] = toll
    if not figures:
        number = len(members)
        return (
            (Row(key=key, outcome=None, occurrences=number, without_figure=number),)
            if number
            else ()
        )
    return tuple(
        _row(key, outcome, len(members), figures[outcome], above, upwards)
        for outcome in sorted(figures)
    )


def _row(
    key: str | None,
    outcome: str,
    occurrences: int,
    figures: Mapping[UUID, Figured],
    above: Mapping[UUID, UUID | None],
    upwards: Sequence[UUID],
) -> Row:
    parts: dict[UUID | None, list[_Sum]] = {}
    for occurrence in upwards:
        own = figures.get(occurrence)
        below = parts.pop(occurrence, None)
        came = _larger(_of(own) if own is not None else None, _added(below) if below else None)
        if came is not None:
            parts.setdefault(above[occurrence], []).append(came)
    came = _added(parts[None])
    return Row(
        key=key,
        outcome=outcome,
        occurrences=occurrences,
        without_figure=occurrences - len(figures),
        without_low=sum(toll.low is None for toll in figures.values()),
        without_best=sum(toll.best is None for toll in figures.values()),
        without_high=sum(toll.high is None for toll in figures.values()),
        low=came.low,
        best=came.best,
        best_known=came.best_known,
        high=came.high,
    )


def _of(toll: Figured) -> _Sum:
    return _Sum(toll.low, toll.best, toll.best, toll.high)


def _added(some: Sequence[_Sum]) -> _Sum:
    """As the groups of one claim are added, see `domain.tolls.added`."""
    return _Sum(
        _floor(s.low for s in some),
        _whole([s.best for s in some]),
        _floor(s.best_known for s in some),
        _whole([s.high for s in some]),
    )


def _floor(numbers: Iterable[int | None]) -> int | None:
    known = [n for n in numbers if n is not None]
    return sum(known) if known else None


def _whole(numbers: Sequence[int | None]) -> int | None:
    known = [n for n in numbers if n is not None]
    return sum(known) if len(known) == len(numbers) else None


def _larger(one: _Sum | None, other: _Sum | None) -> _Sum | None:
    """The larger of a whole and of its parts together, each figure by itself.

    What is unknown may be larger than what is known, so that it stays unknown: but a floor is one.
    """
    if one is None or other is None:
        return one or other
    return _Sum(
        max((n for n in (one.low, other.low) if n is not None), default=None),
        max(one.best, other.best) if one.best is not None and other.best is not None else None,
        max((n for n in (one.best_known, other.best_known) if n is not None), default=None),
        max(one.high, other.high) if one.high is not None and other.high is not None else None,
    )


def _above(
    occurrence: UUID, members: Mapping[UUID, object], wholes: Mapping[UUID, UUID]
) -> UUID | None:
    """The nearest whole of an occurrence among some."""
    above = wholes.get(occurrence)
    while above is not None and above not in members:
        above = wholes.get(above)
    return above


def _upwards(above: Mapping[UUID, UUID | None]) -> list[UUID]:
    """All of a forest, each after all that is below it."""
    below: dict[UUID | None, list[UUID]] = {}
    for occurrence, whole in above.items():
        below.setdefault(whole, []).append(occurrence)
    found = list(below.get(None, ()))
    for occurrence in found:  # grows as it is walked
        found += below.get(occurrence, ())
    found.reverse()
    return found
