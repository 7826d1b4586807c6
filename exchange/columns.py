"""An entry as one row: the columns that CSV, XLSX and GeoJSON share, and what each means.

Formats with cells join what has several values by ` | ` (`joined`); GeoJSON keeps them apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec import Struct

from domain.answers import Entry
from domain.tolls import Resolved
from exchange import said
from exchange.export import About

Value = str | int | float | bool | None | tuple[str, ...]
"""None is unknown, or nothing; () no value at all."""
SEPARATOR = " | "


class Column(Struct, frozen=True):
    """A column: its name, what stands in it, and how it is had of an entry."""

    name: str
    meaning: str
    of: Callable[[Entry], Value]


def _occurred(field: str) -> Callable[[Entry], Value]:
    return lambda e: getattr(e.occurred, field) if e.occurred is not None else None


def _place(field: str) -> Callable[[Entry], Value]:
    return lambda e: getattr(e.place, field) if e.place is not None else None


def _area(field: str) -> Callable[[Entry], Value]:
    return lambda e: getattr(e.place.area, field) if e.place and e.place.area else None


def _attributes(entry: Entry) -> Value:
    if entry.attributes is None:
        return None
    return msgspec.json.encode(entry.attributes).decode()


def _tolls(scope: str) -> Callable[[Entry], Value]:
    return lambda e: tuple(said.toll(toll) for toll in e.toll if toll.scope == scope)


BEFORE = (
    Column("occurrence", "The occurrence's name in its chronicle.", lambda e: e.occurrence),
    Column("id", "Its UUID, which never changes.", lambda e: str(e.id)),
    Column("version", "How many events about it there were at the basis.", lambda e: e.version),
    Column("title", "What happened, in one line.", lambda e: e.title),
    Column("summary", "What happened, at more length.", lambda e: e.summary),
    Column("kind", "What kind of occurrence.", lambda e: e.kind),
    Column("tags", "Labels of the chronicle's own. Several values.", lambda e: e.tags),
    Column(
        "occurred",
        "When it happened, in EDTF (ISO 8601-2): 2019-08 is some time in August, "
        "[2019-08-19..2019-08-25] one of these days, 2019-08-19/2019-08-25 from the one to the "
        "other. Empty: undated.",
        _occurred("edtf"),
    ),
    Column("phrase", "When, in the source's own words.", _occurred("phrase")),
    Column("phrase_rule", "The rule by which the words were read.", _occurred("rule")),
    Column(
        "earliest",
        "The first day (or second) that it may have been. Empty: undated, or no known beginning.",
        _occurred("earliest"),
    ),
    Column(
        "start_latest",
        "The last day (or second) by which it had surely begun. Empty where unknown.",
        _occurred("start_latest"),
    ),
    Column(
        "end_earliest",
        "The first day (or second) that may have been its last. Empty where unknown.",
        _occurred("end_earliest"),
    ),
    Column(
        "latest",
        "The last day (or second) that it may have been, itself included. Empty: undated, or no "
        "known end.",
        _occurred("latest"),
    ),
    Column("place", "Where it happened, as the source named it.", _place("name")),
    Column("place_precision", "The source's word for how exact that is.", _place("precision")),
    Column("lat", "Latitude of the middle of the area, WGS 84. Not a position.", _place("lat")),
    Column("lon", "Longitude of the middle of the area, WGS 84. Not a position.", _place("lon")),
    Column(
        "radius_m",
        "It happened within so many metres of lat, lon: as stated, or by place_precision.",
        _area("radius_m"),
    ),
    Column("west", "The area's western edge, degrees. Above east: across 180.", _area("west")),
    Column("south", "The area's southern edge, degrees.", _area("south")),
    Column("east", "The area's eastern edge, degrees.", _area("east")),
    Column("north", "The area's northern edge, degrees.", _area("north")),
    Column(
        "actors",
        "Who took part, each with the role in square brackets. Several values.",
        lambda e: tuple(map(said.actor, e.actors)),
    ),
)
AFTER = (
    Column(
        "toll",
        "All figures of this occurrence in words, with claimant, number of claimants, and groups. "
        "Several values, one an outcome.",
        _tolls("incident"),
    ),
    Column(
        "toll_cumulative",
        "Figures that run since some date over many occurrences. Never to be added to anything. "
        "Several values.",
        _tolls("cumulative"),
    ),
    Column(
        "status",
        "reported; corroborated (two or more independent sources that agree); differ; contested; "
        "corrected; retracted; merged. Several values.",
        lambda e: e.status,
    ),
    Column(
        "differ",
        "Fields, as place or toll.killed, in which reports are unequal and could yet agree. "
        "Several values.",
        lambda e: e.differ,
    ),
    Column(
        "contested",
        "Fields in which no value satisfies all reports. Several values.",
        lambda e: e.contested,
    ),
    Column(
        "sources",
        "Who says so, each with the chain behind it, the origin last. Several values.",
        lambda e: tuple(map(said.source, e.sources)),
    ),
    Column(
        "independent",
        "How many of the sources are independent of each other: several that go back to one "
        "origin are one.",
        lambda e: e.independent,
    ),
    Column(
        "links",
        "Relations to other occurrences, as part-of: NAME. Several values.",
        lambda e: tuple(f"{link.relation}: {link.to}" for link in e.links),
    ),
    Column("into", "The occurrence that it was merged into.", lambda e: e.into),
    Column("merged", "Occurrences merged into it. Several values.", lambda e: e.merged),
    Column("attributes", "What its data set says besides, as a JSON object.", _attributes),
    Column("known_from", "Since when all this was known, UTC.", lambda e: e.known_from),
    Column("position", "At which position of the log it was recorded.", lambda e: e.position),
)
TOLL = {
    "low": "The least figure that any claimant's latest report gives for {outcome}. Empty: none "
    "gives a least one.",
    "best": "The best figure for {outcome} of the claim that counts most. Empty: it gives none.",
    "high": "The greatest figure that any claimant's latest report gives for {outcome}. Empty: at "
    "least one of them gives no upper bound.",
    "claimant": "Whose claim for {outcome} counts most.",
    "claimants": "How many claimants put a figure, or words, to {outcome}.",
}
"""The five columns that each outcome has. An empty figure is unknown, and never 0."""


def columns(about: About) -> tuple[Column, ...]:
    """The columns of an export: those of each outcome stand between the others."""
    tolls = [
        Column(f"toll_{outcome}_{part}", meaning.format(outcome=outcome), _figure(outcome, part))
        for outcome in about.outcomes
        for part, meaning in TOLL.items()
    ]
    link = Column(
        "link",
        "Its address below the server's own, with all claims behind it, pinned to this as-of and "
        "basis.",
        lambda e: about.link(e.occurrence),
    )
    return (*BEFORE, *tolls, *AFTER, link)


def _figure(outcome: str, part: str) -> Callable[[Entry], Value]:
    def of(entry: Entry) -> Value:
        found = _incident(entry.toll, outcome)
        value: Value = getattr(found, part) if found is not None else None
        return value

    return of


def _incident(tolls: Iterable[Resolved], outcome: str) -> Resolved | None:
    return next((t for t in tolls if t.outcome == outcome and t.scope == "incident"), None)


def joined(values: Sequence[str]) -> str:
    """Several values in one cell: parted by ` | `, a backslash before every | and \\ of theirs."""
    return SEPARATOR.join(re.sub(r"([|\\])", r"\\\1", value) for value in values)


def parted(cell: str) -> list[str]:
    """The values that `joined` was given, where none of them was empty."""
    if not cell:
        return []
    return [re.sub(r"\\(.)", r"\1", value) for value in cell.split(SEPARATOR)]
