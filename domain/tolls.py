"""How many: a claim as (low, best, high), groups added, claimants set side by side.

`None` as low or best is unknown, as high it is unknown or claimed to be open. Nothing requires
low <= best <= high: real data breaks it, and what was claimed is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from domain.claims import Given, Toll
from domain.names import folded
from domain.policy import GRADED_LATEST, Policy


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


def spanned(bands: Sequence[Band]) -> Band:
    """Figures for one and the same thing side by side: the least low, the first's best, the
    greatest high, which is unknown where one of them gives none."""
    lows = [b.low for b in bands if b.low is not None]
    highs = [b.high for b in bands if b.high is not None]
    return Band(
        min(lows) if lows else None,
        bands[0].best,
        max(highs) if len(highs) == len(bands) else None,
    )


class Subject(Struct, frozen=True, order=True):
    """What a figure counts. Figures of different subjects are never compared or added.

    Groups of an incident are added, so the incident is one subject. Cumulative figures are never
    summed, so each group of one, by its folded name, is a subject of its own.
    """

    outcome: str
    scope: str
    since: str
    group: str


class Figure(Struct, frozen=True):
    """What one claimant says of one subject in one report, with what it wins by.

    `grade` is the report's place by its grade; `latest` sorts a claimant's latest last.
    """

    subject: Subject
    claimant: str
    grade: int
    latest: tuple[int, int]
    band: Band
    groups: tuple[Toll, ...]


def figures(
    tolls: Iterable[Toll], origin: str, grade: int, latest: tuple[int, int]
) -> list[Figure]:
    """One report's figures: groups gathered by subject and claimant, parts of groups not added.

    Who counts only a part of a group puts no figure to the whole, and so has none here.
    """
    given = list(tolls)
    gathered: dict[tuple[Subject, str], list[Toll]] = {}
    names: dict[tuple[Subject, str], str] = {}
    for toll in given:
        claimant = toll.claimant or origin
        key = (_subject(toll, given), folded(claimant))
        gathered.setdefault(key, []).append(toll)
        names.setdefault(key, claimant)
    return [
        Figure(
            key[0],
            names[key],
            grade,
            latest,
            _together(key[0], [band(t) for t in groups if t.of is None]),
            tuple(groups),
        )
        for key, groups in gathered.items()
        if any(t.of is None for t in groups)
    ]


def _together(subject: Subject, bands: Sequence[Band]) -> Band:
    return added(bands) if subject.scope == "incident" else spanned(bands)


def _subject(toll: Toll, given: Sequence[Toll]) -> Subject:
    """What a toll counts; a part of a cumulative group counts towards what that group does."""
    if toll.scope == "incident":
        return Subject(toll.outcome, toll.scope, "", "")
    group = toll.group if toll.of is None else whole_of(toll, given)
    return Subject(toll.outcome, toll.scope, toll.since or "", folded(group or ""))


def whole_of(toll: Toll, given: Sequence[Toll]) -> str | None:
    """The group that a toll is a part of in the end, which is no part itself; its own where it is
    no part. None where parts are parts of each other."""
    group, passed = toll.group, {toll.of}
    of = toll.of
    while of is not None:
        group = of
        named = [t for t in given if t.group == group and t.outcome == toll.outcome]
        of = None if any(t.of is None for t in named) else next((t.of for t in named), None)
        if of in passed and of is not None:
            return None
        passed.add(of)
    return group


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
    winning claimant's. `null` is unknown; for `high` also that one claims no upper bound. `group`
    is what a cumulative figure counts, in the winner's words; an incident's groups are added.
    """

    outcome: str
    scope: str = "incident"
    since: str | None = None
    group: str | None = None
    low: int | None
    best: int | None
    high: int | None
    words: str | None = None
    claimant: str
    claimants: int
    groups: tuple[Group, ...] = ()


def resolved(live: Iterable[Figure], policy: Policy = GRADED_LATEST) -> tuple[Resolved, ...]:
    """The live figures that a policy counts, subject by subject, in the order of these."""
    counted: dict[Subject, list[Figure]] = {}
    for figure in live:
        if policy.counts(figure.claimant):
            counted.setdefault(figure.subject, []).append(figure)
    return tuple(_resolve(subject, counted[subject], policy) for subject in sorted(counted))


def _resolve(subject: Subject, of_subject: list[Figure], policy: Policy) -> Resolved:
    if len(of_subject) == 1:
        (only,) = of_subject
        return stated(subject, only, low=only.band.low, high=only.band.high, claimants=1)
    latest: dict[str, Figure] = {}
    for figure in sorted(of_subject, key=lambda f: f.latest):
        latest[folded(figure.claimant)] = figure
    winner = min(latest.values(), key=lambda f: order_of(f, policy))
    across = spanned([winner.band, *(f.band for f in latest.values())])
    return stated(subject, winner, low=across.low, high=across.high, claimants=len(latest))


def order_of(figure: Figure, policy: Policy = GRADED_LATEST) -> tuple[int, ...]:
    """Sorts the figure first that wins. Which claimants count is decided before."""
    return policy.order(figure.grade, figure.latest, _nobody)


def stated(
    subject: Subject, winner: Figure, *, low: int | None, high: int | None, claimants: int
) -> Resolved:
    """A toll in the winning figure's words, with the bounds over all claimants."""
    words = next((t.words for t in winner.groups if t.words and t.of is None), None)
    named = [t for t in winner.groups if t.group is not None or t.of is not None]
    first = next(t for t in winner.groups if t.of is None)
    return Resolved(
        outcome=subject.outcome,
        scope=subject.scope,
        since=subject.since or None,
        group=first.group if subject.scope == "cumulative" else None,
        low=low,
        best=winner.band.best,
        high=high,
        words=words if len(winner.groups) == 1 else None,
        claimant=winner.claimant,
        claimants=claimants,
        groups=tuple(_group(t) for t in named),
    )


def _nobody() -> tuple[str, ...]:
    """Among the claimants that count none is preferred."""
    return ()


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
