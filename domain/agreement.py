"""Agreement: where live claims are unequal, and whether independent sources bear each other out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from domain.areas import box
from domain.claims import Claims, Place
from domain.dates import Bounds
from domain.held import Held
from domain.independence import grouped
from domain.names import folded
from domain.tolls import Figure, meet


def figures(live: Iterable[Held]) -> list[Figure]:
    """The figures of some reports, together."""
    return [figure for h in live for figure in h.figures]


def disagreements(live: Sequence[Held]) -> tuple[list[str], list[str]]:
    """The fields in which live claims differ, and those in which they are contested."""
    return _between(live) if len(live) > 1 else _within(live[0])


def corroborated(live: Sequence[Held]) -> bool:
    """Whether two independent sources give dates that overlap and no two different kinds."""
    groups = grouped(h.ties for h in live)
    return len(set(groups)) > 1 and any(
        groups[a] != groups[b] and _compatible(live[a].claims, live[b].claims)
        for a in range(len(live))
        for b in range(a + 1, len(live))
    )


def _compatible(one: Claims, other: Claims) -> bool:
    if one.kind and other.kind and one.kind != other.kind:
        return False
    if not one.occurred or not other.occurred:
        return True
    a, b = one.occurred.bounds, other.occurred.bounds
    return max(a.start_earliest, b.start_earliest) < min(a.end_latest, b.end_latest)


def _stated(live: Sequence[Held], field: str) -> list[Any]:
    return [getattr(h.claims, field) for h in live if field in h.said]


def _between(live: Sequence[Held]) -> tuple[list[str], list[str]]:
    """Fields in which live claims are unequal: those that can be reconciled, those that cannot.

    Two kinds are not taken to exclude each other: nothing here knows that they do. Two places named
    differently do, where their areas do not meet. Titles and summaries are wording, and are not
    compared.
    """
    differ: list[str] = []
    contested: list[str] = []
    dates: list[Bounds] = [o.bounds for o in _stated(live, "occurred")]
    if len(set(dates)) > 1:
        met = max(d.start_earliest for d in dates) < min(d.end_latest for d in dates)
        (differ if met else contested).append("occurred")
    if len(set(_stated(live, "kind"))) > 1:
        differ.append("kind")
    places: list[Place] = _stated(live, "place")
    if len({folded(p.name) for p in places}) > 1:
        (contested if _apart(places) else differ).append("place")
    if len({frozenset(folded(a.name) for a in who) for who in _stated(live, "actors")}) > 1:
        differ.append("actors")
    tolls_differ, tolls_contested = _of_tolls(figures(live))
    return differ + tolls_differ, contested + tolls_contested


def _apart(places: Sequence[Place]) -> bool:
    """Whether two places of different names have areas that do not meet."""
    located = sorted({(box(p), folded(p.name)) for p in places if p.lat is not None}, key=repr)
    return any(
        name != other_name and not area.meets(other)
        for at, (area, name) in enumerate(located)
        for other, other_name in located[:at]
        if area is not None and other is not None
    )


def _within(only: Held) -> tuple[list[str], list[str]]:
    """One report may quote claimants who disagree."""
    if not only.claims.toll or len(only.claims.toll) == 1:
        return [], []
    return _of_tolls(figures([only]))


def _of_tolls(live: Sequence[Figure]) -> tuple[list[str], list[str]]:
    """A cumulative figure grows: each claimant's latest stands for the earlier ones."""
    differ: set[str] = set()
    contested: set[str] = set()
    for subject in {f.subject for f in live}:
        stated = [f for f in live if f.subject == subject]
        if subject.scope == "cumulative":
            newest = {folded(f.claimant): f for f in sorted(stated, key=lambda f: f.latest)}
            stated = list(newest.values())
        bands = [f.band for f in stated if (f.band.low, f.band.best, f.band.high) != (None,) * 3]
        if len(set(bands)) > 1:
            (differ if meet(bands) else contested).add(f"toll.{subject.outcome}")
    return sorted(differ - contested), sorted(contested)
