"""What live reports add up to, kept up while they come and go along the axis of knowledge.

To resolve all live claims anew at each point would take, for a long history, as many steps as it
has points times reports, at each append. Here each report is taken in once and let go of once; a
step costs about the logarithm of how many stand, and what is asked at a point is ready but for what
changed since. Nothing here decides: values win, differ and bear each other out by the same rules
as everywhere (`domain.held`, `domain.tolls`, `domain.agreement`).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, Generic, TypeVar
from uuid import UUID

from domain.agreement import COMPARED, How, compatible, unequal, unequal_bands
from domain.held import Held
from domain.independence import grouped
from domain.names import folded
from domain.tolls import Band, Figure, Resolved, Subject, order_of, stated

WON = ("title", "summary", "kind", "occurred", "place", "actors", "attributes")
"""The fields whose value is the winning claim's."""

T = TypeVar("T")


class Standing:
    """Reports that are live at one point, and all that a belief says of them."""

    def __init__(self) -> None:
        self._ranked: dict[str, _Ordered[Held]] = {field: _Ordered() for field in WON}
        self._said: dict[str, _Distinct] = {field: _Distinct() for field in COMPARED}
        self._tags: Counter[str] = Counter()
        self._subjects: dict[Subject, _Figures] = {}
        self._corrected = 0
        self._sources = _Sources()

    def take(self, held: Held) -> None:
        """One more report."""
        for field in held.said:
            if field in self._ranked:
                self._ranked[field].add(held.rank(field), held)
            if field in self._said:
                self._said[field].add(getattr(held.claims, field))
        if held.claims.tags:
            self._tags.update(set(held.claims.tags))
        for place, figure in enumerate(held.figures):
            if figure.subject not in self._subjects:
                self._subjects[figure.subject] = _Figures(figure.subject)
            self._subjects[figure.subject].add(figure, place)
        self._corrected += held.corrected
        self._sources.add(held)

    def leave(self, held: Held) -> None:
        """One that was taken is no longer live."""
        for field in held.said:
            if field in self._ranked:
                self._ranked[field].remove(held.rank(field))
            if field in self._said:
                self._said[field].remove(getattr(held.claims, field))
        for tag in set(held.claims.tags or ()):
            _less(self._tags, tag)
        for figure in held.figures:
            of = self._subjects[figure.subject]
            of.remove(figure)
            if not of:
                del self._subjects[figure.subject]
        self._corrected -= held.corrected
        self._sources.remove(held)

    def winning(self, field: str) -> Any:
        """The winning claim's value; None where none says anything."""
        ranked = self._ranked[field]
        return getattr(ranked.first().claims, field) if ranked else None

    def tags(self) -> tuple[str, ...]:
        """All tags, since they are our own labels."""
        return tuple(sorted(self._tags))

    def toll(self) -> tuple[Resolved, ...]:
        """The figures, subject by subject, in the order of the subjects' names."""
        return tuple(self._subjects[subject].resolved() for subject in sorted(self._subjects))

    def disagreements(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The fields in which live claims differ, and those in which they are contested."""
        tolls: dict[How, set[str]] = {"differ": set(), "contested": set()}
        for subject, of in self._subjects.items():
            if (how := of.unequal()) is not None:
                tolls[how].add(f"toll.{subject.outcome}")
        fields = {field: self._said[field].unequal(field) for field in COMPARED}
        return (
            (
                *(f for f in COMPARED if fields[f] == "differ"),
                *sorted(tolls["differ"] - tolls["contested"]),
            ),
            (
                *(f for f in COMPARED if fields[f] == "contested"),
                *sorted(tolls["contested"]),
            ),
        )

    def corrected(self) -> bool:
        """Whether any report stands corrected."""
        return self._corrected > 0

    def corroborated(self) -> bool:
        """Whether two independent sources give dates that overlap and no two different kinds."""
        return self._sources.agree()


def _less(counted: Counter[Any], value: Any) -> bool:
    """Count one less. Whether none is left."""
    counted[value] -= 1
    if counted[value]:
        return False
    del counted[value]
    return True


class _Ordered(Generic[T]):
    """Values by keys that differ, the least first."""

    def __init__(self) -> None:
        self._keys: list[Any] = []
        self._values: list[T] = []

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[T]:
        return iter(self._values)

    def add(self, key: Any, value: T) -> None:
        at = bisect_left(self._keys, key)
        self._keys.insert(at, key)
        self._values.insert(at, value)

    def remove(self, key: Any) -> None:
        at = bisect_left(self._keys, key)
        assert self._keys[at] == key
        del self._keys[at]
        del self._values[at]

    def first(self) -> T:
        return self._values[0]

    def last(self) -> T:
        return self._values[-1]


class _Distinct:
    """The values that claims give for one field, each once, and how they are unequal."""

    def __init__(self) -> None:
        self._counted: Counter[Any] = Counter()
        self._known: How | None = None
        self._stale = False

    def add(self, value: Any) -> None:
        self._stale |= value not in self._counted
        self._counted[value] += 1

    def remove(self, value: Any) -> None:
        self._stale |= _less(self._counted, value)

    def unequal(self, field: str) -> How | None:
        if self._stale:
            self._known = unequal(field, self._counted.keys())
            self._stale = False
        return self._known


class _Figures:
    """The figures for one subject: what they come to, and how they are unequal.

    A claimant's latest figure stands for the earlier ones: in what they come to, and where figures
    are cumulative also in what is compared.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._of: dict[str, _Ordered[tuple[Figure, int]]] = {}
        """By claimant, in the order in which they were said; with the place in the report."""
        self._winners: _Ordered[Figure] = _Ordered()
        self._lows: list[int] = []
        self._highs: list[int] = []
        self._compared: Counter[Band] = Counter()
        self._known: How | None = None
        self._stale = False
        self._resolved: Resolved | None = None

    def __len__(self) -> int:
        return len(self._of)

    def add(self, figure: Figure, place: int) -> None:
        claimant = folded(figure.claimant)
        said = self._of.get(claimant)
        if said is None:
            said = self._of[claimant] = _Ordered()
        else:
            self._stands_no_more(said)
        said.add(figure.latest, (figure, place))
        self._stands(said)
        if self._subject.scope != "cumulative":
            self._compare(figure.band)

    def remove(self, figure: Figure) -> None:
        claimant = folded(figure.claimant)
        said = self._of[claimant]
        self._stands_no_more(said)
        said.remove(figure.latest)
        if said:
            self._stands(said)
        else:
            del self._of[claimant]
        if self._subject.scope != "cumulative":
            self._compare_no_more(figure.band)

    def _stands(self, said: _Ordered[tuple[Figure, int]]) -> None:
        figure, _ = said.last()
        self._winners.add(_order(said), figure)
        if figure.band.low is not None:
            insort(self._lows, figure.band.low)
        if figure.band.high is not None:
            insort(self._highs, figure.band.high)
        if self._subject.scope == "cumulative":
            self._compare(figure.band)
        self._resolved = None

    def _stands_no_more(self, said: _Ordered[tuple[Figure, int]]) -> None:
        figure, _ = said.last()
        self._winners.remove(_order(said))
        if figure.band.low is not None:
            del self._lows[bisect_left(self._lows, figure.band.low)]
        if figure.band.high is not None:
            del self._highs[bisect_left(self._highs, figure.band.high)]
        if self._subject.scope == "cumulative":
            self._compare_no_more(figure.band)
        self._resolved = None

    def _compare(self, band: Band) -> None:
        self._stale |= band not in self._compared
        self._compared[band] += 1

    def _compare_no_more(self, band: Band) -> None:
        self._stale |= _less(self._compared, band)

    def resolved(self) -> Resolved:
        if self._resolved is None:
            self._resolved = stated(
                self._subject,
                self._winners.first(),
                low=self._lows[0] if self._lows else None,
                high=self._highs[-1] if len(self._highs) == len(self._of) else None,
                claimants=len(self._of),
            )
        return self._resolved

    def unequal(self) -> How | None:
        if self._stale:
            self._known = unequal_bands(self._compared.keys())
            self._stale = False
        return self._known


def _order(said: _Ordered[tuple[Figure, int]]) -> tuple[Any, ...]:
    """Who wins comes first; of claimants in one report, whoever was the first to say something."""
    first, place = said.first()
    figure, _ = said.last()
    return (order_of(figure), first.latest, place)


class _Sources:
    """Who stands behind live reports, and whether two of them are independent and agree."""

    def __init__(self) -> None:
        self._live: dict[UUID, Held] = {}
        self._tied: Counter[tuple[str, ...]] = Counter()
        self._groups: dict[tuple[str, ...], str] = {}
        self._regrouped = False
        """Whether who depends on whom may have changed since it was found."""
        self._fresh: list[UUID] = []
        """Reports that came in since it was found that no two agree."""
        self._two: tuple[Held, Held] | None = None
        """Two that are independent and agree, where two were found."""

    def add(self, held: Held) -> None:
        self._live[held.event_id] = held
        self._regrouped |= held.ties not in self._tied
        self._tied[held.ties] += 1
        self._fresh.append(held.event_id)

    def remove(self, held: Held) -> None:
        del self._live[held.event_id]
        if _less(self._tied, held.ties):
            self._regrouped = True
            # Two that were tied by this one alone may be independent now.
            self._fresh = [*self._live]
        if self._two is not None and (held is self._two[0] or held is self._two[1]):
            self._two = None
            self._fresh = [*self._live]

    def agree(self) -> bool:
        if len(self._tied) < 2:
            return False
        if self._regrouped:
            tied = [*self._tied]
            self._groups = dict(zip(tied, grouped(tied), strict=True))
            self._regrouped = False
        if self._two is not None and not self._independent(*self._two):
            self._two = None
            self._fresh = [*self._live]
        if self._two is None:
            self._two = self._found()
            self._fresh.clear()
        return self._two is not None

    def _independent(self, one: Held, other: Held) -> bool:
        return self._groups[one.ties] != self._groups[other.ties]

    def _found(self) -> tuple[Held, Held] | None:
        """Two that agree, one of them fresh: among the others there are none."""
        if len(set(self._groups.values())) < 2:
            return None
        fresh = [self._live[event_id] for event_id in {*self._fresh} & self._live.keys()]
        alike = self._unlike(self._live.values())
        for one in self._unlike(fresh):
            for other in alike:
                if self._independent(one, other) and compatible(one.claims, other.claims):
                    return one, other
        return None

    def _unlike(self, held: Collection[Held]) -> list[Held]:
        """One of each sort, as far as agreeing goes."""
        sorts: dict[tuple[Any, ...], Held] = {}
        for h in held:
            bounds = h.claims.occurred.bounds if h.claims.occurred else None
            sorts.setdefault((self._groups[h.ties], h.claims.kind, bounds), h)
        return [*sorts.values()]
