"""How many: a claim as (low, best, high), groups added, claimants set side by side.

`None` as low or best is unknown, as high it is unknown or claimed to be open. Nothing requires
low <= best <= high: real data breaks it, and what was claimed is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from domain.claims import Given, Toll
from domain.names import folded


class Band(Struct, frozen=True):
    """A figure with its doubt."""

    low: int | None
    best: int | None
    high: int | None


def band(toll: Toll) -> Band:
    """A claim's figure: exactly n is n,n,n; at least n is n,-,-; at most 0,-,n; about -,n,-."""
    if toll.exactly is not None:
        return Band(toll.exactly, toll.exactly, toll.exactly)
    if toll.about is not None:
        return Band(None, toll.about, None)
    if toll.at_least is not None or toll.at_most is not None:
        return Band(toll.at_least if toll.at_least is not None else 0, None, toll.at_most)
    return Band(toll.low, toll.best, toll.high)


def added(bands: Sequence[Band]) -> Band:
    """Groups of one claim together.

    Each unknown low adds at least nothing, so the known lows are a floor; one unknown best or high
    makes the sum's unknown.
    """
    lows = [b.low for b in bands if b.low is not None]
    bests = [b.best for b in bands if b.best is not None]
    highs = [b.high for b in bands if b.high is not None]
    return Band(
        sum(lows) if lows else None,
        sum(bests) if len(bests) == len(bands) and bands else None,
        sum(highs) if len(highs) == len(bands) and bands else None,
    )


class Subject(Struct, frozen=True, order=True):
    """What a figure counts. Figures of different subjects are never compared or added."""

    outcome: str
    scope: str
    since: str


class Figure(Struct, frozen=True):
    """What one claimant says of one subject in one report, with the rank that it wins by.

    `rank` sorts the winning figure first; `latest` sorts a claimant's latest last.
    """

    subject: Subject
    claimant: str
    rank: tuple[int, int, int]
    latest: tuple[int, int]
    band: Band
    groups: tuple[Toll, ...]


def figures(
    tolls: Iterable[Toll], origin: str, rank: tuple[int, int, int], latest: tuple[int, int]
) -> list[Figure]:
    """One report's figures: groups gathered by subject and claimant, parts of groups not added.

    Who counts only a part of a group puts no figure to the whole, and so has none here.
    """
    gathered: dict[tuple[Subject, str], list[Toll]] = {}
    names: dict[tuple[Subject, str], str] = {}
    for toll in tolls:
        claimant = toll.claimant or origin
        key = (Subject(toll.outcome, toll.scope, toll.since or ""), folded(claimant))
        gathered.setdefault(key, []).append(toll)
        names.setdefault(key, claimant)
    return [
        Figure(
            key[0],
            names[key],
            rank,
            latest,
            added([band(t) for t in groups if t.of is None]),
            tuple(groups),
        )
        for key, groups in gathered.items()
        if any(t.of is None for t in groups)
    ]


class Group(Given, frozen=True, kw_only=True):
    """One group of a resolved toll, in the winning claimant's words."""

    group: str | None = None
    of: str | None = None
    low: int | None
    best: int | None
    high: int | None
    words: str | None = None


class Resolved(Given, frozen=True, kw_only=True):
    """A toll as the live claims give it: a band over the claimants, and the winner's groups.

    `low` is the least low and `high` the greatest high of the claimants' latest claims, `best` the
    winning claimant's. `null` is unknown; for `high` also that one claims no upper bound.
    """

    outcome: str
    scope: str = "incident"
    since: str | None = None
    low: int | None
    best: int | None
    high: int | None
    words: str | None = None
    claimant: str
    claimants: int
    groups: tuple[Group, ...] = ()


def resolved(live: Sequence[Figure]) -> tuple[Resolved, ...]:
    """The live figures, subject by subject, in the order of the subjects' names."""
    return tuple(
        _resolve(subject, [f for f in live if f.subject == subject])
        for subject in sorted({f.subject for f in live})
    )


def _resolve(subject: Subject, of_subject: list[Figure]) -> Resolved:
    latest: dict[str, Figure] = {}
    for figure in sorted(of_subject, key=lambda f: f.latest):
        latest[folded(figure.claimant)] = figure
    winner = min(latest.values(), key=lambda f: f.rank)
    lows = [f.band.low for f in latest.values() if f.band.low is not None]
    highs = [f.band.high for f in latest.values() if f.band.high is not None]
    return stated(
        subject,
        winner,
        low=min(lows) if lows else None,
        high=max(highs) if len(highs) == len(latest) else None,
        claimants=len(latest),
    )


def stated(
    subject: Subject, winner: Figure, *, low: int | None, high: int | None, claimants: int
) -> Resolved:
    """A toll in the winning figure's words, with the bounds over all claimants."""
    words = next((t.words for t in winner.groups if t.words and t.of is None), None)
    named = [t for t in winner.groups if t.group is not None or t.of is not None]
    return Resolved(
        outcome=subject.outcome,
        scope=subject.scope,
        since=subject.since or None,
        low=low,
        best=winner.band.best,
        high=high,
        words=words if len(winner.groups) == 1 else None,
        claimant=winner.claimant,
        claimants=claimants,
        groups=tuple(_group(t) for t in named),
    )


def _group(toll: Toll) -> Group:
    b = band(toll)
    return Group(
        group=toll.group, of=toll.of, low=b.low, best=b.best, high=b.high, words=toll.words
    )


def meet(live: Sequence[Band]) -> bool:
    """Whether one number satisfies every band: the greatest low is not above the least high."""
    lows = [b.low for b in live if b.low is not None]
    highs = [b.high for b in live if b.high is not None]
    return not lows or not highs or max(lows) <= min(highs)
