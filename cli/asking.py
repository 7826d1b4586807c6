"""The options by which a read says when, on what basis and which occurrences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated

from cyclopts import Group, Parameter

from domain import query
from domain.query import Point, Query, ReplayQuery, TotalsQuery

Several = tuple[str, ...]
LISTS = ("kind", "tag", "place", "actor", "source", "status")

KNOWLEDGE = Group("Known when", sort_key=1)
SELECTION = Group("Which entries", sort_key=2)
PAGE = Group("Page", sort_key=3)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Recorded:
    """The recorded axis: what was in the log."""

    basis: Annotated[
        str | None,
        Parameter(
            group=KNOWLEDGE,
            help="Read the log up to this position, as it stood then. Default: all of it.",
        ),
    ] = None
    recorded_as_of: Annotated[
        str | None,
        Parameter(
            group=KNOWLEDGE, help="Read the log as it stood on this day, or at this instant."
        ),
    ] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Said:
    """The reported axis: what had been said."""

    as_of: Annotated[
        str | None,
        Parameter(
            group=KNOWLEDGE,
            help="What had been reported by the end of this day (2019-08-26, UTC), month or year, "
            "or by this instant (2019-08-26T10:00:00Z). Default: all that ever was.",
        ),
    ] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Known(Recorded, Said):
    """Both axes."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Selected(Known):
    """Which entries, and by which policy their values are resolved."""

    during: Annotated[
        str | None,
        Parameter(
            group=SELECTION,
            allow_leading_hyphen=True,
            help="Only what happened in this EDTF date or interval: 2019-08, 2019-04/..",
        ),
    ] = None
    match: Annotated[
        str | None,
        Parameter(
            group=SELECTION,
            help="With --during: what may have happened then (possible, the default), or what "
            "surely did (certain).",
        ),
    ] = None
    kind: Annotated[
        Several,
        Parameter(
            group=SELECTION,
            negative="",
            show_default=False,
            consume_multiple=False,
            help="Only this kind; given again, any of them.",
        ),
    ] = ()
    tag: Annotated[
        Several,
        Parameter(
            group=SELECTION,
            negative="",
            show_default=False,
            consume_multiple=False,
            help="Only with this tag; given again, any of them.",
        ),
    ] = ()
    place: Annotated[
        Several,
        Parameter(
            group=SELECTION,
            negative="",
            show_default=False,
            consume_multiple=False,
            help="Only in this place: an id or a name of `dateline places`, with what lies within "
            "it, or any other name; given again, any of them.",
        ),
    ] = ()
    actor: Annotated[
        Several,
        Parameter(
            group=SELECTION,
            negative="",
            show_default=False,
            consume_multiple=False,
            help="Only with this actor: an id or a name of `dateline actors`, or any other name; "
            "given again, any of them.",
        ),
    ] = ()
    source: Annotated[
        Several,
        Parameter(
            group=SELECTION,
            negative="",
            show_default=False,
            consume_multiple=False,
            help="Only what this source reports: an id or a name of `dateline sources`, or any "
            "other name; given again, any of them.",
        ),
    ] = ()
    bbox: Annotated[
        str | None,
        Parameter(
            group=SELECTION,
            allow_leading_hyphen=True,
            help="Only in areas that meet this box: west,south,east,north in degrees.",
        ),
    ] = None
    status: Annotated[
        Several,
        Parameter(
            group=SELECTION,
            negative="",
            show_default=False,
            consume_multiple=False,
            help="Only with this flag, such as contested or retracted; given again, any of them.",
        ),
    ] = ()
    policy: Annotated[
        str | None,
        Parameter(
            group=KNOWLEDGE,
            help="Whose claim wins: graded-latest/1 (the default), latest/1 (whatever its grade), "
            "or claimant:NAME/1 (only that claimant's tolls). Which entries there are, and their "
            "order, follow the default.",
        ),
    ] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Asked(Selected):
    """Which entries of a listing, and how."""

    sort: Annotated[
        str | None,
        Parameter(
            group=PAGE,
            allow_leading_hyphen=True,
            help="occurred (the default), or -occurred: latest first.",
        ),
    ] = None
    limit: Annotated[
        str | None, Parameter(group=PAGE, help="Entries on a page, 1 to 1000. Default: 100.")
    ] = None
    cursor: Annotated[
        str | None, Parameter(group=PAGE, help="Where to go on: a page names the next one's.")
    ] = None


def point(known: Recorded) -> Point:
    """A point of knowledge and a basis. Raises Malformed."""
    return query.point(_given(known))


def between(since: str, upto: str, recorded: Recorded) -> tuple[Point, Point]:
    """Two points of knowledge on one basis. Raises Malformed."""
    return query.between({**_given(recorded), "from": since, "to": upto})


def replaying(
    since: str, upto: str, recorded: Recorded, given: Mapping[str, str | None]
) -> ReplayQuery:
    """What is to be replayed, and how. Raises Malformed."""
    how = {name: value for name, value in given.items() if value is not None}
    return query.replay({**_given(recorded), **how, "from": since, "to": upto})


def listing(asked: Asked) -> Query:
    """A listing's question. Raises Malformed."""
    return query.query(_given(asked), _lists(asked))


def adding_up(asked: Selected, by: str) -> TotalsQuery:
    """A question for totals. Raises Malformed."""
    return query.totals({**_given(asked), "by": by}, _lists(asked))


def _lists(asked: Selected) -> dict[str, Several]:
    return {name: getattr(asked, name) for name in LISTS}


def options(asked: Asked) -> list[str]:
    """The words that ask the same again, without the page."""
    words: list[str] = []
    for name, values in _named(asked):
        if name != "cursor":
            for value in values:
                words += [f"--{name.replace('_', '-')}", value]
    return words


def _given(asked: Recorded) -> dict[str, str]:
    return {name: values[0] for name, values in _named(asked) if values}


def _named(asked: Recorded) -> list[tuple[str, Several]]:
    named = []
    for known in fields(asked):
        value = getattr(asked, known.name)
        if value is not None:
            named.append((known.name, (value,) if isinstance(value, str) else value))
    return named
