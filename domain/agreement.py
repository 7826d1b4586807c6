"""Agreement: where live claims are unequal, and whether independent sources bear each other out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

from domain.areas import box
from domain.claims import Claims, Place
from domain.dates import Bounds
from domain.held import Held
from domain.names import folded
from domain.tolls import Band, Figure, Subject, meet

COMPARED = ("occurred", "kind", "place", "actors")
"""The fields besides tolls in which claims can be unequal, in the order in which they are told."""
How = Literal["differ", "contested"]


def figures(live: Iterable[Held]) -> list[Figure]:
    """The figures of some reports, together."""
    return [figure for h in live for figure in h.figures]


def disagreements(live: Sequence[Held]) -> tuple[list[str], list[str]]:
    """The fields in which live claims differ, and those in which they are contested."""
    return disagreeing(
        {field: [getattr(h.claims, field) for h in live if field in h.said] for field in COMPARED},
        bands_of(figures(live)),
    )


def disagreeing(
    said: Mapping[str, Collection[Any]], bands: Mapping[Subject, Collection[Band]]
) -> tuple[list[str], list[str]]:
    """The same of the values that are said of each field, and of the bands of each subject."""
    found = {field: unequal(field, said[field]) for field in COMPARED}
    tolls: dict[str, set[str]] = {"differ": set(), "contested": set()}
    for subject, stated in bands.items():
        if (how := unequal_bands(stated)) is not None:
            tolls[how].add(f"toll.{subject.outcome}")
    return (
        [f for f in COMPARED if found[f] == "differ"]
        + sorted(tolls["differ"] - tolls["contested"]),
        [f for f in COMPARED if found[f] == "contested"] + sorted(tolls["contested"]),
    )


def unequal(field: str, said: Collection[Any]) -> How | None:
    """How the values that are said of a field are unequal; None where they are not.

    Two kinds are not taken to exclude each other: nothing here knows that they do. Two places named
    differently do, where their areas do not meet. Titles and summaries are wording, and are not
    compared.
    """
    if len(said) < 2:
        return None
    match field:
        case "occurred":
            dates: set[Bounds] = {o.bounds for o in said}
            if len(dates) < 2:
                return None
            met = max(d.start_earliest for d in dates) < min(d.end_latest for d in dates)
            return "differ" if met else "contested"
        case "place":
            if len({folded(p.name) for p in said}) < 2:
                return None
            return "contested" if _apart(said) else "differ"
        case "actors":
            unlike = len({frozenset(folded(a.name) for a in who) for who in said}) > 1
        case _:
            unlike = len(set(said)) > 1
    return "differ" if unlike else None


def _apart(places: Collection[Place]) -> bool:
    """Whether two places of different names have areas that do not meet."""
    located = sorted({(box(p), folded(p.name)) for p in places if p.lat is not None}, key=repr)
    return any(
        name != other_name and not area.meets(other)
        for at, (area, name) in enumerate(located)
        for other, other_name in located[:at]
        if area is not None and other is not None
    )


def unequal_bands(stated: Collection[Band]) -> How | None:
    """How figures for one subject are unequal."""
    bands = {b for b in stated if (b.low, b.best, b.high) != (None,) * 3}
    if len(bands) < 2:
        return None
    return "differ" if meet(list(bands)) else "contested"


def bands_of(live: Iterable[Figure]) -> dict[Subject, list[Band]]:
    """What is compared of each subject. A cumulative figure grows: each claimant's latest stands
    for the earlier ones."""
    bands: dict[Subject, list[Band]] = {}
    newest: dict[tuple[Subject, str], Figure] = {}
    for figure in sorted(live, key=lambda f: f.latest):
        if figure.subject.scope == "cumulative":
            newest[figure.subject, folded(figure.claimant)] = figure
        else:
            bands.setdefault(figure.subject, []).append(figure.band)
    for (subject, _), figure in newest.items():
        bands.setdefault(subject, []).append(figure.band)
    return bands


def compatible(one: Claims, other: Claims) -> bool:
    """Whether two reports bear each other out: dates that overlap, and not two kinds."""
    if one.kind and other.kind and one.kind != other.kind:
        return False
    if not one.occurred or not other.occurred:
        return True
    a, b = one.occurred.bounds, other.occurred.bounds
    return max(a.start_earliest, b.start_earliest) < min(a.end_latest, b.end_latest)
