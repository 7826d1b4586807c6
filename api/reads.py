"""Reading: occurrences, their histories, timelines and what changed in them."""

from __future__ import annotations

from litestar import route
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ASGIApp

from api.exporting import MEDIA_TYPES
from api.exports import EXPORT, listing
from api.operation import GET, Operation
from api.requests import AnyRequest, named
from api.responses import Sent, fresh, occurrence_at, reading, redirected
from domain import query
from domain.answers import Diff, Filling, History, Listing, OccurrenceShown, Timelines, Totals
from domain.errors import MergedInto
from store.changes import Changes
from store.store import Store

RECORDED = ("basis", "recorded_as_of")
POINT = ("as_of", *RECORDED)
SELECTION = (*POINT, "during", "match", "bbox", "policy")
LISTING = (*SELECTION, "sort", "limit", "cursor", "claims")
LISTS = ("kind", "tag", "place", "actor", "source", "status")


@route(
    "/occurrences",
    http_method=GET,
    opt=Operation(
        name="occurrences",
        query=(*LISTING, *EXPORT),
        lists=LISTS,
        answers={200: Listing},
        also=MEDIA_TYPES[1:],
        kept=True,
        refuses=(404, 406, 422),
    ).opt,
)
async def occurrences(
    request: AnyRequest, chronicle: FromPath[str], store: NamedDependency[Store]
) -> ASGIApp:
    """List all occurrences, as known at a point and as recorded at a basis.

    Formats are those of timelines.
    """
    return await listing(request, store, named(chronicle, "chronicle"), None)


@route(
    "/occurrences/{occurrence:str}",
    http_method=GET,
    opt=Operation(
        name="occurrence",
        query=(*POINT, "policy"),
        answers={200: OccurrenceShown, 307: None},
        kept=True,
        refuses=(404, 422),
    ).opt,
)
async def occurrence(
    request: AnyRequest,
    chronicle: FromPath[str],
    occurrence: FromPath[str],
    store: NamedDependency[Store],
) -> Sent:
    """Read one occurrence: what was believed of it, and the claims that this rests on.

    One that was merged into another redirects to that, in the cells where it was.
    """
    once = request.state.asked.once
    point, policy = query.point(once), query.asked_policy(once)
    async with store.reading(named(chronicle, "chronicle")) as reader:
        try:
            shown = await reader.occurrence(named(occurrence, "occurrence"), point, policy)
        except MergedInto as moved:
            return redirected(request, occurrence_at(chronicle, moved.into))
    return reading(request, shown, version=shown.entry.version, settled=shown.settled)


@route(
    "/occurrences/{occurrence:str}/history",
    http_method=GET,
    opt=Operation(
        name="history", query=POINT, answers={200: History}, kept=True, refuses=(404, 422)
    ).opt,
)
async def history(
    request: AnyRequest,
    chronicle: FromPath[str],
    occurrence: FromPath[str],
    store: NamedDependency[Store],
) -> Sent:
    """Read every event behind one occurrence, and what was believed from when to when."""
    point = query.point(request.state.asked.once)
    async with store.reading(named(chronicle, "chronicle")) as reader:
        shown = await reader.history(named(occurrence, "occurrence"), point)
    return reading(request, shown, settled=shown.settled)


@route(
    "/timelines",
    http_method=GET,
    opt=Operation(
        name="timelines", query=RECORDED, answers={200: Timelines}, kept=True, refuses=(404, 422)
    ).opt,
)
async def timelines(
    request: AnyRequest, chronicle: FromPath[str], store: NamedDependency[Store]
) -> Sent:
    """List the timelines, each with its definition in force at the basis."""
    point = query.point(request.state.asked.once)
    async with store.reading(named(chronicle, "chronicle")) as reader:
        shown = await reader.timelines(point)
    return reading(request, shown, settled=shown.settled)


@route(
    "/timelines/{timeline:str}",
    http_method=GET,
    opt=Operation(
        name="timeline",
        query=(*LISTING, *EXPORT),
        lists=LISTS,
        answers={200: Listing, 302: None},
        hears=("Accept-Datetime",),
        tells=("Link",),
        also=MEDIA_TYPES[1:],
        kept=True,
        refuses=(404, 406, 422),
    ).opt,
)
async def timeline(
    request: AnyRequest,
    chronicle: FromPath[str],
    timeline: FromPath[str],
    store: NamedDependency[Store],
) -> ASGIApp:
    """Read a timeline, as known at a point and as recorded at a basis.

    JSON and GeoJSON are pages. The other formats are all of it at once, up to a limit that
    docs/formats.md tells, unless `limit` or `cursor` ask for a page.

    With `Accept-Datetime` (RFC 7089) it redirects to the timeline as it was recorded then, which is
    JSON, unless a basis, recorded_as_of or cursor says already which state is asked for.
    """
    of, name = named(chronicle, "chronicle"), named(timeline, "timeline")
    return await listing(request, store, of, name)


@route(
    "/timelines/{timeline:str}/diff",
    http_method=GET,
    opt=Operation(
        name="diff",
        query=("from", "to", *RECORDED),
        answers={200: Diff},
        kept=True,
        refuses=(404, 422),
    ).opt,
)
async def diff(
    request: AnyRequest,
    chronicle: FromPath[str],
    timeline: FromPath[str],
    store: NamedDependency[Store],
) -> Sent:
    """Read what changed in a timeline between two points of knowledge, by which reports and why.

    Compared is what is believed. Links to others, and who else says what was believed already, are
    no difference; histories tell them.
    """
    before, after = query.between(request.state.asked.once)
    async with store.reading(named(chronicle, "chronicle")) as reader:
        shown = await Changes.over(reader).diff(named(timeline, "timeline"), before, after)
    return reading(request, shown, settled=shown.settled)


@route(
    "/timelines/{timeline:str}/filling",
    http_method=GET,
    opt=Operation(name="filling", answers={200: Filling}, refuses=(404,)).opt,
)
async def filling(
    request: AnyRequest,
    chronicle: FromPath[str],
    timeline: FromPath[str],
    store: NamedDependency[Store],
) -> Sent:
    """Read how far the entries of a timeline's definition are filled.

    A definition that selects among much is filled behind the appends, event by event of the log.
    The timeline reads the same before and after, if more slowly until it is complete.
    """
    async with store.reading(named(chronicle, "chronicle")) as reader:
        shown = await reader.filling(named(timeline, "timeline"))
    return fresh(request, shown)


@route(
    "/timelines/{timeline:str}/totals",
    http_method=GET,
    opt=Operation(
        name="timeline_totals",
        query=("by", *SELECTION),
        lists=LISTS,
        answers={200: Totals},
        kept=True,
        refuses=(404, 422),
    ).opt,
)
async def timeline_totals(
    request: AnyRequest,
    chronicle: FromPath[str],
    timeline: FromPath[str],
    store: NamedDependency[Store],
) -> Sent:
    """Read the tolls of a timeline, added up by month, place, actor, kind or outcome.

    Nobody is counted twice: a whole and its parts give the larger of the two. Outcomes are never
    added to each other, nor are cumulative figures to anything.
    """
    asked = query.totals(request.state.asked.once, request.state.asked.several)
    async with store.reading(named(chronicle, "chronicle")) as reader:
        shown = await reader.totals(named(timeline, "timeline"), asked)
    return reading(request, shown, settled=shown.settled)


@route(
    "/totals",
    http_method=GET,
    opt=Operation(
        name="totals",
        query=("by", *SELECTION),
        lists=LISTS,
        answers={200: Totals},
        kept=True,
        refuses=(404, 422),
    ).opt,
)
async def totals(
    request: AnyRequest, chronicle: FromPath[str], store: NamedDependency[Store]
) -> Sent:
    """Read the tolls of all occurrences, added up as those of a timeline are."""
    asked = query.totals(request.state.asked.once, request.state.asked.several)
    async with store.reading(named(chronicle, "chronicle")) as reader:
        shown = await reader.totals(None, asked)
    return reading(request, shown, settled=shown.settled)
