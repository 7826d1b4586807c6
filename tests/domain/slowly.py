"""What live claims add up to, resolved from all of them at once: the reference that
`domain.standing`, which goes from point to point, must agree with.

It is written as the rules are told, takes as long as it takes, and shares with what it judges only
what one report says (`domain.held`) and what one subject's figures come to (`domain.tolls`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.areas import box
from domain.beliefs import FLAGS, Belief
from domain.claims import Claims
from domain.held import Held
from domain.independence import grouped
from domain.names import folded
from domain.tolls import Figure, meet, resolved


def believed(live: Sequence[Held]) -> Belief:
    """The belief of some live reports, in whatever order they are."""
    differ, contested = disagreements(live)
    flags = {"reported"}
    if differ:
        flags.add("differ")
    if contested:
        flags.add("contested")
    if any(h.corrected for h in live):
        flags.add("corrected")
    if corroborated(live):
        flags.add("corroborated")
    return Belief(
        status=tuple(f for f in FLAGS if f in flags),
        differ=tuple(differ),
        contested=tuple(contested),
        title=winning(live, "title"),
        summary=winning(live, "summary"),
        kind=winning(live, "kind"),
        occurred=winning(live, "occurred"),
        place=winning(live, "place"),
        actors=winning(live, "actors") or (),
        toll=resolved(figures(live)),
        tags=tuple(sorted({t for h in live if h.claims.tags for t in h.claims.tags})),
        attributes=winning(live, "attributes"),
    )


def winning(live: Sequence[Held], field: str) -> Any:
    stating = [h for h in live if field in h.said]
    if not stating:
        return None
    return getattr(min(stating, key=lambda h: h.rank(field)).claims, field)


def figures(live: Sequence[Held]) -> list[Figure]:
    return [figure for h in live for figure in h.figures]


def corroborated(live: Sequence[Held]) -> bool:
    groups = grouped(h.ties for h in live)
    return any(
        groups[a] != groups[b] and compatible(live[a].claims, live[b].claims)
        for a in range(len(live))
        for b in range(a + 1, len(live))
    )


def compatible(one: Claims, other: Claims) -> bool:
    if one.kind and other.kind and one.kind != other.kind:
        return False
    if not one.occurred or not other.occurred:
        return True
    a, b = one.occurred.bounds, other.occurred.bounds
    return max(a.start_earliest, b.start_earliest) < min(a.end_latest, b.end_latest)


def disagreements(live: Sequence[Held]) -> tuple[list[str], list[str]]:
    differ: list[str] = []
    contested: list[str] = []
    dates = [o.bounds for o in stated(live, "occurred")]
    if len(set(dates)) > 1:
        met = max(d.start_earliest for d in dates) < min(d.end_latest for d in dates)
        (differ if met else contested).append("occurred")
    if len(set(stated(live, "kind"))) > 1:
        differ.append("kind")
    places = stated(live, "place")
    if len({folded(p.name) for p in places}) > 1:
        apart = any(
            folded(one.name) != folded(other.name)
            and (here := box(one)) is not None
            and (there := box(other)) is not None
            and not here.meets(there)
            for one in places
            for other in places
        )
        (contested if apart else differ).append("place")
    if len({frozenset(folded(a.name) for a in who) for who in stated(live, "actors")}) > 1:
        differ.append("actors")
    tolls_differ, tolls_contested = of_tolls(figures(live))
    return differ + tolls_differ, contested + tolls_contested


def stated(live: Sequence[Held], field: str) -> list[Any]:
    return [getattr(h.claims, field) for h in live if field in h.said]


def of_tolls(live: Sequence[Figure]) -> tuple[list[str], list[str]]:
    differ: set[str] = set()
    contested: set[str] = set()
    for subject in {f.subject for f in live}:
        of_subject = [f for f in live if f.subject == subject]
        if subject.scope == "cumulative":
            newest = {folded(f.claimant): f for f in sorted(of_subject, key=lambda f: f.latest)}
            of_subject = list(newest.values())
        bands = [
            f.band for f in of_subject if (f.band.low, f.band.best, f.band.high) != (None,) * 3
        ]
        if len(set(bands)) > 1:
            (differ if meet(bands) else contested).add(f"toll.{subject.outcome}")
    return sorted(differ - contested), sorted(contested)
